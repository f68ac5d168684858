"""A national panel from measurements to verdicts: 3,000 plants, six biomarkers, 20 quarters, two samples each."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import suzhou_antidrug as sa

PLANTS, YEARS = 3_000, range(2018, 2023)
MARKERS = ("methamphetamine", "amphetamine", "mdma", "benzoylecgonine", "ketamine", "morphine")
LOQ = 12.0  # ng/L: about one value in ten lies below it
LONGEST_SECONDS, MOST_GIGABYTES = 30.0, 2.0


def national_sheet(plants: int = PLANTS, *, seed: int = 0) -> pd.DataFrame:
    """Return measurements of an unchanged country with the noise of methamphetamine."""
    rng = np.random.default_rng(seed)
    mondays = [pd.Timestamp(y, m, 8) + pd.offsets.Week(weekday=0) for y in YEARS for m in (2, 5, 8, 11)]
    days = pd.DatetimeIndex([m + pd.Timedelta(days=d) for m in mondays for d in (2, 5)])
    noise = sa.load_noise("methamphetamine")
    n, width = len(days), len(MARKERS)
    plant = np.repeat(np.arange(plants), width * n)
    people = np.exp(rng.normal(11.5, 0.8, plants))
    between = noise.round_sd * rng.standard_normal((plants, width, n // 2)).repeat(2, axis=2).ravel()
    value = np.exp(
        np.log(30.0)
        + between
        + 0.6 * rng.standard_normal(plants)[plant]
        + noise.day_sd * rng.standard_normal(plant.size)
    )
    frame = pd.DataFrame({
        "plant": np.char.add("P", plant.astype(str)).astype(object), "division": "D", "biomarker": np.tile(np.repeat(np.array(MARKERS, dtype=object), n), plants),
        "start": np.tile(days.to_numpy(), plants * width), "concentration_ng_per_L": np.where(value < LOQ, np.nan, value),
        "below": np.where(value < LOQ, "loq", "").astype(object), "loq_ng_per_L": LOQ, "flow_m3_per_day": 0.3 * people[plant],
        "population": people[plant], "population_basis": "census", "laboratory": "L", "method": "M",
    })  # fmt: skip
    return frame


def judge(frame: pd.DataFrame) -> pd.DataFrame:
    """Take measurements to verdicts: each plant and biomarker, and the whole country."""
    loads = sa.compute_loads(sa.Measurements.from_frame(frame))
    periods = {"base": [2018, 2019, 2020], "target": [2021, 2022]}
    return pd.concat([sa.compare_loads(loads, by=by, **periods).frame for by in ("plant", "city")])


def test_a_small_country_is_judged_whole():
    found = judge(national_sheet(20))
    assert len(found) == 20 * len(MARKERS) + len(MARKERS)
    assert set(found["verdict"]) <= {"met", "not_met", "insufficient_evidence", "not_assessable"}
    assert (found["below_limit_base"] > 0).mean() > 0.3


def test_national_panel(benchmark):
    """Measured on two cores: see docs; run with ``make benchmark``."""
    if not benchmark.enabled:
        return
    frame = national_sheet()
    found = benchmark.pedantic(judge, args=(frame,), rounds=1, iterations=1)
    assert len(found) == PLANTS * len(MARKERS) + len(MARKERS)
    assert (found["verdict"] == "met").mean() < 0.1  # nothing changed
    assert benchmark.stats.stats.max < LONGEST_SECONDS
    if sys.platform.startswith("linux"):
        import resource

        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6 < MOST_GIGABYTES
