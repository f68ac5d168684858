"""Repeated relapses: how many on average by a time.

反复复吸：截至某时的人均次数。

Formulas
--------
Mean cumulative function (Nelson-Aalen over all episodes): M(t) = sum over event times of d / Y, Y the number at risk,
entry < t <= exit. Its variance adds up over persons: Var M(t) = sum over persons of psi(t)^2,
psi(t) = sum of [events of the person - at risk * d / Y] / Y, so that relapses of one person need not be independent.

Sources: Nelson, J. Quality Technology 27 (1995) 147; Lawless and Nadeau, Technometrics 37 (1995) 158.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import SeriesError, refusal
from ...provenance import Made, Status
from ...results import Explanation, Result, line
from ...terms import Text
from ..intervals.counts import normal_quantile
from .hazards import data_print, person_codes
from .partial_likelihood import RiskSets
from .risk_sets import THIN, Where, checked
from .states import overlap_problems

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from .risk_sets import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Rows of persons in the order of their time, with the episode of each.  按人按时排序的各段经历。"""

    order: Ints  # (n,) positions in the data
    person: Ints  # (n,) codes from 0, ascending
    entry: Floats
    exit: Floats
    event: Ints  # 0 or 1
    episode: Ints  # 1 + the relapses of the person before the row
    first: Ints  # (persons,) where each person's rows begin


def histories(
    entry: ArrayLike | None, exit: ArrayLike, event: ArrayLike, person: ArrayLike, *, cause: int = 1
) -> Histories:
    """Return checked rows of persons; refuse rows of one person that overlap.  核对并排序各人的经历。

    >>> found = histories([0, 3, 0], [3, 5, 4], [1, 0, 0], [7, 7, 9])
    >>> found.episode.tolist(), found.first.tolist()
    ([1, 2, 1], [0, 2])
    """
    seam = checked(entry, exit, event)
    codes = person_codes(person, len(seam))
    if problems := overlap_problems(codes, seam.entry, seam.exit, Where()):
        raise SeriesError(problems)
    order = np.lexsort((seam.entry, codes))
    whose, enters, leaves = codes[order], seam.entry[order], seam.exit[order]
    happened = (seam.event[order] == cause).astype(np.int64)
    first = np.flatnonzero(np.concatenate([[True], whose[1:] != whose[:-1]]))
    before = np.cumsum(happened) - happened
    return Histories(order, whose, enters, leaves, happened, 1 + before - before[first][whose], first)


