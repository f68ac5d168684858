"""Figures of changes: the forest of verdicts, the probability of a fall.

变化的图：评判森林图、降幅的概率。
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, style
from ...provenance import weakest
from ...terms import Text, get_language
from ...verdicts import Verdict, probability_text
from .changes import FALLS
from .falls import weakest_period
from .plot_parts import (
    GREY,
    biomarker_in,
    biomarker_name,
    nothing_to_draw,
    one_line,
    place_name,
    put_below,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from .changes import LoadChanges

    Floats = NDArray[np.float64]
    Drawn = tuple[list[Any], bool]  # handles of the legend, and whether the series was cut

SHAPE_OF = dict(zip(Verdict, ("o", "s", "D", "x"), strict=True))
TICKS = (1, 0.5, 2, 0.25, 0.7, 4, 0.1, 1.5, 0.9, 8)  # ratios, the most wanted first
NARROWEST, WIDEST = 0.05, 12.0  # ratios at which the axis ends; an arrow tells that an interval goes on
MOST_ROWS = 40


def plot_changes(
    changes: LoadChanges, ax: Axes | None = None, *, language: str | None = None, biomarker: str | None = None
) -> Axes:
    """Draw the ratios with their intervals as a forest, a row a site, grouped by biomarker, greatest fall first.

    绘制变化森林图：每行一个地点，按标志物分组，降幅大者在前；颜色与形状表示评判。

    Where only bounds are known a bar without a point; where nothing may be compared the reason. Of more than 40 rows
    those are drawn that can be assessed and rest on most rounds, whatever their outcome, and the rest are counted below.
    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for a biomarker that is not there.

    >>> import pandas as pd
    >>> from suzhou_antidrug.indicators.wastewater.compare import compare_loads
    >>> from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
    >>> sheet = pd.DataFrame({"plant": "A", "biomarker": "mdma", "load": [9.0, 2.0], "days": 7,
    ...                       "start": ["2019-03-04", "2022-03-07"]})
    >>> found = compare_loads(loads_from_frame(sheet), base=[2019], target=[2022])
    >>> plot_changes(found, language="en").get_yticklabels()[0].get_text()
    'A'
    """
    table = changes.table
    if biomarker is not None:
        table = table[table["biomarker"] == biomarker_in(table, biomarker)]
    if table.empty:
        raise nothing_to_draw()
    rows, grouped = _listed(table), table["biomarker"].nunique() > 1
    bottom = float(rows["y"].max())
    with style(language):
        ax = new_axes(ax, width=7.8, height=2.2 + 0.25 * (bottom + 1))
        _ratio_axis(ax, rows, changes)
        _draw_ratios(ax, rows, changes)
        _say_reasons(ax, rows, _starred(table))
        for name, y in rows.groupby("biomarker", sort=False)["y"].min().items() if grouped else ():
            ax.axhspan(y - 1.5, y - 0.5, color=COLOURS["grid"], alpha=0.5, linewidth=0)
            ax.text(
                0.012, y - 1, str(biomarker_name(name)), transform=ax.get_yaxis_transform(), va="center", fontsize=9.5
            )
        ax.set_yticks(rows["y"], [place_name(site, changes.by) for site in rows["site"]])
        ax.set_ylim(bottom + 0.6, -0.6 - 0.9 * grouped)
        ax.grid(axis="y", visible=False)
        ax.set_title(
            str(Text("负荷变化", "Changes of loads") if grouped else biomarker_name(rows["biomarker"].iloc[0]))
        )
        put_below(ax, _verdict_handles(table, rows, changes), _change_notes(changes, table, len(rows)), start=42)
        mark_status(ax, weakest([changes.made.status, *_judged(table)["noise_status"]]))
        return finish(ax)


def plot_fall_curve(
    changes: LoadChanges, site: str, biomarker: str, ax: Axes | None = None, *, language: str | None = None
) -> Axes:
    """Draw P(fall >= d in every target period) over d with the rule's lines and the fall at which the verdict flips.

    绘制“每期降幅不小于 d”的概率曲线，并标出规则的证据线与翻转点；不可评或仅有上下界者只写理由，不画曲线。

    With several target periods the weakest of them is dotted: not met rests on it. Raises
    :class:`~suzhou_antidrug.errors.UnknownNameError` for a site and biomarker that are not there.

    >>> import pandas as pd
    >>> from suzhou_antidrug.indicators.wastewater.compare import compare_loads
    >>> from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
    >>> sheet = pd.DataFrame({"plant": "A", "biomarker": "mdma", "load": [9.0, 2.0], "days": 7,
    ...                       "start": ["2019-03-04", "2022-03-07"]})
    >>> found = compare_loads(loads_from_frame(sheet), base=[2019], target=[2022])
    >>> plot_fall_curve(found, "A", "mdma", language="en").get_title(loc="left")
    'A · MDMA: met'
    """
    row = changes.row(site, biomarker_in(changes.table, biomarker))
    at = changes.table.iloc[row]
    with style(language):
        ax = new_axes(ax, width=6.2, height=4.2)
        verdict = Verdict(at["verdict"]).text
        ax.set_title(f"{place_name(site, changes.by)} · {biomarker_name(at['biomarker'])}{Text('：', ': ')}{verdict}")
        ax.set_xlabel(str(Text("相对基期的降幅 d（%），负值为上升", "fall d on the base (%), below 0 a rise")))
        ax.set_ylabel(str(Text("每期降幅不小于 d 的概率", "P(fall ≥ d in every period)")))
        ax.set_xlim(100 * FALLS[0], 100 * FALLS[-1])
        ax.set_ylim(-0.02, 1.02)
        # The curve of a series that may not be compared, or of the middle of its bounds, would be read as a finding.
        if np.isnan(at["ratio"]):
            reason = one_line(Text(at["reason_zh"], at["reason_en"]), 400)
            said = "\n".join(wrap(reason, 60 if get_language() == "en" else 30))
            ax.text(0.5, 0.5, said, transform=ax.transAxes, ha="center", va="center", fontsize=9.5, color="#555555")
        else:
            _draw_curve(ax, changes, row)
        mark_status(ax, weakest([changes.made.status, at["noise_status"]]))
        return finish(ax)


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["verdict"] != str(Verdict.NOT_ASSESSABLE)]


def _listed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are drawn, in order, with their place ``y``; each group leaves a place for its heading."""
    # Which rows are drawn must not hang on how they came out, else the figure would show the falls and hide the rises.
    blocked = (table["verdict"] == str(Verdict.NOT_ASSESSABLE)).to_numpy()
    rounds = (table["rounds_base"] + table["rounds_target"]).to_numpy(dtype=float)
    order = np.lexsort((-rounds, blocked))
    turn = table.iloc[order].groupby("biomarker", sort=False).cumcount().to_numpy()
    kept = order[np.lexsort((turn, blocked[order]))][:MOST_ROWS]
    middle = np.sqrt(table["low"].clip(lower=1e-9) * table["high"].clip(upper=1e9))
    rows = table.assign(
        group=table["biomarker"].factorize()[0], unknown=table["low"].isna(), middle=table["ratio"].fillna(middle)
    )
    rows = rows.iloc[np.sort(kept)].sort_values(["group", "unknown", "middle"], kind="stable")
    headings = rows["group"].diff().ne(0).cumsum() - 1 if table["biomarker"].nunique() > 1 else 0
    return rows.assign(y=np.arange(len(rows)) + headings)


