"""A second scorer, written out in plain Python fractions: nothing of ``suzhou_antidrug.appraisal`` is used.

It reads a rule file as YAML, the verdict table for what may be assessed, and the reported numerators and denominators.
"""

from __future__ import annotations

import math
from fractions import Fraction as F
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import suzhou_antidrug as sa

RULES = Path(__file__).parents[2] / "datasets" / "rules"


def read_rules(name: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load((RULES / f"{name}.yaml").read_text(encoding="utf-8"))


def place_on(position: dict[str, str], milestone: F, direction: int) -> F:
    """The directed place of a step or standard."""
    if "at" in position:
        return direction * F(position["at"])
    if "short" in position:
        return direction * milestone - F(position["short"])
    return milestone * F(position["ratio"]) if direction > 0 else -milestone / F(position["ratio"])


def share_of(scale: dict[str, Any], item: dict[str, Any], value: F, milestone: F, operator: str, parts: tuple[F, F] | None) -> F:  # fmt: skip
    direction = 1 if operator in ("ge", "gt") else -1
    v, m, kind = direction * value, direction * milestone, scale["kind"]
    low = F(scale.get("otherwise", "0"))
    if kind == "milestone":
        return F(1) if v > m or (v == m and operator in ("ge", "le")) else low
    if kind == "pro_rata":
        return min(F(1), max(F(0), value / milestone))
    if kind == "linear":
        a, b = place_on(scale["zero"], milestone, direction), place_on(scale["full"], milestone, direction)
        return F(1) if v >= b else low if v <= a else low + (1 - low) * (v - a) / (b - a)
    if kind == "steps":
        for step in scale["steps"]:
            at = place_on(step, milestone, direction)
            if v > at or (v == at and step.get("inclusive", True)):
                return F(step["share"])
        return low
    if kind == "efficacy":
        marks = [(place_on(s, milestone, direction), F(s["coefficient"])) for s in scale["standards"]]
        if v >= marks[-1][0]:
            return marks[-1][1]
        if v < marks[0][0]:
            below = scale.get("below", "zero")
            (a, x), (b, y) = marks[:2]
            return {"zero": F(0), "hold": x, "extrapolate": max(F(0), x + (v - a) * (y - x) / (b - a))}[below]
        j = max(k for k, (at, _) in enumerate(marks) if at <= v)
        (a, x), (b, y) = marks[j], marks[j + 1]
        return x + (v - a) / (b - a) * (y - x)
    each, per, points = F(scale["each"]), F(scale.get("per", "1")), F(item["points"])
    if scale.get("of") == "units_short":
        assert parts is not None
        gap = F(max(0, math.ceil(milestone * parts[1] - parts[0]))) / per
    else:
        gap = max(F(0), v - m if kind == "bonus" else m - v) / per
    count = {"whole_up": math.ceil(gap), "whole_down": math.floor(gap), "pro_rata": gap}[scale.get("part", "pro_rata")]
    if kind == "bonus":
        return min(F(1), each * count / points)
    return max(F(scale.get("floor", "0")), 1 - each * count / points)


def figure(row: Any, indicator: Any) -> F:
    ratio = indicator.needs_parts and indicator.kind not in ("count", "occurrence")
    if ratio and row.denominator == row.denominator and row.denominator:
        return F(repr(float(indicator.per))) * F(repr(float(row.numerator))) / F(repr(float(row.denominator)))
    return F(repr(float(row.value)))


def rounded(x: F, digits: int, mode: str) -> F:
    """Round a score that is not negative."""
    unit = F(1, 10**digits)
    whole = math.floor(x / unit)
    rest = x / unit - whole
    up = {"truncate": False, "half_up": rest >= F(1, 2), "half_even": rest > F(1, 2) or (rest == F(1, 2) and whole % 2 == 1)}  # fmt: skip
    return (whole + up[mode]) * unit


def plain_scores(rules: dict[str, Any], plan: Any, values: Any, *, readings: dict[str, str] | None = None, evidence: Any = None) -> dict[tuple[str, int], dict[str, Any]]:  # fmt: skip
    """Return by place and year the exact score, the printed one and the grade; before vetoes."""
    judged = {(r.task, r.indicator, r.year, r.division): r for r in sa.judge_milestones(values, plan=plan, readings=readings).frame.itertuples()}  # fmt: skip
    reported = {(r.indicator, r.division, r.year): r for r in values.yearly_table.itertuples()}
    tasks = {t.number: t for t in plan.tasks}
    chosen = {n: a.reading((readings or {}).get(n)) for n, a in plan.ambiguities.items()}
    weights = {c["id"]: F(c["weight"]) for c in rules.get("categories", ())}
    found = {}
    for place in (plan.geography.city.id, *plan.geography.ids):
        for year in plan.years:
            gained: dict[str, F] = {}
            full: dict[str, F] = {}
            extra = {"bonus": F(0), "deduction": F(0)}
            for item in rules["items"]:
                share = _share(rules, item, tasks[item["task"]], place, year, plan, judged, reported, chosen, evidence)
                if share is None:
                    continue
                role, points = item.get("role", "score"), F(item["points"])
                if role != "score":
                    extra[role] += points * share
                    continue
                category = item.get("category") or tasks[item["task"]].category
                gained[category] = gained.get(category, F(0)) + points * share
                full[category] = full.get(category, F(0)) + points
            if not full:
                found[place, year] = {"exact": None, "score": None, "grade": ""}
                continue
            weight = weights or full
            whole = F(rules.get("total", "100"))
            score = whole * sum(weight[c] * gained[c] / full[c] for c in full) / sum(weight[c] for c in full)
            score += min(extra["bonus"], F(rules.get("bonus_cap", "0"))) - extra["deduction"]
            if not rules.get("above_total", False):
                score = min(score, whole)
            way = rules["rounding"]
            printed = rounded(score, way["digits"], way["mode"])
            graded = printed if way["before_grading"] else score
            grade = next(b["grade"] for b in rules["grades"] if graded >= F(b["from"]))
            found[place, year] = {"exact": score, "score": printed, "grade": grade}
    return found


def _share(rules, item, task, place, year, plan, judged, reported, chosen, evidence):  # type: ignore[no-untyped-def]
    scale, city = rules["scales"][item["scale"]], place == plan.geography.city.id
    if item.get("who", "all") not in ("all", "city" if city else "divisions"):
        return None
    if "deliverable" in item:
        due = next(d for d in task.deliverables if d.id == item["deliverable"])
        if year != due.due and not (due.recurring and year < due.due and (due.due - year) % due.every_years == 0):
            return None
        if evidence is None:
            return None
        rows = evidence[(evidence.deliverable == due.id) & (evidence.division == place) & (evidence.year == year)]
        worth = {x["id"]: F(x["share"]) for x in scale["levels"]}
        given = sorted(worth[x] for x in rows.level)
        if not given:
            return None
        assert scale.get("disagreement", "median") == "median"
        return (given[(len(given) - 1) // 2] + given[len(given) // 2]) / 2
    milestone = next((m for m in task.milestones if (m.indicator, m.year) == (item["indicator"], year)), None)
    if milestone is None:
        return None
    own = [chosen[a] for a in milestone.ambiguities]
    name = next((r.indicator for r in own if r.indicator), milestone.indicator)
    row = judged.get((task.number, name, year, place))
    if row is None or row.verdict == "not_assessable":
        return None
    indicator, now = plan.indicator(name), reported[name, place, year]
    value = figure(now, indicator)
    if milestone.compares == "change":
        reading = next(r for r in own if r.change_scale)
        years = (year - 1,) if reading.previous_year else reading.base_years
        base = sum(figure(reported[name, place, y], indicator) for y in years) / len(years)
        value = value - base if reading.change_scale == "points" else value / base - 1
    parts = (F(repr(float(now.numerator))), F(repr(float(now.denominator)))) if indicator.needs_parts else None
    return share_of(scale, item, value, F(repr(float(milestone.threshold))), row.operator, parts)
