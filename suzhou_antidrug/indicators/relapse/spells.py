"""Spells of persons: when each was at risk, and how it ended. Checked whole, held without names, never shown row by row.

个人时间段：何时在险、如何终止。整体核对，不留身份，绝不逐行显示。

A cohort needs a closed definition: who enters and when, where the clock starts, when observation ends, and which other
ends compete with relapse. The table holds the times that follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...disclosure import MINIMUM, suppress_small
from ...errors import Problem, SeriesError, UnknownNameError, refusal, unknown_name
from ...provenance import Made, Status
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Judgement, Verdict
from .risk_sets import Where, time_problems
from .spell_checks import (
    CENSORED,
    Grouping,
    event_codes_of,
    frame_marks,
    grouping_of,
    numbers,
    person_codes_of,
    spells_print,
)
from .states import overlap_problems

if TYPE_CHECKING:
    import pandas as pd

    from .risk_sets import Bools, Floats, Ints

Unit = Literal["days", "weeks", "months", "years"]
UNITS: dict[str, Text] = {
    "days": Text("天", "days"), "weeks": Text("周", "weeks"), "months": Text("个月", "months"), "years": Text("年", "years"),
}  # fmt: skip
# Names of ends that are shown in both languages; any other name is shown as given.
ENDS: dict[str, Text] = {
    "relapse": Text("复吸", "relapse"), "death": Text("死亡", "death"), "departure": Text("离境", "departure"),
    "detention": Text("因其他原因被羁押", "detained for another cause"), "transfer": Text("转出", "transfer"),
}  # fmt: skip
METHOD = "spells of persons, checked"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spells(Result):
    """Checked spells of persons under codes of our own; the identifiers handed in are not kept.

    经核对的个人时间段，以本库自编代码标识，不保留原标识。

    ``event`` is 0 for censored, else 1 + its position in ``events``. ``frame`` counts; the rows are given out only by
    :meth:`rows`, and no representation shows one.

    >>> import suzhou_antidrug as sa
    >>> spells = sa.make_synthetic_spells()
    >>> spells.events[0], spells.unit
    ('relapse', 'months')
    """

    person: Ints  # (n,), from 0
    entry: Floats
    exit: Floats
    event: Ints
    events: tuple[str, ...]
    groups: Mapping[str, Grouping]
    unit: Unit
    made: Made

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        person: str,
        exit: str,
        event: str,
        event_codes: Mapping[Any, str],
        entry: str | None = None,
        groups: Sequence[str] = (),
        unit: Unit = "months",
        status: Status | str = Status.REPORTED,
    ) -> Spells:
        """Return the spells in a data frame, or refuse it whole.

        由数据框建立个人时间段表；有一处不合规定即整体拒收。

        Parameters
        ----------
        person, exit, event, entry : str
            Names of columns: a pseudonym, the end of the spell, how it ended, and its start (0 where None). Times are
            numbers of ``unit`` since the start of the clock; at risk is entry < t <= exit.
        event_codes : mapping
            From each code in the column ``event`` to its name; the name ``"censored"`` is for follow-up that just ends.
            The order of the other names is kept; several codes may share a name.
        groups : sequence of str
            Columns to compare by, at most 100 labels each.

        Raises
        ------
        SeriesError
            All problems at once, by counts and positions: marks of persons (names, identity or mobile numbers) anywhere
            in the frame; missing or negative times, exit before entry, no time at all; a missing or unknown event;
            overlapping spells of one person; an empty cohort.
        UnknownNameError
            A column or a unit that does not exist.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"pseudonym": ["a", "b", "c"], "months": [3.0, 8.0, 12.0], "end": [1, 2, 0]})
        >>> spells = Spells.from_frame(
        ...     table, person="pseudonym", exit="months", event="end",
        ...     event_codes={0: "censored", 1: "relapse", 2: "death"},
        ... )
        >>> spells
        Spells(3 spells of 3 persons, 23 months; relapse 1, death 1, censored 1)
        """
        if marks := frame_marks(frame):
            raise SeriesError(marks)
        columns = [person, exit, event, *([] if entry is None else [entry]), *groups]
        labels = [str(c) for c in frame.columns]
        for name in columns:
            if labels.count(name) != 1:
                raise (
                    UnknownNameError(unknown_name("column", "列", name, labels))
                    if name not in labels
                    else refusal(
                        "column_twice", "a column stands twice.", "有一列出现两次。", "Keep one.", "请只保留一列。"
                    )
                )
        where = Where()
        leaves, problems = numbers(frame[exit], where)
        enters, more = (np.zeros(len(frame)), []) if entry is None else numbers(frame[entry], where)
        return build(
            person=frame[person], entry=enters, exit=leaves, event=frame[event], event_codes=event_codes.get,
            names=tuple(event_codes.values()), groups={g: frame[g] for g in groups}, unit=unit, status=status,
            where=where, problems=problems + more,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.person)

    def __repr__(self) -> str:
        ends = ", ".join(f"{name} {count}" for name, count in self.counts.items())
        return f"Spells({len(self)} spells of {self.persons} persons, {self.person_time:g} {self.unit}; {ends})"

    def _repr_html_(self) -> str:
        return Result._repr_html_(self)

    @property
    def persons(self) -> int:
        """How many persons."""
        return int(self.person.max()) + 1

    @property
    def person_time(self) -> float:
        """Time at risk of all persons, in ``unit``."""
        return float((self.exit - self.entry).sum())

    @property
    def counts(self) -> dict[str, int]:
        """How many spells ended in each way."""
        number = np.bincount(self.event, minlength=len(self.events) + 1)
        return {**{name: int(k) for name, k in zip(self.events, number[1:], strict=True)}, CENSORED: int(number[0])}

    @property
    def recurrent(self) -> bool:
        """Whether a person is followed beyond an event."""
        return len(self.to_first_event()) < len(self)

    @property
    def judgement(self) -> Judgement | None:
        """Not assessable where nothing was seen to happen; None otherwise."""
        if self.event.any():
            return None
        return Judgement(
            Verdict.NOT_ASSESSABLE,
            Text("全部删失，未见任何结局：不能估计，也不说明没有复吸", "all censored, no end was seen: nothing can be estimated, which is not the same as no relapse"),
        )  # fmt: skip

    @property
    def frame(self) -> pd.DataFrame:
        """Counts, never rows, for all and for each label of each group; small ones hidden."""
        import pandas as pd

        parts = [self.count_by(None, minimum=1), *(self.count_by(name) for name in self.groups)]
        return pd.concat(parts, ignore_index=True)

    def count_by(self, group: str | None, *, minimum: int = MINIMUM) -> pd.DataFrame:
        """Return spells, persons, person_time and each end by label of a group, small counts hidden.

        按分组计数，小数已抑制。``minimum`` 1 hides nothing: such a table must not leave.
        """
        import pandas as pd

        grouping = self.grouping(group)
        size, ends = len(grouping.labels), len(self.events) + 1
        counts = np.bincount(grouping.codes * ends + self.event, minlength=size * ends).reshape(size, ends)
        pairs = np.unique(np.stack([grouping.codes, self.person]), axis=1)
        columns = ("spells", "persons", CENSORED, *self.events)
        table = pd.DataFrame(
            np.column_stack([counts.sum(axis=1), np.bincount(pairs[0], minlength=size), counts]), columns=list(columns)
        )
        table.insert(0, "label", list(grouping.labels))
        table.insert(3, "person_time", np.bincount(grouping.codes, self.exit - self.entry, size))
        if minimum > 1:
            table = suppress_small(
                table, counts=columns, by="label", derived={"person_time": ("persons", "spells")}, minimum=minimum,
                status=self.made.status,
            ).frame  # fmt: skip
        table.insert(0, "group", group or "")
        return table

    def rows(self) -> pd.DataFrame:
        """Return the spells themselves under our own codes of persons. They are personal data: never show or share them.

        返回逐段数据(以自编代码标识)。属个人数据，不得展示或外传。
        """
        import pandas as pd

        names = np.array([CENSORED, *self.events], dtype=object)
        labelled = {name: np.array(g.labels, dtype=object)[g.codes] for name, g in self.groups.items()}
        return pd.DataFrame(
            {"person": self.person, "entry": self.entry, "exit": self.exit, "event": names[self.event], **labelled}
        )

    def to_first_event(self) -> Spells:
        """Return the spells up to each person's first event of any kind.  截至每人首次结局的时间段。"""
        order = np.lexsort((self.entry, self.person))
        hit = (self.event[order] > 0).astype(np.int64)
        before = np.cumsum(hit) - hit
        first = np.flatnonzero(np.concatenate([[True], np.diff(self.person[order]) > 0]))
        lengths = np.diff(np.append(first, len(self)))
        keep = np.zeros(len(self), dtype=bool)
        keep[order] = before == np.repeat(before[first], lengths)
        return self if keep.all() else self._take(keep)

    def _take(self, keep: Bools) -> Spells:
        groups = {name: Grouping(g.codes[keep], g.labels) for name, g in self.groups.items()}
        made = replace(
            self.made, fingerprint=spells_print(self.person[keep], self.entry[keep], self.exit[keep], self.event[keep])
        )
        return replace(
            self, person=self.person[keep], entry=self.entry[keep], exit=self.exit[keep], event=self.event[keep],
            groups=groups, made=made,
        )  # fmt: skip

    def grouping(self, name: str | None) -> Grouping:
        """Return a grouping by name; None for everybody in one group.  按名称取分组。"""
        if name is None:
            return Grouping(np.zeros(len(self), dtype=np.int64), ("",))
        if name not in self.groups:
            raise UnknownNameError(unknown_name("group column", "分组列", name, self.groups))
        return self.groups[name]

    def code_of(self, event: str) -> int:
        """Return the code of an event by name.  按名称取结局编码。"""
        if event not in self.events:
            raise UnknownNameError(unknown_name("event", "结局", event, self.events))
        return self.events.index(event) + 1

    def explain(self) -> Explanation:
        """How many, for how long, and how it ended."""
        late = int((self.entry > 0).sum())
        unit = UNITS[self.unit]
        lines = [
            line("人数", "persons", f"{self.persons}"),
            line("时间段数", "spells", f"{len(self)}"),
            line(
                "人时",
                "person-time",
                Text(f"{self.person_time:g} 人·{unit.zh}", f"{self.person_time:g} person-{unit.en}"),
            ),
            *(line(f"结局：{name}", f"ended: {name}", f"{count}") for name, count in self.counts.items()),
            line("延迟进入", "delayed entry", Text(f"{late} 段", f"{late} spells")),
            line("在险", "at risk", "entry < t <= exit"),
        ]
        if self.judgement is not None:
            lines.append(line("评判", "verdict", Text(*(
                f"{v}：{r}" if zh else f"{v}: {r}" for zh, v, r in (
                    (True, self.judgement.verdict.text.zh, self.judgement.reason.zh),
                    (False, self.judgement.verdict.text.en, self.judgement.reason.en),
                )
            ))))  # fmt: skip
        return Explanation(Text("个人时间段", "Spells of persons"), tuple(lines))


