"""Rules that need a yearly series: ESCAP and UNECE's anticipated progress, and OECD's distance with a trend.

需要逐年序列的办法：亚太经社会与欧洲经委会的预期进展、经合组织的距离与趋势。

Anticipated progress: a line by weighted least squares through the series, later years weighing more, P its value in the target year;
gap = d (T - P) / abs(T - b), what will lack as a share of the change required. Maintain where P reaches the target (or the gap is at most
``cut``), reverse where the slope runs against the direction, else accelerate. Seen at the source: the time-weighted linear regression,
the gap over the progress required, the three colours. Not seen: the weights, and a tolerance of 10 % that is told of; so both are
arguments, the weights by default (t - first + 1) / (last - first + 1), assumed, and no tolerance.

Distance with a trend: distance = max(0, d (T - y)) / spread, in standard deviations between peers; trend by the rank correlation of value
and time, Spearman, exact up to eight years. Seen: distance from a fixed end point by a modified z-score, and a trend told as up, stable or
down. Not seen: the level of the test (.10 assumed) and the stochastic projection, which is left out. With three years no series reaches .10:
the least p is 1/3.

Sources: w3.unece.org/sdg2023/technical-notes.html and data.unescap.org/resource-guides/progress-assessment-methodology (opening pages);
ESCAP Statistics Division working paper SD/WP/04 (2017), its abstract; OECD, Measuring Distance to the SDG Targets 2019, chapter 3, and The
Short and Winding Road to 2030 (2022), annex A, their opening pages.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import permutations
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError
from .facts import ProgressFacts, SystemLabels, said

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from .facts import Floats

    Weighting = Literal["later_more", "equal"] | Callable[[Floats], Floats]

COLUMNS = ("case", "time", "value")
EXACT = 8  # years up to which the rank test counts every order
TINY = 1e-10  # of the largest figure of a case: less is rounding


def _by_case(series: pd.DataFrame, facts: ProgressFacts) -> dict[str, tuple[Floats, Floats]]:
    lacking = [c for c in COLUMNS if c not in series]
    if lacking:
        raise SeriesError([Problem("column_missing", f"the series lacks the column {c}.", f"序列缺少列 {c}。", column=c) for c in lacking])  # fmt: skip
    table = series.assign(case=series["case"].astype(str))
    problems = [
        Problem("unknown_case", f"{c} is in the series but not among the facts.", f"序列中的 {c} 不在事实表中。", column="case")
        for c in sorted(set(table["case"]) - set(facts.cases))
    ]  # fmt: skip
    for column in ("time", "value"):
        bad = ~np.isfinite(table[column].to_numpy(dtype=float))
        problems += [Problem("missing_value", f"{c} has a {column} that is missing or infinite: leave the row out.", f"{c} 的 {column} 缺失或无穷，请去掉该行。", column=column) for c in table["case"][bad]]  # fmt: skip
    twice = table[table.duplicated(["case", "time"])]
    problems += [Problem("twice", f"{r.case} has {r.time:g} twice.", f"{r.case} 的 {r.time:g} 重复。", column="time") for r in twice.itertuples()]  # fmt: skip
    if problems:
        raise SeriesError(problems)
    return {
        str(c): (p["time"].to_numpy(dtype=float), p["value"].to_numpy(dtype=float))
        for c, p in table.sort_values("time").groupby("case")
    }


def _line(t: Floats, y: Floats, weighting: Weighting, case: str) -> tuple[float, float, float]:
    """Return slope, mean time and mean value of the weighted line."""
    if callable(weighting):
        w = np.asarray(weighting(t), dtype=float)
        if w.shape != t.shape or not (w > 0).all() or not np.isfinite(w).all():
            raise ValueError(f"weights of {case} must be above 0, one a year")
    else:
        w = np.ones_like(t) if weighting == "equal" else (t - t[0] + 1) / (t[-1] - t[0] + 1)
    mean_t, mean_y = (w @ t) / w.sum(), (w @ y) / w.sum()
    slope = (w * (t - mean_t)) @ (y - mean_y) / (w @ (t - mean_t) ** 2)
    return float(slope), float(mean_t), float(mean_y)


def _anticipate(facts: ProgressFacts, i: int, t: Floats, y: Floats, weighting: Weighting, cut: float) -> tuple[str, float, float]:  # fmt: skip
    slope, mean_t, mean_y = _line(t, y, weighting, facts.cases[i])
    ends = mean_y + slope * (facts.t_target[i] - mean_t)
    short = facts.direction[i] * (facts.target[i] - ends)
    need = abs(facts.target[i] - facts.baseline[i])
    tiny = TINY * max(float(np.abs(y).max()), abs(facts.target[i]), abs(facts.baseline[i]))
    gap = 0.0 if short <= tiny else short / need if need > 0 else np.nan
    against = facts.direction[i] * slope < -tiny
    label = "maintain" if short <= tiny or gap <= cut else "reverse" if against else "accelerate"
    return label, float(gap), float(ends) if abs(ends) > tiny else 0.0


def anticipated_progress(
    facts: ProgressFacts, series: pd.DataFrame, *, weighting: Weighting = "later_more", cut: float = 0.0
) -> SystemLabels:
    """Return whether a weighted line through the series reaches the target: maintain, accelerate or reverse.

    预期进展：加权直线外推能否达标，分保持、加快、扭转。

    gap = d (T - P) / abs(T - b), P the value of the line in the target year; ``.value`` of the result is the gap, 0 where the target is
    reached. ``series`` has the columns case, time, value in the unit of ``facts``. The weights are ours and assumed, for their formula
    was not seen: ``"later_more"`` (t - first + 1) / (last - first + 1), ``"equal"``, or a function of the years; the reason says where
    equal weights would give another label. ``cut`` is the gap still called maintain: 0 as the source words it; 0.10 is told of.

    Source: UNECE, technical notes on the progress assessment, w3.unece.org/sdg2023, after ESCAP; opening pages seen.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for missing columns, values or times, a year that stands twice and a case that is
    not among the facts; ValueError for weights that are not above 0.

    >>> import pandas as pd
    >>> row = {"case": "a", "baseline": 50, "t0": 2019, "current": 66, "t": 2021, "target": 90, "t_target": 2022, "direction": 1}
    >>> facts = ProgressFacts.from_frame(pd.DataFrame([row]))
    >>> series = pd.DataFrame({"case": "a", "time": [2019, 2020, 2021], "value": [50, 58, 66]})
    >>> found = anticipated_progress(facts, series)
    >>> str(found.label[0]), round(float(found.value[0]), 3)
    ('accelerate', 0.4)
    """
    if not 0 <= cut < 1:
        raise ValueError(f"cut lies in 0-1, got {cut}")
    given = _by_case(series, facts)
    rows = []
    for i, case in enumerate(facts.cases):
        t, y = given.get(case, (np.empty(0), np.empty(0)))
        if facts.no_number[i]:
            rows.append(("n/a", "not_judged", np.nan, "no target"))
        elif len(t) < 2:
            rows.append(("n/a", "not_judged", np.nan, "a line needs two years"))
        else:
            label, gap, ends = _anticipate(facts, i, t, y, weighting, cut)
            other, _, _ = _anticipate(facts, i, t, y, "equal", cut)
            stand = {"maintain": "met" if facts.met[i] else "on_the_way", "accelerate": "too_slow", "reverse": "away"}
            note = "" if other == label else f"; equal weights: {other}"
            rows.append((label, stand[label], gap, f"{ends:.4g} in {facts.t_target[i]:g}{note}"))
    label_, stand_, value, reason = zip(*rows, strict=True) if rows else ((), (), (), ())
    return said("anticipated", np.array(label_), np.array(stand_), np.array(value), list(reason))


@lru_cache(maxsize=EXACT)
def _orders(count: int) -> NDArray[np.int64]:
    return np.array(list(permutations(range(count))))


def rank_trend(values: ArrayLike, times: ArrayLike) -> tuple[float, float]:
    """Return Spearman's rank correlation of value and time and its two-sided p, exact up to eight years.  秩相关趋势及其 p 值。

    A series that does not move has correlation 0 and p 1.

    >>> [round(v, 3) for v in rank_trend([50, 58, 66], [2019, 2020, 2021])]
    [1.0, 0.333]
    """
    from scipy import stats

    y, t = np.asarray(values, dtype=float), np.asarray(times, dtype=float)
    if len(y) < 2 or np.ptp(y) == 0:
        return 0.0, 1.0
    a, b = (stats.rankdata(v) - (len(v) + 1) / 2 for v in (y, t))
    scale = np.sqrt((a @ a) * (b @ b))
    rho = float(a @ b / scale)
    if len(y) > EXACT:
        return rho, float(stats.spearmanr(y, t).pvalue)
    orders = a[_orders(len(a))] @ b / scale
    return rho, float(np.mean(np.abs(orders) >= abs(rho) - 1e-9))


def distance_and_trend(
    facts: ProgressFacts, series: pd.DataFrame, *, spread: ArrayLike | None = None, level: float = 0.10
) -> SystemLabels:
    """Return the distance to the target and whether the series moves: improving, no trend or deteriorating.

    目标距离与秩相关趋势：改善、无趋势、恶化。

    distance = max(0, d (T - y)) / ``spread``, the standard deviation between peers by case (cases,); without it ``.value`` is NaN. The
    trend is by :func:`rank_trend` at ``level`` (assumed). It says a direction and no pace: short of the target only a deterioration is
    a standing. After OECD; its projection is left out, for its formula was not seen.

    Source: OECD, Measuring Distance to the SDG Targets 2019, chapter 3, and 2022, annex A; opening pages seen.

    Raises as :func:`anticipated_progress`; ValueError for a spread that is not above 0.

    >>> import pandas as pd
    >>> row = {"case": "a", "baseline": 50, "t0": 2019, "current": 66, "t": 2021, "target": 90, "t_target": 2022, "direction": 1}
    >>> facts = ProgressFacts.from_frame(pd.DataFrame([row]))
    >>> series = pd.DataFrame({"case": "a", "time": [2019, 2020, 2021], "value": [50, 58, 66]})
    >>> found = distance_and_trend(facts, series, spread=[12])
    >>> str(found.label[0]), float(found.value[0]), found.reason[0]
    ('no trend', 2.0, 'rank correlation 1.00, p = 0.33')
    """
    given = _by_case(series, facts)
    unit = np.full(len(facts), np.nan) if spread is None else np.broadcast_to(np.asarray(spread, dtype=float), (len(facts),))  # fmt: skip
    if spread is not None and not (unit > 0).all():
        raise ValueError("a spread between peers is above 0")
    away = np.maximum(0.0, facts.direction * (facts.target - facts.current)) / unit
    rows = []
    for i, case in enumerate(facts.cases):
        t, y = given.get(case, (np.empty(0), np.empty(0)))
        if facts.met[i]:
            rows.append(("target met", "met", "reached"))
            continue
        if len(t) < 2:
            rows.append(("n/a", "not_judged", "a trend needs two years"))
            continue
        rho, p = rank_trend(y, t)
        label = "no trend" if p > level else "improving" if rho * facts.direction[i] > 0 else "deteriorating"
        stand = "away" if label == "deteriorating" else "not_judged"
        rows.append((label, stand, f"rank correlation {rho:.2f}, p = {p:.2f}"))
    label_, stand_, reason = zip(*rows, strict=True) if rows else ((), (), ())
    return said("oecd_trend", np.array(label_), np.array(stand_), away, list(reason))
