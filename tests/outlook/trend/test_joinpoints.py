"""Joinpoints: statsmodels by brute force, planted bends, error rates of the choice, and what is refused."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.outlook.trend.joinpoints import fit_joinpoints
from suzhou_antidrug.outlook.trend.segments import (
    count_placements,
    criteria,
    default_maximum,
    make_search,
    permutation_p,
    placements,
)

YEARS = np.arange(2000, 2018)


def bent(*, noise=0.0, seed=0, places=(9,), slopes=(0.05, -0.12), n=18):
    steps = np.concatenate([np.full(b - a, s) for a, b, s in zip((0, *places), (*places, n - 1), slopes, strict=True)])
    logs = 5 + np.concatenate([[0], np.cumsum(steps)])
    return pd.Series(np.exp(logs + noise * np.random.default_rng(seed).standard_normal(n)), index=2000 + np.arange(n))


def by_brute_force(y, k, weights, *, ends=2, between=2):
    """The best of all fits that statsmodels makes, one set of joinpoints after another."""
    n, t = len(y), y.index.to_numpy(dtype=float)
    found = []
    for places in combinations(range(n), k):
        if places and (places[0] < ends or places[-1] > n - 1 - ends):
            continue
        if any(b - a - 1 < between for a, b in pairwise(places)):
            continue
        columns = [np.ones(n), t - t[0], *(np.clip(t - t[p], 0, None) for p in places)]
        fit = sm.WLS(np.log(y.to_numpy()), np.column_stack(columns), weights=weights).fit()
        found.append((fit.ssr, places, fit))
    return min(found, key=lambda row: row[0])


@pytest.mark.parametrize("k", [0, 1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_search_finds_what_statsmodels_finds_by_brute_force(k, weighted):
    y = bent(noise=0.08, seed=k + 7, places=(5, 11), slopes=(0.05, -0.1, 0.04))
    se = y.to_numpy() * np.linspace(0.02, 0.09, len(y)) if weighted else None
    weights = 1 / np.linspace(0.02, 0.09, len(y)) ** 2 if weighted else np.ones(len(y))
    ssr, places, _ = by_brute_force(y, k, weights)
    ours = fit_joinpoints(y, se=se, maximum=2, choice="bic")
    assert ours.models[k].rss == pytest.approx(ssr)
    root = np.sqrt(weights)
    best = make_search(y.index.to_numpy(dtype=float), root, k, ends=2, between=2)
    rss = best.rss_by_set((np.log(y.to_numpy()) - 5) * root)
    assert tuple(best.places[np.argmin(rss)]) == places


def test_slopes_and_their_errors_are_those_of_statsmodels():
    y = bent(noise=0.05, seed=3)
    _, places, fit = by_brute_force(y, 1, np.ones(len(y)))
    found = fit_joinpoints(y, maximum=1, choice="bic")
    assert [j.time for j in found.joinpoints] == [2000 + places[0]]
    slopes = [fit.params[1], fit.params[1] + fit.params[2]]
    assert [s.slope for s in found.segments] == pytest.approx(slopes)
    # statsmodels counts n - 3 degrees of freedom; the joinpoint that was searched for takes one more.
    variance = np.array([0, 1, 1]) @ fit.cov_params() @ np.array([0, 1, 1]) * (18 - 3) / (18 - 4)
    assert found.covariance[1, 1] == pytest.approx(variance)
    assert found.df == 14


def test_planted_bends_are_found_to_the_year_and_the_rate():
    found = fit_joinpoints(bent(noise=0.004, places=(5, 11), slopes=(0.05, -0.1, 0.04)), permutations=999)
    assert [j.time for j in found.joinpoints] == [2005, 2011]
    assert [s.apc.value for s in found.segments] == pytest.approx(np.expm1([0.05, -0.1, 0.04]), abs=0.005)
    assert all(j.low <= j.time <= j.high for j in found.joinpoints)


def test_average_change_is_the_weighted_mean_of_slopes():
    found = fit_joinpoints(bent(noise=0.01), permutations=499)
    first, second = (s.slope for s in found.segments)
    assert found.aapc.value == pytest.approx(np.expm1((9 * first + 8 * second) / 17))
    part = found.average_change(2006, 2013)
    assert part.value == pytest.approx(np.expm1((3 * first + 4 * second) / 7))
    alone = found.average_change(2001, 2005)
    apc = found.segments[0].apc
    assert (alone.value, alone.low, alone.high) == pytest.approx((apc.value, apc.low, apc.high))
    with pytest.raises(SeriesError, match="inside 2000 to 2017"):
        found.average_change(2010, 2020)


def test_without_joinpoints_all_is_the_log_line():
    from suzhou_antidrug.outlook.trend.description import describe_trend

    y = bent(noise=0.1, places=(), slopes=(-0.05,), n=6)
    found, line = fit_joinpoints(y), describe_trend(y).line
    assert found.maximum == 0 and not found.joinpoints and not found.tests
    ours, theirs = found.aapc, line.apc
    assert (ours.value, ours.low, ours.high) == pytest.approx((theirs.value, theirs.low, theirs.high))


def test_segments_join():
    found = fit_joinpoints(bent(noise=0.02, places=(5, 11), slopes=(0.05, -0.1, 0.04)), choice="bic")
    for before, after in pairwise(found.segments):
        assert before.end == after.start
        assert before.log_start + before.slope * (before.end - before.start) == pytest.approx(after.log_start)


def test_straight_series_rarely_get_a_joinpoint():
    # At a nominal 5 % over all tests; 60 series, so up to 8 are within the 99.5 % range of chance.
    made = [bent(noise=0.1, seed=s, places=(), slopes=(-0.05,), n=10) for s in range(60)]
    counts = sum(len(fit_joinpoints(y, permutations=199, rng=s).joinpoints) > 0 for s, y in enumerate(made))
    loose = sum(len(fit_joinpoints(y, choice="bic").joinpoints) > 0 for y in made)
    assert counts <= 8
    assert loose > counts, "BIC is the laxer of the two at ten values"


def test_permutation_p_is_uniform_enough_and_small_for_a_bend():
    t = np.arange(12.0)
    searches = [make_search(t, np.ones(12), k, ends=2, between=2) for k in (0, 1)]
    rng = np.random.default_rng(1)
    flat = [
        permutation_p(*searches, rng.standard_normal(12), permutations=99, rng=np.random.default_rng(i))
        for i in range(120)
    ]
    assert 0.38 < np.mean(flat) < 0.62 and min(flat) >= 0.01
    bend = np.minimum(t, 6) + 0.1 * rng.standard_normal(12)
    assert permutation_p(*searches, bend, permutations=199, rng=rng) == pytest.approx(1 / 200)


def test_criteria_are_their_formulas():
    y = np.log(bent(noise=0.05).to_numpy())
    t = np.arange(18.0)
    search = make_search(t, np.ones(18), 1, ends=2, between=2)
    from suzhou_antidrug.outlook.trend.segments import best_model

    model = best_model(search, y)
    found = criteria(model, t, y, np.ones(18))
    fit, step = np.log(model.rss / 18), np.log(18) / 18
    assert found.bic == pytest.approx(fit + 4 * step)
    assert found.bic3 == pytest.approx(fit + 5 * step)
    # With one joinpoint the two segments are the whole series: R2 is the fall of RSS from the straight line.
    straight = make_search(t, np.ones(18), 0, ends=2, between=2).rss_by_set(y)[0]
    assert found.wbic == pytest.approx(fit + (4 + 1 - model.rss / straight) * step)


def test_placements_keep_their_distance():
    assert [default_maximum(n) for n in (6, 7, 11, 12, 16, 17, 21, 22, 26, 27)] == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    for n, k, ends, between in ((7, 1, 2, 2), (12, 2, 2, 2), (20, 3, 3, 1), (5, 1, 3, 0), (9, 0, 2, 2)):
        sets = placements(n, k, ends=ends, between=between)
        listed = [
            c
            for c in combinations(range(n), k)
            if all(ends <= p <= n - 1 - ends for p in c) and all(b - a - 1 >= between for a, b in pairwise(c))
        ]
        assert sets.tolist() == [list(c) for c in listed]
        assert count_placements(n, k, ends=ends, between=between) == len(listed)


@settings(max_examples=25)
@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_scale_changes_levels_but_no_rate(seed, scale):
    y = bent(noise=0.05, seed=seed)
    one, two = fit_joinpoints(y, choice="wbic"), fit_joinpoints(y * scale, choice="wbic")
    assert [j.time for j in one.joinpoints] == [j.time for j in two.joinpoints]
    assert two.aapc.value == pytest.approx(one.aapc.value, abs=1e-9)


def test_counts_are_weighted_and_zeros_are_borne():
    counts = pd.Series([9, 7, 8, 3, 2, 0, 1, 0], index=range(2015, 2023))
    found = fit_joinpoints(counts, kind="count", permutations=499)
    assert np.isfinite(found.aapc.low) and found.aapc.value < 0
    with pytest.raises(SeriesError, match="no logarithm"):
        fit_joinpoints(counts.astype(float))


def test_known_noise_keeps_an_interval_on_a_perfect_fit():
    y = bent()  # no scatter at all
    blind, known = fit_joinpoints(y, permutations=199), fit_joinpoints(y, se=0.05 * y, permutations=199)
    assert [j.time for j in blind.joinpoints] == [2009]
    assert np.isnan(blind.aapc.low) and np.isfinite(known.aapc.low)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"choice": "aic"}, "choice is one of"),
        ({"maximum": 9}, "freedom|fit into"),
        ({"maximum": -1}, "0 or more"),
        ({"ends": 0, "maximum": 1}, "1 or more"),
        ({"maximum": 4, "between": 9}, "fit into"),
        ({"permutations": 10}, "99 or more"),
        ({"level": 2.0}, "0.5-1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options, words):
    with pytest.raises(SeriesError, match=words):
        fit_joinpoints(bent(noise=0.1), **options)


def test_a_search_for_hours_is_refused_and_the_default_avoids_it():
    long = pd.Series(np.exp(np.linspace(2, 1, 72)) + 0.1 * np.cos(np.arange(72)))
    with pytest.raises(SeriesError, match="sets to try"):
        fit_joinpoints(long, maximum=5, choice="bic")
    assert 1 <= fit_joinpoints(long, choice="bic").maximum < 5


def test_result_says_how_it_was_chosen():
    found = fit_joinpoints(bent(noise=0.02), permutations=499, status="synthetic")
    told = found.explain().in_language("en")
    assert "sequence of permutation tests" in told and "a convention" in told and "too narrow" in told
    assert (found.tests[0].fewer, found.tests[0].rejected) == (0, True)
    assert all(s.level == pytest.approx(0.05 / 3) for s in found.tests)
    assert list(found.frame["start"]) == [2000, 2009] and list(found.models_frame["k"]) == [0, 1, 2, 3]
    assert fit_joinpoints(bent(noise=0.02), permutations=499).manifest()["seed"] == 0
    assert "合成数据" in found._repr_html_()


def test_joinpoints_are_drawn():
    found = fit_joinpoints(bent(noise=0.002), permutations=199)
    ax = found.plot(language="en")
    shown = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any(text.startswith("2000–2009  +5") for text in shown)
    assert "年变化" in found.plot(language="zh").get_legend().get_title().get_text()
