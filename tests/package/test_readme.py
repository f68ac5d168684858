"""The READMEs say what the library says: their table is the evaluation's, their code runs, both are equal in content."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import suzhou_antidrug as sa

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def update():
    spec = importlib.util.spec_from_file_location("update_readme", ROOT / "docs" / "update_readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables_are_current(update):
    evaluation = sa.evaluate()
    for language, path in update.READMES.items():
        text = path.read_text(encoding="utf-8")
        assert update.with_table(text, update.markdown_table(evaluation, language)) == text
    hits = evaluation.record.interval_hits()
    assert hits.loc[hits["origin"] == 2019, ["series", "inside"]].to_numpy().tolist() == [[8, 0]]


def test_counts_named_in_the_text(plan):
    record = sa.load_published(include_targets=True, include_rules=True)
    assert (len(record.figures), len(record.sources)) == (405, 91)
    assert len(plan.milestones) == 70
    assert len(plan.ambiguity("marked_decrease").readings) == 9


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_python_blocks_run(name):
    for block in re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.S):
        exec(compile(block, name, "exec"), {})


def test_both_have_the_same_parts():
    shape = [
        re.findall(r"^(#+|\||!\[|- \*\*|```)", (ROOT / n).read_text(encoding="utf-8"), flags=re.M)
        for n in ("README.md", "README.zh.md")
    ]
    assert shape[0] == shape[1]
