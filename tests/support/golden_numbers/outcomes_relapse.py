"""Our values for the relapse cases of outcomes.json."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from suzhou_antidrug.indicators.relapse.compare_groups import chi_square_tail, log_rank, restricted_mean_difference
from suzhou_antidrug.indicators.relapse.competing import aalen_johansen, incidence_at
from suzhou_antidrug.indicators.relapse.definitions import RelapseDefinition
from suzhou_antidrug.indicators.relapse.detected import correct_for_test_errors, measure_relapse
from suzhou_antidrug.indicators.relapse.episodes import fit_recurrent
from suzhou_antidrug.indicators.relapse.hazard_checks import check_proportional_hazards
from suzhou_antidrug.indicators.relapse.hazards import fit_cox
from suzhou_antidrug.indicators.relapse.interval_censoring import turnbull
from suzhou_antidrug.indicators.relapse.life_tables import rates_from_abstinence
from suzhou_antidrug.indicators.relapse.partial_likelihood import RiskSets, partial_likelihood
from suzhou_antidrug.indicators.relapse.recurrent import mean_cumulative
from suzhou_antidrug.indicators.relapse.states import state_probabilities
from suzhou_antidrug.indicators.relapse.survival import kaplan_meier, quantile, restricted_mean, survival_at

from . import published_data

Values = dict[str, Any]
BLADDER = ["rx", "size", "number"]
INF = float("inf")


def uis_km(_: Values, want: Values) -> Values:
    uis = published_data.uis()
    km = kaplan_meier(None, uis["time"], uis["event"], conf_type="log")
    at = survival_at(km, [int(t) for t in want["S"]]).survival[0]
    whole = quantile(km)
    arms = quantile(kaplan_meier(None, uis["time"], uis["event"], group=uis["treat"], conf_type="log"))
    test = log_rank(None, uis["time"], uis["event"], uis["treat"])
    return {
        "n": len(uis), "events": int(uis["event"].sum()), "days": int(uis["time"].sum()),
        "median": whole.time[0], "median_ci_log": [whole.low[0], whole.high[0]],
        "median_treat0": arms.time[0], "median_treat0_ci_log": [arms.low[0], arms.high[0]],
        "median_treat1": arms.time[1], "median_treat1_ci_log": [arms.low[1], arms.high[1]],
        "S": dict(zip(want["S"], at, strict=True)), "logrank_chi2": test.statistic, "logrank_p": test.p_value,
    }  # fmt: skip


def _cox(fit: Any, names: Iterable[str]) -> Values:
    return {
        "n": fit.rows, "events": fit.events, "coef": dict(zip(names, fit.coefficient, strict=True)), "se": fit.se,
        "loglik_null": fit.loglik_null, "loglik": fit.loglik, "LR": fit.likelihood_ratio, "df": len(fit.coefficient),
    }  # fmt: skip


def uis_cox_final(_: Values, want: Values) -> Values:
    uis = published_data.uis()
    kept = uis.dropna(subset=["age", "beck", "heroic", "ivhx", "ndrugtx", "race"]).copy()
    kept["nd1"] = 10 / (kept["ndrugtx"] + 1)
    kept["nd2"] = kept["nd1"] * np.log((kept["ndrugtx"] + 1) / 10)
    kept["ivhx3"] = (kept["ivhx"] == 3).astype(int)
    kept["age_x_site"], kept["race_x_site"] = kept["age"] * kept["site"], kept["race"] * kept["site"]
    fit = fit_cox(kept[list(want["coef"])], None, kept["time"], kept["event"], ties="breslow")
    return _cox(fit, want["coef"])


def uis_cox_age_site(_: Values, want: Values) -> Values:
    kept = published_data.uis().dropna(subset=["age", "ndrugtx"]).assign(age_x_site=lambda f: f["age"] * f["site"])
    fit = fit_cox(kept[list(want["coef"])], None, kept["time"], kept["event"], ties="breslow")
    return _cox(fit, want["coef"])


def rossi_cox(_: Values, want: Values) -> Values:
    rossi = published_data.rossi()
    x = rossi[list(want["coef"])]
    check = check_proportional_hazards(x, None, rossi["week"], rossi["arrest"])
    found = _cox(fit_cox(x, None, rossi["week"], rossi["arrest"]), want["coef"])
    return found | {"zph_km_chi2": dict(zip(check.names, check.chi2, strict=True))}


def rossi_km(_: Values, want: Values) -> Values:
    rossi = published_data.rossi()
    found = survival_at(kaplan_meier(None, rossi["week"], rossi["arrest"], group=rossi["fin"]), [13, 26, 39, 52])
    test = log_rank(None, rossi["week"], rossi["arrest"], rossi["fin"])
    return {"S_fin0": found.survival[0], "S_fin1": found.survival[1], "logrank_chi2": test.statistic, "p": test.p_value}


def mgus2(_: Values, want: Values) -> Values:
    data = published_data.mgus2()
    found = incidence_at(aalen_johansen(None, data["time"], data["event"]), want["t"])
    alone = survival_at(kaplan_meier(None, data["time"], data["event"], cause=1), want["t"])
    return {
        "counts": np.bincount(data["event"]), "t": found.time,
        "pcm": found.incidence[0, :, 0], "death": found.incidence[0, :, 1],
        "se_pcm": found.standard_error[0, :, 0], "se_death": found.standard_error[0, :, 1],
        "naive_1_minus_km_pcm": 1 - alone.survival[0],
    }  # fmt: skip


def aj_small(data: Values, _: Values) -> Values:
    curve = aalen_johansen(None, data["time"], data["event"]).curves[0]
    return {"cif1": curve.incidence[:, 0], "cif2": curve.incidence[:, 1]}


def bladder(model: str) -> Any:
    def calculate(_: Values, want: Values) -> Values:
        b = published_data.dataset("survival", "bladder2")
        fit = fit_recurrent(b[BLADDER], b["start"], b["stop"], b["event"], b["id"], model=model, ties="breslow")
        coef = dict(zip(BLADDER, fit.coefficient, strict=True))
        first = fit.fits[0]
        printed = coef | {"se_rx": first.se[0], "robust_rx": fit.robust_se[0], "LR": first.likelihood_ratio}
        return {"coef": coef, "se_naive": first.se, "se_robust": fit.robust_se, "LR": first.likelihood_ratio,
                "published_5dp": {k: printed[k] for k in want.get("published_5dp", {}) if k != "LR"}}  # fmt: skip

    return calculate


def bladder_wlw(_: Values, want: Values) -> Values:
    wide = published_data.dataset("survival", "bladder")
    own = [
        fit_cox(part[BLADDER], None, part["stop"], part["event"], ties="breslow").coefficient[0]
        for _, part in wide.groupby("enum")
    ]
    return {"rx": own, "published_7dp": own}


def bladder_mcf(_: Values, want: Values) -> Values:
    b = published_data.dataset("survival", "bladder2")
    found = mean_cumulative(b["start"], b["stop"], b["event"], b["id"], group=b["rx"] - 1).at(want["t"])
    first = found[found["group"] == 0]
    return {"t": want["t"], "mcf": first["mean"].to_list(), "se": first["se"].to_list()}


def tg_appendix(data: Values, want: Values) -> Values:
    frame = pd.DataFrame(data).dropna()
    time, event, x = (frame[c].to_numpy(float) for c in ("time", "status", "x"))
    sets = RiskSets.of(x[:, None], np.zeros(len(x)), time, event.astype(int), np.zeros(len(x), int), ties="breslow")
    beta, steps = np.zeros(1), []
    for _ in range(40):
        at = partial_likelihood(beta, sets)
        beta = beta + np.linalg.solve(at.information, at.score)
        steps.append(beta[0] / sets.scale[0])
    return {"step1": steps[0], "step2": steps[1], "beta": steps[-1]}


def turnbull_1974(data: Values, _: Values) -> Values:
    ends = [{1: (t, t), 0: (t, INF), 2: (0, t)}[s] for t, s in zip(data["time"], data["status"], strict=True)]
    left, right = np.repeat(np.array(ends, float), data["n"], axis=0).T
    low, _ = turnbull(left, right).survival_at([1, 2, 3, 4])
    return {"S": low, "published_3dp": low}


def npmle_six(data: Values, _: Values) -> Values:
    closed, half = turnbull(data["left"], data["right"], ends="closed"), turnbull(data["left"], data["right"])
    return {
        "intervals": np.stack([closed.left, closed.right], 1), "mass_closed": closed.mass,
        "intervals_half_open": np.stack([half.left, half.right], 1), "mass_half_open": half.mass,
    }  # fmt: skip


def npmle_ten(data: Values, _: Values) -> Values:
    found = turnbull(data["left"], [float(r) for r in data["right"]], ends="closed")
    ends = [[str(x) if np.isinf(x) else x for x in pair] for pair in np.stack([found.left, found.right], 1)]
    return {"intervals": ends, "mass": found.mass, "published": found.mass}


def channing(_: Values, want: Values) -> Values:
    rows = published_data.channing()
    men = rows[rows["gender"] == 1]
    whole = kaplan_meier(men["ageentry"], men["age"], men["death"]).curves[0]
    later = survival_at(kaplan_meier(men["ageentry"], men["age"], men["death"], start=816), [900, 1000])
    fit = fit_cox(rows[["gender"]] == 1, rows["ageentry"], rows["age"], rows["death"])
    return {
        "unconditional_first_zero": whole.time[np.argmax(whole.survival == 0)],
        "cond816_S900": later.survival[0][0], "cond816_S1000": later.survival[0][1],
        "cond816_se": later.standard_error[0], "cox_male": fit.coefficient[0], "cox_se": fit.se[0],
    }  # fmt: skip


def mstate(data: Values, want: Values) -> Values:
    found = state_probabilities(data["id"], data["t1"], data["t2"], data["to"])
    at = np.searchsorted(found.time, want["times"], side="right") - 1
    columns = {f"{name}_x32": 32 * found.probability[at, k] for k, name in enumerate(("entry", "a", "b", "c"))}
    return {"times": want["times"], **columns}


def rmst_pbc(_: Values, want: Values) -> Values:
    pbc = published_data.dataset("survival", "pbc").iloc[:312]
    km = kaplan_meier(None, pbc["time"] / 365.25, pbc["status"] == 2, group=pbc["trt"].astype(int))
    found = restricted_mean(km, 10)
    gained = restricted_mean_difference(km, 10, reference=2)
    return {"rmst": found.mean, "se": found.standard_error, "difference_1_minus_2": gained.difference[0]}


def shanghai(data: Values, _: Values) -> Values:
    p = chi_square_tail(data["chi2"], data["df"])
    return {"p": p, "published": p}


def beijing(data: Values, _: Values) -> Values:
    found = rates_from_abstinence(data["abstinent_at_year"])
    return {"conditional": found.conditional, "per100py_constant": found.per_100_constant,
            "per100py_trapezoid": found.per_100_trapezoid}  # fmt: skip


def manski(data: Values, _: Values) -> Values:
    what = RelapseDefinition("annual_detected", case_list="列管毒品", population="年初在册应查人员")
    found = measure_relapse(data["relapsed"], data["N"], checked=data["verified"], definition=what)
    return {"observed": found.exact.value[0], "lower": found.low_bound[0], "upper": found.high_bound[0]}


def rogan_gladen(data: Values, _: Values) -> Values:
    value, _clipped = correct_for_test_errors([data["apparent"]], data["sensitivity"], data["specificity"])
    return {"true": value[0]}


CALCULATIONS = {
    "uis_km": uis_km, "uis_cox_final_breslow": uis_cox_final, "uis_cox_age_site": uis_cox_age_site,
    "rossi_cox_efron": rossi_cox, "rossi_km52": rossi_km, "mgus2_aalen_johansen": mgus2, "aj_small_no_ties": aj_small,
    "bladder_ag_breslow": bladder("andersen_gill"), "bladder_pwp_total_breslow": bladder("pwp_total"),
    "bladder_wlw_table5": bladder_wlw, "bladder_mcf_rx1": bladder_mcf, "tg_appendix_breslow": tg_appendix,
    "turnbull_1974": turnbull_1974, "npmle_six_closed": npmle_six, "npmle_ten_closed": npmle_ten,
    "channing_left_truncation_male": channing, "mstate_fractions": mstate, "rmst_pbc10": rmst_pbc,
    "shanghai_logrank": shanghai, "beijing_follow_up": beijing, "manski_bounds": manski, "rogan_gladen": rogan_gladen,
}  # fmt: skip
