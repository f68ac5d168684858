"""Noise of loads: figures published elsewhere, loops by hand, simulated truth, and what is refused."""

from __future__ import annotations

import doctest

import numpy as np
import pandas as pd
import pytest
from golden_numbers.release_numbers import MARKERS
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater import noise as module
from suzhou_antidrug.indicators.wastewater.noise import (
    WEEKDAYS,
    NoiseModel,
    combine_noise,
    estimate_day_noise,
    estimate_monthly_noise,
    inverse_trigamma,
    load_noise,
    noise_frame,
    prior_degrees_of_freedom,
    weekday_multipliers,
)
from suzhou_antidrug.provenance import Status

HALF_DIGIT = 5.0001e-5  # half a unit of the fourth decimal, as the file is written
DRUGS = {
    "methamphetamine": "methamphetamine",
    "amphetamine": "amphetamine",
    "MDMA": "mdma",
    "cocaine": "benzoylecgonine",
    "cannabis": "thc_cooh",
    "ketamine": "ketamine",
}
CANADA = "Statistics Canada tables 13-10-0820-01 and 13-10-0871-01 (monthly loads of seven cities, 2022-2023)"
EUROPE = "EUDA (formerly EMCDDA) and the SCORE network, 2025 release (daily loads, 2011-2024)"
CANADA_ZH = "加拿大统计局表13-10-0820-01与13-10-0871-01（七城市月负荷，2022-2023年）"
EUROPE_ZH = "欧盟药物署（EUDA，前EMCDDA）与SCORE网络2025年发布数据（日负荷，2011-2024年）"
SOURCES = {
    "computed": (f"computed from {CANADA} and {EUROPE}", f"据{CANADA_ZH}及{EUROPE_ZH}计算"),
    "assumed": (
        f"month to month computed from {CANADA}; days assumed after the largest day noise of {EUROPE} that agrees with it",
        f"月际据{CANADA_ZH}计算；日间未见实测，取{EUROPE_ZH}中与之相容的最大值，为假定",
    ),
}
COLUMNS = ["biomarker", "day_sd", "round_sd", "month_sd", "df", "lag1", "sites", "series", "weeks", "status", "source", "source_zh"]  # fmt: skip


@pytest.fixture(scope="module")
def months(reference):
    canada = pd.read_csv(reference / "data" / "wastewater" / "canada_monthly_2022_2023.csv")
    canada = canada[~canada["city"].str.startswith("Weighted")]
    return canada.rename(columns={"city": "site"}).assign(biomarker=canada["marker"].map(MARKERS))


@pytest.fixture(scope="module")
def weeks(reference):
    panel = pd.read_csv(reference / "data" / "wastewater" / "panel.csv")
    return panel.assign(biomarker=panel["drug"].map(DRUGS))


def bundle(months: pd.DataFrame, weeks: pd.DataFrame) -> pd.DataFrame:
    """The bundled file is this frame, written to four decimals."""
    table = combine_noise(estimate_monthly_noise(months), estimate_day_noise(weeks))
    for place, column in enumerate(("source", "source_zh")):
        table[column] = table["status"].map(lambda status, place=place: SOURCES[status][place])
    return table[COLUMNS].round(4)


@pytest.mark.reference
def test_month_noise_of_the_canadian_cities_is_that_computed_elsewhere(months):
    found = estimate_monthly_noise(months).set_index("biomarker")
    elsewhere = dict(
        methamphetamine=0.2155, amphetamine=0.2196, mdma=0.3367, benzoylecgonine=0.1191, thc_cooh=0.1407,
        morphine=0.1423, codeine=0.1232, methadone=0.1452,
    )  # fmt: skip
    for biomarker, sd in elsewhere.items():
        assert found.loc[biomarker, "month_sd"] == pytest.approx(sd, abs=HALF_DIGIT)
    assert (found["sites"] == 7).all() and (found["series"] == 70).all()
    # Published with the table: neighbouring months correlate by 0 to 0.4.
    assert found["lag1"].min() > -0.05 and 0.35 < found["lag1"].max() < 0.45


