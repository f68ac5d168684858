"""Open a file that was handed in: told by its content, within limits, free of marks of persons.

打开上报的文件：按内容识别，不超上限，不含个人标识。
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ..errors import Problem, ReturnsError
from .cleaning import Words
from .grid import Grid
from .limits import Limits
from .privacy import HEADER_ROWS, personal_marks
from .text_file import DELIMITERS, maybe_big5, read_text
from .workbook import not_a_table, read_workbook

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# Pickles and arrays are programs or binary data whatever the name says; nothing is unpickled.
_BINARY = (
    b"\x80\x02",
    b"\x80\x03",
    b"\x80\x04",
    b"\x80\x05",
    b"\x93NUMPY",
    b"%PDF",
    b"\x7fELF",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"x\x01",
    b"x\x5e",
    b"x\x9c",
    b"x\xda",
    b"SQLite",
)
# A pickle of the first two protocols is text: a class to call, or a list or dictionary to fill.
_TEXT_PICKLE = re.compile(rb"c[\w.]+\r?\n[\w.]+\r?\n|\((?:[ldi]p?\d|c[\w.]+\r?\n)|[\]}]q\0")


def read_grids(
    path: Path, *, recognises: Callable[[Grid], bool], limits: Limits | None = None
) -> tuple[list[Grid], str]:
    """Return the sheets of a file and, for text, its encoding.  读入文件的各张表。

    ``recognises`` says whether a grid holds the table that is looked for; a text file is split at the first delimiter
    by which it does. Raises :class:`~suzhou_antidrug.errors.ReturnsError` for a file that is missing, empty, too large,
    neither text nor .xlsx, or that holds marks of persons.
    """
    limits = limits or Limits()
    data = _read_bytes(path, limits)
    if data.startswith(_ZIP):
        grids, encoding = read_workbook(data, path.name, limits=limits), ""
    elif data.startswith((_OLE, *_BINARY)) or _TEXT_PICKLE.match(data):
        raise ReturnsError(not_a_table(path.name))
    else:
        grids, encoding = _read_text(data, path.name, recognises, limits)
    if all(grid.is_blank for grid in grids):
        raise ReturnsError(_empty(path.name, "workbook" if not encoding else "file"))
    if marks := personal_marks(grids):
        raise ReturnsError(marks)
    return grids, encoding


def _read_text(data: bytes, file: str, recognises: Callable[[Grid], bool], limits: Limits) -> tuple[list[Grid], str]:
    first: tuple[Grid, str] | None = None
    for delimiter in DELIMITERS:
        grid, encoding = read_text(data, file, delimiter=delimiter, limits=limits)
        first = first or (grid, encoding)
        if recognises(grid):
            return [grid], encoding
    assert first is not None
    if first[1] == "gb18030" and _known_as_big5(data, file, recognises, limits):
        raise ReturnsError(maybe_big5(file))
    return [first[0]], first[1]


def _known_as_big5(data: bytes, file: str, recognises: Callable[[Grid], bool], limits: Limits) -> bool:
    """Whether the header is known when the first lines are read as Big5, which GB18030 takes without an error."""
    head = b"\n".join(data[: 1 << 16].splitlines()[:HEADER_ROWS])
    try:
        return any(
            recognises(read_text(head, file, delimiter=mark, limits=limits, encoding="big5")[0]) for mark in DELIMITERS
        )
    except (UnicodeDecodeError, ReturnsError):
        return False


def _read_bytes(path: Path, limits: Limits) -> bytes:
    if not path.exists():
        gone = Words("the file does not exist.", "文件不存在。", "Check the path.", "请核对路径。")
        raise ReturnsError(Problem("missing_file", *gone, file=path.name))
    if not path.is_file():
        folder = Words(
            "this is a folder, not a file.", "这是文件夹，不是文件。", "Name the files in it.", "请指定其中的文件。"
        )
        raise ReturnsError(Problem("missing_file", *folder, file=path.name))
    if path.stat().st_size > limits.file_bytes:
        large = Words("the file is too large.", "文件过大。", "Split it.", "请拆分。")
        raise ReturnsError(Problem("too_large", *large, file=path.name))
    try:
        data = path.read_bytes()
    except OSError:
        closed = Words("the file cannot be read.", "文件无法读取。", "Check its permissions.", "请核对权限。")
        raise ReturnsError(Problem("unreadable", *closed, file=path.name)) from None
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise ReturnsError(_empty(path.name, "file"))
    return data


def _empty(file: str, what: str) -> Problem:
    zh = {"file": "文件", "workbook": "工作簿"}[what]
    return Problem(
        code="empty",
        file=file,
        en=f"the {what} is empty.",
        zh=f"{zh}是空的。",
        advice_en="Fill in the template.",
        advice_zh="请使用模板填报。",
    )
