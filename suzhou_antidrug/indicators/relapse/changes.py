"""Did relapse fall between two years: only where definitions and checking are alike, and against a change of detection.

两年之间复吸率是否下降：口径与检查力度须相同，并经得起检出力变化。

Formulas
--------
R = later / base, exact interval [L, U] by the conditional test. Were relapses found f times as readily in the
later year, the true ratio is R / f; f in [f_low, f_high] is declared. Met if U <= 1 - d and U / f_low < 1; not met if
L / f_high > 1 - d; otherwise insufficient. Not assessable where definitions differ, checking changed by more than the
tolerance and no per-check comparison was asked for, a base is 0, or the base year found none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...provenance import Made, fingerprint, weakest
from ...results import Explanation, line
from ...terms import Text
from ...verdicts import Judgement, Verdict
from ..fall_rule import DETECTION_RANGE, FACTORS, MINIMUM_FALL, FallComparison, judge_fall
from ..intervals import base_count_needed, rate_ratio
from .definitions import CHECK_TOLERANCE
from .detected import RelapseMeasure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


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
        from .count_plots import plot_over_detection

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
    >>> from suzhou_antidrug.indicators.relapse.definitions import RelapseDefinition
    >>> from suzhou_antidrug.indicators.relapse.detected import measure_relapse
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
