"""Diversion of precursors, per enterprise-year, tonne, transaction and inspection; raw and per inspection side by side.

制毒物品流失率：按企业年、吨、交易、检查计；原始率与每次检查率并列。

The plan raises inspections from 80 to 100 %: if nothing else changes, diversions found should rise. Verdicts rest on the
list of 2020; the longer list of 2021 moves the denominator and is shown beside it.

Formulas
--------
Rate = events / exposure with the exact Poisson limits. Two periods: the exact conditional ratio of
:func:`~suzhou_antidrug.rate_ratio` and the rule of :mod:`~suzhou_antidrug.indicators.fall_rule`. Were each diversion found
with probability p, true events are x / p with limits over p; where p is not known a table over p is shown and none picked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, unknown_name
from ...provenance import Made, Status, fingerprint, weakest
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Judgement, Verdict
from ..fall_rule import DETECTION_RANGE, MINIMUM_FALL, RULE_TEXT, FallComparison, judge_fall
from ..intervals import base_count_needed, rate_interval, rate_ratio

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Exposure = Literal["transactions", "tonnes", "enterprise_years", "inspections"]
# In order of preference; inspections measure the search and not the trade.
EXPOSURES: dict[str, Text] = {
    "transactions": Text("笔交易", "transactions"), "tonnes": Text("吨", "tonnes handled"),
    "enterprise_years": Text("企业年", "enterprise-years"), "inspections": Text("次检查", "inspections"),
}  # fmt: skip
INSPECTION_TOLERANCE = (0.8, 1.25)  # later / base inspections an enterprise within which raw rates are compared
DETECTIONS = (0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class DiversionRates(Result):
    """Diversions of one period over its exposures, arrays over places.  某期制毒物品流失率。"""

    places: tuple[str, ...]
    events: Floats
    exposures: Mapping[str, Floats]  # those given
    catalogue: str  # the list that events and exposures are counted on
    period: str
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One place and exposure a row: events, exposure, rate, low, high."""
        import pandas as pd

        parts = []
        for name, exposure in self.exposures.items():
            rate = rate_interval(self.events, exposure, level=self.level)
            parts.append(pd.DataFrame({
                "place": self.places, "per": name, "events": self.events, "exposure": exposure, "rate": rate.value,
                "low": rate.low, "high": rate.high,
            }))  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    @property
    def inspections_per_enterprise(self) -> Floats:
        """Inspections an enterprise-year; NaN where either is not given."""
        nan = np.full(len(self.places), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.exposures.get("inspections", nan) / self.exposures.get("enterprise_years", nan)

    def over_detection(self, place: int = 0, *, detections: Sequence[float] = DETECTIONS) -> pd.DataFrame:
        """Return true events and limits for each probability that a diversion is found; none is picked.  检出概率敏感性。"""
        import pandas as pd

        p = np.asarray(detections, dtype=float)
        count = rate_interval(self.events[place], 1.0, level=self.level)
        return pd.DataFrame({"detection": p, "events": self.events[place] / p, "low": float(count.low) / p, "high": float(count.high) / p})  # fmt: skip

    def explain(self) -> Explanation:
        """The rates of the first place, the list they are on, and which kind of rate is missing."""
        frame = self.frame
        lines = [
            line("时期", "period", self.period or "-"),
            line("目录", "catalogue", self.catalogue or Text("未注明", "not stated")),
        ]
        for row in frame[frame["place"] == self.places[0]].itertuples():
            scale = 1000 if row.per in ("enterprise_years", "inspections") else 1
            unit = EXPOSURES[str(row.per)]
            lines.append(line(
                f"每{'千' if scale == 1000 else ''}{unit.zh}", f"per {'1000 ' if scale == 1000 else ''}{unit.en}",
                f"{scale * row.rate:.4g} ({scale * row.low:.4g}-{scale * row.high:.4g})",
            ))  # fmt: skip
        if "inspections" not in self.exposures:
            lines.append(line("缺", "missing", Text("检查次数：查得多则查获多，须并列每次检查率", "inspections: more are found where more is looked; give a rate per inspection too")))  # fmt: skip
        if set(self.exposures) == {"inspections"}:
            lines.append(line("缺", "missing", Text("企业年、交易或吨数：每次检查率不是流失的规模", "enterprise-years, transactions or tonnes: a rate per inspection is no size of diversion")))  # fmt: skip
        lines += [
            line("不是", "not", Text("缴获吨数不是流失", "tonnes seized are no diversions")),
            line("数据状态", "status", self.made.status.text),
        ]
        return Explanation(Text("制毒物品流失", "Diversion of precursors"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the rates of the first place on a ladder of exposures.  绘制各暴露口径的率。"""
        from .plots import plot_rate_ladder

        return plot_rate_ladder([self], ax, language=language)


def measure_diversion(
    events: ArrayLike, *, enterprise_years: ArrayLike | None = None, tonnes: ArrayLike | None = None,
    transactions: ArrayLike | None = None, inspections: ArrayLike | None = None, places: Sequence[str] | None = None,
    catalogue: str = "", period: str = "", level: float = 0.95, status: Status | str = Status.REPORTED,
) -> DiversionRates:  # fmt: skip
    """Return diversion rates of one period over every exposure given.

    计算某期制毒物品流失率，按所给各种暴露。

    Parameters
    ----------
    events : array (places,)
        Diversion cases by date of the event, on the list named by ``catalogue``.
    enterprise_years, tonnes, transactions, inspections : array (places,), optional
        Exposures on the same list; at least one.
    catalogue : str
        The version of the list, e.g. ``load_precursor_catalogue("2020-12-31").version``: a comparison needs the same.

    Raises
    ------
    SeriesError
        No exposure, what is no count, a negative or missing exposure, events where there was no exposure at all.

    Examples
    --------
    >>> year = measure_diversion([8], enterprise_years=[3600], inspections=[2900], catalogue="2020")
    >>> (1000 * year.frame["rate"]).round(2).tolist()
    [2.22, 2.76]
    """
    x = np.atleast_1d(np.asarray(events, dtype=float))
    given = {
        "transactions": transactions,
        "tonnes": tonnes,
        "enterprise_years": enterprise_years,
        "inspections": inspections,
    }
    exposures = {k: np.broadcast_to(np.asarray(v, dtype=float), x.shape) for k, v in given.items() if v is not None}
    names = tuple(places) if places is not None else tuple(str(n) for n in range(len(x)))
    problems = []
    if not exposures:
        problems.append(Problem("no_exposure", "no exposure is given: a count alone is no rate.", "未给暴露量：只有次数不成其为率。", "Give enterprise-years, tonnes, transactions or inspections.", "请给出企业年、吨数、交易笔数或检查次数。"))  # fmt: skip
    for i in np.flatnonzero(~((x >= 0) & (x == np.round(x)))):
        problems.append(
            Problem("counts", f"{names[i]}: events are no count.", f"{names[i]}：流失案件数不是合法计数。", row=int(i))
        )
    for name, t in exposures.items():
        for i in np.flatnonzero(~(t >= 0)):
            problems.append(Problem("exposure", f"{names[i]}: {name} is negative or missing.", f"{names[i]}：{EXPOSURES[name].zh}为负或缺失。", row=int(i), column=name))  # fmt: skip
        for i in np.flatnonzero((t == 0) & (x > 0)):
            problems.append(Problem("events_without_exposure", f"{names[i]}: events, but {name} is 0.", f"{names[i]}：有案件而{EXPOSURES[name].zh}为零。", row=int(i), column=name))  # fmt: skip
    if problems:
        raise SeriesError(problems)
    made = Made("diversion rates", Status(status), fingerprint(np.stack([x, *exposures.values()]).tobytes()))
    return DiversionRates(names, x, exposures, catalogue, period, level, made)


@dataclass(frozen=True, slots=True, eq=False)
class DiversionComparison(FallComparison):
    """Diversion of two periods compared, arrays over places.  两期制毒物品流失比较。"""

    base: DiversionRates
    later: DiversionRates
    per: str
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One place a row: counts, ratio with limits, p_value, verdict, reasons, flip_point."""
        import pandas as pd

        return pd.DataFrame({
            "place": self.base.places, "per": self.per, "base": self.base.events, "later": self.later.events,
            **self._judged(),
        })  # fmt: skip

    def explain(self, place: int = 0) -> Explanation:
        """Ratio, interval, rule and verdict of one place, and the base that such a fall would need."""
        j = self.judgements[place]
        unit = EXPOSURES[self.per]
        needed = base_count_needed(self.minimum_fall, level=self.level)
        return Explanation(
            Text("两期流失比较", "Diversion, two periods"),
            (
                line("地点", "place", self.base.places[place]),
                line("按", "per", unit),
                line("案件", "events", f"{self.base.events[place]:g} → {self.later.events[place]:g}"),
                line("比", "ratio", f"{self.ratio[place]:.3f} ({self.low[place]:.3f}-{self.high[place]:.3f}), p {self.p_value[place]:.3g}"),
                line("规则", "rule", RULE_TEXT),
                line("评判", "verdict", j.verdict.text),
                line("理由", "reason", j.reason),
                line("基期至少需要", "base count needed", Text(f"降 {self.minimum_fall:.0%} 须基期 {needed} 起才能与偶然相区别", f"a fall of {self.minimum_fall:.0%} needs {needed} base events")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def compare_diversion(
    base: DiversionRates, later: DiversionRates, *, per: Exposure | None = None, minimum_fall: float = MINIMUM_FALL,
    detection: tuple[float, float] = DETECTION_RANGE, tolerance: tuple[float, float] = INSPECTION_TOLERANCE,
    level: float = 0.95,
) -> DiversionComparison:  # fmt: skip
    """Judge whether diversion fell between two periods on one list.

    评判两期之间制毒物品流失是否下降(须为同一目录)。

    ``per`` is the exposure; where None the first of transactions, tonnes, enterprise-years that both periods have. Not
    assessable where the lists differ or are not stated by one side, where inspections an enterprise changed beyond
    ``tolerance`` (compare ``per="inspections"``), or where an exposure is 0.

    Raises
    ------
    UnknownNameError
        An exposure that a period lacks.
    ValueError
        Other places.

    Examples
    --------
    >>> one, two = (measure_diversion([n], enterprise_years=[3600], inspections=[2900], catalogue="2020") for n in (8, 3))
    >>> seen = compare_diversion(one, two)
    >>> seen.verdicts[0], round(float(seen.p_value[0]), 3)
    (<Verdict.INSUFFICIENT_EVIDENCE: 'insufficient_evidence'>, 0.227)
    """
    if base.places != later.places:
        raise ValueError("base and later need the same places in the same order")
    shared = [k for k in EXPOSURES if k in base.exposures and k in later.exposures]
    if per is None:
        per = next((k for k in shared if k != "inspections"), None) or (shared[0] if shared else "enterprise_years")  # type: ignore[assignment]
    if per not in shared:
        raise UnknownNameError(unknown_name("exposure of both periods", "两期共有的暴露量", str(per), shared))
    exposure = np.stack([base.exposures[str(per)], later.exposures[str(per)]], axis=-1)
    found = rate_ratio(np.stack([base.events, later.events], axis=-1), exposure, level=level)
    judged = []
    with np.errstate(divide="ignore", invalid="ignore"):
        changed = later.inspections_per_enterprise / base.inspections_per_enterprise
    for i in range(len(base.places)):
        why = _why_not(base, later, str(per), float(changed[i]), tolerance, exposure[i])
        judged.append(
            Judgement(Verdict.NOT_ASSESSABLE, why) if why is not None
            else judge_fall(float(found.low[i]), float(found.high[i]), base.events[i], later.events[i], minimum_fall=minimum_fall, detection=detection)
        )  # fmt: skip
    made = Made(f"diversion compared per {per}", weakest([base.made.status, later.made.status]), fingerprint(base.made.fingerprint + later.made.fingerprint))  # fmt: skip
    return DiversionComparison(
        base, later, str(per), made, ratio=found.ratio, low=found.low, high=found.high, p_value=found.p_value,
        judgements=tuple(judged), minimum_fall=minimum_fall, detection=detection, level=level,
    )  # fmt: skip


def _why_not(
    base: DiversionRates,
    later: DiversionRates,
    per: str,
    changed: float,
    tolerance: tuple[float, float],
    exposure: Floats,
) -> Text | None:
    if base.catalogue != later.catalogue:
        a, b = base.catalogue or "-", later.catalogue or "-"
        return Text(
            f"目录不同：前为 {a}，后为 {b}；请按同一目录计", f"catalogue changed: {a}, then {b}; count both on one list"
        )
    if not (exposure > 0).all():
        return Text("有一期暴露量为零", "a period has no exposure")
    if per != "inspections" and not np.isnan(changed) and not tolerance[0] - 1e-9 <= changed <= tolerance[1] + 1e-9:
        return Text(
            f"每企业检查次数变为 {changed:.3g} 倍，超出容许的 {tolerance[0]:g}-{tolerance[1]:g} 倍：请按每次检查比较",
            f"inspections an enterprise changed to {changed:.3g} of what they were, beyond {tolerance[0]:g} to {tolerance[1]:g}: compare per inspection",
        )  # fmt: skip
    return None
