"""Forecasts of one series or of many: predictive draws and what can be read off them.

单条或多条序列的预测：预测抽样及由其得出的结果。
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UnknownNameError, refusal, unknown_name
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..terms import Text
from .adjustments import adjust, reseason
from .engine import METHOD, METHOD_TEXT, simulate
from .series import Block, Kind, check_kind, check_span, make_block, panel_problems, spread, to_ordinal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class Forecast(Result):
    """The forecast of one series.  单条序列的预测。

    ``samples`` has shape (draws, horizon), in the unit of the series; each row is one possible path.
    """

    samples: Floats
    history: pd.Series  # values by period
    periods: tuple[Any, ...]  # of the forecast steps
    kind: Kind
    made: Made

    def quantiles(self, probabilities: Sequence[float] = QUANTILES) -> pd.DataFrame:
        """Return predictive quantiles, one row a period, one column a probability.  预测分位数。"""
        import pandas as pd

        table = np.quantile(self.samples, list(probabilities), axis=0).T
        return pd.DataFrame(table, index=pd.Index(self.periods, name="period"), columns=list(probabilities))

    def probability_at_most(self, threshold: float, step: int = -1) -> float:
        """Return P(value <= threshold) at a step, the last unless given.  不高于某值的概率。"""
        return float(np.mean(self.samples[:, step] <= threshold * (1 + 1e-9)))

    @property
    def frame(self) -> pd.DataFrame:
        """Period, mean and quantiles."""
        table = self.quantiles()
        table.insert(0, "mean", self.samples.mean(axis=0))
        return table.reset_index()

    def explain(self) -> Explanation:
        """Method, inputs and seed."""
        return Explanation(
            Text("预测", "Forecast"),
            (
                line("方法", "method", METHOD_TEXT),
                line("尺度", "scale", Text("逻辑斯蒂", "logit") if self.kind == "proportion" else Text("对数", "log")),
                line("已有数值", "values", str(int(self.history.notna().sum()))),
                line("抽样数", "draws", str(len(self.samples))),
                line("随机种子", "seed", str(self.made.seed)),
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw history and a fan of 50, 80 and 95 % intervals.  绘制历史与扇形区间。"""
        from .plots import plot_forecast

        return plot_forecast(self, ax, language=language)


@dataclass(frozen=True, slots=True, eq=False)
class PanelForecast(Result):
    """Forecasts of many series made together.  多条序列的预测。

    ``samples`` has shape (series, draws, horizon), in order of first appearance of ``series_ids``.
    """

    series_ids: tuple[Any, ...]
    samples: Floats
    last_period: tuple[int, ...]
    problems: pd.DataFrame  # series that could not be forecast, with the reason; their samples are NaN
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """Series, step, mean and quantiles, long."""
        import pandas as pd

        table = np.quantile(self.samples, QUANTILES, axis=1)  # (quantile, series, horizon)
        number, _, horizon = self.samples.shape
        columns = {
            "series_id": np.repeat(np.asarray(self.series_ids, dtype=object), horizon),
            "step": np.tile(np.arange(1, horizon + 1), number),
            "mean": self.samples.mean(axis=1).ravel(),
        }
        return pd.DataFrame(columns | {q: table[i].ravel() for i, q in enumerate(QUANTILES)})

    def explain(self) -> Explanation:
        """Method, inputs and seed."""
        return Explanation(
            Text("多序列预测", "Panel forecast"),
            (
                line("方法", "method", METHOD_TEXT),
                line("序列数", "series", str(len(self.series_ids))),
                line("随机种子", "seed", str(self.made.seed)),
                line("数据状态", "status", self.made.status.text),
            ),
        )


def _history(y: Any) -> pd.Series:
    """Return the series with one row for every step between its first and last reported value."""
    import pandas as pd

    series = y if isinstance(y, pd.Series) else pd.Series(np.asarray(y, dtype=float))
    series = series.dropna().astype(float)
    if series.empty:
        raise refusal("too_short", "a series holds no value.", "序列中没有任何数值。")
    if series.index.has_duplicates:
        twice = series.index[series.index.duplicated()][0]
        raise refusal(
            "duplicate_period", "a period stands twice in one series.", "同一序列中某时期出现两次。", value=twice
        )
    return series.sort_index()


def _on_grid(history: pd.Series, column: Any) -> NDArray[np.float64]:
    """Spread a column that stands beside ``history`` over the grid of all steps."""
    steps = to_ordinal(history.index.to_series()).to_numpy(dtype=np.int64)
    check_span(int(steps[-1] - steps[0] + 1))
    grid = np.full(steps[-1] - steps[0] + 1, np.nan)
    grid[steps - steps[0]] = column
    return grid


