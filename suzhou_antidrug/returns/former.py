"""Districts that have since been merged: before that, all of them together are the division of today.

已合并的旧区：合并以前的数字，各区齐全才等于现在的区。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .checks import Traits
from .cleaning import Words
from .columns import Periods, Places
from .numbers import Numbers
from .rows import Findings

if TYPE_CHECKING:
    import numpy as np

    from ..plan.model import Plan


def sum_former_parts(
    indicators: np.ndarray,
    periods: Periods,
    places: Places,
    numbers: dict[str, Numbers],
    traits: Traits,
    findings: Findings,
    plan: Plan,
) -> np.ndarray:
    """Sum the rows of merged districts into the first of them, in place; return which rows went into another.

    把旧区各行合入首行；返回被并入的行。

    Counts are summed, numerator and denominator each by itself; shares never are. Where a district is missing, or
    given twice, or without its counts, each of the rows is refused: two of three parts are not the whole.
    """
    import numpy as np
    import pandas as pd

    absorbed = np.zeros(len(indicators), dtype=bool)
    rows = np.flatnonzero((places.parts >= 0) & (indicators >= 0) & (periods.codes >= 0))
    if not len(rows):
        return absorbed
    frame = pd.DataFrame(
        {"indicator": indicators[rows], "period": periods.codes[rows], "place": places.codes[rows], "row": rows}
    )
    for _, group in frame.groupby(["indicator", "period", "place"], sort=False):
        found = group["row"].to_numpy()
        successor = (*plan.geography.divisions, plan.geography.city)[places.codes[found[0]]]
        parts = [f.name for f in plan.geography.parts_of(successor.id)]
        given = [plan.geography.history[p].name for p in places.parts[found].tolist()]
        columns = _summable(found, numbers, traits)
        if sorted(given) != sorted(parts) or not columns:
            findings.flag(found, "division", "merged_division", _refusal(parts, given, successor.name.zh))
            absorbed[found] = True  # so that they are not taken for the same division twice
            continue
        for column in columns:
            numbers[column].value[found[0]] = numbers[column].value[found].sum()
        for column in set(numbers) - set(columns):
            numbers[column].value[found] = np.nan
        absorbed[found[1:]] = True
        findings.note(found, "division", [successor.name.zh] * len(found), "merged_parts")
    return absorbed


def _summable(found: np.ndarray, numbers: dict[str, Numbers], traits: Traits) -> list[str]:
    """Return the columns that all parts fill in and that add up; none where the figure cannot be summed."""
    import numpy as np

    blank = {column: np.isnan(read.value[found]) for column, read in numbers.items()}
    full = [column for column, there in blank.items() if not there.any()]
    if any(there.any() and not there.all() for there in blank.values()):
        return []
    first = int(found[0])
    if traits.ratio[first]:
        return ["numerator", "denominator"] if {"numerator", "denominator"} <= set(full) else []
    if not traits.counted[first]:
        return []
    return full if {"numerator", "value"} & set(full) else []


def _refusal(parts: list[str], given: list[str], whole: str) -> Words:
    lacking = [name for name in parts if name not in given]
    en = (
        f"lacking {', '.join(lacking)}" if lacking else "one is given twice, or without the counts that could be summed"
    )
    zh = f"缺{'、'.join(lacking)}" if lacking else "有重复，或没有可相加的数量"
    return Words(
        f"parts of {whole}, which is their sum only when all are there ({en})",
        f"{whole}由{'、'.join(parts)}合并而成，须各区齐全方可合计（{zh}）",
        f"Give counts for each of {', '.join(parts)}, or one row for {whole}.",
        f"请补齐{'、'.join(parts)}的数量，或按{whole}填一行。",
    )
