"""How long reading takes. Run with `make benchmark`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suzhou_antidrug.plan import load_plan
from suzhou_antidrug.returns import main_indicators, read_returns
from suzhou_antidrug.returns.schema import reporting_divisions

ROWS = 100_000


def _large(path: Path, rows: int) -> Path:
    """Write a long file of the ten divisions; years repeat, so most rows are duplicates that agree."""
    plan = load_plan("suzhou-2020")
    indicators = [i for i in main_indicators(plan) if i.needs_parts and i.frequency == "year" and i.unit == "share"]
    rng = np.random.default_rng(0)
    denominators = rng.integers(1_000, 1_000_000, size=rows)
    numerators = (denominators * rng.random(rows)).astype(int)
    names = [(i.name.zh, plan.geography[d].name.zh) for i in indicators for d in reporting_divisions(plan, i)]
    with path.open("w", encoding="utf-8") as stream:
        stream.write("指标,县级市(区),时期,分子,分母,数值,单位,来源,备注\n")
        for n in range(rows):
            indicator, division = names[n % len(names)]
            year = 2013 + n // len(names) % 10
            stream.write(f"{indicator},{division},{year}年,{numerators[n]},{denominators[n]},,,台账,\n")
    return path


@pytest.mark.parametrize("rows", [2_000])
def test_reading_rows_that_are_all_kept(benchmark: Any, tmp_path: Path, rows: int) -> None:
    path = _large(tmp_path / "kept.csv", rows)
    plan = load_plan("suzhou-2020")
    returns = benchmark.pedantic(read_returns, args=(path,), kwargs={"plan": plan}, rounds=3)
    assert len(returns) == rows
