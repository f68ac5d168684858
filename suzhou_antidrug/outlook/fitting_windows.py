"""Windows to learn from: short pieces of long series, with the values that followed.

学习用的窗口：从长序列截取的短段及其后的数值。

A folder of series holds ``series.parquet``: ``series_id, source, kind, region, indicator, year, value, count, exposure``,
one row a year. A window is 4 to 10 years without a gap and the three years after them; all windows of one group are
regions of one indicator at one origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UnknownNameError, refusal, unknown_name
from .cases import CaseBlock, ready_cases
from .scale import HALF, SMALLEST_SHARE, Scaled, to_scale
from .scores import FALLS, ON_THE_LINE

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Single = NDArray[np.float32]
    Floats = NDArray[np.float64]

COLUMNS = ("series_id", "source", "kind", "region", "indicator", "year", "value", "count", "exposure")
LENGTHS = (4, 5, 6, 7, 8, 9, 10)
HORIZON = 3
PER_SOURCE = 1400  # windows of one source: enough that another draw moves a forecast by less than 0.01
GROUPS_PER_SOURCE = 200
GROUP_SIZES = (5, 8, 10, 10)  # regions of a group, as likely as they stand here
SMALLEST_GROUP = 4


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows on the forecaster's scale, arrays (windows, ...).  已变换到预测尺度的窗口。"""

    source: NDArray[np.object_]
    z: Floats  # (windows, time), aligned at the last value
    noise: Floats
    counts: NDArray[np.int64]
    future_noise: Floats  # variance that a reported future value adds
    truth: Floats  # (windows, HORIZON) what followed
    lines: Floats  # (windows, falls) where a value that meets the fall ends
    happened: Floats  # (windows, falls) 1 where it did
    group: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.z)


def read_series(folder: Path) -> pd.DataFrame:
    """Read the series of a folder; needs pyarrow.  读取文件夹中的序列。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` where ``series.parquet`` is absent and
    :class:`~suzhou_antidrug.errors.UnknownNameError` where a column is.
    """
    import pandas as pd

    path = folder / "series.parquet"
    if not path.is_file():
        raise refusal(
            "no_series", "the folder holds no series.parquet.", "文件夹中没有 series.parquet。", value=str(path)
        )
    return check_columns(pd.read_parquet(path))


