"""Chinese classics of evaluation: rank-sum ratio and fuzzy comprehensive evaluation, each convention an argument.

国内常用评价法：秩和比、模糊综合评价，各种约定都作参数。

RSR: ranks 1 (worst) to n, ties averaged; RSR_i = sum of w_j R_ij / n. Its distinct values are ordered, p = mean rank / n, the last
1 - 1 / 4n, Probit = 5 + Phi^-1(p), RSR fitted on Probit by least squares over the distinct values or over all units. Fuzzy: B = w o R
by an operator, over its sum. Operators: 1 max of min, 2 max of product, 3 sum of product, 4 min(1, sum of min), 5 sum of min(w, r / sum
of r). They disagree about the order of grades: the margin is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import refusal
from .checks import directions_of, table, weights_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .checks import Floats


@dataclass(frozen=True, slots=True, eq=False)
class RankSumRatio:
    """Rank-sum ratios with the probit fit, arrays over units.  秩和比。"""

    ranks: Floats  # (units, indicators)
    ratio: Floats
    probit: Floats
    fitted: Floats
    intercept: float
    slope: float
    r_squared: float


def rank_sum_ratio(
    values: ArrayLike,
    directions: ArrayLike = 1,
    weights: ArrayLike | None = None,
    *,
    fit_on: Literal["distinct", "units"] = "distinct",
) -> RankSumRatio:
    """Return rank-sum ratios with the regression on Probit.

    秩和比法（田凤调）及其对概率单位的回归。

    R_ij ranks with ties averaged, RSR_i = sum of w_j R_ij / n; fitted on Probit over the distinct values or over all units, which
    gives other slopes (.2217 and .2170 on the ten-region example); ``values`` (units, indicators).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps, an indicator without direction, weights that do not add up, and where
    all units are the same.

    >>> found = rank_sum_ratio([[1.0, 9.0], [2.0, 7.0], [3.0, 8.0]], [1, -1])
    >>> found.ratio.round(3).tolist()
    [0.333, 0.833, 0.833]
    """
    from scipy import stats

    x, named = table(values)
    if np.isnan(x).any():
        raise refusal("gaps", "ranks need a table without gaps.", "秩和比要求无缺失。")
    ranks = stats.rankdata(x * directions_of(directions, named), axis=0)
    n = len(x)
    ratio = (ranks * weights_of(weights, x.shape[1], names=named)).sum(axis=1) / n
    rounded = np.round(ratio, 12)
    distinct, at = np.unique(rounded, return_inverse=True)
    if len(distinct) < 2:
        raise refusal("all_equal", "all units have the same rank-sum ratio.", "各单位秩和比全部相同。")
    p = stats.rankdata(rounded) / n
    p[at == len(distinct) - 1] = 1 - 1 / (4 * n)
    probit = 5 + stats.norm.ppf(p)
    first = np.array([np.argmax(at == k) for k in range(len(distinct))]) if fit_on == "distinct" else np.arange(n)
    line = stats.linregress(probit[first], ratio[first])
    a, b = float(line.intercept), float(line.slope)
    return RankSumRatio(ranks, ratio, probit, a + b * probit, a, b, float(line.rvalue**2))


@dataclass(frozen=True, slots=True, eq=False)
class FuzzyGrades:
    """Membership of grades after composition.  模糊综合评价结果。"""

    membership: Floats  # (grades,), adds to 1
    grade: int  # of the largest membership
    margin: float  # to the next
    operator: int


def fuzzy_grades(weights: ArrayLike, membership: ArrayLike, *, operator: int = 3) -> FuzzyGrades:
    """Return the membership of each grade from factor weights and memberships.

    模糊综合评价：由因素权重与隶属度得各等级隶属度。

    B = w o R over its sum, ``membership`` (grades, factors) in 0-1, ``weights`` (factors,). ``operator`` 1 max of min, 2 max of
    product, 3 sum of product, 4 min(1, sum of min), 5 sum of min(w, r / sum of r). They can name other grades: ``.margin`` is how far
    the first is ahead of the second.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for memberships outside 0-1 or all 0 and weights that do not add to 1;
    ValueError for another operator.

    >>> found = fuzzy_grades([0.5, 0.5], [[0.8, 0.4], [0.2, 0.6]])
    >>> found.membership.round(3).tolist(), found.grade, round(found.margin, 3)
    ([0.6, 0.4], 0, 0.2)
    """
    r = np.asarray(membership, dtype=float)
    w = weights_of(weights, r.shape[1])
    if not ((r >= 0) & (r <= 1)).all():
        raise refusal("membership", "memberships lie in 0-1.", "隶属度须在0-1之间。")
    if operator == 1:
        b = np.minimum(w, r).max(axis=1)
    elif operator == 2:
        b = (w * r).max(axis=1)
    elif operator == 3:
        b = (w * r).sum(axis=1)
    elif operator == 4:
        b = np.minimum(1.0, np.minimum(w, r).sum(axis=1))
    elif operator == 5:
        total = r.sum(axis=1, keepdims=True)
        b = np.minimum(w, r / np.where(total > 0, total, 1)).sum(axis=1)
    else:
        raise ValueError("operators are 1 to 5")
    if b.sum() == 0:
        raise refusal("membership", "no grade has any membership.", "各等级隶属度均为零。")
    b = b / b.sum()
    order = np.sort(b)[::-1]
    return FuzzyGrades(b, int(b.argmax()), float(order[0] - order[1]) if len(b) > 1 else 1.0, operator)
