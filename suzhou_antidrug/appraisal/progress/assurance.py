"""NHS Making Data Count: does the process pass its target, and is it changing.

英国 NHS 过程控制法：过程是否稳定达标、是否在变化。

XmR chart: mean +- 2.66 x mean moving range. Assurance: the target outside the limits on the good side is a consistent pass, on the
bad side a consistent fail, between them hit and miss. Variation: a point outside the limits, seven on one side of the mean, seven
rising or falling, or two of three beyond two thirds of a limit. Fewer than twelve points: limits are not to be relied on.

Source: github.com/nhs-r-community/NHSRplotthedots; the twelve points are common advice, unverified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

SCALE = 2.66
RUN = 7
FEWEST = 12


@dataclass(frozen=True, slots=True)
class Assurance:
    """What an XmR chart says.  XmR 图的结论。"""

    mean: float
    low: float
    high: float
    assurance: str  # consistent_pass | consistent_fail | hit_and_miss | no_target
    variation: str  # improving | worsening | common_cause
    enough: bool  # at least twelve points


def assure(values: ArrayLike, target: float | None = None, *, direction: int = 1) -> Assurance:
    """Return assurance and variation of a series by its XmR limits.  以 XmR 限判断稳定达标与变化。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for fewer than two values or missing ones.

    >>> assure([95, 96, 94, 95, 96, 95, 94, 95, 96, 95, 94, 96], 90).assurance
    'consistent_pass'
    """
    x = np.asarray(values, dtype=float)
    if len(x) < 2 or not np.isfinite(x).all():
        raise SeriesError(
            Problem(
                "too_short", "an XmR chart needs two values at least, none missing.", "XmR 图至少需要两个值，不得缺失。"
            )
        )
    mean, moving = float(x.mean()), float(np.abs(np.diff(x)).mean())
    low, high = mean - SCALE * moving, mean + SCALE * moving
    d = 1 if direction > 0 else -1
    if target is None:
        assurance = "no_target"
    elif (target - (low if d > 0 else high)) * d < 0:
        assurance = "consistent_pass"
    elif (target - (high if d > 0 else low)) * d > 0:
        assurance = "consistent_fail"
    else:
        assurance = "hit_and_miss"
    sign = _signal(x, mean, low, high)
    variation = "common_cause" if sign == 0 else "improving" if sign == d else "worsening"
    return Assurance(mean, low, high, assurance, variation, len(x) >= FEWEST)


def _signal(x: np.ndarray, mean: float, low: float, high: float) -> int:
    """Return 1 where the latest signal is high or rising, -1 low or falling, 0 where there is none."""
    found = [(int(i), 1) for i in np.flatnonzero(x > high)] + [(int(i), -1) for i in np.flatnonzero(x < low)]
    third = (high - mean) * 2 / 3
    for side in (1, -1):
        beyond = side * (x - mean) > third
        found += [(i + 2, side) for i in range(len(x) - 2) if beyond[i : i + 3].sum() >= 2]
        found += [(i + RUN - 1, side) for i in range(len(x) - RUN + 1) if (side * (x[i : i + RUN] - mean) > 0).all()]
        found += [(i + RUN - 1, side) for i in range(len(x) - RUN + 1) if (side * np.diff(x[i : i + RUN]) > 0).all()]
    return max(found)[1] if found else 0
