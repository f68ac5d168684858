"""Relapse from counts and follow-up tables, with figures that can be checked in the head, on both sides of each rule."""

from __future__ import annotations

import numpy as np
import pytest

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.relapse.changes import compare_relapse
from suzhou_antidrug.indicators.relapse.definitions import RelapseDefinition, national_stock_shares
from suzhou_antidrug.indicators.relapse.detected import correct_for_test_errors, measure_relapse
from suzhou_antidrug.indicators.relapse.life_tables import life_table, rate_difference_interval
from suzhou_antidrug.indicators.relapse.standardisation import standardise_directly, standardise_indirectly
from suzhou_antidrug.verdicts import Verdict

WORDS = {"case_list": "列管毒品", "population": "年初在册应查人员"}
WHAT = RelapseDefinition("annual_detected", **WORDS)
Z = 1.959963985  # the normal quantile of 95 % limits


def test_a_life_table_with_losses():
    # 18 of 100 - 20/2 = 90 and 12 of 62 - 4/2 = 60: a fifth both times. Greenwood: .2 / (90 x .8) = 1/360, then + 1/240.
    table = life_table([100, 62], [18, 12], [20, 4])
    assert table.at_risk.tolist() == [90, 60]
    assert table.survival == pytest.approx([0.8, 0.64])
    assert table.standard_error == pytest.approx([0.8 / np.sqrt(360), 0.64 / 12])
    assert table.person_years.tolist() == [81, 54]  # 100 - 38/2, 62 - 16/2
    assert table.rate_per_100_person_years[0] == pytest.approx(3000 / 135)
    assert life_table(100, [18, 12], [20, 4]).entered.tolist() == [100, 62]


def test_nothing_is_said_after_nobody_is_left():
    table = life_table([4, 2, 0], [2, 2, 0])
    assert table.survival[:2].tolist() == [0.5, 0] and np.isnan(table.survival[2]) and np.isnan(table.conditional[2])
    assert np.isnan(life_table([2, 0, 0], [1, 0, 0], [1, 0, 0]).survival[1:]).all()


def test_the_difference_of_two_life_tables():
    # Without losses the standard errors are binomial: sqrt(.8 x .2 / 100) = .04 and sqrt(.5 x .5 / 100) = .05.
    first, second = life_table(100, [20, 0]), life_table(100, [50, 40])
    half = Z * np.sqrt(0.04**2 + 0.05**2)
    assert rate_difference_interval(first, second, 0) == pytest.approx((0.3, 0.3 - half, 0.3 + half))
    half = Z * np.sqrt(0.04**2 + 0.03**2)  # sqrt(.1 x .9 / 100) at the end of the last interval, which is the default
    assert rate_difference_interval(first, second) == pytest.approx((0.7, 0.7 - half, 0.7 + half))


@pytest.mark.parametrize("years", [1, 2, 3])
def test_windows_of_a_cohort(years):
    assert RelapseDefinition("cohort", **WORDS, years=years).years == years


@pytest.mark.parametrize(("kind", "years"), [("cohort", 0), ("cohort", 4), ("cohort", None), ("annual_detected", 1)])
def test_other_windows_are_refused(kind, years):
    with pytest.raises(SeriesError) as caught:
        RelapseDefinition(kind, **WORDS, years=years)
    assert [p.code for p in caught.value.problems] == ["window"]


def test_kinds_and_units_that_do_not_exist():
    with pytest.raises(UnknownNameError, match="relapse"):
        RelapseDefinition("relapse", **WORDS)
    with pytest.raises(UnknownNameError, match="cases"):
        RelapseDefinition("annual_detected", **WORDS, unit="cases")


def test_definitions_without_their_words():
    with pytest.raises(SeriesError) as caught:
        RelapseDefinition("annual_detected", case_list=" ", population="")
    assert [p.column for p in caught.value.problems] == ["case_list", "population"]


def test_stock_shares_are_persons_over_persons():
    row = national_stock_shares().frame.set_index("year").loc[2023]
    assert (row["three_year_abstainers"], row["existing_users"]) == (4_078_000, 896_000)
    assert row["share"] == pytest.approx(4078 / 4974)


