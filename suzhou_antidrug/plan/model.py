"""A drug-control plan as frozen data: targets, tasks, milestones, deliverables, readings.

禁毒规划的数据模型：总目标、任务、年度任务、工作成果、读法。

Every number carries the clause it stands in; every ambiguous clause carries named readings with one default. Unknown
keys and wrong types are refused by the models, places in the file are added by :mod:`suzhou_antidrug.plan.loader`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import PlanError, Problem, UnknownNameError, unknown_name
from ..geography import Geography
from ..provenance import Source
from .base import BilingualText, Model, StatusWord
from .parts import (
    Ambiguity,
    AppraisalClause,
    Change,
    Deliverable,
    Difference,
    Direction,
    Document,
    Forebear,
    Gap,
    Indicator,
    IndicatorBody,
    IndicatorKind,
    Level,
    Measure,
    Milestone,
    Named,
    Reading,
    ReadingBody,
    Target,
    Task,
    TaskUnit,
    Unit,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..results import Explanation

__all__ = [
    "Ambiguity",
    "AppraisalClause",
    "Change",
    "Deliverable",
    "Difference",
    "Direction",
    "Document",
    "Forebear",
    "Gap",
    "Indicator",
    "IndicatorBody",
    "IndicatorKind",
    "Level",
    "Measure",
    "Milestone",
    "Named",
    "Plan",
    "Reading",
    "ReadingBody",
    "Target",
    "Task",
    "TaskUnit",
    "Unit",
]


class Plan(Model):
    """A plan.  一份规划。

    ``lineage`` begins with the plan itself and goes on with the plans it inherits from; every target, task, milestone and
    deliverable names the plan that says it. ``status`` is the weakest of the line.

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> plan.first_year, plan.last_year, len(plan.targets)
    (2020, 2022, 12)
    """

    schema_version: int
    id: str
    name: BilingualText
    status: StatusWord
    document: Document
    first_year: int
    last_year: int
    base_year: int
    geography: Geography
    sources: Mapping[str, Source]
    categories: tuple[Named, ...]
    pillars: tuple[Named, ...]
    units: tuple[Unit, ...]
    indicators: Mapping[str, Indicator]
    ambiguities: Mapping[str, Ambiguity]
    targets: tuple[Target, ...]
    tasks: tuple[Task, ...]
    differences: tuple[Difference, ...] = ()
    appraisal: tuple[AppraisalClause, ...] = ()
    level: Level | None = None
    gaps: tuple[Gap, ...] = ()
    lineage: tuple[Forebear, ...] = ()
    changes: tuple[Change, ...] = ()
    fingerprint: str = ""

    @property
    def years(self) -> range:
        """The years the plan covers."""
        return range(self.first_year, self.last_year + 1)

    @cached_property
    def milestones(self) -> tuple[Milestone, ...]:
        """Every milestone of every task."""
        return tuple(m for task in self.tasks for m in task.milestones)

    @cached_property
    def deliverables(self) -> tuple[Deliverable, ...]:
        """Every deliverable of every task."""
        return tuple(d for task in self.tasks for d in task.deliverables)

    @cached_property
    def primary_indicators(self) -> tuple[str, ...]:
        """Ids of the indicators that a target or milestone names; the others only stand in alternative readings."""
        named = [t.indicator for t in self.targets] + [m.indicator for m in self.milestones]
        return tuple(dict.fromkeys(named))

    def target(self, target_id: str) -> Target:
        """Return a headline target by id.  按名称取总目标。"""
        for target in self.targets:
            if target.id == target_id:
                return target
        raise UnknownNameError(unknown_name("target", "总目标", target_id, [t.id for t in self.targets]))

    def require_targets(self) -> None:
        """Refuse a plan without a headline target, where the outlook of targets is asked for.  没有总目标时拒绝评估前景。"""
        if not self.targets:
            raise PlanError(
                Problem(
                    "no_targets",
                    f"the plan {self.id} has no headline target whose outlook could be told.",
                    f"规划 {self.id} 没有总目标，无前景可评。",
                    "Judge its milestones: judge_milestones(compute_indicators(returns, plan=plan), plan=plan).",
                    "请评判年度任务：judge_milestones(compute_indicators(returns, plan=plan), plan=plan)。",
                )
            )

    def task(self, number: int) -> Task:
        """Return a task by its number in the annex.  按序号取任务。"""
        for task in self.tasks:
            if task.number == number:
                return task
        raise UnknownNameError(unknown_name("task", "任务", number, [str(t.number) for t in self.tasks]))

    def indicator(self, indicator_id: str) -> Indicator:
        """Return an indicator by id.  按名称取指标。"""
        if indicator_id not in self.indicators:
            raise UnknownNameError(unknown_name("indicator", "指标", indicator_id, self.indicators))
        return self.indicators[indicator_id]

    def ambiguity(self, ambiguity_id: str) -> Ambiguity:
        """Return an ambiguity by id.  按名称取歧义条款。"""
        if ambiguity_id not in self.ambiguities:
            raise UnknownNameError(unknown_name("ambiguity", "歧义条款", ambiguity_id, self.ambiguities))
        return self.ambiguities[ambiguity_id]

    def said_by(self, plan_id: str) -> Forebear:
        """Return the plan of the line that has an id: this one, or one it inherits from.  按代码取继承链上的规划。"""
        for forebear in self.lineage:
            if forebear.id == plan_id:
                return forebear
        raise UnknownNameError(
            unknown_name("plan in the line", "继承链上的规划", plan_id, [f.id for f in self.lineage])
        )

    def explain(self, promise: str) -> Explanation:
        """Say what a target, milestone or deliverable asks, who says so and where, and what it changes.  解释一项承诺。

        >>> from suzhou_antidrug.plan import load_plan
        >>> print(load_plan("suzhou-2020").explain("t08-sick_disabled_admission_rate-2021").in_language("en"))
        Admission of sick and disabled users 2021
          promise: ≥95%
          by: 2021
          said by: Suzhou three-year plan of drug control (2020-2022), 苏府办〔2020〕136号, official
          issuer: General Office of the Suzhou Municipal People's Government
          level of the plan: city
          clause: 附件-8
          inherited: no
        """
        from .explanation import explain_promise

        return explain_promise(self, promise)

    def targets_frame(self) -> pd.DataFrame:
        """The headline targets as a frame.  总目标表。"""
        from .frames import targets_frame

        return targets_frame(self)

    def milestones_frame(self) -> pd.DataFrame:
        """The milestones: task, year, indicator, operator, threshold, unit, clause, reading.  年度任务表。"""
        from .frames import milestones_frame

        return milestones_frame(self)

    def deliverables_frame(self) -> pd.DataFrame:
        """The deliverables with their due years.  工作成果表。"""
        from .frames import deliverables_frame

        return deliverables_frame(self)

    def units_frame(self) -> pd.DataFrame:
        """The units: task, unit, role.  责任单位表。"""
        from .frames import units_frame

        return units_frame(self)

    def readings_frame(self) -> pd.DataFrame:
        """Every ambiguous clause with its readings.  歧义条款与读法表。"""
        from .frames import readings_frame

        return readings_frame(self)

    def differences_frame(self) -> pd.DataFrame:
        """Where annex and body differ.  附件与正文差异表。"""
        from .frames import differences_frame

        return differences_frame(self)

    def changes_frame(self) -> pd.DataFrame:
        """What the plan changes of the one it inherits from: stricter, same, weaker, not comparable.  对上级规划的改动。"""
        from .frames import changes_frame

        return changes_frame(self)

    def gaps_frame(self) -> pd.DataFrame:
        """What the text at hand does not tell.  现有文本的缺口。"""
        from .frames import gaps_frame

        return gaps_frame(self)

    def ledger_frame(self) -> pd.DataFrame:
        """What is modelled and what is not, task by task.  逐项任务的建模台账。"""
        from .frames import ledger_frame

        return ledger_frame(self)

    def _repr_html_(self) -> str:
        from .show import plan_html

        return plan_html(self)
