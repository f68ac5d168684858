"""Figures of loads: what is drawn is what the results say, and nothing below a limit looks like a value."""

from __future__ import annotations

import doctest
import warnings
from dataclasses import replace
from importlib import import_module
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.container import ErrorbarContainer

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater.change_plots import MOST_ROWS
from suzhou_antidrug.indicators.wastewater.compare import compare_loads
from suzhou_antidrug.indicators.wastewater.loads import compute_loads, loads_from_frame, loads_from_release
from suzhou_antidrug.indicators.wastewater.measurements import Measurements
from suzhou_antidrug.indicators.wastewater.noise import WEEKDAYS
from suzhou_antidrug.indicators.wastewater.period_loads import summarise_loads
from suzhou_antidrug.indicators.wastewater.plots import (
    MOST_SITES,
    plot_changes,
    plot_fall_curve,
    plot_periods,
    plot_samples,
    plot_weekday_profile,
)
from suzhou_antidrug.indicators.wastewater.releases import read_score_release
from suzhou_antidrug.plotting import COLOURS, figure_of
from suzhou_antidrug.terms import get_language
from suzhou_antidrug.verdicts import Verdict

ROOM = "suzhou_antidrug.indicators.wastewater."
HALF_DIGIT = 0.005  # multipliers are published to two digits
PIXEL = 1e-9  # what is drawn is the number itself; only binary error may stand between
ROUNDS = ((2, 9), (5, 13), (8, 4), (11, 10))  # month and day on which a round begins
NAN = float("nan")


@pytest.fixture(autouse=True)
def _no_figure_is_left_open():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def quarterly(plant, levels, *, biomarker="methamphetamine", days=(0, 3), rounds=ROUNDS, **columns):
    """Loads of a plant, a level for each year: rounds of a Tuesday to Thursday and a Friday to Monday."""
    rng = np.random.default_rng(len(plant) + sum(map(ord, plant)))
    rows = []
    for year, level in levels.items():
        for month, day in rounds:
            begin = pd.Timestamp(year, month, day)
            begin -= pd.Timedelta(days=begin.day_of_week - 2)  # a Wednesday, so that three days on is a Saturday
            for k in days:
                load = level * np.exp(rng.normal(0, 0.1))
                rows.append({"start": begin + pd.Timedelta(days=k), "load": load, "high": load, "low": load})
    return pd.DataFrame(rows).assign(plant=plant, biomarker=biomarker, **columns)


def below(frame, limit, *, low=0.0):
    """The same samples, those under ``limit`` known only to lie between ``low`` and it."""
    hidden = frame["load"] < limit
    return frame.assign(
        load=frame["load"].where(~hidden),
        low=frame["low"].where(~hidden, low),
        high=frame["high"].where(~hidden, limit),
    )


def texts(ax):
    legend = ax.get_legend()
    return [t.get_text() for t in (*ax.texts, *(legend.get_texts() if legend else ()))]


def lines(ax, **wanted):
    """The lines of axes that have these properties and hold a value."""
    found = [ln for ln in ax.get_lines() if all(getattr(ln, f"get_{k}")() == v for k, v in wanted.items())]
    return [ln for ln in found if np.isfinite(np.asarray(ln.get_ydata(), dtype=float)).any()]


def spans(ax):
    """The vertical spans of axes: x, low, high."""
    kept = [s for c in ax.collections if hasattr(c, "get_segments") for s in c.get_segments() if len(s) == 2]
    return sorted((s[0, 0], s[0, 1], s[1, 1]) for s in kept if s[0, 0] == s[1, 0])


def lies_on(values, expected):
    np.testing.assert_allclose(np.sort(np.asarray(values, dtype=float)), np.sort(np.asarray(expected, dtype=float)), atol=PIXEL)  # fmt: skip


CHANGES = {  # site: levels of the base and the target year; each meets with another verdict
    "降厂": (40.0, 10.0), "升厂": (20.0, 40.0), "平厂": (30.0, 27.0), "换厂": (30.0, 12.0),
}  # fmt: skip


@pytest.fixture(scope="module")
def changes():
    parts = [quarterly(plant, {2019: a, 2022: b}, laboratory="甲所") for plant, (a, b) in CHANGES.items()]
    parts[3].loc[parts[3]["start"].dt.year == 2022, "laboratory"] = "乙所"
    few = [(2, 9), (5, 13)]
    # Bounds only, the verdict the same at both ends; and bounds that leave the verdict open.
    parts.append(quarterly("低厂", {2019: 50.0, 2022: 2.0}, rounds=few, laboratory="甲所").pipe(below, 3.0))
    parts.append(quarterly("疑厂", {2019: 3.6, 2022: 2.0}, rounds=few, laboratory="甲所").pipe(below, 3.0))
    parts.append(quarterly("降厂", {2019: 8.0, 2022: 5.0}, biomarker="ketamine", laboratory="甲所"))
    return compare_loads(loads_from_frame(pd.concat(parts)), base=[2019], target=[2022])


