"""Mann-Kendall: printed tables, every order by brute force, other implementations, and the guards of the variants."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.outlook.trend.autocorrelation import FUNCTIONS, _run, autocorrelated_variants
from suzhou_antidrug.outlook.trend.mann_kendall import (
    exact_null,
    mann_kendall,
    mann_kendall_scores,
    reach,
    score_variance,
)
from suzhou_antidrug.outlook.trend.observations import observe

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "trend.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize(
    "values", [(1, 2, 3, 4, 5), (1, 1, 2, 3, 4), (1, 1, 1, 2, 2, 3), (2, 2, 2, 2), (0, 0, 0, 1, 1, 1, 2), (5, 5, 4, 4)]
)
def test_exact_distribution_is_that_of_every_order(values):
    orders = np.array(list(permutations(values)), dtype=float)
    seen = mann_kendall_scores(orders)
    _, counts = np.unique(values, return_counts=True)
    scores, probabilities = exact_null(tuple(int(c) for c in counts))
    assert probabilities.sum() == pytest.approx(1)
    for s, p in zip(scores, probabilities, strict=True):
        assert np.mean(seen == s) == pytest.approx(p, abs=1e-12)
    # The variance used by the normal approximation is the variance of this distribution.
    assert score_variance(tuple(int(c) for c in counts)) == pytest.approx(np.var(seen))
    one = mann_kendall(values[::-1])
    assert one.p_decrease[0] == pytest.approx(np.mean(seen <= one.score[0]))
    assert one.p_two_sided[0] == pytest.approx(np.mean(np.abs(seen) >= abs(one.score[0])))


@pytest.mark.parametrize("n", [6, 9, 15, 25])
def test_exact_p_agrees_with_scipy(n):
    y = np.random.default_rng(n).permutation(n) - 0.3 * np.arange(n)
    theirs = stats.kendalltau(np.arange(n), y, method="exact").pvalue
    assert mann_kendall(y, method="exact").p_two_sided[0] == pytest.approx(theirs, rel=1e-9)


def test_exact_is_taken_below_eleven_values_and_the_approximation_above():
    falling = np.arange(11, 0, -1.0)
    assert mann_kendall(falling[:10]).exact[0] and not mann_kendall(falling).exact[0]
    assert mann_kendall(falling[:10]).p_decrease[0] == pytest.approx(1 / 3628800)
    assert mann_kendall(falling).p_decrease[0] == mann_kendall(falling, method="normal").p_decrease[0]


def test_smallest_p_and_what_it_takes():
    assert [round(reach(n).smallest_p, 4) for n in (4, 5, 6)] == [0.0417, 0.0083, 0.0014]
    assert (reach(3).orders, reach(3).critical_score) == (0, None)
    assert (reach(4).orders, reach(4).critical_score) == (1, -6)
    assert (reach(5).orders, reach(5).critical_score) == (5, -8)
    assert reach(5, alpha=0.01).orders == 1


def test_many_series_at_once_are_the_same_as_one_by_one():
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 6, (40, 9)).astype(float)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    together = mann_kendall(rows)
    for i, row in enumerate(rows):
        alone = mann_kendall(row[np.isfinite(row)])
        assert together.score[i] == alone.score[0]
        assert together.p_decrease[i] == pytest.approx(alone.p_decrease[0])
        assert together.variance[i] == pytest.approx(alone.variance[0])


@given(st.lists(st.integers(0, 12), min_size=3, max_size=14))
def test_turning_a_series_over_exchanges_the_tails(values):
    up, down = mann_kendall(values), mann_kendall([-v for v in values])
    assert up.score[0] == -down.score[0]
    assert up.p_decrease[0] == pytest.approx(down.p_increase[0])
    assert 0 < up.p_decrease[0] <= 1 and up.p_decrease[0] + up.p_increase[0] >= 1 - 1e-12
    squared = mann_kendall([v**2 + 1 for v in values])  # only the order counts
    assert squared.p_two_sided[0] == up.p_two_sided[0]


def test_all_equal_is_no_evidence():
    flat = mann_kendall([4, 4, 4, 4, 4])
    assert (flat.score[0], flat.p_decrease[0], flat.p_two_sided[0]) == (0, 1, 1)
    assert mann_kendall([4.0] * 12).p_decrease[0] == 1


def test_an_unknown_method_is_refused():
    with pytest.raises(SeriesError, match="exact"):
        mann_kendall([1, 2, 3], method="bootstrap")


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize(("ours", "theirs"), [("yue_wang", "yue_wang"), ("trend_free_pre_whitening", "tfpw")])
def test_variants_reproduce_the_golden_numbers_or_stand_aside(name, ours, theirs):
    case = GOLDEN[name][theirs]
    variant = next(v for v in autocorrelated_variants(observe(GOLDEN[name]["y"])) if v.name == ours)
    if name in ("dec5", "dec4"):  # a straight line: nothing is left to correlate, and 1.0 would be a false answer
        assert np.isnan(variant.p_two_sided) and not variant.usable
        assert "lie on a line" in variant.remark.en
    else:
        assert variant.p_two_sided == pytest.approx(case["p"], rel=1e-6, abs=1e-12)
        assert variant.z == pytest.approx(case["z"], rel=1e-9)
        assert variant.variance == pytest.approx(case["var_s"])


def test_whitening_five_values_has_no_power():
    variants = {v.name: v for v in autocorrelated_variants(observe([10, 9, 8, 7, 6.5]))}
    assert not variants["trend_free_pre_whitening"].usable
    assert "no power" in variants["trend_free_pre_whitening"].remark.en
    six = {v.name: v for v in autocorrelated_variants(observe([10, 9, 8, 7, 6.5, 7]))}
    assert six["trend_free_pre_whitening"].usable


def test_yue_wang_is_refused_for_a_reason():
    rng = np.random.default_rng(5)
    alarms = [_run("yue_wang", rng.standard_normal(10), 0.05).p < 0.05 for _ in range(200)]
    assert 0.25 < np.mean(alarms) < 0.55  # nominal 0.05: about four standard errors around the stated share
    assert not any(v.usable for v in autocorrelated_variants(observe([9, 8, 9, 7, 6, 7, 5, 6])) if "yue" in v.name)


def test_a_negative_variance_gives_no_p():
    # Found by search among random series: the correction of Hamed and Rao turns the variance negative.
    rng = np.random.default_rng(1)
    series = next(y for y in rng.uniform(1, 9, (2000, 10)) if not _run("hamed_rao", y, 0.05).var_s > 0)
    variant = next(v for v in autocorrelated_variants(observe(series)) if v.name == "hamed_rao")
    assert np.isnan(variant.p_two_sided) and not variant.usable and "not positive" in variant.remark.en


def test_a_gap_leaves_the_autocorrelation_undefined():
    import pandas as pd

    gap = pd.Series([9, 8, 9, 7, 6, 7, 5.0], index=[2014, 2015, 2016, 2018, 2019, 2020, 2021])
    variants = autocorrelated_variants(observe(gap))
    assert {v.name for v in variants} == set(FUNCTIONS)
    assert not any(v.usable for v in variants)
    assert "missing" in variants[0].remark.en
