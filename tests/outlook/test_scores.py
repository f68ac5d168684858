"""Scores: brute force, exact values, another implementation, and the judge of the benchmark."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.outlook import scores

SAME_FORMULA = 1e-9  # the same arithmetic in another order
rng = np.random.default_rng(0)


def judge(reference):
    spec = importlib.util.spec_from_file_location("score", reference / "benchmark" / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(arrays(float, (2, 7, 2), elements=st.floats(-100, 100)), arrays(float, (2, 2), elements=st.floats(-100, 100)))
def test_fair_crps_is_the_double_sum(draws, truth):
    m = draws.shape[1]
    near = np.abs(draws - truth[:, None]).mean(axis=1)
    pairs = np.abs(draws[:, :, None] - draws[:, None]).sum(axis=(1, 2)) / (2 * m * (m - 1))
    np.testing.assert_allclose(scores.fair_crps(draws, truth), near - pairs, atol=1e-9)


def test_fair_crps_expects_the_same_whatever_the_number_of_draws():
    truth = np.zeros((40_000, 1))
    few, more = (scores.fair_crps(rng.normal(size=(40_000, m, 1)), truth).mean() for m in (2, 12))
    # CRPS of a standard normal at 0: 2 phi(0) - 1 / sqrt(pi) (Gneiting and Raftery 2007).
    exact = 2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi)
    assert few == pytest.approx(exact, abs=0.02)
    assert more == pytest.approx(exact, abs=0.01)


def test_scores_equal_those_of_scoringrules():
    sr = pytest.importorskip("scoringrules", reason="the extra 'dev' is not installed")
    draws, truth = rng.normal(size=(5, 60, 3)), rng.normal(size=(5, 3))
    theirs = sr.crps_ensemble(truth, draws, m_axis=1, estimator="fair")
    np.testing.assert_allclose(scores.fair_crps(draws, truth), theirs, atol=SAME_FORMULA)
    fair = sr.es_ensemble(truth, draws, estimator="fair")
    np.testing.assert_allclose(scores.energy_score(draws, truth), fair, atol=SAME_FORMULA)
    low, high = truth[:, 0] - 1, truth[:, 0] + rng.normal(size=5)
    high = np.maximum(low, high)
    np.testing.assert_allclose(
        scores.interval_score(low, high, truth[:, 0], level=0.8), sr.interval_score(truth[:, 0], low, high, 0.2)
    )
    p, e = rng.random(20), rng.integers(0, 2, 20)
    np.testing.assert_allclose(scores.brier_score(p, e), sr.brier_score(e, p))
    np.testing.assert_allclose(scores.log_score(p, e, clip=1e-12), sr.log_score(e, p))


def test_energy_score_is_the_double_sum():
    draws, truth = rng.normal(size=(2, 9, 3)), rng.normal(size=(2, 3))
    near = np.linalg.norm(draws - truth[:, None], axis=2).mean(axis=1)
    pairs = np.linalg.norm(draws[:, :, None] - draws[:, None], axis=3).sum(axis=(1, 2)) / (2 * 9 * 8)
    np.testing.assert_allclose(scores.energy_score(draws, truth), near - pairs, atol=SAME_FORMULA)


def test_interval_score_on_both_sides_of_its_ends():
    at = scores.interval_score([10.0] * 4, [20.0] * 4, [9.0, 10.0, 20.0, 21.0], level=0.95)
    assert at == pytest.approx([10 + 40, 10, 10, 10 + 40])
    assert scores.covers([10.0] * 4, [20.0] * 4, [9.9, 10.0, 20.0, 20.1]).tolist() == [0, 1, 1, 0]


def test_pit_is_even_for_a_right_forecast_of_counts_and_bowed_for_a_narrow_one():
    truth = rng.poisson(3, (20_000, 1)).astype(float)
    right = scores.pit(rng.poisson(3, (20_000, 50, 1)).astype(float), truth)
    narrow = scores.pit(np.full((20_000, 50, 1), 3.0), truth)
    share = np.histogram(right, bins=10, range=(0, 1))[0] / len(truth)
    assert share == pytest.approx([0.1] * 10, abs=0.01)
    ends = np.histogram(narrow, bins=10, range=(0, 1))[0][[0, -1]] / len(truth)
    assert (ends > 0.25).all()


def test_ranked_probability_score_by_hand():
    # F = 0, 1/2, 1 against a step at 2: (0 - 0)^2 + (1/2 - 0)^2 + (1 - 1)^2, over 2 regions.
    assert scores.ranked_probability_score(np.array([[1, 2]]), np.array([2]), number=2) == pytest.approx([0.125])


@pytest.mark.parametrize("shape", [(0.5, "over-confident"), (1.0, "right"), (2.0, "timid")])
def test_slope_and_error_tell_over_confidence(shape):
    truth_of, _ = shape
    p = rng.uniform(0.05, 0.95, 60_000)
    logit = np.log(p / (1 - p)) * truth_of
    happened = (rng.random(len(p)) < 1 / (1 + np.exp(-logit))).astype(float)
    assert scores.calibration_slope(p, happened) == pytest.approx(truth_of, abs=0.04)
    error = scores.calibration_error(p, happened)
    assert error < 0.01 if truth_of == 1 else error > 0.05


def test_usual_change_passes_over_gaps_and_has_a_floor():
    history = np.array([[np.nan, 10.0, np.nan, 14.0, 12.0], [50.0, 50.0, 50.0, 50.0, 50.0]])
    assert scores.usual_change(history) == pytest.approx([3.0, 1.0])


def scored(truth, last=100.0):
    draws = np.full((1, 99, 1), last * 0.9)
    return scores.score_forecasts(draws, np.array([[truth]]), history=np.array([[90.0, 110.0, last]])).iloc[0]


@pytest.mark.parametrize(("truth", "fell"), [(90.0, 1), (90.001, 0), (89.999, 1)])
def test_a_value_on_the_line_counts_as_fallen(truth, fell):
    row = scored(truth)
    assert row["e10"] == fell
    assert row["p10"] == pytest.approx(99.5 / 100)
    assert row["p20"] == pytest.approx(0.5 / 100)


def test_missing_steps_are_passed_over_but_not_the_last():
    draws = rng.normal(100, 5, (1, 400, 3))
    history = np.array([[100.0, 95.0, 105.0, 100.0]])
    whole = scores.score_forecasts(draws, np.array([[101.0, 400.0, 99.0]]), history=history).iloc[0]
    gap = scores.score_forecasts(draws, np.array([[101.0, np.nan, 99.0]]), history=history).iloc[0]
    assert (whole["cover80"], gap["cover80"]) == pytest.approx((2 / 3, 1.0))
    assert gap["crps"] < whole["crps"]
    with pytest.raises(SeriesError, match="last outcome"):
        scores.score_forecasts(draws, np.array([[101.0, 99.0, np.nan]]), history=history)


@pytest.mark.parametrize(
    ("draws", "truth", "message"),
    [
        (np.zeros((2, 5, 3)), np.zeros((2, 2)), "do not belong together"),
        (np.full((1, 5, 2), np.nan), np.zeros((1, 2)), "not finite"),
        (np.zeros((1, 1, 2)), np.zeros((1, 2)), "at least two draws"),
    ],
)
def test_what_cannot_be_scored_is_refused(draws, truth, message):
    with pytest.raises(SeriesError, match=message):
        scores.score_forecasts(draws, truth, history=np.ones((len(truth), 4)))


def test_sources_weigh_the_same_whatever_their_size():
    few = pd.DataFrame({"source": ["a"] * 1 + ["b"] * 9, "p0": [0.9] + [0.5] * 9, "e0": [0.0] + [1.0] * 9})
    few = few.assign(**dict.fromkeys(("crps", "crps_last", "interval80", "cover80", "cover95", "negative"), 1.0))
    found = scores.summary(few)
    assert found["brier"] == pytest.approx((0.81 + 0.25) / 2)
    # The base rate is 1/2, so the skill is against 1/4.
    assert found["brier_skill"] == pytest.approx(1 - 0.53 / 0.25)


@pytest.mark.reference
def test_headline_figures_are_those_of_the_benchmark(reference):
    their = judge(reference)
    cases = (
        pd.read_parquet(reference / "benchmark" / "cases.parquet").sample(150, random_state=4).reset_index(drop=True)
    )
    truth, width = np.stack(cases["future"]).astype(float), int(cases["n"].max())
    history = np.stack([np.r_[np.full(width - len(y), np.nan), y] for y in cases["y"]])
    draws = history[:, -1, None, None] * np.exp(np.cumsum(rng.normal(0, 0.2, (len(cases), 300, 3)), axis=2))
    theirs = pd.DataFrame(
        [their.score_case(np.asarray(y, float), f, d) for y, f, d in zip(cases["y"], truth, draws, strict=True)]
    ).assign(source=cases["source"])
    ours = scores.score_forecasts(draws, truth, history=history).assign(source=cases["source"])
    for column in [c for c in theirs if c not in ("source", "crps_h3")]:
        np.testing.assert_allclose(ours[column], theirs[column], atol=SAME_FORMULA, rtol=SAME_FORMULA, err_msg=column)
    expected, found = their.summarise(theirs), scores.summary(ours)
    for name, value in expected.items():
        assert found[{"crps_h3": "crps_last"}.get(name, name)] == pytest.approx(value, abs=SAME_FORMULA), name
