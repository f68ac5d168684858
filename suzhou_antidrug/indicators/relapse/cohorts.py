"""Release cohorts still in follow-up: what their three-year relapse will be, without waiting three years.

尚在随访的解除强制隔离戒毒队列：不等三年期满，估计其三年复吸率。

Hazards are constant within a year of follow-up and shared in shape by the cohorts, whose level moves from one release
year to the next: ``log rate(cohort c, year k) = a_k + u_c``, ``u_c = u_(c-1) + N(0, tau^2)``, events Poisson with
person-years as exposure (Holford 1980; Laird and Olivier 1981). Death, departure and other ends compete and have rates of
their own, so nobody is taken as at risk who has left. The step tau is averaged over a grid by its marginal likelihood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError, shown
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

METHOD = "relapse_cohorts"
COLUMNS = ("cohort", "year", "person_years", "relapses", "others")
STEPS = (
    0.02,
    0.05,
    0.1,
    0.2,
    0.4,
)  # tau: yearly log change of a cohort's level, from nearly none to half as much again
FEWEST_EVENTS = 10  # relapses over all cohorts; below, no regression
MOST_STEPS = 60
VAGUE = 1e-4  # precision of the levels a_k: a log rate may be anything


@dataclass(frozen=True, slots=True, eq=False)
class CohortForecast(Result):
    """Cumulative relapse of release cohorts, complete or not.  各释放队列的累积复吸率。

    ``samples`` has shape (draws, cohorts): relapse within ``years`` of release, with others competing.
    """

    cohorts: tuple[int, ...]
    followed_years: tuple[float, ...]  # person-years over those released, at most ``years`` per cohort's table
    samples: Floats
    years: int
    table: pd.DataFrame
    step_weights: tuple[tuple[float, float], ...]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """Cohort, years of follow-up seen, median, 95 % interval, whether the follow-up is complete."""
        import pandas as pd

        low, middle, high = np.quantile(self.samples, [0.025, 0.5, 0.975], axis=0)
        seen = self.table.groupby("cohort")["year"].max().reindex(self.cohorts) + 1
        return pd.DataFrame({
            "cohort": self.cohorts, "years_seen": seen.fillna(0).astype(int).to_numpy(), "relapse": middle, "low": low,
            "high": high, "complete": (seen.fillna(0) >= self.years).to_numpy(),
        })  # fmt: skip

    def series(self) -> pd.DataFrame:
        """Return period, value, se by release year, as :func:`~suzhou_antidrug.assess_target` takes it.  供前景评估的序列。"""
        import pandas as pd

        return pd.DataFrame(
            {"period": self.cohorts, "value": self.samples.mean(axis=0), "se": self.samples.std(axis=0, ddof=1)}
        )

    def probability_of_fall(self, base: int, later: int, fall: float) -> float:
        """Return P(the later cohort relapses at least ``fall`` less than the base cohort).  较基期队列下降的概率。"""
        a, b = self.cohorts.index(base), self.cohorts.index(later)
        return float(np.mean(self.samples[:, b] <= (1 - fall) * self.samples[:, a]))

    def explain(self) -> Explanation:
        """The model, how much follow-up stands behind each cohort, what was averaged."""
        return Explanation(
            Text(f"释放后{self.years}年内复吸", f"relapse within {self.years} years of release"),
            (
                line("模型", "model", Text("分段指数：随访年的基准率×队列水平（逐年随机游走），竞争事件另计",
                                           "piecewise exponential: level of the follow-up year x level of the cohort, a random walk; other ends compete")),
                line("未满期队列", "cohorts still in follow-up", ", ".join(str(c) for c, full in zip(self.cohorts, self.frame["complete"], strict=True) if not full) or "-"),
                line("队列间步长的权重", "weights of the step between cohorts", ", ".join(f"{s:g}: {w:.2f}" for s, w in self.step_weights)),
                line("抽样数", "draws", str(len(self.samples))),
                line("注意", "note", Text("只计查获的复吸；检查频次变了，率也会变", "relapse as detected: the rate moves with the checking")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw relapse by release year, complete and estimated.  绘制各释放队列的复吸率。"""
        from .count_plots import plot_cohorts

        return plot_cohorts(self, ax, language=language)


