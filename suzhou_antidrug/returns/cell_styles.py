"""The look of a workbook that people fill in: colours, cell formats, notes, printing.

供人填写的工作簿的样式：颜色、单元格格式、说明页、打印。
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

FONT = "Microsoft YaHei"
INK, LINE, HEAD, BAND, INPUT, CLOSED = "#1F2933", "#C9D1D9", "#1F4E79", "#F3F6FA", "#FFFBE6", "#E9ECEF"
QUIET = "#52606D"
MADE = dt.datetime(2020, 5, 16)  # one date for every template, so that equal content gives equal files


class Styles:
    """The cell formats of a workbook, each made once.  工作簿的单元格格式，每种只建一次。"""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def __call__(self, **properties: object) -> Any:
        base = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
        key = tuple(sorted((base | properties).items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(dict(key))
        return self._made[key]

    def header(self, **properties: object) -> Any:
        """The format of a column's header."""
        look: dict[str, object] = {"bold": True, "font_color": "#FFFFFF", "bg_color": HEAD, "border": 1}
        return self(**look | {"border_color": HEAD, "align": "center"} | properties)


def sheet_names(titles: Sequence[str]) -> list[str]:
    """Return a name for each title that Excel takes for a sheet, no two alike.  可用且互不重复的工作表名。

    At most 31 characters, without []:*?/\\, control characters and outer apostrophes, and not History.

    >>> sheet_names(["../../x", "x", "X", "history"])
    ['.. .. x', 'x', 'X 2', 'history 表']
    """
    names: list[str] = []
    for title in titles:
        plain = "".join(
            " " if c in "[]:*?/\\" else c for c in title if unicodedata.category(c) not in ("Cc", "Cf", "Cs")
        )
        name = plain.strip(" '")[:27].strip(" '") or "表"
        name = f"{name} 表" if name.casefold() == "history" else name
        taken, number = {n.casefold() for n in names}, 1
        while (new := name if number == 1 else f"{name} {number}").casefold() in taken:
            number += 1
        names.append(new)
    return names


def make_book(title: str, write: Callable[[Any, Styles], object]) -> bytes:
    """Return the bytes of a workbook that ``write`` fills; no text becomes a formula or a link.  生成工作簿。

    Equal content gives equal bytes.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": title, "created": MADE})
        write(book, Styles(book))
    return buffer.getvalue()


def write_title(page: Any, styles: Styles, title: str, advice_zh: str, advice_en: str) -> None:
    """Write the title of a sheet and two lines of advice into its first three rows.  写表题与填表提示。"""
    page.set_default_row(18)
    page.set_row(0, 28)
    page.write_string(0, 0, title, styles(bold=True, font_size=14, font_color=HEAD))
    advice = styles(font_size=9, font_color=QUIET)
    page.write_string(1, 0, advice_zh, advice)
    page.write_string(2, 0, advice_en, advice)


def write_notes(
    book: Any, styles: Styles, title: str, subtitle: str, notes: Iterable[tuple[str, str]]
) -> tuple[Any, int]:
    """Write the sheet 说明, one note a row; return it and its first free row.  写说明页。"""
    page = book.add_worksheet("说明")
    page.hide_gridlines(2)
    page.set_column(0, 0, 3)
    page.set_column(1, 1, 16)
    page.set_column(2, 2, 96)
    page.set_row(0, 32)
    page.write_string(0, 1, title, styles(bold=True, font_size=16, font_color=HEAD))
    page.write_string(1, 1, subtitle, styles(font_color=QUIET))
    label = styles(bold=True, font_color=HEAD, valign="top", bottom=1, bottom_color=LINE)
    text = styles(text_wrap=True, valign="top", bottom=1, bottom_color=LINE)
    row = 3
    for what, says in notes:
        page.set_row(row, 16 * (says.count("\n") + 1) + 4)
        page.write_string(row, 1, what, label)
        page.write_string(row, 2, says, text)
        row += 1
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 1)
    return page, row


def set_up_print(page: Any, *, header_row: int, rows: int, last_column: int, footer: str) -> None:
    """Print a sheet on A4 across, one page wide, its header on every page.  打印设置。"""
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(header_row)
    page.print_area(0, 0, rows - 1, last_column)
    page.set_footer(f"&L&A&C第 &P 页 / 共 &N 页&R{footer}")
    page.hide_gridlines(2)
