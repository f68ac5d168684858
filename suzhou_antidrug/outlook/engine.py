"""The forecaster: a grid of small state-space models, weighed by what was learned from other series.

预测引擎：一组小型状态空间模型，按从其他序列学到的先验加权。

Every series is filtered by every atom of the grid at once (:mod:`suzhou_antidrug.outlook.priors` says what an atom is);
known noise of the values enters the filter (:mod:`suzhou_antidrug.outlook.scale`). The likelihood uses Student t errors
with 5 degrees of freedom, so that a single shock does not decide; it is tempered, because a grid is never quite right.
The forecast is the mixture over atoms of Student t paths with 10 degrees of freedom, pooled with a plain driftless random
walk, which costs little on series like those learned from and protects on others. Series of one group lend each other
drift and scale and share a common shock (:mod:`suzhou_antidrug.outlook.siblings`).

Sources: damped local trend, Gardner and McKenzie, Management Science 31 (1985) 1237; Kalman filter, Harvey, Forecasting,
Structural Time Series Models and the Kalman Filter, 1989; linear pools, Genest and Zidek, Statistical Science 1 (1986) 114.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..terms import Text
from .priors import Prior, load_prior
from .row_generators import Draws, RowGenerators
from .scale import Scaled, from_scale, to_scale
from .series import Block, check_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Single = NDArray[np.float32]
    Floats = NDArray[np.float64]

METHOD = "learned mixture of damped state-space models, pooled with a random walk"
METHOD_TEXT = Text("由大量短序列学到先验的阻尼状态空间混合模型，并与随机游走合并", METHOD)
PATH_DF = 10  # degrees of freedom of the paths
NARROWER = 0.93  # of their scale: a t of unit scale is wider than the normal the filter speaks of
POOL = 0.1  # share of the plain random walk
WALK_MEDIAN, WALK_SPREAD, WALK_TEMPER = 0.12, 1.2, 0.7  # its prior over steps, lognormal, and how much data count
CLIPPED_CHANGE = 1.5  # log changes beyond are told from each other no more
PER_ATOM = 8  # draws that share one atom: fewer atoms to follow, the same mixture
CHUNK = 64  # series filtered at a time, so that the grid stays in the processor's cache
THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """What the filter knows at the end of each series, arrays (series, atoms).  滤波终态。"""

    level: Single
    drift: Single
    p_level: Single
    p_cross: Single
    p_drift: Single

    def take(self, index: NDArray[np.intp]) -> States:
        """Return the states of chosen atoms, ``index`` (series, chosen)."""
        rows = np.arange(len(index))[:, None]
        return States(*(getattr(self, f)[rows, index] for f in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """One chunk of series through the grid.  一批序列的滤波结果。"""

    likelihood: Single  # (series, atoms), Student t(5)
    states: States


def parameters(atoms: Single) -> tuple[Any, ...]:
    """Return step, level noise, value noise, drift variance, damping, drift per step of atoms.  模型参数。"""
    step, share, drift, damping, mean = (atoms[..., j] for j in range(5))
    level_noise = (1 - share) * step**2
    value_noise = share * step**2 / 2
    drift_variance = (drift * step) ** 2
    return step, level_noise, value_noise, drift_variance, damping, mean * step


def kalman(z: Floats, noise: Floats, atoms: Single) -> Filtered:
    """Filter every series by every atom at once.  对全部序列与全部模型同时滤波。

    ``z`` and ``noise`` have shape (series, time), NaN for gaps and before the start; the first value starts the level and
    does not enter the likelihood; over a gap only the variance grows.
    """
    _, q, r, dv, damping, drift_mean = parameters(atoms)
    drift_noise, back = dv * (1 - damping**2), (1 - damping) * drift_mean
    shape = (len(z), len(atoms))
    level, p, c, likelihood = (np.zeros(shape, np.float32) for _ in range(4))
    drift = np.broadcast_to(drift_mean, shape).astype(np.float32)
    u = np.broadcast_to(dv, shape).astype(np.float32)
    seen, started = np.isfinite(z), np.zeros(len(z), dtype=bool)
    value = np.nan_to_num(z).astype(np.float32)
    known = np.nan_to_num(noise).astype(np.float32)
    for t in range(z.shape[1]):
        old = np.flatnonzero(started)
        if len(old):
            x = slice(None) if len(old) == len(z) else old
            a = level[x] + drift[x]
            pa, pc, pu = p[x] + 2 * c[x] + u[x] + q, (c[x] + u[x]) * damping, u[x] * damping**2 + drift_noise
            b = drift[x] * damping + back
            total = pa + r + known[x, t][:, None]
            here = seen[x, t][:, None]
            error = np.where(here, value[x, t][:, None] - a, 0.0)
            # Student t(5): -log density = 3 log(1 + e^2 / 5 S) + log(S) / 2, constants dropped.
            surprise = 3 * np.log1p(error * error / (5 * total)) + 0.5 * np.log(total)
            likelihood[x] -= np.where(here, surprise, 0.0)
            gain = np.where(here, 1 / total, 0.0)
            level[x], drift[x] = a + pa * gain * error, b + pc * gain * error
            p[x], c[x], u[x] = pa - pa * gain * pa, pc - pa * gain * pc, pu - pc * gain * pc
        new = seen[:, t] & ~started
        if new.any():
            level[new] = value[new, t][:, None]
            p[new] = r + known[new, t][:, None]
            started |= new
    return Filtered(likelihood, States(level, drift, p, c, u))


def features(z: Floats) -> Single:
    """Return how volatile each series is, and how unusual its last and its largest change are.  序列特征。"""
    change = np.clip(np.diff(z, axis=1), -CLIPPED_CHANGE, CLIPPED_CHANGE)
    seen = np.isfinite(change)
    count = np.maximum(seen.sum(axis=1), 1)
    change = np.where(seen, change, 0.0)
    volatility = np.sqrt((change**2).sum(axis=1) / count + 1e-5)
    last = np.abs(change[:, -1]) / volatility
    largest = np.abs(change).max(axis=1) / volatility / np.sqrt(count)
    # Centred near the middle of the series learned from.
    return np.stack([np.log(volatility) + 2.3, last - 1, 3 * (largest - 0.6)], axis=1).astype(np.float32)


def softmax(logits: Single) -> Single:
    """Return weights from logits, rows sum to one.  归一化权重。"""
    weight = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Single = weight / weight.sum(axis=1, keepdims=True)
    return shares


def atom_logits(z: Floats, counts: NDArray[np.int64], likelihood: Single, prior: Prior) -> Single:
    """Return the log weight of every atom for every series, up to a constant.  各模型的对数权重。"""
    relative = likelihood - likelihood.max(axis=1, keepdims=True)
    logits: Single = prior_logits(z, prior) + prior.temper_of(counts)[:, None] * relative
    return logits


def prior_logits(z: Floats, prior: Prior) -> Single:
    """Return the same before the likelihood: by the prior and what the series looks like.  似然之前的对数权重。"""
    logits: Single = prior.log_prior + features(z) @ prior.tilt
    return logits


def atom_weights(z: Floats, counts: NDArray[np.int64], likelihood: Single, prior: Prior, pool: float = POOL) -> Single:
    """Return the weight of every atom for every series, the random walk's share included.  各模型的权重。"""
    logits = atom_logits(z, counts, likelihood, prior)
    return (1 - pool) * softmax(logits) + pool * random_walk_weights(likelihood, prior.atoms)


