"""From plants to places: a division or the city as the population-weighted mean of its plants.

由污水厂到地区：以服务人口加权，汇总为县级市（区）或全市。

The load of a place is the sum of its plants' masses over the sum of their populations. Only plants with data in every
period take part, so that a plant that came or went makes no change; how many were left out is told. What moves a round
(season, batch, the market) is taken as common to all plants of a place, which is cautious; what moves a day is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from .period_means import PeriodMeans, slot_scatter, summed
from .prepared import Prepared

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Mask = NDArray[np.bool_]

LEVELS = ("plant", "division", "city")
CITY = "city"


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """The places that are judged, with their means on every side.  被评判的地点及其各期均值。"""

    site: NDArray[np.object_]
    biomarker: NDArray[np.object_]
    means: PeriodMeans  # shape (sites * sides,)
    plants: Integers
    left_out: Integers
    effective_plants: Floats
    of_series: Integers  # the site of each series, -1 where the series takes no part
    used: Mask  # of the rows
    pooled: bool

    @property
    def number(self) -> int:
        """How many sites with a biomarker."""
        return len(self.site)

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows that take part."""
        return table if self.used.all() else table[self.used]

    def series(self, series: Integers) -> Integers:
        """The site of each row that takes part."""
        return self.of_series[series][self.used]

    def any_of(self, flags: Mask) -> Mask:
        """Whether any series of a site is flagged."""
        taking = self.of_series >= 0
        return np.bincount(self.of_series[taking], weights=flags[taking], minlength=self.number) > 0


def pool_plants(plants: PeriodMeans, work: Prepared, *, by: str) -> Sites:
    """Return the places of a level with their means; ``by="plant"`` leaves every plant by itself.  汇总到地点。"""
    if by == "plant":
        each, one = np.arange(work.number), np.ones(work.number, dtype=np.int64)
        used = np.ones(len(work.table), dtype=bool)
        return Sites(work.plant, work.biomarker, plants, one, one * 0, one.astype(float), each, used, pooled=False)
    place = np.full(work.number, CITY, dtype=object) if by == CITY else work.division
    if by == "division" and (place == "").any():
        lacking = str(work.plant[np.flatnonzero(place == "")[0]])
        raise SeriesError(
            Problem("division_missing", "a plant names no division.", "污水厂未填所在县级市（区）。", value=lacking)
        )
    return _pooled(plants, work, place)


def _pooled(plants: PeriodMeans, work: Prepared, place: NDArray[np.object_]) -> Sites:
    import pandas as pd

    code, keys = pd.factorize(pd.MultiIndex.from_arrays([place, work.biomarker]))
    code = code.astype(np.int64)
    shape = (work.number, work.width)
    kept = (plants.years.reshape(shape)[:, 0] == (work.sides == 0).sum()) & (plants.rounds.reshape(shape) > 0).all(
        axis=1
    )
    of_series = np.where(kept, code, -1)
    weight = _weights(work, of_series, len(keys))
    site_cell = (np.repeat(of_series, work.width).reshape(shape) * work.width + np.arange(work.width)).ravel()
    taking = np.repeat(kept, work.width)
    cells = len(keys) * work.width
    used = kept[work.series]
    count = np.bincount(code[kept], minlength=len(keys))
    squares = np.bincount(of_series[kept], weights=(weight.reshape(shape)[:, 0] ** 2)[kept], minlength=len(keys))
    effective = 1 / np.where(squares > 0, squares, np.inf)
    means = _combine(plants, weight, site_cell, taking, cells)
    scatter = _scatter(work, of_series, used, weight, count, len(keys), np.maximum(effective, 1))
    means = replace(means, squares=scatter[0], degrees=scatter[1], expected=scatter[2])
    site = np.array([k[0] for k in keys], dtype=object)
    biomarker = np.array([k[1] for k in keys], dtype=object)
    left_out = np.bincount(code[~kept], minlength=len(keys))
    return Sites(site, biomarker, means, count, left_out, np.maximum(effective, 1), of_series, used, pooled=True)


