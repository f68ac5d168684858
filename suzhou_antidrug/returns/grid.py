"""A sheet as it was read: each distinct cell text once, and the few cells that are more than text.

读入的一张表：每种单元格文字只存一次，另记少数特殊单元格。

Cleaning works on the distinct texts and not on the cells, so two million rows cost hardly more than their reading.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SpecialKind = Literal["date", "error", "formula_uncached", "formula_stored", "formula_outside", "merged", "boolean"]
CHUNK = 4_096  # rows held as text before they are coded: few enough to stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Special:
    """A cell that is more than its text: a date, an error value, a formula, part of a merged range.  特殊单元格。"""

    kind: SpecialKind
    text: str  # what a message may show


@dataclass(frozen=True, slots=True)
class Factor:
    """One column: the distinct texts, and which of them stands in each row.  一列：不同的文字及各行所取。"""

    codes: NDArray[np.int32]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def text(self, position: int) -> str:
        """The text of one row."""
        text: str = self.texts[self.codes[position]]
        return text

    def expand(self, values: Sequence[object]) -> np.ndarray:
        """Return one value per row from one value per distinct text, as objects."""
        import numpy as np

        table = np.empty(len(values), dtype=object)
        table[:] = values
        return table[self.codes]

    def take(self, positions: np.ndarray) -> Factor:
        """Return the column at some rows."""
        return Factor(self.codes[positions], self.texts)


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet, or one text file.  一张工作表或一个文本文件。"""

    file: str  # base name
    sheet: str | None
    rows: np.ndarray  # row as Excel shows it, or the line of a text file
    columns: tuple[Factor, ...]
    lengths: np.ndarray | None = None  # cells in each row, where rows may differ (text files)
    specials: Mapping[tuple[int, int], Special] = field(default_factory=dict)  # by position and column
    hidden: bool = False

    def line(self, position: int) -> list[str]:
        """The texts of one row."""
        return [column.text(position) for column in self.columns]

    @property
    def is_blank(self) -> bool:
        """Whether no cell holds anything but space."""
        return not self.specials and not any(text.strip() for column in self.columns for text in column.texts)


class _Codes(dict[str, int]):
    """Numbers texts in the order of their first appearance."""

    def __missing__(self, text: str) -> int:
        self[text] = code = len(self)
        return code


class GridBuilder:
    """Collects rows of text into a grid without keeping every cell.  逐行收集为表格。"""

    def __init__(self) -> None:
        self._index: list[_Codes] = []
        self._codes: list[array[int]] = []
        self._chunk: list[Sequence[str]] = []
        self._lengths = array("i")
        self._rows = array("q")
        self._done = 0

    def add(self, row: int, cells: Sequence[str]) -> None:
        """Add one row."""
        self.extend([(row, cells)])

    def extend(self, rows: Iterable[tuple[int, Sequence[str]]]) -> GridBuilder:
        """Add many rows, each with its number."""
        chunk = self._chunk
        for row, cells in rows:
            chunk.append(cells)
            self._rows.append(row)
            if len(chunk) >= CHUNK:
                self._flush()
        return self

    def _flush(self) -> None:
        self._lengths.extend(map(len, self._chunk))
        for number, column in enumerate(zip_longest(*self._chunk, fillvalue="")):
            if number == len(self._index):  # a wider row than any before: earlier rows hold nothing there
                self._index.append(_Codes({"": 0}))
                self._codes.append(array("i", bytes(4 * self._done)))
            self._codes[number].extend(map(self._index[number].__getitem__, column))
        self._done += len(self._chunk)
        for codes in self._codes:
            codes.extend([0] * (self._done - len(codes)))
        self._chunk.clear()

    def build(
        self,
        file: str,
        sheet: str | None = None,
        *,
        specials: Mapping[tuple[int, int], Special] | None = None,
        ragged: bool = False,
        hidden: bool = False,
    ) -> Grid:
        """Return the grid of all rows added."""
        import numpy as np

        self._flush()
        columns = tuple(
            Factor(np.frombuffer(codes, dtype=np.int32).copy() if codes else np.empty(0, np.int32), tuple(index))
            for codes, index in zip(self._codes, self._index, strict=True)
        )
        lengths = np.array(self._lengths, dtype=np.int64) if ragged else None
        return Grid(file, sheet, np.array(self._rows, dtype=np.int64), columns, lengths, specials or {}, hidden)


def column_letters(number: int) -> str:
    """Return the letters of a column counted from 0.  列号转为字母。

    >>> column_letters(0), column_letters(25), column_letters(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
