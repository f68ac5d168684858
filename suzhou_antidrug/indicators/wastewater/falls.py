"""The probability that a load fell by at least a share, and the verdict on it.

负荷降幅不小于某一比例的概率，以及由此得出的评判。

Let b be the log mean of the base and l_k that of target period k, with variances phi v_b and phi v_k, where v is what the
noise model gives the design and phi says how much noisier or quieter this site is than the typical one. phi is learned
from the scatter between rounds and shrunk towards 1 with the degrees of freedom by which sites differ (Smyth 2004):
``phi = (d0 + S / e) / (d0 + d)``, S the sum of squares of log round means on d degrees, e the variance of one round. Given
the data, with a flat prior on both levels, ``l_k - b`` has a t distribution with d0 + d degrees of freedom, centred at
the log ratio of the means plus half the difference of their variances (means of few lognormal rounds run low on the log).

A fall by c in every one of K consecutive periods, whose comparisons share one base, has
``P = E_g E_z prod_k Phi(((log(1 - c) + b - l_k) sqrt(g) + s_b z) / s_k)``, g ~ chi2(nu) / nu, z ~ N(0, 1); for K = 2 the inner
part is a bivariate normal with correlation s_b^2 / sqrt((s_b^2 + s_1^2)(s_b^2 + s_2^2)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NODES_BASE = 24  # Gauss-Legendre over the angle of the correlation that the shared base makes
NODES_SCALE = 16  # generalised Gauss-Laguerre over the scale; together within 1e-4 of the exact t (tested)
NODES_MANY = 80  # Gauss-Hermite over the base, for three periods or more
NEARLY_NORMAL = 300.0  # degrees of freedom above which Laguerre weights overflow; a normal is within 1e-3 of the t
MANY = 1e6  # degrees of freedom from which a single period is a normal
BISECTIONS = 26  # halvings of a span of 10 on the log scale: to 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Log ratios of target periods over their base, with what is known of their spread.  对数比及其不确定性。

    ``log_ratio`` and ``own_variance`` have shape (rows, periods), ``base_variance`` and ``degrees`` (rows,); variances
    already carry phi.
    """

    log_ratio: Floats
    own_variance: Floats
    base_variance: Floats
    degrees: Floats

    def __len__(self) -> int:
        return len(self.degrees)

    def rows(self, wanted: NDArray[np.bool_] | NDArray[np.intp]) -> Evidence:
        """The evidence of some rows."""
        return Evidence(
            self.log_ratio[wanted], self.own_variance[wanted], self.base_variance[wanted], self.degrees[wanted]
        )


