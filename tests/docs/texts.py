"""The texts that the checks of links and spelling read: pages, READMEs, and the words of the notebooks."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^(`{3,}|~{3,}|:{3,})[^\n]*\n.*?^\1\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?^```\s*$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(`+)[^`\n].*?\1")


def pages() -> list[Path]:
    """Return every Markdown file that somebody reads."""
    own = [DOCS / "index.md", *sorted(DOCS.glob("zh/*.md")), *sorted(DOCS.glob("en/*.md"))]
    return [*own, ROOT / "README.md", ROOT / "README.zh.md", ROOT / "CHANGELOG.md", ROOT / "datasets" / "README.md"]


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def text_of(path: Path) -> str:
    """Return the Markdown of a page, or of the words of a notebook."""
    raw = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return raw
    return "\n\n".join("".join(c["source"]) for c in json.loads(raw)["cells"] if c["cell_type"] == "markdown")


def prose(text: str) -> str:
    """Return a text without its code, lines kept.

    >>> prose("看 `x:y` 和\\n```py\\na,b\\n```\\n完")
    '看  和\\n\\n\\n\\n完'
    """
    text = CODE.sub(lambda m: "\n" * m[0].count("\n"), text)
    return INLINE.sub("", text)
