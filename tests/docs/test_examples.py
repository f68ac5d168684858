"""Every Python block of the pages runs, in both languages, and gives what the page says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from page_examples import BrokenPromise, python_blocks, run_page  # noqa: E402

PAGES = sorted(page for language in ("zh", "en") for page in (ROOT / "docs" / language).glob("*.md"))
WITH_CODE = [page for page in PAGES if python_blocks(page)]


def ids(page: Path) -> str:
    return f"{page.parent.name}-{page.stem}"


@pytest.mark.parametrize("page", WITH_CODE, ids=ids)
def test_page_runs_and_keeps_its_promises(page):
    assert run_page(page) > 0, "a page with code compares at least one value"


def test_languages_have_the_same_pages_and_the_same_code():
    def code(language: str) -> dict[str, list[str]]:
        # Words differ between the languages, the calls do not: compare what stands before comments.
        pages = (ROOT / "docs" / language).glob("*.md")
        return {p.name: [len(block.splitlines()) for block in python_blocks(p)] for p in pages}

    assert code("zh") == code("en")
    assert len(WITH_CODE) >= 14


@pytest.mark.parametrize(
    ("code", "ok"),
    [
        ("1 + 1  # -> 2", True),
        ("1 + 1  # -> 3", False),
        ("x = 2  # -> 2", False),  # nothing is shown for an assignment
        ("1 / 0", None),
    ],
)
def test_a_false_page_is_found_out(tmp_path, code, ok):
    page = tmp_path / "page.md"
    page.write_text(f"text\n\n```python\n{code}\n```\n", encoding="utf-8")
    if ok:
        assert run_page(page) == 1
    else:
        with pytest.raises(BrokenPromise if ok is False else ZeroDivisionError):
            run_page(page)
