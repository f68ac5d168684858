"""One process, two processes, a cluster, any order, after a death: the same answers to the last bit."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.errors import OutputError
from suzhou_antidrug.indicators.milestones import judge_milestones
from suzhou_antidrug.nationwide.result import TABLES


def bytes_of(found):
    """Every table as it lies on the disk, and the national rates."""
    paths = sorted(p for p in found.folder.rglob("*.parquet"))
    return {str(p.relative_to(found.folder)): p.read_bytes() for p in paths}


def assert_same(a, b):
    first, second = bytes_of(a), bytes_of(b)
    assert first.keys() == second.keys() and len(first) > 20
    assert [name for name in first if first[name] != second[name]] == []
    pd.testing.assert_frame_equal(a.frame, b.frame)


class Shuffled(Executor):
    """Does the work here, in an order that is no order."""

    def __init__(self, seed):
        self.waiting, self.rng = [], random.Random(seed)

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.waiting.append((future, fn, args))
        threading.Timer(0.05, self.work).start()
        return future

    def work(self):
        if self.waiting:
            future, fn, args = self.waiting.pop(self.rng.randrange(len(self.waiting)))
            future.set_result(fn(*args))


def test_any_order(run, on_one_process, tmp_path):
    assert_same(on_one_process, run(tmp_path / "out", Shuffled(3)))


def test_parts_listed_in_another_order(run, nation, on_one_process, tmp_path):
    turned = replace(nation[0], parts=nation[0].parts[::-1])
    assert_same(on_one_process, run(tmp_path / "out", returns=turned))


def test_two_processes_and_a_killed_one(run, on_one_process, tmp_path):
    spawn = get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        assert_same(on_one_process, run(tmp_path / "two", pool))
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        killer = threading.Thread(
            target=kill_when_begun, args=(tmp_path / "killed", lambda: next(iter(pool._processes)))
        )
        killer.start()
        with pytest.raises(OutputError, match="Call again"):
            run(tmp_path / "killed", pool)
        killer.join()
    assert not list((tmp_path / "killed").rglob(".*.parquet-*/*"))
    again = run(tmp_path / "killed")
    assert again.work["reused"].any() and not again.work["reused"].all()
    assert_same(on_one_process, again)


def kill_when_begun(folder, worker):
    """Kill a worker as soon as the first part is done."""
    for _ in range(6000):
        if list(folder.glob("plan=*/part=*/values/manifest.json")):
            break
        time.sleep(0.01)
    os.kill(worker(), signal.SIGKILL)


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_goes_on(run, on_one_process, tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = client.run(os.getpid)
        killer = threading.Thread(target=kill_when_begun, args=(tmp_path / "out", lambda: next(iter(pids.values()))))
        killer.start()
        found = run(tmp_path / "out", client)
        killer.join()
        assert next(iter(pids.values())) not in client.run(os.getpid).values()  # it is really gone
    assert_same(on_one_process, found)
    assert set(found.work["worker"]) - {os.getpid()} == set(found.work["worker"])  # none was done here


def test_a_run_that_is_done_is_used_again_only_where_nothing_changed(run, on_one_process, tmp_path):
    shutil.copytree(on_one_process.folder, tmp_path / "out")
    with pytest.raises(OutputError, match="finished run"):
        run(tmp_path / "out")
    same = run(tmp_path / "out", overwrite=True)
    assert same.work["reused"].all()
    assert_same(on_one_process, same)
    other = run(tmp_path / "out", overwrite=True, rng=1)
    assert other.work.loc[other.work["step"] == "measure", "reused"].all()
    assert not other.work.loc[other.work["step"] == "judge", "reused"].any()
    assert not other.read("verdicts")["probability"].equals(on_one_process.read("verdicts")["probability"])


class Held(Executor):
    """Does nothing until it is let."""

    def __init__(self):
        self.asked, self.let = threading.Event(), threading.Event()

    def submit(self, fn, /, *args, **kwargs):
        self.asked.set()
        self.let.wait(60)
        future = Future()
        future.set_result(fn(*args))
        return future


def test_two_runs_do_not_share_a_folder(run, on_one_process, tmp_path):
    held, found = Held(), []
    first = threading.Thread(target=lambda: found.append(run(tmp_path / "out", held)))
    first.start()
    held.asked.wait(60)
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="another run is writing to out") as caught:
            run(tmp_path / "out", overwrite=overwrite)
        assert caught.value.problems[0].code == "output_in_use"
    held.let.set()
    first.join()
    assert_same(on_one_process, found[0])
    assert run(tmp_path / "out", overwrite=True).work["reused"].all()


PROGRAM = """
import sys
import suzhou_antidrug as sa
rules = sa.load_appraisal_rules("suzhou-default", plan=sa.load_plan("suzhou-2020"))
plan = sa.make_national_plan(44)
sa.evaluate_many(sys.argv[1], plan, out=sys.argv[2], origin=2021, rules=rules, draws=300)
"""


def test_a_killed_run_lets_its_folder_go(run, nation, on_one_process, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(nation[0].folder), str(tmp_path / "out")])
    kill_when_begun(tmp_path / "out", lambda: process.pid)
    assert process.wait(60) == -signal.SIGKILL
    again = run(tmp_path / "out")
    assert again.work["reused"].any() and not again.work["reused"].all()
    assert_same(on_one_process, again)


def test_a_folder_of_somebody_else_is_left_alone(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match="not written by this job"):
        run(tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_the_same_as_one_evaluation_of_one_city(tmp_path):
    plan = sa.load_plan("suzhou-2020")
    data = sa.load_synthetic_returns(plan)
    returns = sa.write_partitions([data], sa.places_of_plan(plan), tmp_path / "returns")
    many = sa.evaluate_many(returns, "suzhou-2020", out=tmp_path / "out", origin=2021, draws=400)
    values = sa.compute_indicators(data, plan=plan)
    yearly = values.yearly_table.drop(columns="period").reset_index(drop=True)
    assert set(TABLES) >= {"yearly", "verdicts", "milestones", "scores"}

    def assert_equal(found, expected):
        # Four quarters are added in the order of the file there and of the sorted table here: equal but for the last bit.
        found = found[list(expected.columns)]
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12, atol=1e-12)

    keys = ["indicator", "division", "year"]
    assert_equal(many.read("yearly").sort_values(keys, ignore_index=True), yearly.sort_values(keys, ignore_index=True))
    assert_equal(many.read("verdicts"), sa.assess_places(values, plan=plan, origin=2021, draws=400).frame)
    assert_equal(many.read("scores"), sa.appraise(values, plan, year=[2020, 2021]).scores)
    assert_equal(many.read("milestones"), judge_milestones(values, plan=plan, years=[2020, 2021]).frame)


def test_the_prior_moved_by_the_nation_is_the_same_in_any_order(run, on_one_process, tmp_path):
    a = run(tmp_path / "a", prior="national")
    assert_same(a, run(tmp_path / "b", Shuffled(1), prior="national"))
    assert not a.read("verdicts")["probability"].equals(on_one_process.read("verdicts")["probability"])
