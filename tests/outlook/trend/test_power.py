"""Power: a table made elsewhere, exact chances, and what must hold of any power."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.outlook.trend.power import TESTS, detectable_fall, simulate_noise, trend_power


def test_without_a_trend_the_exact_test_keeps_its_level():
    # The chance is known exactly: 5 of 120 orders are significant, 20 of 720.
    for n, exact in ((5, 5 / 120), (6, 20 / 720)):
        found = trend_power(n, 0.0, 0.3, draws=40_000).chance(0.0)
        assert found == pytest.approx(exact, abs=4 * np.sqrt(exact / 40_000))


def test_three_values_see_nothing_whatever_the_fall():
    found = trend_power(3, 0.9, 0.01)
    assert found.chance(0.9) == 0
    assert found.chance(0.9, test="log_line") > 0.9


def test_log_line_power_is_that_of_the_noncentral_t():
    n, fall, cv = 8, 0.3, 0.2
    t = np.arange(n) - (n - 1) / 2
    shift = np.log1p(-fall) / (n - 1) * np.sqrt(t @ t) / np.sqrt(np.log1p(cv**2))
    exact = stats.nct.cdf(stats.t.ppf(0.05, n - 2), n - 2, shift)
    found = trend_power(n, fall, cv, draws=20_000)
    assert found.chance(fall, test="log_line") == pytest.approx(exact, abs=0.014)


def test_power_grows_with_the_fall_and_the_number_and_shrinks_with_noise():
    frame = trend_power([5, 8], [0.0, 0.1, 0.2, 0.4, 0.6], [0.1, 0.3]).frame
    for test in TESTS:
        rows = frame[frame["test"] == test].set_index(["n", "noise", "fall"])["power"].unstack()
        assert (np.diff(rows.to_numpy(), axis=1) >= 0).all()
        assert rows.loc[(5, 0.1), 0.4] >= rows.loc[(5, 0.3), 0.4]
    exact = frame[frame["test"] == "mann_kendall"].set_index(["n", "noise", "fall"])["power"]
    assert exact[(8, 0.1, 0.2)] > exact[(5, 0.1, 0.2)]


def test_noise_has_the_spread_and_the_correlation_asked_for():
    rng = np.random.default_rng(0)
    factors = np.exp(simulate_noise(6, 0.3, correlation=0.5, walk=False, draws=40_000, rng=rng))
    assert factors.std(axis=0) / factors.mean(axis=0) == pytest.approx(np.full(6, 0.3), rel=0.05)
    logs = np.log(factors)
    assert np.corrcoef(logs[:, 2], logs[:, 3])[0, 1] == pytest.approx(0.5, abs=0.02)
    assert np.corrcoef(logs[:, 2], logs[:, 4])[0, 1] == pytest.approx(0.25, abs=0.02)


def test_the_detectable_fall_is_detected_with_the_chance_asked_for():
    fall = detectable_fall(8, 0.15)
    assert trend_power(8, fall, 0.15).chance(fall) == pytest.approx(0.8, abs=0.01)
    assert trend_power(8, fall - 0.02, 0.15).chance(fall - 0.02) < 0.8
    assert detectable_fall(8, 0.15, chance=0.5) < fall
    assert np.isnan(detectable_fall(5, 3.0))


def test_the_same_seed_gives_the_same_table_and_its_maker():
    one, two = trend_power(6, [0.1, 0.3], 0.2, rng=4), trend_power(6, [0.1, 0.3], 0.2, rng=4)
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert one.manifest()["seed"] == 4 and one.manifest() == two.manifest()
    assert trend_power(6, [0.1, 0.3], 0.2, rng=5).manifest() != one.manifest()
    assert "random walk" in trend_power(6, 0.1, 0.2, walk=True).explain().in_language("en")


@pytest.mark.parametrize(
    "asked",
    [
        (2, 0.1, 0.2),
        (5.5, 0.1, 0.2),
        (5, 1.0, 0.2),
        (5, -0.1, 0.2),
        (5, 0.1, 0.0),
        (5, 0.1, float("nan")),
        (999, 0.1, 1),
    ],
)
def test_what_cannot_be_simulated_is_refused(asked):
    with pytest.raises(SeriesError):
        trend_power(*asked)


def test_a_fall_that_is_not_in_the_table_is_an_error():
    with pytest.raises(SeriesError, match="0 rows"):
        trend_power(5, 0.1, 0.2).chance(0.2)
    with pytest.raises(SeriesError, match="test is one of"):
        detectable_fall(5, 0.2, test="t")


def test_power_is_drawn_in_both_languages():
    found = trend_power(6, [0.0, 0.2, 0.5], 0.2)
    for language, words in (("zh", "检出概率"), ("en", "chance to see it")):
        ax = found.plot(language=language)
        assert ax.get_ylabel() == words
        assert len([line for line in ax.get_lines() if len(line.get_xdata()) == 3]) == len(TESTS)


def test_a_generator_may_be_given_in_place_of_a_seed():
    found = trend_power(6, [0.0, 0.3], 0.2, rng=np.random.default_rng(4))
    assert found.manifest()["seed"] is None
    assert found.chance(0.3) == trend_power(6, [0.0, 0.3], 0.2, rng=4).chance(0.3)
