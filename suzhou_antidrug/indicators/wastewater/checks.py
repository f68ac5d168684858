"""What must hold of measurements before a load is computed from them.

计算负荷之前测量数据必须满足的条件。

An error takes its row out of use; a doubt leaves the row in but blocks every verdict that rests on it until someone has
looked and written 是 under 已核对.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...returns.cleaning import Words
from ...terms import Text
from .cells import LIMIT
from .findings import Findings

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LITRES_PER_HEAD = (
    10.0,
    10_000.0,
)  # a day: outside it the flow or the population bears a wrong unit, 万 for 1 or 1 for 万
UNIT_STEP = 300.0  # a value this many times its series' median, or a part of it: µg/L typed as ng/L makes a thousand
TENFOLD = 8.0  # a step against both neighbours that a slipped decimal point would make, with room for real change
FEWEST_FOR_STEP = 3
COMPOSITE_HOURS = (20.0, 28.0)
SAMPLING_YEARS = (1990, 2100)  # outside: a number that a spreadsheet shows as a date, or a slip of the hand
SERIES = ["plant", "biomarker", "sewage"]


def check_rows(table: pd.DataFrame, found: Findings) -> None:
    """Check every row by itself and beside its neighbours.  逐行核对，并与相邻样品核对。"""
    _check_presence(table, found)
    _check_limits(table, found)
    _check_flow(table, found)
    _check_times(table, found)
    _check_duplicates(table, found)
    order = _Order.of(table)
    _check_steps(table, order, found)
    _check_identity(table, order, found)


def _numbers(table: pd.DataFrame, *columns: str) -> list[Floats]:
    return [table[column].to_numpy(dtype=float) for column in columns]


def _check_presence(table: pd.DataFrame, found: Findings) -> None:
    for column, en, zh in (
        ("plant", "no plant is named.", "未填污水厂。"),
        ("biomarker", "no biomarker is named.", "未填标志物。"),
        ("start", "no date of sampling is given.", "未填采样日期。"),
    ):
        blank = table[column].isna().to_numpy() if column == "start" else (table[column] == "").to_numpy()
        found.flag(blank, column, "blank", Words(en, zh, "Fill it in.", "请填写。"))
    said = Words(
        "no result: neither a concentration nor a flag; the sample is absent, not zero.",
        "没有结果：既无浓度也无检出情况，按缺测处理，不是零。",
        "If it was below a limit, say so and give the limit.",
        "若低于限值，请注明并填写限值。",
    )
    nothing = _absent(table) & ~found.faulty("below", "concentration_unit")
    found.flag(nothing, "concentration", "no_result", said, severity="warning")


def _absent(table: pd.DataFrame) -> Mask:
    """Return where a sample has no result; it is kept, as absent, and needs no flow."""
    nothing = table["concentration_ng_per_L"].isna() & (table["below"] == "")
    return np.asarray(nothing, dtype=bool)


def _check_limits(table: pd.DataFrame, found: Findings) -> None:
    value, lod, loq = _numbers(table, "concentration_ng_per_L", "lod_ng_per_L", "loq_ng_per_L")
    below = table["below"].to_numpy(dtype=object)
    give = ("Leave it blank, say 低于定量限 or 低于检出限, and give the limit.", "请留空并填检出情况与限值。")
    found.flag(value == 0, "concentration", "zero", Words(
        "0 is not a measured value: below a limit is not zero, and a missing result is not zero.",
        "0 不是测得值：低于限值不等于零，缺测也不等于零。", *give))  # fmt: skip
    found.flag(value < 0, "concentration", "negative", Words(
        "a concentration cannot be negative.", "浓度不能为负。", "Correct it.", "请更正。"))  # fmt: skip
    for limit, column in ((lod, "lod"), (loq, "loq")):
        found.flag(limit <= 0, column, "limit", LIMIT)
    found.flag(lod > loq, "lod", "limits_swapped", Words(
        "the limit of detection is above the limit of quantification.", "检出限高于定量限。",
        "Are the two swapped?", "两者是否填反？"))  # fmt: skip
    lacks = ((below == "loq") & np.isnan(loq)) | ((below == "lod") & np.isnan(lod) & np.isnan(loq))
    lacks &= ~found.faulty("concentration", "concentration_unit", "lod", "lod_unit", "loq_unit")
    found.flag(lacks, "loq", "limit_missing", Words(
        "the sample is below a limit, but the limit is not given.", "样品低于限值，却未给出限值。",
        "Give LOQ (or LOD) in the unit of the concentration.", "请填写定量限（或检出限）。"))  # fmt: skip
    under = (below == "") & (value > 0) & (value < np.where(np.isnan(loq), lod, loq) * (1 - 1e-9))
    found.flag(under, "concentration", "below_own_limit", Words(
        "the concentration is below its own limit, but is not flagged.", "浓度低于自身限值，却未注明。",
        "Flag it as below the limit, or correct the limit.", "请注明低于限值，或更正限值。"))  # fmt: skip
    own = np.where((below == "lod") & ~np.isnan(lod), lod, np.where(np.isnan(loq), lod, loq))
    above = (below != "") & (value > own * (1 + 1e-9))
    found.flag(above, "concentration", "flag_conflict", Words(
        "flagged as below a limit, but the concentration is above it.", "注明低于限值，浓度却高于限值。",
        "Correct the flag or the value.", "请更正其一。"))  # fmt: skip


def _check_flow(table: pd.DataFrame, found: Findings) -> None:
    flow, population = _numbers(table, "flow_m3_per_day", "population")
    domestic = (table["sewage"] == "domestic").to_numpy()
    lacks = np.isnan(flow) & ~_absent(table) & ~found.faulty("flow_unit")
    found.flag(lacks, "flow", "flow_missing", Words(
        "no flow is given: a concentration alone is no load.", "未填流量：只有浓度算不出负荷。",
        "Give the influent of the same 24 hours.", "请填同期24小时进水流量。"))  # fmt: skip
    found.flag(flow <= 0, "flow", "flow", Words(
        "a flow must be above zero.", "流量须大于零。", "Give the influent of the same 24 hours.", "请填同期24小时进水流量。"))  # fmt: skip
    found.flag(domestic & (population <= 0), "population", "population", Words(
        "a population must be above zero.", "人口须大于零。", "Give the people served.", "请填服务人口。"))  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        litres = np.where((population > 0) & (flow > 0), flow * 1000 / population, np.nan)
    odd = domestic & ((litres < LITRES_PER_HEAD[0]) | (litres > LITRES_PER_HEAD[1]))
    found.flag(odd, "flow", "flow_unit", lambda row: Words(
        f"{litres[row]:,.3g} litres a head and day: the flow or the population bears a wrong unit.",
        f"合每人每天 {litres[row]:,.3g} 升：流量或人口的单位有误。",
        "m3 for 万m3, or persons for 万人?", "是否把万立方米填成立方米，或把万人填成人？"))  # fmt: skip
    found.flag(~domestic & ~np.isnan(population), "population", "industrial_population", Words(
        "industrial sewage has no population; the figure is not used.", "工业污水没有服务人口，该数不用。",
        "Leave it blank.", "请留空。"), severity="warning")  # fmt: skip


def _check_times(table: pd.DataFrame, found: Findings) -> None:
    start, end = table["start"].to_numpy(), table["end"].to_numpy()
    first, last = (np.datetime64(f"{year}-01-01") for year in SAMPLING_YEARS)
    for column, times in (("start", start), ("end", end)):
        found.flag((times < first) | (times >= last), column, "date", Words(
            "no sample was taken on this date.", "采样日期不合理。", "Write 2021-03-05.", "请填如 2021-03-05。"))  # fmt: skip
    hours = (end - start) / np.timedelta64(1, "h")
    hours[found.faulty("start", "end")] = np.nan
    found.flag(hours <= 0, "end", "end_before_start", Words(
        "the composite ends before it begins.", "采样结束早于开始。", "Correct one of the two.", "请更正其一。"))  # fmt: skip
    odd = (hours > 0) & ((hours < COMPOSITE_HOURS[0]) | (hours > COMPOSITE_HOURS[1]))
    found.flag(odd, "end", "composite", lambda row: Words(
        f"the composite runs over {hours[row]:g} hours, not 24.", f"混合样历时 {hours[row]:g} 小时，不是24小时。",
        "The flow must be that of the same hours.", "流量须与采样时段一致。"), severity="warning")  # fmt: skip


def _check_duplicates(table: pd.DataFrame, found: Findings) -> None:
    known = ~(table["start"].isna() | (table["plant"] == "") | (table["biomarker"] == "")).to_numpy()
    twice = table.duplicated([*SERIES, "start"], keep=False).to_numpy() & known
    other = _twins(table, np.flatnonzero(twice))

    def said(row: int) -> Words:
        twin = table.iloc[other[row]]
        place = f"{twin['file']} {twin['sheet']}".strip()
        return Words(
            f"the same plant, biomarker and start stand in row {twin['row']} of {place} too.",
            f"同一污水厂、标志物、采样开始时间在 {place} 第 {twin['row']} 行另有一条。",
            "Keep one row; replicates of a sample are averaged by the laboratory.",
            "请只保留一行；平行样由实验室取平均。",
        )

    found.flag(twice, "start", "duplicate", said)


def _twins(table: pd.DataFrame, rows: NDArray[np.int64]) -> dict[int, int]:
    """Return for each of the rows, which all stand more than once, another of its kind."""
    kind = table.iloc[rows].groupby([*SERIES, "start"], sort=False).ngroup().to_numpy()
    order = np.argsort(kind, kind="stable")
    _, last = _ends(kind[order])
    neighbour = np.arange(len(rows)) + np.where(last, -1, 1)
    return dict(zip(rows[order].tolist(), rows[order[neighbour]].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Order:
    """The series of each row, and the rows by series and time."""

    series: NDArray[np.int64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, table: pd.DataFrame) -> _Order:
        series = table.groupby(SERIES, sort=False).ngroup().to_numpy()
        return cls(series, np.lexsort((table["start"].to_numpy(), series)))

    def take(self, which: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Some rows in order, and the number of the series of each, counted from 0."""
        rows = self.rows[which[self.rows]]
        first, _ = _ends(self.series[rows])
        return rows, np.cumsum(first) - 1


