"""Aalen-Johansen: the share really seen to relapse, where people also die, leave or are detained.

奥伦-约翰森法：存在死亡、离境、羁押等竞争结局时，实际复吸的累计比例。

Formulas
--------
With S the share without any event, l_j = d_j / n and l = sum of l_j at each time:
F_j(t) = sum over u <= t of S(u-) l_j(u), and sum of F_j + S = 1. Its variance, by the delta method on the multinomial
increments, adds over u <= t
S(u-)^2 l_j (1 - l_j) / n - 2 (F_j(t) - F_j(u)) S(u-) l_j / n + (F_j(t) - F_j(u))^2 l / (n (1 - l)).
Without delayed entry it equals the infinitesimal jackknife of R's survival package.

Sources: Aalen and Johansen, Scand. J. Statist. 5 (1978) 141; Andersen, Borgan, Gill and Keiding, Statistical Models
Based on Counting Processes (1993), section IV.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import refusal
from .risk_sets import THIN, ConfType, RiskTable, checked, probability_limits, risk_table, split
from .survival import step_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .risk_sets import Bools, Floats, Ints

    Strings = NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceCurve:
    """Cumulative incidences of one group over its distinct times of leaving.  一组的累计发生率。"""

    group: int
    start: float
    causes: tuple[int, ...]
    time: Floats  # (T,), ascending
    at_risk: Ints  # (T,)
    events: Ints  # (T, causes)
    censored: Ints  # (T,)
    survival: Floats  # (T,): without any event
    incidence: Floats  # (T, causes)
    standard_error: Floats  # (T, causes)
    low: Floats  # (T, causes); NaN where the incidence is 0 or 1
    high: Floats

    @property
    def thin(self) -> Bools:
        """Where fewer than five are at risk."""
        return np.asarray(self.at_risk < THIN)


@dataclass(frozen=True, slots=True, eq=False)
class AalenJohansen:
    """Cumulative incidences, one set of curves for each group, ascending by code.  各组累计发生率。"""

    curves: tuple[IncidenceCurve, ...]
    causes: tuple[int, ...]
    level: float
    conf_type: ConfType

    @property
    def groups(self) -> tuple[int, ...]:
        """The codes of the groups."""
        return tuple(curve.group for curve in self.curves)


def aalen_johansen(
    entry: ArrayLike | None,
    exit: ArrayLike,
    event: ArrayLike,
    *,
    causes: Sequence[int] | None = None,
    group: ArrayLike | None = None,
    start: float = 0.0,
    level: float = 0.95,
    conf_type: ConfType = "log-log",
) -> AalenJohansen:
    """Return the cumulative incidence of every cause, with standard errors.

    给出各类结局的累计发生率及标准误。

    Parameters
    ----------
    entry, exit : array (n,)
        Times in one unit; ``entry`` None for 0. Risk set: entry < t <= exit.
    event : array (n,)
        0 censored, else the code of a cause.
    causes : sequence of int, optional
        The codes, in the order of the columns; the codes that occur where None. A code that is not among them is refused,
        never dropped.
    group, start, level, conf_type
        As for :func:`~.survival.kaplan_meier`; the limits are of the incidence itself.

    Raises
    ------
    SeriesError
        As :func:`~.survival.kaplan_meier`; an event code that is not among ``causes``.

    Examples
    --------
    >>> aj = aalen_johansen(None, [1, 2, 3, 4, 5, 6], [0, 1, 1, 2, 2, 0])
    >>> aj.curves[0].incidence[-1].round(12).tolist()
    [0.4, 0.4]
    """
    seam = checked(entry, exit, event, group, start=start)
    seen = np.unique(seam.event[seam.event > 0])
    named = np.asarray(seen if causes is None else causes, dtype=np.int64)
    if (named <= 0).any() or len(np.unique(named)) != len(named):
        raise ValueError("causes are distinct codes above 0")
    if strange := int((~np.isin(seam.event, named) & (seam.event != 0)).sum()):
        raise refusal(
            "unknown_event", f"{strange} rows have an event code that is not among the causes.",
            f"有 {strange} 行的结局编码不在所列结局之中。", "Name every cause.", "请列出全部结局。",
        )  # fmt: skip
    kind = np.zeros(max(int(named.max(initial=0)), int(seen.max(initial=0))) + 1, dtype=np.int64)
    kind[named] = np.arange(1, len(named) + 1)
    kinds = kind[seam.event]
    codes = tuple(int(c) for c in named)
    curves = [
        _curve(code, start, codes, risk_table(seam.entry[at], seam.exit[at], kinds[at], kinds=len(codes)), level, conf_type)
        for code, at in split(seam.group)
    ]  # fmt: skip
    return AalenJohansen(tuple(curves), codes, level, conf_type)


def _curve(
    code: int, start: float, causes: tuple[int, ...], table: RiskTable, level: float, conf_type: ConfType
) -> IncidenceCurve:
    n = table.at_risk.astype(float)
    hazard = table.events / n[:, None]
    total = table.events.sum(axis=1) / n
    survival = np.cumprod((n - table.events.sum(axis=1)) / n)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.cumsum(before[:, None] * hazard, axis=0)
    error = np.empty_like(incidence)
    for j in range(len(causes)):
        error[:, j] = np.sqrt(_variance(incidence[:, j], hazard[:, j], total, before, n))
    low, high = probability_limits(incidence, error, level=level, conf_type=conf_type)
    return IncidenceCurve(
        code, start, causes, table.time, table.at_risk, table.events, table.censored, survival,
        incidence, error, low, high,
    )  # fmt: skip


def _variance(incidence: Floats, hazard: Floats, total: Floats, before: Floats, n: Floats) -> Floats:
    """Return the variance of one incidence: the sum over u of the module's formula, its powers of F(t) taken out."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(total < 1, total / (n * (1 - total)), 0.0)  # where nobody is left F no longer moves
    cross = before * hazard / n
    own = np.cumsum(before * cross * (1 - hazard))
    crossed, crossed_f = np.cumsum(cross), np.cumsum(cross * incidence)
    spread_0, spread_1, spread_2 = (np.cumsum(spread * incidence**power) for power in range(3))
    summed = own - 2 * (incidence * crossed - crossed_f)
    summed += incidence * (incidence * spread_0 - 2 * spread_1) + spread_2
    return np.asarray(np.maximum(0.0, summed))


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceAt:
    """Cumulative incidences at given times.  指定时点的累计发生率。

    ``status``: estimated; no_event_yet (0, no limits); beyond_follow_up (NaN); before_start (NaN).
    """

    time: Floats  # (times,)
    incidence: Floats  # (groups, times, causes)
    standard_error: Floats
    low: Floats
    high: Floats
    survival: Floats  # (groups, times): without any event
    status: Strings  # (groups, times, causes)


