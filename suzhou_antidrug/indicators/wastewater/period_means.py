"""Means of periods from days in rounds, with what the design lets one know of their spread.

由轮次内的逐日样品得出各期均值，以及该采样设计所能说明的波动。

A day counts in its round, a round in its year, a year in its period; each level is averaged with equal weight, so that
seven days of one week weigh no more than the two days of another round. Days within a round share the week, the batch
and the people present: they are no replicates, and the variance counts rounds.

Variance of log(mean) by the noise model, matched for lognormals (Fenton 1960) at every level:
``v_round = log(1 + (e^day^2 - 1) / days) + round^2`` and ``v = log(1 + sum (e^v_round - 1) / (rounds^2 years^2))``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .censoring import censored_means
from .loads import WEEKEND
from .weeks import stratified_mean

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

FULL_WEEK = 7.0
LEAST_FOR_FIT = 10  # values; below, or above the share, a cell with values below their limit has bounds only
MOST_CENSORED = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class PeriodMeans:
    """Means of cells (a series in a period), arrays of shape (cells,).  各序列各期的均值。

    ``low`` and ``high`` hold every value below its limit at its lower and upper end; ``mean`` lies between them, and is
    NaN where nothing but the bounds can be said. ``var_round`` and ``var_day`` are the parts of the relative variance of
    the mean by the noise model; ``squares`` and ``degrees`` the scatter of log round means within years, ``expected`` the
    variance that the noise model gives one round.
    """

    values: Integers
    below: Integers
    mean: Floats
    low: Floats
    high: Floats
    method: NDArray[np.object_]
    information: Floats
    rounds: Integers
    days: Floats
    years: Integers
    weekend_share: Floats
    balanced: NDArray[np.bool_]
    var_round: Floats
    var_day: Floats
    squares: Floats
    degrees: Integers
    expected: Floats

    @property
    def log_variance(self) -> Floats:
        """Variance of log(mean) by the noise model, inflated for what the values below their limit do not tell."""
        return np.log1p(self.var_round + self.var_day) / self.information


def period_means(table: pd.DataFrame, cell: Integers, cells: int, *, day_sd: Floats, round_sd: Floats) -> PeriodMeans:
    """Return the means of cells; ``table`` has the columns of loads, ``cell`` the cell of each row.  计算各期均值。

    ``day_sd`` and ``round_sd`` are the noise of each cell's biomarker, shape (cells,).
    """
    low, high = table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float)
    weekday, days = table["weekday"].to_numpy(), table["days"].to_numpy(dtype=float)
    weekend = np.isin(weekday, WEEKEND)
    r, of_round = _nested(cell, table["round"].to_numpy(dtype=np.int64))
    y_of_row, of_year = _nested(cell, table["year"].to_numpy(dtype=np.int64))
    year_of_round = _last(r, y_of_row, len(of_round))
    means = [stratified_mean(x, weekend, r, len(of_round)) for x in (low, high)]
    lows, highs = (m.mean for m in means)
    whole = np.bincount(r, weights=days, minlength=len(of_round)) >= FULL_WEEK
    censored = np.bincount(r, weights=low < high, minlength=len(of_round)) > 0
    round_days = np.bincount(r, weights=days, minlength=len(of_round))
    n_year, n_cell = len(of_year), cells
    rounds_in_year = np.bincount(year_of_round, minlength=n_year)
    years_in_cell = np.bincount(of_year, minlength=n_cell)
    weight = 1.0 / rounds_in_year[year_of_round] / np.maximum(years_in_cell[of_round], 1)

    def total(x: ArrayLike) -> Floats:
        return summed(of_round, x, n_cell)

    day_part = np.expm1(day_sd**2)[of_round] / round_days
    v_round = np.log1p(day_part) + round_sd[of_round] ** 2
    squares, degrees = _scatter((lows + highs) / 2.0, ~censored, year_of_round, of_round, n_year, n_cell)
    seen = np.bincount(of_round, minlength=n_cell)
    at_low, at_high = _nan_empty(total(weight * lows), seen), _nan_empty(total(weight * highs), seen)
    mean, method, information = _estimate(low, high, cell, cells, at_low, at_high)
    return PeriodMeans(
        values=np.bincount(cell, minlength=cells),
        below=np.bincount(cell, weights=low < high, minlength=cells).astype(np.int64),
        mean=mean, low=at_low, high=at_high, method=method, information=information,
        rounds=seen, days=total(round_days), years=years_in_cell,
        weekend_share=_share(cell, weekend, days == 1, cells),
        balanced=np.bincount(of_round, weights=means[0].balanced | whole, minlength=n_cell) == seen,
        var_round=total(weight**2 * np.expm1(round_sd[of_round] ** 2)),
        var_day=total(weight**2 * day_part * np.exp(round_sd[of_round] ** 2)),
        squares=squares, degrees=degrees, expected=_nan_empty(total(v_round) / np.maximum(seen, 1), seen),
    )  # fmt: skip


def summed(code: Integers, weights: ArrayLike, number: int) -> Floats:
    """Return the sum of weights of each code.  按编码求和。"""
    return np.asarray(np.bincount(code, weights=np.asarray(weights, dtype=float), minlength=number), dtype=float)


def _nested(outer: Integers, inner: Integers) -> tuple[Integers, Integers]:
    """Return the code of each row's pair, and the outer code of each pair."""
    if not len(outer):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    shifted = inner - inner.min()
    span = int(shifted.max()) + 1
    pairs, code = np.unique(outer.astype(np.int64) * span + shifted, return_inverse=True)
    return code.astype(np.int64), pairs // span


