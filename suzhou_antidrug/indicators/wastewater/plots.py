"""Figures of loads: samples, periods, the week, changes with their verdicts, the probability of a fall.

负荷的图：样品、各期、一周内的规律、变化及其评判、降幅的概率。

A value below its limit is drawn as the span of what it may be, never as a point; a series is never joined across a
change of laboratory, method or population base; a verdict is told by shape as well as by colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...plotting import COLOURS, finish, mark_status, new_axes, style
from ...terms import Text
from .change_plots import plot_changes, plot_fall_curve
from .comparability import IDENTITY
from .design_plots import MARKERS, SERIES, SHAPES
from .loads import WEEKEND
from .noise import WEEKDAYS, weekday_multipliers
from .plot_parts import (
    GREY,
    biomarker_in,
    biomarker_name,
    chosen_series,
    nothing_to_draw,
    one_line,
    place_name,
    put_below,
)
from .weeks import stratified_mean

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from .loads import Loads
    from .period_loads import PeriodLoads

    Floats = NDArray[np.float64]
    Drawn = tuple[list[Any], bool]  # handles of the legend, and whether the series was cut

__all__ = ["plot_changes", "plot_fall_curve", "plot_periods", "plot_samples", "plot_weekday_profile"]
MOST_SITES, MOST_NOTES = 12, 6
LOAD_AXIS = Text("负荷（毫克/天/千人）", "load (mg/day/1000 inhabitants)")
CUT = Text(
    "连线在实验室、方法或人口口径改变处断开，前后不可比",
    "lines are cut where laboratory, method or population base change: no comparison across",
)
KINDS: dict[str, tuple[Text, str, str]] = {  # of a sample: its words, marker and colour
    "weekday": (Text("周二至周四", "Tue-Thu"), "o", COLOURS["observed"]),
    "weekend": (Text("周五至周一", "Fri-Mon"), "^", COLOURS["forecast"]),
    "other": (Text("多日平均或星期不详", "several days, or weekday unknown"), "s", COLOURS["observed"]),
}
WEEKEND_NOTE = Text(
    "灰底：SCORE 所计的周末（周五至周一）；蓝带：1 ± 10%", "grey: SCORE's weekend (Fri-Mon); band: 1 ± 10%"
)


def plot_samples(
    loads: Loads, ax: Axes | None = None, *, language: str | None = None, plant: str | None = None,
    biomarker: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the samples of one plant and biomarker over time, mg/day/1000 inhabitants, with the means of their rounds.

    绘制某厂某标志物的逐个样品与各轮均值；低于限值者画成其可能范围的竖线，空心点为限值。

    Without a plant or biomarker: the one with most rows. Where no dates are known a year is drawn as its rounds in turn,
    each from Monday to Sunday. Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for a plant or biomarker that is
    not there, :class:`~suzhou_antidrug.errors.SeriesError` where there is nothing to draw.

    >>> import pandas as pd
    >>> from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
    >>> sheet = pd.DataFrame({"plant": "A", "biomarker": "mdma", "start": ["2021-03-02", "2021-03-06"], "load": [2.0, 3.0]})
    >>> plot_samples(loads_from_frame(sheet), language="en").get_title(loc="left")
    'A · MDMA'
    """
    plant, biomarker = chosen_series(loads.table, "plant", plant, biomarker)
    rows = _of(loads.table, "plant", plant, biomarker)
    x, dated = _sample_times(rows)
    order = np.argsort(x, kind="stable")
    rows = rows.iloc[order].assign(x=x[order])
    left_out = len(_of(loads.withheld, "plant", plant, biomarker))
    with style(language):
        ax = new_axes(ax, width=7.2, height=4.0)
        _date_axis(ax, rows["x"].to_numpy()) if dated else _year_axis(ax, rows["year"].to_numpy(dtype=float), 1.0)
        rounds, broken = _draw_rounds(ax, rows)
        handles = [*_draw_samples(ax, rows), *rounds]
        ax.set_ylim(0, float(rows["high"].max()) * (1.3 if broken else 1.1))
        notes = [CUT] if broken else []
        if left_out:
            notes.append(Text(f"另有 {left_out} 个样品或周次未采用", f"samples or weeks left out: {left_out}"))
        if not dated:
            notes.append(
                Text("日期不详：每年之内依轮次、星期排列", "dates unknown: a year holds its rounds in turn, Mon-Sun")
            )
        _titled(ax, loads, one_line(plant, 40), biomarker_name(biomarker))
        put_below(ax, handles, notes)
        return finish(ax)


