"""The made-up nation: 2,848 places by 60 indicators by 120 months, at a quarter, a half and the whole, one and two workers.

Run with --benchmark-enable (minutes); the ordinary run takes a small nation through the same steps.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.geography import Division, Geography
from suzhou_antidrug.indicators.compute import IndicatorValues, compute_years
from suzhou_antidrug.nationwide.synthetic import MadeUpPart
from suzhou_antidrug.provenance import Made, Status
from suzhou_antidrug.terms import Text

WHOLE = {"places": 2848, "parts": 31, "years": range(2013, 2023), "indicators": 60}
SMALL = {"places": 12, "parts": 3, "years": range(2017, 2022), "indicators": 44}
MOST_MEMORY = 2e9  # of one worker
SHARES = (0.25, 0.5, 1.0)
DECREASES = 4


def size(timed, share=1.0):
    if timed.disabled:
        return dict(SMALL)
    places, parts = round(WHOLE["places"] * share), max(1, round(WHOLE["parts"] * share))
    return {**WHOLE, "places": places, "parts": parts}


def write(folder, asked):
    plan = sa.make_national_plan(asked.pop("indicators"))
    return plan, sa.make_national_returns(folder, plan, overwrite=True, **asked)


@pytest.fixture(scope="module")
def rules():
    return sa.load_appraisal_rules("suzhou-default", plan=sa.load_plan("suzhou-2020"))


def test_generate(benchmark, tmp_path):
    asked = size(benchmark)
    rows = asked["places"] * asked["indicators"] * 12 * len(asked["years"])
    benchmark.extra_info.update(rows=rows, places=asked["places"], parts=asked["parts"], indicators=asked["indicators"])
    plan, returns = benchmark.pedantic(lambda: write(tmp_path / "returns", dict(asked)), rounds=1)
    assert len(returns.parts) == asked["parts"] and len(plan.indicators) == asked["indicators"]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("share", SHARES)
def test_evaluate(benchmark, tmp_path, rules, share, workers):
    if benchmark.disabled and (share, workers) != (1.0, 1):
        pytest.skip("the sizes are told apart only when timing")
    asked = size(benchmark, share)
    plan, returns = write(tmp_path / "returns", dict(asked))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(time.sleep, [0.2] * workers))  # start the workers
        found = benchmark.pedantic(
            lambda: sa.evaluate_many(returns, plan, out=tmp_path / "out", origin=2021, rules=rules, executor=pool),
            rounds=1,
        )
    measured = found.work[found.work["step"] == "measure"]
    rows = asked["places"] * asked["indicators"] * 12 * len(asked["years"])
    assert measured["rows"].sum() == rows and (measured["state"] == "done").all()
    peak = int(found.work["memory"].max())
    benchmark.extra_info.update(
        share=share, workers=workers, rows=rows, places=asked["places"], series=asked["places"] * DECREASES, peak_memory=peak,
        seconds_of_work={step: round(float(s), 1) for step, s in found.work.groupby("step")["seconds"].sum().items()},
    )  # fmt: skip
    assert benchmark.disabled or peak < MOST_MEMORY


def test_a_killed_worker_changes_nothing(benchmark, tmp_path, rules):
    distributed = pytest.importorskip("distributed")
    if benchmark.disabled:
        pytest.skip("the tests of nationwide kill a worker of a small nation")
    plan, returns = write(tmp_path / "returns", size(benchmark, 0.25))
    whole = sa.evaluate_many(returns, plan, out=tmp_path / "calm", origin=2021, rules=rules)

    def run():
        with (
            distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
            distributed.Client(cluster) as client,
        ):
            victim = next(iter(client.run(os.getpid).values()))
            threading.Timer(5.0, os.kill, (victim, signal.SIGKILL)).start()
            return sa.evaluate_many(returns, plan, out=tmp_path / "killed", origin=2021, rules=rules, executor=client)

    found = benchmark.pedantic(run, rounds=1)
    files = [p.relative_to(whole.folder) for p in sorted(whole.folder.rglob("*.parquet"))]
    assert [p for p in files if (whole.folder / p).read_bytes() != (found.folder / p).read_bytes()] == []
    benchmark.extra_info.update(files=len(files), workers_seen=int(found.work["worker"].nunique()))
    assert found.work["worker"].nunique() >= 3  # one died, another came


def targets_only(places):
    """Yearly values of the headline targets' indicators alone, in memory."""
    plan = sa.make_national_plan()
    named = {t.indicator for t in plan.targets}
    ids = [f"c{i}" for i in range(places)]
    geography = Geography(
        "nation", Division("nation", Text("全国", "nation")), tuple(Division(i, Text(f"县{i}", i)) for i in ids)
    )
    few = {k: v for k, v in plan.indicators.items() if k in named}
    plan = plan.model_copy(update={"indicators": few, "geography": geography})
    made = MadeUpPart(plan, "nation", ids, tuple(range(2014, 2022)), 1)
    yearly = [compute_years(made.rows(year).assign(year=year), plan=plan) for year in made.years]
    return plan, IndicatorValues(pd.concat(yearly, ignore_index=True), Made("made up", Status.SYNTHETIC, "seed 1"))


def test_verdicts_of_3000_places(benchmark):
    """From yearly values to the rows of the verdict table: 36,000 rows; one place at a time needs about 5 ms each."""
    places = 30 if benchmark.disabled else 3_000
    plan, values = targets_only(places)
    found = benchmark.pedantic(lambda: sa.assess_places(values, plan=plan, origin=2021, city=False), rounds=1)
    assert len(found.frame) == places * len(plan.targets)
    assert benchmark.disabled or benchmark.stats["max"] < 60
