"""Exact intervals for shares and event rates, over arrays.

比例与事件率的精确区间(数组运算)。

Formulas
--------
Clopper-Pearson, k of n: low = Beta(alpha/2; k, n - k + 1), high = Beta(1 - alpha/2; k + 1, n - k), 0 and 1 at the
edges. Wilson: the score interval, clipped to [0, 1]. Exact Poisson (Garwood), k events in exposure T:
low = chi2(alpha/2; 2k) / 2T, high = chi2(1 - alpha/2; 2k + 2) / 2T.

Sources: Clopper and Pearson, Biometrika 26 (1934) 404; Wilson, JASA 22 (1927) 209; Garwood, Biometrika 28 (1936) 437.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import Problem, SeriesError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

ProportionMethod = Literal["clopper_pearson", "wilson"]


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Estimates with their limits, arrays of one shape.  估计值及其上下限。"""

    value: Floats
    low: Floats
    high: Floats
    level: float
    method: str


def _counts(events: ArrayLike, exposure: ArrayLike, *, whole_exposure: bool) -> tuple[Floats, Floats]:
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


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    return (1 - level) / 2


def proportion_interval(
    events: ArrayLike, total: ArrayLike, *, level: float = 0.95, method: ProportionMethod = "clopper_pearson"
) -> Intervals:
    """Return the interval of a share, over arrays; NaN where the total is 0 or missing.  比例的区间。

    >>> i = proportion_interval(81, 263)
    >>> round(float(i.low), 4), round(float(i.high), 4)
    (0.2527, 0.3676)
    """
    from scipy import special

    k, n = _counts(events, total, whole_exposure=True)
    tail = _tail(level)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, k / n, np.nan)
        if method == "clopper_pearson":
            low = np.where(k == 0, 0.0, special.betaincinv(np.maximum(k, HALF), n - k + 1, tail))
            high = np.where(k == n, 1.0, special.betaincinv(k + 1, np.maximum(n - k, HALF), 1 - tail))
        elif method == "wilson":
            z = special.ndtri(1 - tail)
            centre = (k + z**2 / 2) / (n + z**2)
            half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
            low = np.where(k == 0, 0.0, np.clip(centre - half, 0, 1))
            high = np.where(k == n, 1.0, np.clip(centre + half, 0, 1))
        else:
            raise ValueError(f"method {method!r} is not one of clopper_pearson, wilson")
    return Intervals(
        value, np.where(np.isnan(value), np.nan, low), np.where(np.isnan(value), np.nan, high), level, method
    )


HALF = 0.5  # any positive number: keeps the unused branch of the edge cases defined


def rate_interval(events: ArrayLike, exposure: ArrayLike, *, level: float = 0.95) -> Intervals:
    """Return the exact interval of an event rate per unit of exposure, over arrays.  事件率的精确区间。

    NaN where the exposure is 0 or missing.

    >>> i = rate_interval(0, 1.0)
    >>> float(i.low), round(float(i.high), 4)
    (0.0, 3.6889)
    """
    from scipy import special

    k, n = _counts(events, exposure, whole_exposure=False)
    tail = _tail(level)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, k / n, np.nan)
        # chi2(p; 2k) / 2 is the gamma quantile of shape k.
        low = np.where(k == 0, 0.0, special.gammaincinv(np.maximum(k, HALF), tail)) / n
        high = special.gammaincinv(k + 1, 1 - tail) / n
    missing = np.isnan(value)
    return Intervals(value, np.where(missing, np.nan, low), np.where(missing, np.nan, high), level, "garwood")


def zero_upper_limit(exposure: ArrayLike = 1.0, *, level: float = 0.95) -> Floats:
    """Return the one-sided upper limit of a rate after no event: -ln(1 - level) / exposure.  零事件时率的单侧上限。

    >>> round(float(zero_upper_limit()), 4)
    2.9957
    """
    _tail(level)
    n = np.asarray(exposure, dtype=float)
    with np.errstate(divide="ignore"):
        return np.where(n > 0, -np.log1p(-level) / n, np.nan)
