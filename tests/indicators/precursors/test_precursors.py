"""Precursors: lists, rates, balances, charts: worked numbers, exact chains against simulation, rules on both sides."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import golden, inline
from scipy import stats

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.precursors.catalogue import load_precursor_catalogue
from suzhou_antidrug.indicators.precursors.diversion import compare_diversion, measure_diversion
from suzhou_antidrug.indicators.precursors.material_balance import PAGE_H, PAGE_K, balance_material
from suzhou_antidrug.indicators.precursors.monitoring import (
    chart_rare_events,
    cusum_limit,
    cusum_reference,
    poisson_cusum,
    run_length,
)
from suzhou_antidrug.indicators.precursors.plots import plot_rate_ladder
from suzhou_antidrug.verdicts import Verdict


def test_the_list_of_2020_and_of_2021():
    first, second = load_precursor_catalogue("2020-12-31"), load_precursor_catalogue(dt.date(2021, 12, 31))
    assert [len(first), len(second)] == [32, 38]
    assert first.table["entry_class"].value_counts().sort_index().tolist() == [19, 7, 6]
    assert second.table["entry_class"].value_counts().sort_index().tolist() == [19, 11, 8]
    assert len(second.added_since(first)) == 6 and first.version != second.version
    assert load_precursor_catalogue("2021-06-06").version == first.version
    assert str(first.made.status) == "unverified" and "未核实" in first._repr_html_()
    with pytest.raises(ValueError):
        load_precursor_catalogue("2024-06-01")


def test_an_entry_is_listed_from_its_day_and_the_list_is_known_to_the_end_of_2023():
    assert [len(load_precursor_catalogue(day)) for day in ("2021-06-06", "2021-06-07")] == [32, 38]
    last, plain = load_precursor_catalogue("2023-12-31"), load_precursor_catalogue()
    assert plain.on == dt.date(2021, 12, 31) and len(plain) == len(last) == 38 and plain.version == last.version
    with pytest.raises(ValueError, match="2023"):
        load_precursor_catalogue("2024-01-01")
    assert load_precursor_catalogue("2020-12-31").frame.columns[0] == "entry_class"  # no number of the file's row


def year(n, *, enterprises=3600, inspections=3600, catalogue="2020", **more):
    return measure_diversion(
        [n], enterprise_years=[enterprises], inspections=[inspections], catalogue=catalogue, **more
    )


def test_more_inspections_find_more_and_the_raw_rates_are_not_compared():
    raw = compare_diversion(year(40, inspections=2700), year(25, inspections=3600))
    assert raw.verdicts == (Verdict.NOT_ASSESSABLE,) and "1.33" in raw.judgements[0].reason.en
    per = compare_diversion(year(40, inspections=2700), year(25, inspections=3600), per="inspections")
    assert float(per.ratio[0]) == pytest.approx(25 / 3600 / (40 / 2700))
    assert compare_diversion(year(40, inspections=2880), year(25)).verdicts[0] is not Verdict.NOT_ASSESSABLE  # 1.25
    assert compare_diversion(year(40, inspections=2879), year(25)).verdicts[0] is Verdict.NOT_ASSESSABLE


def test_another_list_is_another_denominator():
    judged = compare_diversion(year(40), year(20, catalogue="2021"))
    assert judged.verdicts == (Verdict.NOT_ASSESSABLE,) and "catalogue" in judged.judgements[0].reason.en


def test_verdicts_on_both_sides():
    found = {n: compare_diversion(year(200), year(n)).verdicts[0] for n in (100, 150, 200, 280, 300)}
    assert found[100] is Verdict.MET and found[200] is Verdict.INSUFFICIENT_EVIDENCE
    assert found[150] is Verdict.INSUFFICIENT_EVIDENCE  # .60 to .93
    assert found[300] is Verdict.NOT_MET
    assert compare_diversion(year(0), year(0)).verdicts[0] is Verdict.NOT_ASSESSABLE
    assert compare_diversion(year(0), year(2)).verdicts[0] is Verdict.NOT_MET
    assert compare_diversion(year(8), year(3)).p_value[0] == pytest.approx(0.2265625)


def test_the_first_choice_is_transactions_and_a_lacking_exposure_is_named():
    one = measure_diversion([5], transactions=[9000], enterprise_years=[300], catalogue="x")
    assert compare_diversion(one, one).per == "transactions"
    with pytest.raises(UnknownNameError):
        compare_diversion(one, one, per="tonnes")


def test_other_places_an_unstated_list_and_a_period_without_trade_are_not_compared():
    one, two = (measure_diversion([30, 4], tonnes=[1, 9], places=names, catalogue="2020") for names in ("ab", "ba"))
    with pytest.raises(ValueError, match="same places"):
        compare_diversion(one, two)
    with_one_tonne = compare_diversion(one, measure_diversion([30, 4], tonnes=[1, 9], places="ab", catalogue="2020"))
    assert Verdict.NOT_ASSESSABLE not in with_one_tonne.verdicts and with_one_tonne.ratio.tolist() == [1, 1]
    closed = compare_diversion(one, measure_diversion([0, 4], tonnes=[0, 9], places="ab", catalogue="2020"))
    assert closed.verdicts[0] is Verdict.NOT_ASSESSABLE and closed.judgements[0].reason.en == "a period has no exposure"
    assert closed.verdicts[1] is not Verdict.NOT_ASSESSABLE
    unstated = compare_diversion(year(40), year(20, catalogue="")).judgements[0].reason
    assert unstated.en.startswith("catalogue changed: 2020, then -;") and "后为 -；" in unstated.zh


def test_detection_is_of_the_first_place_unless_another_is_named():
    both = measure_diversion([3, 10], tonnes=[5, 5])
    assert both.over_detection(detections=[0.5])["events"].tolist() == [6]
    assert both.over_detection(1, detections=[0.5])["events"].tolist() == [20]


def test_detection_is_a_table_and_none_is_picked():
    table = year(3).over_detection(detections=[0.4])
    assert table[["events", "low", "high"]].round(2).values.tolist() == [[7.5, 1.55, 21.92]]
    assert round(float(year(0).over_detection(detections=[0.4])["high"].iloc[0]), 2) == 9.22  # two-sided: 3.6889 / .4


@pytest.mark.parametrize(
    ("change", "code"),
    [({"events": [1]}, "no_exposure"), ({"events": [-1], "tonnes": [1]}, "counts"), ({"events": [1], "tonnes": [-1]}, "exposure"),
     ({"events": [1], "tonnes": [0]}, "events_without_exposure"), ({"events": [0.5], "tonnes": [1]}, "counts")],
)  # fmt: skip
def test_rates_that_cannot_be(change, code):
    with pytest.raises(SeriesError) as caught:
        measure_diversion(change.pop("events"), places=["昆山市"], **change)
    assert code in [p.code for p in caught.value.problems]


def test_a_balance_worked_by_hand():
    data, want = inline("muf_worked"), golden("muf_worked")
    found = balance_material(data["PB"], [data["X"]], [data["Y"]], [data["PE"]], random_error=data["relative_sd_each"])
    assert float(found.muf[0]) == pytest.approx(want["MUF"]) and float(found.sigma[0]) == pytest.approx(
        want["sigma"], rel=1e-9
    )
    assert float(found.z[0]) == pytest.approx(want["z"], rel=1e-9) and bool(found.alarm[0]) == want["alarm"]
    turned = balance_material(
        data["PB"], [data["X"]], [data["Y"]], [data["PE"]], random_error=0.005, sign="physical_minus_book"
    )
    assert float(turned.muf[0]) == pytest.approx(-want["MUF"]) and "负为短少" in str(turned.explain())


def simulate(loss, periods=24, *, random=0.002, systematic=0.0005, seed=0, runs=4000):
    """Measured receipts, shipments and stocks of a store that truly loses ``loss`` a period."""
    rng = np.random.default_rng(seed)
    receipts, shipments = np.full(periods, 50.0), np.full(periods, 50.0 - loss)
    stock = 100.0 + np.cumsum(receipts - shipments - loss)
    true = [
        np.full((runs, 1), 100.0),
        np.tile(receipts, (runs, 1)),
        np.tile(shipments, (runs, 1)),
        np.tile(stock, (runs, 1)),
    ]
    bias = 1 + systematic * rng.standard_normal((3, runs, 1))
    meters = (0, 1, 2, 0)
    return [v * (bias[m] + random * rng.standard_normal(v.shape)) for v, m in zip(true, meters, strict=True)]


def test_sigmas_are_those_of_simulated_books():
    pb, x, y, pe = simulate(0.0)
    muf = np.concatenate([pb, pe[:, :-1]], axis=1) + x - y - pe
    one = balance_material(
        100, np.full(24, 50.0), np.full(24, 50.0), np.full(24, 100.0), random_error=0.002, systematic_error=0.0005
    )
    assert one.sigma == pytest.approx(muf.std(axis=0), rel=0.05)
    assert one.cumuf_sigma[-1] == pytest.approx(muf.sum(axis=1).std(), rel=0.05)
    assert np.corrcoef(muf[:, 3], muf[:, 4])[0, 1] < -0.2  # why single limits are not independent tests


def test_a_slow_loss_is_seen_by_pages_test_and_not_by_single_limits():
    seen, single, wolf = [], [], []
    for loss, bag in ((0.25, (seen, single)), (0.0, (wolf, []))):
        pb, x, y, pe = simulate(loss, runs=150)
        for i in range(150):
            found = balance_material(pb[i, 0], x[i], y[i], pe[i], random_error=0.002, systematic_error=0.0005)
            bag[0].append((found.page > 4.77).any())
            bag[1].append((np.abs(found.z) > 3).any())
    assert np.mean(seen) > np.mean(single) and np.mean(seen) > 0.6
    assert np.mean(wolf) < 0.12  # 24 of 737 periods


def page_run_length(loss):
    """Periods to an alarm of Page's test on independent normal values: its integral equation, by Gauss and Legendre."""
    node, weight = np.polynomial.legendre.leggauss(60)
    node, weight = (node + 1) * PAGE_H / 2, weight * PAGE_H / 2
    start = np.append(0, node)
    move = np.column_stack(
        [stats.norm.cdf(PAGE_K - loss - start), weight * stats.norm.pdf(node + PAGE_K - loss - start[:, None])]
    )
    return np.linalg.solve(np.eye(61) - move, np.ones(61))[0]


