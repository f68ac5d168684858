"""A plan that inherits: what it keeps, changes, drops and adds, who says what, and which way each change goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import suzhou_antidrug as sa
from suzhou_antidrug.errors import PlanError, SeriesError, UnknownNameError
from suzhou_antidrug.plan.ambition import promises_of, relate
from suzhou_antidrug.plan.inheritance import MAX_LINE
from suzhou_antidrug.provenance import Status, fingerprint
from suzhou_antidrug.verdicts import OPERATORS, holds

VALID = Path(__file__).parents[1] / "broken" / "plan" / "valid.yaml"
HEAD = """schema_version: 1
id: {id}
inherits: {parent}
name: {{zh: 下级方案(虚构), en: Scheme below (made up)}}
status: {status}
document:
  number: 下〔2023〕1号
  title: {{zh: 下级方案(虚构), en: Scheme below (made up)}}
  issuer: {{zh: 上村(虚构), en: Upper (made up)}}
  dated: 2023-01-01
  published: 2023-01-01
  source: {id}
sources:
  {id}: {{title: 下级方案(虚构)}}
"""

CHANGES = """units:
  - {id: school, name: {zh: 学校, en: School}, level: city}
targets:
  - {id: checks, number: 3, group: hundred, name: {zh: 核查全覆盖, en: All checked}, indicator: user_check_rate, operator: ge, threshold: 1.0, unit: share, due: 2024, scope: city, clause: 二, tasks: [1]}
override:
  tasks:
    - {number: 1, leads: [school], participants: [office, police]}
  readings:
    - {ambiguity: fall, default: fall_5, why_default: {zh: 上村另定, en: Upper decides}}
add:
  deliverables:
    - {id: t01-report, task: 1, name: {zh: 年报, en: A report}, due: 2023, scope: city, where: body, clause: 三}
  milestones:
    - {task: 1, indicator: user_control_rate, years: {2024: 1.0}, operator: ge, unit: share, inclusive: true, wording: 达到, scope: city, where: body, clause: 四}
drop:
  why: {zh: 上村无此项, en: Upper has none}
  targets: [deaths]
  deliverables: [t01-list]
