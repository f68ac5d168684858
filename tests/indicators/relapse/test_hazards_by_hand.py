"""Regressions and repeated relapse against double loops over persons and times, and what is read off them by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.relapse.episodes import fit_recurrent
from suzhou_antidrug.indicators.relapse.hazard_checks import check_proportional_hazards, schoenfeld_residuals
from suzhou_antidrug.indicators.relapse.hazards import fit_cox
from suzhou_antidrug.indicators.relapse.partial_likelihood import RiskSets, partial_likelihood
from suzhou_antidrug.indicators.relapse.recurrent import mean_cumulative

Z = 1.959963985  # the normal quantile of 95 % limits


def cohort(size: int = 40, *, covariates: int = 2, seed: int = 3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, covariates)), rng.permutation(np.arange(1.0, size + 1)), np.ones(size, dtype=int)


def test_what_is_read_off_a_fit():
    x, time, event = cohort()
    fit = fit_cox(x, None, time, event, names=["a", "b"])
    frame = fit.frame.set_index("covariate")
    assert list(frame.index) == ["a", "b"]
    assert frame["hazard_ratio"].to_numpy() == pytest.approx(np.exp(fit.coefficient))
    assert np.log(frame["low"]).to_numpy() == pytest.approx(fit.coefficient - Z * fit.se)
    assert np.log(frame["high"]).to_numpy() == pytest.approx(fit.coefficient + Z * fit.se)
    assert frame["p_value"].to_numpy() == pytest.approx(2 * stats.norm.sf(np.abs(fit.coefficient) / fit.se))
    robust = fit_cox(x, None, time, event, person=np.arange(40))
    assert np.log(robust.high) == pytest.approx(robust.coefficient + Z * robust.robust_se)
    assert np.abs(robust.robust_se - robust.se).min() > 0 and np.isnan(fit.robust_se).all()


def test_the_likelihood_ratio_by_a_double_loop():
    x, time, event = cohort()
    fit = fit_cox(x, None, time, event)

    def log_likelihood(beta):
        return sum(
            x[i] @ beta - np.log(sum(np.exp(x[j] @ beta) for j in range(40) if time[j] >= time[i])) for i in range(40)
        )

    assert fit.loglik == pytest.approx(log_likelihood(fit.coefficient))
    assert fit.likelihood_ratio == pytest.approx(2 * (log_likelihood(fit.coefficient) - log_likelihood(np.zeros(2))))
    for near in ([1e-3, 0], [-1e-3, 0], [0, 1e-3], [0, -1e-3]):
        assert log_likelihood(fit.coefficient + near) < fit.loglik


def test_ten_events_carry_a_regression_and_nine_do_not():
    x, time, _ = cohort(covariates=1)
    assert fit_cox(x, None, time, time <= 10).events == 10
    with pytest.raises(SeriesError) as caught:
        fit_cox(x, None, time, time <= 9)
    assert caught.value.problems[0].code == "few_events"


def test_choices_that_do_not_exist():
    x, time, event = cohort()
    with pytest.raises(UnknownNameError, match="exact"):
        fit_cox(x, None, time, event, ties="exact")
    with pytest.raises(UnknownNameError, match="square"):
        check_proportional_hazards(x, None, time, event, transform="square")


@pytest.mark.parametrize(("ties", "means"), [("breslow", [1.5, 2, 2, 2]), ("efron", [1.5, 2, 2, 2])])
def test_residuals_of_four_persons_at_coefficient_0(ties, means):
    x, time = np.array([0.0, 1.0, 3.0, 2.0]), np.array([1.0, 2.0, 2.0, 3.0])
    sets = RiskSets.of(x[:, None], np.zeros(4), time, np.ones(4, int), np.zeros(4, int), ties=ties)
    residuals = schoenfeld_residuals(sets, partial_likelihood(np.zeros(1), sets))[:, 0] * sets.scale[0]
    assert residuals == pytest.approx(x[sets.row] - means)


def score_test(x, time, g):
    """The score test of x g(t) added to the model, by double loops and differences of the log-likelihood."""
    rank = np.argsort(time)
    x, g = x[rank], g[rank] - g.mean()
    p = x.shape[1]

    def log_likelihood(theta):
        total = 0.0
        for i in range(len(x)):
            eta = [x[j] @ theta[:p] + g[i] * (x[j] @ theta[p:]) for j in range(i, len(x))]
            total += eta[0] - np.log(np.exp(eta).sum())
        return total

    from scipy.optimize import minimize

    best = minimize(lambda b: -log_likelihood(np.concatenate([b, np.zeros(p)])), np.zeros(p), tol=1e-10).x
    at, step = (
        np.concatenate([best, np.zeros(p)]),
        np.concatenate([np.full(p, 1e-3), np.full(p, 1e-3 / np.abs(g).max())]),
    )
    unit = np.diag(step)
    score = np.array([log_likelihood(at + u) - log_likelihood(at - u) for u in unit]) / (2 * step)
    information = -np.array([
        [log_likelihood(at + u + v) - log_likelihood(at + u - v) - log_likelihood(at - u + v) + log_likelihood(at - u - v) for v in unit]
        for u in unit
    ]) / (4 * np.outer(step, step))  # fmt: skip
    rest = information[p:, p:] - information[p:, :p] @ np.linalg.solve(information[:p, :p], information[:p, p:])
    return [*(score[p:] ** 2 / np.diag(rest)), score[p:] @ np.linalg.solve(rest, score[p:])]


@pytest.mark.parametrize("transform", ["identity", "log", "rank", "km"])
def test_proportionality_against_differences_of_the_likelihood(transform):
    x, time, event = cohort(20)
    # Everybody relapses at a time of their own: the rank is the time, and 1 - S before it is (time - 1) / 20.
    g = np.log(time) if transform == "log" else time
    found = check_proportional_hazards(x, None, time, event, transform=transform)
    assert found.chi2 == pytest.approx(score_test(x, time, g), rel=1e-3)  # differences of steps of a thousandth
    assert found.df.tolist() == [1, 1, 2]
    frame = found.frame
    assert frame["covariate"].tolist() == ["x1", "x2", "GLOBAL"]
    assert frame["p_value"].to_numpy() == pytest.approx(stats.chi2.sf(found.chi2, [1, 1, 2]))


@pytest.mark.parametrize(("events", "periods"), [(10, 1), (19, 1), (20, 2), (39, 3), (40, 4), (60, 4)])
def test_periods_hold_at_least_ten_events_and_are_at_most_four(events, periods):
    x, time, _ = cohort(60)
    hit = time <= events
    found, fit = check_proportional_hazards(x, None, time, hit), fit_cox(x, None, time, hit)
    assert len(found.period_events) == periods and found.period_events.sum() == events
    assert found.period_events.max() - found.period_events.min() <= 1
    assert found.period_start.tolist() == [1, *(np.cumsum(found.period_events)[:-1] + 1)]
    assert found.period_end.tolist() == np.cumsum(found.period_events).tolist()
    # Residuals add up to 0, so the mean over the periods is the one coefficient of the fit.
    assert found.period_events @ found.coefficient / events == pytest.approx(fit.coefficient, abs=1e-6)
    half = Z * fit.se * np.sqrt(events / found.period_events[:, None])
    assert found.high - found.coefficient == pytest.approx(half, rel=1e-5)
    assert found.coefficient - found.low == pytest.approx(half, rel=1e-5)
    table = found.periods
    assert table["covariate"].tolist() == ["x1"] * periods + ["x2"] * periods
    assert table["end"].tolist() == 2 * found.period_end.tolist()
    assert table["coefficient"].tolist() == found.coefficient.T.ravel().tolist()


def test_what_is_read_off_a_regression_of_repeated_relapse():
    x, time, event = cohort()
    fit = fit_recurrent(x, None, time, event, np.arange(40), names=["a", "b"])
    frame = fit.frame
    assert frame["covariate"].tolist() == ["a", "b"]
    assert np.log(frame["hazard_ratio"]).to_numpy() == pytest.approx(fit.coefficient)
    assert np.log(frame["low"]).to_numpy() == pytest.approx(fit.coefficient - Z * fit.robust_se)
    assert np.log(frame["high"]).to_numpy() == pytest.approx(fit.coefficient + Z * fit.robust_se)
    assert frame["p_value"].to_numpy() == pytest.approx(2 * stats.norm.sf(np.abs(fit.coefficient) / fit.robust_se))


def test_episodes_are_counted_and_gap_times_begin_at_the_last_relapse():
    rng = np.random.default_rng(5)
    first, second = rng.uniform(1, 9, 30), rng.uniform(1, 9, 30)
    x = np.repeat(rng.normal(size=30), 2)
    entry, exit_ = np.stack([np.zeros(30), first], 1).ravel(), np.stack([first, first + second], 1).ravel()
    event = np.tile([1, 1], 30)
    event[1::6] = 0  # ten persons have no second relapse
    fit = fit_recurrent(x, entry, exit_, event, np.repeat(np.arange(30), 2), model="pwp_gap")
    assert fit.persons_at.tolist() == [30, 30] and fit.events_at.tolist() == [30, 20]
    by_hand = fit_cox(x, None, np.stack([first, second], 1).ravel(), event, strata=np.tile([0, 1], 30))
    assert fit.coefficient == pytest.approx(by_hand.coefficient, rel=1e-9)


histories = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.tuples(st.integers(1, 4), st.integers(0, 1)), min_size=1, max_size=4), st.integers(0, 1)),
    min_size=2, max_size=8,
)  # fmt: skip


@given(histories)
def test_the_mean_number_and_its_error_by_a_table_of_persons_and_times(drawn):
    entry, exit_, event, person, group = [], [], [], [], []
    for i, (start, pieces, label) in enumerate(drawn):
        for length, hit in pieces:
            entry.append(start)
            exit_.append(start + length)
            event.append(hit)
            person.append(i)
            group.append(label)
            start += length
    entry, exit_, event, person, group = (np.array(v) for v in (entry, exit_, event, person, group))
    if not event.any():
        return
    found = mean_cumulative(entry, exit_, event, person, group=group)
    for label in np.unique(group):
        mine, shown = group == label, found.group == label
        assert found.persons[label] == sum(g == label for _, _, g in drawn)
        assert found.last_seen[label] == exit_[mine].max()
        times = np.unique(exit_[mine & (event == 1)])
        assert found.time[shown].tolist() == times.tolist()
        mean, psi = 0.0, np.zeros(len(drawn))
        for n, t in enumerate(times):
            seen = mine & (entry < t) & (t <= exit_)
            hits = seen & (exit_ == t) & (event == 1)
            mean += hits.sum() / seen.sum()
            for i in range(len(drawn)):
                own = person == i
                psi[i] += ((hits & own).sum() - (seen & own).sum() * hits.sum() / seen.sum()) / seen.sum()
            assert found.mean[shown][n] == pytest.approx(mean)
            assert found.se[shown][n] ** 2 == pytest.approx((psi**2).sum(), abs=1e-12)  # rounding of sums about 1


def test_a_mean_number_at_given_times_of_two_groups():
    # 0: six persons, one relapses at 1 and at 3; 1: four persons, one relapses at 2; all are seen to 5, and to 4.
    person = np.array([0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9])
    entry = np.array([0, 1, 3, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0])
    exit_ = np.array([1, 3, 5, 5, 5, 5, 5, 5, 2, 4, 4, 4, 4])
    event = np.array([1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
    found = mean_cumulative(entry, exit_, event, person, group=np.repeat([0, 1], [8, 5]))
    assert found.frame["mean"].tolist() == pytest.approx([1 / 6, 1 / 3, 1 / 4])
    assert found.frame["at_risk"].tolist() == [6, 6, 4] and found.frame["thin"].tolist() == [False, False, True]
    assert found.last_seen == {0: 5, 1: 4} and found.persons == {0: 6, 1: 4}
    # One of six has an event: psi is 5/36 for it and -1/36 for the five: sum of squares 30/36^2.
    error = np.sqrt(30) / 36
    assert found.se[0] == pytest.approx(error)
    assert [found.low[0], found.high[0]] == pytest.approx(np.exp(np.log(1 / 6) + np.array([-1, 1]) * Z * error * 6))
    at = found.at([0.5, 3, 4.5])
    assert at.index.tolist() == list(range(6)) and at["group"].tolist() == [0, 0, 0, 1, 1, 1]
    assert at["mean"].tolist()[:5] == pytest.approx([0, 1 / 3, 1 / 3, 0, 1 / 4]) and np.isnan(at["mean"].iloc[5])
    assert at["status"].tolist() == [
        "no_event_yet",
        "estimated",
        "estimated",
        "no_event_yet",
        "estimated",
        "beyond_follow_up",
    ]
    assert np.isnan(at["low"].iloc[[0, 3, 5]]).all()


def test_five_at_risk_are_not_thin():
    found = mean_cumulative(None, [1, 2, 3, 4, 5], [1, 1, 0, 0, 0], np.arange(5))
    assert found.frame["at_risk"].tolist() == [5, 4] and found.frame["thin"].tolist() == [False, True]
