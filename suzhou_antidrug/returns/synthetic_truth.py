"""The true levels behind synthetic returns, drawn by the kind of each indicator.

合成报表背后的真实水平，按指标类别抽取。
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..datasets import data_root
from .schema import main_indicators, reporting_divisions

if TYPE_CHECKING:
    import numpy as np

    from ..plan.model import Indicator, Plan

HISTORY = 2  # years before the base year
DECREASES = (-0.25, -0.38, -0.05, 0.10)  # true relative changes of the city, in the order of the plan's targets
EVENTS = (1, 0, 2, 0, 0)  # true events of occurrence indicators, in turn
LAGGARDS = (True, False)  # whether some divisions end short of a coverage, in turn
SPREAD = 0.25  # of levels between divisions, standard deviation of the logarithm
SPREAD_OF_CHANGE = 0.06
BASE_LOAD = 12.0  # mg/day/1000: inside the range published for methamphetamine in a nearby city, 0.16-20.65
# Invented sizes for every 10,000 inhabitants, by unit.
SIZES = {
    "persons": 15.0,
    "enterprises": 3.0,
    "enterprise_years": 3.0,
    "schools": 0.8,
    "communities": 1.6,
    "offices": 0.08,
}
SIZES |= {"plants": 0.06, "parcels": 40.0, "reports": 4.0, "inspections": 6.0, "students": 900.0, "kg": 0.3}
OTHER_SIZE = 5.0
INVENTED_POPULATION = 800_000


@dataclass(frozen=True, slots=True)
class World:
    """What the generator knows of a place.  生成器所知的地方情况。"""

    plan: Plan
    seed: int
    years: tuple[int, ...]
    population: dict[str, int]
    census: dict[str, str]  # status of each division's census figure; empty where populations are invented

    def rng(self, name: str) -> np.random.Generator:
        """A stream of its own for each indicator, so that one more indicator leaves the others as they were."""
        import numpy as np

        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    @property
    def source(self) -> str:
        """The mark that every row bears."""
        return f"合成数据 synthetic, seed={self.seed}"


@dataclass(frozen=True, slots=True)
class Levels:
    """The true levels of one indicator.  一个指标的真实水平。"""

    true: np.ndarray  # division by year
    exposure: np.ndarray  # by division; 1 where there is none
    events: np.ndarray | None = None  # division by year, for occurrences
    exact: bool = False  # reported as it is, without sampling


def draw_world(plan: Plan, seed: int, years: Sequence[int] | None) -> World:
    """Return what the generator knows of a plan's place.  汇集地方情况。"""
    years = tuple(years) if years is not None else tuple(range(plan.base_year - HISTORY, plan.last_year + 1))
    known = _census(plan)
    population = {d: known[d][0] if d in known else INVENTED_POPULATION for d in plan.geography.ids}
    population[plan.geography.city.id] = sum(population.values())
    return World(plan, seed, years, population, census={d: status for d, (_, status) in known.items()})


def _census(plan: Plan) -> dict[str, tuple[int, str]]:
    path = data_root() / "geography" / f"{plan.geography.id}_population.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["division_id"]: (int(row["census_2020"]), row["status"]) for row in csv.DictReader(stream)}


def _thresholds(plan: Plan, indicator: Indicator) -> dict[int, float]:
    """Return the level that the plan asks for in each year, from milestones and targets."""
    asked = {m.year: m.threshold for m in plan.milestones if m.indicator == indicator.id and m.compares == "level"}
    for target in plan.targets:
        if target.indicator == indicator.id and target.threshold is not None:
            asked.setdefault(target.due, target.threshold)
    return asked


def _exposure(world: World, indicator: Indicator, rng: np.random.Generator) -> np.ndarray:
    """Return the denominator of each division: its people, or an invented size in proportion to them."""
    import numpy as np

    people = np.array([world.population[d] for d in reporting_divisions(world.plan, indicator)], dtype=float)
    if indicator.denominator is None:
        return np.ones(len(people))
    unit = indicator.denominator.unit
    if unit == "inhabitants":
        return people
    if unit == "divisions":
        return np.ones(len(people))
    if indicator.basis == "survey" and unit == "persons":
        return np.full(len(people), 1000.0)
    size = people / 10_000 * SIZES.get(unit, OTHER_SIZE) * rng.lognormal(0, SPREAD, len(people))
    return np.maximum(1.0, size.round(2 if unit == "kg" else 0))


