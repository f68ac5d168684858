"""Our values for the precursor, crime, zero and reliability cases of outcomes.json."""

from __future__ import annotations

from typing import Any

import numpy as np

from suzhou_antidrug.datasets import check_printed_change
from suzhou_antidrug.indicators.crime.control_series import ratio_of_ratios
from suzhou_antidrug.indicators.crime.interrupted import interrupted_series
from suzhou_antidrug.indicators.crime.small_areas import shrink_small_areas
from suzhou_antidrug.indicators.intervals import (
    bad_on_list,
    chapman,
    checks_needed,
    lot_plan,
    proportion_interval,
    rate_interval,
    rate_ratio,
    zero_upper_share,
)
from suzhou_antidrug.indicators.intervals.capture_recapture import lincoln_petersen
from suzhou_antidrug.indicators.intervals.two_periods import minimum_likelihood_p
from suzhou_antidrug.indicators.precursors.material_balance import balance_material
from suzhou_antidrug.indicators.precursors.monitoring import cusum_reference
from suzhou_antidrug.indicators.relapse.standardisation import standardise_directly, standardise_indirectly
from suzhou_antidrug.terms import Text

from . import published_data

Values = dict[str, Any]


def ends(interval: Any) -> list[float]:
    return [float(interval.low), float(interval.high)]


def exact_pair(data: Values, _: Values) -> Values:
    found = rate_ratio(data["x"][::-1], data["exposure"][::-1])  # the case divides the first by the second
    least = minimum_likelihood_p(data["x"], data["exposure"])
    return {
        "rr": float(found.ratio),
        "ci_central": ends(found),
        "p_central": float(found.p_value),
        "p_minlike": float(least),
    }


def gu(data: Values, _: Values) -> Values:
    pair = data["count"][::-1], data["exposure"][::-1]
    return {
        "exact_r1p2_greater": float(rate_ratio(*pair, null=1.2).p_above),
        "midp_r1p2_greater": float(rate_ratio(*pair, null=1.2, method="mid_p").p_above),
    }


def one_rate(data: Values, _: Values) -> Values:
    names = {"exact": "garwood", "score": "score", "jeffreys": "jeffreys", "byar_standard": "byar"}
    return {key: ends(rate_interval(data["count"], data["exposure"], method=m)) for key, m in names.items()}


def muf(data: Values, _: Values) -> Values:
    found = balance_material(data["PB"], [data["X"]], [data["Y"]], [data["PE"]], random_error=data["relative_sd_each"])
    return {
        "MUF": float(found.muf[0]),
        "sigma": float(found.sigma[0]),
        "z": float(found.z[0]),
        "alarm": bool(found.alarm[0]),
    }


def two_years(data: Values, _: Values) -> Values:
    found = rate_ratio([data["before"], data["after"]], data["exposure"])
    ratio = float(found.ratio)
    return {"rr": ratio, "ci": ends(found), "p": float(found.p_value), "pct_change_1dp": round(100 * (ratio - 1), 1)}


def controlled(data: Values, _: Values) -> Values:
    found = ratio_of_ratios(data["drug"], data["control"])
    return {"rrr": float(found.ratio), "ci": ends(found), "p": float(found.p_value)}


def seatbelts(_: Values, want: Values) -> Values:
    belts = published_data.dataset("datasets", "Seatbelts").reset_index(drop=True)
    start = int(np.argmax(belts["law"].to_numpy() > 0))
    found = interrupted_series(belts["DriversKilled"], start, exposure=belts["kms"])
    plain = interrupted_series(belts["DriversKilled"], start, exposure=belts["kms"], harmonics=0)
    vans = interrupted_series(belts["VanKilled"], start, exposure=belts["kms"])
    return {
        "events": int(found.counts.sum()), "rr": found.ratio, "quasi_ci": ends(found), "dispersion": found.fit.dispersion,
        "trend_per_year": found.trend_per_year, "no_harmonics_rr": plain.ratio,
        "vankilled_rr": vans.ratio, "vankilled_quasi_ci": ends(vans), "vankilled_dispersion": vans.fit.dispersion,
    }  # fmt: skip


def sids(_: Values, want: Values) -> Values:
    found = shrink_small_areas(*published_data.sids(), minimum=1)
    first = found.table["shrunken"].head(5).to_list()
    return {"m": found.pooled, "a": found.variance, "first5": first, "published_7dp": first}


def excess_risk(_: Values, want: Values) -> Values:
    return {"first5": shrink_small_areas(*published_data.sids(), minimum=1).table["excess_risk"].head(5).to_list()}


def negative_variance(data: Values, _: Values) -> Values:
    found = shrink_small_areas(data["e"], data["n"])
    (everywhere,) = set(np.round(found.table["shrunken"], 15))
    return {"all_areas": everywhere, "a": found.variance}


def two_regions(data: Values, want: Values) -> Values:
    e, b, se, sb = (np.array(data[k], float).reshape(2, 4) for k in ("e", "b", "standard_e", "standard_b"))
    crude, direct, indirect = [], [], []
    for i in range(2):
        one = standardise_directly(e[i], b[i], sb[i])
        two = standardise_indirectly(e[i], b[i], se[i], sb[i], limits="log_normal", standard_rate=se.sum() / sb.sum())
        crude.append(one.crude[0])
        direct.append([one.rate[0], one.low[0], one.high[0]])
        indirect.append([two.rate[0], two.low[0], two.high[0]])
    return {"crude": crude, "direct": direct, "indirect": indirect}