def _ratio_axis(ax: Axes, rows: pd.DataFrame, changes: LoadChanges) -> None:
    ends = rows[["low", "high", "ratio"]].to_numpy(dtype=float)
    ends = ends[np.isfinite(ends)]
    low = min(max(ends.min(initial=1) / 1.15, NARROWEST), 0.45)
    high = max(min(ends.max(initial=1) * 1.15, WIDEST), 2.2)
    ticks: list[float] = []
    for tick in TICKS:
        if low <= tick <= high and all(abs(np.log(tick / t)) > 0.09 * np.log(high / low) for t in ticks):
            ticks.append(tick)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.set_xticks(ticks, [f"{t - 1:+.0%}" if t != 1 else "0%" for t in ticks])
    ax.set_xticks([], minor=True)
    ax.axvline(1, color=COLOURS["observed"], linewidth=1)
    ax.axvline(1 - changes.rule.minimum_fall, color=COLOURS["target"], linewidth=1.2, linestyle="--")
    late = changes.target[-1]
    ax.set_xlabel(str(Text(f"{late} 比基期的变化（对数刻度）", f"change of {late} on the base (log scale)")))


def _draw_ratios(ax: Axes, rows: pd.DataFrame, changes: LoadChanges) -> None:
    left, right = ax.get_xlim()
    for name, own in rows.groupby("verdict", sort=False):
        colour, firm = COLOURS[name], own["ratio"].notna()
        for part, width, alpha in ((own[firm], 1.4, 1.0), (own[~firm & ~own["unknown"]], 6.0, 0.45)):
            ends = part["low"].clip(lower=left), part["high"].clip(upper=right)
            ax.hlines(part["y"], *ends, color=colour, linewidth=width, alpha=alpha)
            for beyond, edge, arrow in ((part["low"] < left, left, "<"), (part["high"] > right, right, ">")):
                ax.plot(
                    np.full(beyond.sum(), edge), part["y"][beyond], arrow, color=colour, markersize=5, clip_on=False
                )
        ax.plot(
            own["ratio"][firm].clip(left, right), own["y"][firm], SHAPE_OF[Verdict(name)], color=colour, markersize=5.5
        )
        # Not met may rest on an earlier target period: shown, or the verdict would seem to contradict the interval.
        for earlier in np.exp(changes.evidence.log_ratio[own.index[firm], :-1]).T:
            ax.plot(earlier.clip(left, right), own["y"][firm], "|", color=colour, markersize=10)


