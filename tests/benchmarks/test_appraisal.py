"""Appraisal of 3,000 divisions by 60 indicators in three years: the card, its cliffs, a thousand full re-runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from counties import county_plan, county_rules, county_values

import suzhou_antidrug as sa

PLACES, ITEMS, YEARS = 3_000, 60, 3
MOST_SECONDS = {"card": 2.0, "cliffs": 15.0, "reruns": 60.0}
MOST_BYTES = 4e9


@pytest.fixture(scope="module")
def counties():
    plan = county_plan(PLACES, ITEMS)
    return plan, county_values(plan), county_rules(plan)


def test_appraise(benchmark, counties):
    plan, values, rules = counties
    card = benchmark.pedantic(lambda: sa.appraise(values, plan, rules=rules), rounds=3, warmup_rounds=1)
    scores = np.stack([y.score for y in card.years])
    assert scores.shape == (YEARS, PLACES + 1) and not np.isnan(scores).any()
    assert len(card.frame) == YEARS * (PLACES + 1) * ITEMS
    assert benchmark.disabled or benchmark.stats["max"] < MOST_SECONDS["card"]


def test_cliffs(benchmark):
    places = 100 if benchmark.disabled else PLACES  # ten seconds for all of them: not in the ordinary run
    plan = county_plan(places, ITEMS)
    card = sa.appraise(county_values(plan), plan, rules=county_rules(plan), year=2021)
    found = benchmark.pedantic(card.cliffs, rounds=1)
    # Whoever stands between the ends of a scale loses or gains by an event: most do.
    assert places * ITEMS < len(found.frame) <= 2 * (places + 1) * ITEMS
    assert benchmark.disabled or benchmark.stats["max"] < MOST_SECONDS["cliffs"]


RERUNS = """
import resource, time
import numpy as np
import suzhou_antidrug as sa
from counties import county_plan, county_rules, county_values
plan = county_plan({places}, {items})
card = sa.appraise(county_values(plan), plan, rules=county_rules(plan))
start = time.perf_counter()
study = card.robustness(draws=1000, rng=1, aggregation=["geometric"])
seconds = time.perf_counter() - start
scores = study.runs.scores
assert scores.shape == (1000, {places}, {years}) and not np.isnan(scores).any()
assert {{"weights", "error", "aggregation", "leave_out"}} <= {{c.name for c in study.choices}}
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.slow
def test_a_thousand_full_reruns(benchmark):
    """In a process of its own, whose peak memory is nobody else's."""
    if benchmark.disabled:
        pytest.skip("takes half a minute; run with --benchmark-enable")
    support = Path(__file__).parents[1] / "support"
    code = f"import sys; sys.path.insert(0, {str(support)!r})\n" + RERUNS.format(
        places=PLACES, items=ITEMS, years=YEARS
    )
    found = benchmark.pedantic(lambda: subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ, cwd=support.parents[1]), rounds=1)  # fmt: skip
    seconds, peak = map(float, found.stdout.split())
    benchmark.extra_info |= {"seconds": seconds, "peak_bytes": peak}
    assert seconds < MOST_SECONDS["reruns"] and peak < MOST_BYTES
