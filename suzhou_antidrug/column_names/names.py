"""What the columns of result frames are called, in Chinese and English.

结果表各列的中英文名称。

One place for all results; :meth:`suzhou_antidrug.results.Result.labelled` uses it. A column that ends in ``_zh`` or ``_en``
keeps the name of its stem. Grades, places and other words of the user's own are no columns of ours and stay as they are.

>>> column_name("verdict", "zh"), column_name("my_column", "zh")
('评判', 'my_column')
"""

from __future__ import annotations

import re

from ..terms import GLOSSARY, Text, check_language
from .rows import ROWS

COLUMN_NAMES: dict[str, Text] = dict(GLOSSARY) | {
    key: Text(zh, en) for key, zh, en in (row.split("|") for row in ROWS.strip().splitlines())
}
_PATTERNS: tuple[tuple[re.Pattern[str], Text], ...] = (
    (re.compile(r"score_(\d{4})"), Text("{0} 年得分", "score {0}")),
    (re.compile(r"p_fall_(\d+)%"), Text("降 {0}% 的概率", "probability of a fall of {0} %")),
    (re.compile(r"(0\.\d+)"), Text("分位数 {0}", "quantile {0}")),
)


def known_column(column: object) -> bool:
    """Return whether a column of ours has a name.  该列是否有名称。

    >>> known_column("score_2021"), known_column("reason_zh"), known_column("grade of mine")
    (True, True, False)
    """
    text = str(column)
    return _stem(text) in COLUMN_NAMES or any(pattern.fullmatch(text) for pattern, _ in _PATTERNS)


def column_name(column: object, language: str | None = None) -> str:
    """Return the name of a column; one that has none stays as it is.  列的名称。

    >>> column_name("reason_zh", "en"), column_name("score_2021", "zh")
    ('reason (zh)', '2021 年得分')
    """
    lang, text = check_language(language), str(column)
    if text in COLUMN_NAMES:
        return COLUMN_NAMES[text].in_language(lang)
    for pattern, name in _PATTERNS:
        if match := pattern.fullmatch(text):
            return name.in_language(lang).format(*match.groups())
    stem = _stem(text)
    if stem not in COLUMN_NAMES:
        return text
    ending = text[-2:]
    words = {"zh": {"zh": "中文", "en": "英文"}, "en": {"zh": "zh", "en": "en"}}[lang][ending]
    return f"{COLUMN_NAMES[stem].in_language(lang)}{'（' + words + '）' if lang == 'zh' else f' ({words})'}"


def _stem(column: str) -> str:
    return column[:-3] if column not in COLUMN_NAMES and column.endswith(("_zh", "_en")) else column
