"""Partitioned returns: what is written comes back, what is wrong is named, and one bad part does not stop the rest."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.errors import DatasetError, OutputError, PlanError, UnknownNameError
from suzhou_antidrug.nationwide.partitions import PLACES, ROWS, open_partitions, read_rows, write_rows
from suzhou_antidrug.nationwide.rows import _plainly_sound, checked_rows
from suzhou_antidrug.nationwide.run import _placed


def test_what_is_written_comes_back(tmp_path):
    plan = sa.load_plan("suzhou-2020")
    data = sa.load_synthetic_returns(plan)
    opened = sa.write_partitions([data], sa.places_of_plan(plan), tmp_path / "returns")
    rows = pd.concat([read_rows(p) for p in opened.parts[0].files.values()])
    keys = ["indicator", "division", "period"]
    expected = data.frame.assign(period=[sa_period(p) for p in data.frame["period"]])[list(rows.columns)]
    a, b = (t.sort_values(keys, ignore_index=True) for t in (rows, expected))
    pd.testing.assert_frame_equal(a, b, check_dtype=False, check_exact=True)


def sa_period(period):
    from suzhou_antidrug.returns.schema import period_text

    return period_text(period)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="part_zh"), "part_zh"),
        (lambda t: t.assign(division=["Kun shan", *t["division"][1:]]), "row 2.*lower-case"),
        (lambda t: t.assign(division=[t["division"][1], *t["division"][1:]]), "row 3.*stands twice"),
        (lambda t: t.assign(division=["suzhou", *t["division"][1:]], part="suzhou"), "id of a part"),
        (lambda t: t.assign(part="../up"), "lower-case"),
        (lambda t: t.assign(division_zh="同名"), "two places"),
        (lambda t: t.iloc[:0], "no place"),
    ],
)
def test_a_wrong_list_of_places_is_named(tmp_path, change, words):
    places = sa.places_of_plan(sa.load_plan("suzhou-2020"))
    table = change(places)
    table.to_csv(tmp_path / PLACES, index=False, encoding="utf-8-sig")
    with pytest.raises(DatasetError, match=words):
        open_partitions(tmp_path)


def test_no_list_or_one_that_is_no_text(tmp_path):
    with pytest.raises(DatasetError, match=r"holds no places\.csv"):
        open_partitions(tmp_path)
    (tmp_path / PLACES).write_bytes("part,区".encode("gb18030") + b"\xff\xfe")
    with pytest.raises(DatasetError, match="UTF-8"):
        open_partitions(tmp_path)


def test_a_part_that_is_not_listed_a_place_that_is_not_and_a_year_twice(tmp_path):
    plan = sa.load_plan("suzhou-2020")
    data, places = sa.load_synthetic_returns(plan), sa.places_of_plan(plan)
    with pytest.raises(DatasetError, match="gusu"):
        sa.write_partitions([data], places[places["division"] != "gusu"], tmp_path / "a")
    with pytest.raises(OutputError, match="comes twice"):
        sa.write_partitions([data, data], places, tmp_path / "b")
    sa.write_partitions([data], places, tmp_path / "c")
    with pytest.raises(OutputError, match="exists already"):
        sa.write_partitions([data], places, tmp_path / "c")
    (tmp_path / "c" / "part=elsewhere").mkdir()
    with pytest.raises(DatasetError, match="elsewhere"):
        open_partitions(tmp_path / "c")


def test_what_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "part=a" / "year=2020" / ROWS
    path.parent.mkdir(parents=True)
    for content in (b"", b"PAR1 and nothing more", pickle.dumps({"a": 1})):
        path.write_bytes(content)
        with pytest.raises(DatasetError, match="part=a/year=2020"):
            read_rows(path)
    write_rows(pd.DataFrame({"indicator": ["x"]}), path)
    assert read_rows(path)["division"].tolist() == [""]
    pd.DataFrame({"indicator": ["x"]}).to_parquet(path)
    with pytest.raises(DatasetError, match="division, period, status"):
        read_rows(path)


@pytest.fixture
def rows(nation):
    part = nation[0].parts[0]
    return read_rows(part.files[2020]), _placed(nation[1], part)


def spoil(frame, column, value, indicator=None):
    at = frame.index[
        (frame["status"] == "synthetic") & (True if indicator is None else frame["indicator"] == indicator)
    ][0]
    frame = frame.copy()
    frame.loc[at, column] = value
    return frame


def test_plainly_sound_rows_are_what_the_full_check_gives(rows):
    frame, plan = rows
    quick = _plainly_sound(frame, plan, 2020)
    full = sa.Returns.from_frame(frame, plan=plan).table
    assert quick is not None and len(quick) == len(full)
    columns = ["indicator", "division", "numerator", "denominator", "value", "status", "definition"]
    keys = ["indicator", "division", "period"]
    a = quick.sort_values(keys, ignore_index=True)[columns]
    b = full.assign(period=full["period"].astype(str)).sort_values(keys, ignore_index=True)[columns]
    pd.testing.assert_frame_equal(a, b, check_dtype=False, check_exact=True)


@pytest.mark.parametrize(
    ("column", "value", "indicator", "words"),
    [
        ("numerator", 1e9, "user_check_rate", "numerator"),
        ("numerator", -1.0, "user_check_rate", "negative|below 0"),
        ("numerator", 3.5, "user_check_rate", "whole"),
        ("value", -2.0, "wastewater_load", "negative|below 0"),
        ("value", np.inf, "wastewater_load", "number"),
        ("division", "nowhere", None, "nowhere"),
        ("indicator", "no_such_indicator", None, "no_such_indicator"),
        ("period", "2020Q1", None, "month"),
        ("period", "2019-01", None, "not of 2020"),
        ("status", "guessed", None, "guessed"),
    ],
)
def test_any_fault_goes_to_the_full_check(rows, column, value, indicator, words):
    frame, plan = rows
    bad = spoil(frame, column, value, indicator)
    assert _plainly_sound(bad, plan, 2020) is None
    with pytest.raises(sa.ReturnsError, match=words):
        checked_rows(bad, plan, 2020, name="part=a/year=2020")


def test_half_a_ratio_is_kept_as_not_reported_and_told(rows):
    frame, plan = rows
    bad = spoil(frame, "denominator", np.nan, "user_check_rate")
    table, told = checked_rows(bad, plan, 2020, name="part=a/year=2020")
    assert len(table) == len(frame) and len(told) == 1 and told["severity"].tolist() == ["warning"]


def test_a_row_twice_goes_to_the_full_check(rows):
    frame, plan = rows
    twice = pd.concat(
        [frame, spoil(frame, "numerator", 1.0, "user_check_rate").query("indicator == 'user_check_rate'")]
    )
    assert _plainly_sound(twice.reset_index(drop=True), plan, 2020) is None


def test_a_bad_part_is_reported_and_the_rest_goes_on(run, nation, on_one_process, tmp_path):
    import shutil

    folder = tmp_path / "returns"
    shutil.copytree(nation[0].folder, folder)
    opened = open_partitions(folder)
    bad, torn = opened.parts[1], opened.parts[2]
    write_rows(spoil(read_rows(bad.files[2019]), "numerator", 1e9, "user_check_rate"), bad.files[2019])
    torn.files[2018].write_bytes(torn.files[2018].read_bytes()[:1000])
    found = run(tmp_path / "out", returns=folder)
    measured = found.work[found.work["step"] == "measure"].set_index("part")["state"].to_dict()
    assert measured == {p.id: "refused" if p.id in (bad.id, torn.id) else "done" for p in opened.parts}
    told = found.problems.set_index("part")
    assert told.loc[bad.id, "file"] == f"part={bad.id}/year=2019" and told.loc[bad.id, "column"]
    assert "Parquet" in told.loc[torn.id, "en"]
    assert bad.id in str(found.explain()) and set(found.read("verdicts")["part"]) == {
        opened.parts[0].id,
        opened.parts[3].id,
    }
    # What stands of the others is what stood before, but for the national rates.
    before = on_one_process.read("verdicts")
    kept = before[~before["part"].isin([bad.id, torn.id])].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.read("verdicts"), kept)
    assert found.national_rates["places"].max() < on_one_process.national_rates["places"].max()


def test_settings_that_make_no_sense(nation, tmp_path):
    returns, plan = nation
    with pytest.raises(PlanError, match="origin 2025"):
        sa.evaluate_many(returns, plan, out=tmp_path / "a", origin=2025)
    with pytest.raises(PlanError, match="no part"):
        sa.evaluate_many(returns, {"nowhere": plan}, out=tmp_path / "b")
    with pytest.raises(PlanError, match="no plan"):
        sa.evaluate_many(returns, [], out=tmp_path / "c")
    with pytest.raises(UnknownNameError):
        sa.evaluate_many(returns, plan, out=tmp_path / "d", readings={"marked_fall": "x"})
    with pytest.raises(TypeError, match="Dask"):
        sa.evaluate_many(returns, plan, out=tmp_path / "e", executor="many")
    with pytest.raises(PlanError, match="two plans"):
        sa.evaluate_many(returns, [plan, plan.model_copy(update={"fingerprint": "other"})], out=tmp_path / "f")
    with pytest.raises(DatasetError, match="no finished run"):
        sa.open_evaluation(tmp_path)
    with pytest.raises(OutputError):
        sa.evaluate_many(returns, plan.model_copy(update={"id": "../../x"}), out=tmp_path / "g")
    assert not (tmp_path / "g").exists() and not (tmp_path.parent / "x").exists()


def test_several_plans_side_by_side(nation, rules, tmp_path):
    returns, plan = nation
    strict = plan.model_copy(update={"id": "strict", "fingerprint": "strict"})
    found = sa.evaluate_many(
        returns, {"p01": [plan, strict], "p02": strict}, out=tmp_path / "out", origin=2021, draws=100,
        rules={"national-synthetic": rules}, readings={"marked_decrease": "fall_20_on_2019"},
    )  # fmt: skip
    assert found.plans == ("national-synthetic", "strict")
    parts = found.work[found.work["step"] == "judge"].groupby("plan")["part"].agg(list).to_dict()
    assert parts == {"national-synthetic": ["p01"], "strict": ["p01", "p02"]}
    assert set(found.read("scores")["plan"]) == {"national-synthetic"}  # only that plan has rules
    assert found.frame.groupby("plan")["met"].sum().index.tolist() == ["national-synthetic", "strict"]
    assert (found.read("verdicts")["reading"].str.contains("fall_20") | (found.read("verdicts")["reading"] != "")).any()


def test_counts_add_up_and_figures_draw(on_one_process, nation):
    verdicts = on_one_process.read("verdicts", columns=["target", "division", "verdict"])
    own = verdicts[verdicts["division"] != verdicts["part"]]
    places = on_one_process.frame[on_one_process.frame["level"] == "place"]
    names = ["met", "not_met", "insufficient_evidence", "not_assessable"]
    assert places[names].to_numpy().sum() == len(own) == 18 * len(nation[1].targets)
    assert on_one_process.by_part("relapse")[names].to_numpy().sum() == 18
    grades = on_one_process.grades()
    assert grades.groupby("year")["places"].sum().tolist() == [18, 18]
    assert on_one_process.plot(language="en").get_xlabel().startswith("share of places")
    assert "合成" in on_one_process._repr_html_()
    with pytest.raises(UnknownNameError):
        on_one_process.read("verdict")
    with pytest.raises(UnknownNameError):
        on_one_process.plot(plan="other")


def test_verdicts_of_decreases_do_not_contradict_the_truth(on_one_process, nation):
    truth = pd.read_parquet(nation[0].folder / "truth.parquet")
    rows = on_one_process.read("verdicts").merge(truth, on=["division", "target"])
    met = rows["true_change"] * 2 / 3 <= -0.1  # two of three years have passed: the target year is not yet drawn
    decided = rows[rows["verdict"].isin(["met", "not_met"])]
    wrong = ((decided["verdict"] == "met") & (decided["true_change"] > -0.02)) | (
        (decided["verdict"] == "not_met") & (decided["true_change"] < -0.25)
    )
    assert len(rows) == 18 * 4 and met.any() and len(decided) > 5
    assert wrong.mean() < 0.1


def test_what_leaves_holds_counts_of_places_and_no_small_count(on_one_process, tmp_path):
    from dataclasses import replace

    from suzhou_antidrug.provenance import Status

    rates = on_one_process.national_rates.copy()
    rates.loc[rates.index[:2], "events"] = [3.0, 0.0]
    rates.loc[rates.index[2], "events"] = rates.loc[rates.index[2], "exposure"] - 2
    real = replace(on_one_process, national_rates=rates, made=replace(on_one_process.made, status=Status.REPORTED))
    out = real.release(tmp_path / "out")
    written = pd.read_csv(out / "national_rates.csv", encoding="utf-8-sig")
    assert written["suppressed"].tolist()[:3] == [True, False, True]
    assert written.loc[[0, 2], ["events", "pooled", "exposure"]].isna().all().all()
    assert sorted(p.name for p in out.iterdir()) == [
        "grades.csv",
        "manifest.json",
        "national_rates.csv",
        "verdicts.csv",
    ]
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["disclosure"]["minimum"] == 5
    with pytest.raises(OutputError):
        real.release(out)


def test_the_generator_writes_the_same_files_again(nation, tmp_path):
    again = sa.make_national_returns(tmp_path / "r", nation[1], places=18, parts=4, years=range(2016, 2022), seed=5)
    for part, other in zip(nation[0].parts, again.parts, strict=True):
        for year, path in part.files.items():
            assert path.read_bytes() == other.files[year].read_bytes()
    frame = read_rows(again.parts[0].files[2020])
    assert set(frame["status"]) <= {"synthetic", "missing"}
    with pytest.raises(ValueError, match="at least"):
        sa.make_national_plan(3)


def test_returns_in_memory_and_a_folder_beside_the_returns(tmp_path):
    plan = sa.load_plan("suzhou-2020")
    data = sa.load_synthetic_returns(plan)
    found = sa.evaluate_many(data, ["suzhou-2020"], origin=2021, draws=50)
    assert found.folder.name == "returns-results" and found.folder.parent.stat().st_mode & 0o077 == 0
    opened = sa.write_partitions([data], sa.places_of_plan(plan), tmp_path / "报表")
    again = sa.evaluate_many(opened, plan, origin=2021, draws=50)
    assert again.folder == tmp_path / "报表-results"
    pd.testing.assert_frame_equal(found.read("verdicts"), again.read("verdicts"))
    with pytest.raises(PlanError, match="no plan"):
        sa.evaluate_many(data, [])


def test_a_plan_without_headline_targets_beside_one_with_them(nation, tmp_path):
    returns, plan = nation
    without = plan.model_copy(update={"id": "milestones-only", "targets": (), "fingerprint": "milestones-only"})
    found = sa.evaluate_many(returns, {"p01": [plan, without]}, out=tmp_path / "out", origin=2021, draws=50)
    assert found.plans == ("milestones-only", "national-synthetic")
    assert set(found.frame["plan"]) == {"national-synthetic"}
    assert set(found.read("milestones")["plan"]) == {"milestones-only", "national-synthetic"}
    alone = sa.evaluate_many(returns, {"p01": without}, out=tmp_path / "alone", origin=2021, draws=50)
    assert alone.frame.empty and alone.read("verdicts").empty and alone.by_part().empty and str(alone.explain())
    with pytest.raises(PlanError, match="no headline target"):
        sa.assess_places(sa.load_synthetic_returns(), plan=sa.load_plan("gansu-2012"), origin=2012)


def test_the_opened_returns_say_what_they_are(nation):
    opened = nation[0]
    assert repr(opened) == f"<PartitionedReturns: 4 parts, 18 places, years {', '.join(map(str, range(2016, 2022)))}>"
    first = opened.parts[0]
    assert opened.part(first.id) is first and first.name == first.geography.city.name
    with pytest.raises(KeyError, match="nowhere"):
        opened.part("nowhere")


def test_too_many_places_or_rows(tmp_path, monkeypatch):
    places = sa.places_of_plan(sa.load_plan("suzhou-2020"))
    places.to_csv(tmp_path / PLACES, index=False, encoding="utf-8-sig")
    monkeypatch.setattr("suzhou_antidrug.nationwide.partitions.MOST_PLACES", len(places))
    assert len(open_partitions(tmp_path).parts) == 1
    monkeypatch.setattr("suzhou_antidrug.nationwide.partitions.MOST_PLACES", len(places) - 1)
    with pytest.raises(DatasetError, match="more than 9 places"):
        open_partitions(tmp_path)
    path = tmp_path / "part=a" / "year=2020" / ROWS
    path.parent.mkdir(parents=True)
    row = {"indicator": "x", "division": "kunshan", "period": "2020", "status": "reported"}
    pd.DataFrame([row, row]).to_parquet(path)
    read = read_rows(path)  # columns that a file may leave out: numbers missing, words blank
    assert read["value"].isna().all() and read["definition"].tolist() == ["", ""]
    monkeypatch.setattr("suzhou_antidrug.nationwide.partitions.MOST_ROWS", 1)
    with pytest.raises(DatasetError, match="2 rows, at most 1 a file"):
        read_rows(path)


def test_earlier_returns_are_replaced_when_that_is_asked_and_nothing_else_is(tmp_path):
    plan = sa.load_plan("suzhou-2020")
    data, places = sa.load_synthetic_returns(plan), sa.places_of_plan(plan)
    frame = data.table
    sa.write_partitions([data], places, tmp_path / "returns")
    late = frame[[p.year == 2022 for p in frame["period"]]]
    again = sa.write_partitions([late], places, tmp_path / "returns", overwrite=True)
    assert again.years == (2022,)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="holds no partitioned returns"):
        sa.write_partitions([data], places, tmp_path / "letters", overwrite=True)
    assert (tmp_path / "letters" / "a.txt").exists()


def test_a_prior_or_a_folder_that_cannot_be(run, tmp_path):
    with pytest.raises(UnknownNameError, match="prior"):
        run(tmp_path / "a", prior="mine")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="is no folder"):
        run(tmp_path / "file")


def test_a_plan_that_was_not_judged_is_named(on_one_process):
    with pytest.raises(UnknownNameError, match="national"):
        list(on_one_process.each("scores", plan="nationl"))
    with pytest.raises(UnknownNameError, match="scores"):
        list(on_one_process.each("score"))
