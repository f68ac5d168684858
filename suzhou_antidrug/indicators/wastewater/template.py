"""The workbook that a laboratory fills in: one row for each biomarker of each sample.

供实验室填写的工作簿：每个样品的每种标志物各占一行。

What is typed here reads back through :func:`~suzhou_antidrug.indicators.wastewater.measurements.read_measurements`: rows
that were left without a result as absent, a template without any row as an error that says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import MeasurementsError, Problem, shown
from ...returns.cell_styles import (
    BAND,
    CLOSED,
    HEAD,
    INPUT,
    LINE,
    Styles,
    make_book,
    set_up_print,
    write_notes,
    write_title,
)
from ...returns.output import write_file
from ...terms import Text
from .cells import read_day, typed
from .checks import SAMPLING_YEARS
from .fields import CHOICES, DEFAULT_UNITS, FIELD, FIELDS, Field
from .population import load_population_bases
from .sheets import frame_cells
from .substances import load_biomarkers, resolve_biomarker

if TYPE_CHECKING:
    import pandas as pd

    Day = str | dt.date | np.datetime64
    Row = Mapping[str, str | float | dt.datetime]

SHEET = "测量数据"
HEADER_ROW = 3  # counted from 0: a title and two lines of advice stand above
BLANK_ROWS = 200  # of a template without rows of its own
RULED_BEYOND = 1_000  # rows below the last in which entries are checked too
MOST_ROWS = 1_000_000  # a sheet holds 1,048,576
WIDTHS = {
    "plant": 18, "division": 10, "sewage": 9, "biomarker": 14, "start": 15, "end": 15, "round": 6, "concentration": 9,
    "below": 11, "lod": 9, "loq": 9, "flow": 10, "population": 10, "population_basis": 15, "laboratory": 13, "method": 14,
    "confirmed": 7, "note": 18,
}  # fmt: skip
PLACE = {field.id: number for number, field in enumerate(FIELDS)}
OF_PLANT = ("plant", "division", "sewage", "population", "population_basis", "laboratory", "method")
OPTIONAL_HEAD = "#6B87A8"


def column_header(field: Field) -> str:
    """Return the header of a column, with its unit.  列标题，带单位。

    >>> column_header(FIELD["flow"]), column_header(FIELD["plant"])
    ('日流量(m3/d)', '污水厂')
    """
    unit = DEFAULT_UNITS.get(field.id)
    return f"{field.name.zh}({unit})" if unit else field.name.zh


def write_measurement_template(
    path: str | Path,
    *,
    plants: pd.DataFrame | Iterable[str] | None = None,
    biomarkers: Iterable[str] | None = None,
    days: Iterable[Day] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the workbook that a laboratory fills in and return its path.

    生成实验室填报模板并返回路径。

    ``plants`` are names, or a frame with the column plant (污水厂) and where known division, sewage, population (服务人口,
    persons, or 服务人口(万人)), population_basis, laboratory, method, which are filled in too; ``biomarkers`` are names in
    Chinese or English; ``days`` are sampling dates. With any of them given every plant, day and biomarker has its row,
    what is not given is left blank in it. Concentrations are in ng/L, flows in m3/day.

    The file appears whole or not at all; equal arguments give equal bytes. Raises
    :class:`~suzhou_antidrug.errors.OutputError` where ``path`` exists and ``overwrite`` is not set, or is a link,
    :class:`~suzhou_antidrug.errors.UnknownNameError` for a biomarker that is not known, and
    :class:`~suzhou_antidrug.errors.MeasurementsError` for plants or days that cannot be read or are named twice.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "laboratory.xlsx"
    >>> write_measurement_template(path, plants=["福星"], biomarkers=["冰毒", "BE"], days=["2021-03-05"]).name
    'laboratory.xlsx'
    """
    rows = _rows(plants, biomarkers, days)

    def write(book: Any, styles: Styles) -> None:
        first_name = _write_notes(book, styles)
        _write_sheet(book, styles, rows, first_name)

    return write_file(path, make_book("污水毒情检测数据模板", write), overwrite=overwrite)


