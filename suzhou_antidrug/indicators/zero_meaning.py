"""What a zero means: was it likely anyway, and how much may still have happened.

“零”意味着什么：是否本来就很可能为零，实际还可能有多少。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..plotting import COLOURS, finish, mark_status, new_axes, style
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..terms import Text
from .intervals import chance_of_zero, zero_upper_limit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

INFORMATIVE = 0.05  # P(0) under the earlier rate below which a zero is news: this project's choice


@dataclass(frozen=True, slots=True)
class ZeroMeaning(Result):
    """What none in some years says against an earlier rate.  零事件的含义。"""

    earlier_rate: float  # a year
    years: float
    detection: float
    chance: float  # of none were the rate unchanged
    upper: float  # limit of the yearly rate now
    years_for_news: float  # years of zeros until none would be news
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """Chance of none by years, at the earlier rate: years, chance, upper limit of the rate."""
        import pandas as pd

        reach = (
            self.years_for_news * 1.2 if np.isfinite(self.years_for_news) else 0.0
        )  # at a rate of 0 it never is news
        t = np.linspace(0.25, max(self.years * 2, reach, 1.0), 60)
        return pd.DataFrame({"years": t, "chance": chance_of_zero(self.earlier_rate, t, detection=self.detection), "upper": zero_upper_limit(t, detection=self.detection, level=self.level)})  # fmt: skip

    def explain(self) -> Explanation:
        """Chance, limit, years it takes."""
        news = self.chance < INFORMATIVE
        told = Text("零是新情况：以往的率下很少如此", "a zero is news: rare at the earlier rate") if news else Text("零说明不了什么：率不变也常如此", "a zero shows little: common were nothing changed")  # fmt: skip
        return Explanation(
            Text("零的含义", "What the zero means"),
            (
                line("以往每年", "earlier, a year", f"{self.earlier_rate:g}"),
                line("零事件的年数", "years without", f"{self.years:g}"),
                line("检出概率", "detection", f"{self.detection:g}"),
                line("率不变时为零的概率", "chance of none, unchanged", f"{self.chance:.3f}"),
                line("含义", "meaning", told),
                line(f"现在的年率至多（{self.level:.0%}）", f"yearly rate at most ({self.level:.0%})", f"{self.upper:.3g}"),
                line("要几年零才算新情况", "years of zeros until it is news", f"{self.years_for_news:.1f}"),
                line("措辞", "wording", Text("写“未发现”，不写“未发生”", "say none found, not none happened")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the chance of none over years at the earlier rate, and where we stand.  绘制零的概率。"""
        with style(language):
            ax = new_axes(ax)
            table = self.frame
            ax.plot(table["years"], table["chance"], color=COLOURS["forecast"], linewidth=2)
            ax.axhspan(0, INFORMATIVE, color=COLOURS["met"], alpha=0.15)
            ax.axvline(self.years, color=COLOURS["observed"], linewidth=0.8, linestyle=":")
            ax.plot(self.years, self.chance, "D", color=COLOURS["target"], markersize=8)
            ax.annotate(
                f"{self.chance:.2f}", (self.years, self.chance), xytext=(8, 4), textcoords="offset points", fontsize=10
            )
            ax.text(
                0.99,
                INFORMATIVE + 0.01,
                str(Text("低于此线，零才是新情况", "below here a zero is news")),
                transform=ax.get_yaxis_transform(),
                ha="right",
                fontsize=8.5,
                color=COLOURS["met"],
            )
            ax.set_ylim(0, 1.02)
            ax.set_xlim(0, None)
            ax.set_xlabel(str(Text("连续零事件的年数", "years without an event")))
            ax.set_ylabel(str(Text("率不变时仍为零的概率", "chance of none, rate unchanged")))
            ax.set_title(
                str(
                    Text(
                        f"以往每年 {self.earlier_rate:g} 起，检出概率 {self.detection:g}",
                        f"earlier {self.earlier_rate:g} a year, detection {self.detection:g}",
                    )
                )
            )
            mark_status(ax, self.made.status)
            return finish(ax)


def explain_zero(
    earlier_rate: float,
    years: float,
    *,
    detection: float = 1.0,
    level: float = 0.95,
    status: Status | str = Status.REPORTED,
) -> ZeroMeaning:
    """Say whether none in some years is news, given what happened a year before.

    以往每年若干起，如今连续几年为零，是否说明情况变了。

    P(none) = exp(-rate x years x detection). Raises ValueError for a negative rate or years not above 0.

    >>> round(explain_zero(0.3, 3).chance, 3), round(explain_zero(2.5, 3).chance, 5)
    (0.407, 0.00055)
    """
    if not earlier_rate >= 0 or not years > 0:
        raise ValueError("the rate is not negative and the years are above 0")
    chance = float(chance_of_zero(earlier_rate, years, detection=detection))
    upper = float(zero_upper_limit(years, detection=detection, level=level))
    needed = float("inf") if earlier_rate == 0 else -float(np.log(INFORMATIVE)) / (earlier_rate * detection)
    made = Made("what a zero means", Status(status), fingerprint(repr((earlier_rate, years, detection))))
    return ZeroMeaning(earlier_rate, years, detection, chance, upper, needed, level, made)
