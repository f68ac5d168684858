"""Which verdicts move between two vintages of the same return, and on which base each of them rests.

同一报表前后两版之间，哪些评判变动，各以哪个基期数为准。
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..provenance import Made, fingerprint, weakest
from ..results import Explanation, Result, line
from ..returns.vintages import check_same_plan
from ..terms import Text
from ..verdicts import Verdict
from .compute import IndicatorValues, compute_indicators
from .milestones import judge_milestones, measure_milestone

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan
    from ..returns.schema import Returns

SAME = ("task", "year", "indicator", "division", "operator", "threshold", "clause", "reading")
TOLD = ("value", "base", "verdict", "reason_zh", "reason_en")
COLUMNS = (*SAME, *(f"{column}_{vintage}" for column in TOLD for vintage in ("earlier", "later")), "base_restated")


@dataclass(frozen=True, slots=True, eq=False)
class MovedVerdicts(Result):
    """The verdicts that differ between two vintages.  前后两版之间变动的评判。

    ``frame`` has one row for each milestone and place whose verdict moved: the value, the base it was compared with
    (NaN for a level), the verdict and the reason, by the earlier and by the later vintage, and whether the base was
    restated.
    """

    table: pd.DataFrame
    judged: int  # verdicts compared
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The verdicts that moved, columns :data:`COLUMNS`."""
        return self.table.copy()

    def explain(self) -> Explanation:
        """How many verdicts moved, from what to what."""
        pairs = self.table.groupby(["verdict_earlier", "verdict_later"], sort=False).size()
        moves = [
            (
                Text(f"{Verdict(a).text.zh} → {Verdict(b).text.zh}", f"{Verdict(a).text.en}, now {Verdict(b).text.en}"),
                Text(str(count), str(count)),
            )
            for (a, b), count in pairs.items()
        ]
        return Explanation(
            Text("两版之间变动的评判", "Verdicts that move between two vintages"),
            (
                line("比较的评判", "verdicts compared", self.judged),
                line("变动的评判", "verdicts that move", len(self.table)),
                *moves,
                line("其中基期重报", "with a restated base", int(self.table["base_restated"].sum())),
                line("数据状态", "status", self.made.status.text),
            ),
        )


def verdicts_moved(
    earlier: Returns,
    later: Returns,
    *,
    plan: Plan,
    years: Iterable[int] | None = None,
    readings: Mapping[str, str] | None = None,
) -> MovedVerdicts:
    """Judge every milestone by both vintages and return the verdicts that differ.  按前后两版分别评判，列出变动。

    ``years`` and ``readings`` are those of :func:`~suzhou_antidrug.indicators.milestones.judge_milestones`. A verdict
    on a change names the base that it used in each vintage.

    Raises :class:`~suzhou_antidrug.errors.NotComparableError` where a return was read for another plan, and
    :class:`~suzhou_antidrug.errors.UnknownNameError` for an unknown ambiguity or reading.

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> first = sa.load_synthetic_returns(plan)
    >>> verdicts_moved(first, first, plan=plan).frame.empty
    True
    """
    check_same_plan(earlier, later, plan)
    bound = list(plan.years if years is None else years)
    sides = {}
    for name, returns in (("earlier", earlier), ("later", later)):
        values = compute_indicators(returns, plan=plan)
        verdicts = judge_milestones(values, plan=plan, years=bound, readings=readings)
        sides[name] = verdicts.frame.assign(base=_bases(values, plan, bound, readings or {}))
    table = _side_by_side(sides["earlier"], sides["later"])
    made = Made(
        "verdicts_moved",
        weakest([earlier.made.status, later.made.status]),
        fingerprint(f"{earlier.made.fingerprint}|{later.made.fingerprint}"),
        None,
    )
    moved = table[table["verdict_earlier"] != table["verdict_later"]].reset_index(drop=True)
    return MovedVerdicts(moved, len(table), made)


def _side_by_side(earlier: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Join by position: both come from one plan and the same readings, so row by row they are the same milestone."""
    table = later[list(SAME)].copy()
    for column in TOLD:
        table[f"{column}_earlier"], table[f"{column}_later"] = earlier[column], later[column]
    a, b = (table[f"base_{name}"].to_numpy(dtype=float) for name in ("earlier", "later"))
    table["base_restated"] = ~np.isclose(a, b, rtol=1e-12, atol=0, equal_nan=True)
    return table[list(COLUMNS)]


def _bases(values: IndicatorValues, plan: Plan, years: list[int], readings: Mapping[str, str]) -> np.ndarray:
    """Return the base of each verdict, in the order of the verdicts; NaN where a level is judged."""
    chosen = {name: a.reading(readings.get(name)) for name, a in plan.ambiguities.items()}
    by_indicator = dict(iter(values.yearly_table.groupby("indicator", sort=False)))
    found = [np.empty(0)]
    for milestone in plan.milestones:
        if milestone.year not in years:
            continue
        measured = measure_milestone(milestone, [chosen[n] for n in milestone.ambiguities], by_indicator, plan)
        levels = [rows["value"].to_numpy(dtype=float) for rows in measured.bases]
        found.append(np.mean(levels, axis=0) if levels else np.full(len(measured.rows), np.nan))
    return np.concatenate(found)
