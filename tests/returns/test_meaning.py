"""What cells mean together: ranges, parts, units, duplicates, totals, names, years."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Returns

HEAD = "指标,县级市(区),时期,分子,分母,数值,单位\n"
Reader = Callable[..., Returns]
Refuser = Callable[..., pd.DataFrame]


def only(frame: pd.DataFrame) -> Any:
    errors = frame[frame["severity"] == "error"]
    assert len(errors) == 1, errors[["code", "en"]].to_string()
    return errors.iloc[0]


# row, code, column, part of the English and of the Chinese message
REJECTED = [
    ("吸毒人员核查率,昆山,2020,,,103.2%,", "above_one", "数值", "above 100 %", "超过 100%"),  # case 34
    ("吸毒人员核查率,昆山,2020,,,1.35,", "above_one", "数值", "above 1 and no % sign", "没有百分号"),
    ("吸毒人员核查率,昆山,2020,,,90,", "above_one", "数值", "above 1 and no % sign", "没有百分号"),  # case 11
    (
        "吸毒人员核查率,昆山,2020,1032,1000,,",
        "numerator_above",
        "分子",
        "1032 exceeds 分母 1000",
        "1032 大于分母 1000",
    ),  # 35
    ("吸毒人员核查率,昆山,2020,-5,100,,", "negative", "分子", "negative", "负数"),  # case 36
    ("在校学生吸毒,昆山,2020,,,-1,", "negative", "数值", "negative", "负数"),
    ("吸毒人员核查率,昆山,2020,90.5,100,,", "fraction", "分子", "fraction", "整数"),
    ("在校学生吸毒,昆山,2020,,,0.5,", "fraction", "数值", "fraction", "整数"),
    ("吸毒人员核查率,昆山,2020,90%,100,,", "percent_in_count", "分子", "percentage", "百分数"),
    ("打击团伙犯罪效能,昆山,2020,,,135%,", "not_percentage", "数值", "an index, not a percentage", "指数"),  # case 12
    ("吸毒人员核查率,昆山,2020,90,100,80%,", "value_conflict", "数值", "which give 0.9", "应为 0.9"),
    ("在校学生吸毒,昆山,2020,1,100,0,", "value_conflict", "数值", "which give 1", "应为 1"),
    ("引发案件率,昆山,2020,3,0,,", "zero_denominator", "分母", "denominator is 0", "分母为 0"),
    ("吸毒人员核查率,昆山,2020,90,100,,人次", "unit_mismatch", "单位", "'人次' does not fit", "不符"),  # case 38
    ("吸毒人员核查率,昆山,2020,九十,100,,", "number", "分子", "written in words", "汉字"),  # case 15
    ("吸毒人员核查率,昆山,2020,1_000,1000,,", "number", "分子", "underscore", "下划线"),  # case 14
    ("吸毒人员核查率,昆山,2020,,,约90%,", "number", "数值", "a bound", "界限"),  # case 17
    ("吸毒人员核查率,昆山,2020,无,100,,", "number", "分子", "zero or not reported", "缺报"),  # case 20
    ("吸毒人员核查率,火星,2020,90,100,,", "unknown_division", "县级市(区)", "not a known division", "没有名为“火星”"),
    ("吸毒人员核查率,,2020,90,100,,", "blank_division", "县级市(区)", "is blank", "未填"),  # case 24
    (
        "吸毒人员核察率,昆山,2020,90,100,,",
        "unknown_indicator",
        "指标",
        "not a known indicator",
        "没有名为“吸毒人员核察率”",
    ),
    (",昆山,2020,90,100,,", "blank_indicator", "指标", "is blank", "未填"),
    ("吸毒人员核查率,昆山,2023,90,100,,", "year_outside", "时期", "2020-2022", "不在规划年份"),  # case 41
    ("吸毒人员核查率,昆山,2009,90,100,,", "year_outside", "时期", "history from 2010", "2010"),
    ("吸毒人员核查率,昆山,2020-2022,90,100,,", "period", "时期", "several years", "跨年度"),  # case 23
    ("吸毒人员核查率,昆山,FY2020,90,100,,", "period", "时期", "fiscal", "财政"),
    ("吸毒人员核查率,昆山,2020Q1,90,100,,", "frequency", "时期", "a quarterly period", "季度"),
    ("污水负荷,昆山,2020,,,1.5,", "frequency", "时期", "that is quarterly", "季度"),
    ("吸毒人员核查率,昆山,2020,3205031990010112,100,,", "number", "分子", "15 digits", "15 位"),  # case 22
]


@pytest.mark.parametrize(("row", "code", "column", "en", "zh"), REJECTED)
def test_each_fault_is_named_at_its_cell(refused: Refuser, row: str, code: str, column: str, en: str, zh: str) -> None:
    frame = refused(HEAD + "吸毒人员核查率,常熟,2020,90,100,,\n" + row + "\n")
    problem = only(frame)
    assert (problem["code"], problem["row"], problem["column"], problem["file"]) == (code, 3, column, "returns.csv")
    assert en in problem["en"] and zh in problem["zh"]
    assert problem["advice_en"] and problem["advice_zh"]


ACCEPTED = [
    ("吸毒人员核查率,昆山,2020,,,100%,", 1.0),
    ("吸毒人员核查率,昆山,2020,,,1,", 1.0),
    ("吸毒人员核查率,昆山,2020,,,0.9,", 0.9),  # case 11
    ("吸毒人员核查率,昆山,2020,,,90%,", 0.9),
    ("吸毒人员核查率,昆山,2020,,,90,%", 0.9),
    ("吸毒人员核查率,昆山,2020,1000,1000,100%,人", 1.0),
    ("吸毒人员核查率,昆山,2020,179,200,89.5%,", 0.895),
    ("吸毒人员核查率,昆山,2020,2,3,66.7%,", 0.667),  # rounded as printed: no conflict
    ("打击团伙犯罪效能,昆山,2020,,,1.35,", 1.35),
    ("污水负荷,昆山,2020年第一季度,,,1.5,毫克/千人/天", 1.5),
    ("吸毒人员核查率,昆山,2010,,,90%,", 0.9),
]


@pytest.mark.parametrize(("row", "value"), ACCEPTED)
def test_what_is_right_is_read(read: Reader, row: str, value: float) -> None:
    assert read(HEAD + row + "\n").frame["value"].tolist() == [value]


def test_rounding_of_a_printed_share_is_no_conflict_and_a_step_beyond_is(refused: Refuser) -> None:
    problem = only(refused(HEAD + "吸毒人员核查率,昆山,2020,2,3,66.6%,\n"))
    assert problem["code"] == "value_conflict"


def test_a_fraction_below_one_in_a_column_of_percentages_is_flagged(read: Reader) -> None:  # case 11
    returns = read("指标,地区,年份,数值(%)\n吸毒人员核查率,昆山,2020,90\n吸毒人员核查率,常熟,2020,0.9\n")
    assert returns.frame.set_index("division")["value"].to_dict() == {"kunshan": 0.9, "changshu": 0.009}
    flagged = returns.problems[returns.problems["code"] == "small_percentage"]
    assert flagged[["row", "column", "severity"]].to_numpy().tolist() == [[3, "数值(%)", "warning"]]


def test_a_header_unit_that_does_not_fit_a_part(refused: Refuser) -> None:  # case 38
    problem = only(refused("指标,地区,年份,分子(人次),分母(人)\n吸毒人员核查率,昆山,2020,90,100\n"))
    assert problem["code"] == "unit_mismatch" and problem["column"] == "分子(人次)"


def test_missing_is_kept_as_missing_and_never_as_zero(read: Reader, plan: Plan) -> None:  # cases 20, 37, 48
    returns = read(
        HEAD
        + "".join(f"在校学生吸毒,昆山市,{year},,,{text},\n" for year, text in ((2020, "—"), (2021, ""), (2022, "0")))
    )
    frame = returns.frame
    assert frame["status"].tolist() == ["missing", "missing", "reported"]
    assert np.isnan(frame["value"].to_numpy()[:2]).all() and frame["value"].to_numpy()[2] == 0
    assert returns.log["rule"].tolist() == ["missing_mark"]
    missing = returns.missing(plan, [2020, 2022])
    mine = missing[missing["indicator"] == "student_cases"]
    assert mine[mine["division"] == "kunshan"]["reason"].tolist() == ["blank"]
    assert len(mine) == 10 * 2 - 1
    assert set(missing[missing["indicator"] == "laundering"]["division"]) == {"suzhou"}
    assert (missing["indicator"] == "load").sum() == 10 * 8


def test_half_a_ratio_is_not_a_report(read: Reader) -> None:
    returns = read(HEAD + "吸毒人员核查率,昆山,2020,90,,,\n")
    assert returns.frame["status"].tolist() == ["missing"]
    assert returns.problems[["code", "column"]].to_numpy().tolist() == [["part_missing", "分母"]]


def test_a_count_is_one_number_wherever_it_was_written(read: Reader) -> None:
    returns = read(HEAD + "在校学生吸毒,昆山,2020,2,5000,,\n在校学生吸毒,常熟,2020,,,3,\n")
    assert returns.frame["numerator"].tolist() == [3, 2] and returns.frame["value"].tolist() == [3, 2]


def test_equal_duplicates_are_flagged_and_conflicting_ones_rejected(read: Reader, refused: Refuser) -> None:  # case 27
    row = "吸毒人员核查率,昆山,2020,{},100,,\n"
    returns = read(HEAD + row.format(90) * 2)
    assert len(returns) == 1 and returns.problems["code"].tolist() == ["duplicate"]
    assert "row 2" in returns.problems["en"][0] and returns.problems["row"][0] == 3
    problem = only(refused(HEAD + row.format(90) + row.format(91)))
    assert problem["row"] == 3 and "row 2" in problem["en"] and "重复填报" in problem["zh"]


def test_two_names_of_one_division_are_the_same_division_twice(refused: Refuser) -> None:  # case 49
    problem = only(refused(HEAD + "吸毒人员核查率,高新区,2020,90,100,,\n吸毒人员核查率,虎丘区,2020,90,100,,\n"))
    assert "虎丘区" in problem["en"] and "高新区" in problem["en"] and "同一地区" in problem["zh"]


@pytest.mark.parametrize(
    ("name", "division"),
    [
        ("园区", "sip"),  # case 49
        ("工业园区", "sip"),
        ("SIP", "sip"),
        ("虎丘区", "snd"),
        ("SND", "snd"),
        ("吴江市", "wujiang"),  # case 51
        ("昆山", "kunshan"),  # case 53
        ("常熟", "changshu"),
        ("张家港", "zhangjiagang"),
        ("吴中", "wuzhong"),
    ],
)
def test_aliases_and_former_names_are_normalised_and_logged(read: Reader, name: str, division: str) -> None:
    returns = read(HEAD + f"吸毒人员核查率,{name},2020,90,100,,\n")
    assert returns.frame["division"].tolist() == [division]
    assert returns.log[["old", "rule"]].to_numpy().tolist() == [[name, "alias"]]


@pytest.mark.parametrize("name", ["沧浪区", "平江区", "金阊区"])  # case 50
def test_a_merged_district_is_rejected_with_its_successor(refused: Refuser, name: str) -> None:
    problem = only(refused(HEAD + f"吸毒人员核查率,{name},2020,90,100,,\n"))
    assert "姑苏区" in problem["en"] and "姑苏区" in problem["zh"]


@pytest.mark.parametrize("name", ["昆\u000b山", "\t昆山", "昆山\u0007", "=昆山", "+昆山", "@SUM(1)"])  # cases 55, 62
def test_names_with_control_characters_or_formula_marks_are_unknown(refused: Refuser, name: str) -> None:
    assert only(refused(HEAD + f'吸毒人员核查率,"{name}",2020,90,100,,\n'))["code"] == "unknown_division"


def test_a_formula_like_note_stays_text(read: Reader) -> None:  # case 55
    returns = read("indicator,division,period,value,note\nefficacy,昆山,2020,1.3,=1+1\n")
    assert returns.frame["note"].tolist() == ["=1+1"]


@pytest.mark.parametrize("name", ["合计", "全市", "总计", "苏州市"])  # case 26
def test_totals_are_the_city_and_never_a_division(read: Reader, name: str) -> None:
    divisions = "".join(
        f"在校学生吸毒,{d},2020,,,1,\n"
        for d in ["张家港", "常熟", "太仓", "昆山", "吴江", "吴中", "相城", "姑苏", "园区", "高新区"]
    )
    returns = read(HEAD + divisions + f"在校学生吸毒,{name},2020,,,10,\n")
    assert returns.problems.empty
    frame = returns.frame
    assert frame[frame["division"] != "suzhou"]["value"].sum() == 10
    wrong = read(HEAD + divisions + f"在校学生吸毒,{name},2020,,,7,\n").problems
    assert wrong["code"].tolist() == ["total_differs"] and "+3 apart" in wrong["en"][0] and "相差 3" in wrong["zh"][0]


def test_an_incomplete_sum_below_the_total_is_no_difference(read: Reader) -> None:
    assert read(HEAD + "在校学生吸毒,昆山,2020,,,1,\n在校学生吸毒,合计,2020,,,10,\n").problems.empty
    above = read(HEAD + "在校学生吸毒,昆山,2020,,,11,\n在校学生吸毒,合计,2020,,,10,\n").problems
    assert above["code"].tolist() == ["total_differs"]


def test_a_subtotal_is_not_used_and_says_so(read: Reader) -> None:
    returns = read(HEAD + "在校学生吸毒,昆山,2020,,,1,\n在校学生吸毒,小计,2020,,,1,\n")
    assert len(returns) == 1 and returns.problems["code"].tolist() == ["subtotal"]


def test_what_only_the_city_reports(read: Reader) -> None:
    returns = read(HEAD + "涉毒洗钱案件,昆山,2020,,,1,\n涉毒洗钱案件,全市,2020,,,1,\n")
    assert "city_only" in set(returns.problems["code"])


def test_status_words(read: Reader, refused: Refuser) -> None:
    head = "状态,指标,地区,年份,数值\n"
    returns = read(head + "合成数据,在校学生吸毒,昆山,2020,0\n缺报,在校学生吸毒,常熟,2020,\n")
    assert returns.frame.set_index("division")["status"].to_dict() == {"kunshan": "synthetic", "changshu": "missing"}
    assert returns.made.status == "synthetic" and returns.made.status.must_be_shown
    assert "合成数据" in returns._repr_html_()
    assert only(refused(head + "缺报,在校学生吸毒,昆山,2020,1\n"))["code"] == "status_conflict"
    assert only(refused(head + "大概,在校学生吸毒,昆山,2020,1\n"))["code"] == "unknown_status"


def test_a_figure_for_a_year_to_come(plan: Plan, write: Any) -> None:  # case 41
    import datetime as dt

    from suzhou_antidrug.returns import read_returns

    path = write(HEAD + "在校学生吸毒,昆山,2022,,,1,\n在校学生吸毒,常熟,2022,,,,\n")
    with pytest.raises(ReturnsError) as error:
        read_returns(path, plan=plan, today=dt.date(2021, 12, 31))
    assert only(error.value.frame)["row"] == 2
    assert len(read_returns(path, plan=plan, today=dt.date(2022, 1, 1))) == 2


def test_indicator_id_and_name_must_agree(refused: Refuser) -> None:
    problem = only(refused("指标,指标代码,地区,年份,数值\n在校学生吸毒,efficacy,昆山,2020,1\n"))
    assert problem["code"] == "indicator_conflict"


def test_thousands_of_problems_are_counted_not_listed(refused: Refuser) -> None:
    frame = refused(HEAD + "吸毒人员核查率,昆山,2020,-1,100,,\n" * 1500)
    negative = frame[frame["code"] == "negative"]
    assert len(negative) == 1001 and "500 more rows" in " ".join(negative["en"])


def test_a_frame_is_checked_like_a_file(plan: Plan) -> None:
    frame = pd.DataFrame(
        {
            "indicator": ["check_rate", "check_rate", "load"],
            "division": ["kunshan", "常熟市", "sip"],
            "period": [2020, pd.Period("2020", "Y"), pd.Period("2020Q2", "Q")],
            "numerator": [90, np.nan, None],
            "denominator": [100, np.nan, None],
            "value": [np.nan, 0.5, 1.25],
        },
        index=[10, 20, 30],
    )
    returns = Returns.from_frame(frame, plan=plan)
    assert returns.frame["row"].tolist() == [20, 10, 30]
    assert returns.frame["period"].tolist() == [
        pd.Period("2020", "Y"),
        pd.Period("2020", "Y"),
        pd.Period("2020Q2", "Q"),
    ]
    with pytest.raises(ReturnsError) as error:
        Returns.from_frame(frame.assign(numerator=[101, -1, None]), plan=plan)
    assert error.value.frame.query("severity == 'error'")[["row", "code"]].to_numpy().tolist() == [
        [10, "numerator_above"],
        [20, "negative"],
    ]


def test_a_result_goes_back_in_unchanged(read: Reader, plan: Plan) -> None:
    first = read(HEAD + "吸毒人员核查率,昆山,2020,90,100,,\n污水负荷,园区,2020Q1,,,1.25,\n在校学生吸毒,常熟,2021,,,,\n")
    again = Returns.from_frame(first.frame, plan=plan)
    columns = [c for c in first.frame if c not in ("file", "sheet", "row")]
    pd.testing.assert_frame_equal(first.frame[columns], again.frame[columns])
    assert first.made.fingerprint == again.made.fingerprint
    assert again.log.empty and again.problems.empty


def test_the_result_cannot_be_changed_through_its_frame(read: Reader) -> None:
    returns = read(HEAD + "在校学生吸毒,昆山,2020,,,1,\n")
    taken = returns.frame
    taken["value"] = 99
    taken.loc[0, "division"] = "nowhere"
    assert returns.frame[["value", "division"]].to_numpy().tolist() == [[1, "kunshan"]]


def test_explain_counts_what_was_read(read: Reader) -> None:
    text = str(read(HEAD + "在校学生吸毒,昆山,2020年,,,1,\n在校学生吸毒,常熟,2021,,,,\n").explain())
    assert "returns.csv" in text and "缺报行数: 1" in text and "2020-2021" in text
