"""Zeros and hundreds in full: part checked, lists sampled, registers short of the actual, reports missing."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.coverage import (
    coverage_of_actual,
    judge_coverage,
    judge_list_sample,
    percent_rounded_down,
)
from suzhou_antidrug.indicators.occurrence import judge_occurrence
from suzhou_antidrug.indicators.reports_due import reporting_grid
from suzhou_antidrug.indicators.zero_meaning import explain_zero
from suzhou_antidrug.verdicts import Verdict


def test_zero_found_with_sixty_percent_checked_is_no_zero():
    part = judge_occurrence([0, 0, 0], checked_share=0.6)
    assert part.judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE and "60.0%" in part.judgement.reason.zh
    assert part.upper_missed == pytest.approx(2.9957 / 0.6, abs=1e-3)
    assert judge_occurrence([0, 0, 0], checked_share=1.0).judgement.verdict is Verdict.MET
    assert judge_occurrence([0, 1, 0], checked_share=0.6).judgement.verdict is Verdict.NOT_MET
    assert judge_occurrence([0, None, 0], checked_share=0.6).judgement.verdict is Verdict.NOT_ASSESSABLE
    assert judge_occurrence([0, 0], earlier_rate=1, detection=0.5).chance_of_zero == pytest.approx(np.exp(-0.5))
    with pytest.raises(ValueError):
        judge_occurrence([0], checked_share=0)


def test_a_sample_of_a_list_never_proves_a_hundred():
    assert judge_list_sample(95, 95, 100).low == 1.0  # the bound is nothing bad, and still:
    assert judge_list_sample(95, 95, 100).judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert "5 个无人查过" in judge_list_sample(95, 95, 100).judgement.reason.zh
    assert judge_list_sample(94, 95, 100).judgement.verdict is Verdict.NOT_MET
    assert judge_list_sample(100, 100, 100).judgement.verdict is Verdict.MET
    assert judge_list_sample(50, 50, 100, threshold=0.96).judgement.verdict is Verdict.MET  # 4 bad at most
    assert judge_list_sample(50, 50, 100, threshold=0.961).judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE
    with pytest.raises(SeriesError):
        judge_list_sample(51, 50, 100)


def test_registered_is_not_actual():
    assert coverage_of_actual(judge_coverage(1000, 1000), (0.5, 0.8)) == (0.5, 0.8)
    with pytest.raises(ValueError):
        coverage_of_actual(judge_coverage(1, 1), (0.5, 1.2))


def test_rounding_never_makes_a_hundred():
    assert percent_rounded_down(0.9996) == "99.9%" and judge_coverage(9996, 10000).judgement.verdict is Verdict.NOT_MET


def test_a_missing_report_is_no_zero():
    reports = pd.DataFrame({"division": list("aabb"), "period": [1, 2, 1, 2], "value": [0, 0, 0, np.nan]})
    grid = reporting_grid(reports, places=["a", "b"], periods=[1, 2])
    assert grid.completeness == 0.75 and grid.missing.values.tolist() == [["b", "2"]]
    assert grid.judge().judgement.verdict is Verdict.NOT_ASSESSABLE
    full = reporting_grid(reports.fillna(0), places=["a", "b"], periods=[1, 2])
    assert full.judge().judgement.verdict is Verdict.MET
    assert (
        reporting_grid(reports.assign(value=[0, 1, 0, np.nan]), places=["a", "b"], periods=[1, 2])
        .judge()
        .judgement.verdict
        is Verdict.NOT_MET
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [({"division": list("aabc")}, "place"), ({"period": [1, 2, 1, 9]}, "period"), ({"period": [1, 1, 1, 2]}, "duplicate"), ({"value": [0, -1, 0, 0]}, "negative")],
)  # fmt: skip
def test_reports_that_cannot_be(change, code):
    frame = pd.DataFrame({"division": list("aabb"), "period": [1, 2, 1, 2], "value": [0, 0, 0, 0]} | change)
    with pytest.raises(SeriesError) as caught:
        reporting_grid(frame, places=["a", "b"], periods=[1, 2])
    assert [p.code for p in caught.value.problems] == [code]


def test_what_a_zero_means():
    likely, news = explain_zero(0.3, 3), explain_zero(2.5, 3)
    assert likely.chance == pytest.approx(0.407, abs=5e-4) and "说明不了什么" in str(likely.explain())
    assert news.chance == pytest.approx(0.00055, abs=5e-6) and "新情况" in str(news.explain())
    assert explain_zero(0.3, likely.years_for_news).chance == pytest.approx(0.05)
    for language in ("zh", "en"):
        assert likely.plot(language=language).get_xlabel()
    plt.close("all")
    with pytest.raises(ValueError):
        explain_zero(-1, 3)


def test_the_best_case_of_a_sampled_list_is_counted_in_whole_numbers():
    # 7 bad found: 93 of 100 is still possible, although 1 - 7/100 is 0.9299999999999999 in binary.
    assert judge_list_sample(43, 50, 100, threshold=0.93).judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert judge_list_sample(42, 50, 100, threshold=0.93).judgement.verdict is Verdict.NOT_MET
    assert judge_list_sample(43, 50, 100, threshold=0.93).high == pytest.approx(0.93)


def test_a_sample_meets_a_threshold_in_whole_numbers():
    # 80 checked, none bad: at most 1 bad at 95 %. 1 - 1/100 is exact, 1 - 7/100 is not; both are met at their own share.
    assert judge_list_sample(80, 80, 100, threshold=0.99).judgement.verdict is Verdict.MET
    most = next(n for n in range(20, 60) if judge_list_sample(n, n, 100).low == 1 - 7 / 100)
    assert judge_list_sample(most, most, 100, threshold=0.93).judgement.verdict is Verdict.MET
    assert judge_list_sample(most, most, 100, threshold=0.94).judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE


def test_what_nobody_looked_at_is_told():
    reason = judge_list_sample(95, 95, 100).judgement.reason
    assert reason.en == "95 of 100 checked, 5 seen by nobody; with 95% confidence at most 0 bad"
    assert "抽查 95 个，5 个无人查过" in reason.zh


def test_how_complete_a_register_may_be_said_to_be():
    full = judge_coverage(9, 10)
    assert coverage_of_actual(full, (0.5, 0.5)) == (0.45, 0.45)
    assert coverage_of_actual(full, (0.5, 1.0)) == (0.45, 0.9)
    for wrong in ((0.0, 0.5), (-0.1, 0.5), (0.8, 0.5)):
        with pytest.raises(ValueError, match="completeness"):
            coverage_of_actual(full, wrong)


def test_a_place_that_is_not_due_is_told_once_even_when_it_reports_twice():
    frame = pd.DataFrame({"division": list("abcc"), "period": [1, 1, 1, 1], "value": [0, 0, 0, 0]})
    with pytest.raises(SeriesError) as caught:
        reporting_grid(frame, places=["a", "b"], periods=[1, 2])
    assert [(p.code, p.row) for p in caught.value.problems] == [("place", 2)]
    many = pd.DataFrame({"division": ["x"] * 7, "period": range(7), "value": [0] * 7})
    with pytest.raises(SeriesError, match=r"rows 0, 1, 2, 3, 4\)"):  # five are named
        reporting_grid(many, places=["a"], periods=range(7))


def test_the_grid_as_a_table():
    frame = pd.DataFrame({"division": list("aab"), "period": [1, 2, 1], "value": [0, 3, 0]})
    grid = reporting_grid(frame, places=["a", "b"], periods=[1, 2]).frame
    assert grid["place"].tolist() == ["a", "b"] and grid["2"].tolist()[0] == 3 and np.isnan(grid["2"][1])


@pytest.mark.parametrize(("rate", "years", "message"), [(-0.1, 3, "rate"), (1, 0, "years"), (1, -1, "years")])
def test_what_cannot_be_asked_about_a_zero(rate, years, message):
    with pytest.raises(ValueError, match=f"the rate is not negative.*{message}|{message}.*are above 0"):
        explain_zero(rate, years)


def test_at_a_rate_of_nought_no_zero_is_ever_news():
    never = explain_zero(0, 3)
    assert never.chance == 1 and never.years_for_news == np.inf
    assert never.frame["years"].max() == 6 and (never.frame["chance"] == 1).all()
    never.plot()
    plt.close("all")


def test_the_curve_of_a_zero_reaches_the_years_it_takes():
    seldom = explain_zero(0.3, 3, detection=0.5)
    assert seldom.years_for_news == pytest.approx(2.995732 / 0.15, abs=1e-4)  # half of them seen: twice the years
    table = seldom.frame
    assert len(table) == 60 and table["years"].iloc[0] == 0.25
    assert table["years"].iloc[-1] == pytest.approx(1.2 * seldom.years_for_news)
    assert explain_zero(5, 3).frame["years"].iloc[-1] == 6 and explain_zero(9, 0.4).frame["years"].iloc[-1] == 1
    assert explain_zero(1, 0.5).chance == pytest.approx(np.exp(-0.5))
