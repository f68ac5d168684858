"""Judge a forecaster on the past: stand at every origin, forecast, compare with what then happened.

用过去检验预测：站在每个起点上预测，再与后来的实际对照。
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import refusal
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..terms import Text
from .baselines import Forecaster, find_baseline, random_walk
from .calibration import BINS, REPEATS, Pit, Reliability, Skill, brier_skill, pit_histogram, reliability
from .cases import KEY_COLUMNS, CaseBlock, Cases, read_cases, ready_cases
from .engine import METHOD, simulate
from .predictive import check_numbers
from .scores import FALLS, ranked_probability_score, score_forecasts, summary
from .series import Block

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    # A callable, the id of a peer, one callable for each source (leave-source-out), or None for the engine.
    Judged = Forecaster | str | Mapping[str, Forecaster] | None

ENGINE = Text("本库方法", "this library")
PANEL_FALLS = (0.0, 0.1, 0.2)


@dataclass(frozen=True, slots=True, eq=False)
class Backtest(Result):
    """How forecasts made in the past fared.  过去所作预测的表现。

    ``rows`` holds one case a row: ``series_id, source, kind, origin, n``, the scores of
    :func:`~suzhou_antidrug.outlook.scores.score_forecasts`, and ``failed`` where the forecaster gave nothing and the
    random walk stood in.
    """

    rows: pd.DataFrame
    name: Text
    horizon: int
    falls: tuple[float, ...]
    seconds: float  # spent forecasting
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One case a row; a copy."""
        return self.rows.copy()

    def scores(self, by: str | None = None) -> pd.DataFrame:
        """Return the headline figures, of all cases or by ``source``, ``n``, ``kind`` or ``origin``.  汇总评分。"""
        import pandas as pd

        if by is None:
            return pd.DataFrame([self.headline()])
        if by not in KEY_COLUMNS:
            raise refusal("by", f"scores are given by one of {', '.join(KEY_COLUMNS)}.", "不能按此列汇总。", value=by)
        parts = self.rows.groupby(by, sort=True)
        return pd.DataFrame([{by: key, **summary(group)} for key, group in parts])

    def headline(self) -> dict[str, float]:
        """Return the headline figures of all cases; every source weighs the same.  汇总数字。"""
        return summary(self.rows) | {
            "failed": float(self.rows["failed"].mean()),
            "ms_per_series": 1000 * self.seconds / len(self.rows),
        }

    def skill(
        self, against: Backtest | str = "climatology", *, level: float = 0.95, repeats: int = REPEATS, rng: int = 0
    ) -> Skill:
        """Return the Brier skill against the base rate or another backtest of the same cases.  技巧分。

        The interval is a bootstrap by source, see :func:`~suzhou_antidrug.outlook.calibration.brier_skill`.
        """
        if isinstance(against, Backtest):
            keys = list(KEY_COLUMNS)
            if against.falls != self.falls or not against.rows[keys].equals(self.rows[keys]):
                raise refusal("other_cases", "the two backtests do not hold the same cases.", "两次回测的例不相同。")
            other, called = against.rows, against.name.en
        elif against == "climatology":
            other, called = None, against
        else:
            raise refusal(
                "against", "give 'climatology' or a backtest.", "请给出 climatology 或另一次回测。", value=against
            )
        return brier_skill(self.rows, other, against=called, level=level, repeats=repeats, rng=rng)

    def reliability(self, *, bins: int = BINS, level: float = 0.9, rng: int = 0) -> Reliability:
        """Return how often it happened by what was said, with consistency bands.  可靠性。"""
        return reliability(self.rows, name=self.name, made=self.made, bins=bins, level=level, rng=rng)

    def pit(self, *, bins: int = BINS, level: float = 0.9) -> Pit:
        """Return where the outcomes fell among the draws.  概率积分变换。"""
        return pit_histogram(self.rows, name=self.name, made=self.made, bins=bins, level=level)

    def explain(self) -> Explanation:
        """What was judged and how it fared."""
        head, skill = self.headline(), self.skill()
        falls = ", ".join(f"{d:.0%}" for d in self.falls)
        return Explanation(
            Text("回测", "Backtest"),
            (
                line("预测方法", "forecaster", self.name),
                line(
                    "例数、序列数、来源数",
                    "cases, series, sources",
                    f"{len(self.rows)}, {self.rows['series_id'].nunique()}, {self.rows['source'].nunique()}",
                ),
                line("预测期与所问降幅", "steps ahead, falls asked about", f"{self.horizon}; {falls}"),
                line(
                    "布赖尔技巧分（对基础比率）",
                    "Brier skill against the base rate",
                    f"{skill.value:+.3f} ({skill.level:.0%}: {skill.low:+.3f}, {skill.high:+.3f})",
                ),
                line("校准斜率、误差", "calibration slope, error", f"{head['slope']:.2f}, {head['ece']:.3f}"),
                line(
                    "80%、95% 区间覆盖", "cover of 80, 95 % intervals", f"{head['cover80']:.1%}, {head['cover95']:.1%}"
                ),
                line("CRPS（以往变化为 1）", "CRPS (usual change = 1)", f"{head['crps']:.3f}"),
                line("无预测、以随机游走代替", "no forecast, random walk instead", f"{head['failed']:.1%}"),
                line("随机种子", "seed", str(self.made.seed)),
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the reliability diagram.  绘制可靠性图。"""
        return self.reliability().plot(ax, language=language)


def forecaster_name(forecaster: Judged) -> Text:
    """Return what a forecaster is called.  预测方法的名称。"""
    if forecaster is None or forecaster is simulate:
        return ENGINE
    if isinstance(forecaster, str):
        return find_baseline(forecaster).name
    known = getattr(forecaster, "name", None)
    if isinstance(known, Text):
        return known
    plain = "leave-source-out" if isinstance(forecaster, Mapping) else getattr(forecaster, "__name__", "forecaster")
    return Text(plain, plain)


def run_backtest(
    data: Any,
    *,
    forecaster: Judged = None,
    horizon: int = 3,
    minimum: int = 5,
    origins: Iterable[Any] | None = None,
    falls: Sequence[float] = FALLS,
    draws: int = 1000,
    rng: int = 0,
    kind: str = "rate",
    name: Text | None = None,
    status: Status | str = Status.REPORTED,
) -> Backtest:
    """Backtest a forecaster on one's own series, from rolling origins.

    在自己的序列上滚动起点，检验预测方法。

    Source of the rolling origin: Tashman, International Journal of Forecasting 16 (2000) 437. The proper scores are those of
    :mod:`suzhou_antidrug.outlook.scores`.

    Parameters
    ----------
    data : pandas.Series or pandas.DataFrame
        A series by year or Period; a long frame ``series_id, period, value`` and, where known, ``kind``, ``events``,
        ``exposure``, ``se``, ``group``, ``source``; or ready cases with lists ``y`` and ``future``, one a row.
    forecaster : callable, str, mapping or None
        ``f(block, horizon, *, draws, rng) -> (series, draws, horizon)``; the id of a peer of
        :data:`~suzhou_antidrug.outlook.baselines.BASELINES`; for leave-source-out a mapping from source to callable;
        None for this library's own. Rows of NaN mean no forecast: the random walk stands in and ``failed`` counts it.
    horizon, minimum : int
        Steps ahead, and values that an origin must have behind it.
    origins : iterable, optional
        Periods to stand in; all possible ones unless given.
    falls : sequence of float
        The event of a fall d: the value after ``horizon`` steps is at most (1 - d) times the last one.
    rng : int
        Seed; the same seed gives the same draws.

    Raises
    ------
    SeriesError
        No series is long enough; a forecaster whose draws have another shape.
    UnknownNameError
        A peer that is not on the list, a column that is missing.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> walk = 100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.1, 20)))
    >>> test = run_backtest(pd.Series(walk, index=range(2001, 2021)), forecaster="random_walk", draws=200)
    >>> len(test.frame), int(test.frame["origin"].min()), int(test.frame["origin"].max())
    (13, 2005, 2017)
    """
    check_numbers(horizon, draws)
    by_source = isinstance(forecaster, Mapping)
    cases = read_cases(data, horizon=horizon, minimum=minimum, origins=origins, kind=kind, by_source=by_source)
    return judge(cases, forecaster, falls=falls, draws=draws, rng=rng, name=name, status=status)


def judge(
    cases: Cases,
    forecaster: Judged,
    *,
    falls: Sequence[float],
    draws: int,
    rng: int,
    name: Text | None = None,
    status: Status | str = Status.REPORTED,
) -> Backtest:
    """Forecast and score cases that were read before.  对已读入的例预测并评分。"""
    import pandas as pd

    generator = np.random.default_rng(rng)
    parts, seconds = [], 0.0
    for piece in cases.blocks:
        function = _function(forecaster, cases, piece)
        started = time.perf_counter()
        given = _draw(function, piece.block, cases.horizon, draws, generator)
        seconds += time.perf_counter() - started
        given, failed = _stand_in(given, piece.block, draws, generator)
        truth, history = cases.truth[piece.rows], piece.block.values * piece.scale
        scored = score_forecasts(given * piece.scale, truth, history=history, falls=falls, rng=rng)
        parts.append(scored.assign(failed=failed).set_index(piece.rows))
    rows = pd.concat([cases.table, pd.concat(parts).sort_index()], axis=1)
    called = forecaster_name(forecaster) if name is None else name
    mark = fingerprint(cases.table.to_csv(index=False) + repr(cases.truth.tolist()))
    made = Made(METHOD if called is ENGINE else called.en, Status(status), mark, rng)
    return Backtest(rows, called, cases.horizon, tuple(falls), seconds, made)


def _function(forecaster: Judged, cases: Cases, piece: CaseBlock) -> Forecaster:
    if forecaster is None:
        return simulate
    if isinstance(forecaster, str):
        return find_baseline(forecaster).forecast
    if isinstance(forecaster, Mapping):
        source = cases.table["source"].iloc[piece.rows[0]]
        if source not in forecaster:
            raise refusal(
                "no_forecaster", "a source has no forecaster.", "有一个来源没有对应的预测方法。", value=source
            )
        return forecaster[source]
    return forecaster


def _draw(function: Forecaster, block: Block, horizon: int, draws: int, rng: np.random.Generator) -> Floats:
    given = np.asarray(function(block, horizon, draws=draws, rng=rng), dtype=float)
    if given.shape != (len(block), draws, horizon):
        raise refusal(
            "forecaster_shape",
            f"the forecaster returned shape {given.shape}, expected {(len(block), draws, horizon)}.",
            f"预测器返回的形状为 {given.shape}，应为 {(len(block), draws, horizon)}。",
            advice_en="It must return draws (series, draws, horizon).",
            advice_zh="应返回（序列、抽样、步）。",
        )
    return given


def _stand_in(given: Floats, block: Block, draws: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """Put a random walk where a forecaster gave nothing, and say where."""
    failed = np.logical_not(np.isfinite(given).all(axis=(1, 2)))
    if failed.any():
        given = given.copy()
        given[failed] = random_walk(block, given.shape[2], draws=draws, rng=rng)[failed]
    return given, failed


def forecast_cases(
    frame: pd.DataFrame, horizon: int, *, forecaster: Judged = None, draws: int = 1000, rng: int = 0
) -> Floats:
    """Return draws (case, draw, horizon) for ready cases, in the unit of ``y``.  对成例的数据作预测抽样。

    ``frame`` needs no ``future``. Columns as in :mod:`suzhou_antidrug.outlook.cases`.
    """
    blank = [np.zeros(horizon)] * len(frame)
    cases = ready_cases(frame.assign(future=blank), horizon=horizon, by_source=isinstance(forecaster, Mapping))
    generator = np.random.default_rng(rng)
    out = np.empty((len(frame), draws, horizon))
    for piece in cases.blocks:
        given = _draw(_function(forecaster, cases, piece), piece.block, horizon, draws, generator)
        out[piece.rows] = _stand_in(given, piece.block, draws, generator)[0] * piece.scale
    return out


def score_cases(frame: pd.DataFrame, draws: Floats, *, falls: Sequence[float] = FALLS, rng: int = 0) -> pd.DataFrame:
    """Score draws (case, draw, horizon) made elsewhere against ready cases, one row a case.  给成例的预测评分。

    ``summary`` of :mod:`suzhou_antidrug.outlook.scores` turns the rows into headline figures; with a column ``panel``,
    :func:`score_panels` judges the counts.
    """
    cases = ready_cases(frame, horizon=draws.shape[2])
    width = max(piece.block.values.shape[1] for piece in cases.blocks)
    history = np.full((len(frame), width), np.nan)
    for piece in cases.blocks:
        history[piece.rows, width - piece.block.values.shape[1] :] = piece.block.values * piece.scale
    rows = score_forecasts(draws, cases.truth, history=history, falls=falls, rng=rng)
    return rows.assign(**{column: cases.table[column].to_numpy() for column in KEY_COLUMNS})


def score_panels(
    frame: pd.DataFrame, draws: Floats, *, falls: Sequence[float] = PANEL_FALLS, level: float = 0.8
) -> pd.DataFrame:
    """Score "how many of these regions will meet the target", one row a panel and fall.  给“几个地区达标”评分。

    ``frame`` holds ready cases with ``panel``; draws i of all regions belong together. Returns ``panel, source, fall,
    regions, met, low, high, rps, covered``; the ranked probability score is that over the number of regions.
    """
    import pandas as pd

    from .scores import ON_THE_LINE

    frame = frame.reset_index(drop=True)
    last = np.array([np.asarray(y, dtype=float)[-1] for y in frame["y"]])
    truth = np.array([np.asarray(f, dtype=float)[draws.shape[2] - 1] for f in frame["future"]])
    out = []
    for panel, members in frame.groupby("panel", sort=True):
        i = members.index.to_numpy()
        for d in falls:
            line_ = (1 - d) * last[i] * ON_THE_LINE
            hits = (draws[i, :, -1] <= line_[:, None]).sum(axis=0)
            met = int((truth[i] <= line_).sum())
            rps = ranked_probability_score(hits[None], np.array([met]), number=len(i))[0]
            low, high = np.quantile(hits, [(1 - level) / 2, 1 - (1 - level) / 2])
            source = members["source"].iloc[0] if "source" in members else "all"
            out.append((panel, source, d, len(i), met, low, high, rps, low <= met <= high))
    columns = ["panel", "source", "fall", "regions", "met", "low", "high", "rps", "covered"]
    return pd.DataFrame(out, columns=columns)
