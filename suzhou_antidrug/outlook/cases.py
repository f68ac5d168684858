"""Cases of a backtest: what was known at an origin, and what then happened.

回测的例：起点时已知什么，后来发生了什么。

Two layouts are read. A long frame of whole series (``series_id, period, value`` and what is known beside them) is cut at
every origin that leaves enough before and after it. A frame of ready cases holds one case a row: lists ``y`` (history,
oldest first) and ``future``, and optionally ``source, series_id, kind, year_T, count, exposure, panel``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SeriesError, UnknownNameError, refusal, unknown_name
from .series import MINIMUM_VALUES, Block, check_kind, check_span, make_block, to_ordinal

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LONG_COLUMNS = ("series_id", "period", "value")
NOISE_COLUMNS = ("events", "exposure", "se")
KEY_COLUMNS = ("series_id", "source", "kind", "origin", "n")
PERCENT = 100.0  # shares of a frame of ready cases run from 0 to 100
# A block of this many series and a thousand draws stays below 100 MB.
LARGEST_BLOCK = 2000


@dataclass(frozen=True, slots=True, eq=False)
class CaseBlock:
    """Cases that are forecast together.  一起预测的一批例。"""

    rows: NDArray[np.intp]  # their places in the table of cases
    block: Block
    scale: float = 1.0  # values of the user = values of the block x scale


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """All cases of a backtest.  回测的全部例。"""

    table: pd.DataFrame  # KEY_COLUMNS, one row a case
    truth: Floats  # (cases, horizon), NaN where nothing was reported
    blocks: tuple[CaseBlock, ...]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        steps: int = self.truth.shape[1]
        return steps


def is_ready(data: Any) -> bool:
    """Return whether data are ready cases rather than whole series.  是否已是成例的数据。"""
    return hasattr(data, "columns") and {"y", "future"} <= set(data.columns)


def read_cases(
    data: Any, *, horizon: int, minimum: int, origins: Iterable[Any] | None, kind: str, by_source: bool
) -> Cases:
    """Return the cases of either layout, in blocks of one kind, with ``by_source`` also of one source.

    读入回测的例。
    """
    if is_ready(data):
        return ready_cases(data, horizon=horizon, by_source=by_source)
    return rolling_cases(data, horizon=horizon, minimum=minimum, origins=origins, kind=kind, by_source=by_source)


# --- ready cases ---------------------------------------------------------------------------------------------------


def ready_cases(frame: pd.DataFrame, *, horizon: int, by_source: bool = False) -> Cases:
    """Read a frame with one case a row.  读入一行一例的表。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for a future that is shorter than ``horizon``.
    """
    import pandas as pd

    frame = frame.reset_index(drop=True)
    truth = _futures(frame, horizon)
    history = _right_aligned(frame["y"])
    kinds, scales = _kinds(frame, history)
    table = pd.DataFrame(
        {
            "series_id": frame["series_id"] if "series_id" in frame else frame.index.astype(str),
            "source": frame.get("source", "all"),
            "kind": kinds,
            "origin": frame.get("year_T", -1),
            "n": np.isfinite(history).sum(axis=1),
        }
    )
    noise = {
        "events": _beside(frame, "count", history), "exposure": _beside(frame, "exposure", history)
    }  # fmt: skip
    # An exposure without events would be read as that of value x exposure events, which no unit guarantees.
    noise["exposure"][~np.isfinite(noise["events"])] = np.nan
    group = _numbers(frame["panel"]) if "panel" in frame else None
    # One origin a block: a method that pools the histories of a block must not see what only came later.
    keys = ["kind", "origin", "source"] if by_source else ["kind", "origin"]
    blocks = []
    for _, members in table.groupby(keys, sort=True):
        for rows in _pieces(members.index.to_numpy(), group):
            scale = scales[rows[0]]
            given = {name: grid[rows] for name, grid in noise.items()}
            block = make_block(
                history[rows] / scale,
                kind=str(kinds[rows[0]]),
                group=None if group is None else group[rows],
                **given,
            )
            blocks.append(CaseBlock(rows, block, scale))
    return Cases(table, truth, tuple(blocks))


def _futures(frame: pd.DataFrame, horizon: int) -> Floats:
    futures = [np.asarray(f, dtype=float) for f in frame["future"]]
    shortest = min((len(f) for f in futures), default=0)
    if shortest < horizon:
        raise refusal(
            "short_future",
            f"a case has {shortest} values after its origin, the horizon is {horizon}.",
            f"有一例起点之后只有 {shortest} 个值，预测期为 {horizon}。",
        )
    return np.stack([f[:horizon] for f in futures])


def _right_aligned(column: pd.Series) -> Floats:
    values = [np.asarray(v, dtype=float) for v in column]
    width = max(map(len, values))
    out = np.full((len(values), width), np.nan)
    for row, v in zip(out, values, strict=True):
        row[width - len(v) :] = v
    return out


def _beside(frame: pd.DataFrame, name: str, like: Floats) -> Floats:
    """Return a column of lists on the grid of the histories, whole or not at all in each row."""
    if name not in frame:
        return np.full_like(like, np.nan)
    grid = np.full_like(like, np.nan)
    for row, values, history in zip(grid, frame[name], like, strict=True):
        n = int(np.isfinite(history).sum())
        given = np.asarray(values, dtype=float) if values is not None else np.empty(0)
        if given.shape == (n,) and np.isfinite(given).all():
            row[len(row) - n :] = given
    return grid


def _kinds(frame: pd.DataFrame, history: Floats) -> tuple[NDArray[np.object_], Floats]:
    """Return the library's kind of each case, and how its values stand to the library's."""
    said = frame["kind"].to_numpy(dtype=object) if "kind" in frame else np.full(len(frame), "rate", dtype=object)
    percent = (np.nanmin(history, axis=1) >= 0) & (np.nanmax(history, axis=1) <= PERCENT)
    share = (said == "proportion") & percent
    kinds = np.where(share, "proportion", np.where(said == "load", "load", "rate")).astype(object)
    return kinds, np.where(share, PERCENT, 1.0)


def _pieces(rows: NDArray[np.intp], group: NDArray[np.int64] | None) -> Iterator[NDArray[np.intp]]:
    """Yield rows in pieces of bounded size; no group is torn apart."""
    if group is None:
        yield from (rows[i : i + LARGEST_BLOCK] for i in range(0, len(rows), LARGEST_BLOCK))
        return
    ordered = rows[np.argsort(group[rows], kind="stable")]
    _, start, number = np.unique(group[ordered], return_index=True, return_inverse=True)
    batch = (start // LARGEST_BLOCK)[number]
    yield from (ordered[batch == b] for b in np.unique(batch))


# --- whole series, cut at rolling origins ---------------------------------------------------------------------------


def as_long(data: Any) -> pd.DataFrame:
    """Return a series or a frame as a long frame of reported values.  整理成长表。"""
    import pandas as pd

    if isinstance(data, pd.Series):
        return pd.DataFrame({"series_id": "series", "period": data.index, "value": data.to_numpy()}).dropna(
            subset=["value"]
        )
    for column in LONG_COLUMNS:
        if column not in data:
            raise UnknownNameError(unknown_name("column of the frame", "表列", column, map(str, data.columns)))
    return data.dropna(subset=["value"]).reset_index(drop=True)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Whole series of one kind on one grid of time.  同类序列的时间网格。"""

    kind: str
    series: pd.DataFrame  # series_id, source, group: one row a series
    columns: dict[str, Floats]  # value and what is known beside it, (series, time)
    first: int  # ordinal of the first column


