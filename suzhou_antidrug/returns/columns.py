"""From texts to names, periods, numbers and units, column by column.

逐列由文字得到名称、时期、数值与单位。
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..errors import Problem, UnknownNameError, shown, unknown_name
from ..geography import Geography, normalise_name
from .cleaning import PERIOD_FAULTS, Words, fold, has_control, read_period
from .grid import Factor
from .rows import Findings, Rows
from .schema import FREQUENCIES, FREQUENCY_NAMES
from .units import is_percent, unit_ids, unit_kind, unit_name

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..plan.model import Indicator, Plan

UNKNOWN, BLANK = -1, -2
TOTAL_NAMES = frozenset({"合计", "总计", "总数", "全市合计", "全市总计", "total"})
SUBTOTAL_NAMES = frozenset({"小计", "subtotal"})


def indicator_index(plan: Plan) -> dict[str, str]:
    """Return the id of every indicator's name, folded; a name of two indicators names neither.  指标名称对照。"""
    index: dict[str, str] = {}
    shared = set()
    for indicator in plan.indicators.values():
        for name in {normalise_name(n) for n in (indicator.name.zh, indicator.name.en)}:
            if index.setdefault(name, indicator.id) != indicator.id:
                shared.add(name)
    index = {name: indicator for name, indicator in index.items() if name not in shared}
    return index | {normalise_name(indicator_id): indicator_id for indicator_id in plan.indicators}


def words_of(problem: Problem) -> Words:
    """Return the words of a problem without its place.  取出报错文字。"""
    return Words(problem.en, problem.zh, problem.advice_en, problem.advice_zh)


def read_indicators(rows: Rows, findings: Findings, plan: Plan) -> np.ndarray:
    """Return the position in ``plan.indicators`` of each row, -1 where it is not known.  识别指标。"""
    import numpy as np

    ids = list(plan.indicators)
    index = {name: ids.index(indicator) for name, indicator in indicator_index(plan).items()}

    def codes(column: str) -> np.ndarray:
        factor = rows.columns[column]
        return np.array([_name_code(text, index) for text in factor.texts], dtype=np.int64)[factor.codes]

    own = np.array([ids.index(t.indicator) if t.indicator else BLANK for t in rows.tables], dtype=np.int64)
    by_id, by_name = codes("indicator_id"), codes("indicator")
    own_rows = own[rows.table] if len(rows.tables) else np.empty(0, dtype=np.int64)
    found = np.where(own_rows >= 0, own_rows, np.where(by_id != BLANK, by_id, by_name))
    names = [n for i in plan.indicators.values() for n in (i.name.zh, i.name.en, i.id)]

    def unknown(column: str, row: int) -> Words:
        text = rows.text(row, column)
        return words_of(
            unknown_name("indicator", "指标", text, [i.name.zh for i in plan.indicators.values()], suggest=names)
        )

    findings.flag(
        (found == UNKNOWN) & (by_id != BLANK), "indicator_id", "unknown_indicator", partial(unknown, "indicator_id")
    )
    findings.flag(
        (found == UNKNOWN) & (by_id == BLANK), "indicator", "unknown_indicator", partial(unknown, "indicator")
    )
    findings.flag(found == BLANK, "indicator", "blank_indicator", _blank("indicator", "指标"))
    findings.flag(
        (by_id >= 0) & (by_name != BLANK) & (by_id != by_name),
        "indicator",
        "indicator_conflict",
        Words(
            "the indicator's name and its id disagree",
            "指标名称与指标代码不一致",
            "Correct one of them.",
            "请更正其一。",
        ),
    )
    return np.where(found < 0, UNKNOWN, found)


def _name_code(text: str, index: dict[str, int]) -> int:
    plain = fold(text)
    if not plain:
        return BLANK
    return UNKNOWN if has_control(text) else index.get(normalise_name(plain), UNKNOWN)


def _blank(en: str, zh: str) -> Words:
    return Words(
        f"the {en} is blank",
        f"未填{zh}",
        "Fill it in on every row; only merged cells are filled from above.",
        "请逐行填写；只有合并单元格才按首格补全。",
    )


@dataclass(frozen=True, slots=True)
class Places:
    """Who each row is about.  各行所属地区。"""

    codes: np.ndarray  # the number of a division, then of the city; -1 where it is not known
    subtotals: np.ndarray
    parts: np.ndarray  # in ``plan.geography.history``: a district that has since been merged, -1 for none


