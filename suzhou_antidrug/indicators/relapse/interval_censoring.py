"""Relapse found at a check: it happened between the last negative and the first positive one. Turnbull's estimate.

检查发现的复吸：发生在末次阴性与首次阳性之间。特恩布尔非参数极大似然估计。

Formulas
--------
Log-likelihood sum over persons of log P(T in I_i). Mass can only lie on the innermost intervals: those that begin with a
left end and run to the next right end with no other end between. Persons cover a run of consecutive innermost intervals,
so the self-consistency step p_j <- p_j (1/n) sum over i of [j in I_i] / P(I_i) needs cumulative sums only. The likelihood
is concave: with d_j = (1/n) sum over i of [j in I_i] / P(I_i), the estimate is a maximum when no d_j exceeds 1, and the
log-likelihood lies at most n (max d - 1) below it. Steps are accelerated (SQUAREM) and finished by Newton's method.

Within an innermost interval the curve is not determined: bounds are given, midpoints are never imputed.

Sources: Peto, Applied Statistics 22 (1973) 86; Turnbull, JRSS B 38 (1976) 290; Gentleman and Geyer, Biometrika 81 (1994)
618; Varadhan and Roland, Scand. J. Statist. 35 (2008) 335.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import SeriesError, refusal
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...returns.cleaning import Words
from ...terms import Text
from .risk_sets import Where

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from .risk_sets import Bools, Floats, Ints

Ends = Literal["half_open", "closed"]
ENDS: dict[str, Text] = {
    "half_open": Text("(末次阴性, 首次阳性]", "(last negative, first positive]"),
    "closed": Text("[左端, 右端]", "[left, right]"),
}
METHOD = "Turnbull, intervals of checks"
MOST_STEPS = 5_000
CONVERGED = 1e-9  # of max d - 1
LIGHT = 1e-12  # mass below which an innermost interval is left out of Newton's steps
MOST_IN_NEWTON = 400  # innermost intervals with mass; above, a Newton step costs more than it saves
LARGEST_TABLE = 20_000_000  # kinds of persons times intervals

_LEFT, _RIGHT, _OPEN_LEFT = 0, 1, 2  # order of ends at one value: a point or closed left, a right, an open left


@dataclass(frozen=True, slots=True, eq=False)
class IntervalCurve(Result):
    """Turnbull's estimate: masses on innermost intervals.  特恩布尔估计。

    ``gap`` bounds how far the log-likelihood lies below its maximum, per person; ``converged`` says whether it is below 1e-9.
    """

    left: Floats  # (m,) of the innermost intervals with mass
    right: Floats  # (m,), infinite where the event was not seen
    mass: Floats
    persons: int
    loglik: float
    gap: float
    converged: bool
    steps: int
    ends: str
    intervals: tuple[Floats, Floats]  # as handed in, for resampling; never shown
    made: Made

    def __repr__(self) -> str:
        return f"IntervalCurve({self.persons} persons, {len(self.mass)} intervals with mass, gap {self.gap:.1e})"

    def survival_at(self, times: ArrayLike) -> tuple[Floats, Floats]:
        """Return lower and upper bound of S at given times; they differ inside an innermost interval.

        指定时点 S 的下界与上界。

        >>> curve = turnbull([0, 2], [2, float("inf")])
        >>> [bound.tolist() for bound in curve.survival_at([1, 2])]
        [[0.5, 0.5], [1.0, 0.5]]
        """
        asked = np.atleast_1d(np.asarray(times, dtype=float))
        return _survival(self.left, self.right, self.mass, asked)

    def interval_at(self, times: ArrayLike, *, level: float = 0.95, draws: int = 400, rng: int | np.random.Generator = 0) -> tuple[Floats, Floats]:  # fmt: skip
        """Return percentile limits of S at given times, persons resampled; they hold the bounds too.

        按人重抽样得到的 S 置信限。

        The bootstrap of this estimate is not proved to be exact; with few persons it is a rough guide.
        """
        generator = np.random.default_rng(rng)
        asked = np.atleast_1d(np.asarray(times, dtype=float))
        left, right = self.intervals
        lows, highs = np.empty((draws, len(asked))), np.empty((draws, len(asked)))
        for b in range(draws):
            picked = generator.integers(0, len(left), len(left))
            found = _estimate(left[picked], right[picked], self.ends)
            lows[b], highs[b] = _survival(found[0], found[1], found[2], asked)
        tail = (1 - level) / 2
        return np.quantile(lows, tail, axis=0), np.quantile(highs, 1 - tail, axis=0)

    @property
    def frame(self) -> pd.DataFrame:
        """One innermost interval a row: left, right, mass, survival after it."""
        import pandas as pd

        return pd.DataFrame(
            {"left": self.left, "right": self.right, "mass": self.mass, "survival": np.maximum(0.0, 1 - np.cumsum(self.mass))}
        )  # fmt: skip

    def explain(self) -> Explanation:
        """Convention, convergence, and what is not determined."""
        unseen = float(self.mass[np.isinf(self.right)].sum())
        return Explanation(
            Text("检查间隔内的复吸", "Relapse between checks"),
            (
                line("区间约定", "ends of intervals", ENDS[self.ends]),
                line("人数", "persons", str(self.persons)),
                line("有质量的最内区间", "innermost intervals with mass", str(len(self.mass))),
                line("末次检查后尚未复吸", "not relapsed at the last checks", f"{unseen:.3f}"),
                line("距最大似然", "below the maximum", Text(
                    f"每人对数似然至多低 {self.gap:.1e}（{'已收敛' if self.converged else '未收敛，结果不可用'}）",
                    f"at most {self.gap:.1e} a person ({'converged' if self.converged else 'not converged: do not use'})")),
                line("区间之内", "inside an interval", Text("曲线不确定，只给上下界，不取中点", "not determined: bounds, no midpoints")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the bounds of the curve.  绘制曲线的上下界。"""
        from .plots import plot_interval_curve

        return plot_interval_curve(self, ax, language=language)


