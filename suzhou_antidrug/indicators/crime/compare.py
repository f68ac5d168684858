"""Did other crime caused by drugs fall: two periods, a control, and what came after.

毒品引发的其他案件是否下降：两期、对照、以及之后的变化。

The verdict is met only where the exact ratio passes the rule of :mod:`~suzhou_antidrug.indicators.fall_rule` and the ratio of
ratios against the control lies below 1 as well. Without a control the best verdict is insufficient evidence: 2020 to 2022 are
the years of Covid. A fall that is gone in the year after the plan is not attributed to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Judgement, Verdict
from ..fall_rule import DETECTION_RANGE, MINIMUM_FALL, RULE_TEXT, judge_fall
from ..intervals import base_count_needed, rate_ratio
from .control_series import ratio_of_ratios
from .definitions import CaseDefinition

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class CrimeComparison(Result):
    """Two periods of drug-caused crime compared.  两期案件比较。"""

    base: float
    later: float
    ratio: float
    low: float
    high: float
    p_value: float
    control_ratio: float  # ratio of ratios, NaN without a control
    control_low: float
    control_high: float
    control_p: float
    after_ratio: float  # the year after the plan over the base, NaN where not given
    judgement: Judgement
    cautions: tuple[Text, ...]
    minimum_fall: float
    level: float
    made: Made

    @property
    def verdict(self) -> Verdict:
        """One of the four verdicts."""
        return self.judgement.verdict

    @property
    def frame(self) -> pd.DataFrame:
        """One row: counts, ratio with limits and p, ratio of ratios with limits and p, verdict, reason."""
        import pandas as pd

        columns = ("base", "later", "ratio", "low", "high", "p_value", "control_ratio", "control_low", "control_high", "control_p", "after_ratio")  # fmt: skip
        row = {c: getattr(self, c) for c in columns}
        return pd.DataFrame([row | {"verdict": str(self.verdict), "reason_zh": self.judgement.reason.zh, "reason_en": self.judgement.reason.en}])  # fmt: skip

    def explain(self) -> Explanation:
        """Both ratios, the rule, the verdict and every caution."""
        nan = self.control_ratio != self.control_ratio
        control = Text("无对照：最多为证据不足", "no control: insufficient evidence at best") if nan else Text(*[f"{self.control_ratio:.3f} ({self.control_low:.3f}-{self.control_high:.3f}), p {self.control_p:.3g}"] * 2)  # fmt: skip
        needed = base_count_needed(self.minimum_fall, level=self.level)
        return Explanation(
            Text("毒品引发的其他案件", "Other crime caused by drugs"),
            (
                line("案件", "cases", f"{self.base:g} → {self.later:g} ({self.later / self.base - 1:+.1%})" if self.base else f"{self.base:g} → {self.later:g}"),
                line("比", "ratio", f"{self.ratio:.3f} ({self.low:.3f}-{self.high:.3f}), p {self.p_value:.3g}"),
                line("相对对照", "against the control", control),
                line("规则", "rule", RULE_TEXT),
                line("评判", "verdict", self.verdict.text),
                line("理由", "reason", self.judgement.reason),
                *(line("注意", "caution", c) for c in self.cautions),
                line("基期至少需要", "base count needed", Text(f"降 {self.minimum_fall:.0%} 须基期 {needed} 起", f"a fall of {self.minimum_fall:.0%} needs {needed} base events")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def compare_crime(
    base: float, later: float, *, definition: CaseDefinition, later_definition: CaseDefinition | None = None,
    exposure: tuple[float, float] = (1.0, 1.0), control: tuple[float, float] | None = None, after: float | None = None,
    minimum_fall: float = MINIMUM_FALL, detection: tuple[float, float] = DETECTION_RANGE, level: float = 0.95,
    status: Status | str = Status.REPORTED,
) -> CrimeComparison:  # fmt: skip
    """Judge whether other crime caused by drugs fell between two periods.

    评判两期之间毒品引发的其他案件是否下降。

    Parameters
    ----------
    base, later : counts
        Flagged cases of the base and the later period.
    definition, later_definition
        What is counted and how it is flagged; the same for both periods where one is given.
    exposure : pair
        Population or register of the two periods.
    control : pair, optional
        Cases of a series that shares the shocks and not the plan (all other crime), base and later.
    after : count, optional
        Cases of the year after the plan: a fall that is gone then is not attributed to it.

    Raises
    ------
    SeriesError
        What is no count.

    Examples
    --------
    >>> what = CaseDefinition("caused_by_drugs", flag="讯问笔录载明系为购毒")
    >>> compare_crime(160, 105, definition=what).verdict
    <Verdict.INSUFFICIENT_EVIDENCE: 'insufficient_evidence'>
    >>> compare_crime(320, 180, definition=what, control=(10000, 9000)).verdict
    <Verdict.MET: 'met'>
    """
    found = rate_ratio([base, later], exposure, level=level)
    ratio, low, high, p = (float(v) for v in (found.ratio, found.low, found.high, found.p_value))
    nan = float("nan")
    against = (nan, nan, nan, nan)
    if control is not None:
        beside = ratio_of_ratios([base, later], control, level=level)
        against = tuple(float(v) for v in (beside.ratio, beside.low, beside.high, beside.p_value))  # type: ignore[assignment]
    ends = definition if later_definition is None else later_definition
    judged = _judge(
        definition, ends, exposure, base, later, low, high, against[2], control is not None, minimum_fall, detection
    )
    gone = after is not None and base > 0 and after / base > 1 - minimum_fall
    if gone and judged.verdict is Verdict.MET:
        judged = Judgement(Verdict.INSUFFICIENT_EVIDENCE, Text(f"规划结束后一年回到 {after:g} 起，降幅未保持", f"the year after the plan shows {after:g} cases again: the fall did not last"))  # fmt: skip
    cautions = [
        Text(
            "2020-2022年为新冠疫情期间，接触少则发案与发现都少",
            "2020 to 2022 are the years of Covid: fewer contacts mean fewer cases and fewer found",
        )
    ]
    if (why := definition.why_not_the_plans()) is not None:
        cautions.append(why)
    made = Made(
        "crime, two periods",
        Status(status),
        fingerprint(repr((base, later, exposure, control, definition.fingerprint))),
    )
    return CrimeComparison(
        float(base), float(later), ratio, low, high, p, *against, nan if after is None or not base else after / base, judged,
        tuple(cautions), minimum_fall, level, made,
    )  # fmt: skip


def _judge(
    first: CaseDefinition, second: CaseDefinition, exposure: tuple[float, float], base: float, later: float, low: float, high: float,
    control_high: float, control: bool, fall: float, detection: tuple[float, float],
) -> Judgement:  # fmt: skip
    if reasons := first.differences(second):
        return Judgement(
            Verdict.NOT_ASSESSABLE, Text("；".join(r.zh for r in reasons), "; ".join(r.en for r in reasons))
        )
    if first.kind == "drug_offences":
        why = first.why_not_the_plans()
        assert why is not None
        return Judgement(Verdict.NOT_ASSESSABLE, why)
    if not min(exposure) > 0:
        return Judgement(Verdict.NOT_ASSESSABLE, Text("分母为零", "an exposure is zero"))
    judged = judge_fall(low, high, base, later, minimum_fall=fall, detection=detection)
    if judged.verdict is not Verdict.MET:
        return judged
    if not control:
        return Judgement(Verdict.INSUFFICIENT_EVIDENCE, Text("数值降了，但没有对照序列，与疫情同期的普遍下降分不开", "the count fell, but without a control it cannot be told from the general fall of the Covid years"))  # fmt: skip
    if not control_high < 1:
        return Judgement(Verdict.INSUFFICIENT_EVIDENCE, Text("数值降了，但并不比对照降得更多", "the count fell, but not evidently more than the control"))  # fmt: skip
    return judged
