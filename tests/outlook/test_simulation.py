"""The declared error rates: the stored table is what the code gives, and it says what verdicts quote."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.outlook import simulation
from suzhou_antidrug.outlook.simulation import (
    error_rates,
    load_verdict_errors,
    simulate_series,
    simulate_verdicts,
    simulated_calibration,
)


def test_simulated_series_fall_as_they_should():
    rng = np.random.default_rng(0)
    counts = simulate_series(5, 1000, 0.05, 0.3, series=4000, rng=rng)
    assert counts.shape == (4000, 8)
    # Three steps of sd .05 and counting noise widen the ratio; its median is the true fall.
    assert np.median(counts[:, -1] / counts[:, 4]) == pytest.approx(0.7, abs=0.01)
    assert np.median(counts[:, 4]) == pytest.approx(1000, rel=0.01)


def test_stored_table_is_what_the_code_gives(monkeypatch):
    monkeypatch.setattr(simulation, "LENGTHS", (5,))
    monkeypatch.setattr(simulation, "MEANS", (200,))
    monkeypatch.setattr(simulation, "FALLS", (0.0, 0.3))
    again = simulate_verdicts()
    stored = load_verdict_errors()
    keys = ["values", "mean_count", "step", "true_fall", "ahead"]
    both = again.merge(stored, on=keys, suffixes=("", "_stored"))
    assert len(both) == len(again) == 18
    for column in ("series", "met", "not_met", "undecided"):
        # The last bits of single precision may differ between processors: a verdict or two at the very edge.
        assert (both[column] - both[f"{column}_stored"]).abs().max() <= 2


def test_verdicts_of_met_are_rarely_wrong():
    table = load_verdict_errors()
    assert table["met_wrong"].sum() / table["met"].sum() < 0.03
    still = table[table["true_fall"] == 0]
    # Where nothing fell, "met" is said in well under the one in ten that the evidence of .9 would allow.
    assert (still["met"].sum() / still["series"].sum()) < 0.1
    assert (table["met"] + table["not_met"] + table["undecided"] == table["series"]).all()


def test_small_counts_and_early_years_are_mostly_undecided():
    few, many = error_rates(5, 10, 3), error_rates(5, 1000, 1)
    assert few.undecided > 0.9 > many.undecided
    assert error_rates(5, 10, 0) is None
    assert error_rates(6, np.inf, 1).mean_count == 1000
    assert "10" in few.text.zh and "insufficient evidence" in few.text.en


def test_a_verdict_quotes_its_error_rates(plan):
    relapse = pd.Series([0.080, 0.078, 0.075, 0.072, 0.070], index=range(2016, 2021))
    out = sa.assess_target(relapse, target="relapse", plan=plan, origin=2020)
    assert out.error_rates.ahead == 2
    assert "误判率" in out.explain().in_language("zh")
    done = sa.assess_target(relapse, target="relapse", plan=plan, origin=2020, by=2020)
    assert done.error_rates is None


@pytest.mark.parametrize("values", [5, 8, 12])
def test_calibrated_on_its_own_worlds(values):
    found = simulated_calibration(values, series=3000)
    bins = found.filter(like="bin").to_numpy()
    # Tempered and pooled on purpose, so not exact; the bands are about four standard errors of 3,000 series.
    assert found["cover80"].between(0.76, 0.83).all()
    assert found["cover95"].between(0.94, 0.98).all()
    assert np.abs(bins - 0.1).max() < 0.03
