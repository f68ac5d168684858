"""What a sampling design can show, and which design would show a given fall.

采样方案能看出什么，以及要看出某一降幅需要怎样的方案。

The formulas stand in :mod:`.design_formulas`, the choice of a design in :mod:`.sampling_plan`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .design_formulas import (
    USUAL_ALPHA,
    USUAL_POWER,
    SamplingDesign,
    chance_shown,
    check_bias,
    check_falls,
    check_levels,
    known_noise,
    looks_lower,
    mean_sd,
    smallest_fall,
)
from .noise import NoiseModel
from .sampling_plan import METHOD, noise_lines, words_of_test

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

USUAL_FALLS = (0.0, 0.1, 0.2, 0.3, 0.5)
TOLD_FALLS = (0.1, 0.2, 0.3)  # the ones whose false look an explanation always tells


def _listed(falls: Iterable[float], chances: Floats) -> Text:
    pairs = [(f"{fall:.0%}", f"{chance:.1%}") for fall, chance in zip(falls, chances, strict=True)]
    return Text("；".join(map("：".join, pairs)) or "未问", "; ".join(map(": ".join, pairs)) or "not asked")


@dataclass(frozen=True, slots=True)
class DesignPower(Result):
    """What one design can show.  一种采样方案能看出什么。

    ``year_sd`` is the log SD of one year's mean, ``ratio_sd`` that of the target over the base; ``bias`` None: not told.
    """

    design: SamplingDesign
    noise: NoiseModel
    falls: tuple[float, ...]
    alpha: float
    power: float
    correlation: float
    bias: float | None
    year_sd: float
    ratio_sd: float
    made: Made

    @property
    def smallest_fall(self) -> float:
        """The smallest fall shown with the wanted power.  能以所求概率看出的最小降幅。"""
        return float(smallest_fall(self.ratio_sd, alpha=self.alpha, power=self.power))

    def chance(self, fall: ArrayLike) -> Floats:
        """Return the chance that a true fall is shown.  检出真实降幅的概率。"""
        return chance_shown(check_falls(fall), self.ratio_sd, alpha=self.alpha)

    def looks_lower(self, fall: ArrayLike) -> Floats:
        """Return the chance to look lower by ``fall`` or more without any change.  无变化而貌似下降的概率。"""
        return looks_lower(check_falls(fall), self.ratio_sd)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a fall: biomarker, the design, samples_per_year, year_sd, ratio_sd, fall, chance_shown, looks_lower,
        smallest_fall, status.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "biomarker": self.noise.biomarker,
                **asdict(self.design),
                "samples_per_year": self.design.samples_per_year,
                "year_sd": self.year_sd,
                "ratio_sd": self.ratio_sd,
                "fall": self.falls,
                "chance_shown": self.chance(self.falls),
                "looks_lower": self.looks_lower(self.falls),
                "smallest_fall": self.smallest_fall,
                "status": str(self.made.status),
            }
        )

    def explain(self) -> Explanation:
        """What the numbers mean, whose noise they rest on, and what comes on top."""
        false = _listed(TOLD_FALLS, self.looks_lower(TOLD_FALLS))
        asked = [f for f in self.falls if f > 0]
        return Explanation(
            Text("采样方案能看出什么", "What the sampling design can show"),
            (
                line("方案", "design", self.design.text),
                line("一年均值的对数标准差", "log SD of a year's mean", f"{self.year_sd:.3f}"),
                line(
                    "毫无变化而看似至少低这么多的概率",
                    "chance to look at least so much lower without any change",
                    false,
                ),
                line("检验", "test", words_of_test(self.alpha)),
                line("真实降幅被检出的概率", "chance that a true fall is shown", _listed(asked, self.chance(asked))),
                line(
                    f"以{self.power:.0%}概率能看出的最小降幅",
                    f"smallest fall shown with a chance of {self.power:.0%}",
                    f"{self.smallest_fall:.1%}",
                ),
                *noise_lines(self.noise, self.correlation, self.bias),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the chance to be shown over the true fall.  绘制检出概率曲线。"""
        from .design_plots import plot_power_curves

        return plot_power_curves(self, ax, language=language)


