"""The forecaster: its filter against a plain matrix filter and statsmodels, its draws against what they must never be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import suzhou_antidrug as sa
from suzhou_antidrug.outlook.engine import (
    NARROWER,
    PATH_DF,
    atom_weights,
    draw_paths,
    kalman,
    path_moments,
    simulate,
)
from suzhou_antidrug.outlook.priors import load_prior
from suzhou_antidrug.outlook.scale import poisson, resolution, to_scale
from suzhou_antidrug.outlook.series import make_block
from suzhou_antidrug.outlook.siblings import SHARES, couple, kin_features, read_kin, sibling_weights

SINGLE = 2e-4  # the filter runs in single precision over at most a dozen steps
ATOMS = np.array(
    [[0.1, 0.0, 0.0, 0.0, 0.0], [0.3, 0.35, 0.3, 0.8, 0.0], [0.05, 1.0, 2.0, 0.9, 0.0], [0.2, 0.7, 0.8, 1.0, -0.5]],
    dtype=np.float32,
)


def matrices(atom):
    step, share, drift, damping, mean = (float(x) for x in atom)
    move = np.array([[1.0, 1.0], [0.0, damping]])
    push = np.array([0.0, (1 - damping) * mean * step])
    noise = np.diag([(1 - share) * step**2, (1 - damping**2) * (drift * step) ** 2])
    return move, push, noise, share * step**2 / 2, np.array([0.0, mean * step]), (drift * step) ** 2


def plain_filter(z, noise, atom):
    """A textbook Kalman filter for one series and one atom, with the Student t(5) errors of the engine."""
    move, push, q, r, state, dv = matrices(atom)
    p, likelihood, started = np.diag([0.0, dv]), 0.0, False
    for value, known in zip(z, noise, strict=True):
        if started:
            state, p = move @ state + push, move @ p @ move.T + q
        if not np.isfinite(value):
            continue
        if not started:
            state, p, started = np.array([value, state[1]]), np.diag([r + known, dv]), True
            continue
        error, total = value - state[0], p[0, 0] + r + known
        likelihood -= 3 * np.log1p(error**2 / (5 * total)) + 0.5 * np.log(total)
        gain = p[:, 0] / total
        state, p = state + gain * error, p - np.outer(gain, p[0])
    return likelihood, state, p


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_filter_equals_a_plain_one(gap, late):
    rng = np.random.default_rng(3)
    z = np.cumsum(rng.normal(0, 0.2, (3, 9)), axis=1)
    noise = rng.uniform(0.001, 0.05, (3, 9))
    if gap:
        z[1, [3, 4]] = np.nan
    if late:
        z[2, :4] = np.nan
    noise[np.isnan(z)] = np.nan
    found = kalman(z, noise, ATOMS)
    for i in range(3):
        for j, atom in enumerate(ATOMS):
            likelihood, state, p = plain_filter(z[i], noise[i], atom)
            s = found.states
            ours = [
                found.likelihood[i, j],
                s.level[i, j],
                s.drift[i, j],
                s.p_level[i, j],
                s.p_cross[i, j],
                s.p_drift[i, j],
            ]
            np.testing.assert_allclose(ours, [likelihood, *state, p[0, 0], p[0, 1], p[1, 1]], rtol=SINGLE, atol=SINGLE)


def test_filter_equals_statsmodels():
    sm = pytest.importorskip("statsmodels.tsa.statespace.structural")
    rng = np.random.default_rng(5)
    z, r, sigma = np.cumsum(rng.normal(0, 0.3, 12)), 0.04, 0.3
    ours = kalman(z[None], np.full((1, 12), r), np.array([[sigma, 0, 0, 0, 0]], dtype=np.float32))
    # Theirs starts one step on: the first value is the state, with its noise and one step of variance.
    model = sm.UnobservedComponents(z[1:], "llevel")
    model.initialize_known(np.array([z[0]]), np.array([[r + sigma**2]]))
    res = model.filter([r, sigma**2])
    assert ours.states.level[0, 0] == pytest.approx(res.filtered_state[0, -1], abs=SINGLE)
    assert ours.states.p_level[0, 0] == pytest.approx(res.filtered_state_cov[0, 0, -1], abs=SINGLE)


def test_paths_have_the_moments_of_the_model():
    z = np.cumsum(np.random.default_rng(1).normal(0, 0.2, (1, 8)), axis=1)
    found = kalman(z, np.full((1, 8), 0.01), ATOMS)
    means, covariance = path_moments(found.states, ATOMS[None], 3, np.array([0.02], dtype=np.float32))
    for j, atom in enumerate(ATOMS):
        move, push, q, r, *_ = matrices(atom)
        _, state, p = plain_filter(z[0], np.full(8, 0.01), atom)
        states, covs = [], []
        for _ in range(3):
            state, p = move @ state + push, move @ p @ move.T + q
            states.append(state)
            covs.append(p)
        np.testing.assert_allclose(means[:, 0, j], [s[0] for s in states], rtol=SINGLE, atol=SINGLE)
        for g in range(3):
            for h in range(g, 3):
                cross = (covs[g] @ np.linalg.matrix_power(move.T, h - g))[0, 0] + (r + 0.02 if g == h else 0)
                np.testing.assert_allclose(covariance[g, h, 0, j], cross, rtol=SINGLE, atol=SINGLE)


def test_draws_of_one_atom_have_its_mean_and_spread():
    z = np.cumsum(np.random.default_rng(2).normal(0, 0.2, (1, 8)), axis=1)
    atom = ATOMS[1:2]
    found = kalman(z, np.full((1, 8), 0.01), atom)
    means, covariance = path_moments(found.states, atom[None], 3, np.zeros(1, dtype=np.float32))
    paths = draw_paths(
        found,
        np.ones((1, 1), dtype=np.float32),
        atom,
        draws=40_000,
        horizon=3,
        extra=np.zeros(1),
        rng=np.random.default_rng(0),
    )[0]
    np.testing.assert_allclose(paths.mean(axis=0), means[:, 0, 0], atol=0.01)
    expected = covariance[:, :, 0, 0] * NARROWER**2 * PATH_DF / (PATH_DF - 2)
    np.testing.assert_allclose(np.cov(paths.T), expected, rtol=0.06)


def test_weights_are_weights_and_the_walk_keeps_its_share():
    prior = load_prior()
    z = np.cumsum(np.random.default_rng(4).normal(0, 0.2, (5, 7)), axis=1)
    found = kalman(z, np.full(z.shape, 0.001), prior.atoms)
    counts = np.full(5, 7)
    weights = atom_weights(z, counts, found.likelihood, prior)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    plain = (prior.atoms[:, 1] == 0) & (prior.atoms[:, 2] == 0)
    assert (weights[:, plain].sum(axis=1) >= 0.1 - 1e-6).all()
    noisy = atom_weights(3 * z, counts, kalman(3 * z, np.full(z.shape, 0.001), prior.atoms).likelihood, prior)
    mean_step = [(w * prior.atoms[:, 0]).sum(axis=1).mean() for w in (weights, noisy)]
    assert mean_step[1] > 1.8 * mean_step[0]  # a series three times as volatile is believed to be


def test_a_lone_series_gets_the_single_answer_from_the_sibling_gate():
    prior = load_prior()
    z = np.cumsum(np.random.default_rng(6).normal(0, 0.2, (3, 7)), axis=1)
    found = kalman(z, np.full(z.shape, 0.001), prior.atoms)
    kin = read_kin(z, np.array([0, 1, 2]))
    assert (kin_features(kin) == 0).all()
    five = np.tile(found.likelihood, (1, len(SHARES)))
    together = sibling_weights(z, np.full(3, 7), five, kin, prior)
    folded = together.reshape(3, len(SHARES), -1).sum(axis=1)
    np.testing.assert_allclose(folded, atom_weights(z, np.full(3, 7), found.likelihood, prior), rtol=1e-3, atol=1e-6)


def test_kin_leaves_the_series_itself_out():
    z = np.zeros((3, 6))
    z[0] = -0.2 * np.arange(6)
    kin = read_kin(z, np.zeros(3, dtype=int))
    assert kin.mean[0] == pytest.approx(0.0)  # its siblings stand still
    assert kin.mean[1] < 0  # one of the siblings falls
    assert kin.strength == pytest.approx([0.5, 0.5, 0.5])


def test_common_shock_ties_draws_and_keeps_each_series_its_own():
    rng = np.random.default_rng(0)
    paths = rng.standard_normal((4, 20_000, 2)).astype(np.float32)
    tied = couple(paths, np.array([7, 7, 7, 9]), np.random.default_rng(1))
    assert np.corrcoef(tied[0, :, 1], tied[1, :, 1])[0, 1] == pytest.approx(0.25, abs=0.02)
    assert np.corrcoef(tied[0, :, 1], tied[3, :, 1])[0, 1] == pytest.approx(0.0, abs=0.02)
    for i in range(4):
        np.testing.assert_array_equal(np.sort(tied[i, :, 1]), np.sort(paths[i, :, 1]))


def test_siblings_lend_their_drift():
    rng = np.random.default_rng(8)
    falling = 100 * np.exp(np.cumsum(-0.12 + 0.08 * rng.standard_normal((10, 7)), axis=1))
    falling[0] = 100 * np.exp(0.03 * rng.standard_normal(7))  # stands still so far
    alone = simulate(make_block(falling, kind="load"), 3, draws=2000, rng=np.random.default_rng(1))
    group = np.zeros(10, dtype=int)
    together = simulate(make_block(falling, kind="load", group=group), 3, draws=2000, rng=np.random.default_rng(1))
    assert np.median(together[0, :, 2]) < np.median(alone[0, :, 2])


def test_threads_do_not_change_a_number():
    values = np.random.default_rng(3).poisson(50, (300, 6)).astype(float)
    block = make_block(values, kind="count")
    a, b = (simulate(block, 2, draws=100, rng=np.random.default_rng(5)) for _ in range(2))
    assert (a == b).all()


def test_noise_is_the_delta_method():
    count = make_block([[100, 80, 50]], kind="count")
    assert to_scale(count).noise[0] == pytest.approx([1 / 100.5, 1 / 80.5, 1 / 50.5], abs=2e-7)
    share = make_block([[0.5, 0.5, 0.5]], kind="proportion", exposure=[[100, 100, 100]])
    assert to_scale(share).noise[0] == pytest.approx([1 / (0.25 * 101)] * 3, abs=2e-7)
    load = make_block([[10.0, 10.0, 10.123456]], kind="load", se=[[1.0, 1.0, 1.0]])
    assert to_scale(load).noise[0][:2] == pytest.approx([0.01] * 2, abs=2e-7)
    printed = make_block([[10.1, 9.9, 10.0]], kind="load")
    assert to_scale(printed).noise[0][2] == pytest.approx(0.1**2 / 12 / 100, abs=2e-7)


@pytest.mark.parametrize("mean", [0.5, 8, 12, 20, 59])
def test_fast_poisson_is_poisson(mean):
    from scipy import stats

    counts = poisson(np.full(400_000, mean, dtype=np.float32), np.random.default_rng(3))
    k = np.arange(int(stats.poisson.ppf(1e-4, mean)), int(stats.poisson.ppf(1 - 1e-4, mean)) + 1)
    ours = np.array([(counts <= x).mean() for x in k])
    # Four standard errors of 400,000 draws, and the error of the expansion, at most .001 from 12 on.
    assert np.abs(ours - stats.poisson.cdf(k, mean)).max() < 4 * 0.5 / 400_000**0.5 + 0.001


def test_draws_fall_on_the_published_step():
    fc = sa.forecast([10.1, 9.9, 10.4, 10.2, 9.8], 2, kind="load")
    assert np.abs(fc.samples * 10 - np.round(fc.samples * 10)).max() < 1e-9
    assert resolution(np.array([[0.25, 0.5, 0.125]]), 3).tolist() == [0.001]


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
    assume(kind == "count" or set(values) not in ({0.0}, {1.0}))
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
    # Step 3 continues step 1: correlated, but not the same.
    assert 0.2 < np.corrcoef(first, last)[0, 1] < 0.9


def test_median_is_the_last_level_and_spread_grows():
    fc = sa.forecast([100.0] * 6, 4, kind="load", draws=20_000)
    width = fc.quantiles((0.1, 0.9)).diff(axis=1)[0.9].to_numpy()
    assert np.median(fc.samples, axis=0) == pytest.approx([100] * 4, rel=0.02)
    assert (np.diff(width) >= 0).all()
    assert width[-1] > width[0]


def test_scale_does_not_matter_for_loads():
    y = np.array([10.1234567, 12.3456789, 9.8765432, 11.2345678])  # no published step
    a = sa.forecast(y, 2, kind="load", rng=1).samples
    b = sa.forecast(100 * y, 2, kind="load", rng=1).samples
    np.testing.assert_allclose(b, 100 * a, rtol=1e-3)  # single precision on the log scale


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


def test_a_share_of_none_with_its_denominator_is_no_certainty():
    none = sa.forecast([0, 0, 0, 0], 2, kind="proportion", exposure=[50, 60, 55, 50], draws=4000)
    all_ = sa.forecast([1, 1, 1, 1], 2, kind="proportion", exposure=[50, 60, 55, 50], draws=4000)
    assert 0 < (none.samples[:, 0] > 0).mean() < 0.9
    assert 0 < (all_.samples[:, 0] < 1).mean() < 0.9


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
        (dict(y=[0, 0, 0, 0], horizon=1, kind="load"), "exposure"),
        (dict(y=[0, 0, 0, 0], horizon=1, kind="proportion"), "exposure"),
        (dict(y=[1, 1, 1], horizon=1, kind="proportion"), "exposure"),
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


def test_one_bad_series_does_not_hold_up_a_panel():
    good = pd.DataFrame(
        {"series_id": "good", "period": [2017, 2018, 2019, 2020], "value": [10.0, 11, 10, 9], "kind": "load"}
    )
    bad = {
        "twice": dict(period=[2017, 2018, 2018, 2019]),
        "negative": dict(value=[1.0, -2, 3, 4]),
        "short": dict(value=[1.0, np.nan, np.nan, 4]),
        "share": dict(value=[0.5, 0.6, 1.7, 0.4], kind="proportion"),
        "infinite": dict(value=[1.0, np.inf, 3, 4]),
        "whole": dict(value=[1.0, 2.5, 3, 4], kind="count"),
        "kind": dict(kind="ratio"),
        "mixed": dict(kind=["load", "load", "rate", "rate"]),
        "zero": dict(value=0.0),
    }
    frames = [good.assign(series_id=name, **change) for name, change in bad.items()]
    panel = sa.forecast_panel(pd.concat([*frames, good], ignore_index=True), 2, draws=200)
    assert set(panel.problems["series_id"]) == set(bad)
    assert panel.problems[["en", "zh"]].map(len).to_numpy().min() > 0
    fine = np.isfinite(panel.samples).all(axis=(1, 2))
    assert [name for name, ok in zip(panel.series_ids, fine, strict=True) if ok] == ["good"]
    alone = sa.forecast_panel(good, 2, draws=200)
    assert np.quantile(panel.samples[-1], 0.5) == pytest.approx(np.quantile(alone.samples[0], 0.5), rel=0.05)
    with pytest.raises(sa.UnknownNameError, match="column"):
        sa.forecast_panel(good.drop(columns="value"), 1)


def test_groups_share_strength_where_they_end_together():
    rng = np.random.default_rng(2)
    rows = [
        {
            "series_id": s,
            "period": 2014 + t,
            "value": 100 * np.exp(-0.1 * t + 0.05 * rng.standard_normal()),
            "kind": "load",
        }
        for s in "abcde"
        for t in range(7)
    ]
    frame = pd.DataFrame(rows)
    together = sa.forecast_panel(frame.assign(group="g"), 3, draws=4000)
    apart = sa.forecast_panel(frame, 3, draws=4000)
    last = together.samples[:, :, 2]
    assert np.corrcoef(last[0], last[1])[0, 1] > 0.15
    assert abs(np.corrcoef(apart.samples[0, :, 2], apart.samples[1, :, 2])[0, 1]) < 0.06
    assert np.median(last) < np.median(apart.samples[:, :, 2])


def quarterly(factors, years=6, noise=0.03, seed=0):
    rng = np.random.default_rng(seed)
    index = pd.period_range("2015Q1", periods=4 * years, freq="Q")
    values = 50 * np.exp(np.tile(np.log(factors), years) + noise * rng.standard_normal(4 * years))
    return pd.Series(values, index=index)


def test_season_is_taken_out_and_put_back():
    factors = np.array([1.5, 1.0, 0.6, 1.0])
    fc = sa.forecast(quarterly(factors), 4, kind="load", draws=4000)
    middle = np.median(fc.samples, axis=0)
    np.testing.assert_allclose(middle / middle.mean(), factors / factors.mean(), rtol=0.08)
    blind = sa.forecast(quarterly(factors), 4, kind="load", draws=4000, season=False)
    assert np.ptp(fc.quantiles((0.1, 0.9)).iloc[0]) < 0.5 * np.ptp(blind.quantiles((0.1, 0.9)).iloc[0])


def test_no_season_is_found_in_noise():
    flat = quarterly(np.ones(4), noise=0.2, seed=4)
    with_season, without = (sa.forecast(flat, 4, kind="load", draws=4000, season=s) for s in (True, False))
    ratio = np.median(with_season.samples, axis=0) / np.median(without.samples, axis=0)
    assert np.abs(np.log(ratio)).max() < 0.25
    with pytest.raises(sa.SeriesError, match="season"):
        sa.forecast([1.0, 2, 3, 4], 1, season=True)


def test_declared_shift_and_shock():
    y = pd.Series([100.0, 102, 99, 101, 61, 60, 62], index=range(2014, 2021))  # re-based in 2018
    plain, told = sa.forecast(y, 3, kind="load"), sa.forecast(y, 3, kind="load", shifts=[2018])
    spread = [np.ptp(f.quantiles((0.1, 0.9)).iloc[-1]) for f in (plain, told)]
    assert spread[1] < 0.5 * spread[0]
    shocked = pd.Series([100.0, 102, 99, 20, 101, 100], index=range(2015, 2021))
    plain, told = sa.forecast(shocked, 2, kind="count"), sa.forecast(shocked, 2, kind="count", pulses=[2018])
    assert told.samples[:, 0].std() < 0.6 * plain.samples[:, 0].std()
    assert (told.samples == np.round(told.samples)).all()
    for wrong in (dict(shifts=[1999]), dict(pulses=[2020])):
        with pytest.raises(sa.SeriesError):
            sa.forecast(shocked, 1, kind="count", **wrong)


def test_quarters_and_results():
    y = pd.Series([5.0, 6, 7, 6, 5], index=pd.period_range("2020Q1", periods=5, freq="Q"))
    fc = sa.forecast(y, 2, kind="load")
    assert [str(p) for p in fc.periods] == ["2021Q2", "2021Q3"]
    assert list(fc.frame.columns[:2]) == ["period", "mean"]
    assert "damped state-space" in fc.explain().in_language("en")
    assert fc.manifest()["seed"] == 0
    assert "<table" in fc._repr_html_()
    assert fc.plot() is not None
