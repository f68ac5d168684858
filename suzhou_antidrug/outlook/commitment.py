"""Will a 100 % or a zero target hold: the arithmetic, without a plan.

百分之百与零发生目标能否守住：与具体规划无关的计算。

A share that has reached its target is forecast by how often it was held since. A share still on its way is managed along
a schedule, not drawn from its history: before the due year no probability is given for it, and the evidence is
insufficient. A zero target is forecast by the chance that no event comes in the years that remain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..indicators.coverage import Basis, judge_coverage
from ..terms import Text
from ..verdicts import EDGE, Judgement, Verdict, judge_probability
from .history import History
from .series import MINIMUM_VALUES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Commitment:
    """The evidence on a 100 % or zero target.  百分之百或零发生目标的证据。"""

    probability: float
    judgement: Judgement


def _stop(verdict: Verdict, zh: str, en: str, probability: float = float("nan")) -> Commitment:
    return Commitment(probability, Judgement(verdict, Text(zh, en)))


def no_event_probability(events: float, years: float, ahead: float) -> float:
    """Return P(no event in the next ``ahead`` years) after ``events`` in ``years``.  今后数年零事件的概率。

    Gamma-Poisson with Jeffreys' prior: (years / (years + ahead)) ** (events + 1/2). Source: Jeffreys, Theory of
    Probability, 1961, sec. 3.10, prior proportional to rate ** (-1/2).

    >>> round(no_event_probability(0, 3, 3), 4), round(no_event_probability(2, 4, 1), 4)
    (0.7071, 0.5724)
    """
    return float((years / (years + ahead)) ** (events + 0.5))


def assess_zero(table: pd.DataFrame, *, origin: int, by: int, first: int, evidence: float = 0.9) -> Commitment:
    """Judge whether no event occurs from ``first`` to ``by``, standing at ``origin``.  评判零发生目标。

    ``table`` is indexed by year with the column ``value`` (events). One event inside the plan settles it; a missing
    year inside the plan makes it not assessable.
    """
    return judge_zero(History.of(table, origin), origin=origin, by=by, first=first, evidence=evidence)


def judge_zero(known: History, *, origin: int, by: int, first: int, evidence: float = 0.9) -> Commitment:
    """Judge a zero target from its reported years up to ``origin``.  由已上报各年评判零发生目标。"""
    years = range(first, min(origin, by) + 1)
    inside = known.at(years)
    if (inside > 0).any():
        at = int(np.argmax(inside > 0))
        year, events = years[at], inside[at]
        return _stop(Verdict.NOT_MET, f"{year} 年已确认 {events:g} 起", f"{events:g} confirmed in {year}", 0.0)
    if np.isnan(inside).any():
        lacking = ", ".join(str(y) for y, n in zip(years, inside, strict=True) if np.isnan(n))
        return _stop(
            Verdict.NOT_ASSESSABLE, f"{lacking} 年缺报，缺报不等于零", f"{lacking} not reported; missing is not zero"
        )
    ahead = by - origin
    if ahead <= 0:
        return _stop(Verdict.MET, "登记口径未发现，各期报告齐全", "none found on the register, every report came", 1.0)
    if not len(known):
        return _stop(Verdict.NOT_ASSESSABLE, "没有任何上报值", "nothing is reported")
    probability = no_event_probability(float(known.value.sum()), len(known), ahead)
    return Commitment(probability, judge_probability(probability, evidence=evidence))


def assess_share(
    table: pd.DataFrame,
    *,
    origin: int,
    by: int,
    threshold: float,
    basis: Basis = "list",
    evidence: float = 0.9,
) -> Commitment:
    """Judge whether a share reaches ``threshold`` in ``by``, standing at ``origin``.  评判覆盖率能否达到目标值。

    ``table`` is indexed by year with ``events`` (covered) and ``exposure`` (to be covered). Where the last share meets
    the threshold, the probability is that of holding it, from the years since it was first met. Where it does not, a
    roll-out is under way, which no short history can tell from one that has stopped: the verdict is insufficient
    evidence, without a probability.
    """
    known = table[(table.index <= origin) & table["events"].notna() & (table["exposure"] > 0)].sort_index()
    return judge_share(
        known.index.to_numpy(dtype=np.int64), known["events"].to_numpy(dtype=float), known["exposure"].to_numpy(dtype=float),
        origin=origin, by=by, threshold=threshold, basis=basis, evidence=evidence,
    )  # fmt: skip


def judge_share(
    years: NDArray[np.int64], covered: Floats, total: Floats, *, origin: int, by: int, threshold: float, basis: Basis = "list",
    evidence: float = 0.9,
) -> Commitment:  # fmt: skip
    """Judge a share from the reported years up to ``origin``, oldest first, arrays (years,).  由已上报各年评判覆盖率。"""
    if not len(years):
        return _stop(Verdict.NOT_ASSESSABLE, "没有任何上报值", "nothing is reported")
    if by in years:
        at = int(np.searchsorted(years, by))
        judged = judge_coverage(float(covered[at]), float(total[at]), threshold=threshold, basis=basis).judgement
        probability = {Verdict.MET: 1.0, Verdict.NOT_MET: 0.0}.get(judged.verdict, float("nan"))
        return Commitment(probability, judged)
    if by <= origin:
        return _stop(Verdict.NOT_ASSESSABLE, f"{by} 年缺报", f"{by} is not reported")
    if len(years) < MINIMUM_VALUES:
        return _stop(
            Verdict.NOT_ASSESSABLE,
            f"只有 {len(years)} 个年度值，不足以预测",
            f"only {len(years)} yearly values, too few to forecast",
        )
    if basis == "survey" and threshold >= 1:
        return _stop(
            Verdict.INSUFFICIENT_EVIDENCE, "抽样调查不能证明 100%", "a sample of a longer list never proves 100 %"
        )
    shortfall, allowed = total - covered, (1 - threshold) * total
    if shortfall[-1] > allowed[-1] + EDGE:
        last, short, size = int(years[-1]), np.ceil(shortfall[-1] - allowed[-1] - EDGE), total[-1]
        return _stop(
            Verdict.INSUFFICIENT_EVIDENCE,
            f"{last} 年尚差 {short:.0f}(共 {size:.0f})，推进中的工作不能由历史推断",
            f"in {last} {short:.0f} of {size:.0f} are still lacking; a roll-out cannot be read off its history",
        )
    reached = shortfall <= allowed + EDGE
    since = reached[int(np.argmax(reached)) :]
    probability = hold_probability(int(since.sum()), len(since))
    return Commitment(probability, judge_probability(probability, evidence=evidence))


def hold_probability(held: int, years: int) -> float:
    """Return P(the target is met in one more year) after it was met in ``held`` of ``years``.  继续达标的概率。

    Beta-binomial with Jeffreys' prior: (held + 1/2) / (years + 1). Source: Jeffreys, Theory of Probability, 1961, sec. 3.9.

    >>> hold_probability(3, 3), hold_probability(1, 2)
    (0.875, 0.5)
    """
    return (held + 0.5) / (years + 1)
