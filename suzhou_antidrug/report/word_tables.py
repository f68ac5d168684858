"""How wide the columns of a table stand on paper.

表格各列在纸上的宽度。
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ..terms import display_width

MANY, VERY_MANY = 6, 8  # columns from which the letters get smaller
SIZES = (9.0, 8.0, 7.0)  # points
MARGIN_MM = 2.2  # left and right of a cell
POINT_MM = 25.4 / 72


def letter_size(cells: Sequence[Sequence[str]]) -> float:
    """Return the size of letters in points, smaller where there are many columns.  表内字号。

    >>> letter_size([["a"] * 4]), letter_size([["a"] * 9])
    (9.0, 7.0)
    """
    columns = len(cells[0])
    return SIZES[(columns > MANY) + (columns > VERY_MANY)]


def column_widths(cells: Sequence[Sequence[str]], width_mm: float, size: float) -> list[float]:
    r"""Return the width of each column in millimetres; they add up to ``width_mm``.  各列宽度。

    A column gets what its longest unbreakable piece needs, and the rest goes by the square root of what its cells hold,
    so that a sentence is given more room than a number but never all of it.

    >>> [round(w) for w in column_widths([["名称", "理由"], ["苏州市", "句" * 60]], 156, 9)]
    [12, 144]
    """
    letter = size * POINT_MM / 2  # of half a Chinese character
    floor, wish = [], []
    for column in zip(*cells, strict=True):
        pieces = [_longest_piece(text) for text in column]
        floor.append(min(max(pieces), 22) * letter + MARGIN_MM)
        longest = sorted(display_width(text) for text in column)[-max(1, len(column) // 8) :]
        wish.append((sum(longest) / len(longest)) ** 0.5)
    spare = width_mm - sum(floor)
    if spare <= 0:
        return [width_mm * f / sum(floor) for f in floor]
    needed = [max(0.0, max(map(display_width, c)) * letter + MARGIN_MM - f) for c, f in zip(zip(*cells, strict=True), floor, strict=True)]  # fmt: skip
    return [f + s for f, s in zip(floor, _share(spare, wish, needed), strict=True)]


def _share(spare: float, wish: Sequence[float], needed: Sequence[float]) -> list[float]:
    """Share out by wish, no column beyond its need while another is short; what is left goes to all alike by wish."""
    given = [0.0] * len(wish)
    open_ = {i for i, n in enumerate(needed) if n > 0}
    while open_ and spare > 1e-9:
        total = sum(wish[i] for i in open_)
        full = {i for i in open_ if given[i] + spare * wish[i] / total >= needed[i]}
        if not full:
            for i in open_:
                given[i] += spare * wish[i] / total
            return given
        for i in full:
            spare -= needed[i] - given[i]
            given[i] = needed[i]
        open_ -= full
    whole = sum(wish) or 1.0
    return [g + max(spare, 0.0) * w / whole for g, w in zip(given, wish, strict=True)]


def _longest_piece(text: str) -> int:
    """Return the width of the longest piece that no line break can divide: a word or number, three Chinese characters."""
    words = max((len(w) for w in re.findall(r"[!-~]+", text)), default=0)
    return max(math.ceil(1.15 * words), min(display_width(text), 6))  # a percent sign is wider than half a character
