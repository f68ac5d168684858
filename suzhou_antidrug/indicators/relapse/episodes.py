"""What repeated relapse is associated with: one hazard for all episodes, one for each, or marginal ones.

反复复吸的回归：各次同一风险、按次分层，或各次边际模型。

Andersen-Gill has one hazard for every relapse. Prentice-Williams-Peterson has a hazard for each episode, at risk of the
second relapse only after the first, in time since the start (total) or since the last relapse (gap). Wei-Lin-Weissfeld
puts everybody at risk of every episode from the start, estimates a coefficient for each episode, and weighs them by the
inverse of their joint robust covariance V: (1' V^-1 b) / (1' V^-1 1). All standard errors are robust by person.

Sources: Andersen and Gill, Ann. Statist. 10 (1982) 1100; Prentice, Williams and Peterson, Biometrika 68 (1981) 373; Wei,
Lin and Weissfeld, JASA 84 (1989) 1065.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...errors import SeriesError, UnknownNameError, refusal, unknown_name
from ...provenance import Made, Status
from ...results import Explanation, Result, line
from ...returns.cleaning import Words
from ...terms import Text
from ..intervals.counts import normal_quantile
from .hazards import CoxFit, Ties, covariate_table, data_print, fit_cox, person_residuals
from .recurrent import Histories, histories
from .risk_sets import Where, running_maximum

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from .risk_sets import Floats, Ints

Model = Literal["andersen_gill", "pwp_total", "pwp_gap", "wlw"]
MODELS: dict[str, Text] = {
    "andersen_gill": Text("安德森-吉尔：各次复吸同一风险", "Andersen-Gill: one hazard for every relapse"),
    "pwp_total": Text("PWP 总时间：按次分层，自起点计时", "Prentice-Williams-Peterson, episodes as strata, time since the start"),
    "pwp_gap": Text("PWP 间隔时间：按次分层，自上次复吸计时", "Prentice-Williams-Peterson, episodes as strata, time since the last relapse"),
    "wlw": Text("WLW 边际模型：各次分别估计", "Wei-Lin-Weissfeld, a coefficient for each episode"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class RecurrentFit(Result):
    """A regression of repeated relapse, arrays over covariates; errors are robust by person.  反复复吸的回归。

    ``fits`` holds the Cox regression behind it, for ``"wlw"`` one for each episode; ``persons_at`` and ``events_at`` say
    how many persons were at risk of the first, second, .. relapse and how many had it.
    """

    model: str
    names: tuple[str, ...]
    coefficient: Floats
    robust_se: Floats
    fits: tuple[CoxFit, ...]
    persons_at: Ints  # (episodes,)
    events_at: Ints  # (episodes,)
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One covariate a row: coefficient, hazard_ratio, low, high, robust_se, p_value."""
        import pandas as pd
        from scipy.special import ndtr

        half = normal_quantile(self.level) * self.robust_se
        return pd.DataFrame({
            "covariate": self.names, "coefficient": self.coefficient, "hazard_ratio": np.exp(self.coefficient),
            "low": np.exp(self.coefficient - half), "high": np.exp(self.coefficient + half), "robust_se": self.robust_se,
            "p_value": 2 * ndtr(-np.abs(self.coefficient / self.robust_se)),
        })  # fmt: skip

    def explain(self) -> Explanation:
        """Model, episodes with their numbers, standard error."""
        counts = Text(
            "；".join(f"第{n + 1}次：在险{p}人，{e}起" for n, (p, e) in enumerate(zip(self.persons_at, self.events_at, strict=True))),
            "; ".join(f"episode {n + 1}: {p} at risk, {e} events" for n, (p, e) in enumerate(zip(self.persons_at, self.events_at, strict=True))),
        )  # fmt: skip
        return Explanation(
            Text("反复复吸的回归", "Regression of repeated relapse"),
            (
                line("模型", "model", MODELS[self.model]),
                line("各次人数", "episodes", counts),
                line("标准误", "standard error", Text("按人汇总得分残差的稳健标准误", "robust, score residuals summed by person")),
                line("含义", "meaning", Text("属关联，不等于因果", "association, not cause")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def fit_recurrent(
    covariates: ArrayLike,
    entry: ArrayLike | None,
    exit: ArrayLike,
    event: ArrayLike,
    person: ArrayLike,
    *,
    model: Model = "andersen_gill",
    ties: Ties = "efron",
    names: Sequence[str] | None = None,
    cause: int = 1,
    level: float = 0.95,
    status: Status | str = Status.COMPUTED,
) -> RecurrentFit:
    """Return a regression of repeated relapse on covariates, from start-stop rows of persons.

    由起止时间对反复复吸作回归。

    Parameters
    ----------
    covariates, entry, exit, event, person
        As for :func:`~.hazards.fit_cox`; rows of a person do not overlap.
    model : str
        ``"andersen_gill"``, ``"pwp_total"``, ``"pwp_gap"`` or ``"wlw"``. Late episodes have few persons: see
        ``persons_at``. For ``"wlw"`` covariates do not change over a person's rows and every episode kept has ten events.

    Raises
    ------
    SeriesError
        As :func:`~.hazards.fit_cox`; overlapping rows; for ``"wlw"`` covariates that change within a person.

    Examples
    --------
    >>> month = np.arange(1.0, 21.0)
    >>> fit = fit_recurrent(month % 3 == 0, None, month, np.ones(20), np.arange(20), names=["volunteer"])
    >>> fit.persons_at.tolist(), round(float(fit.coefficient[0]), 3)
    ([20], 0.162)
    """
    if model not in MODELS:
        raise UnknownNameError(unknown_name("model of repeated relapse", "反复复吸模型", model, MODELS))
    x, named = covariate_table(covariates, names)
    rows = histories(entry, exit, event, person, cause=cause)
    if len(x) != len(rows.order):
        raise ValueError(f"{len(x)} rows of covariates for {len(rows.order)} rows of times")
    x = x[rows.order]
    at, events = _episode_counts(rows)
    made = Made(f"{model}, {ties} ties", Status(status), data_print(covariates, entry, exit, event, person))
    options = {"ties": ties, "names": named, "level": level, "status": status}
    if model == "wlw":
        return _marginal(x, rows, named, at, events, options, made)
    begin, end, strata = rows.entry, rows.exit, None
    if model != "andersen_gill":
        strata = rows.episode - 1
    if model == "pwp_gap":
        last = _last_event(rows)
        begin, end = rows.entry - last, rows.exit - last
    fit = fit_cox(x, begin, end, rows.event, strata=strata, person=rows.person, **options)  # type: ignore[arg-type]
    return RecurrentFit(model, named, fit.coefficient, fit.robust_se, (fit,), at, events, level, made)


def _episode_counts(rows: Histories) -> tuple[Ints, Ints]:
    """Return how many persons are at risk of each relapse, and how many have it."""
    pairs = np.unique(np.stack([rows.person, rows.episode]), axis=1)
    size = int(rows.episode.max())
    events = np.bincount(rows.episode[rows.event == 1] - 1, minlength=size)
    return np.bincount(pairs[1] - 1, minlength=size), events


def _last_event(rows: Histories) -> Floats:
    """Return the time of each row's last relapse before it, the person's first entry where there was none."""
    start = np.where(rows.episode == 1, rows.entry[rows.first][rows.person], -np.inf)
    own_first = np.zeros(len(rows.entry), dtype=bool)
    own_first[rows.first] = True
    after = np.concatenate([[False], (rows.event[:-1] == 1)]) & ~own_first
    start[after] = rows.exit[np.flatnonzero(after) - 1]
    return running_maximum(start, rows.person)  # times of one person only rise, so the largest is the latest


def _marginal(
    x: Floats, rows: Histories, named: tuple[str, ...], at: Ints, events: Ints, options: dict[str, Any], made: Made
) -> RecurrentFit:  # fmt: skip
    changing = (x != x[rows.first][rows.person]).any(axis=1)
    said = Words(
        "have another covariate than the person's first row", "的协变量与本人首行不同",
        "Use Andersen-Gill for covariates that change over time.", "协变量随时间变化时请用安德森-吉尔模型。",
    )  # fmt: skip
    wrong = np.zeros(len(changing), dtype=bool)
    wrong[rows.order] = changing
    if problems := Where().problem(wrong, "changing_covariate", said):
        raise SeriesError(problems)
    persons = len(rows.first)
    enter, cov = rows.entry[rows.first], x[rows.first]
    leave = np.maximum.reduceat(rows.exit, rows.first)
    fits, influence = [], []
    kept = int((events >= 10).sum()) if (events >= 10).any() else 0
    if not kept:
        raise refusal(
            "few_events", "no episode has 10 events.", "没有任何一次复吸达到 10 起。",
            "Show counts and rates with exact intervals instead.", "请改报计数、率及精确区间。",
        )  # fmt: skip
    for k in range(kept):
        mine = (rows.episode == k + 1) & (rows.event == 1)
        time, hit = leave.copy(), np.zeros(persons, dtype=np.int64)
        time[rows.person[mine]], hit[rows.person[mine]] = rows.exit[mine], 1
        fits.append(fit_cox(cov, enter, time, hit, person=np.arange(persons), **options))
        influence.append(person_residuals(cov, enter, time, hit, fits[-1]))
    stacked = np.concatenate(influence, axis=1)  # (persons, kept * p)
    joint = stacked.T @ stacked
    p = len(named)
    coefficient, error = np.empty(p), np.empty(p)
    for j in range(p):
        own = np.arange(kept) * p + j
        inverse = np.linalg.inv(joint[np.ix_(own, own)])
        weight = inverse.sum(axis=0) / inverse.sum()
        coefficient[j] = weight @ [fit.coefficient[j] for fit in fits]
        error[j] = 1 / np.sqrt(inverse.sum())
    return RecurrentFit("wlw", named, coefficient, error, tuple(fits), at, events, options["level"], made)
