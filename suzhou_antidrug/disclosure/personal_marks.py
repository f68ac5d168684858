"""Marks of persons: identity numbers, mobile numbers, headings that announce them; never shown, only counted.

个人标识：身份证号、手机号及相应表头；只计数，绝不显示。
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING

from ..errors import OutputError, Problem, shown

if TYPE_CHECKING:
    import pandas as pd

# What leaves is about places and tasks: a column of names or numbers of persons does not belong in it.
_PERSONAL_HEADINGS = frozenset(
    {"姓名", "名字", "吸毒人员姓名", "人员姓名", "联系人", "身份证", "身份证号", "身份证号码", "公民身份号码"}
    | {"公民身份证号码", "证件号码", "手机", "手机号", "手机号码", "联系电话", "家庭住址", "户籍地址"}
    | {"name", "fullname", "idnumber", "idcard", "phone", "mobile"}
)
_IDENTITY = re.compile(r"(?<![0-9])[1-8][0-9]{16}[0-9Xx](?![0-9])")
_MOBILE = re.compile(r"(?<![0-9.])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9.])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_SHORTEST_MARK = 11  # a mobile number


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


def personal_heading(text: str) -> str:
    """Return the heading, folded, where it announces data on persons, else empty text.  是否为个人信息表头。

    >>> personal_heading("姓 名"), personal_heading("division")
    ('姓名', '')
    """
    folded = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return folded if folded in _PERSONAL_HEADINGS else ""


def refuse_marks(frame: pd.DataFrame) -> None:
    """Raise :class:`~suzhou_antidrug.errors.OutputError` where a frame bears marks of persons; no value is shown.

    表中含个人标识时报错，不显示内容。
    """
    problems = []
    for column in frame.columns:
        hits = frame[column].map(lambda value: has_personal_mark(str(value))).sum()
        if personal_heading(str(column)) or hits:
            en, zh = f"{hits} cells look like identity or mobile numbers", f"有 {hits} 个单元格疑似身份证号或手机号"
            if personal_heading(str(column)):
                en, zh = "the column is headed as data on persons", "该列表头为个人信息"
            named = None if has_personal_mark(str(column)) else shown(column)
            problems.append(Problem("personal_data", f"not written: {en}.", f"未输出：{zh}。", column=named))
    if problems:
        raise OutputError(problems)
