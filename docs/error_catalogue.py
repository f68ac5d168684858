"""Find every problem code in the source with what its message says, and write the pages of the catalogue.

从源码中找出每个问题代码与报错文字，写成“错误目录”一页。运行：python docs/error_catalogue.py

A code stands in front of its English and its Chinese sentence, in a call or in a tuple; advice follows. What the code
computes into a sentence is shown as an ellipsis.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
GAP = "…"
FLAGS = {"flag": 2, "problem": 1}  # where the code stands in calls that are given words as one value
SAYING = ("Problem", "refusal", "add", "add_at", "flag", "problem", "refuse", "tell", "_problem", "_outside")
KINDS_OF_ONE_CODE = ("cleaning.py",)  # its tables tell apart what all bears the code number, or period
NOT_CODES = {
    "indicators/wastewater": {"laboratory", "population_basis", "method", "loq"},  # columns, told as <column>_changed
    "report": {"note", "warning"},  # tones of a paragraph
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A code with what one place of the source says.  一个代码及其一处报错文字。"""

    room: str
    code: str
    en: str = ""
    zh: str = ""
    advice_en: str = ""
    advice_zh: str = ""
    place: str = ""


@cache
def collect(package: Path) -> list[Entry]:
    """Return the entries of all modules, in the order of rooms, modules and lines."""
    entries: list[Entry] = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        room = (
            "/".join(parts[:2]) if parts[0] in ("indicators", "appraisal", "outlook") and len(parts) > 2 else parts[0]
        )
        entries += _Module(path, room).entries()
    return entries