@pytest.fixture(scope="module")
def loads():
    mixed = pd.concat([
        quarterly("福星", {2019: 30.0, 2020: 28.0}, laboratory="甲所"),
        quarterly("福星", {2021: 20.0, 2022: 18.0}, laboratory="乙所"),
        quarterly("娄江", {2019: 3.0, 2021: 2.0}, biomarker="ketamine", laboratory="甲所").pipe(below, 2.1, low=0.7),
    ])  # fmt: skip
    return loads_from_frame(mixed, status="synthetic")


@pytest.fixture(scope="module")
def weeks():
    days = pd.date_range("2021-03-01", periods=28)  # a Monday
    shape = np.array([1.3, 0.8, 0.7, 0.6, 0.8, 1.5, 2.0])
    level = 10 * np.tile(shape, 4) * np.repeat([1.0, 2.0, 0.5, 4.0], 7)
    mdma = pd.DataFrame({"plant": "福星", "biomarker": "mdma", "start": days, "load": level})
    return loads_from_frame(pd.concat([mdma, mdma[:7].assign(biomarker="methamphetamine", load=9.0)]))


DRAWN = {
    "samples": lambda o, **k: plot_samples(o["loads"], **k),
    "censored": lambda o, **k: plot_samples(o["loads"], plant="娄江", **k),
    "period": lambda o, **k: plot_periods(o["periods"], site="福星", **k),
    "bounds": lambda o, **k: plot_periods(o["periods"], site="娄江", **k),
    "week": lambda o, **k: plot_weekday_profile(o["weeks"], **k),
    "changes": lambda o, **k: plot_changes(o["changes"], **k),
    "one": lambda o, **k: plot_changes(o["changes"], biomarker="氯胺酮", **k),
    "curve": lambda o, **k: plot_fall_curve(o["changes"], "降厂", "冰毒", **k),
    "no_curve": lambda o, **k: plot_fall_curve(o["changes"], "换厂", "冰毒", **k),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_drawn_without_a_missing_letter(name, language, loads, weeks, changes):
    objects = {"loads": loads, "periods": summarise_loads(loads), "weeks": weeks, "changes": changes}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = DRAWN[name](objects, language=language)
        figure_of(ax).canvas.draw()
    own = " ".join(["" if name == "week" else ax.get_title(loc="left"), ax.get_ylabel(), ax.get_xlabel(), *texts(ax)])
    for word in {*CHANGES, "低厂", "疑厂", "福星", "娄江", "甲所", "乙所"}:  # the user's own names stay as they are
        own = own.replace(word, "")
    has_chinese = any("一" <= c <= "鿿" or c in "，；：（）、" for c in own)
    assert has_chinese == (language == "zh")
    if language == "zh":  # half-width marks between Chinese letters are typing slips
        assert not any(a in ",;:()" and "一" <= b <= "鿿" for a, b in pairwise(own))
    assert get_language() == "zh"


@pytest.mark.parametrize("name", DRAWN)
def test_figures_go_into_the_axes_that_are_given(name, loads, weeks, changes):
    import matplotlib.pyplot as plt

    objects = {"loads": loads, "periods": summarise_loads(loads), "weeks": weeks, "changes": changes}
    figure, ax = plt.subplots(figsize=(5, 4))
    assert DRAWN[name](objects, ax=ax) is ax and figure.axes == [ax]
    assert tuple(figure.get_size_inches()) == (5, 4)


@pytest.mark.parametrize(("language", "word"), [("zh", "合成数据"), ("en", "synthetic data")])
def test_made_up_data_are_marked_in_the_figure(language, word, loads, changes):
    invented = compare_loads(replace(loads, table=loads.table[loads.table["year"] < 2021]), base=[2019], target=[2020])
    for ax in (
        plot_samples(loads, language=language),
        plot_periods(summarise_loads(loads), language=language),
        plot_changes(invented, language=language),
        plot_fall_curve(invented, "福星", "methamphetamine", language=language),
    ):
        assert word in texts(ax)
    assert word not in texts(plot_changes(changes, language=language))


def test_assumed_noise_is_marked_where_a_verdict_rests_on_it(changes):
    assert "假定" in texts(plot_changes(changes)) and "假定" in texts(plot_fall_curve(changes, "降厂", "ketamine"))
    assert any("noise assumed: ketamine\n" in t for t in texts(plot_changes(changes, language="en")))
    measured = plot_changes(changes, biomarker="methamphetamine")
    assert "假定" not in texts(measured) and "波动模型" not in " ".join(texts(measured))


# --- samples


def test_samples_are_points_and_weekends_are_told_apart(loads):
    ax = plot_samples(loads, plant="福星", biomarker="冰毒")
    rows = loads.table[loads.table["plant"] == "福星"]
    weekend = rows["weekday"].isin([0, 4, 5, 6])
    circles, triangles = lines(ax, marker="o"), lines(ax, marker="^")
    assert len(circles) == len(triangles) == 1 and len(rows) == 32
    lies_on(circles[0].get_ydata(), rows.loc[~weekend, "load"])
    lies_on(triangles[0].get_ydata(), rows.loc[weekend, "load"])
    assert not spans(ax) or all(low == 0 and high == 1 for _, low, high in spans(ax))
    assert ax.get_ylim()[0] == 0 and ax.get_title(loc="left") == "福星 · 甲基苯丙胺"


def test_a_value_below_its_limit_is_a_span_open_at_the_limit(loads):
    ax = plot_samples(loads, plant="娄江")
    rows = loads.table[loads.table["plant"] == "娄江"]
    hidden = rows[rows["load"].isna()]
    assert 0 < len(hidden) < len(rows)
    drawn = spans(ax)
    assert len(drawn) == len(hidden) and {(low, high) for _, low, high in drawn} == {(0.7, 2.1)}
    filled = [ln for ln in ax.get_lines() if ln.get_marker() in "o^" and ln.get_markerfacecolor() != "white"]
    lies_on(np.concatenate([ln.get_ydata() for ln in filled]), rows["load"].dropna())
    hollow = [ln for ln in ax.get_lines() if ln.get_markerfacecolor() == "white"]
    lies_on(np.concatenate([ln.get_ydata() for ln in hollow]), hidden["high"])
    assert any("低于限值" in t for t in texts(ax))


def test_rounds_are_joined_by_the_mean_of_a_week_and_cut_at_another_laboratory(loads):
    ax = plot_samples(loads, plant="福星", language="en")
    rows = loads.table[loads.table["plant"] == "福星"].sort_values("start")
    pairs = rows["load"].to_numpy().reshape(-1, 2)  # a Wednesday and a Saturday each
    expected = 3 / 7 * pairs[:, 0] + 4 / 7 * pairs[:, 1]
    (mean,) = lines(ax, marker="_")
    drawn = np.asarray(mean.get_ydata())
    assert np.flatnonzero(np.isnan(drawn)).tolist() == [16]  # after the eight rounds of the first laboratory
    np.testing.assert_allclose(drawn[~np.isnan(drawn)], expected.repeat(2))
    assert "laboratory changed" in texts(ax) and len(lines(ax, linestyle="--")) == 1
    calm = plot_samples(loads, plant="娄江", language="en")
    assert not any("changed" in t for t in texts(calm)) and not lines(calm, linestyle="--")


def test_a_round_with_a_value_below_its_limit_has_a_band_and_no_line(loads):
    ax = plot_samples(loads, plant="娄江")
    rows = loads.table[loads.table["plant"] == "娄江"].sort_values("start")
    low, high = (rows[c].to_numpy().reshape(-1, 2) @ [3 / 7, 4 / 7] for c in ("low", "high"))
    drawn = next(np.asarray(ln.get_ydata()) for ln in ax.get_lines() if ln.get_marker() == "_")
    np.testing.assert_allclose(drawn, np.where(low < high, np.nan, low).repeat(2))
    band = np.vstack([p.vertices for c in ax.collections for p in c.get_paths() if len(p.vertices) > 4])
    assert {*low.round(9), *high.round(9)} <= {*band[:, 1].round(9)}


def test_without_a_choice_the_series_with_most_rows_is_drawn(loads):
    assert plot_samples(loads).get_title(loc="left") == "福星 · 甲基苯丙胺"
    assert plot_samples(loads, biomarker="ketamine").get_title(loc="left") == "娄江 · 氯胺酮"


@pytest.mark.parametrize(
    ("how", "offered"),
    [
        (dict(plant="福兴"), "福星"),
        (dict(biomarker="ketamin"), "ketamine"),
        (dict(plant="娄江", biomarker="冰毒"), "ketamine"),
    ],
)
def test_unknown_plants_and_biomarkers_are_refused_with_what_is_there(how, offered, loads):
    with pytest.raises(UnknownNameError, match=offered):
        plot_samples(loads, **how)


def test_samples_without_dates_stand_in_their_year_from_monday_to_sunday():
    week = pd.DataFrame({"plant": "AT:Graz", "biomarker": "mdma", "weekday": range(7), "load": np.arange(1.0, 8)})
    table = pd.concat(
        [week.assign(year=2019, round=0), week.assign(year=2020, round=1), week.assign(year=2020, round=2)]
    )
    ax = plot_samples(loads_from_frame(table), language="en")
    drawn = [ln for ln in ax.get_lines() if ln.get_marker() in "o^"]
    x, y = (np.concatenate([getattr(ln, f"get_{c}data")() for ln in drawn]) for c in "xy")
    order = np.argsort(x)
    np.testing.assert_allclose(y[order], np.tile(np.arange(1.0, 8), 3))
    assert (np.rint(x[order]) == np.repeat([2019, 2020, 2020], 7)).all() and np.diff(x[order]).min() > 0.01
    assert any("dates unknown" in t for t in texts(ax))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2019", "2020"]


def test_means_of_several_days_doubtful_and_left_out_samples_are_told():
    table = quarterly("A", {2021: 9.0}).assign(days=7.0)
    found = loads_from_frame(table)
    doubtful = found.table.assign(doubtful=np.arange(len(table)) == 3)
    gone = pd.DataFrame({"plant": ["A", "B"], "division": "", "biomarker": "methamphetamine", "year": 2021})
    ax = plot_samples(replace(found, table=doubtful, withheld=gone), language="en")
    (squares,) = lines(ax, marker="s")
    assert len(squares.get_ydata()) == len(table) and not lines(ax, marker="^")
    rings = [ln for ln in lines(ax, marker="o") if ln.get_fillstyle() == "none"]
    lies_on(rings[0].get_ydata(), doubtful.loc[doubtful["doubtful"], "load"])
    assert any(t.startswith("samples or weeks left out: 1") for t in texts(ax))


def test_names_are_drawn_as_they_are():
    strange = loads_from_frame(quarterly("a_$x^$\n" + "很长的名字" * 12, {2021: 9.0}, biomarker="nitazene_x"))
    ax = plot_samples(strange, language="en")
    figure_of(ax).canvas.draw()
    title = ax.get_title(loc="left")
    assert title.startswith(r"a_\$x^\$ 很") and "…" in title and title.endswith("nitazene_x")


def test_measurements_come_through_with_their_own_limits():
    sheet = pd.DataFrame({
        "污水厂": "福星", "标志物": "冰毒", "采样日期": ["2021-03-05", "2021-03-09", "2021-03-10"],
        "浓度(ng/L)": [100.0, None, None], "检出情况": ["", "低于定量限", "低于检出限"], "检出限(ng/L)": 1.0, "定量限(ng/L)": 3.0,
        "日流量(万m3/d)": [10.0, 20.0, 10.0], "服务人口(万人)": 20.0,
    })  # fmt: skip
    ax = plot_samples(compute_loads(Measurements.from_frame(sheet)))
    limits = [(low, high) for _, low, high in spans(ax)]
    np.testing.assert_allclose(limits, [(1.0, 3.0), (0.0, 0.5)])  # the flow doubled, and with it the limit


# --- periods


def test_periods_are_points_with_two_standard_errors(loads):
    found = summarise_loads(loads)
    ax = plot_periods(found, site="福星")
    rows = found.table[found.table["site"] == "福星"]
    (bars,) = (c for c in ax.containers if isinstance(c, ErrorbarContainer))
    lies_on(bars[0].get_ydata(), rows["load"])
    reach = np.array([segment[:, 1] for segment in bars[2][0].get_segments()])
    np.testing.assert_allclose(reach[:, 0], (rows["load"] - 2 * rows["se"]).clip(lower=0))
    np.testing.assert_allclose(reach[:, 1], rows["load"] + 2 * rows["se"])
    assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] > reach.max()
    joined = np.asarray(ax.get_lines()[0].get_ydata())
    assert np.isnan(joined).tolist() == [False, False, True, False, False]  # cut between the laboratories
    assert any("实验室" in t and "改变" in t for t in texts(ax))


