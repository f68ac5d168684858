"""Numbers made elsewhere (tests/golden/outcomes.json), and published data sets from test-only packages.

The packages are read, never shipped; a test that needs one skips, saying so, where it is absent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from golden_numbers import published_data
from golden_numbers.comparison import Absent
from golden_numbers.outcomes_json import CASES


def golden(case: str) -> dict[str, Any]:
    return CASES[case]["expected"]


def inline(case: str) -> dict[str, Any]:
    return CASES[case]["data"]["inline"]


def or_skip(load: Callable[..., Any], *args: str) -> Any:
    try:
        return load(*args)
    except Absent as absent:
        pytest.skip(str(absent))


def dataset(group: str, name: str) -> pd.DataFrame:
    return or_skip(published_data.dataset, group, name)
