"""The template: empty it reads back as missing, filled it reads back as typed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from suzhou_antidrug.errors import OutputError, UnknownNameError
from suzhou_antidrug.plan import load_plan
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Returns, main_indicators, read_returns
from suzhou_antidrug.returns.schema import periods_of, reporting_divisions
from suzhou_antidrug.returns.synthetic import make_synthetic_returns
from suzhou_antidrug.returns.template import HEADER_ROW, LAYOUT, PLACE, open_columns, write_template


@pytest.fixture(params=["suzhou-2020", "example-town", "tests"])
def any_plan(request: pytest.FixtureRequest, plan: Plan) -> Plan:
    return plan if request.param == "tests" else load_plan(request.param)


def grid_of(plan: Plan) -> set[tuple[str, str, pd.Period]]:
    years = [plan.base_year, *plan.years]
    return {
        (i.id, division, period)
        for i in main_indicators(plan)
        for division in reporting_divisions(plan, i)
        for period in periods_of(i, years)
    }


def fill(path: Path, returns: Returns) -> int:
    """Type figures into a template, as a clerk would: by the names in each row."""
    figures = {(r.indicator, r.division, str(r.period)): r for r in returns.frame.itertuples()}
    plan_id, typed = returns.plan_id, 0
    book = openpyxl.load_workbook(path)
    geography = load_plan(plan_id).geography
    for sheet in book.worksheets[1:]:
        for row in range(HEADER_ROW + 2, sheet.max_row + 1):
            indicator, division, period = (
                sheet.cell(row, PLACE[c] + 1).value for c in ("indicator_id", "division", "period")
            )
            figure = figures[indicator, geography.resolve(division).id, period]
            for column in ("numerator", "denominator", "value"):
                number = getattr(figure, column)
                cell = sheet.cell(row, PLACE[column] + 1)
                if not np.isnan(number) and column in open_columns(load_plan(plan_id).indicators[indicator]):
                    cell.value = number
                    typed += 1
            sheet.cell(row, PLACE["source"] + 1).value = figure.source
            sheet.cell(row, PLACE["definition"] + 1).value = figure.definition
    book.save(path)
    return typed


def test_an_empty_template_is_a_grid_of_missing_reports(any_plan: Plan, tmp_path: Path) -> None:
    path = write_template(any_plan, tmp_path / "template.xlsx")
    returns = read_returns(path, plan=any_plan)
    frame = returns.frame
    assert set(frame["status"]) == {"missing"}
    assert set(zip(frame["indicator"], frame["division"], frame["period"], strict=True)) == grid_of(any_plan)
    assert len(frame) == len(grid_of(any_plan))
    assert returns.problems.empty and returns.log.empty
    assert set(returns.missing(any_plan)["reason"]) == {"blank"}


def test_a_filled_template_reads_back_as_typed(tmp_path: Path) -> None:
    plan = load_plan("suzhou-2020")
    made, _ = make_synthetic_returns(plan, seed=3, years=[plan.base_year, *plan.years])
    path = write_template(plan, tmp_path / "template.xlsx")
    typed = fill(path, made)
    returns = read_returns(path, plan=plan)
    columns = ["indicator", "division", "period", "numerator", "denominator", "value", "unit", "source", "definition"]
    pd.testing.assert_frame_equal(returns.frame[columns], made.frame[columns])
    assert typed > 1000 and (returns.frame["status"] == "missing").sum() == (made.frame["status"] == "missing").sum()
    assert returns.problems["code"].tolist() == ["definition_changed"] and returns.log.empty  # one change is planted


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed: its reading is not tested")
def test_what_libreoffice_saves_reads_back_as_typed(tmp_path: Path) -> None:
    plan = load_plan("suzhou-2020")
    made, _ = make_synthetic_returns(plan, seed=5, years=[plan.base_year, *plan.years])
    path = write_template(plan, tmp_path / "template.xlsx")
    fill(path, made)
    home = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    first, again = read_returns(path, plan=plan), read_returns(tmp_path / "saved" / "template.xlsx", plan=plan)
    pd.testing.assert_frame_equal(again.frame, first.frame)
    assert first.made.fingerprint == again.made.fingerprint and again.log.empty


def test_years_and_indicators_can_be_chosen(plan: Plan, tmp_path: Path) -> None:
    path = write_template(plan, tmp_path / "t.xlsx", years=[2021], indicators=["load", "laundering"])
    frame = read_returns(path, plan=plan).frame
    assert len(frame) == 10 * 4 + 1 and {p.year for p in frame["period"]} == {2021}
    with pytest.raises(UnknownNameError):
        write_template(plan, tmp_path / "u.xlsx", indicators=["nothing"])
    assert not (tmp_path / "u.xlsx").exists()


def test_the_sheets_are_made_to_be_filled_in(plan: Plan, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_template(plan, tmp_path / "t.xlsx"))
    notes, sheet = book.worksheets
    assert notes.title == "说明" and "缺报不是零" in " ".join(str(c.value) for row in notes for c in row if c.value)
    assert sheet.freeze_panes == f"E{HEADER_ROW + 2}"
    assert sheet.column_dimensions["B"].hidden and sheet.auto_filter.ref.startswith(f"A{HEADER_ROW + 1}:")
    assert (
        sheet.page_setup.orientation == "landscape" and sheet.print_title_rows == f"${HEADER_ROW + 1}:${HEADER_ROW + 1}"
    )
    rules = {(rule.type, rule.operator or "between") for rule in sheet.data_validations.dataValidation}
    assert {("whole", "greaterThanOrEqual"), ("decimal", "greaterThanOrEqual"), ("decimal", "between")} <= rules
    assert any(rule.type == "list" and "缺报" in rule.formula1 for rule in sheet.data_validations.dataValidation)
    formulas = [c for page in book for row in page for c in row if c.data_type == "f"]
    assert formulas == [] and len(LAYOUT) == sheet.max_column


def test_the_same_plan_gives_the_same_file(plan: Plan, tmp_path: Path) -> None:
    first, second = (write_template(plan, tmp_path / f"{n}.xlsx").read_bytes() for n in "ab")
    assert first == second


def test_names_of_a_plan_become_no_formula(plan: Plan, tmp_path: Path) -> None:
    from suzhou_antidrug.terms import Text

    hostile = plan.model_copy(update={"name": Text("=1+1", "=1+1")})
    book = openpyxl.load_workbook(write_template(hostile, tmp_path / "t.xlsx"))
    assert not [c for page in book for row in page for c in row if c.data_type == "f"]


def test_nothing_is_overwritten_or_written_through_a_link(plan: Plan, tmp_path: Path) -> None:  # case 64
    target = tmp_path / "kept.xlsx"
    target.write_bytes(b"kept")
    link = tmp_path / "link.xlsx"
    link.symlink_to(target)
    for path, words in ((target, "exists already"), (link, "symbolic link"), (tmp_path, "folder")):
        with pytest.raises(OutputError, match=words):
            write_template(plan, path)
    with pytest.raises(OutputError, match="symbolic link"):
        write_template(plan, link, overwrite=True)
    with pytest.raises(OutputError, match="does not exist"):
        write_template(plan, tmp_path / "none" / "t.xlsx")
    assert target.read_bytes() == b"kept"
    assert write_template(plan, target, overwrite=True).read_bytes()[:2] == b"PK"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kept.xlsx", "link.xlsx"], "no temporary file stays behind"


def test_a_failing_write_leaves_nothing_behind(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_template(plan, tmp_path / "t.xlsx")
    assert list(tmp_path.iterdir()) == []
