"""The probability of a fall: exact where it can be, by brute force where not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from suzhou_antidrug.indicators.wastewater.falls import (
    Evidence,
    judge_falls,
    largest_fall,
    moderated_scale,
    probability_of_falls,
    ratio_interval,
    weakest_period,
)

QUADRATURE = 2e-4  # nodes against the exact t, at the few degrees of freedom that sites have
DRAWS = 400_000
MONTE_CARLO = 4 * 0.5 / np.sqrt(DRAWS)  # four standard errors of a share


def one(ratio: float, own: float, base: float, nu: float) -> Evidence:
    return Evidence(np.array([[np.log(ratio)]]), np.array([[own]]), np.array([base]), np.array([nu]))


def two(first: float, second: float, own: float, base: float, nu: float) -> Evidence:
    return Evidence(np.log([[first, second]]), np.array([[own, own]]), np.array([base]), np.array([nu]))


@pytest.mark.parametrize("nu", [3.84, 9.0, np.inf])
@pytest.mark.parametrize("fall", [0.0, 0.1, 0.5])
def test_one_period_is_a_t(nu, fall):
    t = (np.log(1 - fall) - np.log(0.7)) / np.sqrt(0.05)
    exact = stats.norm.cdf(t) if np.isinf(nu) else stats.t.cdf(t, nu)
    assert probability_of_falls(one(0.7, 0.03, 0.02, nu), fall)[0] == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("nu", [3.84, 8.0, 400.0, np.inf])
@pytest.mark.parametrize("fall", [0.05, 0.3, 0.6])
def test_a_second_period_that_is_certain_changes_nothing(nu, fall):
    sure = two(0.7, 1e-20, 0.03, 0.02, nu)
    assert probability_of_falls(sure, fall)[0] == pytest.approx(
        probability_of_falls(one(0.7, 0.03, 0.02, nu), fall)[0], abs=QUADRATURE if nu < 300 else 2e-3
    )


@pytest.mark.parametrize("nu", [4.0, 12.0])
def test_two_periods_by_brute_force(nu):
    rng = np.random.default_rng(1)
    scale = np.sqrt(nu / rng.chisquare(nu, DRAWS))
    base = np.sqrt(0.02) * rng.standard_normal(DRAWS) * scale
    levels = [np.log(r) + np.sqrt(0.03) * rng.standard_normal(DRAWS) * scale - base for r in (0.7, 0.8)]
    share = np.mean(np.all([x <= np.log(0.9) for x in levels], axis=0))
    assert probability_of_falls(two(0.7, 0.8, 0.03, 0.02, nu), 0.1)[0] == pytest.approx(share, abs=MONTE_CARLO)


@given(
    ratio=st.floats(0.2, 2.0), second=st.floats(0.2, 2.0), own=st.floats(1e-3, 0.3), base=st.floats(1e-3, 0.3),
    nu=st.sampled_from([3.84, 7.0, np.inf]),
)  # fmt: skip
def test_properties(ratio, second, own, base, nu):
    both = two(ratio, second, own, base, nu)
    falls = np.array([-0.3, 0.0, 0.2, 0.6])
    p = probability_of_falls(both.rows(np.zeros(4, dtype=int)), falls)
    assert (np.diff(p) <= 1e-12).all()  # a larger fall is less probable
    weakest = weakest_period(both, 0.1)[0]
    joint = probability_of_falls(both, 0.1)[0]
    assert joint <= weakest + QUADRATURE  # all periods together are no likelier than the weakest
    flip = largest_fall(both, 0.9)[0]
    assert probability_of_falls(both, flip)[0] == pytest.approx(0.9, abs=2e-3)


def test_flip_point_of_one_period_is_the_quantile():
    found = one(0.7, 0.03, 0.02, 9.0)
    assert probability_of_falls(found, largest_fall(found, 0.9))[0] == pytest.approx(0.9, abs=1e-9)
    low, high = ratio_interval(found, 0.8)
    assert 1 - largest_fall(found, 0.9)[0] == pytest.approx(high[0])
    assert np.log(low[0]) + np.log(high[0]) == pytest.approx(2 * np.log(0.7))


def test_from_nothing_nothing_can_fall_and_to_nothing_everything_does():
    with np.errstate(divide="ignore"):
        never, always = one(np.inf, 0.03, 0.02, 4.0), one(0.0, 0.03, 0.02, 4.0)
    assert probability_of_falls(never, 0.1)[0] == 0 and probability_of_falls(always, 0.1)[0] == 1


def test_scale_is_shrunk_towards_the_model():
    squares, degrees = np.array([0.0, 0.4, 4.0]), np.array([0.0, 4.0, 4.0])
    phi, nu = moderated_scale(squares, degrees, np.full(3, 0.1), np.full(3, 4.0))
    assert phi.tolist() == pytest.approx([1.0, (4 + 4) / 8, (4 + 40) / 8]) and nu.tolist() == [4, 8, 8]
    phi, nu = moderated_scale(squares, degrees, np.full(3, 0.1), np.full(3, np.inf))
    assert phi.tolist() == [1, 1, 1] and np.isinf(nu).all()


def test_scale_matches_smyth_by_simulation():
    # Site variances drawn as scaled inverse chi-squares: the moderated t then has exactly d0 + d degrees of freedom.
    rng = np.random.default_rng(2)
    d0, d, n = 4.0, 3, 60_000
    sigma2 = d0 / rng.chisquare(d0, n)
    squares = sigma2 * rng.chisquare(d, n)
    estimate = np.sqrt(sigma2) * rng.standard_normal(n)
    phi, nu = moderated_scale(squares, np.full(n, float(d)), np.ones(n), np.full(n, d0))
    assert stats.kstest(estimate / np.sqrt(phi), stats.t(nu[0]).cdf).pvalue > 0.001


def test_verdicts_on_both_sides_of_the_line():
    p = np.array([0.9, 0.8999, 0.5, 0.05, 0.02])
    weakest = np.array([0.95, 0.95, 0.6, 0.1001, 0.1])
    met, not_met = judge_falls(p, weakest, 0.9)
    assert met.tolist() == [True, False, False, False, False]
    assert not_met.tolist() == [False, False, False, False, True]
