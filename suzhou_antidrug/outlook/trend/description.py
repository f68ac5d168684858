"""Describe how a short series moved, and what could have been seen in it.

描述短序列的走势，并说明其中能看出什么。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import refusal
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .autocorrelation import Variant, autocorrelated_variants
from .mann_kendall import MannKendall, mann_kendall, reach
from .observations import Observations, observe
from .power import LARGEST_N, LARGEST_NOISE, USUAL_CHANCE, TrendPower, detectable_fall, trend_power
from .slopes import LogLine, SenSlope, log_line, sen_slope

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

METHOD = "Mann-Kendall, Sen's slope, log-linear annual change"
# The falls whose chance to be seen is stated; 10 % is what most readings of a marked decrease ask for.
STATED_FALLS = (0.1, 0.2, 0.3, 0.5)
# With so few values only a perfect or almost perfect fall can be significant.
HARDLY_EVER = 6


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What the exact one-sided test could have seen at this n and this noise.  在此 n 与误差下能看出什么。

    ``noise`` is the coefficient of variation of one value around the line, estimated from the values themselves;
    ``noise_high`` its upper 90 % limit, chi-square with n - 2 degrees of freedom. The detectable falls are the smallest
    over the window that are seen with a chance of 0.8, NaN for none.
    """

    noise: float
    noise_high: float
    power: TrendPower
    detectable: float
    detectable_high: float  # at noise_high
    walk_alarms: float  # share of wandering series without a trend that raise an alarm


