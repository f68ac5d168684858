"""Every problem code has its cause and cure on both pages, and the pages have no code that is gone."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "suzhou_antidrug"
sys.path.insert(0, str(ROOT / "docs"))

import error_pages  # noqa: E402
from error_catalogue import collect  # noqa: E402
from error_cures import BUILT, CURES, WRITTEN  # noqa: E402

ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def rows(language: str) -> list[tuple[str, str, str]]:
    return ROW.findall((ROOT / "docs" / language / "errors.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_what_the_source_says(language):
    made = error_pages.page(language)
    assert (ROOT / "docs" / language / "errors.md").read_text(encoding="utf-8") == made, (
        "run: python docs/error_pages.py"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_is_on_the_page_and_no_other(language):
    known = {e.code for e in collect(PACKAGE)} | {e.code for e in WRITTEN}
    assert {code for code, _, _ in rows(language)} == known
    assert len(known) > 250


def test_every_code_in_a_call_is_found_without_the_catalogue():
    """A second, blunter look: the first word of every ``Problem(`` and ``refusal(`` in the text of the source."""
    on_page = {code for code, _, _ in rows("en")}
    for path in PACKAGE.rglob("*.py"):
        text = re.sub(r"^ *>>>.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)  # examples make up codes
        for code in re.findall(r"(?:\bProblem|\brefusal)\(\s*(?:code=)?\"([a-z_0-9]+)\"", text):
            assert code in on_page, f"{path.name}: {code}"


def test_codes_built_from_parts_are_declared():
    built = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                at = {"Problem": 0, "refusal": 0, "flag": 2, "problem": 1}.get(name)
                if at is not None and len(node.args) > at and isinstance(node.args[at], ast.JoinedStr):
                    built.add(ast.unparse(node.args[at]))
    assert built == set(BUILT)
    written = {e.code for e in WRITTEN}
    assert {code for codes in BUILT.values() for code in codes} <= written


def test_every_row_has_cause_and_cure_in_its_language():
    words = {"zh": re.compile(r"[\u4e00-\u9fff]"), "en": re.compile(r"[A-Za-z]{2}")}
    for language, word in words.items():
        for code, cause, cure in rows(language):
            assert word.search(cause) and word.search(cure), code


def test_no_cure_is_left_over():
    grouped: dict[tuple[str, str], bool] = {}
    for entry in error_pages.entries():
        key = entry.room, entry.code
        grouped[key] = grouped.get(key, False) or bool(entry.advice_zh)
    needed = {code for (_, code), advised in grouped.items() if not advised}
    written = [code for _, _, codes in CURES for code in codes.split()]
    assert sorted(written) == sorted(set(written)), "a code has two cures"
    assert set(written) == needed