@pytest.mark.reference
def test_day_noise_of_the_european_weeks_is_that_computed_elsewhere(weeks):
    found = estimate_day_noise(weeks).set_index("biomarker")
    order = ["methamphetamine", "amphetamine", "thc_cooh", "benzoylecgonine", "ketamine", "mdma"]
    assert found.loc[order, "day_sd"].round(2).tolist() == [0.32, 0.32, 0.27, 0.27, 0.35, 0.48]
    of_week = found.loc[order, "day_sd"] / np.sqrt(7)
    assert of_week.round(3).tolist() == [0.122, 0.121, 0.103, 0.101, 0.132, 0.183]
    assert round(found.loc["methamphetamine", "day_sd_with_weekdays"], 3) == 0.327
    assert found["weeks"].to_dict()["methamphetamine"] == 268


@pytest.mark.reference
def test_weekday_multipliers_are_those_computed_elsewhere(weeks):
    found = weekday_multipliers(weeks).set_index("biomarker").round(2)
    assert found.loc["mdma", ["thu", "sat", "sun"]].tolist() == [0.61, 1.50, 1.99]
    assert found.loc["benzoylecgonine", ["wed", "sat", "sun"]].tolist() == [0.83, 1.28, 1.34]
    meth = found.loc["methamphetamine"]
    assert (meth.min(), meth.max()) == (0.92, 1.07)


@pytest.mark.reference
def test_the_bundled_file_is_made_from_the_data(months, weeks):
    pd.testing.assert_frame_equal(noise_frame(), bundle(months, weeks), atol=HALF_DIGIT, rtol=0)


def test_the_bundled_file_agrees_with_itself():
    table = noise_frame().set_index("biomarker")
    assert table.index.is_unique and set(table.index) == set(MARKERS.values())
    month = np.sqrt(table["round_sd"] ** 2 + table["day_sd"] ** 2 / 7)
    # Two rounded figures in the formula: the error of the root stays below two half digits.
    np.testing.assert_allclose(month, table["month_sd"], atol=2 * HALF_DIGIT)
    measured = table["status"] == "computed"
    assert set(table.index[measured]) == {"methamphetamine", "amphetamine", "mdma", "benzoylecgonine", "thc_cooh"}
    assert ((table["weeks"] > 0) == measured).all()
    assert (table.loc[~measured, "day_sd"] <= table.loc[measured, "day_sd"].max()).all()
    for biomarker in table.index:
        model = load_noise(biomarker)
        assert model.month_sd == pytest.approx(table.loc[biomarker, "month_sd"], abs=2 * HALF_DIGIT)
        assert str(model.status) == table.loc[biomarker, "status"]
    mine = noise_frame()
    mine["day_sd"] = 0.0
    assert noise_frame()["day_sd"].min() > 0, "what one reader does to the table reaches the next"


def test_a_biomarker_without_a_series_gets_the_largest_measured_noise():
    model, mdma = load_noise("etomidate_acid"), load_noise("mdma")
    assert model.status is Status.ASSUMED and model.biomarker == "etomidate_acid"
    assert (model.day_sd, model.round_sd) == (mdma.day_sd, mdma.round_sd)
    assert model.lag1 == load_noise("thc_cooh").lag1 and load_noise("冰毒") == load_noise("methamphetamine")
    assert "assumed" not in str(load_noise("mdma").status) and load_noise("morphine").status is Status.ASSUMED
    assert "cautious" in model.source.in_language("en") and "从严" in model.source.in_language("zh")
    with pytest.raises(UnknownNameError, match="methamphetamine"):
        load_noise("metamphetamine")


def test_the_spread_of_a_period_is_the_formula_and_broadcasts():
    model = NoiseModel("x", 0.327, 0.177, 4, 0, Status.COMPUTED, "an example")
    printed = model.period_sd([1, 2, 4, 4, 12, 12], [7, 2, 2, 7, 2, 7])
    assert printed.round(3).tolist() == [0.216, 0.206, 0.146, 0.108, 0.084, 0.062]
    assert model.month_sd == pytest.approx(float(model.period_sd(1, 7)))
    assert model.period_sd(np.ones((3, 1)), [1, 2]).shape == (3, 2)
    assert model.period_sd(1, 2, plants=3) == pytest.approx(model.period_sd(1, 6))


