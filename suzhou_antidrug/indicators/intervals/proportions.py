"""Intervals of a share, over arrays.

比例的区间(数组运算)。

Formulas
--------
k of n. Clopper-Pearson: low = Beta(a/2; k, n - k + 1), high = Beta(1 - a/2; k + 1, n - k), 0 and 1 at the edges. Wilson:
the score interval, clipped to 0-1 and exact at the edges. Jeffreys: quantiles of Beta(k + 1/2, n - k + 1/2); its lower
limit at k = 0 is above 0 by nature. Mid-p: the shares at which P(X > k) + P(X = k) / 2 is a/2 and 1 - a/2.

Sources: Clopper and Pearson, Biometrika 26 (1934) 404; Wilson, JASA 22 (1927) 209; Brown, Cai and DasGupta, Statistical
Science 16 (2001) 101; Berry and Armitage, The Statistician 44 (1995) 417.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from .counts import Intervals, binomial_at_least, checked_counts, root, tail_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .counts import Floats

ProportionMethod = Literal["clopper_pearson", "wilson", "jeffreys", "mid_p"]
HALF = 0.5  # any positive number: keeps the unused branch of the edge cases defined


def proportion_interval(
    events: ArrayLike, total: ArrayLike, *, level: float = 0.95, method: ProportionMethod = "clopper_pearson"
) -> Intervals:
    """Return the interval of a share, over arrays; NaN where the total is 0 or missing.  比例的区间。

    ``method``: ``"clopper_pearson"`` (never covers too little), ``"wilson"`` (about right on average), ``"jeffreys"``,
    ``"mid_p"``. Raises :class:`~suzhou_antidrug.errors.SeriesError` for what is no count, or events above the total.

    >>> i = proportion_interval(81, 263)
    >>> round(float(i.low), 4), round(float(i.high), 4)
    (0.2527, 0.3676)
    """
    if method not in get_args(ProportionMethod):
        raise ValueError(f"method {method!r} is not one of {', '.join(get_args(ProportionMethod))}")
    k, n = checked_counts(events, total, whole_exposure=True)
    tail = tail_of(level)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, k / n, np.nan)
        low, high = share_limits(k, n, tail, method)
    missing = np.isnan(value)
    return Intervals(value, np.where(missing, np.nan, low), np.where(missing, np.nan, high), level, method)


def share_limits(k: Floats, n: Floats, tail: float, method: ProportionMethod) -> tuple[Floats, Floats]:
    """Return the limits of a share from counts that are checked, ``tail`` beyond each.  比例的上下限。"""
    return _LIMITS[method](k, n, tail)


def _clopper_pearson(k: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    from scipy import special

    low = np.where(k == 0, 0.0, special.betaincinv(np.maximum(k, HALF), n - k + 1, tail))
    return low, np.where(k == n, 1.0, special.betaincinv(k + 1, np.maximum(n - k, HALF), 1 - tail))


def _wilson(k: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    from scipy import special

    z = special.ndtri(1 - tail)
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    low = np.where(k == 0, 0.0, np.clip(centre - half, 0, 1))
    return low, np.where(k == n, 1.0, np.clip(centre + half, 0, 1))


def _jeffreys(k: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    from scipy import special

    return special.betaincinv(k + HALF, n - k + HALF, tail), special.betaincinv(k + HALF, n - k + HALF, 1 - tail)


def mid_p_above(k: Floats, n: Floats, share: Floats) -> Floats:
    """Return P(X > k) + P(X = k) / 2 of a binomial, rising in the share.  二项分布的中间 P 值。"""
    return (binomial_at_least(k + 1, n, share) + binomial_at_least(k, n, share)) / 2


def _mid_p(k: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    zero, one = np.zeros_like(k), np.ones_like(k)
    # n is NaN or 0 only where the result is NaN anyway.
    m = np.where(n > 0, n, 1.0)
    low = np.where(k == 0, 0.0, root(lambda p: mid_p_above(k, m, p), zero, one, tail))
    high = np.where(k == n, 1.0, root(lambda p: mid_p_above(k, m, p), zero, one, 1 - tail))
    return low, high


_LIMITS = {"clopper_pearson": _clopper_pearson, "wilson": _wilson, "jeffreys": _jeffreys, "mid_p": _mid_p}
