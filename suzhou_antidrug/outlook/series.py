"""Short series as aligned arrays: what the engine works on.

把短序列排成对齐的数组，供预测引擎使用。

A block holds many series side by side on one time grid, aligned at their last value, with NaN where nothing was
reported. The engine loops over time steps only, never over series.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import UnknownNameError, refusal, unknown_name

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Kind = Literal["rate", "count", "proportion", "load"]
KINDS: tuple[Kind, ...] = ("rate", "count", "proportion", "load")
# Three values give two changes: the least from which a spread can be seen at all, even beside a prior.
MINIMUM_VALUES = 3
# The largest grid: a century of months. A longer span is a mistyped year far more often than a series.
MAXIMUM_STEPS = 1200


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Series of one kind on a common grid, shapes (series, time).  同类序列的对齐数组。

    ``values`` are on the scale of the user; ``events`` and ``exposure`` are NaN where unknown; ``se`` is the known
    standard error of each value, 0 where it is taken as exact.
    """

    kind: Kind
    values: Floats
    events: Floats
    exposure: Floats
    se: Floats
    group: NDArray[np.int64] | None = None  # (series,): series of one number share strength; None for each on its own

    def __len__(self) -> int:
        return len(self.values)


def check_kind(kind: str) -> Kind:
    """Return the kind of a series if it is known.  核对序列类型。"""
    if kind not in KINDS:
        raise UnknownNameError(unknown_name("kind of series", "序列类型", kind, KINDS))
    return kind


def _check_range(values: Floats, kind: Kind, exposure: Floats, events: Floats) -> None:
    seen = values[np.isfinite(values)]
    if np.isinf(values).any():
        raise refusal("infinite", "a value is infinite.", "序列中有无穷大。")
    if (seen < 0).any():
        raise refusal("negative", f"a {kind} cannot be negative.", "该类数值不能为负。", value=float(seen[seen < 0][0]))
    if kind == "proportion" and (seen > 1).any():
        raise refusal(
            "above_one",
            "a proportion is above 1.",
            "比例大于 1。",
            advice_en="Give shares as 0-1, not in percent.",
            advice_zh="比例请用 0-1，不用百分数。",
            value=float(seen[seen > 1][0]),
        )
    if kind == "count" and (seen != np.round(seen)).any():
        raise refusal(
            "not_whole",
            "a count is not a whole number.",
            "计数不是整数。",
            value=float(seen[seen != np.round(seen)][0]),
        )
    if (exposure[np.isfinite(exposure)] <= 0).any():
        raise refusal("exposure", "an exposure is zero or negative.", "暴露量为零或负数。")
    if (events[np.isfinite(events)] < 0).any():
        raise refusal("negative_events", "a number of events is negative.", "事件数为负。")


def without_scale(values: Floats, exposure: Floats, kind: Kind) -> NDArray[np.bool_]:
    """Return which rows hold nothing that says how far from their value they may go.  没有尺度的序列。

    A load or rate that was always 0, a share that was always 0 or always 1, without an exposure: any forecast would be
    either certain or arbitrary.
    """
    if kind == "count":
        return np.zeros(len(values), dtype=bool)
    seen = np.isfinite(values)
    flat = np.where(seen, values == 0, True).all(axis=1)
    if kind == "proportion":
        flat |= np.where(seen, values == 1, True).all(axis=1)
    return np.asarray(flat & seen.any(axis=1) & ~np.isfinite(exposure).any(axis=1), dtype=bool)


def check_scale(block: Block) -> None:
    """Refuse to forecast what holds no scale.  没有尺度的序列不作预测。"""
    if without_scale(block.values, block.exposure, block.kind).any():
        raise refusal(
            "no_scale",
            f"a {block.kind} that never left 0 or 1 says nothing of how far it may go.",
            "数值始终为 0（或比例始终为 1），无从得知可能的波动。",
            advice_en="Give the exposure (the number checked, person-years, enterprises).",
            advice_zh="请提供暴露量（应查人数、人年、企业数）。",
        )


