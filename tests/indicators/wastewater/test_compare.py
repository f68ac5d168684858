"""Changes of loads: the ratio, the verdict, its error rates, and every reason not to compare."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.compare import compare_loads
from suzhou_antidrug.indicators.wastewater.falls import Evidence
from suzhou_antidrug.indicators.wastewater.loads import Loads, compute_loads, loads_from_frame
from suzhou_antidrug.indicators.wastewater.measurements import Measurements
from suzhou_antidrug.indicators.wastewater.noise import NoiseModel, load_noise
from suzhou_antidrug.indicators.wastewater.verdict_errors import ComparedDesign, verdict_error_rates
from suzhou_antidrug.verdicts import Verdict

QUARTERS = (2, 5, 8, 11)
NOISE = load_noise("methamphetamine")


def days_of(years, days=(2, 5)) -> pd.DatetimeIndex:
    """Wednesday and Saturday of the first full week of each quarter's middle month."""
    firsts = [pd.Timestamp(y, m, 1) for y in years for m in QUARTERS]
    mondays = [f + pd.offsets.Week(weekday=0) for f in firsts]
    return pd.DatetimeIndex([m + pd.Timedelta(days=d) for m in mondays for d in days])


def sheet(years, load, *, plant="A", biomarker="methamphetamine", days=(2, 5), **columns) -> pd.DataFrame:
    start = days_of(years, days)
    return pd.DataFrame(
        {"plant": plant, "biomarker": biomarker, "start": start, "load": np.broadcast_to(load, len(start))} | columns
    )


def change(*frames: pd.DataFrame, base=(2019,), target=(2022,), **options) -> pd.Series:
    found = compare_loads(loads_from_frame(pd.concat(frames, ignore_index=True)), base=base, target=target, **options)
    return found.frame.iloc[0]


def laboratory(years, concentration, **columns) -> pd.DataFrame:
    start = days_of(years)
    base = {
        "plant": "A", "biomarker": "methamphetamine", "start": start, "concentration_ng_per_L": concentration,
        "loq_ng_per_L": 1.0, "flow_m3_per_day": 1e5, "population": 3e5, "population_basis": "census",
        "laboratory": "省中心", "method": "M1",
    }  # fmt: skip
    return pd.DataFrame(base | columns)


def lab_loads(*frames: pd.DataFrame, strict: bool = True) -> Loads:
    return compute_loads(Measurements.from_frame(pd.concat(frames, ignore_index=True), strict=strict))


def test_one_period_by_hand():
    """The t written out: FW variances, the scale from the scatter of rounds, the prior's degrees of freedom."""
    rng = np.random.default_rng(4)
    base = sheet([2019], 40 * np.exp(0.2 * rng.standard_normal(8)))
    later = sheet([2022], 30 * np.exp(0.2 * rng.standard_normal(8)))
    found = change(base, later)
    squares, means = 0.0, []
    for frame in (base, later):
        pairs = frame["load"].to_numpy().reshape(4, 2)
        rounds = (3 * pairs[:, 0] + 4 * pairs[:, 1]) / 7
        squares += ((np.log(rounds) - np.log(rounds).mean()) ** 2).sum()
        means.append(rounds.mean())
    day = np.expm1(NOISE.day_sd**2) / 2
    expected = np.log1p(day) + NOISE.round_sd**2
    side = np.log1p((np.expm1(NOISE.round_sd**2) + day * np.exp(NOISE.round_sd**2)) / 4)
    phi = (NOISE.df + squares / expected) / (NOISE.df + 6)
    t = (np.log(0.9) - np.log(means[1] / means[0])) / np.sqrt(2 * side * phi)
    assert found["ratio"] == pytest.approx(means[1] / means[0])
    assert found["scale"] == pytest.approx(phi) and found["degrees"] == pytest.approx(NOISE.df + 6)
    assert found["probability"] == pytest.approx(stats.t.cdf(t, NOISE.df + 6))


