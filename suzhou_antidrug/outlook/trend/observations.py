"""A series as trend methods see it: true times in years, values, logarithms and their known noise.

趋势方法所用的观测：以年计的真实时间、数值、对数及其已知误差。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import refusal
from ..predictive import series_block
from ..series import to_ordinal

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from ..series import Block

    Floats = NDArray[np.float64]

# Half an event keeps a logarithm finite at zero and its mean close to the log of the expectation.
HALF = 0.5
STEPS_PER_YEAR = {"Y": 1, "A": 1, "Q": 4, "M": 12}


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Reported values of one series, oldest first, shapes (n,).  单条序列的观测值。

    ``logs`` is NaN where a logarithm does not exist; ``noise`` is the known variance of ``logs``, 0 where unknown.
    """

    history: pd.Series
    times: Floats  # years; steps for a series without periods
    values: Floats
    logs: Floats
    noise: Floats

    @property
    def noise_is_known(self) -> bool:
        """Whether every value has a known noise."""
        return bool((self.noise > 0).all())

    @property
    def equally_spaced(self) -> bool:
        """Whether no period is missing in between."""
        return bool(np.ptp(np.diff(self.times)) < 1e-9)


def observe(
    y: Any,
    *,
    kind: str = "rate",
    events: ArrayLike | pd.Series | None = None,
    exposure: ArrayLike | pd.Series | None = None,
    se: ArrayLike | pd.Series | None = None,
) -> Observations:
    """Check a series and return its observations; periods without a value are left out.  核对序列并取出观测值。

    A count with ``exposure`` is described as the rate count / exposure. Raises
    :class:`~suzhou_antidrug.errors.SeriesError` as :func:`~suzhou_antidrug.outlook.predictive.forecast` does.

    >>> import pandas as pd
    >>> seen = observe(pd.Series([9.0, 8.0, 6.0], index=[2016, 2018, 2019]))
    >>> seen.times, seen.equally_spaced
    (array([2016., 2018., 2019.]), False)
    """
    _check_dates(y)
    block, history = series_block(y, kind=kind, exposure=exposure, events=events, se=se)
    seen, times = np.isfinite(block.values[0]), _times(history)
    values, logs, noise = _log_scale(block)
    return Observations(history, times, values[seen], logs[seen], noise[seen])


def _check_dates(y: Any) -> None:
    """Refuse several dates in one year: dates stand for years, and the later one would replace the earlier."""
    import pandas as pd

    if isinstance(y, pd.Series) and isinstance(y.index, pd.DatetimeIndex) and y.dropna().index.year.has_duplicates:
        raise refusal(
            "duplicate_period",
            "dates inside one year count as one period.",
            "同一年内的多个日期被当作同一时期。",
            advice_en="Index quarters and months by pandas Period.",
            advice_zh="季度、月度请用 pandas Period 作索引。",
        )


def _times(history: pd.Series) -> Floats:
    """Return times in years, so that a missing year counts as two steps and a quarter as a fourth of one."""
    import pandas as pd

    steps: Floats = to_ordinal(history.index.to_series()).to_numpy(dtype=float)
    first = history.index[0]
    if not isinstance(first, pd.Period):
        return steps
    letter = first.freqstr[0]
    if letter not in STEPS_PER_YEAR:
        raise refusal(
            "period_length",
            "only years, quarters and months can be described.",
            "只能描述年度、季度和月度序列。",
            value=first.freqstr,
        )
    return 1970 + steps / STEPS_PER_YEAR[letter]


def _log_scale(block: Block) -> tuple[Floats, Floats, Floats]:
    """Return values, logarithms and the known variance of the logarithms of one series.

    Delta method: Poisson events give 1 / (events + 1/2), a share of n gives (1 - p) / (n p), a standard error (se / y)^2.
    """
    y, k, n, se = block.values[0], block.events[0], block.exposure[0], block.se[0]
    if block.kind == "count" and np.isfinite(n).any():
        y = y / n
    counted = np.isfinite(k)
    with np.errstate(divide="ignore", invalid="ignore"):
        if block.kind == "proportion":
            known = counted & np.isfinite(n)
            share = np.where(known, (k + HALF) / (n + 2 * HALF), np.where(y > 0, y, np.nan))
            logs, chance = np.log(share), np.where(known, (1 - share) / (share * (n + 2 * HALF)), 0.0)
        else:
            shifted = np.where(counted, y + HALF * _value_of_one_event(y, k, n), y)
            logs = np.log(np.where(shifted > 0, shifted, np.nan))
            chance = np.where(counted, 1 / (k + HALF), 0.0)
        noise = chance + np.nan_to_num((se / np.exp(logs)) ** 2)
    return y, logs, noise


def _value_of_one_event(y: Floats, k: Floats, n: Floats) -> Floats:
    """Return what one event adds to each value, also in years without any."""
    unit = np.where(k > 0, y / k, np.nan)
    scaled = unit * n
    if np.isfinite(scaled).any():
        filled = np.nanmedian(scaled) / n
    elif np.isfinite(unit).any():
        filled = np.full_like(unit, np.nanmedian(unit))
    else:
        filled = 1 / n  # nothing ever happened: one event per exposure, NaN where that is unknown
    return np.where(np.isfinite(unit), unit, filled)
