"""Figures of persons: curves with the numbers at risk, what became of a cohort, ratios.

个人数据的图：带在险人数的曲线、队列去向、风险比。

A group whose figures are hidden is not drawn: the colour, the end or the length of a curve would give it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, percent_axis, style
from ...terms import Text
from .spells import ENDS, UNITS
from .survival import step_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .abstinence import Abstinence
    from .hazard_checks import ProportionalityCheck
    from .hazards import CoxFit
    from .interval_censoring import IntervalCurve
    from .recurrent import MeanCumulative

SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222")
LINES = ("-", "--", "-.", ":")
MOST_CURVES = 12


def _look(n: int) -> dict[str, Any]:
    return {
        "color": SERIES[n % len(SERIES)],
        "linestyle": LINES[(n + 2 * (n // len(SERIES))) % len(LINES)],
        "linewidth": 1.6,
    }


def _end(name: str) -> str:
    return str(ENDS.get(name, Text(name, name)))


def _steps(
    time: np.ndarray, values: np.ndarray, *, first: float, start: float, until: float
) -> tuple[np.ndarray, np.ndarray]:
    x = np.concatenate([[start], time, [until]])
    y = np.concatenate([[first], values, [values[-1] if len(values) else first]])
    keep = x <= until
    return x[keep], y[keep]


def plot_abstinence(found: Abstinence, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw 1 - cumulative incidence of relapse by group, its limits, and the numbers at risk below.  操守曲线与在险人数。"""
    with style(language):
        drawn = [g for g in range(len(found.groups)) if not found.hidden_groups[g]][:MOST_CURVES]
        ax = new_axes(ax, height=3.4 + 0.17 * max(len(drawn), 1))
        until, cause = found.horizon, found.events.index(found.event)
        for n, g in enumerate(drawn):
            curve = found.aj.curves[g]
            x, y = _steps(curve.time, 1 - curve.incidence[:, cause], first=1.0, start=curve.start, until=until)
            label = found.groups[g] or str(Text("全队列", "whole cohort"))
            ax.step(x, y, where="post", label=label, **_look(n))
            if len(drawn) <= 4:
                low, high = (
                    _steps(curve.time, 1 - v[:, cause], first=1.0, start=curve.start, until=until)[1]
                    for v in (curve.high, curve.low)
                )
                ax.fill_between(x, low, high, step="post", color=SERIES[n % len(SERIES)], alpha=0.13, linewidth=0)
        if not found.group:
            km = found.km.curves[0]
            x, y = _steps(km.time, km.survival, first=1.0, start=km.start, until=until)
            ax.step(
                x,
                y,
                where="post",
                color=COLOURS["not_assessable"],
                linewidth=1.2,
                linestyle="--",
                label=str(Text("假如无人离开（卡普兰-迈耶）", "if nobody left (Kaplan-Meier)")),
            )
        ax.set_ylim(0, 1.02)
        ax.set_xlim(0, until)
        percent_axis(ax)
        unit = UNITS[found.unit]
        ax.set_ylabel(str(Text("未复吸比例", "not relapsed")))
        ax.set_title(str(Text("解除后未复吸的比例", "Not relapsed since release")))
        _at_risk(ax, found, drawn, str(Text(f"解除后（{unit.zh}）", f"{unit.en} since release")))
        if drawn:
            ax.legend(loc="lower left", ncols=1 if len(drawn) < 5 else 2)
        if len(drawn) < len(found.groups):
            left = len(found.groups) - len(drawn)
            ax.text(
                0.99,
                0.97,
                str(Text(f"{left} 组因人数或复吸数过小未画", f"{left} groups not drawn: small numbers")),
                transform=ax.transAxes,
                ha="right",
                va="top",
                fontsize=8.5,
                color=COLOURS["not_assessable"],
            )
        mark_status(ax, found.made.status)
        return finish(ax)


