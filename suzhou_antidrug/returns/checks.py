"""Checks across cells: ranges, parts against values, duplicates, totals, years.

跨单元格核对：范围、分子分母与数值、重复、合计、年份。
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..errors import shown
from .cleaning import Words, has_control
from .columns import UNKNOWN, Periods
from .limits import LONGEST_CELL
from .numbers import Numbers
from .rows import Findings
from .schema import FREE_TEXT_COLUMNS, HISTORY_YEARS, NUMBER_COLUMNS, value_is_numerator
from .units import unit_kind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..plan.model import Plan

LARGEST = 1e15  # above this a double no longer holds every whole number
EDGE = 1e-9  # relative slack for figures that are equal in decimals


@dataclass(frozen=True, slots=True)
class Traits:
    """What the checks need to know of each row's indicator.  各行指标的特征。"""

    known: np.ndarray
    share: np.ndarray  # value lies in 0-1
    index: np.ndarray
    ratio: np.ndarray  # value is numerator / denominator * per
    per: np.ndarray
    counted: np.ndarray  # value is the numerator
    bounded: np.ndarray  # numerator is part of denominator
    whole: dict[str, np.ndarray]  # by number column: whole numbers only
    city_only: np.ndarray


def traits_of(plan: Plan, indicators: np.ndarray) -> Traits:
    """Return the traits of each row's indicator; a row of an unknown one has none.  各行指标的特征。"""
    import numpy as np

    measured = list(plan.indicators.values())

    def per_row(values: list[float | bool]) -> np.ndarray:
        flags: np.ndarray = np.array([*values, False])[indicators]  # UNKNOWN is -1: the last entry
        return flags

    def counted(column: str) -> list[float | bool]:
        return [(m := getattr(i, column)) is not None and unit_kind(m.unit) == "count" for i in measured]

    return Traits(
        known=indicators >= 0,
        share=per_row([unit_kind(i.unit) == "share" for i in measured]).astype(bool),
        index=per_row([i.kind == "index" for i in measured]).astype(bool),
        ratio=per_row([i.needs_parts and not value_is_numerator(i) for i in measured]).astype(bool),
        per=np.array([*(i.per for i in measured), 1.0])[indicators],
        counted=per_row([value_is_numerator(i) for i in measured]).astype(bool),
        bounded=per_row([i.kind in ("coverage", "proportion") for i in measured]).astype(bool),
        whole={
            "numerator": per_row(counted("numerator")).astype(bool),
            "denominator": per_row(counted("denominator")).astype(bool),
            "value": per_row([value_is_numerator(i) and unit_kind(i.unit) == "count" for i in measured]).astype(bool),
        },
        city_only=per_row([not i.by_division for i in measured]).astype(bool),
    )


def scale_percentages(
    numbers: dict[str, Numbers], percent_unit: np.ndarray, traits: Traits, findings: Findings
) -> None:
    """Make percentages shares of 1, in place, and reject a % sign where none belongs.  百分数化为 0-1。"""
    import numpy as np

    for column in ("numerator", "denominator"):
        words = Words("a percentage where a count belongs", "应填数量，却是百分数", "Give the count.", "请填写数量。")
        findings.flag(numbers[column].percent, column, "percent_in_count", words)
    value = numbers["value"]
    there = ~np.isnan(value.value)
    not_share = value.percent & there & traits.known & ~traits.share
    said = Words("this quantity is not a percentage", "该量不是百分数", "Give the number itself.", "请填写数值本身。")
    index = Words(
        "an index, not a percentage", "这是指数，不是百分数", "Give the index, such as 1.35.", "请填写指数，例如 1.35。"
    )
    findings.flag(not_share, "value", "not_percentage", lambda row: index if traits.index[row] else said)
    written = value.percent & there & traits.share
    by_unit = percent_unit & there & traits.share & ~value.percent
    small = by_unit & (value.value > 0) & (value.value < 1)
    findings.flag(small, "value", "small_percentage", _small_percentage, severity="warning")
    scaled = written | by_unit
    value.value[scaled] = np.round(value.value[scaled] / 100, 15)
    value.half_step[scaled] /= 100
    for where, rule in ((written, "percent"), (by_unit, "percent_unit")):
        findings.note(where, "value", [f"{v:.15g}" for v in value.value[where]], rule)


