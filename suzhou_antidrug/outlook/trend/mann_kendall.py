"""The Mann-Kendall test for many short series, with its exact distribution.

曼-肯德尔检验：多条短序列，含精确分布。

    S = sum over pairs i < j of sign(y[j] - y[i])

Without a trend every order of the values is equally likely, so S = D - 2 I, where D counts the untied pairs and I is
the number of inversions of a random order. The numbers of orders by I are the coefficients of a q-multinomial, which
gives the exact distribution for any ties, without listing orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import factorial, prod
from typing import TYPE_CHECKING

import numpy as np

from ...errors import refusal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

# Below this many values the normal approximation is poor: a perfect fall of five gets .0275 where .0167 is exact.
EXACT_BELOW = 11
METHODS = ("auto", "exact", "normal")


@dataclass(frozen=True, slots=True, eq=False)
class MannKendall:
    """Mann-Kendall tests, one for each series, shapes (series,).  曼-肯德尔检验结果。

    ``p_decrease`` is P(S <= s) without a trend, ``p_increase`` P(S >= s); ``p_two_sided`` is P(\\|S\\| >= \\|s\\|).
    """

    n: NDArray[np.int64]
    score: Floats
    tau: Floats  # score over all pairs, ties included
    variance: Floats
    z: Floats  # with continuity correction
    p_decrease: Floats
    p_increase: Floats
    p_two_sided: Floats
    exact: NDArray[np.bool_]


def mann_kendall_scores(y: ArrayLike) -> Floats:
    """Return S for every row of an array (series, time); NaN is skipped.  各序列的 S。

    >>> mann_kendall_scores([[10, 9, 8, 7, 6], [1, 3, 2, 2, 5]])
    array([-10.,   5.])
    """
    rows = np.atleast_2d(np.asarray(y, dtype=float))
    score = np.zeros(len(rows))
    for lag in range(1, rows.shape[1]):
        score += np.nan_to_num(np.sign(rows[:, lag:] - rows[:, :-lag])).sum(axis=1)
    return score


@cache
def exact_null(ties: tuple[int, ...]) -> tuple[NDArray[np.int64], Floats]:
    """Return every value of S and its probability without a trend, for groups of tied values.  S 的精确分布。

    ``ties`` are the sizes of the groups of equal values, (1, 1, 1, 1) for four different ones. The probabilities are
    coefficients of the q-multinomial [n]! / prod [t]!, in whole numbers until the last division.

    >>> scores, probabilities = exact_null((1, 1, 1))
    >>> scores, (6 * probabilities).round(9)
    (array([ 3,  1, -1, -3]), array([1., 2., 2., 1.]))
    """
    n = sum(ties)
    untied = (n * (n - 1) - sum(t * (t - 1) for t in ties)) // 2
    orders = [1] + [0] * untied
    for i in range(1, n + 1):  # times (1 - q^i)
        for j in range(untied, i - 1, -1):
            orders[j] -= orders[j - i]
    for i in (i for t in ties for i in range(1, t + 1)):  # divided by (1 - q^i)
        for j in range(i, untied + 1):
            orders[j] += orders[j - i]
    total = factorial(n) // prod(factorial(t) for t in ties)
    return untied - 2 * np.arange(untied + 1), np.array([count / total for count in orders])


def score_variance(ties: tuple[int, ...]) -> float:
    """Return the variance of S without a trend, corrected for ties.  S 的方差(计入并列)。

    (n(n-1)(2n+5) - sum t(t-1)(2t+5)) / 18, Kendall, Rank Correlation Methods, 1975.

    >>> round(score_variance((1,) * 5), 3)
    16.667
    """
    n = sum(ties)
    return (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18


def _tie_groups(rows: Floats) -> dict[tuple[int, ...], NDArray[np.intp]]:
    """Return the rows of each pattern of ties; untied rows are found without a loop."""
    ordered = np.sort(rows, axis=1)
    tied = (np.diff(ordered, axis=1) == 0).any(axis=1)
    length = np.isfinite(rows).sum(axis=1)
    groups: dict[tuple[int, ...], list[int]] = {
        (1,) * int(n): list(np.flatnonzero(~tied & (length == n))) for n in np.unique(length[~tied])
    }
    for row in np.flatnonzero(tied):
        _, counts = np.unique(rows[row][np.isfinite(rows[row])], return_counts=True)
        groups.setdefault(tuple(sorted(map(int, counts))), []).append(int(row))
    return {ties: np.array(members) for ties, members in groups.items()}


def _tails(score: Floats, ties: tuple[int, ...], exact: bool) -> tuple[Floats, Floats]:
    """Return P(S <= s) and P(S >= s)."""
    if exact:
        scores, probabilities = exact_null(ties)
        cumulated = np.cumsum(probabilities)  # from the largest score down
        place = np.rint((scores[0] - score) / 2).astype(int)
        at_least = np.minimum(cumulated[place], 1.0)
        # The distribution is symmetric: P(S <= s) = P(S >= -s).
        return np.minimum(cumulated[len(scores) - 1 - place], 1.0), at_least
    from scipy.special import ndtr

    deviation = np.sqrt(score_variance(ties))
    if deviation == 0:
        return np.ones_like(score), np.ones_like(score)
    return ndtr((score + 1) / deviation), ndtr(-(score - 1) / deviation)


def mann_kendall(y: ArrayLike, *, method: str = "auto") -> MannKendall:
    """Test every row of an array (series, time) for a monotone trend.

    对每条序列作曼-肯德尔检验。

    ``method`` is "exact" (ties included), "normal" (continuity and tie correction) or "auto": exact below
    :data:`EXACT_BELOW` values. Values in time order; NaN is skipped, which is right because only the order counts.
    Raises :class:`~suzhou_antidrug.errors.SeriesError` for another method.

    Source: Mann, Econometrica 13 (1945) 245; Kendall, Rank Correlation Methods, 1975.

    >>> test = mann_kendall([10, 9, 8, 7, 6])
    >>> test.p_decrease.round(4), test.p_two_sided.round(4)
    (array([0.0083]), array([0.0167]))
    >>> mann_kendall([10, 9, 8, 7, 6], method="normal").p_two_sided.round(4)
    array([0.0275])
    """
    if method not in METHODS:
        raise refusal("method", f"method is one of {', '.join(METHODS)}.", "没有这种检验方法。", value=method)
    rows = np.atleast_2d(np.asarray(y, dtype=float))
    n = np.isfinite(rows).sum(axis=1)
    exact = n < EXACT_BELOW if method == "auto" else np.full(len(rows), method == "exact")
    score = mann_kendall_scores(rows)
    variance, decrease, increase = np.zeros(len(rows)), np.ones(len(rows)), np.ones(len(rows))
    for ties, members in _tie_groups(rows).items():
        if len(members):
            variance[members] = score_variance(ties)
            decrease[members], increase[members] = _tails(score[members], ties, bool(exact[members[0]]))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, (score - np.sign(score)) / np.sqrt(variance), 0.0)
        tau = score / (n * (n - 1) / 2)
    two_sided = np.where(score == 0, 1.0, np.minimum(1.0, 2 * np.minimum(decrease, increase)))
    return MannKendall(n, score, tau, variance, z, decrease, increase, two_sided, exact)


@dataclass(frozen=True, slots=True)
class Reach:
    """What the exact one-sided test can say at n values.  精确单侧检验在 n 个值时的能力上限。"""

    n: int
    smallest_p: float  # of a perfect fall: 1 / n!
    orders: int  # orders of the values that would be significant, 0 where none is
    of_orders: int  # n!
    critical_score: int | None  # the largest S that is significant, None where none is


def reach(n: int, *, alpha: float = 0.05) -> Reach:
    """Return how small the exact one-sided p can be at n values, and how many orders reach ``alpha``.

    n 个值时精确单侧 p 最小能到多少，有多少种排列能显著。

    >>> [round(reach(n).smallest_p, 4) for n in (4, 5, 6)]
    [0.0417, 0.0083, 0.0014]
    >>> reach(5).orders, reach(5).of_orders
    (5, 120)
    """
    scores, probabilities = exact_null((1,) * n)
    low = np.cumsum(probabilities)  # P(S <= -scores), by symmetry
    significant = low <= alpha * (1 + 1e-12)
    total = factorial(n)
    if not significant.any():
        return Reach(n, 1 / total, 0, total, None)
    last = int(np.flatnonzero(significant)[-1])
    return Reach(n, 1 / total, round(low[last] * total), total, -int(scores[last]))
