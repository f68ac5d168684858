"""The checks over the published record: what is flagged, what is not, and that each can flag."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd
import pytest

from suzhou_antidrug.datasets import PublishedRecord, RecordChecks, check_published, data_path, load_published
from suzhou_antidrug.datasets.checks import printed_changes
from suzhou_antidrug.provenance import Status


@pytest.fixture(scope="module")
def checks() -> RecordChecks:
    return check_published()


def changed(figure: str, **values: object) -> PublishedRecord:
    """The bundled record with one figure altered."""
    record = load_published()
    figures = record.frame
    for column, value in values.items():
        figures.loc[figures["id"] == figure, column] = value
    return dataclasses.replace(record, figures=figures)


def flagged(found: RecordChecks, check: str) -> pd.DataFrame:
    return found.frame[found.frame["check"] == check]


def test_three_printed_changes_contradict_the_levels(checks: RecordChecks) -> None:
    found = flagged(checks, "printed_change").set_index("figure_ids")
    assert list(found.index) == ["CN-2021-01 CN-2022-01", "CN-2021-02 CN-2022-02", "CN-2022-01 CN-2023-04"]
    assert (found["severity"] == "error").all()
    cases = found.loc["CN-2021-01 CN-2022-01"]
    for part in ("-35.2%", "-36.7%", "-33.6%", "printed -28.6%", "49020"):
        assert part in cases["arithmetic"]
    assert "-31.2%" in found.loc["CN-2021-02 CN-2022-02", "arithmetic"]
    assert "+20.0%" in found.loc["CN-2022-01 CN-2023-04", "arithmetic"]


def test_thirty_seven_printed_changes_have_two_printed_levels(checks: RecordChecks) -> None:
    # 40 can be recomputed where levels computed from the change itself are let in; those three test nothing.
    assert checks.tested.set_index("check").loc["printed_change", "tested"] == 37
    figures = load_published().figures
    pairs = printed_changes(figures)
    assert set(pairs["id"]).isdisjoint({"SZ-043", "SZ-044", "JS-007", "CN-2023-07"})
    assert not pairs["id_base"].str.startswith("DER-").any()


def test_a_change_printed_in_a_row_of_its_own_is_tested() -> None:
    record = load_published()
    row = record.frame.query("id == 'CN-2018-10'").assign(indicator="existing_drug_users_yoy", year=2019)
    for printed, count in ((-10.6, 3), (-12.0, 4)):  # levels: 240.4 to 214.8, -10.65 %
        figures = pd.concat([record.frame, row.assign(value=printed)], ignore_index=True)
        found = check_published(dataclasses.replace(record, figures=figures))
        assert len(flagged(found, "printed_change")) == count


def test_a_change_is_in_doubt_only_when_it_follows_from_no_level_of_the_base_year() -> None:
    # 2016 has 140,000 and 128,000 cases; 2017 has 140,000: +9.4 % follows from the second, +30 % from neither.
    assert len(flagged(check_published(changed("CN-2017-01", qualifier="yoy +9.4%")), "printed_change")) == 3
    assert len(flagged(check_published(changed("CN-2017-01", qualifier="yoy +30%")), "printed_change")) == 4


def test_prosecution_adds_up_and_would_be_flagged_if_it_did_not(checks: RecordChecks) -> None:
    assert flagged(checks, "span_sum").empty  # 683 + 517 + 146 = 1346, 779 + 634 + 189 = 1602
    found = flagged(check_published(changed("SZ-030", value=1347.0)), "span_sum").iloc[0]
    assert found["figure_ids"] == "SZ-024 SZ-026 SZ-028 SZ-030"
    assert found["arithmetic"].startswith("683 + 517 + 146 = 1346 != 1347")


def test_years_must_not_exceed_the_ten_years_that_hold_them() -> None:
    # Nine of the ten years 2013 to 2022 are published and add up to 936,600; rounding allows 13,800 together.
    assert flagged(check_published(changed("CN-10Y-01", value=930_000.0)), "span_sum").empty
    found = flagged(check_published(changed("CN-10Y-01", value=900_000.0)), "span_sum").iloc[0]
    assert found["geography"] == "全国"
    assert " > 900000" in found["arithmetic"]


def test_parts_of_the_stock_must_not_exceed_it(checks: RecordChecks) -> None:
    assert flagged(checks, "whole").empty
    assert len(flagged(check_published(changed("CN-2018-01", value=2_300_000.0)), "whole")) == 1
    assert len(flagged(check_published(changed("BM-SD-01", value=103_000.0)), "whole")) == 1  # 51,694 + 51,619


def test_the_divisions_add_up_to_the_city(checks: RecordChecks) -> None:
    assert flagged(checks, "census_sum").empty
    assert checks.tested.set_index("check").loc["census_sum", "tested"] == 1


def test_the_share_of_2020_misses_its_stocks_and_that_of_2018_does_not(checks: RecordChecks) -> None:
    found = flagged(checks, "no_relapse_share")
    assert found["figure_ids"].tolist() == ["BM-GS-02-2020 BM-GS-01-2020 BM-GS-03-2020"]
    assert "792 / (792 + 862) = 47.9%; printed 48.2%" in found["arithmetic"].iloc[0]
    also = flagged(check_published(changed("BM-GS-03-2018", value=31.3)), "no_relapse_share")
    assert len(also) == 2


def test_raw_weight_beside_heroin_equivalent(checks: RecordChecks) -> None:
    found = flagged(checks, "seized_weight")
    assert found[["geography", "figure_ids"]].to_numpy().tolist() == [["苏州市", "SZ-003 SZ-019"]]
    one_kind = changed("SZ-019", unit="kg")
    assert flagged(check_published(one_kind), "seized_weight").empty


def test_persons_and_person_times(checks: RecordChecks) -> None:
    found = flagged(checks, "persons_and_times").set_index("indicator")
    assert set(found.index) == {"drug_users_detected", "compulsory_isolation_detox"}
    assert (found["severity"] == "warning").all()  # between places; no place mixes them by itself
    mixed = flagged(check_published(changed("CN-2021-04", unit="persons")), "persons_and_times")
    errors = mixed[mixed["severity"] == "error"]
    assert errors[["indicator", "geography"]].to_numpy().tolist() == [["drug_users_detected", "全国"]]


def test_floors_and_parts_of_years(checks: RecordChecks) -> None:
    assert set(flagged(checks, "floor")["figure_ids"]) == {"SZ-048", "JS-019", "CN-10Y-07"}
    assert "JS-014" in set(flagged(checks, "part_year")["figure_ids"])  # January to May 2024
    assert "SZ-028" in set(flagged(checks, "part_year")["figure_ids"])


def test_a_record_without_faults_gives_an_empty_frame_with_the_same_columns(checks: RecordChecks) -> None:
    quiet = check_published(load_published(indicator="existing_drug_users", geography="全国"))
    assert quiet.frame.empty
    assert list(quiet.frame.columns) == list(checks.frame.columns)
    assert quiet.tested.set_index("check").loc["printed_change", "tested"] == 5


def test_findings_name_figures_that_exist_in_both_languages(checks: RecordChecks) -> None:
    frame = checks.frame
    assert set(frame["figure_ids"].str.split().explode()) <= set(load_published().frame["id"])
    assert (frame[["zh", "en", "arithmetic"]] != "").all(axis=None)
    assert set(frame["severity"]) == {"error", "warning", "note"}
    assert checks.made.status is Status.COMPUTED
    assert "37 tested, 3 flagged" in checks.explain().in_language("en")


def test_no_finding_changes_a_figure(checks: RecordChecks) -> None:
    raw = pd.read_csv(data_path("published", "figures.csv"), dtype=str, keep_default_na=False).set_index("id")
    held = load_published().frame.set_index("id")
    for figure in checks.frame["figure_ids"].str.split().explode().unique():
        assert float(raw.loc[figure, "value"]) == held.loc[figure, "value"]


def test_checks_serialise_to_a_manifest(checks: RecordChecks) -> None:
    assert json.loads(json.dumps(checks.manifest()))["method"] == "record_checks"
