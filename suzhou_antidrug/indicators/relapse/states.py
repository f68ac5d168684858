"""Aalen-Johansen for several states: in the community, relapsed, detained, back again.

多状态的奥伦-约翰森法：在社区、复吸、收治、再返回。

P(t) = product over the transition times u <= t of (I + dA(u)), dA_rs(u) = transitions from r to s at u over the number
in r at risk at u, each row of dA adding to 0.

Sources: Aalen and Johansen, Scand. J. Statist. 5 (1978) 141; Datta and Satten, Statist. Probab. Lett. 55 (2001) 403:
the shares in each state need no Markov property.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from ...returns.cleaning import Words
from .risk_sets import Where, checked, number_at_risk, running_maximum

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .risk_sets import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class StateProbabilities:
    """Shares in each state after each time of a transition.  各转移时点后处于各状态的比例。"""

    time: Floats  # (T,), ascending
    probability: Floats  # (T, states): 0 the state of entry, then the codes of ``to``
    at_risk: Ints  # (T, states), just before the transitions
    transitions: Ints  # (T, states, states)


_OVERLAP = Words(
    "overlap with another spell of the same person", "与同一人的另一段时间重叠",
    "One person is at one place at a time: correct the dates or join the spells.", "同一人同一时间只能有一段：请更正日期或合并。",
)  # fmt: skip


def overlapping(person: Ints, entry: Floats, exit: Floats) -> Bools:
    """Return which spells begin before an earlier spell of the same person ends.  同一人重叠的时间段。

    >>> overlapping(np.array([1, 1, 2]), np.array([0.0, 2.0, 0.0]), np.array([3.0, 4.0, 9.0])).tolist()
    [False, True, False]
    """
    order = np.lexsort((exit, entry, person))
    whose = np.cumsum(np.concatenate([[False], person[order][1:] != person[order][:-1]]))
    latest = running_maximum(exit[order], whose)
    found = np.zeros(len(person), dtype=bool)
    found[order[1:]] = (whose[1:] == whose[:-1]) & (entry[order][1:] < latest[:-1])
    return found


def overlap_problems(person: Ints, entry: Floats, exit: Floats, where: Where) -> list[Problem]:
    """Return the problem of overlapping spells.  时间段重叠的问题。"""
    return where.problem(overlapping(person, entry, exit), "overlap", _OVERLAP)


def state_probabilities(person: ArrayLike, entry: ArrayLike, exit: ArrayLike, to: ArrayLike) -> StateProbabilities:
    """Return the share of a cohort in each state over time; all start in state 0, whenever they enter.

    给出队列在各时点处于各状态的比例；所有人从状态 0 开始。

    Parameters
    ----------
    person : array (n,)
        Codes; a person's spells (entry, exit] follow each other and may leave gaps.
    to : array (n,)
        The state entered at ``exit``: 1, 2, ...; 0 for none (censored, or the spell goes on in the next row).

    Raises
    ------
    SeriesError
        Times that cannot be, codes that are no whole numbers from 0, overlapping spells of one person.

    Standard errors are not given: with spells of one person depending on each other they need a resampling of persons.

    Examples
    --------
    >>> found = state_probabilities([1, 1, 2], [0, 2, 0], [2, 4, 3], [1, 2, 2])
    >>> found.time.tolist(), found.probability[-1].tolist()
    ([2.0, 3.0, 4.0], [0.0, 0.0, 1.0])
    """
    seam = checked(entry, exit, to, person)
    if problems := overlap_problems(seam.group, seam.entry, seam.exit, Where()):
        raise SeriesError(problems)
    order = np.lexsort((seam.entry, seam.group))
    who, enters, leaves, goes = seam.group[order], seam.entry[order], seam.exit[order], seam.event[order]
    state = _state_of(who, goes)
    size = int(max(goes.max(), 0)) + 1
    moves = goes > 0
    time, at = np.unique(leaves[moves], return_inverse=True)
    cell = (at * size + state[moves]) * size + goes[moves]
    counts = np.bincount(cell, minlength=len(time) * size * size).reshape(len(time), size, size)
    at_risk = np.stack(
        [number_at_risk(enters[state == s], leaves[state == s], time) for s in range(size)], axis=1
    ).reshape(len(time), size)
    step = counts / np.maximum(at_risk, 1)[:, :, None]
    diagonal = np.arange(size)
    step[:, diagonal, diagonal] = 0.0
    step[:, diagonal, diagonal] = 1 - step.sum(axis=2)
    probability = _running_products(step)[:, 0, :] if len(time) else np.empty((0, size))
    return StateProbabilities(time, probability, at_risk, counts)


def _state_of(person: Ints, to: Ints) -> Ints:
    """Return the state in which each spell is lived: the last one entered by the same person before, else 0."""
    position = np.arange(len(to))
    first = np.concatenate([[True], person[1:] != person[:-1]])
    begin = np.maximum.accumulate(np.where(first, position, 0))
    before = np.concatenate(
        [[0], np.maximum.accumulate(np.where(to > 0, position + 1, 0))[:-1]]
    )  # one past the last move
    return np.where(before > begin, to[before - 1], 0)


def _running_products(matrices: Floats) -> Floats:
    """Return the products of the first 1, 2, ... matrices, shape (T, k, k), halving the length at each turn."""
    if len(matrices) == 1:
        return matrices
    even = len(matrices) // 2 * 2
    pairs = _running_products(matrices[0:even:2] @ matrices[1:even:2])
    out = np.empty_like(matrices)
    out[0] = matrices[0]
    out[1:even:2] = pairs
    out[2::2] = pairs[: (len(matrices) - 1) // 2] @ matrices[2::2]
    return out
