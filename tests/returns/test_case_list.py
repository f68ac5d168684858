"""Every case of the list of bad inputs is a test: a case that is deleted is noticed here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CASES = 65
TESTS = Path(__file__).parents[1]
NAMED = re.compile(r"test_cases?_(\d\d(?:_\d\d)*)_")


def cases_of(folder: Path) -> dict[int, set[str]]:
    """Return the names of the tests of each case, from the functions that the files of a folder define."""
    found: dict[int, set[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (match := NAMED.match(node.name)):
                for number in match[1].split("_"):
                    found.setdefault(int(number), set()).add(node.name)
    return found


def test_the_cases_are_all_there_and_no_other() -> None:
    assert sorted(cases_of(TESTS)) == list(range(1, CASES + 1))


def test_a_case_that_is_taken_away_is_missed(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        "def test_case_07_x(): ...\ndef test_cases_09_10_y(): ...\n# test_case_11_z\n"
    )
    assert cases_of(tmp_path) == {7: {"test_case_07_x"}, 9: {"test_cases_09_10_y"}, 10: {"test_cases_09_10_y"}}