def test_days_of_one_week_are_no_replicates():
    """Two weeks whose days differ beyond any doubt of a t-test decide nothing about the year."""
    week = np.array([9.0, 10, 11, 10, 9, 10, 11])

    def one(year, scale):
        start = pd.date_range(f"{year}-03-01", periods=7)
        return pd.DataFrame({"plant": "A", "biomarker": "methamphetamine", "start": start, "load": week * scale})

    assert stats.ttest_ind(week * 0.75, week).pvalue < 0.001
    found = change(one(2019, 1.0), one(2022, 0.75))
    assert found["verdict"] == Verdict.INSUFFICIENT_EVIDENCE
    assert found["rounds_base"] == found["rounds_target"] == 1


def test_a_deep_fall_is_met_a_rise_is_not_met_and_between_is_undecided():
    assert change(sheet([2019], 40.0), sheet([2022], 12.0))["verdict"] == Verdict.MET
    assert change(sheet([2019], 40.0), sheet([2022], 80.0))["verdict"] == Verdict.NOT_MET
    assert change(sheet([2019], 40.0), sheet([2022], 33.0))["verdict"] == Verdict.INSUFFICIENT_EVIDENCE


def test_every_target_period_must_have_fallen():
    held = change(sheet([2019], 40.0), sheet([2021, 2022], 10.0), target=(2021, 2022))
    assert held["verdict"] == Verdict.MET
    lost = change(sheet([2019], 40.0), sheet([2021], 80.0), sheet([2022], 10.0), target=(2021, 2022))
    assert lost["verdict"] == Verdict.NOT_MET and lost["ratio"] == pytest.approx(0.25)


def test_a_spike_is_no_base():
    frames = [sheet([2017, 2018], 20.0), sheet([2019], 60.0), sheet([2022], 20.0)]
    assert change(*frames)["verdict"] == Verdict.MET  # the trap
    assert change(*frames, base=(2017, 2018, 2019))["ratio"] == pytest.approx(20 / (100 / 3))
    assert "2019" in change(*frames, base=(2017, 2018, 2019))["caution_zh"]
    assert "一年" in change(*frames)["caution_zh"]  # one base year cannot show that it was a spike
    even = [sheet([2017, 2018, 2019], 40.0), sheet([2022], 20.0)]
    assert change(*even, base=(2017, 2018, 2019))["caution_zh"] == ""


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("laboratory", "市中心", "实验室"), ("method", "M2", "方法"), ("population_basis", "registered", "人口口径")],
)
def test_another_laboratory_method_or_population_base_is_not_comparable(column, value, words):
    loads = lab_loads(laboratory([2019], 100.0), laboratory([2022], 20.0, **{column: value}))
    found = compare_loads(loads, base=[2019], target=[2022]).frame.iloc[0]
    assert found["verdict"] == Verdict.NOT_ASSESSABLE and words in found["reason_zh"]
    assert np.isnan(found["ratio"]) and np.isnan(found["probability"]) and np.isnan(found["false_alarm"])
    bridged = compare_loads(loads, base=[2019], target=[2022], accept={column: "比对试验 2021"})
    assert bridged.frame.iloc[0]["verdict"] == Verdict.MET and "比对试验 2021" in bridged.explain().in_language("zh")


def test_missing_periods_are_named():
    assert change(sheet([2019], 40.0), base=(2018, 2019), target=(2022,))["reason_en"] == "a base period has no data"
    assert change(sheet([2019], 40.0), base=(2019,), target=(2022,))["reason_en"] == "a target period has no data"


