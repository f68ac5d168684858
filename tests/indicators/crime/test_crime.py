"""Crime: controls, interruptions, donors, small areas: R's answers, simulation, and what cannot be told."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import dataset, golden, inline

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.count_models import fit_counts
from suzhou_antidrug.indicators.crime.attribution import attributable_share
from suzhou_antidrug.indicators.crime.compare import compare_crime
from suzhou_antidrug.indicators.crime.control_series import ratio_of_ratios
from suzhou_antidrug.indicators.crime.definitions import CaseDefinition
from suzhou_antidrug.indicators.crime.donors import difference_in_differences, synthetic_control
from suzhou_antidrug.indicators.crime.interrupted import interrupted_series
from suzhou_antidrug.indicators.crime.small_areas import shrink_small_areas
from suzhou_antidrug.verdicts import Verdict

WHAT = CaseDefinition("caused_by_drugs", flag="讯问笔录载明系为购毒")


def test_a_control_worked_by_hand():
    data, want = inline("ratio_of_ratios"), golden("ratio_of_ratios")
    found = ratio_of_ratios(data["drug"], data["control"])
    assert float(found.ratio) == pytest.approx(want["rrr"])
    assert [float(found.low), float(found.high)] == pytest.approx(want["ci"], rel=1e-7)
    assert float(found.p_value) == pytest.approx(want["p"], rel=1e-7)


def test_zero_cases_have_exact_limits():
    stats = pytest.importorskip("scipy.stats")
    found = ratio_of_ratios([[12, 0], [6, 3]], [[100, 90], [50, 60]])
    assert found.method == ("exact", "log_normal") and found.low[0] == 0 and found.high[0] < 1
    fisher = stats.fisher_exact([[0, 12], [90, 100]], alternative="less").pvalue
    assert float(found.p_value[0]) == pytest.approx(2 * fisher, rel=1e-6)
    nothing = ratio_of_ratios([0, 0], [10, 10])
    assert (float(nothing.low), float(nothing.high), float(nothing.p_value)) == (0.0, np.inf, 1.0)


def test_exact_limits_on_either_side():
    conditional = pytest.importorskip("scipy.stats.contingency")
    for cases, control in (([12, 0], [100, 90]), ([0, 7], [40, 60]), ([3, 1], [5, 0]), ([2, 9], [0, 6])):
        found = ratio_of_ratios(cases, control)
        other = conditional.odds_ratio([[cases[1], cases[0]], [control[1], control[0]]]).confidence_interval(0.95)
        assert found.method == ("exact",)
        assert [float(found.low), float(found.high)] == pytest.approx([other.low, other.high], rel=1e-5)


@pytest.fixture(scope="module")
def belts():
    return dataset("datasets", "Seatbelts").reset_index(drop=True)


def harmonics(frame, pairs=2):
    month = np.arange(len(frame)) % 12 + 1
    return np.column_stack([f(2 * np.pi * k * month / 12) for k in range(1, pairs + 1) for f in (np.sin, np.cos)])


def test_british_road_deaths_as_in_r(belts):
    want = golden("its_seatbelts")
    start = int(np.argmax(belts["law"].to_numpy() > 0))
    found = interrupted_series(belts["DriversKilled"], start, exposure=belts["kms"])
    assert found.counts.sum() == want["events"] and found.ratio == pytest.approx(want["rr"], rel=1e-6)
    assert [found.low, found.high] == pytest.approx(want["quasi_ci"], rel=1e-6)
    assert found.fit.dispersion == pytest.approx(want["dispersion"], rel=1e-6)
    assert found.trend_per_year == pytest.approx(want["trend_per_year"], rel=1e-6)
    plain = interrupted_series(belts["DriversKilled"], start, exposure=belts["kms"], harmonics=0)
    assert plain.ratio == pytest.approx(want["no_harmonics_rr"], rel=1e-6)
    vans = interrupted_series(belts["VanKilled"], start, exposure=belts["kms"])
    assert vans.ratio == pytest.approx(want["vankilled_rr"], rel=1e-6)
    # R multiplies by the root of a dispersion below 1 too; here it never narrows an interval.
    assert vans.low < want["vankilled_quasi_ci"][0] and vans.high > want["vankilled_quasi_ci"][1]


def test_without_a_control_a_fall_is_insufficient_evidence(belts):
    start = int(np.argmax(belts["law"].to_numpy() > 0))
    alone = interrupted_series(belts["DriversKilled"], start, exposure=belts["kms"], minimum_fall=0.05)
    assert alone.judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE and "control" in alone.judgement.reason.en


def monthly(step=1.0, shock=1.0, *, seed=0, mean=120, months=60, start=36):
    rng = np.random.default_rng(seed)
    t = np.arange(months)
    common = np.exp(-0.004 * t + 0.1 * np.sin(2 * np.pi * t / 12)) * np.where(t >= start, shock, 1)
    return rng.poisson(mean * common * np.where(t >= start, step, 1)), rng.poisson(20 * mean * common)


def test_plan_and_covid_together_cannot_be_told_apart_without_a_control():
    cases, control = monthly(step=1.0, shock=0.6)
    alone = interrupted_series(cases, 36, pulses={"covid": (36, 60)})
    assert alone.judgement.verdict is Verdict.NOT_ASSESSABLE and "无法识别" in alone.judgement.reason.zh
    assert np.isnan(alone.ratio) and alone.fit is None
    beside = interrupted_series(cases, 36, control=control)
    assert beside.ratio == pytest.approx(1, abs=0.12)
    assert beside.judgement.verdict is not Verdict.MET


def sandwich(found, columns, counts):
    """Newey-West standard error of each coefficient by the double sum over pairs of periods of one series."""
    mean, length = found.fit.fitted, len(found.counts)
    score = columns * (counts - mean)[:, None]
    lags = int(4 * (length / 100) ** (2 / 9))
    meat = np.zeros((columns.shape[1],) * 2)
    for i in range(len(score)):
        for j in range(len(score)):
            if i // length == j // length and abs(i - j) <= lags:
                meat += (1 - abs(i - j) / (lags + 1)) * np.outer(score[i], score[j])
    bread = np.linalg.inv(columns.T @ (columns * mean[:, None]))
    return np.sqrt(np.diag(bread @ meat @ bread))


def test_newey_west_is_the_sum_over_pairs_and_that_of_statsmodels(belts):
    sm = pytest.importorskip("statsmodels.api")
    start, y = int(np.argmax(belts["law"].to_numpy() > 0)), belts["DriversKilled"].to_numpy()
    found = interrupted_series(y, start, exposure=belts["kms"])
    t = np.arange(len(y))
    columns = np.column_stack([np.ones(len(y)), t + 1, t >= start, harmonics(belts)])
    error = (np.log(found.newey_west[1]) - np.log(found.newey_west[0])) / 2 / 1.959963984540054
    assert error == pytest.approx(sandwich(found, columns, y)[2], rel=1e-6)
    model = sm.GLM(y, columns, family=sm.families.Poisson(), offset=np.log(belts["kms"].to_numpy()))
    hac = model.fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": False})  # floor(4 (192 / 100)^(2/9))
    assert error == pytest.approx(hac.bse[2], rel=1e-6)

    cases, control = monthly(step=0.8, seed=4)
    beside = interrupted_series(cases, 36, control=control, harmonics=0)
    t, mine = np.tile(np.arange(60), 2), np.repeat([1.0, 0.0], 60)
    both = np.column_stack([np.ones(120), t + 1, t >= 36, mine, mine * (t + 1), mine * (t >= 36)])
    error = (np.log(beside.newey_west[1]) - np.log(beside.newey_west[0])) / 2 / 1.959963984540054
    assert error == pytest.approx(sandwich(beside, both, np.concatenate([cases, control]))[-1], rel=1e-6)


def test_step_slope_and_pulse_of_a_series_without_noise():
    t, exact = np.arange(60), 1e-5  # counts of a million, rounded
    trend = 1e6 * np.exp(-0.004 * t)
    after = np.where(t >= 36, 0.8 * np.exp(-0.01 * np.maximum(0, t - 36)), 1)
    pulse = np.where((t >= 45) & (t < 48), 0.7, 1)
    common = {"harmonics": 0, "pulses": {"covid": (45, 48)}, "slope": True}
    alone = interrupted_series(np.round(trend * after * pulse), 36, **common)
    assert alone.ratio == pytest.approx(0.8, rel=exact)
    assert alone.trend_per_year == pytest.approx(np.exp(-0.048), rel=exact)
    assert alone.fitted == pytest.approx(trend * after * pulse, rel=exact)
    assert alone.counterfactual == pytest.approx(trend * pulse, rel=exact)
    beside = interrupted_series(np.round(trend * after * pulse), 36, control=np.round(3 * trend * pulse), **common)
    assert beside.ratio == pytest.approx(0.8, rel=exact) and beside.counterfactual == pytest.approx(
        trend * pulse, rel=exact
    )
    assert beside.judgement.verdict is Verdict.MET


def test_a_short_pulse_is_told_apart():
    cases, _ = monthly(step=0.7)
    short = interrupted_series(cases, 36, pulses={"covid": (48, 51)})
    assert short.fit is not None and short.ratio == pytest.approx(0.7, abs=0.1)


def test_the_limits_hold_the_truth_as_often_as_they_say():
    inside, met = [], []
    for seed in range(120):
        cases, control = monthly(step=0.75, shock=0.8, seed=seed)
        found = interrupted_series(cases, 36, control=control)
        inside.append(found.low <= 0.75 <= found.high)
        met.append(found.judgement.verdict is Verdict.MET)
    assert 0.90 <= np.mean(inside) <= 0.995 and np.mean(met) > 0.8
    wolf = [interrupted_series(*monthly(shock=0.6, seed=s)[:1], 36, control=monthly(shock=0.6, seed=s)[1]).judgement.verdict is Verdict.MET for s in range(60)]  # fmt: skip
    assert np.mean(wolf) <= 0.05


def test_too_short_a_series_is_refused_with_what_to_use():
    with pytest.raises(SeriesError) as caught:
        interrupted_series(np.full(40, 9), 23)
    assert "ratio_of_ratios" in caught.value.problems[0].advice_en
    assert interrupted_series(np.full(40, 9), 24, harmonics=0).ratio == pytest.approx(1)


def test_counts_against_statsmodels_and_their_refusals():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(80, 2)), rng.uniform(50, 200, 80)
    y = rng.negative_binomial(2, 2 / (2 + 0.1 * t * np.exp(0.3 * x[:, 0])))
    quasi = fit_counts(y, x, exposure=t)
    other = sm.GLM(y, sm.add_constant(x), family=sm.families.Poisson(), offset=np.log(t)).fit(scale="X2")
    assert quasi.coefficient == pytest.approx(other.params, rel=1e-8) and quasi.se == pytest.approx(other.bse, rel=1e-8)
    nb = fit_counts(y, x, exposure=t, model="negative_binomial")
    assert nb.alpha == pytest.approx(0.5, abs=0.25) and quasi.overdispersion_p < 1e-6
    for counts, covariates, code in (
        ([1] * 9, np.arange(9.0), "few_events"), ([9, 9, 0, 0], [1, 1, 0, 0], "empty_class"), ([9, 9, 9, 9], [1, 1, 1, 1], "collinear"),
        ([9, 9.5, 9, 9], [1, 1, 0, 0], "counts"), ([9, 9, 9, 9], [1, np.nan, 0, 0], "missing_covariate"),
    ):  # fmt: skip
        with pytest.raises(SeriesError) as caught:
            fit_counts(counts, covariates)
        assert caught.value.problems[0].code == code


def test_sids_as_in_pysal():
    libpysal = pytest.importorskip("libpysal", reason="the package libpysal holds the SIDS data")
    table = libpysal.io.open(libpysal.examples.get_path("sids2.dbf"), "r")
    n, e = np.array(table.by_col("BIR74")), np.array(table.by_col("SID74"))
    want = golden("eb_sids74")
    found = shrink_small_areas(e, n, minimum=1)
    assert (found.pooled, found.variance) == pytest.approx((want["m"], want["a"]), rel=1e-9)
    assert found.table["shrunken"].head(5).tolist() == pytest.approx(want["first5"], rel=1e-9)
    assert found.table["excess_risk"].head(5).tolist() == pytest.approx(golden("excess_risk_sids")["first5"], rel=1e-6)


def test_a_negative_variance_is_clamped_and_said():
    data, want = inline("eb_negative_variance"), golden("eb_negative_variance")
    found = shrink_small_areas(data["e"], data["n"])
    assert found.variance == want["a"]
    assert found.table["shrunken"].to_numpy() == pytest.approx(want["all_areas"], rel=1e-9)
    assert "截断" in str(found.explain())


def test_a_gamma_prior():
    found = shrink_small_areas([0], [500], prior=(2, 1000)).table.iloc[0]
    assert [round(float(found[c]), 5) for c in ("shrunken", "shrunken_low", "shrunken_high")] == [
        0.00133,
        0.00016,
        0.00371,
    ]


def test_a_given_prior_is_not_clamped():
    data = inline("eb_negative_variance")
    assert shrink_small_areas(data["e"], data["n"]).clamped
    assert not shrink_small_areas(data["e"], data["n"], prior=(2, 1000)).clamped


def test_an_area_without_exposure_has_a_status_and_the_others_a_rate():
    found = shrink_small_areas([0, 5, 60], [0, 100, 200], minimum=1)
    assert found.table["status"].tolist() == ["no_exposure", "estimated", "estimated"]
    assert np.isnan(found.table["rate"][0]) and found.table["rate"].notna().sum() == 2
    shown = shrink_small_areas([3, 50, 60], [100, 100, 200]).frame
    assert shown["events"].iloc[0] == "已抑制" and shown["shrunken"].iloc[0] == "已抑制"
    with pytest.raises(SeriesError):
        shrink_small_areas([1], [0])


@pytest.mark.parametrize(
    ("events", "exposure", "code", "row"),
    [
        ([0, 0], [0, 0], "no_exposure", None), ([1.5, 2], [10, 10], "counts", 0), ([2, -1], [10, 10], "counts", 1), ([np.nan, 2], [10, 10], "counts", 0),
        ([1, 2], [10, -1], "counts", 1), ([1, 0], [0, 9], "events_without_exposure", 0),
    ],
)  # fmt: skip
def test_small_areas_that_cannot_be(events, exposure, code, row):
    with pytest.raises(SeriesError) as caught:
        shrink_small_areas(events, exposure, places=["昆山市", "常熟市"])
    (problem,) = caught.value.problems
    assert problem.code == code and problem.row == row
    assert row is None or problem.zh.startswith(["昆山市", "常熟市"][row])


def test_small_areas_are_of_one_length_each_named_once():
    for events, places in (([1, 2, 3], None), ([1, 2], ["a"])):
        with pytest.raises(ValueError, match="one length"):
            shrink_small_areas(events, [10, 10], places=places)
    with pytest.raises(SeriesError, match="twice"):
        shrink_small_areas([1, 2], [10, 10], places=["a", "a"])


def test_a_count_of_one_is_hidden_where_two_is_the_least_that_is_shown():
    shown = {m: shrink_small_areas([1, 50, 60], [100, 100, 200], minimum=m).frame["events"].tolist() for m in (1, 2)}
    assert shown[1] == [1, 50, 60] and shown[2][0] == "已抑制"


def test_nothing_happened_anywhere():
    table = shrink_small_areas([0, 0, 0], [100, 50, 0], minimum=1).table
    assert (
        table["shrunken"].tolist()[:2] == [0, 0]
        and np.isnan(table["shrunken"][2])
        and table["excess_risk"].isna().all()
    )


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 2000)), min_size=3, max_size=12))
def test_shrunken_values_lie_between_raw_and_pooled(rows):
    e, n = np.array(rows).T
    t = shrink_small_areas(e, n, minimum=1)
    raw = t.table["rate"]
    assert (
        (t.table["shrunken"] >= np.minimum(raw, t.pooled) - 1e-12)
        & (t.table["shrunken"] <= np.maximum(raw, t.pooled) + 1e-12)
    ).all()


def test_three_thousand_counties():
    rng = np.random.default_rng(0)
    n = rng.integers(1000, 500_000, 3000)
    t = shrink_small_areas(rng.poisson(n * rng.gamma(4, 1e-4 / 4, 3000)), n, minimum=1)
    assert t.variance == pytest.approx(1e-8 / 4, rel=0.3)


def test_shares_overlap_and_are_never_added():
    found = attributable_share({"intoxication": 0.6, "need": 0.5, "trade": 0.2})
    assert (found.low, found.high) == (0.6, 1.0) and found.independent[0] == pytest.approx(1 - 0.4 * 0.5 * 0.8)
    assert str(found.made.status) == "assumed" and "假定" in found._repr_html_()
    with pytest.raises(SeriesError):
        attributable_share({"need": 1.2})
    with pytest.raises(SeriesError):
        attributable_share({})


def test_drug_offences_are_not_the_plans_other_crime():
    found = compare_crime(300, 100, definition=CaseDefinition("drug_offences"), control=(9000, 9000))
    assert found.verdict is Verdict.NOT_ASSESSABLE
    people = compare_crime(320, 180, definition=CaseDefinition("by_drug_users"), control=(10000, 9000))
    assert any("涉吸毒人员" in c.zh for c in people.cautions)
    with pytest.raises(UnknownNameError):
        CaseDefinition("crime")


def test_a_fall_needs_a_control_a_better_fall_than_its_and_to_last():
    say = {"definition": WHAT}
    assert compare_crime(320, 180, **say).verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert compare_crime(320, 180, **say, control=(10000, 9000)).verdict is Verdict.MET
    assert compare_crime(320, 180, **say, control=(10000, 6000)).verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert compare_crime(320, 180, **say, control=(10000, 9000), after=300).verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert compare_crime(320, 180, **say, control=(10000, 9000), after=190).verdict is Verdict.MET
    assert compare_crime(320, 500, **say, control=(10000, 9000)).verdict is Verdict.NOT_MET
    other = CaseDefinition("caused_by_drugs", flag="民警判断")
    assert (
        compare_crime(320, 180, **say, later_definition=other, control=(10000, 9000)).verdict is Verdict.NOT_ASSESSABLE
    )
    page = compare_crime(160, 105, **say)
    assert page.p_value == pytest.approx(0.000875, abs=1e-6) and np.isnan(page.after_ratio)
    assert compare_crime(320, 180, **say, after=240).after_ratio == 0.75
    assert np.isnan(compare_crime(0, 3, **say, after=2).after_ratio)  # of nothing there is no share


def test_two_definitions_are_one_where_kind_and_flag_are():
    same = CaseDefinition("caused_by_drugs", flag=f" {WHAT.flag} ")
    other, people = CaseDefinition("caused_by_drugs", flag="民警判断"), CaseDefinition("by_drug_users", flag=WHAT.flag)
    assert same.fingerprint == WHAT.fingerprint and WHAT.differences(same) == ()
    assert len({WHAT.fingerprint, other.fingerprint, people.fingerprint}) == 3
    assert [r.en for r in WHAT.differences(other)] == [f"flag changed: {WHAT.flag}, then 民警判断"]
    (kind,) = WHAT.differences(people)
    assert kind.en == "kind of case changed: other crime caused by drugs (flagged by cause), then cases by drug users (flagged by person)"  # fmt: skip
    assert len(other.differences(people)) == 2


def test_differences_by_every_reassignment():
    before, after = [50, 60, 70, 80, 90, 55], [25, 30, 36, 78, 92, 54]
    found = difference_in_differences(before, after, [1, 1, 1, 0, 0, 0])
    assert found.p_value == pytest.approx(2 / 20) and found.smallest_p == pytest.approx(0.1)
    with pytest.raises(SeriesError):
        difference_in_differences(before, after, [1, 0, 0, 0, 0, 0])
    uneven = difference_in_differences(before[:5], after[:5], [1, 1, 0, 0, 0])
    assert uneven.smallest_p == pytest.approx(1 / 10) and uneven.reassignments == 10


def test_the_limits_of_differences_are_welchs():
    stats = pytest.importorskip("scipy.stats")
    before, after = np.array([50, 0, 70, 80, 90, 55, 40]), np.array([25, 0, 36, 78, 92, 54, 47])
    treated = np.array([1, 1, 1, 0, 0, 0, 0], dtype=bool)
    change = np.log(after + 0.5) - np.log(before + 0.5)
    test = stats.ttest_ind(change[treated], change[~treated], equal_var=False)
    for level in (0.95, 0.8):
        found = difference_in_differences(before, after, treated, level=level)
        low, high = test.confidence_interval(level)
        assert [found.low, found.high] == pytest.approx([np.exp(low), np.exp(high)], rel=1e-9)
    assert found.ratio == pytest.approx(np.exp(change[treated].mean() - change[~treated].mean()))


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("value", [-1, 0.5, np.nan])
def test_differences_of_what_is_no_count(where, value):
    counts = {"before": [50, 60, 0, 80], "after": [25, 0, 36, 78]}
    assert difference_in_differences(**counts, treated=[1, 1, 0, 0]).treated == 2
    counts[where][1] = value
    with pytest.raises(SeriesError) as caught:
        difference_in_differences(**counts, treated=[1, 1, 0, 0])
    assert caught.value.problems[0].code == "counts"


def test_a_p_from_drawn_reassignments_is_never_nought():
    k = np.arange(20)
    before, after = np.full(40, 1000), np.concatenate([300 + k, 1000 + k])
    found = difference_in_differences(before, after, [1] * 20 + [0] * 20)
    assert found.reassignments == 20_000 and found.p_value == found.smallest_p == pytest.approx(1 / 20_000)


def test_reassignment_errs_as_often_as_it_says():
    rng = np.random.default_rng(3)
    p = [difference_in_differences(*rng.poisson(60, (2, 10)), [1] * 4 + [0] * 6).p_value for _ in range(300)]
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.08


def donors(seed=0, effect=1.0, places=12, periods=20, start=14):
    rng = np.random.default_rng(seed)
    shocks = np.exp(np.cumsum(rng.normal(0, 0.05, (2, periods)), axis=1))
    load = rng.dirichlet([1, 1], places + 1)
    rate = 400 * np.exp(load @ np.log(shocks))
    rate[0, start:] *= effect
    return rng.poisson(rate)


def test_donors_find_an_effect_and_weights_are_a_mixture():
    table = donors(effect=0.6)
    found = synthetic_control(table[0], table[1:], 14)
    assert found.ratio == pytest.approx(0.6, abs=0.06) and found.p_value == pytest.approx(1 / 13)
    assert found.weights.sum() == pytest.approx(1) and (found.weights >= 0).all() and found.usable
    best = np.array([((np.log(table[0, :14] + 0.5) - w @ np.log(table[1:, :14] + 0.5)) ** 2).sum() for w in np.random.default_rng(1).dirichlet(np.ones(12), 3000)])  # fmt: skip
    assert (found.gaps[0, :14] ** 2).sum() <= best.min() + 1e-6


def test_the_ratio_of_gaps_and_not_their_size_is_compared():
    t = np.arange(12)
    table = np.round(1000 * np.exp(np.array([0.01 * (k - 4) * t for k in range(9)])))
    table[8] = np.round(1000 * np.where(t % 2, 3, 1 / 3))  # wild before the start and after it
    own = np.round(table[2:6].mean(axis=0) * np.where(t >= 9, 0.6, 1))
    found = synthetic_control(own, table, 9)
    after, before = (np.sqrt((g**2).mean(axis=1)) for g in (found.gaps[:, 9:], found.gaps[:, :9]))
    assert after.argmax() == 9 and (after / before).argmax() == 0
    assert found.p_value == pytest.approx(1 / 10) and found.fit_before == pytest.approx(before[0])
    assert found.ratio == pytest.approx(0.6, rel=0.01) and found.usable


def test_series_of_donors_that_cannot_be():
    table = donors().astype(float)
    for start, code in ((2, "too_short"), (20, "too_short"), (3, None), (19, None)):
        if code is None:
            assert synthetic_control(table[0], table[1:], start).start == start
            continue
        with pytest.raises(SeriesError) as caught:
            synthetic_control(table[0], table[1:], start)
        assert [p.code for p in caught.value.problems] == [code]
    for place in (0, 5):
        for value in (-1, 0.5):
            wrong = table.copy()
            wrong[place, 3] = value
            with pytest.raises(SeriesError) as caught:
                synthetic_control(wrong[0], wrong[1:], 14)
            assert [p.code for p in caught.value.problems] == ["counts"]
        nothing = table.copy()
        nothing[place, 3] = 0
        assert synthetic_control(nothing[0], nothing[1:], 14).start == 14


def test_placebos_err_as_often_as_they_say():
    p = [(t := donors(seed=s), synthetic_control(t[0], t[1:], 14).p_value)[1] for s in range(80)]
    assert np.mean(np.array(p) <= 2 / 13) <= 0.3


def test_a_place_unlike_all_donors_has_no_control():
    table = donors()
    odd = synthetic_control(table[0] * 10, table[1:], 14)
    assert not odd.usable and "过差" in str(odd.explain())
    with pytest.raises(SeriesError):
        synthetic_control(table[0], table[1:8], 14)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_in_both_languages(language):
    cases, control = monthly(step=0.7)
    table = donors(effect=0.7)
    drawn = [
        interrupted_series(cases, 36, control=control, pulses={"covid": (48, 51)}).plot(language=language),
        interrupted_series(cases, 36, pulses={"covid": (36, 60)}).plot(language=language),
        synthetic_control(table[0], table[1:], 14).plot(language=language),
        shrink_small_areas([30, 42, 3, 25], [600, 700, 800, 500], places=list("abcd")).plot(language=language),
    ]
    for ax in drawn:
        assert any("一" <= c <= "鿿" for c in ax.get_title(loc="left")) == (language == "zh")
    assert isinstance(interrupted_series(cases, 36).frame, pd.DataFrame)
    plt.close("all")