def check_length(values: Floats, *, minimum: int = MINIMUM_VALUES) -> None:
    """Refuse a series with fewer than ``minimum`` values.  值太少则拒绝。"""
    counts = np.isfinite(values).sum(axis=-1)
    if np.min(counts, initial=minimum) < minimum:
        raise refusal(
            "too_short",
            f"a series has {int(np.min(counts))} values; at least {minimum} are needed to forecast.",
            f"序列只有{int(np.min(counts))}个值，至少需要{minimum}个才能预测。",
            advice_en="Add earlier periods, or report the value without a forecast.",
            advice_zh="请补充更早的时期，或只报告数值、不作预测。",
        )


def _aligned(given: ArrayLike | None, like: Floats, name: str, fill: float) -> Floats:
    if given is None:
        return np.full_like(like, fill)
    array = np.asarray(given, dtype=float)
    try:
        return np.broadcast_to(array, like.shape).astype(float)
    except ValueError as error:
        raise refusal(
            "shape",
            f"{name} has shape {array.shape}, the values have shape {like.shape}.",
            f"{name} 的形状 {array.shape} 与数值的形状 {like.shape} 不符。",
        ) from error


def make_block(
    values: ArrayLike,
    *,
    kind: str,
    events: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
    se: ArrayLike | None = None,
    group: ArrayLike | None = None,
) -> Block:
    """Check arrays of shape (series, time) and return them as a block.  核对数组并组成数据块。

    Trailing NaN are not allowed: the grid ends at the last reported value of each series. Raises
    :class:`~suzhou_antidrug.errors.SeriesError`.
    """
    checked = check_kind(kind)
    y = np.atleast_2d(np.asarray(values, dtype=float))
    k, n, s = (
        _aligned(events, y, "events", np.nan),
        _aligned(exposure, y, "exposure", np.nan),
        _aligned(se, y, "se", 0.0),
    )
    if checked == "count":
        k = np.where(np.isfinite(y), y, np.nan)
    elif checked in ("rate", "proportion"):
        # A rate per unit of exposure or a share of n: the events behind it, unless given.
        k = np.where(np.isnan(k) & np.isfinite(n), y * n, k)
    _check_range(y, checked, n, k)
    check_length(y)
    if not np.isfinite(y[:, -1]).all():
        raise refusal("no_last", "the last value of a series is missing.", "序列最后一个值缺失。")
    together = None if group is None else np.asarray(group, dtype=np.int64)
    if together is not None and together.shape != (len(y),):
        raise refusal("shape", f"group has shape {together.shape}, not ({len(y)},).", f"分组的形状应为 ({len(y)},)。")
    return Block(kind=checked, values=y, events=k, exposure=n, se=np.nan_to_num(s, nan=0.0), group=together)


def to_ordinal(period: pd.Series) -> pd.Series:
    """Return periods as whole numbers of steps: years, or quarters, months of a Period.  时期转为整数步。"""
    import pandas as pd

    if isinstance(period.dtype, pd.PeriodDtype):
        return period.map(lambda p: p.ordinal)
    if pd.api.types.is_datetime64_any_dtype(period):
        return period.dt.year
    if len(period) and isinstance(period.iloc[0], pd.Period):
        if period.map(lambda p: p.freqstr).nunique() > 1:
            raise refusal("mixed_periods", "periods of different length in one series.", "同一序列混有不同长度的时期。")
        return period.map(lambda p: p.ordinal)
    numbers = pd.to_numeric(period, errors="coerce")
    if numbers.isna().any() or (numbers != numbers.round()).any():
        bad = period[numbers.isna() | (numbers != numbers.round())].iloc[0]
        raise refusal(
            "period", "a period is neither a year nor a pandas Period.", "时期既不是年份也不是 Period。", value=bad
        )
    return numbers.astype(int)


def check_span(width: int) -> None:
    """Refuse a series that spans more steps than any real one.  时期跨度过大则拒绝。"""
    if width > MAXIMUM_STEPS:
        raise refusal(
            "span",
            f"a series spans {width} steps, above the limit of {MAXIMUM_STEPS}.",
            f"序列跨越 {width} 个时期，超过上限 {MAXIMUM_STEPS}。",
            advice_en="Check its periods for a mistyped year.",
            advice_zh="请检查年份是否填错。",
        )


