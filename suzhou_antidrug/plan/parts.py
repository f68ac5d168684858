"""The parts of a plan: indicators, milestones, readings, targets, tasks, and what is missing or changed.

规划的各部分：指标、年度任务、读法、总目标、任务，以及缺口与改动。
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..errors import UnknownNameError, unknown_name
from ..provenance import Status
from ..verdicts import Operator
from .base import BilingualText, Model, StatusWord, Words

# How an indicator behaves: which formula, which interval, which scale to forecast on.
IndicatorKind = Literal["coverage", "occurrence", "proportion", "rate", "count", "index", "load"]
Direction = Literal["higher", "lower", "neither"]
Frequency = Literal["year", "half", "quarter", "month"]
TargetGroup = Literal["decrease", "hundred", "zero"]
Scope = Literal["city", "each_division", "each_school", "each_enterprise", "each_township", "each_unit"]
Where = Literal["annex", "body", "both"]
Role = Literal["lead", "participant"]
Modelled = Literal["quantified", "deliverable", "narrative"]
Level = Literal["nation", "province", "city", "district", "township"]
Relation = Literal["stricter", "same", "weaker", "not_comparable", "dropped", "added", "changed"]


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
    definition_status: StatusWord
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
    plan: str = ""  # the plan that makes the promise: this one, or one it inherits from


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
    plan: str = ""


class TaskUnit(Model):
    """A unit that leads a task or takes part in it.  牵头或参与单位。"""

    unit: str
    role: Role
    plan: str = ""


class Unit(Model):
    """A public body named by a plan.  规划点名的单位。"""

    id: str
    name: BilingualText
    level: Literal["nation", "province", "city", "division", "city_and_division", "all_members"]


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
    plan: str = ""

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


class TargetBody(Model):
    """What a file says of a headline target.  文件中的一项总目标。"""

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


class Target(TargetBody):
    """A headline target.  总目标。"""

    plan: str = ""


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
    plan: str = ""

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


class Gap(Model):
    """What the text at hand does not tell, and where it was looked for.  现有文本没有说明的内容，及查找过之处。"""

    what: BilingualText
    searched: BilingualText | None = None


class Change(Model):
    """What a plan changes of the one it inherits from.  规划对上级规划所作的一处改动。"""

    kind: Literal["target", "milestone", "deliverable", "task", "unit", "reading"]
    item: str
    task: int | None = None
    year: int | None = None
    indicator: str = ""
    inherited: str = ""  # what the parent says
    own: str = ""  # what this plan says
    inherited_clause: str = ""
    own_clause: str = ""
    relation: Relation
    reason: BilingualText


class Forebear(Model):
    """A plan in the line of inheritance, itself first.  继承链上的一份规划，首位是它自己。"""

    id: str
    name: BilingualText
    level: Level | None
    status: Status
    document: Document
    fingerprint: str