def test_left_out_and_doubtful_rows_withhold_the_verdict():
    bad = laboratory([2022], [0.0, *[20.0] * 7])
    found = compare_loads(
        lab_loads(laboratory([2019], 100.0), bad, strict=False), base=[2019], target=[2022]
    ).frame.iloc[0]
    assert found["verdict"] == Verdict.NOT_ASSESSABLE and "未能采用" in found["reason_zh"]
    slip = laboratory([2022], [20.0, 20, 20, 200, 20, 20, 20, 20])
    found = compare_loads(lab_loads(laboratory([2019], 100.0), slip), base=[2019], target=[2022]).frame.iloc[0]
    assert found["verdict"] == Verdict.NOT_ASSESSABLE and "待核对" in found["reason_zh"]
    slip["confirmed"] = ["", "", "", "是", "", "", "", ""]
    confirmed = lab_loads(laboratory([2019], 100.0, confirmed=""), slip)
    assert compare_loads(confirmed, base=[2019], target=[2022]).frame.iloc[0]["verdict"] != Verdict.NOT_ASSESSABLE


def test_other_weekdays_matter_only_for_a_drug_of_the_weekend():
    """MDMA of two weekend days against one and a weekday: the week alone moves it; methamphetamine hardly."""
    for biomarker, blocked in (("mdma", True), ("methamphetamine", False), ("etomidate_acid", True)):
        found = change(
            sheet([2019], 40.0, days=(5, 6), biomarker=biomarker), sheet([2022], 12.0, days=(2, 5), biomarker=biomarker)
        )
        assert (found["verdict"] == Verdict.NOT_ASSESSABLE) is blocked, biomarker
        assert not blocked or "星期" in found["reason_zh"]


def test_other_seasons_are_not_compared():
    a, b = sheet([2019], 40.0), sheet([2022], 12.0)
    found = change(a[a["start"].dt.quarter == 1], b[b["start"].dt.quarter == 3])
    assert found["verdict"] == Verdict.NOT_ASSESSABLE and "季节" in found["reason_zh"]
    assert change(a, b[b["start"].dt.quarter == 3])["verdict"] != Verdict.NOT_ASSESSABLE


def test_a_better_limit_makes_no_fall():
    """The laboratory could not see below 50; with a limit of 1 it sees 20. Nothing may be said to have fallen."""
    base = laboratory([2019], "<50", loq_ng_per_L=50.0)
    later = laboratory([2022], "20")
    found = compare_loads(lab_loads(base, later), base=[2019], target=[2022]).frame.iloc[0]
    assert found["limits_raised"] and found["verdict"] == Verdict.NOT_ASSESSABLE
    assert found["below_limit_base"] == found["below_limit_target"] == 1.0


def test_bounds_that_agree_still_decide():
    """All measured before, all below a limit far lower after: at zero or at the limit it fell."""
    found = compare_loads(
        lab_loads(laboratory([2019], "400"), laboratory([2022], "<1")), base=[2019], target=[2022]
    ).frame.iloc[0]
    assert found["verdict"] == Verdict.MET and "两端结论相同" in found["reason_zh"]
    assert np.isnan(found["ratio"]) and found["low"] == 0 and 1 / 400 < found["high"] < 0.01


def test_bounds_that_disagree_are_not_assessable():
    found = compare_loads(
        lab_loads(laboratory([2019], "40"), laboratory([2022], "<38", loq_ng_per_L=38.0)), base=[2019], target=[2022]
    ).frame.iloc[0]
    assert found["verdict"] == Verdict.NOT_ASSESSABLE


def test_enough_values_below_their_limit_are_fitted():
    rng = np.random.default_rng(6)

    def years(span, level):
        values = level * np.exp(0.4 * rng.standard_normal(8 * len(span)))
        return laboratory(span, [f"{v:.3f}" if v >= 12 else "<12" for v in values], loq_ng_per_L=12.0)

    loads = lab_loads(years([2017, 2018, 2019], 16.0), years([2020, 2021, 2022], 15.0))
    found = compare_loads(loads, base=[2017, 2018, 2019], target=[2020], minimum_fall=0.1).frame.iloc[0]
    assert 0 < found["below_limit_base"] < 0.8
    assert found["method_base"] in ("lognormal_mle", "bounds")
    assert found["method_target"] == "bounds"  # eight values are too few


