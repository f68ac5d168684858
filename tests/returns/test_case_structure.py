"""Cases 24-33 of the list of bad inputs: how a sheet is laid out."""

from __future__ import annotations

import re
import zipfile

import numpy as np
import pytest
from bad_returns import COLUMNS, SHEET, SOUND, Desk, at, flagged, only, rejected, row, same, sound_row_kept

TEN = ["张家港市", "常熟市", "太仓市", "昆山市", "吴江区", "吴中区", "相城区", "姑苏区", "苏州工业园区", "苏州高新区"]
YEARS = [row(f"吸毒人员核查率,昆山市,{year},9{year % 10},100,") for year in (2020, 2021, 2022)]


def store(path, formula: str, value: str) -> None:
    """Give a formula the result that Excel would store beside it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    pattern = rb"(<f>" + re.escape(formula.encode()) + rb"</f>)<v>0</v>"
    parts[name], count = re.subn(pattern, rb"\1" + value.encode(), parts[name])
    assert count == 1
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)


def test_case_24_a_merged_name_is_filled_inside_its_range_alone(desk: Desk) -> None:
    blanks = [YEARS[0], *([cells[0], "", *cells[2:]] for cells in YEARS[1:])]

    def merge(book, sheet) -> None:
        sheet.merge_range("B3:B5", "昆山市")

    returns = desk.read(desk.book([SOUND, *blanks], change=merge))
    assert returns.log[["sheet", "column", "cell", "old", "new", "rule"]].to_numpy().tolist() == [
        [SHEET, "县级市(区)", "B4", "", "昆山市", "merged"],
        [SHEET, "县级市(区)", "B5", "", "昆山市", "merged"],
    ]
    same(returns, desk.read(desk.book([SOUND, *YEARS])))
    sound_row_kept(returns)
    for path in desk.both([SOUND, *blanks]):  # no merge: no filling from above
        frame = desk.refused(path)
        assert frame[["code", "row", "column"]].to_numpy().tolist() == [
            ["blank_division", n, "县级市(区)"] for n in (4, 5)
        ]
        assert "only merged cells" in frame["advice_en"].iloc[0] and "合并单元格" in frame["advice_zh"].iloc[0]


def test_case_25_rows_above_the_header_and_their_unit(desk: Desk) -> None:
    head = ("指标", "县级市(区)", "时期", "数值")
    rows = [["在校学生吸毒", "昆山市", "2020", "3"], ["在校学生吸毒", "太仓市", "2020", "0"]]
    for blank in (0, 17):  # the header in row 3, and in row 20, the last that is looked at
        title = [["苏州市禁毒工作情况表", "", "", ""], ["", "", "单位：起", ""], *[["", "", "", ""]] * blank]
        for path in desk.both([*title[1:], head, *rows], head=title[0]):
            returns = desk.read(path)
            assert returns.frame["value"].tolist() == [0, 3] and set(returns.frame["row"]) == {blank + 4, blank + 5}
            same(returns, desk.read(next(desk.both(rows, head=head))))
    title = [["情况表", "", "", ""], ["", "", "单位:人次", ""]]
    for path in desk.both([*title[1:], head, *rows], head=title[0]):
        problem = at(only(desk.refused(path)), path, "unit_mismatch", 4, "数值")
        assert "'人次' does not fit" in problem["en"] and "不符" in problem["zh"] and "起" in problem["zh"]
    late = [["情况表", "", "", ""], *[["说明", "", "", ""]] * 19]
    for path in desk.both([*late[1:], head, *rows], head=late[0]):
        problem = only(desk.refused(path))
        assert problem["code"] == "no_header" and "first 20 rows" in problem["en"] and "20 行" in problem["zh"]


@pytest.mark.parametrize("name", ["合计", "全市", "总计"])
def test_case_26_a_total_is_a_control_and_no_division(desk: Desk, name: str) -> None:
    rows = [SOUND, *(row(f"在校学生吸毒,{d},2020,,,{int(n < 7)}") for n, d in enumerate(TEN))]
    for path in desk.both([*rows, row(f"在校学生吸毒,{name},2020,,,7")]):
        returns = desk.read(path)
        mine = returns.frame[returns.frame["indicator"] == "student_cases"]
        assert mine["value"].sum() == 14, "a plain sum counts all twice"
        assert mine[mine["division"] != "suzhou"]["value"].sum() == 7 and len(mine) == 11
        assert returns.problems.empty
        sound_row_kept(returns)
    for path in desk.both([*rows, row(f"在校学生吸毒,{name},2020,,,9")]):
        found = flagged(desk.read(path), path, "total_differs", [(13, "数值")]).iloc[0]
        assert "sum to 7" in found["en"] and "-2 apart" in found["en"] and "相差 -2" in found["zh"]


def test_case_26_a_subtotal_is_taken_out_and_said(desk: Desk) -> None:
    for path in desk.both([SOUND, row("在校学生吸毒,昆山市,2020,,,3"), row("在校学生吸毒,小计,2020,,,3")]):
        returns = desk.read(path)
        flagged(returns, path, "subtotal", [(4, "县级市(区)")])
        assert returns.frame["value"].sum() == 3 and len(returns) == 2
        sound_row_kept(returns)


def test_case_27_the_same_division_and_period_twice(desk: Desk) -> None:
    for path in desk.both([SOUND, YEARS[0], YEARS[0]]):
        returns = desk.read(path)
        assert "row 3" in flagged(returns, path, "duplicate", [(4, "县级市(区)")])["en"].iloc[0]
        assert len(returns) == 2
        sound_row_kept(returns)
    other = [*YEARS[0][:3], "80", *YEARS[0][4:]]
    for path in desk.both([SOUND, YEARS[0], other]):
        problem = only(desk.refused(path))
        assert (problem["row"], problem["file"]) == (4, path.name) and "row 3" in problem["en"] and "3" in problem["zh"]
        assert problem["advice_en"] and problem["advice_zh"]


def test_case_28_two_columns_of_one_name(desk: Desk) -> None:
    head = ("指标", "县级市(区)", "时期", "值", "值")
    for path in desk.both([["在校学生吸毒", "昆山市", "2020", "1", "2"]], head=head):
        problem = at(only(desk.refused(path)), path, "repeated_column", 1, "值")
        for words in (problem["en"], problem["zh"]):
            assert "D '值'" in words and "E '值'" in words
        assert "Keep one" in problem["advice_en"] and "只保留一列" in problem["advice_zh"]
    for path in desk.both([["在校学生吸毒", "昆山市", "2020", "1", "2"]], head=(*head[:4], "备注")):
        assert desk.read(path).frame["value"].tolist() == [1]


@pytest.mark.parametrize(("cells", "count"), [(SOUND[:5], 5), ((*SOUND, "9"), 10)])
def test_case_29_rows_shorter_or_longer_than_the_header(desk: Desk, cells: tuple[str, ...], count: int) -> None:
    other = ("吸毒人员核查率", "昆山市", *cells[2:])
    path = desk.text([SOUND, other])
    problem = at(only(desk.refused(path)), path, "row_length", 3, None)
    assert (
        f"{count} cells" in problem["en"]
        and f"{count} 个单元格" in problem["zh"]
        and str(len(COLUMNS)) in problem["en"]
    )
    assert "separator" in problem["advice_en"] and "分隔符" in problem["advice_zh"]
    every = desk.text([cells, other])  # every row of one wrong length: nothing moves into an index
    assert desk.refused(every)["row"].tolist() == [2, 3]
    sound_row_kept(desk.read(desk.text([SOUND, ("吸毒人员核查率", "昆山市", *SOUND[2:])])))


def test_case_30_a_formula_that_was_never_calculated(desk: Desk) -> None:
    def formula(book, sheet) -> None:
        sheet.write_formula("F3", "=D3/E3", None, 0)

    rows = [SOUND, [*YEARS[0][:3], "", "", "", *YEARS[0][6:]]]
    path = desk.book(rows, change=formula)
    store(path, "D3/E3", "")
    problem = at(only(desk.refused(path)), path, "formula_uncached", 3, "数值")
    assert "=D3/E3 has no stored result" in problem["en"] and "没有已存结果" in problem["zh"]
    assert "recalculate, save" in problem["advice_en"] and "重新计算并保存" in problem["advice_zh"]
    path = desk.book(rows, change=formula)
    store(path, "D3/E3", "<v>0.9</v>")
    returns = desk.read(path)
    assert returns.frame["value"].dropna().tolist() == [0.9]
    sound_row_kept(returns)


@pytest.mark.parametrize("text", ["#DIV/0!", "#REF!", "#N/A"])
def test_case_31_error_values_are_no_gaps(desk: Desk, text: str) -> None:
    def formula(book, sheet) -> None:
        sheet.write_formula("F3", "=1/0", None, text)

    path = desk.book([SOUND, [*YEARS[0][:3], *[""] * 6]], change=formula)
    problem = at(only(desk.refused(path)), path, "error", 3, "数值")
    assert text in problem["en"] and "错误值" in problem["zh"]
    assert "Correct the formula" in problem["advice_en"] and "更正公式" in problem["advice_zh"]
    rejected(desk, f"吸毒人员核查率,昆山市,2020,,,{text}", "number", "数值", "error value", "错误值", cured="吸毒人员核查率,昆山市,2020,,,90%", shown=text)  # fmt: skip


def test_case_32_years_as_columns(desk: Desk) -> None:
    head = ("指标", "县级市(区)", "2019", "2020年", "2021")
    rows = [["吸毒人员核查率", "昆山市", "90%", "92%", ""], ["吸毒人员核查率", "常熟市", "81%", "/", "85%"]]
    long = [[r[0], r[1], h, c] for r in rows for h, c in zip(("2019", "2020", "2021"), r[2:], strict=True)]
    for path in desk.both(rows, head=head):
        wide = desk.read(path)
        same(wide, desk.read(next(desk.both(long, head=("指标", "县级市(区)", "时期", "数值")))))
        entries = wide.log[wide.log["rule"] == "wide"]
        assert entries[["cell", "old"]].to_numpy().tolist() == [["C", "2019"], ["D", "2020年"], ["E", "2021"]]
        assert len(wide) == 6
    for path in desk.both(rows, head=(*head[:4], "2019-2021")):
        problem = at(only(desk.refused(path)), path, "not_a_period", 1, "2019-2021")
        assert "neither a period nor known" in problem["en"] and "时期" in problem["zh"]


def test_case_33_rows_in_any_order(desk: Desk) -> None:
    rows = [SOUND, *YEARS, row("在校学生吸毒,昆山市,2020,,,3"), row("污水负荷,昆山市,2020Q1,,,1.5")]
    sorted_ = desk.read(desk.text(rows))
    for seed in range(3):
        for path in desk.both([rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]):
            shuffled = desk.read(path)
            same(shuffled, sorted_)
            assert shuffled.made.fingerprint == sorted_.made.fingerprint