def read_divisions(rows: Rows, findings: Findings, plan: Plan, years: np.ndarray) -> Places:
    """Return the place of each row; a district merged since stands for its successor before that.  识别地区。"""
    import numpy as np

    geography = plan.geography
    places = {division: number for number, division in enumerate((*geography.ids, geography.city.id))}
    factor = rows.columns["division"]
    codes = np.empty(len(factor.texts), dtype=np.int64)
    renamed = np.full(len(factor.texts), "", dtype=object)
    subtotal = np.zeros(len(factor.texts), dtype=bool)
    for number, text in enumerate(factor.texts):
        plain = fold(text)
        key = normalise_name(plain)
        subtotal[number] = key in SUBTOTAL_NAMES
        codes[number] = UNKNOWN if plain and has_control(text) else _place_code(plain, key, geography, places)
        if codes[number] >= 0:
            place = (*geography.divisions, geography.city)[codes[number]]
            if text not in (place.id, place.name.zh, place.name.en):
                renamed[number] = place.name.zh
    found, subtotals = codes[factor.codes], subtotal[factor.codes]
    parts = _former_parts(factor, geography, years)
    successors = np.array([*(places[f.successor_id] for f in geography.history), UNKNOWN], dtype=np.int64)
    found = np.where(parts >= 0, successors[parts], found)

    def unknown(row: int) -> Words:
        return _unknown_place(rows.text(row, "division"), geography, int(years[row]) or None)

    findings.flag((found == UNKNOWN) & ~subtotals, "division", "unknown_division", unknown)
    findings.flag(found == BLANK, "division", "blank_division", _blank("division", "县级市(区)"))
    totals = np.array([normalise_name(fold(t)) in TOTAL_NAMES for t in factor.texts], dtype=bool)[factor.codes]
    changed = renamed[factor.codes]
    findings.note((changed != "") & ~totals, "division", changed[(changed != "") & ~totals], "alias")
    findings.note(totals, "division", changed[totals], "total_row")
    return Places(np.where(found < 0, UNKNOWN, found), subtotals, parts)


def _former_parts(factor: Factor, geography: Geography, years: np.ndarray) -> np.ndarray:
    """Return which merged district each row names, where its year is before the merger; -1 for none."""
    import numpy as np

    names = {normalise_name(f.name): n for n, f in enumerate(geography.history) if f.change == "merged" and f.until}
    part = np.array([names.get(normalise_name(fold(t)), UNKNOWN) for t in factor.texts], dtype=np.int64)[factor.codes]
    until = np.array([*(int(f.until[:4] or 0) for f in geography.history), 0], dtype=np.int64)[part]
    return np.where((years > 0) & (years < until), part, UNKNOWN)


def _place_code(plain: str, key: str, geography: Geography, places: dict[str, int]) -> int:
    if not plain:
        return BLANK
    if key in TOTAL_NAMES:
        return places[geography.city.id]
    try:
        return places[geography.resolve(plain).id]
    except UnknownNameError:
        return UNKNOWN


