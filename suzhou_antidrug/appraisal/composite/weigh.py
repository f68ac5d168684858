"""Weights from data, from judgement, or each unit's best: with what each of them rewards.

权重：由数据、由判断，或各取其优；并说明各自奖励什么。

entropy: p = y / sum y, e = -(1 / ln n) sum p ln p, w = (1 - e) / sum (1 - e), y raw, min-max, or min-max drawn inside
[edge, 1 - edge]. critic: sd_j sum over k of (1 - r_jk) on min-max data. deviation: sd / sum sd on raw data, which depends on units.
Data-driven weights reward scatter: an indicator on which all succeed gets 0; here that is an error unless a least weight is
declared. ahp: principal eigenvector, or geometric means of rows; CI = (l - n) / (n - 1), CR = CI / RI, 0 for n <= 2; the random
index comes from a table that must be named. benefit_of_doubt: each unit's weights maximise its own score while nobody passes 1.

Sources: Shannon 1948; Diakoulaki, Mavrotas and Papayannakis, Computers and Operations Research 22 (1995) 763; Saaty 1980; Cherchye and
others, Social Indicators Research 82 (2007) 111.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import refusal
from .checks import directions_of, table
from .normalise import normalise_scores

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .checks import Floats

EntropyScale = Literal["raw", "min_max", "inside"]
# Random indices for n = 1 .. 15: one widely copied table; others print 1.54 for n = 12.
RANDOM_INDEX: dict[str, tuple[float, ...]] = {
    "common": (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59),
    "with_1_54": (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.54, 1.56, 1.57, 1.59),
}
RECIPROCAL = 1e-3  # relative: 0.33 beside 3 is a slip of rounding and told as such


def _refuse_constant(x: Floats, named: Sequence[str], least: float | None) -> None:
    same = np.ptp(x, axis=0) == 0
    if same.any() and least is None:
        name = named[int(np.argmax(same))]
        raise refusal("constant", f"{name} is the same for everybody and would get weight 0.", f"{name} 各单位相同，将得零权重。", "Declare a least weight, or given weights.", "请声明最低权重，或直接给定权重。", column=name)  # fmt: skip


def _refuse_gaps(x: Floats, method: str, zh: str) -> None:
    if len(x) < 2:
        raise refusal("one_unit", f"{method} weights need two units at least.", f"{zh}至少需要两个单位。")
    if np.isnan(x).any():
        raise refusal("gaps", f"{method} weights need a table without gaps.", f"{zh}要求无缺失。")


def _finish(raw: Floats, least: float | None) -> Floats:
    total = raw.sum()
    w = raw / total if total > 0 else np.full(len(raw), 1 / len(raw))
    if least is None:
        return np.asarray(w)
    if not 0 <= least * len(w) <= 1:
        raise ValueError("the least weight times the number of indicators is at most 1")
    return np.asarray(least + (1 - least * len(w)) * w)


def entropy_weights(
    values: ArrayLike, directions: ArrayLike = 1, *, scale: EntropyScale = "min_max", edge: float = 0.002, least: float | None = None,
    names: Sequence[str] | None = None,
) -> Floats:  # fmt: skip
    """Return entropy weights; the scale of the input decides them, so it is named.

    熵权法；输入尺度决定结果，须注明。

    p = y / sum y, e = -(1 / ln n) sum p ln p, w = (1 - e) / sum (1 - e) over the columns of ``values`` (units, indicators).
    ``scale``: ``"raw"`` (positive data, no direction), ``"min_max"`` (0 ln 0 = 0), ``"inside"`` (min-max in [edge, 1 - edge]).
    ``least`` is a weight nobody falls below. It rewards scatter, not importance. Source: Shannon (1948).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps, fewer than two units, a constant column without ``least``, an
    indicator without direction, and negative raw data.

    >>> entropy_weights([[1.0, 10.0], [2.0, 10.5], [9.0, 11.0]], scale="raw").round(3).tolist()
    [0.998, 0.002]
    """
    x, named = table(values, names)
    d = directions_of(directions, named)
    _refuse_gaps(x, "entropy", "熵权")
    if scale == "raw":
        if (x < 0).any() or (x.sum(axis=0) == 0).any():
            raise refusal(
                "negative", "raw entropy weights need data from 0, not all 0.", "原始尺度的熵权要求非负且不全为零。"
            )
        y = x
    else:
        y = normalise_scores(x, d, span=(0, 1), constant=0.0, names=named)
        y = edge + (1 - 2 * edge) * y if scale == "inside" else y
    _refuse_constant(x, named, least)
    total = y.sum(axis=0)
    p = y / np.where(total > 0, total, 1)
    from scipy.special import xlogy

    e = np.where(total > 0, -xlogy(p, p).sum(axis=0) / np.log(len(x)), 1.0)
    return _finish(np.maximum(0.0, 1 - e), least)


def critic_weights(values: ArrayLike, directions: ArrayLike = 1, *, least: float | None = None, names: Sequence[str] | None = None) -> Floats:  # fmt: skip
    """Return CRITIC weights: scatter times conflict with the others.

    CRITIC 权重：离散程度乘以与其他指标的冲突。

    C_j = sd_j sum over k of (1 - r_jk) on min-max data (units, indicators), w = C / sum C; turning an indicator round changes the
    weights, so directions matter. ``least`` is a weight nobody falls below. Source: Diakoulaki, Mavrotas and Papayannakis (1995).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps, fewer than two units, an indicator without direction and a constant
    column without ``least``.

    >>> critic_weights([[1.0, 3.0], [2.0, 1.0], [3.0, 2.0]]).tolist()
    [0.5, 0.5]
    """
    x, named = table(values, names)
    _refuse_gaps(x, "CRITIC", "CRITIC 权重")
    _refuse_constant(x, named, least)
    y = normalise_scores(x, directions, span=(0, 1), constant=0.0, names=named)
    sd = y.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.nan_to_num(np.corrcoef(y, rowvar=False), nan=1.0)
    return _finish(sd * (1 - np.atleast_2d(r)).sum(axis=0), least)


def deviation_weights(values: ArrayLike, *, least: float | None = None, names: Sequence[str] | None = None) -> Floats:
    """Return sd / sum of sd on the data as they are: it depends on units, so normalise first.  标准差权重。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps, and a constant column without ``least``.

    >>> deviation_weights([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]).round(3).tolist()
    [0.091, 0.909]
    """
    x, named = table(values, names)
    _refuse_gaps(x, "deviation", "标准差权重")
    _refuse_constant(x, named, least)
    return _finish(x.std(axis=0, ddof=1), least)


@dataclass(frozen=True, slots=True, eq=False)
class AhpWeights:
    """Weights of a pairwise matrix, and how consistent it is.  判断矩阵的权重与一致性。"""

    weights: Floats
    largest_eigenvalue: float
    consistency_index: float
    consistency_ratio: float  # below 0.10 is taken as consistent enough
    derivation: str
    random_index: str

    @property
    def consistent(self) -> bool:
        """Whether the ratio is below 0.10."""
        return self.consistency_ratio < 0.10


def ahp_weights(
    matrix: ArrayLike,
    *,
    derivation: Literal["eigenvector", "geometric_mean"] = "eigenvector",
    random_index: str = "common",
) -> AhpWeights:
    """Return the weights of a pairwise comparison matrix with its consistency ratio.

    层次分析法：判断矩阵的权重与一致性比率。

    ``matrix`` (indicators, indicators), entry i j how much i outweighs j. Weights: the principal eigenvector, or geometric means of
    rows; CI = (l - n) / (n - 1), CR = CI / RI, 0 for n up to 2. Tables of RI differ (1.48 or 1.54 at n = 12), so it is named:
    ``"common"`` or ``"with_1_54"``. Source: Saaty (1980).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for a matrix that is not square, positive and reciprocal, naming the cell, and
    for one larger than the table of random indices.

    >>> found = ahp_weights([[1, 2, 4], [1 / 2, 1, 2], [1 / 4, 1 / 2, 1]])
    >>> found.weights.round(4).tolist(), abs(round(found.consistency_ratio, 6))
    ([0.5714, 0.2857, 0.1429], 0.0)
    """
    a = np.asarray(matrix, dtype=float)
    n = len(a)
    if a.shape != (n, n) or not (a > 0).all():
        raise refusal("matrix", "a pairwise matrix is square with entries above 0.", "判断矩阵须为方阵且元素为正。")
    gap = np.abs(a * a.T - 1)
    if (gap > RECIPROCAL).any():
        i, j = (int(k) for k in np.argwhere(gap > RECIPROCAL)[0])
        raise refusal(
            "not_reciprocal", f"entries ({i + 1}, {j + 1}) and ({j + 1}, {i + 1}) are {a[i, j]:g} and {a[j, i]:g}: their product must be 1.",
            f"第 {i + 1} 行第 {j + 1} 列为 {a[i, j]:g}，第 {j + 1} 行第 {i + 1} 列为 {a[j, i]:g}，乘积须为 1。", "Write fractions such as 1/3.", "请写成 1/3 这样的分数。",
        )  # fmt: skip
    values, vectors = np.linalg.eig(a)
    top = int(np.argmax(values.real))
    largest = float(values[top].real)
    w = np.abs(vectors[:, top].real) if derivation == "eigenvector" else np.exp(np.log(a).mean(axis=1))
    table_ = RANDOM_INDEX[random_index]
    if n > len(table_):
        raise refusal(
            "too_large",
            f"the random index is known up to {len(table_)}, the matrix has {n}.",
            f"随机一致性指标只到 {len(table_)} 阶，矩阵为 {n} 阶。",
        )
    ci = max(0.0, (largest - n) / (n - 1)) if n > 1 else 0.0  # the largest eigenvalue is n or more, but for rounding
    return AhpWeights(w / w.sum(), largest, ci, ci / table_[n - 1] if n > 2 else 0.0, derivation, random_index)


@dataclass(frozen=True, slots=True, eq=False)
class DoubtScores:
    """Benefit-of-the-doubt scores and weights.  疑点利益得分与权重。"""

    scores: Floats  # (units,), at most 1
    weights: Floats  # (units, indicators)


def doubt_scores(scores: ArrayLike, *, limits: tuple[float, float] | None = None) -> DoubtScores:
    """Return each unit's score under the weights that are best for it, nobody passing 1.

    疑点利益法（DEA）：各单位取对自己最有利的权重。

    For unit c: the greatest w y_c with w y_k at most 1 for every unit k and w from 0; ``scores`` (units, indicators). ``limits``
    (low, high) hold each weight's share of the sum of weights; without them a unit may put everything on its best indicator.
    Source: Cherchye and others (2007).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps and negative scores, ValueError for limits nothing can satisfy.

    >>> doubt_scores([[1.0, 0.2], [0.2, 1.0], [0.5, 0.5]]).scores.round(3).tolist()
    [1.0, 1.0, 0.833]
    """
    from scipy.optimize import linprog

    y, _ = table(scores)
    if np.isnan(y).any() or (y < 0).any():
        raise refusal("scores", "scores from 0 without gaps are needed.", "得分须非负且无缺失。")
    q = y.shape[1]
    limited = np.zeros((0, q))
    if limits is not None:
        low, high = limits
        if not 0 <= low <= 1 / q <= high <= 1:
            raise ValueError(f"limits need 0 <= low <= {1 / q:.3g} <= high <= 1")
        limited = np.vstack([low * np.ones((q, q)) - np.eye(q), np.eye(q) - high * np.ones((q, q))])
    bounds = np.concatenate([np.ones(len(y)), np.zeros(len(limited))])
    rows = np.vstack([y, limited])
    found = np.array([linprog(-y[i], A_ub=rows, b_ub=bounds, method="highs").x for i in range(len(y))])
    return DoubtScores((found * y).sum(axis=1), found)
