"""The waterfall of a change.  变化瀑布图。"""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from ..plotting import COLOURS, finish, mark_status, new_axes, style
from ..terms import Text
from .change import FACTORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .change import ScoreChange

LABEL_WIDTH = 14  # letters of a line under a bar


def plot_change(change: ScoreChange, division: str, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw the earlier score, each part, and the later score.  绘制前后得分及各部分。"""
    rows = change.frame[change.frame["division"] == division]
    row = rows.iloc[0]
    parts = row[list(FACTORS)].to_numpy(dtype=float)
    start, end = float(row["score_earlier"]), float(row["score_later"])
    edges = start + np.concatenate([[0.0], np.cumsum(parts)])
    with style(language):
        ax = new_axes(ax, width=7.2, height=3.9)
        low = min(edges.min(), start, end)
        high = max(edges.max(), start, end)
        pad = max(1.0, 0.18 * (high - low))
        floor = max(0.0, low - 2 * pad)
        for x, score in ((0, start), (len(parts) + 1, end)):
            ax.bar(x, score - floor, bottom=floor, color=COLOURS["not_assessable"], width=0.62)
            ax.text(x, score + 0.12 * pad, f"{score:g}", ha="center", va="bottom", fontsize=9.5)
        for x, part in enumerate(parts, start=1):
            colour = COLOURS["met"] if part > 0 else COLOURS["target"]
            ax.bar(x, part, bottom=edges[x - 1], color=colour, width=0.62)
            ax.plot([x - 0.69, x + 0.31], [edges[x - 1]] * 2, color=COLOURS["observed"], linewidth=0.7)
            top = max(edges[x - 1], edges[x])
            ax.text(x, top + 0.12 * pad, f"{part:+g}" if part else "0", ha="center", va="bottom", fontsize=9.5)
        names = [str(row["earlier"]), *(fill(str(t), LABEL_WIDTH) for t in FACTORS.values()), str(row["later"])]
        ax.set_xticks(range(len(names)), names)
        ax.set_ylim(floor, high + pad)
        ax.grid(axis="x", visible=False)
        ax.set_ylabel(str(Text("分", "points")))
        name = change.names[division]
        ax.set_title(str(Text(f"{name.zh}：得分为何由 {start:g} 变为 {end:g}", f"{name.en}: why {start:g} became {end:g}")))  # fmt: skip
        if floor > 0:
            ax.text(0.008, 1.0, str(Text("纵轴不从零起", "axis does not start at 0")), transform=ax.transAxes, ha="left", va="top", fontsize=7.5, color=COLOURS["not_assessable"])  # fmt: skip
        mark_status(ax, change.made.status)
        return finish(ax)
