"""The user's door to cohorts: what it says, what it hides, and its figures; districts; made-up persons."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.relapse.abstinence import measure_abstinence
from suzhou_antidrug.indicators.relapse.changes import compare_relapse
from suzhou_antidrug.indicators.relapse.cohorts import follow_up_table, forecast_cohorts
from suzhou_antidrug.indicators.relapse.definitions import RelapseDefinition
from suzhou_antidrug.indicators.relapse.detected import measure_relapse
from suzhou_antidrug.indicators.relapse.districts import compare_districts
from suzhou_antidrug.indicators.relapse.hazard_checks import check_proportional_hazards
from suzhou_antidrug.indicators.relapse.hazards import fit_cox
from suzhou_antidrug.indicators.relapse.interval_censoring import turnbull
from suzhou_antidrug.indicators.relapse.recurrent import mean_cumulative
from suzhou_antidrug.indicators.relapse.spells import Spells
from suzhou_antidrug.indicators.relapse.synthetic import MONTHLY_RELAPSE, make_synthetic_persons, make_synthetic_spells

CODES = {0: "censored", 1: "relapse", 2: "death"}


@pytest.fixture(scope="module")
def spells():
    return make_synthetic_spells(1500)


def test_the_headline_counts_those_who_left_and_kaplan_meier_does_not(spells):
    frame = measure_abstinence(spells).frame
    assert (frame["relapse"] < 1 - frame["if_nobody_left"]).all()
    shares = frame[["relapse", "death", "departure", "detention", "abstinent"]].sum(axis=1)
    assert shares.to_numpy() == pytest.approx(1)


def test_the_truth_of_made_up_persons_comes_back():
    """The mean monthly risks are those of the generator, up to the levels of years, divisions and grades."""
    table = make_synthetic_persons(20_000, rng=3)
    only = table[(table["times_detained"] == 1) & (table["released"] == 2016)]
    first = only[only["months"] <= 12]
    rate = (first["end"] == 1).sum() / np.minimum(only["months"], 12).sum()
    assert rate == pytest.approx(MONTHLY_RELAPSE[0], rel=0.15)
    assert (table["last_negative"] <= table["months"]).all()
    assert (table["first_positive"] >= table["months"]).all()


def test_status_is_shown_wherever_the_figures_are(spells):
    found = measure_abstinence(spells)
    assert "合成" in found._repr_html_() and "合成" in str(found.explain())
    assert "合成" in " ".join(t.get_text() for t in found.plot(language="zh").texts)


def small_groups():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "who": range(200), "months": rng.integers(1, 37, 200).astype(float), "end": 0, "place": np.where(np.arange(200) < 30, "甲", "乙"),
    })  # fmt: skip
    frame.loc[[0, 1, 2], ["months", "end"]] = [5.0, 1]  # three relapses in 甲
    frame.loc[30:90, "end"] = 1
    frame.loc[91:93, "end"] = 2  # three deaths in 乙
    return Spells.from_frame(frame, person="who", exit="months", event="end", event_codes=CODES, groups=["place"])


def test_a_group_with_three_relapses_is_hidden_and_not_drawn():
    found = measure_abstinence(small_groups(), by="place")
    hidden = found.frame.query("group == '甲'")
    assert hidden["relapse"].isna().all() and set(hidden["status"]) == {"suppressed"}
    assert found.hidden_groups == (False, True) or found.hidden_groups == (True, False)
    ax = found.plot(language="zh")
    assert "甲" not in [t.get_text() for t in ax.get_legend().get_texts()]
    everything = measure_abstinence(small_groups(), by="place", minimum=1, times=[12, 24]).frame
    assert not everything["relapse"].isna().any()


def test_three_deaths_are_hidden_and_cannot_be_had_from_the_rest():
    shown = measure_abstinence(small_groups(), by="place").frame.query("group == '乙'").iloc[-1]
    assert np.isnan(shown["death"]) and np.isnan(shown["abstinent"]) and shown["relapse"] > 0


def test_all_censored_says_so():
    frame = pd.DataFrame({"who": range(9), "months": 1.0 + np.arange(9), "end": 0})
    found = measure_abstinence(
        Spells.from_frame(frame, person="who", exit="months", event="end", event_codes=CODES), times=[3]
    )
    assert "不可评" in str(found.explain())


def test_events_and_groups_that_do_not_exist(spells):
    with pytest.raises(UnknownNameError):
        measure_abstinence(spells, event="relapsed")
    with pytest.raises(UnknownNameError):
        measure_abstinence(spells, by="town")


def test_late_entry_gives_no_gray_test(spells):
    late = measure_abstinence(spells, by="times_detained")
    assert late.difference_of_shares is None and late.difference_of_rates.status == "tested"


FOUND, BASE = [30, 42, 90, 25, 38], [600, 700, 800, 500, 650]


def test_shrunken_values_lie_between_the_district_and_the_whole():
    seen = compare_districts(FOUND, BASE, list("abcde"))
    t = seen.table
    low, high = np.minimum(t["rate"], seen.pooled), np.maximum(t["rate"], seen.pooled)
    assert ((t["shrunken"] >= low - 1e-3) & (t["shrunken"] <= high + 1e-3)).all()
    assert (t["rank_low"] <= t["rank_high"]).all() and t["rank_high"].max() == 5


def test_equal_districts_all_get_the_whole():
    seen = compare_districts([10, 20, 30], [100, 200, 300], list("abc"))
    assert np.isinf(seen.precision) and (seen.table["shrunken"] == seen.pooled).all()
    assert seen.table[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 3]] * 3


def test_funnel_limits_hold_what_chance_makes():
    rng = np.random.default_rng(1)
    base = rng.integers(50, 2000, 3000)
    seen = compare_districts(rng.binomial(base, 0.1), base, [str(n) for n in range(3000)], draws=200)
    assert 0.03 <= seen.table["position"].isin(["low", "high"]).mean() <= 0.07
    assert seen.overdispersion < 1.1


def test_the_precision_of_a_known_spread_comes_back():
    rng = np.random.default_rng(2)
    base = np.full(400, 500)
    seen = compare_districts(rng.binomial(base, rng.beta(20, 180, 400)), base, [str(n) for n in range(400)], draws=200)
    assert seen.precision == pytest.approx(200, rel=0.2)


def test_small_districts_are_hidden_in_frame_and_figure():
    seen = compare_districts([3, 42, 90, 25, 38], BASE, list("abcde"))
    assert seen.frame["found"].iloc[0] == "已抑制" and seen.frame["shrunken"].iloc[0] == "已抑制"
    drawn = [t.get_text() for t in seen.plot().texts]
    assert "a" not in drawn and any("未画" in t for t in drawn)


def test_districts_that_cannot_be_compared():
    with pytest.raises(SeriesError):
        compare_districts([1, 2], [10, 20], ["a", "a"])
    with pytest.raises(SeriesError):
        compare_districts([0, 0], [0, 0], ["a", "b"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_draws_in_both_languages(spells, language):
    table = make_synthetic_persons(1500)
    x = pd.DataFrame({"冰毒": (table["drug"] == "冰毒").astype(int), "多次": (table["times_detained"] > 1).astype(int)})
    what = RelapseDefinition("annual_detected", case_list="列管毒品", population="年初在册应查人员")
    years = [measure_relapse(n, 5000, checks=20_000, definition=what) for n in (400, 250)]
    follow = follow_up_table(table["released"], table["months"] / 12, table["end"])
    drawn = [
        measure_abstinence(spells).plot(language=language), measure_abstinence(spells).plot_ends(language=language),
        measure_abstinence(spells, by="division").plot(language=language),
        fit_cox(x, table["entry"], table["months"], table["end"]).plot(language=language),
        check_proportional_hazards(x, table["entry"], table["months"], table["end"]).plot(language=language),
        mean_cumulative(table["entry"], table["months"], table["end"], table.index).plot(language=language),
        turnbull(table["last_negative"], table["first_positive"]).plot(language=language),
        compare_relapse(*years).plot(language=language), forecast_cohorts(follow).plot(language=language),
        compare_districts(FOUND, BASE, list("abcde")).plot(language=language),
    ]  # fmt: skip
    for ax in drawn:
        text = ax.get_title(loc="left") + ax.get_xlabel()
        assert ax.get_xlabel() and (any("一" <= c <= "鿿" for c in text) == (language == "zh"))
    plt.close("all")
