"""All rows of all tables under canonical columns, and what is found in them.

各表全部行的统一列，以及核对中的发现。
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..errors import Problem, shown
from .cleaning import Words
from .grid import Factor, Special, column_letters
from .layout import Table
from .schema import COLUMN, LOG_COLUMNS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_OF_A_KIND = 1_000  # problems of one kind that are listed one by one


@dataclass(frozen=True, slots=True)
class Rows:
    """Every data row of every table; columns that a table lacks are blank.  全部数据行。"""

    tables: tuple[Table, ...]
    table: np.ndarray  # of each row, its table
    position: np.ndarray  # of each row, its place in the grid
    columns: dict[str, Factor]

    def __len__(self) -> int:
        return len(self.table)

    def text(self, row: int, column: str) -> str:
        """The text of a cell."""
        return self.columns[column].text(row)

    def numbers(self) -> np.ndarray:
        """The row numbers as Excel, or the text file, shows them."""
        import numpy as np

        numbers = np.zeros(len(self), dtype=np.int64)
        for index, table in enumerate(self.tables):
            here = self.table == index
            numbers[here] = table.grid.rows[self.position[here]]
        return numbers

    def place(self, row: int, column: str) -> dict[str, Any]:
        """File, sheet, row, column and value of a cell, for a problem."""
        table = self.tables[self.table[row]]
        text = self.text(row, column)
        return {
            "file": table.grid.file,
            "sheet": table.grid.sheet,
            "row": int(table.grid.rows[self.position[row]]),
            "column": table.header(column),
            "value": shown(text) if text else None,
        }


def gather(tables: Sequence[Table]) -> Rows:
    """Return the rows of all tables, in file order.  汇集各表的行。"""
    import numpy as np

    sizes = [len(table.positions) for table in tables]
    columns = {}
    for column in COLUMN:
        index: dict[str, int] = {"": 0}
        parts = [np.empty(0, dtype=np.int32)]
        for table in tables:
            if column == "period" and table.period:
                code = index.setdefault(table.period, len(index))
                parts.append(np.full(len(table.positions), code, dtype=np.int32))
                continue
            if column not in table.columns:
                parts.append(np.zeros(len(table.positions), dtype=np.int32))
                continue
            factor = table.grid.columns[table.columns[column]]
            recode = np.array([index.setdefault(text, len(index)) for text in factor.texts], dtype=np.int32)
            parts.append(recode[factor.codes[table.positions]])
        columns[column] = Factor(np.concatenate(parts), tuple(index))
    return Rows(
        tables=tuple(tables),
        table=np.repeat(np.arange(len(tables)), sizes),
        position=np.concatenate([np.empty(0, dtype=np.int64), *(table.positions for table in tables)]),
        columns=columns,
    )


class Findings:
    """Problems and normalisations as they are found.  核对中的问题与归一化记录。"""

    def __init__(self, rows: Rows) -> None:
        import numpy as np

        self.rows = rows
        self._problems: list[tuple[int, int, int, Problem]] = []
        self._log: list[dict[str, Any]] = []
        self.spoiled = {column: np.zeros(len(rows), dtype=bool) for column in COLUMN}  # cells already complained of

    def flag(
        self,
        where: np.ndarray,
        column: str,
        code: str,
        words: Words | Callable[[int], Words],
        *,
        severity: Literal["error", "warning"] = "error",
        show_value: bool = True,
    ) -> None:
        """Add a problem for each row in ``where``; an error spoils its cell for later checks."""
        import numpy as np

        found = np.flatnonzero(where) if where.dtype == bool else where
        if severity == "error":
            self.spoiled[column][found] = True
        for row in found[:MOST_OF_A_KIND].tolist():
            said = words(row) if callable(words) else words
            self._add(row, column, code, said, severity, show_value)
        if len(found) > MOST_OF_A_KIND:
            rest = len(found) - MOST_OF_A_KIND
            said = Words(f"and {rest:,} more rows of this kind ({code}).", f"另有 {rest:,} 行同类问题。")
            self._add(int(found[MOST_OF_A_KIND]), column, code, said, severity, show_value)

    def _add(
        self, row: int, column: str, code: str, said: Words, severity: Literal["error", "warning"], show_value: bool
    ) -> None:
        en = said.en if said.en.endswith((".", "?", "!")) else f"{said.en}."
        zh = said.zh if said.zh.endswith(("。", "?", "!")) else f"{said.zh}。"
        place = self.rows.place(row, column) | ({} if show_value else {"value": None})
        problem = Problem(code, en, zh, said.advice_en, said.advice_zh, severity=severity, **place)
        table = self.rows.tables[self.rows.table[row]]
        self._problems.append((int(self.rows.table[row]), problem.row or 0, table.columns.get(column, -1), problem))

    def note(self, where: np.ndarray, column: str, new: Sequence[object] | np.ndarray, rule: str) -> None:
        """Log a normalisation of each row in ``where``; ``new`` has one value for each of them."""
        import numpy as np

        found = np.flatnonzero(where) if where.dtype == bool else where
        if len(found):
            # The old text as it stands now: a merged cell is filled after this.
            entry = {"row": found, "old": self.rows.columns[column].codes[found]}
            self._log.append(entry | {"column": column, "new": np.asarray(new, dtype=object), "rule": rule})

    def problems(self) -> list[Problem]:
        """All problems, in file order."""
        ordered = sorted(enumerate(self._problems), key=lambda item: (item[1][0], item[1][1], item[1][2], item[0]))
        return [entry[3] for _, entry in ordered]

    def _joined_log(self) -> list[dict[str, Any]]:
        """Return the entries of each column and rule as one."""
        import numpy as np

        grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for entry in self._log:
            grouped.setdefault((entry["column"], entry["rule"]), []).append(entry)
        return [
            {"column": c, "rule": r, **{k: np.concatenate([e[k] for e in entries]) for k in ("row", "old", "new")}}
            for (c, r), entries in grouped.items()
        ]

    def log(self) -> pd.DataFrame:
        """All normalisations, in file order: file, sheet, row, column, cell, old, new, rule."""
        import numpy as np
        import pandas as pd

        if not self._log:
            return pd.DataFrame(columns=list(LOG_COLUMNS))
        numbers = self.rows.numbers()
        parts = []
        for entry in self._joined_log():
            found, column = entry["row"], entry["column"]
            tables = self.rows.table[found]
            factor = self.rows.columns[column]
            letters = [column_letters(t.columns[column]) if column in t.columns else "" for t in self.rows.tables]
            row = numbers[found]
            cell = np.array(letters, dtype=object)[tables] + row.astype(str).astype(object)
            part = pd.DataFrame({"order": tables, "row": row, "cell": cell, "new": entry["new"], "rule": entry["rule"]})
            part["file"] = np.array([t.grid.file for t in self.rows.tables], dtype=object)[tables]
            part["sheet"] = np.array([t.grid.sheet for t in self.rows.tables], dtype=object)[tables]
            part["column"] = np.array([t.header(column) for t in self.rows.tables], dtype=object)[tables]
            part["old"] = np.array(factor.texts, dtype=object)[entry["old"]]
            part["new"] = part["new"].astype(str)
            parts.append(part)
        log = pd.concat(parts, ignore_index=True).sort_values(["order", "row", "cell"], kind="stable")
        return log[list(LOG_COLUMNS)].reset_index(drop=True)


def apply_specials(rows: Rows, findings: Findings) -> None:
    """Fill merged cells from their first cell and report error values, dates and formulas.  处理特殊单元格。

    Only merged cells of names are filled: one number over three rows is not three numbers.
    """
    import numpy as np

    if not any(table.grid.specials for table in rows.tables):
        return
    lookup: dict[tuple[int, int], int] = {}
    for row, (table, position) in enumerate(zip(rows.table.tolist(), rows.position.tolist(), strict=True)):
        if rows.tables[table].grid.specials:
            lookup[table, position] = row
    stored: dict[str, list[int]] = {}
    for index, table in enumerate(rows.tables):
        by_number = {number: column for column, number in table.columns.items()}
        for (position, number), special in table.grid.specials.items():
            found, column = lookup.get((index, position)), by_number.get(number)
            if found is None or column is None or column == "guide":
                continue
            if special.kind == "formula_stored":
                stored.setdefault(column, []).append(found)
            else:
                _apply(rows, findings, found, column, special)
    for column, where in stored.items():  # one entry for all: a return may hold a hundred thousand formulas
        findings.note(np.array(where), column, [rows.text(row, column) for row in where], "formula")


def _apply(rows: Rows, findings: Findings, row: int, column: str, special: Special) -> None:
    import numpy as np

    if special.kind == "merged":
        _fill_merged(rows, findings, row, column, special)
    elif special.kind in _SPECIAL_WORDS and not (special.kind == "date" and COLUMN[column].id in ("source", "note")):
        findings.flag(np.array([row]), column, special.kind, _SPECIAL_WORDS[special.kind](shown(special.text)))


def _fill_merged(rows: Rows, findings: Findings, row: int, column: str, special: Special) -> None:
    import numpy as np

    where = np.array([row])
    table = rows.tables[rows.table[row]]
    letters = "".join(c for c in special.text if c.isalpha())
    if letters != column_letters(table.columns[column]):
        return  # merged sideways: the cell is blank, and a blank name is reported as such
    if column not in ("indicator", "indicator_id", "division", "period", "unit"):
        words = Words(
            "a merged cell where each row needs its own entry",
            "合并单元格，各行须分别填写",
            f"Undo the merge with {special.text}.",
            f"请取消与 {special.text} 的合并。",
        )
        findings.flag(where, column, "merged_number", words)
        return
    factor = table.grid.columns[table.columns[column]]
    anchor = int(special.text[len(letters) :]) - 1
    text = factor.text(anchor)
    gathered = rows.columns[column]
    findings.note(where, column, [text], "merged")
    gathered.codes[row] = gathered.texts.index(text) if text in gathered.texts else 0


_SPECIAL_WORDS: dict[str, Callable[[str], Words]] = {
    "date": lambda text: Words(
        f"the cell holds a date ({text})",
        f"单元格存为日期({text})",
        "Type the text or the number.",
        "请改填文字或数字。",
    ),
    "error": lambda text: Words(
        f"the cell holds the error value {text}", f"单元格为错误值 {text}", "Correct the formula.", "请更正公式。"
    ),
    "formula_uncached": lambda text: Words(
        f"the formula {text} has no stored result",
        f"公式 {text} 没有已存结果",
        "Open the workbook, recalculate, save, and read it again.",
        "请打开工作簿，重新计算并保存后重试。",
    ),
    "formula_outside": lambda text: Words(
        f"the formula {text} reaches outside the workbook",
        f"公式 {text} 指向工作簿以外",
        "Replace it by its value.",
        "请改为数值。",
    ),
    "boolean": lambda text: Words(
        f"the cell holds the logical value {text}",
        f"单元格为逻辑值 {text}",
        "Type the number or the text.",
        "请填写数字或文字。",
    ),
}
