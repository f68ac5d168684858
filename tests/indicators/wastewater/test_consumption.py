"""Consumption: published tables, refusals, and what must hold of any load."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.errors import AntidrugError, NotComparableError, SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.attribution import heroin_from_morphine, morphine_sources, net_amphetamine
from suzhou_antidrug.indicators.wastewater.consumption import back_calculate, require_same_factor
from suzhou_antidrug.indicators.wastewater.substances import CorrectionFactor, load_correction_factors, mass_ratio
from suzhou_antidrug.indicators.wastewater.totals import check_total, doses, yearly_mass_kg
from suzhou_antidrug.provenance import Status

GOLDEN = Path(__file__).parents[2] / "golden"
EXAMPLES = pd.read_csv(GOLDEN / "wastewater_worked_examples.csv").set_index("id")
KOREA = pd.read_csv(GOLDEN / "wastewater_korea.csv")
PRINTED = 0.005  # the Korean table prints three figures, from loads of three figures
SHARES = dict(heroin_share=0.032, source="doi 10.1021/acsestwater.3c00466")
OTHERS = dict(therapeutic_morphine=2.85, codeine=0.92, poppy_straw=5.91)


def example(id_):
    row = EXAMPLES.loc[id_]
    return json.loads(row["inputs"]), json.loads(row["expected"])


def factor_of(drug, fraction):
    return next(
        f.id for f in load_correction_factors().values() if f.parent == drug and f.excretion_fraction == fraction
    )


def code(caught):
    problem = caught.value.problems[0]
    assert problem.en and any("\u4e00" <= c <= "\u9fff" for c in problem.zh)
    return problem.code


def test_the_korean_table_is_reproduced():
    rows = KOREA[KOREA["consumption_published"].notna()]
    plain = rows[rows["id"] != "KR-B-10-codeine"]
    assert len(plain) == 19
    for (drug, fraction), part in plain.groupby(["drug", "excretion_fraction"]):
        found = back_calculate(part["load_mg_per_day_per_1000"].to_numpy(), drug=drug, factor=factor_of(drug, fraction))
        assert found.value == pytest.approx(part["consumption_published"].to_numpy(), rel=PRINTED)
        assert found.value == pytest.approx(part["consumption_computed"].to_numpy(), rel=5e-4)


def test_a_half_limit_in_the_table_is_not_the_limit():
    for given_, printed in zip(*example("E13"), strict=True):
        limit = given_["load_below"]
        found = back_calculate(
            float("nan"), drug=given_["drug"], factor=factor_of(given_["drug"], given_["excretion_fraction"]),
            load_low=0, load_high=limit,
        )  # fmt: skip
        share = {"whole limit": 1.0, "half limit": 0.5}[printed["convention"]]
        assert float(found.high) * share == pytest.approx(printed["printed_consumption_below"], rel=PRINTED)
        assert float(found.low) == 0 and np.isnan(found.value)


@pytest.mark.parametrize(
    ("id_", "drug", "tolerance"),
    [("E10", "methamphetamine", PRINTED), ("E11", "codeine", PRINTED), ("E12", "ketamine", 1e-12)],
)
def test_worked_examples(id_, drug, tolerance):
    inputs, expected = example(id_)
    found = back_calculate(inputs["load"], drug=drug, factor=factor_of(drug, inputs["excretion_fraction"]))
    assert float(found.value) == pytest.approx(expected["consumption"], rel=tolerance)


@given(
    st.sampled_from([f for f in load_correction_factors().values() if np.isfinite(f.factor) and f.marker != "morphine"]),
    st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=6),
)  # fmt: skip
def test_consumption_is_load_times_ratio_over_fraction_inside_the_spread(factor, loads):
    found = back_calculate(loads, drug=factor.parent, factor=factor.id)
    exact = np.array(loads) * mass_ratio(factor.parent, factor.marker) / factor.excretion_fraction
    assert found.value == pytest.approx(exact, rel=1e-12)
    assert (found.spread_low <= found.value * (1 + 1e-12)).all()
    assert (found.value <= found.spread_high * (1 + 1e-12)).all()
    # The factor cancels: a ratio of two consumptions is that of the loads.
    assert found.value / found.value[0] == pytest.approx(np.array(loads) / loads[0], rel=1e-9)


def test_the_spread_spans_the_factors_of_the_same_marker_only():
    meth = back_calculate(1.0, drug="METH")
    assert (float(meth.spread_low), float(meth.spread_high)) == pytest.approx((1 / 0.43, 1 / 0.227))
    eddp = back_calculate(1.0, drug="美沙酮")
    assert eddp.factor_id == "mtd-eddp-0.55" and float(eddp.spread_high) == float(eddp.value)
    assert back_calculate(1.0, drug="美沙酮", marker="美沙酮").factor_id == "mtd-0.275"
    assert "not known" in eddp.explain().in_language("en")


def test_our_choice_is_assumed_and_the_users_is_not():
    ours, theirs = back_calculate(1.0, drug="METH"), back_calculate(1.0, drug="METH", factor="meth-0.43")
    assert (ours.made.status, theirs.made.status) == (Status.ASSUMED, Status.COMPUTED)
    assert "our choice" in ours.explain().in_language("en") and "our choice" not in theirs.explain().in_language("en")
    unverified = back_calculate(1.0, drug="MDMA", factor="mdma-0.225")
    assert unverified.made.status is Status.UNVERIFIED
    assert "unverified" in unverified.explain().in_language("en") and "未核实" in unverified.explain().in_language("zh")
    for words in ("trends are judged on loads", "Zuccato 2008", "meth-0.227", "2.326"):
        assert words in ours.explain().in_language("en")
    assert "趋势按负荷评判" in ours.explain().in_language("zh")


def test_a_factor_of_ones_own_is_used_and_named():
    own = CorrectionFactor("eto-mine", "etomidate", "etomidate_acid", 0.5, 1.1297, "own study", Status.REPORTED)
    found = back_calculate([2.0], drug="依托咪酯", factor=own)
    assert found.value == pytest.approx([2 * 1.1297 / 0.5]) and found.factor_id == "eto-mine"
    with pytest.raises(SeriesError) as caught:
        back_calculate(2.0, drug="METH", factor=own)
    assert code(caught) == "factor_of_another_drug"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (dict(drug="heroin", marker="吗啡"), "heroin_not_identifiable"),
        (dict(drug="海洛因", factor="her-mor-0.42"), "heroin_not_identifiable"),
        (dict(drug="依托咪酯"), "no_factor"),
        (dict(drug="etomidate", marker="etomidate acid"), "no_factor"),
        (dict(drug="甲卡西酮"), "no_factor"),
        (dict(drug="morphine"), "no_factor"),
        (dict(drug="amphetamine", factor="amp-net"), "no_factor"),
        (dict(drug="ketamine", marker="去甲氯胺酮"), "norketamine_unusable"),
        (dict(drug="ketamine", factor="ket-nk"), "norketamine_unusable"),
        (dict(drug="norketamine"), "norketamine_unusable"),
        (dict(drug="cocaine", marker="可卡因"), "parent_cocaine_no_marker"),
        (dict(drug="BE"), "not_a_drug"),
        (dict(drug="METH", factor="cod-0.30"), "factor_of_another_drug"),
        (dict(drug="METH", load_low=6.0), "swapped_range"),
        (dict(drug="METH", load_high=4.0), "swapped_range"),
    ],
)
def test_each_refusal_has_its_own_code(options, expected):
    with pytest.raises(SeriesError) as caught:
        back_calculate(5.0, **options)
    assert code(caught) == expected


def test_heroin_by_its_own_marker_is_allowed():
    found = back_calculate(0.1, drug="海洛因")
    assert found.factor_id == "her-6mam-0.013" and float(found.value) == pytest.approx(8.68, abs=0.005)
    with pytest.raises(UnknownNameError, match=r"meth-0\.43"):
        back_calculate(1.0, drug="METH", factor="meth-0.44")


@pytest.mark.parametrize("wrong", [[1.0, 0.0], [1.0, -2.0], [1.0, float("inf")], ["1.2", "<5"]])
def test_a_load_that_is_no_measured_value_is_refused(wrong):
    with pytest.raises(SeriesError) as caught:
        back_calculate(wrong, drug="METH")
    assert code(caught) in ("not_positive", "no_number")
    if code(caught) == "not_positive":
        assert "[1]" in str(caught.value)
    assert np.isnan(back_calculate([1.0, np.nan], drug="METH").value).tolist() == [False, True]


def test_two_factors_are_not_compared():
    one, other = back_calculate(1.0, drug="METH"), back_calculate(1.0, drug="METH", factor="meth-0.227")
    require_same_factor(one, back_calculate([2.0, 3.0], drug="冰毒", factor="meth-0.43"))
    with pytest.raises(NotComparableError) as caught:
        require_same_factor(one, other)
    assert code(caught) == "different_factor"
    changed = CorrectionFactor("meth-0.43", "methamphetamine", "methamphetamine", 0.44, 1.0, "new", Status.REPORTED)
    with pytest.raises(NotComparableError):
        require_same_factor(one, back_calculate(1.0, drug="METH", factor=changed))
    with pytest.raises(NotComparableError):
        require_same_factor(one, net_amphetamine(5.0, 1.0))


def test_loads_and_consumptions_do_not_change_places():
    used = back_calculate([10.0], drug="METH")
    assert (used.quantity, net_amphetamine(5.0, 1.0).quantity) == ("consumption", "load")
    with pytest.raises(NotComparableError) as caught:
        back_calculate(used, drug="METH")
    assert code(caught) == "not_a_load"
    with pytest.raises(NotComparableError) as caught:
        doses(net_amphetamine(5.0, 1.0), 30)
    assert code(caught) == "not_a_consumption"
    assert back_calculate(net_amphetamine(5.0, 1.0), drug="AMP").value == pytest.approx(4.91 / 0.3)
    assert doses(used, 30) == pytest.approx(used.value / 30)
    assert yearly_mass_kg(used, 1e6) == pytest.approx(used.value * 0.365)


@pytest.mark.parametrize(
    ("amphetamine", "reliability", "none_left"),
    [
        (0.39, "usable", True),
        (0.40, "unreliable", True),
        (0.90, "unreliable", True),
        (0.91, "unreliable", False),
        (1.90, "unreliable", False),
        (1.91, "usable", False),
        (10.0, "usable", False),
        (10.1, "negligible", False),
        (np.nan, "missing", False),
    ],
)
def test_net_amphetamine_on_both_sides_of_every_edge(amphetamine, reliability, none_left):
    found = net_amphetamine(amphetamine, 10.0)
    assert (str(found.reliability), bool(found.none_left)) == (reliability, none_left)
    if reliability != "missing":
        assert float(found.value) == pytest.approx(max(0.0, amphetamine - 0.9))


def test_net_amphetamine_of_the_korean_plants():
    wide = KOREA[KOREA["load_flag"].isna()].pivot(index="plant", columns="drug", values="load_mg_per_day_per_1000")
    found = net_amphetamine(wide["amphetamine"], wide["methamphetamine"])
    assert found.frame["reliability"].value_counts().to_dict() == {"missing": 5, "unreliable": 4, "usable": 1}
    assert found.ratio[wide.index.get_loc("B-1")] == pytest.approx(0.72 / 5.18)
    assert "4" in found.explain().in_language("en")


def test_morphine_is_divided_as_published():
    found = morphine_sources([20.0, 10.0, 3.0, 5.0], source="sales",
                             sources={"poppy_straw": [11.82, 0, 4, np.nan], "clinical": [5.7, 0, 0, 1], "codeine": [1.84, 0, 0, 1]})  # fmt: skip
    assert found.rest == pytest.approx([0.64, 10.0, 0.0, np.nan], nan_ok=True)
    assert found.exceeded.tolist() == [False, False, True, False]
    first = found.frame[found.frame["position"] == 0].set_index("source")["share"]
    assert first["rest"] == pytest.approx(0.032) and first.sum() == pytest.approx(1)
    assert len(found.frame) == 16 and "sales" in found.explain().in_language("en")


def test_heroin_needs_every_other_source_or_a_cited_share():
    wholly = heroin_from_morphine(10.0, other_morphine=OTHERS, source="sales and PMF")
    assert float(wholly.value) == pytest.approx(0.32) and float(wholly.share) == pytest.approx(0.032)
    shared = heroin_from_morphine([10.0, np.nan], **SHARES)
    assert shared.value == pytest.approx([0.32, np.nan], nan_ok=True)
    used = back_calculate(wholly, drug="heroin")
    assert float(used.value) == pytest.approx(0.32 * mass_ratio("heroin", "morphine") / 0.42)
    assert used.made.status is Status.UNVERIFIED
    for words in ("sales and PMF", "3.2 %", "sixteenfold"):
        assert words in used.explain().in_language("en")
    assert "16倍" in used.explain().in_language("zh")
    for elsewhere in (
        dict(drug="METH"),
        dict(drug="美沙酮", factor="mtd-0.275"),
        dict(drug="heroin", factor="her-6mam-0.013"),
    ):
        with pytest.raises(SeriesError) as caught:
            back_calculate(wholly, **elsewhere)  # the load is one of morphine
        assert code(caught) == "factor_of_another_drug"


@pytest.mark.parametrize(
    "given_",
    [
        {},
        dict(heroin_share=0.032),
        dict(heroin_share=0.032, source="  "),
        dict(other_morphine=OTHERS),
        dict(other_morphine={}, source="x"),
        dict(other_morphine={k: v for k, v in OTHERS.items() if k != "codeine"}, source="x"),
        dict(other_morphine=OTHERS, heroin_share=0.03, source="x"),
    ],
)
def test_heroin_is_refused_where_anything_lacks(given_):
    with pytest.raises(SeriesError) as caught:
        heroin_from_morphine(10.0, **given_)
    assert code(caught) == "heroin_not_identifiable"


def test_heroin_odds_and_ends():
    zeros = dict.fromkeys(OTHERS, 0.0)
    assert float(heroin_from_morphine(10.0, other_morphine=zeros, source="x").value) == 10.0
    over = heroin_from_morphine(10.0, other_morphine={**zeros, "codeine": 12.0}, source="x")
    assert float(over.value) == 0 and bool(over.none_left)
    assert float(back_calculate(over, drug="heroin").value) == 0
    with pytest.raises(UnknownNameError, match="poppy_straw"):
        heroin_from_morphine(10.0, other_morphine={**zeros, "poppystraw": 1.0}, source="x")
    with pytest.raises(SeriesError) as caught:
        heroin_from_morphine(10.0, heroin_share=3.2, source="x")
    assert code(caught) == "share_above_one"


def test_doses_of_the_river_po():
    inputs, expected = example("E18")
    assert float(doses(inputs["cocaine_kg_per_day"] * 1e6, inputs["dose_mg"])) == expected["doses_per_day"]
    with pytest.raises(SeriesError):
        doses(1.0, 0)


def test_totals_of_dalian_imply_one_population():
    rows, expected = example("E14")
    kg, load = ([r[k] for r in rows] for k in ("kg_per_year", "mg_per_day_per_1000"))
    people = [e["implied_population"] for e in expected]
    found = check_total(kg, load, people, kg_half_width=5)
    assert found.implied_population == pytest.approx(people, rel=0.002)
    assert not found.contradicts.any()
    assert yearly_mass_kg(load, people) == pytest.approx(kg, rel=0.002)
    assert check_total(kg, load, np.array(people) * 10).contradicts.all()  # 万 slipped
    assert check_total(kg, load[::-1], people).contradicts.all()
    assert not check_total(np.nan, 457, 7e6).contradicts


def test_totals_agree_up_to_rounding_and_no_further():
    exact = 200.5 * 1_000_500 * 365 / 1e9  # the largest total that 200 and 1,000,000 (rounded to thousands) allow
    options = dict(kg_half_width=0, population_half_width=500)
    assert not check_total(exact, 200, 1_000_000, **options).contradicts
    assert check_total(exact * 1.0001, 200, 1_000_000, **options).contradicts
    assert check_total(exact, 200.0, 1_000_000, load_half_width=0.4, **options).contradicts
    least = 199.5 * 999_500 * 365 / 1e9
    assert not check_total(least, 200, 1_000_000, **options).contradicts
    assert check_total(least * 0.9999, 200, 1_000_000, **options).contradicts
    rounded = dict(kg_half_width=0.5, population_half_width=500)
    assert not check_total(least - 0.5, 200, 1_000_000, **rounded).contradicts
    assert check_total(least - 0.51, 200, 1_000_000, **rounded).contradicts
    assert not check_total(exact + 0.5, 200, 1_000_000, **rounded).contradicts
    assert check_total(exact + 0.51, 200, 1_000_000, **rounded).contradicts
    assert bool(check_total(73, 200, 1_000_000).contradicts) is False  # half units from the printed digits
    assert bool(check_total(75, 200, 1_000_000).contradicts) is True


def test_results_are_drawn_and_tabled_in_both_languages():
    found = back_calculate([5.2, 11.0], drug="METH", load_low=[5, 10], load_high=[6, 12])
    for language, title in (("zh", "甲基苯丙胺消费量"), ("en", "Consumption of methamphetamine")):
        ax = found.plot(language=language)
        assert ax.get_title(loc="left") == title
    assert found.frame["low"].to_numpy() == pytest.approx(np.array([5, 10]) / 0.43)
    assert "假定" in found._repr_html_()
    assert found.manifest()["data_fingerprint"] != back_calculate([5.2], drug="METH").manifest()["data_fingerprint"]
    for other in (morphine_sources(1.0, sources={"a": 0.5}, source="x"), heroin_from_morphine(1.0, **SHARES),
                  check_total(1, 2, 3), net_amphetamine(2.0, 1.0)):  # fmt: skip
        assert len(other.frame) and other._repr_html_() and other.explain().in_language("en")


def test_thousands_of_series_at_once():
    loads = np.random.default_rng(0).lognormal(3, 1, (3000, 6, 5))
    found = back_calculate(loads, drug="METH", factor="meth-0.43")
    assert found.value.shape == loads.shape and np.array_equal(found.value, loads * (1 / 0.43))


def test_every_error_is_one_a_user_can_mend():
    with pytest.raises(AntidrugError):
        back_calculate(1.0, drug="nothing")
    with pytest.raises(AntidrugError):
        net_amphetamine(1.0, 0.0)
    with pytest.raises(AntidrugError):
        morphine_sources(1.0, sources={}, source="x")
    with pytest.raises(AntidrugError):
        morphine_sources(1.0, sources={"a": 1.0}, source="")


@pytest.mark.parametrize("share", [-0.01, 0.0, 1.01])
def test_the_share_taken_off_amphetamine_is_a_share(share):
    with pytest.raises(SeriesError):
        net_amphetamine(5.0, 1.0, share=share)
    assert float(net_amphetamine(5.0, 1.0, share=1.0).value) == 4


@pytest.mark.parametrize(("low", "high", "fine"), [(10, 12, True), (8, 10, True), (10.1, 12, False), (8, 9.9, False)])
def test_a_load_may_lie_on_its_own_bounds_and_not_outside(low, high, fine):
    if not fine:
        with pytest.raises(SeriesError) as caught:
            back_calculate([10.0], drug="METH", load_low=[low], load_high=[high])
        assert code(caught) == "swapped_range"
        return
    found = back_calculate([10.0], drug="METH", load_low=[low], load_high=[high])
    assert found.low / found.value == pytest.approx(low / 10) and found.high / found.value == pytest.approx(high / 10)
