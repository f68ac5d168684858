"""One event more or fewer against a second appraisal of edited figures; distances; bunching against scipy and by hand."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_rules import CHECKED, GRADES, TAUGHT, appraised, row, rules_of, score_of

import suzhou_antidrug as sa

CLOSE = 1e-9  # points, of the same score summed in another order
COUNTS = ("count", "occurrence")


@cache
def material():
    plan = sa.load_plan("suzhou-2020")
    return plan, sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)


def one_event(values, indicator, year, step):
    """Every place's figure of a year with one event more or fewer, where that is possible."""
    table = values.table.copy()
    hit = (table["indicator"] == indicator.id) & (table["period"].map(lambda p: p.year) == year)
    k, n, old = (table.loc[hit, c].to_numpy(dtype=float) for c in ("numerator", "denominator", "value"))
    if indicator.kind in COUNTS:
        new = np.where(old + step >= 0, old + step, old)
        table.loc[hit, "value"], table.loc[hit, "numerator"] = new, np.where(np.isnan(k), k, new)
    else:
        top = n if indicator.kind in ("coverage", "proportion") else np.inf
        fits = (k + step >= 0) & (k + step <= top)
        table.loc[hit, "numerator"] = np.where(fits, k + step, k)
        table.loc[hit, "value"] = np.where(fits, indicator.per * (k + step) / n, old)
    return type(values)(table, values.made)


class TestCliffs:
    @pytest.mark.parametrize(
        ("name", "year"), [("practice-steps", 2021), ("practice-bonus", 2020), ("suzhou-default", 2022)]
    )
    def test_every_row_is_a_second_appraisal(self, name, year):
        plan, values = material()
        card = sa.appraise(values, plan, year=year, rules=name)
        frame = card.cliffs().frame
        before, unrounded = card.scores.set_index("division"), card.year().unrounded
        seen = 0
        for code in dict.fromkeys(c.item.code for c in card.year().columns if c.measured is not None):
            indicator = plan.indicator(code)
            events = indicator.kind in COUNTS or indicator.numerator is not None
            for step in (1, -1):
                rows = frame[(frame["item"] == code) & (frame["step"] == step)].set_index("division")
                if not events:
                    assert rows.empty
                    continue
                again = sa.appraise(one_event(values, indicator, year, step), plan, year=year, rules=name)
                after = again.scores.set_index("division")
                change = pd.Series(again.year().unrounded - unrounded, index=before.index)
                assert set(rows.index) == set(change.index[change.abs() > CLOSE])
                np.testing.assert_allclose(rows["change"], change[rows.index], atol=CLOSE)
                assert rows["score"].tolist() == after.loc[rows.index, "score"].tolist()
                best = [card.rules.file.grades[g].grade for g in again.year().grade]
                assert rows["grade"].tolist() == pd.Series(best, index=before.index)[rows.index].tolist()
                moved = pd.Series(again.year().grade != card.year().grade, index=before.index)
                assert rows["grade_changes"].tolist() == moved[rows.index].tolist()
                seen += len(rows)
        assert seen == len(frame) > 50
        assert frame["change"].abs().is_monotonic_decreasing
        assert card.cliffs().steepest["division"].is_unique
        assert list(card.cliffs().steepest.columns) == list(frame.columns)

    def test_a_figure_in_a_score_and_a_bonus_moves_both(self, plan):
        more = {"kind": "bonus", "each": "1", "per": "0.01"}
        item = {"task": 7, "indicator": "standardised_office_rate"}
        rules = rules_of(plan, [item, item | {"scale": "more", "role": "bonus"}], scales={"more": more}, bonus_cap="10")
        frame = appraised(plan, [row("standardised_office_rate", 52, 100)], rules).cliffs().frame
        assert frame[["item", "step"]].values.tolist() == [
            ["standardised_office_rate", 1],
            ["standardised_office_rate", -1],
        ]
        np.testing.assert_allclose(frame["change"], [2, -2], atol=CLOSE)  # a point of the share and one of the bonus

    def test_an_event_may_start_a_veto(self, plan):
        name = {"zh": "否决", "en": "veto"}
        veto = {
            "id": "v",
            "name": name,
            "effect": "zero_total",
            "status": "synthetic",
            "when": {"indicator": "user_check_rate", "operator": "lt", "at": "0.85"},
        }
        card = appraised(plan, [row("user_check_rate", 85, 100)], rules_of(plan, [CHECKED], vetoes=(veto,)))
        frame = card.cliffs().frame.set_index("step")
        np.testing.assert_allclose(frame.loc[[1, -1], "change"], [1, -85], atol=CLOSE)
        assert bool(frame.loc[-1, "grade_changes"]) and not frame.loc[1, "grade_changes"]

    def test_nobody_is_counted_beyond_the_denominator(self, plan):
        more = {"kind": "bonus", "each": "1", "per": "0.01"}
        rules = rules_of(
            plan,
            [CHECKED, TAUGHT | {"scale": "more", "role": "bonus", "points": "30"}],
            scales={"more": more},
            bonus_cap="30",
            above_total=True,
        )
        rows = [row("user_check_rate", 5, 10), row("high_risk_education_coverage", 10, 10)]
        frame = appraised(plan, rows, rules).cliffs().frame
        taught = frame[frame["item"] == "high_risk_education_coverage"]
        assert taught["step"].tolist() == [-1] and taught["change"].tolist() == pytest.approx(
            [-10]
        )  # 11 of 10 cannot be

    def test_the_end_of_the_scale(self, plan):
        rules = rules_of(plan, [CHECKED])
        assert appraised(plan, [row("user_check_rate", 10, 10)], rules).cliffs().frame["step"].tolist() == [-1]
        assert appraised(plan, [row("user_check_rate", 0, 10)], rules).cliffs().frame["step"].tolist() == [1]
        nothing = appraised(plan, [row("user_assessment_rate", 1, 10)], rules).cliffs()
        assert nothing.frame.empty and "0" in nothing.explain().in_language("en")


