"""The format of a credit rule file, and what must hold in it.  信用规则文件的格式与核对。"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from ...plan.base import BilingualText, Model, StatusWord

if TYPE_CHECKING:
    from ...plan.strict_yaml import Placed


def _number(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no decimal number in quotes") from error
    if not value.is_finite() or value < 0:
        raise ValueError(f"{text!r} is negative or not finite")
    return text


Points = Annotated[str, AfterValidator(_number)]  # decimal, written in quotes so that 0.1 is a tenth


class Penalty(Model):
    """What a sanction costs.  一种处罚的扣分。"""

    points: Points
    name: BilingualText
    status: StatusWord


class Class(Model):
    """A grade and the least points it needs.  等级及其下限。"""

    grade: str
    from_: Points = Field(alias="from")


class RedLine(Model):
    """An act that decides the grade.  红线行为。"""

    act: str
    grade: str
    name: BilingualText
    status: StatusWord


class RuleSource(Model):
    """Where a part of the rule was read.  规则来源。"""

    title: str
    path: str
    of: str


class CreditRuleFile(Model):
    """A credit rule file.  信用规则文件。"""

    schema_version: int
    id: str
    version: str
    name: BilingualText
    status: StatusWord
    sources: tuple[RuleSource, ...]
    start: Points
    floor: Points
    penalties: dict[str, Penalty]
    classes: tuple[Class, ...]
    red_lines: tuple[RedLine, ...] = ()
    expiry_months: int = 0
    repair_months: int = 0
    repaired_share: Points = "1"

    def check(self, placed: Placed) -> None:
        """Record what the schema cannot see: bands out of order or with a gap, a floor above the start, unknown grades."""
        edges = [Decimal(c.from_) for c in self.classes]
        for n, (upper, lower) in enumerate(pairwise(edges)):
            if lower >= upper:
                placed.add(("classes", n + 1, "from"), "bands", "classes must come from the highest to the lowest, without overlap.", "等级须由高到低排列，不得重叠。")  # fmt: skip
        floor = Decimal(self.floor)
        if edges and edges[-1] > floor:
            placed.add(("classes", len(edges) - 1, "from"), "gap", f"points between the floor {floor} and {edges[-1]} have no class.", f"下限 {floor} 与 {edges[-1]} 之间没有等级。")  # fmt: skip
        if floor > Decimal(self.start):
            placed.add(("floor",), "floor", "the floor lies above the start.", "下限高于起始分。")
        grades = {c.grade for c in self.classes}
        for n, red in enumerate(self.red_lines):
            if red.grade not in grades:
                placed.add(
                    ("red_lines", n, "grade"),
                    "grade",
                    f"{red.grade} is no class of this file.",
                    f"{red.grade} 不是本规则的等级。",
                )
        if len({r.grade for r in self.red_lines}) > 1:
            placed.add(("red_lines",), "red_lines", "red lines lead to one grade.", "红线须指向同一等级。")
        if Decimal(self.repaired_share) > 1:
            placed.add(
                ("repaired_share",), "share", "a repaired act counts at most in full.", "修复后的比例不得大于 1。"
            )
