"""What users build on: every public name with its signature, and the results that public functions return.

用户所依赖的公开接口：名称、参数与结果的属性。

`python tests/package/test_public_api.py` writes public_api.txt anew.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterator
from difflib import unified_diff
from enum import Enum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import suzhou_antidrug
from suzhou_antidrug._public import PUBLIC

FROZEN = Path(__file__).with_name("public_api.txt")
PACKAGE = suzhou_antidrug.__name__
HOW = (
    "The public names, parameters or attributes differ from public_api.txt. If that is meant, write the file anew by "
    "`python tests/package/test_public_api.py`; every changed line is a change for users and needs a line in CHANGELOG.md."
)


@dataclasses.dataclass(frozen=True)
class Shown:
    """A default value as text that is the same on every machine and version."""

    text: str

    def __repr__(self) -> str:
        return self.text


def shown(value: Any) -> Shown:
    """Return a default as text: no addresses, no module paths."""
    if isinstance(value, Enum):
        return Shown(f"{type(value).__name__}.{value.name}")
    if isinstance(value, tuple):
        return Shown(f"({', '.join(shown(each).text for each in value)}{',' * (len(value) == 1)})")
    if value is None or isinstance(value, (bool, int, float, str)):
        return Shown(repr(value))
    if callable(value):
        return Shown(value.__qualname__)
    if dataclasses.is_dataclass(value):
        fields = ", ".join(f"{f.name}={shown(getattr(value, f.name))!r}" for f in dataclasses.fields(value))
        return Shown(f"{type(value).__name__}({fields})")
    assert " at 0x" not in repr(value), value
    return Shown(repr(value))


def signature(function: Any) -> str:
    """Return names, kinds and defaults of parameters, and what is returned."""
    found = inspect.signature(function)
    parameters = [
        p.replace(
            annotation=inspect.Parameter.empty,
            default=p.default if p.default is inspect.Parameter.empty else shown(p.default),
        )
        for p in found.parameters.values()
        if p.name not in ("self", "cls")
    ]
    back = found.return_annotation
    named = back if isinstance(back, str) and not inspect.isclass(function) else ""
    return f"{inspect.Signature(parameters)}{f' -> {named}' if named else ''}"


def attributes(kind: type) -> Iterator[str]:
    """Yield the fields of a dataclass or pydantic model."""
    if dataclasses.is_dataclass(kind):
        yield from (f.name for f in dataclasses.fields(kind))
    yield from getattr(kind, "__pydantic_fields__", getattr(kind, "model_fields", {}))


def members(kind: type) -> dict[str, str]:
    """Return the public members that this package gives a class, by name."""
    found = {name: "attribute" for name in attributes(kind) if not name.startswith("_")}
    if issubclass(kind, Enum):
        found |= {name: f"member {member.value!r}" for name, member in kind.__members__.items()}
    own = [each for each in kind.__mro__ if each.__module__.split(".")[0] == PACKAGE]
    for name, value in (
        (n, v) for each in reversed(own) for n, v in vars(each).items() if not n.startswith(("_", "model_"))
    ):
        if isinstance(value, (property, cached_property)):
            found[name] = "property"
        elif isinstance(value, (classmethod, staticmethod)):
            found[name] = f"{type(value).__name__} {signature(value.__func__)}"
        elif inspect.isfunction(value):
            found[name] = f"method {signature(value)}"
    return found


def described(name: str, thing: Any) -> Iterator[str]:
    """Yield the lines of one public name."""
    if isinstance(thing, ModuleType):
        yield f"{name}: module"
    elif inspect.isclass(thing):
        made_here = thing.__init__.__module__.split(".")[0] == PACKAGE or dataclasses.is_dataclass(thing)
        yield f"{name}: class {signature(thing) if made_here or hasattr(thing, 'model_fields') else ''}".rstrip()
        yield from (f"{name}.{member}: {what}" for member, what in members(thing).items())
    else:
        yield f"{name}: function {signature(thing)}"


def returned(function: Any) -> type | None:
    """Return the class of this package that a function says it returns; its module may import it for type checkers only."""
    named, module = inspect.signature(function).return_annotation, import_module(function.__module__)
    if not isinstance(named, str) or not named.isidentifier():
        return None
    if not hasattr(module, named):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.ImportFrom) and node.level and named in (alias.name for alias in node.names):
                module = import_module("." * node.level + (node.module or ""), module.__package__)
    found = getattr(module, named, None)
    return found if inspect.isclass(found) and found.__module__.split(".")[0] == PACKAGE else None


def public_api() -> list[str]:
    """Return the public names and, by their own names, the results of public functions, one line each, sorted."""
    things = {name: getattr(suzhou_antidrug, name) for name in suzhou_antidrug.__all__ if name != "__version__"}
    results = {kind for thing in things.values() if not inspect.isclass(thing) and (kind := returned(thing))}
    lines = [line for name, thing in things.items() for line in described(name, thing)]
    for kind in results - {thing for thing in things.values() if inspect.isclass(thing)}:
        home = f"{kind.__module__.removeprefix(f'{PACKAGE}.')}.{kind.__qualname__}"
        lines += [f"{home}: result"] + [f"{home}.{member}: {what}" for member, what in members(kind).items()]
    return sorted(lines)


def test_the_public_names_and_signatures_are_those_written_down() -> None:
    """A renamed parameter, a changed default or a lost method is seen before users see it."""
    frozen = FROZEN.read_text(encoding="utf-8").splitlines()
    changed = "\n".join(unified_diff(frozen, public_api(), "public_api.txt", "the package", lineterm="", n=0))
    assert not changed, f"{HOW}\n{changed}"


def test_type_checkers_are_told_the_same_names() -> None:
    """Names are loaded late from a table; the imports that editors read name the same modules."""
    tree = ast.parse(Path(suzhou_antidrug.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = [(a.asname, a.name, node.module) for node in block.body for a in node.names]
    assert {name: module for name, _, module in told} == PUBLIC
    assert all(name == original for name, original, _ in told)
    assert len(told) == len(PUBLIC)


def test_a_changed_signature_makes_another_line() -> None:
    """The text tells apart what users would notice: name, kind, default and return."""

    def before(a, *, b=1) -> int: ...

    def renamed(a, *, c=1) -> int: ...

    def positional(a, b=1) -> int: ...

    def default(a, *, b=2) -> int: ...

    def back(a, *, b=1) -> float: ...

    told = [signature(f) for f in (before, renamed, positional, default, back)]
    assert told[0] == "(a, *, b=1) -> int"
    assert len(set(told)) == 5


if __name__ == "__main__":
    FROZEN.write_text("\n".join(public_api()) + "\n", encoding="utf-8")
