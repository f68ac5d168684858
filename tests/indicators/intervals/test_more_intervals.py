"""Two periods, other methods, zeros, finite lists, sample sizes, hidden populations: numbers made elsewhere, brute force."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import golden, inline
from scipy import stats

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.intervals import (
    bad_on_list,
    base_count_needed,
    chance_of_zero,
    chao,
    chapman,
    checks_needed,
    lot_plan,
    multiplier,
    proportion_interval,
    rate_ratio,
    zelterman,
    zero_upper_limit,
)
from suzhou_antidrug.indicators.intervals.capture_recapture import lincoln_petersen

EXACT = 1e-8


def ends(interval):
    return [float(interval.low), float(interval.high)]


counts, exposures = st.integers(0, 60), st.floats(0.1, 50)


@given(counts, counts, exposures, exposures, st.sampled_from(["central", "mid_p"]), st.sampled_from([0.8, 0.95]))
def test_interval_and_p_say_the_same(x1, x2, t1, t2, method, level):
    found = rate_ratio([x1, x2], [t1, t2], method=method, level=level)
    if x1 + x2 == 0:
        assert np.isnan(found.ratio) and (float(found.low), float(found.high)) == (0.0, np.inf) and found.p_value == 1
        return
    assert found.low <= found.ratio <= found.high
    if abs(found.p_value - (1 - level)) > 1e-9:
        assert (found.p_value < 1 - level) == (found.low > 1 or found.high < 1)


@given(counts, counts, exposures, exposures)
def test_turning_the_periods_round_turns_the_ratio_round(x1, x2, t1, t2):
    a, b = rate_ratio([x1, x2], [t1, t2]), rate_ratio([x2, x1], [t2, t1])
    assert float(a.p_value) == pytest.approx(float(b.p_value), rel=1e-9)
    if x2:
        assert float(a.low) == pytest.approx(1 / float(b.high) if b.high < np.inf else 0.0, rel=1e-9)


def test_against_the_conditional_test_of_scipy():
    for x1, x2, t1, t2 in [(8, 3, 1, 1), (2, 10, 17877, 20000), (0, 6, 1, 1), (5, 0, 1, 2)]:
        share = t2 / (t1 + t2)
        interval = stats.binomtest(x2, x1 + x2, share).proportion_ci(method="exact")
        found = rate_ratio([x1, x2], [t1, t2])
        assert float(found.low) == pytest.approx(interval.low / (1 - interval.low) * t1 / t2, rel=1e-6)


def test_base_counts_that_a_fall_needs():
    assert [base_count_needed(d) for d in (0.1, 0.2, 0.3, 0.5, 1.0)] == [746, 183, 79, 28, 6]
    assert float(rate_ratio([5, 0]).p_value) == 0.0625
    with pytest.raises(ValueError):
        base_count_needed(0)


@given(st.integers(0, 40), st.integers(1, 40))
def test_mid_p_lies_inside_the_exact_interval_and_does_what_it_says(k, n):
    k = min(k, n)
    exact, mid = proportion_interval(k, n), proportion_interval(k, n, method="mid_p")
    assert exact.low - 1e-12 <= mid.low <= k / n <= mid.high <= exact.high + 1e-12
    if k > 0:
        p = float(mid.low)
        assert stats.binom.sf(k, n, p) + stats.binom.pmf(k, n, p) / 2 == pytest.approx(0.025, rel=1e-6)


def test_a_zero_that_was_likely_shows_nothing():
    assert float(chance_of_zero(0.3, 3)) == pytest.approx(0.407, abs=5e-4)
    assert float(chance_of_zero(2.5, 3)) == pytest.approx(0.00055, abs=5e-6)
    assert chance_of_zero(0.3, 3, detection=0.5) > chance_of_zero(0.3, 3)  # who looks less finds less
    assert float(zero_upper_limit(detection=0.4)) == pytest.approx(7.49, abs=5e-3)
    with pytest.raises(ValueError):
        zero_upper_limit(detection=0)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 5), st.sampled_from([0.9, 0.95]))
def test_the_bound_by_counting_every_draw(total, checked, found, level):
    checked = min(checked, total)
    found = min(found, checked)
    line = 1 - Fraction(str(level))
    possible = [
        m for m in range(found, total - checked + found + 1)
        if Fraction(sum(comb(m, i) * comb(total - m, checked - i) for i in range(found + 1)), comb(total, checked)) > line
    ]  # fmt: skip
    assert int(bad_on_list(found, checked, total, level=level).most_bad) == max(possible)


def test_how_many_to_check():
    pairs = inline("sample_size_to_find_one")["prevalence_percent_N"]
    shares, lists = zip(*[(p / 100, np.inf if n is None else n) for p, n in pairs], strict=True)
    assert checks_needed(shares, lists).tolist() == golden("sample_size_to_find_one")["n"]
    assert checks_needed(1.0, 10).tolist() == 1


def test_lots_of_nineteen():
    data, want = inline("lqas_19"), golden("lqas_19")
    plans = [lot_plan(u, round(u - 0.3, 2), sample=data["n"]) for u in data["upper"]]
    assert [p.decision for p in plans] == want["d"]
    at = plans[data["upper"].index(0.8)]
    assert (at.alpha, at.beta) == pytest.approx((want["alpha_at_0.80"], want["beta_at_0.80"]), rel=EXACT)
    smallest = lot_plan(0.8, 0.5)
    assert smallest.sample <= 19
    with pytest.raises(ValueError):
        lot_plan(0.8, 0.5, sample=smallest.sample - 1)


def test_two_lists():
    data, want = inline("chapman_capture_recapture"), golden("chapman_capture_recapture")
    found = chapman(data["n1"], data["n2"], data["both"])
    assert (found.estimate, found.se) == pytest.approx((want["chapman"], want["se"]), rel=1e-9)
    assert lincoln_petersen(200, 150, 60) == want["lincoln_petersen"]
    assert found.low > found.listed
    assert "独立" in str(found.explain()) and "分母" in str(found.explain())


def test_hidden_populations_that_simulate():
    """500 persons, each seen a Poisson number of times: both estimates lie about 500, limits hold it."""
    rng = np.random.default_rng(0)
    inside, middle = [], []
    for _ in range(300):
        seen = rng.poisson(1.0, 500)
        args = int((seen == 1).sum()), int((seen == 2).sum()), int((seen > 0).sum())
        pair = chao(*args), zelterman(*args)
        inside.append([p.low <= 500 <= p.high for p in pair])
        middle.append([p.estimate for p in pair])
    assert np.mean(middle, axis=0) == pytest.approx([500, 500], rel=0.03)
    assert (np.mean(inside, axis=0) >= 0.92).all()


@pytest.mark.parametrize(
    "wrong",
    [lambda: chapman(10, 5, 6), lambda: chao(5, 5, 9), lambda: zelterman(3, 0, 9), lambda: multiplier(-1, 1, 2),
     lambda: bad_on_list(3, 2, 5), lambda: rate_ratio([1.5, 2])],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused(wrong):
    with pytest.raises(SeriesError):
        wrong()
