"""From cells as they were written to columns with a meaning: numbers, limits, days, names.

由填写的单元格得到有含义的列：数值、限值、日期、名称。

``<1.5`` in a concentration means below a limit of 1.5, ND and 未检出 mean below the limit of detection. Nothing else is
read into a cell: a zero stays a zero and is refused later, a missing unit is an error.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...errors import UnknownNameError
from ...returns.cleaning import Words, number_words, read_number
from ...returns.cleaning import fold as fold_ends
from ...returns.grid import Factor
from .fields import CHOICES, FIELD, fold, word_index
from .findings import Findings
from .population import population_basis
from .quantities import INSIDE, Quantity, known_units, unit_factor
from .substances import resolve_biomarker

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMNS = (
    "plant", "division", "sewage", "biomarker", "start", "end", "round", "concentration_ng_per_L", "below", "lod_ng_per_L",
    "loq_ng_per_L", "flow_m3_per_day", "population", "population_basis", "laboratory", "method", "confirmed", "note",
    "file", "sheet", "row",
)  # fmt: skip
_BELOW_SIGN = re.compile(r"^(?:<|小于|低于)\s*(.+)$")
_DAY = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?", re.ASCII
)


class Refusal(NamedTuple):
    """Rows of which a cell, or the row as a whole, is no plain entry.  非普通填写的单元格。"""

    rows: NDArray[np.int64]  # places among the rows of the sheet
    column: str
    code: str
    words: Words


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Columns of one sheet as they were handed in.  一张表的原始各列。"""

    columns: Mapping[str, Factor]
    headers: Mapping[str, str]
    units: Mapping[str, str]  # written in the header, by field
    file: str
    sheet: str
    rows: NDArray[np.int64]
    numbers: Mapping[str, Floats] = field(default_factory=dict)  # columns handed in as numbers, not as text
    days: Mapping[str, NDArray[np.datetime64]] = field(default_factory=dict)
    refused: Sequence[Refusal] = ()
    written: Mapping[tuple[int, str], str] = field(
        default_factory=dict
    )  # of cells whose text says less, by row and column

    def __len__(self) -> int:
        return len(self.rows)

    def factor(self, column: str) -> Factor:
        """The column, blank where the sheet lacks it."""
        return self.columns.get(column) or Factor(np.zeros(len(self), dtype=np.int32), ("",))

    def text(self, row: int, column: str) -> str:
        """A cell as it was written."""
        if (row, column) in self.written:
            return self.written[row, column]
        if column in self.numbers:
            return "" if np.isnan(self.numbers[column][row]) else f"{self.numbers[column][row]:.12g}"
        if column in self.days:
            return "" if np.isnat(self.days[column][row]) else str(self.days[column][row]).replace("T", " ")
        return self.factor(column).text(row)


class Concentration(NamedTuple):
    """How a concentration cell reads.  浓度单元格的读法。"""

    value: float = math.nan
    below: str = ""  # "", loq, lod, or limit: below a limit that the cell itself names
    limit: float = math.nan
    fault: str = ""


def read_concentration(text: str) -> Concentration:
    """Return how a concentration cell reads.  读浓度单元格。

    >>> read_concentration("＜1.5").limit, read_concentration("未检出").below, read_concentration("12.3").value
    (1.5, 'lod', 12.3)
    """
    plain = fold_ends(text)
    word = word_index("below").get(fold(plain))
    if word in ("loq", "lod"):
        return Concentration(below=word)
    if match := _BELOW_SIGN.match(plain):
        number = read_number(match[1])
        if math.isfinite(number.value) and not number.percent:
            return Concentration(below="limit", limit=number.value)
        return Concentration(fault=number.fault or "not_number")
    number = read_number(text)
    return Concentration(value=number.value, fault="not_number" if number.percent else number.fault)


