"""Season, declared level shifts and declared shocks, taken out before a forecast and put back after.

季节、已申明的水平变动与一次性冲击：预测前剔除，预测后还原。
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import refusal
from .scale import HALF, SMALLEST_SHARE
from .series import Block, Kind, to_ordinal

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PER_YEAR = {"Q": 4, "M": 12}
SEASONS_NEEDED = 2  # whole years before a season can be told from chance at all


def seasons_of(history: pd.Series) -> int:
    """Return the number of seasons a year of a quarterly or monthly index, 1 otherwise.  每年的季数。"""
    freq = str(getattr(history.index, "freqstr", None) or getattr(history.index[-1], "freqstr", "Y"))
    return PER_YEAR.get(freq[0], 1)


def adjust(
    block: Block, history: pd.Series, *, season: bool | None, shifts: Sequence[Any], pulses: Sequence[Any]
) -> tuple[Block, Floats | None]:
    """Return a block of one series without season, shifts and shocks, and the log seasonal factors or None.

    去掉季节、水平变动与冲击后的序列，及季节因子。
    """
    steps = to_ordinal(history.index.to_series())
    first = int(steps.iloc[0])
    values = block.values.copy()
    for period in pulses:
        values[0, _position(period, history, first, values.shape[1])] = np.nan
    if not np.isfinite(values[0, -1]):
        raise refusal("pulse_last", "the last value may not be a declared shock.", "最后一个值不能是已申明的冲击。")
    per_year = seasons_of(history)
    if season is None:
        season = per_year > 1 and np.isfinite(values).sum() >= SEASONS_NEEDED * per_year
    elif season and per_year == 1:
        raise refusal("season", "only quarters and months have a season.", "只有季度或月度数据才有季节。")
    factors = None
    if season:
        factors = seasonal_factors(_logs(values[0], block.kind), per_year, first)
        values = _move(values, -factors[(first + np.arange(values.shape[1])) % per_year][None], block.kind)
    for period in sorted(_position(p, history, first, values.shape[1]) for p in shifts):
        values = _without_jump(values, period, block.kind)
    if np.array_equal(values, block.values, equal_nan=True):
        return block, None
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(block.values > 0, values / block.values, 1.0)
    # Events and errors keep their relative size: what is known of the noise does not change with the level.
    kind = "rate" if block.kind == "count" else block.kind
    events = np.where(np.isfinite(values), block.events, np.nan)
    if block.kind == "proportion":
        events = np.where(np.isfinite(block.exposure), values * block.exposure, events)
    return replace(block, kind=kind, values=values, events=events, se=block.se * np.abs(moved)), factors


def _position(period: Any, history: pd.Series, first: int, width: int) -> int:
    import pandas as pd

    sample = history.index[-1]
    given = pd.Period(str(period), freq=sample.freqstr) if hasattr(sample, "freqstr") else period
    place = int(to_ordinal(pd.Series([given])).iloc[0]) - first
    if not 0 <= place < width:
        raise refusal(
            "outside", "a declared shift or shock lies outside the series.", "已申明的变动不在序列之内。", value=period
        )
    return place


def _logs(values: Floats, kind: Kind) -> Floats:
    if kind == "proportion":
        share = np.clip(values, SMALLEST_SHARE, 1 - SMALLEST_SHARE)
        return np.log(share) - np.log1p(-share)
    return np.log(np.where(values > 0, values, HALF))


def _move(values: Floats, by: Floats, kind: Kind) -> Floats:
    """Return values moved on their scale."""
    if kind == "proportion":
        z = _logs(values, kind) + by
        return np.where(np.isfinite(values), 1 / (1 + np.exp(-z)), np.nan)
    return values * np.exp(by)


def seasonal_factors(z: Floats, per_year: int, first: int) -> Floats:
    """Return the seasonal factors on the scale, sum zero, shrunk by how far they stand out of chance.  季节因子。

    Deviations from a centred mean of one year, averaged by season; shrunk by 1 - (variance of chance) / (variance of the
    factors), floored at 0 (James and Stein's positive part). Source: Makridakis and Hibon's shrunken seasonals follow the
    same idea; Miller and Williams, International Journal of Forecasting 19 (2003) 669.
    """
    weights = np.ones(per_year + 1 - per_year % 2)
    if per_year % 2 == 0:
        weights[[0, -1]] = 0.5
    seen = np.isfinite(z)
    total = np.convolve(np.where(seen, z, 0.0), weights, mode="same")
    level = total / np.maximum(np.convolve(seen.astype(float), weights, mode="same"), 1e-9)
    deviation = np.where(seen, z - level, np.nan)
    which = (first + np.arange(len(z))) % per_year
    groups = [deviation[(which == s) & seen] for s in range(per_year)]
    means = np.array([g.mean() if len(g) else 0.0 for g in groups])
    means -= means.mean()
    spread = np.mean([g.var(ddof=1) / len(g) for g in groups if len(g) > 1] or [np.inf])
    signal = max(float(means.var(ddof=1)), 1e-12)
    shrunk: Floats = means * max(0.0, 1 - spread / signal)
    return shrunk


def reseason(samples: Floats, factors: Floats, last: int, kind: Kind) -> Floats:
    """Return draws (draws, horizon) with their season put back.  还原季节。"""
    ahead = factors[(last + 1 + np.arange(samples.shape[1])) % len(factors)][None]
    moved = _move(samples, ahead, kind)
    return np.round(moved) if kind == "count" else moved


def _without_jump(values: Floats, place: int, kind: Kind) -> Floats:
    """Move everything before ``place`` so that the step into it is none."""
    z = _logs(values[0], kind)
    before = np.flatnonzero(np.isfinite(values[0, :place]))
    after = np.flatnonzero(np.isfinite(values[0, place:]))
    if not len(before) or not len(after):
        return values
    jump = z[place + after[0]] - z[before[-1]]
    by = np.where(np.arange(values.shape[1]) < place, jump, 0.0)[None]
    return _move(values, by, kind)
