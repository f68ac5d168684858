"""The published record: real figures around the plan, each with its source.

公开数据：围绕规划的真实公布数，逐条注明来源。

Nothing here measures the plan's four decreases for Suzhou in 2019 to 2022: no such series is public.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from ..errors import Problem, UnknownNameError, unknown_name
from ..provenance import Made, Source, Status, fingerprint, weakest
from ..results import Explanation, Result, line
from ..terms import Text
from .files import data_path
from .rounding import half_widths
from .series import PublishedSeries, full_year, yearly_series

if TYPE_CHECKING:
    import pandas as pd

PeriodKind = Literal["year", "part_of_year", "several_years", "other_span", "point", "rule"]
PERIOD_KINDS: tuple[PeriodKind, ...] = ("year", "part_of_year", "several_years", "other_span", "point", "rule")
# English readers may ask by these names; every figure carries the Chinese one.
PLACES = {"china": "全国", "national": "全国", "nation": "全国", "jiangsu": "江苏省", "suzhou": "苏州市"}
TARGET_PREFIX, RULE_KIND = "PL-", "rule"


@dataclass(frozen=True, slots=True, eq=False)
class PublishedRecord(Result):
    """Published figures, as printed, with sources and definitions.  公布数，照原文，附来源与定义。"""

    figures: pd.DataFrame
    sources: pd.DataFrame  # every source that a figure here cites
    indicators: pd.DataFrame  # every indicator that a figure here belongs to
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One figure a row: values as printed, percent as percent; a copy.  每行一个公布数。"""
        return self.figures.copy()

    def __len__(self) -> int:
        return len(self.figures)

    def source(self, source_id: str) -> Source:
        """Return a source by its id.  按编号取来源。

        >>> load_published().source("S004").published
        '2019-06-25'
        """
        found = self.sources[self.sources["source_id"] == source_id]
        if found.empty:
            raise UnknownNameError(unknown_name("source", "来源", source_id, self.sources["source_id"]))
        row = found.iloc[0]
        return Source(
            row["source_id"], row["title"], row["publisher"], row["url"], published=row["published"], kind=row["kind"]
        )

    def series(self, indicator: str, geography: str, *, computed: bool = True) -> PublishedSeries:
        """Return the yearly series of an indicator in a place: full years only.  取某指标某地的年度序列。

        A figure enters when it covers a calendar year, or is a stock at 31 December. Parts of years, spans of several
        years, floors ("at or above 97 %"), words without a number and plan targets are left out and listed in
        ``.left_out`` with the reason. Two figures for one year are both kept: ``conflict`` says which is ``primary``
        (seen at a source before computed, then the earliest publication) and which ``secondary``. Values are in the
        library's units: percent and per mille become shares of 1.

        ``computed=False`` leaves out figures that were computed from others. Raises
        :class:`~suzhou_antidrug.errors.UnknownNameError` for a name that is not in the record,
        :class:`~suzhou_antidrug.errors.SeriesError` where no full year exists, and
        :class:`~suzhou_antidrug.errors.NotComparableError` where the unit changes inside the series.

        >>> series = load_published().series("drug_cases_solved", "全国")
        >>> series.primary.loc["2019":"2022"].tolist()
        [83000.0, 64000.0, 54000.0, 35000.0]
        """
        geography = PLACES.get(geography.casefold(), geography)
        own = self.figures[self.figures["indicator"] == indicator]
        if own.empty:
            known = self.figures["indicator"].unique()
            raise UnknownNameError(unknown_name("published indicator", "公布指标", indicator, known))
        places = own["geography"].unique()
        own = own[own["geography"] == geography]
        if own.empty:
            raise UnknownNameError(unknown_name(f"place with {indicator}", "有此指标的地区", geography, places))
        return yearly_series(own, self.sources, computed=computed)

    def available(self, *, least_years: int = 1) -> pd.DataFrame:
        """Return which yearly series exist: years, first, last, gaps.  可用的年度序列一览。

        >>> found = load_published().available(least_years=7)
        >>> set(found["geography"])
        {'全国'}
        """
        full = self.figures[full_year(self.figures)]
        table = (
            full.groupby(["indicator", "geography"], sort=False)
            .agg(
                name_zh=("name_zh", "first"),
                unit=("unit", "first"),
                years=("year", "nunique"),
                first=("year", "min"),
                last=("year", "max"),
                figures=("id", "size"),
            )
            .reset_index()
        )
        table["gaps"] = table["last"] - table["first"] + 1 - table["years"]
        return table[table["years"] >= least_years].reset_index(drop=True)

    def explain(self) -> Explanation:
        """What the record holds and how far it may be used.  数据内容与使用限度。"""
        by_status = {str(s): n for s, n in self.figures["status"].value_counts().items()}
        counts_zh = "、".join(f"{Status(s).text.zh} {n}" for s, n in by_status.items())
        counts_en = ", ".join(f"{n} {Status(s).text.en}" for s, n in by_status.items())
        return Explanation(
            Text("公开数据", "Published record"),
            (
                line("公布数", "figures", Text(counts_zh or "无", counts_en or "none")),
                line("来源", "sources", f"{len(self.sources)}"),
                line("指标", "indicators", f"{len(self.indicators)}"),
                line(
                    "限度",
                    "limits",
                    Text(
                        "苏州2019至2022年四项“明显下降”没有公开序列，不得据此评判；百分数照原文保留",
                        "no public series for Suzhou's four decreases in 2019 to 2022: no verdict rests on this; "
                        "percent stays percent here, as printed",
                    ),
                ),
            ),
        )


