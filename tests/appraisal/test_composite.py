"""Composite indices by hand, by property and beside statsmodels; published runs are in the golden sets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.appraisal.composite.aggregate import (
    aggregate_scores,
    copeland,
    mean_min,
    rank_bounds,
    score_bounds,
    topsis,
)
from suzhou_antidrug.appraisal.composite.classics import rank_sum_ratio
from suzhou_antidrug.appraisal.composite.components import principal_components, varimax
from suzhou_antidrug.appraisal.composite.hierarchy import Hierarchy
from suzhou_antidrug.appraisal.composite.normalise import normalise_scores
from suzhou_antidrug.appraisal.composite.prepare import denominate
from suzhou_antidrug.appraisal.composite.weigh import (
    ahp_weights,
    critic_weights,
    deviation_weights,
    doubt_scores,
    entropy_weights,
)
from suzhou_antidrug.errors import SeriesError


def same(found, wanted, *, rel=0.0, absolute=0.0):
    np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=rel, atol=absolute)


class TestComponents:
    def test_varimax_keeps_communalities(self):
        a = np.random.default_rng(5).normal(size=(9, 3))
        same((varimax(a) ** 2).sum(axis=1), (a**2).sum(axis=1), rel=1e-9)

    def test_varimax_reaches_what_statsmodels_reaches(self):
        from statsmodels.multivariate.factor_rotation import rotate_factors

        a = np.random.default_rng(7).normal(size=(12, 3))
        a /= np.linalg.norm(a, axis=1, keepdims=True)  # rows of length 1: Kaiser's normalisation changes nothing
        theirs, _ = rotate_factors(a, "varimax")
        mine = varimax(a)
        assert (mine**2).var(axis=0).sum() == pytest.approx((theirs**2).var(axis=0).sum(), rel=1e-6)

    def test_indicators_that_run_against_are_named(self):
        x = np.random.default_rng(6).normal(size=30)
        found = principal_components(pd.DataFrame({"a": x, "b": x + 0.1 * x**2, "c": -x}))
        assert found.against == ("c",)
        with pytest.raises(SeriesError, match="d is the same"):
            principal_components(pd.DataFrame({"a": x, "d": 1.0}))


class TestProperties:
    def test_copeland_does_not_depend_on_the_order_of_rows(self):
        rng = np.random.default_rng(0)
        y = rng.integers(0, 5, (20, 6)).astype(float)
        y[rng.random(y.shape) < 0.2] = np.nan
        w = rng.dirichlet(np.ones(6))
        order = rng.permutation(20)
        assert (copeland(y, w)[order] == copeland(y[order], w)).all()
        by_pairs = [sum(np.sign(round(float(np.nansum(w * np.sign(a - b))), 9)) for b in y) for a in y]
        assert copeland(y, w).tolist() == by_pairs

    def test_power_mean_passes_through_the_others(self):
        y = np.random.default_rng(1).uniform(1, 100, (50, 4))
        means = [aggregate_scores(y, method="power", power=p) for p in (-1, 0, 1)]
        for found, method in zip(means, ("harmonic", "geometric", "arithmetic"), strict=True):
            same(found, aggregate_scores(y, method=method), rel=1e-12)
        for low, high in pairwise(means):
            assert (low <= high + 1e-12).all()

    def test_bounds_hold_every_filling(self):
        rng = np.random.default_rng(2)
        y = rng.uniform(0, 100, (12, 5))
        gaps = rng.random(y.shape) < 0.3
        low, high = score_bounds(np.where(gaps, np.nan, y))
        full = aggregate_scores(y)
        assert (low - 1e-9 <= full).all() and (full <= high + 1e-9).all()
        best, worst = rank_bounds(low, high)
        rank = 1 + (full[None, :] > full[:, None]).sum(axis=1)
        assert (best <= rank).all() and (rank <= worst).all()

    def test_doubt_gives_somebody_one_and_nobody_more(self):
        y = np.random.default_rng(3).uniform(0, 1, (15, 4))
        free, held = doubt_scores(y).scores, doubt_scores(y, limits=(0.1, 0.4)).scores
        assert free.max() == pytest.approx(1) and (held <= free + 1e-9).all()

    def test_mean_min_lies_between(self):
        y = np.random.default_rng(4).uniform(0, 100, (30, 4))
        found = mean_min(y, beta=0)
        same(found, y.min(axis=1), rel=1e-9)
        assert (mean_min(y, alpha=0.5) < y.mean(axis=1)).all()


class TestBadInput:
    @pytest.mark.parametrize(
        ("call", "word"),
        [
            (lambda: normalise_scores(pd.DataFrame({"核查率": [1.0, 1.0]}), 1), "核查率"),
            (lambda: normalise_scores(pd.DataFrame({"核查率": [1.0, 2.0]}), 0), "核查率"),
            (lambda: normalise_scores(pd.DataFrame({"核查率": [np.nan, np.nan]}), 1), "核查率"),
            (lambda: normalise_scores([[1.0], [2.0]], 1, "goalposts", posts=[[5, 5]]), "posts"),
            (lambda: normalise_scores([[1.0], [2.0]], -1, "goalposts", posts=[[0, 5]]), "wrong way"),
            (lambda: aggregate_scores([[1.0, 2.0]], [0.5, 0.6]), "0.1 above 1"),
            (lambda: aggregate_scores([[1.0, 2.0]], [1.5, -0.5]), "-0.5"),
            (lambda: aggregate_scores([[0.0, 2.0]], method="geometric"), "floor"),
            (lambda: denominate([[1.0]], [[0.0]]), "denominator"),
            (lambda: entropy_weights([[1.0, 5.0], [2.0, 5.0]]), "weight 0"),
            (lambda: critic_weights([[1.0, 2.0], [2.0, np.nan], [3.0, 1.0]]), "CRITIC weights need a table without gaps"),
            (lambda: deviation_weights([[1.0, 2.0], [2.0, np.nan], [3.0, 1.0]]), "deviation weights need a table without gaps"),
            (lambda: deviation_weights(pd.DataFrame({"核查率": [1.0, 1.0], "b": [1.0, 2.0]})), "核查率"),
            (lambda: critic_weights([[1.0, 2.0]]), "two units"),
            (lambda: ahp_weights([[1, 3], [0.33, 1]]), "entries"),
            (lambda: rank_sum_ratio([[1.0], [1.0]]), "same"),
            (lambda: topsis([[1.0, np.nan]]), "gaps"),
            (lambda: Hierarchy.from_frame(pd.DataFrame({"code": ["a", "b", "r"], "parent": ["b", "a", ""]})), "above itself"),
            (lambda: Hierarchy.from_frame(pd.DataFrame({"code": ["a", "a"], "parent": ["", "x"]})), "twice"),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong(self, call, word):
        with pytest.raises(SeriesError, match=word):
            call()

    def test_a_constant_column_can_be_declared(self):
        assert normalise_scores([[100.0], [100.0]], 1, constant=100.0).tolist() == [[100.0], [100.0]]
        assert entropy_weights([[1.0, 5.0], [2.0, 5.0]], least=0.1).tolist() == pytest.approx([0.9, 0.1])
        assert critic_weights([[1.0, 5.0, 2.0], [2.0, 5.0, 1.0], [3.0, 5.0, 3.0]], least=0.1).min() == pytest.approx(0.1)  # fmt: skip
