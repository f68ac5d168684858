"""Milestones against reported values, each with its verdict and reason.

年度任务与上报数值的对照，逐项给出评判与理由。
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..provenance import Made
from ..results import Explanation, Result, line
from ..returns.bridges import DefinitionBridge, bridge_words, join_reasons
from ..terms import Text
from ..verdicts import OPERATOR_SIGNS, Verdict, holds, why_not_comparable
from .compute import NOT_SUMMED, IndicatorValues
from .coverage import census_meets

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Indicator, Milestone, Plan, Reading

COLUMNS = (
    "task", "year", "indicator", "division", "operator", "threshold", "value", "verdict", "reason_zh", "reason_en",
    "clause", "reading", "status",
)  # fmt: skip
VALUE_COLUMNS = (
    "division", "value", "low", "high", "method", "numerator", "denominator", "reported", "expected", "definition", "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class MilestoneVerdicts(Result):
    """Verdicts on milestones, one row for each division and year.  年度任务评判表。"""

    table: pd.DataFrame
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The verdicts, columns :data:`COLUMNS`."""
        return self.table.copy()

    def explain(self) -> Explanation:
        """How many of each verdict, and the rule."""
        counts = self.table["verdict"].value_counts()
        return Explanation(
            Text("年度任务评判", "Milestones"),
            (
                line(
                    "规则",
                    "rule",
                    Text("缺报不等于零，也不等于未达成", "a missing report is neither a zero nor a failure"),
                ),
                *((v.text, Text(str(counts.get(v, 0)), str(counts.get(v, 0)))) for v in Verdict),
                line("数据状态", "status", self.made.status.text),
            ),
        )


def judge_milestones(
    values: IndicatorValues,
    *,
    plan: Plan,
    years: Iterable[int] | None = None,
    readings: Mapping[str, str] | None = None,
) -> MilestoneVerdicts:
    """Judge every milestone of a plan, for the city and for each division that reports the indicator.

    评判规划的全部年度任务(全市及各县级市、区)。

    ``readings`` names a reading for an ambiguity, ``{"rise_percent": "points_on_2019"}``; the default otherwise. A
    reading may pick another indicator, turn or tighten the comparison, or bind in the last year only. A coverage by list
    is compared in whole numbers, a coverage by survey by its interval. A milestone that compares with a base is not
    assessable where the base is missing or the definition changed, nor is one whose reading cannot be computed.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for an unknown ambiguity or reading.

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> values = sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)  # synthetic
    >>> judged = sa.judge_milestones(values, plan=plan, years=[2021]).frame
    >>> set(judged["verdict"]) <= set(sa.Verdict)
    True
    """
    import pandas as pd

    wanted = dict(readings or {})
    chosen = {name: a.reading(wanted.get(name)) for name, a in plan.ambiguities.items()}
    for name in wanted:
        plan.ambiguity(name)
    bound = set(plan.years if years is None else years)
    by_indicator = dict(iter(values.yearly_table.groupby("indicator", sort=False)))
    judged = [
        _judge(milestone, [chosen[name] for name in milestone.ambiguities], by_indicator, plan, values.bridges)
        for milestone in plan.milestones
        if milestone.year in bound
    ]
    frame = pd.concat(judged, ignore_index=True) if judged else pd.DataFrame(columns=list(COLUMNS))
    made = Made("milestones", values.made.status, values.made.fingerprint, None)
    return MilestoneVerdicts(table=frame[list(COLUMNS)], made=made)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredMilestone:
    """What was reported for a milestone, one row a place.  某年度任务的各单位上报情况。"""

    milestone: Milestone
    indicator: Indicator
    operator: str  # after readings
    readings: tuple[Reading, ...]
    rows: pd.DataFrame  # of the milestone's year, columns VALUE_COLUMNS, indexed by division
    bases: tuple[pd.DataFrame, ...]  # the same of the base years, where a change is compared
    value: np.ndarray  # the level, or the change on the base
    blocked: np.ndarray  # Text where it must not be judged, else None

    @property
    def scale(self) -> str | None:
        """How a change is measured: relative, points, or None for a level."""
        if self.milestone.compares == "level":
            return None
        return next((r.change_scale for r in self.readings if r.change_scale is not None), None)


