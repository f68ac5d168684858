"""The list of controlled precursors, by date: a longer list is a longer denominator.

易制毒化学品目录，按日期取版本：目录变长，分母随之变大。
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ...datasets import data_path
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class PrecursorCatalogue(Result):
    """The entries in force on a date.  某日有效的目录。"""

    on: dt.date
    table: pd.DataFrame
    made: Made

    def __len__(self) -> int:
        return len(self.table)

    @property
    def version(self) -> str:
        """The same for two dates exactly where the entries are."""
        return fingerprint("|".join(self.table["name_zh"]))

    @property
    def frame(self) -> pd.DataFrame:
        """One entry a row: class, names, batch, date of listing, and what of it was seen at a source."""
        return self.table.copy()

    def added_since(self, earlier: PrecursorCatalogue) -> pd.DataFrame:
        """Return the entries that an earlier catalogue lacks.  较早目录所无的品种。"""
        return self.table[~self.table["name_zh"].isin(earlier.table["name_zh"])].reset_index(drop=True)

    def explain(self) -> Explanation:
        """How many entries in each class, and how many are unverified."""
        classes = self.table["entry_class"].value_counts().sort_index()
        unseen = int((~self.table["class_and_name_status"].str.startswith("seen")).sum())
        return Explanation(
            Text("易制毒化学品目录", "Catalogue of precursors"),
            (
                line("日期", "on", str(self.on)),
                line("品种数", "entries", str(len(self.table))),
                line("一、二、三类", "classes 1, 2, 3", " / ".join(str(int(n)) for n in classes)),
                line("未见原文", "not seen at a source", Text(f"{unseen} 种（按二手资料计入）", f"{unseen} entries, counted from secondary pages")),
                line("注意", "note", Text("一、二类的盐同样受管制；麻黄素类物质计一种", "salts of classes 1 and 2 are controlled too; the ephedrine family is one entry")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


@cache
def _entries() -> pd.DataFrame:
    import pandas as pd

    table = pd.read_csv(data_path("catalogues", "precursors_cn.csv"), dtype={"cas": str})
    table["listed_from"] = pd.to_datetime(table["listed_from"]).dt.date
    return table


def load_precursor_catalogue(on: dt.date | str | None = None) -> PrecursorCatalogue:
    """Return the precursors listed on a date; today's knowledge of the list where None.  读取某日的易制毒化学品目录。

    The file ends in 2021: additions of 2024 and 2025 are known to exist and their texts were not seen, so a date after
    2023 is refused. Raises ValueError for it.

    >>> len(load_precursor_catalogue("2020-12-31")), len(load_precursor_catalogue("2021-12-31"))
    (32, 38)
    """
    day = dt.date(2021, 12, 31) if on is None else dt.date.fromisoformat(on) if isinstance(on, str) else on
    if day.year > 2023:
        raise ValueError("the catalogue is known until 2023; texts of later additions were not seen")
    table = _entries()
    table = table[[d <= day for d in table["listed_from"]]].reset_index(drop=True)
    made = Made("precursor catalogue", Status.UNVERIFIED, fingerprint(table.astype(str)))
    return PrecursorCatalogue(day, table, made)