@dataclass(frozen=True, slots=True, eq=False)
class MeanCumulative(Result):
    """Mean number of relapses by a time, arrays over groups and event times.  截至某时的人均复吸次数。"""

    group: Ints
    time: Floats
    at_risk: Ints
    events: Ints
    mean: Floats  # relapses a person
    se: Floats
    last_seen: dict[int, float]  # the last time of leaving of each group
    persons: dict[int, int]
    level: float
    made: Made

    @property
    def low(self) -> Floats:
        """Lower limit, on the log scale."""
        return np.asarray(self.mean * np.exp(-normal_quantile(self.level) * self.se / self.mean))

    @property
    def high(self) -> Floats:
        """Upper limit, on the log scale."""
        return np.asarray(self.mean * np.exp(normal_quantile(self.level) * self.se / self.mean))

    @property
    def frame(self) -> pd.DataFrame:
        """One event time a row: group, time, at_risk, thin, events, mean, se, low, high."""
        import pandas as pd

        columns = ("group", "time", "at_risk", "events", "mean", "se", "low", "high")
        frame = pd.DataFrame({name: getattr(self, name) for name in columns})
        frame.insert(3, "thin", self.at_risk < THIN)
        return frame

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """Return the mean at given times, one group and time a row.  指定时点的人均次数。

        ``status``: estimated; no_event_yet (0, no limits); beyond_follow_up (NaN).
        """
        import pandas as pd

        asked = np.atleast_1d(np.asarray(times, dtype=float))
        parts = []
        for code, last in self.last_seen.items():
            mine = self.group == code
            index = np.searchsorted(self.time[mine], asked, side="right")
            beyond, none = asked > last, index == 0
            columns = {
                name: np.where(beyond, np.nan, np.concatenate([[start], getattr(self, name)[mine]])[index])
                for name, start in (("mean", 0.0), ("se", np.nan), ("low", np.nan), ("high", np.nan))
            }
            state = np.select([beyond, none], ["beyond_follow_up", "no_event_yet"], "estimated")
            parts.append(pd.DataFrame({"group": code, "time": asked, **columns, "status": state}))
        return pd.concat(parts, ignore_index=True)

    def explain(self) -> Explanation:
        """Formula, counts and the limits of the curve."""
        left = Text(
            "死亡、离境等之后不再在险：曲线描述仍在观察者，不是全体",
            "after death or departure a person is no longer at risk: the curve is about those still observed",
        )
        return Explanation(
            Text("人均累计复吸次数", "Mean cumulative number of relapses"),
            (
                line("公式", "formula", "M(t) = sum d / Y, entry < t <= exit"),
                line(
                    "标准误",
                    "standard error",
                    Text("按人汇总(无穷小刀切)", "summed by person (infinitesimal jackknife)"),
                ),
                line("人数", "persons", str(sum(self.persons.values()))),
                line("事件", "events", str(int(self.events.sum()))),
                line("在险不足 5 人的时点", "times with fewer than 5 at risk", str(int((self.at_risk < THIN).sum()))),
                line("注意", "note", left),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the curves with their bands.  绘制曲线与区间。"""
        from .plots import plot_mean_cumulative

        return plot_mean_cumulative(self, ax, language=language)


def mean_cumulative(
    entry: ArrayLike | None,
    exit: ArrayLike,
    event: ArrayLike,
    person: ArrayLike,
    *,
    group: ArrayLike | None = None,
    cause: int = 1,
    level: float = 0.95,
    status: Status | str = Status.COMPUTED,
) -> MeanCumulative:
    """Return the mean cumulative number of relapses of persons with start-stop rows.

    由起止时间估计人均累计复吸次数。

    Parameters
    ----------
    entry, exit, event, person : array (n,)
        As in :func:`~.hazards.fit_cox`; rows of a person do not overlap and may leave gaps, in which it is not at risk.
    group : array (n,), optional
        Codes from 0, one curve for each; a person belongs to one group.

    Raises
    ------
    SeriesError
        Times that cannot be used, overlapping rows, a person in two groups, no event.

    Examples
    --------
    >>> found = mean_cumulative([0, 3, 0], [3, 5, 4], [1, 1, 0], [7, 7, 9])
    >>> found.mean.tolist(), found.at([1, 4]).status.tolist()
    ([0.5, 1.5], ['no_event_yet', 'estimated'])
    """
    rows = histories(entry, exit, event, person, cause=cause)
    normal_quantile(level)
    groups = np.zeros(len(rows.order), dtype=np.int64) if group is None else checked(entry, exit, event, group).group
    groups = groups[rows.order]
    if (groups != groups[rows.first][rows.person]).any():
        raise refusal(
            "two_groups",
            "a person is in two groups.",
            "有人同时属于两组。",
            "Give one group a person.",
            "每人只属一组。",
        )
    if not rows.event.any():
        raise refusal(
            "no_events", "there is no event.", "没有事件。", "Report the upper limit of a rate.", "请改报率的上限。"
        )
    sets = RiskSets.of(np.zeros((len(groups), 1)), rows.entry, rows.exit, rows.event, groups, ties="breslow")
    at_risk = sets.sums(np.ones(len(sets.first)))
    events = np.bincount(sets.key, minlength=len(sets.time)).astype(float)
    codes, kept_groups = np.unique(groups), groups[sets.kept]
    key_group = kept_groups[sets.row[np.searchsorted(sets.key, np.arange(len(events)))]]
    starts = np.searchsorted(key_group, key_group)
    totals = np.cumsum(events / at_risk)
    mean = totals - np.concatenate([[0.0], totals])[starts]
    variance = np.cumsum(_variance_steps(sets, rows.person[sets.kept], at_risk, events))
    se = np.sqrt(np.maximum(variance - np.concatenate([[0.0], variance])[starts], 0.0))
    last = {int(code): float(rows.exit[groups == code].max()) for code in codes}
    persons = {int(code): int((groups[rows.first] == code).sum()) for code in codes}
    made = Made("mean cumulative function", Status(status), data_print(entry, exit, event, person, group))
    return MeanCumulative(
        key_group, sets.time, np.rint(at_risk).astype(np.int64), events.astype(np.int64), mean, se, last, persons, level, made
    )  # fmt: skip


def _variance_steps(sets: RiskSets, person: Ints, at_risk: Floats, events: Floats) -> Floats:
    """Return by how much the sum of psi^2 grows at each key, without a table of persons by times.

    At key k psi of person i grows by D = (e - y h) / Y, e its event, y whether at risk, h = d / Y. With A the running sum
    of h / Y, psi before k of somebody at risk in a row is c - A(k - 1), c fixed for the row: so sum 2 psi D + D^2 needs
    only sums of c over risk sets and over events.
    """
    hazard = events / at_risk
    drift = np.concatenate([[0.0], np.cumsum(hazard / at_risk)])
    own = np.zeros(len(person))
    own[sets.row] = 1 / at_risk[sets.key]
    change = own - (drift[sets.last] - drift[sets.first])
    running = np.cumsum(change) - change  # rows stand in the order of person and time
    base = running - running[np.searchsorted(person, person)] + drift[sets.first]
    past = drift[:-1]
    with_event = sets.by_key(base[sets.row]) - past * events
    with_risk = sets.sums(base) - past * at_risk
    return np.asarray(2 * (with_event - hazard * with_risk) / at_risk + events * (1 - hazard) / at_risk**2)
