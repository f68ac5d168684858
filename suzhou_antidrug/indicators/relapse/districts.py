"""Relapse between districts: which differ from the whole by more than chance, and how sure a rank is.

地区间复吸率：哪些与总体之差超出偶然，名次有多可靠。

Formulas
--------
Funnel: binomial limits about the pooled rate for each base (exact quantiles, interpolated), 95 and 99.8 %. Overdispersion
phi: mean of squared z, the outer tenth at either end pulled in; where above 1 limits are widened by its root. Partial
pooling: beta-binomial with mean m and precision s by marginal likelihood; the estimate of a district is
(x + m s) / (n + s), its interval a beta quantile. Ranks from draws of these. A shrunken value is for maps and rank ranges,
never for a district's verdict or score.

Sources: Spiegelhalter, Statistics in Medicine 24 (2005) 1185; Skellam, JRSS B 10 (1948) 257 for the beta-binomial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...disclosure import MINIMUM, suppress_small
from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ..intervals import proportion_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NO_GAIN = 1e-8  # of the log-likelihood: where the search stops on a flat slope differs between machines
NO_SPREAD = 1e6  # precision at which districts no longer differ
WINSORISED = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class DistrictComparison(Result):
    """Relapse of districts beside each other, arrays over places.  各地区复吸率比较。

    ``table`` holds everything, unsuppressed, for work in memory; :attr:`frame` is what may be shown.
    """

    table: pd.DataFrame
    pooled: float
    precision: float  # of the beta prior; infinite where districts do not differ by more than chance
    overdispersion: float
    widened: bool
    minimum: int
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One district a row, small counts and what rests on them hidden."""
        if self.minimum <= 1:
            return self.table.copy()
        rests = [c for c in self.table.columns if c not in ("place", "found", "base")]
        return suppress_small(
            self.table, counts="found", by="place", complement={"found": "base"}, derived=dict.fromkeys(rests, ("found",)),
            minimum=self.minimum, status=self.made.status,
        ).frame  # fmt: skip

    @property
    def expected_outside(self) -> float:
        """How many districts would lie outside the 95 % limits by chance."""
        return 0.05 * float((self.table["base"] > 0).sum())

    def explain(self) -> Explanation:
        """Pooled rate, spread, what chance alone would do, and what the ranks are good for."""
        outside = int(self.table["position"].isin(["low", "high"]).sum())
        spread = Text("各地差异不超过偶然，收缩估计都等于总体", "districts differ by no more than chance: all shrink to the whole") if np.isinf(self.precision) else Text(f"相当于 {self.precision:.0f} 人的先验", f"a prior worth {self.precision:.0f} persons")  # fmt: skip
        return Explanation(
            Text("各地区复吸率", "Relapse by district"),
            (
                line("总体", "pooled", f"{self.pooled:.2%}"),
                line("地区间差异", "spread", spread),
                line("过度离散", "overdispersion", Text(f"{self.overdispersion:.2f}{'，界限已放宽' if self.widened else ''}", f"{self.overdispersion:.2f}{', limits widened' if self.widened else ''}")),
                line("95%界限以外", "outside the 95 % limits", Text(f"{outside} 个；单凭偶然约 {self.expected_outside:.1f} 个", f"{outside}; by chance about {self.expected_outside:.1f}")),
                line("收缩估计的用途", "shrunken values", Text("用于地图与名次范围，不得用于评判或计分", "for maps and rank ranges, never for a verdict or a score")),
                line("名次", "ranks", Text("只给范围：范围重叠的地区不排先后", "ranges only: districts whose ranges overlap are not ordered")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the funnel; districts with hidden counts are left out and counted.  绘制漏斗图。"""
        from .count_plots import plot_funnel

        return plot_funnel(self, ax, language=language)


def compare_districts(
    found: ArrayLike, base: ArrayLike, places: ArrayLike, *, widen: bool = False, minimum: int = MINIMUM,
    level: float = 0.95, draws: int = 2000, rng: int = 0, status: Status | str = Status.REPORTED,
) -> DistrictComparison:  # fmt: skip
    """Return the relapse of districts with funnel limits, partial pooling and rank ranges.

    各地区复吸率，附漏斗界限、部分合并估计与名次范围。

    Parameters
    ----------
    found, base : array (places,)
        Persons found relapsed and persons at risk, of one definition and equal checking.
    widen : bool
        Widen the funnel by the overdispersion.
    minimum : int
        Counts below, their complements and what gives them back are hidden in ``frame`` and in the figure.

    Raises
    ------
    SeriesError
        What is no count, a place twice, nobody at risk anywhere.

    Examples
    --------
    >>> seen = compare_districts([30, 42, 90, 25], [600, 700, 800, 500], ["a", "b", "c", "d"])
    >>> seen.table["position"].tolist()
    ['low', 'inside', 'high', 'inside']
    """
    import pandas as pd

    x, n = np.asarray(found, dtype=float), np.asarray(base, dtype=float)
    names = [str(p) for p in np.asarray(places, dtype=object)]
    exact = proportion_interval(x, n, level=level)  # refuses what is no count
    if len(set(names)) != len(names) or x.shape != (len(names),) or n.shape != x.shape or np.isnan(x + n).any():
        raise SeriesError(
            Problem("places", "each place stands once, with both counts.", "每个地区须且只能出现一次，两数齐全。")
        )
    if n.sum() == 0:
        raise SeriesError(Problem("nobody_at_risk", "nobody is at risk anywhere.", "各地均无在册人员。"))
    pooled = float(x.sum() / n.sum())
    phi = _overdispersion(x, n, pooled)
    scale = float(np.sqrt(max(phi, 1.0))) if widen else 1.0
    limits = {p: funnel_limits(n, pooled, p, scale) for p in (0.95, 0.998)}
    rate = np.where(n > 0, x / np.where(n > 0, n, 1), np.nan)
    low, high = limits[0.95]
    with np.errstate(invalid="ignore"):
        position = np.select([n == 0, rate < low, rate > high], ["no_base", "low", "high"], "inside")
    mean, precision = _fit(x, n, pooled)
    shrunken, s_low, s_high, ranks = _shrink(x, n, mean, precision, level, draws, rng)
    table = pd.DataFrame({
        "place": names, "found": x.astype(int), "base": n.astype(int), "rate": rate, "low": exact.low, "high": exact.high,
        "funnel_low": low, "funnel_high": high, "funnel_low_998": limits[0.998][0], "funnel_high_998": limits[0.998][1],
        "position": position, "shrunken": shrunken, "shrunken_low": s_low, "shrunken_high": s_high,
        "rank_low": ranks[0], "rank_high": ranks[1],
    })  # fmt: skip
    made = Made("funnel and beta-binomial pooling", Status(status), fingerprint(np.stack([x, n]).tobytes()), rng)
    return DistrictComparison(table, pooled, precision, phi, widen and phi > 1, minimum, level, made)


def _overdispersion(x: Floats, n: Floats, pooled: float) -> float:
    some = n > 0
    if pooled in (0.0, 1.0) or some.sum() < 2:
        return 1.0
    z = (x[some] / n[some] - pooled) / np.sqrt(pooled * (1 - pooled) / n[some])
    z = np.clip(z, *np.quantile(z, [WINSORISED, 1 - WINSORISED]))
    return float((z**2).mean())


def funnel_limits(n: Floats, pooled: float, level: float, scale: float) -> tuple[Floats, Floats]:
    """Return binomial limits of a rate for each base, interpolated between whole counts."""
    from scipy import stats

    size = np.where(n > 0, n, 1)
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        k = stats.binom.ppf(tail, size, pooled)
        at, before = stats.binom.cdf(k, size, pooled), stats.binom.cdf(k - 1, size, pooled)
        exact = k - (at - tail) / np.maximum(at - before, 1e-300)
        rate = np.clip(exact / size, 0, 1)
        ends.append(np.where(n > 0, np.clip(pooled + scale * (rate - pooled), 0, 1), np.nan))
    return ends[0], ends[1]


def _fit(x: Floats, n: Floats, pooled: float) -> tuple[float, float]:
    """Return mean and precision of the beta prior by marginal likelihood."""
    from scipy import optimize, special

    if pooled in (0.0, 1.0) or (n > 0).sum() < 3:
        return pooled, np.inf

    def minus(z: Floats) -> float:
        m, s = special.expit(z[0]), np.exp(z[1])
        a, b = m * s, (1 - m) * s
        return -float((special.betaln(a + x, b + n - x) - special.betaln(a, b)).sum())

    starts = [np.array([special.logit(pooled), v]) for v in (2.0, 6.0, 10.0)]
    bounds = [(None, None), (0.0, np.log(NO_SPREAD))]
    best = min((optimize.minimize(minus, z, method="L-BFGS-B", bounds=bounds) for z in starts), key=lambda f: f.fun)
    precision = float(np.exp(best.x[1]))
    flat = -float((x * np.log(pooled) + (n - x) * np.log1p(-pooled)).sum())  # one rate for all
    if precision > 0.9 * NO_SPREAD or best.fun >= flat - NO_GAIN:
        return pooled, np.inf
    return float(special.expit(best.x[0])), precision


def _shrink(
    x: Floats, n: Floats, mean: float, precision: float, level: float, draws: int, rng: int
) -> tuple[Floats, Floats, Floats, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    from scipy import special

    count = len(x)
    if np.isinf(precision):
        same = np.full(count, mean)
        return same, same, same, (np.ones(count, dtype=np.int64), np.full(count, count, dtype=np.int64))
    a, b = mean * precision + x, (1 - mean) * precision + n - x
    tail = (1 - level) / 2
    generator = np.random.default_rng(rng)
    ranks = np.empty((draws, count), dtype=np.int32)
    for start in range(0, draws, 200):  # a few at a time: 3,000 places by 2,000 draws need no table of their own
        part = generator.beta(a, b, (min(200, draws - start), count))
        ranks[start : start + len(part)] = part.argsort(axis=1).argsort(axis=1) + 1
    span = np.quantile(ranks, [tail, 1 - tail], axis=0, method="inverted_cdf")
    return a / (a + b), special.betaincinv(a, b, tail), special.betaincinv(a, b, 1 - tail), (span[0].astype(np.int64), span[1].astype(np.int64))  # fmt: skip