def test_a_large_error_stops_at_zero():
    found = summarise_loads(loads_from_frame(quarterly("A", {2021: 9.0})))
    wide = replace(found, table=found.table.assign(se=8.0))
    bars = plot_periods(wide).containers[0]
    low, high = bars[2][0].get_segments()[0][:, 1]
    assert low == pytest.approx(0) and high == pytest.approx(wide.table["load"].iloc[0] + 16)


def test_periods_with_bounds_only_are_boxes_without_a_point(loads):
    found = summarise_loads(loads)
    rows = found.table[found.table["site"] == "娄江"]
    assert rows["load"].isna().any()
    ax = plot_periods(found, site="娄江", language="en")
    bound = rows[rows["load"].isna()]
    lies_on([p.get_y() for p in ax.patches], bound["low"])
    lies_on([p.get_y() + p.get_height() for p in ax.patches], bound["high"])
    for line in lines(ax):
        assert not set(line.get_xdata()[np.isfinite(line.get_ydata())]) & set(bound["period"].dt.year)
    assert len(bound) < len(rows)  # the other side of the threshold: a wholly measured year is a point
    lies_on(ax.containers[0][0].get_ydata(), rows["load"].dropna())
    assert any(t.startswith("bounds only") for t in texts(ax))


def test_a_year_without_a_value_is_not_bridged():
    found = summarise_loads(loads_from_frame(quarterly("A", {2018: 9.0, 2019: 8.0, 2021: 7.0})))
    line = plot_periods(found).get_lines()[0]
    assert np.isnan(line.get_ydata()).tolist() == [False, False, True, False]
    assert not any("改变" in t for t in texts(plot_periods(found)))