def _rows(
    plants: pd.DataFrame | Iterable[str] | None, biomarkers: Iterable[str] | None, days: Iterable[Day] | None
) -> list[Row]:
    """Return the rows that are filled in beforehand: samples in order of plant and day, each with its biomarkers."""
    if plants is None and biomarkers is None and days is None:
        return []
    of_plants = [{}] if plants is None else _plants(plants)
    names: list[str] = [] if biomarkers is None else [resolve_biomarker(name).name.zh for name in _listed(biomarkers)]
    dates = [] if days is None else [_date(day) for day in _listed(days)]
    _check_once(names, "biomarker", "biomarkers")
    _check_once(dates, "start", "days")
    number = len(of_plants) * max(len(names), 1) * max(len(dates), 1)
    if number > MOST_ROWS:
        raise MeasurementsError(Problem(
            "too_many_rows", f"{number:,} rows do not fit into one sheet.", f"共 {number:,} 行，一张工作表放不下。",
            "Write one template for each laboratory.", "请按实验室分别生成。"))  # fmt: skip
    samples = product(of_plants, [{"start": d} for d in dates] or [{}], [{"biomarker": n} for n in names] or [{}])
    return [{**plant, **day, **name} for plant, day, name in samples]


def _listed(given: Any) -> list[Any]:
    return [given] if isinstance(given, (str, dt.date, np.datetime64)) else list(given)


def _plants(plants: pd.DataFrame | Iterable[str]) -> list[Row]:
    """Return what is known of each plant, read as a laboratory sheet is read."""
    import pandas as pd

    frame = plants if isinstance(plants, pd.DataFrame) else pd.DataFrame({"plant": _listed(plants)})
    problems: list[Problem] = []
    cells = frame_cells(frame, "plants", problems, required=("plant",))
    if cells is None:
        raise MeasurementsError(problems)
    table, found = typed(cells)
    blank = (table["plant"] == "").to_numpy()
    if len(found.problems) or blank.any():
        unnamed = Problem("blank", "a plant has no name.", "有污水厂未填名称。", "Fill it in.", "请填写。", "plants")
        raise MeasurementsError([*found.problems, *([unnamed] if blank.any() else [])])
    _check_once(table["plant"].tolist(), "plant", "plants")
    sewage = dict(zip(("domestic", "industrial"), CHOICES["sewage"], strict=True))
    bases = {"": ""} | {basis.id: basis.name.zh for basis in load_population_bases().values()}
    table = table.assign(sewage=table["sewage"].map(sewage), population_basis=table["population_basis"].map(bases))
    given = [c for c in OF_PLANT if c in cells.headers]
    return [{c: v for c, v in row.items() if v not in ("", None) and v == v} for row in table[given].to_dict("records")]


def _date(day: Day) -> dt.datetime:
    import pandas as pd

    if isinstance(day, str):
        read = read_day(day)
    else:
        read = None if pd.isna(day) else np.datetime64(pd.Timestamp(day).tz_localize(None), "s")
    if read is None:
        raise MeasurementsError(Problem(
            "date", "this is no date.", "不是日期。", "Write 2021-03-05.", "请填如 2021-03-05。", "days", value=shown(day)
        ))  # fmt: skip
    moment: dt.datetime = read.astype(dt.datetime)
    return moment


def _check_once(values: Sequence[object], column: str, argument: str) -> None:
    twice = dict.fromkeys(value for value in values if values.count(value) > 1)
    if twice:
        raise MeasurementsError([
            Problem("twice", "named twice.", "重复。", "Name it once.", "请只写一次。", argument, column=FIELD[column].name.zh,
                    value=shown(value))
            for value in twice
        ])  # fmt: skip


