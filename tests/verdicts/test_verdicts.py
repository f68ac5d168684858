"""The four verdicts, on both sides of every threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.verdicts import (
    OPERATORS,
    Verdict,
    holds,
    judge_interval,
    judge_probability,
    judge_value,
    satisfies,
    why_not_comparable,
)

finite = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("value", "operator", "threshold", "expected"),
    [
        (0.9, "ge", 0.9, True),
        (0.9 - 1e-6, "ge", 0.9, False),
        (0.1 + 0.2, "ge", 0.3, True),
        (0.1 + 0.2, "le", 0.3, True),
        (0.1 + 0.2, "gt", 0.3, False),
        (0.31, "gt", 0.3, True),
        (0.29, "lt", 0.3, True),
        (0.3, "lt", 0.3, False),
        (0, "eq", 0, True),
        (1, "eq", 0, False),
    ],
)
def test_operators_at_the_edge(value, operator, threshold, expected):
    assert satisfies(value, operator, threshold) is expected


def test_unknown_operator_is_an_error():
    with pytest.raises(ValueError, match="operator"):
        satisfies(1, ">=", 1)


@pytest.mark.parametrize("operator", list(OPERATORS))
def test_nan_holds_nothing(operator):
    assert not holds(np.array([np.nan]), operator, 0.0).any()


@pytest.mark.parametrize("value", [None, float("nan")])
@pytest.mark.parametrize("operator", list(OPERATORS))
def test_missing_is_not_assessable_never_a_failure(value, operator):
    assert judge_value(value, operator, 0.0).verdict is Verdict.NOT_ASSESSABLE


@given(finite, st.sampled_from(list(OPERATORS)), finite)
def test_a_known_value_is_met_or_not_met(value, operator, threshold):
    expected = Verdict.MET if satisfies(value, operator, threshold) else Verdict.NOT_MET
    assert judge_value(value, operator, threshold).verdict is expected


@pytest.mark.parametrize(
    ("low", "high", "operator", "expected"),
    [
        (0.90, 0.95, "ge", Verdict.MET),
        (0.89, 0.95, "ge", Verdict.INSUFFICIENT_EVIDENCE),
        (0.80, 0.89, "ge", Verdict.NOT_MET),
        (0.80, 0.90, "ge", Verdict.INSUFFICIENT_EVIDENCE),
        (0.80, 0.90, "le", Verdict.MET),
        (0.91, 0.95, "le", Verdict.NOT_MET),
        (0.90, 0.90, "eq", Verdict.MET),
        (0.85, 0.95, "eq", Verdict.INSUFFICIENT_EVIDENCE),
        (0.91, 0.95, "eq", Verdict.NOT_MET),
        (math.nan, 0.95, "ge", Verdict.NOT_ASSESSABLE),
    ],
)
def test_interval_must_agree_throughout(low, high, operator, expected):
    assert judge_interval(low, high, operator, 0.9).verdict is expected


@given(finite, finite, st.sampled_from(["ge", "gt", "le", "lt"]), finite)
def test_interval_verdict_never_contradicts_a_value_inside_it(a, b, operator, threshold):
    low, high = min(a, b), max(a, b)
    verdict = judge_interval(low, high, operator, threshold).verdict
    inside = {satisfies(x, operator, threshold) for x in (low, (low + high) / 2, high)}
    if verdict is Verdict.MET:
        assert inside == {True}
    elif verdict is Verdict.NOT_MET:
        assert inside == {False}
    else:
        assert inside == {True, False}


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.9, Verdict.MET),
        (0.8999, Verdict.INSUFFICIENT_EVIDENCE),
        (0.1001, Verdict.INSUFFICIENT_EVIDENCE),
        (0.1, Verdict.NOT_MET),
        (0.0, Verdict.NOT_MET),
        (math.nan, Verdict.NOT_ASSESSABLE),
    ],
)
def test_probability_bands(probability, expected):
    assert judge_probability(probability, evidence=0.9).verdict is expected


@pytest.mark.parametrize("evidence", [0.5, 0.2, 1.1])
def test_evidence_must_be_more_than_a_coin(evidence):
    with pytest.raises(ValueError, match="evidence"):
        judge_probability(0.9, evidence=evidence)


def test_what_may_be_compared():
    same = {"definition": "list of 2020", "unit": "persons"}
    assert why_not_comparable(same, dict(same)) == ()
    assert why_not_comparable({}, {}) == ()
    (reason,) = why_not_comparable({"definition": ""}, {"definition": "list of 2021"})
    assert "not stated, then list of 2021" in reason.en
    assert "未注明" in reason.zh


def test_labels_are_bilingual():
    assert [v.text.zh for v in Verdict] == ["达成", "未达成", "证据不足", "不可评"]
    assert all(v.text.en for v in Verdict)
