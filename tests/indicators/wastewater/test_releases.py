"""Releases: the files as published, the quirks known of them, joins, refusals, the replay of rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.releases import (
    BIOMARKERS,
    FRAME_COLUMNS,
    KNOWN_ALIASES,
    PROBLEM_COLUMNS,
    read_score_release,
    replay_drop_rules,
)

HEADER = (
    '"Year","Metabolite","Site ID","Country","City","Wednesday","Thursday","Friday","Saturday","Sunday","Monday",'
    '"Tuesday","Weekday mean","Weekend mean","Daily mean"'
)
# Two rows of the 2025 release of the EUDA and the SCORE network (ww2025-all-data.csv), as they stand there.
GRAZ = '2024,"MDMA","AT001","AT","Graz",8.82,12.87,12.45,28.11,26.8,10.5,9.13,10.27,19.47,15.53'
ZAGREB = '2024,"MDMA","HR002","HR","Zagreb",14.08,10.04,11.15,,38.85,23.61,13.51,12.54,24.54,20.71'


def written(tmp_path, *rows, name="ww2025-all-data.csv", header=HEADER, encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(("\n".join([header, *rows]) + "\n").encode(encoding))
    return path


def week(year, city, days, *, drug="MDMA", country="AT", means=None, site="AT001"):
    """A row from its days Monday to Sunday; means by the stated rule unless given."""
    x = np.array([np.nan if d == "" else float(d) for d in days])
    means = means or (np.nanmean(x[1:4]), np.nanmean(x[[4, 5, 6, 0]]), np.nanmean(x))
    cells = [days[i] for i in (2, 3, 4, 5, 6, 0, 1)]
    return ",".join(str(c) for c in (year, drug, site, country, city, *cells, *(f"{m:.2f}" for m in means)))


def flat(year, city, level, **given):
    return week(year, city, [level, level + 0.1, level, level + 0.2, level + 0.3, level + 0.4, level + 0.5], **given)


def codes(loads):
    return sorted(loads.problems["code"])


def test_the_published_file_is_read_as_it_stands(tmp_path):
    loads = read_score_release(written(tmp_path, GRAZ, ZAGREB))
    frame = loads.frame
    assert tuple(frame.columns) == FRAME_COLUMNS and tuple(loads.problems.columns) == PROBLEM_COLUMNS
    graz, zagreb = frame.iloc[0], frame.iloc[1]
    assert (graz["site"], graz["biomarker"], graz["year"], graz["release"]) == ("AT:Graz", "mdma", 2024, "ww2025")
    assert graz[["mon", "tue", "wed", "sun"]].tolist() == [10.5, 9.13, 8.82, 26.8]
    assert graz[["published_weekday", "published_weekend", "published_daily"]].tolist() == [10.27, 19.47, 15.53]
    assert graz["daily"] == pytest.approx((8.82 + 12.87 + 12.45 + 28.11 + 26.8 + 10.5 + 9.13) / 7)
    assert (graz["week_rule"], graz["state"], graz["n_days"]) == ("score", "measured", 7)
    # A day is missing in Zagreb: the published mean is stratified and stands beside that of the days.
    assert zagreb["published_daily"] == 20.71 and zagreb["daily"] == pytest.approx(18.54)
    assert (zagreb["week_rule"], zagreb["n_days"]) == ("incomplete", 6)
    assert codes(loads) == ["days_missing", "mean_differs"]
    missing = loads.problems.set_index("code").loc["days_missing"]
    assert missing[["row", "column", "value"]].tolist() == [3, "Saturday", ""]
    assert loads.manifest()["status"] == "published" and "SCORE" in loads.explain().in_language("en")


def test_order_case_delimiter_and_encoding_of_the_columns_do_not_matter(tmp_path):
    plain = read_score_release(written(tmp_path, GRAZ, ZAGREB)).frame
    cells = [row.replace('"', "").split(",") for row in (HEADER, GRAZ, ZAGREB)]
    turned = [";".join([row[i] for i in reversed(range(15))]) for row in cells]
    header = turned[0].lower().replace("site id", "SiteID").replace("weekday mean", "Weekday_Mean")
    path = written(tmp_path, *turned[1:], name="ww2025.csv", header=header, encoding="utf-16")
    pd.testing.assert_frame_equal(read_score_release(path).frame, plain)


def test_days_are_long_and_only_of_measured_weeks(tmp_path):
    zero = week(2023, "Graz", [0, 0, 0, 0, 0, 0, 0])
    loads = read_score_release(written(tmp_path, GRAZ, ZAGREB, zero))
    days = loads.days()
    assert days.columns.tolist() == ["site", "biomarker", "year", "weekday", "load_mg_per_day_per_1000"]
    assert len(days) == 13 and days["year"].eq(2024).all()
    wednesday = days[(days["site"] == "AT:Graz") & (days["weekday"] == 2)]
    assert wednesday["load_mg_per_day_per_1000"].tolist() == [8.82]


def test_a_week_of_zeros_is_no_value(tmp_path):
    rows = [week(2023, "Graz", [0] * 7), GRAZ, week(2022, "Wien", ["", 0, 0, 0, 0, 0, 0]), flat(2023, "Wien", 9.9)]
    loads = read_score_release(written(tmp_path, *rows))
    zero = loads.frame.set_index(["site", "year"]).loc[("AT:Graz", 2023)]
    assert zero["state"] == "not_quantified" and zero["week_rule"] == "incomplete" and zero["n_days"] == 7
    assert zero[["mon", "sun", "daily", "weekday", "weekend"]].isna().all() and zero["published_daily"] == 0
    assert codes(loads).count("zero_beside_high") == 2
    for level, seen in ((10.0, True), (9.99, False)):
        rows = [week(2021, "Graz", [0] * 7), week(2024, "Graz", [level] * 7)]
        assert ("zero_beside_high" in codes(read_score_release(written(tmp_path, *rows)))) is seen


def test_no_day_given_is_absent_not_zero(tmp_path):
    loads = read_score_release(written(tmp_path, week(2024, "Graz", [""] * 7, means=(3, 4, 3.5))))
    assert loads.frame[["state", "n_days"]].iloc[0].tolist() == ["absent", 0]
    assert codes(loads) == ["days_missing"]


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [(5, 25.0, False), (5, 25.1, True), (25.1, 5, True), (4.9, 30, False), (30, 4.9, False)],
)
def test_jumps_need_five_on_both_sides_and_more_than_five_fold(tmp_path, before, after, seen):
    rows = [week(2022, "Graz", [before] * 7), week(2024, "Graz", [after] * 7)]
    loads = read_score_release(written(tmp_path, *rows))
    assert ("jump_over_5x" in codes(loads)) is seen
    if seen:
        jump = loads.problems.set_index("code").loc["jump_over_5x"]
        assert f"{before:g} (2022) to {after:g}" in jump["en"] and jump["row"] == 3


def test_means_that_differ_and_floors_that_repeat(tmp_path):
    days = [10.0, 11, 12, 13, 14, 15, 16]
    for published, seen in ((13.06, False), (13.07, True)):
        loads = read_score_release(written(tmp_path, week(2024, "Graz", days, means=(12, 13.75, published))))
        assert ("mean_differs" in codes(loads)) is seen
        assert loads.frame["published_daily"].tolist() == [published], "never overwritten"
    twice = read_score_release(written(tmp_path, week(2024, "Graz", [1, 1, 2, 3, 4, 5, 6])))
    thrice = read_score_release(written(tmp_path, week(2024, "Graz", [2, 1, 1, 3, 4, 1, 6])))
    assert codes(twice) == [] and codes(thrice) == ["repeated_lowest_value"]
    assert thrice.problems[["column", "value"]].iloc[0].tolist() == ["Tuesday", "1"]


def test_releases_are_joined_on_place_and_the_later_one_wins(tmp_path):
    old = [
        flat(2021, "Budapest", 20, country="H", site="H001"),
        flat(2022, "Budapest", 21, country="H", site="H001"),
        flat(2022, "Munich Gut Großlappen", 9, country="DE", site="DE026"),
    ]
    new = [
        flat(2022, "Budapest", 22, country="HU", site="HU001"),
        flat(2023, "Budapest", 23, country="HU", site="HU001"),
        flat(2022, "Munich G", 9, country="DE", site="HU001"),
        flat(2022, "Hamburg N", 8, country="DE", site="DE026"),
    ]
    paths = [
        written(tmp_path, *new, name="ww2025-all-data.csv"),
        written(tmp_path, *old, name="ww-data-long-2023-05-02.csv"),
    ]
    loads = read_score_release(paths)  # the years in the names decide, not the order
    budapest = loads.frame[loads.frame["site"] == "HU:Budapest"]
    assert budapest[["year", "mon", "release"]].values.tolist() == [
        [2021, 20.0, "ww2023"], [2022, 22.0, "ww2025"], [2023, 23.0, "ww2025"],
    ]  # fmt: skip
    assert set(loads.frame["site"]) >= {"DE:Munich G", "DE:Munich Gut Großlappen", "DE:Hamburg N"}, "no fuzzy merging"
    odd = loads.problems.set_index("code")
    revised = odd.loc["revised"]
    assert revised[["column", "value", "file"]].tolist() == ["Monday", "22", "ww2025-all-data.csv"]
    assert "21 in the release before" in revised["en"]
    assert len(odd.loc[["only_in_earlier_release"]]) == 2
    merged = read_score_release(paths, aliases=KNOWN_ALIASES)
    assert "DE:Munich Gut Großlappen" not in set(merged.frame["site"])
    assert codes(merged).count("only_in_earlier_release") == 1
    same = read_score_release([written(tmp_path, GRAZ), written(tmp_path, GRAZ, name="ww2023.csv")])
    assert codes(same) == [] and len(same.frame) == 1
    with pytest.raises(ValueError, match="country:city"):
        read_score_release(paths, aliases={"DE:Munich G": "Munich"})


def test_the_names_of_drugs_become_what_was_measured(tmp_path):
    rows = [flat(2024, "Graz", 5, drug=drug) for drug in ("cocaine", "Cannabis", "ketamine", "THC-COOH 2")]
    found = set(read_score_release(written(tmp_path, *rows)).frame["biomarker"])
    assert found == {"benzoylecgonine", "thc_cooh", "ketamine", "thc_cooh_2"}


def test_sites_are_chosen_by_their_label(tmp_path):
    path = written(tmp_path, GRAZ, ZAGREB)
    loads = read_score_release(path, sites=["AT:Graz"])
    assert set(loads.frame["site"]) == {"AT:Graz"} and len(loads.problems) == 0
    assert len(read_score_release(path, sites="HR:Zagreb").frame) == 1
    with pytest.raises(UnknownNameError, match="AT:Graz"):
        read_score_release(path, sites=["AT:Grazz"])
    with pytest.raises(UnknownNameError):
        read_score_release(path).yearly("Graz")


@pytest.mark.parametrize(
    ("row", "code", "column", "line"),
    [
        (GRAZ.replace("8.82", "0"), "mixed_zero", "Wednesday", 3),
        (GRAZ.replace("8.82", "-8.82"), "negative", "Wednesday", 3),
        (GRAZ.replace("8.82", "<5"), "not_a_number", "Wednesday", 3),
        (GRAZ.replace("15.53", "inf"), "not_a_number", "Daily mean", 3),
        (GRAZ.replace("2024", "24"), "year", "Year", 3),
        (GRAZ.replace("2024", ""), "year", "Year", 3),
        (GRAZ.replace('"Graz"', " "), "blank", "City", 3),
        (ZAGREB, "duplicate", "City", 2),
        (GRAZ + ",1", "ragged", None, 3),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_cell(tmp_path, row, code, column, line):
    with pytest.raises(SeriesError) as raised:
        read_score_release(written(tmp_path, ZAGREB, row))
    first = raised.value.problems[0]
    assert (first.code, first.column, first.row, first.file) == (code, column, line, "ww2025-all-data.csv")


def test_all_problems_come_at_once_and_headers_are_named(tmp_path):
    rows = [GRAZ.replace("8.82", "0"), ZAGREB.replace("14.08", "x")]
    with pytest.raises(SeriesError) as raised:
        read_score_release(written(tmp_path, *rows))
    assert {p.code for p in raised.value.problems} == {"mixed_zero", "not_a_number"}
    header = HEADER.replace('"Daily mean"', '"City"')
    with pytest.raises(SeriesError, match="Daily mean / load_mean is missing") as raised:
        read_score_release(written(tmp_path, GRAZ, header=header))
    assert "stands twice" in str(raised.value)
    many = [GRAZ.replace("8.82", "0").replace("Graz", f"Graz {k}") for k in range(130)]
    with pytest.raises(SeriesError, match="130 cells in all"):
        read_score_release(written(tmp_path, *many))
    with pytest.raises(SeriesError):
        read_score_release(written(tmp_path, header=""))


def test_a_release_without_rows_is_empty(tmp_path):
    loads = read_score_release(written(tmp_path))
    assert len(loads.frame) == len(loads.problems) == len(loads.yearly()) == 0
    assert loads.explain().in_language("en")


def test_a_country_written_na_is_namibia(tmp_path):
    loads = read_score_release(written(tmp_path, flat(2024, "Windhoek", 5, country="NA"), ZAGREB.replace(",,", ",NA,")))
    assert set(loads.frame["country"]) == {"NA", "HR"} and loads.frame["n_days"].tolist() == [6, 7]


def test_the_yearly_class_skips_no_year(tmp_path):
    rows = [flat(year, "Graz", level) for year, level in ((2020, 10), (2021, 12), (2023, 6))]
    yearly = read_score_release(written(tmp_path, *rows)).yearly("AT:Graz")
    assert yearly["agency_class"].tolist() == ["no_data", "increase", "no_data"]
    assert yearly["change"].iloc[1] == pytest.approx(12.21 / 10.21 - 1, abs=1e-9)


# --- the tidied panel of the 2025 release with what only the 2023 release has, read in place -----------------------------


@pytest.fixture(scope="module")
def panel(reference):
    return read_score_release(reference / "data" / "wastewater" / "panel.csv")


@pytest.mark.reference
def test_every_known_quirk_is_found_and_no_other(panel, reference):
    known = pd.read_csv(reference / "data" / "wastewater" / "panel_quirks.csv")
    drug = known["drug"].str.lower().replace(BIOMARKERS)
    quirk = known["quirk"].replace({"only_in_2023_release": "only_in_earlier_release"})
    theirs = sorted(zip(known["site"], drug, known["year"], quirk, strict=True))
    found = panel.problems
    ours = sorted(zip(found["site"], found["biomarker"], found["year"], found["code"], strict=True))
    assert len(theirs) == 597 and ours == theirs
    lines = pd.read_csv(reference / "data" / "wastewater" / "panel.csv").iloc[found["row"] - 2]
    assert lines["site"].tolist() == found["site"].tolist(), "the row is the line of the file"


@pytest.mark.reference
def test_the_frame_of_the_panel_keeps_every_published_mean(panel, reference):
    raw = pd.read_csv(reference / "data" / "wastewater" / "panel.csv")
    raw["biomarker"] = raw["drug"].str.lower().replace(BIOMARKERS)
    raw = raw.sort_values(["site", "biomarker", "year"], ignore_index=True)
    frame = panel.frame
    assert frame["site"].tolist() == raw["site"].tolist()
    for ours, theirs in (("daily", "load_mean"), ("weekday", "weekday_mean"), ("weekend", "weekend_mean")):
        pd.testing.assert_series_equal(frame[f"published_{ours}"], raw[theirs], check_names=False)
    measured = frame["state"] == "measured"
    assert (~measured).sum() == 223 and frame.loc[~measured, "daily"].isna().all()
    # The panel prints the mean of the days to four decimals.
    assert frame.loc[measured, "daily"].to_numpy() == pytest.approx(raw.loc[measured, "load_mean_obs"], abs=5.1e-5)
    assert frame["n_days"].tolist() == raw["n_days"].tolist()


@pytest.mark.reference
def test_the_replay_of_drop_rules(panel):
    # Computed from the same rows: percent of 965 triples that fire, and of these still 10 % below at T + 2.
    table = replay_drop_rules(panel.frame).set_index("rule")
    assert (table["triples"] == 965).all()
    percent = (100 * table[["share", "share_still_low"]]).round().astype(int)
    assert percent.to_dict("index") == {
        "every_triple": {"share": 100, "share_still_low": 35},
        "drop_20": {"share": 25, "share_still_low": 68},
        "p_05": {"share": 25, "share_still_low": 67},
        "drop_20_p_05": {"share": 22, "share_still_low": 69},
        "drop_20_p_01": {"share": 16, "share_still_low": 71},
        "drop_20_from_both": {"share": 11, "share_still_low": 64},
    }
    assert len(replay_drop_rules(panel.frame, smallest_base=1e9)) == 6


def test_the_replay_counts_a_week_of_zeros_as_a_fall(tmp_path):
    rows = [flat(2021, "Graz", 20), week(2022, "Graz", [0] * 7), flat(2023, "Graz", 20), flat(2024, "Graz", 20)]
    table = replay_drop_rules(read_score_release(written(tmp_path, *rows)).frame).set_index("rule")
    assert table.loc["drop_20_p_01", ["triples", "fires", "still_low"]].tolist() == [1, 1, 0]
