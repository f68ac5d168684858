"""The four verdicts, and what may be compared with what.

四种评判，以及什么与什么可比。

A number becomes a verdict only here, so that the same evidence is never judged in two ways.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from .terms import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

Operator = Literal["ge", "gt", "le", "lt", "eq"]
OPERATORS: dict[str, Text] = {
    "ge": Text("不低于", "at least"),
    "gt": Text("高于", "above"),
    "le": Text("不高于", "at most"),
    "lt": Text("低于", "below"),
    "eq": Text("等于", "equal to"),
}
OPERATOR_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "eq": "="}
# Reported figures are decimals typed by people: 0.9 and 9/10 must meet 90 %, 0.8999999 must not.
EDGE = 1e-9


class Verdict(StrEnum):
    """One of four verdicts, never a bare boolean.  四种评判之一，绝非简单的是与否。

    >>> Verdict("not_assessable").text.zh, len(Verdict)
    ('不可评', 4)
    """

    MET = "met"
    NOT_MET = "not_met"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    NOT_ASSESSABLE = "not_assessable"

    @property
    def text(self) -> Text:
        """The label in both languages."""
        return _VERDICT_TEXT[self]

    @property
    def label(self) -> str:
        """The label in the language in use."""
        return str(self.text)


_VERDICT_TEXT = {
    Verdict.MET: Text("达成", "met"),
    Verdict.NOT_MET: Text("未达成", "not met"),
    Verdict.INSUFFICIENT_EVIDENCE: Text("证据不足", "insufficient evidence"),
    Verdict.NOT_ASSESSABLE: Text("不可评", "not assessable"),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason.  评判及其理由。"""

    verdict: Verdict
    reason: Text


def holds(value: ArrayLike, operator: str, threshold: float) -> NDArray[np.bool_]:
    """Return where ``value operator threshold`` holds, equal up to 1e-9, over an array; NaN holds nothing.

    数组各元素是否满足条件；缺失值一律不满足。
    """
    import numpy as np

    if operator not in OPERATORS:
        raise ValueError(f"operator {operator!r} is not one of {', '.join(OPERATORS)}")
    x = np.asarray(value, dtype=float)
    with np.errstate(invalid="ignore"):
        equal = np.abs(x - threshold) <= EDGE * max(1.0, abs(threshold))
        above, below = x > threshold, x < threshold
    table = {"ge": equal | above, "gt": above & ~equal, "le": equal | below, "lt": below & ~equal, "eq": equal}
    return np.asarray(table[operator], dtype=bool)


def satisfies(value: float, operator: str, threshold: float) -> bool:
    """Return whether ``value operator threshold`` holds, equal up to 1e-9.  数值是否满足条件。

    >>> satisfies(0.9, "ge", 0.9), satisfies(0.9, "gt", 0.9), satisfies(0.8999, "ge", 0.9)
    (True, False, False)
    """
    return bool(holds(value, operator, threshold))


def judge_value(value: float | None, operator: str, threshold: float) -> Judgement:
    """Judge a complete count or a census-type share against a threshold.  以实报数对照目标值。

    A missing value is :attr:`Verdict.NOT_ASSESSABLE`, never a failure.

    >>> judge_value(None, "ge", 0.9).verdict
    <Verdict.NOT_ASSESSABLE: 'not_assessable'>
    """
    if value is None or math.isnan(value):
        return Judgement(Verdict.NOT_ASSESSABLE, Text("未上报，缺报不等于零", "not reported; missing is not zero"))
    met = satisfies(value, operator, threshold)
    sign = OPERATOR_SIGNS[operator]
    return Judgement(
        Verdict.MET if met else Verdict.NOT_MET,
        Text(
            f"{value:.6g} {'满足' if met else '不满足'} {sign} {threshold:.6g}",
            f"{value:.6g} {'satisfies' if met else 'does not satisfy'} {sign} {threshold:.6g}",
        ),
    )


