"""Thresholds of several plans as a heat map: a row an indicator, a column a plan and year.

多份规划目标值的热图：每行一个指标，每列一份规划的一年。
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..plotting import COLOURS, finish, mark_status, new_axes, style
from ..terms import Text, display_width
from .ambition import Promise, promises_of
from .changes import promise_text
from .compare import PlanComparison, chosen_indicators

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDEST = 30  # columns that the name of an indicator may take
_Column = tuple[str, int]


def draw_comparison(
    comparison: PlanComparison, ax: Axes | None, *, indicators: Sequence[str] | None, language: str | None
) -> Axes:
    """Draw the heat map; shares are shaded from 0 to 1, what has no such scale keeps its text only.  绘制热图。"""
    rows = chosen_indicators(comparison, indicators)
    cells = _cells(comparison, rows)
    columns = sorted({c for _, c in cells}, key=lambda c: ([p.id for p in comparison.plans].index(c[0]), c[1]))
    with style(language):
        ax = new_axes(ax, width=3.4 + 0.82 * len(columns), height=1.6 + 0.42 * len(rows))
        ax.grid(visible=False)
        for (indicator, column), promises in cells.items():
            _draw_cell(ax, columns.index(column), rows.index(indicator), promises)
        _furnish(ax, comparison, rows, columns)
        mark_status(ax, comparison.made.status)
        return finish(ax)


def _cells(comparison: PlanComparison, rows: Sequence[str]) -> dict[tuple[str, _Column], list[Promise]]:
    cells: dict[tuple[str, _Column], list[Promise]] = {}
    for plan in comparison.plans:
        for promise in promises_of(plan):
            if promise.indicator in rows:
                cells.setdefault((promise.indicator, (plan.id, promise.year)), []).append(promise)
    return cells


def _draw_cell(ax: Axes, x: int, y: int, promises: Sequence[Promise]) -> None:
    import matplotlib as mpl
    from matplotlib.patches import Rectangle

    first = promises[0]
    shaded = first.unit == "share" and first.compares == "level" and first.threshold is not None
    fill = mpl.colormaps["Blues"](0.06 + 0.5 * first.threshold) if shaded and first.threshold is not None else "white"
    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=fill, edgecolor=COLOURS["grid"], linewidth=0.8))
    numbered = [p for p in promises if p.threshold is not None]
    texts = list(dict.fromkeys(promise_text(p) for p in numbered)) or [str(Text("下降", "a fall"))]
    # A promise without a number is set in another hand, so that it is not taken for one.
    ax.text(x, y, "\n".join(texts), ha="center", va="center", fontsize=8.5, style="normal" if numbered else "italic")


def _furnish(ax: Axes, comparison: PlanComparison, rows: Sequence[str], columns: Sequence[_Column]) -> None:
    names = comparison.indicators
    ax.set_yticks(range(len(rows)), [_short(str(names[i])) for i in rows])
    ax.set_xticks(range(len(columns)), [str(year) for _, year in columns])
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    for plan in comparison.plans:
        own = [i for i, (name, _) in enumerate(columns) if name == plan.id]
        if not own:
            continue
        ax.text(sum(own) / len(own), len(rows) - 0.5 + 0.75, plan.id, ha="center", va="top", fontsize=8.5)
        if own[0] > 0:
            ax.axvline(own[0] - 0.5, color=COLOURS["observed"], linewidth=1.2)
    ax.set_title(str(Text("各规划的目标值（色深为比例大小）", "Thresholds by plan and year (shade: size of a share)")))


def _short(name: str) -> str:
    if display_width(name) <= _WIDEST:
        return name
    kept = ""
    for letter in name:
        if display_width(kept + letter) > _WIDEST - 1:
            break
        kept += letter
    return kept.rstrip() + "…"
