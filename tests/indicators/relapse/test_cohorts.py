"""Cohorts still in follow-up: the model against a plain regression, the truth of simulations, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.relapse import cohorts
from suzhou_antidrug.indicators.relapse.cohorts import follow_up_table, forecast_cohorts

RATES = np.array([0.30, 0.18, 0.12])  # relapses a person-year by year of follow-up
OTHER = 0.03


def cells(levels: dict[int, float], last: int, *, people: int = 800, rng=None) -> pd.DataFrame:
    """Expected (or drawn) events of cohorts released at the start of a year and followed to the end of ``last``."""
    rows = []
    for cohort, level in levels.items():
        left = float(people)
        for k in range(min(3, last - cohort + 1)):
            rate = RATES[k] * level
            years = left * -np.expm1(-(rate + OTHER)) / (rate + OTHER)
            mean = np.array([rate, OTHER]) * years
            events = mean if rng is None else rng.poisson(mean)
            rows.append((cohort, k, years, *events))
            left *= np.exp(-(rate + OTHER))
    return pd.DataFrame(rows, columns=list(cohorts.COLUMNS))


def truth(level: float) -> float:
    hazards = RATES * level
    left = np.exp(-np.concatenate([[0], np.cumsum(hazards + OTHER)[:-1]]))
    return float((left * hazards / (hazards + OTHER) * -np.expm1(-(hazards + OTHER))).sum())


def test_complete_cohorts_give_their_cumulative_incidence():
    found = forecast_cohorts(cells(dict.fromkeys(range(2014, 2019), 1.0), 2021), draws=8000)
    assert found.frame["complete"].all()
    assert found.frame["relapse"].to_numpy() == pytest.approx(truth(1.0), abs=0.01)


def test_the_mode_is_that_of_a_poisson_regression_when_steps_are_wide():
    sm = pytest.importorskip("statsmodels.api")
    table = cells({2015: 1.0, 2016: 1.2, 2017: 0.8, 2018: 1.0}, 2021, rng=np.random.default_rng(1))
    design = np.zeros((len(table), 7))
    design[np.arange(len(table)), table["year"]] = 1
    design[np.arange(len(table)), 3 + table["cohort"] - 2015] = 1
    wide = cohorts._precision(3, np.ones(3), 1e3)
    mode, _, _ = cohorts._fit(design, table["relapses"].to_numpy(float), table["person_years"].to_numpy(float), wide)
    reference = sm.GLM(
        table["relapses"], np.delete(design, 3, axis=1), family=sm.families.Poisson(), exposure=table["person_years"]
    ).fit()
    assert design @ mode == pytest.approx(np.delete(design, 3, axis=1) @ reference.params.to_numpy(), abs=1e-4)


def test_unfinished_cohorts_are_covered_by_their_intervals():
    """Three-year risks of cohorts with one or two years seen, against the level they were drawn from."""
    rng = np.random.default_rng(7)
    inside = []
    for _ in range(150):
        steps = np.exp(np.cumsum(0.1 * rng.standard_normal(7)))
        levels = dict(zip(range(2015, 2022), steps, strict=True))
        found = forecast_cohorts(cells(levels, 2021, rng=rng), draws=800).frame
        for cohort in (2020, 2021):
            row = found[found["cohort"] == cohort].iloc[0]
            inside.append(row["low"] <= truth(levels[cohort]) <= row["high"])
    assert not found["complete"].iloc[-1]
    assert 0.90 <= np.mean(inside) <= 0.99  # 300 cases that share data: some three errors about 95 %


def test_less_follow_up_is_less_sure():
    found = forecast_cohorts(cells(dict.fromkeys(range(2014, 2022), 1.0), 2021), cohorts=[2022])
    width = (found.frame["high"] - found.frame["low"]).to_numpy()
    assert found.frame["years_seen"].tolist()[-3:] == [2, 1, 0]
    assert width[-1] > width[-2] > width[-3] > width[2]


def test_competing_ends_lower_the_risk_and_are_not_censored():
    table = cells(dict.fromkeys(range(2014, 2019), 1.0), 2021)
    alone = forecast_cohorts(table.assign(others=0)).frame["relapse"].mean()
    many = forecast_cohorts(table.assign(others=table["others"] * 10)).frame["relapse"].mean()
    assert many < alone


def test_it_feeds_the_outlook(plan):
    levels = dict(zip(range(2014, 2023), 0.9 ** np.arange(9), strict=True))
    found = forecast_cohorts(cells(levels, 2022, people=4000))
    out = sa.assess_target(
        found.series(), target="relapse", plan=plan, origin=2022, reading={"relapse_definition": "cohort_three_year"}
    )
    assert out.probability == pytest.approx(found.probability_of_fall(2019, 2022, 0.1), abs=0.1)
    assert 0.5 < out.probability <= 1


def test_person_years_add_up():
    rng = np.random.default_rng(3)
    followed, event = rng.uniform(0.01, 4.0, 5000), rng.integers(0, 3, 5000)
    cohort = rng.integers(2018, 2021, 5000)
    table = follow_up_table(cohort, followed, event)
    assert table["person_years"].sum() == pytest.approx(np.minimum(followed, 3).sum())
    assert table["relapses"].sum() == ((event == 1) & (followed <= 3)).sum()
    assert table["others"].sum() == ((event == 2) & (followed <= 3)).sum()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.drop(columns="relapses"), "column_missing"),
        (lambda t: t.assign(relapses=-1), "negative"),
        (lambda t: t.assign(person_years=np.nan), "negative"),
        (lambda t: pd.concat([t, t.head(1)]), "duplicate"),
        (lambda t: t.assign(relapses=0), "few_events"),
        (lambda t: t[t["year"] < 2], "unseen_year"),
    ],
)
def test_bad_tables_are_refused(change, code):
    table = cells(dict.fromkeys(range(2014, 2019), 1.0), 2021)
    with pytest.raises(SeriesError) as caught:
        forecast_cohorts(change(table))
    assert caught.value.problems[0].code == code


def test_times_of_zero_are_refused_without_naming_anyone():
    with pytest.raises(SeriesError) as caught:
        follow_up_table([2019, 2019], [0.0, 1.0], [1, 0])
    assert "1" in str(caught.value) and caught.value.problems[0].value is None


def shrinking(people: int = 4000, last: int = 2021, factor: float = 0.9):
    levels = dict(zip(range(2014, last + 1), factor ** np.arange(last - 2013), strict=True))
    return cells(levels, last, people=people)


THREE_YEARS = {"relapse_definition": "cohort_three_year"}


def test_cohorts_are_judged_by_their_own_draws(plan):
    found = forecast_cohorts(shrinking(), cohorts=[2022])
    out = sa.assess_target(found, target="relapse", plan=plan, origin=2021, reading=THREE_YEARS)
    assert out.probability == found.probability_of_fall(2019, 2022, 0.1)
    assert out.forecast_years == (2020, 2021, 2022)  # the cohort of 2019 was followed for three calendar years
    assert out.actual is None and out.error_rates is None
    assert out.history.index.max() == 2019
    assert "released" in out.explain().in_language("en")


def test_errors_that_cohorts_share_do_not_widen_their_ratio(plan):
    found = forecast_cohorts(shrinking(people=300), cohorts=[2022])
    ratios = sa.assess_target(found, target="relapse", plan=plan, origin=2021, reading=THREE_YEARS).ratios
    series = found.series().set_index("period")
    independent = np.hypot(*(series["se"] / series["value"]).loc[[2019, 2022]])
    assert np.log(ratios).std() < independent


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reading": {"relapse_definition": "cohort_one_year"}}, "definition"),
        ({"reading": None}, "definition"),
        ({"origin": 2020}, "after_origin"),
        ({"by": 2023}, "cohort_missing"),
    ],
)
def test_cohorts_that_do_not_fit_the_question_are_refused(plan, change, code):
    found = forecast_cohorts(shrinking(), cohorts=[2022])
    asked = {"target": "relapse", "plan": plan, "origin": 2021, "reading": THREE_YEARS} | change
    with pytest.raises(SeriesError) as caught:
        sa.assess_target(found, **asked)
    assert caught.value.problems[0].code == code


def test_without_the_base_cohort_nothing_is_judged(plan):
    table = shrinking()
    found = forecast_cohorts(table[table["cohort"] != 2019], cohorts=[2022])
    out = sa.assess_target(found, target="relapse", plan=plan, origin=2021, reading=THREE_YEARS)
    assert out.verdict is sa.Verdict.NOT_ASSESSABLE and "2019" in out.judgement.reason.en
