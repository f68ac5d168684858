"""Aalen-Johansen, Gray's test and several states: R's answers, fractions by hand, and brute force."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.relapse.compare_groups import log_rank
from suzhou_antidrug.indicators.relapse.competing import aalen_johansen, incidence_at
from suzhou_antidrug.indicators.relapse.gray import gray_test
from suzhou_antidrug.indicators.relapse.states import state_probabilities
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
rows = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2)), min_size=3, max_size=40)


@given(rows)
def test_shares_add_to_one_and_lie_below_what_nobody_left_would_give(data):
    time, event = np.array([r[0] for r in data], float), np.array([r[1] for r in data])
    curve = aalen_johansen(None, time, event, causes=(1, 2)).curves[0]
    assert curve.incidence.sum(axis=1) + curve.survival == pytest.approx(1, abs=1e-12)
    naive = 1 - kaplan_meier(None, time, event, cause=1).curves[0].survival
    assert (curve.incidence[:, 0] <= naive + 1e-12).all()


@given(rows)
def test_values_against_statsmodels(data):
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    time, event = np.array([r[0] for r in data], float), np.array([r[1] for r in data])
    if not (event == 1).any() or not (event == 2).any():
        return
    other = duration.CumIncidenceRight(time, event)
    curve = aalen_johansen(None, time, event).curves[0]
    at = np.isin(curve.time, other.times)
    for k in (0, 1):
        assert curve.incidence[at, k] == pytest.approx(other.cinc[k], abs=1e-12)


def test_the_standard_error_is_that_of_resampled_persons():
    """Against the bootstrap, with late entry: 400 persons, two causes."""
    rng = np.random.default_rng(4)
    event = rng.integers(0, 3, 400)
    entry = rng.choice([0.0, 0.0, 1.0], 400)
    exit_ = entry + rng.exponential(5, 400) + 0.1
    found = incidence_at(aalen_johansen(entry, exit_, event, causes=(1, 2)), [4.0])
    draws = []
    for _ in range(400):
        at = rng.integers(0, 400, 400)
        draws.append(
            incidence_at(aalen_johansen(entry[at], exit_[at], event[at], causes=(1, 2)), [4.0]).incidence[0, 0]
        )
    assert found.standard_error[0, 0] == pytest.approx(np.std(draws, axis=0), rel=0.15)  # 400 draws: 3.5 % each


def test_a_code_that_is_no_cause_is_refused_and_not_dropped():
    with pytest.raises(SeriesError) as caught:
        aalen_johansen(None, [1, 2, 3], [1, 2, 3], causes=(1, 2))
    assert caught.value.problems[0].code == "unknown_event"


def test_gray_without_other_ends_is_the_log_rank_test():
    rng = np.random.default_rng(1)
    time, group = rng.exponential(1, 4000), np.repeat([0, 1], 2000)
    event = (rng.random(4000) < 0.8).astype(int)
    gray, rank = gray_test(time, event, group), log_rank(None, time, event, group)
    assert gray.observed - gray.expected == pytest.approx(rank.observed - rank.expected, rel=1e-9)  # one score
    assert gray.statistic == pytest.approx(rank.statistic, rel=0.02)  # two estimates of its variance


def test_gray_errs_as_often_as_it_says():
    """Equal incidences, but the rates differ because other ends do: the log-rank test is fooled, Gray's is not."""
    rng = np.random.default_rng(8)
    group = np.repeat([0, 1, 2], 60)
    p = []
    for _ in range(500):
        relapse = rng.random(180) < 0.4
        time = np.where(relapse, rng.exponential(2, 180), rng.exponential(2, 180) * np.array([1.0, 2.0, 4.0])[group])
        censor = rng.uniform(1, 12, 180)
        event = np.where(time > censor, 0, np.where(relapse, 1, 2))
        p.append(gray_test(np.minimum(time, censor), event, group).p_value)
    assert 0.03 <= np.mean(np.array(p) < 0.05) <= 0.07  # one standard error is 0.01
    assert np.mean(p) == pytest.approx(0.5, abs=0.05)


@given(rows)
def test_two_ends_are_two_states(data):
    time, event = np.array([r[0] for r in data], float), np.array([r[1] for r in data])
    curve = aalen_johansen(None, time, event, causes=(1, 2)).curves[0]
    states = state_probabilities(np.arange(len(time)), np.zeros(len(time)), time, event)
    at = np.isin(curve.time, states.time)
    for k in range(states.probability.shape[1] - 1):
        assert curve.incidence[at, k] == pytest.approx(states.probability[:, k + 1], abs=1e-12)


def test_a_person_is_in_one_place_at_a_time():
    with pytest.raises(SeriesError) as caught:
        state_probabilities([1, 1], [0, 1], [2, 3], [1, 0])
    assert caught.value.problems[0].code == "overlap"
