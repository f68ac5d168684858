"""The 100 % targets: coverage by list and by sample.

百分之百目标：按名单的覆盖率与按抽样的覆盖率。

A coverage by list is a census statement: met only where the numerator reaches the target as it stands, 100 % only where
numerator and denominator are the same whole number. A coverage by survey is judged by its exact interval, and a sample
of a longer list never proves 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..terms import Text
from ..verdicts import OPERATOR_SIGNS, Judgement, Operator, Verdict, judge_interval
from .intervals import bad_on_list, proportion_interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Basis = Literal["list", "survey"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """A coverage with its interval and verdict.  覆盖率、区间与评判。"""

    value: float
    low: float
    high: float
    numerator: float
    denominator: float
    basis: Basis
    judgement: Judgement

    @property
    def shown(self) -> str:
        """The value in percent, rounded down so that 99.96 % never reads as 100 %."""
        return percent_rounded_down(self.value)


def percent_rounded_down(share: float, digits: int = 1) -> str:
    """Return a share in percent, rounded down: a value below a target never shows as the target.  向下取整的百分数。

    >>> percent_rounded_down(0.99996), percent_rounded_down(1.0), percent_rounded_down(0.29)
    ('99.9%', '100.0%', '29.0%')
    """
    if share != share:
        return "-"
    scale = 10**digits
    # 1e-9 undoes the binary error of a decimal such as 0.29, far below half a unit of the last digit shown.
    return f"{int(share * 100 * scale + 1e-9) / scale:.{digits}f}%"


def judge_coverage(
    numerator: float | None,
    denominator: float | None,
    *,
    threshold: float = 1.0,
    operator: Operator = "ge",
    basis: Basis = "list",
    level: float = 0.95,
) -> Coverage:
    """Return a coverage with its exact interval and its verdict.  覆盖率、精确区间与评判。

    A missing numerator or denominator is not assessable, never a failure; so is a denominator of 0. By list the
    interval is the value itself (a census has no sampling error), by survey it is Clopper-Pearson at ``level``.

    >>> judge_coverage(100, 100).judgement.verdict, judge_coverage(9999, 10000).judgement.verdict
    (<Verdict.MET: 'met'>, <Verdict.NOT_MET: 'not_met'>)
    >>> judge_coverage(100, 100, basis="survey").judgement.verdict
    <Verdict.INSUFFICIENT_EVIDENCE: 'insufficient_evidence'>
    """
    nan = float("nan")
    if numerator is None or denominator is None or numerator != numerator or denominator != denominator:
        missing = Judgement(
            Verdict.NOT_ASSESSABLE, Text("分子或分母缺报，缺报不等于零", "numerator or denominator not reported")
        )
        return Coverage(nan, nan, nan, nan, nan, basis, missing)
    if denominator == 0:
        empty = Judgement(Verdict.NOT_ASSESSABLE, Text("分母为零", "the denominator is zero"))
        return Coverage(nan, nan, nan, numerator, denominator, basis, empty)
    limits = proportion_interval(numerator, denominator, level=level)
    value = float(limits.value)
    if basis == "list":
        return Coverage(
            value, value, value, numerator, denominator, basis, _census(numerator, denominator, operator, threshold)
        )
    judgement = judge_interval(float(limits.low), float(limits.high), operator, threshold)
    return Coverage(value, float(limits.low), float(limits.high), numerator, denominator, basis, judgement)


def census_meets(numerator: ArrayLike, denominator: ArrayLike, operator: str, threshold: float) -> NDArray[np.bool_]:
    """Return whether whole-number shares meet a decimal threshold, exactly and over arrays.  整数比例与小数目标的精确比较。

    numerator / denominator >= t is decided as numerator * 10^d >= t * 10^d * denominator in whole numbers: 0.95 of 20
    is 19, not 18.999...

    >>> census_meets([19, 18, 20], [20, 20, 20], "ge", 0.95).tolist()
    [True, False, True]
    """
    exponent = Decimal(repr(float(threshold))).as_tuple().exponent
    scale = 10 ** max(0, -int(exponent))
    line = int(Decimal(repr(float(threshold))) * scale)
    left = np.asarray(numerator, dtype=float).astype(np.int64) * scale
    right = np.asarray(denominator, dtype=float).astype(np.int64) * line
    compare = {"ge": np.greater_equal, "gt": np.greater, "le": np.less_equal, "lt": np.less, "eq": np.equal}
    return np.asarray(compare[operator](left, right), dtype=bool)


def _census(numerator: float, denominator: float, operator: Operator, threshold: float) -> Judgement:
    met = bool(census_meets(numerator, denominator, operator, threshold))
    fraction, sign = f"{int(numerator)}/{int(denominator)}", f"{OPERATOR_SIGNS[operator]} {threshold:.4g}"
    return Judgement(
        Verdict.MET if met else Verdict.NOT_MET,
        Text(
            f"登记口径 {fraction} {'满足' if met else '不满足'} {sign}",
            f"{fraction} on the register {'satisfies' if met else 'does not satisfy'} {sign}",
        ),
    )


def judge_list_sample(good: int, checked: int, listed: int, *, threshold: float = 1.0, level: float = 0.95) -> Coverage:
    """Judge a share of a finite list of which a random part was checked.  由抽查部分名单评判整张名单的比例。

    The interval runs from the exact one-sided lower limit of the whole list (:func:`~suzhou_antidrug.bad_on_list`) to the
    best case, all unchecked in order. A 100 % target is met only where everybody was checked: a sample of a longer list never
    proves it, whatever the bound says, and one bad case settles it.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` unless good <= checked <= listed.

    >>> judge_list_sample(95, 95, 100).judgement.verdict, judge_list_sample(100, 100, 100).judgement.verdict
    (<Verdict.INSUFFICIENT_EVIDENCE: 'insufficient_evidence'>, <Verdict.MET: 'met'>)
    >>> judge_list_sample(300, 300, 1000, threshold=0.95).judgement.verdict
    <Verdict.MET: 'met'>
    """
    bound = bad_on_list(checked - good, checked, listed, level=level)
    low, high = float(bound.least_good_share), 1 - (checked - good) / listed
    value = good / checked if checked else float("nan")
    if checked == listed:
        return judge_coverage(good, listed, threshold=threshold)
    unseen = listed - checked
    most = int(bound.most_bad)
    told = Text(
        f"名单 {listed} 个，抽查 {checked} 个，{unseen} 个无人查过；按 {level:.0%} 把握，不合格至多 {most} 个",
        f"{checked} of {listed} checked, {unseen} seen by nobody; with {level:.0%} confidence at most {most} bad",
    )
    # In whole numbers: 1 - 7/100 is a hair below 0.93, and the best case of 93 in 100 is not below it.
    surely, possibly = census_meets([listed - most, listed - (checked - good)], [listed, listed], "ge", threshold)
    met = bool(surely) and threshold < 1
    failed = not possibly
    verdict = Verdict.MET if met else Verdict.NOT_MET if failed else Verdict.INSUFFICIENT_EVIDENCE
    return Coverage(value, low, high, good, checked, "survey", Judgement(verdict, told))


def coverage_of_actual(coverage: Coverage, completeness: tuple[float, float]) -> tuple[float, float]:
    """Return the share of the actual population that was covered, from how complete the register is.

    由名册完整度推算对实际人群的覆盖率范围。

    100 % of the registered is not 100 % of the actual: value x completeness, from its low to its high. Raises ValueError
    for a completeness outside 0-1.

    >>> coverage_of_actual(judge_coverage(1000, 1000), (0.5, 0.8))
    (0.5, 0.8)
    """
    low, high = completeness
    if not 0 < low <= high <= 1:
        raise ValueError("completeness is a pair above 0, at most 1, low before high")
    return coverage.value * low, coverage.value * high
