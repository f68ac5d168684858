"""How long reading takes. Run with `make benchmark`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suzhou_antidrug.geography import Division, Geography
from suzhou_antidrug.plan import load_plan
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import main_indicators, read_returns
from suzhou_antidrug.returns.template import write_template
from suzhou_antidrug.terms import Text

ROWS = 100_000
YEARS = range(2011, 2023)


def _large_plan(divisions: int) -> Plan:
    """The plan of Suzhou on a made-up country of many counties."""
    counties = tuple(Division(f"d{n}", Text(f"县{n}", f"County {n}")) for n in range(divisions))
    country = Geography(id="country", city=Division("country", Text("某国", "A country")), divisions=counties)
    return load_plan("suzhou-2020").model_copy(update={"geography": country})


def _large_file(path: Path, plan: Plan) -> int:
    shares = [i for i in main_indicators(plan) if i.needs_parts and i.unit == "share"]
    rng = np.random.default_rng(0)
    lines = ["指标,县级市(区),时期,分子,分母,数值,单位,来源,备注"]
    for indicator in shares:
        for division in plan.geography.divisions:
            for year in YEARS:
                denominator = int(rng.integers(1_000, 1_000_000))
                numerator = int(rng.integers(0, denominator))
                lines.append(f"{indicator.name.zh},{division.name.zh},{year}年,{numerator},{denominator},,,台账,")
    path.write_text("\n".join(lines), encoding="utf-8")
    return len(lines) - 1


@pytest.mark.benchmark(group="returns")
def test_reading_a_text_file_of_a_hundred_thousand_rows(benchmark: Any, tmp_path: Path) -> None:
    if benchmark.disabled:
        pytest.skip("a benchmark: run with make benchmark")
    small = _large_plan(1)
    per_division = sum(i.needs_parts and i.unit == "share" for i in main_indicators(small)) * len(YEARS)
    plan = _large_plan(ROWS // per_division + 1)
    path = tmp_path / "large.csv"
    rows = _large_file(path, plan)
    returns = benchmark.pedantic(read_returns, args=(path,), kwargs={"plan": plan}, rounds=3, warmup_rounds=1)
    assert len(returns) == rows >= ROWS


@pytest.mark.benchmark(group="returns")
@pytest.mark.parametrize("formulas", [False, True])
def test_reading_a_workbook_of_a_hundred_thousand_rows(benchmark: Any, tmp_path: Path, formulas: bool) -> None:
    if benchmark.disabled:
        pytest.skip("a benchmark: run with make benchmark")
    import xlsxwriter

    small = _large_plan(1)
    per_division = sum(i.needs_parts and i.unit == "share" for i in main_indicators(small)) * len(YEARS)
    plan = _large_plan(ROWS // per_division + 1)
    rows = _large_file(tmp_path / "large.csv", plan)
    lines = (tmp_path / "large.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "large.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            cells = line.split(",")
            sheet.write_row(number, 0, cells)
            if formulas and number:
                value = int(cells[3]) / int(cells[4])
                sheet.write_formula(number, 5, f"=D{number + 1}/E{number + 1}", None, value)
    returns = benchmark.pedantic(read_returns, args=(path,), kwargs={"plan": plan}, rounds=3, warmup_rounds=1)
    assert len(returns) == rows >= ROWS


@pytest.mark.benchmark(group="returns")
def test_writing_and_reading_the_template(benchmark: Any, tmp_path: Path) -> None:
    plan = load_plan("suzhou-2020")
    path = tmp_path / "template.xlsx"

    def there_and_back() -> int:
        return len(read_returns(write_template(plan, path, overwrite=True), plan=plan))

    assert benchmark(there_and_back) > 1_000
