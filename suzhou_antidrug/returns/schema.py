"""What a return holds: its columns, what people call them, and the result that reading gives.

报表的内容：各列、各列的常见叫法，以及读取结果。
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ..geography import normalise_name
from ..provenance import Made, Status
from ..results import Explanation, Result, line
from ..terms import Text
from .bridges import DefinitionBridge, check_bridge, with_bridges

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Indicator, Plan


@dataclass(frozen=True, slots=True)
class ReturnColumn:
    """A column of a return.  报表的一列。"""

    id: str
    name: Text
    aliases: tuple[str, ...] = ()


COLUMNS: tuple[ReturnColumn, ...] = (
    ReturnColumn("indicator", Text("指标", "indicator"), ("指标名称", "项目", "indicator name")),
    ReturnColumn("indicator_id", Text("指标代码", "indicator id"), ("指标编码", "code")),
    ReturnColumn(
        "division",
        Text("县级市(区)", "division"),
        (
            "县级市、区",
            "县市区",
            "市(区)",
            "市、区",
            "区县",
            "区(县)",
            "地区",
            "地方",
            "单位名称",
            "填报单位",
            "上报单位",
        ),
    ),
    ReturnColumn("period", Text("时期", "period"), ("年份", "年度", "期间", "统计期", "时间", "year", "年")),
    ReturnColumn("numerator", Text("分子", "numerator"), ("分子数", "events")),
    ReturnColumn("denominator", Text("分母", "denominator"), ("分母数", "exposure")),
    ReturnColumn("value", Text("数值", "value"), ("值", "指标值", "数量", "结果")),
    ReturnColumn("unit", Text("单位", "unit"), ("计量单位",)),
    ReturnColumn("status", Text("状态", "status"), ("数据状态",)),
    ReturnColumn("source", Text("来源", "source"), ("数据来源", "出处")),
    ReturnColumn("definition", Text("口径", "definition"), ("统计口径", "定义")),
    ReturnColumn("note", Text("备注", "note"), ("说明", "注")),
    ReturnColumn(
        "guide", Text("填报说明", "how to fill in"), ()
    ),  # written by the template for the eye, read by nobody
)
COLUMN: dict[str, ReturnColumn] = {column.id: column for column in COLUMNS}
NUMBER_COLUMNS = ("numerator", "denominator", "value")
FREE_TEXT_COLUMNS = ("source", "definition", "note")
FRAME_COLUMNS = (
    "indicator",
    "division",
    "period",
    "numerator",
    "denominator",
    "value",
    "unit",
    "status",
    "source",
    "definition",
    "note",
    "file",
    "sheet",
    "row",
)
ORIGIN_COLUMNS = ("file", "sheet", "row")
LOG_COLUMNS = ("file", "sheet", "row", "column", "cell", "old", "new", "rule")
MISSING_STATUS = "missing"
TWO_VIEWS = "two_views"  # the problem of a table that may count a development zone twice
ROW_STATUSES: dict[str, Text] = {
    "reported": Text("上报", "reported"),
    "synthetic": Text("合成数据", "synthetic"),
    MISSING_STATUS: Text("缺报", "missing"),
}
FREQUENCIES: dict[str, str] = {"year": "Y-DEC", "half": "2Q-DEC", "quarter": "Q-DEC", "month": "M"}
FREQUENCY_NAMES: dict[str, Text] = {
    "year": Text("年度", "yearly"),
    "half": Text("半年", "half-yearly"),
    "quarter": Text("季度", "quarterly"),
    "month": Text("月度", "monthly"),
}
HISTORY_YEARS = 10  # a year this far before the plan may still serve as history


# Traditional characters of the headers here, so that 指標 and 數值 are read as 指标 and 数值.
_SIMPLER = str.maketrans("標數時單狀態來備註說區縣稱編碼項計統結統總", "标数时单状态来备注说区县称编码项计统结统总")


def header_key(text: str) -> str:
    """Return a header folded for comparison: as a place name is, and in simplified characters.  归一化表头以便比较。

    >>> header_key(" 數 值 ")
    '数值'
    """
    return normalise_name(text).translate(_SIMPLER)


@cache
def header_index() -> dict[str, str]:
    """Return the canonical column of every known header, folded.  表头叫法对照。"""
    index: dict[str, str] = {}
    for column in COLUMNS:
        for name in (column.id, column.name.zh, column.name.en, *column.aliases):
            index.setdefault(header_key(name), column.id)
    return index


def periods_of(indicator: Indicator, years: Iterable[int]) -> list[pd.Period]:
    """Return the periods in which an indicator is reported in some years.  指标在各年的填报时期。"""
    import pandas as pd

    periods: list[pd.Period] = []
    for year in years:
        match indicator.frequency:
            case "year":
                periods.append(pd.Period(year=year, freq="Y"))
            case "half":
                periods.extend(pd.Period(year=year, quarter=q, freq="2Q") for q in (1, 3))
            case "quarter":
                periods.extend(pd.Period(year=year, quarter=q, freq="Q") for q in (1, 2, 3, 4))
            case "month":
                periods.extend(pd.Period(year=year, month=m, freq="M") for m in range(1, 13))
    return periods


def period_text(period: pd.Period) -> str:
    """Return a period as it is written in a return: 2020, 2020H1, 2020Q1 or 2020-01.  时期的填报写法。"""
    return f"{period.year}H{(period.quarter + 1) // 2}" if period.freqstr.startswith("2Q") else str(period)


def reporting_divisions(plan: Plan, indicator: Indicator) -> tuple[str, ...]:
    """Return who reports an indicator: the divisions, or the city alone.  由谁填报。"""
    return plan.geography.ids if indicator.by_division else (plan.geography.city.id,)


def main_indicators(plan: Plan) -> tuple[Indicator, ...]:
    """Return the indicators that a target or a milestone names, not those of other readings.  主要指标。"""
    named = {t.indicator for t in plan.targets} | {m.indicator for m in plan.milestones}
    return tuple(i for i in plan.indicators.values() if i.id in named)


def value_is_numerator(indicator: Indicator) -> bool:
    """Whether the value is the count itself, so that a denominator is only its exposure.  数值是否就是分子。

    So it is for counts and for zero targets; a rate, a share or an index divides numerator by denominator.
    """
    return indicator.kind in ("occurrence", "count")


@dataclass(frozen=True, slots=True)
class Returns(Result):
    """Reported tables after all checks.  通过全部核对的报表。

    ``frame`` has one row per indicator, division and period: numerator, denominator and value as reported (NaN where
    not; for counts numerator and value are one and the same), unit, status (``reported``, ``synthetic`` or ``missing``), source, definition, note, and the file, sheet and
    row it stood in. Shares are 0-1. ``period`` holds :class:`pandas.Period`. The city's own row, where there is one,
    carries the id of the city and must not be added to the divisions. A missing report is a row with status
    ``missing`` or no row at all, never a zero: :meth:`missing` lists both.

    ``log`` names every normalisation with its cell, ``problems`` every warning.

    >>> import suzhou_antidrug as sa
    >>> returns = sa.load_synthetic_returns()
    >>> {"indicator", "division", "period", "status"} <= set(returns.frame.columns)
    True
    """

    table: pd.DataFrame
    log: pd.DataFrame
    problems: pd.DataFrame
    plan_id: str
    made: Made
    bridges: tuple[DefinitionBridge, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """One row per indicator, division and period."""
        return self.table.copy()

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return (
            f"<Returns of {self.plan_id}: {len(self.table)} rows, {self.table['indicator'].nunique()} indicators, "
            f"{self.table['division'].nunique()} divisions, {self.made.status}>"
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, plan: Plan, name: str = "frame") -> Returns:
        """Return a researcher's frame as returns, after the same checks as a file.  由数据框建立报表。

        Columns are named as in a file (``indicator``, ``division``, ``period``, ``numerator``, ... or the Chinese
        headers); rows in messages are the labels of the frame's index where those are whole numbers. Raises
        :class:`~suzhou_antidrug.errors.ReturnsError` with every problem at once.
        """
        from .reader import returns_from_frame

        return returns_from_frame(frame, plan=plan, name=name)

    def bridged(self, *bridges: DefinitionBridge) -> Returns:
        """Return the same returns with definitions declared comparable.  声明口径可比，其余不变。

        Figures and definitions stay as they were reported. A verdict that rests on a bridge says so in its reason, and
        manifests list every bridge. Raises :class:`~suzhou_antidrug.errors.SeriesError` for a definition that the
        returns do not have, a bridge without office or reason, or one between two catalogues, and
        :class:`~suzhou_antidrug.errors.UnknownNameError` for an indicator that is not reported.
        """
        for bridge in bridges:
            check_bridge(bridge, self.table)
        return replace(self, bridges=(*self.bridges, *bridges))

    def manifest(self) -> dict[str, Any]:
        """Seed, method, version, data fingerprint and status, and the bridges declared."""
        return with_bridges(self.made.as_dict(), self.bridges)

    def missing(self, plan: Plan, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Return what was not reported: indicator, division, period, reason.  缺报清单。

        The grid is every indicator that a target or a milestone names, everyone who reports it, and every period of
        ``years`` (the base year and the years of the plan unless given). ``reason`` is ``no_row`` where nothing stands
        in the tables, and ``blank`` where a row was handed in without a number.
        """
        import pandas as pd

        years = [plan.base_year, *plan.years] if years is None else list(years)
        grid = [
            (indicator.id, division, period)
            for indicator in main_indicators(plan)
            for division in reporting_divisions(plan, indicator)
            for period in periods_of(indicator, years)
        ]
        keys = zip(self.table["indicator"], self.table["division"], self.table["period"], strict=True)
        blank = dict(zip(keys, self.table["status"] == MISSING_STATUS, strict=True))
        rows = [(*key, "blank" if key in blank else "no_row") for key in grid if blank.get(key, True)]
        return pd.DataFrame(rows, columns=["indicator", "division", "period", "reason"])

    def not_summed(self) -> frozenset[tuple[str, pd.Period]]:
        """Return indicators and periods whose city is not to be summed until the table says what its rows hold.

        在填报人说明口径之前，不作全市汇总的指标与时期。
        """
        asked = self.problems[self.problems["code"] == TWO_VIEWS]
        if asked.empty:
            return frozenset()
        places = set(zip(asked["file"], asked["sheet"].fillna(""), asked["row"], strict=True))
        rows = zip(self.table["file"], self.table["sheet"], self.table["row"], strict=True)
        found = self.table[[place in places for place in rows]]
        return frozenset(zip(found["indicator"], found["period"], strict=True))

    def explain(self) -> Explanation:
        """What was read, and what was done to it."""
        table = self.table
        years = sorted({p.year for p in table["period"]})
        span = f"{years[0]}-{years[-1]}" if years else "-"
        files = ", ".join(dict.fromkeys(table["file"].astype(str)))
        missing = int((table["status"] == MISSING_STATUS).sum())
        return Explanation(
            title=Text("报表", "Returns"),
            lines=(
                line("规划", "plan", self.plan_id),
                line("来自", "from", files or "-"),
                line("行数", "rows", len(table)),
                line("指标数", "indicators", table["indicator"].nunique()),
                line("县级市(区)数", "divisions", table["division"].nunique()),
                line("年份", "years", span),
                line("缺报行数", "rows without a number", missing),
                line("归一化处数", "normalisations", len(self.log)),
                line("提醒数", "warnings", len(self.problems)),
                *(line("口径衔接", "bridge", bridge.words) for bridge in self.bridges),
                line("数据状态", "status", self.made.status.text),
                line("数据指纹", "data fingerprint", self.made.fingerprint),
            ),
        )


def status_of(statuses: Iterable[Any]) -> Status:
    """Return the status of a table: synthetic as soon as one row is.  整表的数据状态。"""
    return Status.SYNTHETIC if "synthetic" in set(statuses) else Status.REPORTED