def _beside(column: ArrayLike | pd.Series | None, y: Any, history: pd.Series) -> ArrayLike | None:
    """Return a column (exposure, events, se) for the reported periods of ``history``."""
    import pandas as pd

    if column is None or np.ndim(column) == 0:
        return column
    if isinstance(column, pd.Series):
        aligned: Floats = column.reindex(history.index).to_numpy(dtype=float)
        return aligned
    index = y.index if isinstance(y, pd.Series) else pd.RangeIndex(len(np.asarray(y)))
    if len(np.asarray(column)) != len(index):
        raise refusal(
            "shape",
            f"{len(np.asarray(column))} values stand beside {len(index)} values of the series.",
            f"附列有{len(np.asarray(column))}个值，序列有{len(index)}个值。",
        )
    placed: Floats = (
        pd.Series(np.asarray(column, dtype=float), index=index).reindex(history.index).to_numpy(dtype=float)
    )
    return placed


def series_block(
    y: Any,
    *,
    kind: str,
    exposure: ArrayLike | pd.Series | None = None,
    events: ArrayLike | pd.Series | None = None,
    se: ArrayLike | pd.Series | None = None,
) -> tuple[Block, pd.Series]:
    """Return one series as a block on the grid of all its steps, and its history.  单条序列的数据块。"""
    history = _history(y)
    columns = {}
    for name, column in (("exposure", exposure), ("events", events), ("se", se)):
        beside = _beside(column, y, history)
        columns[name] = None if beside is None else _on_grid(history, np.asarray(beside, dtype=float))
    return make_block(_on_grid(history, history.to_numpy()), kind=kind, **columns), history


def check_numbers(horizon: int, draws: int) -> None:
    """Refuse a horizon or a number of draws that makes no sense.  核对预测期与抽样数。"""
    if not 1 <= horizon <= 60:
        raise refusal("horizon", "horizon must lie between 1 and 60 steps.", "预测期须在 1 到 60 之间。", value=horizon)
    if not 1 <= draws <= 1_000_000:
        raise refusal("draws", "draws must lie between 1 and a million.", "抽样数须在 1 到 100 万之间。", value=draws)


def forecast(
    y: Any,
    horizon: int,
    *,
    kind: str = "rate",
    exposure: ArrayLike | pd.Series | None = None,
    events: ArrayLike | pd.Series | None = None,
    se: ArrayLike | pd.Series | None = None,
    season: bool | None = None,
    shifts: Sequence[Any] = (),
    pulses: Sequence[Any] = (),
    rng: int | np.random.Generator = 0,
    draws: int = 2000,
    status: Status | str = Status.REPORTED,
) -> Forecast:
    """Forecast a short series by a learned mixture of damped state-space models.

    用由大量短序列学到先验的状态空间混合模型预测短序列。

    The level moves on the log scale (``kind`` rate, count, load) or the logit scale (proportion); no draw is negative
    and no proportion above 1. Missing periods inside the series are gaps: the step over k of them has k times the
    variance.

    Parameters
    ----------
    y : array-like or pandas.Series of shape (n,)
        Values, oldest first; a Series may be indexed by year or by Period. Proportions are 0-1.
    horizon : int
        Steps to forecast.
    kind : {"rate", "count", "proportion", "load"}
        A count is whole numbers of events. A rate with ``exposure`` is events per unit of exposure.
    exposure : array-like, optional
        Person-years, enterprises, or the n of a proportion; its last value is taken for the future.
    events : array-like, optional
        Events behind a rate whose unit is not events per exposure (per 100,000, say).
    se : array-like, optional
        Known standard error of each value, in its unit (laboratory, sampling, rounding).
    season : bool, optional
        Whether quarters or months differ by season; by default they do where the index is quarterly or monthly and two
        whole years are known. The seasonal factors are estimated on the scale, shrunk, taken out and put back.
    shifts : sequence of periods
        Periods from which the series stands on another level for a known reason (a re-based population, a longer
        catalogue): the jump into them is taken out of the history.
    pulses : sequence of periods
        Periods of a declared one-off shock: their values are left out, as a gap.
    rng : int or numpy.random.Generator
        Seed; the same seed gives the same draws.

    Raises
    ------
    SeriesError
        Fewer than three values, negative values, a proportion above 1, a count that is not whole.

    Method and sources: :mod:`suzhou_antidrug.outlook.engine`.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> fc = sa.forecast([120, 110, 108, 95, 90], 2, kind="count", rng=1)
    >>> fc.samples.shape, bool((fc.samples >= 0).all())
    ((2000, 2), True)
    >>> 0 < fc.probability_at_most(81) < 1
    True
    """
    check_numbers(horizon, draws)
    block, history = series_block(y, kind=kind, exposure=exposure, events=events, se=se)
    seed = rng if isinstance(rng, int) else None
    last = history.index[-1]
    adjusted, factors = adjust(block, history, season=season, shifts=shifts, pulses=pulses)
    samples = simulate(adjusted, horizon, draws=draws, rng=np.random.default_rng(rng))[0]
    if factors is not None:
        samples = reseason(samples, factors, int(to_ordinal(history.index.to_series()).iloc[-1]), block.kind)
    made = Made(
        method=METHOD, status=Status(status), fingerprint=fingerprint(history.to_csv(lineterminator="\n")), seed=seed
    )
    periods = tuple(last + step for step in range(1, horizon + 1))
    return Forecast(samples=samples, history=history, periods=periods, kind=block.kind, made=made)


