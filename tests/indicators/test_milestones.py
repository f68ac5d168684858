"""Milestones against values: both sides of a threshold, missing, readings, change on a base."""

from __future__ import annotations

import pandas as pd
import pytest

import suzhou_antidrug as sa

from .test_compute import DIVISIONS, returns


def judged(plan, rows, task, year, *, division="kunshan", readings=None, indicator=None):
    values = sa.compute_indicators(returns(plan, rows), plan=plan)
    frame = sa.judge_milestones(values, plan=plan, years=[year], readings=readings).frame
    frame = frame[(frame["task"] == task) & (frame["division"] == division)]
    if indicator:
        frame = frame[frame["indicator"] == indicator]
    assert len(frame) == 1, frame
    return frame.iloc[0]


def share(indicator, k, n, year, division="kunshan", **more):
    return {"indicator": indicator, "division": division, "period": str(year), "numerator": k, "denominator": n, **more}


@pytest.mark.parametrize(("k", "verdict"), [(900, "met"), (899, "not_met"), (1000, "met")])
def test_both_sides_of_ninety_percent(plan, k, verdict):
    row = judged(plan, [share("sick_disabled_admission_rate", k, 1000, 2020)], 8, 2020)
    assert row["verdict"] == verdict
    assert "0.9" in row["reason_en"]


def test_missing_is_not_assessable(plan):
    row = judged(plan, [share("sick_disabled_admission_rate", 900, 1000, 2020)], 8, 2021)
    assert row["verdict"] == "not_assessable"
    assert "缺报不等于零" in row["reason_zh"]


def test_city_with_a_missing_division_is_not_assessable(plan):
    rows = [share("sick_disabled_admission_rate", 100, 100, 2020, d) for d in DIVISIONS[:9]]
    row = judged(plan, rows, 8, 2020, division="suzhou")
    assert row["verdict"] == "not_assessable"
    assert "9 of 10" in row["reason_en"]


@pytest.mark.parametrize(("k", "verdict"), [(960, "met"), (905, "insufficient_evidence"), (800, "not_met")])
def test_surveys_are_judged_by_their_interval(plan, k, verdict):
    row = judged(plan, [share("public_education_coverage", k, 1000, 2020)], 1, 2020)
    assert row["verdict"] == verdict


# Task 13: the share of openly interdicted drugs must rise by 10 % in 2020.
BASE, RAISED = share("open_interdiction_share", 20, 100, 2019), 22.5


@pytest.mark.parametrize(
    ("kg", "reading", "verdict"),
    [
        (22.0, "relative_to_2019", "met"),  # 20 % to 22 % is a tenth more
        (21.9, "relative_to_2019", "not_met"),
        (29.9, "points_on_2019", "not_met"),
        (30.0, "points_on_2019", "met"),
        (22.0, "relative_to_previous_year", "met"),
    ],
)
def test_ten_percent_more_by_reading(plan, kg, reading, verdict):
    rows = [BASE, share("open_interdiction_share", kg, 100, 2020)]
    row = judged(plan, rows, 13, 2020, readings={"rise_percent": reading}, indicator="open_interdiction_share")
    assert row["verdict"] == verdict
    assert reading in row["reading"]


def test_change_without_a_base_is_not_assessable(plan):
    row = judged(plan, [share("open_interdiction_share", 30, 100, 2020)], 13, 2020, indicator="open_interdiction_share")
    assert row["verdict"] == "not_assessable"
    assert "2019" in row["reason_zh"]


def test_change_over_a_changed_definition_is_not_assessable(plan):
    rows = [BASE | {"definition": "raw"}, share("open_interdiction_share", 30, 100, 2020, definition="equivalent")]
    row = judged(plan, rows, 13, 2020, indicator="open_interdiction_share")
    assert row["verdict"] == "not_assessable"
    assert "definition changed: raw, then equivalent" in row["reason_en"]


def test_a_reading_can_turn_the_comparison_or_refuse(plan):
    rows = [share("new_user_share", 40, 100, 2020)]
    assert judged(plan, rows, 5, 2020)["verdict"] == "met"
    turned = judged(plan, rows, 5, 2020, readings={"new_user_share_direction": "less_is_better"})
    assert (turned["verdict"], turned["operator"]) == ("not_met", "le")
    refused = judged(plan, rows, 5, 2020, readings={"new_user_share_direction": "neutral"})
    assert refused["verdict"] == "not_assessable"


def test_a_reading_can_pick_another_indicator(plan):
    rows = [
        {
            "indicator": "suspects_per_drug_case",
            "division": "kunshan",
            "period": "2020",
            "numerator": 130,
            "denominator": 100,
        }
    ]
    row = judged(
        plan,
        rows,
        11,
        2020,
        readings={"gang_efficacy_definition": "suspects_per_case"},
        indicator="suspects_per_drug_case",
    )
    assert (row["value"], row["verdict"]) == (1.3, "met")


def test_above_may_exclude_the_number(plan):
    rows = [share("new_user_share", 35, 100, 2020)]
    assert judged(plan, rows, 5, 2020)["verdict"] == "met"
    strict = judged(plan, rows, 5, 2020, readings={"above_bound": "excludes_the_number"})
    assert strict["verdict"] == "not_met"


def test_unknown_readings_are_named(plan, synthetic):
    values = sa.compute_indicators(synthetic, plan=plan)
    with pytest.raises(sa.UnknownNameError, match="rise_percent"):
        sa.judge_milestones(values, plan=plan, readings={"rise_percnt": "points_on_2019"})
    with pytest.raises(sa.UnknownNameError, match="points_on_2019"):
        sa.judge_milestones(values, plan=plan, readings={"rise_percent": "points"})


def test_every_milestone_is_judged_for_everyone(plan, synthetic):
    frame = sa.judge_milestones(sa.compute_indicators(synthetic, plan=plan), plan=plan).frame
    places = {i.id: 11 if i.by_division else 1 for i in plan.indicators.values()}
    assert len(frame) == sum(places[m.indicator] for m in plan.milestones)
    assert set(frame["verdict"]) <= {"met", "not_met", "insufficient_evidence", "not_assessable"}
    assert not frame.loc[frame["value"].isna(), "verdict"].isin(["met", "not_met"]).any()


def test_one_division_never_moves_anothers_verdict(plan, synthetic):
    before = sa.judge_milestones(sa.compute_indicators(synthetic, plan=plan), plan=plan).frame
    frame = synthetic.frame[
        ["indicator", "division", "period", "numerator", "denominator", "value", "status", "definition"]
    ]
    without = frame[frame["division"] != "kunshan"].assign(period=lambda f: f["period"].astype(str))
    after = sa.judge_milestones(
        sa.compute_indicators(sa.Returns.from_frame(without, plan=plan), plan=plan), plan=plan
    ).frame
    keys = ["task", "year", "indicator", "division", "verdict"]
    others = [d for d in DIVISIONS if d != "kunshan"]
    pd.testing.assert_frame_equal(
        before[before["division"].isin(others)][keys].reset_index(drop=True),
        after[after["division"].isin(others)][keys].reset_index(drop=True),
    )