def incidence_at(aj: AalenJohansen, times: ArrayLike) -> IncidenceAt:
    """Return the cumulative incidences at given times.  指定时点的累计发生率。

    >>> found = incidence_at(aalen_johansen(None, [1, 2, 3, 4, 5, 6], [0, 1, 1, 2, 2, 0]), [3.5, 7])
    >>> found.incidence[0].round(12).tolist(), found.status[0, 0].tolist()
    ([[0.4, 0.0], [nan, nan]], ['estimated', 'no_event_yet'])
    """
    asked = np.atleast_1d(np.asarray(times, dtype=float))
    if not np.isfinite(asked).all():
        raise ValueError("times must be finite")
    columns = []
    for curve in aj.curves:
        survival = step_values(curve.time, curve.survival, asked, before=1.0)
        late = (asked > curve.time[-1]) & (survival > 0)
        early = asked < curve.start
        at = np.searchsorted(curve.time, asked, side="right")
        blank = np.zeros((1, len(curve.causes)))
        parts = [
            np.where((late | early)[:, None], np.nan, np.concatenate([blank + first, values])[at])
            for values, first in (
                (curve.incidence, 0.0), (curve.standard_error, 0.0), (curve.low, np.nan), (curve.high, np.nan)
            )
        ]  # fmt: skip
        status = np.select(
            [early[:, None] & np.isnan(parts[0]), late[:, None] & np.isnan(parts[0]), parts[0] == 0],
            ["before_start", "beyond_follow_up", "no_event_yet"],
            "estimated",
        )
        columns.append((*parts, np.where(late | early, np.nan, survival), status))
    return IncidenceAt(asked, *(np.stack(part) for part in zip(*columns, strict=True)))
