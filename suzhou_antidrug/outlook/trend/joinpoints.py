"""Joinpoints: where the annual change of a series changed, and how far that can be known.

连接点：序列的年变化率在何处改变，以及能知道到什么程度。
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import refusal
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .observations import Observations, observe
from .segments import (
    LARGEST_SEARCH,
    VALUES_BEFORE_END,
    VALUES_BETWEEN,
    Criteria,
    Model,
    Step,
    best_model,
    check_search,
    count_placements,
    criteria,
    default_maximum,
    designs,
    make_search,
    permutation_choice,
)
from .slopes import Change, WeightedFit, change_of, weighted_fit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

METHOD = "joinpoint regression on the log scale, exact grid search"
CHOICES = {
    "permutation": Text("序贯置换检验", "sequence of permutation tests"),
    "wbic": Text("加权 BIC", "weighted BIC"),
    "bic3": Text("BIC3", "BIC3"),
    "bic": Text("BIC", "BIC"),
}
# As in the reference program: enough that the p-value near .05 is good to about .003.
PERMUTATIONS = 4499


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of constant annual change.  年变化率不变的一段。"""

    start: float  # time, years
    end: float
    slope: float  # of the logarithm, a year
    log_start: float  # log level at the start
    apc: Change


@dataclass(frozen=True, slots=True)
class Joint:
    """A joinpoint with the grid times that cannot be told from it.  连接点及其区间。"""

    time: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Joinpoints(Result):
    """A series as joined segments of constant annual change.  序列的分段趋势。

    ``aapc`` is the average annual change over the whole window; :meth:`average_change` gives that of any part.
    """

    observations: Observations
    segments: tuple[Segment, ...]
    joinpoints: tuple[Joint, ...]
    aapc: Change
    models: tuple[Criteria, ...]
    tests: tuple[Step, ...]
    choice: str
    maximum: int
    level: float
    covariance: Floats  # of the segment slopes
    df: int
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a segment: start, end, annual change, interval, p-value."""
        import pandas as pd

        rows = [
            {
                "start": s.start,
                "end": s.end,
                "annual_change": s.apc.value,
                "low": s.apc.low,
                "high": s.apc.high,
                "p_value": s.apc.p_value,
            }
            for s in self.segments
        ]
        return pd.DataFrame(rows)

    @property
    def models_frame(self) -> pd.DataFrame:
        """One row a number of joinpoints: weighted RSS, BIC, BIC3, weighted BIC."""
        import pandas as pd

        return pd.DataFrame([asdict(m) for m in self.models])

    def average_change(self, first: float, last: float) -> Change:
        """Return the average annual change from ``first`` to ``last``, years inside the window.

        某一时段的平均年变化率。

        AAPC = exp(sum w b / sum w) - 1, with the slopes b of the segments and the years w that each covers.
        """
        start, end = self.segments[0].start, self.segments[-1].end
        if not start <= first < last <= end:
            raise refusal(
                "window",
                f"the window must lie inside {start:g} to {end:g}.",
                f"时段须在 {start:g} 至 {end:g} 之内。",
                value=f"{first:g}-{last:g}",
            )
        weights = np.array([max(0.0, min(s.end, last) - max(s.start, first)) for s in self.segments])
        return _average(self.segments, self.covariance, weights, self.df, self.level)

    def explain(self) -> Explanation:
        """Segments, how their number was chosen, and the conventions behind it."""
        shown = [
            line(f"{s.start:g}–{s.end:g} 年变化率", f"annual change {s.start:g}–{s.end:g}", _shown(s.apc))
            for s in self.segments
        ]
        joints = "、".join(f"{j.time:g} ({j.low:g}–{j.high:g})" for j in self.joinpoints)
        return Explanation(
            Text("分段趋势", "Joinpoints"),
            (
                line("连接点", "joinpoints", joints or Text("无", "none")),
                *shown,
                line("平均年变化率", "average annual change", _shown(self.aapc)),
                line("个数的选定", "how their number was chosen", CHOICES[self.choice]),
                *(_tested(step) for step in self.tests),
                line("最多个数(惯例)", "largest number (a convention)", self.maximum),
                line("注意", "note", _CONDITIONAL),
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw values, segments and joinpoints.  绘制分段趋势。"""
        from .plots import plot_joinpoints

        return plot_joinpoints(self, ax, language=language)


