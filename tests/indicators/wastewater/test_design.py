"""Sampling designs: printed tables, exact sums, simulation, and what must hold of any design."""

from __future__ import annotations

import doctest
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.design import compare_designs, design_power
from suzhou_antidrug.indicators.wastewater.design_formulas import (
    SamplingDesign,
    looks_lower,
    mean_inflation,
    mean_sd,
    periods_needed,
    simulate_design,
)
from suzhou_antidrug.indicators.wastewater.noise import NoiseModel, load_noise
from suzhou_antidrug.indicators.wastewater.sampling_plan import plan_sampling
from suzhou_antidrug.provenance import Status

ROOM = "suzhou_antidrug.indicators.wastewater."
# The worked table of months needed (Canadian monthly loads): marker, s as printed, P(looks 10, 20, 30 % lower | no change),
# months each side to show 10, 20, 30, 50 % by the normal and by the t formula.
TABLE = """
methamphetamine | .216 | .365 .233 .121 | 52 12 5 2   | 53 13 6 3
amphetamine     | .220 | .367 .237 .126 | 54 13 5 2   | 55 13 6 3
mdma            | .337 | .413 .320 .227 | 127 29 12 3 | 128 29 12 4
benzoylecgonine | .119 | .266 .092 .017 | 16 4 2 1    | 17 5 3 2
thc_cooh        | .141 | .299 .132 .037 | 23 5 2 1    | 23 6 3 2
morphine        | .142 | .300 .133 .038 | 23 6 2 1    | 24 6 3 2
codeine         | .123 | .272 .100 .020 | 17 4 2 1    | 18 5 3 2
methadone       | .145 | .304 .138 .041 | 24 6 3 1    | 25 7 4 2
"""
ROWS = [[cell.split() for cell in row.split("|")] for row in TABLE.strip().splitlines()]
# Rounds x days: s of a year, P(looks 20 % lower | no change), smallest fall; methamphetamine, round SD .177, day SD .327.
DESIGNS = {
    (1, 7): (0.216, 0.23, 0.53),
    (2, 2): (0.206, 0.22, 0.52),
    (4, 2): (0.146, 0.14, 0.40),
    (4, 7): (0.108, 0.07, 0.32),
    (12, 2): (0.084, 0.03, 0.26),
    (12, 7): (0.062, 0.01, 0.20),
}
PRINTED = NoiseModel("methamphetamine", 0.327, 0.177, 4, 0.1, Status.COMPUTED, "an example")
HALF_DIGIT = 0.005000001  # of a probability printed with two digits
DRAWS = 20_000
FOUR_ERRORS = 4 * 0.5 / np.sqrt(DRAWS)  # of a simulated share at its widest
designs = st.builds(
    SamplingDesign, st.integers(1, 24), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)
)


@pytest.mark.parametrize(("marker", "printed", "false", "normal", "t"), ROWS)
def test_the_table_of_months_needed_is_reproduced(marker, printed, false, normal, t):
    sd = float(printed[0])
    assert [f"{p:.3f}".lstrip("0") for p in looks_lower([0.1, 0.2, 0.3], sd * np.sqrt(2))] == false
    falls = [0.1, 0.2, 0.3, 0.5]
    assert periods_needed(falls, noise=sd, method="normal").tolist() == [int(n) for n in normal]
    assert periods_needed(falls, noise=sd).tolist() == [int(n) for n in t]
    # The printed s has three digits, the bundled one four: a count may differ by one, and the false look by the last digit.
    bundled = load_noise(marker[0])
    assert np.abs(periods_needed(falls, noise=bundled) - [int(n) for n in t]).max() <= 1
    assert (periods_needed(falls, noise=marker[0]) == periods_needed(falls, noise=bundled)).all()
    assert looks_lower(0.1, bundled.month_sd * np.sqrt(2)) == pytest.approx(float(false[0]), abs=1.1e-3)


