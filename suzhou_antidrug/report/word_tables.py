"""How wide the columns of a table stand on paper.

表格各列在纸上的宽度。
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..terms import display_width

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MANY, VERY_MANY = 6, 8  # columns from which the letters get smaller
SIZES = (9.0, 8.0, 7.0)  # points
SHORT = 10  # half characters: 证据不足 stays in one line
WIDER = 0.25  # of a digit or percent sign beyond half a character, most where Times is replaced
MARGIN_MM = 2.2  # left and right of a cell
POINT_MM = 25.4 / 72
STEP_MM = 2.0  # of width given away at a time


def letter_size(cells: Sequence[Sequence[str]]) -> float:
    """Return the size of letters in points, smaller where there are many columns.  表内字号。

    >>> letter_size([["a"] * 4]), letter_size([["a"] * 9])
    (9.0, 7.0)
    """
    columns = len(cells[0])
    return SIZES[(columns > MANY) + (columns > VERY_MANY)]


def column_widths(cells: Sequence[Sequence[str]], width_mm: float, size: float) -> list[float]:
    r"""Return the width of each column in millimetres; they add up to ``width_mm``.  各列宽度。

    A column gets what its longest unbreakable piece needs. The rest is given away bit by bit, each to the column that
    lowers the table most, until no column is short; what is left then goes to all in proportion.

    >>> [round(w) for w in column_widths([["名称", "理由"], ["苏州市", "句" * 60]], 156, 9)]
    [12, 144]
    """
    import numpy as np

    letter = size * POINT_MM / 2  # of half a Chinese character
    text = np.array([[display_width(cell) * letter for cell in row] for row in cells])  # mm if set in one line
    pieces = [[_longest_piece(cell) for cell in column] for column in zip(*cells, strict=True)]
    width = np.array([min(max(column), 22) * letter + MARGIN_MM for column in pieces])
    spare = width_mm - width.sum()
    needed = np.maximum(width, text.max(axis=0) + MARGIN_MM)
    while spare > 1e-9 and (short := width < needed).any():
        given = np.where(short, np.minimum(needed - width, min(STEP_MM, spare)), 0.0)
        saved = _height(text, width[None]) - _height(text, width + np.diag(given))
        best = int(np.argmax(np.where(short, saved / np.where(short, given, 1.0), -np.inf)))
        width[best] += given[best]
        spare -= given[best]
    return list(map(float, width * (width_mm / width.sum())))


def _height(text: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the height of a table in lines for each row of widths.

    A row is as high as its highest cell; the norm of order 8 stands for the maximum, so that widening one of two
    equally high cells counts too.
    """
    lines = (text[None] / (widths[:, None, :] - MARGIN_MM)).clip(min=1.0)
    height: NDArray[np.float64] = (((lines**2) ** 2) ** 2).sum(axis=2) ** 0.125
    total: NDArray[np.float64] = height.sum(axis=1)
    return total


def _longest_piece(text: str) -> int:
    """Return the width of the longest piece that is not to be divided: a word, a number, a short cell, three characters."""
    whole = display_width(text)
    piece = text if whole <= SHORT else max(re.findall(r"[!-~]+", text), key=len, default="")
    signs = WIDER * len(re.findall(r"[!-~]", piece)) + len(re.findall(r"[≥≤±×]", piece))  # full width in Chinese fonts
    return max(math.ceil(display_width(piece) + signs), min(whole, 6))
