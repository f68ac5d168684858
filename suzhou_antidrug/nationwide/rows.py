"""Rows of a partition: whether they are plainly sound, and the full check of a return where they are not.

分区数据的核对：明显无误的直接采用，否则按报表全部规则逐项核对。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import Problem, ReturnsError, problems_frame
from ..returns.checks import traits_of
from ..returns.schema import MISSING_STATUS, NUMBER_COLUMNS, ROW_STATUSES, Returns, period_text, periods_of

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan


MOST_PERIODS = 12  # of one indicator in a year


def checked_rows(frame: pd.DataFrame, plan: Plan, year: int, *, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return sound rows with their year, and the warnings about them.  核对一个分区一年的数据。

    Rows that break nothing are taken as they stand; any doubt sends the whole file through the checks of a return, which
    name every problem and raise :class:`~suzhou_antidrug.errors.ReturnsError`.
    """
    if (rows := _plainly_sound(frame, plan, year)) is not None:
        return rows, problems_frame([])
    returns = Returns.from_frame(frame, plan=plan, name=name)
    table = returns.table.assign(year=[p.year for p in returns.table["period"]])
    if len(other := table[table["year"] != year]):
        first = other.iloc[0]
        raise ReturnsError(Problem(
            "other_year", f"{len(other)} rows are not of {year}.", f"有 {len(other)} 行不属于 {year} 年。",
            "Write every year into its own folder.", "请把各年写入各自的文件夹。",
            file=name, row=int(first["row"]), column="period", value=str(first["period"]),
        ))  # fmt: skip
    return table, returns.problems


def _plainly_sound(frame: pd.DataFrame, plan: Plan, year: int) -> pd.DataFrame | None:
    """Return the rows where nothing at all is odd about them, else None."""
    import pandas as pd

    if any(not pd.api.types.is_numeric_dtype(frame[c].dtype) for c in NUMBER_COLUMNS):
        return None
    indicators, places = list(plan.indicators.values()), plan.geography.place_ids
    which = pd.Index([i.id for i in indicators]).get_indexer(frame["indicator"])
    where = pd.Index(places).get_indexer(frame["division"])
    if (which < 0).any() or (where < 0).any() or not frame["status"].isin(list(ROW_STATUSES)).all():
        return None
    period = _periods(frame["period"], which, plan, year)
    if period is None or not _sound_numbers(frame, plan, which):
        return None
    traits = traits_of(plan, which)
    if (traits.city_only != (where == 0)).any():
        return None
    key = (which.astype(np.int64) * len(places) + where) * MOST_PERIODS + period
    if len(np.unique(key)) < len(key):
        return None
    count = traits.counted & frame["value"].notna().to_numpy()
    return frame.assign(year=year, numerator=frame["numerator"].mask(count, frame["value"]))


def _periods(texts: pd.Series, which: np.ndarray, plan: Plan, year: int) -> np.ndarray | None:
    """Return the number of each row's period in the year; None where one is no period its indicator is reported in."""
    import pandas as pd

    indicators = list(plan.indicators.values())
    frequencies = sorted({i.frequency for i in indicators})
    frequency = np.array([frequencies.index(i.frequency) for i in indicators])[which]
    code, known = pd.factorize(texts)
    number = np.full(len(texts), -1)
    for f, name in enumerate(frequencies):
        own = periods_of(next(i for i in indicators if i.frequency == name), [year])
        at = pd.Index([period_text(p) for p in own]).get_indexer(known)[code]
        number = np.where(frequency == f, at, number)
    return number if (number >= 0).all() else None


def _sound_numbers(frame: pd.DataFrame, plan: Plan, which: np.ndarray) -> bool:
    """Whether all numbers are such as their indicators take, and stand where they belong."""
    traits = traits_of(plan, which)
    k, n, v = (frame[c].to_numpy(dtype=float) for c in NUMBER_COLUMNS)
    told = [~np.isnan(x) for x in (k, n, v)]
    if any(np.isinf(x).any() or (x < 0).any() for x in (k, n, v)):
        return False
    reported = (frame["status"] != MISSING_STATUS).to_numpy()
    parts = traits.ratio
    whole = all(
        (x[t & traits.whole[c]] == np.round(x[t & traits.whole[c]])).all()
        for x, t, c in zip((k, n, v), told, NUMBER_COLUMNS, strict=True)
    )
    # A count is its numerator; the exposure beside it is context.
    counted = told[2] & (~told[0] | (traits.counted & (k == v))) & (~told[1] | (traits.counted & (n > 0)))
    placed = np.where(parts, told[0] & told[1] & ~told[2] & (n > 0), counted)
    empty = ~told[0] & ~told[1] & ~told[2]
    bounded = ~(traits.bounded & parts & (k > n)).any()
    share = ~(traits.share & (v > 1)).any()
    return bool(whole and bounded and share and np.where(reported, placed, empty).all())
