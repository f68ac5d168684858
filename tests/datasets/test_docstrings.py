"""Every example in the docstrings of these rooms runs."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

ROOMS = ["catalogue", "checks", "files", "population", "published", "rounding"]


@pytest.mark.parametrize("module", [*(f"datasets.{room}" for room in ROOMS), "geography"])
def test_the_examples_run(module: str) -> None:
    outcome = doctest.testmod(import_module(f"suzhou_antidrug.{module}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0