def zero_share(data: Values, _: Values) -> Values:
    return {"upper95_one_sided": float(zero_upper_share(data["n"]))}


def poisson_limits(data: Values, _: Values) -> Values:
    two = rate_interval(data["x"], 1)
    one_sided = rate_interval(data["x"], 1, level=0.9).high
    return {"upper95_one_sided": one_sided, "upper_two_sided": two.high, "lower_two_sided": two.low}


def one_share(data: Values, want: Values) -> Values:
    return {m: ends(proportion_interval(data["x"], data["n"], method=m)) for m in want}


def all_good(data: Values, _: Values) -> Values:
    def low(**options: Any) -> float:
        return float(proportion_interval(data["x"], data["n"], **options).low)

    return {
        "cp_two_sided": low(),
        "cp_one_sided": low(level=0.9),
        "jeffreys": low(method="jeffreys"),
        "wilson": low(method="wilson"),
    }


def finite_lists(data: Values, _: Values) -> Values:
    return {"M": bad_on_list(*np.array(data["cases_x_n_N"]).T).most_bad}


def to_find_one(data: Values, _: Values) -> Values:
    shares, lists = zip(*[(p / 100, np.inf if n is None else n) for p, n in data["prevalence_percent_N"]], strict=True)
    return {"n": checks_needed(shares, lists)}


def lots(data: Values, _: Values) -> Values:
    plans = [lot_plan(u, round(u - 0.3, 2), sample=data["n"]) for u in data["upper"]]
    at = plans[data["upper"].index(0.8)]
    return {"d": [p.decision for p in plans], "alpha_at_0.80": at.alpha, "beta_at_0.80": at.beta}


def two_lists(data: Values, _: Values) -> Values:
    found = chapman(data["n1"], data["n2"], data["both"])
    simple = lincoln_petersen(data["n1"], data["n2"], data["both"])
    return {"lincoln_petersen": simple, "chapman": found.estimate, "se": found.se}


def printed_change(data: Values, _: Values) -> Values:
    half, change = data["rounding_half_unit"], data["printed_change_percent"] / 100
    found = check_printed_change(
        data["previous"], data["current"], change, previous_halfwidth=half, current_halfwidth=half, printed_halfwidth=0.0005
    )  # fmt: skip
    return {
        "band_percent": [100 * float(found.low), 100 * float(found.high)],
        "consistent": bool(found.consistent),
        "implied_base": float(found.implied_base),
    }


CALCULATIONS = {
    "poisson_rate_ratio_exact": exact_pair, "gu_2008_two_rates": gu, "poisson_one_sample": one_rate, "muf_worked": muf,
    "cusum_reference_value": lambda data, _: {"k": cusum_reference(data["lambda0"], data["lambda1"])},
    "two_period_8_3": two_years, "two_period_160_105": two_years, "ratio_of_ratios": controlled, "its_seatbelts": seatbelts,
    "eb_negative_variance": negative_variance,
    "age_standardisation_two_regions": two_regions, "zero_binomial_10": zero_share, "zero_binomial_50": zero_share,
    "zero_binomial_100": zero_share, "zero_binomial_1000": zero_share, "poisson_upper_limits": poisson_limits,
    "binomial_81_263": one_share, "binomial_0_20": one_share, "hundred_of_hundred": all_good, "wilson_19_38": one_share,
    "hypergeometric_upper_limits": finite_lists, "sample_size_to_find_one": to_find_one, "lqas_19": lots,
    "chapman_capture_recapture": two_lists, "yoy_inconsistent": printed_change,
}  # fmt: skip
SIDS = {"eb_sids74": sids, "excess_risk_sids": excess_risk}
NO_WALD = Text("库中没有这种只靠正态近似的办法", "the library has no such method, a normal approximation only")
# Why a value is not made, or differs on purpose; a case and the key of the value.
LEFT_OUT = {
    "gu_2008_two_rates.p_one_sided": NO_WALD,
    "gu_2008_two_rates.published_6dp": NO_WALD,
    "poisson_one_sample.wald": NO_WALD,
    "poisson_one_sample.byar_half_shift": Text(
        "Byar 有两个公式，库中用通常的一个（byar_standard）",
        "two formulas bear the name; the library has the usual one",
    ),
    "poisson_one_sample.p_exact_central_rate_0.05": Text("库中没有单个率的检验", "the library has no test of one rate"),
    "its_seatbelts.ci": Text(
        "库中只给计入过度离散的区间（quasi_ci）", "the library gives only the interval that counts overdispersion"
    ),
    "its_seatbelts.no_harmonics_ci": Text(
        "库中只给计入过度离散的区间", "the library gives only the interval that counts overdispersion"
    ),
    "its_seatbelts.vankilled_quasi_ci": Text(
        "离散度 0.894 小于 1：R 照样以其平方根缩窄区间，库中从不缩窄，故较宽",
        "the dispersion of 0.894 is below 1: R narrows the interval by its root, the library never does and is wider",
    ),
    **{
        f"zero_binomial_{n}.rule_of_three": Text(
            "“三倍法则”是近似，库中用精确上限",
            "the rule of three is an approximation; the library gives the exact limit",
        )
        for n in (10, 50, 100, 1000)
    },
}
