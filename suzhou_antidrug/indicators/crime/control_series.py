"""Against a control: did drug-caused crime fall more than other crime did.

与对照序列比较：毒品引发的案件是否比其他案件降得更多。

Ratio of ratios RRR = (d1 / d0) / (c1 / c0), log-normal with variance 1/d0 + 1/d1 + 1/c0 + 1/c1, p from the same
distribution. The control removes shocks common to both series; it does not remove one that hits drug crime alone. Where a
count is 0 the interval is the exact conditional one of the 2 x 2 table (Fisher's noncentral hypergeometric).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..intervals.counts import checked_counts, root, tail_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RatioOfRatios:
    """A change against a control, arrays.  相对于对照的变化。"""

    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats
    method: tuple[str, ...]  # log_normal or exact, for each
    level: float


def ratio_of_ratios(cases: ArrayLike, control: ArrayLike, *, level: float = 0.95) -> RatioOfRatios:
    """Return (later / earlier of the cases) / (later / earlier of the control), with limits, over arrays.

    案件变化与对照变化之比。

    Parameters
    ----------
    cases, control : array (..., 2)
        Earlier and later counts.

    Raises
    ------
    SeriesError
        What is no count.

    Examples
    --------
    >>> found = ratio_of_ratios([160, 105], [10000, 9000])
    >>> [round(float(v), 3) for v in (found.ratio, found.low, found.high, found.p_value)]
    [0.729, 0.569, 0.934, 0.012]
    """
    from scipy import special

    d, c = (checked_counts(a, 1.0, whole_exposure=False)[0] for a in (cases, control))
    d, c = np.broadcast_arrays(d, c)
    if d.ndim == 0 or d.shape[-1] != 2:
        raise ValueError("cases and control end in two entries, earlier and later")
    tail = tail_of(level)
    z = special.ndtri(1 - tail)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (d[..., 1] / d[..., 0]) / (c[..., 1] / c[..., 0])
        spread = np.sqrt((1 / d).sum(axis=-1) + (1 / c).sum(axis=-1))
        low, high = ratio * np.exp(-z * spread), ratio * np.exp(z * spread)
        p = 2 * special.ndtr(-np.abs(np.log(ratio)) / spread)
    plain = ((d > 0).all(axis=-1)) & ((c > 0).all(axis=-1))
    shape = ratio.shape
    low, high, p = (np.array(a, dtype=float).ravel() for a in (low, high, p))
    for i in np.flatnonzero(~plain.ravel()):  # zeros only
        low[i], high[i], p[i] = _exact(d.reshape(-1, 2)[i], c.reshape(-1, 2)[i], tail)
    method = tuple("log_normal" if ok else "exact" for ok in plain.ravel())
    return RatioOfRatios(ratio, low.reshape(shape), high.reshape(shape), p.reshape(shape), method, level)


def _exact(d: Floats, c: Floats, tail: float) -> tuple[float, float, float]:
    from scipy.stats import nchypergeom_fisher

    total, later, cases = int(d.sum() + c.sum()), int(d[1] + c[1]), int(d.sum())
    k = int(d[1])
    if later in (0, total) or cases in (0, total):
        return 0.0, float("inf"), 1.0
    least, most = max(0, later + cases - total), min(later, cases)

    def above(log_odds: Floats) -> Floats:
        return np.array([nchypergeom_fisher.sf(k - 1, total, cases, later, np.exp(v)) for v in log_odds])

    def upto(log_odds: Floats) -> Floats:
        return np.array([nchypergeom_fisher.cdf(k, total, cases, later, np.exp(v)) for v in log_odds])

    wide = np.array([-30.0]), np.array([30.0])
    low = 0.0 if k == least else float(np.exp(root(above, *wide, tail)[0]))
    high = float("inf") if k == most else float(np.exp(root(lambda v: -upto(v), *wide, -tail)[0]))
    p = min(1.0, 2 * min(float(above(np.zeros(1))[0]), float(upto(np.zeros(1))[0])))
    return low, high, p