def _starred(table: pd.DataFrame) -> frozenset[str]:
    """Return the cautions that rows bear in words of their own; one that all share is said once, below."""
    said = _judged(table)["caution_en"]
    return frozenset(said) - {""} if said.nunique() > 1 else frozenset()


def _say_reasons(ax: Axes, rows: pd.DataFrame, starred: frozenset[str]) -> None:
    """Say beside a row what its verdict rests on, or in it why nothing can be said."""
    across = ax.get_yaxis_transform()
    for row in rows.to_dict("records"):
        verdict = Verdict(row["verdict"]).text
        if row["unknown"]:
            ax.plot(0.012, row["y"], SHAPE_OF[Verdict.NOT_ASSESSABLE], color=GREY, markersize=5, transform=across)
            reason = one_line(str(Text(row["reason_zh"], row["reason_en"])), 72)
            white = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
            ax.text(0.03, row["y"], reason, transform=across, va="center", fontsize=8, color="#666666", bbox=white)
            continue
        if np.isnan(row["ratio"]):
            said = str(Text(f"{verdict.zh}（上下界）", f"{verdict.en} (bounds)"))
        else:
            p = probability_text(row["probability"])
            said = (f"P {p}" if p[0] in "<>" else f"P = {p}") + " *" * (row["caution_en"] in starred)
        ax.text(1.015, row["y"], said, transform=across, va="center", fontsize=8, color="#444444")


def _verdict_handles(table: pd.DataFrame, rows: pd.DataFrame, changes: LoadChanges) -> list[Any]:
    from matplotlib.lines import Line2D

    counts, handles = table["verdict"].value_counts(), []
    for verdict in (v for v in Verdict if counts.get(v, 0)):
        words = Text(f"{verdict.text.zh}（{counts[verdict]}）", f"{verdict.text.en} ({counts[verdict]})")
        width = 0.0 if verdict is Verdict.NOT_ASSESSABLE else 1.4
        handles.append(Line2D(
            [], [], color=COLOURS[verdict], marker=SHAPE_OF[verdict], markersize=5.5, linewidth=width, label=str(words)
        ))  # fmt: skip
    if (rows["ratio"].isna() & ~rows["unknown"]).any():
        words = Text("只知上下界", "bounds only")
        handles.append(Line2D([], [], color=GREY, linewidth=6, alpha=0.45, label=str(words)))
    if len(changes.target) > 1 and rows["ratio"].notna().any():
        words = Text("较早的目标期", "earlier target period")
        handles.append(Line2D([], [], color=GREY, marker="|", linestyle="", markersize=10, label=str(words)))
    least = f"{changes.rule.minimum_fall:.0%}"
    words = Text(f"降幅 {least}", f"fall of {least}")
    return [*handles, Line2D([], [], color=COLOURS["target"], linewidth=1.2, linestyle="--", label=str(words))]


