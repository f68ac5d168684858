"""What a zero proves: how high the rate may still be, and whether zero was likely anyway.

零事件能说明什么：率最高可能是多少，零是否本来就很可能。

Formulas
--------
None in exposure T: rate at most -ln(a) / T. None in n trials: share at most 1 - a^(1/n). Where each event is found with
probability p only, divide the limit of the rate by p; of the share, by p too, at most 1. Under an earlier rate m,
P(none in T) = exp(-m T).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .counts import tail_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .counts import Floats


def _detection(detection: ArrayLike) -> Floats:
    p = np.asarray(detection, dtype=float)
    if ((p <= 0) | (p > 1)).any():
        raise ValueError("detection is a probability above 0 and at most 1")
    return p


def zero_upper_limit(exposure: ArrayLike = 1.0, *, detection: ArrayLike = 1.0, level: float = 0.95) -> Floats:
    """Return the one-sided upper limit of a rate after no event: -ln(1 - level) / exposure.  零事件时率的单侧上限。

    ``detection`` is the probability that an event is found.

    >>> round(float(zero_upper_limit()), 4), round(float(zero_upper_limit(detection=0.4)), 2)
    (2.9957, 7.49)
    """
    tail_of(level)
    n = np.asarray(exposure, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 0, -np.log1p(-level) / (n * _detection(detection)), np.nan)


def zero_upper_share(trials: ArrayLike, *, detection: ArrayLike = 1.0, level: float = 0.95) -> Floats:
    """Return the one-sided upper limit of a share after none in some trials: 1 - (1 - level)^(1/n).

    若干次检查均无发现时比例的单侧上限。

    >>> zero_upper_share([4, 10, 1000]).round(4).tolist()
    [0.5271, 0.2589, 0.003]
    """
    tail_of(level)
    n = np.asarray(trials, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = -np.expm1(np.log1p(-level) / n) / _detection(detection)
    return np.where(n > 0, np.minimum(1.0, limit), np.nan)


def chance_of_zero(rate: ArrayLike, exposure: ArrayLike = 1.0, *, detection: ArrayLike = 1.0) -> Floats:
    """Return P(no event is found) were the rate unchanged: exp(-rate x exposure x detection).  率不变时为零的概率。

    >>> chance_of_zero([0.3, 2.5], 3).round(5).tolist()
    [0.40657, 0.00055]
    """
    m, t = np.asarray(rate, dtype=float), np.asarray(exposure, dtype=float)
    if ((m < 0) | (t < 0)).any():
        raise ValueError("rate and exposure are not negative")
    return np.asarray(np.exp(-m * t * _detection(detection)))
