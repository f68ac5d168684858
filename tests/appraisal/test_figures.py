"""Figures of scores and of their changes: the numbers that stand in them, in both languages."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
from small_rules import ASSESSED, CHECKED, TAUGHT, appraised, row, rules_of

import suzhou_antidrug as sa


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def card(plan, checked, assessed):
    rows = [row("user_check_rate", checked, 100), row("user_assessment_rate", assessed, 100)]
    return appraised(plan, rows, rules_of(plan, [CHECKED, ASSESSED]))


@pytest.mark.parametrize(("language", "label"), [("zh", "分"), ("en", "points")])
def test_a_change_is_drawn_from_score_to_score(plan, language, label):
    found = sa.decompose_change(card(plan, 80, 60), earlier=2020, later=2020, later_card=card(plan, 90, 68))
    ax = found.plot(division="kunshan", language=language)
    drawn = [t.get_text() for t in ax.texts]
    assert drawn[:3] == ["70", "79", "+9"] and drawn.count("0") == 4  # (80 + 60) / 2, (90 + 68) / 2, by figures alone
    assert ax.get_ylabel() == label and len(ax.get_xticklabels()) == 7
    heights = [p.get_height() for p in ax.patches]
    assert heights[2:] == pytest.approx([9, 0, 0, 0, 0]) and heights[1] - heights[0] == pytest.approx(9)
    assert {"zh": "纵轴不从零起", "en": "axis does not start at 0"}[language] in drawn


def test_a_change_is_told_by_place_and_by_method(plan):
    found = sa.decompose_change(card(plan, 80, 60), earlier=2020, later=2020, later_card=card(plan, 90, 68))
    told = found.explain("昆山市").in_language("en")
    assert "70 → 79" in told and "+9" in told and told.index("+5") < told.index("+4")  # the larger item first
    assert "sixteen complete scorings" in found.explain().in_language("en")
    assert "夏普利值" in found.explain().in_language("zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tiles_bear_score_grade_and_bounds(plan, language):
    rows = [row("user_check_rate", 85, 100), row("high_risk_education_coverage", 95, 100)]
    rows += [row("user_check_rate", 95, 100, division="gusu")]
    found = appraised(plan, rows, rules_of(plan, [CHECKED, TAUGHT]))
    drawn = [t.get_text() for t in found.plot_tiles(language=language).axes[0].texts]
    at = drawn.index(str(plan.geography.place_names["kunshan"].in_language(language)))
    assert drawn[at + 1 : at + 3] == ["90", {"zh": "A", "en": "A made up"}[language]]  # the rule file's English word
    at = drawn.index(str(plan.geography.place_names["gusu"].in_language(language)))
    score = found.scores.set_index("division").loc["gusu"]
    assert drawn[at + 2].startswith(f"[{score['low']:g}–{score['high']:g}]")
    assert drawn.count("—") == 8  # eight reported nothing