def design_power(
    design: SamplingDesign,
    *,
    noise: NoiseModel | str,
    fall: ArrayLike = USUAL_FALLS,
    alpha: float = USUAL_ALPHA,
    power: float = USUAL_POWER,
    correlation: float = 0.0,
    bias: float | None = None,
) -> DesignPower:
    """Return what a design can show: false looks, power, smallest fall.  采样方案的假象概率、检出概率与最小可见降幅。

    s_year = sqrt((round_sd^2 + day_sd^2 / (days plants)) / rounds); years of base and target average further down.

    一年均值的对数标准差由轮次间与日间波动合成；基期与目标期可为多年均值。

    Parameters
    ----------
    design : SamplingDesign
        The same in base and target years; :func:`plan_sampling` takes another one for the base.
    noise : NoiseModel or biomarker
        With status assumed, so is the result.
    fall : float or array
        True falls to tell the chance of, 0 to below 1. At 0 the chance is ``alpha``.
    correlation : float
        Of what moves successive rounds as a whole (season, laboratory batch): 0 to below 1. Left at 0, rounds close
        together promise too much.
    bias : float, optional
        Log SD of a shift between base and target that no sampling averages down: another laboratory, flow meter or
        population count. None: not told, nothing is added, and :meth:`DesignPower.explain` says that it would come on top.

    Raises
    ------
    SeriesError
        A fall, level, correlation or bias out of range.
    UnknownNameError
        A biomarker that is not known.

    Examples
    --------
    >>> week = design_power(SamplingDesign(rounds=1, days=7), noise="methamphetamine")
    >>> round(float(week.looks_lower(0.2)), 2), round(week.smallest_fall, 2)
    (0.23, 0.53)
    >>> round(design_power(SamplingDesign(12, 2), noise="methamphetamine").smallest_fall, 2)
    0.25
    """
    check_levels(alpha, power)
    model, falls = known_noise(noise), np.atleast_1d(check_falls(fall))
    year, base, target = (
        float(mean_sd(model, design.rounds, design.days, plants=design.plants, years=years, correlation=correlation))
        for years in (1, design.base_years, design.target_years)
    )
    ratio_sd = float(np.sqrt(base**2 + target**2 + check_bias(bias) ** 2))
    options = (design, model, tuple(falls.tolist()), alpha, power, correlation, bias)
    return DesignPower(*options, year, ratio_sd, Made(METHOD, model.status, fingerprint(repr(options))))


@dataclass(frozen=True, slots=True)
class DesignComparison(Result):
    """Several designs side by side.  几种采样方案的对照。"""

    powers: tuple[DesignPower, ...]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The rows of every design, in the order given; columns as of :attr:`DesignPower.frame`."""
        import pandas as pd

        return pd.concat([p.frame for p in self.powers], ignore_index=True)

    def explain(self) -> Explanation:
        """For each design its false looks and its smallest fall."""
        first = self.powers[0]
        rows = [
            (
                p.design.text,
                Text(
                    f"无变化而看似低20%以上的概率{p.looks_lower(0.2):.1%}；能看出的最小降幅{p.smallest_fall:.1%}",
                    f"looks 20% lower or more without any change: {p.looks_lower(0.2):.1%}; "
                    f"smallest fall shown: {p.smallest_fall:.1%}",
                ),
            )
            for p in self.powers
        ]
        wanted = line("检出概率", "chance wanted", f"{first.power:.0%}")
        return Explanation(
            Text("采样方案对照", "Sampling designs compared"),
            (*rows, wanted, *noise_lines(first.noise, first.correlation, first.bias)),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw one power curve a design.  每种方案一条检出概率曲线。"""
        from .design_plots import plot_power_curves

        return plot_power_curves(self.powers, ax, language=language)


def compare_designs(
    designs: Iterable[SamplingDesign],
    *,
    noise: NoiseModel | str,
    fall: ArrayLike = USUAL_FALLS,
    alpha: float = USUAL_ALPHA,
    power: float = USUAL_POWER,
    correlation: float = 0.0,
    bias: float | None = None,
) -> DesignComparison:
    """Return what several designs can show, side by side.  并列比较几种采样方案。

    Options as of :func:`design_power`. Raises SeriesError where no design is given.

    >>> compared = compare_designs([SamplingDesign(1, 7), SamplingDesign(4, 2)], noise="methamphetamine", fall=0.4)
    >>> compared.frame["chance_shown"].round(2).tolist()
    [0.51, 0.8]
    """
    model = known_noise(noise)
    powers = tuple(
        design_power(d, noise=model, fall=fall, alpha=alpha, power=power, correlation=correlation, bias=bias)
        for d in designs
    )
    if not powers:
        raise SeriesError(Problem(code="no_design", en="no design is given.", zh="没有给出采样方案。"))
    return DesignComparison(powers, Made(METHOD, model.status, fingerprint(repr([p.made for p in powers]))))
