"""Figures of backtests: reliability, PIT, league.  回测的图：可靠性、概率积分变换、排行。"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..plotting import COLOURS, finish, mark_status, new_axes, style
from ..terms import Text, get_language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .calibration import Pit, Reliability
    from .league import League


def plot_reliability(result: Reliability, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw what happened over what was said; a right forecaster's points lie inside the bands.

    绘制可靠性图：横轴说的概率，纵轴实际发生的比例。
    """
    with style(language):
        ax = new_axes(ax, width=4.6, height=4.4)
        bins = result.bins
        band = Text(f"若准确，{result.level:.0%} 落在此", f"if right, {result.level:.0%} fall here")
        ax.vlines(
            bins["said"], bins["low"], bins["high"], color=COLOURS["band"], alpha=0.55, linewidth=9, label=str(band)
        )
        ax.plot([0, 1], [0, 1], color=COLOURS["grid"], linewidth=1.2)
        size = 12 + 260 * bins["weight"] / bins["weight"].sum()
        happened = str(Text("实际（点大：预测多）", "what happened (size: how often said)"))
        ax.scatter(bins["said"], bins["happened"], s=size, color=COLOURS["forecast"], zorder=3, label=happened)
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        ax.set_aspect("equal")
        ax.set_xlabel(str(Text("预测的概率", "probability said")))
        ax.set_ylabel(str(Text("实际发生的比例", "share that happened")))
        said = Text(
            f"斜率 {result.slope:.2f}，误差 {result.error:.3f}", f"slope {result.slope:.2f}, error {result.error:.3f}"
        )
        ax.annotate(str(said), (0.97, 0.04), xycoords="axes fraction", ha="right", fontsize=9)
        ax.set_title(str(result.name))
        ax.legend(loc="upper left")
        mark_status(ax, result.made.status)
        return finish(ax)


def plot_pit(result: Pit, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw the PIT histogram of the last step; even bars are right.  绘制末步的概率积分变换直方图。"""
    with style(language):
        ax = new_axes(ax, width=4.8)
        bins = result.bins[result.bins["step"] == result.bins["step"].max()]
        width = 1 / len(bins)
        ax.axhspan(bins["low"].iloc[0], bins["high"].iloc[0], color=COLOURS["band"], alpha=0.3, linewidth=0,
                   label=str(Text("若准确，九成落在此", "if right, 90 % fall here")))  # fmt: skip
        ax.bar(bins["low_edge"], bins["share"], width, align="edge", color=COLOURS["forecast"], edgecolor="white")
        ax.axhline(bins["even"].iloc[0], color=COLOURS["observed"], linewidth=1)
        ax.set_xlim(0, 1)
        ax.set_xlabel(str(Text("实际值在预测分布中的位置", "where the outcome fell in the forecast")))
        ax.set_ylabel(str(Text("占比", "share")))
        ax.legend(loc="upper center")
        mark_status(ax, result.made.status)
        return finish(ax)


def plot_league(result: League, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw Brier skill with its interval, the best above, and the cover of 80 % intervals beside it.

    绘制技巧分排行，右侧为 80% 区间的实际覆盖。
    """
    from .league import OWN

    with style(language):
        table = result.table.iloc[::-1].reset_index(drop=True)
        ax = new_axes(ax, width=8.4, height=1.2 + 0.3 * len(table))
        place = np.arange(len(table))
        own = table["method"].str.startswith(OWN).to_numpy()
        colour = np.where(own, COLOURS["target"], COLOURS["forecast"])
        ax.hlines(place, table["skill_low"], table["skill_high"], color=COLOURS["band"], linewidth=4, alpha=0.6)
        ax.scatter(table["brier_skill"], place, color=colour, s=34, zorder=3)
        ax.axvline(0, color=COLOURS["observed"], linewidth=1)
        names = table["name_zh" if get_language() == "zh" else "name_en"]
        ax.set_yticks(place, list(names))
        for y, cover in zip(place, table["cover80"], strict=True):
            ax.annotate(f"{cover:.0%}", (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=8.5)
        ax.annotate(str(Text("80%区间覆盖", "80 % covers")), (1.0, 1.01), xycoords="axes fraction", fontsize=8.5)
        ax.set_xlabel(
            str(Text("布赖尔技巧分（0：同基础比率；右为好）", "Brier skill (0: as the base rate; right is better)"))
        )
        ax.grid(axis="y", visible=False)
        mark_status(ax, result.made.status)
        return finish(ax)
