"""How near an edge a score stands: the next grade, and one event more or fewer.

得分离界线多近：距下一等次多少分，多一起或少一起事件会怎样。
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ..provenance import Made
from ..results import Explanation, Result, line
from ..terms import Text
from .scoring.cards import YearCard, finish_year
from .scoring.evidence import read_vetoes
from .scoring.grading import NO_GRADE, VetoState, find_vetoes
from .scoring.measures import OK, ItemColumn, is_ratio, measured_column
from .scoring.tables import grade_name

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from .scorecard import ScoreCard

    Floats = NDArray[np.float64]

SEEN = 1e-9  # points: a smaller change is rounding


@dataclass(frozen=True, slots=True, eq=False)
class Cliffs(Result):
    """What one event more or fewer does.  多一起或少一起的影响。

    ``frame``: division, year, task, item, step (+1 or -1 in the numerator or count), change (points of the total), score, grade
    after it, grade_changes. Steps without effect are left out.
    """

    table: pd.DataFrame
    names: dict[str, Text]  # of places
    items: dict[str, Text]
    grades: dict[str, Text]  # blank for none
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The steps, the largest change first."""
        return self.table.copy()

    @property
    def steepest(self) -> pd.DataFrame:
        """The largest change of each division."""
        return self.table.drop_duplicates("division").reset_index(drop=True)

    def explain(self) -> Explanation:
        """How many steps change a grade, and the steepest ones."""
        changed = self.table[self.table["grade_changes"]]
        worst = [
            line(
                f"{self.names[r.division].zh}，{self.items[r.item].zh} {r.step:+d}", f"{self.names[r.division].en}, {self.items[r.item].en} {r.step:+d}",
                Text(f"{r.change:+.4g} 分，等次 {self.grades[r.grade].zh}", f"{r.change:+.4g} points, grade {self.grades[r.grade].en}"),
            )
            for r in self.steepest.head(5).itertuples()
        ]  # fmt: skip
        return Explanation(
            Text("一起之差", "One event more or fewer"),
            (
                line("有影响的单步", "steps with an effect", str(len(self.table))),
                line("改变等次", "that change a grade", Text(f"{len(changed)} 步，{changed['division'].nunique()} 个单位", f"{len(changed)} steps, {changed['division'].nunique()} divisions")),
                *worst,
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def grade_distances(card: ScoreCard, year: YearCard) -> pd.DataFrame:
    """Return by place the points to the next grade up and above the edge of its own.  距上下等次的分数。

    Columns division, year, score, grade, next_grade, to_next (points lacking; a bound that is exclusive needs more than that),
    own_edge, above_edge (points to spare before falling). Before vetoes that cap a grade.
    """
    import pandas as pd

    bands = card.rules.file.grades
    edges = np.array([float(Fraction(b.from_)) for b in bands])
    score = year.score if card.rules.file.rounding.before_grading else year.unrounded
    own = np.zeros(len(score), dtype=int)
    for band, edge in zip(bands[:-1], edges[:-1], strict=True):
        own += ~((score >= edge) if band.inclusive else (score > edge))
    none = np.isnan(score)
    up = np.maximum(own - 1, 0)
    names = np.array([b.grade for b in bands], dtype=object)
    top = (own == 0) | none
    return pd.DataFrame({
        "division": list(card.plan.geography.place_ids), "year": year.year, "score": year.score, "grade": np.where(none, "", names[own]),
        "next_grade": np.where(top, "", names[up]), "to_next": np.where(top, np.nan, edges[up] - score),
        "own_edge": np.where(none, np.nan, edges[own]), "above_edge": score - edges[own],
    })  # fmt: skip


def find_cliffs(card: ScoreCard, year: YearCard) -> Cliffs:
    """Return the effect on every score of one event more and one fewer, item by item.  逐项检验多一起与少一起的影响。

    An event is one in the numerator of a share or rate, or one of a count; indices and loads have none. Edges are decided
    exactly, as in the card.
    """
    import pandas as pd

    places = np.array(card.plan.geography.place_ids, dtype=object)
    names = np.array([*(b.grade for b in card.rules.file.grades), ""], dtype=object)
    parts = []
    # An indicator may stand in two items, a score and a bonus: an event moves both, and a veto by its figure.
    first = {c.measured.indicator.id: c for c in reversed(year.columns) if c.measured is not None}
    for indicator, column in reversed(first.items()):
        for step in (1, -1):
            moved = _moved(card, column, step)
            if moved is None:
                continue
            columns = [(_moved(card, c, step) or c) if c.measured is not None and c.measured.indicator.id == indicator else c for c in year.columns]  # fmt: skip
            after = finish_year(columns, _vetoes(card, year, moved), card.rules.file, card.plan, year.year)
            change = after.unrounded - year.unrounded
            told = np.abs(change) > SEEN
            if year.hidden is not None:
                own = [k for k, c in enumerate(year.columns) if c.measured is not None and c.measured.indicator.id == indicator]  # fmt: skip
                told &= ~year.hidden[:, own].any(axis=1)  # what an event would do gives the figure back
            rows = np.flatnonzero(told)
            parts.append(pd.DataFrame({
                "division": places[rows], "year": year.year, "task": column.item.task, "item": column.item.code, "step": step,
                "change": change[rows], "score": after.score[rows], "grade": names[after.grade[rows]],
                "grade_changes": (after.grade != year.grade)[rows] & (year.grade[rows] != NO_GRADE),
            }))  # fmt: skip
    columns_ = ["division", "year", "task", "item", "step", "change", "score", "grade", "grade_changes"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns_)
    table = table.sort_values("change", key=lambda c: -c.abs(), kind="stable").reset_index(drop=True)
    where = card.plan.geography.place_names
    items = {c.item.code: c.name for c in year.columns}
    grades = {name: grade_name(name or "—", card.rules.file) for name in names}
    return Cliffs(table, where, items, grades, replace(card.made, method="cliffs"))


def _vetoes(card: ScoreCard, year: YearCard, moved: ItemColumn) -> tuple[VetoState, ...]:
    """Return the vetoes of a year, those that a moved figure starts found again."""
    assert moved.measured is not None
    code = moved.measured.indicator.id
    if not any(s.veto.when is not None and s.veto.when.indicator == code for s in year.vetoes):
        return year.vetoes
    reported = read_vetoes(card.inputs.vetoes, card.rules.file, card.plan)
    again = find_vetoes(card.rules.file, reported, {code: moved.measured.rows.reset_index().assign(year=year.year)}, card.plan, year.year)  # fmt: skip
    return tuple(
        new if old.veto.when is not None and old.veto.when.indicator == code else old
        for old, new in zip(year.vetoes, again, strict=True)
    )


def _moved(card: ScoreCard, column: ItemColumn, step: int) -> ItemColumn | None:
    """Return a column with one event more or fewer at every place where that is possible; None for one without events."""
    found = column.measured
    if found is None or (found.indicator.numerator is None and found.indicator.kind not in ("count", "occurrence")):
        return None
    rows = found.rows.copy()
    k, n, level = (rows[c].to_numpy(dtype=float) for c in ("numerator", "denominator", "value"))
    if is_ratio(found.indicator):
        ceiling = n if found.indicator.kind in ("coverage", "proportion") else np.inf
        new_k = np.where((k + step >= 0) & (k + step <= ceiling), k + step, k)
        new = found.indicator.per * new_k / n
    else:
        new = np.where(level + step >= 0, level + step, level)
        new_k = np.where(np.isnan(k), k, new)
    rows["numerator"], rows["value"] = new_k, new
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.mean([b["value"].to_numpy(dtype=float) for b in found.bases], axis=0) if found.bases else np.nan
        value = new if found.scale is None else new / base - 1 if found.scale == "relative" else new - base
    value = np.where(new == level, found.value, value)
    moved = measured_column(column.item, column.scale, replace(found, rows=rows, value=value), card.plan)
    moved.directed = np.where(column.state == OK, moved.directed, column.directed)
    return moved