def build(
    *,
    person: pd.Series,
    entry: Floats,
    exit: Floats,
    event: pd.Series,
    event_codes: Callable[[Any], str | None],
    names: Sequence[str],
    groups: Mapping[str, pd.Series],
    unit: Unit,
    status: Status | str,
    where: Where,
    problems: list[Problem],
) -> Spells:
    """Check the columns of a table of persons all at once and return the spells.  一次核对全部列并建立时间段表。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` with every problem, and for an empty cohort.
    """
    if unit not in UNITS:
        raise UnknownNameError(unknown_name("unit of time", "时间单位", unit, UNITS))
    if not len(exit):
        raise refusal(
            "nobody_at_risk", "the cohort is empty: nobody is at risk.", "队列为空，无人在险。",
            "Check the filter that made it.", "请核对筛选条件。",
        )  # fmt: skip
    told = {p.code for p in problems}
    problems = [
        *problems,
        *(p for p in time_problems(entry, exit, where) if not ("not_a_time" in told and p.code == "missing_time")),
    ]
    codes, events, more = event_codes_of(event, event_codes, names, where)
    persons, lacking = person_codes_of(person, where)
    problems += more + lacking
    made_groups = {}
    for name, column in groups.items():
        made_groups[name], more = grouping_of(column, where)
        problems += more
    if not problems:
        problems = overlap_problems(persons, entry, exit, where)
    if problems:
        raise SeriesError(problems)
    made = Made(METHOD, Status(status), spells_print(persons, entry, exit, codes))
    return Spells(persons, entry, exit, codes, events, made_groups, unit, made)
