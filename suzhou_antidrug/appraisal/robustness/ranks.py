"""Ranks as in a league table, grades, and quantiles that leave out what has no score.

联赛式名次、等级，以及略去无得分者的分位数。
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...errors import refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[Any]

TIE = 1e-9  # scores no further apart share a rank: float noise is not a difference
Rounding = Literal["lower", "higher", "linear"]


def rank_scores(scores: Floats) -> Ints:
    """Return ranks of scores (..., units): 1 the best, ties the lowest number of theirs, 0 where there is no score.

    返回名次：1 为最好，并列取最小名次，无得分为 0。

    Scores are tied where each is within 1e-9 of the next, so a long chain of such steps is one tie.

    >>> rank_scores(np.array([[70.0, 90.0, 70.0, float("nan"), 60.0]])).tolist()
    [[2, 1, 2, 0, 4]]
    """
    n = scores.shape[-1]
    key = -np.asarray(scores, dtype=float)
    order = np.argsort(key, axis=-1)
    ordered = np.take_along_axis(key, order, axis=-1)
    kind = np.int16 if n < 2**15 else np.int32
    first = np.zeros(key.shape, dtype=kind)
    places = np.arange(1, n + 1, dtype=kind)
    first[..., :1] = 1
    first[..., 1:] = np.where(ordered[..., 1:] - ordered[..., :-1] > TIE, places[1:], 0)
    np.maximum.accumulate(first, axis=-1, out=first)
    first[np.isnan(ordered)] = 0
    ranks = np.empty_like(first)
    np.put_along_axis(ranks, order, first, axis=-1)
    return ranks


def grade_scores(scores: Floats, grades: Sequence[tuple[str, float]]) -> NDArray[np.int8]:
    """Return the place of each score's grade, ``len(grades)`` below the last band, -1 without a score.  得分所在等级。

    >>> grade_scores(np.array([95.0, 80.0, 10.0, float("nan")]), (("good", 90.0), ("fair", 60.0))).tolist()
    [0, 1, 2, -1]
    """
    least = np.array([g[1] for g in grades])[::-1]
    codes = len(grades) - np.searchsorted(least, np.asarray(scores) + TIE, side="right")
    return np.where(np.isnan(scores), -1, codes).astype(np.int8)


def check_grades(grades: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Return grades from the highest band down; refuse another order and a name that stands twice.  核对等级。"""
    out = tuple((str(n), float(v)) for n, v in grades)
    least = [v for _, v in out]
    if any(not a > b for a, b in pairwise(least)) or len({n for n, _ in out}) < len(out):
        raise refusal(
            "grades", "grades go from the highest band down, each with a name of its own.", "等级须由高到低排列，且名称各异。"
        )  # fmt: skip
    return out


def sorted_quantile(ordered: NDArray[Any], count: Ints, q: float, how: Rounding) -> Floats:
    """Return the quantile of each row of ``ordered`` (rows, runs), of which the first ``count`` are known; NaN without any.

    返回各行前 count 个已知值的分位数。
    """
    at = np.maximum(count - 1, 0) * q
    low, high = np.floor(at + 1e-9).astype(np.int64), np.ceil(at - 1e-9).astype(np.int64)
    rows = np.arange(len(ordered))
    below, above = ordered[rows, low].astype(float), ordered[rows, high].astype(float)
    out = {"lower": below, "higher": above, "linear": below + (at - low) * (above - below)}[how]
    return np.where(count > 0, out, np.nan)
