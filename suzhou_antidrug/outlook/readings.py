"""From a target and its readings to the rule and the series that it is assessed on.

由总目标及其读法得到评判规定与所依据的序列。
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import UnknownNameError, refusal, unknown_name
from ..indicators.compute import IndicatorValues, compute_indicators
from ..indicators.wastewater.period_loads import PeriodLoads
from ..indicators.wastewater.places import CITY
from ..returns.schema import Returns
from .decrease import COLUMNS, FallRule

if TYPE_CHECKING:
    import pandas as pd

    from ..geography import Division
    from ..plan.model import Indicator, Plan, Reading, Target

SERIES_KINDS = {"load": "load", "proportion": "proportion", "coverage": "proportion", "rate": "rate", "count": "count"}


def resolve_readings(target: Target, plan: Plan, reading: str | Mapping[str, str] | None) -> dict[str, Reading]:
    """Return the reading of every ambiguity of a target.  确定目标各歧义条款的读法。

    ``reading`` names one reading of any of the target's ambiguities, or maps ambiguities to readings; all others take
    their default. Raises :class:`~suzhou_antidrug.errors.UnknownNameError`.
    """
    own = {name: plan.ambiguity(name) for name in target.ambiguities}
    wanted: dict[str, str] = {}
    if isinstance(reading, str):
        named = {r.id: name for name, a in own.items() for r in a.readings}
        if reading not in named:
            raise UnknownNameError(unknown_name("reading", "读法", reading, named))
        wanted = {named[reading]: reading}
    elif reading is not None:
        for name in reading:
            if name not in own:
                raise UnknownNameError(unknown_name("ambiguity of this target", "该目标的歧义条款", name, own))
        wanted = dict(reading)
    return {name: ambiguity.reading(wanted.get(name)) for name, ambiguity in own.items()}


def own_readings(target: Target, readings: Mapping[str, str] | None) -> dict[str, str] | None:
    """Return those of the readings that a target has the ambiguity of, None for none.  取某目标自己的读法。"""
    return {k: v for k, v in (readings or {}).items() if k in target.ambiguities} or None


def chosen_indicator(target: Target, plan: Plan, readings: Mapping[str, Reading]) -> Indicator:
    """Return the indicator of a target, or the one that a reading puts in its place.  目标或读法所用指标。"""
    return plan.indicator(next((r.indicator for r in readings.values() if r.indicator), target.indicator))


def series_table(data: Any, *, indicator: Indicator, division: str) -> pd.DataFrame:
    """Return a table indexed by year with value, events, exposure, se, definition.  年度序列表。

    ``data`` is :class:`IndicatorValues`, a Series indexed by year or yearly Period, or a frame with ``period`` and
    ``value`` (and ``events``, ``exposure``, ``se``, ``definition`` where known).
    """
    import pandas as pd

    if isinstance(data, IndicatorValues):
        rows = data.yearly(indicator.id, division)
        table = rows[["value", "definition"]].copy()
        if indicator.needs_parts and indicator.kind != "occurrence":
            table["events"], table["exposure"] = rows["numerator"], rows["denominator"]
        return table
    if isinstance(data, pd.Series):
        data = data.rename("value").rename_axis("period").reset_index()
    if not isinstance(data, pd.DataFrame) or not {"period", "value"} <= set(data.columns):
        raise TypeError(
            "data must be Returns, IndicatorValues, a Series indexed by year, or a frame with period and value"
        )
    years = data["period"].map(lambda p: p.year if hasattr(p, "year") else int(p))
    kept = [c for c in COLUMNS if c in data.columns]
    return data[kept].set_axis(pd.Index(years.astype(int), name="year")).sort_index()


def loads_of_place(data: PeriodLoads, place: Division, readings: Mapping[str, Reading]) -> pd.DataFrame:
    """Return the yearly loads of a place that the readings ask for: the biomarkers they name, or the sum of all.

    读法所指标志物的年度负荷；读法未指明时为所给各标志物之和。

    The city is the pooled site of ``by="city"``; a division is known by any of its names.
    """
    if data.frequency != "year":
        raise refusal("frequency", "yearly loads are needed.", "须用年度负荷。", advice_en='Use frequency="year".')
    sites = data.table["site"].unique().tolist()
    names = {place.id, place.name.zh, place.name.en, *place.aliases} | ({CITY} if data.by == CITY else set())
    site = next((s for s in sites if s in names), None)
    if site is None:
        raise UnknownNameError(unknown_name("place of the loads", "负荷数据中的地点", place.name.zh, map(str, sites)))
    named = next((r.biomarkers for r in readings.values() if r.biomarkers), ())
    own = data.table.loc[data.table["site"] == site, "biomarker"].unique().tolist()
    for biomarker in named:
        if biomarker not in own:
            raise UnknownNameError(unknown_name("biomarker of the loads", "负荷数据中的标志物", biomarker, own))
    wanted = list(named) or own
    return data.series(site, wanted[0]) if len(wanted) == 1 else data.sum_of(site, wanted)


def target_table(
    data: Any,
    *,
    target: str,
    plan: Plan,
    division: str | None = None,
    reading: str | Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the yearly series that a target is assessed on, as :func:`series_table` gives it.  目标所依据的年度序列。"""
    wanted = plan.target(target)
    place = plan.geography.city if division is None else plan.geography.resolve(division)
    indicator = chosen_indicator(wanted, plan, resolve_readings(wanted, plan, reading))
    if isinstance(data, Returns):
        data = compute_indicators(data, plan=plan)
    return series_table(data, indicator=indicator, division=place.id)


def fall_rule(readings: Mapping[str, Reading]) -> FallRule:
    """Return what the readings of a decrease make of it.  由读法得到下降规定。"""
    reading = next(r for r in readings.values() if r.minimum_change is not None)
    assert reading.minimum_change is not None
    return FallRule(
        base_years=reading.base_years,
        minimum_fall=reading.minimum_change,
        evidence=reading.evidence,
        consecutive_years=reading.consecutive_years,
        significance=reading.significance,
    )
