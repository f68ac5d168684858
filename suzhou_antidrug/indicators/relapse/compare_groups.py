"""Do groups differ: log-rank test for k groups, stratified, and the difference of restricted means.

各组有无差异：k 组(可分层)对数秩检验，以及限定期限平均时间之差。

Formulas
--------
At each event time of a stratum, with d events among n at risk and n_k of them in group k, d n_k / n are expected in
group k, with covariance d (n - d) / (n - 1) (p_k [k = l] - p_k p_l), p_k = n_k / n. U sums observed - expected over
times and strata, V the covariances; U' V^- U is chi-square with the rank of V as degrees of freedom.

Sources: Mantel, Cancer Chemotherapy Reports 50 (1966) 163; Peto and Peto, JRSS A 135 (1972) 185; Royston and Parmar,
BMC Medical Research Methodology 13 (2013) 152 for the difference of restricted means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...terms import Text
from ..intervals.counts import normal_quantile
from .risk_sets import Seam, checked, number_at_risk, split
from .survival import KaplanMeier, restricted_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .risk_sets import Floats, Ints

# With fewer the chi-square distribution is no guide to a test of k groups: a choice of this project.
MINIMUM_EVENTS = 10
# A variance this small beside the largest is rounding: that contrast cannot be compared.
RANK_WIDTH = 1e-10
TestStatus = Literal["tested", "no_events", "too_few_events", "one_group", "never_together"]
REASONS: dict[str, Text] = {
    "tested": Text("已检验", "tested"),
    "no_events": Text("没有事件，不能比较，也不说明没有差异", "no events: nothing to compare, which is not the same as no difference"),
    "too_few_events": Text("事件不足 10 起，不作检验", "fewer than 10 events: not tested"),
    "one_group": Text("只有一组，无从比较", "only one group: nothing to compare with"),
    "never_together": Text("各组从未同时有人在险", "the groups are never at risk at the same time"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class GroupTest:
    """A test of equal curves; statistic and p-value are NaN unless the status is ``tested``.  组间检验。"""

    method: str
    statistic: float
    degrees: int
    p_value: float
    status: TestStatus
    groups: tuple[int, ...]
    spells: Ints  # (groups,)
    observed: Ints  # (groups,) events
    expected: Floats  # (groups,) events, were the curves equal
    strata: int

    @property
    def reason(self) -> Text:
        """What was done, or why not."""
        return REASONS[self.status]


def chi_square_tail(statistic: float, degrees: int) -> float:
    """Return the chance that chi-square exceeds the statistic.  卡方分布上尾概率。

    >>> round(chi_square_tail(5.889, 3), 3)  # four arms in Shanghai, printed with p = .117
    0.117
    """
    from scipy.special import chdtrc

    return float(chdtrc(degrees, statistic))


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What a stratum adds to a test.  一层对检验的贡献。"""

    expected: Floats  # (groups,)
    score: Floats  # (groups,)
    variance: Floats  # (groups, groups)


def log_rank(
    entry: ArrayLike | None,
    exit: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    cause: int = 1,
    start: float = 0.0,
) -> GroupTest:
    """Return the log-rank test that the hazards of ``cause`` are equal in all groups.

    对数秩检验：各组在 cause 上的风险率是否相同。

    Every other code counts as censored, so with competing events this compares the rates of relapse among those still at
    risk; :func:`~.gray.gray_test` compares the shares that relapse. Without an event, and below ten, there is a status
    and no p-value.

    Parameters
    ----------
    entry, exit, event, group, strata : array (n,)
        As for :func:`~.survival.kaplan_meier`; groups are compared within ``strata`` only.

    Raises
    ------
    SeriesError
        As :func:`~.survival.kaplan_meier`.

    Examples
    --------
    >>> import numpy as np
    >>> time, group = np.arange(1, 25), np.repeat([0, 1], 12)
    >>> found = log_rank(None, time, np.ones(24), group)
    >>> found.degrees, found.p_value < 0.001
    (1, True)
    >>> nothing = log_rank(None, time, np.zeros(24), group)
    >>> nothing.status, nothing.p_value
    ('no_events', nan)
    """
    seam = checked(entry, exit, event, group, start=start)
    layers = strata_codes(strata, np.asarray(exit, dtype=float) > start)
    return group_test("log-rank", seam, layers, cause, _log_rank_scores)


def strata_codes(strata: ArrayLike | None, kept: np.ndarray) -> Ints:
    """Return codes of strata from 0 for the spells kept, one stratum where None is given.  各层编码。"""
    if strata is None:
        return np.zeros(int(kept.sum()), dtype=np.int64)
    codes = np.asarray(strata)
    if codes.shape != kept.shape:
        raise ValueError(f"strata are of shape {codes.shape}, the spells of {kept.shape}")
    return np.unique(codes[kept], return_inverse=True)[1].astype(np.int64)


