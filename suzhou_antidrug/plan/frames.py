"""A plan as tidy frames.

把规划列成整齐的表。

Names come in the language in use; ids, operators and clauses do not change with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from .model import Plan

_COLUMNS: dict[str, tuple[str, ...]] = {
    "targets": (
        *("target", "number", "group", "name", "indicator", "operator", "threshold", "unit"),
        *("due", "scope", "clause", "reading", "tasks", "plan"),
    ),
    "milestones": (
        *("task", "year", "indicator", "operator", "threshold", "unit", "clause", "reading"),
        *("inclusive", "wording", "scope", "where", "compares", "id", "plan"),
    ),
    "deliverables": (
        *("task", "id", "name", "due", "recurring", "every_years", "scope", "where", "clause", "reading", "plan"),
    ),
    "units": ("task", "unit", "unit_zh", "unit_en", "role", "plan"),
    "readings": (
        *("ambiguity", "clause", "wording", "reading", "default", "computable", "says", "minimum_change"),
        *("change_scale", "base_years", "previous_year", "evidence", "direction", "operator", "minimum_size"),
        *("indicator", "why", "plan"),
    ),
    "differences": ("task", "annex_zh", "annex_en", "body_zh", "body_en", "consequence_zh", "consequence_en"),
    "changes": (
        *("kind", "item", "task", "year", "indicator", "relation", "inherited", "own"),
        *("inherited_clause", "own_clause", "reason"),
    ),
    "gaps": ("what", "searched"),
    "ledger": ("task", "name", "category", "pillar", "modelled", "milestones", "deliverables", "not_modelled"),
}


def _frame(name: str, rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(_COLUMNS[name]))


def default_readings(plan: Plan, ambiguities: Sequence[str]) -> str:
    """Return the ids of the default readings, joined; empty for a clause that is clear.  默认读法的名称。"""
    return ", ".join(plan.ambiguities[a].default.id for a in ambiguities)


def targets_frame(plan: Plan) -> pd.DataFrame:
    """The headline targets, one row each.  总目标表，每行一个。"""
    kept = [c for c in _COLUMNS["targets"] if c not in ("target", "name", "reading", "tasks")]
    return _frame(
        "targets",
        (
            {
                "target": t.id,
                "name": str(t.name),
                "reading": default_readings(plan, t.ambiguities),
                "tasks": ", ".join(map(str, t.tasks)),
                **{c: getattr(t, c) for c in kept},
            }
            for t in plan.targets
        ),
    )


def milestones_frame(plan: Plan) -> pd.DataFrame:
    """The milestones, one row per task, year, indicator.  年度任务表，每行一项任务、一年、一个指标。"""
    kept = [c for c in _COLUMNS["milestones"] if c != "reading"]
    rows = (
        {"reading": default_readings(plan, m.ambiguities), **{c: getattr(m, c) for c in kept}} for m in plan.milestones
    )
    return _frame("milestones", rows)


def deliverables_frame(plan: Plan) -> pd.DataFrame:
    """The deliverables, one row each.  工作成果表，每行一个。"""
    kept = [c for c in _COLUMNS["deliverables"] if c not in ("name", "reading")]
    return _frame(
        "deliverables",
        (
            {
                "name": str(d.name),
                "reading": default_readings(plan, d.ambiguities),
                **{c: getattr(d, c) for c in kept},
            }
            for d in plan.deliverables
        ),
    )


def units_frame(plan: Plan) -> pd.DataFrame:
    """The units, one row per task and unit, leads first.  责任单位表，每行一项任务、一个单位。"""
    names = {u.id: u.name for u in plan.units}
    return _frame(
        "units",
        (
            {
                "task": task.number,
                "unit": u.unit,
                "unit_zh": names[u.unit].zh,
                "unit_en": names[u.unit].en,
                "role": u.role,
                "plan": u.plan,
            }
            for task in plan.tasks
            for u in task.units
        ),
    )


def readings_frame(plan: Plan) -> pd.DataFrame:
    """The readings, one row each.  读法表，每行一种。"""
    plain = ("minimum_change", "change_scale", "previous_year", "evidence", "direction", "operator", "minimum_size")
    return _frame(
        "readings",
        (
            {
                "ambiguity": a.id,
                "clause": a.clause,
                "wording": a.wording,
                "reading": r.id,
                "default": r.default,
                "computable": r.computable,
                "says": str(r.says),
                "base_years": ", ".join(map(str, r.base_years)),
                "indicator": r.indicator,
                "plan": a.plan,
                "why": str(a.why_default) if r.default else str(r.why) if r.why else "",
                **{c: getattr(r, c) for c in plain},
            }
            for a in plan.ambiguities.values()
            for r in a.readings
        ),
    )


def differences_frame(plan: Plan) -> pd.DataFrame:
    """Where annex and body differ, one row each.  附件与正文差异表。"""
    return _frame(
        "differences",
        (
            {"task": d.task}
            | {f"{part}_{lang}": getattr(getattr(d, part), lang) for part in _DIFFERENCE_PARTS for lang in ("zh", "en")}
            for d in plan.differences
        ),
    )


_DIFFERENCE_PARTS = ("annex", "body", "consequence")


def ledger_frame(plan: Plan) -> pd.DataFrame:
    """What is modelled and what is not, one row per task.  建模台账，每行一项任务。"""
    categories = {c.id: str(c.name) for c in plan.categories}
    pillars = {p.id: str(p.name) for p in plan.pillars}
    return _frame(
        "ledger",
        (
            {
                "task": t.number,
                "name": str(t.name),
                "category": categories[t.category],
                "pillar": pillars[t.pillar],
                "modelled": t.modelled,
                "milestones": len(t.milestones),
                "deliverables": len(t.deliverables),
                "not_modelled": "; ".join(map(str, t.not_modelled)),
            }
            for t in plan.tasks
        ),
    )


def changes_frame(plan: Plan) -> pd.DataFrame:
    """What a plan changes of the one it inherits from, one row each.  对上级规划的改动，每行一处。"""
    plain = [c for c in _COLUMNS["changes"] if c != "reason"]
    return _frame(
        "changes", ({"reason": str(c.reason), **{name: getattr(c, name) for name in plain}} for c in plan.changes)
    )


def gaps_frame(plan: Plan) -> pd.DataFrame:
    """What the text at hand does not tell, one row each.  现有文本的缺口，每行一处。"""
    return _frame("gaps", ({"what": str(g.what), "searched": str(g.searched or "")} for g in plan.gaps))
