"""Draw every figure of the library and write what the gallery page includes.

画出本库的每一种图，写成图集。Run alone it draws into docs/_generated: python docs/gallery.py
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from gallery_figures import ROOMS, Figure, Room  # noqa: E402

from suzhou_antidrug.terms import Text, use_language  # noqa: E402

LANGUAGES = ("zh", "en")
FIRST = "import numpy as np\nimport pandas as pd\n\nimport suzhou_antidrug as sa\n"
DOTS = 100
Drawer = Callable[[str, dict[str, Any]], Any]


def prepared(room: Room) -> dict[str, Any]:
    """Return the names that a room's figures are drawn from."""
    space: dict[str, Any] = {}
    exec(compile(FIRST + room.prepare, f"gallery: {room.id}", "exec"), space)
    return space


def draw(code: str, space: dict[str, Any]) -> Any:
    """Run the code of a figure and return its last value, axes or a figure."""
    *first, last = ast.parse(code).body
    assert isinstance(last, ast.Expr), code
    exec(compile(ast.Module(first, []), "gallery", "exec"), space)
    return eval(compile(ast.Expression(last.value), "gallery", "eval"), space)


def figure_of(drawn: Any) -> Any:
    """Return the figure of axes, or the figure itself."""
    return drawn if hasattr(drawn, "savefig") else drawn.figure


def drawings(languages: tuple[str, ...] = LANGUAGES, drawer: Drawer = draw) -> Iterator[tuple[Room, Figure, str, Any]]:
    """Draw every figure in every language; a room is prepared once."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    for room in ROOMS:
        space = prepared(room)
        for figure in room.figures:
            for language in languages:
                with use_language(language):
                    yield room, figure, language, figure_of(drawer(figure.code, space))
                plt.close("all")


def page(language: str) -> str:
    """Return the page's Markdown: the preparation of each room, then its figures with their lines."""
    parts = []
    for room in ROOMS:
        parts.append(f"## {room.title.in_language(language)}\n")
        parts.append(f"```py\n{FIRST}\n{room.prepare.strip()}\n```\n")
        parts += [_entry(figure, language) for figure in room.figures]
    return "\n".join(parts)


def _entry(figure: Figure, language: str) -> str:
    title, says, data = (t.in_language(language) for t in (figure.title, figure.says, figure.data))
    colon = Text("：", ": ").in_language(language)
    alt = f"{title}（{data}）" if language == "zh" else f"{title} ({data})"
    return "\n".join([
        f"### {title}\n", f"```py\n{figure.code}\n```\n",
        f":::{{figure}} ../_generated/gallery/{figure.id}-{language}.png\n:alt: {alt}\n:class: drawing\n",
        f"**{data}**{colon}{says}\n:::\n",
    ])  # fmt: skip


def write(made: Path) -> None:
    """Write the pictures and the text of both languages below a folder."""
    (made / "gallery").mkdir(parents=True, exist_ok=True)
    for _, figure, language, drawn in drawings():
        drawn.savefig(made / "gallery" / f"{figure.id}-{language}.png", dpi=DOTS)
    for language in LANGUAGES:
        (made / f"gallery-{language}.md").write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    write(HERE / "_generated")
