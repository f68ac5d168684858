"""What leaves an evaluation of reported data: no small count of persons or cases, and nothing that gives one back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import suzhou_antidrug as sa
from suzhou_antidrug.errors import OutputError
from suzhou_antidrug.evaluation.release import release
from suzhou_antidrug.indicators.small_counts import Gate, hidden_cells, is_personal, release_values
from suzhou_antidrug.provenance import Status

WIDTH = 5  # k: a hidden count must be able to take values so far apart


@pytest.fixture(scope="module")
def reported():
    """The bundled evaluation as if its figures had been handed in: its small counts are then somebody's."""
    made_up = sa.evaluate(draws=100)
    made = replace(made_up.made, status=Status.REPORTED)
    values = replace(made_up.values, made=replace(made_up.values.made, status=Status.REPORTED))
    card = replace(made_up.card, inputs=replace(made_up.card.inputs, values=values))
    return replace(made_up, values=values, card=card, made=made, truth=None, record=None, gaps=None)


@pytest.fixture(scope="module")
def hidden(reported):
    return hidden_cells(reported.values, reported.plan, Gate())


def yearly(values):
    return values.yearly_table.set_index(["indicator", "division", "year"])


class TestCells:
    def test_every_small_count_of_persons_and_cases_is_hidden(self, reported, hidden):
        table = yearly(reported.values)
        for key, row in table.iterrows():
            if is_personal(reported.plan.indicator(key[0])):
                count = row["numerator"] if row["numerator"] == row["numerator"] else row["value"]
                assert not 1 <= count < WIDTH or key in hidden, key
        assert ("user_incidents", "wujiang", 2021) in hidden and len(hidden) > 10

    def test_what_counts_no_person_is_shown(self, hidden):
        assert {"enforcement_trainings", "standardised_office_rate", "wastewater_monitoring_coverage"}.isdisjoint(
            {i for i, _, _ in hidden}
        )

    def test_no_total_gives_a_hidden_count_back(self, reported, hidden):
        """All whole numbers from 0 that agree with every cell and city total shown: each hidden one keeps its width."""
        table = yearly(reported.values)
        city, ids = reported.plan.geography.city.id, list(reported.plan.geography.ids)
        for name in {i for i, _, _ in hidden}:
            rows = table.loc[name]
            count = rows["numerator"].where(rows["numerator"].notna(), rows["value"])
            for year in sorted({y for i, _, y in hidden if i == name}):
                cells = [d for d in ids if (name, d, year) in hidden]
                shown_total = (name, city, year) not in hidden
                total = sum(count[d, year] for d in cells)
                links = [LinearConstraint(np.ones(len(cells)), total, total)] if shown_total and cells else []
                for k, d in enumerate(cells):
                    ends = [
                        milp(
                            sign * (np.arange(len(cells)) == k),
                            integrality=np.ones(len(cells)),
                            bounds=Bounds(0, total + 2 * WIDTH),
                            constraints=links,
                        ).x[k]
                        for sign in (1, -1)
                    ]
                    assert ends[1] - ends[0] >= WIDTH, (name, d, year)

    def test_synthetic_data_are_nobodys(self, reported):
        made = replace(reported.values.made, status=Status.SYNTHETIC)
        assert hidden_cells(replace(reported.values, made=made), reported.plan, Gate()) == set()

    def test_quarters_of_a_hidden_indicator_go_too(self, reported, hidden):
        values = reported.values
        part = values.table["period"].map(lambda p: p.freqstr[0] not in "AY")
        name = values.table.loc[part, "indicator"].iloc[0]
        out = release_values(values, {(name, "kunshan", 2021)}).table
        gone = part & (values.table["indicator"] == name)
        assert gone.any() and out.loc[gone, ["value", "numerator", "low"]].isna().all(axis=None)
        kept = part & (values.table["indicator"] != name)
        pd.testing.assert_series_equal(out.loc[kept, "value"], values.table.loc[kept, "value"])


