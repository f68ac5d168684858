"""Kaplan-Meier, regression on order statistics and the likelihood: published figures and other implementations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from suzhou_antidrug.indicators.wastewater.censoring import censored_means
from suzhou_antidrug.indicators.wastewater.kaplan_meier import kaplan_meier_means
from suzhou_antidrug.indicators.wastewater.order_statistics import Samples, complete_means, in_order, plotting_positions

ROUNDING = 1e-9  # closed forms, equal but for the order of additions

# Manganese in ppb, five wells, two limits: USEPA, Unified Guidance, EPA 530/R-09-007 (2009), example 15-1.
MANGANESE = [
    "<5", 12.1, 16.9, 21.6, "<2", "<5", 7.7, 53.6, 9.5, 45.9, "<5", 5.3, 12.6,
    106.3, 34.5, 6.3, 11.9, 10, "<2", 77.2, 17.9, 22.7, 3.3, 8.4, "<2",
]  # fmt: skip
# Sulphate in mg/L: Newman, Quantitative Ecotoxicology, p. 35.
SULPHATE = [
    "<2.5", "<2.5", 2.6, 3.3, 3.5, 3.5, 3.6, 4.0, 4.1, 4.5, 5.2, 5.6, 5.7, 6.1, 6.2, 6.5, 6.9, 7.1, 7.7, 7.9, 9.9,
]  # fmt: skip
# Arsenic in µg/L, Oahu: Helsel, Nondetects and Data Analysis, 2005.
ARSENIC = [
    3.2, 2.8, *["<2"] * 8, 1.7, 1.5, *["<1"] * 4, 0.9, "<0.9", 0.7, 0.7, 0.6, 0.5, 0.5, 0.5,
]  # fmt: skip


def intervals(written):
    """Low and high ends of values written as numbers and as "<5"."""
    pairs = [(0.0, float(w[1:])) if isinstance(w, str) else (float(w), float(w)) for w in written]
    low, high = np.array(pairs).T
    return low, high


def one(written, **options):
    low, high = intervals(written)
    return censored_means(low, high, np.zeros(low.size, dtype=int), **options)


def test_published_lognormal_likelihood():
    # R package EnvStats 2.4.0, elnormAltCensored and elnormCensored, example 15-1: all digits printed there.
    found = one(MANGANESE)
    assert found.method[0] == "lognormal_mle" and found.n[0] == 25 and found.n_censored[0] == 6
    assert found.log_mean[0] == pytest.approx(2.215905, abs=5e-7)
    assert found.log_sd[0] == pytest.approx(1.356291, abs=5e-7)
    assert found.mean[0] == pytest.approx(23.003987, abs=5e-6)  # EnvStats stops its search earlier than we do


def test_published_kaplan_meier_mean():
    # EnvStats enparCensored, the same example, lowest limit in place of what lies below it; USEPA 2009 prints 19.87.
    found = one(MANGANESE, method="kaplan_meier")
    assert found.mean[0] == pytest.approx(19.867, abs=ROUNDING)
    assert found.mean_low[0] == pytest.approx(19.867 - 2 * 0.21, abs=ROUNDING)  # 0.21 of the mass lies below 3.3


def test_published_regression_on_order_statistics():
    # EnvStats elnormAltCensored(method = "rROS", plot.pos.con = 0); NADA ros() as printed by E. Szoecs for Newman p. 35.
    by_name = {"method": "regression_on_order_statistics"}
    assert one(MANGANESE, **by_name).mean[0] == pytest.approx(19.827673, abs=5e-7)
    assert one(SULPHATE, **by_name).mean[0] == pytest.approx(5.158, abs=5e-4)


def slow_plotting_positions(high, measured):
    """Helsel and Cohn 1988, equations as printed, one limit and one value at a time."""
    limits = sorted({h for h, m in zip(high, measured, strict=True) if not m})
    if any(m and h < limits[0] for h, m in zip(high, measured, strict=True)):
        limits = [0.0, *limits]
    exceed = [0.0] * (len(limits) + 1)
    above = [0] * len(limits)
    for j in reversed(range(len(limits))):
        top = limits[j + 1] if j + 1 < len(limits) else np.inf
        above[j] = sum(m and limits[j] <= h < top for h, m in zip(high, measured, strict=True))
        below = sum((m and h < limits[j]) or (not m and h <= limits[j]) for h, m in zip(high, measured, strict=True))
        exceed[j] = exceed[j + 1] + above[j] / (above[j] + below) * (1 - exceed[j + 1])
    out, used = [], {}
    for h, m in sorted(zip(high, measured, strict=True)):
        j = max(k for k, limit in enumerate(limits) if limit <= h)
        used[j, m] = used.get((j, m), 0) + 1
        if m:
            out.append((h, m, 1 - exceed[j] + (exceed[j] - exceed[j + 1]) * used[j, m] / (above[j] + 1)))
        else:
            tied = sum(not k and g == h for g, k in zip(high, measured, strict=True))
            out.append((h, m, (1 - exceed[j]) * used[j, m] / (tied + 1)))
    return out


def slow_order_statistics_mean(high, measured):
    placed = slow_plotting_positions(high, measured)
    line = stats.linregress([ndtri(p) for _, m, p in placed if m], [np.log(h) for h, m, _ in placed if m])
    return np.mean([h if m else np.exp(line.intercept + line.slope * ndtri(p)) for h, m, p in placed])


@pytest.mark.parametrize("seed", range(5))
def test_order_statistics_against_the_written_out_algorithm(seed):
    rng = np.random.default_rng(seed)
    high = rng.choice([1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 10.0], 20)  # many ties, of limits with values too
    measured = rng.random(20) < 0.6
    measured[np.argsort(high)[[0, 10, 19]]] = True
    slow = slow_plotting_positions(high.tolist(), measured.tolist())
    np.testing.assert_allclose(plotting_positions(in_order(high, measured, [0] * 20, 1)), [p for *_, p in slow])
    low = np.where(measured, high, 0.0)
    found = censored_means(low, high, [0] * 20, method="regression_on_order_statistics")
    assert found.mean[0] == pytest.approx(slow_order_statistics_mean(high.tolist(), measured.tolist()), rel=ROUNDING)


@pytest.mark.parametrize("written", [MANGANESE, SULPHATE, ARSENIC])
def test_order_statistics_against_statsmodels(written):
    ros = pytest.importorskip("statsmodels.imputation.ros")
    low, high = intervals(written)
    theirs = ros.impute_ros(high, low < high).mean()
    assert one(written, method="regression_on_order_statistics").mean[0] == pytest.approx(theirs, rel=ROUNDING)


def flipped(high, measured):
    """Mean and variance from statsmodels' right-censored curve of top - value, to the lowest limit (or value)."""
    survfunc = pytest.importorskip("statsmodels.duration.survfunc")
    top = high.max()
    curve = survfunc.SurvfuncRight(top - high, measured.astype(int))
    knots = np.concatenate([[0.0], curve.surv_times, [top - high.min()]])
    areas = np.concatenate([[1.0], curve.surv_prob]) * np.diff(knots)
    beyond = np.cumsum(areas[::-1])[::-1][1:]  # area after each event
    risk, died = curve.n_risk, curve.n_events
    inside = risk > died
    variance = (beyond**2 * died)[inside] / (risk * (risk - died))[inside]
    return top - areas.sum(), variance.sum()


