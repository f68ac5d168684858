"""The format of an appraisal rule file.  考评规则文件的格式。"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from pydantic import Field

from ...plan.base import BilingualText, Model, StatusWord
from ...terms import Text
from ...verdicts import Operator
from .numbers import Amount, Number

Kind = Literal["milestone", "pro_rata", "linear", "steps", "efficacy", "deduction", "bonus", "levels"]
Part = Literal["whole_up", "whole_down", "pro_rata"]  # of a unit begun: counts as one, not at all, in proportion
Effect = Literal["zero_total", "zero_category", "cap_score", "cap_grade", "no_award"]
ROUNDINGS = {
    "half_up": Text("四舍五入", "half up"),
    "half_even": Text("四舍六入五成双", "half to even"),
    "truncate": Text("截断", "truncated"),
}
ACROSS = {
    "arithmetic": Text("加权算术平均", "weighted arithmetic mean"),
    "geometric": Text("加权几何平均", "weighted geometric mean"),
    "harmonic": Text("加权调和平均", "weighted harmonic mean"),
}


class Position(Model):
    """A place on an indicator's scale: a value, so much short of the milestone, or a degree of completion.  指标上的一个位置。

    A degree of completion is value / milestone where more is better and milestone / value where less is.
    """

    at: Number | None = None
    short: Number | None = None  # in the indicator's unit; negative: beyond the milestone
    ratio: Amount | None = None

    @property
    def given(self) -> int:
        """How many of the three ways are used; one is right."""
        return sum(v is not None for v in (self.at, self.short, self.ratio))

    def place(self, milestone: Fraction, direction: int) -> Fraction:
        """Return the value in the indicator's unit."""
        if self.at is not None:
            return Fraction(self.at)
        if self.short is not None:
            return milestone - direction * Fraction(self.short)
        ratio = Fraction(self.ratio or "1")
        return milestone * ratio if direction > 0 else milestone / ratio


class Step(Position):
    """A step: who reaches it has this share of the points.  一级台阶。"""

    share: Number
    inclusive: bool = True  # 以上 includes the number, 超过 does not
    words: str = ""


class Standard(Position):
    """A standard value with its coefficient.  标准值及其系数。"""

    coefficient: Number


class Level(Model):
    """How far a deliverable has come.  工作成果的完成程度。"""

    id: str
    name: BilingualText
    share: Number


class Scale(Model):
    """A way from a value to a share of an item's points.  由数值到得分比例的办法。

    ``milestone``: all or ``otherwise``. ``pro_rata``: value / milestone, at most 1. ``linear``: ``otherwise`` at ``zero``, all at
    ``full``. ``steps``: the best step reached. ``efficacy``: between standard values in proportion 功效系数. ``deduction``: ``each``
    points off per event, per ``per`` of a gap, or per unit short, down to ``floor``. ``bonus``: ``each`` points per ``per``
    beyond the milestone, up to the item's points. ``levels``: of deliverables.
    """

    kind: Kind
    name: BilingualText
    status: StatusWord
    otherwise: Number = "0"
    steps: tuple[Step, ...] = ()
    zero: Position | None = None
    full: Position | None = None
    standards: tuple[Standard, ...] = ()
    below: Literal["zero", "hold", "extrapolate"] = "zero"
    each: Amount | None = None
    per: Amount = "1"
    part: Part = "pro_rata"
    of: Literal["gap", "units_short"] = "gap"
    floor: Number = "0"
    levels: tuple[Level, ...] = ()
    disagreement: Literal["median", "lowest", "mean"] = "median"


class Item(Model):
    """What is scored: a milestone's indicator, or a deliverable of the plan.  评分项。"""

    task: int
    indicator: str | None = None
    deliverable: str | None = None
    points: Amount
    scale: str
    category: str | None = None  # the task's unless given
    role: Literal["score", "bonus", "deduction"] = "score"
    who: Literal["divisions", "city", "all"] = "all"
    years: tuple[int, ...] = ()  # every year in which the plan has it unless given
    error_sd: Amount | None = None  # standard deviation of the error of measurement, in the indicator's unit

    @property
    def code(self) -> str:
        """The item's name in tables."""
        return self.indicator or self.deliverable or ""


class Category(Model):
    """A branch of the card and its weight.  评分类别及权重。"""

    id: str
    weight: Amount | None = None
    name: BilingualText | None = None


class Band(Model):
    """A grade and the least score it needs; ``to`` repeats a printed upper end and is checked.  等次及其下限。"""

    grade: str
    name: BilingualText
    from_: Number = Field(alias="from")
    to: Number | None = None
    inclusive: bool = True


class When(Model):
    """The figure that starts a veto by itself.  由数值触发。"""

    indicator: str
    operator: Operator
    at: Number


class Veto(Model):
    """One-vote veto 一票否决.  一票否决事项。"""

    id: str
    name: BilingualText
    effect: Effect
    when: When | None = None  # without it, only reported vetoes count
    category: str | None = None
    grade: str | None = None
    score: Number | None = None
    status: StatusWord


class Rounding(Model):
    """How a score is rounded.  分数的取舍。"""

    digits: int = Field(ge=0, le=6)
    mode: Literal["half_up", "half_even", "truncate"]
    before_grading: bool


class Comprehensive(Model):
    """The comprehensive appraisal: years weighed, headline targets beside them.  综合考评。"""

    years: Mapping[int, Amount]
    targets_weight: Amount
    verdict_shares: Mapping[str, Number]  # met, not_met; a verdict that is not listed is not assessable


class RuleSource(Model):
    """Where a part of the rule was read.  规则来源。"""

    title: str
    path: str
    of: str


class AppraisalRuleFile(Model):
    """An appraisal rule file.  考评规则文件。"""

    schema_version: int
    id: str
    version: str
    plan: str
    name: BilingualText
    status: StatusWord
    why: BilingualText
    sources: tuple[RuleSource, ...] = ()
    total: Amount = "100"
    across: Literal["arithmetic", "geometric", "harmonic"] = "arithmetic"
    across_floor: Amount = "1"
    missing: Literal["reweight", "zero"] = "reweight"
    bonus_cap: Amount = "0"
    deduction_cap: Amount | None = None
    above_total: bool = False  # whether bonus may lift a score above the total
    rounding: Rounding
    grades: tuple[Band, ...]
    categories: tuple[Category, ...] = ()
    scales: Mapping[str, Scale]
    items: tuple[Item, ...]
    vetoes: tuple[Veto, ...] = ()
    comprehensive: Comprehensive | None = None
