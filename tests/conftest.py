"""What all tests share: the place of the reference data, and the plan."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from golden_numbers.published_data import reference_root
from hypothesis import settings

# Machines differ in speed: no test fails for being slow, and CI tries the same examples every time.
settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def reference() -> Path:
    root = reference_root()
    if root is None:
        pytest.skip("reference data absent; set SUZHOU_ANTIDRUG_REFERENCE to their folder")
    return root


@pytest.fixture(scope="session")
def plan():
    import suzhou_antidrug as sa

    return sa.load_plan("suzhou-2020")


@pytest.fixture(scope="session")
def synthetic(plan):
    import suzhou_antidrug as sa

    return sa.load_synthetic_returns(plan)
