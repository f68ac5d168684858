"""Cox regression, its checks, and repeated relapse: R's answers, closed forms, statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outcomes import dataset, golden, inline

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.relapse.episodes import fit_recurrent
from suzhou_antidrug.indicators.relapse.hazards import fit_cox
from suzhou_antidrug.indicators.relapse.partial_likelihood import RiskSets, partial_likelihood
from suzhou_antidrug.indicators.relapse.recurrent import mean_cumulative

REL = 1e-6
BLADDER = ["rx", "size", "number"]


def test_the_closed_form_of_therneau_and_grambsch():
    data, want = inline("tg_appendix_breslow"), golden("tg_appendix_breslow")
    frame = pd.DataFrame(data).dropna()
    time, event, x = (frame[c].to_numpy(float) for c in ("time", "status", "x"))
    sets = RiskSets.of(x[:, None], np.zeros(len(x)), time, event.astype(int), np.zeros(len(x), int), ties="breslow")
    beta = np.zeros(1)
    for name in ("step1", "step2"):
        at = partial_likelihood(beta, sets)
        beta = beta + np.linalg.solve(at.information, at.score)
        assert beta[0] / sets.scale[0] == pytest.approx(want[name], abs=1e-9)
    at = partial_likelihood(np.array([want["beta"]]) * sets.scale, sets)
    assert at.score[0] == pytest.approx(0, abs=1e-9)
    with pytest.raises(SeriesError) as caught:  # too few for the user's door
        fit_cox(x, None, time, event)
    assert caught.value.problems[0].code == "few_events"


def test_marginal_models_of_each_recurrence(bladder2):
    want = golden("bladder_wlw_table5")
    wide = dataset("survival", "bladder")
    own = [
        fit_cox(part[BLADDER], None, part["stop"], part["event"], ties="breslow").coefficient[0]
        for _, part in wide.groupby("enum")
    ]
    assert own == pytest.approx(want["rx"], rel=REL)
    fit = fit_recurrent(
        bladder2[BLADDER], bladder2["start"], bladder2["stop"], bladder2["event"], bladder2["id"], model="wlw", ties="breslow"
    )  # fmt: skip
    assert [f.coefficient[0] for f in fit.fits] == pytest.approx(want["rx"], rel=REL)
    # The weighted average of Wei, Lin and Weissfeld (1989), table 5: -0.549, standard error 0.285, printed to 2-3 digits.
    assert fit.coefficient[0] == pytest.approx(-0.549, abs=0.01)
    assert fit.robust_se[0] == pytest.approx(0.285, abs=0.01)


def test_gap_times_are_total_times_moved_to_the_last_event(bladder2):
    gap = fit_recurrent(
        bladder2[BLADDER], bladder2["start"], bladder2["stop"], bladder2["event"], bladder2["id"], model="pwp_gap", ties="breslow"
    )  # fmt: skip
    by_hand = fit_cox(
        bladder2[BLADDER], None, bladder2["stop"] - bladder2["start"], bladder2["event"], ties="breslow",
        strata=bladder2["enum"], person=bladder2["id"],
    )  # fmt: skip
    assert gap.coefficient == pytest.approx(by_hand.coefficient, rel=1e-9)
    assert gap.robust_se == pytest.approx(by_hand.robust_se, rel=1e-9)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_lung_cancer_against_statsmodels_with_strata(ties):
    phreg = pytest.importorskip("statsmodels.api").PHReg
    lung = dataset("survival", "cancer").dropna(subset=["age", "ph.ecog"])
    x = lung[["age", "ph.ecog"]].to_numpy(float)
    died = (lung["status"] == 2).to_numpy(int)
    ours = fit_cox(x, None, lung["time"], died, strata=lung["sex"], ties=ties)
    other = phreg(lung["time"].to_numpy(float), x, status=died, strata=lung["sex"].to_numpy(), ties=ties).fit(disp=0)
    assert ours.coefficient == pytest.approx(other.params, rel=1e-5)
    assert ours.se == pytest.approx(other.bse, rel=1e-5)


def test_rows_cut_in_two_and_units_change_nothing():
    rng = np.random.default_rng(2)
    x, time, event = rng.normal(size=(80, 2)), rng.integers(2, 30, 80).astype(float), rng.integers(0, 2, 80)
    whole = fit_cox(x, None, time, event)
    cut = fit_cox(
        np.repeat(x, 2, axis=0), np.stack([np.zeros(80), time / 2], 1).ravel(), np.stack([time / 2, time], 1).ravel(),
        np.stack([np.zeros(80, int), event], 1).ravel(), person=np.repeat(np.arange(80), 2),
    )  # fmt: skip
    scaled = fit_cox(x * [10, 1], None, 30 * time, event)
    assert cut.coefficient == pytest.approx(whole.coefficient, rel=1e-9)
    assert scaled.coefficient * [10, 1] == pytest.approx(whole.coefficient, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda x, t, e: (x, t, e * 0), "no_events"),
        (lambda x, t, e: (x, t, np.arange(60) < 9), "few_events"),
        (lambda x, t, e: (x * 0 + 1, t, e), "constant"),
        (lambda x, t, e: (np.stack([x, 2 * x], 1), t, e), "no_information"),
        (lambda x, t, e: (np.where(e == 1, 1.0, 0.0), t * 0 + 1, e), "separation"),
        (lambda x, t, e: (np.where(np.arange(60) == 3, np.nan, x), t, e), "missing_covariate"),
        (lambda x, t, e: (x, np.where(np.arange(60) == 3, 0, t), e), "zero_time"),
    ],
)
def test_what_cannot_carry_a_regression_is_refused(change, code):
    rng = np.random.default_rng(0)
    x, t, e = rng.normal(size=60), rng.integers(1, 20, 60).astype(float), (np.arange(60) % 2)
    with pytest.raises(SeriesError) as caught:
        bad_x, bad_t, bad_e = change(x, t, e)
        fit_cox(bad_x, None, bad_t, bad_e)
    assert caught.value.problems[0].code == code


def test_overlapping_rows_of_one_person_are_refused_by_position():
    with pytest.raises(SeriesError) as caught:
        mean_cumulative([0, 2, 0], [3, 5, 4], [1, 1, 0], [7, 7, 9])
    assert caught.value.problems[0].code == "overlap" and "1" in caught.value.problems[0].en


def test_an_unknown_model_is_named():
    with pytest.raises(UnknownNameError):
        fit_recurrent([[1.0]], None, [1], [1], [1], model="pwp")
