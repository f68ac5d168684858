"""Load a plan by name or from a file: strictly, every problem at once, with its line.

按名称或从文件读取规划：严格校验，所有问题一次列出并注明行号。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..datasets import data_path
from ..errors import UnknownNameError, unknown_name
from ..geography import Division, Geography, load_geography
from ..provenance import Source, fingerprint, weakest
from .assembly import assemble
from .changes import changes_between
from .checks import Known, check_indicator, check_plan
from .contents import CatalogueFile, PlacesEntry, PlanFile, SourceEntry
from .inheritance import ENDINGS, MergedFile, check_line, find_parent, merge
from .inherited_contents import ChildFile
from .model import Indicator, Plan
from .schema_errors import validate
from .strict_yaml import Placed, read_strict


@dataclass(frozen=True, slots=True)
class _Loaded:
    plan: Plan
    content: Mapping[str, Any]  # of the file, what it inherits written out


def list_plans() -> tuple[str, ...]:
    """Return the names of the bundled plans.  自带规划的名称。

    >>> list_plans()
    ('china-hiv-2012', 'china-hiv-2017', 'example-town', 'gansu-2012', 'hainan-2016', 'hainan-2020', 'leizhou-2016', 'suzhou-2020', 'zhanjiang-2016')
    """
    return tuple(sorted(_bundled_files()))


def _bundled_files() -> dict[str, Path]:
    return {file.stem: file for file in data_path("plans").glob("*.yaml")}


def load_plan(name_or_path: str | Path) -> Plan:
    """Load a plan by the name of a bundled one, or from a YAML file.  按名称或路径读取规划。

    A text that ends in ``.yaml`` or ``.yml`` is a path. A file that says ``inherits: <name or path>`` takes everything of that
    plan except what it overrides or drops, and adds its own; each item says which plan it comes from. Raises
    :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names for an unknown name, and
    :class:`~suzhou_antidrug.errors.PlanError` with file, line and advice for everything wrong in a file.

    >>> plan = load_plan("suzhou-2020")
    >>> len(plan.targets), len(plan.tasks), list(plan.years)
    (12, 26, [2020, 2021, 2022])
    """
    if isinstance(name_or_path, Path) or str(name_or_path).endswith(ENDINGS):
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
    return _load(path, ()).plan


def _load(path: Path, trail: tuple[Path, ...]) -> _Loaded:
    """Load a file and, first, what it inherits from; ``trail`` holds the files that inherit from this one."""
    placed = read_strict(path)
    if not isinstance(placed.data, Mapping) or "inherits" not in placed.data:
        return _complete(placed, path, None, trail)
    child = validate(ChildFile, placed)
    here = (*trail, path.resolve())
    above = find_parent(child, path, placed, _bundled_files())
    check_line(placed, above, here)
    parent = _load(above, here)
    if child.id in {forebear.id for forebear in parent.plan.lineage}:
        en, zh = f"{child.id} is also the id of a plan it inherits from.", f"{child.id} 与所继承的规划同名。"
        placed.add(("id",), "duplicate", en, zh, advice=("Give it its own id.", "请另取代码。"))
        placed.raise_problems()
    return _complete(merge(child, placed, parent.plan.id, parent.content), path, parent, trail, child)


def _complete(
    placed: Placed, path: Path, parent: _Loaded | None, trail: tuple[Path, ...], child: ChildFile | None = None
) -> _Loaded:
    """Check a complete content and assemble its plan."""
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
    digest = path.read_bytes() if parent is None else path.read_bytes() + parent.plan.fingerprint.encode()
    plan = assemble(
        file,
        geography,
        used,
        {**sources, **_sources(file.sources)},
        digest=fingerprint(digest),
        parent=parent.plan if parent else None,
        replaced=placed.replaced if isinstance(placed, MergedFile) else frozenset(),
    )
    if parent is not None and child is not None:
        status = weakest((plan.status, parent.plan.status))
        plan = plan.model_copy(
            update={
                "status": status,
                "changes": changes_between(parent.plan, plan, child.drop.why if child.drop else None),
            }
        )
    return _Loaded(plan, placed.data)


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