def test_places_are_pooled_by_population_over_plants_that_stayed():
    frames = [
        sheet([2019], 10.0, plant="A", population=3e5, division="昆山市"),
        sheet([2022], 5.0, plant="A", population=3e5, division="昆山市"),
        sheet([2019], 40.0, plant="B", population=1e5, division="昆山市"),
        sheet([2022], 20.0, plant="B", population=1e5, division="昆山市"),
        sheet([2022], 500.0, plant="新厂", population=2e5, division="昆山市"),
    ]
    for by in ("division", "city"):
        found = change(*frames, by=by)
        assert found["ratio"] == pytest.approx(0.5) and found["plants"] == 2 and found["plants_left_out"] == 1
    city = compare_loads(loads_from_frame(pd.concat(frames)), base=[2019], target=[2022], by="city")
    assert city.frame["site"].tolist() == ["city"]


def test_the_mean_of_a_place_is_mass_over_people():
    frames = [
        sheet([2019], 10.0, plant="A", population=3e5), sheet([2022], 10.0, plant="A", population=3e5),
        sheet([2019], 40.0, plant="B", population=1e5), sheet([2022], 4.0, plant="B", population=1e5),
    ]  # fmt: skip
    assert change(*frames, by="city")["ratio"] == pytest.approx((10 * 3 + 4) / (10 * 3 + 40))


def test_pooling_needs_people_and_divisions():
    with pytest.raises(SeriesError):
        change(sheet([2019], 10.0), sheet([2022], 5.0), by="city")
    with pytest.raises(SeriesError):
        change(sheet([2019], 10.0, population=1e5), sheet([2022], 5.0, population=1e5), by="division")


def test_more_plants_average_days_but_not_rounds():
    def city(plants):
        frames = [sheet([y], 10.0, plant=f"P{i}", population=1e5) for i in range(plants) for y in (2019, 2022)]
        found = compare_loads(loads_from_frame(pd.concat(frames)), base=[2019], target=[2022], by="city")
        return found.evidence.base_variance[0] / found.frame["scale"].iloc[0]

    few, many = city(1), city(100)
    floor = NOISE.round_sd**2 / 4
    assert floor < many < few and many == pytest.approx(floor, rel=0.1)


def test_false_alarms_and_power_are_those_of_the_design():
    """Verdicts on simulated sheets of the very design occur as often as the table says."""
    rng = np.random.default_rng(8)
    noise = NoiseModel("methamphetamine", NOISE.day_sd, NOISE.round_sd, 1e9, 0.0, "computed", "test")
    plants, fall = 1500, 0.3
    frames = []
    for year, level in ((2018, 1.0), (2019, 1.0), (2021, 1 - fall), (2022, 1 - fall)):
        start = days_of([year])
        rounds = np.exp(noise.round_sd * rng.standard_normal((plants, 4))).repeat(2, axis=1)
        daily = rounds * np.exp(noise.day_sd * rng.standard_normal((plants, 8)))
        frames.append(pd.DataFrame({
            "plant": np.repeat(np.arange(plants).astype(str), 8), "biomarker": "methamphetamine",
            "start": np.tile(start, plants), "load": 30 * level * daily.ravel(),
        }))  # fmt: skip
    loads = loads_from_frame(pd.concat(frames, ignore_index=True))
    found = compare_loads(loads, base=[2018, 2019], target=[2021, 2022], noise={"methamphetamine": noise}).frame
    design = ComparedDesign(noise.day_sd, noise.round_sd, noise.df, 2, 4, 2, 2, 4, 2)
    told = verdict_error_rates(design, minimum_fall=0.1, evidence=0.9, draws=4000, seed=0).set_index("fall").loc[fall]
    error = 4 * np.sqrt(0.25 / plants + 0.25 / 4000)
    assert (found["verdict"] == "met").mean() == pytest.approx(told["met"], abs=error)
    assert (found["verdict"] == "not_met").mean() == pytest.approx(told["not_met"], abs=error)
    assert found["power_30"].iloc[0] == pytest.approx(told["met"], abs=error)


