"""Plain values as YAML that the strict reader takes back unchanged.

把普通数据写成严格读取器能原样读回的 YAML。

Text is always quoted, numbers are written out in full, and nothing is written as an anchor, a tag or a date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any


def to_yaml(value: Mapping[str, Any]) -> str:
    """Return a mapping as YAML text.  写成 YAML。

    >>> print(to_yaml({"id": "a", "years": {2020: 0.9}, "units": [{"id": "x"}], "empty": []}), end="")
    id: "a"
    years: {2020: 0.9}
    units:
      - id: "x"
    empty: []
    """
    return "".join(f"{line}\n" for line in _mapping(value, 0))


def _mapping(value: Mapping[Any, Any], indent: int) -> list[str]:
    lines: list[str] = []
    for key, held in value.items():
        head = " " * indent + _key(key)
        if isinstance(held, Mapping) and held and not _is_short(held):
            lines += [f"{head}:", *_mapping(held, indent + 2)]
        elif isinstance(held, Sequence) and not isinstance(held, str) and held:
            lines += [f"{head}:", *_sequence(held, indent + 2)]
        else:
            lines.append(f"{head}: {_scalar(held)}")
    return lines


def _sequence(value: Sequence[Any], indent: int) -> list[str]:
    lines: list[str] = []
    for held in value:
        if isinstance(held, Mapping) and held and not _is_short(held):
            first, *rest = _mapping(held, indent + 2)
            lines += [" " * indent + "- " + first.lstrip(), *rest]
        else:
            lines.append(" " * indent + "- " + _scalar(held))
    return lines


def _is_short(value: Mapping[Any, Any]) -> bool:
    """Whether a mapping goes on one line: a text in two languages, the years of a milestone."""
    return set(value) == {"zh", "en"} or all(isinstance(key, int) for key in value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        plain = format(Decimal(repr(value)), "f")
        return plain if "." in plain else f"{plain}.0"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_scalar(held)}" for key, held in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_scalar, value)) + "]"
    return _text(str(value))


def _key(key: Any) -> str:
    plain = isinstance(key, int) or (str(key).isidentifier() and key not in ("true", "false", "null"))
    return str(key) if plain else _text(str(key))


def _text(value: str) -> str:
    """Return text in double quotes; what JSON leaves as it is but YAML does not take is escaped."""
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)
