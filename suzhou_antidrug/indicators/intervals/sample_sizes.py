"""How many to check, and what to decide from a small sample.

要查多少，小样本如何判定。

Formulas
--------
To see at least one with probability ``level`` where D of N are bad: the smallest n with C(N - D, n) / C(N, n) <= 1 - level;
without a list, (1 - share)^n <= 1 - level. Lot quality: decide "at the upper share" when at least d of n are in order; a
plan keeps P(X < d | upper) below alpha and P(X >= d | lower) below beta.

Sources: Cannon, Preventive Veterinary Medicine 49 (2001) 141; Lemeshow and Taber, World Health Statistics Quarterly 44
(1991) 115; Robertson and others, World Health Statistics Quarterly 50 (1997) 199.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

import numpy as np

from .counts import tail_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int64]

MOST = 10_000  # in a lot sample
ROUNDING = 1e-12  # relative error of a product of a few thousand factors


def checks_needed(bad_share: ArrayLike, listed: ArrayLike | None = None, *, level: float = 0.95) -> Ints:
    """Return how many to check, at random, to see at least one bad with probability ``level``.

    为以给定把握至少发现一个不合格，须随机抽查多少。

    ``listed`` is the length of the list, None or infinite for one without end; the number of bad ones is ``bad_share``
    times it, rounded up.

    >>> checks_needed(0.01, [100, 500, 1000, float("inf")]).tolist()
    [95, 225, 258, 299]
    """
    tail_of(level)
    share, total = np.broadcast_arrays(
        np.asarray(bad_share, dtype=float), np.asarray(np.inf if listed is None else listed, dtype=float)
    )
    if ((share <= 0) | (share > 1)).any() or (total < 1).any():
        raise ValueError("bad_share lies above 0 and at most at 1, listed is at least 1")
    out = np.empty(share.shape, dtype=np.int64)
    for at in np.ndindex(share.shape):
        out[at] = _needed(float(share[at]), float(total[at]), level)
    return out


def _needed(share: float, total: float, level: float) -> int:
    if np.isinf(total):
        return 1 if share == 1 else int(np.ceil(np.log1p(-level) / np.log1p(-share) - ROUNDING))
    bad = int((Decimal(str(share)) * int(total)).to_integral_value(ROUND_CEILING))
    n = np.arange(int(total) - bad)  # factors of C(N - D, n) / C(N, n): (N - D - i) / (N - i)
    missed = np.cumprod((total - bad - n) / (total - n))
    enough = np.flatnonzero(missed <= (1 - level) * (1 + ROUNDING))
    return int(enough[0]) + 1 if enough.size else int(total) - bad + 1


@dataclass(frozen=True, slots=True)
class LotPlan:
    """A decision rule for a small sample, with its two errors.  小样本判定规则及两类错误。"""

    sample: int
    decision: int  # at least so many in order: decide for the upper share
    upper: float
    lower: float
    alpha: float  # P(fewer than the decision | upper)
    beta: float  # P(at least the decision | lower)


def lot_plan(
    upper: float, lower: float, *, sample: int | None = None, alpha: float = 0.1, beta: float = 0.1
) -> LotPlan:
    """Return a lot-quality plan: the smallest decision number, or the smallest sample where none is given.

    批质量抽样方案。

    Raises ValueError where no plan keeps both errors below ``alpha`` and ``beta``.

    >>> plan = lot_plan(0.8, 0.5, sample=19)
    >>> plan.decision, round(plan.alpha, 3), round(plan.beta, 3)
    (13, 0.068, 0.084)
    """
    from scipy.stats import binom

    if not 0 <= lower < upper <= 1:
        raise ValueError(f"shares need 0 <= lower < upper <= 1, got {lower:g} and {upper:g}")
    for n in range(1, MOST + 1) if sample is None else (sample,):
        d = np.arange(n + 2)
        first, second = binom.cdf(d - 1, n, upper), binom.sf(d - 1, n, lower)
        good = np.flatnonzero((first < alpha) & (second < beta))
        if good.size:
            at = int(good[0])
            return LotPlan(n, at, upper, lower, float(first[at]), float(second[at]))
    raise ValueError(f"no decision number keeps both errors below {alpha:g} and {beta:g}; take a larger sample")
