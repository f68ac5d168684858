"""Values printed by R's packages for well-known data sets."""

from __future__ import annotations

import pandas as pd

from suzhou_antidrug.indicators.relapse.compare_groups import log_rank
from suzhou_antidrug.indicators.relapse.gray import gray_test
from suzhou_antidrug.indicators.relapse.hazards import fit_cox
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier, quantile
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import GOLDEN, dataset

# Cause, statistic and p of cmprsk: Scrucca, Santucci and Aversa, Bone Marrow Transplantation 45 (2010), 1388.
GRAY = ((1, 2.8623325, 0.09067592), (2, 0.4481279, 0.50322531))
GRAY_STATISTIC, GRAY_P = 5e-3, 1e-3  # two estimates of the variance: the statistic a share, p in itself
LUNG = {"median": 310, "interval": [285, 363], "by sex": [270, 426], "chi2": 10.3, "p": 0.001}
VETERAN = (-0.0334, 0.0051)


def gray() -> GoldenSet:
    data = pd.read_csv(GOLDEN / "transplant_relapse.csv")
    group = pd.factorize(data["disease"])[0]
    rows = []
    for cause, statistic, p in GRAY:
        found = gray_test(data["months"], data["status"], group, cause=cause)
        rows.append(Comparison(f"cause {cause}: statistic", statistic, found.statistic, GRAY_STATISTIC, "rel"))
        rows.append(Comparison(f"cause {cause}: p", p, found.p_value, GRAY_P, "abs"))
    source = Text(
        "R 的 cmprsk，177 例移植：Scrucca、Santucci、Aversa，Bone Marrow Transplantation 45 (2010) 1388；方差估计略有不同",
        "R's cmprsk on 177 transplants: Scrucca, Santucci, Aversa, Bone Marrow Transplantation 45 (2010) 1388; the variance is "
        "estimated a little differently",
    )
    return GoldenSet("gray", Text("Gray 检验", "Gray's test"), source, "repository", tuple(rows))


def survival() -> GoldenSet:
    lung, veteran = dataset("survival", "cancer"), dataset("survival", "veteran")
    dead = lung["status"] == 2
    median = quantile(kaplan_meier(None, lung["time"], dead, conf_type="log"))
    by_sex = quantile(kaplan_meier(None, lung["time"], dead, group=lung["sex"]))
    test = log_rank(None, lung["time"], dead, lung["sex"])
    fit = fit_cox(veteran[["karno"]], None, veteran["time"], veteran["status"])
    rows = (
        Comparison("lung: median", LUNG["median"], median.time[0]),
        Comparison("lung: median, 95 %", LUNG["interval"], [median.low[0], median.high[0]]),
        Comparison("lung: medians by sex", LUNG["by sex"], by_sex.time),
        Comparison("lung: log-rank χ²", LUNG["chi2"], test.statistic, 0.05, "abs"),
        Comparison("lung: log-rank p", LUNG["p"], test.p_value, 0.0005, "abs"),
        Comparison("veteran: coefficient, error", list(VETERAN), [fit.coefficient[0], fit.se[0]], 5e-5, "abs"),
    )
    source = Text(
        "R 的 survival 对 lung 与 veteran 数据印出的值", "as R's survival prints them for the lung and veteran data"
    )
    return GoldenSet("r_survival", Text("R 印出的生存分析", "Survival as R prints it"), source, "package", rows)
