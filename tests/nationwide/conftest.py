"""A small made-up nation: four parts, 18 places, all indicators by month, four years before the plan."""

from __future__ import annotations

import pytest

import suzhou_antidrug as sa


@pytest.fixture(scope="session")
def nation(tmp_path_factory):
    """The returns, written once, and their plan."""
    plan = sa.make_national_plan(44)
    folder = tmp_path_factory.mktemp("nation") / "returns"
    return sa.make_national_returns(folder, plan, places=18, parts=4, years=range(2016, 2022), seed=5), plan


@pytest.fixture(scope="session")
def rules():
    return sa.load_appraisal_rules("suzhou-default", plan=sa.load_plan("suzhou-2020"))


@pytest.fixture(scope="session")
def run(nation, rules):
    """Evaluate the nation into a folder."""

    def go(out, executor=None, returns=None, **more):
        settings = {"origin": 2021, "rules": rules, "draws": 300} | more
        return sa.evaluate_many(returns or nation[0], nation[1], out=out, executor=executor, **settings)

    return go


@pytest.fixture(scope="session")
def on_one_process(run, tmp_path_factory):
    return run(tmp_path_factory.mktemp("one") / "out")