def load_published(
    *,
    indicator: str | Iterable[str] | None = None,
    geography: str | Iterable[str] | None = None,
    kind: PeriodKind | Iterable[PeriodKind] | None = None,
    include_targets: bool = False,
    include_rules: bool = False,
) -> PublishedRecord:
    """Return the published record, or a part of it.  读取公开数据或其中一部分。

    ``indicator``, ``geography`` (``"全国"``, ``"江苏省"``, ``"苏州市"``, ...) and ``kind`` (year, part_of_year,
    several_years, other_span, point, rule) each take one name or several. The plan's own targets (ids ``PL-``) are no
    results and stay out unless ``include_targets``; appraisal rules of other places stay out unless ``include_rules``
    or ``kind="rule"``. Values and units are as printed: percent as percent, 万 expanded.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names for a name that is not there.

    >>> record = load_published(geography="苏州市", kind="year")
    >>> record.frame.set_index("id").loc["SZ-024", ["unit", "source_id"]].tolist()
    ['cases', 'S004']
    """
    figures, sources, indicators = _tables()
    kinds = _names(kind)
    if kinds is not None:
        _require("kind of period", "时期类型", kinds, PERIOD_KINDS)
        include_rules = include_rules or RULE_KIND in kinds
    target = figures["id"].str.startswith(TARGET_PREFIX)
    rule = figures["period_kind"] == RULE_KIND
    kept = figures[(include_targets | ~target) & (include_rules | ~rule)]
    places = [PLACES.get(g.casefold(), g) for g in _names(geography) or []] or None
    chosen = kept
    for column, wanted, en, zh in (
        ("indicator", _names(indicator), "published indicator", "公布指标"),
        ("geography", places, "place of the record", "公开数据所含地区"),
        ("period_kind", kinds, "", ""),
    ):
        if wanted is None:
            continue
        if column != "period_kind":
            _require(en, zh, wanted, kept[column].unique(), left_out=figures[column].unique())
        chosen = chosen[chosen[column].isin(wanted)]
    chosen = chosen.reset_index(drop=True)
    return PublishedRecord(
        figures=chosen,
        sources=sources[sources["source_id"].isin(chosen["source_id"])].reset_index(drop=True),
        indicators=indicators[indicators["indicator"].isin(chosen["indicator"])].reset_index(drop=True),
        made=Made("published_record", weakest(chosen["status"].unique()), fingerprint(chosen)),
    )


def _names(value: str | Iterable[str] | None) -> list[str] | None:
    if value is None:
        return None
    return [value] if isinstance(value, str) else list(value)


def _require(en: str, zh: str, wanted: Iterable[str], known: Iterable[str], *, left_out: Iterable[str] = ()) -> None:
    """Raise for every wanted name that is not known, all at once."""
    known, left_out = list(known), set(left_out)
    problems = []
    for name in wanted:
        if name in known:
            continue
        if name in left_out:
            problems.append(
                Problem(
                    code="left_out",
                    en=f"{name!r} holds plan targets or appraisal rules only, which are no results.",
                    zh=f"“{name}”只有规划目标或考评规则，不是结果。",
                    advice_en="Ask with include_targets=True or include_rules=True.",
                    advice_zh="如确需，请用 include_targets=True 或 include_rules=True。",
                )
            )
        else:
            problems.append(unknown_name(en, zh, name, known))
    if problems:
        raise UnknownNameError(problems)


@cache
def _tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read the three files once; callers filter, which copies."""
    import pandas as pd

    def read(name: str) -> pd.DataFrame:
        return pd.read_csv(data_path("published", name), dtype=str, keep_default_na=False)

    indicators, sources = read("indicators.csv"), read("sources.csv")
    return _typed_figures(read("figures.csv"), indicators), sources, indicators


def _typed_figures(raw: pd.DataFrame, indicators: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of ``figures.csv`` their types, and add name, year and the range that rounding leaves."""
    import numpy as np
    import pandas as pd

    figures = raw.merge(indicators[["indicator", "name_zh", "family"]], on="indicator", how="left", validate="m:1")
    half = half_widths(raw["value"], raw["unit"], raw["precision"])
    value = pd.to_numeric(raw["value"].where(raw["value"] != "")).to_numpy(dtype=float)
    more = (raw["precision"] == "more_than").to_numpy()
    floor = (raw["precision"] == "at_least").to_numpy()
    figures["value"] = value
    figures["half_width"] = half
    figures["low"] = np.where(floor | more, value, value - half)
    figures["high"] = np.where(floor, np.inf, np.where(more, value + 2 * half, value + half))
    for column in ("period_start", "period_end"):
        figures[column] = pd.to_datetime(raw[column].where(raw[column] != ""), format="%Y-%m-%d")
    year_end = (figures["period_kind"] == "point") & (figures["period_end"].dt.strftime("%m-%d") == "12-31")
    in_year = (figures["period_kind"] == "year") | year_end
    figures["year"] = figures["period_end"].dt.year.where(in_year).astype("Int64")
    figures["status"] = np.select(
        [raw["id"].str.startswith(TARGET_PREFIX), raw["status"] == "computed"],
        [str(Status.OFFICIAL), str(Status.COMPUTED)],
        default=str(Status.PUBLISHED),
    )
    return figures[
        [
            "id",
            "indicator",
            "name_zh",
            "family",
            "geography",
            "year",
            "period_start",
            "period_end",
            "period_kind",
            "value",
            "unit",
            "precision",
            "half_width",
            "low",
            "high",
            "qualifier",
            "status",
            "source_id",
            "derived_from",
        ]
    ]
