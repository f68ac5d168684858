"""Small cells are hidden, and so many others that nothing shown gives them back.

抑制小数单元格，并抑制足够多的其他单元格，使其不能反推。

Primary suppression hides counts of 1 to k - 1 and counts whose complement is 1 to k - 1; zeros stay. Secondary suppression
hides further cells until no hidden cell can be narrowed: over all tables of whole numbers from 0 that agree with
everything shown (totals and bases too), every hidden cell must take values at least k apart. That is audited by integer
programming, cell by cell. The rule, its k and the width are this project's assumption, of the kind that statistical
agencies use (Willenborg and de Waal, Elements of Statistical Disclosure Control, 2001, chapter 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Problem, SeriesError, shown
from ..provenance import Made, Status, fingerprint
from ..terms import Text
from .audit import TableSystem
from .personal_marks import refuse_marks

if TYPE_CHECKING:
    import pandas as pd

MINIMUM = 5
RULE_STATUS = Status.ASSUMED
HIDDEN = Text("已抑制", "suppressed")
TOTAL = Text("合计", "total")


def rule_text(minimum: int = MINIMUM) -> Text:
    """Return the rule in words, with its standing.  规则的文字说明及其性质。"""
    return Text(
        f"不显示 1 至 {minimum - 1} 的数及余数为 1 至 {minimum - 1} 的数；另抑制若干单元格，使任一被抑制数不能由合计推断到"
        f"不足 {minimum} 的范围（本项目的假定）",
        f"counts of 1 to {minimum - 1}, and counts that leave 1 to {minimum - 1} of their base, are not shown; further cells "
        f"are hidden so that nothing shown narrows a hidden count to a range below {minimum} (an assumption of this project)",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Suppressed:
    """A table that may leave: what is hidden is taken out, not masked.  可对外的表：被抑制的数已删除。

    ``hidden`` and ``totals_hidden`` say where. Which cell was small and which was hidden to protect it is not kept, nor is
    a fingerprint of the full table: the few counts possible in a hidden cell could be tried against it.
    """

    table: pd.DataFrame  # missing where hidden
    hidden: pd.DataFrame
    totals_table: pd.DataFrame
    totals_hidden: pd.DataFrame
    minimum: int
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The rows, with a marker in every hidden cell."""
        return _marked(self.table, self.hidden)

    @property
    def totals(self) -> pd.DataFrame:
        """The totals that may be shown beside the rows, with the marker where one may not."""
        return _marked(self.totals_table, self.totals_hidden)

    def __len__(self) -> int:
        return len(self.table)


def _marked(table: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    out = table.copy()
    for column in hidden.columns[hidden.any().to_numpy()]:
        out[column] = out[column].astype(object).mask(hidden[column], str(HIDDEN))
    return out


def suppress_small(
    frame: pd.DataFrame,
    *,
    counts: str | Iterable[str],
    by: str | Iterable[str],
    within: str | Iterable[str] = (),
    complement: Mapping[str, str] | None = None,
    derived: Mapping[str, Iterable[str]] | None = None,
    keep: Iterable[str] = (),
    minimum: int = MINIMUM,
    status: Status | str = Status.REPORTED,
) -> Suppressed:
    """Return a table without small cells, and without cells that its totals would give back.

    给出不含小数单元格、且不能由合计反推的表。

    Parameters
    ----------
    frame : DataFrame
        One row a cell: no totals among the rows.
    counts : str or iterable of str
        Columns of whole numbers.
    by : str or iterable of str
        One or two columns over which totals are known or will be shown (division; division and year).
    within : str or iterable of str
        Columns that separate tables: no total runs over them (indicator; province).
    complement : mapping
        Count to the base it is a part of: ``{"found": "base"}``. What is left of the base is protected as well.
    derived : mapping
        Rate, limit or estimate to the counts it rests on: hidden with them. A modelled value is no protection.
    keep : iterable of str
        Columns that say nothing of any count. A column named nowhere is refused.
    minimum : int
        k. Counts of 1 to k - 1 are hidden; 1 hides nothing.

    Raises
    ------
    SeriesError
        A column is unknown or unnamed, a row stands twice, a count is missing or no whole number, a part above its base.
    OutputError
        The table bears marks of persons.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"division": ["a", "b", "c"], "found": [3, 8, 20]})
    >>> suppress_small(table, counts="found", by="division").hidden["found"].tolist()
    [True, True, False]
    """
    import pandas as pd

    pairs, rests = dict(complement or {}), {name: _names(on) for name, on in (derived or {}).items()}
    columns = list(dict.fromkeys([*_names(counts), *pairs, *pairs.values()]))
    by, within = _names(by), _names(within)
    _check(frame, columns, by, within, pairs, rests, _names(keep), minimum)
    refuse_marks(frame)
    system = TableSystem.of(frame, columns, by, within, pairs)
    hidden = system.protect(minimum).reshape(len(columns), -1)
    mask = pd.DataFrame(hidden[:, : len(frame)].T, index=frame.index, columns=columns)
    for name, on in rests.items():
        mask[name] = mask[on].any(axis=1)
    totals = system.totals(frame, columns, by, within, str(TOTAL))
    totals_mask = pd.DataFrame(hidden[:, len(frame) :].T, columns=columns)
    table = frame.copy()
    table[columns], totals[columns] = table[columns].astype("Int64"), totals[columns].astype("Int64")
    for name in mask.columns:
        table[name] = table[name].mask(mask[name])
    totals[columns] = totals[columns].mask(totals_mask)
    made = Made("suppress_small", Status(status), fingerprint(table))
    return Suppressed(table, mask, totals, totals_mask, minimum, made)


def _names(given: str | Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _check(
    frame: pd.DataFrame, columns: list[str], by: list[str], within: list[str], pairs: dict[str, str],
    derived: dict[str, list[str]], keep: list[str], minimum: int,
) -> None:  # fmt: skip
    import numpy as np

    if minimum < 1 or minimum != int(minimum) or not 1 <= len(by) <= 2:
        raise ValueError("minimum is a whole number from 1, and by names one or two columns")
    named = [*columns, *by, *within, *derived, *keep, *(c for on in derived.values() for c in on)]
    problems = [_problem("column", name, "is not in the table", "表中没有该列") for name in named if name not in frame]
    problems += [
        _problem("undeclared", c, "is not declared: name it as counts, derived or keep", "未声明该列的性质")
        for c in frame.columns
        if c not in named
    ]
    if not problems:
        for name in columns:
            x = np.asarray(frame[name], dtype=float)
            if not (np.isfinite(x).all() and (x >= 0).all() and (x == np.round(x)).all()):
                problems.append(
                    _problem("counts", name, "holds something else than whole numbers from 0", "须为非负整数")
                )
        for part, base in pairs.items():
            if (frame[part] > frame[base]).any():
                problems.append(_problem("part", part, f"lies above {base}", f"大于 {base}"))
        if frame[[*by, *within]].isna().any(axis=None) or frame.duplicated([*by, *within]).any():
            problems.append(
                _problem("rows", ", ".join([*by, *within]), "has empty or repeated rows", "有空缺或重复的行")
            )
    if problems:
        raise SeriesError(problems)


def _problem(code: str, column: str, en: str, zh: str) -> Problem:
    return Problem(code, f"the column {en}.", f"{zh}。", column=shown(column))
