"""The published record and its yearly series, against values read from the sources."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.datasets import PublishedRecord, load_published
from suzhou_antidrug.datasets.series import LEFT_OUT_REASONS, yearly_series
from suzhou_antidrug.errors import NotComparableError, SeriesError, UnknownNameError
from suzhou_antidrug.plotting import figure_of
from suzhou_antidrug.provenance import Status

# A percent figure divided by 100 is the nearest double to the share, up to one rounding.
ONE_ROUNDING = 1e-15


@pytest.fixture(scope="module")
def record() -> PublishedRecord:
    return load_published()


def test_targets_and_rules_stay_out_unless_asked_for(record: PublishedRecord) -> None:
    everything = load_published(include_targets=True, include_rules=True)
    assert len(everything) == 405
    assert len(record) == 405 - 28 - 20  # 28 plan targets, 20 appraisal rules
    assert not record.frame["id"].str.match("PL-|RULE-").any()
    targets = load_published(include_targets=True).frame
    assert (targets.loc[targets["id"].str.startswith("PL-"), "status"] == "official").all()
    assert load_published(kind="rule").frame["id"].str.startswith("RULE-").all()
    assert len(load_published(kind="rule")) == 20


@pytest.mark.parametrize(
    ("figure", "value", "unit", "source"),
    [
        ("SZ-007", 51.53, "percent", "S001"),  # 戒断三年未复吸率, mid-2017
        ("SZ-019", 117.74, "kg heroin-equivalent", "S002"),
        ("SZ-024", 683, "cases", "S004"),
        ("JS-003", 4712, "cases", "S015"),
        ("CN-2022-01", 35000, "cases", "S047"),
        ("CN-2023-07", 938.5, "tonnes", "S051"),
    ],
)
def test_figures_stand_as_printed(record: PublishedRecord, figure: str, value: float, unit: str, source: str) -> None:
    row = record.frame.set_index("id").loc[figure]
    assert (row["value"], row["unit"], row["source_id"], row["status"]) == (value, unit, source, "published")
    assert record.source(source).title


def test_more_than_and_at_least_are_open_to_the_right(record: PublishedRecord) -> None:
    rows = record.frame.set_index("id")
    assert rows.loc["SZ-022", ["low", "high"]].tolist() == [400, 500]  # 400余
    assert rows.loc["SZ-048", ["low", "high"]].tolist() == [97, np.inf]
    assert np.isnan(rows.loc["SZ-048", "half_width"])
    assert rows.loc["CN-2022-01", ["low", "high"]].tolist() == [34500, 35500]


def test_every_figure_has_a_source_or_says_from_what_it_was_computed(record: PublishedRecord) -> None:
    figures = load_published(include_targets=True, include_rules=True).frame
    published = figures[figures["status"] != "computed"]
    assert (published["source_id"] != "").all()
    computed = figures[figures["status"] == "computed"]
    # DER-EFF-GS names its source in words: the two counts behind it are no rows of the record.
    named = computed[computed["id"] != "DER-EFF-GS"]["derived_from"].str.split().explode()
    assert set(named) <= set(figures["id"])


def test_national_cases_by_year(record: PublishedRecord) -> None:
    series = record.series("drug_cases_solved", "全国")
    expected = [146_000, 165_000, 140_000, 140_000, 109_600, 83_000, 64_000, 54_000, 35_000, 42_000]
    assert series.primary.tolist() == expected
    assert series.primary.index.equals(pd.period_range("2014", "2023", freq="Y").rename("period"))
    assert series.unit == "cases"
    assert series.missing_years == ()


@pytest.mark.parametrize(
    ("indicator", "first", "second"),
    [("new_drug_users", ("CN-2016-03", 445_000), ("CN-2016-11", 379_000)),
     ("drug_cases_solved", ("CN-2016-05", 140_000), ("CN-2016-12", 128_000))],
)  # fmt: skip
def test_two_figures_for_2016_are_both_kept_and_the_report_of_the_time_is_primary(
    record: PublishedRecord, indicator: str, first: tuple[str, float], second: tuple[str, float]
) -> None:
    series = record.series(indicator, "全国")
    both = series.frame[series.frame["period"] == pd.Period("2016")]
    assert list(zip(both["figure_id"], both["value"], both["conflict"], both["conflicts_with"], strict=True)) == [
        (*first, "primary", second[0]),
        (*second, "secondary", first[0]),
    ]
    assert series.primary[pd.Period("2016")] == first[1]
    assert (series.frame.loc[series.frame["period"] != pd.Period("2016"), "conflict"] == "").all()
    text = series.explain().in_language("en")
    assert first[0] in text and second[0] in text and "primary" in text


def test_a_seen_figure_is_primary_over_a_computed_one_even_when_that_comes_first() -> None:
    figures = load_published(indicator="court_first_instance_received", geography="江苏省").figures
    seen = figures[figures["id"] == "JS-007"].assign(id="JS-999", year=2021, value=1400.0)
    both = pd.concat([figures, seen], ignore_index=True)
    series = yearly_series(both, load_published().sources, computed=True)
    rows = series.frame[series.frame["period"] == pd.Period("2021")].set_index("figure_id")["conflict"]
    assert rows.to_dict() == {"JS-999": "primary", "DER-CT-JS-2021": "secondary"}


def test_percent_becomes_a_share_and_a_change_keeps_its_name(record: PublishedRecord) -> None:
    share = record.series("three_year_no_relapse_rate", "贵州省贵阳市观山湖区")
    assert share.unit == "share"
    assert share.primary.to_numpy() == pytest.approx([0.311, 0.36, 0.482], rel=ONE_ROUNDING)
    assert share.frame["half_width"].to_numpy() == pytest.approx([0.0005] * 3, rel=1e-12)
    assert record.series("drug_situation_index_yoy", "广东省广州市").unit == "relative_change"


def test_stocks_at_year_end_enter_and_other_days_do_not(record: PublishedRecord) -> None:
    stock = record.series("three_year_no_relapse_persons", "全国")
    assert "CN-2017-07" in set(stock.left_out["id"])  # 28 November 2017
    assert stock.missing_years == (2015, 2016, 2017)
    assert record.series("existing_drug_users", "贵州省贵阳市观山湖区").primary.tolist() == [1059, 862]
    assert record.series("existing_users_per_1000", "海南省").primary.tolist() == pytest.approx([0.0083])


def test_parts_of_years_are_left_out_with_their_reason(record: PublishedRecord) -> None:
    series = record.series("prosecution_review_drug_cases", "苏州市")
    assert series.primary.tolist() == [683, 517]
    reasons = series.left_out.set_index("id")["reason"].to_dict()
    assert reasons == {"SZ-028": "part_of_year", "SZ-030": "other_span"}
    assert set(reasons.values()) <= set(LEFT_OUT_REASONS)
    assert "SZ-028" in series.explain().in_language("zh")


@pytest.mark.parametrize(
    ("indicator", "place", "reason"),
    [("drug_knowledge_awareness_and_satisfaction_floor", "苏州市", "floor"),
     ("three_year_no_relapse_rate", "苏州市", "31 December"),
     ("wastewater_consumption_trend", "全国", "without a number"),
     ("drugs_seized", "苏州市", "part of a year")],
)  # fmt: skip
def test_a_series_without_a_full_year_is_refused_with_the_reason(
    record: PublishedRecord, indicator: str, place: str, reason: str
) -> None:
    with pytest.raises(SeriesError, match=reason):
        record.series(indicator, place)


def test_a_plan_target_is_never_a_series() -> None:
    record = load_published(include_targets=True)
    with pytest.raises(SeriesError, match="plan target"):
        record.series("target_new_user_share", "苏州市(规划目标)")


def test_a_unit_that_changes_inside_a_series_is_refused(record: PublishedRecord) -> None:
    own = record.frame.query("indicator == 'drug_users_detected' and geography == '全国'")
    own.loc[own["year"] == 2021, "unit"] = "persons"
    with pytest.raises(NotComparableError, match="person-times"):
        yearly_series(own, record.sources, computed=True)


def test_computed_figures_can_be_left_out(record: PublishedRecord) -> None:
    with_computed = record.series("court_first_instance_received", "江苏省")
    without = record.series("court_first_instance_received", "江苏省", computed=False)
    assert set(with_computed.frame["figure_id"]) - set(without.frame["figure_id"]) == {"DER-CT-JS-2021"}
    assert without.left_out.set_index("id")["reason"]["DER-CT-JS-2021"] == "computed"
    assert with_computed.made.status is Status.COMPUTED
    assert without.made.status is Status.PUBLISHED


def test_filters_take_names_and_english_places(record: PublishedRecord) -> None:
    by_english = load_published(geography="Jiangsu").frame
    assert set(by_english["geography"]) == {"江苏省"}
    assert record.series("drugs_seized", "national").geography == "全国"
    several = load_published(indicator=["drugs_seized", "new_drug_users"], kind=["year"], geography=["全国", "江苏省"])
    assert set(several.frame["period_kind"]) == {"year"}
    assert set(several.sources["source_id"]) == set(several.frame["source_id"]) - {""}
    assert set(several.indicators["indicator"]) == {"drugs_seized", "new_drug_users"}


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"indicator": "drug_case_solved"}, "drug_cases_solved"),
        ({"geography": "江苏"}, "江苏省"),
        ({"kind": "years"}, "year"),
        ({"indicator": "target_new_user_share"}, "include_targets=True"),
        ({"indicator": "score_step_95"}, "include_rules=True"),
    ],
)
def test_unknown_names_suggest_the_nearest(options: dict, match: str) -> None:
    with pytest.raises(UnknownNameError, match=match):
        load_published(**options)


def test_every_unknown_name_is_reported_at_once() -> None:
    with pytest.raises(UnknownNameError) as caught:
        load_published(indicator=["drug_case_solved", "drugs_siezed"])
    assert len(caught.value.problems) == 2


def test_series_names_the_places_that_have_the_indicator(record: PublishedRecord) -> None:
    with pytest.raises(UnknownNameError, match="南京市"):
        record.series("drug_users_detected", "南京")
    with pytest.raises(UnknownNameError, match="drug_cases_solved"):
        record.series("drug_cases", "全国")
    with pytest.raises(UnknownNameError):
        record.source("S999")


def test_available_counts_what_series_returns(record: PublishedRecord) -> None:
    table = record.available()
    for row in table.itertuples():
        series = record.series(row.indicator, row.geography)
        assert len(series.primary) == row.years
        assert len(series.frame) == row.figures
        assert len(series.missing_years) == row.gaps
    assert record.available(least_years=3)["years"].min() == 3
    assert not table.query("geography == '苏州市' and indicator == 'relapse_rate'").shape[0]


def test_results_are_frozen_and_frames_are_copies(record: PublishedRecord) -> None:
    with pytest.raises(AttributeError):
        record.figures = None  # type: ignore[misc]
    before = record.made.fingerprint
    mine = record.frame
    mine["value"] = 0
    series = record.series("drugs_seized", "全国")
    own = series.frame
    own["value"] = -1
    assert load_published().made.fingerprint == before
    assert (series.frame["value"] > 0).all()
    assert record.series("drugs_seized", "全国").manifest() == series.manifest()


def test_a_record_in_a_notebook_names_its_status(record: PublishedRecord) -> None:
    assert "公开发布" in record._repr_html_()
    assert "no verdict" in record.explain().in_language("en")


def test_the_plot_shows_every_figure_and_marks_the_second_of_a_year(record: PublishedRecord) -> None:
    series = record.series("new_drug_users", "全国")
    ax = series.plot(language="zh")
    drawn = {
        (round(x), y) for line in ax.get_lines() if len(line.get_xdata()) for x, y in zip(*line.get_data(), strict=True)
    }
    wanted = set(zip(series.frame["period"].dt.year, series.frame["value"], strict=True))
    assert wanted <= drawn
    assert ax.get_legend() is not None
    assert "新发现吸毒人员数" in ax.get_title(loc="left")
    line = ax.get_lines()[0]
    gaps = {int(x) for x, y in zip(*line.get_data(), strict=True) if np.isnan(y)}
    assert gaps == {2015, 2018} == set(series.missing_years)  # the line does not bridge a year without a figure
    import matplotlib.pyplot as plt

    plt.close(figure_of(ax))


@pytest.mark.reference
def test_the_bundled_files_equal_the_compilation_they_came_from() -> None:
    folder = Path(os.environ.get("SUZHOU_ANTIDRUG_REFERENCE", "../shared")) / "data" / "public_record"
    if not folder.is_dir():
        pytest.skip(f"reference data not found: {folder}")
    from suzhou_antidrug.datasets import data_path

    for name in ("figures.csv", "sources.csv", "indicators.csv"):
        theirs = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        ours = pd.read_csv(data_path("published", name), dtype=str, keep_default_na=False)
        pd.testing.assert_frame_equal(ours, theirs)
