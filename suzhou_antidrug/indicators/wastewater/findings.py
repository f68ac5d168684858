"""What is found wrong in rows of measurements: a mask for the machine, a problem for the reader.

测量数据中发现的问题：供计算用的标记与供人阅读的说明。
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...errors import Problem, shown
from ...returns.cleaning import Words
from .fields import FIELD

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

MOST_OF_A_KIND = 1_000  # rows of one kind that are listed one by one
WHOLE_ROW = ""  # in place of a column, where a row as a whole is at fault


class Findings:
    """Collects problems of rows; rows with an error must not be used.  汇集各行的问题。

    ``places`` has the columns file, sheet, row; ``cells`` gives a cell as it was written; ``headers`` a column's header.
    A cell with an error is not complained of again.
    """

    def __init__(
        self,
        places: pd.DataFrame,
        cells: Callable[[int, str], object],
        headers: Callable[[int, str], str] | None = None,
    ) -> None:
        self._places, self._cells = places, cells
        self._headers = headers or (lambda _, column: FIELD[column].name.zh if column in FIELD else column)
        self.problems: list[Problem] = []
        self._faulty: dict[str, Mask] = {}
        self.doubtful = np.zeros(len(places), dtype=bool)

    @property
    def spoiled(self) -> Mask:
        """Rows that hold any error."""
        return self.faulty(*self._faulty)

    def faulty(self, *columns: str) -> Mask:
        """Rows with an error in one of these columns, or in the row as a whole."""
        found = np.zeros(len(self._places), dtype=bool)
        for column in {*columns, WHOLE_ROW} & self._faulty.keys():
            found |= self._faulty[column]
        return found

    def carry(self, parts: Sequence[Findings]) -> None:
        """Take over which cells of each sheet are faulty; the rows of this are those of the sheets in turn."""
        for column in dict.fromkeys(column for part in parts for column in part._faulty):
            none = [np.zeros(len(part._places), dtype=bool) for part in parts]
            self._faulty[column] = np.concatenate(
                [part._faulty.get(column, blank) for part, blank in zip(parts, none, strict=True)]
            )

    def flag(
        self,
        where: Mask,
        column: str,
        code: str,
        words: Words | Callable[[int], Words],
        *,
        severity: Literal["error", "warning"] = "error",
        doubtful: bool = False,
    ) -> None:
        """Add a problem for each row of ``where``; beyond the first thousand of a kind only their number."""
        rows = np.flatnonzero(where)
        if not len(rows):
            return
        rows = rows[~self.faulty(column)[rows]]
        if severity == "error":
            self._faulty.setdefault(column, np.zeros(len(self._places), dtype=bool))[rows] = True
        if doubtful:
            self.doubtful[rows] = True
        for row in rows[:MOST_OF_A_KIND].tolist():
            said = _ended(words(row) if callable(words) else words)
            self.problems.append(Problem(code, *said, severity=severity, **self._place(row, column)))
        if len(rows) > MOST_OF_A_KIND:
            more = len(rows) - MOST_OF_A_KIND
            said = Words(f"and {more:,} more rows like this.", f"另有 {more:,} 行同类问题。")
            place = {**self._place(int(rows[MOST_OF_A_KIND]), column), "value": None}
            self.problems.append(Problem(code, *said, severity=severity, **place))

    def _place(self, row: int, column: str) -> dict[str, Any]:
        at = self._places.iloc[row]
        cell = self._cells(row, column) if column else None
        blank = cell is None or cell != cell or cell == ""
        return {
            "file": at["file"] or None,
            "sheet": at["sheet"] or None,
            "row": int(at["row"]),
            "column": self._headers(row, column) if column else None,
            "value": None if blank else shown(cell),
        }


def _ended(said: Words) -> Words:
    """Return words whose sentences end: those of a faulty number are shared with other rooms and bear no full stop."""
    en = said.en if said.en.endswith((".", "?", "!")) else f"{said.en}."
    zh = said.zh if said.zh.endswith(("。", "？", "?", "！")) else f"{said.zh}。"
    return said._replace(en=en, zh=zh)
