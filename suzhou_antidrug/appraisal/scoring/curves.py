"""A scale put to one milestone: share of points as a function of the value, with jumps, exact at its edges.

某项评分办法用于某一年度任务：得分比例是数值的分段函数，界点处精确。

Values are directed first, v = d x, so that more is better. Between two knots the share is linear; at a knot it is the value from
the right where the bound is inclusive (以上), from the left where it is not (超过). A staircase is a curve with many knots.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ...errors import refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..rules.model import Item, Scale

    Floats = NDArray[np.float64]

FEW_KNOTS = 16
MOST_STEPS = 10_000  # of a staircase: finer ones are taken for a mistake
ONE, ZERO = Fraction(1), Fraction(0)


@dataclass(frozen=True)
class Curve:
    """A piecewise linear function with jumps.  带跳跃的分段线性函数。"""

    knots: tuple[Fraction, ...]  # rising
    left: tuple[Fraction, ...]  # limit from the left at each knot
    at: tuple[Fraction, ...]
    right: tuple[Fraction, ...]

    @cached_property
    def floats(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Knots, shares at them, and by segment: reference, share there, slope."""
        t = np.array([float(k) for k in self.knots])
        gaps = [b - a for a, b in pairwise(self.knots)]
        slopes = [(b - a) / gap for a, b, gap in zip(self.right, self.left[1:], gaps, strict=False)]
        slope = np.array([0.0, *map(float, slopes), 0.0])
        base = np.array([float(self.left[0]), *map(float, self.right)])
        return t, np.array([float(a) for a in self.at]), np.array([t[0], *t]), base, slope

    def __call__(self, v: Floats) -> Floats:
        """Return the share of every value; NaN stays NaN."""
        t, at, reference, base, slope = self.floats
        if len(t) <= FEW_KNOTS:  # comparing with each knot is faster than searching for few of them
            segment = np.zeros(v.shape, dtype=np.intp)
            for knot in t:
                segment += v > knot
        else:
            segment = np.searchsorted(t, v, side="left")
        out = np.asarray(np.take(base, segment) + np.take(slope, segment) * (v - np.take(reference, segment)))
        equal = np.take(t, np.minimum(segment, len(t) - 1)) == v
        if equal.any():
            out[equal] = at[segment[equal]]
        return np.where(np.isnan(v), np.nan, out)

    def exact(self, v: Fraction) -> Fraction:
        """Return the share of one value in exact arithmetic."""
        j = bisect_left(self.knots, v)
        if j < len(self.knots) and self.knots[j] == v:
            return self.at[j]
        if j == 0:
            return self.left[0]
        if j == len(self.knots):
            return self.right[-1]
        a, b = self.knots[j - 1], self.knots[j]
        return self.right[j - 1] + (v - a) / (b - a) * (self.left[j] - self.right[j - 1])

    @cached_property
    def lowest(self) -> Fraction:
        """The least share it can give."""
        return min(*self.left, *self.at, *self.right)

    @cached_property
    def highest(self) -> Fraction:
        """The greatest share it can give."""
        return max(*self.left, *self.at, *self.right)


def _stairs(marks: list[tuple[Fraction, Fraction, bool]], below: Fraction) -> Curve:
    """Return steps from (knot, share from there on, inclusive), knots rising."""
    left, at, right, share = [], [], [], below
    for _, higher, inclusive in marks:
        left.append(share)
        at.append(higher if inclusive else share)
        right.append(higher)
        share = higher
    return Curve(tuple(k for k, _, _ in marks), tuple(left), tuple(at), tuple(right))


def _ramp(points: list[tuple[Fraction, Fraction]]) -> Curve:
    """Return a curve through (knot, share), flat outside; equal knots make a step, reached at the higher share."""
    knots: list[Fraction] = []
    left: list[Fraction] = []
    right: list[Fraction] = []
    for knot, share in points:
        if knots and knots[-1] == knot:
            right[-1] = share
        else:
            knots.append(knot)
            left.append(share)
            right.append(share)
    return Curve(tuple(knots), tuple(left), tuple(right), tuple(right))


