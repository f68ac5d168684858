"""The peers: what offices and textbooks do with a short series, as forecasters that can be scored.

同行方法：机关与教科书对短序列的通常做法，写成可评分的预测器。

A forecaster is a callable ``(block, horizon, *, draws, rng) -> array (series, draws, horizon)`` in the unit of the
block; the engine's ``simulate`` is one. Rows of NaN say "no forecast for this series". All are vectorised over series;
gaps are passed over with the time they took. None is advised: they are here to be compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..errors import UnknownNameError, unknown_name
from ..terms import Text
from . import library_baselines as library
from .series import Block

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SMALLEST = 1e-9  # a spread of zero is read as this, so that a flat series has a forecast at all
LARGEST = 1e15  # a draw beyond this is a number no report can hold


class Forecaster(Protocol):
    """What can be scored.  可评分的预测器。"""

    def __call__(self, block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
        """Return draws (series, draws, horizon).  返回预测抽样。"""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A peer with its names.  一种同行方法及其名称。"""

    id: str
    name: Text
    forecast: Forecaster
    needs: str = ""  # the package that fits it, one series at a time; none for the closed forms

    def __call__(self, block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
        """Return draws (series, draws, horizon).  返回预测抽样。"""
        return self.forecast(block, horizon, draws=draws, rng=rng)

    @property
    def why_not(self) -> Text | None:
        """Why it cannot run here, None where it can."""
        if not self.needs or find_spec(self.needs) is not None:
            return None
        return Text(f"未安装 {self.needs}", f"{self.needs} is not installed")


@dataclass(frozen=True, slots=True)
class Steps:
    """What a walk is estimated from, each of shape (series, 1).  随机游走的估计量。"""

    last: Floats
    drift: Floats  # mean change per step, from first to last value; 0 for a walk without
    deviation: Floats  # of changes about the drift, per root step
    freedom: Floats  # of the deviation: changes, less one where the drift was estimated


def log_values(block: Block) -> Floats:
    """Return the logarithm of the values, a zero read as half the smallest positive value.  取对数，零取半。"""
    y = block.values
    positive = np.where(y > 0, y, np.inf).min(axis=1, keepdims=True)
    floor = np.where(np.isfinite(positive), 0.5 * positive, SMALLEST)
    return np.where(np.isfinite(y), np.log(np.maximum(np.nan_to_num(y), floor)), np.nan)


def walk_steps(z: Floats, *, drift: bool) -> Steps:
    """Return last value, drift and spread of the changes of each row, gaps counted by the steps they span.

    随机游走的漂移与步幅。
    """
    seen, place = np.isfinite(z), np.arange(z.shape[1])
    before = np.maximum.accumulate(np.where(seen, place, -1), axis=1)[:, :-1]
    joined = seen[:, 1:] & (before >= 0)
    gap = np.where(joined, place[1:] - before, 1)
    change = np.where(joined, z[:, 1:] - np.take_along_axis(z, np.maximum(before, 0), axis=1), 0.0)
    number = joined.sum(axis=1, keepdims=True)
    mean = change.sum(axis=1, keepdims=True) / (gap * joined).sum(axis=1, keepdims=True) * float(drift)
    residual = np.where(joined, (change - mean * gap) / np.sqrt(gap), 0.0)
    freedom = np.maximum(number - float(drift), 1.0)
    deviation = np.sqrt((residual**2).sum(axis=1, keepdims=True) / freedom)
    return Steps(z[:, -1:], mean, np.maximum(deviation, SMALLEST), freedom)


def inflate(freedom: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return draws of sigma / s, (series, draws): what makes a normal path a Student one.  方差未知的膨胀因子。"""
    return np.sqrt(freedom / rng.chisquare(np.broadcast_to(freedom, (len(freedom), draws))))


def walk(z: Floats, horizon: int, draws: int, rng: np.random.Generator, *, student: bool, drift: bool) -> Floats:
    """Return paths of a random walk, its deviation taken as known or, ``student``, as estimated.  随机游走路径。"""
    s = walk_steps(z, drift=drift)
    sigma = s.deviation * (inflate(s.freedom, draws, rng) if student else np.ones(draws))
    paths = np.cumsum(sigma[:, :, None] * rng.standard_normal((len(z), draws, horizon)), axis=2)
    if drift:
        # The drift is as uncertain as the mean of its changes.
        error = sigma / np.sqrt(s.freedom + 1) * rng.standard_normal((len(z), draws))
        paths += (s.drift + error)[:, :, None] * np.arange(1, horizon + 1)
    return s.last[:, :, None] + paths


def bounded(block: Block, draws: Floats) -> Floats:
    """Return draws that are not negative, and at most 1 for proportions.  截到可能的范围。"""
    return np.clip(draws, 0.0, 1.0 if block.kind == "proportion" else LARGEST)


def unlogged(block: Block, z: Floats) -> Floats:
    """Return draws made on the log scale on that of the values.  对数还原。"""
    return bounded(block, np.exp(np.clip(z, -700, np.log(LARGEST))))


def random_walk(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast the last value with normal steps, as large as the root mean square of past changes.  随机游走，正态步长。"""
    return bounded(block, walk(block.values, horizon, draws, rng, student=False, drift=False))


def random_walk_t(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast the last value with Student steps.  随机游走，t 步长。"""
    return bounded(block, walk(block.values, horizon, draws, rng, student=True, drift=False))


def log_random_walk(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast the last value with normal steps on the log scale.  对数随机游走，正态步长。"""
    return unlogged(block, walk(log_values(block), horizon, draws, rng, student=False, drift=False))


def log_random_walk_t(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast the last value with Student steps on the log scale.  对数随机游走，t 步长。"""
    return unlogged(block, walk(log_values(block), horizon, draws, rng, student=True, drift=False))


def drift_t(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast a random walk with the mean change as its drift.  带漂移的随机游走。"""
    return bounded(block, walk(block.values, horizon, draws, rng, student=True, drift=True))


def log_drift_t(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast a random walk with drift on the log scale.  带漂移的对数随机游走。"""
    return unlogged(block, walk(log_values(block), horizon, draws, rng, student=True, drift=True))


def climatology(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Forecast what all series of the block did over ``horizon`` steps in their histories.

    以全体序列历史上同样步数的变化为预测。

    Each draw carries the last value on by the log changes of a stretch of some series; where no stretch is long
    enough, by single changes put one after another.
    """
    z = log_values(block)
    starts = range(z.shape[1] - horizon)
    stretches = [z[:, t + 1 : t + horizon + 1] - z[:, t : t + 1] for t in starts]
    pool = np.concatenate(stretches) if stretches else np.empty((0, horizon))
    pool = pool[np.isfinite(pool).all(axis=1)]
    shape = (len(block), draws)
    if len(pool):
        ahead = pool[rng.integers(len(pool), size=shape)]
    else:
        single = np.diff(z, axis=1)[np.isfinite(np.diff(z, axis=1))]
        single = single if single.size else np.zeros(1)
        ahead = np.cumsum(single[rng.integers(len(single), size=(*shape, horizon))], axis=2)
    return unlogged(block, z[:, -1:, None] + ahead)


def growth(z: Floats) -> tuple[Floats, Floats]:
    """Return the mean yearly log change from first to last value, and the deviation about that line, (series, 1).

    复合增长率（对数）及其残差标准差。
    """
    s = walk_steps(z, drift=True)
    line = s.last + s.drift * (np.arange(z.shape[1]) - (z.shape[1] - 1))
    return s.drift, np.maximum(np.nanstd(z - line, axis=1, ddof=1, keepdims=True), SMALLEST)


def compound_growth(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Extrapolate the compound growth rate, with the noise of its residuals.  复合增长外推，加残差噪声。"""
    z = log_values(block)
    rate, deviation = growth(z)
    noise = deviation[:, :, None] * rng.standard_normal((len(z), draws, horizon))
    return unlogged(block, z[:, -1:, None] + rate[:, :, None] * np.arange(1, horizon + 1) + noise)


def compound_growth_point(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Extrapolate the compound growth rate as if it were certain.  复合增长外推，只有一个数。"""
    z = log_values(block)
    ahead = z[:, -1:, None] + growth(z)[0][:, :, None] * np.arange(1, horizon + 1)
    return unlogged(block, np.repeat(ahead, draws, axis=1))


def line_paths(z: Floats, horizon: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return draws from the predictive t of a least-squares line through each row.  最小二乘直线的预测 t 分布。

    y = a + b (t - mean t) + e; given sigma, a and b are independent normals with variances sigma^2 / n and
    sigma^2 / Sxx, and sigma^2 = (n - 2) s^2 / chi2(n - 2). One line a draw, so that draws are paths.
    """
    seen = np.isfinite(z)
    n = seen.sum(axis=1, keepdims=True).astype(float)
    time = np.arange(z.shape[1]) - (z.shape[1] - 1.0)
    middle = (time * seen).sum(axis=1, keepdims=True) / n
    x = np.where(seen, time - middle, 0.0)
    level = np.nansum(z, axis=1, keepdims=True) / n
    square = (x**2).sum(axis=1, keepdims=True)
    slope = (x * np.nan_to_num(z)).sum(axis=1, keepdims=True) / square
    left = np.where(seen, np.nan_to_num(z) - level - slope * x, 0.0)
    freedom = np.maximum(n - 2, 1.0)
    deviation = np.maximum(np.sqrt((left**2).sum(axis=1, keepdims=True) / freedom), SMALLEST)
    sigma = deviation * inflate(freedom, draws, rng)
    intercepts = level + sigma / np.sqrt(n) * rng.standard_normal(sigma.shape)
    slopes = slope + sigma / np.sqrt(square) * rng.standard_normal(sigma.shape)
    ahead = np.arange(1, horizon + 1) - middle[:, :, None]
    noise = sigma[:, :, None] * rng.standard_normal((*sigma.shape, horizon))
    paths: Floats = intercepts[:, :, None] + slopes[:, :, None] * ahead + noise
    return paths


def straight_line(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Extrapolate a least-squares line with its predictive t.  直线外推（预测 t 分布）。"""
    return bounded(block, line_paths(block.values, horizon, draws, rng))


def log_line(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Extrapolate a log-linear line with its predictive t.  对数直线外推（预测 t 分布）。"""
    return unlogged(block, line_paths(log_values(block), horizon, draws, rng))


def value_of_one(block: Block) -> Floats:
    """Return the value of one event at every time: value / events, by the exposure where there are none.

    一起事件折合的数值；1 where events are unknown.
    """
    k, y = block.events, block.values
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(k > 0, y / k, np.nan)
        per = np.nansum(ratio * block.exposure, axis=1) / np.isfinite(ratio * block.exposure).sum(axis=1)
        by_exposure = np.where(np.isfinite(per), per, 1.0)[:, None] / block.exposure
        usual = np.nansum(ratio, axis=1) / np.isfinite(ratio).sum(axis=1)
    filled = np.where(np.isfinite(ratio), ratio, by_exposure)
    filled = np.where(np.isfinite(filled), filled, usual[:, None])
    return np.where(np.isfinite(filled) & np.isfinite(k), filled, 1.0)


@dataclass(frozen=True, slots=True)
class LogTrend:
    """A fitted quasi-Poisson trend, each of shape (series, 1).  拟合的准泊松趋势。"""

    level: Floats  # log events per unit of offset at the last time
    slope: Floats
    variances: tuple[Floats, Floats, Floats]  # of level, their covariance, of slope, for dispersion 1
    dispersion: Floats  # Pearson chi square / (n - 2)


def fit_log_trend(events: Floats, offset: Floats) -> LogTrend:
    """Fit log E(events) = offset + a + b t to each row by iteratively reweighted least squares.  准泊松趋势拟合。

    Shapes (series, time), NaN for a gap; t is 0 at the last place.
    """
    seen = np.isfinite(events)
    k, off = np.nan_to_num(events), np.where(seen, offset, 0.0)
    t = np.broadcast_to(np.arange(events.shape[1]) - (events.shape[1] - 1.0), events.shape)
    # Half the mean keeps the first step away from zeros.
    eta = np.log(np.where(seen, k + 0.5 * k.sum(axis=1, keepdims=True) / seen.sum(axis=1, keepdims=True) + SMALLEST, 1))
    a = b = np.zeros((len(k), 1))
    for _ in range(40):
        mu = np.exp(np.clip(eta, -50, 35))
        w = np.where(seen, mu, 0.0)
        work = eta - off + (k - mu) / mu
        s0, s1, s2 = (np.sum(w * t**power, axis=1, keepdims=True) for power in (0, 1, 2))
        r0, r1 = (np.sum(w * work * t**power, axis=1, keepdims=True) for power in (0, 1))
        det = np.maximum(s0 * s2 - s1**2, 1e-300)
        a, b = (s2 * r0 - s1 * r1) / det, (s0 * r1 - s1 * r0) / det
        eta = np.clip(off + a + b * t, -50, 35)
    mu = np.exp(eta)
    freedom = np.maximum(seen.sum(axis=1, keepdims=True) - 2.0, 1.0)
    pearson = np.where(seen, (k - mu) ** 2 / mu, 0.0).sum(axis=1, keepdims=True) / freedom
    return LogTrend(a, b, (s2 / det, -s1 / det, s0 / det), np.maximum(pearson, SMALLEST))


def poisson_trend(block: Block, horizon: int, *, draws: int, rng: np.random.Generator) -> Floats:
    """Extrapolate a quasi-Poisson log-linear trend with exposure.  准泊松趋势外推，计入暴露量。

    The dispersion is at least 1 where events were counted, and as uncertain as n - 2 residuals leave it. Draws are gamma
    with variance dispersion x mean, about trends drawn from the normal of the estimates.
    """
    one = value_of_one(block)
    fit = fit_log_trend(block.values / one, -np.log(one))
    counted = np.isfinite(block.events).any(axis=1, keepdims=True)
    freedom = np.maximum(np.isfinite(block.values).sum(axis=1, keepdims=True) - 2.0, 1.0)
    estimated = np.maximum(fit.dispersion, np.where(counted, 1.0, SMALLEST))
    dispersion = estimated * inflate(freedom, draws, rng) ** 2
    v_level, both, v_slope = (np.clip(dispersion * v, -1e6, 1e6) for v in fit.variances)
    first, second = rng.standard_normal((2, len(block), draws))
    level = fit.level + np.sqrt(v_level) * first
    tied = both / np.sqrt(np.maximum(v_level, 1e-300))
    slope = fit.slope + tied * first + np.sqrt(np.maximum(v_slope - tied**2, 0.0)) * second
    eta = level[:, :, None] + slope[:, :, None] * np.arange(1, horizon + 1) - np.log(one[:, -1:])[:, :, None]
    mean = np.exp(np.clip(eta, -50, 35))
    spread = dispersion[:, :, None]
    return bounded(block, rng.gamma(np.maximum(mean / spread, 1e-12), spread) * one[:, -1:, None])


_ALL = (
    Baseline("climatology", Text("气候态：全体序列的历史变化", "past changes of all series"), climatology),
    Baseline("random_walk", Text("随机游走，正态步长", "random walk, normal steps"), random_walk),
    Baseline("random_walk_t", Text("随机游走，t 步长", "random walk, t steps"), random_walk_t),
    Baseline("log_random_walk", Text("对数随机游走，正态步长", "log random walk, normal steps"), log_random_walk),
    Baseline("log_random_walk_t", Text("对数随机游走，t 步长", "log random walk, t steps"), log_random_walk_t),
    Baseline("drift_t", Text("带漂移的随机游走", "random walk with drift"), drift_t),
    Baseline("log_drift_t", Text("带漂移的对数随机游走", "log random walk with drift"), log_drift_t),
    Baseline("compound_growth", Text("复合增长外推，加噪声", "compound growth with residual noise"), compound_growth),
    Baseline("compound_growth_point", Text("复合增长外推，非此即彼", "compound growth, yes or no"), compound_growth_point),
    Baseline("straight_line", Text("直线外推", "straight line, predictive t"), straight_line),
    Baseline("log_line", Text("对数直线外推", "log-linear, predictive t"), log_line),
    Baseline("poisson_trend", Text("准泊松趋势外推", "quasi-Poisson trend with exposure"), poisson_trend),
    Baseline("ets_damped", Text("阻尼指数平滑（statsmodels）", "damped ETS (statsmodels)"), library.ets_damped, "statsmodels"),
    Baseline("theta", Text("Theta 法（statsmodels）", "Theta (statsmodels)"), library.theta, "statsmodels"),
    Baseline("local_level", Text("局部水平模型（statsmodels）", "local level (statsmodels)"), library.local_level, "statsmodels"),
    Baseline("auto_ets", Text("自动指数平滑（statsforecast）", "AutoETS (statsforecast)"), library.auto_ets, "statsforecast"),
    Baseline("auto_theta", Text("自动 Theta（statsforecast）", "AutoTheta (statsforecast)"), library.auto_theta, "statsforecast"),
)  # fmt: skip
BASELINES: Mapping[str, Baseline] = MappingProxyType({b.id: b for b in _ALL})


def find_baseline(name: str) -> Baseline:
    """Return a peer by its id.  按名称取同行方法。

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest ids, or saying what is not installed.

    >>> find_baseline("random_walk").name.zh
    '随机游走，正态步长'
    """
    if name not in BASELINES:
        raise UnknownNameError(unknown_name("forecaster", "预测方法", name, BASELINES))
    return BASELINES[name]