def test_quarters_stand_in_their_year():
    found = summarise_loads(loads_from_frame(quarterly("A", {2021: 9.0})), frequency="quarter")
    ax = plot_periods(found)
    lies_on(ax.get_lines()[0].get_xdata(), [2021.0, 2021.25, 2021.5, 2021.75])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2021Q1", "2021Q2", "2021Q3", "2021Q4"]


def test_what_changed_is_named_and_mixed_periods_are_called_by_no_part():
    parts = {"laboratory": ["甲", "乙", "乙", "乙"], "method": ["m1", "m1", "m2", "m2"], "population_basis": "census"}
    whole = pd.concat([quarterly("A", {2019 + k: 9.0}, **{c: v if isinstance(v, str) else v[k] for c, v in parts.items()}) for k in range(4)])  # fmt: skip
    said = texts(plot_periods(summarise_loads(loads_from_frame(whole)), language="en"))
    assert [t for t in said if t.endswith(" changed")] == ["laboratory changed", "method changed"]
    mixed = whole.reset_index(drop=True)
    mixed.loc[len(mixed) - 1, "laboratory"] = "丙"
    said = texts(plot_periods(summarise_loads(loads_from_frame(mixed)), language="en"))
    assert "definition changed" in said


def test_of_many_sites_twelve_are_coloured_and_the_rest_grey():
    number = MOST_SITES + 3
    plants = [quarterly(f"厂{k:02d}", {2020: 10.0 + k, 2021: 9.0 + k}, rounds=ROUNDS[:1]) for k in range(number)]
    brief = quarterly("新厂", {2021: 900.0}, rounds=ROUNDS[:1])  # the highest, but a single year of two
    found = summarise_loads(loads_from_frame(pd.concat([*plants, brief.assign(start=brief["start"])])))
    ax = plot_periods(found, language="en")
    grey = [ln for ln in lines(ax) if ln.get_color() == COLOURS["not_assessable"]]
    coloured = [ln for ln in lines(ax) if ln.get_color() != COLOURS["not_assessable"]]
    assert len(coloured) == MOST_SITES and len(grey) == 1
    assert len({(ln.get_color(), ln.get_linestyle(), ln.get_marker()) for ln in coloured}) == MOST_SITES
    drawn = np.concatenate([ln.get_ydata() for ln in (*coloured, *grey)])
    lies_on(drawn[~np.isnan(drawn)], found.table["load"])
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels[-1] == "4 other sites" and len(labels) == MOST_SITES + 1
    assert ax.get_ylim()[0] == 0 and ax.get_title(loc="left") == "16 sites · methamphetamine"
    assert not [c for c in ax.containers if isinstance(c, ErrorbarContainer)]


