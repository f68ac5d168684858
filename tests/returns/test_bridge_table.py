"""A table of bridges: read as it stands, refused by row, taken up by the command."""

from __future__ import annotations

import json

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

import suzhou_antidrug as sa
from suzhou_antidrug.cli import main
from suzhou_antidrug.errors import AntidrugError, SeriesError

RELAPSE, NARROW = "annual_detected_relapse_rate", "不含新精神活性物质"
ROW = {
    "指标": "年度查获复吸率",
    "原口径": "未注明",
    "现口径": NARROW,
    "声明单位": "市禁毒办",
    "理由": "2019 年无此类人员",
}
WANT = (sa.DefinitionBridge(RELAPSE, "", NARROW, by="市禁毒办", why="2019 年无此类人员"),)


@pytest.fixture(scope="module")
def plan():
    return sa.load_plan("suzhou-2020")


def write(path, rows):
    frame = pd.DataFrame(rows)
    if path.suffix == ".csv":
        frame.to_csv(path, index=False, encoding="gb18030")
    else:
        frame.to_excel(path, index=False, startrow=1)
        book = openpyxl.load_workbook(path)
        book.active["A1"] = "口径衔接声明"
        book.save(path)
    return path


@pytest.mark.parametrize("name", ["衔接.csv", "衔接.xlsx"])
def test_a_file_reads_as_the_frame(plan, tmp_path, name):
    assert sa.read_bridges(write(tmp_path / name, [ROW]), plan=plan) == WANT
    assert sa.read_bridges(pd.DataFrame([ROW]), plan=plan) == WANT


def test_ids_english_names_and_both_ways_of_saying_not_stated(plan):
    for earlier in ("", "not stated", "Not  Stated", "未注明"):
        row = {"indicator": RELAPSE, "earlier": earlier, "later": NARROW, "by": "市禁毒办", "why": "2019 年无此类人员"}
        assert sa.read_bridges(pd.DataFrame([row]), plan=plan) == WANT


def test_every_bad_row_is_named_at_once(plan, tmp_path):
    rows = [ROW, ROW | {"指标": "查获复吸率年度"}, ROW | {"声明单位": ""}, ROW | {"理由": "  "}]
    with pytest.raises(SeriesError) as caught:
        sa.read_bridges(write(tmp_path / "衔接.xlsx", rows), plan=plan)
    found = [(p.file, p.row, p.column, p.code) for p in caught.value.problems]
    assert found == [
        ("衔接.xlsx", 4, "指标", "unknown_name"),
        ("衔接.xlsx", 5, "声明单位", "bridge_reason"),
        ("衔接.xlsx", 6, "理由", "bridge_reason"),
    ]
    assert "年度查获复吸率" in caught.value.problems[0].advice_zh
    assert "写明声明单位与理由" in caught.value.problems[1].zh


def test_a_formula_without_a_result_is_no_reason(plan, tmp_path):
    path = write(tmp_path / "衔接.xlsx", [ROW])
    book = openpyxl.load_workbook(path)
    book.active["E3"] = "=A3"
    book.save(path)
    with pytest.raises(SeriesError) as caught:
        sa.read_bridges(path, plan=plan)
    assert [(p.row, p.code) for p in caught.value.problems] == [(3, "no_value"), (3, "bridge_reason")]


@pytest.mark.parametrize("lacking", list(ROW))
def test_a_lacking_column_is_named(plan, lacking):
    with pytest.raises(AntidrugError, match=lacking):
        sa.read_bridges(pd.DataFrame([ROW]).drop(columns=lacking), plan=plan)


def test_the_command_takes_a_table_of_bridges(tmp_path):
    frame = sa.load_synthetic_returns().frame
    after = (frame["indicator"] == RELAPSE) & frame["period"].map(lambda p: p.year > 2019)
    frame.loc[after, "definition"] = NARROW
    frame.assign(period=frame["period"].astype(str)).to_csv(tmp_path / "returns.csv", index=False)
    bridges = write(tmp_path / "衔接.csv", [ROW])
    out = tmp_path / "out"
    command = ["evaluate", str(tmp_path / "returns.csv"), "--origin", "2022", "--out", str(out)]
    done = CliRunner().invoke(main, [*command, "--bridges", str(bridges)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert json.loads((out / "manifest.json").read_text("utf-8"))["definition_bridges"] == [WANT[0].as_dict()]


def test_the_command_wants_returns_beside_bridges(tmp_path):
    done = CliRunner().invoke(main, ["evaluate", "--bridges", str(write(tmp_path / "衔接.csv", [ROW]))])
    assert done.exit_code == 2 and "报表" in done.output
