"""What a figure covers: years added together, part of a year, a scope or a catalogue that changed.

数字的范围：多年累计、不满一年、口径或目录变动。
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ..provenance import fingerprint
from .cleaning import Words, fold
from .rows import Findings
from .spans import LOOKED_AT, cumulative_words, names_catalogue, part_year_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd

    from ..plan.model import Plan
    from .checks import Traits
    from .columns import Periods

# What limits a scope: a note that says so belongs to the definition.
_LIMITS = re.compile(r"不含|不包括|不包含|剔除|扣除|除外|[仅只](?:含|包括|统计|计)")
SMALLEST_SUM = 10  # below this, a figure that equals the sum of others is no sign of anything: 1 + 1 = 2


def check_scope_words(periods: Periods, findings: Findings) -> None:
    """Reject rows whose 口径 or 备注 says that the figure is not that of its period.  核对备注与口径中的时间范围。"""
    import numpy as np

    yearly = periods.frequency == "year"
    for column in ("definition", "note"):
        factor = findings.rows.columns[column]
        for code, read, where in (("cumulative", cumulative_words, True), ("part_year", part_year_words, yearly)):
            said = factor.expand([read(text) for text in factor.texts])
            found = np.array([words is not None for words in said], dtype=bool) & where
            findings.flag(found, column, code, partial(_take, said))


def _take(said: np.ndarray, row: int) -> Words:
    words: Words = said[row]
    return words


def definitions_of(findings: Findings) -> np.ndarray:
    """Return the definition of each row; what its note says of the scope is part of it.  各行口径，含备注所述限定。"""
    import numpy as np

    rows = findings.rows
    definitions, notes = rows.columns["definition"], rows.columns["note"]
    limiting = notes.expand([fold(t) if _LIMITS.search(fold(t[:LOOKED_AT])) else "" for t in notes.texts])
    own = definitions.expand([text.strip() if fold(text) else "" for text in definitions.texts])
    added = np.array([bool(n) and n not in d for n, d in zip(limiting, own, strict=True)], dtype=bool)
    joined = own.copy()
    for row in np.flatnonzero(added).tolist():
        joined[row] = f"{own[row]}；{limiting[row]}" if own[row] else limiting[row]
    findings.note(added, "note", joined[added], "scope_note")
    return joined


def check_definitions(frame: pd.DataFrame, findings: Findings) -> None:
    """Warn where the definition differs from that of the period before.  核对各期口径是否一致。

    ``frame`` has one row a figure: indicator, place, order of the period, definition, and ``row`` among all rows.
    """
    ordered = frame[frame["reported"]].sort_values(["indicator", "place", "order"], kind="stable")
    before = ordered.shift(1)
    same = (ordered["indicator"] == before["indicator"]) & (ordered["place"] == before["place"])
    changed = ordered[same & (ordered["definition"] != before["definition"])]
    earlier = before.loc[changed.index, "definition"].tolist()
    pairs = dict(zip(changed["row"].tolist(), zip(earlier, changed["definition"].tolist(), strict=True), strict=True))
    for code, wanted in (("catalogue_changed", True), ("definition_changed", False)):
        rows = sorted(r for r, pair in pairs.items() if names_catalogue(*pair) == wanted)
        _flag(rows, code, pairs, findings)


def _flag(rows: list[int], code: str, pairs: Mapping[int, tuple[str, str]], findings: Findings) -> None:
    import numpy as np

    written = findings.rows.columns["definition"]
    for column in ("definition", "note"):
        here = [r for r in rows if (column == "definition") == bool(written.text(r).strip() or not _note(findings, r))]
        findings.flag(np.array(here, dtype=np.int64), column, code, partial(_words, code, pairs), severity="warning")


def _note(findings: Findings, row: int) -> str:
    return findings.rows.text(row, "note").strip()


def _words(code: str, pairs: Mapping[int, tuple[str, str]], row: int) -> Words:
    earlier, later = pairs[row]
    prints = f"{fingerprint(earlier)[:8]}, {fingerprint(later)[:8]}"
    if code == "catalogue_changed":
        what_en, what_zh, until_en, until_zh = "catalogue", "目录", "", ""
    else:
        what_en, what_zh = "definition", "口径"
        until_en, until_zh = " until a bridge is declared", "，声明口径衔接的除外"
    return Words(
        f"the {what_en} differs from the period before (fingerprints {prints}): changes between the two are not assessed{until_en}",
        f"{what_zh}与上一期不同（指纹 {prints}），两期之间的变化不作评判{until_zh}",
        "Give both periods by one fixed definition, in 口径.",
        "请按同一口径重报两期，并在“口径”列写明。",
    )


def check_sums_of_years(frame: pd.DataFrame, periods: Periods, traits: Traits, findings: Findings, plan: Plan) -> None:
    """Warn where one year's figure is the sum of the other years of the plan.  某年数是否等于其他各年之和。

    ``frame`` has one row a figure: indicator, place, period code, numerator, denominator and ``row``. A ratio is told
    only where both its parts are such sums.
    """
    import numpy as np

    rows = frame["row"].to_numpy()
    years = periods.years[rows]
    inside = (periods.frequency[rows] == "year") & (years >= plan.first_year) & (years <= plan.last_year)
    wanted = inside & (traits.counted[rows] | traits.ratio[rows]) & frame["numerator"].gt(0).to_numpy()
    some = frame[wanted]
    if len(some) < 3:
        return
    by = some.groupby(["indicator", "place"])
    others = by["numerator"].transform("sum") - some["numerator"]
    hit = (by["row"].transform("count") >= 3) & (others == some["numerator"]) & (others >= SMALLEST_SUM)
    base = by["denominator"].transform("sum") - some["denominator"]
    hit &= ~traits.ratio[some["row"].to_numpy()] | (base == some["denominator"])
    found = some.loc[hit, "row"].to_numpy(dtype=np.int64)
    words = Words(
        "equal to the sum of the other years: a cumulative figure?",
        "等于其他各年之和，是否误填累计数",
        "Check whether this is the figure of the year alone.",
        "请核对是否为当年数。",
    )
    written = np.array([bool(findings.rows.text(r, "numerator").strip()) for r in found.tolist()], dtype=bool)
    for where, column in ((found[written], "numerator"), (found[~written], "value")):
        findings.flag(where, column, "sum_of_years", words, severity="warning")
