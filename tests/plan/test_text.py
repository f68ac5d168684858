"""The plan as data equals the plan as published: expectations come from the text, never from the YAML."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from golden_numbers.own_record import HAND_TYPED

from suzhou_antidrug.plan import load_plan

_spec = importlib.util.spec_from_file_location("plan_text", Path(__file__).with_name("plan_text.py"))
assert _spec and _spec.loader
text = importlib.util.module_from_spec(_spec)
sys.modules["plan_text"] = text
_spec.loader.exec_module(text)

NOT_MILESTONES = {  # numbers of the text that are no milestone: what stands around them, and why
    "4个专门": "task 20: the number of working groups that exist, no yearly demand",
    "小学5年级": "task 2: bounds of the population to be taught",
    "高中2年级": "task 2: bounds of the population to be taught",
}


@pytest.fixture(scope="module")
def plan():
    return load_plan("suzhou-2020")


def of_plan(plan, *places):
    frame = plan.milestones_frame()
    chosen = frame[frame["where"].isin(places)]
    return set(zip(chosen.task, chosen.year, chosen.indicator, chosen.threshold, strict=True))


def test_annex_numbers_read_from_the_text_are_the_milestones_of_the_annex(plan):
    assert of_plan(plan, "annex", "both") == text.annex_milestones()


def test_body_numbers_read_from_the_text_are_the_milestones_of_the_body(plan):
    assert of_plan(plan, "body", "both") == text.body_milestones()


def test_every_number_typed_by_hand(plan):
    typed = {
        (task, year, indicator, value)
        for task, indicator, *values in HAND_TYPED
        for year, value in zip(text.YEARS, values, strict=True)
        if value is not None
    }
    assert of_plan(plan, "annex", "body", "both") == typed
    assert len(plan.milestones_frame()) == len(typed) == 70


def test_the_reader_of_the_text_sees_changes():
    """The reader is no echo: other words give other numbers, and unknown words give none."""
    assert text.stated("全民禁毒宣传教育覆盖面达到91%") == [
        ("public_education_coverage", 0.91, "全民禁毒宣传教育覆盖面达到91%")
    ]
    assert text.stated("另一个覆盖面达到91%") == []
    two = text.stated("社区戒毒社区康复执行率和强制隔离戒毒后续照管率稳定保持在99%以上")
    assert [(i, v) for i, v, _ in two] == [("community_rehab_execution_rate", 0.99), ("aftercare_rate", 0.99)]


def test_headline_targets(plan):
    assert [t.name.zh for t in plan.targets] == text.headline()
    groups = [t.group for t in plan.targets]
    assert groups == ["decrease"] * 4 + ["hundred"] * 4 + ["zero"] * 4
    for target in plan.targets:
        if target.group == "decrease":
            assert "明显下降" in target.name.zh and target.threshold is None
        else:
            goal = ("ge", 1.0) if "100%" in target.name.zh else ("le", 0.0)
            assert (target.operator, target.threshold) == goal


def test_units_of_every_task(plan):
    """Lead and participating units in the order of the text; 121 lines in all."""
    frame = plan.units_frame()
    assert len(text.body_paragraphs()) == 26
    for paragraph in text.body_paragraphs():
        rows = frame[frame.task == paragraph.number]
        for role, expected in (("lead", paragraph.leads), ("participant", paragraph.participants)):
            assert tuple(rows[rows.role == role].unit_zh) == expected, paragraph.number
    assert len(frame) == sum(len(p.leads) + len(p.participants) for p in text.body_paragraphs()) == 121


def test_units_typed_by_hand(plan):
    names = {u.id: u.name.zh for u in plan.units}
    fourth = [(names[u.unit], u.role) for u in plan.task(4).units]
    assert fourth == [
        ("市委宣传部", "lead"),
        ("市、县级市(区)两级禁毒办", "lead"),
        ("市公安局", "participant"),
        ("市文广旅局", "participant"),
        ("市广电总台", "participant"),
    ]
    assert [names[u.unit] for u in plan.task(21).units] == ["市禁毒办", "县级市(区)禁毒办"]
    assert [names[u.unit] for u in plan.task(13).units] == [
        "市公安局",
        "市交通局",
        "苏州海关",
        "市邮管局",
        "苏州火车站",
    ]


def test_titles_categories_and_pillars(plan):
    categories = {c.id: c.name.zh for c in plan.categories}
    pillars = {p.id: p.name.zh for p in plan.pillars}
    body = text.read("body")
    for row in text.annex_rows():
        task = plan.task(row.number)
        assert task.name.zh == row.title
        assert categories[task.category] == row.category
    sections = re.split(r"^\(([一二三四五六])\)(全.+?),着力.*$", body.split("四、组织保障")[0], flags=re.M)
    for title, content in zip(sections[2::3], sections[3::3], strict=True):
        numbers = [int(n) for n in re.findall(r"^(\d+)\.", content, flags=re.M)]
        assert numbers and {pillars[plan.task(n).pillar] for n in numbers} == {title}


def test_titles_that_differ_are_listed(plan):
    listed = {d.task for d in plan.differences}
    body = {p.number: p.title for p in text.body_paragraphs()}
    differ = {r.number for r in text.annex_rows() if r.title != body[r.number]}
    assert differ == {18, 21, 26}
    assert differ <= listed


def test_what_stands_in_one_place_only_is_listed_as_a_difference(plan):
    one_sided = {m.task for m in plan.milestones if m.where != "both"}
    assert one_sided <= {d.task for d in plan.differences}


def test_quoted_words_stand_in_the_text(plan):
    whole = text.read("annex") + text.read("body")
    quoted = [m.wording for m in plan.milestones] + [a.wording for a in plan.ambiguities.values()]
    assert [w for w in quoted if w not in whole] == []
    rows = {r.number: "".join(r.cells) for r in text.annex_rows()}
    paragraphs = {p.number: p.text for p in text.body_paragraphs()}
    for m in plan.milestones:
        if m.where != "body":
            assert m.wording in rows[m.task] or m.task == 23  # row 23 words it 全覆盖 too
        if m.where == "body":
            assert m.wording in paragraphs[m.task]


def test_deliverables_fall_due_in_the_year_of_the_text(plan):
    """A deliverable of a row with three cells falls due in the year of the cell that holds its words."""
    words = {
        "t07-aftercare_included": (2020, "后续照管工作纳入社区戒毒社区康复工作体系"),
        "t07-offices_merged": (2021, "实现融合发展"),
        "t08-special_area": (2020, "专门收治区域"),
        "t16-credit_rules_started": (2020, "启动易制毒化学品企业信用等级评定办法"),
        "t16-credit_rules_made": (2021, "制定易制毒化学品企业信用等级评定办法"),
        "t16-enterprises_graded": (2022, "开展企业信用等级评定"),
        "t18-industrial_promoted": (2020, "推动将工业污水纳入"),
        "t18-industrial_included": (2021, "将工业污水纳入"),
        "t18-both_routine": (2022, "生活污水、工业污水常规毒情监测"),
    }
    due = {d.id: d for d in plan.deliverables}
    rows = {r.number: r for r in text.annex_rows()}
    for name, (year, phrase) in words.items():
        assert due[name].due == year
        assert phrase in rows[due[name].task].cells[year - 2020]
    named = {"t12-money_laundering": "2022年底", "t23-upgrade_started": "2020年启动", "t25-clear_effect": "2020年底"}
    for name, phrase in named.items():
        assert phrase in rows[due[name].task].cells[0]
        assert phrase.startswith(str(due[name].due))


def test_every_number_of_the_tasks_is_accounted_for(plan):
    """Each number is a milestone, the year of something, or on the short list of numbers that are neither."""
    for number, content in [(r.number, "。".join(r.cells)) for r in text.annex_rows()] + [
        (p.number, p.text) for p in text.body_paragraphs()
    ]:
        values = {m.threshold for m in plan.task(number).milestones}
        for found in re.finditer(r"\d+(?:\.\d+)?(%?)", content):
            around = content[max(0, found.start() - 2) : found.end() + 3]
            if re.fullmatch(r"20\d\d", found[0]):
                assert int(found[0]) in plan.years
            elif any(phrase in around for phrase in NOT_MILESTONES):
                continue
            else:
                value = float(found[0].rstrip("%")) / (100 if found[1] else 1)
                assert value in values, f"task {number}: {around}"


def test_appraisal_clauses_follow_part_four(plan):
    part = text.read("body").split("四、组织保障")[1]
    assert "年度考评" in part and "2022年,将对各地落实本规划情况、整治突出毒品问题绩效进行综合考评" in part
    kinds = {c.id: (c.kind, c.years) for c in plan.appraisal}
    assert kinds["division_annual"] == ("annual", (2020, 2021, 2022))
    assert kinds["division_comprehensive"] == ("comprehensive", (2022,))
    assert kinds["accountability"][0] == "sanction"


def test_document(plan):
    source = plan.sources[plan.document.source]
    assert (plan.document.number, plan.document.published) == ("苏府办〔2020〕136号", "2020-05-21")
    assert source.url.startswith("http://www.suzhou.gov.cn/")
    assert list(plan.years) == [2020, 2021, 2022] and plan.base_year == 2019
    assert len(plan.geography.divisions) == 10
