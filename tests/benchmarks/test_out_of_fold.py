"""How the shipped forecaster fares on the series it learned from, and what was measured on those it never saw."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.datasets import data_path
from suzhou_antidrug.outlook.backtest import forecast_cases
from suzhou_antidrug.outlook.fitting import FOLDS
from suzhou_antidrug.outlook.fitting_windows import HORIZON
from suzhou_antidrug.outlook.out_of_fold import COLUMNS, PEER, WHOLE, judge_folds
from suzhou_antidrug.outlook.priors import load_prior

SOURCES = sorted(source for fold in FOLDS for source in fold)
SEEDS = 0.003  # what another seed of the draws moves a skill by, about three standard deviations


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    return pd.read_csv(data_path("outlook", "out_of_fold.csv"))


def whole(stored: pd.DataFrame, name: str) -> pd.Series:
    return stored[(stored["set"] == name) & (stored["source"] == WHOLE)].iloc[0]


def by_source(stored: pd.DataFrame, name: str) -> pd.DataFrame:
    return stored[(stored["set"] == name) & (stored["source"] != WHOLE)].set_index("source")


# --- measured out of fold, stored --------------------------------------------------------------------------------------


def test_single_series_out_of_fold(stored):
    row = whole(stored, "cases")
    assert row["cases"] == 7245
    assert row["brier_skill"] >= 0.075
    assert 0.95 <= row["slope"] <= 1.05
    assert row["ece"] <= 0.015
    assert 0.78 <= row["cover80"] <= 0.82
    assert 0.94 <= row["cover95"] <= 0.96
    assert row["crps"] <= 1.20


def test_groups_out_of_fold(stored):
    row = whole(stored, "panels")
    assert row["cases"] == 6231
    assert row["brier_skill"] >= 0.09
    assert 0.95 <= row["slope"] <= 1.05
    assert row["ece"] <= 0.015
    assert 0.78 <= row["cover80"] <= 0.82
    assert 0.94 <= row["cover95"] <= 0.96
    assert row["rps"] <= 0.112


def test_better_than_the_random_walk_almost_everywhere(stored):
    single = by_source(stored, "cases")
    assert sorted(single.index) == SOURCES
    assert (single["brier"] < single["brier_random_walk"]).sum() >= 11


@pytest.mark.parametrize("name", ["cases", "panels"])
def test_the_whole_is_the_mean_of_its_sources(stored, name):
    row, parts = whole(stored, name), by_source(stored, name)
    assert list(stored) == list(COLUMNS)
    assert row["cases"] == parts["cases"].sum()
    for column in ("brier", "brier_random_walk", "crps", "cover80", "cover95"):
        assert row[column] == pytest.approx(parts[column].mean(), abs=1e-4)  # four decimals are stored


# --- the shipped prior, scored in place: in sample, since it learned from all of these sources ----------------------------


@pytest.fixture(scope="module")
def score(reference):
    spec = importlib.util.spec_from_file_location("score", reference / "benchmark" / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scored(score, cases, forecaster=None):
    draws = forecast_cases(cases.drop(columns="future"), HORIZON, forecaster=forecaster, rng=1)
    rows = pd.DataFrame([
        score.score_case(np.asarray(y, float), np.asarray(f, float), d)
        for y, f, d in zip(cases["y"], cases["future"], draws, strict=True)
    ])  # fmt: skip
    return rows.assign(source=cases["source"].to_numpy()), draws


@pytest.mark.reference
def test_shipped_prior_on_single_series_in_sample(reference, score, stored):
    cases = pd.read_parquet(reference / "benchmark" / "cases.parquet")
    rows, _ = scored(score, cases)
    found = score.summarise(rows)
    print("in sample", {k: round(v, 4) for k, v in found.items()})
    assert found["negative"] == 0
    # In sample it must do at least as well as out of fold, and not so much better that it learned by heart.
    left_out = whole(stored, "cases")["brier_skill"]
    assert left_out - SEEDS < found["brier_skill"] < left_out + 0.03
    assert 0.97 < found["slope"] < 1.10
    assert found["ece"] < 0.016
    assert 0.78 < found["cover80"] < 0.82
    assert 0.94 < found["cover95"] < 0.96
    assert found["crps"] < 1.19


@pytest.mark.reference
def test_shipped_prior_on_groups_in_sample(reference, score, stored):
    cases = pd.read_parquet(reference / "benchmark" / "panels.parquet")
    rows, draws = scored(score, cases)
    found = score.summarise(rows) | score.panel_scores(cases, draws)
    print("in sample", {k: round(v, 4) for k, v in found.items()})
    left_out = whole(stored, "panels")["brier_skill"]
    assert left_out - SEEDS < found["brier_skill"] < left_out + 0.04
    assert 0.97 < found["slope"] < 1.10
    assert found["ece"] < 0.018
    assert 0.78 < found["cover80"] < 0.83
    assert 0.94 < found["cover95"] < 0.97
    assert found["panel_rps"] < 0.111


@pytest.mark.reference
def test_stored_figures_are_those_of_the_same_judge(reference, score, stored):
    """The stored peer, remade with the reference judge: same cases, same weights, same formulas."""
    cases = pd.read_parquet(reference / "benchmark" / "cases.parquet")
    rows, _ = scored(score, cases, forecaster=PEER)
    assert score.summarise(rows)["brier"] == pytest.approx(whole(stored, "cases")["brier_random_walk"], abs=1e-4)


def test_each_source_is_judged_by_its_own_prior():
    """Two sources, the same series, opposite priors: the figures must differ between sources as the priors do."""
    from dataclasses import replace

    prior = load_prior()
    still = np.where((prior.atoms[:, 0] < 0.03) & (prior.atoms[:, 2] == 0), 0.0, -50.0).astype(np.float32)
    wild = np.where(prior.atoms[:, 0] > 0.8, 0.0, -50.0).astype(np.float32)
    none = np.zeros_like(prior.tilt)
    priors = {"a": replace(prior, log_prior=still, tilt=none), "b": replace(prior, log_prior=wild, tilt=none)}
    y = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.02, (40, 9)), axis=1))
    frame = pd.DataFrame({"y": list(y[:, :6]), "future": list(y[:, 6:]), "kind": "rate"})
    table = judge_folds(pd.concat([frame.assign(source="a"), frame.assign(source="b")]), priors, name="cases")
    figures = table.set_index("source")
    assert figures.loc["a", "crps"] < 0.5 * figures.loc["b", "crps"]
    assert figures.loc["b", "cover95"] == 1
    assert figures.loc["a", "brier_random_walk"] == pytest.approx(figures.loc["b", "brier_random_walk"], abs=0.02)