def follow_up_table(cohort: ArrayLike, followed: ArrayLike, event: ArrayLike, *, years: int = 3) -> pd.DataFrame:
    """Return person-years, relapses and other ends by cohort and year of follow-up, from persons.

    由个人随访时间汇总各队列各随访年的人年、复吸与其他终止。

    ``followed`` is years from release to relapse, other end or last check; ``event`` 0 still followed, 1 relapse, 2 or more
    other ends. Only totals come back. Raises :class:`~suzhou_antidrug.errors.SeriesError` for a time of zero or below.

    >>> follow_up_table([2019, 2019], [0.5, 1.5], [1, 0])[["person_years", "relapses"]].values.tolist()
    [[1.5, 1.0], [0.5, 0.0]]
    """
    import pandas as pd

    c, t, e = np.asarray(cohort), np.asarray(followed, dtype=float), np.asarray(event)
    if not (len(c) == len(t) == len(e)):
        raise ValueError("cohort, followed and event need one length")
    if (~(t > 0)).any():
        raise SeriesError(Problem(
            "time", f"{int((~(t > 0)).sum())} follow-up times are zero, negative or missing.",
            f"有 {int((~(t > 0)).sum())} 个随访时间为零、为负或缺失。"))  # fmt: skip
    names, code = np.unique(c, return_inverse=True)
    parts = []
    for k in range(years):  # over years of follow-up, never over persons
        inside = np.clip(t - k, 0.0, 1.0)
        ends = (t > k) & (t <= k + 1)
        parts.append(pd.DataFrame({
            "cohort": names, "year": k, "person_years": np.bincount(code, weights=inside, minlength=len(names)),
            "relapses": np.bincount(code[ends & (e == 1)], minlength=len(names)),
            "others": np.bincount(code[ends & (e > 1)], minlength=len(names)),
        }))  # fmt: skip
    table = pd.concat(parts, ignore_index=True).sort_values(["cohort", "year"])
    return table[table["person_years"] > 0].reset_index(drop=True)


def forecast_cohorts(
    table: pd.DataFrame,
    *,
    years: int = 3,
    cohorts: Sequence[int] | None = None,
    draws: int = 4000,
    rng: int = 0,
    status: Status | str = Status.REPORTED,
) -> CohortForecast:
    """Estimate the cumulative relapse of release cohorts, those still in follow-up included.

    估计各释放队列的累积复吸率，包括尚在随访的队列。

    ``table``: cohort (release year), year (of follow-up, from 0), person_years, relapses and, where known, others, as
    :func:`follow_up_table` gives it. ``cohorts`` may name later release years without any follow-up. A cohort's risk within
    ``years`` is ``sum_k S_k r_k / (r_k + o_k) (1 - exp(-(r_k + o_k)))``, S_k the share still followed.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for negative numbers, fewer than ten relapses, or a follow-up year
    that no cohort has reached: its rate cannot be borrowed from anywhere.

    >>> import pandas as pd
    >>> rows = [(c, k, 400.0 - 60 * k, 60 - 20 * k, 4) for c in range(2016, 2022) for k in range(min(3, 2022 - c))]
    >>> found = forecast_cohorts(pd.DataFrame(rows, columns=["cohort", "year", "person_years", "relapses", "others"]))
    >>> found.frame["complete"].tolist()
    [True, True, True, True, False, False]
    """
    cells = _checked(table, years)
    names = tuple(sorted({*cells["cohort"].astype(int), *(cohorts or ())}))
    generator = np.random.default_rng(rng)
    rates, weights = _draw_rates(cells, "relapses", names, years, draws, generator)
    others, _ = _draw_rates(cells, "others", names, years, draws, generator)
    samples = _incidence(rates, others)
    made = Made(METHOD, Status(status), fingerprint(cells), rng)
    followed = tuple(float(cells.loc[cells["cohort"] == c, "person_years"].sum()) for c in names)
    return CohortForecast(names, followed, samples, years, cells, weights, made)


def _checked(table: pd.DataFrame, years: int) -> pd.DataFrame:
    lacking = [c for c in COLUMNS[:4] if c not in table]
    if lacking:
        raise SeriesError(Problem("column_missing", f"the column {lacking[0]} is missing.", f"缺少列 {lacking[0]}。"))
    cells = table.assign(others=table.get("others", 0))[list(COLUMNS)]
    cells = cells[cells["year"] < years].reset_index(drop=True)
    for column in COLUMNS[2:]:
        bad = ~(cells[column].astype(float) >= 0)
        if bad.any():
            raise SeriesError(Problem(
                "negative", f"{column} is negative or missing in {int(bad.sum())} rows.", f"{column} 有 {int(bad.sum())} 行为负或缺失。",
                row=int(np.flatnonzero(bad)[0]), column=column))  # fmt: skip
    if cells.duplicated(["cohort", "year"]).any():
        raise SeriesError(Problem("duplicate", "a cohort and year stand twice.", "同一队列同一随访年出现两次。"))
    if cells["relapses"].sum() < FEWEST_EVENTS:
        raise SeriesError(Problem(
            "few_events", f"fewer than {FEWEST_EVENTS} relapses: no rate by year of follow-up can be fitted.",
            f"复吸不足 {FEWEST_EVENTS} 例，无法按随访年拟合。", value=shown(int(cells["relapses"].sum()))))  # fmt: skip
    unseen = [k for k in range(years) if not (cells.loc[cells["year"] == k, "person_years"] > 0).any()]
    if unseen:
        raise SeriesError(Problem(
            "unseen_year", f"no cohort has reached year {unseen[0] + 1} of follow-up.", f"没有队列随访到第 {unseen[0] + 1} 年。",
            "Shorten years, or add older cohorts.", "请缩短年限，或补充更早的队列。"))  # fmt: skip
    return cells[cells["person_years"] > 0].reset_index(drop=True)


