"""Regression of counts: two groups by hand, another implementation, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from suzhou_antidrug.errors import SeriesError
from suzhou_antidrug.indicators.count_models import fit_counts

GROUPS = [0, 0, 0, 1, 1, 1]
COUNTS = [12, 9, 15, 30, 28, 33]


def test_two_groups_by_hand():
    """Means 12 and 91/3: the ratio is 91/36, its log has variance 1/36 + 1/91, the scatter stays below Poisson's."""
    fit = fit_counts(COUNTS, GROUPS, exposure=100)
    later = fit.frame.iloc[1]
    se = np.sqrt(1 / 36 + 1 / 91)
    assert later["rate_ratio"] == pytest.approx(91 / 36) and later["se"] == pytest.approx(se)
    assert later["low"] == pytest.approx(91 / 36 * np.exp(-1.959964 * se), rel=1e-6)
    assert later["high"] == pytest.approx(91 / 36 * np.exp(1.959964 * se), rel=1e-6)
    assert later["p_value"] == pytest.approx(2 * norm.sf(np.log(91 / 36) / se), rel=1e-4)
    assert fit.frame["rate_ratio"].iloc[0] == pytest.approx(0.12)
    assert fit.fitted == pytest.approx([12] * 3 + [91 / 3] * 3) and (fit.events, fit.rows) == (127, 6)
    # Pearson: (0 + 9 + 9) / 12 + (1/9 + 49/9 + 64/9) / (91/3), over 6 - 2.
    assert fit.dispersion == pytest.approx((1.5 + 38 / 91) / 4)
    assert fit.residuals[:3] == pytest.approx([0, -3 / 12**0.5, 3 / 12**0.5], abs=1e-9)
    assert fit.names == ("intercept", "x1") and np.isnan(fit.alpha)


def test_scatter_beyond_poisson_widens_the_interval():
    fit = fit_counts([2, 22, 30, 60], [0, 0, 1, 1])
    # Pearson: 2 * 100/12 + 2 * 225/45 over 2.
    assert fit.dispersion == pytest.approx((200 / 12 + 10) / 2)
    assert fit.se[1] == pytest.approx(np.sqrt((1 / 24 + 1 / 90) * fit.dispersion))
    assert fit.overdispersion_p == pytest.approx(np.exp(-(200 / 12 + 10) / 2))  # chi-square on two degrees of freedom


def test_as_many_terms_as_rows_has_no_scatter_left():
    fit = fit_counts([9, 12], [0, 1])
    assert fit.dispersion == pytest.approx(0, abs=1e-12) and fit.overdispersion_p == pytest.approx(1)


def test_negative_binomial_against_a_generalised_linear_model():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(5)
    x, t = rng.normal(size=120), rng.uniform(50, 200, 120)
    y = rng.negative_binomial(2, 2 / (2 + 0.1 * t * np.exp(0.4 * x)))
    found = fit_counts(y, x, exposure=t, model="negative_binomial")
    family = sm.families.NegativeBinomial(alpha=found.alpha)
    other = sm.GLM(y, sm.add_constant(x), family=family, offset=np.log(t)).fit()
    assert found.coefficient == pytest.approx(other.params, abs=1e-4)
    assert found.fitted == pytest.approx(other.fittedvalues, rel=1e-3)
    assert found.se == pytest.approx(other.bse, rel=0.1) and found.covariance.shape == (2, 2)
    assert found.residuals == pytest.approx(other.resid_pearson, rel=1e-2, abs=1e-3)


@pytest.mark.filterwarnings("ignore")
def test_counts_without_scatter_have_no_negative_binomial():
    with pytest.raises(SeriesError, match="Use quasi_poisson"):
        fit_counts([10] * 12, [0, 1] * 6, model="negative_binomial")


@pytest.mark.parametrize(
    ("counts", "covariates", "exposure", "code", "row"),
    [
        ([9, 9, -1, 9], [0, 1, 0, 1], 1, "counts", 2),
        ([9, 9, 0.5, 9], [0, 1, 0, 1], 1, "counts", 2),
        ([9, 9, 9, 9], [0, 1, 0, 1], [1, 0, 1, 1], "exposure", 1),
        ([9, 9, 9, 9], [0, 1, np.nan, 1], 1, "missing_covariate", 2),
    ],
)
def test_the_faulty_row_is_named(counts, covariates, exposure, code, row):
    with pytest.raises(SeriesError) as caught:
        fit_counts(counts, covariates, exposure=exposure)
    assert [(p.code, p.row) for p in caught.value.problems] == [(code, row)]


def test_ten_events_are_enough_and_nine_are_not():
    assert fit_counts([2, 3, 2, 3], [0, 1, 0, 1]).events == 10
    with pytest.raises(SeriesError, match="9 events"):
        fit_counts([2, 3, 2, 2], [0, 1, 0, 1])


def test_a_fit_that_breaks_off_is_refused_by_name(monkeypatch):
    def singular(*_, **__):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr("statsmodels.genmod.generalized_linear_model.GLM.fit", singular)
    with pytest.raises(SeriesError, match="did not converge") as caught:
        fit_counts(COUNTS, GROUPS)
    assert caught.value.problems[0].code == "not_converged"
