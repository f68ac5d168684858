"""A plan drafted from a table: what is clear is entered, what is not is a named gap and never a number."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import suzhou_antidrug as sa
from suzhou_antidrug.errors import OutputError, ReturnsError, SeriesError, UnknownNameError
from suzhou_antidrug.plan.strict_yaml import read_strict
from suzhou_antidrug.plan.yaml_text import to_yaml
from suzhou_antidrug.provenance import Status
from suzhou_antidrug.returns.plan_cells import read_comparison

SAME = ["task", "year", "indicator", "operator", "threshold", "unit", "clause", "wording", "scope", "where", "compares", "inclusive"]  # fmt: skip


@pytest.fixture(scope="module")
def milestones():
    return sa.load_plan("suzhou-2020").milestones_frame()


def draft(rows: dict, **options):
    return sa.draft_plan(pd.DataFrame(rows), id="county-2024", **options)


def test_suzhous_milestones_come_back_unchanged(milestones):
    again = sa.draft_plan(milestones, id="again", geography="suzhou").load().milestones_frame()
    pd.testing.assert_frame_equal(again[SAME], milestones[SAME])


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_they_come_back_through_a_file_too(milestones, tmp_path, ending):
    path = tmp_path / f"table.{ending}"
    if ending == "csv":
        milestones.to_csv(path, index=False)
    else:
        milestones.to_excel(path, index=False)
    again = sa.draft_plan(path, id="again").load().milestones_frame()
    pd.testing.assert_frame_equal(again[SAME], milestones[SAME])


def test_readings_that_a_table_only_names_are_gaps(milestones):
    made = sa.draft_plan(milestones, id="again")
    named = milestones["reading"].ne("").sum()
    assert named > 0 and made.frame["gap"].str.contains("读法").sum() == named


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("不低于70%", ("ge", 0.7, True)),
        ("≥９０％", ("ge", 0.9, True)),
        ("90%以上", ("ge", 0.9, True)),
        ("达到95%", ("ge", 0.95, True)),
        ("达95%以上", ("ge", 0.95, True)),
        ("至少5", ("ge", 5.0, False)),
        ("不超过4", ("le", 4.0, False)),
        ("控制在1%以下", ("le", 0.01, True)),
        ("15%以内", ("le", 0.15, True)),
        ("超过80%", ("gt", 0.8, True)),
        ("低于0.3%", ("lt", 0.003, True)),
        ("零发生", ("le", 0.0, False)),
        ("90%", None),
        ("大幅上升", None),
        ("约90%以上", None),
        ("上升10%", None),
        ("90%至95%", None),
        ("不低于", None),
        ("", None),
    ],
)
def test_written_requirements(text, read):
    assert read_comparison(text) == read


def test_what_is_not_understood_is_a_gap_and_no_milestone():
    made = draft(
        {
            "任务号": [1, 1, 1, 2, "甲", 3],
            "任务内容": ["核查", "", "", "站点", "", "宣传"],
            "指标": ["吸毒人员核查率", "user_check_rate", "吸毒人员核查率", "新增站点", "吸毒人员核查率", ""],
            "年份": ["2024年", 2025, 2026, 2024, 2025, ""],
            "要求": ["不低于70%", "80%", "90", "不少于5", "≥60%", ""],
            "单位": ["", "", "", "个", "", ""],
            "牵头单位": ["市公安局、市禁毒办"] * 6,
            "条款": ["二(一)"] * 6,
            "页码": [3] * 6,
        },
        name="某县方案",
        issuer="某县禁毒委",
        level="district",
    )
    plan = made.load()
    found = plan.milestones_frame()[["task", "year", "indicator", "operator", "threshold", "unit", "clause"]]
    assert found.values.tolist() == [
        [1, 2024, "user_check_rate", "ge", 0.7, "share", "二(一)（第3页）"],
        [2, 2024, "indicator_01", "ge", 5.0, "个", "二(一)（第3页）"],
    ]
    gaps = made.frame.set_index("row")["gap"]
    assert gaps[3] == "要求“80%”未读懂" and gaps[4] == "要求“90”未读懂" and gaps[6] == "没有任务号"
    assert any("第 3 行" in gap.what.zh for gap in plan.gaps)
    assert any("80%" in text.zh for text in plan.task(1).not_modelled)  # the words are kept, not the number
    assert plan.task(3).modelled == "narrative"
    assert plan.level == "district" and plan.document.issuer.zh == "某县禁毒委"
    assert plan.units_frame().query("task == 1")["unit_zh"].to_list() == ["市公安局", "市禁毒办"]


def test_what_the_table_does_not_tell_is_unverified_and_assumed():
    plan = draft({"task": [1], "indicator": ["新增站点"], "year": [2024], "requirement": ["不少于5"]}).load()
    assert plan.status is Status.UNVERIFIED and plan.status.must_be_shown
    assert plan.indicator("indicator_01").definition_status is Status.ASSUMED
    assert plan.indicator("indicator_01").definition.zh == "待核" and plan.milestones[0].unit == "待核"
    assert plan.milestones[0].clause == "待核" and plan.document.number == "待核"
    assert {"规划名称", "发布机关", "地区名单", "基期年；暂取首年的前一年"} <= {g.what.zh for g in plan.gaps}


@pytest.mark.parametrize(
    ("unit", "asked", "gap"),
    [
        ("个", "≥95%", "单位“个”与百分数矛盾"),
        ("人", "不少于5", "单位“人”不是该指标的单位 share"),
        ("", "不少于95", "比例 95 大于 1，且没有百分号"),
        ("", "", "没有目标值"),
    ],
)
def test_units_are_not_guessed(unit, asked, gap):
    rows = {"task": [1, 1], "indicator": ["user_check_rate"] * 2, "year": [2024, 2025], "unit": [unit, ""], "requirement": [asked, "≥1%"]}  # fmt: skip
    made = draft(rows)
    assert gap in made.frame["gap"][0] and len(made.load().milestones) == 1


def test_a_percent_sign_in_the_unit_counts():
    rows = {"task": [1], "indicator": ["user_check_rate"], "year": [2024], "operator": ["不低于"], "threshold": [95], "unit": ["%"]}  # fmt: skip
    (milestone,) = draft(rows).load().milestones
    assert (milestone.operator, milestone.threshold, milestone.unit) == ("ge", 0.95, "share")


def test_the_second_threshold_of_one_year_is_a_gap():
    rows = {"task": [1, 1], "indicator": ["user_check_rate"] * 2, "year": [2024] * 2, "requirement": ["≥90%", "≥95%"]}
    made = draft(rows)
    assert [m.threshold for m in made.load().milestones] == [0.9]
    assert "已有目标值" in made.frame["gap"][1]


def test_years_outside_the_span_are_gaps():
    rows = {"task": [1, 1], "indicator": ["user_check_rate"] * 2, "year": [2023, 2024], "requirement": ["≥90%", "≥95%"]}
    made = draft(rows, years=(2024, 2026))
    assert [m.year for m in made.load().milestones] == [2024] and "2023 年不在规划年份内" in made.frame["gap"][0]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"task": [1], "indikator": ["a"]}, "column_unknown"),
        ({"task": [1], "任务号": [1], "indicator": ["a"]}, "duplicate_column"),
        ({"indicator": ["a"], "year": [2024]}, "missing_column"),
        ({"task": [1], "year": [2024]}, "missing_column"),
        ({"task": [1], "indicator": ["a"]}, "no_years"),
        ({"task": ["x"], "indicator": ["a"], "year": [2024]}, "no_tasks"),
        ({"task": [1] * 5001, "indicator": ["a"] * 5001, "year": [2024] * 5001}, "too_many_rows"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(rows, code):
    with pytest.raises(SeriesError) as caught:
        draft(rows)
    assert [p.code for p in caught.value.problems] == [code]
    assert all(p.en and p.zh for p in caught.value.problems)


def test_files_are_refused_as_returns_are(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"%PDF-1.7")
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    for name in ("a.csv", "a.xlsx", "b.csv"):
        with pytest.raises(ReturnsError) as caught:
            sa.draft_plan(tmp_path / name, id="x")
        assert caught.value.problems[0].file == name and str(tmp_path) not in str(caught.value)
    (tmp_path / "c.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(SeriesError, match="needs the column task"):
        sa.draft_plan(tmp_path / "c.csv", id="x")
    with pytest.raises(SeriesError, match="small letters"):
        sa.draft_plan(tmp_path / "b.csv", id="../x")


def workbook(path, rows, *, merge=(), title="计划"):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["填表说明"])
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    book.save(path)
    return path


def test_merged_cells_titles_and_other_sheets(tmp_path):
    """A sheet as offices write it: a title above the header, the task number merged over its rows."""
    rows = [
        ["某县禁毒工作任务分解表"],
        ["任务号", "任务内容", "指标", "年份", "要求", "牵头单位"],
        [1, "核查", "吸毒人员核查率", 2024, "不低于70%", "县公安局"],
        [None, None, "吸毒人员核查率", 2025, "不低于80%", None],
    ]
    path = workbook(tmp_path / "plan.xlsx", rows, merge=("A3:A4", "B3:B4", "F3:F4"))
    made = sa.draft_plan(path, id="x")
    assert [(m.task, m.year, m.threshold) for m in made.load().milestones] == [(1, 2024, 0.7), (1, 2025, 0.8)]
    assert made.frame["row"].to_list() == [3, 4]
    assert sa.draft_plan(path, id="x", sheet="计划").text == made.text
    with pytest.raises(UnknownNameError, match="计划"):
        sa.draft_plan(path, id="x", sheet="计画")


def test_a_formula_without_a_result_is_a_gap(tmp_path):
    rows = [["任务号", "指标", "年份", "比较", "要求"], [1, "吸毒人员核查率", 2024, "不低于", "=0.7+0.1"], [1, "吸毒人员核查率", 2025, "不低于", 0.9]]  # fmt: skip
    made = sa.draft_plan(workbook(tmp_path / "plan.xlsx", rows), id="x")
    assert [m.threshold for m in made.load().milestones] == [0.9]
    assert "公式没有存结果" in made.frame["gap"][0]


def test_a_gb18030_file_is_read(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes("任务号,指标,年份,要求\n1,吸毒人员核查率,2024,不低于70%\n".encode("gb18030"))
    assert sa.draft_plan(path, id="x").load().milestones[0].threshold == 0.7


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    made = draft({"task": [1], "indicator": ["user_check_rate"], "year": [2024], "requirement": ["≥90%"]})
    path = made.write(tmp_path / "plan.yaml")
    assert sa.load_plan(path).milestones[0].threshold == 0.9
    with pytest.raises(OutputError, match="already there"):
        made.write(path)
    assert made.write(path, overwrite=True) == path
    assert "待核" in path.read_text(encoding="utf-8")


@settings(max_examples=60, deadline=None)
@given(words=st.lists(st.text(max_size=30), min_size=4, max_size=4))
def test_whatever_the_cells_hold_the_draft_loads_or_is_refused(words):
    rows = {"task": [1, 2], "text": words[:2], "indicator": ["user_check_rate", words[2]], "year": [2024, 2024], "requirement": ["≥90%", words[3]]}  # fmt: skip
    plan = draft(rows).load()
    assert plan.task(1).milestones[0].threshold == 0.9


PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.text(max_size=20), st.integers(-(10**6), 10**6).map(lambda i: i / 64)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, max_size=3)),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(content=st.dictionaries(st.from_regex(r"k[a-z_]{1,8}", fullmatch=True), PLAIN, min_size=1, max_size=4))
def test_yaml_written_here_is_read_back_as_it_was(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("yaml") / "a.yaml"
    path.write_text(to_yaml(content), encoding="utf-8", newline="\n")

    def tuples(value):
        if isinstance(value, dict):
            return {k: tuples(v) for k, v in value.items()}
        return tuple(map(tuples, value)) if isinstance(value, list) else value

    assert read_strict(path).data == tuples(content)
