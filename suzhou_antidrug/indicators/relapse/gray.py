"""Gray's test: do the shares that relapse differ between groups, where people also leave for other reasons.

格雷检验：存在竞争结局时，各组复吸的累计比例是否不同。

Formulas
--------
In group k, with F_k the incidence of the cause, S_k the share without any event and Y_k the number at risk,
h_k = Y_k / S_k(t-) and R_k = h_k (1 - F_k(t-)) estimate who would be at risk had those lost to other causes stayed. The
score of group i sums dN_i - dN R_i / sum of R (weight rho = 0). Under equal incidences, with
dF = dN / sum of h, a_ik = h_k (1[i = k] - h_i / sum of h), c_ik(t) = sum of a_ik dF / (1 - F(-)) and
g_k(u) = (1 - F(u)) / S_k(u), an event of the cause in group k at u moves the score of i by
a_ik(u) + (1 - g_k(u)) (c_ik(end) - c_ik(u)) and another event by -g_k(u) (c_ik(end) - c_ik(u)), each times S_k(u-) / Y_k.
The variance sums the squares of these, with the hypergeometric correction for ties.

Source: Gray, Annals of Statistics 16 (1988) 1141.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compare_groups import GroupTest, Scores, group_test, strata_codes
from .risk_sets import Seam, checked, number_at_risk

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .risk_sets import Bools, Floats, Ints


def gray_test(
    exit: ArrayLike, event: ArrayLike, group: ArrayLike, *, strata: ArrayLike | None = None, cause: int = 1
) -> GroupTest:
    """Return Gray's test that the cumulative incidences of ``cause`` are equal in all groups.

    格雷检验：各组 cause 的累计发生率是否相同。

    Everybody is at risk from 0: with delayed entry the test is not defined here. Without an event of the cause, and
    below ten, there is a status and no p-value. Of a published run of R's cmprsk on 177
    transplants it gives back the statistics to 0.05 % (tests).

    Parameters
    ----------
    exit, event, group, strata : array (n,)
        ``event`` 0 censored, ``cause`` the event compared, every other code a competing event.

    Raises
    ------
    SeriesError
        Times not above 0, codes that are no whole numbers from 0.

    Examples
    --------
    >>> time, group = np.arange(1, 25), np.repeat([0, 1], 12)
    >>> found = gray_test(time, np.tile([1, 2, 1, 0], 6), group)
    >>> found.observed.tolist(), found.degrees, found.status
    ([6, 6], 1, 'tested')
    """
    seam = checked(None, exit, event, group)
    return group_test("Gray", seam, strata_codes(strata, np.ones(len(seam), dtype=bool)), cause, _gray_scores)


def _gray_scores(seam: Seam, group: Ints, size: int, cause: int) -> Scores:
    happened = seam.event > 0
    time = np.unique(seam.exit[happened])
    if not (seam.event == cause).any():
        return Scores(np.zeros(size), np.zeros(size), np.zeros((size, size)))
    own, other, at_risk = (np.zeros((len(time), size)) for _ in range(3))
    place = np.searchsorted(time, seam.exit)
    for k in range(size):
        mine = group == k
        at_risk[:, k] = number_at_risk(seam.entry[mine], seam.exit[mine], time)
        for counts, hit in ((own, seam.event == cause), (other, happened & (seam.event != cause))):
            counts[:, k] = np.bincount(place[mine & hit], minlength=len(time))
    present = at_risk > 0
    n = np.maximum(at_risk, 1)
    survival: Floats = np.cumprod((n - own - other) / n, axis=0).astype(float)
    before: Floats = np.concatenate([np.ones((1, size)), survival[:-1]]).astype(float)
    incidence = np.cumsum(before * own / n, axis=0)
    incidence_before = np.concatenate([np.zeros((1, size)), incidence[:-1]])
    weight: Floats = np.divide(at_risk, before, out=np.zeros_like(at_risk), where=present)  # h
    risk = weight * (1 - incidence_before)  # R
    events = own.sum(axis=1)
    expected = events[:, None] * risk / risk.sum(axis=1, keepdims=True)
    variance = _null_variance(own, other, n, before, survival, weight, present)
    return Scores(expected.sum(axis=0), (own - expected).sum(axis=0), variance)


def _null_variance(
    own: Floats, other: Floats, n: Floats, before: Floats, survival: Floats, weight: Floats, present: Bools
) -> Floats:
    """Return the covariance of the scores; arrays are (times, groups), in the names of the module's formulas."""
    size = n.shape[1]
    events, total = own.sum(axis=1), weight.sum(axis=1)
    step = events / total
    pooled = np.cumsum(step)
    pooled_before = np.concatenate([[0.0], pooled[:-1]])
    drift = np.divide(step, 1 - pooled_before, out=np.zeros_like(step), where=pooled_before < 1)
    variance = np.zeros((size, size))
    for k in range(size):
        a = -weight * (weight[:, k] / total)[:, None]
        a[:, k] += weight[:, k]
        c = np.cumsum(a * drift[:, None], axis=0)
        ahead = c[-1] - c
        alive = survival[:, k] > 0
        gone = np.divide(1 - pooled, survival[:, k], out=np.zeros(len(n)), where=alive)  # g
        # Events of the cause follow the pooled rate, as equal incidences demand; other events each group's own.
        here = before[:, k] * total
        ties = np.where(events > 1, 1 - (events - 1) / np.where(here > 1, here - 1, np.inf), 1.0)
        size_own = np.where(present[:, k], ties * before[:, k] * step / n[:, k], 0.0)
        ties = 1 - (other[:, k] - 1) / np.maximum(n[:, k] - 1, 1)
        size_other = np.where(alive & (other[:, k] > 0), ties * before[:, k] ** 2 * other[:, k] / n[:, k] ** 2, 0.0)
        moved_own, moved_other = a + (1 - gone)[:, None] * ahead, gone[:, None] * ahead
        variance += (moved_own * size_own[:, None]).T @ moved_own + (moved_other * size_other[:, None]).T @ moved_other
    return variance
