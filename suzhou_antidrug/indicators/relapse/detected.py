"""Relapse from counts: what was found, what may have been missed, and what the checking has to do with it.

由计数得到的复吸率：查获多少、可能漏掉多少、检查力度起多大作用。

Formulas
--------
N registered, v of them checked in the year by c checks, x found relapsed. Rate among those checked x / v, exact and Wilson
intervals. Bounds when v < N: x / N to (x + N - v) / N, whatever the unchecked did. With test sensitivity Se and specificity
Sp: (p + Sp - 1) / (Se + Sp - 1), clipped to 0-1 with a flag (Rogan-Gladen). Relapse per check x / c; checks a person c / N.

Two years: R = later / base, exact interval [L, U] by the conditional test. Were relapses found f times as readily in the
later year, the true ratio is R / f; f in [f_low, f_high] is declared. Met if U <= 1 - d and U / f_low < 1; not met if
L / f_high > 1 - d; otherwise insufficient. Not assessable where definitions differ, checking changed by more than the
tolerance and no per-check comparison was asked for, a base is 0, or the base year found none.

Sources: Rogan and Gladen, American J. Epidemiology 107 (1978) 71; Manski, Partial Identification (2003) for the bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint, weakest
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Judgement, Verdict
from ..fall_rule import DETECTION_RANGE, FACTORS, MINIMUM_FALL, FallComparison, judge_fall
from ..intervals import Intervals, base_count_needed, proportion_interval, rate_interval, rate_ratio
from .definitions import CHECK_TOLERANCE, RelapseDefinition, refuse_stock

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
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


@dataclass(frozen=True, slots=True, eq=False)
class RelapseComparison(FallComparison):
    """Relapse of two periods compared, arrays over places.  两期复吸率比较。"""

    base: RelapseMeasure
    later: RelapseMeasure
    by: str
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One place a row: ratio, limits, p_value, verdict, reason, flip_point, change of checking."""
        import pandas as pd

        frame = pd.DataFrame({"place": self.base.places, **self._judged()})
        frame.insert(frame.columns.get_loc("flip_point"), "checking_ratio", _checking_ratio(self.base, self.later))
        return frame

    def over_detection(self, place: int = 0, *, factors: ArrayLike = FACTORS) -> pd.DataFrame:
        """Return the verdict had relapses been found f times as readily in the later period: f, ratio, limits, verdict.

        对检出力变化的敏感性。
        """
        import pandas as pd

        f = np.asarray(factors, dtype=float)
        low, high = self.low[place] / f, self.high[place] / f
        verdict = np.select(
            [high <= 1 - self.minimum_fall, low > 1 - self.minimum_fall], ["met", "not_met"], "insufficient_evidence"
        )
        return pd.DataFrame(
            {"detection": f, "ratio": self.ratio[place] / f, "low": low, "high": high, "verdict": verdict}
        )

    def explain(self, place: int = 0) -> Explanation:
        """Ratio, interval, p, rule, detection, verdict of one place."""
        j = self.judgements[place]
        d = self.minimum_fall
        needed = base_count_needed(d, level=self.level)
        return Explanation(
            Text("两期复吸率比较", "Relapse, two periods"),
            (
                line("地点", "place", self.base.places[place]),
                line("口径", "definition", self.base.definition.name),
                line("比较", "compared", _BY[self.by]),
                line("比", "ratio", f"{self.ratio[place]:.3f} ({self.low[place]:.3f}-{self.high[place]:.3f}), p {self.p_value[place]:.3g}"),
                line("规定", "rule", Text(f"上限不高于 {1 - d:.2f}，且检出力降到 {self.detection[0]:g} 倍时仍低于 1（本项目的规则）",
                                         f"upper limit at most {1 - d:.2f}, and below 1 were detection {self.detection[0]:g} of what it was (this project's rule)")),
                line("评判", "verdict", j.verdict.text),
                line("理由", "reason", j.reason),
                line("翻转点", "flip point", f"{self.flip_point[place]:.1%}"),
                line("基期至少需要", "base count needed", Text(f"暴露相同时，降 {d:.0%} 要能与偶然相区别，基期至少 {needed} 起", f"with equal exposure a fall of {d:.0%} needs {needed} events in the base to be told from chance")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the verdict over the change of detection for the first place.  绘制检出力变化下的比值。"""
        from .plots import plot_over_detection

        return plot_over_detection(self, ax, language=language)


By = Literal["persons", "checks"]
_BY = {
    "persons": Text("查获人数 ÷ 在册人数", "found / registered"),
    "checks": Text("查获人数 ÷ 检查次数", "found / checks"),
}


def _checking_ratio(base: RelapseMeasure, later: RelapseMeasure) -> Floats:
    """Return later / base of checks a person, or of the share checked where checks are not given."""
    with np.errstate(divide="ignore", invalid="ignore"):
        persons = later.check_rate / base.check_rate
        return np.where(np.isnan(base.checks + later.checks), persons, later.checks_per_person / base.checks_per_person)


def compare_relapse(
    base: RelapseMeasure,
    later: RelapseMeasure,
    *,
    minimum_fall: float = MINIMUM_FALL,
    by: By = "persons",
    detection: tuple[float, float] = DETECTION_RANGE,
    tolerance: tuple[float, float] = CHECK_TOLERANCE,
    level: float = 0.95,
) -> RelapseComparison:
    """Judge whether relapse fell between two periods, place by place.

    评判两期之间复吸率是否下降。

    Parameters
    ----------
    base, later : RelapseMeasure
        Of the same places in the same order.
    by : str
        ``"persons"`` compares found / registered and needs equal checking; ``"checks"`` compares found / checks.
    detection : pair
        Range of later / base detection that the verdict must withstand.
    tolerance : pair
        Range of later / base checks a person within which the raw rates are compared.

    Raises
    ------
    ValueError
        Other places, a fall outside 0-1, a detection range that does not hold 1.

    Examples
    --------
    >>> what = RelapseDefinition("annual_detected", case_list="全部毒品", population="年初在册应查人员")
    >>> years = [measure_relapse(x, 5000, checked=5000, checks=20000, definition=what) for x in (400, 250)]
    >>> compare_relapse(*years).verdicts[0]
    <Verdict.MET: 'met'>
    >>> fewer = measure_relapse(250, 5000, checked=5000, checks=12000, definition=what)
    >>> compare_relapse(years[0], fewer).verdicts[0]
    <Verdict.NOT_ASSESSABLE: 'not_assessable'>
    """
    if base.places != later.places:
        raise ValueError("base and later need the same places in the same order")
    if not 0 <= minimum_fall < 1 or not 0 < detection[0] <= 1 <= detection[1]:
        raise ValueError("minimum_fall lies in 0-1 and the detection range holds 1")
    exposure = [(m.base if by == "persons" else m.checks) for m in (base, later)]
    ratio = rate_ratio(np.stack([base.found, later.found], axis=-1), np.stack(exposure, axis=-1), level=level)
    differences = base.definition.differences(later.definition)
    checking = _checking_ratio(base, later)
    judged = []
    for i in range(len(base.places)):
        untold = _why_not(base, later, i, by, differences, float(checking[i]), tolerance)
        judged.append(
            Judgement(Verdict.NOT_ASSESSABLE, untold) if untold is not None
            else judge_fall(float(ratio.low[i]), float(ratio.high[i]), float(base.found[i]), float(later.found[i]), minimum_fall=minimum_fall, detection=detection)
        )  # fmt: skip
    status = weakest([base.made.status, later.made.status])
    made = Made(f"relapse compared by {by}", status, fingerprint(base.made.fingerprint + later.made.fingerprint))
    return RelapseComparison(
        base, later, by, made, ratio=ratio.ratio, low=ratio.low, high=ratio.high, p_value=ratio.p_value,
        judgements=tuple(judged), minimum_fall=minimum_fall, detection=detection, level=level,
    )  # fmt: skip


def _why_not(
    base: RelapseMeasure, later: RelapseMeasure, i: int, by: str, differences: Sequence[Text], changed: float,
    tolerance: tuple[float, float],
) -> Text | None:  # fmt: skip
    if differences:
        return Text("；".join(r.zh for r in differences), "; ".join(r.en for r in differences))
    for m in (base, later):
        if m.status[i] != "measured":
            return _UNMEASURED[m.status[i]]
    if by == "checks":
        if np.isnan(base.checks[i] + later.checks[i]) or not (base.checks[i] > 0 and later.checks[i] > 0):
            return Text("缺少检查次数", "the number of checks is missing")
        return None
    if not tolerance[0] - 1e-9 <= changed <= tolerance[1] + 1e-9:
        return Text(
            f"检查力度变为 {changed:.3g} 倍，超出容许的 {tolerance[0]:g}-{tolerance[1]:g} 倍：查获率不可比，请按每次检查比较",
            f"checking changed to {changed:.3g} of what it was, beyond {tolerance[0]:g} to {tolerance[1]:g}: compare per check",
        )
    return None


_UNMEASURED = {
    "no_base": Text("在册人数为零", "nobody was registered"),
    "nobody_checked": Text("无人被核查", "nobody was checked"),
    "missing": Text("缺报，缺报不等于零", "not reported; missing is not zero"),
}
