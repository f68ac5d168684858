"""The formulas of one row of scores.  得分表一行的公式。"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .pages import HEADER_ROW, cell, span
from .places import ROLES, SCORED, YES, Book

if TYPE_CHECKING:
    from ...appraisal.scoring.cards import YearCard

FLOAT_DIGITS = 9  # of a sum of products, before it is rounded by the rule


def rounded_formula(book: Book, source: str) -> str:
    """Return the score rounded by the rule: half up, half to even, or truncated.  按规则取舍。"""
    digits, mode = book.rules.numbers["digits"], book.file.rounding.mode
    exact = f"ROUND({source},{FLOAT_DIGITS})"
    if mode == "half_up":
        rounded = f"ROUND({exact},{digits})"
    elif mode == "truncate":
        rounded = f"TRUNC({exact},{digits})"
    else:
        units = f"ROUND({exact}*10^{digits},6)"
        rounded = f"IF(ROUND({units}-INT({units}),6)=0.5,INT({units})+MOD(INT({units}),2),ROUND({units},0))/10^{digits}"
    return f'IF({source}="","",{rounded})'


def grade_formula(book: Book, source: str) -> str:
    """Return the grade of a score by the bands, from the best down; the last takes the rest.  按等次表定等。"""
    out = book.rules.bands[-1][1]
    score = source if book.file.rounding.before_grading else f"ROUND({source},{FLOAT_DIGITS})"
    for band, (least, name) in reversed(list(zip(book.file.grades, book.rules.bands, strict=True))[:-1]):
        out = f"IF({score}{'>=' if band.inclusive else '>'}{least},{name},{out})"
    return f'IF({source}="","",{out})'


class ScoreFormulas:
    """Formulas over the block of items of a place and year.  对某单位某年各项的公式。"""

    def __init__(self, book: Book, year: int, place: int, row: int, at: dict[str, int]) -> None:
        self.book, self.row, self.at = book, row, at
        self.of, self.points, self.category_cells, self.role, self.state, self.reached = (
            book.block(year, place, name) for name in ("of", "points", "category", "role", "state", "reached")
        )

    def _is(self, role: str) -> str:
        return f'({self.role}="{self.book.say(ROLES[role])}")'

    @property
    def _known(self) -> str:
        """Which items count in the denominator: the assessed ones, or all where gaps count as nothing."""
        return "" if self.book.file.missing == "zero" else f'*({self.state}="{self.book.say(SCORED)}")'

    @property
    def _categories(self) -> str:
        first = self.at[f"category:{next(iter(self.book.categories))}"]
        return span(self.row, self.row, first, last_column=first + len(self.book.categories) - 1)

    def category(self, code: str) -> str:
        """Score of a category: total x points gained / points that count."""
        mine = f"({self.category_cells}={self.book.rules.categories[code][0]})*{self._is('score')}"
        full = f"SUMPRODUCT({mine}{self._known},{self.of})"
        return f'IF({full}=0,"",{self.book.rules.numbers["total"]}*SUMPRODUCT({mine},{self.points})/{full})'

    def base(self) -> str:
        """Score of all categories."""
        total = self.book.rules.numbers["total"]
        if not self.book.weighted:
            full = f"SUMPRODUCT({self._is('score')}{self._known or '*1'},{self.of})"
            return f'IF({full}=0,"",{total}*SUMPRODUCT({self._is("score")}*1,{self.points})/{full})'
        cells, weights = self._categories, self._weights
        whole = f"SUMPRODUCT({weights},ISNUMBER({cells})*1)"
        if self.book.file.across == "arithmetic":
            return f'IF({whole}=0,"",SUMPRODUCT({weights},{cells})/{whole})'
        floor = self.book.rules.numbers["floor"]
        terms = []
        for code in self.book.categories:
            here = cell(self.row, self.at[f"category:{code}"])
            term = f"LN(MAX({here},{floor}))" if self.book.file.across == "geometric" else f"1/MAX({here},{floor})"
            terms.append(f"IF(ISNUMBER({here}),{self.book.rules.categories[code][1]}*{term},0)")
        joined = "+".join(terms)
        mean = f"EXP(({joined})/{whole})" if self.book.file.across == "geometric" else f"{whole}/({joined})"
        return f'IF({whole}=0,"",{mean})'

    @property
    def _weights(self) -> str:
        first = self.at[f"category:{next(iter(self.book.categories))}"]
        return span(HEADER_ROW, HEADER_ROW, first, last_column=first + len(self.book.categories) - 1)

    def extra(self, role: str) -> str:
        """Bonus or deductions, summed, then capped."""
        gained = f"SUMPRODUCT({self._is(role)}*1,{self.points})"
        cap = self.book.rules.numbers["bonus_cap" if role == "bonus" else "deduction_cap"]
        if role == "bonus":
            return f"MIN({gained},{cap})"
        return f'IF({cap}="",{gained},MIN({gained},{cap}))'

    def before(self) -> str:
        """Base + bonus - deductions, within the total."""
        base, bonus, deduction = (cell(self.row, self.at[n]) for n in ("base", "bonus", "deduction"))
        score = f"{base}+{bonus}-{deduction}"
        if not self.book.file.above_total:
            score = f"MIN({self.book.rules.numbers['total']},{score})"
        return f'IF({base}="","",{score})'

    def points_due(self) -> str:
        """Points of all items due."""
        return f"SUMPRODUCT({self._is('score')}*1,{self.of})"

    def points_due_value(self, card: YearCard) -> float:
        """The same, computed here."""
        return float(card.applies[self._place(card)] @ card.frame.points)

    def _place(self, card: YearCard) -> int:
        return self.row - self.book.score_row(card.year, 0)

    def weight_due(self) -> str:
        """Weights of all categories with an item due."""
        rules, score = self.book.rules, self.book.say(ROLES["score"])
        due = f'SUMIFS({self.of},{self.category_cells},{rules.category_names},{self.role},"{score}")'
        return f"SUMPRODUCT({rules.category_weights}*({due}>0))"

    def weight_due_value(self, card: YearCard) -> float:
        """The same, computed here."""
        due = (card.applies[self._place(card)] * card.frame.points) @ card.frame.member
        weights = card.frame.weights if card.frame.weights is not None else np.zeros(len(due))
        return float((weights * (due > 0)).sum())

    def assessed_share(self) -> str:
        """Share of the points due that was assessed."""
        due = cell(self.row, self.at["due_points"])
        return f'IF({due}=0,"",SUMPRODUCT({self._is("score")}{self._known or "*1"},{self.of})/{due})'

    def count(self, what: str) -> str:
        """How many items were assessed, or reached."""
        word = self.book.say(SCORED if what == "state" else YES)
        return f'COUNTIF({self.state if what == "state" else self.reached},"{word}")'
