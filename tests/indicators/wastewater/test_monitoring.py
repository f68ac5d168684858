"""Coverage of sewage monitoring: cases worked by hand, a loop over plants, both sides of every requirement."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.monitoring import READINGS, SEWAGE, monitoring_coverage
from suzhou_antidrug.returns.schema import Returns

YEAR = 2021
QUARTER_DAYS = [f"{YEAR}-{month:02d}-{day}" for month in (2, 5, 8, 11) for day in (10, 14)]


def register(**plants):
    """A register from plant = (division, population[, sewage])."""
    rows = [(name, *given, "domestic")[:4] for name, given in plants.items()]
    return pd.DataFrame(rows, columns=["plant", "division", "population", "sewage"])


def samples(**days):
    return pd.DataFrame([(plant, day) for plant, given in days.items() for day in given], columns=["plant", "start"])


def covered(days, **options):
    found = monitoring_coverage(register(A=("kunshan", 100)), samples(A=days), year=YEAR, **options)
    return bool(found.frame["covered"].iloc[0])


def test_three_readings_of_one_year():
    listed = register(A=("kunshan", 300), B=("kunshan", 100), C=("taicang", 400), D=("gusu", 200))
    # B lacks a quarter; C was sampled one day a quarter; D never.
    taken = samples(A=QUARTER_DAYS, B=QUARTER_DAYS[:6], C=QUARTER_DAYS[::2])
    found = monitoring_coverage(listed, taken, year=YEAR)
    frame = found.frame.set_index("plant")
    assert frame["covered"].tolist() == [True, False, False, False]
    assert frame[["rounds", "rounds_complete", "days"]].values.tolist() == [[4, 4, 8], [3, 3, 6], [4, 0, 4], [0, 0, 0]]
    assert frame["quarters_missing"].tolist() == ["", "Q4", "Q1 Q2 Q3 Q4", "Q1 Q2 Q3 Q4"]
    assert frame.loc["B", "reason_en"] == "missing Q4 (3 complete rounds)" and "Q4" in frame.loc["B", "reason_zh"]
    table = found.readings_frame().set_index("reading")
    assert list(table.index) == list(READINGS)
    assert table[["numerator", "denominator"]].values.tolist() == [[1, 4], [300, 1000], [1, 3]]
    assert table["verdict"].tolist() == ["not_met"] * 3 and table["shown"].tolist() == ["25.0%", "30.0%", "33.3%"]
    assert table["asked"].tolist() == [True, False, False]
    loose = monitoring_coverage(listed, taken, year=YEAR, rounds_required=1, days_required=1)
    assert loose.frame["covered"].tolist() == [True, True, True, False], "sampled in the year, as the catalogue has it"


def test_all_covered_is_met_and_one_of_thousands_short_is_not():
    plants = [f"p{i}" for i in range(2500)]
    listed = pd.DataFrame({"plant": plants, "division": "kunshan", "sewage": "domestic", "population": 4000})
    taken = pd.DataFrame({"plant": np.repeat(plants, 8), "start": QUARTER_DAYS * 2500})
    full = monitoring_coverage(listed, taken, year=YEAR)
    assert {c.judgement.verdict.value for c in full.readings.values()} == {"met"}
    short = monitoring_coverage(listed, taken.iloc[1:], year=YEAR)
    assert short.readings["plants_listed"].value == 0.9996 and short.readings["plants_listed"].shown == "99.9%"
    assert short.judgement.verdict.value == "not_met"
    assert short.readings["population_served"].judgement.verdict.value == "not_met"


def test_rounds_and_days_on_both_sides_of_what_is_required():
    assert covered(QUARTER_DAYS)
    assert not covered(QUARTER_DAYS[:-1]), "the last round has one day"
    assert not covered([*QUARTER_DAYS[:-1], QUARTER_DAYS[-2] + " 18:00"]), "two samples of one day are one day"
    assert covered([*QUARTER_DAYS[:-1], "2021-11-17"]), "seven days apart is one round"
    assert not covered([*QUARTER_DAYS[:-1], "2021-11-18"]), "eight days apart is two"
    assert not covered(QUARTER_DAYS, days_required=3) and covered(QUARTER_DAYS, rounds_required=3)
    assert not covered(QUARTER_DAYS, rounds_required=5)
    assert not covered([day.replace("2021", "2020") for day in QUARTER_DAYS])


def test_the_spread_over_quarters():
    crowded = [f"2021-{month:02d}-{day}" for month in (1, 2, 3, 4) for day in (10, 11)]
    assert not covered(crowded) and covered(crowded, spread=None)
    assert covered(crowded[:6], rounds_required=3), "fewer than four rounds cannot be asked of every quarter"
    monthly = [f"2021-{month:02d}-{day}" for month in range(1, 13) for day in (10, 11)]
    assert covered(monthly, rounds_required=12) and not covered(monthly[2:], rounds_required=12)


def test_sampling_every_day_or_week_is_not_one_round():
    daily = pd.date_range("2021-01-01", "2021-12-31").strftime("%Y-%m-%d")
    assert covered(daily) and covered(daily[::7])
    # A week over the end of a quarter is one round, and fills one quarter only.
    over = ["2021-03-31", "2021-04-01", "2021-04-02", *QUARTER_DAYS[4:]]
    assert not covered(over)


def test_a_round_may_be_named():
    days = [f"2021-{month:02d}-{day}" for month in (1, 4, 7, 10) for day in (5, 25)]
    taken = samples(A=days).assign(round=[1, 1, 2, 2, 3, 3, 4, 4])
    one = register(A=("kunshan", 100))
    assert not monitoring_coverage(one, taken.drop(columns="round"), year=YEAR).frame["covered"].iloc[0]
    assert monitoring_coverage(one, taken, year=YEAR).frame["covered"].iloc[0]
    with pytest.raises(SeriesError, match="round is blank"):
        monitoring_coverage(one, taken.assign(round=[1, 1, None, 2, 3, 3, 4, 4]), year=YEAR)


def test_the_clock_of_the_plant_decides_the_quarter():
    days = pd.to_datetime(["2021-04-01 07:00", "2021-04-02 07:00"]).tz_localize("Asia/Shanghai")
    found = monitoring_coverage(register(A=("kunshan", 1)), pd.DataFrame({"plant": "A", "start": days}), year=YEAR)
    assert found.frame["quarters_missing"].tolist() == ["Q1 Q3 Q4"]


days_of_plants = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 800)), max_size=60)


@given(days_of_plants, st.integers(1, 5), st.integers(1, 3), st.sampled_from(["quarter", None]))
def test_a_loop_over_plants_finds_the_same(taken, rounds_required, days_required, spread):
    listed = register(**{f"p{k}": ("kunshan", 10) for k in range(4)})
    start = pd.Timestamp("2020-06-01") + pd.to_timedelta([d for _, d in taken], unit="D")
    frame = pd.DataFrame({"plant": [f"p{k}" for k, _ in taken], "start": pd.Series(start, dtype="datetime64[ns]")})
    found = monitoring_coverage(
        listed, frame, year=YEAR, rounds_required=rounds_required, days_required=days_required, spread=spread
    ).frame
    for k in range(4):
        days = sorted({pd.Timestamp("2020-06-01") + pd.Timedelta(days=d) for p, d in taken if p == k})
        runs = []
        for day in days:
            if runs and (day - runs[-1][-1]).days <= 7:
                runs[-1].append(day)
            else:
                runs.append([day])
        cut = []
        for run in runs:
            pieces = {}
            for day in run:
                pieces.setdefault((day.year, day.quarter) if (run[-1] - run[0]).days > 31 else 0, []).append(day)
            cut += pieces.values()
        good = [run for run in cut if run[0].year == YEAR and len(run) >= days_required]
        quarters = {run[0].quarter for run in good}
        expected = len(good) >= rounds_required and (spread is None or rounds_required < 4 or len(quarters) == 4)
        assert found["covered"].iloc[k] == expected
        assert found["rounds_complete"].iloc[k] == len(good)
        assert found["days"].iloc[k] == sum(len(run) for run in cut if run[0].year == YEAR)


def test_domestic_and_industrial_are_never_added():
    listed = register(A=("kunshan", 100), B=("kunshan", np.nan, "industrial"), C=("taicang", np.nan, "industrial"))
    taken = samples(A=QUARTER_DAYS, B=QUARTER_DAYS)
    domestic = monitoring_coverage(listed, taken, year=YEAR)
    industrial = monitoring_coverage(listed, taken, year=YEAR, sewage="industrial")
    assert (domestic.readings["plants_listed"].denominator, industrial.readings["plants_listed"].denominator) == (1, 2)
    assert domestic.judgement.verdict.value == "met" and industrial.judgement.verdict.value == "not_met"
    people = industrial.readings["population_served"].judgement
    assert people.verdict.value == "not_assessable" and "no population" in people.reason.en
    assert len(domestic.problems) == len(industrial.problems) == 0
    with pytest.raises(SeriesError, match="domestic sewage"):
        industrial.returns_rows()
    none = monitoring_coverage(listed.iloc[:1], taken, year=YEAR, sewage="industrial")
    assert none.judgement.verdict.value == "not_assessable"
    assert none.plot(language="en").get_title(loc="left").startswith("industrial sewage 2021: 0/0")


def test_a_missing_population_makes_that_reading_not_assessable():
    listed = register(A=("kunshan", 100), B=("taicang", np.nan))
    found = monitoring_coverage(listed, samples(A=QUARTER_DAYS), year=YEAR, plan_reading="population_served")
    assert found.judgement.verdict.value == "not_assessable" and "no population for 1: B" in found.judgement.reason.en
    assert found.readings["plants_listed"].judgement.verdict.value == "not_met"
    assert found.problems[["code", "plant"]].values.tolist() == [["population_missing", "B"]]
    # Against residents only those count who are covered: B adds nobody either way.
    residents = {"kunshan": 150, "taicang": 50}
    known = monitoring_coverage(listed, samples(A=QUARTER_DAYS), year=YEAR, resident_population=residents)
    assert known.readings["population_served"].value == 0.5
    both = monitoring_coverage(
        listed, samples(A=QUARTER_DAYS, B=QUARTER_DAYS), year=YEAR, resident_population=residents
    )
    assert both.readings["population_served"].judgement.verdict.value == "not_assessable"


def test_residents_are_another_denominator():
    listed, taken = register(A=("kunshan", 100), B=("taicang", 50)), samples(A=QUARTER_DAYS, B=QUARTER_DAYS)

    def reading(residents):
        return monitoring_coverage(listed, taken, year=YEAR, resident_population=residents).readings[
            "population_served"
        ]

    assert reading({"kunshan": 100, "taicang": 50}).judgement.verdict.value == "met"
    assert reading({"kunshan": 120, "taicang": 80}).value == 0.75
    lacking, over = reading({"kunshan": 120}).judgement, reading({"kunshan": 90, "taicang": 50}).judgement
    assert (lacking.verdict.value, over.verdict.value) == ("not_assessable", "not_assessable")
    assert "no resident population for 1: taicang" in lacking.reason.en and "more than the residents" in over.reason.en


def test_a_division_without_a_plant_is_seen_when_named():
    listed, taken = register(A=("kunshan", 100)), samples(A=QUARTER_DAYS)
    assert monitoring_coverage(listed, taken, year=YEAR).readings["divisions_sampled"].value == 1
    found = monitoring_coverage(
        listed, taken, year=YEAR, divisions=["kunshan", "gusu"], plan_reading="divisions_sampled"
    )
    assert found.judgement.verdict.value == "not_met" and found.readings["divisions_sampled"].denominator == 2
    with pytest.raises(UnknownNameError, match="kunshan"):
        monitoring_coverage(listed, taken, year=YEAR, divisions=["gusu"])


def test_samples_of_an_unknown_plant_are_listed_and_left_aside():
    taken = samples(A=QUARTER_DAYS, X=QUARTER_DAYS[:3], Y=QUARTER_DAYS[:1])
    found = monitoring_coverage(register(A=("kunshan", 1)), taken, year=YEAR)
    assert found.problems[["code", "plant"]].values.tolist() == [
        ["plant_not_on_register", "X"],
        ["plant_not_on_register", "Y"],
    ]
    assert "left aside: 3" in found.problems["en"].iloc[0] and len(found.frame) == 1


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"plant": ["A", "A"]}, "plant_twice", "plant"),
        ({"plant": ["A", None]}, "blank", "plant"),
        ({"division": ["kunshan", " "]}, "blank", "division"),
        ({"sewage": ["domestic", "rain"]}, "sewage", "sewage"),
        ({"population": [100, -1]}, "population", "population"),
        ({"population": [100, 1.5]}, "population", "population"),
        ({"population": [100, "12万"]}, "population", "population"),
    ],
)
def test_a_register_that_cannot_be_used_is_refused_by_its_cell(change, code, column):
    listed = register(A=("kunshan", 100), B=("taicang", 200)).assign(**change)
    with pytest.raises(SeriesError) as raised:
        monitoring_coverage(listed, samples(A=QUARTER_DAYS), year=YEAR)
    last = raised.value.problems[-1]
    assert (last.code, last.column, last.row, last.file) == (code, column, 1, "register")


def test_samples_and_options_that_cannot_be_used_are_refused():
    listed = register(A=("kunshan", 100))
    for start in ("spring", None, 44287, 2021, "2021-04", "04/01/2021"):
        with pytest.raises(SeriesError, match="start is a date"):
            monitoring_coverage(listed, pd.DataFrame({"plant": ["A"], "start": [start]}), year=YEAR)
    with pytest.raises(SeriesError) as raised:
        monitoring_coverage(listed.drop(columns=["sewage", "population"]), pd.DataFrame({"plant": ["A"]}), year=YEAR)
    assert [p.column for p in raised.value.problems] == ["sewage", "population", "start"]
    for wrong in ({"sewage": "rain"}, {"plan_reading": "plants"}):
        with pytest.raises(UnknownNameError):
            monitoring_coverage(listed, samples(A=QUARTER_DAYS), year=YEAR, **wrong)
    with pytest.raises(ValueError, match="at least 1"):
        covered(QUARTER_DAYS, rounds_required=0)


def test_no_sample_at_all_covers_nobody():
    found = monitoring_coverage(register(A=("kunshan", 100)), samples(), year=YEAR)
    assert found.judgement.verdict.value == "not_met" and found.frame["days"].tolist() == [0]


def test_the_rows_for_the_returns_are_accepted_and_judged_alike(plan):
    ids = plan.geography.ids
    listed = register(**{f"{d}-{k}": (d, 1000) for d in ids[:9] for k in (1, 2)})
    taken = samples(**{plant: QUARTER_DAYS for plant in listed["plant"] if not plant.endswith("sip-2")})
    residents = dict.fromkeys(ids, 4000.0) | {"gusu": np.nan, "sip": 900.0}
    found = monitoring_coverage(
        listed, taken, year=YEAR, divisions=ids, resident_population=residents, status="synthetic"
    )
    rows = found.returns_rows(source="example")
    assert len(rows) == 20 and set(rows["definition"]) == {found.rule.zh}
    returns = Returns.from_frame(rows, plan=plan)
    table = returns.frame.set_index(["indicator", "division"])
    plants = table.loc["wastewater_monitoring_coverage"]
    assert plants.loc["sip", ["numerator", "denominator", "value"]].tolist() == [1, 2, 0.5]
    assert plants.loc["kunshan", "value"] == 1 and plants.loc["snd", "status"] == "missing"
    people = table.loc["wastewater_population_coverage"]
    assert people.loc["kunshan", ["numerator", "denominator", "value"]].tolist() == [2000, 4000, 0.5]
    assert people.loc[["gusu", "sip"], "status"].tolist() == ["missing", "missing"], "unknown, and more than residents"
    assert plants.loc["kunshan", "status"] == "synthetic"
    without = monitoring_coverage(listed, taken, year=YEAR).returns_rows().set_index("indicator_id")
    assert without.loc["wastewater_population_coverage", "status"].eq("missing").all()
    assert without.loc["wastewater_monitoring_coverage", "status"].eq("reported").all()


def test_it_explains_itself_and_is_drawn_in_both_languages():
    listed = register(A=("kunshan", 300), B=("taicang", 100))
    found = monitoring_coverage(listed, samples(A=QUARTER_DAYS, B=QUARTER_DAYS[:3]), year=YEAR, status="assumed")
    said = found.explain().in_language("en")
    assert "at least 4 rounds" in said and "plants (reading asked for): 50.0%, not met" in said
    assert "population served by all plants" in said and "不少于 4 轮" in found.explain().in_language("zh")
    for language, words, mark in (("zh", SEWAGE["domestic"].zh, "假定"), ("en", "domestic sewage", "assumed")):
        ax = found.plot(language=language)
        assert words in ax.get_title(loc="left") and "1/2" in ax.get_title(loc="left")
        assert mark in {text.get_text() for text in ax.texts}
        assert [t.get_text() for t in ax.get_yticklabels()] == ["A", "B"]
    cells = ax.collections[0].get_array().reshape(2, 5)
    assert cells.tolist() == [[2, 2, 2, 2, 2], [2, 1, 0, 0, 3]]
    many = pd.concat([listed.assign(plant=listed["plant"] + str(k)) for k in range(30)])
    ax = monitoring_coverage(many, samples(A0=QUARTER_DAYS), year=YEAR).plot()
    assert [t.get_text() for t in ax.get_yticklabels()] == ["kunshan", "taicang"]
    assert (
        found.manifest()["data_fingerprint"]
        != monitoring_coverage(listed, samples(A=QUARTER_DAYS), year=YEAR).manifest()["data_fingerprint"]
    )