_UNIT_SLIPS = {
    "concentration": Text("把微克/升填成纳克/升", "µg/L for ng/L"),
    "flow": Text("把万立方米填成立方米", "m3 for 万m3"),
    "population": Text("把万人填成人", "persons for 万人"),
}
_TENFOLD = Words(
    "about ten times the values before and after, or a tenth of them: a slipped decimal point?",
    "约为前后样品的十倍或十分之一：小数点是否填错？",
    "Correct it, or write 是 under 已核对.",
    "请更正；核对无误的在“已核对”填“是”。",
)


def _check_steps(table: pd.DataFrame, order: _Order, found: Findings) -> None:
    """Flag values that stand apart from their neighbours as a slipped unit or decimal point would make them."""
    free = ~found.spoiled & ~table["confirmed"].to_numpy(dtype=bool)
    measured = (table["below"] == "").to_numpy()
    columns = ("concentration_ng_per_L", "flow_m3_per_day", "population")
    for value, (name, slip) in zip(_numbers(table, *columns), _UNIT_SLIPS.items(), strict=True):
        rows, series = order.take(free & (value > 0) & (measured | (name != "concentration")))
        log = np.log(value[rows])
        slipped = _slipped(log, series)
        found.flag(_mask(rows[slipped], len(value)), name, "unit_slip", Words(
            f"hundreds of times above or below the other values of this plant and biomarker: a unit slip, {slip.en}?",
            f"与同厂同标志物的其他值相差数百倍：单位填错，是否{slip.zh}？",
            _TENFOLD.advice_en, _TENFOLD.advice_zh))  # fmt: skip
        many = np.bincount(series)[series] >= FEWEST_FOR_STEP
        step = many & _stands_apart(log, series) & ~slipped
        found.flag(_mask(rows[step], len(value)), name, "tenfold_step", _TENFOLD, severity="warning", doubtful=True)


