"""The data sets that golden numbers were made from: read from test-only packages, skipped where absent."""

from __future__ import annotations

import pandas as pd
import pytest
from golden_numbers import published_data
from outcomes import dataset, or_skip


@pytest.fixture(scope="session")
def uis() -> pd.DataFrame:
    return or_skip(published_data.uis)


@pytest.fixture(scope="session")
def rossi() -> pd.DataFrame:
    return or_skip(published_data.rossi)


@pytest.fixture(scope="session")
def mgus2() -> pd.DataFrame:
    return or_skip(published_data.mgus2)


@pytest.fixture(scope="session")
def bladder2() -> pd.DataFrame:
    return dataset("survival", "bladder2")


@pytest.fixture(scope="session")
def channing() -> pd.DataFrame:
    return or_skip(published_data.channing)
