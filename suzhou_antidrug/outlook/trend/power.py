"""What fall could a trend test have seen: chances by simulation.

趋势检验能看见多大的降幅：模拟得出的检出概率。
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import refusal
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .mann_kendall import EXACT_BELOW, mann_kendall_scores, reach, score_variance

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

METHOD = "simulation of straight falls on the log scale with log-normal noise"
TESTS: dict[str, Text] = {
    "mann_kendall": Text("曼-肯德尔，单侧(11 个值以下为精确)", "Mann-Kendall, one-sided (exact below 11 values)"),
    "mann_kendall_two_sided": Text("曼-肯德尔，双侧正态近似", "Mann-Kendall, two-sided, normal approximation"),
    "log_line": Text("对数直线 t 检验，单侧", "log-line t-test, one-sided"),
}
# The chance at which a fall counts as detectable: the usual convention of power analysis (Cohen 1988).
USUAL_CHANCE = 0.8
LARGEST_FALL = 0.99
# Beyond these a simulation answers no question about short yearly or monthly series.
LARGEST_N = 200
LARGEST_NOISE = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class TrendPower(Result):
    """Chances that trend tests see a true fall.  趋势检验看见真实降幅的概率。

    ``table`` has one row for each n, fall, noise and test; ``power`` at a fall of 0 is the rate of false alarms.
    """

    table: tuple[dict[str, Any], ...]
    alpha: float
    noise_text: Text
    draws: int
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """Columns n, fall, noise, test, power, standard_error."""
        import pandas as pd

        return pd.DataFrame(list(self.table))

    def chance(self, fall: float, *, test: str = "mann_kendall") -> float:
        """Return the power of a test at a fall, for a table of one n and one noise.  某降幅的检出概率。"""
        found = [row["power"] for row in self.table if row["test"] == test and np.isclose(row["fall"], fall)]
        if len(found) != 1:
            raise refusal(
                "not_in_table",
                f"the table has {len(found)} rows of this fall and test, not one.",
                f"表中符合的有 {len(found)} 行，不是一行。",
                value=fall,
            )
        return float(found[0])

    def explain(self) -> Explanation:
        """How the chances were made and what they mean."""
        return Explanation(
            Text("趋势检验的检出概率", "What trend tests can see"),
            (
                line("方法", "method", Text(f"模拟 {self.draws} 次", f"{self.draws} simulations a row")),
                line("误差", "noise", self.noise_text),
                line("显著性水平", "significance level", f"{self.alpha:g}"),
                line(
                    "含义",
                    "meaning",
                    Text(
                        "检出概率低时，“趋势不显著”不等于“没有下降”",
                        'where the chance is small, "no significant trend" does not mean "no decrease"',
                    ),
                ),
                line("随机种子", "seed", str(self.made.seed)),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the chance over the fall, one line for each n, noise and test.  绘制检出概率曲线。"""
        from .plots import plot_power

        return plot_power(self, ax, language=language)


def _numbers(given: float | Iterable[float]) -> tuple[float, ...]:
    return tuple(float(x) for x in np.atleast_1d(np.asarray(given, dtype=float)))


def _check(n: float, fall: float, noise: float, correlation: float, alpha: float) -> None:
    checks = (
        (n >= 3 and n == int(n) and n <= LARGEST_N, "n", "n is a whole number from 3 to 200.", "n 须为 3 到 200 的整数。", n),
        (0 <= fall < 1, "fall", "a fall lies between 0 and 1.", "降幅须在 0 与 1 之间。", fall),
        (0 < noise <= LARGEST_NOISE, "noise", "noise is a coefficient of variation above 0, at most 3.", "误差须为 0 到 3 的变异系数。", noise),
        (0 <= correlation < 1, "correlation", "a correlation lies in 0 to 1.", "相关系数须在 0 与 1 之间。", correlation),
        (0 < alpha < 0.5, "alpha", "alpha lies between 0 and 0.5.", "显著性水平须在 0 与 0.5 之间。", alpha),
    )  # fmt: skip
    for fine, code, en, zh, value in checks:
        if not fine:
            raise refusal(code, en, zh, value=value)


def simulate_noise(
    n: int, noise: float, *, correlation: float, walk: bool, draws: int, rng: np.random.Generator
) -> Floats:
    """Return noise on the log scale, shape (draws, n); its log-normal has the coefficient of variation ``noise``.

    对数尺度的模拟误差。

    Independent, or correlated from year to year with the same spread, or as steps of a random walk.
    """
    spread = float(np.sqrt(np.log1p(noise**2)))
    steps = rng.standard_normal((draws, n))
    if walk:
        return spread * np.cumsum(steps, axis=1)
    if correlation:
        for t in range(1, n):
            steps[:, t] = correlation * steps[:, t - 1] + np.sqrt(1 - correlation**2) * steps[:, t]
    return spread * steps


