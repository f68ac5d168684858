"""Formulas as inline drawings made by matplotlib, so that the pages need no script from elsewhere."""

from __future__ import annotations

import base64
import html
import io
from functools import cache
from typing import Any

from docutils import nodes

POINTS = 10.0  # the size that a formula is drawn in; the page scales it to its own letters


@cache
def drawn(formula: str) -> tuple[str, float, float]:
    """Return a formula as an SVG address, with its height and depth in units of the letter size."""
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser, math_to_image

    buffer = io.BytesIO()
    settings = {
        "mathtext.fontset": "stix",
        "svg.fonttype": "path",
        "svg.hashsalt": "formula",
        "savefig.transparent": True,
    }
    with mpl.rc_context(settings):
        font = FontProperties(size=POINTS)
        parsed = MathTextParser("path").parse(f"${formula}$", dpi=72, prop=font)
        math_to_image(f"${formula}$", buffer, prop=font, dpi=72, format="svg")
    address = "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()
    return address, parsed.height / POINTS, parsed.depth / POINTS


def image(formula: str) -> str:
    """Return a formula as an HTML image whose words are the formula itself."""
    address, height, depth = drawn(" ".join(formula.split()))
    style = f"height:{1.1 * height:.3f}em;vertical-align:{-1.1 * depth:.3f}em"
    return f'<img class="formula" alt="{html.escape(formula, quote=True)}" style="{style}" src="{address}">'


def visit_math(self: Any, node: nodes.math) -> None:
    self.body.append(image(node.astext()))
    raise nodes.SkipNode


def visit_display(self: Any, node: nodes.math_block) -> None:
    self.body.append(f'<p class="formula-line">{image(node.astext())}</p>')
    raise nodes.SkipNode


def setup(app: Any) -> None:
    app.add_html_math_renderer("mathtext", (visit_math, None), (visit_display, None))
