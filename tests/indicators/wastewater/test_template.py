"""The laboratory's template: empty it says so, filled it reads back as typed, and a spreadsheet opens it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from suzhou_antidrug.errors import MeasurementsError, OutputError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.fields import CHOICES, DEFAULT_UNITS, FIELDS
from suzhou_antidrug.indicators.wastewater.measurements import Measurements, read_measurements
from suzhou_antidrug.indicators.wastewater.population import load_population_bases
from suzhou_antidrug.indicators.wastewater.substances import load_biomarkers, resolve_biomarker
from suzhou_antidrug.indicators.wastewater.template import (
    HEADER_ROW,
    PLACE,
    SHEET,
    column_header,
    write_measurement_template,
)

PLANTS = pd.DataFrame(
    {
        "污水厂": ["福星", "城东", "化工园"], "县级市(区)": ["姑苏区", "", "张家港市"], "污水类型": ["", "生活", "工业"],
        "服务人口(万人)": [30.5, None, None], "人口口径": ["七普", "", ""], "实验室": "甲", "经度": [120.6, 120.7, 120.5],
    }
)  # fmt: skip
MARKERS = ["冰毒", "BE", "6-MAM"]
DAYS = ["2021-03-05", "2021-03-07 08:30"]
FIRST = HEADER_ROW + 2  # the first row for entries, as a spreadsheet counts
soffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


@pytest.fixture
def filled_in(tmp_path: Path) -> Path:
    return write_measurement_template(tmp_path / "t.xlsx", plants=PLANTS, biomarkers=MARKERS, days=DAYS)


def page_of(path: Path) -> Any:
    return openpyxl.load_workbook(path)[SHEET]


def column(page: Any, name: str) -> list[Any]:
    return [page.cell(row, PLACE[name] + 1).value for row in range(FIRST, page.max_row + 1)]


def type_in(path: Path, entries: Callable[[int], dict[str, Any]], rows: int) -> Path:
    """Type into a template as a laboratory would, cell by cell."""
    book = openpyxl.load_workbook(path)
    for number in range(rows):
        for name, entry in entries(number).items():
            book[SHEET].cell(FIRST + number, PLACE[name] + 1).value = entry
    book.save(path)
    return path


def test_every_column_is_there_with_its_unit(tmp_path: Path) -> None:
    page = page_of(write_measurement_template(tmp_path / "t.xlsx"))
    headers = [cell.value for cell in page[HEADER_ROW + 1]]
    assert headers == [column_header(field) for field in FIELDS]
    assert {"浓度(ng/L)", "检出限(ng/L)", "定量限(ng/L)", "日流量(m3/d)", "服务人口(人)", "采样开始", "备注"} <= set(
        headers
    )
    assert all(column_header(f).endswith(f"({DEFAULT_UNITS[f.id]})") for f in FIELDS if f.quantity)


def test_an_empty_template_has_no_rows(tmp_path: Path) -> None:
    for strict in (True, False):
        with pytest.raises(MeasurementsError) as error:
            read_measurements(write_measurement_template(tmp_path / "t.xlsx", overwrite=True), strict=strict)
        assert [(p.code, p.file, p.sheet) for p in error.value.problems] == [("no_rows", "t.xlsx", SHEET)]
        assert "没有数据行" in str(error.value) and "no row below it" in str(error.value)


def test_every_plant_day_and_biomarker_has_its_row(filled_in: Path) -> None:
    page = page_of(filled_in)
    rows = list(zip(column(page, "plant"), column(page, "start"), column(page, "biomarker"), strict=True))
    names = [resolve_biomarker(name).name.zh for name in MARKERS]
    days = [dt.datetime(2021, 3, 5), dt.datetime(2021, 3, 7, 8, 30)]
    assert rows == [(plant, day, name) for plant in PLANTS["污水厂"] for day in days for name in names]
    shown = [page.cell(FIRST + row, PLACE["start"] + 1).number_format for row in (0, 3)]
    assert shown == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
    assert column(page, "population")[::6] == [305_000, None, None] and set(column(page, "laboratory")) == {"甲"}
    assert column(page, "sewage")[::6] == ["生活污水", "生活污水", "工业污水"]
    assert column(page, "population_basis")[::6] == ["普查人口", None, None]
    assert column(page, "division")[::6] == ["姑苏区", None, "张家港市"]
    assert set(column(page, "concentration")) == {None} and 120.6 not in [c.value for row in page for c in row]


def test_rows_without_a_result_read_as_absent(filled_in: Path) -> None:
    found = read_measurements(filled_in)
    assert len(found.frame) == 18 and found.excluded.empty
    assert set(found.problems["code"]) == {"no_result"} and set(found.problems["severity"]) == {"warning"}
    assert found.problems["row"].tolist() == list(range(FIRST, FIRST + 18))


def test_a_filled_template_reads_back_as_typed(filled_in: Path) -> None:
    cells = [12.5, "<1.5", "ND", 300, None, 3.75]

    def entries(row: int) -> dict[str, Any]:
        typed = {"concentration": cells[row % 6], "lod": 0.5, "loq": 1.5, "flow": 61_000.5 + row}
        typed |= {"below": "低于定量限"} if row % 6 == 4 else {}
        typed |= {"population": 9e4} if 6 <= row < 12 else {}
        return typed | {"note": f"雨 {row}", "method": "007"}

    found = read_measurements(type_in(filled_in, entries, 18))
    assert found.problems.empty and found.excluded.empty
    frame = found.frame
    expected = [12.5, np.nan, np.nan, 300, np.nan, 3.75]
    np.testing.assert_array_equal(frame["concentration_ng_per_L"], expected * 3)
    assert frame["below"].tolist() == ["", "loq", "lod", "", "loq", ""] * 3
    assert frame["flow_m3_per_day"].tolist() == [61_000.5 + row for row in range(18)]
    np.testing.assert_array_equal(frame["population"], np.repeat([305_000, 9e4, np.nan], 6))
    assert frame["start"].drop_duplicates().tolist() == [pd.Timestamp(day) for day in DAYS]
    assert frame["note"].tolist() == [f"雨 {row}" for row in range(18)] and set(frame["method"]) == {"007"}
    assert frame["biomarker"].tolist() == ["methamphetamine", "benzoylecgonine", "acetylmorphine_6"] * 6
    assert frame["sewage"].tolist() == ["domestic"] * 12 + ["industrial"] * 6 and frame["row"].tolist() == list(
        range(5, 23)
    )


def test_a_blank_template_takes_every_column(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "plant": "福星", "division": "姑苏区", "sewage": "生活污水", "biomarker": "氯胺酮", "round": "第1轮",
            "start": [dt.datetime(2021, 3, 5, 8), dt.datetime(2021, 3, 6, 8)],
            "end": [dt.datetime(2021, 3, 6, 8), dt.datetime(2021, 3, 7, 7, 30)],
            "concentration": [10.25, 900.0], "below": "检出", "lod": 0.1, "loq": 0.3, "flow": 1e5, "population": 3e5,
            "population_basis": "年末常住人口", "laboratory": "乙", "method": "JD/YJY02.10-2021", "confirmed": "是", "note": "雨",
        }
    )  # fmt: skip
    path = write_measurement_template(tmp_path / "t.xlsx")
    found = read_measurements(type_in(path, lambda n: rows.iloc[n].to_dict(), 2))
    frame = rows.rename(columns=lambda c: f"{c}_ng_per_L" if c in ("concentration", "lod", "loq") else c)
    same = Measurements.from_frame(frame.rename(columns={"flow": "flow_m3_per_day"}))
    places = ["file", "sheet", "row"]
    pd.testing.assert_frame_equal(found.frame.drop(columns=places), same.frame.drop(columns=places))
    assert (
        found.problems.empty and found.frame["confirmed"].all() and found.frame["division"].tolist() == ["姑苏区"] * 2
    )


def test_cells_offer_what_is_known_and_refuse_what_the_reader_refuses(filled_in: Path) -> None:
    book = openpyxl.load_workbook(filled_in)
    rules = {}
    for rule in book[SHEET].data_validations.dataValidation:
        (first,) = rule.sqref.ranges
        assert first.min_row == FIRST and first.max_row > FIRST + 900 and rule.prompt and rule.promptTitle
        assert re.search("[一-鿿]", rule.error) and re.search("[a-z]{3}", rule.error), "in both languages"
        rules[FIELDS[first.min_col - 1].id] = rule
    assert {name: rule.type for name, rule in rules.items()} == {
        "sewage": "list", "biomarker": "list", "start": "date", "end": "custom", "concentration": "custom", "below": "list",
        "lod": "decimal", "loq": "decimal", "flow": "decimal", "population": "decimal", "population_basis": "list",
        "confirmed": "list",
    }  # fmt: skip
    assert {name for name, rule in rules.items() if rule.errorStyle == "warning"} == {"biomarker"}, (
        "aliases may be typed"
    )
    for name in ("sewage", "below", "confirmed"):
        assert rules[name].formula1 == f'"{",".join(CHOICES[name])}"'
    assert rules["population_basis"].formula1 == f'"{",".join(b.name.zh for b in load_population_bases().values())}"'
    for name in ("lod", "loq", "flow", "population"):
        assert (rules[name].operator, rules[name].formula1) == ("greaterThan", "0")
    assert (
        rules["concentration"].formula1.startswith(f"IF(ISNUMBER(H{FIRST}),H{FIRST}>0,")
        and '"<"' in rules["concentration"].formula1
    )
    assert rules["end"].formula1 == f"AND(ISNUMBER(F{FIRST}),F{FIRST}>E{FIRST})"
    span = re.fullmatch(r"'说明'!\$B\$(\d+):\$B\$(\d+)", rules["biomarker"].formula1)
    names = [book["说明"].cell(row, 2).value for row in range(int(span[1]), int(span[2]) + 1)]
    assert names == [marker.name.zh for marker in load_biomarkers().values()]


def test_the_sheets_are_made_to_be_filled_in_and_printed(filled_in: Path) -> None:
    book = openpyxl.load_workbook(filled_in)
    notes, page = book.worksheets
    said = " ".join(str(cell.value) for row in notes for cell in row if cell.value)
    for words in (
        "不得填 0",
        "0 is refused",
        "<1.5",
        "低于检出限",
        "工业污水",
        "industrial",
        "已核对",
        "ug/L",
        "万m3/d",
        "拒收",
    ):
        assert words in said or words.lower() in said.lower(), words
    assert (notes.title, page.title, page.freeze_panes) == ("说明", SHEET, f"E{FIRST}")
    assert (
        page.auto_filter.ref == f"A{FIRST - 1}:R{FIRST + 17}" and page.print_title_rows == f"${FIRST - 1}:${FIRST - 1}"
    )
    assert page.page_setup.orientation == "landscape" and page.page_setup.fitToHeight == 0
    assert page.sheet_properties.pageSetUpPr.fitToPage and page.print_area.endswith(f"$R${FIRST + 17}")
    colours = {name: page.cell(FIRST, PLACE[name] + 1).fill.fgColor.rgb for name in ("plant", "concentration", "note")}
    assert colours == {"plant": "FFF3F6FA", "concentration": "FFFFFBE6", "note": "00000000"}
    assert page.cell(FIRST + 17, PLACE["population"] + 1).fill.fgColor.rgb == "FFE9ECEF", (
        "industrial: not to be filled in"
    )


def test_what_is_not_given_is_left_blank(tmp_path: Path) -> None:
    def rows(**given: Any) -> list[tuple[Any, ...]]:
        page = page_of(write_measurement_template(tmp_path / "t.xlsx", overwrite=True, **given))
        found = zip(column(page, "plant"), column(page, "start"), column(page, "biomarker"), strict=True)
        return [row for row in found if any(row)]

    assert rows(plants=["福星", "城东"]) == [("福星", None, None), ("城东", None, None)]
    assert rows(biomarkers="MDMA") == [(None, None, "摇头丸")]
    day = dt.datetime(2021, 3, 5)
    for given in (
        "2021年3月5日",
        dt.date(2021, 3, 5),
        pd.Timestamp(day),
        np.datetime64(day),
        pd.date_range(day, periods=1),
    ):
        assert rows(days=given) == [(None, day, None)]
    assert rows(plants=pd.Series([7]), days=[day]) == [("7", day, None)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"plants": ["福星", "福星 "]}, "twice"),
        ({"plants": ["福星", ""]}, "blank"),
        ({"plants": ["福\u200b星"]}, "control"),
        ({"plants": pd.DataFrame({"name": ["福星"]})}, "column_missing"),
        ({"plants": pd.DataFrame({"plant": ["a"], "population": ["很多"]})}, "number"),
        ({"plants": pd.DataFrame({"plant": ["a"], "人口口径": ["估计"]})}, "unknown_name"),
        ({"plants": pd.DataFrame({"plant": ["a"], "服务人口(户)": [1]})}, "unit_unknown"),
        ({"biomarkers": ["冰毒", "METH"]}, "twice"),
        ({"biomarkers": ["冰独"]}, "unknown_name"),
        ({"days": ["2021-03-05", dt.date(2021, 3, 5)]}, "twice"),
        ({"days": ["5.3.21"]}, "date"),
        ({"days": [None]}, "date"),
        ({"plants": map(str, range(5000)), "biomarkers": ["MDMA"], "days": pd.date_range("2021", periods=300)}, "too_many_rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_in_is_refused(tmp_path: Path, given: dict[str, Any], code: str) -> None:
    with pytest.raises((MeasurementsError, UnknownNameError)) as error:
        write_measurement_template(tmp_path / "t.xlsx", **given)
    assert [p.code for p in error.value.problems if p.severity == "error"] == [code]
    assert list(tmp_path.iterdir()) == []


def test_equal_arguments_give_equal_bytes(tmp_path: Path, filled_in: Path) -> None:
    again = write_measurement_template(tmp_path / "u.xlsx", plants=PLANTS, biomarkers=iter(MARKERS), days=DAYS)
    assert again.read_bytes() == filled_in.read_bytes()
    other = write_measurement_template(tmp_path / "v.xlsx", plants=PLANTS, biomarkers=MARKERS[:2], days=DAYS)
    assert other.read_bytes() != filled_in.read_bytes()


def test_names_become_no_formula_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = write_measurement_template(
        tmp_path / "t.xlsx", plants=["=1+1", "http://x.y", "@SUM(A1)"], biomarkers=["KET"]
    )
    book = openpyxl.load_workbook(path)
    assert not [c for page in book for row in page for c in row if c.data_type == "f" or c.hyperlink]
    assert column(book[SHEET], "plant") == ["=1+1", "http://x.y", "@SUM(A1)"]
    before = path.read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        write_measurement_template(path)
    (tmp_path / "link.xlsx").symlink_to(path)
    with pytest.raises(OutputError, match="symbolic link"):
        write_measurement_template(tmp_path / "link.xlsx", overwrite=True)
    assert path.read_bytes() == before


@soffice
def test_another_spreadsheet_prints_it_and_saves_it_unchanged(tmp_path: Path, filled_in: Path) -> None:
    type_in(filled_in, lambda row: {"concentration": "<1.5" if row % 2 else row + 2, "loq": 1.5, "flow": 1e5}, 18)
    out = tmp_path / "out"
    for form in ("pdf", "xlsx"):
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/office", "--convert-to", form, "--outdir", out, filled_in],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    assert (out / "t.pdf").read_bytes().startswith(b"%PDF")
    pd.testing.assert_frame_equal(read_measurements(out / "t.xlsx").frame, read_measurements(filled_in).frame)


def test_a_drop_down_offers_the_first_word_of_each_meaning():
    assert CHOICES == {
        "sewage": ("生活污水", "工业污水"), "below": ("检出", "低于定量限", "低于检出限"), "confirmed": ("是",),
    }  # fmt: skip
