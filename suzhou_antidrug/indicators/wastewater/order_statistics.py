"""Samples of many groups, some censored: plain means, order within groups, robust regression on order statistics.

多组样品（部分截尾）：算术平均、组内次序、稳健次序统计量回归。

Every function works on many ragged groups at once; nothing loops over groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]


MOST_SHOWN = 20  # problems listed of one array; more would bury the first


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples of many groups, each known to lie in an interval.  多组样品，各样品所在的区间。

    Made by :meth:`of`, which refuses what is no interval of a load.
    """

    low: Floats
    high: Floats  # equal to ``low`` for a measured value
    group: Integers
    censored: Booleans
    n: Integers  # of each group, shape (groups,)
    n_censored: Integers

    @classmethod
    def of(cls, low: ArrayLike, high: ArrayLike, group: ArrayLike, groups: int | None = None) -> Samples:
        """Check arrays of shape (n,) and count.  核对并计数。"""
        a, b = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
        code = np.asarray(group)
        if not (a.ndim == 1 and a.shape == b.shape == code.shape):
            raise ValueError(f"low, high and group have one shape (n,), got {a.shape}, {b.shape}, {code.shape}")
        if code.size and (not np.issubdtype(code.dtype, np.integer) or code.min() < 0):
            raise ValueError("group holds whole numbers from 0")
        code = code.astype(np.int64)
        count = int(code.max(initial=-1)) + 1 if groups is None else groups
        if code.max(initial=-1) >= count:
            raise ValueError(f"group holds a code above {count - 1}")
        with np.errstate(invalid="ignore"):
            fine = (a >= 0) & (a <= b) & np.isfinite(b)
        if not fine.all():
            raise SeriesError([_bad_interval(int(i), a[i], b[i]) for i in np.flatnonzero(~fine)[:MOST_SHOWN]])
        n, k = np.bincount(code, minlength=count), np.bincount(code[a < b], minlength=count)
        return cls(a, b, code, a < b, n, k)

    def total(self, x: Floats) -> Floats:
        """The sum of ``x`` over each group.  各组合计。"""
        return group_totals(x, self.group, self.n.size)

    def of_groups(self, wanted: Booleans) -> Samples:
        """The samples of some groups, their codes closed up.  部分组的样品，组号重排。"""
        inside = wanted[self.group]
        code = (np.cumsum(wanted) - 1)[self.group[inside]]
        return Samples(
            self.low[inside], self.high[inside], code, self.censored[inside], self.n[wanted], self.n_censored[wanted]
        )

    def distinct_measured(self) -> Integers:
        """How many different values are measured in each group.  各组不同检出值的个数。"""
        value, code = self.high[~self.censored], self.group[~self.censored]
        order = np.lexsort((value, code))
        value, code = value[order], code[order]
        new = np.ones(value.size, dtype=bool)
        new[1:] = (value[1:] != value[:-1]) | (code[1:] != code[:-1])
        return np.bincount(code[new], minlength=self.n.size)

    def in_order(self) -> Ordered:
        """The samples ordered by their upper ends.  按区间上端排序。"""
        return in_order(self.high, ~self.censored, self.group, self.n.size)


def group_totals(x: Floats, code: Integers, groups: int) -> Floats:
    """Return the sum of ``x`` over each group, 0 where there is nothing.  各组合计。

    >>> group_totals(np.array([1.0, 2.0, 4.0]), np.array([2, 0, 2]), 3).tolist()
    [2.0, 0.0, 5.0]
    """
    return np.asarray(np.bincount(code, weights=x, minlength=groups), dtype=float)


