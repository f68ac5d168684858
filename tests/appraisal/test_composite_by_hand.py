"""Composite steps worked by hand on tables of a few cells, and every refusal: these need no reference data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.appraisal.composite.aggregate import (
    aggregate_scores,
    copeland,
    mazziotta_pareto,
    mean_min,
    rank_bounds,
    score_bounds,
    topsis,
    weighted_mean,
)
from suzhou_antidrug.appraisal.composite.classics import fuzzy_grades, rank_sum_ratio
from suzhou_antidrug.appraisal.composite.components import factor_weights, principal_components, varimax
from suzhou_antidrug.appraisal.composite.hierarchy import Hierarchy
from suzhou_antidrug.appraisal.composite.judgement import budget_allocation_weights, combined_weights
from suzhou_antidrug.appraisal.composite.normalise import normalise_scores
from suzhou_antidrug.appraisal.composite.prepare import denominate, impute, treat_outliers
from suzhou_antidrug.appraisal.composite.reliability import audit_correlations, cronbach_alpha
from suzhou_antidrug.appraisal.composite.weigh import (
    RANDOM_INDEX,
    ahp_weights,
    deviation_weights,
    doubt_scores,
    entropy_weights,
)
from suzhou_antidrug.errors import SeriesError

NAN = float("nan")


class TestMeans:
    @pytest.mark.parametrize(
        ("method", "power", "expected"),
        [
            ("arithmetic", 1, 5.0),  # (2 + 8) / 2
            ("geometric", 1, 4.0),  # root of 16
            ("harmonic", 1, 3.2),  # 2 / (1/2 + 1/8)
            ("power", 2, 34**0.5),  # root of (4 + 64) / 2
            ("power", 1, 5.0),
            ("power", 0, 4.0),
            ("power", -1, 3.2),
        ],
    )
    def test_two_and_eight(self, method, power, expected):
        assert aggregate_scores([[2.0, 8.0]], method=method, power=power).tolist() == pytest.approx([expected])
        assert aggregate_scores([[2.0, NAN, 8.0]], [0.4, 0.2, 0.4], method=method, power=power)[0] == pytest.approx(
            expected
        )

    def test_a_unit_without_scores_has_none(self):
        assert np.isnan(aggregate_scores([[NAN, NAN]])).all()
        assert np.isnan(weighted_mean(np.array([[1.0, NAN]]), np.array([0.0, 1.0]))).all()

    def test_a_floor_counts_what_lies_below_it_as_the_floor(self):
        assert aggregate_scores([[0.0, 9.0], [4.0, 9.0]], method="geometric", floor=1).tolist() == pytest.approx([3, 6])
        with pytest.raises(SeriesError, match="floor"):
            aggregate_scores([[-1.0, 9.0]], method="harmonic")
        with pytest.raises(ValueError, match="method"):
            aggregate_scores([[1.0]], method="median")

    def test_bounds_put_anything_into_the_gaps(self):
        low, high = score_bounds([[80.0, NAN], [NAN, NAN], [10.0, 20.0]], [0.25, 0.75], span=(1, 5))
        assert [b.tolist() for b in score_bounds([[NAN], [7.0]])] == [[0, 7], [100, 7]]
        assert low.tolist() == [20.75, 1, 17.5] and high.tolist() == [23.75, 5, 17.5]

    def test_ranks_that_bounds_allow(self):
        assert [r.tolist() for r in rank_bounds([10, 10], [10, 10])] == [[1, 1], [1, 1]]  # equal: both first
        assert [r.tolist() for r in rank_bounds([3, 2, 1], [3, 2, 1])] == [[1, 2, 3], [1, 2, 3]]
        assert [r.tolist() for r in rank_bounds([0, 0, 5], [9, 9, 5])] == [[1, 1, 1], [3, 3, 3]]

    def test_mean_drawn_to_the_worst(self):
        # M = 50, least 10: 50 - a (root(40^2 + 30^2) - 30) = 50 - 20 a
        assert mean_min([[10.0, 90.0]], beta=30).tolist() == [30]
        assert mean_min([[10.0, 90.0]], alpha=0.5, beta=30).tolist() == [40]
        assert mean_min([[10.0, 90.0]], alpha=0, beta=0).tolist() == [50]
        for wrong in ({"alpha": -0.1}, {"alpha": 1.1}, {"beta": -0.1}):
            with pytest.raises(ValueError, match="alpha"):
                mean_min([[1.0, 2.0]], **wrong)

    def test_spread_is_punished_or_added(self):
        # Row 110, 90: variance 200 with n - 1, 100 with n, over a mean of 100.
        row = [[110.0, 90.0]]
        assert mazziotta_pareto(row).tolist() == [98] and mazziotta_pareto(row, adjusted=True).tolist() == [99]
        assert mazziotta_pareto(row, good_is_high=False).tolist() == [102]
        with pytest.raises(SeriesError, match="gaps"):
            mazziotta_pareto([[1.0, NAN]])

    def test_wins_less_losses(self):
        # a beats b by .6 to .4, and both beat c; with a draw of .5 to .5 nobody wins.
        assert copeland([[2.0, 1.0], [1.0, 2.0], [0.0, 0.0]], [0.6, 0.4]).tolist() == [2, 0, -2]
        assert copeland([[2.0, 1.0], [1.0, 2.0]]).tolist() == [0, 0]
        many = np.arange(502.0)[:, None]  # in single precision from 501 units on
        assert copeland(many)[[0, 250, 501]].tolist() == [-501, -1, 501]

    def test_closeness_to_the_ideal(self):
        # Column norms 5 and 5: v = (.6, .8) and (.8, .6), each best on one: half way.
        assert topsis([[3.0, 4.0], [4.0, 3.0]]).tolist() == [0.5, 0.5]
        # Weights 3 to 1: distances to the best .25 * .2 and .75 * .2.
        assert topsis([[3.0, 4.0], [4.0, 3.0]], [0.75, 0.25]).tolist() == pytest.approx([0.25, 0.75])
        assert topsis([[3.0, 4.0], [4.0, 3.0]], directions=[1, -1]).tolist() == pytest.approx([0, 1])
        assert np.isnan(topsis([[0.0, 1.0], [0.0, 1.0]])).all()


class TestWeights:
    def test_a_least_weight_by_hand(self):
        # sd 1 and 3: a quarter and three quarters of what a least weight of .1 leaves.
        table = [[0.0, 0.0], [1.0, 3.0], [2.0, 6.0]]
        assert deviation_weights(table).tolist() == pytest.approx([0.25, 0.75])
        assert deviation_weights(table, least=0.1).tolist() == pytest.approx([0.1 + 0.8 / 4, 0.1 + 0.8 * 3 / 4])
        assert deviation_weights([[1.0, 5.0], [1.0, 5.0]], least=0.5).tolist() == [0.5, 0.5]
        for least in (-0.1, 0.51):
            with pytest.raises(ValueError, match="least weight"):
                deviation_weights(table, least=least)

    def test_entropy_by_hand(self):
        # Column one splits 1 to 3, column two evenly but for nothing: its entropy is 1 and its weight 0.
        share = np.array([0.25, 0.75])
        first = 1 + (share * np.log(share)).sum() / np.log(2)
        third = np.array([0.1, 0.9])
        other = 1 + (third * np.log(third)).sum() / np.log(2)
        found = entropy_weights([[1.0, 1.0], [3.0, 9.0]], scale="raw")
        assert found.tolist() == pytest.approx([first / (first + other), other / (first + other)])
        assert entropy_weights([[0.0, 1.0], [4.0, 3.0]], scale="raw")[0] == pytest.approx(1 / (1 + first))
        for wrong in ([[-1.0, 1.0], [3.0, 2.0]], [[0.0, 1.0], [0.0, 2.0]]):
            with pytest.raises(SeriesError, match="data from 0"):
                entropy_weights(wrong, scale="raw", least=0.1)

    def test_ahp_of_three_by_hand(self):
        # 1-3-5 with 3 between the last two: geometric means of rows 15^(1/3), 1, 15^(-1/3).
        a = [[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]]
        g = np.array([15 ** (1 / 3), 1, 15 ** (-1 / 3)])
        found = ahp_weights(a, derivation="geometric_mean")
        assert found.weights.tolist() == pytest.approx((g / g.sum()).tolist())
        assert found.largest_eigenvalue == pytest.approx(3.03851, abs=1e-5)
        assert found.consistency_index == pytest.approx(0.019255, abs=1e-6)
        assert found.consistency_ratio == pytest.approx(0.019255 / 0.58, abs=1e-5) and found.consistent
        assert ahp_weights(a).weights == pytest.approx(found.weights, abs=1e-3)
        circle = ahp_weights([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]])
        assert not circle.consistent and circle.weights == pytest.approx([1 / 3] * 3)
        assert ahp_weights([[1, 4], [0.25, 1]]).consistency_ratio == 0 and ahp_weights([[1]]).weights.tolist() == [1]

    def test_the_table_of_random_indices_as_printed(self):
        # Saaty's table as textbooks copy it; for twelve some print 1.54 in place of 1.48.
        printed = [0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59]
        assert list(RANDOM_INDEX["common"]) == printed
        assert list(RANDOM_INDEX["with_1_54"]) == [*printed[:11], 1.54, *printed[12:]]

    def test_a_circle_of_twos_is_not_consistent(self):
        circle = ahp_weights([[1, 2, 0.5], [0.5, 1, 2], [2, 0.5, 1]])  # eigenvalue 1 + 2 + 1/2
        assert circle.consistency_ratio == pytest.approx(0.25 / 0.58) and not circle.consistent

    def test_matrices_that_are_none(self):
        for wrong in ([[1, 2]], [[1, -2], [-0.5, 1]], [[1, 0], [0, 1]]):
            with pytest.raises(SeriesError, match="square"):
                ahp_weights(wrong)
        with pytest.raises(SeriesError, match="random index"):
            ahp_weights(np.ones((40, 40)))

    def test_the_doubt_is_given_its_benefit(self):
        free = doubt_scores([[1.0, 0.2], [0.2, 1.0], [0.5, 0.5]])
        assert free.scores.tolist() == pytest.approx([1, 1, 1 / 1.2])  # w (.5, .5) with w1 + .2 w2 = 1 = .2 w1 + w2
        equal = doubt_scores([[1.0, 0.2], [0.2, 0.6], [0.5, 0.5]], limits=(0.5, 0.5))
        assert equal.scores.tolist() == pytest.approx(
            [1, 0.8 / 1.2, 1 / 1.2]
        )  # one weight for both: sums over the best
        for limits in ((-0.1, 1), (0.6, 1), (0, 0.4), (0, 1.1)):
            with pytest.raises(ValueError, match="limits"):
                doubt_scores([[1.0, 2.0]], limits=limits)
        for wrong in ([[NAN, 1.0], [1.0, 1.0]], [[-1.0, 1.0]]):
            with pytest.raises(SeriesError, match="scores from 0"):
                doubt_scores(wrong)

    def test_assessors_and_combinations_that_cannot_be(self):
        for call, word in (
            (lambda: budget_allocation_weights([[50, 50]], total=0), "total"),
            (lambda: budget_allocation_weights([50, 50]), "assessors, indicators"),
            (lambda: combined_weights([0.5, 0.5], [0.5, 0.5], 0.5, "mean"), "linear or product"),
            (lambda: combined_weights([0.5, 0.5], [0.5, 0.5], -0.1), "alpha"),
            (lambda: aggregate_scores([[1.0, 2.0]], [1.0]), "2 weights"),
        ):
            with pytest.raises(ValueError, match=word):
                call()


class TestClassics:
    # Weights .6 and .4; memberships of two grades by two factors.
    R = ((0.9, 0.3), (0.1, 0.7))

    @pytest.mark.parametrize(
        ("operator", "raw"),
        [
            (1, (0.6, 0.4)),  # greatest of the lesser: max(.6, .3), max(.1, .4)
            (2, (0.54, 0.28)),  # greatest product
            (3, (0.66, 0.34)),  # sum of products
            (4, (0.9, 0.5)),  # sums of the lesser: .6 + .3, .1 + .4, at most 1
            (5, (0.85, 0.525)),  # rows over their sums 1.2 and .8: min(.6, .75) + min(.4, .25), .125 + .4
        ],
    )
    def test_five_operators(self, operator, raw):
        found = fuzzy_grades([0.6, 0.4], self.R, operator=operator)
        shares = np.array(raw) / sum(raw)
        assert found.membership.tolist() == pytest.approx(shares.tolist())
        assert found.grade == 0 and found.margin == pytest.approx(shares[0] - shares[1]) and found.operator == operator

    def test_memberships_that_cannot_be(self):
        with pytest.raises(ValueError, match="1 to 5"):
            fuzzy_grades([0.6, 0.4], self.R, operator=6)
        for wrong, word in ([[1.1, 0.0]], "0-1"), ([[-0.1, 0.0]], "0-1"), ([[0.0, 0.0]], "no grade"):
            with pytest.raises(SeriesError, match=word):
                fuzzy_grades([0.5, 0.5], wrong)
        assert fuzzy_grades([0.5, 0.5], [[1.0, 0.0]]).margin == 1  # one grade has no next
        with pytest.raises(SeriesError, match="gaps"):
            rank_sum_ratio([[1.0], [NAN]])

    def test_rank_sums_by_hand(self):
        found = rank_sum_ratio([[10.0, 5.0], [20.0, 5.0], [30.0, 1.0]], weights=[0.75, 0.25])
        assert found.ranks.tolist() == [[1, 2.5], [2, 2.5], [3, 1]]
        assert found.ratio.tolist() == pytest.approx([1.375 / 3, 2.125 / 3, 2.5 / 3])
        # Probits of 1/3, 2/3 and, for the last, 1 - 1/12.
        assert found.probit.tolist() == pytest.approx([4.569273, 5.430727, 6.382994], abs=1e-6)


class TestReliability:
    def test_alpha_by_hand(self):
        # Correlation of (1, 2, 3) and (1, 3, 2) is 1/2: 2 (1 - 2/3). On covariances 1, 1 and 1/2 the same.
        table = [[1.0, 1.0], [2.0, 3.0], [3.0, 2.0]]
        assert cronbach_alpha(table) == pytest.approx(2 / 3)
        wide = [[1.0, 10.0], [2.0, 30.0], [3.0, 20.0]]  # variances 1 and 100, covariance 5
        assert cronbach_alpha(wide) == pytest.approx(2 / 3)
        assert cronbach_alpha(wide, on="covariances") == pytest.approx(2 * (1 - 101 / 111))
        for wrong in ([[1.0], [2.0]], [[1.0, 5.0], [2.0, 5.0]], [[1.0, NAN], [2.0, 1.0]]):
            with pytest.raises(SeriesError, match="two varying columns"):
                cronbach_alpha(wrong)

    def test_pairs_that_conflict_or_repeat(self):
        table = pd.DataFrame(
            {"a": [1.0, 2, 3, 4], "b": [2.0, 4, 6, NAN], "c": [1.0, 3, 2, 4], "d": [4.0, 3, 2, 1], "e": 5.0}
        )
        found = audit_correlations(table).set_index(["first", "second"])
        assert found["flag"].to_dict() == {
            ("a", "b"): "redundant", ("a", "d"): "conflicting", ("b", "d"): "conflicting", ("c", "d"): "conflicting",
        }  # fmt: skip
        assert found.loc[("a", "b"), "units"] == 3 and found.loc[("a", "d"), "units"] == 4
        assert found.loc[("a", "d"), "correlation"] == pytest.approx(-1)
        assert ("a", "c") in audit_correlations(table, high=0.79).set_index(["first", "second"]).index  # r = .8


class TestPreparing:
    def test_filled_within_groups_by_mean_or_median(self):
        table = [[1.0], [2.0], [9.0], [NAN], [5.0], [NAN]]
        groups = ["n", "n", "n", "n", "s", "s"]
        assert impute(table, "mean", groups=groups)[[3, 5], 0].tolist() == [4, 5]
        assert impute(table, "median", groups=groups)[[3, 5], 0].tolist() == [2, 5]
        assert np.isnan(impute(table)[[3, 5], 0]).all() and impute(table)[0, 0] == 1
        with pytest.raises(SeriesError, match="no value in a group"):
            impute(table, "mean", groups=["n", "n", "n", "x", "s", "s"])

    def test_low_outliers_are_drawn_up_and_no_more_than_allowed(self):
        usual = [10.0, 11, 12, 10, 11, 12, 10, 11, 12]
        treated, moved = treat_outliers([[v] for v in [*usual, -500.0]])
        assert treated[-1, 0] == 10 and moved.tolist() == [1]
        gaps, counted = treat_outliers([[v] for v in [*usual, NAN, NAN, 500.0]])
        assert gaps[-1, 0] == 12 and counted.tolist() == [1]  # gaps are not points that were moved
        same, none = treat_outliers([[v] for v in usual])
        assert same[:, 0].tolist() == usual and none.tolist() == [0]
        left, kept = treat_outliers([[v] for v in [*usual, 500.0]], most=0)
        assert left[-1, 0] == 500 and kept.tolist() == [0]


class TestScales:
    @pytest.mark.parametrize(
        ("call", "word"),
        [
            (lambda: normalise_scores([[1.0], [2.0]], 1, "log"), "method"),
            (lambda: normalise_scores([[1.0], [2.0]], 1, "goalposts"), "posts are needed"),
            (lambda: normalise_scores([[1.0], [2.0]], 1, "goalposts", posts=[0, 1]), "indicators, 2"),
            (lambda: normalise_scores([[1.0], [2.0]], 1, "target_from_worst"), "targets are needed"),
            (lambda: normalise_scores([[1.0], [2.0]], 1, "above_below_mean", near=1), "near"),
            (lambda: normalise_scores([[1.0], [2.0]], 1, "above_below_mean", near=-0.1), "near"),
            (lambda: factor_weights([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0]], 0), "factors"),
            (lambda: factor_weights([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0]], 3), "factors"),
        ],
    )
    def test_what_is_missing_is_said(self, call, word):
        with pytest.raises(ValueError, match=word):
            call()

    def test_one_column_among_several_that_has_no_ratio_is_named(self):
        table = pd.DataFrame({"a": [1.0, 3.0], "b": [-1.0, 1.0]})
        with pytest.raises(SeriesError, match="the mean of b"):
            normalise_scores(table, 1, "above_below_mean")
        with pytest.raises(SeriesError, match="denominator"):
            denominate([[1.0, 1.0]], [[2.0, 0.0]])
        assert denominate([[3.0, 1.0]], [[2.0, NAN]])[0, 0] == 1.5

    def test_a_best_value_of_nought_has_no_fraction(self):
        with pytest.raises(SeriesError, match="best of"):
            normalise_scores([[-1.0], [0.0]], 1, "fraction_of_maximum")
        assert normalise_scores([[1.0], [4.0]], 1, "fraction_of_maximum")[:, 0].tolist() == [0.25, 1]
        with pytest.raises(SeriesError, match="components"):
            principal_components([[1.0, 2.0], [NAN, 1.0], [3.0, 3.0]])
        with pytest.raises(SeriesError, match="b has no direction"):
            normalise_scores(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 5.0]}), [1, 0])
        with pytest.raises(SeriesError, match="infinite"):
            normalise_scores([[np.inf], [1.0]], 1)

    @pytest.mark.parametrize(
        ("method", "more", "high", "low"),
        [
            ("min_max", {}, [0, 25, 100], [100, 75, 0]),
            ("min_max", {"span": (1, 5)}, [1, 2, 5], [5, 4, 1]),
            ("rank", {}, [1, 2, 3], [3, 2, 1]),
            ("borda", {}, [0, 1, 2], [2, 1, 0]),
            ("percentile", {}, [1 / 3, 2 / 3, 1], [1, 2 / 3, 1 / 3]),
            ("scaled", {"posts": [[2, 6]]}, [-50, 0, 150], None),
            ("goalposts", {"posts": [[2, 6]]}, [0, 0, 100], None),
            ("target_from_worst", {"targets": [4]}, [0, 0.5, 1], None),
            ("target_from_worst", {"targets": [4]}, None, [1, 1, 0]),
        ],
    )
    def test_nought_two_and_eight(self, method, more, high, low):
        x = [[0.0], [2.0], [8.0]]
        for direction, expected in ((1, high), (-1, low)):
            if expected is not None:
                found = normalise_scores(x, direction, method, **more)[:, 0]
                assert found.tolist() == pytest.approx(expected)


class TestTree:
    def test_roots_and_scores_that_do_not_fit(self):
        with pytest.raises(SeriesError, match="one code has no parent, not 2"):
            Hierarchy.from_frame(pd.DataFrame({"code": ["a", "b"], "parent": ["", ""]}))
        tree = Hierarchy.from_frame(pd.DataFrame({"code": ["I", "a", "b"], "parent": ["", "I", "I"]}))
        with pytest.raises(SeriesError, match="b"):
            tree.aggregate(pd.DataFrame({"a": [1.0]}))

    @pytest.mark.parametrize(
        ("weights", "word"), [([1, -0.5, 1.5], "a has weight -0.5"), ([1, 0, 0], "all weights under I are 0")]
    )
    def test_weights_that_cannot_be(self, weights, word):
        nodes = pd.DataFrame({"code": ["I", "a", "b"], "parent": ["", "I", "I"], "weight": weights})
        with pytest.raises(SeriesError, match=word):
            Hierarchy.from_frame(nodes)


class TestFactors:
    def test_loadings_are_turned_ordered_and_made_positive(self):
        r = 0.6 * 2**0.5
        expected = np.array([[r, 0], [r, 0], [0, r]])
        a = np.array([[0.6, 0.6], [0.6, 0.6], [0.6, -0.6]])
        for sign in (1, -1):
            np.testing.assert_allclose(varimax(sign * a), expected, atol=1e-9)
        low = [[0.0, -0.9], [0.0, -0.9], [0.5, 0.0]]  # the stronger factor first, though its loadings are negative
        np.testing.assert_allclose(varimax(low), [[0.9, 0], [0.9, 0], [0, 0.5]], atol=1e-9)

    def test_no_other_turn_of_a_plane_is_simpler(self):
        """The criterion, variance of squared loadings of rows of length 1, against ten thousand turns."""
        a = np.random.default_rng(3).normal(size=(7, 2))
        a /= np.linalg.norm(a, axis=1, keepdims=True)
        angle = np.linspace(0, np.pi / 2, 10_001)
        turned = np.stack(
            [a[:, :1] * np.cos(angle) + a[:, 1:] * np.sin(angle), a[:, 1:] * np.cos(angle) - a[:, :1] * np.sin(angle)]
        )
        best = (turned**2).var(axis=1).sum(axis=0).max()
        found = (varimax(a) ** 2).var(axis=0).sum()
        assert best <= found + 1e-12 and found == pytest.approx(best, rel=1e-6)

    def test_as_many_factors_as_have_an_eigenvalue_above_one(self):
        rng = np.random.default_rng(0)
        common = rng.normal(size=(60, 2))
        table = np.column_stack([common, common + 0.4 * rng.normal(size=(60, 2))])
        assert (principal_components(table).eigenvalues > 1).sum() == 2
        assert factor_weights(table).tolist() == factor_weights(table, 2).tolist() != factor_weights(table, 4).tolist()
        pair = table[:, [0, 2]]
        assert factor_weights(pair, 2).tolist() == pytest.approx([0.5, 0.5])