def plot_periods(
    found: PeriodLoads, ax: Axes | None = None, *, language: str | None = None, site: str | None = None,
    biomarker: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the series of a site with two standard errors, or those of all sites of one biomarker as thin lines.

    绘制某地点的各期负荷及两倍标准误；不指定地点时，绘制同一标志物的各地点（最多 12 条着色，其余为灰）。

    A period of which only bounds are known is a box from the lower to the upper, without a point. The line is cut at
    periods without a value and where laboratory, method or population base change. Raises
    :class:`~suzhou_antidrug.errors.UnknownNameError` for a site or biomarker that is not there.

    >>> import pandas as pd
    >>> from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
    >>> from suzhou_antidrug.indicators.wastewater.period_loads import summarise_loads
    >>> days = pd.DatetimeIndex(["2020-03-03", "2020-03-07", "2021-03-02", "2021-03-06"])
    >>> sheet = pd.DataFrame({"plant": "A", "biomarker": "ketamine", "start": days, "load": [2.0, 3.0, 1.0, 2.0]})
    >>> plot_periods(summarise_loads(loads_from_frame(sheet)), language="en").get_title(loc="left")
    'A · ketamine'
    """
    chosen, biomarker = chosen_series(found.table, "site", site, biomarker)
    rows = found.table[found.table["biomarker"] == biomarker]
    number, step = rows["site"].nunique(), 0.25 if found.frequency == "quarter" else 1.0
    several = site is None and number > 1
    rows = rows if several else rows[rows["site"] == chosen]
    rows = rows.assign(x=_period_times(rows["period"])).sort_values(["site", "x"], kind="stable")
    with style(language):
        ax = new_axes(ax, width=7.2, height=4.2)
        _year_axis(ax, rows["x"].to_numpy(), step)
        handles, broken = (_draw_sites if several else _draw_site)(ax, rows, step)
        top = float(np.nanmax(rows[["load", "high"]].to_numpy(dtype=float)))
        ax.set_ylim(0, max(ax.get_ylim()[1], top * (1.3 if broken and not several else 1.05)))
        place = str(Text(f"{number} 个地点", f"{number} sites")) if several else place_name(chosen, found.by)
        _titled(ax, found, place, biomarker_name(biomarker))
        put_below(ax, handles, [CUT] if broken else [])
        return finish(ax)


def plot_weekday_profile(
    loads: Loads, ax: Axes | None = None, *, language: str | None = None, biomarkers: Iterable[str] | None = None,
    minimum_load: float = 0.0,
) -> Axes:  # fmt: skip
    """Draw how much higher each weekday is than its week, a line a biomarker, over complete weeks of measured days.

    绘制各标志物一周各日相对全周的倍数（只用七天齐全且均在限值以上的周），阴影为 SCORE 所计的周末。

    Multipliers are those of :func:`~.noise.weekday_multipliers`: day over week, both as geometric means. Weeks with a
    mean below ``minimum_load`` (mg/day/1000 inhabitants) are left out. The band is 1 +- 10 %. Raises
    :class:`~suzhou_antidrug.errors.UnknownNameError` for a biomarker that is not there,
    :class:`~suzhou_antidrug.errors.SeriesError` where no week is complete.

    >>> import pandas as pd
    >>> from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
    >>> week = pd.DataFrame({"plant": "A", "biomarker": "mdma", "start": pd.date_range("2021-03-01", periods=7),
    ...                      "load": [9.0, 9, 9, 9, 9, 9, 18]})
    >>> ax = plot_weekday_profile(loads_from_frame(week), language="en")
    >>> round(float(ax.get_lines()[-1].get_ydata()[6]), 2)
    1.81
    """
    table = loads.table
    wanted = list(
        dict.fromkeys(table["biomarker"] if biomarkers is None else (biomarker_in(table, b) for b in biomarkers))
    )
    weeks = _complete_weeks(table[table["biomarker"].isin(wanted)])
    weeks = weeks[weeks[list(WEEKDAYS)].mean(axis=1) >= minimum_load]
    if weeks.empty:
        raise nothing_to_draw("no week has all seven days measured.", "没有七天齐全且均在限值以上的周。")
    found = weekday_multipliers(weeks, minimum_load=0).set_index("biomarker")
    counts = weeks["biomarker"].value_counts()
    with style(language):
        ax = new_axes(ax, width=6.8, height=4.0)
        _draw_weekdays(ax)
        handles = []
        for k, marker in enumerate(b for b in wanted if b in counts.index):
            n, name = int(counts[marker]), biomarker_name(marker)
            words = Text(f"{name.zh}（{n} 周）", f"{name.en} ({n} week{'s' * (n > 1)})")
            values = found.loc[marker, list(WEEKDAYS)].to_numpy(dtype=float)
            handles += ax.plot(range(7), values, label=str(words), **_look(k))
        ax.set_ylim(min(ax.get_ylim()[0], 0.7), max(ax.get_ylim()[1], 1.4))  # else a flat week would look steep
        _titled(ax, loads, str(Text("一周内的规律", "Pattern of the week")))
        ax.set_ylabel(str(Text("当日相对全周的倍数（几何平均）", "day over its week (geometric means)")))
        put_below(ax, handles, [WEEKEND_NOTE])
        return finish(ax)


def _of(table: pd.DataFrame, column: str, site: str, biomarker: str) -> pd.DataFrame:
    return table[(table[column] == site) & (table["biomarker"] == biomarker)]


def _titled(ax: Axes, result: Loads | PeriodLoads, place: str, name: Text | None = None) -> None:
    ax.set_title(f"{place} · {name}" if name else place)
    ax.set_ylabel(str(LOAD_AXIS))
    mark_status(ax, result.made.status)


def _look(k: int) -> dict[str, Any]:
    """Return colour, dashes and marker of the k-th line: no two of the first twelve agree in both."""
    n = len(SERIES)
    return {
        "color": SERIES[k % n],
        "linestyle": SHAPES[k // n % len(SHAPES)],
        "marker": MARKERS[k % n],
        "markersize": 4,
    }


def _date_axis(ax: Axes, x: Floats) -> None:
    from matplotlib.dates import DAILY, MONTHLY, YEARLY, AutoDateFormatter, AutoDateLocator

    aside = max(0.03 * (x.max() - x.min()), 3.0)  # days; with fewer the ticks would be hours
    ax.set_xlim(x.min() - aside, x.max() + aside)
    locator = AutoDateLocator(minticks=3, maxticks={YEARLY: 10, MONTHLY: 8, DAILY: 6})
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(AutoDateFormatter(locator))


def _year_axis(ax: Axes, x: Floats, step: float) -> None:
    ax.set_xlim(x.min() - 0.6 * step, x.max() + 0.6 * step)
    if step < 1 and x.max() - x.min() < 2:
        times = np.arange(x.min(), x.max() + step / 2, step)
        ax.set_xticks(times, [f"{int(t)}Q{round(4 * (t % 1)) + 1}" for t in times])
        return
    first, last = int(np.ceil(x.min())), int(np.floor(x.max()))
    years = range(first, last + 1, max(1, (last - first) // 12 + 1))
    ax.set_xticks(years, [str(year) for year in years])


def _period_times(periods: pd.Series) -> Floats:
    quarter = periods.dt.quarter if str(periods.dtype).startswith("period[Q") else 1
    return np.asarray(periods.dt.year + (quarter - 1) / 4, dtype=float)


def _sample_times(rows: pd.DataFrame) -> tuple[Floats, bool]:
    """Return where samples stand in time: days, or years where a date is lacking; and which of the two."""
    from matplotlib.dates import date2num

    if rows["start"].notna().all():
        days: Floats = np.asarray(date2num(rows["start"].to_numpy()), dtype=np.float64)
        return days, True
    turn = rows.groupby("year")["round"].rank(method="dense") - 0.5
    share = 0.8 / (turn.groupby(rows["year"]).transform("max") + 0.5)  # of a year, for one round
    day = np.where(rows["weekday"] >= 0, (rows["weekday"] - 3) / 8, 0.0)
    return np.asarray(rows["year"] - 0.4 + share * (turn + day), dtype=float), False


def _draw_samples(ax: Axes, rows: pd.DataFrame) -> list[Any]:
    """Draw measured values as points, the others as spans with an open point at the limit."""
    measured, weekday = (rows["state"] == "measured").to_numpy(), rows["weekday"].to_numpy()
    single = (rows["days"].to_numpy(dtype=float) <= 1) & (weekday >= 0)
    kind = np.where(~single, "other", np.where(np.isin(weekday, WEEKEND), "weekend", "weekday"))
    x, low, high = (rows[c].to_numpy(dtype=float) for c in ("x", "low", "high"))
    doubtful, crowded = rows["doubtful"].to_numpy(dtype=bool), len(rows) > 120
    handles: list[Any] = []
    for name, (words, shape, colour) in KINDS.items():
        here, under = (kind == name) & measured, (kind == name) & ~measured
        how: dict[str, Any] = {"color": colour, "marker": shape, "linestyle": "", "markersize": 3.5 if crowded else 5}
        if here.any():
            handles += ax.plot(x[here], high[here], label=str(words), alpha=0.5 if crowded else 1, **how)
        if under.any():
            words = Text(f"{words.zh}，低于限值（范围）", f"{words.en}, below a limit (span)")
            ax.vlines(x[under], low[under], high[under], color=colour, linewidth=2, alpha=0.4)
            handles += ax.plot(x[under], high[under], label=str(words), markerfacecolor="white", **how)
    if doubtful.any():
        words, red = Text("存疑，待核对", "doubtful until confirmed"), COLOURS["target"]
        handles += ax.plot(
            x[doubtful], high[doubtful], "o", markersize=11, fillstyle="none", color=red, label=str(words)
        )
    return handles


def _draw_rounds(ax: Axes, rows: pd.DataFrame) -> Drawn:
    """Join the means of rounds; a band where values below their limit leave only bounds; cut where the series changes."""
    code = rows.groupby(["year", "round"], sort=False).ngroup().to_numpy(dtype=np.int64)
    number, weekend = int(code.max()) + 1, np.isin(rows["weekday"], WEEKEND)
    low, high = (stratified_mean(rows[c].to_numpy(dtype=float), weekend, code, number).mean for c in ("low", "high"))
    ends = rows["x"].groupby(code).agg(["min", "max"]).to_numpy()
    said = rows[list(IDENTITY)].fillna("").astype(str).agg(" | ".join, axis=1).groupby(code).first().to_numpy()
    cuts = np.flatnonzero(said[1:] != said[:-1]) + 1
    path, under, over = (np.insert(v, 2 * cuts, np.nan) for v in (ends.ravel(), low.repeat(2), high.repeat(2)))
    bounded, green = bool((low < high).any()), COLOURS["met"]
    words = Text("轮次均值" + "（带为上下界）" * bounded, "mean of a round" + " (band: bounds)" * bounded)
    ax.fill_between(path, under, over, color=green, alpha=0.2, linewidth=0)
    handles = ax.plot(
        path, np.where(under < over, np.nan, over), "_-", color=green, linewidth=1.6, zorder=2.5, label=str(words)
    )
    _draw_breaks(ax, [((ends[k - 1, 1] + ends[k, 0]) / 2, said[k - 1], said[k]) for k in cuts])
    return handles, bool(len(cuts))


def _draw_breaks(ax: Axes, breaks: Sequence[tuple[float, str, str]]) -> None:
    """Draw a line where a series becomes another one, and say which part of it changed."""
    for k, (x, before, after) in enumerate(breaks):
        ax.axvline(x, color=COLOURS["target"], linewidth=1, linestyle="--")
        old, new = before.split(" | "), after.split(" | ")
        mixed = len(old) != len(IDENTITY) or len(new) != len(IDENTITY)  # several in one period
        changed = [] if mixed else [n for n, a, b in zip(IDENTITY.values(), old, new, strict=True) if a != b]
        names = Text("、".join(n.zh for n in changed) or "口径", ", ".join(n.en for n in changed) or "definition")
        if k < MOST_NOTES:
            side = 1 if x < sum(ax.get_xlim()) / 2 else -1
            ax.annotate(
                str(Text(f"{names.zh}改变", f"{names.en} changed")), (x, 0.98 - 0.07 * (k % 3)), va="top", fontsize=8,
                xycoords=("data", "axes fraction"), textcoords="offset points", xytext=(4 * side, 0),
                ha="left" if side > 0 else "right", color=COLOURS["target"],
            )  # fmt: skip


def _draw_lines(ax: Axes, rows: pd.DataFrame, step: float, **how: Any) -> NDArray[np.intp]:
    """Join successive periods of each site, nothing else; return the rows at which a series becomes another one."""
    x, load, site, said = (rows[c].to_numpy() for c in ("x", "load", "site", "definition"))
    other = (site[1:] == site[:-1]) & (said[1:] != said[:-1])
    cuts = np.flatnonzero((site[1:] != site[:-1]) | other | (np.diff(x) > 1.5 * step)) + 1
    ax.plot(np.insert(x, cuts, np.nan), np.insert(load, cuts, np.nan), **how)
    return np.flatnonzero(other) + 1


def _draw_site(ax: Axes, rows: pd.DataFrame, step: float) -> Drawn:
    x, load, se, low, high = (rows[c].to_numpy(dtype=float) for c in ("x", "load", "se", "low", "high"))
    valued, said = ~np.isnan(load), rows["definition"].to_numpy()
    handles: list[Any] = []
    cuts = _draw_lines(ax, rows, step, color=COLOURS["forecast"], linewidth=1.5)
    if valued.any():
        reach = np.vstack([np.minimum(2 * se, load), 2 * se])[:, valued]
        words = Text("各期均值 ± 2 倍标准误", "mean of the period ± 2 standard errors")
        handles.append(ax.errorbar(
            x[valued], load[valued], yerr=reach, fmt="o", color=COLOURS["observed"], markersize=4.5, capsize=3,
            linewidth=1.1, label=str(words),
        ))  # fmt: skip
    if not valued.all():
        words = Text("只知上下界（有样品低于限值）", "bounds only (samples below their limit)")
        handles.append(ax.bar(
            x[~valued], (high - low)[~valued], 0.4 * step, low[~valued], facecolor="#F2F2F2", hatch="////",
            edgecolor=GREY, linewidth=1, label=str(words),
        ))  # fmt: skip
    _draw_breaks(ax, [((x[k - 1] + x[k]) / 2, said[k - 1], said[k]) for k in cuts])
    return handles, bool(len(cuts))


def _draw_sites(ax: Axes, rows: pd.DataFrame, step: float) -> Drawn:
    """Draw the highest of the sites that have half as many values as the longest or more; all others in one grey."""
    sizes = rows.groupby("site", sort=False).agg(count=("load", "size"), high=("high", "mean"))
    sizes["short"] = sizes["count"] < sizes["count"].max() / 2
    order = list(sizes.sort_values(["short", "high"], ascending=[True, False], kind="stable").index)
    handles: list[Any] = []
    cuts, more = 0, len(order) - MOST_SITES
    for k, site in enumerate(order[:MOST_SITES]):
        own, look = rows[rows["site"] == site], _look(k) | {"linewidth": 1.1}
        cuts += len(_draw_lines(ax, own, step, **look))
        aside = (k - min(len(order), MOST_SITES) / 2) * 0.03 * step  # else bounds of several sites hide one another
        _draw_bounds(ax, own, aside, look)
        handles += ax.plot([], [], label=one_line(site, 26), **look)
    if more > 0:
        rest = rows[rows["site"].isin(order[MOST_SITES:])]
        look = {"color": GREY, "linewidth": 0.6, "zorder": 1.5, "marker": ".", "markersize": 3}
        cuts += len(_draw_lines(ax, rest, step, **look))
        _draw_bounds(ax, rest, 0, look)
        handles += ax.plot([], [], label=str(Text(f"其余 {more} 个地点", f"{more} other sites")), **look)
    if rows["load"].isna().any():
        words = str(Text("空心：只知上下界", "open: bounds only"))
        handles += ax.plot([], [], color=GREY, linewidth=4, alpha=0.4, marker="o", markerfacecolor="white", label=words)
    return handles, cuts > 0


def _draw_bounds(ax: Axes, rows: pd.DataFrame, aside: float, look: Mapping[str, Any]) -> None:
    """Draw periods without a value as bars from bound to bound, open at both ends."""
    rows = rows[rows["load"].isna()]
    ax.vlines(rows["x"] + aside, rows["low"], rows["high"], color=look["color"], linewidth=3, alpha=0.35)
    for end in ("low", "high"):
        ax.plot(rows["x"] + aside, rows[end], **{**look, "linestyle": "", "markerfacecolor": "white"})


def _draw_weekdays(ax: Axes) -> None:
    for low, high in ((-0.5, 0.5), (3.5, 6.5)):
        ax.axvspan(low, high, color=COLOURS["grid"], alpha=0.4, linewidth=0)
    ax.axhspan(0.9, 1.1, color=COLOURS["band"], alpha=0.25, linewidth=0)
    ax.axhline(1, color=GREY, linewidth=1)
    days = str(Text("周一 周二 周三 周四 周五 周六 周日", "Mon Tue Wed Thu Fri Sat Sun"))
    ax.set_xticks(range(7), days.split())
    ax.set_xlim(-0.5, 6.5)


def _complete_weeks(table: pd.DataFrame) -> pd.DataFrame:
    """Return the weeks with seven measured days, one a row: site, biomarker, year, mon .. sun."""
    import pandas as pd

    sure = (table["state"] == "measured") & (table["days"] <= 1) & (table["weekday"] >= 0)
    days = table[sure & ~table["doubtful"].astype(bool)].copy()
    date = days["start"].dt.normalize()
    days["week"] = ((date - date.groupby([days["plant"], days["round"]]).transform("min")).dt.days // 7).fillna(0)
    days["era"] = days["year"].where(date.isna(), 0)  # without dates a round's number may come back in another year
    key = ["plant", "biomarker", "era", "round", "week"]
    size = days.groupby(key)["weekday"].transform("size")
    whole = days[(size == 7) & (days.groupby(key)["weekday"].transform("nunique") == 7)].sort_values([*key, "weekday"])
    loads = pd.DataFrame(whole["load"].to_numpy(dtype=float).reshape(-1, 7), columns=list(WEEKDAYS))
    return loads.assign(site=np.arange(len(loads)), biomarker=whole["biomarker"].to_numpy()[::7], year=0)
