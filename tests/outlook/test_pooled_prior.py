"""The prior moved by a nation's series: sums that add up, and a prior that moves where the series ask for it."""

from __future__ import annotations

import numpy as np
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.errors import UnknownNameError
from suzhou_antidrug.outlook.engine import simulate
from suzhou_antidrug.outlook.history import History, block_of
from suzhou_antidrug.outlook.places import sum_prior
from suzhou_antidrug.outlook.pooled_prior import no_sums, pool_prior, prior_sums
from suzhou_antidrug.outlook.priors import load_prior


def walks(number, *, step, years=8, seed=0):
    rng = np.random.default_rng(seed)
    paths = np.exp(3 + np.cumsum(rng.normal(0, step, (number, years)), axis=1))
    nothing = np.full(years, np.nan)
    return [History(np.arange(2014, 2014 + years), p, nothing, nothing, nothing) for p in paths]


def mean_step(prior):
    weight = np.exp(prior.log_prior - prior.log_prior.max())
    return float(weight @ np.log(prior.atoms[:, 0]) / weight.sum())


def test_sums_of_parts_are_the_sums_of_all():
    series = walks(150, step=0.2)
    whole = prior_sums(series, kind="load")
    parts = [prior_sums(series[a:b], kind="load") for a, b in ((0, 40), (40, 41), (41, 150))]
    added = parts[0] + parts[1] + parts[2]
    assert added.series == whole.series == 150
    assert added.after == pytest.approx(whole.after, rel=1e-5, abs=1e-6)
    assert whole.after.sum() == pytest.approx(150, rel=1e-4) and whole.before.sum() == pytest.approx(150, rel=1e-4)


def test_calm_and_wild_series_move_the_prior_their_way():
    calm, wild = (pool_prior([prior_sums(walks(800, step=s), kind="load")], strength=100) for s in (0.02, 0.6))
    assert mean_step(calm) < mean_step(load_prior()) < mean_step(wild)
    # A short series of the calm nation gets narrower draws.
    one = walks(1, step=0.02, years=4, seed=9)
    spread = [
        np.log(
            simulate(block_of(one, kind="load"), 2, draws=2000, rng=np.random.default_rng(0), prior=p)[0, :, -1]
        ).std()
        for p in (calm, load_prior())
    ]
    assert spread[0] < spread[1]


def test_series_that_say_nothing_leave_the_prior_as_it_is():
    short, flat = walks(5, step=0.2, years=2), [History(np.arange(2014, 2020), np.zeros(6), *(np.full(6, np.nan),) * 3)]
    assert prior_sums(short, kind="load").series == 0 and prior_sums(flat, kind="load").series == 0
    assert (pool_prior([no_sums()]).log_prior == load_prior().log_prior).all()


def test_the_nation_moves_its_own_prior(nation_values):
    plan, values = nation_values
    sums = sum_prior(values, plan=plan, origin=2021)
    assert 0 < sums.series <= 4 * len(plan.geography.ids)
    moved = sa.assess_places(values, plan=plan, origin=2021, draws=200, prior=pool_prior([sums], strength=1.0)).frame
    kept = sa.assess_places(values, plan=plan, origin=2021, draws=200).frame
    assert not moved["probability"].equals(kept["probability"])


@pytest.fixture(scope="module")
def nation_values():
    plan = sa.load_plan("suzhou-2020")
    return plan, sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)


def test_an_unknown_prior_is_named(tmp_path):
    plan = sa.load_plan("suzhou-2020")
    returns = sa.write_partitions([sa.load_synthetic_returns()], sa.places_of_plan(plan), tmp_path / "returns")
    with pytest.raises(UnknownNameError, match="national"):
        sa.evaluate_many(returns, plan, out=tmp_path / "out", prior="nationl")
