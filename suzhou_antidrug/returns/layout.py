"""Find the table in a sheet: its header by its names, its unit above it, its rows below.

在工作表中找到表格：按名称认表头，读上方单位，取下方各行。

Three layouts are read: long, with a column 指标; one column for each indicator; and wide, with one column for each
period (2019, 2020, ...). All become tables with the same canonical columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..errors import Problem, nearest, shown
from ..geography import normalise_name
from .cleaning import read_period
from .grid import Grid, column_letters
from .privacy import HEADER_ROWS
from .schema import COLUMN, header_index, header_key
from .spans import cumulative_words, part_year_words
from .units import unit_ids

if TYPE_CHECKING:
    import numpy as np

_HEADER_UNIT = re.compile(r"^(.+?)\s*[((]\s*([^()()]+?)\s*[))]$")
_SHEET_UNIT = re.compile(r"(?<![一-鿿])(?:计量)?单位\s*[::]\s*(\S{1,20})")
# Sheets that explain and hold no table.
NOTE_SHEETS = frozenset({"说明", "填报说明", "填表说明", "目录", "封面", "readme", "notes", "contents"})


@dataclass(frozen=True, slots=True)
class Heading:
    """What a header cell means.  表头单元格的含义。"""

    column: str  # a canonical column, or "" where an indicator or a period has the column to itself
    text: str
    unit: str = ""
    indicator: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one sheet under canonical columns.  一张表，列名已统一。"""

    grid: Grid
    positions: np.ndarray  # of the rows in the grid
    columns: Mapping[str, int]  # canonical column -> column of the grid
    headers: Mapping[str, str]  # canonical column -> header as written
    header_units: Mapping[str, str] = field(default_factory=dict)
    sheet_unit: str = ""
    indicator: str = ""  # where the table is about one indicator
    period: str = ""  # where the table is about one period

    def header(self, column: str) -> str:
        """The header of a canonical column as its file has it."""
        return self.headers.get(column, COLUMN[column].name.zh)


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables of a sheet and what was wrong with it.  工作表的版面。"""

    tables: tuple[Table, ...]
    problems: tuple[Problem, ...]
    found: bool  # whether a header was found

    def reshaped(self) -> list[dict[str, Any]]:
        """Return a log entry for each column of one period that was read as rows.  按时期分列改为分行的记录。"""
        return [
            {
                "file": table.grid.file, "sheet": table.grid.sheet, "column": table.headers["value"],
                "cell": column_letters(table.columns["value"]), "old": table.period, "new": "时期", "rule": "wide",
            }
            for table in self.tables if table.period
        ]  # fmt: skip


def read_heading(text: str, indicators: Mapping[str, str]) -> Heading | None:
    """Return what a header means, None where it is not known.  识别表头。

    ``indicators`` maps folded names to ids. A unit may follow in brackets: 数值(%).
    """
    shown_text = text.strip()
    if column := header_index().get(header_key(shown_text)):
        return Heading(column, shown_text)
    if indicator := indicators.get(normalise_name(shown_text)):
        return Heading("", shown_text, indicator=indicator)
    if shown_text and not read_period(shown_text).fault:
        return Heading("", shown_text, period=shown_text)
    if match := _HEADER_UNIT.match(unicodedata.normalize("NFKC", shown_text)):
        inner = read_heading(match[1], indicators)
        if inner and not inner.unit and unit_ids(match[2]):
            return replace(inner, text=shown_text, unit=match[2])
    return None


def lay_out(grid: Grid, indicators: Mapping[str, str]) -> Layout:
    """Return the tables of a sheet.  识别工作表的版面。"""
    header, headings = _find_header(grid, indicators)
    if header is None:
        return Layout((), (_no_header(grid),), found=False)
    problems = [*_repeated(grid, header, headings), *_unknown_headers(grid, header, headings)]
    columns = {h.column: number for number, h in reversed(headings.items()) if h.column}
    own = {number: h for number, h in headings.items() if h.indicator or h.period}
    problems += _mixed(grid, header, headings, columns)
    lacking = _lacking(columns, own)
    if lacking:
        problems.append(_missing_column(grid, header, lacking, headings))
    if any(p.severity == "error" for p in problems):
        return Layout((), tuple(problems), found=True)
    width = max(number for number, text in enumerate(grid.line(header)) if text.strip()) + 1
    positions, ragged = _data_rows(grid, header, width)
    base = Table(
        grid=grid,
        positions=positions,
        columns=columns,
        headers={h.column: h.text for h in headings.values() if h.column},
        header_units={h.column: h.unit for h in headings.values() if h.column and h.unit},
        **_sheet_unit(grid, header),
    )
    tables = [_own_column(base, number, heading) for number, heading in own.items()] if own else [base]
    return Layout(tuple(tables), (*problems, *ragged), found=True)


def _own_column(base: Table, number: int, heading: Heading) -> Table:
    return replace(
        base,
        columns={**base.columns, "value": number},
        headers={**base.headers, "value": heading.text} | ({"period": heading.text} if heading.period else {}),
        header_units={"value": heading.unit} if heading.unit else {},
        indicator=heading.indicator,
        period=heading.period,
    )


def _find_header(grid: Grid, indicators: Mapping[str, str]) -> tuple[int | None, dict[int, Heading]]:
    best: tuple[int | None, dict[int, Heading]] = (None, {})
    for position in range(min(HEADER_ROWS, len(grid.rows))):
        found = {
            number: heading
            for number, text in enumerate(grid.line(position))
            if text.strip() and (heading := read_heading(text, indicators))
        }
        named = {h.column for h in found.values()}
        if not any(h.column or h.indicator for h in found.values()):
            continue  # a row of years is data
        if (
            len(found) >= 2
            and named & {"division", "period", "indicator", "indicator_id"}
            and len(found) > len(best[1])
        ):
            best = (position, found)
    return best


def _lacking(columns: Mapping[str, int], own: Mapping[int, Heading]) -> list[str]:
    wide = any(h.period for h in own.values())
    lacking = [name for name in ("division", "period") if name not in columns and not (wide and name == "period")]
    if own and not wide:
        return lacking
    if "indicator" not in columns and "indicator_id" not in columns:
        lacking.insert(0, "indicator")
    if not wide and "value" not in columns and "numerator" not in columns:
        lacking.append("value")
    return lacking


def _mixed(grid: Grid, header: int, headings: Mapping[int, Heading], columns: Mapping[str, int]) -> list[Problem]:
    """Return the problem of columns of periods beside others that say period or number again."""
    periods = [h.text for h in headings.values() if h.period]
    others = [
        h.text for h in headings.values() if h.indicator or h.column in ("period", "numerator", "denominator", "value")
    ]
    if not periods or not others:
        return []
    there = ", ".join(others)
    return [
        Problem(
            **_place(grid, header),
            code="mixed_layout",
            column=periods[0],
            en=f"columns of periods ({', '.join(periods)}) stand beside {there}: it cannot be told what each number is.",
            zh=f"既有按时期分列的表头（{'、'.join(periods)}），又有“{there}”，无法判断各数的含义。",
            advice_en="Give each period a row of its own with period, numerator and denominator, or only one number a period.",
            advice_zh="请改为每个时期一行（时期、分子、分母），或每个时期只填一个数。",
        )
    ]


def _sheet_unit(grid: Grid, header: int) -> dict[str, Any]:
    for position in range(header):
        for text in grid.line(position):
            if match := _SHEET_UNIT.search(unicodedata.normalize("NFKC", text)):
                return {"sheet_unit": match[1]}
    return {}


def _data_rows(grid: Grid, header: int, width: int) -> tuple[np.ndarray, list[Problem]]:
    """Return the rows below the header that hold anything, and a problem for each row of the wrong length."""
    import numpy as np

    filled = np.zeros(len(grid.rows), dtype=bool)
    beyond = np.zeros(len(grid.rows), dtype=bool)
    for number, column in enumerate(grid.columns):
        there = np.array([bool(text.strip()) for text in column.texts], dtype=bool)[column.codes]
        filled |= there
        if number >= width:
            beyond |= there
    for row, _ in grid.specials:
        filled[row] = True
    filled[: header + 1] = False
    if grid.lengths is None:
        return np.flatnonzero(filled), []
    wrong = filled & ((grid.lengths < width) | beyond)
    problems = [_wrong_length(grid, int(p), width) for p in np.flatnonzero(wrong)[:1000]]
    return np.flatnonzero(filled & ~wrong), problems


def _wrong_length(grid: Grid, position: int, width: int) -> Problem:
    assert grid.lengths is not None
    count = int(grid.lengths[position])
    return Problem(
        code="row_length",
        file=grid.file,
        row=int(grid.rows[position]),
        en=f"the row has {count} cells, the header has {width}.",
        zh=f"该行有 {count} 个单元格，表头有 {width} 个。",
        advice_en="Check for a missing or an extra separator, and put text with commas in quotes.",
        advice_zh="请检查是否缺少或多出分隔符；含逗号的文字须加引号。",
    )


def _place(grid: Grid, header: int) -> dict[str, Any]:
    row = int(grid.rows[header])  # the names of a frame's columns stand in no row
    return {"file": grid.file, "sheet": grid.sheet, "row": row if row >= 0 else None}


def _repeated(grid: Grid, header: int, headings: Mapping[int, Heading]) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for number, heading in headings.items():
        key = heading.column or heading.indicator or heading.period
        if key not in first:
            first[key] = number
            continue
        a, b = column_letters(first[key]), column_letters(number)
        texts = f"{a} {headings[first[key]].text!r}, {b} {heading.text!r}"
        problems.append(
            Problem(
                **_place(grid, header),
                code="repeated_column",
                column=heading.text,
                en=f"two columns mean the same: {texts}.",
                zh=f"两列含义相同：{texts}。",
                advice_en="Keep one of them, or rename the other.",
                advice_zh="请只保留一列，或改另一列的表头。",
            )
        )
    return problems


def _unknown_headers(grid: Grid, header: int, headings: Mapping[int, Heading]) -> list[Problem]:
    """Return a problem for each column that is not read: an error where figures of another span would be lost."""
    wide = any(h.period for h in headings.values())
    problems = []
    for number, text in enumerate(grid.line(header)):
        if not text.strip() or number in headings:
            continue
        place = {**_place(grid, header), "column": shown(text.strip())}
        if words := cumulative_words(text) or part_year_words(text):
            code = "cumulative" if cumulative_words(text) else "part_year"
            said = words._replace(en=f"{words.en}.", zh=f"{words.zh}。")
            problems.append(Problem(code, *said, **place))
        elif wide:
            problems.append(_not_a_period(column_letters(number), place))
        else:
            problems.append(_unknown_header(column_letters(number), text.strip(), place))
    return problems


def _not_a_period(letters: str, place: dict[str, Any]) -> Problem:
    return Problem(
        **place,
        code="not_a_period",
        en=f"column {letters} stands in a table of one column a period, and its header is neither a period nor known.",
        zh=f"此表按时期分列，{letters} 列的表头既不是时期，也不在名单上。",
        advice_en="Head it with one period (2020, 2020Q1), or take the column out.",
        advice_zh="请把表头改为单一时期(如 2020、2020Q1)，或删去该列。",
    )


def _unknown_header(letters: str, text: str, place: dict[str, Any]) -> Problem:
    close = nearest(text, [name for column in COLUMN.values() for name in (column.name.zh, column.name.en)])
    hint = ", ".join(close)
    return Problem(
        **place,
        code="unknown_column",
        severity="warning",
        en=f"column {letters} is not known and was not read.",
        zh=f"{letters} 列的表头不在名单上，该列未读取。",
        advice_en=f"Did you mean: {hint}?" if hint else "Rename it if it belongs to the return.",
        advice_zh=f"您是否要填：{hint}?" if hint else "如属报表内容，请改用规定表头。",
    )


def _missing_column(grid: Grid, header: int, lacking: list[str], headings: Mapping[int, Heading]) -> Problem:
    zh = "、".join(COLUMN[name].name.zh for name in lacking)
    en = ", ".join(f"{COLUMN[name].name.zh} ({COLUMN[name].name.en})" for name in lacking)
    have = ", ".join(heading.text for heading in headings.values())
    return Problem(
        **_place(grid, header),
        code="missing_column",
        en=f"the table lacks the column {en}; it has {have}.",
        zh=f"缺少列：{zh}；现有：{have}。",
        advice_en="Add the column, or fill in the template.",
        advice_zh="请补上该列，或使用模板填报。",
    )


def _no_header(grid: Grid) -> Problem:
    first = [shown(text.strip()) for text in (grid.line(0) if len(grid.rows) else []) if text.strip()][:6]
    have = ", ".join(first)
    return Problem(
        code="no_header",
        file=grid.file,
        sheet=grid.sheet,
        en=f"no header was found in the first {HEADER_ROWS} rows; the first row holds: {have or 'nothing'}.",
        zh=f"前 {HEADER_ROWS} 行内未找到表头；首行内容：{have or '空'}。",
        advice_en="It needs 指标, 县级市(区), 时期 and 数值 or 分子; if they are there, save as UTF-8.",
        advice_zh="表头须含：指标、县级市(区)、时期、数值或分子；如已齐全，请另存为 UTF-8。",
    )