_small_percentage = Words(
    "below 1 in a column of percentages: read as less than 1 %",
    "该列单位为%，此数小于 1，按不足 1% 读取",
    "If a share of 1 was meant, multiply by 100.",
    "如填的是 0-1 的比例，请乘以 100。",
)


def check_ranges(numbers: dict[str, Numbers], percent_unit: np.ndarray, traits: Traits, findings: Findings) -> None:
    """Reject negative numbers, parts of a person, shares above 1, and numbers too large to be exact.  核对范围。"""
    negative = Words("a negative figure", "负数", "A count or a level is zero or above.", "数量或水平值不得为负。")
    fraction = Words("a fraction where things are counted", "计数应为整数", "Give a whole number.", "请填写整数。")
    large = Words(
        "too large to be a figure of a return", "数值过大", "Check for a code or a missing point.", "请核对是否误填。"
    )
    for column in NUMBER_COLUMNS:
        value = numbers[column].value
        findings.flag(value < 0, column, "negative", negative)
        findings.flag(abs(value) > LARGEST, column, "too_large_number", large)
        whole = traits.whole[column] & (value >= 0) & (value != value.round())
        findings.flag(whole, column, "fraction", fraction)
    shares = numbers["value"]
    above = traits.share & (shares.value > 1 + EDGE)

    def words(row: int) -> Words:
        if shares.percent[row] or percent_unit[row]:
            return Words("above 100 %", "超过 100%", "Check the share and its parts.", "请核对比例及其分子、分母。")
        return Words(
            "a share above 1 and no % sign", "比例大于 1，又没有百分号", "Write 90% or 0.9.", "请写成 90% 或 0.9。"
        )

    findings.flag(above, "value", "above_one", words)


def check_parts(numbers: dict[str, Numbers], traits: Traits, findings: Findings) -> None:
    """Check numerator, denominator and value against each other.  核对分子、分母与数值。"""
    import numpy as np

    numerator, denominator, value = (numbers[c].value for c in NUMBER_COLUMNS)
    over = traits.bounded & (numerator > denominator)
    findings.flag(over, "numerator", "numerator_above", lambda row: _over_words(findings, row))
    void = (denominator == 0) & (numerator > 0) & ~over & traits.ratio
    zero = Words(
        "events without any exposure: the denominator is 0",
        "分母为 0 而分子不为 0",
        "Check both cells.",
        "请核对两处。",
    )
    findings.flag(void, "denominator", "zero_denominator", zero)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(traits.ratio, numerator / denominator * traits.per, numerator)
    comparable = ~np.isnan(value) & np.isfinite(expected) & ~over & ~void
    slack = numbers["value"].half_step * (1 + 1e-6) + EDGE * np.maximum(1, abs(expected))
    conflict = comparable & traits.known & (abs(value - expected) > slack)

    def words(row: int) -> Words:
        return Words(
            f"the value does not follow from its parts, which give {expected[row]:.6g}",
            f"数值与分子、分母不符，按分子、分母应为 {expected[row]:.6g}",
            "Check all three cells.",
            "请核对三处数字。",
        )

    findings.flag(conflict, "value", "value_conflict", words)
    _check_completeness(numerator, denominator, value, traits, findings)


def _over_words(findings: Findings, row: int) -> Words:
    rows = findings.rows
    table = rows.tables[rows.table[row]]
    a, b = shown(rows.text(row, "numerator")), shown(rows.text(row, "denominator"))
    return Words(
        f"{table.header('numerator')} {a} exceeds {table.header('denominator')} {b}",
        f"{table.header('numerator')} {a} 大于{table.header('denominator')} {b}",
        "Check both cells.",
        "请核对两处数字。",
    )


