"""Promises of plans side by side: one row each, pairs that are comparable and pairs that say why not."""

from __future__ import annotations

import matplotlib
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.provenance import Status

matplotlib.use("Agg")
REAL = tuple(name for name in sa.list_plans() if name != "example-town")


@pytest.fixture(scope="module")
def compared():
    return sa.compare_plans(REAL)


def test_every_promise_of_every_plan_is_one_row(compared):
    frame = compared.frame
    for plan in compared.plans:
        own = frame[frame["plan"] == plan.id]
        assert len(own) == len(plan.targets) + len(plan.milestones) + len(plan.deliverables)
        assert own["promise"].is_unique
    row = frame.query("plan == 'leizhou-2016' and indicator == 'community_rehab_execution_rate'").iloc[0]
    assert (row["plan_level"], row["year"], row["operator"], row["threshold"]) == ("district", 2016, "ge", 0.7)
    assert row["issuer"] == "湛江市禁毒委员会" and row["status"] == "published" and row["source"].startswith("http")


def test_what_is_inherited_names_the_plan_that_says_it(compared):
    stations = compared.frame.query("promise == 't02-stations'").set_index("plan")
    assert stations["said_by"].to_dict() == {"leizhou-2016": "zhanjiang-2016", "zhanjiang-2016": "zhanjiang-2016"}


def test_pairs_are_compared_where_they_may_be_and_say_why_not(compared):
    pairs = compared.pairs.set_index(["indicator", "plan", "other_plan"])
    execution = "community_rehab_execution_rate"
    assert pairs.loc[(execution, "leizhou-2016", "zhanjiang-2016"), "relation"] == "stricter"
    assert pairs.loc[("rehab_social_worker_share", "leizhou-2016", "zhanjiang-2016"), "relation"] == "same"
    year = pairs.loc[(execution, "suzhou-2020", "zhanjiang-2016")]
    assert year["relation"] == "not_comparable" and year["reason"] == "年份不同：2022、2016"
    number = pairs.loc[("existing_user_share", "hainan-2016", "hainan-2020")]
    assert number["relation"] == "not_comparable" and number["reason"] == "只有一项有数字"


def test_the_order_of_the_plans_turns_the_relation():
    one, two = ("leizhou-2016", "zhanjiang-2016"), ("zhanjiang-2016", "leizhou-2016")
    told = [sa.compare_plans(order).pairs.set_index("indicator")["relation"].to_dict() for order in (one, two)]
    assert told[0]["community_rehab_execution_rate"] == "stricter"
    assert told[1]["community_rehab_execution_rate"] == "weaker"


def test_another_definition_under_one_name_is_not_compared(tmp_path):
    from suzhou_antidrug.datasets import data_path

    text = data_path("plans", "gansu-2012.yaml").read_text(encoding="utf-8")
    other = text.replace("id: gansu-2012", "id: other").replace("÷应安置的戒毒康复人员(人)", "÷全部戒毒康复人员(人)")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    pairs = sa.compare_plans(["gansu-2012", tmp_path / "other.yaml"]).pairs
    assert set(pairs["relation"]) == {"not_comparable"} and set(pairs["reason"]) == {"定义不同"}
    same = text.replace("id: gansu-2012", "id: other")
    (tmp_path / "other.yaml").write_text(same.replace("2013: 0.55", "2013: 0.50"), encoding="utf-8")
    pairs = sa.compare_plans(["gansu-2012", tmp_path / "other.yaml"]).pairs.set_index("year")
    assert pairs["relation"].to_dict() == {2012: "same", 2013: "stricter", 2014: "same"}


def test_the_matrix_shows_the_last_year_or_the_one_asked_for(compared):
    matrix = compared.matrix(language="en")
    execution = "Community treatment and rehabilitation orders carried out"
    assert matrix.loc[execution, "suzhou-2020"] == "≥99% (2022)"
    assert matrix.loc[execution, "gansu-2012"] == ""
    assert compared.matrix(year=2013, language="zh").loc["戒毒康复人员就业安置率", "gansu-2012"] == "≥55%"
    assert list(matrix.columns) == list(REAL)


def test_the_result_keeps_the_contract(compared):
    assert compared.made.status is Status.PUBLISHED
    assert sa.compare_plans(["suzhou-2020", "example-town"]).made.status is Status.SYNTHETIC
    html = compared._repr_html_()
    assert "海南省禁毒三年大会战" in html and "<table" in html
    english = compared.explain().in_language("en")
    assert "not comparable" in english and "no missing promise" in english
    assert len(compared.gaps) == sum(len(p.gaps) for p in compared.plans)
    labelled = compared.labelled("zh")
    assert "发布机关" in labelled.columns and "规划层级" in labelled.columns


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_figure_shows_every_threshold_of_the_shared_indicators(compared, language):
    axes = compared.plot(language=language)
    texts = [t.get_text() for t in axes.texts]
    assert {"≥70%", "≥60%", "≥99%", "≤1%", "≤0.3%", "≤0.4%"} <= set(texts)
    assert {p for p in REAL if p != "gansu-2012"} <= set(texts)  # Gansu shares no indicator with another plan
    one = compared.plot(indicators=["employment_placement_rate"], language=language)
    assert {"≥40%", "≥55%", "≥70%"} <= {t.get_text() for t in one.texts}


def test_synthetic_plans_are_marked_in_the_figure():
    axes = sa.compare_plans(["suzhou-2020", "example-town"]).plot(language="en")
    assert "synthetic data" in {t.get_text() for t in axes.texts}


def test_too_few_plans_and_unknown_names_are_refused(compared):
    with pytest.raises(SeriesError, match="1 plans cannot be compared"):
        sa.compare_plans(["suzhou-2020"])
    with pytest.raises(SeriesError, match="given twice"):
        sa.compare_plans(["suzhou-2020", "suzhou-2020"])
    with pytest.raises(UnknownNameError, match="suzhou-2020"):
        sa.compare_plans(["suzhou-2020", "suzhou-2021"])
    with pytest.raises(UnknownNameError, match="employment_placement_rate"):
        compared.plot(indicators=["employment_placement"])
