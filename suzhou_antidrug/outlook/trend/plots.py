"""Figures of trends, joinpoints and power.  趋势、连接点与检出概率的图。"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, style
from ...terms import Text, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .description import Trend
    from .joinpoints import Joinpoints
    from .observations import Observations
    from .power import TrendPower

LINES = ("-", "--", ":", "-.")
SERIES = tuple(COLOURS[name] for name in ("forecast", "target", "met", "insufficient_evidence", "observed"))


def _points(ax: Axes, seen: Observations) -> None:
    ax.plot(seen.times, seen.values, "o", color=COLOURS["observed"], markersize=4.5, label=label("observed"))
    ax.set_ylim(bottom=0, top=float(seen.values.max()) * 1.15 or 1)
    first, last = int(np.floor(seen.times[0])), int(np.ceil(seen.times[-1]))
    ax.set_xticks(range(first, last + 1, max(1, (last - first) // 12 + 1)))
    ax.set_ylabel(label("value"))


def percent(value: float) -> str:
    """Return a relative change as signed percent.  带符号的百分数。"""
    return f"{value:+.1%}" if np.isfinite(value) else "–"


def plot_trend(trend: Trend, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw values, Sen's line and the log line with its annual change.  绘制数值、森直线与对数直线。"""
    with style(language):
        ax = new_axes(ax)
        seen = trend.observations
        _points(ax, seen)
        grid = np.linspace(seen.times[0], seen.times[-1], 60)
        since = grid - grid[0]
        if np.isfinite(trend.line.slope):
            apc = trend.line.apc
            words = Text("对数直线，年变化", "log line, annual change")
            named = f"{words} {percent(apc.value)} ({percent(apc.low)}, {percent(apc.high)})"
            ax.plot(grid, np.exp(trend.line.start + trend.line.slope * since), color=COLOURS["forecast"], label=named)
        ax.plot(
            grid, trend.sen.start + trend.sen.slope * since,
            color=COLOURS["target"], linestyle="--",
            label=str(Text("森斜率", "Sen's slope")),
        )  # fmt: skip
        p_value = float(trend.test.p_decrease[0])
        ax.set_title(str(Text(f"下降的单侧 p = {p_value:.3f}", f"one-sided p of a decrease = {p_value:.3f}")))
        ax.legend(loc="best")
        mark_status(ax, trend.made.status)
        return finish(ax)


def plot_joinpoints(found: Joinpoints, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw values, segments with their annual change, and joinpoints.  绘制分段趋势与连接点。"""
    with style(language):
        ax = new_axes(ax)
        _points(ax, found.observations)
        for segment, shape in zip(found.segments, LINES * 2, strict=False):
            grid = np.linspace(segment.start, segment.end, 40)
            change = segment.apc
            ax.plot(
                grid, np.exp(segment.log_start + segment.slope * (grid - segment.start)),
                color=COLOURS["forecast"], linestyle=shape,
                label=f"{segment.start:g}–{segment.end:g}  {percent(change.value)}"
                f" ({percent(change.low)}, {percent(change.high)})",
            )  # fmt: skip
        for joint in found.joinpoints:
            ax.axvline(joint.time, color=COLOURS["target"], linewidth=1)
            ax.axvspan(joint.low, joint.high, color=COLOURS["target"], alpha=0.08, linewidth=0)
        ax.legend(loc="best", title=str(Text("年变化(区间)", "annual change (interval)")))
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_power(power: TrendPower, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw the chance to see a fall over the fall: a colour for each n and noise, a shape for each test.

    绘制检出概率随降幅的变化。
    """
    from .power import TESTS, USUAL_CHANCE

    with style(language):
        ax = new_axes(ax, height=4.6)
        table = power.frame
        cases = list(dict.fromkeys(zip(table["n"], table["noise"], strict=True)))
        for (n, noise, test), rows in table.groupby(["n", "noise", "test"], sort=False):
            words = Text(f"n = {n}，误差 {noise:g}，{TESTS[test].zh}", f"n = {n}, noise {noise:g}: {TESTS[test].en}")
            ax.plot(
                rows["fall"] * 100, rows["power"], label=str(words), marker="o", markersize=3,
                color=SERIES[cases.index((n, noise)) % len(SERIES)],
                linestyle=LINES[list(TESTS).index(test) % len(LINES)],
            )  # fmt: skip
        ax.axhline(USUAL_CHANCE, color=COLOURS["not_assessable"], linewidth=1)
        ax.set_xlabel(str(Text("真实降幅(%)", "true fall (%)")))
        ax.set_ylabel(str(Text("检出概率", "chance to see it")))
        ax.set_ylim(0, 1)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=7, handlelength=4)
        mark_status(ax, power.made.status)
        return finish(ax)
