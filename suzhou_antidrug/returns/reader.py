"""Read returns: files in, a checked frame or every problem at once out.

读取报表：输入文件，输出通过核对的数据，或一次列出全部问题。
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Problem, ReturnsError, problems_frame
from ..provenance import Made, fingerprint
from .assemble import Read, assemble
from .checks import (
    check_parts,
    check_ranges,
    check_reporters,
    check_texts,
    check_years,
    scale_percentages,
    traits_of,
)
from .cleaning import Words
from .columns import (
    check_frequency,
    check_header_units,
    indicator_index,
    read_divisions,
    read_indicators,
    read_periods,
    read_statuses,
    read_units,
)
from .files import read_grids
from .former import sum_former_parts
from .grid import Grid, GridBuilder
from .layout import NOTE_SHEETS, Layout, lay_out
from .limits import Limits
from .lists import check_common_bases
from .numbers import read_numbers
from .privacy import personal_marks
from .rows import Findings, apply_specials, gather
from .schema import LOG_COLUMNS, MISSING_STATUS, NUMBER_COLUMNS, ORIGIN_COLUMNS, Returns, period_text, status_of
from .scope import check_scope_words
from .workbook import number_text

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan


def read_returns(
    path_or_paths: str | Path | Iterable[str | Path],
    *,
    plan: Plan,
    limits: Limits | None = None,
    today: dt.date | None = None,
) -> Returns:
    """Read returns from .csv and .xlsx files and check every cell.

    读取 CSV 与 Excel 报表并逐格核对。

    The form of a file is told by its content, not by its ending. Text is UTF-8, UTF-16 with a mark, or GB18030. Tables
    are long (指标, 县级市(区), 时期, 分子, 分母, 数值) or have one column for each indicator; a title and 单位: may
    stand above the header. Shares may be written 0.9 or 90%; what is rewritten is listed in ``log``. A missing report
    stays missing and is never zero.

    ``today`` is the date after whose year no figure can exist yet (the current date unless given).

    Raises :class:`~suzhou_antidrug.errors.ReturnsError` with all problems of all files, in file order, each naming
    file, sheet, row, column, value and what to do. Warnings are in ``problems`` of the result.

    >>> import suzhou_antidrug as sa
    >>> from suzhou_antidrug.datasets import data_path
    >>> plan = sa.load_plan("suzhou-2020")
    >>> returns = sa.read_returns(data_path("synthetic", "suzhou_returns.csv"), plan=plan)
    >>> returns.made.status
    <Status.SYNTHETIC: 'synthetic'>
    """
    limits = limits or Limits()
    paths = [path_or_paths] if isinstance(path_or_paths, (str, Path)) else list(path_or_paths)
    if not paths:
        raise ReturnsError(Problem("no_files", "no file was named.", "未指定文件。", "Name one.", "请指定文件。"))
    index = indicator_index(plan)
    grids: list[Grid] = []
    problems: list[Problem] = []
    log: list[dict[str, Any]] = []
    for path in map(Path, paths):
        try:
            found, encoding = read_grids(path, recognises=lambda grid: lay_out(grid, index).found, limits=limits)
        except ReturnsError as error:
            problems.extend(error.problems)
            continue
        grids.extend(found)
        if encoding not in ("", "utf-8"):
            log.append({"file": path.name, "old": encoding, "new": "utf-8", "rule": "encoding"})
    return _from_grids(grids, plan, problems, log, today or dt.date.today(), method="read_returns")


def returns_from_frame(frame: pd.DataFrame, *, plan: Plan, name: str) -> Returns:
    """Return a frame as returns; see :meth:`Returns.from_frame`.  由数据框建立报表。"""
    import pandas as pd

    frame = frame.drop(columns=[c for c in ORIGIN_COLUMNS if c in frame.columns])
    labels = frame.index
    whole = pd.api.types.is_integer_dtype(labels.dtype)
    builder = GridBuilder()
    builder.add(-1, [str(column) for column in frame.columns])
    columns = [[_frame_text(cell) for cell in frame[column]] for column in frame.columns]
    builder.extend((int(labels[n]) if whole else n, cells) for n, cells in enumerate(zip(*columns, strict=True)))
    grid = builder.build(name)
    if marks := personal_marks([grid]):
        raise ReturnsError(marks)
    return _from_grids([grid], plan, [], [], dt.date.today(), method="Returns.from_frame")


def _frame_text(cell: Any) -> str:
    import pandas as pd

    if isinstance(cell, str):
        return cell
    if isinstance(cell, pd.Period):
        return period_text(cell)
    if cell is None or pd.isna(cell):
        return ""
    if isinstance(cell, bool):
        return str(cell)
    try:
        return number_text(cell)
    except (TypeError, ValueError):
        return str(cell)


def _from_grids(
    grids: Sequence[Grid],
    plan: Plan,
    problems: list[Problem],
    log: list[dict[str, Any]],
    today: dt.date,
    *,
    method: str,
) -> Returns:
    import pandas as pd

    index = indicator_index(plan)
    layouts = [layout for grid in grids if not grid.is_blank and (layout := _layout(grid, index))]
    log = [*log, *(entry for layout in layouts for entry in layout.reshaped())]
    problems = [*problems, *(p for layout in layouts for p in layout.problems)]
    findings = Findings(gather([table for layout in layouts for table in layout.tables]))
    table = _check(findings, plan, today)
    problems = _in_file_order([*problems, *findings.problems()], grids)
    if not len(findings.rows) and not any(p.severity == "error" for p in problems):
        file = grids[0].file if grids else None
        said = Words(
            "there is a header but no row below it.", "只有表头，没有数据行。", "Fill in the rows.", "请填写数据行。"
        )
        problems.append(Problem("no_rows", *said, file=file))
    if any(p.severity == "error" for p in problems):
        raise ReturnsError(problems)
    first = pd.DataFrame(log, columns=list(LOG_COLUMNS))
    rest = findings.log()
    full_log = rest if first.empty else first if rest.empty else pd.concat([first, rest], ignore_index=True)
    made = Made(method=method, status=status_of(table.attrs.pop("statuses")), fingerprint=_fingerprint(table))
    return Returns(table, full_log, problems_frame(problems), plan.id, made)


def _fingerprint(table: pd.DataFrame) -> str:
    """Return the fingerprint of what was reported, wherever it stood: coded texts, and numbers as 8-byte floats."""
    import pandas as pd

    parts = []
    for column in table.columns.drop(list(ORIGIN_COLUMNS)):
        if column in NUMBER_COLUMNS:
            parts.append((table[column].to_numpy(dtype="<f8") + 0.0).tobytes())  # so that -0.0 is 0.0
            continue
        codes, distinct = pd.factorize(table[column].to_numpy(dtype=object))
        parts += [codes.astype("<i8").tobytes(), "\x1f".join(map(str, distinct)).encode()]
    return fingerprint(b"\x1e".join(parts))


def _layout(grid: Grid, index: dict[str, str]) -> Layout | None:
    """Return the layout of a sheet, None for a sheet that only explains."""
    layout = lay_out(grid, index)
    if not layout.found and grid.sheet is not None and grid.sheet.strip().casefold() in NOTE_SHEETS:
        return None
    return layout


def _in_file_order(problems: list[Problem], grids: Sequence[Grid]) -> list[Problem]:
    places = {(grid.file, grid.sheet): number for number, grid in enumerate(grids)}
    return sorted(problems, key=lambda p: (places.get((p.file or "", p.sheet), -1), p.row or 0))


def _check(findings: Findings, plan: Plan, today: dt.date) -> pd.DataFrame:
    """Run every check over all rows and return the frame of those that are kept."""
    import numpy as np

    rows = findings.rows
    apply_specials(rows, findings)
    indicators = read_indicators(rows, findings, plan)
    periods = read_periods(rows, findings)
    places = read_divisions(rows, findings, plan, periods.years)
    findings.flag(places.subtotals, "division", "subtotal", _SUBTOTAL, severity="warning")
    check_frequency(periods, indicators, findings, plan)
    traits = traits_of(plan, indicators)
    numbers = read_numbers(rows, findings, indicators, plan)
    percent_unit = read_units(rows, findings, indicators, plan)
    check_header_units(rows, findings, indicators, plan)
    scale_percentages(numbers, percent_unit, traits, findings)
    check_ranges(numbers, percent_unit, traits, findings)
    check_parts(numbers, traits, findings)
    check_common_bases(indicators, places.codes, periods.codes, numbers, traits, findings, plan)
    check_texts(findings)
    check_scope_words(periods, findings)
    absorbed = sum_former_parts(indicators, periods, places, numbers, traits, findings, plan)
    values = {column: numbers[column].value for column in NUMBER_COLUMNS}
    reported = ~np.all([np.isnan(v) for v in values.values()], axis=0)
    statuses = read_statuses(rows, findings)
    findings.flag(reported & (statuses == MISSING_STATUS), "status", "status_conflict", _STATUS_CONFLICT)
    check_years(periods, reported, findings, plan, today)
    check_reporters(places.codes, traits, reported, findings, plan)
    unused = places.subtotals | absorbed
    return assemble(findings, plan, Read(indicators, places.codes, periods, values, traits, statuses, unused))


_SUBTOTAL = Words(
    "a subtotal: it does not say of which divisions, so it is not used",
    "小计未说明包含哪些地区，不予使用",
    "Give the divisions, and 合计 for the city.",
    "请填各地区，全市用“合计”。",
)
_STATUS_CONFLICT = Words(
    "the status says missing, but there is a figure", "状态为缺报，却填有数字", "Correct one of them.", "请更正其一。"
)