def _cell_style(styles: Styles, field: Field, colour: str, *, first: bool, timed: bool = True) -> Any:
    """Return the format of a cell; the first row of a sample is ruled off from the one above."""
    look: dict[str, object] = {"border": 1, "border_color": LINE, "locked": False}
    if first:
        look |= {"top": 2, "top_color": HEAD}
    if colour:
        look["bg_color"] = colour
    if field.id in ("start", "end"):
        look |= {"num_format": "yyyy-mm-dd hh:mm" if timed else "yyyy-mm-dd", "align": "left"}
    elif field.quantity:
        look |= {"align": "right", "num_format": "#,##0" if field.quantity == "population" else "General"}
    else:
        look |= {"num_format": "@"}
    return styles(**look)


def _colour(field: Field, entries: Row) -> str:
    if field.id in entries:
        return BAND
    if field.id in ("population", "population_basis") and entries.get("sewage") == CHOICES["sewage"][1]:
        return CLOSED  # industrial sewage has no population
    return INPUT if field.required or field.quantity or field.id == "below" else ""


def _write_sheet(book: Any, styles: Styles, rows: Sequence[Row], names: str) -> None:
    page = book.add_worksheet(SHEET)
    write_title(
        page, styles, "污水毒情检测数据",
        "每行一个样品的一种标志物。黄色请填写，白色可不填，浅灰已预填，灰色不填。低于限值的填 <限值，不得填 0；缺测留空。",
        "One row a biomarker and sample. Yellow: fill in; white: optional; grey: not to be filled in. Below a limit write <limit, never 0.",
    )  # fmt: skip
    page.set_row(HEADER_ROW, 32)
    for number, field in enumerate(FIELDS):
        page.set_column(number, number, WIDTHS[field.id])
        colour = HEAD if field.required else OPTIONAL_HEAD
        look = styles.header(bg_color=colour, border_color=colour, text_wrap=True)
        page.write_string(HEADER_ROW, number, column_header(field), look)
    row = HEADER_ROW + 1
    for _, sample in groupby(rows or [{}] * BLANK_ROWS, key=lambda r: (r.get("plant"), r.get("start"))):
        for place, entries in enumerate(sample):
            _write_row(page, styles, row, entries, first=place == 0 and bool(rows))
            row += 1
    _validate(page, HEADER_ROW + 1, row + RULED_BEYOND, names)
    last_column = len(FIELDS) - 1
    page.ignore_errors({"number_stored_as_text": f"A1:R{row + RULED_BEYOND}"})  # a round or a method may be a number
    page.freeze_panes(HEADER_ROW + 1, PLACE["start"])
    page.autofilter(HEADER_ROW, 0, row - 1, last_column)
    set_up_print(page, header_row=HEADER_ROW, rows=row, last_column=last_column, footer="污水毒情检测数据")


def _write_row(page: Any, styles: Styles, row: int, entries: Row, *, first: bool) -> None:
    for number, field in enumerate(FIELDS):
        entry, colour = entries.get(field.id), _colour(field, entries)
        timed = not isinstance(entry, dt.datetime) or entry.time() != dt.time()
        look = _cell_style(styles, field, colour, first=first, timed=timed)
        if entry is None:
            page.write_blank(row, number, None, look)
        elif isinstance(entry, dt.datetime):
            page.write_datetime(row, number, entry, look)
        elif isinstance(entry, str):
            page.write_string(row, number, entry, look)
        else:
            page.write_number(row, number, entry, look)


def _validate(page: Any, first: int, last: int, names: str) -> None:
    """Let the spreadsheet offer what is known and refuse what the reader would refuse, at the cell."""
    for field, rule in _rules(first, names):
        message = f"{field.guide.zh}\n{field.guide.en}"
        wrong = {"error_title": "请核对 check", "error_message": f"{field.name.zh}：{message}"}
        page.data_validation(first, PLACE[field.id], last, PLACE[field.id], {
            **rule, **wrong, "input_title": column_header(field), "input_message": message,
        })  # fmt: skip


