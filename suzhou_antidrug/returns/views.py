"""Two lists of the same city: ten divisions in management, nine on the civil-affairs list.

同一城市的两种名单：管理口径十个，民政名单九个。
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..geography import normalise_name
from .cleaning import Words, fold
from .rows import Findings
from .schema import TWO_VIEWS

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan

CIVIL_AFFAIRS_NAMES = frozenset({"虎丘区", "虎丘", "huqiu", "huqiudistrict"})  # what that list calls 苏州高新区
# A definition that answers whether the zone's people stand in another division as well.
_ANSWER = re.compile(r"单列|不含.{0,8}园区|园区.{0,8}不含|不重复|另计")


def check_views(frame: pd.DataFrame, findings: Findings, plan: Plan) -> None:
    """Flag a development zone's row beside the districts and cities of the civil-affairs list.  核对区划口径。

    The civil-affairs list has the zone's people inside its districts. A table is of that list where it calls
    苏州高新区 by its name there, or where the city's own row is the sum without the zone. ``frame`` has one row a
    figure: indicator, place, period code, numbers, definition and ``row``. The city is not summed from such a table
    until the definition of the zone's row says how it counts.
    """
    import numpy as np

    divisions = plan.geography.divisions
    zones = [n for n, d in enumerate(divisions) if not d.civil_affairs_list]
    listed = [n for n, d in enumerate(divisions) if d.civil_affairs_list]
    if not zones or not listed or not frame["place"].isin(zones).any():
        return
    names = findings.rows.columns["division"]
    civil = np.array([normalise_name(fold(t)) in CIVIL_AFFAIRS_NAMES for t in names.texts], dtype=bool)[names.codes]
    frame = frame.assign(civil=civil[frame["row"]], listed=frame["place"].isin(listed), zone=frame["place"].isin(zones))
    keys = ["indicator", "period"]
    grouped = frame.groupby(keys)
    complete = grouped["listed"].sum() == len(listed)
    open_ = grouped["civil"].any() | _total_without_zone(frame, keys, len(divisions))
    asked = complete & open_ & grouped["zone"].any()
    wanted = frame[frame["zone"] & frame.set_index(keys).index.isin(asked[asked].index)]
    unanswered = np.array([not _ANSWER.search(d[:2_000]) for d in wanted["definition"]], dtype=bool)
    found = np.sort(wanted["row"].to_numpy(dtype=np.int64)[unanswered])
    findings.flag(found, "division", TWO_VIEWS, _WORDS, severity="warning")


def _total_without_zone(frame: pd.DataFrame, keys: list[str], city: int) -> pd.Series:
    """Return where the city's own row is the sum of the civil-affairs list, and not that of all divisions."""
    sums = {}
    for name, where in (("listed", frame["listed"]), ("zone", frame["zone"]), ("city", frame["place"] == city)):
        sums[name] = frame["numerator"].where(where).groupby([frame[k] for k in keys]).sum(min_count=1)
    return (sums["listed"] == sums["city"]) & (sums["zone"] > 0)


_WORDS = Words(
    "a row for a development zone beside the districts and cities of the civil-affairs list, which has the zone's "
    "people inside them (does 吴中区 include them?): the city is not summed",
    "民政区划名单的各区市之外另有开发区一行，而该名单中开发区人口已在所在区内（吴中区等是否含园区？），暂不作全市汇总",
    "Answer in 口径 of this row (工业园区单列，其他区不含), or take the row out where others include it.",
    "请在本行“口径”写明（如：工业园区单列，其他区不含）；如其他区已含，请删去本行。",
)
