"""The catalogue of a plan: every indicator once, with what names it and how it is computed."""

from __future__ import annotations

import pytest

from suzhou_antidrug.indicators.catalogue import FORMULAS, explain_indicator, indicators_frame


def test_each_indicator_stands_once_with_the_targets_and_tasks_that_name_it(plan):
    table = indicators_frame(plan).set_index("indicator")
    assert table.index.is_unique and set(table.index) == set(plan.indicators)
    assert table.loc["wastewater_load", ["targets", "tasks", "frequency"]].tolist() == ["wastewater", "", "quarter"]
    assert table.loc["user_check_rate", ["tasks", "basis", "kind"]].tolist() == ["6", "list", "coverage"]
    assert table.loc["drug_money_laundering_cases", ["targets", "tasks", "basis"]].tolist() == ["", "", ""]
    assert set(table["kind"]) <= set(FORMULAS)


@pytest.mark.parametrize(
    ("indicator", "words"),
    [
        ("user_check_rate", "numerator / denominator"),
        ("precursor_diversion_rate", "events / exposure x per"),
        ("wastewater_load", "mean over the periods"),
        ("user_incidents", "the target is none"),
    ],
)
def test_an_indicator_says_how_it_is_computed(plan, indicator, words):
    told = explain_indicator(plan, indicator).in_language("en")
    own = plan.indicator(indicator)
    assert words in told and own.definition.en in told and own.unit in told
    for label, part in (("numerator", own.numerator), ("denominator", own.denominator), ("note", own.note)):
        said = [row for row in told.splitlines() if row.strip().startswith(f"{label}: ")]
        assert len(said) == (part is not None)
        assert part is None or getattr(part, "name", part).en in said[0]
    assert own.definition.zh in explain_indicator(plan, indicator).in_language("zh")
