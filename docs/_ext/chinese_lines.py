"""Join Chinese lines: a line break between two Chinese characters is no space."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

CHINESE = r"[\u2018-\u201d\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
BREAK = re.compile(rf"(?<={CHINESE})[ \t]*\n[ \t]*(?={CHINESE})")


def join(text: str) -> str:
    """Return a text without the line breaks that stand between Chinese characters.

    >>> join("逐条\\n说明 line\\nbreak")
    '逐条说明 line\\nbreak'
    """
    return BREAK.sub("", text)


def join_lines(app: Any, doctree: nodes.document) -> None:
    """Join the lines of every paragraph; a break may also be a text of its own between two others."""
    for text in list(doctree.findall(nodes.Text)):
        parent = text.parent
        if "\n" not in text or isinstance(parent, (nodes.literal_block, nodes.literal, nodes.raw, nodes.comment)):
            continue
        at = parent.index(text)
        before = parent[at - 1].astext()[-1:] if at > 0 else ""
        after = parent[at + 1].astext()[:1] if at + 1 < len(parent) else ""
        joined = join(before + text + after)
        parent[at] = nodes.Text(joined[len(before) : len(joined) - len(after)])


def setup(app: Any) -> None:
    """Join before anything else reads the page."""
    app.connect("doctree-read", join_lines)
