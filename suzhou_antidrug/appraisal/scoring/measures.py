"""What each item measures, places x items for each year, with the reason where nothing can be scored.

各评分项的数值(单位 x 评分项，分年度)，不能计分处附理由。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ...indicators.milestones import MeasuredMilestone, measure_milestone, missing_reason
from ...returns.schema import value_is_numerator
from ...terms import Text
from ..rules.numbers import exact
from .curves import Curve, make_curve

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ...plan.model import Deliverable, Indicator, Milestone, Plan, Reading
    from ..rules.model import AppraisalRuleFile, Item, Scale

    Floats = NDArray[np.float64]

OK, MISSING, BLOCKED, NOT_APPLICABLE = 0, 1, 2, 3
STATES = {
    OK: Text("已评", "scored"),
    MISSING: Text("缺报", "not reported"),
    BLOCKED: Text("不可评", "not assessable"),
    NOT_APPLICABLE: Text("不适用", "not applicable"),
}
NEAR = 1e-9  # relative distance to a knot within which exact arithmetic decides
MOST = 2**31  # whole numbers whose products are exact in 64 bits
STRICT = ("gt", "lt")
WHOLE = 1e-6  # distance to a whole number that is rounding: milestones have fewer decimals


@dataclass(slots=True)
class ItemColumn:
    """One item in one year, over places.  某年某评分项。"""

    item: Item
    scale: Scale
    year: int
    value: Floats  # as reported or changed, in the indicator's unit; of deliverables the share
    directed: Floats  # argument of the curve, on the right side of every knot; of deliverables the share
    state: NDArray[np.int8]
    reasons: dict[int, Text]  # by place
    curve: Curve | None = None  # None for deliverables
    measured: MeasuredMilestone | None = None
    deliverable: Deliverable | None = None
    direction: int = 1
    spread: tuple[Floats, Floats] | None = None  # least and greatest share that assessors gave
    evidence: Mapping[int, str] = field(default_factory=dict)

    @property
    def units_short(self) -> bool:
        """Whether the curve takes units short instead of the value."""
        return self.scale.kind == "deduction" and self.scale.of == "units_short"

    @property
    def name(self) -> Text:
        """What the item is called."""
        if self.measured is not None:
            return self.measured.indicator.name
        return self.deliverable.name if self.deliverable is not None else Text(self.item.code, self.item.code)

    @property
    def milestone(self) -> Milestone | None:
        """The milestone it is measured against."""
        return self.measured.milestone if self.measured is not None else None

    def exact_value(self, place: int) -> Fraction:
        """Return the argument of the curve of one place, exactly."""
        assert self.measured is not None
        rows = self.measured.rows
        now = _exact_level(rows, place, self.measured.indicator)
        if self.units_short:
            n = exact(rows["denominator"].iloc[place])
            k = exact(rows["numerator"].iloc[place])
            gap = self.direction * (exact(self.measured.milestone.threshold) * n - k)
            return -_whole_short(gap, self.measured.operator)
        if self.measured.scale is not None:
            parts = [_exact_level(b, place, self.measured.indicator) for b in self.measured.bases]
            base = sum(parts, Fraction(0)) / len(parts)
            now = now - base if self.measured.scale == "points" else now / base - 1
        return self.direction * now

    def shares(self) -> Floats:
        """Return the share of points of every place; NaN where nothing can be scored."""
        share = self.directed if self.curve is None else self.curve(self.directed)
        return np.where(self.state == OK, share, np.nan)

    @property
    def extremes(self) -> tuple[float, float]:
        """The least and the greatest share the item can give."""
        if self.curve is None:
            shares = [float(Fraction(level.share)) for level in self.scale.levels]
            return min(shares), max(shares)
        return float(self.curve.lowest), float(self.curve.highest)


def is_ratio(indicator: Indicator) -> bool:
    """Return whether the value is numerator by denominator; a count may come with a denominator and stays a count."""
    return indicator.needs_parts and not value_is_numerator(indicator)


def _exact_level(rows: pd.DataFrame, row: int, indicator: Indicator) -> Fraction:
    k, n = rows["numerator"].iloc[row], rows["denominator"].iloc[row]
    if is_ratio(indicator) and k == k and n == n and n != 0:
        return exact(indicator.per) * exact(k) / exact(n)
    return exact(rows["value"].iloc[row])


def _whole_short(gap: Fraction, operator: str) -> Fraction:
    """Return how many units are lacking, or too many: the least whole number that closes the gap, more for 超过."""
    if operator in STRICT:
        return Fraction(gap.numerator // gap.denominator + 1) if gap >= 0 else Fraction(0)
    return Fraction(max(0, -(-gap.numerator // gap.denominator)))


def measure_items(
    by_indicator: Mapping[str, pd.DataFrame], file: AppraisalRuleFile, plan: Plan, year: int, *, readings: Mapping[str, str],
    levels: Mapping[tuple[str, int], tuple[Floats, Floats, Floats, Mapping[int, str]]],
) -> list[ItemColumn]:  # fmt: skip
    """Return the items due in a year, in the order of the file.  取某年应评的各项。

    ``by_indicator`` holds the yearly rows of each indicator; ``levels`` the share, least and greatest share of deliverables by
    id and year.
    """
    columns = []
    for item in file.items:
        if item.years and year not in item.years:
            continue
        if item.deliverable is not None:
            if (column := _deliverable(item, file.scales[item.scale], plan, year, levels)) is not None:
                columns.append(column)
            continue
        for milestone in plan.task(item.task).milestone_for(year):
            if milestone.indicator == item.indicator:
                columns.append(_indicator(item, file.scales[item.scale], milestone, by_indicator, plan, readings))
    return columns


def _indicator(
    item: Item, scale: Scale, milestone: Milestone, by_indicator: Mapping[str, pd.DataFrame], plan: Plan, readings: Mapping[str, str],
) -> ItemColumn:  # fmt: skip
    found = measure_milestone(milestone, chosen_readings(plan, milestone, readings), by_indicator, plan)
    return measured_column(item, scale, found, plan)


def measured_column(item: Item, scale: Scale, found: MeasuredMilestone, plan: Plan) -> ItemColumn:
    """Return the column of a measured milestone.  由年度任务数值得出评分列。"""
    count = 1 + len(plan.geography.ids)
    value = np.full(count, np.nan)
    value[: len(found.rows)] = found.value  # the city first; a city-only indicator leaves divisions out
    state = np.full(count, NOT_APPLICABLE, dtype=np.int8)
    state[: len(found.rows)] = OK
    reasons: dict[int, Text] = {}
    for i in np.flatnonzero(np.isnan(found.value)).tolist():
        state[i] = MISSING
        reasons[i] = missing_reason(found.rows["reported"].iloc[i], found.rows["expected"].iloc[i])
    blocked = np.flatnonzero([b is not None for b in found.blocked]).tolist()
    for i in blocked:
        state[i], reasons[i] = BLOCKED, found.blocked[i]
    if any(r.binds == "last_year" for r in found.readings) and found.milestone.year < plan.last_year:
        state[:] = NOT_APPLICABLE  # under such a reading the year asks for nothing
        reasons = {}
    _leave_out(state, item)
    direction = {"g": 1, "l": -1}.get(found.operator[0], -1 if found.indicator.direction == "lower" else 1)
    curve = make_curve(scale, item, exact(found.milestone.threshold), direction, operator=found.operator)
    column = ItemColumn(item, scale, found.milestone.year, value, np.empty(0), state, reasons, curve, found, direction=direction)  # fmt: skip
    if column.units_short:
        k, n = (found.rows[c].to_numpy(dtype=float) for c in ("numerator", "denominator"))
        gap = direction * (found.milestone.threshold * n - k)
        near = np.abs(gap - np.round(gap)) < WHOLE
        gap = np.where(near, np.round(gap), gap)
        short = np.maximum(0.0, np.floor(gap) + 1 if found.operator in STRICT else np.ceil(gap))
        column.directed = np.full(count, np.nan)
        column.directed[: len(found.rows)] = -short
    else:
        column.directed = direction * value
    column.directed = snap(column.directed, column)
    return column


def _leave_out(state: NDArray[np.int8], item: Item) -> None:
    if item.who == "city":
        state[1:] = NOT_APPLICABLE
    elif item.who == "divisions":
        state[0] = NOT_APPLICABLE


def snap(v: Floats, column: ItemColumn) -> Floats:
    """Return values moved onto, or just beside, the knots they lie at in exact arithmetic.  界点附近按精确值归位。

    Only values within 1e-9 of a knot are looked at: 999 of 1000 is not 100 %, and 0.9 typed is nine tenths.
    """
    assert column.curve is not None
    knots = column.curve.floats[0]
    j = np.clip(np.searchsorted(knots, v), 0, len(knots) - 1)
    beside = np.maximum(j - 1, 0)
    nearest = np.where(np.abs(v - knots[j]) <= np.abs(v - knots[beside]), j, beside)
    with np.errstate(invalid="ignore"):
        close = np.abs(v - knots[nearest]) <= NEAR * np.maximum(1.0, np.abs(knots[nearest]))
    out = v.copy()
    open_ = np.flatnonzero(close & (column.state == OK))
    side = _sides(open_, nearest[open_], column)
    at = knots[nearest[open_]]
    out[open_] = np.where(side == 0, at, np.nextafter(at, np.where(side > 0, np.inf, -np.inf)))
    return out


def _sides(places: NDArray[np.int64], knots: NDArray[np.int64], column: ItemColumn) -> NDArray[np.int64]:
    """Return on which side of its knot each place lies: 1 above, 0 at it, -1 below, in exact arithmetic."""
    assert column.curve is not None and column.measured is not None
    top = [column.curve.knots[j] for j in knots]
    if (fast := _whole_sides(places, top, column)) is not None:
        return fast
    signs = []
    for place, knot in zip(places, top, strict=True):
        true = column.exact_value(int(place))
        signs.append((true > knot) - (true < knot))
    return np.array(signs, dtype=np.int64)


def _whole_sides(places: NDArray[np.int64], knots: list[Fraction], column: ItemColumn) -> NDArray[np.int64] | None:
    """Return the same by whole numbers, k q against p n, where a share of counts is compared; None where it is not."""
    found = column.measured
    assert found is not None
    if column.units_short or found.scale is not None or not is_ratio(found.indicator) or found.indicator.per != 1:
        return None
    k, n = (found.rows[c].to_numpy(dtype=float)[places] for c in ("numerator", "denominator"))
    p, q = (np.array([getattr(t, part) for t in knots], dtype=np.int64) for part in ("numerator", "denominator"))
    whole = (k == np.round(k)) & (n == np.round(n)) & (np.maximum(np.abs(k), n) < MOST) & (n > 0)
    if not whole.all() or (np.maximum(np.abs(p), q) >= MOST).any():
        return None
    sides: NDArray[np.int64] = np.sign(column.direction * k.astype(np.int64) * q - p * n.astype(np.int64))
    return sides


def _deliverable(
    item: Item, scale: Scale, plan: Plan, year: int, levels: Mapping[tuple[str, int], tuple[Floats, Floats, Floats, Mapping[int, str]]],
) -> ItemColumn | None:  # fmt: skip
    assert item.deliverable is not None
    found = next(d for d in plan.task(item.task).deliverables if d.id == item.deliverable)
    if not due(found, plan, year):
        return None
    count = 1 + len(plan.geography.ids)
    none = np.full(count, np.nan)
    share, low, high, evidence = levels.get((found.id, year), (none, none, none, {}))
    state = np.where(np.isnan(share), MISSING, OK).astype(np.int8)
    why = Text("没有报送佐证材料", "no evidence was handed in")
    reasons = dict.fromkeys(np.flatnonzero(state == MISSING).tolist(), why)
    _leave_out(state, item)
    return ItemColumn(item, scale, year, share, share, state, reasons, None, None, found, 1, (low, high), evidence)


def due(deliverable: Deliverable, plan: Plan, year: int) -> bool:
    """Return whether a deliverable is due in a year: its own, or each of its recurring ones.  某年是否应完成。"""
    if not deliverable.recurring:
        return year == deliverable.due
    return year in plan.years and year <= deliverable.due and (deliverable.due - year) % deliverable.every_years == 0


def chosen_readings(plan: Plan, milestone: Milestone, readings: Mapping[str, str]) -> list[Reading]:
    """Return the readings of a milestone's ambiguities.  取年度任务各歧义的读法。"""
    return [plan.ambiguities[name].reading(readings.get(name)) for name in milestone.ambiguities]
