"""Evidence of deliverables and of vetoes, as handed in: levels by assessors, events with their paper.

工作成果与一票否决的佐证：评定人评定的程度、附依据的事项。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, ReturnsError, UnknownNameError, nearest, shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ...plan.model import Plan
    from ..rules.model import AppraisalRuleFile, Scale

    Floats = NDArray[np.float64]

EVIDENCE_COLUMNS = ("deliverable", "division", "year", "level", "evidence", "assessor")
VETO_COLUMNS = ("veto", "division", "year", "state", "evidence", "date")
VETO_STATES = ("confirmed", "pending", "dismissed")

Levels = dict[tuple[str, int], tuple["Floats", "Floats", "Floats", Mapping[int, str]]]


class _Rows:
    """The rows of a user's table, and what is wrong with them."""

    def __init__(self, frame: pd.DataFrame, columns: tuple[str, ...], plan: Plan, name: str) -> None:
        self.problems: list[Problem] = []
        self.plan, self.name = plan, name
        lacking = [c for c in columns if c not in frame]
        self.problems += [Problem("column_missing", f"the column {c} is missing.", f"缺少列 {c}。", file=name, column=c) for c in lacking]  # fmt: skip
        self.raise_problems()
        self.table = frame[list(columns)].reset_index(drop=True)

    def raise_problems(self) -> None:
        if self.problems:
            raise ReturnsError(self.problems)

    def add(self, row: int, column: str, code: str, en: str, zh: str, value: object) -> None:
        self.problems.append(Problem(code, en, zh, file=self.name, row=row + 2, column=column, value=shown(value)))

    def place(self, row: int, name: object) -> int:
        """Return the place of a division, the city 0; a problem where there is none."""
        try:
            found = self.plan.geography.resolve(str(name))
        except UnknownNameError as error:
            told = error.problems[0]  # with the nearest names
            self.problems.append(replace(told, file=self.name, row=row + 2, column="division", value=shown(name)))
            return -1
        return self.plan.geography.place_ids.index(found.id)

    def one_of(self, row: int, column: str, value: object, known: list[str]) -> bool:
        if str(value) in known:
            return True
        near = ", ".join(nearest(str(value), known) or known[:8])
        self.add(
            row, column, "unknown", f"not known here; there are: {near}.", f"此处没有这一项，可用：{near}。", value
        )
        return False

    def year(self, row: int, value: object) -> int:
        try:
            year = int(str(value))
        except ValueError:
            year = 0
        if year not in self.plan.years:
            self.add(row, "year", "year", "no year of the plan.", "不在规划期内。", value)
        return year

    def paper(self, row: int, value: object, what: tuple[str, str]) -> bool:
        if value is None or value != value or not str(value).strip():
            self.add(row, "evidence", "no_evidence", f"{what[0]} without evidence.", f"{what[1]}没有依据。", value)
            return False
        return True


def read_levels(evidence: pd.DataFrame | None, file: AppraisalRuleFile, plan: Plan) -> Levels:
    """Return by deliverable and year the share of every place, with the least and greatest that assessors gave.

    读取工作成果的评定：各单位得分比例，及评定人之间的最低与最高。

    Columns deliverable, division, year, level, evidence, assessor; one row an assessor. Raises
    :class:`~suzhou_antidrug.errors.ReturnsError` for every row that cannot be used, by its row in the table.
    """
    if evidence is None:
        return {}
    rows = _Rows(evidence, EVIDENCE_COLUMNS, plan, "evidence")
    scales = {i.deliverable: file.scales[i.scale] for i in file.items if i.deliverable is not None}
    given: dict[tuple[str, int], dict[int, list[tuple[Fraction, str]]]] = {}
    seen: set[tuple[object, ...]] = set()
    for row, (name, division, year, level, paper, assessor) in enumerate(rows.table.itertuples(index=False)):
        if not rows.one_of(row, "deliverable", name, [str(k) for k in scales]):
            continue
        scale = scales[str(name)]
        place, when = rows.place(row, division), rows.year(row, year)
        known = rows.one_of(row, "level", level, [x.id for x in scale.levels])
        if not known or not rows.paper(row, paper, ("a level", "评定")) or place < 0:
            continue
        key = (str(name), when, place, str(assessor))
        if key in seen:
            rows.add(row, "assessor", "twice", "this assessor has already judged it.", "同一评定人重复评定。", assessor)
            continue
        seen.add(key)
        share = Fraction(next(x.share for x in scale.levels if x.id == str(level)))
        given.setdefault((str(name), when), {}).setdefault(place, []).append((share, str(paper)))
    rows.raise_problems()
    return {key: _pooled(places, scales[key[0]], 1 + len(plan.geography.ids)) for key, places in given.items()}


def _pooled(
    places: dict[int, list[tuple[Fraction, str]]], scale: Scale, count: int
) -> tuple[Floats, Floats, Floats, Mapping[int, str]]:
    share, low, high = (np.full(count, np.nan) for _ in range(3))
    papers = {}
    for place, given in places.items():
        shares = sorted(s for s, _ in given)
        middle = (shares[(len(shares) - 1) // 2] + shares[len(shares) // 2]) / 2
        agreed = {"median": middle, "lowest": shares[0], "mean": sum(shares, Fraction(0)) / len(shares)}
        share[place], low[place], high[place] = (float(x) for x in (agreed[scale.disagreement], shares[0], shares[-1]))
        papers[place] = "；".join(dict.fromkeys(p for _, p in given))
    return share, low, high, papers


def read_vetoes(vetoes: pd.DataFrame | None, file: AppraisalRuleFile, plan: Plan) -> pd.DataFrame:
    """Return reported vetoes, checked: veto, place, year, state, evidence, date.  读取上报的一票否决事项。

    A confirmed veto needs evidence and date; a pending one is shown and does not count.
    """
    import pandas as pd

    out = pd.DataFrame(columns=["veto", "place", "year", "state", "evidence", "date"])
    if vetoes is None:
        return out
    rows = _Rows(vetoes, VETO_COLUMNS, plan, "vetoes")
    kept = []
    for row, (name, division, year, state, paper, date) in enumerate(rows.table.itertuples(index=False)):
        known = rows.one_of(row, "veto", name, [v.id for v in file.vetoes])
        known &= rows.one_of(row, "state", state, list(VETO_STATES))
        place, when = rows.place(row, division), rows.year(row, year)
        if known and state == "confirmed":
            rows.paper(row, paper, ("a confirmed veto", "已确认的否决事项"))
            if pd.isna(pd.to_datetime(date, errors="coerce")):
                rows.add(row, "date", "date", "a confirmed veto needs its date.", "已确认的否决事项须有日期。", date)
        kept.append((str(name), place, when, str(state), "" if paper != paper else str(paper), str(date)))
    rows.raise_problems()
    return pd.DataFrame(kept, columns=list(out.columns)) if kept else out