def moderated_scale(squares: Floats, degrees: Floats, expected: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """Return how much noisier a site is than the noise model says, and on how many degrees of freedom that rests.

    某站相对于波动模型的倍数及其自由度。

    ``phi = (d0 + S / e) / (d0 + d)`` on d0 + d degrees; with an infinite prior the model itself, 1.

    >>> phi, nu = moderated_scale(np.array([0.3]), np.array([3.0]), np.array([0.05]), np.array([4.0]))
    >>> round(float(phi[0]), 4), float(nu[0])
    (1.4286, 7.0)
    """
    sure = np.isinf(prior)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.where((degrees > 0) & (expected > 0), squares / expected, 0.0)
        phi = np.where(sure, 1.0, (np.where(sure, 0.0, prior) + own) / np.where(sure, 1.0, prior + degrees))
    return phi, np.where(sure, np.inf, prior + degrees)


def probability_of_falls(evidence: Evidence, fall: ArrayLike) -> Floats:
    """Return P(the load fell by at least ``fall`` in every target period), shape (rows,).

    每个目标期降幅都不小于 fall 的概率。

    With one period this is a t distribution, exactly; with several the integral in the head of this module, by quadrature.
    ``fall`` is one number or one a row. A ratio of infinity (nothing in the base) never is a fall, one of 0 always.

    >>> one = Evidence(np.array([[-0.5]]), np.array([[0.02]]), np.array([0.02]), np.array([10.0]))
    >>> round(float(probability_of_falls(one, 0.2)[0]), 4)
    0.9018
    """
    from scipy.special import ndtr, stdtr

    edge = np.log1p(-np.broadcast_to(np.asarray(fall, dtype=float), (len(evidence),)))
    if evidence.log_ratio.shape[1] == 1:
        spread = np.sqrt(evidence.own_variance[:, 0] + evidence.base_variance)
        z = _standardised(edge - evidence.log_ratio[:, 0], spread)
        probability: Floats = np.where(evidence.degrees < MANY, stdtr(np.minimum(evidence.degrees, MANY), z), ndtr(z))
        return probability
    out = np.full(len(evidence), np.nan)
    for nu in np.unique(evidence.degrees):
        here = evidence.degrees == nu
        out[here] = _in_all(evidence.rows(here), edge[here], float(nu))
    return out


def weakest_period(evidence: Evidence, fall: ArrayLike) -> Floats:
    """Return the smallest P(fall of at least ``fall``) of any one target period.  各目标期中最小的概率。"""
    single = [
        Evidence(evidence.log_ratio[:, [k]], evidence.own_variance[:, [k]], evidence.base_variance, evidence.degrees)
        for k in range(evidence.log_ratio.shape[1])
    ]
    weakest: Floats = np.min([probability_of_falls(one, fall) for one in single], axis=0)
    return weakest


def judge_falls(probability: Floats, weakest: Floats, evidence: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where a fall is met and where it is not met; elsewhere the evidence is insufficient.  评判。

    Met: P(fall in every period) reaches ``evidence``. Not met: one period by itself is shown to have failed, its P at
    most 1 - ``evidence``; the chance of all periods together is small too often where each is merely uncertain.
    """
    return probability >= evidence, weakest <= 1 - evidence + 1e-9


def _standardised(x: Floats, spread: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isinf(x), x, x / spread)


@cache
def _scale_nodes(nu: float) -> tuple[Floats, Floats]:
    """Return nodes and weights of sqrt(g), g ~ chi2(nu) / nu; one node of 1 for a normal."""
    from scipy.special import roots_genlaguerre

    if nu >= NEARLY_NORMAL:
        return np.ones(1), np.ones(1)
    g, weights = roots_genlaguerre(NODES_SCALE, nu / 2 - 1)
    return np.sqrt(2 * g / nu), weights / weights.sum()


def _in_all(evidence: Evidence, edge: Floats, nu: float) -> Floats:
    """Return P(all periods), mixing over the scale what a normal gives."""
    root_g, weights = _scale_nodes(nu)
    apart = edge[:, None] - evidence.log_ratio  # (rows, periods)
    normal = _two_periods if apart.shape[1] == 2 else _many_periods
    total = np.zeros(len(evidence))
    for scale, weight in zip(root_g, weights, strict=True):
        total += weight * normal(apart * scale, evidence.own_variance, evidence.base_variance)
    return np.minimum(total, weakest_period(evidence, -np.expm1(edge)))  # what must hold whatever the quadrature


def _two_periods(apart: Floats, own: Floats, base: Floats) -> Floats:
    """Return the bivariate normal probability; the shared base is the correlation (Drezner and Wesolowsky 1990)."""
    from scipy.special import ndtr

    spread = np.sqrt(own + base[:, None])
    h, k = (_standardised(apart[:, j], spread[:, j]) for j in (0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):  # a row without data stays missing
        low = np.arcsin(base / spread[:, 0] / spread[:, 1])[:, None] / 2
    node, weight = np.polynomial.legendre.leggauss(NODES_BASE)
    angle = low * (1 + node)
    a, b = np.clip(h, -1e3, 1e3)[:, None], np.clip(k, -1e3, 1e3)[:, None]
    exponent = -(a**2 + b**2 - 2 * a * b * np.sin(angle)) / (2 * np.cos(angle) ** 2)
    probability: Floats = ndtr(h) * ndtr(k) + (np.exp(exponent) @ weight) * low[:, 0] / (2 * np.pi)
    return probability


def _many_periods(apart: Floats, own: Floats, base: Floats) -> Floats:
    """Return the probability of three or more periods by quadrature over the shared base."""
    from scipy.special import ndtr, roots_hermitenorm

    z, weights = roots_hermitenorm(NODES_MANY)
    shared = np.sqrt(base)[:, None] * z
    inside = np.ones_like(shared)
    for k in range(apart.shape[1]):
        inside *= ndtr(_standardised(apart[:, [k]] + shared, np.sqrt(own[:, [k]])))
    return np.asarray(inside @ (weights / weights.sum()))


def largest_fall(evidence: Evidence, level: float) -> Floats:
    """Return the largest fall for which P(fall in every period) reaches ``level``; negative where none does.

    使概率达到 level 的最大降幅（翻转点）；为负则连“不升”也达不到。

    >>> one = Evidence(np.array([[-0.5]]), np.array([[0.02]]), np.array([0.02]), np.array([10.0]))
    >>> round(float(largest_fall(one, 0.9)[0]), 3)
    0.202
    """
    from scipy.special import ndtri, stdtrit

    if evidence.log_ratio.shape[1] == 1:
        spread = np.sqrt(evidence.own_variance[:, 0] + evidence.base_variance)
        t = np.where(evidence.degrees < MANY, stdtrit(np.minimum(evidence.degrees, MANY), level), ndtri(level))
        exact: Floats = -np.expm1(evidence.log_ratio[:, 0] + t * spread)
        return exact
    worst = evidence.log_ratio.max(axis=1)
    low, high = worst - 5.0, worst + 5.0  # P rises with log(1 - c): search where it passes the level
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        with np.errstate(over="ignore"):
            reached = probability_of_falls(evidence, -np.expm1(middle)) >= level
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    largest: Floats = -np.expm1(high)
    return largest


def ratio_interval(evidence: Evidence, level: float) -> tuple[Floats, Floats]:
    """Return the interval of the ratio in the last period, two-sided at ``level``.  末期比值的区间。"""
    from scipy.special import ndtri, stdtrit

    spread = np.sqrt(evidence.own_variance[:, -1] + evidence.base_variance)
    tail = (1 + level) / 2
    t = np.where(evidence.degrees < MANY, stdtrit(np.minimum(evidence.degrees, MANY), tail), ndtri(tail))
    return np.exp(evidence.log_ratio[:, -1] - t * spread), np.exp(evidence.log_ratio[:, -1] + t * spread)
