"""The uncertainty budget: worked example, exact formulas, simulation, and what cancels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.uncertainty import (
    UncertaintyComponent,
    default_components,
    observed_component,
    uncertainty_budget,
    uncertainty_components_frame,
)
from suzhou_antidrug.provenance import Status

EXAMPLES = pd.read_csv(Path(__file__).parents[2] / "golden" / "wastewater_worked_examples.csv").set_index("id")
POINTS = 0.1  # percentage points: the worked example prints one decimal
DRAWS = 40_000
# Five standard errors of a log SD from so many draws, 1 / sqrt(2 n) each, and of a 2.5 % quantile, about 2.7 / sqrt(n).
LOG_SD, QUANTILE = 5 / np.sqrt(2 * DRAWS), 5 * 2.7 / np.sqrt(DRAWS)
SIZES = st.lists(st.tuples(st.floats(0.01, 0.6), st.booleans()), min_size=1, max_size=6)
FEW = dict(draws=50)


def budget_of(sizes, **options):
    parts = [UncertaintyComponent(f"c{i}", r, shared=s) for i, (r, s) in enumerate(sizes)]
    return uncertainty_budget(parts, **options)


def test_the_worked_example_to_a_tenth_of_a_point():
    row = EXAMPLES.loc["E19"]
    sizes = {name: p / 100 for name, p in json.loads(row["inputs"])["percent"].items()}
    expected = json.loads(row["expected"])
    consumption = uncertainty_budget(sizes, quantity="consumption", **FEW)
    assert 100 * consumption.one.first_order == pytest.approx(expected["one_consumption_percent"], abs=POINTS)
    load = uncertainty_budget({**sizes, "population": 0.10}, **FEW)
    assert 100 * load.one.first_order == pytest.approx(expected["one_load_same_site_population_10_percent"], abs=POINTS)
    assert 100 * load.ratio.first_order == pytest.approx(expected["ratio_of_two_independent_loads_percent"], abs=POINTS)
    assert [c.name for c in load.left_out] == ["back_calculation"]


@given(SIZES)
def test_the_closed_forms_are_those_of_the_definition(sizes):
    found = budget_of(sizes, **FEW)
    r = np.array([size for size, _ in sizes])
    own = np.array([size for size, shared in sizes if not shared])
    assert found.one.first_order == pytest.approx(np.sqrt((r**2).sum()))
    assert found.one.cv == pytest.approx(np.sqrt(np.prod(1 + r**2) - 1))
    assert found.one.log_sd**2 == pytest.approx(np.log1p(r**2).sum())
    assert found.ratio.first_order == pytest.approx(np.sqrt(2 * (own**2).sum()))
    assert found.ratio.cv == pytest.approx(np.sqrt(np.prod(1 + own**2) ** 2 - 1))
    assert found.one.cv >= found.one.first_order * (1 - 1e-12)


@given(SIZES, st.floats(0.01, 0.6))
def test_a_shared_component_widens_one_value_and_leaves_the_ratio(sizes, size):
    before, after = budget_of(sizes, **FEW), budget_of([*sizes, (size, True)], **FEW)
    assert after.one.cv > before.one.cv
    for name in ("first_order", "log_sd", "cv", "low", "high"):
        assert getattr(after.ratio, name) == pytest.approx(getattr(before.ratio, name), rel=1e-12)
    grown = budget_of([*sizes, (size, False)], **FEW)
    assert grown.ratio.cv > before.ratio.cv


def test_simulation_and_formula_agree():
    sizes = [(0.3, False), (0.2, False), (0.26, True), (0.5, False)]
    found = budget_of(sizes, draws=DRAWS, rng=1)
    for spread in (found.one, found.ratio):
        # The coefficient of variation of a skewed sample is noisy; its log SD, recovered from the limits, is not.
        assert np.log(spread.simulated_low) == pytest.approx(np.log(spread.low), abs=QUANTILE * spread.log_sd)
        assert np.log(spread.simulated_high) == pytest.approx(np.log(spread.high), abs=QUANTILE * spread.log_sd)
    small = budget_of([(r / 3, s) for r, s in sizes], draws=DRAWS, rng=2)
    for spread in (small.one, small.ratio):
        assert spread.simulated_cv == pytest.approx(spread.cv, rel=2 * LOG_SD)


def test_limits_are_those_of_the_log_normal():
    found = budget_of([(0.3, False), (0.1, False)], level=0.8, **FEW)
    law = stats.lognorm(s=found.one.log_sd, scale=np.exp(-(found.one.log_sd**2) / 2))
    assert law.mean() == pytest.approx(1)
    assert law.std() == pytest.approx(found.one.cv)
    assert (found.one.low, found.one.high) == pytest.approx(tuple(law.ppf([0.1, 0.9])))
    assert found.ratio.low * found.ratio.high == pytest.approx(1)
    assert found.ratio.high == pytest.approx(stats.lognorm(s=found.ratio.log_sd).ppf(0.9))


def test_the_factor_cancels_whatever_is_said_and_no_load_holds_it():
    factor = UncertaintyComponent("factor", 0.26, part="back_calculation")
    rest = [UncertaintyComponent("day", 0.2, part="observed")]
    used = uncertainty_budget([factor, *rest], quantity="consumption", **FEW)
    load = uncertainty_budget([factor, *rest], quantity="load", **FEW)
    assert used.one.cv > load.one.cv == pytest.approx(0.2)
    assert used.ratio.cv == load.ratio.cv
    assert used.frame.set_index("name").loc["factor", "share_of_ratio"] == 0


def test_all_shared_leaves_nothing_in_the_ratio():
    found = budget_of([(0.2, True), (0.3, True)], **FEW)
    assert (found.ratio.first_order, found.ratio.cv, found.ratio.low, found.ratio.high) == (0, 0, 1, 1)
    assert found.ratio.simulated_cv == pytest.approx(0, abs=1e-12)
    assert found.frame["share_of_ratio"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("same", "gone"),
    [
        ((), {"back_calculation"}),
        (("site",), {"back_calculation", "flow_meter"}),
        (("laboratory",), {"back_calculation", "calibration"}),
        ("population_base", {"back_calculation", "population"}),
        (("site", "laboratory", "population_base"), {"back_calculation", "flow_meter", "calibration", "population"}),
    ],
)
def test_what_cancels_depends_on_what_stays_the_same(same, gone):
    found = uncertainty_budget(quantity="consumption", same=same, **FEW)
    assert {c.name for c in found.components if c.cancels} == gone
    assert {"sampling", "repeatability", "stability", "flow"} <= {c.name for c in found.components if not c.cancels}


def test_the_table_stays_inside_what_was_published():
    table = uncertainty_components_frame().set_index("id")
    assert table.loc["back_calculation", ["relative_sd", "status"]].tolist() == [0.26, "published"]
    assert table.loc["analysis", ["low", "high"]].tolist() == [0.06, 0.26]
    assert table.loc["population", ["low", "high"]].tolist() == [0.07, 0.55]
    sized = table[table["relative_sd"].notna() & table["high"].notna()]
    assert (sized["relative_sd"] <= sized["high"]).all()
    halves = table.loc[["repeatability", "calibration"], "relative_sd"]
    assert np.hypot(*halves) == pytest.approx(table.loc["analysis", "relative_sd"], abs=0.002)
    assert np.hypot(*table.loc[["flow", "flow_meter"], "relative_sd"]) < 0.10
    # A week's mean has the day's log SD over the root of seven: printed to three decimals from two.
    for day, week in ((i, i.replace("day_", "week_")) for i in table.index if i.startswith("day_")):
        assert table.loc[week, "log_sd"] == pytest.approx(table.loc[day, "log_sd"] / np.sqrt(7), abs=0.0025)


def test_observed_variation_is_that_of_real_series():
    for span, log_sd in (("day", 0.32), ("week", 0.122), ("month", 0.216)):
        found = observed_component("冰毒", span=span)
        assert np.log1p(found.relative_sd**2) == pytest.approx(log_sd**2)
        assert not found.cancels and found.status is Status.COMPUTED
    with pytest.raises(UnknownNameError):
        observed_component("ketamine", span="month")


def test_counting_twice_is_said():
    observed = observed_component("METH")
    twice = uncertainty_budget([observed, *default_components()], **FEW)
    once = uncertainty_budget([observed, *(c for c in default_components(same=["laboratory"]) if c.name in ("calibration", "population"))], **FEW)  # fmt: skip
    assert "counted twice" in twice.explain().in_language("en")
    assert "counted twice" not in once.explain().in_language("en")


@pytest.mark.parametrize("size", [-0.1, 10, 26.0, float("nan")])
def test_percent_for_a_share_is_refused(size):
    with pytest.raises(SeriesError) as caught:
        uncertainty_budget({"sampling": size})
    assert caught.value.problems[0].code == "relative_sd" and "10%" in caught.value.problems[0].zh


def test_other_refusals():
    with pytest.raises(UnknownNameError, match="sampling"):
        uncertainty_budget({"samplin": 0.1})
    with pytest.raises(UnknownNameError, match="laboratory"):
        uncertainty_budget(same=["labratory"])
    with pytest.raises(UnknownNameError):
        uncertainty_budget(quantity="concentration")
    with pytest.raises(UnknownNameError):
        UncertaintyComponent("x", 0.1, part="weather")
    with pytest.raises(SeriesError) as caught:
        uncertainty_budget({"back_calculation": 0.26})  # a load has no such part
    assert caught.value.problems[0].code == "no_component"
    with pytest.raises(ValueError, match="shared"):
        uncertainty_budget([UncertaintyComponent("x", 0.1)], same=["site"])
    with pytest.raises(ValueError, match="level"):
        uncertainty_budget(level=1.0)


def test_status_seed_and_single_value():
    assert uncertainty_budget(**FEW).made.status is Status.ASSUMED
    mine = uncertainty_budget({"sampling": 0.1}, rng=7, compare=False, **FEW)
    assert (mine.made.status, mine.made.seed, mine.ratio) == (Status.COMPUTED, 7, None)
    assert mine.frame["share_of_ratio"].isna().all()
    again = uncertainty_budget({"sampling": 0.1}, rng=7, compare=False, **FEW)
    assert again.one == mine.one and again.manifest() == mine.manifest()
    other = uncertainty_budget({"sampling": 0.1}, rng=np.random.default_rng(8), compare=False, **FEW)
    assert other.one.simulated_cv != mine.one.simulated_cv and other.made.seed is None
    assert replace(mine.one, simulated_cv=0) == replace(again.one, simulated_cv=0)


def test_shares_add_up_and_are_drawn_in_both_languages():
    found = uncertainty_budget(same=["site", "laboratory"], quantity="consumption", **FEW)
    assert found.frame[["share_of_one", "share_of_ratio"]].sum().tolist() == pytest.approx([1, 1])
    for language, words, gone in (
        ("zh", "占对数方差的比例（%）", "抵消"),
        ("en", "share of the log variance (%)", "cancels"),
    ):
        ax = found.plot(language=language)
        assert ax.get_xlabel() == words
        assert len(ax.containers) == 2 and len(ax.containers[0]) == len(found.components)
        assert [t.get_text() for t in ax.texts].count(gone) == 3
    assert len(uncertainty_budget(compare=False, **FEW).plot(language="en").containers) == 1
    assert "do not quote" in found.explain().in_language("en") and "假定" in found._repr_html_()


def test_shares_are_of_the_log_variance():
    frame = budget_of([(0.3, False), (0.4, True)], **FEW).frame
    assert frame["share_of_one"].to_numpy() == pytest.approx(np.log([1.09, 1.16]) / np.log(1.09 * 1.16))
    assert frame["share_of_ratio"].tolist() == [1, 0]
