"""Progress systems on both sides of each of their cuts, with figures that can be checked in the head."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.appraisal.progress.assurance import assure
from suzhou_antidrug.appraisal.progress.compare import compare_progress
from suzhou_antidrug.appraisal.progress.facts import ProgressFacts, growth
from suzhou_antidrug.appraisal.progress.healthy_people import healthy_people
from suzhou_antidrug.appraisal.progress.ratio_rules import (
    escap_current_status,
    eurostat,
    open_sdg,
    schedule,
    sdsn_arrows,
    un_progress_chart,
)
from suzhou_antidrug.appraisal.progress.reduction_rates import aarr, reduction_rate, reduction_rate_by_regression
from suzhou_antidrug.appraisal.progress.series_rules import anticipated_progress, distance_and_trend, rank_trend
from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.verdicts import Verdict

NONE = float("nan")
UP_DOWN = (5.0, 6.0) * 6


def facts(baseline, current, target, *, direction=1, **more):
    """One case: half of the two years to the target has passed."""
    row = {"case": "a", "baseline": baseline, "t0": 2019, "current": current, "t": 2020, "target": target, "t_target": 2021, "direction": direction}  # fmt: skip
    return ProgressFacts.from_frame(pd.DataFrame([row | more]))


def told(found):
    return str(found.label[0]), str(found.standing[0])


# 100 to 121 in two years is a tenth a year: after one year 110 is all of the pace required, 106 six tenths of it.
@pytest.mark.parametrize(
    ("current", "sdg", "europe"),
    [
        (121.0, ("target_achieved", "met"), ("significant progress", "on_the_way")),
        (109.51, ("on_track", "on_the_way"), ("significant progress", "on_the_way")),
        (109.49, ("progress_needs_acceleration", "too_slow"), ("moderate progress", "too_slow")),
        (106.01, ("progress_needs_acceleration", "too_slow"), ("moderate progress", "too_slow")),
        (105.99, ("limited_progress", "too_slow"), ("insufficient progress", "too_slow")),
        (100.0, ("limited_progress", "too_slow"), ("insufficient progress", "too_slow")),
        (99.9, ("deterioration", "away"), ("significant movement away", "away")),
    ],
)
def test_pace_over_pace_required(current, sdg, europe):
    up = facts(100, current, 121)
    assert told(open_sdg(up)) == sdg and told(eurostat(up)) == europe
    down = facts(100, 200 - current, 81, direction=-1)  # 100 to 81: a tenth less a year
    assert told(open_sdg(down))[1] == sdg[1] and told(eurostat(down))[1] == europe[1]
    if current < 121:
        assert float(eurostat(up).value[0]) == pytest.approx((current - 100) / 10)
        assert float(open_sdg(up).value[0]) == pytest.approx((current - 100) / 10)


@pytest.mark.parametrize(
    ("current", "sdg", "europe", "nations"),
    [
        (102.01, "on_track", "significant progress", "3"),
        (101.99, "on_track", "significant progress", "2"),
        (101.51, "on_track", "significant progress", "2"),
        (101.49, "progress_needs_acceleration", "significant progress", "2"),
        (101.01, "progress_needs_acceleration", "significant progress", "2"),
        (100.99, "progress_needs_acceleration", "moderate progress", "2"),
        (100.51, "progress_needs_acceleration", "moderate progress", "2"),
        (100.49, "limited_progress", "moderate progress", "1"),
        (99.9, "deterioration", "moderate movement away", "1"),
        (99.01, "deterioration", "moderate movement away", "1"),
        (98.99, "deterioration", "significant movement away", "1"),
    ],
)
def test_a_promise_without_a_number(current, sdg, europe, nations):
    for direction in (1, -1):
        case = facts(100, 100 + direction * (current - 100), NONE, direction=direction)
        assert [told(f(case))[0] for f in (open_sdg, eurostat, un_progress_chart)] == [sdg, europe, nations]
    assert told(eurostat(case))[1] == ("away" if current < 100 else "on_the_way" if current > 101 else "too_slow")
    for judge in (sdsn_arrows, escap_current_status, schedule):
        assert told(judge(case)) == ("n/a", "not_judged") and np.isnan(judge(case).value[0])


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        (121.0, ("3 met", "met")),
        (109.6, ("3", "on_the_way")),  # 109.6^2 / 100 = 120.12: .958 of the way
        (109.5, ("2", "too_slow")),  # 119.90: .948
        (101.06, ("2", "too_slow")),  # 102.13: .1015
        (101.04, ("1", "too_slow")),  # 102.09: .0996
        (99.0, ("1", "away")),
    ],
)
def test_where_the_pace_so_far_leads(current, expected):
    found = un_progress_chart(facts(100, current, 121))
    assert told(found) == expected
    if current < 121:
        assert float(found.value[0]) == pytest.approx((current**2 / 100 - 100) / 21)


@pytest.mark.parametrize(
    ("case", "label"),
    [
        (facts(90, 99.1, 100), "3 met (within 1 point rule)"),
        (facts(90, 99.0, 100), "3"),
        (facts(9, 0.9, 0, direction=-1), "3 met (within 1 point rule)"),
        (facts(9, 1.0, 0, direction=-1), "3"),
        (facts(40, 49.5, 50), "3"),  # a target of 50 has no such rule
        (facts(0, 5, 10), "undefined"),
    ],
)
def test_within_a_point_of_nought_or_all(case, label):
    assert told(un_progress_chart(case))[0] == label


@pytest.mark.parametrize(
    ("current", "arrow", "index", "plan"),
    [
        (100.0, ("on track", "on_the_way"), ("10", "met"), ("ahead", "met")),
        (80.0, ("on track", "on_the_way"), ("6", "on_the_way"), ("ahead", "on_the_way")),
        (75.0, ("on track", "on_the_way"), ("5", "on_the_way"), ("on schedule", "on_the_way")),
        (74.9, ("moderately improving", "too_slow"), ("4.98", "too_slow"), ("behind", "too_slow")),
        (62.5, ("moderately improving", "too_slow"), ("2.5", "too_slow"), ("behind", "too_slow")),
        (62.4, ("stagnating", "too_slow"), ("2.48", "too_slow"), ("behind", "too_slow")),
        (50.0, ("stagnating", "too_slow"), ("0", "too_slow"), ("behind", "too_slow")),
        (49.0, ("decreasing", "away"), ("-0.2", "away"), ("behind", "away")),
    ],
)
def test_straight_lines_from_fifty_to_a_hundred(current, arrow, index, plan):
    case = facts(50, current, 100)
    assert [told(f(case)) for f in (sdsn_arrows, escap_current_status, schedule)] == [arrow, index, plan]
    falling = facts(100, 150 - current, 50, direction=-1)
    assert [told(f(falling))[1] for f in (sdsn_arrows, escap_current_status, schedule)] == [arrow[1], index[1], plan[1]]
    assert float(sdsn_arrows(case).value[0]) == pytest.approx((current - 50) / 25) == float(schedule(case).value[0])


def test_base_equal_to_the_target_divides_by_nought():
    for judge in (sdsn_arrows, escap_current_status, schedule, eurostat, open_sdg):
        found = judge(facts(50, 49, 50))
        assert told(found) == ("undefined", "undefined") and np.isnan(found.value[0])
    assert told(open_sdg(facts(50, 51, 50))) == ("target_achieved", "met")
    assert "0 stands as 0.001" in open_sdg(facts(10, 5, 0, direction=-1)).reason[0]


@pytest.mark.parametrize(
    ("current", "label", "standing", "value"),
    [
        (100.0, "1 target met or exceeded", "met", 100.0),
        (55.1, "2 improved", "on_the_way", 10.2),
        (55.0, "2 improved", "on_the_way", 10.0),
        (54.9, "3 little or no detectable change", "too_slow", 9.8),
        (50.0, "3 little or no detectable change", "too_slow", 0.0),
        (45.1, "3 little or no detectable change", "too_slow", 9.8),
        (45.0, "4 got worse", "away", 10.0),
    ],
)
def test_a_tenth_of_the_way_or_of_the_base(current, label, standing, value):
    found = healthy_people(facts(50, current, 100))
    assert told(found) == (label, standing)
    assert float(found.value[0]) == pytest.approx(value)
    assert np.isnan(healthy_people(facts(100, 110, 100)).value[0])  # met before it began: no way was to go


def test_with_standard_errors_significance_decides():
    errors = {"se_baseline": 3.0, "se_current": 4.0}  # root of 9 + 16: a change of 8.2243 is the line
    for change, up, down in (
        (8.23, "2 improved", "4 got worse"),
        (8.22, "3 little or no detectable change", "3 little or no detectable change"),
    ):
        assert told(healthy_people(facts(50, 50 + change, 100, **errors)))[0] == up
        assert told(healthy_people(facts(50, 50 - change, 100, **errors)))[0] == down
    assert healthy_people(facts(50, 60, 100, **errors)).reason == ("z = 2.00",)
    assert healthy_people(facts(50, 60, 100)).reason == ("20.0 %",) and healthy_people(facts(50, 40, 100)).reason == (
        "20.0 %",
    )
    assert healthy_people(facts(0, 1, 0, direction=-1)).reason == ("a zero baseline moved away from",)
    assert healthy_people(facts(50, 100, 100)).reason == ("reached",)
    assert told(healthy_people(facts(0, 1, 0, direction=-1))) == ("undefined", "undefined")
    assert told(healthy_people(facts(50, 60, NONE))) == ("6 informational (no target)", "not_judged")


@pytest.mark.parametrize(
    ("current", "label", "standing"),
    [(80, "target met", "met"), (90, "on track", "on_the_way"), (90.1, "insufficient", "too_slow"), (100, "insufficient", "too_slow"),
     (100.1, "moving away", "away"), (0, "undefined", "undefined"), (-1, "undefined", "undefined")],
)  # fmt: skip
def test_yearly_reduction_against_a_tenth_a_year(current, label, standing):
    for kind in ("discrete", "continuous"):
        assert told(aarr(facts(100, current, 81, direction=-1), kind=kind)) == (label, standing)


def test_the_rates_that_are_told():
    found = aarr(facts(100, 95, 81, direction=-1))
    assert float(found.value[0]) == pytest.approx(-0.05)  # 5 % a year where 10 % would do
    assert found.reason[0] == "5.00 % a year, on track 10.00 %, from now 14.74 %"  # 1 - 81/95
    rising = aarr(facts(100, 105, 121))
    assert float(rising.value[0]) == pytest.approx(-0.05) and rising.reason[0].startswith(
        "5.00 % a year, on track 10.00 %"
    )
    late = aarr(facts(100, 95, 81, direction=-1, t=2021))
    assert late.reason[0].endswith("no time left")
    assert told(aarr(facts(100, 95, NONE, direction=-1))) == ("n/a", "not_judged")
    assert (
        told(aarr(facts(0, 95, 81, direction=-1)))[0] == told(aarr(facts(100, 95, 0, direction=-1)))[0] == "undefined"
    )
    with pytest.raises(ValueError, match="kind"):
        reduction_rate(2, 1, 1, kind="simple")
    assert np.isnan(reduction_rate([0, 5, 5], [5, 0, -1], 1)).all()
    assert reduction_rate_by_regression([8, 4, 2], [2019, 2020, 2021]) == pytest.approx(0.5)
    assert reduction_rate_by_regression([0.8, 0.4, 0.2], [2019, 2020, 2021]) == pytest.approx(0.5)
    assert np.isnan(reduction_rate_by_regression([8], [2019])) and np.isnan(
        reduction_rate_by_regression([8, 0], [1, 2])
    )


def test_times_that_leave_no_time():
    for more in ({"t": 2019}, {"t_target": 2019}):
        with pytest.raises(SeriesError, match="times out of order"):
            facts(1, 2, 3, **more)
    assert facts(1, 2, 3).point == 1  # a percentage point, in percent


def test_growth_has_no_base_of_nought_and_no_change_of_sign():
    found = growth(
        np.array([0.0, 100.0, -4.0, 100.0]), np.array([5.0, -5.0, -9.0, 0.0]), np.array([1.0, 1.0, 2.0, 2.0])
    )
    assert np.isnan(found).tolist() == [True, True, False, False] and found[2:].tolist() == pytest.approx([0.5, -1])


@pytest.mark.parametrize(
    ("current", "direction", "label", "standing", "reason"),
    [(95, 1, "milestone met", "on_the_way", "+0"), (94, 1, "milestone missed", "too_slow", "-1"), (96, 1, "milestone met", "on_the_way", "+1"),
     (96, -1, "milestone missed", "too_slow", "-1")],
)  # fmt: skip
def test_the_milestone_due_and_the_verdict_of_the_plan(current, direction, label, standing, reason):
    case = facts(90, current, 100, direction=direction, milestone=95)
    frame = compare_progress(case, ours={"a": Verdict.NOT_MET}).frame.set_index("system")
    assert frame.loc["milestone", ["label", "standing", "reason"]].tolist() == [label, standing, reason]
    assert frame.loc["ours", ["label", "standing"]].tolist() == ["not_met", "too_slow"]
    silent = compare_progress(case, ours={}).frame.set_index("system")
    assert silent.loc["ours", ["label", "standing", "reason"]].tolist() == ["-", "not_judged", "-"]
    assert "milestone" not in compare_progress(facts(90, current, 100)).frame["system"].tolist()


class TestAssurance:
    STEADY = (1.0, 2.0) * 6  # mean 1.5, moving range 1: limits -1.16 and 4.16, two thirds of them at 3.273 and -.273

    def test_limits_by_hand(self):
        chart = assure(self.STEADY)
        assert (chart.mean, chart.low, chart.high) == pytest.approx((1.5, -1.16, 4.16))
        assert (chart.variation, chart.assurance, chart.enough) == ("common_cause", "no_target", True)
        assert not assure(self.STEADY[:11]).enough

    @pytest.mark.parametrize(
        ("target", "direction", "said"),
        [(-1.2, 1, "consistent_pass"), (-1.1, 1, "hit_and_miss"), (4.1, 1, "hit_and_miss"), (4.2, 1, "consistent_fail"),
         (4.2, -1, "consistent_pass"), (4.1, -1, "hit_and_miss"), (-1.1, -1, "hit_and_miss"), (-1.2, -1, "consistent_fail")],
    )  # fmt: skip
    def test_targets_about_the_limits(self, target, direction, said):
        assert assure(self.STEADY, target, direction=direction).assurance == said

    @pytest.mark.parametrize(
        ("series", "signal"),
        [
            ([5.0] * 7 + [6.0] * 7, "improving"),  # seven above the mean, later than the seven below
            ([6.0] * 7 + [5.0] * 7, "worsening"),
            ([*UP_DOWN, *[6.0] * 6, *UP_DOWN], "improving"),  # seven above the mean of 5.64
            ([*UP_DOWN, *[6.0] * 5, *UP_DOWN], "common_cause"),  # six
            (
                [*[4.0, 8.0] * 4, *[5.0, 5, 5, 6, 5, 5, 5], *[7.0, 7, 7, 6, 7, 7, 7]],
                "common_cause",
            ),  # one on the mean of 6
            ([*UP_DOWN, 20.0], "improving"),  # one beyond the limits
            ([*UP_DOWN, -9.0], "worsening"),
            ([*UP_DOWN, 8.0, 8.0], "improving"),  # two of three beyond two thirds of the limit
            ([*UP_DOWN, 8.0], "common_cause"),
            ([*UP_DOWN * 4, 8.0, 5.0, 8.0], "improving"),
            ([*UP_DOWN, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7], "improving"),  # seven rising
            ([*UP_DOWN, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6], "common_cause"),
        ],
    )
    def test_signals(self, series, signal):
        assert assure(series).variation == signal
        turned = {"improving": "worsening", "worsening": "improving"}.get(signal, signal)
        assert assure(series, direction=-1).variation == turned
        assert assure([11 - v for v in series]).variation == turned

    @pytest.mark.parametrize("wrong", [[1.0], [1.0, NONE], [1.0, np.inf]])
    def test_series_without_limits(self, wrong):
        with pytest.raises(SeriesError, match="two values"):
            assure(wrong)
        assert assure([1.0, 2.0]).mean == 1.5


class TestSeries:
    YEARS = (2018, 2019, 2020)

    def series(self, *values):
        return pd.DataFrame({"case": "a", "time": self.YEARS[: len(values)], "value": values})

    @pytest.mark.parametrize(
        ("values", "target", "label"),
        [
            ((50, 60, 70), 80, "maintain"),  # the line gives 80 in 2021
            ((50, 60, 70), 81, "accelerate"),
            ((50, 45, 40), 81, "reverse"),
            ((50, 50, 50), 81, "accelerate"),
        ],
    )
    def test_a_straight_series_leads_where_it_leads(self, values, target, label):
        case = facts(50, values[-1], target)
        for weighting in ("equal", "later_more", lambda t: np.ones_like(t)):
            found = anticipated_progress(case, self.series(*values), weighting=weighting)
            assert str(found.label[0]) == label
        ends = values[-1] + (values[-1] - values[0]) / 2
        assert float(found.value[0]) == pytest.approx(max(0, target - ends) / (target - 50))

    def test_later_years_weigh_more(self):
        # Weights 1/3, 2/3, 1 on 0, 0, 9: mean time 2019 1/3, mean 4.5, slope 5.4: 13.5 in 2021. Equal weights: 12.
        case, table = facts(1, 9, 13), self.series(0, 0, 9)
        later = anticipated_progress(case, table)
        assert str(later.label[0]) == "maintain" and later.reason[0] == "13.5 in 2021; equal weights: accelerate"
        assert anticipated_progress(case, table, weighting="equal").reason[0] == "12 in 2021"

    def test_a_gap_may_be_declared_small(self):
        case, table = facts(50, 70, 81), self.series(50, 60, 70)  # 1 of 31 is lacking
        assert str(anticipated_progress(case, table, cut=0.04).label[0]) == "maintain"
        assert str(anticipated_progress(case, table, cut=0.03).label[0]) == "accelerate"
        for cut in (-0.1, 1):
            with pytest.raises(ValueError, match="cut"):
                anticipated_progress(case, table, cut=cut)
        for weights in (lambda t: t * 0, lambda t: t[1:], lambda t: t * np.inf):
            with pytest.raises(ValueError, match="weights"):
                anticipated_progress(case, table, weighting=weights)

    def test_without_target_or_line(self):
        assert anticipated_progress(facts(50, 60, NONE), self.series(50, 60)).reason == ("no target",)
        assert anticipated_progress(facts(50, 60, 90), self.series(50, 60)).reason == ("80 in 2021",)  # two make a line
        assert anticipated_progress(facts(50, 60, 70), self.series(50)).reason == ("a line needs two years",)
        assert distance_and_trend(facts(50, 60, 70), self.series(50)).reason == ("a trend needs two years",)

    def test_rank_trend_by_counting_orders(self):
        # Of 24 orders of four, 2 are as far from none as 1-2-3-4; 8 as far as 1-2-4-3, rho .8.
        assert rank_trend([1, 2, 3, 4], range(4)) == pytest.approx((1, 2 / 24))
        assert rank_trend([1, 2, 4, 3], range(4)) == pytest.approx((0.8, 8 / 24))
        assert rank_trend([4, 3, 2, 1], range(4)) == pytest.approx((-1, 2 / 24))
        assert rank_trend([5, 5, 5], range(3)) == (0, 1) and rank_trend([5], [1]) == (0, 1)
        nine = [1, 2, 3, 5, 4, 6, 7, 9, 8]
        assert rank_trend(range(8), range(8)) == pytest.approx((1, 2 / 40320))  # exact up to eight
        rho, p = rank_trend(nine, range(9))
        assert rho == pytest.approx(1 - 6 * 4 / (9 * 80)) and 0 < p < 1e-4

    def test_distance_in_spreads_of_the_peers(self):
        case = facts(50, 66, 90)
        assert distance_and_trend(case, self.series(50, 58, 66), spread=[12]).value.tolist() == [2]
        assert distance_and_trend(
            facts(50, 90, 66, direction=-1), self.series(50, 70, 90), spread=12
        ).value.tolist() == [2]
        assert distance_and_trend(facts(50, 95, 90), self.series(50, 70, 95), spread=12).value.tolist() == [0]
        with pytest.raises(ValueError, match="spread"):
            distance_and_trend(case, self.series(50, 58, 66), spread=0)

    def test_a_trend_is_told_at_its_level(self):
        falling = pd.DataFrame({"case": "a", "time": range(2016, 2021), "value": [9.0, 8, 7, 6, 5]})  # p = 2/120
        for direction, label, standing in ((1, "deteriorating", "away"), (-1, "improving", "not_judged")):
            case = facts(9, 5, 20 if direction > 0 else 1, direction=direction)
            assert told(distance_and_trend(case, falling)) == (label, standing)
            assert told(distance_and_trend(case, falling, level=0.01)) == ("no trend", "not_judged")