@pytest.mark.parametrize(
    "wrong",
    [
        dict(day_sd=-0.1),
        dict(day_sd=np.nan),
        dict(day_sd=0, round_sd=0),
        dict(round_sd=np.inf),
        dict(df=0),
        dict(lag1=1.0),
        dict(lag1=np.nan),
    ],
)
def test_what_is_no_spread_is_refused(wrong):
    fine = dict(biomarker="x", day_sd=0.3, round_sd=0.2, df=4, lag1=0, status="computed", source="an example")
    assert NoiseModel(**fine).status is Status.COMPUTED
    with pytest.raises(SeriesError):
        NoiseModel(**{**fine, **wrong})


def by_hand(months: pd.DataFrame) -> pd.DataFrame:
    """One series after another with numpy's own straight line."""
    rows = []
    for (biomarker, site), part in months.groupby(["biomarker", "site"]):
        x = np.array([int(m[:4]) * 12 + int(m[5:]) for m in part["month"].astype(str)])
        order = np.argsort(x)
        x, y = x[order], np.log(part["load"].to_numpy())[order]
        rest = y - np.polyval(np.polyfit(x - x.mean(), y, 1), x - x.mean())
        near = np.diff(x) == 1
        lag1 = np.mean((rest[1:] * rest[:-1])[near]) / np.mean(rest**2) if near.sum() >= 3 else np.nan
        rows.append((biomarker, site, len(x), rest @ rest / (len(x) - 2), lag1))
    return pd.DataFrame(rows, columns=["biomarker", "site", "n", "variance", "lag1"])


def invented(rng: np.random.Generator, *, sites: int = 5, length: int = 14) -> pd.DataFrame:
    month = pd.period_range("2021-11", periods=length, freq="M")
    frame = pd.MultiIndex.from_product(
        [["a", "b", "c"], [f"s{i}" for i in range(sites)], month], names=["biomarker", "site", "month"]
    ).to_frame(index=False)
    frame["load"] = np.exp(rng.normal(0, 0.3, len(frame)))
    return frame.sample(frac=0.8, random_state=1)  # gaps, and no order


def test_month_noise_is_that_of_one_series_after_another():
    frame = invented(np.random.default_rng(3))
    hand = by_hand(frame)
    found = estimate_monthly_noise(frame).set_index("biomarker")
    median = hand.groupby("biomarker").agg(variance=("variance", "median"), lag1=("lag1", "median"))
    np.testing.assert_allclose(found["month_sd"], np.sqrt(median["variance"]), rtol=1e-9)
    np.testing.assert_allclose(found["lag1"], median["lag1"], rtol=1e-7)
    as_text = estimate_monthly_noise(frame.assign(month=frame["month"].astype(str))).set_index("biomarker")
    pd.testing.assert_frame_equal(found, as_text)
    # The moments once more, with scipy's root finder in place of Newton's method.
    half = (hand["n"] - 2) / 2
    e = np.log(hand["variance"]) - special.digamma(half) + np.log(half)
    e = e - e.groupby(hand["biomarker"]).transform("mean")
    excess = (e**2).sum() / (len(e) - 3) - special.polygamma(1, half).mean()
    expected = 2 * optimize.brentq(lambda y: special.polygamma(1, y) - excess, 1e-3, 1e6) if excess > 0 else np.inf
    assert found["df"].iloc[0] == pytest.approx(expected, rel=1e-6)


def test_units_and_a_steady_trend_do_not_move_the_noise():
    frame = invented(np.random.default_rng(5))
    step = frame["month"].map(lambda m: m.ordinal)
    moved = frame.assign(load=frame["load"] * 1000 * np.exp(-0.05 * (step - step.min())))
    pd.testing.assert_frame_equal(estimate_monthly_noise(frame), estimate_monthly_noise(moved))


def test_short_series_are_left_out_and_not_counted():
    frame = invented(np.random.default_rng(6))
    short = frame[frame["site"] == "s0"].groupby("biomarker").head(5).assign(site="short")
    found = estimate_monthly_noise(pd.concat([frame, short], ignore_index=True))
    pd.testing.assert_frame_equal(found, estimate_monthly_noise(frame))
    more = estimate_monthly_noise(pd.concat([frame, short], ignore_index=True), minimum_months=5)
    assert (more["sites"] == 6).all()
    with pytest.raises(SeriesError, match="no series has 99 months"):
        estimate_monthly_noise(frame, minimum_months=99)
    with pytest.raises(ValueError, match="3 months"):
        estimate_monthly_noise(frame, minimum_months=2)