def judge_interval(low: float, high: float, operator: str, threshold: float) -> Judgement:
    """Judge a sampled or bounded value: every value in the interval must agree.  以区间对照目标值。

    The verdict is met when all of [low, high] satisfies the operator, not met when none of it does, and
    insufficient evidence otherwise.

    >>> [str(judge_interval(low, high, "ge", 0.9).verdict) for low, high in ((0.91, 0.97), (0.85, 0.95), (0.7, 0.8))]
    ['met', 'insufficient_evidence', 'not_met']
    """
    if math.isnan(low) or math.isnan(high):
        return Judgement(Verdict.NOT_ASSESSABLE, Text("没有可用的区间", "no interval is available"))
    ends = {satisfies(low, operator, threshold), satisfies(high, operator, threshold)}
    inside = satisfies(low, "le", threshold) and satisfies(high, "ge", threshold)
    span_zh, span_en = f"区间 {low:.4g}-{high:.4g}", f"interval {low:.4g} to {high:.4g}"
    if ends == {True} and not (operator == "eq" and low != high):
        return Judgement(Verdict.MET, Text(f"{span_zh} 全部满足", f"{span_en} satisfies throughout"))
    if ends == {False} and not (operator == "eq" and inside):
        return Judgement(Verdict.NOT_MET, Text(f"{span_zh} 全部不满足", f"{span_en} fails throughout"))
    return Judgement(Verdict.INSUFFICIENT_EVIDENCE, Text(f"{span_zh} 跨越目标值", f"{span_en} straddles the threshold"))


def probability_text(probability: float) -> str:
    """Return a probability with two digits, rounded towards one half: never surer than it is.  概率的显示，不夸大把握。

    >>> probability_text(0.8975), probability_text(0.1025), probability_text(0.9), probability_text(0.999)
    ('0.89', '0.11', '0.90', '> 0.99')
    """
    # Simulated from thousands of draws: more digits, or a certainty, would claim too much.
    if probability < 0.01:
        return "< 0.01"
    if probability > 0.99:
        return "> 0.99"
    hundredths = probability * 100
    inward = math.floor(hundredths + EDGE) if probability >= 0.5 else math.ceil(hundredths - EDGE)
    return f"{inward / 100:.2f}"


def judge_probability(probability: float, *, evidence: float = 0.9) -> Judgement:
    """Judge the probability that a target is met.  以概率评判。

    ``evidence`` is the probability demanded for a verdict of met; ``1 - evidence`` gives not met; in between the
    evidence is insufficient.

    >>> judge_probability(0.95).verdict, judge_probability(0.5).verdict
    (<Verdict.MET: 'met'>, <Verdict.INSUFFICIENT_EVIDENCE: 'insufficient_evidence'>)
    """
    if not 0.5 < evidence <= 1:
        raise ValueError(f"evidence must lie above 0.5 and at most at 1, got {evidence}")
    if math.isnan(probability):
        return Judgement(Verdict.NOT_ASSESSABLE, Text("没有可用的概率", "no probability is available"))
    text = probability_text(probability)
    shown = f"P {text}" if text[0] in "<>" else f"P = {text}"
    if probability >= evidence:
        return Judgement(Verdict.MET, Text(f"{shown}，不低于 {evidence:g}", f"{shown}, at least {evidence:g}"))
    if probability <= 1 - evidence + EDGE:
        return Judgement(
            Verdict.NOT_MET, Text(f"{shown}，不高于 {1 - evidence:.2g}", f"{shown}, at most {1 - evidence:.2g}")
        )
    return Judgement(
        Verdict.INSUFFICIENT_EVIDENCE,
        Text(
            f"{shown}，介于 {1 - evidence:.2g} 与 {evidence:g} 之间",
            f"{shown}, between {1 - evidence:.2g} and {evidence:g}",
        ),
    )


# What must agree before two values of one indicator may be compared.
COMPARABILITY: dict[str, Text] = {
    "definition": Text("定义", "definition"),
    "unit": Text("单位", "unit"),
    "catalogue": Text("目录版本", "catalogue version"),
    "population_basis": Text("人口口径", "population basis"),
    "laboratory": Text("实验室", "laboratory"),
}


def why_not_comparable(earlier: Mapping[str, object], later: Mapping[str, object]) -> tuple[Text, ...]:
    """Return why two values must not be compared; empty when they may.  说明两个数为何不可比。

    Each mapping may give ``definition``, ``unit``, ``catalogue``, ``population_basis`` and ``laboratory``. What only
    one side declares counts as a difference; what neither declares does not.

    >>> [str(reason.en) for reason in why_not_comparable({"unit": "persons"}, {"unit": "person-times"})]
    ['unit changed: persons, then person-times']
    """
    reasons = []
    for key, text in COMPARABILITY.items():
        a, b = earlier.get(key) or None, later.get(key) or None
        if a != b:
            reasons.append(
                Text(
                    f"{text.zh}不同：前为 {a or '未注明'}，后为 {b or '未注明'}",
                    f"{text.en} changed: {a or 'not stated'}, then {b or 'not stated'}",
                )
            )
    return tuple(reasons)