def test_several_sites_show_their_bounds_side_by_side():
    parts = [quarterly(p, {2020: 3.0, 2021: 2.0}, rounds=ROUNDS[:1]).pipe(below, 9.0, low=1.0) for p in ("A", "B")]
    ax = plot_periods(summarise_loads(loads_from_frame(pd.concat(parts))), language="en")
    drawn = spans(ax)
    assert len(drawn) == 4 and {(low, high) for _, low, high in drawn} == {(1.0, 9.0)}
    assert len({x for x, *_ in drawn}) == 4  # beside each other, each near its own year
    assert all(abs(x - round(x)) < 0.3 for x, *_ in drawn) and "open: bounds only" in texts(ax)
    assert all(ln.get_markerfacecolor() == "white" for ln in lines(ax))


def test_a_city_bears_its_name_and_unknown_sites_are_refused(loads):
    people = loads_from_frame(quarterly("A", {2020: 9.0, 2021: 8.0}, population=3e5))
    city = summarise_loads(people, by="city")
    assert plot_periods(city).get_title(loc="left") == "全市 · 甲基苯丙胺"
    assert plot_periods(city, language="en").get_title(loc="left") == "city · methamphetamine"
    with pytest.raises(UnknownNameError, match="福星"):
        plot_periods(summarise_loads(loads), site="福星厂")
    with pytest.raises(UnknownNameError, match="methamphetamine"):
        plot_periods(summarise_loads(loads), biomarker="mdma")
    with pytest.raises(SeriesError, match="nothing to draw"):
        plot_periods(replace(city, table=city.table.iloc[:0]))
    with pytest.raises(SeriesError, match="nothing to draw"):
        plot_samples(replace(people, table=people.table.iloc[:0]))


# --- the week


@pytest.mark.reference
def test_the_week_of_the_european_release_is_the_one_computed_elsewhere(reference):
    # Multipliers of 2011-2024, weeks with a mean of 5 or more: EUDA and SCORE, 2025 release.
    release = read_score_release(reference / "data" / "wastewater" / "panel.csv")
    ax = plot_weekday_profile(loads_from_release(release), biomarkers=["mdma", "BE", "冰毒"], minimum_load=5.0)
    mdma, cocaine, meth = (np.asarray(ln.get_ydata()) for ln in ax.get_lines()[-3:])
    np.testing.assert_allclose(mdma[[3, 5, 6]], [0.61, 1.50, 1.99], atol=HALF_DIGIT)
    np.testing.assert_allclose(cocaine[[2, 5, 6]], [0.83, 1.28, 1.34], atol=HALF_DIGIT)
    np.testing.assert_allclose([meth.min(), meth.max()], [0.92, 1.07], atol=HALF_DIGIT)


def test_the_week_is_the_geometric_mean_over_complete_weeks(weeks):
    ax = plot_weekday_profile(weeks, biomarkers=["摇头丸"], language="en")
    shape = np.array([1.3, 0.8, 0.7, 0.6, 0.8, 1.5, 2.0])
    expected = shape / np.exp(np.log(shape).mean())
    np.testing.assert_allclose(ax.get_lines()[-1].get_ydata(), expected)
    assert "MDMA (4 weeks)" in texts(ax) and len(WEEKDAYS) == len(ax.get_xticks())


