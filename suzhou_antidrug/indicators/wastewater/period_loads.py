"""Loads by year or quarter: a series for each place and biomarker, with what it rests on.

逐年或逐季负荷：每个地点每种标志物一条序列，并写明依据。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, unknown_name
from ...provenance import Made, Status
from ...results import Explanation, Result, line
from ...terms import Text
from .comparability import IDENTITY
from .falls import moderated_scale
from .loads import Loads
from .noise import NoiseModel
from .period_means import summed
from .places import LEVELS, Sites, pool_plants
from .prepared import Prepared, check_frequency, period_labels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

METHOD = "wastewater_period_loads"
WIDEST_BOUNDS = (
    0.25  # to either side of the middle; a wider span is a choice between two answers, no value with an error
)
COLUMNS = (
    "site", "biomarker", "period", "load", "low", "high", "se", "rounds", "days", "below_limit", "method", "population",
    "plants", "plants_left_out", "definition",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PeriodLoads(Result):
    """Loads of periods, mg/day/1000 inhabitants, one row a site, biomarker and period.  各期负荷，毫克/天/千人。

    ``load`` is NaN where values below their limit leave only the bounds ``low`` and ``high``. ``se`` is the standard
    error of the period's mean by the noise model and the site's own scatter, in the same unit. ``definition`` holds
    laboratory, method and population base: periods of different definitions are not compared.
    """

    table: pd.DataFrame
    by: str
    frequency: str
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The loads, columns :data:`COLUMNS`."""
        return self.table.copy()

    def series(self, site: str, biomarker: str) -> pd.DataFrame:
        """Return period, value, se, definition of one series, as :func:`~suzhou_antidrug.assess_target` takes it.

        某地点某标志物的序列，可直接用于前景评估。

        A period with bounds within 25 % of their middle enters as that middle, its error widened by that of a uniform
        between the bounds, (high - low) / sqrt(12); one with wider bounds is missing.
        """
        rows = self.table[(self.table["site"] == site) & (self.table["biomarker"] == biomarker)]
        if rows.empty:
            known = (self.table["site"] + " " + self.table["biomarker"]).unique().tolist()
            raise UnknownNameError(unknown_name("series", "序列", f"{site} {biomarker}", known))
        width = rows["high"] - rows["low"]
        middle = (rows["low"] + rows["high"]) / 2
        inside = rows["load"].isna() & (width <= 2 * WIDEST_BOUNDS * middle)
        value, se = (
            rows["load"].where(~inside, middle),
            rows["se"].where(~inside, np.hypot(rows["se"], width / 12**0.5)),
        )
        table = rows[["period"]].assign(value=value, se=se, definition=rows["definition"])
        return table.reset_index(drop=True)

    def sum_of(
        self, site: str, biomarkers: Sequence[str], *, weights: Mapping[str, float] | None = None
    ) -> pd.DataFrame:
        """Return the weighted sum of several biomarkers as one series; the heaviest rules it.  多种标志物加权合计。

        Missing where any of them is missing; errors are added as if independent.
        """
        import pandas as pd

        if not biomarkers:
            raise SeriesError(Problem("no_biomarker", "no biomarker is named.", "未指定标志物。"))
        parts = [self.series(site, b).set_index("period") for b in biomarkers]
        factor = [1.0 if weights is None else float(weights[b]) for b in biomarkers]
        value = sum(f * p["value"] for f, p in zip(factor, parts, strict=True))
        variance = sum((f * p["se"]) ** 2 for f, p in zip(factor, parts, strict=True))
        definition = parts[0]["definition"]
        for part in parts[1:]:
            definition = definition.where(definition == part["definition"], definition + "; " + part["definition"])
        return pd.DataFrame({"value": value, "se": np.sqrt(variance), "definition": definition}).reset_index()

    def returns_rows(self, biomarker: str, *, source: str = "") -> pd.DataFrame:
        """Return the rows that an office types into its returns for the plan's indicator of loads.

        给出应填入报表的负荷指标各行（县级市、区，逐季）。

        The population stands in the denominator, by which the city's mean is weighted; a quarter that has bounds only is
        left blank with status ``missing``. Raises :class:`~suzhou_antidrug.errors.SeriesError` unless the loads are those
        of divisions by quarter.
        """
        if (self.by, self.frequency) != ("division", "quarter"):
            raise SeriesError(
                Problem(
                    "level",
                    "returns hold divisions by quarter.",
                    "报表按县级市（区）、按季填报。",
                    'Use by="division", frequency="quarter".',
                    '请用 by="division"、frequency="quarter"。',
                )
            )
        rows = self.table[self.table["biomarker"] == biomarker]
        known = "synthetic" if self.made.status is Status.SYNTHETIC else "reported"
        table = rows[["site", "period", "load", "definition"]].rename(columns={"site": "division", "load": "value"})
        return table.assign(
            indicator_id="wastewater_load", period=table["period"].astype(str), denominator=rows["population"].round(),
            unit="mg_per_day_per_1000", status=np.where(rows["load"].notna(), known, "missing"), source=source,
            note=np.where(rows["load"].notna(), "", "低于限值的样品过多，只有上下界"),
        ).reset_index(drop=True)  # fmt: skip

    def explain(self) -> Explanation:
        """How loads of periods come about."""
        return Explanation(
            Text("各期负荷", "Loads of periods"),
            (
                line("单位", "unit", Text("毫克/天/千人", "mg/day/1000 inhabitants")),
                line(
                    "层级",
                    "level",
                    Text({"plant": "污水厂", "division": "县级市（区）", "city": "全市"}[self.by], self.by),
                ),
                line(
                    "均值",
                    "mean",
                    Text(
                        "日→轮次→年，逐级等权；厂按人口加权",
                        "day, round, year, each level equally; plants by population",
                    ),
                ),
                line("仅有上下界的期数", "periods with bounds only", str(int(self.table["load"].isna().sum()))),
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        language: str | None = None,
        site: str | None = None,
        biomarker: str | None = None,
    ) -> Axes:
        """Draw the series of one biomarker with two standard errors, bounds where there is no value.  绘制负荷序列。"""
        from .plots import plot_periods

        return plot_periods(self, ax, language=language, site=site, biomarker=biomarker)


def summarise_loads(
    loads: Loads,
    *,
    by: str = "plant",
    frequency: str = "year",
    noise: Mapping[str, NoiseModel] | None = None,
) -> PeriodLoads:
    """Return loads by year or quarter for plants, divisions or the city.

    按年或季汇总负荷：污水厂、县级市（区）或全市。

    A place is the population-weighted mean of its plants that have data in **every** period; the rest are counted under
    ``plants_left_out``. Where limits differ within a series and anything is below one, all its periods are taken at the
    highest limit. Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for an unknown level or frequency.

    >>> import pandas as pd
    >>> from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
    >>> days = pd.DatetimeIndex(["2020-03-03", "2020-03-07", "2021-03-02", "2021-03-06"])
    >>> sheet = pd.DataFrame({"plant": "A", "biomarker": "ketamine", "start": days, "load": [2.0, 3.0, 1.0, 2.0]})
    >>> summarise_loads(loads_from_frame(sheet)).frame["load"].round(4).tolist()
    [2.5714, 1.5714]
    """
    if by not in LEVELS:
        raise UnknownNameError(unknown_name("level", "层级", by, LEVELS))
    check_frequency(frequency)
    periods = tuple(sorted(set(period_labels(loads.table, frequency))))
    work = Prepared.of(loads, periods, np.arange(len(periods)), frequency, noise)
    sites = pool_plants(work.means(), work, by=by)
    return PeriodLoads(
        _table(work, sites, frequency), by, frequency, Made(METHOD, loads.made.status, loads.made.fingerprint)
    )


def _table(work: Prepared, sites: Sites, frequency: str) -> pd.DataFrame:
    import pandas as pd

    shape = (sites.number, work.width)
    means = sites.means
    scaled = np.divide(means.squares, means.expected, out=np.zeros(len(means.mean)), where=means.expected > 0)
    prior = work.of_noise("df", sites.biomarker)
    degrees = means.degrees.reshape(shape).sum(axis=1).astype(float)
    phi, _ = moderated_scale(scaled.reshape(shape).sum(axis=1), degrees, np.ones(sites.number), prior)
    middle = np.where(np.isnan(means.mean), (means.low + means.high) / 2, means.mean)
    table = pd.DataFrame({
        "site": np.repeat(sites.site, work.width), "biomarker": np.repeat(sites.biomarker, work.width),
        "period": list(work.periods) * sites.number, "load": means.mean, "low": means.low, "high": means.high,
        "se": middle * np.sqrt(means.log_variance * np.repeat(phi, work.width)), "rounds": means.rounds,
        "days": means.days, "below_limit": means.below / np.maximum(means.values, 1), "method": means.method,
        "population": _people(work, sites), "plants": np.repeat(sites.plants, work.width), "plants_left_out": np.repeat(sites.left_out, work.width),
        "definition": _definitions(work, sites),
    })  # fmt: skip
    freq = {"year": "Y", "quarter": "Q"}[frequency]
    table["period"] = pd.PeriodIndex(table["period"], freq=freq)
    return table[list(COLUMNS)][(means.rounds > 0)].reset_index(drop=True)


def _people(work: Prepared, sites: Sites) -> NDArray[np.float64]:
    """Return the people behind each cell: of each plant the mean over its samples, of a place their sum."""
    rows = sites.rows(work.table)
    series, side = work.series[sites.used], work.side[sites.used]
    own = series * work.width + side
    number = work.number * work.width
    people = summed(own, rows["population"].to_numpy(dtype=float), number)
    count = summed(own, np.ones(len(own)), number)
    site_cell = np.repeat(sites.of_series, work.width) * work.width + np.tile(np.arange(work.width), work.number)
    taking = (count > 0) & (np.repeat(sites.of_series, work.width) >= 0)
    return summed(site_cell[taking], people[taking] / count[taking], sites.number * work.width)


def _definitions(work: Prepared, sites: Sites) -> NDArray[np.object_]:
    """Return laboratory, method and population base of each cell, several where it mixes them."""
    import pandas as pd

    rows = sites.rows(work.table)
    cell = sites.series(work.series) * work.width + work.side[sites.used]
    said = np.full(sites.number * work.width, "", dtype=object)
    if len(rows):
        parts = [rows[column].fillna("").astype(str) for column in IDENTITY]
        text = parts[0].str.cat(parts[1:], sep=" | ")
        pairs = pd.DataFrame({"cell": cell, "text": text.to_numpy()}).drop_duplicates().sort_values(["cell", "text"])
        joined = pairs.groupby("cell")["text"].agg("; ".join)
        said[joined.index.to_numpy()] = joined.to_numpy()
    return said
