"""Who reported when: a zero needs a complete grid of reports, and a missing one is no zero.

谁在何时报过：零须以完整的上报为前提，缺报不是零。
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Problem, SeriesError
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..terms import Text
from .occurrence import Occurrence, judge_occurrence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class ReportingGrid(Result):
    """Reports of one indicator by place and period, NaN where none was handed in.  上报情况表。"""

    places: tuple[str, ...]
    periods: tuple[str, ...]
    values: np.ndarray  # (places, periods)
    made: Made

    @property
    def completeness(self) -> float:
        """Share of reports due that were handed in."""
        return float((~np.isnan(self.values)).mean())

    @property
    def missing(self) -> pd.DataFrame:
        """One missing report a row: place, period."""
        import pandas as pd

        rows, columns = np.nonzero(np.isnan(self.values))
        return pd.DataFrame({"place": [self.places[i] for i in rows], "period": [self.periods[j] for j in columns]})

    @property
    def frame(self) -> pd.DataFrame:
        """One place a row, one period a column; empty where nothing was handed in."""
        import pandas as pd

        return (
            pd.DataFrame(self.values, index=list(self.places), columns=list(self.periods))
            .rename_axis("place")
            .reset_index()
        )

    def judge(self, *, earlier_rate: float | None = None, checked_share: float | None = None) -> Occurrence:
        """Return the verdict on a zero target over the whole grid.  按整张表评判零发生目标。"""
        return judge_occurrence(self.values.ravel().tolist(), earlier_rate=earlier_rate, checked_share=checked_share)

    def explain(self) -> Explanation:
        """Reports due and handed in, events, and what is missing."""
        lacking = self.missing
        listed = "; ".join(f"{r.place} {r.period}" for r in lacking.head(10).itertuples()) or "-"
        judged = self.judge().judgement
        return Explanation(
            Text("上报情况", "Reports handed in"),
            (
                line("应报 / 实报", "due / handed in", f"{self.values.size} / {int((~np.isnan(self.values)).sum())}"),
                line("事件", "events", f"{np.nansum(self.values):g}"),
                line("缺报", "missing", listed + ("…" if len(lacking) > 10 else "")),
                line("评判", "verdict", Text(f"{judged.verdict.text.zh}：{judged.reason.zh}", f"{judged.verdict.text.en}: {judged.reason.en}")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def reporting_grid(
    frame: pd.DataFrame, *, places: Sequence[str], periods: Sequence[Any], place: str = "division", period: str = "period",
    value: str = "value", status: Status | str = Status.REPORTED,
) -> ReportingGrid:  # fmt: skip
    """Return who reported when, over every place and period that was due.

    按应报的地区与时期列出上报情况。

    ``frame`` has one report a row; a blank value is no report. Raises
    :class:`~suzhou_antidrug.errors.SeriesError` for a place or period that was not due, a report twice, a negative number.

    >>> import pandas as pd
    >>> reports = pd.DataFrame({"division": ["甲", "甲", "乙"], "period": [1, 2, 1], "value": [0, 0, 0]})
    >>> grid = reporting_grid(reports, places=["甲", "乙"], periods=[1, 2])
    >>> grid.completeness, str(grid.judge().judgement.verdict)
    (0.75, 'not_assessable')
    """
    import pandas as pd

    rows = pd.Index([str(p) for p in places]).get_indexer(frame[place].astype(str))
    columns = pd.Index([str(p) for p in periods]).get_indexer(frame[period].astype(str))
    values = frame[value].to_numpy(dtype=float)
    cell = rows * len(periods) + columns
    problems = []
    for wrong, code, en, zh in (
        (rows < 0, "place", "places that are not due", "不应上报的地区"),
        (columns < 0, "period", "periods that are not due", "不应上报的时期"),
        (
            (rows >= 0) & (columns >= 0) & pd.Series(cell).duplicated().to_numpy(),
            "duplicate",
            "reports twice",
            "重复上报",
        ),
        (values < 0, "negative", "negative numbers", "负数"),
    ):
        at = np.flatnonzero(wrong)
        if at.size:
            listed = ", ".join(str(k) for k in at[:5])
            problems.append(Problem(code, f"{en} (rows {listed}).", f"{zh}（行 {listed}）。", row=int(at[0])))
    if problems:
        raise SeriesError(problems)
    grid = np.full((len(places), len(periods)), np.nan)
    grid[rows, columns] = values
    made = Made("reporting grid", Status(status), fingerprint(grid.tobytes()))
    return ReportingGrid(tuple(map(str, places)), tuple(map(str, periods)), grid, made)
