"""The reported years of one series, as plain arrays: what the verdict on a target is made from.

一条序列已上报的各年，以数组表示：总目标评判的依据。
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import refusal
from .series import Block, check_span, make_block

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NUMBERS = ("value", "events", "exposure", "se")


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Years that were reported, oldest first, arrays (years,); NaN where a number is not known.  已上报的各年。"""

    years: NDArray[np.int64]
    value: Floats
    events: Floats
    exposure: Floats
    se: Floats
    definition: NDArray[np.object_] | None = None  # None where definitions are not told

    def __len__(self) -> int:
        return len(self.years)

    @property
    def last(self) -> int:
        """The last year."""
        return int(self.years[-1])

    @classmethod
    def of(cls, table: pd.DataFrame, origin: int) -> History:
        """Return the reported years of a yearly table up to ``origin``; ``table`` is indexed by year.  取至起点年。"""
        known = table[(table.index <= origin) & table["value"].notna()].sort_index()
        if known.index.has_duplicates:
            twice = known.index[known.index.duplicated()][0]
            raise refusal(
                "duplicate_period", "a period stands twice in one series.", "同一序列中某时期出现两次。", value=twice
            )
        nothing = np.full(len(known), np.nan)
        numbers = {c: known[c].to_numpy(dtype=float) if c in known else nothing for c in NUMBERS}
        definition = known["definition"].to_numpy(dtype=object) if "definition" in known else None
        return cls(known.index.to_numpy(dtype=np.int64), **numbers, definition=definition)

    def take(self, chosen: NDArray[np.bool_] | slice) -> History:
        """Return some of the years.  取部分年份。"""
        definition = None if self.definition is None else self.definition[chosen]
        return History(self.years[chosen], **{c: getattr(self, c)[chosen] for c in NUMBERS}, definition=definition)

    def until(self, year: int) -> History:
        """Return the years up to ``year``.  截至某年。"""
        return self.take(self.years <= year)

    def at(self, years: Sequence[int]) -> Floats:
        """Return the values of some years, NaN where one was not reported.  取某些年的数值。"""
        found = np.full(len(years), np.nan)
        for i, year in enumerate(years):
            if year in self.years:
                found[i] = self.value[self.position(year)]
        return found

    def position(self, year: int) -> int:
        """Return where a year stands."""
        return int(np.searchsorted(self.years, year))

    @property
    def width(self) -> int:
        """Steps from the first reported year to the last, gaps included."""
        return int(self.years[-1] - self.years[0]) + 1


def block_of(histories: Sequence[History], *, kind: str) -> Block:
    """Return histories of one width as a block, gaps as NaN.  跨度相同的多条序列组成数据块。"""
    width = histories[0].width
    check_span(width)
    grids = {c: np.full((len(histories), width), np.nan) for c in NUMBERS}
    for row, history in enumerate(histories):
        place = history.years - history.years[0]
        for name, grid in grids.items():
            grid[row, place] = getattr(history, name)
    known = {c: g for c, g in grids.items() if c != "value" and np.isfinite(g).any()}
    return make_block(grids["value"], kind=kind, **known)
