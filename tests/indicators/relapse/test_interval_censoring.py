"""Turnbull's estimate: published masses, brute force over the simplex, and what bounds must do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import golden, inline
from scipy.optimize import minimize

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.relapse.interval_censoring import _innermost, turnbull
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier
from suzhou_antidrug.indicators.relapse.synthetic import make_synthetic_persons

INF = float("inf")


def test_turnbull_1974():
    data, want = inline("turnbull_1974"), golden("turnbull_1974")
    ends = [{1: (t, t), 0: (t, INF), 2: (0, t)}[s] for t, s in zip(data["time"], data["status"], strict=True)]
    left, right = np.repeat(np.array(ends, float), data["n"], axis=0).T
    low, high = turnbull(left, right).survival_at([1, 2, 3, 4])
    assert low == pytest.approx(want["S"], abs=2e-6)
    assert np.array_equal(low, high)


intervals = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 5), st.booleans()), min_size=2, max_size=12)


@given(intervals, st.sampled_from(["half_open", "closed"]))
def test_no_masses_on_the_simplex_are_more_likely(rows, ends):
    left = np.array([r[0] for r in rows], float)
    right = np.where([r[2] for r in rows], left + [r[1] for r in rows], INF)
    found = turnbull(left, right, ends=ends)
    assert found.converged and found.mass.sum() == pytest.approx(1)
    low, _, first, last = _innermost(left, right, ends)
    inside = (first[:, None] <= np.arange(len(low))) & (np.arange(len(low)) < last[:, None])

    def minus(z):
        p = np.exp(z - z.max())
        return -np.log(np.maximum(inside @ (p / p.sum()), 1e-300)).sum()

    best = min(
        minimize(minus, start, method="BFGS").fun for start in (np.zeros(len(low)), np.linspace(-1, 1, len(low)))
    )
    assert found.loglik >= -best - 1e-6


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=2, max_size=30))
def test_exact_times_give_kaplan_meier(rows):
    time, seen = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows])
    found = turnbull(time, np.where(seen, time, INF))
    curve = kaplan_meier(None, time, seen.astype(int)).curves[0]
    known = curve.survival > 1e-9
    _low, high = found.survival_at(curve.time[known])
    last = curve.time[known] < time.max()  # after the last time nothing is known
    assert high[last] == pytest.approx(curve.survival[known][last], abs=1e-6)


def test_rare_checks_leave_bounds_and_not_a_midpoint():
    found = turnbull([0, 0, 12], [12, 12, INF])
    low, high = found.survival_at([6.0])
    assert low[0] == pytest.approx(1 / 3) and high[0] == pytest.approx(1.0)


def test_limits_hold_the_truth():
    rng = np.random.default_rng(5)
    inside = []
    for seed in range(40):
        time = rng.exponential(20, 150)
        every = rng.integers(1, 7, 150)
        left = np.floor(time / every) * every
        right = np.where(left + every > 36, INF, left + every)
        low, high = turnbull(np.minimum(left, 36), right).interval_at([24.0], draws=100, rng=seed)
        inside.append(low[0] <= np.exp(-24 / 20) <= high[0])
    assert np.mean(inside) >= 0.85  # 95 % nominal, 40 trials: two standard errors below


def test_large_cohorts_converge():
    rng = np.random.default_rng(3)
    time = rng.exponential(20, 3000)
    found = turnbull(np.maximum(time - rng.uniform(0, 5, 3000), 0), time + rng.uniform(0, 5, 3000))
    assert found.converged
    low, high = found.survival_at([20.0])
    assert low[0] - 0.05 <= np.exp(-1) <= high[0] + 0.05


@pytest.mark.parametrize(
    ("left", "right", "code"),
    [
        ([0, 5], [3, 4], "positive_before_negative"),
        ([0, -1], [3, 4], "negative_time"),
        ([0, np.nan], [3, 4], "missing_time"),
        ([], [], "nobody_at_risk"),
    ],
)
def test_checks_that_cannot_be(left, right, code):
    with pytest.raises(SeriesError) as caught:
        turnbull(left, right)
    assert caught.value.problems[0].code == code


def test_nobody_is_shown():
    assert "12345.5" not in repr(turnbull([0, 12345.5], [3, INF]))


def test_a_step_does_not_empty_the_intervals_of_one_person():
    """Monthly checks of 2400 persons: a full Newton step left one of them without any mass, and the fit failed."""
    import suzhou_antidrug as sa

    persons = sa.make_synthetic_persons()
    curve = sa.turnbull(persons["last_negative"], persons["first_positive"], status="synthetic")
    assert curve.converged and len(curve.mass) > 30


def test_light_intervals_in_the_middle_are_not_lost_by_cancellation():
    """Sums near 1 lose masses below 1e-16; a person who lives on them only is no person of likelihood 0."""
    persons = make_synthetic_persons()
    found = turnbull(persons["last_negative"], persons["first_positive"], status="synthetic")
    assert found.converged and len(found.mass) > 20
    low, high = found.survival_at([36.0])
    assert 0.4 < low[0] <= high[0] < 0.7
