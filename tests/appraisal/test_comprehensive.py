"""The comprehensive appraisal by hand, in fractions."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pandas as pd
import pytest
from small_rules import CHECKED, appraised, row, rules_of

from suzhou_antidrug.errors import ReturnsError, SeriesError

YEARS = {2020: "0.2", 2021: "0.3", 2022: "0.5"}
WHOLE = {"years": YEARS, "targets_weight": "0.4", "verdict_shares": {"met": "1", "not_met": "0"}}
SHARES = (90, 80, 85)


def card_of(plan, *, shares=SHARES, years=(2020, 2021, 2022), whole=WHOLE, **more):
    rows = [
        row("user_check_rate", k, 100, year=y, division=d)
        for y, k in zip((2020, 2021, 2022), shares, strict=True)
        for d in plan.geography.ids
        if k is not None
    ]
    return appraised(plan, rows, rules_of(plan, [CHECKED], comprehensive=whole, **more), year=list(years))


def verdicts(plan, told, division="kunshan"):
    return pd.DataFrame(
        [{"target": t.id, "division": division, "verdict": v} for t, v in zip(plan.targets, told, strict=True)]
    )


def row_of(card, table, division="kunshan"):
    import suzhou_antidrug as sa

    frame = sa.appraise_comprehensive(card, table).frame
    return frame[frame["division"] == division].iloc[0]


class TestScore:
    def test_by_hand(self, plan):
        yearly = F("0.2") * 90 + F("0.3") * 80 + F("0.5") * 85
        for met in (0, 7, 11, 12):
            found = row_of(card_of(plan), verdicts(plan, ["met"] * met + ["not_met"] * (12 - met)))
            exact = F("0.6") * yearly + F("0.4") * 100 * F(met, 12)
            assert found["score"] == float(F(round(exact * 100), 100)) == found["low"] == found["high"]
            assert found[["met", "not_met", "untold"]].tolist() == [met, 12 - met, 0]
            assert found["grade"] == ("A" if exact >= 90 else "B" if exact >= 80 else "C" if exact >= 60 else "D")
            assert found[["score_2020", "score_2021", "score_2022"]].tolist() == [90, 80, 85]

    def test_untold_verdicts_widen_the_bounds(self, plan):
        told = ["met"] * 6 + ["not_met"] * 2 + ["insufficient_evidence"] * 3 + ["not_assessable"]
        found = row_of(card_of(plan), verdicts(plan, told))
        base = F("0.6") * F("84.5")
        wanted = [base + 40 * t for t in (F(6, 8), F(6, 12), F(10, 12))]
        np.testing.assert_allclose(
            found[["score", "low", "high"]].astype(float), [float(F(round(w * 100), 100)) for w in wanted]
        )
        assert found["untold"] == 4 and found["target_score"] == 75
        assert found[["grade", "grade_low", "grade_high"]].tolist() == ["undetermined", "C", "B"]

    def test_a_place_without_verdicts(self, plan):
        found = row_of(card_of(plan), verdicts(plan, ["met"] * 12), "gusu")
        assert np.isnan(found["score"]) and found["grade"] == "" and found["untold"] == 12
        assert found[["low", "high"]].tolist() == [50.7, 90.7]

    def test_a_year_without_score_leaves_the_bounds(self, plan):
        found = row_of(card_of(plan, shares=(90, None, 85)), verdicts(plan, ["met"] * 12))
        assert np.isnan(found["score"])
        assert found[["low", "high"]].tolist() == [76.3, 94.3]  # the year of 30 % between 0 and 100

    def test_ranks_leave_the_city_out(self, plan):
        import suzhou_antidrug as sa

        table = pd.concat(
            [
                verdicts(plan, ["met"] * k + ["not_met"] * (12 - k), d)
                for k, d in enumerate((*plan.geography.ids, "suzhou"))
            ]
        )
        frame = sa.appraise_comprehensive(card_of(plan), table).frame.set_index("division")
        assert frame.loc[list(plan.geography.ids), "rank"].tolist() == list(range(10, 0, -1))
        assert np.isnan(frame.loc["suzhou", "rank"]) and frame.loc["suzhou", "met"] == 10

    def test_another_total(self, plan):
        found = row_of(
            card_of(plan, total="120", grades=({"grade": "A", "name": {"zh": "甲", "en": "A"}, "from": "0"},)),
            verdicts(plan, ["met"] * 12),
        )
        assert found["score"] == float(F("0.6") * F("1.2") * F("84.5") + F("0.4") * 120)

    def test_explained(self, plan):
        import suzhou_antidrug as sa

        made = sa.appraise_comprehensive(card_of(plan), verdicts(plan, ["met"] * 12))
        text = made.explain("kunshan").in_language("en")
        assert "90.7" in text and "12 met" in text and "2022 50%" in text
        assert "40%" in made.explain().in_language("zh")


class TestRefused:
    def test_a_missing_year(self, plan):
        with pytest.raises(SeriesError, match="the card lacks 2021, 2022"):
            row_of(card_of(plan, years=(2020,)), verdicts(plan, ["met"] * 12))

    def test_rules_without_the_part(self, plan):
        with pytest.raises(SeriesError, match="say nothing of a comprehensive appraisal"):
            row_of(card_of(plan, whole=None), verdicts(plan, ["met"] * 12))

    def test_unknown_targets_and_doubles_at_once(self, plan):
        table = verdicts(plan, ["met"] * 12)
        bad = pd.concat([table, table.iloc[[3]], table.iloc[[0]].assign(target="relapses")])
        with pytest.raises(ReturnsError) as caught:
            row_of(card_of(plan), bad)
        assert sorted(p.code for p in caught.value.problems) == ["twice", "unknown"]
        assert "relapses is no target" in str(caught.value) and plan.targets[3].id in str(caught.value)

    def test_missing_columns(self, plan):
        with pytest.raises(ReturnsError, match="the column verdict is missing"):
            row_of(card_of(plan), pd.DataFrame({"target": [], "division": []}))

    def test_unknown_places_and_words(self, plan):
        with pytest.raises(ReturnsError, match="kunshan") as caught:
            row_of(card_of(plan), verdicts(plan, ["met"] * 11 + ["yes"], "kunsan"))
        assert [p.column for p in caught.value.problems] == ["division", "verdict"]
        assert "not_met" in caught.value.problems[1].advice_en
