"""Public docstrings: bilingual, and their examples run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re

import pytest

import suzhou_antidrug as sa

PUBLIC = [name for name in sa.__all__ if not name.startswith("__")]
MODULES = ["suzhou_antidrug", *sorted(m.name for m in pkgutil.walk_packages(sa.__path__, "suzhou_antidrug."))]


@pytest.mark.parametrize("name", PUBLIC)
def test_docstring_is_english_first_then_chinese(name):
    doc = getattr(sa, name).__doc__
    assert doc, f"{name} has no docstring"
    head = "\n\n".join(doc.strip().split("\n\n")[:2])
    assert re.match(r"[A-Z]", head)
    assert re.search(r"[\u4e00-\u9fff]", head), f"the head of {name} has no Chinese"


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    found = importlib.import_module(module)
    with sa.use_language("zh"):
        result = doctest.testmod(found, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example(name):
    """Errors share that of their root."""
    target = getattr(sa, name)
    if isinstance(target, type) and issubclass(target, sa.AntidrugError):
        target = sa.AntidrugError
    shown = [target.__doc__ or ""]
    if isinstance(target, type):
        shown += [getattr(m, "__doc__", None) or "" for m in vars(target).values()]
    assert any(">>>" in doc for doc in shown), f"{name} has no example"


def test_examples_are_there():
    finder = doctest.DocTestFinder()
    tests = [t for m in MODULES for t in finder.find(importlib.import_module(m)) if t.examples]
    assert len(tests) >= 20
