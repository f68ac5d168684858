"""Means with values below the limit: published figures, brute force, properties, other implementations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import ndtri

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.wastewater import censored_lognormal
from suzhou_antidrug.indicators.wastewater.censored_lognormal import fit_lognormals
from suzhou_antidrug.indicators.wastewater.censoring import ASKED, CensoredMeans, censored_means
from suzhou_antidrug.indicators.wastewater.order_statistics import Samples

NAN = float("nan")
ROUNDING = 1e-9  # closed forms, equal but for the order of additions
SEARCH = 1e-7  # a maximum found to 1e-8 of a standard error
OTHER_SEARCH = 1e-4  # scipy's simplex stops there on its own objective
ESTIMATES = ("mean", "mean_low", "mean_high", "log_mean", "log_sd", "se_log_mean", "information")


def intervals(written):
    """Low and high ends of values written as numbers and as "<5"."""
    pairs = [(0.0, float(w[1:])) if isinstance(w, str) else (float(w), float(w)) for w in written]
    low, high = np.array(pairs).T
    return low, high


def one(written, **options):
    low, high = intervals(written)
    return censored_means(low, high, np.zeros(low.size, dtype=int), **options)


def simulated(rng, groups, n, sd, *, share=0.4, jitter=0.2, between=False):
    """Lognormal groups (groups, n), each value with its own limit; ``between``: half of the limits have a LOD below."""
    x = np.exp(rng.normal(1, sd, (groups, n)))
    limit = np.exp(1 + sd * (ndtri(share) + rng.normal(0, jitter, (groups, n))))
    hidden = x < limit
    lower = np.where(between & (x > limit / 3), limit / 3, 0.0)
    return np.where(hidden, lower, x), np.where(hidden, limit, x)


def flat(low, high):
    return low.ravel(), high.ravel(), np.repeat(np.arange(low.shape[0]), low.shape[1])


# Exact and brute force -------------------------------------------------------------------------------------------


def test_a_calculation_by_hand():
    # <4, <1, 2, [1, 3], 8, 6: low ends sum to 17, high ends to 24, half limits to 20.
    low, high, code = [0, 0, 2, 1, 8, 6], [4, 1, 2, 3, 8, 6], [0] * 6
    found = {m: censored_means(low, high, code, method=m) for m in ("bounds", "half_limit", "kaplan_meier")}
    assert np.isnan(found["bounds"].mean[0]) and np.isnan(found["bounds"].se_log_mean[0])
    assert found["bounds"].mean_low[0] == pytest.approx(17 / 6) and found["bounds"].mean_high[0] == pytest.approx(4)
    assert found["half_limit"].mean[0] == pytest.approx(20 / 6)
    # Kaplan-Meier: 8 and 6 hold 1/6 each; below them 4/6, of which 2, second of six, takes half: 1/3; 1/3 left below 1.
    assert found["kaplan_meier"].mean[0] == pytest.approx(8 / 6 + 6 / 6 + 2 / 3 + 1 / 3)
    assert found["kaplan_meier"].mean_low[0] == pytest.approx(3)
    assert found["kaplan_meier"].mean_high[0] == pytest.approx(3 + 1 / 3)  # one sample there, one limit
    # <1, <2, 2: 2 holds 1/3, the samples below it 1/3 each, at 1 and 1, at 0 and 0, at 1 and 2.
    two = censored_means([0, 0, 2], [1, 2, 2], [0] * 3, method="kaplan_meier")
    assert (two.mean[0], two.mean_low[0], two.mean_high[0]) == pytest.approx((4 / 3, 2 / 3, 5 / 3))


def test_complete_groups_by_hand():
    plain = censored_means([2, 4, 9], [2, 4, 9], [0, 0, 0])
    assert plain.method[0] == "complete" and plain.mean[0] == plain.mean_low[0] == plain.mean_high[0] == 5
    assert plain.se_log_mean[0] == pytest.approx(np.sqrt(13 / 3) / 5) and plain.information[0] == 1
    assert plain.log_mean[0] == pytest.approx(np.log(72) / 3)
    x = np.exp([0.0, 1.0, 2.0])
    fit = censored_means(x, x, [0, 0, 0], method="lognormal_mle")  # sigma^2 = 2/3
    assert fit.method[0] == "lognormal_mle" and fit.mean[0] == pytest.approx(np.exp(4 / 3), rel=SEARCH)
    assert fit.se_log_mean[0] == pytest.approx(np.sqrt(2 / 9 + 4 / 54), rel=SEARCH) and fit.information[0] == 1


def log_likelihood(low, high, mu, sigma):
    """Written out from the definition, log1mexp aside."""
    hidden = low < high
    with np.errstate(divide="ignore"):
        a, b = (np.log(low) - mu) / sigma, (np.log(high) - mu) / sigma
    mass = np.log(stats.norm.cdf(b[hidden]) - stats.norm.cdf(a[hidden]))
    return mass.sum() + stats.norm.logpdf(np.log(high[~hidden]), mu, sigma).sum()


@pytest.mark.parametrize("seed", range(4))
def test_no_point_of_a_grid_is_more_likely_and_the_curvature_is_the_numerical_one(seed):
    low, high = (x[0] for x in simulated(np.random.default_rng(seed), 1, 15, 0.5, between=True))
    found = censored_means(low, high, np.zeros(15, dtype=int))
    mu, sigma = found.log_mean[0], found.log_sd[0]
    best = log_likelihood(low, high, mu, sigma)
    grid = [(mu + i * 0.01, sigma * np.exp(j * 0.01)) for i in range(-40, 41, 4) for j in range(-60, 61, 4)]
    grid += [(mu + i * 1e-3, sigma + j * 1e-3) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    assert all(log_likelihood(low, high, *point) < best for point in grid if point != (mu, sigma))
    h = 1e-4

    def at(i, j):
        return log_likelihood(low, high, mu + i * h, sigma + j * h)

    mm, ss = at(1, 0) - 2 * best + at(-1, 0), at(0, 1) - 2 * best + at(0, -1)
    ms = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4
    covariance = np.linalg.inv(-np.array([[mm, ms], [ms, ss]]) / h**2)
    variance = np.array([1, sigma]) @ covariance @ np.array([1, sigma])
    numerical = 1e-4  # of second differences with step 1e-4
    assert found.se_log_mean[0] == pytest.approx(np.sqrt(variance), rel=numerical)
    assert found.information[0] == pytest.approx((sigma**2 / 15 + sigma**4 / 30) / variance, rel=numerical)


# Other implementations -------------------------------------------------------------------------------------------


def test_the_likelihood_against_scipy_group_by_group():
    low, high = simulated(np.random.default_rng(11), 25, 14, 0.6, between=True)
    found = censored_means(*flat(low, high))
    fitted = np.flatnonzero(found.method == "lognormal_mle")
    assert fitted.size >= 22

    def closer(f, start, args, disp):
        return optimize.fmin(f, start, args=args, disp=disp, xtol=1e-9, ftol=1e-12, maxiter=4000, maxfun=4000)

    for g in fitted:
        a, b = low[g], high[g]
        left, between = (a == 0), (a > 0) & (a < b)
        data = stats.CensoredData(b[a == b], left=b[left], interval=np.column_stack([a[between], b[between]]))
        s, _, scale = stats.lognorm.fit(data, floc=0, optimizer=closer)
        assert found.log_sd[g] == pytest.approx(s, rel=OTHER_SEARCH)
        assert found.log_mean[g] == pytest.approx(np.log(scale), abs=OTHER_SEARCH)
        assert found.mean[g] == pytest.approx(scale * np.exp(s**2 / 2), rel=OTHER_SEARCH)


# Properties ------------------------------------------------------------------------------------------------------

load = st.floats(0.01, 100)
sample = st.tuples(load, st.sampled_from(["measured", "below", "between"]), st.floats(0.05, 0.95))


@st.composite
def groups_of_samples(draw):
    rows = [(g, *s) for g in range(draw(st.integers(1, 4))) for s in draw(st.lists(sample, min_size=1, max_size=16))]
    high = np.array([x for _, x, _, _ in rows])
    low = np.array([x if kind == "measured" else f * x if kind == "between" else 0.0 for _, x, kind, f in rows])
    return low, high, np.array([g for g, *_ in rows])


def same(one: CensoredMeans, two: CensoredMeans, *, rel: float, factor: float = 1.0, picked=slice(None)):
    assert one.method[picked].tolist() == two.method.tolist()
    for name in ESTIMATES:
        a, b = getattr(one, name)[picked], getattr(two, name)
        a = a * factor if name.startswith("mean") else a + np.log(factor) if name == "log_mean" else a
        np.testing.assert_allclose(a, b, rtol=rel, atol=rel, err_msg=name)


@given(groups_of_samples(), st.sampled_from(ASKED), st.randoms(use_true_random=False))
def test_the_order_of_the_samples_and_the_other_groups_do_not_matter(data, method, random):
    low, high, code = data
    found = censored_means(low, high, code, method=method, minimum=4)
    order = list(range(low.size))
    random.shuffle(order)
    same(found, censored_means(low[order], high[order], code[order], method=method, minimum=4), rel=1e-5)
    mine = code == 0
    alone = censored_means(low[mine], high[mine], code[mine], method=method, minimum=4)
    same(found, alone, rel=1e-5, picked=slice(0, 1))


@given(groups_of_samples(), st.sampled_from(ASKED), st.floats(1e-4, 1e4))
def test_the_unit_of_the_loads_does_not_matter(data, method, factor):
    low, high, code = data
    # Multiplying may merge or part values that differ in the last digit only, which changes how many are distinct.
    assume(np.unique(high).size == np.unique(high * factor).size)
    found = censored_means(low, high, code, method=method, minimum=4)
    times = censored_means(low * factor, high * factor, code, method=method, minimum=4)
    same(found, times, rel=1e-5 * max(1.0, factor), factor=factor)


@given(groups_of_samples())
def test_the_bounds_contain_every_estimate_that_fits_no_distribution(data):
    bounds = censored_means(*data, method="bounds")
    slack = ROUNDING * bounds.mean_high
    # Both methods know upper ends only, so their floor is that of intervals which reach down to 0.
    floor = censored_means(np.where(data[0] < data[1], 0, data[0]), *data[1:], method="bounds").mean_low
    assert (floor <= bounds.mean_low).all() and (bounds.mean_low <= bounds.mean_high).all()
    for method in ("kaplan_meier", "half_limit"):
        found = censored_means(*data, method=method)
        known = np.isfinite(found.mean)
        assert (found.mean >= floor - slack)[known].all() and (found.mean <= bounds.mean_high + slack)[known].all()
    flipped = censored_means(*data, method="kaplan_meier")
    known = np.isfinite(flipped.mean)
    assert (floor - slack <= flipped.mean_low)[known].all() and (flipped.mean_low <= flipped.mean)[known].all()
    assert (flipped.mean <= flipped.mean_high + slack)[known].all()
    assert (flipped.mean_high <= bounds.mean_high + slack)[known].all()


def test_censoring_costs_information_and_limits_far_below_cost_none():
    rng = np.random.default_rng(5)
    low, high = simulated(rng, 400, 20, 0.5)
    found = censored_means(*flat(low, high))
    hidden = found.n_censored > 0
    assert ((found.information > 0) & (found.information <= 1)).all() and (found.information[hidden] < 1).all()
    whole = simulated(rng, 400, 20, 0.5, share=1e-9, jitter=0)
    told = censored_means(*flat(*whole), method="lognormal_mle")
    assert told.n_censored.sum() == 0 and (told.information == 1).all()
    low, high = (x.copy() for x in whole)
    low[:, 0], high[:, 0] = (
        0.0,
        1e3,
    )  # one value below a limit far above all others tells nothing: 19 values in place of 20
    nothing = censored_means(*flat(low, high), method="lognormal_mle")
    assert np.median(nothing.information) == pytest.approx(19 / 20, rel=0.01)
    low, high = simulated(rng, 400, 20, 0.5)
    # An interval tells more than "below its upper end".
    less = censored_means(*flat(np.where(low < high, 0.0, low), high))
    more = censored_means(*flat(np.where(low < high, 0.9 * high, low), high))
    both = np.isfinite(less.mean) & np.isfinite(more.mean) & hidden
    assert np.median(more.information[both]) > np.median(less.information[both])


# Both sides of the rule ------------------------------------------------------------------------------------------


def values(n, censored):
    return [*["<1"] * censored, *(1.5 + 0.7 * np.arange(n - censored))]


@pytest.mark.parametrize(
    ("n", "censored", "options", "method"),
    [
        (9, 3, {}, "bounds"),
        (10, 3, {}, "lognormal_mle"),
        (9, 3, {"minimum": 9}, "lognormal_mle"),
        (20, 16, {}, "lognormal_mle"),  # exactly 80 %
        (20, 17, {}, "bounds"),
        (15, 12, {}, "lognormal_mle"),  # 80 % with three values measured
        (10, 8, {}, "bounds"),  # 80 % with two
        (10, 3, {"maximum_share": 0.3}, "lognormal_mle"),
        (10, 4, {"maximum_share": 0.3}, "bounds"),
        (12, 12, {}, "bounds"),
        (9, 0, {}, "complete"),
        (1, 0, {}, "complete"),
        (5, 2, {"method": "lognormal_mle"}, "lognormal_mle"),  # asked for by name: no minimum
        (4, 2, {"method": "lognormal_mle"}, "bounds"),
        (4, 2, {"method": "regression_on_order_statistics"}, "bounds"),
        (2, 1, {"method": "kaplan_meier"}, "kaplan_meier"),
        (2, 2, {"method": "kaplan_meier"}, "bounds"),
        (2, 2, {"method": "half_limit"}, "half_limit"),
    ],
)
def test_which_method_is_used(n, censored, options, method):
    found = one(values(n, censored), **options)
    assert found.method[0] == method
    assert np.isnan(found.mean[0]) == (method == "bounds")
    assert found.mean_low[0] <= found.mean_high[0]


def test_three_measured_values_that_are_equal_are_one():
    assert one([*["<1"] * 8, 2, 2, 2, 3]).method[0] == "bounds"
    assert one([*["<1"] * 8, 2, 2, 3, 4]).method[0] == "lognormal_mle"


def test_groups_without_samples_and_weeks_of_zeros():
    found = censored_means([0, 0, 3], [0, 0, 3], [1, 1, 3], groups=5)
    assert found.method.tolist() == ["empty", "complete", "empty", "complete", "empty"]
    assert found.mean.tolist()[1] == 0 and np.isnan(found.log_mean[1]) and np.isnan(found.mean_high[0])
    zero_among_censored = censored_means([0, 0, 1, 2, 3], [0, 1, 1, 2, 3], [0] * 5, method="lognormal_mle")
    assert zero_among_censored.method[0] == "bounds"
    assert censored_means([], [], np.array([], dtype=int)).mean.shape == (0,)


def test_a_search_that_does_not_end_gives_bounds(monkeypatch):
    monkeypatch.setattr(censored_lognormal, "MOST_STEPS", 2)
    found = one([*["<1"] * 4, 1.1, 1.3, 2, 3, 5, 8])
    assert found.method[0] == "bounds" and np.isnan(found.mean[0]) and np.isnan(found.information[0])


@pytest.mark.parametrize("case", ["far limits", "equal values", "narrow intervals", "wide spread"])
def test_the_search_ends_on_hostile_groups(case):
    rng = np.random.default_rng(2)
    x = np.exp(rng.normal(0, 0.3, (300, 12)))
    hidden = rng.random(x.shape) < 0.5
    hidden[:, :3] = False
    far = np.exp(rng.normal(0, 20, x.shape))
    low, high = {
        "far limits": (np.where(hidden, 0, x), np.where(hidden, far, x)),
        "equal values": (np.where(hidden, 0, 1 + 1e-6 * x), np.where(hidden, far, 1 + 1e-6 * x)),
        "narrow intervals": (np.where(hidden, x * (1 - 1e-7), x), x),
        "wide spread": (np.where(hidden, 0, x**30), x**30),
    }[case]
    samples = Samples.of(*flat(low, high))
    fit = fit_lognormals(samples)
    assert np.isfinite(fit.log_sd).all() and np.isfinite(fit.se_log_mean).all()
    assert ((fit.information > 0) & (fit.information <= 1)).all()


# Calibration -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sd", [0.3, 0.5, 0.7])
def test_bias_coverage_and_information_with_40_percent_censored(sd):
    rng = np.random.default_rng(int(10 * sd))
    n, true = 24, np.exp(1 + sd**2 / 2)
    low, high = simulated(rng, 6000, n, sd)
    found = censored_means(*flat(low, high))
    assert (found.n_censored.mean() / n) == pytest.approx(0.4, abs=0.02)
    fitted = np.isfinite(found.mean)
    assert fitted.mean() > 0.999  # a group with over 80 % censored is rare
    found = CensoredMeans(*(getattr(found, name)[fitted] for name in CensoredMeans.__slots__))
    assert found.mean.mean() == pytest.approx(true, rel=0.02)
    inside = np.abs(np.log(found.mean / true)) < 1.96 * found.se_log_mean
    assert 0.92 < inside.mean() < 0.97  # normal theory with 24 samples: a little under 0.95
    spread = np.log(found.mean).std()
    assert np.sqrt((found.se_log_mean**2).mean()) == pytest.approx(spread, rel=0.06)
    complete = np.exp(rng.normal(1, sd, (6000, n)))
    plain = censored_means(*flat(complete, complete), method="lognormal_mle")
    ratio = np.log(plain.mean).var() / spread**2
    assert np.median(found.information) == pytest.approx(ratio, abs=0.08)
    # What the habit would have given: half the limit is off by far more than the likelihood.
    half = censored_means(*flat(low, high), method="half_limit")
    assert half.mean.mean() < 0.97 * true


def test_intervals_that_are_none_are_refused_with_their_position():
    for low, high in ((2, 1), (-1, 1), (NAN, 1), (0, NAN), (0, np.inf)):
        with pytest.raises(SeriesError, match="position 1"):
            censored_means([1, low], [1, high], [0, 0])
    with pytest.raises(UnknownNameError, match="kaplan_meier"):
        censored_means([1], [1], [0], method="kaplan_mayer")
    for slip in ({"group": [0.0]}, {"group": [-1]}, {"group": [0, 1]}, {"group": [2], "groups": 2}, {"group": [0], "minimum": 0}, {"group": [0], "maximum_share": 1.2}):  # fmt: skip
        with pytest.raises(ValueError):
            censored_means([1], [1], **slip)
