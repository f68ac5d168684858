"""Trend tests beside pymannkendall, Gilbert's printed table, and a power table simulated elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from suzhou_antidrug.outlook.trend.autocorrelation import autocorrelated_variants
from suzhou_antidrug.outlook.trend.mann_kendall import exact_null, mann_kendall
from suzhou_antidrug.outlook.trend.observations import observe
from suzhou_antidrug.outlook.trend.power import trend_power
from suzhou_antidrug.outlook.trend.slopes import sen_slope
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import GOLDEN

SERIES = json.loads((GOLDEN / "trend.json").read_text(encoding="utf-8"))["cases"]
# Gilbert, Statistical Methods for Environmental Pollution Monitoring, 1987, table A18: P(S >= s) without a trend.
GILBERT = {
    4: {0: 0.625, 2: 0.375, 4: 0.167, 6: 0.042},
    5: {0: 0.592, 2: 0.408, 4: 0.242, 6: 0.117, 8: 0.042, 10: 0.0083},
    10: {1: 0.500, 11: 0.190, 19: 0.054, 21: 0.036, 23: 0.023, 25: 0.014},
}
THREE_DECIMALS = 0.0006  # half a unit of the third decimal, and a misprint in the last place
SAME_FORMULA = 1e-9
POWER_DRAWS = 4000
# Four standard errors of a difference between a share of 1,000 and one of 4,000 repetitions, at its widest.
POWER_TOLERANCE = 4 * 0.5 * np.sqrt(1 / 1000 + 1 / POWER_DRAWS)
POWER_BIAS = 0.02  # of the mean over a whole table
POWER_COLUMNS = {"mann_kendall": "exact1", "mann_kendall_two_sided": "mk_norm2", "log_line": "ols1"}
ON_A_LINE = Text(
    "各点恰在一条直线上，去趋势后无可检验：库中给出“不可用”，不给 1.0",
    "the values lie on a line and nothing is left to test: the library stands aside and gives no 1.0",
)


def gilbert() -> GoldenSet:
    rows = []
    for n, table in GILBERT.items():
        scores, probabilities = exact_null((1,) * n)
        ours = [float(probabilities[scores >= s].sum()) for s in table]
        label = f"n = {n}: P(S ≥ {', '.join(map(str, table))})"
        rows.append(Comparison(label, list(table.values()), ours, THREE_DECIMALS, "abs"))
    source = Text("Gilbert (1987)，表 A18，印三位小数", "Gilbert (1987), table A18, three decimals")
    title = Text("Mann-Kendall 精确分布", "The exact distribution of Mann-Kendall")
    return GoldenSet("mann_kendall_table", title, source, "repository", tuple(rows))


def pymannkendall() -> GoldenSet:
    rows = []
    for name, case in SERIES.items():
        test = mann_kendall(case["y"], method="normal")
        golden = [case["original"][k] for k in ("s", "var_s", "Tau", "z", "p")]
        ours = [float(getattr(test, k)[0]) for k in ("score", "variance", "tau", "z", "p_two_sided")]
        rows.append(Comparison(f"{name}: S, Var S, τ, z, p", golden, ours, SAME_FORMULA, "rel"))
        line = sen_slope(np.arange(len(case["y"])), case["y"])
        golden = [case["sens"]["slope"], case["sens"]["intercept"]]
        rows.append(Comparison(f"{name}: Sen", golden, [line.slope, line.start], SAME_FORMULA, "rel"))
        rows += _variants(name, case)
    source = Text("pymannkendall 1.4.3 在 Python 3.11 上所算", "pymannkendall 1.4.3 on Python 3.11")
    title = Text("趋势检验与 Sen 斜率", "Trend tests and Sen's slope")
    return GoldenSet("pymannkendall", title, source, "repository", tuple(rows))


def _variants(name: str, case: dict) -> list[Comparison]:
    rows = []
    for ours, theirs in (("yue_wang", "yue_wang"), ("trend_free_pre_whitening", "tfpw")):
        made = next(v for v in autocorrelated_variants(observe(case["y"])) if v.name == ours)
        golden = [case[theirs][k] for k in ("var_s", "z", "p")]
        straight = not np.isfinite(made.p_two_sided)
        value = None if straight else [made.variance, made.z, made.p_two_sided]
        reason = ON_A_LINE if straight else None
        rows.append(Comparison(f"{name}: {theirs} Var S, z, p", golden, value, 1e-6, "rel", reason=reason))
    return rows


def power() -> GoldenSet:
    table = pd.read_csv(GOLDEN / "trend_power.csv", comment="#")
    rows = []
    for noise, theirs in table.groupby("noise"):
        grid = [sorted(set(theirs[c])) for c in ("n", "fall", "cv")]
        ours = trend_power(*grid, walk=noise == "rw", draws=POWER_DRAWS).frame
        wide = ours.pivot_table(index=["n", "noise", "fall"], columns="test", values="power")
        golden = theirs.set_index(["n", "cv", "fall"])
        for test, column in POWER_COLUMNS.items():
            both = golden[column].reindex(wide.index).to_numpy(), wide[test].to_numpy()
            rows.append(Comparison(f"{noise}: {test}", *both, POWER_TOLERANCE, "abs"))
            bias = float(np.mean(both[1] - both[0]))
            rows.append(Comparison(f"{noise}: {test}, mean difference", 0.0, bias, POWER_BIAS, "abs"))
    source = Text(
        "另行模拟，每格 1,000 次；库中每格 4,000 次，容差为两者之差的四个标准误",
        "simulated apart, 1,000 repetitions a cell; ours 4,000; the tolerance is four standard errors of the difference",
    )
    title = Text("趋势检验的功效", "Power of the trend tests")
    return GoldenSet("trend_power", title, source, "repository", tuple(rows), full=False)
