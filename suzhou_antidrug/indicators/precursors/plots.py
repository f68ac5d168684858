"""Figures of precursors: rates on a ladder of exposures, charts, balances, credit. No enterprise is named.

制毒物品的图：各口径的率、监测图、物料平衡、信用分布。图中不出现企业名称。
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, style
from ...terms import Text
from .diversion import EXPOSURES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .credit import CreditGrades
    from .diversion import DiversionRates
    from .material_balance import MaterialBalance
    from .monitoring import PoissonCusum, RareEventChart

SERIES = ("#8A8A8A", "#0072B2", "#D55E00", "#009E73")


def plot_rate_ladder(
    periods: Sequence[DiversionRates], ax: Axes | None = None, *, language: str | None = None, place: int = 0
) -> Axes:
    """Draw each period's rate on every exposure, in units of the first period's: 1 is no change.  绘制各口径的率。"""
    with style(language):
        names = [k for k in EXPOSURES if all(k in p.exposures for p in periods)]
        ax = new_axes(ax, height=1.6 + 0.5 * len(names))
        for n, period in enumerate(periods):
            frame, first = period.frame, periods[0].frame
            for r, name in enumerate(names):
                row = frame[(frame["per"] == name) & (frame["place"] == period.places[place])].iloc[0]
                unit = first[(first["per"] == name) & (first["place"] == period.places[place])].iloc[0]["rate"] or 1.0
                y = r + 0.18 * (n - (len(periods) - 1) / 2)
                ax.hlines(
                    y, row["low"] / unit, row["high"] / unit, color=SERIES[n % len(SERIES)], linewidth=3, alpha=0.6
                )
                ax.plot(
                    row["rate"] / unit,
                    y,
                    "o",
                    color=SERIES[n % len(SERIES)],
                    markersize=5,
                    label=period.period if r == 0 else None,
                )
        ax.axvline(1, color=COLOURS["observed"], linewidth=0.8)
        ax.set_yticks(range(len(names)), [str(Text(f"每{EXPOSURES[k].zh}", f"per {EXPOSURES[k].en}")) for k in names])
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlim(0, None)
        ax.set_xlabel(str(Text("流失率（首期为 1）", "diversion rate (first period = 1)")))
        ax.set_title(str(Text("同样的案件，不同的分母", "The same cases over different exposures")))
        if any(p.period for p in periods):
            ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        mark_status(ax, periods[0].made.status)
        return finish(ax)


def plot_cusum(found: PoissonCusum, ax: Axes | None = None, *, language: str | None = None, series: int = 0) -> Axes:
    """Draw counts as bars, the CUSUM, its limit and the first alarm.  绘制累积和图。"""
    with style(language):
        ax = new_axes(ax)
        t = np.arange(1, found.counts.shape[1] + 1)
        ax.bar(t, found.counts[series], color=COLOURS["grid"], label=str(Text("每期事件", "events a period")))
        ax.plot(
            t, found.statistic[series], color=COLOURS["forecast"], linewidth=1.8, label=str(Text("累积和", "CUSUM"))
        )
        ax.axhline(found.limit, color=COLOURS["target"], linestyle="--", linewidth=1.2)
        ax.annotate(
            str(
                Text(
                    f"控制限 {found.limit:g}，平均每 {found.run_in_control:.0f} 期误报一次",
                    f"limit {found.limit:g}, a false alarm every {found.run_in_control:.0f} periods",
                )
            ),
            (t[0] - 0.4, found.limit),
            xytext=(0, 3),
            textcoords="offset points",
            fontsize=8.5,
            color=COLOURS["target"],
        )
        if found.alarm[series].any():
            first = int(found.alarm[series].argmax())
            ax.plot(
                t[first],
                found.statistic[series, first],
                "D",
                color=COLOURS["target"],
                markersize=7,
                label=str(Text("首次报警", "first alarm")),
            )
        ax.set_ylim(
            0,
            max(found.limit * 1.3, float(found.statistic[series].max()) * 1.05, float(found.counts[series].max()) + 1),
        )
        ax.set_xlabel(str(Text("期", "period")))
        ax.set_ylabel(str(Text("事件数 / 累积和", "events / CUSUM")))
        ax.set_title(str(Text("事件率是否升高", "Has the rate risen")))
        ax.legend(loc="upper left", bbox_to_anchor=(0, 0.86))
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_between(found: RareEventChart, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw the intervals between events on a log axis, with their limits.  绘制事件间隔图。"""
    with style(language):
        ax = new_axes(ax)
        n = np.arange(1, len(found.between) + 1)
        shown = np.maximum(found.between, 0.5)
        ax.plot(n, shown, "-", color=COLOURS["grid"], linewidth=1.2)
        for kind, colour, shape in (
            ("", COLOURS["observed"], "o"),
            ("better", COLOURS["met"], "^"),
            ("worse", COLOURS["target"], "v"),
        ):
            mine = found.signal == kind
            label = {
                "": Text("界内", "inside"),
                "better": Text("变好（间隔变长）", "better: longer"),
                "worse": Text("变坏（间隔变短）", "worse: shorter"),
            }[kind]
            if mine.any():
                ax.plot(n[mine], shown[mine], shape, color=colour, markersize=6, label=str(label))
        ax.axhline(found.mean, color=COLOURS["forecast"], linewidth=1, label=str(Text("平均", "mean")))
        for limit in (found.low, found.high):
            if limit > 0:
                ax.axhline(limit, color=COLOURS["target"], linestyle="--", linewidth=1)
        ax.set_yscale("log")
        ax.set_xlabel(str(Text("第几起", "event")))
        ax.set_ylabel(
            str(
                {
                    "t": Text("距上一起的天数", "days since the last"),
                    "g": Text("距上一起的检查次数", "inspections since the last"),
                }[found.kind]
            )
        )
        ax.set_title(str(Text("稀有事件之间的间隔", "Intervals between rare events")))
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_balance(found: MaterialBalance, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw MUF with its limits and the cumulative sum.  绘制未计量物料。"""
    with style(language):
        ax = new_axes(ax)
        t = np.arange(1, len(found.muf) + 1)
        band = found.limit * found.sigma
        if not found.sealed:
            ax.fill_between(
                t,
                -band,
                band,
                color=COLOURS["band"],
                alpha=0.3,
                linewidth=0,
                step="mid",
                label=str(Text(f"±{found.limit:g} 倍标准差", f"±{found.limit:g} sigma")),
            )
        ax.axhline(0, color=COLOURS["observed"], linewidth=0.8)
        ax.vlines(t, 0, found.muf, color=COLOURS["grid"], linewidth=2)
        quiet = ~found.alarm
        ax.plot(
            t[quiet],
            found.muf[quiet],
            "o",
            color=COLOURS["observed"],
            markersize=5,
            label=str(Text("每期未计量物料", "MUF")),
        )
        if found.alarm.any():
            ax.plot(
                t[found.alarm],
                found.muf[found.alarm],
                "D",
                color=COLOURS["target"],
                markersize=7,
                label=str(Text("报警", "alarm")),
            )
        ax.plot(t, found.cumuf, color=COLOURS["forecast"], linewidth=1.6, label=str(Text("累计", "cumulative")))
        ax.set_xlabel(str(Text("期", "period")))
        ax.set_ylabel(found.unit)
        ax.set_xticks(t if len(t) <= 24 else np.unique(np.linspace(1, len(t), 12).round()))
        ax.set_title(
            str(
                Text("账面减实物", "Book less physical")
                if found.sign == "book_minus_physical"
                else Text("实物减账面", "Physical less book")
            )
        )
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        mark_status(ax, found.made.status)
        return finish(ax)


def plot_credit(found: CreditGrades, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw how many enterprises have how many points, with the edges of the classes; no names.  绘制信用得分分布。"""
    with style(language):
        ax = new_axes(ax)
        points = np.array([float(Decimal(p)) for p in found.table["points"]])
        values, counts = np.unique(points, return_counts=True)
        edges = [(c.grade, float(Decimal(c.from_))) for c in found.rules.file.classes]
        top = float(Decimal(found.rules.file.start))
        ax.bar(values, counts, width=0.32, color=COLOURS["band"])
        for grade, edge in edges:
            ax.axvline(edge - 0.25, color=COLOURS["target"], linestyle="--", linewidth=1)
            total = int((found.table["grade"] == grade).sum())
            ax.text(
                edge - 0.15,
                1.0,
                f"{grade} {total}",
                transform=ax.get_xaxis_transform(),
                va="top",
                fontsize=9.5,
                color=COLOURS["target"],
            )
        near = sum(int(((points >= e) & (points < e + 0.5)).sum()) for _, e in edges)
        ax.set_xlim(-0.5, top + 0.5)
        ax.set_yscale("symlog", linthresh=10)
        ax.set_xlabel(str(Text("得分", "points")))
        ax.set_ylabel(str(Text("企业数", "enterprises")))
        ax.set_title(
            str(
                Text(
                    f"企业信用得分（刚过界线半分以内 {near} 家）",
                    f"Credit points ({near} within half a point above an edge)",
                )
            )
        )
        mark_status(ax, found.made.status)
        return finish(ax)