def test_the_prior_degrees_of_freedom_are_found_again():
    # s^2 = scale * chi2(d)/d * df/chi2(df): the law that the moments assume.
    rng, df, d = np.random.default_rng(7), 5.0, 16
    groups = np.repeat(np.arange(4), 5000)
    variances = np.exp(groups) * rng.chisquare(d, groups.size) / d * df / rng.chisquare(df, groups.size)
    assert prior_degrees_of_freedom(variances, np.full(groups.size, d), groups) == pytest.approx(df, rel=0.05)
    alike = np.exp(groups) * rng.chisquare(d, groups.size) / d
    assert prior_degrees_of_freedom(alike, np.full(groups.size, d), groups) > 100
    assert np.isnan(prior_degrees_of_freedom([1.0, 2.0], [9, 9], ["a", "b"]))


@given(st.floats(1e-6, 1e6))
def test_the_inverse_of_trigamma_is_its_inverse(x):
    assert special.polygamma(1, inverse_trigamma(x)) == pytest.approx(x, rel=1e-9)


def test_the_inverse_of_trigamma_at_known_points():
    # trigamma(1) = pi^2 / 6, trigamma(1/2) = pi^2 / 2.
    np.testing.assert_allclose(inverse_trigamma([np.pi**2 / 6, np.pi**2 / 2]), [1.0, 0.5], rtol=1e-12)
    with pytest.raises(ValueError, match="positive"):
        inverse_trigamma(0.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.assign(load=f["load"].where(f.index != f.index[0], 0.0)), "not 0"),
        (lambda f: f.assign(load=f["load"].where(f.index != f.index[0], -1.0)), "above 0"),
        (lambda f: f.assign(load=f["load"].where(f.index != f.index[0], np.inf)), "above 0"),
        (lambda f: pd.concat([f, f.head(1)]), "twice"),
        (lambda f: f.drop(columns="site"), "missing"),
        (lambda f: f.assign(site=None), "whose"),
        (lambda f: f.assign(month="2022"), "twice|2022-03"),
        (lambda f: f.groupby(["biomarker", "site"]).head(1).assign(month="2022-13"), "2022-03"),
        (lambda f: f.assign(load=1.01 ** f["month"].map(lambda m: m.ordinal)), "straight line"),
    ],
)
def test_months_that_cannot_be_used_are_refused(change, said):
    with pytest.raises(SeriesError, match=said):
        estimate_monthly_noise(change(invented(np.random.default_rng(8))))


def test_an_empty_month_is_an_absent_month():
    frame = invented(np.random.default_rng(9))
    emptied = frame.assign(load=frame["load"].where(np.arange(len(frame)) % 7 != 0))
    pd.testing.assert_frame_equal(estimate_monthly_noise(emptied), estimate_monthly_noise(emptied.dropna()))


def invented_weeks(rng: np.random.Generator, weeks: int, *, day_sd: float) -> pd.DataFrame:
    pattern = np.log([1.2, 0.8, 0.7, 0.6, 0.8, 1.5, 2.0])
    logs = rng.normal(3, 0.8, (weeks, 1)) + pattern - pattern.mean() + rng.normal(0, day_sd, (weeks, 7))
    return pd.DataFrame(np.exp(logs), columns=WEEKDAYS).assign(site="s", biomarker="mdma", year=range(weeks))


def test_day_noise_and_multipliers_of_a_simulated_truth_are_found_again():
    frame = invented_weeks(np.random.default_rng(10), 8000, day_sd=0.3)
    # 6 x 8000 degrees of freedom leave an error of 0.3 %; four of it.
    assert estimate_day_noise(frame, minimum_load=0)["day_sd"].item() == pytest.approx(0.3, rel=0.013)
    truth = np.array([1.2, 0.8, 0.7, 0.6, 0.8, 1.5, 2.0])
    truth = truth / np.exp(np.log(truth).mean())
    found = weekday_multipliers(frame, minimum_load=0)[list(WEEKDAYS)].to_numpy()[0]
    np.testing.assert_allclose(found, truth, rtol=0.015)
    assert np.log(found).sum() == pytest.approx(0, abs=1e-12)


