"""Synthetic returns with known truth, made from a plan and a seed.

由规划和随机种子生成的合成报表，真值已知。

No figure here is about a real place. The true level of every division and year is drawn first, by the kind of the
indicator; what a division "reports" is then drawn around it:

=============  ======================================================================  =========================
kind           true level                                                              reported
=============  ======================================================================  =========================
load           log-normal over divisions, moving in equal log steps from the base      log-normal noise, seasons
               year to the last
rate           the same                                                                Poisson, by exposure
proportion     the same, as a share                                                    binomial; Beta for weights
coverage       rises from its first year to 1 (or to the thresholds of the plan)       as it is; binomial where
                                                                                       the basis is a survey
occurrence     0, but for a fixed number of events in drawn places and years           the events
count, index   around the thresholds of the plan                                       Poisson, normal
=============  ======================================================================  =========================

The headline decreases truly change by :data:`~suzhou_antidrug.returns.synthetic_truth.DECREASES` in turn for the city as a
whole: two of them fall by a margin, one hardly, one rises. Exposures are census populations where a bundled table has them, else invented sizes. A few reports
are missing and one division changes a definition, so that verdicts of ``not_assessable`` occur.

``python -m suzhou_antidrug.returns.synthetic`` writes the bundled files anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..datasets import data_path, data_root
from ..errors import refusal
from ..provenance import Status
from .output import write_file
from .reader import read_returns
from .schema import Returns, main_indicators, period_text, periods_of, reporting_divisions, value_is_numerator
from .synthetic_truth import Levels, World, draw_world, true_levels

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..plan.model import Indicator, Plan

SEED = 20200516
MARGINS = (0.1, 0.2, 0.3)
SEASON = (1.06, 0.97, 0.94, 1.03)
LOAD_NOISE = 0.12  # of a quarter's load, standard deviation of the logarithm
COLUMNS = (
    "status",
    "indicator",
    "division",
    "period",
    "numerator",
    "denominator",
    "value",
    "unit",
    "source",
    "definition",
    "note",
)


def make_synthetic_returns(
    plan: Plan, *, seed: int = SEED, years: Sequence[int] | None = None
) -> tuple[Returns, pd.DataFrame]:
    """Return synthetic returns of a plan and the truth behind them.  生成合成报表及其真值。

    ``years`` runs from two years before the plan's base year to its last year unless given. The truth has one row per
    target and division, and one for the city: ``base_level`` and ``last_level`` (true levels in the base year and in the
    last, in the indicator's unit), ``true_change`` (relative; NaN where the base is 0), ``truly_met`` (for targets with a
    threshold) and ``truly_met_10``, ``_20``, ``_30`` (for decreases, by the smallest fall that counts).

    >>> import suzhou_antidrug as sa
    >>> returns, truth = make_synthetic_returns(sa.load_plan("suzhou-2020"), seed=1)
    >>> returns.made.status.value, sorted(truth["target"].unique())[:2]
    ('synthetic', ['cultivation', 'drug_related_crime'])
    """
    import pandas as pd

    if not plan.geography.divisions:
        raise refusal(
            "no_divisions",
            f"the plan {plan.id} names no divisions that could report.",
            f"规划 {plan.id} 没有列出可填报的地区。",
            "Hand in returns of the whole area, or give the plan its divisions under geography.",
            "请提交全域的报表，或在规划的 geography 下列出地区。",
            value=plan.id,
        )
    world = draw_world(plan, seed, years)
    indicators = main_indicators(plan)
    levels = {indicator.id: true_levels(world, indicator) for indicator in indicators}
    rows = [row for indicator in indicators for row in _report(world, indicator, levels[indicator.id])]
    frame = _with_gaps(world, pd.DataFrame(rows, columns=list(COLUMNS)))
    returns = Returns.from_frame(frame, plan=plan, name="synthetic")
    return replace(returns, made=replace(returns.made, seed=seed, method="make_synthetic_returns")), _truth(
        world, levels
    )


def _report(world: World, indicator: Indicator, levels: Levels) -> list[tuple[Any, ...]]:
    """Return the rows that divisions hand in."""
    rng = world.rng(f"{indicator.id} reported")
    rows = []
    for number, division in enumerate(reporting_divisions(world.plan, indicator)):
        key, note = ("synthetic", indicator.id, division), _note(world, indicator, division)
        for column, year in enumerate(world.years):
            for part, period in enumerate(periods_of(indicator, [year])):
                numbers = _draw(indicator, levels, number, column, part, rng)
                rows.append((*key, period_text(period), *numbers, indicator.unit, world.source, "", note))
    return rows


def _note(world: World, indicator: Indicator, division: str) -> str:
    if indicator.denominator is None:
        return ""
    if indicator.denominator.unit == "inhabitants" and division in world.census:
        return f"分母为2020年普查人口({Status(world.census[division]).text.zh}) census 2020, {world.census[division]}"
    return "分母为虚构 invented denominator"


def _draw(
    indicator: Indicator, levels: Levels, number: int, column: int, part: int, rng: np.random.Generator
) -> tuple[float | int | None, float | int | None, float | int | None]:
    """Return numerator, denominator and value of one report."""
    true, exposure = float(levels.true[number, column]), float(levels.exposure[number])
    if levels.events is not None:
        events = int(levels.events[number, column])
        return (events, int(exposure), None) if indicator.needs_parts else (None, None, events)
    if indicator.kind == "load":
        return None, None, round(true * SEASON[part % 4] * float(rng.lognormal(0, LOAD_NOISE)), 2)
    if value_is_numerator(indicator):
        return None, None, int(max(rng.poisson(true * 1.2), int(true)))
    if not indicator.needs_parts:
        return None, None, round(float(rng.normal(true, 0.02)), 2)
    assert indicator.denominator is not None
    if indicator.denominator.unit == "kg":
        return round(exposure * float(rng.beta(true * 60, (1 - true) * 60)), 2), round(exposure, 2), None
    if levels.exact:
        return round(true * exposure), int(exposure), None
    if indicator.unit == "share":
        return int(rng.binomial(int(exposure), true)), int(exposure), None
    return int(rng.poisson(true * exposure / indicator.per)), int(exposure), None


def _with_gaps(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Blank a few reports and let one division change a definition.

    Missing are: one zero target without events in the last year, one quarter or year of the first decrease before the
    plan, and two reports of other indicators. The definition of the third decrease changes in one division.
    """
    plan, rng = world.plan, world.rng("gaps")
    numbers = ["numerator", "denominator", "value"]
    year = frame["period"].str[:4].astype(int)
    decreases = [t.indicator for t in plan.targets if t.group == "decrease"]
    zeros = [t.indicator for t in plan.targets if t.group == "zero"]
    events = frame[numbers].fillna(0)[["numerator", "value"]].sum(axis=1).where(frame["indicator"].isin(zeros))
    quiet = [i for i in zeros if not events[frame["indicator"] == i].any()]
    other = ~frame["indicator"].isin([t.indicator for t in plan.targets])
    choices = [
        ((frame["indicator"].isin(quiet[:1])) & (year == plan.last_year), 1),
        ((frame["indicator"].isin(decreases[:1])) & (year < plan.base_year), 1),
        (other & (year == plan.first_year), 2),
    ]
    for choice, count in choices:
        found = frame.index[choice]
        if len(found):
            blank = rng.choice(found, size=min(count, len(found)), replace=False)
            frame.loc[blank, numbers] = None
            frame.loc[blank, "note"] = "缺报 missing"
    changed = frame["indicator"].isin(decreases[2:3])
    division = rng.choice(plan.geography.ids)
    later = changed & (frame["division"] == division) & (year > plan.first_year)
    frame.loc[changed, "definition"] = "口径甲(虚构) definition A (invented)"
    frame.loc[later, "definition"] = "口径乙(虚构) definition B (invented)"
    return frame


