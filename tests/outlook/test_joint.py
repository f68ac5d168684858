"""All targets and divisions together: bounds, dependence, and agreement with the single outlooks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import suzhou_antidrug as sa

FOUR = ("wastewater", "relapse", "precursor_diversion", "drug_related_crime")
DRAWS = 4000
MONTE_CARLO = 4 * 0.5 / DRAWS**0.5  # four standard errors of a share


@pytest.fixture(scope="module")
def joint(plan, synthetic):
    values = sa.compute_indicators(synthetic, plan=plan)
    return sa.assess_jointly(values, plan=plan, origin=2021, draws=DRAWS)


def test_city_hits_have_the_single_probabilities(joint):
    for outlook in joint.outlooks:
        if not np.isnan(outlook.probability):
            assert joint.city_hits[outlook.target].mean() == pytest.approx(outlook.probability, abs=MONTE_CARLO)


def test_targets_correlate_as_asked(plan, synthetic):
    values = sa.compute_indicators(synthetic, plan=plan)
    together = sa.assess_jointly(values, plan=plan, origin=2021, draws=40_000, correlation=0.6)
    a, b = together.outlooks[0].probability, together.outlooks[1].probability
    z = stats.norm.ppf([a, b])
    exact = stats.multivariate_normal.cdf(z, cov=[[1, 0.6], [0.6, 1]])
    assert together.probability_all(FOUR[:2]) == pytest.approx(exact, abs=0.012)
    independent = sa.assess_jointly(values, plan=plan, origin=2021, draws=40_000, correlation=0.0)
    assert independent.probability_all(FOUR[:2]) == pytest.approx(a * b, abs=0.03)


def test_bounds_hold_under_any_dependence(joint):
    for wanted in (FOUR[:2], ("wastewater", "relapse", "drug_related_crime")):
        low, high = joint.bounds_all(wanted)
        assert 0 <= low <= joint.probability_all(wanted) <= high <= 1
    # One target cannot be assessed: nothing can be said of all four together, but its bounds still can.
    assert np.isnan(joint.probability_all(FOUR))
    assert joint.bounds_all(FOUR)[0] == 0.0


def test_expected_number_is_a_range_where_something_is_unknown(joint):
    low, high = joint.expected_met
    unknown = sum(np.isnan(o.probability) for o in joint.outlooks)
    assert unknown > 0
    assert high == pytest.approx(low + unknown)


def test_divisions_are_counted_whole(joint, plan):
    for found in joint.division_hits:
        assert set(found.divisions) | set(found.left_out) == set(plan.geography.ids)
        assert found.distribution.sum() == pytest.approx(1)
        assert found.hits.shape == (len(found.divisions), DRAWS)
    frame = joint.frame
    assert (frame.groupby("target")["at_least"].first().round(9) == 1).all()
    assert next(f for f in joint.division_hits if f.target == "precursor_diversion").left_out == ("gusu",)


def test_divisions_hit_about_as_often_as_alone(joint, plan, synthetic):
    alone = sa.assess_promises(synthetic, plan=plan, origin=2021, draws=DRAWS)
    found = next(f for f in joint.division_hits if f.target == "relapse")
    together = dict(zip(found.divisions, found.hits.mean(axis=1), strict=True))
    single = {d: alone.of("relapse", d).probability for d in found.divisions}
    # Pooling moves a division towards its siblings, but not to another answer.
    assert np.mean([abs(together[d] - single[d]) for d in found.divisions]) < 0.2


def test_explains_and_draws(joint):
    text = joint.explain()
    assert "假定" in text.in_language("zh")
    assert "any dependence" in text.in_language("en")
    assert joint.plot().get_xlabel()
    assert joint.made.status is sa.Status.SYNTHETIC


def test_bad_correlation(plan, synthetic):
    with pytest.raises(ValueError, match="correlation"):
        sa.assess_jointly(synthetic, plan=plan, origin=2021, correlation=1.0)
