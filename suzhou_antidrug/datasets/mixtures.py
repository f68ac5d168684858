"""Figures that must not be put together: other weights, other units, floors, parts of years.

不可放在一起的公布数：不同重量口径、不同单位、下限数、不足一年的数。

Each check returns how many groups it looked at and a frame of findings in the form of
:func:`suzhou_antidrug.datasets.check_published`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_FINDING = ["severity", "indicator", "geography", "figure_ids", "arithmetic", "zh", "en"]


def _listed(group: pd.DataFrame) -> str:
    return "; ".join(f"{i} {v:g} {u}" for i, v, u in group[["id", "value", "unit"]].to_numpy())


def _finding(severity: str, indicator: str, geography: str, group: pd.DataFrame, zh: str, en: str) -> dict[str, str]:
    return dict(
        zip(_FINDING, (severity, indicator, geography, " ".join(group["id"]), _listed(group), zh, en), strict=True)
    )


def _frame(found: list[dict[str, str]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(found, columns=_FINDING)


def _results(figures: pd.DataFrame) -> pd.DataFrame:
    return figures[figures["value"].notna() & figures["status"].isin(["published", "computed"])]


def check_seized_weights(figures: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    """Name every place with raw weight beside heroin equivalent.  同一地区实重与折合海洛因并存。"""
    seized = _results(figures)
    seized = seized[seized["indicator"].str.startswith("drugs_seized")]
    equivalent = seized["unit"].str.contains("heroin-equivalent")
    kinds = equivalent.groupby(seized["geography"]).nunique()
    found = [
        _finding(
            "warning",
            " / ".join(sorted(group["indicator"].unique())),
            str(place),
            group,
            "实际重量与折合海洛因重量并存，折算表未随数公布，不可比较或相加。",
            "raw weight stands beside heroin equivalent; the conversion table is not published with them: neither "
            "compare nor add.",
        )
        for place, group in seized.groupby("geography", sort=False)
        if kinds[place] > 1
    ]
    return len(kinds), _frame(found)


def check_persons_and_times(figures: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    """Name every indicator counted in persons here and in person-times there.  人与人次混用。

    Inside one place it is an error; between places a warning.
    """
    counted = _results(figures)
    counted = counted[counted["unit"].isin(["persons", "person-times"])]
    by_indicator = counted.groupby("indicator")["unit"].nunique()
    by_place = counted.groupby(["indicator", "geography"])["unit"].nunique()
    found = [
        _finding(
            "error",
            str(indicator),
            str(place),
            counted[(counted["indicator"] == indicator) & (counted["geography"] == place)],
            "同一地区同一指标既有“人”又有“人次”，不可比较。",
            "persons and person-times in one series: not comparable.",
        )
        for indicator, place in by_place[by_place > 1].index
    ]
    for indicator in by_indicator[by_indicator > 1].index:
        own = counted[counted["indicator"] == indicator]
        units = own.groupby("geography", sort=False)["unit"].agg(lambda u: "/".join(sorted(set(u))))
        places = ", ".join(f"{place} {unit}" for place, unit in units.items())
        found.append(
            _finding(
                "warning",
                str(indicator),
                " ".join(units.index),
                own,
                f"各地单位不同({places}):地区之间不可比较。",
                f"the unit differs between places ({places}): do not compare places.",
            )
        )
    return len(by_indicator), _frame(found)


def check_floors(figures: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    """Name every figure that is a floor ("at or above").  “以上”类数字。"""
    results = _results(figures)
    floors = results[results["precision"] == "at_least"]
    found = [
        _finding(
            "note",
            str(indicator),
            str(place),
            group,
            "“以上”只是下限，不可当作数值比较或评判。",
            "a floor is no value: neither compare it nor judge by it.",
        )
        for (indicator, place), group in floors.groupby(["indicator", "geography"], sort=False)
    ]
    return len(floors), _frame(found)


def check_part_years(figures: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    """Name every part of a year that stands beside full years of the same thing.  不足一年与全年并存。"""
    results = _results(figures)
    keys = ["indicator", "geography"]
    kinds = results["period_kind"]
    parts = results[kinds == "part_of_year"]
    whole = results[kinds == "year"].groupby(keys).size()
    found = []
    for (indicator, place), group in parts.groupby(keys, sort=False):
        if (indicator, place) not in whole.index:
            continue
        years = " ".join(sorted({str(d.year) for d in group["period_end"]}))
        found.append(
            _finding(
                "warning",
                str(indicator),
                str(place),
                group,
                f"{years}年的数不足一年，不可与全年数放入同一序列。",
                f"the figures of {years} cover a part of a year: not in one series with full years.",
            )
        )
    return parts.groupby(keys).ngroups, _frame(found)