def _change_notes(changes: LoadChanges, table: pd.DataFrame, shown: int) -> list[Text]:
    rule, least, judged = changes.rule, f"{changes.rule.minimum_fall:.0%}", _judged(table)
    base, target = (one_line("、".join(p), 40) for p in (changes.base, changes.target))
    notes = [
        Text(f"基期 {base}；目标期 {target}；横线为末期比值的区间",
             f"base {base.replace('、', ', ')}; target {target.replace('、', ', ')}; lines: interval of the last ratio"),
        Text(f"P：每个目标期降幅都不小于 {least} 的概率，达 {rule.evidence:g} 为达成；某一期不超过 {1 - rule.evidence:.2g} 为未达成",
             f"P: of a fall of {least} in every target period, met from {rule.evidence:g}; not met: at most {1 - rule.evidence:.2g} in one"),
    ]  # fmt: skip
    alarm = table["false_alarm"].dropna()
    if len(alarm):
        ends = " – ".join(dict.fromkeys(f"{a:.1%}" for a in (alarm.min(), alarm.max())))
        notes.append(
            Text(
                f"本设计的误报率（毫无变化而判为达成）：{ends}",
                f"false alarms of this design (met without any change): {ends}",
            )
        )
    assumed = [biomarker_name(b) for b in judged.loc[judged["noise_status"] == "assumed", "biomarker"].unique()]
    if assumed:
        notes.append(
            Text(
                "波动模型为假定：" + "、".join(n.zh for n in assumed),
                "noise assumed: " + ", ".join(n.en for n in assumed),
            )
        )
    if _starred(table):
        notes.append(
            Text(
                "* 基期有年份突出，下降可能只是尖峰回落", "* a base year stands out: the fall may be the end of a spike"
            )
        )
    elif len(judged) and judged["caution_en"].iloc[0]:
        notes.append(Text(judged["caution_zh"].iloc[0], judged["caution_en"].iloc[0]))
    if more := len(table) - shown:
        notes.append(
            Text(
                f"另有 {more} 行未画：先画可评且轮次多者",
                f"{more} more rows not drawn: those assessable, on most rounds, come first",
            )
        )
    return notes


def _draw_curve(ax: Axes, changes: LoadChanges, row: int) -> None:
    at, rule, fall = changes.table.iloc[row], changes.rule, 100 * FALLS
    curve = changes.curve(at["site"], at["biomarker"])
    every, weakest_one = Text("每期都降", "every period"), Text("最弱一期", "weakest period")
    ax.plot(fall, curve["probability"], color=COLOURS["forecast"], linewidth=1.8, label=str(every))
    if len(changes.target) > 1:
        weak = weakest_period(changes.evidence.rows(np.full(len(FALLS), row)), FALLS)
        ax.plot(fall, weak, color=COLOURS["forecast"], linewidth=1.2, linestyle=":", label=str(weakest_one))
    flip, least = 100 * at["flip_point"], 100 * rule.minimum_fall
    low, inside = f"{1 - rule.evidence:.2g}", fall[0] <= flip <= fall[-1]
    beyond = Text("" if inside else "（图外）", "" if inside else " (beyond)")
    lines = (
        (
            ax.axhline,
            rule.evidence,
            "met",
            "--",
            Text(f"达成：不低于 {rule.evidence:g}", f"met from {rule.evidence:g}"),
        ),
        (
            ax.axhline,
            1 - rule.evidence,
            "not_met",
            "--",
            Text(f"未达成：某期不高于 {low}", f"not met: a period at most {low}"),
        ),
        (ax.axvline, flip, "target", "-", Text(f"翻转点 {flip:.1f}%{beyond.zh}", f"flip point {flip:.1f}%{beyond.en}")),
        (ax.axvline, least, "not_assessable", "-.", Text(f"所求降幅 {least:g}%", f"fall asked for {least:g}%")),
    )
    for draw, place, colour, shape, words in lines:
        draw(place, color=COLOURS[colour], linewidth=1.2, linestyle=shape, label=str(words))
    put_below(ax, ax.get_legend_handles_labels()[0], [], start=42)
