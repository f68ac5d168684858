"""Rates as if every place had the same people: direct and indirect standardisation by age, drug, times detained.

标准化率：假如各地人群构成(年龄、毒品、强戒次数)相同。

Formulas
--------
Direct: sum of w_c d_c / n_c, w the standard's shares; gamma limits (Fay and Feuer) with y the rate, v its variance
sum of w^2 d / n^2 and k the largest w / n: v / 2y chi2(a/2; 2 y^2 / v) to (v + k^2) / 2(y + k) chi2(1 - a/2; 2 (y + k)^2 /
(v + k^2)). Indirect: expected E = sum of n_c x standard rate, ratio D / E with the exact Poisson limits of D, times the
standard's crude rate.

Sources: Fay and Feuer, Statistics in Medicine 16 (1997) 791; Breslow and Day, Statistical Methods in Cancer Research II
(1987), chapter 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError
from ..intervals.counts import tail_of
from ..intervals.rates import count_limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class StandardisedRate:
    """A standardised rate, arrays over places.  标准化率。"""

    rate: Floats
    low: Floats
    high: Floats
    crude: Floats
    ratio: Floats  # observed / expected for the indirect method, NaN otherwise
    events: Floats
    status: tuple[str, ...]  # estimated | no_events | empty_class (a class of the standard has nobody here)
    method: str
    level: float


def _table(events: ArrayLike, exposure: ArrayLike) -> tuple[Floats, Floats]:
    d, n = np.broadcast_arrays(np.atleast_2d(np.asarray(events, float)), np.atleast_2d(np.asarray(exposure, float)))
    if not (np.isfinite(d + n).all() and (d >= 0).all() and (n >= 0).all() and (d <= np.where(n > 0, np.inf, 0)).all()):
        raise SeriesError(Problem(
            "counts", "events and exposures are numbers from 0, and no events without exposure.",
            "事件数与暴露量须为非负数，无暴露处不得有事件。"))  # fmt: skip
    return d, n


def standardise_directly(events: ArrayLike, exposure: ArrayLike, standard: ArrayLike, *, level: float = 0.95) -> StandardisedRate:  # fmt: skip
    """Return rates with the standard's people, gamma limits, over places.

    直接法标准化率(伽马置信限)。

    Parameters
    ----------
    events, exposure : array (places, classes)
        By class: age, drug, times detained, or all of them crossed.
    standard : array (classes,)
        Persons of the standard.

    Raises
    ------
    SeriesError
        Numbers below 0 or missing, events without exposure.

    Examples
    --------
    >>> found = standardise_directly([[30, 25, 25, 15]], [[1000, 1000, 1100, 900]], [1000, 900, 1000, 900])
    >>> round(float(found.rate[0]), 6), round(float(found.low[0]), 6), round(float(found.high[0]), 6)
    (0.023744, 0.019205, 0.029048)
    """
    from scipy import special

    d, n = _table(events, exposure)
    people = np.asarray(standard, dtype=float)
    if people.shape != (d.shape[1],) or not (people >= 0).all() or people.sum() <= 0:
        raise ValueError(f"standard has one number from 0 for each of {d.shape[1]} classes")
    w = people / people.sum()
    tail = tail_of(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(n > 0, w / n, 0.0)
        y, v, k = (weight * d).sum(axis=1), (weight**2 * d).sum(axis=1), weight.max(axis=1)
        low = np.where(y > 0, v / y * special.gammaincinv(np.where(y > 0, y**2 / v, 1.0), tail), 0.0)
        high = (v + k**2) / (y + k) * special.gammaincinv((y + k) ** 2 / (v + k**2), 1 - tail)
        crude = d.sum(axis=1) / n.sum(axis=1)
    empty = ((n == 0) & (w > 0)).any(axis=1)
    status = np.select([empty, y == 0], ["empty_class", "no_events"], "estimated")
    rate, low, high = (np.where(empty, np.nan, a) for a in (y, low, high))
    return StandardisedRate(rate, low, high, crude, np.full(len(y), np.nan), d.sum(axis=1), tuple(status.tolist()), "direct", level)  # fmt: skip


def standardise_indirectly(
    events: ArrayLike, exposure: ArrayLike, standard_events: ArrayLike, standard_exposure: ArrayLike, *,
    standard_rate: float | None = None, limits: Literal["exact", "log_normal"] = "exact", level: float = 0.95,
) -> StandardisedRate:  # fmt: skip
    """Return observed / expected times the standard's crude rate, over places.

    间接法标准化率。

    ``events`` may be totals (places, 1) where classes of the events are not known. ``standard_rate`` is the crude rate of the
    standard, from its own table where None. ``limits``: ``"exact"`` Poisson, or
    ``"log_normal"`` with 1 / sqrt(events), undefined without events. Raises as :func:`standardise_directly`.

    >>> found = standardise_indirectly(
    ...     [[30, 25, 25, 15]], [[1000, 1000, 1100, 900]], [100, 45, 120, 100], [1000, 900, 1000, 900]
    ... )
    >>> round(float(found.ratio[0]), 4), found.status
    (0.2487, ('estimated',))
    """
    from scipy import special

    n = np.atleast_2d(np.asarray(exposure, dtype=float))
    d = np.atleast_2d(np.asarray(events, dtype=float))
    total = (_table(d, n)[0] if d.shape == n.shape else d).sum(axis=1)
    se, sn = np.asarray(standard_events, dtype=float), np.asarray(standard_exposure, dtype=float)
    if (
        se.shape != (n.shape[1],)
        or se.shape != sn.shape
        or not (sn > 0).all()
        or not (se >= 0).all()
        or not (total >= 0).all()
    ):
        raise ValueError(f"the standard has events from 0 and exposure above 0 for each of {n.shape[1]} classes")
    expected = n @ (se / sn)
    tail, crude_standard = tail_of(level), se.sum() / sn.sum() if standard_rate is None else standard_rate
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = total / expected
        if limits == "exact":
            low, high = (limit / expected for limit in count_limits(total, tail))
        else:
            factor = np.exp(special.ndtri(1 - tail) / np.sqrt(total))
            low, high = np.where(total > 0, ratio / factor, np.nan), np.where(total > 0, ratio * factor, np.nan)
        crude = total / n.sum(axis=1)
    status = np.select([expected == 0, total == 0], ["empty_class", "no_events"], "estimated")
    return StandardisedRate(
        ratio * crude_standard, low * crude_standard, high * crude_standard, crude, ratio, total, tuple(status.tolist()), "indirect", level
    )  # fmt: skip
