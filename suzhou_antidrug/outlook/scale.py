"""Between the values of a series and the scale on which the forecaster works.

序列数值与预测尺度之间的变换。

Rates, counts and loads are forecast on the log scale, proportions on the logit scale; what is known of the noise of a
reported value enters as a variance on that scale, by the delta method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .row_generators import Draws, of_rows, poisson_where
from .series import Block, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HALF = 0.5  # half an event keeps a zero on the log scale
SMALLEST_SHARE = 1e-4  # a share of 0 or 1 without a known denominator is read as known to this
TINY = 1e-300  # below it a logarithm would be infinite
NOISE_FLOOR, NOISE_CEILING = 1e-7, 9.0  # a value known to a factor of twenty is not known at all
ZERO_NOISE = 0.5  # variance of the logarithm of a reported zero whose unit is not known
SMALL_COUNT = 60.0  # below, the reported count is drawn from a Poisson; above, its noise is normal on the log scale
EXACT_BELOW = 12.0
LARGEST_LOG = 80.0  # e^80 is beyond anything counted or weighed
LARGEST = 1e15  # a draw beyond this is a number no report can hold
DIGITS = {"proportion": 5, "rate": 3, "count": 0, "load": 3}  # decimals looked at when the published step is sought


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """A block on its scale, with what is needed to come back.  变换后的数据块。"""

    z: Floats  # (series, time)
    noise: Floats  # known variance of each z
    counts: NDArray[np.int64]  # values of each series
    unit: Floats  # value of one event at the end, 1 where events are not known
    last_events: Floats  # NaN where not known
    last_exposure: Floats
    exposure_growth: Floats  # log change a step
    resolution: Floats  # decimal step of the published values, 0 where there is none

    def take(self, rows: NDArray[np.intp]) -> Scaled:
        """Return the same for some of the series.  取部分序列。"""
        return Scaled(*(getattr(self, f)[rows] for f in self.__slots__))

    @property
    def extra_noise(self) -> Floats:
        """The variance that a reported future value adds on the scale, where it is not drawn as a count."""
        seen = np.isfinite(self.last_events)
        drawn = seen & (self.last_events < SMALL_COUNT)
        last = _last(self.noise)
        return np.where(drawn, 0.0, np.where(seen, 1 / (np.nan_to_num(self.last_events) + HALF), last))


def to_scale(block: Block) -> Scaled:
    """Return a block on the log or logit scale.  变换到对数或逻辑斯蒂尺度。

    Poisson events add 1 / (events + 1/2) to the variance of a log, a share of n adds 1 / (n p (1 - p)) to that of a logit,
    a published decimal step r adds r^2 / 12, a standard error its square.
    """
    y, k, n = block.values, block.events, block.exposure
    seen = np.isfinite(y)
    step = resolution(y, DIGITS[block.kind])
    rounding = (step**2 / 12)[:, None] + block.se**2
    unit_grid, unit = _units(block)
    with np.errstate(divide="ignore", invalid="ignore"):
        if block.kind == "proportion":
            known = np.isfinite(k) & np.isfinite(n)
            share = np.where(known, (k + HALF) / (n + 2 * HALF), np.clip(y, SMALLEST_SHARE, 1 - SMALLEST_SHARE))
            z = np.log(share) - np.log1p(-share)
            noise = np.where(known, 1 / (share * (1 - share) * (n + 2 * HALF)), 0.0)
            noise = noise + np.where(known, block.se**2, rounding) / (share * (1 - share)) ** 2
        else:
            known = np.isfinite(k)
            floor = HALF * np.nan_to_num(_row_minimum(np.where(y > 0, y, np.nan)), nan=1.0)
            shifted = np.maximum(np.where(known, y + HALF * unit_grid, np.where(y > 0, y, floor)), TINY)
            z = np.log(shifted)
            zero = np.where(y > 0, 0.0, ZERO_NOISE)
            relative = np.minimum(block.se / shifted, 1e3) ** 2
            printed = np.minimum(np.sqrt(rounding) / shifted, 1e3) ** 2
            noise = np.where(known, 1 / (k + HALF) + relative, printed + zero)
    return Scaled(
        z=np.where(seen, np.clip(z, -LARGEST_LOG, LARGEST_LOG), np.nan),
        noise=np.where(seen, np.clip(noise, NOISE_FLOOR, NOISE_CEILING), np.nan),
        counts=seen.sum(axis=1),
        unit=unit,
        last_events=_last(k),
        last_exposure=_last(n),
        exposure_growth=_growth(n),
        resolution=step,
    )


def from_scale(kind: Kind, scaled: Scaled, paths: NDArray[np.float32], rng: Draws, out: Floats | None = None) -> Floats:
    """Return paths (series, draws, horizon) as values that would be reported, noise and rounding included.

    由尺度上的路径得到将来会上报的数值。``out`` takes them where it is given.
    """
    values = np.empty(paths.shape) if out is None else out
    if kind == "proportion":
        values[...] = _shares(scaled, paths, rng)
        return values
    level = np.exp(np.clip(paths, -LARGEST_LOG, np.float32(np.log(LARGEST))))
    counted = np.isfinite(scaled.last_events)
    small = counted & (scaled.last_events < SMALL_COUNT)
    unit = np.where(counted, scaled.unit, 0.0).astype(np.float32)[:, None, None]
    if small.any():
        level[small] = _counts(level[small], scaled, small, of_rows(rng, small))
    values[...] = level
    large = counted & ~small
    if large.any():
        values[large] = np.maximum(values[large] - HALF * unit[large], 0.0)
    rounded = (scaled.resolution > 0) & (~np.isfinite(scaled.last_exposure) | (kind == "count"))
    if rounded.any():
        step = scaled.resolution[:, None, None]
        if rounded.all():
            np.divide(values, step, out=values)
            np.round(values, out=values)
            values *= step
        else:
            values[rounded] = np.round(values[rounded] / step[rounded]) * step[rounded]
    return values


def _counts(level: NDArray[np.float32], scaled: Scaled, small: NDArray[np.bool_], rng: Draws) -> NDArray[np.float32]:
    """Draw the small counts that would be reported, in the unit of the values."""
    growth = np.exp(np.clip(scaled.exposure_growth[small], -0.1, 0.1))[:, None, None]
    per_event = scaled.unit[small][:, None, None] / growth ** np.arange(1, level.shape[2] + 1)
    expected = np.clip(level / per_event.astype(np.float32) - np.float32(HALF), 0.0, np.float32(LARGEST))
    counts: NDArray[np.float32] = (poisson(expected, rng) * per_event).astype(np.float32)
    return counts


def poisson(expected: NDArray[np.float32], rng: Draws) -> NDArray[np.float32]:
    """Draw Poisson counts fast: exactly below 12, above by the second-order Cornish-Fisher expansion, rounded.

    快速泊松抽样。Source: Cornish and Fisher, Revue de l'Institut International de Statistique 5 (1938) 307.
    """
    z = rng.standard_normal(expected.shape, dtype=np.float32)
    counts = np.floor(np.maximum(expected + np.sqrt(expected) * z + (z * z - 1) / 6 + np.float32(0.5), 0.0))
    few = expected < EXACT_BELOW
    if few.any():
        counts[few] = poisson_where(rng, expected, few)
    return counts


def _shares(scaled: Scaled, paths: NDArray[np.float32], rng: Draws) -> Floats:
    share = 1 / (1 + np.exp(-np.clip(paths.astype(np.float64), -LARGEST_LOG, LARGEST_LOG)))
    known = np.isfinite(scaled.last_exposure) & np.isfinite(scaled.last_events)
    if known.any():
        size = np.maximum(np.round(scaled.last_exposure[known]), 1).astype(np.int64)[:, None, None]
        drawn = of_rows(rng, known).binomial(np.broadcast_to(size, share[known].shape), share[known])
        share[known] = drawn / size
    rounded = ~known & (scaled.resolution > 0)
    if rounded.any():
        step = scaled.resolution[rounded][:, None, None]
        share[rounded] = np.clip(np.round(share[rounded] / step) * step, 0.0, 1.0)
    return share


def resolution(values: Floats, digits: int) -> Floats:
    """Return for each row the decimal step of which all its values are multiples, 0 for none.  公布数的最小单位。

    >>> resolution(np.array([[1.5, 2.0, np.nan], [0.123, 0.4, 0.5], [3.0, 4.0, 7.0]]), 2).tolist()
    [0.1, 0.0, 1.0]
    """
    found = np.zeros(len(values))
    for d in range(digits, -1, -1):
        scaled = np.where(np.isfinite(values), values, 0.0) * 10.0**d
        whole = np.abs(scaled - np.round(scaled)) < 1e-6 * np.maximum(1.0, np.abs(scaled))
        whole &= (np.round(scaled) != 0) | (scaled == 0)  # a value far below the step is no multiple of it
        found = np.where(whole.all(axis=1), 10.0**-d, found)
    return found


def _units(block: Block) -> tuple[Floats, Floats]:
    """Return the value of one event for each value and at the end of each series."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(block.events > 0, block.values / block.events, np.nan)
        by_exposure = 1 / _last(block.exposure)
    last = _last(np.where(ratio > 0, ratio, np.nan))
    last = np.where(np.isfinite(last), last, np.where(block.kind == "count", 1.0, by_exposure))
    last = np.where(np.isfinite(last), last, 1.0)
    return np.where(np.isfinite(ratio) & (ratio > 0), ratio, last[:, None]), last


def _growth(exposure: Floats) -> Floats:
    seen = np.isfinite(exposure)
    first = np.argmax(seen, axis=1)
    rows = np.arange(len(exposure))
    span = np.maximum(exposure.shape[1] - 1 - first, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.log(_last(exposure) / exposure[rows, first]) / span
    return np.where(np.isfinite(growth), growth, 0.0)


def _row_minimum(array: Floats) -> Floats:
    filled = np.where(np.isfinite(array), array, np.inf).min(axis=1, keepdims=True)
    return np.where(np.isfinite(filled), filled, np.nan)


def _last(grid: Floats) -> Floats:
    """Return the last finite value of each row, NaN for none."""
    seen = np.isfinite(grid)
    index = grid.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)
    return np.where(seen.any(axis=1), grid[np.arange(len(grid)), index], np.nan)
