"""Measurements: what the laboratory found, checked row by row.

测量数据：实验室的检测结果，逐行核对。

Each row is one biomarker in one 24-hour composite sample. Its state is one of three: measured, below a limit (with that
limit), absent. None of them is a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...errors import AntidrugError, MeasurementsError, Problem, problems_frame
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...returns.files import read_grids
from ...returns.limits import Limits
from ...terms import Text
from .cells import COLUMNS, Cells, typed
from .checks import check_rows
from .fields import FIELD
from .findings import Findings
from .sheets import find_header, frame_cells, no_header, sheet_cells

if TYPE_CHECKING:
    import pandas as pd

METHOD = "wastewater_measurements"


@dataclass(frozen=True, slots=True, eq=False)
class Measurements(Result):
    """Checked measurements, one row a biomarker and sample.  核对过的测量数据，每行一个样品的一种标志物。

    ``table`` holds the rows that may be used; ``excluded`` those that may not, with the reasons in ``problems``. A row of
    ``table`` with ``doubtful`` set may be used, but no verdict rests on it until it is confirmed.

    >>> import suzhou_antidrug as sa
    >>> sheet = sa.load_synthetic_measurements()
    >>> len(sheet.excluded), str(sheet.made.status)
    (0, 'synthetic')
    """

    table: pd.DataFrame
    excluded: pd.DataFrame
    problems: pd.DataFrame
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The usable rows; concentrations in ng/L, flow in m3/day, population in persons."""
        return self.table.copy()

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, strict: bool = True, status: Status | str = Status.REPORTED, name: str = "frame"
    ) -> Measurements:
        """Return a data frame as measurements, under the same checks as a file.  由数据框建立测量数据。

        Columns are named as in the template, in Chinese or English, or ``concentration_ng_per_L``, ``lod_ng_per_L``,
        ``loq_ng_per_L``, ``flow_m3_per_day``; a unit stands in brackets in a name or in a column ``*_unit``. Problems
        name the row by its label. Raises :class:`~suzhou_antidrug.errors.MeasurementsError` as
        :func:`read_measurements` does.
        """
        problems: list[Problem] = []
        cells = frame_cells(frame, name, problems)
        return _checked([] if cells is None else [cells], problems, {(name, ""): 0}, strict=strict, status=status)

    def explain(self) -> Explanation:
        """How many rows are usable, censored, doubtful, left out, and why."""
        below = (self.table["below"] != "").sum()
        codes = self.problems["code"].value_counts()
        return Explanation(
            Text("污水测量数据", "Wastewater measurements"),
            (
                line("可用行数", "usable rows", str(len(self.table))),
                line("低于限值", "below a limit", str(int(below))),
                line("存疑待核对", "doubtful until confirmed", str(int(self.table["doubtful"].sum()))),
                line("不可用行数", "rows left out", str(len(self.excluded))),
                *(line("问题", "problem", f"{code}: {count}") for code, count in codes.items()),
                line("数据状态", "status", self.made.status.text),
            ),
        )


def read_measurements(
    path_or_paths: str | Path | Iterable[str | Path],
    *,
    strict: bool = True,
    status: Status | str = Status.REPORTED,
    limits: Limits | None = None,
) -> Measurements:
    """Read laboratory sheets (.xlsx, .csv) and check every row.

    读取实验室数据表（Excel、CSV）并逐行核对。

    Columns are known by their names in Chinese or English (:func:`write_measurement_template` writes them); units stand
    in the header, 浓度(ng/L), or in a column 浓度单位. A value below a limit is written ``<1.5``, or left blank with
    低于定量限 or 低于检出限 beside it and the limit in its column; 0 is refused. With ``strict`` any error stops the
    reading and all are listed; without it, faulty rows are left out, listed in ``problems``, and verdicts on the series
    they belong to are withheld. A file or sheet that cannot be read as a whole is refused either way. Sheets called 说明
    are passed over; a sheet of another name needs a table.

    Raises :class:`~suzhou_antidrug.errors.MeasurementsError` naming file, sheet, row, column, value and what to do.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "laboratory.csv"
    >>> _ = path.write_text("污水厂,标志物,采样日期,浓度(ng/L),日流量(万m3/d),服务人口(万人),定量限(ng/L)\\n"
    ...                     "福星,冰毒,2021-03-05,100,10,30,1\\n福星,冰毒,2021-03-06,<1,10,30,1\\n", encoding="utf-8")
    >>> read_measurements(path).frame[["concentration_ng_per_L", "below", "flow_m3_per_day"]].values.tolist()
    [[100.0, '', 100000.0], [nan, 'loq', 100000.0]]
    """
    paths = [path_or_paths] if isinstance(path_or_paths, (str, Path)) else list(path_or_paths)
    if not paths:
        raise MeasurementsError(Problem("no_files", "no file was named.", "未指定文件。", "Name one.", "请指定文件。"))
    sheets: list[Cells] = []
    problems: list[Problem] = []
    places: dict[tuple[str, str], int] = {}
    for path in map(Path, paths):
        places.setdefault((path.name, ""), len(places))
        before = len(sheets), len(problems)
        try:
            grids, _ = read_grids(path, recognises=lambda grid: find_header(grid) is not None, limits=limits)
        except AntidrugError as error:
            problems.extend(error.problems)
            continue
        for grid in grids:
            places.setdefault((grid.file, grid.sheet or ""), len(places))
            if not grid.is_blank and (cells := sheet_cells(grid, problems)) is not None:
                sheets.append(cells)
        if before == (len(sheets), len(problems)):  # a workbook that only explains
            problems.append(no_header(path.name))
    return _checked(sheets, problems, places, strict=strict, status=status)


