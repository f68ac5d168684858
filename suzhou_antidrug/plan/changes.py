"""What a plan changes of the one it inherits from: stricter, same, weaker, not comparable, dropped, added.

规划对上级规划的改动：更严、相同、更宽、不可比、删去、新增。
"""

from __future__ import annotations

from collections.abc import Iterator

from ..terms import Text
from .ambition import Promise, promises_of, relate_across
from .model import Plan
from .parts import Change, Relation
from .show import threshold_text

_Key = tuple[object, ...]
_ADDED = Text("上级规划没有", "the plan above has no such item")
_UNITS = Text("责任单位改变", "the units in charge change")
_TASK = Text("任务的文字、类别或未建模内容改变", "words, category or what is not modelled change")


def changes_between(parent: Plan, child: Plan, why_dropped: Text | None) -> tuple[Change, ...]:
    """Return every change, dropped items first as the parent lists them, then the child's own.  列出全部改动。"""
    above = {_key(p): p for p in promises_of(parent)}
    here = {_key(p): p for p in promises_of(child)}
    dropped = why_dropped or Text("文件未说明", "the file gives no reason")
    found = [
        Change(
            kind=p.kind, item=p.id, task=p.task, year=p.year, indicator=p.indicator,
            inherited=promise_text(p), inherited_clause=p.clause, relation="dropped", reason=dropped,
        )
        for key, p in above.items()
        if key not in here
    ]  # fmt: skip
    read_anew = {key for key, p in here.items() if key in above and p.readings != above[key].readings}
    for key, p in here.items():
        if p.plan == child.id or key in read_anew:
            relation: Relation = "added"
            reason = _ADDED
            if key in above:
                relation, reason = relate_across(p, child, above[key], parent)
            found.append(_promise(p, above.get(key), relation, reason))
    return (*found, *_task_changes(parent, child), *_reading_changes(parent, child))


def _key(promise: Promise) -> _Key:
    if promise.kind == "milestone":
        return promise.kind, promise.task, promise.indicator, promise.year
    return promise.kind, promise.id


def _promise(own: Promise, inherited: Promise | None, relation: Relation, reason: Text) -> Change:
    return Change(
        kind=own.kind, item=own.id, task=own.task, year=own.year, indicator=own.indicator,
        inherited="" if inherited is None else promise_text(inherited), own=promise_text(own),
        inherited_clause="" if inherited is None else inherited.clause, own_clause=own.clause,
        relation=relation, reason=reason,
    )  # fmt: skip


def promise_text(promise: Promise) -> str:
    """Return what a promise asks in one short text: a threshold, the readings of a fall, or a name.  承诺的简短表述。"""
    if promise.operator is not None and promise.threshold is not None:
        return threshold_text(promise.threshold, promise.operator, promise.unit, compares=promise.compares)
    falls = ", ".join(r.id for r in promise.readings if r.minimum_change is not None)
    return f"{Text('下降', 'a fall')} ({falls})" if falls else str(promise.name)


def _task_changes(parent: Plan, child: Plan) -> Iterator[Change]:
    above = {task.number: task for task in parent.tasks}
    here = {task.number: task for task in child.tasks}
    for number, task in above.items():
        if number not in here:
            yield Change(kind="task", item=str(number), task=number, inherited=str(task.name), inherited_clause=task.clause_annex, relation="dropped", reason=Text("整项任务删去", "the whole task is dropped"))  # fmt: skip
    for number, task in here.items():
        if number not in above:
            yield Change(kind="task", item=str(number), task=number, own=str(task.name), own_clause=task.clause_annex, relation="added", reason=_ADDED)  # fmt: skip
            continue
        if task.plan == child.id:
            yield Change(kind="task", item=str(number), task=number, inherited=str(above[number].name), own=str(task.name), inherited_clause=above[number].clause_annex, own_clause=task.clause_annex, relation="changed", reason=_TASK)  # fmt: skip
        if task.units[0].plan == child.id:
            units = (", ".join(f"{u.unit} ({u.role})" for u in t.units) for t in (above[number], task))
            yield Change(kind="unit", item=str(number), task=number, inherited=next(units), own=next(units), inherited_clause=above[number].clause_annex, own_clause=task.clause_annex, relation="changed", reason=_UNITS)  # fmt: skip


def _reading_changes(parent: Plan, child: Plan) -> Iterator[Change]:
    for name, ambiguity in child.ambiguities.items():
        if ambiguity.plan != child.id or name not in parent.ambiguities:
            continue
        before = parent.ambiguities[name].default.id
        yield Change(
            kind="reading", item=name, inherited=before, own=ambiguity.default.id,
            inherited_clause=parent.ambiguities[name].clause, own_clause=ambiguity.clause,
            relation="same" if before == ambiguity.default.id else "changed", reason=ambiguity.why_default,
        )  # fmt: skip
