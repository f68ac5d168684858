"""Few events at the size of a country: 3,000 counties, 10,000 enterprises, five years of months."""

from __future__ import annotations

import numpy as np
import pandas as pd

from suzhou_antidrug.indicators.crime.small_areas import shrink_small_areas
from suzhou_antidrug.indicators.intervals import bad_on_list, proportion_interval, rate_interval, rate_ratio
from suzhou_antidrug.indicators.precursors.credit import grade_enterprises
from suzhou_antidrug.indicators.precursors.monitoring import poisson_cusum

COUNTIES, ENTERPRISES, MONTHS, MILLION = 3_000, 10_000, 60, 1_000_000
MOST_SECONDS = 5


def test_two_periods_of_every_county(benchmark):
    rng = np.random.default_rng(0)
    counts = rng.poisson(20, (COUNTIES, 12, 2))
    found = benchmark(rate_ratio, counts, method="mid_p")
    assert found.ratio.shape == (COUNTIES, 12)


def test_shares_of_every_county(benchmark):
    rng = np.random.default_rng(1)
    total = rng.integers(10, 5000, (COUNTIES, 60))
    found = benchmark(proportion_interval, rng.binomial(total, 0.9), total)
    assert (found.low <= found.value).all()


def test_exact_limits_of_a_million_shares(benchmark):
    rng = np.random.default_rng(6)
    total = rng.integers(1, 5000, MILLION)
    found = benchmark.pedantic(
        proportion_interval, (rng.binomial(total, 0.02), total), {"method": "clopper_pearson"}, rounds=1
    )
    assert (found.low <= found.high).all()
    assert benchmark.disabled or benchmark.stats["mean"] < MOST_SECONDS


def test_exact_limits_of_a_million_rates(benchmark):
    counts = np.random.default_rng(7).poisson(3, MILLION)
    found = benchmark.pedantic(rate_interval, (counts, np.full(MILLION, 10.0)), {"method": "garwood"}, rounds=1)
    assert (found.low <= found.high).all()
    assert benchmark.disabled or benchmark.stats["mean"] < MOST_SECONDS


def test_lists_of_every_county(benchmark):
    rng = np.random.default_rng(2)
    listed = rng.integers(50, 3000, COUNTIES)
    checked = np.maximum(1, (listed * rng.uniform(0.3, 1, COUNTIES)).astype(int))
    found = benchmark(bad_on_list, np.zeros(COUNTIES, dtype=int), checked, listed)
    assert (found.most_bad[checked == listed] == 0).all()


def test_watching_every_county(benchmark):
    counts = np.random.default_rng(3).poisson(1, (COUNTIES, MONTHS))
    assert benchmark(poisson_cusum, counts, 1, 2).statistic.shape == (COUNTIES, MONTHS)


def test_grading_ten_thousand_enterprises(benchmark):
    rng = np.random.default_rng(4)
    n = 20_000
    acts = pd.DataFrame({
        "enterprise": rng.integers(0, ENTERPRISES, n).astype(str), "act": rng.integers(0, 6, n).astype(str), "kind": "",
        "sanction": rng.choice(["warning", "fine", "suspension"], n), "date": "2021-05-01", "evidence": "x",
    })  # fmt: skip
    names = [str(k) for k in range(ENTERPRISES)]
    assert len(benchmark(grade_enterprises, acts, names, on="2021-12-31").frame) == ENTERPRISES


def test_shrinking_every_county(benchmark):
    rng = np.random.default_rng(5)
    people = rng.integers(1000, 500_000, COUNTIES)
    assert len(benchmark(shrink_small_areas, rng.poisson(people * 1e-4), people, minimum=1).table) == COUNTIES
