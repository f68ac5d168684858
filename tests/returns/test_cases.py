"""Cases of the list of bad inputs that need more than one cell; each builds its file, and nothing else in it is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.datasets import data_path
from suzhou_antidrug.errors import PlanError, ReturnsError
from suzhou_antidrug.indicators.compute import compute_indicators
from suzhou_antidrug.plan import load_plan
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Returns, read_returns

HEAD = "指标,县级市(区),时期,分子,分母,数值,单位,口径,备注\n"
KEPT = "吸毒人员核查率,常熟市,2020,90,100,,,,\n"  # a sound row that must come through every accepted file
TEN = ["张家港市", "常熟市", "太仓市", "昆山市", "吴江区", "吴中区", "相城区", "姑苏区", "苏州工业园区", "苏州高新区"]
SAME = ["indicator", "division", "period", "numerator", "denominator", "value", "status", "definition"]
Reader = Callable[..., Returns]
Refuser = Callable[..., pd.DataFrame]


def rows_of(returns: Returns) -> pd.DataFrame:
    return returns.frame[SAME].reset_index(drop=True)


def same(first: Returns, second: Returns) -> None:
    pd.testing.assert_frame_equal(rows_of(first), rows_of(second))


def kept(returns: Returns) -> None:
    row = returns.frame[(returns.frame["indicator"] == "check_rate") & (returns.frame["division"] == "changshu")]
    assert row[["numerator", "denominator"]].to_numpy().tolist() == [[90, 100]]


def flagged(returns: Returns, code: str) -> pd.DataFrame:
    found = returns.problems[returns.problems["code"] == code]
    assert set(found["severity"]) <= {"warning"} and set(found["file"]) <= {"returns.csv"}
    assert found["advice_en"].str.len().gt(0).all() and found["advice_zh"].str.len().gt(0).all()
    return found


def at(problem: Any, code: str, row: int, column: str) -> Any:
    assert (problem["code"], problem["file"], problem["row"], problem["column"]) == (code, "returns.csv", row, column)
    assert problem["advice_en"] and problem["advice_zh"]
    return problem


def only(frame: pd.DataFrame) -> Any:
    errors = frame[frame["severity"] == "error"]
    assert len(errors) == 1, errors[["code", "en"]].to_string()
    return errors.iloc[0]


# --- encoding -------------------------------------------------------------------------------------------------------
TRADITIONAL = "指標,地區,年份,數值\n吸毒人员核查率,蘇州工業園區,2020,90%\n"


def test_case_06_big5_is_told_by_its_header_and_its_utf8_twin_is_read(read: Reader, plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "big5.csv"
    path.write_bytes("指標,地區,年份,數值\n復吸率,蘇州工業園區,2020,90%\n".encode("big5"))
    path.read_bytes().decode("gb18030")  # no error: only the header can tell
    with pytest.raises(ReturnsError) as error:
        read_returns(path, plan=plan)
    problem = only(error.value.frame)
    assert (problem["code"], problem["file"]) == ("encoding", "big5.csv")
    assert "maybe Big5" in problem["en"] and "Big5" in problem["zh"] and "UTF-8" in problem["advice_en"]
    returns = read(TRADITIONAL)
    assert returns.log[["cell", "old", "new", "rule"]].to_numpy().tolist()[0] == [
        "B2", "蘇州工業園區", "苏州工业园区", "alias",
    ]  # fmt: skip
    same(returns, read("指标,地区,年份,数值\n吸毒人员核查率,苏州工业园区,2020,90%\n"))


def test_case_06_nonsense_that_is_no_big5_either_is_not_called_big5(refused: Refuser) -> None:
    problem = only(refused("甲,乙,丙\n一,二,三\n", encoding="gb18030"))
    assert problem["code"] == "no_header" and "Big5" not in problem["en"] + problem["advice_en"]


# --- numbers --------------------------------------------------------------------------------------------------------
def test_cases_09_10_13_18_rewritten_numbers_equal_their_plain_twins(read: Reader) -> None:
    written = '吸毒人员核查率,昆山,2020,\u3000９０\u200b,"1,234",,,,\n吸毒人员核查率,太仓,2020,,,９０．５％,,,\n'
    plain = "吸毒人员核查率,昆山,2020,90,1234,,,,\n吸毒人员核查率,太仓,2020,,,0.905,,,\n"
    returns = read(HEAD + KEPT + written)
    same(returns, read(HEAD + KEPT + plain))
    kept(returns)
    cells = returns.log[returns.log["rule"].isin(["folded", "thousands", "percent"])]
    assert cells[["cell", "rule", "new"]].to_numpy().tolist() == [
        ["D3", "folded", "90"], ["E3", "thousands", "1234"], ["F4", "folded", "90.5"], ["F4", "percent", "0.905"],
    ]  # fmt: skip


def test_case_11_a_bare_90_among_shares_and_percentages(read: Reader, refused: Refuser) -> None:
    rows = [f"吸毒人员核查率,{d},2020,,,{v},,,\n" for d, v in (("昆山市", "90%"), ("太仓市", "0.9"), ("吴江区", "90"))]
    assert read(HEAD + "".join(rows[:2])).frame["value"].tolist() == [0.9, 0.9]
    problem = at(only(refused(HEAD + "".join(rows))), "above_one", 4, "数值")
    assert problem["value"] == "90" and "no % sign" in problem["en"]


def test_case_39_weights_with_their_unit_become_the_unit_required(read: Reader, refused: Refuser) -> None:
    united = [
        ("昆山市", "938.5吨"),
        ("太仓市", "1200公斤"),
        ("吴江区", "50克"),
        ("吴中区", "1,200千克"),
        ("相城区", "0"),
    ]
    text = HEAD + KEPT + "".join(f'缴获数量,{d},2020,,,"{v}",,,\n' for d, v in united)
    plain = (
        HEAD
        + KEPT
        + "".join(
            f"缴获数量,{d},2020,,,{v},,,\n" for (d, _), v in zip(united, (938_500, 1200, 0.05, 1200, 0), strict=True)
        )
    )
    returns = read(text)
    same(returns, read(plain))
    kept(returns)
    assert returns.log[["cell", "old", "new", "rule"]].to_numpy().tolist() == [
        ["F3", "938.5吨", "938500", "weight"], ["F4", "1200公斤", "1200", "weight"],
        ["F5", "50克", "0.05", "weight"], ["F6", "1,200千克", "1200", "weight"],
    ]  # fmt: skip
    bare = at(only(refused(text + "缴获数量,姑苏区,2020,,,50,,,\n")), "bare_weight", 8, "数值")
    assert bare["value"] == "50" and "50克" in bare["advice_zh"]
    assert len(read(text + "缴获数量,姑苏区,2020,,,50,公斤,,\n")) == 7, "its own unit column says what it is"


def test_case_39_a_unit_of_weight_belongs_in_no_other_column(refused: Refuser) -> None:
    problem = at(only(refused(HEAD + "吸毒人员核查率,昆山,2020,5公斤,100,,,,\n")), "number", 2, "分子")
    assert "unit in its cell" in problem["en"] and "单位" in problem["zh"]


@pytest.mark.parametrize("bound", ["≥75%", "75%以上", "不低于75%", "不低于７５％"])
def test_case_17_a_bound_is_no_value_and_the_plan_reads_it_as_at_least(
    refused: Refuser, tmp_path: Path, bound: str
) -> None:
    problem = at(only(refused(HEAD + KEPT + f"吸毒人员核查率,昆山,2020,,,{bound},,,\n")), "number", 3, "数值")
    assert "a bound" in problem["en"] and "界限" in problem["zh"]
    text = data_path("plans", "example-town.yaml").read_text(encoding="utf-8")
    assert "years: {2023: 0.75, 2024: 1.00}, operator: ge," in text
    path = tmp_path / "town.yaml"
    path.write_text(
        text.replace("{2023: 0.75, 2024: 1.00}, operator: ge,", f"{{2023: '{bound}', 2024: 1.00}},"), "utf-8"
    )
    assert load_plan(path).milestones == load_plan("example-town").milestones
    path.write_text(
        text.replace("{2023: 0.8, 2024: 0.9}, operator: gt", f"{{2023: '{bound}', 2024: 0.9}}, operator: gt"), "utf-8"
    )
    with pytest.raises(PlanError):
        load_plan(path)


def test_case_43_a_change_typed_as_a_share(refused: Refuser) -> None:
    problem = at(only(refused(HEAD + "走私案件占比,昆山,2020,,,上升10%,,,\n")), "number", 2, "数值")
    assert "percentage points" in problem["advice_en"] and "百分点" in problem["advice_zh"]


# --- meaning --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("在校学生吸毒,昆山,2022,,,12,,,三年累计", "cumulative", "备注"),
        ("在校学生吸毒,昆山,2022,,,12,,2020-2022年合计,", "cumulative", "口径"),
        ("在校学生吸毒,昆山,2022,,,12,,,上半年数", "part_year", "备注"),
        ("在校学生吸毒,昆山,2022,,,12,,,1—9月", "part_year", "备注"),
        ("污水负荷,昆山,2022Q3,,,1.5,,,累计值", "cumulative", "备注"),
    ],
)
def test_case_40_a_note_that_tells_of_another_span(refused: Refuser, row: str, code: str, column: str) -> None:
    problem = at(only(refused(HEAD + KEPT + row + "\n")), code, 3, column)
    assert "year" in problem["en"] and "年" in problem["zh"]


@pytest.mark.parametrize("note", ["全年累计", "1-12月", "较上半年上升", "不含累计数", "年度累计数", "截至12月底"])
def test_case_40_a_note_of_the_whole_year_is_let_through(read: Reader, note: str) -> None:
    assert len(read(HEAD + f"在校学生吸毒,昆山,2022,,,12,,,{note}\n")) == 1


@pytest.mark.parametrize(("header", "code"), [("三年累计", "cumulative"), ("数值(上半年)", "part_year")])
def test_case_40_a_header_that_tells_of_another_span(refused: Refuser, header: str, code: str) -> None:
    frame = refused(f"指标,地区,年份,数值,{header}\n在校学生吸毒,昆山,2022,4,12\n")
    at(only(frame), code, 1, header)


@pytest.mark.parametrize(("last", "flags"), [(30, 1), (31, 0)])
def test_case_40_a_year_that_equals_the_sum_of_the_others(read: Reader, last: int, flags: int) -> None:
    figures = ((2019, 500), (2020, 10), (2021, 20), (2022, last))
    returns = read(HEAD + KEPT + "".join(f"在校学生吸毒,昆山,{y},,,{v},,,\n" for y, v in figures))
    found = flagged(returns, "sum_of_years")
    assert found[["row", "column", "value"]].to_numpy().tolist() == [[6, "数值", str(last)]] * flags
    assert returns.frame["value"].dropna().tolist() == [500, 10, 20, last]
    kept(returns)


def test_case_40_small_sums_and_a_ratio_with_one_part_alike_are_no_sign(read: Reader) -> None:
    small = "".join(f"在校学生吸毒,昆山,{y},,,{v},,,\n" for y, v in ((2020, 1), (2021, 1), (2022, 2)))
    ratio = "".join(f"吸毒人员核查率,太仓,{y},{v},100,,,,\n" for y, v in ((2020, 10), (2021, 20), (2022, 30)))
    assert flagged(read(HEAD + small + ratio), "sum_of_years").empty
    both = ratio.replace("30,100", "30,200")
    assert flagged(read(HEAD + both), "sum_of_years")["column"].tolist() == ["分子"]


def test_case_44_bases_of_one_list_that_disagree(read: Reader) -> None:
    rows = "走私案件占比,昆山,2020,,,70起占64.2%,,,\n容留案件占比,昆山,2020,6,,2.2%,,,\n"
    returns = read(HEAD + KEPT + rows)
    found = flagged(returns, "bases_differ")
    assert found[["row", "column"]].to_numpy().tolist() == [[4, "数值"]]
    assert "273" in found["en"].iloc[0] and "109" in found["en"].iloc[0] and "273" in found["zh"].iloc[0]
    figures = returns.frame.set_index("indicator")[["numerator", "value"]]
    assert figures.loc[["smuggling", "keeping"]].to_numpy().tolist() == [[70, 0.642], [6, 0.022]]
    assert returns.log[["cell", "new", "rule"]].to_numpy().tolist()[1:2] == [["F3", "70; 64.2%", "count_and_share"]]
    twin = read(HEAD + KEPT + rows.replace(",,,70起占64.2%", ",70,,64.2%"))
    same(returns, twin)
    kept(returns)


def test_case_44_bases_that_agree_and_other_lists_are_silent(read: Reader) -> None:
    rows = "走私案件占比,昆山,2020,70,,64.2%,,,\n容留案件占比,昆山,2020,6,,5.5%,,,\n"
    other = "走私案件占比,太仓,2020,70,,64.2%,,,\n容留案件占比,常熟,2020,6,,2.2%,,,\n"
    assert flagged(read(HEAD + rows + other), "bases_differ").empty


@pytest.mark.parametrize(
    ("earlier", "later", "code", "column"),
    [
        ("易制毒化学品目录2018年版,", "易制毒化学品目录2021年版,", "catalogue_changed", "口径"),  # case 45
        ("户籍人员,", "常住人员,", "definition_changed", "口径"),
        (",", ",不含新精神活性物质", "definition_changed", "备注"),  # case 46
    ],
)
def test_cases_45_46_a_scope_that_changed_between_years(
    read: Reader, earlier: str, later: str, code: str, column: str
) -> None:
    rows = f"在校学生吸毒,昆山,2020,,,30,,{earlier}\n在校学生吸毒,昆山,2021,,,20,,{later}\n"
    returns = read(HEAD + KEPT + rows)
    found = flagged(returns, code)
    assert found[["row", "column"]].to_numpy().tolist() == [[4, column]]
    assert "fingerprints" in found["en"].iloc[0] and "指纹" in found["zh"].iloc[0]
    assert returns.frame["definition"].nunique() >= 2, "so that a change on the base is not assessed"
    assert returns.frame["value"].dropna().tolist() == [30, 20]
    kept(returns)
    if column == "备注":
        assert returns.log[returns.log["rule"] == "scope_note"]["cell"].tolist() == ["I4"]
        again = Returns.from_frame(returns.frame, plan=_plan_of(read))
        assert again.frame["definition"].tolist() == returns.frame["definition"].tolist(), "a note is added once"


def _plan_of(read: Any) -> Plan:
    found: Plan = next(c.cell_contents for c in read.__closure__ if isinstance(c.cell_contents, Plan))
    return found


def test_case_46_the_same_scope_in_both_years_is_silent(read: Reader) -> None:
    rows = "".join(f"在校学生吸毒,昆山,{y},,,30,,,不含新精神活性物质\n" for y in (2020, 2021))
    assert read(HEAD + rows).problems.empty


def test_case_63_a_label_with_a_tag_is_shown_as_text(read: Reader) -> None:
    returns = read(HEAD + KEPT + "在校学生吸毒,昆山,2020,,,1,,,<script>alert(1)</script><img onerror=x>\n")
    assert "<script" not in returns._repr_html_() and "<img" not in returns._repr_html_()
    assert returns.frame["note"].str.contains("<script>", regex=False).any(), "the text itself is kept"
    kept(returns)


# --- geography ------------------------------------------------------------------------------------------------------
def test_case_50_three_former_districts_before_2012_are_one_today(read: Reader, refused: Refuser) -> None:
    parts = [
        f"吸毒人员核查率,{d},2011,{n},{m},,,,\n"
        for d, n, m in (("沧浪区", 8, 10), ("平江区", 18, 20), ("金阊区", 27, 30))
    ]
    returns = read(HEAD + KEPT + "".join(parts))
    same(returns, read(HEAD + KEPT + "吸毒人员核查率,姑苏区,2011,53,60,,,,\n"))
    log = returns.log[returns.log["rule"] == "merged_parts"]
    assert log[["cell", "old", "new"]].to_numpy().tolist() == [
        ["B3", "沧浪区", "姑苏区"], ["B4", "平江区", "姑苏区"], ["B5", "金阊区", "姑苏区"],
    ]  # fmt: skip
    kept(returns)
    two = refused(HEAD + KEPT + "".join(parts[:2]))
    assert two[["code", "row"]].to_numpy().tolist() == [["merged_division", 3], ["merged_division", 4]]
    assert "金阊区" in two["en"].iloc[0] and "金阊区" in two["zh"].iloc[0]
    shares = refused(HEAD + "".join(f"吸毒人员核查率,{d},2011,,,90%,,,\n" for d in ("沧浪区", "平江区", "金阊区")))
    assert shares[shares["severity"] == "error"]["code"].tolist() == ["merged_division"] * 3, "shares do not add"
    late = at(only(refused(HEAD + KEPT + parts[0].replace("2011", "2020"))), "unknown_division", 3, "县级市(区)")
    assert "姑苏区" in late["zh"] and "2012" in late["en"]


def _table(names: list[str], total: int | None = None, zone: str = "") -> str:
    rows = [f"在校学生吸毒,{d},2020,,,1,,{zone if '园区' in d else ''},\n" for d in names]
    return HEAD + KEPT + "".join(rows) + (f"在校学生吸毒,全市,2020,,,{total},,,\n" if total is not None else "")


@pytest.mark.parametrize(
    ("names", "total", "zone", "asked"),
    [
        ([d.replace("苏州高新区", "虎丘区") for d in TEN], None, "", True),  # the civil-affairs name
        (TEN, 9, "", True),  # the total leaves the zone out
        (TEN, 10, "", False),
        (TEN, None, "", False),
        (TEN, 9, "工业园区单列，其他区不含", False),
        ([d for d in TEN if "园区" not in d], 9, "", False),
    ],
)
def test_case_52_a_zone_beside_the_civil_affairs_list(
    read: Reader, plan: Plan, names: list[str], total: int | None, zone: str, asked: bool
) -> None:
    returns = read(_table(names, total, zone))
    found = flagged(returns, "two_views")
    assert found[["row", "column", "value"]].to_numpy().tolist() == [[11, "县级市(区)", "苏州工业园区"]] * asked
    assert all("吴中" in text for text in [*found["en"], *found["zh"]])
    mine = returns.frame[returns.frame["indicator"] == "student_cases"]
    assert len(mine) == len(names) + (total is not None), "every row is kept"
    kept(returns)
    values = compute_indicators(returns, plan=plan).frame
    city = values[(values["indicator"] == "student_cases") & (values["division"] == "suzhou")]
    whole = len(names) == 10 and not asked
    assert city["value"].tolist() == ([10.0] if whole else [pytest.approx(np.nan, nan_ok=True)])
    assert (city["method"] == "not_summed").tolist() == [asked]