def _mask(rows: NDArray[np.int64], length: int) -> Mask:
    mask = np.zeros(length, dtype=bool)
    mask[rows] = True
    return mask


def _slipped(log: Floats, series: NDArray[np.int64]) -> Mask:
    """Return where a value is hundreds of times off its series' median.

    Where half of a series is in one unit and half in another the median lies between: then neither half can be used.
    """
    off = np.abs(log - _medians(log, series))
    slipped = off >= np.log(UNIT_STEP)
    leap = (series[1:] == series[:-1]) & (np.abs(log[1:] - log[:-1]) >= np.log(UNIT_STEP))
    halves = np.bincount(series[1:][leap & ~slipped[1:] & ~slipped[:-1]], minlength=len(log)) > 0
    return np.asarray(slipped | (halves[series] & (off >= np.log(UNIT_STEP) / 2)), dtype=bool)


def _medians(values: Floats, series: NDArray[np.int64]) -> Floats:
    """Return each value's series' median; ``series`` need not be sorted by value."""
    order = np.lexsort((values, series))
    ordered, counts = values[order], np.bincount(series)
    ends = np.cumsum(counts)
    starts = ends - counts
    low, high = ordered[starts + (counts - 1) // 2], ordered[starts + counts // 2]
    medians: Floats = ((low + high) / 2)[series]
    return medians


def _stands_apart(log: Floats, series: NDArray[np.int64]) -> Mask:
    """Return where a value steps away from its neighbours in time, both in one direction; an end from the next two."""
    before, after = np.full(len(log), np.nan), np.full(len(log), np.nan)
    same = series[1:] == series[:-1]
    before[1:][same], after[:-1][same] = (log[1:] - log[:-1])[same], (log[:-1] - log[1:])[same]
    first, last = _ends(series)
    far_after, far_before = np.full(len(log), np.nan), np.full(len(log), np.nan)
    same = series[2:] == series[:-2]
    far_after[:-2][same], far_before[2:][same] = (log[:-2] - log[2:])[same], (log[2:] - log[:-2])[same]
    before, after = np.where(first, far_after, before), np.where(last, far_before, after)
    edge = np.log(TENFOLD)
    return np.asarray(((before >= edge) & (after >= edge)) | ((before <= -edge) & (after <= -edge)), dtype=bool)


def _ends(series: NDArray[np.int64]) -> tuple[Mask, Mask]:
    """Return where a run of equal numbers begins, and where it ends."""
    change = series[1:] != series[:-1]
    edge = np.ones(min(len(series), 1), dtype=bool)
    return np.concatenate([edge, change]), np.concatenate([change, edge])


IDENTITY = {
    "laboratory": Words("the laboratory changes within this series.", "同一序列中途更换实验室。"),
    "method": Words("the method changes within this series.", "同一序列中途更换检测方法。"),
    "population_basis": Words("the population basis changes within this series.", "同一序列中途更换人口口径。"),
    "loq_ng_per_L": Words("the limit of quantification changes within this series.", "同一序列中途更换定量限。"),
}


def _check_identity(table: pd.DataFrame, order: _Order, found: Findings) -> None:
    """Point at the first row after every change of laboratory, method, limit or population basis in a series."""
    sound = ~found.spoiled
    for column, said in IDENTITY.items():
        limit = column == "loq_ng_per_L"
        rows, series = order.take(sound & table[column].notna().to_numpy() if limit else sound)
        cells = table[column].to_numpy()[rows]
        # Limits that were converted from another unit may differ in the last digit.
        differs = ~np.isclose(cells[1:], cells[:-1], rtol=1e-9, atol=0) if limit else cells[1:] != cells[:-1]
        changed = rows[1:][(series[1:] == series[:-1]) & differs]
        advice = ("Periods on the two sides are not compared.", "前后时期不作比较。")
        if limit:
            advice = ("Values below are compared at the higher limit.", "低于限值的按较高限值比较。")
        name = column.removesuffix("_ng_per_L")
        found.flag(_mask(changed, len(table)), name, f"{name}_changed",
                   said._replace(advice_en=advice[0], advice_zh=advice[1]), severity="warning")  # fmt: skip