def measure_milestone(
    milestone: Milestone, readings: list[Reading], by_indicator: Mapping[str, pd.DataFrame], plan: Plan
) -> MeasuredMilestone:
    """Return the values of a milestone for the city and every division that reports it.  取年度任务的上报数值。

    ``by_indicator`` holds the yearly rows of each indicator, with a column ``year``.
    """
    import pandas as pd

    indicator = plan.indicator(next((r.indicator for r in readings if r.indicator), milestone.indicator))
    places = [plan.geography.city.id, *(plan.geography.ids if indicator.by_division else ())]
    table = by_indicator.get(indicator.id, pd.DataFrame(columns=["year", *VALUE_COLUMNS]))
    rows = table[table["year"] == milestone.year].set_index("division").reindex(places)
    blocked = np.full(len(rows), None, dtype=object)
    value = rows["value"].to_numpy(dtype=float)
    bases: tuple[pd.DataFrame, ...] = ()
    if milestone.compares == "change":
        reading = next((r for r in readings if r.change_scale is not None), None)
        value, blocked, bases = _change(rows, table, milestone, reading)
    if (refusal := _refusal(milestone, readings, plan)) is not None:
        blocked[:] = refusal
    operator = effective_operator(milestone.operator, readings)
    return MeasuredMilestone(milestone, indicator, operator, tuple(readings), rows, bases, value, blocked)


def _judge(
    milestone: Milestone,
    readings: list[Reading],
    by_indicator: dict[str, pd.DataFrame],
    plan: Plan,
    bridges: tuple[DefinitionBridge, ...],
) -> pd.DataFrame:
    """Judge one milestone for every division at once."""
    import pandas as pd

    found = measure_milestone(milestone, readings, by_indicator, plan)
    rows, value, blocked = found.rows, found.value, found.blocked
    verdict, reason = _verdicts(milestone, found.operator, rows, value, surveyed=found.indicator.basis == "survey")
    for i in np.flatnonzero(np.isnan(value)):
        verdict[i] = Verdict.NOT_ASSESSABLE
        held = rows["method"].iloc[i] == NOT_SUMMED
        reason[i] = UNSUMMED if held else missing_reason(rows["reported"].iloc[i], rows["expected"].iloc[i])
    for i in np.flatnonzero([b is not None for b in blocked]):
        verdict[i], reason[i] = Verdict.NOT_ASSESSABLE, blocked[i]
    if found.bases:
        _say_bridges(reason, verdict, rows["definition"], bridge_words(bridges, found.indicator.id))
    return pd.DataFrame(
        {
            "task": milestone.task, "year": milestone.year, "indicator": found.indicator.id, "division": rows.index,
            "operator": found.operator, "threshold": milestone.threshold, "value": value,
            "verdict": [str(v) for v in verdict], "reason_zh": [r.zh for r in reason],
            "reason_en": [r.en for r in reason], "clause": milestone.clause,
            "reading": ";".join(r.id for r in readings), "status": rows["status"].fillna("missing").to_numpy(),
        }
    )  # fmt: skip


def _say_bridges(reason: np.ndarray, verdict: np.ndarray, definitions: pd.Series, said: Mapping[str, Text]) -> None:
    """Add to each verdict on a change that rests on a bridge of definitions who declared it, and why."""
    for i in np.flatnonzero(definitions.isin(list(said)) & (verdict != Verdict.NOT_ASSESSABLE)):
        reason[i] = join_reasons(reason[i], said[definitions.iloc[i]])


def effective_operator(operator: str, readings: Iterable[Reading]) -> str:
    """Return the comparison after readings: one may turn it, another may exclude the number itself.  读法生效后的比较。

    >>> from suzhou_antidrug.plan.model import Reading
    >>> says = {"zh": "不包括本数", "en": "the number itself is not enough"}
    >>> effective_operator("ge", [Reading(id="excludes", says=says, operator="gt")])
    'gt'
    """
    if operator == "eq":
        return operator
    side, strict = operator[0], operator[1] == "t"
    for reading in readings:
        if reading.operator is None:
            continue
        strict = strict or reading.operator in ("gt", "lt")
        if reading.direction is not None:
            side = reading.operator[0]
    return side + ("t" if strict else "e")


def _refusal(milestone: Milestone, readings: list[Reading], plan: Plan) -> Text | None:
    """Return why a reading lets nothing be judged, for the whole milestone."""
    for reading in readings:
        if not reading.computable:
            return reading.why or reading.says
        if reading.binds == "last_year" and milestone.year < plan.last_year:
            return Text(f"本读法只约束 {plan.last_year} 年", f"this reading binds in {plan.last_year} only")
    return None


