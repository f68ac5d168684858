"""Peers from well-kept libraries, each series fitted on its own.

由常用程序库逐条拟合的同行方法。

Every fit turns one series into paths; where the library refuses or fails, or the series has a gap that it cannot
take, the row stays NaN, which says "no forecast". The libraries are imported when first used.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .series import Block

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Fit = Callable[[Floats, Floats], Floats]

LARGEST = 1e15
LEVEL = 68  # percent: half the width of such an interval is about one standard deviation
LEVEL_Z = 0.9944578832097532  # standard normal quantile at (1 + 0.68) / 2


def each_series(block: Block, horizon: int, draws: int, rng: np.random.Generator, fit: Fit, *, gaps: bool) -> Floats:
    """Return paths of every series by ``fit(values, noise)``, NaN where it fails.  逐条拟合。

    ``noise`` has shape (draws, horizon + 1), standard normal. With ``gaps`` the fit takes NaN inside a series.
    """
    out = np.full((len(block), draws, horizon), np.nan)
    top = 1.0 if block.kind == "proportion" else LARGEST
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence: short series hardly ever satisfy an optimiser
        for i, row in enumerate(block.values):
            y = row[np.argmax(np.isfinite(row)) :]
            noise = rng.standard_normal((draws, horizon + 1))
            if not gaps and np.isnan(y).any():
                continue
            try:
                paths = fit(y, noise)
            except (ValueError, IndexError, ArithmeticError, RuntimeError, NotImplementedError, np.linalg.LinAlgError):
                continue
            if np.isfinite(paths).all():
                out[i] = np.clip(paths, 0.0, top)
    return out


def ets_damped(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast damped additive exponential smoothing, its parameters taken as known.  阻尼指数平滑。

    Paths of the innovations form: y = l + phi b + e, l' = l + phi b + alpha e, b' = phi b + beta e.
    """
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    def fit(y: Floats, noise: Floats) -> Floats:
        model = ExponentialSmoothing(y, trend="add", damped_trend=True, initialization_method="estimated")
        result = model.fit()
        given = result.params
        alpha, phi = given["smoothing_level"], given["damping_trend"]
        beta = alpha * given["smoothing_trend"]
        # As the library simulates: two starting values and three weights were estimated; one value at least is left.
        errors = np.sqrt(result.sse / max(len(y) - 5, 1)) * noise
        level, slope = np.full(draws, result.level[-1]), np.full(draws, result.trend[-1])
        paths = np.empty((draws, horizon))
        for h in range(horizon):
            ahead = level + phi * slope
            paths[:, h] = ahead + errors[:, h]
            level, slope = ahead + alpha * errors[:, h], phi * slope + beta * errors[:, h]
        return paths

    return each_series(block, horizon, draws, rng, fit, gaps=False)


def theta(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast by the Theta method: simple exponential smoothing with half the trend.  Theta 法。

    The variance of step h is the library's own, sigma^2 (1 + (h - 1) (1 + (alpha - 1)^2)), as of a walk.
    """
    from statsmodels.tsa.forecasting.theta import ThetaModel

    def fit(y: Floats, noise: Floats) -> Floats:
        result = ThetaModel(y, period=1, deseasonalize=False).fit(disp=False)
        later = np.sqrt(1 + (float(result.params["alpha"]) - 1) ** 2)
        sizes = np.sqrt(result.sigma2) * np.r_[1.0, np.full(horizon - 1, later)]
        paths: Floats = np.asarray(result.forecast(horizon), dtype=float) + np.cumsum(
            sizes * noise[:, :horizon], axis=1
        )
        return paths

    return each_series(block, horizon, draws, rng, fit, gaps=False)


def local_level(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast the local level model fitted by maximum likelihood, its variances taken as known.  局部水平模型。"""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    def fit(y: Floats, noise: Floats) -> Floats:
        scale = max(float(np.nanstd(y)), 1e-9)
        result = UnobservedComponents(y / scale, "local level").fit(disp=False)
        irregular, moving = np.maximum(result.params, 0.0)
        start = result.filtered_state[0, -1] + np.sqrt(result.filtered_state_cov[0, 0, -1]) * noise[:, -1:]
        level = start + np.sqrt(moving) * np.cumsum(noise[:, :horizon], axis=1)
        paths: Floats = scale * (level + np.sqrt(irregular) * rng.standard_normal(level.shape))
        return paths

    return each_series(block, horizon, draws, rng, fit, gaps=True)


def auto_ets(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast by AutoETS of statsforecast, which refuses six values and fewer.  自动指数平滑。"""
    from statsforecast.models import AutoETS

    return _by_intervals(block, horizon, draws, rng, lambda: AutoETS(season_length=1))


def auto_theta(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast by AutoTheta of statsforecast.  自动 Theta。"""
    from statsforecast.models import AutoTheta

    return _by_intervals(block, horizon, draws, rng, lambda: AutoTheta(season_length=1))


def _by_intervals(block: Block, horizon: int, draws: int, rng: np.random.Generator, make: Callable[[], Any]) -> Floats:
    """Return paths whose steps have the mean and the width that a library's intervals give.

    It says nothing of the dependence of the steps; that of a random walk is taken.
    """

    def fit(y: Floats, noise: Floats) -> Floats:
        told = make().fit(y).predict(horizon, level=[LEVEL])
        deviation = (np.asarray(told[f"hi-{LEVEL}"]) - np.asarray(told[f"lo-{LEVEL}"])) / (2 * LEVEL_Z)
        walk = np.cumsum(noise[:, :horizon], axis=1) / np.sqrt(np.arange(1, horizon + 1))
        paths: Floats = np.asarray(told["mean"]) + deviation * walk
        return paths

    return each_series(block, horizon, draws, rng, fit, gaps=False)
