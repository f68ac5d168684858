"""Sen's slope and the straight line on the log scale, both at true times.

森斜率与对数直线，均按真实时间计算。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .mann_kendall import EXACT_BELOW, exact_null, score_variance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

# Residuals below this share of the spread of the values are rounding errors of the arithmetic, not noise.
ROUNDING = 1e-20


@dataclass(frozen=True, slots=True)
class SenSlope:
    """The median of the slopes of all pairs.  所有两点斜率的中位数。"""

    slope: float  # unit of the series per year
    low: float  # -inf and inf where n is too small for the level
    high: float
    start: float  # level of the line at the first time


def sen_slope(times: ArrayLike, values: ArrayLike, *, level: float = 0.95) -> SenSlope:
    """Return Sen's slope with its interval.

    森斜率及其区间。

    slope = median of (y[j] - y[i]) / (t[j] - t[i]) over pairs i < j. The interval holds the slopes b for which the
    Mann-Kendall test of y - b t is not significant at 1 - ``level``; exact below 11 values, and without limits where no
    order of n values could be significant (n = 4 at 95 %). The line passes through the medians of times and values.

    Source: Sen, Journal of the American Statistical Association 63 (1968) 1379; Conover 1980 for the line.

    >>> found = sen_slope([2016, 2017, 2018, 2020, 2021], [10, 9, 8, 6, 5.5])
    >>> found.slope, found.low, found.high
    (-1.0, -1.0, -0.5)
    """
    t, y = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    later, earlier = np.tril_indices(len(t), -1)
    slopes = np.sort((y[later] - y[earlier]) / (t[later] - t[earlier]))
    slope = float(np.median(slopes))
    start = float(np.median(y) - slope * (np.median(t) - t[0]))
    below = _slopes_below(len(t), level)
    if below is None:
        return SenSlope(slope, float("-inf"), float("inf"), start)
    return SenSlope(slope, float(slopes[below]), float(slopes[-1 - below]), start)


def _slopes_below(n: int, level: float) -> int | None:
    """Return how many of the ordered pair slopes lie below the lower limit, None for no limit."""
    pairs, tail = n * (n - 1) // 2, (1 - level) / 2
    if n < EXACT_BELOW:
        scores, probabilities = exact_null((1,) * n)  # largest score first
        significant = np.flatnonzero(np.cumsum(probabilities) <= tail * (1 + 1e-12))
        if not len(significant):
            return None
        critical = float(scores[significant[-1]])
    else:
        from scipy.special import ndtri

        critical = 1 + float(ndtri(1 - tail)) * np.sqrt(score_variance((1,) * n))
        if critical > pairs:
            return None
    # A slope with m pair slopes below it has S = pairs - 2 m; it is rejected as long as S >= critical.
    return int(np.floor((pairs - critical) / 2))


@dataclass(frozen=True, slots=True, eq=False)
class WeightedFit:
    """A weighted least-squares fit.  加权最小二乘拟合。"""

    coefficients: Floats
    covariance: Floats  # NaN where no noise can be estimated
    rss: float  # weighted
    dispersion: float  # by which the known noise was multiplied, or the estimated variance
    df: int


def weighted_fit(design: Floats, z: Floats, noise: Floats, *, df: int | None = None) -> WeightedFit:
    """Fit z on a design (n, p), weights 1 / noise; noise 0 anywhere means unknown, then all weigh alike.

    加权最小二乘；误差未知时等权。

    The dispersion is RSS / df, but at least 1 where the noise is known: no interval is narrower than chance allows.
    A perfect fit with unknown noise has no standard error: NaN.
    """
    known = bool((noise > 0).all())
    root = 1 / np.sqrt(noise) if known else np.ones_like(z)
    x, target = design * root[:, None], z * root
    coefficients = np.asarray(np.linalg.lstsq(x, target, rcond=None)[0], dtype=np.float64)
    rss = float(((target - x @ coefficients) ** 2).sum())
    free = len(z) - design.shape[1] if df is None else df
    spread = float(((target - target.mean()) ** 2).sum()) + float((target**2).sum()) * 1e-8
    nothing = rss <= ROUNDING * max(spread, 1e-300) or free < 1
    dispersion = float("nan") if nothing else rss / free
    if known:
        dispersion = 1.0 if nothing else max(1.0, dispersion)
    covariance = np.asarray(dispersion * np.linalg.inv(x.T @ x), dtype=np.float64)
    return WeightedFit(coefficients, covariance, rss, dispersion, free)


@dataclass(frozen=True, slots=True)
class Change:
    """A relative change in a year with its interval, 0.05 for 5 %.  每年的相对变化及区间。"""

    value: float
    low: float
    high: float
    p_value: float  # two-sided, of no change


def change_of(slope: float, se: float, df: int, *, level: float) -> Change:
    """Return exp(slope) - 1 with its interval by Student's t.  由对数斜率得年变化率。"""
    from scipy.special import stdtr, stdtrit

    if not np.isfinite(se) or df < 1:
        nan = float("nan")
        return Change(float(np.expm1(slope)), nan, nan, nan)
    half = float(stdtrit(df, (1 + level) / 2)) * se
    p_value = float(2 * stdtr(df, -abs(slope) / se))
    value, low, high = (float(np.expm1(v)) for v in (slope, slope - half, slope + half))
    return Change(value, low, high, p_value)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A straight line through the logarithms.  对数直线。"""

    apc: Change  # annual change
    slope: float
    start: float  # log level at the first time
    df: int
    probability_of_decrease: float  # P(slope < 0), flat prior; NaN where no noise can be estimated
    residual_sd: float  # unweighted, of the logarithms


def log_line(times: ArrayLike, logs: ArrayLike, noise: ArrayLike, *, level: float = 0.95) -> LogLine:
    """Fit log y = a + b t, weighted by the known noise, and return the annual change exp(b) - 1.

    对数直线拟合，按已知误差加权，给出年变化率。

    Intervals are Student's t with n - 2 degrees of freedom; errors are taken as independent.

    Source: Kim, Fay, Feuer, Midthune, Statistics in Medicine 19 (2000) 335.

    >>> import numpy as np
    >>> line = log_line([0, 1, 2, 3, 4], np.log([100, 91, 80, 74, 65]), np.zeros(5))
    >>> round(line.apc.value, 3), round(line.apc.low, 3), round(line.apc.high, 3)
    (-0.101, -0.114, -0.089)
    """
    from scipy.special import stdtr

    t, z, v = (np.asarray(a, dtype=float) for a in (times, logs, noise))
    if not np.isfinite(z).all():
        nan = float("nan")
        return LogLine(Change(nan, nan, nan, nan), nan, nan, len(t) - 2, nan, nan)
    design = np.column_stack([np.ones_like(t), t - t[0]])
    fit = weighted_fit(design, z, v)
    start, slope = (float(c) for c in fit.coefficients)
    se = float(np.sqrt(fit.covariance[1, 1]))
    decrease = float(stdtr(fit.df, -slope / se)) if np.isfinite(se) else float("nan")
    rest = z - design @ fit.coefficients
    return LogLine(
        apc=change_of(slope, se, fit.df, level=level),
        slope=slope,
        start=start,
        df=fit.df,
        probability_of_decrease=decrease,
        residual_sd=0.0 if np.isnan(fit.dispersion) else float(np.sqrt((rest**2).sum() / fit.df)),
    )
