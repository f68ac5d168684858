"""Composite indices beside COINr, the OECD/JRC Handbook, four Python packages and Chinese worked examples."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from suzhou_antidrug.appraisal.composite.aggregate import aggregate_scores, topsis
from suzhou_antidrug.appraisal.composite.classics import fuzzy_grades, rank_sum_ratio
from suzhou_antidrug.appraisal.composite.components import factor_weights, principal_components
from suzhou_antidrug.appraisal.composite.normalise import normalise_scores
from suzhou_antidrug.appraisal.composite.reliability import cronbach_alpha
from suzhou_antidrug.appraisal.composite.weigh import ahp_weights, critic_weights, deviation_weights, entropy_weights
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import reference_folder

# pymcdm 1.4.0 (numpy 2.4.6) on TABLE: entropy on raw values, CRITIC on min-max data, TOPSIS with vector normalisation.
TABLE = np.array(
    [[92.5, 3.1, 0.81, 12.0], [97.0, 2.4, 0.77, 15.0], [88.0, 4.6, 0.93, 9.0], [95.5, 1.9, 0.69, 20.0], [90.2, 3.8, 0.88, 11.0], [99.1, 2.2, 0.73, 17.0]]
)  # fmt: skip
UP_DOWN = np.array([1, -1, 1, -1])
PYMCDM = {
    "entropy": [0.009378373003439515, 0.5393791662781395, 0.058731450802742606, 0.39251100991567833],
    "critic_undirected": [0.252863871313301, 0.24916069995572787, 0.2440880917723503, 0.25388733695862087],
    "critic_directed": [0.2454756041334669, 0.2628077826640434, 0.25114916012342003, 0.24056745307906974],
    "deviation": [0.44711337633199266, 0.11004812123679528, 0.009604402838422395, 0.43323409959278963],
    "topsis": [0.5606911327670207, 0.742753315411037, 0.2693617954610697, 0.7263915142427174, 0.37051519558976276, 0.7469002277013321],
}  # fmt: skip
# The Handbook's other conventions, computed apart: see golden/tai and golden/china of the reference data.
FACTOR_WEIGHTS = [0.168, 0.155, 0.111, 0.056, 0.086, 0.119, 0.139, 0.166]
RSR_ON_UNITS = [-0.5780, 0.2170, 0.9369]
ENTROPY_RAW, ENTROPY_MIN_MAX = [0.0145, 0.7847, 0.2007], [0.2945, 0.3634, 0.3421]


def pymcdm() -> GoldenSet:
    ours = {
        "entropy": entropy_weights(TABLE, scale="raw"), "critic_undirected": critic_weights(TABLE),
        "critic_directed": critic_weights(TABLE, UP_DOWN), "deviation": deviation_weights(TABLE),
        "topsis": topsis(TABLE, [0.4, 0.3, 0.2, 0.1], directions=UP_DOWN),
    }  # fmt: skip
    rows = tuple(Comparison(name, golden, ours[name], 1e-12, "abs") for name, golden in PYMCDM.items())
    source = Text("pymcdm 1.4.0 对一张六行四列的表所算", "pymcdm 1.4.0 on a table of six rows and four columns")
    return GoldenSet("pymcdm", Text("权重与 TOPSIS", "Weights and TOPSIS"), source, "repository", rows)


def read(folder: str, name: str, index: str | None = None) -> pd.DataFrame:
    frame = pd.read_csv(reference_folder("golden", folder) / f"{name}.csv")
    return frame if index is None else frame.set_index(index)


def handbook() -> GoldenSet:
    raw = read("tai", "tableA2_raw", "country")
    rows = [*_published_index(raw), *_reliability(raw), *_schooling(), *_components(raw)]
    source = Text(
        "OECD/欧盟联合研究中心 (2008)《综合指标手册》，ISBN 978-92-64-04345-9；表号与印刷位数照原书",
        "OECD/EU JRC (2008) Handbook on Constructing Composite Indicators, ISBN 978-92-64-04345-9; tables as numbered there",
    )
    title = Text("手册的技术成就指数", "The Handbook's technology achievement index")
    return GoldenSet("handbook", title, source, "reference", tuple(rows))


def _published_index(raw: pd.DataFrame) -> list[Comparison]:
    posts = read("tai", "goalposts", "indicator").loc[raw.columns]
    ends = posts[["min", "max"]].to_numpy(float)
    logged = (posts["scale"] == "log10").to_numpy()
    ends[logged] = np.log10(ends[logged])
    # Four pillars of two with equal weights: the same as one mean of eight.
    index = aggregate_scores(normalise_scores(raw, 1, "goalposts", posts=ends, span=(0, 1)))
    wanted = read("tai", "recomputed_goalposts_EW", "country").loc[raw.index]
    sample = aggregate_scores(normalise_scores(raw, 1))
    reason = Text(
        "不用固定界点而用 23 国的极值，23 个名次中 12 个不同：两种办法，不是误差",
        "extremes of the 23 countries in place of fixed posts move 12 of 23 ranks: another method, no error",
    )
    printed = wanted["rank_published_EW"].to_list()
    return [
        Comparison("index", wanted["TAI_recomputed"].to_list(), index, 1e-6, "abs"),
        Comparison("T23 · EW ranks, fixed goalposts", printed, _ranks(index)),
        Comparison("T23 · EW ranks, extremes of the sample", printed, _ranks(sample), reason=reason),
    ]


def _ranks(score: Any) -> list[int]:
    return pd.Series(-np.asarray(score)).rank(method="min").astype(int).to_list()


def _reliability(raw: pd.DataFrame) -> list[Comparison]:
    wanted = read("tai", "table11_cronbach", "deleted")["alpha_if_deleted"]
    ours = [float(cronbach_alpha(raw.drop(columns=name))) for name in raw.columns]
    return [
        Comparison("Cronbach α", 0.7035, float(cronbach_alpha(raw)), 5e-5, "abs"),
        Comparison("T11 · α without each", wanted[list(raw.columns)].to_list(), ours, 0.006, "abs"),
    ]


def _schooling() -> list[Comparison]:
    printed = read("tai", "table15_normalisations_schooling")
    rows = []
    for method, column, slack, scale in (
        ("z_score", "zscore", 0.0051, 1), ("min_max", "minmax", 0.0051, 0.01), ("rank", "rank_high_is_top", 0, 1),
        ("percentile", "percentile", 0.05, 100), ("fraction_of_maximum", "dist_ratio_best", 0.0051, 1),
        ("above_below_mean", "above_below_mean_p20", 0, 1), ("categorical", "categorical", 0, 1),
    ):  # fmt: skip
        ours = normalise_scores(printed[["schooling"]], 1, method)[:, 0] * scale
        rows.append(Comparison(f"T15 · {method}", printed[column].to_list(), ours, slack + 1e-9, "abs"))
    return rows


def _components(raw: pd.DataFrame) -> list[Comparison]:
    found = principal_components(raw)
    printed = read("tai", "table7_eigenvalues")
    table = read("tai", "table8_pc_loadings", "indicator")
    turned = found.loadings * np.sign((found.loadings * table.to_numpy()).sum(axis=0))
    weights = factor_weights(raw, 4)
    return [
        Comparison("T7 · eigenvalues", printed["eigenvalue"].to_list(), found.eigenvalues, 0.06, "abs"),
        Comparison("T7 · % of variance", printed["pct_variance"].to_list(), 100 * found.shares, 0.15, "abs"),
        Comparison("T8 · loadings", table.to_numpy(), turned, 0.013, "abs"),
        Comparison("T18 · weights, computed apart", FACTOR_WEIGHTS, weights, 0.0006, "abs"),
        Comparison("T18 · weights, printed", read("tai", "table18_weights_fa")["PC"].to_list(), weights, 0.015, "abs"),
    ]


def packages() -> GoldenSet:
    raw = read("tai", "tableA2_raw", "country")
    rows = []
    for method, row in read("peers", "weights_tai", "method")[list(raw.columns)].iterrows():
        ours = entropy_weights(raw, scale="raw") if str(method).startswith("entropy") else deviation_weights(raw)
        rows.append(
            Comparison(str(method), row.to_list(), ours, 1e-7 if "pydecision" in str(method).lower() else 1e-12, "abs")
        )
    scores = read("peers", "scores_tai", "country").loc[raw.index]
    for column in scores.columns:
        mine = topsis(raw) if column.startswith("topsis") else aggregate_scores(normalise_scores(raw, 1)) / 100
        rows.append(Comparison(column, scores[column].to_list(), mine, 1e-12, "abs"))
    source = Text(
        "pymcdm 1.4.0、pyrepo-mcda 0.1.15、scikit-criteria 0.9、pyDecision 5.1.8 对手册 A.2 表所算；pyDecision 在对数内加小常数，容差 1e-7",
        "pymcdm 1.4.0, pyrepo-mcda 0.1.15, scikit-criteria 0.9, pyDecision 5.1.8 on the Handbook's table A.2; pyDecision adds a "
        "small constant inside the logarithm, hence 1e-7",
    )
    title = Text("四个 Python 软件包", "Four Python packages")
    return GoldenSet("packages", title, source, "reference", tuple(rows))


def chinese_examples() -> GoldenSet:
    rows = [*_journey(), *_rank_sum_ratio(), *_entropy(), *_fuzzy()]
    source = Text(
        "张敬信 mathmodels-book 的例子（github.com/zhjx19/mathmodels-book），由 mathmodels 0.0.11（R 4.2.2）算，另用 numpy 重算",
        "examples of Zhang Jingxin, mathmodels-book (github.com/zhjx19/mathmodels-book), computed with mathmodels 0.0.11 under "
        "R 4.2.2 and again with numpy",
    )
    title = Text("中文教材的算例", "Worked examples of a Chinese textbook")
    return GoldenSet("china", title, source, "reference", tuple(rows))


def _journey() -> list[Comparison]:
    cells = pd.read_csv(reference_folder("golden", "china") / "ahp_tourism_matrices.csv", dtype={"a_ij": str})
    wanted = read("china", "ahp_tourism")
    rows, found = [], {}
    for name, part in cells.groupby("matrix"):
        size = int(part["i"].max())
        matrix = np.array([float(Fraction(v)) for v in part.sort_values(["i", "j"])["a_ij"]]).reshape(size, size)
        found[name] = made = ahp_weights(matrix)
        printed = wanted[wanted["matrix"] == name].sort_values("i")
        golden = [printed["w"].to_list(), *(printed[c].iloc[0] for c in ("Lmax", "CI", "CR"))]
        ours = [made.weights, made.largest_eigenvalue, made.consistency_index, made.consistency_ratio]
        rows.append(
            Comparison(f"AHP {name}: w, λ, CI, CR", golden, [np.asarray(o).tolist() for o in ours], 1e-10, "abs")
        )
    alternatives = np.column_stack([found[f"B{k}"].weights for k in range(1, 6)])
    total = read("china", "ahp_tourism_total")["score"].to_list()
    return [*rows, Comparison("AHP total", total, aggregate_scores(alternatives, found["A"].weights), 1e-10, "abs")]


def _rank_sum_ratio() -> list[Comparison]:
    given = read("china", "rsr_input", "ID")
    found, on_units = rank_sum_ratio(given, [1, -1, -1]), rank_sum_ratio(given, [1, -1, -1], fit_on="units")
    wanted = read("china", "rsr_result", "ID").loc[given.index]
    rows = [Comparison("RSR ranks", read("china", "rsr_ranks", "ID").to_numpy(), np.asarray(found.ranks))]
    for column, mine in (("RSR", found.ratio), ("Probit", found.probit), ("RSRfit", found.fitted)):
        rows.append(Comparison(column, wanted[column].to_list(), np.asarray(mine), 1e-10, "abs"))
    line = read("china", "rsr_regression").iloc[0][["a", "b", "r2"]].to_list()
    rows.append(Comparison("RSR a, b, R²", line, [found.intercept, found.slope, found.r_squared], 1e-9, "abs"))
    ours = [on_units.intercept, on_units.slope, on_units.r_squared]
    return [*rows, Comparison("RSR a, b, R², all ten units", RSR_ON_UNITS, ours, 5e-5, "abs")]


def _entropy() -> list[Comparison]:
    given = read("china", "rsr_input", "ID")
    signs = [1, -1, -1]
    inside = read("china", "rsr_entropy_w")["w"].to_list()
    return [
        Comparison("entropy, .002–.998", inside, entropy_weights(given, signs, scale="inside"), 1e-9, "abs"),
        Comparison("entropy, raw", ENTROPY_RAW, entropy_weights(given, scale="raw"), 5e-5, "abs"),
        Comparison("entropy, min-max", ENTROPY_MIN_MAX, entropy_weights(given, signs), 5e-5, "abs"),
    ]


def _fuzzy() -> list[Comparison]:
    given = read("china", "fuzzy_input", "row")
    rows = []
    for operator, row in read("china", "fuzzy_result_5_operators", "operator").iterrows():
        found = fuzzy_grades(given.loc["weight"], given.drop(index="weight"), operator=operator)
        rows.append(Comparison(f"fuzzy operator {operator}", row.to_list(), np.asarray(found.membership), 1e-10, "abs"))
    return rows
