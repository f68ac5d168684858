"""The workbook that an office fills in: every indicator, division and period has its row.

供单位填报的工作簿：每个指标、地区、时期各占一行。

What is written here reads back through :func:`~suzhou_antidrug.returns.read_returns`: an empty template as missing
reports, a filled one as the figures that were typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PlanError, Problem, shown
from .cell_styles import (
    BAND,
    CLOSED,
    HEAD,
    INPUT,
    LINE,
    Styles,
    make_book,
    set_up_print,
    sheet_names,
    write_notes,
    write_title,
)
from .output import write_file
from .schema import (
    COLUMN,
    HISTORY_YEARS,
    ROW_STATUSES,
    main_indicators,
    period_text,
    periods_of,
    reporting_divisions,
    value_is_numerator,
)
from .units import unit_kind, unit_name

if TYPE_CHECKING:
    from ..plan.model import Indicator, Plan

LAYOUT: tuple[tuple[str, float], ...] = (
    ("indicator", 26),
    ("indicator_id", 10),
    ("division", 15),
    ("period", 9),
    ("numerator", 12),
    ("denominator", 12),
    ("value", 12),
    ("unit", 14),
    ("guide", 46),
    ("status", 9),
    ("source", 20),
    ("definition", 20),
    ("note", 24),
)
PLACE = {column: number for number, (column, _) in enumerate(LAYOUT)}
HEADER_ROW = 3  # counted from 0: a title and two lines of advice stand above


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of the template.  模板的一张工作表。"""

    name: str
    title: str
    indicators: tuple[Indicator, ...]


def _check_years(plan: Plan, years: Sequence[int]) -> None:
    first, last = plan.first_year - HISTORY_YEARS, plan.last_year
    outside = [y for y in years if not first <= y <= last]
    if years and not outside:
        return
    named = ", ".join(map(str, outside)) or "-"
    raise PlanError(
        Problem(
            code="years_outside",
            en=f"the years of a template must lie within {first} to {last}; outside: {named}.",
            zh=f"模板年份须在 {first}—{last} 之内；超出：{named}。",
        )
    )


