"""A yearly series out of the published record, with its conflicts and what was left out.

公开数据中的年度序列，列明冲突数与未采用数。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import NotComparableError, Problem, SeriesError
from ..plotting import COLOURS, finish, new_axes, shorten_large_numbers, style
from ..provenance import Made, Status, fingerprint, weakest
from ..results import Explanation, Result, line
from ..terms import Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# Printed unit -> (factor, unit in the library). What is not listed stays as it is; "percent (as printed)", of which
# the sources do not say whether it is percent or points, must not become a share.
TO_LIBRARY_UNIT = {
    "percent": (0.01, "share"),
    "percent of concluded": (0.01, "share"),
    "percent of city": (0.01, "share"),
    "percent of defendants": (0.01, "share"),
    "per mille": (0.001, "share"),
}
# How the units of long series read on an axis.
UNITS = {
    "persons": Text("人", "persons"),
    "person-times": Text("人次", "person-times"),
    "cases": Text("起", "cases"),
    "sites": Text("处", "sites"),
    "tonnes": Text("吨", "tonnes"),
    "share": Text("比例", "share"),
    "relative_change": Text("相对变化", "relative change"),
}
LEFT_OUT_REASONS = {
    "target": Text("规划目标不是结果", "a plan target is no result"),
    "rule": Text("考评规则不是结果", "an appraisal rule is no result"),
    "words": Text("只有文字，没有数字", "words without a number"),
    "floor": Text("“以上”是下限，不是数值", "a floor, not a value"),
    "part_of_year": Text("不足一年", "covers a part of a year"),
    "several_years": Text("跨若干年的合计或说法", "covers several years together"),
    "other_span": Text("不是自然年", "covers no calendar year"),
    "not_year_end": Text("时点不在年末", "a stock on another day than 31 December"),
    "computed": Text("由其他数计算，按要求不用", "computed from other figures; not asked for"),
}


@dataclass(frozen=True, slots=True, eq=False)
class PublishedSeries(Result):
    """One indicator in one place by year.  某地某指标的年度序列。"""

    indicator: str
    name: Text
    geography: str
    unit: str
    table: pd.DataFrame
    left_out: pd.DataFrame  # figures of the same indicator and place that are no full year, with the reason
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One figure a row; a year with two figures has two rows; a copy.  每行一个数，冲突年份保留多行。

        Columns: indicator, geography, period (``pandas.Period`` by year), value, unit, half_width, low, high,
        precision, status, source_id, figure_id, conflict (empty, ``primary`` or ``secondary``), conflicts_with,
        qualifier.
        """
        return self.table.copy()

    @property
    def primary(self) -> pd.Series:
        """One value a year, indexed by period: conflicts resolved to the primary figure.  每年一个值。"""
        kept = self.table[self.table["conflict"] != "secondary"]
        return kept.set_index("period")["value"].rename(self.indicator)

    @property
    def missing_years(self) -> tuple[int, ...]:
        """The years between the first and the last for which no figure is public.  中间缺数的年份。"""
        years = self.table["period"].dt.year
        return tuple(sorted(set(range(int(years.min()), int(years.max()) + 1)) - set(years)))

    def explain(self) -> Explanation:
        """Where each value comes from, which conflict, what is left out.  数值来源、冲突与未采用数。"""
        rows = [
            line("指标", "indicator", self.name),
            line("地区与单位", "place and unit", f"{self.geography}, {self.unit}"),
            line("状态", "status", self.made.status.text),
        ]
        for _, same_year in self.table[self.table["conflict"] != ""].groupby("period"):
            rows.append(line("冲突", "conflict", _conflict_text(same_year)))
        if self.missing_years:
            rows.append(line("缺年", "years without a figure", ", ".join(map(str, self.missing_years))))
        for reason, part in self.left_out.groupby("reason", sort=False):
            text, ids = LEFT_OUT_REASONS[str(reason)], " ".join(part["id"])
            rows.append(line("未采用", "left out", Text(f"{ids}:{text.zh}", f"{ids}: {text.en}")))
        rows.append(line("来源", "sources", " ".join(sorted(set(self.table["source_id"]) - {""})) or "-"))
        return Explanation(Text(f"{self.geography}:{self.name.zh}", f"{self.geography}: {self.name.en}"), tuple(rows))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw every figure with the range that rounding leaves; years without one stay a gap.  作图，缺年断开。

        Second figures of a year are hollow, figures computed from others are squares.
        """
        with style(language):
            ax = new_axes(ax)
            second, computed = self.table["conflict"] == "secondary", self.table["status"] == str(Status.COMPUTED)
            path = self.primary.reindex(_every_year(self.table["period"]))
            ax.plot(path.index.year, path.to_numpy(), color=COLOURS["observed"], linewidth=1.2)
            for part, marker, face, name in (
                (~second & ~computed, "o", COLOURS["observed"], Text("公布数", "published")),
                (computed, "s", COLOURS["observed"], Status.COMPUTED.text),
                (second & ~computed, "o", "white", Text("同年另一公布数", "another figure for the year")),
            ):
                if part.any():
                    _draw(ax, self.table[part], marker, face, name.in_language(language))
            if second.any() or computed.any():
                ax.legend()
            ax.set_xticks(path.index.year)
            ax.set_ylim(bottom=min(0.0, float(self.table["low"].min()) * 1.1))
            ax.set_ylabel(UNITS.get(self.unit, Text(self.unit, self.unit)).in_language(language))
            shorten_large_numbers(ax)
            ax.set_title(f"{self.geography} {self.name.in_language(language)}")
            return finish(ax)


def _draw(ax: Axes, rows: pd.DataFrame, marker: str, face: str, name: str) -> None:
    value = rows["value"].to_numpy()
    spread = [value - rows["low"].to_numpy(), rows["high"].to_numpy() - value]
    style_of: dict[str, Any] = {
        "marker": marker,
        "markerfacecolor": face,
        "linestyle": "none",
        "color": COLOURS["observed"],
    }
    ax.errorbar(rows["period"].dt.year, value, yerr=spread, capsize=2, label=name, **style_of)


def _every_year(periods: pd.Series) -> pd.PeriodIndex:
    import pandas as pd

    return pd.period_range(periods.min(), periods.max(), freq="Y")


def _conflict_text(same_year: pd.DataFrame) -> Text:
    year = same_year["period"].iloc[0]
    shown = "; ".join(f"{i} {v:g} ({c})" for i, v, c in same_year[["figure_id", "value", "conflict"]].to_numpy())
    return Text(f"{year}年：{shown}；以先公布者为主", f"{year}: {shown}; the contemporaneous report is primary")


def left_out_reason(figures: pd.DataFrame) -> pd.Series:
    """Return why each figure is no full year, as a key of ``LEFT_OUT_REASONS``; empty where it is.  未采用的原因。"""
    import numpy as np
    import pandas as pd

    kind = figures["period_kind"]
    conditions = {
        "target": figures["status"] == str(Status.OFFICIAL),
        "rule": kind == "rule",
        "words": figures["value"].isna(),
        "floor": figures["precision"] == "at_least",
        "part_of_year": kind == "part_of_year",
        "several_years": kind == "several_years",
        "other_span": kind == "other_span",
        "not_year_end": figures["year"].isna(),
    }
    reason = np.select([c.to_numpy(dtype=bool) for c in conditions.values()], list(conditions), default="")
    return pd.Series(reason, index=figures.index)


def full_year(figures: pd.DataFrame) -> pd.Series:
    """Return which figures may stand in a yearly series.  可入年度序列的数。"""
    return left_out_reason(figures) == ""


def yearly_series(figures: pd.DataFrame, sources: pd.DataFrame, *, computed: bool) -> PublishedSeries:
    """Return the yearly series of figures that share one indicator and one place.  组成年度序列。"""
    reason = left_out_reason(figures)
    if not computed:
        reason = reason.mask((reason == "") & (figures["status"] == str(Status.COMPUTED)), "computed")
    left_out = figures.assign(reason=reason)[reason != ""].reset_index(drop=True)
    kept = figures[reason == ""]
    first = figures.iloc[0]
    if kept.empty:
        raise SeriesError(_no_full_year(first["indicator"], first["geography"], left_out))
    if kept["unit"].nunique() > 1:
        raise NotComparableError(_two_units(first["indicator"], first["geography"], kept))
    table = _with_conflicts(kept, sources)
    factor, unit = TO_LIBRARY_UNIT.get(first["unit"], (1.0, first["unit"]))
    if unit == "share" and first["indicator"].endswith("_yoy"):
        unit = "relative_change"
    # Division by a whole number gives the double nearest to the decimal: 36.0 percent is 0.36, not 0.36 and a bit.
    columns = ["value", "half_width", "low", "high"]
    table[columns] = table[columns] / round(1 / factor)
    table["unit"] = unit
    return PublishedSeries(
        indicator=first["indicator"],
        name=Text(zh=first["name_zh"], en=first["indicator"].replace("_", " ")),
        geography=first["geography"],
        unit=unit,
        table=table,
        left_out=left_out,
        made=Made("published_series", weakest(table["status"].unique()), fingerprint(table)),
    )


def _with_conflicts(kept: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Order by year and mark years with more than one figure."""
    import numpy as np

    table = kept.merge(sources[["source_id", "published"]], on="source_id", how="left")
    table["published"] = table["published"].replace("", np.nan).fillna("9999")  # without a date: last
    table["is_computed"] = table["status"] == str(Status.COMPUTED)
    table = table.sort_values(["year", "is_computed", "published", "id"], kind="stable").reset_index(drop=True)
    by_year = table.groupby("year")["id"]
    several = by_year.transform("size") > 1
    rank = by_year.cumcount()
    table["conflict"] = np.where(several, np.where(rank == 0, "primary", "secondary"), "")
    together = by_year.transform(lambda ids: " ".join(ids))
    others = [
        " ".join(i for i in all_ids.split() if i != own) for all_ids, own in zip(together, table["id"], strict=True)
    ]
    table["conflicts_with"] = others
    table["period"] = _years(table["year"])
    return table.rename(columns={"id": "figure_id"})[
        [
            "indicator",
            "geography",
            "period",
            "value",
            "unit",
            "half_width",
            "low",
            "high",
            "precision",
            "status",
            "source_id",
            "figure_id",
            "conflict",
            "conflicts_with",
            "qualifier",
        ]
    ]


