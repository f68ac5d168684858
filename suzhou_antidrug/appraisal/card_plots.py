"""Figures of score cards: the sheet as a heat map, and the divisions as tiles.  计分热图与单位方格图。"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..geography import tile_positions
from ..plotting import families, figure_of, finish, mark_status, new_axes, style
from ..terms import Text
from .scoring.measures import NOT_APPLICABLE, OK
from .scoring.tables import UNDETERMINED, grade_name, scores_table
from .scoring.totals import unit_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from .rules.model import AppraisalRuleFile
    from .scorecard import ScoreCard
    from .scoring.cards import YearCard
    from .scoring.measures import ItemColumn

MOST_DRAWN = 30  # divisions of a sheet
GAP_COLOUR = "#F2F2F2"


def _colours() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("points", ["#D55E00", "#F6C28B", "#FFF7E6", "#8FCBB5", "#009E73"])


def plot_sheet(card: ScoreCard, year: YearCard, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw divisions by items: the share of points reached; hatched is not assessable, empty is not applicable.

    绘制单位 x 评分项的得分比例热图；斜线为不可评，空白为不适用。
    """
    table = scores_table(year, card.rules.file, card.plan)
    order = [0, *(np.argsort(-np.nan_to_num(year.score[1:], nan=-1), kind="stable")[:MOST_DRAWN] + 1)]
    with style(language):
        count, rows = len(year.columns), len(order)
        ax = new_axes(ax, width=4.2 + 0.42 * count, height=3.6 + 0.34 * rows)
        shares = np.clip(year.shares[order], 0, 1)
        weight = np.abs(unit_weights(year.applies, year.frame))[1:].max(axis=0, initial=0)
        ax.imshow(shares, cmap=_colours(), vmin=0, vmax=1, aspect="auto")
        _cells(ax, year, order, shares)
        places = [card.plan.geography.city, *card.plan.geography.divisions]
        names = [str(places[p].name) for p in order]
        ax.set_yticks(range(rows), names)
        ax.set_xticks(
            range(count),
            [f"{_short(c)}（{w:.3g}）" for c, w in zip(year.columns, weight, strict=True)],
            rotation=38,
            ha="right",
            fontsize=8.5,
        )
        for r, p in enumerate(order):
            row = table.iloc[p]
            ax.text(count - 0.3, r, _said(row, card.rules.file), va="center", fontsize=8.5, clip_on=False)
        ax.set_ylim(rows - 0.5, -0.5)
        ax.grid(False)
        ax.tick_params(length=0)
        for side in ax.spines.values():
            side.set_visible(False)
        left = len(places) - rows
        more = Text(f"；另有 {left} 个单位未画", f"; {left} more not drawn") if left else Text("", "")
        title = Text(f"{year.year} 年考评：各项得分比例{more.zh}", f"Appraisal of {year.year}: share of points by item{more.en}")  # fmt: skip
        ax.set_title(str(title))
        note = Text(
            "斜线：不可评；空白：不适用；×：已抑制；括号内为占总分",
            "hatched: not assessable; empty: not applicable; ×: suppressed; in brackets: points of the total",
        )
        ax.set_xlabel(f"{card.rules.file.name}（{card.rules.file.status.text}）  {note}", fontsize=8.5, loc="left")
        mark_status(ax, card.made.status)
        return finish(ax)


