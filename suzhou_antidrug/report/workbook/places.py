"""Where everything of a score workbook stands, worked out before a cell is written.

工作簿各内容的位置，先定位置、后写单元格。
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...appraisal.rules.checks import category_of
from ...appraisal.scoring.tables import grade_name
from ...returns.schema import value_is_numerator
from ...terms import Text
from .pages import HEADER_ROW, cell, on, span

if TYPE_CHECKING:
    from fractions import Fraction

    from ...appraisal.rules.model import AppraisalRuleFile
    from ...appraisal.scorecard import ScoreCard
    from ...appraisal.scoring.cards import YearCard
    from ...appraisal.scoring.curves import Curve
    from ...appraisal.scoring.measures import ItemColumn
    from ...plan.model import Indicator

NOTES, SCORES, ITEMS, RULES, TARGETS, RANKS, SOURCES = "说明", "得分", "计分明细", "规则", "总目标", "名次区间", "来源"
ROLES = {"score": Text("计分", "score"), "bonus": Text("加分", "bonus"), "deduction": Text("扣分", "deduction")}
YES, NO = Text("是", "yes"), Text("否", "no")
UNDETERMINED_TEXT = Text("不可定", "undetermined")
SCORED, MISSING_TEXT, BLOCKED_TEXT = (
    Text("已评", "scored"),
    Text("缺报", "not reported"),
    Text("不可评", "not assessable"),
)
SCORE_HEADER = HEADER_ROW + 1  # a row with the weights of categories stands above

ITEM_COLUMNS = (
    "division", "year", "task", "category", "item", "role", "numerator", "denominator", "value", "operator", "milestone",
    "reached", "scale", "argument", "knot", "share", "of", "points", "of_total", "in_total", "state", "reason", "clause",
    "evidence", "status", "base_numerator", "base_denominator", "base",
)  # fmt: skip
AT = {name: number for number, name in enumerate(ITEM_COLUMNS)}

CurveKey = tuple[tuple["Fraction", ...], ...]


@dataclass(frozen=True, slots=True)
class CurveCells:
    """Where a curve stands.  曲线所在单元格。"""

    number: int
    first: int
    last: int

    def column(self, place: int) -> str:
        """The cells of one column: 3 knots, 4 left, 5 at, 6 right, 7 slope."""
        return on(RULES, span(self.first, self.last, place))

    def top(self, place: int) -> str:
        """The first cell of a column."""
        return on(RULES, cell(self.first, place, fixed=True))


@dataclass(slots=True)
class RuleCells:
    """Where the rules stand.  规则所在单元格。"""

    numbers: dict[str, str] = field(default_factory=dict)  # total, caps, digits, floor
    bands: list[tuple[str, str]] = field(default_factory=list)  # least score, name
    categories: dict[str, tuple[str, str]] = field(default_factory=dict)  # name, weight
    category_names: str = ""
    category_weights: str = ""
    points: dict[int, str] = field(default_factory=dict)  # by place of the item in the file
    most: dict[str, str] = field(default_factory=dict)  # greatest share of a scale of levels
    curves: dict[CurveKey, CurveCells] = field(default_factory=dict)


def takes_parts(indicator: Indicator) -> bool:
    """Return whether a value is numerator / denominator; a count is its numerator, whatever stands beside it.  数值是否为两数之比。"""
    return indicator.needs_parts and not value_is_numerator(indicator)


def curve_key(curve: Curve) -> CurveKey:
    """Return what makes two curves the same.  曲线的标识。"""
    return (curve.knots, curve.left, curve.at, curve.right)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the sheet of items.  计分明细的一行。"""

    row: int
    card: YearCard
    place: int
    index: int  # of the column

    @property
    def column(self) -> ItemColumn:
        """The item in its year."""
        return self.card.columns[self.index]


@dataclass(frozen=True)
class Book:
    """A score card with the place of each of its rows.  考评及其各行位置。"""

    card: ScoreCard
    language: str
    rules: RuleCells = field(default_factory=RuleCells)

    def say(self, text: Text) -> str:
        """Words in the language of the book."""
        return text.in_language(self.language)

    def graded(self, grade: str) -> str:
        """A grade as the book writes it: in English the word stands beside it."""
        return self.say(grade_name(grade, self.file))

    @property
    def file(self) -> AppraisalRuleFile:
        """The rule file."""
        return self.card.rules.file

    @cached_property
    def places(self) -> list[str]:
        """Ids, the city first."""
        return list(self.card.plan.geography.place_ids)

    @cached_property
    def place_names(self) -> list[str]:
        """Names, the city first."""
        geography = self.card.plan.geography
        return [self.say(d.name) for d in (geography.city, *geography.divisions)]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The rows of the sheet of items: years, places, items."""
        out, row = [], HEADER_ROW + 1
        for card in self.card.years:
            for place in range(len(self.places)):
                for index in np.flatnonzero(card.applies[place]).tolist():
                    out.append(Entry(row, card, place, index))
                    row += 1
        return tuple(out)

    @cached_property
    def row_of(self) -> dict[tuple[int, int, int], int]:
        """The row of a year, place and item."""
        return {(e.card.year, e.place, e.index): e.row for e in self.entries}

    @cached_property
    def blocks(self) -> dict[tuple[int, int], tuple[int, int]]:
        """First and last row of a year and place."""
        out: dict[tuple[int, int], tuple[int, int]] = {}
        for e in self.entries:
            key = (e.card.year, e.place)
            out[key] = (out[key][0] if key in out else e.row, e.row)
        return out

    def block(self, year: int, place: int, name: str) -> str:
        """The cells of a column of the sheet of items for a year and place."""
        first, last = self.blocks[(year, place)]
        return on(ITEMS, span(first, last, AT[name]))

    def score_row(self, year: int, place: int) -> int:
        """The row of a year and place in the sheet of scores."""
        at = [c.year for c in self.card.years].index(year)
        return SCORE_HEADER + 1 + at * len(self.places) + place

    @cached_property
    def categories(self) -> dict[str, str]:
        """Ids of categories that are due in some year, with names that differ from one another."""
        ids = dict.fromkeys(c for card in self.card.years for c in card.frame.categories)
        told = {c.id: c.name for c in self.card.plan.categories} | {
            c.id: c.name for c in self.file.categories if c.name
        }
        names = {c: self.say(told[c]) if c in told else c for c in ids}
        seen = list(names.values())
        return {c: n if seen.count(n) == 1 else f"{n} ({c})" for c, n in names.items()}

    def category(self, column: ItemColumn) -> str:
        """The id of an item's category."""
        return str(category_of(column.item, self.card.plan))

    @property
    def weighted(self) -> bool:
        """Whether categories have weights."""
        return self.card.years[0].frame.weights is not None

    @cached_property
    def standing(self) -> str:
        """The status of data and rules, as it stands above every sheet."""
        data, rules = self.card.inputs.values.made.status, self.file.status
        parts = [
            Text(f"数据：{data.text.zh}", f"data: {data.text.en}"),
            Text(f"规则：{rules.text.zh}", f"rules: {rules.text.en}"),
        ]
        if self.card.made.status != data and self.card.made.status != rules:
            made = self.card.made.status.text
            parts.append(Text(f"结果：{made.zh}", f"result: {made.en}"))
        return "；".join(p.zh for p in parts) + "  (" + "; ".join(p.en for p in parts) + ")"