def _bad_interval(position: int, low: float, high: float) -> Problem:
    return Problem(
        code="interval",
        en=f"position {position} holds [{low:g}, {high:g}], which is no interval of a load.",
        zh=f"位置 {position} 的 [{low:g}, {high:g}] 不是负荷区间。",
        advice_en="Both ends are numbers from 0, the lower first; leave absent samples out.",
        advice_zh="两端须为不小于零的数，下端在前；缺测样品请不要列入。",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Samples of many groups, group after group, ascending within each.  各组样本，组内由小到大。

    ``value`` is a measured value or a limit. At a tie the censored sample stands first: it lies below its limit.
    """

    value: Floats
    measured: Booleans
    group: Integers
    position: Integers  # within the group, from 0
    size: Integers  # of each group, shape (groups,)


@dataclass(frozen=True, slots=True, eq=False)
class CompleteMeans:
    """Plain means of groups with nothing censored, arrays of shape (groups,).  全部检出各组的算术平均。"""

    mean: Floats
    log_mean: Floats  # of the logs; NaN where a value is 0
    log_sd: Floats  # sample standard deviation of the logs (divisor n - 1)
    se_log_mean: Floats  # s / (mean sqrt(n)): the delta method, independent samples
    information: Floats  # 1


@dataclass(frozen=True, slots=True, eq=False)
class OrderStatisticsFit:
    """Means by regression on order statistics, arrays of shape (groups,).  次序统计量回归的均值。"""

    mean: Floats
    log_mean: Floats  # intercept of the line of log value on normal quantile
    log_sd: Floats  # its slope


def complete_means(samples: Samples) -> CompleteMeans:
    """Return the plain mean of each group, every value taken as measured.  算术平均，各值均视为检出。

    >>> found = complete_means(Samples.of([2, 4, 9], [2, 4, 9], [0, 0, 0]))
    >>> found.mean.tolist(), found.se_log_mean.round(4).tolist()  # s = sqrt(13)
    ([5.0], [0.4163])
    """
    n, x, code = samples.n, samples.high, samples.group
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(x)
        mean, log_mean = samples.total(x) / n, samples.total(logs) / n
        spread = np.sqrt(samples.total((x - mean[code]) ** 2) / (n - 1))
        log_sd = np.sqrt(samples.total((logs - log_mean[code]) ** 2) / (n - 1))
        known = np.where(np.isfinite(log_mean), log_mean, np.nan)
        return CompleteMeans(mean, known, log_sd, spread / (mean * np.sqrt(n)), np.ones(n.size))


def in_order(value: ArrayLike, measured: ArrayLike, group: ArrayLike, groups: int) -> Ordered:
    """Return samples ordered within groups; NaN is not allowed.  组内排序。

    >>> in_order([3.0, 1.0, 2.0], [True, True, False], [1, 1, 0], 2).value.tolist()
    [2.0, 1.0, 3.0]
    """
    x, seen, code = np.asarray(value, dtype=float), np.asarray(measured, dtype=bool), np.asarray(group, dtype=np.int64)
    order = np.lexsort((seen, x, code))
    code = code[order]
    return Ordered(x[order], seen[order], code, _positions(code, groups), np.bincount(code, minlength=groups))


def _positions(code: Integers, groups: int) -> Integers:
    size = np.bincount(code, minlength=groups)
    first = np.cumsum(size) - size
    return np.arange(code.size) - first[code]


def running(values: Floats, position: Integers, combine: np.ufunc) -> Floats:
    """Return running sums or products within groups, each from the group's first element.  组内累计。

    Doubling the reach of each element takes log2(longest group) passes, and the result of one group is untouched by
    all others, which differences of one long running sum would not be.

    >>> running(np.array([2.0, 3.0, 5.0, 7.0]), np.array([0, 1, 0, 1]), np.multiply).tolist()
    [2.0, 6.0, 5.0, 35.0]
    """
    out = values.copy()
    reach, longest = 1, int(position.max(initial=0))
    while reach <= longest:
        here = np.flatnonzero(position >= reach)
        out[here] = combine(out[here], out[here - reach])
        reach *= 2
    return out


def running_down(values: Floats, code: Integers, combine: np.ufunc) -> Floats:
    """Return running sums or products within groups from each group's last element.  组内自末位累计。

    >>> running_down(np.array([2.0, 3.0, 5.0, 7.0]), np.array([0, 0, 1, 1]), np.multiply).tolist()
    [6.0, 3.0, 35.0, 7.0]
    """
    if not code.size:
        return values.copy()
    backwards = code[-1] - code[::-1]
    return running(values[::-1], _positions(backwards, int(backwards[-1]) + 1), combine)[::-1]


def plotting_positions(samples: Ordered) -> Floats:
    """Return the plotting positions of Helsel and Cohn for several limits, in the order of ``samples``.

    多检出限样本的绘图位置（Helsel 与 Cohn）。

    Limit j has A_j measured values from it up to the next limit, B_j samples below it (censored at or below it, or
    measured below it) and C_j censored at it. P(at or above limit j) = pe_j = pe_{j+1} + A_j / (A_j + B_j)
    (1 - pe_{j+1}), 0 above the highest limit. Measured value r of A_j: (1 - pe_j) + (pe_j - pe_{j+1}) r / (A_j + 1);
    censored value r of C_j: (1 - pe_j) r / (C_j + 1). Values measured below every limit have the limit 0, pe = 1.

    Source: Helsel and Cohn, Water Resources Research 24 (1988) 1997; Helsel, Statistics for Censored Environmental
    Data Using Minitab and R, 2nd ed., 2012, chapter 6.

    >>> plotting_positions(in_order([1, 1, 2, 3, 4], [False, False, True, True, True], [0] * 5, 1)).round(3).tolist()
    [0.133, 0.267, 0.55, 0.7, 0.85]
    """
    value, measured, group, position = samples.value, samples.measured, samples.group, samples.position
    if not value.size:
        return np.empty(0)
    # A stretch begins with the samples censored at one limit and runs to the next limit; a group whose smallest
    # value is measured begins with a stretch of no censored samples, Helsel and Cohn's limit 0.
    new_limit = np.ones(value.size, dtype=bool)
    new_limit[1:] = measured[:-1] | (value[1:] != value[:-1])
    begins = (position == 0) | (~measured & new_limit)
    stretch = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    length = np.bincount(stretch)
    censored_here = np.bincount(stretch, weights=~measured)
    above = length - censored_here
    below = position[first] + censored_here
    # 1 - pe_j = product over k >= j of B_k / (A_k + B_k).
    share_below = running_down(below / (above + below), group[first], np.multiply)
    next_share = np.ones_like(share_below)
    same_group = group[first][1:] == group[first][:-1]
    next_share[:-1][same_group] = share_below[1:][same_group]
    rank = np.arange(value.size) - first[stretch] + 1 - np.where(measured, censored_here[stretch], 0)
    step = np.where(
        measured, (next_share - share_below)[stretch] / (above[stretch] + 1), share_below[stretch] / (censored_here[stretch] + 1)
    )  # fmt: skip
    positions: Floats = np.where(measured, share_below[stretch], 0.0) + step * rank
    return positions


def order_statistics_means(samples: Samples) -> OrderStatisticsFit:
    """Return means by robust regression on order statistics (ROS), one a group.  稳健次序统计量回归的均值。

    The logs of the measured values are regressed on the normal quantiles of their plotting positions; each censored
    sample is replaced by its value on the line, the measured ones stay as they are, and all are averaged. A replaced
    value may lie above its own limit: the line does not know it. Samples censored above every measured value are kept
    (the R package NADA drops them), and an interval counts as "below its upper end". NaN where fewer than two values
    are measured.

    Source: Helsel 2012, chapter 6.

    >>> fit = order_statistics_means(Samples.of([0, 0, 2, 3, 4], [1, 1, 2, 3, 4], [0] * 5))
    >>> fit.mean.round(3).tolist(), fit.log_mean.round(3).tolist()
    ([2.201], [0.637])
    """
    from scipy.special import ndtri

    ordered, groups = samples.in_order(), samples.n.size
    seen = ordered.measured
    code = ordered.group[seen]
    quantile = ndtri(plotting_positions(ordered))
    z, y, m = quantile[seen], np.log(ordered.value[seen]), samples.n - samples.n_censored
    with np.errstate(invalid="ignore", divide="ignore"):
        z_mean, y_mean = group_totals(z, code, groups) / m, group_totals(y, code, groups) / m
        z_off, y_off = z - z_mean[code], y - y_mean[code]
        slope = group_totals(z_off * y_off, code, groups) / group_totals(z_off**2, code, groups)
        intercept = y_mean - slope * z_mean
        filled = np.where(seen, ordered.value, np.exp(intercept[ordered.group] + slope[ordered.group] * quantile))
        return OrderStatisticsFit(group_totals(filled, ordered.group, groups) / samples.n, intercept, slope)
