"""Every golden number is met or its difference explained, and the page on validation says so."""

from __future__ import annotations

import dataclasses
import sys
from functools import cache
from pathlib import Path

import pytest
from golden_numbers import outcomes_counts
from golden_numbers.comparison import Absent, Comparison, GoldenSet
from golden_numbers.outcomes_json import CASES, tolerance_of
from golden_numbers.sets import CALCULATIONS, SETS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import validation  # noqa: E402


@cache
def made(name: str) -> GoldenSet:
    try:
        return SETS[name]()
    except Absent as absent:
        pytest.skip(str(absent))


def written(language: str) -> str:
    return (ROOT / "docs" / language / "validation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SETS)
def test_every_number_is_met_or_its_difference_explained(name):
    for c in made(name).comparisons:
        if c.reason is None:
            assert c.agrees, f"{c.what}: golden {c.golden}, ours {c.ours}, {c.outside} outside {c.tolerance} {c.kind}"
        else:
            assert not c.agrees, f"{c.what} is equal: its explanation is out of date"


@pytest.mark.parametrize("language", validation.LANGUAGES)
@pytest.mark.parametrize("name", SETS)
def test_the_page_is_what_the_library_gives_now(name, language):
    text = written(language)
    found = made(name)
    assert validation.section(found, language).strip() in text, "run: python docs/validation.py"
    assert validation.summary_row(found, language) in text, "run: python docs/validation.py"


@pytest.mark.parametrize("language", validation.LANGUAGES)
def test_a_page_written_without_the_data_keeps_what_it_had(language):
    text = written(language)
    assert validation.page(language, {}, text) == text
    assert set(validation.parts(text)) == set(SETS) == set(validation.summary_rows(text))


def test_every_case_of_the_file_is_compared():
    assert set(CASES) == set(CALCULATIONS) | set(outcomes_counts.SIDS)


def test_a_moved_value_is_found_out_and_shown():
    found = made("gray")
    first = found.comparisons[0]
    moved = dataclasses.replace(first, ours=float(first.ours) * 1.02)
    assert first.agrees and not moved.agrees and moved.outside == 1
    other = dataclasses.replace(found, comparisons=(moved, *found.comparisons[1:]))
    assert "**?**" in validation.section(other, "en")
    assert "**?**" not in validation.section(found, "en")


@pytest.mark.parametrize(
    ("golden", "ours", "tolerance", "kind", "outside"),
    [
        ([1.0, 2.0], [1.0, 2.19], 0.1, "rel", 0),
        ([1.0, 2.0], [1.0, 2.201], 0.1, "rel", 1),
        ([0.0, 100.0], [0.1, 100.0], 0.1, "abs", 0),
        ({"a": 1, "b": [2, 3]}, [1, 2, 4], 0.0, "exact", 1),
        ([1.0], [1.0, 2.0], 1.0, "abs", 1),
        (["met", None], ["met", None], 0.0, "exact", 0),
        (["met"], ["not met"], 0.5, "exact", 1),
        ([float("nan")], [float("nan")], 0.0, "exact", 0),
        ([float("nan"), 1.0], [1.0, float("inf")], 9.0, "abs", 2),
    ],
)
def test_differences_on_both_sides_of_the_tolerance(golden, ours, tolerance, kind, outside):
    assert Comparison("x", golden, ours, tolerance, kind).outside == outside


def test_the_tolerance_is_that_of_the_file():
    assert tolerance_of({"type": "abs", "value": 1e-3}, "x") == (1e-3, "abs")
    stated = {
        "default": {"type": "rel", "value": 1e-6},
        "medians": {"type": "exact"},
        "p": {"type": "abs", "value": 0.1},
    }
    assert tolerance_of(stated, "median_ci") == (0.0, "exact")
    assert tolerance_of(stated, "p") == (0.1, "abs") and tolerance_of(stated, "S") == (1e-6, "rel")
