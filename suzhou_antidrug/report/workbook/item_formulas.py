"""The formulas of one row of items, from cell references and words of ours alone.

计分明细一行的公式：只用单元格引用与本库用语。
"""

from __future__ import annotations

from .pages import cell, on
from .places import AT, NO, ROLES, SCORED, SCORES, YES, Book, Entry, curve_key, takes_parts
from .rules_sheet import EXACT_DIGITS
from .score_columns import due_points_at, due_weight_at

COMPARES = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "eq": "="}
EDGE_DIGITS = 9  # of k - m n, and of a value less its milestone
GAP_DIGITS = 6  # of units short: milestones have fewer decimals


def value_formula(entry: Entry) -> str | None:
    """Return the value from its parts, or None where it is reported itself.  由分子分母得数值。"""
    found = entry.column.measured
    assert found is not None
    k, n, base = (cell(entry.row, AT[x]) for x in ("numerator", "denominator", "base"))
    parts, per = takes_parts(found.indicator), found.indicator.per
    level = f"{k}/{n}" if per == 1 else f"{per!r}*{k}/{n}"
    if found.scale is None:
        if not parts or found.milestone.compares == "change":
            return None
        return f'IF(COUNT({k},{n})<2,"",IF({n}>0,{level},""))'
    level, needed = (level, f"{k},{n},{base}") if parts else (k, f"{k},{base}")
    change = f"{level}-{base}" if found.scale == "points" else f"{level}/{base}-1"
    checks = ([f"{n}>0"] if parts else []) + ([f"{base}<>0"] if found.scale != "points" else [])
    guarded = f'IF(AND({",".join(checks)}),{change},"")' if checks else change
    return f'IF(COUNT({needed})<{needed.count(",") + 1},"",{guarded})'


def argument_formula(entry: Entry) -> str:
    """Return the argument of the curve: direction x value, or minus the units short.  曲线自变量。"""
    column, row = entry.column, entry.row
    value = cell(row, AT["value"])
    if column.units_short:
        k, n, m = (cell(row, AT[x]) for x in ("numerator", "denominator", "milestone"))
        gap = f"ROUND({m}*{n}-{k},{GAP_DIGITS})"
        short = f"IF({gap}>=0,INT({gap})+1,0)" if column.measured.operator == "gt" else f"MAX(0,ROUNDUP({gap},0))"  # type: ignore[union-attr]
        return f'IF({value}="","",-{short})'
    sign = "-" if column.direction < 0 else ""
    return f'IF({value}="","",ROUND({sign}{value},{EXACT_DIGITS}))'


def share_formula(book: Book, entry: Entry) -> str:
    """Return the share of points: the curve at the argument, nothing where the item is not assessed.  得分比例。"""
    column, row = entry.column, entry.row
    state, scored = cell(row, AT["state"]), book.say(SCORED)
    if column.curve is None:
        return f'IF({state}="{scored}",{cell(row, AT["value"])},"")'
    curve = book.rules.curves[curve_key(column.curve)]
    v, j = cell(row, AT["argument"]), cell(row, AT["knot"])
    knot, at, right, slope = (f"INDEX({curve.column(c)},{j})" for c in (3, 5, 6, 7))
    inside = f"IF({v}={knot},{at},{right}+{slope}*({v}-{knot}))"
    return f'IF({state}="{scored}",IF({j}=0,{curve.top(4)},{inside}),"")'


def reached_formula(book: Book, entry: Entry) -> str:
    """Return whether the milestone is reached; a share of counts by k - m n, so that no quotient is rounded.  是否达标。"""
    column, row = entry.column, entry.row
    k, n, m, value, state = (cell(row, AT[x]) for x in ("numerator", "denominator", "milestone", "value", "state"))
    found = column.measured
    if found is None:
        gap, compare = f"{value}-{book.rules.most[column.item.scale]}", ">="
    else:
        compare = COMPARES[found.operator]
        counts = found.scale is None and takes_parts(found.indicator) and found.indicator.per == 1
        gap = f"{k}-{m}*{n}" if counts and value_formula(entry) else f"{value}-{m}"
    yes, no = book.say(YES), book.say(NO)
    return f'IF({state}="{book.say(SCORED)}",IF(ROUND({gap},{EDGE_DIGITS}){compare}0,"{yes}","{no}"),"")'


def of_total_formula(book: Book, entry: Entry) -> str:
    """Return what a whole share is worth in the total, over all items due.  折合满分。"""
    column, year, place = entry.column, entry.card.year, entry.place
    of = cell(entry.row, AT["of"])
    if column.item.role != "score":
        return of
    row = book.score_row(year, place)
    total, due = book.rules.numbers["total"], on(SCORES, cell(row, due_points_at(book), fixed=True))
    if not book.weighted:
        return f"{total}*{of}/{due}"
    weight = book.rules.categories[book.category(column)][1]
    whole = on(SCORES, cell(row, due_weight_at(book), fixed=True))
    points, category, role = (book.block(year, place, x) for x in ("of", "category", "role"))
    name, score = book.rules.categories[book.category(column)][0], book.say(ROLES["score"])
    return f'{total}*{weight}/{whole}*{of}/SUMPRODUCT(({category}={name})*({role}="{score}")*{points})'
