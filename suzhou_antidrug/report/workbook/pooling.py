"""Figures that stand elsewhere in the book: the same figure again, and the city's from its divisions.

簿中已有的数：重复出现的同一上报数，以及由各单位汇总的全市数。
"""

from __future__ import annotations

import math

from .pages import cell
from .places import AT, Book, Entry, takes_parts

CLOSE = 1e-9  # relative: a pooled figure is the same sum in another order


class Pooling:
    """Finds the formula of a figure that follows from other cells.  由其他单元格得出的数。"""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._first: dict[tuple[int, str, int], int] = {}
        for entry in book.entries:
            if entry.column.measured is not None:
                self._first.setdefault(self._key(entry), entry.row)

    def _key(self, entry: Entry) -> tuple[int, str, int]:
        found = entry.column.measured
        assert found is not None
        kind = "" if found.scale is None else f"/{found.scale}/{found.milestone.id}"
        return (entry.card.year, found.indicator.id + kind, entry.place)

    def formula(self, entry: Entry, name: str, value: float) -> str | None:
        """Return the formula of a reported figure, or None where it must be given.  得出公式；无则返回 None。"""
        first = self._first[self._key(entry)]
        if first != entry.row:
            other = cell(first, AT[name])
            return f'IF({other}="","",{other})'
        return self._pooled(entry, name, value) if entry.place == 0 else None

    def _pooled(self, entry: Entry, name: str, value: float) -> str | None:
        found = entry.column.measured
        assert found is not None
        count = len(self.book.places) - 1
        rows = [self.book.row_of.get((entry.card.year, p, entry.index)) for p in range(1, count + 1)]
        if not found.indicator.by_division or None in rows:
            return None
        table = found.bases[0] if name.startswith("base_") else found.rows
        own = takes_parts(found.indicator) or (entry.column.units_short and name != "value")
        source = name.removeprefix("base_") if own else "value"
        parts = table[source].iloc[1 : count + 1].to_numpy(dtype=float)
        adds = own or found.indicator.kind in ("count", "occurrence")
        total = float(parts.sum() if adds else parts.mean())
        same = math.isnan(total) if math.isnan(value) else abs(total - value) <= CLOSE * max(1.0, abs(value))
        if not same:  # weighted, or pooled otherwise: the figure itself is written
            return None
        cells = ",".join(cell(int(r or 0), AT[name]) for r in rows)
        return f'IF(COUNT({cells})<{count},"",{"SUM" if adds else "AVERAGE"}({cells}))'
