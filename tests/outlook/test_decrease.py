"""The decrease: arithmetic by hand, both sides of every rule, and that the future is never looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from suzhou_antidrug.outlook.decrease import FallRule, assess_decrease
from suzhou_antidrug.verdicts import Verdict

YEARS = range(2015, 2023)


def table(values, first=2015, **columns):
    return pd.DataFrame({"value": values, **columns}, index=range(first, first + len(values)), dtype=float)


def assess(data, *, kind="rate", origin=2021, by=2022, draws=4000, **rule):
    setting = dict(base_years=(2019,), minimum_fall=0.1, evidence=0.9) | rule
    return assess_decrease(data, kind=kind, origin=origin, by=by, rule=FallRule(**setting), draws=draws)


def test_values_after_the_origin_are_not_used():
    early = table([10, 11, 10, 9, 10, 9, 8])
    late = table([10, 11, 10, 9, 10, 9, 8, 100])
    a, b = assess(early), assess(late)
    assert a.probability == b.probability
    assert (a.samples == b.samples).all()


def test_probability_is_the_share_of_draws_below_the_line():
    found = assess(table([10, 11, 10, 9, 10, 9, 8]))
    assert found.threshold == pytest.approx(9.0)
    assert found.probability == pytest.approx(np.mean(found.samples[:, -1] <= 9.0 * (1 + 1e-9)))
    assert found.forecast_years == (2022,)
    assert found.ratios == pytest.approx(found.samples[:, -1] / 10)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1, 100), min_size=7, max_size=7), st.floats(0, 0.5), st.floats(0, 0.4))
def test_a_larger_fall_is_never_more_probable(values, fall, more):
    data = table(values)
    small, large = assess(data, minimum_fall=fall, draws=500), assess(data, minimum_fall=fall + more, draws=500)
    assert large.probability <= small.probability


def test_base_of_several_years_is_their_mean():
    found = assess(table([10, 11, 12, 15, 9, 9, 8]), base_years=(2017, 2018, 2019))
    assert found.base == pytest.approx((12 + 15 + 9) / 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (table([]), "nothing is reported"),
        (table([10, 11], first=2020), "base of 2019"),
        (table([10], first=2019), "only one year"),
        (table([10, 9], first=2019), "at least 3"),
        (table([0, 0, 0, 0, 0, 0, 0]), "nothing can fall"),
    ],
)
def test_what_cannot_be_assessed_says_why(data, words):
    found = assess(data)
    assert found.judgement.verdict is Verdict.NOT_ASSESSABLE
    assert words in found.judgement.reason.en
    assert np.isnan(found.probability)


def test_a_rise_from_zero_is_not_met():
    found = assess(table([0, 0, 0, 0, 0, 0, 0, 3]), origin=2022)
    assert found.judgement.verdict is Verdict.NOT_MET


def test_a_changed_definition_is_not_comparable():
    data = table([10, 11, 10, 9, 10, 9, 8])
    data["definition"] = ["old"] * 6 + ["new"]
    found = assess(data)
    assert found.judgement.verdict is Verdict.NOT_ASSESSABLE
    assert "old, then new" in found.judgement.reason.en
    data["definition"] = ["older"] * 2 + ["new"] * 5  # the history before is dropped, the base is comparable
    assert assess(data).judgement.verdict is not Verdict.NOT_ASSESSABLE
    shorter = assess(data[data["definition"] == "new"])
    assert assess(data).probability == shorter.probability


def test_reported_counts_are_judged_with_their_noise():
    # 8 against 3 cases: printed -62.5 %, but P(true fall >= 10 %) is only moderate; 160 against 105 is beyond doubt.
    few = assess(table([8, 8, 8, 3], first=2019, events=[8, 8, 8, 3]), origin=2022, kind="count", draws=40_000)
    many = assess(
        table([160, 150, 150, 105], first=2019, events=[160, 150, 150, 105]), origin=2022, kind="count", draws=40_000
    )
    assert few.judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE or few.probability < 0.97
    assert many.judgement.verdict is Verdict.MET
    # The ratio of two gammas is a beta in disguise: an exact answer for the draws.
    exact = stats.beta.cdf(0.9 / 1.9, 3.5, 8.5)
    assert few.probability == pytest.approx(exact, abs=0.01)


def test_reported_shares_use_their_denominators():
    data = table([0.10, 0.09, 0.09, 0.05], first=2019, events=[10, 9, 9, 5], exposure=[100, 100, 100, 100])
    small = assess(data, origin=2022, kind="proportion", draws=20_000)
    data[["events", "exposure"]] *= 100
    large = assess(data, origin=2022, kind="proportion", draws=20_000)
    assert 0.5 < small.probability < 0.97
    assert large.probability > 0.99


def test_printed_values_only():
    data = table([10, 9, 9, 9.0], first=2019)
    assert assess(data, origin=2022, evidence=None).judgement.verdict is Verdict.MET
    assert assess(data, origin=2022, evidence=None, minimum_fall=0.11).judgement.verdict is Verdict.NOT_MET
    ahead = assess(data, origin=2021, evidence=None)
    assert ahead.judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert "printed values" in ahead.judgement.reason.en


def test_chance_without_change_stands_in_the_base_year():
    calm = assess(table([100, 101, 100, 99, 100, 60, 50]))
    wild = assess(table([100, 50, 150, 60, 100, 60, 50]))
    assert calm.chance_without_change < 0.3 < wild.chance_without_change
    assert np.isnan(assess(table([100, 99, 60, 50], first=2018)).chance_without_change)


def test_known_error_of_a_value_counts():
    sure = assess(table([10, 10, 10, 10, 10, 8.8, 8.8]), kind="load", origin=2022, by=2021)
    unsure = assess(
        table([10, 10, 10, 10, 10, 8.8, 8.8], se=[1.0] * 7), kind="load", origin=2022, by=2021, draws=20_000
    )
    assert sure.probability == 1.0
    assert 0.4 < unsure.probability < 0.7


def test_two_consecutive_years():
    steady = table([10, 11, 10, 9, 10, 8, 8])
    one, two = assess(steady), assess(steady, consecutive_years=2)
    assert two.probability == pytest.approx(one.probability)  # 2021 lies below already, so only 2022 is open
    above = table([10, 11, 10, 9, 10, 8, 9.5])
    assert assess(above).probability > 0.2
    assert assess(above, consecutive_years=2).probability == 0.0  # 2021 is reported, and above the line
    ahead = assess(steady[steady.index <= 2020], origin=2020, consecutive_years=2)
    both = (ahead.samples[:, 0] <= 9 * (1 + 1e-9)) & (ahead.samples[:, 1] <= 9 * (1 + 1e-9))
    assert ahead.probability == pytest.approx(np.mean(both))


def test_effect_and_evidence():
    few = [20, 22, 18, 21, 20, 17, 15]
    small = table(few, events=few)
    large = small * 100
    for data, evident in ((small, False), (large, True)):
        plain = assess(data, kind="count")
        demanding = assess(data, kind="count", significance=0.05)
        assert demanding.probability <= plain.probability
        assert (demanding.probability > 0.9 * plain.probability) is evident


def test_effect_and_evidence_once_reported():
    counts = [160, 150, 150, 105]
    seen = assess(table(counts, first=2019, events=counts), kind="count", origin=2022, significance=0.05)
    assert seen.judgement.verdict is Verdict.MET
    counts = [8, 8, 8, 3]
    few = assess(table(counts, first=2019, events=counts), kind="count", origin=2022, significance=0.05)
    assert few.judgement.verdict is Verdict.INSUFFICIENT_EVIDENCE
    counts = [100, 100, 100, 130]
    more = assess(table(counts, first=2019, events=counts), kind="count", origin=2022, significance=0.05)
    assert more.judgement.verdict is Verdict.NOT_MET