def _unknown_place(text: str, geography: Geography, year: int | None) -> Words:
    if has_control(text):
        return Words(
            f"the name {shown(text)!r} holds control characters",
            f"名称“{shown(text)}”含控制字符",
            "Type the name again.",
            "请重新输入名称。",
        )
    try:
        geography.resolve(text, year=year)
    except UnknownNameError as error:
        return words_of(error.problems[0])
    return words_of(unknown_name("division", "县级市(区)", text, geography.names()))


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of all rows.  各行的时期。"""

    codes: np.ndarray  # into `distinct`, -1 where faulty
    distinct: tuple[pd.Period, ...]
    years: np.ndarray  # 0 where faulty
    frequency: np.ndarray  # year, half, quarter, month, or ""


def read_periods(rows: Rows, findings: Findings) -> Periods:
    """Return the period of each row.  识别时期。"""
    import numpy as np
    import pandas as pd

    factor = rows.columns["period"]
    reads = [read_period(text) for text in factor.texts]
    distinct: dict[tuple[str, int, int], int] = {}
    codes = [distinct.setdefault(r[:3], len(distinct)) if r.frequency else UNKNOWN for r in reads]
    made: list[pd.Period] = []
    for frequency, year, part in distinct:
        month = {"year": 1, "half": 6 * part - 5, "quarter": 3 * part - 2, "month": part}[frequency]
        made.append(pd.Period(year=year, month=month, freq=FREQUENCIES[frequency]))
    faults = factor.expand([r.fault for r in reads])
    findings.flag(faults != "", "period", "period", lambda row: PERIOD_FAULTS[faults[row]])
    rules = factor.expand([r.rule for r in reads])
    new = factor.expand([str(made[c]) if c >= 0 else "" for c in codes])
    changed = rules == "period_text"
    findings.note(changed, "period", new[changed], "period_text")
    code_table = np.array(codes, dtype=np.int64)
    return Periods(
        codes=code_table[factor.codes],
        distinct=tuple(made),
        years=np.array([r.year for r in reads], dtype=np.int64)[factor.codes],
        frequency=factor.expand([r.frequency for r in reads]),
    )


def check_frequency(periods: Periods, indicators: np.ndarray, findings: Findings, plan: Plan) -> None:
    """Reject a period of another length than its indicator is reported in.  核对时期长短。"""
    import numpy as np

    wanted_table = np.array([*(i.frequency for i in plan.indicators.values()), ""], dtype=object)
    wanted = wanted_table[indicators]
    wrong = (wanted != "") & (periods.frequency != "") & (wanted != periods.frequency)

    def words(row: int) -> Words:
        want, have = FREQUENCY_NAMES[wanted[row]], FREQUENCY_NAMES[periods.frequency[row]]
        return Words(
            f"a {have.en} period for an indicator that is {want.en}",
            f"该指标按{want.zh}填报，此处为{have.zh}",
            f"Give the {want.en} figures.",
            f"请填报{want.zh}数。",
        )

    findings.flag(wrong, "period", "frequency", words)


def read_units(rows: Rows, findings: Findings, indicators: np.ndarray, plan: Plan) -> np.ndarray:
    """Check each row's unit against its indicator and return whether it says per cent.  核对单位。

    The unit is that of the row; else the one in brackets in the header of 数值; else the one above the table.
    """
    import numpy as np

    factor = rows.columns["unit"]
    defaults = [table.header_units.get("value") or table.sheet_unit for table in rows.tables]
    texts = list(dict.fromkeys([*factor.texts, *defaults]))
    blank = np.array([not fold(t) for t in factor.texts], dtype=bool)[factor.codes]
    of_table = np.array([texts.index(text) for text in defaults], dtype=np.int64)
    codes = np.where(blank, of_table[rows.table], factor.codes)
    wrong = np.zeros(len(rows), dtype=bool)
    measured = list(plan.indicators.values())
    for code, indicator in _pairs(codes, indicators):
        if indicator != UNKNOWN and not _unit_fits(texts[code], measured[indicator]):
            wrong |= (codes == code) & (indicators == indicator)

    def words(row: int) -> Words:
        return _unit_words(texts[codes[row]], measured[indicators[row]])

    findings.flag(wrong & ~blank, "unit", "unit_mismatch", words)
    once = np.flatnonzero(wrong & blank)  # a unit given once for a table is complained of once
    findings.flag(once[np.unique(rows.table[once], return_index=True)[1]], "value", "unit_mismatch", words)
    return np.array([is_percent(t) for t in texts], dtype=bool)[codes]


def _pairs(first: np.ndarray, second: np.ndarray) -> list[tuple[int, int]]:
    import numpy as np

    base = int(second.max(initial=0)) + 2
    keys = np.unique(first.astype(np.int64) * base + second + 1)
    return [(int(key) // base, int(key) % base - 1) for key in keys]


def _unit_fits(text: str, indicator: Indicator) -> bool:
    if not fold(text):
        return True
    parts = [m.unit for m in (indicator.numerator, indicator.denominator) if m is not None]
    return bool(unit_ids(text) & {indicator.unit, *parts}) or fold(text) in (indicator.unit, *parts)


def _unit_words(text: str, indicator: Indicator) -> Words:
    want = unit_name(indicator.unit)
    return Words(
        f"the unit {shown(text)!r} does not fit {indicator.name.zh}, which is in {want.en} ({want.zh})",
        f"单位“{shown(text)}”与指标“{indicator.name.zh}”不符，应为{want.zh}",
        "Give the figure in that unit; person-times are not persons, and nothing is converted.",
        "请按规定单位填报；人次不是人数，不作换算。",
    )


def check_header_units(rows: Rows, findings: Findings, indicators: np.ndarray, plan: Plan) -> None:
    """Check units in brackets in the headers of 分子 and 分母.  核对分子、分母表头中的单位。"""
    import numpy as np

    measured = list(plan.indicators.values())
    for index, table in enumerate(rows.tables):
        for column in ("numerator", "denominator"):
            unit = table.header_units.get(column)
            if not unit:
                continue
            for code in np.unique(indicators[rows.table == index]):
                measure = getattr(measured[code], column) if code != UNKNOWN else None
                if measure is None or measure.unit in unit_ids(unit) or unit_kind(measure.unit) == "index":
                    continue
                row = np.flatnonzero((rows.table == index) & (indicators == code))[:1]
                want = unit_name(measure.unit)
                said = Words(
                    f"the header gives {shown(unit)!r}, but {measure.name.zh} is counted in {want.en} ({want.zh})",
                    f"表头单位为“{shown(unit)}”，而{measure.name.zh}的单位应为{want.zh}",
                    "Give the figure in that unit.",
                    "请按规定单位填报。",
                )
                findings.flag(row, column, "unit_mismatch", said)


def read_statuses(rows: Rows, findings: Findings) -> np.ndarray:
    """Return reported, synthetic or missing for each row as its status column has it.  读取状态列。"""
    from .schema import ROW_STATUSES

    known = {"": "reported"}
    for status, text in ROW_STATUSES.items():
        known |= dict.fromkeys((status, text.zh, text.en), status)
    known |= {"合成": "synthetic", "未上报": "missing", "已上报": "reported", "单位上报": "reported"}
    factor: Factor = rows.columns["status"]
    found = factor.expand([known.get(fold(text).casefold(), "?") for text in factor.texts])

    def unknown(row: int) -> Words:
        options = [text.zh for text in ROW_STATUSES.values()]
        return words_of(unknown_name("status", "状态", rows.text(row, "status"), options, suggest=known))

    findings.flag(found == "?", "status", "unknown_status", unknown)
    return found