def _cells(ax: Axes, year: YearCard, order: list[int], shares: np.ndarray) -> None:
    from matplotlib.patches import Rectangle

    for r, p in enumerate(order):
        for i, column in enumerate(year.columns):
            state = column.state[p]
            if year.hidden is not None and year.hidden[p, i]:
                ax.add_patch(Rectangle((i - 0.5, r - 0.5), 1, 1, facecolor=GAP_COLOUR, linewidth=0))
                ax.text(i, r, "×", ha="center", va="center", fontsize=7.5)
            elif state == OK:
                ax.text(i, r, f"{100 * shares[r, i]:.0f}", ha="center", va="center", fontsize=7.5)
            elif state != NOT_APPLICABLE:
                ax.add_patch(Rectangle((i - 0.5, r - 0.5), 1, 1, facecolor=GAP_COLOUR, edgecolor="#BBBBBB", hatch="////", linewidth=0))  # fmt: skip
    ax.set_xticks(np.arange(-0.5, len(year.columns)), minor=True)
    ax.set_yticks(np.arange(-0.5, len(order)), minor=True)
    ax.grid(which="minor", color="white", linewidth=1.2)
    ax.tick_params(which="minor", length=0)


def _short(column: ItemColumn) -> str:
    text = str(column.name)
    longest = 16 if text.isascii() is False else 30
    return f"{column.item.task} {text if len(text) <= longest else text[: longest - 1] + '…'}"


def _grade(row: Any, file: AppraisalRuleFile) -> Text:
    ends = ("grade_low", "grade_high") if row["grade"] == UNDETERMINED else ("grade",)
    names = [grade_name(row[end], file) for end in ends]
    return Text("–".join(n.zh for n in names), " – ".join(n.en for n in names))


def _said(row: Any, file: AppraisalRuleFile) -> str:
    score = "—" if row["score"] != row["score"] else f"{row['score']:g}"
    span = "" if row["low"] == row["high"] else f" [{row['low']:g}–{row['high']:g}]"
    return f"{score}{span} {_grade(row, file)}"


def plot_tiles(card: ScoreCard, year: YearCard, *, language: str | None = None) -> Figure:
    """Draw the divisions as tiles in their rough places: score, worst to best, grade.  绘制单位方格图：得分、最坏至最好、等次。"""
    from matplotlib.patches import Rectangle

    table = scores_table(year, card.rules.file, card.plan).iloc[1:]
    places = tile_positions(card.plan.geography)
    deep, wide = (1 + max(p[k] for p in places.values()) for k in (0, 1))
    total = year.frame.total
    with style(language):
        ax = new_axes(None, width=2.1 * wide + 0.4, height=1.5 * deep + 0.9)
        colours = _colours()
        for row, division in zip(table.to_dict("records"), card.plan.geography.divisions, strict=True):
            y, x = places[division.id]
            known = row["score"] == row["score"]
            # Below three fifths of the total every tile is of the lowest colour: scores bunch near the top.
            shade = np.clip((row["score"] / total - 0.6) / 0.4, 0, 1) if known else 0
            ax.add_patch(Rectangle((x - 0.47, y - 0.46), 0.94, 0.92, facecolor=colours(shade) if known else GAP_COLOUR, edgecolor="white"))  # fmt: skip
            ax.text(x, y - 0.26, str(division.name), ha="center", va="center", fontsize=9.5)
            ax.text(x, y, f"{row['score']:g}" if known else "—", ha="center", va="center", fontsize=14)
            grade = _grade(row, card.rules.file)
            span = "" if row["low"] == row["high"] else f"[{row['low']:g}–{row['high']:g}]"
            said = Text(f"{span} {grade.zh}".strip(), f"{span}\n{grade.en}".strip())
            ax.text(x, y + 0.27, str(said), ha="center", va="center", fontsize=8, linespacing=1.4)
        ax.set_xlim(-0.55, wide - 0.45)
        ax.set_ylim(deep - 0.45, -0.55)
        ax.set_axis_off()
        note = Text("示意方位，非地图；[ ] 为最坏至最好", "positions sketched, no map; [ ] worst to best")
        ax.set_title(f"{Text(f'{year.year} 年考评', f'Appraisal of {year.year}')}  {card.rules.file.name}", fontsize=10.5)  # fmt: skip
        ax.text(0.0, -0.02, str(note), transform=ax.transAxes, fontsize=8, va="top", fontfamily=families())
        mark_status(ax, card.made.status)
        return figure_of(finish(ax))
