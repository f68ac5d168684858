"""A plan file that inherits, put together with the plan above it; every value keeps its line.

把继承上级规划的文件与上级合成一份完整内容；每个值仍知道自己在哪一行。

What is not there cannot be overridden, added to or dropped; what is there already is not written a second time. All problems
arrive at once, with the line of the file that inherits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from ..errors import nearest, shown
from .inherited_contents import ChildFile
from .strict_yaml import PathInFile, Placed, dotted

MAX_LINE = 5  # nation, province, city, district, township
ENDINGS = (".yaml", ".yml")
_MAPPINGS = ("sources", "indicators", "ambiguities")
_KEYS = {"targets": "id", "tasks": "number", "units": "id", "categories": "id", "pillars": "id", "appraisal": "id"}
_LISTS = (*_KEYS, "differences")
_SCALARS = (
    *("schema_version", "id", "name", "status", "document", "level", "gaps"),
    *("first_year", "last_year", "base_year", "geography"),
)


@dataclass(slots=True)
class MergedFile(Placed):
    """A complete plan of which some values stand in the child's file and the rest in its parents'.  合成后的内容。"""

    child: Placed | None = None
    parent: str = ""
    own: dict[PathInFile, PathInFile] = field(default_factory=dict)  # place here -> place in the child's file
    replaced: set[tuple[Any, ...]] = field(default_factory=set)  # items that the child says itself, as in `origins`

    def in_child(self, path: PathInFile) -> PathInFile | None:
        """Return where a value stands in the child's file, None for what is inherited."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.own:
                return (*self.own[path[:end]], *path[end:])
        return None

    def line(self, path: PathInFile) -> int | None:
        """Return the line in the child's file; that of ``inherits`` for what is inherited."""
        assert self.child is not None
        return self.child.line(self.in_child(path) or ("inherits",))

    def add(
        self, path: PathInFile, code: str, en: str, zh: str, *, advice: tuple[str, str] = ("", ""), value: object = None
    ) -> None:
        """Record a problem where the child's file has its cause."""
        place = self.in_child(path)
        if place is None:
            en = f"{dotted(path)}, inherited from {self.parent}: {en}"
            zh = f"继承自 {self.parent} 的 {dotted(path)}：{zh}"
            own = ("Override or drop it.", "请改动或删去该项。")
            advice = (f"{advice[0]} {own[0]}".strip(), f"{advice[1]}{own[1]}")
        self.add_at(self.line(path), place or ("inherits",), code, en, zh, advice=advice, value=value)


def find_parent(child: ChildFile, path: Path, placed: Placed, bundled: Mapping[str, Path]) -> Path:
    """Return the file that a plan inherits from: a bundled plan by name, or a file by its path from this one."""
    name = child.inherits
    if not name.endswith(ENDINGS):
        if name not in bundled:
            close = nearest(name, bundled) or sorted(bundled)
            advice = (
                f"Known: {', '.join(close)}; or a path that ends in .yaml.",
                f"已有：{'、'.join(close)}；或以 .yaml 结尾的路径。",
            )
            placed.add(("inherits",), "unknown_reference", f"{shown(name)!r} is not a known plan.", f"没有名为“{shown(name)}”的规划。", advice=advice)  # fmt: skip
            placed.raise_problems()
        return bundled[name]
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or name.startswith("\\"):
        advice = ("Write the path from this file.", "请写相对于本文件的路径。")
        placed.add(("inherits",), "absolute_path", "must be a path from this file.", "须为相对于本文件的路径。", advice=advice)  # fmt: skip
    elif not (path.parent / name).is_file():
        advice = ("Check the path.", "请核对路径。")
        placed.add(
            ("inherits",), "file_missing", "no such file.", "没有这个文件。", advice=advice, value=Path(name).name
        )
    placed.raise_problems()
    return path.parent / name


def check_line(placed: Placed, parent: Path, trail: tuple[Path, ...]) -> None:
    """Refuse a plan that inherits from itself, and a line that is too long.  拒绝循环继承与过长的继承链。"""
    if parent.resolve() in trail:
        names = " → ".join(p.name for p in (*trail[trail.index(parent.resolve()) :], parent))
        placed.add(("inherits",), "circle", f"plans inherit in a circle: {names}.", f"规划循环继承：{names}。")
    elif len(trail) >= MAX_LINE:
        en = f"the line of inheritance is longer than {MAX_LINE} plans."
        placed.add(("inherits",), "too_deep", en, f"继承链超过 {MAX_LINE} 份规划。")
    placed.raise_problems()


