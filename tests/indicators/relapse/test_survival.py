"""Kaplan-Meier, its quantiles and restricted means: R's answers, by hand, and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import dataset, golden

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.relapse.compare_groups import log_rank
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier, quantile, restricted_mean, survival_at

REL = 1e-6
times = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=2, max_size=40)


def test_the_other_rule_of_the_median_is_the_first_time_at_or_below(uis):
    km = kaplan_meier(None, uis["time"], uis["event"], group=uis["treat"], quantile_rule="first")
    assert quantile(km).time.tolist() == [131, 190]


def test_delayed_entry_of_channing_house(channing):
    want = golden("channing_left_truncation_male")
    men = channing[channing["gender"] == 1]
    whole = kaplan_meier(men["ageentry"], men["age"], men["death"]).curves[0]
    assert whole.time[np.argmax(whole.survival == 0)] == want["unconditional_first_zero"]
    assert whole.later_start > 700  # the curve itself says that a later start is wanted
    later = survival_at(kaplan_meier(men["ageentry"], men["age"], men["death"], start=816), [900, 1000])
    assert later.survival[0] == pytest.approx([want["cond816_S900"], want["cond816_S1000"]], rel=REL)
    assert later.standard_error[0] == pytest.approx(want["cond816_se"], rel=REL)


@given(times)
def test_the_product_by_hand(rows):
    t, d = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows], int)
    survival = 1.0
    curve = kaplan_meier(None, t, d).curves[0]
    for when, value in zip(curve.time, curve.survival, strict=True):
        survival *= 1 - ((t == when) & (d == 1)).sum() / (t >= when).sum()
        assert value == pytest.approx(survival, abs=1e-12)


@given(times)
def test_against_statsmodels(rows):
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    t, d = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows], int)
    if not d.any():
        return
    other = duration.SurvfuncRight(t, d)
    curve = kaplan_meier(None, t, d).curves[0]
    at = np.isin(curve.time, other.surv_times)
    assert curve.survival[at] == pytest.approx(other.surv_prob, abs=1e-12)
    positive = other.surv_prob > 0
    assert curve.standard_error[at][positive] == pytest.approx(other.surv_prob_se[positive], abs=1e-12)


@given(times)
def test_order_of_rows_and_unit_of_time_do_not_matter(rows):
    t, d = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows], int)
    once, again = kaplan_meier(None, t, d).curves[0], kaplan_meier(None, 30 * t[::-1], d[::-1]).curves[0]
    assert np.array_equal(once.survival, again.survival) and np.array_equal(30 * once.time, again.time)


def test_a_spell_cut_in_two_changes_nothing():
    whole = kaplan_meier(None, [4, 6, 7], [1, 0, 1]).curves[0]
    cut = kaplan_meier([0, 2, 0, 0], [2, 4, 6, 7], [0, 1, 0, 1]).curves[0]
    assert whole.survival[-1] == cut.survival[-1]
    assert (
        quantile(kaplan_meier(None, [4, 6, 7], [1, 0, 1])).time
        == quantile(kaplan_meier([0, 2, 0, 0], [2, 4, 6, 7], [0, 1, 0, 1])).time
    )


def test_a_median_that_is_not_reached_is_a_status():
    found = quantile(kaplan_meier(None, [1, 2, 3, 4], [1, 0, 0, 0]))
    assert np.isnan(found.time[0]) and found.status == ("not_reached",)


def test_without_events_nothing_is_claimed():
    km = kaplan_meier(None, [1, 2, 3], [0, 0, 0])
    at = survival_at(km, [2])
    assert at.status[0, 0] == "before_first_event" and np.isnan(at.low[0, 0])
    assert restricted_mean(km, 3).status == ("no_events",)
    assert log_rank(None, [1, 2, 3], [0, 0, 0], [0, 1, 1]).status == "no_events"


def test_few_events_are_not_tested():
    t, g = np.arange(1.0, 41.0), np.tile([0, 1], 20)
    assert log_rank(None, t, t <= 9, g).status == "too_few_events"
    assert log_rank(None, t, t <= 10, g).status == "tested"


@pytest.mark.parametrize(
    ("entry", "exit", "event", "code"),
    [
        ([5], [3], [1], "exit_before_entry"),
        ([3], [3], [1], "zero_time"),
        ([0], [-1], [1], "negative_time"),
        ([0], [np.nan], [1], "missing_time"),
        ([0], [1], [np.nan], "missing_event"),
        ([0], [1], [0.5], "unknown_event"),
    ],
)
def test_times_and_codes_that_cannot_be(entry, exit, event, code):
    with pytest.raises(SeriesError) as caught:
        kaplan_meier([0, *entry], [9, *exit], [0, *event])
    assert [p.code for p in caught.value.problems] == [code]
    assert "1" in caught.value.problems[0].en


def test_all_problems_come_at_once():
    with pytest.raises(SeriesError) as caught:
        kaplan_meier([0, 5, 0], [1, 3, -1], [np.nan, 0, 0])
    assert {p.code for p in caught.value.problems} == {"exit_before_entry", "negative_time", "missing_event"}


def test_stratified_log_rank_of_lung_cancer():
    """Against the sum of strata worked with statsmodels' own stratified test."""
    survdiff = pytest.importorskip("statsmodels.duration.survfunc").survdiff
    lung = dataset("survival", "cancer").dropna(subset=["ph.ecog"])
    strata = pd.factorize(lung["ph.ecog"])[0]
    chi2, p = survdiff(
        lung["time"].to_numpy(), (lung["status"] == 2).to_numpy(int), lung["sex"].to_numpy(), strata=strata
    )
    found = log_rank(None, lung["time"], lung["status"] == 2, lung["sex"], strata=strata)
    assert (found.statistic, found.p_value) == pytest.approx((chi2, p), rel=1e-9)
