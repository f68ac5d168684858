"""A year's card as tidy tables.  把某年考评列成表。"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ...disclosure import HIDDEN
from ...terms import Text
from ...verdicts import holds
from ..rules.checks import category_of
from .grading import NO_GRADE
from .measures import NOT_APPLICABLE, OK, ItemColumn
from .totals import unit_weights

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ...plan.model import Plan
    from ..rules.model import AppraisalRuleFile
    from .cards import YearCard

    Floats = NDArray[np.float64]

UNDETERMINED = "undetermined"


def grade_name(grade: str, file: AppraisalRuleFile) -> Text:
    """Return a grade; in English with the rule file's English word beside it.  等次名称，英文时附英文说法。"""
    word = next((band.name.en for band in file.grades if band.grade == grade), grade)
    return Text(grade, grade if word == grade else f"{grade} {word}")


def grade_text(row: Mapping[str, Any], file: AppraisalRuleFile) -> Text:
    """Return the grade of a row of scores in words: both ends where it is undetermined, a dash where there is none.  等次的说法。"""
    if row["grade"] != UNDETERMINED:
        return grade_name(row["grade"] or "—", file)
    low, high = (grade_name(row[end], file) for end in ("grade_low", "grade_high"))
    return Text(f"不可定：{low.zh} 至 {high.zh}", f"undetermined: {low.en} to {high.en}")


def items_table(card: YearCard, file: AppraisalRuleFile, plan: Plan) -> pd.DataFrame:
    """One row a place and item that applies to it.  每单位每项一行。"""
    import pandas as pd

    places = np.array(plan.geography.place_ids, dtype=object)
    full = np.abs(unit_weights(card.applies, card.frame))
    parts = []
    for i, column in enumerate(card.columns):
        rows = np.flatnonzero(card.applies[:, i])
        share = card.shares[rows, i]
        milestone, found = column.milestone, column.measured
        reasons = [column.reasons.get(int(r)) for r in rows]
        status = found.rows["status"].reindex(places[rows]).fillna("missing").to_numpy() if found is not None else "reported"  # fmt: skip
        parts.append(pd.DataFrame({
            "division": places[rows], "year": card.year, "task": column.item.task, "category": category_of(column.item, plan),
            "item": column.item.code, "role": column.item.role, "value": column.value[rows],
            "operator": found.operator if found is not None else "",
            "milestone": milestone.threshold if milestone is not None else np.nan,
            "scale": column.item.scale, "share": share, "points": share * float(Fraction(column.item.points)),
            "of": float(Fraction(column.item.points)), "in_total": share * full[rows, i], "of_total": full[rows, i],
            "state": [("scored", "missing", "not_assessable", "not_applicable")[s] for s in column.state[rows]],
            "reason_zh": ["" if r is None else r.zh for r in reasons], "reason_en": ["" if r is None else r.en for r in reasons],
            "clause": milestone.clause if milestone is not None else column.deliverable.clause if column.deliverable is not None else "",
            "evidence": [column.evidence.get(int(r), "") for r in rows], "status": status,
        }))  # fmt: skip
        if card.hidden is not None:
            _suppress(parts[-1], card.hidden[rows, i])
    return pd.concat(parts, ignore_index=True)


def _suppress(part: pd.DataFrame, hidden: NDArray[np.bool_]) -> None:
    """Take the figures of hidden cells out of a part of the table, and say so; points would give them back."""
    part.loc[hidden, ["value", "share", "points", "in_total"]] = np.nan
    part["state"] = part["state"].mask(hidden, "suppressed")
    for language in ("zh", "en"):
        part[f"reason_{language}"] = part[f"reason_{language}"].mask(hidden, getattr(HIDDEN, language))


def reached(column: ItemColumn) -> NDArray[np.bool_]:
    """Return who reached the milestone, or brought a deliverable to its highest level.  是否达到年度任务。"""
    if column.measured is None:
        return np.asarray(column.value >= column.extremes[1])
    return np.asarray(holds(column.value, column.measured.operator, column.measured.milestone.threshold))


def scores_table(card: YearCard, file: AppraisalRuleFile, plan: Plan) -> pd.DataFrame:
    """One row a place.  每单位一行。"""
    import pandas as pd

    from ..composite.aggregate import rank_bounds

    places = list(plan.geography.place_ids)
    names = np.array([*(b.grade for b in file.grades), ""], dtype=object)  # -1 is the last: no grade
    grade = np.where(card.grade_low == card.grade_high, names[card.grade], UNDETERMINED)
    grade = np.where(card.grade == NO_GRADE, "", grade)
    state = np.column_stack([c.state for c in card.columns])
    hit = np.column_stack([reached(c) for c in card.columns]) & (state == OK)
    assessed = (state == OK).sum(axis=1)
    due = (state != NOT_APPLICABLE).sum(axis=1)
    rank = np.full(len(places), np.nan)
    best, worst = rank.copy(), rank.copy()
    known = np.flatnonzero(~np.isnan(card.score[1:])) + 1
    if known.size:
        rank[known] = _ranks(card.score[known])
        best[known], worst[known] = rank_bounds(card.score_low[known], card.score_high[known])
    confirmed = [[s.veto.id for s in card.vetoes if s.confirmed[p]] for p in range(len(places))]
    pending = [[s.veto.id for s in card.vetoes if s.pending[p]] for p in range(len(places))]
    barred = np.zeros(len(places), dtype=bool)
    for s in card.vetoes:
        barred |= s.confirmed if s.veto.effect == "no_award" else False
    return pd.DataFrame({
        "division": places, "year": card.year, "score": card.score, "low": card.score_low, "high": card.score_high, "grade": grade,
        "grade_low": names[card.grade_low], "grade_high": names[card.grade_high], "rank": rank, "rank_best": best, "rank_worst": worst,
        "before_veto": card.totals.score, "bonus": card.totals.bonus, "deduction": card.totals.deduction,
        "assessed_share": card.totals.assessed, "due": due, "assessed": assessed, "reached": hit.sum(axis=1),
        "vetoes": [";".join(v) for v in confirmed], "vetoes_pending": [";".join(v) for v in pending], "no_award": barred,
    })  # fmt: skip


def _ranks(score: Floats) -> Floats:
    ordered = np.sort(score)
    return np.asarray(len(score) - np.searchsorted(ordered, score, side="right") + 1, dtype=float)
