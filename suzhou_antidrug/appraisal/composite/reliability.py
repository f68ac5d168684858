"""Do indicators belong together: Cronbach's alpha and correlations. With ten units: description only.

指标是否同属一体：克朗巴赫系数与相关；只有十个单位时仅作描述。

Standardised alpha q / (q - 1) (1 - q / sum of R); on covariances k / (k - 1) (1 - trace C / sum of C).
Source: Cronbach, Psychometrika 16 (1951) 297.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import refusal
from .checks import table

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike


def cronbach_alpha(values: ArrayLike, *, on: Literal["correlations", "covariances"] = "correlations") -> float:
    """Return Cronbach's alpha of a table without gaps.

    克朗巴赫系数。

    Standardised q / (q - 1) (1 - q / sum of R), or on covariances k / (k - 1) (1 - trace C / sum of C); ``values`` (units,
    indicators). With ten units it describes and proves nothing. Source: Cronbach (1951).

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps, a constant column and fewer than two columns.

    >>> round(cronbach_alpha([[1.0, 2.0], [2.0, 3.0], [3.0, 4.5]]), 3)
    0.997
    """
    x, _ = table(values)
    if np.isnan(x).any() or x.shape[1] < 2 or (np.ptp(x, axis=0) == 0).any():
        raise refusal(
            "table", "alpha needs two varying columns at least and no gaps.", "至少需要两列，列内有变化且无缺失。"
        )
    c = np.corrcoef(x, rowvar=False) if on == "correlations" else np.cov(x, rowvar=False)
    q = x.shape[1]
    return float(q / (q - 1) * (1 - np.trace(c) / c.sum()))


def audit_correlations(values: pd.DataFrame, *, high: float = 0.9) -> pd.DataFrame:
    """Return pairs of indicators whose correlation is negative or above ``high``, with their number of units.

    相关审查：列出相互冲突或重复的指标对。

    Pearson's r over units that have both; ``values`` a DataFrame, a column an indicator, all turned so that high is good. Columns:
    first, second, correlation, flag (redundant, conflicting), units. Constant columns have no correlation and are not listed.
    Source: OECD/JRC Handbook (2008), page 64.

    >>> import pandas as pd
    >>> audit_correlations(pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 3.1], "c": [3.0, 1, 2]}))["flag"].tolist()
    ['redundant', 'conflicting', 'conflicting']
    """
    import pandas as pd

    r = values.corr()
    rows = []
    for i, a in enumerate(r.columns):
        for b in r.columns[i + 1 :]:
            v = float(r.loc[a, b])
            flag = "redundant" if v > high else "conflicting" if v < 0 else ""
            if flag:
                rows.append(
                    {
                        "first": a,
                        "second": b,
                        "correlation": v,
                        "flag": flag,
                        "units": int(values[[a, b]].dropna().shape[0]),
                    }
                )
    return pd.DataFrame(rows, columns=["first", "second", "correlation", "flag", "units"])
