"""The mutants themselves: each is one change, compiles, and leaves text alone."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from mutants import count, mutant

HERE = Path(__file__).parent


def changes(source):
    found = [mutant(source, n) for n in range(count(source))]
    for one in found:
        compile(one.tree, "mutant", "exec")
        assert ast.unparse(one.tree) != ast.unparse(ast.parse(source))
    return {(m.before, m.after) for m in found}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", {("a < b", "a <= b"), ("a < b", "a >= b")}),
        ("x = a and b", {("a and b", "a or b")}),
        ("x = a + b", {("a + b", "a - b")}),
        ("x = 3", {("3", "4"), ("3", "2")}),
        ("x = True", {("True", "False")}),
        ("x = not a", {("not a", "a")}),
        ("x = b if a else c", {("b if a else c", "c if a else b")}),
        ("x = np.where(a, b, c)", {("np.where(a, b, c)", "np.where(a, c, b)")}),
        ("x = min(a, b)", {("min(a, b)", "max(a, b)")}),
        ("for a in b:\n    continue", {("continue", "pass")}),
        ("def f():\n    return a", {("return a", "return None")}),
        ("if a:\n    raise Error", {("if a:\n    raise Error", "if not a:\n    raise Error"), ("raise Error", "pass")}),
        ("x += y", {("x += y", "x -= y")}),
        ("x.append(y)", {("x.append(y)", "pass")}),
    ],
)
def test_each_kind_of_fault(source, expected):
    assert changes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""Docstring."""',
        "x: int | None",
        "@dataclass(frozen=True)\nclass A:\n    pass",
        "x = Text('1', f'{a + 1}')",
        "x = a + 'b'",
        "x = f'{a + 1}'",
        "if TYPE_CHECKING:\n    x = 1",
        "def plot(self):\n    return 1 + 1",
        "def f(a: Literal[1]) -> Literal[2]:\n    pass",
    ],
)
def test_text_is_left_alone(source):
    assert count(source) == 0


def test_every_module_named_has_its_tests():
    root = HERE.parents[1]
    for module, tests in tomllib.loads((HERE / "modules.toml").read_text("utf-8"))["modules"].items():
        assert (root / "suzhou_antidrug" / module).is_file(), module
        assert all((root / t.partition("::")[0]).exists() for t in tests), module
