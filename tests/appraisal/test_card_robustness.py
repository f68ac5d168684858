"""A card under other choices: each by itself is a second appraisal; errors have the spread they should; forecasts stand in."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from small_rules import ASSESSED, CHECKED, NAME, TAUGHT, appraised, row, rules_of

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.robustness.cards import error_sd, study_card
from suzhou_antidrug.appraisal.robustness.choices import noise_draws
from suzhou_antidrug.errors import SeriesError, UnknownNameError

CLOSE = 1e-9  # points, of the same score summed in another order
RUNS = 4_000
FOUR = 4.0  # standard errors: a correct simulation lies beyond them once in 16,000 times


@cache
def material():
    plan = sa.load_plan("suzhou-2020")
    return plan, sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)


@cache
def studied(name):
    plan, values = material()
    card = sa.appraise(values, plan, rules=name)
    others = [n for n in sa.list_appraisal_rules() if n != name]
    return card, card.robustness(
        draws=20, rng=3, rules=others, aggregation=("geometric", "harmonic"), missing=("zero", "worst", "best")
    )


def unrounded(card):
    return np.column_stack([y.unrounded[1:] for y in card.years])


def alone(study, name, option):
    """The scores (divisions, years) with one option, all else as declared."""
    k = [c.name for c in study.choices].index(name)
    levels = np.zeros((1, len(study.choices)))
    levels[0, k] = study.choices[k].level_of(option)
    return study.evaluate(levels)[0]


def with_rules(card, **changes):
    return sa.rescore(card, rules=replace(card.rules, file=card.rules.file.model_copy(update=changes)))


def options(study, name):
    return next((c.options for c in study.choices if c.name == name), ())


@pytest.mark.parametrize("name", sa.list_appraisal_rules())
class TestSingleOptions:
    def test_the_reference_is_the_card(self, name):
        card, study = studied(name)
        np.testing.assert_allclose(study.reference.scores[0], unrounded(card), atol=CLOSE)
        assert study.units == card.plan.geography.ids

    def test_other_rules(self, name):
        card, study = studied(name)
        for other in options(study, "rules")[1:]:
            again = sa.rescore(card, rules=sa.load_appraisal_rules(other, plan=card.plan))
            np.testing.assert_allclose(alone(study, "rules", other), unrounded(again), atol=CLOSE)

    def test_other_readings(self, name):
        card, study = studied(name)
        read = [c for c in study.choices if c.name.startswith("reading_")]
        assert read
        moved = 0
        for choice in read:
            for option in choice.options[1:]:
                again = unrounded(sa.rescore(card, readings={choice.name.removeprefix("reading_"): option}))
                np.testing.assert_allclose(alone(study, choice.name, option), again, atol=CLOSE)
                moved += not np.allclose(again, unrounded(card))
        assert moved

    def test_bounds(self, name):
        card, study = studied(name)
        if not options(study, "missing"):
            pytest.skip("nothing is missing")
        half = 0.5 * 10.0**-card.rules.file.rounding.digits + CLOSE
        for option, column in (("worst", "low"), ("best", "high")):
            printed = card.scores[card.scores["division"] != "suzhou"].pivot(
                index="division", columns="year", values=column
            )
            np.testing.assert_allclose(alone(study, "missing", option), printed.loc[list(study.units)], atol=half)
        np.testing.assert_allclose(
            alone(study, "missing", "zero"), unrounded(with_rules(card, missing="zero")), atol=CLOSE
        )

    def test_items_left_out(self, name):
        card, study = studied(name)
        for code in options(study, "leave_out")[1:]:
            items = tuple(i for i in card.rules.file.items if i.code != code)
            np.testing.assert_allclose(
                alone(study, "leave_out", code), unrounded(with_rules(card, items=items)), atol=CLOSE
            )


class TestOptions:
    def test_other_means(self):
        card, study = studied("suzhou-default")
        for across in ("geometric", "harmonic"):
            again = unrounded(with_rules(card, across=across))
            np.testing.assert_allclose(alone(study, "aggregation", across), again, atol=CLOSE)
            assert (again < unrounded(card) + CLOSE).all() and (again < unrounded(card) - 0.01).any()

    def test_readings_for_which_nothing_was_reported_are_no_options(self):
        card, study = studied("practice-steps")
        assert "public_education_area_coverage" not in set(card.inputs.values.table.dropna(subset="value")["indicator"])
        names = [c.name for c in study.choices]
        assert "reading_education_coverage_denominator" not in names
        assert options(study, "reading_new_user_share_direction") == (
            "more_is_better",
            "less_is_better",
        )  # neutral: no score
        reported = [row("public_education_area_coverage", 9, 10, division=d) for d in card.plan.geography.ids]
        small = appraised(
            card.plan,
            [*reported, row("public_education_coverage", 9, 10)],
            rules_of(card.plan, [{"task": 1, "indicator": "public_education_coverage"}]),
        )
        assert options(small.robustness(draws=2), "reading_education_coverage_denominator") == (
            "residents_surveyed",
            "communities_listed",
        )

    def test_ways_with_gaps_are_varied_where_there_are_gaps(self):
        plan, _ = material()
        rows = [row("user_check_rate", 9, 10, division=d) for d in ("suzhou", *plan.geography.ids)]
        options_ = OFF | {"aggregation": ("geometric",), "missing": ("worst", "best")}
        for reported, names in ((rows, ["aggregation"]), (rows[:-1], ["aggregation", "missing"])):
            study = study_card(appraised(plan, reported, rules_of(plan, [CHECKED])), draws=2, **options_)
            assert [c.name for c in study.choices] == names and study.made.seed == 0

    def test_only_the_readings_named(self):
        card, _ = studied("practice-steps")
        found = [
            c.name for c in card.robustness(draws=2, readings=["above_bound"]).choices if c.name.startswith("reading")
        ]
        assert found == ["reading_above_bound"]
        assert not [c for c in card.robustness(draws=2, readings=False).choices if c.name.startswith("reading")]

    def test_same_seed_same_result(self):
        card, _ = studied("practice-steps")
        one, two, three = (card.robustness(draws=30, rng=r) for r in (5, 5, 6))
        assert one.frame.equals(two.frame) and np.array_equal(one.runs.scores, two.runs.scores)
        assert not np.array_equal(one.runs.scores, three.runs.scores)

    def test_refused(self):
        card, _ = studied("practice-steps")
        for options_, match in (
            ({"readings": ["above_bonud"]}, "above_bound"), ({"aggregation": ["geometrical"]}, "geometric"), ({"missing": ["wurst"]}, "worst"),
            ({"rules": ["suzhou-defualt"]}, "suzhou-default"), ({"forecasts": {("user_incident", 2022): np.zeros((5, 11))}}, "user_incidents 2022"),
        ):  # fmt: skip
            with pytest.raises(UnknownNameError, match=match):
                card.robustness(draws=2, **options_)
        for shape in ((5, 10), (11,), (0, 11)):
            with pytest.raises(SeriesError, match=r"must be \(draws, 11\), the city first"):
                card.robustness(draws=2, forecasts={("user_incidents", 2022): np.zeros(shape)})
        for name in ("user_control_rate", "open_interdiction_share"):  # scored by heads, and by a change
            with pytest.raises(SeriesError, match="cannot stand in"):
                card.robustness(draws=2, forecasts={(name, 2022): np.zeros((5, 11))})
        closed = dict(readings=False, weight_jitter=0, aggregation=(), missing=(), error=False, leave_out=False)
        with pytest.raises(SeriesError, match="nothing to vary"):
            card.robustness(draws=2, **closed)


OFF = dict(readings=False, weight_jitter=0, aggregation=(), missing=(), error=False, leave_out=False)


class TestWeights:
    def test_by_hand(self):
        plan, _ = material()
        card = appraised(
            plan,
            [row("user_check_rate", 9, 10), row("user_assessment_rate", 5, 10)],
            rules_of(plan, [CHECKED, ASSESSED | {"points": "30"}]),
        )
        study = card.robustness(draws=5, **OFF | {"weight_jitter": 0.5})
        at = study.units.index("kunshan")
        for u in (0.2, 0.7):
            # one draw an item, one a category of the plan, one a category of the card
            draw = 1 + 0.5 * noise_draws([u], (2 + len(plan.categories) + 1,), name="weights")[0]
            p, q = 10 * draw[0], 30 * draw[1]
            assert study.evaluate(np.array([[u]]))[0, at, 0] == pytest.approx((90 * p + 50 * q) / (p + q), abs=CLOSE)
        assert study.evaluate(np.array([[0.0]]))[0, at, 0] == pytest.approx(60, abs=CLOSE)

    def test_categories_move_in_every_year_alike(self):
        plan, _ = material()
        categories = ({"id": "user_management", "weight": "0.4"}, {"id": "prevention_education", "weight": "0.6"})
        rows = [
            row(i, k, 10, year=y)
            for i, k in (("user_check_rate", 9), ("high_risk_education_coverage", 5))
            for y in (2020, 2021)
        ]
        card = appraised(plan, rows, rules_of(plan, [CHECKED, TAUGHT], categories=categories), year=[2020, 2021])
        study = card.robustness(draws=200, rng=1, **OFF | {"weight_jitter": 0.25})
        kunshan = study.runs.scores[:, study.units.index("kunshan")]
        assert (kunshan[:, 0] == kunshan[:, 1]).all() and kunshan.std() > 0.5
        most = 90 - 40 * 0.6 * 0.75 / (0.6 * 0.75 + 0.4 * 1.25)
        least = 90 - 40 * 0.6 * 1.25 / (0.6 * 1.25 + 0.4 * 0.75)
        assert least <= kunshan.min() < 66 - 3 and 66 + 3 < kunshan.max() <= most


class TestErrors:
    @pytest.mark.parametrize(("k", "n"), [(300, 400), (50, 100)])
    def test_sampling_error_of_a_survey(self, k, n):
        plan, _ = material()
        card = appraised(
            plan,
            [row("public_education_coverage", k, n)],
            rules_of(plan, [{"task": 1, "indicator": "public_education_coverage"}]),
        )
        study = card.robustness(draws=RUNS, rng=2, **OFF | {"error": True})
        scores = study.runs.scores[:, study.units.index("kunshan"), 0]
        p = (k + 0.5) / (n + 1)
        sd = 100 * math.sqrt(p * (1 - p) / n)
        assert scores.mean() == pytest.approx(100 * k / n, abs=FOUR * sd / math.sqrt(RUNS))
        assert scores.std(ddof=1) == pytest.approx(sd, abs=FOUR * sd / math.sqrt(2 * RUNS))

    def test_a_full_sample_is_not_certain_and_not_above_100(self):
        plan, _ = material()
        card = appraised(
            plan,
            [row("public_education_coverage", 400, 400)],
            rules_of(plan, [{"task": 1, "indicator": "public_education_coverage"}]),
        )
        study = card.robustness(draws=500, **OFF | {"error": True})
        p = 400.5 / 401
        sd = error_sd(study.evaluate.setups[0][0].columns[0])[card.place("kunshan")]
        assert sd == pytest.approx(math.sqrt(p * (1 - p) / 400), rel=1e-12)
        scores = study.runs.scores[:, card.place("kunshan") - 1, 0]
        assert scores.max() == 100 and 0.3 < (scores < 100).mean() < 0.7

    def test_declared_error_of_measurement(self):
        plan, _ = material()
        item = {"task": 11, "indicator": "gang_crackdown_efficacy", "scale": "ratio", "error_sd": "0.1"}
        rules = rules_of(plan, [item], scales={"ratio": {"kind": "linear", "zero": {"at": "0"}, "full": {"at": "2"}}})
        study = appraised(plan, [row("gang_crackdown_efficacy", 1.2)], rules).robustness(
            draws=RUNS, rng=4, **OFF | {"error": True}
        )
        scores = study.runs.scores[:, study.units.index("kunshan"), 0]
        assert scores.mean() == pytest.approx(60, abs=FOUR * 5 / math.sqrt(RUNS))
        assert scores.std(ddof=1) == pytest.approx(5, abs=FOUR * 5 / math.sqrt(2 * RUNS))

    def test_a_complete_count_has_no_error(self):
        plan, _ = material()
        card = appraised(plan, [row("user_check_rate", 9, 10)], rules_of(plan, [CHECKED]))
        with pytest.raises(SeriesError, match="nothing to vary"):
            card.robustness(draws=5, **OFF | {"error": True})


class TestForecasts:
    def test_a_draw_stands_in_for_the_report(self):
        plan, _ = material()
        card = appraised(
            plan,
            [row("user_check_rate", 1, 10), row("user_assessment_rate", 5, 10)],
            rules_of(plan, [CHECKED, ASSESSED]),
        )
        draws = np.linspace(0.2, 0.8, 4)[:, None] + np.arange(11) / 100  # the city first
        study = card.robustness(draws=50, **OFF, forecasts={("user_check_rate", 2020): draws})
        at = card.place("kunshan")
        for u, draw in ((0.1, 0), (0.25, 1), (0.6, 2), (0.99, 3)):
            scores = study.evaluate(np.array([[u]]))[0, :, 0]
            assert scores[at - 1] == pytest.approx(100 * (draws[draw, at] + 0.5) / 2, abs=CLOSE)
            assert scores[plan.geography.ids.index("gusu")] == pytest.approx(
                100 * draws[draw, card.place("gusu")], abs=CLOSE
            )
        assert study.reference.scores[0, at - 1, 0] == pytest.approx(
            100 * (np.median(draws[:, at]) + 0.5) / 2, abs=CLOSE
        )


class TestTogether:
    def test_without_weights_of_categories_their_points_are_their_weights(self):
        plan, _ = material()
        rows = [row("user_check_rate", 9, 10), row("high_risk_education_coverage", 4, 10)]
        card = appraised(plan, rows, rules_of(plan, [CHECKED | {"points": "30"}, TAUGHT]))
        study = card.robustness(draws=2, **OFF | {"aggregation": ("geometric", "harmonic")})
        at = card.place("kunshan") - 1
        assert alone(study, "aggregation", "geometric")[at, 0] == pytest.approx(90**0.75 * 40**0.25, abs=CLOSE)
        assert alone(study, "aggregation", "harmonic")[at, 0] == pytest.approx(1 / (0.75 / 90 + 0.25 / 40), abs=CLOSE)

    def test_a_veto_holds_in_every_run(self):
        plan, _ = material()
        veto = {"id": "v", "name": NAME, "effect": "cap_score", "score": "59", "status": "synthetic"}
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
        rows = [
            row(i, 9, 10, division=d) for i in ("user_check_rate", "user_assessment_rate") for d in ("kunshan", "gusu")
        ]
        card = appraised(plan, rows, rules_of(plan, [CHECKED, ASSESSED], vetoes=(veto,)), vetoes=told)
        scores = card.robustness(draws=50, weight_jitter=0.5, readings=False).runs.scores[:, :, 0]
        assert (scores[:, card.place("kunshan") - 1] == 59).all()
        np.testing.assert_allclose(scores[:, card.place("gusu") - 1], 90, atol=CLOSE)

    def test_another_total_is_brought_to_the_declared_one(self):
        plan, _ = material()
        one, two = rules_of(plan, [CHECKED]), rules_of(plan, [CHECKED], total="120")
        study = appraised(plan, [row("user_check_rate", 9, 10)], one).robustness(
            draws=20, **OFF, rules=[replace(two, file=two.file.model_copy(update={"id": "other"}))]
        )
        np.testing.assert_allclose(study.runs.scores[:, study.units.index("kunshan"), 0], 90, atol=CLOSE)
