"""A made-up nation: monthly returns of thousands of places under a plan of many indicators, streamed to Parquet.

虚构的全国数据：数千个地区、数十项指标的月度报表，逐区写成 Parquet。

Everything in it is invented and bears the status ``synthetic``: no place, no name and no figure is real. It serves to time the
evaluation and to see whether verdicts contradict the known truth.

=============  ======================================================================
kind           monthly report
=============  ======================================================================
rate           Poisson events on a fixed exposure, a twelfth of the yearly rate
proportion     binomial share of a monthly number
coverage       share of a fixed list that rises to 1; binomial where by survey
occurrence     mostly 0, Poisson
count          Poisson
load, index    lognormal, normal about a level
=============  ======================================================================

The true level of a headline decrease changes by a drawn amount from the base year to the last; all others stay or rise.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..plan.loader import load_plan
from ..provenance import Status, fingerprint
from ..returns.schema import period_text, periods_of, value_is_numerator
from ..terms import Text
from .partitions import (
    PLACE_COLUMNS,
    ROWS,
    PartitionedReturns,
    clear_folder,
    open_partitions,
    write_parquet,
    write_places,
    write_rows,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ..plan.model import Indicator, Plan

    Floats = NDArray[np.float64]

PARTS, PLACES, INDICATORS = 31, 2848, 60
YEARS = tuple(range(2013, 2023))  # 120 months
SEED = 20200516
TRUTH = "truth.parquet"
NOT_REPORTED = 0.004  # of the years of a place and indicator
CHANGE = (-0.15, 0.15)  # true relative change of a decrease: mean and standard deviation over places
PARTNERS = ("precursor_diversion_rate", "new_user_share", "user_check_rate")  # patterns of the added indicators


def make_national_plan(indicators: int = INDICATORS) -> Plan:
    """Return a synthetic plan with monthly indicators: Suzhou's, and made-up ones up to the number asked.  虚构的全国规划。

    >>> plan = make_national_plan()
    >>> len(plan.indicators), {i.frequency for i in plan.indicators.values()}, plan.status.value
    (60, {'month'}, 'synthetic')
    """
    pattern = load_plan("suzhou-2020")
    if indicators < len(pattern.indicators):
        raise ValueError(f"at least {len(pattern.indicators)} indicators: those that the plan names")
    monthly = {
        i.id: i.model_copy(update={"frequency": "month", "by_division": True}) for i in pattern.indicators.values()
    }
    for number in range(indicators - len(monthly)):
        like = monthly[PARTNERS[number % len(PARTNERS)]]
        name = Text(f"虚构指标{number + 1:02d}", f"made-up indicator {number + 1:02d}")
        own = f"made_up_{number + 1:02d}"
        monthly[own] = like.model_copy(update={"id": own, "name": name, "definition_status": Status.SYNTHETIC})
    return pattern.model_copy(update={
        "id": "national-synthetic",
        "name": Text("虚构的全国规划（以苏州规划为样板）", "made-up national plan, patterned on Suzhou's"),
        "status": Status.SYNTHETIC,
        "indicators": monthly,
        "fingerprint": fingerprint(f"{pattern.fingerprint}|{indicators}"),
    })  # fmt: skip


def make_national_places(places: int = PLACES, parts: int = PARTS) -> pd.DataFrame:
    """Return made-up places, shared out over the parts as evenly as can be.  虚构的地区名单。

    >>> made = make_national_places(10, 3)
    >>> made.groupby("part").size().tolist(), made["division_zh"].iloc[0]
    ([4, 3, 3], '虚构县0001')
    """
    import pandas as pd

    part = np.arange(places) * parts // places if places % parts == 0 else np.sort(np.arange(places) % parts)
    rows = [
        (f"p{p + 1:02d}", f"虚构省{p + 1:02d}", f"made-up province {p + 1:02d}", f"c{i + 1:04d}", f"虚构县{i + 1:04d}", f"made-up county {i + 1:04d}")
        for i, p in enumerate(part)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(PLACE_COLUMNS))


def make_national_returns(
    folder: str | Path, plan: Plan | None = None, *, places: int = PLACES, parts: int = PARTS, years: Sequence[int] = YEARS,
    seed: int = SEED, overwrite: bool = False, progress: bool = False,
) -> PartitionedReturns:  # fmt: skip
    """Write synthetic returns of a made-up nation, a part and a year in memory at a time.  逐区写出虚构的全国报表。

    2,848 places by 60 indicators by 120 months are 20.5 million rows. ``truth.parquet`` beside them holds the true relative
    change of every headline decrease: division, target, true_change. The same seed gives the same files.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as name:
    ...     make_national_returns(pathlib.Path(name) / "returns", places=6, parts=2, years=range(2021, 2023))
    <PartitionedReturns: 2 parts, 6 places, years 2021, 2022>
    """
    import pandas as pd
    from tqdm.auto import tqdm

    law, root = plan or make_national_plan(), Path(folder)
    clear_folder(root, overwrite=overwrite)
    listed = make_national_places(places, parts)
    write_places(listed, root)
    truth = []
    for part_id, own in tqdm(listed.groupby("part"), disable=not progress, desc="parts 分区"):
        part = MadeUpPart(law, str(part_id), own["division"].tolist(), tuple(years), seed)
        truth.append(part.truth())
        for year in years:
            write_rows(part.rows(year), root / f"part={part_id}" / f"year={year}" / ROWS)
    write_parquet(pd.concat(truth, ignore_index=True), root / TRUTH)
    return open_partitions(root)


class MadeUpPart:
    """One part of the made-up nation: true levels, and the reports drawn from them year by year."""

    def __init__(self, plan: Plan, part: str, places: list[str], years: tuple[int, ...], seed: int) -> None:
        self.plan, self.part, self.places, self.years, self.seed = plan, part, places, years, seed
        self.decreases = {t.indicator: t.id for t in plan.targets if t.group == "decrease"}

    def _rng(self, *names: object) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32("|".join(map(str, (self.part, *names))).encode())])

    def truth(self) -> pd.DataFrame:
        """The true relative change of every decrease from the base year to the last."""
        import pandas as pd

        return pd.concat(
            [pd.DataFrame({"division": self.places, "target": t, "true_change": self._change(i)}) for i, t in self.decreases.items()],
            ignore_index=True,
        )  # fmt: skip

    def _change(self, indicator: str) -> Floats:
        mean, spread = CHANGE
        return np.clip(self._rng(indicator, "change").normal(mean, spread, len(self.places)), -0.9, 1.0)

    def _level(self, indicator: Indicator, year: int) -> Floats:
        """The true level of a year relative to the base, by place."""
        if indicator.id not in self.decreases:
            return np.ones(len(self.places))
        span = max(self.plan.last_year - self.plan.base_year, 1)
        passed = np.clip((year - self.plan.base_year) / span, 0.0, 1.0)
        level: Floats = (1 + self._change(indicator.id)) ** passed
        return level

    def rows(self, year: int) -> pd.DataFrame:
        """The reports of a year."""
        import pandas as pd

        return pd.concat([self._reports(i, year) for i in self.plan.indicators.values()], ignore_index=True)

    def _reports(self, indicator: Indicator, year: int) -> pd.DataFrame:
        import pandas as pd

        months = [period_text(p) for p in periods_of(indicator, [year])]
        k, n, v = self._draw(indicator, year, len(months))
        gone = (self._rng(indicator.id, year, "gone").random(len(self.places)) < NOT_REPORTED)[:, None]
        gone = np.broadcast_to(gone, v.shape).ravel()
        numbers = {
            c: np.where(gone, np.nan, a.ravel()) for c, a in (("numerator", k), ("denominator", n), ("value", v))
        }
        return pd.DataFrame({
            "indicator": indicator.id, "division": np.repeat(self.places, len(months)), "period": months * len(self.places), **numbers,
            "status": np.where(gone, "missing", "synthetic"), "definition": "",
        })  # fmt: skip

    def _draw(self, indicator: Indicator, year: int, months: int) -> tuple[Floats, Floats, Floats]:
        """Numerator, denominator and value, arrays (places, months); NaN where the kind has none."""
        place, rng = self._rng(indicator.id, "place"), self._rng(indicator.id, year)
        size, shape = len(self.places), (len(self.places), months)
        none = np.full(shape, np.nan)
        level = np.exp(place.normal(0, 0.3, size)) * self._level(indicator, year)
        listed = np.round(np.exp(place.normal(5.5, 0.5, size))) + 20
        full = np.broadcast_to(listed[:, None], shape).astype(float)
        if indicator.kind == "rate":
            return rng.poisson((0.6 * level * listed / 12)[:, None], shape).astype(float), full, none
        if indicator.kind == "coverage":
            reached = np.clip(0.75 + 0.06 * (year - self.plan.base_year + 1) + place.normal(0, 0.05, size), 0.3, 1.0)
            survey = indicator.basis == "survey"
            k = (
                rng.binomial(listed.astype(int)[:, None], reached[:, None], shape)
                if survey
                else np.round(full * reached[:, None])
            )
            return np.asarray(k, dtype=float), full, none
        if indicator.kind == "proportion":
            share = np.clip(0.3 * level, 0.02, 0.95)
            return rng.binomial(listed.astype(int)[:, None], share[:, None], shape).astype(float), full, none
        if indicator.needs_parts and not value_is_numerator(indicator):  # an index that is a ratio of two counts
            return rng.poisson((1.3 * listed)[:, None], shape).astype(float), full, none
        if value_is_numerator(indicator):
            mean = 0.002 if indicator.kind == "occurrence" else 2.0
            return none, none, rng.poisson(mean, shape).astype(float)
        noise = rng.lognormal(0, 0.15, shape) if indicator.kind == "load" else rng.normal(1.3, 0.1, shape).clip(0.1)
        return none, none, np.round((12 * level)[:, None] * noise if indicator.kind == "load" else noise, 3)
