"""Kaplan-Meier means of left-censored samples, by flipping the axis, over many groups.

左截尾样本的卡普兰-迈耶均值（翻转坐标轴），多组同时计算。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .order_statistics import Samples, group_totals, running, running_down

if TYPE_CHECKING:
    from .order_statistics import Floats


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeierMeans:
    """Kaplan-Meier means, arrays of shape (groups,).  卡普兰-迈耶均值。"""

    mean: Floats  # what lies below every measured value placed at the group's lowest limit
    mean_low: Floats  # the same placed at 0
    mean_high: Floats  # the same shared equally by the samples censored there, each at its own limit
    leftover: Floats  # the share that lies below every measured value
    se_log_mean: Floats  # standard error of log(mean) from Greenwood's variance, independent samples


def kaplan_meier_means(samples: Samples) -> KaplanMeierMeans:
    """Return the Kaplan-Meier mean of each group; NaN where nothing is measured.  各组的卡普兰-迈耶均值。

    With the axis flipped a value below a limit is censored on the right. The i-th smallest of n samples, if measured,
    holds the mass prod_{j > i, measured} (1 - 1/j) / i, and a sample censored at x is at risk at x. Mass that lies
    below every measured value is left over: it sits at the lowest limit in ``mean`` (as in USEPA 2009 and the R
    package EnvStats), at 0 in ``mean_low``, and in ``mean_high`` at the limits of the samples censored there, which
    hold equal parts of it.
    Variance of the mean (Greenwood): sum over measured i of A_i^2 / (i (i - 1)), A_i the area under the distribution
    function from the lowest limit to x_i. One limit L for each sample: an interval [l, L] counts as "below L".

    Source: Kaplan and Meier, JASA 53 (1958) 457; USEPA, Unified Guidance, EPA 530/R-09-007, 2009, chapter 15; Helsel
    2012, chapter 6.

    >>> from suzhou_antidrug.indicators.wastewater.order_statistics import Samples
    >>> found = kaplan_meier_means(Samples.of([0, 2, 0, 4], [1, 2, 3, 4], [0] * 4))
    >>> found.mean.tolist(), found.mean_low.tolist(), found.leftover.tolist()  # 4 holds 1/4, 2 holds 3/8
    ([2.125], [1.75], [0.375])
    """
    ordered, groups = samples.in_order(), samples.n.size
    value, seen, group, first = ordered.value, ordered.measured, ordered.group, ordered.position == 0
    rank = ordered.position + 1.0
    share_below = running_down(np.where(seen, 1 - 1 / rank, 1.0), group, np.multiply)
    share_up_to = np.ones_like(value)
    share_up_to[:-1][~first[1:]] = share_below[1:][~first[1:]]
    moment = np.where(seen, share_up_to / rank, 0.0) * value
    leftover, lowest = np.zeros(groups), np.zeros(groups)
    leftover[group[first]], lowest[group[first]] = share_below[first], value[first]
    # Area under the distribution function up to a value: the value times the share below it, less what lies there.
    area = value * share_below - (running(moment, ordered.position, np.add) - moment) - (leftover * lowest)[group]
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = group_totals(np.where(seen & ~first, area**2 / (rank * (rank - 1)), 0.0), group, groups)
        known = np.where(samples.n > samples.n_censored, group_totals(moment, group, groups), np.nan)
        mean = known + leftover * lowest
        bottom = np.asarray(running(seen.astype(float), ordered.position, np.add) == 0, dtype=float)
        own_limits = group_totals(bottom * value, group, groups) / group_totals(bottom, group, groups)
        return KaplanMeierMeans(
            mean=mean,
            mean_low=known,
            mean_high=known + leftover * np.where(leftover > 0, own_limits, 0.0),
            leftover=leftover,
            se_log_mean=np.sqrt(variance) / mean,
        )
