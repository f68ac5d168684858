"""Average annual rate of reduction, and what is required: discrete or continuous, end points or regression.

年均下降率与所需下降率：离散或连续，端点或回归。

Discrete 1 - (y / b)^(1 / n), continuous ln(b / y) / n; by regression 1 - exp(slope of ln y on the year). The published required rate
of 15.6 % for 48 to 30 in three years (IGME) is the continuous one; the discrete is 14.5 %. A value of 0 or below has no rate.

Sources: UNICEF, Progress for Children (2004); IGME 2013 abstract (dds.cepal.org, publication 3108).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def reduction_rate(first: ArrayLike, last: ArrayLike, years: ArrayLike, *, kind: Literal["discrete", "continuous"] = "discrete") -> Floats:  # fmt: skip
    """Return the average annual rate of reduction between two values, NaN where one is 0 or below.  年均下降率。

    >>> [round(float(reduction_rate(48, 30, 3, kind=k)), 4) for k in ("continuous", "discrete")]
    [0.1567, 0.145]
    """
    b, y, n = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (first, last, years)))
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where((b > 0) & (y > 0), np.log(b / y) / n, np.nan)
    return np.asarray(log if kind == "continuous" else -np.expm1(-log))


def reduction_rate_by_regression(values: ArrayLike, years: ArrayLike) -> float:
    """Return 1 - exp(slope of ln y on the year), NaN where a value is 0 or below.  回归法年均下降率。

    >>> year = np.arange(2000, 2016)
    >>> round(reduction_rate_by_regression(100 * 0.976 ** (year - 2000), year), 6)
    0.024
    """
    y, t = np.asarray(values, dtype=float), np.asarray(years, dtype=float)
    if not (y > 0).all() or len(y) < 2:
        return float("nan")
    centred = t - t.mean()
    return float(-np.expm1((centred @ np.log(y)) / (centred @ centred)))