def true_levels(world: World, indicator: Indicator) -> Levels:
    """Return the true level of an indicator in every division and year.  抽取真实水平。"""
    import numpy as np

    rng = world.rng(indicator.id)
    exposure = _exposure(world, indicator, rng)
    shape = (len(exposure), len(world.years))
    match indicator.kind:
        case "coverage":
            return _coverage_levels(world, indicator, rng, exposure)
        case "occurrence":
            events = _events(world, indicator, rng, shape)
            return Levels(events.astype(float), exposure, events)
        case "count" | "index":
            return Levels(_paced_levels(world, indicator, rng, shape), exposure)
    change = _city_change(world, indicator, rng)
    base = _base_level(world, indicator, exposure) * rng.lognormal(0, SPREAD, shape[0])
    ends = np.log1p(change) + rng.normal(0, SPREAD_OF_CHANGE, shape[0])
    ends += np.log1p(change) - np.log(
        np.average(base * np.exp(ends), weights=exposure) / np.average(base, weights=exposure)
    )
    span = max(world.plan.last_year - world.plan.base_year, 1)
    pace = np.clip([(year - world.plan.base_year) / span for year in world.years], 0, None)
    true = base[:, None] * np.exp(ends[:, None] * np.array(pace))
    return Levels(np.minimum(true, 0.98) if indicator.unit == "share" else true, exposure)


def _city_change(world: World, indicator: Indicator, rng: np.random.Generator) -> float:
    decreases = [t.indicator for t in world.plan.targets if t.group == "decrease"]
    if indicator.id in decreases:
        return DECREASES[decreases.index(indicator.id) % len(DECREASES)]
    asked = [m.threshold for m in world.plan.milestones if m.indicator == indicator.id and m.compares == "change"]
    return max(asked) + 0.05 if asked else float(rng.uniform(-0.05, 0.10))


def _base_level(world: World, indicator: Indicator, exposure: np.ndarray) -> float:
    """Return the level around which divisions lie in the base year."""
    import numpy as np

    asked = _thresholds(world.plan, indicator)
    if asked:
        return float(np.mean(list(asked.values())))
    if indicator.kind == "load":
        return BASE_LOAD
    if indicator.kind == "proportion":
        return 0.2
    events = np.clip(0.05 * np.sqrt(exposure.mean()), 6, 80)  # in a year and division of middling size
    return float(events / exposure.mean() * indicator.per)


def _coverage_levels(world: World, indicator: Indicator, rng: np.random.Generator, exposure: np.ndarray) -> Levels:
    """Rise from the first year to the plan's thresholds; where there are laggards, some divisions end a little short.

    A coverage counted on a list is exact: its true level is a number of entries over the length of the list.
    """
    import numpy as np

    asked = _thresholds(world.plan, indicator) or {world.plan.last_year: 1.0}
    years = [world.years[0], *sorted(y for y in asked if y > world.years[0])]
    start = min(min(asked.values()), 0.95) - 0.15
    path = np.interp(world.years, years, [start, *(asked[y] for y in years[1:])])
    coverages = [i.id for i in main_indicators(world.plan) if i.kind == "coverage"]
    hundreds = [t.indicator for t in world.plan.targets if t.group == "hundred"]
    turn = (hundreds if indicator.id in hundreds else coverages).index(indicator.id)
    chances = [0.25, 0.25, 0.25, 0.25] if LAGGARDS[turn % len(LAGGARDS)] else [0.0, 0.4, 0.3, 0.3]
    lead = rng.choice([-0.03, 0.0, 0.02, 0.05], size=len(exposure), p=chances)
    true = np.clip(path[None, :] + lead[:, None], 0.02, 1.0)
    if indicator.basis == "survey":
        return Levels(true, exposure)
    short = np.minimum(np.floor(true * exposure[:, None]), exposure[:, None] - 1)
    done = np.where(true >= 1, exposure[:, None], short)
    return Levels(done / exposure[:, None], exposure, exact=True)


def _paced_levels(world: World, indicator: Indicator, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Stay near the thresholds of the plan, or near 3 where it asks for none."""
    import numpy as np

    asked = _thresholds(world.plan, indicator)
    years = sorted(asked) or [world.plan.last_year]
    path = np.interp(world.years, years, [asked.get(y, 3.0) for y in years])
    return path[None, :] * rng.normal(1.05, 0.05, shape[0])[:, None]


def _events(world: World, indicator: Indicator, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Put a fixed number of events into drawn places, in the years of the plan."""
    import numpy as np

    occurrences = [i.id for i in main_indicators(world.plan) if i.kind == "occurrence"]
    count = EVENTS[occurrences.index(indicator.id) % len(EVENTS)]
    events = np.zeros(shape, dtype=int)
    within = [n for n, year in enumerate(world.years) if year in world.plan.years]
    if within:
        np.add.at(events, (rng.integers(shape[0], size=count), rng.choice(within, size=count)), 1)
    return events