def merge(child: ChildFile, placed: Placed, parent_id: str, inherited: Mapping[str, Any]) -> MergedFile:
    """Return the complete content: what is inherited, less what is dropped, changed and added to.  合成完整内容。"""
    whole = MergedFile(file=placed.file, child=placed, parent=parent_id)
    whole.data = {key: list(value) if key in _LISTS else value for key, value in inherited.items() if key != "gaps"}
    for key in _LISTS:
        whole.data.setdefault(key, [])
    for step in (_scalars, _mappings, _drop, _targets, _milestones, _tasks, _readings, _additions, _lists):
        step(whole, placed)
    placed.raise_problems()
    whole.data = {key: tuple(value) if isinstance(value, list) else value for key, value in whole.data.items()}
    return whole


def _given(placed: Placed, *keys: str) -> Any:
    """Return what stands at keys of the child's file, an empty tuple where nothing does."""
    here: Any = placed.data
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return () if here is None else here


def _missing(placed: Placed, path: PathInFile, en: str, zh: str, name: object, known: Iterable[object]) -> None:
    listed = [str(k) for k in known][:12]
    advice = (f"There are: {', '.join(listed)}.", f"现有：{'、'.join(listed)}。") if listed else ("", "")
    said = shown(name)
    placed.add(
        path, "not_inherited", f"there is no {en} {said} to change.", f"没有可改动的{zh} {said}。", advice=advice
    )


def _scalars(whole: MergedFile, placed: Placed) -> None:
    whole.data.pop("level", None)  # a city is not a province because it inherits from one
    for key in _SCALARS:
        if key in placed.data:
            whole.data[key] = placed.data[key]
            whole.own[key,] = (key,)


def _mappings(whole: MergedFile, placed: Placed) -> None:
    for key in _MAPPINGS:
        there = dict(whole.data.get(key, {}))
        for name, value in dict(_given(placed, key)).items():
            if name in there:
                _twice(placed, (key, name), name, whole.parent)
            there[name] = value
            whole.own[key, name] = (key, name)
            whole.replaced.add((key, name))
        whole.data[key] = there


def _lists(whole: MergedFile, placed: Placed) -> None:
    for key in _LISTS:
        there = whole.data[key]
        known = {item[_KEYS[key]] for item in there} if key in _KEYS else set()
        for i, item in enumerate(_given(placed, key)):
            if key in _KEYS and item[_KEYS[key]] in known:
                _twice(placed, (key, i), item[_KEYS[key]], whole.parent)
            whole.own[key, len(there)] = (key, i)
            there.append(item)
            if key in _KEYS:
                whole.replaced.add((key, item[_KEYS[key]]))


def _twice(placed: Placed, path: PathInFile, name: object, parent: str) -> None:
    en, zh = f"{shown(name)} is already inherited from {parent}.", f"“{shown(name)}”已从 {parent} 继承。"
    advice = ("Use the inherited one, or choose another id.", "请用继承的，或另取代码。")
    if path[0] in ("targets", "tasks"):
        advice = ("To change it, write it under override.", "要改动它，请写在 override 下。")
    placed.add(path, "already_inherited", en, zh, advice=advice)


def _repeated(whole: MergedFile, placed: Placed, path: PathInFile, *items: tuple[Any, ...]) -> bool:
    """Record that something is overridden a second time in one file."""
    if not whole.replaced & set(items):
        return False
    advice = ("Keep one of the two.", "请只保留一处。")
    placed.add(path, "duplicate", "is overridden twice.", "同一内容改动了两次。", advice=advice)
    return True


def _place(items: list[Any], key: str, value: object) -> int | None:
    return next((i for i, item in enumerate(items) if item[key] == value), None)


