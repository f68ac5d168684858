"""Run the Python blocks of a Markdown page and compare what its comments promise."""

from __future__ import annotations

import ast
import re
from pathlib import Path

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROMISE = re.compile(r"#\s*->\s*(.+?)\s*$")


class BrokenPromise(AssertionError):
    """A comment of the page says something else than the code gives."""


def python_blocks(page: Path) -> list[str]:
    """Return the Python blocks of a page, in order."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def run_page(page: Path) -> int:
    """Run all blocks of a page in one namespace; return how many promised values were compared.

    A line ``expression  # -> shown`` is evaluated and its ``repr`` must be ``shown``.
    """
    space: dict[str, object] = {"__name__": page.stem}
    compared = 0
    for block in python_blocks(page):
        lines = block.splitlines()
        for statement in ast.parse(block).body:
            source = "\n".join(lines[statement.lineno - 1 : statement.end_lineno])
            promise = PROMISE.search(lines[(statement.end_lineno or 1) - 1])
            if promise is None:
                exec(compile(ast.Module([statement], []), str(page), "exec"), space)
                continue
            if not isinstance(statement, ast.Expr):
                raise BrokenPromise(f"{page.name}: a promise stands beside no expression: {source}")
            shown = repr(eval(compile(ast.Expression(statement.value), str(page), "eval"), space))
            if shown != promise[1]:
                raise BrokenPromise(f"{page.name}: {source.split('#')[0].strip()} gives {shown}, not {promise[1]}")
            compared += 1
    return compared