@pytest.mark.parametrize(("rounds", "days"), DESIGNS)
def test_the_table_of_designs_is_reproduced(rounds, days):
    sd, false, least = DESIGNS[rounds, days]
    found = design_power(SamplingDesign(rounds, days), noise=PRINTED)
    assert round(found.year_sd, 3) == sd
    assert round(float(found.looks_lower(0.2)), 2) == false
    assert round(found.smallest_fall, 2) == least
    # The bundled day noise has the weekday pattern taken out (.324 in place of .327): one point at most.
    bundled = design_power(SamplingDesign(rounds, days), noise="methamphetamine")
    assert bundled.smallest_fall == pytest.approx(least, abs=0.01)


@pytest.mark.parametrize("fall", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("sd", [0.119, 0.337])
def test_the_t_count_is_the_smallest_that_has_the_power(fall, sd):
    n = int(periods_needed(fall, noise=sd))

    def power(n: int) -> float:
        shift = np.log1p(-fall) / (sd * np.sqrt(2 / n))
        return float(stats.nct.cdf(stats.t.ppf(0.05, 2 * n - 2), 2 * n - 2, shift))

    assert power(n) >= 0.8
    assert n == 2 or power(n - 1) < 0.8


def test_the_normal_count_is_the_formula():
    z = stats.norm.ppf(0.99) + stats.norm.ppf(0.9)
    exact = 2 * z**2 * 0.2**2 / np.log(0.75) ** 2
    found = periods_needed(0.25, noise=0.2, alpha=0.01, power=0.9, method="normal")
    assert int(found) == np.ceil(exact) and found.shape == ()
    # Inverted: with that many periods a year the fall is shown with the power, with one fewer it is not.
    whole = NoiseModel("x", 0.0, 0.2, 4, 0, "reported", "an example")
    for n, enough in ((int(found), True), (int(found) - 1, False)):
        power = design_power(SamplingDesign(n, 1), noise=whole, alpha=0.01, power=0.9).chance(0.25)
        assert (power >= 0.9) == enough


def test_periods_broadcast_over_falls_and_noises():
    found = periods_needed(np.array([[0.1], [0.5]]), noise=np.linspace(0.1, 0.4, 5))
    assert found.shape == (2, 5) and found.dtype.kind == "i"
    assert (np.diff(found, axis=1) >= 0).all() and (found[0] > found[1]).all()
    assert (periods_needed(0.99, noise=0.05) == 2) and (periods_needed(0.99, noise=0.05, method="normal") == 1)


@pytest.mark.parametrize(
    "wrong",
    [dict(fall=f) for f in (0.0, 1.0, [0.2, -0.1], np.nan)]
    + [dict(noise=s) for s in (0.0, np.nan, np.inf)]
    + [dict(alpha=0.0), dict(alpha=0.5), dict(power=1.0), dict(power=0.05)],
)
def test_periods_that_cannot_be_counted_are_refused(wrong):
    assert periods_needed(**{**dict(fall=0.2, noise=0.2), "power": 0.06}) >= 2
    with pytest.raises(SeriesError):
        periods_needed(**{**dict(fall=0.2, noise=0.2), **wrong})


def test_unknown_names_and_methods_are_refused():
    with pytest.raises(ValueError, match="method"):
        periods_needed(0.2, noise=0.2, method="z")
    with pytest.raises(UnknownNameError, match="mdma"):
        periods_needed(0.2, noise="mdmaa")
    with pytest.raises(TypeError, match="told apart"):
        design_power(SamplingDesign(4, 2), noise=0.2)


@pytest.mark.parametrize(
    "wrong", [(0, 2), (4, 0), (4.0, 2), (4, 2, 0), (4, 2, 1, 0), (4, 2, 1, 1, -1), ("4", 2), (True, 2), (53, 7), (np.nan, 2)]
)  # fmt: skip
def test_impossible_designs_are_refused(wrong):
    with pytest.raises(SeriesError):
        SamplingDesign(*wrong)


def test_designs_count_their_samples_and_say_themselves():
    design = SamplingDesign(np.int64(4), 2, plants=3, base_years=2)
    assert design == SamplingDesign(4, 2, 3, 2) and type(design.rounds) is int
    assert design.samples_per_year == 24
    assert design.text.en == "4 rounds of 2 days a year at 3 plants (2 base, 1 target years)"
    assert design.text.zh == "每年4轮×2天×3厂（基期2年，目标期1年）"
    assert SamplingDesign(1, 1).text.en == "1 round of 1 day a year"
    assert SamplingDesign(52, 7).samples_per_year == 364


def inflation_by_sum(n: int, r: float) -> float:
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return float((r**lag).sum() / n)


@given(st.integers(1, 60), st.floats(0, 0.95))
def test_the_inflation_is_the_sum_of_the_correlation_matrix(n, r):
    assert float(mean_inflation(n, r)) == pytest.approx(inflation_by_sum(n, r), rel=1e-9)


def test_without_correlation_the_spread_is_that_of_the_noise_model():
    rounds, days = np.array([[1], [4], [12]]), np.array([1, 2, 7])
    np.testing.assert_allclose(
        mean_sd(PRINTED, rounds, days, plants=2, years=3), PRINTED.period_sd(rounds * 3, days, plants=2)
    )
    # Fully shared rounds: what moves them is not averaged at all, the days are.
    nearly = mean_sd(PRINTED, 4, 2, correlation=1 - 1e-6)
    assert nearly == pytest.approx(np.sqrt(0.177**2 + 0.327**2 / 8), rel=1e-4)


@given(designs, st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_chances_rise_with_the_fall_and_looks_get_rarer(design, one, two):
    found = design_power(design, noise=PRINTED)
    low, high = sorted((one, two))
    assert found.chance(low) <= found.chance(high)
    assert found.looks_lower(low) >= found.looks_lower(high)
    assert found.chance(0.0) == pytest.approx(found.alpha)
    assert found.chance(found.smallest_fall) == pytest.approx(found.power)


@given(designs)
def test_more_of_anything_never_shows_less(design):
    base = design_power(design, noise=PRINTED).smallest_fall
    for name in ("plants", "base_years", "target_years", "rounds", "days"):
        parts = {f: getattr(design, f) for f in ("rounds", "days", "plants", "base_years", "target_years")}
        parts[name] += 1
        assert design_power(SamplingDesign(**parts), noise=PRINTED).smallest_fall < base
    assert design_power(design, noise=PRINTED, bias=0.1).smallest_fall > base
    assert design_power(design, noise=PRINTED, correlation=0.4).smallest_fall >= base


def test_years_average_down_and_a_drift_does_not():
    one = design_power(SamplingDesign(4, 2), noise=PRINTED)
    assert one.ratio_sd == pytest.approx(one.year_sd * np.sqrt(2))
    long = design_power(SamplingDesign(4, 2, base_years=3, target_years=2), noise=PRINTED)
    assert long.year_sd == one.year_sd
    assert long.ratio_sd == pytest.approx(one.year_sd * np.sqrt(1 / 3 + 1 / 2))
    drift = design_power(SamplingDesign(24, 7, base_years=9, target_years=9), noise=PRINTED, bias=0.1)
    assert 0.1 < drift.ratio_sd < 0.11


@pytest.mark.parametrize("correlation", [0.0, 0.4])
@pytest.mark.parametrize(
    "design", [SamplingDesign(1, 7), SamplingDesign(4, 2), SamplingDesign(6, 1, plants=2, base_years=2)]
)
def test_the_formulas_agree_with_simulated_rounds_and_days(design, correlation):
    power = design_power(design, noise="mdma", correlation=correlation)
    critical = -stats.norm.ppf(0.95) * power.ratio_sd
    for fall in (0.0, 0.3, 0.5):
        ratios = simulate_design(design, "mdma", fall, draws=DRAWS, rng=1, correlation=correlation, mean="geometric")
        assert ratios.shape == (DRAWS,)
        # The SD of n normal values has a relative error of 1 / sqrt(2 n).
        assert ratios.std() == pytest.approx(power.ratio_sd, rel=4 / np.sqrt(2 * DRAWS))
        assert (ratios < critical).mean() == pytest.approx(float(power.chance(fall)), abs=FOUR_ERRORS)
        if fall == 0:
            assert (ratios <= np.log(0.8)).mean() == pytest.approx(float(power.looks_lower(0.2)), abs=FOUR_ERRORS)


@pytest.mark.parametrize("biomarker", ["methamphetamine", "mdma"])
def test_arithmetic_means_of_loads_behave_nearly_as_the_formulas_say(biomarker):
    design = SamplingDesign(4, 2)
    power = design_power(design, noise=biomarker)
    ratios = simulate_design(design, biomarker, 0.0, draws=DRAWS, rng=2)
    # A mean of log-normals is no log-normal: its log SD is wider, at the largest noise by 4 %; 2 % of simulation error.
    assert 0.98 < ratios.std() / power.ratio_sd < 1.06
    assert (ratios <= np.log(0.8)).mean() == pytest.approx(float(power.looks_lower(0.2)), abs=2 * FOUR_ERRORS)


def test_a_simulation_is_repeated_by_its_seed():
    one = simulate_design(SamplingDesign(2, 2), PRINTED, 0.2, draws=50, rng=4)
    np.testing.assert_array_equal(one, simulate_design(SamplingDesign(2, 2), PRINTED, 0.2, draws=50, rng=4))
    assert (one != simulate_design(SamplingDesign(2, 2), PRINTED, 0.2, draws=50, rng=5)).all()


def test_the_frame_is_tidy_and_tells_every_fall():
    found = design_power(SamplingDesign(1, 7), noise=PRINTED, fall=[0.0, 0.2, 0.53])
    frame = found.frame
    assert frame["fall"].tolist() == [0.0, 0.2, 0.53]
    assert frame["chance_shown"].iloc[0] == pytest.approx(0.05)
    assert frame["chance_shown"].iloc[2] == pytest.approx(0.8, abs=0.01)
    assert frame["looks_lower"].round(2).tolist()[:2] == [0.5, 0.23]
    assert (frame["samples_per_year"] == 7).all() and (frame["status"] == "computed").all()
    assert design_power(SamplingDesign(1, 7), noise=PRINTED, fall=0.2).frame["fall"].tolist() == [0.2]


def test_the_explanation_names_the_noise_and_what_comes_on_top():
    told = design_power(SamplingDesign(4, 2), noise="methamphetamine").explain()
    english, chinese = told.in_language("en"), told.in_language("zh")
    assert "Statistics Canada" in english and "comes on top" in english and "13.8%" in english
    assert "加拿大统计局" in chinese and "未计入" in chinese and "甲基苯丙胺" in chinese
    assert "one plant in ten" in english and "successive months correlate by 0.12" in english
    counted = design_power(SamplingDesign(4, 2), noise="methamphetamine", bias=0.1, correlation=0.2).explain()
    assert "log SD of 0.1" in counted.in_language("en") and "comes on top" not in counted.in_language("en")
    assert "successive months" not in counted.in_language("en")
    alike = NoiseModel("my_marker", 0.3, 0.2, np.inf, 0, "reported", "our own series")
    own = design_power(SamplingDesign(4, 2), noise=alike).explain().in_language("en")
    assert "my_marker" in own and "our own series" in own and "one plant in ten" not in own


def test_assumed_noise_makes_an_assumed_result():
    found = design_power(SamplingDesign(4, 2), noise="ketamine")
    assert found.made.status is Status.ASSUMED and (found.frame["status"] == "assumed").all()
    assert "assumed" in found.explain().in_language("en")
    assert compare_designs([SamplingDesign(4, 2)], noise="ketamine").made.status is Status.ASSUMED
    assert plan_sampling(0.5, noise="ketamine").made.status is Status.ASSUMED
    assert design_power(SamplingDesign(4, 2), noise="mdma").manifest() != found.manifest()
    assert design_power(SamplingDesign(4, 2), noise="ketamine").manifest() == found.manifest()


def test_designs_are_compared_in_the_order_given():
    given = [SamplingDesign(*key) for key in DESIGNS]
    compared = compare_designs(given, noise=PRINTED, fall=0.2)
    assert compared.frame["smallest_fall"].round(2).tolist() == [least for _, _, least in DESIGNS.values()]
    assert len(compared.explain().lines) > len(given) and "12轮×7天" in compared.explain().in_language("zh")
    with pytest.raises(SeriesError, match="no design"):
        compare_designs([], noise=PRINTED)


@pytest.mark.parametrize("wrong", [dict(fall=1.0), dict(alpha=0.6), dict(power=0.01), dict(correlation=1.0), dict(correlation=-0.1), dict(bias=-0.1), dict(bias=np.nan)])  # fmt: skip
def test_powers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SeriesError):
        design_power(SamplingDesign(4, 2), noise=PRINTED, **wrong)


def test_a_plan_is_the_power_of_each_design():
    plan = plan_sampling(0.3, noise=PRINTED, rounds=(4, 12), days=iter((2, 7)), cost_per_sample=100)
    frame = plan.frame
    assert frame["samples_per_year"].tolist() == [8, 24, 28, 84]
    for row in frame.itertuples():
        alone = design_power(SamplingDesign(row.rounds, row.days), noise=PRINTED)
        assert row.power == pytest.approx(float(alone.chance(0.3)))
        assert row.smallest_fall == pytest.approx(alone.smallest_fall)
        assert row.decides == (row.smallest_fall <= 0.3)
        assert row.samples_total == row.samples_per_year * 4  # three years, and the base year sampled alike
        assert (row.cost_per_year, row.cost_total) == (100 * row.samples_per_year, 100 * row.samples_total)
    assert plan.cheapest == SamplingDesign(12, 2)
    assert "12 rounds of 2 days" in plan.explain().in_language("en")


def test_of_designs_with_as_many_samples_the_stronger_comes_first():
    frame = plan_sampling(0.3, noise=PRINTED).frame
    assert frame["samples_per_year"].is_monotonic_increasing
    twelve = frame[frame["samples_per_year"] == 12]
    assert twelve["rounds"].tolist() == [12, 6, 4] and twelve["power"].is_monotonic_decreasing
    cheapest = plan_sampling(0.3, noise=PRINTED).cheapest
    decides = frame[frame["decides"]]
    assert (cheapest.rounds, cheapest.days) == tuple(decides.iloc[0][["rounds", "days"]])
    assert "cost_total" not in frame


def test_a_base_already_sampled_may_be_the_limit():
    base = SamplingDesign(4, 2)
    plan = plan_sampling(0.2, noise=PRINTED, base_design=base)
    limit = np.sqrt((0.177**2 + 0.327**2 / 2) / 4)
    assert plan.limit_fall == pytest.approx(1 - np.exp(-(stats.norm.ppf(0.95) + stats.norm.ppf(0.8)) * limit))
    assert plan.limit_power == pytest.approx(stats.norm.cdf(stats.norm.ppf(0.05) - np.log(0.8) / limit))
    assert plan.cheapest is None and not plan.frame["decides"].any()
    assert (plan.frame["power"] < plan.limit_power).all() and plan.limit_power < 0.8
    assert "the base itself is the limit" in plan.explain().in_language("en")
    assert "基期本身即是限度" in plan.explain().in_language("zh")
    # The limit is sharp: just above it endless sampling decides, and the words are others.
    over = plan_sampling(plan.limit_fall + 1e-4, noise=PRINTED, base_design=base)
    assert over.cheapest is None and over.limit_power > 0.8
    assert "more sampling would" in over.explain().in_language("en")
    longer = plan_sampling(0.2, noise=PRINTED, base_design=SamplingDesign(4, 2, base_years=5))
    assert longer.limit_fall < plan.limit_fall and longer.cheapest is not None
    assert longer.frame["samples_total"].tolist() == (longer.frame["samples_per_year"] * 3).tolist()


def test_a_drift_is_a_limit_of_its_own():
    plan = plan_sampling(0.2, noise=PRINTED, bias=0.15)
    assert plan.cheapest is None and plan.limit_power < 0.8
    assert "the base and the drift" in plan.explain().in_language("en")
    assert plan_sampling(0.2, noise=PRINTED).limit_power == 1.0 and plan_sampling(0.2, noise=PRINTED).limit_fall == 0.0


def test_a_target_of_two_years_needs_fewer_samples_a_year():
    base = SamplingDesign(12, 2)
    one, two = (plan_sampling(0.22, noise=PRINTED, base_design=base, target_years=n) for n in (1, 2))
    assert two.cheapest.samples_per_year < one.cheapest.samples_per_year and two.cheapest.target_years == 2
    assert "2021 to 2022" in two.explain().in_language("en")
    with pytest.raises(SeriesError):
        plan_sampling(0.2, noise=PRINTED, target_years=4)
    assert plan_sampling(0.2, noise=PRINTED, target_years=3).target_years == 3


@pytest.mark.parametrize(
    "wrong",
    [dict(fall=0.0), dict(fall=1.0), dict(by=2019), dict(target_years=0), dict(cost_per_sample=-1), dict(rounds=()), dict(days=(0,)), dict(plants=0), dict(power=1.0), dict(correlation=1.0), dict(bias=-1.0)],
)  # fmt: skip
def test_plans_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SeriesError):
        plan_sampling(**{"noise": PRINTED, **wrong})


