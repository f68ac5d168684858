"""The cases of tests/golden/outcomes.json, and the comparison of each of their values with ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from suzhou_antidrug.terms import Text

from .comparison import Absent, Comparison
from .published_data import GOLDEN

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads((GOLDEN / "outcomes.json").read_text(encoding="utf-8"))["cases"]
}
Calculation = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]


def compare_case(case: str, calculate: Calculation, left_out: dict[str, Text]) -> list[Comparison]:
    """Return one comparison for each value of a case; ``left_out`` gives the reason of each that differs or is not made."""
    entry = CASES[case]
    expected = entry["expected"]
    ours = calculate(entry["data"].get("inline", {}), expected)
    source = " · ".join(x for x in (entry["source"], entry["status"], entry.get("url", "")) if x)
    rows = []
    for key, value in expected.items():
        tolerance, kind = tolerance_of(entry["tolerance"], key)
        if isinstance(value, dict) and isinstance(ours.get(key), dict):
            value = {name: value[name] for name in value if name in ours[key]}
        rows.append(
            Comparison(f"{case} · {key}", value, ours.get(key), tolerance, kind, source, left_out.get(f"{case}.{key}"))
        )
    return rows


def tolerance_of(stated: dict[str, Any], key: str) -> tuple[float, str]:
    """Return the tolerance that a case states for one of its values."""
    if "type" not in stated:
        stated = (
            stated.get(key) or stated.get("medians" if key.startswith("median") else "default") or stated["default"]
        )
    return (0.0, "exact") if stated["type"] == "exact" else (float(stated["value"]), stated["type"])


def compare_all(calculations: dict[str, Calculation], left_out: dict[str, Text]) -> tuple[list[Comparison], list[str]]:
    """Return the comparisons of all cases that can be run here, and what the others lack."""
    rows: list[Comparison] = []
    lacking: list[str] = []
    for case, calculate in calculations.items():
        try:
            rows += compare_case(case, calculate, left_out)
        except Absent as absent:
            lacking.append(f"{case}: {absent}")
    return rows, lacking
