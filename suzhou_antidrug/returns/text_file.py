"""Read a text file: encoding decided strictly, rows counted by line.

读取文本文件：严格判定编码，按行号计行。
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from ..errors import Problem, ReturnsError
from .grid import Grid, GridBuilder
from .limits import LONGEST_CELL, Limits

DELIMITERS = (",", "\t", ";")


def decode(data: bytes, file: str) -> tuple[str, str]:
    """Return the text and the encoding: UTF-8, UTF-16 with a mark, GB18030, in this order, all strict.  解码。

    Raises :class:`~suzhou_antidrug.errors.ReturnsError` where none fits; no character is ever replaced.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tried = ["utf-16"]
    elif b"\0" in data:  # UTF-16 without its mark would pass as text full of NUL characters
        raise ReturnsError(_not_recognised(file, ["utf-8", "gb18030"], data.index(b"\0")))
    else:
        tried = ["utf-8-sig", "gb18030"]
    offset = 0
    for encoding in tried:
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError as error:
            offset = error.start
    raise ReturnsError(_not_recognised(file, [e.removesuffix("-sig") for e in tried], offset))


def _not_recognised(file: str, tried: Sequence[str], offset: int) -> Problem:
    names = ", ".join(name.upper() for name in tried)
    return Problem(
        code="encoding",
        file=file,
        en=f"the encoding is not recognised; tried {names}, first bad byte at offset {offset}.",
        zh=f"无法识别文件编码；已尝试 {names}，首个不合规字节位于 {offset}。",
        advice_en="Save the file as UTF-8 (Excel: CSV UTF-8) and read it again.",
        advice_zh="请另存为 UTF-8 编码(Excel:CSV UTF-8)后重试。",
    )


def maybe_big5(file: str) -> Problem:
    """Return the problem of a file whose header is known only when its bytes are read as Big5.  疑为 Big5 的问题。"""
    return Problem(
        code="encoding",
        file=file,
        en="read as GB18030 the header makes no sense, read as Big5 it is known: maybe Big5. Nothing was read.",
        zh="按 GB18030 读取表头不成文，按 Big5 读取则可识别：原文件可能为 Big5，未读取。",
        advice_en="Save the file as UTF-8 (Excel: CSV UTF-8) and read it again.",
        advice_zh="请另存为 UTF-8 编码(Excel:CSV UTF-8)后重试。",
    )


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line it starts on; a line break inside quotes stays in its cell.  逐条记录。"""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    for record in reader:
        yield start, record
        start = reader.line_num + 1


def read_text(data: bytes, file: str, *, delimiter: str, limits: Limits, encoding: str = "") -> tuple[Grid, str]:
    """Return the grid of a text file and its encoding, found by :func:`decode` unless given.  读入文本文件。

    Raises :class:`~suzhou_antidrug.errors.ReturnsError` for an unknown encoding, broken quoting or too many cells.
    """
    text, encoding = (data.decode(encoding), encoding) if encoding else decode(data, file)
    builder = GridBuilder()
    previous = csv.field_size_limit(LONGEST_CELL)
    try:
        builder.extend(_limited(text, delimiter, file, limits))
    except csv.Error as error:
        raise ReturnsError(_broken(file, str(error))) from None
    finally:
        csv.field_size_limit(previous)
    return builder.build(file, ragged=True), encoding


def _limited(text: str, delimiter: str, file: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    cells = 0
    for row, record in records(text, delimiter):
        cells += len(record)
        if cells > limits.cells:
            raise ReturnsError(too_many_cells(file, limits.cells))
        if len(record) > limits.columns:
            raise ReturnsError(_too_many_columns(file, row, limits.columns))
        if record:
            yield row, record


def too_many_cells(file: str, limit: int, sheet: str | None = None) -> Problem:
    """Return the problem of a file with more cells than the limit.  单元格过多的问题。"""
    return Problem(
        code="too_large",
        file=file,
        sheet=sheet,
        en=f"more than {limit:,} cells.",
        zh=f"单元格超过 {limit:,} 个。",
        advice_en="Split the file, or clear cells that were formatted far outside the table.",
        advice_zh="请拆分文件，或清除表格以外的单元格。",
    )


def _too_many_columns(file: str, row: int, limit: int) -> Problem:
    return Problem(
        code="too_many_columns",
        file=file,
        row=row,
        en=f"more than {limit:,} columns.",
        zh=f"超过 {limit:,} 列。",
        advice_en="Check the separator, and give each figure its own row.",
        advice_zh="请核对分隔符，并改为每行一个数。",
    )


def _broken(file: str, detail: str) -> Problem:
    return Problem(
        code="broken_text",
        file=file,
        en=f"the text is not a readable table ({detail}).",
        zh="文本不是可读的表格(引号不成对，或单元格过长)。",
        advice_en="Open it in a spreadsheet, save it as CSV UTF-8 and read it again.",
        advice_zh="请用表格软件打开，另存为 CSV UTF-8 后重试。",
    )