def test_day_noise_is_that_of_two_way_residuals():
    frame = invented_weeks(np.random.default_rng(11), 6, day_sd=0.4)
    logs = np.log(frame[list(WEEKDAYS)].to_numpy())
    rest = logs - logs.mean(1, keepdims=True) - logs.mean(0) + logs.mean()
    found = estimate_day_noise(frame, minimum_load=0).iloc[0]
    assert found["day_sd"] == pytest.approx(np.sqrt((rest**2).sum() / 30))
    assert found["day_sd_with_weekdays"] == pytest.approx(np.sqrt(logs.var(axis=1, ddof=1).mean()))


def test_weeks_with_a_gap_a_zero_or_a_low_mean_are_left_out_and_counted():
    frame = invented_weeks(np.random.default_rng(12), 6, day_sd=0.2)
    frame[list(WEEKDAYS)] *= 100
    extra = frame.head(4).assign(year=range(100, 104)).reset_index(drop=True)
    extra.loc[0, "mon"] = np.nan
    extra.loc[1, "sun"] = 0.0
    extra.loc[2, list(WEEKDAYS)] = 4.99
    extra.loc[3, list(WEEKDAYS)] = 5.0
    both = pd.concat([frame, extra, extra.head(1).assign(biomarker="ketamine")], ignore_index=True)
    found = estimate_day_noise(both).set_index("biomarker")
    assert found.loc["mdma", ["weeks", "weeks_left_out"]].tolist() == [7, 3]
    assert found.loc["ketamine", ["weeks", "weeks_left_out"]].tolist() == [0, 1]
    assert np.isnan(found.loc["ketamine", "day_sd"])
    assert weekday_multipliers(both).set_index("biomarker").loc["ketamine"].isna().all()
    for wrong, said in ((both.assign(mon=-1.0), "negative"), (pd.concat([both, both]), "twice")):
        with pytest.raises(SeriesError, match=said):
            estimate_day_noise(wrong)


def test_missing_day_noise_never_exceeds_what_the_months_allow():
    monthly = pd.DataFrame({"biomarker": ["a", "b", "quiet", "loud"], "month_sd": [0.3, 0.2, 0.05, 2.0]})
    daily = pd.DataFrame({"biomarker": ["a", "b", "other"], "day_sd": [0.4, 0.3, 0.9], "weeks": [9, 9, 9]})
    found = combine_noise(monthly, daily).set_index("biomarker")
    assert found["round_sd"].gt(0).all()
    np.testing.assert_allclose(found["round_sd"] ** 2 + found["day_sd"] ** 2 / 7, found["month_sd"] ** 2)
    assert found.loc["loud", "day_sd"] == 0.4  # the largest measured beside months, not that of another biomarker
    share = found["day_sd"] ** 2 / 7 / found["month_sd"] ** 2
    assert share["quiet"] == pytest.approx(share["b"]) and share["b"] > share["a"]
    assert found["status"].tolist() == ["computed", "computed", "assumed", "assumed"]
    assert found["weeks"].tolist() == [9, 9, 0, 0]
    for days, said in ((daily.assign(day_sd=0.9), "more than months"), (daily.tail(1), "none has both")):
        with pytest.raises(SeriesError, match=said):
            combine_noise(monthly, days)


def test_the_examples_run():
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0 and outcome.failed == 0


@pytest.mark.parametrize("lag1", [-1.0, 1.0])
def test_a_correlation_of_one_is_no_noise(lag1):
    with pytest.raises(SeriesError):
        NoiseModel("x", 0.3, 0.2, 4, lag1, "computed", "an example")
    assert NoiseModel("x", 0.3, 0.2, 4, 0.99 * lag1, "computed", "an example").lag1 == 0.99 * lag1


def test_one_week_has_no_noise_and_two_have():
    frame = invented_weeks(np.random.default_rng(1), 2, day_sd=0.2)
    one, two = (estimate_day_noise(part, minimum_load=0).iloc[0] for part in (frame.head(1), frame.head(2)))
    assert one["weeks"] == 1 and np.isnan(one["day_sd"]) and np.isnan(one["day_sd_with_weekdays"])
    assert two["weeks"] == 2 and two["day_sd"] > 0 and two["day_sd_with_weekdays"] > 0
