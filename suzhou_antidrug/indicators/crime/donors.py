"""Compared with other places: difference in differences, and a synthetic control from donors.

与其他地方比较：双重差分，以及由供体合成的对照。

Difference in differences: log rates of treated and untreated places before and after, the difference of differences with
its p from every reassignment of treatment to places (exact where they are few). Synthetic control: weights w >= 0, sum 1, that
fit the treated place's log rates before the start; the gap after it is compared with the gaps of each donor treated as if it
were the one (placebo), by the ratio of root mean squared gaps after and before.

Sources: Card and Krueger, American Economic Review 84 (1994) 772; Abadie, Diamond and Hainmueller, JASA 105 (2010) 493.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEWEST_DONORS = 8  # this project's choice: below, a placebo test cannot reach 0.11
MOST_REASSIGNMENTS = 20_000
POOR_FIT = (
    0.15  # root mean squared log gap before the start above which the control is no control: this project's choice
)


def _log_rates(counts: Floats, exposure: Floats) -> Floats:
    return np.log((counts + 0.5) / exposure)


@dataclass(frozen=True, slots=True)
class DifferenceInDifferences(Result):
    """The change of treated places beyond that of others.  双重差分。"""

    ratio: float
    low: float
    high: float
    p_value: float  # by reassignment
    reassignments: int
    smallest_p: float
    treated: int
    untreated: int
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row: ratio, low, high, p_value, smallest_p."""
        import pandas as pd

        return pd.DataFrame(
            [{k: getattr(self, k) for k in ("ratio", "low", "high", "p_value", "smallest_p", "treated", "untreated")}]
        )

    def explain(self) -> Explanation:
        """Ratio, p, what is assumed."""
        return Explanation(
            Text("双重差分", "Difference in differences"),
            (
                line("比值之比", "ratio of ratios", f"{self.ratio:.3f} ({self.low:.3f}-{self.high:.3f})"),
                line("重新分配检验", "reassignment test", f"p {self.p_value:.3g} ({self.reassignments})"),
                line("可能的最小 p", "smallest possible p", f"{self.smallest_p:.3g}"),
                line("假定", "assumes", Text("若无规划，各地变化相同（平行趋势）", "without the plan all places would have changed alike (parallel trends)")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def difference_in_differences(
    before: ArrayLike, after: ArrayLike, treated: ArrayLike, *, exposure_before: ArrayLike = 1.0, exposure_after: ArrayLike = 1.0,
    level: float = 0.95, rng: int = 0, status: Status | str = Status.REPORTED,
) -> DifferenceInDifferences:  # fmt: skip
    """Return the change of treated places over that of the others, each place weighing the same.

    处理地区相对其他地区的变化(各地等权)，以重新分配检验给出 P 值。

    Parameters
    ----------
    before, after : array (places,)
        Counts of the two periods; half a case is added to each before the logarithm.
    treated : array (places,) of bool

    Raises
    ------
    SeriesError
        Fewer than two places in a group, what is no count.

    Examples
    --------
    >>> found = difference_in_differences([50, 60, 70, 80, 90, 55], [25, 30, 36, 78, 92, 54], [1, 1, 1, 0, 0, 0])
    >>> round(found.ratio, 2), found.p_value
    (0.51, 0.1)
    """
    x0, x1 = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    is_treated = np.asarray(treated, dtype=bool)
    n1, n0 = int(is_treated.sum()), int((~is_treated).sum())
    if x0.shape != x1.shape or x0.shape != is_treated.shape:
        raise ValueError("before, after and treated are of one length")
    if not ((x0 >= 0) & (x1 >= 0) & (x0 == np.round(x0)) & (x1 == np.round(x1))).all():
        raise SeriesError(Problem("counts", "counts are whole numbers from 0.", "计数须为非负整数。"))
    if min(n0, n1) < 2:
        raise SeriesError(Problem("few_places", f"{n1} treated and {n0} other places; at least two of each are needed.", f"处理 {n1} 个、其他 {n0} 个；各需至少两个。"))  # fmt: skip
    change = _log_rates(x1, np.broadcast_to(np.asarray(exposure_after, float), x1.shape)) - _log_rates(x0, np.broadcast_to(np.asarray(exposure_before, float), x0.shape))  # fmt: skip
    effect = float(change[is_treated].mean() - change[~is_treated].mean())
    ways = comb(len(change), n1)
    if ways <= MOST_REASSIGNMENTS:
        picks = np.array(list(combinations(range(len(change)), n1)))
    else:
        generator = np.random.default_rng(rng)
        # The true assignment is one of them: without it p could be 0, which no reassignment can give.
        drawn = [generator.permutation(len(change))[:n1] for _ in range(MOST_REASSIGNMENTS - 1)]
        picks = np.stack([np.flatnonzero(is_treated), *drawn])
    inside = change[picks].sum(axis=1)
    effects = inside / n1 - (change.sum() - inside) / n0
    p = float((np.abs(effects) >= abs(effect) - 1e-12).mean())
    from scipy.stats import t as student

    a, b = change[is_treated].var(ddof=1) / n1, change[~is_treated].var(ddof=1) / n0
    free = (a + b) ** 2 / max(a**2 / (n1 - 1) + b**2 / (n0 - 1), 1e-300)
    half = float(student.ppf((1 + level) / 2, free)) * float(np.sqrt(a + b))
    smallest = 1 / ways if n0 != n1 else 2 / ways
    made = Made("difference in differences", Status(status), fingerprint(np.stack([x0, x1, is_treated]).tobytes()), rng)
    return DifferenceInDifferences(float(np.exp(effect)), float(np.exp(effect - half)), float(np.exp(effect + half)), p, len(picks), max(smallest, 1 / len(picks)), n1, n0, level, made)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticControl(Result):
    """A place against a mixture of donors.  合成控制。"""

    place: str
    donors: tuple[str, ...]
    weights: Floats
    observed: Floats  # rates
    synthetic: Floats
    gaps: Floats  # log, observed less synthetic; all places, the treated one first
    start: int
    fit_before: float  # root mean squared log gap before the start
    ratio: float  # geometric mean of observed / synthetic after the start
    p_value: float
    usable: bool
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One period a row: observed, synthetic, ratio."""
        import pandas as pd

        return pd.DataFrame({"period": np.arange(1, len(self.observed) + 1), "observed": self.observed, "synthetic": self.synthetic, "ratio": self.observed / self.synthetic})  # fmt: skip

    def explain(self) -> Explanation:
        """Donors, fit before, ratio after, placebo p."""
        used = [f"{d} {w:.2f}" for d, w in zip(self.donors, self.weights, strict=True) if w > 0.005]
        fit = Text(f"{self.fit_before:.3f}" + ("" if self.usable else "，过差，不作对照"), f"{self.fit_before:.3f}" + ("" if self.usable else ", too poor for a control"))  # fmt: skip
        return Explanation(
            Text("合成控制", "Synthetic control"),
            (
                line("供体", "donors", ", ".join(used)),
                line("起点前拟合（对数均方根）", "fit before the start (log RMS)", fit),
                line("起点后之比", "ratio after the start", f"{self.ratio:.3f}"),
                line("安慰剂检验", "placebo test", f"p {self.p_value:.3g} (1/{len(self.donors) + 1} {Text('为最小', 'is the least')})"),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the place and its synthetic control.  绘制实际与合成对照。"""
        from .plots import plot_synthetic

        return plot_synthetic(self, ax, language=language)


def synthetic_control(
    counts: ArrayLike, donors: ArrayLike, start: int, *, exposure: ArrayLike = 1.0, donor_exposure: ArrayLike = 1.0,
    place: str = "", names: Sequence[str] | None = None, status: Status | str = Status.REPORTED,
) -> SyntheticControl:  # fmt: skip
    """Return a place's rates against a mixture of donors that matched it before the start.

    某地的率与起点前相匹配的供体合成值之比。

    Parameters
    ----------
    counts : array (periods,)
    donors : array (places, periods)
        At least eight places without the plan.
    start : int
        Position from 0 of the first period under the plan.

    Raises
    ------
    SeriesError
        Fewer than eight donors, fewer than three periods before the start, what is no count.

    Examples
    --------
    >>> t = np.arange(10)
    >>> others = np.array([np.round(100 * (1 + k / 10) * np.exp(-0.02 * k * t)) for k in range(8)])
    >>> found = synthetic_control(np.round(others[:4].mean(axis=0) * np.where(t >= 7, 0.6, 1)), others, 7)
    >>> round(found.ratio, 1), round(found.p_value, 2)
    (0.6, 0.11)
    """
    y, d = np.asarray(counts, dtype=float), np.atleast_2d(np.asarray(donors, dtype=float))
    problems = []
    if d.shape[0] < FEWEST_DONORS:
        problems.append(Problem("few_donors", f"{d.shape[0]} donors; at least {FEWEST_DONORS} are needed.", f"供体仅 {d.shape[0]} 个，至少需要 {FEWEST_DONORS} 个。", "Use a control series.", "请改用对照序列。"))  # fmt: skip
    if start < 3 or start >= len(y):
        problems.append(
            Problem(
                "too_short",
                "at least three periods before the start and one after are needed.",
                "起点前至少三期，起点后至少一期。",
            )
        )
    if not ((y >= 0).all() and (d >= 0).all() and (y == np.round(y)).all() and (d == np.round(d)).all()):
        problems.append(Problem("counts", "counts are whole numbers from 0.", "计数须为非负整数。"))
    if problems:
        raise SeriesError(problems)
    rates = np.vstack([_log_rates(y, np.broadcast_to(np.asarray(exposure, float), y.shape)), _log_rates(d, np.broadcast_to(np.asarray(donor_exposure, float), d.shape))])  # fmt: skip
    weights = _weights(rates[0, :start], rates[1:, :start])
    gaps = [rates[0] - weights @ rates[1:]]
    for i in range(1, len(rates)):  # each donor as if it were the one, the place itself left out
        others = np.delete(rates[1:], i - 1, axis=0)
        gaps.append(rates[i] - _weights(rates[i, :start], others[:, :start]) @ others)
    g = np.array(gaps)
    before, after = (np.sqrt((part**2).mean(axis=1)) for part in (g[:, :start], g[:, start:]))
    stretch = after / np.maximum(before, 1e-3)
    p = float((stretch >= stretch[0] - 1e-12).mean())
    listed = tuple(names) if names is not None else tuple(f"d{k + 1}" for k in range(len(d)))
    made = Made("synthetic control", Status(status), fingerprint(np.vstack([y, d]).tobytes()))
    return SyntheticControl(
        place, listed, weights, np.exp(rates[0]), np.exp(weights @ rates[1:]), g, start, float(before[0]),
        float(np.exp(g[0, start:].mean())), p, bool(before[0] <= POOR_FIT), made,
    )  # fmt: skip


def _weights(target: Floats, donors: Floats) -> Floats:
    """Return non-negative weights that sum to 1 and fit best, by non-negative least squares with a heavy row of ones."""
    from scipy.optimize import nnls

    heavy = 1e3 * max(1.0, float(np.abs(donors).max()))
    w = nnls(np.vstack([donors.T, heavy * np.ones(len(donors))]), np.append(target, heavy))[0]
    return np.asarray(w / w.sum())