def spread(
    codes: NDArray[np.intp], steps: NDArray[np.int64], columns: dict[str, Floats], number: int
) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    """Spread long columns onto a grid aligned at each series' last step.  长表展开为右对齐网格。

    Returns arrays (series, time) by name, and the last step of each series.
    """
    last = np.full(number, np.iinfo(np.int64).min)
    np.maximum.at(last, codes, steps)
    back = last[codes] - steps
    width = int(back.max(initial=0)) + 1
    check_span(width)
    flat = codes * width + (width - 1 - back)
    if len(np.unique(flat)) < len(flat):
        raise refusal("duplicate_period", "a period stands twice in one series.", "同一序列中某时期出现两次。")
    grids = {}
    for name, column in columns.items():
        grid = np.full(number * width, np.nan)
        grid[flat] = column
        grids[name] = grid.reshape(number, width)
    return grids, last


def panel_problems(
    frame: pd.DataFrame, codes: NDArray[np.intp], ids: pd.Index, kinds: NDArray[np.object_]
) -> pd.DataFrame:
    """Return the series of a long frame that cannot be forecast, with the reason.  不能预测的序列及原因。

    Columns: code (position in ``ids``), series_id, en, zh.
    """
    import pandas as pd

    value = frame["value"].to_numpy(dtype=float)
    seen = np.isfinite(value)
    share = np.asarray([k == "proportion" for k in kinds], dtype=bool)
    count = np.asarray([k == "count" for k in kinds], dtype=bool)
    unknown = ~np.isin(kinds.astype(str), KINDS)
    exposure = frame["exposure"].to_numpy(dtype=float) if "exposure" in frame else np.full(len(frame), np.nan)
    events = frame["events"].to_numpy(dtype=float) if "events" in frame else np.full(len(frame), np.nan)
    twice = pd.DataFrame({"c": codes, "p": frame["period"].to_numpy()}).duplicated(keep=False).to_numpy()
    mixed = pd.Series(kinds).groupby(codes).transform("nunique").to_numpy() > 1
    with np.errstate(invalid="ignore"):
        faults = (
            (unknown, "unknown kind of series", "序列类型未知"),
            (mixed, "rows of more than one kind", "类型不一致"),
            (twice, "a period stands twice", "某时期出现两次"),
            (np.isinf(value), "an infinite value", "有无穷大"),
            (value < 0, "a negative value", "有负值"),
            (share & (value > 1), "a proportion above 1", "比例大于 1"),
            (count & seen & (value != np.round(value)), "a count that is not whole", "计数不是整数"),
            (exposure <= 0, "an exposure of zero or less", "暴露量不为正"),
            (events < 0, "a negative number of events", "事件数为负"),
        )
    found: dict[int, tuple[str, str]] = {}
    for mask, en, zh in faults:
        for code in np.unique(codes[mask]):
            found.setdefault(int(code), (en, zh))
    zero = pd.Series(np.where(seen, value == 0, True)).groupby(codes).transform("all").to_numpy()
    one = pd.Series(np.where(seen, value == 1, True)).groupby(codes).transform("all").to_numpy()
    bare = pd.Series(~np.isfinite(exposure)).groupby(codes).transform("all").to_numpy()
    for code in np.unique(codes[((zero & ~count) | (one & share)) & bare]):
        found.setdefault(int(code), ("always 0 (or 1) without an exposure", "始终为 0（或 1），且没有暴露量"))
    lengths = np.bincount(codes[seen], minlength=len(ids))
    for code in np.flatnonzero(lengths < MINIMUM_VALUES):
        few = int(lengths[code])
        found.setdefault(
            int(code),
            (f"{few} values, at least {MINIMUM_VALUES} are needed", f"只有 {few} 个值，至少需要 {MINIMUM_VALUES} 个"),
        )
    rows = [(code, ids[code], en, zh) for code, (en, zh) in sorted(found.items())]
    return pd.DataFrame(rows, columns=["code", "series_id", "en", "zh"])
