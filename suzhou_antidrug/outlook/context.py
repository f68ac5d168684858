"""The nation and the province in the same years, beside a local change.

同期的全国与全省变化，供地方变化对照。

Users, detections and cases fell by half or more everywhere between 2019 and 2022. A local fall says little by itself:
what counts is the ratio of the local ratio to that of the nation or the province.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..datasets import PublishedSeries, data_path, load_published
from ..errors import refusal
from ..provenance import Made, fingerprint, weakest
from ..results import Explanation, Result, line
from ..terms import Text

if TYPE_CHECKING:
    import pandas as pd

    from .attainment import Outlook

UNIFORM = 3**0.5  # a rounded figure lies evenly within its half-width: standard deviation half-width / sqrt(3)
PLACES = {"全国": Text("全国", "China"), "江苏省": Text("江苏省", "Jiangsu"), "苏州市": Text("苏州市", "Suzhou")}
# English names of the published indicators that are shown; the record itself is in Chinese.
NAMES = {
    "existing_drug_users": "registered drug users (stock)",
    "drug_users_detected": "drug users detected",
    "new_drug_users": "newly found drug users",
    "relapse_detections": "relapses detected",
    "meth_labs_dismantled": "drug-making sites dismantled",
    "precursor_and_drugmaking_materials_seized": "drug-making materials seized",
    "drug_cases_solved": "drug cases solved",
    "drug_suspects_arrested": "drug suspects arrested",
    "court_first_instance_received": "court cases received",
    "court_first_instance_concluded": "court cases concluded",
    "prosecution_review_drug_cases": "cases sent for prosecution",
    "drugs_seized": "drugs seized",
}


@dataclass(frozen=True, slots=True, eq=False)
class NearSeries:
    """A published series that stands near a target, and what it is not.  靠近某目标的公布序列。"""

    target: str
    kind: str
    place: Text
    name: Text
    relation: Text
    published: PublishedSeries

    @property
    def title(self) -> Text:
        """Place and name."""
        return Text(f"{self.place.zh}{self.name.zh}", f"{self.place.en}: {self.name.en}")

    @property
    def table(self) -> pd.DataFrame:
        """By year: value, se (of rounding), status, source_id; of two figures for a year the primary one."""
        frame = self.published.frame
        kept = frame[frame["conflict"] != "secondary"]
        table = kept.assign(year=kept["period"].dt.year, se=kept["half_width"].fillna(0) / UNIFORM)
        return table.set_index("year")[["value", "se", "status", "source_id"]].sort_index()


def near_series(target: str | None = None, *, place: str | None = None) -> tuple[NearSeries, ...]:
    """Return the published series near a target, or near any.  靠近某目标(或全部目标)的公布序列。

    >>> [s.title.en for s in near_series("drug_related_crime", place="江苏省")]
    ['Jiangsu: court cases received', 'Jiangsu: court cases concluded']
    """
    import pandas as pd

    record = load_published()
    listed = pd.read_csv(data_path("published", "near_targets.csv"))
    wanted = (target is None) | (listed["target"] == target)
    wanted &= (place is None) | (listed["geography"] == place)
    chosen = listed[wanted]
    found = []
    for near in chosen.itertuples():
        published = record.series(near.indicator, near.geography)
        name = Text(published.name.zh, NAMES.get(near.indicator, near.indicator.replace("_", " ")))
        relation = Text(near.relation_zh, near.relation_en)
        found.append(NearSeries(near.target, near.kind, PLACES[near.geography], name, relation, published))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class ContextComparison(Result):
    """A local change beside that of a larger place.  地方变化与上级地区同期变化的对照。

    ``ratio`` is (local / local base) / (context / context base): below 1 the local fall is the steeper. ``low`` and
    ``high`` are its limits from the known noise of all four figures, NaN where none is known.
    """

    title: Text
    context: Text
    base_year: int
    year: int
    change: float
    context_change: float
    ratio: float
    low: float
    high: float
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        names = ("base_year", "year", "change", "context_change", "ratio", "low", "high")
        return pd.DataFrame([{"context": self.context.zh, **{n: getattr(self, n) for n in names}}])

    def explain(self) -> Explanation:
        """Both changes and their ratio."""
        limits = "-" if np.isnan(self.low) else f"{self.low:.2f} - {self.high:.2f}"
        return Explanation(
            self.title,
            (
                line("年份", "years", f"{self.base_year} → {self.year}"),
                line("本地变化", "local change", f"{self.change:+.1%}"),
                (self.context, Text(f"{self.context_change:+.1%}", f"{self.context_change:+.1%}")),
                line("两者之比", "ratio of ratios", f"{self.ratio:.2f}"),
                line(f"{self.level:.0%} 区间（只计已知误差）", f"{self.level:.0%} interval (known noise only)", limits),
                line("说明", "note", Text("比值小于 1 表示本地降得更多；同期变化不等于因果", "below 1 the local fall is the steeper; in the same years is not because of")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def compare_with_context(
    outlook: Outlook, context: NearSeries, *, year: int | None = None, level: float = 0.95
) -> ContextComparison:
    """Put the change of an outlook's series beside that of a larger place in the same years.  与同期全国或全省对照。

    ``year`` is the last year known to both, up to the origin, by default; the base is the last base year. Raises
    :class:`~suzhou_antidrug.errors.SeriesError` where the two share no base or no later year.

    >>> import pandas as pd
    >>> import suzhou_antidrug as sa
    >>> made_up = pd.Series([4.6, 4.7, 4.5, 4.0, 3.1], index=range(2017, 2022))
    >>> out = sa.assess_target(made_up, target="drug_related_crime", plan=sa.load_plan("suzhou-2020"), origin=2021)
    >>> near = sa.near_series("drug_related_crime", place="全国")[0]
    >>> compare_with_context(out, near).ratio > 0
    True
    """
    from scipy.special import ndtri

    if not outlook.base_years:
        raise refusal("no_base", "only a decrease has a base to compare from.", "只有下降目标才有基期可比。")
    base_year = max(outlook.base_years)
    local, wider = outlook.table[outlook.table["value"].notna()], context.table
    shared = [y for y in local.index if base_year < y <= outlook.origin and y in wider.index]
    if base_year not in local.index or base_year not in wider.index or not (shared if year is None else year in shared):
        raise refusal(
            "no_shared_years", "the two series share no base year and later year.", "两条序列没有共同的基期与后续年份。"
        )
    last = max(shared) if year is None else year

    def noise(table: pd.DataFrame, y: int) -> float:
        row = table.loc[y]
        events, se = float(row.get("events", np.nan)), float(row.get("se", np.nan))
        counted = 1 / (events + 0.5) if np.isfinite(events) else 0.0
        return counted + ((se / float(row["value"])) ** 2 if np.isfinite(se) and se > 0 else 0.0)

    change = float(local.loc[last, "value"] / local.loc[base_year, "value"])
    wide_change = float(wider.loc[last, "value"] / wider.loc[base_year, "value"])
    variance = sum(noise(t, y) for t in (local, wider) for y in (base_year, last))
    known = noise(local, last) > 0
    half = float(ndtri((1 + level) / 2) * np.sqrt(variance)) if known and change > 0 else float("nan")
    ratio = change / wide_change
    status = weakest([outlook.made.status, *wider.loc[[base_year, last], "status"]])
    made = Made("ratio of ratios", status, fingerprint(outlook.made.fingerprint + context.published.made.fingerprint))
    return ContextComparison(
        outlook.title, context.title, base_year, last, change - 1, wide_change - 1, ratio,
        ratio * float(np.exp(-half)), ratio * float(np.exp(half)), level, made,
    )  # fmt: skip
