"""Inhabitants of the divisions and of the city, and the break of 2020 that forbids some comparisons.

县级市(区)与全市人口，以及2020年普查重算造成的不可比。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import DatasetError, NotComparableError, Problem, UnknownNameError, unknown_name
from ..provenance import Made, Status, fingerprint, weakest
from ..results import Explanation, Result, line
from ..terms import Text
from ..verdicts import why_not_comparable
from .files import data_path
from .published import load_published

if TYPE_CHECKING:
    import pandas as pd

CENSUS_DATE = "2020-11-01"  # the bulletin of 2021 re-based the yearly estimates on it
BEFORE, AFTER = "before_2020_census", "2020_census"
VIEWS = ("management", "civil_affairs")
_POPULATIONS = ("census_population", "resident_population_year_end")


@dataclass(frozen=True, slots=True, eq=False)
class Population(Result):
    """Inhabitants by division, and of the city over time.  分县级市(区)人口与全市历年人口。"""

    view: str
    divisions: pd.DataFrame
    years: pd.DataFrame
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One division a row, without the city: census_2020, status, figure_id, note, note_en; a copy.  每行一个单位。

        ``census_2020`` is missing where the view leaves it undetermined.
        """
        return self.divisions.copy()

    @property
    def city(self) -> pd.DataFrame:
        """The city over time: period, date, kind, population, half_width, basis, status, figure_id, source_id.

        全市历年人口。``basis`` changes with the census of 2020: a per-head change across it is refused.
        """
        return self.years.copy()

    @property
    def total(self) -> int:
        """Inhabitants of the city on 1 November 2020."""
        census = self.years[(self.years["kind"] == "census") & (self.years["date"] == CENSUS_DATE)]
        return int(census["population"].iloc[0])

    def year_end(self) -> pd.DataFrame:
        """Return the year-end residents of the city, in the form that :func:`per_head` takes.  全市年末常住人口。"""
        return self.years[self.years["kind"] == "year_end"].reset_index(drop=True)

    def explain(self) -> Explanation:
        """Which view, what is not verified, where the base changes.  口径、未核实数与重算。"""
        unverified = self.divisions[self.divisions["status"] == str(Status.UNVERIFIED)]
        open_count = self.total - int(self.divisions["census_2020"].sum())
        rows = [
            line("口径", "view", _VIEW_TEXT[self.view]),
            line("全市2020年普查", "city, census of 2020", f"{self.total}"),
            line("未核实", "unverified", " ".join(unverified["name_zh"]) or "-"),
            line("重算", "re-base", _rebase_text(self.years)),
        ]
        if open_count:
            note = Text(
                f"{open_count} 人在五个市辖区之间如何分配不明",
                f"{open_count} inhabitants of the five districts, split unknown",
            )
            rows.append(line("未定", "undetermined", note))
        return Explanation(Text("人口", "Population"), tuple(rows))


_VIEW_TEXT = {
    "management": Text("管理口径，十个单位", "management practice, ten divisions"),
    "civil_affairs": Text(
        "民政口径，九个单位；工业园区人口在其他区内，分配不明",
        "civil-affairs list, nine divisions; the people of 苏州工业园区 are inside others, split unknown",
    ),
}


def load_population(*, view: str = "management") -> Population:
    """Return the inhabitants of Suzhou's divisions and of the city over time.  读取苏州人口。

    ``view="management"`` counts ten divisions; eight census counts were seen at a source, those of 姑苏区 and
    苏州工业园区 are ``unverified`` (their sum is fixed by the city). ``view="civil_affairs"`` counts nine: there the
    people of 苏州工业园区 stand inside other districts, and no source says how many in which. The counts of the five
    districts are therefore missing in that view; those of the four county-level cities stay. Units: persons.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for another view.

    >>> people = load_population()
    >>> int(people.frame["census_2020"].sum()) == people.total
    True
    """
    import pandas as pd

    if view not in VIEWS:
        raise UnknownNameError(unknown_name("view", "口径", view, VIEWS))

    def read(name: str) -> pd.DataFrame:
        return pd.read_csv(data_path("geography", name), dtype=str, keep_default_na=False)

    places = read("suzhou.csv")[["division_id", "name_zh", "name_en", "kind", "civil_affairs_list"]]
    counts = read("suzhou_population.csv").astype({"census_2020": "Int64"})
    divisions = places.merge(counts, on="division_id", validate="1:1").rename(columns={"division_id": "division"})
    divisions = divisions[divisions["kind"] != "prefecture-level city"]
    if view == "civil_affairs":
        divisions = _nine(divisions)
    divisions = divisions.drop(columns="civil_affairs_list").reset_index(drop=True)
    made = Made("population", weakest(divisions["status"].unique()), fingerprint(divisions))
    return Population(view, divisions, _city_over_time(), made)


