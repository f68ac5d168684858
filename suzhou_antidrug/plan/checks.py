"""What a plan file must satisfy beyond its structure: years, references, readings, thresholds, doubles.

规划文件在结构之外须满足的条件：年份、引用、读法、目标值、重复。

Each check records problems with their lines and goes on, so that all of them arrive at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..errors import nearest, shown
from ..provenance import Status
from ..verdicts import OPERATORS
from .contents import MilestoneEntry, PlanFile, TaskEntry
from .parts import IndicatorBody, ReadingBody, TargetBody
from .strict_yaml import PathInFile, Placed

_SHARES = {"share"}
_INCLUSIVE = {"ge": True, "le": True, "eq": True, "gt": False, "lt": False}
_DEFINED_BY_RULE = (Status.OFFICIAL, Status.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Known:
    """What a plan file may refer to.  规划文件可引用的名称。"""

    indicators: Mapping[str, IndicatorBody]
    catalogue: Collection[str]
    sources: Collection[str]


def check_plan(plan: PlanFile, placed: Placed, known: Known) -> None:
    """Record every problem of a plan file.  检查规划文件，记录所有问题。"""
    _check_years(plan, placed)
    _check_doubles(plan, placed, known)
    _reference(placed, ("document", "source"), plan.document.source, "source", "来源", known.sources)
    _check_indicators(plan, placed, known)
    _check_ambiguities(plan, placed, known)
    _check_targets(plan, placed, known)
    for i, task in enumerate(plan.tasks):
        _check_task(plan, task, ("tasks", i), placed, known)
    numbers = {task.number for task in plan.tasks}
    for i, difference in enumerate(plan.differences):
        _task_number(placed, ("differences", i, "task"), difference.task, numbers)


def _reference(placed: Placed, path: PathInFile, name: str, en: str, zh: str, known: Collection[str]) -> None:
    if name in known:
        return
    close = nearest(name, known) or sorted(known)[:12]
    advice = (f"Did you mean: {', '.join(close)}?", f"您是否要写：{'、'.join(close)}?") if close else ("", "")
    placed.add(
        path,
        "unknown_reference",
        f"{shown(name)!r} is not a known {en}.",
        f"没有名为“{shown(name)}”的{zh}。",
        advice=advice,
    )


def _task_number(placed: Placed, path: PathInFile, number: int, known: Collection[int]) -> None:
    if number not in known:
        placed.add(path, "unknown_reference", f"there is no task {number}.", f"没有第 {number} 项任务。")


def _year(placed: Placed, path: PathInFile, year: int, plan: PlanFile) -> None:
    if plan.first_year <= plan.last_year and not plan.first_year <= year <= plan.last_year:
        span = f"{plan.first_year}-{plan.last_year}"
        placed.add(
            path, "year_outside", f"{year} is outside the plan's years {span}.", f"{year} 不在规划年份 {span} 内。"
        )


def _check_years(plan: PlanFile, placed: Placed) -> None:
    advice = ("Swap them.", "请对调。")
    if plan.first_year > plan.last_year:
        en = f"first_year {plan.first_year} is later than last_year {plan.last_year}."
        zh = f"first_year {plan.first_year} 晚于 last_year {plan.last_year}。"
        placed.add(("first_year",), "swapped_years", en, zh, advice=advice)
    elif plan.base_year >= plan.first_year:
        en = f"base_year {plan.base_year} must lie before first_year {plan.first_year}."
        zh = f"base_year {plan.base_year} 须早于 first_year {plan.first_year}。"
        placed.add(("base_year",), "swapped_years", en, zh)
    for i, clause in enumerate(plan.appraisal):
        for j, year in enumerate(clause.years):
            _year(placed, ("appraisal", i, "years", j), year, plan)


def _doubles(placed: Placed, entries: Iterable[tuple[PathInFile, str | int]], en: str, zh: str) -> None:
    first: dict[str | int, PathInFile] = {}
    for path, name in entries:
        if name in first:
            line = placed.line(first[name])
            placed.add(
                path,
                "duplicate",
                f"the {en} {shown(name)} is already given in line {line}.",
                f"{zh}“{shown(name)}”在第 {line} 行已出现。",
            )
        first.setdefault(name, path)


def _check_doubles(plan: PlanFile, placed: Placed, known: Known) -> None:
    for key, en, zh in (("categories", "category", "类别"), ("pillars", "pillar", "“六全”"), ("units", "unit", "单位")):
        _doubles(placed, ((((key, i, "id"), e.id) for i, e in enumerate(getattr(plan, key)))), en, zh)
    targets, tasks = list(enumerate(plan.targets)), list(enumerate(plan.tasks))
    _doubles(placed, ((("targets", i, "id"), t.id) for i, t in targets), "target", "总目标")
    _doubles(placed, ((("targets", i, "number"), t.number) for i, t in targets), "target number", "总目标序号")
    _doubles(placed, ((("tasks", i, "number"), t.number) for i, t in tasks), "task number", "任务序号")
    _doubles(placed, ((("appraisal", i, "id"), c.id) for i, c in enumerate(plan.appraisal)), "clause", "条款")
    deliverables = (
        (("tasks", i, "deliverables", j, "id"), d.id) for i, t in tasks for j, d in enumerate(t.deliverables)
    )
    _doubles(placed, deliverables, "deliverable", "工作成果")
    readings = ((("ambiguities", a, "readings", r), r) for a, entry in plan.ambiguities.items() for r in entry.readings)
    _doubles(placed, readings, "reading", "读法")
    for name in plan.indicators:
        if name in known.catalogue:
            en = f"the indicator {shown(name)} is already in the catalogue."
            zh = f"指标“{shown(name)}”已在指标目录中。"
            placed.add(("indicators", name), "duplicate", en, zh, advice=("Rename or remove it.", "请改名或删除。"))


def _check_indicators(plan: PlanFile, placed: Placed, known: Known) -> None:
    for name, body in plan.indicators.items():
        check_indicator(placed, ("indicators", name), body, known.sources)


def check_indicator(placed: Placed, path: PathInFile, body: IndicatorBody, sources: Collection[str]) -> None:
    """Record what is wrong with one indicator.  检查一个指标。"""
    if body.source:
        _reference(placed, (*path, "source"), body.source, "source", "来源", sources)
    elif body.definition_status in _DEFINED_BY_RULE:
        en = f"a definition that is {body.definition_status} needs its source."
        zh = f"定义状态为“{body.definition_status.text.zh}”时须注明来源。"
        placed.add((*path, "definition_status"), "source_missing", en, zh, advice=("Add source.", "请补上 source。"))
    if body.numerator is None and body.denominator is not None:
        placed.add((*path, "denominator"), "half_ratio", "has a denominator without a numerator.", "有分母而无分子。")


def _check_ambiguities(plan: PlanFile, placed: Placed, known: Known) -> None:
    for name, ambiguity in plan.ambiguities.items():
        path: PathInFile = ("ambiguities", name)
        defaults = [r for r, reading in ambiguity.readings.items() if reading.default]
        if len(defaults) != 1:
            en = f"{len(defaults)} readings are marked default; exactly one must be."
            zh = f"有 {len(defaults)} 种读法标为默认，须恰好一种。"
            placed.add((*path, "readings"), "default_reading", en, zh)
        if ambiguity.source:
            _reference(placed, (*path, "source"), ambiguity.source, "source", "来源", known.sources)
        for reading_id, reading in ambiguity.readings.items():
            _check_reading(plan, reading, (*path, "readings", reading_id), placed, known)


def _check_reading(plan: PlanFile, reading: ReadingBody, path: PathInFile, placed: Placed, known: Known) -> None:
    if not reading.computable and reading.why is None:
        en, zh = "is not computable but does not say why.", "不可计算却未说明原因。"
        placed.add(path, "why_missing", en, zh, advice=("Add why.", "请补上 why。"))
    if reading.default and not reading.computable:
        placed.add(path, "default_reading", "the default must be computable.", "默认读法须可计算。")
    if reading.indicator is not None:
        _reference(placed, (*path, "indicator"), reading.indicator, "indicator", "指标", known.indicators)
    for i, year in enumerate(reading.base_years):
        if year >= plan.first_year:
            en, zh = f"the base year {year} does not lie before the plan.", f"基期 {year} 不早于规划首年。"
            placed.add((*path, "base_years", i), "swapped_years", en, zh)
    if reading.evidence is not None and not 0.5 < reading.evidence < 1:
        placed.add((*path, "evidence"), "out_of_range", "must lie between 0.5 and 1.", "须介于 0.5 与 1 之间。")
    if reading.minimum_change is not None and not 0 <= reading.minimum_change <= 1:
        placed.add((*path, "minimum_change"), "out_of_range", "must lie between 0 and 1.", "须介于 0 与 1 之间。")


def _check_targets(plan: PlanFile, placed: Placed, known: Known) -> None:
    numbers = {task.number for task in plan.tasks}
    for i, target in enumerate(plan.targets):
        path: PathInFile = ("targets", i)
        _check_indicator_use(placed, path, target.indicator, target.unit, known)
        _year(placed, (*path, "due"), target.due, plan)
        for j, number in enumerate(target.tasks):
            _task_number(placed, (*path, "tasks", j), number, numbers)
        _check_ambiguity_names(plan, placed, path, target.ambiguities)
        if (target.operator is None) != (target.threshold is None):
            en, zh = "needs operator and threshold, or neither.", "operator 与 threshold 须同时给出或同时省略。"
            placed.add(path, "half_comparison", en, zh)
        elif target.threshold is None and not _gives_change(plan, target.ambiguities):
            en = "has no threshold, and no reading of it gives a minimum_change."
            zh = "没有目标值，也没有读法给出 minimum_change。"
            placed.add(path, "no_threshold", en, zh)
        elif target.threshold is not None:
            _check_threshold(placed, (*path, "threshold"), target.threshold, target.unit)
            if target.threshold >= 0:
                _check_group(placed, path, target)


# The kinds of headline target are judged by their own rules, which take these comparisons only.
_GROUPS = {
    "decrease": (
        "no operator and no threshold: a reading gives the fall",
        "不写 operator 与 threshold，由读法给出降幅",
    ),
    "hundred": ("operator ge and a share", "operator 为 ge，目标值为比例"),
    "zero": ("operator le or eq and the threshold 0", "operator 为 le 或 eq，目标值为 0"),
}


def _check_group(placed: Placed, path: PathInFile, target: TargetBody) -> None:
    """Record a threshold that the group of the target cannot be judged by."""
    fits = {
        "decrease": False,
        "hundred": target.operator == "ge" and target.unit in _SHARES,
        "zero": target.operator in ("le", "eq") and target.threshold == 0,
    }[target.group]
    if not fits:
        en, zh = _GROUPS[target.group]
        advice = ("Write any other threshold as a milestone of a task.", "其他目标值请写成任务的年度任务。")
        en, zh = f"a target of the group {target.group} takes {en}.", f"{target.group} 类总目标的要求：{zh}。"
        placed.add((*path, "threshold"), "wrong_group", en, zh, advice=advice, value=target.threshold)


def _gives_change(plan: PlanFile, ambiguities: Iterable[str]) -> bool:
    named = (plan.ambiguities[a] for a in ambiguities if a in plan.ambiguities)
    return any(r.minimum_change is not None for a in named for r in a.readings.values())


def _check_ambiguity_names(plan: PlanFile, placed: Placed, path: PathInFile, names: Iterable[str]) -> None:
    for i, name in enumerate(names):
        _reference(placed, (*path, "ambiguities", i), name, "ambiguity", "歧义条款", plan.ambiguities)


def _check_indicator_use(placed: Placed, path: PathInFile, name: str, unit: str, known: Known) -> None:
    _reference(placed, (*path, "indicator"), name, "indicator", "指标", known.indicators)
    if name in known.indicators and unit != known.indicators[name].unit:
        expected = known.indicators[name].unit
        en = f"the unit is {shown(unit)}, but {name} is measured in {expected}."
        zh = f"单位为 {shown(unit)}，而 {name} 的单位是 {expected}。"
        placed.add((*path, "unit"), "wrong_unit", en, zh)


def _check_threshold(placed: Placed, path: PathInFile, threshold: float, unit: str) -> None:
    if threshold < 0:
        placed.add(path, "out_of_range", "a threshold must not be negative.", "目标值不能为负。", value=threshold)
    elif unit in _SHARES and threshold > 1:
        advice = (f"Write {threshold / 100:g} for {threshold:g} %.", f"{threshold:g}% 请写成 {threshold / 100:g}。")
        en, zh = "a share runs from 0 to 1.", "比例须在 0 与 1 之间。"
        placed.add(path, "share_above_one", en, zh, advice=advice, value=threshold)


def _check_task(plan: PlanFile, task: TaskEntry, path: PathInFile, placed: Placed, known: Known) -> None:
    _reference(placed, (*path, "category"), task.category, "category", "类别", [c.id for c in plan.categories])
    _reference(placed, (*path, "pillar"), task.pillar, "pillar", "“六全”", [p.id for p in plan.pillars])
    units = [u.id for u in plan.units]
    named = [((*path, role, i), u) for role in ("leads", "participants") for i, u in enumerate(getattr(task, role))]
    for where, unit in named:
        _reference(placed, where, unit, "unit", "单位", units)
    _doubles(placed, named, "unit", "单位")
    for i, entry in enumerate(task.milestones):
        _check_milestone(plan, entry, (*path, "milestones", i), placed, known)
    years = (
        ((*path, "milestones", i, "years", year), f"{entry.indicator} {year}")
        for i, entry in enumerate(task.milestones)
        for year in entry.years
    )
    _doubles(placed, years, "milestone", "年度任务")
    for i, deliverable in enumerate(task.deliverables):
        _year(placed, (*path, "deliverables", i, "due"), deliverable.due, plan)
        _check_ambiguity_names(plan, placed, (*path, "deliverables", i), deliverable.ambiguities)
    fits = "quantified" if task.milestones else "deliverable" if task.deliverables else "narrative"
    if task.modelled != fits:
        en, zh = f"is marked {task.modelled}, but what it holds is {fits}.", f"标为 {task.modelled}，而内容为 {fits}。"
        placed.add((*path, "modelled"), "wrong_mark", en, zh)


def _check_milestone(plan: PlanFile, entry: MilestoneEntry, path: PathInFile, placed: Placed, known: Known) -> None:
    _check_indicator_use(placed, path, entry.indicator, entry.unit, known)
    _check_ambiguity_names(plan, placed, path, entry.ambiguities)
    for year, threshold in entry.years.items():
        _year(placed, (*path, "years", year), year, plan)
        _check_threshold(placed, (*path, "years", year), threshold, entry.unit)
    if entry.inclusive != _INCLUSIVE[entry.operator]:
        says = OPERATORS[entry.operator]
        given = str(entry.inclusive).lower()
        en = f"inclusive: {given} contradicts operator {entry.operator} ({says.en})."
        zh = f"inclusive: {given} 与 operator {entry.operator}({says.zh})矛盾。"
        placed.add((*path, "inclusive"), "inclusive", en, zh)