def typed(cells: Cells) -> tuple[pd.DataFrame, Findings]:
    """Return the columns of a sheet with their meaning, and what could not be read.  赋予各列含义。"""
    import pandas as pd

    places = pd.DataFrame({"file": cells.file, "sheet": cells.sheet, "row": cells.rows})
    found = Findings(places, cells.text, lambda _, c: cells.headers.get(c) or (FIELD[c].name.zh if c in FIELD else c))
    for refusal in cells.refused:
        found.flag(_mask(refusal.rows, len(cells)), refusal.column, refusal.code, refusal.words)
    value, mark, limit = _concentrations(cells, found)
    raw = {f: _numbers(cells, f, found) for f in ("lod", "loq", "flow", "population")}
    needs_unit = {f: ~np.isnan(v) for f, v in raw.items()} | {"concentration": ~np.isnan(value) | ~np.isnan(limit)}
    unit = {f: _unit_factors(cells, f, needs_unit[f], found) for f in ("concentration", *raw)}
    lod, loq = (raw[f] * unit[f] for f in ("lod", "loq"))
    below, lod, loq = _below(cells, found, value, mark, limit * unit["concentration"], lod, loq)
    sewage = _words(cells, "sewage", found)
    table = {
        "plant": _names(cells, "plant", found),
        "division": _names(cells, "division", found),
        "sewage": np.where(sewage == "", "domestic", sewage).astype(object),
        "biomarker": _known(cells, "biomarker", found, lambda text: resolve_biomarker(text).id),
        "start": _days(cells, "start", found),
        "end": _days(cells, "end", found),
        "round": _names(cells, "round", found),
        "concentration_ng_per_L": value * unit["concentration"],
        "below": below,
        "lod_ng_per_L": lod,
        "loq_ng_per_L": loq,
        "flow_m3_per_day": raw["flow"] * unit["flow"],
        "population": raw["population"] * unit["population"],
        "population_basis": _known(cells, "population_basis", found, lambda text: population_basis(text).id),
        "laboratory": _names(cells, "laboratory", found),
        "method": _names(cells, "method", found),
        "confirmed": _words(cells, "confirmed", found) == "yes",
        "note": _names(cells, "note", found),
        "file": cells.file,
        "sheet": cells.sheet,
        "row": cells.rows,
    }
    return pd.DataFrame(table, columns=list(COLUMNS)), found