class _Module:
    def __init__(self, path: Path, room: str) -> None:
        self.room, self.name = room, path.name
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.constants: dict[str, ast.expr] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.constants[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                self.constants[node.target.id] = node.value
        self.within: dict[ast.AST, ast.AST] = {}  # the function around a node, the outermost one
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                for inner in ast.walk(node):
                    self.within.setdefault(inner, node)
        self.returned = {n.value for n in ast.walk(self.tree) if isinstance(n, ast.Return)}
        speaking = [n for n in {*self.within.values()} if _speaks(n)]
        self.speaking = set(speaking)
        self.told = {n.id for f in speaking for n in ast.walk(f) if isinstance(n, ast.Name)}
        self.fixed = {inner for name in self.told & set(self.constants) for inner in ast.walk(self.constants[name])}

    def entries(self) -> Iterator[Entry]:
        seen = set()
        for node in ast.walk(self.tree):
            parts: Sequence[ast.expr] = ()
            keywords: Mapping[str, ast.expr] = {}
            if isinstance(node, ast.Call) and _name(node) in SAYING:
                parts, keywords = node.args, {k.arg: k.value for k in node.keywords if k.arg}
            elif isinstance(node, ast.Tuple) and (
                node in self.returned or node in self.fixed or self.within.get(node) in self.speaking
            ):
                parts = node.elts
            if isinstance(node, ast.Dict):
                yield from (e for e in self._of_dict(node) if e.code not in NOT_CODES.get(self.room, ()))
                continue
            for entry in self._read(node, list(parts), keywords):
                key = (entry.code, entry.en)
                if key not in seen and entry.code not in NOT_CODES.get(self.room, ()):
                    seen.add(key)
                    yield entry

    def _read(self, node: ast.AST, parts: list[ast.expr], keywords: Mapping[str, ast.expr]) -> Iterator[Entry]:
        flat = [self._assigned(part, node) for part in self._flat(parts)]
        said = [self.text(part) for part in flat]
        where = {"room": self.room, "place": f"{self.name}:{getattr(node, 'lineno', 0)}"}
        if "code" in keywords:
            words = {k: self.text(keywords[k]) or "" for k in ("en", "zh", "advice_en", "advice_zh") if k in keywords}
            for code in self.codes(keywords["code"]):
                yield Entry(code=code, **where, **words)
            return
        found = [i for i, text in enumerate(said) if text and CHINESE.search(text)]
        first = next((i for i in found if i and said[i - 1] and _is_sentence(said[i - 1])), None)
        if first is None and isinstance(node, ast.Call) and _name(node) in FLAGS and len(flat) > FLAGS[_name(node)] + 1:
            at = FLAGS[_name(node)]
            given = self._words(flat[at + 1], self.within.get(node, self.tree))
            flat = [flat[at], *given]
            said = [self.text(part) for part in flat]
            first = 2 if len(given) > 1 else None
            if first is None:
                for code in self.codes(flat[0]):
                    yield Entry(code=code, **where)
                return
        if first is None:
            if isinstance(node, ast.Call) and _name(node) in ("Problem", "refusal", *FLAGS) and flat:
                place = FLAGS.get(_name(node), 0)
                for code in self.codes(flat[place]) if len(flat) > place else ():
                    yield Entry(code=code, **where)
            return
        slugs = [i for i in range(first - 1) if self.codes(flat[i])]
        if not slugs:
            return
        advice = [t or "" for t in said[first + 1 : first + 3]]
        if "advice" in keywords and isinstance(keywords["advice"], ast.Tuple):
            advice = [self.text(part) or "" for part in keywords["advice"].elts]
        advice = [*advice, "", ""][:2]
        if not (CHINESE.search(advice[1]) and not CHINESE.search(advice[0])):
            advice = ["", ""]
        advice = [
            self.text(keywords[k]) or "" if k in keywords else a
            for k, a in zip(("advice_en", "advice_zh"), advice, strict=True)
        ]
        chosen = slugs[-1] if isinstance(node, ast.Call) else slugs[0]
        for code in self.codes(flat[chosen]):
            yield Entry(
                code=code,
                en=said[first - 1] or "",
                zh=said[first] or "",
                advice_en=advice[0],
                advice_zh=advice[1],
                **where,
            )

    def _assigned(self, part: ast.expr, node: ast.AST) -> ast.expr:
        """Return what a local name of words was last given before a call; the part itself where it is no such name."""
        if not isinstance(part, ast.Name) or not re.match(r"(en|zh)\b|(en|zh)_", part.id):
            return part
        found, at = part, getattr(node, "lineno", 0)
        for a in ast.walk(self.within.get(node, self.tree)):
            if isinstance(a, ast.Assign) and a.lineno <= at:
                target, value = a.targets[0], a.value
                if isinstance(target, ast.Name) and target.id == part.id:
                    found = value
                elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    names = [getattr(t, "id", "") for t in target.elts]
                    found = value.elts[names.index(part.id)] if part.id in names else found
        return found

    def _of_dict(self, node: ast.Dict) -> Iterator[Entry]:
        """Return the entries of a table ``{code: (where, words)}``."""
        for key, value in zip(node.keys, node.values, strict=True):
            table = isinstance(value, ast.Tuple) and len(value.elts) == 2
            inner = value.body if isinstance(value, ast.Lambda) else value
            direct = isinstance(inner, ast.Call) and _name(inner) == "Words" and self.name not in KINDS_OF_ONE_CODE
            if key is not None and (table or direct):
                said = value.elts[1] if isinstance(value, ast.Tuple) else value
                words = self._words(said, self.within.get(node, self.tree))
                if words and self.codes(key):
                    yield from self._read(ast.Call(ast.Name("Problem"), [], [], lineno=node.lineno), [key, *words], {})

    def _flat(self, parts: list[ast.expr]) -> Iterator[ast.expr]:
        for part in parts:
            if isinstance(part, ast.Starred) and isinstance(part.value, ast.Name):
                value = self.constants.get(part.value.id) or self._local(part.value.id)
                words = value.args if isinstance(value, ast.Call) and _name(value) == "Words" else None
                yield from value.elts if isinstance(value, ast.Tuple) else words or [part]
            elif isinstance(part, ast.Call) and _name(part) in ("Words", "Text"):
                yield from part.args
                yield from (k.value for k in part.keywords)
            else:
                yield part

    def _words(self, node: ast.expr, around: ast.AST) -> list[ast.expr]:
        """Return the words that a name, a lambda or a partial function leads to."""
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        places: list[ast.AST] = [node]
        for found in [*ast.walk(around), *self.tree.body]:
            if isinstance(found, ast.FunctionDef) and found.name in names:
                places.append(found)
            elif (
                isinstance(found, ast.Assign)
                and isinstance(found.targets[0], ast.Name)
                and found.targets[0].id in names
            ):
                places.append(found.value)
        for place in places:
            for found in ast.walk(place):
                if isinstance(found, ast.Call) and _name(found) in ("Words", "Text") and found.args:
                    return [*found.args, *(k.value for k in found.keywords)]
        return []

    def _local(self, name: str) -> ast.expr | None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
                return node.value
        return None

    def codes(self, node: ast.expr) -> list[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            return [node.value]
        if isinstance(node, ast.IfExp):
            return self.codes(node.body) + self.codes(node.orelse)
        return []

    def text(self, node: ast.expr) -> str | None:
        """Return what a string says, gaps for what is computed; None where it is no string."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            return "".join(self._piece(v) for v in node.values)
        if isinstance(node, ast.IfExp):
            return self.text(node.body) or self.text(node.orelse)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return (self.text(node.left) or GAP) + (self.text(node.right) or GAP)
        return None

    def _piece(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return str(node.value)
        inner = node.value if isinstance(node, ast.FormattedValue) else node
        if isinstance(inner, ast.Name):
            fixed = self.constants.get(inner.id)
            if isinstance(fixed, ast.Constant):
                return f"{fixed.value:,}" if isinstance(fixed.value, int) else str(fixed.value)
        return GAP


def _name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _speaks(function: ast.AST) -> bool:
    """Whether a function makes a problem whose code it took from elsewhere."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _name(node) in ("Problem", "refusal", "tell", "add"):
            first = [*node.args, *(k.value for k in node.keywords if k.arg == "code")]
            if first and any(isinstance(x, ast.Starred) or (isinstance(x, ast.Name) and x.id == "code") for x in first):
                return True
    return False


def _is_sentence(text: str) -> bool:
    return not CHINESE.search(text) and " " in text.strip()
