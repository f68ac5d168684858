"""The rule for a fall between two periods, on both sides of each of its edges."""

from __future__ import annotations

import numpy as np
import pytest

from suzhou_antidrug.indicators.fall_rule import DETECTION_RANGE, FACTORS, flip_point, judge_fall
from suzhou_antidrug.verdicts import Verdict

MET, NOT_MET, UNSURE = Verdict.MET, Verdict.NOT_MET, Verdict.INSUFFICIENT_EVIDENCE


@pytest.mark.parametrize(
    ("low", "high", "fall", "verdict"),
    [
        (0.5, 0.79, 0.1, MET),  # 0.79 / 0.8 is below 1: a fall although detection dropped to 0.8
        (0.5, 0.80, 0.1, UNSURE),  # 0.80 / 0.8 is 1: the drop of detection alone would explain it
        (0.5, 0.75, 0.25, MET),  # a quarter less, to the last digit
        (0.5, 0.76, 0.25, UNSURE),
        (1.126, 2.0, 0.1, NOT_MET),  # 1.126 / 1.25 is above 0.9
        (1.124, 2.0, 0.1, UNSURE),
    ],
)
def test_edges(low, high, fall, verdict):
    assert judge_fall(low, high, 400, 240, minimum_fall=fall).verdict is verdict


def test_a_base_of_none_cannot_fall_and_one_of_one_can():
    assert judge_fall(0, np.inf, 0, 0).verdict is Verdict.NOT_ASSESSABLE
    assert judge_fall(0, np.inf, 0, 1).verdict is NOT_MET
    assert judge_fall(0, 39, 1, 0).verdict is UNSURE


def test_the_reason_quotes_the_interval_and_the_line():
    told = judge_fall(0.5, 0.7, 400, 240).reason
    assert told.en == "ratio 0.50-0.70 lies below 0.90, with less detection too"
    assert "0.50-0.70" in told.zh and "0.90 以下" in told.zh


def test_the_flip_point_is_the_largest_fall_still_met():
    # Below 0.8 the fall is what the upper limit leaves; from 0.8 on not even "no rise" is shown.
    assert flip_point(np.array([0.6, 0.79])) == pytest.approx([0.4, 0.21])
    assert flip_point(np.array([0.8, 1.0, 1.6])) == pytest.approx([0.0, -0.25, -1.0])
    for high in (0.6, 0.79):
        fall = float(flip_point(np.array(high)))
        assert judge_fall(0.1, high, 400, 200, minimum_fall=fall - 1e-6).verdict is MET
        assert judge_fall(0.1, high, 400, 200, minimum_fall=fall + 1e-6).verdict is UNSURE
    assert flip_point(np.array([0.6]), (0.5, 2.0)) == pytest.approx([-0.2])


def test_the_table_over_detection_holds_what_a_verdict_must_withstand():
    assert list(FACTORS) == sorted(set(FACTORS)) and FACTORS[0] > 0
    assert {*DETECTION_RANGE, 1.0} <= set(FACTORS)
    # As much more as less: what halves detection stands beside what doubles it, a fifth less beside a quarter more.
    assert {0.5, 2.0} <= set(FACTORS) and FACTORS[1] * FACTORS[-2] == pytest.approx(1, abs=0.01)
