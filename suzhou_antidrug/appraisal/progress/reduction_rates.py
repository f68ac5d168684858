"""Average annual rate of reduction, and what is required: discrete or continuous, end points or regression.

年均下降率与所需下降率：离散或连续，端点或回归。

Discrete 1 - (y / b)^(1 / n), continuous ln(b / y) / n; by regression 1 - exp(slope of ln y on the year). The published required rate
of 15.6 % for 48 to 30 in three years (IGME) is the continuous one; the discrete is 14.5 %. A value of 0 or below has no rate.

As a system: the observed rate (baseline to now) beside the one that would have done from the start (baseline to target over the whole time;
IGME's on-track rate) and the one required from now on (now to target in the time left). Rates count toward the wanted direction: for an
indicator that should rise they are rates of increase. Both kinds give one label, for one is a rising function of the other; the figures
differ.

Sources: UNICEF, Progress for Children (2004); IGME 2013 abstract (dds.cepal.org, publication 3108).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from .facts import ProgressFacts, SystemLabels, said

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Kind = Literal["discrete", "continuous"]


def reduction_rate(first: ArrayLike, last: ArrayLike, years: ArrayLike, *, kind: Kind = "discrete") -> Floats:  # fmt: skip
    """Return the average annual rate of reduction between two values, NaN where one is 0 or below.  年均下降率。

    >>> [round(float(reduction_rate(48, 30, 3, kind=k)), 4) for k in ("continuous", "discrete")]
    [0.1567, 0.145]
    """
    if kind not in ("discrete", "continuous"):
        raise ValueError(f"kind {kind!r} is not discrete or continuous")
    b, y, n = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (first, last, years)))
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where((b > 0) & (y > 0), np.log(b / y) / n, np.nan)
    return np.asarray(log if kind == "continuous" else -np.expm1(-log))


def reduction_rate_by_regression(values: ArrayLike, years: ArrayLike) -> float:
    """Return 1 - exp(slope of ln y on the year), NaN where a value is 0 or below.  回归法年均下降率。

    >>> year = np.arange(2000, 2016)
    >>> round(reduction_rate_by_regression(100 * 0.976 ** (year - 2000), year), 6)
    0.024
    """
    y, t = np.asarray(values, dtype=float), np.asarray(years, dtype=float)
    if not (y > 0).all() or len(y) < 2:
        return float("nan")
    centred = t - t.mean()
    return float(-np.expm1((centred @ np.log(y)) / (centred @ centred)))


def aarr(facts: ProgressFacts, *, kind: Kind = "discrete") -> SystemLabels:
    """Return labels by the average annual rate: observed against the on-track rate, with the rate required from now on.

    年均下降（上升）率：实际与按期所需相比，并给出余下年份所需的率。

    Discrete 1 - (y / b)^(1 / n), continuous ln(b / y) / n, for rising indicators with the sign turned. ``.value`` is the observed rate less
    the on-track rate. A value of 0 or below has no rate: "undefined", also where the target is reached.

    Source: UNICEF, Progress for Children (2004); IGME 2013 abstract (dds.cepal.org, publication 3108), which prints both rates.

    >>> import pandas as pd
    >>> row = {"case": "u5", "baseline": 90, "t0": 1990, "current": 48, "t": 2012, "target": 30, "t_target": 2015, "direction": -1}
    >>> found = aarr(ProgressFacts.from_frame(pd.DataFrame([row])), kind="continuous")
    >>> str(found.label[0]), found.reason[0]
    ('insufficient', '2.86 % a year, on track 4.39 %, from now 15.67 %')
    """
    whole, left = facts.t_target - facts.t0, facts.t_target - facts.t
    sign = -facts.direction
    observed = sign * reduction_rate(facts.baseline, facts.current, facts.t - facts.t0, kind=kind)
    on_track = sign * reduction_rate(facts.baseline, facts.target, whole, kind=kind)
    ahead = sign * reduction_rate(facts.current, facts.target, np.where(left > 0, left, np.nan), kind=kind)
    zero = (facts.baseline <= 0) | (facts.current <= 0) | (facts.target <= 0)
    gap = observed - on_track
    names = ["n/a", "undefined", "target met", "on track", "insufficient"]
    cases = [facts.no_number, zero, facts.met, gap >= -1e-12, observed >= 0]
    label = np.select(cases, names, "moving away")
    stand = np.select(cases, ["not_judged", "undefined", "met", "on_the_way", "too_slow"], "away")
    reason = [
        "no target" if n else "a value of 0 or below has no rate" if z else f"{100 * o:.2f} % a year, on track {100 * w:.2f} %" + (f", from now {100 * a:.2f} %" if np.isfinite(a) else ", no time left")
        for n, z, o, w, a in zip(facts.no_number, zero, observed, on_track, ahead, strict=True)
    ]  # fmt: skip
    return said(f"aarr_{kind}", label, stand, np.where(facts.no_number | zero, np.nan, gap), reason)
