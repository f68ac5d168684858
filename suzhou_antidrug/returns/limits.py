"""How much a file may ask of the machine.

文件规模的上限。
"""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1 << 20
LONGEST_CELL = 32_767  # characters; Excel's own limit


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits checked before memory is spent.  在占用内存之前核对的上限。

    The defaults hold a return of 3,000 counties with room to spare; a real workbook unpacks to about ten times its
    size, so a ratio of 200 is reached only by a file made to do harm.
    """

    file_bytes: int = 1024 * MEGABYTE
    unpacked_bytes: int = 512 * MEGABYTE
    unpack_ratio: float = 200.0
    ratio_free_bytes: int = MEGABYTE  # below this, no ratio is too high
    entries: int = 2_000  # parts of a workbook
    cells: int = 60_000_000
    columns: int = 16_384  # of a text file; a worksheet has no more
    sheet_cells: int = 12_000_000  # of one worksheet, by what its outermost cells span