def _check_completeness(
    numerator: np.ndarray, denominator: np.ndarray, value: np.ndarray, traits: Traits, findings: Findings
) -> None:
    import numpy as np

    no_numerator, no_denominator, no_value = (np.isnan(v) for v in (numerator, denominator, value))
    spoiled = findings.spoiled["numerator"] | findings.spoiled["denominator"]
    half = traits.ratio & no_value & (no_numerator != no_denominator) & ~spoiled
    part = Words(
        "only one of numerator and denominator is given, so nothing can be computed",
        "分子、分母只填了一项，无法计算",
        "Give both, or it counts as not reported.",
        "请补齐；否则视为缺报。",
    )
    where = np.flatnonzero(half)
    findings.flag(where[no_numerator[where]], "numerator", "part_missing", part, severity="warning")
    findings.flag(where[no_denominator[where]], "denominator", "part_missing", part, severity="warning")
    bare = traits.ratio & ~no_value & (no_numerator | no_denominator) & ~findings.spoiled["value"]
    alone = Words(
        "a value without its numerator and denominator: it has no exact interval",
        "只有数值，没有分子和分母，无法给出精确区间",
        "Give the counts it was computed from.",
        "请补充计算所用的分子、分母。",
    )
    findings.flag(bare, "value", "value_alone", alone, severity="warning")
    empty = traits.ratio & (denominator == 0) & ~(numerator > 0)
    nothing = Words(
        "the denominator is 0: there was nothing to cover, and no share exists",
        "分母为 0，没有应覆盖的对象，比例不存在",
        "Correct it if it should not be 0.",
        "如不应为 0，请更正。",
    )
    findings.flag(empty, "denominator", "zero_denominator", nothing, severity="warning")


def check_texts(findings: Findings) -> None:
    """Reject control characters and endless text in free text.  核对文字列。"""
    control = Words("control characters in a text", "文字中有控制字符", "Type the text again.", "请重新输入。")
    long = Words("a text longer than a cell holds", "文字过长", "Shorten it.", "请缩短。")
    for column in FREE_TEXT_COLUMNS:
        factor = findings.rows.columns[column]
        findings.flag(
            factor.expand([has_control(t, allow="\t\n\r") for t in factor.texts]).astype(bool),
            column,
            "control",
            control,
        )
        findings.flag(
            factor.expand([len(t) > LONGEST_CELL for t in factor.texts]).astype(bool), column, "long_text", long
        )


def check_years(periods: Periods, reported: np.ndarray, findings: Findings, plan: Plan, today: dt.date) -> None:
    """Reject years after the plan, too long before it, or still to come.  核对年份。"""
    first, last = plan.first_year - HISTORY_YEARS, plan.last_year
    years = periods.years
    outside = (years != 0) & ((years < first) | (years > last))
    words = Words(
        f"outside the plan: {plan.first_year}-{last}, with history from {first}",
        f"不在规划年份内：{plan.first_year}-{last}，历史数据可自 {first} 年起",
        "Correct the year, or take the row out.",
        "请更正年份或删去该行。",
    )
    findings.flag(outside, "period", "year_outside", words)
    future = reported & ~outside & (years > today.year)
    ahead = Words("a figure for a year still to come", "尚未到来的年份", "Correct the year.", "请更正年份。")
    findings.flag(future, "period", "future", ahead)


def check_reporters(places: np.ndarray, traits: Traits, reported: np.ndarray, findings: Findings, plan: Plan) -> None:
    """Warn where a division reports what only the city reports.  核对填报单位。"""
    city = len(plan.geography.ids)
    where = traits.city_only & reported & (places >= 0) & (places != city)
    words = Words(
        "only the city reports this indicator; the row is kept and not used for the city",
        "该指标由市级填报；此行保留，但不作为全市数",
        "Report it for the city.",
        "请按全市填报。",
    )
    findings.flag(where, "division", "city_only", words, severity="warning")


