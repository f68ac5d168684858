"""YAML read strictly, every value with its line.

严格读取 YAML，每个值都知道自己在第几行。

Refused, each with its line and all at once: a key written twice, an alias or anchor, an object tag, a number that
readers take differently (``012``), a key that is neither text nor a whole number. ``no`` and ``1:30`` stay text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PlanError, Problem, shown

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

PathInFile = tuple[str | int, ...]
MAX_BYTES = 1_000_000  # the largest plan at hand has under 100 kB
MAX_DEPTH = 12  # the deepest value of the format stands at level 7
_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_BOOLS = {"true": True, "false": False}


@dataclass(slots=True)
class Placed:
    """The content of a file with the line of every value.  文件内容及各值所在行。"""

    file: str
    data: Any = None
    lines: dict[PathInFile, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: PathInFile) -> int | None:
        """Return the line of a value, or of the nearest value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def add(
        self, path: PathInFile, code: str, en: str, zh: str, *, advice: tuple[str, str] = ("", ""), value: object = None
    ) -> None:
        """Record a problem at a path, its advice as (en, zh)."""
        self.add_at(self.line(path), path, code, en, zh, advice=advice, value=value)

    def add_at(
        self,
        line: int | None,
        path: PathInFile,
        code: str,
        en: str,
        zh: str,
        *,
        advice: tuple[str, str] = ("", ""),
        value: object = None,
    ) -> None:
        """Record a problem at a line that is not the line of its path."""
        self.problems.append(
            Problem(
                code=code,
                en=en,
                zh=zh,
                advice_en=advice[0],
                advice_zh=advice[1],
                file=self.file,
                row=line,
                column=dotted(path) or None,
                value=None if value is None else shown(value),
            )
        )

    def raise_problems(self) -> None:
        """Raise every recorded problem as one :class:`PlanError`, in the order of the file."""
        if self.problems:
            raise PlanError(sorted(self.problems, key=lambda p: p.row or 0))


def dotted(path: PathInFile) -> str:
    """Return a path as text.  把路径写成文字。

    >>> dotted(("tasks", 0, "milestones", 2, "years"))
    'tasks[0].milestones[2].years'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_strict(path: Path) -> Placed:
    """Read a YAML file into plain values with their lines; sequences become tuples.  严格读取 YAML 文件。

    Raises :class:`~suzhou_antidrug.errors.PlanError` where the file is missing, too large, not UTF-8, not YAML, or
    holds what is refused.
    """
    placed = Placed(file=path.name)
    node = _compose(_text_of(path, placed), placed)
    placed.lines[()] = 1
    placed.data = _Walker(placed).value(node, ())
    placed.raise_problems()
    return placed


def _text_of(path: Path, placed: Placed) -> str:
    def refuse(code: str, en: str, zh: str, advice: tuple[str, str] = ("", "")) -> None:
        placed.add_at(None, (), code, en, zh, advice=advice)
        placed.raise_problems()

    if not path.is_file():
        refuse("file_missing", "no such file.", "没有这个文件。", ("Check the path.", "请核对路径。"))
    if path.stat().st_size > MAX_BYTES:
        refuse("file_too_large", f"larger than {MAX_BYTES:,} bytes.", f"文件超过 {MAX_BYTES:,} 字节。")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("not_utf8", "is not UTF-8 text.", "不是 UTF-8 文本。", ("Save it as UTF-8.", "请另存为 UTF-8。"))
    if not text.strip():
        refuse("file_empty", "is empty.", "文件为空。")
    return text


def _compose(text: str, placed: Placed) -> Node:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        tree: Node = YAML(typ="safe", pure=True).compose(text)
        return tree
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context or "cannot be read"
        placed.add_at(
            mark.line + 1 if mark else None, (), "not_yaml", f"is not valid YAML: {reason}.", "YAML 语法有误。"
        )
    except (YAMLError, ValueError) as error:  # unprintable characters carry no mark
        placed.add_at(None, (), "not_yaml", f"is not valid YAML: {shown(error)}.", "YAML 语法有误。")
    except RecursionError:
        placed.add_at(None, (), "too_deep", "is nested too deeply.", "嵌套过深。")
    placed.raise_problems()
    raise AssertionError("unreachable: a problem was recorded above")


class _Walker:
    """Turns nodes into values; a node met twice is an alias."""

    def __init__(self, placed: Placed) -> None:
        self.placed = placed
        self.seen: set[int] = set()

    def value(self, node: Node, path: PathInFile) -> Any:
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        line = node.start_mark.line + 1
        self.placed.lines.setdefault(path, line)
        if id(node) in self.seen or node.anchor:
            advice = ("Write the value out.", "请把内容直接写出。")
            self.placed.add(
                path, "alias", "anchors and aliases are not allowed.", "不允许使用锚点或别名。", advice=advice
            )
            return None
        self.seen.add(id(node))
        if len(path) > MAX_DEPTH:
            self.placed.add(path, "too_deep", "is nested too deeply.", "嵌套过深。")
            return None
        if not str(node.tag).startswith("tag:yaml.org,2002:") or ":python" in str(node.tag):
            self.placed.add_at(line, path, "tag", "tags are not allowed.", "不允许使用标签。", value=node.tag)
            return None
        if isinstance(node, ScalarNode):
            return self.scalar(node, path)
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        assert isinstance(node, SequenceNode)
        return self.sequence(node, path)

    def scalar(self, node: ScalarNode, path: PathInFile) -> Any:
        kind, text = str(node.tag).rsplit(":", 1)[-1], node.value
        if kind == "null":
            return None
        if kind == "bool" and text in _BOOLS:
            return _BOOLS[text]
        if kind == "int" and _INT.fullmatch(text):
            return int(text)
        if kind == "float" and _FLOAT.fullmatch(text):
            return float(text)
        if kind in ("int", "float", "bool"):
            advice = (
                "Write 12, 0.9, true or false; put text in quotes.",
                "请写成 12、0.9、true 或 false；文字请加引号。",
            )
            self.placed.add(
                path, "unclear_value", "can be read in several ways.", "写法有多种解释。", advice=advice, value=text
            )
            return None
        return text  # a date stays text

    def sequence(self, node: SequenceNode, path: PathInFile) -> tuple[Any, ...]:
        return tuple(self.value(item, (*path, i)) for i, item in enumerate(node.value))

    def mapping(self, node: MappingNode, path: PathInFile) -> Mapping[str | int, Any]:
        content: dict[str | int, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self.value(key_node, (*path, "(key)"))
            self.placed.lines.pop((*path, "(key)"), None)
            if not isinstance(key, str | int) or isinstance(key, bool):
                if key is not None or not self.placed.problems:
                    self.placed.add_at(line, path, "key", "a key must be text or a whole number.", "键须为文字或整数。")
                continue
            if key in content:
                first = self.placed.lines[(*path, key)]
                self.placed.add_at(
                    line,
                    (*path, key),
                    "duplicate_key",
                    f"the key {shown(key)!r} is already given in line {first}.",
                    f"键“{shown(key)}”在第 {first} 行已出现。",
                    advice=("Keep one of the two.", "请只保留一处。"),
                )
                continue
            self.placed.lines[(*path, key)] = line
            content[key] = self.value(value_node, (*path, key))
        return content
