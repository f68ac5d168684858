"""What stands between loads and a verdict on their change, each part by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.wastewater import verdict_errors
from suzhou_antidrug.indicators.wastewater.changes import LoadRule
from suzhou_antidrug.indicators.wastewater.comparability import (
    base_cautions,
    other_seasons,
    quarters_of,
    raise_limits,
)
from suzhou_antidrug.indicators.wastewater.compare import compare_loads
from suzhou_antidrug.indicators.wastewater.falls import Evidence, probability_of_falls
from suzhou_antidrug.indicators.wastewater.loads import compute_loads, loads_from_frame
from suzhou_antidrug.indicators.wastewater.measurements import Measurements
from suzhou_antidrug.indicators.wastewater.noise import load_noise
from suzhou_antidrug.indicators.wastewater.period_loads import summarise_loads
from suzhou_antidrug.indicators.wastewater.period_means import period_means
from suzhou_antidrug.indicators.wastewater.places import pool_plants
from suzhou_antidrug.indicators.wastewater.prepared import Prepared, sides_of
from suzhou_antidrug.indicators.wastewater.verdict_errors import ComparedDesign, verdict_error_rates

NOISE = load_noise("methamphetamine")


def sheet(years, load, *, plant="A", **columns) -> pd.DataFrame:
    """A Wednesday and a Saturday of four rounds a year."""
    mondays = [pd.Timestamp(y, m, 1) + pd.offsets.Week(weekday=0) for y in years for m in (2, 5, 8, 11)]
    start = pd.DatetimeIndex([m + pd.Timedelta(days=d) for m in mondays for d in (2, 5)])
    named = {"plant": plant, "biomarker": "methamphetamine", "start": start, "load": load}
    return pd.DataFrame(named | columns)


def compare(*frames, base, target):
    found = compare_loads(loads_from_frame(pd.concat(frames, ignore_index=True)), base=base, target=target)
    return found, found.frame.iloc[0]


def test_two_base_years_against_one():
    """The steadier side makes the ratio of estimates too low by half the difference of the variances of the logs."""
    _, found = compare(sheet([2018, 2019], 40.0), sheet([2022], 32.0), base=[2018, 2019], target=[2022])
    one, day = np.expm1(NOISE.round_sd**2), np.expm1(NOISE.day_sd**2) / 2
    of_rounds = {n: np.log1p((one + day * (1 + one)) / n) for n in (4, 8)}
    phi = NOISE.df / (NOISE.df + 9)  # three years of four rounds that do not scatter at all
    centre = np.log(0.8) + phi * (of_rounds[4] - of_rounds[8]) / 2
    t = (np.log(0.9) - centre) / np.sqrt(phi * (of_rounds[4] + of_rounds[8]))
    assert found["scale"] == pytest.approx(phi) and found["degrees"] == pytest.approx(NOISE.df + 9)
    assert found["probability"] == pytest.approx(stats.t.cdf(t, NOISE.df + 9))


def test_rounds_and_days_of_all_target_periods_are_told():
    _, found = compare(sheet([2019], 40.0), sheet([2021, 2022], 12.0), base=[2019], target=[2021, 2022])
    assert (found["rounds_base"], found["days_base"]) == (4, 8)
    assert (found["rounds_target"], found["days_target"]) == (8, 16)


def test_the_curve_runs_from_a_rise_of_a_half_to_a_fall_of_nine_tenths():
    found, _ = compare(sheet([2019], 40.0), sheet([2022], 12.0), base=[2019], target=[2022])
    falls = found.curve("A", "methamphetamine")["fall"]
    assert falls.tolist() == [round(k / 100, 2) for k in range(-50, 91)]


def test_the_rule_where_none_is_given():
    assert LoadRule() == LoadRule(minimum_fall=0.1, evidence=0.9)


def limits(*rows) -> pd.DataFrame:
    columns = ["loq_ng_per_L", "limit", "load", "state"]
    table = pd.DataFrame(rows, columns=columns)
    below = table["state"] != "measured"
    return table.assign(low=table["load"].where(~below, 0.0), high=table["load"].where(~below, table["limit"]))


def test_both_sides_of_a_series_are_cut_at_its_highest_limit():
    # A limit of 50 ng/L is a load of 100 here; with the limit of 10 a load of 60 was seen, and of 100 and 150.
    seen = [
        (50, 100, np.nan, "below_loq"),
        (10, 20, 60, "measured"),
        (10, 20, 100, "measured"),
        (10, 20, 150, "measured"),
    ]
    unknown = [(np.nan, np.nan, 5, "measured")]
    table, changed = raise_limits(limits(*seen, *unknown), np.zeros(5, dtype=int), 1)
    assert changed.tolist() == [True]
    assert table["state"].tolist() == ["below_loq", "below_loq", "measured", "measured", "measured"]
    assert table["high"].tolist() == [100, 100, 100, 150, 5] and table["low"].tolist() == [0, 0, 100, 150, 5]
    assert np.isnan(table["load"].iloc[:2]).all() and table["load"].tolist()[2:] == [100, 150, 5]


def test_limits_that_do_not_matter_are_left():
    measured = [(50, 100, 140, "measured"), (10, 20, 60, "measured")]  # nothing below a limit
    equal = [(10, 20, np.nan, "below_loq"), (10, 20, 60, "measured")]  # one limit
    unknown = [(np.nan, np.nan, 60, "measured")]
    given = limits(*measured, *equal, *unknown)
    table, changed = raise_limits(given, np.array([0, 0, 1, 1, 2]), 3)
    assert changed.tolist() == [False, False, False]
    pd.testing.assert_frame_equal(table, given)


def test_quarters_are_bits_and_an_unknown_one_is_none():
    table = pd.DataFrame({"quarter": [1, 3, 0, 4, 0]})
    assert quarters_of(table, np.array([0, 0, 0, 1, 2]), 4).tolist() == [2 + 8, 16, 0, 0]


@pytest.mark.parametrize(
    ("base", "later", "apart"),
    [(2, 4, True), (2, 6, False), (0, 4, False), (2, 0, False), (0, 0, False), (1, 2, True), (2, 1, True)],
)
def test_seasons_apart_are_those_without_a_common_quarter(base, later, apart):
    assert other_seasons(np.array([base]), np.array([later])).tolist() == [apart]


def caution(*levels, by_people=False, people=1.0):
    """What is said of a base of as many years, one row a year; None for a year without data."""
    seen = [(k, v) for k, v in enumerate(levels) if v is not None]
    table = pd.DataFrame(seen, columns=["year", "low"]).assign(population=people)
    table["high"] = table["low"]
    sides, periods = np.array([0] * len(levels) + [1]), tuple(str(2015 + k) for k in range(len(levels) + 1))
    return base_cautions(table, np.zeros(len(table), dtype=int), 1, sides, periods, by_people=by_people)[0].en


def test_a_spike_is_half_as_much_again_as_the_other_years():
    assert caution(10, 15, 10) == "2016 is 1.5 times the other base years: the fall may be the end of a spike"
    assert caution(10, 14.9, 10) == ""
    assert caution(10, 20).startswith("2016 is 2.0 times")
    assert "one base year" in caution(10)


def test_a_year_without_data_is_no_other_year_and_no_spike():
    assert caution(10, None, 12) == ""  # 1.2 times the one other year, not 2.4 times the mean with a nought
    assert caution(10, None, 20).startswith("2017 is 2.0 times")
    assert caution(None, 20) == ""


def test_years_of_a_place_are_weighted_by_people():
    table = pd.DataFrame({"year": [0, 0, 1, 1], "low": [10.0, 10, 10, 40], "population": [1e5, 3e5, 1e5, 3e5]})
    table["high"] = table["low"]
    how = np.zeros(4, dtype=int), 1, np.array([0, 0, 1]), ("2018", "2019", "2022")
    assert base_cautions(table, *how, by_people=True)[0].en.startswith("2019 is 3.2 times")  # 130 / 4 over 10
    assert base_cautions(table, *how, by_people=False)[0].en.startswith("2019 is 2.5 times")


def test_a_single_round_against_many_years_errs_exactly_as_often_as_it_says():
    """Four hundred base years are known; of one round the log is normal: the true fall decides a tenth either way."""
    draws = 20_000
    design = ComparedDesign(0.0, 0.5, np.inf, 400, 1, 1, 1, 1, 1)
    rates = verdict_error_rates(design, minimum_fall=0.1, evidence=0.9, draws=draws).set_index("fall").loc[0.1]
    error = 4 * np.sqrt(0.1 * 0.9 / draws)
    assert rates["met"] == pytest.approx(0.1, abs=error) and rates["not_met"] == pytest.approx(0.1, abs=error)


def test_scatter_of_rounds_over_what_the_noise_expects():
    # Two rounds half a log above and below their mean, twice .25, where .25 a degree is expected; none in the target.
    design = ComparedDesign(0.0, 0.5, 4.0, 1, 2, 1, 1, 2, 1)
    base = np.exp([[[0.5, -0.5]]])
    found = verdict_errors._evidence(design, base, [np.ones((1, 1, 2))])
    assert found.degrees == pytest.approx([4 + 2])
    assert found.base_variance == pytest.approx(np.log1p(np.expm1(0.25) / 2) * (4 + 0.5 / 0.25) / 6)
    assert found.own_variance == pytest.approx(found.base_variance[:, None])
    assert found.log_ratio[:, 0] == pytest.approx([-np.log(np.cosh(0.5))])  # equal designs: no shift


def test_three_periods_are_a_normal_of_three():
    own, base, mean = np.array([0.02, 0.03, 0.01]), 0.02, np.log([0.75, 0.8, 0.7])
    found = probability_of_falls(Evidence(mean[None, :], own[None, :], np.array([base]), np.array([np.inf])), 0.1)
    exact = stats.multivariate_normal(mean, np.diag(own) + base).cdf(np.full(3, np.log(0.9)))
    assert found[0] == pytest.approx(exact, abs=1e-4)


def days(low, high, start) -> pd.DataFrame:
    load = np.where(np.equal(low, high), low, np.nan)
    return loads_from_frame(
        pd.DataFrame({"plant": "A", "biomarker": "mdma", "start": start, "load": load, "low": low, "high": high})
    ).frame


def means_of(table):
    return period_means(
        table, np.zeros(len(table), dtype=np.int64), 1, day_sd=np.array([0.3]), round_sd=np.array([0.2])
    )


def test_few_values_below_their_limit_are_fitted_within_what_they_allow():
    value = np.exp(np.linspace(-1, 1, 24))  # one day in each of 24 rounds
    low, high = np.where(value < 0.5, 0.0, value), np.where(value < 0.5, 0.5, value)
    found = means_of(days(low, high, pd.date_range("2021-01-06", periods=24, freq="14D")))
    assert found.method[0] == "lognormal_mle"
    assert found.low[0] <= found.mean[0] <= found.high[0] and 0.05 <= found.information[0] < 1


@pytest.mark.parametrize("week", [3.0, 30.0])
def test_a_fit_beyond_what_the_limits_allow_is_no_number(week):
    """A week of higher loads is one round of seventeen: the fit of all days lies above the mean of rounds."""
    value = np.concatenate([np.full(7, week), np.linspace(0.9, 1.1, 16)])
    start = [*pd.date_range("2021-01-04", periods=7), *pd.date_range("2021-02-03", periods=16, freq="14D")]
    low, high = value.copy(), value.copy()
    low[-1], high[-1] = 0.0, 0.8
    found = means_of(days(low, high, start))
    assert found.high[0] == pytest.approx((week + value[7:-1].sum() + 0.8) / 17, rel=1e-9)
    assert np.isnan(found.mean[0]) and found.method[0] == "bounds" and found.information[0] == 1


def test_periods_tell_the_share_below_a_limit_and_leave_out_those_without_data():
    frame = pd.concat([sheet([2020, 2021], 10.0), sheet([2021], 5.0, plant="B")], ignore_index=True)
    frame["high"] = frame["load"]
    below = (frame["plant"] == "A") & (frame["start"] >= "2021-07-01")
    frame.loc[below, "load"] = np.nan
    found = summarise_loads(loads_from_frame(frame)).frame
    assert found[["site", "rounds", "days", "below_limit"]].to_numpy().tolist() == [
        ["A", 4, 8, 0], ["A", 4, 8, 0.5], ["B", 4, 8, 0],
    ]  # fmt: skip
    assert found["period"].astype(str).tolist() == ["2020", "2021", "2021"]


def test_a_sum_says_both_definitions_where_they_differ():
    frames = [
        sheet([2020, 2021], 10.0, laboratory="L1"),
        sheet([2020, 2021], 4.0, laboratory="L2").assign(biomarker="mdma"),
    ]
    found = summarise_loads(loads_from_frame(pd.concat(frames, ignore_index=True)))
    summed = found.sum_of("A", ["methamphetamine", "mdma"], weights={"methamphetamine": 1, "mdma": 2})
    assert summed["value"].tolist() == pytest.approx([18, 18])
    first, second = summed["definition"].iloc[0].split("; ")
    assert "L1" in first and "L2" in second
    alone = found.series("A", "methamphetamine"), found.series("A", "mdma")
    assert summed["se"].to_numpy() == pytest.approx(np.hypot(alone[0]["se"], 2 * alone[1]["se"]))


def pooled(*frames, by="city", base=("2019",), target=("2022",)):
    periods, sides = sides_of(base, target, "year")
    work = Prepared.of(loads_from_frame(pd.concat(frames, ignore_index=True)), periods, sides, "year", None)
    return pool_plants(work.means(), work, by=by), work


def test_plants_count_by_their_people_in_the_base():
    # Shares of 3/4 and 1/4 are worth 1 / (9/16 + 1/16) = 1.6 plants; a third has no base and is left out.
    frames = [
        sheet([2019], 10.0, plant="A", population=3e5), sheet([2022], 10.0, plant="A", population=1e5),
        sheet([2019], 20.0, plant="B", population=1e5), sheet([2022], 20.0, plant="B", population=1e5),
        sheet([2022], 90.0, plant="C", population=9e5),
    ]  # fmt: skip
    sites, work = pooled(*frames)
    assert (work.number, work.width, sites.plants.tolist(), sites.left_out.tolist()) == (3, 2, [2], [1])
    assert sites.effective_plants[0] == pytest.approx(1.6)
    assert sites.means.mean.tolist() == pytest.approx([0.75 * 10 + 0.25 * 20, 15])
    assert (sites.means.rounds.tolist(), sites.means.days.tolist(), sites.means.years.tolist()) == (
        [4, 4],
        [8, 8],
        [1, 1],
    )
    assert (sites.means.values.tolist(), sites.means.below.tolist()) == ([16, 16], [0, 0])
    assert sites.used.sum() == 32 and not sites.used[-8:].any()


def test_rounds_of_a_place_move_together_and_days_do_not():
    # Of the mass 12.5, plant A brings 7.5 and B 5: shares of .6 and .4.
    frames = [
        sheet([2019, 2022], 10.0, plant="A", population=3e5), sheet([2019, 2022], 20.0, plant="B", population=1e5),
    ]  # fmt: skip
    (sites, _), (alone, _) = pooled(*frames), pooled(*frames, by="plant")
    of_round, of_day = alone.means.var_round[0], alone.means.var_day[0]
    assert sites.means.var_round.tolist() == pytest.approx([of_round] * 2)
    assert sites.means.var_day.tolist() == pytest.approx([(0.36 + 0.16) * of_day] * 2)
    # What scatters from quarter to quarter: the noise of rounds, and of two days at each of 1 / (9/16 + 1/16) plants.
    expected = np.log1p(np.expm1(NOISE.day_sd**2) / 2 / 1.6) + NOISE.round_sd**2
    assert sites.means.expected.tolist() == pytest.approx([expected] * 2)


def test_a_division_of_one_plant_is_that_plant():
    frames = [
        sheet([2020, 2021], 10.0, plant="A", population=3e5, division="昆山市"),
        sheet([2020], 40.0, plant="B", population=1e5, division="太仓市"),
        sheet([2021], 70.0, plant="B", population=1e5, division="太仓市"),
    ]
    loads = loads_from_frame(pd.concat(frames, ignore_index=True))
    plants, places = (summarise_loads(loads, by=by).frame for by in ("plant", "division"))
    assert places["site"].tolist() == ["昆山市", "昆山市", "太仓市", "太仓市"]
    for column in ("load", "low", "high", "se", "rounds", "days", "population", "below_limit"):
        assert places[column].tolist() == pytest.approx(plants[column].tolist()), column


def test_a_plant_without_a_division_is_named():
    frames = [sheet([2019, 2022], 10.0, plant=p, population=1e5, division=d) for p, d in (("A", "昆山市"), ("B", ""))]
    with pytest.raises(SeriesError) as caught:
        pooled(*frames, by="division")
    problem = caught.value.problems[0]
    assert (problem.code, problem.value) == ("division_missing", "B")
    assert pooled(*frames, by="city")[0].plants.tolist() == [2]  # the city needs none


@pytest.mark.parametrize(("base", "target"), [((), (2022,)), ((2019,), ())])
def test_both_sides_need_a_period(base, target):
    with pytest.raises(SeriesError) as caught:
        sides_of(base, target, "year")
    assert caught.value.problems[0].code == "no_period"


def test_sides_are_the_base_and_each_target_period_in_order():
    periods, sides = sides_of([2019, 2018, 2019], [2022, 2021], "year")
    assert periods == ("2018", "2019", "2021", "2022") and sides.tolist() == [0, 0, 1, 2]
    assert sides_of(["2019Q1"], ["2020Q1"], "quarter")[0] == ("2019Q1", "2020Q1")


@pytest.mark.parametrize(("start", "blocked"), [("2015-03-04", False), ("2019-03-04", True), ("", True)])
def test_a_row_left_out_withholds_the_verdict_of_its_own_year_or_of_any_where_it_has_none(start, blocked):
    fine = (
        sheet([2019], 100.0).assign(concentration_ng_per_L=400.0),
        sheet([2022], 100.0).assign(concentration_ng_per_L=40.0),
    )
    frame = pd.concat(fine, ignore_index=True).drop(columns="load").assign(
        loq_ng_per_L=1.0, flow_m3_per_day=1e5, population=3e5, population_basis="census", laboratory="L", method="M",
    )  # fmt: skip
    lost = frame.head(1).assign(start=start, concentration_ng_per_L=0.0)  # 0 is refused
    frame = pd.concat([frame.assign(start=frame["start"].dt.strftime("%Y-%m-%d")), lost], ignore_index=True)
    loads = compute_loads(Measurements.from_frame(frame, strict=False))
    row = compare_loads(loads, base=[2019], target=[2022]).frame.iloc[0]
    assert (row["verdict"] == "not_assessable") == blocked and (row["verdict"] == "met") != blocked


def test_no_loads_give_no_rows():
    empty = pd.DataFrame({"plant": [], "biomarker": [], "start": pd.to_datetime([]), "load": []})
    assert compare_loads(loads_from_frame(empty), base=[2019], target=[2022]).frame.empty
