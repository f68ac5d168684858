"""Parts of a change: they add up, equal Shapley's value by brute force, and a pure change falls into its own part."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from small_rules import ASSESSED, CHECKED, NAME, TAUGHT, appraised, row, rules_of

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.change import FACTORS, largest_remainders
from suzhou_antidrug.errors import SeriesError, UnknownNameError

UNITS = 24 * 10**12  # of a point: parts are whole numbers of these
STEPS = 4 * 24 * 2  # units by which the rounding of sixteen scores to 1e-12 may differ from the change of floats
CLOSE = 1e-9  # points, of sums in another order
PARTS = list(FACTORS)


@cache
def cards():
    plan = sa.load_plan("suzhou-2020")
    values = sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)
    return {
        n: sa.appraise(
            values, plan, rules=n, evidence=sa.make_synthetic_evidence(plan) if n == "suzhou-default" else None
        )
        for n in sa.list_appraisal_rules()
    }


def adds_up(found, a, b, digits):
    change = b.unrounded - a.unrounded
    known = ~np.isnan(change)
    np.testing.assert_allclose(found.whole.sum(axis=1)[known], (change * UNITS)[known], rtol=0, atol=STEPS)
    frame = found.frame[known]
    printed = (frame[PARTS] * 10**digits).round().astype(int).sum(axis=1)
    assert printed.tolist() == (frame["change"] * 10**digits).round().astype(int).tolist()
    np.testing.assert_allclose(frame["change"], (b.score - a.score)[known], atol=CLOSE)


class TestSums:
    @pytest.mark.parametrize("name", sa.list_appraisal_rules())
    @pytest.mark.parametrize(("earlier", "later"), [(2020, 2021), (2021, 2022), (2020, 2022), (2022, 2020)])
    def test_between_years(self, name, earlier, later):
        card = cards()[name]
        found = sa.decompose_change(card, earlier=earlier, later=later)
        adds_up(found, card.year(earlier), card.year(later), card.rules.file.rounding.digits)
        assert found.frame["change"].abs().max() > 0 and len(found.frame) == 11

    @pytest.mark.parametrize("pair", list(permutations(sa.list_appraisal_rules(), 2)), ids="-to-".join)
    def test_between_rule_files(self, pair):
        one, two = (cards()[n] for n in pair)
        found = sa.decompose_change(one, earlier=2021, later=2021, later_card=two)
        adds_up(found, one.year(2021), two.year(2021), max(c.rules.file.rounding.digits for c in (one, two)))

    @pytest.mark.parametrize("name", sa.list_appraisal_rules())
    def test_backwards_is_the_same_with_the_other_sign(self, name):
        there, back = (
            sa.decompose_change(cards()[name], earlier=a, later=b).whole for a, b in ((2020, 2022), (2022, 2020))
        )
        assert (there == -back).all()

    @pytest.mark.parametrize("name", ["practice-steps", "suzhou-default"])
    def test_items_sum_to_the_part_of_figures(self, name):
        found = sa.decompose_change(cards()[name], earlier=2020, later=2021)
        items = found.by_item.groupby("division")["points"].sum().reindex(found.frame["division"])
        np.testing.assert_allclose(items, found.whole[:, 0] / UNITS, atol=CLOSE)  # no cap binds in these files
        largest = found.items("kunshan")["points"].abs()
        assert largest.is_monotonic_decreasing


def card(plan, k, n=100, *, year=2020, rules=None, indicators=("user_check_rate", "user_assessment_rate"), **more):
    rows = [row(i, x, n, year=year) for i, x in zip(indicators, k, strict=True) if x is not None]
    return appraised(plan, rows, rules or rules_of(plan, [CHECKED, ASSESSED]), year=year, **more)


def parts(a, b, earlier=2020, later=2020):
    found = sa.decompose_change(a, earlier=earlier, later=later, later_card=b)
    mine = found.frame.set_index("division").loc["kunshan"]
    assert float(mine[PARTS].sum()) == pytest.approx(float(mine["change"]))
    return {f: float(mine[f]) for f in PARTS if mine[f]}


class TestPureChanges:
    def test_figures(self, plan):
        assert parts(card(plan, (80, 60)), card(plan, (90, 70))) == {"values": 10}
        found = sa.decompose_change(card(plan, (80, 60)), earlier=2020, later=2020, later_card=card(plan, (90, 68)))
        assert found.items("kunshan")[["item", "points"]].round(9).values.tolist() == [
            ["user_check_rate", 5],
            ["user_assessment_rate", 4],
        ]

    def test_milestones(self, plan):
        # The same figures in the later year, when more is asked: 90 % of 2020 is met, 95 % of 2021 is not.
        rules = rules_of(
            plan, [TAUGHT | {"scale": "all"}, {"task": 8, "indicator": "sick_disabled_admission_rate", "scale": "all"}]
        )
        names = ("high_risk_education_coverage", "sick_disabled_admission_rate")
        a, b = (card(plan, (92, 96), year=y, rules=rules, indicators=names) for y in (2020, 2021))
        assert parts(a, b, 2020, 2021) == {"rules": -50}

    def test_scales(self, plan):
        one, two = (rules_of(plan, [CHECKED | {"scale": s}, ASSESSED]) for s in ("share", "all"))
        assert parts(card(plan, (80, 60), rules=one), card(plan, (80, 60), rules=two)) == {"rules": -40}

    def test_weights(self, plan):
        two = rules_of(plan, [CHECKED | {"points": "30"}, ASSESSED])
        assert parts(card(plan, (80, 60)), card(plan, (80, 60), rules=two)) == {"weights": 5}

    def test_an_item_that_is_new(self, plan):
        two = rules_of(plan, [CHECKED, ASSESSED, TAUGHT])
        names = ("user_check_rate", "user_assessment_rate", "high_risk_education_coverage")
        a, b = (card(plan, (80, 60, 10), rules=r, indicators=names) for r in (None, two))
        assert parts(a, b) == {"weights": -20}

    def test_a_gap(self, plan):
        assert parts(card(plan, (80, 60)), card(plan, (80, None))) == {"gaps": 10}
        assert parts(card(plan, (None, 60)), card(plan, (80, 60))) == {"gaps": 10}

    @pytest.mark.parametrize(
        ("effect", "change"), [({"effect": "zero_total"}, -70), ({"effect": "cap_score", "score": "59"}, -11)]
    )
    def test_a_veto(self, plan, effect, change):
        rules = rules_of(
            plan, [CHECKED, ASSESSED], vetoes=({"id": "v", "name": NAME, "status": "synthetic", **effect},)
        )
        told = pd.DataFrame(
            [
                {
                    "veto": "v",
                    "division": "kunshan",
                    "year": 2020,
                    "state": "confirmed",
                    "evidence": "通报",
                    "date": "2020-08-01",
                }
            ]
        )
        a, b = (card(plan, (80, 60), rules=rules, vetoes=v) for v in (None, told))
        assert parts(a, b) == {"vetoes": change}

    def test_no_score_has_no_parts(self, plan):
        found = sa.decompose_change(card(plan, (80, 60)), earlier=2020, later=2020, later_card=card(plan, (90, 70)))
        gusu = found.frame.set_index("division").loc["gusu"]
        assert gusu[["change", *PARTS]].isna().all()

    def test_refused(self, plan):
        one = card(plan, (80, 60))
        with pytest.raises(SeriesError, match="nothing can have changed"):
            sa.decompose_change(one, earlier=2020, later=2020)
        with pytest.raises(UnknownNameError, match="2020"):
            sa.decompose_change(one, earlier=2020, later=2021)
        with pytest.raises(UnknownNameError, match="kunshan"):
            sa.decompose_change(one, earlier=2020, later=2020, later_card=card(plan, (1, 1))).items("kunsan")


class TestShapley:
    """Four factors moved one after the other in all 24 orders, by plain arithmetic on two items."""

    # value, milestone, points and whether reported, of two items, earlier and later; the scale is value / milestone, at most 1
    VALUES = ((0.5, 0.6), (0.8, 0.3))
    MILESTONES = ((0.9, 0.9), (0.95, 0.95))
    POINTS = ((10, 10), (5, 25))
    KNOWN = ((True, True), (True, False))

    def score(self, x, f, w, m):
        rows = zip(self.VALUES[x], self.MILESTONES[f], self.POINTS[w], self.KNOWN[m], strict=True)
        used = [(p, min(1, v / t)) for v, t, p, known in rows if known]
        return 100 * sum(p * s for p, s in used) / sum(p for p, _ in used)

    def test_every_order(self, plan):
        names = ("high_risk_education_coverage", "sick_disabled_admission_rate")
        sick = {"task": 8, "indicator": names[1]}
        sides = []
        for t, year in ((0, 2020), (1, 2021)):
            items = [
                i | {"scale": "ratio", "points": str(p)} for i, p in zip((TAUGHT, sick), self.POINTS[t], strict=True)
            ]
            rules = rules_of(plan, items, scales={"ratio": {"kind": "pro_rata"}}, digits=6)
            shares = [100 * v if known else None for v, known in zip(self.VALUES[t], self.KNOWN[t], strict=True)]
            sides.append(card(plan, shares, year=year, rules=rules, indicators=names))
        # The figure of the item that is not reported later is taken from the earlier year.
        self.VALUES = (self.VALUES[0], (self.VALUES[1][0], self.VALUES[0][1]))
        phi = np.zeros(4)
        for order in permutations(range(4)):
            at = [0, 0, 0, 0]
            for factor in order:
                before = self.score(*at)
                at[factor] = 1
                phi[factor] += (self.score(*at) - before) / 24
        found = sa.decompose_change(sides[0], earlier=2020, later=2021, later_card=sides[1])
        mine = found.whole[found.frame["division"].tolist().index("kunshan")] / UNITS
        np.testing.assert_allclose(mine, [*phi, 0], atol=CLOSE)
        assert (np.abs(phi) > 0.01).all()  # else a part could be wrong unseen

    @pytest.mark.parametrize("across", ["geometric", "harmonic"])
    def test_rules_that_are_not_linear_have_no_split_by_item(self, plan, across):
        categories = ({"id": "user_management", "weight": "0.5"}, {"id": "prevention_education", "weight": "0.5"})
        rules = rules_of(plan, [CHECKED, TAUGHT], categories=categories, across=across)
        names = ("user_check_rate", "high_risk_education_coverage")
        a, b = (card(plan, k, rules=rules, indicators=names) for k in ((80, 60), (90, 40)))
        found = sa.decompose_change(a, earlier=2020, later=2020, later_card=b)
        adds_up(found, a.year(), b.year(), 2)
        assert found.items("kunshan").empty and found.frame.set_index("division").loc["kunshan", "values"] < 0


class TestLargestRemainders:
    @given(hnp.arrays(float, (3, 5), elements=st.floats(-1e4, 1e4)), st.integers(-2, 2))
    def test_sums_and_closeness(self, numbers, more):
        total = np.round(numbers.sum(axis=1)).astype(np.int64) + more
        found = largest_remainders(numbers, total)
        assert (found.sum(axis=1) == total).all() and (found == np.round(found)).all()
        assert (np.abs(found - numbers) <= 1 + (abs(more) > 0)).all()

    @given(hnp.arrays(np.int64, (2, 4), elements=st.integers(-100, 100)))
    def test_whole_numbers_stay(self, numbers):
        assert (largest_remainders(numbers.astype(float), numbers.sum(axis=1)) == numbers).all()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_names_of_the_parts_do_not_run_into_one_another(language):
    card = cards()["suzhou-default"]
    ax = sa.decompose_change(card, earlier=2021, later=2022).plot(division="kunshan", language=language)
    ax.figure.canvas.draw()
    extents = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert len(extents) == len(PARTS) + 2
    assert all(left.x1 < right.x0 for left, right in pairwise(extents))


def test_cards_of_two_plans_are_not_compared(plan):
    one = card(plan, (90, 80))
    elsewhere = plan.model_copy(update={"id": "elsewhere"})
    with pytest.raises(SeriesError, match="different plans"):
        sa.decompose_change(one, earlier=2020, later=2020, later_card=card(elsewhere, (90, 80)))
