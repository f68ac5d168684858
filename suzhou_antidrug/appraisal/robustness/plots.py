"""Figures of robustness: intervals of ranks, and bars of indices.

稳健性的图：名次区间与敏感度指数。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, style
from ...terms import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .sensitivity import SensitivityIndices
    from .study import RobustnessStudy

MOST_DRAWN = 30


def plot_ranks(
    study: RobustnessStudy, ax: Axes | None = None, *, language: str | None = None, year: int | None = None
) -> Axes:
    """Draw the interval, the median and the declared rank of the best thirty units.  绘制名次区间、中位与原定名次。"""
    at = study.years[study.year_at(year)]
    rows = study.summary[(study.summary["year"] == at) & study.summary["rank_low"].notna()]
    rows = rows.sort_values(["rank", "rank_median", "unit"]).reset_index(drop=True)
    left = len(study.units) - min(len(rows), MOST_DRAWN)
    rows = rows.head(MOST_DRAWN)
    with style(language):
        ax = new_axes(ax, width=6.6, height=1.5 + 0.25 * len(rows))
        y = np.arange(len(rows))
        low, middle, high, given = (rows[c].to_numpy(dtype=float, na_value=np.nan) for c in ("rank_low", "rank_median", "rank_high", "rank"))  # fmt: skip
        span = str(Text(f"{study.level:.0%} 名次区间", f"{study.level:.0%} interval of ranks"))
        ax.hlines(y, low, high, color=COLOURS["band"], linewidth=5, alpha=0.75, label=span, capstyle="round")
        ax.plot(middle, y, "|", color=COLOURS["forecast"], markersize=10, markeredgewidth=1.6, label=str(Text("中位名次", "median rank")))  # fmt: skip
        ax.plot(given, y, "o", color=COLOURS["observed"], markersize=4.5, label=str(Text("原定选择下的名次", "rank as declared")))  # fmt: skip
        ax.set_yticks(y, [str(study.names.get(u, u)) for u in rows["unit"]])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        _rank_axis(ax, float(np.nanmax(high)) if len(rows) else 1.0)
        when = (f"{at} 年", f" in {at}") if at else ("", "")
        title = Text(f"换一种选择，{when[0]}名次会在哪里", f"Where ranks would be under other choices{when[1]}")
        more = Text(f"，另有 {left} 个单位未画", f"; {left} more not drawn") if left else Text("", "")
        ax.set_title(str(title), pad=24)
        count = len(study.levels)
        ax.set_xlabel(
            str(Text(f"名次（1 为最好；{count} 次运行{more.zh}）", f"rank (1 the best; {count} runs{more.en})"))
        )
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.2, handlelength=1.2, handletextpad=0.4, columnspacing=1.1)  # fmt: skip
        mark_status(ax, study.made.status)
        return finish(ax)


def _rank_axis(ax: Axes, worst: float) -> None:
    step = next((k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500) if worst / k <= 12), 1000)
    ax.set_xlim(0.4, worst + 0.6)
    ax.set_xticks([1, *range(step if step > 1 else 2, int(worst) + 1, step)])  # rank 0 is nobody's
    ax.grid(axis="y", visible=False)


def plot_indices(indices: SensitivityIndices, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw first and total indices as bars, or the reason why there are none.  绘制敏感度指数，或说明为何没有。"""
    with style(language):
        count = len(indices.choices)
        ax = new_axes(ax, width=6.4, height=1.6 + 0.6 * count)
        y = np.arange(count)
        if indices.reason is None:
            for values, half, shift, colour, name in (
                (indices.first, indices.first_conf, -0.19, COLOURS["forecast"], Text("一阶：单独", "first: by itself")),
                (indices.total, indices.total_conf, 0.19, COLOURS["insufficient_evidence"], Text("总：连同与他项的共同作用", "total: with the others")),
            ):  # fmt: skip
                ax.barh(y + shift, values, height=0.34, color=colour, label=str(name))
                ax.errorbar(values, y + shift, xerr=np.nan_to_num(half), fmt="none", ecolor=COLOURS["observed"], elinewidth=1, capsize=2.5)  # fmt: skip
            ax.axvline(0, color=COLOURS["observed"], linewidth=0.8)
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
        else:
            ax.text(0.5, 0.5, str(indices.reason), transform=ax.transAxes, ha="center", va="center")
            ax.set_xlim(0, 1)
        ax.set_yticks(y, [str(c.text) for c in indices.choices])
        ax.set_ylim(count - 0.5, -0.5)
        ax.grid(axis="y", visible=False)
        said = indices.output_text
        ax.set_title(str(Text(f"哪项选择左右{said.zh}", f"Which choice moves the {said.en}")), pad=24)
        ax.set_xlabel(str(Text("占方差的份额（细线为 95% 区间）", "share of the variance (lines: 95 % intervals)")))
        mark_status(ax, indices.made.status)
        return finish(ax)
