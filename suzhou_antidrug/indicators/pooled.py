"""Rates of many places pooled from sums: what a nation of partitions can add up without holding it.

由可加总和得到的合并率：各分区只交出总和，不必集中全部数据。

Formulas
--------
With e events (or persons reached) in n: m = sum e / sum n; s2 = sum e^2/n / sum n - m^2, which is sum n (r - m)^2 / sum n;
u = m for rates (Poisson), m (1 - m) for shares (binomial), in the unit of one event per n; a = max(0, s2 - u / mean n);
w = a / (a + u / n); shrunken = w r + (1 - w) m. A shrunken value is for maps and rank ranges, never for a verdict or a score.

Source: Marshall, Applied Statistics 40 (1991) 283; for shares the same moments with the binomial variance.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from .compute import SHARES

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan

KEYS = ["indicator", "year"]
SUMS = ["events", "exposure", "squares", "places", "not_reported"]
POOLED_KINDS = (*SHARES, "rate")


def moments_of(yearly: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the sums of the places of a part: indicator, year, events, exposure, squares, places, not_reported.  各和。

    ``yearly`` is a table of yearly values with a column ``year``; the whole's own rows are left out. ``squares`` is the sum of
    events^2 / exposure.
    """
    pooled = [i.id for i in plan.indicators.values() if i.kind in POOLED_KINDS and i.needs_parts and i.by_division]
    own = yearly[(yearly["division"] != plan.geography.city.id) & yearly["indicator"].isin(pooled)]
    e, n = own["numerator"].to_numpy(dtype=float), own["denominator"].to_numpy(dtype=float)
    told = np.isfinite(e) & (n > 0)
    e, n = np.where(told, e, 0.0), np.where(told, n, 1.0)
    sums = own[KEYS].assign(
        events=e, exposure=np.where(told, n, 0.0), squares=e * e / n, places=told.astype(int), not_reported=(~told).astype(int)
    )  # fmt: skip
    return sums.groupby(KEYS, sort=True)[SUMS].sum().reset_index()


def pool_moments(parts: Iterable[pd.DataFrame], plan: Plan) -> pd.DataFrame:
    """Add up the sums of parts, in the order given, to pooled values and the variance between places.  合并各分区之和。

    Columns: indicator, year, :data:`SUMS`, ``pooled`` (in the indicator's unit), ``variance`` (a of the formula, of one event
    per exposure) and ``clamped``: whether the variance came out negative and was taken as 0.
    """
    import pandas as pd

    tables = [t for t in parts if len(t)]
    columns = [*KEYS, *SUMS, "pooled", "variance", "clamped"]
    if not tables:
        return pd.DataFrame(columns=columns)
    # One part after the other, not all at once: the same order of adding whatever the number of parts.
    total = tables[0].set_index(KEYS)[SUMS]
    for table in tables[1:]:
        total = total.add(table.set_index(KEYS)[SUMS], fill_value=0)
    total = total[total["exposure"] > 0].sort_index().reset_index()
    unit = total["indicator"].map({i.id: i.per if i.kind == "rate" else 1.0 for i in plan.indicators.values()})
    m = total["events"] / total["exposure"]
    between = (
        total["squares"] / total["exposure"]
        - m**2
        - _noise(total["indicator"], m, plan) * total["places"] / total["exposure"]
    )
    return total.assign(pooled=unit * m, variance=between.clip(lower=0.0), clamped=between < 0)[columns]


def _noise(indicator: pd.Series, m: pd.Series, plan: Plan) -> pd.Series:
    """Return the variance of one event per exposure at exposure 1: Poisson for a rate, binomial for a share."""
    rate = indicator.map({i.id: i.kind == "rate" for i in plan.indicators.values()}).to_numpy(dtype=bool)
    return m.where(rate, m * (1 - m))


def shrink_to(pooled: pd.DataFrame, yearly: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the values of places beside the pooled ones and shrunken towards them.  各地数值、合并值与收缩值并列。

    Columns: indicator, division, year, value, pooled, ratio (value over pooled), weight (w of the formula), shrunken; in the
    indicator's unit. Places without a value are left out.
    """
    keys = [*KEYS, "events", "exposure", "pooled", "variance"]
    own = yearly[yearly["value"].notna() & (yearly["division"] != plan.geography.city.id)]
    rows = own[[*KEYS, "division", "value", "denominator"]].merge(pooled[keys], on=KEYS, how="inner")
    m = rows["events"] / rows["exposure"]
    noise = _noise(rows["indicator"], m, plan) / rows["denominator"]
    spread = rows["variance"] + noise
    weight = (rows["variance"] / spread).where(spread > 0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (rows["value"] / rows["pooled"]).where(rows["pooled"] > 0)
    shrunken = weight * rows["value"] + (1 - weight) * rows["pooled"]
    table = rows.assign(ratio=ratio, weight=weight, shrunken=shrunken)
    return table[["indicator", "division", "year", "value", "pooled", "ratio", "weight", "shrunken"]]
