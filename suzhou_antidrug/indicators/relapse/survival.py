"""Kaplan-Meier: the share still abstinent, if nobody left for another reason.

卡普兰-迈耶法：假如无人因其他原因离开，仍保持操守的比例。

Formulas
--------
S(t) = prod (1 - d_i / n_i) over the event times t_i <= t; Greenwood: SE(t) = S(t) sqrt(sum d_i / (n_i (n_i - d_i))).
Risk set: entry < t <= exit. With competing events this is the share had they not existed; the share that is really
seen to relapse is that of :func:`~.competing.aalen_johansen`.

Sources: Kaplan and Meier, JASA 53 (1958) 457; Greenwood, Reports on Public Health 33 (1926) 1; Kalbfleisch and
Prentice, The Statistical Analysis of Failure Time Data (2002), section 1.4 for the limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..intervals.counts import normal_quantile
from .risk_sets import THIN, ConfType, RiskTable, checked, probability_limits, risk_table, split

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .risk_sets import Bools, Floats, Ints

QuantileRule = Literal["midpoint", "first"]
QUANTILE_RULES: tuple[QuantileRule, ...] = ("midpoint", "first")
# S that should be one half is .49999999999999994 or .5000000000000004 after a product: R compares at about this width.
LEVEL_WIDTH = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """One Kaplan-Meier curve: arrays over the distinct times of leaving.  一条生存曲线。"""

    group: int
    start: float
    time: Floats  # (T,), ascending
    at_risk: Ints
    events: Ints
    censored: Ints  # of these, other_events left for another reason
    other_events: Ints
    survival: Floats
    standard_error: Floats  # Greenwood; NaN where the survival is 0
    low: Floats  # NaN before the first event and where the survival is 0
    high: Floats

    @property
    def thin(self) -> Bools:
        """Where fewer than five are at risk: one event there moves the curve by a fifth or more."""
        return np.asarray(self.at_risk < THIN)

    @property
    def later_start(self) -> float:
        """A start after which no event meets fewer than five at risk before the risk set has grown; NaN if none is needed.

        With delayed entry the first risk sets hold few persons, and one event can take the whole curve to 0.
        """
        early = np.flatnonzero(self.thin & (self.events > 0) & (np.arange(len(self.time)) < np.argmax(self.at_risk)))
        return float(self.time[early[-1]]) if early.size else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier:
    """Kaplan-Meier curves, one for each group, ascending by code.  各组生存曲线。"""

    curves: tuple[SurvivalCurve, ...]
    level: float
    conf_type: ConfType
    quantile_rule: QuantileRule

    @property
    def groups(self) -> tuple[int, ...]:
        """The codes of the groups."""
        return tuple(curve.group for curve in self.curves)


def kaplan_meier(
    entry: ArrayLike | None,
    exit: ArrayLike,
    event: ArrayLike,
    *,
    group: ArrayLike | None = None,
    cause: int = 1,
    start: float = 0.0,
    level: float = 0.95,
    conf_type: ConfType = "log-log",
    quantile_rule: QuantileRule = "midpoint",
) -> KaplanMeier:
    """Return Kaplan-Meier curves of spells that may enter late.

    由起止时间估计生存曲线，可延迟进入。

    Parameters
    ----------
    entry, exit : array (n,)
        Times in one unit; ``entry`` None for 0.
    event : array (n,)
        0 censored, ``cause`` the event; every other code counts as leaving (censored) and is reported as such.
    group : array (n,), optional
        Codes from 0; one curve for each.
    start : float
        Curves are conditional on no event until then. Choose a later one where the first risk sets are thin.
    level, conf_type, quantile_rule
        Of the limits; ``"midpoint"`` is R's rule for a median that falls on a level stretch, ``"first"`` the first
        time with S at or below the level.

    Raises
    ------
    SeriesError
        Missing or negative times, exit at or before entry, an event code that is missing or no whole number from 0,
        nobody at risk after ``start``.

    Examples
    --------
    >>> km = kaplan_meier(None, [1, 2, 3, 4], [1, 0, 1, 0])
    >>> km.curves[0].survival.tolist()
    [0.75, 0.75, 0.375, 0.375]
    """
    if quantile_rule not in QUANTILE_RULES:
        raise ValueError(f"quantile_rule {quantile_rule!r} is not one of {', '.join(QUANTILE_RULES)}")
    seam = checked(entry, exit, event, group, start=start)
    kind = np.where(seam.event == cause, 1, np.where(seam.event == 0, 0, 2))
    curves = [
        _curve(code, start, risk_table(seam.entry[at], seam.exit[at], kind[at], kinds=2), level, conf_type)
        for code, at in split(seam.group)
    ]
    return KaplanMeier(tuple(curves), level, conf_type, quantile_rule)


def _curve(code: int, start: float, table: RiskTable, level: float, conf_type: ConfType) -> SurvivalCurve:
    n, d = table.at_risk.astype(float), table.events[:, 0].astype(float)
    survival = np.cumprod((n - d) / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(d / (n * (n - d))))
        error = np.where(survival > 0, survival * spread, np.nan)
    low, high = probability_limits(survival, error, level=level, conf_type=conf_type)
    other = table.events[:, 1]
    return SurvivalCurve(
        code, start, table.time, table.at_risk, table.events[:, 0], table.censored + other, other,
        survival, error, low, high,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalAt:
    """Survival at given times, arrays (groups, times).  指定时点的生存率。

    ``status``: estimated; before_first_event (1, no limits); nobody_left (0, no limits); beyond_follow_up (NaN: the last
    person left before).
    """

    time: Floats  # (times,)
    at_risk: Ints  # at the next time of leaving
    survival: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    status: NDArray[np.str_]


def survival_at(km: KaplanMeier, times: ArrayLike) -> SurvivalAt:
    """Return the survival at given times.  指定时点的生存率。

    >>> found = survival_at(kaplan_meier(None, [1, 2, 3, 4], [1, 0, 1, 0]), [0.5, 3, 5])
    >>> found.survival.tolist(), found.status[0].tolist()
    ([[1.0, 0.375, nan]], ['before_first_event', 'estimated', 'beyond_follow_up'])
    """
    asked = np.atleast_1d(np.asarray(times, dtype=float))
    if not np.isfinite(asked).all():
        raise ValueError("times must be finite")
    rows = [_at(curve, asked) for curve in km.curves]
    at_risk, survival, error, low, high, status = (np.stack(part) for part in zip(*rows, strict=True))
    return SurvivalAt(asked, at_risk, survival, error, low, high, status)


def step_values(time: Floats, values: Floats, asked: Floats, *, before: float) -> Floats:
    """Return a right-continuous step function at given times, ``before`` its first step.  阶梯函数取值。"""
    return np.concatenate([[before], values])[np.searchsorted(time, asked, side="right")]


def _at(curve: SurvivalCurve, asked: Floats) -> tuple[NDArray[np.generic], ...]:
    survival = step_values(curve.time, curve.survival, asked, before=1.0)
    survival = np.where(asked < curve.start, np.nan, survival)
    beyond = (asked > curve.time[-1]) & (survival > 0)
    status = np.select(
        [np.isnan(survival), beyond, survival == 1, survival == 0],
        ["before_start", "beyond_follow_up", "before_first_event", "nobody_left"],
        "estimated",
    )
    unknown = beyond | np.isnan(survival)
    columns = (
        np.where(unknown, np.nan, step_values(curve.time, values, asked, before=first))
        for values, first in ((curve.standard_error, 0.0), (curve.low, np.nan), (curve.high, np.nan))
    )
    at_risk = np.append(curve.at_risk, 0)[np.searchsorted(curve.time, asked, side="left")]
    return (at_risk, np.where(unknown, np.nan, survival), *columns, status)


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalQuantiles:
    """The time at which a share has had the event, arrays (groups,).  达到某一比例的时间。

    A time that the curve does not reach is NaN with the status ``not_reached``, never infinity.
    """

    probability: float
    time: Floats
    low: Floats  # where the lower limit of S crosses the level
    high: Floats
    status: tuple[str, ...]  # of time: reached | not_reached
    low_status: tuple[str, ...]
    high_status: tuple[str, ...]
    rule: QuantileRule


def quantile(km: KaplanMeier, probability: float = 0.5) -> SurvivalQuantiles:
    """Return the time by which ``probability`` have had the event; 0.5 gives the median.

    事件累计比例达到 probability 的时间；0.5 即中位数。

    The level is S = 1 - probability. The first time with S at or below it; by the rule ``midpoint``, where S lies on the
    level within 1e-9, the middle of that level stretch (to the last time, where the curve ends on it), which is what R's
    survival package returns. The limits are those times for the limits of S.

    >>> found = quantile(kaplan_meier(None, [1, 2, 3, 4], [1, 1, 1, 0]), 0.5)
    >>> found.time.tolist(), found.high_status
    ([2.5], ('not_reached',))
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability must lie between 0 and 1, got {probability}")
    line = 1 - probability
    found = np.array(
        [
            [_crossing(c.time, values, line, km.quantile_rule) for values in (c.survival, c.low, c.high)]
            for c in km.curves
        ]
    )
    words = np.where(np.isnan(found), "not_reached", "reached")
    status, low, high = (tuple(str(word) for word in words[:, n]) for n in range(3))
    return SurvivalQuantiles(probability, found[:, 0], found[:, 1], found[:, 2], status, low, high, km.quantile_rule)


