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
from .coverage import percent_rounded_down
from .intervals import chance_of_zero, rate_interval, zero_upper_limit


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Events of a zero target with limits and verdict.  零发生目标的事件数、上下限与评判。"""

    events: float  # reported so far
    low: float  # of the expected number of events, exact Poisson
    high: float
    upper_if_zero: float  # one-sided 95 % limit of the expected number where none was found
    reported: int
    expected: int
    chance_of_zero: float  # e^(-earlier rate x detection): how likely a zero was if nothing changed; NaN where unknown
    judgement: Judgement
    checked_share: float = float("nan")  # of the list that was looked at; NaN where not given
    upper_missed: float = float("nan")  # 95 % limit of events that happened, given that none was found


def judge_occurrence(
    events: list[float | None],
    *,
    earlier_rate: float | None = None,
    checked_share: float | None = None,
    detection: float = 1.0,
    level: float = 0.95,
) -> Occurrence:
    """Judge a zero target from the reports of all divisions.  由各单位报数评判零发生目标。

    ``events`` holds one number for each report that was due, None or NaN where it is missing. ``earlier_rate`` is the
    expected number of events over the same scope and period before the plan. ``checked_share`` is the share of schools,
    plots or persons that anybody looked at: a zero found in part of them is not a zero of all. ``detection`` is the
    probability that an event among those looked at is found.

    >>> judge_occurrence([0, 0, None]).judgement.verdict, judge_occurrence([0, 1, None]).judgement.verdict
    (<Verdict.NOT_ASSESSABLE: 'not_assessable'>, <Verdict.NOT_MET: 'not_met'>)
    >>> judge_occurrence([0, 0, 0], earlier_rate=0.9).chance_of_zero.__round__(3)
    0.407
    >>> part = judge_occurrence([0, 0, 0], checked_share=0.6)
    >>> part.judgement.verdict, round(part.upper_missed, 2)
    (<Verdict.INSUFFICIENT_EVIDENCE: 'insufficient_evidence'>, 4.99)
    """
    if checked_share is not None and not 0 < checked_share <= 1:
        raise ValueError("checked_share lies above 0 and at most at 1")
    seen = [e for e in events if e is not None and not math.isnan(e)]
    total = float(sum(seen))
    limits = rate_interval(total, 1.0, level=level)
    found_with = detection * (1.0 if checked_share is None else checked_share)
    none = bool(seen) and total == 0
    return Occurrence(
        events=total if seen else float("nan"),
        low=float(limits.low),
        high=float(limits.high),
        upper_if_zero=float(zero_upper_limit(level=level)) if none else float("nan"),
        reported=len(seen),
        expected=len(events),
        chance_of_zero=float(chance_of_zero(earlier_rate, detection=found_with))
        if earlier_rate is not None
        else float("nan"),
        judgement=_judge(total, len(seen), len(events), earlier_rate, checked_share, found_with),
        checked_share=float("nan") if checked_share is None else checked_share,
        upper_missed=float(zero_upper_limit(detection=found_with, level=level)) if none else float("nan"),
    )


def _judge(
    total: float,
    reported: int,
    expected: int,
    earlier_rate: float | None,
    checked_share: float | None,
    found_with: float,
) -> Judgement:
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
    if checked_share is not None and checked_share < 1:
        shown = percent_rounded_down(checked_share)
        return Judgement(
            Verdict.INSUFFICIENT_EVIDENCE,
            Text(f"只查了 {shown}，查到之处未发现；未查之处不知", f"none found in the {shown} looked at; the rest is not known"),
        )  # fmt: skip
    hint_zh, hint_en = "", ""
    if earlier_rate is not None:
        chance = float(chance_of_zero(earlier_rate, detection=found_with))
        hint_zh, hint_en = (
            f"；按以往发生率，零的概率本为 {chance:.2f}",
            f"; at the earlier rate zero had probability {chance:.2f}",
        )
    return Judgement(
        Verdict.MET,
        Text(
            f"登记口径未发现（全部 {expected} 份报告为零）{hint_zh}",
            f"none found on the register (all {expected} reports are zero){hint_en}",
        ),
    )