def turnbull(
    last_negative: ArrayLike, first_positive: ArrayLike, *, ends: Ends = "half_open", status: Status | str = Status.REPORTED
) -> IntervalCurve:  # fmt: skip
    """Return the share without relapse over time, from the checks between which it happened.

    由检查间隔估计随时间仍未复吸的比例。

    Parameters
    ----------
    last_negative : array (n,)
        Time of the last negative check, 0 where there was none; for a person never found positive, of the last check.
    first_positive : array (n,)
        Time of the first positive check, infinite or missing where there was none. Equal to ``last_negative`` where the
        time is known exactly.
    ends : str
        ``"half_open"``: the event lies in (last negative, first positive]; ``"closed"``: in [left, right], which gives
        another answer wherever checks share dates.

    Raises
    ------
    SeriesError
        A missing or negative time, a first positive before the last negative, nobody.

    Examples
    --------
    >>> curve = turnbull([0, 4, 2, 0, 2, 5], [1, 6, 6, 3, 4, 7], ends="closed")
    >>> curve.left.tolist(), curve.mass.round(6).tolist()
    ([0.0, 2.0, 4.0, 5.0], [0.25, 0.25, 0.125, 0.375])
    """
    if ends not in ENDS:
        raise ValueError(f"ends {ends!r} is not one of {', '.join(ENDS)}")
    left = np.asarray(last_negative, dtype=float)
    right = np.asarray(first_positive, dtype=float)
    if left.ndim != 1 or left.shape != right.shape:
        raise ValueError(f"last_negative and first_positive are of shapes {left.shape} and {right.shape}")
    right = np.where(np.isnan(right), np.inf, right)
    _refuse_bad(left, right)
    low, high, mass, loglik, gap, steps = _estimate(left, right, ends)
    made = Made(METHOD, Status(status), fingerprint(np.concatenate([left, right]).tobytes()))
    return IntervalCurve(low, high, mass, len(left), loglik, gap, gap < CONVERGED, steps, ends, (left, right), made)


def _refuse_bad(left: Floats, right: Floats) -> None:
    where = Where()
    with np.errstate(invalid="ignore"):
        wrong: dict[str, tuple[Bools, Words]] = {
            "missing_time": (~np.isfinite(left), Words("have no last negative check", "缺少末次阴性时间", "Give 0 where there was none.", "没有时请填 0。")),
            "negative_time": ((left < 0) | (right < 0), Words("have a time below 0", "的时间为负", "Check the start of the clock.", "请核对计时起点。")),
            "positive_before_negative": (right < left, Words("are positive before the last negative check", "的首次阳性早于末次阴性", "Check both dates.", "请核对两个日期。")),
        }  # fmt: skip
    problems = [p for code, (mask, said) in wrong.items() for p in where.problem(mask, code, said)]
    if problems:
        raise SeriesError(problems)
    if not len(left):
        raise refusal("nobody_at_risk", "nobody was checked.", "无人接受检查。")


def _estimate(left: Floats, right: Floats, ends: str) -> tuple[Floats, Floats, Floats, float, float, int]:
    low, high, first, last = _innermost(left, right, ends)
    cells, count = np.unique(np.stack([first, last]), axis=1, return_counts=True)
    first, last = cells
    weight = count / len(left)
    mass, steps = _maximise(first, last, weight, len(low))
    covered = _covered(mass, first, last)
    gap = max(0.0, float(_slope(covered, first, last, weight, len(low)).max()) - 1)
    kept = mass > LIGHT
    loglik = float(len(left) * (weight @ np.log(covered)))
    return low[kept], high[kept], mass[kept] / mass[kept].sum(), loglik, gap, steps


