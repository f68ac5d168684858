"""The zero targets: what a reported zero proves.

零发生目标：上报的“零”能说明什么。

One confirmed event settles the target as not met, even in incomplete data. A zero counts only where every division has
handed one in: a missing report is never a zero. A zero that counts still bounds the rate only from above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..terms import Text
from ..verdicts import Judgement, Verdict
from .intervals import rate_interval, zero_upper_limit


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Events of a zero target with limits and verdict.  零发生目标的事件数、上下限与评判。"""

    events: float  # reported so far
    low: float  # of the expected number of events, exact Poisson
    high: float
    upper_if_zero: float  # one-sided 95 % limit of the expected number where none was found
    reported: int
    expected: int
    chance_of_zero: float  # e^(-earlier rate): how likely a zero was if nothing changed; NaN where unknown
    judgement: Judgement


def judge_occurrence(
    events: list[float | None], *, earlier_rate: float | None = None, level: float = 0.95
) -> Occurrence:
    """Judge a zero target from the reports of all divisions.  由各单位报数评判零发生目标。

    ``events`` holds one number for each report that was due, None or NaN where it is missing. ``earlier_rate`` is the
    expected number of events over the same scope and period before the plan.

    >>> judge_occurrence([0, 0, None]).judgement.verdict, judge_occurrence([0, 1, None]).judgement.verdict
    (<Verdict.NOT_ASSESSABLE: 'not_assessable'>, <Verdict.NOT_MET: 'not_met'>)
    >>> judge_occurrence([0, 0, 0], earlier_rate=0.9).chance_of_zero.__round__(3)
    0.407
    """
    seen = [e for e in events if e is not None and not math.isnan(e)]
    total = float(sum(seen))
    limits = rate_interval(total, 1.0, level=level)
    return Occurrence(
        events=total if seen else float("nan"),
        low=float(limits.low),
        high=float(limits.high),
        upper_if_zero=float(zero_upper_limit(level=level)) if seen and total == 0 else float("nan"),
        reported=len(seen),
        expected=len(events),
        chance_of_zero=math.exp(-earlier_rate) if earlier_rate is not None else float("nan"),
        judgement=_judge(total, len(seen), len(events), earlier_rate),
    )


def _judge(total: float, reported: int, expected: int, earlier_rate: float | None) -> Judgement:
    if total > 0:
        return Judgement(
            Verdict.NOT_MET, Text(f"已确认 {total:g} 起", f"{total:g} confirmed, whatever else is missing")
        )
    if reported < expected or expected == 0:
        return Judgement(
            Verdict.NOT_ASSESSABLE,
            Text(
                f"应报 {expected} 份，实报 {reported} 份，缺报不等于零",
                f"{reported} of {expected} reports; a missing one is no zero",
            ),
        )
    hint_zh, hint_en = "", ""
    if earlier_rate is not None:
        chance = math.exp(-earlier_rate)
        hint_zh, hint_en = (
            f";按以往发生率，零的概率本为 {chance:.2f}",
            f"; at the earlier rate zero had probability {chance:.2f}",
        )
    return Judgement(
        Verdict.MET,
        Text(
            f"登记口径未发现(全部 {expected} 份报告为零){hint_zh}",
            f"none found on the register (all {expected} reports are zero){hint_en}",
        ),
    )