"""


def below(folder: Path, body: str = "", *, id: str = "below", parent: str = "valid.yaml", status: str = "synthetic"):
    """Write a plan that inherits, beside its parent, and load it."""
    (folder / "valid.yaml").write_bytes(VALID.read_bytes())
    path = folder / f"{id}.yaml"
    path.write_text(HEAD.format(id=id, parent=parent, status=status) + body, encoding="utf-8", newline="\n")
    return sa.load_plan(path)


@pytest.fixture(scope="module")
def parent():
    return sa.load_plan(VALID)


def test_a_plan_that_changes_nothing_asks_the_same_and_names_its_parent(tmp_path, parent):
    child = below(tmp_path)
    assert child.targets == parent.targets and child.milestones == parent.milestones
    assert child.deliverables == parent.deliverables and child.units_frame().equals(parent.units_frame())
    assert set(child.milestones_frame()["plan"]) == set(child.targets_frame()["plan"]) == {"hamlet"}
    assert [f.id for f in child.lineage] == ["below", "hamlet"] and child.changes == ()
    assert child.fingerprint != parent.fingerprint


def test_a_plan_without_a_parent_is_as_before(parent):
    assert [f.id for f in parent.lineage] == ["hamlet"] and parent.changes == ()
    assert parent.fingerprint == fingerprint(VALID.read_bytes())
    assert {t.plan for t in (*parent.targets, *parent.tasks, *parent.milestones)} == {"hamlet"}


def test_the_fingerprint_follows_the_parent(tmp_path):
    first = below(tmp_path).fingerprint
    text = VALID.read_text(encoding="utf-8").replace("2024: 0.9", "2024: 0.91")
    (tmp_path / "valid.yaml").write_text(text, encoding="utf-8")
    second = sa.load_plan(tmp_path / "below.yaml")
    assert second.fingerprint != first and second.milestones[1].threshold == 0.91


def test_an_overridden_year_is_the_childs_and_the_others_stay_the_parents(tmp_path):
    child = below(
        tmp_path,
        "override:\n  milestones:\n    - {task: 1, indicator: user_check_rate, years: {2024: 0.95}, clause: 第五条}\n",
    )
    frame = child.milestones_frame().set_index("year")
    assert frame["threshold"].to_dict() == {2023: 0.8, 2024: 0.95}
    assert frame["plan"].to_dict() == {2023: "hamlet", 2024: "below"}
    assert frame["clause"].to_dict() == {2023: "表一", 2024: "第五条"}
    assert frame["wording"].to_dict() == {2023: "不低于", 2024: "不低于"}  # what is not said again is inherited
    (change,) = child.changes
    assert (change.relation, change.inherited, change.own) == ("stricter", "≥90%", "≥95%")
    assert (change.inherited_clause, change.own_clause) == ("表一", "第五条")


def test_written_bounds_are_read_in_an_override_too(tmp_path):
    body = (
        "override:\n  milestones:\n    - {task: 1, indicator: user_check_rate, years: {2024: 不低于85%}, clause: 五}\n"
    )
    child = below(tmp_path, body)
    assert child.milestones_frame()["threshold"].to_list() == [0.8, 0.85]
    assert [c.relation for c in child.changes] == ["weaker"]  # allowed, and named


@pytest.mark.parametrize(
    ("line", "relation"),
    [
        ("years: {2024: 0.9}", "same"),
        ("years: {2024: 0.9001}", "stricter"),
        ("years: {2024: 0.8999}", "weaker"),
        ("years: {2024: 0.9}, operator: gt, inclusive: false", "stricter"),
        ("years: {2024: 0.9}, operator: eq", "stricter"),
        ("years: {2024: 0.9}, operator: le", "not_comparable"),
        ("years: {2024: 0.95}, scope: each_division", "not_comparable"),
        ("years: {2024: 0.95}, compares: change", "not_comparable"),
    ],
)
def test_which_way_an_override_goes(tmp_path, line, relation):
    body = f"override:\n  milestones:\n    - {{task: 1, indicator: user_check_rate, clause: 五, {line}}}\n"
    assert [c.relation for c in below(tmp_path, body).changes] == [relation]


def test_what_is_asked_of_each_division_is_asked_of_the_whole_a_level_below():
    """Zhanjiang asks 60 % of every county and 70 % of Leizhou: stricter, though the scopes have other names."""
    leizhou = sa.load_plan("leizhou-2016")
    told = {c.indicator: (c.relation, c.inherited, c.own) for c in leizhou.changes}
    assert told == {
        "community_rehab_execution_rate": ("stricter", "≥60%", "≥70%"),
        "rehab_social_worker_share": ("same", "≥30%", "≥30%"),
    }


def test_dropped_added_and_changed_are_told_apart(tmp_path):
    child = below(tmp_path, CHANGES)
    found = {(c.kind, c.item, c.relation) for c in child.changes}
    assert found == {
        ("target", "deaths", "dropped"),
        ("deliverable", "t01-list", "dropped"),
        ("target", "relapse", "stricter"),  # read as a fall of 5 % where the parent reads any fall
        ("target", "checks", "added"),
        ("deliverable", "t01-report", "added"),
        ("milestone", "t01-user_control_rate-2024", "added"),
        ("unit", "1", "changed"),
        ("reading", "fall", "changed"),
    }
    assert {c.reason.en for c in child.changes if c.relation == "dropped"} == {"Upper has none"}
    units = child.units_frame()
    assert units["unit"].to_list() == ["school", "office", "police"] and set(units["plan"]) == {"below"}
    assert child.task(1).plan == "hamlet"  # its words are still the parent's
    assert child.ambiguity("fall").default.id == "fall_5" and child.ambiguity("fall").plan == "below"
    assert child.target("relapse").plan == "hamlet"
    frame = child.changes_frame()
    assert len(frame) == 8 and frame.loc[frame["kind"] == "reading", "own"].item() == "fall_5"


def test_three_levels_each_say_their_own(tmp_path):
    below(
        tmp_path,
        "level: city\noverride:\n  milestones:\n    - {task: 1, indicator: user_check_rate, years: {2023: 0.85}, clause: 市}\n",
        id="middle",
    )
    child = below(
        tmp_path,
        "level: district\noverride:\n  targets:\n    - {id: deaths, clause: 区}\n",
        id="lowest",
        parent="middle.yaml",
    )
    assert [f.id for f in child.lineage] == ["lowest", "middle", "hamlet"]
    assert [m.plan for m in child.milestones] == ["hamlet", "middle"]
    assert {t.id: t.plan for t in child.targets} == {"relapse": "hamlet", "deaths": "lowest"}
    assert [c.item for c in child.changes] == ["deaths"]  # the middle plan's own change is told by the middle plan
    told = child.explain("t01-user_check_rate-2023").in_language("en")
    assert "clause: 市" in told and "inherited: yes" in told
    assert "against the plan above: same" in child.explain("deaths").in_language("en")


def test_a_plan_is_as_trustworthy_as_what_it_inherits(tmp_path):
    child = below(tmp_path, status="official")
    assert child.status is Status.SYNTHETIC and child.lineage[0].status is Status.OFFICIAL


def test_a_parent_is_found_from_the_childs_folder(tmp_path):
    (tmp_path / "city").mkdir()
    (tmp_path / "district").mkdir()
    (tmp_path / "city" / "valid.yaml").write_bytes(VALID.read_bytes())
    path = tmp_path / "district" / "own.yaml"
    path.write_text(HEAD.format(id="own", parent="../city/valid.yaml", status="synthetic"), encoding="utf-8")
    assert sa.load_plan(path).lineage[1].id == "hamlet"


def test_what_is_wrong_in_a_parent_names_the_parents_file(tmp_path):
    below(tmp_path)
    text = VALID.read_text(encoding="utf-8").replace("2024: 0.9", "2024: 90")
    (tmp_path / "valid.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        sa.load_plan(tmp_path / "below.yaml")
    assert [(p.code, p.file) for p in caught.value.problems] == [("share_above_one", "valid.yaml")]


def test_a_circle_of_two_and_a_line_too_long_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text(HEAD.format(id="a", parent="b.yaml", status="synthetic"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(HEAD.format(id="b", parent="a.yaml", status="synthetic"), encoding="utf-8")
    with pytest.raises(PlanError, match=r"a\.yaml → b\.yaml → a\.yaml"):
        sa.load_plan(tmp_path / "a.yaml")
    below(tmp_path, id="line1")
    for i in range(2, MAX_LINE):
        below(tmp_path, id=f"line{i}", parent=f"line{i - 1}.yaml")
    longest = sa.load_plan(tmp_path / f"line{MAX_LINE - 1}.yaml")
    assert len(longest.lineage) == MAX_LINE
    with pytest.raises(PlanError, match="longer than 5 plans"):
        below(tmp_path, id="onemore", parent=f"line{MAX_LINE - 1}.yaml")


def test_all_problems_of_a_child_at_once(tmp_path):
    body = "override:\n  targets:\n    - {id: nowhere, clause: 一}\n  tasks:\n    - {number: 8, modelled: narrative}\n"
    with pytest.raises(PlanError) as caught:
        below(tmp_path, body)
    assert [p.row for p in caught.value.problems] == [17, 19]
    assert [p.column for p in caught.value.problems] == ["override.targets[0].id", "override.tasks[0].number"]


def test_explain_names_plan_document_and_issuer():
    told = sa.load_plan("leizhou-2016").explain("t01-community_rehab_execution_rate-2016")
    english = told.in_language("en")
    assert "promise: ≥70%" in english and "Zhanjiang Narcotics Control Committee" in english
    assert "stricter" in english and "更严" in told.in_language("zh")
    with pytest.raises(UnknownNameError, match="promise"):
        sa.load_plan("leizhou-2016").explain("t01")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_line_changed_gives_a_plan_or_an_error_with_a_line(data, tmp_path_factory):
    """Whatever a line of a plan that inherits is turned into, the loader ends in a plan or in an error of that file."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "valid.yaml").write_bytes(VALID.read_bytes())
    lines = (HEAD.format(id="below", parent="valid.yaml", status="synthetic") + CHANGES).splitlines()
    i = data.draw(st.integers(0, len(lines) - 1))
    junk = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
    lines[i] = data.draw(st.one_of(st.just(""), junk, junk.map(lambda t: f"{lines[i]}{t}"), st.just(lines[i - 1])))
    path = folder / "changed.yaml"
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    try:
        assert sa.load_plan(path).tasks
    except PlanError as error:
        assert all(p.file == "changed.yaml" and p.en and p.zh for p in error.problems)


