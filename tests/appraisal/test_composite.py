"""Composite indices against published runs: COINr, the OECD/JRC Handbook, Chinese worked examples, four Python packages."""

from __future__ import annotations

from fractions import Fraction
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
from suzhou_antidrug.appraisal.composite.classics import fuzzy_grades, rank_sum_ratio
from suzhou_antidrug.appraisal.composite.components import factor_weights, principal_components, varimax
from suzhou_antidrug.appraisal.composite.hierarchy import Hierarchy
from suzhou_antidrug.appraisal.composite.normalise import normalise_scores
from suzhou_antidrug.appraisal.composite.prepare import denominate, impute, skew_and_kurtosis, treat_outliers
from suzhou_antidrug.appraisal.composite.reliability import cronbach_alpha
from suzhou_antidrug.appraisal.composite.weigh import (
    ahp_weights,
    critic_weights,
    deviation_weights,
    doubt_scores,
    entropy_weights,
)
from suzhou_antidrug.errors import SeriesError


class Coinr:
    """COINr's published run, rows by unit code, columns by indicator code."""

    def __init__(self, root):
        self.root = root / "golden" / "coinr"
        if not self.root.is_dir():
            pytest.skip("golden/coinr absent from the reference data")
        meta = pd.read_csv(self.root / "ASEM_iMeta.csv")
        self.meta = meta[meta["Type"].isin(["Indicator", "Aggregate"])]
        self.indicators = meta[meta["Type"] == "Indicator"].set_index("iCode")
        self.codes = list(self.indicators.index)
        self.directions = self.indicators["Direction"].to_numpy(float)
        self.input = pd.read_csv(self.root / "ASEM_iData.csv").set_index("uCode").sort_index()

    def read(self, name):
        return pd.read_csv(self.root / f"{name}.csv").set_index("uCode").sort_index()

    def table(self, name):
        return self.read(name)[self.codes]


@pytest.fixture(scope="module")
def coinr(reference):
    return Coinr(reference)


def same(found, wanted, *, rel=0.0, absolute=0.0):
    np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=rel, atol=absolute)


class TestCoinrChain:
    def test_denominated(self, coinr):
        by = coinr.indicators["Denominator"]
        ones = pd.Series(1.0, index=coinr.input.index)
        under = np.column_stack([ones if pd.isna(n) else coinr.input[n] for n in by])
        found = denominate(coinr.input[coinr.codes], under)
        same(found, coinr.table("dset_Denominated"), rel=1e-11)
        assert np.isnan(found).sum() == 65

    def test_imputed(self, coinr):
        found = impute(coinr.table("dset_Denominated"), "mean", groups=coinr.input["EurAsia_group"])
        same(found, coinr.table("dset_Imputed"), rel=1e-11)

    def test_skewness_and_kurtosis(self, coinr):
        wanted = pd.read_csv(coinr.root / "skew_kurt_screened.csv").set_index("iCode").loc[coinr.codes]
        g1, g2 = skew_and_kurtosis(coinr.table("dset_Screened"))
        same(g1, wanted["skew"], rel=1e-10)
        same(g2, wanted["kurt"], rel=1e-10)

    def test_treated(self, coinr):
        found, moved = treat_outliers(coinr.table("dset_Screened"))
        same(found, coinr.table("dset_Treated"), rel=1e-12)
        assert (moved > 0).sum() == 15

    def test_normalised_and_aggregated(self, coinr):
        scores = normalise_scores(coinr.table("dset_Treated"), coinr.directions)
        same(scores, coinr.table("dset_Normalised"), absolute=1e-10)
        tree = Hierarchy.from_frame(coinr.meta.rename(columns={"iCode": "code", "Parent": "parent", "Weight": "weight"})[["code", "parent", "weight"]])  # fmt: skip
        wanted = coinr.read("dset_Aggregated")
        found = tree.aggregate(pd.DataFrame(scores, columns=coinr.codes))
        assert len(found) == 11
        for code, column in found.items():
            same(column, wanted[code], absolute=1e-10)


