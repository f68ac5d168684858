"""Refuse files that hold marks of persons; name the column and the count, never a value.

拒收含有个人标识的文件；只说明哪一列、多少处，绝不显示内容。
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator

from ..errors import Problem
from .grid import Factor, Grid, column_letters

# Returns are about places and tasks: a column of names or numbers of persons does not belong in them.
_PERSONAL_HEADERS = frozenset(
    {"姓名", "名字", "吸毒人员姓名", "人员姓名", "联系人", "身份证", "身份证号", "身份证号码", "公民身份号码"}
    | {"公民身份证号码", "证件号码", "手机", "手机号", "手机号码", "联系电话", "家庭住址", "户籍地址"}
    | {"name", "fullname", "idnumber", "idcard", "phone", "mobile"}
)
_IDENTITY = re.compile(r"(?<![0-9])[1-8][0-9]{16}[0-9Xx](?![0-9])")
_MOBILE = re.compile(r"(?<![0-9.])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9.])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_SHORTEST_MARK = 11  # a mobile number
HEADER_ROWS = 20


def looks_like_identity_number(text: str) -> bool:
    """Whether 18 characters could be a citizen's identity number.  是否可能为公民身份号码。

    Either the check character of GB 11643 is right, or digits 7 to 14 are a date of birth: a number stored as a number
    has lost its last digits and its check character with them.
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    if _CHECK_CHARACTERS[total % 11] == text[17].upper():
        return True
    try:
        born = dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return dt.date(1900, 1, 1) <= born <= dt.date.today()


def has_personal_mark(text: str) -> bool:
    """Whether a text holds an identity number or a mobile number.  文字中是否含身份证号或手机号。

    >>> has_personal_mark("共 1380 人"), has_personal_mark("电话 13800000000")
    (False, True)
    """
    if len(text) < _SHORTEST_MARK:
        return False
    folded = unicodedata.normalize("NFKC", text)
    if _MOBILE.search(folded):
        return True
    return any(looks_like_identity_number(found) for found in _IDENTITY.findall(folded))


def personal_marks(grids: Iterable[Grid]) -> list[Problem]:
    """Return one problem for each column with marks of persons, without any value.  含个人标识的列。"""
    return [problem for grid in grids for problem in _marks_of(grid)]


def _marks_of(grid: Grid) -> Iterator[Problem]:
    for number, column in enumerate(grid.columns):
        heading = _personal_heading(column)
        hits = _hits(column)
        if not heading and not hits:
            continue
        letters = column_letters(number)
        what_en = f"the column is headed {heading}" if heading else f"{hits} cells look like identity or mobile numbers"
        what_zh = f"该列表头为“{heading}”" if heading else f"有 {hits} 个单元格疑似身份证号或手机号"
        yield Problem(
            code="personal_data",
            file=grid.file,
            sheet=grid.sheet,
            column=letters,
            en=f"refused, nothing was read: {what_en}.",
            zh=f"拒绝读取，未保留任何内容：{what_zh}。",
            advice_en="Returns hold totals only. Remove the column at its source and hand in a new file.",
            advice_zh="报表只收汇总数。请在源文件中删除该列后重新上报。",
        )


def _personal_heading(column: Factor) -> str:
    for position in range(min(HEADER_ROWS, len(column))):
        folded = "".join(unicodedata.normalize("NFKC", column.text(position)).split()).casefold()
        if folded in _PERSONAL_HEADERS:
            return folded
    return ""


def _hits(column: Factor) -> int:
    import numpy as np

    marked = np.array([has_personal_mark(text) for text in column.texts], dtype=bool)
    return int(marked[column.codes].sum()) if marked.any() else 0
