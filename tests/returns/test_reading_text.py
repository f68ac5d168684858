"""Text files: encodings, line ends, headers, ragged rows. Each rejection names its place, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Limits, Returns, read_returns

HEAD = "指标,县级市(区),时期,分子,分母,数值,单位"
GOOD = f"{HEAD}\n吸毒人员核查率,昆山市,2020,90,100,,\n吸毒人员核查率,苏州工业园区,2020,95,100,,\n"
Reader = Callable[..., Returns]
Refuser = Callable[..., pd.DataFrame]


def content(returns: Returns) -> pd.DataFrame:
    return returns.frame.drop(columns=["file", "sheet", "row"])


def only(frame: pd.DataFrame) -> Any:
    errors = frame[frame["severity"] == "error"]
    assert len(errors) == 1, errors[["code", "en"]].to_string()
    return errors.iloc[0]


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig", "utf-16"])  # cases 1-4
def test_the_same_values_in_every_encoding(read: Reader, encoding: str) -> None:
    returns = read(GOOD, encoding=encoding)
    pd.testing.assert_frame_equal(content(returns), content(read(GOOD)))
    logged = set(returns.log["old"]) if len(returns.log) else set()
    assert logged == {"gb18030": {"gb18030"}, "gbk": {"gb18030"}, "utf-16": {"utf-16"}}.get(encoding, set())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])  # case 4
def test_utf16_without_its_mark_is_refused(refused: Refuser, encoding: str) -> None:
    problem = only(refused(GOOD, encoding=encoding))
    assert problem["code"] == "encoding"
    assert "encoding is not recognised" in problem["en"] and "UTF-8" in problem["advice_en"]
    assert "无法识别文件编码" in problem["zh"]


def test_bytes_of_latin1_are_refused_with_their_offset(plan: Plan, tmp_path: Path) -> None:  # case 5
    path = tmp_path / "latin.csv"
    path.write_bytes("région,année\n".encode("latin-1") + b"\xff\xff")
    with pytest.raises(ReturnsError) as error:
        read_returns(path, plan=plan)
    problem = only(error.value.frame)
    assert "UTF-8, GB18030" in problem["en"] and "offset" in problem["en"] and "字节" in problem["zh"]


def test_big5_is_refused_by_its_header(plan: Plan, tmp_path: Path) -> None:  # case 6
    path = tmp_path / "big5.csv"
    path.write_bytes("指標,地區,年份,數值\n吸毒人員核查率,蘇州工業園區,2020,90%\n".encode("big5"))
    with pytest.raises(ReturnsError) as error:
        read_returns(path, plan=plan)
    problem = only(error.value.frame)
    assert problem["code"] in ("no_header", "encoding")
    assert "UTF-8" in problem["advice_en"]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])  # case 7
def test_line_ends_make_no_difference(read: Reader, end: str) -> None:
    pd.testing.assert_frame_equal(content(read(GOOD.replace("\n", end))), content(read(GOOD)))


def test_mixed_line_ends_and_a_break_inside_quotes(read: Reader) -> None:  # case 7
    text = 'indicator,division,period,value,note\r\nefficacy,昆山,2020,1.3,"第一行\n第二行"\refficacy,常熟,2020,1.2,\n'
    returns = read(text)
    assert returns.frame.set_index("division").loc["kunshan", "note"] == "第一行\n第二行"
    assert returns.frame.set_index("division")["row"].to_dict() == {"kunshan": 2, "changshu": 4}


@pytest.mark.parametrize("text", ["", "\n\n  \n", "\ufeff", ",,,\n,,,\n"])  # case 8
def test_an_empty_file_is_said_to_be_empty(refused: Refuser, text: str) -> None:
    problem = only(refused(text))
    assert (problem["code"], problem["file"]) == ("empty", "returns.csv")
    assert "is empty" in problem["en"] and "是空的" in problem["zh"]


def test_a_missing_file_a_folder_and_no_file(plan: Plan, tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none.csv", "does not exist"), (tmp_path, "folder")):
        with pytest.raises(ReturnsError) as error:
            read_returns(path, plan=plan)
        problem = only(error.value.frame)
        assert words in problem["en"] and problem["file"] == path.name and "/" not in problem["file"]
    with pytest.raises(ReturnsError):
        read_returns([], plan=plan)


def test_a_header_without_rows(refused: Refuser) -> None:
    assert only(refused(HEAD + "\n"))["code"] == "no_rows"


def test_all_problems_of_all_files_arrive_at_once_in_file_order(plan: Plan, write: Callable[..., Path]) -> None:
    first = write(f"{HEAD}\n吸毒人员核查率,昆山,2020,-1,100,,\n吸毒人员核查率,火星,2020,1,100,,\n", name="a.csv")
    second = write(f"{HEAD}\n吸毒人员核查率,昆山,2020,九十,100,,\n", name="b.csv")
    with pytest.raises(ReturnsError) as error:
        read_returns([first, second], plan=plan)
    frame = error.value.frame
    errors = frame[frame["severity"] == "error"]
    assert errors[["file", "row", "code"]].to_numpy().tolist() == [
        ["a.csv", 2, "negative"],
        ["a.csv", 3, "unknown_division"],
        ["b.csv", 2, "number"],
    ]


def test_title_rows_and_the_unit_above_the_header(read: Reader, refused: Refuser) -> None:  # case 25
    title = "苏州市禁毒工作情况表,,,\n填报单位:市禁毒办,,单位:{},\n"
    table = "指标,地区,年份,数值\n在校学生吸毒,昆山,2020,0\n"
    assert read(title.format("起") + table).frame["row"].tolist() == [4]
    problem = only(refused(title.format("人次") + table))
    assert problem["code"] == "unit_mismatch" and "人次" in problem["en"] and "不符" in problem["zh"]


def test_the_unit_above_the_table_is_complained_of_once(refused: Refuser) -> None:
    rows = "".join(f"在校学生吸毒,{d},2020,0\n" for d in ("昆山", "常熟", "太仓"))
    assert len(refused("单位:吨,,,\n指标,地区,年份,数值\n" + rows)) == 1


def test_two_columns_of_one_meaning_are_both_named(refused: Refuser) -> None:  # case 28
    problem = only(refused("指标,地区,年份,值,数值\n在校学生吸毒,昆山,2020,0,1\n"))
    assert problem["code"] == "repeated_column"
    assert "D '值'" in problem["en"] and "E '数值'" in problem["en"] and "含义相同" in problem["zh"]


@pytest.mark.parametrize(
    ("row", "count"), [("吸毒人员核查率,昆山,2020,90,100", 5), ("吸毒人员核查率,昆山,2020,90,100,,,9", 8)]
)
def test_rows_of_another_length_than_the_header(refused: Refuser, row: str, count: int) -> None:  # case 29
    problem = only(refused(GOOD + row + "\n"))
    assert (problem["code"], problem["row"]) == ("row_length", 4)
    assert f"{count} cells" in problem["en"] and f"{count} 个单元格" in problem["zh"]


def test_empty_cells_beyond_the_header_are_harmless(read: Reader) -> None:
    assert len(read(GOOD.replace(",,\n", ",,,,,\n"))) == 2


def test_a_table_without_a_needed_column(refused: Refuser) -> None:
    problem = only(refused("指标,地区,数值\n在校学生吸毒,昆山,0\n"))
    assert problem["code"] == "missing_column" and "时期" in problem["zh"] and "period" in problem["en"]


def test_an_unknown_column_is_not_dropped_in_silence(read: Reader) -> None:
    returns = read("指标,地区,年份,数值,核查日期\n在校学生吸毒,昆山,2020,0,x\n")
    assert returns.problems[["code", "column", "severity"]].to_numpy().tolist() == [
        ["unknown_column", "核查日期", "warning"]
    ]


def test_one_column_for_each_indicator(read: Reader, refused: Refuser) -> None:
    returns = read("区县,年份,吸毒人员核查率,打击团伙犯罪效能\n昆山,2020,90%,1.3\n常熟,2020,—,1.2\n")
    value = returns.frame.set_index(["indicator", "division"])["value"]
    assert value["check_rate", "kunshan"] == 0.9 and value["efficacy", "changshu"] == 1.2
    assert returns.frame["status"].tolist().count("missing") == 1
    problem = only(refused("区县,年份,吸毒人员核查率\n昆山,2020,103.2%\n"))
    assert (problem["row"], problem["column"]) == (2, "吸毒人员核查率")


def test_tabs_and_semicolons_part_cells_too(read: Reader) -> None:
    for mark in "\t;":
        pd.testing.assert_frame_equal(content(read(GOOD.replace(",", mark))), content(read(GOOD)))


def test_the_order_of_rows_does_not_matter(read: Reader) -> None:  # case 33
    head, *rows = GOOD.splitlines()
    pd.testing.assert_frame_equal(content(read("\n".join([head, *reversed(rows)]))), content(read(GOOD)))


@pytest.mark.parametrize(
    "data", [b"\x80\x04\x95rest", b"\x93NUMPY\x01\x00", b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1"]
)  # case 60
def test_other_formats_are_refused_by_content_not_by_name(plan: Plan, tmp_path: Path, data: bytes) -> None:
    for name in ("x.csv", "x.xlsx"):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(ReturnsError) as error:
            read_returns(path, plan=plan)
        assert only(error.value.frame)["code"] == "not_a_table"


def test_limits_are_kept(plan: Plan, write: Callable[..., Path]) -> None:
    path = write(GOOD)
    for limits in (Limits(cells=10), Limits(file_bytes=10)):
        with pytest.raises(ReturnsError) as error:
            read_returns(path, plan=plan, limits=limits)
        assert only(error.value.frame)["code"] == "too_large"
    endless = write(GOOD + '"' + "9" * 100_000)
    with pytest.raises(ReturnsError) as error:
        read_returns(endless, plan=plan)
    assert only(error.value.frame)["code"] == "broken_text"


def test_every_normalisation_is_logged_with_its_cell(read: Reader) -> None:
    returns = read("指标,地区,年份,数值\n吸毒人员核查率,园区,2020年,\uff19\uff10.5%\n")
    log = returns.log[["cell", "old", "new", "rule"]].to_numpy().tolist()
    assert log[0] == ["B2", "园区", "苏州工业园区", "alias"]
    assert log[1] == ["C2", "2020年", "2020", "period_text"]
    assert returns.log[returns.log["cell"] == "D2"]["rule"].tolist() == ["folded", "percent"]
    assert returns.frame["value"].tolist() == [0.905]