def group_test(
    method: str, seam: Seam, strata: Ints, cause: int, scores: Callable[[Seam, Ints, int, int], Scores]
) -> GroupTest:
    """Add up scores over strata and test them, where there is enough to test.  汇总各层得分并检验。"""
    names, group = np.unique(seam.group, return_inverse=True)
    size = len(names)
    count = np.bincount(group, minlength=size)
    observed = np.bincount(group[seam.event == cause], minlength=size)
    nan = float("nan")
    parts = []
    status: TestStatus = "tested"
    statistic, degrees, p_value = nan, 0, nan
    expected = np.full(size, nan)
    if size < 2:
        status = "one_group"
    elif observed.sum() == 0:
        status = "no_events"
    elif observed.sum() < MINIMUM_EVENTS:
        status = "too_few_events"
    else:
        for _, at in split(strata):
            layer = Seam(seam.entry[at], seam.exit[at], seam.event[at], seam.group[at])
            parts.append(scores(layer, group[at], size, cause))
        expected = np.sum([part.expected for part in parts], axis=0)
        total, variance = (np.sum([getattr(part, name) for part in parts], axis=0) for name in ("score", "variance"))
        statistic, degrees = _quadratic_form(total, variance)
        status = "tested" if degrees else "never_together"
        p_value = chi_square_tail(statistic, degrees) if degrees else nan
    return GroupTest(
        method, statistic, degrees, p_value, status, tuple(int(n) for n in names), count, observed, expected,
        len(np.unique(strata)),
    )  # fmt: skip


def _quadratic_form(score: Floats, variance: Floats) -> tuple[float, int]:
    values, vectors = np.linalg.eigh(variance)
    used = values > RANK_WIDTH * max(float(values.max()), np.finfo(float).tiny)
    if not used.any():
        return float("nan"), 0
    return float(np.sum((vectors[:, used].T @ score) ** 2 / values[used])), int(used.sum())


def _log_rank_scores(seam: Seam, group: Ints, size: int, cause: int) -> Scores:
    hit = seam.event == cause
    if not hit.any():
        return Scores(np.zeros(size), np.zeros(size), np.zeros((size, size)))
    time, d = np.unique(seam.exit[hit], return_counts=True)
    at_risk = np.empty((len(time), size))
    for k in range(size):
        at_risk[:, k] = number_at_risk(seam.entry[group == k], seam.exit[group == k], time)
    n = at_risk.sum(axis=1)
    share = at_risk / n[:, None]
    expected = d @ share
    factor = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    variance = np.diag(factor @ share) - (share * factor[:, None]).T @ share
    return Scores(expected, np.bincount(group[hit], minlength=size) - expected, variance)


@dataclass(frozen=True, slots=True, eq=False)
class RestrictedMeanDifference:
    """Differences of mean time without the event, each group less the reference, arrays (others,).  平均时间之差。

    ``status``: estimated; no_events or beyond_follow_up, where either mean is (see
    :class:`~.survival.RestrictedMeans`), with NaN.
    """

    horizon: float
    reference: int
    groups: tuple[int, ...]  # the others
    difference: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    p_value: Floats  # of no difference, from the same normal distribution as the limits
    status: tuple[str, ...]


def restricted_mean_difference(
    km: KaplanMeier, horizon: float, *, reference: int | None = None
) -> RestrictedMeanDifference:
    """Return the months gained within a horizon: each group's restricted mean less that of the reference.

    限定期限内各组与参照组平均无事件时间之差。

    ``reference`` is the code of a group, the first where None. Groups are independent samples: SE^2 is the sum of both.

    Raises ValueError for a reference that is no group, or a horizon before the start.

    >>> from suzhou_antidrug.indicators.relapse.survival import kaplan_meier
    >>> km = kaplan_meier(None, [1, 2, 3, 4, 2, 3, 4, 4], [1, 1, 1, 0, 1, 1, 1, 0], group=[0, 0, 0, 0, 1, 1, 1, 1])
    >>> found = restricted_mean_difference(km, 4)
    >>> found.difference.tolist(), found.status
    ([0.75], ('estimated',))
    """
    from scipy.special import ndtr

    base = km.groups[0] if reference is None else reference
    if base not in km.groups:
        raise ValueError(f"reference {base} is not one of the groups {km.groups}")
    means, at = restricted_mean(km, horizon), km.groups.index(base)
    others = [i for i in range(len(km.groups)) if i != at]
    difference = means.mean[others] - means.mean[at]
    error = np.hypot(means.standard_error[others], means.standard_error[at])
    half = normal_quantile(km.level) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * ndtr(-np.abs(difference) / error)
    status = tuple(means.status[at] if means.status[i] == "estimated" else means.status[i] for i in others)
    return RestrictedMeanDifference(
        horizon, base, tuple(km.groups[i] for i in others), difference, error, difference - half, difference + half,
        p_value, status,
    )  # fmt: skip
