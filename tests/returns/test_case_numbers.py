"""Cases 9-23 of the list of bad inputs: numbers and periods, as text and as a workbook."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from bad_returns import SOUND, Desk, at, flagged, normalised, only, rejected, row, same, sound_row_kept

from suzhou_antidrug.datasets import load_published
from suzhou_antidrug.datasets.rounding import half_widths

CHECK, CASES, EFFICACY = "吸毒人员核查率,昆山市,2020", "在校学生吸毒,昆山市,2020", "打击团伙犯罪效能,昆山市,2020"
WHOLE = f"{CHECK},90,100,"


def test_case_09_full_width_digits_in_a_count(desk: Desk) -> None:
    normalised(desk, f"{CHECK},９０,100,", WHOLE, [("D3", "９０", "90", "folded")])


def test_case_10_full_width_digits_and_sign_in_a_rate(desk: Desk) -> None:
    log = [("F3", "９０．５％", "90.5", "folded"), ("F3", "９０．５％", "0.905", "percent")]
    normalised(desk, f"{CHECK},,,９０．５％", f"{CHECK},,,0.905", log)


def test_case_11_percentages_and_shares_in_one_column(desk: Desk) -> None:
    normalised(desk, f"{CHECK},,,90%", f"{CHECK},,,0.9", [("F3", "90%", "0.9", "percent")])
    rejected(desk, f"{CHECK},,,90", "above_one", "数值", "no % sign", "百分号", cured=f"{CHECK},,,0.9", shown="90")


def test_case_11_a_header_that_declares_percentages(desk: Desk) -> None:
    head = ("指标", "县级市(区)", "时期", "数值(%)")
    rows = [["吸毒人员核查率", "昆山市", "2020", "90"], ["吸毒人员核查率", "太仓市", "2020", "0.9"]]
    for path in desk.both(rows, head=head):
        returns = desk.read(path)
        assert returns.frame.set_index("division")["value"].to_dict() == {
            "kunshan": 0.9,
            "taicang": pytest.approx(0.009),
        }
        found = flagged(returns, path, "small_percentage", [(3, "数值(%)")]).iloc[0]
        assert found["value"] == "0.9" and "less than 1 %" in found["en"] and "1%" in found["zh"]
        assert set(returns.log["rule"]) == {"percent_unit"}


def test_case_12_an_index_is_no_percentage(desk: Desk) -> None:
    rejected(desk, f"{EFFICACY},,,135%", "not_percentage", "数值", "an index, not a percentage", "指数", cured=f"{EFFICACY},,,1.35", shown="135%")  # fmt: skip
    returns = desk.read(desk.text([SOUND, row(f"{EFFICACY},,,1.35")]))
    assert returns.frame.set_index("indicator")["value"]["efficacy"] == 1.35


def test_case_13_commas_at_thousands_and_elsewhere(desk: Desk) -> None:
    normalised(desk, "吸毒人员核查率;昆山市;2020;1,234;2000;", "吸毒人员核查率;昆山市;2020;1234;2000;", [("D3", "1,234", "1234", "thousands")])  # fmt: skip
    rejected(desk, "吸毒人员核查率;昆山市;2020;1,23;2000;", "number", "分子", "not at thousands", "千分位", cured="吸毒人员核查率;昆山市;2020;123;2000;", shown="1,23")  # fmt: skip


def test_case_14_an_underscore_is_no_digit(desk: Desk) -> None:
    rejected(
        desk,
        f"{CHECK},1_000,2000,",
        "number",
        "分子",
        "underscore",
        "下划线",
        cured=f"{CHECK},1000,2000,",
        shown="1_000",
    )


@pytest.mark.parametrize(("words", "offer"), [("九十", "90?"), ("百分之九十", "90%?"), ("一万二", "")])
def test_case_15_numbers_in_words(desk: Desk, words: str, offer: str) -> None:
    rejected(
        desk, f"{CHECK},,,{words}", "number", "数值", "Write digits", "阿拉伯数字", cured=f"{CHECK},,,90%", shown=words
    )
    problem = only(desk.refused(desk.text([row(f"{CHECK},,,{words}")])))
    for advice in (problem["advice_en"], problem["advice_zh"]):
        assert (offer in advice) and ("?" in advice) == bool(offer)


def test_case_16_a_rounded_count_in_a_return(desk: Desk) -> None:
    rejected(desk, f"{CHECK},1.2万,20000,", "number", "分子", "between 11,500 and 12,499", "11,500 与 12,499", cured=f"{CHECK},12000,20000,", shown="1.2万")  # fmt: skip


def test_case_16_a_rounded_published_figure_keeps_its_precision() -> None:
    width = half_widths(pd.Series(["12000"]), pd.Series(["persons"]), pd.Series(["rounded"]))
    assert width.tolist() == [500.0], "1.2万: somewhere from 11 500 to 12 500"
    published = load_published().frame
    rounded = published[published["precision"] == "rounded"]
    assert len(rounded) and rounded["value"].notna().all(), "accepted as printed, and marked"


@pytest.mark.parametrize("bound", ["约90%", "≥90%", "90%以上", "不低于70%"])
def test_case_17_a_bound_is_no_reported_value(desk: Desk, bound: str) -> None:
    rejected(
        desk,
        f"{CHECK},,,{bound}",
        "number",
        "数值",
        "a bound or an estimate",
        "界限或约数",
        cured=f"{CHECK},,,90%",
        shown=bound,
    )


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u200b"])
def test_case_18_space_around_a_number_goes_and_inside_is_refused(desk: Desk, space: str) -> None:
    normalised(desk, f"{CHECK},{space}90{space},100,", WHOLE, [("D3", f"{space}90{space}", "90", "folded")])
    rejected(desk, f"{CHECK},9{space}0,100,", "number", "分子", "space inside a number", "中间有空白", cured=WHOLE)


@pytest.mark.parametrize("word", ["nan", "inf", "Infinity", "1e400"])
def test_case_19_words_that_a_program_takes_for_numbers(desk: Desk, word: str) -> None:
    float(word)  # Python reads it
    rejected(desk, f"{CHECK},{word},100,", "number", "分子", "not a finite number", "有限", cured=WHOLE, shown=word)


@pytest.mark.parametrize("mark", ["", "-", "—", "/", "N/A", "null"])
def test_case_20_marks_of_a_missing_report_are_kept_as_missing(desk: Desk, mark: str) -> None:
    for path in desk.both([SOUND, row(f"{CASES},,,{mark}")]):
        returns = desk.read(path)
        sound_row_kept(returns)
        mine = returns.frame[returns.frame["indicator"] == "student_cases"]
        assert mine["status"].tolist() == ["missing"] and np.isnan(mine["value"].to_numpy()).all()
        kind = returns.log[["cell", "old", "rule"]].to_numpy().tolist()
        assert kind == ([["F3", mark, "missing_mark"]] if mark else []), "the kind of gap is recorded"
        same(returns, desk.read(desk.text([SOUND, row(f"{CASES},,,")])))


def test_case_20_none_in_words_may_be_zero_or_missing(desk: Desk) -> None:
    rejected(
        desk,
        f"{CASES},,,无",
        "number",
        "数值",
        "zero or not reported",
        "零，也可能是缺报",
        cured=f"{CASES},,,0",
        shown="无",
    )


def test_case_21_a_cell_that_a_spreadsheet_made_a_date(desk: Desk) -> None:
    def typed(book, sheet) -> None:
        sheet.write_datetime(2, 5, dt.datetime(2021, 3, 5), book.add_format({"num_format": "m-d"}))

    path = desk.book([SOUND, row(f"{CASES},,,")], change=typed)
    problem = at(only(desk.refused(path)), path, "date", 3, "数值")
    assert "cell holds a date (2021-03-05)" in problem["en"] and "2021-03-05" in problem["zh"]
    assert "Type the text or the number" in problem["advice_en"] and "文字或数字" in problem["advice_zh"]
    rejected(desk, f"{CASES},,,3-5", "number", "数值", "a range", "区间", cured=f"{CASES},,,4")


def test_case_22_a_long_number_stored_as_a_number_has_lost_digits(desk: Desk) -> None:
    long = 999999999999999999
    assert int(float(long)) != long
    path = desk.book([SOUND, [*row(f"{CHECK},,,")[:3], long, 100]])
    problem = at(only(desk.refused(path)), path, "number", 3, "分子")
    assert "more than 15 digits" in problem["en"] and "15 位" in problem["zh"]
    assert "code" in problem["advice_en"] and "编码" in problem["advice_zh"]
    assert not any(run in " ".join(map(str, problem)) for run in ("999999", "1000000")), "without the digits"


def test_case_22_one_that_could_be_an_identity_number_refuses_the_file(desk: Desk) -> None:
    path = desk.book([SOUND, [*row(f"{CHECK},,,")[:3], 110101199001010016, 100]])
    frame = desk.refused(path)
    assert frame[["code", "column"]].to_numpy().tolist() == [["personal_data", "D"]]
    assert "1990" not in frame.to_csv()


@pytest.mark.parametrize("written", ["2020年", "2020年度", "2020.0", "二〇二〇年"])
def test_case_23_ways_of_writing_a_year(desk: Desk, written: str) -> None:
    normalised(desk, WHOLE.replace("2020", written), WHOLE, [("C3", written, "2020", "period_text")])


@pytest.mark.parametrize(
    ("written", "en", "zh"), [("2020-2022", "several years", "跨年度"), ("FY2020", "a fiscal year", "财政年度")]
)
def test_case_23_spans_of_other_years(desk: Desk, written: str, en: str, zh: str) -> None:
    rejected(desk, WHOLE.replace("2020", written), "period", "时期", en, zh, cured=WHOLE, shown=written)
