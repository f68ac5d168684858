"""How many of a cohort stay abstinent: what is really seen, and what would be seen if nobody left.

队列中有多少人保持操守：实际所见，以及假如无人离开时所见。

The headline is the cumulative incidence of relapse beside death, departure and the other ends (Aalen-Johansen). The
Kaplan-Meier curve stands beside it under its right name, "if nobody left": as a share of the cohort it is biased upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...disclosure import MINIMUM, rule_text
from ...errors import refusal
from ...provenance import Made, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Judgement
from .compare_groups import GroupTest, log_rank
from .competing import AalenJohansen, aalen_johansen, incidence_at
from .gray import gray_test
from .risk_sets import THIN
from .spells import ENDS, UNITS, Spells
from .survival import KaplanMeier, QuantileRule, kaplan_meier, quantile, restricted_mean, survival_at

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

METHOD = "Aalen-Johansen with Kaplan-Meier beside it"
TIMES = {"days": (365, 730, 1095), "weeks": (52, 104, 156), "months": (12, 24, 36), "years": (1, 2, 3)}


@dataclass(frozen=True, slots=True, eq=False)
class Abstinence(Result):
    """Relapse and abstinence of a cohort over time, by group.  队列的复吸与操守。

    ``km`` and ``aj`` hold the curves of ``groups`` in order. Where a group is small or has had few relapses by a time, its
    figures there are hidden in :attr:`frame` and in figures.
    """

    event: str
    events: tuple[str, ...]
    group: str
    groups: tuple[str, ...]
    times: tuple[float, ...]
    horizon: float
    unit: str
    km: KaplanMeier
    aj: AalenJohansen
    persons: tuple[int, ...]
    ended: np.ndarray  # (groups, times, events): persons, by each time
    difference_of_shares: GroupTest | None  # Gray
    difference_of_rates: GroupTest | None  # log-rank
    minimum: int
    judgement: Judgement | None
    made: Made

    def _hidden(self) -> np.ndarray:
        """Where a figure rests on a small number, (groups, times, events): those who ended so by then, or the rest."""
        if not self.group or self.minimum <= 1:
            return np.zeros(self.ended.shape, dtype=bool)
        persons = np.array(self.persons)[:, None, None]
        small = (self.ended > 0) & (self.ended < self.minimum)
        hidden: np.ndarray = (
            small | ((persons - self.ended > 0) & (persons - self.ended < self.minimum)) | (persons < self.minimum)
        )
        return hidden

    @property
    def hidden_groups(self) -> tuple[bool, ...]:
        """Which curves are not drawn: any of their figures is hidden."""
        return tuple(bool(row.any()) for row in self._hidden()[:, :, self.events.index(self.event)])

    @property
    def frame(self) -> pd.DataFrame:
        """One group and time a row: at_risk, relapse with limits, each other end, abstinent, if_nobody_left, status."""
        import pandas as pd

        found, alone = incidence_at(self.aj, self.times), survival_at(self.km, self.times)
        cause = self.events.index(self.event)
        hidden = self._hidden()
        parts = []
        for g, name in enumerate(self.groups):
            own: dict[str, Any] = {
                "group": name, "time": self.times, "at_risk": alone.at_risk[g].astype(float),
                "relapse": found.incidence[g, :, cause], "low": found.low[g, :, cause], "high": found.high[g, :, cause],
            }  # fmt: skip
            others = {end: k for k, end in enumerate(self.events) if k != cause}
            own |= {end: np.where(hidden[g, :, k], np.nan, found.incidence[g, :, k]) for end, k in others.items()}
            own |= {
                "abstinent": found.survival[g], "if_nobody_left": alone.survival[g], "if_nobody_left_low": alone.low[g],
                "if_nobody_left_high": alone.high[g],
            }  # fmt: skip
            table = pd.DataFrame(own)
            # One hidden end could be had back from the shares that add to one.
            table["abstinent"] = table["abstinent"].mask(hidden[g].any(axis=1))
            gone = hidden[g, :, cause]
            numbers = [c for c in table.columns if c not in ("group", "time")]
            table[numbers] = table[numbers].mask(gone[:, None] & np.ones(len(numbers), dtype=bool))
            table["at_risk"] = table["at_risk"].mask(
                (table["at_risk"] > 0) & (table["at_risk"] < self.minimum) & bool(self.group)
            )
            table["thin"] = (alone.at_risk[g] < THIN) & ~gone
            table["status"] = np.where(gone, "suppressed", found.status[g, :, cause])
            parts.append(table)
        return pd.concat(parts, ignore_index=True)

    @property
    def months_gained(self) -> pd.DataFrame:
        """Mean time abstinent within the horizon if nobody left, by group, with limits; hidden where the group is."""
        import pandas as pd

        means = restricted_mean(self.km, self.horizon)
        table = pd.DataFrame({
            "group": self.groups, "mean": means.mean, "standard_error": means.standard_error, "low": means.low,
            "high": means.high, "status": means.status,
        })  # fmt: skip
        gone = np.array(self.hidden_groups)
        table[["mean", "standard_error", "low", "high"]] = table[["mean", "standard_error", "low", "high"]].mask(
            gone[:, None] & np.ones(4, dtype=bool)
        )
        table["status"] = table["status"].mask(gone, "suppressed")
        return table

    def _others(self) -> Text:
        names = [ENDS.get(e, Text(e, e)) for e in self.events if e != self.event]
        if not names:
            return Text("未声明", "none declared")
        return Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))

    def explain(self) -> Explanation:
        """The headline at each time, what competes, the tests, and how the curve is to be read."""
        frame, unit = self.frame, UNITS[self.unit]
        lines = [
            line("人数", "persons", str(sum(self.persons))),
            line("竞争结局", "competing ends", self._others()),
        ]  # fmt: skip
        for row in frame[frame["group"] == self.groups[0]].itertuples():
            shown = (
                str(row.status) if row.status != "estimated" else f"{row.relapse:.1%} ({row.low:.1%}-{row.high:.1%})"
            )
            name = f"{self.groups[0]} " if self.group else ""
            lines.append(
                line(f"{name}{row.time:g}{unit.zh}内复吸", f"{name}relapse within {row.time:g} {unit.en}", shown)
            )
        median = quantile(self.km)
        rule = {"midpoint": Text("S恰为½时取平台中点（R的约定）", "middle of the level stretch at S = 1/2 (R)"),
                "first": Text("取首个S不高于½的时点", "first time with S at or below 1/2")}[median.rule]  # fmt: skip
        if not any(self.hidden_groups):
            zh, en = ("、".join("未达到" if np.isnan(t) else f"{t:g}{unit.zh}" for t in median.time),
                      ", ".join("not reached" if np.isnan(t) else f"{t:g} {unit.en}" for t in median.time))  # fmt: skip
            label_zh, label_en = "中位操守时间（若无人离开）", "median time abstinent (if nobody left)"
            lines.append(line(label_zh, label_en, Text(f"{zh}；{rule.zh}", f"{en}; {rule.en}")))
        for test, zh, en in (
            (self.difference_of_shares, "各组复吸比例之差（格雷检验）", "shares differ (Gray)"),
            (self.difference_of_rates, "各组复吸率之差（对数秩检验）", "rates differ (log-rank)"),
        ):  # fmt: skip
            if test is not None:
                lines.append(line(zh, en, test.reason if test.status != "tested" else f"chi2 {test.statistic:.3g}, df {test.degrees}, p {test.p_value:.3g}"))  # fmt: skip
        if self.judgement is not None:
            lines.append(line("评判", "verdict", Text(f"{self.judgement.verdict.text.zh}：{self.judgement.reason.zh}", f"{self.judgement.verdict.text.en}: {self.judgement.reason.en}")))  # fmt: skip
        lines.append(line("读法", "reading", Text(
            "复吸比例以全队列为分母，死亡、离境者计入分母；卡普兰-迈耶曲线只回答“假如无人离开”",
            "relapse is a share of the whole cohort, the dead and the departed included; Kaplan-Meier answers only: if nobody left")))  # fmt: skip
        if self.group and self.minimum > 1:
            lines.append(line("小数抑制", "small numbers", rule_text(self.minimum)))
        lines.append(line("数据状态", "status", self.made.status.text))
        return Explanation(Text("复吸与操守", "Relapse and abstinence"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the share not relapsed with the numbers at risk below.  绘制操守曲线及在险人数。"""
        from .plots import plot_abstinence

        return plot_abstinence(self, ax, language=language)

    def plot_ends(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw what became of the cohort: a stack of all ends, first group.  绘制各结局的累计构成。"""
        from .plots import plot_ends

        return plot_ends(self, ax, language=language)


def measure_abstinence(
    spells: Spells,
    *,
    event: str = "relapse",
    by: str | None = None,
    times: Sequence[float] | None = None,
    horizon: float | None = None,
    start: float = 0.0,
    level: float = 0.95,
    quantile_rule: QuantileRule = "midpoint",
    minimum: int = MINIMUM,
) -> Abstinence:
    """Return relapse of a cohort over time, up to each person's first event, with the other ends competing.

    计算队列随时间的复吸与操守(截至每人首次结局)，其他结局作为竞争。

    Parameters
    ----------
    spells : Spells
        Checked spells of persons.
    event : str
        The event measured; every other one competes.
    by : str, optional
        A group column: one curve for each label, and tests of difference.
    times, horizon : optional
        Times to report, and the horizon of the mean; one, two and three years by default, the third for the horizon.
    start : float
        Begin there, given no event before: where late entry leaves the first risk sets thin.
    minimum : int
        Figures of a group that rest on fewer relapses, or fewer persons without, are hidden. 1 hides nothing.

    Raises
    ------
    UnknownNameError
        An event or group that does not exist.
    SeriesError
        Nobody at risk.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"who": range(6), "months": [1, 2, 3, 4, 5, 6], "end": [0, 1, 1, 2, 2, 0]})
    >>> spells = Spells.from_frame(table, person="who", exit="months", event="end",
    ...                            event_codes={0: "censored", 1: "relapse", 2: "death"})
    >>> found = measure_abstinence(spells, times=[3.5], horizon=5)
    >>> found.frame[["relapse", "if_nobody_left"]].round(3).values.tolist()
    [[0.4, 0.6]]
    """
    cause = spells.code_of(event)
    first = spells.to_first_event()
    grouping = first.grouping(by)
    if not len(first):
        raise refusal("nobody_at_risk", "nobody is at risk.", "无人在险。")
    asked = tuple(float(t) for t in (times if times is not None else TIMES[spells.unit]))
    codes = grouping.codes
    km = kaplan_meier(first.entry, first.exit, first.event, group=codes, cause=cause, start=start, level=level, quantile_rule=quantile_rule)  # fmt: skip
    aj = aalen_johansen(first.entry, first.exit, first.event, group=codes, causes=range(1, len(first.events) + 1), start=start, level=level)  # fmt: skip
    names = tuple(grouping.labels[g] for g in km.groups)
    size = len(first.events) + 1
    cells, groups = len(grouping.labels) * size, list(km.groups)
    by_time = [np.bincount((codes * size + first.event)[first.exit <= t], minlength=cells) for t in asked]
    ended = np.stack(by_time).reshape(len(asked), -1, size).transpose(1, 0, 2)[groups, :, 1:]
    later = first.exit > start
    pairs = np.unique(np.stack([codes[later], first.person[later]]), axis=1)
    persons = tuple(np.bincount(pairs[0], minlength=len(grouping.labels))[groups].tolist())
    several = by is not None and len(km.groups) > 1
    rates = log_rank(first.entry, first.exit, first.event, codes, cause=cause, start=start) if several else None
    shares = (
        gray_test(first.exit, first.event, codes, cause=cause)
        if several and not first.entry.any() and start == 0
        else None
    )
    made = Made(METHOD, first.made.status, fingerprint(f"{first.made.fingerprint}|{event}|{by}|{start}"))
    return Abstinence(
        event, first.events, by or "", names, asked, float(horizon if horizon is not None else asked[-1]), spells.unit,
        km, aj, persons, ended, shares, rates, minimum, first.judgement, made,
    )  # fmt: skip