def test_pages_limit_keeps_its_run_lengths():
    # Two-sided it is 370 (Montgomery, Statistical Quality Control: h = 4.77 at k = 0.5), so one-sided about twice that.
    assert page_run_length(0) == pytest.approx(2 * 370, rel=0.01)
    assert page_run_length(1) == pytest.approx(9.9, abs=0.1)


def test_pages_test_worked_by_hand():
    # Stocks of 0 and one meter without systematic error: sigma is 1 % of 100 every period, MUF is receipts less 0.
    lost = [0.2, 4.0, 2.27, 0.0, 0.0, 0.02]
    found = balance_material(0, [100 + v for v in lost], [100] * 6, [0] * 6, random_error=0.01)
    z = [v / (0.01 * np.hypot(100 + v, 100)) for v in lost]
    first, second = z[1] - 0.5, z[1] - 0.5 + z[2] - 0.5
    assert found.z == pytest.approx(z) and found.transformed == pytest.approx(z)
    assert found.page == pytest.approx([0, first, second, second - 0.5, second - 1, second - 1.5 + z[5]])
    assert found.frame.columns.tolist() == ["period", "muf", "sigma", "z", "cumuf", "cumuf_sigma", "page", "alarm"]
    assert found.frame["period"].tolist() == [1, 2, 3, 4, 5, 6] and found.frame["muf"].tolist() == pytest.approx(lost)
    assert balance_material(0, [103], [100], [0], random_error=0.01).page[0] == pytest.approx(
        3 / 1.4356 - 0.5, abs=1e-3
    )
    edge = replace(found, z=np.zeros(4), page=np.array([0, 4.769, 4.771, 3.9]))
    assert edge.alarm.tolist() == [False, False, True, False]


