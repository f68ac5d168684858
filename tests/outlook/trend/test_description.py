"""Descriptions: what they say, what they must say of their limits, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.outlook.trend.description import describe_trend
from suzhou_antidrug.provenance import Status

NOISY = [12, 11.5, 12.2, 10.8, 10.9, 9.7]


def english(trend):
    return trend.explain().in_language("en")


def test_five_values_are_told_what_mann_kendall_cannot_do():
    told = english(describe_trend([10, 10.5, 9, 9.5, 8]))
    assert "smallest one-sided p is 0.0083" in told
    assert "of 120 orders only 5 would be significant" in told
    assert "can hardly ever be significant" in told
    assert '"no significant trend" never means "no decrease"' in told
    assert "几乎不可能显著" in str(describe_trend([10, 10.5, 9, 9.5, 8]).explain())
    assert "can never be significant" in english(describe_trend([10, 9, 8]))
    assert "hardly ever" not in english(describe_trend([10, 9, 9.5, 8, 8.2, 7.5, 7.7]))


def test_the_power_told_is_that_of_the_noise_in_the_series():
    quiet, loud = describe_trend([10, 9.9, 9.4, 9.2, 8.9, 8.8]), describe_trend([10, 13, 8, 11, 7, 10])
    assert quiet.sight.noise < 0.03 < 0.15 < loud.sight.noise
    assert quiet.sight.detectable < loud.sight.detectable or np.isnan(loud.sight.detectable)
    assert quiet.sight.noise < quiet.sight.noise_high
    assert f"{quiet.sight.power.chance(0.1):.2f}" in english(quiet)
    # Wandering levels raise far more alarms than the nominal 5 %: .16 at n = 6 in an independent simulation.
    assert loud.sight.walk_alarms == pytest.approx(0.16, abs=0.03)


def test_known_counts_put_a_floor_under_the_noise():
    smooth = [100, 95, 90, 85, 81]
    assert describe_trend(smooth, kind="count").sight.noise == pytest.approx(1 / np.sqrt(90), rel=0.05)
    assert describe_trend([v * 1.0 for v in smooth]).sight.noise < 0.01


def test_values_are_those_of_the_parts():
    trend = describe_trend(NOISY)
    frame = trend.frame.set_index("measure")
    assert frame.loc["mann_kendall", "value"] == -9
    assert (
        frame.loc["mann_kendall", "p_decrease"] == trend.p_decrease == pytest.approx(49 / 720)
    )  # the orders with S <= -9
    assert frame.loc["sen_slope", "value"] == pytest.approx(-0.45)
    assert frame.loc["annual_change", "value"] == trend.annual_change
    assert frame.loc["annual_change", "p_decrease"] == pytest.approx(1 - trend.probability_of_decrease)
    assert not frame.loc["yue_wang", "usable"]
    assert len(frame) == 8


def test_true_years_are_used():
    values = [10.0, 9.0, 8.0, 6.0]
    gap = describe_trend(pd.Series(values, index=[2015, 2016, 2017, 2021]))
    even = describe_trend(pd.Series(values, index=[2015, 2016, 2017, 2018]))
    assert gap.p_decrease == even.p_decrease  # only the order counts
    assert gap.annual_change > even.annual_change and gap.sen.slope > even.sen.slope


def test_a_zero_is_described_as_far_as_it_can_be():
    bare = describe_trend([5, 3, 0, 1])
    assert bare.sight is None and np.isnan(bare.annual_change)
    assert "no logarithm" in english(bare) and np.isfinite(bare.sen.slope)
    counted = describe_trend([5, 3, 0, 1], kind="count")
    assert counted.annual_change < 0 and counted.sight is not None


@pytest.mark.parametrize("values", [[4, 4, 4, 4, 4], [0, 0, 0, 0]])
def test_a_flat_series_is_described_without_inventing_noise(values):
    trend = describe_trend(values)
    assert trend.p_decrease == 1 and trend.sen.slope == 0
    assert trend.sight is None and np.isnan(trend.line.apc.low)
    assert "cannot be estimated" in english(trend)
    assert len(trend._repr_html_()) > 500


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ([1.0, 2.0], {}),
        ([1.0, -2.0, 3.0], {}),
        ([1.0, np.inf, 3.0], {}),
        ([np.nan, np.nan, np.nan], {}),
        ([0.5, 1.2, 0.4], {"kind": "proportion"}),
        ([1.5, 2.0, 3.0], {"kind": "count"}),
        ([1.0, 2.0, 3.0], {"level": 1.0}),
        ([1.0, 2.0, 3.0], {"exposure": [1.0, 2.0]}),
    ],
)
def test_what_cannot_be_described_is_refused(values, options):
    with pytest.raises(SeriesError):
        describe_trend(values, **options)


def test_status_is_kept_and_shown():
    trend = describe_trend(NOISY, status=Status.SYNTHETIC)
    assert trend.manifest()["status"] == "synthetic"
    assert "合成数据" in trend._repr_html_()
    assert trend.manifest()["data_fingerprint"] != describe_trend(NOISY[:-1]).manifest()["data_fingerprint"]


def test_trend_is_drawn_in_both_languages():
    trend = describe_trend(pd.Series(NOISY, index=range(2015, 2021)), status="synthetic")
    ax = trend.plot(language="en")
    shown = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any("annual change -3.8%" in text for text in shown) and "Sen's slope" in shown
    assert any("synthetic" in text.get_text() for text in ax.texts)
    assert "单侧" in trend.plot(language="zh").get_title(loc="left")
    # Sen's line passes through what its formula says at the first year.
    sen_line = next(line for line in ax.get_lines() if line.get_linestyle() == "--")
    assert sen_line.get_ydata()[0] == pytest.approx(12.325)


def test_a_longer_series_takes_the_normal_approximation():
    monthly = pd.Series(
        np.linspace(9, 5, 36) + np.cos(np.arange(36)), index=pd.period_range("2018-01", periods=36, freq="M")
    )
    trend = describe_trend(monthly)
    assert "normal approximation" in english(trend) and "no season" in english(trend)
    assert "no season" not in english(describe_trend(NOISY))
    assert trend.sen.slope == pytest.approx(-4 / 35 * 12, rel=0.1)  # a year, not a month