def test_weeks_that_are_not_wholly_measured_are_left_out(weeks):
    table = weeks.table.copy()
    table.loc[2, ["load", "low", "state"]] = [NAN, 0.0, "below_loq"]  # in the first week
    table.loc[8, "doubtful"] = True  # in the second
    spoiled = replace(weeks, table=table.drop(index=20))  # a day of the third is gone
    ax = plot_weekday_profile(spoiled, biomarkers=["mdma"], language="en")
    assert "MDMA (1 week)" in texts(ax)
    assert "MDMA (2 weeks)" in texts(plot_weekday_profile(weeks, biomarkers=["mdma"], minimum_load=20.0, language="en"))
    with pytest.raises(SeriesError, match="seven days"):
        plot_weekday_profile(replace(weeks, table=weeks.table.iloc[:6]))
    with pytest.raises(UnknownNameError, match="methamphetamine"):
        plot_weekday_profile(weeks, biomarkers=["ketamine"])


def test_the_weekend_of_score_is_shaded_and_a_band_lies_at_one(weeks):
    ax = plot_weekday_profile(weeks)
    boxes = [(p.get_x(), p.get_x() + p.get_width(), p.get_y(), p.get_y() + p.get_height()) for p in ax.patches]
    assert [(a, b) for a, b, low, high in boxes if (low, high) == (0, 1)] == [(-0.5, 0.5), (3.5, 6.5)]
    assert [(low, round(high, 9)) for a, b, low, high in boxes if (a, b) == (0, 1)] == [(0.9, 1.1)]
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels == ["摇头丸（4 周）", "甲基苯丙胺（1 周）"]
    assert [t.get_text() for t in ax.get_xticklabels()] == [f"周{d}" for d in "一二三四五六日"]


def test_a_round_number_that_comes_back_every_year_makes_a_week_each():
    week = pd.DataFrame({"plant": "A", "biomarker": "mdma", "weekday": range(7), "load": np.arange(1.0, 8), "round": 1})
    both = loads_from_frame(pd.concat([week.assign(year=2019), week.assign(year=2020)]))
    assert "MDMA (2 weeks)" in texts(plot_weekday_profile(both, language="en"))


# --- changes


def rows_of(ax):
    return {round(y, 6): t.get_text() for y, t in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)}


def test_a_change_is_a_point_in_the_colour_and_shape_of_its_verdict(changes):
    ax = plot_changes(changes, biomarker="methamphetamine")
    names = rows_of(ax)
    table = changes.table[changes.table["biomarker"] == "methamphetamine"].set_index("site")
    assert {*table["verdict"]} == {*map(str, Verdict)}
    shapes = {"met": "o", "not_met": "s", "insufficient_evidence": "D"}
    seen = set()
    for verdict, shape in shapes.items():
        for line in (ln for ln in lines(ax, marker=shape) if ln.get_markersize() == 5.5):
            for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True):
                row = table.loc[names[y]]
                assert (row["verdict"], to_hex(line.get_color()).upper()) == (verdict, COLOURS[verdict])
                assert x == pytest.approx(row["ratio"])
                seen.add(names[y])
    assert seen == set(table.index[table["ratio"].notna()])


def test_intervals_and_bounds_are_bars_and_only_bounds_are_thick(changes):
    ax = plot_changes(changes, biomarker="methamphetamine")
    names, table = rows_of(ax), changes.table.query("biomarker == 'methamphetamine'").set_index("site")
    left, right = ax.get_xlim()
    drawn = {}
    for c in ax.collections:
        for (x1, y), (x2, _) in c.get_segments():
            drawn[names[y]] = (x1, x2, c.get_linewidth()[0] > 3)
    assert set(drawn) == set(table.index[table["low"].notna()])
    for site, (x1, x2, thick) in drawn.items():
        row = table.loc[site]
        assert (x1, x2) == pytest.approx((max(row["low"], left), min(row["high"], right)))
        assert thick == np.isnan(row["ratio"])
    assert table.loc["低厂", "verdict"] == "met" and drawn["低厂"][2]
    assert table.loc["疑厂", "verdict"] == "not_assessable" and drawn["疑厂"][2]
    assert "达成（上下界）" in texts(ax) and "不可评（上下界）" in texts(ax)


def test_rows_are_sorted_by_ratio_under_their_biomarker_and_those_without_come_last(changes):
    ax = plot_changes(changes)
    sites = list(rows_of(ax).values())
    table = changes.table.query("biomarker == 'methamphetamine' and ratio == ratio")
    by_ratio = table.sort_values("ratio")["site"].tolist()
    first = sites[: (changes.table["biomarker"] == "methamphetamine").sum()]
    assert [s for s in first if s in by_ratio] == by_ratio and first[-1] == "换厂" and sites[-1] == "降厂"
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the greatest fall on top
    headings = {t.get_text(): t.get_position()[1] for t in ax.texts if t.get_text() in ("甲基苯丙胺", "氯胺酮")}
    assert headings["甲基苯丙胺"] < min(rows_of(ax)) < headings["氯胺酮"] < max(rows_of(ax))
    alone = plot_changes(changes, biomarker="ketamine")
    assert alone.get_title(loc="left") == "氯胺酮" and not any(t.get_text() == "氯胺酮" for t in alone.texts)


