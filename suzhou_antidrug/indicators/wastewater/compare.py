"""Compare loads between periods: means, comparability, evidence, verdict, error rates.

两期负荷比较：均值、可比性、证据、评判、误判率。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import UnknownNameError, unknown_name
from ...provenance import Made
from ...terms import Text
from ...verdicts import Verdict, probability_text
from .changes import COLUMNS, METHOD, LoadChanges, LoadRule
from .comparability import IDENTITY, OTHER, base_cautions, differing, other_seasons, other_weekdays, quarters_of
from .falls import (
    Evidence,
    judge_falls,
    largest_fall,
    moderated_scale,
    probability_of_falls,
    ratio_interval,
    weakest_period,
)
from .loads import Loads
from .noise import NoiseModel
from .places import LEVELS, Sites, pool_plants
from .prepared import Prepared, sides_of
from .verdict_errors import ComparedDesign, verdict_error_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ERROR_DRAWS = 1000


def compare_loads(
    loads: Loads,
    *,
    base: Sequence[int | str],
    target: Sequence[int | str],
    by: str = "plant",
    frequency: str = "year",
    minimum_fall: float = 0.10,
    evidence: float = 0.90,
    noise: Mapping[str, NoiseModel] | None = None,
    accept: Mapping[str, str] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> LoadChanges:
    """Judge whether loads fell between periods, for every site and biomarker at once.

    评判各地点各标志物的负荷在两期之间是否下降。

    ``ratio = mean(target) / mean(base)``; days count in rounds, rounds in periods. The spread comes from the noise model of
    the biomarker, scaled by the site's own scatter between rounds (:mod:`~.falls`); days of one week are no replicates.
    Values below their limit enter by lognormal maximum likelihood where there are enough, else at both ends of what they
    may be: if the two ends lead to different verdicts, the change is not assessable.

    Parameters
    ----------
    base, target : sequence of years (or quarters, ``"2021Q1"``, with ``frequency="quarter"``)
        Several base years are averaged, so that one spike makes no success; the load must have fallen in **each** target
        period. The choice of this library for yearly data: up to three base years, two target years.
    by : {"plant", "division", "city"}
        Plants of a place are pooled by their populations, over those with data in every period.
    minimum_fall, evidence : float
        The fall to be shown and the probability demanded. Both are choices, named in every result.
    noise : mapping of biomarker to NoiseModel, optional
        The bundled noise by default: European and Canadian series, none Chinese.
    accept : mapping, optional
        Parts of a series' identity (laboratory, method, population_basis) that may change, each with the source of the
        bridge between them.

    Raises
    ------
    SeriesError
        No period, one on both sides, or a rule outside its range.
    UnknownNameError
        An unknown level, frequency or part of the identity.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> days = pd.DatetimeIndex([f"{y}-{m:02d}-{d:02d}" for y in (2019, 2022) for m in (2, 5, 8, 11) for d in (4, 6)])
    >>> sheet = pd.DataFrame({"plant": "A", "biomarker": "methamphetamine", "start": days,
    ...                       "load": np.where(days.year == 2019, 40.0, 12.0)})
    >>> from suzhou_antidrug.indicators.wastewater.loads import loads_from_frame
    >>> found = compare_loads(loads_from_frame(sheet), base=[2019], target=[2022]).frame.iloc[0]
    >>> round(float(found["ratio"]), 4), str(found["verdict"])
    (0.3, 'met')
    """
    rule = LoadRule(minimum_fall, evidence)
    if by not in LEVELS:
        raise UnknownNameError(unknown_name("level", "层级", by, LEVELS))
    if unknown := [k for k in accept or {} if k not in IDENTITY]:
        raise UnknownNameError(unknown_name("part of the identity", "序列身份", unknown[0], IDENTITY))
    periods, sides = sides_of(base, target, frequency)
    work = Prepared.of(loads, periods, sides, frequency, noise)
    plants = work.means()
    sites = pool_plants(plants, work, by=by)
    reasons = _reasons(work, sites, accept or {})
    return _judged(loads, work, sites, reasons, rule, by, accept or {}, level, seed)


def _reasons(work: Prepared, sites: Sites, accept: Mapping[str, str]) -> list[Text | None]:
    """Return for each site why its periods are not comparable, None where they are; the first reason counts."""
    found: list[Text | None] = [None] * sites.number

    def say(where: NDArray[np.bool_], said: Text | Sequence[Text | None]) -> None:
        for i in np.flatnonzero(where):
            if found[i] is None:
                found[i] = said if isinstance(said, Text) else said[int(i)]

    rounds = sites.means.rounds.reshape(sites.number, work.width)
    years = sites.means.years.reshape(sites.number, work.width)
    if sites.pooled:
        say(sites.plants == 0, OTHER["no_common_plant"])
    say(years[:, 0] < int((work.sides == 0).sum()), OTHER["base_missing"])
    say((rounds[:, 1:] == 0).any(axis=1), OTHER["target_missing"])
    for where, said in differing(sites.rows(work.table), sites.series(work.series), sites.number, accept=accept):
        say(where, said)
    say(sites.any_of(work.withheld), OTHER["left_out"])
    say(sites.any_of(work.doubtful), OTHER["doubtful"])
    weekend = sites.means.weekend_share.reshape(sites.number, work.width)
    balanced = sites.means.balanced.reshape(sites.number, work.width)
    cells = sites.series(work.series) * work.width + work.side[sites.used]
    quarters = quarters_of(sites.rows(work.table), cells, sites.number * work.width).reshape(sites.number, work.width)
    for k in range(1, work.width):
        say(
            other_weekdays(sites.biomarker, weekend[:, 0], balanced[:, 0], weekend[:, k], balanced[:, k]),
            OTHER["weekdays"],
        )
        say(other_seasons(quarters[:, 0], quarters[:, k]), OTHER["seasons"])
    return found


def _evidence(work: Prepared, sites: Sites, base: Floats, ends: Floats) -> tuple[Evidence, Floats]:
    """Return the evidence for means of the base (sites,) and of the target periods (sites, periods), and its scale."""
    shape = (sites.number, work.width)
    expected = sites.means.expected.reshape(shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = np.where(expected > 0, sites.means.squares.reshape(shape) / expected, 0.0)
        log_ratio = np.log(ends) - np.log(base)[:, None]
    degrees = sites.means.degrees.reshape(shape).sum(axis=1).astype(float)
    prior = work.of_noise("df", sites.biomarker)
    phi, nu = moderated_scale(scaled.sum(axis=1), degrees, np.ones(sites.number), prior)
    variance = sites.means.log_variance.reshape(shape) * phi[:, None]
    # The log of a lognormal mean lies below the log of its expectation by half its variance: more so with fewer rounds.
    centred = log_ratio + (variance[:, 1:] - variance[:, [0]]) / 2
    return Evidence(centred, variance[:, 1:], variance[:, 0], nu), phi


def _judged(
    loads: Loads, work: Prepared, sites: Sites, reasons: list[Text | None], rule: LoadRule, by: str,
    accept: Mapping[str, str], level: float, seed: int,
) -> LoadChanges:  # fmt: skip
    import pandas as pd

    shape = (sites.number, work.width)
    mean, low, high = (getattr(sites.means, c).reshape(shape) for c in ("mean", "low", "high"))
    middle = np.where(np.isnan(mean), (low + high) / 2, mean)
    point, phi = _evidence(work, sites, middle[:, 0], middle[:, 1:])
    bounded = np.isnan(mean).any(axis=1)
    # Where only bounds are known: the least and the greatest fall that they allow.
    least, _ = _evidence(
        work, sites, np.where(bounded, low[:, 0], mean[:, 0]), np.where(bounded[:, None], high[:, 1:], mean[:, 1:])
    )
    most, _ = _evidence(
        work, sites, np.where(bounded, high[:, 0], mean[:, 0]), np.where(bounded[:, None], low[:, 1:], mean[:, 1:])
    )
    outcome = [_verdicts(e, rule) for e in (least, most)]
    split = outcome[0] != outcome[1]
    probability = probability_of_falls(least, rule.minimum_fall)
    comparable = np.array([r is None for r in reasons], dtype=bool)
    reasons = [OTHER["limits_decide"] if r is None and s else r for r, s in zip(reasons, split, strict=True)]
    blocked = np.array([r is not None for r in reasons], dtype=bool)
    verdict = np.where(blocked, str(Verdict.NOT_ASSESSABLE), outcome[0])
    firm = comparable & ~bounded
    # What the limits leave open and what chance does, together.
    bounds = ratio_interval(most, level)[0], ratio_interval(least, level)[1]
    cautions = base_cautions(
        sites.rows(work.table),
        sites.series(work.series),
        sites.number,
        work.sides,
        work.periods,
        by_people=sites.pooled,
    )
    errors = _error_rates(work, sites, rule, comparable, seed)
    means = {c: getattr(sites.means, c).reshape(shape) for c in ("rounds", "days", "values", "below", "method")}
    status = [str(work.noise[b].status) for b in sites.biomarker]
    table = pd.DataFrame({
        "site": sites.site, "biomarker": sites.biomarker, "base": "、".join(p for p, s in zip(work.periods, work.sides, strict=True) if s == 0),
        "target": "、".join(p for p, s in zip(work.periods, work.sides, strict=True) if s > 0),
        "ratio": np.where(firm, middle[:, -1] / middle[:, 0], np.nan),
        "low": np.where(comparable, bounds[0], np.nan),
        "high": np.where(comparable, bounds[1], np.nan),
        "probability": np.where(firm, probability, np.nan),
        "weakest_period": np.where(firm, weakest_period(least, rule.minimum_fall), np.nan),
        "flip_point": np.where(firm, largest_fall(point, rule.evidence), np.nan), "verdict": verdict,
        **_said(reasons, probability, bounded, rule),
        "caution_zh": [c.zh for c in cautions], "caution_en": [c.en for c in cautions], **errors,
        "rounds_base": means["rounds"][:, 0], "rounds_target": means["rounds"][:, 1:].sum(axis=1),
        "days_base": means["days"][:, 0], "days_target": means["days"][:, 1:].sum(axis=1),
        "below_limit_base": _ratio(means["below"][:, 0], means["values"][:, 0]),
        "below_limit_target": _ratio(means["below"][:, 1:].sum(axis=1), means["values"][:, 1:].sum(axis=1)),
        "method_base": means["method"][:, 0], "method_target": means["method"][:, -1], "scale": phi, "degrees": point.degrees,
        "plants": sites.plants, "plants_left_out": sites.left_out, "limits_raised": sites.any_of(work.limits_raised),
        "noise_status": status,
    })  # fmt: skip
    base = tuple(p for p, s in zip(work.periods, work.sides, strict=True) if s == 0)
    made = Made(METHOD, loads.made.status, loads.made.fingerprint, seed)
    return LoadChanges(
        table[list(COLUMNS)], point, rule, base, work.periods[len(base) :], by, dict(accept), level, made
    )


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _verdicts(evidence: Evidence, rule: LoadRule) -> NDArray[np.object_]:
    p, least = probability_of_falls(evidence, rule.minimum_fall), weakest_period(evidence, rule.minimum_fall)
    met, not_met = judge_falls(p, least, rule.evidence)
    names = np.select([met, not_met], [str(Verdict.MET), str(Verdict.NOT_MET)], str(Verdict.INSUFFICIENT_EVIDENCE))
    return names.astype(object)


def _said(
    reasons: list[Text | None], probability: Floats, bounded: NDArray[np.bool_], rule: LoadRule
) -> dict[str, list[str]]:
    texts = []
    for reason, p, b in zip(reasons, probability, bounded, strict=True):
        if reason is not None:
            texts.append(reason)
            continue
        shown_p = probability_text(float(p))
        sign = "" if shown_p[0] in "<>" else "= "
        how = (
            Text("；低于限值的样品取两端结论相同", "; the same at both ends of the values below their limit")
            if b
            else Text("", "")
        )
        texts.append(Text(
            f"每期降幅不小于 {rule.minimum_fall:.0%} 的概率 {sign}{shown_p}{how.zh}",
            f"P(fall of at least {rule.minimum_fall:.0%} in each period) {sign}{shown_p}{how.en}",
        ))  # fmt: skip
    return {"reason_zh": [t.zh for t in texts], "reason_en": [t.en for t in texts]}


def _error_rates(
    work: Prepared, sites: Sites, rule: LoadRule, comparable: NDArray[np.bool_], seed: int
) -> dict[str, Floats]:
    """Return the error rates of the rule for each site's design; equal designs are simulated once."""
    import pandas as pd

    shape = (sites.number, work.width)
    years = sites.means.years.reshape(shape)
    rounds, days = sites.means.rounds.reshape(shape), sites.means.days.reshape(shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = {
            "biomarker": sites.biomarker,
            "base_rounds": np.rint(rounds[:, 0] / np.maximum(years[:, 0], 1)),
            "base_days": np.rint(days[:, 0] / np.maximum(rounds[:, 0], 1)),
            "target_rounds": np.floor(rounds[:, 1:].mean(axis=1)),
            "target_days": np.rint(days[:, 1:].sum(axis=1) / np.maximum(rounds[:, 1:].sum(axis=1), 1)),
            "plants": np.maximum(np.floor(sites.effective_plants), 1),
        }
    designs = pd.DataFrame(columns)
    code, keys = pd.factorize(pd.MultiIndex.from_frame(designs))
    names = ("false_alarm", "power_30", "missed_30", "undecided")
    found = np.full((len(keys), len(names)), np.nan)
    for i in np.unique(code[comparable]):
        biomarker, *numbers = keys[i]
        base_rounds, base_days, target_rounds, target_days, plants = (max(int(x), 1) for x in numbers)
        noise = work.noise[biomarker]
        design = ComparedDesign(
            noise.day_sd, noise.round_sd, noise.df, int((work.sides == 0).sum()), base_rounds, base_days,
            work.width - 1, target_rounds, target_days, plants,
        )  # fmt: skip
        rates = verdict_error_rates(
            design, minimum_fall=rule.minimum_fall, evidence=rule.evidence, draws=ERROR_DRAWS, seed=seed
        ).set_index("fall")
        found[i] = (
            rates.loc[0.0, "met"], rates.loc[0.3, "met"], rates.loc[0.3, "not_met"], rates.loc[0.0, "insufficient_evidence"],
        )  # fmt: skip
    rates = np.where(comparable[:, None], found[code], np.nan)
    return {name: rates[:, k] for k, name in enumerate(names)}
