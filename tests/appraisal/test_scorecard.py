"""Score cards by hand: edges, rounding, gaps, evidence, vetoes, bonus, means, readings, explanations."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from small_rules import ASSESSED, CHECKED, INCIDENTS, TAUGHT, appraised, row, rules_of, score_of

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.scoring.totals import unit_weights
from suzhou_antidrug.errors import ReturnsError, UnknownNameError

CLOSE = 1e-9  # of floats that were added in another order
SITES = {"indicator": "drug_manufacture_sites", "operator": "gt", "at": "0"}
BONUS = {"kind": "bonus", "each": "1", "per": "0.01"}
NEW_USERS = {"task": 5, "indicator": "new_user_share", "scale": "all"}


class TestEdges:
    @pytest.mark.parametrize(("k", "n", "score"), [(999, 1000, 0), (1000, 1000, 100), (999_999_999, 1_000_000_000, 0)])
    def test_999_of_1000_is_not_100_percent(self, plan, k, n, score):
        card = appraised(plan, [row("user_check_rate", k, n)], rules_of(plan, [CHECKED | {"scale": "all"}]))
        assert score_of(card)["score"] == score

    @pytest.mark.parametrize(("k", "score"), [(61, 21), (60, 20), (62, 22)])
    def test_29_whole_points_are_29_not_30(self, plan, k, score):
        assert math.ceil((0.9 - 0.61) / 0.01) == 30  # what floats would say
        scale = {"kind": "deduction", "each": "1", "per": "0.01", "part": "whole_up"}
        rules = rules_of(plan, [TAUGHT | {"scale": "point", "points": "50"}], scales={"point": scale})
        assert score_of(appraised(plan, [row("high_risk_education_coverage", k, 100)], rules))["score"] == 2 * score

    @pytest.mark.parametrize(
        ("at", "inclusive", "score"), [("0.29", True, 100), ("0.29", False, 0), ("0.2900000001", True, 0)]
    )
    def test_a_step_at_29_of_100(self, plan, at, inclusive, score):
        scale = {"kind": "steps", "steps": ({"at": at, "share": "1", "inclusive": inclusive},)}
        rules = rules_of(plan, [TAUGHT | {"scale": "step"}], scales={"step": scale})
        assert score_of(appraised(plan, [row("high_risk_education_coverage", 29, 100)], rules))["score"] == score

    @pytest.mark.parametrize(("part", "points"), [("whole_up", [10, 7, 4]), ("whole_down", [10, 7, 4])])
    def test_events_with_a_denominator_are_events(self, plan, part, points):
        scale = {"kind": "deduction", "each": "3", "part": part}
        rules = rules_of(plan, [INCIDENTS | {"scale": "off"}], scales={"off": scale})
        for count, wanted in enumerate(points):
            card = appraised(plan, [row("user_incidents", count, 5000)], rules)
            assert score_of(card)["score"] == 10 * wanted

    @pytest.mark.parametrize(("k", "score"), [(35, 100), (36, 90), (40, 50), (90, 0)])
    def test_units_too_many_where_less_is_better(self, plan, k, score):
        rules = rules_of(plan, [{"task": 5, "indicator": "new_user_share", "scale": "short"}])
        card = appraised(
            plan, [row("new_user_share", k, 100)], rules, readings={"new_user_share_direction": "less_is_better"}
        )
        assert score_of(card)["score"] == score

    def test_units_short_count_heads(self, plan):
        rules = rules_of(plan, [TAUGHT | {"scale": "short"}])
        for k, n, lacking in ((90, 100, 0), (89, 100, 1), (18, 21, 1), (10, 21, 9)):  # 90 % of 21 is 18.9: 19 are asked
            assert (
                score_of(appraised(plan, [row("high_risk_education_coverage", k, n)], rules))["score"]
                == 100 - 10 * lacking
            )

    @pytest.mark.parametrize(
        ("k", "reading", "score"),
        [(50, "includes_the_number", 100), (49, "includes_the_number", 100), (48, "includes_the_number", 99.99), (50, "excludes_the_number", 100),
         (49, "excludes_the_number", 99.99), (51, "excludes_the_number", 100)],
    )  # fmt: skip
    def test_heads_are_counted_exactly_where_the_last_digit_hangs_on_one(self, plan, k, reading, score):
        """One short takes 0.0005 of 10 points: 99.995 is rounded up, two short leave 99.99."""
        bit = {"kind": "deduction", "each": "0.0005", "of": "units_short"}
        rules = rules_of(
            plan, [{"task": 7, "indicator": "standardised_office_rate", "scale": "bit"}], scales={"bit": bit}
        )
        found = appraised(plan, [row("standardised_office_rate", k, 100)], rules, readings={"above_bound": reading})
        assert score_of(found)["score"] == score

    @pytest.mark.parametrize(
        ("k", "n", "reading", "lacking"),
        [(50, 100, "includes_the_number", 0), (50, 100, "excludes_the_number", 1), (51, 100, "excludes_the_number", 0), (49, 100, "excludes_the_number", 2),
         (10, 21, "includes_the_number", 1), (10, 21, "excludes_the_number", 1), (0, 2, "excludes_the_number", 2)],
    )  # fmt: skip
    def test_more_than_the_number_asks_for_one_more(self, plan, k, n, reading, lacking):
        rules = rules_of(plan, [{"task": 7, "indicator": "standardised_office_rate", "scale": "short"}])
        found = appraised(plan, [row("standardised_office_rate", k, n)], rules, readings={"above_bound": reading})
        assert score_of(found)["score"] == 100 - 10 * lacking


class TestRounding:
    @pytest.mark.parametrize(
        ("k", "digits", "mode", "before", "score", "grade"),
        [
            (89_945, 2, "half_up", True, 89.95, "B"), (89_945, 2, "half_even", True, 89.94, "B"), (89_945, 2, "truncate", True, 89.94, "B"),
            (89_950, 1, "half_up", True, 90.0, "A"), (89_950, 1, "half_up", False, 90.0, "B"), (89_950, 1, "half_even", True, 90.0, "A"),
            (89_950, 1, "truncate", True, 89.9, "B"), (89_850, 1, "half_even", True, 89.8, "B"), (89_949, 1, "half_up", True, 89.9, "B"),
            (90_000, 2, "half_up", False, 90.0, "A"), (89_999, 2, "half_up", False, 90.0, "B"), (89_999, 2, "half_up", True, 90.0, "A"),
        ],
    )  # fmt: skip
    def test_the_last_digit_decides(self, plan, k, digits, mode, before, score, grade):
        rules = rules_of(plan, [CHECKED], digits=digits, mode=mode, before=before)
        found = score_of(appraised(plan, [row("user_check_rate", k, 100_000)], rules))
        assert (found["score"], found["grade"]) == (score, grade)

    @pytest.mark.parametrize(("inclusive", "grade"), [(True, "A"), (False, "B")])
    def test_a_band_may_leave_its_edge_out(self, plan, inclusive, grade):
        from small_rules import GRADES

        bands = ({**GRADES[0], "inclusive": inclusive}, *GRADES[1:])
        for before in (True, False):
            rules = rules_of(plan, [CHECKED], before=before, grades=bands)
            assert score_of(appraised(plan, [row("user_check_rate", 90, 100)], rules))["grade"] == grade

    def test_thirds_add_to_a_whole(self, plan):
        """Three items of a third each at 90 %: floats would give 90.00000000000001 or 89.99999999999999."""
        items = [i | {"points": "1/3"} for i in (CHECKED, ASSESSED, TAUGHT)]
        rows = [row(i["indicator"], 9, 10) for i in items]
        for before in (True, False):
            assert score_of(appraised(plan, rows, rules_of(plan, items, before=before)))["grade"] == "A"


HAIR = 10**12  # one of so many is 1e-10 of a point: floats are further off, exact arithmetic is not


class TestAHairBelowAnEdge:
    """The floats of both sides are one within the tolerance: only the exact score tells them apart."""

    @pytest.mark.parametrize(("lacking", "grade"), [(0, "A"), (1, "B")])
    def test_grade(self, plan, lacking, grade):
        share = row("user_check_rate", 9 * HAIR // 10 - lacking, HAIR)
        same = row("high_risk_education_coverage", 9 * HAIR // 10, HAIR)
        more = {"task": 7, "indicator": "standardised_office_rate", "scale": "more", "role": "bonus"}
        less = INCIDENTS | {"role": "deduction", "points": "30"}
        extras = [
            row("standardised_office_rate", 60, 100),
            row("user_incidents", 5, 1000),
        ]  # 10 beyond, and 5 points off
        weights = tuple(
            {"id": c, "weight": w} for c, w in (("user_management", "0.4"), ("prevention_education", "0.6"))
        )
        for items, rows, keys in (
            ([CHECKED], [share], {}),
            ([CHECKED, TAUGHT], [share, same], {}),
            ([CHECKED, TAUGHT], [share, same], {"categories": weights}),
            ([CHECKED | {"points": "7"}, TAUGHT | {"points": "3"}], [share, same], {"categories": weights}),
            ([CHECKED, more, less], [share, *extras], {"bonus_cap": "5"}),
            ([CHECKED, more, less], [share, *extras], {"bonus_cap": "2", "deduction_cap": "2"}),
        ):
            rules = rules_of(plan, items, before=False, scales={"more": BONUS}, **keys)
            found = score_of(appraised(plan, rows, rules))
            assert (found["score"], found["grade"]) == (90, grade)

    @pytest.mark.parametrize(("lacking", "score"), [(0, 60.0), (1, 59.9)])
    def test_an_item_that_counts_as_nothing(self, plan, lacking, score):
        rules = rules_of(plan, [CHECKED | {"points": "20"}, ASSESSED], digits=1, missing="zero")
        share = row("user_check_rate", 89_925 * HAIR // 100_000 - lacking, HAIR)  # 20 of 30 points: 59.95
        assert score_of(appraised(plan, [share], rules))["score"] == score

    @pytest.mark.parametrize(("lacking", "grade"), [(0, "C"), (1, "D")])
    def test_grade_with_heads_lacking(self, plan, lacking, grade):
        rules = rules_of(plan, [CHECKED | {"scale": "short"}, TAUGHT], before=False)
        rows = [row("user_check_rate", 95, 100), row("high_risk_education_coverage", 7 * HAIR // 10 - lacking, HAIR)]  # fmt: skip
        assert (
            score_of(appraised(plan, rows, rules))["grade"] == grade
        )  # of 100 heads 5 are lacking: 5 of 10 points, and 7 of 10

    @pytest.mark.parametrize(("lacking", "score"), [(0, 90.0), (1, 89.9)])
    def test_last_digit(self, plan, lacking, score):
        share = row("user_check_rate", 8995 * HAIR // 10_000 - lacking, HAIR)
        assert score_of(appraised(plan, [share], rules_of(plan, [CHECKED], digits=1)))["score"] == score

    @pytest.mark.parametrize(("mode", "score"), [("half_up", 89.95), ("half_even", 89.94), ("truncate", 89.94)])
    def test_a_mean_without_an_exact_value_is_taken_for_the_edge(self, plan, mode, score):
        rules = rules_of(plan, [CHECKED], across="geometric", mode=mode)
        assert score_of(appraised(plan, [row("user_check_rate", 89_945, 100_000)], rules))["score"] == score


class TestGaps:
    ROWS = (row("user_check_rate", 85, 100), row("high_risk_education_coverage", 95, 100, division="changshu"))

    def test_best_and_worst_and_undetermined(self, plan):
        found = score_of(appraised(plan, list(self.ROWS), rules_of(plan, [CHECKED, TAUGHT])))
        assert found[["score", "low", "high"]].tolist() == [85, 42.5, 92.5]
        assert found[["grade", "grade_low", "grade_high"]].tolist() == ["undetermined", "D", "A"]
        assert found[["due", "assessed", "assessed_share"]].tolist() == [2, 1, 0.5]

    def test_one_grade_from_worst_to_best_is_that_grade(self, plan):
        items = [CHECKED | {"points": "99"}, TAUGHT | {"points": "1"}]
        found = score_of(appraised(plan, [row("user_check_rate", 85, 100)], rules_of(plan, items)))
        assert found[["low", "high", "grade"]].tolist() == [84.15, 85.15, "B"]

    def test_nothing_reported(self, plan):
        card = appraised(plan, list(self.ROWS), rules_of(plan, [CHECKED, TAUGHT]))
        found = score_of(card, "taicang")
        assert math.isnan(found["score"]) and math.isnan(found["rank"]) and found["grade"] == ""
        assert found[["low", "high", "grade_low", "grade_high"]].tolist() == [0, 100, "D", "A"]
        assert found[["assessed", "assessed_share"]].tolist() == [0, 0]
        assert score_of(card, "changshu")["rank"] == 1  # 95 before 85; who has no score takes no place

    def test_an_item_that_nobody_reported(self, plan):
        found = score_of(appraised(plan, list(self.ROWS), rules_of(plan, [CHECKED, ASSESSED])))
        assert found[["score", "assessed"]].tolist() == [85, 1]
        assert found["low"] == 42.5 and found["high"] == 92.5

    def test_missing_is_not_zero(self, plan):
        rules = rules_of(plan, [CHECKED, TAUGHT])
        zero = score_of(appraised(plan, [self.ROWS[0], row("high_risk_education_coverage", 0, 100)], rules))
        assert zero[["score", "low", "high"]].tolist() == [42.5, 42.5, 42.5]
        frame = appraised(plan, list(self.ROWS), rules).frame
        kunshan = frame[(frame["division"] == "kunshan") & (frame["item"] == "high_risk_education_coverage")].iloc[0]
        assert kunshan["state"] == "missing" and math.isnan(kunshan["share"]) and "缺报不等于零" in kunshan["reason_zh"]

    def test_missing_may_count_as_nothing(self, plan):
        found = score_of(appraised(plan, list(self.ROWS), rules_of(plan, [CHECKED, TAUGHT], missing="zero")))
        assert found[["score", "low", "high"]].tolist() == [42.5, 42.5, 92.5]
        assert found["assessed_share"] == 0.5  # what was assessed, whatever the rest counts for

    def test_a_category_without_figures_leaves_its_weight_to_the_others(self, plan):
        categories = ({"id": "user_management", "weight": "0.7"}, {"id": "prevention_education", "weight": "0.3"})
        card = appraised(plan, list(self.ROWS), rules_of(plan, [CHECKED, TAUGHT], categories=categories))
        assert score_of(card)[["score", "low", "high"]].tolist() == [85, 59.5, 89.5]
        assert score_of(card)["assessed_share"] == pytest.approx(0.7)

    def test_a_constant_column_keeps_its_weight(self, plan):
        rows = [row(i, 1, 1, division=d) for d in plan.geography.ids for i in ("user_check_rate",)]
        rows += [row("high_risk_education_coverage", 50 + k, 100, division=d) for k, d in enumerate(plan.geography.ids)]
        scores = appraised(plan, rows, rules_of(plan, [CHECKED, TAUGHT])).scores.set_index("division")["score"]
        assert scores[list(plan.geography.ids)].tolist() == [75 + k / 2 for k in range(10)]

    def test_the_city_is_scored_on_its_pooled_figures(self, plan):
        rows = [
            row("user_check_rate", 9 if k else 100, 10 if k else 1000, division=d)
            for k, d in enumerate(plan.geography.ids)
        ]
        card = appraised(plan, rows, rules_of(plan, [CHECKED]))
        assert score_of(card, "suzhou")["score"] == round(100 * 181 / 1090, 2)  # not the mean of 82
        assert card.scores["score"][1:].mean() == 82

    def test_the_city_waits_for_every_division(self, plan):
        rows = [row("user_check_rate", 9, 10, division=d) for d in plan.geography.ids[:9]]
        found = score_of(appraised(plan, rows, rules_of(plan, [CHECKED])), "suzhou")
        assert math.isnan(found["score"]) and found["grade"] == ""

    def test_a_year_in_which_nothing_is_due(self, plan):
        rules = rules_of(plan, [{"task": 23, "indicator": "education_base_coverage"}])
        with pytest.raises(ReturnsError, match="the rules score nothing in 2020"):
            appraised(plan, list(self.ROWS), rules)
        with pytest.raises(UnknownNameError, match="2025"):
            appraised(plan, list(self.ROWS), rules, year=2025)


BUDGET = {"task": 22, "deliverable": "t22-budget", "scale": "levels", "who": "divisions"}


def said(*levels, division="kunshan", year=2020, **more):
    return [
        {
            "deliverable": "t22-budget",
            "division": division,
            "year": year,
            "level": x,
            "evidence": "纪要",
            "assessor": f"a{k}",
        }
        | more
        for k, x in enumerate(levels)
    ]


class TestEvidence:
    def card(self, plan, rows, *, items=(BUDGET,), reports=None, **scale):
        from small_rules import LEVELS

        rules = rules_of(plan, list(items), scales={"levels": {"kind": "levels", "levels": LEVELS} | scale})
        return appraised(plan, reports or [row("user_check_rate", 9, 10)], rules, evidence=pd.DataFrame(rows))

    @pytest.mark.parametrize(("level", "reached"), [("none", 0), ("half", 0), ("done", 1)])
    def test_a_deliverable_is_reached_at_its_highest_level_alone(self, plan, level, reached):
        found = score_of(self.card(plan, said(level)))
        assert found[["due", "assessed", "reached"]].tolist() == [1, 1, reached]

    @pytest.mark.parametrize(
        ("way", "levels", "score"),
        [
            ("median", ["none", "half", "done"], 50), ("median", ["none", "done", "done"], 100), ("median", ["half", "done"], 75),
            ("lowest", ["half", "done", "done"], 50), ("mean", ["none", "done", "done"], 66.67), ("median", ["done"], 100),
        ],
    )  # fmt: skip
    def test_assessors_who_differ(self, plan, way, levels, score):
        found = score_of(self.card(plan, said(*levels), disagreement=way))
        worth = {"none": 0, "half": 50, "done": 100}
        assert found[["score", "low", "high"]].tolist() == [
            score,
            min(map(worth.get, levels)),
            max(map(worth.get, levels)),
        ]

    def test_no_evidence_is_not_assessable(self, plan):
        card = self.card(
            plan,
            said("done"),
            items=(BUDGET, CHECKED),
            reports=[row("user_check_rate", 9, 10, division=d) for d in ("kunshan", "gusu")],
        )
        assert score_of(card)["score"] == 95
        assert score_of(card, "gusu")[["score", "low", "high", "assessed"]].tolist() == [90, 45, 95, 1]
        text = card.explain("gusu", 22)
        assert "没有报送佐证材料" in text.in_language("zh") and "no evidence was handed in" in text.in_language("en")
        assert "纪要" in card.explain("kunshan", 22).in_language("zh")

    @pytest.mark.parametrize(
        ("rows", "code", "at", "word"),
        [
            (said("done") + said("half"), "twice", 3, "already judged"),
            (said("done", "dnoe"), "unknown", 3, "done"),
            (said("done", division="kunsan"), "unknown_name", 2, "Kunshan"),
            (said("done") + said("done", division="gusu", evidence=" "), "no_evidence", 3, "without evidence"),
            (said("done", evidence=None), "no_evidence", 2, "without evidence"),
            (said("done", year=2019), "year", 2, "no year of the plan"),
            (said("done", deliverable="t22-bugdet"), "unknown", 2, "t22-budget"),
            (said("完成"), "unknown", 2, "there are: none, half, done."),  # like none of them: all are named
        ],
    )
    def test_refused_with_its_row(self, plan, rows, code, at, word):
        with pytest.raises(ReturnsError) as caught:
            self.card(plan, rows)
        (problem,) = caught.value.problems
        assert problem.code == code
        assert (problem.file, problem.row) == ("evidence", at)
        assert word in problem.en + problem.advice_en and problem.zh

    def test_all_rows_at_once_and_columns_first(self, plan):
        with pytest.raises(ReturnsError) as caught:
            self.card(plan, said("x", division="nowhere") + said("done", year="soon"))
        assert sorted(p.row for p in caught.value.problems) == [2, 2, 3]
        with pytest.raises(ReturnsError, match="the column assessor is missing"):
            self.card(plan, [{k: v for k, v in said("done")[0].items() if k != "assessor"}])

    def test_a_deliverable_counts_in_the_years_it_is_due(self, plan):
        items = [
            CHECKED,
            {"task": 7, "deliverable": "t07-offices_merged", "scale": "levels", "who": "divisions"},
            {"task": 4, "deliverable": "t04-brand", "scale": "levels", "who": "city"},
        ]
        rows = [row("user_check_rate", 9, 10, year=y) for y in plan.years]
        frame = appraised(plan, rows, rules_of(plan, items), year=None).frame
        due = (
            frame[frame["item"].str.startswith("t0")]
            .groupby("item")[["division", "year"]]
            .agg(lambda x: sorted(set(x)))
        )
        assert (
            due.loc["t07-offices_merged", "year"] == [2021]
            and "suzhou" not in due.loc["t07-offices_merged", "division"]
        )
        assert due.loc["t04-brand"].tolist() == [["suzhou"], [2022]]


def veto(effect, name="v", **more):
    return {"id": name, "name": {"zh": "否决", "en": "veto"}, "effect": effect, "status": "synthetic", **more}


def told(state="confirmed", name="v", division="kunshan", evidence="通报", date="2020-08-01"):
    return {"veto": name, "division": division, "year": 2020, "state": state, "evidence": evidence, "date": date}


class TestVetoes:
    def card(self, plan, vetoes, rows=(), *, extra=()):
        categories = ({"id": "user_management", "weight": "0.5"}, {"id": "prevention_education", "weight": "0.5"})
        rules = rules_of(plan, [CHECKED, TAUGHT], categories=categories, vetoes=tuple(vetoes))
        reports = [
            row(i, 95, 100, division=d)
            for i in ("user_check_rate", "high_risk_education_coverage")
            for d in plan.geography.ids
        ]
        return appraised(plan, [*reports, *extra], rules, vetoes=pd.DataFrame(rows) if rows else None)

    @pytest.mark.parametrize(
        ("one", "score", "grade", "barred"),
        [
            (veto("zero_total"), 0, "D", False), (veto("cap_score", score="59"), 59, "D", False), (veto("cap_score", score="99"), 95, "A", False),
            (veto("cap_grade", grade="C"), 95, "C", False), (veto("zero_category", category="user_management"), 47.5, "D", False),
            (veto("no_award"), 95, "A", True),
        ],
    )  # fmt: skip
    def test_effects(self, plan, one, score, grade, barred):
        card = self.card(plan, [one], [told()])
        found = score_of(card)
        assert found[["score", "low", "high", "grade", "no_award"]].tolist() == [score, score, score, grade, barred]
        assert found[["before_veto", "vetoes", "vetoes_pending"]].tolist() == [95, "v", ""]
        assert score_of(card, "gusu")[["score", "grade", "vetoes", "no_award"]].tolist() == [95, "A", "", False]
        assert "通报" in card.explain("kunshan").in_language("zh") and "confirmed" in card.explain(
            "kunshan"
        ).in_language("en")

    @pytest.mark.parametrize(
        "one",
        [
            veto("zero_total"),
            veto("cap_score", score="59"),
            veto("cap_grade", grade="C"),
            veto("zero_category", category="user_management"),
        ],
        ids=lambda v: v["effect"],
    )
    def test_pending_changes_only_the_worst_case_and_is_told(self, plan, one):
        card, settled = (
            self.card(plan, [one], [told("pending", evidence="", date="")]),
            self.card(plan, [one], [told()]),
        )
        found, worst = score_of(card), score_of(settled)
        assert found[["score", "high", "grade", "grade_high"]].tolist() == [95, 95, "undetermined", "A"]
        assert found[["low", "grade_low"]].tolist() == worst[["score", "grade"]].tolist()
        assert found[["vetoes", "vetoes_pending"]].tolist() == ["", "v"]
        assert "待定" in card.explain("kunshan").in_language("zh") and "pending" in card.explain("kunshan").in_language(
            "en"
        )

    @pytest.mark.parametrize(
        ("change", "column"),
        [
            ({"evidence": ""}, "evidence"),
            ({"evidence": None}, "evidence"),
            ({"date": None}, "date"),
            ({"date": "soon"}, "date"),
        ],
    )
    def test_confirmed_without_paper_or_date_is_refused(self, plan, change, column):
        with pytest.raises(ReturnsError) as caught:
            self.card(plan, [veto("zero_total")], [told("dismissed", division="gusu"), told(**change)])
        (problem,) = caught.value.problems
        assert (problem.file, problem.row, problem.column) == ("vetoes", 3, column) and problem.zh

    @pytest.mark.parametrize("bad", [{"name": "w"}, {"state": "likely"}, {"division": "atlantis"}])
    def test_unknown_names_are_refused(self, plan, bad):
        with pytest.raises(ReturnsError) as caught:
            self.card(plan, [veto("zero_total")], [told(**bad)])
        assert caught.value.problems[0].row == 2

    def test_a_figure_starts_a_veto_and_a_dismissal_cancels_it(self, plan):
        one = veto("zero_total", when=SITES)
        found = [row("drug_manufacture_sites", float(d == "kunshan"), division=d) for d in plan.geography.ids]
        card = self.card(plan, [one], extra=found)
        assert score_of(card)[["score", "vetoes"]].tolist() == [0, "v"]
        assert score_of(card, "gusu")[["score", "low", "vetoes_pending"]].tolist() == [95, 95, ""]
        assert score_of(card, "suzhou")["score"] == 0  # one site in the city
        cancelled = score_of(self.card(plan, [one], [told("dismissed")], extra=found))
        assert cancelled[["score", "low", "vetoes", "vetoes_pending"]].tolist() == [95, 95, "", ""]
        silent = score_of(self.card(plan, [one], extra=found[:1]))  # nobody said that there was none
        assert silent[["score", "low", "vetoes_pending"]].tolist() == [95, 0, "v"]

    def test_a_figure_of_the_city_says_nothing_of_divisions(self, plan):
        assert not plan.indicator("drug_money_laundering_cases").by_division
        one = veto("zero_total", when={"indicator": "drug_money_laundering_cases", "operator": "lt", "at": "1"})
        card = self.card(plan, [one], extra=[row("drug_money_laundering_cases", 0, division="suzhou")])
        assert score_of(card, "suzhou")[["score", "vetoes"]].tolist() == [0, "v"]
        assert score_of(card)[["score", "low", "vetoes", "vetoes_pending"]].tolist() == [95, 95, "", ""]

    def test_the_strongest_of_several_holds_in_any_order(self, plan):
        both = [
            veto("cap_grade", "soft", grade="B"),
            veto("cap_grade", "hard", grade="D"),
            veto("cap_score", "score", score="70"),
            veto("zero_total", "nothing"),
        ]
        for order in (both, both[::-1]):
            card = self.card(plan, order[:], [told(name="soft"), told(name="hard")])
            assert score_of(card)["grade"] == "D"
            card = self.card(plan, order[:], [told(name="score"), told(name="nothing")])
            assert score_of(card)["score"] == 0

    def test_two_reports_of_one_veto(self, plan):
        rows = [told(), told("dismissed"), told("pending")]
        for order in (rows, rows[::-1]):
            found = score_of(self.card(plan, [veto("zero_total")], order))
            assert found[["score", "vetoes", "vetoes_pending"]].tolist() == [0, "v", ""]


class TestTotals:
    @pytest.mark.parametrize(
        ("cap", "above", "score"),
        [
            ("30", True, 117),
            ("12", True, 112),
            ("12", False, 100),
            ("0", True, 100),
            ("30", False, 100),
            ("30", None, 100),
        ],
    )
    def test_the_cap_comes_after_the_sum(self, plan, cap, above, score):
        items = [
            CHECKED,
            *(
                {"task": 7, "indicator": "standardised_office_rate", "scale": "more", "role": "bonus"},
                {"task": 15, "indicator": "biopharma_screening_rate", "scale": "more", "role": "bonus"},
            ),
        ]
        said = {} if above is None else {"above_total": above}  # a file that does not say so lifts no score above it
        rules = rules_of(plan, items, scales={"more": BONUS}, bonus_cap=cap, **said)
        rows = [
            row("user_check_rate", 1, 1),
            row("standardised_office_rate", 57, 100),
            row("biopharma_screening_rate", 9, 10),
        ]
        found = score_of(appraised(plan, rows, rules))  # 7 points and, of 20 beyond, the item's 10
        assert found["score"] == score and found["bonus"] == pytest.approx(min(17, float(cap)), abs=CLOSE)

    def test_what_each_item_is_worth(self, plan):
        more = {"task": 7, "indicator": "standardised_office_rate", "scale": "more", "role": "bonus"}
        rules = rules_of(plan, [CHECKED, more, INCIDENTS | {"role": "deduction", "points": "30"}], scales={"more": BONUS}, bonus_cap="10")  # fmt: skip
        rows = [row("user_check_rate", 8, 10), row("standardised_office_rate", 54, 100), row("user_incidents", 6, 1000)]
        card = appraised(plan, rows, rules)
        table = card.frame[card.frame["division"] == "kunshan"].set_index("item")
        worth = [
            ["user_check_rate", 80, 100],
            ["standardised_office_rate", 4, 10],
            ["user_incidents", 6, 30],
        ]  # taken off
        for item, points, of in worth:
            assert table.loc[item, ["in_total", "of_total"]].tolist() == pytest.approx([points, of])
        assert score_of(card)["score"] == 78
        year = card.year()
        assert unit_weights(year.applies, year.frame)[card.place("kunshan")].tolist() == pytest.approx([100, 10, -30])
        assert card.frame.index.tolist() == list(range(len(card.frame)))  # rows of three items, numbered through

    @pytest.mark.parametrize(("cap", "score"), [(None, 70), ("5", 95), ("0", 100)])
    def test_deductions_have_a_cap_of_their_own(self, plan, cap, score):
        item = INCIDENTS | {"role": "deduction", "points": "30"}
        rules = rules_of(plan, [CHECKED, item], deduction_cap=cap)
        found = score_of(appraised(plan, [row("user_check_rate", 1, 1), row("user_incidents", 40, 1000)], rules))
        assert found[["score", "deduction"]].tolist() == [score, 100 - score]

    def test_points_beyond_the_item_are_not_taken_from_others_unless_the_floor_says_so(self, plan):
        rows = [row("user_check_rate", 1, 1), row("user_incidents", 15, 1000)]
        owed = {"kind": "deduction", "each": "1", "floor": "-1"}
        for scale, score in (({"kind": "deduction", "each": "1"}, 50), (owed, 25)):  # 10 of 20, and 10 - 5
            rules = rules_of(plan, [CHECKED, INCIDENTS | {"scale": "off"}], scales={"off": scale})
            assert score_of(appraised(plan, rows, rules))["score"] == score

    def test_another_total(self, plan):
        rows = [row("user_check_rate", 3, 4)]
        assert score_of(appraised(plan, rows, rules_of(plan, [CHECKED], total="120")))["score"] == 90

    @pytest.mark.parametrize("across", ["arithmetic", "geometric", "harmonic"])
    @pytest.mark.parametrize(("a", "b"), [(90, 40), (90, 0)])
    def test_means_across_categories(self, plan, across, a, b):
        categories = ({"id": "user_management", "weight": "0.7"}, {"id": "prevention_education", "weight": "0.3"})
        rules = rules_of(plan, [CHECKED, TAUGHT], categories=categories, across=across, across_floor="2", digits=6)
        rows = [row("user_check_rate", a, 100), row("high_risk_education_coverage", b, 100)]
        floored = max(b, 2)
        wanted = {
            "arithmetic": 0.7 * a + 0.3 * b,
            "geometric": a**0.7 * floored**0.3,
            "harmonic": 1 / (0.7 / a + 0.3 / floored),
        }
        assert score_of(appraised(plan, rows, rules))["score"] == pytest.approx(
            wanted[across], abs=5e-7
        )  # half the last digit


class TestReadings:
    @pytest.mark.parametrize(
        ("readings", "score"),
        [({}, 100), ({"above_bound": "excludes_the_number"}, 0), ({"new_user_share_direction": "less_is_better"}, 100), ({"single_cell": "by_last_year"}, None), ({"new_user_share_direction": "neutral"}, None)],
    )  # fmt: skip
    def test_at_the_edge_of_35_percent(self, plan, readings, score):
        card = appraised(
            plan,
            [row("new_user_share", 35, 100), row("user_check_rate", 1, 1)],
            rules_of(plan, [NEW_USERS]),
            readings=readings,
        )
        found = score_of(card)["score"]
        assert math.isnan(found) if score is None else found == score
        if readings == {"new_user_share_direction": "neutral"}:
            assert card.frame.set_index("division").loc["kunshan", "state"] == "not_assessable"
        elif score is None:  # what binds in 2022 alone is not due before it: neither lacking nor failed
            assert card.frame.query("division == 'kunshan' and item == 'new_user_share'").empty

    @pytest.mark.parametrize(("suspects", "score"), [(125, 100), (124, 0)])
    def test_a_reading_may_pick_another_indicator(self, plan, suspects, score):
        rules = rules_of(plan, [{"task": 11, "indicator": "gang_crackdown_efficacy", "scale": "all"}])
        rows = [row("suspects_per_drug_case", suspects, 100), row("gang_crackdown_efficacy", 9.0, division="gusu")]
        card = appraised(plan, rows, rules, readings={"gang_efficacy_definition": "suspects_per_case"})
        assert score_of(card)["score"] == score and math.isnan(score_of(card, "gusu")["score"])

    @pytest.mark.parametrize(
        ("kg", "reading", "score"),
        [
            (22.0, "relative_to_2019", 100),
            (21.9, "relative_to_2019", 0),
            (29.9, "points_on_2019", 0),
            (30.0, "points_on_2019", 100),
        ],
    )
    def test_a_rise_on_a_base(self, plan, kg, reading, score):
        rules = rules_of(plan, [{"task": 13, "indicator": "open_interdiction_share", "scale": "all"}])
        rows = [row("open_interdiction_share", 20, 100, year=2019), row("open_interdiction_share", kg, 100)]
        assert score_of(appraised(plan, rows, rules, readings={"rise_percent": reading}))["score"] == score

    def test_unknown_readings_are_named(self, plan):
        with pytest.raises(UnknownNameError, match="above_bound"):
            appraised(
                plan, [row("new_user_share", 35, 100)], rules_of(plan, [NEW_USERS]), readings={"above_bonud": "x"}
            )
        with pytest.raises(UnknownNameError, match="excludes_the_number"):
            appraised(
                plan, [row("new_user_share", 35, 100)], rules_of(plan, [NEW_USERS]), readings={"above_bound": "x"}
            )

    def test_rescore_is_the_same_data_by_another_rule(self, plan, synthetic):
        card = sa.appraise(synthetic, plan, year=[2020, 2021], rules="practice-steps")
        other = sa.load_appraisal_rules("practice-bonus", plan=plan)
        again, direct = sa.rescore(card, rules=other), sa.appraise(synthetic, plan, year=[2020, 2021], rules=other)
        pd.testing.assert_frame_equal(again.scores, direct.scores)
        assert (
            not again.scores["score"].equals(card.scores["score"]) and again.made.fingerprint != card.made.fingerprint
        )


class TestTold:
    def test_a_task_explained_in_both_languages(self, plan):
        card = appraised(
            plan,
            [row("high_risk_education_coverage", 85, 100)],
            rules_of(
                plan, [TAUGHT], scales={"share": {"kind": "linear", "zero": {"at": "0.8"}, "full": {"ratio": "1"}}}
            ),
        )
        milestone = plan.task(3).milestone_for(2020)[0]
        for language, words in (("zh", ("数值", "年度任务", "得分")), ("en", ("value", "milestone", "points"))):
            text = card.explain("kunshan", 3).in_language(language)
            assert all(w in text for w in words)
            assert "85%" in text and "85 / 100" in text and "90%" in text and milestone.clause in text
        assert "5 of 10" in card.explain("kunshan", 3).in_language("en") and "5 / 10" in card.explain(
            "昆山市", 3
        ).in_language("zh")
        assert "nothing is due" in card.explain("kunshan", 23).in_language("en")

    def test_a_division_and_the_rules_explained(self, plan, synthetic):
        card = sa.appraise(synthetic, plan, year=2021, rules="practice-bonus")
        found = score_of(card)
        assert f"{found['score']:g}" in card.explain("kunshan").in_language("en") and found["grade"] in card.explain(
            "kunshan"
        ).in_language("zh")
        assert "合成" in card.explain("kunshan").in_language("zh")  # made-up data are marked wherever a number stands
        assert "优 excellent ≥ 90" in card.explain().in_language("en") and "assumed" in card.explain().in_language("en")

    def test_frames_hold_together(self, plan, synthetic):
        card = sa.appraise(synthetic, plan, rules="practice-steps")
        frame, scores = card.frame, card.scores.set_index(["division", "year"])
        sums = frame[frame["state"] == "scored"].groupby(["division", "year"])["in_total"].sum()
        of_total = frame.groupby(["division", "year"])["of_total"].sum()
        np.testing.assert_allclose(of_total, 100, atol=CLOSE)
        whole = scores["assessed"] == scores["due"]
        np.testing.assert_allclose(sums[whole], scores.loc[sums.index, "before_veto"][whole], atol=CLOSE)
        assert (
            card.grades.shape == (11, 3) and card.grades.loc["kunshan", 2021] == scores.loc[("kunshan", 2021), "grade"]
        )
        scored = frame[frame["state"] == "scored"]
        assert set(scored["status"]) == {"synthetic"} and card.made.status.value == "synthetic"
        with pytest.raises(UnknownNameError, match="2021"):
            card.year(2023)


class TestMadeUpEvidence:
    def test_it_says_that_it_is_made_up_and_fits_the_rules(self, plan):
        table = sa.make_synthetic_evidence(plan)
        assert set(table["evidence"]) == {"合成数据 synthetic"}
        pd.testing.assert_frame_equal(table, sa.make_synthetic_evidence(plan))
        assert not table.equals(sa.make_synthetic_evidence(plan, seed=1))
        assert not table.duplicated(["deliverable", "division", "year", "assessor"]).any()
        levels = table.pivot(index=["deliverable", "division", "year"], columns="assessor", values="level")
        assert 0 < (levels["甲"] != levels["乙"]).mean() < 0.5  # now and then
        due = table.groupby("deliverable")["year"].unique().map(sorted)
        assert (
            due["t22-budget"] == [2020, 2021, 2022]
            and due["t04-brand"] == [2022]
            and due["t07-offices_merged"] == [2021]
        )
        assert set(table.loc[table["deliverable"] == "t04-brand", "division"]) == {"suzhou"}
