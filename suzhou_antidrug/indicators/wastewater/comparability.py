"""Why the two sides of a comparison may not be compared.

为何两个时期不可比。

The laboratory, the method and the population base are part of what a series is. A change of any of them, a row that was
left out or is in doubt, other weekdays or other seasons make two periods differ without any change in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ...datasets import data_path
from ...errors import UnknownNameError
from ...terms import Text
from .population import population_basis

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Integers = NDArray[np.int64]

IDENTITY: dict[str, Text] = {
    "population_basis": Text("人口口径", "population basis"),
    "laboratory": Text("实验室", "laboratory"),
    "method": Text("方法", "method"),
}
# The most that other weekdays may move a ratio by themselves: half of the smallest fall that is judged by default.
WEEKDAY_TOLERANCE = 0.05
OTHER: dict[str, Text] = {
    "base_missing": Text("缺少基期数据", "a base period has no data"),
    "target_missing": Text("缺少目标期数据", "a target period has no data"),
    "no_common_plant": Text("没有各期都有数据的污水厂", "no plant has data in every period"),
    "left_out": Text("比较期内有未能采用的样品，须先更正", "samples of these periods were left out; mend them first"),
    "doubtful": Text("比较期内有疑似错位的数值待核对", "a value that looks misplaced awaits confirmation"),
    "weekdays": Text(
        "两期采样的星期构成不同，又不足以按平日、周末加权",
        "the two sides were sampled on other weekdays, and cannot be weighted by weekday and weekend",
    ),
    "seasons": Text("两期采样的季节没有重叠", "the two sides were sampled in different seasons"),
    "limits_decide": Text(
        "低于限值的样品取零还是取限值，评判就不同",
        "whether values below their limit are 0 or the limit decides the verdict",
    ),
}


def differing(
    table: pd.DataFrame, series: Integers, number: int, *, accept: Mapping[str, str]
) -> list[tuple[Mask, list[Text | None]]]:
    """Return for each part of a series' identity where it changes, and how.  序列身份中途变化之处。

    ``series`` is the series of each row. A part named in ``accept``, with the source of its bridge, may change.
    """
    found = []
    for column, name in IDENTITY.items():
        if column in accept:
            continue
        codes, values = _factorized(table[column])
        low, high = np.full(number, len(values)), np.full(number, -1)
        np.minimum.at(low, series, codes)
        np.maximum.at(high, series, codes)
        where = high > low
        said: list[Text | None] = [None] * number
        for i in np.flatnonzero(where):
            a, b = (_shown(column, values[k]) for k in (low[i], high[i]))
            said[i] = Text(f"{name.zh}不同：{a.zh}、{b.zh}", f"{name.en} differs: {a.en}, {b.en}")
        found.append((where, said))
    return found


def _shown(column: str, value: str) -> Text:
    """Return a part of the identity as a reader knows it."""
    if not value:
        return Text("未注明", "not stated")
    if column != "population_basis":
        return Text(value, value)
    try:
        return population_basis(value).name
    except UnknownNameError:
        return Text(value, value)


def _factorized(column: pd.Series) -> tuple[Integers, list[str]]:
    import pandas as pd

    codes, values = pd.factorize(column.fillna("").astype(object))
    return codes.astype(np.int64), [str(v) for v in values]


def raise_limits(table: pd.DataFrame, series: Integers, number: int) -> tuple[pd.DataFrame, Mask]:
    """Censor both sides of a series at its highest limit, where limits differ and anything is below one.

    限值不同且有低于限值的样品时，一律按最高限值截尾。

    Otherwise a better method, which measures what the older one could not, would look like a change. Returns the table
    and which series were changed.
    """
    loq = table["loq_ng_per_L"].to_numpy(dtype=float)
    top, low = np.full(number, -np.inf), np.full(number, np.inf)
    known = ~np.isnan(loq)
    np.maximum.at(top, series[known], loq[known])
    np.minimum.at(low, series[known], loq[known])
    below = np.bincount(series, weights=(table["state"] != "measured").to_numpy(), minlength=number) > 0
    changed = below & (top > low * (1 + 1e-9)) & np.isfinite(top)
    rows = changed[series] & known
    if not rows.any():
        return table, changed
    with np.errstate(invalid="ignore"):
        high_limit = table["limit"].to_numpy(dtype=float) * top[series] / loq
        now_below = rows & (table["high"].to_numpy(dtype=float) < high_limit * (1 - 1e-9))
    out = table.copy()
    out.loc[now_below, "load"] = np.nan
    out.loc[now_below, "low"] = 0.0
    out.loc[now_below, "high"] = high_limit[now_below]
    out.loc[now_below, "state"] = "below_loq"
    return out, changed


@cache
def weekend_effects() -> Mapping[str, float]:
    """Return the log ratio of a day of Friday to Monday over one of Tuesday to Thursday, by biomarker.  周末效应。"""
    import pandas as pd

    table = pd.read_csv(data_path("factors", "wastewater_weekdays.csv")).set_index("biomarker")
    late, early = table[["fri", "sat", "sun", "mon"]].mean(axis=1), table[["tue", "wed", "thu"]].mean(axis=1)
    return dict(np.log(late / early))


def other_weekdays(
    biomarker: NDArray[np.object_], base_share: Floats, base_balanced: Mask, share: Floats, balanced: Mask
) -> Mask:
    """Return where other weekdays alone could move the ratio by more than 5 %.  星期构成足以左右比值之处。

    ``|share of weekend days then - before| * |weekend effect| > 0.05``, where the sides are not both weighted by weekday
    and weekend. A biomarker whose weekly cycle is not known is given the largest known one.
    """
    effects = weekend_effects()
    largest = max(abs(e) for e in effects.values())
    effect = np.array([abs(effects.get(str(b), largest)) for b in biomarker])
    with np.errstate(invalid="ignore"):
        moved = np.abs(base_share - share) * effect > WEEKDAY_TOLERANCE
    return np.asarray(~(base_balanced & balanced) & moved, dtype=bool)


def other_seasons(base_quarters: Integers, quarters: Integers) -> Mask:
    """Return where two sides share no calendar quarter; each is a bit mask, 0 where it is not known.  季节不重叠之处。"""
    return np.asarray((base_quarters > 0) & (quarters > 0) & ((base_quarters & quarters) == 0), dtype=bool)


def quarters_of(table: pd.DataFrame, cell: Integers, cells: int) -> Integers:
    """Return the calendar quarters of each cell as a bit mask.  各格所含季度。"""
    quarter = table["quarter"].to_numpy(dtype=np.int64)
    found = np.zeros(cells, dtype=np.int64)
    np.bitwise_or.at(found, cell, np.where(quarter > 0, 1 << np.maximum(quarter, 0), 0))
    return found


SPIKE = 1.5  # times the mean of the other base years


def base_cautions(
    table: pd.DataFrame, site: Integers, number: int, sides: Integers, periods: tuple[str, ...], *, by_people: bool
) -> list[Text]:
    """Return what must be said of each site's base: one year only, or a year that stands out.  对基期的提醒。

    Nearly half of all large falls of yearly loads in the EUDA and SCORE release are the end of a spike (of falls of 20 %
    or more, 46 % are not 20 % below the mean of the three years before); computed from the 2025 release.
    """
    base = np.flatnonzero(sides == 0)
    if len(base) == 1:
        only = Text("基期只有一年，看不出是否为尖峰", "one base year: whether it was a spike cannot be seen")
        return [only] * number
    period = table["year"].to_numpy(dtype=np.int64)
    weight = table["population"].to_numpy(dtype=float) if by_people else np.ones(len(table))
    value = (table["low"].to_numpy(dtype=float) + table["high"].to_numpy(dtype=float)) / 2
    cell = site * len(sides) + period
    shape = (number, len(sides))
    total = np.bincount(cell, weights=weight * value, minlength=number * len(sides)).reshape(shape)
    people = np.bincount(cell, weights=weight, minlength=number * len(sides)).reshape(shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        years = (total / people)[:, base]
        highest = np.nan_to_num(years, nan=-np.inf).argmax(axis=1)
        top = years[np.arange(number), highest]
        others = (np.nansum(years, axis=1) - top) / ((~np.isnan(years)).sum(axis=1) - 1)  # of the years with data
        times = top / others
    said = [Text("", "")] * number
    for i in np.flatnonzero(times >= SPIKE):
        year = periods[int(base[highest[i]])]
        said[i] = Text(
            f"基期中 {year} 为其余年份的 {times[i]:.1f} 倍，下降可能只是尖峰回落",
            f"{year} is {times[i]:.1f} times the other base years: the fall may be the end of a spike",
        )
    return said
