"""Headline targets: readings, verdicts, zero and 100 % targets, explanations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.outlook.commitment import assess_share, assess_zero, no_event_probability

RELAPSE = pd.Series([0.080, 0.078, 0.075, 0.072, 0.060, 0.055], index=range(2016, 2022))


def test_every_target_has_an_outlook(plan, synthetic):
    values = sa.compute_indicators(synthetic, plan=plan)
    for target in plan.targets:
        out = sa.assess_target(values, target=target.id, plan=plan, origin=2021, draws=200)
        assert isinstance(out.verdict, sa.Verdict)
        assert out.made.status is sa.Status.SYNTHETIC
        assert len(out.frame) == 1
        text = out.explain()
        assert target.clause in text.in_language("zh")
        assert out.verdict.text.en in text.in_language("en")
        assert "合成数据" in out._repr_html_()


def test_readings_change_the_number_and_are_named(plan):
    def outlook(reading):
        return sa.assess_target(RELAPSE, target="relapse", plan=plan, origin=2021, reading=reading)

    default, harder = outlook(None), outlook("fall_30_on_2019")
    assert default.readings["marked_decrease"].id == "fall_10_on_2019"
    assert harder.threshold == pytest.approx(0.7 * 0.072)
    assert harder.probability < default.probability
    averaged = outlook({"marked_decrease": "fall_10_on_2017_2019"})
    assert averaged.base == pytest.approx(np.mean([0.078, 0.075, 0.072]))
    assert "fall_10_on_2017_2019" in averaged.explain().in_language("en")


def test_a_stock_is_refused_as_a_rate(plan):
    out = sa.assess_target(RELAPSE, target="relapse", plan=plan, origin=2021, reading="no_relapse_stock")
    assert out.verdict is sa.Verdict.NOT_ASSESSABLE
    assert np.isnan(out.probability)


def test_curve_and_flip_point_agree(plan):
    out = sa.assess_target(RELAPSE, target="relapse", plan=plan, origin=2021, draws=20_000)
    curve = out.curve().set_index("fall")["probability"]
    assert curve.is_monotonic_decreasing
    assert curve.loc[0.1] == pytest.approx(out.probability)
    assert out.probability_of_fall(out.flip_point) >= out.evidence
    assert out.probability_of_fall(out.flip_point + 0.01) < out.evidence
    assert (out.flip_point >= 0.1) == (out.verdict is sa.Verdict.MET)


def test_what_happened_is_shown_and_not_used(plan):
    known = pd.concat([RELAPSE, pd.Series([0.09], index=[2022])])
    a = sa.assess_target(RELAPSE, target="relapse", plan=plan, origin=2021)
    b = sa.assess_target(known, target="relapse", plan=plan, origin=2021)
    assert a.probability == b.probability
    assert (a.actual, b.actual) == (None, 0.09)


def test_period_index_and_frame_give_the_same(plan):
    by_period = RELAPSE.set_axis(pd.period_range("2016", periods=6, freq="Y"))
    frame = RELAPSE.rename("value").rename_axis("period").reset_index()
    results = [
        sa.assess_target(x, target="relapse", plan=plan, origin=2021).probability for x in (RELAPSE, by_period, frame)
    ]
    assert len(set(results)) == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (dict(target="relaps"), "relapse"),
        (dict(reading="fall_11_on_2019"), "fall_1"),
        (dict(reading={"rise_percent": "points_on_2019"}), "ambiguity of this target"),
        (dict(division="昆山城"), "昆山"),
    ],
)
def test_unknown_names_are_offered_their_nearest(plan, more, message):
    with pytest.raises(sa.UnknownNameError, match=message):
        sa.assess_target(RELAPSE, **(dict(target="relapse", plan=plan, origin=2021) | more))


def test_data_of_another_kind_is_refused(plan):
    with pytest.raises(TypeError, match="indexed by year"):
        sa.assess_target([1, 2, 3], target="relapse", plan=plan, origin=2021)


def zeros(events, first=2020):
    return pd.DataFrame({"value": events}, index=range(first, first + len(events)), dtype=float)


@pytest.mark.parametrize(
    ("events", "origin", "verdict"),
    [
        ([0, 0, 0], 2022, "met"),
        ([0, 1, 0], 2022, "not_met"),
        ([0, np.nan, 1], 2022, "not_met"),
        ([0, np.nan, 0], 2022, "not_assessable"),
        ([0, 0, 5], 2021, "insufficient_evidence"),  # the event of 2022 lies ahead
    ],
)
def test_zero_targets(events, origin, verdict):
    assert assess_zero(zeros(events), origin=origin, by=2022, first=2020).judgement.verdict == verdict


def test_no_event_probability_by_simulation():
    rng = np.random.default_rng(1)
    rate = rng.gamma(2.5, 1 / 4, 400_000)  # Jeffreys' posterior after 2 events in 4 years
    assert no_event_probability(2, 4, 1) == pytest.approx(np.mean(rng.poisson(rate) == 0), abs=0.003)


def shares(covered, total, first=2018):
    return pd.DataFrame({"events": covered, "exposure": total}, index=range(first, first + len(covered)), dtype=float)


def test_hundred_percent_targets():
    def assess(covered, **more):
        data = shares(covered, [100.0] * len(covered))
        return assess_share(data, **(dict(origin=2021, by=2022, threshold=1.0) | more))

    assert assess([90, 95, 99, 99, 100], origin=2022).judgement.verdict is sa.Verdict.MET
    assert assess([90, 95, 99, 99, 99], origin=2022).judgement.verdict is sa.Verdict.NOT_MET
    under_way = assess([60, 70, 80, 90, 100])
    assert under_way.judgement.verdict is sa.Verdict.INSUFFICIENT_EVIDENCE  # it was met in 2022: no verdict is right
    assert np.isnan(under_way.probability)
    assert "10" in under_way.judgement.reason.en
    assert assess([90, 95, 99, 100]).probability == pytest.approx(1.5 / 2)  # reached once, never lost
    assert assess([90, 95, 99, 100]).judgement.verdict is sa.Verdict.INSUFFICIENT_EVIDENCE
    assert assess([100, 99, 100, 100]).probability == pytest.approx(3.5 / 5)
    assert assess([100, 100, 100, 100]).judgement.verdict is sa.Verdict.MET
    assert assess([100, 100], origin=2019).judgement.verdict is sa.Verdict.NOT_ASSESSABLE
    sampled = assess([100, 100, 100, 100, 100], origin=2022, basis="survey")
    assert sampled.judgement.verdict is sa.Verdict.INSUFFICIENT_EVIDENCE


def test_plots_draw_in_both_languages(plan):
    out = sa.assess_target(RELAPSE, target="relapse", plan=plan, origin=2020)
    assert "复吸率" in out.plot(language="zh").get_title(loc="left")
    assert out.plot(language="en").get_title(loc="left").isascii()
    assert out.plot_curve().get_xlabel()