def random_walk_weights(likelihood: Single, atoms: Single) -> Single:
    """Return weights of the atoms that are plain random walks, their step by a wide prior.  随机游走的权重。"""
    plain = (atoms[:, 1] == 0) & (atoms[:, 2] == 0)
    log_prior = np.where(plain, -0.5 * (np.log(atoms[:, 0] / WALK_MEDIAN) / WALK_SPREAD) ** 2, -np.inf)
    return softmax(WALK_TEMPER * likelihood + log_prior.astype(np.float32))


def path_moments(states: States, atoms: Single, horizon: int, extra: Single) -> tuple[Single, Single]:
    """Return mean (horizon, series, chosen) and covariance (horizon, horizon, series, chosen) of reported values.

    路径的均值与协方差。``atoms`` has shape (series, chosen, 5); ``extra`` is the known noise of a future value.
    """
    _, q, r, dv, damping, drift_mean = parameters(atoms)
    drift_noise, back = dv * (1 - damping**2), (1 - damping) * drift_mean
    level, drift, p, c, u = states.level, states.drift, states.p_level, states.p_cross, states.p_drift
    means, covariance = [], np.empty((horizon, horizon, *level.shape), np.float32)
    cross: list[tuple[Single, Single]] = []
    for h in range(horizon):
        level, drift = level + drift, drift * damping + back
        p, c, u = p + 2 * c + u + q, (c + u) * damping, u * damping**2 + drift_noise
        cross = [(a + b, b * damping) for a, b in cross]  # of an earlier level with this level and this drift
        for g, (a, _) in enumerate(cross):
            covariance[g, h] = covariance[h, g] = a
        cross.append((p, c))
        covariance[h, h] = p + r + extra[:, None]
        means.append(level)
    return np.stack(means), covariance


