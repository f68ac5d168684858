"""Figures of forecasts and outlooks.  预测与前景的图。"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..plotting import COLOURS, finish, mark_status, new_axes, style
from ..returns.units import unit_name
from ..terms import Text, get_language, label
from ..verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..provenance import Status
    from .attainment import Outlook
    from .predictive import Forecast

FAN = ((0.95, 0.18), (0.80, 0.30), (0.50, 0.45))


def _x(periods: object) -> list[float]:
    """Return periods as numbers on an axis: years, quarters as fractions of a year."""
    out = []
    for period in periods:  # type: ignore[attr-defined]
        if hasattr(period, "ordinal"):
            per_year = {"Y": 1, "A": 1, "Q": 4, "M": 12}.get(period.freqstr[0], 1)
            start = period.year + (
                (period.quarter - 1) / 4 if per_year == 4 else (period.month - 1) / 12 if per_year == 12 else 0
            )
            out.append(float(start))
        else:
            out.append(float(period))
    return out


def draw_fan(ax: Axes, x: list[float], last: tuple[float, float], samples: np.ndarray) -> None:
    """Draw the bands of predictive draws (draws, horizon), joined to the last value.  绘制扇形区间。"""
    grid = [last[0], *x]
    for level, alpha in FAN:
        low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2], axis=0)
        ax.fill_between(
            grid,
            [last[1], *low],
            [last[1], *high],
            color=COLOURS["band"],
            alpha=alpha,
            linewidth=0,
            label=f"{level:.0%} {Text('区间', 'interval')}",
        )
    middle = np.median(samples, axis=0)
    ax.plot(grid, [last[1], *middle], color=COLOURS["forecast"], linewidth=1.6, linestyle="--", label=label("forecast"))


def _year_ticks(ax: Axes, x: list[float]) -> None:
    first, final = int(np.floor(min(x))), int(np.ceil(max(x)))
    step = max(1, (final - first) // 12 + 1)
    ax.set_xticks(range(first, final + 1, step), [str(v) for v in range(first, final + 1, step)])


def plot_forecast(forecast: Forecast, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw history and fan.  绘制历史与预测扇形。"""
    with style(language):
        ax = new_axes(ax)
        past, ahead = _x(forecast.history.index), _x(forecast.periods)
        draw_fan(ax, ahead, (past[-1], float(forecast.history.iloc[-1])), forecast.samples)
        ax.plot(past, forecast.history, color=COLOURS["observed"], marker="o", markersize=4, label=label("observed"))
        _year_ticks(ax, past + ahead)
        ax.set_ylim(bottom=0)
        ax.legend(loc="best")
        ax.set_ylabel(label("value"))
        mark_status(ax, forecast.made.status)
        return finish(ax)


def plot_outlook(outlook: Outlook, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw an outlook: history, fan, the level to reach, and what then happened.  绘制前景图。"""
    with style(language):
        ax = new_axes(ax)
        seen = outlook.history[outlook.history.index <= outlook.origin]
        later = outlook.history[outlook.history.index > outlook.origin]
        if outlook.samples.size:
            ahead = [float(y) for y in outlook.forecast_years]
            draw_fan(ax, ahead, (float(seen.index[-1]), float(seen.iloc[-1])), outlook.samples)
        ax.plot(seen.index, seen, color=COLOURS["observed"], marker="o", markersize=4, label=label("observed"))
        if len(later):
            ax.plot(
                later.index,
                later,
                color=COLOURS["observed"],
                marker="o",
                markersize=5,
                linestyle=":",
                markerfacecolor="white",
                label=label("what_happened"),
            )
        if outlook.threshold is not None:
            ax.axhline(outlook.threshold, color=COLOURS["target"], linewidth=1.4)
            ax.annotate(
                str(outlook.threshold_text),
                (0.01, outlook.threshold),
                xycoords=("axes fraction", "data"),
                xytext=(0, 3),
                textcoords="offset points",
                color=COLOURS["target"],
                fontsize=8.5,
                bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
            )
        ax.set_title(outlook.title.in_language(get_language()))
        ax.set_ylim(0, ax.get_ylim()[1] * 1.05)
        _unit_axis(ax, outlook.unit)
        _year_ticks(ax, [float(v) for v in (*outlook.history.index, outlook.by)])
        ax.legend(loc="best")
        mark_status(ax, outlook.made.status)
        return finish(ax)


def _unit_axis(ax: Axes, unit: str) -> None:
    """Show shares in percent, and name any other unit beside the axis."""
    from matplotlib.ticker import PercentFormatter

    if unit == "share":
        ax.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    else:
        ax.set_ylabel(unit_name(unit).in_language(get_language()))


def plot_curve(outlook: Outlook, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw P(fall >= d) over d with the flip point.  绘制“降幅不小于 d”的概率曲线。"""
    with style(language):
        ax = new_axes(ax, width=4.8)
        curve = outlook.curve()
        ax.plot(curve["fall"] * 100, curve["probability"], color=COLOURS["forecast"], linewidth=1.8)
        if outlook.evidence is not None:
            ax.axhline(outlook.evidence, color=COLOURS["met"], linewidth=1, linestyle="--")
            ax.axhline(1 - outlook.evidence, color=COLOURS["not_met"], linewidth=1, linestyle="--")
        if outlook.flip_point is not None:
            ax.axvline(outlook.flip_point * 100, color=COLOURS["target"], linewidth=1.2)
        ax.set_xlabel(str(Text("相对基期的降幅 d(%)", "fall d on the base (%)")))
        ax.set_ylabel(str(Text("降幅不小于 d 的概率", "P(fall ≥ d)")))
        ax.set_ylim(0, 1)
        ax.set_title(outlook.title.in_language(get_language()))
        mark_status(ax, outlook.made.status)
        return finish(ax)


def plot_verdict_shares(
    counts: pd.DataFrame, names: Mapping[str, Text], status: Status, ax: Axes | None = None, *, language: str | None = None
) -> Axes:  # fmt: skip
    """Draw how many of the places got which verdict, one bar a target; ``counts`` as from :func:`count_verdicts`.

    绘制各目标下各类评判的地区数。
    """
    from matplotlib.ticker import PercentFormatter

    with style(language):
        ax = new_axes(ax, width=8.4, height=0.36 * len(counts) + 1.4)
        verdicts = [str(v) for v in Verdict]
        numbers = counts[verdicts].to_numpy(dtype=float)[::-1]
        total = numbers.sum(axis=1, keepdims=True)
        share = np.divide(numbers, total, out=np.zeros_like(numbers), where=total > 0)
        left, at = np.zeros(len(counts)), np.arange(len(counts))
        for i, verdict in enumerate(Verdict):
            ax.barh(at, share[:, i], left=left, color=COLOURS[str(verdict)], label=verdict.label, height=0.7)
            for y, (x, width, n) in enumerate(zip(left, share[:, i], numbers[:, i], strict=True)):
                if width > 0.06:
                    ax.text(x + width / 2, y, f"{n:,.0f}", ha="center", va="center", color="white", fontsize="small")
            left = left + share[:, i]
        ax.set_yticks(at, [names[str(t)].in_language(get_language()) for t in counts["target"]][::-1])
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set_xlabel(str(Text("地区所占比例（条内为地区数）", "share of places (numbers: places)")))
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
        mark_status(ax, status)
        return finish(ax)