def test_sealed_drums_must_agree_exactly():
    assert balance_material(10, [5], [3], [12], sealed=True).alarm.tolist() == [False]
    assert balance_material(10, [5], [3], [11], sealed=True).alarm.tolist() == [True]
    drums = balance_material(10, [5, 0, 0], [3, 0, 0], [11, 11, 12], sealed=True)
    assert drums.muf.tolist() == [1, 0, -1] and drums.z.tolist() == [np.inf, 0, -np.inf]


@pytest.mark.parametrize("change", [{"receipts": [-1]}, {"closing": [np.nan]}, {"random_error": None}])
def test_balances_that_cannot_be(change):
    with pytest.raises(SeriesError):
        balance_material(
            **({"opening": 1, "receipts": [1], "shipments": [1], "closing": [1], "random_error": 0.01} | change)
        )


def test_the_reference_value():
    data = inline("cusum_reference_value")
    assert cusum_reference(data["lambda0"], data["lambda1"]) == pytest.approx(
        golden("cusum_reference_value")["k"], rel=1e-12
    )
    for low, high in ((2, 1), (1, 1), (0, 1)):
        with pytest.raises(ValueError, match="0 < in_control < worse"):
            cusum_reference(low, high)


@pytest.mark.parametrize(("rate", "k", "limit"), [(1.0, 1.4, 3.0), (2.0, 1.4, 4.2), (0.5, 0.8, 2.0)])
def test_run_lengths_are_those_of_simulation(rate, k, limit):
    rng = np.random.default_rng(0)
    s, runs, alive = np.zeros(20_000), np.zeros(20_000), np.ones(20_000, dtype=bool)
    while alive.any():
        runs[alive] += 1
        s[alive] = np.maximum(0, s[alive] + rng.poisson(rate, alive.sum()) - k)
        alive &= s < limit - 1e-9
    assert run_length(rate, k, limit) == pytest.approx(runs.mean(), rel=0.03)  # 20,000 runs: 0.7 % a standard error


