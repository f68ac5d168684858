"""Load a plan by name or from a file: strictly, every problem at once, with its line.

按名称或从文件读取规划：严格校验，所有问题一次列出并注明行号。
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ..datasets import data_path
from ..errors import UnknownNameError, unknown_name
from ..geography import Division, Geography, load_geography
from ..provenance import Source, fingerprint
from .checks import Known, check_indicator, check_plan
from .contents import CatalogueFile, PlacesEntry, PlanFile, SourceEntry, TaskEntry
from .model import Ambiguity, Deliverable, Indicator, Milestone, Plan, Reading, Task, TaskUnit
from .schema_errors import validate
from .strict_yaml import Placed, read_strict

_ENDINGS = (".yaml", ".yml")


def list_plans() -> tuple[str, ...]:
    """Return the names of the bundled plans.  自带规划的名称。

    >>> list_plans()
    ('example-town', 'suzhou-2020')
    """
    return tuple(sorted(file.stem for file in data_path("plans").glob("*.yaml")))


def load_plan(name_or_path: str | Path) -> Plan:
    """Load a plan by the name of a bundled one, or from a YAML file.  按名称或路径读取规划。

    A text that ends in ``.yaml`` or ``.yml`` is a path. Raises
    :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names for an unknown name, and
    :class:`~suzhou_antidrug.errors.PlanError` with file, line and advice for everything wrong in a file.

    >>> plan = load_plan("suzhou-2020")
    >>> len(plan.targets), len(plan.tasks), list(plan.years)
    (12, 26, [2020, 2021, 2022])
    """
    if isinstance(name_or_path, Path) or str(name_or_path).endswith(_ENDINGS):
        return _load_file(Path(name_or_path))
    if name_or_path not in list_plans():
        raise UnknownNameError(unknown_name("plan", "规划", name_or_path, list_plans()))
    return _load_bundled(str(name_or_path))


@cache
def load_catalogue() -> tuple[Mapping[str, Indicator], Mapping[str, Source]]:
    """Return the shared catalogue of indicators, and the sources of their definitions.  读取指标目录及其来源。

    >>> load_catalogue()[0]["user_control_rate"].unit
    'share'
    """
    placed = read_strict(data_path("catalogues", "indicators.yaml"))
    file = validate(CatalogueFile, placed)
    for name, body in file.indicators.items():
        check_indicator(placed, ("indicators", name), body, file.sources)
    placed.raise_problems()
    indicators = {name: Indicator(id=name, **dict(body)) for name, body in file.indicators.items()}
    return indicators, _sources(file.sources)


@cache
def _load_bundled(name: str) -> Plan:
    return _load_file(data_path("plans", f"{name}.yaml"))


def _load_file(path: Path) -> Plan:
    placed = read_strict(path)
    file = validate(PlanFile, placed)
    catalogue, catalogue_sources = load_catalogue()
    own = {name: Indicator(id=name, **dict(body)) for name, body in file.indicators.items()}
    indicators = {**catalogue, **own}
    check_plan(file, placed, Known(indicators=indicators, catalogue=catalogue, sources=file.sources))
    geography = _geography(file, placed)
    placed.raise_problems()
    assert geography is not None  # a problem was recorded otherwise
    used = _with_groups(file, indicators)
    sources = {key: catalogue_sources[key] for i in used.values() if (key := i.source) in catalogue_sources}
    return _assemble(file, geography, used, {**sources, **_sources(file.sources)}, fingerprint(path.read_bytes()))


def _sources(entries: Mapping[str, SourceEntry]) -> dict[str, Source]:
    return {key: Source(id=key, **dict(entry)) for key, entry in entries.items()}


def _geography(file: PlanFile, placed: Placed) -> Geography | None:
    """Return the bundled geography of that name, or the one written into the plan; None after recording a problem."""
    if isinstance(file.geography, PlacesEntry):
        places = (file.geography.city, *file.geography.divisions)
        city, *divisions = (Division(id=p.id, name=p.name, kind=p.kind, aliases=p.aliases) for p in places)
        try:
            return Geography(id=file.geography.id, city=city, divisions=tuple(divisions))
        except ValueError as error:
            en, zh = f"one name means two places: {error}.", "同一名称指向两个地区。"
            placed.add(("geography",), "duplicate", en, zh)
            return None
    try:
        return load_geography(file.geography)
    except UnknownNameError as error:
        problem = error.problems[0]
        advice = (problem.advice_en, problem.advice_zh)
        placed.add(("geography",), "unknown_reference", problem.en, problem.zh, advice=advice)
        return None


def _with_groups(file: PlanFile, indicators: Mapping[str, Indicator]) -> dict[str, Indicator]:
    """Return the indicators that the plan names, each in the category of the first task that names it.

    A headline indicator without a milestone takes the category of its target's first task; one that only a reading
    names takes the category of the target or milestone that has the reading.
    """
    categories = {task.number: task.category for task in file.tasks}
    groups: dict[str, str] = {}
    ambiguous: list[tuple[str, str]] = []  # ambiguity, category
    for task in file.tasks:
        for entry in task.milestones:
            groups.setdefault(entry.indicator, task.category)
            ambiguous += [(a, task.category) for a in entry.ambiguities]
        ambiguous += [(a, task.category) for d in task.deliverables for a in d.ambiguities]
    for target in file.targets:
        category = categories[target.tasks[0]] if target.tasks else ""
        groups.setdefault(target.indicator, category)
        ambiguous += [(a, groups[target.indicator]) for a in target.ambiguities]
    for name, category in ambiguous:
        for reading in file.ambiguities[name].readings.values():
            if reading.indicator is not None:
                groups.setdefault(reading.indicator, category)
    return {name: indicators[name].model_copy(update={"group": group}) for name, group in groups.items()}


def _task(entry: TaskEntry) -> Task:
    """Expand one task: a milestone for each year, a unit with its role."""
    number = entry.number
    milestones = tuple(
        Milestone(
            id=f"t{number:02d}-{m.indicator}-{year}",
            task=number,
            year=year,
            threshold=threshold,
            **{key: value for key, value in m if key != "years"},
        )
        for m in entry.milestones
        for year, threshold in m.years.items()
    )
    leads = (TaskUnit(unit=unit, role="lead") for unit in entry.leads)
    participants = (TaskUnit(unit=unit, role="participant") for unit in entry.participants)
    kept = {key: value for key, value in entry if key not in ("leads", "participants", "milestones", "deliverables")}
    return Task(
        **kept,
        units=(*leads, *participants),
        milestones=milestones,
        deliverables=tuple(Deliverable(task=number, **dict(d)) for d in entry.deliverables),
    )


def _assemble(
    file: PlanFile,
    geography: Geography,
    indicators: Mapping[str, Indicator],
    sources: Mapping[str, Source],
    digest: str,
) -> Plan:
    ambiguities = {
        name: Ambiguity(
            id=name,
            readings=tuple(Reading(id=key, **dict(body)) for key, body in entry.readings.items()),
            **{key: value for key, value in entry if key != "readings"},
        )
        for name, entry in file.ambiguities.items()
    }
    expanded = {"geography", "indicators", "sources", "ambiguities", "tasks"}
    return Plan(
        **{key: value for key, value in file if key not in expanded},
        geography=geography,
        indicators=indicators,
        sources=sources,
        ambiguities=ambiguities,
        tasks=tuple(_task(entry) for entry in file.tasks),
        fingerprint=digest,
    )
