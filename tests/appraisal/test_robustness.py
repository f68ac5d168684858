"""Robustness against analytic indices and chances, brute force, and the steps of the composite index done one by one."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suzhou_antidrug.appraisal.composite.hierarchy import Hierarchy
from suzhou_antidrug.appraisal.composite.normalise import normalise_scores
from suzhou_antidrug.appraisal.composite.prepare import impute, treat_outliers
from suzhou_antidrug.appraisal.robustness.choices import Choice, noise_draws
from suzhou_antidrug.appraisal.robustness.indices import study_index
from suzhou_antidrug.appraisal.robustness.ranks import rank_scores, sorted_quantile
from suzhou_antidrug.appraisal.robustness.runs import rank_shifts
from suzhou_antidrug.appraisal.robustness.sensitivity import sobol_indices, sobol_levels
from suzhou_antidrug.appraisal.robustness.study import study_robustness
from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.terms import Text

SAME = 1e-10  # of the same sums in another order
SOBOL_SLACK = 0.02  # of an index from 4,096 points
CHANCE_SLACK = 4 * 0.5 / math.sqrt(20_000)  # four standard errors of a chance from 20,000 runs


def choice(name, *options):
    return Choice(name, Text(name, name), options)


def noises(count):
    return [choice(f"u{k}") for k in range(count)]


def one_unit(function):
    return lambda levels: np.asarray(function(levels), dtype=float)[:, None, None]


class TestSobol:
    def test_ishigami(self):
        a, b = 7.0, 0.1

        def ishigami(levels):
            x = np.pi * (2 * levels - 1)
            return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])

        one, two = (1 + b * np.pi**4 / 5) ** 2 / 2, a**2 / 8
        together = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
        total = one + two + together
        found = study_robustness(one_unit(ishigami), noises(3), units=["x"], draws=2).sobol("x", base=4096)
        np.testing.assert_allclose(found.first, [one / total, two / total, 0], atol=SOBOL_SLACK)
        np.testing.assert_allclose(found.total, [(one + together) / total, two / total, together / total], atol=SOBOL_SLACK)  # fmt: skip
        assert found.variance == pytest.approx(total, rel=0.02)
        assert found.runs == 4096 * 5 and found.reason is None
        assert (found.first_conf > 0).all() and (found.first_conf < 0.1).all()

    def test_sobol_g(self):
        a = np.array([0.0, 1.0, 4.5, 99.0])
        parts = 1 / (3 * (1 + a) ** 2)
        whole = np.prod(1 + parts) - 1
        total = parts * np.prod(1 + parts) / (1 + parts)

        def g(levels):
            return np.prod((np.abs(4 * levels - 2) + a) / (1 + a), axis=1)

        found = study_robustness(one_unit(g), noises(4), units=["x"], draws=2).sobol("x", base=4096)
        np.testing.assert_allclose(found.first, parts / whole, atol=SOBOL_SLACK)
        np.testing.assert_allclose(found.total, total / whole, atol=SOBOL_SLACK)

    def test_estimator_by_hand(self):
        def model(levels):
            return 3 + levels[:, 0] + 2 * levels[:, 1] ** 2 + levels[:, 0] * levels[:, 2]

        found = study_robustness(one_unit(model), noises(3), units=["x"], draws=2).sobol("x", base=64, rng=5)
        levels = sobol_levels(3, 64, 5)
        assert levels.shape == (64 * 5, 3)
        y = model(levels)
        y = (y - y.mean()).reshape(64, 5)
        ya, yab, yb = y[:, 0], y[:, 1:4], y[:, 4]
        variance = np.var(np.concatenate([ya, yb]))  # n - 1 would change it by 1 part in 128
        first = [(yb * (yab[:, k] - ya)).mean() / variance for k in range(3)]
        total = [((ya - yab[:, k]) ** 2).mean() / (2 * variance) for k in range(3)]
        np.testing.assert_allclose(found.first, first, rtol=1e-9)
        np.testing.assert_allclose(found.total, total, rtol=1e-9)
        assert found.variance == pytest.approx(variance, rel=1e-9)  # of A and B alone

    def test_the_output_is_named_with_its_year(self):
        def evaluate(levels):
            return np.stack([levels[:, [0, 1]], levels[:, [1, 0]]], axis=2)

        study = study_robustness(evaluate, noises(2), units=["a", "b"], years=[2020, 2021], draws=2)
        assert "output: mean rank shift, 2021" in study.sobol(base=4).explain().in_language("en")
        assert "平均名次偏移，2020 年" in study.sobol(base=4, year=2020).explain().in_language("zh")
        assert "output: score of b, 2020" in study.sobol("b", base=4, year=2020).explain().in_language("en")
        undated = study_robustness(one_unit(lambda u: u[:, 0]), noises(1), units=["x"], draws=2).sobol("x", base=4)
        assert undated.output_text.en == "score of x" and sobol_indices(study, base=4).made.seed == 0

    def test_points_that_are_not_a_power_of_two_are_the_first_of_the_sequence(self):
        assert (sobol_levels(2, 100, 1) == sobol_levels(2, 128, 1)[:400]).all()

    def test_discrete_choice_and_rank_shift(self):
        swap, idle = choice("swap", "no", "yes"), choice("idle", "a", "b")

        def evaluate(levels):
            swapped = swap.picked(levels[:, 0])[:, None]
            return np.where(swapped == 1, [1.0, 2.0, 0.0], [2.0, 1.0, 0.0])[:, :, None]

        study = study_robustness(evaluate, [swap, idle], units=["a", "b", "c"], draws=500)
        assert study.mean_rank_shift == pytest.approx(2 / 3 * (study.levels[:, 0] >= 0.5).mean())
        found = study.sobol(base=512).frame
        assert found["choice"].tolist() == ["swap", "idle"]
        np.testing.assert_allclose(found[["first", "total"]], [[1, 1], [0, 0]], atol=SOBOL_SLACK)

    @pytest.mark.parametrize(
        ("output", "word"), [("same", "no variance"), ("absent", "give no score"), ("float_noise", "no variance")]
    )
    def test_nothing_to_share_out_is_said(self, output, word, recwarn):
        def evaluate(levels):
            u = levels[:, 0]
            return np.stack([0 * u + 7, np.where(u > 0.5, np.nan, u), 50 + 1e-13 * u], axis=1)[:, :, None]

        study = study_robustness(evaluate, noises(2), units=["same", "absent", "float_noise"], draws=10)
        found = study.sobol(output, base=16)
        assert np.isnan(found.frame.iloc[:, 1:].to_numpy()).all()
        assert word in found.reason.en and word in found.explain().in_language("en")
        assert found.plot(language="en").texts[0].get_text() == found.reason.en
        assert not recwarn.list

    def test_same_seed_same_indices(self):
        study = study_robustness(one_unit(lambda u: u[:, 0] + u[:, 1] ** 2), noises(2), units=["x"], draws=2)
        for seed in (0, 3):
            pd.testing.assert_frame_equal(study.sobol("x", rng=seed).frame, study.sobol("x", rng=seed).frame)
        assert not study.sobol("x", rng=0).frame.equals(study.sobol("x", rng=3).frame)


class TestRanks:
    def test_against_scipy(self):
        rng = np.random.default_rng(0)
        scores = rng.integers(0, 8, (6, 4, 15)).astype(float)
        scores[rng.random(scores.shape) < 0.2] = np.nan
        found = rank_scores(scores)
        for row, ranks in zip(scores.reshape(-1, 15), found.reshape(-1, 15), strict=True):
            known = ~np.isnan(row)
            assert ranks[known].tolist() == stats.rankdata(-row[known], method="min").tolist()
            assert (ranks[~known] == 0).all()

    def test_ties_on_both_sides_of_the_tolerance(self):
        assert rank_scores(np.array([[1.0, 1.0 + 9e-10, 0.0]])).tolist() == [[1, 1, 3]]
        assert rank_scores(np.array([[1.0, 1.0 + 2e-9, 0.0]])).tolist() == [[2, 1, 3]]
        assert rank_scores(np.full((2, 3), np.nan)).tolist() == [[0, 0, 0]] * 2

    def test_more_units_than_sixteen_bits_hold(self):
        found = rank_scores(-np.arange(40_000.0)[None])
        assert found[0, -1] == 40_000

    def test_a_study_of_more_units_than_sixteen_bits_hold(self):
        def evaluate(levels):
            return np.broadcast_to(-np.arange(40_000.0)[:, None], (len(levels), 40_000, 1))

        frame = study_robustness(evaluate, noises(1), units=[str(k) for k in range(40_000)], draws=1).frame
        assert frame["rank_high"].tolist() == frame["rank"].tolist() == list(range(1, 40_001))

    def test_a_shift_is_over_units_with_a_rank_in_both(self):
        ranks = np.array([[1, 3, 2, 0], [0, 0, 1, 0], [0, 1, 2, 0]])
        shifts = rank_shifts(ranks, np.array([2, 1, 0, 3]))
        assert shifts.tolist()[::2] == [1.5, 0] and math.isnan(shifts[1])

    def test_a_unit_that_one_run_scores_has_that_score(self):
        rows = np.array([[5.0, np.nan], [np.nan, np.nan], [2.0, 4.0]])
        found = sorted_quantile(rows, np.array([1, 0, 2]), 0.25, "linear")
        assert found[0] == 5 and math.isnan(found[1]) and found[2] == 2.5

    def test_frame_against_brute_force(self):
        rng = np.random.default_rng(1)
        scores = rng.normal(size=(201, 7, 2)).round(1) * 10
        scores[rng.random(scores.shape) < 0.1] = np.nan
        scores[:, 6, 1] = np.nan
        scores[0, 6, 0] = 5.0

        def evaluate(levels):  # the run of level u is row floor(200 u) + 1, that of all zeros row 0
            return scores[np.where(levels[:, 0] == 0, 0, np.floor(levels[:, 0] * 200).astype(int) + 1)]

        bands = [("good", 5.0), ("fair", -5.0)]
        study = study_robustness(evaluate, noises(1), units=list("abcdefg"), years=[2020, 2021], draws=300, grades=bands, top=2)  # fmt: skip
        runs = evaluate(study.levels)
        frame = study.frame.set_index(["unit", "year"])
        for i, unit in enumerate("abcdefg"):
            for k, year in enumerate((2020, 2021)):
                row, mine = frame.loc[(unit, year)], runs[:, i, k]
                known = ~np.isnan(mine)
                rank = np.array([1 + np.sum(runs[r, :, k] > mine[r] + 1e-9) for r in np.flatnonzero(known)])
                assert row["scored"] == pytest.approx(known.mean())
                if not known.any():
                    assert pd.isna(row["rank_low"]) and pd.isna(row["chance_top"]) and pd.isna(row["grade"])
                    continue
                for column, q, how in (("rank_low", 0.025, "lower"), ("rank_median", 0.5, "lower"), ("rank_high", 0.975, "higher")):  # fmt: skip
                    assert row[column] == np.quantile(rank, q, method=how)
                np.testing.assert_allclose([row["score_low"], row["score_high"]], np.quantile(mine[known], [0.025, 0.975]))  # fmt: skip
                assert row["chance_top"] == pytest.approx((rank <= 2).mean())
                grade = np.where(mine >= 5, "good", np.where(mine >= -5, "fair", "-"))[known]
                if pd.notna(row["grade"]):
                    assert row["chance_grade"] == pytest.approx((grade == row["grade"]).mean())
                chances = study.grade_chances(year).set_index("unit").loc[unit]
                assert chances.to_dict() == pytest.approx({g: (grade == g).mean() for g in ("good", "fair", "-")})

    def test_grade_at_its_limit(self):
        def evaluate(levels):
            return np.broadcast_to(np.array([90 - 1e-12, 90 - 1e-6])[:, None], (len(levels), 2, 1))

        found = study_robustness(evaluate, noises(1), units=["a", "b"], draws=3, grades=[("A", 90), ("B", -math.inf)])
        assert found.frame["grade"].tolist() == ["A", "B"]


class TestChances:
    def test_above_with_normal_errors(self):
        mean, sd = np.array([1.0, 0.0, -0.5]), np.array([1.0, 2.0, 0.5])

        def evaluate(levels):
            return (mean + sd * stats.norm.ppf(levels))[:, :, None]

        study = study_robustness(lambda u: evaluate(np.where(u == 0, 0.5, u)), noises(3), units=["a", "b", "c"], draws=20_000)  # fmt: skip
        table = study.above_table()
        for i, a in enumerate("abc"):
            assert table.loc[a, a] == 0.5
            for j, b in enumerate("abc"):
                if i != j:
                    wanted = stats.norm.cdf((mean[i] - mean[j]) / math.hypot(sd[i], sd[j]))
                    assert study.above(a, b) == pytest.approx(wanted, abs=CHANCE_SLACK)
                    assert table.loc[a, b] == study.above(a, b) == pytest.approx(1 - study.above(b, a))

    def test_ties_are_half_and_runs_without_a_score_are_out(self):
        def evaluate(levels):
            u = levels[:, 0]
            a, b = np.where(u < 0.25, np.nan, 1.0), np.where(u > 0.75, 0.0, 1.0)
            return np.stack([a, b, np.full_like(u, np.nan)], axis=1)[:, :, None]

        study = study_robustness(evaluate, noises(1), units=["a", "b", "none"], draws=2000)
        u = study.levels[:, 0]
        kept = u >= 0.25
        assert study.above("a", "b") == pytest.approx((np.where(u > 0.75, 1.0, 0.5)[kept]).mean())
        assert math.isnan(study.above("a", "none"))

    def test_a_rise_is_told_from_the_same_run(self):
        shock = choice("shock")

        def evaluate(levels):
            z = noise_draws(levels[:, 0], (3,), name="shock", kind="normal") * 10
            both = np.stack([50 + z, 50 + z], axis=2)
            both[:, 0, 1] += 0.01  # a rises a little, under a shock that is common to both years
            both[:, 2, 1] = 50 + noise_draws(levels[:, 0], (1,), name="other", kind="normal")[:, 0] * 10
            return both

        study = study_robustness(evaluate, [shock], units=["a", "b", "c"], years=[2020, 2021], draws=4000)
        found = study.rises(2020, 2021).set_index("unit")
        assert found.loc["a", "chance_rise"] == 1.0 and found.loc["b", "chance_rise"] == 0.5
        assert found.loc["c", "chance_rise"] == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(4000))
        assert found.loc["a", "change"] == pytest.approx(0.01) and found.loc["a", "change_low"] == pytest.approx(0.01)
        assert study.rises(2021, 2020).set_index("unit").loc["a", "chance_rise"] == 0.0
        low, high = study.frame.set_index(["unit", "year"]).loc[("a", 2021), ["score_low", "score_high"]]
        assert high - low > 30  # by their own intervals the two years could not be told apart


class TestSingleChoices:
    def study(self, grades=()):
        mean, order, jitter = choice("mean", "sum", "least"), choice("order", "x", "y", "z"), choice("jitter")
        marks = np.array([[9.0, 1.0], [6.0, 6.0], [5.0, 5.0], [4.0, 4.0]])

        def evaluate(levels):
            score = np.where(mean.picked(levels[:, 0])[:, None] == 1, marks.min(axis=1), marks.sum(axis=1))
            score = score + np.where(order.picked(levels[:, 1])[:, None] == 2, [-1.0, 0, 0, 0], 0)
            return (score + levels[:, [2]] * [0, 0, 0, 30])[:, :, None]

        return study_robustness(evaluate, [mean, order, jitter], units=list("abcd"), draws=50, grades=grades)

    def test_found_where_it_is_and_not_where_it_is_not(self):
        found = self.study([("high", 10.0), ("low", -math.inf)]).single_choices().set_index(["choice", "option"])
        assert found.index.tolist() == [("mean", "least"), ("order", "y"), ("order", "z")]  # no noise
        least = found.loc[("mean", "least")]
        assert (
            least["top_changes"] and least["top"] == "b, c, d" and least["largest_shift"] == 2
        )  # from a tie for the second place to the fourth
        assert least["largest_shift_unit"] == "a" and least["grade_changes"] == "a, b, c"
        assert not found.loc[("order", "y"), "top_changes"] and not found.loc[("order", "y"), "order_changes"]
        assert found.loc[("order", "y"), "largest_shift"] == 0 and found.loc[("order", "y"), "grade_changes"] == ""
        z = found.loc[("order", "z")]  # a falls from a tie with c to the third place alone
        assert not z["top_changes"] and z["order_changes"] and z["top"] == "b, c, a" and z["grade_changes"] == "a"

    def test_a_unit_without_a_score_holds_no_place_and_moves_none(self):
        way = choice("way", "declared", "idle", "swapped", "other_gap")
        marks = np.array([[9, 8, 7, np.nan], [9, 8, 7, np.nan], [8, 9, 7, np.nan], [np.nan, 8, 7, 6]])
        study = study_robustness(lambda u: marks[way.picked(u[:, 0])][:, :, None], [way], units=list("abcd"), draws=5)
        found = study.single_choices().set_index("option")[["top_changes", "order_changes", "top", "largest_shift", "largest_shift_unit"]]  # fmt: skip
        assert found.loc["idle"].tolist() == [False, False, "a, b, c", 0, ""]
        assert found.loc["swapped"].tolist() == [False, True, "b, a, c", 1, "a"]
        assert found.loc["other_gap"].tolist() == [True, True, "b, c, d", 1, "b"]  # of a and d there is no shift

    def test_long_lists_are_cut(self):
        flip = choice("flip", "no", "yes")

        def evaluate(levels):
            return np.where(flip.picked(levels[:, 0])[:, None, None] == 1, 0.0, np.full((1, 25, 1), 100.0))

        names = [f"n{k}" for k in range(25)]
        found = study_robustness(evaluate, [flip], units=names, draws=5, grades=[("A", 50.0), ("B", 0.0)])
        changed = found.single_choices()["grade_changes"][0]
        assert changed.startswith("n0, n1, ") and changed.endswith("n19, …")


class TestStudy:
    def test_one_draw_one_run_a_call_and_one_place_at_the_top(self):
        least = _study(draws=1, chunk=1, top=1)
        assert len(least.levels) == 1 and least.frame["chance_top"].tolist() == [1, 1]  # both first
        plain = study_robustness(one_unit(lambda u: u[:, 0]), noises(1), units=["x"])
        assert len(plain.levels) == 1000  # as documented

    def test_what_was_varied_is_told(self):
        many = choice("many", *"abcdefghij")
        told = _study(choices=[choice("mean", "sum", "least"), many, choice("idle", "x"), choice("u")]).explain()
        said = told.in_language("en")
        assert "mean: declared sum; else least" in said and "many: declared a; else b, c, d, e, f, g and 3 more" in said
        assert "idle: declared x; else none" in said and "u: noise" in said
        assert "原定 a；另有 b、c、d、e、f、g 等 9 种" in told.in_language("zh")

    def test_seed_and_batches_do_not_matter_otherwise(self):
        def evaluate(levels):
            return noise_draws(levels[:, 0], (6, 2), name="z") + levels[:, 1][:, None, None]

        def made(**options):
            return study_robustness(evaluate, noises(2), units=list("abcdef"), years=[1, 2], draws=120, **options)

        pd.testing.assert_frame_equal(made(rng=4, chunk=7).frame, made(rng=4, chunk=120).frame)
        assert not made(rng=4).frame.equals(made(rng=5).frame)
        assert made(rng=4).made.seed == 4 and made(rng=np.random.default_rng(4)).made.seed is None
        pd.testing.assert_frame_equal(made(rng=4).frame, made(rng=np.random.default_rng(4)).frame)

    def test_single_precision_keeps_ranks_and_grades(self, monkeypatch):
        def evaluate(levels):
            score = 90 - 1e-8 * np.arange(5) + noise_draws(levels[:, 0], (1,), name="z")
            return np.repeat(score[:, :, None], 2, axis=2)

        def made():
            return study_robustness(evaluate, noises(1), units=list("abcde"), years=[1, 2], draws=80, grades=[("A", 90.0)])  # fmt: skip

        exact = made()
        monkeypatch.setattr("suzhou_antidrug.appraisal.robustness.runs.MOST_DOUBLES", 10)
        single = made()
        assert single.runs.scores.dtype == np.float32 and exact.runs.scores.dtype == np.float64
        columns = ["rank_low", "rank_high", "chance_top", "grade", "chance_grade"]
        pd.testing.assert_frame_equal(single.frame[columns], exact.frame[columns])
        assert exact.frame["rank_high"].tolist() == [1, 2, 3, 4, 5] * 2
        assert (single.rises(1, 2)["chance_rise"] == 0.5).all()

    def test_the_legend_leaves_the_mark_of_the_data_free(self):
        def evaluate(levels):
            return noise_draws(levels[:, 0], (3, 1), name="z")

        units = [f"Suzhou Industrial Park {k}" for k in range(3)]  # long names leave little room above the axes
        ax = study_robustness(evaluate, noises(1), units=units, draws=60, status="synthetic").plot(language="en")
        ax.figure.canvas.draw()
        assert not ax.get_legend().get_window_extent().overlaps(ax.texts[0].get_window_extent())

    def test_figures_and_words(self):
        def evaluate(levels):
            return noise_draws(levels[:, 0], (40, 1), name="z") - np.arange(40.0)[:, None] / 10

        study = study_robustness(evaluate, noises(1), units=[f"n{k:02}" for k in range(40)], draws=60, status="synthetic")  # fmt: skip
        ax = study.plot(language="en")
        assert "10 more not drawn" in ax.get_xlabel() and [t.get_text() for t in ax.texts] == ["synthetic data"]
        assert [t.get_text() for t in ax.get_yticklabels()] == [f"n{k:02}" for k in range(30)]
        assert "另有 10 个单位未画" in study.plot(language="zh").get_xlabel()
        assert "u0: noise" in study.explain().in_language("en")
        assert len(study.sobol("n00", base=8).plot().patches) == 2


@pytest.fixture(scope="module")
def asem(reference):
    root = reference / "golden" / "coinr"
    if not root.is_dir():
        pytest.skip("golden/coinr absent from the reference data")
    meta = pd.read_csv(root / "ASEM_iMeta.csv")
    meta = meta[meta["Type"].isin(["Indicator", "Aggregate"])].rename(columns={"iCode": "code", "Parent": "parent", "Weight": "weight"})  # fmt: skip
    directions = meta[meta["Type"] == "Indicator"].set_index("code")["Direction"]
    tables = {n: pd.read_csv(root / f"dset_{n}.csv").set_index("uCode") for n in ("Treated", "Denominated")}
    wanted = pd.read_csv(root / "dset_Aggregated.csv").set_index("uCode")["Index"]
    return Hierarchy.from_frame(meta[["code", "parent", "weight"]]), directions, tables, wanted


class TestPublishedIndex:
    def test_reference_is_the_published_index(self, asem):
        tree, directions, tables, wanted = asem
        study = study_index(tables["Treated"], tree, directions, draws=20)
        found = study.frame.set_index("unit")["score"]
        np.testing.assert_allclose(found, wanted.loc[found.index], atol=SAME)

    def test_reference_is_the_pipeline_with_gaps(self, asem):
        tree, directions, tables, _ = asem
        raw = tables["Denominated"][list(tree.leaves)]
        filled, _ = treat_outliers(raw)
        for options, x, method in (
            ({}, raw, "min_max"),
            ({"missing": ["mean", "reweight"]}, impute(raw, "mean"), "min_max"),
            ({"normalisations": ["percentile", "min_max"]}, raw, "percentile"),
        ):
            scores = normalise_scores(x, directions, method) * (100 if method == "percentile" else 1)
            wanted = tree.aggregate(pd.DataFrame(scores, columns=list(tree.leaves)))[tree.root]
            study = study_index(raw, tree, directions, draws=20, **options)
            np.testing.assert_allclose(study.frame["score"], wanted, atol=SAME)
        assert not np.array_equal(filled, raw.to_numpy(), equal_nan=True)  # winsorising does something here
        both = study_index(raw, tree, directions, draws=20, treat_outliers=True)
        levels = np.zeros((1, 2))
        levels[0, 0] = both.choices[0].level_of("winsorised")
        wanted = tree.aggregate(pd.DataFrame(normalise_scores(filled, directions), columns=list(tree.leaves)))
        np.testing.assert_allclose(both.evaluate(levels)[0, :, 0], wanted[tree.root], atol=SAME)


TREE = pd.DataFrame(
    {
        "code": ["I", "P", "Q", "a", "b", "c", "d"],
        "parent": ["", "I", "I", "P", "P", "Q", "I"],
        "weight": [1.0, 2.0, 1.0, 3.0, 1.0, 1.0, 1.5],
    }
)
LEAVES, WAYS = ["a", "b", "c", "d"], {"a": 1, "b": -1, "c": 1, "d": 1}
POSTS = {"a": (-4, 4), "b": (4, -4), "c": (-4, 4), "d": (-4, 4)}


def two_years():
    rng = np.random.default_rng(8)
    units = [f"n{k}" for k in range(9)]
    frames = {y: pd.DataFrame(rng.normal(size=(9, 4)), index=units, columns=LEAVES) for y in (2020, 2021)}
    frames[2021].loc["n3", "a"] = np.nan
    frames[2020].loc["n5", "c"] = np.nan  # the only indicator under Q
    return frames


class TestIndexRuns:
    def test_ranks_on_a_span_of_ones_own(self):
        tree = Hierarchy.from_frame(pd.DataFrame({"code": ["I", "a"], "parent": ["", "I"]}))
        values = pd.DataFrame({"a": [3.0, 1.0, 2.0]}, index=list("xyz"))
        percentile = normalise_scores(values, [1], "percentile")[:, 0]
        assert percentile[0] > percentile[2] > percentile[1]
        for low, high in ((-1.0, 1.0), (0.0, 1.0), (0.0, 10.0)):
            study = study_index(values, tree, 1, normalisations=["percentile"], span=(low, high), draws=2)
            np.testing.assert_allclose(study.frame["score"], low + (high - low) * percentile)
        assert study.years == (0,)

    @pytest.mark.parametrize("error", [{"a": 0.3, "b": 0, "c": 0.1, "d": 1}, None])
    def test_every_run_by_hand(self, error):
        frames, tree = two_years(), Hierarchy.from_frame(TREE)
        options = dict(
            posts=POSTS, normalisations=["goalposts", "min_max"], aggregations=["arithmetic", "geometric", "harmonic"],
            missing=["reweight", "median", "low", "high"], leave_out=True, weight_jitter=0.4, error=error,
        )  # fmt: skip
        study = study_index(frames, tree, WAYS, draws=60, rng=2, **options)
        at = {c.name: k for k, c in enumerate(study.choices)}
        stacked = pd.concat(frames.values()).to_numpy()
        for run, u in enumerate(study.levels):
            pick = {c.name: c.options[int(u[k] * len(c.options))] for k, c in enumerate(study.choices) if c.options}
            x = stacked
            if error:
                z = noise_draws([u[at["error"]]], (2, 9, 4), name="error", kind="normal")[0].reshape(18, 4)
                x = stacked + z * list(error.values())
            if pick["missing"] == "median":
                x = impute(x, "median", groups=np.repeat([0, 1], 9))
            span = (0, 100) if pick["aggregation"] == "arithmetic" else (1, 100)
            y = normalise_scores(x, list(WAYS.values()), pick["normalisation"], span=span, posts=list(POSTS.values()))
            y = np.where(np.isnan(y) & (pick["missing"] in ("low", "high")), span[pick["missing"] == "high"], y)
            jitter = noise_draws([u[at["weights"]]], (7,), name="weights")[0]
            jitter = dict(zip(sorted(TREE["code"]), jitter, strict=True))
            w = {c: v * (1 + 0.4 * jitter[c]) * (c != pick["leave_out"]) for c, v in zip(TREE["code"], TREE["weight"], strict=True)}  # fmt: skip

            def mean(rows, weights, how=pick["aggregation"]):
                weights, rows = np.array(weights), np.array(rows)
                known = ~np.isnan(rows) & (weights > 0)
                if not known.any():
                    return np.nan
                v, by = rows[known], weights[known] / weights[known].sum()
                return {"arithmetic": lambda: by @ v, "geometric": lambda: np.exp(by @ np.log(v)), "harmonic": lambda: 1 / (by @ (1 / v))}[how]()  # fmt: skip

            for row in range(18):
                p = mean(y[row, :2], [w["a"], w["b"]])
                q = mean(y[row, 2:3], [w["c"]])
                wanted = mean([p, q, y[row, 3]], [w["P"], w["Q"], w["d"]])
                assert study.runs.scores[run, row % 9, row // 9] == pytest.approx(wanted, rel=1e-9, nan_ok=True)

    def test_order_of_rows_and_columns_does_not_matter(self):
        frames, tree = two_years(), Hierarchy.from_frame(TREE)
        shuffled = Hierarchy.from_frame(TREE.iloc[[0, 2, 1, 6, 5, 4, 3]])
        turned = {y: f.iloc[::-1, ::-1] for y, f in frames.items()}
        options = dict(error={"a": 0.3, "b": 0.2, "c": 0.1, "d": 1}, posts=POSTS, normalisations=["goalposts", "min_max"], draws=40)  # fmt: skip
        one = study_index(frames, tree, WAYS, **options).frame
        two = study_index(turned, shuffled, WAYS, **options).frame
        two = two.set_index(["unit", "year"]).loc[list(zip(one["unit"], one["year"], strict=True))].reset_index()
        pd.testing.assert_frame_equal(one, two, rtol=1e-9)

    def test_everybody_at_the_ceiling_keeps_the_score(self):
        values = pd.DataFrame(100.0, index=list("xyz"), columns=LEAVES)
        tree = Hierarchy.from_frame(TREE)
        posts = dict.fromkeys(LEAVES, (0, 100))
        study = study_index(values, tree, 1, posts=posts, normalisations=["goalposts"], aggregations=["arithmetic", "geometric"], leave_out=True, draws=200)  # fmt: skip
        np.testing.assert_allclose(study.runs.scores, 100.0, atol=1e-9)
        assert study.frame["rank_high"].tolist() == [1, 1, 1] and study.mean_rank_shift == 0
        assert "no variance" in study.sobol(base=16).reason.en
        with pytest.raises(SeriesError, match="is the same for everybody"):
            study_index(values, tree, 1)
        given = study_index(values, tree, 1, constant=80.0, draws=5)
        np.testing.assert_allclose(given.frame["score"], 80.0)

    def test_years_share_their_sample(self):
        frames = {2020: pd.DataFrame({"a": [0.0, 1.0]}, index=["x", "y"]), 2021: pd.DataFrame({"a": [1.0, 4.0]}, index=["x", "y"])}  # fmt: skip
        tree = Hierarchy.from_frame(pd.DataFrame({"code": ["I", "a"], "parent": ["", "I"]}))
        assert study_index(frames, tree, 1, draws=2).frame["score"].tolist() == [0.0, 25.0, 25.0, 100.0]

    def test_a_table_with_a_target_and_one_with_ranks_use_the_span(self):
        values, tree = two_years()[2020].dropna(), Hierarchy.from_frame(TREE)
        goals = {"a": 5, "b": -5, "c": 5, "d": 5}
        study = study_index(values, tree, WAYS, targets=goals, normalisations=["target_from_worst", "percentile"], draws=50)  # fmt: skip
        assert study.runs.scores.max() > 20 and study.runs.scores.min() >= 0 and study.runs.scores.max() <= 100
        scores = 100 * normalise_scores(values, list(WAYS.values()), "target_from_worst", targets=list(goals.values()))
        wanted = tree.aggregate(pd.DataFrame(scores, columns=LEAVES))["I"]
        np.testing.assert_allclose(study.frame["score"], wanted, atol=SAME)


def _study(**options):
    def evaluate(levels):
        return np.zeros((len(levels), 2, 1))

    return study_robustness(options.pop("evaluate", evaluate), options.pop("choices", noises(1)), **{"units": ["昆山市", "常熟市"], "draws": 3} | options)  # fmt: skip


def _index(values=None, **options):
    values = two_years() if values is None else values
    return study_index(values, Hierarchy.from_frame(TREE), WAYS, **{"draws": 3} | options)


class TestBadInput:
    @pytest.mark.parametrize(
        ("call", "word"),
        [
            (lambda: _study(draws=0), "at least one draw"),
            (lambda: _study(chunk=0), "chunk"),
            (lambda: _study(top=0), "place at the top"),
            (lambda: _study(level=1.0), "level"),
            (lambda: _study(evaluate=lambda u: np.zeros((len(u), 2))), "got"),
            (lambda: _study(evaluate=lambda u: np.zeros((len(u), 3, 1))), "got"),
            (lambda: _study(evaluate=lambda u: np.full((len(u), 2, 1), np.inf)), "infinite"),
            (lambda: _study().sobol(base=1), "two points"),
            (lambda: choice("two words"), "snake_case"),
            (lambda: choice("a", "x", "x"), "twice"),
            (lambda: _index(weight_jitter=1.5), "weight_jitter"),
            (lambda: _index(span=(5, 5)), "span"),
            (lambda: _index(error=-1.0), "sd"),
            (lambda: _index(normalisations=["goalposts"]), "posts"),
        ],
    )
    def test_what_a_program_gets_wrong(self, call, word):
        with pytest.raises(ValueError, match=word):
            call()

    @pytest.mark.parametrize(
        ("call", "word"),
        [
            (lambda: _study(choices=[]), "nothing to vary"),
            (lambda: _study(choices=noises(1) * 2), "stands twice"),
            (lambda: _study(units=["a", "a"]), "stands twice"),
            (lambda: _study(units=[]), "at least one unit"),
            (lambda: _study(grades=[("low", 0), ("high", 90)]), "highest band down"),
            (lambda: _study().grade_chances(), "without grades"),
            (lambda: _index(weight_jitter=0), "nothing to vary"),
            (lambda: _index(two_years()[2020].drop(columns="c")), "indicator c"),
            (lambda: _index(two_years()[2020].assign(c=np.nan)), "c has no value at all"),
            (lambda: _index({2020: two_years()[2020], 2021: two_years()[2021].drop(index="n4")}), "n4 is not in every year"),
            (lambda: _index(error={"a": 1}), "error: b is missing"),
            (lambda: study_index(two_years(), Hierarchy.from_frame(TREE.assign(method="geometric")), WAYS, draws=3), "floor"),
        ],
    )  # fmt: skip
    def test_what_a_user_gets_wrong(self, call, word):
        with pytest.raises(SeriesError, match=word):
            call()

    @pytest.mark.parametrize(
        ("call", "word"),
        [
            (lambda: _study().above("昆山", "常熟市"), "昆山市"),
            (lambda: _study().above("昆山市", "常熟市", 1999), "1999"),
            (lambda: _study().sobol("mean_rank_shit"), "mean_rank_shift"),
            (lambda: choice("mean", "arithmetic", "geometric").level_of("geometrical"), "geometric"),
            (lambda: _index(normalisations=["min-max"]), "min_max"),
            (lambda: _index(aggregations=["arithmetic", "geometrik"]), "geometric"),
            (lambda: _index(missing=["means"]), "mean"),
        ],
    )
    def test_unknown_names_offer_the_nearest(self, call, word):
        with pytest.raises(UnknownNameError, match=word):
            call()

    def test_pairs_up_to_two_hundred_units(self):
        def made(count):
            return study_robustness(lambda u: np.zeros((len(u), count, 1)), noises(1), units=[str(k) for k in range(count)], draws=2)  # fmt: skip

        assert made(200).above_table().shape == (200, 200)
        with pytest.raises(SeriesError, match="200 units"):
            made(201).above_table()
