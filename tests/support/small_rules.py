"""Small rule files for the plan of Suzhou, made in a test, and checked as a file would be."""

from __future__ import annotations

from typing import Any

import pandas as pd

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.rules.checks import check_rules
from suzhou_antidrug.appraisal.rules.loader import AppraisalRules
from suzhou_antidrug.appraisal.rules.model import AppraisalRuleFile
from suzhou_antidrug.plan.strict_yaml import Placed

NAME = {"zh": "编造", "en": "made up"}
LEVELS = ({"id": "none", "name": NAME, "share": "0"}, {"id": "half", "name": NAME, "share": "0.5"}, {"id": "done", "name": NAME, "share": "1"})  # fmt: skip
SCALES: dict[str, dict[str, Any]] = {
    "all": {"kind": "milestone"},
    "share": {"kind": "linear", "zero": {"at": "0"}, "full": {"at": "1"}},  # a share scores itself
    "short": {"kind": "deduction", "each": "1", "of": "units_short"},
    "event": {"kind": "deduction", "each": "1"},
    "levels": {"kind": "levels", "levels": LEVELS},
}
GRADES = tuple({"grade": g, "name": NAME, "from": at} for g, at in (("A", "90"), ("B", "80"), ("C", "60"), ("D", "0")))


def rules_of(plan: Any, items: list[dict[str, Any]], *, scales: dict[str, Any] | None = None, digits: int = 2, mode: str = "half_up", before: bool = True, **keys: Any) -> AppraisalRules:  # fmt: skip
    """Return rules with these items; points 10 and a share that scores itself unless said."""
    used = {n: {"name": NAME, "status": "synthetic", **s} for n, s in (SCALES | (scales or {})).items()}
    data = {
        "schema_version": 1, "id": "small", "version": "1", "plan": plan.id, "name": NAME, "status": "synthetic", "why": NAME,
        "rounding": {"digits": digits, "mode": mode, "before_grading": before}, "grades": GRADES, "scales": used,
        "items": tuple({"points": "10", "scale": "share"} | i for i in items), **keys,
    }  # fmt: skip
    file = AppraisalRuleFile.model_validate(data, strict=False)
    placed = Placed("small")
    check_rules(file, placed, plan)
    placed.raise_problems()
    return AppraisalRules(file, "small")


CHECKED = {"task": 6, "indicator": "user_check_rate"}
ASSESSED = {"task": 6, "indicator": "user_assessment_rate"}
TAUGHT = {"task": 3, "indicator": "high_risk_education_coverage"}
INCIDENTS = {"task": 6, "indicator": "user_incidents", "scale": "event"}


def row(indicator: str, k: float, n: float | None = None, *, year: int = 2020, division: str = "kunshan", **more: Any) -> dict[str, Any]:  # fmt: skip
    """One report: a share of counts, or a value."""
    at = {"indicator": indicator, "division": division, "period": str(year), **more}
    return at | ({"value": k} if n is None else {"numerator": k, "denominator": n})


def appraised(
    plan: Any, rows: list[dict[str, Any]], rules: AppraisalRules, *, year: int | None = 2020, **more: Any
) -> Any:
    """Return the card of these reports."""
    return sa.appraise(sa.Returns.from_frame(pd.DataFrame(rows), plan=plan), plan, year=year, rules=rules, **more)


def score_of(card: Any, division: str = "kunshan", year: int | None = None) -> pd.Series:
    """Return a place's row of scores."""
    scores = card.scores
    found = scores[(scores["division"] == division) & (scores["year"] == (year or scores["year"].iloc[-1]))]
    assert len(found) == 1
    return found.iloc[0]
