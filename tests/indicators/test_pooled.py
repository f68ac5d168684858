"""Pooling from sums: what one table of all places gives, and Marshall's estimate as computed elsewhere in the package."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.indicators.compute import compute_years
from suzhou_antidrug.indicators.pooled import moments_of, pool_moments, shrink_to


@pytest.fixture(scope="module")
def plan():
    return sa.load_plan("suzhou-2020")


def table(plan, indicator, events, exposure, year=2020):
    per = plan.indicator(indicator).per if plan.indicator(indicator).kind == "rate" else 1.0
    e, n = np.asarray(events, dtype=float), np.asarray(exposure, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, per * e / n, np.nan)
    return pd.DataFrame({
        "indicator": indicator, "division": [f"d{i}" for i in range(len(e))], "year": year, "numerator": e, "denominator": n, "value": value,
    })  # fmt: skip


def test_parts_add_up_to_the_whole_and_to_marshall(plan):
    rng = np.random.default_rng(1)
    n = rng.integers(50, 5000, 40)
    e = rng.poisson(n * 0.01 * rng.gamma(4, 1 / 4, 40))
    rows = table(plan, "precursor_diversion_rate", e, n)
    parts = [moments_of(rows.iloc[i : i + 10], plan) for i in range(0, 40, 10)]
    pooled = pool_moments(parts, plan)
    per = plan.indicator("precursor_diversion_rate").per
    other = sa.shrink_small_areas(e, n)
    assert pooled["pooled"].iloc[0] == pytest.approx(per * other.pooled, rel=1e-12)
    assert pooled["variance"].iloc[0] == pytest.approx(other.variance, rel=1e-9)
    assert pooled["places"].iloc[0] == 40
    shrunken = shrink_to(pooled, rows, plan)
    assert shrunken["shrunken"].to_numpy() == pytest.approx(per * other.table["shrunken"].to_numpy(), rel=1e-9)
    assert shrunken["ratio"].to_numpy() == pytest.approx(other.table["excess_risk"].to_numpy(), rel=1e-12)


def test_clamped_where_places_differ_by_less_than_chance(plan):
    pooled = pool_moments([moments_of(table(plan, "precursor_diversion_rate", [5] * 8, [500] * 8), plan)], plan)
    assert bool(pooled["clamped"].iloc[0]) and pooled["variance"].iloc[0] == 0
    assert (shrink_to(pooled, table(plan, "precursor_diversion_rate", [0, 9], [500, 500]), plan)["weight"] == 0).all()


def test_a_share_uses_the_binomial_variance(plan):
    n, p = np.full(2000, 50), np.random.default_rng(2).beta(8, 2, 2000)
    e = np.random.default_rng(3).binomial(n, p)
    pooled = pool_moments([moments_of(table(plan, "new_user_share", e, n), plan)], plan)
    # The variance between places that the shares were drawn from: 8*2 / (10^2 * 11).
    assert pooled["variance"].iloc[0] == pytest.approx(16 / 1100, rel=0.1)


def test_missing_reports_are_counted_and_never_taken_as_zero(plan):
    rows = table(plan, "user_check_rate", [10, np.nan, 8], [10, np.nan, 10])
    pooled = pool_moments([moments_of(rows, plan)], plan)
    assert pooled[["places", "not_reported", "events", "exposure"]].iloc[0].tolist() == [2, 1, 18, 20]
    assert len(shrink_to(pooled, rows, plan)) == 2
    assert pool_moments([], plan).empty


def test_years_alone_are_what_the_whole_computation_gives(plan):
    data = sa.load_synthetic_returns(plan)
    whole = sa.compute_indicators(data, plan=plan).yearly_table
    alone = compute_years(data.table.assign(year=[p.year for p in data.table["period"]]), plan=plan)
    keys = ["indicator", "division", "period"]
    columns = [c for c in alone.columns if c != "period"]
    a, b = (t.sort_values(keys, ignore_index=True)[columns] for t in (whole, alone))
    pd.testing.assert_frame_equal(a, b, check_dtype=False, check_exact=True)


def test_a_year_of_monthly_shares_is_the_share_of_all_months(plan):
    monthly = plan.model_copy(
        update={"indicators": {k: i.model_copy(update={"frequency": "month"}) for k, i in plan.indicators.items()}}
    )
    rows = [("user_check_rate", "kunshan", f"2020-{m:02d}", 10 + m, 40, "reported") for m in range(1, 13)]
    rows += [("precursor_diversion_rate", "kunshan", f"2020-{m:02d}", 2, 480, "reported") for m in range(1, 13)]
    frame = pd.DataFrame(rows, columns=["indicator", "division", "period", "numerator", "denominator", "status"])
    found = sa.compute_indicators(sa.Returns.from_frame(frame, plan=monthly), plan=monthly)
    share = found.yearly("user_check_rate", "kunshan").loc[2020]
    assert share["value"] == pytest.approx((120 + 78) / 480) and share["denominator"] == 480
    rate = found.yearly("precursor_diversion_rate", "kunshan").loc[2020]
    assert (rate["numerator"], rate["denominator"]) == (24, 480)  # events add, the persons at risk stay those of a year


def test_only_shares_and_rates_of_divisions_are_summed(plan):
    rows = [
        table(plan, name, [4, 6], [10, 10]) for name in ("user_check_rate", "wastewater_load", "suspects_per_drug_case")
    ]
    city = rows[0].iloc[:1].assign(division=plan.geography.city.id)
    assert moments_of(pd.concat([*rows, city]), plan)["indicator"].tolist() == ["user_check_rate"]
    assert moments_of(pd.concat([*rows, city]), plan)["events"].tolist() == [10]


def test_events_without_their_exposure_and_the_reverse_are_no_report(plan):
    sums = moments_of(table(plan, "user_check_rate", [np.nan, 3, 4, 0], [10, np.nan, 10, 0]), plan).iloc[0]
    # 4 of 10 alone is told: its square over its exposure is 1.6.
    assert sums[["events", "exposure", "squares", "places", "not_reported"]].tolist() == [4, 10, 1.6, 1, 3]


def test_a_pooled_share_is_its_own_unit_and_its_ratio_is_to_it(plan):
    rows = table(plan, "new_user_share", [1, 3], [4, 4])
    pooled = pool_moments([moments_of(rows, plan)], plan)
    assert pooled["pooled"].tolist() == [0.5]
    assert shrink_to(pooled, rows, plan)["ratio"].tolist() == [0.5, 1.5]
    # 1/16 between the two shares, less 0.25 * 2/8 expected by chance: nothing is left, and that is not below nothing.
    assert pooled["variance"].tolist() == [0] and not pooled["clamped"].any()


def test_places_that_differ_are_not_clamped(plan):
    rows = table(plan, "precursor_diversion_rate", [1, 90], [100, 100])
    pooled = pool_moments([moments_of(rows, plan)], plan).iloc[0]
    # (0.01^2 + 0.9^2)/2 - 0.455^2 - 0.455 * 2/200
    assert pooled["variance"] == pytest.approx(0.40505 - 0.207025 - 0.00455) and not pooled["clamped"]


def test_one_place_exposed_for_one_unit_is_pooled_too(plan):
    assert pool_moments([moments_of(table(plan, "precursor_diversion_rate", [2], [1]), plan)], plan)[
        "events"
    ].tolist() == [2]


def test_no_event_anywhere_stays_at_nought(plan):
    rows = table(plan, "precursor_diversion_rate", [0, 0], [100, 300])
    pooled = pool_moments([moments_of(rows, plan)], plan)
    assert pooled["variance"].tolist() == [0] and not pooled["clamped"].any()
    found = shrink_to(pooled, rows, plan)
    assert found["weight"].tolist() == [0, 0] and found["shrunken"].tolist() == [0, 0] and found["ratio"].isna().all()


def test_a_year_that_only_one_part_reports_is_its_sum(plan):
    parts = [moments_of(table(plan, "user_check_rate", [8], [10], year=y), plan) for y in (2020, 2021)]
    pooled = pool_moments(parts, plan)
    assert pooled[["year", "events", "exposure", "places", "not_reported"]].values.tolist() == [
        [2020, 8, 10, 1, 0],
        [2021, 8, 10, 1, 0],
    ]
