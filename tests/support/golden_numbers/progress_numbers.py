"""Progress systems beside the reference cases of tests/golden/target."""

from __future__ import annotations

import numpy as np
import pandas as pd

from suzhou_antidrug.appraisal.progress.compare import compare_progress
from suzhou_antidrug.appraisal.progress.facts import ProgressFacts
from suzhou_antidrug.appraisal.progress.healthy_people import healthy_people
from suzhou_antidrug.appraisal.progress.ratio_rules import open_sdg
from suzhou_antidrug.appraisal.progress.reduction_rates import reduction_rate, reduction_rate_by_regression
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import GOLDEN

FOLDER = GOLDEN / "target"
SIX_DIGITS = 1e-5
LABELS = {
    "open_sdg": "opensdg_status", "un_progress_chart": "unsd_score", "eurostat": "eurostat_status",
    "sdsn": "sdsn_arrow", "healthy_people": "hp_status",
}  # fmt: skip
VALUES = {
    "open_sdg": "opensdg_R", "un_progress_chart": "unsd_CR", "eurostat": "eurostat_R", "sdsn": "sdsn_ratio",
    "escap": "escap_CSI", "healthy_people": "hp_pct", "schedule": "shixu_ratio",
}  # fmt: skip


def reference_cases() -> list[Comparison]:
    cases = pd.read_csv(FOLDER / "cases_status.csv")
    facts = ProgressFacts.from_frame(cases)
    found = compare_progress(facts).frame
    rows = []
    for system, column in LABELS.items():
        golden = ["n/a" if isinstance(v, float) else str(v) for v in cases[column]]
        rows.append(Comparison(f"cases_status · {column}", golden, found[found["system"] == system]["label"].tolist()))
    for system, column in VALUES.items():
        golden = pd.to_numeric(cases[column], errors="coerce").tolist()
        ours = found[found["system"] == system]["value"].tolist()
        rows.append(Comparison(f"cases_status · {column}", golden, ours, SIX_DIGITS, "rel"))
    other = open_sdg(facts, stand_in=1e-6).label.tolist()
    rows.append(Comparison("cases_status · opensdg_status_eps_1e-6", cases["opensdg_status_eps_1e-6"].tolist(), other))
    return rows


def stand_ins_for_zero() -> list[Comparison]:
    table = pd.read_csv(FOLDER / "zero_target_eps_sensitivity.csv")
    values, labels = [], []
    for row in table.itertuples():
        one = pd.DataFrame([{
            "case": "z", "baseline": row.baseline, "t0": 0, "current": row.current, "t": row.years_elapsed, "target": 0,
            "t_target": row.years_total, "direction": -1,
        }])  # fmt: skip
        said = open_sdg(ProgressFacts.from_frame(one), stand_in=row.eps_replacing_zero_target)
        values.append(float(said.value[0]))
        labels.append(said.label[0])
    name = "zero_target_eps_sensitivity"
    return [
        Comparison(f"{name} · opensdg_R", table["opensdg_R"].tolist(), values, 5e-5, "abs"),
        Comparison(f"{name} · status", table["status"].tolist(), labels),
    ]


def with_standard_errors() -> list[Comparison]:
    table = pd.read_csv(FOLDER / "hp_significance.csv")
    said = healthy_people(
        ProgressFacts.from_frame(table.assign(case=table.index.astype(str), t0=2019, t=2021, t_target=2022))
    )
    return [
        Comparison("hp_significance · status", table["status"].tolist(), said.label.tolist()),
        Comparison("hp_significance · pct", table["pct"].tolist(), said.value.tolist(), 0.05, "abs"),
    ]


def rates() -> list[Comparison]:
    igme = pd.read_csv(FOLDER / "igme_arr_convention.csv")
    rows = []
    for column, options in (("continuous_ln", {"kind": "continuous"}), ("discrete", {})):
        ours = [float(reduction_rate(r.v0, r.v1, r.years, **options)) for r in igme.itertuples()]
        rows.append(Comparison(f"igme_arr_convention · {column}", igme[column].tolist(), ours, 5e-6, "abs"))
    printed = [0.156, 0.044]  # "15.6 %" and "4.4 % or more"
    ours = [float(reduction_rate(r.v0, r.v1, r.years, kind="continuous")) for r in igme.head(2).itertuples()]
    rows.append(Comparison("igme_arr_convention · published", printed, ours, 1e-3, "abs"))
    aarr = pd.read_csv(FOLDER / "aarr.csv")
    regression, ends = [], []
    for first, last, value, rate in ((2000, 2015, 100, 0.976), (2010, 2020, 50, 1.01)):
        year = np.arange(first, last + 1)
        y = value * rate ** (year - first)
        regression.append(float(reduction_rate_by_regression(y, year)))
        ends.append(float(reduction_rate(y[0], y[-1], last - first)))
    rows.append(Comparison("aarr · regression", aarr["aarr_regression"].tolist(), regression, 1e-9, "abs"))
    return [*rows, Comparison("aarr · end points", aarr["aarr_endpoint"].tolist(), ends, 1e-9, "abs")]


def progress() -> GoldenSet:
    rows = (*reference_cases(), *stand_ins_for_zero(), *with_standard_errors(), *rates())
    source = Text(
        "按各办法公开的规则在别处算得，出处逐列见 `tests/golden/target/README.md`（Open SDG、联合国、欧盟统计局、SDSN、ESCAP、Healthy People、IGME）",
        "computed elsewhere from the published rules; sources by column in `tests/golden/target/README.md` (Open SDG, UN, "
        "Eurostat, SDSN, ESCAP, Healthy People, IGME)",
    )
    return GoldenSet("progress", Text("进度办法", "Progress systems"), source, "repository", rows)
