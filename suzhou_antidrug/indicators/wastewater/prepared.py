"""The rows that are put side by side: by series, by period, at one limit.

并列比较的数据：按序列、时期整理，限值统一。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, shown, unknown_name
from .comparability import raise_limits
from .loads import Loads
from .noise import NoiseModel, load_noise
from .period_means import PeriodMeans, period_means

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FREQUENCIES = {"year": "Y", "quarter": "Q"}


def sides_of(
    base: Sequence[int | str], target: Sequence[int | str], frequency: str
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the periods named, and the side of each: 0 for the base, 1, 2, ... for the target periods in order."""
    import pandas as pd

    check_frequency(frequency)

    def read(given: Sequence[int | str]) -> list[str]:
        try:
            return [str(pd.Period(str(p), freq=FREQUENCIES[frequency])) for p in given]
        except ValueError as error:
            raise SeriesError(
                Problem("period", f"not a period: {error}", "时期无法识别。", value=shown(list(given)))
            ) from None

    early, late = sorted(set(read(base))), sorted(set(read(target)))
    if not early or not late:
        raise SeriesError(Problem("no_period", "base and target each need a period.", "基期与目标期都须给出。"))
    if both := sorted(set(early) & set(late)):
        raise SeriesError(
            Problem("period_twice", "a period stands on both sides.", "同一时期既是基期又是目标期。", value=both[0])
        )
    return (*early, *late), np.concatenate([np.zeros(len(early), np.int64), np.arange(1, len(late) + 1)])


def check_frequency(frequency: str) -> None:
    """Refuse a frequency that is not known.  核对频率。"""
    if frequency not in FREQUENCIES:
        raise UnknownNameError(unknown_name("frequency", "频率", frequency, FREQUENCIES))


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The rows that are compared, by series (plant and biomarker), period and side."""

    table: pd.DataFrame  # rows of the periods compared; ``year`` holds the period's number
    series: NDArray[np.int64]  # of each row
    plant: NDArray[np.object_]  # of each series
    division: NDArray[np.object_]
    biomarker: NDArray[np.object_]
    side: NDArray[np.int64]  # of each row
    periods: tuple[str, ...]
    sides: NDArray[np.int64]  # of each period
    noise: Mapping[str, NoiseModel]
    limits_raised: NDArray[np.bool_]  # of each series
    withheld: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]

    @property
    def number(self) -> int:
        """How many series."""
        return len(self.plant)

    @property
    def width(self) -> int:
        """How many sides: the base and the target periods."""
        return int(self.sides.max()) + 1

    def of_noise(self, name: str, biomarker: NDArray[np.object_]) -> Floats:
        """A parameter of the noise model of each biomarker."""
        return np.array([getattr(self.noise[b], name) for b in biomarker], dtype=float)

    @classmethod
    def of(
        cls, loads: Loads, periods: tuple[str, ...], sides: NDArray[np.int64], frequency: str,
        noise: Mapping[str, NoiseModel] | None,
    ) -> Prepared:  # fmt: skip
        import pandas as pd

        all_rows = loads.table
        key = all_rows[["plant", "biomarker"]]
        codes = key.groupby(["plant", "biomarker"], sort=False).ngroup().to_numpy(dtype=np.int64)
        first = np.unique(codes, return_index=True)[1]
        labels = period_labels(all_rows, frequency)
        at = pd.Index(periods).get_indexer(labels)
        used = at >= 0
        table = all_rows[used].reset_index(drop=True)
        table = table.assign(year=at[used])
        series = codes[used]
        number = int(codes.max()) + 1 if len(codes) else 0
        table, raised = raise_limits(table, series, number)
        names = all_rows["biomarker"].to_numpy(dtype=object)[first]
        models = {b: (noise or {}).get(b) or load_noise(b) for b in dict.fromkeys(names)}
        plant = all_rows["plant"].to_numpy(dtype=object)[first]
        return cls(
            table, series, plant, all_rows["division"].to_numpy(dtype=object)[first], names, sides[at[used]], periods, sides,
            models, raised, _withheld(loads, plant, names, periods),
            np.bincount(series, weights=table["doubtful"].to_numpy(dtype=float), minlength=number) > 0,
        )  # fmt: skip

    def cells(self) -> NDArray[np.int64]:
        """The cell of each row: its series on its side."""
        return self.series * self.width + self.side

    def means(self) -> PeriodMeans:
        """Means of every series on every side, shape (series * sides,)."""
        each = np.repeat(self.biomarker, self.width)
        return period_means(
            self.table, self.cells(), self.number * self.width,
            day_sd=self.of_noise("day_sd", each), round_sd=self.of_noise("round_sd", each),
        )  # fmt: skip


def period_labels(table: pd.DataFrame, frequency: str) -> NDArray[np.object_]:
    """Return the period of each row: 2021, or 2021Q1.  各行所属时期。"""
    year = table["year"].astype(str)
    if frequency == "year":
        years: NDArray[np.object_] = year.to_numpy(dtype=object)
        return years
    quarter = table["quarter"].astype(str)
    quarters: NDArray[np.object_] = (year + "Q" + quarter).to_numpy(dtype=object)
    return quarters


def _withheld(
    loads: Loads, plant: NDArray[np.object_], biomarker: NDArray[np.object_], periods: tuple[str, ...]
) -> NDArray[np.bool_]:
    """Return the series of which a row of the periods compared was left out."""
    import pandas as pd

    gone = loads.withheld
    if not len(gone):
        return np.zeros(len(plant), dtype=bool)
    years = {p[:4] for p in periods}
    near = gone[gone["year"].map(lambda y: y != y or str(int(y)) in years)]
    keys = pd.MultiIndex.from_frame(near[["plant", "biomarker"]])
    return np.asarray(pd.MultiIndex.from_arrays([plant, biomarker]).isin(keys), dtype=bool)
