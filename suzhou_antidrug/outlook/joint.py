"""All targets and divisions together: P(all four), expected number met, how many of ten.

全部目标与地区合起来看：四项全部达成的概率、预期达成项数、十个单位中有几个达成。

Divisions of one indicator are forecast together, so that a common shock makes their errors alike. Between targets the
dependence is not known: a correlation is assumed and named, and the bounds that hold under any dependence stand beside
it (Fréchet: max(0, sum p - (m - 1)) <= P(all) <= min p).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..indicators.compute import IndicatorValues, compute_indicators
from ..plotting import COLOURS, finish, mark_status, new_axes, style
from ..provenance import Made, Status, derive_seed
from ..results import Explanation, Result, line
from ..returns.schema import Returns
from ..terms import Text, get_language
from .attainment import Outlook, assess_target
from .decrease import FallRule, same_definition, why_not_assessable
from .engine import METHOD, METHOD_TEXT, simulate
from .history import NUMBERS, History
from .readings import SERIES_KINDS, chosen_indicator, fall_rule, own_readings, resolve_readings, series_table
from .series import MINIMUM_VALUES, make_block, spread

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ..plan.model import Plan, Target

    Floats = NDArray[np.float64]

CORRELATION = 0.3  # between the errors of two targets of one city: an assumption, no data can tell it


@dataclass(frozen=True, slots=True, eq=False)
class DivisionHits:
    """Which divisions meet a decrease, draw by draw.  各抽样中哪些单位达成。"""

    target: str
    divisions: tuple[str, ...]  # those that can be assessed
    left_out: tuple[str, ...]  # not assessable
    hits: NDArray[np.bool_]  # (divisions, draws)

    @property
    def distribution(self) -> Floats:
        """P(exactly k of the assessable divisions meet it), k = 0, 1, ...  达成单位数的分布。"""
        counts = self.hits.sum(axis=0)
        shares: Floats = np.bincount(counts, minlength=len(self.divisions) + 1) / max(self.hits.shape[1], 1)
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class JointOutlook(Result):
    """The outlook of all targets and divisions together.  全部目标与地区的联合前景。"""

    outlooks: tuple[Outlook, ...]  # of the city, in order of the plan
    city_hits: Mapping[str, NDArray[np.bool_]]  # by target with a probability: (draws,)
    division_hits: tuple[DivisionHits, ...]
    names: Mapping[str, Text]
    correlation: float
    made: Made

    def _known(self, targets: Sequence[str] | None) -> list[str]:
        wanted = [o.target for o in self.outlooks] if targets is None else list(targets)
        return [t for t in wanted if t in self.city_hits]

    def probability_all(self, targets: Sequence[str] | None = None) -> float:
        """Return P(all targets are met), NaN where one of them has no probability.  全部达成的概率。"""
        wanted = [o.target for o in self.outlooks] if targets is None else list(targets)
        if not wanted or len(self._known(wanted)) < len(wanted):
            return float("nan")
        share = float(np.all([self.city_hits[t] for t in wanted], axis=0).mean())
        return float(np.clip(share, *self.bounds_all(wanted)))  # the error of simulation must not leave what must hold

    def bounds_all(self, targets: Sequence[str] | None = None) -> tuple[float, float]:
        """Return the bounds of P(all) under any dependence; a target without a probability counts as 0 to 1."""
        wanted = [o.target for o in self.outlooks] if targets is None else list(targets)
        chances = {o.target: o.probability for o in self.outlooks}
        low = [0.0 if np.isnan(chances[t]) else chances[t] for t in wanted]
        high = [1.0 if np.isnan(chances[t]) else chances[t] for t in wanted]
        return max(0.0, sum(low) - (len(wanted) - 1)), min(high, default=1.0)

    @property
    def expected_met(self) -> tuple[float, float]:
        """The expected number of targets met; from without to with those that have no probability.  预期达成项数。"""
        known = sum(o.probability for o in self.outlooks if not np.isnan(o.probability))
        unknown = sum(bool(np.isnan(o.probability)) for o in self.outlooks)
        return float(known), float(known + unknown)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a decrease and number of divisions: P(exactly k), P(at least k)."""
        import pandas as pd

        rows = []
        for found in self.division_hits:
            exact = found.distribution
            at_least = np.cumsum(exact[::-1])[::-1]
            rows += [
                {"target": found.target, "divisions": k, "of": len(found.divisions), "not_assessable": len(found.left_out),
                 "probability": exact[k], "at_least": at_least[k]}
                for k in range(len(exact))
            ]  # fmt: skip
        columns = ["target", "divisions", "of", "not_assessable", "probability", "at_least"]
        return pd.DataFrame(rows, columns=columns)

    def explain(self) -> Explanation:
        """P(all four decreases) with its bounds, expected numbers, and what was assumed."""
        decreases = [o.target for o in self.outlooks if o.group == "decrease"]
        low, high = self.bounds_all(decreases)
        together = self.probability_all(decreases)
        few, many = self.expected_met
        lines = [
            line("各项下降全部达成", "all decreases met", "-" if np.isnan(together) else f"{together:.2f}"),
            line("任何相依关系下的界限", "bounds under any dependence", f"{low:.2f} - {high:.2f}"),
            line("预期达成项数", "targets expected to be met", f"{few:.1f} - {many:.1f} / {len(self.outlooks)}"),
            line("目标间误差相关(假定)", "correlation between targets (assumed)", f"{self.correlation:g}"),
        ]
        for found in self.division_hits:
            expected = float(found.hits.sum(axis=0).mean()) if found.divisions else float("nan")
            name = next(o.title for o in self.outlooks if o.target == found.target)
            lines.append((name, Text(
                f"预期 {expected:.1f}/{len(found.divisions)} 个单位达成，另有 {len(found.left_out)} 个不可评",
                f"{expected:.1f} of {len(found.divisions)} divisions expected to meet it; {len(found.left_out)} not assessable",
            )))  # fmt: skip
        lines += [line("方法", "method", METHOD_TEXT), line("数据状态", "status", self.made.status.text)]
        return Explanation(Text("联合前景", "Joint outlook"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw for each decrease how many divisions are likely to meet it.  绘制达成单位数的分布。"""
        with style(language):
            ax = new_axes(ax, width=8.0, height=3.8)
            shown = [found for found in self.division_hits if found.divisions]
            width = 0.8 / max(len(shown), 1)
            palette = [COLOURS[c] for c in ("forecast", "target", "met", "insufficient_evidence")]
            for i, found in enumerate(shown):
                exact = found.distribution
                title = next(o.title for o in self.outlooks if o.target == found.target).in_language(get_language())
                ax.bar(
                    np.arange(len(exact)) + (i - (len(shown) - 1) / 2) * width, exact, width=width,
                    color=palette[i % len(palette)], label=title.split("(")[0].strip(),
                )  # fmt: skip
            ax.set_xlabel(str(Text("达成的单位数", "divisions that meet it")))
            ax.set_ylabel(str(Text("概率", "probability")))
            ax.set_xticks(range(max((len(f.distribution) for f in shown), default=1)))
            ax.legend()
            mark_status(ax, self.made.status)
            return finish(ax)


def assess_jointly(
    data: Returns | IndicatorValues,
    *,
    plan: Plan,
    origin: int,
    by: int | None = None,
    readings: Mapping[str, str] | None = None,
    divisions: Sequence[str] | None = None,
    correlation: float = CORRELATION,
    draws: int = 4000,
    seed: int = 0,
) -> JointOutlook:
    """Assess all targets and divisions together, with dependence.

    联合评估全部目标与地区，计入相依关系。

    Divisions of one indicator share a common shock in the forecaster. The errors of different targets of the city are
    given the rank correlation ``correlation`` (a Gaussian copula), an assumption; ``bounds_all`` needs none.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for an unknown reading or division.

    >>> import suzhou_antidrug as sa
    >>> joint = sa.assess_jointly(sa.load_synthetic_returns(), plan=sa.load_plan("suzhou-2020"), origin=2021, draws=500)
    >>> low, high = joint.bounds_all(["wastewater", "relapse"])
    >>> low <= joint.probability_all(["wastewater", "relapse"]) <= high
    True
    """
    if not 0 <= correlation < 1:
        raise ValueError(f"correlation must lie in 0 to below 1, got {correlation}")
    plan.require_targets()
    values = data if isinstance(data, IndicatorValues) else compute_indicators(data, plan=plan)
    places = plan.geography.ids if divisions is None else tuple(plan.geography.resolve(d).id for d in divisions)
    outlooks, found = [], []
    for target in plan.targets:
        own = own_readings(target, readings)
        name_seed = derive_seed(seed, plan.id, target.id, "joint", origin)
        outlooks.append(
            assess_target(
                values, target=target.id, plan=plan, origin=origin, by=by, reading=own, draws=draws, rng=name_seed
            )
        )
        if target.group == "decrease":
            until = target.due if by is None else by
            found.append(_division_hits(values, target, plan, own, places, origin, until, draws, name_seed))
    made = Made(METHOD, Status(values.made.status), values.made.fingerprint, seed)
    names = plan.geography.place_names
    hits = _city_hits(outlooks, correlation, draws, np.random.default_rng(derive_seed(seed, plan.id, "copula", origin)))
    return JointOutlook(tuple(outlooks), hits, tuple(found), names, correlation, made)


def _city_hits(
    outlooks: list[Outlook], correlation: float, draws: int, rng: np.random.Generator
) -> dict[str, NDArray[np.bool_]]:
    """Return for each target with a probability whether it is met, draw by draw, with correlated ranks."""
    from scipy.special import ndtr

    known = [o for o in outlooks if not np.isnan(o.probability)]
    if not known:
        return {}
    # One common factor, so that any two targets correlate as asked.
    common, own = rng.standard_normal(draws), rng.standard_normal((len(known), draws))
    z = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    return {o.target: ndtr(z[i]) < o.probability for i, o in enumerate(known)}


def _division_hits(
    values: IndicatorValues,
    target: Target,
    plan: Plan,
    reading: Mapping[str, str] | None,
    places: Sequence[str],
    origin: int,
    by: int,
    draws: int,
    seed: int,
) -> DivisionHits:
    """Forecast the divisions of one decrease together and say in which draws each meets it."""
    readings = resolve_readings(target, plan, reading)
    indicator = chosen_indicator(target, plan, readings)
    rule = fall_rule(readings)
    histories: dict[str, History] = {}
    if all(r.computable for r in readings.values()) and indicator.by_division:
        for place in places:
            known = History.of(series_table(values, indicator=indicator, division=place), origin)
            if why_not_assessable(known, rule.base_years) is None and known.at(rule.base_years).mean() > 0:
                history = same_definition(known)
                if len(history) >= MINIMUM_VALUES and history.last < by:
                    histories[place] = history
    left_out = tuple(p for p in places if p not in histories)
    if not histories:
        return DivisionHits(target.id, (), left_out, np.zeros((0, draws), dtype=bool))
    hits = _simulate_together(histories, rule, indicator.kind, by, draws, np.random.default_rng(seed))
    return DivisionHits(target.id, tuple(histories), left_out, hits)


def _simulate_together(
    histories: Mapping[str, History], rule: FallRule, kind: str, by: int, draws: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    all_ = list(histories.values())
    codes = np.concatenate([np.full(len(h), i) for i, h in enumerate(all_)])
    steps = np.concatenate([h.years for h in all_])
    columns = {name: np.concatenate([getattr(h, name) for h in all_]) for name in NUMBERS}
    columns = {name: column for name, column in columns.items() if name == "value" or np.isfinite(column).any()}
    grids, last = spread(codes, steps, columns, len(all_))
    block = make_block(
        grids.pop("value"), kind=SERIES_KINDS.get(kind, "rate"), group=np.zeros(len(all_), dtype=int), **grids
    )
    samples = simulate(block, int((by - last).max()), draws=draws, rng=rng)
    hits = np.ones((len(all_), draws), dtype=bool)
    for i, history in enumerate(all_):
        line_ = (1 - rule.minimum_fall) * float(history.at(rule.base_years).mean()) * (1 + 1e-9)
        for year in range(by - rule.consecutive_years + 1, by + 1):
            if year > last[i]:
                hits[i] &= samples[i, :, year - last[i] - 1] <= line_
            else:
                hits[i] &= bool(np.nan_to_num(history.at([year])[0], nan=np.inf) <= line_)
    return hits
