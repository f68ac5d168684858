"""Series of one group together: siblings lend drift and scale, and a common shock ties their draws.

同组序列一起预测：共享趋势与波动，并以共同冲击把抽样联系起来。

Each series is filtered five times: as it stands, and with a half or the whole of its siblings' mean drift taken out, that of
the whole window and that of the recent years. The weights of these 5 x 432 atoms move with how many siblings there are, how
volatile they are, how clear their common drift is; with no siblings they are exactly those of a lone series. Draws of one
group are reordered so that their last steps share a Gaussian copula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .engine import (
    CHUNK,
    CLIPPED_CHANGE,
    POOL,
    Filtered,
    States,
    draw_paths,
    features,
    in_threads,
    kalman,
    random_walk_weights,
    softmax,
    trimmed,
)
from .priors import Prior
from .scale import Scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Single = NDArray[np.float32]
    Floats = NDArray[np.float64]

SHARES: tuple[tuple[str, float], ...] = (("mean", 0.0), ("mean", 0.5), ("mean", 1.0), ("recent", 0.5), ("recent", 1.0))
RECENT = 0.6  # weight of a change one step further back
COMMON = 0.25  # correlation of siblings' errors at the last step
TIGHTER = 0.06  # how much narrower siblings make the spread, times (m - 1) / (m + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Kin:
    """What a series' siblings tell, the series itself left out; arrays (series,).  同组其他序列的信息。"""

    mean: Floats  # their mean drift a step
    recent: Floats  # the same with the recent steps weighing more
    clearness: Floats  # |mean| over its standard error
    volatility: Floats  # log of theirs less log of one's own
    own: Floats  # log volatility of one's own, centred
    strength: Floats  # (m - 1) / (m + 1), 0 for a lone series

    def shift(self, kind: str, share: float) -> Floats:
        """Return the drift that is taken out before filtering and put back after."""
        return share * (self.mean if kind == "mean" else self.recent)


def read_kin(z: Floats, group: NDArray[np.int64]) -> Kin:
    """Return what siblings tell about each series, ``z`` (series, time) on one grid of time.  读取同组信息。"""
    change = np.clip(np.diff(z, axis=1), -CLIPPED_CHANGE, CLIPPED_CHANGE)
    seen = np.isfinite(change)
    change = np.where(seen, change, 0.0)
    variance = (change**2).sum(axis=1) / np.maximum(seen.sum(axis=1), 1) + 1e-5
    log_volatility = 0.5 * np.log(variance)
    out = {f: np.zeros(len(z)) for f in ("mean", "recent", "volatility", "strength")}
    clearness = np.ones(len(z))
    age = RECENT ** np.arange(change.shape[1] - 1, -1, -1)
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    for rows in np.split(order, cuts):
        m = len(rows)
        if m < 2:
            continue
        weight = (1 / (variance[rows] + np.median(variance[rows])))[:, None] * seen[rows]
        weighted = weight * change[rows]
        others = weight.sum(axis=0)[None] - weight
        total = weighted.sum(axis=0)[None] - weighted
        known = others > 1e-9
        common = np.where(known, total / np.maximum(others, 1e-9), 0.0)  # mean change of the siblings, step by step
        steps = np.maximum(known.sum(axis=1), 1)
        mean = common.sum(axis=1) / steps
        recency = age[None] * known
        spread = ((common - mean[:, None]) ** 2 * known).sum(axis=1) / steps
        spread += 0.1 * (common**2).sum(axis=1) / steps + 0.5 / np.maximum(others.max(axis=1), 1e-9)
        out["mean"][rows] = mean
        out["recent"][rows] = (common * recency).sum(axis=1) / np.maximum(recency.sum(axis=1), 1e-9)
        clearness[rows] = np.abs(mean) / np.sqrt(spread) * np.sqrt(steps)
        out["volatility"][rows] = (log_volatility[rows].sum() - log_volatility[rows]) / (m - 1) - log_volatility[rows]
        out["strength"][rows] = (m - 1) / (m + 1)
    return Kin(clearness=clearness, own=log_volatility + 2.3, **out)


def kin_features(kin: Kin) -> Single:
    """Return the four numbers that move the weights; all vanish for a lone series.  影响权重的四个量。"""
    s = kin.strength
    columns = [s, s * kin.volatility, s * np.log(kin.clearness + 0.3), s * kin.own]
    return np.stack(columns, axis=1).astype(np.float32)


