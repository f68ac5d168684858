"""What a plan file may hold that inherits from another: additions at the top, ``override``, ``add`` and ``drop``.

继承上级规划的文件允许的内容：顶层为新增，另有 ``override`` 改动、``add`` 补充、``drop`` 删去。
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ..verdicts import Operator
from .base import BilingualText, Model, StatusWord, Words
from .contents import (
    SCHEMA_VERSION,
    AmbiguityEntry,
    DeliverableEntry,
    MilestoneEntry,
    PlacesEntry,
    SourceEntry,
    TaskEntry,
    WrittenThresholds,
)
from .parts import (
    AppraisalClause,
    Difference,
    Document,
    Gap,
    IndicatorBody,
    Level,
    Modelled,
    Named,
    Scope,
    TargetBody,
    TargetGroup,
    Unit,
    Where,
)


class TargetOverride(Model):
    """What changes in an inherited headline target; its new clause is a must.  对继承总目标的改动，须给出新条款。"""

    id: Words
    clause: Words
    group: TargetGroup | None = None
    name: BilingualText | None = None
    indicator: str | None = None
    operator: Operator | None = None
    threshold: float | None = None
    unit: str | None = None
    due: int | None = None
    scope: Scope | None = None
    tasks: tuple[int, ...] | None = None
    ambiguities: tuple[str, ...] | None = None


class MilestoneOverride(WrittenThresholds):
    """What changes in inherited milestones, by year; their new clause is a must.  对继承年度任务的改动，须给出新条款。"""

    task: int
    indicator: str
    years: Mapping[int, float] = Field(min_length=1)
    clause: Words
    operator: Operator | None = None
    unit: str | None = None
    inclusive: bool | None = None
    wording: Words | None = None
    scope: Scope | None = None
    where: Where | None = None
    compares: Literal["level", "change"] | None = None
    ambiguities: tuple[str, ...] | None = None
    note: BilingualText | None = None


class TaskOverride(Model):
    """What changes in an inherited task besides its milestones.  对继承任务的改动(年度任务除外)。"""

    number: int
    name: BilingualText | None = None
    category: str | None = None
    pillar: str | None = None
    clause_annex: Words | None = None
    clause_body: Words | None = None
    leads: tuple[str, ...] | None = Field(default=None, min_length=1)
    participants: tuple[str, ...] | None = None
    modelled: Modelled | None = None
    not_modelled: tuple[BilingualText, ...] | None = None


class ReadingOverride(Model):
    """Another default reading of an inherited clause, and why.  对继承条款改用另一默认读法及其理由。"""

    ambiguity: Words
    default: Words
    why_default: BilingualText


class Overrides(Model):
    """Everything that changes.  全部改动。"""

    targets: tuple[TargetOverride, ...] = ()
    milestones: tuple[MilestoneOverride, ...] = ()
    tasks: tuple[TaskOverride, ...] = ()
    readings: tuple[ReadingOverride, ...] = ()


class AddedMilestone(MilestoneEntry):
    """A milestone of an inherited task.  继承任务新增的年度任务。"""

    task: int


class AddedDeliverable(DeliverableEntry):
    """A deliverable of an inherited task.  继承任务新增的工作成果。"""

    task: int


class Additions(Model):
    """What inherited tasks gain.  继承任务的新增内容。"""

    milestones: tuple[AddedMilestone, ...] = ()
    deliverables: tuple[AddedDeliverable, ...] = ()


class DroppedMilestone(Model):
    """A milestone left out, in all years or in some.  删去的年度任务，可只限某些年份。"""

    task: int
    indicator: str
    years: tuple[int, ...] = ()


class Drops(Model):
    """What is left out, and why.  删去的内容及理由。"""

    why: BilingualText
    targets: tuple[str, ...] = ()
    tasks: tuple[int, ...] = ()
    milestones: tuple[DroppedMilestone, ...] = ()
    deliverables: tuple[str, ...] = ()


class ChildFile(Model):
    """A plan file that inherits.  继承上级规划的规划文件。"""

    schema_version: int = Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)
    id: Words
    inherits: Words
    name: BilingualText
    status: StatusWord
    document: Document
    level: Level | None = None
    first_year: int | None = None
    last_year: int | None = None
    base_year: int | None = None
    geography: str | PlacesEntry | None = None
    sources: Mapping[str, SourceEntry] = {}
    categories: tuple[Named, ...] = ()
    pillars: tuple[Named, ...] = ()
    units: tuple[Unit, ...] = ()
    indicators: Mapping[str, IndicatorBody] = {}
    ambiguities: Mapping[str, AmbiguityEntry] = {}
    targets: tuple[TargetBody, ...] = ()
    tasks: tuple[TaskEntry, ...] = ()
    differences: tuple[Difference, ...] = ()
    appraisal: tuple[AppraisalClause, ...] = ()
    gaps: tuple[Gap, ...] = ()
    override: Overrides | None = None
    add: Additions | None = None
    drop: Drops | None = None
