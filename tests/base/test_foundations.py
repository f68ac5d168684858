"""Errors, language, provenance, results, figures: what every room stands on."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import suzhou_antidrug as sa
from suzhou_antidrug.errors import AntidrugError, Problem, nearest, shown
from suzhou_antidrug.plotting import detached_axes, finish, save_png, style, to_svg
from suzhou_antidrug.provenance import WEAKEST_FIRST, Status, derive_seed, fingerprint, weakest
from suzhou_antidrug.terms import GLOSSARY, display_width, get_language, label, pad, use_language


def test_a_problem_names_the_cell_in_two_languages():
    problem = Problem(
        code="above_one", en="103.2% is above 100%.", zh="103.2% 大于 100%。", advice_en="Check it.", advice_zh="请核对。",
        file="returns.xlsx", sheet="2021", row=14, column="核查率", value="103.2%",
    )  # fmt: skip
    error = AntidrugError([problem, problem])
    assert str(error).count("returns.xlsx, sheet 2021, row 14, column 核查率: 103.2% is above 100%.") == 2
    assert "请核对" in str(error)
    assert error.frame[["row", "severity"]].to_numpy().tolist() == [[14, "error"]] * 2


@given(st.text(max_size=300))
def test_a_shown_value_is_short_and_printable(text):
    out = shown(text)
    assert len(out) <= 40
    assert out.isprintable()


def test_nearest_names():
    assert nearest("relaps", ["relapse", "wastewater"])[0] == "relapse"
    assert nearest("完全无关", ["relapse", "wastewater"]) == []


def test_language_is_bounded_by_its_block():
    assert get_language() == "zh"
    with use_language("en"):
        assert label("milestone") == "milestone"
        with use_language("zh"):
            assert label("milestone") == "年度任务"
    assert get_language() == "zh"
    with pytest.raises(sa.UnknownNameError, match="language"), use_language("fr"):
        pass
    with pytest.raises(sa.UnknownNameError, match="milestone"):
        label("milestones")


def test_glossary_is_complete_in_both_languages():
    assert all(text.zh and text.en for text in GLOSSARY.values())


@given(st.text(alphabet="苏州abc 1，", max_size=20), st.integers(0, 60))
def test_padding_counts_wide_letters_twice(text, columns):
    assert display_width(pad(text, columns)) == max(display_width(text), columns)


def test_weakest_status_wins():
    assert set(WEAKEST_FIRST) == set(Status)
    assert weakest(["official", "published"]) is Status.PUBLISHED
    assert weakest(["reported", "synthetic", "official"]) is Status.SYNTHETIC
    assert {s for s in Status if s.must_be_shown} == {Status.SYNTHETIC, Status.ASSUMED, Status.UNVERIFIED}


def test_fingerprint_follows_the_data():
    a = pd.DataFrame({"x": [1, 2]})
    assert fingerprint(a) == fingerprint(a.copy())
    assert fingerprint(a) != fingerprint(a.assign(x=[1, 3]))


def test_seeds_follow_names_not_order():
    assert derive_seed(1, "a", "b") == derive_seed(1, "a", "b")
    assert len({derive_seed(1, "ab", "c"), derive_seed(1, "a", "bc"), derive_seed(2, "ab", "c")}) == 3


@pytest.mark.parametrize("made_inside", [True, False])
def test_chinese_shows_in_figures_wherever_the_axes_were_made(made_inside, tmp_path):
    import matplotlib.pyplot as plt

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a missing glyph is a warning
        with style("zh"):
            ax = detached_axes() if made_inside else plt.Figure().add_subplot()
            ax.set_title("吸毒人员复吸率明显下降，甪直")
            ax.set_xlabel("苯二氮䓬")
            ax.plot([1, 2], [1, 2], label="全市")
            ax.legend()
            ax.set_yticks([1, 2], ["昆山市", "太仓市"])
        finish(ax)
        svg = to_svg(ax)
        save_png(ax, tmp_path / "figure.png")
    assert "<text" not in svg  # letters are outlines: no font is needed to read the file
    assert (tmp_path / "figure.png").stat().st_size > 5000


def test_figures_are_reproducible():
    def draw():
        ax = detached_axes()
        ax.plot([1, 2, 3], [3, 1, 2])
        return to_svg(finish(ax))

    assert draw() == draw()


def test_style_leaves_no_setting_behind():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with style("en"):
        pass
    assert dict(mpl.rcParams) == before
