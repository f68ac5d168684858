"""Checks over the whole published record: each finding is a flag with its arithmetic, never a correction.

对全部公开数据的核对：每条发现都列出算式，只作提示，从不改数。
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..provenance import Made, fingerprint, weakest
from ..results import Explanation, Result, line
from ..terms import Text
from .mixtures import check_floors, check_part_years, check_persons_and_times, check_seized_weights
from .population import load_population
from .published import PublishedRecord, load_published
from .rounding import BAND_EDGE, check_printed_change
from .series import full_year

if TYPE_CHECKING:
    import pandas as pd

    Outcome = tuple[int, pd.DataFrame]  # how many cases were tested, and the findings

COLUMNS = ("check", "severity", "indicator", "geography", "figure_ids", "arithmetic", "zh", "en")
PRINTED_CHANGE = r"yoy (?:about )?([+-]?\d+(?:\.\d+)?)%"  # as the qualifiers of figures.csv write it
NO_SUM = r"percent|per mille|ratio|rank|score|points|qualitative|per_|mg/|rounds"  # units that do not add up
# A whole, and parts that together must not exceed it.
PARTS_OF_WHOLES = {
    "existing_drug_users": (
        "existing_users_methamphetamine",
        "existing_users_heroin",
        "existing_users_ketamine",
        "existing_users_cannabis",
    ),
    "registered_drug_users": ("existing_drug_users", "three_year_no_relapse_persons"),
}


@dataclass(frozen=True, slots=True, eq=False)
class RecordChecks(Result):
    """What the checks found in a record.  核对结果。"""

    findings: pd.DataFrame
    tested: pd.DataFrame  # check, name, tested, findings
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One finding a row: check, severity, indicator, geography, figure_ids, arithmetic, zh, en; a copy."""
        return self.findings.copy()

    def explain(self) -> Explanation:
        """How many cases each check tested and how many it flags.  每项核对检验多少、提示多少。"""
        rows = [
            line(
                CHECK_NAMES[row["check"]].zh,
                CHECK_NAMES[row["check"]].en,
                Text(
                    f"检验 {row['tested']}，提示 {row['findings']}",
                    f"{row['tested']} tested, {row['findings']} flagged",
                ),
            )
            for row in self.tested.to_dict("records")
        ]
        return Explanation(Text("公开数据核对", "Checks of the published record"), tuple(rows))


def check_published(record: PublishedRecord | None = None) -> RecordChecks:
    """Run every check over a published record, the bundled one by default.  核对公开数据。

    Printed year-on-year changes are tested against levels that were themselves printed (never against levels computed
    from the change), sums against their parts, the share D1 = three-year / (three-year + existing) against its parts,
    and mixtures that must not be compared are named. ``severity`` is ``error`` where two printed numbers contradict
    each other, ``warning`` where they must not be put together, ``note`` where a number is easily misread.

    >>> found = check_published().frame
    >>> found[found["check"] == "printed_change"]["figure_ids"].tolist()
    ['CN-2021-01 CN-2022-01', 'CN-2021-02 CN-2022-02', 'CN-2022-01 CN-2023-04']
    """
    import pandas as pd

    record = load_published() if record is None else record
    outcomes = {name: check(record.figures) for name, check in _CHECKS.items()}
    parts = [found.assign(check=name) for name, (_, found) in outcomes.items() if len(found)]
    findings = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    tested = pd.DataFrame(
        [{"check": name, "tested": count, "findings": len(found)} for name, (count, found) in outcomes.items()]
    )
    statuses = record.figures["status"].unique()
    made = Made("record_checks", weakest(statuses), fingerprint(record.figures))
    return RecordChecks(findings[list(COLUMNS)], tested, made)


def printed_changes(figures: pd.DataFrame) -> pd.DataFrame:
    """Return every printed yearly change whose two levels are printed too.  可由水平数验证的同比。

    A change is read from the qualifier of a level ("yoy -28.6%") or from a row of an indicator that ends in ``_yoy``.
    Levels computed from others are left out: they were often derived from the change itself.
    """
    import pandas as pd

    usable = figures[full_year(figures) & (figures["status"] != "computed")].copy()
    usable["printed_text"] = usable["qualifier"].str.extract(PRINTED_CHANGE, expand=False)
    levels = usable[~usable["indicator"].str.endswith("_yoy")]
    keys = ["indicator", "geography", "unit", "year"]
    stated = levels[levels["printed_text"].notna()]
    rows = usable[usable["indicator"].str.endswith("_yoy")].copy()
    rows["indicator"] = rows["indicator"].str.removesuffix("_yoy")
    same = ["indicator", "geography", "year"]
    beside = levels.merge(rows[[*same, "value", "half_width"]], on=same, suffixes=("", "_row"))
    decimals = stated["printed_text"].str.partition(".")[2].str.len()
    stated = stated.assign(
        printed=pd.to_numeric(stated["printed_text"]) / 100, printed_half=0.5 * 10.0 ** -decimals.astype(float) / 100
    )
    beside = beside.assign(printed=beside["value_row"] / 100, printed_half=beside["half_width_row"] / 100)
    current = pd.concat([stated, beside], ignore_index=True)
    current["base_year"] = current["year"] - 1
    base = levels[[*keys, "id", "value", "half_width"]].rename(columns={"year": "base_year"})
    return current.merge(base, on=["indicator", "geography", "unit", "base_year"], suffixes=("", "_base"))


