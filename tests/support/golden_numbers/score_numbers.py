"""Scores of forecasts beside the judge of the benchmark, whose code and cases are read in place."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pandas as pd

from suzhou_antidrug.outlook.backtest import score_cases, score_panels
from suzhou_antidrug.outlook.scores import summary
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import reference_folder

SAME_FORMULA = 1e-9
CASES, DRAWS = 250, 200


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, reference_folder("benchmark", f"{name}.py"))
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def benchmark_scores() -> GoldenSet:
    judge, peers = module("score"), module("baselines")
    cases = pd.read_parquet(reference_folder("benchmark", "cases.parquet")).sample(CASES, random_state=2)
    cases = cases.reset_index(drop=True)
    draws = peers.random_walk(cases, 3, np.random.default_rng(1), draws=DRAWS)
    each = [
        judge.score_case(np.asarray(y, float), np.asarray(f, float), d)
        for y, f, d in zip(cases["y"], cases["future"], draws, strict=True)
    ]
    theirs = judge.summarise(pd.DataFrame(each).assign(source=cases["source"]))
    ours = summary(score_cases(cases, draws))
    names = {"crps_h3": "crps_last"}
    rows = [Comparison(n, float(v), float(ours[names.get(n, n)]), SAME_FORMULA, "abs") for n, v in theirs.items()]
    panels = pd.read_parquet(reference_folder("benchmark", "panels.parquet"))
    panels = panels[panels["panel"].isin(panels["panel"].unique()[::20])].reset_index(drop=True)
    draws = peers.random_walk(panels, 3, np.random.default_rng(1), draws=DRAWS)
    groups = judge.panel_scores(panels, draws)
    mean = score_panels(panels, draws).groupby("source")[["rps", "covered"]].mean().mean()
    rows.append(Comparison("panel_rps", float(groups["panel_rps"]), float(mean["rps"]), SAME_FORMULA, "abs"))
    rows.append(
        Comparison("panel_cover80", float(groups["panel_cover80"]), float(mean["covered"]), SAME_FORMULA, "abs")
    )
    source = Text(
        f"另写的评分程序与 7,245 例基准序列；这里取 {CASES} 例，用同一随机游走的抽样评分",
        f"a judge written apart and the 7,245 cases of the benchmark; here {CASES} of them, scored on the same draws of a random walk",
    )
    title = Text("预测的评分", "Scores of forecasts")
    return GoldenSet("scores", title, source, "reference", tuple(rows))
