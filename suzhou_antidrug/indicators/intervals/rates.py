"""Intervals of an event rate per unit of exposure, over arrays.

事件率的区间(数组运算)。

Formulas
--------
k events in exposure T. Garwood (exact): chi2(a/2; 2k) / 2T to chi2(1 - a/2; 2k + 2) / 2T. Score: the rates at which
abs(k - mT) / sqrt(mT) is z. Jeffreys: gamma quantiles of shape k + 1/2. Byar: k (1 - 1/9k - z / 3 sqrt k)^3 below and
(k + 1)(1 - 1/9(k + 1) + z / 3 sqrt(k + 1))^3 above. Another formula goes by that name, with k + 1/2 in both; it is not
used here.

Sources: Garwood, Biometrika 28 (1936) 437; Breslow and Day, Statistical Methods in Cancer Research II (1987), page 69.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from .counts import Intervals, checked_counts, tail_of
from .proportions import HALF

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .counts import Floats

RateMethod = Literal["garwood", "score", "jeffreys", "byar"]


def rate_interval(
    events: ArrayLike, exposure: ArrayLike, *, level: float = 0.95, method: RateMethod = "garwood"
) -> Intervals:
    """Return the interval of an event rate per unit of exposure, over arrays.  事件率的区间。

    NaN where the exposure is 0 or missing. ``method``: ``"garwood"`` (exact), ``"score"``, ``"jeffreys"``, ``"byar"``.

    >>> i = rate_interval(0, 1.0)
    >>> float(i.low), round(float(i.high), 4)
    (0.0, 3.6889)
    """
    if method not in get_args(RateMethod):
        raise ValueError(f"method {method!r} is not one of {', '.join(get_args(RateMethod))}")
    k, n = checked_counts(events, exposure, whole_exposure=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, k / n, np.nan)
        low, high = (limit / n for limit in count_limits(k, tail_of(level), method))
    missing = np.isnan(value)
    return Intervals(value, np.where(missing, np.nan, low), np.where(missing, np.nan, high), level, method)


def count_limits(k: Floats, tail: float, method: RateMethod = "garwood") -> tuple[Floats, Floats]:
    """Return the limits of an expected count from an observed one.  期望事件数的上下限。"""
    from scipy import special

    if method == "garwood":  # chi2(p; 2k) / 2 is the gamma quantile of shape k
        low = np.where(k == 0, 0.0, special.gammaincinv(np.maximum(k, HALF), tail))
        return low, special.gammaincinv(k + 1, 1 - tail)
    if method == "jeffreys":
        return special.gammaincinv(k + HALF, tail), special.gammaincinv(k + HALF, 1 - tail)
    z = special.ndtri(1 - tail)
    if method == "score":
        half = z * np.sqrt(k + z**2 / 4)
        return np.maximum(0.0, k + z**2 / 2 - half), k + z**2 / 2 + half
    some = np.maximum(k, 1)
    low = np.where(k == 0, 0.0, np.maximum(0.0, some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3))
    return low, (k + 1) * (1 - 1 / (9 * (k + 1)) + z / (3 * np.sqrt(k + 1))) ** 3
