"""Every golden set of the repository, and those read in place where the reference data are there."""

from __future__ import annotations

from collections.abc import Callable

from suzhou_antidrug.terms import Text

from . import (
    coinr_numbers,
    composite_numbers,
    outcomes_counts,
    outcomes_relapse,
    own_record,
    printed_by_r,
    progress_numbers,
    release_numbers,
    score_numbers,
    trend_numbers,
    wastewater_numbers,
)
from .comparison import GoldenSet
from .outcomes_json import CASES, Calculation, compare_case

R_AND_OTHERS = Text(
    "逐行列出：R 4.2.2 的 survival、exactci、epitools、spdep，Python 的 scipy、statsmodels、lifelines 等，或闭式；`tests/golden/outcomes.json`",
    "by row: R 4.2.2 (survival, exactci, epitools, spdep), scipy, statsmodels, lifelines and others, or a closed form; "
    "`tests/golden/outcomes.json`",
)
TOPICS = {
    "relapse": Text("复吸：生存分析与计数", "Relapse: survival and counts"),
    "precursor": Text("制毒物品：率、平衡、累积和", "Precursors: rates, balance, cumulative sums"),
    "crime": Text("案件：对照、中断、小地区", "Crime: controls, interruptions, small areas"),
    "zero": Text("零与百分之百：上限、抽样", "Zeros and hundreds: limits, samples"),
    "reliability": Text("公布数的核对", "Checking a published figure"),
}
CALCULATIONS: dict[str, Calculation] = {**outcomes_relapse.CALCULATIONS, **outcomes_counts.CALCULATIONS}


def outcome_set(topic: str) -> GoldenSet:
    """Return the cases of one topic of outcomes.json, without those that need a package of their own."""
    cases = [c for c in CASES if CASES[c]["topic"] == topic and c in CALCULATIONS]
    rows = [row for case in cases for row in compare_case(case, CALCULATIONS[case], outcomes_counts.LEFT_OUT)]
    kept = "package" if any("loader" in CASES[c]["data"] for c in cases) else "repository"
    return GoldenSet(f"outcomes_{topic}", TOPICS[topic], R_AND_OTHERS, kept, tuple(rows))


def sids() -> GoldenSet:
    rows = [row for case, calculate in outcomes_counts.SIDS.items() for row in compare_case(case, calculate, {})]
    title = Text("小地区：北卡罗来纳 1974 年数据", "Small areas: North Carolina, 1974")
    return GoldenSet("outcomes_sids", title, R_AND_OTHERS, "package", tuple(rows))


SETS: dict[str, Callable[[], GoldenSet]] = {
    "plan": own_record.plan_numbers,
    "printed_changes": own_record.printed,
    **{f"outcomes_{topic}": (lambda topic=topic: outcome_set(topic)) for topic in TOPICS},
    "outcomes_sids": sids,
    "r_survival": printed_by_r.survival,
    "gray": printed_by_r.gray,
    "mann_kendall_table": trend_numbers.gilbert,
    "pymannkendall": trend_numbers.pymannkendall,
    "trend_power": trend_numbers.power,
    "wastewater_examples": wastewater_numbers.worked_examples,
    "wastewater_korea": wastewater_numbers.korea,
    "progress": progress_numbers.progress,
    "pymcdm": composite_numbers.pymcdm,
    "handbook": composite_numbers.handbook,
    "packages": composite_numbers.packages,
    "china": composite_numbers.chinese_examples,
    "coinr": coinr_numbers.coinr,
    "release": release_numbers.european_release,
    "canada": release_numbers.canadian_months,
    "scores": score_numbers.benchmark_scores,
}
