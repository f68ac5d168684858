"""From scores to one number: how far a good one may make up for a bad one.

由多项得分到一个数：好的能在多大程度上弥补坏的。

arithmetic sum w y; geometric prod y^w; harmonic 1 / sum (w / y); power (sum w y^p)^(1/p), its limit at p = 0 the geometric. Gaps
are left out and the weights of the rest made to add to 1, which hides the gap: score_bounds says how low and high the score could
be. A geometric or harmonic mean over a 0 is refused unless a floor is declared. Copeland: unit i beats k where the weights of the
indicators on which it is better exceed those on which it is worse; score = wins - losses, from indicators that both have.
TOPSIS: columns over their norm, times weights, C = d- / (d+ + d-). mean_min, MPI and AMPI punish imbalance.

Sources: OECD/JRC Handbook (2008), pages 102 to 116; Hwang and Yoon 1981; Mazziotta and Pareto, Rivista Italiana di Economia Demografia
e Statistica 67 (2013) 67.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ...errors import refusal
from .checks import directions_of, weights_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .checks import Floats

Mean = Literal["arithmetic", "geometric", "harmonic", "power"]


def aggregate_scores(
    scores: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    method: Mean = "arithmetic",
    power: float = 1.0,
    floor: float | None = None,
) -> Floats:
    """Return one score a unit from (..., units, indicators); NaN where a unit has none.

    把多项得分汇总为一个得分。

    arithmetic sum w y; geometric prod y^w; harmonic 1 / sum (w / y); power (sum w y^p)^(1 / p), the geometric at p = 0. The weights
    of what a unit has are made to add to 1, which hides its gaps: see :func:`score_bounds`. ``floor`` is what scores below it count
    as in geometric, harmonic and power means. Source: OECD/JRC Handbook (2008), pages 102 to 116.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for weights that are negative or do not add to 1, and for scores of 0 and
    below without a floor; ValueError for an unknown method.

    >>> aggregate_scores([[21.0, 1, 1, 1], [6, 6, 6, 6]], method="geometric").round(2).tolist()
    [2.14, 6.0]
    """
    if method not in get_args(Mean):
        raise ValueError(f"method {method!r} is not one of {', '.join(get_args(Mean))}")
    y = np.asarray(scores, dtype=float)
    return weighted_mean(y, weights_of(weights, y.shape[-1]), method=method, power=power, floor=floor)


def weighted_mean(
    y: Floats, weights: Floats, *, method: Mean = "arithmetic", power: float = 1.0, floor: float | None = None
) -> Floats:
    """Return means of ``y`` (..., units, parts) by ``weights`` (..., parts), which may differ by run and need not add to 1.

    加权平均；权重可逐次不同，合计不必为 1。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` as :func:`aggregate_scores`.

    >>> weighted_mean(np.array([[1.0, 3.0]]), np.array([[1.0, 1.0], [3.0, 1.0]])).tolist()
    [[2.0], [1.5]]
    """
    known = ~np.isnan(y)
    if method != "arithmetic":
        if floor is not None:
            y = np.where(known, np.maximum(y, floor), np.nan)
        if (y[known] <= 0).any():
            raise refusal("zero", f"a {method} mean over a score of 0 or below has no meaning.", f"{method} 平均不能含零或负分。", "Declare a floor, or scale to 1-100.", "请声明下限，或缩放到 1-100。")  # fmt: skip
    column = weights[..., None]
    total = (known.astype(float) @ column)[..., 0]
    geometric = method == "geometric" or (method == "power" and power == 0)
    exponent = {"arithmetic": 1.0, "harmonic": -1.0}.get(method, power)
    with np.errstate(divide="ignore", invalid="ignore"):
        bent = np.log(y) if geometric else y if exponent == 1 else y**exponent
        mean = (np.where(known, bent, 0.0) @ column)[..., 0] / total
        out = np.exp(mean) if geometric else mean if exponent == 1 else mean ** (1 / exponent)
    return np.where(total > 0, out, np.nan)


def score_bounds(
    scores: ArrayLike, weights: ArrayLike | None = None, *, span: tuple[float, float] = (0.0, 100.0)
) -> tuple[Floats, Floats]:
    """Return the least and greatest arithmetic score a unit could have, its gaps anything in ``span``.

    有缺失时得分的上下界。

    Lower: every gap of ``scores`` (units, indicators) at the low end of ``span``; upper: at the high end; (units,) each. Nothing is
    assumed of what is missing (partial identification). Raises as :func:`aggregate_scores`.

    >>> [b.tolist() for b in score_bounds([[80.0, float("nan")]])]
    [[40.0], [90.0]]
    """
    y = np.asarray(scores, dtype=float)
    return tuple(aggregate_scores(np.where(np.isnan(y), end, y), weights) for end in span)  # type: ignore[return-value]


def rank_bounds(low: ArrayLike, high: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best and worst rank that bounds of scores allow, 1 the best.

    由得分上下界得名次的最好与最坏。

    best = 1 + #(low_k > high_i), worst = 1 + #(high_k > low_i) over the other units k; each can happen where gaps are independent.
    ``low`` and ``high`` (units,) as from :func:`score_bounds`.

    >>> [r.tolist() for r in rank_bounds([70, 40, 60], [70, 90, 65])]
    [[1, 1, 2], [2, 3, 3]]
    """
    a, b = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    ordered_low, ordered_high = np.sort(a), np.sort(b)
    best = 1 + len(a) - np.searchsorted(ordered_low, b, side="right")
    # Those whose upper bound lies above one's lower bound, oneself left out where it does.
    worst = 1 + len(a) - np.searchsorted(ordered_high, a, side="right") - (b > a)
    return best.astype(np.int64), worst.astype(np.int64)


def copeland(scores: ArrayLike, weights: ArrayLike | None = None) -> NDArray[np.int64]:
    """Return wins less losses of each unit; the order of rows does not matter, gaps or not.

    科普兰得分：胜场减负场，与行的次序无关。

    Unit i beats k where the weights of the indicators on which it is better exceed those on which it is worse, among those that both
    have; ``scores`` (units, indicators). Weights are importance here, and nothing makes up for anything else. Source: OECD/JRC
    Handbook (2008), pages 102 to 116.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for weights that are negative or do not add to 1.

    >>> copeland([[1, 3, 2], [2, 1, float("nan")], [3, 2, 1], [float("nan"), 3, 3]]).tolist()
    [0, -2, -1, 3]
    """
    y = np.asarray(scores, dtype=float)
    w = weights_of(weights, y.shape[1])
    lead = np.zeros((len(y), len(y)), dtype=np.float32 if len(y) > 500 else np.float64)
    for j in range(y.shape[1]):  # over indicators: a comparison with a gap is False both ways
        column = y[:, j]
        better = column[:, None] > column[None, :]
        lead += (better.astype(np.int8) - better.T.astype(np.int8)) * lead.dtype.type(w[j])
    edge = 1e-9 if lead.dtype == np.float64 else 1e-6
    return np.asarray((lead > edge).sum(axis=1) - (lead < -edge).sum(axis=1), dtype=np.int64)


def topsis(values: ArrayLike, weights: ArrayLike | None = None, *, directions: ArrayLike = 1) -> Floats:
    """Return closeness to the ideal, columns over their Euclidean norm.

    TOPSIS 贴近度，列按欧氏范数标准化。

    v = w x / norm, C = d- / (d+ + d-) with distances to the best and worst of the sample; ``values`` (units, indicators). It hangs on
    who else is in the sample: adding a unit can change the order of others. A constant column moves nobody. Source: Hwang and Yoon
    (1981).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps, a direction other than 1 and -1, and weights that do not add up.

    >>> topsis([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]).tolist()
    [0.0, 0.5, 1.0]
    """
    x = np.asarray(values, dtype=float)
    if np.isnan(x).any():
        raise refusal("gaps", "TOPSIS needs a table without gaps.", "TOPSIS 要求无缺失。")
    w = weights_of(weights, x.shape[1])
    norm = np.sqrt((x**2).sum(axis=0))
    v = x / np.where(norm > 0, norm, 1) * w * directions_of(directions, [str(j) for j in range(1, x.shape[1] + 1)])
    best, worst = (np.sqrt(((v - end) ** 2).sum(axis=1)) for end in (v.max(axis=0), v.min(axis=0)))
    total = best + worst
    return np.where(total > 0, worst / np.where(total > 0, total, 1), np.nan)


def mean_min(scores: ArrayLike, weights: ArrayLike | None = None, *, alpha: float = 1.0, beta: float = 1.0) -> Floats:
    """Return M - alpha (sqrt((M - min)^2 + beta^2) - beta): the mean, drawn to the worst.

    均值-最小值法：均值向最差项靠拢。

    ``scores`` (units, indicators); ``alpha`` 0 is the mean, 1 with ``beta`` 0 the minimum. Raises as :func:`aggregate_scores`;
    ValueError for alpha outside 0-1 and a negative beta. Source: Tarabusi and Guarini, Social Indicators Research 112 (2013) 19.

    >>> mean_min([[50.0, 50.0], [100.0, 0.0]]).round(2).tolist()
    [50.0, 0.99]
    """
    if not 0 <= alpha <= 1 or beta < 0:
        raise ValueError("alpha lies in 0-1 and beta is not negative")
    y = np.asarray(scores, dtype=float)
    mean, least = aggregate_scores(y, weights), np.nanmin(y, axis=-1)
    return np.asarray(mean - alpha * (np.sqrt((mean - least) ** 2 + beta**2) - beta))


def mazziotta_pareto(scores: ArrayLike, *, good_is_high: bool = True, adjusted: bool = False) -> Floats:
    """Return the mean less (or plus) the spread times its coefficient of variation.

    马齐奥塔-帕雷托指数：均值减（加）不平衡惩罚。

    M - S cv with cv = S / M over indicators, plus where low is good. ``scores`` (units, indicators) on mean 100 and sd 10 (MPI, row sd
    with n - 1), or on [70, 130] by fixed posts (``adjusted``, row sd with n). Source: Mazziotta and Pareto (2013).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps.

    >>> mazziotta_pareto([[100.0, 100.0], [110.0, 90.0]]).round(3).tolist()
    [100.0, 98.0]
    """
    y = np.asarray(scores, dtype=float)
    if np.isnan(y).any():
        raise refusal("gaps", "this index needs a table without gaps.", "该指数要求无缺失。")
    mean, sd = y.mean(axis=-1), y.std(axis=-1, ddof=0 if adjusted else 1)
    return np.asarray(mean - (1 if good_is_high else -1) * sd**2 / mean)
