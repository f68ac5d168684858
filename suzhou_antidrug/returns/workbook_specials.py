"""Cells of a worksheet that are more than a value: error values, formulas, merged ranges.

工作表中不只是数值的单元格：错误值、公式、合并区域。

The reader of values gives a blank for an error value and for a formula that was never calculated, so the parts of the
workbook are gone through once more, where a scan finds that they hold any.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .grid import Special, column_letters

SPECIAL_MARK = re.compile(rb"<(?:\w+:)?(?:f|mergeCell)[\s/>]|\bt\s*=\s*[\"']e[\"']")
# A cell that holds only a value of its own and can be nothing special; it says its place, so the others keep theirs.
_PLAIN_CELL = re.compile(
    rb'<c r="[A-Z]{1,3}\d{1,7}"(?: s="\d{1,6}")?(?: t="(?:s|n|b|str|inlineStr)")?'
    rb"(?:/>|>(?:<v>[^<>&]*</v>|<is><t>[^<>&]*</t></is>)</c>)"
)
_PLAIN_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"(?: s="\d{1,6}")?(?: t="(?:n|b|str)")?><f>([^<>&]*)</f><v>[^<>&]*</v></c>'
)
# Where these stand, what looks like a cell may be none, or a cell may take its place from the one before.
_UNUSUAL = tuple(map(re.compile, (rb"<!", rb"<\?", rb'<c(?! r=")[\s/>]', rb":c[\s/>]")))
# What makes a formula reach outside its workbook: another workbook, a web address, a program (DDE).
_OUTSIDE = re.compile(
    r"\[[^\]]*\][^!\[\]]*!|\b(?:HYPERLINK|WEBSERVICE|FILTERXML|IMAGE|RTD|CALL|REGISTER\.ID|IMPORTDATA|IMPORTXML)\s*\(|"
    r"https?:|ftp:|file:|\\\\|\|",
    re.IGNORECASE,
)
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_SPAN = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})")
LONGEST_FORMULA = 8_192  # Excel's own limit


@dataclass(slots=True)
class SheetSpecials:
    """The special cells of one sheet, by row and column from 0, and its merged ranges.  一张表的特殊单元格。"""

    cells: dict[tuple[int, int], Special] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # first row and column, last row and column

    def within(self, rows: int, columns: int) -> Iterator[tuple[tuple[int, int], Special]]:
        """Yield the special cells inside a sheet of some size; a merged range is cut to it."""
        for top, left, bottom, right in self.merged:
            anchor = f"{column_letters(left)}{top + 1}"
            for row in range(top, min(bottom + 1, rows)):
                for column in range(left, min(right + 1, columns)):
                    if (row, column) != (top, left):
                        yield (row, column), Special("merged", anchor)
        for (row, column), special in self.cells.items():
            if row < rows and column < columns:
                yield (row, column), special


def special_cells(parts: Mapping[str, bytes]) -> dict[str, SheetSpecials]:
    """Return the special cells of each worksheet by its name.  各工作表的特殊单元格。"""
    marked = {n for n, part in parts.items() if n.startswith("xl/worksheets/") and SPECIAL_MARK.search(part)}
    if not marked:
        return {}
    sheets = _sheet_parts(parts)
    if marked - set(sheets.values()) - {n for n in marked if n.endswith(".rels")}:
        raise ValueError("a worksheet is not listed")
    return {name: _read(parts[part]) for name, part in sheets.items() if part in marked}


def _sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the part of each sheet by its name, through the relations of the workbook."""
    from defusedxml.ElementTree import fromstring

    relations = {
        relation.get("Id"): posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
        for relation in fromstring(parts["xl/_rels/workbook.xml.rels"], forbid_dtd=True)
    }
    found = {}
    for element in fromstring(parts["xl/workbook.xml"], forbid_dtd=True).iter():
        if element.tag.rpartition("}")[2] == "sheet":
            relation_id = next(value for key, value in element.attrib.items() if key.endswith("}id"))
            found[element.attrib["name"]] = relations[relation_id]
    return found


def _read(part: bytes) -> SheetSpecials:
    from xml.parsers import expat

    from defusedxml.common import DTDForbidden

    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text

    def refuse(*declaration: Any) -> None:
        raise DTDForbidden(*declaration[:3])

    parser.StartDoctypeDeclHandler = refuse
    plain, rest = _plain_cells(part)
    parser.Parse(rest, True)
    reader.found.cells = plain | reader.found.cells
    return reader.found


def _plain_cells(part: bytes) -> tuple[dict[tuple[int, int], Special], bytes]:
    """Return the formulas in plain cells, and the part without its plain cells.

    The parser need not see these: it takes longer over them than over all the rest of reading.
    """
    declaration = re.match(rb"\s*<\?xml[^<>]*\?>", part)
    start = declaration.end() if declaration else 0
    if any(pattern.search(part, start) for pattern in _UNUSUAL):
        return {}, part
    found = {}
    for letters, row, formula in _PLAIN_FORMULA.findall(part):
        found[int(row) - 1, _number(letters.decode())] = _formula(formula.decode()[:LONGEST_FORMULA])
    return found, _PLAIN_CELL.sub(b"", _PLAIN_FORMULA.sub(b"", part) if found else part)


def _formula(formula: str) -> Special:
    return Special("formula_outside" if _OUTSIDE.search(formula) else "formula_stored", f"={formula}")


class _Reader:
    """Goes through a worksheet element by element."""

    def __init__(self) -> None:
        self.found = SheetSpecials()
        self._row = self._column = -1
        self._type = ""
        self._formula: str | None = None
        self._shared: dict[str, str] = {}  # the formula of a group stands in its first cell
        self._group = ""
        self._value: list[str] = []
        self._into: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _number(place[1]) if place else self._column + 1
            self._row = int(place[2]) - 1 if place else self._row
            self._type, self._formula, self._value = attributes.get("t", ""), None, []
        elif name == "v":
            self._into = self._value if self._type == "e" else None
        elif name == "f":
            self._into, self._formula = [], ""
            self._group = attributes.get("si", "")
        elif name == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
        elif name == "mergeCell" and (span := _SPAN.fullmatch(attributes.get("ref", ""))):
            self.found.merged.append((int(span[2]) - 1, _number(span[1]), int(span[4]) - 1, _number(span[3])))

    def text(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "f" and self._into is not None:
            own = "".join(self._into)[:LONGEST_FORMULA]
            self._formula = (self._shared.setdefault(self._group, own) or own) if self._group else own
            self._into = None
        elif name == "v":
            self._into = None
        elif name == "c":
            special = self._special()
            if special is not None:
                self.found.cells[self._row, self._column] = special

    def _special(self) -> Special | None:
        formula = None if self._formula is None else _formula(self._formula)
        if self._type == "e" and (formula is None or formula.kind == "formula_stored"):
            return Special("error", "".join(self._value))
        return formula


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