@pytest.mark.parametrize(
    ("sensitivity", "specificity"), [(1.01, 0.9), (0.9, 1.01), (-0.01, 1.0), (1.0, -0.01), (0.4, 0.6)]
)
def test_errors_of_a_test_that_cannot_be(sensitivity, specificity):
    with pytest.raises(ValueError, match="sensitivity"):
        correct_for_test_errors([0.1], sensitivity, specificity)


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "share"),
    [(1.0, 1.0, 0.1), (0.8, 1.0, 0.125), (1.0, 0.95, 0.05 / 0.95), (0.41, 0.6, 0.0)],
)
def test_errors_of_a_test_at_their_ends(sensitivity, specificity, share):
    value, _ = correct_for_test_errors([0.1], sensitivity, specificity)
    assert value[0] == pytest.approx(share)


@pytest.mark.parametrize(("places", "cut"), [(5, False), (6, True)])
def test_five_places_are_named_and_more_are_cut(places, cut):
    with pytest.raises(SeriesError) as caught:
        measure_relapse([2] * places, [1] * places, definition=WHAT, places=[f"p{n}" for n in range(places)])
    told = caught.value.problems[0].en
    assert "p0, p1, p2, p3, p4" in told and "p5" not in told and ("…" in told) == cut


def period(found, base=1000, **more):
    return measure_relapse(found, base, definition=WHAT, **{"checked": base, "checks": 4000} | more)


def test_the_threshold_over_detection_is_one_less_the_fall():
    compared = compare_relapse(period(200), period(100))
    ratio, low, high = float(compared.ratio[0]), float(compared.low[0]), float(compared.high[0])
    assert ratio == pytest.approx(0.5)
    ends = (low / 0.9, high / 0.9)  # detection at which a limit stands on 0.9, the fall of a tenth
    told = compared.over_detection(factors=[ends[0] * 0.999, ends[0] * 1.001, ends[1] * 0.999, ends[1] * 1.001])
    assert told["verdict"].tolist() == ["not_met", "insufficient_evidence", "insufficient_evidence", "met"]
    assert told["ratio"].tolist() == pytest.approx((0.5 / told["detection"]).tolist())


def test_checking_is_measured_by_the_share_checked_where_checks_are_not_given():
    whole = period(50, checks=None)
    assert compare_relapse(whole, period(40, checks=None, checked=790)).verdicts[0] is Verdict.NOT_ASSESSABLE
    assert compare_relapse(whole, period(40, checks=None, checked=810)).verdicts[0] is not Verdict.NOT_ASSESSABLE
    # By checks a person the checking halved, although everybody was checked.
    assert compare_relapse(period(50), period(40, checks=2000)).verdicts[0] is Verdict.NOT_ASSESSABLE


def test_without_checks_nothing_is_compared_per_check():
    for checks in (None, 0):
        later = period(0, checks=checks)
        judged = compare_relapse(period(50), later, by="checks").judgements[0]
        assert judged.verdict is Verdict.NOT_ASSESSABLE and "number of checks" in judged.reason.en
    assert compare_relapse(period(50), period(10), by="checks").verdicts[0] is Verdict.MET


@pytest.mark.parametrize(
    "options", [{"minimum_fall": 1.0}, {"minimum_fall": -0.1}, {"detection": (0.0, 1.2)}, {"detection": (1.1, 1.2)}, {"detection": (0.5, 0.9)}]
)  # fmt: skip
def test_rules_that_cannot_be(options):
    with pytest.raises(ValueError, match="minimum_fall"):
        compare_relapse(period(50), period(40), **options)


def test_a_class_that_the_standard_does_not_have_may_be_empty():
    found = standardise_directly([[3, 0]], [[100, 0]], [1, 0])
    assert found.status == ("estimated",) and found.rate[0] == pytest.approx(0.03)
    # Two classes in equal parts: (10/100 + 30/100) / 2.
    assert standardise_directly([[10, 30]], [[100, 100]], [7, 7]).rate[0] == pytest.approx(0.2)


def test_indirect_standardisation_by_hand():
    # Expected: 100 x 10/100 + 200 x 5/100 = 20.
    found = standardise_indirectly([[5], [0]], [[100, 200], [100, 200]], [10, 5], [100, 100])
    assert found.ratio.tolist() == [0.25, 0] and found.status == ("estimated", "no_events")
    assert found.rate[0] == pytest.approx(0.25 * 15 / 200) and found.crude[0] == pytest.approx(5 / 300)
    # Exact Poisson limits of 0 events: 0 and -ln .025 over 20.
    assert found.low[1] == 0 and found.high[1] == pytest.approx(-np.log(0.025) / 20 * 15 / 200)
    with pytest.raises(ValueError, match="standard"):
        standardise_indirectly([[-1]], [[100, 200]], [10, 5], [100, 100])
