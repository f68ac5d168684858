"""Counts and exposures as every interval takes them, and the limits it gives back.  计数、暴露量与区间。"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

HALVINGS = 80  # of a bracket: to the last digit of a double, whatever its width


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Estimates with their limits, arrays of one shape.  估计值及其上下限。"""

    value: Floats
    low: Floats
    high: Floats
    level: float
    method: str


def checked_counts(events: ArrayLike, exposure: ArrayLike, *, whole_exposure: bool) -> tuple[Floats, Floats]:
    """Return counts and exposures as arrays of one shape; refuse what is no count.  核对计数与暴露量。"""
    k, n = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(exposure, dtype=float))
    known = ~(np.isnan(k) | np.isnan(n))
    with np.errstate(invalid="ignore"):
        wrong = (k < 0) | (n < 0) | (k != np.round(k)) | (whole_exposure & ((k > n) | (n != np.round(n))))
    wrong &= known
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise SeriesError(
            Problem(
                code="counts",
                en=f"{k[wrong][0]:g} of {n[wrong][0]:g} (position {where}) are no counts: whole numbers from 0"
                + (", the first at most the second, are needed." if whole_exposure else " are needed."),
                zh=f"位置 {where} 的 {k[wrong][0]:g} 与 {n[wrong][0]:g} 不是合法计数。",
            )
        )
    return k, n


def tail_of(level: float) -> float:
    """Return the share beyond each limit of a two-sided level.  双侧水平的单侧尾部。"""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    return (1 - level) / 2


def normal_quantile(level: float) -> float:
    """Return z of a two-sided level, 1.96 at 95 %.  双侧置信水平对应的正态分位数。

    >>> round(normal_quantile(0.95), 3)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri(1 - tail_of(level)))


def root(rising: Callable[[Floats], Floats], low: Floats, high: Floats, target: float) -> Floats:
    """Return where a rising function reaches a target, by halving brackets over arrays.  逐点二分求根。"""
    low, high = low.copy(), high.copy()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = rising(middle) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def binomial_at_least(k: Floats, n: Floats, share: Floats) -> Floats:
    """Return P(X >= k) of a binomial, rising in the share: I(share; k, n - k + 1).  二项分布上尾。"""
    from scipy import special

    inside = special.betainc(np.maximum(k, 0.5), np.maximum(n - k, 0) + 1, share)
    return np.where(k <= 0, 1.0, np.where(k > n, 0.0, inside))


def binomial_at_most(k: Floats, n: Floats, share: Floats) -> Floats:
    """Return P(X <= k) of a binomial: I(1 - share; n - k, k + 1).  二项分布下尾。"""
    from scipy import special

    inside = special.betainc(np.maximum(n - k, 0.5), np.maximum(k, 0) + 1, 1 - share)
    return np.where(k >= n, 1.0, np.where(k < 0, 0.0, inside))
