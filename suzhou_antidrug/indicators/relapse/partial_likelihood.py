"""The partial likelihood of relapse: risk sets sorted once, sums by cumulation, Newton's method, score residuals.

复吸的偏似然：风险集一次排序、累加求和、牛顿法、得分残差。

Formulas
--------
Over the events e, at time t(e) in stratum s(e): log L = sum eta_e - log D_e, eta = x beta, r = exp(eta), D_e = sum of r over
the risk set - f_e * sum of r over the events tied with e. The risk set is entry < t <= exit in s(e). Breslow: f = 0.
Efron: f = l / d for the l-th of d tied events, l = 0 .. d - 1. Sums over risk sets are differences of cumulative sums; the
information is sum over rows of r x x' H(entry, exit] - sum over events of mean mean', H the cumulative hazard.

Sources: Cox, JRSS B 34 (1972) 187; Breslow, JRSS B 34 (1972) 216; Efron, JASA 72 (1977) 557; Therneau and Grambsch,
Modeling Survival Data (2000), chapter 3 and appendix E; Heinze and Schemper, Biometrics 57 (2001) 114 for likelihoods
that rise for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import refusal

if TYPE_CHECKING:
    from ...errors import SeriesError
    from .risk_sets import Floats, Ints

MAX_STEPS = 60
CONVERGED = 1e-16  # predicted gain in log-likelihood: the next step is below 2e-8 standard errors, the one after exact
# A gain this small moves no conclusion. If the steps still do not shrink there, the likelihood rises for ever.
NO_GAIN = 1e-6
SHRINKS = 0.5  # near a maximum Newton's steps shrink quadratically; towards infinity they stay as long as they are
MOVING = 0.01  # share of the longest standardised step above which a coefficient counts as running away
# Least eigenvalue of the information per event, in standard deviations: rounding leaves 1e-13, a copied column 1e-15.
SINGULAR = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """Rows, events and the event times at which each row is at risk.  行、事件与各行在险的事件时点。

    Key k is one distinct event time of one stratum, by stratum and time; row i is at risk at keys first[i] .. last[i] - 1.
    """

    z: Floats = field(repr=False)  # (n, p) covariates, centred and in standard deviations
    scale: Floats  # (p,) the standard deviations
    first: Ints = field(repr=False)
    last: Ints = field(repr=False)
    stratum: Ints = field(repr=False)  # (n,) codes from 0
    row: Ints = field(repr=False)  # (E,) row of each event, by key
    key: Ints = field(repr=False)  # (E,) key of each event, ascending
    fraction: Floats = field(repr=False)  # (E,) f of the formula
    time: Floats = field(repr=False)  # (K,) of each key
    kept: Ints = field(repr=False)  # (n,) where the rows stand in the data: rows at risk at no event carry nothing

    @classmethod
    def of(
        cls, covariates: Floats, entry: Floats, exit: Floats, event: Ints, strata: Ints, *, ties: str = "efron"
    ) -> RiskSets:
        """Sort once; ``event`` is 0 or 1.  一次排序。"""
        grid, rank = np.unique(exit[event == 1], return_inverse=True)
        stratum = np.unique(strata, return_inverse=True)[1]
        width = len(grid) + 1
        cell = stratum[event == 1] * width + rank + 1  # the number of event times up to t, within the stratum
        keys = np.unique(cell)
        first = np.searchsorted(keys, stratum * width + np.searchsorted(grid, entry, side="right"), side="right")
        last = np.searchsorted(keys, stratum * width + np.searchsorted(grid, exit, side="right"), side="right")
        kept = np.flatnonzero(last > first)
        first, last, stratum = first[kept], last[kept], stratum[kept]
        row = np.flatnonzero(event[kept] == 1)
        row = row[np.argsort(last[row], kind="stable")]
        key = last[row] - 1
        tied = np.bincount(key, minlength=len(keys))
        before = np.arange(len(row)) - (np.cumsum(tied) - tied)[key]
        fraction = before / tied[key] if ties == "efron" else np.zeros(len(row))
        x = covariates[kept]
        scale = x.std(axis=0)
        scale[scale == 0] = 1.0
        z = (x - x.mean(axis=0)) / scale
        return cls(z, scale, first, last, stratum, row, key, fraction, grid[keys % width - 1], kept)

    def sums(self, weight: Floats) -> Floats:
        """Return the sum of a weight (n,) over each risk set, (K,).  各风险集的合计。"""
        size = len(self.time) + 1
        step = np.bincount(self.last, weight, size) - np.bincount(self.first, weight, size)
        return np.asarray(np.cumsum(step[::-1])[::-1][1:])

    def by_key(self, weight: Floats) -> Floats:
        """Return the sum of a weight (E,) over the events of each key, (K,).  各时点事件的合计。"""
        return np.asarray(np.bincount(self.key, weight, len(self.time)), dtype=float)

    def exposure(self, at_key: Floats) -> Floats:
        """Return for each row the sum of a value (K,) over the keys at which it is at risk.  各行在险期内的累积。"""
        running = np.concatenate([[0.0], np.cumsum(at_key)])
        return np.asarray(running[self.last] - running[self.first])


@dataclass(frozen=True, slots=True, eq=False)
class PartialLikelihood:
    """The partial likelihood at one coefficient, in standard deviations of the covariates.  某系数处的偏似然。"""

    loglik: float
    score: Floats  # (p,)
    information: Floats  # (p, p)
    risk: Floats = field(repr=False)  # (n,) exp(eta), the highest of a stratum 1
    denominator: Floats = field(repr=False)  # (E,) D of the formula
    mean: Floats = field(repr=False)  # (E, p) mean covariate of the risk set, the tied events weighted by 1 - f


def partial_likelihood(beta: Floats, sets: RiskSets) -> PartialLikelihood:
    """Return log-likelihood, score and information at ``beta``, in standard deviations.  对数偏似然、得分与信息矩阵。"""
    eta = sets.z @ beta
    highest = np.full(sets.stratum.max() + 1, -np.inf)
    np.maximum.at(highest, sets.stratum, eta)
    eta -= highest[sets.stratum]
    risk = np.exp(eta)
    denominator = sets.sums(risk)[sets.key] - sets.fraction * sets.by_key(risk[sets.row])[sets.key]
    mean = np.empty((len(sets.row), len(beta)))
    for j in range(len(beta)):
        part = risk * sets.z[:, j]
        mean[:, j] = sets.sums(part)[sets.key] - sets.fraction * sets.by_key(part[sets.row])[sets.key]
    with np.errstate(all="ignore"):  # a step too far may empty a risk set of all weight: seen by :func:`_climb`
        mean /= denominator[:, None]
        loglik = float(np.sum(eta[sets.row] - np.log(denominator)))
        score = sets.z[sets.row].sum(axis=0) - mean.sum(axis=0)
        information = weighted_information(sets, risk, denominator, mean, np.ones(len(sets.row)))
    return PartialLikelihood(loglik, score, information, risk, denominator, mean)


def weighted_information(sets: RiskSets, risk: Floats, denominator: Floats, mean: Floats, weight: Floats) -> Floats:
    """Return the information with a weight (E,) on each event.  各事件加权的信息矩阵。"""
    share = weight / denominator
    expected = sets.exposure(sets.by_key(share)) * risk
    expected[sets.row] -= risk[sets.row] * sets.by_key(sets.fraction * share)[sets.key]
    return np.asarray((sets.z * expected[:, None]).T @ sets.z - (mean * weight[:, None]).T @ mean)


def score_residuals(sets: RiskSets, at: PartialLikelihood) -> Floats:
    """Return the score residuals of the kept rows, (n, p), in standard deviations; they add up to the score.

    得分残差。

    U_i = [event] (x_i - mean at t_i) - integral of (x_i - mean) r_i dH over entry < t <= exit.
    """
    share = 1 / at.denominator
    hazard, tied = sets.by_key(share), sets.by_key(sets.fraction * share)[sets.key]
    count = np.bincount(sets.key, minlength=len(sets.time)).astype(float)
    exposed = sets.exposure(hazard)
    found = np.empty_like(sets.z)
    for j in range(sets.z.shape[1]):
        z, mean = sets.z[:, j], at.mean[:, j]
        found[:, j] = at.risk * (sets.exposure(sets.by_key(mean * share)) - z * exposed)
        excess = z[sets.row] * tied - sets.by_key(sets.fraction * mean * share)[sets.key]
        found[sets.row, j] += z[sets.row] - (sets.by_key(mean) / count)[sets.key] + at.risk[sets.row] * excess
    return found


def maximise(sets: RiskSets, names: Sequence[str]) -> tuple[Floats, PartialLikelihood, float, int]:
    """Return the coefficient in standard deviations, the likelihood there and at 0, and the steps.  求偏似然最大值。"""
    beta = np.zeros(sets.z.shape[1])
    at = partial_likelihood(beta, sets)
    null = at.loglik
    _refuse_uninformative(at.information / len(sets.row), names)
    previous = np.inf
    for count in range(1, MAX_STEPS + 1):
        try:
            step: Floats = np.linalg.solve(at.information, at.score).astype(float)
        except np.linalg.LinAlgError:
            break
        gain, length = at.score @ step / 2, float(np.abs(step).max())
        if not np.isfinite(gain) or (CONVERGED < gain < NO_GAIN and length > SHRINKS * previous):
            raise _runaway(step, names)
        beta, at = _climb(beta, step, at, sets)
        previous = length
        if gain <= CONVERGED:
            return beta, at, null, count
    raise refusal(
        "not_converged", f"the partial likelihood found no maximum in {MAX_STEPS} steps.", "偏似然未能收敛。",
        "Look for covariates that nearly determine each other or the event.", "请检查几乎互相决定或决定事件的协变量。",
    )  # fmt: skip


def _climb(beta: Floats, step: Floats, at: PartialLikelihood, sets: RiskSets) -> tuple[Floats, PartialLikelihood]:
    """Halve the step until the likelihood does not fall and is finite: far off, Newton may jump over the maximum."""
    slack = 1e-12 * abs(at.loglik)  # rounding of a sum of a million terms
    for _ in range(30):
        there = partial_likelihood(beta + step, sets)
        if there.loglik >= at.loglik - slack and np.isfinite(there.information).all():
            break
        step = step / 2
    return beta + step, there


def _refuse_uninformative(per_event: Floats, names: Sequence[str]) -> None:
    values, vectors = np.linalg.eigh(per_event)
    if values[0] > SINGULAR * max(1.0, values[-1]):
        return
    listed = ", ".join(name for name, share in zip(names, np.abs(vectors[:, 0]), strict=True) if share > MOVING)
    raise refusal(
        "no_information", f"constant or collinear within the risk sets: {listed}.", f"风险集内为常数或共线：{listed}。",
        "Leave one of them out; a covariate that only tells strata apart has no effect within them.",
        "请去掉其中一个；仅用于区分各层的协变量在层内没有效应。",
    )  # fmt: skip


def _runaway(step: Floats, names: Sequence[str]) -> SeriesError:
    length = np.abs(step)
    moving = length > MOVING * length.max() if np.isfinite(length).all() else np.ones(len(length), dtype=bool)
    listed = ", ".join(name for name, moves in zip(names, moving, strict=True) if moves)
    return refusal(
        "separation", f"the coefficient of {listed} runs to infinity: it separates who has the event from who has not.",
        f"{listed} 的系数趋于无穷：该变量把发生与未发生事件者完全分开。",
        "Merge its classes or leave it out; report the counts of events in its classes instead.",
        "请合并类别或去掉该变量，改报各类别的事件数。",
    )  # fmt: skip