def find_duplicates(keys: np.ndarray, same: pd.DataFrame, findings: Findings) -> np.ndarray:
    """Return which rows to keep: of equal ones the first; conflicting ones are rejected.  处理重复行。

    ``keys`` is one number per indicator, division and period, negative where any is unknown; ``same`` holds what must
    agree for two rows to be equal.
    """
    import numpy as np

    keep = np.ones(len(keys), dtype=bool)
    known = np.flatnonzero(keys >= 0)
    order = known[np.argsort(keys[known], kind="stable")]
    again = np.flatnonzero(np.diff(keys[order]) == 0) + 1
    if not len(again):
        return keep
    first_of: dict[int, int] = {}
    for place in again.tolist():
        row, earlier = int(order[place]), int(order[place - 1])
        first_of[row] = first_of.get(earlier, earlier)
    later = np.array(sorted(first_of))
    first = np.array([first_of[row] for row in later.tolist()])
    left, right = same.iloc[later].reset_index(drop=True), same.iloc[first].reset_index(drop=True)
    equal = ((left == right) | (left.isna() & right.isna())).all(axis=1).to_numpy()
    keep[later[equal]] = False
    spoiled = np.any([findings.spoiled[column] for column in NUMBER_COLUMNS], axis=0)
    sound = ~(spoiled[later] | spoiled[first])  # a cell already refused is not compared
    findings.flag(
        later[equal], "division", "duplicate", lambda row: _twice(findings, row, first_of[row]), severity="warning"
    )
    findings.flag(later[~equal & sound], "division", "duplicate", lambda row: _conflict(findings, row, first_of[row]))
    return keep


def _where(findings: Findings, row: int) -> str:
    place = findings.rows.place(row, "division")
    parts = [place["file"], place["sheet"], f"row {place['row']}"]
    return ", ".join(str(p) for p in parts if p)


def _twice(findings: Findings, row: int, first: int) -> Words:
    where = _where(findings, first)
    return Words(
        f"the same figures stand in {where}; one is kept",
        f"与 {where} 相同，只保留一行",
        "Delete one of the two rows.",
        "请删去其中一行。",
    )


def _conflict(findings: Findings, row: int, first: int) -> Words:
    where, rows = _where(findings, first), findings.rows
    names = {rows.text(row, "division"), rows.text(first, "division")}
    if len(names) == 2:
        a, b = sorted(shown(name) for name in names)
        return Words(
            f"{a} and {b} are the same division, reported twice for this period (first in {where})",
            f"“{a}”与“{b}”为同一地区，同一时期重复填报(首见 {where})",
            "Keep the right row.",
            "请保留正确的一行。",
        )
    return Words(
        f"this division and period are reported twice with different figures (first in {where})",
        f"同一地区、同一时期重复填报且数字不同(首见 {where})",
        "Keep the right row.",
        "请保留正确的一行。",
    )


def check_totals(frame: pd.DataFrame, findings: Findings, plan: Plan) -> None:
    """Compare the sum of all divisions with the city's own row, and flag a difference.  核对合计。

    Only numerators and denominators are summed. ``frame`` has one row per indicator
    position, place and period code, with the number columns and ``row``, the row among all rows.
    """
    import numpy as np

    city = len(plan.geography.ids)
    keys = ["indicator", "period"]
    divisions = frame[(frame["place"] != city) & (frame["place"] != UNKNOWN)]
    totals = frame[frame["place"] == city].set_index(keys)
    if totals.empty or divisions.empty:
        return
    for column in ("numerator", "denominator"):  # the value of a count is its numerator
        sums = divisions.groupby(keys)[column].agg(["sum", "count"])
        both = totals[[column, "row"]].join(sums, how="inner")
        both = both[both[column].notna() & (both["count"] > 0)]
        complete = both["count"] == city
        apart = both["sum"] - both[column]
        wrong = both[(complete & (apart.abs() > EDGE * both[column].abs().clip(lower=1))) | (apart > EDGE)]
        said = dict(zip(wrong["row"], zip(wrong["sum"], wrong[column], wrong["count"], strict=True), strict=True))
        rows = np.array(sorted(said), dtype=np.int64)
        written = np.array([bool(findings.rows.text(row, column).strip()) for row in rows.tolist()], dtype=bool)
        for where, place in ((rows[written], column), (rows[~written], "value")):
            findings.flag(where, place, "total_differs", partial(_total_words, said), severity="warning")


def _total_words(said: Mapping[int, tuple[float, float, int]], row: int) -> Words:
    total, city, count = said[row]
    return Words(
        f"the {count} divisions sum to {total:.15g}, the city's own row has {city:.15g}, {total - city:+.15g} apart",
        f"{count} 个地区之和为 {total:.15g}，全市行为 {city:.15g}，相差 {total - city:.15g}",
        "Check the rows; the city's row is not used in sums.",
        "请核对；合计行不参与求和。",
    )
