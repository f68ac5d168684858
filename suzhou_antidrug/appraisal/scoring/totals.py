"""From shares of points to scores: items, categories, bonus and deductions, bounds, in one order.

由各项得分比例到总分：评分项、类别、加分与扣分、上下界，次序固定。

Order: items, categories by their weights, bonus (capped after summing), deductions (capped), limits of the total (nothing below 0,
nothing above the total unless the rules let bonus pass it), veto, rounding, grade. Category c: S_c = 100 sum p s / sum p over its
assessed items; total S = sum w_c S_c / sum w_c over the categories with an assessed item (arithmetic), or the weighted geometric or
harmonic mean. Without weights of categories items simply add up, S = 100 sum p s / sum p, and in another mean a category weighs
what its assessed points do. What cannot be assessed counts neither way (``reweight``) or nothing (``zero``); the bounds give it the
least and the greatest share it could have had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ..rules.checks import category_of
from .measures import NOT_APPLICABLE, OK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...plan.model import Plan
    from ..rules.model import AppraisalRuleFile
    from .measures import ItemColumn

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """What turns shares into a total in one year: points, categories, weights, caps.  某年的计分框架。"""

    points: Floats  # (items,) points of scored items, 0 for bonus and deductions
    extra: Floats  # (items,) points of bonus (+) and deductions (-)
    member: Floats  # (items, categories) 1 where an item belongs
    weights: Floats | None  # (categories,) None: items add up
    categories: tuple[str, ...]
    across: str
    floor: float
    total: float
    bonus_cap: float
    deduction_cap: float
    above_total: bool
    zero_missing: bool

    @classmethod
    def of(cls, file: AppraisalRuleFile, columns: Sequence[ItemColumn], plan: Plan) -> Frame:
        """Return the frame of the items due in a year."""
        names = tuple(dict.fromkeys(str(category_of(c.item, plan)) for c in columns))
        given = {c.id: c.weight for c in file.categories if c.weight is not None}
        sign = {"score": 0.0, "bonus": 1.0, "deduction": -1.0}
        return cls(
            points=np.array([float(Fraction(c.item.points)) * (c.item.role == "score") for c in columns]),
            extra=np.array([float(Fraction(c.item.points)) * sign[c.item.role] for c in columns]),
            member=np.array([[float(category_of(c.item, plan) == n) for n in names] for c in columns]).reshape(len(columns), len(names)),
            weights=np.array([float(Fraction(given[n])) for n in names]) if given else None,
            categories=names, across=file.across, floor=float(Fraction(file.across_floor)), total=float(Fraction(file.total)),
            bonus_cap=float(Fraction(file.bonus_cap)),
            deduction_cap=float(Fraction(file.deduction_cap)) if file.deduction_cap is not None else np.inf,
            above_total=file.above_total, zero_missing=file.missing == "zero",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Totals:
    """Scores before vetoes.  否决前的得分。"""

    categories: Floats  # (..., categories) 0 to total; NaN where nothing was assessed
    base: Floats
    bonus: Floats
    deduction: Floats
    score: Floats  # base + bonus - deduction, within the limits
    assessed: Floats  # share of the due weight that was assessed


def add_up(shares: Floats, applies: NDArray[np.bool_], frame: Frame) -> Totals:
    """Return totals from shares (..., places, items), NaN where an item could not be assessed.  汇总得分。"""
    w, worth = frame.weights, frame.points[:, None] * frame.member
    known = ~np.isnan(shares)
    filled = np.where(known, shares, 0.0)
    due = applies @ worth
    seen = (known & applies) @ worth
    full = due if frame.zero_missing else seen
    gained = filled @ worth
    with np.errstate(divide="ignore", invalid="ignore"):
        category = np.where(full > 0, frame.total * gained / full, np.nan)
        if w is None:
            # Each category weighs what its assessed points weigh; their arithmetic mean is the sum of all items.
            added = frame.total * gained.sum(axis=-1) / full.sum(axis=-1)
            base = added if frame.across == "arithmetic" else _across(category, full, frame)
            assessed = seen.sum(axis=-1) / due.sum(axis=-1)
        else:
            base = _across(category, w, frame)
            assessed = (w * np.where(due > 0, seen / due, 0.0)).sum(axis=-1) / (w * (due > 0)).sum(axis=-1)
    bonus = deduction = np.zeros(base.shape)
    if frame.extra.any():
        extra = filled * frame.extra
        bonus = np.minimum(np.maximum(extra, 0).sum(axis=-1), frame.bonus_cap)
        deduction = np.minimum(np.maximum(-extra, 0).sum(axis=-1), frame.deduction_cap)
    score = np.maximum(base + bonus - deduction, 0.0)
    if not frame.above_total:
        score = np.minimum(score, frame.total)
    return Totals(category, base, bonus, deduction, score, assessed)


def _across(category: Floats, w: Floats, frame: Frame) -> Floats:
    known = ~np.isnan(category)
    share = np.where(known, w, 0.0)
    share = share / share.sum(axis=-1, keepdims=True)
    filled = np.where(known, category, 1.0)
    if frame.across == "arithmetic":
        return np.asarray((share * filled).sum(axis=-1))
    filled = np.maximum(filled, frame.floor)
    if frame.across == "geometric":
        return np.asarray(np.exp((share * np.log(filled)).sum(axis=-1)))
    return np.asarray(1 / (share / filled).sum(axis=-1))


def unit_weights(counted: NDArray[np.bool_], frame: Frame) -> Floats:
    """Return how many points of the total a whole share of each item is worth, (..., places, items).  各项满分在总分中的分量。

    ``counted`` says which items count at a place; bonus and deductions are worth their points.
    """
    full = (counted * frame.points) @ frame.member
    with np.errstate(divide="ignore", invalid="ignore"):
        if frame.weights is None:
            whole = full.sum(axis=-1, keepdims=True)
            per_point = np.broadcast_to(np.where(whole > 0, frame.total / whole, 0.0), full.shape)
        else:
            present = frame.weights * (full > 0)
            per_point = np.where(full > 0, frame.total * present / present.sum(axis=-1, keepdims=True) / full, 0.0)
        return np.asarray(((per_point @ frame.member.T) * frame.points + frame.extra) * counted)


def fill_gaps(shares: Floats, applies: NDArray[np.bool_], columns: Sequence[ItemColumn], *, best: bool) -> Floats:
    """Return shares with everything not assessed at its worst, or at its best.  以最坏或最好情形填补。

    Where assessors differ, the least or the greatest of their levels is taken.
    """
    filled = shares.copy()
    for i, column in enumerate(columns):
        gap = np.isnan(shares[:, i])
        extreme = column.extremes[best != (column.item.role == "deduction")]
        filled[gap & applies[:, i], i] = extreme
        if column.spread is not None:
            filled[:, i] = np.where(gap, filled[:, i], column.spread[best])
    return filled


def exact_score(place: int, columns: Sequence[ItemColumn], file: AppraisalRuleFile, plan: Plan, *, zeroed: frozenset[str] = frozenset()) -> Fraction | None:  # fmt: skip
    """Return one total before vetoes in exact arithmetic; None where the rule is not rational or nothing is assessed. ``zeroed`` categories score nothing.

    以精确算术求某单位否决前得分。
    """
    if file.across != "arithmetic":
        return None
    given = {c.id: c.weight for c in file.categories if c.weight is not None}
    gained: dict[str, Fraction] = {}
    full: dict[str, Fraction] = {}
    bonus = deduction = Fraction(0)
    for column in columns:
        state = column.state[place]
        if state == NOT_APPLICABLE or (state != OK and file.missing == "reweight"):
            continue
        share = exact_share(column, place) if state == OK else Fraction(0)
        points = Fraction(column.item.points)
        if column.item.role == "bonus":
            bonus += points * share
        elif column.item.role == "deduction":
            deduction += points * share
        else:
            name = str(category_of(column.item, plan))
            share = Fraction(0) if name in zeroed else share
            gained[name] = gained.get(name, Fraction(0)) + points * share
            full[name] = full.get(name, Fraction(0)) + points
    if not full:
        return None
    weight = {n: Fraction(given[n]) if given else full[n] for n in full}
    total = Fraction(file.total)
    base = total * sum(weight[n] * gained[n] / full[n] for n in full) / sum(weight.values())
    cap = Fraction(file.deduction_cap) if file.deduction_cap is not None else deduction
    score = max(base + min(bonus, Fraction(file.bonus_cap)) - min(deduction, cap), Fraction(0))
    return score if file.above_total else min(score, total)


def exact_share(column: ItemColumn, place: int) -> Fraction:
    """Return the exact share of one cell.  单格得分比例的精确值。"""
    if column.curve is None:
        return Fraction(repr(float(column.directed[place])))
    return column.curve.exact(column.exact_value(place))
