"""Which yearly sampling would show a fall by a given year, and at what cost.

每年怎样采样才能在某年之前看出某一降幅，代价多大。
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import Problem, SeriesError, shown
from ...provenance import Made, Status, fingerprint
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
    mean_sd,
    smallest_fall,
)
from .noise import NoiseModel

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

METHOD = "normal test of the log ratio of two means with known noise"
NOISY_SHARE = 0.1  # of plants: how noisy is the noisiest tenth


def words_of_test(alpha: float) -> Text:
    """Return the test that the chances are those of.  所用检验的说明。"""
    return Text(
        f"单侧{alpha:.0%}水平，几何均值之比，波动视为已知；算术均值的波动再大百分之几",
        f"one-sided at {alpha:.0%} on the ratio of geometric means, noise taken as known; that of arithmetic means is a few "
        "percent wider",
    )


def noise_lines(noise: NoiseModel, correlation: float, bias: float | None) -> tuple[tuple[Text, Text], ...]:
    """Return what every explanation says of the noise and of what comes on top.  关于波动及其以外误差的说明。"""
    from scipy.special import gammaincinv

    spreads = Text(
        f"{noise.name.zh}：轮次间{noise.round_sd:.3f}，日间{noise.day_sd:.3f}（对数标准差）",
        f"{noise.name.en}: between rounds {noise.round_sd:.3f}, between days {noise.day_sd:.3f} (log SD)",
    )
    rows = [
        line("波动", "noise", spreads),
        line("波动的来源", "source of the noise", noise.source),
        line("波动的状态", "status of the noise", Status(noise.status).text),
    ]
    if np.isfinite(noise.df):
        times = float(np.sqrt(noise.df / 2 / gammaincinv(noise.df / 2, NOISY_SHARE)))
        several = Text(
            f"此为典型厂；十厂中约有一厂的波动达其{times:.1f}倍以上",
            f"that of a typical plant; one plant in ten is at least {times:.1f} times as noisy",
        )
        rows.append(line("各厂之间", "from plant to plant", several))
    if correlation:
        rows.append(line("相邻轮次的相关", "correlation of successive rounds", f"{correlation:g}"))
    elif noise.lag1 > 0:
        alike = Text(
            f"未计入；相邻月份相关{noise.lag1:.2f}，轮次相隔一月以内者所含信息少于此处所计",
            f"not counted; successive months correlate by {noise.lag1:.2f}: rounds a month apart or less tell less than this",
        )
        rows.append(line("相邻轮次的相关", "correlation of successive rounds", alike))
    drift = (
        Text(
            "未告知，未计入；若两期之间换了实验室、方法、流量计或人口口径，其误差须另加",
            "not told and not counted: a change of laboratory, method, flow meter or population base comes on top",
        )
        if bias is None
        else Text(f"已计入，对数标准差{bias:g}", f"counted with a log SD of {bias:g}")
    )
    rows.append(line("两期之间的系统漂移", "drift between the periods", drift))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class SamplingPlan(Result):
    """Designs that were tried for showing a fall by a year, cheapest first.  为看出某降幅而比较的采样方案。

    ``base_design`` None: the base is sampled like the target. ``limit_power`` and ``limit_fall`` are what endless sampling
    of the target years would reach.
    """

    fall: float
    by: int
    start: int
    base_design: SamplingDesign | None
    target_years: int
    noise: NoiseModel
    power: float
    alpha: float
    correlation: float
    bias: float | None
    rows: tuple[dict[str, Any], ...]
    limit_power: float
    limit_fall: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a design, by samples: biomarker, rounds, days, plants, samples_per_year, samples_total, power, decides,
        smallest_fall, status, and cost_per_year, cost_total where a cost was given.
        """
        import pandas as pd

        table = pd.DataFrame(list(self.rows)).assign(status=str(self.made.status))
        table.insert(0, "biomarker", self.noise.biomarker)
        return table

    @property
    def cheapest(self) -> SamplingDesign | None:
        """The deciding design with the fewest samples; None where none decides.  样品最少且能判定的方案。"""
        found = next((row for row in self.rows if row["decides"]), None)
        if found is None:
            return None
        return SamplingDesign(found["rounds"], found["days"], found["plants"], target_years=self.target_years)

    def _answer(self) -> Text:
        best = self.cheapest
        if best is not None:
            each = next(row for row in self.rows if row["decides"])
            return Text(
                f"{best.yearly_text.zh}，每年{each['samples_per_year']}个样品，共{each['samples_total']}个，检出概率{each['power']:.1%}",
                f"{best.yearly_text.en}: {each['samples_per_year']} samples a year, {each['samples_total']} in all, "
                f"chance to show it {each['power']:.1%}",
            )
        if self.limit_power < self.power:
            zh, en = ("基期与漂移", "the base and the drift are") if self.bias else ("基期本身", "the base itself is")
            return Text(
                f"无：{zh}即是限度。此后采样再多，检出概率也只到{self.limit_power:.1%}，能看出的最小降幅为{self.limit_fall:.1%}",
                f"none, and {en} the limit: however much is sampled from now on, the chance reaches only "
                f"{self.limit_power:.1%}, and the smallest fall shown is {self.limit_fall:.1%}",
            )
        most = max(row["power"] for row in self.rows)
        return Text(
            f"所列方案皆不能，最高检出概率{most:.1%}；采样更多则可以",
            f"none of those tried, which reach {most:.1%} at most; more sampling would",
        )

    def explain(self) -> Explanation:
        """Which design decides, or why none does."""
        years = Text(
            f"{self.start}至{self.by}年每年采样，以{self.by}年为目标期",
            f"sampled {self.start} to {self.by}, judged by {self.by}",
        )
        if self.target_years > 1:
            first = self.by - self.target_years + 1
            years = Text(
                f"{self.start}至{self.by}年每年采样，以{first}至{self.by}年的均值为目标期",
                f"sampled {self.start} to {self.by}, judged by the mean of {first} to {self.by}",
            )
        base = Text("与目标期同样采样一年", "one year, sampled like the target")
        if self.base_design is not None:
            d, n = self.base_design.yearly_text, self.base_design.base_years
            base = Text(f"已采样，不能再补：{d.zh}，共{n}年", f"already sampled: {d.en}, years: {n}")
        return Explanation(
            Text(f"到{self.by}年看出{self.fall:.0%}的降幅", f"To show a fall of {self.fall:.0%} by {self.by}"),
            (
                line("最省的方案", "cheapest design", self._answer()),
                line("年份", "years", years),
                line("基期", "base", base),
                line("检验", "test", words_of_test(self.alpha)),
                line("所求检出概率", "chance wanted", f"{self.power:.0%}"),
                *noise_lines(self.noise, self.correlation, self.bias),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the chance to show the fall over the samples a year.  绘制检出概率随样品数的变化。"""
        from .design_plots import plot_sampling_plan

        return plot_sampling_plan(self, ax, language=language)


def _check_plan(years: int, target_years: int, cost: float | None) -> None:
    if years < 1 or not 1 <= target_years <= years:
        raise SeriesError(
            Problem(
                code="years",
                en="start comes no later than by, and the target years lie between them.",
                zh="起始年不晚于目标年，目标期不长于采样年数。",
                value=shown((years, target_years)),
            )
        )
    if cost is not None and not 0 <= cost < np.inf:
        raise SeriesError(
            Problem(code="cost", en="a cost is 0 or more.", zh="费用不得为负。", value=shown(cost)),
        )


def plan_sampling(
    fall: float = 0.2,
    *,
    by: int = 2022,
    start: int = 2020,
    noise: NoiseModel | str,
    base_design: SamplingDesign | None = None,
    power: float = USUAL_POWER,
    alpha: float = USUAL_ALPHA,
    rounds: Iterable[int] = (1, 2, 4, 6, 12, 24),
    days: Iterable[int] = (1, 2, 3, 7),
    plants: int = 1,
    target_years: int = 1,
    correlation: float = 0.0,
    bias: float | None = None,
    cost_per_sample: float | None = None,
) -> SamplingPlan:
    """Return which yearly sampling would show a fall by a year, and what it costs.  到某年看出某降幅所需的采样与代价。

    Every combination of ``rounds`` and ``days`` is tried in each year from ``start`` to ``by``. Its power is that of the
    one-sided test of the target (the mean of the last ``target_years``) against the base.

    对“轮次×天数”的每种组合计算检出概率；基期为已有采样，或与目标期同样采样一年。

    Parameters
    ----------
    fall : float
        True fall to be shown, above 0 and below 1.
    base_design : SamplingDesign, optional
        What was sampled in the base (its ``base_years`` count): 4 rounds of 2 days in 2019, say. It cannot be added to
        any more, and may be the limit. None: one base year is sampled like the others, and its samples are counted.
    target_years : int
        With 2 the mean of the last two years is judged, which needs fewer samples a year, but the fall must have been
        there for both years. A rule that asks each of two years to show the fall by itself needs more, not less: the
        chance then lies between the square of ``power`` and ``power``, since both years share the base.
    cost_per_sample : float, optional
        In any currency; adds cost_per_year and cost_total.

    Raises
    ------
    SeriesError
        A fall, level, year, design or cost out of range.

    Examples
    --------
    >>> base = SamplingDesign(4, 2)
    >>> plan_sampling(0.4, noise="methamphetamine", base_design=base).cheapest.text.en
    '4 rounds of 2 days a year'
    >>> plan_sampling(0.2, noise="methamphetamine", base_design=base).cheapest is None
    True
    """
    check_levels(alpha, power)
    check_falls(fall, zero=False)
    years = by - start + 1
    _check_plan(years, target_years, cost_per_sample)
    model, shift = known_noise(noise), check_bias(bias)
    tried = [SamplingDesign(r, d, plants) for r, d in product(rounds, days)]
    if not tried:
        raise SeriesError(Problem(code="no_design", en="no design is given.", zh="没有给出采样方案。"))
    each = [d.rounds for d in tried], [d.days for d in tried]
    target = mean_sd(model, *each, plants=plants, years=target_years, correlation=correlation)
    base, base_years, known_base = mean_sd(model, *each, plants=plants, correlation=correlation), 1, 0.0
    if (b := base_design) is not None:
        base = mean_sd(model, b.rounds, b.days, plants=b.plants, years=b.base_years, correlation=correlation)
        base_years, known_base = 0, float(base)
    ratio_sd = np.sqrt(base**2 + target**2 + shift**2)
    chances, falls = chance_shown(fall, ratio_sd, alpha=alpha), smallest_fall(ratio_sd, alpha=alpha, power=power)
    rows = [
        _row(design, float(chance), float(least), power, years + base_years, cost_per_sample)
        for design, chance, least in zip(tried, chances, falls, strict=True)
    ]
    rows.sort(key=lambda row: (row["samples_per_year"], -row["power"]))
    limit_sd = float(np.hypot(known_base, shift))
    limit_power = float(chance_shown(fall, limit_sd, alpha=alpha)) if limit_sd else 1.0
    limit_fall = float(smallest_fall(limit_sd, alpha=alpha, power=power))
    options = (fall, by, start, base_design, target_years, model, power, alpha, correlation, bias)
    made = Made(METHOD, model.status, fingerprint(repr((options, rows))))
    return SamplingPlan(*options, tuple(rows), limit_power, limit_fall, made)


def _row(
    design: SamplingDesign, chance: float, least: float, power: float, years: int, cost: float | None
) -> dict[str, Any]:
    each = design.samples_per_year
    row = {"rounds": design.rounds, "days": design.days, "plants": design.plants, "samples_per_year": each, "samples_total": each * years, "power": chance, "decides": chance >= power, "smallest_fall": least}  # fmt: skip
    return row if cost is None else row | {"cost_per_year": cost * each, "cost_total": cost * each * years}
