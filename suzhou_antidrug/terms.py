"""The one glossary, and the language in use.

唯一的术语表，以及当前语言。

>>> from suzhou_antidrug.terms import label, use_language
>>> label("milestone")
'年度任务'
>>> with use_language("en"):
...     label("milestone")
'milestone'
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from .errors import UnknownNameError, unknown_name

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_language: ContextVar[Language] = ContextVar("language", default="zh")


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and English.  同一内容的中英文。

    >>> Text("达成", "met").in_language("en")
    'met'
    """

    zh: str
    en: str

    def in_language(self, language: str | None = None) -> str:
        """Return the words in ``language``, or in the language in use."""
        return self.zh if check_language(language) == "zh" else self.en

    def __str__(self) -> str:
        return self.in_language()


def check_language(language: str | None) -> Language:
    """Return ``language`` if it is known, the language in use if it is None.  核对语言代码。"""
    if language is None:
        return _language.get()
    if language not in LANGUAGES:
        raise UnknownNameError(unknown_name("language", "语言", language, LANGUAGES))
    return language


def get_language() -> Language:
    """Return the language in use, ``"zh"`` unless set.  当前语言，默认中文。"""
    return _language.get()


def set_language(language: str) -> None:
    """Set the language of labels and figures for this context.  设定标签与图的语言。

    >>> set_language("zh")
    >>> str(Text("达成", "met"))
    '达成'
    """
    _language.set(check_language(language))


@contextmanager
def use_language(language: str | None) -> Iterator[None]:
    """Use a language inside a ``with`` block.  在代码块内临时使用某种语言。

    >>> with use_language("en"):
    ...     str(Text("达成", "met"))
    'met'
    """
    token = _language.set(check_language(language))
    try:
        yield
    finally:
        _language.reset(token)


def display_width(text: str) -> int:
    """Return the columns that text takes in a terminal: two for a wide letter.  文字在终端所占列数。

    >>> display_width("苏州 2022")
    9
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """Return text filled with spaces to a width.  按显示宽度补空格。"""
    return text + " " * max(0, columns - display_width(text))


def _glossary(rows: str) -> dict[str, Text]:
    split = (row.split("|") for row in rows.strip().splitlines())
    return {key.strip(): Text(zh=zh.strip(), en=en.strip()) for key, zh, en in split}


GLOSSARY: dict[str, Text] = _glossary("""
    plan                  | 规划             | plan
    target                | 总目标           | headline target
    task                  | 任务             | task
    milestone             | 年度任务         | milestone
    clause                | 条款             | clause
    reading               | 读法             | reading
    division              | 县级市(区)       | division
    city                  | 全市             | city
    returns               | 报表             | returns
    indicator             | 指标             | indicator
    outlook               | 前景             | outlook
    appraisal             | 考评             | appraisal
    verdict               | 评判             | verdict
    year                  | 年份             | year
    period                | 时期             | period
    origin                | 预测起点         | origin
    horizon               | 预测期           | horizon
    value                 | 数值             | value
    unit                  | 单位             | unit
    threshold             | 目标值           | threshold
    operator              | 比较             | operator
    numerator             | 分子             | numerator
    denominator           | 分母             | denominator
    low                   | 下限             | lower limit
    high                  | 上限             | upper limit
    method                | 方法             | method
    source                | 来源             | source
    status                | 数据状态         | status
    scope                 | 适用范围         | scope
    pillar                | “六全”           | pillar
    category              | 类别             | category
    lead                  | 牵头单位         | lead unit
    participant           | 参与单位         | participating unit
    deliverable           | 工作成果         | deliverable
    base                  | 基期             | base
    observed              | 实际值           | observed
    forecast              | 预测             | forecast
    probability           | 概率             | probability
    fall                  | 降幅             | fall
    interval_80           | 80% 区间         | 80 % interval
    interval_95           | 95% 区间         | 95 % interval
    flip_point            | 翻转点           | flip point
    series                | 序列             | series
    place                 | 地区             | place
    note                  | 备注             | note
    what_happened         | 后来实际         | what then happened
    synthetic             | 合成数据         | synthetic data
    assumed               | 假定             | assumed
    unverified            | 未核实           | unverified
    missing               | 缺报             | missing
""")


def label(term: str, language: str | None = None) -> str:
    """Return the label of a term of the glossary.  术语的标签。

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest terms for a term that is not there.

    >>> label("verdict", "en")
    'verdict'
    """
    if term not in GLOSSARY:
        raise UnknownNameError(unknown_name("term", "术语", term, GLOSSARY))
    return GLOSSARY[term].in_language(language)
