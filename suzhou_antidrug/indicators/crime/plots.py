"""Figures of crime: the interrupted series, donors, small areas.  案件的图。"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, style
from ...terms import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .donors import SyntheticControl
    from .interrupted import InterruptedSeries
    from .small_areas import SmallAreas


def plot_interrupted(found: InterruptedSeries, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw counts, fit, and what would have been without the step; pulses shaded.  绘制中断时间序列。"""
    with style(language):
        ax = new_axes(ax, width=7.2)
        t = np.arange(1, len(found.counts) + 1)
        for name, (a, b) in found.pulses.items():
            ax.axvspan(a + 0.5, b + 0.5, color=COLOURS["grid"], alpha=0.7, label=name)
        ax.plot(t, found.counts, "o", color=COLOURS["observed"], markersize=3, label=str(Text("案件", "cases")))
        ax.plot(t, found.fitted, color=COLOURS["forecast"], linewidth=1.6, label=str(Text("拟合", "fit")))
        after = t > found.start
        ax.plot(
            t[after],
            found.counterfactual[after],
            color=COLOURS["target"],
            linestyle="--",
            linewidth=1.6,
            label=str(Text("若无变化", "without the step")),
        )
        if found.control is not None:
            scale = found.counts[: found.start].mean() / found.control[: found.start].mean()
            ax.plot(
                t,
                found.control * scale,
                color=COLOURS["not_assessable"],
                linewidth=1,
                label=str(Text("对照（折算）", "control (scaled)")),
            )
        ax.axvline(found.start + 0.5, color=COLOURS["observed"], linewidth=0.9, linestyle=":")
        ax.set_ylim(0, None)
        ax.set_xlabel(str(Text("期", "period")))
        ax.set_ylabel(str(Text("案件数", "cases")))
        v = found.judgement.verdict.text
        told = (
            Text("无法识别", "not identifiable")
            if found.fit is None
            else Text(
                f"水平之比 {found.ratio:.2f}（{found.low:.2f}-{found.high:.2f}），{v.zh}",
                f"ratio {found.ratio:.2f} ({found.low:.2f}-{found.high:.2f}), {v.en}",
            )
        )
        ax.set_title(str(told))
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_synthetic(found: SyntheticControl, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw a place, its synthetic control and the placebo gaps.  绘制合成控制。"""
    with style(language):
        ax = new_axes(ax)
        t = np.arange(1, len(found.observed) + 1)
        for gap in found.gaps[1:]:
            ax.plot(t, np.exp(gap), color=COLOURS["grid"], linewidth=1)
        ax.plot([], [], color=COLOURS["grid"], label=str(Text("各供体当作处理地区", "each donor as if treated")))
        ax.plot(
            t,
            found.observed / found.synthetic,
            color=COLOURS["forecast"],
            linewidth=2,
            label=found.place or str(Text("该地", "the place")),
        )
        ax.axhline(1, color=COLOURS["observed"], linewidth=0.8)
        ax.axvline(found.start + 0.5, color=COLOURS["observed"], linewidth=0.9, linestyle=":")
        ax.set_yscale("log")
        low, high = ax.get_ylim()
        ticks = [v for v in (0.25, 0.33, 0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 4.0) if low <= v <= high]
        ax.set_yticks(ticks, [f"{v:g}" for v in ticks])
        ax.set_yticks([], minor=True)
        ax.set_xlabel(str(Text("期", "period")))
        ax.set_ylabel(str(Text("实际 ÷ 合成", "observed / synthetic")))
        ax.set_title(
            str(
                Text(
                    f"起点后之比 {found.ratio:.2f}，安慰剂 p {found.p_value:.2g}",
                    f"ratio after the start {found.ratio:.2f}, placebo p {found.p_value:.2g}",
                )
            )
        )
        ax.legend(loc="best")
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_small_areas(found: SmallAreas, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw raw rates with exact intervals and shrunken values; hidden places are counted, not drawn.  小地区的率。"""
    with style(language):
        shown = found.frame
        numbers = shown["rate"].map(lambda v: v if isinstance(v, float) else np.nan).astype(float)
        drawn = np.flatnonzero(numbers.notna().to_numpy())[:40]
        ax = new_axes(ax, height=1.6 + 0.3 * max(len(drawn), 1))
        table = found.table.iloc[drawn]
        y = np.arange(len(drawn))
        ax.hlines(y, table["low"], table["high"], color=COLOURS["grid"], linewidth=3)
        ax.plot(
            table["rate"],
            y,
            "o",
            color=COLOURS["observed"],
            markersize=5,
            label=str(Text("原始率与精确区间", "raw rate, exact interval")),
        )
        ax.plot(
            table["shrunken"], y, "D", color=COLOURS["forecast"], markersize=5, label=str(Text("收缩估计", "shrunken"))
        )
        ax.axvline(
            found.pooled, color=COLOURS["target"], linewidth=1, linestyle="--", label=str(Text("总体", "pooled"))
        )
        ax.set_yticks(y, table["place"])
        ax.set_ylim(len(drawn) - 0.5, -0.5)
        ax.set_xlim(0, None)
        if len(drawn) < len(found.table):
            left = len(found.table) - len(drawn)
            ax.text(
                1.02,
                0.0,
                str(Text(f"{left} 个地区未画（小数抑制或过多）", f"{left} places not drawn")),
                transform=ax.transAxes,
                ha="left",
                fontsize=8.5,
                color=COLOURS["not_assessable"],
            )
        ax.set_xlabel(str(Text("率", "rate")))
        ax.set_title(str(Text("小地区：原始率与收缩估计", "Small areas: raw and shrunken")))
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        mark_status(ax, found.made.status)
        return finish(ax)
