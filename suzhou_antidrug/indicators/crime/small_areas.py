"""Rates of small areas: raw count, exact interval and shrunken value side by side.

小地区的率：原始计数、精确区间、收缩估计并列。

Formulas
--------
Marshall: m = sum e / sum n, s2 = sum n (r - m)^2 / sum n, a = s2 - m / mean(n), clamped at 0 (with rare events it is often
negative: then all areas get m, and it is said); w = a / (a + m / n_i); estimate = w r + (1 - w) m. Gamma-Poisson with prior
events p and exposure q: gamma with shape p + e and rate q + n. Excess risk: r over the pooled rate. A shrunken value is for maps
and rank ranges, never for a verdict or a score.

Sources: Marshall, Applied Statistics 40 (1991) 283; Clayton and Kaldor, Biometrics 43 (1987) 671.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...disclosure import MINIMUM, suppress_small
from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ..intervals import rate_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SmallAreas(Result):
    """Rates of small areas, arrays over places.  小地区率。

    ``table`` holds everything, unsuppressed, for work in memory.
    """

    table: pd.DataFrame
    pooled: float
    variance: float  # a of the formula, after clamping
    clamped: bool
    prior: tuple[float, float] | None
    minimum: int
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One place a row, small counts and what rests on them hidden."""
        if self.minimum <= 1:
            return self.table.copy()
        rests = [c for c in self.table.columns if c not in ("place", "events", "exposure")]
        return suppress_small(
            self.table, counts="events", by="place", derived=dict.fromkeys(rests, ("events",)), keep=("exposure",),
            minimum=self.minimum, status=self.made.status,
        ).frame  # fmt: skip

    def explain(self) -> Explanation:
        """Method, whether the variance was clamped, and what shrunken values are for."""
        method = Text("马歇尔全局经验贝叶斯", "Marshall's global empirical Bayes") if self.prior is None else Text(f"伽马-泊松，先验 {self.prior[0]:g} 起 / {self.prior[1]:g}", f"gamma-Poisson, prior {self.prior[0]:g} events in {self.prior[1]:g}")  # fmt: skip
        lines = [line("方法", "method", method), line("总体率", "pooled rate", f"{self.pooled:.4g}")]
        if self.clamped:
            lines.append(line("截断", "clamped", Text("地区间方差为负，按零计：各地都取总体率", "the variance between areas is negative and taken as 0: every area gets the pooled rate")))  # fmt: skip
        lines += [
            line("用途", "use", Text("收缩估计用于地图与名次范围，不得用于评判或计分", "shrunken values are for maps and rank ranges, never for a verdict or a score")),
            line("数据状态", "status", self.made.status.text),
        ]  # fmt: skip
        return Explanation(Text("小地区的率", "Rates of small areas"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw raw and shrunken rates with exact intervals; hidden places are left out.  绘制原始率与收缩率。"""
        from .plots import plot_small_areas

        return plot_small_areas(self, ax, language=language)


def shrink_small_areas(
    events: ArrayLike, exposure: ArrayLike, *, places: Sequence[str] | None = None, prior: tuple[float, float] | None = None,
    level: float = 0.95, minimum: int = MINIMUM, status: Status | str = Status.REPORTED,
) -> SmallAreas:  # fmt: skip
    """Return raw rates with exact intervals and shrunken ones, over places.

    各小地区的原始率、精确区间与收缩估计。

    Parameters
    ----------
    events, exposure : array (places,)
        A place with exposure 0 has no rate (status ``no_exposure``); the others are computed.
    prior : pair, optional
        Events and exposure of a gamma prior; Marshall's estimate where None.

    Raises
    ------
    SeriesError
        What is no count, events without exposure, no exposure anywhere, a place twice.

    Examples
    --------
    >>> found = shrink_small_areas([0, 1, 3, 5, 20, 2, 0, 8], [120, 400, 900, 1500, 8000, 300, 50, 2500])
    >>> found.clamped, round(float(found.table["shrunken"].iloc[0]), 6)
    (True, 0.002832)
    """
    import pandas as pd
    from scipy import special

    e, n = np.asarray(events, dtype=float), np.asarray(exposure, dtype=float)
    names = [str(p) for p in (places if places is not None else range(len(e)))]
    problems = []
    if e.shape != n.shape or len(names) != len(e):
        raise ValueError("events, exposure and places are of one length")
    for i in np.flatnonzero(~((e >= 0) & (e == np.round(e)) & (n >= 0))):
        problems.append(
            Problem(
                "counts",
                f"{names[i]}: events or exposure are no number from 0.",
                f"{names[i]}：事件或暴露不是非负数。",
                row=int(i),
            )
        )
    for i in np.flatnonzero((n == 0) & (e > 0)):
        problems.append(
            Problem(
                "events_without_exposure",
                f"{names[i]}: events without exposure.",
                f"{names[i]}：有事件而无暴露。",
                row=int(i),
            )
        )
    if len(set(names)) < len(names):
        problems.append(Problem("places", "a place stands twice.", "有地区重复。"))
    if not problems and not n.sum() > 0:
        problems.append(Problem("no_exposure", "no exposure anywhere.", "各地均无暴露。"))
    if problems:
        raise SeriesError(problems)
    exact = rate_interval(e, n, level=level)
    some = n > 0
    rate = exact.value
    m = float(e.sum() / n.sum())
    s2 = float((n[some] * (rate[some] - m) ** 2).sum() / n.sum())
    raw = s2 - m / float(n[some].mean())
    a = max(0.0, raw)
    with np.errstate(divide="ignore", invalid="ignore"):
        if prior is None:
            w = np.where(some, a / (a + m / n), np.nan) if m > 0 else np.where(some, 0.0, np.nan)
            shrunken = w * np.where(some, rate, 0.0) + (1 - w) * m
            low = high = np.full(len(e), np.nan)
        else:
            shape, scale = prior[0] + e, prior[1] + n
            shrunken = shape / scale
            tail = (1 - level) / 2
            low, high = special.gammaincinv(shape, tail) / scale, special.gammaincinv(shape, 1 - tail) / scale
        excess = rate / m if m > 0 else np.full(len(e), np.nan)
    table = pd.DataFrame({
        "place": names, "events": e.astype(int), "exposure": n, "rate": rate, "low": exact.low, "high": exact.high, "excess_risk": excess,
        "shrunken": shrunken, "shrunken_low": low, "shrunken_high": high, "status": np.where(some, "estimated", "no_exposure"),
    })  # fmt: skip
    made = Made("small areas", Status(status), fingerprint(np.stack([e, n]).tobytes()))
    return SmallAreas(table, m, a, prior is None and raw < 0, prior, minimum, made)