def test_what_cannot_be_assessed_gives_its_reason_in_grey(changes):
    ax = plot_changes(changes, language="en")
    (said,) = (t for t in ax.texts if t.get_text().startswith("laboratory differs"))
    assert rows_of(ax)[said.get_position()[1]] == "换厂" and len(set(to_rgb(said.get_color()))) == 1  # a grey
    crosses = lines(ax, marker="x")
    assert len(crosses) == 1 and "not assessable (2)" in texts(ax)


def test_no_change_and_the_fall_asked_for_are_lines_and_ticks_are_changes(changes):
    ax = plot_changes(changes, language="en")
    vertical = [ln.get_xdata()[0] for ln in ax.get_lines() if len(ln.get_xdata()) == 2 and ln.get_xdata()[0] == ln.get_xdata()[1]]  # fmt: skip
    assert vertical[:2] == [1, pytest.approx(0.9)] and ax.get_xscale() == "log"
    ticks = dict(zip((t.get_text() for t in ax.get_xticklabels()), ax.get_xticks(), strict=True))
    assert (ticks["0%"], ticks["-50%"], ticks["+100%"]) == (1, 0.5, 2) and "fall of 10%" in texts(ax)
    gaps = np.diff(np.sort(np.log([*ticks.values()]))) / np.log(ax.get_xlim()[1] / ax.get_xlim()[0])
    assert gaps.min() > 0.08  # else labels run into one another


def test_an_interval_beyond_the_axis_ends_in_an_arrow(changes):
    table = changes.table.copy()
    at = table.index[table["verdict"] == "insufficient_evidence"][0]
    table.loc[at, ["low", "high"]] = [0.0, np.inf]
    ax = plot_changes(replace(changes, table=table), language="en")
    left, right = ax.get_xlim()
    assert left > 0 and right < 20
    assert {(ln.get_marker(), ln.get_xdata()[0]) for ln in ax.get_lines() if ln.get_marker() in "<>" and len(ln.get_xdata())} >= {("<", left), (">", right)}  # fmt: skip


def test_the_notes_tell_rule_false_alarms_and_what_a_single_base_year_hides(changes):
    (note,) = (t for t in texts(plot_changes(changes, language="en")) if t.startswith("base 2019"))
    alarm = changes.table["false_alarm"].dropna()
    assert f"{alarm.min():.1%}" in note and f"{alarm.max():.1%}" in note and "met without any change" in note
    assert "target 2022" in note and "fall of 10%" in note and "0.9" in note and "one base year" in note
    assert "not drawn" not in note
    other = replace(changes, rule=replace(changes.rule, minimum_fall=0.2, evidence=0.8))
    ax = plot_changes(other, language="en")
    assert any("fall of 20%" in t and "0.8" in t for t in texts(ax)) and "fall of 20%" in texts(ax)


def many_changes(number):
    """One noisy site in two has twice the rounds; levels in the order of the names, so that nothing else sorts them."""
    parts = [
        quarterly(f"厂{k:02d}", {2019: 20.0, 2022: 20.0 * (0.4 + 0.02 * k)}, rounds=ROUNDS if k % 2 else ROUNDS[:2])
        for k in range(number)
    ]
    return compare_loads(loads_from_frame(pd.concat(parts)), base=[2019], target=[2022])


def test_of_many_rows_those_on_most_rounds_are_drawn_whatever_their_outcome():
    found = many_changes(2 * MOST_ROWS - 6)
    ax = plot_changes(found, language="en")
    drawn = set(rows_of(ax).values())
    assert len(drawn) == MOST_ROWS
    rounds = found.table.set_index("site")["rounds_base"]
    assert set(rounds.index[rounds == 4]) <= drawn  # 37 of them, and three of the others in the order given
    assert drawn - set(rounds.index[rounds == 4]) == {"厂00", "厂02", "厂04"}
    assert any(f"{len(found.table) - MOST_ROWS} more rows not drawn" in t for t in texts(ax))
    counted = found.table["verdict"].value_counts()
    assert f"insufficient evidence ({counted['insufficient_evidence']})" in texts(ax)  # of all rows, drawn or not
    assert "more rows" not in " ".join(texts(plot_changes(many_changes(4), language="en")))


def test_a_figure_grows_with_its_rows(changes):
    few, many = (figure_of(plot_changes(c)).get_size_inches()[1] for c in (many_changes(4), many_changes(24)))
    assert many - few == pytest.approx(20 * 0.25)


def test_an_earlier_target_period_is_shown_where_not_met_rests_on_it():
    levels = {2019: 30.0, 2021: 60.0, 2022: 10.0}
    found = compare_loads(loads_from_frame(quarterly("A", levels)), base=[2019], target=[2021, 2022])
    assert found.table["verdict"].iloc[0] == "not_met" and found.table["high"].iloc[0] < 0.9
    ax = plot_changes(found, language="en")
    (earlier,) = (ln for ln in lines(ax, marker="|"))
    assert earlier.get_xdata()[0] == pytest.approx(np.exp(found.evidence.log_ratio[0, 0])) and "earlier target period" in texts(ax)  # fmt: skip


