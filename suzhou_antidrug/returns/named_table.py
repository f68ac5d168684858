"""A small table as handed in: a file or a frame, its columns known by Chinese or English names.

交来的小表：文件或数据表，列名中英文均可。
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, SeriesError, UnknownNameError, refusal, shown, unknown_name
from ..terms import Text
from .files import read_grids
from .grid import Grid, column_letters

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 5_000  # the largest plan at hand has 70 milestones
HEADER_ROWS = 20


@dataclass(frozen=True)
class TableColumns:
    """The columns that a table may have, and those without which it says nothing.  表可有的列与必须有的列。"""

    names: Mapping[str, tuple[str, ...]]  # compared without case, spaces, and in half width
    needed: tuple[frozenset[str], ...]  # of each set one
    lacks: Text  # what is said where one is missing
    ignored: frozenset[str] = frozenset()  # follow from the others

    @cached_property
    def by_name(self) -> dict[str, str]:
        """The id of a column by each of its names."""
        return {name: column for column, names in self.names.items() for name in names}


# What a cell of a workbook may be that holds no value to read.
_FAULTS = {
    "error": Text("单元格是错误值", "the cell is an error value"),
    "formula_uncached": Text("公式没有存结果", "the formula has no stored result"),
    "formula_outside": Text("公式引用别的文件", "the formula refers to another file"),
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number as Excel shows it, and its cells by column, blank cells left out.  表中一行。"""

    row: int
    cells: Mapping[str, str]
    faults: tuple[Text, ...] = ()  # cells that hold no value to read

    def get(self, column: str) -> str:
        """Return the text of a cell, empty where there is none."""
        return self.cells.get(column, "")


def read_table(
    table: pd.DataFrame | str | Path, known: TableColumns, *, sheet: str | None = None
) -> tuple[TableRow, ...]:
    """Return the rows of a CSV file, an Excel file or a frame.  读取小表。

    A cell of a merged range holds what the range holds. Raises :class:`~suzhou_antidrug.errors.ReturnsError` for a file
    that is refused as a return would be, and :class:`~suzhou_antidrug.errors.SeriesError` for an unknown column, two columns
    of one meaning, and a table that lacks a needed one.
    """
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        columns = _columns([str(c) for c in table.columns], known)
        lines: Iterable[tuple[int, list[str], list[Text]]] = (
            (i + 2, [_text(value) for value in values], [])
            for i, values in enumerate(table.itertuples(index=False, name=None))
        )
    else:
        grid, header = _find(Path(table), known, sheet)
        columns = _columns([text.strip() for text in grid.line(header)], known)
        lines = (_line(grid, n) for n in range(header + 1, len(grid.rows)))
    rows = []
    for row, texts, faults in lines:
        cells = {c: text.strip() for c, text in zip(columns, texts, strict=True) if c and text.strip()}
        if cells or faults:
            rows.append(TableRow(row, cells, tuple(faults)))
    if len(rows) > MAX_ROWS:
        raise refusal(
            "too_many_rows", f"{len(rows)} rows; at most {MAX_ROWS}.", f"共 {len(rows)} 行，最多 {MAX_ROWS} 行。"
        )
    return tuple(rows)


def _find(path: Path, known: TableColumns, sheet: str | None) -> tuple[Grid, int]:
    """Return the sheet that holds the table, and the position of its header."""
    grids, _ = read_grids(path, recognises=lambda grid: _header(grid, known) is not None)
    if sheet is not None and sheet not in {grid.sheet for grid in grids}:
        raise UnknownNameError(unknown_name("sheet", "工作表", sheet, [g.sheet for g in grids if g.sheet]))
    for grid in grids:
        header = _header(grid, known)
        if sheet in (None, grid.sheet) and header is not None:
            return grid, header
    raise _no_columns(known)


def _header(grid: Grid, known: TableColumns) -> int | None:
    """Return the position of the row with the most names of columns; None where no row has two."""
    counts = [
        len({c for text in grid.line(n) if (c := known.by_name.get(_plain(text)))})
        for n in range(min(HEADER_ROWS, len(grid.rows)))
    ]
    return counts.index(max(counts)) if counts and max(counts) > 1 else None


def _line(grid: Grid, position: int) -> tuple[int, list[str], list[Text]]:
    texts, faults = grid.line(position), []
    for column in range(len(texts)):
        special = grid.specials.get((position, column))
        if special is not None and special.kind in _FAULTS:
            texts[column] = ""
            faults.append(_FAULTS[special.kind])
        elif special is not None and special.kind == "merged":
            texts[column] = _anchor(grid, special.text)
    return int(grid.rows[position]), texts, faults


def _anchor(grid: Grid, reference: str) -> str:
    """Return the text of the first cell of a merged range, such as A2 or A2:A4."""
    match = re.match(r"([A-Z]+)(\d+)", reference)
    found = [n for n, row in enumerate(grid.rows) if match and row == int(match[2])]
    number = next((n for n in range(len(grid.columns)) if match and column_letters(n) == match[1]), None)
    return grid.columns[number].text(found[0]) if found and number is not None else ""


def _no_columns(known: TableColumns) -> SeriesError:
    return refusal("missing_column", known.lacks.en, known.lacks.zh, "Add the column.", "请补上该列。")


def plain_name(name: str) -> str:
    """Return a name as names are compared: half width, without spaces and case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).lower()


def _plain(name: str) -> str:
    return plain_name(name).replace("_", "")


def _columns(names: list[str], known: TableColumns) -> list[str]:
    """Return the column id of each name, empty for one that follows from the others."""
    found: list[str] = []
    problems: list[Problem] = []
    for name in names:
        column = "" if _plain(name) in known.ignored or not name.strip() else known.by_name.get(_plain(name), "?")
        if column == "?":
            listed = "、".join(n[0] for n in known.names.values())
            problems.append(Problem("column_unknown", "is not a known column.", "不是已知的列。", f"Known: {', '.join(known.names)}.", f"已有：{listed}。", column=shown(name)))  # fmt: skip
        elif column and column in found:
            problems.append(Problem("duplicate_column", f"means {column} a second time.", f"与另一列同为“{known.names[column][0]}”。", "Keep one of the two.", "请只保留一列。", column=shown(name)))  # fmt: skip
        found.append(column)
    if problems:
        raise SeriesError(problems)
    if not all(choice & set(found) for choice in known.needed):
        raise _no_columns(known)
    return found


def _text(value: object) -> str:
    """Return a cell as text: a whole number without a decimal point, a missing value as nothing."""
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return "" if text in ("<NA>", "NaT", "nan") else text