def _weights(work: Prepared, of_series: Integers, sites: int) -> Floats:
    """Return each series' share of its site's population on each side, shape (series * sides,)."""
    people = work.table["population"].to_numpy(dtype=float)
    rows = of_series[work.series] >= 0
    if np.isnan(people[rows]).any():
        raise SeriesError(Problem(
            "population_missing", "pooling plants needs the population of each.", "汇总各厂须有每厂的服务人口。"))  # fmt: skip
    cell = work.series * work.width + work.side
    number = work.number * work.width
    count = np.bincount(cell, minlength=number)
    mean = np.bincount(cell, weights=np.nan_to_num(people), minlength=number) / np.maximum(count, 1)
    mean = np.where(np.repeat(of_series >= 0, work.width), mean, 0.0).reshape(work.number, work.width)
    total = np.zeros((sites + 1, work.width))
    np.add.at(total, of_series, mean)  # -1 falls into the spare last row
    return (mean / np.where(total[of_series] > 0, total[of_series], 1.0)).ravel()


def _combine(plants: PeriodMeans, weight: Floats, cell: Integers, taking: Mask, cells: int) -> PeriodMeans:
    def total(x: Floats | Integers | Mask) -> Floats:
        return summed(cell[taking], np.asarray(x, dtype=float)[taking], cells)

    seen = total(np.ones(len(weight))) > 0
    low, high, mean = (total(weight * x) for x in (plants.low, plants.high, np.nan_to_num(plants.mean)))
    bounded = total(np.isnan(plants.mean)) > 0
    lost = np.ones(cells)
    np.minimum.at(lost, cell[taking], plants.information[taking])
    share = weight * np.where(seen[np.where(taking, cell, 0)], 1.0, 0.0)
    mass = plants.low + plants.high
    part = np.where(taking, weight * mass, 0.0)
    whole = total(part)
    of_mass = np.where(taking, part / np.where(whole > 0, whole, 1.0)[np.where(taking, cell, 0)], 0.0)
    nothing = np.where(seen, 0.0, np.nan)
    return PeriodMeans(
        values=total(plants.values).astype(np.int64), below=total(plants.below).astype(np.int64),
        mean=np.where(bounded, np.nan, mean) + nothing, low=low + nothing, high=high + nothing,
        method=np.where(bounded, "bounds", "pooled").astype(object), information=lost,
        rounds=np.rint(total(share * plants.rounds)).astype(np.int64), days=total(share * plants.days),
        years=np.rint(total(share * plants.years)).astype(np.int64),
        weekend_share=total(share * np.nan_to_num(plants.weekend_share)) + nothing,
        balanced=total(~plants.balanced) == 0,
        var_round=total(of_mass * np.sqrt(plants.var_round)) ** 2, var_day=total(of_mass**2 * plants.var_day),
        squares=np.zeros(cells), degrees=np.zeros(cells, dtype=np.int64), expected=np.ones(cells),
    )  # fmt: skip


def _scatter(
    work: Prepared, of_series: Integers, used: Mask, weight: Floats, count: Integers, sites: int, effective: Floats
) -> tuple[Floats, Integers, Floats]:
    """Return the scatter of a place's quarters in which every plant was sampled, and what the noise model expects."""
    table = work.table[used]
    series, side = work.series[used], work.side[used]
    own_weight = weight.reshape(work.number, work.width)[series, side]
    site_cell = of_series[series] * work.width + side
    squares, degrees, days = slot_scatter(
        table, series, site_cell, sites * work.width, own_weight, np.repeat(count, work.width)
    )
    marker = work.biomarker[_first_series(of_series, sites)]
    day, between = (np.repeat(work.of_noise(name, marker), work.width) for name in ("day_sd", "round_sd"))
    plants = np.repeat(effective, work.width)
    return squares, degrees, np.log1p(np.expm1(day**2) / np.maximum(days, 1) / plants) + between**2


def _first_series(of_series: Integers, sites: int) -> Integers:
    first = np.zeros(sites, dtype=np.int64)
    taking = np.flatnonzero(of_series >= 0)
    first[of_series[taking]] = taking
    return first