def missing_reason(reported: float, expected: float) -> Text:
    """Return why a place has no value: nothing reported, or too few of its reports.  缺报原因。"""
    if expected != expected or expected <= 1:
        return Text("未上报，缺报不等于零", "not reported; missing is not zero")
    return Text(
        f"应报 {int(expected)}，实报 {int(reported)}；缺报不等于零",
        f"{int(reported)} of {int(expected)} reported; missing is not zero",
    )


UNSUMMED = Text(
    "开发区是否已含在其他区内未说明，不作全市汇总",
    "the return does not say whether a development zone stands in another division as well; the city is not summed",
)
WORDS = {
    Verdict.MET: Text("满足", "satisfies"),
    Verdict.NOT_MET: Text("不满足", "does not satisfy"),
    Verdict.INSUFFICIENT_EVIDENCE: Text("的区间跨越", "has an interval that straddles"),
}


def _verdicts(
    milestone: Milestone, operator: str, rows: pd.DataFrame, value: np.ndarray, *, surveyed: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return verdicts and reasons of all rows; missing ones are dealt with by the caller."""
    threshold = milestone.threshold
    by_level = ~np.isnan(value) & (milestone.compares == "level")
    method = rows["method"].to_numpy()
    # Only a survey has sampling error; a share counted over all of a year's cases is what it is, whatever its interval.
    sampled = by_level & surveyed
    census = by_level & ~sampled & np.isin(method, ["census", "clopper_pearson"])
    met = holds(value, operator, threshold)
    if census.any():
        k, n = rows["numerator"].to_numpy(dtype=float), rows["denominator"].to_numpy(dtype=float)
        met[census] = census_meets(k[census], n[census], operator, threshold)
    verdict = np.where(met, Verdict.MET, Verdict.NOT_MET).astype(object)
    if sampled.any():
        ends = [holds(rows[end].to_numpy(dtype=float), operator, threshold) for end in ("low", "high")]
        verdict[sampled] = np.where(ends[0], Verdict.MET, Verdict.NOT_MET)[sampled]
        verdict[sampled & (ends[0] != ends[1])] = Verdict.INSUFFICIENT_EVIDENCE
    line_ = f"{OPERATOR_SIGNS[operator]} {threshold:.6g}"
    reason = [
        Text(f"{x:.6g} {WORDS[v].zh} {line_}", f"{x:.6g} {WORDS[v].en} {line_}")
        for x, v in zip(value, verdict, strict=True)
    ]
    return verdict, np.array([*reason, None], dtype=object)[:-1]


def _change(
    rows: pd.DataFrame, table: pd.DataFrame, milestone: Milestone, reading: Reading | None
) -> tuple[np.ndarray, np.ndarray, tuple[pd.DataFrame, ...]]:
    """Return the change on the base, and why it must not be computed where that is so, and the rows of the base."""
    blocked = np.full(len(rows), None, dtype=object)
    value = rows["value"].to_numpy(dtype=float)
    if reading is None:
        blocked[:] = Text("没有可计算的读法", "no reading makes this computable")
        return np.full(len(rows), np.nan), blocked, ()
    years = (milestone.year - 1,) if reading.previous_year else reading.base_years
    bases = [table[table["year"] == y].set_index("division").reindex(rows.index) for y in years]
    base = np.mean([b["value"].to_numpy(dtype=float) for b in bases], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = value - base if reading.change_scale == "points" else value / base - 1
    lacking = ~np.isnan(value) & np.isnan(base)
    zero = (base == 0) & (reading.change_scale == "relative")
    for i in np.flatnonzero(lacking):
        blocked[i] = Text(
            f"缺少基期 {'、'.join(map(str, years))} 的数值", f"the base of {', '.join(map(str, years))} is not reported"
        )
    for i in np.flatnonzero(zero):
        blocked[i] = Text("基期为零，无法计算相对变化", "the base is zero; a relative change is undefined")
    for other in bases:
        for i in np.flatnonzero((rows["definition"] != other["definition"]).to_numpy() & ~np.isnan(change)):
            earlier, later = other["definition"].iloc[i], rows["definition"].iloc[i]
            blocked[i] = why_not_comparable({"definition": earlier}, {"definition": later})[0]
    return change, blocked, tuple(bases)
