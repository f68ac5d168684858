"""Doses, yearly totals, and whether a printed total agrees with its parts.

剂量、年总量，以及公布的总量与分项是否相符。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .attribution import EDGE, numbers_of
from .population import check_positive

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_LOAD, _CONSUMPTION = Text("负荷", "load"), Text("消费量", "consumption")


def doses(consumption: ArrayLike, dose_mg: ArrayLike) -> Floats:
    """Return doses: ``consumption / dose_mg``; mg/day/1000 give doses/day/1000, mg/day give doses/day.  折算剂量数。

    The dose is of pure drug and has no default. Raises :class:`~suzhou_antidrug.errors.NotComparableError` for a load.

    >>> float(doses(4e6, 100))
    40000.0
    """
    mass = numbers_of(consumption, _CONSUMPTION, quantity="consumption", zero=True)
    return np.asarray(mass / check_positive(dose_mg, Text("单剂毫克数", "dose")))


def yearly_mass_kg(load: ArrayLike, population: ArrayLike, *, days: float = 365.0) -> Floats:
    """Return the yearly mass of a place: ``load * population / 1000 * days / 1e6``, in kg.  全年总量（千克）。

    A load gives the mass of the residue, a consumption that of the drug. ``population`` in persons.

    >>> round(float(yearly_mass_kg(457, 7_850_000)))
    1309
    """
    kind = getattr(load, "quantity", "load") if isinstance(load, Result) else "load"
    mass = numbers_of(load, _LOAD, quantity="consumption" if kind == "consumption" else "load", zero=True)
    people = check_positive(population, Text("人口", "population"))
    return np.asarray(mass * people / 1000 * days / 1e6)


@dataclass(frozen=True, slots=True, eq=False)
class TotalCheck(Result):
    """Printed yearly totals against per-capita values and populations.  年总量、人均值与人口的相互核对。

    ``low`` and ``high`` are the totals, kg/year, that rounding of load and population allows.
    """

    kg_per_year: Floats
    low: Floats
    high: Floats
    implied_population: Floats
    contradicts: Flags  # beyond rounding; never where something is missing
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One total a row: kg_per_year, low, high, implied_population, contradicts."""
        import pandas as pd

        names = ("kg_per_year", "low", "high", "implied_population", "contradicts")
        return pd.DataFrame({name: getattr(self, name).ravel() for name in names})

    def explain(self) -> Explanation:
        """Formula and how many totals contradict."""
        wrong = f"{int(self.contradicts.sum())} / {self.contradicts.size}"
        advice = Text(
            "总量、人均值、人口三者至少一个有误或口径不同",
            "at least one of total, load and population is wrong or of another base",
        )
        formula = Text("人均值 × 人口 / 1000 × 365 / 1e6", "load * population / 1000 * 365 / 1e6, kg/year")
        rows = (
            line("公式", "formula", formula),
            line("自相矛盾", "contradictions", wrong),
            line("含义", "meaning", advice),
        )
        return Explanation(Text("总量核对", "Check of totals"), rows)


def check_total(
    kg_per_year: ArrayLike,
    load: ArrayLike,
    population: ArrayLike,
    *,
    kg_half_width: ArrayLike | None = None,
    load_half_width: ArrayLike | None = None,
    population_half_width: ArrayLike | None = None,
) -> TotalCheck:
    """Flag yearly totals that per-capita value and population contradict beyond rounding.  核对年总量与人均值、人口。

    The implied population is ``kg * 1e9 / 365 / load``. Half widths are half a unit of the last printed digit, where
    none is given; a population printed in 万 or with trailing zeros is taken as rounded. Arrays broadcast, NaN is missing.

    >>> found = check_total([1310, 1310], [457, 457], [7_850_000, 6_000_000], kg_half_width=5)
    >>> found.contradicts.tolist(), round(float(found.implied_population[0]), -4)
    ([False, True], 7850000.0)
    """
    kg, per_head, people = np.broadcast_arrays(
        check_positive(kg_per_year, Text("年总量", "total")), check_positive(load, Text("人均值", "load")),
        check_positive(population, Text("人口", "population")),
    )  # fmt: skip
    h_kg = _half_unit(kg, "as_printed") if kg_half_width is None else np.asarray(kg_half_width, dtype=float)
    h_load = _half_unit(per_head, "as_printed") if load_half_width is None else np.asarray(load_half_width, dtype=float)
    h_people = (
        _half_unit(people, "rounded") if population_half_width is None else np.asarray(population_half_width, float)
    )
    scale = 365 / 1e9
    low, high = (per_head - h_load) * (people - h_people) * scale, (per_head + h_load) * (people + h_people) * scale
    contradicts = (kg + h_kg < low * (1 - EDGE)) | (kg - h_kg > high * (1 + EDGE))
    made = Made("check of totals", Status.COMPUTED, fingerprint(kg.tobytes() + per_head.tobytes() + people.tobytes()))
    return TotalCheck(kg, low, high, np.asarray(kg / (per_head * scale)), np.asarray(contradicts), made)


def _half_unit(printed: Floats, precision: str) -> Floats:
    import pandas as pd

    from ...datasets import half_widths

    text = pd.Series(
        ["" if np.isnan(x) else np.format_float_positional(x, trim="-") for x in printed.ravel()], dtype=str
    )
    units = pd.Series("measured", index=text.index)
    return half_widths(text, units, pd.Series(precision, index=text.index)).reshape(printed.shape)