def _last(code: Integers, values: Integers, number: int) -> Integers:
    found = np.zeros(number, dtype=np.int64)
    found[code] = values
    return found


def _nan_empty(x: Floats, count: Integers) -> Floats:
    return np.where(count > 0, x, np.nan)


def _share(cell: Integers, weekend: NDArray[np.bool_], single: NDArray[np.bool_], cells: int) -> Floats:
    """Return the share of single days that are of the weekend; NaN where a cell has none."""
    count = np.bincount(cell, weights=single, minlength=cells)
    late = np.bincount(cell, weights=weekend & single, minlength=cells)
    return np.where(count > 0, late / np.maximum(count, 1), np.nan)


def _scatter(
    means: Floats, usable: NDArray[np.bool_], year: Integers, cell: Integers, years: int, cells: int
) -> tuple[Floats, Integers]:
    """Return the sum of squares of log round means about their year's, and its degrees of freedom, by cell."""
    usable = usable & (means > 0)
    log = np.log(np.where(usable, means, 1.0))
    count = np.bincount(year, weights=usable, minlength=years)
    centre = np.bincount(year, weights=log * usable, minlength=years) / np.maximum(count, 1)
    squares = summed(cell, usable * (log - centre[year]) ** 2, cells)
    first_cell = _last(year, cell, years)
    degrees = np.bincount(first_cell, weights=np.maximum(count - 1, 0), minlength=cells)
    return squares, degrees.astype(np.int64)


def _estimate(
    low: Floats, high: Floats, cell: Integers, cells: int, at_low: Floats, at_high: Floats
) -> tuple[Floats, NDArray[np.object_], Floats]:
    """Return the mean, how it was found and how much of the information it keeps."""
    below = np.bincount(cell, weights=low < high, minlength=cells) > 0
    mean = np.where(below, np.nan, at_low)
    method = np.where(np.isnan(at_low), "empty", np.where(below, "bounds", "complete")).astype(object)
    information = np.ones(cells)
    if below.any():
        rows = below[cell]
        own = np.flatnonzero(below)
        local = np.searchsorted(own, cell[rows])
        fit = censored_means(
            low[rows], high[rows], local, groups=len(own), minimum=LEAST_FOR_FIT, maximum_share=MOST_CENSORED
        )
        # The fit is of the days as drawn; a mean outside what the limits allow is a bad fit, and no number.
        inside = ~np.isnan(fit.mean) & (fit.mean >= at_low[own] * (1 - 1e-9)) & (fit.mean <= at_high[own] * (1 + 1e-9))
        mean[own] = np.where(inside, fit.mean, np.nan)
        method[own] = np.where(inside, fit.method, "bounds")
        information[own] = np.where(inside & (fit.information > 0), np.clip(fit.information, 0.05, 1.0), 1.0)
    return mean, method, information


def slot_scatter(
    table: pd.DataFrame, series: Integers, cell: Integers, cells: int, weight: Floats, plants: Integers
) -> tuple[Floats, Integers, Floats]:
    """Return the scatter of a place's quarterly means about their year's, its degrees of freedom, and days a slot.

    各地区季度均值在年内的离散程度。

    A quarter counts where every plant of the place (``plants`` of each cell) was sampled and nothing was below a limit.
    """
    quarter, year = table["quarter"].to_numpy(dtype=np.int64), table["year"].to_numpy(dtype=np.int64)
    low, high = table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float)
    nothing = np.zeros(cells), np.zeros(cells, dtype=np.int64), np.ones(cells)
    if not len(table):
        return nothing
    slot, of_slot = _nested(cell, year * 5 + quarter)
    own, slot_of_own = _nested(slot, series)
    count = np.bincount(own)
    mean = np.bincount(own, weights=(low + high) / 2) / count
    own_weight = _last_float(own, weight, len(count))
    place = summed(slot_of_own, own_weight * mean, len(of_slot))
    present = np.bincount(slot_of_own, minlength=len(of_slot))
    censored = np.bincount(slot, weights=low < high, minlength=len(of_slot)) > 0
    known = np.bincount(slot, weights=quarter > 0, minlength=len(of_slot)) > 0
    usable = (present == plants[of_slot]) & ~censored & known
    year_of_slot = _last(slot, year, len(of_slot))
    in_year, of_year = _nested(of_slot, year_of_slot)
    squares, degrees = _scatter(place, usable, in_year, of_slot, len(of_year), cells)
    days = np.bincount(
        of_slot, weights=np.bincount(slot_of_own, weights=count, minlength=len(of_slot)) / present, minlength=cells
    )
    slots = np.bincount(of_slot, minlength=cells)
    return squares, degrees, days / np.maximum(slots, 1)


def _last_float(code: Integers, values: Floats, number: int) -> Floats:
    found = np.zeros(number)
    found[code] = values
    return found
