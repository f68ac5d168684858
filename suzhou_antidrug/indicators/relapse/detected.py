"""Relapse from counts: what was found, what may have been missed, and what the checking has to do with it.

由计数得到的复吸率：查获多少、可能漏掉多少、检查力度起多大作用。

Formulas
--------
N registered, v of them checked in the year by c checks, x found relapsed. Rate among those checked x / v, exact and Wilson
intervals. Bounds when v < N: x / N to (x + N - v) / N, whatever the unchecked did. With test sensitivity Se and specificity
Sp: (p + Sp - 1) / (Se + Sp - 1), clipped to 0-1 with a flag (Rogan-Gladen). Relapse per check x / c; checks a person c / N.

Sources: Rogan and Gladen, American J. Epidemiology 107 (1978) 71; Manski, Partial Identification (2003) for the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ..intervals import Intervals, proportion_interval, rate_interval
from .definitions import RelapseDefinition, refuse_stock

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RelapseMeasure(Result):
    """Relapse of one period, arrays over places.  某期复吸率。

    NaN with the status ``no_base`` where nobody was at risk, ``nobody_checked`` where nobody was looked at.
    """

    definition: RelapseDefinition
    places: tuple[str, ...]
    found: Floats
    base: Floats
    checked: Floats
    checks: Floats  # NaN where not given
    exact: Intervals
    wilson: Intervals
    low_bound: Floats  # had none of the unchecked relapsed
    high_bound: Floats  # had all of them
    corrected: Floats  # for test errors; NaN where these are not given
    clipped: NDArray[np.bool_]
    per_check: Intervals
    status: tuple[str, ...]
    sensitivity: float | None
    specificity: float | None
    made: Made

    @property
    def checks_per_person(self) -> Floats:
        """Checks a registered person and period."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.checks / self.base

    @property
    def check_rate(self) -> Floats:
        """Share of the register that was checked at all (核查率)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.checked / self.base

    @property
    def frame(self) -> pd.DataFrame:
        """One place a row: counts, rate with exact and Wilson limits, bounds, corrected, per check, check rate."""
        import pandas as pd

        return pd.DataFrame({
            "place": self.places, "found": self.found, "checked": self.checked, "base": self.base, "checks": self.checks,
            "rate": self.exact.value, "low": self.exact.low, "high": self.exact.high, "wilson_low": self.wilson.low,
            "wilson_high": self.wilson.high, "low_bound": self.low_bound, "high_bound": self.high_bound,
            "corrected": self.corrected, "clipped": self.clipped, "per_check": self.per_check.value,
            "per_check_low": self.per_check.low, "per_check_high": self.per_check.high, "check_rate": self.check_rate,
            "checks_per_person": self.checks_per_person, "status": self.status,
        })  # fmt: skip

    def explain(self) -> Explanation:
        """The definition, the first place in figures, and what the rate does not say."""
        first = self.frame.iloc[0]
        lines = [
            *self.definition.lines(),
            line("地点", "places", ", ".join(self.places[:10]) + ("…" if len(self.places) > 10 else "")),
            line("核查人员中", "among those checked", f"{first['rate']:.2%} ({first['low']:.2%}-{first['high']:.2%})"),
        ]
        if (self.checked < self.base).any():
            lines.append(line("未核查者最好与最坏", "whatever the unchecked did", f"{first['low_bound']:.2%}-{first['high_bound']:.2%}"))  # fmt: skip
        if self.sensitivity is not None:
            note = Text("（已截断到0-1）", " (clipped to 0-1)") if self.clipped[0] else Text("", "")
            lines.append(line("校正检测误差", "corrected for test errors", Text(f"{self.corrected[0]:.2%}{note.zh}", f"{self.corrected[0]:.2%}{note.en}")))  # fmt: skip
        if not np.isnan(self.checks).all():
            lines += [
                line("每次检查查获", "found per check", f"{first['per_check']:.4f} ({first['per_check_low']:.4f}-{first['per_check_high']:.4f})"),
                line("人均检查次数", "checks a person", f"{first['checks_per_person']:.2f}"),
            ]  # fmt: skip
        lines += [
            line("注意", "note", Text("只计查获的复吸：尿检一次只看约三天，查得少则查获少",
                                     "relapse as found: one urine test looks at some three days, and fewer checks find less")),
            line("数据状态", "status", self.made.status.text),
        ]  # fmt: skip
        return Explanation(Text("复吸率", "Relapse"), tuple(lines))


def measure_relapse(
    found: ArrayLike,
    base: ArrayLike,
    *,
    definition: RelapseDefinition,
    checked: ArrayLike | None = None,
    checks: ArrayLike | None = None,
    places: ArrayLike | None = None,
    sensitivity: float | None = None,
    specificity: float | None = None,
    level: float = 0.95,
    status: Status | str = Status.REPORTED,
) -> RelapseMeasure:
    """Return relapse of one period from counts, over places.

    由计数计算某期复吸率，可一次计算多个地点。

    Parameters
    ----------
    found, base : array
        Persons found relapsed, and persons at risk by the definition.
    checked, checks : array, optional
        Persons checked at least once (all of the base where None), and the number of checks.
    sensitivity, specificity : float, optional
        Of the check as a whole, both or neither.

    Raises
    ------
    SeriesError
        The definition is that of the stock of three-year abstainers, which is no rate. What is no count; more found than checked, more checked than registered, more found than checks made; all places
        at once.

    Examples
    --------
    >>> what = RelapseDefinition("annual_detected", case_list="全部毒品", population="年初在册应查人员")
    >>> year = measure_relapse(45, 1000, checked=900, definition=what)
    >>> float(year.exact.value[0]), float(year.low_bound[0]), float(year.high_bound[0])
    (0.05, 0.045, 0.145)
    """
    refuse_stock(definition)
    x, n = (np.atleast_1d(np.asarray(a, dtype=float)) for a in (found, base))
    v = n if checked is None else np.atleast_1d(np.asarray(checked, dtype=float))
    c = np.full(n.shape, np.nan) if checks is None else np.atleast_1d(np.asarray(checks, dtype=float))
    x, n, v, c = np.broadcast_arrays(x, n, v, c)
    names = tuple(str(p) for p in (np.atleast_1d(places) if places is not None else range(len(x))))
    _refuse_counts(x, n, v, c, names)
    if (sensitivity is None) != (specificity is None):
        raise ValueError("sensitivity and specificity are given together")
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.where(n > 0, x / n, np.nan), np.where(n > 0, (x + n - v) / n, np.nan)
    exact = proportion_interval(x, v, level=level)
    corrected, clipped = np.full(x.shape, np.nan), np.zeros(x.shape, dtype=bool)
    if sensitivity is not None and specificity is not None:
        corrected, clipped = correct_for_test_errors(exact.value, sensitivity, specificity)
    told = tuple(
        np.select([n == 0, v == 0, np.isnan(x + n + v)], ["no_base", "nobody_checked", "missing"], "measured").tolist()
    )
    made = Made("relapse from counts", Status(status), fingerprint(np.stack([x, n, v, c]).tobytes()))
    return RelapseMeasure(
        definition, names, x, n, v, c, exact, proportion_interval(x, v, level=level, method="wilson"), low, high,
        corrected, clipped, rate_interval(np.where(np.isnan(c), np.nan, x), c, level=level), told, sensitivity, specificity, made,
    )  # fmt: skip


def correct_for_test_errors(
    share: ArrayLike, sensitivity: float, specificity: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the share behind an apparent one, and where it had to be clipped to 0-1.  校正检测误差。

    (p + Sp - 1) / (Se + Sp - 1). Raises ValueError where Se + Sp is at most 1: such a test says nothing.

    >>> [round(float(v[0]), 4) for v in correct_for_test_errors([0.1], 0.8, 0.98)]
    [0.1026, 0.0]
    """
    if not (0 <= sensitivity <= 1 and 0 <= specificity <= 1) or sensitivity + specificity <= 1:
        raise ValueError("sensitivity and specificity lie in 0-1 and add to more than 1")
    true = (np.asarray(share, dtype=float) + specificity - 1) / (sensitivity + specificity - 1)
    with np.errstate(invalid="ignore"):
        return np.clip(true, 0, 1), (true < 0) | (true > 1)