@dataclass(frozen=True, slots=True, eq=False)
class Trend(Result):
    """How a series moved: description, not a forecast.  序列的走势(描述，非预测)。

    ``sight`` says what a test could have seen in so few values, None where the noise cannot be estimated.
    """

    observations: Observations
    test: MannKendall
    sen: SenSlope
    line: LogLine
    sight: Sight | None
    level: float
    made: Made

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The test's variants for autocorrelated series, each with a word on whether it can be used here."""
        return autocorrelated_variants(self.observations, alpha=1 - self.level)

    @property
    def p_decrease(self) -> float:
        """One-sided Mann-Kendall p of a decrease, exact below 11 values."""
        return float(self.test.p_decrease[0])

    @property
    def annual_change(self) -> float:
        """Annual change of the log line, -0.05 for a fall of 5 % a year."""
        return self.line.apc.value

    @property
    def probability_of_decrease(self) -> float:
        """P(the log line falls), flat prior, independent errors."""
        return self.line.probability_of_decrease

    @property
    def frame(self) -> pd.DataFrame:
        """One row a method: value, interval, p-values, and whether it can be used here."""
        import pandas as pd

        t, apc = self.test, self.line.apc
        nan = float("nan")
        decrease = 1 - self.line.probability_of_decrease
        rows = [
            ("mann_kendall", t.score[0], nan, nan, t.p_decrease[0], t.p_two_sided[0], True),
            *((v.name, v.score, nan, nan, v.p_decrease, v.p_two_sided, v.usable) for v in self.variants),
            ("sen_slope", self.sen.slope, self.sen.low, self.sen.high, t.p_decrease[0], t.p_two_sided[0], True),
            ("annual_change", apc.value, apc.low, apc.high, decrease, apc.p_value, bool(np.isfinite(apc.p_value))),
        ]
        return pd.DataFrame(rows, columns=["measure", "value", "low", "high", "p_decrease", "p_two_sided", "usable"])

    def explain(self) -> Explanation:
        """Results, what could have been seen, and what must not be concluded."""
        return Explanation(
            Text("走势描述", "Trend"),
            (*_results(self), *_limits(self), line("数据状态", "status", self.made.status.text)),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw values, Sen's line and the log line.  绘制数值与两条直线。"""
        from .plots import plot_trend

        return plot_trend(self, ax, language=language)


def _results(trend: Trend) -> tuple[tuple[Text, Text], ...]:
    n, test, apc = int(trend.test.n[0]), trend.test, trend.line.apc
    kind = Text("精确", "exact") if test.exact[0] else Text("正态近似", "normal approximation")
    interval = f"({trend.sen.low:.4g}, {trend.sen.high:.4g})"
    return (
        line("数值个数", "values", n),
        line(
            "曼-肯德尔检验",
            "Mann-Kendall test",
            Text(
                f"S = {test.score[0]:g}，下降的单侧 p = {test.p_decrease[0]:.4f}({kind.zh})，双侧 {test.p_two_sided[0]:.4f}",
                f"S = {test.score[0]:g}, one-sided p of a decrease {test.p_decrease[0]:.4f} ({kind.en}), "
                f"two-sided {test.p_two_sided[0]:.4f}",
            ),
        ),
        line("森斜率(每年)", "Sen's slope a year", f"{trend.sen.slope:.4g} {interval}"),
        line("年变化率(对数直线)", "annual change (log line)", _shown_change(trend)),
        line(
            "下降的概率(对数直线，误差独立)",
            "probability of a decrease (log line, independent errors)",
            _or_unknown(trend.probability_of_decrease, f"{trend.probability_of_decrease:.3f}"),
        ),
        *(() if np.isfinite(apc.value) else (line("注意", "note", _NO_LOG),)),
        *((line("注意", "note", _SEASON),) if np.diff(trend.observations.times).min() < 1 else ()),
    )


_NO_LOG = Text(
    "有零值而不知事件数，对数不存在；请给出 events 或 exposure",
    "a value is zero and its events are unknown, so it has no logarithm; give events or exposure",
)
_SEASON = Text(
    "不足一年的时期未去除季节；若有季节，请先合成年度",
    "no season is taken out of quarters or months: if there is one, make years of them first",
)
_UNKNOWN = Text("无法估计", "cannot be estimated")


def _or_unknown(value: float, shown: str) -> Text:
    return Text(shown, shown) if np.isfinite(value) else _UNKNOWN


def _shown_change(trend: Trend) -> Text:
    apc = trend.line.apc
    if not np.isfinite(apc.value):
        return _UNKNOWN
    if not np.isfinite(apc.low):
        return Text(
            f"{apc.value:+.1%}，数值恰在一条线上，区间无法估计",
            f"{apc.value:+.1%}; the values lie on a line, so there is no interval",
        )
    shown = f"{apc.value:+.1%} ({apc.low:+.1%}, {apc.high:+.1%})"
    return Text(shown, shown)


def _limits(trend: Trend) -> tuple[tuple[Text, Text], ...]:
    """Return what could have been seen at this n and this noise, and what must not be concluded."""
    limit = line("能力上限", "limit of the test", _reach_text(int(trend.test.n[0]), 1 - trend.level))
    never = line("不可如此推论", "not to be concluded", _NEVER)
    sight = trend.sight
    if sight is None:
        return (limit, line("检出概率", "chance to see a fall", _UNKNOWN), never)
    chances = ", ".join(f"{fall:.0%}: {sight.power.chance(fall):.2f}" for fall in STATED_FALLS)
    return (
        limit,
        line(
            f"误差约 {sight.noise:.2f} 时的检出概率(全期降幅: 概率)",
            f"chance to see a fall over the window at noise of about {sight.noise:.2f}",
            chances,
        ),
        line(
            f"以 {USUAL_CHANCE:g} 的概率能看见的最小降幅",
            f"smallest fall seen with chance {USUAL_CHANCE:g}",
            _detectable_text(sight),
        ),
        never,
        line("若水平逐年游走", "if the level wanders", _walk_text(sight)),
    )


def _detectable_text(sight: Sight) -> Text:
    def shown(fall: float) -> Text:
        return Text(f"{fall:.0%}", f"{fall:.0%}") if np.isfinite(fall) else Text("无", "none")

    usual, high = shown(sight.detectable), shown(sight.detectable_high)
    return Text(
        f"{usual.zh}(误差由这几个值自身估得，若实为上限 {sight.noise_high:.2f}，则为 {high.zh})",
        f"{usual.en} (the noise comes from these few values; at its upper limit {sight.noise_high:.2f}: {high.en})",
    )


def _walk_text(sight: Sight) -> Text:
    return Text(
        f"无趋势时也有 {sight.walk_alarms:.0%} 的序列报警(名义 {sight.power.alpha:.0%})；本描述不外推",
        f"{sight.walk_alarms:.0%} of series without a trend raise an alarm (nominal {sight.power.alpha:.0%}); "
        "nothing here is extrapolated",
    )


_NEVER = Text(
    "“趋势不显著”绝不等于“没有下降”，只说明这样少的数据看不出来",
    '"no significant trend" never means "no decrease": so few values cannot tell',
)


def _reach_text(n: int, alpha: float) -> Text:
    found = reach(min(n, 20), alpha=alpha)
    if found.orders == 0:
        return Text(
            f"{n} 个值时最小单侧 p 为 {found.smallest_p:.3f}，曼-肯德尔检验永不显著",
            f"with {n} values the smallest one-sided p is {found.smallest_p:.3f}: Mann-Kendall can never be significant",
        )
    if n <= HARDLY_EVER:
        return Text(
            f"{n} 个值时最小单侧 p 为 {found.smallest_p:.4f}，{found.of_orders} 种排列中只有 {found.orders} 种显著："
            "曼-肯德尔检验几乎不可能显著",
            f"with {n} values the smallest one-sided p is {found.smallest_p:.4f} and of "
            f"{found.of_orders} orders only {found.orders} would be significant: Mann-Kendall can hardly ever be significant",
        )
    return Text(
        f"{n} 个值时最小单侧 p 为 {found.smallest_p:.1e}", f"smallest one-sided p at n = {n}: {found.smallest_p:.1e}"
    )


def describe_trend(
    y: Any,
    *,
    kind: str = "rate",
    exposure: ArrayLike | pd.Series | None = None,
    events: ArrayLike | pd.Series | None = None,
    se: ArrayLike | pd.Series | None = None,
    level: float = 0.95,
    draws: int = 4000,
    rng: int | np.random.Generator = 0,
    status: Status | str = Status.REPORTED,
) -> Trend:
    """Describe how a short series moved, with what a test could have seen in so few values.

    描述短序列的走势，并说明这样少的数值里检验能看出什么。

    Mann-Kendall (exact below 11 values, ties included) with its variants for autocorrelation, Sen's slope at true
    times, the log line's annual change exp(b) - 1 weighted by the known noise, and the chance to see a fall.

    Parameters
    ----------
    y : array-like or pandas.Series of shape (n,)
        Values, oldest first; a Series may be indexed by year or by Period, with gaps. Proportions are 0-1.
    kind : {"rate", "count", "proportion", "load"}
        As for :func:`~suzhou_antidrug.outlook.predictive.forecast`; a count with exposure is described as a rate.
    exposure, events, se : array-like, optional
        Known noise: population, events behind each value, standard error in the unit of the values.
    level : float
        Of the intervals; 1 - ``level`` is the significance level of the statements on power.

    Raises
    ------
    SeriesError
        Fewer than three values, negative or infinite values, a proportion above 1, a level outside 0.5-1.

    Source: Mann 1945; Kendall 1975; Sen 1968; Kim et al., Statistics in Medicine 19 (2000) 335.

    Examples
    --------
    >>> trend = describe_trend([10, 9, 8, 7, 6])
    >>> round(trend.p_decrease, 4), trend.sen.slope, round(trend.annual_change, 3)
    (0.0083, -1.0, -0.12)
    """
    if not 0.5 < level < 1:
        raise refusal("level", "level lies between 0.5 and 1.", "置信水平须在 0.5 与 1 之间。", value=level)
    seen = observe(y, kind=kind, events=events, exposure=exposure, se=se)
    fitted = log_line(seen.times, seen.logs, seen.noise, level=level)
    return Trend(
        observations=seen,
        test=mann_kendall(seen.values),
        sen=sen_slope(seen.times, seen.values, level=level),
        line=fitted,
        sight=_sight(seen, fitted, alpha=1 - level, draws=draws, rng=rng),
        level=level,
        made=Made(
            METHOD,
            Status(status),
            fingerprint(seen.history.to_csv(lineterminator="\n")),
            seed=rng if isinstance(rng, int) else None,
        ),
    )


def _sight(
    seen: Observations, fitted: LogLine, *, alpha: float, draws: int, rng: int | np.random.Generator
) -> Sight | None:
    """Return what could have been seen, from the noise around the line but at least the known noise."""
    from scipy.special import chdtri

    n, known = len(seen.values), float(np.sqrt(seen.noise.mean()))
    spread = max(fitted.residual_sd, known)
    if not np.isfinite(spread) or spread <= 0 or n > LARGEST_N:
        return None
    # chdtri takes the upper tail: the value that a chi-square exceeds with probability 0.9.
    high = max(fitted.residual_sd * np.sqrt(fitted.df / chdtri(fitted.df, 0.9)), known)
    noise, noise_high = _variation(spread), _variation(high)
    return Sight(
        noise=noise,
        noise_high=noise_high,
        power=trend_power(n, STATED_FALLS, noise, alpha=alpha, draws=draws, rng=rng),
        detectable=detectable_fall(n, noise, alpha=alpha, draws=draws, rng=rng),
        detectable_high=detectable_fall(n, noise_high, alpha=alpha, draws=draws, rng=rng),
        walk_alarms=trend_power(n, 0.0, noise, walk=True, alpha=alpha, draws=draws, rng=rng).chance(0.0),
    )


def _variation(spread: float) -> float:
    """Return the coefficient of variation of a log-normal, within what the simulation takes."""
    return min(LARGEST_NOISE, max(1e-6, float(np.sqrt(np.expm1(min(spread**2, 5.0))))))