@cache
def _t_table(size: int) -> Single:
    """Return 125 low-discrepancy orders of the quantiles of the paths' Student t, shape (125, size)."""
    from scipy.special import stdtrit

    quantile = (NARROWER * stdtrit(PATH_DF, (np.arange(size) + 0.5) / size)).astype(np.float32)
    place = np.argsort(np.argsort((np.arange(size) * 0.6180339887498949) % 1))
    starts = np.linspace(0, size, 125, endpoint=False).astype(int)
    return np.stack([quantile[(place + start) % size] for start in starts])


@cache
def _orders(size: int) -> NDArray[np.int32]:
    """Return 256 fixed permutations, so that draws carry no order of their own."""
    return np.random.default_rng(20).permuted(np.tile(np.arange(size, dtype=np.int32), (256, 1)), axis=1)


def _choose_atoms(weights: Single, key: Single, chosen: int, rng: Draws) -> NDArray[np.intp]:
    """Draw atoms systematically, sorted by where they lead: neighbours alike, so little error of simulation."""
    order = np.argsort(key, axis=1)
    total = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1, dtype=np.float64)
    total /= total[:, -1:]
    rows = np.arange(len(weights))[:, None]
    at = (np.arange(chosen)[None, :] + rng.random((len(weights), 1))) / chosen
    index = np.searchsorted((total + rows).ravel(), (at + rows).ravel()).reshape(len(weights), chosen)
    return np.take_along_axis(order, np.clip(index - rows * weights.shape[1], 0, weights.shape[1] - 1), axis=1)