THRESHOLDS = st.integers(0, 20).map(lambda i: i / 20)
GRID = [i / 100 for i in range(101)]  # every share that tells two thresholds of twentieths apart


@given(
    a=st.tuples(st.sampled_from(sorted(OPERATORS)), THRESHOLDS),
    b=st.tuples(st.sampled_from(sorted(OPERATORS)), THRESHOLDS),
)
def test_relations_are_those_of_the_sets_of_values_that_keep_the_promise(a, b):
    """Brute force: try every share on a grid and compare which ones keep each promise."""
    promise = promises_of(sa.load_plan("leizhou-2016"))[0]
    own, other = (replace(promise, operator=o, threshold=t) for o, t in (a, b))
    mine = {x for x in GRID if holds(x, *a)}
    theirs = {x for x in GRID if holds(x, *b)}
    expected = "same" if mine == theirs else "stricter" if mine < theirs else "weaker" if mine > theirs else "not_comparable"  # fmt: skip
    # Two promises that no share keeps, such as > 100 % and < 0 %, have no order that means anything.
    if mine and theirs:
        assert relate(own, other)[0] == expected


def test_falls_are_compared_by_size_certainty_and_years():
    plan = sa.load_plan("suzhou-2020")
    target = promises_of(plan)[1]
    marked = plan.ambiguity("marked_decrease")

    def read(name):
        kept = tuple(r for r in target.readings if r.minimum_change is None)
        return replace(target, readings=(marked.reading(name), *kept))

    def against_default(name):
        return relate(read(name), read("fall_10_on_2019"))[0]

    assert against_default("fall_10_on_2019") == "same"
    assert against_default("fall_20_on_2019") == against_default("fall_10_strict") == "stricter"
    assert against_default("fall_10_two_years") == against_default("fall_10_and_evident") == "stricter"
    assert against_default("any_fall_on_2019") == against_default("fall_10_as_printed") == "weaker"
    assert against_default("fall_10_on_2017_2019") == "not_comparable"  # another base
    assert relate(read("fall_20_on_2019"), read("fall_10_strict"))[0] == "not_comparable"


