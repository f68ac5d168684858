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
    rate_interval,
    rate_ratio,
    zelterman,
    zero_upper_limit,
    zero_upper_share,
)
from suzhou_antidrug.indicators.intervals.capture_recapture import lincoln_petersen
from suzhou_antidrug.indicators.intervals.sample_sizes import LotPlan
from suzhou_antidrug.indicators.intervals.two_periods import minimum_likelihood_p

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
     lambda: bad_on_list(3, 2, 5), lambda: bad_on_list(0, 6, 5), lambda: rate_ratio([1.5, 2])],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused(wrong):
    with pytest.raises(SeriesError):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lambda: bad_on_list(np.nan, 5, 10), "given for every list"),
        (lambda: bad_on_list(0, 5, np.nan), "given for every list"),
        (lambda: proportion_interval(1, 2, method="wald"), "method"),
        (lambda: rate_interval(1, 2, method="wald"), "method"),
        (lambda: rate_ratio([1, 2], method="wald"), "method"),
        (lambda: rate_ratio([1, 2], null=0), "null"),
        (lambda: rate_ratio([1, 2, 3], exposure=1), "two entries"),
        (lambda: rate_interval(1, 2, level=1), "level"),
        (lambda: rate_interval(1, 2, level=0), "level"),
        (lambda: checks_needed(0, 10), "bad_share"),
        (lambda: checks_needed(1.1, 10), "bad_share"),
        (lambda: checks_needed(0.1, 0.5), "bad_share"),
        (lambda: checks_needed([0.1, 1.1], 10), "bad_share"),
        (lambda: checks_needed(0.1, [10, 0]), "bad_share"),
        (lambda: lot_plan(0.5, 0.5), "lower < upper"),
        (lambda: lot_plan(1.1, 0.5), "lower < upper"),
        (lambda: lot_plan(0.5, -0.1), "lower < upper"),
        (lambda: chance_of_zero(-0.1), "not negative"),
        (lambda: chance_of_zero(1, -1), "not negative"),
        (lambda: chance_of_zero([-1, 1]), "not negative"),
        (lambda: zero_upper_limit(level=1.2), "level"),
        (lambda: zero_upper_share(3, level=0), "level"),
        (lambda: zero_upper_share(3, detection=1.1), "detection"),
        (lambda: base_count_needed(1.1), "fall"),
    ],
)
def test_what_cannot_be_asked_is_said(wrong, word):
    with pytest.raises(ValueError, match=word):
        wrong()


def test_a_list_bound_holds_what_it_was_made_from():
    bound = bad_on_list([[0], [1]], [10, 20], 20)
    assert bound.most_bad.shape == (2, 2) and bound.most_bad[:, 1].tolist() == [
        0,
        1,
    ]  # all checked: nothing is left open
    assert bound.unchecked.tolist() == [[10, 0], [10, 0]] and bound.checked.tolist() == [[10, 20], [10, 20]]
    assert bound.least_good_share[:, 1].tolist() == [1, 0.95]
    # 10 of 20 checked, none bad: 3 bad are missed by C(17,10)/C(20,10) = 2/19, 4 by C(16,10)/C(20,10) = .0433.
    assert bound.most_bad[0, 0] == 3 and bound.least_good_share[0, 0] == pytest.approx(0.85)


def test_checks_at_the_ends_of_what_can_be_asked():
    assert checks_needed(1.0).tolist() == 1 and checks_needed(0.5).tolist() == 5  # 1/32 is below 5 %
    assert checks_needed(1.0, 1).tolist() == 1
    assert checks_needed(0.05, 20).tolist() == 19  # one bad of twenty: 19 of 20 draws find it with 95 %


def test_nothing_in_either_period_and_no_exposure():
    assert np.isnan(rate_ratio([3, 2], [0, 1]).ratio) and np.isnan(rate_ratio([3, 2], [0, 1]).high)
    found = rate_ratio([[0, 0], [3, 2], [0, 4], [4, 0]], [[1, 1], [1, 0], [1, 1], [1, 1]])
    assert np.isnan(found.ratio).tolist() == [True, True, False, False]
    assert np.isnan(found.p_value).tolist() == [False, True, False, False]
    assert found.ratio[2] == np.inf and found.ratio[3] == 0
    # 4 of 4 on one side: 2 / 2^4, one-sided 1/16; from the other side certain.
    assert found.p_value[2:].tolist() == [0.125, 0.125]
    assert (found.p_above[2], found.p_below[2]) == (0.0625, 1) and (found.p_above[3], found.p_below[3]) == (1, 0.0625)
    mid = rate_ratio([0, 4], method="mid_p")
    assert float(mid.p_above) == pytest.approx(1 / 32) and float(rate_ratio([0, 0], method="mid_p").p_value) == 1