def _draw_rates(
    cells: pd.DataFrame, column: str, names: tuple[int, ...], years: int, draws: int, rng: np.random.Generator
) -> tuple[Floats, tuple[tuple[float, float], ...]]:
    """Return draws of rates (draws, cohorts, years) and the weight of every step of the grid."""
    if cells[column].sum() == 0:
        return np.zeros((draws, len(names), years)), ()
    place = {c: i for i, c in enumerate(names)}
    cohort = cells["cohort"].map(place).to_numpy(dtype=int)
    year = cells["year"].to_numpy(dtype=int)
    events, exposure = cells[column].to_numpy(dtype=float), cells["person_years"].to_numpy(dtype=float)
    design = np.zeros((len(cells), years + len(names)))
    design[np.arange(len(cells)), year] = 1.0
    design[np.arange(len(cells)), years + cohort] = 1.0
    gaps = np.diff(np.asarray(names, dtype=float))
    fits = [_fit(design, events, exposure, _precision(years, gaps, step)) for step in STEPS]
    evidence = np.array([f[2] for f in fits])
    weights = np.exp(evidence - evidence.max())
    weights /= weights.sum()
    scale = np.sqrt(_dispersion(design, events, exposure, fits[int(weights.argmax())][0], len(names) + years))
    picked = rng.choice(len(STEPS), draws, p=weights)
    z = rng.standard_normal((draws, design.shape[1]))
    log = np.empty_like(z)
    for i, (mode, root, _) in enumerate(fits):
        here = picked == i
        log[here] = mode + scale * z[here] @ root.T
    rates = np.exp(log[:, None, :years] + log[:, years:, None])
    return rates, tuple(zip(STEPS, map(float, weights), strict=True))


def _precision(years: int, gaps: Floats, step: float) -> Floats:
    """Return the prior precision: vague levels, a random walk of cohorts that starts at 0."""
    n = len(gaps) + 1
    walk = np.zeros((n, n))
    walk[0, 0] = 1 / step**2
    for i, gap in enumerate(gaps):
        walk[i : i + 2, i : i + 2] += np.array([[1, -1], [-1, 1]]) / (step**2 * gap)
    out = np.zeros((years + n, years + n))
    out[:years, :years] = VAGUE * np.eye(years)
    out[years:, years:] = walk
    return out


def _fit(design: Floats, events: Floats, exposure: Floats, precision: Floats) -> tuple[Floats, Floats, float]:
    """Return the mode, a root of the covariance there, and the log evidence (Laplace) of a penalised Poisson model."""
    years = int((np.diag(precision) == VAGUE).sum())
    beta = np.zeros(design.shape[1])
    beta[:years] = np.log((events.sum() + 0.5) / exposure.sum())

    def objective(b: Floats) -> float:
        log_rate = design @ b
        return float(events @ log_rate - exposure @ np.exp(log_rate) - b @ precision @ b / 2)

    value = objective(beta)
    for _ in range(MOST_STEPS):
        mean = exposure * np.exp(design @ beta)
        gradient = design.T @ (events - mean) - precision @ beta
        hessian = (design * mean[:, None]).T @ design + precision
        move = np.linalg.solve(hessian, gradient)
        size = 1.0
        while objective(beta + size * move) < value - 1e-12 and size > 1e-6:
            size /= 2
        beta, value = beta + size * move, objective(beta + size * move)
        if float(gradient @ move) < 1e-10:
            break
    mean = exposure * np.exp(design @ beta)
    hessian = (design * mean[:, None]).T @ design + precision
    root = np.linalg.inv(np.linalg.cholesky(hessian)).T
    evidence = value + np.linalg.slogdet(precision)[1] / 2 - np.linalg.slogdet(hessian)[1] / 2
    return beta, root, float(evidence)


def _dispersion(design: Floats, events: Floats, exposure: Floats, beta: Floats, parameters: int) -> float:
    """Return Pearson's dispersion, at least 1: cells scatter more than Poisson where checking comes in waves."""
    mean = exposure * np.exp(design @ beta)
    free = max(len(events) - parameters, 1)
    return float(max(1.0, ((events - mean) ** 2 / mean).sum() / free))


def _incidence(relapse: Floats, other: Floats) -> Floats:
    """Return the cumulative incidence of relapse from yearly cause-specific rates, shape (draws, cohorts)."""
    total = relapse + other
    left = np.exp(-np.concatenate([np.zeros_like(total[..., :1]), np.cumsum(total, axis=-1)[..., :-1]], axis=-1))
    return np.asarray((left * relapse * -np.expm1(-total) / np.where(total > 0, total, 1.0)).sum(axis=-1))
