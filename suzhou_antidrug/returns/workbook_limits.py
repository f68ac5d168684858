"""How large the sheets of a workbook would be in memory, told from its parts before they are read.

由工作簿部件估算读入后的规模，先核对，后读取。
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import Problem, ReturnsError
from .limits import Limits
from .text_file import too_many_cells

# "<" ends what is looked at: a run of openings without an end must not be gone through again from each of them.
_PLACE = re.compile(rb"<(?:\w{1,20}:)?(?:c|row)\s[^<>]*?\br\s*=\s*[\"']([A-Z]{0,3})(\d{1,7})[\"']")
_CELL = re.compile(rb"<(?:\w{1,20}:)?c[\s/>]")
# What Excel and nearly all programs write, found in a third of the time of the general form.
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})\d{1,7}"')
_PLAIN_ROW = re.compile(rb'<c r="[A-Z]{1,3}(\d{1,7})"')
_OPENINGS = (re.compile(rb"<c[\s/>]"), re.compile(rb":c[\s/>]"))
_ROW_PLACE = re.compile(rb"<(?:\w{1,20}:)?row\s[^<>]*?\br\s*=\s*[\"'](\d{1,7})[\"']")
_ROW = re.compile(rb"<(?:\w{1,20}:)?row[\s/>]")
_STRING = re.compile(rb"<(?:\w{1,20}:)?si[\s/>]")
_SHARED = re.compile(rb"\bt\s*=\s*[\"']s[\"'][^<>]*>\s*<(?:\w{1,20}:)?v>\s*(\d{1,9})\s*<")


def check_sizes(parts: Mapping[str, bytes], file: str, limits: Limits) -> None:
    """Refuse a workbook whose sheets or texts would take too much memory.  规模过大的工作簿拒绝读取。

    A sheet takes the rectangle that its outermost cells span; a text that many cells share takes its length in each.
    """
    sheets = {n: part for n, part in parts.items() if n.startswith("xl/worksheets/") and n.endswith(".xml")}
    for name, part in sheets.items():
        if _span(part) > limits.sheet_cells:
            raise ReturnsError(too_many_cells(file, limits.sheet_cells, name.rpartition("/")[2]))
    strings = parts.get("xl/sharedStrings.xml", b"")
    starts = [match.start() for match in _STRING.finditer(strings)]
    if not starts:
        return
    lengths = [b - a for a, b in zip(starts, [*starts[1:], len(strings)], strict=True)]
    cells = sum(part.count(b"<v>") + part.count(b":v>") for part in sheets.values())
    if max(lengths) * cells <= limits.unpacked_bytes:
        return
    total = sum(_shared_bytes(part, lengths) for part in sheets.values())
    if total > limits.unpacked_bytes:
        raise ReturnsError(_too_much_text(file, total))


def _span(part: bytes) -> int:
    letters = _PLAIN_CELL.findall(part)
    if len(letters) == sum(len(opening.findall(part)) for opening in _OPENINGS):
        rows = {*_PLAIN_ROW.findall(part), *_ROW_PLACE.findall(part)}
        return max(map(_column_number, set(letters)), default=1) * max(map(int, rows), default=1)
    return _span_of_any(part)


def _span_of_any(part: bytes) -> int:
    """Return the span where some cells do not say their place, or say it in an unusual form."""
    width = height = 1
    placed = 0
    for letters, row in _PLACE.findall(part):
        height = max(height, int(row))
        if letters:
            placed += 1
            width = max(width, _column_number(letters))
    cells = len(_CELL.findall(part))
    if cells > placed:  # cells without a place stand beside the one before, in the row after the one before
        chunks = _ROW.split(part)
        height += len(chunks)
        width += max(len(_CELL.findall(chunk)) for chunk in chunks)
    return width * height


def _shared_bytes(part: bytes, lengths: list[int]) -> int:
    import numpy as np

    used = np.array(_SHARED.findall(part), dtype="S9").astype(np.int64)
    return int(np.array(lengths, dtype=np.int64)[used[used < len(lengths)]].sum())


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_much_text(file: str, total: int) -> Problem:
    return Problem(
        code="too_large",
        file=file,
        en=f"refused: the texts of the cells take {total:,} bytes, a long text being repeated many times.",
        zh=f"拒绝读取：单元格文字共 {total:,} 字节，长文字大量重复。",
        advice_en="Shorten the repeated text, or put it once above the table.",
        advice_zh="请缩短重复的文字，或只在表头上方写一次。",
    )