class TestDistances:
    @pytest.mark.parametrize(
        ("k", "grade", "above", "to_next", "spare"),
        [(95, "A", "", np.nan, 5), (90, "A", "", np.nan, 0), (85, "B", "A", 5, 5), (79, "C", "B", 1, 19), (10, "D", "C", 50, 10)],
    )  # fmt: skip
    def test_both_edges(self, plan, k, grade, above, to_next, spare):
        card = appraised(plan, [row("user_check_rate", k, 100)], rules_of(plan, [CHECKED]))
        found = card.distances().set_index("division").loc["kunshan"]
        assert found[["grade", "next_grade"]].tolist() == [grade, above]
        np.testing.assert_allclose(found[["to_next", "above_edge"]].astype(float), [to_next, spare], atol=CLOSE)
        assert score_of(card)["grade"] == grade

    @pytest.mark.parametrize(("k", "grade", "spare"), [(91, "A", 1), (90, "B", 10), (89, "B", 9), (80, "B", 0)])
    def test_an_edge_that_must_be_passed(self, plan, k, grade, spare):
        bands = tuple(b | {"inclusive": b["grade"] != "A"} for b in GRADES)
        card = appraised(plan, [row("user_check_rate", k, 100)], rules_of(plan, [CHECKED], grades=bands))
        found = card.distances().set_index("division").loc["kunshan"]
        assert found["grade"] == score_of(card)["grade"] == grade
        assert found["above_edge"] == pytest.approx(spare, abs=CLOSE)

    def test_no_score_has_no_distance(self, plan):
        card = appraised(plan, [row("user_check_rate", 9, 10)], rules_of(plan, [CHECKED, TAUGHT]))
        found = card.distances().set_index("division").loc["gusu"]
        assert found["grade"] == found["next_grade"] == "" and found[["to_next", "own_edge", "above_edge"]].isna().all()


