"""Relapse from counts, follow-up tables and standardised: worked numbers, rules on both sides, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import golden, inline

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.relapse.changes import compare_relapse
from suzhou_antidrug.indicators.relapse.definitions import RelapseDefinition, national_stock_shares, refuse_stock
from suzhou_antidrug.indicators.relapse.detected import correct_for_test_errors, measure_relapse
from suzhou_antidrug.indicators.relapse.life_tables import life_table, rates_from_abstinence
from suzhou_antidrug.indicators.relapse.standardisation import standardise_directly, standardise_indirectly
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier
from suzhou_antidrug.verdicts import Verdict

WHAT = RelapseDefinition("annual_detected", case_list="列管毒品", population="年初在册应查人员")


def year(found, base=5000, *, checks=20000, checked=None, what=WHAT, **more):
    return measure_relapse(
        found, base, checked=base if checked is None else checked, checks=checks, definition=what, **more
    )


def test_bounds_of_a_list_checked_in_part():
    data, want = inline("manski_bounds"), golden("manski_bounds")
    found = measure_relapse(data["relapsed"], data["N"], checked=data["verified"], definition=WHAT)
    assert found.exact.value[0] == pytest.approx(want["observed"], abs=1e-15)
    assert (found.low_bound[0], found.high_bound[0]) == pytest.approx((want["lower"], want["upper"]), abs=1e-15)


def test_tests_that_err():
    data, want = inline("rogan_gladen"), golden("rogan_gladen")
    value, clipped = correct_for_test_errors([data["apparent"]], data["sensitivity"], data["specificity"])
    assert value[0] == pytest.approx(want["true"], rel=1e-9) and not clipped[0]
    value, clipped = correct_for_test_errors([0.01, 0.9], 0.8, 0.98)
    assert value.tolist() == [0.0, 1.0] and clipped.all()
    with pytest.raises(ValueError):
        correct_for_test_errors([0.1], 0.5, 0.5)


def test_beijing():
    want = golden("beijing_follow_up")
    found = rates_from_abstinence(inline("beijing_follow_up")["abstinent_at_year"])
    assert found.conditional == pytest.approx(want["conditional"], rel=1e-9)
    assert found.per_100_constant == pytest.approx(want["per100py_constant"], rel=1e-9)
    assert found.per_100_trapezoid == pytest.approx(want["per100py_trapezoid"], rel=1e-9)
    table = life_table(1000, [200, 190, 70])  # the same as a table of persons
    assert table.rate_per_100_person_years[0] == pytest.approx(want["per100py_trapezoid"], rel=1e-9)


def test_national_stocks_are_shares_and_no_rates():
    shares = national_stock_shares().frame.set_index("year")["share"]
    assert shares.loc[[2019, 2021, 2022, 2023]].round(3).tolist() == [0.541, 0.696, 0.771, 0.82]
    stock = RelapseDefinition("no_relapse_stock", case_list="全部", population="历年登记")
    with pytest.raises(SeriesError) as caught:
        refuse_stock(stock)
    assert "82.0%" in caught.value.problems[0].zh
    with pytest.raises(SeriesError):
        year(10, what=stock)


def test_a_fall_in_what_is_found_is_no_fall_where_fewer_are_checked():
    more, fewer = year(400), year(250, checks=15_900)  # 0.795 of the checks
    judged = compare_relapse(more, fewer)
    assert judged.verdicts == (Verdict.NOT_ASSESSABLE,) and "0.795" in judged.judgements[0].reason.en
    per_check = compare_relapse(more, fewer, by="checks")
    assert float(per_check.ratio[0]) == pytest.approx(250 / 15_900 / (400 / 20_000))
    assert compare_relapse(more, year(250, checks=16_000)).verdicts[0] is not Verdict.NOT_ASSESSABLE


def test_each_verdict_on_both_sides_of_its_line():
    found = {x: compare_relapse(year(1000), year(x)).verdicts[0] for x in (600, 700, 760, 900, 1200, 1300)}
    assert found[600] is Verdict.MET  # upper limit .664, below .8 of detection too
    assert found[760] is Verdict.INSUFFICIENT_EVIDENCE  # .690 to .836: not below 1 were detection 0.8
    assert found[900] is Verdict.INSUFFICIENT_EVIDENCE
    assert found[1200] is Verdict.INSUFFICIENT_EVIDENCE  # 1.10: with 1.25 times the detection .88
    assert found[1300] is Verdict.NOT_MET  # 1.19 / 1.25 = .955 > .9
    exact = compare_relapse(year(1000), year(760), detection=(1, 1))
    assert exact.verdicts[0] is Verdict.MET


def test_the_flip_point_is_where_the_verdict_turns():
    judged = compare_relapse(year(1000), year(600))
    d = float(judged.flip_point[0])
    assert compare_relapse(year(1000), year(600), minimum_fall=d - 1e-6).verdicts[0] is Verdict.MET
    assert compare_relapse(year(1000), year(600), minimum_fall=d + 1e-6).verdicts[0] is not Verdict.MET


def test_definitions_that_differ_are_not_compared():
    other = RelapseDefinition("annual_detected", case_list="不含新精神活性物质", population="年初在册应查人员")
    judged = compare_relapse(year(400), year(250, what=other))
    assert judged.verdicts == (Verdict.NOT_ASSESSABLE,) and "不含新精神活性物质" in judged.judgements[0].reason.zh


def test_sensitivity_to_detection_runs_through_the_verdicts():
    table = compare_relapse(year(1000), year(600)).over_detection()
    assert table.set_index("detection")["verdict"][[0.5, 1.0, 2.0]].tolist() == ["not_met", "met", "met"]


def test_many_places_at_once():
    rng = np.random.default_rng(0)
    base = rng.integers(100, 2000, 3000)
    one, two = (year(rng.binomial(base, p), base, checks=4 * base) for p in (0.08, 0.05))
    judged = compare_relapse(one, two)
    assert len(judged.frame) == 3000
    alone = compare_relapse(
        year(one.found[7], base[7], checks=4 * base[7]), year(two.found[7], base[7], checks=4 * base[7])
    )
    assert judged.frame["verdict"][7] == alone.frame["verdict"][0]


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({"found": 11, "base": 10}, "found_above_base"),
        ({"found": 9, "base": 10, "checked": 8}, "found_above_checked"),
        ({"found": 1, "base": 10, "checked": 11}, "checked_above_base"),
        ({"found": 9, "base": 10, "checks": 8}, "found_above_checks"),
        ({"found": -1, "base": 10}, "counts"),
        ({"found": 1.5, "base": 10}, "counts"),
    ],
)
def test_counts_that_cannot_be_name_their_place(counts, code):
    with pytest.raises(SeriesError) as caught:
        measure_relapse([0, counts["found"]], [10, counts["base"]], checked=[10, counts.get("checked", counts["base"])],
                        checks=[50, counts.get("checks", 50)], places=["昆山市", "太仓市"], definition=WHAT)  # fmt: skip
    assert [p.code for p in caught.value.problems] == [code] and "太仓市" in caught.value.problems[0].zh


def test_nobody_at_risk_is_stated():
    nothing = measure_relapse([0, 0], [0, 10], checked=[0, 0], definition=WHAT)
    assert nothing.status == ("no_base", "nobody_checked") and np.isnan(nothing.exact.value).all()
    assert set(compare_relapse(nothing, nothing).verdicts) == {Verdict.NOT_ASSESSABLE}


def test_none_found_in_the_base():
    assert compare_relapse(year(0), year(3)).verdicts[0] is Verdict.NOT_MET
    assert compare_relapse(year(0), year(0)).verdicts[0] is Verdict.NOT_ASSESSABLE


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=5))
def test_a_life_table_without_losses_inside_is_kaplan_meier(rows):
    n = 120
    d, w = (np.array([r[k] for r in rows]) for k in (0, 1))
    w[:] = 0
    table = life_table(n, d, w)
    time = np.concatenate([np.repeat(np.arange(1, len(d) + 1), d), np.full(n - d.sum(), len(d) + 1)])
    event = np.concatenate([np.ones(d.sum()), np.zeros(n - d.sum())])
    curve = kaplan_meier(None, time.astype(float), event).curves[0]
    last = curve.survival[np.searchsorted(curve.time, len(d), side="right") - 1] if d.any() else 1.0
    assert table.survival[-1] == pytest.approx(last if d.any() else 1.0, abs=1e-12)
    assert (table.person_years >= 0).all()


@pytest.mark.parametrize(
    ("n", "d", "w", "code"),
    [([10, 5], [5, 6], [0, 0], "above_entered"), ([10, 9], [5, 1], [0, 0], "from_nowhere"), ([0], [0], [0], "nobody_at_risk"), ([10], [-1], [0], "counts")],
)  # fmt: skip
def test_tables_that_cannot_be(n, d, w, code):
    with pytest.raises(SeriesError) as caught:
        life_table(n, d, w)
    assert code in [p.code for p in caught.value.problems]


def test_two_regions_standardised():
    data, want = inline("age_standardisation_two_regions"), golden("age_standardisation_two_regions")
    e, b, se, sb = (np.array(data[k], float).reshape(2, 4) for k in ("e", "b", "standard_e", "standard_b"))
    for i in range(2):
        direct = standardise_directly(e[i], b[i], sb[i])
        assert [direct.rate[0], direct.low[0], direct.high[0]] == pytest.approx(want["direct"][i], rel=1e-8)
        assert direct.crude[0] == pytest.approx(want["crude"][i], rel=1e-8)
        indirect = standardise_indirectly(
            e[i], b[i], se[i], sb[i], limits="log_normal", standard_rate=se.sum() / sb.sum()
        )
        assert [indirect.rate[0], indirect.low[0], indirect.high[0]] == pytest.approx(want["indirect"][i], rel=1e-8)
        exact = standardise_indirectly([[e[i].sum()]], b[i], se[i], sb[i], standard_rate=se.sum() / sb.sum())
        assert exact.rate[0] == pytest.approx(indirect.rate[0]) and exact.low[0] < indirect.low[0]


def test_no_events_have_an_upper_limit_and_an_empty_class_a_status():
    none = standardise_directly([[0, 0]], [[100, 50]], [1, 1])
    assert none.status == ("no_events",) and none.low[0] == 0 and 0 < none.high[0] < 1
    empty = standardise_directly([[3, 0]], [[100, 0]], [1, 1])
    assert empty.status == ("empty_class",) and np.isnan(empty.rate[0])


@given(st.lists(st.integers(1, 50), min_size=3, max_size=3))
def test_the_standard_itself_standardises_to_its_crude_rate(events):
    people = np.array([300, 500, 700])
    direct = standardise_directly([events], [people], people)
    assert direct.rate[0] == pytest.approx(direct.crude[0])
    assert direct.low[0] < direct.rate[0] < direct.high[0]
    assert standardise_indirectly([events], [people], events, people).ratio[0] == pytest.approx(1)
