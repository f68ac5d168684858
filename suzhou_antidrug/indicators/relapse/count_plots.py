"""Figures of relapse from counts: the verdict over detection, districts, release cohorts.

由计数得到的复吸图：检出力变化下的评判、地区漏斗、释放队列。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, percent_axis, style
from ...terms import Text
from .districts import funnel_limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .changes import RelapseComparison
    from .cohorts import CohortForecast
    from .districts import DistrictComparison


def plot_over_detection(
    found: RelapseComparison, ax: Axes | None = None, *, language: str | None = None, place: int = 0
) -> Axes:
    """Draw the ratio of two periods were relapses found f times as readily in the later one.  检出力变化下的比值。"""
    with style(language):
        ax = new_axes(ax)
        f = np.geomspace(0.5, 2, 61)
        table = found.over_detection(place, factors=f)
        line_at = 1 - found.minimum_fall
        ax.fill_between(
            f,
            table["low"],
            table["high"],
            color=COLOURS["band"],
            alpha=0.45,
            linewidth=0,
            label=f"{found.level:.0%} " + str(Text("区间", "interval")),
        )
        ax.plot(f, table["ratio"], color=COLOURS["forecast"], linewidth=1.8, label=str(Text("真实比值", "true ratio")))
        ax.axhline(
            line_at,
            color=COLOURS["target"],
            linestyle="--",
            linewidth=1.2,
            label=str(Text(f"降 {found.minimum_fall:.0%}", f"{found.minimum_fall:.0%} fall")),
        )
        ax.axhline(1, color=COLOURS["observed"], linewidth=0.8)
        ax.axvspan(
            *found.detection,
            color=COLOURS["grid"],
            alpha=0.5,
            label=str(Text("评判须承受的范围", "range the verdict must withstand")),
        )
        ax.set_xscale("log")
        ticks = [0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0]
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.set_xticks([], minor=True)
        ax.set_xlim(0.5, 2)
        ax.set_ylim(0, None)
        ax.set_xlabel(str(Text("后期检出力 ÷ 基期检出力", "detection, later / base")))
        ax.set_ylabel(str(Text("后期 ÷ 基期", "later / base")))
        name = found.base.places[place]
        shown = "" if name.isdigit() else f"{name} · "
        verdict = found.judgements[place].verdict.text
        ax.set_title(shown + str(Text(f"评判：{verdict.zh}", f"verdict: {verdict.en}")))
        ax.legend(loc="upper right")
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_funnel(found: DistrictComparison, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw each district's rate over its base with 95 and 99.8 % limits; hidden ones are counted, not drawn.  漏斗图。"""
    with style(language):
        ax = new_axes(ax)
        shown = found.frame
        numbers = shown["rate"].map(lambda v: v if isinstance(v, float) else np.nan).astype(float)
        drawn = np.flatnonzero(numbers.notna().to_numpy())
        base = found.table["base"].to_numpy(float)
        top = float(base.max()) * 1.05
        grid = np.unique(np.round(np.linspace(max(5.0, float(base[base > 0].min()) * 0.6), top, 200)))
        scale = float(np.sqrt(max(found.overdispersion, 1.0))) if found.widened else 1.0
        for level, dash in ((0.95, "--"), (0.998, ":")):
            low, high = funnel_limits(grid, found.pooled, level, scale)
            ax.plot(
                grid,
                low,
                color=COLOURS["forecast"],
                linestyle=dash,
                linewidth=1.2,
                label=f"{level:.1%}".replace(".0%", "%"),
            )
            ax.plot(grid, high, color=COLOURS["forecast"], linestyle=dash, linewidth=1.2)
        ax.axhline(found.pooled, color=COLOURS["observed"], linewidth=1, label=str(Text("总体", "pooled")))
        for i in drawn:
            outside = found.table["position"].iloc[i] != "inside"
            ax.plot(
                base[i],
                numbers.iloc[i],
                "D" if outside else "o",
                color=COLOURS["target"] if outside else COLOURS["observed"],
                markersize=5,
            )
            if len(drawn) <= 25:
                ax.annotate(
                    str(found.table["place"].iloc[i]),
                    (base[i], numbers.iloc[i]),
                    xytext=(5, 4),
                    textcoords="offset points",
                    fontsize=8,
                )
        if len(drawn) < len(found.table):
            left = len(found.table) - len(drawn)
            ax.text(
                0.99,
                0.02,
                str(Text(f"{left} 个地区因小数抑制未画", f"{left} districts not drawn: small numbers")),
                transform=ax.transAxes,
                ha="right",
                fontsize=8.5,
                color=COLOURS["not_assessable"],
            )
        ax.set_xlim(grid[0], top)
        ax.set_ylim(max(0.0, ax.get_ylim()[0]), None)
        percent_axis(ax)
        ax.set_xlabel(str(Text("在册人数", "persons at risk")))
        ax.set_ylabel(str(Text("复吸率", "relapse")))
        ax.set_title(str(Text("各地区复吸率与偶然波动的范围", "Relapse by district, and what chance would do")))
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_cohorts(found: CohortForecast, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw relapse by release year: cohorts followed to the end, and those still in follow-up.  各释放队列的复吸率。"""
    with style(language):
        ax = new_axes(ax)
        table = found.frame
        for complete, colour, shape, label in (
            (True, COLOURS["observed"], "o", Text("各随访年均有数据", "seen in every year of follow-up")),
            (
                False,
                COLOURS["forecast"],
                "D",
                Text("随访未满或尚未释放（估计）", "still in follow-up or not yet released (estimate)"),
            ),
        ):
            part = table[table["complete"] == complete]
            ax.vlines(part["cohort"], part["low"], part["high"], color=colour, alpha=0.55, linewidth=3)
            ax.plot(part["cohort"], part["relapse"], shape, color=colour, markersize=6, label=str(label))
        ax.set_xticks(table["cohort"], [str(c) for c in table["cohort"]])
        ax.set_ylim(0, None)
        percent_axis(ax)
        ax.set_xlabel(str(Text("释放年", "year of release")))
        ax.set_ylabel(str(Text(f"{found.years}年内复吸", f"relapse within {found.years} years")))
        ax.set_title(str(Text("释放队列的复吸率", "Relapse of release cohorts")))
        ax.legend(loc="lower left")
        mark_status(ax, found.made.status)
        return finish(ax)
