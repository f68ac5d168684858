"""The forecaster: its filter against statsmodels and brute force, its draws against what they must never be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import suzhou_antidrug as sa
from suzhou_antidrug.outlook.engine import STEPS, StepPrior, choose, filter_levels, step_weights, to_scale
from suzhou_antidrug.outlook.series import make_block

ITERATIVE = 1e-9  # a Kalman pass against another implementation of the same recursion


def brute_force(z, noise, sigma):
    """Log likelihood and last level of a local level model, by the joint normal density of the observed values."""
    seen = np.flatnonzero(np.isfinite(z))
    first, rest = seen[0], seen[1:]
    # Given the first value as the start (with its noise), all later ones are jointly normal around it.
    cov = np.array([[min(i, j) - first for j in rest] for i in rest]) * sigma**2
    cov = cov + noise[first] + np.diag(noise[rest])
    centred = z[rest] - z[first]
    _, logdet = np.linalg.slogdet(cov)
    likelihood = -0.5 * (len(rest) * np.log(2 * np.pi) + logdet + centred @ np.linalg.solve(cov, centred))
    cross = np.array([min(seen[-1], j) - first for j in rest]) * sigma**2 + noise[first]
    mean = z[first] + cross @ np.linalg.solve(cov, centred)
    variance = (seen[-1] - first) * sigma**2 + noise[first] - cross @ np.linalg.solve(cov, cross)
    return likelihood, mean, variance


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("noisy", [False, True])
def test_filter_equals_the_joint_density(gap, noisy):
    rng = np.random.default_rng(3)
    z = np.cumsum(rng.normal(0, 0.2, 9))
    noise = rng.uniform(0.01, 0.05, 9) if noisy else np.full(9, 1e-12)
    if gap:
        z[[3, 4]] = np.nan
    steps = np.array([0.05, 0.2, 0.7])
    mean, variance, likelihood = filter_levels(z[None], np.where(np.isnan(z), np.nan, noise)[None], steps)
    for j, sigma in enumerate(steps):
        expected = brute_force(z, noise, sigma)
        assert likelihood[0, j] == pytest.approx(expected[0], rel=1e-6, abs=1e-6)
        assert mean[0, j] == pytest.approx(expected[1], abs=1e-6)
        assert variance[0, j] == pytest.approx(expected[2], abs=1e-8)


def test_filter_equals_statsmodels():
    sm = pytest.importorskip("statsmodels.tsa.statespace.structural")
    rng = np.random.default_rng(5)
    z, r, sigma = np.cumsum(rng.normal(0, 0.3, 12)), 0.04, 0.3
    ours = filter_levels(z[None], np.full((1, 12), r), np.array([sigma]))
    # Theirs starts one step on: the first value is the state, with its noise and one step of variance.
    model = sm.UnobservedComponents(z[1:], "llevel")
    model.initialize_known(np.array([z[0]]), np.array([[r + sigma**2]]))
    model.ssm.loglikelihood_burn = 0
    res = model.filter([r, sigma**2])
    assert ours[2][0, 0] == pytest.approx(res.llf, abs=ITERATIVE)
    assert ours[0][0, 0] == pytest.approx(res.filtered_state[0, -1], abs=ITERATIVE)
    assert ours[1][0, 0] == pytest.approx(res.filtered_state_cov[0, 0, -1], abs=ITERATIVE)


def test_step_weights_and_choice():
    weights = step_weights(np.zeros((2, len(STEPS))), StepPrior(0.2, 0.5))
    assert weights.sum(axis=1) == pytest.approx([1, 1])
    assert STEPS[np.argmax(weights[0])] == pytest.approx(0.2, rel=0.1)
    index = choose(np.array([[0.2, 0.8, 0.0], [0.0, 0.0, 1.0]]), np.random.default_rng(0).random((2, 20_000)))
    shares = [(index[0] == i).mean() for i in range(3)]
    assert shares == pytest.approx([0.2, 0.8, 0.0], abs=0.01)
    assert set(index[1]) == {2}


def test_noise_is_the_delta_method():
    count = make_block([[100, 80, 50]], kind="count")
    assert to_scale(count)[1][0] == pytest.approx([1 / 100.5, 1 / 80.5, 1 / 50.5])
    share = make_block([[0.5, 0.5, 0.5]], kind="proportion", exposure=[[100, 100, 100]])
    assert to_scale(share)[1][0] == pytest.approx([1 / (0.25 * 101)] * 3)
    load = make_block([[10.0, 10.0, 10.0]], kind="load", se=[[1.0, 1.0, 1.0]])
    assert to_scale(load)[1][0] == pytest.approx([0.01] * 3)


kinds = st.sampled_from(["rate", "count", "proportion", "load"])


@st.composite
def short_series(draw):
    kind = draw(kinds)
    n = draw(st.integers(3, 10))
    if kind == "count":
        values = draw(st.lists(st.integers(0, 10**6), min_size=n, max_size=n))
    elif kind == "proportion":
        values = draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    else:
        values = draw(st.lists(st.floats(0, 1e9), min_size=n, max_size=n))
    return kind, values


@settings(max_examples=150, deadline=None)
@given(short_series(), st.integers(1, 5))
def test_draws_stay_in_range(series, horizon):
    kind, values = series
    fc = sa.forecast(values, horizon, kind=kind, draws=200)
    assert fc.samples.shape == (200, horizon)
    assert np.isfinite(fc.samples).all()
    assert (fc.samples >= 0).all()
    if kind == "proportion":
        assert (fc.samples <= 1).all()
    if kind == "count":
        assert (fc.samples == np.round(fc.samples)).all()


def test_same_seed_same_draws_and_no_global_state():
    state = np.random.get_state()[1].copy()
    a, b = (sa.forecast([5, 6, 7, 6], 2, kind="count", rng=4).samples for _ in range(2))
    assert (a == b).all()
    assert (np.random.get_state()[1] == state).all()
    assert not (a == sa.forecast([5, 6, 7, 6], 2, kind="count", rng=5).samples).all()


def test_draws_are_paths():
    fc = sa.forecast([100, 90, 110, 95, 105], 3, kind="load", draws=20_000)
    first, last = np.log(fc.samples[:, 0]), np.log(fc.samples[:, 2])
    # A random walk: steps 1 and 3 share the first step, so their correlation is 1 / sqrt(3) given one step size.
    assert 0.5 < np.corrcoef(first, last)[0, 1] < 0.75


def test_median_is_the_last_level_and_spread_grows():
    fc = sa.forecast([100.0] * 6, 4, kind="load", draws=20_000)
    width = fc.quantiles((0.1, 0.9)).diff(axis=1)[0.9].to_numpy()
    assert np.median(fc.samples, axis=0) == pytest.approx([100] * 4, rel=0.02)
    assert (np.diff(width) > 0).all()


def test_scale_does_not_matter_for_loads():
    a = sa.forecast([10, 12, 9, 11], 2, kind="load", rng=1).samples
    b = sa.forecast([1000, 1200, 900, 1100], 2, kind="load", rng=1).samples
    np.testing.assert_allclose(b, 100 * a, rtol=1e-9)


def test_small_counts_are_wider_than_large_ones_of_the_same_course():
    course = np.array([10, 9, 11, 10, 10])
    small = sa.forecast(course, 1, kind="count", draws=8000)
    large = sa.forecast(course * 1000, 1, kind="count", draws=8000)
    spread = [f.samples[:, 0].std() / f.samples[:, 0].mean() for f in (small, large)]
    assert spread[0] > 1.3 * spread[1]


def test_gaps_widen_the_forecast():
    full = pd.Series([100, 90, 95, 92, 90.0], index=[2015, 2016, 2017, 2018, 2019])
    gappy = pd.Series([100, 90, 90.0], index=[2015, 2016, 2019])
    fc, gap = sa.forecast(full, 3, kind="load"), sa.forecast(gappy, 3, kind="load")
    assert fc.periods == gap.periods == (2020, 2021, 2022)
    assert np.isfinite(gap.samples).all()


def test_zeros_are_values():
    fc = sa.forecast([0, 0, 0, 0], 1, kind="count", draws=4000)
    assert fc.probability_at_most(0) > 0.5
    assert fc.samples.max() >= 1  # no certainty that nothing ever comes
    rate = sa.forecast([0.0, 0.0, 2.0, 0.0], 2, kind="rate", exposure=[1, 1, 1, 1])
    assert np.isfinite(rate.samples).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (dict(y=[1, 2], horizon=1), "at least 3"),
        (dict(y=[], horizon=1), "no value"),
        (dict(y=[1, -2, 3], horizon=1), "negative"),
        (dict(y=[0.2, 0.5, 1.2], horizon=1, kind="proportion"), "above 1"),
        (dict(y=[1, 2.5, 3], horizon=1, kind="count"), "whole"),
        (dict(y=[1, np.inf, 3], horizon=1), "infinite"),
        (dict(y=[1, 2, 3], horizon=0), "horizon"),
        (dict(y=[1, 2, 3], horizon=1, draws=0), "draws"),
        (dict(y=[1, 2, 3], horizon=1, exposure=[1, 0, 1]), "exposure"),
        (dict(y=[1, 2, 3], horizon=1, exposure=[1, 2]), "beside"),
        (dict(y=[1, 2, 3], horizon=1, kind="ratio"), "kind of series"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(sa.AntidrugError, match=message) as error:
        sa.forecast(**call)
    assert any("\u4e00" <= c <= "\u9fff" for c in str(error.value))


def test_a_mistyped_year_is_no_memory_bomb():
    with pytest.raises(sa.SeriesError, match="span"):
        sa.forecast(pd.Series([1.0, 2, 3, 4], index=[2017, 2018, 2019, 20200]), 1)


def test_panel_equals_singles_in_law_and_keeps_order():
    long = pd.DataFrame(
        {
            "series_id": ["b"] * 5 + ["a"] * 4 + ["c"] * 3,
            "period": [2015, 2016, 2017, 2018, 2019, 2016, 2017, 2018, 2019, 2017, 2018, 2020],
            "value": [100, 90, 95, 92, 90, 0.2, 0.3, 0.25, 0.2, 7, 8, 9],
            "kind": ["load"] * 5 + ["proportion"] * 4 + ["count"] * 3,
        }
    )
    panel = sa.forecast_panel(long, 2, draws=20_000)
    assert panel.series_ids == ("b", "a", "c")
    assert panel.last_period == (2019, 2019, 2020)
    for i, name in enumerate(panel.series_ids):
        own = long[long["series_id"] == name]
        single = sa.forecast(
            pd.Series(own["value"].to_numpy(), index=own["period"]), 2, kind=own["kind"].iloc[0], draws=20_000, rng=9
        )
        quantiles = [0.1, 0.5, 0.9]
        np.testing.assert_allclose(
            np.quantile(panel.samples[i], quantiles, axis=0), single.quantiles(quantiles).T, rtol=0.08
        )
    assert panel.frame.shape[0] == 6


def test_panel_refuses_what_it_must():
    long = pd.DataFrame({"series_id": ["a"] * 4, "period": [2017, 2018, 2018, 2019], "value": [1, 2, 3, 4]})
    with pytest.raises(sa.SeriesError, match="twice"):
        sa.forecast_panel(long, 1)
    with pytest.raises(sa.UnknownNameError, match="column"):
        sa.forecast_panel(long.drop(columns="value"), 1)


def test_quarters_and_results():
    y = pd.Series([5.0, 6, 7, 6, 5], index=pd.period_range("2020Q1", periods=5, freq="Q"))
    fc = sa.forecast(y, 2, kind="load")
    assert [str(p) for p in fc.periods] == ["2021Q2", "2021Q3"]
    assert list(fc.frame.columns[:2]) == ["period", "mean"]
    assert "no trend" in fc.explain().in_language("en")
    assert fc.manifest()["seed"] == 0
    assert "<table" in fc._repr_html_()
    assert fc.plot() is not None