def _check_printed_changes(figures: pd.DataFrame) -> Outcome:
    pairs = printed_changes(figures)
    result = check_printed_change(
        pairs["value_base"], pairs["value"], pairs["printed"],
        previous_halfwidth=pairs["half_width_base"], current_halfwidth=pairs["half_width"],
        printed_halfwidth=pairs["printed_half"],
    )  # fmt: skip
    pairs = pairs.assign(
        change=result.change, low_change=result.low, high_change=result.high,
        implied=result.implied_base, consistent=result.consistent,
    )  # fmt: skip
    # A year may have two levels: the change is in doubt only when it follows from neither.
    agrees = pairs.groupby(["id", "printed"])["consistent"].transform("any")
    wrong = pairs[~agrees].drop_duplicates(["id", "printed"])
    return pairs["id"].nunique(), _findings(wrong, _printed_change_text, ("id_base", "id"))


def _printed_change_text(row: dict[str, Any]) -> tuple[str, str, str, str]:
    arithmetic = (
        f"({row['value']:g}±{row['half_width']:g}) / ({row['value_base']:g}±{row['half_width_base']:g}) - 1 = "
        f"{row['change']:+.1%} ({row['low_change']:+.1%} .. {row['high_change']:+.1%}); "
        f"printed {row['printed']:+.1%}; implied base {row['implied']:.0f}"
    )
    return (
        "error",
        arithmetic,
        f"{row['year']}年公布的同比与两年水平数不符，超出舍入所能解释：基数可能经过调整。",
        f"the change printed for {row['year']} does not follow from the two levels, rounding allowed for: the base was "
        "probably restated.",
    )


def _check_sums(figures: pd.DataFrame) -> Outcome:
    """Spans of several years against the years and parts inside them."""
    additive = figures[
        figures["value"].notna() & (figures["status"] == "published") & ~figures["unit"].str.contains(NO_SUM)
    ]
    totals = additive[additive["period_kind"].isin(["several_years", "other_span"])]
    parts = additive[additive["period_kind"].isin(["year", "part_of_year"])]
    keys = ["indicator", "geography", "unit"]
    pairs = totals.merge(parts, on=keys, suffixes=("", "_part"))
    inside = (pairs["period_start_part"] >= pairs["period_start"]) & (pairs["period_end_part"] <= pairs["period_end"])
    pairs = pairs[inside].drop_duplicates(["id", "period_start_part", "period_end_part"])
    pairs["days"] = (pairs["period_end"] - pairs["period_start"]).dt.days + 1
    pairs["days_part"] = (pairs["period_end_part"] - pairs["period_start_part"]).dt.days + 1
    sums = pairs.groupby("id", as_index=False).agg(
        indicator=("indicator", "first"), geography=("geography", "first"), value=("value", "first"),
        half=("half_width", "first"), days=("days", "first"), days_parts=("days_part", "sum"),
        parts=("value_part", "sum"), half_parts=("half_width_part", "sum"),
        terms=("value_part", lambda v: " + ".join(f"{x:g}" for x in v)), ids=("id_part", " ".join),
    )  # fmt: skip
    sums = sums[sums["days_parts"] <= sums["days"]]  # parts that overlap cannot be added
    slack = sums["half"] + sums["half_parts"]
    complete = sums["days_parts"] == sums["days"]
    bad = (complete & ((sums["parts"] - sums["value"]).abs() > slack)) | (sums["parts"] - sums["value"] > slack)
    return len(sums), _findings(sums[bad].assign(complete=complete[bad]), _sum_text, ("ids", "id"))


def _sum_text(row: dict[str, Any]) -> tuple[str, str, str, str]:
    sign = "!=" if row["complete"] else ">"
    arithmetic = f"{row['terms']} = {row['parts']:g} {sign} {row['value']:g} (±{row['half'] + row['half_parts']:g})"
    return "error", arithmetic, "各部分之和与公布的合计不符。", "the parts do not add up to the printed total."


