"""Loads by year and quarter, and the outlook they feed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.datasets import data_path
from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
from suzhou_antidrug.indicators.wastewater.period_loads import summarise_loads
from suzhou_antidrug.indicators.wastewater.synthetic import make_synthetic_measurements
from suzhou_antidrug.outlook.residues import assess_residues
from suzhou_antidrug.verdicts import Verdict

YEARS = range(2015, 2022)


def loads(
    levels: dict[str, float] | None = None, *, slope: float = 0.0, people: float = 1e5, **columns
) -> pd.DataFrame:
    """Two rounds a year of a Wednesday and a Saturday."""
    mondays = [pd.Timestamp(y, m, 1) + pd.offsets.Week(weekday=0) for y in YEARS for m in (3, 9)]
    start = pd.DatetimeIndex([m + pd.Timedelta(days=d) for m in mondays for d in (2, 5)])
    frames = []
    for biomarker, level in (levels or {"methamphetamine": 30.0}).items():
        value = level * np.exp(slope * (start.year.to_numpy() - 2015))
        frames.append(
            pd.DataFrame(
                {"plant": "A", "biomarker": biomarker, "start": start, "load": value, "population": people} | columns
            )
        )
    return pd.concat(frames, ignore_index=True)


def test_years_and_quarters():
    found = summarise_loads(loads_from_frame(loads()))
    assert found.frame["load"].tolist() == pytest.approx([30.0] * 7)
    assert found.frame["rounds"].tolist() == [2] * 7 and (found.frame["se"] > 0).all()
    quarters = summarise_loads(loads_from_frame(loads()), frequency="quarter")
    assert len(quarters.frame) == 14 and str(quarters.frame["period"].iloc[0]) == "2015Q1"
    with pytest.raises(UnknownNameError):
        summarise_loads(loads_from_frame(loads()), frequency="week")


def test_a_year_below_its_limit_has_bounds_and_no_value():
    frame = loads()
    last = frame["start"].dt.year == 2021
    frame["high"] = frame["load"].where(~last, 2.0)
    frame["load"] = frame["load"].where(~last)
    row = summarise_loads(loads_from_frame(frame)).frame.iloc[-1]
    assert np.isnan(row["load"]) and row["low"] == 0 and row["high"] == pytest.approx(2.0)


def test_narrow_bounds_enter_a_series_with_their_width_and_wide_ones_do_not():
    frame = loads()
    last = frame["start"].dt.year == 2021
    for width, known in ((0.24, True), (0.26, False)):
        bounded = frame.assign(low=30 * (1 - width), high=30 * (1 + width))
        bounded["load"] = frame["load"].where(~last)
        bounded.loc[~last, ["low", "high"]] = np.nan
        found = summarise_loads(loads_from_frame(bounded)).series("A", "methamphetamine").iloc[-1]
        assert np.isfinite(found["value"]) is np.bool_(known)
        if known:
            before = summarise_loads(loads_from_frame(frame)).series("A", "methamphetamine")["se"].iloc[-1]
            assert found["se"] == pytest.approx(
                np.hypot(before, 30 * 2 * width / np.sqrt(12)), rel=0.05
            )  # its rounds no longer scale the noise


def test_a_place_pools_the_plants_that_are_always_there():
    a, b = loads(people=3e5), loads({"methamphetamine": 10.0}, people=1e5, plant="B")
    late = loads({"methamphetamine": 900.0}, plant="新厂")
    late = late[late["start"].dt.year >= 2019]
    found = summarise_loads(loads_from_frame(pd.concat([a, b, late])), by="city").frame
    assert found["load"].tolist() == pytest.approx([25.0] * 7)
    assert set(found["plants"]) == {2} and set(found["plants_left_out"]) == {1}


def test_sums_add_loads_and_errors():
    found = summarise_loads(loads_from_frame(loads({"methamphetamine": 30.0, "ketamine": 10.0})), by="city")
    total = found.sum_of("city", ["methamphetamine", "ketamine"])
    parts = [found.series("city", b) for b in ("methamphetamine", "ketamine")]
    assert total["value"].tolist() == pytest.approx([40.0] * 7)
    assert total["se"].tolist() == pytest.approx(np.hypot(parts[0]["se"], parts[1]["se"]).tolist())
    weighted = found.sum_of("city", ["methamphetamine", "ketamine"], weights={"methamphetamine": 1, "ketamine": 2})
    assert weighted["value"].iloc[0] == pytest.approx(50.0)
    with pytest.raises(SeriesError):
        found.sum_of("city", [])
    with pytest.raises(UnknownNameError):
        found.series("city", "morphine")


def test_the_outlook_takes_loads_with_their_errors(plan):
    found = summarise_loads(loads_from_frame(loads(slope=-0.08)), by="city")
    out = sa.assess_target(found, target="wastewater", plan=plan, origin=2021)
    assert {"value", "se"} <= set(out.table.columns) and 0 < out.probability < 1
    exact = out.table[["value"]].reset_index().rename(columns={"year": "period"})
    sure = sa.assess_target(exact, target="wastewater", plan=plan, origin=2021)
    # Known errors explain part of the scatter: the same draws about another centre, never the same answer.
    assert out.probability != sure.probability
    assert out.error_rates is not None and out.error_rates.mean_count < sure.error_rates.mean_count


def test_the_reading_names_the_biomarker(plan):
    found = summarise_loads(loads_from_frame(loads({"methamphetamine": 30.0, "ketamine": 10.0})), by="city")
    alone = sa.assess_target(found, target="wastewater", plan=plan, origin=2021)
    total = sa.assess_target(found, target="wastewater", plan=plan, origin=2021, reading="declared_set_sum")
    assert alone.base == pytest.approx(30.0) and total.base == pytest.approx(40.0)
    without = summarise_loads(loads_from_frame(loads({"ketamine": 10.0})), by="city")
    with pytest.raises(UnknownNameError):
        sa.assess_target(without, target="wastewater", plan=plan, origin=2021)


def test_a_division_is_found_by_its_names(plan):
    found = summarise_loads(loads_from_frame(loads(division="昆山市")), by="division")
    assert sa.assess_target(
        found, target="wastewater", plan=plan, origin=2021, division="kunshan"
    ).base == pytest.approx(30)
    with pytest.raises(UnknownNameError):
        sa.assess_target(found, target="wastewater", plan=plan, origin=2021, division="吴江区")


def test_another_laboratory_stops_the_outlook(plan):
    frame = loads()
    frame["laboratory"] = np.where(frame["start"].dt.year < 2020, "省中心", "市中心")
    found = summarise_loads(loads_from_frame(frame), by="city")
    out = sa.assess_target(found, target="wastewater", plan=plan, origin=2021)
    assert out.verdict == Verdict.NOT_ASSESSABLE


def test_joint_questions(plan):
    falling = loads({"methamphetamine": 30.0, "ketamine": 10.0}, slope=-0.35)
    found = assess_residues(summarise_loads(loads_from_frame(falling), by="city"), plan=plan, origin=2021, draws=2000)
    low, high = found.bounds_all_fall
    assert low <= found.probability_all_fall <= high
    assert found.probability_all_fall <= found.probability_index_falls
    assert found.judge("all_fall").verdict in set(Verdict)
    assert found.frame["what"].tolist() == ["methamphetamine", "ketamine", "all_fall", "index_falls", "none_rises"]
    assert found.explain().in_language("en").count("0.33") == 1
    with pytest.raises(UnknownNameError):
        found.judge("most_fall")


def test_correlation_makes_all_fall_likelier_and_is_within_bounds(plan):
    flat = summarise_loads(loads_from_frame(loads({"methamphetamine": 30.0, "ketamine": 10.0, "mdma": 5.0})), by="city")
    p = [assess_residues(flat, plan=plan, origin=2021, correlation=c).probability_all_fall for c in (0.0, 0.9)]
    assert p[0] < p[1]


def test_weights_are_declared_and_make_the_index(plan):
    frame = pd.concat([loads({"methamphetamine": 30.0}, slope=-0.4), loads({"ketamine": 10.0}, slope=0.4)])
    both = summarise_loads(loads_from_frame(frame), by="city")

    def index(weights):
        return assess_residues(both, plan=plan, origin=2021, weights=weights, draws=1000).probability_index_falls

    assert index({"methamphetamine": 1, "ketamine": 0}) > index({"methamphetamine": 0, "ketamine": 1})
    with pytest.raises(SeriesError):
        index({"methamphetamine": -1, "ketamine": 2})
    with pytest.raises(UnknownNameError):
        index({"methamphetamine": 1})


def test_one_that_cannot_be_assessed_leaves_the_joint_questions_open(plan):
    frame = loads({"methamphetamine": 30.0, "ketamine": 10.0})
    frame = frame[(frame["biomarker"] != "ketamine") | (frame["start"].dt.year != 2019)]  # no base
    found = assess_residues(summarise_loads(loads_from_frame(frame), by="plant").__class__(
        summarise_loads(loads_from_frame(frame)).table.assign(site="city"), "city", "year",
        summarise_loads(loads_from_frame(frame)).made,
    ), plan=plan, origin=2021)  # fmt: skip
    assert np.isnan(found.probability_all_fall) and found.judge("all_fall").verdict == Verdict.NOT_ASSESSABLE
    assert found.bounds_all_fall[0] == 0.0


def test_quarters_of_divisions_become_returns_and_read_back(plan):
    found = summarise_loads(sa.compute_loads(sa.load_synthetic_measurements()), by="division", frequency="quarter")
    rows = found.returns_rows("methamphetamine", source="实验室")
    returns = sa.Returns.from_frame(rows, plan=plan)
    values = sa.compute_indicators(returns, plan=plan)
    city = values.yearly("wastewater_load", "suzhou")["value"]
    pooled = summarise_loads(sa.compute_loads(sa.load_synthetic_measurements()), by="city").series(
        "city", "methamphetamine"
    )
    assert city.to_numpy() == pytest.approx(pooled["value"].to_numpy(), rel=1e-6)
    assert str(returns.made.status) == "synthetic"
    with pytest.raises(SeriesError):
        summarise_loads(loads_from_frame(loads())).returns_rows("methamphetamine")


def test_the_bundled_sheet_is_the_one_that_the_generator_makes():
    made = make_synthetic_measurements().reset_index(drop=True).astype(str)
    bundled = pd.read_csv(data_path("synthetic", "wastewater_measurements.csv"), dtype=str)
    pd.testing.assert_frame_equal(made, bundled[made.columns])


def test_made_up_loads_follow_their_truth():
    made = make_synthetic_measurements(seed=1)
    made = made[made["标志物"] == "methamphetamine"]
    log = np.log(made["浓度(ng/L)"].str.lstrip("<").astype(float) * made["日流量(m3/d)"] / made["服务人口"])
    yearly = log.groupby(made["采样开始"].str[:4].astype(int)).mean()
    # Ten plants of four rounds of two days: standard error of a ratio some sqrt(2 (.18^2 / 40 + .32^2 / 80)) = .06.
    for year, truth in zip(range(2018, 2023), (1.0, 1.0, 0.8, 0.55, 0.5), strict=True):
        assert yearly[year] - yearly[[2018, 2019]].mean() == pytest.approx(np.log(truth), abs=0.24)
    # Some 9 mg a day and thousand people; plants differ by a third: .35 / sqrt(10) = .11.
    assert yearly[[2018, 2019]].mean() == pytest.approx(np.log(9), abs=0.44)
