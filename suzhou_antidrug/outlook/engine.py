"""The forecaster: a random walk with heavy-tailed steps and known observation noise.

预测引擎：重尾随机游走，并计入已知的观测误差。

The level moves on the log scale (rates, counts, loads) or the logit scale (proportions), so that no draw is negative
and no proportion above one:

    z[t] = z[t-1] + sigma * e[t],   e ~ Student t with 5 degrees of freedom, scaled to variance one
    y[t] reported with known noise: Poisson for events, binomial for shares, a standard error where one is given

There is no trend: on thousands of real short series an extrapolated trend does worse than none. The size of the steps
is not a point estimate from a handful of values but integrated over a grid, with a prior for short yearly series
(:data:`PRIORS`) and the likelihood of a local-level Kalman filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..terms import Text
from .series import Block, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

METHOD = "random walk, t5 steps, step size integrated over a prior"
METHOD_TEXT = Text("随机游走，步长为 t5 分布，步长大小按先验积分，不外推趋势", METHOD + "; no trend is extrapolated")
TAIL_DF = 5.0
STEPS = np.geomspace(0.01, 2.0, 32)  # sigma per step, on the log or logit scale
# Half an event added to counts keeps a zero on the log scale (Anscombe's continuity choice).
HALF = 0.5
LARGEST = 1e15  # a draw beyond this is a number no report can hold
TINY = 1e-300  # below it a logarithm would be infinite
SMALLEST_SHARE = 1e-4  # a share of 0 or 1 without a known denominator is read as known to this


@dataclass(frozen=True, slots=True)
class StepPrior:
    """A normal prior for the logarithm of sigma.  步长对数的正态先验。"""

    median: float
    spread: float  # standard deviation of log sigma


PRIORS: dict[Kind, StepPrior] = {
    "rate": StepPrior(0.15, 0.8),
    "count": StepPrior(0.15, 0.8),
    "proportion": StepPrior(0.15, 0.8),
    "load": StepPrior(0.35, 0.7),
}


def to_scale(block: Block) -> tuple[Floats, Floats]:
    """Return (z, noise variance) of a block on the scale of its kind.  变换到对数或逻辑斯蒂尺度。

    Shapes (series, time). By the delta method: Poisson events add 1 / (events + 1/2) to the variance of a log,
    a share of n adds 1 / (n p (1 - p)) to the variance of a logit, a standard error adds (se / y)^2.
    """
    y, k, n = block.values, block.events, block.exposure
    with np.errstate(divide="ignore", invalid="ignore"):
        if block.kind == "proportion":
            known = np.isfinite(k) & np.isfinite(n)
            share = np.where(known, (k + HALF) / (n + 2 * HALF), np.clip(y, SMALLEST_SHARE, 1 - SMALLEST_SHARE))
            z = np.log(share) - np.log1p(-share)
            noise = np.where(known, 1 / (share * (1 - share) * (n + 2 * HALF)), 0.0)
            noise = noise + (block.se / (share * (1 - share))) ** 2
        else:
            known = np.isfinite(k)
            # Half an event, in the unit of the value; without events, a floor below the smallest positive value.
            per_event = np.where(k > 0, y / k, np.nan)
            unit = np.where(np.isfinite(per_event), per_event, _unit(block)[:, None])
            positive = np.where(y > 0, y, np.nan)
            floor = HALF * np.nan_to_num(_row_minimum(positive), nan=1.0)
            shifted = np.where(known, y + HALF * unit, np.where(y > 0, y, floor))
            z = np.log(np.maximum(shifted, TINY))
            noise = np.where(known, 1 / (k + HALF), 0.0) + (block.se / shifted) ** 2
    return np.where(np.isfinite(y), z, np.nan), np.where(np.isfinite(y), noise, np.nan)


def _row_minimum(array: Floats) -> Floats:
    filled = np.where(np.isfinite(array), array, np.inf).min(axis=1, keepdims=True)
    return np.where(np.isfinite(filled), filled, np.nan)


def filter_levels(z: Floats, noise: Floats, steps: Floats) -> tuple[Floats, Floats, Floats]:
    """Run a local-level Kalman filter for every series and every step size at once.  局部水平卡尔曼滤波。

    ``z`` and ``noise`` have shape (series, time), ``steps`` shape (grid,); NaN in ``z`` is a gap, over which only the
    variance grows. Returns the last level's mean and variance and the log likelihood, each (series, grid). The first
    value starts the level, so it does not enter the likelihood.
    """
    number, width = z.shape
    q = steps[None, :] ** 2
    mean = np.zeros((number, len(steps)))
    variance = np.full((number, len(steps)), np.inf)
    likelihood = np.zeros((number, len(steps)))
    for t in range(width):
        seen = np.isfinite(z[:, t])[:, None]
        started = np.isfinite(variance)
        value, r = np.nan_to_num(z[:, t])[:, None], np.nan_to_num(noise[:, t])[:, None]
        predicted = variance + q
        total = predicted + r
        surprise = value - mean
        with np.errstate(invalid="ignore"):
            gain = np.where(started, predicted / total, 1.0)
            density = -0.5 * (np.log(2 * np.pi * total) + surprise**2 / total)
        likelihood += np.where(seen & started, density, 0.0)
        mean = np.where(seen, np.where(started, mean + gain * surprise, value), mean)
        variance = np.where(seen, np.where(started, gain * r, r), predicted)
    return mean, variance, likelihood


def step_weights(likelihood: Floats, prior: StepPrior, steps: Floats = STEPS) -> Floats:
    """Return the posterior weight of each step size, rows sum to one.  各步长的后验权重。"""
    log_prior = -0.5 * ((np.log(steps) - np.log(prior.median)) / prior.spread) ** 2
    weight = likelihood + log_prior[None, :]
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def choose(weights: Floats, uniform: Floats) -> NDArray[np.intp]:
    """Draw a grid index for each uniform number by its row's weights, shapes (series, grid), (series, draws).

    按权重抽取网格序号。
    """
    edges = np.cumsum(weights, axis=1)
    edges[:, -1] = 1.0
    number, grid = weights.shape
    # One sorted search over all rows: row i occupies the interval (i, i + 1].
    flat = (edges + np.arange(number)[:, None]).ravel()
    index = np.searchsorted(flat, (uniform + np.arange(number)[:, None]).ravel(), side="left")
    return np.minimum(index.reshape(uniform.shape) - np.arange(number)[:, None] * grid, grid - 1)


def _report(block: Block, paths: Floats, rng: np.random.Generator) -> Floats:
    """Turn level paths (series, draws, horizon) into values as they would be reported, noise included."""
    last_n = _last(block.exposure)[:, None, None]
    if block.kind == "proportion":
        share = 1 / (1 + np.exp(-np.clip(paths, -700, 700)))
        known = np.isfinite(last_n)
        size = np.where(known, np.round(last_n), 1).astype(np.int64)
        return np.where(known, rng.binomial(np.broadcast_to(size, share.shape), share) / size, share)
    level = np.exp(np.clip(paths, -700, np.log(LARGEST)))
    last_k, last_y = _last(block.events)[:, None, None], block.values[:, -1][:, None, None]
    counted = np.isfinite(last_k)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_event = np.where(counted & (last_k > 0), last_y / last_k, _unit(block)[:, None, None])
    expected = np.where(counted, level / per_event - HALF, 0.0)
    events = rng.poisson(np.clip(expected, 0.0, LARGEST))
    return np.where(counted, events * per_event, level)


def _unit(block: Block) -> Floats:
    """Return the value of one event for each series, for those whose last count is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(block.events > 0, block.values / block.events, np.nan)
        by_exposure = 1 / _last(block.exposure)
    filled = _row_minimum(ratio)[:, 0]
    filled = np.where(np.isfinite(filled), filled, by_exposure)
    return np.where(np.isfinite(filled), filled, 1.0)


def _last(grid: Floats) -> Floats:
    """Return the last finite value of each row, NaN for none."""
    seen = np.isfinite(grid)
    index = grid.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)
    return np.where(seen.any(axis=1), grid[np.arange(len(grid)), index], np.nan)


def simulate(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Return predictive draws (series, draws, horizon) of the values that will be reported.  预测抽样路径。

    Draws are paths: step h continues step h - 1 of the same draw.
    """
    z, noise = to_scale(block)
    mean, variance, likelihood = filter_levels(z, noise, STEPS)
    weights = step_weights(likelihood, PRIORS[block.kind])
    index = choose(weights, rng.random((len(block), draws)))
    rows = np.arange(len(block))[:, None]
    level = mean[rows, index] + np.sqrt(variance[rows, index]) * rng.standard_normal((len(block), draws))
    shocks = rng.standard_t(TAIL_DF, (len(block), draws, horizon)) * np.sqrt((TAIL_DF - 2) / TAIL_DF)
    paths = level[:, :, None] + np.cumsum(shocks * STEPS[index][:, :, None], axis=2)
    return _report(block, paths, rng)
