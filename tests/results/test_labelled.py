"""Every column of the results has a name in both languages, and codes become words; numbers and own words stay."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.column_names import COLUMN_NAMES, column_name, known_column
from suzhou_antidrug.results import Result, label_frame


@pytest.fixture(scope="module")
def plan():
    return sa.load_plan("suzhou-2020")


@pytest.fixture(scope="module")
def returns():
    return sa.load_synthetic_returns()


@pytest.fixture(scope="module")
def card(plan, returns):
    return sa.appraise(returns, plan, evidence=sa.make_synthetic_evidence(plan))


@pytest.fixture(scope="module")
def promises(plan, returns):
    return sa.assess_promises(returns, plan=plan, origin=2021, draws=200)


@pytest.fixture(scope="module")
def loads():
    return sa.compute_loads(sa.load_synthetic_measurements())


def appraisal_results(plan, card, promises):
    facts = pd.DataFrame(
        [("a", 50.0, 2019, 60.0, 2021, 90.0, 2022, 1)],
        columns=["case", "baseline", "t0", "current", "t", "target", "t_target", "direction"],
    )
    whole = sa.appraise(sa.load_synthetic_returns(), plan, evidence=sa.make_synthetic_evidence(plan))
    yield "card", card
    yield "scores", card.scores
    yield "distances", card.distances(year=2022)
    yield "cliffs", card.cliffs(year=2022)
    yield "bunching", card.bunching()
    change = sa.decompose_change(card, earlier=2020, later=2021)
    yield "change", change
    yield "change items", change.items("kunshan")
    everything = sa.assess_promises(sa.load_synthetic_returns(), plan=plan, origin=2022, draws=200)
    yield "comprehensive", sa.appraise_comprehensive(whole, everything.frame)
    yield "progress", sa.compare_progress(sa.ProgressFacts.from_frame(facts), status="synthetic")


def outlook_results(plan, returns, promises):
    values = sa.compute_indicators(returns, plan=plan)
    series = pd.Series([100.0, 95.0, 90.0, 88.0, 80.0, 78.0], index=range(2015, 2021))
    yield "returns", returns
    yield "problems", returns.problems
    yield "indicators", values
    yield "milestones", sa.judge_milestones(values, plan=plan)
    yield "promises", promises
    yield "joint", sa.assess_jointly(returns, plan=plan, origin=2021, draws=200)
    yield "trend", sa.describe_trend(series)
    yield "joinpoints", sa.fit_joinpoints(series)
    yield "forecast", sa.forecast(series, horizon=2)
    yield "record", sa.load_published()
    yield "population", sa.load_population()
    yield "league", sa.load_league()
    yield "plans", sa.compare_plans(["suzhou-2020", "zhanjiang-2016", "leizhou-2016"])
    yield "draft", sa.draft_plan(plan.milestones_frame(), id="again")
    yield "zero", sa.explain_zero(1.0, 3)
    yield (
        "grid",
        sa.reporting_grid(
            pd.DataFrame({"division": ["a"], "period": ["1"], "value": [0]}), places=["a"], periods=["1"]
        ),
    )


def water_results(loads):
    yield "measurements", sa.load_synthetic_measurements()
    yield "loads", loads
    summary = sa.summarise_loads(loads)
    yield "period loads", summary
    yield "load changes", sa.compare_loads(loads, base=[2019], target=[2020, 2021, 2022])


def other_results():
    from suzhou_antidrug.indicators.relapse.synthetic import make_synthetic_spells

    yield "spells", make_synthetic_spells()
    yield "precursors", sa.load_precursor_catalogue()
    cities = pd.DataFrame({"place": ["a", "b", "c"], "events": [8, 12, 20], "exposure": [100.0, 120.0, 150.0]})
    yield "areas", sa.shrink_small_areas(cities.set_index("place")["events"], cities.set_index("place")["exposure"])


def nation_results(folder):
    plan = sa.load_plan("suzhou-2020")
    returns = sa.write_partitions([sa.load_synthetic_returns()], sa.places_of_plan(plan), folder / "returns")
    found = sa.evaluate_many(returns, plan, out=folder / "out", origin=2021, draws=100)
    yield "nation", found
    tables = {"rates": found.national_rates, "work": found.work, "problems": found.problems, "grades": found.grades()}
    yield from ((f"nation {name}", table) for name, table in tables.items())
    yield from (
        (f"nation {name}", found.read(name)) for name in ("yearly", "verdicts", "milestones", "scores", "pooled")
    )
    yield "places", sa.assess_places(sa.load_synthetic_returns(), plan=plan, origin=2021, draws=100)


def frame_of(result) -> pd.DataFrame:
    return result.frame if isinstance(result, Result) else result


@pytest.fixture(scope="module")
def frames(plan, returns, card, promises, loads, tmp_path_factory):
    found = [
        *appraisal_results(plan, card, promises), *outlook_results(plan, returns, promises), *water_results(loads),
        *other_results(), *nation_results(tmp_path_factory.mktemp("nation")),
    ]  # fmt: skip
    return {name: (result, frame_of(result)) for name, result in found}


# Columns of one year, one place or one unit are the user's.
OWN = re.compile(r"\d+")


def test_every_column_has_a_name(frames):
    lacking = {
        name: strange
        for name, (_, frame) in frames.items()
        if (strange := [c for c in frame.columns if not known_column(c) and not OWN.fullmatch(str(c))])
    }
    assert lacking == {}
    assert len({c for _, f in frames.values() for c in f.columns}) > 150


@pytest.mark.parametrize("language", ["zh", "en"])
def test_labels_change_names_and_codes_only(frames, language):
    for name, (result, frame) in frames.items():
        before = frame.copy()
        shown = result.labelled(language) if isinstance(result, Result) else label_frame(frame, language)
        pd.testing.assert_frame_equal(frame, before)
        assert shown.shape == frame.shape and shown.columns.is_unique, name
        for position in range(frame.shape[1]):
            if pd.api.types.is_numeric_dtype(frame.iloc[:, position]):
                np.testing.assert_array_equal(
                    shown.iloc[:, position].to_numpy(dtype=float, na_value=np.nan),
                    frame.iloc[:, position].to_numpy(dtype=float, na_value=np.nan),
                )


def test_verdicts_statuses_and_grades_become_words(promises, card):
    shown = promises.labelled("zh")
    assert set(shown["评判"]) <= {v.text.zh for v in sa.Verdict}
    assert set(promises.labelled("en")["verdict"]) <= {v.text.en for v in sa.Verdict}
    assert "合成数据" in set(card.labelled("zh")["数据状态"]) and "synthetic" not in set(
        card.labelled("zh")["数据状态"]
    )
    table = pd.DataFrame(
        {"grade": ["undetermined", "合格"], "status": ["missing", "reported"], "note": ["met", "missing"]}
    )
    assert label_frame(table, "zh").to_numpy().tolist() == [["不可定", "缺报", "met"], ["合格", "单位上报", "missing"]]


def test_the_language_in_use_is_taken():
    with sa.use_language("en"):
        assert list(sa.explain_zero(1.0, 3).labelled().columns) == ["years", "chance", "upper limit"]
    with pytest.raises(sa.UnknownNameError):
        sa.explain_zero(1.0, 3).labelled("fr")


def test_names_that_would_meet_keep_their_own():
    shown = label_frame(pd.DataFrame([[1, 2]], columns=["score", "points"]), "zh")
    assert list(shown.columns) == ["得分 (score)", "得分 (points)"]


def test_names_are_in_their_language_and_short():
    for key, text in COLUMN_NAMES.items():
        assert re.search(r"[\u4e00-\u9fff]", text.zh) or text.zh.isascii(), key
        assert not re.search(r"[\u4e00-\u9fff]", text.en), key
        assert len(text.en) <= 40 and len(text.zh) <= 20, key
    assert column_name("a column of mine", "zh") == "a column of mine"
