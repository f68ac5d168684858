"""The sheet of items: every figure from numerator and denominator to points, as formulas.

计分明细：由分子、分母到得分，逐格为公式。
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...appraisal.scoring.measures import BLOCKED, OK
from ...appraisal.scoring.tables import items_table, reached
from ...provenance import Status
from ...terms import Text
from ...verdicts import OPERATOR_SIGNS, OPERATORS
from .item_formulas import argument_formula, of_total_formula, reached_formula, share_formula, value_formula
from .pages import A3, BAD, FAIR, GREY, HEADER_ROW, NUMBER, POINTS, SHARE, WHOLE, Page, cell
from .places import AT, BLOCKED_TEXT, MISSING_TEXT, NO, ROLES, SCORED, YES, Book, Entry, curve_key, takes_parts
from .pooling import Pooling
from .rules_sheet import EXACT_DIGITS, KINDS, number_of

if TYPE_CHECKING:
    import pandas as pd

    from ...appraisal.scoring.measures import ItemColumn

HEADS: tuple[tuple[Text, float], ...] = (
    (Text("单位", "place"), 13), (Text("年度", "year"), 6), (Text("任务", "task"), 5), (Text("类别", "category"), 16),
    (Text("评分项", "item"), 32), (Text("性质", "role"), 6), (Text("分子", "numerator"), 10), (Text("分母", "denominator"), 10),
    (Text("数值", "value"), 10), (Text("比较", "operator"), 9), (Text("年度任务", "milestone"), 9), (Text("达标", "reached"), 6),
    (Text("办法", "scale"), 19), (Text("自变量", "argument"), 10), (Text("界点序", "knot"), 7), (Text("得分比例", "share"), 9),
    (Text("分值", "of"), 7), (Text("得分", "points"), 8), (Text("折合满分", "of total"), 9), (Text("计入总分", "in total"), 9),
    (Text("状态", "state"), 8), (Text("理由", "reason"), 22), (Text("条款", "clause"), 19), (Text("佐证", "evidence"), 20),
    (Text("数据状态", "status"), 9), (Text("基期分子", "base num."), 9), (Text("基期分母", "base den."), 9), (Text("基期值", "base"), 9),
)  # fmt: skip
TITLE = Text("计分明细", "Points, item by item")
ADVICE = (
    "黄色单元格为上报数，改动后全簿重算；灰色斜体由其他单元格汇总。批注给出条款、原文与来源。得分比例见“规则”中的曲线。 "
    "Yellow: reported, may be changed. Comments give clause, wording and source."
)


def write_items(book: Book, page: Page) -> None:
    """Write one row a place, year and item.  每单位、年度、评分项一行。"""
    page.title(TITLE, book.standing, ADVICE)
    page.header(HEADER_ROW, HEADS)
    page.note(HEADER_ROW, AT["of_total"], "满分时在总分中的分量，按该单位全部应评项折算(缺项也计在内)。\nWorth of a whole share in the total, over all items due, gaps included.")  # fmt: skip
    page.note(HEADER_ROW, AT["in_total"], "得分比例 × 折合满分。有缺项时各项之和小于总分，因总分只按已评项折算。\nWith gaps the sum stays below the score, which is over assessed items alone.")  # fmt: skip
    page.note(HEADER_ROW, AT["argument"], "方向 × 数值，或 −缺少的单位数。比较在 12 位小数上进行：999/1000 不等于 100%，录入的 0.9 等于 90%。\nDirected value, compared at 12 decimals.")  # fmt: skip
    writer = _Writer(book, page)
    for entry in book.entries:
        writer.write(entry)
    last = book.entries[-1].row
    if not any(e.column.measured is not None and e.column.measured.scale for e in book.entries):
        page.sheet.set_column(
            AT["base_numerator"], AT["base"], 9, None, {"hidden": True}
        )  # nothing is compared with a base
    page.sheet.freeze_panes(HEADER_ROW + 1, AT["item"] + 1)
    page.sheet.autofilter(HEADER_ROW, 0, last, len(HEADS) - 1)
    for word, name, colour in ((MISSING_TEXT, "state", FAIR), (BLOCKED_TEXT, "state", GREY), (NO, "reached", BAD)):
        page.mark(f"{cell(HEADER_ROW + 1, AT[name])}:{cell(last, AT[name])}", book.say(word), colour)
    page.sheet.set_row(HEADER_ROW, 34)
    page.printing(book.standing, rows=last + 1, columns=len(HEADS), paper=A3)


class _Writer:
    """Writes the rows, knowing which figures stand elsewhere in the book already."""

    def __init__(self, book: Book, page: Page) -> None:
        self.book, self.page = book, page
        self.pooling = Pooling(book)
        self.reached = {id(c): reached(c) for card in book.card.years for c in card.columns}
        self.tables = {card.year: self._by_place(items_table(card, book.file, book.card.plan)) for card in book.card.years}  # fmt: skip

    def _by_place(self, table: pd.DataFrame) -> dict[tuple[int, int], dict[str, object]]:
        """Return the rows of a year's table by place and item: the table runs item by item."""
        at = {name: place for place, name in enumerate(self.book.places)}
        out: dict[tuple[int, int], dict[str, object]] = {}
        index, before = 0, -1
        for row in table.to_dict("records"):
            place = at[str(row["division"])]
            index += place <= before
            before = place
            out[(place, index)] = row
        return out

    def write(self, entry: Entry) -> None:
        self._words(entry)
        self._figures(entry)
        self._milestone(entry)
        self._points(entry)

    def _words(self, entry: Entry) -> None:
        book, page, row, column = self.book, self.page, entry.row, entry.column
        found = self._found(entry)
        reason = column.reasons.get(entry.place)
        evidence = column.evidence.get(entry.place, "")
        page.band(row, AT["division"], book.place_names[entry.place])
        page.number(row, AT["year"], entry.card.year, WHOLE, align="center")
        page.number(row, AT["task"], column.item.task, WHOLE, align="center")
        page.text(row, AT["category"], book.categories[book.category(column)])
        page.text(row, AT["item"], book.say(column.name), text_wrap=True)
        page.text(row, AT["role"], book.say(ROLES[column.item.role]), align="center")
        page.text(row, AT["reason"], book.say(reason) if reason else "", text_wrap=True, font_size=9)
        page.text(row, AT["clause"], found["clause"], font_size=9, text_wrap=True)
        page.text(row, AT["evidence"], evidence, font_size=9, text_wrap=True)
        status = str(found["status"])
        said = book.say(Status(status).text) if status in list(Status) else book.say(MISSING_TEXT)
        page.text(row, AT["status"], said, align="center")
        said_reason = book.say(reason) if reason else ""
        page.grow(row, (book.say(column.name), 34), (said_reason, 28), (evidence, 26), (str(found["clause"]), 24))

    def _found(self, entry: Entry) -> dict[str, object]:
        counted = np.flatnonzero(entry.card.applies.any(axis=0)).tolist()
        return self.tables[entry.card.year][(entry.place, counted.index(entry.index))]

    def _figures(self, entry: Entry) -> None:
        """Write numerator, denominator, base and value."""
        column, page, row = entry.column, self.page, entry.row
        found = column.measured
        if found is None or entry.place >= len(found.rows):
            for name in ("numerator", "denominator", "base_numerator", "base_denominator", "base"):
                page.text(row, AT[name], "", bg_color=GREY)
            page.given(row, AT["value"], column.value[entry.place], SHARE)
            if column.spread is not None and column.spread[0][entry.place] != column.spread[1][entry.place]:
                low, high = (s[entry.place] for s in column.spread)
                if low == low:
                    page.note(row, AT["value"], f"评定人意见不一：{low:.0%} 至 {high:.0%}。\nAssessors differ.")
            return
        formula = value_formula(entry)
        form = value_form(column)
        for name in ("numerator", "denominator"):
            used = takes_parts(found.indicator) or column.units_short or (name == "numerator" and formula is not None)
            self._figure(entry, name, found.rows, used=used)
        self._base(entry)
        if formula is not None:
            page.formula(row, AT["value"], formula, column.value[entry.place], form)
        else:
            self._figure(entry, "value", found.rows, used=True, form=form)

    def _figure(self, entry: Entry, name: str, rows: pd.DataFrame, *, used: bool, form: str = NUMBER) -> None:
        """Write a reported figure: from its first mention, from the divisions, or as given."""
        if not used:
            self.page.text(entry.row, AT[name], "", bg_color=GREY)
            return
        assert entry.column.measured is not None
        value = float(rows[name if self._own(entry) else "value"].iloc[entry.place])
        formula = self.pooling.formula(entry, name, value)
        if formula is None:
            self.page.given(entry.row, AT[name], value, form)
            return
        self.page.formula(entry.row, AT[name], formula, value, form, bg_color="#F7F7F7", italic=True)

    def _own(self, entry: Entry) -> bool:
        """Return whether a row's numerator and denominator stand as reported; a level that a change starts from is its value."""
        assert entry.column.measured is not None
        return takes_parts(entry.column.measured.indicator) or entry.column.units_short

    def _base(self, entry: Entry) -> None:
        """Write the base of a change."""
        found, page, row = entry.column.measured, self.page, entry.row
        names = ("base_numerator", "base_denominator")
        if found is None or found.scale is None or not found.bases:
            for name in (*names, "base"):
                page.text(row, AT[name], "", bg_color=GREY)
            return
        at, parts = entry.place, takes_parts(found.indicator) and len(found.bases) == 1
        base = float(np.mean([b["value"].iloc[at] for b in found.bases]))
        if not parts:
            for name in names:
                page.text(row, AT[name], "", bg_color=GREY)
            page.given(row, AT["base"], base, NUMBER)
            page.note(row, AT["base"], "基期多于一年时为各年平均。\nThe mean of the base years.")
            return
        for name in names:
            value = float(found.bases[0][name.removeprefix("base_")].iloc[at])
            formula = self.pooling.formula(entry, name, value)
            if formula is None:
                page.given(row, AT[name], value)
            else:
                page.formula(row, AT[name], formula, value, bg_color="#F7F7F7", italic=True)
        k, n = (cell(row, AT[name]) for name in names)
        page.formula(row, AT["base"], f'IF(COUNT({k},{n})<2,"",IF({n}>0,{found.indicator.per!r}*{k}/{n},""))', base, level_form(entry.column))  # fmt: skip

    def _milestone(self, entry: Entry) -> None:
        column, page, row, book = entry.column, self.page, entry.row, self.book
        found, milestone = column.measured, column.milestone
        if found is None or milestone is None:
            page.text(row, AT["operator"], "", bg_color=GREY)
            page.text(row, AT["milestone"], "", bg_color=GREY)
            if column.deliverable is not None:
                page.note(row, AT["milestone"], f"工作成果：{column.deliverable.name.zh}\n条款：{column.deliverable.clause}\n来源：{self._source()}")  # fmt: skip
            return
        sign = OPERATOR_SIGNS[found.operator]
        page.text(row, AT["operator"], f"{book.say(OPERATORS[found.operator])} {sign if sign != '=' else ''}".strip(), align="center")  # fmt: skip
        page.number(
            row, AT["milestone"], milestone.threshold, value_form(column)
        )  # no input: the knots would not follow
        readings = "；".join(r.says.zh for r in found.readings)
        page.note(row, AT["milestone"], f"条款：{milestone.clause}\n原文：{milestone.wording}\n来源：{self._source()}" + (f"\n读法：{readings}" if readings else ""))  # fmt: skip

    def _source(self) -> str:
        document = self.book.card.plan.document
        return f"{document.number}《{document.title.zh}》{document.published}"

    def _points(self, entry: Entry) -> None:
        book, page, row, column = self.book, self.page, entry.row, entry.column
        state, share = int(column.state[entry.place]), float(entry.card.shares[entry.place, entry.index])
        scored, value = book.say(SCORED), cell(row, AT["value"])
        if state == BLOCKED:
            page.text(row, AT["state"], book.say(BLOCKED_TEXT), align="center")
        else:
            page.formula(row, AT["state"], f'IF({value}="","{book.say(MISSING_TEXT)}","{scored}")', scored if state == OK else book.say(MISSING_TEXT), align="center")  # fmt: skip
        hit = book.say(YES if self.reached[id(column)][entry.place] else NO) if state == OK else None
        page.formula(row, AT["reached"], reached_formula(book, entry), hit, align="center")
        self._argument(entry)
        page.formula(row, AT["share"], share_formula(book, entry), share, SHARE)
        number = book.file.items.index(column.item)
        of = number_of(column.item.points)
        page.formula(row, AT["of"], book.rules.points[number], of)
        page.formula(row, AT["points"], f'IF({cell(row, AT["share"])}="","",{cell(row, AT["share"])}*{cell(row, AT["of"])})', share * of, POINTS)  # fmt: skip
        whole = float(self._found(entry)["of_total"])  # type: ignore[arg-type]
        page.formula(row, AT["of_total"], of_total_formula(book, entry), whole, POINTS)
        page.formula(row, AT["in_total"], f'IF({cell(row, AT["share"])}="","",{cell(row, AT["share"])}*{cell(row, AT["of_total"])})', share * whole, POINTS)  # fmt: skip

    def _argument(self, entry: Entry) -> None:
        """Write the argument of the curve and the place of the knot at or before it."""
        book, page, row, column = self.book, self.page, entry.row, entry.column
        kind = book.say(KINDS[column.scale.kind])
        if column.curve is None:
            page.text(row, AT["scale"], kind)
            page.text(row, AT["argument"], "", bg_color=GREY)
            page.text(row, AT["knot"], "", bg_color=GREY)
            return
        curve = book.rules.curves[curve_key(column.curve)]
        page.text(row, AT["scale"], f"{kind} · {'曲线' if book.language == 'zh' else 'curve'} {curve.number}")
        v = round(float(column.directed[entry.place]), EXACT_DIGITS)
        page.formula(row, AT["argument"], argument_formula(entry), v)
        knots, here = curve.column(3), cell(row, AT["argument"])
        before = 0 if math.isnan(v) else sum(round(float(k), EXACT_DIGITS) <= v for k in column.curve.knots)
        page.formula(row, AT["knot"], f'IF({here}="",0,IF({here}<{curve.top(3)},0,MATCH({here},{knots},1)))', before, WHOLE)  # fmt: skip


def level_form(column: ItemColumn) -> str:
    """Return how a level of an item's indicator is shown.  数值的显示格式。"""
    assert column.measured is not None
    return SHARE if column.measured.indicator.unit in ("share", "percent") else NUMBER


def value_form(column: ItemColumn) -> str:
    """Return how the value compared with the milestone is shown; a change as a share.  所比数值的显示格式。"""
    assert column.measured is not None
    if column.measured.scale == "relative" or column.measured.milestone.unit in ("share", "percent"):
        return SHARE
    return NUMBER