def draw_paths(
    filtered: Filtered,
    weights: Single,
    atoms: Single,
    *,
    draws: int,
    horizon: int,
    extra: Floats,
    rng: Draws,
    shift: Single | None = None,
    shift_path: Single | None = None,
    scale: Single | None = None,
) -> Single:
    """Return paths (series, draws, horizon) on the scale; the last step is stratified.  抽取路径。

    ``shift`` (series, atoms) is a drift taken from siblings, along ``shift_path`` (horizon,); ``scale`` (series,)
    multiplies the spread.
    """
    number = len(weights)
    chosen = -(-draws // PER_ATOM)
    key = filtered.states.level + filtered.states.drift * np.float32(0.8 * horizon)
    if shift is not None:
        key = key + shift * np.float32(0.8 * horizon)
    index = _choose_atoms(weights, (key - key.mean(axis=1, keepdims=True)) / atoms[:, 0], chosen, rng)
    means, covariance = path_moments(filtered.states.take(index), atoms[index], horizon, extra.astype(np.float32))
    if shift is not None and shift_path is not None:
        means = means + np.take_along_axis(shift, index, axis=1)[None] * shift_path[:, None, None]
    if scale is not None:
        covariance *= (scale**2)[None, None, :, None]
    size = chosen * PER_ATOM
    table = _t_table(size)
    first = table[rng.integers(0, len(table), number)].reshape(number, chosen, PER_ATOM)
    out = np.empty((number, chosen, PER_ATOM, horizon), np.float32)
    shocks = [first]
    steps = [horizon - 1, *range(horizon - 1)]  # the last step first, so that it takes the stratified numbers
    root = _cholesky(covariance, steps)
    for a, step in enumerate(steps):
        if a:
            shocks.append(table[0][rng.integers(0, size, (number, chosen, PER_ATOM), dtype=np.uint32)])
        path = means[step][:, :, None] + root[a, 0][:, :, None] * shocks[0]
        for b in range(1, a + 1):
            path += root[a, b][:, :, None] * shocks[b]
        out[..., step] = path
    order = _orders(size)[rng.integers(0, 256, number)] + rng.integers(0, size, (number, 1), dtype=np.int32)
    flat = out.reshape(number, size, horizon)
    return np.take_along_axis(flat, (order % size)[:, :draws, None], axis=1)


def _cholesky(covariance: Single, steps: list[int]) -> dict[tuple[int, int], Single]:
    root: dict[tuple[int, int], Single] = {}
    for a, i in enumerate(steps):
        for b in range(a + 1):
            rest = covariance[i, steps[b]] - sum(root[a, m] * root[b, m] for m in range(b))
            root[a, b] = np.sqrt(np.maximum(rest, 1e-12)) if a == b else rest / root[b, b]
    return root


def simulate(
    block: Block,
    horizon: int,
    *,
    draws: int,
    rng: np.random.Generator | Sequence[np.random.Generator],
    prior: Prior | None = None,
) -> Floats:
    """Return predictive draws (series, draws, horizon) of the values that will be reported.  预测抽样路径。

    Draws are paths: step h continues step h - 1 of the same draw. Series of one group (``block.group``) share drift,
    scale and a common shock; draw i of one is then draw i of the other. The same generator gives the same draws on any
    number of processors. With a sequence of generators, one a series, series without a group draw each from its own:
    beside others of its length a series gets the numbers that it gets alone. ``prior`` is the bundled one unless given.
    """
    from .siblings import simulate_siblings

    check_scale(block)
    scaled, prior = to_scale(block), prior or load_prior()
    one = rng if isinstance(rng, np.random.Generator) else None
    values = np.empty((len(block), draws, horizon))
    alone = np.ones(len(block), dtype=bool)
    if block.group is not None:
        _, inverse, size = np.unique(block.group, return_inverse=True, return_counts=True)
        alone = size[inverse] < 2
        together = np.flatnonzero(~alone)
        if len(together):
            assert one is not None, "series of one group draw from one generator"
            paths = simulate_siblings(scaled, block.group, together, horizon, draws, prior, one)
            values[together] = from_scale(block.kind, scaled.take(together), paths, one)
    rows = np.flatnonzero(alone)
    chunks = [rows[i : i + CHUNK] for i in range(0, len(rows), CHUNK)]

    def work(chosen: NDArray[np.intp], own: Draws) -> None:
        part = scaled.take(chosen)
        paths = _simulate_alone(part, horizon, draws, prior, own)
        if len(rows) == len(block):  # the chunk is a slice: written in place
            from_scale(block.kind, part, paths, own, out=values[chosen[0] : chosen[-1] + 1])
        else:
            values[chosen] = from_scale(block.kind, part, paths, own)

    own: Sequence[Draws]
    if isinstance(rng, np.random.Generator):
        own = rng.spawn(len(chunks))
    else:
        own = [RowGenerators([rng[i] for i in chosen]).spawn_each() for chosen in chunks]
    in_threads(work, list(zip(chunks, own, strict=True)))
    return values


def in_threads(work: Callable[..., None], jobs: list[tuple[Any, ...]]) -> None:
    """Do jobs on two threads; each has a generator of its own, so the answer is the same on one.  分线程计算。"""
    if len(jobs) < 2:
        for job in jobs:
            work(*job)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, *job) for job in jobs]:
            done.result()


def trimmed(scaled: Scaled) -> tuple[Floats, Floats]:
    """Return z and noise without the columns that no series uses.  去掉空列。"""
    first = int(np.argmax(np.isfinite(scaled.z).any(axis=0)))
    return scaled.z[:, first:], scaled.noise[:, first:]


def _simulate_alone(scaled: Scaled, horizon: int, draws: int, prior: Prior, rng: Draws) -> Single:
    z, noise = trimmed(scaled)
    filtered = kalman(z, noise, prior.atoms)
    weights = atom_weights(z, scaled.counts, filtered.likelihood, prior)
    return draw_paths(filtered, weights, prior.atoms, draws=draws, horizon=horizon, extra=scaled.extra_noise, rng=rng)
