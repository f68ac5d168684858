"""Joined straight segments on the log scale by exact grid search: the arithmetic.

对数尺度上相连的直线段，用格点搜索精确求解：计算部分。

    log y[t] = a + b t + d1 (t - tau1)+ + ... + dk (t - tauk)+ + noise

The joinpoints tau stand at observed times; every admissible set of them is tried (Lerman 1980).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ...errors import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# Conventions of the reference program for joinpoint analysis, not results: the largest number of joinpoints by the
# number of values (as reported of its defaults), and the values that must lie outside a joinpoint, itself not counted.
DEFAULT_MAXIMUM = ((7, 0), (12, 1), (17, 2), (22, 3), (27, 4))
LARGEST_DEFAULT = 5
VALUES_BEFORE_END = 2
VALUES_BETWEEN = 2
# Sets of joinpoints tried at most; 60 months with 3 joinpoints have 22,100.
LARGEST_SEARCH = 30_000
# Below this share of the spread a residual sum of squares is the rounding error of the arithmetic.
ROUNDING = 1e-14
CHUNK = 4_000_000  # numbers held at once


def default_maximum(n: int) -> int:
    """Return the conventional largest number of joinpoints for n values.  默认最多连接点数(惯例)。

    >>> [default_maximum(n) for n in (6, 7, 11, 12, 16, 17, 40)]
    [0, 1, 1, 2, 2, 3, 5]
    """
    return next((most for below, most in DEFAULT_MAXIMUM if n < below), LARGEST_DEFAULT)


def placements(n: int, k: int, *, ends: int = VALUES_BEFORE_END, between: int = VALUES_BETWEEN) -> Ints:
    """Return every admissible set of k joinpoints among n values, shape (sets, k), as positions.

    所有允许的连接点位置组合。

    >>> placements(9, 2, ends=2, between=2)
    array([[2, 5],
           [2, 6],
           [3, 6]])
    """
    free = max(0, n - 2 * ends - max(0, k - 1) * between)
    chosen = list(combinations(range(free), k))
    found = np.array(chosen, dtype=np.int64).reshape(len(chosen), k)
    return found + ends + between * np.arange(k)  # spread apart again: the free places leave the spacing out


def count_placements(n: int, k: int, *, ends: int, between: int) -> int:
    """Return how many sets :func:`placements` would list.  组合数。"""
    from math import comb

    free = n - 2 * ends - (k - 1) * between if k else 0
    return comb(max(free, 0), k) if k else 1


def designs(times: Floats, places: Ints) -> Floats:
    """Return the design of every set of joinpoints, shape (sets, n, k + 2).  各组合的设计矩阵。"""
    since = times - times[0]
    hinges = np.maximum(times[None, :, None] - times[places][:, None, :], 0)
    base = np.broadcast_to(np.column_stack([np.ones_like(since), since]), (len(places), len(times), 2))
    return np.concatenate([base, hinges], axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """All sets of k joinpoints, ready to be fitted to any number of series.  k 个连接点的全部组合。"""

    places: Ints
    bases: Floats  # orthonormal, (sets, n, k + 2)

    def rss(self, targets: Floats) -> Iterator[Floats]:
        """Yield the residual sums of squares of some sets after others for columns (n, series): (some, series)."""
        total = (targets**2).sum(axis=0)
        number, n, p = self.bases.shape
        step = max(1, CHUNK // max(1, p * targets.shape[1]))
        for first in range(0, number, step):
            part = self.bases[first : first + step]
            scores = part.transpose(0, 2, 1).reshape(-1, n) @ targets
            yield np.maximum(total - (scores.reshape(len(part), p, -1) ** 2).sum(axis=1), 0.0)

    def rss_by_set(self, target: Floats) -> Floats:
        """Return the residual sum of squares of every set for one series."""
        return np.concatenate([part[:, 0] for part in self.rss(target[:, None])])

    def least_rss(self, targets: Floats) -> Floats:
        """Return the residual sum of squares of the best set for each column (n, series)."""
        least = np.full(targets.shape[1], np.inf)
        for part in self.rss(targets):
            np.minimum(least, part.min(axis=0), out=least)
        return least


def make_search(times: Floats, root_weights: Floats, k: int, *, ends: int, between: int) -> Search:
    """Prepare the search over k joinpoints; ``root_weights`` are 1 / sd of each value.  准备搜索。"""
    places = placements(len(times), k, ends=ends, between=between)
    bases, _ = np.linalg.qr(designs(times, places) * root_weights[None, :, None])
    return Search(places, bases)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The best set of k joinpoints.  k 个连接点的最优模型。"""

    k: int
    places: Ints  # positions of the joinpoints
    rss: float  # weighted
    rss_by_set: Floats  # of every set tried, for the interval of a joinpoint
    sets: Ints


def best_model(search: Search, target: Floats) -> Model:
    """Fit every set to one weighted series and return the best.  取残差最小的组合。"""
    rss = search.rss_by_set(target)
    best = int(np.argmin(rss))
    return Model(search.places.shape[1], search.places[best], float(rss[best]), rss, search.places)