@pytest.mark.parametrize(
    "design",
    [
        ComparedDesign(0.32, 0.18, 3.84, 1, 1, 7, 1, 1, 7),
        ComparedDesign(0.32, 0.18, 3.84, 3, 4, 2, 2, 4, 2),
        ComparedDesign(0.48, 0.28, 3.84, 3, 4, 2, 1, 4, 2),
        ComparedDesign(0.27, 0.06, 3.84, 1, 12, 7, 1, 12, 7),
    ],
)
def test_calibration_of_the_rule(design):
    """No change: met at most 1 - evidence. A fall of exactly the rule's: wrong either way at most 1 - evidence."""
    rates = verdict_error_rates(design, minimum_fall=0.1, evidence=0.9, draws=4000).set_index("fall")
    slack = 4 * np.sqrt(0.1 * 0.9 / 4000)
    assert rates.loc[0.0, "met"] <= 0.1 + slack
    assert rates.loc[0.1, "met"] <= 0.1 + slack
    assert rates.loc[0.2, "not_met"] <= 0.1 + slack
    assert rates.loc[0.3, "not_met"] < rates.loc[0.0, "not_met"]
    assert rates["met"].is_monotonic_increasing
    assert rates.sum(axis=1).to_list() == pytest.approx([1.0] * len(rates))


def test_more_rounds_leave_less_undecided():
    designs = [ComparedDesign(0.32, 0.18, 3.84, 3, r, 2, 2, r, 2) for r in (1, 4, 12)]
    rates = [verdict_error_rates(d, minimum_fall=0.1, evidence=0.9).set_index("fall") for d in designs]
    assert [r.loc[0.0, "insufficient_evidence"] for r in rates] == sorted(
        (r.loc[0.0, "insufficient_evidence"] for r in rates), reverse=True
    )


def test_curve_and_flip_point_belong_together():
    found = compare_loads(
        loads_from_frame(pd.concat([sheet([2019], 40.0), sheet([2022], 25.0)])), base=[2019], target=[2022]
    )
    curve = found.curve("A", "methamphetamine").set_index("fall")["probability"]
    assert curve.is_monotonic_decreasing
    flip = found.frame["flip_point"].iloc[0]
    assert curve.loc[np.floor(flip * 100) / 100] >= 0.9 >= curve.loc[np.ceil(flip * 100) / 100]
    assert isinstance(found.evidence, Evidence)
    with pytest.raises(UnknownNameError):
        found.curve("B", "methamphetamine")
    other = compare_loads(
        lab_loads(laboratory([2019], 100.0), laboratory([2022], 20.0, laboratory="市中心")), base=[2019], target=[2022]
    )
    assert other.curve("A", "methamphetamine")["probability"].isna().all()


def test_quarters_compare_too():
    found = change(sheet([2019, 2020], 40.0), base=("2019Q1", "2019Q2"), target=("2020Q2",), frequency="quarter")
    assert found["ratio"] == pytest.approx(1.0) and found["rounds_base"] == 2


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"base": []}, SeriesError),
        ({"base": [2022]}, SeriesError),
        ({"base": ["gestern"]}, SeriesError),
        ({"minimum_fall": 1.0}, SeriesError),
        ({"evidence": 0.5}, SeriesError),
        ({"by": "county"}, UnknownNameError),
        ({"frequency": "week"}, UnknownNameError),
        ({"accept": {"weather": "x"}}, UnknownNameError),
    ],
)
def test_impossible_questions_are_refused(options, error):
    with pytest.raises(error):
        change(sheet([2019], 40.0), sheet([2022], 12.0), **({"base": (2019,)} | options))


def test_explanation_says_what_must_be_said():
    found = compare_loads(
        loads_from_frame(pd.concat([sheet([2019], 40.0), sheet([2022], 12.0)])), base=[2019], target=[2022]
    )
    said = found.explain("A", "methamphetamine").in_language("en")
    for words in (
        "mass loads",
        "ratio of arithmetic means",
        "rounds / days",
        "below a limit",
        "met without change",
        "a choice of this library",
    ):
        assert words in said
    assert "达成" in found.explain().in_language("zh")
