"""Parts of the page building: joined lines, drawn formulas."""

from __future__ import annotations

import base64
import doctest
import importlib
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")
sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))

from chinese_lines import join, join_lines
from docutils import nodes
from mathtext import drawn, image


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("规划、\n报表", "规划、报表"),
        ("一行\n  二行", "一行二行"),
        ("line\nbreak", "line\nbreak"),
        ("年\n2020", "年\n2020"),
    ],
)
def test_lines_are_joined_between_chinese_characters_only(text, joined):
    assert join(text) == joined


def test_lines_are_joined_across_parts_of_a_paragraph_but_not_in_code():
    paragraph = nodes.paragraph("", "", nodes.strong("", "达成"), nodes.Text("\n"), nodes.Text("与否 a"))
    code = nodes.literal_block("", "一\n二")
    document = nodes.container("", paragraph, code)
    join_lines(None, document)
    assert paragraph.astext() == "达成与否 a"
    assert code.astext() == "一\n二"


def test_formula_is_drawn_into_the_page():
    address, height, depth = drawn(r"\frac{m}{m+h}")
    kind, _, data = address.partition("base64,")
    assert kind == "data:image/svg+xml;" and b"<svg" in base64.b64decode(data)
    assert height > drawn("m")[1] and depth > drawn("m")[2]
    assert 'alt="a &lt; b"' in image("a < b")


@pytest.mark.parametrize("name", ["performance", "validation", "gallery", "texts", "test_links"])
def test_examples_of_the_scripts_run(name):
    for folder in (Path(__file__).parents[2] / "docs", Path(__file__).parent):
        sys.path.insert(0, str(folder))
    assert doctest.testmod(importlib.import_module(name)).failed == 0