def make_curve(scale: Scale, item: Item, milestone: Fraction, direction: int, *, operator: str = "ge") -> Curve:
    """Return the curve of an item for a milestone; the argument of the curve is direction x value.

    由评分办法与年度任务得出曲线。

    ``operator`` is the milestone's: ``gt`` and ``lt`` leave the number itself out, ``eq`` asks for it alone. For ``units_short``
    the argument is minus the number of units short. Raises :class:`~suzhou_antidrug.errors.SeriesError` where the scale has no meaning for the milestone: a share of a
    milestone of 0, standards that fall.

    >>> from suzhou_antidrug.appraisal.rules.model import Item, Scale, Standard
    >>> text = {"zh": "功效系数", "en": "efficacy"}
    >>> marks = tuple(Standard(at=a, coefficient=c) for a, c in (("85", "0.2"), ("90", "0.4"), ("92", "0.6"), ("95", "0.8"), ("100", "1")))
    >>> scale = Scale(kind="efficacy", name=text, status="published", standards=marks)
    >>> curve = make_curve(scale, Item(task=1, indicator="x", points="10", scale="s"), Fraction(90), 1)
    >>> float(10 * curve.exact(Fraction(96)))
    8.4
    """
    m, points = direction * milestone, Fraction(item.points)
    if scale.kind == "milestone":
        otherwise = Fraction(scale.otherwise)
        if operator == "eq":
            return Curve((m,), (otherwise,), (ONE,), (otherwise,))
        return _stairs([(m, ONE, operator in ("ge", "le"))], otherwise)
    if scale.kind == "pro_rata":
        if m <= 0:
            raise refusal("ratio", f"{item.code}: a share of the milestone {float(milestone):g} has no meaning.", f"{item.code}：年度任务为 {float(milestone):g}，不能按比例计分。", "Use linear, steps or deduction.", "请改用 linear、steps 或 deduction。", column=item.code)  # fmt: skip
        return _ramp([(ZERO, ZERO), (m, ONE)])
    if scale.kind == "linear":
        assert scale.zero is not None and scale.full is not None
        low, high = (direction * p.place(milestone, direction) for p in (scale.zero, scale.full))
        if low > high:
            raise refusal("order", f"{item.code}: zero lies on the good side of full for the milestone {float(milestone):g}.", f"{item.code}：零分点优于满分点。", column=item.code)  # fmt: skip
        return _ramp([(low, Fraction(scale.otherwise)), (high, ONE)])
    if scale.kind == "steps":
        marks = [(direction * s.place(milestone, direction), Fraction(s.share), s.inclusive) for s in reversed(scale.steps)]  # fmt: skip
        _rising([k for k, _, _ in marks], item, strict=True)
        return _stairs(marks, Fraction(scale.otherwise))
    if scale.kind == "efficacy":
        return _efficacy(scale, item, milestone, direction)
    if scale.kind == "deduction":
        start = ZERO if scale.of == "units_short" else m
        if item.role == "deduction":  # the share is what is taken off, all of it at the worst
            return _mirror(_falling(scale, start, points, ZERO))
        return _falling(scale, start, points, Fraction(scale.floor))
    return _bonus(scale, m, points)


def _rising(knots: list[Fraction], item: Item, *, strict: bool) -> None:
    if any(b < a or (strict and b == a) for a, b in pairwise(knots)):
        raise refusal("order", f"{item.code}: the places of its scale do not rise from the worst to the best.", f"{item.code}：评分办法的各点未由劣到优排列。", column=item.code)  # fmt: skip


def _efficacy(scale: Scale, item: Item, milestone: Fraction, direction: int) -> Curve:
    points = [(direction * s.place(milestone, direction), Fraction(s.coefficient)) for s in scale.standards]
    _rising([k for k, _ in points], item, strict=False)
    (a, low), (b, high) = points[0], points[1]
    if scale.below == "hold" or low == 0:
        return _ramp(points)
    if scale.below == "extrapolate" and b > a and high > low:
        return _ramp([(a - low * (b - a) / (high - low), ZERO), *points])
    return _ramp([(a, ZERO), *points])


def _falling(scale: Scale, start: Fraction, points: Fraction, floor: Fraction) -> Curve:
    """Return all at ``start``, so many points less for every unit below it, down to the floor."""
    lost, unit = Fraction(scale.each or "0") / points, Fraction(scale.per)
    if lost == 0:
        return _stairs([(start, ONE, True)], ONE)
    if scale.part == "pro_rata":
        return _ramp([(start - (ONE - floor) / lost * unit, floor), (start, ONE)])
    return _staircase(start, unit, lost, floor, up=scale.part != "whole_down")


def _staircase(start: Fraction, unit: Fraction, lost: Fraction, floor: Fraction, *, up: bool) -> Curve:
    """Return steps down from ``start``: a unit begun counts as one (``up``), or only when it is whole."""
    count = -(-(ONE - floor) // lost)
    if count > MOST_STEPS:
        raise refusal("steps", f"a deduction of {int(count)} steps is taken for a mistake.", f"扣分台阶多达 {int(count)} 级，疑有误。")  # fmt: skip
    marks = []
    for k in range(int(count) - 1, -1, -1):
        share = max(floor, ONE - k * lost)
        knot = start - k * unit if up else start - (k + 1) * unit
        marks.append((knot, share, up))  # whole_down: a gap of exactly one unit has lost it
    return _stairs(marks, max(floor, ONE - count * lost))


def _mirror(curve: Curve) -> Curve:
    flip = tuple(tuple(ONE - s for s in part) for part in (curve.left, curve.at, curve.right))
    return Curve(curve.knots, *flip)


def _bonus(scale: Scale, start: Fraction, points: Fraction) -> Curve:
    """Return nothing up to ``start``, so many points for every unit beyond, all of the item's points at most."""
    gain, unit = Fraction(scale.each or "0") / points, Fraction(scale.per)
    if gain == 0:
        return _stairs([(start, ZERO, True)], ZERO)
    if scale.part == "pro_rata":
        return _ramp([(start, ZERO), (start + unit / gain, ONE)])
    count = int(-(-ONE // gain))
    if count > MOST_STEPS:
        raise refusal(
            "steps", f"a bonus of {count} steps is taken for a mistake.", f"加分台阶多达 {count} 级，疑有误。"
        )
    first = 1 if scale.part == "whole_down" else 0
    marks = [(start + (k + first) * unit, min(ONE, (k + 1) * gain), first == 1) for k in range(count)]
    return _stairs(marks, ZERO)
