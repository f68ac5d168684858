"""Weights from people: points they give out, how far they differ, and judgement joined with data.

由人判断的权重：评委分点、意见分歧，以及主客观权重的组合。

Budget allocation: every assessor gives out the same total of points, s[a, j] = points[a, j] / total, w[j] = mean of s[., j]. Spread by
indicator: sd (n - 1) and range over assessors. Disagreement: mean over assessors of half the sum over indicators of abs(s[a, j] - w[j]),
the share of the budget that an assessor would have to move to agree with the mean: 0 where all agree. Combined: linear
alpha w_s + (1 - alpha) w_o, or product w_s^alpha w_o^(1 - alpha) over its sum.

Source: OECD/JRC Handbook (2008), chapter on weighting; tables 22 and 23 (page 100) set budget allocation beside other weights. The measure of disagreement is the total variation distance to the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError, refusal
from .checks import SUM_SLACK, weights_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from .checks import Floats


@dataclass(frozen=True, slots=True, eq=False)
class BudgetWeights:
    """Weights from points given out, with how far the assessors differ.  预算分配权重及评委分歧。"""

    weights: Floats  # (indicators,), add to 1
    deviation: Floats  # sd of shares over assessors, n - 1; NaN with one assessor
    low: Floats  # the least share given
    high: Floats  # the greatest
    disagreement: float  # share of the budget an assessor would move to agree with the mean, 0-1
    names: tuple[str, ...]
    assessors: tuple[str, ...]
    distance: Floats  # (assessors,), of each from the mean

    @property
    def frame(self) -> pd.DataFrame:
        """One indicator a row: weight, deviation, low, high, range."""
        import pandas as pd

        columns = {"weight": self.weights, "deviation": self.deviation, "low": self.low, "high": self.high}
        return pd.DataFrame(columns, index=pd.Index(self.names, name="indicator")).assign(range=self.high - self.low)


def _faults(x: Floats, total: float, names: tuple[str, ...], who: tuple[str, ...]) -> list[Problem]:
    problems = []
    for a, j in np.argwhere(~(x >= 0)):
        n, v = names[j], x[a, j]
        told = ("lacks points", "没有分数") if np.isnan(v) else (f"has {v:g} points, which is negative", f"的分数为负（{v:g}）")  # fmt: skip
        problems.append(Problem("points", f"{n} {told[0]} from assessor {who[a]}.", f"评委 {who[a]} 给 {n} {told[1]}。", "Write 0 where none were given.", "没有给分的请填 0。", row=int(a), column=n))  # fmt: skip
    for a, given in enumerate(x.sum(axis=1)):
        gap = given - total
        if abs(gap) > SUM_SLACK * total:
            problems.append(Problem("points_sum", f"the points of assessor {who[a]} add to {given:g}, {abs(gap):g} {'above' if gap > 0 else 'below'} {total:g}.", f"评委 {who[a]} 的分数合计 {given:g}，比 {total:g} {'多' if gap > 0 else '少'} {abs(gap):g}。", "Ask the assessor; points are not rescaled.", "请评委核对，本库不代为折算。", row=a))  # fmt: skip
    return problems


def budget_allocation_weights(points: ArrayLike, *, total: float = 100.0) -> BudgetWeights:
    """Return weights from points that assessors gave out, with how far they differ.

    预算分配法：由各评委的分点得权重，并给出分歧。

    w_j is the mean over assessors of points / ``total``; ``points`` is a DataFrame or array (assessors, indicators), assessors named by
    its index. With ``.frame``, ``.distance`` of each assessor and ``.disagreement`` of them all (0 where all agree).
    Source: OECD/JRC Handbook (2008), chapter on weighting.

    Raises :class:`~suzhou_antidrug.errors.SeriesError`, all at once, for negative or missing points, for an assessor whose points do
    not add to the total (by how much), and for no assessor.

    >>> found = budget_allocation_weights([[50, 30, 20], [70, 10, 20]])
    >>> found.weights.tolist(), found.disagreement
    ([0.6, 0.2, 0.2], 0.1)
    """
    x = np.asarray(points, dtype=float)
    if not total > 0:
        raise ValueError(f"the total is above 0, got {total}")
    if x.size == 0:
        raise refusal(
            "no_assessor", "one assessor with one indicator is needed at least.", "至少需要一位评委、一项指标。"
        )
    if x.ndim != 2:
        raise ValueError(f"points are (assessors, indicators), got {x.shape}")
    names = tuple(str(n) for n in getattr(points, "columns", range(1, x.shape[1] + 1)))
    index = getattr(points, "index", None)
    who = tuple(str(n) for n in (index if index is not None and not callable(index) else range(1, len(x) + 1)))
    if problems := _faults(x, total, names, who):
        raise SeriesError(problems)
    share = x / total
    w = share.mean(axis=0)
    sd = share.std(axis=0, ddof=1) if len(x) > 1 else np.full(len(w), np.nan)
    distance = np.abs(share - w).sum(axis=1) / 2
    return BudgetWeights(
        w / w.sum(), sd, share.min(axis=0), share.max(axis=0), round(float(distance.mean()), 12), names, who, distance
    )


def combined_weights(
    subjective: ArrayLike, objective: ArrayLike, alpha: float, method: Literal["linear", "product"] = "linear"
) -> Floats:
    """Return judged and data-driven weights in one: how much each counts is said by ``alpha``.

    主客观组合权重，alpha 为主观所占份量，须明示。

    Linear: alpha w_s + (1 - alpha) w_o. Product: w_s^alpha w_o^(1 - alpha) over its sum, in which a weight of 0 on one side stays 0
    unless that side counts nothing. Both inputs (indicators,) add to 1. A data-driven weight of 0 usually means that all succeeded:
    linear keeps such an indicator alive, product erases it.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for weights that are negative or do not add to 1, and where a product leaves
    nothing; ValueError for alpha outside 0-1. Source: textbook algebra; see Handbook (2008), page 100, for how methods differ.

    >>> combined_weights([0.7, 0.3], [0.2, 0.8], 0.5).round(3).tolist()
    [0.45, 0.55]
    >>> combined_weights([0.5, 0.5], [0.8, 0.2], 0.5, "product").round(3).tolist()
    [0.667, 0.333]
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha lies in 0-1, got {alpha}")
    if method not in ("linear", "product"):
        raise ValueError(f"method {method!r} is not linear or product")
    count = np.asarray(subjective, dtype=float).size
    names = getattr(subjective, "index", None)
    named = None if names is None or callable(names) else [str(n) for n in names]
    s, o = (weights_of(w, count, names=named) for w in (subjective, objective))
    if method == "linear":
        return np.asarray(alpha * s + (1 - alpha) * o)
    raw = s**alpha * o ** (1 - alpha)
    if not raw.sum() > 0:
        raise refusal("nothing_left", "no indicator has a weight above 0 on both sides.", "没有一项指标的主客观权重都大于零。", "Use the linear method.", "请改用线性组合。")  # fmt: skip
    return np.asarray(raw / raw.sum())