@pytest.mark.parametrize(("language", "words"), [("zh", "检出概率（%）"), ("en", "chance to be shown (%)")])
def test_figures_show_every_design_the_wanted_power_and_the_status(language, words):
    compared = compare_designs([SamplingDesign(1, 7), SamplingDesign(4, 2)], noise="ketamine", power=0.9)
    ax = compared.plot(language=language)
    assert ax.get_ylabel() == words
    curves = [line for line in ax.get_lines() if len(line.get_xdata()) > 50]
    assert len(curves) == 2
    np.testing.assert_allclose(curves[1].get_ydata()[0], 5)
    assert [line.get_ydata()[0] for line in ax.get_lines() if line.get_linestyle() == "--"] == [90]
    status = {"zh": "假定", "en": "assumed"}[language]
    assert status in [text.get_text() for text in ax.texts]
    measured = design_power(SamplingDesign(4, 2), noise="mdma").plot(language=language)
    assert not measured.texts
    plan = plan_sampling(0.3, noise="mdma", base_design=SamplingDesign(4, 2)).plot(language=language)
    assert plan.get_ylabel() == words and "2022" in plan.get_title(loc="left")
    assert len(plan.get_lines()) == 4 + 2  # days a round, the wanted power, the limit


def test_figures_of_several_biomarkers_name_them_and_none_is_an_error():
    from suzhou_antidrug.indicators.wastewater.design_plots import plot_power_curves

    powers = [design_power(SamplingDesign(4, 2), noise=drug) for drug in ("mdma", "ketamine")]
    ax = plot_power_curves(powers, language="en")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0].startswith("MDMA") and labels[1].startswith("ketamine") and not ax.get_title(loc="left")
    with pytest.raises(ValueError, match="no design"):
        plot_power_curves([])


