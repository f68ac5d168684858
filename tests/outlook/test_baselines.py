"""The peers: against closed forms, statsmodels and brute force; what they do with gaps, zeros and bounds."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suzhou_antidrug.errors import UnknownNameError
from suzhou_antidrug.outlook import baselines as b
from suzhou_antidrug.outlook.series import make_block

MANY = 40_000
# Quantiles of 40,000 draws are known to about 1 % of the spread; twice that is allowed.
SIMULATED = 0.02
CLOSED = [name for name, each in b.BASELINES.items() if not each.needs]
Y = np.array([105.0, 98.0, 110.0, 101.0, 93.0, 97.0])


def draws(name, block, horizon=3, number=MANY, seed=1):
    return b.BASELINES[name](block, horizon, draws=number, rng=np.random.default_rng(seed))


def load(values, **more):
    return make_block([values], kind="load", **more)


def test_random_walk_has_the_root_mean_square_of_the_changes():
    d = draws("random_walk", load(Y))[0]
    rms = np.sqrt(np.mean(np.diff(Y) ** 2))
    for h in range(3):
        assert d[:, h].mean() == pytest.approx(Y[-1], abs=SIMULATED * rms * np.sqrt(h + 1))
        assert d[:, h].std() == pytest.approx(rms * np.sqrt(h + 1), rel=SIMULATED)
    assert np.corrcoef(d[:, 0], d[:, 2])[0, 1] == pytest.approx(1 / np.sqrt(3), abs=SIMULATED)


def test_a_gap_counts_as_the_steps_it_spans():
    z = np.array([[1.0, np.nan, np.nan, 4.0, 4.0]])
    s = b.walk_steps(z, drift=True)
    assert s.drift[0, 0] == pytest.approx(3 / 4)
    # Changes 3 over three steps and 0 over one: residuals (3 - 9/4) / sqrt 3 and -3/4, one degree of freedom.
    assert s.deviation[0, 0] == pytest.approx(np.sqrt((0.75**2) / 3 + 0.75**2))
    assert s.freedom[0, 0] == 1


def test_drift_has_the_predictive_t_of_a_walk_with_unknown_drift():
    change = np.diff(Y)
    m, s = len(change), change.std(ddof=1)
    d = draws("drift_t", load(Y))[0][:, 2]
    # Three steps on: mean 3 g, variance s^2 (3 + 9 / m), m - 1 degrees of freedom.
    scale = s * np.sqrt(3 + 9 / m)
    for q in (0.1, 0.5, 0.9):
        expected = Y[-1] + 3 * change.mean() + scale * stats.t.ppf(q, m - 1)
        assert np.quantile(d, q) == pytest.approx(expected, abs=2 * SIMULATED * scale)


def test_straight_line_has_the_predictive_t_of_least_squares():
    import statsmodels.api as sm

    t = np.arange(len(Y), dtype=float)
    fit = sm.OLS(Y, sm.add_constant(t)).fit()
    ahead = fit.get_prediction(sm.add_constant(np.arange(6.0, 9.0), has_constant="add"))
    low, high = ahead.conf_int(obs=True, alpha=0.2).T
    d = draws("straight_line", load(Y))[0]
    width = high - low
    assert np.quantile(d, 0.1, axis=0) == pytest.approx(low, abs=SIMULATED * width.max())
    assert np.quantile(d, 0.9, axis=0) == pytest.approx(high, abs=SIMULATED * width.max())


def test_a_line_over_a_gap_is_the_line_of_what_was_seen():
    gappy = np.array([[105.0, np.nan, 110.0, 101.0, np.nan, 97.0]])
    t = np.array([-5.0, -3.0, -2.0, 0.0])
    slope, level = np.polyfit(t, gappy[np.isfinite(gappy)], 1)
    paths = b.line_paths(gappy, 2, MANY, np.random.default_rng(0))[0]
    assert np.median(paths, axis=0) == pytest.approx([level + slope, level + 2 * slope], abs=0.3)


def test_poisson_trend_has_the_coefficients_and_errors_of_statsmodels():
    import statsmodels.api as sm

    events = np.array([[40.0, 37.0, 45.0, 30.0, 28.0, 31.0], [3.0, 0.0, 2.0, 1.0, 0.0, 1.0]])
    exposure = np.array([[1.0, 1.1, 1.2, 1.2, 1.3, 1.4], [2.0, 2.0, 2.5, 2.5, 3.0, 3.0]])
    fit = b.fit_log_trend(events, np.log(exposure))
    t = np.arange(6) - 5.0
    for i in range(2):
        theirs = sm.GLM(events[i], sm.add_constant(t), family=sm.families.Poisson(), exposure=exposure[i]).fit(
            scale="X2"
        )
        assert [fit.level[i, 0], fit.slope[i, 0]] == pytest.approx(theirs.params, abs=1e-6)
        assert fit.dispersion[i, 0] == pytest.approx(theirs.scale, rel=1e-6)
        ours = np.array(
            [[fit.variances[0][i, 0], fit.variances[1][i, 0]], [fit.variances[1][i, 0], fit.variances[2][i, 0]]]
        )
        np.testing.assert_allclose(ours * fit.dispersion[i, 0], theirs.cov_params(), rtol=1e-5)


def test_poisson_trend_speaks_in_the_unit_of_the_values():
    per_100k = make_block(
        [[40.0, 36.0, 33.0, 30.0, 27.0]], kind="rate", events=[[400, 360, 330, 300, 270]], exposure=[[1e6] * 5]
    )
    median = np.median(draws("poisson_trend", per_100k, number=4000), axis=1)[0]
    # About 9.4 % down a year.
    assert median == pytest.approx([27 * 0.906**h for h in (1, 2, 3)], rel=0.05)
    assert (np.diff(median) < 0).all()


def test_compound_growth_by_hand():
    y = np.array([80.0, 90.0, 70.0, 60.0, 64.8])
    point = draws("compound_growth_point", load(y), number=3)[0]
    rate = (64.8 / 80) ** (1 / 4)
    np.testing.assert_allclose(point, np.tile([64.8 * rate, 64.8 * rate**2, 64.8 * rate**3], (3, 1)))


def test_climatology_draws_past_stretches_of_any_series_of_the_block():
    block = make_block([[1.0, 2.0, 4.0, 8.0], [27.0, 9.0, 3.0, 1.0]], kind="load")
    d = draws("climatology", block, horizon=2, number=500)
    # Only doublings and thirds, whole stretches of two: x4 or / 9.
    assert np.unique(np.round(d[0, :, 1] / 8, 6)).tolist() == pytest.approx([1 / 9, 4])
    assert np.unique(np.round(d[1, :, 1], 6)).tolist() == pytest.approx([1 / 9, 4], rel=1e-5)
    too_short = draws("climatology", make_block([[1.0, 2.0, 4.0]], kind="load"), horizon=3, number=5)
    assert too_short[0, :, 2] == pytest.approx([32.0] * 5)


HARD = [
    make_block([[0, 0, 0, 0], [5, 0, 3, 1]], kind="count"),
    make_block([[0.98, 1.0, 1.0, 1.0], [0.0, 0.5, 0.9, 0.01]], kind="proportion"),
    make_block([[3.0, 3.0, 3.0, 3.0], [np.nan, 1e-6, 1e6, 1e-6]], kind="load"),
    make_block([[7.0, np.nan, 2.0, 5.0], [1.0, 1.1, 1.2, 1.1]], kind="rate", exposure=[[10.0] * 4, [20.0] * 4]),
]


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("block", HARD, ids=lambda x: x.kind)
def test_draws_are_finite_and_possible_whatever_the_series(name, block):
    d = draws(name, block, number=200)
    assert d.shape == (2, 200, 3)
    assert np.isfinite(d).all() and (d >= 0).all()
    if block.kind == "proportion":
        assert (d <= 1).all()


@pytest.mark.parametrize("name", CLOSED)
def test_a_series_is_forecast_alike_alone_and_among_others_of_another_length(name):
    if name == "climatology":
        pytest.skip("draws from all series of the block: depends on them by design")
    alone = draws(name, load(Y[-4:]))[0]
    among = draws(name, make_block([np.r_[np.nan, np.nan, Y[-4:]], Y], kind="load"))[0]
    spread = np.subtract(*np.quantile(alone, [0.75, 0.25], axis=0))
    for q in (0.25, 0.5, 0.75):
        assert np.quantile(among, q, axis=0) == pytest.approx(
            np.quantile(alone, q, axis=0), abs=2 * SIMULATED * max(spread.max(), 1e-6)
        )


def test_library_peers_give_what_their_library_gives():
    from statsmodels.tsa.forecasting.theta import ThetaModel

    y = np.array([105.0, 98.0, 110.0, 101.0, 93.0, 97.0, 88.0])
    block = make_block([y, np.r_[np.nan, y[1:]], np.r_[y[:3], np.nan, y[4:]]], kind="load")
    found = {name: draws(name, block, number=4000) for name in ("ets_damped", "theta", "local_level")}
    result = ThetaModel(y, period=1, deseasonalize=False).fit(disp=False)
    low, high = result.prediction_intervals(3, alpha=0.2).to_numpy().T
    assert np.median(found["theta"][0], axis=0) == pytest.approx(result.forecast(3).to_numpy(), abs=0.5)
    assert np.quantile(found["theta"][0], 0.1, axis=0) == pytest.approx(low, abs=0.8)
    assert np.quantile(found["theta"][0], 0.9, axis=0) == pytest.approx(high, abs=0.8)
    for name, d in found.items():
        assert np.isfinite(d[:2]).all(), name  # a later start is no gap
    # Smoothing takes no gap and says so; the state space takes it.
    assert np.isnan(found["theta"][2]).all() and np.isnan(found["ets_damped"][2]).all()
    assert np.isfinite(found["local_level"][2]).all()


def test_a_missing_package_is_named_and_an_unknown_peer_is_matched(monkeypatch):
    peer = b.BASELINES["auto_ets"]
    monkeypatch.setattr(b, "find_spec", lambda name: None)
    assert peer.why_not is not None and "statsforecast" in peer.why_not.en and "statsforecast" in peer.why_not.zh
    monkeypatch.setattr(b, "find_spec", lambda name: object())
    assert peer.why_not is None
    assert b.BASELINES["random_walk"].why_not is None
    with pytest.raises(UnknownNameError, match="random_walk"):
        b.find_baseline("random_wlak")


def test_names_are_bilingual_and_ids_match():
    for name, each in b.BASELINES.items():
        assert each.id == name
        assert each.name.en.isascii() and not each.name.zh.isascii()


@pytest.mark.reference
def test_compound_growth_is_that_of_the_benchmark(reference):
    spec = importlib.util.spec_from_file_location("peers", reference / "benchmark" / "baselines.py")
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    theirs = peers.compound_growth(pd.DataFrame({"y": [Y]}), 3, np.random.default_rng(2), draws=MANY)[0]
    ours = draws("compound_growth", load(Y))[0]
    for q in (0.1, 0.5, 0.9):
        assert np.quantile(ours, q, axis=0) == pytest.approx(np.quantile(theirs, q, axis=0), rel=0.005)