def _truth(world: World, levels: dict[str, Levels]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    plan = world.plan
    rows = []
    first, last = world.years.index(plan.base_year), world.years.index(plan.last_year)
    within = [n for n, year in enumerate(world.years) if year in plan.years]
    for target in plan.targets:
        indicator, known = plan.indicators[target.indicator], levels[target.indicator]
        pooled = (
            known.true.sum(axis=0)
            if known.events is not None
            else np.average(known.true, axis=0, weights=known.exposure)
        )
        places = dict(zip(reporting_divisions(world.plan, indicator), known.true, strict=True))
        for place, path in (places | {plan.geography.city.id: pooled}).items():
            base, end = float(path[first]), float(path[last])
            change = end / base - 1 if base else float("nan")
            if target.group == "zero":
                met: object = bool(path[within].sum() == 0)
            else:
                met = None if target.threshold is None else bool(end >= target.threshold - 1e-12)
            falls = [bool(change <= -m) if target.group == "decrease" else None for m in MARGINS]
            rows.append((world.source, target.id, indicator.id, place, base, end, change, met, *falls))
    names = ["source", "target", "indicator", "division", "base_level", "last_level", "true_change", "truly_met"]
    return pd.DataFrame(rows, columns=[*names, *(f"truly_met_{m * 100:.0f}" for m in MARGINS)])


def synthetic_files(plan: Plan, *, seed: int = SEED) -> dict[str, bytes]:
    """Return the bundled synthetic files as bytes, by name.  合成数据文件内容。"""
    import pandas as pd

    returns, truth = make_synthetic_returns(plan, seed=seed)
    frame = returns.frame.assign(period=[period_text(p) for p in returns.frame["period"]], status="synthetic")
    whole = frame[["numerator", "denominator", "value"]].map(lambda v: "" if pd.isna(v) else f"{v:.10g}")
    frame = frame.assign(**{c: whole[c] for c in whole})[list(COLUMNS)]
    rounded = truth.assign(**{c: truth[c].round(6) for c in ("base_level", "last_level", "true_change")})
    place = plan.geography.id
    return {
        f"{place}_returns.csv": frame.to_csv(index=False, lineterminator="\n").encode(),
        f"{place}_truth.csv": rounded.to_csv(index=False, lineterminator="\n").encode(),
    }


def load_synthetic_returns(plan: Plan | None = None) -> Returns:
    """Return the bundled synthetic returns of Suzhou; no figure in them is real.  读取自带的合成报表(非真实数据)。

    >>> returns = load_synthetic_returns()
    >>> str(returns.made.status)
    'synthetic'
    """
    from ..plan import load_plan

    plan = plan or load_plan("suzhou-2020")
    returns = read_returns(data_path("synthetic", f"{plan.geography.id}_returns.csv"), plan=plan)
    return replace(returns, made=replace(returns.made, seed=SEED))


def load_synthetic_truth(place: str = "suzhou") -> pd.DataFrame:
    """Return the truth behind the bundled synthetic returns.  读取合成报表的真值。

    >>> truth = load_synthetic_truth()
    >>> "indicator" in truth.columns and len(truth) > 100
    True
    """
    import pandas as pd

    truth = pd.read_csv(data_path("synthetic", f"{place}_truth.csv"))
    met = [c for c in truth if c.startswith("truly_met")]
    return truth.astype(dict.fromkeys(met, "boolean"))


def main() -> None:
    """Write the bundled synthetic files anew.  重新生成自带的合成数据。"""
    from ..plan import load_plan

    folder = data_root() / "synthetic"
    folder.mkdir(exist_ok=True)
    for name, data in synthetic_files(load_plan("suzhou-2020")).items():
        write_file(folder / name, data, overwrite=True)


if __name__ == "__main__":
    main()