@pytest.mark.parametrize("module", ["design", "design_formulas", "design_plots", "sampling_plan"])
def test_the_examples_run(module):
    outcome = doctest.testmod(import_module(ROOM + module))
    assert outcome.attempted > 0 and outcome.failed == 0


def test_what_no_sampling_averages_down_adds_to_a_plan_as_to_a_design():
    row = plan_sampling(0.3, noise=PRINTED, rounds=(4,), days=(2,), bias=0.15).frame.iloc[0]
    alone = design_power(SamplingDesign(4, 2), noise=PRINTED, bias=0.15)
    assert row["power"] == pytest.approx(float(alone.chance(0.3)))
    year = np.sqrt((0.177**2 + 0.327**2 / 2) / 4)
    spread = np.sqrt(2 * year**2 + 0.15**2)
    assert row["smallest_fall"] == pytest.approx(1 - np.exp(-(stats.norm.ppf(0.95) + stats.norm.ppf(0.8)) * spread))


def test_the_rows_of_compared_designs_are_numbered_through():
    compared = compare_designs([SamplingDesign(4, 2), SamplingDesign(12, 2)], noise=PRINTED, fall=[0.2, 0.3])
    assert compared.frame.index.tolist() == list(range(len(compared.frame))) and len(compared.frame) >= 2
