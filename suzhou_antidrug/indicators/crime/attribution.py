"""What share of crime drugs may have caused: bounds from shares that overlap; sensitivity, never a result.

毒品可能引发多大比例的案件：由相互重叠的比例给出界限；只作敏感性分析，不作结论。

Goldstein's three routes, intoxication, economic need and the trade itself, overlap: one robbery may be two of them. Shares
are never added. Union: max AF_k to min(1, sum AF_k) under any overlap; 1 - product of (1 - AF_k) were they independent.

Shares of prisoners or detainees of other countries say nothing of a city's recorded crime; they come with status assumed.
Source: Goldstein, J. Drug Issues 15 (1985) 493, as restated in UNODC Bulletin on Narcotics 2000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class AttributableShare(Result):
    """The share of cases that drugs may have caused.  可归因比例。"""

    shares: Mapping[str, tuple[float, float]]  # low and high of each route
    low: float  # under any overlap
    high: float
    independent: tuple[float, float]
    cases: float  # NaN where not given
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a way of joining: low, high, and cases where a count is given."""
        import pandas as pd

        rows = [("any_overlap", self.low, self.high), ("independent", *self.independent)]
        table = pd.DataFrame(rows, columns=["joined", "low", "high"])
        return table.assign(cases_low=self.cases * table["low"], cases_high=self.cases * table["high"])

    def explain(self) -> Explanation:
        """Each route, the bounds, and what the figure may not be used for."""
        return Explanation(
            Text("毒品可能引发的比例", "Share that drugs may have caused"),
            (
                *(line(f"途径 {k}", f"route {k}", f"{a:.0%}-{b:.0%}") for k, (a, b) in self.shares.items()),
                line("任意重叠", "any overlap", f"{self.low:.0%}-{self.high:.0%}"),
                line("若相互独立", "were they independent", f"{self.independent[0]:.0%}-{self.independent[1]:.0%}"),
                line("用途", "use", Text("只作敏感性分析：外地囚犯或被捕者的比例不能搬用为本地结论", "sensitivity only: shares of prisoners elsewhere are no finding here")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def attributable_share(
    shares: Mapping[str, float | tuple[float, float]],
    *,
    cases: float | None = None,
    status: Status | str = Status.ASSUMED,
) -> AttributableShare:
    """Return the share of cases caused by drugs through any of several routes, with bounds for their overlap.

    由各途径比例给出可归因比例的界限。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for shares outside 0-1 or turned round.

    >>> found = attributable_share({"intoxication": 0.2, "need": (0.1, 0.3)})
    >>> found.low, found.high, tuple(round(v, 2) for v in found.independent)
    (0.2, 0.5, (0.28, 0.44))
    """
    spans = {
        k: (float(v), float(v)) if isinstance(v, (int, float)) else (float(v[0]), float(v[1]))
        for k, v in shares.items()
    }
    bad = [k for k, (a, b) in spans.items() if not 0 <= a <= b <= 1]
    if bad or not spans:
        raise SeriesError([Problem("share", f"{k}: a share lies in 0-1, low before high.", f"{k}：比例须在0-1之间，先低后高。", column=k) for k in bad]
                          or [Problem("share", "no share is given.", "未给任何比例。")])  # fmt: skip
    low, high = np.array(list(spans.values())).T
    made = Made("attributable share", Status(status), fingerprint(repr(sorted(spans.items()))))
    independent = tuple(float(1 - np.prod(1 - side)) for side in (low, high))
    n = float("nan") if cases is None else float(cases)
    return AttributableShare(spans, float(low.max()), float(min(1.0, high.sum())), independent, n, made)  # type: ignore[arg-type]
