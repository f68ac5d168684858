"""From measurements to mass loads per 1,000 inhabitants, each sample with its own limit.

由测量数据得出每千人质量负荷，每个样品用自己的限值。

``load = C * Q / P`` in mg/day/1000 inhabitants, with C in ng/L, Q in m3/day and P in persons: ng/L x m3/day is 1e-3
mg/day, and persons / 1000 undoes it. A limit in load units is LOQ * Q / P: it moves with rain and population, so no two
samples share one. Several corrections may be chosen; without a choice none is made, and the result says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import NotComparableError, Problem, SeriesError, UnknownNameError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .corrections import PARTS, Correction, no_dilution, no_sewer_loss, no_sorption, whole_flow
from .measurements import Measurements
from .population import PopulationEstimate
from .substances import resolve_biomarker
from .weeks import sampling_rounds

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from .releases import ReleaseLoads

    Floats = NDArray[np.float64]

METHOD = "wastewater_loads"
WEEKEND = (0, 4, 5, 6)  # Friday to Monday, as the SCORE network counts a weekend of consumption
COLUMNS = (
    "plant", "division", "biomarker", "start", "year", "quarter", "weekday", "round", "days", "load", "low", "high", "state",
    "population", "population_basis", "laboratory", "method", "limit", "loq_ng_per_L", "doubtful",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Loads(Result):
    """Mass loads of samples, mg/day/1000 inhabitants.  各样品的质量负荷，毫克/天/千人。

    ``table`` has one row a sample and biomarker of domestic sewage. A measured load has ``low == load == high``; one below
    a limit lies in [low, high] and its ``load`` is NaN. ``days`` is how many days a row averages over (1 for a 24-hour
    sample). ``industrial`` holds masses in mg/day, which have no population and are never added to a load. ``withheld``
    names the plant, biomarker and year of measurements that were left out: no verdict rests on what they might have been.
    """

    table: pd.DataFrame
    industrial: pd.DataFrame
    withheld: pd.DataFrame
    corrections: tuple[Correction, ...]
    made: Made
    quantity: str = "load"

    @property
    def frame(self) -> pd.DataFrame:
        """The loads, columns :data:`COLUMNS`."""
        return self.table.copy()

    def explain(self) -> Explanation:
        """Formula, unit, corrections chosen, how much is below a limit."""
        states = self.table["state"].value_counts()
        return Explanation(
            Text("质量负荷", "Mass loads"),
            (
                line("公式", "formula", Text("浓度 × 流量 ÷ 人口", "concentration x flow / population")),
                line(
                    "单位", "unit", Text("毫克/天/千人，未作排泄校正", "mg/day/1000 inhabitants, no excretion factor")
                ),
                *((PARTS[c.part], c.text) for c in self.corrections),
                line("样品值", "values", str(len(self.table))),
                line("低于限值", "below a limit", str(int(states.get("below_loq", 0) + states.get("below_lod", 0)))),
                line(
                    "人口口径", "population basis", ", ".join(sorted({*self.table["population_basis"]} - {""})) or "-"
                ),
                line("工业污水（另列）", "industrial, kept apart", str(len(self.industrial))),
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        language: str | None = None,
        plant: str | None = None,
        biomarker: str | None = None,
    ) -> Axes:
        """Draw the samples of one plant and biomarker, those below their limit as the span up to it.  绘制样品负荷。"""
        from .plots import plot_samples

        return plot_samples(self, ax, language=language, plant=plant, biomarker=biomarker)


def compute_loads(
    measurements: Measurements,
    *,
    dilution: Correction | None = None,
    sorption: Correction | None = None,
    sewer_loss: Correction | None = None,
    domestic_share: Correction | None = None,
    population: Mapping[str, PopulationEstimate] | None = None,
) -> Loads:
    """Compute mass loads per 1,000 inhabitants from measurements.

    由测量数据计算每千人质量负荷。

    ``load = concentration [ng/L] * flow [m3/day] / population [persons]``, in mg/day/1000 inhabitants. Each correction is
    a :class:`~suzhou_antidrug.indicators.wastewater.corrections.Correction`; None is the explicit choice of none.
    ``population`` replaces the population of the plants it names (from ammonium, cotinine, phones), with its own basis.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` where domestic samples have no population, and
    :class:`~suzhou_antidrug.errors.NotComparableError` where a population was computed with another domestic share than
    the loads.

    >>> import pandas as pd
    >>> sheet = pd.DataFrame({"污水厂": ["福星"], "标志物": ["冰毒"], "采样日期": ["2021-03-05"], "浓度(ng/L)": [100.0],
    ...                       "日流量(万m3/d)": [10.0], "服务人口(千人)": [300.0]})
    >>> round(float(compute_loads(Measurements.from_frame(sheet)).frame["load"].iloc[0]), 4)
    33.3333
    """
    chosen = (
        dilution or no_dilution(), sorption or no_sorption(), sewer_loss or no_sewer_loss(),
        domestic_share or whole_flow(),
    )  # fmt: skip
    for part, correction in zip(PARTS, chosen, strict=True):
        if correction.part != part:
            raise ValueError(f"{part} was given a correction for {correction.part}")
    table = measurements.table
    people, basis = _population(table, population or {}, chosen[3])
    domestic = (table["sewage"] == "domestic").to_numpy()
    _check_population(table, people, domestic)
    mass = _mass(table, chosen)
    state = _state(table)
    rows = _rows(table, mass, people, basis, state)[domestic & (state != "absent")].reset_index(drop=True)
    industrial = _industrial(table, mass, state)[~domestic].reset_index(drop=True)
    made = replace(measurements.made, method=METHOD)
    return Loads(rows, industrial, _withheld(measurements.excluded), chosen, made)


def _mass(table: pd.DataFrame, chosen: tuple[Correction, ...]) -> dict[str, Floats]:
    """Return what one ng/L is in mg/day, times the corrections, for the value and both ends of its limits."""
    plants, markers = table["plant"].to_numpy(dtype=object), table["biomarker"].to_numpy(dtype=object)
    factor = table["flow_m3_per_day"].to_numpy(dtype=float) * 1e-3
    for correction in chosen:
        if not correction.none:
            factor = factor * correction.on(plants if correction.part == "domestic_share" else markers)
    value, lod, loq = (
        table[c].to_numpy(dtype=float) for c in ("concentration_ng_per_L", "lod_ng_per_L", "loq_ng_per_L")
    )
    below = table["below"].to_numpy(dtype=object)
    limit = np.where(below == "lod", np.where(np.isnan(lod), loq, lod), loq)
    # Below LOQ but not said to be below LOD: between the two where both are known.
    floor = np.where((below == "loq") & ~np.isnan(lod), lod, 0.0)
    measured = below == ""
    return {
        "value": np.where(measured, value, np.nan) * factor,
        "low": np.where(measured, value, floor) * factor,
        "high": np.where(measured, value, limit) * factor,
        "limit": loq * factor,
    }


def _state(table: pd.DataFrame) -> NDArray[np.object_]:
    below = table["below"].to_numpy(dtype=object)
    absent = table["concentration_ng_per_L"].isna().to_numpy() & (below == "")
    names = np.select([absent, below == "loq", below == "lod"], ["absent", "below_loq", "below_lod"], "measured")
    return names.astype(object)


def _rows(
    table: pd.DataFrame, mass: dict[str, Floats], people: Floats, basis: NDArray[np.object_], state: NDArray[np.object_]
) -> pd.DataFrame:
    import pandas as pd

    start = table["start"]
    per_thousand = people / 1000.0
    columns = {
        "plant": table["plant"].to_numpy(), "division": table["division"].to_numpy(),
        "biomarker": table["biomarker"].to_numpy(), "start": start.to_numpy(), "year": start.dt.year.to_numpy(),
        "quarter": start.dt.quarter.to_numpy(), "weekday": start.dt.day_of_week.to_numpy(),
        "round": rounds_of(table["plant"].to_numpy(), start.to_numpy(), table["round"].to_numpy()), "days": 1.0,
        "load": mass["value"] / per_thousand, "low": mass["low"] / per_thousand, "high": mass["high"] / per_thousand,
        "state": state, "population": people, "population_basis": basis, "laboratory": table["laboratory"].to_numpy(),
        "method": table["method"].to_numpy(), "limit": mass["limit"] / per_thousand,
        "loq_ng_per_L": table["loq_ng_per_L"].to_numpy(), "doubtful": table["doubtful"].to_numpy(),
    }  # fmt: skip
    return pd.DataFrame(columns)[list(COLUMNS)]


def _industrial(table: pd.DataFrame, mass: dict[str, Floats], state: NDArray[np.object_]) -> pd.DataFrame:
    kept = table[["plant", "division", "biomarker", "start", "laboratory", "method"]]
    return kept.assign(
        state=state,
        mass_mg_per_day=mass["value"],
        mass_low_mg_per_day=mass["low"],
        mass_high_mg_per_day=mass["high"],
    )


def _withheld(excluded: pd.DataFrame) -> pd.DataFrame:
    return excluded.assign(year=excluded["start"].dt.year)[["plant", "division", "biomarker", "year"]]


def rounds_of(
    plant: NDArray[Any], start: NDArray[np.datetime64], named: NDArray[Any] | None = None
) -> NDArray[np.int64]:
    """Return the number of each sample's round: those named, else by :func:`~.weeks.sampling_rounds`.

    样品所属轮次：以所填为准，未填的按相隔不超过七天归为一轮。

    >>> days = np.array(["2021-03-05", "2021-03-09", "2021-06-01"], dtype="datetime64[D]")
    >>> rounds_of(np.array(["a", "a", "a"]), days).tolist()
    [0, 0, 1]
    """
    import pandas as pd

    codes = pd.factorize(plant)[0]
    number = sampling_rounds(codes, start).of_sample
    if named is None or not (own := np.asarray(named, dtype=object) != "").any():
        return number
    label = pd.factorize(np.asarray(named, dtype=object))[0]
    by_name = sampling_rounds(codes, start, label).of_sample + number.max() + 1
    rounds: NDArray[np.int64] = pd.factorize(np.where(own, by_name, number))[0].astype(np.int64)
    return rounds


def _population(
    table: pd.DataFrame, given: Mapping[str, PopulationEstimate], share: Correction
) -> tuple[Floats, NDArray[np.object_]]:
    people = table["population"].to_numpy(dtype=float).copy()
    basis = table["population_basis"].to_numpy(dtype=object).copy()
    plants = table["plant"].to_numpy(dtype=object)
    for plant, estimate in given.items():
        here = plants == plant
        if not here.any():
            raise SeriesError(Problem(
                "unknown_plant", f"a population is given for {plant}, which no row names.",
                f"给出了“{plant}”的人口，但没有该厂的数据。", "Check the name.", "请核对名称。"))  # fmt: skip
        _check_share(plant, estimate, share)
        people[here], basis[here] = _by_sample(plant, estimate, table["start"].to_numpy()[here]), estimate.basis.id
    return people, basis


def _by_sample(plant: str, estimate: PopulationEstimate, start: NDArray[np.datetime64]) -> Floats:
    """Return the population of each row: one for the plant, or one for each of its samples in order of time."""
    value = np.ravel(np.asarray(estimate.value, dtype=float))
    if len(value) == 1:
        return np.full(len(start), value[0])
    samples, codes = np.unique(start, return_inverse=True)
    if len(value) != len(samples):
        raise SeriesError(Problem(
            "population_length", f"{len(value)} populations are given for the {len(samples)} samples of {plant}.",
            f"“{plant}”有 {len(samples)} 个样品，却给出 {len(value)} 个人口数。",
            "Give one, or one for each sample in order of time.", "请给一个数，或按采样时间逐样给出。"))  # fmt: skip
    return value[codes]


def _check_share(plant: str, estimate: PopulationEstimate, share: Correction) -> None:
    factor = share.factor.get(plant, 1.0) if isinstance(share.factor, Mapping) else share.factor
    own = 1.0 if estimate.domestic_share is None else float(np.mean(estimate.domestic_share))
    used_share = estimate.domestic_share is not None or estimate.basis.kind == "dynamic"
    if used_share and not np.isclose(own, factor, rtol=1e-9):
        raise NotComparableError(Problem(
            "domestic_share",
            f"the population of {plant} counts a domestic share of {own:g}, the loads one of {factor:g}.",
            f"“{plant}”的人口按生活污水占 {own:g} 推算，负荷却按 {factor:g}。",
            "The share multiplies the biomarker of population and every drug, or neither.",
            "该比例须同时用于人口标志物与各毒品，或都不用。"))  # fmt: skip


def _check_population(table: pd.DataFrame, people: Floats, domestic: NDArray[np.bool_]) -> None:
    lacking = domestic & ~(people > 0)
    if not lacking.any():
        return
    problems = [
        Problem("population_missing", "domestic sewage without a population: no load per head can be computed.",
                "生活污水未填服务人口，无法计算每千人负荷。", "Fill it in, or give population=.", "请填写，或用 population 参数给出。",
                str(table["file"].iloc[i]) or None, str(table["sheet"].iloc[i]) or None, int(table["row"].iloc[i]),
                "服务人口", str(table["plant"].iloc[i]))
        for i in np.flatnonzero(lacking)[:100]
    ]  # fmt: skip
    raise SeriesError(problems)


def loads_from_frame(frame: pd.DataFrame, *, status: Status | str = Status.REPORTED) -> Loads:
    """Return loads that were computed elsewhere, so that their changes can be judged.

    由已算好的负荷建立 Loads，以便评判其变化。

    ``frame``: plant, biomarker, load (mg/day/1000 inhabitants; NaN below a limit, with ``high`` its upper end) and either
    ``start`` (dates) or ``year`` (and ``quarter``, ``weekday``, ``round``); where known ``low``, ``high``, ``days`` (how
    many days a value averages over), ``division``, ``population``, ``population_basis``, ``laboratory``, ``method``.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for a load of zero or below, or a value that is neither measured
    nor bounded. A biomarker is known by any of its names; one that is not on the list keeps the name given (to judge its
    changes, give :func:`compare_loads` a noise model for it).

    >>> import pandas as pd
    >>> months = pd.DataFrame({"plant": "A", "biomarker": "morphine", "start": pd.date_range("2021-01-15", periods=3, freq="MS"),
    ...                        "load": [30.0, 28.0, 31.0], "days": 7})
    >>> loads_from_frame(months).frame["round"].tolist()
    [0, 1, 2]
    """
    import pandas as pd

    n = len(frame)
    table = pd.DataFrame(index=range(n))
    blank = {"division": "", "population_basis": "", "laboratory": "", "method": "", "state": "measured"}
    for column in COLUMNS:
        own = frame[column].to_numpy() if column in frame else None
        table[column] = own if own is not None else blank.get(column, np.nan)
    ids = {name: _known_id(str(name)) for name in table["biomarker"].unique()}
    table["biomarker"] = table["biomarker"].map(ids).astype(object)
    load = table["load"].to_numpy(dtype=float)
    low = np.where(
        np.isnan(table["low"].astype(float)), np.where(np.isnan(load), 0.0, load), table["low"].astype(float)
    )
    high = np.where(np.isnan(table["high"].astype(float)), load, table["high"].astype(float))
    bad = (load <= 0) | (high <= 0) | np.isnan(high) | (low > high)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise SeriesError(Problem(
            "load", "a load must be above zero, or bounded above by its limit; zero is no value.",
            "负荷须大于零，或给出其上限；零不是数值。", row=at, column="load", value=str(frame["load"].iloc[at])))  # fmt: skip
    state = np.where(np.isnan(load), "below_loq", "measured").astype(object)
    table = table.assign(low=low, high=high, state=state, doubtful=False, days=table["days"].astype(float).fillna(1.0))
    _add_calendar(table, frame)
    made = Made("loads_given", Status(status), fingerprint(frame.astype(str)))
    nothing = table.iloc[:0]
    return Loads(table[list(COLUMNS)], nothing, nothing[["plant", "division", "biomarker", "year"]], (), made)


def _known_id(name: str) -> str:
    try:
        return resolve_biomarker(name).id
    except UnknownNameError:
        return name


def _add_calendar(table: pd.DataFrame, frame: pd.DataFrame) -> None:
    import pandas as pd

    start = pd.to_datetime(table["start"])
    table["start"] = start
    for column, own in (("year", start.dt.year), ("quarter", start.dt.quarter), ("weekday", start.dt.day_of_week)):
        if column not in frame:
            table[column] = own
    if (table["days"] > 1).any():
        table["weekday"] = table["weekday"].where(table["days"] <= 1, -1)
    if "round" not in frame:
        known = start.notna().all()
        table["round"] = (
            rounds_of(table["plant"].to_numpy(), start.to_numpy(dtype="datetime64[s]"))
            if known
            else pd.factorize(table["plant"].astype(str) + table["year"].astype(str))[0]
        )
    table["weekday"] = table["weekday"].fillna(-1).astype(int)
    table["quarter"] = table["quarter"].fillna(0).astype(int)
    table["year"] = table["year"].astype(int)


def loads_from_release(release: ReleaseLoads) -> Loads:
    """Return the daily loads of the EUDA and SCORE release: one round of up to seven days a year.

    由欧洲公开数据得到逐日负荷：每年一轮，最多七天。

    Weeks of zeros (not quantified, or not reported) carry no value and no limit: they are left out and ``withheld``.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import suzhou_antidrug as sa
    >>> head = "Year,Metabolite,Site ID,Country,City,Wednesday,Thursday,Friday,Saturday,Sunday,Monday,Tuesday,Weekday mean,Weekend mean,Daily mean"
    >>> row = "2024,MDMA,AT001,AT,Graz,8.82,12.87,12.45,28.11,26.8,10.5,9.13,10.27,19.47,15.53"
    >>> path = Path(tempfile.mkdtemp()) / "ww2025.csv"
    >>> _ = path.write_text(f"{head}\\n{row}\\n", encoding="utf-8")
    >>> len(loads_from_release(sa.read_score_release(path)).table)
    7
    """
    import pandas as pd

    days = release.days()
    table = pd.DataFrame({
        "plant": days["site"], "biomarker": days["biomarker"], "year": days["year"], "weekday": days["weekday"],
        "load": days["load_mg_per_day_per_1000"], "quarter": 0,
    })  # fmt: skip
    found = loads_from_frame(table, status=release.made.status)
    blank = release.frame.query("state != 'measured'")
    withheld = pd.DataFrame(
        {"plant": blank["site"], "division": "", "biomarker": blank["biomarker"], "year": blank["year"]}
    )
    return replace(found, withheld=withheld.reset_index(drop=True), made=replace(release.made, method=METHOD))
