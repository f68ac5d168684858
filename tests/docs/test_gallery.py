"""The gallery draws every public figure of the library, and says where the data are synthetic."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from types import FrameType

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "suzhou_antidrug"
sys.path.insert(0, str(ROOT / "docs"))

import gallery  # noqa: E402
from gallery_figures import ROOMS, SYNTHETIC  # noqa: E402

# Names that begin with "plot" and draw nothing: the contract of results, and a statistic.
NOT_DRAWN = {("results.py", "Result.plot"), ("indicators/wastewater/order_statistics.py", "plotting_positions")}


def is_plot(name: str) -> bool:
    return name == "plot" or name.startswith("plot_")


def public_plots() -> set[tuple[str, str]]:
    """Return file and name of every public function and method that draws, read from the source."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        file = path.relative_to(PACKAGE).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and is_plot(node.name):
                found.add((file, node.name))
            if isinstance(node, ast.ClassDef):
                found |= {
                    (file, f"{node.name}.{m.name}")
                    for m in node.body
                    if isinstance(m, ast.FunctionDef) and is_plot(m.name)
                }
    return found - NOT_DRAWN


@cache
def drawn() -> tuple[frozenset[tuple[str, str]], dict[str, list[str]]]:
    """Draw the whole gallery; return which functions of the package drew, and the words in each figure."""
    called: set[tuple[str, str]] = set()

    def watch(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and is_plot(code.co_name) and code.co_filename.startswith(str(PACKAGE)):
            called.add((Path(code.co_filename).relative_to(PACKAGE).as_posix(), code.co_qualname))

    def watched(code: str, space: dict) -> object:
        sys.setprofile(watch)
        try:
            return gallery.draw(code, space)
        finally:
            sys.setprofile(None)

    words = {}
    for _, figure, _, picture in gallery.drawings(("zh",), watched):
        words[figure.id] = [t.get_text() for t in picture.findobj(lambda a: hasattr(a, "get_text"))]
    return frozenset(called), words


def test_no_public_figure_is_missing():
    missing = public_plots() - drawn()[0]
    assert not missing, f"draw these in docs/gallery_figures.py: {sorted(missing)}"


def test_the_scan_of_the_source_sees_what_is_there():
    plots = public_plots()
    assert len(plots) > 80
    assert {
        ("outlook/attainment.py", "Outlook.plot_curve"),
        ("indicators/precursors/plots.py", "plot_rate_ladder"),
    } <= plots


def test_names_are_used_once_and_every_figure_is_told_in_both_languages():
    figures = [f for room in ROOMS for f in room.figures]
    assert len({f.id for f in figures}) == len(figures)
    for language in gallery.LANGUAGES:
        text = gallery.page(language)
        for figure in figures:
            assert f"_generated/gallery/{figure.id}-{language}.png" in text
            assert figure.code in text and figure.title.in_language(language) in text


@pytest.mark.parametrize("room", ROOMS, ids=lambda r: r.id)
def test_synthetic_data_are_called_synthetic(room):
    """What is drawn from synthetic data says so in the caption, and a caption that says so is true of the figure."""
    words = drawn()[1]
    for figure in room.figures:
        marked = any("合成" in w for w in words[figure.id])
        assert not marked or figure.data == SYNTHETIC, f"{figure.id} is marked in the figure and not in the caption"
        if figure.data == SYNTHETIC and not marked:
            assert figure.id in UNMARKED, f"the figure {figure.id} of synthetic data does not say so itself"


# Figures whose function takes no status: the caption alone says that the numbers are made up.
UNMARKED = {"consumption", "people"}
