"""What a table of indicators must be, and the errors that name its column.  指标表的核对。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

SUM_SLACK = 1e-9  # of weights that should add to 1


def table(values: ArrayLike, names: Sequence[str] | None = None) -> tuple[Floats, tuple[str, ...]]:
    """Return a table (units, indicators) with its names; refuse infinite values and columns without any.  核对指标表。"""
    x = np.asarray(values, dtype=float)
    own = getattr(values, "columns", None)
    named = tuple(str(n) for n in (names if names is not None else own if own is not None else range(x.shape[-1])))
    if x.ndim != 2 or len(named) != x.shape[1]:
        raise ValueError(f"values are (units, indicators) with a name each, got {x.shape} and {len(named)} names")
    problems = []
    for j in np.flatnonzero(np.isinf(x).any(axis=0)):
        problems.append(
            Problem("infinite", f"{named[j]} holds an infinite value.", f"{named[j]} 含无穷大。", column=named[j])
        )
    for j in np.flatnonzero(np.isnan(x).all(axis=0)):
        problems.append(Problem("all_missing", f"{named[j]} has no value at all.", f"{named[j]} 全部缺失。", "Leave it out, and say so.", "请剔除并注明。", column=named[j]))  # fmt: skip
    if problems:
        raise SeriesError(problems)
    return x, named


def directions_of(directions: ArrayLike, names: Sequence[str]) -> Floats:
    """Return directions, 1 or -1, one an indicator; refuse a missing one by name.  核对方向。"""
    d = np.broadcast_to(np.asarray(directions, dtype=float), (len(names),))
    wrong = [n for n, v in zip(names, d, strict=True) if v not in (1.0, -1.0)]
    if wrong:
        raise SeriesError([Problem("direction", f"{n} has no direction: 1 where high is good, -1 where low is.", f"{n} 没有方向：越高越好填 1，越低越好填 -1。", column=n) for n in wrong])  # fmt: skip
    return d


def weights_of(weights: ArrayLike | None, count: int, *, names: Sequence[str] | None = None) -> Floats:
    """Return weights that add to 1, equal where None; refuse negative ones and another sum, saying by how much.

    核对权重；为负或合计不为 1 时报错并说明差多少。

    >>> weights_of(None, 4).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    if weights is None:
        return np.full(count, 1 / count)
    w = np.asarray(weights, dtype=float)
    if w.shape != (count,):
        raise ValueError(f"{count} weights are needed, got {w.shape}")
    named = [str(n) for n in names] if names is not None else [str(k + 1) for k in range(count)]
    problems = [
        Problem("negative_weight", f"the weight of {n} is {v:g}: weights are not negative.", f"{n} 的权重为 {v:g}，不得为负或缺失。", column=n)
        for n, v in zip(named, w, strict=True) if not v >= 0
    ]  # fmt: skip
    if not problems and abs(w.sum() - 1) > SUM_SLACK:
        gap = w.sum() - 1
        problems.append(Problem("weight_sum", f"the weights add to {w.sum():.6g}, {abs(gap):.3g} {'above' if gap > 0 else 'below'} 1.", f"权重合计 {w.sum():.6g}，比 1 {'多' if gap > 0 else '少'} {abs(gap):.3g}。"))  # fmt: skip
    if problems:
        raise SeriesError(problems)
    return w
