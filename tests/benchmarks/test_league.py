"""The league on real short series (third-party, read in place): does it still say what is stored?

``python tests/benchmarks/test_league.py FOLDER [METHOD ...]`` measures it anew, all methods or those named, and writes
datasets/outlook/league.csv and reliability.csv. Rows of other methods stay. The library's own forecaster learns one prior
for each fold of whole sources and judges no source by a prior that saw it, which takes minutes. One thread for linear algebra makes the
libraries' fits of six numbers much faster: OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.outlook.baselines import BASELINES
from suzhou_antidrug.outlook.engine import simulate
from suzhou_antidrug.outlook.league import (
    BAND_LEVEL,
    COLUMNS,
    LEFT_OUT,
    OWN,
    PEER,
    RELIABILITY_COLUMNS,
    compare_forecasters,
    load_league,
)

DATA = Path(__file__).parents[2] / "datasets" / "outlook"
SEED = 1
DRAWN = (OWN, PEER, "straight_line", "compound_growth")  # whose reliability bins are kept
DECIMALS = 4


def own_forecasters(folder: Path) -> dict:
    """Return the library's forecaster for each source, its prior learned from the other folds."""
    from suzhou_antidrug.outlook.fitting import fit_folds
    from suzhou_antidrug.outlook.fitting_windows import read_series

    return {source: partial(simulate, prior=prior) for source, prior in fit_folds(read_series(folder)).items()}


def measure(folder: Path, methods: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the league and of the reliability bins for these methods."""
    judged = {m: own_forecasters(folder) if m == OWN else m for m in dict.fromkeys([*methods, PEER])}
    league = compare_forecasters(pd.read_parquet(folder / "cases.parquet"), judged, rng=SEED)
    rows = league.frame
    rows = rows[rows["method"].isin(methods)].copy()
    bins = [
        test.reliability(level=BAND_LEVEL).frame.assign(method=method)[list(RELIABILITY_COLUMNS)]
        for method, test in league.tests.items()
        if method in methods and method in DRAWN
    ]
    return rows, pd.concat(bins) if bins else pd.DataFrame(columns=RELIABILITY_COLUMNS)


def merged(path: Path, new: pd.DataFrame) -> pd.DataFrame:
    """Return the stored table with the rows of the new methods in the place of the old."""
    if not path.exists() or new.empty:
        return pd.read_csv(path) if path.exists() else new
    old = pd.read_csv(path)
    return pd.concat([old[~old["method"].isin(new["method"])], new], ignore_index=True)


def write(folder: Path, methods: list[str]) -> None:
    """Measure and store."""
    rows, bins = measure(folder, methods)
    league = merged(DATA / "league.csv", rows)[list(COLUMNS)]
    league["better_than_walk"] = league["better_than_walk"].astype("Int64")
    league = league.sort_values("brier_skill", ascending=False).round(DECIMALS)
    league.to_csv(DATA / "league.csv", index=False, lineterminator="\n")
    merged(DATA / "reliability.csv", bins).round(DECIMALS).to_csv(
        DATA / "reliability.csv", index=False, lineterminator="\n"
    )
    print(league.to_string())


# Three times the spread over seeds of a thousand draws; the closed forms have no other chance in them.
SEED_SPREAD = {"brier_skill": 0.004, "slope": 0.02, "ece": 0.004, "cover80": 0.004, "cover95": 0.004}


@pytest.mark.reference
@pytest.mark.parametrize("method", ["random_walk", "log_line", "poisson_trend", "compound_growth"])
def test_stored_figures_are_those_measured(reference, method):
    rows, _ = measure(reference / "benchmark", [method])
    stored = load_league().frame.set_index("method").loc[method]
    found = rows.set_index("method").loc[method]
    for column, tolerance in SEED_SPREAD.items():
        assert found[column] == pytest.approx(stored[column], abs=tolerance), column
    assert found["cases"] == stored["cases"]


def test_the_own_forecaster_is_judged_on_sources_it_never_saw():
    league = load_league().frame
    assert league["method"].iloc[0] == OWN
    assert league["learned"].iloc[0] == LEFT_OUT
    assert league["brier_skill"].iloc[0] > 0.075
    assert 0.78 < league["cover80"].iloc[0] < 0.82 and 0.94 < league["cover95"].iloc[0] < 0.96


@pytest.mark.reference
def test_trends_lose_to_the_base_rate_and_the_walk_does_not_win():
    league = load_league().frame.set_index("method")
    for trend in ("straight_line", "log_line", "poisson_trend", "compound_growth", "drift_t", "theta", "ets_damped"):
        assert league.loc[trend, "brier_skill"] < -0.03, trend
        assert league.loc[trend, "slope"] < 0.7, trend
    assert -0.03 < league.loc[PEER, "brier_skill"] < 0.01


def test_speed_of_judging(benchmark):
    """Scoring must stay cheap beside forecasting."""
    walk = np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.2, (1000, 12)), axis=1)) * 100
    cases = pd.DataFrame({"y": list(walk[:, :9]), "future": list(walk[:, 9:])})
    league = benchmark(compare_forecasters, cases, ["random_walk"], draws=500, repeats=50)
    assert len(league.frame) == 1


if __name__ == "__main__":
    named = sys.argv[2:] or [OWN, *(b.id for b in BASELINES.values() if b.why_not is None)]
    write(Path(sys.argv[1]), named)
