"""Cohorts in yearly follow-up tables: conditional abstinence, person-years, rates.

队列随访表：逐年条件操守率、人年、率。

Formulas
--------
Interval j: n_j at its start, d_j relapse, w_j lost (death, departure, end of follow-up). Actuarial: at risk
n_j - w_j / 2, q_j = d_j / (n_j - w_j / 2), S_j = product of (1 - q). Greenwood: SE = S sqrt(sum q / ((n - w/2)(1 - q))).
Person-years by the trapezoid: width x (n_j - (d_j + w_j) / 2). From printed shares of abstinence alone: conditional
S_j / S_(j-1), a constant hazard -ln S / t, and relapses over trapezoid person-years.

Sources: Cutler and Ederer, J. Chronic Diseases 8 (1958) 699; Chiang, The Life Table and its Applications (1984).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ..intervals import rate_interval
from ..intervals.counts import normal_quantile
from .risk_sets import probability_limits

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LifeTable(Result):
    """A life table of abstinence, arrays over intervals.  操守寿命表。"""

    start: Floats
    width: Floats
    entered: Floats
    relapsed: Floats
    lost: Floats
    at_risk: Floats
    conditional: Floats  # share relapsing in the interval of those at risk; NaN where nobody is
    survival: Floats  # abstinent at its end
    standard_error: Floats
    low: Floats
    high: Floats
    person_years: Floats
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One interval a row, with the rate per 100 person-years and its exact limits."""
        import pandas as pd

        rate = rate_interval(self.relapsed, self.person_years, level=self.level)
        columns = ("start", "width", "entered", "relapsed", "lost", "at_risk", "conditional", "survival", "standard_error", "low", "high", "person_years")  # fmt: skip
        table = pd.DataFrame({name: getattr(self, name) for name in columns})
        return table.assign(rate_per_100=100 * rate.value, rate_low=100 * rate.low, rate_high=100 * rate.high)

    @property
    def rate_per_100_person_years(self) -> tuple[float, float, float]:
        """The rate over the whole follow-up with its exact limits."""
        rate = rate_interval(self.relapsed.sum(), self.person_years.sum(), level=self.level)
        return tuple(100 * float(v) for v in (rate.value, rate.low, rate.high))  # type: ignore[return-value]

    def explain(self) -> Explanation:
        """Formula, loss to follow-up, the rate."""
        rate, low, high = self.rate_per_100_person_years
        lost = "; ".join(f"{int(w)}" for w in self.lost)
        return Explanation(
            Text("操守寿命表", "Life table of abstinence"),
            (
                line("公式", "formula", "q = d / (n - w/2), S = prod(1 - q)"),
                line("各期失访及离开", "lost in each interval", lost),
                line("末期操守率", "abstinent at the end", f"{self.survival[-1]:.1%} ({self.low[-1]:.1%}-{self.high[-1]:.1%})"),
                line("每百人年复吸", "relapses per 100 person-years", f"{rate:.1f} ({low:.1f}-{high:.1f})"),
                line("假定", "assumes", Text("离开者平均在期中离开，且其复吸风险与留下者相同", "those lost leave half-way on average, and would have relapsed like those who stayed")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def life_table(
    entered: ArrayLike, relapsed: ArrayLike, lost: ArrayLike = 0, *, width: ArrayLike = 1.0, level: float = 0.95,
    status: Status | str = Status.REPORTED,
) -> LifeTable:  # fmt: skip
    """Return the life table of a cohort from its follow-up table.

    由随访表编制队列寿命表。

    Parameters
    ----------
    entered : array (intervals,) or one number
        Persons at the start of each interval; one number stands for the first, the others follow.
    relapsed, lost : array (intervals,)
        Persons; ``lost`` covers death, departure, transfer and follow-up that just ends.
    width : array or number
        Of the intervals, in years.

    Raises
    ------
    SeriesError
        Negative numbers, more leaving than are there, persons that come from nowhere, nobody at the start.

    Examples
    --------
    >>> table = life_table(1000, [200, 190, 70], [0, 0, 0])
    >>> table.survival.round(2).tolist(), table.conditional.round(4).tolist()
    ([0.8, 0.61, 0.54], [0.2, 0.2375, 0.1148])
    """
    d = np.atleast_1d(np.asarray(relapsed, dtype=float))
    w, span = (np.broadcast_to(np.asarray(a, dtype=float), d.shape) for a in (lost, width))
    n = np.atleast_1d(np.asarray(entered, dtype=float))
    if n.shape == (1,) and len(d) > 1:
        n = n[0] - np.concatenate([[0.0], np.cumsum(d + w)[:-1]])
    _refuse_table(n, d, w, span)
    risk = n - w / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.where(risk > 0, d / risk, np.nan)
        kept: Floats = np.cumprod(np.where(np.isnan(q), 1.0, 1 - q)).astype(float)
        survival = np.where(np.cumsum(np.isnan(q)) > 0, np.nan, kept)
        error = survival * np.sqrt(np.cumsum(np.where(q < 1, q / (risk * (1 - q)), 0.0)))
    low, high = probability_limits(survival, error, level=level)
    start = np.concatenate([[0.0], np.cumsum(span)[:-1]])
    made = Made("life table", Status(status), fingerprint(np.stack([n, d, w, span]).tobytes()))
    return LifeTable(start, span, n, d, w, risk, q, survival, error, low, high, span * (n - (d + w) / 2), level, made)


def _refuse_table(n: Floats, d: Floats, w: Floats, span: Floats) -> None:
    wrong: list[Problem] = []
    if n.shape != d.shape:
        raise ValueError(f"entered has {len(n)} entries, relapsed {len(d)}")
    if not (np.isfinite(n + d + w).all() and (np.stack([n, d, w]) >= 0).all() and (span > 0).all()):
        wrong.append(
            Problem(
                "counts",
                "numbers are missing or negative, or a width is not above 0.",
                "有缺失或负数，或期宽不大于零。",
            )
        )
    else:
        if n[0] == 0:
            wrong.append(Problem("nobody_at_risk", "nobody is there at the start.", "起始时无人。"))
        for j in np.flatnonzero(d + w > n):
            wrong.append(Problem("above_entered", f"interval {j + 1}: {d[j] + w[j]:g} leave, {n[j]:g} are there.", f"第 {j + 1} 期：离开 {d[j] + w[j]:g} 人，期初仅 {n[j]:g} 人。", row=int(j)))  # fmt: skip
        for j in np.flatnonzero(n[1:] > (n - d - w)[:-1]):
            wrong.append(Problem("from_nowhere", f"interval {j + 2} begins with {n[j + 1]:g}, more than were left.", f"第 {j + 2} 期期初 {n[j + 1]:g} 人，多于上期剩余。", "A cohort is closed: late entrants need person-level data.", "队列应封闭；中途进入者须用个人数据。", row=int(j + 1)))  # fmt: skip
    if wrong:
        raise SeriesError(wrong)


@dataclass(frozen=True, slots=True)
class AbstinenceRates:
    """What printed shares of abstinence imply.  由印出的操守率推得的率。"""

    conditional: tuple[float, ...]  # abstinent through each year, of those abstinent at its start
    per_100_constant: float  # relapses per 100 person-years, were the hazard constant
    per_100_trapezoid: float


def rates_from_abstinence(shares: ArrayLike, *, years: ArrayLike | None = None) -> AbstinenceRates:
    """Return what shares abstinent at the end of years 1, 2, ... imply; they must not rise.  由逐年操守率推算率。

    >>> found = rates_from_abstinence([0.8, 0.61, 0.54])  # Beijing, as a vice-minister gave it
    >>> [round(c, 4) for c in found.conditional], round(found.per_100_constant, 1), round(found.per_100_trapezoid, 1)
    ([0.8, 0.7625, 0.8852], 20.5, 21.1)
    """
    s = np.concatenate([[1.0], np.asarray(shares, dtype=float)])
    t = np.concatenate([[0.0], np.arange(1, len(s)) if years is None else np.asarray(years, dtype=float)])
    if not (np.isfinite(s).all() and (s > 0).all() and (np.diff(s) <= 0).all() and (np.diff(t) > 0).all()):
        raise SeriesError(
            Problem(
                "shares", "shares abstinent lie in 0-1 and do not rise with time.", "操守率须在0-1之间且不随时间上升。"
            )
        )
    person_years = float((np.diff(t) * (s[1:] + s[:-1]) / 2).sum())
    return AbstinenceRates(
        tuple((s[1:] / s[:-1]).tolist()), float(-100 * np.log(s[-1]) / t[-1]), 100 * float(1 - s[-1]) / person_years
    )


def rate_difference_interval(first: LifeTable, second: LifeTable, at: int = -1) -> tuple[float, float, float]:
    """Return the difference of abstinence of two cohorts at the end of an interval with its normal limits.  操守率之差。

    >>> a, b = life_table(1000, [200, 150]), life_table(1000, [300, 150])
    >>> [round(v, 3) for v in rate_difference_interval(a, b)]
    [0.1, 0.057, 0.143]
    """
    difference = float(first.survival[at] - second.survival[at])
    half = normal_quantile(first.level) * float(np.hypot(first.standard_error[at], second.standard_error[at]))
    return difference, difference - half, difference + half
