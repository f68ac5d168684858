"""Which of two promises asks for more: stricter, the same, weaker, or not to be compared.

两项承诺哪一项要求更高：更严、相同、更宽，或不可比。

A promise is the set of values that keep it. One is stricter than another where its set lies inside the other's: ``≥ 95 %``
inside ``≥ 90 %``, and ``= 100 %`` is the same as ``≥ 100 %`` because no share exceeds one. What has no such order, and what
differs in unit, definition, year, scope or reading, is not compared, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ..column_names import CODES
from ..terms import Text
from ..verdicts import EDGE
from .parts import Relation

if TYPE_CHECKING:
    from .model import Plan, Reading

RELATIONS = CODES["relation"]
# What a reading may set besides how far a fall must go; two promises read differently here are not compared.
_MEANING = (
    *("change_scale", "base_years", "previous_year", "direction", "operator", "minimum_size", "indicator"),
    *("biomarkers", "binds"),
)


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of a plan, as it can be set beside another.  可供比较的一项承诺。"""

    plan: str  # the plan that says it
    kind: Literal["target", "milestone", "deliverable"]
    id: str
    task: int | None
    name: Text
    year: int
    scope: str
    clause: str
    indicator: str = ""
    definition: Text | None = None
    operator: str | None = None
    threshold: float | None = None
    unit: str = ""
    compares: str = "level"
    readings: tuple[Reading, ...] = ()


def promises_of(plan: Plan) -> tuple[Promise, ...]:
    """Return targets, milestones and deliverables as promises, in the order of the plan.  规划的全部承诺。"""
    return (*_targets(plan), *_milestones(plan), *_deliverables(plan))


def _targets(plan: Plan) -> Iterator[Promise]:
    for t in plan.targets:
        yield Promise(
            t.plan, "target", t.id, None, t.name, t.due, t.scope, t.clause, t.indicator,
            plan.indicators[t.indicator].definition, t.operator, t.threshold, t.unit,
            readings=tuple(plan.ambiguities[a].default for a in t.ambiguities),
        )  # fmt: skip


def _milestones(plan: Plan) -> Iterator[Promise]:
    for m in plan.milestones:
        indicator = plan.indicators[m.indicator]
        yield Promise(
            m.plan, "milestone", m.id, m.task, indicator.name, m.year, m.scope, m.clause, m.indicator,
            indicator.definition, m.operator, m.threshold, m.unit, m.compares,
            readings=tuple(plan.ambiguities[a].default for a in m.ambiguities),
        )  # fmt: skip


def _deliverables(plan: Plan) -> Iterator[Promise]:
    for d in plan.deliverables:
        yield Promise(d.plan, "deliverable", d.id, d.task, d.name, d.due, d.scope, d.clause)


def relate(own: Promise, other: Promise) -> tuple[Relation, Text]:
    """Say whether ``own`` asks for more than ``other``, with the reason.  比较两项承诺的要求。

    >>> from dataclasses import replace
    >>> from suzhou_antidrug.plan import load_plan
    >>> first, second = promises_of(load_plan("suzhou-2020"))[12:14]
    >>> relate(first, first)[0], relate(first, second)[1].en
    ('same', 'the years differ: 2020, 2021')
    >>> relate(replace(first, threshold=0.95), first)[0]
    'stricter'
    """
    if reason := _obstacle(own, other):
        return "not_comparable", reason
    if own.threshold is None or own.operator is None or other.threshold is None or other.operator is None:
        return _relate_falls(own, other)
    inner, outer = _span(own), _span(other)
    if inner == outer:
        return "same", Text("同一目标值", "the same threshold")
    if _inside(inner, outer):
        return "stricter", Text("满足它即满足对方", "whatever keeps it keeps the other")
    if _inside(outer, inner):
        return "weaker", Text("满足对方即满足它", "whatever keeps the other keeps it")
    return "not_comparable", Text("两个范围互不包含", "neither range lies inside the other")


def relate_across(own: Promise, plan: Plan, other: Promise, other_plan: Plan) -> tuple[Relation, Text]:
    """Relate promises of two plans; what a plan asks of each division it asks of the whole of a plan a level below.

    比较两份规划的承诺；上级对各地区的要求，就是对下级全域的要求。
    """
    if _binds_the_whole(other, other_plan, own, plan):
        other = replace(other, scope="city")
    elif _binds_the_whole(own, plan, other, other_plan):
        own = replace(own, scope="city")
    return relate(own, other)