def _mask(rows: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    mask = np.zeros(length, dtype=bool)
    mask[rows] = True
    return mask


_FLAGS_DIFFER = Words(
    "the concentration and the column beside it say different things about the limit.",
    "浓度单元格与检出情况对限值的说法不一致。",
    "Correct one of them.",
    "请更正其一。",
)
_LIMITS_DIFFER = Words(
    "the limit in the cell is neither of those in the limit columns.",
    "单元格中的限值与检出限、定量限列均不一致。",
    "Correct one of them; where one column is blank, say beside the cell which limit it names.",
    "请更正其一；有一列留空的，请在检出情况注明单元格所指是哪种限。",
)
_DETECTED = Words(
    "said to be detected, but no concentration is given.",
    "注明检出，却没有浓度。",
    "Give the value; if it is below the limit of quantification, say 低于定量限 and give that limit.",
    "请填数值；低于定量限的注明并填写定量限。",
)


def _below(
    cells: Cells, found: Findings, value: Floats, mark: NDArray[np.object_], limit: Floats, lod: Floats, loq: Floats
) -> tuple[NDArray[np.object_], Floats, Floats]:
    """Return which limit each row is below, and both limits, with the one that a concentration cell itself names."""
    flag = _words(cells, "below", found)
    said_measured = flag == "measured"
    flag = np.where(said_measured, "", flag)
    mark, lod, loq, strange = _place_limits(mark, limit, flag, lod, loq)
    found.flag(strange, "concentration", "limits_differ", _LIMITS_DIFFER)
    both = (mark != "") & (flag != "") & (mark != flag) & ~strange
    found.flag(both | (said_measured & (mark == "lod")), "below", "flags_differ", _FLAGS_DIFFER)
    found.flag(said_measured & np.isnan(value) & (mark == ""), "concentration", "no_result", _DETECTED)
    below = np.where(mark != "", mark, flag)
    # Nothing lies between two equal limits: what is below the one is below the other.
    return np.where((below == "loq") & _equal(lod, loq), "lod", below).astype(object), lod, loq


def _equal(one: Floats, other: Floats) -> NDArray[np.bool_]:
    return np.isclose(one, other, rtol=1e-9, atol=0)  # units were converted: the last digit may differ


def _place_limits(
    mark: NDArray[np.object_], limit: Floats, flag: NDArray[np.object_], lod: Floats, loq: Floats
) -> tuple[NDArray[np.object_], Floats, Floats, NDArray[np.bool_]]:
    """Say of ``<x`` which limit x is: the one it equals, or else the one not given that the flag beside it names.

    Without a flag it is taken as the limit of quantification, where that is not given. The last mask is where x is
    neither limit.
    """
    named = mark == "limit"
    detection = named & _equal(limit, lod)
    quantification = named & ~detection & _equal(limit, loq)
    rest = named & ~detection & ~quantification
    new_lod = rest & (flag == "lod") & np.isnan(lod)
    new_loq = rest & (flag != "lod") & np.isnan(loq)
    mark = np.where(detection | new_lod, "lod", np.where(named, "loq", mark))
    strange = rest & ~new_lod & ~new_loq & ~np.isnan(limit)
    return mark, np.where(new_lod, limit, lod), np.where(new_loq, limit, loq), strange


_HIDDEN = Words(
    "control or invisible characters in a text.", "文字中有控制字符或不可见字符。", "Type it again.", "请重新输入。"
)


def _names(cells: Cells, column: str, found: Findings) -> NDArray[np.object_]:
    """Return texts with their space made plain; what cannot be seen would make two names of one."""
    factor = cells.factor(column)
    texts = [" ".join(fold_ends(text).split()) for text in factor.texts]
    hidden = [any(unicodedata.category(c) in ("Cc", "Cf") for c in text) for text in texts]
    found.flag(_rows(factor, hidden), column, "control", _HIDDEN)
    return factor.expand(texts)


def _rows(factor: Factor, of_texts: Sequence[bool]) -> NDArray[np.bool_]:
    """Return a mask of rows from one of the distinct texts."""
    return np.array(of_texts, dtype=bool)[factor.codes]


def _concentrations(cells: Cells, found: Findings) -> tuple[Floats, NDArray[np.object_], Floats]:
    if "concentration" in cells.numbers:
        none = np.full(len(cells), "", dtype=object)
        return _numbers(cells, "concentration", found), none, np.full(len(cells), np.nan)
    factor = cells.factor("concentration")
    reads = [read_concentration(text) for text in factor.texts]
    _flag_faults(found, "concentration", factor, [r.fault for r in reads])
    value, limit = (np.array([getattr(r, f) for r in reads], dtype=float)[factor.codes] for f in ("value", "limit"))
    found.flag(limit <= 0, "concentration", "limit", LIMIT)
    return value, factor.expand([r.below for r in reads]), np.where(limit > 0, limit, np.nan)


LIMIT = Words("a limit must be above zero.", "限值须大于零。", "Give the limit of the method.", "请填方法的限值。")


def _numbers(cells: Cells, column: str, found: Findings) -> Floats:
    if column in cells.numbers:
        numbers = cells.numbers[column]
        found.flag(np.isinf(numbers), column, "number", number_words("not_finite", ""))
        return np.where(np.isinf(numbers), np.nan, numbers)
    factor = cells.factor(column)
    reads = [read_number(text) for text in factor.texts]
    _flag_faults(found, column, factor, ["not_number" if r.percent else r.fault for r in reads])
    return np.array([r.value for r in reads], dtype=float)[factor.codes]


def _flag_faults(found: Findings, column: str, factor: Factor, faults: Sequence[str]) -> None:
    codes = factor.codes
    bad = _rows(factor, [bool(f) for f in faults])
    found.flag(bad, column, "number", lambda row: number_words(faults[codes[row]], factor.texts[codes[row]]))


def _unit_factors(cells: Cells, column: str, needed: NDArray[np.bool_], found: Findings) -> Floats:
    """Return what each row's number is in the unit used inside; NaN where no unit is given for a number.

    A limit without a unit of its own bears that of its concentration.
    """
    quantity = FIELD[column].quantity
    assert quantity is not None
    factors, given = _stated_units(cells, column, quantity, needed, found)
    if quantity == "population":  # people are counted one by one unless 千人 or 万人 is said
        return np.where(given, factors, 1.0)
    if column in ("lod", "loq"):
        shared, shared_given = _stated_units(cells, "concentration", quantity, needed, None)
        factors, given = np.where(given, factors, shared), given | shared_given
        needed = needed & ~found.faulty("concentration", "concentration_unit")
    found.flag(needed & ~given, _unit_place(cells, column), "unit_missing", _unit_missing(quantity))
    return factors


def _stated_units(
    cells: Cells, column: str, quantity: Quantity, needed: NDArray[np.bool_], found: Findings | None
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the unit stated in a column's header or in the unit column beside it, and where there is one."""
    factor, header = cells.factor(f"{column}_unit"), cells.units.get(column, "")
    beside = [unit_factor(text, quantity) if fold(text) else None for text in factor.texts]
    above = unit_factor(header, quantity) if header else None
    texts = [bool(fold(text)) for text in factor.texts]
    known = [above if not text else unit for text, unit in zip(texts, beside, strict=True)]
    if found is not None:
        strange = [text and unit is None for text, unit in zip(texts, beside, strict=True)]
        differs = [above is not None and unit is not None and unit != above for unit in beside]
        place = _unit_place(cells, column)
        found.flag(_rows(factor, strange) & needed, place, "unit_unknown", _unit_unknown(quantity))
        found.flag(_rows(factor, differs) & needed, place, "units_differ", _units_differ(header))
    numbers = np.array([np.nan if unit is None else unit for unit in known], dtype=float)
    return numbers[factor.codes], _rows(factor, [text or above is not None for text in texts])


def _unit_place(cells: Cells, column: str) -> str:
    return f"{column}_unit" if f"{column}_unit" in cells.columns else column


def _unit_missing(quantity: Quantity) -> Words:
    units = ", ".join(known_units(quantity))
    return Words(
        "no unit is given; it is never guessed.",
        "未注明单位，不作猜测。",
        f"Write it in the header, {INSIDE[quantity].en}, or in a unit column. Known: {units}.",
        f"请写在表头括号内或单位列，例如{units}。",
    )


def _unit_unknown(quantity: Quantity) -> Words:
    units = ", ".join(known_units(quantity))
    return Words("the unit is not known.", "单位无法识别。", f"Known: {units}.", f"已有：{units}。")


def _units_differ(header: str) -> Words:
    return Words(
        f"the unit is not that of the header, {header}.",
        f"单位与表头({header})不一致。",
        "Keep one of the two.",
        "请只保留一处。",
    )


def _words(cells: Cells, column: str, found: Findings) -> NDArray[np.object_]:
    index, factor = word_index(column), cells.factor(column)
    meanings = [index.get(fold(text)) for text in factor.texts]
    en, zh = ", ".join(CHOICES[column]), "、".join(CHOICES[column])
    said = Words("this is not one of the known words.", "无法识别。", f"Known: {en}.", f"可填：{zh}。")
    unknown = [m is None and bool(fold(text)) for m, text in zip(meanings, factor.texts, strict=True)]
    found.flag(_rows(factor, unknown), column, "word_unknown", said)
    return factor.expand([m or "" for m in meanings])


def _known(cells: Cells, column: str, found: Findings, resolve: Callable[[str], str]) -> NDArray[np.object_]:
    """Return the ids that names of a list mean, blank where there is none; the nearest ones are offered."""
    factor = cells.factor(column)
    ids: list[str] = []
    faults: dict[int, Words] = {}
    for number, text in enumerate(factor.texts):
        try:
            ids.append(resolve(text) if text.strip() else "")
        except UnknownNameError as error:
            ids.append("")
            said = error.problems[0]
            faults[number] = Words(said.en, said.zh, said.advice_en, said.advice_zh)
    where = np.isin(factor.codes, list(faults))
    found.flag(where, column, "unknown_name", lambda row: faults[factor.codes[row]])
    return factor.expand(ids)


def read_day(text: str) -> np.datetime64 | None:
    """Return a date, with its time where given, None where it is neither.  读日期。

    >>> read_day("2021年3月5日"), read_day("2021/3/5 08:30"), read_day("5.3.21")
    (np.datetime64('2021-03-05T00:00:00'), np.datetime64('2021-03-05T08:30:00'), None)
    """
    match = _DAY.fullmatch(fold_ends(text))
    if match is None:
        return None
    year, month, day, hour, minute = (int(part or 0) for part in match.groups())
    try:
        return np.datetime64(f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}", "s")
    except ValueError:
        return None


def _days(cells: Cells, column: str, found: Findings) -> NDArray[np.datetime64]:
    if column in cells.days:
        return cells.days[column]
    factor = cells.factor(column)
    days = [read_day(text) for text in factor.texts]
    bad = [d is None and bool(t.strip()) for d, t in zip(days, factor.texts, strict=True)]
    said = Words("this is no date.", "不是日期。", "Write 2021-03-05.", "请填如 2021-03-05。")
    found.flag(_rows(factor, bad), column, "date", said)
    table = np.array([np.datetime64("NaT", "s") if d is None else d for d in days], dtype="datetime64[s]")
    return table[factor.codes]