def significant(z: Floats, *, alpha: float) -> dict[str, NDArray[np.bool_]]:
    """Return for rows of logarithms (draws, n) where each test finds a decrease.  各检验是否判为下降。"""
    from scipy.special import ndtri, stdtrit

    n = z.shape[1]
    score, deviation = mann_kendall_scores(z), np.sqrt(score_variance((1,) * n))
    if n < EXACT_BELOW:
        critical = reach(n, alpha=alpha).critical_score
        one_sided = score <= (-np.inf if critical is None else critical)
    else:
        one_sided = (score + 1) / deviation <= ndtri(alpha)
    two_sided = (score < 0) & ((score + 1) / deviation < ndtri(alpha / 2))
    t = np.arange(n) - (n - 1) / 2
    slope = z @ t / (t @ t)
    rest = z - z.mean(axis=1, keepdims=True) - slope[:, None] * t
    se = np.sqrt((rest**2).sum(axis=1) / (n - 2) / (t @ t))
    return {
        "mann_kendall": one_sided,
        "mann_kendall_two_sided": two_sided,
        "log_line": slope < stdtrit(n - 2, alpha) * se,
    }


def trend_power(
    n: int | Iterable[int],
    fall: float | Iterable[float],
    noise: float | Iterable[float],
    *,
    correlation: float = 0.0,
    walk: bool = False,
    alpha: float = 0.05,
    draws: int = 4000,
    rng: int | np.random.Generator = 0,
) -> TrendPower:
    """Return the chance that trend tests see a true fall over n equally spaced values.

    给出趋势检验在 n 个等距值上看见真实降幅的概率。

    log y[t] = t / (n - 1) log(1 - fall) + noise, t = 0 .. n - 1. The fall is that from the first to the last value.

    Parameters
    ----------
    n, fall, noise : number or sequence
        Values in the series; true fall, 0-1; coefficient of variation of one value. Every combination is a row.
    correlation : float
        Of the noise of neighbouring values.
    walk : bool
        The noise adds up from value to value instead: ``noise`` is then that of one step. At a fall of 0 the power shows
        how often the test sees a trend in a level that only wanders.
    alpha : float
        Significance level of every test.

    Raises
    ------
    SeriesError
        n below 3, a fall outside 0-1, noise not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> found = trend_power(5, [0.0, 0.3], 0.2, rng=1)
    >>> 0.19 < found.chance(0.3) < 0.27, found.chance(0.3, test="mann_kendall_two_sided") < 0.1
    (True, True)
    """
    rows = []
    for size, spread in product(_numbers(n), _numbers(noise)):
        _check(size, 0.0, spread, correlation, alpha)
        generator = np.random.default_rng(rng)  # the same noise for every fall, so that power never drops by chance
        shaken = simulate_noise(int(size), spread, correlation=correlation, walk=walk, draws=draws, rng=generator)
        for true in _numbers(fall):
            _check(size, true, spread, correlation, alpha)
            line_down = np.log1p(-true) * np.linspace(0, 1, int(size))
            for test, seen in significant(shaken + line_down, alpha=alpha).items():
                rows.append(_row(int(size), true, spread, test, float(seen.mean()), draws))
    made = Made(
        METHOD,
        Status.COMPUTED,
        fingerprint(repr((rows, correlation, walk, alpha))),
        seed=rng if isinstance(rng, int) else None,
    )
    return TrendPower(tuple(rows), alpha, _noise_text(correlation, walk), draws, made)


def _row(n: int, fall: float, noise: float, test: str, power: float, draws: int) -> dict[str, Any]:
    error = float(np.sqrt(power * (1 - power) / draws))
    return {"n": n, "fall": fall, "noise": noise, "test": test, "power": power, "standard_error": error}


def _noise_text(correlation: float, walk: bool) -> Text:
    if walk:
        return Text("逐年累积(随机游走)", "adds up from value to value (random walk)")
    if correlation:
        return Text(f"相邻相关 {correlation:g}", f"neighbours correlated by {correlation:g}")
    return Text("各期独立", "independent from value to value")


def detectable_fall(
    n: int,
    noise: float,
    *,
    chance: float = USUAL_CHANCE,
    test: str = "mann_kendall",
    alpha: float = 0.05,
    draws: int = 4000,
    rng: int | np.random.Generator = 0,
) -> float:
    """Return the smallest fall that a test sees with ``chance``, NaN where it would not even see 99 %.

    以 chance 的概率能看见的最小降幅；99% 也看不见时为 NaN。

    >>> round(detectable_fall(5, 0.2, rng=1), 1), detectable_fall(3, 0.2)
    (0.6, nan)
    """
    _check(n, 0.0, noise, 0.0, alpha)
    if test not in TESTS or not 0 < chance < 1:
        raise refusal(
            "test", f"test is one of {', '.join(TESTS)}; chance lies in 0-1.", "检验名或概率不对。", value=test
        )
    shaken = simulate_noise(n, noise, correlation=0.0, walk=False, draws=draws, rng=np.random.default_rng(rng))
    shape = np.linspace(0, 1, n)

    def power(fall: float) -> float:
        return float(significant(shaken + np.log1p(-fall) * shape, alpha=alpha)[test].mean())

    low, high = 0.0, LARGEST_FALL
    if power(high) < chance:
        return float("nan")
    while high - low > 0.002:  # finer than the simulation error of 4,000 draws
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= chance else (middle, high)
    return high
