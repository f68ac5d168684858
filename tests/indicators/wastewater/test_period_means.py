"""Means of periods: each level counts once, days are no replicates, limits keep their bounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
from suzhou_antidrug.indicators.wastewater.period_means import period_means

DAY, ROUND = 0.32, 0.18


def rows(**columns) -> pd.DataFrame:
    return loads_from_frame(pd.DataFrame({"plant": "A", "biomarker": "mdma"} | columns)).frame


def means(table: pd.DataFrame, cell=None, cells=1, *, day=DAY, between=ROUND):
    code = np.zeros(len(table), dtype=np.int64) if cell is None else np.asarray(cell)
    return period_means(table, code, cells, day_sd=np.full(cells, day), round_sd=np.full(cells, between))


def test_a_week_weighs_no_more_than_another_round():
    week = pd.date_range("2021-03-01", periods=7)
    start = [*week, pd.Timestamp("2021-09-01"), pd.Timestamp("2021-09-04")]  # a Wednesday and a Saturday
    found = means(rows(start=start, load=[10.0] * 7 + [20.0, 20.0]))
    assert found.mean[0] == pytest.approx(15.0)
    assert found.rounds[0] == 2 and found.days[0] == 9 and found.balanced[0]


def test_a_year_with_more_rounds_weighs_no_more_than_another():
    start = pd.to_datetime(["2020-02-05", "2020-06-03", "2020-10-07", "2021-06-02"])
    assert means(rows(start=start, load=[10.0, 10.0, 10.0, 30.0])).mean[0] == pytest.approx(20.0)


def test_weekday_and_weekend_are_weighted_as_a_week_has_them():
    start = pd.to_datetime(["2021-03-03", "2021-03-06"])  # Wednesday, Saturday
    assert means(rows(start=start, load=[10.0, 24.0])).mean[0] == pytest.approx((3 * 10 + 4 * 24) / 7)
    one_kind = means(rows(start=pd.to_datetime(["2021-03-03", "2021-03-04"]), load=[10.0, 24.0]))
    assert one_kind.mean[0] == pytest.approx(17.0) and not one_kind.balanced[0]


def test_variance_counts_rounds():
    # One round of seven days against seven rounds of one: the formula written out.
    week = means(rows(start=pd.date_range("2021-03-01", periods=7), load=[10.0] * 7))
    day = np.expm1(DAY**2) / 7
    expected = np.log1p((np.expm1(ROUND**2)) + day * np.exp(ROUND**2))
    assert week.log_variance[0] == pytest.approx(expected)
    spread = means(rows(start=pd.date_range("2021-01-06", periods=7, freq="28D"), load=[10.0] * 7))
    assert spread.log_variance[0] < week.log_variance[0] / 2
    # Close to the plain formula of a design for spreads as small as these.
    assert week.log_variance[0] == pytest.approx(ROUND**2 + DAY**2 / 7, rel=0.05)


def test_variance_by_simulation():
    rng = np.random.default_rng(3)
    number, rounds, days = 20_000, 4, 2
    between = np.exp(ROUND * rng.standard_normal((number, rounds)))
    daily = np.exp(DAY * rng.standard_normal((number, rounds, days)))
    log_mean = np.log((between * daily.mean(axis=2)).mean(axis=1))
    table = rows(start=[f"2021-{m:02d}-{d:02d}" for m in (2, 5, 8, 11) for d in (3, 4)], load=[10.0] * 8)
    assert means(table).log_variance[0] == pytest.approx(log_mean.var(), rel=0.04)  # four errors of a variance


def test_scatter_is_of_rounds_within_years():
    start = pd.to_datetime(["2020-02-05", "2020-06-03", "2021-02-03", "2021-06-02"])
    found = means(rows(start=start, load=[10.0, 20.0, 100.0, 200.0]))
    assert found.squares[0] == pytest.approx(2 * 2 * (np.log(2) / 2) ** 2) and found.degrees[0] == 2


def test_below_the_limit_gives_bounds_unless_there_are_enough():
    start = pd.date_range("2021-01-06", periods=9, freq="14D")
    few = means(rows(start=start, load=[np.nan, 5.0, 6, 7, 8, 9, 10, 11, 12], high=[2.0] + [np.nan] * 8))
    assert np.isnan(few.mean[0]) and few.method[0] == "bounds"
    assert few.low[0] == pytest.approx(68 / 9) and few.high[0] == pytest.approx(70 / 9)
    start = pd.date_range("2021-01-06", periods=12, freq="14D")
    values = [np.nan, np.nan, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15]
    enough = means(rows(start=start, load=values, high=[4.0, 4.0] + [np.nan] * 10))
    assert enough.method[0] in ("lognormal_mle", "bounds")
    assert enough.low[0] <= np.nan_to_num(enough.mean[0], nan=enough.low[0]) <= enough.high[0]


def test_an_empty_cell_is_missing_and_no_zero():
    found = means(rows(start=pd.to_datetime(["2021-03-03"]), load=[5.0]), cells=2)
    assert np.isnan(found.mean[1]) and np.isnan(found.low[1]) and found.method[1] == "empty"


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_many_cells_at_once_are_as_each_alone(seed):
    rng = np.random.default_rng(seed)
    n = 60
    table = rows(
        start=pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D"),
        load=np.exp(rng.normal(2, 0.5, n)),
    )
    cell = rng.integers(0, 4, n)
    together = means(table, cell, 4)
    for c in np.unique(cell):
        alone = means(table[cell == c].reset_index(drop=True))
        for name in ("mean", "log_variance", "squares"):
            assert getattr(together, name)[c] == pytest.approx(getattr(alone, name)[0])
