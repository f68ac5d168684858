"""When to look: charts for rare events, each with how often it cries wolf.

何时该查：稀有事件的监测图，并注明多久误报一次。

Formulas
--------
Poisson CUSUM: S_t = max(0, S_(t-1) + x_t - k e_t), alarm at S >= h, k = (l1 - l0) / (ln l1 - ln l0) for a rise of the rate from
l0 to l1 and exposure e. Its average run length by a Markov chain: k is rounded to tenths, so S takes tenths only and the
chain is exact for equal exposures. g-chart: inspections between diversions, geometric; t-chart: days between, exponential;
both with exact probability limits. A point below the lower limit is worse, above the upper one better; in control a point
lies outside once in 1 / alpha.

Sources: Lucas, Technometrics 27 (1985) 129; Hawkins and Olwell, Cumulative Sum Charts (1998), chapter 5; Brook and Evans,
Biometrika 59 (1972) 539; Benneyan, Health Care Management Science 4 (2001) 305; Nelson, J. Quality Technology 26 (1994) 239.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

GRID = 10  # states a unit of S
LARGEST_LIMIT = 400.0
WANTED_RUN = 100.0  # periods between false alarms: this project's choice, about eight years of months


def cusum_reference(in_control: float, worse: float) -> float:
    """Return k for a rise of a Poisson rate: (l1 - l0) / (ln l1 - ln l0).  泊松累积和的参考值。

    >>> round(cusum_reference(1, 2), 6)
    1.442695
    """
    if not 0 < in_control < worse:
        raise ValueError("the rates need 0 < in_control < worse")
    return float((worse - in_control) / (np.log(worse) - np.log(in_control)))


def run_length(rate: float, k: float, limit: float) -> float:
    """Return the average number of periods to an alarm of a Poisson CUSUM that starts at 0, exactly.  平均运行链长。

    ``k`` and ``limit`` are taken to tenths.

    >>> round(run_length(1.0, 1.4, 4.0), 1) > round(run_length(2.0, 1.4, 4.0), 1)
    True
    """
    from scipy import linalg, stats

    step, top = round(k * GRID), round(limit * GRID)
    states = np.arange(top)
    most = int(np.ceil((top + step) / GRID)) + 1
    x = np.arange(most + 1)
    chance = stats.poisson.pmf(x, rate)
    target = np.maximum(0, states[:, None] + GRID * x - step)
    move = np.zeros((top, top))
    inside = target < top
    rows = np.broadcast_to(states[:, None], target.shape)
    np.add.at(move, (rows[inside], target[inside]), np.broadcast_to(chance, target.shape)[inside])
    return float(linalg.solve(np.eye(top) - move, np.ones(top))[0])


def cusum_limit(in_control: float, k: float, *, run: float = WANTED_RUN) -> float:
    """Return the smallest limit, to tenths, whose run length in control is at least ``run``.  满足误报间隔的控制限。

    >>> limit = cusum_limit(1.0, 1.4, run=100)
    >>> run_length(1.0, 1.4, limit) >= 100 > run_length(1.0, 1.4, limit - 0.1)
    True
    """
    low, high = 0, GRID  # tenths
    while run_length(in_control, k, high / GRID) < run:
        low, high = high, 2 * high
        if high > LARGEST_LIMIT * GRID:
            raise ValueError("no limit gives so long a run; k lies too near the rate in control")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if run_length(in_control, k, middle / GRID) < run else (low, middle)
    return high / GRID


@dataclass(frozen=True, slots=True, eq=False)
class PoissonCusum(Result):
    """A Poisson CUSUM, arrays (series, periods).  泊松累积和图。"""

    counts: Floats
    statistic: Floats
    alarm: NDArray[np.bool_]
    k: float
    limit: float
    in_control: float
    worse: float
    run_in_control: float
    run_when_worse: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One series and period a row: count, statistic, alarm."""
        import pandas as pd

        s, t = self.counts.shape
        return pd.DataFrame({
            "series": np.repeat(np.arange(s), t), "period": np.tile(np.arange(1, t + 1), s), "count": self.counts.ravel(),
            "statistic": self.statistic.ravel(), "alarm": self.alarm.ravel(),
        })  # fmt: skip

    def explain(self) -> Explanation:
        """Design, run lengths, alarms."""
        several = len(self.counts)
        first = [int(row.argmax()) + 1 for row in self.alarm if row.any()]
        return Explanation(
            Text("泊松累积和图", "Poisson CUSUM"),
            (
                line("设计", "design", f"l0 {self.in_control:g}, l1 {self.worse:g}, k {self.k:g}, h {self.limit:g}"),
                line("平均误报间隔", "periods between false alarms", f"{self.run_in_control:.0f}"),
                line("率升高后平均几期报警", "periods to an alarm once worse", f"{self.run_when_worse:.1f}"),
                line("报警的序列", "series with an alarm", Text(f"{len(first)} / {several}；同时看 {several} 条，每 {self.run_in_control / several:.0f} 期即有一次误报", f"{len(first)} of {several}; watching {several}, one false alarm every {self.run_in_control / several:.0f} periods")),
                line("首次报警", "first alarm", ", ".join(map(str, first[:10])) or "-"),
                line("日期", "dates", Text("用发生日期，不用上报日期", "use the date of the event, not of the report")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the first series: counts, statistic, limit, alarms.  绘制第一条序列。"""
        from .plots import plot_cusum

        return plot_cusum(self, ax, language=language)


def poisson_cusum(
    counts: ArrayLike, in_control: float, worse: float, *, exposure: ArrayLike = 1.0, run: float = WANTED_RUN,
    status: Status | str = Status.REPORTED,
) -> PoissonCusum:  # fmt: skip
    """Watch counts for a rise of their rate, over many series at once.

    以泊松累积和监测事件率是否升高，可同时监测多条。

    Parameters
    ----------
    counts : array (periods,) or (series, periods)
    in_control, worse : float
        Rates a unit of exposure.
    exposure : array
        Of each period; the run lengths hold for exposures of 1.
    run : float
        Least average number of periods between false alarms.

    Raises
    ------
    SeriesError
        What is no count, or an exposure that is not above 0.

    Examples
    --------
    >>> watched = poisson_cusum([0, 1, 1, 0, 2, 4, 3, 5], 1, 2)
    >>> watched.k, int(watched.alarm[0].argmax()) + 1, watched.run_in_control >= 100
    (1.4, 7, True)
    """
    x = np.atleast_2d(np.asarray(counts, dtype=float))
    e = np.broadcast_to(np.asarray(exposure, dtype=float), x.shape)
    if not ((x >= 0) & (x == np.round(x))).all() or not (e > 0).all():
        raise SeriesError(
            Problem(
                "counts", "counts are whole numbers from 0, exposures above 0.", "计数须为非负整数，暴露量须大于零。"
            )
        )
    k = round(cusum_reference(in_control, worse) * GRID) / GRID
    if not in_control < k < worse:
        raise ValueError(
            "the two rates lie too near each other for a design in tenths; count more than one period together"
        )
    limit = cusum_limit(in_control, k, run=run)
    statistic, value = np.empty(x.shape), np.zeros(len(x))
    for t in range(x.shape[1]):  # over periods, all series together
        value = np.maximum(0.0, value + x[:, t] - k * e[:, t])
        statistic[:, t] = value
    made = Made("Poisson CUSUM", Status(status), fingerprint(np.concatenate([x.ravel(), e.ravel()]).tobytes()))
    return PoissonCusum(
        x, statistic, statistic >= limit - 1e-9, k, limit, in_control, worse, run_length(in_control, k, limit),
        run_length(worse, k, limit), made,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class RareEventChart(Result):
    """A chart of what lies between events.  稀有事件间隔图。"""

    kind: str
    between: Floats
    mean: float
    low: float
    high: float
    alpha: float
    made: Made

    @property
    def signal(self) -> NDArray[np.str_]:
        """``worse`` below the lower limit, ``better`` above the upper one, else empty."""
        return np.select([self.between < self.low, self.between > self.high], ["worse", "better"], "")

    @property
    def frame(self) -> pd.DataFrame:
        """One interval a row: between, signal."""
        import pandas as pd

        return pd.DataFrame(
            {"event": np.arange(1, len(self.between) + 1), "between": self.between, "signal": self.signal}
        )

    def explain(self) -> Explanation:
        """Distribution, limits, run length, what cannot signal."""
        name = {"g": Text("几何分布（事件之间的检查次数）", "geometric: inspections between events"), "t": Text("指数分布（事件之间的天数）", "exponential: days between events")}[self.kind]  # fmt: skip
        blind = self.low <= (0 if self.kind == "g" else 1e-9)
        lines = [
            line("分布", "distribution", name),
            line("平均", "mean", f"{self.mean:.4g}"),
            line("界限", "limits", f"{self.low:.4g}-{self.high:.4g}"),
            line("平均误报间隔", "points between false alarms", f"{1 / self.alpha:.0f}"),
        ]
        if blind:
            lines.append(line("注意", "note", Text("下限为零：此图看不出变坏，请用累积和图", "the lower limit is 0: worse cannot signal here, use a CUSUM")))  # fmt: skip
        lines.append(line("数据状态", "status", self.made.status.text))
        return Explanation(Text("稀有事件间隔图", "Chart of rare events"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the intervals between events with their limits.  绘制间隔与界限。"""
        from .plots import plot_between

        return plot_between(self, ax, language=language)


def chart_rare_events(
    between: ArrayLike, *, kind: Literal["g", "t"] = "t", mean: float | None = None, alpha: float = 0.0027,
    status: Status | str = Status.REPORTED,
) -> RareEventChart:  # fmt: skip
    """Return a chart of days (``"t"``) or inspections (``"g"``) between events with exact probability limits.

    事件之间天数或检查次数的监测图，采用精确概率界限。

    ``mean`` is that in control, from the data where None (then the data judge themselves: say so). ``alpha`` is the chance of
    a point outside in control. Raises :class:`~suzhou_antidrug.errors.SeriesError` for fewer than two intervals, negative or
    missing ones.

    >>> chart = chart_rare_events([30, 45, 200, 3, 60, 1500], mean=60)
    >>> chart.signal.tolist()
    ['', '', '', '', '', 'better']
    """
    from scipy import stats

    x = np.asarray(between, dtype=float)
    if x.ndim != 1 or len(x) < 2 or not (x >= 0).all():
        raise SeriesError(Problem("intervals", "at least two intervals from 0 are needed.", "至少需要两个非负的间隔。"))
    centre = float(x.mean()) if mean is None else float(mean)
    if not centre > 0:
        raise SeriesError(Problem("mean", "the mean interval must be above 0.", "平均间隔须大于零。"))
    if kind == "t":
        low, high = -centre * np.log1p(-alpha / 2), -centre * np.log(alpha / 2)
    else:
        p = 1 / (1 + centre)
        low, high = (float(stats.geom.ppf(q, p)) - 1 for q in (alpha / 2, 1 - alpha / 2))
    made = Made(f"{kind}-chart", Status(status), fingerprint(x.tobytes()))
    return RareEventChart(kind, x, centre, float(low), float(high), alpha, made)