def test_the_ends_of_the_middle_p_and_of_byar():
    none = rate_ratio([0, 0], method="mid_p")
    assert (float(none.p_below), float(none.p_above)) == (1, 1)
    mid = rate_ratio([4, 0], method="mid_p")
    assert float(mid.p_above) == pytest.approx(1 - 1 / 32) and float(mid.p_below) == pytest.approx(1 / 32)
    # Byar at 0 and 1, z = 1.959964: low 0 and (1 - 1/9 - z/3)^3, high (1 - 1/9 + z/3)^3 and 2 (1 - 1/18 + z/(3 root 2))^3
    found = rate_interval([0, 1], 1, method="byar")
    assert found.low.tolist() == pytest.approx([0, 0.013072], abs=1e-5)
    assert found.high.tolist() == pytest.approx([3.668, 5.564], abs=2e-3)


def test_a_lot_may_have_nothing_in_order():
    # d = 1 of 4: none of 4 at a half has 1/16; at a share of 0 one is never found.
    assert lot_plan(0.5, 0, sample=4) == LotPlan(4, 1, 0.5, 0, 1 / 16, 0.0)


def test_splits_as_likely_as_the_one_seen_count():
    # 1 of 4 at equal exposure: 0, 1, 3 and 4 are at most as likely: 10/16.
    assert float(minimum_likelihood_p([3, 1])) == pytest.approx(10 / 16)
    assert float(minimum_likelihood_p([2, 2])) == pytest.approx(1)
    assert float(minimum_likelihood_p([0, 0])) == 1
    assert minimum_likelihood_p([[3, 1], [0, 5]]).tolist() == pytest.approx([10 / 16, 2 / 32])


def test_the_chance_of_none_over_part_of_a_year_or_at_no_rate():
    assert float(chance_of_zero(0)) == 1 and float(chance_of_zero(2, 0)) == 1
    assert float(chance_of_zero(0.3)) == pytest.approx(np.exp(-0.3))  # one year unless said
    assert float(chance_of_zero(0.3, 0.5)) == pytest.approx(np.exp(-0.15))


def test_a_limit_after_no_trial_is_unknown():
    assert np.isnan(zero_upper_share([0, 1])).tolist() == [True, False]
    assert zero_upper_share(2, detection=0.5).tolist() == 1  # 1 - root(.05) over a half is above 1
    assert zero_upper_share(10, detection=0.5).tolist() == pytest.approx(2 * (1 - 0.05**0.1))
    assert np.isnan(zero_upper_limit([0.0, 2.0])).tolist() == [True, False]
    assert zero_upper_limit(2.0, level=0.9).tolist() == pytest.approx(np.log(10) / 2)


@pytest.mark.parametrize(
    ("found", "checked", "listed", "level", "most"),
    [(1, 3, 6, 0.8, 3), (1, 4, 6, 0.8, 2), (2, 4, 16, 0.95, 13), (2, 14, 16, 0.95, 3), (1, 2, 40, 0.95, 38), (1, 39, 40, 0.95, 1)],
)  # fmt: skip
def test_a_chance_that_equals_the_line_is_not_above_it(found, checked, listed, level, most):
    """1 of 3 found on a list of 6: were 4 bad, at most 1 would be found with 4/20 = 1 - .8 exactly, so 4 are ruled out."""
    assert int(bad_on_list(found, checked, listed, level=level).most_bad) == most
    assert int(bad_on_list([0, found], [10, checked], [20, listed], level=level).most_bad[1]) == most  # beside no tie


def test_a_level_a_hair_on_either_side_of_a_chance():
    # 1 of 5 found on a list of 20: were 6 bad, at most 1 would be found with (2002 + 6 * 1001) / 15504 = .51651186790.
    assert int(bad_on_list(1, 5, 20, level=0.4834881322).most_bad) == 6
    assert int(bad_on_list(1, 5, 20, level=0.4834881320).most_bad) == 5


def test_a_fall_too_small_to_be_told(monkeypatch):
    monkeypatch.setattr("suzhou_antidrug.indicators.intervals.two_periods.LARGEST_BASE", 5000)
    with pytest.raises(ValueError, match="needs more than 5,000"):
        base_count_needed(0.01)