def _check_wholes(figures: pd.DataFrame) -> Outcome:
    """Parts of one stock that together exceed it."""
    import pandas as pd

    levels = figures[figures["value"].notna() & (figures["status"] == "published")]
    keys = ["geography", "period_end", "unit"]
    indicator = levels["indicator"]
    tables = [
        levels[indicator == whole].merge(levels[indicator.isin(parts)], on=keys, suffixes=("", "_part"))
        for whole, parts in PARTS_OF_WHOLES.items()
    ]
    pairs = pd.concat(tables, ignore_index=True)
    sums = pairs.groupby("id", as_index=False).agg(
        indicator=("indicator", "first"), geography=("geography", "first"), value=("value", "first"),
        half=("half_width", "first"), parts=("value_part", "sum"), half_parts=("half_width_part", "sum"),
        terms=("value_part", lambda v: " + ".join(f"{x:g}" for x in v)), ids=("id_part", " ".join),
    )  # fmt: skip
    bad = sums["parts"] - sums["value"] > sums["half"] + sums["half_parts"]
    return len(sums), _findings(sums[bad].assign(complete=False), _sum_text, ("ids", "id"))


def _check_census(_figures: pd.DataFrame) -> Outcome:
    """The census counts of the divisions against the city's."""
    import pandas as pd

    people = load_population()
    total = int(people.divisions["census_2020"].sum())
    row = {"indicator": "census_population", "geography": "苏州市", "value": people.total, "parts": total, "half": 0,
           "half_parts": 0, "terms": " + ".join(map(str, people.divisions["census_2020"])), "complete": True,
           "ids": " ".join(i for i in people.divisions["figure_id"] if i)}  # fmt: skip
    bad = pd.DataFrame([row] if total != people.total else [], columns=list(row))
    return 1, _findings(bad, _sum_text, ("ids",))


def _check_no_relapse_share(figures: pd.DataFrame) -> Outcome:
    """The share D1 against its two stocks on the same day."""
    import numpy as np

    keys = ["geography", "period_end"]
    columns = [*keys, "id", "value", "half_width"]

    def stock(indicator: str) -> pd.DataFrame:
        return figures.loc[figures["indicator"] == indicator, columns]

    rates = figures[figures["indicator"] == "three_year_no_relapse_rate"]
    table = rates.merge(stock("three_year_no_relapse_persons"), on=keys, suffixes=("", "_clean"))
    table = table.merge(stock("existing_drug_users"), on=keys, suffixes=("", "_existing"))
    a, b = table["value_clean"], table["value_existing"]
    table["share"] = a / (a + b)
    table["least"] = (a - table["half_width_clean"]) / (
        a - table["half_width_clean"] + b + table["half_width_existing"]
    )
    table["most"] = (a + table["half_width_clean"]) / (a + table["half_width_clean"] + b - table["half_width_existing"])
    printed, half = table["value"] / 100, table["half_width"] / 100
    bad = np.asarray((printed < table["least"] - half - BAND_EDGE) | (printed > table["most"] + half + BAND_EDGE))
    return len(table), _findings(table[bad], _share_text, ("id_clean", "id_existing", "id"))


def _share_text(row: dict[str, Any]) -> tuple[str, str, str, str]:
    arithmetic = (
        f"{row['value_clean']:g} / ({row['value_clean']:g} + {row['value_existing']:g}) = {row['share']:.1%}; "
        f"printed {row['value']:g}%"
    )
    return (
        "error",
        arithmetic,
        "公布的戒断三年未复吸率与两个存量数不符。",
        "the printed three-year share does not follow from the two stocks.",
    )


def _findings(
    rows: pd.DataFrame, text: Callable[[dict[str, Any]], tuple[str, str, str, str]], id_columns: tuple[str, ...]
) -> pd.DataFrame:
    """Write out the few rows that failed; the tests themselves run on whole columns."""
    import pandas as pd

    found = [
        {
            "indicator": row["indicator"],
            "geography": row["geography"],
            "figure_ids": " ".join(row[c] for c in id_columns),
            **dict(zip(("severity", "arithmetic", "zh", "en"), text(row), strict=True)),
        }
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(found, columns=[c for c in COLUMNS if c != "check"])


CHECK_NAMES = {
    "printed_change": Text("公布同比与水平数", "printed changes against levels"),
    "span_sum": Text("合计与各部分", "totals against parts"),
    "whole": Text("部分不超过整体", "parts within their whole"),
    "census_sum": Text("县级市(区)人口与全市", "divisions against the city"),
    "no_relapse_share": Text("三年未复吸率与存量", "three-year share against stocks"),
    "seized_weight": Text("实重与折合海洛因", "raw weight and heroin equivalent"),
    "persons_and_times": Text("人与人次", "persons and person-times"),
    "floor": Text("下限不是数值", "floors are no values"),
    "part_year": Text("不足一年", "parts of years"),
}
_CHECKS: dict[str, Callable[[pd.DataFrame], Outcome]] = {
    "printed_change": _check_printed_changes,
    "span_sum": _check_sums,
    "whole": _check_wholes,
    "census_sum": _check_census,
    "no_relapse_share": _check_no_relapse_share,
    "seized_weight": check_seized_weights,
    "persons_and_times": check_persons_and_times,
    "floor": check_floors,
    "part_year": check_part_years,
}
