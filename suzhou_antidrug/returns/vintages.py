"""Two vintages of the same return: what was changed, added and withdrawn, cell by cell.

同一报表的前后两版：逐格比较改动、新增与撤回。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import NotComparableError, Problem, problems_frame
from ..provenance import Made, fingerprint, weakest
from ..results import Explanation, Result, line
from ..terms import Text
from .schema import MISSING_STATUS, NUMBER_COLUMNS, Returns, period_text, value_is_numerator

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan

KEYS = ("indicator", "division", "period")
COMPARED = (*NUMBER_COLUMNS, "definition")
CHANGE_COLUMNS = (*KEYS, "column", "earlier", "later", "change", "base", "file", "sheet", "row")
CHANGES: dict[str, Text] = {
    "changed": Text("改动", "changed"),
    "added": Text("新增", "added"),
    "withdrawn": Text("撤回", "withdrawn"),
}


@dataclass(frozen=True, slots=True, eq=False)
class VintageComparison(Result):
    """What differs between two vintages of a return.  同一报表前后两版的差异。

    ``frame`` has one row for each cell that differs: indicator, division, period, column, earlier, later, change
    (``changed``, ``added``, ``withdrawn``), base, and the place of the row in the later file, or in the earlier one
    where it was withdrawn. ``base`` says that a later year of the later return may be compared with this one, so that
    a change already judged may be judged otherwise. ``problems`` holds one warning for each restated base.
    """

    table: pd.DataFrame
    problems: pd.DataFrame
    plan_id: str
    rows: tuple[int, int]  # reported figures in each vintage
    fingerprints: tuple[str, str]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a cell, columns :data:`CHANGE_COLUMNS`."""
        return self.table.copy()

    @property
    def restated(self) -> pd.DataFrame:
        """The cells of earlier years that were changed or withdrawn: restated bases."""
        return self.table[self.table["base"]].reset_index(drop=True)

    def of(self, change: str) -> pd.DataFrame:
        """Return the cells of one kind: ``changed``, ``added`` or ``withdrawn``.  按类取差异。"""
        return self.table[self.table["change"] == change].reset_index(drop=True)

    def explain(self) -> Explanation:
        """How many cells differ, of which kind, and which vintages were compared."""
        figures = self.table.drop_duplicates(list(KEYS))
        counts = [
            line(text.zh, text.en, _count(int((self.table["change"] == kind).sum()))) for kind, text in CHANGES.items()
        ]
        return Explanation(
            Text("报表前后两版的比较", "Two vintages of a return"),
            (
                line("规划", "plan", self.plan_id),
                line("前一版", "earlier", f"{self.rows[0]} ({self.fingerprints[0]})"),
                line("后一版", "later", f"{self.rows[1]} ({self.fingerprints[1]})"),
                *counts,
                line("涉及的数", "figures that differ", len(figures)),
                line("其中基期重报", "of these restated bases", len(self.restated.drop_duplicates(list(KEYS)))),
                line(
                    "用法", "use",
                    Text("评判以所给的那一版为准；哪些评判变动见 verdicts_moved", "a verdict uses the vintage it is given; verdicts_moved tells which move"),
                ),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def _count(cells: int) -> Text:
    return Text(f"{cells} 格", f"{cells} cells")


def compare_vintages(earlier: Returns, later: Returns, *, plan: Plan) -> VintageComparison:
    """Compare two vintages of the same return, cell by cell.  逐格比较同一报表的前后两版。

    A figure that is missing in one vintage is added or withdrawn, never a change from or to zero. Numbers are equal
    when they agree to twelve digits; where a count is both numerator and value it is listed once, as the value. Which
    verdicts move is told by :func:`~suzhou_antidrug.indicators.vintages.verdicts_moved`.

    Raises :class:`~suzhou_antidrug.errors.NotComparableError` where one of them was read for another plan.

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> first = sa.load_synthetic_returns(plan)
    >>> compare_vintages(first, first, plan=plan).frame.empty
    True
    """
    check_same_plan(earlier, later, plan)
    before, after = _reported(earlier), _reported(later)
    table = _differences(before, after, plan)
    status = weakest([*before["status"], *after["status"]]) if len(before) + len(after) else later.made.status
    prints = (earlier.made.fingerprint or "", later.made.fingerprint or "")
    made = Made("compare_vintages", status, fingerprint("|".join(prints)), None)
    problems = problems_frame(_restated(table, plan))
    return VintageComparison(table, problems, plan.id, (len(before), len(after)), prints, made)


def check_same_plan(earlier: Returns, later: Returns, plan: Plan) -> None:
    """Raise where a return was read for another plan.  两版须属同一规划。"""
    others = [r.plan_id for r in (earlier, later) if r.plan_id != plan.id]
    if others:
        raise NotComparableError(
            Problem(
                code="other_plan",
                en=f"a return of plan {others[0]} cannot be compared under plan {plan.id}.",
                zh=f"报表属于规划 {others[0]}，不能按规划 {plan.id} 比较。",
                advice_en="Read both files with the same plan.",
                advice_zh="请用同一规划读取两版报表。",
            )
        )


def _reported(returns: Returns) -> pd.DataFrame:
    frame = returns.frame
    return frame[frame["status"] != MISSING_STATUS]


def _differences(before: pd.DataFrame, after: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the cells that differ, in the order of the plan."""
    import numpy as np
    import pandas as pd

    keys = list(KEYS)
    # Periods of different lengths cannot be sorted, so they are joined by how they are written.
    before, after = (f.assign(when=[period_text(p) for p in f["period"]]) for f in (before, after))
    joined = ["indicator", "division", "when"]
    both = before.merge(after, on=joined, how="outer", suffixes=("_earlier", "_later"), indicator=True)
    both["period"] = both["period_later"].where(both["period_later"].notna(), both["period_earlier"]).astype(object)
    kind = both["_merge"].map({"both": "changed", "right_only": "added", "left_only": "withdrawn"}).astype(object)
    counted = both["indicator"].map({i.id: value_is_numerator(i) for i in plan.indicators.values()}).astype(bool)
    last = after.groupby("indicator")["period"].agg(lambda periods: max(p.year for p in periods))
    year = pd.Series([p.year for p in both["period"]], index=both.index, dtype="int64")
    base = (kind != "added") & (year < both["indicator"].map(last).fillna(0))
    parts = []
    for column in COMPARED:
        a, b = both[f"{column}_earlier"], both[f"{column}_later"]
        if column == "definition":
            a, b = a.fillna(""), b.fillna("")
            differs = a != b
        else:
            x, y = a.to_numpy(dtype=float), b.to_numpy(dtype=float)
            differs = pd.Series(~np.isclose(x, y, rtol=1e-12, atol=0, equal_nan=True), index=both.index)
        if column == "numerator":
            differs &= ~counted
        found = both[differs]
        gone = found["_merge"] == "left_only"
        origin = {c: found[f"{c}_later"].mask(gone, found[f"{c}_earlier"]) for c in ("file", "sheet", "row")}
        new = {"column": column, "earlier": a[differs].astype(object), "later": b[differs].astype(object)}
        parts.append(found[keys].assign(**new, change=kind[differs], base=base[differs], **origin))
    table = pd.concat(parts, ignore_index=True)[list(CHANGE_COLUMNS)]
    return _in_plan_order(table.assign(base=table["base"].astype(bool), row=table["row"].astype("int64")), plan)


def _in_plan_order(table: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    places = {place: n for n, place in enumerate((*plan.geography.ids, plan.geography.city.id))}
    indicators = {indicator: n for n, indicator in enumerate(plan.indicators)}
    order = table.assign(
        i=table["indicator"].map(indicators),
        d=table["division"].map(places),
        p=[(p.year, str(p)) for p in table["period"]],
        c=table["column"].map({c: n for n, c in enumerate(COMPARED)}),
    ).sort_values(["i", "d", "p", "c"], kind="stable")
    return table.loc[order.index].reset_index(drop=True)


def _restated(table: pd.DataFrame, plan: Plan) -> list[Problem]:
    """Return a warning for each cell of an earlier year that now reads otherwise, with both values."""
    found = []
    for cell in table[table["base"] & (table["column"] != "definition")].itertuples():
        name, place = plan.indicators[cell.indicator].name, plan.geography[cell.division].name
        when = period_text(cell.period)
        old, new = (_shown(v) for v in (cell.earlier, cell.later))
        found.append(
            Problem(
                code="restated_base",
                severity="warning",
                file=cell.file, sheet=cell.sheet or None, row=int(cell.row), column=cell.column, value=new.en,
                en=f"{name.en}, {place.en}, {when}: {old.en} in the earlier return, {new.en} in the later; changes on this period move with it.",
                zh=f"{place.zh} {when} {name.zh}：前一版为 {old.zh}，后一版为 {new.zh}，以该期为基期的变化随之变动。",
                advice_en="Ask for the reason; the verdict uses the vintage it is given.",
                advice_zh="请说明重报原因；评判以所给的那一版为准。",
            )
        )  # fmt: skip
    return found


def _shown(value: float) -> Text:
    if value != value:
        return Text("缺报", "not reported")
    return Text(f"{value:.12g}", f"{value:.12g}")
