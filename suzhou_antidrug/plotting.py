"""Font, palette, label language, axes furniture.

字体、配色、图中语言、坐标轴。

The packaged font (Noto Sans SC, OFL) is used by name inside :func:`style`; no global setting is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .provenance import Status
from .terms import get_language, use_language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT_FILE = Path(__file__).parent / "fonts" / "NotoSansSC-subset.otf"
# Okabe and Ito's palette: told apart under the common colour-vision deficiencies.
COLOURS = {
    "observed": "#222222",
    "forecast": "#0072B2",
    "band": "#56B4E9",
    "target": "#D55E00",
    "met": "#009E73",
    "not_met": "#D55E00",
    "insufficient_evidence": "#E69F00",
    "not_assessable": "#8A8A8A",
    "grid": "#D9D9D9",
}


@cache
def font_family() -> str:
    """Register the packaged Chinese font once and return its family name.  注册自带中文字体。"""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(FONT_FILE)
    return str(font_manager.FontProperties(fname=FONT_FILE).get_name())


@contextmanager
def style(language: str | None = None) -> Iterator[None]:
    """Draw in the house style and in a language, inside a ``with`` block.  以统一样式作图。"""
    import matplotlib as mpl

    settings: dict[Any, Any] = {
        "font.family": families(),
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": COLOURS["grid"],
        "grid.linewidth": 0.6,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.labelsize": 9.5,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 8.5,
        "legend.frameon": False,
        "figure.dpi": 110,
        "svg.fonttype": "path",  # so that the figure shows on a machine without a Chinese font
        "svg.hashsalt": "suzhou_antidrug",  # the same figure gives the same file
    }
    # Only what is set here is put back: rc_context would also undo what a notebook's backend sets on its first figure.
    before = {key: mpl.rcParams[key] for key in settings}
    mpl.rcParams.update(settings)
    try:
        with use_language(language):
            yield
    finally:
        mpl.rcParams.update(before)


def new_axes(ax: Axes | None = None, *, width: float = 6.4, height: float = 3.6) -> Axes:
    """Return ``ax``, or the axes of a new pyplot figure, which a notebook shows by itself.  取得坐标轴。"""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    with style():
        return plt.subplots(figsize=(width, height), layout="constrained")[1]


def detached_axes(*, width: float = 6.4, height: float = 3.6) -> Axes:
    """Return axes on a figure that only a file will see; pyplot does not keep it alive.  仅供存盘的坐标轴。"""
    from matplotlib.figure import Figure

    with style():
        return Figure(figsize=(width, height), layout="constrained").add_subplot()


def finish(ax: Axes) -> Axes:
    """Give every text of axes the packaged font, also where the caller made the axes.  为图中文字设定字体。"""
    from matplotlib.text import Text as MatplotlibText

    for text in ax.findobj(MatplotlibText):
        text.set_fontfamily(families())
    ax.tick_params(labelfontfamily=families())  # for ticks made when the figure is drawn
    return ax


def percent_axis(ax: Axes) -> None:
    """Show shares on the value axis in whole percent.  数值轴以百分比显示。"""
    from matplotlib.ticker import PercentFormatter

    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def shorten_large_numbers(ax: Axes) -> None:
    """Show large numbers of the value axis in 万 in Chinese, in k and m in English.  大数以“万”显示。"""
    from matplotlib.ticker import FuncFormatter

    chinese = get_language() == "zh"

    def shown(x: float, _: int) -> str:
        if abs(x) < 10_000:
            return f"{x:g}"
        if chinese:
            return f"{x / 10_000:g}万"
        return f"{x / 1e6:g}m" if abs(x) >= 1e6 else f"{x / 1000:g}k"

    ax.yaxis.set_major_formatter(FuncFormatter(shown))


def mark_status(ax: Axes, status: Status) -> None:
    """Write a status that must be shown into the figure itself, which may travel without its caption.  在图内注明数据状态。"""
    if status.must_be_shown:
        ax.text(
            0.995, 1.015, str(status.text), transform=ax.transAxes, ha="right", va="bottom",
            color=COLOURS["target"], fontsize=10,
        )  # fmt: skip


def families() -> list[str]:
    """Return the fonts in use, the packaged one first.  所用字体。"""
    return [font_family(), "DejaVu Sans"]


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes stand on.  坐标轴所在的图。"""
    part = ax.get_figure()
    assert part is not None
    return part.figure  # the root, also of axes on a part of a figure


def to_svg(ax: Axes) -> str:
    """Return the figure of axes as SVG text, reproducible to the byte, letters as outlines.  导出为 SVG。"""
    import io

    buffer = io.StringIO()
    with style():
        figure_of(ax).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def to_png(ax: Axes, *, dpi: int = 150) -> bytes:
    """Return the figure of axes as PNG.  导出为 PNG。"""
    import io

    buffer = io.BytesIO()
    with style():
        figure_of(ax).savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def save_png(ax: Axes, path: Path, *, dpi: int = 150) -> Path:
    """Save the figure of axes as PNG and return its path.  存为 PNG。"""
    path.write_bytes(to_png(ax, dpi=dpi))
    return path