_CONDITIONAL = Text(
    "区间以连接点的个数和位置为已知，实际更宽；没有连接点不等于走势未变，只说明这样少的数据分不出",
    "intervals take the number and place of joinpoints as known and are too narrow for that; no joinpoint does not mean "
    "no change of pace: so few values cannot tell",
)


def _shown(change: Change) -> str:
    if not np.isfinite(change.low):
        return f"{change.value:+.1%}"
    return f"{change.value:+.1%} ({change.low:+.1%}, {change.high:+.1%})"


def _tested(step: Step) -> tuple[Text, Text]:
    return line(
        f"检验 {step.fewer} 对 {step.more} 个",
        f"test of {step.fewer} against {step.more}",
        f"p = {step.p_value:.4f} {'≤' if step.rejected else '>'} {step.level:.4f}",
    )


def _average(segments: tuple[Segment, ...], covariance: Floats, weights: Floats, df: int, level: float) -> Change:
    share = weights / weights.sum()
    slope = float(share @ [s.slope for s in segments])
    return change_of(slope, float(np.sqrt(share @ covariance @ share)), df, level=level)


def fit_joinpoints(
    y: Any,
    *,
    kind: str = "rate",
    exposure: ArrayLike | pd.Series | None = None,
    events: ArrayLike | pd.Series | None = None,
    se: ArrayLike | pd.Series | None = None,
    maximum: int | None = None,
    choice: str = "permutation",
    ends: int = VALUES_BEFORE_END,
    between: int = VALUES_BETWEEN,
    level: float = 0.95,
    permutations: int = PERMUTATIONS,
    rng: int | np.random.Generator = 0,
    status: Status | str = Status.REPORTED,
) -> Joinpoints:
    """Fit joined segments of constant annual change and choose their number.

    拟合年变化率分段不变的相连线段，并选定段数。

    log y = a + b t + sum d (t - tau)+, weighted by the known noise, tau at observed times, every admissible set tried.

    Parameters
    ----------
    y, kind, exposure, events, se
        As for :func:`~suzhou_antidrug.outlook.trend.description.describe_trend`.
    maximum : int, optional
        Largest number of joinpoints; by convention 0 below 7 values, 1 to 11, 2 to 16, 3 to 21, 4 to 26, then 5.
    choice : {"permutation", "wbic", "bic3", "bic"}
        How the number is chosen.
    ends, between : int
        Values that must lie between a joinpoint and either end, and between two joinpoints, themselves not counted.
    level : float
        Of the intervals; 1 - ``level`` is the chance of too many joinpoints that the permutation tests allow.

    Raises
    ------
    SeriesError
        As ``describe_trend``; a zero without known events; more joinpoints than the values can bear.

    Source: Lerman, Applied Statistics 29 (1980) 77; Kim et al., Statistics in Medicine 19 (2000) 335; Clegg et al.,
    Statistics in Medicine 28 (2009) 3670 for the average.

    Examples
    --------
    >>> import numpy as np
    >>> level = np.cumsum([7.0] + [0.05] * 6 + [-0.15] * 6) + 0.01 * np.cos(np.arange(13) * 2.0)
    >>> found = fit_joinpoints(np.exp(level), permutations=499)
    >>> [joint.time for joint in found.joinpoints], round(found.segments[1].apc.value, 2)
    ([6.0], -0.14)
    """
    if choice not in CHOICES or not 0.5 < level < 1 or permutations < 99:
        raise refusal(
            "joinpoint_settings",
            f"choice is one of {', '.join(CHOICES)}; level lies in 0.5-1; permutations are 99 or more.",
            "选择方式、置信水平或置换次数不对。",
            value=f"{choice}, {level:g}, {permutations}",
        )
    seen = observe(y, kind=kind, events=events, exposure=exposure, se=se)
    _check_logs(seen)
    most = _maximum(len(seen.values), maximum, ends, between)
    root = 1 / np.sqrt(seen.noise) if seen.noise_is_known else np.ones_like(seen.logs)
    # Centred on the weighted mean, which every model contains: sums of squares keep their digits.
    target = (seen.logs - np.average(seen.logs, weights=root**2)) * root
    searches = [make_search(seen.times, root, k, ends=ends, between=between) for k in range(most + 1)]
    models = [best_model(search, target) for search in searches]
    judged = tuple(criteria(model, seen.times, target, root) for model in models)
    tests: tuple[Step, ...] = ()
    if choice == "permutation":
        generator = np.random.default_rng(rng)
        k, tests = permutation_choice(searches, target, alpha=1 - level, permutations=permutations, rng=generator)
    else:
        k = int(np.argmin([getattr(c, choice) for c in judged]))
    made = Made(
        METHOD,
        Status(status),
        fingerprint(seen.history.to_csv(lineterminator="\n")),
        seed=rng if isinstance(rng, int) else None,
    )
    return _result(seen, models[k], judged, tests, choice=choice, maximum=most, level=level, made=made)