def _groups(
    rows: pd.DataFrame,
    codes: NDArray[np.intp],
    chosen: NDArray[np.bool_],
    own: NDArray[np.intp],
    ends: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return a number for each series: alike where group and last period are; one of its own where group is missing."""
    import pandas as pd

    first = pd.Series(rows["group"].to_numpy()[chosen]).groupby(codes[chosen]).first().reindex(own)
    keys = [f"{g}|{e}" if pd.notna(g) else f"alone|{i}" for i, (g, e) in enumerate(zip(first, ends, strict=True))]
    numbers: NDArray[np.int64] = pd.factorize(np.asarray(keys, dtype=object))[0].astype(np.int64)
    return numbers


PANEL_COLUMNS = ("series_id", "period", "value")
OPTIONAL_COLUMNS = ("events", "exposure", "se")


def forecast_panel(
    frame: pd.DataFrame,
    horizon: int,
    *,
    kind: str = "rate",
    rng: int | np.random.Generator = 0,
    draws: int = 1000,
    status: Status | str = Status.REPORTED,
) -> PanelForecast:
    """Forecast many series at once, vectorised over series.

    同时预测多条序列(向量化)。

    ``frame`` is long: ``series_id, period, value`` and, where known, ``kind`` (else the argument), ``events``,
    ``exposure``, ``se``, ``group``. A series that cannot be forecast (too short, negative, a share above 1, a period twice)
    stands in ``.problems`` with the reason and gets NaN; the others are not held up. Series of one group (the divisions of one indicator) must end in the same period to lend
    each other strength; their draws then share a common shock. Series of one kind are forecast in one pass. Raises
    :class:`~suzhou_antidrug.errors.SeriesError` as :func:`forecast` does.

    >>> import pandas as pd
    >>> long = pd.DataFrame({"series_id": ["a"] * 4 + ["b"] * 4, "period": [2017, 2018, 2019, 2020] * 2,
    ...                      "value": [9, 8, 8, 7, 1, 2, 1, 2.5]})
    >>> forecast_panel(long, 2, rng=0).samples.shape
    (2, 1000, 2)
    """
    import pandas as pd

    check_numbers(horizon, draws)
    for column in PANEL_COLUMNS:
        if column not in frame:
            raise UnknownNameError(unknown_name("column of the frame", "表列", column, map(str, frame.columns)))
    codes, ids = pd.factorize(frame["series_id"])
    kinds = frame["kind"].to_numpy() if "kind" in frame else np.full(len(frame), kind, dtype=object)
    problems = panel_problems(frame, codes, ids, kinds)
    usable = ~np.isin(codes, problems["code"]) & frame["value"].notna().to_numpy()
    rows, codes, kinds = frame[usable], codes[usable], kinds[usable]
    generator = np.random.default_rng(rng)
    samples = np.full((len(ids), draws, horizon), np.nan)
    last = np.zeros(len(ids), dtype=np.int64)
    present = [c for c in ("value", *OPTIONAL_COLUMNS) if c in rows]
    for each in sorted(set(kinds)):
        chosen = kinds == each
        own = np.unique(codes[chosen])
        local = np.searchsorted(own, codes[chosen])
        steps = to_ordinal(rows["period"][chosen]).to_numpy(dtype=np.int64)
        columns = {c: rows[c].to_numpy(dtype=float)[chosen] for c in present}
        grids, ends = spread(local, steps, columns, len(own))
        group = _groups(rows, codes, chosen, own, ends) if "group" in rows else None
        block = make_block(grids.pop("value"), kind=check_kind(str(each)), group=group, **grids)
        samples[own] = simulate(block, horizon, draws=draws, rng=generator)
        last[own] = ends
    used = rows[[*PANEL_COLUMNS, *(c for c in OPTIONAL_COLUMNS if c in rows)]]
    return PanelForecast(
        series_ids=tuple(ids),
        samples=samples,
        last_period=tuple(int(x) for x in last),
        problems=problems.drop(columns="code"),
        made=Made(METHOD, Status(status), fingerprint(used), rng if isinstance(rng, int) else None),
    )
