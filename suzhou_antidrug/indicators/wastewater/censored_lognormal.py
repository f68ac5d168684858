"""The lognormal of partly censored samples by maximum likelihood, for thousands of groups at once.

部分截尾样本的对数正态最大似然估计，可同时计算成千上万组。

With theta = 1 / sigma and gamma = mu / sigma a sample y = log(load) adds log(theta) - (theta y - gamma)^2 / 2 if
measured and log(Phi(theta b - gamma) - Phi(theta a - gamma)) if it lies in [a, b] (a = -inf below a limit with nothing
under it). In these parameters the log-likelihood is concave everywhere, so Newton's method with halved steps finds its
one maximum.

Sources: Olsen, Econometrica 46 (1978) 1211 (one limit); Burridge, JRSS B 43 (1981) 41 (intervals).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .order_statistics import group_totals

if TYPE_CHECKING:
    from .order_statistics import Booleans, Floats, Integers, Samples

MOST_STEPS = 100  # Newton needs about 8; values equal to seven digits, beside far limits, about 40
CLOSE = 1e-16  # squared distance to the maximum, in standard errors
ROUNDING = 1e-9  # relative: a fall of the log-likelihood this small is rounding (narrow intervals cancel digits)
LOG_ROOT_2_PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, slots=True, eq=False)
class LognormalFits:
    """Fitted lognormals, arrays of shape (groups,); NaN where the search did not end.  各组对数正态拟合。"""

    mean: Floats  # exp(mu + sigma^2 / 2)
    log_mean: Floats  # mu
    log_sd: Floats  # sigma
    se_log_mean: Floats  # of log(mean)
    information: Floats  # variance of log(mean) with nothing censored / the one achieved


def fit_lognormals(samples: Samples) -> LognormalFits:
    """Return the lognormal of each group by maximum likelihood.  各组对数正态的最大似然估计。

    Every group needs two distinct measured values above 0: then the maximum exists. Standard error of log(mean) =
    mu + sigma^2 / 2 by the delta method from the observed information, samples independent. With nothing censored its
    square is sigma^2 / n + sigma^4 / (2 n), which ``information`` relates to the one achieved (0-1].

    >>> import numpy as np
    >>> from suzhou_antidrug.indicators.wastewater.order_statistics import Samples
    >>> load = np.exp([0.0, 1.0, 2.0])
    >>> fit = fit_lognormals(Samples.of(load, load, [0, 0, 0]))
    >>> fit.log_mean.round(6).tolist(), fit.log_sd.round(6).tolist(), fit.information.round(6).tolist()
    ([1.0], [0.816497], [1.0])
    """
    n, code = samples.n, samples.group
    with np.errstate(all="ignore"):
        top = np.log(samples.high)
        centre = samples.total(np.where(samples.censored, 0.0, top)) / (n - samples.n_censored)
        # In units of the group's own spread, limits included, the search starts near its end.
        scale = np.sqrt(samples.total((top - centre[code]) ** 2) / n)
        likelihood = _Likelihood.of(samples, centre, scale)
        theta, gamma, curvature = _maximise(likelihood)
        mu, sigma = centre + scale * gamma / theta, scale / theta
        by_theta, by_gamma = -(scale * gamma + scale * sigma) / theta**2, sigma
        tt, tg, gg = curvature
        variance = (gg * by_theta**2 - 2 * tg * by_theta * by_gamma + tt * by_gamma**2) / (tt * gg - tg**2)
        uncensored = sigma**2 / n + sigma**4 / (2 * n)
        mean = np.exp(mu + sigma**2 / 2)
        return LognormalFits(
            mean=np.where(np.isfinite(mean), mean, np.nan),
            log_mean=mu,
            log_sd=sigma,
            se_log_mean=np.sqrt(variance),
            # At the maximum above 1, and off 1 with nothing censored, by rounding only.
            information=np.where(samples.n_censored == 0, 1.0, np.minimum(uncensored / variance, 1.0)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Likelihood:
    """The log-likelihood of groups: sums over the measured values, which have mean 0, and the ends of the others."""

    measured: Floats  # how many, shape (groups,)
    squares: Floats  # the sum of their squares
    a: Floats  # lower ends, shape (censored,)
    b: Floats
    code: Integers

    @classmethod
    def of(cls, samples: Samples, centre: Floats, scale: Floats) -> _Likelihood:
        def standard(x: Floats) -> Floats:
            return (np.log(x) - centre[samples.group]) / scale[samples.group]

        hidden, y = samples.censored, standard(samples.high)
        measured, squares = (samples.n - samples.n_censored).astype(float), samples.total(np.where(hidden, 0.0, y) ** 2)
        return cls(measured, squares, standard(samples.low)[hidden], y[hidden], samples.group[hidden])

    def keep(self, wanted: Booleans) -> _Likelihood:
        """The same for some of the groups, their codes closed up."""
        inside = wanted[self.code]
        code = (np.cumsum(wanted) - 1)[self.code[inside]]
        return _Likelihood(self.measured[wanted], self.squares[wanted], self.a[inside], self.b[inside], code)

    def at(self, theta: Floats, gamma: Floats) -> tuple[Floats, Floats, Floats]:
        """Value (groups,), gradient (2, groups), and negative Hessian (3, groups: theta theta, theta gamma, gamma gamma)."""
        m, squares = self.measured, self.squares
        value = m * np.log(theta) - (theta**2 * squares + gamma**2 * m) / 2

        def total(x: Floats) -> Floats:
            return group_totals(x, self.code, m.size)

        mass, ends = _interval(
            theta[self.code] * self.a - gamma[self.code], theta[self.code] * self.b - gamma[self.code]
        )
        (density_a, bend_a), (density_b, bend_b) = ends
        a = np.where(np.isfinite(self.a), self.a, 0.0)
        t, g = self.b * density_b - a * density_a, density_a - density_b
        return (
            value + total(mass),
            np.stack([m / theta - theta * squares + total(t), total(g) - gamma * m]),
            np.stack([
                m / theta**2 + squares + total(self.b**2 * bend_b - a**2 * bend_a + t**2),
                total(a * bend_a - self.b * bend_b + t * g),
                m + total(bend_b - bend_a + g**2),
            ]),
        )  # fmt: skip


_End = tuple["Floats", "Floats"]


def _interval(a: Floats, b: Floats) -> tuple[Floats, tuple[_End, _End]]:
    """Return log(Phi(b) - Phi(a)), and at both ends the density over that mass, phi / mass, and z phi / mass."""
    from scipy.special import log_ndtr

    mass = log_ndtr(b)
    open_below = np.isneginf(a)
    density_a, bend_a = np.zeros_like(a), np.zeros_like(a)
    closed = np.flatnonzero(~open_below)
    if closed.size:
        # Seen from the tail in which it lies, the mass of an interval does not cancel.
        left, right = a[closed], b[closed]
        turned = left > 0
        near, far = np.where(turned, -right, left), np.where(turned, -left, right)
        upper = log_ndtr(far)
        mass[closed] = upper + np.log(-np.expm1(log_ndtr(near) - upper))
        density_a[closed] = np.exp(-(left**2) / 2 - LOG_ROOT_2_PI - mass[closed])
        bend_a[closed] = left * density_a[closed]
    density_b = np.exp(-(b**2) / 2 - LOG_ROOT_2_PI - mass)
    return mass, ((density_a, bend_a), (density_b, b * density_b))


def _maximise(likelihood: _Likelihood) -> tuple[Floats, Floats, Floats]:
    """Return theta, gamma and the negative Hessian at the maximum; NaN where it was not reached."""
    groups = likelihood.measured.size
    found = np.full((5, groups), np.nan)
    active = np.arange(groups)
    point, step = np.stack([np.ones(groups), np.zeros(groups)]), np.zeros((2, groups))
    best = np.full(groups, -np.inf)
    for _ in range(MOST_STEPS):
        trial = point + step
        value, slope, curvature = likelihood.at(*trial)
        better = (trial[0] > 0) & (value >= best - ROUNDING * (1 + np.abs(best)))
        tt, tg, gg = curvature
        newton = np.stack([gg * slope[0] - tg * slope[1], tt * slope[1] - tg * slope[0]]) / (tt * gg - tg**2)
        # A trial that fell is taken again half as far; one that rose is the next point.
        point = np.where(better, trial, point)
        best = np.where(better, value, best)
        step = np.where(better, newton, step / 2)
        done = better & ((slope * newton).sum(axis=0) <= CLOSE)
        found[:2, active[done]], found[2:, active[done]] = point[:, done], curvature[:, done]
        if done.any():
            active, point, step, best = active[~done], point[:, ~done], step[:, ~done], best[~done]
            likelihood = likelihood.keep(~done)
        if not active.size:
            break
    return found[0], found[1], found[2:]