class TestCoinrSingleSteps:
    def test_z_scores(self, coinr):
        found = normalise_scores(coinr.table("dset_Treated"), coinr.directions, "z_score")
        same(found, coinr.table("norm_zscore"), absolute=1e-11)

    def test_ranks_tie_where_printed_values_do(self, coinr):
        found = pd.DataFrame(normalise_scores(coinr.table("dset_Treated"), coinr.directions, "rank"), index=coinr.input.index, columns=coinr.codes)  # fmt: skip
        wanted = coinr.table("norm_rank").astype(float)
        assert found.loc[["BGR", "CZE", "NOR"], "TolMin"].tolist() == [26, 26, 42]
        # The file compared unrounded binary values in these three cells.
        assert wanted.loc[["BGR", "CZE", "NOR"], "TolMin"].tolist() == [27, 27, 43]
        wanted.loc[["BGR", "CZE", "NOR"], "TolMin"] = [26, 26, 42]
        pd.testing.assert_frame_equal(found, wanted, check_names=False)

    def test_targets_from_the_worst(self, coinr):
        targets = pd.read_csv(coinr.root / "norm_dist2targ_targets.csv").set_index("iCode").loc[coinr.codes, "Target"]
        found = normalise_scores(coinr.table("dset_Treated"), coinr.directions, "target_from_worst", targets=targets)
        same(found, coinr.table("norm_dist2targ_capped"), absolute=1e-12)

    def test_goalposts(self, coinr):
        treated = coinr.table("dset_Treated")
        directed = treated.to_numpy() * coinr.directions
        posts = np.quantile(directed, [0.05, 0.95], axis=0).T * coinr.directions[:, None]
        found = normalise_scores(treated, coinr.directions, "goalposts", posts=posts)
        same(found, coinr.table("norm_goalposts_p05_p95"), absolute=1e-10)

    @pytest.mark.parametrize(("method", "name"), [("arithmetic", "agg_a_amean"), ("geometric", "agg_a_gmean")])
    def test_means_up_three_levels(self, coinr, method, name):
        scores = normalise_scores(coinr.table("dset_Treated"), coinr.directions, span=(1, 100))
        nodes = coinr.meta.rename(columns={"iCode": "code", "Parent": "parent"})[["code", "parent"]].assign(method=method)  # fmt: skip
        found = Hierarchy.from_frame(nodes).aggregate(pd.DataFrame(scores, columns=coinr.codes))
        wanted = coinr.read(name)
        for code, column in found.items():
            same(column, wanted[code], absolute=1e-10)


@pytest.fixture(scope="module")
def tai(reference):
    root = reference / "golden" / "tai"
    if not root.is_dir():
        pytest.skip("golden/tai absent from the reference data")
    return root


class TestHandbook:
    def test_published_ranks_need_fixed_goalposts(self, tai):
        raw = pd.read_csv(tai / "tableA2_raw.csv").set_index("country")
        posts = pd.read_csv(tai / "goalposts.csv").set_index("indicator").loc[raw.columns]
        ends = posts[["min", "max"]].to_numpy(float)
        logged = (posts["scale"] == "log10").to_numpy()
        ends[logged] = np.log10(ends[logged])
        scores = normalise_scores(raw, 1, "goalposts", posts=ends, span=(0, 1))
        index = aggregate_scores(scores)  # four pillars of two, equal weights: the same as one mean of eight
        wanted = pd.read_csv(tai / "recomputed_goalposts_EW.csv").set_index("country").loc[raw.index]
        same(index, wanted["TAI_recomputed"], absolute=1e-6)
        ranks = pd.Series(-index).rank(method="min").astype(int)
        assert (ranks.to_numpy() == wanted["rank_published_EW"].to_numpy()).all()
        sample = pd.Series(-aggregate_scores(normalise_scores(raw, 1))).rank(method="min").astype(int)
        assert (sample.to_numpy() != wanted["rank_published_EW"].to_numpy()).sum() == 12

    def test_cronbach(self, tai):
        raw = pd.read_csv(tai / "tableA2_raw.csv").set_index("country")
        wanted = pd.read_csv(tai / "table11_cronbach.csv").set_index("deleted")["alpha_if_deleted"]
        assert cronbach_alpha(raw) == pytest.approx(0.7035, abs=5e-5)
        for name in raw.columns:
            assert cronbach_alpha(raw.drop(columns=name)) == pytest.approx(wanted[name], abs=0.006)

    def test_normalisations_of_schooling(self, tai):
        printed = pd.read_csv(tai / "table15_normalisations_schooling.csv")
        x = printed[["schooling"]]
        for method, column, slack, scale in (
            ("z_score", "zscore", 0.0051, 1), ("min_max", "minmax", 0.0051, 0.01), ("rank", "rank_high_is_top", 0, 1),
            ("percentile", "percentile", 0.05, 100), ("fraction_of_maximum", "dist_ratio_best", 0.0051, 1),
            ("above_below_mean", "above_below_mean_p20", 0, 1), ("categorical", "categorical", 0, 1),
        ):  # fmt: skip
            same(normalise_scores(x, 1, method)[:, 0] * scale, printed[column], absolute=slack + 1e-9)


class TestComponents:
    def test_loadings_of_every_pillar(self, coinr):
        wanted = pd.read_csv(coinr.root / "weights_pca.csv").set_index("iCode")["Weight"]
        scores = coinr.table("dset_Normalised")
        for _, part in coinr.indicators.groupby("Parent"):
            found = principal_components(scores[list(part.index)]).vectors[:, 0]
            printed = wanted.loc[part.index].to_numpy()
            same(found * np.sign(found @ printed), printed, absolute=1e-9)

    def test_handbook_tables(self, tai):
        raw = pd.read_csv(tai / "tableA2_raw.csv").set_index("country")
        found = principal_components(raw)
        printed = pd.read_csv(tai / "table7_eigenvalues.csv")
        same(found.eigenvalues, printed["eigenvalue"], absolute=0.06)
        same(100 * found.shares, printed["pct_variance"], absolute=0.15)
        table = pd.read_csv(tai / "table8_pc_loadings.csv").set_index("indicator")
        for k in range(8):
            mine, theirs = found.loadings[:, k], table.iloc[:, k].to_numpy()
            same(mine * np.sign(mine @ theirs), theirs, absolute=0.013)

    def test_factor_weights(self, tai):
        raw = pd.read_csv(tai / "tableA2_raw.csv").set_index("country")
        found = factor_weights(raw, 4)
        same(found, [0.168, 0.155, 0.111, 0.056, 0.086, 0.119, 0.139, 0.166], absolute=0.0006)
        same(found, pd.read_csv(tai / "table18_weights_fa.csv")["PC"], absolute=0.015)

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


