"""What every progress system is told: baseline, now, target, and when.  各办法共用的事实：基期、现值、目标及时间。"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.str_]

COLUMNS = ("baseline", "t0", "current", "t", "target", "t_target", "direction")
OPTIONAL = ("se_baseline", "se_current", "milestone")


@dataclass(frozen=True, slots=True, eq=False)
class ProgressFacts:
    """Facts of many cases, arrays of one length.  进展事实，等长数组。

    ``target`` is NaN where the promise has no number; ``direction`` 1 where high is good, -1 where low is; ``milestone`` the
    level due in the current year; ``point`` one percentage point in the unit of the values (1 for percent, 0.01 for shares).

    >>> import pandas as pd
    >>> row = dict(case="a", baseline=50, t0=2019, current=66, t=2021, target=90, t_target=2022, direction=1)
    >>> ProgressFacts.from_frame(pd.DataFrame([row])).cases
    ('a',)
    """

    cases: tuple[str, ...]
    baseline: Floats
    t0: Floats
    current: Floats
    t: Floats
    target: Floats
    t_target: Floats
    direction: Floats
    se_baseline: Floats
    se_current: Floats
    milestone: Floats
    point: float = 1.0

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, case: str = "case", point: float = 1.0) -> ProgressFacts:
        """Return facts from a frame with the columns of this class; the last three may lack.

        由数据框建立进展事实。

        Raises :class:`~suzhou_antidrug.errors.SeriesError` for lacking columns, missing values, a direction other than 1 and
        -1, or times out of order; all at once.

        >>> import pandas as pd
        >>> row = {"case": "a", "baseline": 50, "t0": 2019, "current": 66, "t": 2021, "target": 90, "t_target": 2022, "direction": 1}
        >>> ProgressFacts.from_frame(pd.DataFrame([row])).cases
        ('a',)
        """
        lacking = [c for c in (case, *COLUMNS) if c not in frame]
        if lacking:
            raise SeriesError(
                [Problem("column_missing", f"the column {c} is missing.", f"缺少列 {c}。", column=c) for c in lacking]
            )
        values = {c: frame[c].to_numpy(dtype=float) for c in COLUMNS}
        nan = np.full(len(frame), np.nan)
        more = {c: frame[c].to_numpy(dtype=float) if c in frame else nan for c in OPTIONAL}
        names = tuple(frame[case].astype(str))
        problems = []
        with np.errstate(invalid="ignore"):
            wrong = {
                "direction": ~np.isin(values["direction"], (1, -1)),
                "times": ~((values["t"] > values["t0"]) & (values["t_target"] > values["t0"])),
                "baseline": ~np.isfinite(values["baseline"]),
                "current": ~np.isfinite(values["current"]),
            }
        said = {
            "direction": (
                "has no direction: 1 where high is good, -1 where low is",
                "没有方向：越高越好填 1，越低越好填 -1",
            ),
            "times": ("has times out of order: t0 before t and t_target", "时间先后有误：t0 须早于 t 与 t_target"),
            "baseline": ("lacks a baseline", "缺少基期值"),
            "current": (
                "lacks a current value: leave the case out, missing is not judged",
                "缺少现值：请去掉该项，缺报不作评价",
            ),
        }
        for column, mask in wrong.items():
            for i in np.flatnonzero(mask):
                problems.append(Problem(f"bad_{column}", f"{names[i]} {said[column][0]}.", f"{names[i]}{said[column][1]}。", row=int(i), column=column))  # fmt: skip
        if problems:
            raise SeriesError(problems)
        return cls(names, **values, **more, point=point)

    def __len__(self) -> int:
        return len(self.cases)

    @property
    def met(self) -> NDArray[np.bool_]:
        """Where the target is reached; never where it has no number."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.direction * (self.current - self.target) >= 0)

    @property
    def no_number(self) -> NDArray[np.bool_]:
        """Where the promise has no number."""
        return np.isnan(self.target)


def growth(first: Floats, last: Floats, years: Floats) -> Floats:
    """Return the compound yearly growth (last / first)^(1 / years) - 1, NaN where it has none.  年均复合增长率。

    >>> growth(np.array([100.0]), np.array([121.0]), np.array([2.0])).round(6).tolist()
    [0.1]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = last / first
        return np.where((first == 0) | (ratio < 0), np.nan, np.power(np.abs(ratio), 1 / years) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class SystemLabels:
    """What one system says of every case.  一种办法对各项的评价。"""

    system: str
    label: Labels
    standing: Labels
    value: Floats  # the figure the label rests on; NaN where there is none
    reason: tuple[str, ...]


def said(system: str, label: Labels, standing: Labels, value: Floats, reason: list[str] | Labels) -> SystemLabels:
    """Return labels with their reasons.  组成评价结果。"""
    return SystemLabels(system, np.asarray(label, dtype=str), np.asarray(standing, dtype=str), np.asarray(value, dtype=float), tuple(str(r) for r in reason))  # fmt: skip
