"""What the cells of a table of promises say: read where it is clear, a named gap where it is not.

承诺表单元格的含义：清楚的读出，不清楚的列为缺口，绝不猜测。
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from ..plan.contents import read_bound
from ..plan.parts import Indicator, Scope, Where
from ..terms import Text
from ..verdicts import OPERATORS, Operator
from .named_table import TableRow, plain_name

_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?)(%?)"
# 以下, 以内 and 不超过 include the number itself, 超过 and 低于 do not (civil code, article 1259).
_PATTERNS: tuple[tuple[re.Pattern[str], Operator], ...] = (
    (re.compile(rf"(?:达到|达|至少)?{_NUMBER}(?:及以上|以上)|(?:达到|至少){_NUMBER}", re.ASCII), "ge"),
    (
        re.compile(
            rf"(?:≤|<=|不超过|不高于|不多于|控制在){_NUMBER}(?:以内|以下)?|{_NUMBER}(?:以内|以下|及以下)", re.ASCII
        ),
        "le",
    ),
    (re.compile(rf"(?:>|超过|高于|大于){_NUMBER}", re.ASCII), "gt"),
    (re.compile(rf"(?:<|低于|小于|少于){_NUMBER}", re.ASCII), "lt"),
    (re.compile(rf"(?:=|等于){_NUMBER}", re.ASCII), "eq"),
)
_ZERO = {"零发生", "零案件", "为零"}
_SIGNS = {"≥": "ge", ">=": "ge", ">": "gt", "≤": "le", "<=": "le", "<": "lt", "=": "eq"}
_OPERATORS = {o: o for o in OPERATORS} | {t.zh: o for o, t in OPERATORS.items()} | {t.en: o for o, t in OPERATORS.items()} | _SIGNS  # fmt: skip
_SHARES = {"share", "%", "百分比", "比例", "percent"}


def read_comparison(text: str) -> tuple[Operator, float, bool] | None:
    """Return operator, number and whether it was a percentage of a written requirement; None for any other text.

    读出“不低于70%”一类要求；其他文字返回 None。

    >>> read_comparison("不低于70%"), read_comparison("控制在5%以内"), read_comparison("零发生"), read_comparison("大幅上升")
    (('ge', 0.7, True), ('le', 0.05, True), ('le', 0.0, False), None)
    >>> read_comparison("90%") is None  # no word says whether at least or at most
    True
    """
    plain = "".join(unicodedata.normalize("NFKC", text[:64]).split()).rstrip("。;；")
    if plain in _ZERO:
        return "le", 0.0, False
    bound = read_bound(plain)
    if bound is not None:
        return "ge", bound, "%" in plain
    for pattern, operator in _PATTERNS:
        if match := pattern.fullmatch(plain):
            number, percent = next((n, p) for n, p in zip(match.groups()[::2], match.groups()[1::2], strict=True) if n)
            return operator, _as_share(number, percent), bool(percent)
    return None


def _as_share(number: str, percent: str) -> float:
    return round(float(number) / 100, 12) if percent else float(number)


@dataclass(slots=True)
class Reading:
    """What was read of one row.  一行读出的内容。"""

    row: TableRow
    task: int | None = None
    year: int | None = None
    indicator: str = ""  # id of the catalogue, or the name as written
    operator: Operator | None = None
    threshold: float | None = None
    unit: str = ""
    gaps: list[Text] = field(default_factory=list)

    @property
    def is_milestone(self) -> bool:
        """Whether everything a milestone needs was read."""
        needed = (self.task, self.year, self.operator, self.threshold)
        return bool(self.indicator) and all(part is not None for part in needed)

    def lacks(self, zh: str, en: str) -> None:
        """Record a gap."""
        self.gaps.append(Text(zh, en))


def read_row(row: TableRow, known: Mapping[str, str], indicators: Mapping[str, Indicator]) -> Reading:
    """Read one row; ``known`` leads from ids and names to the ids of the catalogue.  读一行。"""
    found = Reading(row, gaps=list(row.faults))
    number = re.fullmatch(r"(\d{1,4})", unicodedata.normalize("NFKC", row.get("task")))
    if number and int(number[1]) > 0:
        found.task = int(number[1])
    else:
        found.lacks("没有任务号", "no task number")
    name = row.get("indicator")
    found.indicator = known.get(plain_name(name), name)
    if name:
        _read_year(found)
        _read_threshold(found)
        _read_unit(found, indicators)
        if reading := row.get("reading"):
            found.lacks(
                f"读法“{reading}”未写入：须补写歧义条款", f"the reading {reading!r} is not entered: write its ambiguity"
            )
        elif row.get("compares") == "change":
            found.lacks("与哪一年相比未写明", "the base of the change is not told")
    return found


def _read_year(found: Reading) -> None:
    match = re.fullmatch(r"((?:19|20)\d\d)年?底?", unicodedata.normalize("NFKC", found.row.get("year")))
    if match:
        found.year = int(match[1])
    else:
        found.lacks(f"年份“{found.row.get('year')}”未读懂", f"year {found.row.get('year')!r} not understood")


def _read_threshold(found: Reading) -> None:
    asked, operator = found.row.get("threshold"), found.row.get("operator")
    whole = read_comparison(f"{operator}{asked}" if operator and operator not in _OPERATORS else asked)
    number = re.fullmatch(rf"{_NUMBER}", unicodedata.normalize("NFKC", asked), re.ASCII)
    if operator in _OPERATORS and number:
        found.operator = _OPERATORS[operator]  # type: ignore[assignment]
        found.threshold = _as_share(number[1], number[2])
        found.unit = "share" if number[2] else ""
    elif whole is not None and (not operator or operator not in _OPERATORS):
        found.operator, found.threshold, percent = whole
        found.unit = "share" if percent else ""
    else:
        found.lacks(
            f"要求“{operator}{asked}”未读懂", f"requirement {operator + asked!r} not understood"
        ) if asked or operator else found.lacks("没有目标值", "no threshold")


def _read_unit(found: Reading, indicators: Mapping[str, Indicator]) -> None:
    given = found.row.get("unit")
    percent, found.unit = found.unit == "share", ""
    unit = "share" if percent or given in _SHARES else given
    if given == "%" and not percent and found.threshold is not None:
        found.threshold = round(found.threshold / 100, 12)
    if percent and given and given not in _SHARES:
        found.lacks(f"单位“{given}”与百分数矛盾", f"unit {given!r} contradicts a percentage")
        found.threshold = None
    if found.indicator in indicators:
        expected = indicators[found.indicator].unit
        if unit and unit != expected:
            found.lacks(
                f"单位“{unit}”不是该指标的单位 {expected}", f"unit {unit!r} is not that of the indicator, {expected}"
            )
            found.threshold = None
        unit = expected
    elif not unit:
        found.lacks("没有计量单位", "no unit")
        unit = "待核"
    if (
        unit == "share"
        and found.threshold is not None
        and found.threshold > 1
        and found.row.get("compares") != "change"
    ):
        found.lacks(
            f"比例 {found.threshold:g} 大于 1，且没有百分号",
            f"share {found.threshold:g} above 1 without a percent sign",
        )
        found.threshold = None
    found.unit = unit


def choice(row: TableRow, column: str, allowed: object, default: str) -> str:
    """Return a cell where it holds one of the words allowed, the default otherwise."""
    return value if (value := row.get(column)) in get_args(allowed) else default


def scope_of(row: TableRow) -> str:
    """Return the scope of a row."""
    return choice(row, "scope", Scope, "city")


def where_of(row: TableRow) -> str:
    """Return where a promise stands in the document."""
    return choice(row, "where", Where, "body")
