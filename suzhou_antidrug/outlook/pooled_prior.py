"""The prior over models, moved by the series of a nation: sums that parts hand in and that add up.

由全国各序列更新的模型先验：各分区只交出可加的总和。

One step of empirical Bayes. With p[i, a] the weight of atom a for series i before its likelihood and q[i, a] the weight after,
both as the forecaster has them, the new log prior is the old one plus log r[a],

    r[a] = (s mean p[., a] + sum q[., a]) / ((s + n) mean p[., a])

where n counts series and s is a strength: the number of series that the bundled prior is worth. Atoms that the nation's series
ask for more often than expected gain. Source: the EM step of a mixture's weights, Dempster, Laird and Rubin, JRSS B 39 (1977) 1,
with a Dirichlet prior. On 7,245 cases of real series, each half of a source forecast with the prior moved by the other half, the
Brier skill rose from .098 to .101 and the intervals kept their cover; but the bundled prior has seen those sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .engine import CHUNK, atom_logits, kalman, prior_logits, softmax, trimmed
from .history import History, block_of
from .priors import Prior, load_prior
from .scale import to_scale
from .series import MINIMUM_VALUES, without_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STRENGTH = 400.0  # series that the bundled prior is worth beside the nation's: this project's choice


@dataclass(frozen=True, slots=True, eq=False)
class PriorSums:
    """What series tell of the atoms, arrays (atoms,).  各序列对模型权重的总和。"""

    before: Floats
    after: Floats
    series: int

    def __add__(self, other: PriorSums) -> PriorSums:
        return PriorSums(self.before + other.before, self.after + other.after, self.series + other.series)


def no_sums() -> PriorSums:
    """Return the sums of no series.  空总和。"""
    atoms = len(load_prior().atoms)
    return PriorSums(np.zeros(atoms), np.zeros(atoms), 0)


def prior_sums(histories: Sequence[History], *, kind: str) -> PriorSums:
    """Return the sums of some series of one kind; too short ones and those without a scale are left out.  求总和。"""
    prior, total = load_prior(), no_sums()
    by_width: dict[int, list[History]] = {}
    for history in histories:
        if len(history) >= MINIMUM_VALUES:
            by_width.setdefault(history.width, []).append(history)
    for _, alike in sorted(by_width.items()):
        for first in range(0, len(alike), CHUNK):
            total = total + _of_block(alike[first : first + CHUNK], kind, prior)
    return total


def _of_block(histories: Sequence[History], kind: str, prior: Prior) -> PriorSums:
    block = block_of(histories, kind=kind)
    kept = ~without_scale(block.values, block.exposure, block.kind)
    scaled = to_scale(block).take(np.flatnonzero(kept))
    if not kept.any():
        return no_sums()
    z, noise = trimmed(scaled)
    likelihood = kalman(z, noise, prior.atoms).likelihood
    after = softmax(atom_logits(z, scaled.counts, likelihood, prior))
    before = softmax(prior_logits(z, prior))
    return PriorSums(before.sum(axis=0, dtype=np.float64), after.sum(axis=0, dtype=np.float64), len(z))


def pool_prior(parts: Iterable[PriorSums], *, strength: float = STRENGTH) -> Prior:
    """Return the bundled prior moved by the sums of all parts, in the order given.  合并各分区并更新先验。

    >>> unmoved = pool_prior([])
    >>> bool((unmoved.log_prior == load_prior().log_prior).all())
    True
    """
    prior, total = load_prior(), no_sums()
    for part in parts:
        total = total + part
    if total.series == 0:
        return prior
    expected = np.maximum(total.before / total.series, 1e-12)
    ratio = (strength * expected + total.after) / ((strength + total.series) * expected)
    return replace(prior, log_prior=(prior.log_prior + np.log(ratio)).astype(np.float32))
