"""One year appraised: every place, every step.  某一年的考评：各单位、各步骤。"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from .grading import Exact, VetoState, cap_grades, cap_scores, find_vetoes, grade_of, round_scores, zeroed_categories
from .measures import NOT_APPLICABLE, ItemColumn, measure_items
from .totals import Frame, Totals, add_up, exact_score, fill_gaps

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ...plan.model import Plan
    from ..rules.model import AppraisalRuleFile
    from .evidence import Levels

    Floats = NDArray[np.float64]

SAME = 1e-9  # points: two floats of one exact score


@dataclass(frozen=True, slots=True)
class YearCard:
    """The arrays of one year's card: places (the city first) by items.  某年考评的全部数组，全市在前。"""

    year: int
    columns: tuple[ItemColumn, ...]
    frame: Frame
    applies: NDArray[np.bool_]  # (places, items)
    shares: Floats  # (places, items) NaN where not assessed
    totals: Totals  # before vetoes
    vetoes: tuple[VetoState, ...]
    score: Floats  # (places,) after vetoes, rounded
    score_low: Floats
    score_high: Floats
    unrounded: Floats  # after vetoes
    grade: NDArray[np.int64]  # place of the band, -1 for none
    grade_low: NDArray[np.int64]
    grade_high: NDArray[np.int64]
    hidden: NDArray[np.bool_] | None = None  # (places, items) figures that may not leave: shown as suppressed


def score_year(
    by_indicator: Mapping[str, pd.DataFrame], file: AppraisalRuleFile, plan: Plan, year: int, *, readings: Mapping[str, str],
    levels: Levels, reported_vetoes: pd.DataFrame,
) -> YearCard:  # fmt: skip
    """Return the card of a year from the yearly rows of each indicator.  由各指标年度值得出某年考评。"""
    columns = measure_items(by_indicator, file, plan, year, readings=readings, levels=levels)
    vetoes = find_vetoes(file, reported_vetoes, by_indicator, plan, year)
    return finish_year(columns, vetoes, file, plan, year)


def finish_year(columns: Sequence[ItemColumn], vetoes: tuple[VetoState, ...], file: AppraisalRuleFile, plan: Plan, year: int) -> YearCard:  # fmt: skip
    """Return the card of measured columns.  由各列数值得出考评。"""
    count = 1 + len(plan.geography.ids)
    frame = Frame.of(file, columns, plan)
    shares = np.column_stack([c.shares() for c in columns]) if columns else np.empty((count, 0))
    applies = np.column_stack([c.state != NOT_APPLICABLE for c in columns]) if columns else np.empty(shares.shape, bool)
    totals = add_up(shares, applies, frame)
    after = score_after_vetoes(shares, applies, frame, vetoes, pending=False)

    def exact(place: int) -> Fraction | None:
        zeroed = zeroed_categories(vetoes, place)
        true = exact_score(place, columns, file, plan, zeroed=zeroed)
        # A total that a veto set, or a bound, is not the sum of the items.
        return true if true is not None and abs(float(true) - after[place]) < SAME else None

    score, grade = _settle(after, file, exact, vetoes, pending=False)
    ends = []
    for best in (False, True):
        filled = fill_gaps(shares, applies, columns, best=best)
        value = score_after_vetoes(filled, applies, frame, vetoes, pending=not best)
        same = np.abs(value - after) < SAME
        ends.append(_settle(np.where(same, after, value), file, _only(exact, same), vetoes, pending=not best))
    (low, grade_low), (high, grade_high) = ends
    return YearCard(year, tuple(columns), frame, applies, shares, totals, vetoes, score, low, high, after, grade, grade_low, grade_high)  # fmt: skip


def _only(exact: Exact, places: NDArray[np.bool_]) -> Exact:
    """Return the exact scores of some places, None at the others."""
    return lambda place: exact(place) if places[place] else None


def score_after_vetoes(
    shares: Floats, applies: NDArray[np.bool_], frame: Frame, vetoes: tuple[VetoState, ...], *, pending: bool = False
) -> Floats:
    """Return unrounded scores, vetoes that set or cap them applied; pending ones too where asked.  否决后未取舍的得分。"""
    score = add_up(shares, applies, frame).score.copy()
    for state in vetoes:
        if state.veto.effect == "zero_category" and state.veto.category in frame.categories:
            hit = np.flatnonzero(state.confirmed | state.pending if pending else state.confirmed)
            if hit.size == 0:
                continue
            shares = shares.copy()
            inside = frame.member[:, frame.categories.index(state.veto.category)] > 0
            shares[np.ix_(hit, np.flatnonzero(inside))] = 0.0
            score[hit] = add_up(shares[hit], applies[hit], frame).score
    return cap_scores(score, vetoes, pending=pending)


def _settle(
    value: Floats, file: AppraisalRuleFile, exact: Exact, vetoes: tuple[VetoState, ...], *, pending: bool
) -> tuple[Floats, NDArray[np.int64]]:
    """Round and grade; once rounded, a score is a decimal of few digits and needs no further care at an edge."""
    rounded = round_scores(value, file, exact)
    if file.rounding.before_grading:
        grade = grade_of(rounded, file, lambda p: Fraction(f"{rounded[p]:.{file.rounding.digits}f}"))
    else:
        grade = grade_of(value, file, exact)
    return rounded, cap_grades(grade, vetoes, file, pending=pending)
