"""Composite indices of 3,000 counties and fifty indicators."""

from __future__ import annotations

import numpy as np
import pytest

from suzhou_antidrug.appraisal.composite.aggregate import aggregate_scores, copeland
from suzhou_antidrug.appraisal.composite.normalise import normalise_scores
from suzhou_antidrug.appraisal.composite.weigh import critic_weights, doubt_scores, entropy_weights

COUNTIES, INDICATORS = 3_000, 50


@pytest.fixture(scope="module")
def counties():
    return np.random.default_rng(0).lognormal(size=(COUNTIES, INDICATORS))


def test_scale_weigh_and_add(benchmark, counties):
    def index():
        weights = entropy_weights(counties) + critic_weights(counties)
        return aggregate_scores(normalise_scores(counties, 1), weights / weights.sum())

    assert benchmark(index).shape == (COUNTIES,)


def test_copeland(benchmark, counties):
    found = benchmark.pedantic(copeland, (counties,), rounds=1)
    assert found.sum() == 0


def test_benefit_of_the_doubt(benchmark, counties):
    found = benchmark.pedantic(doubt_scores, (normalise_scores(counties[:300, :8], 1, span=(0, 1)),), rounds=1)
    assert found.scores.max() <= 1 + 1e-9
