"""The published record, as a test of the forecaster: stand in a past year, look ahead, see what happened.

以公开数据检验预测：站在过去某年向前看，再看后来实际。

None of these series is one of the plan's targets; each says how near it stands and what it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..outlook.context import NearSeries, near_series
from ..outlook.decrease import Decrease, FallRule, assess_decrease, probability_of_fall
from ..outlook.engine import METHOD, METHOD_TEXT
from ..outlook.plots import draw_fan
from ..plotting import COLOURS, finish, shorten_large_numbers, style
from ..provenance import Made, derive_seed, fingerprint, weakest
from ..results import Explanation, Result, line
from ..terms import Text, get_language, label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FALLS = (0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True, eq=False)
class RecordSeries:
    """One published series near a target, with its outlooks from several years.  靠近某目标的一条公布序列。"""

    near: NearSeries
    table: pd.DataFrame  # by year: value, se, status, source_id
    outlooks: dict[int, Decrease]  # by origin
    base_year: int
    by: int

    @property
    def actual_change(self) -> float:
        """What happened: the target year's value over the base year's, less one; NaN where not published."""
        value = self.table["value"]
        return float(value.get(self.by, np.nan)) / float(value.get(self.base_year, np.nan)) - 1

    @property
    def title(self) -> Text:
        """Place and name."""
        return self.near.title


@dataclass(frozen=True, slots=True, eq=False)
class RecordAssessment(Result):
    """Every published series near a target, seen from several years.  公开数据的回望检验。"""

    series: tuple[RecordSeries, ...]
    origins: tuple[int, ...]
    by: int
    base_year: int
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a series and origin: probabilities of a fall by 10, 20, 30 %, verdict, and what then happened."""
        import pandas as pd

        return pd.DataFrame([_row(s, origin) for s in self.series for origin in self.origins])

    def interval_hits(self, level: float = 0.8) -> pd.DataFrame:
        """Return how many published outcomes fell inside the interval, by origin.  区间命中数。"""
        import pandas as pd

        rows = []
        for origin in self.origins:
            inside = []
            for s in self.series:
                found, actual = s.outlooks[origin], s.table["value"].get(self.by, np.nan)
                if found.samples.size and np.isfinite(actual):
                    low, high = np.quantile(found.samples[:, -1], [(1 - level) / 2, (1 + level) / 2])
                    inside.append(low <= actual <= high)
            rows.append({"origin": origin, "series": len(inside), "inside": int(np.sum(inside)), "level": level})
        return pd.DataFrame(rows)

    def explain(self) -> Explanation:
        """What was done, and why a national fall proves nothing local."""
        hits = self.interval_hits()
        return Explanation(
            Text("公开数据回望检验", "The published record, looked at from the past"),
            (
                line("方法", "method", METHOD_TEXT),
                line("基期与目标年", "base and target year", f"{self.base_year} → {self.by}"),
                *(
                    line(f"{r.origin} 年起 80% 区间命中", f"80 % interval from {r.origin}", f"{r.inside}/{r.series}")
                    for r in hits.itertuples()
                ),
                line(
                    "限度",
                    "limits",
                    Text(
                        "2020-2022 年为疫情时期，全国降幅极大，地方下降本身说明不了规划成效",
                        "2020 to 2022 were Covid years and the national fall is so steep that a local fall proves little",
                    ),
                ),
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the first series as seen from the first year.  绘制第一条序列。"""
        from ..plotting import new_axes

        return plot_series(self.series[0], self.origins[0], new_axes(ax), language=language)


def _row(series: RecordSeries, origin: int) -> dict[str, Any]:
    found = series.outlooks[origin]
    row: dict[str, Any] = {
        "target": series.near.target,
        "place_zh": series.near.place.zh,
        "place_en": series.near.place.en,
        "indicator": series.near.name.zh,
        "indicator_en": series.near.name.en,
        "origin": origin,
        "values": int((series.table.index <= origin).sum()),
        "base": found.base,
    }
    for fall in FALLS:
        row[f"p_fall_{fall:.0%}"] = probability_of_fall(found.ratios, fall)
    return row | {
        "verdict": str(found.judgement.verdict),
        "reason_zh": found.judgement.reason.zh,
        "reason_en": found.judgement.reason.en,
        "actual_change": series.actual_change,
    }


def assess_record(
    *,
    origins: Sequence[int] = (2019, 2020, 2021),
    base_year: int = 2019,
    by: int = 2022,
    minimum_fall: float = 0.1,
    evidence: float = 0.9,
    draws: int = 4000,
    seed: int = 0,
) -> RecordAssessment:
    """Stand in past years and say how probable a fall by 10, 20, 30 % was; then show what happened.

    站在过去各年，给出到 by 年下降 10%、20%、30% 的概率，并与后来实际对照。

    Uses the national, Jiangsu and Suzhou series listed in ``datasets/published/near_targets.csv``; only figures of
    years up to the origin enter a forecast, rounding enters as known noise (half-width / sqrt 3). The verdict is on
    ``minimum_fall`` with ``evidence``.

    >>> record = assess_record(origins=[2019], draws=200)
    >>> record.interval_hits()[["origin", "series", "inside"]].values.tolist()
    [[2019, 8, 0]]
    """
    import pandas as pd

    rule = FallRule(base_years=(base_year,), minimum_fall=minimum_fall, evidence=evidence)
    series = []
    for near in near_series():
        table, published = near.table, near.published
        outlooks = {
            origin: assess_decrease(
                table, kind=near.kind, origin=origin, by=by, rule=rule, draws=draws,
                rng=derive_seed(seed, published.indicator, published.geography, origin),
            )
            for origin in origins
        }  # fmt: skip
        series.append(RecordSeries(near, table, outlooks, base_year, by))
    status = weakest(s for one in series for s in one.table["status"])
    used = pd.concat([s.table.assign(series=s.title.zh) for s in series]).reset_index()
    return RecordAssessment(tuple(series), tuple(origins), by, base_year, Made(METHOD, status, fingerprint(used), seed))


def plot_series(series: RecordSeries, origin: int, ax: Axes, *, language: str | None = None) -> Axes:
    """Draw one series: what was known, the fan from ``origin``, and what then happened.  绘制单条序列。"""
    with style(language):
        value = series.table["value"]
        known, later = value[value.index <= origin], value[value.index > origin]
        found = series.outlooks[origin]
        if found.samples.size:
            draw_fan(
                ax,
                [float(y) for y in found.forecast_years],
                (float(known.index[-1]), float(known.iloc[-1])),
                found.samples,
            )
        ax.plot(known.index, known, color=COLOURS["observed"], marker="o", markersize=4, label=label("observed"))
        if len(later):
            joined = value[value.index >= known.index[-1]]
            ax.plot(
                joined.index, joined, color=COLOURS["target"], marker="D", markersize=4, linestyle=":",
                label=label("what_happened"),
            )  # fmt: skip
        ax.axvline(origin, color=COLOURS["not_assessable"], linewidth=0.8, linestyle="--")
        ax.set_title(series.title.in_language(get_language()))
        ax.set_ylim(bottom=0)
        first, last = int(value.index.min()), int(max(value.index.max(), series.by))
        ax.set_xticks(range(first, last + 1, 2))
        shorten_large_numbers(ax)
        return finish(ax)


def plot_overview(assessment: RecordAssessment, *, origin: int | None = None, language: str | None = None) -> Any:
    """Draw the long series side by side as seen from one year; return the figure.  并列绘制较长的序列。"""
    from matplotlib.figure import Figure

    origin = assessment.origins[0] if origin is None else origin
    shown = [s for s in assessment.series if s.outlooks[origin].samples.size and np.isfinite(s.actual_change)][:6]
    with style(language):
        figure = Figure(figsize=(10.2, 5.6), layout="constrained")
        axes = figure.subplots(2, 3, squeeze=False).ravel()
        for ax, one in zip(axes, shown, strict=False):
            plot_series(one, origin, ax)
        for ax in axes[len(shown) :]:
            ax.set_visible(False)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
        figure.suptitle(
            str(
                Text(
                    f"站在 {origin} 年预测 {assessment.by} 年，与后来实际对照(公布数)",
                    f"Forecasts of {assessment.by} made in {origin}, against what happened (published figures)",
                )
            ),
            x=0.01, ha="left", fontsize=12,
        )  # fmt: skip
        return figure