def _drop(whole: MergedFile, placed: Placed) -> None:
    for key, name, en, zh in (("targets", "id", "target", "总目标"), ("tasks", "number", "task", "任务")):
        for i, wanted in enumerate(_given(placed, "drop", key)):
            at = _place(whole.data[key], name, wanted)
            if at is None:
                _missing(placed, ("drop", key, i), en, zh, wanted, (t[name] for t in whole.data[key]))
            else:
                del whole.data[key][at]
    for i, wanted in enumerate(_given(placed, "drop", "milestones")):
        _drop_milestone(whole, placed, ("drop", "milestones", i), wanted)
    for i, wanted in enumerate(_given(placed, "drop", "deliverables")):
        _drop_deliverable(whole, placed, ("drop", "deliverables", i), wanted)


def _drop_milestone(whole: MergedFile, placed: Placed, path: PathInFile, wanted: Mapping[str, Any]) -> None:
    years = set(wanted.get("years") or _years(whole, wanted["task"], wanted["indicator"]))
    if not years or years - _years(whole, wanted["task"], wanted["indicator"]):
        _no_milestone(whole, placed, path, wanted, years)
        return
    at = _place(whole.data["tasks"], "number", wanted["task"])
    assert at is not None
    kept = (_without(m, years) if m["indicator"] == wanted["indicator"] else m for m in _held(whole, at))
    _put(whole, at, milestones=tuple(m for m in kept if m["years"]))


def _drop_deliverable(whole: MergedFile, placed: Placed, path: PathInFile, wanted: str) -> None:
    for at, task in enumerate(whole.data["tasks"]):
        there = task.get("deliverables", ())
        if any(d["id"] == wanted for d in there):
            _put(whole, at, deliverables=tuple(d for d in there if d["id"] != wanted))
            return
    known = (d["id"] for task in whole.data["tasks"] for d in task.get("deliverables", ()))
    _missing(placed, path, "deliverable", "工作成果", wanted, known)


def _held(whole: MergedFile, at: int) -> tuple[Mapping[str, Any], ...]:
    return tuple(whole.data["tasks"][at].get("milestones", ()))


def _put(whole: MergedFile, at: int, **parts: Any) -> None:
    whole.data["tasks"][at] = {**whole.data["tasks"][at], **parts}


def _without(entry: Mapping[str, Any], years: set[int]) -> Mapping[str, Any]:
    return {**entry, "years": {y: t for y, t in entry["years"].items() if y not in years}}


def _years(whole: MergedFile, task: int, indicator: str) -> set[int]:
    at = _place(whole.data["tasks"], "number", task)
    return set() if at is None else {y for m in _held(whole, at) if m["indicator"] == indicator for y in m["years"]}


def _no_milestone(
    whole: MergedFile, placed: Placed, path: PathInFile, wanted: Mapping[str, Any], years: set[int]
) -> None:
    at = _place(whole.data["tasks"], "number", wanted["task"])
    if at is None:
        _missing(placed, path, "task", "任务", wanted["task"], (t["number"] for t in whole.data["tasks"]))
        return
    held = (f"{m['indicator']} {y}" for m in _held(whole, at) for y in m["years"])
    lacking = ", ".join(map(str, sorted(years - _years(whole, wanted["task"], wanted["indicator"]))))
    _missing(placed, path, "milestone", "年度任务", f"{wanted['indicator']} {lacking}".rstrip(), held)


def _targets(whole: MergedFile, placed: Placed) -> None:
    for i, change in enumerate(_given(placed, "override", "targets")):
        at = _place(whole.data["targets"], "id", change["id"])
        if at is None:
            _missing(placed, ("override", "targets", i, "id"), "target", "总目标", change["id"], (t["id"] for t in whole.data["targets"]))  # fmt: skip
            continue
        if _repeated(whole, placed, ("override", "targets", i), ("targets", change["id"])):
            continue
        whole.data["targets"][at] = {**whole.data["targets"][at], **change}
        whole.own["targets", at] = ("override", "targets", i)
        whole.replaced.add(("targets", change["id"]))


