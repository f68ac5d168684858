"""Text from files made harmless before it goes into a spreadsheet.

来自文件的文字，写入电子表格之前先作处理，使其不会被当作公式。

A spreadsheet takes text that begins with = + - @ for a formula, and some readers do so after white space, in each line of a cell,
or for their full-width twins. Such a line gets a leading single quote. Numbers are no text: they are written as numbers.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MOST_CHARACTERS = 32_767  # in a cell
# What an eye does not see before the mark: white space, zero-width and other format characters.
_UNSEEN = r"[\s\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]"
_RISKY = re.compile(rf"(?:[\t\r]|{_UNSEEN}*[=+\-@|%＝＋－＠｜％])")
_LINES = re.compile("(\r\n|\n|\r(?!\n)|\u2028|\u2029|\x85)")
_KEPT = "\t\n\r"
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # characters that turn the direction of reading


def plain_text(text: object) -> tuple[str, int]:
    """Return text without control characters and unpaired surrogates, cut to what a cell holds, and how many were removed.

    去除控制字符、方向控制符与孤立代理项，并截至单元格上限；返回文字与去除个数。

    >>> plain_text("失控\\x07人员\\x0b")
    ('失控人员', 2)
    """
    given = str(text)
    kept = [c for c in given if c in _KEPT or not _forbidden(c)]
    cut = "".join(kept)
    if len(cut) > MOST_CHARACTERS:
        cut = cut[: MOST_CHARACTERS - 1] + "…"
    return cut, len(given) - len(kept)


def _forbidden(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind in ("Cc", "Cs") or ord(character) & 0xFFFE == 0xFFFE or bool(_TURNING.match(character))


def safe_text(text: object) -> str:
    """Return text that no spreadsheet takes for a formula: every risky line gets a leading single quote.

    返回不会被当作公式的文字：有风险的每一行前加单引号。

    A line is risky that begins with = + - @ TAB CR, a vertical bar or a per cent sign (full-width ones too), also after white
    space. A mark that stands alone, as "-" for "none", starts nothing and stays.

    >>> safe_text("=HYPERLINK(A1)"), safe_text("备注\\n  @SUM(A1)"), safe_text("高于 90%"), safe_text("-")
    ("'=HYPERLINK(A1)", "备注\\n'  @SUM(A1)", '高于 90%', '-')
    """
    cut, _ = plain_text(text)
    if cut.strip() == "-":
        return cut.strip()
    if cut.startswith("\r"):
        cut = "'" + cut
    parts = _LINES.split(cut)
    return "".join("'" + p if i % 2 == 0 and _RISKY.match(p) else p for i, p in enumerate(parts))


def safe_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts and headers no spreadsheet takes for formulas; numbers stay numbers.

    返回文字与表头均已处理的表；数字仍为数字。

    >>> import pandas as pd
    >>> safe_frame(pd.DataFrame({"note": ["=1+1", "好"], "change": [-5.0, 2.0]})).values.tolist()
    [["'=1+1", -5.0], ['好', 2.0]]
    """
    return table.rename(columns=_safe).map(_safe)


def _safe(value: Any) -> Any:
    return safe_text(value) if isinstance(value, str) else value
