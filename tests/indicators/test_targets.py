"""Coverage and occurrence: missing is never zero, 100 % is exact, a zero needs every report."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.indicators.coverage import census_meets, judge_coverage, percent_rounded_down
from suzhou_antidrug.indicators.occurrence import judge_occurrence
from suzhou_antidrug.verdicts import Verdict

THRESHOLDS = st.sampled_from([0.35, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0])


@given(st.integers(0, 5000), st.integers(1, 5000), THRESHOLDS)
def test_census_is_exact(k, n, threshold):
    k = min(k, n)
    exact = Fraction(k, n) >= Fraction(str(threshold))
    assert bool(census_meets(k, n, "ge", threshold)) is exact
    expected = Verdict.MET if exact else Verdict.NOT_MET
    assert judge_coverage(k, n, threshold=threshold).judgement.verdict is expected


@pytest.mark.parametrize(
    ("k", "n", "met"), [(19, 20, True), (18, 20, False), (95, 100, True), (949999, 1000000, False)]
)
def test_census_at_ninety_five(k, n, met):
    assert (judge_coverage(k, n, threshold=0.95).judgement.verdict is Verdict.MET) is met


@pytest.mark.parametrize(("k", "n"), [(None, 100), (100, None), (float("nan"), 100), (5, 0), (0, 0)])
def test_missing_or_empty_is_not_assessable(k, n):
    assert judge_coverage(k, n).judgement.verdict is Verdict.NOT_ASSESSABLE


def test_a_sample_never_proves_a_hundred_percent():
    assert judge_coverage(10_000, 10_000, basis="survey").judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert judge_coverage(9_000, 10_000, basis="survey").judgement.verdict is Verdict.NOT_MET
    assert judge_coverage(990, 1000, threshold=0.95, basis="survey").judgement.verdict is Verdict.MET
    assert judge_coverage(955, 1000, threshold=0.95, basis="survey").judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_display_never_rounds_up_to_a_target(k, n):
    k = min(k, n)
    shown = Fraction(percent_rounded_down(k / n).rstrip("%")) / 100
    assert shown <= Fraction(k, n)
    assert Fraction(k, n) - shown < Fraction(11, 10_000)
    assert (percent_rounded_down(k / n) == "100.0%") is (k == n)


def test_one_event_settles_it_even_in_incomplete_data():
    assert judge_occurrence([None, 1, None]).judgement.verdict is Verdict.NOT_MET
    assert judge_occurrence([0.0] * 10).judgement.verdict is Verdict.MET
    assert judge_occurrence([0.0] * 9 + [float("nan")]).judgement.verdict is Verdict.NOT_ASSESSABLE
    assert judge_occurrence([]).judgement.verdict is Verdict.NOT_ASSESSABLE


def test_what_a_zero_proves():
    zero = judge_occurrence([0, 0], earlier_rate=2.5)
    assert zero.upper_if_zero == pytest.approx(2.9957, abs=1e-4)
    assert zero.high == pytest.approx(3.6889, abs=1e-4)
    assert zero.chance_of_zero == pytest.approx(0.082085, abs=1e-6)
    assert "0.08" in zero.judgement.reason.en


def test_a_census_meets_whole_number_targets_too():
    assert census_meets([30, 29], [10, 10], "ge", 3.0).tolist() == [True, False]
    assert census_meets([2, 3], [20, 20], "le", 0.1).tolist() == [True, False]


@pytest.mark.parametrize("share", [0, -0.1, 1.1, 2])
def test_a_share_looked_at_is_above_nought_and_at_most_all(share):
    with pytest.raises(ValueError, match="checked_share"):
        judge_occurrence([0], checked_share=share)


def test_the_share_looked_at_is_kept():
    assert judge_occurrence([0], checked_share=0.6).checked_share == 0.6
    assert judge_occurrence([0]).checked_share != judge_occurrence([0]).checked_share  # NaN: not given
