"""Who is at risk when, over a million persons: sorted once, summed once; and what of it cannot be used.

各时点的在险人数：一次排序、一次累加，百万人亦快；并说明哪些数据不能使用。

A spell is at risk at t when entry < t <= exit: whoever enters at t is not yet at risk, whoever leaves at t still is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError, refusal
from ...returns.cleaning import Words
from ..intervals.counts import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

ConfType = Literal["log-log", "log", "plain"]
CONF_TYPES: tuple[ConfType, ...] = ("log-log", "log", "plain")
# Below five persons a single event moves the curve by a fifth or more: a choice of this project, shown as a field.
THIN = 5
SHOWN = 5  # positions that a message names
EDGE = 1e-12  # a sum of a million steps that should be 0 or 1 is that far off at most


@dataclass(frozen=True, slots=True, eq=False)
class Where:
    """How a message names rows: by position, or by the rows of a file.  报错时如何指明行。"""

    file: str | None = None
    sheet: str | None = None
    rows: Ints | None = None  # as the file shows them; positions from 0 where None

    def problem(self, wrong: Bools, code: str, said: Words, *, column: str | None = None) -> list[Problem]:
        """Return the problem of the marked rows, none where no row is marked; it names positions, never a value."""
        at = np.flatnonzero(wrong)
        if not at.size:
            return []
        named = at[:SHOWN] if self.rows is None else self.rows[at[:SHOWN]]
        more = ", …" if at.size > SHOWN else ""
        listed = ", ".join(str(n) for n in named) + more
        kind_en, kind_zh = ("positions", "位置") if self.rows is None else ("rows", "行号")
        return [
            Problem(
                code=code,
                en=f"{at.size} rows {said.en} ({kind_en} {listed}).",
                zh=f"有 {at.size} 行{said.zh}（{kind_zh} {listed.replace(', ', '、')}）。",
                advice_en=said.advice_en,
                advice_zh=said.advice_zh,
                file=self.file,
                sheet=self.sheet,
                row=None if self.rows is None else int(named[0]),
                column=column,
            )
        ]


_FAULTS: dict[str, Words] = {
    "missing_time": Words("have no time", "缺少时间", "Give entry and exit as numbers.", "请以数字填写起止时间。"),
    "negative_time": Words("have a time below 0", "的时间为负", "Check the start of the clock.", "请核对计时起点。"),
    "exit_before_entry": Words("leave before they enter", "的终止早于起始", "Check both columns.", "请核对两列。"),
    "zero_time": Words(
        "last no time", "的时长为零",
        "Nobody is at risk in them. Drop them, or count an event on the first day as half a unit, and say so.",
        "其间无人在险。请删除，或把首日发生的事件计为半个单位并注明。",
    ),
    "missing_event": Words("have no event code", "缺少结局编码", "Give the code of censored where follow-up just ends.", "随访仅止于此者请填删失编码。"),
    "unknown_event": Words("have an unknown event code", "的结局编码未知", "Name every code.", "请说明每个编码的含义。"),
    "missing_group": Words("belong to no group", "没有所属组", "Give a group, or leave them out and say so.", "请填写组别，或剔除并注明。"),
}  # fmt: skip


def time_problems(entry: Floats, exit: Floats, where: Where) -> list[Problem]:
    """Return what is wrong with the times of spells, one problem a kind.  时间列的问题，每类一条。"""
    with np.errstate(invalid="ignore"):
        missing = ~(np.isfinite(entry) & np.isfinite(exit))
        negative = ~missing & ((entry < 0) | (exit < 0))
        wrong = {
            "missing_time": missing,
            "negative_time": negative,
            "exit_before_entry": ~missing & ~negative & (exit < entry),
            "zero_time": ~missing & ~negative & (exit == entry),
        }
    return [problem for code, mask in wrong.items() for problem in where.problem(mask, code, _FAULTS[code])]


def fault(code: str, wrong: Bools, where: Where, *, column: str | None = None) -> list[Problem]:
    """Return the problem of one kind, none where no row is marked.  某一类问题。"""
    return where.problem(wrong, code, _FAULTS[code], column=column)


@dataclass(frozen=True, slots=True, eq=False)
class Seam:
    """Checked arrays of one length: what every estimator takes.  经核对的等长数组。"""

    entry: Floats
    exit: Floats
    event: Ints
    group: Ints

    def __len__(self) -> int:
        return len(self.exit)


def checked(
    entry: ArrayLike | None,
    exit: ArrayLike,
    event: ArrayLike,
    group: ArrayLike | None = None,
    *,
    start: float = 0.0,
) -> Seam:
    """Return checked arrays, restricted to what is at risk after ``start``.  核对数组，并截取 start 之后的在险时间。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` with every kind of problem at once, and where nobody is at risk.
    """
    leaves = np.asarray(exit, dtype=float)
    enters = np.zeros(leaves.shape) if entry is None else np.broadcast_to(np.asarray(entry, dtype=float), leaves.shape)
    what = np.asarray(event, dtype=float)
    whose = np.zeros(leaves.shape) if group is None else np.asarray(group, dtype=float)
    if leaves.ndim != 1 or what.shape != leaves.shape or whose.shape != leaves.shape:
        raise ValueError(f"exit, event and group are of shapes {leaves.shape}, {what.shape}, {whose.shape}")
    problems = time_problems(enters, leaves, Where())
    problems += fault("missing_event", np.isnan(what), Where())
    problems += fault("unknown_event", ~np.isnan(what) & ((what < 0) | (what != np.round(what))), Where())
    problems += fault("missing_group", ~(whose >= 0) | (whose != np.round(whose)), Where())
    if problems:
        raise SeriesError(problems)
    later = leaves > start
    if not later.any():
        raise refusal(
            "nobody_at_risk", f"nobody is at risk after {start:g}.", f"{start:g} 之后无人在险。",
            "Check the cohort and the start.", "请核对队列与起点。",
        )  # fmt: skip
    if start > 0:
        enters, leaves, what, whose = np.maximum(enters[later], start), leaves[later], what[later], whose[later]
    return Seam(enters, leaves, what.astype(np.int64), whose.astype(np.int64))


def split(codes: Ints) -> Iterator[tuple[int, Ints]]:
    """Yield each code and the positions that bear it, ascending.  逐组给出编码与所在位置。"""
    order = np.argsort(codes, kind="stable")
    names, first = np.unique(codes[order], return_index=True)
    for name, members in zip(names, np.split(order, first[1:]), strict=True):
        yield int(name), members


def running_maximum(values: Floats, person: Ints) -> Floats:
    """Return the largest value so far of the same person; rows stand by person, codes ascending.  同一人至今的最大值。

    >>> running_maximum(np.array([2.0, 1.0, 0.0, 5.0]), np.array([0, 0, 1, 1])).tolist()
    [2.0, 2.0, 0.0, 5.0]
    """
    distinct, rank = np.unique(values, return_inverse=True)
    apart = person * len(distinct)  # ranks are whole numbers, so a step up by person keeps persons apart
    return np.asarray(distinct[np.maximum.accumulate(rank + apart) - apart])


@dataclass(frozen=True, slots=True, eq=False)
class RiskTable:
    """Counts at each distinct time of leaving, ascending.  各终止时点的计数。"""

    time: Floats  # (T,)
    at_risk: Ints  # (T,): entry < t <= exit
    events: Ints  # (T, kinds)
    censored: Ints  # (T,)


def risk_table(entry: Floats, exit: Floats, kind: Ints, *, kinds: int) -> RiskTable:
    """Return the counts at each distinct time of leaving; ``kind`` is 0 for censored, 1 .. ``kinds`` for an event.

    各终止时点的在险、事件与删失人数。

    >>> table = risk_table(np.zeros(3), np.array([2.0, 1.0, 2.0]), np.array([1, 0, 0]), kinds=1)
    >>> table.time.tolist(), table.at_risk.tolist(), table.events[:, 0].tolist(), table.censored.tolist()
    ([1.0, 2.0], [3, 2], [0, 1], [1, 1])
    """
    order = np.argsort(exit, kind="stable")
    ordered = exit[order]
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    first = np.flatnonzero(new)
    cell = (np.cumsum(new) - 1) * (kinds + 1) + kind[order]
    counts = np.bincount(cell, minlength=len(first) * (kinds + 1)).reshape(-1, kinds + 1)
    time = ordered[first]
    entered = np.searchsorted(np.sort(entry), time, side="left") if entry.any() else len(ordered)
    return RiskTable(time, np.asarray(entered - first, dtype=np.int64), counts[:, 1:], counts[:, 0])


def number_at_risk(entry: Floats, exit: Floats, times: Floats) -> Ints:
    """Return how many are at risk at given times: entry < t <= exit.  指定时点的在险人数。

    >>> number_at_risk(np.array([0.0, 2.0]), np.array([2.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [1, 1, 1, 0]
    """
    entered = np.searchsorted(np.sort(entry), times, side="left")
    left = np.searchsorted(np.sort(exit), times, side="left")
    return np.asarray(entered - left, dtype=np.int64)


def probability_limits(
    value: Floats, standard_error: Floats, *, level: float = 0.95, conf_type: ConfType = "log-log"
) -> tuple[Floats, Floats]:
    """Return limits of probabilities, NaN where the value is 0 or 1 or has no standard error.  概率的置信限。

    log-log: p^exp(±z SE / (p ln p)); log: p exp(±z SE / p), at most 1; plain: p ± z SE, within 0-1. Before the first
    event the formulas would give 1 to 1, which is no information: NaN.

    >>> low, high = probability_limits(np.array([1.0, 0.5]), np.array([0.0, 0.1]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([nan, 0.295], [nan, 0.675])
    """
    if conf_type not in CONF_TYPES:
        raise ValueError(f"conf_type {conf_type!r} is not one of {', '.join(CONF_TYPES)}")
    z = normal_quantile(level)
    with np.errstate(all="ignore"):
        if conf_type == "log-log":
            power = np.exp(z * standard_error / (value * np.abs(np.log(value))))
            low, high = value**power, value ** (1 / power)
        elif conf_type == "log":
            factor = np.exp(z * standard_error / value)
            low, high = value / factor, np.minimum(1.0, value * factor)
        else:
            low, high = np.maximum(0.0, value - z * standard_error), np.minimum(1.0, value + z * standard_error)
    known = (value > EDGE) & (value < 1 - EDGE) & np.isfinite(standard_error)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