class TestPeers:
    def test_weights_and_topsis_of_four_packages(self, reference, tai):
        raw = pd.read_csv(tai / "tableA2_raw.csv").set_index("country")
        weights = pd.read_csv(reference / "golden" / "peers" / "weights_tai.csv").set_index("method")[list(raw.columns)]
        for method, row in weights.iterrows():
            found = entropy_weights(raw, scale="raw") if str(method).startswith("entropy") else deviation_weights(raw)
            same(found, row, absolute=1e-7 if "pydecision" in str(method).lower() else 1e-12)
        scores = pd.read_csv(reference / "golden" / "peers" / "scores_tai.csv").set_index("country").loc[raw.index]
        for column in scores.columns:
            mine = topsis(raw) if column.startswith("topsis") else aggregate_scores(normalise_scores(raw, 1)) / 100
            same(mine, scores[column], absolute=1e-12)


@pytest.fixture(scope="module")
def china(reference):
    root = reference / "golden" / "china"
    if not root.is_dir():
        pytest.skip("golden/china absent from the reference data")
    return root


class TestChineseExamples:
    def test_ahp_of_a_journey(self, china):
        cells = pd.read_csv(china / "ahp_tourism_matrices.csv", dtype={"a_ij": str})
        wanted = pd.read_csv(china / "ahp_tourism.csv")
        found = {}
        for name, part in cells.groupby("matrix"):
            size = int(part["i"].max())
            matrix = np.array([float(Fraction(v)) for v in part.sort_values(["i", "j"])["a_ij"]]).reshape(size, size)
            found[name] = ahp_weights(matrix)
            printed = wanted[wanted["matrix"] == name].sort_values("i")
            same(found[name].weights, printed["w"], absolute=1e-10)
            for mine, column in ((found[name].largest_eigenvalue, "Lmax"), (found[name].consistency_index, "CI"), (found[name].consistency_ratio, "CR")):  # fmt: skip
                assert mine == pytest.approx(printed[column].iloc[0], abs=1e-10)
        alternatives = np.column_stack([found[f"B{k}"].weights for k in range(1, 6)])
        total = pd.read_csv(china / "ahp_tourism_total.csv")["score"]
        same(aggregate_scores(alternatives, found["A"].weights), total, absolute=1e-10)

    def test_rank_sum_ratio_both_conventions(self, china):
        given = pd.read_csv(china / "rsr_input.csv").set_index("ID")
        found = rank_sum_ratio(given, [1, -1, -1])
        same(found.ranks, pd.read_csv(china / "rsr_ranks.csv").set_index("ID"))
        line = pd.read_csv(china / "rsr_regression.csv").iloc[0]
        same([found.intercept, found.slope, found.r_squared], line[["a", "b", "r2"]].to_numpy(float), absolute=1e-9)
        wanted = pd.read_csv(china / "rsr_result.csv").set_index("ID").loc[given.index]
        for mine, column in ((found.ratio, "RSR"), (found.probit, "Probit"), (found.fitted, "RSRfit")):
            same(mine, wanted[column], absolute=1e-10)
        on_units = rank_sum_ratio(given, [1, -1, -1], fit_on="units")
        same([on_units.intercept, on_units.slope, on_units.r_squared], [-0.5780, 0.2170, 0.9369], absolute=5e-5)

    def test_entropy_depends_on_the_scale(self, china):
        given = pd.read_csv(china / "rsr_input.csv").set_index("ID")
        wanted = pd.read_csv(china / "rsr_entropy_w.csv")["w"]
        same(entropy_weights(given, [1, -1, -1], scale="inside"), wanted, absolute=1e-9)
        same(entropy_weights(given, scale="raw"), [0.0145, 0.7847, 0.2007], absolute=5e-5)
        same(entropy_weights(given, [1, -1, -1]), [0.2945, 0.3634, 0.3421], absolute=5e-5)

    def test_five_fuzzy_operators(self, china):
        given = pd.read_csv(china / "fuzzy_input.csv").set_index("row")
        wanted = pd.read_csv(china / "fuzzy_result_5_operators.csv").set_index("operator")
        for operator, row in wanted.iterrows():
            found = fuzzy_grades(given.loc["weight"], given.drop(index="weight"), operator=operator)
            same(found.membership, row, absolute=1e-10)


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
