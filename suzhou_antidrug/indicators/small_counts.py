"""Which small counts of persons and cases may not leave, and what would give them back.

哪些涉及人与案的小数不得对外，以及哪些数可据以反推。

Counts of persons, cases and incidents of 1 to k - 1, shares whose rest is 1 to k - 1, their city totals and years, and further
cells by an integer programme (:mod:`suzhou_antidrug.disclosure`). Synthetic data are nobody's and pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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

    ``minimum`` is k; ``override`` the reason for showing everything, which is written into what leaves.
    """

    minimum: int = MINIMUM
    override: str | None = None

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
        return {"minimum": self.minimum, "override": self.override or ""}


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
    return out


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
