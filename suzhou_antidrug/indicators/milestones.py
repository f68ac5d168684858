"""Milestones against reported values, each with its verdict and reason.

年度任务与上报数值的对照,逐项给出评判与理由。
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..provenance import Made
from ..results import Explanation, Result, line
from ..terms import Text
from ..verdicts import OPERATOR_SIGNS, Verdict, holds, why_not_comparable
from .compute import IndicatorValues
from .coverage import census_meets

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Milestone, Plan, Reading

COLUMNS = (
    "task", "year", "indicator", "division", "operator", "threshold", "value", "verdict", "reason_zh", "reason_en",
    "clause", "reading", "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MilestoneVerdicts(Result):
    """Verdicts on milestones, one row for each division and year.  年度任务评判表。"""

    table: pd.DataFrame
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The verdicts, columns :data:`COLUMNS`."""
        return self.table

    def explain(self) -> Explanation:
        """How many of each verdict, and the rule."""
        counts = self.table["verdict"].value_counts()
        return Explanation(
            Text("年度任务评判", "Milestones"),
            (
                line(
                    "规则",
                    "rule",
                    Text("缺报不等于零,也不等于未达成", "a missing report is neither a zero nor a failure"),
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
    readings: dict[str, str] | None = None,
) -> MilestoneVerdicts:
    """Judge every milestone of a plan, for the city and for each division that reports the indicator.

    评判规划的全部年度任务(全市及各县级市、区)。

    ``readings`` names a reading for an ambiguity, ``{"rise_percent": "points_on_2019"}``; the default otherwise. A
    coverage by list is compared in whole numbers, a coverage by survey by its interval. A milestone that compares with
    a base is not assessable where the base is missing or the definition changed.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for an unknown ambiguity or reading.
    """
    import pandas as pd

    chosen = set(plan.years if years is None else years)
    for name, reading_id in (readings or {}).items():
        plan.ambiguity(name).reading(reading_id)
    table = values.table[values.table["period"].map(lambda p: p.freqstr[0] in "AY").astype(bool)]
    table = table.assign(year=table["period"].map(lambda p: p.year))
    by_indicator = dict(iter(table.groupby("indicator", sort=False)))
    judged = [
        _judge(milestone, by_indicator.get(milestone.indicator), plan, readings or {})
        for milestone in plan.milestones
        if milestone.year in chosen
    ]
    frame = pd.concat(judged, ignore_index=True) if judged else pd.DataFrame(columns=list(COLUMNS))
    made = Made("milestones", values.made.status, values.made.fingerprint, None)
    return MilestoneVerdicts(table=frame[list(COLUMNS)], made=made)


def change_reading(milestone: Milestone, plan: Plan, readings: dict[str, str]) -> Reading | None:
    """Return the reading that says what a change is measured against.  变化型任务所用读法。"""
    for name in milestone.ambiguities:
        reading = plan.ambiguity(name).reading(readings.get(name))
        if reading.change_scale is not None:
            return reading
    return None


def _judge(milestone: Milestone, table: pd.DataFrame | None, plan: Plan, readings: dict[str, str]) -> pd.DataFrame:
    """Judge one milestone for every division at once."""
    import pandas as pd

    indicator = plan.indicator(milestone.indicator)
    places = [plan.geography.city.id, *(plan.geography.ids if indicator.by_division else ())]
    if table is None:
        table = pd.DataFrame(columns=["division", "year", "value"])
    rows = table[table["year"] == milestone.year].set_index("division").reindex(places)
    reading = change_reading(milestone, plan, readings) if milestone.compares == "change" else None
    if milestone.compares == "change":
        value, blocked = _change(rows, table, milestone, reading)
    else:
        value, blocked = rows["value"].to_numpy(dtype=float), np.full(len(rows), None, dtype=object)
    verdict, zh, en = _verdicts(milestone, rows, value)
    missing = np.isnan(value)
    verdict[missing] = Verdict.NOT_ASSESSABLE
    zh[missing] = (
        [_missing_text(r, e, "zh") for r, e in rows.loc[missing, ["reported", "expected"]].to_numpy()]
        if "reported" in rows
        else "未上报"
    )
    en[missing] = (
        [_missing_text(r, e, "en") for r, e in rows.loc[missing, ["reported", "expected"]].to_numpy()]
        if "reported" in rows
        else "not reported"
    )
    for i in np.flatnonzero([b is not None for b in blocked]):
        verdict[i], zh[i], en[i] = Verdict.NOT_ASSESSABLE, blocked[i].zh, blocked[i].en
    used = [reading.id] if reading else [plan.ambiguity(a).reading(readings.get(a)).id for a in milestone.ambiguities]
    return pd.DataFrame(
        {
            "task": milestone.task, "year": milestone.year, "indicator": milestone.indicator, "division": places,
            "operator": milestone.operator, "threshold": milestone.threshold, "value": value,
            "verdict": [str(v) for v in verdict], "reason_zh": zh, "reason_en": en, "clause": milestone.clause,
            "reading": ";".join(used), "status": rows["status"].fillna("missing").to_numpy() if "status" in rows else "missing",
        }
    )  # fmt: skip


def _missing_text(reported: float, expected: float, language: str) -> str:
    if expected != expected or expected <= 1:
        return "未上报,缺报不等于零" if language == "zh" else "not reported; missing is not zero"
    if language == "zh":
        return f"应报 {int(expected)},实报 {int(reported)};缺报不等于零"
    return f"{int(reported)} of {int(expected)} reported; missing is not zero"


def _verdicts(milestone: Milestone, rows: pd.DataFrame, value: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return verdicts and reasons of all rows; missing ones are dealt with by the caller."""
    operator, line_ = milestone.operator, milestone.threshold
    known = ~np.isnan(value)
    method = rows["method"].to_numpy() if "method" in rows else np.full(len(rows), "", dtype=object)
    census = known & (method == "census") & (milestone.compares == "level")
    sampled = known & (method == "clopper_pearson") & (milestone.compares == "level")
    met = holds(value, operator, line_)
    if census.any():
        k, n = rows["numerator"].to_numpy(dtype=float), rows["denominator"].to_numpy(dtype=float)
        met[census] = census_meets(k[census], n[census], operator, line_)
    verdict = np.where(met, Verdict.MET, Verdict.NOT_MET).astype(object)
    if sampled.any():
        low, high = rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float)
        ends = np.stack([holds(low, operator, line_), holds(high, operator, line_)])
        straddles = sampled & (ends[0] != ends[1])
        verdict[sampled] = np.where(ends[0], Verdict.MET, Verdict.NOT_MET)[sampled]
        verdict[straddles] = Verdict.INSUFFICIENT_EVIDENCE
    sign = OPERATOR_SIGNS[operator]
    words = {
        Verdict.MET: ("满足", "satisfies"), Verdict.NOT_MET: ("不满足", "does not satisfy"),
        Verdict.INSUFFICIENT_EVIDENCE: ("的区间跨越", "has an interval that straddles"),
    }  # fmt: skip
    zh = np.array(
        [f"{x:.6g} {words[v][0]} {sign} {line_:.6g}" for x, v in zip(value, verdict, strict=True)], dtype=object
    )
    en = np.array(
        [f"{x:.6g} {words[v][1]} {sign} {line_:.6g}" for x, v in zip(value, verdict, strict=True)], dtype=object
    )
    return verdict, zh, en


def _change(
    rows: pd.DataFrame, table: pd.DataFrame, milestone: Milestone, reading: Reading | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the change on the base, and why it must not be computed where that is so."""
    blocked = np.full(len(rows), None, dtype=object)
    value = rows["value"].to_numpy(dtype=float)
    if reading is None:
        blocked[:] = Text("没有可计算的读法", "no reading makes this computable")
        return np.full(len(rows), np.nan), blocked
    years = reading.base_years or (milestone.year - 1,)
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
        blocked[i] = Text("基期为零,无法计算相对变化", "the base is zero; a relative change is undefined")
    if "definition" in rows:
        for other in bases:
            differs = (rows["definition"] != other["definition"]).to_numpy() & ~np.isnan(change)
            for i in np.flatnonzero(differs):
                reasons = why_not_comparable(
                    {"definition": other["definition"].iloc[i]}, {"definition": rows["definition"].iloc[i]}
                )
                blocked[i] = reasons[0] if reasons else None
    return change, blocked
