"""Progress systems: reference cases to the last printed digit, and what each does where it is undefined."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.appraisal.progress.assurance import assure
from suzhou_antidrug.appraisal.progress.compare import compare_progress
from suzhou_antidrug.appraisal.progress.facts import ProgressFacts
from suzhou_antidrug.appraisal.progress.reduction_rates import reduction_rate, reduction_rate_by_regression
from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.verdicts import Verdict

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "target"
DIGITS = 1e-5


@pytest.fixture(scope="module")
def cases():
    return pd.read_csv(GOLDEN / "cases_status.csv")


@pytest.fixture(scope="module")
def found(cases):
    return compare_progress(ProgressFacts.from_frame(cases))


def test_rates_of_reduction():
    for row in pd.read_csv(GOLDEN / "igme_arr_convention.csv").itertuples():
        assert float(reduction_rate(row.v0, row.v1, row.years, kind="continuous")) == pytest.approx(
            row.continuous_ln, abs=5e-6
        )
        assert float(reduction_rate(row.v0, row.v1, row.years)) == pytest.approx(row.discrete, abs=5e-6)
    aarr = pd.read_csv(GOLDEN / "aarr.csv")
    for (first, last, value, rate), row in zip(
        ((2000, 2015, 100, 0.976), (2010, 2020, 50, 1.01)), aarr.itertuples(), strict=True
    ):
        year = np.arange(first, last + 1)
        y = value * rate ** (year - first)
        assert reduction_rate_by_regression(y, year) == pytest.approx(row.aarr_regression, abs=1e-9)
        assert float(reduction_rate(y[0], y[-1], last - first)) == pytest.approx(row.aarr_endpoint, abs=1e-9)
    assert np.isnan(reduction_rate(5, 0, 3)) and np.isnan(reduction_rate_by_regression([5, 0], [1, 2]))


def test_systems_disagree_and_it_is_said(found, cases):
    differ = found.disagreement
    assert differ["zero target, 3 then 1"] and differ["keep 100 %, slipped to 99.5"]
    assert not differ["marked decrease, no number, +3 % in 2 years"]
    told = str(found.explain("zero target, 3 then 1"))
    assert "0 stands as 0.001" in told and "limited_progress" in told
    with pytest.raises(UnknownNameError):
        found.explain("none")


def test_no_system_sees_the_missed_milestone_but_the_milestone(cases):
    facts = ProgressFacts.from_frame(cases.assign(milestone=[95, 70, 100, 100, np.nan, 0, 0, np.nan, np.nan]))
    seen = compare_progress(facts, ours={cases["case"][1]: Verdict.NOT_MET}).frame.set_index(["system", "case"])[
        "standing"
    ]
    case = cases["case"][1]
    assert seen["milestone", case] == "too_slow" and seen["ours", case] == "too_slow"
    assert seen["milestone", cases["case"][0]] == "on_the_way"
    with pytest.raises(UnknownNameError):
        compare_progress(facts, ours={"none": Verdict.MET})


def test_shares_have_their_own_point():
    row = {
        "case": "s",
        "baseline": 1.0,
        "t0": 2019,
        "current": 0.995,
        "t": 2021,
        "target": 1.0,
        "t_target": 2022,
        "direction": 1,
    }
    said = compare_progress(ProgressFacts.from_frame(pd.DataFrame([row]), point=0.01)).frame
    assert said.set_index("system")["label"]["un_progress_chart"] == "3 met (within 1 point rule)"


def test_three_thousand_places_equal_one_by_one(cases):
    many = pd.concat([cases] * 400, ignore_index=True)
    whole = compare_progress(ProgressFacts.from_frame(many))
    first = compare_progress(ProgressFacts.from_frame(cases))
    for a, b in zip(whole.labels, first.labels, strict=True):
        assert a.label[: len(cases)].tolist() == b.label.tolist()


@pytest.mark.parametrize(
    ("change", "code"),
    [({"direction": 0}, "bad_direction"), ({"t": 2019}, "bad_times"), ({"current": np.nan}, "bad_current"), ({"baseline": np.nan}, "bad_baseline")],
)  # fmt: skip
def test_facts_that_cannot_be_name_their_case(cases, change, code):
    with pytest.raises(SeriesError) as caught:
        ProgressFacts.from_frame(cases.head(1).assign(**change))
    assert code in [p.code for p in caught.value.problems] and "coverage 90>95>100" in caught.value.problems[0].en
    with pytest.raises(SeriesError):
        ProgressFacts.from_frame(cases.drop(columns="target"))


def test_assurance_on_both_sides_of_the_limits():
    steady = [95, 96, 94, 95, 96, 95, 94, 95, 96, 95, 94, 96]
    chart = assure(steady, 90)
    assert chart.low == pytest.approx(np.mean(steady) - 2.66 * np.abs(np.diff(steady)).mean())
    assert [assure(steady, t).assurance for t in (chart.low - 0.01, 95, chart.high + 0.01)] == [
        "consistent_pass",
        "hit_and_miss",
        "consistent_fail",
    ]
    assert assure(steady, chart.high + 0.01, direction=-1).assurance == "consistent_pass"
    rising = [*steady, 96.5, 97, 97.5, 98, 98.5, 99, 99.5]
    assert assure(rising).variation == "improving" and assure(rising, direction=-1).variation == "worsening"
    assert not assure(steady[:11]).enough and assure(steady).enough
    with pytest.raises(SeriesError):
        assure([1.0])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_matrix_is_drawn(found, language):
    ax = found.plot(language=language)
    assert any("≠" in t.get_text() for t in ax.get_yticklabels())
    plt.close("all")
