"""Rounding, grades and vetoes: the last steps, where a point in the last digit decides.

取舍、等次与一票否决：最后几步，末位小数即可定等次。
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ...verdicts import holds
from ..rules.numbers import round_exactly

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ...plan.model import Plan
    from ..rules.model import AppraisalRuleFile, Veto

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

Exact = Callable[[int], Fraction | None]
NEAR = 1e-6  # of a last digit: nearer to an edge than this, exact arithmetic decides
NO_GRADE = -1


def round_scores(score: Floats, file: AppraisalRuleFile, exact: Exact) -> Floats:
    """Return scores rounded by the rule of the file; edges are decided in exact arithmetic.  按规则取舍。"""
    digits, mode = file.rounding.digits, file.rounding.mode
    scaled = score * 10**digits
    edge = np.round(scaled) if mode == "truncate" else np.floor(scaled) + 0.5
    units = np.trunc(scaled) if mode == "truncate" else np.round(scaled)
    with np.errstate(invalid="ignore"):
        close = np.abs(scaled - edge) < NEAR
    for place in np.flatnonzero(close):
        true = exact(int(place))
        if true is None:  # no exact value: the float, a hair off, is taken for the edge itself
            true = Fraction(float(edge[place])) / 10**digits
        units[place] = float(round_exactly(true, digits, mode) * 10**digits)
    return np.asarray(units / 10**digits)


def grade_of(score: Floats, file: AppraisalRuleFile, exact: Exact) -> NDArray[np.int64]:
    """Return the place of each score's band in the file, the best 0; -1 for no score.  所在等次。"""
    out = np.zeros(len(score), dtype=np.int64)
    for band in file.grades[:-1]:
        edge = Fraction(band.from_)
        with np.errstate(invalid="ignore"):
            reached = score >= float(edge) if band.inclusive else score > float(edge)
            close = np.abs(score - float(edge)) < 1e-9
        for place in np.flatnonzero(close):
            true = exact(int(place))
            true = edge if true is None else true
            reached[place] = true >= edge if band.inclusive else true > edge
        out += ~reached
    return np.where(np.isnan(score), NO_GRADE, out)


@dataclass(frozen=True, slots=True)
class VetoState:
    """Where one veto stands for every place.  某项一票否决的情况。"""

    veto: Veto
    confirmed: Flags
    pending: Flags  # reported and not decided, or its figure is not reported
    evidence: Mapping[int, str]


def find_vetoes(
    file: AppraisalRuleFile, reported: pd.DataFrame, by_indicator: Mapping[str, pd.DataFrame], plan: Plan, year: int
) -> tuple[VetoState, ...]:
    """Return the state of every veto of the file: by its figure, by report, a dismissed one cancelled.  各项否决的情况。"""
    places = list(plan.geography.place_ids)
    return tuple(_state(veto, reported, by_indicator, plan, year, places) for veto in file.vetoes)


def _state(
    veto: Veto, reported: pd.DataFrame, by_indicator: Mapping[str, pd.DataFrame], plan: Plan, year: int, places: list[str]
) -> VetoState:  # fmt: skip
    confirmed, pending = np.zeros(len(places), dtype=bool), np.zeros(len(places), dtype=bool)
    evidence: dict[int, str] = {}
    if veto.when is not None:
        indicator = plan.indicator(veto.when.indicator)
        table = by_indicator.get(indicator.id)
        value = np.full(len(places), np.nan)
        if table is not None:
            rows = table[table["year"] == year].set_index("division")
            value = rows["value"].reindex(places).to_numpy(dtype=float)
        asked = np.array([True, *[indicator.by_division] * (len(places) - 1)])
        confirmed = holds(value, veto.when.operator, float(Fraction(veto.when.at))) & asked
        pending = np.isnan(value) & asked
        sign = f"{indicator.name.zh} {veto.when.operator} {veto.when.at}"
        evidence = {int(p): f"{sign}：{value[p]:g}" for p in np.flatnonzero(confirmed)}
    own = reported[(reported["veto"] == veto.id) & (reported["year"] == year)]
    for place, rows in own.groupby("place", sort=False):  # a report replaces the figure; of several the strongest holds
        states = set(rows["state"])
        confirmed[place] = "confirmed" in states
        pending[place] = "pending" in states and not confirmed[place]
        evidence[place] = "；".join(f"{r.date} {r.evidence}".strip() for r in rows.itertuples())
    return VetoState(veto, confirmed, pending, evidence)


def zeroed_categories(states: tuple[VetoState, ...], place: int, *, pending: bool = False) -> frozenset[str]:
    """Return the categories that vetoes set to nothing for a place."""
    return frozenset(
        str(s.veto.category) for s in states
        if s.veto.effect == "zero_category" and (s.confirmed[place] or (pending and s.pending[place]))
    )  # fmt: skip


def cap_scores(score: Floats, states: tuple[VetoState, ...], *, pending: bool = False) -> Floats:
    """Return scores after the vetoes that set or cap the total.  否决后的得分。"""
    out = score.copy()
    for s in states:
        hit = s.confirmed | s.pending if pending else s.confirmed
        if s.veto.effect == "zero_total":
            out[hit & ~np.isnan(out)] = 0.0
        elif s.veto.effect == "cap_score":
            out[hit] = np.minimum(out[hit], float(Fraction(s.veto.score or "0")))
    return out


def cap_grades(
    grade: NDArray[np.int64], states: tuple[VetoState, ...], file: AppraisalRuleFile, *, pending: bool = False
) -> NDArray[np.int64]:
    """Return grades after the vetoes that cap them; the strongest holds.  否决后的等次。"""
    names = [b.grade for b in file.grades]
    out = grade.copy()
    for s in states:
        if s.veto.effect == "cap_grade":
            hit = (s.confirmed | s.pending if pending else s.confirmed) & (out != NO_GRADE)
            out[hit] = np.maximum(out[hit], names.index(str(s.veto.grade)))
    return out
