"""A drug-control plan as frozen data: targets, tasks, milestones, deliverables, readings.

禁毒规划的数据模型：总目标、任务、年度任务、工作成果、读法。

Every number carries the clause it stands in; every ambiguous clause carries named readings with one default. Unknown
keys and wrong types are refused by the models, places in the file are added by :mod:`suzhou_antidrug.plan.loader`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from ..errors import UnknownNameError, unknown_name
from ..geography import Geography
from ..provenance import Source, Status
from ..terms import Text
from ..verdicts import Operator

if TYPE_CHECKING:
    import pandas as pd

# How an indicator behaves: which formula, which interval, which scale to forecast on.
IndicatorKind = Literal["coverage", "occurrence", "proportion", "rate", "count", "index", "load"]
Direction = Literal["higher", "lower", "neither"]
Frequency = Literal["year", "half", "quarter", "month"]
TargetGroup = Literal["decrease", "hundred", "zero"]
Scope = Literal["city", "each_division", "each_school", "each_enterprise", "each_township", "each_unit"]
Where = Literal["annex", "body", "both"]
Role = Literal["lead", "participant"]
Modelled = Literal["quantified", "deliverable", "narrative"]


def _text(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if (
        not isinstance(value, Mapping)
        or set(value) != {"zh", "en"}
        or not all(isinstance(v, str) for v in value.values())
    ):
        raise ValueError("needs exactly the keys zh and en, both text")
    if not all(v.strip() for v in value.values()):
        raise ValueError("needs text in both zh and en, one is empty")
    return Text(zh=value["zh"].strip(), en=value["en"].strip())


BilingualText = Annotated[
    Text, BeforeValidator(_text), PlainSerializer(lambda t: {"zh": t.zh, "en": t.en}, return_type=dict)
]

Words = Annotated[str, Field(min_length=1)]  # text that may not be empty: a clause, a wording


class Model(BaseModel):
    """Frozen, and no key passes that is not declared.  冻结模型，未声明的键一律拒绝。"""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


class Document(Model):
    """The paper that a plan stands on.  规划文件。"""

    number: str
    title: BilingualText
    issuer: BilingualText
    dated: str
    published: str
    source: str


class Measure(Model):
    """What is counted in a numerator or denominator, and in which unit.  分子或分母的内容与单位。"""

    name: BilingualText
    unit: str


class IndicatorBody(Model):
    """What a file says of an indicator under its id.  文件中对一个指标的定义。"""

    name: BilingualText
    kind: IndicatorKind
    unit: str
    direction: Direction
    definition: BilingualText
    definition_status: Status = Field(strict=False)
    source: str = ""  # the rule that defines it, where one does
    numerator: Measure | None = None
    denominator: Measure | None = None
    per: float = 1.0
    frequency: Frequency = "year"
    basis: Literal["list", "survey"] | None = None
    by_division: bool = True  # divisions report it; otherwise only the city does
    note: BilingualText | None = None


class Indicator(IndicatorBody):
    """A defined quantity.  有定义的量。

    ``per`` multiplies numerator / denominator (1000 for a rate per 1,000). ``basis`` says whether a coverage is counted
    on a list or estimated by a survey. ``definition_status`` is ``official`` only where the plan or a cited rule
    defines the quantity; a definition of ours is ``assumed``.
    """

    id: str
    group: str = ""  # the category of the first task that names it: sheet of the template

    @property
    def needs_parts(self) -> bool:
        """Whether numerator and denominator are reported, not the value."""
        return self.numerator is not None and self.denominator is not None


class Milestone(Model):
    """A threshold that binds in one year.  约束某一年的目标值。"""

    id: str
    task: int
    year: int
    indicator: str
    operator: Operator
    threshold: float
    unit: str
    inclusive: bool  # whether the threshold itself satisfies: 以上, 不低于 and 达到 include it
    wording: Words  # the words that set the operator: 达到, 以上, 不低于, 保持, 零发生
    scope: Scope
    where: Where
    clause: Words
    compares: Literal["level", "change"] = "level"  # change: against the base of a reading
    ambiguities: tuple[str, ...] = ()
    note: BilingualText | None = None


class Deliverable(Model):
    """Something to be done by a year, judged by evidence and not by a number.  须在某年完成的工作成果。"""

    id: str
    task: int
    name: BilingualText
    due: int
    recurring: bool = False  # due again and again up to `due`
    every_years: int = 1  # the step where it recurs: 1 each year, 2 every second year
    scope: Scope
    where: Where
    clause: Words
    ambiguities: tuple[str, ...] = ()


class TaskUnit(Model):
    """A unit that leads a task or takes part in it.  牵头或参与单位。"""

    unit: str
    role: Role


class Unit(Model):
    """A public body named by a plan.  规划点名的单位。"""

    id: str
    name: BilingualText
    level: Literal["city", "division", "city_and_division", "all_members"]


class Named(Model):
    """A category of the annex or a pillar of the body.  附件类别或“六全”之一。"""

    id: str
    name: BilingualText
    clause: Words


class ReadingBody(Model):
    """What a file says of a reading under its id.  文件中对一种读法的规定。"""

    says: BilingualText
    default: bool = False
    computable: bool = True
    why: BilingualText | None = None  # demanded where it is not computable
    minimum_change: float | None = None  # smallest relative change that counts, 0.10 for 10 %
    change_scale: Literal["relative", "points"] | None = None
    base_years: tuple[int, ...] = ()  # their mean is the base
    previous_year: bool = False  # the base is the year before
    evidence: float | None = None  # probability demanded for a verdict of met
    consecutive_years: int = Field(default=1, ge=1, le=3)  # the last years in which the fall must hold
    significance: float | None = Field(
        default=None, gt=0, lt=0.5
    )  # one-sided level at which a fall must be told from chance
    direction: Direction | None = None
    operator: Operator | None = None  # where the reading turns or tightens the comparison
    minimum_size: float | None = None  # smallest event that counts, in the unit that `says` names
    indicator: str | None = None  # where the reading picks another indicator
    biomarkers: tuple[str, ...] = ()  # of sewage, where the reading names them
    binds: Literal["each_year", "last_year"] | None = None  # where the reading says in which years a promise binds


class Reading(ReadingBody):
    """One way to make an ambiguous clause computable.  使歧义条款可计算的一种读法。"""

    id: str


class Ambiguity(Model):
    """A clause that can be read in more than one way.  有歧义的条款。"""

    id: str
    clause: Words
    wording: Words
    question: BilingualText
    readings: tuple[Reading, ...]
    why_default: BilingualText
    source: str = ""  # a rule outside the plan that a reading leans on

    @property
    def default(self) -> Reading:
        """The reading used unless another is named."""
        return next(r for r in self.readings if r.default)

    def reading(self, reading_id: str | None = None) -> Reading:
        """Return a reading by id, the default for None.  按名称取读法。"""
        if reading_id is None:
            return self.default
        for reading in self.readings:
            if reading.id == reading_id:
                return reading
        raise UnknownNameError(
            unknown_name(
                f"reading of {self.wording}", f"“{self.wording}”的读法", reading_id, [r.id for r in self.readings]
            )
        )


class Target(Model):
    """A headline target.  总目标。"""

    id: str
    number: int
    group: TargetGroup
    name: BilingualText
    indicator: str
    operator: Operator | None = None  # None for 明显下降: a reading gives the number
    threshold: float | None = None
    unit: str
    due: int
    scope: Scope
    clause: Words
    tasks: tuple[int, ...] = ()
    ambiguities: tuple[str, ...] = ()


class Task(Model):
    """A task of the annex with what the body text adds.  附件中的任务及正文所加内容。"""

    number: int
    name: BilingualText
    category: str
    pillar: str
    clause_annex: Words
    clause_body: Words
    units: tuple[TaskUnit, ...]
    milestones: tuple[Milestone, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    modelled: Modelled
    not_modelled: tuple[BilingualText, ...] = ()  # what the text asks that is not data here, and why

    def milestone_for(self, year: int) -> tuple[Milestone, ...]:
        """The milestones that bind in a year."""
        return tuple(m for m in self.milestones if m.year == year)


class Difference(Model):
    """Where annex and body say different things.  附件与正文不一致之处。"""

    task: int
    annex: BilingualText
    body: BilingualText
    consequence: BilingualText


class AppraisalClause(Model):
    """What part four of a plan says about appraisal.  规划关于考评的条款。"""

    id: str
    clause: Words
    who: BilingualText
    whom: BilingualText
    what: BilingualText
    years: tuple[int, ...]
    kind: Literal["annual", "comprehensive", "duty", "sanction"]


class Plan(Model):
    """A plan.  一份规划。

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> plan.first_year, plan.last_year, len(plan.targets)
    (2020, 2022, 12)
    """

    schema_version: int
    id: str
    name: BilingualText
    status: Status = Field(strict=False)
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

    def ledger_frame(self) -> pd.DataFrame:
        """What is modelled and what is not, task by task.  逐项任务的建模台账。"""
        from .frames import ledger_frame

        return ledger_frame(self)

    def _repr_html_(self) -> str:
        from .show import plan_html

        return plan_html(self)
