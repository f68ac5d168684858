"""Estimates of who is on no list, worked by hand from the formulas of the papers."""

from __future__ import annotations

import numpy as np
import pytest

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.intervals import chao, chapman, multiplier, zelterman
from suzhou_antidrug.indicators.intervals.capture_recapture import lincoln_petersen


def test_chao_by_hand():
    """60 seen once, 20 twice, r = 3: extra 60*59/42, variance 20 (81/4 + 27 + 9/2), limits log-normal in the extra."""
    found = chao(60, 20, 100)
    assert found.estimate == pytest.approx(100 + 590 / 7) and found.se == pytest.approx(1035**0.5)
    assert (found.low, found.high) == pytest.approx((140.911, 273.648), abs=2e-3)
    assert (found.listed, found.method, found.level) == (100, "Chao", 0.95)


def test_chao_where_nobody_was_seen_twice():
    """Extra 4*3/2; variance 4*3/2 + 4*7^2/4 - 4^4/(4*16)."""
    found = chao(4, 0, 10)
    assert (found.estimate, found.se) == pytest.approx((16, 51**0.5))
    assert found.low > 10
    # One seen twice, six once: r = 6, variance 6^4/4 + 6^3 + 6^2/2.
    assert chao(6, 1, 20).se == pytest.approx(558**0.5)


@pytest.mark.parametrize(("once", "twice", "listed"), [(0, 0, 5), (0, 3, 5), (1, 0, 1), (0, 0, 0), (2, 3, 5)])
def test_chao_at_its_edges(once, twice, listed):
    found = chao(once, twice, listed)
    assert found.estimate == listed + once * (once - 1) / (2 * (twice + 1))
    if once < 2:  # nobody is missing: the limits are the list
        assert (found.low, found.high) == (listed, listed) and found.se == 0


def test_zelterman_by_hand():
    """Rate 2*20/60; with s = 1 - exp(-2/3): n/s; G = exp(-2/3)/s^2; variance nG (1 + nG (4/9)(1/60 + 1/20))."""
    found = zelterman(60, 20, 100)
    assert found.estimate == pytest.approx(205.515, abs=1e-3)
    assert found.se == pytest.approx(40.127, abs=2e-3)
    assert zelterman(60, 40, 100).estimate < found.estimate  # more seen again: fewer are hidden


def test_a_sample_says_which_share_is_listed():
    """50 of 200 are on a list of 500: 2,000; the limits are 500 over the exact limits of a quarter."""
    found = multiplier(500, 50, 200)
    assert found.estimate == 2000 and np.isnan(found.se) and found.listed == 500
    assert (found.low, found.high) == pytest.approx((500 / 0.31597, 500 / 0.19154), rel=1e-3)
    assert multiplier(500, 0, 200).estimate == np.inf == multiplier(500, 0, 200).high


def test_lists_that_do_not_meet_or_are_the_same():
    assert lincoln_petersen(10, 5, 0) == np.inf and chapman(10, 5, 0).estimate == 65
    same = chapman(7, 7, 7)
    assert (same.estimate, same.se, same.low, same.high) == (7, 0, 7, 7)


def test_the_estimate_as_a_table():
    row = chapman(200, 150, 60).frame.iloc[0]
    assert row["method"] == "Chapman" and row["listed"] == 290 and row["low"] < row["estimate"] < row["high"]
    assert row["estimate"] == pytest.approx(201 * 151 / 61 - 1)


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (lambda: chao(-1, 0.5, 9), ["once", "twice"]),
        (lambda: multiplier(1.5, 1, 2), ["listed"]),
        (lambda: chapman(3, 3, -1), ["both"]),
        (lambda: zelterman(3, 1, 8.5), ["listed"]),
    ],
)
def test_each_count_that_is_none_is_named(wrong, names):
    with pytest.raises(SeriesError) as caught:
        wrong()
    assert [p.column for p in caught.value.problems] == names


def test_all_listed_may_have_been_seen_once_or_twice():
    assert chao(5, 5, 10).listed == 10 and zelterman(5, 5, 10).listed == 10
    with pytest.raises(SeriesError, match="exceed"):
        zelterman(5, 6, 10)
    with pytest.raises(SeriesError, match="nobody"):
        zelterman(0, 5, 10)
