"""How verdicts held on real series: stand in past years, judge, then look at the year after.

在真实序列上回放评判：站在过去各年作出评判，再看下一年。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...provenance import Made
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Verdict
from .compare import compare_loads
from .loads import Loads
from .period_loads import summarise_loads

if TYPE_CHECKING:
    import pandas as pd

METHOD = "wastewater_replay"


@dataclass(frozen=True, slots=True, eq=False)
class VerdictReplay(Result):
    """Verdicts of past years and what the year after showed, one row a site, biomarker and origin.  历史评判回放。"""

    table: pd.DataFrame  # site, biomarker, origin (last target year), verdict, probability, ratio, next_ratio
    minimum_fall: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a verdict: cases, and the shares whose next year lies below the line and above the base."""
        import pandas as pd

        rows = []
        for verdict in Verdict:
            own = self.table[(self.table["verdict"] == str(verdict)) & self.table["next_ratio"].notna()]
            held = own["next_ratio"] <= 1 - self.minimum_fall
            rows.append(
                {
                    "verdict": str(verdict),
                    "cases": len(own),
                    "sites": own["site"].nunique(),
                    "next_year_still_fallen": held.mean() if len(own) else np.nan,
                    "next_year_above_base": (own["next_ratio"] > 1).mean() if len(own) else np.nan,
                }
            )
        return pd.DataFrame(rows)

    def explain(self) -> Explanation:
        """What was replayed, and how often a fall that was called met was still there a year later."""
        counts = self.frame.set_index("verdict")
        met = counts.loc[str(Verdict.MET)]
        share = "-" if not met["cases"] else f"{met['next_year_still_fallen']:.0%}"
        return Explanation(
            Text("评判回放", "Replay of verdicts"),
            (
                line("评判数", "verdicts", str(int(counts["cases"].sum()))),
                line(
                    "评为达成者，次年仍降不少于规定幅度",
                    "of those met, still fallen by as much the year after",
                    Text(f"{share}（{int(met['cases'])} 例）", f"{share} ({int(met['cases'])} cases)"),
                ),
                line(
                    "注意",
                    "note",
                    Text(
                        "次年也含误差与真实变化，不是真值",
                        "the year after has error and true change too; it is no truth",
                    ),
                ),
                line("数据状态", "status", self.made.status.text),
            ),
        )


def replay_verdicts(
    loads: Loads,
    *,
    base_years: int = 3,
    target_years: int = 2,
    minimum_fall: float = 0.10,
    evidence: float = 0.90,
    seed: int = 0,
) -> VerdictReplay:
    """Judge every stretch of past years by the rule and set the following year beside it.

    对过去每一段年份按规则评判，并列出其后一年的实际。

    For each last target year t: base t - target_years - base_years + 1 .. t - target_years, target the last
    ``target_years``, outcome ``load(t + 1) / mean of the base``. Stretches of one series overlap: fewer independent cases
    than rows.

    >>> import pandas as pd
    >>> from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
    >>> sheet = pd.DataFrame({"plant": "A", "biomarker": "mdma", "year": range(2012, 2020), "load": 10.0, "days": 7})
    >>> replay_verdicts(loads_from_frame(sheet)).frame["cases"].sum().item()
    3
    """
    import pandas as pd

    yearly = summarise_loads(loads).frame
    yearly["year"] = yearly["period"].map(lambda p: p.year)
    levels = yearly.set_index(["site", "biomarker", "year"])["load"]
    first, last = int(yearly["year"].min()), int(yearly["year"].max())
    parts = []
    for end in range(first + base_years + target_years - 1, last):
        target = list(range(end - target_years + 1, end + 1))
        base = list(range(target[0] - base_years, target[0]))
        found = compare_loads(
            loads, base=base, target=target, minimum_fall=minimum_fall, evidence=evidence, seed=seed
        ).frame[["site", "biomarker", "verdict", "probability", "ratio"]]
        keys = [
            pd.MultiIndex.from_arrays([found["site"], found["biomarker"], [y] * len(found)]) for y in (*base, end + 1)
        ]
        *before, after = (levels.reindex(k).to_numpy(dtype=float) for k in keys)
        parts.append(found.assign(origin=end, next_ratio=after / np.mean(before, axis=0)))
    columns = ["site", "biomarker", "origin", "verdict", "probability", "ratio", "next_ratio"]
    table = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    return VerdictReplay(table, minimum_fall, Made(METHOD, loads.made.status, loads.made.fingerprint, seed))
