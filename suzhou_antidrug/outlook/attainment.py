"""Will a headline target be met: readings, probability, verdict.

总目标能否达成：读法、概率、评判。
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..indicators.compute import IndicatorValues, compute_indicators
from ..indicators.relapse.cohorts import CohortForecast
from ..indicators.wastewater.period_loads import PeriodLoads
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..returns.bridges import DefinitionBridge, bridge_words, join_reasons, with_bridges
from ..returns.schema import Returns
from ..terms import Text
from ..verdicts import Judgement, Verdict
from .cohort_decrease import COHORT_METHOD_TEXT, CohortData, assess_cohorts, cohort_data
from .commitment import assess_share, assess_zero
from .decrease import assess_decrease, probability_of_fall
from .engine import METHOD, METHOD_TEXT
from .readings import SERIES_KINDS, chosen_indicator, fall_rule, loads_of_place, resolve_readings, series_table
from .simulation import ErrorRates, error_rates

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ..plan.model import Indicator, Plan, Reading, Target

    Floats = NDArray[np.float64]

FALLS = np.round(np.arange(-0.5, 0.9001, 0.01), 2)  # the grid of the curve P(fall >= d)
EVIDENCE = 0.9  # demanded for a verdict of met where no reading sets it


@dataclass(frozen=True, slots=True, eq=False)
class Outlook(Result):
    """Whether a target will be met, as seen from one year.  站在某一年看目标能否达成。

    ``probability`` is that of the promise as the reading makes it computable; ``ratios`` are draws of the target
    year's value over the base, from which :meth:`curve` and :attr:`flip_point` follow. ``actual`` is what was reported
    for the target year where the data go beyond the origin; it takes no part in the verdict.
    """

    target: str
    title: Text
    group: Literal["decrease", "hundred", "zero"]
    unit: str
    division: str
    origin: int
    by: int
    readings: Mapping[str, Reading]  # by ambiguity
    clause: str
    table: pd.DataFrame  # by year: value and, where known, events, exposure, se, definition
    kind: str  # of the series, for the forecaster
    base: float | None
    base_years: tuple[int, ...]
    minimum_fall: float | None
    threshold: float | None
    evidence: float | None
    probability: float
    judgement: Judgement
    samples: Floats
    forecast_years: tuple[int, ...]
    ratios: Floats
    chance_without_change: float
    note: Text | None  # what the indicator's definition warns of
    made: Made
    bridges: tuple[DefinitionBridge, ...] = ()  # declared by the returns, and used by the series

    @property
    def verdict(self) -> Verdict:
        """One of the four verdicts."""
        return self.judgement.verdict

    @property
    def history(self) -> pd.Series:
        """The reported values by year, those after the origin too."""
        return self.table["value"].astype(float).dropna()

    @property
    def actual(self) -> float | None:
        """What was reported for the target year, where the data go beyond the origin."""
        value = self.history.get(self.by, float("nan")) if self.by > self.origin else float("nan")
        return None if np.isnan(value) else float(value)

    @property
    def threshold_text(self) -> Text:
        """The level to reach, in words."""
        if self.minimum_fall is not None:
            return Text(f"较基期降 {self.minimum_fall:.0%}", f"{self.minimum_fall:.0%} below the base")
        return Text("目标值", "target")

    def curve(self) -> pd.DataFrame:
        """Return P(fall >= d) over a grid of d, columns ``fall`` and ``probability``.  概率曲线。"""
        import pandas as pd

        ordered = np.sort(self.ratios)
        reached = np.searchsorted(ordered, (1 - FALLS) * (1 + 1e-9), side="right")
        share = reached / len(ordered) if len(ordered) else np.full(len(FALLS), np.nan)
        return pd.DataFrame({"fall": FALLS, "probability": share})

    def probability_of_fall(self, fall: float) -> float:
        """Return P(fall >= d) for one d; NaN where nothing can be said.  降幅不小于 d 的概率。"""
        return probability_of_fall(self.ratios, fall)

    @property
    def flip_point(self) -> float | None:
        """The largest d for which the verdict would be met: P(fall >= d) reaches the evidence demanded.

        评判翻转点：仍可评为“达成”的最大降幅。Negative where not even holding the base level would be met.
        """
        return largest_fall_met(self.ratios, self.evidence)

    def row(self) -> dict[str, Any]:
        """Everything that stands in a verdict table.  评判表中的一行。"""
        return verdict_row(
            target=self.target, title=self.title, division=self.division, origin=self.origin, by=self.by,
            readings=self.readings, probability=self.probability, judgement=self.judgement, actual=self.actual,
            status=self.made.status, base=self.base, threshold=self.threshold,
            chance_without_change=self.chance_without_change, flip=self.flip_point,
        )  # fmt: skip

    @property
    def error_rates(self) -> ErrorRates | None:
        """How often such a verdict was wrong on simulated series like this one; None where none was simulated."""
        if self.group != "decrease" or not self.samples.size or self.made.method != METHOD:
            return None
        seen = self.table[self.table.index <= self.origin]
        values = int(seen.loc[seen.index <= max(self.base_years), "value"].notna().sum())
        events = seen["events"].astype(float).mean() if "events" in seen else float("nan")
        if np.isnan(events) and "se" in seen:  # the count whose Poisson error is as large as that of the measurement
            events = 1 / float(((seen["se"] / seen["value"]).astype(float) ** 2).mean())
        return error_rates(values, float("inf") if np.isnan(events) else float(events), self.by - self.origin)

    @property
    def frame(self) -> pd.DataFrame:
        """One row: everything that stands in a verdict table."""
        import pandas as pd

        return pd.DataFrame([self.row()])

    def explain(self) -> Explanation:
        """Clause, reading, base, probability, and the rule that made the verdict."""
        number = "{:.4g}".format
        lines = [
            line("条款", "clause", self.clause),
            *(
                line("读法", "reading", Text(f"{r.says.zh} ({r.id})", f"{r.says.en} ({r.id})"))
                for r in self.readings.values()
            ),
            line("预测起点与目标年", "origin and target year", f"{self.origin} → {self.by}"),
        ]
        if self.base is not None:
            years = ", ".join(map(str, self.base_years))
            lines.append(line("基期", "base", f"{number(self.base)} ({years})"))
        if self.threshold is not None:
            lines.append(
                line("须不高于" if self.group == "decrease" else "目标值", "level to reach", number(self.threshold))
            )
        lines.append(line("概率", "probability", "-" if np.isnan(self.probability) else f"{self.probability:.3f}"))
        if not np.isnan(self.chance_without_change):
            lines.append(
                line(
                    "若无系统变化，基期时看来的概率",
                    "the same chance seen from the base year, without any change",
                    f"{self.chance_without_change:.3f}",
                )
            )
        if self.flip_point is not None:
            lines.append(line("翻转点", "flip point", f"{self.flip_point:.1%}"))
        lines += [
            line("评判", "verdict", self.verdict.text),
            line("理由", "reason", self.judgement.reason),
            *(line("口径衔接", "bridge", bridge.words) for bridge in self.bridges),
            *((line("注意", "caution", self.note),) if self.note else ()),
            *((line("误判率", "error rates", self.error_rates.text),) if self.error_rates else ()),
            line("方法", "method", METHOD_TEXT if self.made.method == METHOD else COHORT_METHOD_TEXT),
            line("数据状态", "status", self.made.status.text),
        ]
        return Explanation(self.title, tuple(lines))

    def manifest(self) -> dict[str, Any]:
        """Seed, method, version, data fingerprint and status, and the bridges it rests on."""
        return with_bridges(self.made.as_dict(), self.bridges)

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw history, fan, the level to reach and what then happened.  绘制前景图。"""
        from .plots import plot_outlook

        return plot_outlook(self, ax, language=language)

    def plot_curve(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw P(fall >= d).  绘制概率曲线。"""
        from .plots import plot_curve

        return plot_curve(self, ax, language=language)


def largest_fall_met(ratios: Floats, evidence: float | None) -> float | None:
    """Return the largest d with P(ratio <= 1 - d) at or above the evidence demanded.  仍可评为“达成”的最大降幅。"""
    if not len(ratios) or evidence is None:
        return None
    # P(ratio <= x) >= evidence first holds at the evidence quantile, counted upwards.
    at = min(len(ratios) - 1, int(np.ceil(evidence * len(ratios))) - 1)
    return float(1 - np.partition(ratios, at)[at])


def verdict_row(
    *, target: str, title: Text, division: str, origin: int, by: int, readings: Mapping[str, Reading], probability: float,
    judgement: Judgement, actual: float | None, status: Status, base: float | None = None, threshold: float | None = None,
    chance_without_change: float = float("nan"), flip: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a row of the verdict table.  评判表中的一行。"""
    return {
        "target": target,
        "title_zh": title.zh,
        "title_en": title.en,
        "division": division,
        "origin": origin,
        "by": by,
        "reading": ";".join(f"{name}={reading.id}" for name, reading in readings.items()),
        "base": base,
        "threshold": threshold,
        "probability": probability,
        "chance_without_change": chance_without_change,
        "flip_point": flip,
        "verdict": str(judgement.verdict),
        "reason_zh": judgement.reason.zh,
        "reason_en": judgement.reason.en,
        "actual": actual,
        "status": str(status),
    }


def assess_target(
    data: Returns | IndicatorValues | PeriodLoads | CohortForecast | pd.Series | pd.DataFrame,
    *,
    target: str,
    plan: Plan,
    origin: int,
    by: int | None = None,
    reading: str | Mapping[str, str] | None = None,
    division: str | None = None,
    rng: int | np.random.Generator = 0,
    draws: int = 4000,
    status: Status | str = Status.REPORTED,
) -> Outlook:
    """Say how probable it is that a headline target will be met, standing at ``origin``.

    站在 origin 年，说明某项总目标到 by 年达成的概率并作出评判。

    Parameters
    ----------
    data : Returns, IndicatorValues, PeriodLoads, CohortForecast, Series indexed by year, or DataFrame with period and value
        Yearly loads of sewage (:func:`~suzhou_antidrug.summarise_loads`) bring their standard errors; release cohorts
        (:func:`~suzhou_antidrug.forecast_cohorts`) their draws, years being years of release. Values after ``origin`` are not used for the forecast; that of ``by`` is shown as what then happened.
    target : str
        Id of a headline target, for instance ``"relapse"``.
    by : int, optional
        Target year, the target's due year by default.
    reading : str or mapping, optional
        A reading of one of the target's ambiguities, or several by ambiguity.
    division : str, optional
        Id of a division; the city by default.

    Raises
    ------
    UnknownNameError
        Unknown target, division, ambiguity or reading; the nearest names are offered.
    SeriesError
        Values that no such indicator can take.

    Examples
    --------
    >>> import pandas as pd, suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> relapse = pd.Series([0.071, 0.069, 0.066, 0.064, 0.060], index=range(2016, 2021))
    >>> out = sa.assess_target(relapse, target="relapse", plan=plan, origin=2020)
    >>> 0 < out.probability < 1, out.by
    (True, 2022)
    """
    wanted = plan.target(target)
    place = plan.geography.city if division is None else plan.geography.resolve(division)
    readings = resolve_readings(wanted, plan, reading)
    indicator = chosen_indicator(wanted, plan, readings)
    if isinstance(data, Returns):
        data = compute_indicators(data, plan=plan)
    if isinstance(data, PeriodLoads):
        status, data = data.made.status, loads_of_place(data, place, readings)
    if isinstance(data, IndicatorValues):
        status = data.made.status
    bridges = data.bridges if isinstance(data, IndicatorValues) else ()
    until = wanted.due if by is None else by
    cohorts = cohort_data(data, indicator, origin=origin, by=until) if isinstance(data, CohortForecast) else None
    table = series_table(data, indicator=indicator, division=place.id) if cohorts is None else cohorts.table
    seed = rng if isinstance(rng, int) else None
    made = Made(METHOD, Status(status), fingerprint(table.reset_index().astype(str)), seed)
    if cohorts is not None:
        made = cohorts.forecast.made
    title = Text(f"{wanted.name.zh}({place.name.zh})", f"{wanted.name.en} ({place.name.en})")
    common: dict[str, Any] = {
        "target": target, "title": title, "group": wanted.group, "unit": indicator.unit, "division": place.id, "origin": origin, "by": until,
        "readings": readings, "clause": wanted.clause,
        "table": table, "bridges": used_bridges(bridges, indicator, table["definition"] if bridges else ()), "kind": SERIES_KINDS.get(indicator.kind, "rate"), "note": indicator.note, "made": made,
    }  # fmt: skip
    if refused := [r for r in readings.values() if not r.computable]:
        return _refused(common, refused[0])
    if wanted.group == "decrease":
        return _decrease(common, readings, rng, draws, cohorts)
    first = plan.last_year if any(r.binds == "last_year" for r in readings.values()) else plan.first_year
    return _commitment(common, table, wanted, indicator, first)


def used_bridges(
    bridges: tuple[DefinitionBridge, ...], indicator: Indicator, definitions: Iterable[object]
) -> tuple[DefinitionBridge, ...]:
    """Return the bridges that a series with such definitions rests on.  序列所依据的口径衔接。"""
    if not bridges or not set(definitions) & set(bridge_words(bridges, indicator.id)):
        return ()
    return tuple(b for b in bridges if b.indicator == indicator.id)


EMPTY: dict[str, Any] = {
    "base": None, "base_years": (), "minimum_fall": None, "threshold": None, "evidence": None,
    "samples": np.empty((0, 0)), "forecast_years": (), "ratios": np.empty(0), "chance_without_change": float("nan"),
}  # fmt: skip


def _refused(common: dict[str, Any], reading: Reading) -> Outlook:
    reason = Judgement(Verdict.NOT_ASSESSABLE, reading.why or reading.says)
    return Outlook(**common, **EMPTY, probability=float("nan"), judgement=reason)


def _decrease(
    common: dict[str, Any],
    readings: dict[str, Reading],
    rng: int | np.random.Generator,
    draws: int,
    cohorts: CohortData | None,
) -> Outlook:
    rule, by = fall_rule(readings), common["by"]
    if cohorts is None:
        found = assess_decrease(
            common["table"], kind=common["kind"], origin=common["origin"], by=by, rule=rule, draws=draws, rng=rng
        )
    else:
        found = assess_cohorts(cohorts, by=by, rule=rule)
    return Outlook(
        **common,
        base=None if np.isnan(found.base) else found.base,
        base_years=rule.base_years,
        minimum_fall=rule.minimum_fall,
        threshold=None if np.isnan(found.threshold) else found.threshold,
        evidence=rule.evidence,
        probability=found.probability,
        judgement=with_bridge_reasons(found.judgement, common["bridges"]),
        samples=found.samples,
        forecast_years=found.forecast_years,
        ratios=found.ratios,
        chance_without_change=found.chance_without_change,
    )


def with_bridge_reasons(judgement: Judgement, bridges: tuple[DefinitionBridge, ...]) -> Judgement:
    """Say in the reason of a verdict on a change which declarations it rests on.  在理由中写明所依据的衔接。"""
    reason = judgement.reason
    if judgement.verdict != Verdict.NOT_ASSESSABLE:
        for bridge in bridges:
            reason = join_reasons(reason, bridge.words)
    return Judgement(judgement.verdict, reason)


def _commitment(
    common: dict[str, Any],
    table: pd.DataFrame,
    target: Target,
    indicator: Indicator,
    first: int,
) -> Outlook:
    span = {"origin": common["origin"], "by": common["by"], "evidence": EVIDENCE}
    if target.group == "zero":
        found = assess_zero(table, first=first, **span)
    else:
        if not {"events", "exposure"} <= set(table.columns):
            table = table.assign(events=float("nan"), exposure=float("nan"))
        assert target.threshold is not None
        found = assess_share(table, threshold=target.threshold, basis=indicator.basis or "list", **span)
    details = EMPTY | {"threshold": target.threshold, "evidence": EVIDENCE}
    return Outlook(**common, **details, probability=found.probability, judgement=found.judgement)
