"""Weeks: published means of the European release, brute force, both sides of every edge, scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.weeks import (
    WEEK_RULES,
    classify_yearly_change,
    detect_week_rule,
    paired_day_test,
    replay_rules,
    sampling_rounds,
    stratified_mean,
    weekly_means,
)

CENT = 0.0051  # published to 0.01: half a unit of the last digit, and the binary error of it
EXACT = 1e-12  # the same arithmetic in another order
NAN = float("nan")
# Single weeks of the EUDA and SCORE network, 2025 release (ww2025-all-data.csv): days Monday to Sunday, then the
# published weekday, weekend and daily mean.
DEBRECEN = ([13.77, 8.83, 8.26, 9.33, 11.18, 15.52, 14.7], 8.81, 13.79, 11.66)  # MDMA 2023
BASEL = ([15.41, 10.75, 11.65, 11.37, 10.06, 23.11, 41.19], 10.96, 26.57, 17.65)  # MDMA 2021
GENEVA = ([NAN, 5.9, 8.01, 7.39, 7.46, 6.54, 5.88], 7.1, 6.63, 6.86)  # methamphetamine 2016
BUDAPEST = ([276.44, NAN, 194.37, 289.93, 281.45, 502.95, 442.54], 226.22, 375.85, 311.72)  # cocaine 2024


@pytest.mark.parametrize(("week", "rule"), [(DEBRECEN, "score"), (BASEL, "score_2021"), (GENEVA, "score")])
def test_published_means_are_reproduced(week, rule):
    days, weekday, weekend, daily = week
    found = weekly_means(days, rule=rule)
    assert float(found.weekday) == pytest.approx(weekday, abs=CENT)
    assert float(found.weekend) == pytest.approx(weekend, abs=CENT)
    assert float(found.daily) == pytest.approx(daily, abs=CENT)


def test_a_published_mean_that_the_days_do_not_give_stays_apart():
    days, weekday, weekend, daily = BUDAPEST
    found = weekly_means(days)
    assert abs(float(found.weekday) - weekday) > 10 and abs(float(found.daily) - daily) > 10
    assert float(found.weekend) == pytest.approx(weekend, abs=CENT)
    # The published daily mean is stratified from means the row does not show.
    assert (3 * weekday + 4 * weekend) / 7 == pytest.approx(daily, abs=0.01)
    assert (int(found.n_days), bool(found.complete)) == (6, False)


def test_the_rule_is_found_from_published_means():
    weeks = np.array([w[0] for w in (DEBRECEN, BASEL, GENEVA, BUDAPEST)])
    weekday, weekend = np.array([w[1:3] for w in (DEBRECEN, BASEL, GENEVA, BUDAPEST)]).T
    assert detect_week_rule(weeks, weekday, weekend).tolist() == ["score", "score_2021", "incomplete", "incomplete"]


@pytest.mark.parametrize("rule", WEEK_RULES)
def test_every_rule_is_told_from_the_others_up_to_the_tolerance(rule):
    days = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
    own = weekly_means(days, rule=rule)
    weekday, weekend = float(own.weekday), float(own.weekend)
    assert str(detect_week_rule(days, weekday, weekend)) == rule
    assert str(detect_week_rule(days, weekday + 0.015, weekend - 0.015)) == rule
    assert str(detect_week_rule(days, weekday + 0.0152, weekend)) == "unknown"
    assert str(detect_week_rule(days, weekday, weekend - 0.0152)) == "unknown"
    assert str(detect_week_rule(days, weekday, NAN)) == "incomplete"
    assert str(detect_week_rule(days, weekday + 0.5, weekend, tolerance=0.5)) == rule


def test_a_flat_week_reads_as_the_stated_rule():
    assert str(detect_week_rule(np.full(7, 3.0), 3.0, 3.0)) == "score"


def test_both_daily_means_agree_on_full_weeks_and_differ_where_days_lack():
    days = np.array([DEBRECEN[0], BASEL[0]])
    for rule in WEEK_RULES:
        found = weekly_means(days, rule=rule)
        assert found.daily_stratified == pytest.approx(found.daily, abs=EXACT)
    geneva = weekly_means(GENEVA[0])
    by_hand = (3 * (5.9 + 8.01 + 7.39) / 3 + 4 * (7.46 + 6.54 + 5.88) / 3) / 7
    assert float(geneva.daily_stratified) == pytest.approx(by_hand, abs=EXACT)
    assert float(geneva.daily) == pytest.approx((5.9 + 8.01 + 7.39 + 7.46 + 6.54 + 5.88) / 6, abs=EXACT)
    only_weekend = weekly_means([NAN, NAN, NAN, NAN, 1.0, 2.0, 3.0])
    assert np.isnan(only_weekend.weekday) and np.isnan(only_weekend.daily_stratified) and only_weekend.daily == 2
    nothing = weekly_means(np.full((2, 3, 7), NAN))
    assert nothing.daily.shape == (2, 3) and np.isnan(nothing.daily).all() and (nothing.n_days == 0).all()


def test_what_is_no_week_is_refused():
    with pytest.raises(ValueError, match="seven days"):
        weekly_means([1.0, 2.0])
    with pytest.raises(SeriesError) as raised:
        weekly_means([[1, 2, 3, 4, 5, 6, 7], [1, 2, -0.1, 4, 5, 6, 7]])
    assert (raised.value.problems[0].column, raised.value.problems[0].value) == ("wed", "-0.1")
    with pytest.raises(SeriesError):
        weekly_means([1, 2, np.inf, 4, 5, 6, 7])
    with pytest.raises(UnknownNameError, match="score_2021"):
        weekly_means(DEBRECEN[0], rule="score2021")


def test_classes_of_the_agency_on_both_sides_of_the_edge():
    # EUDA, 2025 release, ww2025-changes-all-substances.csv: MDMA in Agia Napa, cocaine in Kapfenberg and Rotterdam (2),
    # MDMA in Chemnitz, 2023 and 2024, with the change printed there.
    before, after = [4.12, 151.36, 1088.44, 12.84], [4.53, 166.56, 972.92, 11.71]
    change, kind = classify_yearly_change(before, after)
    assert np.round(100 * change, 3).tolist() == [9.951, 10.042, -10.613, -8.801]
    assert kind.tolist() == ["stable", "increase", "decrease", "stable"]


def test_zeros_and_the_very_edge():
    change, kind = classify_yearly_change([0, 0, 3, NAN, 3, 10, 10], [0, 2, 0, 1, NAN, 11, 9])
    assert kind.tolist() == ["stable", "increase", "decrease", "no_data", "no_data", "stable", "stable"]
    assert change[:3].tolist() == [0.0, np.inf, -1.0] and np.isnan(change[3:5]).all()
    assert classify_yearly_change([10, 10], [11.001, 8.999])[1].tolist() == ["increase", "decrease"]
    assert classify_yearly_change(10, 12, edge=0.2)[1].tolist() == "stable"
    with pytest.raises(SeriesError):
        classify_yearly_change([-1], [2])


groups_of_days = st.lists(
    st.tuples(st.floats(0, 1e4) | st.just(NAN), st.booleans(), st.integers(0, 4)), min_size=0, max_size=40
)


@given(groups_of_days)
def test_stratified_means_equal_a_loop(days):
    x, late, code = (np.array(part) for part in zip(*days, strict=True)) if days else (np.array([]),) * 3
    found = stratified_mean(x, late, code.astype(int), 6)
    for g in range(6):
        kinds = [[v for v, w, c in days if c == g and w == kind and v == v] for kind in (False, True)]
        flat = kinds[0] + kinds[1]
        if kinds[0] and kinds[1]:
            expected = 3 / 7 * np.mean(kinds[0]) + 4 / 7 * np.mean(kinds[1])
        else:
            expected = np.mean(flat) if flat else NAN
        assert found.mean[g] == pytest.approx(expected, rel=1e-9, nan_ok=True)
        assert (found.n_days[g], found.n_weekend[g]) == (len(flat), len(kinds[1]))
        assert found.balanced[g] == bool(kinds[0] and kinds[1])


@given(st.lists(st.floats(0.01, 1e4), min_size=7, max_size=7))
def test_a_stratified_full_week_is_its_plain_mean(days):
    weekend = [True, False, False, False, True, True, True]
    found = stratified_mean(days, weekend, np.zeros(7, dtype=int), 1)
    assert found.mean[0] == pytest.approx(np.mean(days), rel=1e-9)
    assert found.mean[0] == pytest.approx(float(weekly_means(days).daily_stratified), rel=1e-9)


def test_slips_in_groups_are_refused():
    for wrong in ([0, 0, 2], [0, -1, 1], [0.0, 1.0, 1.0]):
        with pytest.raises(ValueError, match="whole numbers"):
            stratified_mean([1, 2, 3], [True] * 3, wrong, 2)
    with pytest.raises(ValueError, match="one length"):
        stratified_mean([1, 2], [True], [0, 0], 1)
    with pytest.raises(ValueError, match="weekday_weight"):
        stratified_mean([1], [True], [0], 1, weekday_weight=1.2)


def test_the_paired_test_is_that_of_scipy():
    rng = np.random.default_rng(3)
    before = rng.lognormal(3, 0.5, (30, 7))
    after = rng.lognormal(2.9, 0.5, (30, 7))
    after[:15, 2] = NAN
    before[10:20, 5] = NAN
    p, common = paired_day_test(before, after)
    theirs = stats.ttest_rel(
        np.log(after + 0.5), np.log(before + 0.5), axis=1, nan_policy="omit", alternative="less"
    ).pvalue
    assert p == pytest.approx(np.asarray(theirs, dtype=float), abs=1e-10)  # two ways to the same t
    assert sorted(set(common.tolist())) == [5, 6, 7]
    lone, n = paired_day_test([1, NAN, NAN, NAN, NAN, NAN, NAN], [2, 1, 1, 1, 1, 1, 1])
    assert np.isnan(lone) and n == 1


def series_of(levels, *, first=2015):
    week = np.outer(levels, [0.9, 1.0, 1.05, 0.95, 1.0, 1.1, 1.0])
    n = len(levels)
    return [np.zeros(n, dtype=int), np.arange(first, first + n), np.asarray(levels, float), np.full(n, 7), week]


def test_each_rule_fires_on_its_own_side_of_its_line():
    def fires(levels, which=-1):
        found = replay_rules(*series_of(levels))
        return {name: bool(mask[which]) for name, mask in found.rules.items()}, bool(found.still_low[which])

    # The triple of the last three years; what stands before is the prior.
    assert fires([10, 10, 8.0, 9.0])[0]["drop_20"] and not fires([10, 10, 8.01, 9.0])[0]["drop_20"]
    assert fires([10, 10, 8.0, 9.0])[1] and not fires([10, 10, 8.0, 9.01])[1]
    assert fires([10, 10, 8.0, 9.0])[0]["drop_20_from_both"]
    assert not fires([9.9, 10, 8.0, 9.0])[0]["drop_20_from_both"], "a spike going back"
    assert not fires([10, 8.0, 9.0])[0]["drop_20_from_both"], "no year before"
    assert fires([4, 4, 22, 10, 8.0, 8.0])[0]["drop_20_from_both"], "three years back and no more"
    assert not fires([99, 4, 4, 21, 10, 8.0, 8.0])[0]["drop_20_from_both"]


def test_triples_need_their_base_their_years_and_their_days():
    full = series_of([10, 8, 8])
    assert len(replay_rules(*full).still_low) == 1
    assert len(replay_rules(*series_of([4.99, 8, 8])).still_low) == 0
    assert len(replay_rules(*series_of([5.0, 8, 8])).still_low) == 1
    gap = series_of([10, 8, 8])
    gap[1] = np.array([2015, 2016, 2018])
    assert len(replay_rules(*gap).still_low) == 0
    two = series_of([10, 8, 8])
    two[0] = np.array([0, 0, 1])
    assert len(replay_rules(*two).still_low) == 0
    for missing, triples in ((2, 1), (3, 0)):
        thin = series_of([10, 8, 8])
        thin[4][1, :missing] = NAN
        thin[3] = (~np.isnan(thin[4])).sum(axis=1)
        assert len(replay_rules(*thin).still_low) == triples
    unknown = series_of([10, 8, 8])
    unknown[2][2] = NAN
    assert len(replay_rules(*unknown).still_low) == 0


def test_the_order_of_the_rows_does_not_matter():
    one = series_of([10, 12, 7, 5, 5, 6, 3, 9])
    mixed = np.random.default_rng(0).permutation(8)
    found, again = replay_rules(*one), replay_rules(*(part[mixed] for part in one))
    assert {k: int(v.sum()) for k, v in found.rules.items()} == {k: int(v.sum()) for k, v in again.rules.items()}


def dates(*texts):
    return np.array(texts, dtype="datetime64[s]")


def test_rounds_break_after_seven_days():
    near = sampling_rounds([0, 0], dates("2021-03-01", "2021-03-08"))
    far = sampling_rounds([0, 0], dates("2021-03-01", "2021-03-08T00:00:01"))
    assert (near.days.tolist(), far.days.tolist()) == ([2], [1, 1])
    assert sampling_rounds([0, 1], dates("2021-03-01", "2021-03-02")).series.tolist() == [0, 1]
    same_day = sampling_rounds([0, 0, 0], dates("2021-03-01T08", "2021-03-01T20", "2021-03-02"))
    assert same_day.days.tolist() == [2]
    assert len(sampling_rounds([], dates()).days) == 0


def test_a_week_over_a_quarter_or_a_year_is_one_round_of_where_it_began():
    over = sampling_rounds([0] * 7, np.arange("2020-12-29", "2021-01-05", dtype="datetime64[D]"))
    assert over.days.tolist() == [7] and over.quarter.tolist() == [4 * 2020 + 3]


def test_sampling_without_end_is_cut_at_the_quarters():
    whole_year = np.arange("2021-01-01", "2022-01-01", dtype="datetime64[D]")
    found = sampling_rounds(np.zeros(365, dtype=int), whole_year)
    assert found.days.tolist() == [90, 91, 92, 92]
    assert (found.quarter - 4 * 2021).tolist() == [0, 1, 2, 3]
    for days, rounds in ((32, 1), (33, 2)):  # the first and the last day lie 31 and 32 days apart
        month = np.datetime64("2021-03-20") + np.arange(days)
        assert len(sampling_rounds(np.zeros(days, dtype=int), month).days) == rounds


def test_labels_rule_and_come_back_every_year():
    start = dates("2020-02-01", "2020-03-20", "2021-02-01", "2021-02-02")
    found = sampling_rounds([0] * 4, start, [1, 1, 1, 2])
    assert found.days.tolist() == [2, 1, 1] and (found.quarter // 4).tolist() == [2020, 2021, 2021]