def _milestones(whole: MergedFile, placed: Placed) -> None:
    for i, change in enumerate(_given(placed, "override", "milestones")):
        years, path = set(change["years"]), ("override", "milestones", i)
        if years - _years(whole, change["task"], change["indicator"]):
            _no_milestone(whole, placed, path, change, years)
            continue
        items = {("milestones", change["task"], change["indicator"], y) for y in years}
        if _repeated(whole, placed, path, *items):
            continue
        at = _place(whole.data["tasks"], "number", change["task"])
        assert at is not None
        kept: list[Mapping[str, Any]] = []
        changed: list[Mapping[str, Any]] = []
        new = {key: value for key, value in change.items() if key not in ("task", "years")}
        for entry in _held(whole, at):
            mine = {y: change["years"][y] for y in entry["years"] if y in years}
            if entry["indicator"] != change["indicator"] or not mine:
                kept.append(entry)
                continue
            rest = _without(entry, years)
            kept += [rest] if rest["years"] else []
            changed.append({**entry, **new, "years": mine})
        _renumber(whole, at, len(kept), len(changed), path)
        _put(whole, at, milestones=(*kept, *changed))
        whole.replaced |= items


def _renumber(whole: MergedFile, at: int, kept: int, new: int, path: PathInFile) -> None:
    """Note where new entries stand; entries kept have moved up, and what was noted of them with them."""
    noted = [key for key in whole.own if key[:3] == ("tasks", at, "milestones")]
    moved = [whole.own.pop(key) for key in noted]
    for offset, place in enumerate(moved):
        whole.own["tasks", at, "milestones", kept - len(moved) + offset] = place
    for j in range(new):
        whole.own["tasks", at, "milestones", kept + j] = path


def _tasks(whole: MergedFile, placed: Placed) -> None:
    for i, change in enumerate(_given(placed, "override", "tasks")):
        at = _place(whole.data["tasks"], "number", change["number"])
        if at is None:
            _missing(placed, ("override", "tasks", i, "number"), "task", "任务", change["number"], (t["number"] for t in whole.data["tasks"]))  # fmt: skip
            continue
        if _repeated(whole, placed, ("override", "tasks", i), ("tasks", change["number"]), ("units", change["number"])):
            continue
        _put(whole, at, **change)
        for key in change:
            whole.own["tasks", at, key] = ("override", "tasks", i, key)
        if {"leads", "participants"} & set(change):
            whole.replaced.add(("units", change["number"]))
        if set(change) - {"number", "leads", "participants"}:
            whole.replaced.add(("tasks", change["number"]))


def _readings(whole: MergedFile, placed: Placed) -> None:
    for i, change in enumerate(_given(placed, "override", "readings")):
        name, default, path = change["ambiguity"], change["default"], ("override", "readings", i)
        there = whole.data["ambiguities"].get(name)
        if there is None:
            _missing(placed, (*path, "ambiguity"), "ambiguity", "歧义条款", name, whole.data["ambiguities"])
        elif default not in there["readings"]:
            _missing(placed, (*path, "default"), "reading", "读法", default, there["readings"])
        elif not _repeated(whole, placed, path, ("ambiguities", name)):
            readings = {key: {**body, "default": key == default} for key, body in there["readings"].items()}
            new = {**there, "readings": readings, "why_default": change["why_default"]}
            whole.data["ambiguities"] = {**whole.data["ambiguities"], name: new}
            whole.own["ambiguities", name] = path
            whole.replaced.add(("ambiguities", name))


def _additions(whole: MergedFile, placed: Placed) -> None:
    name: Callable[[Mapping[str, Any]], list[tuple[Any, ...]]]
    for key, name in (("milestones", _milestone_names), ("deliverables", lambda d: [("deliverables", d["id"])])):
        for i, entry in enumerate(_given(placed, "add", key)):
            at = _place(whole.data["tasks"], "number", entry["task"])
            if at is None:
                _missing(placed, ("add", key, i, "task"), "task", "任务", entry["task"], (t["number"] for t in whole.data["tasks"]))  # fmt: skip
                continue
            there = tuple(whole.data["tasks"][at].get(key, ()))
            _put(whole, at, **{key: (*there, {k: v for k, v in entry.items() if k != "task"})})
            whole.own["tasks", at, key, len(there)] = ("add", key, i)
            whole.replaced |= set(name(entry))


def _milestone_names(entry: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [("milestones", entry["task"], entry["indicator"], year) for year in entry["years"]]
