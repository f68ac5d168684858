"""Find the table in a laboratory sheet, or in a data frame: what each column means, and its cells.

在实验室数据表或数据框中找到各列及其单元格。
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import Problem, shown
from ...returns.cleaning import Words
from ...returns.grid import Factor, Grid, Special, column_letters
from ...returns.layout import NOTE_SHEETS
from ...returns.workbook import number_text
from ...terms import Text
from .cells import Cells, Refusal
from .fields import FIELD, FIELDS, field_index, fold
from .findings import WHOLE_ROW
from .quantities import known_units, unit_factor

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

HEADER_ROWS = 20
_HEADER_UNIT = re.compile(r"^(.+?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]$")
# Names in which a researcher's frame states the unit itself.
FRAME_NAMES = {
    "concentration_ng_per_L": ("concentration", "ng/L"), "lod_ng_per_L": ("lod", "ng/L"), "loq_ng_per_L": ("loq", "ng/L"),
    "flow_m3_per_day": ("flow", "m3/d"),
}  # fmt: skip
OWN_COLUMNS = frozenset({"file", "sheet", "row", "doubtful"})  # of Measurements.frame, where it is handed in again


def _heading(text: str) -> tuple[str, str] | None:
    """Return the column that a header means and the unit it bears, known or not; None where the column is not known."""
    if text in FRAME_NAMES:
        return FRAME_NAMES[text]
    index, key = field_index(), fold(text)
    if key in index:
        return index[key], ""
    match = _HEADER_UNIT.match(unicodedata.normalize("NFKC", text.strip()))
    inner = _heading(match[1]) if match else None
    if match is None or inner is None or inner[1]:
        return None
    column = inner[0]
    says_no_unit = column not in FIELD or FIELD[column].quantity is None or index.get(fold(match[2])) == column
    return column, "" if says_no_unit else match[2]


def _is_unit(column: str, unit: str) -> bool:
    quantity = FIELD[column].quantity
    return quantity is not None and unit_factor(unit, quantity) is not None


def find_header(grid: Grid) -> int | None:
    """Return the position of the header, the row with the most names of columns; None where no row has three."""
    best: tuple[int, int | None] = (2, None)
    for position in range(min(HEADER_ROWS, len(grid.rows))):
        named = {h[0] for text in grid.line(position) if text.strip() and (h := _heading(text))}
        if len(named) > best[0]:
            best = len(named), position
    return best[1]


REQUIRED = tuple(field.id for field in FIELDS if field.required)


def _read_headings(
    texts: Sequence[str], place: Mapping[str, Any], required: Collection[str] = REQUIRED
) -> tuple[dict[str, int], dict[str, str], list[Problem]]:
    """Return where each column stands, the unit in its header, and what is wrong with the headers."""
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    problems: list[Problem] = []
    read = {n: _heading(text) for n, text in enumerate(texts) if text.strip() and text.strip() not in OWN_COLUMNS}
    strange = {n: h for n, h in read.items() if h and h[1] and not _is_unit(*h)}
    for number in (*(n for n in read if n not in strange), *strange):
        heading, text = read[number], texts[number].strip()
        column, unit = heading or ("", "")
        if not column or (number in strange and column in columns):  # 浓度(标准差) beside 浓度(ng/L)
            problems.append(Problem(*_UNUSED, column=text, severity="warning", **place))
        elif column in columns:
            problems.append(_twice(texts[columns[column]].strip(), text, place))
        else:
            columns[column] = number
            if number in strange:
                problems.append(_unit_not_known(column, unit, text, place))
            elif unit:
                units[column] = unit
    problems += [_lacking(FIELD[column].name, place) for column in required if column not in columns]
    return columns, units, problems


def sheet_cells(grid: Grid, problems: list[Problem]) -> Cells | None:
    """Return the columns of a sheet; None for one that only explains, or whose table cannot be told."""
    header = find_header(grid)
    if header is None:
        if grid.sheet is None or grid.sheet.strip().casefold() not in NOTE_SHEETS:
            problems.append(no_header(grid.file, grid.sheet))
        return None
    texts = grid.line(header)
    place = {"file": grid.file, "sheet": grid.sheet, "row": int(grid.rows[header])}
    columns, units, found = _read_headings(texts, place)
    problems += found
    if any(p.severity == "error" for p in found):
        return None
    filled = {c: _filled(grid, c, n) for c, n in columns.items()}
    odd = _odd_cells(grid, header, columns)
    positions = _data_rows(header, filled, [position for position, _ in odd])
    row = {int(position): n for n, position in enumerate(positions)}
    refused = [Refusal(np.array([row[at]]), c, s.kind, _SPECIALS[s.kind]) for (at, c), s in odd.items()]
    return Cells(
        columns={c: factor.take(positions) for c, factor in filled.items()},
        headers={c: texts[n].strip() for c, n in columns.items()},
        units=units,
        file=grid.file,
        sheet=grid.sheet or "",
        rows=grid.rows[positions],
        refused=[*_wrong_lengths(grid, texts, positions), *refused],
        written={(row[at], c): s.text for (at, c), s in odd.items()},
    )


def _data_rows(header: int, columns: Mapping[str, Factor], odd: Sequence[int]) -> NDArray[np.intp]:
    """Return the positions below the header in which any known column holds something."""
    filled = np.any([np.array([bool(t.strip()) for t in f.texts])[f.codes] for f in columns.values()], axis=0)
    filled[list(odd)] = True
    filled[: header + 1] = False
    return np.flatnonzero(filled)


def _wrong_lengths(grid: Grid, texts: Sequence[str], positions: NDArray[np.intp]) -> Iterator[Refusal]:
    """Yield the rows of a text file that are shorter or longer than its header: their cells may stand one off."""
    if grid.lengths is None:
        return
    width = max(n for n, text in enumerate(texts) if text.strip()) + 1
    beyond = np.zeros(len(grid.rows), dtype=bool)
    for factor in grid.columns[width:]:
        beyond |= np.array([bool(text.strip()) for text in factor.texts])[factor.codes]
    wrong = np.flatnonzero(((grid.lengths < width) | beyond)[positions])
    for row in wrong:
        count = int(grid.lengths[positions[row]])
        said = Words(
            f"the row has {count} cells, the header has {width}.", f"该行有 {count} 个单元格，表头有 {width} 个。",
            "Check for a missing or an extra separator, and put text with commas in quotes.",
            "请检查是否缺少或多出分隔符；含逗号的文字须加引号。",
        )  # fmt: skip
        yield Refusal(np.array([row]), WHOLE_ROW, "row_length", said)


# What one sample has once, however many biomarkers were looked for in it: a merged cell says it for all of them.
_OF_THE_SAMPLE = frozenset(f.id for f in FIELDS) - {"biomarker", "concentration", "below", "confirmed", "note"}


def _filled(grid: Grid, column: str, number: int) -> Factor:
    """Return a column with the cells of a merge filled from its first cell, where the column allows it."""
    factor = grid.columns[number]
    merges = [(at, s.text) for (at, n), s in grid.specials.items() if n == number and s.kind == "merged"]
    if not merges or column.removesuffix("_unit") not in _OF_THE_SAMPLE:
        return factor
    codes, letters = factor.codes.copy(), column_letters(number)
    for at, first in merges:
        row = first.removeprefix(letters)
        if row.isdigit():  # else merged sideways: the cell is blank, and is reported where it may not be
            codes[at] = factor.codes[int(row) - 1]
    return Factor(codes, factor.texts)


_TYPE = ("Type the value itself.", "请直接填写数值。")
_SPECIALS = {
    "error": Words("an error value of a spreadsheet.", "表格软件的错误值。", *_TYPE),
    "formula_uncached": Words("a formula without a stored result.", "公式没有已存结果。", *_TYPE),
    "formula_outside": Words("a formula that reaches outside its workbook.", "公式引用了工作簿以外的内容。", *_TYPE),
    "merged": Words("a merged cell where each row needs its own entry.", "合并单元格，各行须分别填写。", *_TYPE),
}


def _odd_cells(grid: Grid, header: int, columns: Mapping[str, int]) -> dict[tuple[int, str], Special]:
    """Return the cells that are no plain entry, by position and column: errors, formulas without a result, merged results."""
    names = {number: column for column, number in columns.items()}
    odd: dict[tuple[int, str], Special] = {}
    for (position, number), special in grid.specials.items():
        column = names.get(number, "")
        of_sample = column.removesuffix("_unit") in _OF_THE_SAMPLE
        if (
            position <= header
            or not column
            or special.kind not in _SPECIALS
            or (special.kind == "merged" and of_sample)
        ):
            continue
        odd[position, column] = special
        first = special.text.removeprefix(column_letters(number))
        if special.kind == "merged" and first.isdigit() and int(first) - 1 > header:  # nor does its first row own it
            odd.setdefault((int(first) - 1, column), special)
    return odd


_UNUSED = (
    "column_unused", "this column is not known and is not read.", "不认识此列，未读取。",
    "Rename it if it belongs to the measurements.", "若属测量数据，请改用模板列名。",
)  # fmt: skip


def _twice(first: str, second: str, place: Mapping[str, Any]) -> Problem:
    return Problem(
        "column_twice", f"two columns mean the same: {first} and {second}.", f"两列含义相同：{first}、{second}。",
        "Keep one.", "请只保留一列。", column=second, **place,
    )  # fmt: skip


def _unit_not_known(column: str, unit: str, header: str, place: Mapping[str, Any]) -> Problem:
    quantity = FIELD[column].quantity
    assert quantity is not None
    units = ", ".join(known_units(quantity))
    return Problem(
        "unit_unknown", "the unit in this header is not known.", "表头中的单位无法识别。", f"Known: {units}.",
        f"已有：{units}。", column=header, value=shown(unit), **place,
    )  # fmt: skip


def _lacking(name: Text, place: Mapping[str, Any]) -> Problem:
    return Problem(
        "column_missing", f"the column {name.zh} ({name.en}) is missing.", f"缺少“{name.zh}”列。",
        "Add it; the template has it.", "请补上，可用模板。", **place,
    )  # fmt: skip


def no_header(file: str, sheet: str | None = None) -> Problem:
    return Problem(
        "no_header", "no header of a laboratory sheet was found.", "未找到实验室数据表的表头。",
        "Use the template's column names; a sheet that only explains is called 说明.", "请使用模板的列名；仅作说明的工作表请命名为“说明”。",
        file, sheet,
    )  # fmt: skip


def frame_cells(
    frame: pd.DataFrame, name: str, problems: list[Problem], *, required: Collection[str] = REQUIRED
) -> Cells | None:
    """Return the columns of a data frame; None where its table cannot be told."""
    import pandas as pd

    texts = [str(label) for label in frame.columns]
    at, units, found = _read_headings(texts, {"file": name}, required)
    problems += found
    if any(p.severity == "error" for p in found):
        return None
    columns: dict[str, Factor] = {}
    numbers, days = {}, {}
    for column, number in at.items():
        cells = frame.iloc[:, number]
        if column in ("start", "end") and pd.api.types.is_datetime64_any_dtype(cells):
            days[column] = cells.dt.tz_localize(None).to_numpy(dtype="datetime64[s]")  # the day where it was taken
        elif column in FIELD and FIELD[column].quantity and _is_number(cells):
            numbers[column] = cells.to_numpy(dtype=float, na_value=np.nan)
        else:
            columns[column] = _text_factor(cells)
    whole = pd.api.types.is_integer_dtype(frame.index.dtype)
    rows = frame.index.to_numpy(dtype=np.int64) if whole else np.arange(len(frame))
    return Cells(columns, {c: texts[n].strip() for c, n in at.items()}, units, name, "", rows, numbers, days)


def _is_number(cells: pd.Series) -> bool:
    from pandas.api import types

    return types.is_numeric_dtype(cells) and not (types.is_bool_dtype(cells) or types.is_complex_dtype(cells))


def _text_factor(cells: pd.Series) -> Factor:
    """Return a column as its distinct texts."""
    import pandas as pd

    if pd.api.types.infer_dtype(cells, skipna=True) != "string":
        # Cell by cell: True, 1 and 1.0 are one key to pandas, and not one text.
        cells = pd.Series([_text(cell) for cell in cells.astype(object)], dtype=object)
    codes, distinct = pd.factorize(cells)
    texts = (*map(str, distinct), "")
    return Factor(np.where(codes < 0, len(distinct), codes).astype(np.int32), texts)


def _text(cell: object) -> str:
    import pandas as pd

    if isinstance(cell, str):
        return cell
    if cell is None or pd.isna(cell):
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return "是" if cell else ""
    try:
        return number_text(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(cell)
