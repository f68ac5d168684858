"""What every result can do: frame, plot, html, explain, manifest.

每个结果都能做的事：表、图、网页片段、解释、出处清单。
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .provenance import Made
from .terms import Text, check_language, get_language

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
        return notice + self.explain().to_html() + self.frame.to_html(max_rows=30, border=0, index=False)


def line(zh: str, en: str, value: Text | str | float | int) -> tuple[Text, Text]:
    """Return one line of an explanation: a label in both languages and its value.  解释中的一行。"""
    if not isinstance(value, Text):
        value = Text(str(value), str(value))
    return Text(zh, en), value
