"""What the figures of this room share: names, errors, the legend below the axis.

各图共用的部分：名称、错误、图下方的图例。
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import Problem, SeriesError, UnknownNameError, unknown_name
from ...plotting import COLOURS, figure_of
from ...terms import Text, display_width, label
from .places import CITY
from .substances import resolve_biomarker

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

GREY = COLOURS["not_assessable"]


def nothing_to_draw(en: str = "there is nothing to draw.", zh: str = "没有可画的数据。") -> SeriesError:
    """Return the error of a figure without data.  无数据可画的错误。"""
    return SeriesError(Problem("nothing_to_draw", en, zh))


def chosen_series(table: pd.DataFrame, column: str, site: str | None, biomarker: str | None) -> tuple[str, str]:
    """Return the series asked for; where it is left open that with most rows, of equals the first."""
    rows = table
    if site is not None:
        rows = table[table[column] == site]
        if rows.empty:
            kind = ("plant", "污水厂") if column == "plant" else ("site", "地点")
            raise UnknownNameError(unknown_name(*kind, site, table[column].unique()))
    if biomarker is not None:
        rows = rows[rows["biomarker"] == biomarker_in(rows, biomarker)]
    if rows.empty:
        raise nothing_to_draw()
    most: tuple[str, str] = rows.groupby([column, "biomarker"], sort=False).size().idxmax()
    return most


def biomarker_in(rows: pd.DataFrame, wanted: str) -> str:
    """Return the id under which a biomarker stands in a table, from that id or any of its names."""
    ids = list(rows["biomarker"].unique())
    try:
        id_ = wanted if wanted in ids else resolve_biomarker(wanted).id
    except UnknownNameError:
        id_ = wanted
    if id_ not in ids:
        raise UnknownNameError(unknown_name("biomarker", "标志物", wanted, ids))
    return id_


def biomarker_name(biomarker: str) -> Text:
    """Return the name of a biomarker, what stands there where it is not known.  标志物名称。"""
    try:
        return resolve_biomarker(biomarker).name
    except UnknownNameError:  # loads computed elsewhere may name what this library does not know
        return Text(one_line(biomarker, 30), one_line(biomarker, 30))


def place_name(site: str, by: str) -> str:
    """Return the name of a site.  地点名称。"""
    return label("city") if by == CITY and site == CITY else one_line(site, 28)


def one_line(words: object, columns: int) -> str:
    """Return words on one line, cut to so many columns; a dollar sign is a sign, never the start of a formula."""
    text = " ".join(str(words).split())
    if display_width(text) > columns:
        while display_width(text) > columns - 1:
            text = text[:-1]
        text += "…"
    return text.replace("$", r"\$")


def put_below(ax: Axes, handles: Sequence[Any], notes: Sequence[Text], *, start: float = 24) -> None:
    """Put legend and notes under the axis, ``start`` points down, so that no size of figure lays them over the data."""
    from matplotlib.transforms import ScaledTranslation

    shift = ScaledTranslation(0, -start / 72, figure_of(ax).dpi_scale_trans)
    columns = 3
    if handles:
        ax.legend(
            handles=handles, loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=ax.transAxes + shift, ncols=columns,
            borderaxespad=0, columnspacing=1.4,
        )  # fmt: skip
    if notes:
        down = start + 14.5 * -(-len(handles) // columns) + 5
        ax.annotate(
            "\n".join(str(note) for note in notes), (0, 0), xycoords="axes fraction", xytext=(0, -down), va="top",
            textcoords="offset points", fontsize=8, linespacing=1.4, color="#555555",
        )  # fmt: skip
