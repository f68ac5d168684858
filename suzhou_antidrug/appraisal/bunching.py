"""Values that gather just above a milestone: a sign to look, never a proof.

年度任务门槛之上的聚集：是核查的线索，不是证明。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from .scorecard import ScoreCard

EDGE = 1e-9  # of a window: rounding
FEW = 10  # values beside a milestone below which nothing is said


def find_bunching(card: ScoreCard, *, window: float = 0.05) -> pd.DataFrame:
    """Return, by item over all years and divisions, the values just above the milestone and just below.

    逐项统计门槛之上与之下一小段内的数值个数。

    Within ``window`` (0.05 is five points for shares, 5 % of the milestone for other units) a smooth distribution puts about as many values
    just below as just above: p = P(X >= above), X binomial with above + below trials and one half; ``p_holm`` is corrected for
    the number of items. Milestones at a natural limit (0, 100 %) are left out, since nothing can lie
    beyond them, and so are counts, which meet a small milestone exactly. Effort that stops at
    the target bunches too; with fewer than ten values nothing is said. The idea is that of McCrary, Journal of Econometrics 142
    (2008) 698, in its simplest form.

    Columns task, item, above, below, p_value, p_holm, finding (``more_above``, ``nothing_seen``, ``too_few``).
    """
    import pandas as pd
    from scipy.stats import binom

    gaps: dict[tuple[int, str], list[float]] = {}
    for year in card.years:
        for column in year.columns:
            if column.measured is None or column.item.role != "score":
                continue
            m = column.measured.milestone
            if m.threshold == 0 or (m.unit == "share" and m.threshold == 1 and m.compares == "level"):
                continue
            if column.measured.indicator.kind in ("count", "occurrence"):
                continue
            scale = window if m.unit == "share" else window * abs(m.threshold)
            gap = column.direction * (column.value[1:] - m.threshold) / scale
            gaps.setdefault((column.item.task, column.item.code), []).extend(gap[~np.isnan(gap)])
    rows = []
    for (task, item), found in gaps.items():
        gap = np.array(found)
        above = int(((gap >= -EDGE) & (gap < 1 - EDGE)).sum())
        below = int(((gap < -EDGE) & (gap >= -1 - EDGE)).sum())
        rows.append((task, item, above, below, float(binom.sf(above - 1, above + below, 0.5)) if above + below else 1.0))  # fmt: skip
    table = pd.DataFrame(rows, columns=["task", "item", "above", "below", "p_value"])
    table["p_holm"] = _holm(table["p_value"].to_numpy(dtype=float))
    few = table["above"] + table["below"] < FEW
    table["finding"] = np.where(few, "too_few", np.where(table["p_holm"] < 0.05, "more_above", "nothing_seen"))
    return table.sort_values("p_value", kind="stable").reset_index(drop=True)


def _holm(p: np.ndarray) -> np.ndarray:
    from statsmodels.stats.multitest import multipletests

    return np.asarray(multipletests(p, method="holm")[1]) if len(p) else p
