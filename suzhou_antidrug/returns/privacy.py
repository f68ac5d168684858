"""Refuse files that hold marks of persons; name the column and the count, never a value.

拒收含有个人标识的文件；只说明哪一列、多少处，绝不显示内容。
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..disclosure import has_personal_mark, personal_heading
from ..errors import Problem
from .grid import Factor, Grid, column_letters

HEADER_ROWS = 20


def personal_marks(grids: Iterable[Grid]) -> list[Problem]:
    """Return one problem for each column with marks of persons, without any value.  含个人标识的列。"""
    return [problem for grid in grids for problem in _marks_of(grid)]


def _marks_of(grid: Grid) -> Iterator[Problem]:
    for number, column in enumerate(grid.columns):
        heading = _personal_heading(column)
        hits = _hits(column)
        if not heading and not hits:
            continue
        letters = column_letters(number)
        what_en = f"the column is headed {heading}" if heading else f"{hits} cells look like identity or mobile numbers"
        what_zh = f"该列表头为“{heading}”" if heading else f"有 {hits} 个单元格疑似身份证号或手机号"
        yield Problem(
            code="personal_data",
            file=grid.file,
            sheet=grid.sheet,
            column=letters,
            en=f"refused, nothing was read: {what_en}.",
            zh=f"拒绝读取，未保留任何内容：{what_zh}。",
            advice_en="Returns hold totals only. Remove the column at its source and hand in a new file.",
            advice_zh="报表只收汇总数。请在源文件中删除该列后重新上报。",
        )


def _personal_heading(column: Factor) -> str:
    headings = (personal_heading(column.text(position)) for position in range(min(HEADER_ROWS, len(column))))
    return next((heading for heading in headings if heading), "")


def _hits(column: Factor) -> int:
    import numpy as np

    marked = np.array([has_personal_mark(text) for text in column.texts], dtype=bool)
    return int(marked[column.codes].sum()) if marked.any() else 0
