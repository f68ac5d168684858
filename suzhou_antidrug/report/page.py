"""A report as one self-contained page: Chinese and English, no request to anywhere.

单个自包含网页：中英文切换，不访问任何外部地址。

All text from data is escaped by the template engine; figures are drawn by this library.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..terms import LANGUAGES, Text
from ..verdicts import Verdict
from .layout import Document, Figure, Paragraph, Section, Table, cell_text, sort_value

SKIP = Text("跳到正文", "Skip to content")
TEMPLATES = Path(__file__).parent / "templates"


def render_page(document: Document, *, language: str = "zh") -> str:
    """Return the page as HTML text, opened in ``language``.  生成网页文本。"""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        cell=cell_text, kind=_kind, sort_value=sort_value, verdict_class=_verdict_class, svg=_safe_svg, skip=SKIP
    )
    template = environment.get_template("page.html.j2")
    return template.render(document=document, languages=LANGUAGES, opened=language)


def _kind(block: Paragraph | Table | Figure) -> str:
    return type(block).__name__.lower()


def _verdict_class(value: Any) -> str:
    return str(Verdict(value)).replace("_", "-")


def _safe_svg(drawing: Text, language: str, section: Section, number: int) -> Any:
    """Return an SVG of ours as markup, its ids made unique to this page."""
    import re

    from markupsafe import Markup

    text = drawing.in_language(language)
    text = text[text.index("<svg") :]
    prefix = f"{section.id}-{number}-{language}-"
    text = re.sub(r'\bid="', f'id="{prefix}', text)
    text = re.sub(r'(xlink:href="#|href="#|url\(#)', lambda m: m.group(1) + prefix, text)
    return Markup(text)
