"""A million persons: Kaplan-Meier, cumulative incidence, Cox regression with five covariates, repeated relapse."""

from __future__ import annotations

import numpy as np
import pytest

from suzhou_antidrug.indicators.relapse.competing import aalen_johansen
from suzhou_antidrug.indicators.relapse.hazards import fit_cox
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier

PERSONS = 1_000_000
COVARIATES = 5


def cohort(persons: int, *, seed: int = 0):
    """Return entry, exit, event and covariates: days of three years, relapse, other ends, censoring, ties throughout."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=(persons, COVARIATES - 2)), rng.integers(0, 2, (persons, 2))])
    rate = np.exp(x @ np.array([0.3, -0.2, 0.1, 0.4, 0.0])) / 1500
    relapse, other = rng.exponential(1 / rate), rng.exponential(6000, persons)
    end = rng.integers(365, 1096, persons)
    time = np.ceil(np.minimum(np.minimum(relapse, other), end))
    event = np.where(end <= np.minimum(relapse, other), 0, np.where(relapse < other, 1, 2))
    entry = np.where(rng.random(persons) < 0.2, np.floor(time * 0.5 * rng.random(persons)), 0.0)
    return entry, time, event, x


@pytest.fixture(scope="module")
def million(request):
    return cohort(PERSONS if request.config.getoption("benchmark_enable") else 20_000)


def test_kaplan_meier_and_cumulative_incidence(benchmark, million):
    entry, time, event, _ = million

    def both():
        return kaplan_meier(entry, time, event), aalen_johansen(entry, time, event)

    km, aj = benchmark.pedantic(both, rounds=3)
    assert km.curves[0].survival[-1] < 1 - aj.curves[0].incidence[-1, 0] + 1e-9
    if benchmark.enabled:
        assert benchmark.stats["max"] < 3


def test_cox_with_five_covariates(benchmark, million):
    entry, time, event, x = million
    fit = benchmark.pedantic(fit_cox, (x, entry, time, event), rounds=1)
    assert np.abs(fit.coefficient - [0.3, -0.2, 0.1, 0.4, 0.0]).max() < 5 * fit.se.max()
    if benchmark.enabled:
        assert benchmark.stats["max"] < 30
