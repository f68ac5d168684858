"""A checked plan file expanded into a plan, each part with the plan that says it.

把核对过的规划文件展开为规划，各部分注明出自哪份规划。
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..geography import Geography
from ..provenance import Source
from .contents import PlanFile, TaskEntry
from .model import Plan
from .parts import (
    Ambiguity,
    Deliverable,
    Forebear,
    Indicator,
    Milestone,
    Reading,
    Role,
    Target,
    Task,
    TaskUnit,
)

_Item = tuple[Any, ...]


def assemble(
    file: PlanFile,
    geography: Geography,
    indicators: Mapping[str, Indicator],
    sources: Mapping[str, Source],
    *,
    digest: str,
    parent: Plan | None,
    replaced: Collection[_Item],
) -> Plan:
    """Return the plan of a file; ``replaced`` names what the file says itself of a plan it inherits from.  展开规划。"""
    inherited = _origins(parent) if parent is not None else {}

    def said_by(*item: object) -> str:
        return file.id if item in replaced else inherited.get(item, file.id)

    ambiguities = {
        name: Ambiguity(
            id=name,
            plan=said_by("ambiguities", name),
            readings=tuple(Reading(id=key, **dict(body)) for key, body in entry.readings.items()),
            **{key: value for key, value in entry if key != "readings"},
        )
        for name, entry in file.ambiguities.items()
    }
    own = Forebear(
        id=file.id, name=file.name, level=file.level, status=file.status, document=file.document, fingerprint=digest
    )
    expanded = {"geography", "indicators", "sources", "ambiguities", "targets", "tasks"}
    return Plan(
        **{key: value for key, value in file if key not in expanded},
        geography=geography,
        indicators=indicators,
        sources=sources,
        ambiguities=ambiguities,
        targets=tuple(Target(plan=said_by("targets", t.id), **dict(t)) for t in file.targets),
        tasks=tuple(_task(entry, said_by) for entry in file.tasks),
        lineage=(own, *(parent.lineage if parent is not None else ())),
        fingerprint=digest,
    )


def _origins(plan: Plan) -> dict[_Item, str]:
    """Return which plan says each item of a plan, by the item's name in the file."""
    names: dict[_Item, str] = {("targets", t.id): t.plan for t in plan.targets}
    names |= {("ambiguities", a.id): a.plan for a in plan.ambiguities.values()}
    for task in plan.tasks:
        names["tasks", task.number] = task.plan
        names["units", task.number] = task.units[0].plan
        names |= {("milestones", m.task, m.indicator, m.year): m.plan for m in task.milestones}
        names |= {("deliverables", d.id): d.plan for d in task.deliverables}
    return names


def _task(entry: TaskEntry, said_by: Any) -> Task:
    """Expand one task: a milestone for each year, a unit with its role."""
    number = entry.number
    milestones = tuple(
        Milestone(
            id=f"t{number:02d}-{m.indicator}-{year}",
            task=number,
            year=year,
            threshold=threshold,
            plan=said_by("milestones", number, m.indicator, year),
            **{key: value for key, value in m if key != "years"},
        )
        for m in entry.milestones
        for year, threshold in m.years.items()
    )
    units: tuple[tuple[Role, tuple[str, ...]], ...] = (("lead", entry.leads), ("participant", entry.participants))
    kept = {key: value for key, value in entry if key not in ("leads", "participants", "milestones", "deliverables")}
    return Task(
        **kept,
        plan=said_by("tasks", number),
        units=tuple(
            TaskUnit(unit=unit, role=role, plan=said_by("units", number)) for role, named in units for unit in named
        ),
        milestones=milestones,
        deliverables=tuple(
            Deliverable(task=number, plan=said_by("deliverables", d.id), **dict(d)) for d in entry.deliverables
        ),
    )
