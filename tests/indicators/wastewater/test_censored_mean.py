"""One sample of loads with values below the limit: what it says of itself, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.wastewater import censored_lognormal
from suzhou_antidrug.indicators.wastewater.censoring import METHODS, censored_mean, censored_means

NAN = float("nan")
ESTIMATES = ("mean", "mean_low", "mean_high", "log_mean", "log_sd", "se_log_mean", "information")


def test_one_sample_is_one_group():
    # Changzhou-like loads, each limit its own: LOQ x Q / P moves with the flow.
    limit = np.array([1.0, 1.2, 0.9, 1.5, 1.1, 1.0, 0.8, 1.3, 1.0, 1.1, 1.2, 0.9])
    loads = np.array([3.1, NAN, 1.4, NAN, 2.2, 6.5, NAN, 4.0, 1.2, 2.9, 1.9, 5.1])
    hidden = np.isnan(loads)
    found = censored_mean(loads, below=hidden, limit=limit)
    many = censored_means(np.where(hidden, 0, loads), np.where(hidden, limit, loads), np.zeros(12, dtype=int))
    assert [getattr(found, name) for name in ESTIMATES] == [getattr(many, name)[0] for name in ESTIMATES]
    row = found.frame.iloc[0]
    assert (row["n"], row["n_censored"], row["method"], row["status"]) == (12, 3, "lognormal_mle", "reported")
    assert row["share_censored"] == pytest.approx(0.25) and row["mean"] == found.mean
    assert found.manifest()["method"] == "lognormal_mle"
    other = censored_mean([1.0, 2.0], limit=0.5)
    assert other.made.fingerprint != found.made.fingerprint and other.method == "complete"


def test_the_limit_of_detection_makes_an_interval():
    found = censored_mean([5.0, NAN, NAN], below=[False, True, True], limit=3.0, detection_limit=[NAN, 1.0, NAN])
    assert found.low.tolist() == [5.0, 1.0, 0.0] and found.high.tolist() == [5.0, 3.0, 3.0]
    assert found.mean_low == pytest.approx(2) and found.mean_high == pytest.approx(11 / 3)


def test_an_explanation_names_the_method_its_reason_and_the_bounds():
    few = censored_mean([5.0, NAN], below=[False, True], limit=3.0).explain()
    assert "2 values, fewer than 10" in few.in_language("en") and "2.5, 4" in few.in_language("en")
    assert "少于 10" in few.in_language("zh") and "cannot be given" in few.in_language("en")
    n, hidden = 12, np.arange(12) < 3
    loads = np.where(hidden, NAN, 2.0 + np.arange(n))
    likely = censored_mean(loads, below=hidden, limit=2.0).explain().in_language("en")
    assert "3/12 (25%)" in likely and "9 distinct values" in likely
    flipped = censored_mean(loads, below=hidden, limit=2.0, method="kaplan_meier").explain().in_language("en")
    assert "placed at the lowest limit 2" in flipped and "asked for by name" in flipped
    many = censored_mean(np.where(np.arange(n) < 10, NAN, 5.0), below=np.arange(n) < 10, limit=2.0)
    assert "more than 80%" in many.reason.en
    same_value = censored_mean(np.where(hidden, NAN, 5.0), below=hidden, limit=2.0)
    assert "1 distinct" in same_value.reason.en
    assert "cannot be used" in censored_mean([NAN], below=[True], limit=2.0, method="kaplan_meier").reason.en


def test_a_sample_is_drawn_in_both_languages():
    hidden = np.arange(12) < 3
    found = censored_mean(np.where(hidden, NAN, 2.0 + np.arange(12)), below=hidden, limit=2.0)
    for language in ("zh", "en"):
        ax = found.plot(language=language)
        assert ax.get_title(loc="left") == METHODS["lognormal_mle"].in_language(language)
        assert len(ax.get_legend().get_texts()) == 4
    assert "<table" in found._repr_html_()


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("not_positive", {"values": [1.0, 0.0]}),
        ("not_positive", {"values": [1.0, -2.0]}),
        ("not_positive", {"values": [1.0, np.inf]}),
        ("missing", {"values": [1.0, NAN]}),
        ("missing", {"values": [1.0, NAN], "limit": 0.5}),
        ("no_limit", {"values": [1.0, NAN], "below": [False, True]}),
        ("no_limit", {"values": [1.0, NAN], "below": [False, True], "limit": [0.5, NAN]}),
        ("no_limit", {"values": [1.0, NAN], "below": [False, True], "limit": 0.0}),
        ("value_and_flag", {"values": [1.0, 0.4], "below": [False, True], "limit": 0.5}),
        ("below_own_limit", {"values": [1.0, 0.4], "limit": 0.5}),
        ("below_own_limit", {"values": [1.0, 0.4], "detection_limit": 0.5}),
        ("detection_limit", {"values": [1.0, NAN], "below": [False, True], "limit": 0.5, "detection_limit": 0.5}),
        ("detection_limit", {"values": [1.0, NAN], "below": [False, True], "limit": 0.5, "detection_limit": 0.0}),
        ("empty", {"values": []}),
    ],
)
def test_what_is_no_sample_of_loads_is_refused(code, given):
    with pytest.raises(SeriesError) as caught:
        censored_mean(**given)
    problem = caught.value.problems[0]
    assert len(caught.value.problems) == 1 and problem.code == code
    assert problem.en and problem.zh and (code == "empty" or "position 1" in problem.en)


def test_all_problems_arrive_at_once_and_a_value_at_its_limit_is_measured():
    with pytest.raises(SeriesError) as caught:
        censored_mean([0.0, NAN, 0.4], limit=0.5)
    assert {p.code for p in caught.value.problems} == {"not_positive", "missing", "below_own_limit"}
    at_the_limit = 3 * 0.1  # 0.30000000000000004
    assert censored_mean([0.3, 1.0], limit=[at_the_limit, 0.2]).method == "complete"
    with pytest.raises(ValueError, match="boolean"):
        censored_mean([1.0, 2.0], below=[0, 1], limit=1.0)


def test_a_search_that_did_not_end_is_said_so(monkeypatch):
    monkeypatch.setattr(censored_lognormal, "MOST_STEPS", 1)
    found = censored_mean([*range(1, 9), NAN, NAN], below=np.arange(10) > 7, limit=0.9)
    assert found.method == "bounds" and "converge" in found.reason.en