def rolling_cases(
    data: Any,
    *,
    horizon: int,
    minimum: int,
    origins: Iterable[Any] | None = None,
    kind: str = "rate",
    by_source: bool = False,
) -> Cases:
    """Cut whole series at every origin with ``minimum`` values up to it and a value ``horizon`` steps after it.

    在每个可用的起点切分序列。

    A block holds the series of one kind at one origin: nobody sees what only came later. Raises
    :class:`~suzhou_antidrug.errors.SeriesError` where no series is long enough.
    """
    import pandas as pd

    if minimum < MINIMUM_VALUES:
        raise refusal(
            "minimum",
            f"a forecast needs at least {MINIMUM_VALUES} values.",
            f"预测至少需要 {MINIMUM_VALUES} 个值。",
            value=minimum,
        )
    rows = as_long(data)
    labels = dict(zip(to_ordinal(rows["period"]), rows["period"], strict=True))
    wanted = None if origins is None else set(to_ordinal(pd.Series(list(origins))))
    tables: list[pd.DataFrame] = []
    truths: list[Floats] = []
    blocks: list[CaseBlock] = []
    done = 0
    for grid in _grids(rows, kind):
        for at in range(grid.columns["value"].shape[1] - horizon):
            if wanted is not None and grid.first + at not in wanted:
                continue
            for table, truth, block in _cut(grid, at, horizon, minimum, by_source):
                table["origin"] = labels[grid.first + at]
                blocks.append(CaseBlock(np.arange(done, done + len(table)), block))
                tables.append(table)
                truths.append(truth)
                done += len(table)
    if not tables:
        raise _no_case(minimum, horizon)
    return Cases(pd.concat(tables, ignore_index=True)[list(KEY_COLUMNS)], np.concatenate(truths), tuple(blocks))


