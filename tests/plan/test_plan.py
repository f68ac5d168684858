"""Loading by name, what a plan offers, and that nothing is tied to one city."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.datasets import data_path
from suzhou_antidrug.errors import PlanError, UnknownNameError
from suzhou_antidrug.plan import list_plans, load_catalogue, load_plan
from suzhou_antidrug.plan.show import render_plan, table, wrap
from suzhou_antidrug.provenance import Status, fingerprint
from suzhou_antidrug.terms import display_width, pad, use_language

CANONICAL_TARGETS = {
    "wastewater": ("wastewater_load", "load"),
    "relapse": ("annual_detected_relapse_rate", "proportion"),
    "precursor_diversion": ("precursor_diversion_rate", "rate"),
    "drug_related_crime": ("drug_related_crime_rate", "rate"),
    "education_coverage": ("public_education_coverage", "coverage"),
    "user_control": ("user_control_rate", "coverage"),
    "precursor_inspection": ("precursor_enterprise_inspection_rate", "coverage"),
    "wastewater_coverage": ("wastewater_monitoring_coverage", "coverage"),
    "student_use": ("student_drug_use_cases", "occurrence"),
    "manufacture_sites": ("drug_manufacture_sites", "occurrence"),
    "user_incidents": ("user_incidents", "occurrence"),
    "cultivation": ("large_scale_cultivation_sites", "occurrence"),
}


@pytest.fixture(scope="module")
def plan():
    return load_plan("suzhou-2020")


@pytest.fixture(scope="module")
def town():
    return load_plan("example-town")


def test_names_are_listed_and_their_ids_agree():
    assert {"example-town", "suzhou-2020"} < set(list_plans()) and list(list_plans()) == sorted(list_plans())
    assert [load_plan(name).id for name in list_plans()] == list(list_plans())


@pytest.mark.parametrize(("name", "near"), [("suzhou-2022", "suzhou-2020"), ("exampletown", "example-town")])
def test_unknown_plan_suggests_the_nearest(name, near):
    with pytest.raises(UnknownNameError, match=f"Did you mean: {near}") as caught:
        load_plan(name)
    assert f"没有名为“{name}”的规划" in str(caught.value)


def test_path_and_name_give_the_same_plan_and_the_fingerprint_of_the_text(plan):
    path = data_path("plans", "suzhou-2020.yaml")
    assert load_plan(path) == plan == load_plan(str(path))
    assert plan.fingerprint == fingerprint(path.read_bytes())


def test_targets_carry_the_indicators_and_kinds(plan):
    found = {t.id: (t.indicator, plan.indicator(t.indicator).kind) for t in plan.targets}
    assert found == CANONICAL_TARGETS
    assert {i.id for i in plan.indicators.values() if i.frequency == "quarter"} == {"wastewater_load"}


def test_indicators_are_defined_assumed_or_cite_a_rule(plan):
    for indicator in plan.indicators.values():
        assert indicator.definition_status is Status.ASSUMED or indicator.source in plan.sources
        assert (indicator.unit == "share") == (indicator.kind in ("coverage", "proportion"))
        assert indicator.kind != "coverage" or (indicator.needs_parts and indicator.basis)
    for target in plan.targets:
        assert plan.indicators[target.indicator].group == plan.task(target.tasks[0]).category
    assert plan.indicator("gang_crackdown_efficacy").numerator is None  # its formula is unknown


def test_the_catalogue_holds_nothing_that_no_plan_names(plan):
    named = {i for name in list_plans() for i in load_plan(name).indicators}
    assert set(load_catalogue()[0]) == named & set(load_catalogue()[0])
    assert set(plan.indicators) < set(load_catalogue()[0])
    by_readings = set(plan.indicators) - set(plan.primary_indicators)
    assert {"one_year_cohort_relapse_rate", "three_year_cohort_relapse_rate"} <= by_readings


def test_readings_of_marked_decrease(plan):
    """Default: a fall of 10 % on 2019 with probability 0.9; one reading looks at printed numbers only."""
    marked = plan.ambiguity("marked_decrease")
    numbers = {r.id: (r.minimum_change, r.base_years, r.evidence) for r in marked.readings}
    assert marked.default.id == "fall_10_on_2019"
    assert numbers == {
        "fall_10_on_2019": (0.10, (2019,), 0.9),
        "any_fall_on_2019": (0.0, (2019,), 0.9),
        "fall_20_on_2019": (0.20, (2019,), 0.9),
        "fall_30_on_2019": (0.30, (2019,), 0.9),
        "fall_10_on_2017_2019": (0.10, (2017, 2018, 2019), 0.9),
        "fall_10_strict": (0.10, (2019,), 0.95),
        "fall_10_two_years": (0.10, (2019,), 0.9),
        "fall_10_and_evident": (0.10, (2019,), 0.9),
        "fall_10_as_printed": (0.10, (2019,), None),
    }
    years = {r.id: r.consecutive_years for r in marked.readings}
    assert {k for k, v in years.items() if v != 1} == {"fall_10_two_years"} and years["fall_10_two_years"] == 2
    assert {r.id: r.significance for r in marked.readings if r.significance} == {"fall_10_and_evident": 0.05}
    assert [t.id for t in plan.targets if "marked_decrease" in t.ambiguities] == list(CANONICAL_TARGETS)[:4]


def test_other_readings(plan):
    defaults = {a.id: a.default.id for a in plan.ambiguities.values()}
    assert defaults["rise_percent"] == "relative_to_2019"
    assert defaults["relapse_definition"] == "annual_detected"
    assert defaults["new_user_share_direction"] == "more_is_better"
    assert defaults["gang_efficacy_definition"] == "as_reported"
    stock = plan.ambiguity("relapse_definition").reading("no_relapse_stock")
    assert not stock.computable and stock.why and "stock" in stock.why.en
    scales = {(r.change_scale, r.previous_year) for r in plan.ambiguity("rise_percent").readings}
    assert scales == {(s, p) for s in ("relative", "points") for p in (True, False)}
    with pytest.raises(UnknownNameError, match="fall_10_strict"):
        plan.ambiguity("marked_decrease").reading("fall_10_strickt")


def test_every_ambiguity_is_used_and_explained_in_both_languages(plan):
    used = {a for e in (*plan.targets, *plan.milestones, *plan.deliverables) for a in e.ambiguities}
    assert used == set(plan.ambiguities)
    for a in plan.ambiguities.values():
        assert a.why_default.zh and a.why_default.en
        assert len(a.readings) >= 2


def test_lookups_suggest(plan):
    for look, wrong, near in (
        (plan.target, "relaps", "relapse"),
        (plan.indicator, "user_chek_rate", "user_check_rate"),
        (plan.ambiguity, "marked_decline", "marked_decrease"),
    ):
        with pytest.raises(UnknownNameError, match=near):
            look(wrong)
    with pytest.raises(UnknownNameError, match="'27' is not a known task"):
        plan.task(27)


def test_a_plan_is_frozen(plan):
    with pytest.raises(Exception, match="frozen"):
        plan.tasks[0].number = 2


def test_ledger_accounts_for_every_task(plan):
    ledger = plan.ledger_frame()
    assert list(ledger.task) == list(range(1, 27))
    assert ledger.milestones.sum() == len(plan.milestones) and ledger.deliverables.sum() == len(plan.deliverables)
    assert (ledger.modelled == "narrative").sum() == 3
    assert set(ledger[ledger.modelled == "narrative"].task) == {10, 17, 24}
    assert ledger.not_modelled.str.len().gt(0).all()


def test_frames_follow_the_language(plan):
    with use_language("en"):
        assert plan.targets_frame().name[1] == "Marked decrease of relapse among drug users"
    assert plan.targets_frame().name[1] == "吸毒人员复吸率明显下降"
    milestones = plan.milestones_frame()
    assert list(milestones)[:8] == ["task", "year", "indicator", "operator", "threshold", "unit", "clause", "reading"]
    assert milestones.id.is_unique and milestones.reading[milestones.task == 5].str.contains("more_is_better").all()
    assert set(milestones.compares[milestones.task == 13]) == {"change", "level"}
    assert plan.deliverables_frame().set_index("id").every_years["t02-city_model_schools"] == 2
    assert plan.readings_frame().groupby("ambiguity").default.sum().eq(1).all()
    assert plan.differences_frame().notna().all(axis=None)


def test_the_town_is_nothing_like_suzhou(plan, town):
    assert list(town.years) == [2023, 2024] and town.base_year == 2022
    assert town.status is Status.SYNTHETIC
    assert town.geography.ids == ("east_village", "west_village", "harbour")
    assert town.geography.resolve("东边村").id == "east_village"
    assert {t.id for t in town.targets}.isdisjoint(t.id for t in plan.targets)
    assert set(town.indicators) - set(plan.indicators) == {"venue_visit_rate", "overdose_deaths"}
    assert town.indicators["user_check_rate"].group == "people"  # the catalogue's indicator in the town's category
    frame = town.milestones_frame()
    assert list(frame.operator) == ["gt", "gt", "ge", "ge"] and list(frame.inclusive) == [False, False, True, True]
    assert "合成数据" in render_plan(town) and "合成数据" in town._repr_html_()


def test_show_overview(plan):
    shown = render_plan(plan)
    assert all(t.name.zh in shown for t in (*plan.targets, *plan.tasks))
    assert "70 个年度任务" in shown and "正式文件" in shown
    english = render_plan(plan, language="en")
    assert "Admission of sick and disabled drug users" in english and "推进病残" not in english


def test_show_task(plan):
    shown = render_plan(plan, task=13, language="zh")
    for part in ("≥+10%*", "→ relative_to_2019", "× heroin_equivalent", "苏州火车站", "附件-13", "未建模", "假定"):
        assert part in shown
    only = render_plan(plan, task=13, year=2021)
    assert "≥+15%*" in only and "≥+10%*" not in only and "2022  " not in only


def test_show_year(plan):
    shown = render_plan(plan, year=2021, language="en")
    expected = plan.milestones_frame().query("year == 2021")
    assert f"Milestone ({len(expected)})" in shown and "≥1.30*" in shown and "≥1.35" not in shown
    assert "The city names model schools" not in shown  # every second year, counted back from 2022
    assert "The city names model schools" in render_plan(plan, year=2020, language="en")
    assert "Headline target (12)" in render_plan(plan, year=2022, language="en")


def test_show_refuses(plan):
    with pytest.raises(PlanError, match="2019 is outside the years 2020-2022") as caught:
        render_plan(plan, year=2019)
    assert "2019 年不在规划" in str(caught.value)
    with pytest.raises(UnknownNameError, match="'0' is not a known task"):
        render_plan(plan, task=0)
    with pytest.raises(UnknownNameError, match="language"):
        render_plan(plan, language="fr")


def test_columns_are_aligned_for_wide_letters():
    lines = table([["复吸", "a"], ["rate", "b"], ["x", "c"]])
    assert lines == ["复吸  a", "rate  b", "x     c"]
    assert pad("苏州", 6) == "苏州  " and display_width("苏州“a”") == 7


@given(st.text(alphabet="苏州的,。(“ab c1", max_size=80), st.integers(24, 60))
def test_wrapped_lines_fit_and_lose_nothing(text, columns):
    lines = wrap(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    longest = max(
        (display_width(w) for w in text.replace("苏", " ").replace("州", " ").replace("的", " ").split()), default=0
    )
    assert all(display_width(line) <= max(columns, longest + 4) for line in lines)


def test_html_is_escaped_and_counts(plan):
    page = plan._repr_html_()
    assert page.count("<tr>") == 12 and "年度任务 70" in page
    sneaky = plan.model_copy(update={"name": type(plan.name)("<script>", "<script>")})
    assert "<script>" not in sneaky._repr_html_()


def test_loading_needs_neither_pandas_nor_matplotlib():
    code = (
        "import sys; from suzhou_antidrug.plan import load_plan; load_plan('suzhou-2020');"
        "sys.exit(any(m in sys.modules for m in ('pandas', 'numpy', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_examples_in_docstrings_run():
    import doctest

    for name in ("loader", "show", "strict_yaml"):
        module = importlib.import_module(f"suzhou_antidrug.plan.{name}")
        result = doctest.testmod(module)
        assert result.attempted and not result.failed, name