def _rules(first: int, names: str) -> Iterator[tuple[Field, dict[str, Any]]]:
    def cell(column: str) -> str:
        return f"{chr(ord('A') + PLACE[column])}{first + 1}"  # the rule of the first row moves along with the others

    above_zero = {"validate": "decimal", "criteria": ">", "value": 0}
    value = cell("concentration")
    below = ",".join(f'LEFT({value},1)="{sign}"' for sign in "<＜") + f',{value}="ND",{value}="未检出"'
    bases = [basis.name.zh for basis in load_population_bases().values()]
    day = dt.datetime(SAMPLING_YEARS[0], 1, 1)
    rules: dict[str, dict[str, Any]] = {
        "sewage": {"validate": "list", "source": list(CHOICES["sewage"])},
        "biomarker": {"validate": "list", "source": names, "error_type": "warning"},  # other known names are read too
        "start": {"validate": "date", "criteria": ">=", "value": day},
        "end": {"validate": "custom", "value": f"=AND(ISNUMBER({cell('end')}),{cell('end')}>{cell('start')})"},
        "concentration": {"validate": "custom", "value": f"=IF(ISNUMBER({value}),{value}>0,OR({below}))"},
        "below": {"validate": "list", "source": list(CHOICES["below"])},
        **dict.fromkeys(("lod", "loq", "flow", "population"), above_zero),
        "population_basis": {"validate": "list", "source": bases},
        "confirmed": {"validate": "list", "source": list(CHOICES["confirmed"])},
    }
    for column, rule in rules.items():
        yield FIELD[column], rule


def _write_notes(book: Any, styles: Styles) -> str:
    """Write the sheet 说明 and return where on it the names of the biomarkers stand."""
    columns = [(column_header(field), f"{field.guide.zh} · {field.name.en}: {field.guide.en}") for field in FIELDS]
    markers = load_biomarkers().values()
    names = [(m.name.zh, " · ".join(dict.fromkeys((m.abbreviation, m.name.en)))) for m in markers]
    advice = [(what, f"{says.zh}\n{says.en}") for what, says in (*NOTES, MARKER_NOTE)]
    page, row = write_notes(
        book, styles, "污水毒情检测数据 · 填报模板", "Wastewater measurements: a template for laboratories",
        [*advice[:-1], *columns, advice[-1], *names],
    )  # fmt: skip
    page.fit_to_pages(1, 0)
    return f"='说明'!$B${row - len(names) + 1}:$B${row}"


NOTES = (
    ("怎么填", Text("在“测量数据”表中，每行是一个24小时混合样中的一种标志物。深色表头为必填列。",
                   "In the sheet 测量数据, one row a biomarker and 24-hour composite sample. Dark headers must be filled in.")),
    ("低于限值", Text("填 <限值，如 <1.5；或浓度留空，在“检出情况”选低于定量限或低于检出限，并填限值。",
                    "Write <1.5; or leave the concentration blank, choose below LOQ or below LOD, and give the limit.")),
    ("零与缺测", Text("不得填 0：低于限值不是零。缺测的浓度留空，不是零。",
                    "0 is refused: below a limit is not zero. A result that is missing stays blank.")),
    ("单位", Text("以表头括号内为准。用其他单位时改括号内的单位，如 ug/L、万m3/d、万人，整列一致。",
                 "As in the header. For another unit change the brackets, for instance ug/L, 万m3/d, 万人.")),
    ("流量", Text("填采样同期24小时的进水量。", "Give the influent of the same 24 hours.")),
    ("工业污水", Text("“污水类型”选工业污水，不填服务人口；不与生活污水合并计算。",
                    "Choose 工业污水 and leave the population blank: it is never added to domestic sewage.")),
    ("已核对", Text("读取时提示的异常值，核对无误后选“是”。", "Yes, once a value that the reading flagged has been checked.")),
    ("变更", Text("实验室、方法、定量限、人口口径有变更的，照实填写；前后时期能否比较由程序判断。",
                 "Name a changed laboratory, method, limit or population basis: it decides what may be compared.")),
    ("个人信息", Text("不得填写姓名、身份证号、手机号；含此类内容的文件整份拒收。",
                    "No names or numbers of persons: a file that holds any is refused whole.")),
)  # fmt: skip
MARKER_NOTE = (
    "标志物名称",
    Text(
        "填下列名称；缩写、英文名与俗称也能识别。",
        "One of the names below; abbreviations, English and street names are read too.",
    ),
)
