"""What scored forecasts say about calibration and skill: bins with consistency bands, PIT, bootstrap by source.

校准与技巧：带一致性区间的可靠性分箱、概率积分变换、按来源自助抽样。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..provenance import Made
from ..results import Explanation, Result, line
from ..terms import Text
from .scores import brier_score, calibration_error, calibration_slope, source_weights, stacked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 10
REPEATS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Reliability(Result):
    """How often it happened, by what was said.  说多少，实际发生多少。

    ``bins``: ``bin, said`` (mean probability), ``happened`` (share), ``low, high`` (where the share would lie if every
    probability were right), ``weight`` (share of all forecasts), ``forecasts``.
    """

    bins: pd.DataFrame
    slope: float  # 1 is right, below 1 over-confident
    error: float  # expected calibration error
    level: float  # of the consistency bands
    name: Text
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The bins, one row each; a copy."""
        return self.bins.copy()

    @property
    def outside(self) -> int:
        """How many bins lie outside their band."""
        return int(((self.bins["happened"] < self.bins["low"]) | (self.bins["happened"] > self.bins["high"])).sum())

    def explain(self) -> Explanation:
        """What the bins say together."""
        return Explanation(
            Text(f"可靠性：{self.name.zh}", f"Reliability: {self.name.en}"),
            (
                line("校准斜率（1 为好）", "calibration slope (1 is right)", f"{self.slope:.3f}"),
                line("校准误差", "expected calibration error", f"{self.error:.4f}"),
                line(f"{self.level:.0%} 带外的箱数", f"bins outside the {self.level:.0%} band", self.outside),
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the reliability diagram with its bands.  绘制可靠性图。"""
        from .calibration_plots import plot_reliability

        return plot_reliability(self, ax, language=language)


def reliability(
    rows: pd.DataFrame, *, name: Text, made: Made, bins: int = BINS, level: float = 0.9, rng: int = 0
) -> Reliability:
    """Bin all probabilities of scored cases and set the share that happened beside them.  可靠性分箱。

    The band of a bin holds the share that happened in ``level`` of 1,000 repeats in which every probability is right:
    one uniform number a case decides all its falls, since a fall by 20 % is also one by 10 %. Cases count as
    independent of each other; where origins overlap the true band is wider. Source: Broecker and Smith, Weather and
    Forecasting 22, 2007, section 3.
    """
    import pandas as pd

    p, e, w = stacked(rows, _weights(rows))
    index = np.clip((p * bins).astype(int), 0, bins - 1)
    total = np.bincount(index, w, minlength=bins)
    generator = np.random.default_rng(rng)
    asked = len(p) // len(rows)
    repeats = np.empty((REPEATS, bins))
    for i in range(REPEATS):
        made_true = np.tile(generator.random(len(rows)), asked) < p
        repeats[i] = np.bincount(index, w * made_true, minlength=bins)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.quantile(repeats / total, [(1 - level) / 2, (1 + level) / 2], axis=0)
        table = pd.DataFrame(
            {
                "bin": np.arange(bins),
                "said": np.bincount(index, w * p, minlength=bins) / total,
                "happened": np.bincount(index, w * e, minlength=bins) / total,
                "low": low,
                "high": high,
                "weight": total,
                "forecasts": np.bincount(index, minlength=bins),
            }
        )
    table = table[table["forecasts"] > 0].reset_index(drop=True)
    return Reliability(table, calibration_slope(p, e, w), calibration_error(p, e, w, bins=bins), level, name, made)


@dataclass(frozen=True, slots=True, eq=False)
class Pit(Result):
    """Where the outcomes fell among the draws.  实际值落在预测分布的什么位置。

    ``bins``: ``step, bin, low_edge, share`` and the share of a right forecast with its band, ``even, low, high``.
    """

    bins: pd.DataFrame
    name: Text
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """Share by step and bin; a copy."""
        return self.bins.copy()

    @property
    def unevenness(self) -> float:
        """The largest distance of a bin's share from even, over the even share."""
        return float((np.abs(self.bins["share"] - self.bins["even"]) / self.bins["even"]).max())

    def explain(self) -> Explanation:
        """How to read it."""
        ends = self.bins.groupby("step")["bin"].agg(["min", "max"])
        last = self.bins[self.bins["step"] == self.bins["step"].max()]
        edge = last[last["bin"].isin([ends["min"].iloc[-1], ends["max"].iloc[-1]])]["share"].mean()
        even = float(last["even"].iloc[0])
        shape = Text("偏窄", "too narrow") if edge > even else Text("偏宽", "too wide")
        return Explanation(
            Text(f"概率积分变换：{self.name.zh}", f"Probability integral transform: {self.name.en}"),
            (
                line("两端箱的平均占比", "mean share of the end bins", f"{edge:.3f}"),
                line("准确时", "if right", f"{even:.3f}"),
                line("预测分布", "the predictive distribution is", shape),
                line("最大偏离", "largest deviation from even", f"{self.unevenness:.1%}"),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the histogram of the last step.  绘制末步的直方图。"""
        from .calibration_plots import plot_pit

        return plot_pit(self, ax, language=language)


def pit_histogram(rows: pd.DataFrame, *, name: Text, made: Made, bins: int = BINS, level: float = 0.9) -> Pit:
    """Return the histogram of the PIT for each step, every source weighing the same.  概率积分变换直方图。

    The band is that of a binomial share, for the effective number (sum w)^2 / sum w^2 of independent cases.
    """
    import pandas as pd
    from scipy.stats import binom

    w = _weights(rows)
    tables = []
    for column in [c for c in rows if c.startswith("pit_")]:
        value = rows[column].to_numpy(dtype=float)
        seen = np.isfinite(value)
        weight = w[seen] / w[seen].sum()
        number = 1 / np.sum(weight**2)
        share = np.bincount(np.minimum((value[seen] * bins).astype(int), bins - 1), weight, minlength=bins)
        low, high = binom.ppf([(1 - level) / 2, (1 + level) / 2], round(number), 1 / bins) / number
        edges = np.arange(bins) / bins
        tables.append(
            pd.DataFrame({"step": int(column[4:]), "bin": range(bins), "low_edge": edges, "share": share}).assign(
                even=1 / bins, low=low, high=high
            )
        )
    return Pit(pd.concat(tables, ignore_index=True), name, made)


@dataclass(frozen=True, slots=True)
class Skill:
    """How much better than another forecast, with an interval.  比另一预测好多少，附区间。"""

    value: float  # 1 - Brier / Brier of the other: 0 as good, 1 perfect
    low: float
    high: float
    level: float
    against: str
    resampled: str  # what was drawn with replacement: source, or series_id where there is one source
    better_in: int  # units (of `resampled`) in which the score is lower than the other's
    units: int


def brier_skill(
    rows: pd.DataFrame,
    other: pd.DataFrame | None = None,
    *,
    against: str = "climatology",
    level: float = 0.95,
    repeats: int = REPEATS,
    rng: int = 0,
) -> Skill:
    """Return the Brier skill of scored cases with a bootstrap interval.  布赖尔技巧分与自助区间。

    Skill = 1 - B / B0, B the mean Brier score over falls and sources. B0 is that of ``other`` on the same cases or,
    without it, of the base rate: the sum of e (1 - e) over the falls, e taken anew in every resample. Whole sources are
    drawn with replacement, whole series where there is one source only: cases of one source are not independent.
    """
    unit = "source" if rows["source"].nunique() > 1 else "series_id"
    codes, number = _codes(rows[unit])
    w = _weights(rows)
    # Sums by unit and fall: every resample is then a matter of weights.
    weight = np.bincount(codes, w, minlength=number)
    ours, theirs, events = (_sums(rows, codes, number, w, what) for what in ("score", "score", "event"))
    if other is not None:
        theirs = _sums(other, codes, number, w, "score")

    def skill(times: Floats) -> Floats:
        total = times @ weight
        brier = (times @ ours).sum(axis=1) / total
        if other is not None:
            reference: Floats = (times @ theirs).sum(axis=1) / total
        else:
            share = (times @ events) / total[:, None]
            reference = (share * (1 - share)).sum(axis=1)
        gain: Floats = 1 - brier / reference
        return gain

    generator = np.random.default_rng(rng)
    drawn = generator.multinomial(number, np.full(number, 1 / number), size=repeats).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(skill(np.ones((1, number)))[0])
        spread = skill(drawn)
    spread = spread[np.isfinite(spread)]  # a resample in which nothing or everything fell has no base rate to beat
    known = number > 1 and len(spread) > 0
    low, high = np.quantile(spread, [(1 - level) / 2, (1 + level) / 2]) if known else (np.nan, np.nan)
    if other is None:
        share = events / weight[:, None]
        rival = (share * (1 - share)).sum(axis=1) * weight
        better = int((ours.sum(axis=1) < rival).sum())
    else:
        better = int((ours.sum(axis=1) < theirs.sum(axis=1)).sum())
    return Skill(value, float(low), float(high), level, against, unit, better, number)


def _weights(rows: pd.DataFrame) -> Floats:
    return source_weights(rows["source"])


def _codes(column: pd.Series) -> tuple[NDArray[np.intp], int]:
    import pandas as pd

    codes, ids = pd.factorize(column)
    return codes, len(ids)


def _sums(rows: pd.DataFrame, codes: NDArray[np.intp], number: int, w: Floats, what: str) -> Floats:
    """Return weighted sums of Brier scores or events, (units, falls)."""
    p, e, _ = stacked(rows, w)
    each = (brier_score(p, e) if what == "score" else e).reshape(-1, len(rows))
    return np.stack([np.bincount(codes, w * column, minlength=number) for column in each], axis=1)