def check_columns(series: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that fitting needs, or say which is missing.  核对列名。"""
    for column in COLUMNS:
        if column not in series:
            raise UnknownNameError(unknown_name("column of the series", "序列列名", column, map(str, series.columns)))
    return series[list(COLUMNS)]


def usable(series: pd.DataFrame, lengths: Sequence[int] = LENGTHS) -> pd.DataFrame:
    """Return every origin and length that can be cut, ``row`` its place in the ordered series.  列出可截取的窗口。

    ``series`` is ordered by series and year. The history has no gap and no negative value, the last value is above
    zero, and the next three years are reported.
    """
    import pandas as pd

    year, value = series["year"].to_numpy(), series["value"].to_numpy(dtype=float)
    new = (series["series_id"] != series["series_id"].shift()).to_numpy()
    good = np.isfinite(value) & (value >= 0)
    broken = new | np.concatenate([[True], np.diff(year) != 1]) | ~good
    place = np.arange(len(series))
    # A bad value starts a run and does not belong to it.
    since = place - np.maximum.accumulate(np.where(broken, place + ~good, 0)) + 1
    later = np.full(len(series), False)
    later[: len(series) - HORIZON] = since[HORIZON:] > HORIZON
    able = later & (value > 0)
    parts = [place[able & (since >= n)] for n in lengths]
    rows = np.concatenate(parts)
    found = pd.DataFrame({"row": rows, "n": np.repeat(lengths, [len(p) for p in parts])})
    for column in ("source", "indicator", "region", "year"):
        found[column] = series[column].to_numpy()[rows]
    return found.sort_values(["row", "n"], ignore_index=True)


def sample_windows(series: pd.DataFrame, rng: np.random.Generator, *, per_source: int = PER_SOURCE) -> pd.DataFrame:
    """Draw windows of every source, lengths equally likely, as ready cases.  每个来源抽取窗口。"""
    series = series.sort_values(["series_id", "year"], ignore_index=True)
    found = usable(series)
    chosen = []
    for _, own in found.groupby("source", sort=True):
        weight = _even(own["n"].to_numpy())
        chosen.append(own.index.to_numpy()[rng.choice(len(own), min(per_source, len(own)), replace=False, p=weight)])
    if not chosen:
        raise _none()
    return cut(series, found.loc[np.concatenate(chosen)])


def sample_groups(series: pd.DataFrame, rng: np.random.Generator, *, per_source: int) -> pd.DataFrame | None:
    """Draw groups: up to ten regions of one indicator at one origin, as ready cases; None where there are none.

    抽取成组的窗口。Made-up regions are kept out: series of kind ``generic`` are strangers to each other.
    """
    import pandas as pd

    series = series.sort_values(["series_id", "year"], ignore_index=True)
    found = usable(series)
    found = found[(series["kind"] != "generic").to_numpy()[found["row"]]]
    keys = ["source", "indicator", "n", "year"]
    size = found.groupby(keys)["region"].transform("nunique")
    found = found[size >= SMALLEST_GROUP].drop_duplicates([*keys, "region"])
    parts: list[pd.DataFrame] = []
    for _, own in found.groupby("source", sort=True):
        groups = [members for _, members in own.groupby(keys[1:], sort=True)]
        weight = _even(np.array([g["n"].iloc[0] for g in groups]))
        for pick in rng.choice(len(groups), min(per_source, len(groups)), replace=False, p=weight):
            members = groups[pick]
            kept = rng.choice(len(members), min(len(members), int(rng.choice(GROUP_SIZES))), replace=False)
            parts.append(members.iloc[kept].assign(panel=len(parts)))
    return cut(series, pd.concat(parts)) if parts else None


def cut(series: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return chosen windows as ready cases, one a row.  截成成例的数据。"""
    import pandas as pd

    spans = [(row - n + 1, row + 1) for row, n in zip(chosen["row"], chosen["n"], strict=True)]
    columns = {c: series[c].to_numpy(dtype=float) for c in ("value", "count", "exposure")}
    lists = {
        "y": [columns["value"][a:b] for a, b in spans],
        "future": [columns["value"][b : b + HORIZON] for _, b in spans],
        "count": [columns["count"][a:b] for a, b in spans],
        "exposure": [columns["exposure"][a:b] for a, b in spans],
    }
    about = series.iloc[chosen["row"]][["series_id", "source", "kind"]].reset_index(drop=True)
    about["year_T"] = chosen["year"].to_numpy()
    if "panel" in chosen:
        about["panel"] = chosen["panel"].to_numpy()
    return pd.concat([about, pd.DataFrame(lists)], axis=1)


def scale_windows(frame: pd.DataFrame, *, falls: Sequence[float] = FALLS) -> Windows:
    """Return ready cases on the forecaster's scale, lines and outcomes too.  把窗口变换到预测尺度。"""
    cases = ready_cases(frame, horizon=HORIZON)
    width = max(piece.block.values.shape[1] for piece in cases.blocks)
    number = len(frame)
    wide = {name: np.full((number, width), np.nan) for name in ("z", "noise")}
    out = {"truth": np.empty((number, HORIZON)), "lines": np.empty((number, len(falls)))}
    future_noise, happened = np.empty(number), np.empty((number, len(falls)))
    for piece in cases.blocks:
        scaled, block = to_scale(piece.block), piece.block
        own = block.values.shape[1]
        wide["z"][piece.rows, width - own :], wide["noise"][piece.rows, width - own :] = scaled.z, scaled.noise
        future_noise[piece.rows] = _future_noise(scaled, share=block.kind == "proportion")
        after = cases.truth[piece.rows] / piece.scale
        line = (1 - np.asarray(falls)) * block.values[:, -1:] * ON_THE_LINE
        happened[piece.rows] = after[:, -1:] <= line
        out["truth"][piece.rows], out["lines"][piece.rows] = _on_scale(piece, scaled, after, line)
    return Windows(
        source=cases.table["source"].to_numpy(dtype=object),
        counts=cases.table["n"].to_numpy(dtype=np.int64),
        future_noise=future_noise,
        happened=happened,
        group=frame["panel"].to_numpy(dtype=np.int64) if "panel" in frame else None,
        **wide,
        **out,
    )


def _future_noise(scaled: Scaled, *, share: bool) -> Floats:
    """Return the variance of a reported value; small counts too, which the forecaster itself draws from a Poisson law."""
    last = scaled.noise[:, -1]
    return last if share else np.where(np.isfinite(scaled.last_events), 1 / (scaled.last_events + HALF), last)


def _on_scale(piece: CaseBlock, scaled: Scaled, after: Floats, line: Floats) -> tuple[Floats, Floats]:
    """Return outcomes and lines on the scale; a line lies half a published step above the last value that meets it."""
    by_count = ~np.isfinite(scaled.last_exposure)
    step = np.where(by_count, scaled.resolution, 0.0)[:, None]
    whole = np.where(step > 0, step, 1.0)
    line = np.where(step > 0, (np.floor(line / whole + 1e-9) + 0.5) * whole, line)
    if piece.block.kind == "proportion":
        return _logit(after), _logit(line)
    counted = np.isfinite(scaled.last_events)
    half = np.where(counted, HALF * scaled.unit, 0.0)[:, None]
    positive = np.where(piece.block.values > 0, piece.block.values, np.inf).min(axis=1, keepdims=True)
    return np.log(np.maximum(after + half, HALF**2 * positive)), np.log(line + half)


def _logit(share: Floats) -> Floats:
    p = np.clip(share, SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    return np.log(p) - np.log1p(-p)


def _even(length: NDArray[np.int64]) -> Floats:
    """Return probabilities under which every length is as likely as any other."""
    _, inverse, size = np.unique(length, return_inverse=True, return_counts=True)
    weight = 1 / size[inverse]
    shares: Floats = weight / weight.sum()
    return shares


def _none() -> Exception:
    return refusal(
        "no_window",
        f"no series has {LENGTHS[0]} years in a row and {HORIZON} after them.",
        f"没有序列有连续 {LENGTHS[0]} 年及其后 {HORIZON} 年的数值。",
    )