def _check_logs(seen: Observations) -> None:
    if not np.isfinite(seen.logs).all():
        raise refusal(
            "zero",
            "a value is zero and its events are unknown: it has no logarithm.",
            "有零值而不知事件数，对数不存在。",
            advice_en="Give events or exposure, or use describe_trend.",
            advice_zh="请给出 events 或 exposure，或改用 describe_trend。",
        )


def _maximum(n: int, asked: int | None, ends: int, between: int) -> int:
    """Return the largest number of joinpoints to try: what was asked, or the convention as far as it can be searched."""
    if asked is not None:
        check_search(n, asked, ends=ends, between=between)
        if asked and not count_placements(n, asked, ends=ends, between=between):
            raise refusal(
                "too_many_joinpoints",
                f"{asked} joinpoints do not fit into {n} values with this spacing.",
                f"按此间隔 {n} 个值放不下 {asked} 个连接点。",
                value=asked,
            )
        return asked
    most = default_maximum(n)
    while most and not 0 < count_placements(n, most, ends=ends, between=between) <= LARGEST_SEARCH:
        most -= 1
    check_search(n, most, ends=ends, between=between)
    return most


def _result(
    seen: Observations,
    model: Model,
    judged: tuple[Criteria, ...],
    tests: tuple[Step, ...],
    *,
    choice: str,
    maximum: int,
    level: float,
    made: Made,
) -> Joinpoints:
    design = designs(seen.times, model.places[None, :])[0]
    # A joinpoint that was searched for uses up a degree of freedom like a coefficient: 2k + 2 in all.
    df = len(seen.values) - 2 * (model.k + 1)
    fit = weighted_fit(design, seen.logs, seen.noise, df=df)
    segments, covariance = _segments(seen, model, fit, level)
    lengths = np.array([s.end - s.start for s in segments])
    return Joinpoints(
        observations=seen,
        segments=segments,
        joinpoints=_joints(seen, model, fit, level),
        aapc=_average(segments, covariance, lengths, df, level),
        models=judged,
        tests=tests,
        choice=choice,
        maximum=maximum,
        level=level,
        covariance=covariance,
        df=df,
        made=made,
    )


def _segments(seen: Observations, model: Model, fit: WeightedFit, level: float) -> tuple[tuple[Segment, ...], Floats]:
    """Return the segments and the covariance of their slopes; a slope is the sum of all bends before it."""
    edges = np.array([seen.times[0], *seen.times[model.places], seen.times[-1]])
    sums = np.tril(np.ones((model.k + 1, model.k + 1)))
    slopes = sums @ fit.coefficients[1:]
    covariance = sums @ fit.covariance[1:, 1:] @ sums.T
    levels = fit.coefficients[0] + np.concatenate([[0.0], np.cumsum(slopes * np.diff(edges))])
    segments = tuple(
        Segment(
            start=float(edges[i]),
            end=float(edges[i + 1]),
            slope=float(slopes[i]),
            log_start=float(levels[i]),
            apc=change_of(float(slopes[i]), float(np.sqrt(covariance[i, i])), fit.df, level=level),
        )
        for i in range(model.k + 1)
    )
    return segments, covariance


def _joints(seen: Observations, model: Model, fit: WeightedFit, level: float) -> tuple[Joint, ...]:
    """Return joinpoints with the grid times whose best fit is not worse by an F test (Lerman 1980)."""
    from scipy.special import fdtri

    bound = model.rss + float(fdtri(1, fit.df, level)) * fit.dispersion if model.k else 0.0
    joints = []
    for j, place in enumerate(model.places):
        fine = model.sets[model.rss_by_set <= bound, j] if np.isfinite(bound) else np.array([place])
        inside = np.append(fine, place)
        joints.append(Joint(float(seen.times[place]), float(seen.times[inside.min()]), float(seen.times[inside.max()])))
    return tuple(joints)
