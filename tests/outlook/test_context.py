"""A local change beside the nation's: arithmetic by hand, and what cannot be compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa

CRIME = pd.Series([5.0, 5.1, 5.0, 4.8, 3.0, 2.5], index=range(2016, 2022))


@pytest.fixture(scope="module")
def nation():
    return next(s for s in sa.near_series("drug_related_crime") if s.published.indicator == "drug_cases_solved")


def test_near_series_are_listed_with_what_they_are_not():
    every = sa.near_series()
    assert {s.target for s in every} == {"relapse", "precursor_diversion", "drug_related_crime", "wastewater"}
    assert all(s.relation.zh and s.relation.en and s.title.en.isascii() for s in every)
    assert {s.place.zh for s in sa.near_series(place="江苏省")} == {"江苏省"}


def test_ratio_of_ratios_by_hand(plan, nation):
    out = sa.assess_target(CRIME, target="drug_related_crime", plan=plan, origin=2021)
    found = sa.compare_with_context(out, nation)
    # 83,000 cases solved in 2019, 54,000 in 2021.
    assert (found.base_year, found.year) == (2019, 2021)
    assert found.change == pytest.approx(2.5 / 4.8 - 1)
    assert found.context_change == pytest.approx(54 / 83 - 1)
    assert found.ratio == pytest.approx((2.5 / 4.8) / (54 / 83))
    assert np.isnan(found.low)  # the local noise is not known
    assert "not because of" in found.explain().in_language("en")


def test_known_counts_give_limits(plan, nation):
    frame = pd.DataFrame({"period": [2017, 2018, 2019, 2020, 2021], "value": [160, 170, 160, 140, 105.0]})
    out = sa.assess_target(frame.assign(events=frame["value"]), target="drug_related_crime", plan=plan, origin=2021)
    found = sa.compare_with_context(out, nation)
    half = 1.959964 * np.sqrt(1 / 160.5 + 1 / 105.5)  # the national rounding adds next to nothing
    assert np.log(found.high / found.ratio) == pytest.approx(half, rel=2e-3)
    assert found.low < found.ratio < found.high


def test_no_shared_years(plan):
    suzhou = next(s for s in sa.near_series() if s.place.zh == "苏州市")
    out = sa.assess_target(CRIME, target="drug_related_crime", plan=plan, origin=2021)
    with pytest.raises(sa.SeriesError, match="share no base"):
        sa.compare_with_context(out, suzhou)
