"""One golden number beside ours: what it is, where it comes from, how far apart, and how far is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from suzhou_antidrug.terms import Text


class Absent(Exception):
    """Data that a golden set needs are not on this machine; the message says which."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A golden value, or several of one kind, and ours; ``kind`` is rel, abs or exact."""

    what: str | Text
    golden: Any
    ours: Any
    tolerance: float = 0.0
    kind: str = "exact"
    source: str | Text = ""
    reason: Text | None = None  # why ours differs on purpose, or why there is none of ours

    @property
    def differences(self) -> np.ndarray:
        """How far each value is from its golden one: a share of it where ``kind`` is rel; 0 or 1 for what is no number."""
        if self.ours is None:
            return np.array([])
        golden, ours = list(flat(self.golden)), list(flat(self.ours))
        if len(golden) != len(ours):
            return np.array([np.inf])
        return np.array([_apart(g, o, relative=self.kind == "rel") for g, o in zip(golden, ours, strict=True)])

    @property
    def largest(self) -> float:
        return float(self.differences.max(initial=0.0))

    @property
    def outside(self) -> int:
        """How many values are farther off than allowed."""
        return int((self.differences > self.tolerance).sum())

    @property
    def agrees(self) -> bool:
        return self.ours is not None and self.outside == 0


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """Golden numbers of one origin. ``kept`` says where they are: in the repository, or read in place."""

    id: str
    title: Text
    source: Text
    kept: str  # repository | package | reference
    comparisons: tuple[Comparison, ...]
    full: bool = True  # every comparison is a row of the page; otherwise one row per comparison, counts only
    notes: tuple[Text, ...] = field(default=())


def flat(value: Any) -> Iterable[Any]:
    """Return the single values of a number, list or mapping, in order.

    >>> list(flat({"a": [1, 2], "b": 3}))
    [1, 2, 3]
    """
    if isinstance(value, Mapping):
        value = list(value.values())
    if hasattr(value, "tolist"):  # an array or a column
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        yield value
        return
    for part in value:
        yield from flat(part)


def _apart(golden: Any, ours: Any, *, relative: bool) -> float:
    if isinstance(golden, str) or isinstance(ours, str) or golden is None or ours is None:
        return float(str(golden) != str(ours))
    golden, ours = float(golden), float(ours)
    if golden == ours or (np.isnan(golden) and np.isnan(ours)):
        return 0.0
    if not (np.isfinite(golden) and np.isfinite(ours)):
        return float("inf")
    apart = abs(ours - golden)
    return apart / abs(golden) if relative and golden else apart
