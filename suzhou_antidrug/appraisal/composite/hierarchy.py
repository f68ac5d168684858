"""An index as a tree: weights at every level, and each branch with its own way of adding up.

指数的层级：各层权重，各分支可有不同的汇总方法。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from .aggregate import Mean, weighted_mean
from .checks import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from .checks import Floats

DOMINANT = 0.5  # Handbook, page 111: no indicator or dimension should exceed half of the weight


@dataclass(frozen=True, slots=True)
class Node:
    """An indicator or a branch.  指标或分支。"""

    code: str
    parent: str  # "" for the index itself
    weight: float  # among its siblings; made to add to 1
    method: Mean = "arithmetic"  # of a branch
    floor: float | None = None  # of a branch that is not arithmetic


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A checked tree of indicators: weights at every level, and each branch with its own way of adding up.

    经核对的指标层级：各层有权重，各分支可有自己的汇总方法。

    The score of a branch is the mean of its children by the branch's method, weights made to add to 1 among siblings; the effective
    weight of an indicator is the product down the tree. Built by :meth:`from_frame`, which raises
    :class:`~suzhou_antidrug.errors.SeriesError` for a tree that is none. Source: OECD/JRC Handbook (2008), page 111, for how much one may weigh.

    >>> import pandas as pd
    >>> rows = {"code": ["I", "a", "b"], "parent": ["", "I", "I"], "weight": [1, 1, 3], "method": ["geometric", None, None]}
    >>> tree = Hierarchy.from_frame(pd.DataFrame(rows))
    >>> tree.aggregate(pd.DataFrame({"a": [16.0], "b": [1.0]}))["I"].tolist()
    [2.0]
    """

    nodes: tuple[Node, ...]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Hierarchy:
        """Return a hierarchy from columns code, parent and, where given, weight, method, floor.  由数据框建立层级。

        Raises :class:`~suzhou_antidrug.errors.SeriesError` for a code that stands twice, a parent that is not there, negative
        weights or all 0 under one parent, several roots or none, a loop; all at once.

        >>> import pandas as pd
        >>> tree = Hierarchy.from_frame(pd.DataFrame({"code": ["I", "a", "b"], "parent": ["", "I", "I"], "weight": [1, 2, 2]}))
        >>> tree.effective_weights()
        {'a': 0.5, 'b': 0.5}
        """
        rows = frame.fillna({"parent": ""}).to_dict("records")
        nodes = tuple(
            Node(str(r["code"]), str(r["parent"]), float(r.get("weight", 1.0)), r.get("method") or "arithmetic", None if r.get("floor") is None or r.get("floor") != r.get("floor") else float(r["floor"]))
            for r in rows
        )  # fmt: skip
        tree = cls(nodes)
        if problems := tree._problems():
            raise SeriesError(problems)
        return tree

    def _problems(self) -> list[Problem]:
        codes = [n.code for n in self.nodes]
        problems = [
            Problem("twice", f"{c} stands twice.", f"{c} 重复。", column=c)
            for c in sorted({c for c in codes if codes.count(c) > 1})
        ]
        problems += [
            Problem(
                "parent",
                f"{n.code}: its parent {n.parent} is not there.",
                f"{n.code} 的上级 {n.parent} 不存在。",
                column=n.code,
            )
            for n in self.nodes
            if n.parent and n.parent not in codes
        ]
        problems += [
            Problem(
                "negative_weight",
                f"{n.code} has weight {n.weight:g}.",
                f"{n.code} 的权重为 {n.weight:g}。",
                column=n.code,
            )
            for n in self.nodes
            if not n.weight >= 0
        ]
        roots = [n.code for n in self.nodes if not n.parent]
        if len(roots) != 1:
            problems.append(
                Problem(
                    "root",
                    f"one code has no parent, not {len(roots)}.",
                    f"须有且只有一个没有上级的代码，现有 {len(roots)} 个。",
                )
            )
        if not problems:
            problems += [
                Problem("weight_sum", f"all weights under {p} are 0.", f"{p} 之下的权重全为零。", column=p)
                for p in {n.parent for n in self.nodes if n.parent}
                if not sum(n.weight for n in self.children(p)) > 0
            ]
            up = {n.code: n.parent for n in self.nodes}
            for code in codes:
                seen, at = {code}, up[code]
                while at and at not in seen:
                    seen.add(at)
                    at = up[at]
                if at:
                    problems.append(Problem("loop", f"{code} is above itself.", f"{code} 的上级链成环。", column=code))
        return problems

    @property
    def root(self) -> str:
        """The code of the index."""
        return next(n.code for n in self.nodes if not n.parent)

    @property
    def leaves(self) -> tuple[str, ...]:
        """The codes of the indicators, in order."""
        parents = {n.parent for n in self.nodes}
        return tuple(n.code for n in self.nodes if n.code not in parents)

    def children(self, code: str) -> tuple[Node, ...]:
        """The nodes right below a branch."""
        return tuple(n for n in self.nodes if n.parent == code)

    def _bottom_up(self) -> list[Node]:
        depth: dict[str, int] = {}
        up = {n.code: n.parent for n in self.nodes}
        for code in up:
            at, d = code, 0
            while up[at]:
                at, d = up[at], d + 1
            depth[code] = d
        branches = [n for n in self.nodes if n.code not in self.leaves]
        return sorted(branches, key=lambda n: -depth[n.code])

    def aggregate(self, scores: pd.DataFrame) -> dict[str, Floats]:
        """Return the scores of every branch from those of the indicators, columns by code.  自下而上汇总各分支得分。

        Raises :class:`~suzhou_antidrug.errors.SeriesError` for an indicator that lacks, and as
        :func:`~.aggregate.aggregate_scores`.
        """
        lacking = [c for c in self.leaves if c not in scores]
        if lacking:
            raise SeriesError(
                [
                    Problem("column_missing", f"the indicator {c} is missing.", f"缺少指标 {c}。", column=c)
                    for c in lacking
                ]
            )
        x, _ = table(scores[list(self.leaves)])
        return self.aggregate_array(x)

    def aggregate_array(
        self, scores: Floats, weights: Floats | None = None, *, method: Mean | None = None
    ) -> dict[str, Floats]:
        """Return the scores (..., units) of every branch from those (..., units, leaves) of the indicators, many runs at once.

        以数组自下而上汇总，可同时计算多次运行。

        ``weights`` (..., nodes) replace those of the nodes, in their order; those of one parent need not add to 1. ``method``
        replaces that of every branch, their floors aside. A gap, or a part of weight 0, leaves its weight to its siblings.

        Raises ValueError for another number of leaves or nodes, and as :func:`~.aggregate.aggregate_scores`.

        >>> import pandas as pd
        >>> tree = Hierarchy.from_frame(pd.DataFrame({"code": ["I", "a", "b"], "parent": ["", "I", "I"]}))
        >>> tree.aggregate_array(np.array([[0.0, 100.0]]), np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 3.0]]))["I"].tolist()
        [[50.0], [75.0]]
        """
        leaves, at = self.leaves, {n.code: k for k, n in enumerate(self.nodes)}
        w = np.array([n.weight for n in self.nodes]) if weights is None else weights
        if scores.shape[-1] != len(leaves) or w.shape[-1] != len(at):
            raise ValueError(f"{len(leaves)} leaves and {len(at)} weights are needed, got {scores.shape} and {w.shape}")
        done: dict[str, Floats] = {}
        for branch in self._bottom_up():
            below = [n.code for n in self.children(branch.code)]
            parts = _parts(scores, below, leaves, done)
            by = w[..., [at[c] for c in below]]
            done[branch.code] = weighted_mean(parts, by, method=method or branch.method, floor=branch.floor)
        return done

    def effective_weights(self) -> dict[str, float]:
        """Return the weight of each indicator in the index: the product down the tree; exact for arithmetic branches.  有效权重。"""
        up = {n.code: n for n in self.nodes}
        out = {}
        for code in self.leaves:
            weight, node = 1.0, up[code]
            while node.parent:
                weight *= node.weight / sum(n.weight for n in self.children(node.parent))
                node = up[node.parent]
            out[code] = weight
        return out

    def weight_table(self, *, most: float = DOMINANT) -> pd.DataFrame:
        """Return every node below the index with its weight in it, and a flag where that exceeds ``most``.

        各层指标的有效权重表，超过一半者标出。

        Columns: kind (indicator or dimension), parent, weight among its siblings, effective (the product down the tree; exact for
        arithmetic branches), dominant. Source: OECD/JRC Handbook (2008), page 111: none should exceed half of the weight.

        >>> import pandas as pd
        >>> rows = {"code": ["I", "A", "B", "a", "b"], "parent": ["", "I", "I", "A", "B"], "weight": [1, 3, 2, 1, 1]}
        >>> Hierarchy.from_frame(pd.DataFrame(rows)).weight_table()["dominant"].to_dict()
        {'A': True, 'B': False, 'a': True, 'b': False}
        """
        import pandas as pd

        effective = {self.root: 1.0}
        rows = []
        waiting = [self.root]
        while waiting:
            parent = waiting.pop(0)
            below = self.children(parent)
            whole = sum(n.weight for n in below)
            for n in below:
                effective[n.code] = effective[parent] * n.weight / whole
                kind = "indicator" if n.code in self.leaves else "dimension"
                rows.append(
                    (n.code, kind, parent, n.weight / whole, effective[n.code], effective[n.code] > most + 1e-9)
                )
                waiting.append(n.code)
        columns = ["code", "kind", "parent", "weight", "effective", "dominant"]
        return pd.DataFrame(rows, columns=columns).set_index("code")


def _parts(scores: Floats, below: Sequence[str], leaves: Sequence[str], done: dict[str, Floats]) -> Floats:
    if all(c in leaves for c in below):  # a view of the table: runs that share it are not spread out
        return scores[..., [leaves.index(c) for c in below]]
    columns = [done[c] if c in done else scores[..., leaves.index(c)] for c in below]
    return np.stack(np.broadcast_arrays(*columns), axis=-1)