def _crossing(time: Floats, values: Floats, line: float, rule: QuantileRule) -> float:
    reached = np.flatnonzero(values <= line + LEVEL_WIDTH)
    if not reached.size:
        return float("nan")
    first = reached[0]
    if rule == "first" or values[first] < line - LEVEL_WIDTH:
        return float(time[first])
    below = np.flatnonzero(values < line - LEVEL_WIDTH)
    return float(time[first] + (time[below[0]] if below.size else time[-1])) / 2


@dataclass(frozen=True, slots=True, eq=False)
class RestrictedMeans:
    """Mean time without the event within a horizon, arrays (groups,).  限定期限内的平均无事件时间。

    ``status``: estimated; no_events (SE is NaN: nothing to estimate it from); beyond_follow_up (NaN: the curve ends
    above 0 before the horizon).
    """

    horizon: float
    mean: Floats  # from the start of the curve
    standard_error: Floats
    low: Floats
    high: Floats
    status: tuple[str, ...]


def restricted_mean(km: KaplanMeier, horizon: float) -> RestrictedMeans:
    """Return the mean time without the event within a horizon: the area under S up to it.

    限定期限内的平均无事件时间，即生存曲线下面积。

    SE^2 = sum over event times t_i <= horizon of A_i^2 d_i / (n_i (n_i - d_i)), A_i the area from t_i to the horizon.
    Source: Klein and Moeschberger, Survival Analysis (2003), section 4.5.

    >>> found = restricted_mean(kaplan_meier(None, [1, 2, 3, 4], [1, 0, 1, 0]), 4)
    >>> found.mean.tolist(), found.standard_error.round(4).tolist()
    ([2.875], [0.6027])
    """
    rows = [_area(curve, horizon) for curve in km.curves]
    mean = np.array([row[0] for row in rows])
    error = np.array([row[1] for row in rows])
    half = normal_quantile(km.level) * error
    longest = horizon - np.array([curve.start for curve in km.curves])
    return RestrictedMeans(
        horizon, mean, error, np.maximum(0.0, mean - half), np.minimum(longest, mean + half), tuple(r[2] for r in rows)
    )


def _area(curve: SurvivalCurve, horizon: float) -> tuple[float, float, str]:
    if not np.isfinite(horizon) or horizon <= curve.start:
        raise ValueError(f"horizon must be finite and after the start {curve.start:g}, got {horizon}")
    nan = float("nan")
    if horizon > curve.time[-1] and curve.survival[-1] > 0:
        return nan, nan, "beyond_follow_up"
    within = curve.time <= horizon
    edges = np.concatenate([[curve.start], curve.time[within], [horizon]])
    pieces = np.concatenate([[1.0], curve.survival[within]]) * np.diff(edges)
    n, d = curve.at_risk[within].astype(float), curve.events[within].astype(float)
    if not d.any():
        return float(pieces.sum()), nan, "no_events"
    rest = np.cumsum(pieces[::-1])[::-1][1:]  # area from each time to the horizon
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(n > d, d / (n * (n - d)), 0.0)  # where all have the event nothing is left: the area is 0
    return float(pieces.sum()), float(np.sqrt(np.sum(rest**2 * terms))), "estimated"
