"""What if, what still suffices, and what one more year would tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa

RELAPSE = pd.Series([0.080, 0.078, 0.075, 0.072, 0.070], index=range(2016, 2021))


@pytest.fixture(scope="module")
def out(plan):
    return sa.assess_target(RELAPSE, target="relapse", plan=plan, origin=2020)


def test_what_if_equals_the_year_being_reported(plan):
    assumed = sa.what_if(RELAPSE, {2021: 0.065}, target="relapse", plan=plan, origin=2020)
    reported = pd.concat([RELAPSE, pd.Series([0.065], index=[2021])])
    truth = sa.assess_target(reported, target="relapse", plan=plan, origin=2021)
    assert assumed.probability == truth.probability
    assert assumed.made.status is sa.Status.ASSUMED
    assert "假定" in assumed.explain().in_language("zh")


def test_what_if_scales_events_with_the_value(plan, synthetic):
    values = sa.compute_indicators(synthetic, plan=plan)
    more = sa.what_if(values, {2021: 0.16}, target="relapse", plan=plan, origin=2020, division="kunshan")
    row = more.table.loc[2021]
    assert row["events"] == pytest.approx(0.16 * row["exposure"], abs=0.6)
    assert sorted(more.table.index)[-1] == 2021


@pytest.mark.parametrize("assumed", [{}, {2020: 0.07}, {2019: 0.07, 2021: 0.06}])
def test_what_if_is_about_the_future(plan, assumed):
    with pytest.raises(sa.SeriesError, match="after the origin"):
        sa.what_if(RELAPSE, assumed, target="relapse", plan=plan, origin=2020)


def test_required_change_by_hand(out):
    need = sa.required_change(out)
    assert need.threshold == pytest.approx(0.9 * 0.072)
    assert 0.070 * (1 + need.yearly_change) ** 2 == pytest.approx(need.threshold)
    assert need.probability == out.probability
    assert 0 < need.probability_first_year < 1
    assert "change needed" in need.explain().in_language("en")


def test_required_change_needs_something_ahead(plan):
    done = sa.assess_target(RELAPSE, target="relapse", plan=plan, origin=2020, by=2020)
    with pytest.raises(sa.SeriesError):
        sa.required_change(done)


def test_another_year_does_not_move_the_mean(out):
    more = sa.value_of_another_year(out, futures=1500, draws=800, rng=3)
    # The probability today is the mean of tomorrow's: a martingale, but for heavy tails, a filter that relearns the
    # size of the steps, and the error of 1,500 futures.
    assert np.mean(more.probabilities) == pytest.approx(out.probability, abs=0.06)
    assert more.frame["chance"].sum() == pytest.approx(1)
    assert more.chance_of_decision == pytest.approx(
        more.frame.set_index("verdict").loc[["met", "not_met"], "chance"].sum()
    )
    order = np.argsort(more.values)
    assert np.corrcoef(more.values[order], more.probabilities[order])[0, 1] < -0.6


def test_another_year_needs_one_between(plan):
    last = sa.assess_target(
        pd.concat([RELAPSE, pd.Series([0.07], index=[2021])]), target="relapse", plan=plan, origin=2021
    )
    with pytest.raises(sa.SeriesError, match="no year lies"):
        sa.value_of_another_year(last)


def test_nowcast_from_half_years():
    rng = np.random.default_rng(5)
    inside, number = 0, 300
    for _ in range(number):
        share = 0.48 + 0.03 * rng.standard_normal(6)
        years = rng.poisson(120, 6)
        parts = rng.binomial(years, share)
        now = sa.nowcast_year(parts[5], earlier_parts=parts[:5], earlier_years=years[:5], draws=1500)
        inside += now.low <= years[5] <= now.high
    assert 0.72 < inside / number < 0.92  # nominal 80 %


@pytest.mark.parametrize(
    ("part", "parts", "years"), [(5, [1], [2]), (-1, [1, 2], [2, 3]), (5, [3, 2], [2, 3]), (5, [0, 2], [2, 3])]
)
def test_nowcast_refuses_what_it_must(part, parts, years):
    with pytest.raises(sa.SeriesError):
        sa.nowcast_year(part, earlier_parts=parts, earlier_years=years)
