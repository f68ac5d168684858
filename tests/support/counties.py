"""A made-up plan of many counties and many indicators, for speed and for independence from Suzhou's figures."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.rules.loader import AppraisalRules
from suzhou_antidrug.appraisal.rules.model import AppraisalRuleFile
from suzhou_antidrug.geography import Division, Geography
from suzhou_antidrug.indicators.compute import IndicatorValues
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.provenance import Made, Status
from suzhou_antidrug.terms import Text


@cache
def county_plan(places: int, items: int) -> Plan:
    """Return a plan with ``items`` coverages by survey, three milestones each, in six tasks."""
    plan = sa.load_plan("suzhou-2020")
    pattern = plan.indicator("high_risk_education_coverage").model_copy(update={"basis": "survey"})
    task = plan.task(3)
    named = [f"cover_{i:02d}" for i in range(items)]
    indicators = {n: pattern.model_copy(update={"id": n}) for n in named}
    tasks = []
    for t in range(6):
        own = named[t::6]
        milestones = tuple(
            m.model_copy(update={"id": f"{n}-{m.year}", "indicator": n, "task": t + 1, "ambiguities": ()})
            for n in own
            for m in task.milestones
        )
        tasks.append(task.model_copy(update={"number": t + 1, "milestones": milestones, "deliverables": (), "category": plan.categories[t].id}))  # fmt: skip
    geography = Geography(
        id="counties",
        city=Division("nation", Text("全国", "nation")),
        divisions=tuple(Division(f"c{i:04d}", Text(f"县{i}", f"county {i}")) for i in range(places)),
    )
    return plan.model_copy(update={"id": "counties", "indicators": indicators, "tasks": tuple(tasks), "geography": geography})  # fmt: skip


def county_values(plan: Plan, *, seed: int = 0, sample: int = 400, missing: float = 0.0) -> IndicatorValues:
    """Return survey figures of every county, indicator and year."""
    rng = np.random.default_rng(seed)
    places = ["nation", *plan.geography.ids]
    index = pd.MultiIndex.from_product([plan.indicators, places, plan.years], names=["indicator", "division", "year"])
    k = rng.binomial(sample, rng.beta(18, 2, len(index))).astype(float)
    k[rng.random(len(index)) < missing] = np.nan
    table = index.to_frame(index=False)
    table["period"] = table["year"].map({y: pd.Period(year=y, freq="Y") for y in plan.years})
    gone = np.isnan(k)
    table = table.assign(
        numerator=k, denominator=np.where(gone, np.nan, sample), value=k / sample, low=k / sample, high=k / sample, method="survey",
        unit="share", reported=np.where(gone, 0, 1), expected=1, definition="", status=np.where(gone, "missing", "synthetic"),
    )  # fmt: skip
    return IndicatorValues(table.drop(columns="year"), Made("made up", Status.SYNTHETIC, f"seed {seed}"))


def county_rules(plan: Plan) -> AppraisalRules:
    """Return the default scales put to every indicator of a plan."""
    file = sa.appraisal.rules.loader.load_appraisal_rules("suzhou-default", plan=sa.load_plan("suzhou-2020")).file
    items = [{"task": t.number, "indicator": n, "points": "10", "scale": "share_path"} for t in plan.tasks for n in dict.fromkeys(m.indicator for m in t.milestones)]  # fmt: skip
    data = file.model_dump(by_alias=True) | {"id": "counties", "plan": plan.id, "items": tuple(items), "vetoes": ()}
    return AppraisalRules(AppraisalRuleFile.model_validate(data, strict=False), "made up")
