"""Which small counts of persons and cases may not leave, and what would give them back.

哪些涉及人与案的小数不得对外，以及哪些数可据以反推。

Counts of persons, cases and incidents of 1 to k - 1, shares whose rest is 1 to k - 1, their city totals and years, and further
cells by an integer programme (:mod:`suzhou_antidrug.disclosure`). Synthetic data are nobody's and pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..disclosure import MINIMUM, suppress_small
from ..errors import OutputError, Problem
from ..provenance import Status

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Indicator, Plan
    from .compute import IndicatorValues

PERSONAL_UNITS = ("persons", "cases", "incidents")  # schools, offices, parcels and plants are no secret
SHOWN = ("value", "low", "high", "numerator", "denominator")


@dataclass(frozen=True, slots=True)
class Gate:
    """The rule that an evaluation leaves by.  对外规则。

    ``minimum`` is k; ``override`` the reason for showing everything, which is written into what leaves. ``previous`` is the folder
    of an earlier release on the same years: what it hid stays hidden, and a count that differs from it by 1 to k - 1 is hidden with
    the whole year of its indicator, since two releases side by side are a table too.

    >>> Gate().minimum, Gate(override="approved by the office").override
    (5, 'approved by the office')
    """

    minimum: int = MINIMUM
    override: str | None = None
    previous: Path | None = None

    def __post_init__(self) -> None:
        if self.override is not None and not self.override.strip():
            raise OutputError(
                Problem(
                    "no_reason", "small counts are shown only for a reason.", "不抑制小数须写明理由。",
                    "Name who decided it and why.", "请写明由谁决定、为何。",
                )
            )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """The rule for a manifest."""
        return {
            "minimum": self.minimum,
            "override": self.override or "",
            "previous": self.previous.name if self.previous is not None else "",
        }


def is_personal(indicator: Indicator) -> bool:
    """Whether an indicator counts persons, cases or incidents.  指标是否以人、案、事件计。"""
    return indicator.numerator is not None and indicator.numerator.unit in PERSONAL_UNITS


def hidden_cells(values: IndicatorValues, plan: Plan, gate: Gate) -> set[tuple[str, str, int]]:
    """Return the yearly cells (indicator, division, year) that may not leave, city totals among them.  须抑制的年度单元格。"""
    if gate.override is not None or values.made.status == Status.SYNTHETIC:
        return set()
    out: set[tuple[str, str, int]] = set()
    city = plan.geography.city.id
    for name, rows in values.yearly_table.groupby("indicator", sort=False):
        indicator = plan.indicator(str(name))
        if is_personal(indicator):
            out |= {(indicator.id, d, y) for d, y in _hidden(rows, indicator, city, gate.minimum)}
    if gate.previous is not None:
        out |= {(i, place, y) for i, y in _told_by_both(values, out, plan, gate) for place in plan.geography.place_ids}
    return out


def _told_by_both(values: IndicatorValues, hidden: set[tuple[str, str, int]], plan: Plan, gate: Gate) -> set[tuple[str, int]]:  # fmt: skip
    """Return indicators and years in which this release and an earlier one together would tell a small count."""
    earlier = _released(gate.previous)
    keys = ["indicator", "division", "year"]
    both = values.yearly_table[[*keys, "numerator", "denominator", "value"]].merge(
        earlier, on=keys, suffixes=("", "_before")
    )
    out = set()
    for row in both.to_dict("records"):
        key = (row["indicator"], row["division"], int(row["year"]))
        if (
            key in hidden
            or row["indicator"] not in plan.indicators
            or not is_personal(plan.indicators[row["indicator"]])
        ):
            continue
        now, before = (_count_and_rest(row, end) for end in ("", "_before"))
        moved = [0 < abs(a - b) < gate.minimum for a, b in zip(now, before, strict=True)]
        if row["method"] == "suppressed" or any(moved):
            out.add((key[0], key[2]))
    return out


def _count_and_rest(row: dict[str, Any], end: str) -> tuple[float, float]:
    count = row[f"numerator{end}"] if row[f"numerator{end}"] == row[f"numerator{end}"] else row[f"value{end}"]
    return count, row[f"denominator{end}"] - count


def _released(folder: Path | None) -> pd.DataFrame:
    """Return the yearly figures of an earlier release."""
    import pandas as pd

    assert folder is not None
    path = folder / "indicators.csv"
    if not path.is_file():
        raise OutputError(
            Problem(
                "no_release", f"{folder.name} holds no earlier release (indicators.csv).", f"{folder.name} 中没有以前的输出（indicators.csv）。",
                "Name the folder of an earlier evaluation.", "请给出以前评估的输出文件夹。",
            )
        )  # fmt: skip
    table = pd.read_csv(path, encoding="utf-8-sig", dtype={"period": str})
    yearly = table[table["period"].str.fullmatch("[0-9]{4}")]
    return yearly.assign(year=yearly["period"].astype(int))[["indicator", "division", "year", "numerator", "denominator", "value", "method"]]  # fmt: skip


def _hidden(rows: pd.DataFrame, indicator: Indicator, city: str, minimum: int) -> set[tuple[str, int]]:
    """Return division and year of one indicator's hidden cells."""
    count = rows["numerator"].where(rows["numerator"].notna(), rows["value"])
    rows = rows.assign(_count=count)[count.notna().to_numpy()]
    own = rows[rows["division"] != city]
    if own.empty:
        small = rows["_count"].between(1, minimum - 1)
        return {(city, int(y)) for y in rows.loc[small, "year"]}
    whole = (own["_count"] == own["_count"].round()).all()
    if not whole:  # weights and indices are no counts
        return set()
    share = indicator.kind in ("coverage", "proportion") and own["denominator"].notna().all()
    columns = ["_count", "denominator"] if share else ["_count"]
    found = suppress_small(
        own[["division", "year", *columns]].reset_index(drop=True), counts=columns, by=["division", "year"],
        complement={"_count": "denominator"} if share else None, minimum=minimum,
    )  # fmt: skip
    mask = found.hidden.any(axis=1).to_numpy()
    cells = {(str(d), int(y)) for d, y in own.loc[mask, ["division", "year"]].itertuples(index=False)}
    totals = found.totals_table[found.totals_hidden.any(axis=1).to_numpy()]
    years = set(own["year"])
    return cells | {(city, int(y)) for y in totals["year"] if y in years}


def release_values(values: IndicatorValues, hidden: set[tuple[str, str, int]]) -> IndicatorValues:
    """Return indicator values without the hidden cells, quarters and months of a hidden year too.  抑制后的指标值。"""
    if not hidden:
        return values
    table = values.table.copy()
    year = table["period"].map(lambda p: p.year)
    gone = np.array([k in hidden for k in zip(table["indicator"], table["division"], year, strict=True)])
    part = table["period"].map(lambda p: p.freqstr[0] not in "AY").to_numpy(dtype=bool)
    # A quarter of another division, and the city's, would give a hidden year back: they go for the whole indicator.
    gone |= part & table["indicator"].isin({i for i, _, _ in hidden}).to_numpy()
    table.loc[gone, list(SHOWN)] = np.nan
    table["method"] = table["method"].mask(gone, "suppressed")
    return replace(values, table=table)
