"""What a report is made of: sections of paragraphs, tables and figures, in both languages.

报告的组成：章节、段落、表、图，中英文并存。

Rooms hand over their own tables and drawings; this one only lays them out. How a cell reads is decided here once, so
that page, terminal and workbook show the same figure in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..terms import Text, display_width
from ..verdicts import Verdict, probability_text

Format = Literal["text", "number", "percent", "signed_percent", "probability", "year", "verdict"]
Tone = Literal["plain", "note", "warning"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.  表的一列。"""

    key: str
    title: Text
    format: Format = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: columns and rows of cells by key.  表格。"""

    caption: Text
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph.  段落。"""

    text: Text
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing in both languages as SVG; as PNG by language where a word processor is to show it.  一幅图。"""

    svg: Text
    png: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its caption, and words for those who cannot see it.  图及其文字说明。"""

    caption: Text
    drawing: Drawing
    alt: Text


Block = Paragraph | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A section with a heading, and sections inside it.  章节，可含下级章节。

    A ``folded`` section stands closed on the page until it is opened; in Word it starts on a new page.
    """

    id: str
    title: Text
    blocks: tuple[Block, ...]
    parts: tuple[Section, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report.  一份完整报告。

    A line break in the title says where a long one is to break on paper; elsewhere the title is one line.
    """

    title: Text
    subtitle: Text
    sections: tuple[Section, ...]
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> Text:
        """The title in one line."""
        return Text(self.title.zh.replace("\n", ""), self.title.en.replace("\n", " "))


def cell_text(value: Any, format: Format, language: str) -> str:
    """Return how a cell reads in a language; missing is a dash, never a zero.  单元格的显示文字。

    >>> cell_text(0.1234, "percent", "zh"), cell_text(float("nan"), "percent", "zh"), cell_text(0.999, "probability", "en")
    ('12.3%', '—', '> 0.99')
    """
    if isinstance(value, Text):
        return value.in_language(language)
    if format == "verdict":
        return Verdict(value).text.in_language(language)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "—"
    match format:
        case "percent":
            return f"{100 * value:.1f}%"
        case "signed_percent":
            return f"{100 * value:+.1f}%"
        case "probability":
            return probability_text(float(value))
        case "year":
            return str(int(value))
        case "number":
            return _number_text(float(value))
    return str(value)


def sort_value(value: Any, format: Format) -> float | None:
    """Return the number by which a cell is sorted; None for words and for what is missing.  单元格的排序值。

    >>> sort_value("not_met", "verdict"), sort_value(0.25, "percent"), sort_value(float("nan"), "number")
    (1.0, 0.25, None)
    """
    if format == "verdict":
        return float(list(Verdict).index(Verdict(value)))
    if format == "text" or value is None or isinstance(value, Text) or math.isnan(value):
        return None
    return float(value)


def _number_text(value: float) -> str:
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4g}"


def table_as_text(table: Table, language: str) -> str:
    """Return a table as aligned text for a terminal.  终端文字表。"""
    header = [c.title.in_language(language) for c in table.columns]
    body = [[cell_text(row.get(c.key), c.format, language) for c in table.columns] for row in table.rows]
    widths = [max(display_width(line[i]) for line in (header, *body)) for i in range(len(header))]

    def fill(cells: list[str]) -> str:
        padded = []
        for cell, width, column in zip(cells, widths, table.columns, strict=True):
            space = " " * (width - display_width(cell))
            padded.append(cell + space if column.format in ("text", "verdict") else space + cell)
        return "  ".join(padded).rstrip()

    rule = "  ".join("-" * w for w in widths)
    return "\n".join([table.caption.in_language(language), fill(header), rule, *map(fill, body)])