@pytest.fixture(scope="module")
def district(tmp_path_factory):
    """A made-up plan of a district under the real one of the city."""
    body = """level: district
override:
  milestones:
    - {task: 8, indicator: sick_disabled_admission_rate, years: {2021: 0.97, 2022: 0.98}, clause: 三}
drop:
  why: {zh: 区内无污水处理厂, en: No sewage works in the district}
  targets: [wastewater]
"""
    path = tmp_path_factory.mktemp("district") / "district.yaml"
    path.write_text(HEAD.format(id="district", parent="suzhou-2020", status="synthetic") + body, encoding="utf-8")
    return sa.load_plan(path)


def test_an_inherited_plan_is_evaluated_like_any_other(district):
    returns, _ = sa.make_synthetic_returns(district)
    result = sa.evaluate(returns, district, draws=60)
    assert len(result.promises.of_city()) == 11
    judged = result.milestones.frame.query("indicator == 'sick_disabled_admission_rate' and year == 2021")
    assert set(judged["threshold"]) == {0.97}
    card = sa.appraise(returns, district)  # the rules of the plan above hold for the plan below
    assert set(card.scores["division"]) >= set(district.geography.ids)
    assert [c.relation for c in district.changes] == ["dropped", "stricter", "weaker"]


def test_a_plan_without_headline_targets_or_divisions_is_refused_with_the_way_out():
    for ask in (sa.evaluate, lambda plan: sa.assess_promises(pd.DataFrame(), plan=sa.load_plan(plan), origin=2016)):
        with pytest.raises(PlanError, match="judge_milestones") as caught:
            ask(plan="zhanjiang-2016")
        assert caught.value.problems[0].code == "no_targets"
    with pytest.raises(SeriesError, match="names no divisions"):
        sa.make_synthetic_returns(sa.load_plan("hainan-2020"))


def test_milestones_of_a_plan_without_targets_are_judged(tmp_path):
    path = tmp_path / "leizhou.csv"
    rows = ["指标,地区,时期,分子,分母,状态", "社区戒毒社区康复执行率,雷州市,2016,720,1000,上报"]
    path.write_text("\n".join(rows), encoding="utf-8")
    plan = sa.load_plan("leizhou-2016")
    values = sa.compute_indicators(sa.read_returns(path, plan=plan), plan=plan)
    judged = sa.judge_milestones(values, plan=plan).frame
    verdicts = dict(zip(judged["indicator"], judged["verdict"], strict=True))
    assert verdicts["community_rehab_execution_rate"] == "met"  # 72 % against Leizhou's 70 %, not the county's 60 %
    assert verdicts["rehab_social_worker_share"] == "not_assessable"
