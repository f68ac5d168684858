"""Chinese in the page search: what is indexed is what a query is cut into."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")
sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))

from chinese_search import BigramSearch, pairs
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("复吸率", ["复吸", "吸率"]),
        ("率", ["率"]),
        ("P值2022年", ["P", "值", "2022", "年"]),
        ("assess_target", ["assess", "target"]),
        ("，。", []),
    ],
)
def test_terms(text, terms):
    assert pairs(text) == terms


@given(st.text(st.sampled_from("吸毒人员复吸率abc12 ，_"), max_size=20), st.data())
def test_every_word_of_a_text_is_found(text, data):
    runs = re.findall(r"[\u3400-\u9fff]{2,}", text)
    if runs:
        run = data.draw(st.sampled_from(runs))
        start = data.draw(st.integers(0, len(run) - 2))
        query = run[start : data.draw(st.integers(start + 2, len(run)))]
        assert set(pairs(query)) <= set(pairs(text))


def test_one_letter_is_kept_and_case_is_not():
    search = BigramSearch({})
    assert search.word_filter("率")
    assert search.stem("Verdict") == "verdict"
