"""Laboratory sheets as they come: each bad one is built here, and its problem names place, value and remedy."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suzhou_antidrug.errors import MeasurementsError
from suzhou_antidrug.indicators.wastewater.checks import LITRES_PER_HEAD, TENFOLD, UNIT_STEP
from suzhou_antidrug.indicators.wastewater.findings import MOST_OF_A_KIND
from suzhou_antidrug.indicators.wastewater.loads import compute_loads
from suzhou_antidrug.indicators.wastewater.measurements import Measurements, read_measurements
from suzhou_antidrug.provenance import Status

C, FLOW, PEOPLE, LOD, LOQ = "浓度(ng/L)", "日流量(万m3/d)", "服务人口(万人)", "检出限(ng/L)", "定量限(ng/L)"
GOOD: dict[str, Any] = {
    "污水厂": "福星", "县级市(区)": "姑苏区", "污水类型": "生活污水", "标志物": "甲基苯丙胺", "采样开始": "2021-03-05", "采样结束": "",
    "轮次": "", C: 100, "检出情况": "", LOD: 0.5, LOQ: 1, FLOW: 10, PEOPLE: 30, "人口口径": "普查", "实验室": "甲",
    "方法": "JD/YJY02.10-2021", "已核对": "", "备注": "",
}  # fmt: skip
DAYS = ("2021-03-05", "2021-06-04", "2021-09-03", "2021-12-03")
VALUES = (100, 110, 95, 105)
PLACES = ["file", "sheet", "row"]
PRINTED = 1e-5  # the worked example is printed to six figures
Rows = list[dict[str, Any]]


def good(**change: Any) -> Rows:
    """Four quarters of one series; rows 2 to 5 of a sheet."""
    return [GOOD | {"采样开始": day, C: value} | change for day, value in zip(DAYS, VALUES, strict=True)]


def changed(change: dict[str, Any], row: int = 3) -> Rows:
    rows = good()
    rows[row - 2] |= change
    return rows


def write_csv(path: Path, rows: Rows, *, encoding: str = "utf-8", above: Sequence[str] = ()) -> Path:
    text = io.StringIO(newline="")
    text.writelines(f"{line}\r\n" for line in above)
    csv.writer(text).writerows([list(rows[0]), *(row.values() for row in rows)])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_book(path: Path, *sheets: Rows, change: Callable[[Any], object] | None = None) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        page = book.create_sheet(f"第{number + 1}批")
        page.append(list(rows[0]))
        for row in rows:
            page.append([None if cell == "" else cell for cell in row.values()])
        if change:
            change(page)
    book.save(path)
    return path


def letter(rows: Rows, column: str) -> str:
    return openpyxl.utils.get_column_letter(list(rows[0]).index(column) + 1)


def refused(read: Callable[..., Measurements], *args: Any, **how: Any) -> pd.DataFrame:
    with pytest.raises(MeasurementsError) as error:
        read(*args, **how)
    frame = error.value.frame
    assert (frame["severity"] == "error").any()
    assert frame["en"].str.endswith((".", "?")).all() and frame["zh"].str.endswith(("。", "?", "？")).all()
    return frame


def content(found: Measurements | pd.DataFrame) -> pd.DataFrame:
    frame = found.frame if isinstance(found, Measurements) else found
    return frame.drop(columns=PLACES)


FORMS = {
    "csv": lambda path, rows, **how: read_measurements(write_csv(path / "a.csv", rows), **how),
    "xlsx": lambda path, rows, **how: read_measurements(write_book(path / "a.xlsx", rows), **how),
    "frame": lambda path, rows, **how: Measurements.from_frame(pd.DataFrame(rows, dtype=object), name="a", **how),
}
FILES = {"csv": ("a.csv", None, 0), "xlsx": ("a.xlsx", "第1批", 0), "frame": ("a", None, -2)}  # where row 2 has label 0

BELOW = {C: "", "检出情况": "低于定量限"}
BAD_CELLS: list[tuple[dict[str, Any], str, str, str | None, str, str]] = [
    ({FLOW: -3}, "flow", FLOW, "-3", "a flow must be above zero", "流量须大于零"),
    ({FLOW: 0}, "flow", FLOW, "0", "a flow must be above zero", "流量须大于零"),
    ({FLOW: ""}, "flow_missing", FLOW, None, "a concentration alone is no load", "未填流量"),
    ({FLOW: 100000}, "flow_unit", FLOW, "100000", "3.33e+06 litres a head", "流量或人口的单位有误"),
    ({FLOW: 0.001}, "flow_unit", FLOW, "0.001", "0.0333 litres a head", "流量或人口的单位有误"),
    ({PEOPLE: 0}, "population", PEOPLE, "0", "a population must be above zero", "人口须大于零"),
    ({PEOPLE: -30}, "population", PEOPLE, "-30", "a population must be above zero", "人口须大于零"),
    ({C: 0}, "zero", C, "0", "below a limit is not zero", "0 不是测得值"),
    ({C: "0.00"}, "zero", C, "0.00", "a missing result is not zero", "缺测也不等于零"),
    ({C: 0, "检出情况": "未检出"}, "zero", C, "0", "0 is not a measured value", "低于限值不等于零"),
    ({C: -5}, "negative", C, "-5", "cannot be negative", "浓度不能为负"),
    ({C: 0.9}, "below_own_limit", C, "0.9", "below its own limit, but is not flagged", "低于自身限值"),
    ({C: 0.4, LOQ: ""}, "below_own_limit", C, "0.4", "below its own limit", "低于自身限值"),
    ({**BELOW, LOQ: ""}, "limit_missing", LOQ, None, "the limit is not given", "未给出限值"),
    ({C: "ND", LOD: "", LOQ: ""}, "limit_missing", LOQ, None, "the limit is not given", "未给出限值"),
    ({LOD: 2}, "limits_swapped", LOD, "2", "the limit of detection is above", "检出限高于定量限"),
    ({LOQ: 0, LOD: ""}, "limit", LOQ, "0", "a limit must be above zero", "限值须大于零"),
    ({C: "<0"}, "limit", C, "<0", "a limit must be above zero", "限值须大于零"),
    ({"检出情况": "低于定量限"}, "flag_conflict", C, "110", "flagged as below a limit", "浓度却高于限值"),
    ({C: 0.7, "检出情况": "未检出"}, "flag_conflict", C, "0.7", "the concentration is above it", "浓度却高于限值"),
    ({C: "ND", "检出情况": "检出"}, "flags_differ", "检出情况", "检出", "say different things", "说法不一致"),
    ({C: "<0.5", "检出情况": "低于定量限"}, "flags_differ", "检出情况", "低于定量限", "say different things", "不一致"),
    ({C: "<0.7", "检出情况": "未检出"}, "limits_differ", C, "<0.7", "neither of those in the limit columns", "均不一致"),
    ({C: "<0.7"}, "limits_differ", C, "<0.7", "neither of those in the limit columns", "均不一致"),
    ({C: "<0.5", LOD: "", LOQ: 1}, "limits_differ", C, "<0.5", "neither of those", "均不一致"),
    ({C: "", "检出情况": "检出"}, "no_result", C, None, "said to be detected", "注明检出，却没有浓度"),
    ({C: "约5"}, "number", C, "约5", "a bound or an estimate", "界限或约数"),
    ({C: "≤1.5"}, "number", C, "≤1.5", "a bound or an estimate", "界限或约数"),
    ({C: "5-6"}, "number", C, "5-6", "a range", "区间"),
    ({C: "九十"}, "number", C, "九十", "a number written in words", "汉字书写"),
    ({C: "nan"}, "number", C, "nan", "not a finite number", "不是有限的数"),
    ({C: "1e400"}, "number", C, "1e400", "not a finite number", "不是有限的数"),
    ({C: "5%"}, "number", C, "5%", "text where a number belongs", "应填数字"),
    ({C: "<1.5ng/L"}, "number", C, "<1.5ng/L", "text where a number belongs", "应填数字"),
    ({C: "无"}, "number", C, "无", "zero or not reported", "可能是零"),
    ({FLOW: "1,23"}, "number", FLOW, "1,23", "a comma", "逗号"),
    ({FLOW: "1.2万"}, "number", FLOW, "1.2万", "a rounded figure, between 11,500 and 12,499", "约整数"),
    ({PEOPLE: "3 0"}, "number", PEOPLE, "3 0", "space inside a number", "中间有空白"),
    ({LOQ: "1_0"}, "number", LOQ, "1_0", "an underscore", "下划线"),
    ({**BELOW, LOQ: "x"}, "number", LOQ, "x", "text where a number belongs", "应填数字"),
    ({"标志物": "甲基苯丙安"}, "unknown_name", "标志物", "甲基苯丙安", "not a known biomarker", "没有名为“甲基苯丙安”"),
    ({"标志物": "甲基"}, "unknown_name", "标志物", "甲基", "not a known biomarker", "标志物"),
    ({"人口口径": "公安口径"}, "unknown_name", "人口口径", "公安口径", "not a known population basis", "人口口径"),
    ({"污水类型": "医院污水"}, "word_unknown", "污水类型", "医院污水", "not one of the known words", "无法识别"),
    ({"检出情况": "可疑"}, "word_unknown", "检出情况", "可疑", "not one of the known words", "无法识别"),
    ({"已核对": "也许"}, "word_unknown", "已核对", "也许", "not one of the known words", "无法识别"),
    ({"采样开始": "2021-02-30"}, "date", "采样开始", "2021-02-30", "this is no date", "不是日期"),
    ({"采样开始": "2021/13/01"}, "date", "采样开始", "2021/13/01", "this is no date", "不是日期"),
    ({"采样开始": "5.3.21"}, "date", "采样开始", "5.3.21", "this is no date", "不是日期"),
    ({"采样开始": 44260}, "date", "采样开始", "44260", "this is no date", "不是日期"),
    ({"采样开始": "2021-03-05 25:00"}, "date", "采样开始", "2021-03-05 25:00", "this is no date", "不是日期"),
    ({"采样开始": "1900-01-05"}, "date", "采样开始", "1900-01-05", "no sample was taken on this date", "日期不合理"),
    ({"采样开始": "2201-06-04"}, "date", "采样开始", "2201-06-04", "no sample was taken on this date", "日期不合理"),
    ({"采样结束": "2021-06-03"}, "end_before_start", "采样结束", "2021-06-03", "ends before it begins", "结束早于开始"),
    ({"采样结束": "2021-06-04"}, "end_before_start", "采样结束", "2021-06-04", "ends before it begins", "结束早于开始"),
    ({"污水厂": ""}, "blank", "污水厂", None, "no plant is named", "未填污水厂"),
    ({"标志物": "  "}, "blank", "标志物", "  ", "no biomarker is named", "未填标志物"),
    ({"采样开始": ""}, "blank", "采样开始", None, "no date of sampling", "未填采样日期"),
    ({"污水厂": "福\u200b星"}, "control", "污水厂", "福\\u200b星", "invisible characters", "不可见字符"),
    ({C: 100_000}, "unit_slip", C, "100000", "µg/L for ng/L", "单位填错"),
    ({C: 0.11, LOD: "", LOQ: ""}, "unit_slip", C, "0.11", "hundreds of times above or below", "相差数百倍"),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("change", "code", "column", "value", "en", "zh"), BAD_CELLS)
def test_a_bad_cell_takes_its_row_out_and_says_so(
    tmp_path: Path, form: str, change: dict[str, Any], code: str, column: str, value: str | None, en: str, zh: str
) -> None:
    rows = changed(change)
    frame = refused(FORMS[form], tmp_path, rows)
    errors = frame[frame["severity"] == "error"]
    assert errors["code"].tolist() == [code], errors[["code", "column", "en"]].to_string()
    problem = errors.iloc[0]
    file, sheet, shift = FILES[form]
    assert (problem["file"], problem["row"], problem["column"]) == (file, 3 + shift, column)
    assert problem["sheet"] == sheet or (sheet is None and pd.isna(problem["sheet"]))
    assert (None if pd.isna(problem["value"]) else problem["value"]) == value
    assert en in problem["en"] and zh in problem["zh"] and problem["advice_en"] and problem["advice_zh"]
    kept = FORMS[form](tmp_path, rows, strict=False)
    assert (kept.table["row"] - shift).tolist() == [2, 4, 5] and (kept.excluded["row"] - shift).tolist() == [3]
    assert kept.problems["code"].tolist() == frame["code"].tolist()
    assert kept.frame["concentration_ng_per_L"].tolist() == [100, 95, 105]


@pytest.mark.parametrize("form", FORMS)
def test_a_good_sheet_reads_without_a_word(tmp_path: Path, form: str) -> None:
    found = FORMS[form](tmp_path, good())
    assert found.problems.empty and found.excluded.empty and len(found.frame) == 4
    first = found.frame.iloc[0]
    assert first["biomarker"] == "methamphetamine" and first["population_basis"] == "census"
    assert first[["concentration_ng_per_L", "lod_ng_per_L", "loq_ng_per_L"]].tolist() == [100, 0.5, 1]
    assert first[["flow_m3_per_day", "population", "sewage", "below"]].tolist() == [1e5, 3e5, "domestic", ""]
    assert first["start"] == pd.Timestamp("2021-03-05") and pd.isna(first["end"])
    assert not first["doubtful"] and not first["confirmed"]
    pd.testing.assert_frame_equal(content(found), content(FORMS["frame"](tmp_path, good())))
    assert found.manifest()["data_fingerprint"] == FORMS["csv"](tmp_path, good()).manifest()["data_fingerprint"]
    assert found.made.status is Status.REPORTED and "usable rows: 4" in found.explain().in_language("en")


def test_the_published_example_comes_out_of_a_chinese_sheet(tmp_path: Path) -> None:
    """100 ng/L in 10 万m3 a day from 300 千人 are 33.3333 毫克/千人/天."""
    rows = [{"污水厂": "甲", "毒品": "冰毒", "采样日期": "2021年3月5日", C: 100, FLOW: 10, "服务人口(千人)": 300}]
    load = compute_loads(read_measurements(write_csv(tmp_path / "a.csv", rows))).frame["load"]
    assert load.tolist() == pytest.approx([33.3333], rel=PRINTED)


@pytest.mark.parametrize(
    ("change", "below", "lod", "loq", "low", "high"),
    [
        ({C: "<1"}, "loq", 0.5, 1, 0.5, 1),
        ({C: "＜ 1.0"}, "loq", 0.5, 1, 0.5, 1),
        ({C: "小于1"}, "loq", 0.5, 1, 0.5, 1),
        ({C: "<0.5"}, "lod", 0.5, 1, 0, 0.5),
        ({C: "<1.5", LOD: "", LOQ: ""}, "loq", None, 1.5, 0, 1.5),
        ({C: "<1.5", LOQ: ""}, "loq", 0.5, 1.5, 0.5, 1.5),
        ({C: "<1.5", LOD: "", LOQ: "", "检出情况": "未检出"}, "lod", 1.5, None, 0, 1.5),
        ({C: "<0.4", LOD: "", "检出情况": "低于检出限"}, "lod", 0.4, 1, 0, 0.4),
        ({C: "<LOQ"}, "loq", 0.5, 1, 0.5, 1),
        ({C: "<LOQ", "检出情况": "检出"}, "loq", 0.5, 1, 0.5, 1),
        ({C: "ND"}, "lod", 0.5, 1, 0, 0.5),
        ({C: "未检出"}, "lod", 0.5, 1, 0, 0.5),
        ({C: "N.D.", LOD: ""}, "lod", None, 1, 0, 1),
        ({C: "", "检出情况": "低于定量限"}, "loq", 0.5, 1, 0.5, 1),
        ({C: "—", "检出情况": "低于检出限"}, "lod", 0.5, 1, 0, 0.5),
        ({C: 0.7, "检出情况": "低于定量限"}, "loq", 0.5, 1, 0.5, 1),
        ({C: "", LOD: 1, LOQ: 1, "检出情况": "低于定量限"}, "lod", 1, 1, 0, 1),  # nothing lies between equal limits
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", FORMS)
def test_below_a_limit_is_an_interval_and_never_zero(
    tmp_path: Path, form: str, change: dict[str, Any], below: str, lod: float, loq: float, low: float, high: float
) -> None:
    found = FORMS[form](tmp_path, changed(change))
    row = found.frame.iloc[1]
    assert row["below"] == below
    for column, limit in (("lod_ng_per_L", lod), ("loq_ng_per_L", loq)):
        assert row[column] == limit or (limit is None and math.isnan(row[column]))
    load = compute_loads(found).frame.iloc[1]
    factor = 1e5 / 3e5
    assert load[["low", "high"]].tolist() == pytest.approx([low * factor, high * factor]) and math.isnan(load["load"])


@pytest.mark.parametrize(
    ("change", "code", "column", "value", "en", "zh"),
    [
        ({C: ""}, "no_result", C, None, "the sample is absent, not zero", "按缺测处理"),
        ({C: "/", FLOW: ""}, "no_result", C, "/", "the sample is absent, not zero", "按缺测处理"),
        ({"采样结束": "2021-06-04 12:00"}, "composite", "采样结束", "2021-06-04 12:00", "over 12 hours", "历时 12 小时"),
        ({"采样结束": "2021-06-07"}, "composite", "采样结束", "2021-06-07", "over 72 hours", "历时 72 小时"),
        ({"污水类型": "工业"}, "industrial_population", PEOPLE, "30", "industrial sewage has no population", "工业污水"),
        ({"污水类型": "工业", PEOPLE: 0}, "industrial_population", PEOPLE, "0", "has no population", "该数不用"),
        ({C: 1100}, "tenfold_step", C, "1100", "about ten times the values before and after", "十倍或十分之一"),
        ({FLOW: 100}, "tenfold_step", FLOW, "100", "a slipped decimal point", "小数点"),
        ({PEOPLE: 3}, "tenfold_step", PEOPLE, "3", "or a tenth of them", "小数点"),
    ],
)  # fmt: skip
def test_a_warning_keeps_its_row(
    tmp_path: Path, change: dict[str, Any], code: str, column: str, value: str | None, en: str, zh: str
) -> None:
    found = read_measurements(write_csv(tmp_path / "a.csv", changed(change)))
    assert found.problems[["code", "severity", "row", "column"]].to_numpy().tolist() == [[code, "warning", 3, column]]
    problem = found.problems.iloc[0]
    assert en in problem["en"] and zh in problem["zh"] and problem["advice_zh"]
    assert (None if pd.isna(problem["value"]) else problem["value"]) == value
    assert len(found.frame) == 4 and found.excluded.empty
    assert found.frame["doubtful"].tolist() == [False, code == "tenfold_step", False, False]


@pytest.mark.parametrize("change", [{C: 1100}, {C: 100_000}, {FLOW: 100}])
def test_a_value_that_was_looked_at_is_no_longer_doubtful(tmp_path: Path, change: dict[str, Any]) -> None:
    for yes in ("是", "YES", "√", True, 1):
        found = read_measurements(write_book(tmp_path / "a.xlsx", changed(change | {"已核对": yes})))
        assert found.problems.empty and not found.frame["doubtful"].any() and found.frame["confirmed"].sum() == 1
    for no in ("否", "no", False, "-"):
        assert len(FORMS["csv"](tmp_path, changed(change | {"已核对": no}), strict=False).problems) == 1


@pytest.mark.parametrize(("at", "edge"), [("tenfold_step", TENFOLD), ("unit_slip", UNIT_STEP)])
def test_steps_on_both_sides_of_their_edge(at: str, edge: float) -> None:
    for factor, flagged in ((edge * 0.999, False), (edge * 1.001, True)):
        for value in (100 * factor, 100 / factor):
            rows = [
                GOOD | {"采样开始": d, C: v, LOD: "", LOQ: ""}
                for d, v in zip(DAYS, (100, value, 100, 100), strict=True)
            ]
            found = Measurements.from_frame(pd.DataFrame(rows), strict=False)
            assert (at in found.problems["code"].tolist()) == flagged


def test_a_step_at_an_end_is_seen_and_a_lasting_one_is_not() -> None:
    def flagged(*values: float) -> list[int]:
        rows = [GOOD | {"采样开始": d, C: v} for d, v in zip(DAYS, values, strict=True)]
        return np.flatnonzero(Measurements.from_frame(pd.DataFrame(rows)).frame["doubtful"]).tolist()

    assert flagged(1000, 100, 100, 100) == [0] and flagged(100, 100, 100, 10) == [3]
    assert flagged(100, 100, 1000, 1000) == [] and flagged(100, 300, 900, 2700) == []


def test_a_series_half_in_another_unit_cannot_be_used() -> None:
    rows = [GOOD | {"采样开始": d, C: v} for d, v in zip(DAYS, (100, 110, 95_000, 105_000), strict=True)]
    frame = refused(Measurements.from_frame, pd.DataFrame(rows))
    assert frame[["code", "row"]].to_numpy().tolist() == [["unit_slip", n] for n in range(4)]
    pair = refused(Measurements.from_frame, pd.DataFrame(rows[1:3]))
    assert pair["code"].tolist() == ["unit_slip"] * 2


@pytest.mark.parametrize("litres", LITRES_PER_HEAD)
def test_litres_a_head_on_both_sides_of_their_edges(litres: float) -> None:
    for factor, outside in ((0.999, litres < 100), (1.001, litres > 100)):
        frame = pd.DataFrame(good(**{FLOW: litres * factor * 30 / 1000}))
        assert (len(Measurements.from_frame(frame, strict=False).excluded) == 4) == outside
    industrial = pd.DataFrame(good(**{FLOW: 1e5, "污水类型": "工业", PEOPLE: ""}))
    assert Measurements.from_frame(industrial).problems.empty


@pytest.mark.parametrize(
    ("column", "value", "code", "zh"),
    [
        ("实验室", "乙", "laboratory_changed", "更换实验室"),
        ("方法", "自建", "method_changed", "更换检测方法"),
        ("人口口径", "户籍", "population_basis_changed", "更换人口口径"),
        (LOQ, 2, "loq_changed", "更换定量限"),
    ],
)
def test_a_change_within_a_series_is_shown_where_it_begins(
    tmp_path: Path, column: str, value: Any, code: str, zh: str
) -> None:
    rows = [row | ({column: value} if n >= 2 else {}) for n, row in enumerate(good())]
    for order in (rows, rows[::-1]):  # in time, wherever the rows stand
        found = read_measurements(write_csv(tmp_path / "a.csv", order))
        assert found.problems[["code", "severity", "column", "value"]].to_numpy().tolist() == [
            [code, "warning", column, str(value)]
        ]
        assert found.problems["row"].tolist() == [2 + [row["采样开始"] for row in order].index(DAYS[2])]
        assert zh in found.problems["zh"][0] and "series" in found.problems["en"][0] and len(found.frame) == 4


def test_a_limit_given_only_where_it_is_needed_is_no_change(tmp_path: Path) -> None:
    cells = ("<1", 110, "<1", 105)
    rows = [
        {k: v for k, v in row.items() if k not in (LOD, LOQ)} | {C: c} for row, c in zip(good(), cells, strict=True)
    ]
    assert read_measurements(write_csv(tmp_path / "a.csv", rows)).problems.empty
    rows[2][C] = "<2"
    assert read_measurements(write_csv(tmp_path / "a.csv", rows)).problems["row"].tolist() == [4]


def test_industrial_sewage_is_a_series_of_its_own(tmp_path: Path) -> None:
    rows = [*good(), *good(**{"污水类型": "工业污水", PEOPLE: "", "人口口径": "", C: 9e5})]
    found = read_measurements(write_csv(tmp_path / "a.csv", rows))
    assert found.problems.empty and found.frame["sewage"].tolist() == ["domestic"] * 4 + ["industrial"] * 4


@pytest.mark.parametrize("other", [{}, {C: 50}, {"标志物": "METH"}, {"采样开始": "2021/6/4"}])
def test_duplicate_samples_name_each_other(tmp_path: Path, other: dict[str, Any]) -> None:
    rows = [*good(), good()[1] | other]
    frame = refused(FORMS["csv"], tmp_path, rows)
    assert frame[["code", "row", "column"]].to_numpy().tolist() == [
        ["duplicate", 3, "采样开始"],
        ["duplicate", 6, "采样开始"],
    ]
    assert (
        "row 6 of a.csv" in frame["en"][0] and "a.csv 第 3 行" in frame["zh"][1] and "平行样" in frame["advice_zh"][0]
    )
    kept = FORMS["csv"](tmp_path, rows, strict=False)
    assert kept.table["row"].tolist() == [2, 4, 5] and kept.excluded["row"].tolist() == [3, 6]
    assert not FORMS["csv"](tmp_path, [*good(), good()[1] | {"标志物": "KET"}]).problems.size


# Units


@pytest.mark.parametrize(
    ("headers", "cells", "inside"),
    [
        ({C: "浓度(ug/L)", LOD: "检出限", LOQ: "定量限"}, {C: 0.1, LOD: 0.0005, LOQ: 0.001}, (100, 0.5, 1, 1e5, 3e5)),
        ({C: "浓度（µg/L）", LOD: "LOD(ng/L)"}, {C: 0.1}, (100, 0.5, 1, 1e5, 3e5)),
        ({FLOW: "日流量(m3/d)"}, {FLOW: 1e5}, (100, 0.5, 1, 1e5, 3e5)),
        ({FLOW: "进水量(万吨/日)", PEOPLE: "人口(千人)"}, {PEOPLE: 300}, (100, 0.5, 1, 1e5, 3e5)),
        ({FLOW: "流量（ m³/h ）", PEOPLE: "服务人口"}, {FLOW: 5000, PEOPLE: 3e5}, (100, 0.5, 1, 1.2e5, 3e5)),
        ({LOQ: "定量限(LOQ)(ng/L)", LOD: "检出限(LOD)"}, {}, (100, 0.5, 1, 1e5, 3e5)),
        ({C: "浓度", LOD: "检出限", LOQ: "定量限"}, {C: 0.1, LOD: 0.0005, LOQ: 0.001, "浓度单位": "ug/L"}, (100, 0.5, 1, 1e5, 3e5)),
        ({C: "浓度", FLOW: "日流量"}, {"结果单位": "ng/L", "日流量单位": "万m3/d"}, (100, 0.5, 1, 1e5, 3e5)),
        ({C: "浓度", LOQ: "定量限"}, {C: 0.1, "浓度单位": "ug/L", "定量限单位": "ng/L"}, (100, 0.5, 1, 1e5, 3e5)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", FORMS)
def test_units_stand_in_headers_or_beside(
    tmp_path: Path, form: str, headers: dict[str, str], cells: dict[str, Any], inside: tuple[float, ...]
) -> None:
    rows = [renamed(row | cells, headers) for row in good()[:1]]
    found = FORMS[form](tmp_path, rows)
    columns = ["concentration_ng_per_L", "lod_ng_per_L", "loq_ng_per_L", "flow_m3_per_day", "population"]
    assert found.frame[columns].iloc[0].tolist() == pytest.approx(list(inside), rel=1e-12) and found.problems.empty


def renamed(row: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    return {headers.get(column, column): cell for column, cell in row.items()}


@pytest.mark.parametrize("form", FORMS)
def test_a_number_without_a_unit_is_not_guessed_at(tmp_path: Path, form: str) -> None:
    rows = [renamed(row, {C: "浓度", FLOW: "日流量", LOD: "检出限", LOQ: "定量限"}) for row in good()[:2]]
    rows[1]["浓度"] = "ND"  # says the same in every unit, its limit does not
    frame = refused(FORMS[form], tmp_path, rows)
    assert frame["code"].tolist() == ["unit_missing"] * 5
    assert frame["column"].tolist() == ["浓度", "日流量", "检出限", "定量限", "日流量"]
    assert "never guessed" in frame["en"][0] and "未注明单位" in frame["zh"][0] and "ng/L" in frame["advice_zh"][0]
    people = FORMS[form](tmp_path, [renamed(good()[0] | {PEOPLE: 3e5}, {PEOPLE: "服务人口"})])
    assert people.frame["population"].tolist() == [3e5], "people are counted one by one"


def test_a_unit_that_is_not_known_or_said_twice(tmp_path: Path) -> None:
    rows = [row | {"浓度单位": unit} for row, unit in zip(good(), ("", "ng/L", "mmol/L", "ug/L"), strict=True)]
    frame = refused(FORMS["csv"], tmp_path, rows)
    assert frame[["code", "row", "column", "value"]].to_numpy().tolist() == [
        ["unit_unknown", 4, "浓度单位", "mmol/L"], ["units_differ", 5, "浓度单位", "ug/L"],
    ]  # fmt: skip
    assert "ng/L" in frame["advice_en"][0] and "表头(ng/L)不一致" in frame["zh"][1]
    kept = FORMS["csv"](tmp_path, rows, strict=False)
    assert kept.table["row"].tolist() == [2, 3] and kept.excluded["row"].tolist() == [4, 5]


@pytest.mark.parametrize("form", FORMS)
def test_a_header_with_a_unit_that_is_not_known(tmp_path: Path, form: str) -> None:
    for strict in (True, False):
        frame = refused(FORMS[form], tmp_path, [renamed(row, {C: "浓度(mmol/L)"}) for row in good()], strict=strict)
        assert frame[["code", "column", "value"]].to_numpy().tolist() == [["unit_unknown", "浓度(mmol/L)", "mmol/L"]]
        assert "表头中的单位无法识别" in frame["zh"][0] and "ng/L" in frame["advice_en"][0]
    spread = FORMS[form](tmp_path, [row | {"浓度(标准差)": 3} for row in good()])
    assert spread.problems[["code", "column"]].to_numpy().tolist() == [["column_unused", "浓度(标准差)"]]


# The sheet as a whole


@pytest.mark.parametrize("form", FORMS)
def test_columns_that_are_missing_unknown_or_twice(tmp_path: Path, form: str) -> None:
    file = FILES[form][0]
    unknown = FORMS[form](tmp_path, [row | {"天气": "晴"} for row in good()])
    assert unknown.problems[["code", "severity", "column"]].to_numpy().tolist() == [
        ["column_unused", "warning", "天气"]
    ]
    assert "not known and is not read" in unknown.problems["en"][0] and "未读取" in unknown.problems["zh"][0]
    for strict in (True, False):
        few = [{k: v for k, v in row.items() if k not in (FLOW, "采样开始")} for row in good()]
        frame = refused(FORMS[form], tmp_path, few, strict=strict)
        assert frame["code"].tolist() == ["column_missing"] * 2 and set(frame["file"]) == {file}
        assert "采样开始 (sample start)" in frame["en"][0] and "缺少“日流量”列" in frame["zh"][1]
        assert form == "frame" or frame["row"].tolist() == [1, 1]
        frame = refused(FORMS[form], tmp_path, [row | {"厂名": "城东"} for row in good()], strict=strict)
        assert frame[["code", "column"]].to_numpy().tolist() == [["column_twice", "厂名"]]
        assert "污水厂 and 厂名" in frame["en"][0] and "污水厂、厂名" in frame["zh"][0]


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    frame = pd.DataFrame(good())
    frame.insert(3, C, [1, 2, 3, 4], allow_duplicates=True)
    assert refused(Measurements.from_frame, frame)["code"].tolist() == ["column_twice"]
    path = tmp_path / "a.csv"
    frame.to_csv(path, index=False)
    assert refused(read_measurements, path)["code"].tolist() == ["column_twice"]


def test_title_rows_above_the_header(tmp_path: Path) -> None:
    above = ["苏州市污水毒情监测结果表,,", "检测单位：甲,,日期：2021年", ""]
    found = read_measurements(write_csv(tmp_path / "a.csv", good(), above=above))
    assert found.frame["row"].tolist() == [5, 6, 7, 8] and found.problems.empty
    rows = good(**{FLOW: -1})
    assert refused(read_measurements, write_csv(tmp_path / "a.csv", rows, above=above))["row"].tolist() == [5, 6, 7, 8]
    far = write_csv(tmp_path / "a.csv", good(), above=["说明,,"] * 20)
    assert refused(read_measurements, far)["code"].tolist() == ["no_header"]


@pytest.mark.parametrize(
    ("data", "code", "en", "zh"),
    [
        (b"", "empty", "the file is empty", "文件是空的"),
        (b"\n , ,\n", "empty", "is empty", "是空的"),
        ("某表,甲,乙\n1,2,3\n".encode(), "no_header", "no header of a laboratory sheet", "未找到实验室数据表的表头"),
        ("污水厂,标志物,采样日期,浓度(ng/L),日流量(m3/d)\n".encode(), "no_rows", "no row below it", "没有数据行"),
        (b"\x80\x04\x95x", "not_a_table", "not a CSV or .xlsx", "不是 CSV"),
        ("污水厂,标志物".encode("utf-16-le"), "encoding", "encoding is not recognised", "无法识别文件编码"),
    ],
)
def test_a_file_that_holds_no_table(tmp_path: Path, data: bytes, code: str, en: str, zh: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    for strict in (True, False):
        frame = refused(read_measurements, path, strict=strict)
        assert frame[["code", "file"]].to_numpy().tolist() == [[code, "a.csv"]]
        assert en in frame["en"][0] and zh in frame["zh"][0]
    other = write_csv(tmp_path / "b.csv", good())
    if code == "no_rows":
        found = read_measurements([other, path])
        assert found.problems[["code", "severity", "file"]].to_numpy().tolist() == [["no_rows", "warning", "a.csv"]]
    else:
        assert refused(read_measurements, [other, path], strict=False)["code"].tolist() == [code], (
            "the rest is not enough"
        )


def test_no_file_a_missing_file_and_an_empty_frame(tmp_path: Path) -> None:
    assert refused(read_measurements, [])["code"].tolist() == ["no_files"]
    assert refused(read_measurements, tmp_path / "none.xlsx")["code"].tolist() == ["missing_file"]
    assert refused(Measurements.from_frame, pd.DataFrame(good()).iloc[:0])["code"].tolist() == ["no_rows"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_encodings_make_no_difference(tmp_path: Path, encoding: str) -> None:
    found = read_measurements(write_csv(tmp_path / "a.csv", good(), encoding=encoding))
    pd.testing.assert_frame_equal(found.frame, FORMS["csv"](tmp_path, good()).frame)


def test_full_width_digits_space_and_other_spellings(tmp_path: Path) -> None:
    odd = {
        "污水厂": " 福星　", "标志物": "ＭＥＴＨ", "采样开始": "２０２１年３月５日", C: "１００．０", FLOW: "\u00a010", PEOPLE: "30.0",
        "人口口径": "七普", "污水类型": "domestic",
    }  # fmt: skip
    plain = content(FORMS["csv"](tmp_path, good()[:1]))
    for form in FORMS:
        pd.testing.assert_frame_equal(content(FORMS[form](tmp_path, [good()[0] | odd])), plain)
    assert (
        FORMS["csv"](tmp_path, good(**{FLOW: "1,000", PEOPLE: "3,000"})).frame["flow_m3_per_day"].tolist() == [1e7] * 4
    )


@pytest.mark.parametrize(("cells", "count"), [("福星,冰毒,2021-06-04,1,234,10", 6), ("福星,冰毒,2021-06-04,110", 4)])
def test_a_row_whose_cells_stand_one_off(tmp_path: Path, cells: str, count: int) -> None:
    path = tmp_path / "a.csv"
    head = f"污水厂,标志物,采样日期,{C},{FLOW}\n福星,冰毒,2021-03-05,100,10\n"
    path.write_text(f"{head}{cells}\n福星,冰毒,2021-09-03,95,10,,\n", encoding="utf-8")
    frame = refused(read_measurements, path)
    assert frame[["code", "row", "column"]].to_numpy().tolist() == [["row_length", 3, None]]
    assert f"{count} cells, the header has 5" in frame["en"][0] and f"{count} 个单元格" in frame["zh"][0]
    kept = read_measurements(path, strict=False)
    assert kept.table["row"].tolist() == [2, 4] and kept.excluded["row"].tolist() == [3]


@pytest.mark.parametrize("column", ["姓名", "手机号", "备注"])
def test_marks_of_persons_refuse_the_whole_file(tmp_path: Path, column: str) -> None:
    rows = [row | {column: "13800000000"} for row in good()]
    for path in (write_csv(tmp_path / "a.csv", rows), write_book(tmp_path / "a.xlsx", rows)):
        for strict in (True, False):
            frame = refused(read_measurements, path, strict=strict)
            assert set(frame["code"]) == {"personal_data"} and "138" not in frame.to_csv()
            both = refused(read_measurements, [write_csv(tmp_path / "b.csv", good()), path], strict=strict)
            assert set(both["code"]) == {"personal_data"}


# Workbooks


def test_several_sheets_and_files_are_one_table_in_file_order(tmp_path: Path) -> None:
    first, second = good()[:2], [*good()[2:3], good()[3] | {FLOW: -1}]
    book = write_book(tmp_path / "a.xlsx", first, second)
    text = write_csv(tmp_path / "b.csv", good(污水厂="城东") + good()[:1])
    frame = refused(read_measurements, [book, text])
    assert frame[["file", "sheet", "row", "code"]].fillna("").to_numpy().tolist() == [
        ["a.xlsx", "第1批", 2, "duplicate"], ["a.xlsx", "第2批", 3, "flow"], ["b.csv", "", 6, "duplicate"],
    ]  # fmt: skip
    assert "row 6 of b.csv" in frame["en"][0] and "row 2 of a.xlsx 第1批" in frame["en"][2]
    found = read_measurements((p for p in (book, text)), strict=False)
    assert len(found.table) + len(found.excluded) == 9
    assert found.table[PLACES].drop_duplicates(["file", "sheet"]).to_numpy().tolist() == [
        ["a.xlsx", "第1批", 3], ["a.xlsx", "第2批", 2], ["b.csv", "", 2],
    ]  # fmt: skip
    whole = read_measurements([write_book(tmp_path / "a.xlsx", good()[:2], good()[2:])]).frame
    assert whole.index.tolist() == [0, 1, 2, 3]


def test_a_sheet_that_explains_is_passed_over_and_another_without_a_table_is_not(tmp_path: Path) -> None:
    def with_sheet(title: str) -> Callable[[Any], None]:
        return lambda page: page.parent.create_sheet(title).append(["浓度", "填数值", "低于限值填 <限值"])

    assert len(read_measurements(write_book(tmp_path / "a.xlsx", good(), change=with_sheet("说明"))).frame) == 4
    for strict in (True, False):
        frame = refused(
            read_measurements, write_book(tmp_path / "a.xlsx", good(), change=with_sheet("数据2")), strict=strict
        )
        assert (
            frame[["code", "sheet"]].to_numpy().tolist() == [["no_header", "数据2"]] and "说明" in frame["advice_zh"][0]
        )
    only = openpyxl.Workbook()
    only.active.title = "说明"
    only.active.append(["请填写"])
    only.save(tmp_path / "a.xlsx")
    paths = [write_book(tmp_path / "b.xlsx", [row | {"天气": "晴"} for row in good()]), tmp_path / "a.xlsx"]
    assert refused(read_measurements, paths)["code"].tolist() == ["column_unused", "no_header"]


def test_merged_cells_of_a_sample_are_filled(tmp_path: Path) -> None:
    markers = ("甲基苯丙胺", "氯胺酮", "苯甲酰爱康宁", "MDMA")
    rows = [GOOD | {"标志物": marker} for marker in markers]
    merged = ("污水厂", "县级市(区)", "采样开始", FLOW, PEOPLE, "人口口径", "实验室", LOQ)

    def merge(page: Any) -> None:
        for column in merged:
            page.merge_cells(f"{letter(rows, column)}2:{letter(rows, column)}5")

    found = read_measurements(write_book(tmp_path / "a.xlsx", rows, change=merge))
    pd.testing.assert_frame_equal(found.frame, read_measurements(write_book(tmp_path / "a.xlsx", rows)).frame)
    assert found.frame["flow_m3_per_day"].tolist() == [1e5] * 4
    for row in rows[1:]:
        row["污水厂"] = ""
    frame = refused(read_measurements, write_book(tmp_path / "a.xlsx", rows))
    assert frame[["code", "row"]].to_numpy().tolist() == [["blank", n] for n in (3, 4, 5)], "a blank is not filled"


@pytest.mark.parametrize("column", [C, "检出情况", "标志物", "已核对"])
def test_a_merged_result_is_nobodys(tmp_path: Path, column: str) -> None:
    rows = changed({"检出情况": "低于定量限", C: ""}) if column == "检出情况" else good()
    place = letter(rows, column)
    path = write_book(tmp_path / "a.xlsx", rows, change=lambda page: page.merge_cells(f"{place}3:{place}4"))
    frame = refused(read_measurements, path)
    assert frame[["code", "row", "column", "value"]].to_numpy().tolist() == [
        ["merged", n, column, f"{place}3"] for n in (3, 4)
    ]
    assert "each row needs its own entry" in frame["en"][0] and "合并单元格" in frame["zh"][0]
    kept = read_measurements(path, strict=False)
    assert kept.table["row"].tolist() == [2, 5] and kept.excluded["row"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("column", "cell", "code", "zh"),
    [
        (C, "=A1+1", "formula_uncached", "公式没有已存结果"),
        (FLOW, "=SUM(B1:B2)", "formula_uncached", "公式没有已存结果"),
        (C, "#DIV/0!", "error", "表格软件的错误值"),
        ("采样开始", "#REF!", "error", "表格软件的错误值"),
        (C, '=HYPERLINK("http://x.y","5")', "formula_outside", "工作簿以外"),
        (C, "=[1]Sheet1!A1", "formula_outside", "工作簿以外"),
    ],
)
def test_cells_that_are_no_entry_take_out_their_row_alone(
    tmp_path: Path, column: str, cell: str, code: str, zh: str
) -> None:
    def change(page: Any) -> None:
        place = page[f"{letter(good(), column)}3"]
        place.value = cell
        place.data_type = "e" if cell.startswith("#") else "f"

    path = write_book(tmp_path / "a.xlsx", good(), change=change)
    frame = refused(read_measurements, path)
    assert frame[["code", "row", "column", "value"]].to_numpy().tolist() == [[code, 3, column, cell]]
    assert zh in frame["zh"][0] and "Type the value" in frame["advice_en"][0]
    kept = read_measurements(path, strict=False)
    assert kept.table["row"].tolist() == [2, 4, 5] and kept.excluded["row"].tolist() == [3]


def test_a_row_that_holds_nothing_but_an_error_is_a_row(tmp_path: Path) -> None:
    def change(page: Any) -> None:
        page[f"{letter(good(), FLOW)}7"].value = "#N/A"

    frame = refused(read_measurements, write_book(tmp_path / "a.xlsx", good(), change=change))
    assert set(frame["row"]) == {7} and "error" in frame["code"].tolist()


def test_typed_cells_of_a_workbook(tmp_path: Path) -> None:
    rows = good()[:2]
    rows[0] |= {
        "采样开始": dt.datetime(2021, 3, 5, 8, 30),
        "采样结束": dt.datetime(2021, 3, 6, 8, 30),
        "方法": 7,
        "轮次": 1,
    }
    rows[1] |= {"采样开始": dt.date(2021, 6, 4), "方法": "7", "轮次": "1", FLOW: dt.date(2021, 1, 10)}
    found = read_measurements(write_book(tmp_path / "a.xlsx", rows), strict=False)
    assert found.frame["start"].tolist() == [pd.Timestamp("2021-03-05 08:30")] and found.excluded["round"].tolist() == [
        "1"
    ]
    assert found.problems[["code", "column", "value"]].to_numpy().tolist() == [["number", FLOW, "2021-01-10"]]
    assert found.frame["method"].tolist() == found.excluded["method"].tolist() == ["7"]


# Frames


def researcher(**change: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plant": ["a"] * 4, "biomarker": ["METH"] * 4, "start": pd.to_datetime(list(DAYS)),
            "concentration_ng_per_L": [100.0, np.nan, 95, 105], "below": ["", "lod", "", ""], "lod_ng_per_L": 0.5,
            "loq_ng_per_L": 1.0, "flow_m3_per_day": 1e5, "population": 300_000,
        }
        | change
    )  # fmt: skip


def test_a_frame_of_numbers_and_the_same_as_text_are_one(tmp_path: Path) -> None:
    frame = researcher(confirmed=[True, False, False, False], round=[1, 1, 2, 2], note=None)
    found = Measurements.from_frame(frame)
    frame.to_csv(tmp_path / "a.csv", index=False)
    pd.testing.assert_frame_equal(content(found), content(read_measurements(tmp_path / "a.csv")))
    for dtype in ("category", "string", object):
        again = Measurements.from_frame(frame.astype(dict.fromkeys(("plant", "biomarker", "below", "start"), dtype)))
        pd.testing.assert_frame_equal(again.frame, found.frame)
    assert Measurements.from_frame(frame.convert_dtypes()).frame.equals(found.frame)
    assert (
        found.frame["round"].tolist() == ["1", "1", "2", "2"]
        and found.frame["confirmed"].tolist() == [True] + [False] * 3
    )


def test_what_was_read_can_be_handed_in_again(tmp_path: Path) -> None:
    found = FORMS["csv"](tmp_path, changed({C: "<1"}))
    again = Measurements.from_frame(found.frame)
    pd.testing.assert_frame_equal(content(again), content(found))
    found.frame.to_csv(tmp_path / "b.csv", index=False)
    back = read_measurements(tmp_path / "b.csv")
    pd.testing.assert_frame_equal(content(back), content(found))
    assert again.problems.empty and back.problems.empty
    assert len({m.manifest()["data_fingerprint"] for m in (found, again, back)}) == 1


def test_problems_of_a_frame_name_its_labels() -> None:
    frame = researcher(flow_m3_per_day=[1e5, 1e5, -1.5, 1e5])
    for labels, named in ((range(4), 2), ([10, 20, 30, 40], 30), (list("abcd"), 2)):
        problem = refused(Measurements.from_frame, frame.set_axis(labels, axis=0), name="mine").iloc[0]
        assert (problem["file"], problem["row"], problem["column"]) == ("mine", named, "flow_m3_per_day")
        assert problem["value"] == "-1.5" and not problem["sheet"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("concentration_ng_per_L", np.inf, "number"),
        ("flow_m3_per_day", np.inf, "number"),
        ("population", -np.inf, "number"),
        ("flow_m3_per_day", np.nan, "flow_missing"),
        ("concentration_ng_per_L", 0.0, "zero"),
        ("start", pd.NaT, "blank"),
    ],
)
def test_bad_numbers_of_a_frame(column: str, value: Any, code: str) -> None:
    frame = researcher()
    frame[column] = frame[column].astype(float) if column == "population" else frame[column]
    frame.loc[2, column] = value
    problems = refused(Measurements.from_frame, frame)
    assert problems[["code", "row", "column"]].to_numpy().tolist() == [[code, 2, column]]


def test_the_hour_of_a_sample_is_that_of_its_place() -> None:
    local = pd.to_datetime(list(DAYS)).tz_localize("Asia/Shanghai")
    assert Measurements.from_frame(researcher(start=local)).frame.equals(Measurements.from_frame(researcher()).frame)
    ends = Measurements.from_frame(researcher(end=local + pd.Timedelta(hours=24)))
    assert (ends.frame["end"] - ends.frame["start"] == pd.Timedelta(hours=24)).all() and ends.problems.empty


def test_what_is_no_number_is_not_made_one() -> None:
    refused(Measurements.from_frame, researcher(flow_m3_per_day=[True, True, True, True]))
    mixed = Measurements.from_frame(researcher(confirmed=pd.Series([True, 1, "是", 1.0], dtype=object)))
    assert mixed.frame["confirmed"].all()
    notes = Measurements.from_frame(researcher(note=pd.Series([True, 1, 1.0, 2.5], dtype=object)))
    assert notes.frame["note"].tolist() == ["是", "1", "1", "2.5"]


# All at once


def test_all_problems_of_a_sheet_arrive_at_once_and_in_order(tmp_path: Path) -> None:
    rows = [*good(), good()[0] | {"污水厂": "城东"}]
    rows[0] |= {FLOW: -1, "标志物": "x", "采样结束": "2021-03-01"}
    rows[2] |= {C: 0, PEOPLE: 0}
    rows[3] |= {C: "", "检出情况": "可疑"}
    rows[4] |= {C: "abc", FLOW: "", "人口口径": "x"}
    frame = refused(FORMS["csv"], tmp_path, rows)
    assert frame.groupby("row")["code"].apply(set).to_dict() == {
        2: {"flow", "unknown_name", "end_before_start"}, 4: {"zero", "population"}, 5: {"word_unknown"},
        6: {"number", "unknown_name"},
    }  # fmt: skip
    assert frame["row"].is_monotonic_increasing
    again = refused(FORMS["csv"], tmp_path, rows)
    pd.testing.assert_frame_equal(frame, again)
    kept = FORMS["csv"](tmp_path, rows, strict=False)
    assert kept.table["row"].tolist() == [3] and kept.excluded["row"].tolist() == [2, 4, 5, 6]
    assert "rows left out: 4" in kept.explain().in_language("en") and "不可用行数" in kept.explain().in_language("zh")
    assert len(kept.frame) == 1 and kept.frame is not kept.table


def test_beyond_a_thousand_of_a_kind_only_their_number_is_told() -> None:
    frame = pd.concat([researcher(plant=f"p{n}") for n in range(300)], ignore_index=True).assign(flow_m3_per_day=-1.0)
    found = Measurements.from_frame(frame, strict=False)
    assert len(found.excluded) == 1200 and len(found.problems) == MOST_OF_A_KIND + 1
    last = found.problems.iloc[-1]
    assert last["row"] == MOST_OF_A_KIND and "200 more rows" in last["en"] and "另有 200 行" in last["zh"]


# Against a count by hand, and whatever is typed


def by_hand(frame: pd.DataFrame) -> dict[str, set[int]]:
    """Tenfold steps, unit slips, changes and duplicates, series by series and row by row."""
    found: dict[str, set[int]] = {
        "tenfold_step": set(),
        "unit_slip": set(),
        "laboratory_changed": set(),
        "duplicate": set(),
    }
    for _, part in frame.groupby(["plant", "biomarker"]):
        for _, same in part.groupby("start"):
            found["duplicate"] |= set(same.index) if len(same) > 1 else set()
        part = part.drop(index=[i for i in part.index if i in found["duplicate"]]).sort_values("start")
        value = part["concentration_ng_per_L"].dropna()
        off = (np.log(value) - np.log(value).median()).abs()
        slips = set(value.index[off >= np.log(UNIT_STEP)])
        pairs = list(zip(value.index[:-1], value.index[1:], strict=True))
        if any(not {a, b} & slips and abs(math.log(value[a] / value[b])) >= math.log(UNIT_STEP) for a, b in pairs):
            slips |= set(value.index[off >= np.log(UNIT_STEP) / 2])
        found["unit_slip"] |= slips
        for n, index in enumerate(value.index if len(value) >= 3 else []):
            near = {0: (1, 2), len(value) - 1: (n - 1, n - 2)}.get(n, (n - 1, n + 1))
            ratios = [value.iloc[n] / value.iloc[m] for m in near]
            apart = all(r >= TENFOLD for r in ratios) or all(r <= 1 / TENFOLD for r in ratios)
            if apart and index not in slips:
                found["tenfold_step"].add(index)
        sound = part.drop(index=list(slips))["laboratory"]
        found["laboratory_changed"] |= {
            b for a, b in zip(sound.index[:-1], sound.index[1:], strict=True) if sound[a] != sound[b]
        }
    return found


samples = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.integers(0, 9), st.sampled_from([None, 0.1, 1.0, 3.0, 30.0, 100.0, 1e3, 1e4, 1e5]),
        st.sampled_from(["L1", "L2"]),
    ),
    min_size=1, max_size=24,
)  # fmt: skip


@given(rows=samples)
def test_steps_slips_changes_and_duplicates_are_those_counted_by_hand(rows: list[tuple[Any, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=["plant", "day", "concentration_ng_per_L", "laboratory"]).assign(
        biomarker="methamphetamine", flow_m3_per_day=1e5, below=""
    )
    frame["concentration_ng_per_L"] = frame["concentration_ng_per_L"].astype(float)
    frame["start"] = pd.Timestamp("2021-01-01") + pd.to_timedelta(frame["day"] * 90, unit="D")
    found = Measurements.from_frame(frame.drop(columns="day"), strict=False)
    codes = found.problems.groupby("code")["row"].apply(set).to_dict()
    assert {code: codes.get(code, set()) for code in by_hand(frame)} == by_hand(frame)


NASTY = [
    "", " ", "0", "-1", "1", "1e9", "<1", "<0", "ND", "<LOQ", "—", "无", "=1+1", "#REF!", "1,234", "５", "1e-400", "万", "是",
    "甲基苯丙胺", "冰毒", "工业", "检出", "低于定量限", "2021-03-05", "2021-06-04 08:00", "9999-12-31", "福星", "\u200b", "a\nb", '"',
]  # fmt: skip
edits = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(list(GOOD)), st.sampled_from(NASTY) | st.text(max_size=5)), max_size=8
)
SLOW_IS_FINE = settings(max_examples=150, suppress_health_check=list(HealthCheck))


@SLOW_IS_FINE
@given(edits=edits, blank=st.sets(st.integers(0, 7), max_size=3))
def test_whatever_is_typed_no_row_is_lost_and_no_problem_unnamed(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, str, str]], blank: set[int]
) -> None:
    rows = [{k: str(v) for k, v in row.items()} for row in (*good(), *good(标志物="氯胺酮"))]
    for row in blank:
        rows[row] = dict.fromkeys(GOOD, "")
    for row, column, text in edits:
        rows[row][column] = text
    path = write_csv(tmp_path_factory.getbasetemp() / "typed.csv", rows, encoding="utf-8")
    try:
        found = read_measurements(path, strict=False)
    except MeasurementsError as error:  # NUL characters, marks of persons, or nothing left
        assert all(p.code and p.en and p.zh for p in error.problems)
        assert {p.code for p in error.problems if p.severity == "error"} <= {"encoding", "personal_data", "no_rows"}
        return
    handed_in = [n for n, row in enumerate(rows) if any(cell.strip() for cell in row.values())]
    both = pd.concat([found.table, found.excluded]).sort_values("row")
    assert len(both) == len(handed_in)
    errors = found.problems[found.problems["severity"] == "error"]
    assert set(errors["row"]) == set(found.excluded["row"])
    untouched = [n for n, index in enumerate(handed_in) if index not in blank and index not in {e[0] for e in edits}]
    part = both.iloc[untouched]
    assert part["concentration_ng_per_L"].tolist() == [VALUES[handed_in[n] % 4] for n in untouched]
    usable = found.table[found.table["below"] == ""].dropna(subset="concentration_ng_per_L")
    assert (usable["concentration_ng_per_L"] > 0).all() and (usable["flow_m3_per_day"] > 0).all()
    assert (found.table["biomarker"] != "").all() and found.table["start"].notna().all()
    if len(errors):
        assert refused(read_measurements, path)["code"].tolist() == found.problems["code"].tolist()
    else:
        assert read_measurements(path).frame.equals(found.frame)
    frame = pd.DataFrame(rows, dtype=object).iloc[handed_in]
    pd.testing.assert_frame_equal(content(Measurements.from_frame(frame, strict=False)), content(found))


@pytest.mark.parametrize(
    ("day", "fine"), [("1989-12-31", False), ("1990-01-01", True), ("2099-12-31", True), ("2100-01-01", False)]
)
def test_samples_are_of_the_years_from_1990_to_2099(day, fine):
    row = {
        "plant": "A", "biomarker": "methamphetamine", "start": day, "concentration_ng_per_L": 100.0, "loq_ng_per_L": 1.0,
        "flow_m3_per_day": 1e5, "population": 3e5, "population_basis": "census", "laboratory": "L", "method": "M",
    }  # fmt: skip
    found = Measurements.from_frame(pd.DataFrame([row, row | {"start": "2021-03-03"}]), strict=False)
    assert ("date" in found.problems["code"].tolist()) != fine and len(found.table) == 1 + fine


ONE = {
    "plant": "A", "biomarker": "methamphetamine", "start": "2021-03-03", "concentration_ng_per_L": 100.0, "loq_ng_per_L": 1.0,
    "flow_m3_per_day": 1e5, "population": 3e5, "population_basis": "census", "laboratory": "L", "method": "M",
}  # fmt: skip
NEEDED = {"plant", "biomarker", "start", "concentration_ng_per_L", "flow_m3_per_day"}


@pytest.mark.parametrize("column", ONE)
def test_five_columns_are_needed_and_the_others_are_not(column):
    frame = pd.DataFrame([{name: value for name, value in ONE.items() if name != column}])
    if column not in NEEDED:
        assert len(Measurements.from_frame(frame).table) == 1
        return
    with pytest.raises(MeasurementsError) as caught:
        Measurements.from_frame(frame)
    assert [p.code for p in caught.value.problems] == ["column_missing"]
