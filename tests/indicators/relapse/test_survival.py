"""Kaplan-Meier, its quantiles and restricted means: R's answers, by hand, and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import dataset, golden

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.relapse.compare_groups import log_rank, restricted_mean_difference
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier, quantile, restricted_mean, survival_at

REL = 1e-6
times = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=2, max_size=40)


def test_uis(uis):
    want = golden("uis_km")
    assert (len(uis), int(uis["event"].sum()), int(uis["time"].sum())) == (want["n"], want["events"], want["days"])
    km = kaplan_meier(None, uis["time"], uis["event"], conf_type="log")
    found = survival_at(km, [int(t) for t in want["S"]])
    assert found.survival[0] == pytest.approx(list(want["S"].values()), rel=REL)
    median = quantile(km)
    assert (median.time[0], median.low[0], median.high[0]) == (want["median"], *want["median_ci_log"])
    arms = quantile(kaplan_meier(None, uis["time"], uis["event"], group=uis["treat"], conf_type="log"))
    assert arms.time.tolist() == [want["median_treat0"], want["median_treat1"]]
    assert [arms.low[0], arms.high[0]] == want["median_treat0_ci_log"]
    assert [arms.low[1], arms.high[1]] == want["median_treat1_ci_log"]
    test = log_rank(None, uis["time"], uis["event"], uis["treat"])
    assert test.statistic == pytest.approx(want["logrank_chi2"], rel=REL)
    assert test.p_value == pytest.approx(want["logrank_p"], rel=REL)


def test_the_other_rule_of_the_median_is_the_first_time_at_or_below(uis):
    km = kaplan_meier(None, uis["time"], uis["event"], group=uis["treat"], quantile_rule="first")
    assert quantile(km).time.tolist() == [131, 190]


def test_rossi(rossi):
    want = golden("rossi_km52")
    found = survival_at(kaplan_meier(None, rossi["week"], rossi["arrest"], group=rossi["fin"]), [13, 26, 39, 52])
    assert found.survival[0] == pytest.approx(want["S_fin0"], rel=1e-9)
    assert found.survival[1] == pytest.approx(want["S_fin1"], rel=1e-9)
    test = log_rank(None, rossi["week"], rossi["arrest"], rossi["fin"])
    assert (test.statistic, test.p_value) == pytest.approx((want["logrank_chi2"], want["p"]), rel=1e-9)


def test_delayed_entry_of_channing_house(channing):
    want = golden("channing_left_truncation_male")
    men = channing[channing["gender"] == 1]
    whole = kaplan_meier(men["ageentry"], men["age"], men["death"]).curves[0]
    assert whole.time[np.argmax(whole.survival == 0)] == want["unconditional_first_zero"]
    assert whole.later_start > 700  # the curve itself says that a later start is wanted
    later = survival_at(kaplan_meier(men["ageentry"], men["age"], men["death"], start=816), [900, 1000])
    assert later.survival[0] == pytest.approx([want["cond816_S900"], want["cond816_S1000"]], rel=REL)
    assert later.standard_error[0] == pytest.approx(want["cond816_se"], rel=REL)


def test_restricted_means_of_pbc():
    want = golden("rmst_pbc10")
    pbc = dataset("survival", "pbc").iloc[:312]
    km = kaplan_meier(None, pbc["time"] / 365.25, pbc["status"] == 2, group=pbc["trt"].astype(int))
    found = restricted_mean(km, 10)
    assert found.mean == pytest.approx(want["rmst"], rel=REL)
    assert found.standard_error == pytest.approx(want["se"], rel=REL)
    gained = restricted_mean_difference(km, 10, reference=2)
    assert gained.difference[0] == pytest.approx(want["difference_1_minus_2"], rel=REL)


def test_lung_cancer_as_r_prints_it():
    """R's survfit on the lung data: 228 rows, 165 deaths, median 310 (285 to 363), by sex 270 and 426."""
    lung = dataset("survival", "cancer")
    km = kaplan_meier(None, lung["time"], lung["status"] == 2, conf_type="log")
    median = quantile(km)
    assert (median.time[0], median.low[0], median.high[0]) == (310, 285, 363)
    by_sex = quantile(kaplan_meier(None, lung["time"], lung["status"] == 2, group=lung["sex"]))
    assert by_sex.time.tolist() == [270, 426]
    test = log_rank(None, lung["time"], lung["status"] == 2, lung["sex"])
    assert round(test.statistic, 1) == 10.3 and round(test.p_value, 3) == 0.001


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