def _at_risk(ax: Axes, found: Abstinence, drawn: list[int], label: str) -> None:
    ticks = np.linspace(0, found.horizon, 7)
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    heading = str(Text("在险人数", "at risk"))
    # The numbers stand under their ticks: one text each.
    ax.set_xlabel(label)
    offset = -44.0 if found.group else -32.0  # points below the axis: under the label
    if found.group:
        _below(ax, 0.0, -32.0, heading, "#222222", left=True)
    for r, g in enumerate(drawn):
        colour = SERIES[r % len(SERIES)]
        _below(ax, 0.0, offset - 12.0 * r, found.groups[g] or heading, colour, left=True)
        for t, k in zip(ticks, _count_at(found.km.curves[g], ticks), strict=True):
            small = bool(found.group) and 0 < k < found.minimum
            _below(ax, t, offset - 12.0 * r, f"<{found.minimum}" if small else f"{k}", colour)


def _below(ax: Axes, x: float, points: float, text: str, colour: str, *, left: bool = False) -> None:
    ax.annotate(
        text, (x, 0), xycoords=("data", "axes fraction"), xytext=(-18.0 if left else 0.0, points), textcoords="offset points",
        ha="right" if left else "center", va="top", fontsize=8, color=colour, annotation_clip=False,
    )  # fmt: skip


def _count_at(curve: Any, ticks: np.ndarray) -> list[int]:
    at = np.searchsorted(curve.time, ticks, side="left")
    return [int(k) for k in np.append(curve.at_risk, 0)[at]]