@pytest.mark.parametrize("seed", range(6))
def test_kaplan_meier_against_statsmodels_on_the_flipped_sample(seed):
    rng = np.random.default_rng(seed)
    high, measured = rng.integers(1, 12, 18).astype(float), rng.random(18) < 0.6
    measured[0] = True
    found = censored_means(np.where(measured, high, 0.0), high, [0] * 18, method="kaplan_meier")
    mean, variance = flipped(high, measured)
    assert found.mean[0] == pytest.approx(mean, rel=ROUNDING)
    assert found.se_log_mean[0] == pytest.approx(np.sqrt(variance) / mean, rel=1e-7)


def test_kaplan_meier_of_a_complete_sample_is_the_plain_mean():
    x = np.array([1.0, 2.0, 2.0, 7.0, 9.0])
    found = kaplan_meier_means(Samples.of(x, x, np.zeros(5, dtype=int)))
    assert found.mean[0] == pytest.approx(x.mean()) and found.leftover[0] == 0
    assert found.se_log_mean[0] == pytest.approx(x.std() / np.sqrt(5) / x.mean())


def test_groups_are_whole_numbers_from_0():
    for group in ([0, -1], [-1, -1], [0.0, 1.0]):
        with pytest.raises(ValueError, match="whole numbers from 0"):
            Samples.of([1, 2], [1, 2], group)


def test_complete_means_have_the_spread_of_a_sample():
    found = complete_means(Samples.of(np.exp([0, 1, 2]), np.exp([0, 1, 2]), [0, 0, 0]))
    assert found.log_mean[0] == pytest.approx(1) and found.log_sd[0] == pytest.approx(1)  # (1 + 0 + 1) / (3 - 1)
