"""The sheet of scores: categories, total, rounding, grade and rank as formulas over the items.

得分表：类别、总分、取舍、等次、名次，均由计分明细以公式得出。
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...appraisal.scoring.grading import NO_GRADE, VetoState
from ...appraisal.scoring.measures import BLOCKED, MISSING
from ...appraisal.scoring.tables import UNDETERMINED, scores_table
from ...terms import Text
from .pages import BAD, FAIR, GOOD, HEADER_ROW, POINTS, SHARE, WHOLE, Page, cell, span
from .places import NO, SCORE_HEADER, UNDETERMINED_TEXT, YES, Book
from .rules_sheet import number_of
from .score_columns import GRADES, score_columns
from .score_formulas import ScoreFormulas, grade_formula, rounded_formula

if TYPE_CHECKING:
    from ...appraisal.scoring.cards import YearCard

SAME = 1e-9
ADVICE = (
    "本表由“计分明细”“规则”以公式得出；不可评、缺报不计入，最坏、最好为缺项取最低、最高时的得分。 "
    "Formulas over the items; what could not be assessed is left out, worst and best fill it in."
)
STATIC_BOUNDS = "有缺项、评定分歧或待定否决：此格为写出时的数值，不随改动重算。\nA value, not a formula: gaps are filled with the least or greatest share."


def write_scores(book: Book, page: Page) -> None:
    """Write one row a place and year.  每单位、年度一行。"""
    columns = score_columns(book)
    page.title(Text("得分", "Scores"), book.standing, ADVICE)
    page.header(SCORE_HEADER, [(words, width) for _, words, width in columns.values()], height=46)
    _weights(book, page)
    for card in book.card.years:
        table = scores_table(card, book.file, book.card.plan).to_dict("records")
        for place, row in enumerate(table):
            if (card.year, place) in book.blocks:
                _Row(book, page, card, place, row, columns).write()
    last = SCORE_HEADER + len(book.card.years) * len(book.places)
    page.sheet.freeze_panes(SCORE_HEADER + 1, 2)
    page.sheet.autofilter(SCORE_HEADER, 0, last, len(columns) - 1)
    bands = book.file.grades
    for name in GRADES:
        area = f"{cell(SCORE_HEADER + 1, columns[name][0])}:{cell(last, columns[name][0])}"
        page.mark(area, book.graded(bands[0].grade), GOOD)
        page.mark(area, book.graded(bands[-1].grade), BAD)
        page.mark(area, book.say(UNDETERMINED_TEXT), FAIR)
    page.printing(book.standing, rows=last + 1, columns=len(columns), header_row=SCORE_HEADER, paper=8)


def _weights(book: Book, page: Page) -> None:
    """Write the weights of categories above their headers."""
    if not book.weighted:
        return
    columns = score_columns(book)
    page.band(HEADER_ROW, columns["rank_worst"][0], "权重 weight", align="right")
    given = {c.id: c.weight for c in book.file.categories if c.weight is not None}
    for code in book.categories:
        page.formula(HEADER_ROW, columns[f"category:{code}"][0], book.rules.categories[code][1], number_of(given[code]))


class _Row:
    """One place and year."""

    def __init__(self, book: Book, page: Page, card: YearCard, place: int, found: dict[Any, Any], columns: dict[str, tuple[int, Text, float]]) -> None:  # fmt: skip
        self.book, self.page, self.card, self.place, self.found = book, page, card, place, found
        self.at = {name: at for name, (at, _, _) in columns.items()}
        self.row = book.score_row(card.year, place)
        self.formulas = ScoreFormulas(book, card.year, place, self.row, self.at)
        self.band = self.row == book.score_row(card.year, 0)

    def _ref(self, name: str) -> str:
        return cell(self.row, self.at[name])

    def _put(self, name: str, formula: str, value: object, form: str = POINTS, **look: object) -> None:
        self.page.formula(self.row, self.at[name], formula, value, form, **look)

    def write(self) -> None:
        page, row, totals, p = self.page, self.row, self.card.totals, self.place
        page.band(row, self.at["division"], self.book.place_names[p], bold=self.band)
        page.number(row, self.at["year"], self.card.year, WHOLE, align="center")
        for at, code in enumerate(self.card.frame.categories):
            self._put(f"category:{code}", self.formulas.category(code), float(totals.categories[p, at]))
        for code in self.book.categories:
            if code not in self.card.frame.categories:
                page.text(row, self.at[f"category:{code}"], "—", align="center")
        self._put("base", self.formulas.base(), float(totals.base[p]))
        self._put("bonus", self.formulas.extra("bonus"), float(np.broadcast_to(totals.bonus, totals.base.shape)[p]))
        self._put("deduction", self.formulas.extra("deduction"), float(np.broadcast_to(totals.deduction, totals.base.shape)[p]))  # fmt: skip
        self._put("before", self.formulas.before(), float(totals.score[p]))
        self._after()
        self._put("score", rounded_formula(self.book, self._ref("after")), float(self.card.score[p]), bold=True)
        self._bounds()
        self._grades()
        self._ranks()
        self._counts()

    def _confirmed(self, *effects: str) -> list[VetoState]:
        return [s for s in self.card.vetoes if s.confirmed[self.place] and s.veto.effect in effects]

    def _after(self) -> None:
        value, before = float(self.card.unrounded[self.place]), float(self.card.totals.score[self.place])
        hit = self._confirmed("zero_total", "zero_category", "cap_score")
        if not hit or value != value or abs(value - before) < SAME:
            self._put("after", self._ref("before"), value)
            return
        self.page.number(self.row, self.at["after"], value, POINTS, bg_color=BAD)
        said = "；".join(f"{s.veto.name.zh}（{s.evidence.get(self.place, '')}）" for s in hit)
        self.page.note(
            self.row, self.at["after"], f"否决后的数值，不是公式：{said}\nA value set by a veto, not a formula."
        )

    def _open(self) -> bool:
        """Return whether anything could still turn out otherwise: gaps, assessors who differ, pending vetoes."""
        p = self.place
        gaps = any(int(c.state[p]) in (MISSING, BLOCKED) for c in self.card.columns)
        differ = any(c.spread is not None and c.spread[0][p] < c.spread[1][p] for c in self.card.columns)
        return gaps or differ or any(bool(s.pending[p]) for s in self.card.vetoes)

    def _bounds(self) -> None:
        score = self._ref("score")
        for name, values in (("low", self.card.score_low), ("high", self.card.score_high)):
            value = float(values[self.place])
            if not self._open() and value == float(self.card.score[self.place]):
                self._put(name, f'IF({score}="","",{score})', value)
                continue
            self.page.number(self.row, self.at[name], value, POINTS, italic=True)
            self.page.note(self.row, self.at[name], STATIC_BOUNDS)

    def _grades(self) -> None:
        p, names = self.place, [self.book.graded(b.grade) for b in self.book.file.grades]
        told = {name: names[g[p]] if g[p] != NO_GRADE else "" for name, g in (("by_score", self.card.grade), ("grade_low", self.card.grade_low), ("grade_high", self.card.grade_high))}  # fmt: skip
        centred = {"align": "center"}
        source = self._ref("score" if self.book.file.rounding.before_grading else "after")
        if capped := self._confirmed("cap_grade"):
            self.page.text(self.row, self.at["by_score"], told["by_score"], bg_color=BAD, align="center")
            self.page.note(self.row, self.at["by_score"], "一票否决使等次封顶，不是公式：" + "；".join(s.veto.name.zh for s in capped) + "\nCapped by a veto, not a formula.")  # fmt: skip
        else:
            self._put("by_score", grade_formula(self.book, source), told["by_score"], **centred)
        for name in ("grade_low", "grade_high"):
            if self._open() or told[name] != told["by_score"]:
                self.page.text(self.row, self.at[name], told[name], align="center", italic=True)
                self.page.note(self.row, self.at[name], STATIC_BOUNDS)
            else:
                self._put(name, self._ref("by_score"), told[name], **centred)
        by, low, high = (self._ref(n) for n in ("by_score", "grade_low", "grade_high"))
        undetermined = self.book.say(UNDETERMINED_TEXT)
        grade = undetermined if self.found["grade"] == UNDETERMINED else self.book.graded(self.found["grade"])
        self._put("grade", f'IF({by}="","",IF({low}={high},{by},"{undetermined}"))', grade, bold=True, **centred)

    def _ranks(self) -> None:
        if self.place == 0:  # the city is no division
            for name in ("rank", "rank_best", "rank_worst"):
                self.page.text(self.row, self.at[name], "—", align="center")
            return
        first = self.book.score_row(self.card.year, 1)
        area = {n: span(first, first + len(self.book.places) - 2, self.at[n]) for n in ("score", "low", "high")}
        score, low, high = (self._ref(n) for n in ("score", "low", "high"))
        self._put("rank", f'IF({score}="","",RANK({score},{area["score"]},0))', self.found["rank"], WHOLE, bold=True)
        self._put("rank_best", f'IF({score}="","",COUNTIF({area["low"]},">"&{high})+1)', self.found["rank_best"], WHOLE)
        self._put("rank_worst", f'IF({score}="","",COUNTIF({area["high"]},">"&{low})+1-IF({high}>{low},1,0))', self.found["rank_worst"], WHOLE)  # fmt: skip

    def _counts(self) -> None:
        page, row, found, f = self.page, self.row, self.found, self.formulas
        self._put("due_points", f.points_due(), f.points_due_value(self.card))
        if self.book.weighted:
            self._put("due_weight", f.weight_due(), f.weight_due_value(self.card))
            page.number(row, self.at["assessed_share"], found["assessed_share"], SHARE)
        else:
            page.text(row, self.at["due_weight"], "—", align="center")
            self._put("assessed_share", f.assessed_share(), found["assessed_share"], SHARE)
        self._put("due", f"ROWS({self.book.block(self.card.year, self.place, 'state')})", found["due"], WHOLE)
        self._put("assessed", f.count("state"), found["assessed"], WHOLE)
        self._put("reached", f.count("reached"), found["reached"], WHOLE)
        names = {v.id: self.book.say(v.name) for v in self.book.file.vetoes}
        for name, source in (("vetoes", "vetoes"), ("pending", "vetoes_pending")):
            ids = [v for v in str(found[source]).split(";") if v]
            page.text(row, self.at[name], "；".join(names[v] for v in ids), text_wrap=True, font_size=9)
        page.text(row, self.at["no_award"], self.book.say(YES if found["no_award"] else NO), align="center")
