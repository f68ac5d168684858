"""Figures of sampling designs: power curves, and what a plan of sampling buys.  采样方案的图。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, style
from ...provenance import weakest
from ...terms import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .design import DesignPower
    from .sampling_plan import SamplingPlan

SERIES = tuple(COLOURS[name] for name in ("forecast", "target", "met", "insufficient_evidence", "observed", "band"))
SHAPES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "P")
LARGEST_FALL = 0.8  # beyond it every usual design shows the fall
STEPS = 161


def _draw_wanted(ax: Axes, power: float) -> None:
    words = Text(f"所求检出概率{power:.0%}", f"wanted chance {power:.0%}")
    ax.axhline(power * 100, color=COLOURS["not_assessable"], linestyle="--", linewidth=1, label=str(words))


def plot_power_curves(
    power: DesignPower | Iterable[DesignPower], ax: Axes | None = None, *, language: str | None = None
) -> Axes:
    """Draw the chance to be shown over the true fall: one line a design, a dot at its smallest fall.

    绘制检出概率随真实降幅的变化：每种方案一条线，圆点为其最小可见降幅。

    ``power`` is one :class:`~.design.DesignPower` or several; dashed: the wanted power (of each, where they differ). The
    status of the noise is written into the figure where it must be shown. Raises ValueError where no design is given.

    >>> from suzhou_antidrug.indicators.wastewater.design import design_power
    >>> from suzhou_antidrug.indicators.wastewater.design_formulas import SamplingDesign
    >>> found = design_power(SamplingDesign(4, 2), noise="methamphetamine")
    >>> plot_power_curves(found, language="en").get_ylabel()
    'chance to be shown (%)'
    """
    powers = tuple(power) if isinstance(power, Iterable) else (power,)
    if not powers:
        raise ValueError("no design is given")
    one_biomarker = len({p.noise.biomarker for p in powers}) == 1
    falls = np.linspace(0, LARGEST_FALL, STEPS)
    with style(language):
        ax = new_axes(ax, height=4.2)
        for place, one in enumerate(powers):
            whose = "" if one_biomarker else f"{one.noise.name} "
            colour, shape = SERIES[place % len(SERIES)], SHAPES[place // len(SERIES) % len(SHAPES)]
            least = f"{one.smallest_fall:.1%}"
            words = Text(f"{one.design.text.zh}：{least}", f"{one.design.text.en}: {least}")
            ax.plot(falls * 100, one.chance(falls) * 100, color=colour, linestyle=shape, label=f"{whose}{words}")
            ax.plot(one.smallest_fall * 100, one.power * 100, "o", color=colour, markersize=4)
        for wanted in sorted({p.power for p in powers}):
            _draw_wanted(ax, wanted)
        ax.set_xlim(0, LARGEST_FALL * 100)
        ax.set_ylim(0, 100)
        ax.set_xlabel(str(Text("真实降幅（%）", "true fall (%)")))
        ax.set_ylabel(str(Text("检出概率（%）", "chance to be shown (%)")))
        if one_biomarker:
            ax.set_title(str(powers[0].noise.name))
        ax.legend(
            loc="best",
            title=str(Text("方案：最小可见降幅", "design: smallest fall shown")),
            alignment="left",
            title_fontsize=8.5,
        )
        mark_status(ax, weakest(p.made.status for p in powers))
        return finish(ax)


def plot_sampling_plan(plan: SamplingPlan, ax: Axes | None = None, *, language: str | None = None) -> Axes:
    """Draw the chance to show the fall over the samples a year, one line for each number of days a round.

    绘制检出概率随每年样品数的变化，每轮天数相同者连成一线。

    Dashed: the wanted power. Dotted, where the base is already sampled: what endless sampling would reach.

    >>> from suzhou_antidrug.indicators.wastewater.sampling_plan import plan_sampling
    >>> plot_sampling_plan(plan_sampling(0.3, noise="methamphetamine"), language="en").get_xlabel()
    'samples a year'
    """
    with style(language):
        ax = new_axes(ax, height=4.2)
        table = plan.frame
        for place, (days, rows) in enumerate(table.groupby("days")):
            rows = rows.sort_values("samples_per_year")
            words = Text(f"每轮{days}天", f"{days} days a round" if days > 1 else "1 day a round")
            ax.plot(
                rows["samples_per_year"], rows["power"] * 100, label=str(words), linewidth=1.2, markersize=4,
                color=SERIES[place % len(SERIES)], marker=MARKERS[place % len(MARKERS)],
            )  # fmt: skip
        _draw_wanted(ax, plan.power)
        if plan.limit_power < 1:
            limit = Text(f"采样再多的上限{plan.limit_power:.1%}", f"endless sampling {plan.limit_power:.1%}")
            ax.axhline(plan.limit_power * 100, color=COLOURS["target"], linestyle=":", label=str(limit))
        ax.set_xscale("log")
        samples = sorted(set(table["samples_per_year"]))
        ax.set_xticks(samples[:: max(1, len(samples) // 8)], minor=False)
        ax.set_xticks([], minor=True)
        ax.xaxis.set_major_formatter("{x:.0f}")
        ax.set_ylim(0, 100)
        ax.set_xlabel(str(Text("每年样品数", "samples a year")))
        ax.set_ylabel(str(Text("检出概率（%）", "chance to be shown (%)")))
        asked = Text(f"到{plan.by}年看出{plan.fall:.0%}的降幅", f"to show a fall of {plan.fall:.0%} by {plan.by}")
        ax.set_title(str(Text(f"{plan.noise.name.zh}：{asked.zh}", f"{plan.noise.name.en}: {asked.en}")))
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
        mark_status(ax, plan.made.status)
        return finish(ax)
