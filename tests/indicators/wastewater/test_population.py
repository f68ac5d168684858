"""People behind a sample: worked examples, inversions, refusals by position."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.population import (
    check_positive,
    load_population_bases,
    per_capita_change,
    population_basis,
    population_from_ammonium,
    population_from_cotinine,
    population_from_creatinine,
    population_from_phones,
)
from suzhou_antidrug.provenance import Status
from suzhou_antidrug.terms import Text

EXAMPLES = pd.read_csv(Path(__file__).parents[2] / "golden" / "wastewater_worked_examples.csv").set_index("id")
PUBLISHED_SPREAD = (0.07, 0.55)  # between estimators of one catchment, Castiglioni 2013
WAN = 10_000
POSITIVE = st.floats(1e-2, 1e6)
SOURCE = dict(grams_per_person_per_day=8.0, source="own survey")


def example(id_):
    row = EXAMPLES.loc[id_]
    return json.loads(row["inputs"]), json.loads(row["expected"])


def codes(caught):
    assert all(p.en and any("\u4e00" <= c <= "\u9fff" for c in p.zh) for p in caught.value.problems)
    return {p.code for p in caught.value.problems}


def test_cotinine_by_the_rule_of_a_chinese_laboratory():
    inputs, expected = example("E17")
    found = population_from_cotinine(
        inputs["cotinine_ng_per_L"], inputs["flow_10k_m3_per_day"] * WAN,
        cigarettes_per_person_per_day=inputs["cigarettes_per_person_per_day"],
        domestic_share=inputs["domestic_share"], mg_cotinine_per_cigarette=inputs["mg_cotinine_per_cigarette"],
    )  # fmt: skip
    assert float(found.value) / 1000 == pytest.approx(expected["population_thousand"], rel=1e-4)
    assert float(found.domestic_share) == 0.8
    for words in ("unverified", "0.14", "less smoking", "same share"):
        assert words in found.explain().in_language("en")


def test_the_rule_raises_every_load_by_one_over_the_share():
    # The drug is not multiplied by the share: 25 % too high at 0.8. The result keeps the share to have it demanded.
    load = {
        share: 100 * 1e5 / float(population_from_cotinine(2000, 1e5, cigarettes_per_person_per_day=3, domestic_share=share).value)
        for share in (0.8, 1.0)
    }  # fmt: skip
    assert load[0.8] / load[1.0] == pytest.approx(1.25)
    assert 0.8 * load[0.8] == pytest.approx(load[1.0])


def test_de_facto_population_and_the_false_fall_of_a_rebase():
    inputs, expected = example("E15")
    found = per_capita_change(inputs["total_load_change"], inputs["population_change"])
    assert float(found) == pytest.approx(expected["per_capita_change"], abs=0.001)
    inputs, expected = example("E16")
    growth = inputs["population_2020"] / inputs["population_2019"] - 1
    assert float(per_capita_change(0.0, growth)) == pytest.approx(expected["per_capita_change"], abs=1e-4)


@given(st.floats(-1, 10), st.floats(-0.99, 10))
def test_a_change_per_head_is_that_of_the_ratio(total, people):
    found = float(per_capita_change(total, people))
    assert (1 + found) * (1 + people) == pytest.approx(1 + total, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("total", "people", "fine"), [(-1, 0, True), (-1.01, 0, False), (0, -0.99, True), (0, -1, False)]
)
def test_changes_on_both_sides_of_the_edge(total, people, fine):
    if fine:
        per_capita_change(total, people)
    else:
        with pytest.raises(SeriesError):
            per_capita_change(total, people)


@given(POSITIVE, POSITIVE, POSITIVE)
def test_people_times_their_output_is_the_mass(concentration, flow, grams):
    for estimate in (population_from_ammonium, population_from_creatinine):
        found = estimate(concentration, flow, grams_per_person_per_day=grams, source="x")
        assert float(found.value) * grams == pytest.approx(concentration * flow, rel=1e-12)
        assert found.domestic_share is None
    found = population_from_cotinine(concentration, flow, cigarettes_per_person_per_day=grams, domestic_share=0.5)
    assert float(found.value) * grams * 0.14 == pytest.approx(concentration * flow / 1000 / 2, rel=1e-12)
    assert float(population_from_phones(flow, share_of_people_with_phone=0.8, source="x").value) == flow / 0.8


@pytest.mark.parametrize(
    ("concentration", "flow", "positions"),
    [
        ([30, 0, -1], 1e5, ["[1]", "[2]"]),
        ([30, 30], [1e5, 0], ["[1]"]),
        ([30, np.inf], 1e5, ["[1]"]),
        ([[30, 30], [30, -3]], 1e5, ["[1, 1]"]),
    ],
)
def test_what_is_not_above_zero_is_refused_by_position(concentration, flow, positions):
    with pytest.raises(SeriesError) as caught:
        population_from_ammonium(concentration, flow, **SOURCE)
    assert codes(caught) == {"not_positive"}
    assert [p for p in positions if p in str(caught.value)] == positions
    assert len(caught.value.problems) == len(positions)


def test_a_missing_value_stays_missing_and_a_long_list_of_wrong_ones_is_cut():
    found = population_from_ammonium([30, np.nan], 1e5, **SOURCE)
    assert found.value == pytest.approx([375_000, np.nan], nan_ok=True)
    with pytest.raises(SeriesError) as caught:
        population_from_ammonium(np.zeros(5000), 1e5, **SOURCE)
    assert len(caught.value.problems) == 20


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: population_from_ammonium(30, 1e5, grams_per_person_per_day=8, source=" "), "no_source"),
        (lambda: population_from_creatinine(1, 1e5, grams_per_person_per_day=1, source=""), "no_source"),
        (lambda: population_from_phones(1e5, share_of_people_with_phone=0.8, source=""), "no_source"),
        (lambda: population_from_phones(1e5, share_of_people_with_phone=80, source="x"), "share_above_one"),
        (lambda: population_from_phones(0, share_of_people_with_phone=0.8, source="x"), "not_positive"),
        (lambda: population_from_cotinine(1, 1, cigarettes_per_person_per_day=3, domestic_share=80), "share_above_one"),
        (lambda: population_from_cotinine(1, 1, cigarettes_per_person_per_day=3, domestic_share=0), "not_positive"),
        (lambda: population_from_cotinine(1, 1, cigarettes_per_person_per_day=0), "not_positive"),
        (lambda: population_from_ammonium("<0.5", 1e5, **SOURCE), "no_number"),
    ],
)
def test_refusals(call, code):
    with pytest.raises(SeriesError) as caught:
        call()
    assert codes(caught) == {code}


def test_no_value_per_person_is_invented():
    with pytest.raises(TypeError):
        population_from_ammonium(30, 1e5)
    with pytest.raises(ValueError, match="relative_sd"):
        population_from_ammonium(30, 1e5, relative_sd=0, **SOURCE)


def test_status_says_whose_numbers_these_are():
    assert population_from_ammonium(30, 1e5, **SOURCE).made.status is Status.ASSUMED  # our relative SD
    own = population_from_ammonium(30, 1e5, relative_sd=0.2, **SOURCE)
    assert (own.made.status, own.relative_sd) == (Status.COMPUTED, 0.2)
    rule = population_from_cotinine(1, 1, cigarettes_per_person_per_day=3, relative_sd=0.2)
    assert rule.made.status is Status.UNVERIFIED
    other = population_from_cotinine(
        1, 1, cigarettes_per_person_per_day=3, relative_sd=0.2, mg_cotinine_per_cigarette=0.2
    )
    assert other.made.status is Status.COMPUTED


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("普查", "census"), ("普查人口", "census"), ("户籍人口", "registered"), ("年末常住人口", "year_end_resident"),
        ("常住人口", "year_end_resident"), ("设计规模", "design_capacity"), ("氨氮", "ammonium_nitrogen"),
        ("ＮＨ4-Ｎ", "ammonium_nitrogen"), ("NH4N", "ammonium_nitrogen"), ("可替宁", "cotinine"), ("肌酐", "creatinine"),
        ("手机信令", "mobile_phone"), ("Mobile Phone", "mobile_phone"),
    ],
)  # fmt: skip
def test_bases_are_found_by_their_names(name, id_):
    assert population_basis(name).id == id_


def test_an_unknown_basis_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="户籍人口"):
        population_basis("户籍人")
    with pytest.raises(UnknownNameError):
        population_basis("服务人口")  # says who is served, not how they were counted


def test_every_spread_is_assumed_inside_the_published_one():
    bases = load_population_bases()
    assert list(bases) == ["census", "registered", "year_end_resident", "design_capacity", "ammonium_nitrogen",
                           "cotinine", "creatinine", "mobile_phone"]  # fmt: skip
    for basis in bases.values():
        assert PUBLISHED_SPREAD[0] <= basis.relative_sd <= PUBLISHED_SPREAD[1]
        assert basis.status is Status.ASSUMED and "assumption" in basis.source
    assert {b.kind for b in bases.values()} == {"static", "dynamic"}


def test_an_estimate_is_tabled_explained_and_drawn():
    found = population_from_cotinine(
        [2000, 2500], [1e5, 1e5], cigarettes_per_person_per_day=3, domestic_share=[0.8, 0.9]
    )
    assert found.frame["domestic_share"].tolist() == [0.8, 0.9]
    assert found.frame["basis"].unique().tolist() == ["cotinine"]
    assert "assumed" in found.explain().in_language("en") and "假定" in found._repr_html_()
    for language, words in (("zh", "人口（人）"), ("en", "population (persons)")):
        assert found.plot(language=language).get_ylabel() == words
    phones = population_from_phones(8e5, share_of_people_with_phone=0.8, source="operator 2021")
    assert len(phones.frame) == 1 and "operator 2021" in phones.explain().in_language("zh")


def test_lists_are_static_and_markers_of_the_day_dynamic():
    kinds = {b.id: b.kind for b in load_population_bases().values()}
    assert {k for k, kind in kinds.items() if kind == "dynamic"} == {
        "ammonium_nitrogen", "cotinine", "creatinine", "mobile_phone",
    }  # fmt: skip


def test_one_number_has_no_position_and_one_of_several_has():
    for values, said in ((0.0, "flow is not a number"), ([1.0, 0.0], "flow at position [1] (counted from 0)")):
        with pytest.raises(SeriesError) as caught:
            check_positive(values, Text("流量", "flow"))
        assert caught.value.problems[0].en.startswith(said) and "[]" not in str(caught.value)
