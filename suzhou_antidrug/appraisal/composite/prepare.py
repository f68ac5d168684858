"""Before an index: denominators, missing values, outliers; each with none as a choice.

编制指数之前：除以规模、缺失值、离群值，各有“不处理”的选择。

Skewness G1 = g1 sqrt(n (n - 1)) / (n - 2) and excess kurtosis G2 are those adjusted for the sample. A column is treated where
abs(G1) >= 2 and G2 >= 3.5: the highest values (lowest where G1 < 0) are drawn to the next, tied ones together, until it passes or
``most`` points are moved. In appraisals leave outliers alone: a district's bad value is the finding.

Source: Becker and others, COINr (J. Open Source Software 7, 2022, 4567), whose published example it reproduces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import refusal
from .checks import table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .checks import Floats

SKEWNESS, KURTOSIS, MOST = 2.0, 3.5, 5


def denominate(values: ArrayLike, denominators: ArrayLike) -> Floats:
    """Return values over their denominators; missing where a denominator is.

    除以规模（人口、场所数等）。

    x / d, both (units, indicators). Raises :class:`~suzhou_antidrug.errors.SeriesError` for a denominator of 0 or below.

    >>> denominate([[6.0, 2.0]], [[2.0, float("nan")]]).tolist()
    [[3.0, nan]]
    """
    x, d = np.broadcast_arrays(np.asarray(values, dtype=float), np.asarray(denominators, dtype=float))
    if (d <= 0).any():
        raise refusal("denominator", "a denominator is 0 or negative.", "分母为零或负。")
    return np.asarray(x / d)


def impute(
    values: ArrayLike, how: Literal["none", "mean", "median"] = "none", *, groups: ArrayLike | None = None
) -> Floats:
    """Return values with gaps filled by the mean or median of the column, within ``groups`` where given.

    填补缺失：列均值或中位数，可分组。

    ``values`` (units, indicators), ``groups`` (units,). One imputation understates what is not known: put
    :func:`~.aggregate.score_bounds` beside it. ``"none"`` is a choice and the default. Source: OECD/JRC Handbook (2008), pages 55
    to 62.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` where a group has no value to fill with.

    >>> impute([[1.0], [3.0], [float("nan")]], "mean").tolist()
    [[1.0], [3.0], [2.0]]
    """
    x, names = table(values)
    if how == "none":
        return x.copy()
    codes = np.zeros(len(x), dtype=int) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    middle = np.nanmean if how == "mean" else np.nanmedian
    out = x.copy()
    for g in range(codes.max() + 1):
        mine = codes == g
        gaps = np.isnan(x[mine])
        empty = gaps.all(axis=0) & gaps.any(axis=0)
        if empty.any():
            name = names[int(np.argmax(empty))]
            raise refusal(
                "nothing_to_fill",
                f"{name} has no value in a group to fill gaps with.",
                f"{name} 在某组中没有任何值，无法填补。",
                column=name,
            )
        fill = middle(x[mine], axis=0)
        out[mine] = np.where(gaps, fill, x[mine])
    return out


def skew_and_kurtosis(values: ArrayLike) -> tuple[Floats, Floats]:
    """Return adjusted skewness and excess kurtosis of each column, gaps left out.  偏度与超额峰度。"""
    from scipy import stats

    x = np.asarray(values, dtype=float)
    return tuple(
        np.asarray(f(x, axis=0, bias=False, nan_policy="omit"), dtype=float) for f in (stats.skew, stats.kurtosis)
    )  # type: ignore[return-value]


def treat_outliers(values: ArrayLike, *, most: int = MOST) -> tuple[Floats, NDArray[np.int64]]:
    """Return winsorised values and how many points of each column were moved.

    缩尾处理，并返回各列移动的点数。

    Where abs(G1) is 2 or more and G2 3.5 or more, the highest values (lowest where G1 is below 0) are drawn to the next, ties together,
    until the column passes or ``most`` points are moved; ``values`` (units, indicators). In an appraisal leave it out: a district's
    bad value is the finding. Source: COINr (Becker and others 2022).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for infinite values and columns without any.

    >>> treated, moved = treat_outliers([[1.0], [2.0], [3.0], [2.0], [1.0], [2.0], [3.0], [90.0]])
    >>> moved.tolist(), float(treated.max())
    ([1], 3.0)
    """
    x, _ = table(values)
    out, moved = x.copy(), np.zeros(x.shape[1], dtype=np.int64)
    while True:
        g1, g2 = skew_and_kurtosis(out)
        open_ = np.flatnonzero((np.abs(g1) >= SKEWNESS) & (g2 >= KURTOSIS) & (moved < most))
        if not open_.size:
            return out, moved
        for j in open_:
            column = out[:, j] if g1[j] >= 0 else -out[:, j]
            levels = np.unique(column[~np.isnan(column)])
            at = column == levels[-1]
            column = np.where(at, levels[-2], column)
            out[:, j] = column if g1[j] >= 0 else -column
            moved[j] = int(np.sum(out[:, j] != x[:, j]) - np.isnan(x[:, j]).sum())
