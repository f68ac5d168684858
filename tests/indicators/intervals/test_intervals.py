"""Exact intervals against published values, brute force and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import suzhou_antidrug as sa
from suzhou_antidrug.indicators.intervals import proportion_interval, rate_interval, zero_upper_limit

DIGITS = 1e-10  # closed forms: equal to rounding of the arithmetic


def test_published_values():
    # 81 of 263 and 0 of 20 (Newcombe 1998, table I) and Garwood's limits for small counts.
    wilson, exact = proportion_interval(81, 263, method="wilson"), proportion_interval(81, 263)
    assert np.round([wilson.low, wilson.high, exact.low, exact.high], 4).tolist() == [0.2553, 0.3662, 0.2527, 0.3676]
    zero = proportion_interval([0], [20], method="wilson"), proportion_interval([0], [20])
    assert [round(float(z.high[0]), 4) for z in zero] == [0.1611, 0.1684]
    assert [float(z.low[0]) for z in zero] == [0.0, 0.0]
    assert float(proportion_interval(100, 100).low) == pytest.approx(0.9638, abs=5e-5)
    assert float(proportion_interval(100, 100, method="wilson").low) == pytest.approx(0.9630, abs=5e-5)
    # One-sided 95 % limits for 0 to 5 events are the two-sided 90 % ones.
    one_sided = rate_interval([0, 1, 2, 3, 4, 5], 1.0, level=0.9).high
    assert np.round(one_sided, 4).tolist() == [2.9957, 4.7439, 6.2958, 7.7537, 9.1535, 10.5130]
    assert float(zero_upper_limit()) == pytest.approx(2.995732, abs=1e-6)


def test_three_events_at_two_fifths_detection():
    i = rate_interval(3, 0.4)
    assert [round(float(x), 2) for x in (i.value, i.low, i.high)] == [7.5, 1.55, 21.92]


def test_against_statsmodels():
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    k = np.arange(0, 31)
    for method, theirs in (("clopper_pearson", "beta"), ("wilson", "wilson")):
        ours = proportion_interval(k, 30, method=method)
        low, high = proportion.proportion_confint(k, 30, method=theirs)
        # statsmodels lets Wilson's limits at 0 and n drift by rounding; ours are exact there.
        np.testing.assert_allclose(ours.low, np.clip(low, 0, 1), atol=DIGITS)
        np.testing.assert_allclose(ours.high, np.clip(high, 0, 1), atol=DIGITS)


@given(st.integers(0, 60), st.integers(1, 60))
def test_clopper_pearson_by_its_definition(k, n):
    k = min(k, n)
    i = proportion_interval(k, n)
    # At the lower limit exactly 2.5 % of samples reach k or more, at the upper 2.5 % k or fewer.
    if k > 0:
        assert stats.binom.sf(k - 1, n, float(i.low)) == pytest.approx(0.025, rel=1e-6)
    if k < n:
        assert stats.binom.cdf(k, n, float(i.high)) == pytest.approx(0.025, rel=1e-6)
    assert 0 <= i.low <= i.value <= i.high <= 1


@given(st.integers(0, 200), st.floats(0.1, 1e4))
def test_garwood_by_its_definition(k, exposure):
    i = rate_interval(k, exposure)
    if k > 0:
        assert stats.poisson.sf(k - 1, float(i.low) * exposure) == pytest.approx(0.025, rel=1e-6)
    assert stats.poisson.cdf(k, float(i.high) * exposure) == pytest.approx(0.025, rel=1e-6)
    assert i.low <= i.value <= i.high


def test_nothing_to_divide_by_is_nan_not_an_error():
    i = proportion_interval([0, 5, np.nan], [0, 10, 10])
    assert np.isnan(i.value).tolist() == [True, False, True]
    assert np.isnan(i.low).tolist() == [True, False, True]
    assert np.isnan(rate_interval([1.0, np.nan], [0.0, 1.0]).high).all()


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (1.5, 5), (1, 5.5)])
def test_bad_counts_are_refused(k, n):
    with pytest.raises(sa.SeriesError, match="no counts"):
        proportion_interval(k, n)


def test_shapes_broadcast():
    i = rate_interval(np.zeros((3, 1)), np.ones((1, 4)))
    assert i.high.shape == (3, 4)
