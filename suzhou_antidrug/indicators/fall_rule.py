"""Did a rate fall between two periods: one rule for relapse, precursors and crime.

两期之间是否下降：复吸、制毒物品、案件共用的规则。

With [L, U] the exact interval of later / base and f the ratio of detection, later / base, in a declared range: met if
U <= 1 - d and U / f_low < 1 (still a fall had detection dropped); not met if L / f_high > 1 - d (a place that looked harder
is not punished for finding more); otherwise insufficient evidence. A base of none cannot fall. The rule and its defaults
are this project's; no authority set them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..results import Result
from ..terms import Text
from ..verdicts import Judgement, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DETECTION_RANGE = (0.8, 1.25)  # later / base detection that a verdict must withstand
MINIMUM_FALL = 0.1  # the same as the plan's default reading
FACTORS = (0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)  # of a table over detection


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FallComparison(Result):
    """Two periods compared place by place: what every such comparison holds, arrays over places.  两期逐地比较。"""

    ratio: Floats  # later / base
    low: Floats
    high: Floats
    p_value: Floats
    judgements: tuple[Judgement, ...]
    minimum_fall: float
    detection: tuple[float, float]
    level: float

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One of the four verdicts for each place."""
        return tuple(j.verdict for j in self.judgements)

    @property
    def flip_point(self) -> Floats:
        """The largest fall that would still be met; negative where not even no rise is shown."""
        return flip_point(self.high, self.detection)

    def _judged(self) -> dict[str, Any]:
        return {
            "ratio": self.ratio, "low": self.low, "high": self.high, "p_value": self.p_value, "flip_point": self.flip_point,
            "verdict": [str(v) for v in self.verdicts], "reason_zh": [j.reason.zh for j in self.judgements],
            "reason_en": [j.reason.en for j in self.judgements],
        }  # fmt: skip


def judge_fall(
    low: float, high: float, base: float, later: float, *, minimum_fall: float = MINIMUM_FALL,
    detection: tuple[float, float] = DETECTION_RANGE,
) -> Judgement:  # fmt: skip
    """Return the verdict on a fall from the interval of later / base and both counts.  由比值区间评判是否下降。

    >>> judge_fall(0.5, 0.7, 400, 240).verdict, judge_fall(0.8, 1.1, 40, 38).verdict, judge_fall(0, 9, 0, 2).verdict
    (<Verdict.MET: 'met'>, <Verdict.INSUFFICIENT_EVIDENCE: 'insufficient_evidence'>, <Verdict.NOT_MET: 'not_met'>)
    """
    if base == 0:
        if later > 0:
            return Judgement(
                Verdict.NOT_MET, Text("基期为零，后期大于零：只升不降", "none in the base, some later: a rise")
            )
        return Judgement(
            Verdict.NOT_ASSESSABLE, Text("两期均为零，无从下降", "none in either period: nothing can fall")
        )
    line, span = 1 - minimum_fall, f"{low:.2f}-{high:.2f}"
    if high <= line and high / detection[0] < 1:
        zh, en = f"全在 {line:.2f} 以下，检出力降低也成立", f"lies below {line:.2f}, with less detection too"
        return Judgement(Verdict.MET, Text(f"比值区间 {span} {zh}", f"ratio {span} {en}"))
    if low / detection[1] > line:
        zh, en = f"全在 {line:.2f} 以上，检出力提高也成立", f"lies above {line:.2f}, with more detection too"
        return Judgement(Verdict.NOT_MET, Text(f"比值区间 {span} {zh}", f"ratio {span} {en}"))
    zh, en = f"连同检出力的不确定性，跨越 {line:.2f}", f"with detection uncertain, straddles {line:.2f}"
    return Judgement(Verdict.INSUFFICIENT_EVIDENCE, Text(f"比值区间 {span}，{zh}", f"ratio {span}, {en}"))


def flip_point(high: Floats, detection: tuple[float, float] = DETECTION_RANGE) -> Floats:
    """Return the largest fall that would still be met; negative where not even no rise is shown.  评判翻转点。"""
    return np.where(high / detection[0] < 1, 1 - high, np.minimum(0.0, 1 - high / detection[0]))


RULE_TEXT = Text(
    "上限不高于 1 减降幅，且检出力降到 0.8 倍时仍低于 1 为达成；下限除以 1.25 仍高于 1 减降幅为未达成（本项目的规则）",
    "met: upper limit at most 1 less the fall, and below 1 were detection 0.8 of what it was; not met: lower limit over 1.25 "
    "above it (this project's rule)",
)
