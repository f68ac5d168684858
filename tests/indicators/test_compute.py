"""From returns to values: missing stays missing, the city is pooled, the year is made of its quarters."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa

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