def _nine(divisions: pd.DataFrame) -> pd.DataFrame:
    """Drop what the civil-affairs list does not have, and every count that may or may not hold its people."""
    import pandas as pd

    nine = divisions[divisions["civil_affairs_list"] == "yes"].copy()
    open_ = nine["kind"].str.startswith("district")
    nine.loc[open_, "census_2020"] = pd.NA
    nine.loc[open_, ["status", "figure_id"]] = [str(Status.UNVERIFIED), ""]
    nine.loc[open_, "note"] = "民政口径下含不含工业园区人口不明，不予填数"
    nine.loc[open_, "note_en"] = "may or may not hold people of 苏州工业园区 in this view: left empty"
    return nine


def _city_over_time() -> pd.DataFrame:
    import numpy as np

    figures = load_published(indicator=_POPULATIONS, geography="苏州市").frame
    figures["kind"] = np.where(figures["indicator"] == "census_population", "census", "year_end")
    figures["period"] = figures["period_end"].dt.to_period("Y")
    figures["basis"] = np.where(figures["period_end"] >= CENSUS_DATE, AFTER, BEFORE)
    figures = figures.rename(columns={"period_end": "date", "value": "population", "id": "figure_id"})
    return figures.sort_values("date", ignore_index=True)[
        ["period", "date", "kind", "population", "half_width", "basis", "status", "figure_id", "source_id"]
    ]


def _rebase_text(years: pd.DataFrame) -> Text:
    before = years[(years["basis"] == BEFORE) & (years["kind"] == "year_end")].iloc[-1]
    after = years[years["basis"] == AFTER].iloc[0]
    step = after["population"] / before["population"] - 1
    return Text(
        f"{before['period']}年末 {before['population']:.0f} 与2020年普查 {after['population']:.0f} 相差 {step:+.1%},"
        "主要系重算，不是人口增长",
        f"{before['population']:.0f} at the end of {before['period']}, {after['population']:.0f} at the census of "
        f"2020: {step:+.1%}, mostly re-basing, not growth",
    )


def per_head(values: pd.DataFrame, population: pd.DataFrame, *, per: float = 100_000) -> pd.DataFrame:
    """Return counts per head of population, each with the basis of its denominator.  人均数，注明人口口径。

    ``rate = value / population * per``. ``values`` has period and value; ``population`` has period, population and
    basis, as :meth:`Population.year_end` gives. A period without a population has no rate (missing), it is not filled.
    Returns period, value, population, basis, rate, per. Raises :class:`~suzhou_antidrug.errors.DatasetError` where a
    period has several populations or a population is not positive.

    >>> people = load_population().year_end()
    >>> cases = load_published().series("prosecution_review_drug_cases", "苏州市").frame
    >>> per_head(cases, people)["rate"].round(2).tolist()
    [6.39, 4.82]
    """
    twice = [str(p) for p in population["period"][population["period"].duplicated()].unique()]
    if twice or not (population["population"] > 0).all():
        raise DatasetError(
            Problem(
                code="population_unusable",
                en=f"a population must be positive and given once a period; twice: {', '.join(twice) or '-'}.",
                zh=f"人口须为正数且每期一个；重复：{'、'.join(twice) or '无'}。",
            )
        )
    table = values[["period", "value"]].merge(population[["period", "population", "basis"]], on="period", how="left")
    return table.assign(rate=table["value"] / table["population"] * per, per=per)


def per_head_change(rates: pd.DataFrame, *, earlier: object, later: object) -> float:
    """Return the relative change of a per-head rate between two periods, or refuse.  人均数的变化，口径不同则拒绝。

    ``later rate / earlier rate - 1`` as a share, for rates from :func:`per_head`. Between 2019 and 2020 Suzhou's
    residents were re-based by +18.6 %, which would show as a fall of every per-head rate; a change across it raises
    :class:`~suzhou_antidrug.errors.NotComparableError`. A period that is not there, or has no rate, raises
    :class:`~suzhou_antidrug.errors.DatasetError`.

    >>> people = load_population().year_end()
    >>> cases = load_published().series("prosecution_review_drug_cases", "苏州市").frame
    >>> round(per_head_change(per_head(cases, people), earlier=2017, later=2018), 3)
    -0.246
    """
    first, last = _rate_of(rates, earlier), _rate_of(rates, later)
    reasons = why_not_comparable({"population_basis": first["basis"]}, {"population_basis": last["basis"]})
    if reasons:
        raise NotComparableError(
            Problem(
                code="population_rebased",
                en=f"per-head rates of {earlier} and {later} stand on different bases: {reasons[0].en}.",
                zh=f"{earlier}年与{later}年的人均数口径不同：{reasons[0].zh}。",
                advice_en="Use counts, or one population basis for both years (interpolate between censuses).",
                advice_zh="请直接比较总数，或两年采用同一人口口径(如在两次普查之间内插)。",
            )
        )
    return float(last["rate"] / first["rate"] - 1)


def _rate_of(rates: pd.DataFrame, period: object) -> pd.Series:
    row = rates[rates["period"].astype(str) == str(period)]
    if len(row) != 1 or not row["rate"].notna().all():
        raise DatasetError(
            Problem(
                code="no_rate",
                en=f"there is no single per-head rate for {period}.",
                zh=f"{period}没有唯一的人均数。",
                advice_en="A year without a published population has none; it is not filled.",
                advice_zh="没有公开人口数的年份不作填补。",
            )
        )
    return row.iloc[0]
