"""The plan beside its own text, and the published record beside its own printed changes."""

from __future__ import annotations

import re

from suzhou_antidrug.datasets import check_printed_change, load_published
from suzhou_antidrug.datasets.checks import printed_changes
from suzhou_antidrug.plan import load_plan
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import GOLDEN

YEARS = (2020, 2021, 2022)
# Typed by hand from the annex and the body: task, indicator, values of 2020, 2021 and 2022 (None: nothing binds).
HAND_TYPED = [
    (1, "public_education_coverage", 0.90, 0.95, 1.00),
    (2, "school_education_rate", 1.00, 1.00, 1.00),
    (2, "textbook_distribution_rate", 1.00, 1.00, 1.00),
    (3, "high_risk_education_coverage", 0.90, 0.95, 1.00),
    (5, "new_user_share", 0.35, 0.35, 0.35),
    (6, "user_check_rate", 1.00, 1.00, 1.00),
    (6, "user_assessment_rate", 1.00, 1.00, 1.00),
    (6, "user_control_rate", 1.00, 1.00, 1.00),
    (6, "user_incidents", 0, 0, 0),
    (7, "standardised_office_rate", 0.50, 0.70, 0.90),
    (7, "community_rehab_execution_rate", None, None, 0.99),
    (7, "aftercare_rate", None, None, 0.99),
    (8, "sick_disabled_admission_rate", 0.90, 0.95, 1.00),
    (11, "gang_crackdown_efficacy", 1.25, 1.30, 1.35),
    (11, "manufacture_cases_found_elsewhere", 0, 0, 0),
    (13, "open_interdiction_share", 0.10, 0.15, 0.20),
    (13, "courier_acceptance_inspection_rate", 1.00, 1.00, 1.00),
    (13, "courier_real_name_rate", 1.00, 1.00, 1.00),
    (13, "courier_xray_rate", 1.00, 1.00, 1.00),
    (14, "enforcement_competitions", 1, 1, 1),
    (14, "enforcement_trainings", 2, 2, 2),
    (15, "precursor_enterprise_inspection_rate", 0.80, 0.90, 1.00),
    (15, "biopharma_screening_rate", 0.70, 0.80, 0.90),
    (18, "monitoring_report_rate", 1.00, 1.00, 1.00),
    (21, "independent_office_rate", 1.00, None, None),
    (23, "education_base_coverage", None, None, 1.00),
]
CONTRADICTED = Text(
    "公布的变化与公布的两年水平不符，超出舍入所能解释：公布数自身的矛盾，库中指出而不改动",
    "the printed change contradicts the printed levels beyond rounding: the record contradicts itself; told, not repaired",
)


def plan_numbers() -> GoldenSet:
    frame = load_plan("suzhou-2020").milestones_frame()
    ours = frame[frame["where"].isin(["annex", "body", "both"])].set_index(["task", "indicator", "year"])["threshold"]
    rows = []
    for task, indicator, *values in HAND_TYPED:
        found = [ours.get((task, indicator, year)) for year in YEARS]
        rows.append(Comparison(f"{task} · {indicator}", values, [None if v is None else float(v) for v in found]))
    typed = sum(v is not None for _, _, *values in HAND_TYPED for v in values)
    rows.append(Comparison(Text("年度任务的个数", "number of milestones"), typed, len(frame)))
    words = "".join(
        re.sub(r"^#.*", "", (GOLDEN / f"suzhou-2020-{n}.txt").read_text("utf-8"), flags=re.M) for n in ("annex", "body")
    )
    plan = load_plan("suzhou-2020")
    quoted = [m.wording for m in plan.milestones] + [a.wording for a in plan.ambiguities.values()]
    label = Text("引文见于原文的条数", "quotations that stand in the text")
    rows.append(Comparison(label, len(quoted), sum(w in words for w in quoted)))
    source = Text(
        "苏府办〔2020〕136号，附件与正文，手工录入", "Suzhou plan 苏府办〔2020〕136号, annex and body, typed by hand"
    )
    return GoldenSet("plan", Text("规划的年度任务", "The plan's milestones"), source, "repository", tuple(rows))


def printed() -> GoldenSet:
    pairs = printed_changes(load_published().figures)
    found = check_printed_change(
        pairs["value_base"], pairs["value"], pairs["printed"], previous_halfwidth=pairs["half_width_base"],
        current_halfwidth=pairs["half_width"], printed_halfwidth=pairs["printed_half"],
    )  # fmt: skip
    pairs = pairs.assign(change=found.change, inside=found.consistent, slack=found.high - found.low)
    pairs = pairs.sort_values("inside").drop_duplicates(["id", "printed"], keep="last").sort_values("id")
    rows = []
    for row in pairs.itertuples():
        reason = None if row.inside else CONTRADICTED
        label = f"{row.id_base} → {row.id} {row.indicator}"
        slack = row.slack + row.printed_half
        rows.append(Comparison(label, row.printed, row.change, slack, "abs", reason=reason))
    source = Text(
        "`datasets/published`，每个公布数的来源在 `sources.csv`；容差为两年水平的舍入带宽加印出变化的半个单位",
        "`datasets/published`, every figure with its source in `sources.csv`; the tolerance is the width that rounding of both "
        "levels allows, and half a unit of the printed change",
    )
    title = Text("公布的同比与公布的水平", "Printed changes against printed levels")
    return GoldenSet("printed_changes", title, source, "repository", tuple(rows))
