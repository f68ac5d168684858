"""How often the verdict of a rule would be wrong under a sampling design, by simulation from a noise model.

某采样设计下评判规则出错的频率，由波动模型模拟得出。

Days and rounds are drawn as lognormals at a known level, put through the very functions that judge real data, and the
verdicts counted: against no change, and against true falls. A site's own noise is drawn too, around the typical one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ...provenance import derive_seed
from .falls import Evidence, judge_falls, moderated_scale, probability_of_falls, weakest_period

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TRUE_FALLS = (0.0, 0.1, 0.2, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class ComparedDesign:
    """What stands behind the two sides of a comparison.  比较两侧的采样设计。"""

    day_sd: float
    round_sd: float
    df: float
    base_years: int
    base_rounds: int  # a year
    base_days: int  # a round
    target_periods: int
    target_rounds: int
    target_days: int
    plants: int = 1  # whose day-to-day noise averages out; rounds are taken as common to all plants of a place


@cache
def verdict_error_rates(
    design: ComparedDesign, *, minimum_fall: float, evidence: float, draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Return the share of each verdict for each true fall: columns fall, met, not_met, insufficient_evidence.

    各真实降幅下三种评判的比例。

    The row of fall 0 holds the false-alarm rate (met), that of 0.3 the power (met) and the error of missing it (not_met).

    >>> design = ComparedDesign(0.32, 0.18, 3.8, 1, 1, 7, 1, 1, 7)
    >>> rates = verdict_error_rates(design, minimum_fall=0.1, evidence=0.9).set_index("fall")
    >>> bool(rates.loc[0.0, "met"] < 0.1 < rates.loc[0.0, "insufficient_evidence"])
    True
    """
    import pandas as pd

    rng = np.random.default_rng(derive_seed(seed, *_key(design)))
    scale = np.ones(draws) if np.isinf(design.df) else np.sqrt(design.df / rng.chisquare(design.df, draws))
    base = _simulate(design, design.base_years, design.base_rounds, design.base_days, scale, rng)
    ends = [
        _simulate(design, 1, design.target_rounds, design.target_days, scale, rng) for _ in range(design.target_periods)
    ]
    found = _evidence(design, base, ends)
    rows = []
    for fall in TRUE_FALLS:
        moved = Evidence(found.log_ratio + np.log1p(-fall), found.own_variance, found.base_variance, found.degrees)
        met_in, failed_in = judge_falls(
            probability_of_falls(moved, minimum_fall), weakest_period(moved, minimum_fall), evidence
        )
        met, not_met = float(met_in.mean()), float(failed_in.mean())
        rows.append({"fall": fall, "met": met, "not_met": not_met, "insufficient_evidence": 1 - met - not_met})
    return pd.DataFrame(rows)


def _key(design: ComparedDesign) -> tuple[object, ...]:
    return tuple(getattr(design, name) for name in design.__dataclass_fields__)


def _simulate(
    design: ComparedDesign, years: int, rounds: int, days: int, scale: Floats, rng: np.random.Generator
) -> Floats:
    """Return round means at level 1, shape (draws, years, rounds); each draw is a site with its own noise."""
    draws = len(scale)
    between = design.round_sd * scale[:, None, None] * rng.standard_normal((draws, years, rounds))
    within = design.day_sd / np.sqrt(design.plants) * scale[:, None, None, None]
    daily = np.exp(within * rng.standard_normal((draws, years, rounds, days)))
    means: Floats = np.exp(between) * daily.mean(axis=3)
    return means


def _evidence(design: ComparedDesign, base: Floats, ends: list[Floats]) -> Evidence:
    def variances(rounds: int, days: int, years: int) -> tuple[float, float]:
        day = np.expm1(design.day_sd**2) / (days * design.plants)
        one = np.expm1(design.round_sd**2)
        return float(np.log1p((one + day * (1 + one)) / rounds / years)), float(np.log1p(day) + design.round_sd**2)

    base_variance, base_expected = variances(design.base_rounds, design.base_days, design.base_years)
    own_variance, own_expected = variances(design.target_rounds, design.target_days, 1)
    squares, degrees = np.zeros(len(base)), 0
    for means, expected in ((base, base_expected), *((e, own_expected) for e in ends)):
        log = np.log(means)
        squares += ((log - log.mean(axis=2, keepdims=True)) ** 2).sum(axis=(1, 2)) / expected
        degrees += means.shape[1] * (means.shape[2] - 1)
    phi, nu = moderated_scale(
        squares, np.full(len(base), float(degrees)), np.ones(len(base)), np.full(len(base), design.df)
    )
    centre = np.log(base.mean(axis=(1, 2)))
    ratio = np.column_stack([np.log(e.mean(axis=(1, 2))) - centre for e in ends])
    ratio = ratio + phi[:, None] * (own_variance - base_variance) / 2
    return Evidence(ratio, phi[:, None] * np.full(ratio.shape, own_variance), phi * base_variance, nu)
