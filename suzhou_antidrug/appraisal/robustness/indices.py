"""A composite index made anew under other choices: gaps, outliers, scaling, weights, adding up, indicators, errors of the data.

在不同选择下重编综合指数：缺失、离群值、标准化、权重、汇总方法、指标取舍与数据误差。

Formulas: x + sd z -> gaps filled -> outliers drawn in -> one scale -> weights w (1 + f U(-1, 1)), made to add to 1 among siblings ->
means up the tree, each step by the option of the run. Years are scaled together, by posts that are fixed or by the sample of all
years; gaps are filled by the mean or median of their own year.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), pages 117 to 131.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, unknown_name
from ...provenance import Status
from ...terms import Text
from ..composite.checks import directions_of, table
from ..composite.normalise import normalise_scores
from ..composite.prepare import impute
from ..composite.prepare import treat_outliers as winsorised
from .choices import Choice, noise_draws
from .study import RobustnessStudy, study_robustness

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from ..composite.hierarchy import Hierarchy
    from .choices import Floats
    from .ranks import Ints

NORMALISATIONS = ("goalposts", "min_max", "target_from_worst", "percentile")
AGGREGATIONS = ("declared", "arithmetic", "geometric", "harmonic")
MISSING = ("reweight", "mean", "median", "low", "high")
OUTLIERS = ("kept", "winsorised")
NOBODY = "none"  # of the indicators, left out
CELLS = 4_000_000  # scores of indicators in one batch

TEXTS = {
    "normalisation": Text("标准化方法", "normalisation"),
    "aggregation": Text("汇总方法", "aggregation"),
    "missing": Text("缺失值处理", "missing values"),
    "outliers": Text("离群值处理", "outliers"),
    "leave_out": Text("剔除的指标", "indicator left out"),
    "weights": Text("权重扰动", "weights"),
    "error": Text("数据误差", "error of the data"),
}


@dataclass(frozen=True, slots=True, eq=False)
class IndexRuns:
    """An index as a function of levels, for :func:`~.study.study_robustness`.  作为水平之函数的综合指数。

    ``values`` (years, units, leaves) are raw; tables scaled without noise are kept and shared by the runs of one combination.
    """

    values: Floats = field(repr=False)
    tree: Hierarchy = field(repr=False)
    choices: tuple[Choice, ...]
    options: Mapping[str, tuple[str, ...]]  # also of what is not varied
    directions: Floats = field(repr=False)
    posts: Floats | None = field(repr=False)
    targets: Floats | None = field(repr=False)
    constant: float | None
    span: tuple[float, float]
    jitter: float
    error: Floats | None = field(repr=False)
    order: tuple[Ints, Ints, Ints] = field(repr=False)  # of units, leaves and nodes by name: draws go with names
    kept: dict[tuple[int, ...], Floats] = field(default_factory=dict, repr=False)

    def __call__(self, levels: Floats) -> Floats:
        """Return the index (runs, units, years)."""
        years, units, _ = self.values.shape
        at = {c.name: k for k, c in enumerate(self.choices)}
        picked = np.stack([self._picked(levels, at, name) for name in ("normalisation", "missing", "outliers", "aggregation")], axis=1)  # fmt: skip
        weights = self._weights(levels, at)
        noisy = levels[:, at["error"]] if "error" in at else np.zeros(len(levels))
        combinations, place = np.unique(picked, axis=0, return_inverse=True)
        out = np.empty((len(levels), years * units))
        for k, combination in enumerate(combinations):
            mine = np.flatnonzero(place.ravel() == k)
            for runs in (mine[noisy[mine] == 0], mine[noisy[mine] != 0]):
                if runs.size:
                    out[runs] = self._index(combination, noisy[runs], None if weights is None else weights[runs])
        return np.swapaxes(out.reshape(len(levels), years, units), 1, 2)

    def _picked(self, levels: Floats, at: Mapping[str, int], name: str) -> Ints:
        return self.choices[at[name]].picked(levels[:, at[name]]) if name in at else np.zeros(len(levels), dtype=np.int64)  # fmt: skip

    def _index(self, combination: Ints, noisy: Floats, weights: Floats | None) -> Floats:
        how = self.options["aggregation"][combination[3]]
        scores = np.stack([self._table(combination, u) for u in noisy]) if noisy[0] else self._table(combination, 0.0)
        method: Any = None if how == "declared" else how
        return self.tree.aggregate_array(scores, weights, method=method)[self.tree.root]

    def _weights(self, levels: Floats, at: Mapping[str, int]) -> Floats | None:
        if "weights" not in at and "leave_out" not in at:
            return None
        w = np.broadcast_to([n.weight for n in self.tree.nodes], (len(levels), len(self.tree.nodes))).copy()
        if "weights" in at:
            draws = noise_draws(levels[:, at["weights"]], (w.shape[1],), name="weights")
            w *= 1 + self.jitter * draws[:, self.order[2]]
        if "leave_out" in at:
            out = self._picked(levels, at, "leave_out")
            node = [-1, *([n.code for n in self.tree.nodes].index(c) for c in self.options["leave_out"][1:])]
            runs = np.flatnonzero(out)
            w[runs, np.array(node)[out[runs]]] = 0.0
        return w

    def _table(self, combination: Ints, u: float) -> Floats:
        """Scores (years x units, leaves) of one combination; without noise they are kept."""
        how = self.options["aggregation"][combination[3]]
        low, high = self.span
        # A geometric or harmonic mean needs scores above 0: 1-100 in place of 0-100.
        span = (low + 0.01 * (high - low), high) if how in ("geometric", "harmonic") and low <= 0 else (low, high)
        key = (*(int(c) for c in combination[:3]), int(span != self.span))
        if not u and key in self.kept:
            return self.kept[key]
        scores = self._scaled(combination, span, u)
        if not u:
            self.kept[key] = scores
        return scores

    def _scaled(self, combination: Ints, span: tuple[float, float], u: float) -> Floats:
        normalisation, missing, outliers = (self.options[n][c] for n, c in zip(("normalisation", "missing", "outliers"), combination, strict=False))  # fmt: skip
        x = self.values
        if u and self.error is not None:
            z = noise_draws([u], x.shape, name="error", kind="normal")[0]
            x = x + self.error * z[:, self.order[0]][:, :, self.order[1]]
        years, units, leaves = x.shape
        flat, names = x.reshape(-1, leaves), self.tree.leaves
        if missing in ("mean", "median"):
            flat = impute(_named(flat, names), missing, groups=np.repeat(np.arange(years), units))
        if outliers == "winsorised":
            flat, _ = winsorised(flat)
        own = span if normalisation in ("min_max", "goalposts") else (0.0, 1.0)
        scores = normalise_scores(flat, self.directions, normalisation, span=own, posts=self.posts, targets=self.targets, constant=self._constant(normalisation), names=names)  # fmt: skip
        scores = scores if own == span else span[0] + (span[1] - span[0]) * scores
        return np.where(np.isnan(scores), span[missing == "high"], scores) if missing in ("low", "high") else scores

    def _constant(self, normalisation: str) -> float | None:
        if self.constant is None or normalisation != "target_from_worst":
            return self.constant
        return (self.constant - self.span[0]) / (self.span[1] - self.span[0])


def study_index(
    values: pd.DataFrame | Mapping[int, pd.DataFrame], hierarchy: Hierarchy, directions: ArrayLike | Mapping[str, int], *,
    posts: ArrayLike | Mapping[str, tuple[float, float]] | None = None, targets: ArrayLike | Mapping[str, float] | None = None,
    normalisations: Sequence[str] = ("min_max",), aggregations: Sequence[str] = ("declared",),
    missing: Sequence[str] = ("reweight",), weight_jitter: float = 0.25, error: ArrayLike | Mapping[str, float] | None = None,
    treat_outliers: bool = False, leave_out: bool = False, span: tuple[float, float] = (0.0, 100.0),
    constant: float | None = None, draws: int = 1000, rng: int | np.random.Generator = 0,
    grades: Sequence[tuple[str, float]] = (), top: int = 3, level: float = 0.95, status: Status | str = Status.COMPUTED,
) -> RobustnessStudy:  # fmt: skip
    """Return how an index and its ranking move when its steps are made otherwise; the first option of each is the declared one.

    返回改变各步做法后综合指数及排名的变化；各项的第一个选项为原定做法。

    Parameters
    ----------
    values : DataFrame (units, indicators), or one a year
        Raw values with a column for every leaf of the hierarchy; every year has the same units.
    directions, posts, targets, error : by code, or in the order of the leaves
        As in :func:`~suzhou_antidrug.appraisal.composite.normalise.normalise_scores`; ``error`` is the sd of each indicator's
        error, in its own unit, drawn anew for every unit and year.
    normalisations : "goalposts", "min_max", "target_from_worst", "percentile"
        Each put on ``span``. Goalposts are fixed; the others take the units of all years together as their sample, so that a
        unit or a year that is added moves the scores of the rest. Z-scores are not among them: they have no ends to put there.
    aggregations : "declared" (of each branch, by the hierarchy), "arithmetic", "geometric", "harmonic"
        Of all branches. A geometric or harmonic mean over 0 has no meaning: under these two a span from 0 to 100 becomes 1 to 100.
    missing : "reweight", "mean", "median", "low", "high"
        A gap leaves its weight to its siblings, takes the mean or median of its year, or the least or greatest score.
    weight_jitter : float
        f of w (1 + f U(-1, 1)), at every level of the hierarchy; 0 for none.
    treat_outliers, leave_out : bool
        Also winsorise; also leave out each indicator in turn.
    grades : sequence of pairs, optional
        Grade and least score, of scores on ``span``; a band means the same only under goalposts, for a sample's scale moves every score.
    constant : float, optional
        Score of everybody where an indicator does not differ; without it min-max refuses such a column.

    Raises
    ------
    UnknownNameError
        An option that is not on the list, with the nearest ones.
    SeriesError
        An indicator that lacks or has no value at all; units that differ between years; and as the steps themselves.
    ValueError
        A jitter outside 0-1, a negative error, a span without width.

    Examples
    --------
    >>> import pandas as pd
    >>> from suzhou_antidrug.appraisal.composite.hierarchy import Hierarchy
    >>> tree = Hierarchy.from_frame(pd.DataFrame({"code": ["I", "a", "b"], "parent": ["", "I", "I"]}))
    >>> values = pd.DataFrame({"a": [100.0, 66.0, 10.0], "b": [30.0, 60.0, 20.0]}, index=["x", "y", "z"])
    >>> posts = {"a": (0, 100), "b": (0, 100)}
    >>> study = study_index(values, tree, 1, posts=posts, normalisations=["goalposts"], aggregations=["arithmetic", "geometric"])
    >>> study.frame[["unit", "score", "rank", "rank_low", "rank_high"]].values.tolist()
    [['x', 65.0, 1, 1, 2], ['y', 63.0, 2, 1, 2], ['z', 15.0, 3, 3, 3]]
    >>> study.single_choices()[["option", "order_changes", "largest_shift"]].values.tolist()
    [['geometric', True, 1]]
    """
    if not 0 <= weight_jitter <= 1 or not span[0] < span[1]:
        raise ValueError(f"weight_jitter lies in 0-1 and span rises, got {weight_jitter} and {span}")
    leaves = hierarchy.leaves
    years, units, cube = _stacked(values, leaves)
    sd = None if error is None else np.broadcast_to(_by_code(error, leaves, "error"), (len(leaves),))
    if sd is not None and not (sd >= 0).all():
        raise ValueError("an error is an sd of 0 or above")
    options = {
        "normalisation": _known(normalisations, NORMALISATIONS, "normalisation", "标准化方法"),
        "aggregation": _known(aggregations, AGGREGATIONS, "aggregation", "汇总方法"),
        "missing": _known(missing, MISSING, "treatment of gaps", "缺失值处理"),
        "outliers": OUTLIERS if treat_outliers else OUTLIERS[:1],
        "leave_out": (NOBODY, *leaves) if leave_out else (NOBODY,),
    }
    choices = [Choice(n, TEXTS[n], o) for n, o in options.items() if len(o) > 1]
    choices += [Choice(n, TEXTS[n]) for n, on in (("weights", weight_jitter > 0), ("error", sd is not None)) if on]
    ends = None if posts is None else _by_code(posts, leaves, "posts")
    goals = None if targets is None else _by_code(targets, leaves, "targets")
    sides = directions_of(_by_code(directions, leaves, "directions"), leaves)
    order = (_places(units), _places(leaves), _places([n.code for n in hierarchy.nodes]))
    runs = IndexRuns(cube, hierarchy, tuple(choices), options, sides, ends, goals, constant, span, weight_jitter, sd, order)  # fmt: skip
    return study_robustness(
        runs, choices, units=units, years=years, draws=draws, rng=rng, grades=grades, top=top, level=level, status=status,
        chunk=max(1, CELLS // cube.size),
    )  # fmt: skip


def _known(given: Sequence[str], known: Sequence[str], en: str, zh: str) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    wrong = [unknown_name(en, zh, n, known) for n in names if n not in known]
    if wrong:
        raise UnknownNameError(wrong)
    if not names:
        raise ValueError(f"at least one {en} is needed, the declared one")
    return names


def _stacked(values: Any, leaves: Sequence[str]) -> tuple[tuple[int, ...], tuple[str, ...], Floats]:
    """Years, units and raw values (years, units, leaves)."""
    by_year: Mapping[int, Any] = values if isinstance(values, Mapping) else {0: values}
    years = tuple(sorted(by_year))
    first = by_year[years[0]].index
    problems = [
        Problem("column_missing", f"the indicator {c} is missing in {y}.", f"{y} 年缺少指标 {c}。", column=c)
        for y in years for c in leaves if c not in by_year[y]
    ]  # fmt: skip
    for y in years:
        for u in first.symmetric_difference(by_year[y].index):
            problems.append(Problem("unit_missing", f"the unit {u} is not in every year: see {y} and {years[0]}.", f"单位 {u} 并非各年都有：见 {y} 与 {years[0]} 年。"))  # fmt: skip
        if not by_year[y].index.is_unique:
            problems.append(Problem("twice", f"a unit stands twice in {y}.", f"{y} 年有单位重复。"))
    if problems:
        raise SeriesError(problems)
    frames = [by_year[y].loc[first, list(leaves)].to_numpy(dtype=float) for y in years]
    cube = np.stack(frames)
    table(_named(cube.reshape(-1, len(leaves)), leaves))  # refuses a column without any value
    return years, tuple(str(u) for u in first), cube


def _by_code(given: Any, leaves: Sequence[str], what: str) -> Floats:
    """What is given by code in the order of the leaves, or as it stands where it has no codes."""
    if hasattr(given, "index") and hasattr(given, "to_numpy"):  # a Series or a frame
        rows = given.to_numpy(dtype=float)
        given = dict(zip(given.index, rows, strict=True))
    if not isinstance(given, Mapping):
        return np.asarray(given, dtype=float)
    lacking = [c for c in leaves if c not in given]
    if lacking:
        raise SeriesError([Problem("column_missing", f"{what}: {c} is missing.", f"{what} 缺少 {c}。", column=c) for c in lacking])  # fmt: skip
    return np.array([given[c] for c in leaves], dtype=float)


def _places(names: Iterable[str]) -> Ints:
    """The place of each name among the sorted ones."""
    return np.argsort(np.argsort(list(names), kind="stable"))


def _named(values: Floats, names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(values, columns=list(names))