def _no_rows(cells: Cells, severity: Literal["error", "warning"]) -> Problem:
    return Problem(
        "no_rows", "there is a header but no row below it.", "只有表头，没有数据行。", "Fill in the rows.", "请填写数据行。",
        cells.file, cells.sheet or None, severity=severity,
    )  # fmt: skip


def _checked(
    sheets: list[Cells],
    problems: list[Problem],
    places: Mapping[tuple[str, str], int],
    *,
    strict: bool,
    status: Status | str,
) -> Measurements:
    """Check the rows of all sheets; ``problems`` are those of whole files and sheets, ``places`` number these in order."""
    import pandas as pd

    # A faulty row can be left out by itself. Of a file or sheet that was not read nobody knows which rows are lost.
    unread = any(p.severity == "error" for p in problems)
    empty, sheets = [c for c in sheets if not len(c)], [c for c in sheets if len(c)]
    problems = [*problems, *(_no_rows(cells, "warning" if sheets else "error") for cells in empty)]
    if not sheets:
        raise MeasurementsError(problems)
    tables, found = zip(*map(typed, sheets), strict=True)
    whole = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    texts = _AsWritten(sheets)
    across = Findings(whole[["file", "sheet", "row"]], texts.cell, texts.header)
    across.carry(found)
    check_rows(whole, across)
    problems = [*problems, *(p for part in found for p in part.problems), *across.problems]
    problems.sort(key=lambda p: (places.get((p.file or "", p.sheet or ""), -1), p.row or 0))
    if unread or (strict and any(p.severity == "error" for p in problems)):
        raise MeasurementsError(problems)
    spoiled = across.spoiled
    whole["doubtful"] = across.doubtful
    table, excluded = (whole[rows].reset_index(drop=True) for rows in (~spoiled, spoiled))
    made = Made(METHOD, Status(status), _fingerprint(whole))
    return Measurements(table, excluded, problems_frame(problems), made)


def _fingerprint(table: pd.DataFrame) -> str:
    """Return the fingerprint of what was measured; coded columns, since half a million rows are no text to hash."""
    import pandas as pd

    parts = []
    for column in COLUMNS:
        if column in ("file", "sheet", "row", "note", "confirmed"):
            continue
        cells = table[column].to_numpy()
        if cells.dtype == object:
            codes, distinct = pd.factorize(cells)
            parts += [codes.astype("<i8").tobytes(), "\x1f".join(map(str, distinct)).encode()]
        else:
            parts.append(cells.tobytes())
    return fingerprint(b"\x1e".join(parts))


@dataclass(frozen=True, slots=True)
class _AsWritten:
    """Cells and headers of all sheets together, as they were written."""

    sheets: list[Cells]

    def _at(self, row: int) -> tuple[Cells, int]:
        for cells in self.sheets:
            if row < len(cells):
                return cells, row
            row -= len(cells)
        raise IndexError(row)

    def cell(self, row: int, column: str) -> str:
        cells, own = self._at(row)
        return cells.text(own, column)

    def header(self, row: int, column: str) -> str:
        cells, _ = self._at(row)
        return cells.headers.get(column) or (FIELD[column].name.zh if column in FIELD else column)
