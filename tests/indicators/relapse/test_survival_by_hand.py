"""Curves, ends and states of a handful of persons, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.relapse.compare_groups import log_rank, restricted_mean_difference
from suzhou_antidrug.indicators.relapse.competing import aalen_johansen, incidence_at
from suzhou_antidrug.indicators.relapse.gray import gray_test
from suzhou_antidrug.indicators.relapse.risk_sets import probability_limits
from suzhou_antidrug.indicators.relapse.states import state_probabilities
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier, restricted_mean

Z = 1.959963985  # the normal quantile of 95 % limits


def test_the_area_under_a_curve_of_four():
    # S is 1, then 3/4 from 1, then 3/8 from 3: area 1 + 1.5 + .375. The areas left are 1.875 at 1 and .375 at 3:
    # 1.875^2 / (4 x 3) + .375^2 / (2 x 1) = .36328.
    found = restricted_mean(kaplan_meier(None, [1, 2, 3, 4], [1, 0, 1, 0]), 4)
    error = np.sqrt(1.875**2 / 12 + 0.375**2 / 2)
    assert found.mean[0] == pytest.approx(2.875) and found.standard_error[0] == pytest.approx(error)
    assert found.low[0] == pytest.approx(2.875 - Z * error)
    assert found.high[0] == 4  # 2.875 + 1.181 would be above the horizon
    wide = restricted_mean(kaplan_meier(None, [1, 2, 3, 9], [1, 0, 1, 0]), 9)
    assert wide.mean[0] == pytest.approx(2.5 + 6 * 0.375) and wide.high[0] < 9
    assert wide.high[0] + wide.low[0] == pytest.approx(2 * wide.mean[0])


def test_without_events_all_of_the_horizon_is_lived():
    found = restricted_mean(kaplan_meier(None, [1, 2, 3], [0, 0, 0]), 3)
    assert found.mean[0] == 3 and np.isnan(found.standard_error[0])


def test_months_gained_by_the_second_group():
    # 1, 2, 3 relapses of 4 until the horizon 4: 4/4 + 3/4 + 2/4 + 1/4 = 2.5 without them; 2, 3, 4: 1 + 1 + 3/4 + 1/2 = 3.25.
    km = kaplan_meier(None, [1, 2, 3, 4, 2, 3, 4, 4], [1, 1, 1, 0, 1, 1, 1, 0], group=[3, 3, 3, 3, 5, 5, 5, 5])
    alone = restricted_mean(km, 4)
    found = restricted_mean_difference(km, 4)
    assert (found.reference, found.groups) == (3, (5,)) and found.difference[0] == pytest.approx(0.75)
    assert found.standard_error[0] ** 2 == pytest.approx((alone.standard_error**2).sum())
    assert found.high[0] - found.difference[0] == pytest.approx(Z * found.standard_error[0])
    assert found.low[0] + found.high[0] == pytest.approx(1.5)
    other = restricted_mean_difference(km, 4, reference=5)
    assert other.groups == (3,) and other.difference[0] == pytest.approx(-0.75)
    assert other.p_value[0] == found.p_value[0]
    with pytest.raises(ValueError, match="reference 4"):
        restricted_mean_difference(km, 4, reference=4)


def test_the_limits_of_a_mean_gained_that_touch_0_have_its_p_value():
    from dataclasses import replace

    km = kaplan_meier(None, [1, 2, 3, 4, 2, 3, 4, 4], [1, 1, 1, 0, 1, 1, 1, 0], group=np.repeat([0, 1], 4))
    found = restricted_mean_difference(km, 4)
    touching = restricted_mean_difference(replace(km, level=1 - float(found.p_value[0])), 4)
    assert touching.low[0] == pytest.approx(0, abs=1e-9)


def test_groups_that_are_never_seen_together_are_not_tested():
    first, second = np.arange(1.0, 11.0), np.arange(21.0, 31.0)
    found = log_rank(np.repeat([0.0, 20.0], 10), np.concatenate([first, second]), np.ones(20), np.repeat([0, 1], 10))
    assert (found.status, found.degrees) == ("never_together", 0) and np.isnan(found.p_value)


def test_a_stratum_without_events_adds_nothing():
    time, event, group = np.arange(1.0, 25.0), np.ones(24), np.tile([0, 1], 12)
    alone = log_rank(None, time, event, group)
    more = log_rank(
        None, np.append(time, [3, 4]), np.append(event, [0, 0]), np.append(group, [0, 1]), strata=np.append(np.zeros(24), [1, 1])
    )  # fmt: skip
    assert more.statistic == alone.statistic and more.expected.tolist() == alone.expected.tolist()
    grey = gray_test(time, event, group)
    more = gray_test(
        np.append(time, [3, 4]), np.append(event, [2, 0]), np.append(group, [0, 1]), strata=np.append(np.zeros(24), [1, 1])
    )  # fmt: skip
    assert more.statistic == grey.statistic


complete = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 3)), min_size=2, max_size=25)


@given(complete)
def test_without_censoring_a_share_has_the_binomial_error(rows):
    time, cause = (np.array([row[k] for row in rows]) for k in (0, 1))
    curve = aalen_johansen(None, time, cause, causes=(1, 2, 3)).curves[0]
    for k in range(3):
        share = np.array([((time <= t) & (cause == k + 1)).mean() for t in curve.time])
        assert curve.incidence[:, k] == pytest.approx(share, abs=1e-12)
        # Squared, since the root of a rounding of 1e-17 is 3e-9.
        assert curve.standard_error[:, k] ** 2 == pytest.approx(share * (1 - share) / len(rows), abs=1e-12)


@pytest.mark.parametrize("causes", [(0, 1, 2), (-1, 1, 2), (1, 1, 2)])
def test_causes_are_distinct_codes_above_0(causes):
    with pytest.raises(ValueError, match="causes"):
        aalen_johansen(None, [1, 2, 3], [1, 2, 0], causes=causes)


def test_incidences_before_between_and_after():
    found = incidence_at(aalen_johansen(None, [2, 3, 4], [1, 2, 0], causes=(1, 2)), [1, 2.5, 4, 5])
    assert found.incidence[0, :3].tolist() == [[0, 0], [pytest.approx(1 / 3), 0], [pytest.approx(1 / 3)] * 2]
    assert np.isnan(found.incidence[0, 3]).all() and np.isnan(found.survival[0, 3])
    assert found.status[0].tolist() == [
        ["no_event_yet"] * 2, ["estimated", "no_event_yet"], ["estimated"] * 2, ["beyond_follow_up"] * 2,
    ]  # fmt: skip
    late = incidence_at(aalen_johansen(None, [2, 3, 4], [1, 2, 0], causes=(1, 2), start=2), [1, 2, 3])
    assert late.status[0, :, 0].tolist() == ["before_start", "no_event_yet", "no_event_yet"]
    assert late.status[0, :, 1].tolist() == ["before_start", "no_event_yet", "estimated"]


def test_limits_of_a_probability_of_a_half():
    half, error = np.array([0.5]), np.array([0.1])
    power = np.exp(Z * 0.1 / (0.5 * np.log(2)))
    limits = {kind: probability_limits(half, error, conf_type=kind) for kind in ("log-log", "log", "plain")}
    assert [v[0] for v in limits["log-log"]] == pytest.approx([0.5**power, 0.5 ** (1 / power)])
    assert [v[0] for v in limits["log-log"]] == pytest.approx([0.295, 0.675], abs=5e-4)
    assert [v[0] for v in limits["log"]] == pytest.approx([0.5 / np.exp(Z / 5), 0.5 * np.exp(Z / 5)])
    assert [v[0] for v in limits["plain"]] == pytest.approx([0.5 - Z / 10, 0.5 + Z / 10])
    assert np.isnan(probability_limits(np.array([0.0, 1.0]), np.array([0.1, 0.1]))).all()


@pytest.mark.parametrize("group", [-1, 0.5, np.nan])
def test_groups_are_codes_from_0(group):
    with pytest.raises(SeriesError) as caught:
        kaplan_meier(None, [1, 2], [1, 0], group=[0, group])
    assert [p.code for p in caught.value.problems] == ["missing_group"]


def test_four_persons_who_come_and_go():
    # a relapses at 1, is taken in at 3; b is taken in at 2, returns to relapse at 4; c relapses at 3; d is seen to 5.
    person = ["a", "a", "a", "b", "b", "c", "d"]
    codes = np.unique(person, return_inverse=True)[1]
    found = state_probabilities(codes, [0, 1, 3, 0, 2, 0, 0], [1, 3, 5, 2, 4, 3, 5], [1, 2, 0, 2, 1, 1, 0])
    assert found.time.tolist() == [1, 2, 3, 4]
    assert found.at_risk.tolist() == [[4, 0, 0], [3, 1, 0], [2, 1, 1], [1, 0, 2]]
    assert found.probability == pytest.approx(np.array([[3, 1, 0], [2, 1, 1], [1, 1, 2], [1, 2, 1]]) / 4)
    assert found.transitions[:, 0, 1].tolist() == [1, 0, 1, 0] and found.transitions[3, 2, 1] == 1


def test_nobody_moves():
    found = state_probabilities([1, 2], [0, 0], [3, 4], [0, 0])
    assert found.time.shape == (0,) and found.probability.shape == (0, 1)


def test_many_other_ends_at_one_time_leave_the_gray_test_as_sure_as_it_says():
    """Fifty of a hundred leave together: over shuffled groups the statistic has the mean 1 of its chi-square."""
    rng = np.random.default_rng(0)
    time = np.concatenate([np.ones(50), np.arange(2.0, 52.0)])
    event = np.repeat([2, 1], 50)
    statistics = [gray_test(time, event, rng.permutation(np.repeat([0, 1], 50))).statistic for _ in range(400)]
    assert np.mean(statistics) == pytest.approx(1, abs=0.25)  # one standard error is sqrt(2 / 400) = .07
