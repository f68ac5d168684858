"""A sheet that takes text, numbers and formulas, each by its own call.

工作表：文字、数字、公式各用各的写法，互不混淆。

Text goes through :func:`~suzhou_antidrug.report.escaping.safe_text`. A formula is built from cell references and this library's own
words, and carries the value that was computed here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...returns.cell_styles import BAND, HEAD, INPUT, LINE, QUIET, Styles, sheet_names
from ...terms import Text, display_width
from ..escaping import MOST_CHARACTERS, plain_text, safe_text

SHARE, NUMBER, POINTS, WHOLE = "0.0###%", "#,##0.######", "0.00##", "0"
A4, A3 = 9, 8
GOOD, FAIR, BAD, GREY = "#E2F0E5", "#FFF1CC", "#F9DEDC", "#E9ECEF"
HEADER_ROW = 3  # counted from 0: title, status and a line of advice stand above


def cell(row: int, column: int, *, fixed: bool = False) -> str:
    """Return the address of a cell, rows and columns counted from 0.  单元格地址。

    >>> cell(4, 27), cell(4, 0, fixed=True)
    ('AB5', '$A$5')
    """
    letters, n = "", column + 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(65 + rest) + letters
    return f"${letters}${row + 1}" if fixed else f"{letters}{row + 1}"


def span(first: int, last: int, column: int, *, last_column: int | None = None) -> str:
    """Return the address of a block of cells, fixed.  单元格区域地址。

    >>> span(4, 9, 1)
    '$B$5:$B$10'
    """
    end = column if last_column is None else last_column
    return f"{cell(first, column, fixed=True)}:{cell(last, end, fixed=True)}"


def on(sheet: str, address: str) -> str:
    """Return an address on another sheet.  另一工作表上的地址。"""
    return f"'{sheet}'!{address}"


def sheet_name(text: str) -> str:
    """Return a name that Excel takes for a sheet: no forbidden characters, 31 at most.  可用的工作表名。

    >>> sheet_name("../../得分[1]"), sheet_name("'=x'")
    ('.. .. 得分 1', '=x')
    """
    return sheet_names([plain_text(text)[0]])[0]


@dataclass(slots=True)
class Removed:
    """Control characters that were left out, over the whole book.  全簿去除的控制字符。"""

    count: int = 0


@dataclass(slots=True)
class Page:
    """One sheet being written.  正在写的一张表。"""

    name: str
    sheet: Any
    styles: Styles
    removed: Removed
    running: str = ""  # the name of the plan, above every printed page
    base: dict[str, object] = field(default_factory=lambda: {"border": 1, "border_color": LINE})

    def text(self, row: int, column: int, value: object, **look: object) -> None:
        """Write text, never a formula or a link."""
        self.removed.count += plain_text(value)[1]
        self.sheet.write_string(row, column, safe_text(value)[:MOST_CHARACTERS], self.styles(**self.base | look))

    def bare(self, row: int, column: int, value: object, **look: object) -> None:
        """Write text outside of tables, without a border."""
        self.removed.count += plain_text(value)[1]
        self.sheet.write_string(row, column, safe_text(value)[:MOST_CHARACTERS], self.styles(**look))

    def number(self, row: int, column: int, value: float | None, form: str = NUMBER, **look: object) -> None:
        """Write a number, a blank cell for a missing one."""
        style = self.styles(**self.base | {"num_format": form, "align": "right"} | look)
        if value is None or not math.isfinite(value):
            self.sheet.write_blank(row, column, None, style)
        else:
            self.sheet.write_number(row, column, value, style)

    def given(self, row: int, column: int, value: float | None, form: str = NUMBER) -> None:
        """Write a number that an auditor may change."""
        self.number(row, column, value, form, bg_color=INPUT, locked=False)

    def formula(self, row: int, column: int, formula: str, value: object, form: str = NUMBER, **look: object) -> None:
        """Write a formula with the value computed here; NaN and None stand for an empty result."""
        missing = value is None or (isinstance(value, float) and not math.isfinite(value))
        shown = "" if missing else value
        look = {"num_format": form, "align": "right"} | look
        self.sheet.write_formula(row, column, f"={formula}", self.styles(**self.base | look), shown)

    def note(self, row: int, column: int, says: str, *, lines: int = 4) -> None:
        """Write a comment of a cell."""
        words, removed = plain_text(says)
        self.removed.count += removed
        size = {"x_scale": 2.2, "y_scale": 0.32 * max(lines, words.count("\n") + 2), "font_size": 9}
        self.sheet.write_comment(row, column, words, size)

    def title(self, title: Text, standing: str, advice: str) -> None:
        """Write title, standing of the figures and advice into the first three rows."""
        self.sheet.set_default_row(18)
        self.sheet.set_row(0, 26)
        self.bare(0, 0, f"{title.zh}  {title.en}", bold=True, font_size=14, font_color=HEAD)
        self.bare(1, 0, standing, bold=True, font_color="#9C2A1D")
        self.bare(2, 0, advice, font_size=9, font_color=QUIET)

    def header(self, row: int, columns: Sequence[tuple[Text, float]], *, height: float = 32) -> None:
        """Write bilingual headers and set the widths of columns."""
        self.sheet.set_row(row, height)
        for number, (words, width) in enumerate(columns):
            if width:
                self.sheet.set_column(number, number, width)
            self.head(row, number, words)

    def head(self, row: int, column: int, words: Text, **look: object) -> None:
        """Write one header."""
        said = f"{words.zh}\n{words.en}"
        self.sheet.write_string(row, column, safe_text(said), self.styles.header(text_wrap=True, font_size=9, **look))

    def grow(self, row: int, *texts: tuple[str, float]) -> None:
        """Make a row as high as its longest wrapped text, of so many characters a line, needs."""
        lines = max(
            sum(-(-max(display_width(part), 1) // int(width)) for part in text.split("\n")) for text, width in texts
        )
        if lines > 1:
            self.sheet.set_row(row, 14.5 * lines + 4)

    def section(self, row: int, words: Text) -> None:
        """Write a heading within a sheet."""
        self.sheet.set_row(row, 22)
        self.bare(
            row, 0, f"{words.zh}  {words.en}", bold=True, font_size=11, font_color=HEAD, bottom=2, bottom_color=HEAD
        )

    def band(self, row: int, column: int, value: object, **look: object) -> None:
        """Write the name of a row."""
        self.text(row, column, value, bg_color=BAND, **look)

    def mark(self, area: str, value: str, colour: str) -> None:
        """Colour the cells of an area that hold a word."""
        style = self.styles(bg_color=colour)
        self.sheet.conditional_format(area, {"type": "cell", "criteria": "==", "value": f'"{value}"', "format": style})

    def printing(
        self, standing: str, *, rows: int, columns: int, header_row: int | None = HEADER_ROW, paper: int = A4
    ) -> None:
        """Print across, one page wide, header rows on every page, page numbers, the standing of the figures above."""
        self.sheet.set_landscape()
        self.sheet.set_paper(paper)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        self.sheet.fit_to_pages(1, 0)
        if header_row is not None:
            self.sheet.repeat_rows(header_row)
        self.sheet.print_area(0, 0, max(rows - 1, 0), columns - 1)
        said, plan = (plain_text(t)[0].replace("\n", " ")[:80].replace("&", "&&") for t in (standing, self.running))
        self.sheet.set_header(f"&L&A&C{said}&R{plan}")
        self.sheet.set_footer("&C第 &P 页 / 共 &N 页")
        self.sheet.hide_gridlines(2)
