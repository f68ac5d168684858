"""Synthetic returns: marked, reproducible, and as true as they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suzhou_antidrug.datasets import data_path
from suzhou_antidrug.plan import load_plan
from suzhou_antidrug.returns.synthetic import (
    MARGINS,
    SEED,
    load_synthetic_returns,
    load_synthetic_truth,
    make_synthetic_returns,
    synthetic_files,
)
from suzhou_antidrug.returns.synthetic_truth import DECREASES

ROUNDING = 2e-5  # levels near 0.05 are stored with six decimals
ONE_IN_A_MILLION = 1e-6  # a right generator fails a single check below with this probability


@pytest.fixture(scope="module")
def suzhou():  # type: ignore[no-untyped-def]
    return load_plan("suzhou-2020")


@pytest.fixture(scope="module")
def returns(suzhou):  # type: ignore[no-untyped-def]
    return load_synthetic_returns(suzhou)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return load_synthetic_truth()


def in_years(frame: pd.DataFrame, *years: int) -> np.ndarray:
    return np.array([period.year in years for period in frame["period"]])


def test_generating_again_gives_the_bundled_bytes(suzhou) -> None:  # type: ignore[no-untyped-def]
    for name, data in synthetic_files(suzhou).items():
        assert data_path("synthetic", name).read_bytes() == data, name


def test_another_seed_gives_other_figures_and_the_same_seed_the_same(suzhou) -> None:  # type: ignore[no-untyped-def]
    first, second, other = (make_synthetic_returns(suzhou, seed=s)[0] for s in (7, 7, 8))
    assert first.made.fingerprint == second.made.fingerprint != other.made.fingerprint


def test_every_row_says_that_it_is_synthetic(returns, truth: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    assert returns.made.status == "synthetic" and returns.made.seed == SEED
    assert set(returns.frame["status"]) == {"synthetic", "missing"}
    for frame in (returns.frame, truth):
        assert set(frame["source"]) == {f"合成数据 synthetic, seed={SEED}"}
    lines = data_path("synthetic", "suzhou_returns.csv").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("synthetic,") for line in lines[1:])
    assert returns.problems["code"].tolist() == ["definition_changed"] and returns.log.empty  # one change is planted


def test_the_grid_is_whole_but_for_the_gaps_that_are_meant(returns, suzhou) -> None:  # type: ignore[no-untyped-def]
    missing = returns.missing(suzhou, range(2017, 2023))
    assert set(missing["reason"]) == {"blank"} and len(missing) == 4
    targets = {t.indicator: t.group for t in suzhou.targets}
    assert sorted(targets.get(i, "") for i in missing["indicator"]) == ["", "", "decrease", "zero"]


def test_one_division_changes_one_definition(returns) -> None:  # type: ignore[no-untyped-def]
    frame = returns.frame
    changed = frame[frame["definition"].str.contains("definition B")]
    assert changed["division"].nunique() == 1 and changed["indicator"].unique().tolist() == ["precursor_diversion_rate"]
    assert sorted(p.year for p in changed["period"]) == [2021, 2022]


def test_the_city_changes_as_designed_and_the_flags_follow(truth: pd.DataFrame) -> None:
    falls = truth[truth["truly_met_10"].notna()]
    city = falls[falls["division"] == "suzhou"]
    assert city["true_change"].tolist() == pytest.approx(list(DECREASES), abs=1e-6)
    for margin in MARGINS:
        flags = falls[f"truly_met_{margin * 100:.0f}"].astype(bool)
        assert (flags == (falls["true_change"] <= -margin)).all()
    np.testing.assert_allclose(falls["last_level"] / falls["base_level"] - 1, falls["true_change"], atol=ROUNDING)
    assert city["truly_met_10"].tolist() == [True, True, False, False], "some fall, one hardly, one rises"


def test_the_city_is_the_weighted_mean_of_its_divisions(returns, truth: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    frame = returns.frame
    base = frame[(frame["indicator"] == "drug_related_crime_rate") & in_years(frame, 2019)]
    mine = truth[truth["target"] == "drug_related_crime"].set_index("division")
    weights = base.set_index("division")["denominator"]
    mean = np.average(mine.loc[weights.index, "base_level"], weights=weights)
    assert mean == pytest.approx(mine.loc["suzhou", "base_level"], rel=1e-5)


def test_populations_are_the_census(returns) -> None:  # type: ignore[no-untyped-def]
    frame = returns.frame
    crime = frame[(frame["indicator"] == "drug_related_crime_rate") & in_years(frame, 2020)]
    assert crime["denominator"].sum() == 12_748_262  # census 2020, the city
    notes = crime.set_index("division")["note"]
    assert "unverified" in notes["gusu"] and "unverified" in notes["sip"] and "published" in notes["kunshan"]


@pytest.mark.parametrize("seed", [SEED, 1, 2])
def test_reports_scatter_around_the_truth_as_their_law_says(suzhou, seed: int) -> None:  # type: ignore[no-untyped-def]
    made, truth = make_synthetic_returns(suzhou, seed=seed)
    frame = made.frame
    for indicator, year, column in (
        ("drug_related_crime_rate", 2019, "base_level"),
        ("drug_related_crime_rate", 2022, "last_level"),
        ("annual_detected_relapse_rate", 2022, "last_level"),
    ):
        rows = frame[(frame["indicator"] == indicator) & in_years(frame, year)]
        levels = truth[truth["indicator"] == indicator].set_index("division")[column]
        rows = rows[rows["numerator"].notna()]
        expected = (
            levels[rows["division"]].to_numpy() * rows["denominator"].to_numpy() / suzhou.indicators[indicator].per
        )
        # Poisson by exposure; binomial counts vary less, so the same statistic is on the safe side for shares.
        statistic = float((((rows["numerator"] - expected) ** 2) / expected).sum())
        assert stats.chi2.sf(statistic, len(rows)) > ONE_IN_A_MILLION, (indicator, year, statistic)
        assert statistic > 0.05, "no noise at all would not be a draw"


def test_coverage_by_list_is_reported_as_it_is(returns, truth: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    frame = returns.frame
    for target in ("user_control", "precursor_inspection", "wastewater_coverage"):
        mine = truth[truth["target"] == target].set_index("division")
        rows = frame[(frame["indicator"] == mine["indicator"].iloc[0]) & in_years(frame, 2022)]
        shares = (rows["numerator"] / rows["denominator"]).set_axis(rows["division"])
        np.testing.assert_allclose(shares, mine.loc[shares.index, "last_level"], atol=1e-6)
    city = truth[truth["division"] == "suzhou"].set_index("target")["truly_met"]
    assert city["user_control"] and not city["precursor_inspection"], "some hundreds are reached, some are not"


def test_zero_targets_have_the_events_the_truth_says(returns, truth: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    frame = returns.frame
    within = frame[in_years(frame, 2020, 2021, 2022)]
    events = within.groupby(["indicator", "division"])["numerator"].sum()
    zero = truth[truth["target"].isin(["student_use", "manufacture_sites", "user_incidents", "cultivation"])]
    divisions = zero[zero["division"] != "suzhou"]
    found = np.array([events[key] for key in zip(divisions["indicator"], divisions["division"], strict=True)])
    assert ((found == 0) == divisions["truly_met"].astype(bool)).all()
    assert set(zero[zero["division"] == "suzhou"]["truly_met"]) == {True, False}


def test_another_plan_works_as_well() -> None:
    town = load_plan("example-town")
    made, truth = make_synthetic_returns(town)
    assert set(made.frame["division"]) == set(town.geography.ids)
    assert {p.freqstr for p in made.frame["period"]} == {"Y-DEC", "2Q-DEC"}
    assert set(truth["target"]) == {t.id for t in town.targets}