def write_template(
    plan: Plan,
    path: str | Path,
    *,
    years: Sequence[int] | None = None,
    indicators: Iterable[str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the workbook that an office fills in and return its path.  生成填报模板。

    One sheet for each category of the annex; rows for every division and every period of ``years`` (the base year and
    the years of the plan unless given) of every indicator that a target or a milestone names, or of ``indicators``.
    The file appears whole or not at all. Raises :class:`~suzhou_antidrug.errors.OutputError` where ``path`` exists and
    ``overwrite`` is not set, or is a link, and :class:`~suzhou_antidrug.errors.UnknownNameError` for an indicator that
    the plan does not have, :class:`~suzhou_antidrug.errors.PlanError` for years that no return may hold.

    >>> import tempfile, pathlib, suzhou_antidrug as sa
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "template.xlsx"
    >>> write_template(sa.load_plan("suzhou-2020"), path).name
    'template.xlsx'
    """
    years = [plan.base_year, *plan.years] if years is None else list(years)
    _check_years(plan, years)
    chosen = main_indicators(plan) if indicators is None else tuple(plan.indicator(i) for i in indicators)
    sheets = _sheets(plan, chosen)

    def write(book: Any, styles: Styles) -> None:
        write_notes(
            book,
            styles,
            f"{plan.name.zh} · 填报模板",
            f"{plan.document.number}  {plan.name.en}",
            _notes(plan, sheets, years),
        )
        for sheet in sheets:
            _write_sheet(book, styles, plan, sheet, years)

    return write_file(path, make_book(f"{plan.name.zh} 填报模板", write), overwrite=overwrite)


def _sheets(plan: Plan, indicators: Sequence[Indicator]) -> list[Sheet]:
    names = {category.id: category.name.zh for category in plan.categories}
    groups: dict[str, list[Indicator]] = {group: [] for group in (*names, "")}
    for indicator in indicators:
        groups[indicator.group if indicator.group in names else ""].append(indicator)
    titles = [names.get(group, "其他") for group, found in groups.items() if found]
    own = zip(sheet_names(titles), titles, filter(None, groups.values()), strict=True)
    return [Sheet(name, title, tuple(found)) for name, title, found in own]


def _cell_style(styles: Styles, column: str, *, open_cell: bool, first: bool, share: bool = False) -> Any:
    """Return the format of a cell of the table; the first row of an indicator is ruled off from the one above."""
    look: dict[str, object] = {"border": 1, "border_color": LINE}
    if first:
        look |= {"top": 2, "top_color": HEAD, "bold": column == "indicator"}
    if column in ("numerator", "denominator", "value"):
        look |= {"bg_color": INPUT if open_cell else CLOSED, "align": "right", "locked": False}
        look |= {"num_format": "0.0%" if share and column == "value" else "General"}
    elif column in ("status", "source", "definition", "note"):
        look |= {"locked": False, "text_wrap": column == "note"}
    else:
        look |= {"bg_color": BAND, "num_format": "@"}
        look |= {"font_size": 9} if column == "guide" else {}
    if column in ("period", "status", "unit"):
        look["align"] = "center"
    return styles(**look)


def _write_sheet(book: Any, styles: Styles, plan: Plan, sheet: Sheet, years: Sequence[int]) -> None:
    page = book.add_worksheet(sheet.name)
    last_column = len(LAYOUT) - 1
    for number, (column, width) in enumerate(LAYOUT):
        page.set_column(number, number, width, None, {"hidden": column == "indicator_id"})
    write_title(
        page,
        styles,
        f"{sheet.title} · {plan.name.zh}",
        "黄色单元格填数字；灰色单元格不必填；未掌握的留空，留空即缺报，不等于零。",
        "Yellow: type a number. Grey: not needed. Leave blank what is not known; blank is not zero.",
    )
    head = styles.header()
    page.set_row(HEADER_ROW, 22)
    for number, (column, _) in enumerate(LAYOUT):
        page.write_string(HEADER_ROW, number, COLUMN[column].name.zh, head)
    row = HEADER_ROW + 1
    for indicator in sheet.indicators:
        row = _write_indicator(page, styles, plan, indicator, years, row)
    page.ignore_errors({"number_stored_as_text": f"A1:M{row}"})  # a year is a name here
    page.freeze_panes(HEADER_ROW + 1, PLACE["numerator"])
    page.autofilter(HEADER_ROW, 0, max(row - 1, HEADER_ROW + 1), last_column)
    set_up_print(page, header_row=HEADER_ROW, rows=row, last_column=last_column, footer="填报模板")


def open_columns(indicator: Indicator) -> frozenset[str]:
    """Return the number columns that an indicator is filled in: its parts, or its value.  应填的数值列。"""
    if not indicator.needs_parts:
        return frozenset({"value"})
    return frozenset({"numerator", "denominator"})


def _write_indicator(
    page: Any, styles: Styles, plan: Plan, indicator: Indicator, years: Sequence[int], row: int
) -> int:
    fixed = {
        "indicator": indicator.name.zh,
        "indicator_id": indicator.id,
        "unit": unit_name(indicator.unit).zh,
        "guide": _guide(indicator),
    }
    opened, share = open_columns(indicator), unit_kind(indicator.unit) == "share"
    divisions, periods = reporting_divisions(plan, indicator), periods_of(indicator, years)
    first, last = row, row + len(divisions) * len(periods) - 1
    for division in divisions:
        for period in periods:
            texts = fixed | {"division": plan.geography[division].name.zh, "period": period_text(period)}
            for number, (column, _) in enumerate(LAYOUT):
                look = _cell_style(styles, column, open_cell=column in opened, first=row == first, share=share)
                if column in texts:
                    page.write_string(row, number, texts[column], look)
                else:
                    page.write_blank(row, number, None, look)
            row += 1
    _validate(page, indicator, first, last)
    return row


def _guide(indicator: Indicator) -> str:
    if indicator.needs_parts:
        assert indicator.numerator is not None
        assert indicator.denominator is not None
        top, base = indicator.numerator, indicator.denominator
        return f"分子：{top.name.zh}({unit_name(top.unit).zh})；分母：{base.name.zh}({unit_name(base.unit).zh})"
    what = indicator.numerator.name.zh if indicator.numerator is not None else indicator.name.zh
    return f"数值：{what}({unit_name(indicator.unit).zh})"


def _validate(page: Any, indicator: Indicator, first: int, last: int) -> None:
    """Let Excel refuse what the reader would refuse, at the cell."""
    units = {"value": indicator.unit}
    units |= {c: m.unit for c in ("numerator", "denominator") if (m := getattr(indicator, c)) is not None}
    for column, unit in units.items():
        whole = unit_kind(unit) == "count" and (column != "value" or value_is_numerator(indicator))
        share = column == "value" and unit_kind(unit) == "share"
        rule: dict[str, Any] = {"validate": "integer" if whole else "decimal", "criteria": ">=", "value": 0}
        if share:
            rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
        kind = "不小于零的整数 a whole number, zero or above" if whole else "不小于零的数 a number, zero or above"
        said = "0 到 1 之间，或百分数 a share of 1, or a percentage" if share else kind
        rule |= {"error_title": "请核对 check", "error_message": f"应填{said}。未掌握的留空 leave blank if not known."}
        page.data_validation(first, PLACE[column], last, PLACE[column], rule)
    options = [text.zh for status, text in ROW_STATUSES.items() if status != "synthetic"]
    page.data_validation(first, PLACE["status"], last, PLACE["status"], {"validate": "list", "source": options})


def _notes(plan: Plan, sheets: Sequence[Sheet], years: Sequence[int]) -> list[tuple[str, str]]:
    span = "、".join(str(year) for year in years)
    base = f"{plan.base_year} 年为基期" if plan.base_year in years else ""
    named = "、".join(sheet.name for sheet in sheets)
    renamed = [f"“{shown(sheet.title)}”写作“{sheet.name}”" for sheet in sheets if sheet.name != sheet.title]
    return [
        (
            "填报范围",
            f"{plan.geography.city.name.zh}各县级市(区)；年份 {span}{'；' if base else ''}{base}。\nDivisions and years as listed.",
        ),
        ("工作表", f"{named}。\nOne sheet for each category of the annex."),
        *([("表名改写", f"{'；'.join(renamed)}。\nNames that Excel does not take were changed.")] if renamed else []),
        (
            "填数字",
            "黄色单元格填阿拉伯数字；有分子、分母的填两项，数值由程序计算。\nType digits; give both parts where there are two, the value is computed.",
        ),
        (
            "缺报",
            "未掌握的留空。缺报不是零，不会判为未达成；确为零的请填 0。\nBlank means not reported, never zero; write 0 for a true zero.",
        ),
        ("比例", "填 0 到 1 之间的小数或百分数，例如 0.9 或 90%。\nShares as 0.9 or 90%."),
        (
            "口径",
            "口径、目录、实验室或人口口径有变化的，在“口径”列写明；前后口径不同的年份不作比较。\nName every change of definition: years of different definitions are not compared.",
        ),
        (
            "个人信息",
            "只填汇总数。不得填写姓名、身份证号、手机号；含此类内容的文件整份拒收。\nTotals only: a file with marks of persons is refused whole.",
        ),
        ("来源与备注", "“来源”写明台账或系统名称；需要说明的写在“备注”。\nSay where a figure comes from."),
        (
            "定义",
            "多数指标在规划中没有定义，本表所列分子、分母为推定，可在“口径”列注明本单位口径。\nMost definitions are assumed: the plan gives none.",
        ),
    ]
