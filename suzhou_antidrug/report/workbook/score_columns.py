"""Which columns the sheet of scores has, and where.  得分表各列的位置。"""

from __future__ import annotations

from ...terms import Text
from .places import Book

FRONT: tuple[tuple[str, Text, float], ...] = (
    ("division", Text("单位", "place"), 14), ("year", Text("年度", "year"), 7), ("score", Text("得分", "score"), 9),
    ("low", Text("最坏", "worst"), 8), ("high", Text("最好", "best"), 8), ("grade", Text("等次", "grade"), 10),
    ("rank", Text("名次", "rank"), 6), ("rank_best", Text("名次最好", "best rank"), 8), ("rank_worst", Text("名次最坏", "worst rank"), 8),
)  # fmt: skip
BACK: tuple[tuple[str, Text, float], ...] = (
    ("base", Text("基础分", "base"), 9), ("bonus", Text("加分", "bonus"), 7), ("deduction", Text("扣分", "deduction"), 9),
    ("before", Text("否决前", "before vetoes"), 9), ("after", Text("否决后", "after vetoes"), 9),
    ("by_score", Text("按分定等", "grade by score"), 10), ("grade_low", Text("最坏等次", "at worst"), 9), ("grade_high", Text("最好等次", "at best"), 9),
    ("due_points", Text("应评分值", "points due"), 9), ("due_weight", Text("应评权重", "weight due"), 9),
    ("due", Text("应评项", "items due"), 7), ("assessed", Text("已评项", "assessed"), 9), ("reached", Text("达标项", "reached"), 8),
    ("assessed_share", Text("已评比重", "share assessed"), 9), ("vetoes", Text("一票否决", "vetoes"), 16),
    ("pending", Text("待定否决", "pending"), 12), ("no_award", Text("取消评先", "no award"), 9),
)  # fmt: skip
GRADES = ("grade", "by_score", "grade_low", "grade_high")


def score_columns(book: Book) -> dict[str, tuple[int, Text, float]]:
    """Return by name the place, header and width of every column; categories by ``category:`` and their id.  得分表各列。"""
    middle = [(f"category:{code}", Text(name, code.replace("_", " ")), 11.0) for code, name in book.categories.items()]
    words_wide = max(len(book.graded(band.grade)) for band in book.file.grades) + 2.0
    return {
        name: (at, words, max(width, words_wide) if name in GRADES else width)
        for at, (name, words, width) in enumerate([*FRONT, *middle, *BACK])
    }


def due_points_at(book: Book) -> int:
    """Return the column of the points due.  应评分值所在列。"""
    return len(FRONT) + len(book.categories) + [n for n, _, _ in BACK].index("due_points")


def due_weight_at(book: Book) -> int:
    """Return the column of the weight due.  应评权重所在列。"""
    return len(FRONT) + len(book.categories) + [n for n, _, _ in BACK].index("due_weight")
