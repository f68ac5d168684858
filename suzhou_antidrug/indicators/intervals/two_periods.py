"""Two periods compared: the ratio of their rates, its interval and the p-value, all of one p-value function.

两期比较：率比、区间与 P 值出自同一个 P 值函数。

Formulas
--------
Given n = x1 + x2, x2 is binomial with share r T2 / (T1 + r T2) when the true ratio is r. Central: p = twice the smaller
tail, the interval is Clopper-Pearson on that share, carried over to r. Mid-p: the same with half of P(X = x2) taken from
each tail. p < 1 - level exactly when the interval leaves the null out. (A minimum-likelihood p beside a central interval,
as some programs print, may contradict it: 2 in 17877 against 10 in 20000 gives .042 and an interval that holds 1.)

Sources: Przyborowski and Wilenski, Biometrika 31 (1940) 313; Fay, Biostatistics 11 (2010) 373.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from .counts import binomial_at_least, binomial_at_most, checked_counts, tail_of
from .proportions import HALF, mid_p_above, share_limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .counts import Floats

RatioMethod = Literal["central", "mid_p"]
TIE = 1e-7  # relative: probabilities that close are equal, as in other exact tests
LARGEST_BASE = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class RateRatio:
    """Event rates of two periods compared, arrays.  两期事件率之比。

    ``ratio`` is later / earlier: NaN where neither period has an event, infinite where only the later has.
    """

    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats  # two-sided, of the same function as the interval
    p_below: Floats  # one-sided, small where the ratio is below the null
    p_above: Floats
    null: float
    level: float
    method: str


def _pair(events: ArrayLike, exposure: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    k, t = checked_counts(events, exposure, whole_exposure=False)
    if k.ndim == 0 or k.shape[-1] != 2:
        raise ValueError(f"events and exposure end in two entries, earlier and later; got shape {k.shape}")
    return k[..., 0], k[..., 1], t[..., 0], t[..., 1]


def rate_ratio(
    events: ArrayLike,
    exposure: ArrayLike = (1.0, 1.0),
    *,
    null: float = 1.0,
    level: float = 0.95,
    method: RatioMethod = "central",
) -> RateRatio:
    """Return the ratio of the later to the earlier rate with its exact interval and p-value, over arrays.

    后期与前期事件率之比，含精确区间与 P 值。

    Parameters
    ----------
    events, exposure : array (..., 2)
        Earlier and later counts and exposures (years, enterprises, persons). NaN where an exposure is 0 or missing.
    null : float
        The ratio tested.
    method : str
        ``"central"`` (exact) or ``"mid_p"`` (less cautious, may cover a little too little).

    Raises
    ------
    SeriesError
        What is no count.

    Examples
    --------
    >>> found = rate_ratio([[8, 3], [160, 105]])
    >>> found.ratio.tolist(), found.p_value.round(5).tolist()
    ([0.375, 0.65625], [0.22656, 0.00088])
    >>> found.low.round(3).tolist(), found.high.round(3).tolist()
    ([0.064, 0.508], [1.562, 0.845])
    """
    if method not in get_args(RatioMethod):
        raise ValueError(f"method {method!r} is not one of {', '.join(get_args(RatioMethod))}")
    if not null > 0:
        raise ValueError(f"null is a ratio above 0, got {null}")
    x1, x2, t1, t2 = _pair(events, exposure)
    tail, n = tail_of(level), x1 + x2
    known = (t1 > 0) & (t2 > 0) & ~np.isnan(n)
    n = np.where(known, n, 1.0)
    k = np.where(known, x2, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = null * t2 / (t1 + null * t2)
        below, above = _tails(k, n, np.where(known, share, HALF), method)
        low, high = share_limits(k, n, tail, "clopper_pearson" if method == "central" else "mid_p")
        scale = t1 / t2
        ratio = np.where(n == 0, np.nan, np.where(x1 == 0, np.inf, x2 / x1 * scale))
        low, high = low / (1 - low) * scale, np.where(high == 1, np.inf, high / (1 - high) * scale)
    p = np.minimum(1.0, 2 * np.minimum(below, above))
    ratio, low, high, p, below, above = (np.where(known, a, np.nan) for a in (ratio, low, high, p, below, above))
    return RateRatio(ratio, low, high, p, below, above, null, level, method)


def _tails(k: Floats, n: Floats, share: Floats, method: str) -> tuple[Floats, Floats]:
    """Return P(X <= k) and P(X >= k), or their mid-p forms; both 1 where there is no event at all."""
    if method == "mid_p":
        above = mid_p_above(k, n, share)
        return np.where(n == 0, 1.0, 1 - above), np.where(n == 0, 1.0, above)
    return binomial_at_most(k, n, share), binomial_at_least(k, n, share)


def minimum_likelihood_p(events: ArrayLike, exposure: ArrayLike = (1.0, 1.0)) -> Floats:
    """Return the p-value that adds up all splits at most as likely as the one seen, over arrays; it has no interval here.

    最小似然 P 值；本库不为其配区间。

    >>> round(float(minimum_likelihood_p([2, 10], [17877, 20000])), 4)
    0.0421
    """
    from scipy import special

    x1, x2, t1, t2 = _pair(events, exposure)
    n, share = (x1 + x2).ravel(), (t2 / (t1 + t2)).ravel()
    grid = np.arange(int(n.max(initial=0)) + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        choose = special.gammaln(n[:, None] + 1) - special.gammaln(grid + 1) - special.gammaln(n[:, None] - grid + 1)
        log = choose + special.xlogy(grid, share[:, None]) + special.xlog1py(n[:, None] - grid, -share[:, None])
    probability = np.where(grid <= n[:, None], np.exp(log), 0.0)
    seen = np.take_along_axis(probability, x2.ravel().astype(int)[:, None], axis=1)
    p = np.where(probability <= seen * (1 + TIE), probability, 0.0).sum(axis=1)
    p_values: Floats = np.minimum(1.0, p).reshape(x1.shape)
    return p_values


def base_count_needed(fall: float, *, level: float = 0.95) -> int:
    """Return the smallest earlier count from which a printed fall could be told from chance, equal exposures.

    两期暴露相同时，使该降幅能与偶然相区别的最小基期数。

    The later count is what the fall leaves, rounded. Raises ValueError for a fall outside 0-1.

    >>> [base_count_needed(d) for d in (0.1, 0.2, 0.3, 0.5, 1.0)]
    [746, 183, 79, 28, 6]
    """
    if not 0 < fall <= 1:
        raise ValueError(f"fall is a share above 0 and at most 1, got {fall}")
    step = 4096
    for start in range(1, LARGEST_BASE, step):
        base = np.arange(start, start + step, dtype=float)
        later = np.floor(base * (1 - fall) + 0.5)
        told: NDArray[np.bool_] = rate_ratio(np.stack([base, later], axis=-1), level=level).p_value < 1 - level
        if told.any():
            return int(base[np.argmax(told)])
    raise ValueError(f"a fall of {fall:g} needs more than {LARGEST_BASE:,} events")
