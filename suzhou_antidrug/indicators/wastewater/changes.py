"""Did the load fall: ratios of periods, the probability of a fall, and a verdict that knows its own error rate.

负荷是否下降：两期之比、下降的概率，以及知道自身误判率的评判。

The target is judged on loads: the excretion factor is a constant and cancels in a ratio at one site, as do the bias of
flow meter and calibration where laboratory and method are the same. What does not cancel is in the noise model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, shown, unknown_name
from ...provenance import Made, Status
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Verdict, probability_text
from .comparability import IDENTITY
from .falls import (
    Evidence,
    probability_of_falls,
)
from .substances import biomarker_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

METHOD = "wastewater_changes"
FALLS = np.round(np.arange(-0.5, 0.9001, 0.01), 2)
COLUMNS = (
    "site", "biomarker", "base", "target", "ratio", "low", "high", "probability", "weakest_period", "flip_point", "verdict",
    "reason_zh", "reason_en", "caution_zh", "caution_en", "false_alarm", "power_30", "missed_30", "undecided", "rounds_base", "rounds_target",
    "days_base", "days_target", "below_limit_base", "below_limit_target", "method_base", "method_target", "scale", "degrees",
    "plants", "plants_left_out", "limits_raised", "noise_status",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoadRule:
    """What counts as a fall: our choice, stated with every verdict.  何为下降：本库的选择，随评判写明。"""

    minimum_fall: float = 0.10
    evidence: float = 0.90

    def __post_init__(self) -> None:
        if not 0 <= self.minimum_fall < 1:
            raise _outside("minimum_fall", "0 to below 1", "0 到 1（不含）", self.minimum_fall)
        if not 0.5 < self.evidence < 1:
            raise _outside("evidence", "0.5 to 1, exclusive", "0.5 与 1 之间", self.evidence)


def _outside(name: str, en: str, zh: str, value: float) -> SeriesError:
    return SeriesError(Problem(name, f"{name} must lie in {en}.", f"{name} 须在{zh}。", value=shown(value)))


@dataclass(frozen=True, slots=True, eq=False)
class LoadChanges(Result):
    """Changes of loads, one row a site and biomarker.  负荷变化，每行一个地点的一种标志物。

    ``ratio`` is that of arithmetic means, target over base (of the last target period); ``low`` and ``high`` its
    interval. ``probability`` is that of a fall of at least the rule's in every target period. ``false_alarm``,
    ``power_30``, ``missed_30`` and ``undecided`` are the rule's own rates under the design in hand: met without any
    change, met and not met under a true fall of 30 %, undecided without any change.
    """

    table: pd.DataFrame
    evidence: Evidence  # of the point values; rows as in the table, NaN where nothing was computed
    rule: LoadRule
    base: tuple[str, ...]
    target: tuple[str, ...]
    by: str
    accept: Mapping[str, str]
    level: float  # of the intervals
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """The changes, columns :data:`COLUMNS`."""
        return self.table.copy()

    def row(self, site: str, biomarker: str) -> int:
        """Return the row of a site and biomarker.  定位某地点某标志物。"""
        found = np.flatnonzero((self.table["site"] == site) & (self.table["biomarker"] == biomarker))
        if not len(found):
            known = (self.table["site"] + " " + self.table["biomarker"]).tolist()
            raise UnknownNameError(unknown_name("series", "序列", f"{site} {biomarker}", known))
        return int(found[0])

    def curve(self, site: str, biomarker: str) -> pd.DataFrame:
        """Return P(fall >= d) over a grid of d, columns ``fall`` and ``probability``; NaN where there is none.  概率曲线。"""
        import pandas as pd

        at = self.row(site, biomarker)
        if np.isnan(self.table["probability"].iloc[at]):
            return pd.DataFrame({"fall": FALLS, "probability": np.nan})
        one = self.evidence.rows(np.full(len(FALLS), at))
        return pd.DataFrame({"fall": FALLS, "probability": probability_of_falls(one, FALLS)})

    def explain(self, site: str | None = None, biomarker: str | None = None) -> Explanation:
        """How the verdicts came about; with a site and biomarker, of that one series."""
        rule = Text(
            f"降幅不小于 {self.rule.minimum_fall:.0%} 的概率达到 {self.rule.evidence:g} 为达成，某一期不超过 {1 - self.rule.evidence:.2g} 为未达成",
            f"met at P(fall >= {self.rule.minimum_fall:.0%}) >= {self.rule.evidence:g}, not met where one period has <= {1 - self.rule.evidence:.2g}",
        )
        head = [
            line("基期", "base", "、".join(self.base)),
            line("目标期（须每期都降）", "target periods, each of which must have fallen", "、".join(self.target)),
            line(
                "量",
                "quantity",
                Text("质量负荷；排泄系数在比值中消去", "mass loads; the excretion factor cancels in a ratio"),
            ),
            line("估计对象", "estimand", Text("算术平均之比", "ratio of arithmetic means")),
            line("规则（本库的选择）", "rule, a choice of this library", rule),
            *((IDENTITY[k], Text(f"允许变化，依据：{v}", f"may change, by: {v}")) for k, v in self.accept.items()),
        ]
        if site is None or biomarker is None:
            counts = self.table["verdict"].value_counts()
            head += [(v.text, Text(str(counts.get(v, 0)), str(counts.get(v, 0)))) for v in Verdict]
            head.append(line("数据状态", "status", self.made.status.text))
            return Explanation(Text("负荷变化评判", "Changes of loads"), tuple(head))
        name = biomarker_name(biomarker)
        title = Text(f"{site} · {name.zh}", f"{site} · {name.en}")
        return Explanation(title, (*head, *self._lines(site, biomarker)))

    def _lines(self, site: str, biomarker: str) -> list[tuple[Text, Text]]:
        at = self.table.iloc[self.row(site, biomarker)]

        def percent(x: float) -> str:
            return "-" if np.isnan(x) else f"{x:.1%}"

        said = [
            line(
                "比值与区间",
                f"ratio and {self.level:.0%} interval",
                f"{at['ratio']:.3f} ({at['low']:.3f}-{at['high']:.3f})",
            ),
            line(
                "轮次/天数",
                "rounds / days",
                f"{at['rounds_base']}/{at['days_base']:g} → {at['rounds_target']}/{at['days_target']:g}",
            ),
            line(
                "低于限值", "below a limit", f"{percent(at['below_limit_base'])} → {percent(at['below_limit_target'])}"
            ),
            line("估计方法", "estimators", f"{at['method_base']} → {at['method_target']}"),
            line("噪声倍数与自由度", "noise scale and degrees of freedom", f"{at['scale']:.2f}, {at['degrees']:.1f}"),
            line("概率", "probability", "-" if np.isnan(at["probability"]) else probability_text(at["probability"])),
            line("翻转点", "flip point", percent(at["flip_point"])),
            line("评判", "verdict", Verdict(at["verdict"]).text),
            line("理由", "reason", Text(at["reason_zh"], at["reason_en"])),
            *([line("提醒", "caution", Text(at["caution_zh"], at["caution_en"]))] if at["caution_zh"] else []),
        ]
        if not np.isnan(at["false_alarm"]):
            said.append(line("本设计下的误判率", "error rates of this design", Text(
                f"无变化而判达成 {at['false_alarm']:.1%}；真降30%而判达成 {at['power_30']:.0%}、判未达成 {at['missed_30']:.1%}",
                f"met without change {at['false_alarm']:.1%}; under a true fall of 30 % met {at['power_30']:.0%}, not met {at['missed_30']:.1%}",
            )))  # fmt: skip
        return [
            *said,
            line("波动模型", "noise model", Status(at["noise_status"]).text),
            line("数据状态", "status", self.made.status.text),
        ]

    def plot(self, ax: Axes | None = None, *, language: str | None = None, biomarker: str | None = None) -> Axes:
        """Draw ratios with intervals, one line a site, in the colour of the verdict.  绘制变化森林图。"""
        from .plots import plot_changes

        return plot_changes(self, ax, language=language, biomarker=biomarker)