def _binds_the_whole(above: Promise, plan_above: Plan, below: Promise, plan_below: Plan) -> bool:
    inherits = plan_above.id in {forebear.id for forebear in plan_below.lineage[1:]}
    scopes = above.scope == "each_division" and below.scope == "city"
    return inherits and scopes and plan_above.level != plan_below.level


def _obstacle(own: Promise, other: Promise) -> Text | None:
    """Return the first thing that forbids a comparison."""
    pairs = (
        (
            own.kind == "deliverable",
            other.kind == "deliverable",
            Text("工作成果没有数字", "a deliverable has no number"),
        ),
        (own.indicator, other.indicator, Text("指标不同", "the indicators differ")),
        (own.unit, other.unit, Text("单位不同", "the units differ")),
        (own.definition, other.definition, Text("定义不同", "the definitions differ")),
        (own.compares, other.compares, Text("一为水平、一为变动", "one is a level, the other a change")),
        (own.threshold is None, other.threshold is None, Text("只有一项有数字", "only one has a number")),
    )
    if own.kind == other.kind == "deliverable":
        return pairs[0][2]
    for mine, theirs, reason in pairs:
        if mine != theirs:
            return reason
    if own.year != other.year:
        return Text(f"年份不同：{own.year}、{other.year}", f"the years differ: {own.year}, {other.year}")
    if own.scope != other.scope:
        return Text("适用范围不同", "the scopes differ")
    if _meaning(own) != _meaning(other):
        return Text("读法不同", "they are read differently")
    return None


def _meaning(promise: Promise) -> frozenset[tuple[str, object]]:
    """Return what the default readings set, leaving out how far a fall must go and how sure it must be."""
    values = ((name, getattr(r, name)) for r in promise.readings for name in _MEANING)
    return frozenset((name, value) for name, value in values if value not in (None, (), False))


def _span(promise: Promise) -> tuple[float, bool, float, bool]:
    """Return the values that keep a promise: lowest, whether it counts, highest, whether it counts."""
    assert promise.threshold is not None
    t = promise.threshold
    change = promise.compares == "change"
    floor = -math.inf if change else 0.0
    ceiling = 1.0 if promise.unit == "share" and not change else math.inf
    low, low_in, high, high_in = {
        "ge": (t, True, ceiling, True),
        "gt": (t, False, ceiling, True),
        "le": (floor, True, t, True),
        "lt": (floor, True, t, False),
        "eq": (t, True, t, True),
    }[promise.operator or "eq"]
    return low, low_in, high, high_in


def _inside(inner: tuple[float, bool, float, bool], outer: tuple[float, bool, float, bool]) -> bool:
    below = inner[0] > outer[0] + EDGE or (inner[0] >= outer[0] - EDGE and (outer[1] or not inner[1]))
    above = inner[2] < outer[2] - EDGE or (inner[2] <= outer[2] + EDGE and (outer[3] or not inner[3]))
    return below and above


def _demand(promise: Promise) -> tuple[float, float, int, float]:
    """Return what a fall must reach: its size, its certainty, the years in a row, one minus the level of its test."""
    falls = [r for r in promise.readings if r.minimum_change is not None]
    return (
        max((r.minimum_change or 0.0 for r in falls), default=0.0),
        max((r.evidence or 0.0 for r in falls), default=0.0),
        max((r.consecutive_years for r in falls), default=1),
        max((1 - r.significance for r in falls if r.significance is not None), default=0.0),
    )


def _relate_falls(own: Promise, other: Promise) -> tuple[Relation, Text]:
    mine, theirs = _demand(own), _demand(other)
    if mine == theirs:
        return "same", Text("读法要求的降幅与把握相同", "the readings ask for the same fall and certainty")
    if all(a >= b for a, b in zip(mine, theirs, strict=True)):
        return "stricter", Text("读法要求更大的降幅或把握", "the reading asks for a larger or surer fall")
    if all(a <= b for a, b in zip(mine, theirs, strict=True)):
        return "weaker", Text("读法要求较小的降幅或把握", "the reading asks for a smaller or less sure fall")
    return "not_comparable", Text("降幅与把握一高一低", "one asks for a larger fall, the other for a surer one")
