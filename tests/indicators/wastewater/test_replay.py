"""The rule on real series: what it calls a fall is mostly still there a year later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.indicators.wastewater.replay import replay_verdicts

DROPS_STILL_FALLEN = 0.71  # the best of the rules for two weeks in the same data: a drop of 20 % with p < .01


@pytest.mark.reference
def test_falls_called_met_hold_better_than_drops_between_two_weeks(reference):
    loads = sa.loads_from_release(sa.read_score_release(reference / "data" / "wastewater" / "panel.csv"))
    one = replay_verdicts(loads, target_years=1).frame.set_index("verdict")
    two = replay_verdicts(loads).frame.set_index("verdict")
    assert one.loc["met", "cases"] > 40 and two.loc["met", "cases"] > 12
    assert one.loc["met", "next_year_still_fallen"] > DROPS_STILL_FALLEN
    assert two.loc["met", "next_year_still_fallen"] > one.loc["met", "next_year_still_fallen"]
    for found in (one, two):
        assert found.loc["not_met", "next_year_still_fallen"] < 0.2
        assert 0.3 < found.loc["insufficient_evidence", "next_year_still_fallen"] < 0.5


def test_next_year_is_set_beside_the_mean_of_the_base():
    years = range(2012, 2019)
    load = [10.0, 20.0, 30.0, 5.0, 5.0, 4.0, 8.0]
    frame = pd.DataFrame({"plant": "A", "biomarker": "mdma", "year": years, "load": load, "days": 7})
    found = replay_verdicts(sa.loads_from_frame(frame)).table
    assert found["origin"].tolist() == [2016, 2017]
    assert found["next_ratio"].to_numpy() == pytest.approx([4 / 20, 8 / np.mean([20, 30, 5])])


def test_too_short_a_series_replays_nothing():
    frame = pd.DataFrame({"plant": "A", "biomarker": "mdma", "year": [2012, 2013], "load": 5.0, "days": 7})
    found = replay_verdicts(sa.loads_from_frame(frame))
    assert found.table.empty and found.frame["cases"].sum() == 0
    assert "-" in found.explain().in_language("en")