def sibling_basis(atoms: Single) -> Single:
    """Return the 16 smooth shapes over the 5 x atoms along which siblings move the weights.  权重变化的基函数。"""
    step = np.log(atoms[:, 0])
    step = (step - step.mean()) / step.std()
    share, drift = atoms[:, 1] - 0.5, atoms[:, 2]
    still = (drift == 0).astype(float)
    own = np.stack([step, step**2, share, share**2, still, drift, atoms[:, 3] * (drift > 0)], axis=1)
    number = len(SHARES)
    which = np.repeat(np.eye(number), len(atoms), axis=0)
    moves = (np.tile(drift, number) > 0).astype(float)[:, None]
    return np.concatenate([np.tile(own, (number, 1)), which, which[:, 1:] * moves], axis=1).astype(np.float32)


def damped_path(horizon: int) -> Single:
    """Return how far a siblings' drift carries, step by step: 1, 1.9, 2.7, then fading by .97.  趋势的阻尼路径。"""
    later = 0.8 * 0.97 ** np.arange(max(horizon - 2, 0))
    return np.cumsum(np.concatenate([[1.0, 0.9], later]))[:horizon].astype(np.float32)


def sibling_weights(
    z: Floats, counts: NDArray[np.int64], likelihood: Single, kin: Kin, prior: Prior, pool: float = POOL
) -> Single:
    """Return the weights of the 5 x atoms, ``likelihood`` (series, 5 x atoms).  同组模型的权重。"""
    relative = likelihood - likelihood.max(axis=1, keepdims=True)
    base = np.tile(prior.log_prior + features(z) @ prior.tilt, (1, len(SHARES)))
    moved = kin_features(kin) @ (prior.siblings @ sibling_basis(prior.atoms).T)
    weights = (1 - pool) * softmax(base + moved + prior.temper_of(counts)[:, None] * relative)
    size = len(prior.atoms)
    weights[:, :size] += pool * random_walk_weights(likelihood[:, :size], prior.atoms)
    return weights


def simulate_siblings(
    scaled: Scaled,
    group: NDArray[np.int64],
    rows: NDArray[np.intp],
    horizon: int,
    draws: int,
    prior: Prior,
    rng: np.random.Generator,
) -> Single:
    """Return paths (len(rows), draws, horizon) of series that have siblings, tied by common shocks.  同组序列的路径。"""
    own = scaled.take(rows)
    z, noise = trimmed(own)
    kin, extra = read_kin(z, group[rows]), own.extra_noise
    ago = np.arange(z.shape[1]) - z.shape[1] + 1.0
    atoms = np.tile(prior.atoms, (len(SHARES), 1))
    paths = np.empty((len(rows), draws, horizon), np.float32)

    def work(part: slice, generator: np.random.Generator) -> None:
        shifts = [kin.shift(kind, share)[part] for kind, share in SHARES]
        parts = [kalman(z[part] - shift[:, None] * ago, noise[part], prior.atoms) for shift in shifts]
        likelihood = np.concatenate([p.likelihood for p in parts], axis=1)
        states = States(*(np.concatenate([getattr(p.states, f) for p in parts], axis=1) for f in States.__slots__))
        near = Kin(*(getattr(kin, f)[part] for f in Kin.__slots__))
        shift = np.concatenate([np.repeat(s[:, None], len(prior.atoms), axis=1) for s in shifts], axis=1)
        paths[part] = draw_paths(
            Filtered(likelihood, states),
            sibling_weights(z[part], own.counts[part], likelihood, near, prior),
            atoms,
            draws=draws,
            horizon=horizon,
            extra=extra[part],
            rng=generator,
            shift=shift.astype(np.float32),
            shift_path=damped_path(horizon),
            scale=(1 - TIGHTER * near.strength).astype(np.float32),
        )

    parts = [slice(start, start + CHUNK) for start in range(0, len(rows), CHUNK)]
    in_threads(work, list(zip(parts, rng.spawn(len(parts)), strict=True)))
    return couple(paths, group[rows], rng)


def couple(paths: Single, group: NDArray[np.int64], rng: np.random.Generator, correlation: float = COMMON) -> Single:
    """Reorder each series' paths so that the last steps of one group share a Gaussian copula.  以共同冲击重排抽样。"""
    _, inverse = np.unique(group, return_inverse=True)
    number, draws, _ = paths.shape
    common = rng.standard_normal((inverse.max() + 1, draws), dtype=np.float32)
    own = rng.standard_normal((number, draws), dtype=np.float32)
    ranks = np.argsort(
        np.argsort(np.sqrt(correlation) * common[inverse] + np.sqrt(1 - correlation) * own, axis=1), axis=1
    )
    order = np.take_along_axis(np.argsort(paths[:, :, -1], axis=1), ranks, axis=1)
    return np.take_along_axis(paths, order[:, :, None], axis=1)
