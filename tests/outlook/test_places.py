"""Many places at once: the rows that one place at a time gives, to the last bit, in any company and order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.evaluation.promises import assess_promises
from suzhou_antidrug.outlook.decrease import FallRule, judge_history, judge_together
from suzhou_antidrug.outlook.engine import simulate
from suzhou_antidrug.outlook.history import History, block_of
from suzhou_antidrug.outlook.row_generators import RowGenerators

READINGS = [
    {}, {"marked_decrease": "fall_10_and_evident"}, {"marked_decrease": "fall_10_two_years"},
    {"marked_decrease": "fall_10_on_2017_2019", "zero_period": "zero_in_last_year"},
    {"relapse_definition": "no_relapse_stock", "marked_decrease": "fall_10_as_printed"},
]  # fmt: skip


@pytest.fixture(scope="module")
def plan():
    return sa.load_plan("suzhou-2020")


@pytest.fixture(scope="module")
def values(plan):
    return sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)


@pytest.mark.parametrize("origin", [2019, 2020, 2021, 2022])
@pytest.mark.parametrize("readings", READINGS, ids=lambda r: "+".join(r.values()) or "default")
def test_rows_equal_the_outlooks_one_by_one(plan, values, origin, readings):
    one_by_one = assess_promises(values, plan=plan, origin=origin, readings=readings, draws=400, seed=3).frame
    together = sa.assess_places(values, plan=plan, origin=origin, readings=readings, draws=400, seed=3).frame
    pd.testing.assert_frame_equal(one_by_one, together, check_exact=True)


def test_company_and_order_change_nothing(plan, values):
    few = ["kunshan", "gusu", "sip"]
    everyone = sa.assess_places(values, plan=plan, origin=2021, draws=400).frame
    some = sa.assess_places(values, plan=plan, origin=2021, draws=400, divisions=few[::-1], city=False).frame
    kept = everyone[everyone["division"].isin(few)].sort_values(["target", "division"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        kept, some.sort_values(["target", "division"]).reset_index(drop=True), check_exact=True
    )


def test_counts_and_explanation_add_up(plan, values):
    found = sa.assess_places(values, plan=plan, origin=2021, draws=200)
    counted = found.counts()
    assert counted.iloc[:, 1:].to_numpy().sum() == len(found.frame) == 132
    assert len(found.explain().lines) == len(plan.targets) + 1
    ax = found.plot()
    assert sum(int(t.get_text()) for t in ax.texts if t.get_text().isdigit()) <= 132


def test_an_unknown_division_or_reading_is_named(plan, values):
    with pytest.raises(UnknownNameError, match="kunshn"):
        sa.assess_places(values, plan=plan, origin=2021, divisions=["kunshn"])
    with pytest.raises(UnknownNameError):
        sa.assess_places(values, plan=plan, origin=2021, readings={"marked_decrease": "nonsense"})
    with pytest.raises(UnknownNameError):
        sa.assess_places(values, plan=plan, origin=2021, readings={"marked_fall": "fall_10_on_2019"})


def history(values, events=None, exposure=None):
    years = np.arange(2020 - len(values), 2020)
    nothing = np.full(len(values), np.nan)
    parts = [nothing if a is None else np.asarray(a, dtype=float) for a in (events, exposure)]
    return History(years, np.asarray(values, dtype=float), *parts, nothing)


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("load", lambda rng: history(rng.lognormal(2, 0.2, 6))),
        ("count", lambda rng: history(rng.poisson(9, 6).astype(float))),
        ("rate", lambda rng: (lambda k: history(k / 500, k, np.full(6, 500.0)))(rng.poisson(20, 6).astype(float))),
        ("proportion", lambda rng: (lambda k: history(k / 80, k, np.full(6, 80.0)))(rng.binomial(80, 0.3, 6).astype(float))),
    ],
)  # fmt: skip
def test_a_series_draws_the_same_beside_others(kind, make):
    rng = np.random.default_rng(7)
    histories = [make(rng) for _ in range(70)]  # more than one chunk of the filter
    together = simulate(block_of(histories, kind=kind), 3, draws=64, rng=[np.random.default_rng(i) for i in range(70)])
    for i in (0, 1, 63, 64, 69):
        alone = simulate(block_of([histories[i]], kind=kind), 3, draws=64, rng=np.random.default_rng(i))
        assert np.array_equal(together[i], alone[0])


def test_row_generators_are_those_they_were_made_of():
    def pair():
        return [np.random.default_rng(s) for s in (4, 5)]

    assert np.array_equal(RowGenerators(pair()).integers(0, 9, 2), [g.integers(0, 9, 1)[0] for g in pair()])
    mean, where = np.full((2, 5), 3.0), np.array([[True, False, True, True, False], [False, True, False, False, False]])
    own = [g.poisson(mean[i][where[i]]) for i, g in enumerate(pair())]
    assert np.array_equal(RowGenerators(pair()).poisson_where(mean, where), np.concatenate(own))
    assert RowGenerators(pair()).take(np.array([False, True])).random(1)[0] == np.random.default_rng(5).random(1)[0]


def test_a_series_that_cannot_be_forecast_stops_itself_and_not_the_others():
    rule = FallRule(base_years=(2017,))
    bad = history([0.2, 0.3, 1.4, 0.2, 0.2])  # a proportion above 1
    good = [history(np.linspace(0.5, 0.4, 5)) for _ in range(3)]

    def steps(h):
        return judge_history(h, kind="proportion", by=2021, rule=rule, draws=50, rng=np.random.default_rng(0))

    found = []
    judge_together([steps(h) for h in good], lambda i, d: found.append(d))
    with pytest.raises(SeriesError, match="above 1"):
        judge_together([steps(h) for h in (good[0], bad)], lambda i, d: None)
    assert len(found) == 3 and len({d.probability for d in found}) == 1
