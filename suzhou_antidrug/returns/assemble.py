"""Put the checked columns together: one row per indicator, division and period, in canonical order.

合成结果表：每个指标、地区、时期一行，按统一次序排列。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .checks import Traits, check_totals, find_duplicates
from .cleaning import fold
from .columns import Periods
from .rows import Findings
from .schema import FRAME_COLUMNS, FREE_TEXT_COLUMNS, MISSING_STATUS, NUMBER_COLUMNS
from .scope import check_definitions, check_sums_of_years, definitions_of
from .views import check_views

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..plan.model import Plan


@dataclass(frozen=True, slots=True)
class Read:
    """The columns after their checks, one entry per row.  核对后的各列。"""

    indicators: np.ndarray  # position in plan.indicators, -1 unknown
    places: np.ndarray  # divisions in order, then the city; -1 unknown
    periods: Periods
    values: dict[str, np.ndarray]
    traits: Traits
    statuses: np.ndarray
    unused: np.ndarray  # subtotals, and rows that went into another


def assemble(findings: Findings, plan: Plan, read: Read) -> pd.DataFrame:
    """Settle duplicates and totals and return the frame.  处理重复与合计，返回结果表。"""
    import numpy as np
    import pandas as pd

    texts = {column: _texts(findings, column) for column in FREE_TEXT_COLUMNS}
    texts["definition"] = definitions_of(findings)
    keys = _keys(read)
    same = pd.DataFrame({**read.values, **texts, "name": _texts(findings, "division")})
    keep = find_duplicates(keys, same, findings) & (keys >= 0)
    kept = np.flatnonzero(keep)
    numbers = _joined({column: read.values[column][kept] for column in NUMBER_COLUMNS}, read.traits.counted[kept])
    place_columns = {"indicator": read.indicators[kept], "place": read.places[kept], "period": read.periods.codes[kept]}
    figures = pd.DataFrame({**place_columns, **numbers, "definition": texts["definition"][kept], "row": kept})
    check_totals(figures, findings, plan)
    check_views(figures, findings, plan)
    check_sums_of_years(figures, read.periods, read.traits, findings, plan)
    frame = _named(findings, plan, read, kept).assign(**numbers, **{c: t[kept] for c, t in texts.items()})
    missing = ~_computable(numbers, read.traits.ratio[kept])
    frame["status"] = np.where(missing, MISSING_STATUS, read.statuses[kept])
    ordinal = np.array([p.ordinal if p.freqstr != "Y-DEC" else p.year for p in read.periods.distinct], dtype=np.int64)
    order_of_period = ordinal[read.periods.codes[kept]]
    check_definitions(figures.assign(order=order_of_period, reported=~missing), findings)
    order = np.lexsort((order_of_period, read.places[kept], read.indicators[kept]))
    frame = frame[list(FRAME_COLUMNS)].iloc[order].reset_index(drop=True)
    frame.attrs["statuses"] = sorted(set(read.statuses.tolist()))
    return frame


def _joined(numbers: dict[str, np.ndarray], counted: np.ndarray) -> dict[str, np.ndarray]:
    """Give a count both as numerator and as value: it is one number, wherever it was written."""
    import numpy as np

    numerator, value = numbers["numerator"], numbers["value"]
    return numbers | {
        "numerator": np.where(counted & np.isnan(numerator), value, numerator),
        "value": np.where(counted & np.isnan(value), numerator, value),
    }


def _texts(findings: Findings, column: str) -> np.ndarray:
    factor = findings.rows.columns[column]
    return factor.expand([fold_edges(text) for text in factor.texts])


def fold_edges(text: str) -> str:
    """Return a free text without space around it; its characters stay as they are.  去掉首尾空白。"""
    return text.strip() if fold(text) else ""


def _keys(read: Read) -> np.ndarray:
    """Return one number per indicator, place and period; -1 where one is unknown or the row is a subtotal."""
    import numpy as np

    places, periods = int(read.places.max(initial=0)) + 1, len(read.periods.distinct) + 1
    keys = (read.indicators.astype(np.int64) * places + read.places) * periods + read.periods.codes
    known = (read.indicators >= 0) & (read.places >= 0) & (read.periods.codes >= 0) & ~read.unused
    return np.where(known, keys, -1)


def _computable(numbers: dict[str, np.ndarray], ratio: np.ndarray) -> np.ndarray:
    """Return which rows hold a figure: a value, or the parts it is computed from."""
    import numpy as np

    numerator, denominator, value = (~np.isnan(numbers[c]) for c in NUMBER_COLUMNS)
    computable: np.ndarray = value | np.where(ratio, numerator & denominator, numerator)
    return computable


def _named(findings: Findings, plan: Plan, read: Read, kept: np.ndarray) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    rows = findings.rows
    measured = list(plan.indicators.values())
    ids = np.array([i.id for i in measured], dtype=object)
    units = np.array([i.unit for i in measured], dtype=object)
    places = np.array([*plan.geography.ids, plan.geography.city.id], dtype=object)
    distinct = np.empty(len(read.periods.distinct), dtype=object)
    distinct[:] = read.periods.distinct
    files = np.array([t.grid.file for t in rows.tables], dtype=object)
    sheets = np.array([t.grid.sheet or "" for t in rows.tables], dtype=object)
    return pd.DataFrame(
        {
            "indicator": ids[read.indicators[kept]],
            "division": places[read.places[kept]],
            "period": pd.Series(distinct[read.periods.codes[kept]], dtype=object),
            "unit": units[read.indicators[kept]],
            "file": files[rows.table[kept]],
            "sheet": sheets[rows.table[kept]],
            "row": rows.numbers()[kept],
        }
    )
