"""Every headline target for thousands of places: the rows of the verdict table, without an object for each.

成千上万个地区的全部总目标：只给评判表的各行，不为每项另建对象。

The same judgements as :func:`~suzhou_antidrug.outlook.attainment.assess_target` makes, from the same seeds, with alike series
simulated together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..indicators.compute import IndicatorValues, compute_indicators
from ..provenance import Made, derive_seed
from ..results import Explanation, Result, line
from ..returns.schema import Returns
from ..terms import Text
from ..verdicts import Judgement, Verdict
from .attainment import EVIDENCE, largest_fall_met, used_bridges, verdict_row, with_bridge_reasons
from .commitment import judge_share, judge_zero
from .decrease import Decrease, judge_history, judge_together, same_definition
from .history import History
from .pooled_prior import no_sums, prior_sums
from .readings import SERIES_KINDS, chosen_indicator, fall_rule, own_readings, resolve_readings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..plan.model import Indicator, Plan, Reading, Target
    from .pooled_prior import PriorSums
    from .priors import Prior

NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class PlaceOutlooks(Result):
    """The verdict table of many places.  多个地区的评判表。

    ``frame`` has the columns of :attr:`~suzhou_antidrug.outlook.attainment.Outlook.frame`, one row a target and place.
    """

    table: pd.DataFrame
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a target and place."""
        return self.table.copy()

    def counts(self) -> pd.DataFrame:
        """Return how many places got which verdict, columns ``target`` and the four verdicts.  各目标的评判计数。"""
        return count_verdicts(self.table)

    def explain(self) -> Explanation:
        """How many places got which verdict, target by target."""
        counted = self.counts().set_index("target")
        titles = self.table.drop_duplicates("target").set_index("target")

        def told(target: Any) -> Text:
            found = [(v, int(counted.loc[target, str(v)])) for v in Verdict]
            return Text(
                "，".join(f"{v.text.zh} {n}" for v, n in found if n),
                ", ".join(f"{v.text.en} {n}" for v, n in found if n),
            )

        lines = [(_without_place(titles.loc[t]), told(t)) for t in counted.index]
        return Explanation(
            Text("各地区总目标评判", "Headline targets by place"),
            (*lines, line("数据状态", "status", self.made.status.text)),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the share of places with each verdict, target by target.  绘制各目标各类评判所占比例。"""
        from .plots import plot_verdict_shares

        titles = self.table.drop_duplicates("target").set_index("target")
        names = {str(t): _without_place(titles.loc[t]) for t in titles.index}
        return plot_verdict_shares(self.counts(), names, self.made.status, ax, language=language)


def _without_place(row: pd.Series) -> Text:
    return Text(row["title_zh"].rsplit("(", 1)[0].strip(), row["title_en"].rsplit("(", 1)[0].strip())


def count_verdicts(table: pd.DataFrame, by: Sequence[str] = ("target",)) -> pd.DataFrame:
    """Return how many rows bear which verdict, by some columns, in their first order.  按列统计评判数。"""
    counted = table.groupby([*by, "verdict"], sort=False).size().unstack("verdict", fill_value=0)
    return counted.reindex(columns=[str(v) for v in Verdict], fill_value=0).rename_axis(columns=None).reset_index()


def assess_places(
    data: Returns | IndicatorValues,
    *,
    plan: Plan,
    origin: int,
    by: int | None = None,
    readings: Mapping[str, str] | None = None,
    divisions: Sequence[str] | None = None,
    city: bool = True,
    draws: int = 4000,
    seed: int = 0,
    prior: Prior | None = None,
) -> PlaceOutlooks:
    """Assess every headline target for many places at once.  一次评判多个地区的全部总目标。

    Parameters
    ----------
    data : Returns or IndicatorValues
        What places reported.
    origin, by : int
        Year to stand in; target year, each target's due year by default.
    readings : mapping, optional
        Reading by ambiguity, applied where a target has that ambiguity.
    divisions : sequence of str, optional
        Ids of divisions, all of the plan by default.
    city : bool
        Whether the whole is assessed too.
    seed : int
        The seed of a row derives from it, plan, target, place and origin: no order of work changes a number.
    prior : Prior, optional
        Of the forecaster, the bundled one by default; see :func:`~suzhou_antidrug.outlook.pooled_prior.pool_prior`.

    Returns
    -------
    PlaceOutlooks
        ``.frame``: the rows that :func:`~suzhou_antidrug.outlook.attainment.assess_target` gives one by one.

    Raises
    ------
    PlanError, UnknownNameError, SeriesError
        A plan without headline targets; an unknown reading or division; values that no such indicator can take.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> table = sa.assess_places(sa.load_synthetic_returns(), plan=sa.load_plan("suzhou-2020"), origin=2021, draws=500)
    >>> len(table.frame), table.counts().columns[1:].tolist()
    (132, ['met', 'not_met', 'insufficient_evidence', 'not_assessable'])
    """
    import pandas as pd

    plan.require_targets()
    values = data if isinstance(data, IndicatorValues) else compute_indicators(data, plan=plan)
    for name, reading in (readings or {}).items():
        plan.ambiguity(name).reading(reading)
    names = plan.geography.place_names
    own = plan.geography.ids if divisions is None else tuple(plan.geography.resolve(d).id for d in divisions)
    whole = (plan.geography.city.id,) if city else ()
    rows: list[dict[str, Any]] = []
    for target in plan.targets:
        chosen = resolve_readings(target, plan, own_readings(target, readings))
        case = _Case(values, plan, names, target, chosen, origin, target.due if by is None else by, draws, seed, prior)
        rows += case.rows((*whole, *own) if plan.indicator(target.indicator).by_division else whole)
    made = Made("assess_places", values.made.status, values.made.fingerprint, seed)
    return PlaceOutlooks(pd.DataFrame(rows), made)


def sum_prior(
    values: IndicatorValues, *, plan: Plan, origin: int, readings: Mapping[str, str] | None = None
) -> PriorSums:
    """Return what the decreases of all places up to ``origin`` tell of the forecaster's models, as sums.  先验总和。"""
    total = no_sums()
    for target in plan.targets:
        if target.group != "decrease":
            continue
        indicator = chosen_indicator(target, plan, resolve_readings(target, plan, own_readings(target, readings)))
        if indicator.by_division:
            known = [h for _, h in _histories(values, indicator, plan.geography.ids, origin)]
            kept = [same_definition(h) for h in known if len(h)]
            total = total + prior_sums(kept, kind=SERIES_KINDS.get(indicator.kind, "rate"))
    return total


@dataclass(frozen=True, slots=True)
class _Case:
    """One target, on its way to a row for every place."""

    values: IndicatorValues
    plan: Plan
    names: Mapping[str, Text]
    target: Target
    readings: Mapping[str, Reading]
    origin: int
    by: int
    draws: int
    seed: int
    prior: Prior | None

    def rows(self, places: Sequence[str]) -> list[dict[str, Any]]:
        indicator = chosen_indicator(self.target, self.plan, self.readings)
        if refused := [r for r in self.readings.values() if not r.computable]:
            reason = Judgement(Verdict.NOT_ASSESSABLE, refused[0].why or refused[0].says)
            later = dict(_histories(self.values, indicator, places, self.by))
            return [self._row(p, later[p], reason, NAN) for p in places]
        if self.target.group == "decrease":
            return self._decreases(indicator, places)
        return self._commitments(indicator, places)

    def _row(self, place: str, whole: History, judgement: Judgement, probability: float, **more: Any) -> dict[str, Any]:
        name = self.names[place]
        title = Text(f"{self.target.name.zh}({name.zh})", f"{self.target.name.en} ({name.en})")
        actual = float(whole.at([self.by])[0]) if self.by > self.origin else NAN
        return verdict_row(
            target=self.target.id, title=title, division=place, origin=self.origin, by=self.by, readings=self.readings,
            probability=probability, judgement=judgement, actual=None if np.isnan(actual) else actual,
            status=self.values.made.status, **more,
        )  # fmt: skip

    def _decreases(self, indicator: Indicator, places: Sequence[str]) -> list[dict[str, Any]]:
        rule, kind = fall_rule(self.readings), SERIES_KINDS.get(indicator.kind, "rate")
        later = dict(_histories(self.values, indicator, places, max(self.by, self.origin)))
        cases = (
            judge_history(
                later[place].until(self.origin), kind=kind, by=self.by, rule=rule, draws=self.draws,
                rng=np.random.default_rng(derive_seed(self.seed, self.plan.id, self.target.id, place, self.origin)),
            )
            for place in places
        )  # fmt: skip
        rows: dict[int, dict[str, Any]] = {}

        def keep(
            i: int, found: Decrease
        ) -> None:  # the draws go with the judgement: thousands of them would fill memory
            told = self.values.yearly_arrays(indicator.id, places[i])["definition"] if self.values.bridges else ()
            judgement = with_bridge_reasons(found.judgement, used_bridges(self.values.bridges, indicator, told))
            rows[i] = self._row(
                places[i], later[places[i]], judgement, found.probability,
                base=None if np.isnan(found.base) else found.base,
                threshold=None if np.isnan(found.threshold) else found.threshold,
                chance_without_change=found.chance_without_change,
                flip=largest_fall_met(found.ratios, rule.evidence),
            )  # fmt: skip

        judge_together(cases, keep, prior=self.prior)
        return [rows[i] for i in range(len(places))]

    def _commitments(self, indicator: Indicator, places: Sequence[str]) -> list[dict[str, Any]]:
        last_year = any(r.binds == "last_year" for r in self.readings.values())
        first = self.plan.last_year if last_year else self.plan.first_year
        rows = []
        for place, whole in _histories(self.values, indicator, places, max(self.by, self.origin)):
            known = whole.until(self.origin)
            if self.target.group == "zero":
                found = judge_zero(known, origin=self.origin, by=self.by, first=first, evidence=EVIDENCE)
            else:
                assert self.target.threshold is not None
                told = np.isfinite(known.events) & (known.exposure > 0)
                found = judge_share(
                    known.years[told], known.events[told], known.exposure[told], origin=self.origin, by=self.by,
                    threshold=self.target.threshold, basis=indicator.basis or "list", evidence=EVIDENCE,
                )  # fmt: skip
            rows.append(self._row(place, whole, found.judgement, found.probability, threshold=self.target.threshold))
        return rows


def _histories(
    values: IndicatorValues, indicator: Indicator, places: Iterable[str], until: int
) -> Iterable[tuple[str, History]]:
    """Yield each place with its reported years of an indicator up to ``until``."""
    parts = indicator.needs_parts and indicator.kind != "occurrence"
    for place in places:
        rows = values.yearly_arrays(indicator.id, place)
        nothing = np.full(len(rows["year"]), np.nan)
        whole = History(
            rows["year"], rows["value"], rows["numerator"] if parts else nothing, rows["denominator"] if parts else nothing,
            nothing, rows["definition"],
        )  # fmt: skip
        yield place, whole.take((whole.years <= until) & np.isfinite(whole.value))
