"""Every link inside the pages and notebooks leads somewhere; addresses outside are looked at for their form only."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from texts import CODE, DOCS, INLINE, ROOT, notebooks, pages, prose, text_of

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^)<>\s]+(?:\([^)\s]*\))?)>?(?:\s+\"[^\"]*\")?\s*\)")
BARE = re.compile(r"<(https?://[^>\s]+)>")
LABEL = re.compile(r"^\(([\w-]+)\)=\s*$", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
MADE_AT_BUILD = re.compile(r"_generated/([\w-]+)\.(md|svg)$|_generated/gallery/")
FILES = [*pages(), *notebooks()]


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub and MyST make it.

    >>> slug("What a `zero` says: 零 100 %"), slug("前后 两版")
    ('what-a-zero-says-零-100-', '前后-两版')
    """
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", lambda m: m[1] or "", heading.lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@cache
def anchors(path: Path) -> frozenset[str]:
    text = text_of(path)
    own = {slug(h) for h in HEADING.findall(CODE.sub("", text))} | set(LABEL.findall(text))
    return frozenset(own)


def links(text: str) -> list[str]:
    plain = prose(text)
    return [*LINK.findall(plain), *BARE.findall(plain)]


def real(path: Path) -> Path:
    """Return where a page's file really is: notebooks are copied beside the pages when they are built."""
    if DOCS / "notebooks" in path.parents:
        return ROOT / "notebooks" / path.name
    return path


def broken(page: Path, target: str) -> str | None:
    """Return what is wrong with a link of a page, or nothing."""
    parts = urlsplit(target)
    if parts.scheme in ("http", "https"):
        host = parts.hostname or ""
        return (
            None
            if re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) and parts.path.count("//") < 2
            else "no such address can be"
        )
    if parts.scheme:
        return None if parts.scheme == "mailto" else f"unknown scheme {parts.scheme}"
    file = real((page.parent / unquote(parts.path)).resolve()) if parts.path else page
    if MADE_AT_BUILD.search(file.as_posix()):
        return None
    if not file.exists():
        return "no such file"
    if parts.fragment and unquote(parts.fragment) not in anchors(file):
        return f"no heading or label {parts.fragment} in {file.name}"
    return None


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_links_lead_somewhere(path):
    found = {target: why for target in links(text_of(path)) if (why := broken(path, target))}
    assert not found, found


def test_what_is_included_is_made_by_the_build():
    sys.path.insert(0, str(DOCS / "_ext"))
    generate = pytest.importorskip("generate")
    made = {*generate.tables("zh"), "gallery"}
    included = re.findall(r"_generated/([\w-]+)-(?:zh|en)\.md", "\n".join(text_of(p) for p in pages()))
    assert set(included) <= made and len(included) > 10


def test_every_page_is_in_a_table_of_contents():
    for language in ("zh", "en"):
        index = (DOCS / language / "index.md").read_text(encoding="utf-8")
        listed = re.findall(
            r"^[\w./]+$", "\n".join(re.findall(r"```\{toctree\}(.*?)```", index, re.DOTALL)), re.MULTILINE
        )
        stems = {p.stem for p in (DOCS / language).glob("*.md")} - {"index"}
        assert stems <= set(listed), stems - set(listed)
        assert len(listed) == len(set(listed))
    chinese = (DOCS / "zh" / "index.md").read_text(encoding="utf-8")
    assert all(f"../notebooks/{n.stem}" in chinese for n in notebooks())


def test_chinese_comes_first():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert index.index("zh/index") < index.index("en/index")


@pytest.mark.parametrize(
    ("target", "right"),
    [
        ("returns.md", True), ("nowhere.md", False), ("returns.md#前后两版", True), ("returns.md#没有", False),
        ("../notebooks/01_plan.ipynb", True), ("../notebooks/99.ipynb", False), ("https://example.org/a?b=c", True),
        ("https://localhost", False), ("https://", False), ("ftp://example.org", False), ("#报表", False),
        ("../_generated/league-zh.md", True),
    ],
)  # fmt: skip
def test_a_broken_link_is_found_out(target, right):
    assert (broken(DOCS / "zh" / "plan.md", target) is None) is right


def test_links_are_read_and_code_is_not():
    text = '[a](b.md) ![c](d.png "e") <https://x.org> `[no](no.md)`\n```py\n[no](no.md)\n```\n[f](g.md#h)'
    assert links(text) == ["b.md", "d.png", "g.md#h", "https://x.org"]
    assert INLINE.sub("", "`x` y") == " y"
