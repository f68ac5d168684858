"""Counts and shares of one list: each gives the base it was taken of, and the bases must agree.

同一清单中的件数与占比：各自反推的总数应当一致。
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from .cleaning import Words
from .numbers import Numbers
from .rows import Findings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..plan.model import Plan
    from .checks import Traits


def check_common_bases(
    indicators: np.ndarray,
    places: np.ndarray,
    periods: np.ndarray,
    numbers: dict[str, Numbers],
    traits: Traits,
    findings: Findings,
    plan: Plan,
) -> None:
    """Flag a count and a share whose base differs from that of another row of the same list.  核对反推的总数。

    A list is what shares one denominator, by name and unit, in one place and period. 70 at 64.2 % were taken of 109,
    6 at 2.2 % of 273: the two do not stand in one list. Nothing is corrected.
    """
    import numpy as np

    numerator, denominator, value = (numbers[c].value for c in ("numerator", "denominator", "value"))
    bare = traits.ratio & traits.share & np.isnan(denominator) & (numerator > 0) & (value > 0)
    if not bare.any():
        return
    rows = np.flatnonzero(bare & (places >= 0) & (periods >= 0))
    frame = _bases(rows, indicators, places, periods, numbers, plan)
    found: dict[int, tuple[int, float, float]] = {}
    for _, group in frame.groupby(["place", "period", "base"], sort=False):
        if group["low"].max() <= group["high"].min():
            continue
        first = group.iloc[0]
        apart = group[(group["low"] > first["high"]) | (group["high"] < first["low"])]
        found |= {int(r.row): (int(first["row"]), float(first["middle"]), float(r.middle)) for r in apart.itertuples()}
    where = np.array(sorted(found), dtype=np.int64)
    findings.flag(where, "value", "bases_differ", partial(_words, findings, found), severity="warning")


def _bases(
    rows: np.ndarray,
    indicators: np.ndarray,
    places: np.ndarray,
    periods: np.ndarray,
    numbers: dict[str, Numbers],
    plan: Plan,
) -> pd.DataFrame:
    """Return the range of bases that each row's count and rounded share allow."""
    import numpy as np
    import pandas as pd

    names = np.array([_base_name(i.denominator) for i in plan.indicators.values()], dtype=object)
    count, share = numbers["numerator"].value[rows], numbers["value"].value[rows]
    step = np.minimum(numbers["value"].half_step[rows] * (1 + 1e-6), share * 0.999)
    return pd.DataFrame(
        {
            "place": places[rows],
            "period": periods[rows],
            "base": names[indicators[rows]],
            "row": rows,
            "low": np.ceil(count / (share + step) - 1e-9),
            "middle": count / share,
            "high": np.floor(count / (share - step) + 1e-9),
        }
    )


def _base_name(measure: object) -> str:
    name = getattr(measure, "name", None)
    return f"{name.zh}|{getattr(measure, 'unit', '')}" if name is not None else ""


def _words(findings: Findings, found: Mapping[int, tuple[int, float, float]], row: int) -> Words:
    first, earlier, later = found[row]
    place = findings.rows.place(first, "value")
    where = ", ".join(str(p) for p in (place["sheet"], f"row {place['row']}") if p)
    return Words(
        f"its count and share give a base of about {later:.0f}, those of {where} give {earlier:.0f}: not one list",
        f"件数与占比反推的总数约为 {later:.0f}，而 {where} 反推约为 {earlier:.0f}，不像出自同一清单",
        "Check counts and shares, or give 分母; nothing was corrected.",
        "请核对件数与占比，或补填分母；本程序不作更正。",
    )