def bunching(plan, shares, *, years=(2020, 2021), indicators=("high_risk_education_coverage",), window=0.05):
    rows = [
        row(i, k, 1000, year=y, division=d)
        for i in indicators
        for y, ks in zip(years, shares[i] if isinstance(shares, dict) else shares, strict=True)
        for d, k in zip(plan.geography.ids, ks, strict=False)
    ]
    items = [{"task": next(m.task for m in plan.milestones if m.indicator == i), "indicator": i} for i in indicators]
    return appraised(plan, rows, rules_of(plan, items), year=list(years)).bunching(window=window)


class TestBunching:
    def test_bunched(self, plan):
        found = bunching(plan, [[900, 905, 901, 910, 949, 900, 902, 930, 899, 960], [951] * 7 + [999, 1000, 940]]).iloc[
            0
        ]
        # 2020, milestone 90 %: eight in [90, 95), one in [85, 90); 2021, 95 %: eight in [95, 100), one below, one at 100
        assert found[["above", "below"]].tolist() == [16, 2]
        assert found["p_value"] == pytest.approx(stats.binomtest(16, 18, alternative="greater").pvalue)
        assert found["finding"] == "more_above" and found["p_holm"] == found["p_value"]

    def test_smooth(self, plan):
        found = bunching(plan, [range(855, 955, 10), range(905, 1005, 10)]).iloc[0]
        assert found[["above", "below"]].tolist() == [10, 10] and found["finding"] == "nothing_seen"
        assert found["p_value"] == pytest.approx(stats.binomtest(10, 20, alternative="greater").pvalue)

    @pytest.mark.parametrize(("count", "finding"), [(9, "too_few"), (10, "more_above")])
    def test_few(self, plan, count, finding):
        found = bunching(plan, [[905] * count], years=(2020,)).iloc[0]
        assert found["above"] == count and found["finding"] == finding

    def test_the_window(self, plan):
        shares = [[889, 890, 909, 910] * 2 + [900, 900]]
        assert bunching(plan, shares, years=(2020,), window=0.01)[["above", "below"]].values.tolist() == [[4, 2]]

    def test_correction_for_several_items_by_hand(self, plan):
        one, two = "high_risk_education_coverage", "standardised_office_rate"
        shares = {one: [[905] * 10], two: [[505] * 8 + [495] * 2]}
        found = bunching(plan, shares, years=(2020,), indicators=(one, two))
        p = [stats.binomtest(k, 10, alternative="greater").pvalue for k in (10, 8)]
        assert found["item"].tolist() == [one, two]
        np.testing.assert_allclose(found["p_value"], p)
        np.testing.assert_allclose(found["p_holm"], [2 * p[0], max(2 * p[0], p[1])])  # smallest first, times 2, times 1

    def test_a_natural_limit_is_left_out(self, plan):
        assert bunching(plan, [[1000] * 10], years=(2020,), indicators=("user_check_rate",)).empty


def test_counts_and_bonuses_do_not_bunch(plan):
    more = {"kind": "bonus", "each": "1", "per": "0.01"}
    item = {"task": 7, "indicator": "standardised_office_rate"}
    rules = rules_of(plan, [item, item | {"scale": "more", "role": "bonus"}, {"task": 6, "indicator": "user_incidents", "scale": "event"}], scales={"more": more}, bonus_cap="10")  # fmt: skip
    rows = [row("standardised_office_rate", 52, 100, division=d) for d in plan.geography.ids]
    rows += [row("user_incidents", 1, division=d) for d in plan.geography.ids]
    found = appraised(plan, rows, rules).bunching()
    assert found["item"].tolist() == ["standardised_office_rate"] and found["above"].tolist() == [10]


def test_the_explanation_names_the_grade_in_both_languages():
    card = sa.appraise(sa.load_synthetic_returns(), sa.load_plan("suzhou-2020"), year=2021)
    cliffs = card.cliffs()
    grade = cliffs.steepest["grade"].iloc[0]
    assert f"等次 {grade}" in cliffs.explain().in_language("zh")
    assert (
        f"grade {grade} {dict(优='excellent', 良='good', 中='fair', 差='poor')[grade]}"
        in cliffs.explain().in_language("en")
    )
