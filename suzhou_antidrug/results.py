"""What every result can do: frame, plot, html, explain, manifest.

每个结果都能做的事：表、图、网页片段、解释、出处清单。
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .column_names import CODES, code_name, column_name
from .provenance import Made, Status
from .terms import Text, check_language, get_language
from .verdicts import OPERATORS, Verdict

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a number came about, line by line.  一个数是怎么来的，逐条说明。"""

    title: Text
    lines: tuple[tuple[Text, Text], ...]  # what, and what it is

    def in_language(self, language: str | None = None) -> str:
        """The explanation as plain text."""
        lang = check_language(language)
        rows = [f"  {what.in_language(lang)}: {is_.in_language(lang)}" for what, is_ in self.lines]
        return "\n".join([self.title.in_language(lang), *rows])

    def __str__(self) -> str:
        return self.in_language()

    __repr__ = __str__

    def to_html(self, language: str | None = None) -> str:
        """The explanation as an HTML table of two columns; all text is escaped."""
        lang = check_language(language)
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(what.in_language(lang))}</th>'
            f'<td style="text-align:left">{html.escape(is_.in_language(lang))}</td></tr>'
            for what, is_ in self.lines
        )
        title = html.escape(self.title.in_language(lang))
        return (
            f'<table><caption style="text-align:left"><strong>{title}</strong></caption><tbody>{rows}</tbody></table>'
        )

    def _repr_html_(self) -> str:
        return self.to_html()


class Result:
    """The one contract of results.  结果的统一约定。

    A subclass is a frozen dataclass that has ``made`` and implements :attr:`frame` and :meth:`explain`; those with
    something to draw implement :meth:`plot`.
    """

    __slots__ = ()
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The result as a tidy frame."""
        raise TypeError(f"{type(self).__name__} has no frame")

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """Return the frame with columns, verdicts, statuses and known codes named in a language.  列名与代码换成文字。

        For the eye and for a sheet that leaves the house; compute with :attr:`frame`. Columns and words of the user's own
        stay as they are.

        >>> import suzhou_antidrug as sa
        >>> rows = sa.explain_zero(1.0, 3).labelled("zh")
        >>> list(rows.columns)[:2]
        ['年数', '概率']
        """
        return label_frame(self.frame, language)

    def explain(self) -> Explanation:
        """How the result came about: formula, inputs, clause, source."""
        raise TypeError(f"{type(self).__name__} has no explanation")

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the result and return the axes."""
        raise TypeError(f"{type(self).__name__} draws nothing")

    def manifest(self) -> dict[str, Any]:
        """Seed, method, version, data fingerprint and status."""
        return self.made.as_dict()

    def _repr_html_(self) -> str:
        mark = self.made.status
        notice = (
            f"<p><strong>{html.escape(mark.text.in_language(get_language()))}</strong></p>"
            if mark.must_be_shown
            else ""
        )
        page: str = notice + self.explain().to_html() + self.frame.to_html(max_rows=30, border=0, index=False)
        return page


def label_frame(frame: pd.DataFrame, language: str | None = None) -> pd.DataFrame:
    """Return a frame with its columns and codes named in a language; the frame itself is left alone.  给表配上文字。

    A name that would stand twice is followed by the column's own in brackets, so that no two columns become one. ``2021``
    or another column that has no name here keeps it.

    >>> import pandas as pd
    >>> shown = label_frame(pd.DataFrame({"verdict": ["met"], "status": ["synthetic"], "mine": ["met"]}), "zh")
    >>> list(shown.columns), shown.iloc[0].to_list()
    (['评判', '数据状态', 'mine'], ['达成', '合成数据', 'met'])
    """
    lang = check_language(language)
    shown = frame.copy()
    for position, column in enumerate(frame.columns):
        named = _named_codes(str(column))
        if named is None or not len(frame):
            continue
        values = frame.iloc[:, position].astype(object)
        new = [named(value, lang) for value in values]
        if any(a is not b for a, b in zip(new, values, strict=True)):
            shown.isetitem(position, new)
    names = [column_name(c, lang) if isinstance(c, str | float) else c for c in frame.columns]
    twice = {n for n in names if names.count(n) > 1}
    shown.columns = [f"{n} ({c})" if n in twice else n for n, c in zip(names, frame.columns, strict=True)]
    return shown


def _named_codes(column: str) -> Callable[[object, str], object] | None:
    """Return what names the codes of a column, None where a column holds none of ours."""
    own: dict[str, Text] = {}
    if column == "verdict" or column.endswith("_verdict"):
        own = {str(v): v.text for v in Verdict}
    elif column == "status" or column.endswith("_status"):
        own = {str(s): s.text for s in Status}
    elif column == "operator":
        own = OPERATORS
    if not own and column not in CODES:
        return None

    def name(value: object, language: str) -> object:
        if isinstance(value, str) and value in own:
            return own[value].in_language(language)
        return code_name(column, value, language)

    return name


def line(zh: str, en: str, value: Text | str | float | int) -> tuple[Text, Text]:
    """Return one line of an explanation: a label in both languages and its value.  解释中的一行。"""
    if not isinstance(value, Text):
        value = Text(str(value), str(value))
    return Text(zh, en), value