def test_the_limit_is_the_smallest_that_keeps_its_word():
    limit = cusum_limit(0.5, 0.8, run=200)
    assert run_length(0.5, 0.8, limit) >= 200 > run_length(0.5, 0.8, limit - 0.1)


def test_many_series_are_watched_together():
    counts = np.random.default_rng(1).poisson(1, (3000, 60))
    watched = poisson_cusum(counts, 1, 2)
    assert watched.statistic[7] == pytest.approx(poisson_cusum(counts[7], 1, 2).statistic[0])
    assert "3000" in str(watched.explain())
    for bad in ([-1, 0], [0.5, 1]):
        with pytest.raises(SeriesError):
            poisson_cusum(bad, 1, 2)
    with pytest.raises(SeriesError):
        poisson_cusum([1, 0], 1, 2, exposure=[1, 0])


@given(st.floats(1, 500))
def test_limits_of_days_hold_what_they_promise(mean):
    chart = chart_rare_events([mean, mean], mean=mean, alpha=0.02)
    assert 1 - np.exp(-chart.low / mean) == pytest.approx(0.01) and np.exp(-chart.high / mean) == pytest.approx(0.01)


def test_inspections_between_events_cannot_show_worse_where_the_limit_is_zero():
    chart = chart_rare_events([20, 30, 0, 400], kind="g", mean=40)
    assert chart.low == 0 and chart.signal.tolist() == ["", "", "", "better"] and "累积和" in str(chart.explain())
    assert chart.frame["event"].tolist() == [1, 2, 3, 4]
    with pytest.raises(SeriesError):
        chart_rare_events([3])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_in_both_languages(language):
    rng = np.random.default_rng(2)
    drawn = [
        plot_rate_ladder([year(8, period="2020"), year(6, period="2021")], language=language),
        poisson_cusum(rng.poisson(1.5, 40), 1, 2).plot(language=language),
        chart_rare_events(rng.exponential(40, 20)).plot(language=language),
        balance_material(100, rng.normal(50, 1, 12), np.full(12, 50.0), np.full(12, 100.0), random_error=0.005).plot(language=language),
    ]  # fmt: skip
    for ax in drawn:
        assert any("一" <= c <= "鿿" for c in ax.get_title(loc="left")) == (language == "zh")
    plt.close("all")
