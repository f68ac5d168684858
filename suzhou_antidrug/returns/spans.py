"""Words that say a figure spans several years, or less than one.

文字中说明数字跨多年或不满一年的说法。
"""

from __future__ import annotations

import re

from .cleaning import Words, fold

# A comparison (较上半年) or a denial (不含累计) says nothing about the figure itself.
_NOT_THIS = r"(?<![较比同与非])(?<!不是)(?<!不含)(?<!并非)"
_YEARS = re.compile(
    _NOT_THIS
    + r"(?:(?<!全年)(?<!当年)(?<!本年)(?<!年度)(?<!12月)(?<!当年度)累计|历年合计|[二两三多几3]年(?:合计|总数|之和)|"
    r"\d{4}年?[-—–~至到]\d{4}年?(?:合计|总数|之和))"
)
_PART = re.compile(
    _NOT_THIS + r"(?:[上下]半年|前[一二两三123]个?季度|第[一二三四1-4]季度|"
    r"(?<!\d)1月?[-—–~至到](?:[1-9]|1[01])月|一月?至(?:[一二三四五六七八九]|十|十一)月|截[至止](?:[1-9]|1[01])月)"
)
_CATALOGUE = re.compile(r"目录|名录|品种|列管|catalogue", re.IGNORECASE)
LOOKED_AT = 2_000  # characters of a text that are looked at


def names_catalogue(*definitions: str) -> bool:
    """Whether a definition tells of a catalogue, such as that of the precursors.  口径是否涉及目录。

    >>> names_catalogue("", "易制毒化学品目录2021年版")
    True
    """
    return any(_CATALOGUE.search(text[:LOOKED_AT]) for text in definitions)


def cumulative_words(text: str) -> Words | None:
    """Return what to say of a header or note that tells of several years together, None for any other.  是否多年累计。

    >>> cumulative_words("三年累计") is not None, cumulative_words("全年累计") is None
    (True, True)
    """
    if not _YEARS.search(fold(text[:LOOKED_AT])):
        return None
    return Words(
        "figures of several years together, where each year has its own",
        "这是多年累计数，应填各年度数",
        "Give the figure of each year by itself.",
        "请分年度填报，不填累计数。",
    )


def part_year_words(text: str) -> Words | None:
    """Return what to say of a header or note that tells of part of a year, None for any other.  是否不满一年。

    >>> part_year_words("1-6月") is not None, part_year_words("较上半年上升") is None, part_year_words("1-12月") is None
    (True, True, True)
    """
    if not _PART.search(fold(text[:LOOKED_AT])):
        return None
    return Words(
        "figures of part of a year, labelled as a year",
        "这是半年或部分月份的数，却填在年度",
        "Give the figure of the whole year.",
        "请填报全年数。",
    )