def _no_case(minimum: int, horizon: int) -> SeriesError:
    return refusal(
        "no_case",
        f"no series has {minimum} values up to an origin and one {horizon} steps after it.",
        f"没有序列在起点及以前有 {minimum} 个值、且在其后第 {horizon} 步有值。",
        advice_en="Give longer series, a shorter horizon or a smaller minimum.",
        advice_zh="请提供更长的序列，或缩短预测期、减小 minimum。",
    )


def _grids(rows: pd.DataFrame, kind: str) -> Iterator[Grid]:
    """Yield the series of each kind on a grid of time."""
    import pandas as pd

    step = to_ordinal(rows["period"]).to_numpy(dtype=np.int64)
    kinds = (rows["kind"] if "kind" in rows else pd.Series(kind, index=rows.index)).to_numpy(dtype=object)
    if rows.assign(kind=kinds).groupby("series_id")["kind"].nunique().gt(1).any():
        raise refusal("kind_varies", "a series has rows of more than one kind.", "同一序列的类型不一致。")
    group = rows["group"] if "group" in rows else pd.Series(None, index=rows.index, dtype=object)
    source = rows["source"] if "source" in rows else group.fillna("all")
    for each in sorted(set(kinds)):
        chosen = np.flatnonzero(kinds == each)
        codes, ids = pd.factorize(rows["series_id"].iloc[chosen])
        first, last = int(step[chosen].min()), int(step[chosen].max())
        width = last - first + 1
        check_span(width)
        flat = codes * width + step[chosen] - first
        if len(np.unique(flat)) < len(flat):
            raise refusal("duplicate_period", "a period stands twice in one series.", "同一序列中某时期出现两次。")
        columns = {}
        for name in ("value", *(c for c in NOISE_COLUMNS if c in rows)):
            cells = np.full(len(ids) * width, np.nan)
            cells[flat] = rows[name].to_numpy(dtype=float)[chosen]
            columns[name] = cells.reshape(len(ids), width)
        about = pd.DataFrame(
            {"code": codes, "source": source.iloc[chosen].to_numpy(), "group": group.iloc[chosen].to_numpy()}
        )
        series = about.groupby("code").first().assign(series_id=ids)
        yield Grid(check_kind(str(each)), series, columns, first)


def _cut(
    grid: Grid, at: int, horizon: int, minimum: int, by_source: bool
) -> Iterator[tuple[pd.DataFrame, Floats, Block]]:
    """Yield table, truth and block of the cases whose origin is column ``at``."""
    value = grid.columns["value"]
    seen = np.isfinite(value)
    n = seen[:, : at + 1].sum(axis=1)
    able = seen[:, at] & seen[:, at + horizon] & (n >= minimum)
    sets = [able]
    if by_source:
        source = grid.series["source"].to_numpy()
        sets = [able & (source == each) for each in sorted(set(source[able]))]
    for members in sets:
        rows = np.flatnonzero(members)
        if not len(rows):
            continue
        start = int(np.argmax(seen[rows].any(axis=0)))
        given = {name: cells[rows, start : at + 1] for name, cells in grid.columns.items()}
        block = make_block(given.pop("value"), kind=grid.kind, group=_numbers(grid.series["group"].iloc[rows]), **given)
        table = grid.series.iloc[rows][["series_id", "source"]].assign(kind=grid.kind, n=n[rows])
        yield table, value[rows, at + 1 : at + horizon + 1], block


def _numbers(group: pd.Series) -> NDArray[np.int64] | None:
    """Return a number for each group, one of its own for a series without, None where nobody has one."""
    import pandas as pd

    if group.isna().all():
        return None
    codes = pd.factorize(group)[0]
    alone = codes < 0
    codes[alone] = codes.max() + 1 + np.arange(alone.sum())
    numbers: NDArray[np.int64] = codes.astype(np.int64)
    return numbers
