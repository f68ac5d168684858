"""One broken file per error: file, line, and what is said in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suzhou_antidrug.errors import PlanError, UnknownNameError
from suzhou_antidrug.plan import load_plan
from suzhou_antidrug.plan.contents import read_bound

BROKEN = Path(__file__).parents[1] / "broken" / "plan"
MARK = "# <-- here"  # stands in the line that the error must name

# file: code, words of the English and of the Chinese message, words of the advice where there is one
EXPECTED = {
    "alias": ("alias", "anchors and aliases are not allowed", "不允许使用锚点或别名", "Write the value out"),
    "alias_bomb": ("alias", "anchors and aliases are not allowed", "不允许使用锚点或别名", "Write the value out"),
    "base_year_late": ("swapped_years", "base_year 2023 must lie before first_year 2023", "base_year 2023 须早于", ""),
    "base_year_of_reading_late": ("swapped_years", "the base year 2024 does not lie before", "基期 2024 不早于", ""),
    "child_absolute_parent": (
        "absolute_path",
        "must be a path from this file",
        "须为相对于本文件的路径",
        "from this file",
    ),
    "child_adds_to_no_task": ("not_inherited", "there is no task 2 to change", "没有可改动的任务 2", "There are: 1"),
    "child_circle": ("circle", "child_circle.yaml → child_circle.yaml", "规划循环继承", ""),
    "child_drop_without_why": ("missing_key", "the key 'why' is missing", "缺少键“why”", "Add why"),
    "child_drops_no_such_target": (
        "not_inherited",
        "no target relaps to change",
        "没有可改动的总目标",
        "relapse, deaths",
    ),
    "child_inclusive_contradicts": (
        "inclusive",
        "inclusive: true contradicts operator gt",
        "operator gt(高于)矛盾",
        "",
    ),
    "child_missing_parent": ("file_missing", "no such file", "没有这个文件", "Check the path"),
    "child_narrower_years": (
        "year_outside",
        "years[2023], inherited from hamlet",
        "继承自 hamlet",
        "Override or drop it",
    ),
    "child_no_such_ambiguity": ("not_inherited", "no ambiguity falls to change", "歧义条款 falls", "There are: fall"),
    "child_no_such_deliverable": ("not_inherited", "no deliverable t01-lists", "工作成果 t01-lists", "t01-list"),
    "child_no_such_milestone": (
        "not_inherited",
        "no milestone user_control_rate 2024",
        "年度任务",
        "user_check_rate 2023",
    ),
    "child_no_such_reading": ("not_inherited", "no reading fall_50 to change", "读法 fall_50", "any_fall, fall_5"),
    "child_no_such_target": ("not_inherited", "no target relaps to change", "总目标 relaps", "relapse, deaths"),
    "child_no_such_task": ("not_inherited", "there is no task 7 to change", "没有可改动的任务 7", "There are: 1"),
    "child_no_such_year": ("not_inherited", "no milestone user_check_rate 2025", "user_check_rate 2025", "2024"),
    "child_overridden_twice": ("duplicate", "is overridden twice", "同一内容改动了两次", "Keep one"),
    "child_override_without_clause": ("missing_key", "the key 'clause' is missing", "缺少键“clause”", "Add clause"),
    "child_same_id": ("duplicate", "also the id of a plan it inherits from", "与所继承的规划同名", "its own id"),
    "child_share_above_one": (
        "share_above_one",
        "a share runs from 0 to 1",
        "比例须在 0 与 1 之间",
        "Write 0.95 for 95 %",
    ),
    "child_source_twice": (
        "already_inherited",
        "made_up is already inherited",
        "“made_up”已从 hamlet 继承",
        "another id",
    ),
    "child_twice": ("already_inherited", "office is already inherited", "“office”已从 hamlet 继承", "another id"),
    "child_unknown_parent": (
        "unknown_reference",
        "'suzhou-2O20' is not a known plan",
        "没有名为“suzhou-2O20”",
        "suzhou-2020",
    ),
    "child_wrong_group": ("wrong_group", "le or eq and the threshold 0", "目标值为 0", "as a milestone of a task"),
    "child_wrong_mark": ("wrong_mark", "is marked quantified", "标为 quantified", "Override or drop it"),
    "chinese_empty": ("wrong_value", "one is empty", "zh 与 en 均须有内容", ""),
    "deep": ("too_deep", "nested too deeply", "嵌套过深", ""),
    "definition_without_source": ("source_missing", "official needs its source", "须注明来源", "Add source"),
    "due_outside": ("year_outside", "2027 is outside the plan's years 2023-2024", "2027 不在规划年份 2023-2024 内", ""),
    "duplicate_key": ("duplicate_key", "'first_year' is already given in line 12", "在第 12 行已出现", "Keep one"),
    "duplicate_milestone": ("duplicate", "user_check_rate 2024 is already given in line 62", "年度任务", ""),
    "duplicate_target": ("duplicate", "the target relapse is already given in line 49", "总目标“relapse”", ""),
    "duplicate_task_number": ("duplicate", "task number 1 is already given in line 52", "任务序号“1”", ""),
    "duplicate_unit_in_task": ("duplicate", "the unit office is already given in line 58", "单位“office”", ""),
    "empty": ("file_empty", "is empty", "文件为空", ""),
    "empty_clause": ("empty", "must not be empty", "不能为空", ""),
    "english_missing": ("wrong_value", "exactly the keys zh and en", "须恰好有 zh 与 en 两个键", ""),
    "gb18030": ("not_utf8", "is not UTF-8 text", "不是 UTF-8 文本", "Save it as UTF-8"),
    "half_comparison": ("half_comparison", "needs operator and threshold", "须同时给出或同时省略", ""),
    "inclusive_contradicts": ("inclusive", "inclusive: false contradicts operator ge", "operator ge(不低于)矛盾", ""),
    "indicator_in_catalogue": ("duplicate", "user_check_rate is already in the catalogue", "已在指标目录中", "Rename"),
    "list_at_top": ("wrong_type", "must be keys with values", "须为键值对", ""),
    "milestone_year_outside": ("year_outside", "2025 is outside the plan's years", "2025 不在规划年份", ""),
    "missing_clause": ("missing_key", "the key 'clause' is missing", "缺少键“clause”", "Add clause"),
    "missing_source_key": ("missing_key", "the key 'source' is missing", "缺少键“source”", "Add source"),
    "negative_threshold": ("out_of_range", "a threshold must not be negative", "目标值不能为负", ""),
    "newer_schema": ("out_of_range", "must be at most 1", "须不大于 1", ""),
    "no_default_reading": ("default_reading", "0 readings are marked default", "有 0 种读法标为默认", ""),
    "no_threshold": ("no_threshold", "no reading of it gives a minimum_change", "没有读法给出 minimum_change", ""),
    "not_yaml": ("not_yaml", "is not valid YAML", "YAML 语法有误", ""),
    "object_tag": ("tag", "tags are not allowed", "不允许使用标签", ""),
    "octal_number": ("unclear_value", "can be read in several ways", "写法有多种解释", "put text in quotes"),
    "reading_without_why": ("why_missing", "does not say why", "未说明原因", "Add why"),
    "share_above_one": ("share_above_one", "a share runs from 0 to 1", "比例须在 0 与 1 之间", "Write 0.8 for 80 %"),
    "swapped_years": ("swapped_years", "first_year 2024 is later than last_year 2023", "晚于 last_year 2023", "Swap"),
    "text_for_a_number": ("wrong_type", "must be a number", "须为数值", ""),
    "two_default_readings": ("default_reading", "2 readings are marked default", "有 2 种读法标为默认", ""),
    "two_places_one_name": ("duplicate", "one name means two places", "同一名称指向两个地区", ""),
    "unknown_ambiguity": ("unknown_reference", "'fal' is not a known ambiguity", "没有名为“fal”的歧义条款", "fall"),
    "unknown_category": ("unknown_reference", "'peopel' is not a known category", "没有名为“peopel”的类别", "people"),
    "unknown_geography": ("unknown_reference", "'suzhuo' is not a known geography", "没有名为“suzhuo”", "suzhou"),
    "unknown_indicator": ("unknown_reference", "'user_chek_rate' is not a known", "没有名为", "user_check_rate"),
    "unknown_key": ("unknown_key", "the key 'last_yaer' is not known here", "没有名为“last_yaer”的键", "last_year"),
    "unknown_key_in_milestone": ("unknown_key", "'wordings' is not known", "没有名为“wordings”的键", "wording"),
    "unknown_pillar": ("unknown_reference", "'apart' is not a known pillar", "没有名为“apart”", "together"),
    "unknown_source": ("unknown_reference", "'made_upp' is not a known source", "没有名为“made_upp”的来源", "made_up"),
    "unknown_task": ("unknown_reference", "there is no task 9", "没有第 9 项任务", ""),
    "unknown_unit": ("unknown_reference", "'offise' is not a known unit", "没有名为“offise”的单位", "office"),
    "wrong_choice": ("wrong_choice", "must be one of: ge, gt, le, lt, eq", "须为下列之一", ""),
    "wrong_group": ("wrong_group", "le or eq and the threshold 0", "目标值为 0", "as a milestone of a task"),
    "wrong_mark": ("wrong_mark", "is marked narrative", "标为 narrative", ""),
    "wrong_type": ("wrong_type", "must be a whole number", "须为整数", ""),
    "wrong_unit": ("wrong_unit", "the unit is percent, but user_check_rate", "单位是 share", ""),
}
WITHOUT_LINE = {"deep", "empty", "gb18030"}  # the whole file is meant


def marked_line(path: Path) -> int | None:
    lines = path.read_bytes().split(b"\n")
    return next((i for i, line in enumerate(lines, start=1) if MARK.encode() in line), None)


def test_every_broken_file_is_expected():
    assert {p.stem for p in BROKEN.glob("*.yaml")} == set(EXPECTED) | {"valid", "several_problems"}


def test_the_file_that_the_broken_ones_differ_from_is_valid():
    plan = load_plan(BROKEN / "valid.yaml")
    assert (len(plan.targets), len(plan.milestones)) == (2, 2)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_broken_file(name):
    code, en, zh, advice = EXPECTED[name]
    path = BROKEN / f"{name}.yaml"
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    problem = caught.value.problems[0]
    assert problem.code == code
    assert problem.file == path.name
    assert problem.row == (None if name in WITHOUT_LINE else marked_line(path))
    assert (problem.row is None) == (name in WITHOUT_LINE)
    assert en in problem.en and zh in problem.zh
    assert advice in problem.advice_en and bool(problem.advice_zh) == bool(problem.advice_en)
    assert str(path.parent) not in str(caught.value)
    if name not in ("alias", "alias_bomb", "unknown_ambiguity"):  # these lead to a second problem
        assert len(caught.value.problems) == 1


def test_all_problems_at_once_in_the_order_of_the_file():
    with pytest.raises(PlanError) as caught:
        load_plan(BROKEN / "several_problems.yaml")
    frame = caught.value.frame
    assert list(frame.code) == ["unknown_reference", "unknown_reference", "inclusive"]
    assert list(frame.row) == sorted(frame.row) and frame.row.nunique() == 3


def test_missing_file():
    with pytest.raises(PlanError, match=r"nowhere\.yaml: no such file"):
        load_plan("somewhere/nowhere.yaml")


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(PlanError, match="larger than 1,000,000 bytes"):
        load_plan(path)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_line_changed_gives_a_plan_or_a_plan_error(data, tmp_path_factory):
    """Whatever a line is turned into, the loader ends in a plan or in an error with the file's name."""
    lines = (BROKEN / "valid.yaml").read_text(encoding="utf-8").splitlines()
    i = data.draw(st.integers(0, len(lines) - 1))
    junk = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
    lines[i] = data.draw(st.one_of(st.just(""), junk, junk.map(lambda t: f"{lines[i]}{t}"), st.just(lines[i - 1])))
    path = tmp_path_factory.mktemp("fuzz") / "changed.yaml"
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    try:
        plan = load_plan(path)
    except PlanError as error:
        assert all(p.file == "changed.yaml" and p.en and p.zh for p in error.problems)
    else:
        assert plan.tasks


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "    numerator: {name: {zh: 死亡, en: deaths}",
            "    denominator: {name: {zh: 死亡, en: deaths}",
            "denominator without a numerator",
        ),
        (
            "any_fall: {default: true,",
            "any_fall: {default: true, computable: false, why: {zh: 无, en: none},",
            "the default must be computable",
        ),
        ("says: {zh: 减少, en: any fall},", "says: {zh: 减少, en: any fall}, evidence: 0.5,", "between 0.5 and 1"),
        ("says: {zh: 减少, en: any fall},", "says: {zh: 减少, en: any fall}, evidence: 1.0,", "between 0.5 and 1"),
        ("minimum_change: 0.05", "minimum_change: 1.05", "between 0 and 1"),
        ("minimum_change: 0.05", "minimum_change: -0.05", "between 0 and 1"),
        ("schema_version: 1", "1.5: 1", "a key must be text or a whole number"),
        ("schema_version: 1", "true: 1", "a key must be text or a whole number"),
        ("years: {2023: 0.8, 2024: 0.9}", "years: {2023: 约80%, 2024: 0.9}", "2023"),
    ],
)
def test_one_phrase_changed_is_named(tmp_path, old, new, words):
    text = (BROKEN / "valid.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "changed.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    line = text[: text.index(old)].count("\n") + 1
    assert any(words in f"{p.en} {p.column}" and p.row == line for p in caught.value.problems), caught.value


def test_written_bounds_are_read_and_other_words_are_not(tmp_path):
    text = (BROKEN / "valid.yaml").read_text(encoding="utf-8")
    path = tmp_path / "words.yaml"
    path.write_text(text.replace("2023: 0.8", "2023: 不低于80%"), encoding="utf-8", newline="")
    milestone = next(m for m in load_plan(path).milestones if m.year == 2023)
    assert (milestone.operator, milestone.threshold) == ("ge", 0.8)
    said = {"≥90%": 0.9, "90%以上": 0.9, "不低于70％": 0.7, "不少于3": 3.0, "约90%": None, "90%": None, "": None}
    assert {words: read_bound(words) for words in said} == said


def test_a_target_that_is_not_in_the_plan_is_named():
    plan = load_plan(BROKEN / "valid.yaml")
    assert plan.target("deaths").number == 2
    with pytest.raises(UnknownNameError, match="relapse"):
        plan.target("relaps")
