"""Read an .xlsx workbook as hostile until shown otherwise.

读取 .xlsx 工作簿：先按不可信文件核查，再取值。

Every part is unpacked once, under limits, and scanned; the checked parts are packed again for the reader, so what was
checked is what is read. Values come from python-calamine; error values, formulas and merged ranges, which it does not
tell apart from blanks, come from the parts themselves.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from ..errors import Problem, ReturnsError
from .grid import Grid, GridBuilder, Special
from .limits import Limits
from .workbook_limits import check_sizes
from .workbook_specials import SheetSpecials, special_cells

_FORBIDDEN_XML = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PARTS_REFUSED = {
    "vbaProject": ("holds macros", "含有宏"),
    "externalLinks/": ("links to other workbooks", "链接到其他工作簿"),
    "embeddings/": ("holds embedded objects", "含有嵌入对象"),
}


def read_workbook(data: bytes, file: str, *, limits: Limits) -> list[Grid]:
    """Return one grid for each worksheet, in order.  读入工作簿的各张工作表。

    Raises :class:`~suzhou_antidrug.errors.ReturnsError` for a file that is damaged, too large, or made to do harm.
    """
    parts = _unpacked(data, file, limits)
    checked = _repacked(parts)
    try:
        return _grids(checked, file, special_cells(parts))
    except ReturnsError:
        raise
    except Exception as error:  # two parsers on a file that may be broken in any way: all failures mean the same
        raise ReturnsError(_damaged(file, type(error).__name__)) from None


def _grids(data: bytes, file: str, specials: Mapping[str, SheetSpecials]) -> list[Grid]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [
        _grid(
            file,
            sheet.name,
            book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False),
            specials.get(sheet.name, SheetSpecials()),
            hidden=sheet.visible != SheetVisibleEnum.Visible,
        )
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
    ]


def _unpacked(data: bytes, file: str, limits: Limits) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_directory(entries, len(data), file, limits)
            parts = {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise ReturnsError(_damaged(file, type(error).__name__)) from None
    if "[Content_Types].xml" not in parts or "xl/workbook.xml" not in parts:
        raise ReturnsError(not_a_table(file))
    for name, part in parts.items():
        _check_part(name, part, file)
    check_sizes(parts, file, limits)
    return parts


def _check_directory(entries: list[zipfile.ZipInfo], size: int, file: str, limits: Limits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    ratio = unpacked / max(size, 1)
    if (
        len(entries) > limits.entries
        or unpacked > limits.unpacked_bytes
        or (unpacked > limits.ratio_free_bytes and ratio > limits.unpack_ratio)
    ):
        raise ReturnsError(
            Problem(
                code="archive_bomb",
                file=file,
                en=f"refused: {len(entries)} parts that unpack to {unpacked:,} bytes, {ratio:.0f} times their size.",
                zh=f"拒绝读取：共 {len(entries)} 个部件，解压后 {unpacked:,} 字节，为原大小的 {ratio:.0f} 倍。",
                advice_en="Copy the table into a new workbook and save that.",
                advice_zh="请把表格复制到新工作簿后另存。",
            )
        )
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise ReturnsError(_damaged(file, "duplicate parts"))


def _check_part(name: str, part: bytes, file: str) -> None:
    for mark, (en, zh) in _PARTS_REFUSED.items():
        if mark in name:
            raise ReturnsError(_refused(file, f"the workbook {en}.", f"工作簿{zh}。"))
    if not name.endswith((".xml", ".rels", ".vml")):
        return
    if b"\0" in part or _FORBIDDEN_XML.search(part):
        raise ReturnsError(
            _refused(
                file,
                "a part of the workbook declares a document type or entities.",
                "工作簿部件含有文档类型或实体声明。",
            )
        )


def _repacked(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def _grid(file: str, sheet: str, rows: list[list[Any]], specials: SheetSpecials, *, hidden: bool) -> Grid:
    found: dict[tuple[int, int], Special] = {}
    builder = GridBuilder()
    for number, cells in enumerate(rows):
        texts = [cell if type(cell) is str else _plain_text(cell) for cell in cells]
        if not _PLAIN.issuperset(map(type, cells)):
            for column in (c for c, cell in enumerate(cells) if type(cell) not in _PLAIN):
                texts[column], found[number, column] = _as_special(cells[column])
        builder.add(number + 1, texts)
    width = max((len(cells) for cells in rows), default=0)
    for (row, column), special in specials.within(len(rows), width):
        if special.kind == "formula_stored" and rows[row][column] in ("", None):
            special = Special("formula_uncached", special.text)
        found[row, column] = special
    return builder.build(file, sheet, specials=found, hidden=hidden)


_PLAIN = frozenset({str, float, int, type(None)})


def _plain_text(cell: object) -> str:
    """Return the text of a number; blank for anything else."""
    return number_text(cell) if isinstance(cell, (float, int)) else ""


def _as_special(cell: object) -> tuple[str, Special]:
    """Return the text of a typed cell and what it is, where that is more than text or a number."""
    if isinstance(cell, bool):
        return str(cell).upper(), Special("boolean", str(cell).upper())
    if isinstance(cell, dt.datetime) and not cell.time():
        return cell.date().isoformat(), Special("date", cell.date().isoformat())
    return str(cell), Special("date", str(cell))


def number_text(number: float) -> str:
    """Return a stored number as plain digits, the shortest that give it back.  数字的最短十进制写法。

    >>> number_text(2020.0), number_text(0.905), number_text(1e-05)
    ('2020', '0.905', '0.00001')
    """
    number = float(number)
    text = repr(number)  # the shortest digits, in powers of ten where it is very large or small
    if text.endswith(".0"):
        return text[:-2] if number else "0"
    if "e" not in text:
        return text
    import numpy as np

    if number.is_integer() and abs(number) < 1e22:
        return str(int(number))
    return str(np.format_float_positional(number, trim="-"))


def _refused(file: str, en: str, zh: str) -> Problem:
    return Problem(
        code="refused",
        file=file,
        en=f"refused: {en}",
        zh=f"拒绝读取：{zh}",
        advice_en="Copy the values into a new .xlsx workbook and hand in that.",
        advice_zh="请只把数值复制到新的 .xlsx 工作簿后上报。",
    )


def _damaged(file: str, detail: str) -> Problem:
    return Problem(
        code="damaged",
        file=file,
        en=f"the workbook is damaged or not a true .xlsx file ({detail}).",
        zh="工作簿已损坏，或不是真正的 .xlsx 文件。",
        advice_en="Open it in a spreadsheet, save it as .xlsx and read it again.",
        advice_zh="请用表格软件打开，另存为 .xlsx 后重试。",
    )


def not_a_table(file: str) -> Problem:
    """Return the problem of a file that is neither CSV nor .xlsx, whatever its ending.  不是表格文件的问题。"""
    return Problem(
        code="not_a_table",
        file=file,
        en="this is not a CSV or .xlsx file.",
        zh="这不是 CSV 或 .xlsx 文件。",
        advice_en="Save the table as .xlsx (without a password and without macros) or as CSV UTF-8.",
        advice_zh="请把表格另存为 .xlsx(不加密码、不含宏)或 CSV UTF-8。",
    )
