"""Slopes: the interval by inverting the test, statsmodels, known noise, true times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.outlook.trend.mann_kendall import mann_kendall
from suzhou_antidrug.outlook.trend.observations import observe
from suzhou_antidrug.outlook.trend.slopes import log_line, sen_slope

GRID = 4001  # of trial slopes: a step of 1/1000 over the range tried
YEARS = np.arange(8.0)


@pytest.mark.parametrize("n", [5, 6, 8, 10])
def test_interval_of_the_slope_holds_what_the_exact_test_does_not_reject(n):
    rng = np.random.default_rng(n)
    t, y = np.arange(n), rng.standard_normal(n)
    found = sen_slope(t, y)
    tried = np.linspace(-2, 2, GRID)
    kept = tried[mann_kendall(y[None, :] - tried[:, None] * t).p_two_sided > 0.05]
    step = tried[1] - tried[0]
    assert found.low == pytest.approx(max(kept.min(), -2), abs=step)
    assert found.high == pytest.approx(min(kept.max(), 2), abs=step)


def test_four_values_give_no_limits_at_95_but_at_90():
    assert sen_slope([0, 1, 2, 3], [4, 3, 2.5, 1]).low == -np.inf
    assert np.isfinite(sen_slope([0, 1, 2, 3], [4, 3, 2.5, 1], level=0.9).low)


def test_interval_of_a_longer_series_is_that_of_scipy_within_one_pair():
    rng = np.random.default_rng(2)
    t = np.arange(24.0)
    y = 5 - 0.1 * t + rng.standard_normal(24)
    found, theirs = sen_slope(t, y), stats.theilslopes(y, t, alpha=0.95)
    assert found.slope == pytest.approx(theirs.slope)
    i, j = np.tril_indices(24, -1)
    pairs = np.sort((y[i] - y[j]) / (t[i] - t[j]))
    for ours, other in ((found.low, theirs.low_slope), (found.high, theirs.high_slope)):
        assert abs(np.searchsorted(pairs, ours) - np.searchsorted(pairs, other)) <= 1


def test_true_times_count():
    even = sen_slope([0, 1, 2, 3, 4], [10, 9, 8, 6, 5])
    gap = sen_slope([2016, 2017, 2018, 2020, 2021], [10, 9, 8, 6, 5])
    assert gap.slope == -1 and even.slope < -1


@given(st.lists(st.floats(1, 100), min_size=4, max_size=9), st.floats(0.1, 10), st.floats(-5, 5))
def test_slope_follows_scale_and_added_trend(values, scale, more):
    t, y = np.arange(len(values)), np.array(values)
    plain, moved = sen_slope(t, y), sen_slope(t, scale * y + more * t)
    assert moved.slope == pytest.approx(scale * plain.slope + more, rel=1e-6, abs=1e-6)
    assert plain.low <= plain.slope <= plain.high


def test_log_line_without_known_noise_is_ordinary_least_squares():
    y = np.array([100, 91, 80, 74, 65, 66, 60, 52.0])
    line = log_line(YEARS, np.log(y), np.zeros(8))
    theirs = sm.OLS(np.log(y), sm.add_constant(YEARS)).fit()
    low, high = theirs.conf_int()[1]
    assert line.slope == pytest.approx(theirs.params[1])
    assert (line.apc.low, line.apc.high) == pytest.approx((np.expm1(low), np.expm1(high)))
    assert line.apc.p_value == pytest.approx(theirs.pvalues[1])
    assert line.residual_sd == pytest.approx(np.sqrt(theirs.mse_resid))
    assert line.probability_of_decrease == pytest.approx(1 - theirs.pvalues[1] / 2)


def test_log_line_with_known_noise_is_weighted_least_squares():
    noise = np.array([1, 4, 1, 2, 1, 3, 1, 2.0]) * 1e-4
    y = np.log([100, 80, 95, 74, 60, 66, 40, 52.0])  # scatters far beyond the known noise
    line = log_line(YEARS, y, noise)
    theirs = sm.WLS(y, sm.add_constant(YEARS), weights=1 / noise).fit()
    assert line.slope == pytest.approx(theirs.params[1])
    assert line.apc.p_value == pytest.approx(theirs.pvalues[1])


def test_interval_is_never_narrower_than_counts_allow():
    counts = np.round(400 * 0.9**YEARS)  # closer to the line than Poisson counts can be
    seen = observe(counts, kind="count")
    line = log_line(seen.times, seen.logs, seen.noise)
    poisson = sm.GLM(counts, sm.add_constant(YEARS), family=sm.families.Poisson()).fit()
    half = (np.log1p(line.apc.high) - np.log1p(line.apc.low)) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, 6) * poisson.bse[1], rel=0.03)  # half an event, delta method
    assert line.slope == pytest.approx(poisson.params[1], abs=0.002)


def test_counts_with_exposure_are_described_as_a_rate():
    people = np.array([100, 120, 150, 160, 200.0])
    seen = observe([50, 48, 45, 40, 36], kind="count", exposure=people)
    assert seen.values == pytest.approx([0.5, 0.4, 0.3, 0.25, 0.18])
    assert seen.noise == pytest.approx(1 / np.array([50.5, 48.5, 45.5, 40.5, 36.5]))


def test_events_behind_a_rate_need_not_be_in_its_unit():
    rate = observe([5.0, 4.0, 0.0], events=[10, 8, 0])
    assert np.exp(rate.logs) == pytest.approx([5.25, 4.25, 0.25])
    # Where the exposure is known too, an event counts for more in a smaller population.
    both = observe([5.0, 4.0, 0.0], events=[10, 8, 0], exposure=[200, 200, 100])
    assert np.exp(both.logs)[2] == pytest.approx(0.5)
    nothing = observe([0.0, 0.0, 0.0], exposure=[10, 20, 40])
    assert np.exp(nothing.logs) == pytest.approx([1 / 20, 1 / 40, 1 / 80])


def test_shares_have_binomial_noise():
    seen = observe([0.1, 0.2, 0.0], kind="proportion", exposure=[100, 50, 40])
    share = np.array([10.5 / 101, 10.5 / 51, 0.5 / 41])
    assert np.exp(seen.logs) == pytest.approx(share)
    assert seen.noise == pytest.approx((1 - share) / (share * np.array([101, 51, 41])))


def test_a_standard_error_is_relative_on_the_log_scale():
    seen = observe([10.0, 8.0, 5.0], kind="load", se=[1.0, 0.8, 1.0])
    assert seen.noise == pytest.approx([0.01, 0.01, 0.04])


def test_zero_without_events_has_no_logarithm():
    seen = observe([5.0, 0.0, 3.0])
    assert np.isnan(seen.logs[1])
    assert np.isnan(log_line(seen.times, seen.logs, seen.noise).apc.value)


def test_values_on_a_line_have_no_interval_unless_their_noise_is_known():
    exact = np.log(100 * 0.9**YEARS)
    blind = log_line(YEARS, exact, np.zeros(8))
    assert blind.apc.value == pytest.approx(-0.1) and np.isnan(blind.apc.low)
    assert np.isnan(blind.probability_of_decrease)
    assert np.isfinite(log_line(YEARS, exact, np.full(8, 0.01)).apc.low)


def test_quarters_and_missing_years_are_true_times():
    quarters = pd.Series([4.0, 3.0, 2.0, 1.5], index=pd.PeriodIndex(["2020Q1", "2020Q2", "2020Q4", "2021Q1"], freq="Q"))
    assert observe(quarters).times == pytest.approx([2020, 2020.25, 2020.75, 2021])
    years = pd.Series([4.0, np.nan, 2.0, 1.5], index=pd.period_range("2018", periods=4, freq="Y"))
    assert observe(years).times == pytest.approx([2018, 2020, 2021])
    months = pd.Series([4.0, 3.0, 2.0], index=pd.period_range("2020-12", periods=3, freq="M"))
    assert observe(months).times == pytest.approx([2020 + 11 / 12, 2021, 2021 + 1 / 12])


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (pd.date_range("2020-01-31", periods=4, freq="ME"), "one period"),
        (pd.period_range("2020-01-01", periods=4, freq="D"), "years, quarters and months"),
    ],
)
def test_other_time_stamps_are_refused(index, words):
    with pytest.raises(SeriesError, match=words):
        observe(pd.Series([4.0, 3.0, 2.0, 1.0], index=index))