def test_cautions_that_differ_are_starred(changes):
    table = changes.table.copy()
    table.loc[table["site"] == "降厂", ["caution_zh", "caution_en"]] = ["尖峰", "a spike"]
    said = texts(plot_changes(replace(changes, table=table), language="en"))
    assert any("* a base year stands out" in t for t in said) and not any("one base year" in t for t in said)
    plain = texts(plot_changes(changes, language="en"))
    assert sum(t.endswith(" *") for t in said) > 0 and not any(t.endswith(" *") for t in plain)


def test_unknown_biomarkers_and_empty_results_are_refused(changes):
    with pytest.raises(UnknownNameError, match="ketamine"):
        plot_changes(changes, biomarker="mdma")
    with pytest.raises(SeriesError, match="nothing to draw"):
        plot_changes(replace(changes, table=changes.table.iloc[:0]))


# --- the curve


def test_the_curve_is_that_of_the_result_and_crosses_the_evidence_at_the_flip_point(changes):
    ax = plot_fall_curve(changes, "降厂", "冰毒", language="en")
    at, curve = changes.table.iloc[changes.row("降厂", "methamphetamine")], changes.curve("降厂", "methamphetamine")
    drawn = [ln for ln in ax.get_lines() if len(ln.get_xdata()) == len(curve)]
    assert len(drawn) == 1  # one target period
    np.testing.assert_allclose(drawn[0].get_xdata(), 100 * curve["fall"])
    np.testing.assert_allclose(drawn[0].get_ydata(), curve["probability"])
    level = [(to_hex(ln.get_color()).upper(), ln.get_ydata()[0]) for ln in lines(ax, linestyle="--")]
    assert level == [(COLOURS["met"], 0.9), (COLOURS["not_met"], pytest.approx(0.1))]
    labels = texts(ax)
    assert f"flip point {100 * at['flip_point']:.1f}%" in labels and "fall asked for 10%" in labels
    flip = next(ln for ln in ax.get_lines() if ln.get_label().startswith("flip"))
    assert np.interp(flip.get_xdata()[0], drawn[0].get_xdata(), drawn[0].get_ydata()) == pytest.approx(0.9, abs=0.01)
    assert ax.get_title(loc="left") == "降厂 · methamphetamine: met"


def test_with_several_target_periods_the_weakest_lies_above_the_whole():
    found = compare_loads(loads_from_frame(quarterly("A", {2019: 30.0, 2021: 22.0, 2022: 20.0})), base=[2019], target=[2021, 2022])  # fmt: skip
    ax = plot_fall_curve(found, "A", "methamphetamine")
    every, weakest = (ln for ln in ax.get_lines() if len(ln.get_xdata()) > 100)
    assert weakest.get_linestyle() == ":" and (weakest.get_ydata() >= every.get_ydata() - 1e-6).all()
    at = np.searchsorted(every.get_xdata(), 10.0 - 1e-9)
    row = found.table.iloc[0]
    assert every.get_ydata()[at] == pytest.approx(row["probability"])
    assert weakest.get_ydata()[at] == pytest.approx(row["weakest_period"])


def test_a_flip_point_outside_the_figure_is_told(changes):
    ax = plot_fall_curve(changes, "升厂", "methamphetamine", language="en")
    (said,) = (t for t in texts(ax) if t.startswith("flip point"))
    flip = changes.table.iloc[changes.row("升厂", "methamphetamine")]["flip_point"]
    assert flip < -0.5 and said.endswith("(beyond)") and ax.get_xlim() == (-50, 90)


@pytest.mark.parametrize("site", ["换厂", "疑厂", "低厂"])
def test_no_curve_where_nothing_may_be_compared_or_only_bounds_are_known(site, changes):
    ax = plot_fall_curve(changes, site, "methamphetamine", language="en")
    at = changes.table.iloc[changes.row(site, "methamphetamine")]
    assert not ax.get_lines() and [t.get_text().replace("\n", " ") for t in ax.texts] == [at["reason_en"]]
    figure_of(ax).canvas.draw()
    assert ax.texts[0].get_window_extent().width < ax.get_window_extent().width
    assert ax.get_title(loc="left").endswith(str(Verdict(at["verdict"]).text.en))


def test_a_curve_of_an_unknown_site_is_refused(changes):
    with pytest.raises(UnknownNameError, match="降厂"):
        plot_fall_curve(changes, "降", "methamphetamine")
    with pytest.raises(UnknownNameError):
        plot_fall_curve(changes, "降厂", "mdma")


def test_the_methods_of_the_results_draw_these_figures(loads, changes):
    assert loads.plot(plant="娄江", language="en").get_title(loc="left") == "娄江 · ketamine"
    assert summarise_loads(loads).plot(site="福星", language="en").get_title(loc="left") == "福星 · methamphetamine"
    assert changes.plot(biomarker="ketamine", language="en").get_title(loc="left") == "ketamine"


def test_the_examples_run():
    outcome = doctest.testmod(import_module(ROOM + "plots"))
    assert outcome.attempted > 0 and outcome.failed == 0