def permutation_p(null: Search, other: Search, target: Floats, *, permutations: int, rng: np.random.Generator) -> float:
    """Return the permutation p of fewer against more joinpoints.

    较少对较多连接点的置换检验 p 值。

    The residuals of the smaller model are permuted over time and added to its fit; T = RSS(fewer) / RSS(more), both
    with joinpoints placed anew. p = (1 + number of T* >= T) / (1 + permutations). Source: Kim et al. 2000.
    """
    place = int(np.argmin(null.rss_by_set(target)))
    basis = null.bases[place]
    fitted = basis @ (basis.T @ target)
    rest = target - fitted
    order = rng.permuted(np.broadcast_to(np.arange(len(target)), (permutations, len(target))), axis=1)
    series = np.column_stack([target, fitted[:, None] + rest[order].T])
    tiny = ROUNDING * float((target**2).sum()) + 1e-300
    ratio = (null.least_rss(series) + tiny) / (other.least_rss(series) + tiny)
    return float((1 + (ratio[1:] >= ratio[0] * (1 - 1e-9)).sum()) / (1 + permutations))


@dataclass(frozen=True, slots=True)
class Step:
    """One test of the sequence.  序贯检验的一步。"""

    fewer: int
    more: int
    p_value: float
    level: float
    rejected: bool


def permutation_choice(
    searches: list[Search], target: Floats, *, alpha: float, permutations: int, rng: np.random.Generator
) -> tuple[int, tuple[Step, ...]]:
    """Return the number of joinpoints by the sequence of permutation tests, and the tests.  序贯置换检验。

    Starts with none against the most; a rejection raises the smaller number, an acceptance lowers the larger. Each test
    is made at alpha / (most), which keeps the chance of too many joinpoints below alpha.
    """
    fewer, more, steps = 0, len(searches) - 1, []
    level = alpha / max(more, 1)
    while fewer < more:
        p = permutation_p(searches[fewer], searches[more], target, permutations=permutations, rng=rng)
        steps.append(Step(fewer, more, p, level, p <= level))
        fewer, more = (fewer + 1, more) if p <= level else (fewer, more - 1)
    return fewer, tuple(steps)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Information criteria of one model; the smallest wins.  信息准则。"""

    k: int
    rss: float
    bic: float
    bic3: float
    wbic: float


def criteria(model: Model, times: Floats, target: Floats, root_weights: Floats) -> Criteria:
    """Return BIC, BIC3 and the weighted BIC of a model.

    BIC、BIC3 与加权 BIC。

    ln(RSS / n) + penalty ln(n) / n with penalty 2k + 2 (BIC), 3k + 2 (BIC3), (2 + R2)k + 2 (weighted), where R2 is the
    largest partial R2 of a change of slope within the two segments it divides. Source: Kim et al., Journal of Applied
    Statistics 50 (2023) 1992.
    """
    n, k = len(times), model.k
    fit = float(np.log((model.rss + ROUNDING * float((target**2).sum()) + 1e-300) / n))
    weight = max((_partial_r2(i, model.places, times, target, root_weights) for i in range(k)), default=0.0)
    bic, bic3, wbic = (fit + (c * k + 2) * np.log(n) / n for c in (2.0, 3.0, 2.0 + weight))
    return Criteria(k, model.rss, float(bic), float(bic3), float(wbic))


def _partial_r2(i: int, places: Ints, times: Floats, target: Floats, root: Floats) -> float:
    """Return the share of the scatter around one line, in the two segments beside joinpoint i, that a bend takes away."""
    first = int(places[i - 1]) + 1 if i else 0
    last = int(places[i + 1]) + 1 if i + 1 < len(places) else len(times)
    t, w = times[first:last], root[first:last]
    straight, _ = np.linalg.qr(np.column_stack([w, w * t]))
    bend = np.maximum(t - times[places[i]], 0) * w
    y, z = (v - straight @ (straight.T @ v) for v in (target[first:last], bend))
    below = float((y @ y) * (z @ z))
    return float((y @ z) ** 2 / below) if below > 0 else 0.0


def check_search(n: int, maximum: int, *, ends: int, between: int) -> None:
    """Refuse settings that make no sense or that would search for hours.  核对设置。"""
    if maximum < 0 or ends < 1 or between < 0:
        raise refusal(
            "joinpoint_settings",
            "maximum and between are 0 or more, ends is 1 or more.",
            "最多个数与间隔不小于 0，两端个数不小于 1。",
        )
    largest = max(count_placements(n, k, ends=ends, between=between) for k in range(maximum + 1))
    if largest > LARGEST_SEARCH:
        raise refusal(
            "search_too_large",
            f"{maximum} joinpoints in {n} values would be {largest} sets to try, above {LARGEST_SEARCH}.",
            f"{n} 个值设 {maximum} 个连接点需试 {largest} 种组合，超过 {LARGEST_SEARCH}。",
            advice_en="Ask for fewer joinpoints or for more values between them.",
            advice_zh="请减少连接点数或加大间隔。",
        )
    if maximum and 2 * (maximum + 1) >= n:
        raise refusal(
            "too_many_joinpoints",
            f"{maximum} joinpoints use up all {n} values: no freedom is left to judge them.",
            f"{n} 个值容不下 {maximum} 个连接点。",
            value=maximum,
        )