def _years(year: pd.Series) -> pd.Series:
    import pandas as pd

    return pd.Series(pd.PeriodIndex(year.astype(int).astype(str), freq="Y"), index=year.index)


def _no_full_year(indicator: str, geography: str, left_out: pd.DataFrame) -> list[Problem]:
    return [
        Problem(
            code="no_full_year",
            en=f"{indicator} in {geography}: {' '.join(part['id'])} cannot stand for a year "
            f"({LEFT_OUT_REASONS[str(reason)].en}).",
            zh=f"{geography}的 {indicator}:{' '.join(part['id'])} 不能代表一年({LEFT_OUT_REASONS[str(reason)].zh})。",
            advice_en="Use load_published(...).frame to see the figures themselves.",
            advice_zh="可用 load_published(...).frame 查看原数。",
        )
        for reason, part in left_out.groupby("reason", sort=False)
    ]


def _two_units(indicator: str, geography: str, kept: pd.DataFrame) -> Problem:
    units = ", ".join(sorted(kept["unit"].unique()))
    return Problem(
        code="units_mixed",
        en=f"{indicator} in {geography} is printed in several units: {units}.",
        zh=f"{geography}的 {indicator} 有多种单位：{units}。",
        advice_en="Persons and person-times, raw weight and heroin equivalent are different objects; take one.",
        advice_zh="人与人次、实重与折合海洛因不是同一对象，请只取一种。",
    )