class TestExits:
    def test_nothing_hidden_is_written(self, reported, hidden, tmp_path):
        page = reported.write(tmp_path / "e").read_text("utf-8")
        folder = tmp_path / "e"
        keys = pd.MultiIndex.from_tuples(sorted(hidden), names=["indicator", "division", "year"])
        values = pd.read_csv(folder / "indicators.csv", encoding="utf-8-sig", dtype={"period": str})
        values = values[values["period"].str.fullmatch("[0-9]{4}")].assign(year=lambda t: t["period"].astype(int))
        cells = values.set_index(["indicator", "division", "year"]).loc[keys.intersection(values.set_index(["indicator", "division", "year"]).index)]  # fmt: skip
        assert len(cells) and cells[["value", "low", "high", "numerator", "denominator"]].isna().all(axis=None)
        milestones = pd.read_csv(folder / "milestones.csv", encoding="utf-8-sig")
        own = milestones.set_index(["indicator", "division", "year"])
        own = own.loc[own.index.isin(keys)]
        assert len(own) and own["value"].isna().all() and set(own["reason_zh"]) == {"已抑制"}
        assert set(own["verdict"]) <= {"met", "not_met", "not_assessable", "insufficient_evidence"}  # verdicts stay
        items = pd.read_csv(folder / "score_items.csv", encoding="utf-8-sig").set_index(["item", "division", "year"])
        items = items.loc[items.index.isin(keys)]
        assert len(items) and items[["value", "share", "points", "in_total"]].isna().all(axis=None)
        verdicts = pd.read_csv(folder / "verdicts.csv", encoding="utf-8-sig")
        incidents = verdicts[(verdicts["target"] == "user_incidents") & (verdicts["division"] == "wujiang")].iloc[0]
        assert incidents["verdict"] == "not_met" and "抑制" in incidents["reason_zh"]
        assert not (folder / "scores.xlsx").exists()  # a book that can be recomputed would have to hold them
        assert "小数的抑制" in page and "已确认 1 起" not in page
        assert json.loads((folder / "manifest.json").read_text("utf-8"))["disclosure"]["suppressed"] is True

    def test_scores_rest_on_all_data(self, reported):
        out = release(reported, Gate())
        pd.testing.assert_frame_equal(out.card.scores, reported.card.scores)
        assert "已抑制" in str(out.card.explain("吴江区", 6, year=2021))
        steps = out.card.cliffs(year=2021).frame
        assert steps[(steps["item"] == "user_incidents") & (steps["division"] == "wujiang")].empty

    def test_an_override_needs_a_reason_and_leaves_it_behind(self, reported, tmp_path):
        with pytest.raises(OutputError, match="for a reason"):
            reported.write(tmp_path / "none", show_small="  ")
        reported.write(tmp_path / "shown", show_small="市禁毒办 2022-03-01 内部使用")
        told = json.loads((tmp_path / "shown" / "manifest.json").read_text("utf-8"))["disclosure"]
        assert told["override"] == "市禁毒办 2022-03-01 内部使用" and told["suppressed"] is False
        verdicts = pd.read_csv(tmp_path / "shown" / "verdicts.csv", encoding="utf-8-sig")
        assert verdicts["reason_zh"].str.contains("已确认 1 起").any()
        assert (tmp_path / "shown" / "scores.xlsx").exists()


class TestBook:
    def test_a_book_that_would_hold_small_counts_needs_a_reason(self, reported, tmp_path):
        with pytest.raises(OutputError, match="small counts of persons or cases") as caught:
            sa.write_score_workbook(reported.card, tmp_path / "a.xlsx")
        assert caught.value.problems[0].code == "small_counts" and not (tmp_path / "a.xlsx").exists()


def test_a_number_of_a_person_does_not_leave(reported, tmp_path):
    """A mobile number in the words of a verdict stops the whole export; the message does not repeat it."""
    first, *others = reported.promises.outlooks
    said = sa.Text("电话 13800000000", "call 13800000000")
    marked = replace(first, judgement=replace(first.judgement, reason=said))
    leaking = replace(reported, promises=replace(reported.promises, outlooks=(marked, *others)))
    with pytest.raises(OutputError) as caught:
        leaking.write(tmp_path / "x")
    assert caught.value.problems[0].code == "personal_data" and "138" not in str(caught.value)
    assert not (tmp_path / "x").exists()


class TestPrevious:
    def test_what_an_earlier_release_hid_stays_hidden_and_small_moves_are_hidden_too(self, reported, tmp_path):
        folder = tmp_path / "earlier"
        folder.mkdir()
        table = reported.values.table.assign(period=reported.values.table["period"].astype(str))
        name = "annual_detected_relapse_rate"
        at = (table["indicator"] == name) & (table["division"] == "kunshan")
        table.loc[at & (table["period"] == "2020"), "numerator"] += 2  # restated by two persons
        table.loc[at & (table["period"] == "2021"), "method"] = "suppressed"
        table.loc[at & (table["period"] == "2019"), "numerator"] += 50  # a large restatement tells nobody
        table.to_csv(folder / "indicators.csv", index=False, encoding="utf-8-sig")
        plain = hidden_cells(reported.values, reported.plan, Gate())
        more = hidden_cells(reported.values, reported.plan, Gate(previous=folder)) - plain
        places = {reported.plan.geography.city.id, *reported.plan.geography.ids}
        assert more == {(name, place, year) for year in (2020, 2021) for place in places}

    def test_a_folder_without_a_release_is_named(self, reported, tmp_path):
        with pytest.raises(OutputError, match="holds no earlier release"):
            hidden_cells(reported.values, reported.plan, Gate(previous=tmp_path))
