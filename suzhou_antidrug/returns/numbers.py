"""From texts to numbers: plain ones, weights with their unit in the cell, and a count beside its share.

由文字得到数值：普通数字、自带重量单位的数字、件数与占比同格的数字。
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .cleaning import Words, fold, number_with_unit, number_words, read_number
from .rows import Findings, Rows
from .schema import NUMBER_COLUMNS
from .units import unit_ids, unit_kind

if TYPE_CHECKING:
    import numpy as np

    from ..plan.model import Indicator, Plan

# How many grams a written unit of weight has; 斤 is half a kilogram in the mainland, and 两 has had several values.
GRAMS: dict[str, Decimal] = {
    "吨": Decimal(1_000_000),
    "t": Decimal(1_000_000),
    "公斤": Decimal(1_000),
    "千克": Decimal(1_000),
    "kg": Decimal(1_000),
    "斤": Decimal(500),
    "克": Decimal(1),
    "g": Decimal(1),
    "毫克": Decimal("0.001"),
    "mg": Decimal("0.001"),
}
WEIGHTS = {"kg": Decimal(1_000), "g": Decimal(1)}  # the units of weight that a plan asks for


@dataclass(frozen=True, slots=True)
class Numbers:
    """One number column, one entry per row.  一列数值。"""

    value: np.ndarray  # NaN where missing or faulty
    percent: np.ndarray  # the cell bears a % sign
    half_step: np.ndarray  # half a unit of the last digit written


def read_numbers(rows: Rows, findings: Findings, indicators: np.ndarray, plan: Plan) -> dict[str, Numbers]:
    """Return every number column; faults are reported, what is rewritten is logged.  读取全部数值列。

    ``indicators`` is the position in ``plan.indicators`` of each row, negative where it is not known.
    """
    numbers, faults = {}, {}
    for column in NUMBER_COLUMNS:
        numbers[column], faults[column] = _read_column(rows, findings, column)
    for column in NUMBER_COLUMNS:
        _convert_weights(numbers[column], faults[column], rows, findings, column, _weights(plan, column)[indicators])
    _part_counts_and_shares(numbers, faults, rows, findings, indicators, list(plan.indicators.values()))
    for column in NUMBER_COLUMNS:
        _flag_faults(faults[column], rows, findings, column)
        numbers[column].value[findings.spoiled[column]] = float("nan")
    return numbers


def _read_column(rows: Rows, findings: Findings, column: str) -> tuple[Numbers, np.ndarray]:
    """Return a column and the fault of each of its rows; plain rewritings are logged."""
    import numpy as np

    factor = rows.columns[column]
    reads = [read_number(text) for text in factor.texts]
    rules = factor.expand([r.rule for r in reads])
    values = np.array([r.value for r in reads], dtype=float)[factor.codes]
    for rule in sorted(set(rules[rules != ""].tolist())):
        where = rules == rule
        new = [""] * int(where.sum()) if rule == "missing_mark" else [f"{v:.15g}" for v in values[where]]
        findings.note(where, column, new, rule)
    faults = factor.expand([r.fault for r in reads])
    faults[findings.spoiled[column]] = ""  # complained of already
    numbers = Numbers(
        value=values,
        percent=np.array([r.percent for r in reads], dtype=bool)[factor.codes],
        half_step=np.array([r.half_step for r in reads], dtype=float)[factor.codes],
    )
    return numbers, faults


def _flag_faults(faults: np.ndarray, rows: Rows, findings: Findings, column: str) -> None:
    def words(row: int) -> Words:
        return number_words(faults[row], rows.text(row, column))

    lost = faults == "digits_lost"  # so long a number may be a code of a person: its digits are not shown
    findings.flag(lost, column, "number", words, show_value=False)
    findings.flag((faults != "") & ~lost, column, "number", words)


def _weights(plan: Plan, column: str) -> np.ndarray:
    """Return the unit of weight in which each indicator wants a column, "" where it is no weight; "" comes last too."""
    import numpy as np

    wanted = []
    for indicator in plan.indicators.values():
        measure = getattr(indicator, column, None) if column != "value" else indicator
        unit = measure.unit if measure is not None else ""
        wanted.append(unit if unit in WEIGHTS else "")
    return np.array([*wanted, ""], dtype=object)


def _convert_weights(
    numbers: Numbers, faults: np.ndarray, rows: Rows, findings: Findings, column: str, wanted: np.ndarray
) -> None:
    """Convert weights that bear their unit, in place, and reject bare numbers of the same column beside them."""
    import numpy as np

    held: dict[str, tuple[Decimal, Decimal]] = {}  # text -> grams, half a unit of the last digit in grams
    found = []
    for row in np.flatnonzero((faults == "unit_in_cell") & (wanted != "")).tolist():
        text = rows.text(row, column)
        if text not in held and (weight := _in_grams(text)):
            held[text] = weight
        if text in held:
            grams, half = held[text]
            numbers.value[row] = float(grams / WEIGHTS[wanted[row]])
            numbers.half_step[row] = float(half / WEIGHTS[wanted[row]])
            found.append(row)
    where = np.array(found, dtype=np.int64)
    faults[where] = ""
    findings.note(where, column, [f"{v:.15g}" for v in numbers.value[where]], "weight")
    if held:
        _reject_bare_weights(numbers, rows, findings, column, wanted, held)


def _in_grams(text: str) -> tuple[Decimal, Decimal] | None:
    """Return a weight and half a unit of its last digit, in grams; None for what is no weight."""
    found = number_with_unit(text)
    grams = GRAMS.get(found[1].casefold()) if found and not found[2] else None
    if found is None or grams is None:
        return None
    number = Decimal(found[0])
    return number * grams, Decimal(5).scaleb(int(number.as_tuple().exponent) - 1) * grams


def _reject_bare_weights(
    numbers: Numbers, rows: Rows, findings: Findings, column: str, wanted: np.ndarray, held: Collection[str]
) -> None:
    import numpy as np

    factor = rows.columns[column]
    with_unit = np.array([text in held for text in factor.texts], dtype=bool)[factor.codes] & (wanted != "")
    mixed = np.isin(rows.table, np.unique(rows.table[with_unit]))
    said = np.array(
        [bool(t.header_units.get(column) or (column == "value" and t.sheet_unit)) for t in rows.tables], dtype=bool
    )[rows.table]
    units = rows.columns["unit"]
    own = np.array([bool(fold(text)) for text in units.texts], dtype=bool)[units.codes] & (column == "value")
    bare = mixed & (wanted != "") & ~with_unit & ~said & ~own & (numbers.value > 0)
    words = Words(
        "a bare number beside cells that name their unit of weight",
        "同列其他单元格写有重量单位，此格没有",
        "Write the unit in this cell too, such as 50克 or 50公斤.",
        "请在本格也写明单位，例如 50克 或 50公斤。",
    )
    findings.flag(bare, column, "bare_weight", words)


def _part_counts_and_shares(
    numbers: dict[str, Numbers],
    faults: dict[str, np.ndarray],
    rows: Rows,
    findings: Findings,
    indicators: np.ndarray,
    measured: list[Indicator],
) -> None:
    """Take 70起占64.2% apart into 70 and 64.2 %, in place, where the indicator is a share and 分子 is blank."""
    import numpy as np

    value, numerator = numbers["value"], numbers["numerator"]
    blank = np.isnan(numerator.value) & (faults["numerator"] == "") & (indicators >= 0)
    parted: dict[int, str] = {}
    for row in np.flatnonzero((faults["value"] == "unit_in_cell") & blank).tolist():
        found = number_with_unit(rows.text(row, "value"))
        indicator = measured[indicators[row]]
        part = indicator.numerator
        if not found or not found[2] or part is None or part.unit not in unit_ids(found[1]):
            continue
        if unit_kind(indicator.unit) != "share" or "." in found[0]:
            continue
        share = read_number(f"{found[2]}%")
        value.value[row], value.percent[row], value.half_step[row] = share.value, True, share.half_step
        numerator.value[row], numerator.half_step[row] = float(found[0]), 0.5
        parted[row] = f"{found[0]}; {found[2]}%"
    where = np.array(list(parted), dtype=np.int64)
    faults["value"][where] = ""
    findings.note(where, "value", list(parted.values()), "count_and_share")
