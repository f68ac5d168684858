"""What a written cell means: one strict reading for each text, and a rule's name for each change.

单元格文字的含义：每种文字只有一种严格读法，每次改动都记下规则。

NFKC folds full-width digits and signs; the whole cell must then match a plain ASCII grammar, or it is refused with a
fault. Nothing is guessed: 无 is not zero, 约90% is not 90 %.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import NamedTuple

from ..terms import Text


class Words(NamedTuple):
    """What a message says, and what it advises.  报错的话与建议。"""

    en: str
    zh: str
    advice_en: str = ""
    advice_zh: str = ""


RULES: dict[str, Text] = {
    "encoding": Text("按非 UTF-8 编码读取", "read in an encoding other than UTF-8"),
    "folded": Text("全角字符或多余空白改为半角", "full-width characters or space around them made plain"),
    "thousands": Text("去掉千分位逗号", "thousands separators removed"),
    "percent": Text("百分数改为 0-1", "percentage made a share of 1"),
    "percent_unit": Text("单位为%，改为 0-1", "unit is %, made a share of 1"),
    "missing_mark": Text("记号表示缺报", "a mark that means not reported"),
    "alias": Text("别名或旧名改为正式名称", "alias or former name made the official one"),
    "total_row": Text("合计行作为全市核对数", "total row kept as the city's own figure"),
    "period_text": Text("时期写法统一", "period written in the common form"),
    "merged": Text("合并单元格按首格补全", "merged cell filled from its first cell"),
    "wide": Text("按时期分列改为分行", "a column of one period read as rows"),
    "formula": Text("公式取其已存结果", "formula read by its stored result"),
    "weight": Text(
        "单元格自带重量单位，换算为规定单位", "a weight with its unit in the cell, converted to the unit required"
    ),
    "count_and_share": Text(
        "同格的件数与占比拆为分子与数值", "a count and its share in one cell, parted into 分子 and 数值"
    ),
    "merged_parts": Text("合并前三区齐全，合成现区", "all parts of a division of today, summed"),
    "scope_note": Text("备注中的口径限定并入口径", "what a note says of the scope, added to the definition"),
}
FAULTS: dict[str, Words] = {
    "inside_space": Words("space inside a number", "数字中间有空白", "Remove the space.", "请删除空白。"),
    "none_word": Words(
        "无 may mean zero or not reported",
        "“无”可能是零，也可能是缺报",
        "Write 0, or leave it empty.",
        "请填 0，或留空。",
    ),
    "comma": Words("a comma that is not at thousands", "逗号不在千分位", "Write plain digits.", "请只写数字。"),
    "underscore": Words("an underscore in a number", "数字中有下划线", "Write plain digits.", "请只写数字。"),
    "chinese_digits": Words("a number written in words", "用汉字书写的数字", "Write digits.", "请用阿拉伯数字填写。"),
    "bound": Words(
        "a bound or an estimate, not a value",
        "这是界限或约数，不是实际数",
        "Give the exact figure.",
        "请填写准确数值。",
    ),
    "not_finite": Words(
        "not a finite number", "不是有限的数", "Give the figure, or leave it empty.", "请填写数值，或留空。"
    ),
    "rounded": Words("a rounded figure", "这是约整数", "Give the full figure in digits.", "请填写完整数字。"),
    "range": Words("a range, not a value", "这是区间，不是数值", "Give one figure.", "请只填一个数。"),
    "digits_lost": Words(
        "more than 15 digits; a spreadsheet has lost the last ones",
        "超过 15 位，表格软件已丢失末位",
        "Check that this is a figure and not a code.",
        "请核对是否误填了编码。",
    ),
    "rise": Words(
        "a change, not a level",
        "这是变化幅度，不是水平值",
        "Give the figure of each year; the change is computed. If only the change is known, ask for the figures behind it and whether it is % or percentage points.",
        "请填写各年数值，变化幅度由程序计算；如只掌握变化幅度，请查明原数，并注明是百分比还是百分点。",
    ),
    "error_text": Words("an error value of a spreadsheet", "表格软件的错误值", "Correct the formula.", "请更正公式。"),
    "unit_in_cell": Words(
        "a number with a unit in its cell, which this column does not take",
        "数字与单位写在同一格，本列不接受",
        "Write the number alone; the unit stands in its own column or in the header.",
        "请只写数字，单位写在“单位”列或表头。",
    ),
    "not_number": Words(
        "text where a number belongs", "应填数字，却是文字", "Write a number in digits.", "请填写数字。"
    ),
}
_MISSING = frozenset({"", "-", "--", "–", "—", "――", "——", "/", "\\", "n/a", "na", "null", "缺报", "未报", "未上报"})
# A quotient of a spreadsheet has 17 digits after its leading zeros: many decimals are no sign of a code.
_NUMBER = re.compile(r"([+-]?)(\d{1,15})(?:\.(\d{1,40}))?(e-\d{1,2})?(%?)", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?%?", re.ASCII)
_CHINESE_NUMBER = re.compile(r"(百分之)?[零〇一二两三四五六七八九十百千万亿点]+")
# A number and a unit, or a count and its share: only a column that asks for them takes them apart (numbers.py).
_WITH_UNIT = re.compile(
    r"(\d{1,12}(?:,\d{3}){0,3}(?:\.\d{1,12})?)([a-z]{1,5}|[一-鿿]{1,2})(?:占(?:比)?(\d{1,3}(?:\.\d{1,6})?)%)?",
    re.ASCII | re.IGNORECASE,
)
_BOUND = re.compile(r"[<>≤≥~≈约近超]|以上|以下|不低于|不高于|左右|至少|至多|不少于|不超过")
_CHINESE_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


class Number(NamedTuple):
    """How a cell reads as a number.  单元格读作数字的结果。"""

    value: float  # NaN where missing or faulty
    percent: bool = False  # the cell itself bears a % sign; value is still the number before it
    half_step: float = 0.0  # half a unit of the last digit written
    missing: bool = False
    rule: str = ""
    fault: str = ""


def fold(text: str) -> str:
    """Return a text with full-width characters folded and space and invisible characters around it removed.  折叠。"""
    if text.isascii():  # nothing to fold, and no invisible characters
        return text.strip()
    text = unicodedata.normalize("NFKC", text)
    start, end = 0, len(text)
    while start < end and _is_space(text[start]):
        start += 1
    while end > start and _is_space(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_space(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"


def read_number(text: str) -> Number:
    """Return how a cell reads as a number.  把单元格读作数字。

    >>> read_number("9 0".replace(" ", "")).value, read_number("1,234").rule, read_number("约90%").fault
    (90.0, 'thousands', 'bound')
    """
    if text.isascii() and text.isdigit() and len(text) <= 15:  # most cells, by far
        return Number(float(text), half_step=0.5)
    plain = fold(text)
    if plain.casefold() in _MISSING:
        return Number(math.nan, missing=True, rule="missing_mark" if plain else "")
    rule = "folded" if plain != text else ""
    if _THOUSANDS.fullmatch(plain):
        plain, rule = plain.replace(",", ""), "thousands"
    match = _NUMBER.fullmatch(plain.casefold())
    if match is None:
        return Number(math.nan, fault=_fault(plain))
    decimals = len(match[3] or "") - int((match[4] or "e0")[1:])
    value = float(plain.casefold().removesuffix("%"))
    return Number(value, bool(match[5]), 0.5 * 10.0**-decimals, rule=rule)


def _fault(plain: str) -> str:
    if len(plain) > 64:  # no longer text is looked at: patterns must not be made to work hard
        return "digits_lost" if plain.isdigit() else "not_number"
    lower = plain.casefold()
    if lower.lstrip("+-") in ("nan", "inf", "infinity") or re.fullmatch(r"[+-]?\d+(\.\d+)?e\+?\d+", lower):
        return "not_finite" if not lower[-1].isdigit() or int(lower.rpartition("e")[2]) > 300 else "digits_lost"
    if plain in ("无", "没有"):
        return "none_word"
    if plain.startswith("#"):
        return "error_text"
    checks = (
        ("digits_lost", r"[+-]?\d{16,}(\.\d+)?|[+-]?\d+\.\d{41,}"),
        ("rise", r"(上升|下降|增长|提高|减少|降低).*"),
        ("underscore", r"[\d_]+(\.\d+)?"),
        ("comma", r"[+-]?[\d,]+(\.\d+)?%?"),
        ("inside_space", r"[+-]?[\d\s.\u200b\u2060\ufeff]+%?"),
        ("range", r"\d+(\.\d+)?%?[-~—–至到]\d+(\.\d+)?%?"),
        ("rounded", r"[+-]?\d+(\.\d+)?[百千万亿]+"),
    )
    for fault, pattern in checks:
        if re.fullmatch(pattern, plain):
            return fault
    if _CHINESE_NUMBER.fullmatch(plain):
        return "chinese_digits"
    if _BOUND.search(plain):
        return "bound"
    return "unit_in_cell" if _WITH_UNIT.fullmatch(plain) else "not_number"


def number_with_unit(text: str) -> tuple[str, str, str] | None:
    """Return number, unit and share of a cell that holds them together, None for any other.  拆分带单位的数字。

    >>> number_with_unit("938.5吨"), number_with_unit("70起占64.2%")
    (('938.5', '吨', ''), ('70', '起', '64.2'))
    """
    plain = fold(text)
    match = _WITH_UNIT.fullmatch(plain) if len(plain) <= 64 else None
    if match is None or ("," in match[1] and not _THOUSANDS.fullmatch(match[1])):
        return None
    return match[1].replace(",", ""), match[2], match[3] or ""


def number_words(fault: str, text: str) -> Words:
    """Return what to say about a faulty number; a number in words is offered in digits.  数字有误时的话。"""
    words = FAULTS[fault]
    if fault == "chinese_digits" and (offer := _in_digits(fold(text))):
        return words._replace(advice_en=f"Write digits: {offer}?", advice_zh=f"请用阿拉伯数字填写，是否为 {offer}?")
    if fault == "rounded" and (span := _rounded_span(fold(text))):
        low, high = span
        return words._replace(
            en=f"a rounded figure, between {low:,} and {high:,}", zh=f"这是约整数，实际在 {low:,} 与 {high:,} 之间"
        )
    return words


def _in_digits(text: str) -> str:
    """Return a Chinese number below 100 in digits, empty where it is larger or not regular."""
    percent = text.startswith("百分之")
    body = text.removeprefix("百分之")
    tens, ten, ones = body.partition("十")
    if len(tens) > 1 or len(ones) > 1 or any(c not in _CHINESE_DIGIT for c in tens + ones):
        return ""
    if not ten:
        return f"{_CHINESE_DIGIT[tens]}{'%' if percent else ''}" if tens else ""
    number = (_CHINESE_DIGIT[tens] if tens else 1) * 10 + (_CHINESE_DIGIT[ones] if ones else 0)
    return f"{number}{'%' if percent else ''}"


def _rounded_span(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,4}))?([万亿])", text)
    if match is None:
        return None
    step = 10 ** ({"万": 4, "亿": 8}[match[3]] - len(match[2] or ""))
    middle = int(match[1] + (match[2] or "")) * step
    return middle - step // 2, middle + step // 2 - 1


class PeriodRead(NamedTuple):
    """How a cell reads as a period.  单元格读作时期的结果。"""

    frequency: str = ""  # year, half, quarter, month; "" where faulty
    year: int = 0
    part: int = 1  # quarter, month or half of the year, from 1
    rule: str = ""
    fault: str = ""


PERIOD_FAULTS: dict[str, Words] = {
    "blank": Words(
        "no period is given", "未填时期", "Fill in the year, or 2020Q1 for a quarter.", "请填年份，季度填如 2020Q1。"
    ),
    "several_years": Words(
        "a period of several years", "跨年度的时期", "Give each year its own row.", "请按年度分行填报。"
    ),
    "fiscal": Words("a fiscal year", "财政年度", "Give the calendar year.", "请填日历年。"),
    "not_period": Words(
        "not a period", "不是时期", "Write 2020 for a year, 2020Q1 for a quarter.", "年度填如 2020，季度填如 2020Q1。"
    ),
}
_YEAR = re.compile(r"(\d{4})(?:\.0)?(?:年度?)?", re.ASCII)
_QUARTER = re.compile(r"(\d{4})年?[- ]?(?:Q([1-4])|第?([1-4一二三四])季度?)", re.ASCII | re.IGNORECASE)
_HALF = re.compile(r"(\d{4})年?[- ]?(?:H([12])|([上下])半年)", re.ASCII | re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})(?:年|[-./])(0?[1-9]|1[0-2])月?", re.ASCII)


def read_period(text: str) -> PeriodRead:
    """Return how a cell reads as a period.  把单元格读作时期。

    >>> read_period("2020年第一季度")[:3], read_period("2020-2022").fault
    (('quarter', 2020, 1), 'several_years')
    """
    plain = fold(text)
    if not plain:
        return PeriodRead(fault="blank")
    digits = re.sub("[〇零一二三四五六七八九]", lambda m: str(_CHINESE_DIGIT[m[0]]), plain[:4]) + plain[4:]
    if match := _YEAR.fullmatch(digits):
        return PeriodRead("year", int(match[1]), rule="" if text == match[1] else "period_text")
    if match := _QUARTER.fullmatch(digits):
        part = match[2] or match[3]
        number = "一二三四".find(part) + 1 or int(part)
        return PeriodRead("quarter", int(match[1]), number, "" if text == f"{match[1]}Q{number}" else "period_text")
    if match := _HALF.fullmatch(digits):
        number = int(match[2] or "上下".find(match[3]) + 1)
        return PeriodRead("half", int(match[1]), number, "" if text == f"{match[1]}H{number}" else "period_text")
    if match := _MONTH.fullmatch(digits):
        number = int(match[2])
        return PeriodRead("month", int(match[1]), number, "" if text == f"{match[1]}-{number:02d}" else "period_text")
    if re.fullmatch(r"\d{4}年?[-~—–至到](\d{4}|[2-9]\d)年?|.*(累计|三年|多年).*", plain[:40]):
        return PeriodRead(fault="several_years")
    return PeriodRead(fault="fiscal" if plain.casefold().startswith("fy") else "not_period")


def has_control(text: str, *, allow: str = "") -> bool:
    """Whether a text holds control characters other than those allowed.  是否含控制字符。"""
    return any(unicodedata.category(c) == "Cc" and c not in allow for c in text)