def _refuse_counts(x: Floats, n: Floats, v: Floats, c: Floats, names: tuple[str, ...]) -> None:
    problems: list[Problem] = []

    def tell(wrong: NDArray[np.bool_], code: str, en: str, zh: str, advice_en: str, advice_zh: str) -> None:
        listed = [names[i] for i in np.flatnonzero(wrong)]
        if listed:
            more = "…" if len(listed) > 5 else ""
            problems.append(Problem(
                code, f"{en} (place {', '.join(listed[:5])}{more}).", f"{zh}（地点 {'、'.join(listed[:5])}{more}）。", advice_en, advice_zh,
            ))  # fmt: skip

    with np.errstate(invalid="ignore"):
        odd = np.any([(a < 0) | (a != np.round(a)) for a in (x, n, v, np.nan_to_num(c))], axis=0) & ~np.isnan(x + n + v)
        tell(
            odd, "counts", "whole numbers from 0 are needed", "须为非负整数", "Give counts of persons.", "请填写人数。"
        )
        tell(
            x > n,
            "found_above_base",
            "more found relapsed than were at risk",
            "查获复吸人数大于在册人数",
            "Check both; 人次 are not 人.",
            "请核对；人次不是人。",
        )
        tell(
            (x <= n) & (x > v),
            "found_above_checked",
            "more found relapsed than were checked",
            "查获复吸人数大于核查人数",
            "Persons found by other means belong to those checked.",
            "以其他方式查获者也应计入核查人数。",
        )
        tell(
            v > n,
            "checked_above_base",
            "more checked than were registered",
            "核查人数大于在册人数",
            "Check the date of the register.",
            "请核对名单日期。",
        )
        tell(
            x > c,
            "found_above_checks",
            "more persons found relapsed than checks made",
            "查获复吸人数大于检查次数",
            "Count every check.",
            "请计入全部检查。",
        )
    if problems:
        raise SeriesError(problems)
