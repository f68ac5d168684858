"""Small faults put into a module, one at a time.

A mutant is the module's syntax tree with one place changed: a comparison or its edge, and/or, an arithmetic sign, a
number, a truth value, a condition, a result, a step left out, two branches swapped. Text is left alone: docstrings,
annotations, decorators, messages (``raise``, ``Text``, ``line``, f-strings), and what draws or explains.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

QUIET_FUNCTIONS = {"plot", "explain", "_repr_html_", "__repr__", "__str__", "__dir__"}
QUIET_CALLS = {"Text", "line", "refusal", "Problem", "Explanation", "Formula", "warn", "cast", "TypeVar"}
COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
ARITHMETIC: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum",
    "ceil": "floor", "floor": "ceil", "cummax": "cummin", "cummin": "cummax", "sum": "max",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed place.  ``tree`` is the whole module with the change in it."""

    lines: tuple[int, int]  # of the place changed
    before: str
    after: str
    tree: ast.Module


Change = tuple[ast.AST, Callable[[ast.AST], ast.AST | None]]


def count(source: str) -> int:
    """How many mutants a module has."""
    return sum(1 for _ in _changes(ast.parse(source)))


def mutant(source: str, number: int) -> Mutant:
    """The mutant with this number, counted from 0 in the order of the text."""
    tree = ast.parse(source)
    node, change = next(islice(_changes(tree), number, None))
    before = ast.unparse(node)
    after = change(node)
    _put(tree, node, after)
    lines = (node.lineno, node.end_lineno or node.lineno)
    return Mutant(lines, before, "pass" if after is None else ast.unparse(after), tree)


def _put(tree: ast.Module, old: ast.AST, new: ast.AST | None) -> None:
    new = ast.Pass() if new is None else new
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, ast.copy_location(new, old))
            elif isinstance(value, list):
                value[:] = [ast.copy_location(new, old) if item is old else item for item in value]
    ast.fix_missing_locations(tree)


def _changes(node: ast.AST) -> Iterator[Change]:
    for child in _children(node):
        for change in _of(child):
            yield child, change
        yield from _changes(child)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts that compute: no docstring, annotation, decorator, message or drawing."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list"} or isinstance(node, ast.Raise | ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _quiet(child):
                yield child


def _quiet(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in QUIET_FUNCTIONS
    if isinstance(node, ast.Call):
        return _name(node.func) in QUIET_CALLS
    if isinstance(node, ast.If):
        return _name(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _of(node: ast.AST) -> Iterator[Callable[[ast.AST], ast.AST | None]]:
    kind = type(node).__name__
    yield from _OPERATORS.get(kind, lambda _: ())(node)


def _with(**fields: object) -> Callable[[ast.AST], ast.AST]:
    def change(node: ast.AST) -> ast.AST:
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        return new

    return change


def _compare(node: ast.Compare):
    for place, op in enumerate(node.ops):
        for other in COMPARISONS[type(op)]:
            yield _with(ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


def _bool_op(node: ast.BoolOp):
    yield _with(op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _arithmetic(node: ast.BinOp | ast.AugAssign):
    sides = (node.value,) if isinstance(node, ast.AugAssign) else (node.left, node.right)
    words = any(
        isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and isinstance(s.value, str)) for s in sides
    )
    if type(node.op) in ARITHMETIC and not words:
        yield _with(op=ARITHMETIC[type(node.op)]())


def _constant(node: ast.Constant):
    if isinstance(node.value, bool):
        yield _with(value=not node.value)
    elif isinstance(node.value, int | float):
        yield _with(value=node.value + 1)
        yield _with(value=node.value - 1)


def _unary(node: ast.UnaryOp):
    yield lambda n: n.operand


def _condition(node: ast.If | ast.While):
    if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield lambda n: _with(test=ast.UnaryOp(ast.Not(), n.test))(n)


def _branches(node: ast.IfExp):
    yield lambda n: _with(body=n.orelse, orelse=n.body)(n)


def _result(node: ast.Return):
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield _with(value=ast.Constant(None))


def _dropped(node: ast.stmt):
    yield lambda n: None


def _call(node: ast.Call):
    name = _name(node.func)
    if name == "where" and len(node.args) == 3:
        yield lambda n: _with(args=[n.args[0], n.args[2], n.args[1]])(n)
    if name in NAMES:
        other = NAMES[name]
        func = "id" if isinstance(node.func, ast.Name) else "attr"
        yield lambda n: _with(func=_with(**{func: other})(n.func))(n)


_OPERATORS: dict[str, Callable] = {
    "Compare": _compare, "BoolOp": _bool_op, "BinOp": _arithmetic, "AugAssign": _arithmetic, "Constant": _constant,
    "UnaryOp": _unary, "If": _condition, "While": _condition, "IfExp": _branches, "Return": _result, "Call": _call,
    "Raise": _dropped, "Continue": _dropped, "Break": _dropped, "Expr": _dropped,
}  # fmt: skip
