"""The formulas behind sampling designs: spread of a mean, false looks, power, periods needed.

采样方案所用的公式：均值的波动、假象、检出概率、所需期数。

All formulas stand on the log scale. With s_b and s_t the log SDs of the means of the base and the target period and
s = sqrt(s_b^2 + s_t^2 + bias^2), z_p the normal quantile:

- P(looks lower by c or more | no change) = Phi(ln(1 - c) / s)
- P(a true fall f is shown at level alpha) = Phi(z_alpha - ln(1 - f) / s)
- smallest fall shown with power p: 1 - exp(-(z_(1-alpha) + z_p) s)

They are exact for geometric means; the log of an arithmetic mean of loads spreads 1 to 7 % wider at the noise of
methamphetamine and MDMA (:func:`simulate_design`). The noise is taken as known; a test that must learn it from few
periods shows less (:func:`periods_needed`, ``"t"``). Days of both periods are taken on the same weekdays, or on all
alike: else the weekday pattern comes on top.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from operator import index
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import refusal
from ...terms import Text
from .noise import NoiseModel, load_noise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

# The usual conventions of power analysis (Cohen 1988): one test in twenty alarms falsely, four true falls in five show.
USUAL_ALPHA, USUAL_POWER = 0.05, 0.8
DAYS_A_YEAR = 366


@dataclass(frozen=True, slots=True)
class SamplingDesign:
    """How often a place is sampled in a year, and over how many years.  一地一年采样几轮、每轮几天、连续几年。

    ``rounds`` a year of ``days`` each at ``plants`` plants; the base is the mean of ``base_years`` such years, the target
    that of ``target_years``. Raises SeriesError for numbers that are not whole, below 1, or more days than a year has.

    >>> SamplingDesign(4, 2).samples_per_year
    8
    """

    rounds: int
    days: int
    plants: int = 1
    base_years: int = 1
    target_years: int = 1

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            try:
                whole = index(value)
            except TypeError:
                whole = 0
            if whole < 1 or isinstance(value, bool):
                raise refusal(
                    "design", f"{name} is a whole number from 1.", f"{name} 须为不小于 1 的整数。", value=str(value)
                )
            object.__setattr__(self, name, whole)
        if self.rounds * self.days > DAYS_A_YEAR:
            raise refusal("design", "more days than a year has.", "天数超过一年。", value=self.rounds * self.days)

    @property
    def samples_per_year(self) -> int:
        """Daily samples in a year at all plants.  每年样品数。"""
        return self.rounds * self.days * self.plants

    @property
    def yearly_text(self) -> Text:
        """One year of the design in words.  一年的采样方案。"""
        of = f"{self.rounds} round{'s' * (self.rounds > 1)} of {self.days} day{'s' * (self.days > 1)} a year"
        zh, en = (f"×{self.plants}厂", f" at {self.plants} plants") if self.plants > 1 else ("", "")
        return Text(f"每年{self.rounds}轮×{self.days}天{zh}", of + en)

    @property
    def text(self) -> Text:
        """The design in words, with its years where they are more than one.  方案的文字说明。"""
        year, (b, t) = self.yearly_text, (self.base_years, self.target_years)
        if b == t == 1:
            return year
        return Text(f"{year.zh}（基期{b}年，目标期{t}年）", f"{year.en} ({b} base, {t} target years)")


def known_noise(noise: NoiseModel | str) -> NoiseModel:
    """Return a noise model as it is, that of a biomarker by its name.  取得波动模型。"""
    if isinstance(noise, (NoiseModel, str)):
        return noise if isinstance(noise, NoiseModel) else load_noise(noise)
    raise TypeError("noise is a NoiseModel or a biomarker: rounds and days must be told apart")


def check_levels(alpha: float, power: float) -> None:
    """Raise SeriesError unless 0 < alpha < 0.5 and alpha < power < 1.  核对显著性水平与检出概率。"""
    if not (0 < alpha < 0.5 and alpha < power < 1):
        raise refusal(
            "levels", "0 < alpha < 0.5 and alpha < power < 1.", "须 0<α<0.5，且 α<检出概率<1。", value=(alpha, power)
        )


def check_falls(fall: ArrayLike, *, zero: bool = True) -> Floats:
    """Return falls as an array; SeriesError outside [0, 1), or at 0 where that makes no sense.  核对降幅。"""
    falls = np.asarray(fall, dtype=float)
    if not ((falls >= 0) & (falls < 1) & (zero | (falls > 0))).all():
        raise refusal("fall", "a fall lies between 0 and 1.", "降幅须在 0 与 1 之间。", value=falls.tolist())
    return falls


def check_correlation(correlation: float) -> None:
    """Raise SeriesError unless a correlation lies in [0, 1).  核对相关系数。"""
    if not 0 <= correlation < 1:
        raise refusal(
            "correlation", "a correlation lies from 0 to below 1.", "相关系数须不小于 0 且小于 1。", value=correlation
        )


def check_bias(bias: float | None) -> float:
    """Return a bias as a log SD, 0 where it was not told; SeriesError for what is no spread.  核对系统漂移。"""
    if bias is not None and not 0 <= bias < np.inf:
        raise refusal("bias", "a bias is a log SD, 0 or more.", "系统漂移为对数标准差，不得为负。", value=bias)
    return bias or 0.0


def mean_inflation(n: ArrayLike, correlation: float) -> Floats:
    """Return how many times the variance of a mean of n grows when neighbours correlate (AR(1)).  均值方差的膨胀倍数。

    1 + 2 sum_(k<n) (1 - k/n) r^k = (1 + r) / (1 - r) - 2 r (1 - r^n) / (n (1 - r)^2).

    >>> mean_inflation([1, 2], 0.5).tolist()
    [1.0, 1.5]
    """
    check_correlation(correlation)
    n, r = np.asarray(n, dtype=float), correlation
    return np.asarray((1 + r) / (1 - r) - 2 * r * (1 - r**n) / (n * (1 - r) ** 2))


def mean_sd(
    noise: NoiseModel,
    rounds: ArrayLike,
    days: ArrayLike,
    *,
    plants: ArrayLike = 1,
    years: ArrayLike = 1,
    correlation: float = 0.0,
) -> Floats:
    """Return the log SD of a mean over years of rounds of days.  多轮多日均值的对数标准差。

    sqrt((round_sd^2 inflation + day_sd^2 / (days plants)) / (rounds years)); arrays broadcast. ``correlation`` is that of
    what moves successive rounds as a whole; days are independent.

    >>> round(float(mean_sd(load_noise("mdma"), 4, 2)), 3)
    0.222
    """
    n = np.asarray(rounds, dtype=float) * np.asarray(years, dtype=float)
    samples = np.asarray(days, dtype=float) * np.asarray(plants, dtype=float)
    variance = noise.round_sd**2 * mean_inflation(n, correlation) + noise.day_sd**2 / samples
    return np.asarray(np.sqrt(variance / n))


def chance_shown(fall: ArrayLike, ratio_sd: ArrayLike, *, alpha: float = USUAL_ALPHA) -> Floats:
    """Return the chance that the one-sided test shows a true fall: Phi(z_alpha - ln(1 - fall) / s).  检出真实降幅的概率。

    >>> round(float(chance_shown(0.3, 0.2)), 2)
    0.56
    """
    from scipy.special import ndtr, ndtri

    return np.asarray(ndtr(ndtri(alpha) - np.log1p(-np.asarray(fall, dtype=float)) / np.asarray(ratio_sd)))


def looks_lower(fall: ArrayLike, ratio_sd: ArrayLike) -> Floats:
    """Return the chance to look lower by ``fall`` or more without any change: Phi(ln(1 - fall) / s).  无变化而貌似下降的概率。

    >>> round(float(looks_lower(0.2, 0.216 * 2**0.5)), 3)
    0.233
    """
    from scipy.special import ndtr

    return np.asarray(ndtr(np.log1p(-np.asarray(fall, dtype=float)) / np.asarray(ratio_sd)))


def smallest_fall(ratio_sd: ArrayLike, *, alpha: float = USUAL_ALPHA, power: float = USUAL_POWER) -> Floats:
    """Return the smallest fall shown with ``power``: 1 - exp(-(z_(1-alpha) + z_power) s).  能以所求概率看出的最小降幅。

    >>> round(float(smallest_fall(0.216 * 2**0.5)), 2)
    0.53
    """
    from scipy.special import ndtri

    return np.asarray(-np.expm1((ndtri(alpha) - ndtri(power)) * np.asarray(ratio_sd)))


def periods_needed(
    fall: ArrayLike,
    *,
    noise: ArrayLike | NoiseModel | str,
    power: float = USUAL_POWER,
    alpha: float = USUAL_ALPHA,
    method: Literal["t", "normal"] = "t",
) -> NDArray[np.int64]:
    """Return how many periods on each side show a fall with ``power``, one-sided at ``alpha``.  两侧各需多少期。

    Normal: n = ceil(2 (z_(1-alpha) + z_power)^2 s^2 / ln(1 - fall)^2). t: the smallest n >= 2 whose two-sample t-test,
    non-central t with 2n - 2 degrees of freedom, has the power.

    正态近似，或非中心 t（自由度 2n-2，n 不小于 2）。

    Parameters
    ----------
    fall : float or array
        True fall, above 0 and below 1.
    noise : float, array, NoiseModel or biomarker
        Log SD of one period; for a model or a biomarker that of a month of seven days (``month_sd``).

    Raises
    ------
    SeriesError
        A fall, a noise or a level out of range.

    Examples
    --------
    >>> periods_needed([0.1, 0.2, 0.3, 0.5], noise="methamphetamine").tolist()
    [53, 13, 6, 3]
    """
    from scipy.special import nctdtr, ndtri, stdtrit

    check_levels(alpha, power)
    if method not in ("t", "normal"):
        raise ValueError(f"method {method!r} is not one of t, normal")
    sd = np.asarray(known_noise(noise).month_sd if isinstance(noise, (NoiseModel, str)) else noise, dtype=float)
    if not ((sd > 0) & (sd < np.inf)).all():
        raise refusal("noise", "the log SD of a period is above 0.", "一期的对数标准差须大于零。", value=sd.tolist())
    shift = np.log1p(-check_falls(fall, zero=False)) / (sd * np.sqrt(2))
    n = np.ceil(((ndtri(1 - alpha) + ndtri(power)) / shift) ** 2)
    if method == "normal":
        return np.asarray(n, dtype=np.int64)
    n = np.maximum(n, 2)  # a test that must learn the noise never needs fewer than one that knows it
    while (short := nctdtr(2 * n - 2, shift * np.sqrt(n), stdtrit(2 * n - 2, alpha)) < power).any():
        n = n + short
    return np.asarray(n, dtype=np.int64)


def simulate_design(
    design: SamplingDesign,
    noise: NoiseModel | str,
    fall: float,
    *,
    draws: int = 4000,
    rng: int | np.random.Generator = 0,
    correlation: float = 0.0,
    mean: Literal["arithmetic", "geometric"] = "arithmetic",
) -> Floats:
    """Return simulated log ratios of the target mean to the base mean, shape (draws,): a check on the formulas.  模拟核对。

    Rounds and days are drawn log-normally around a level of 1 in the base and of 1 - fall in the target, days inside
    rounds, rounds in a row (AR(1)) inside each side. ``mean="geometric"`` is what the formulas are exact for; masses are
    added up, so reports use ``"arithmetic"`` means, which stray a little more.

    轮次与日按对数正态抽样，返回目标期与基期均值之比的对数。

    >>> ratios = simulate_design(SamplingDesign(4, 2), "methamphetamine", 0.2, rng=1)
    >>> ratios.shape, abs(float(np.median(ratios)) - float(np.log(0.8))) < 0.02
    ((4000,), True)
    """
    check_falls(fall)
    check_correlation(correlation)
    model, generator = known_noise(noise), np.random.default_rng(rng)
    log_means = []
    for years, level in ((design.base_years, 0.0), (design.target_years, float(np.log1p(-fall)))):
        rounds = generator.standard_normal((draws, design.rounds * years, 1))
        for t in range(1, rounds.shape[1]):
            rounds[:, t] = correlation * rounds[:, t - 1] + np.sqrt(1 - correlation**2) * rounds[:, t]
        days = generator.standard_normal((*rounds.shape[:2], design.days * design.plants))
        logs = level + model.round_sd * rounds + model.day_sd * days
        log_means.append(logs.mean(axis=(1, 2)) if mean == "geometric" else np.log(np.exp(logs).mean(axis=(1, 2))))
    return np.asarray(log_means[1] - log_means[0])
