"""Every score and grade of the bundled rule files, against a second scorer in plain fractions."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from plain_scores import plain_scores, read_rules

import suzhou_antidrug as sa

FILES = sa.list_appraisal_rules()
HALF_DIGIT = 1e-9  # between a float and the exact score


@cache
def material():
    plan = sa.load_plan("suzhou-2020")
    return plan, sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan), sa.make_synthetic_evidence(plan)


@cache
def of_file(name):
    plan, values, evidence = material()
    given = evidence if name == "suzhou-default" else None
    return sa.appraise(values, plan, rules=name, evidence=given), plain_scores(read_rules(name), plan, values, evidence=given)  # fmt: skip


def same(card, plain):
    for row, exact in zip(card.scores.itertuples(), np.concatenate([y.unrounded for y in card.years]), strict=True):
        mine = plain[row.division, row.year]
        if mine["exact"] is None:
            assert np.isnan(row.score) and row.grade == ""
            continue
        digits = card.rules.file.rounding.digits
        assert f"{row.score:.{digits}f}" == f"{float(mine['score']):.{digits}f}", (row.division, row.year)
        assert row.score == float(mine["score"])
        assert exact == pytest.approx(float(mine["exact"]), abs=HALF_DIGIT)
        if row.grade != "undetermined":
            assert row.grade == mine["grade"]


@pytest.mark.parametrize("name", FILES)
def test_eleven_places_three_years(name):
    card, plain = of_file(name)
    assert len(card.scores) == 33 == len(plain)
    same(card, plain)
    assert card.scores["score"].nunique() > 10  # else little would be compared


@pytest.mark.parametrize("name", FILES)
def test_bounds_enclose_and_ranks_count(name):
    scores = of_file(name)[0].scores
    assert (scores["low"] <= scores["score"] + 1e-9).all() and (scores["score"] <= scores["high"] + 1e-9).all()
    for _, year in scores[scores["division"] != "suzhou"].groupby("year"):
        assert year["rank"].tolist() == [1 + (year["score"] > s).sum() for s in year["score"]]
        assert year["rank_best"].tolist() == [1 + (year["low"] > h).sum() for h in year["high"]]
        assert year["rank_worst"].tolist() == [1 + (year["high"].drop(i) > low).sum() for i, low in year["low"].items()]
    assert scores.loc[scores["division"] == "suzhou", "rank"].isna().all()


READINGS = [
    {"above_bound": "excludes_the_number"}, {"rise_percent": "points_on_2019"}, {"rise_percent": "relative_to_previous_year"},
    {"new_user_share_direction": "less_is_better"}, {"single_cell": "by_last_year"}, {"new_user_share_direction": "neutral"},
]  # fmt: skip


@pytest.mark.parametrize("readings", READINGS, ids=lambda r: "-".join(*r.items()))
@pytest.mark.parametrize("name", ["practice-steps", "suzhou-default"])
def test_other_readings(name, readings):
    plan, values, _ = material()
    card = sa.appraise(values, plan, rules=name, readings=readings)
    same(card, plain_scores(read_rules(name), plan, values, readings=readings))


def edited(values, indicator, division, year, **columns):
    table = values.table.copy()
    hit = (
        (table["indicator"] == indicator)
        & (table["division"] == division)
        & (values.table["period"].map(lambda p: p.year) == year)
    )
    assert hit.any()
    for name, value in columns.items():
        table.loc[hit, name] = value
    return type(values)(table, values.made)


@settings(max_examples=12, phases=[Phase.generate])  # a case takes half a second: shrinking would take minutes
@given(data=st.data())
def test_whatever_is_reported(data):
    """A figure changed, or gone: the second scorer follows, and no other place moves."""
    plan, values, _ = material()
    name = data.draw(st.sampled_from(FILES))
    items = [i["indicator"] for i in read_rules(name)["items"] if "indicator" in i]
    indicator = plan.indicator(data.draw(st.sampled_from(items)))
    division, year = data.draw(st.sampled_from(plan.geography.ids)), data.draw(st.sampled_from(plan.years))
    n = data.draw(st.sampled_from([1.0, 7.0, 20.0, 1000.0]))
    k = data.draw(st.one_of(st.just(np.nan), st.integers(0, int(n)).map(float), st.just(n)))
    parts = indicator.needs_parts and indicator.kind != "occurrence"
    new = (
        {"numerator": k, "denominator": n if k == k else np.nan, "value": k / n}
        if parts
        else {"value": k, "numerator": k}
    )
    moved = edited(values, indicator.id, division, year, **new)
    card = sa.appraise(moved, plan, rules=name)
    same(card, plain_scores(read_rules(name), plan, moved))
    before = sa.appraise(values, plan, rules=name).scores
    columns = ["score", "low", "high", "grade", "before_veto", "bonus"]
    others = before["division"] != division
    pd.testing.assert_frame_equal(before.loc[others, columns], card.scores.loc[others, columns])


@pytest.mark.parametrize("name", FILES)
def test_order_of_rows_and_divisions_is_irrelevant(name):
    plan, values, evidence = material()
    given = evidence if name == "suzhou-default" else None
    turned = plan.model_copy(update={"geography": _turned(plan.geography)})
    shuffled = type(values)(values.table.sample(frac=1, random_state=1), values.made)
    rules = sa.load_appraisal_rules(name, plan=plan)
    other = sa.appraise(shuffled, turned, rules=rules, evidence=None if given is None else given.iloc[::-1])
    assert other.scores["division"].iloc[1] == plan.geography.ids[-1]
    mine, theirs = (c.scores.set_index(["year", "division"]).sort_index() for c in (of_file(name)[0], other))
    pd.testing.assert_frame_equal(mine, theirs)


def _turned(geography):
    from dataclasses import replace

    return replace(geography, divisions=tuple(reversed(geography.divisions)))
