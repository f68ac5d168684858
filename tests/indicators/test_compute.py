"""From returns to values: missing stays missing, the city is pooled, the year is made of its quarters."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.indicators.compute import compute_years

DIVISIONS = (
    "zhangjiagang", "changshu", "taicang", "kunshan", "wujiang", "wuzhong", "xiangcheng", "gusu", "sip", "snd",
)  # fmt: skip


def returns(plan, rows):
    return sa.Returns.from_frame(pd.DataFrame(rows), plan=plan)


def relapse(division, year, k, n, **more):
    return {
        "indicator": "annual_detected_relapse_rate", "division": division, "period": str(year), "numerator": k,
        "denominator": n, **more,
    }  # fmt: skip


def test_city_is_pooled_not_averaged(plan):
    rows = [relapse(d, 2020, 10 + i, 100 * (i + 1)) for i, d in enumerate(DIVISIONS)]
    city = sa.compute_indicators(returns(plan, rows), plan=plan).yearly("annual_detected_relapse_rate", "suzhou")
    k, n = sum(range(10, 20)), sum(range(100, 1100, 100))
    assert city.loc[2020, "value"] == pytest.approx(k / n)
    assert (city.loc[2020, "numerator"], city.loc[2020, "denominator"]) == (k, n)
    exact = sa.proportion_interval(k, n)
    assert city.loc[2020, "low"] == pytest.approx(float(exact.low))
    assert city.loc[2020, "high"] == pytest.approx(float(exact.high))


def test_nine_of_ten_is_not_a_city(plan):
    rows = [relapse(d, 2020, 5, 100) for d in DIVISIONS[:9]]
    city = sa.compute_indicators(returns(plan, rows), plan=plan).yearly("annual_detected_relapse_rate", "suzhou")
    assert math.isnan(city.loc[2020, "value"])
    assert (city.loc[2020, "reported"], city.loc[2020, "expected"]) == (9, 10)


def test_order_of_rows_does_not_matter(plan):
    rows = [relapse(d, y, 5 + i, 100 + y - 2018) for i, d in enumerate(DIVISIONS) for y in (2018, 2019, 2020)]
    straight = sa.compute_indicators(returns(plan, rows), plan=plan).frame
    shuffled = sa.compute_indicators(returns(plan, rows[::-1]), plan=plan).frame
    columns = ["indicator", "division", "value", "low", "high", "numerator", "denominator"]
    pd.testing.assert_frame_equal(straight[columns], shuffled[columns])


def quarter(division, period, value):
    return {"indicator": "wastewater_load", "division": division, "period": period, "value": value}


def test_a_year_needs_its_four_quarters(plan):
    rows = [quarter("kunshan", f"2020Q{q}", 10.0 * q) for q in (1, 2, 3, 4)]
    rows += [quarter("kunshan", f"2021Q{q}", 10.0) for q in (1, 2, 4)]
    values = sa.compute_indicators(returns(plan, rows), plan=plan)
    yearly = values.yearly("wastewater_load", "kunshan")
    assert yearly.loc[2020, "value"] == pytest.approx(25.0)
    assert math.isnan(yearly.loc[2021, "value"])
    assert yearly.loc[2021, "reported"] == 3
    quarters = values.frame[values.frame["period"].map(lambda p: p.freqstr[0] == "Q")]
    assert len(quarters[quarters["division"] == "kunshan"]) == 7


def test_city_load_of_equal_weights(plan):
    rows = [quarter(d, f"2020Q{q}", 1.0 + i) for i, d in enumerate(DIVISIONS) for q in (1, 2, 3, 4)]
    city = sa.compute_indicators(returns(plan, rows), plan=plan).yearly("wastewater_load", "suzhou")
    assert city.loc[2020, "value"] == pytest.approx(np.mean(np.arange(1.0, 11.0)))


def test_rates_have_garwood_limits_on_their_own_scale(plan):
    indicator = plan.indicator("precursor_diversion_rate")
    rows = [
        {"indicator": indicator.id, "division": "kunshan", "period": "2020", "numerator": 3, "denominator": 500},
    ]
    row = sa.compute_indicators(returns(plan, rows), plan=plan).yearly(indicator.id, "kunshan").loc[2020]
    limits = sa.rate_interval(3, 500)
    assert row["value"] == pytest.approx(indicator.per * 3 / 500)
    assert [row["low"], row["high"]] == pytest.approx(
        [indicator.per * float(limits.low), indicator.per * float(limits.high)]
    )


def test_a_definition_that_changes_in_one_division_marks_the_city(plan):
    rows = [
        relapse(d, y, 5, 100, definition="B" if (d, y) == ("gusu", 2020) else "A")
        for d in DIVISIONS
        for y in (2019, 2020)
    ]
    city = sa.compute_indicators(returns(plan, rows), plan=plan).yearly("annual_detected_relapse_rate", "suzhou")
    assert city.loc[2019, "definition"] == "A"
    assert city.loc[2020, "definition"].startswith("各单位口径不一")


def test_result_contract(plan, synthetic):
    values = sa.compute_indicators(synthetic, plan=plan)
    assert values.made.status is sa.Status.SYNTHETIC
    assert "合成数据" in values._repr_html_()
    assert values.frame["indicator"].nunique() == len(plan.primary_indicators)
    known = values.frame.dropna(subset=["low", "value", "high"])
    assert (known["low"] <= known["value"] + 1e-12).all()
    assert (known["value"] <= known["high"] + 1e-12).all()


# Garwood's 95 % limits of 3 and of 4 events: half the chi-square quantiles on 6 and 8, and on 8 and 10, degrees of freedom.
GARWOOD = {3: (0.618672, 8.767273), 4: (1.089865, 10.241589)}


def one(plan, indicator, division="kunshan", **row):
    rows = [{"indicator": indicator, "division": division, "period": "2020", **row}]
    return sa.compute_indicators(returns(plan, rows), plan=plan).yearly(indicator, division).loc[2020]


@pytest.mark.parametrize(
    ("indicator", "row", "count"),
    [
        ("user_incidents", {"numerator": 3}, 3),  # a count handed in as its numerator
        ("enforcement_trainings", {"value": 4}, 4),  # a count that has no numerator
    ],
)
def test_a_count_has_poisson_limits(plan, indicator, row, count):
    found = one(plan, indicator, **row)
    assert (found["value"], found["method"]) == (count, "garwood")
    assert (found["low"], found["high"]) == pytest.approx(GARWOOD[count], abs=1e-6)


def test_a_list_is_a_census_and_its_interval_is_the_value(plan):
    found = one(plan, "user_check_rate", numerator=9, denominator=10)
    assert (found["value"], found["low"], found["high"], found["method"]) == (0.9, 0.9, 0.9, "census")


@pytest.mark.parametrize(
    ("indicator", "row", "method"),
    [
        ("open_interdiction_share", {"numerator": 20, "denominator": 80}, "ratio"),  # kilograms
        ("suspects_per_drug_case", {"numerator": 20, "denominator": 80}, "ratio"),
        ("gang_crackdown_efficacy", {"value": 0.25}, "as_reported"),
    ],
)
def test_what_is_no_count_has_no_interval(plan, indicator, row, method):
    found = one(plan, indicator, **row)
    assert (found["value"], found["method"]) == (0.25, method)
    assert np.isnan(found["low"]) and np.isnan(found["high"])


def test_a_share_of_which_one_part_is_weighed_has_no_interval(plan):
    share = plan.indicator("annual_detected_relapse_rate")
    weighed = share.model_copy(update={"denominator": plan.indicator("open_interdiction_share").denominator})
    mixed = plan.model_copy(update={"indicators": {**plan.indicators, share.id: weighed}})
    found = one(mixed, share.id, numerator=20, denominator=80)
    assert (found["value"], found["method"]) == (0.25, "ratio") and np.isnan(found["low"])


def test_what_the_city_alone_reports_is_not_pooled(plan):
    rows = [{"indicator": "drug_money_laundering_cases", "division": "suzhou", "period": "2020", "numerator": 2}]
    rows += [{"indicator": "user_incidents", "division": d, "period": "2020", "numerator": 1} for d in DIVISIONS]
    values = sa.compute_indicators(returns(plan, rows), plan=plan)
    own = values.yearly("drug_money_laundering_cases", "suzhou").loc[2020]
    assert (own["value"], own["reported"], own["expected"]) == (2, 1, 1)
    pooled = values.yearly("user_incidents", "suzhou").loc[2020]
    assert (pooled["value"], pooled["reported"], pooled["expected"]) == (10, 10, 10)


def test_none_of_none_is_no_number(plan):
    assert math.isnan(one(plan, "user_check_rate", numerator=0, denominator=0)["value"])


def test_arrays_of_years_are_the_rows_of_years(plan):
    rows = [relapse("kunshan", y, k, 100) for y, k in ((2021, 7), (2019, 5), (2020, 6))]
    values = sa.compute_indicators(returns(plan, [*rows, relapse("gusu", 2020, 50, 100)]), plan=plan)
    arrays = values.yearly_arrays("annual_detected_relapse_rate", "kunshan")
    assert arrays["year"].tolist() == [2019, 2020, 2021] and arrays["numerator"].tolist() == [5, 6, 7]
    assert arrays["value"].tolist() == [0.05, 0.06, 0.07] and arrays["definition"].tolist() == ["", "", ""]
    assert values.yearly_arrays("annual_detected_relapse_rate", "taicang")["year"].size == 0


def test_a_count_without_a_declared_numerator_is_a_count_too(plan):
    bare = plan.indicator("enforcement_trainings").model_copy(update={"numerator": None})
    counted = plan.model_copy(update={"indicators": {**plan.indicators, bare.id: bare}})
    found = one(counted, bare.id, value=4)
    assert found["method"] == "garwood" and found["high"] == pytest.approx(GARWOOD[4][1], abs=1e-6)


def test_checked_rows_may_hold_a_count_in_its_numerator_alone(plan):
    row = {"indicator": "user_incidents", "division": "kunshan", "year": 2020, "numerator": 3.0, "denominator": np.nan, "value": np.nan, "status": "reported", "definition": ""}  # fmt: skip
    found = compute_years(pd.DataFrame([row]), plan=plan).set_index("division").loc["kunshan"]
    assert (found["value"], found["reported"]) == (3, 1)


def test_what_the_city_reports_is_not_added_to_its_divisions(plan):
    rows = [relapse(d, 2020, 5, 100) for d in DIVISIONS] + [relapse("suzhou", 2020, 400, 900)]
    city = sa.compute_indicators(returns(plan, rows), plan=plan).yearly("annual_detected_relapse_rate", "suzhou")
    assert city.loc[2020, ["numerator", "denominator", "reported", "expected"]].tolist() == [50, 1000, 10, 10]