def plot_ends(found: Abstinence, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw what became of the cohort: the cumulative shares of all ends, stacked.  绘制队列去向。"""
    with style(language):
        ax = new_axes(ax)
        curve = found.aj.curves[0]
        order = [found.events.index(found.event), *(k for k, e in enumerate(found.events) if e != found.event)]
        time = np.concatenate([[0.0], curve.time[curve.time <= found.horizon], [found.horizon]])
        base = np.zeros(len(time))
        colours = ("#D55E00", "#8A8A8A", "#56B4E9", "#E69F00", "#CC79A7", "#F0E442")
        for n, k in enumerate(order):
            top = base + step_values(curve.time, curve.incidence[:, k], time, before=0.0)
            ax.fill_between(
                time,
                base,
                top,
                step="post",
                color=colours[n % len(colours)],
                alpha=0.85,
                linewidth=0,
                label=_end(found.events[k]),
            )
            base = top
        ax.fill_between(
            time,
            base,
            1,
            step="post",
            color="#009E73",
            alpha=0.25,
            linewidth=0,
            label=str(Text("仍在社区且未复吸", "in the community, not relapsed")),
        )
        ax.set_ylim(0, 1)
        ax.set_xlim(0, found.horizon)
        percent_axis(ax)
        unit = UNITS[found.unit]
        ax.set_xlabel(str(Text(f"解除后（{unit.zh}）", f"{unit.en} since release")))
        ax.set_ylabel(str(Text("占队列比例", "share of the cohort")))
        ax.set_title(str(Text("队列去向", "What became of the cohort")))
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_hazard_ratios(fit: CoxFit, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw hazard ratios with their intervals on a log axis.  绘制风险比。"""
    with style(language):
        ax = new_axes(ax, height=1.4 + 0.4 * len(fit.names))
        y = np.arange(len(fit.names))
        ax.hlines(y, fit.low, fit.high, color=COLOURS["band"], linewidth=3)
        ax.plot(fit.hazard_ratio, y, "o", color=COLOURS["forecast"], markersize=5)
        ax.axvline(1, color=COLOURS["observed"], linewidth=0.9)
        ax.set_xscale("log")
        low, high = float(np.nanmin(fit.low)), float(np.nanmax(fit.high))
        ticks = [
            t
            for t in (0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
            if low / 1.1 <= t <= high * 1.1
        ]
        ticks = ticks if len(ticks) >= 2 else [round(low, 2), 1.0, round(high, 2)]
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.set_xticks([], minor=True)
        ax.set_yticks(y, fit.names)
        ax.set_ylim(len(fit.names) - 0.5, -0.5)
        ax.set_xlabel(str(Text("风险比", "hazard ratio")))
        ax.set_title(str(Text("考克斯回归", "Cox regression")))
        mark_status(ax, fit.made.status)
        return finish(ax)


def plot_changing_ratios(check: ProportionalityCheck, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw the coefficient of each covariate by period: level where hazards are proportional.  各期系数。"""
    with style(language):
        ax = new_axes(ax)
        middle = (check.period_start + check.period_end) / 2
        count = len(check.names) - 1
        width = float(np.min(np.diff(middle))) * 0.5 if len(middle) > 1 else 1.0
        for j in range(count):
            x = middle + width * (j - (count - 1) / 2) / max(count, 1)
            look = _look(j)
            ax.vlines(x, check.low[:, j], check.high[:, j], color=look["color"], alpha=0.5, linewidth=2)
            ax.plot(
                x,
                check.coefficient[:, j],
                marker="o",
                markersize=4,
                label=f"{check.names[j]} (p {check.p_value[j]:.2g})",
                **look,
            )
        ax.axhline(0, color=COLOURS["observed"], linewidth=0.8)
        ax.set_xlabel(str(Text("时间（各点为一期，事件数相近）", "time (each point a period with about equal events)")))
        ax.set_ylabel(str(Text("系数（对数风险比）", "coefficient (log hazard ratio)")))
        ax.set_title(str(Text("风险比是否随时间变化", "Does the hazard ratio change over time")))
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        mark_status(ax, check.made.status)
        return finish(ax)


def plot_mean_cumulative(found: MeanCumulative, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw the mean number of relapses over time, with limits.  人均累计复吸次数。"""
    with style(language):
        ax = new_axes(ax)
        for n, code in enumerate(found.last_seen):
            mine = found.group == code
            x, y = _steps(found.time[mine], found.mean[mine], first=0.0, start=0.0, until=found.last_seen[code])
            label = str(
                Text(f"第{code + 1}组（{found.persons[code]}人）", f"group {code + 1} ({found.persons[code]} persons)")
            )
            ax.step(x, y, where="post", label=label, **_look(n))
            ax.fill_between(
                found.time[mine],
                found.low[mine],
                found.high[mine],
                step="post",
                color=SERIES[n % len(SERIES)],
                alpha=0.13,
                linewidth=0,
            )
        ax.set_ylim(0, None)
        ax.set_xlim(0, None)
        ax.set_xlabel(str(Text("时间", "time")))
        ax.set_ylabel(str(Text("人均复吸次数", "mean number of relapses")))
        ax.set_title(str(Text("人均累计复吸次数", "Mean cumulative number of relapses")))
        if len(found.last_seen) > 1:
            ax.legend(loc="upper left")
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_interval_curve(curve: IntervalCurve, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw the bounds of the share not relapsed: between checks it is not determined.  检查间隔下的上下界。"""
    with style(language):
        ax = new_axes(ax)
        ends = np.unique(np.concatenate([curve.left, curve.right]))
        finite = ends[np.isfinite(ends)]
        until = float(finite.max()) * 1.02 if finite.size else 1.0
        grid = np.unique(np.concatenate([[0.0], finite, np.linspace(0, until, 400)]))
        low, high = curve.survival_at(grid)
        ax.fill_between(
            grid,
            low,
            high,
            step="post",
            color=COLOURS["band"],
            alpha=0.5,
            linewidth=0,
            label=str(Text("检查之间：不确定", "between checks: not determined")),
        )
        same = np.where(high - low < 1e-9, high, np.nan)
        ax.step(grid, same, where="post", color=COLOURS["forecast"], linewidth=1.8, label=str(Text("估计", "estimate")))
        ax.set_ylim(0, 1.02)
        ax.set_xlim(0, until)
        percent_axis(ax)
        ax.set_xlabel(str(Text("时间", "time")))
        ax.set_ylabel(str(Text("未复吸比例", "not relapsed")))
        ax.set_title(str(Text("由检查间隔估计的操守曲线", "Abstinence from intervals between checks")))
        ax.legend(loc="lower left")
        mark_status(ax, curve.made.status)
        return finish(ax)