def _innermost(left: Floats, right: Floats, ends: str) -> tuple[Floats, Floats, Ints, Ints]:
    """Return the innermost intervals, and for each person the first and one past the last that it covers."""
    kind = np.where((left == right) | (ends == "closed"), _LEFT, _OPEN_LEFT)
    value = np.concatenate([left, right])
    kinds = np.concatenate([kind, np.full(len(right), _RIGHT)])
    order = np.lexsort((kinds, value))
    is_right = (kinds == _RIGHT)[order]
    starts = np.flatnonzero(~is_right[:-1] & is_right[1:])  # a left end, next a right end
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    # Ends that tie in value and kind are one end: all take the rank of the first (left) or last (right) of them.
    same = np.concatenate([[False], (value[order][1:] == value[order][:-1]) & (kinds[order][1:] == kinds[order][:-1])])
    block = np.cumsum(~same)
    begin = np.searchsorted(block, block, side="left")
    finish = np.searchsorted(block, block, side="right") - 1
    left_rank, right_rank = begin[rank[: len(left)]], finish[rank[len(left) :]]
    first = np.searchsorted(begin[starts], left_rank, side="left")
    last = np.searchsorted(starts + 1, right_rank, side="right")
    return value[order][starts], value[order][starts + 1], first, last


def _covered(mass: Floats, first: Ints, last: Ints) -> Floats:
    running = np.concatenate([[0.0], np.cumsum(mass)])
    # A difference of sums near 1 is known to about 1e-16: below that it is a lost trace, not nothing.
    covered: Floats = np.maximum(running[last] - running[first], np.finfo(float).eps)
    return covered


def _slope(covered: Floats, first: Ints, last: Ints, weight: Floats, size: int) -> Floats:
    """Return d_j of the module's formula."""
    share = weight / covered
    step = np.bincount(first, share, size + 1) - np.bincount(last, share, size + 1)
    return np.asarray(np.cumsum(step)[:size])


def _maximise(first: Ints, last: Ints, weight: Floats, size: int) -> tuple[Floats, int]:
    def step(mass: Floats) -> Floats:
        new = mass * _slope(_covered(mass, first, last), first, last, weight, size)
        shares: Floats = new / new.sum()
        return shares

    def loglik(mass: Floats) -> float:
        return float(weight @ np.log(_covered(mass, first, last)))

    mass = np.full(size, 1 / size)
    for count in range(1, MOST_STEPS + 1):
        one = step(mass)
        two = step(one)
        change, bend = one - mass, (two - one) - (one - mass)
        if not bend.any():
            return two, count
        length = -np.sqrt((change @ change) / (bend @ bend))
        leap = np.maximum(mass - 2 * length * change + length**2 * bend, 0.0)
        leap = step(leap / leap.sum()) if leap.sum() > 0 else two
        leap = np.where((leap == 0) & (two > LIGHT), two * 1e-6, leap)  # a leap must not lose an interval for good
        leap /= leap.sum()
        mass = leap if loglik(leap) >= loglik(two) else two
        if count % 25 == 0 or count < 4:
            mass = _newton(mass, first, last, weight)
            if _slope(_covered(mass, first, last), first, last, weight, size).max() - 1 < CONVERGED / 10:
                return mass, count
    return mass, MOST_STEPS


def _newton(mass: Floats, first: Ints, last: Ints, weight: Floats) -> Floats:
    """Return the mass after Newton steps on the intervals that carry any, kept in the simplex by halving."""
    for _ in range(30):
        on = np.flatnonzero(mass > 1e-9)
        if len(on) > MOST_IN_NEWTON or len(on) * len(first) > LARGEST_TABLE:
            return mass
        cover = ((first[:, None] <= on) & (on < last[:, None])).astype(float)
        covered = cover @ mass[on]
        if not (covered > 0).all():  # somebody lives on light intervals only: let the plain steps raise them first
            return mass
        scaled = cover * (np.sqrt(weight) / covered)[:, None]
        gradient = cover.T @ (weight / covered)
        # Maximise the quadratic under sum(move) = 0: the bordered system, by least squares where it is singular.
        m = len(on)
        system = np.zeros((m + 1, m + 1))
        system[:m, :m], system[:m, m], system[m, :m] = scaled.T @ scaled, 1.0, 1.0
        move = np.linalg.lstsq(system, np.append(gradient, 0.0), rcond=1e-13)[0][:m]
        falling = move < 0
        size_of_step = min(1.0, float((-mass[on][falling] / move[falling]).min())) if falling.any() else 1.0
        before = float(weight @ np.log(covered))
        while size_of_step > 1e-8:
            trial = np.maximum(mass[on] + size_of_step * move, 0.0)
            inner = cover @ trial
            # A step that all but empties the intervals of one person would lose them for good in the next.
            if (inner > covered / 100).all() and float(weight @ np.log(inner)) >= before - 1e-15:
                break
            size_of_step /= 2
        else:
            return mass
        mass = mass.copy()
        mass[on] = trial / trial.sum()
        if np.abs(size_of_step * move).max() < 1e-13:
            break
    return mass


def _survival(left: Floats, right: Floats, mass: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Return the mass of intervals wholly after each time, and of those not wholly up to it."""
    after = (left[None, :] >= asked[:, None]) & (right[None, :] > asked[:, None])
    not_before = right[None, :] > asked[:, None]
    return np.minimum(1.0, after @ mass), np.minimum(1.0, not_before @ mass)
