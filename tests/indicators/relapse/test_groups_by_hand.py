"""Groups and districts of a few persons: what is shown, hidden or refused on both sides of each line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.relapse import cohorts
from suzhou_antidrug.indicators.relapse.abstinence import measure_abstinence
from suzhou_antidrug.indicators.relapse.districts import compare_districts, funnel_limits
from suzhou_antidrug.indicators.relapse.spells import Spells
from suzhou_antidrug.indicators.relapse.synthetic import make_synthetic_persons

CODES = {0: "censored", 1: "relapse", 2: "death"}


def ends_of_groups(**ends: dict[int, int]):
    """Groups with so many persons of each end code, all seen to month 10."""
    rows = [(name, code) for name, counts in ends.items() for code, count in counts.items() for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["place", "end"]).assign(months=10.0)
    return Spells.from_frame(
        frame.assign(who=range(len(frame))),
        person="who",
        exit="months",
        event="end",
        event_codes=CODES,
        groups=["place"],
    )


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ({0: 15, 1: 5}, "estimated"),
        ({0: 16, 1: 4}, "suppressed"),
        ({0: 5, 1: 15}, "estimated"),  # five are left
        ({0: 4, 1: 16}, "suppressed"),  # four are left, and the share tells them
        ({0: 0, 1: 20}, "estimated"),
        ({0: 20, 1: 0}, "no_event_yet"),
        ({0: 0, 1: 5}, "estimated"),
        ({0: 0, 1: 4}, "suppressed"),
    ],
)
def test_five_are_shown_and_four_are_not(counts, status):
    row = measure_abstinence(ends_of_groups(a=counts, b={0: 10, 1: 10}), by="place", times=[10]).frame.iloc[0]
    assert row["group"] == "a" and row["status"] == status
    assert np.isnan(row["relapse"]) == (status == "suppressed")
    if status != "suppressed":
        assert row["relapse"] == pytest.approx(counts[1] / sum(counts.values()))


def test_what_rests_on_fewer_than_five_at_risk_is_thin():
    frame = pd.DataFrame({"who": range(6), "months": [1.0, 2, 3, 4, 5, 6], "end": [1, 1, 0, 0, 0, 0]})
    spells = Spells.from_frame(frame, person="who", exit="months", event="end", event_codes=CODES)
    table = measure_abstinence(spells, times=[2, 3]).frame
    assert table["at_risk"].tolist() == [5, 4] and table["thin"].tolist() == [False, True]


def test_months_gained_are_hidden_with_their_group():
    found = measure_abstinence(ends_of_groups(a={0: 16, 1: 4}, b={0: 10, 1: 10}), by="place", times=[10]).months_gained
    assert found["status"].tolist() == ["suppressed", "estimated"]
    assert found.loc[0, ["mean", "standard_error", "low", "high"]].isna().all()
    # All twenty are abstinent up to month 10, where half of them relapse.
    assert found["mean"][1] == pytest.approx(10)


def test_without_other_ends_none_is_declared():
    frame = pd.DataFrame({"who": range(9), "months": 1.0 + np.arange(9), "end": 1})
    spells = Spells.from_frame(
        frame, person="who", exit="months", event="end", event_codes={0: "censored", 1: "relapse"}
    )
    assert "none declared" in measure_abstinence(spells, times=[3]).explain().in_language("en")
    both = ends_of_groups(a={0: 9, 1: 9})
    assert "none declared" not in measure_abstinence(both, times=[3]).explain().in_language("en")


def test_everybody_from_the_start_gives_a_gray_test_and_a_later_start_does_not():
    spells = ends_of_groups(a={0: 9, 1: 9}, b={0: 9, 1: 9})
    found = measure_abstinence(spells, by="place")
    assert found.difference_of_shares is not None and found.difference_of_rates is not None
    later = measure_abstinence(spells, by="place", start=1)
    assert later.difference_of_shares is None and later.difference_of_rates is not None


def test_funnel_limits_between_whole_counts_by_hand():
    # Binomial of 4 at a half: .0625, .3125, .6875, .9375, 1. The tail .1 lies at 1 - (.3125 - .1) / .25 = .15 of 4, the
    # other at 3 - (.9375 - .9) / .25 = 2.85.
    low, high = funnel_limits(np.array([4.0, 0.0]), 0.5, 0.8, 1.0)
    assert (low[0], high[0]) == pytest.approx((0.15 / 4, 2.85 / 4))
    assert np.isnan([low[1], high[1]]).all()
    low, high = funnel_limits(np.array([4.0]), 0.5, 0.8, 0.9)  # nine tenths as far from the whole
    assert (low[0], high[0]) == pytest.approx((0.5 - 0.9 * 0.4625, 0.5 + 0.9 * 0.2125))


def test_the_funnel_has_two_limits_on_each_side():
    table = compare_districts([30, 42, 90, 25], [600, 700, 800, 500], list("abcd")).table
    order = ["funnel_low_998", "funnel_low", "funnel_high", "funnel_high_998"]
    assert (np.diff(table[order].to_numpy(), axis=1) > 0).all()
    pooled = 187 / 2600
    for row in table.itertuples():  # exact up to less than one person
        assert row.funnel_high_998 == pytest.approx(
            stats.binom.ppf(0.999, row.base, pooled) / row.base, abs=1 / row.base
        )
        assert row.funnel_low == pytest.approx(stats.binom.ppf(0.025, row.base, pooled) / row.base, abs=1 / row.base)


def test_shrunken_values_have_the_limits_of_their_beta_distribution():
    seen = compare_districts([30, 42, 90, 25, 38], [600, 700, 800, 500, 650], list("abcde"), level=0.9)
    t = seen.table
    a = t["shrunken"] * (seen.precision + t["base"])
    b = (1 - t["shrunken"]) * (seen.precision + t["base"])
    assert (a - t["found"]).to_numpy() == pytest.approx((a - t["found"])[0])  # one prior for all
    assert t["shrunken_low"].to_numpy() == pytest.approx(stats.beta.ppf(0.05, a, b))
    assert t["shrunken_high"].to_numpy() == pytest.approx(stats.beta.ppf(0.95, a, b))


def test_a_prior_is_worth_at_least_one_person():
    assert compare_districts([0, 100, 0, 100], [100] * 4, list("abcd")).precision == pytest.approx(1)


@pytest.mark.parametrize("found", [[0, 0, 0], [10, 20, 30]])
def test_where_nobody_or_everybody_relapsed_districts_do_not_differ(found):
    seen = compare_districts(found, [10, 20, 30], list("abc"))
    assert seen.overdispersion == 1 and np.isinf(seen.precision) and (seen.table["shrunken"] == seen.pooled).all()


def test_districts_outside_by_chance_are_a_twentieth_of_those_with_a_base():
    assert compare_districts([0, 1, 0, 9], [0, 1, 1, 9], list("abcd")).expected_outside == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("found", "base"), [([1, np.nan, 3], [10, 20, 30]), ([1, 2, 3], [10, np.nan, 30]), ([1, 2], [10, 20])]
)
def test_every_district_needs_both_counts(found, base):
    with pytest.raises(SeriesError) as caught:
        compare_districts(found, base, list("abc"))
    assert caught.value.problems[0].code == "places"


def test_a_minimum_of_one_hides_nothing_and_keeps_numbers():
    seen = compare_districts([1, 42, 90, 25], [600, 700, 800, 500], list("abcd"), minimum=1)
    pd.testing.assert_frame_equal(seen.frame, seen.table)
    assert seen.frame is not seen.table


def test_incidence_of_a_year_without_any_end():
    # Nobody leaves in the first year; in the second the rate is .1: 1 - exp(-.1).
    found = cohorts._incidence(np.array([[0.0, 0.1], [0.0, 0.0]]), np.zeros((2, 2)))
    assert found == pytest.approx([-np.expm1(-0.1), 0])


def persons(**columns):
    frame = pd.DataFrame({"code": list("abcd"), "to": [1.0, 2, 3, 4], "end": [1, 0, 0, 1]} | columns)
    groups = [c for c in columns if c == "place"]
    return Spells.from_frame(frame, person="code", exit="to", event="end", event_codes=CODES, groups=groups)


def test_labels_stand_in_order_and_persons_before_their_time():
    table = persons(place=["c", "a", "b", "a"]).count_by("place", minimum=1)
    assert table["label"].tolist() == ["a", "b", "c"]
    assert table.columns.tolist() == [
        "group",
        "label",
        "spells",
        "persons",
        "person_time",
        "censored",
        "relapse",
        "death",
    ]
    assert table["person_time"].tolist() == [6, 3, 1]


def test_mobile_numbers_in_a_column_of_numbers_are_counted_and_small_numbers_are_not():
    assert len(persons(times=[1, 2, 3, 4])) == 4
    with pytest.raises(SeriesError) as caught:
        persons(contact=[13800000000.0, 1.0, np.nan, 13900000000.0])
    problem = caught.value.problems[0]
    assert (problem.code, problem.column) == (
        "personal_data",
        "contact",
    ) and "holds 2 identity or mobile numbers" in problem.en


def test_a_heading_that_names_persons_is_told():
    with pytest.raises(SeriesError) as caught:
        persons(姓名=["w", "x", "y", "z"])
    assert "headed" in caught.value.problems[0].en and "holds" not in caught.value.problems[0].en


def test_made_up_persons_live_by_what_the_generator_says():
    table = make_synthetic_persons(20_000, rng=1)
    months, end = table["months"], table["end"]
    every = np.where(table["times_detained"] > 1, 1, 3)  # months between checks
    relapsed = end == 1
    assert (table["first_positive"] - table["last_negative"])[relapsed].tolist() == every[relapsed].tolist()
    assert (table["last_negative"] < months)[relapsed].all() and (months <= table["first_positive"])[relapsed].all()
    assert np.isinf(table["first_positive"][~relapsed]).all()
    assert (months - table["last_negative"])[~relapsed].between(0, every[~relapsed], inclusive="left").all()
    assert {code: months[end == code].min() for code in (1, 2, 3, 4)} == dict.fromkeys((1, 2, 3, 4), 1)
    late = table["entry"] == 3
    assert months[late].min() == 7 and set(table["entry"]) == {0, 3}


def test_made_up_risks_step_down_after_twelve_months():
    table = make_synthetic_persons(20_000, rng=1)
    at_risk = np.array([(table["months"] >= m).sum() for m in range(1, 25)])
    rate = np.array([((table["months"] == m) & (table["end"] == 1)).sum() for m in range(1, 25)]) / at_risk
    # About 500 relapse in the first month and 100 in the thirteenth: standard errors of 4 and 10 %.
    assert rate[0] == pytest.approx(rate[:12].mean(), rel=0.2)
    assert rate[12] == pytest.approx(rate[12:24].mean(), rel=0.35) and rate[11] > 1.4 * rate[12:24].mean()
