"""Cox regression of relapse: hazard ratios with delayed entry, strata, tied times and several rows a person.

复吸的考克斯回归：风险比，支持延迟进入、分层、并列时间与一人多行。

The formulas stand in :mod:`.partial_likelihood`. Robust variance (sandwich): I^-1 (sum over persons of U U') I^-1, U the
score residuals of all rows of a person added up; right for start-stop rows, where rows of a person are not independent.

Sources: Cox, JRSS B 34 (1972) 187; Lin and Wei, JASA 84 (1989) 1074; Therneau and Grambsch, Modeling Survival Data
(2000), chapters 3 and 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import SeriesError, UnknownNameError, refusal, unknown_name
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...returns.cleaning import Words
from ...terms import Text
from ..intervals.counts import normal_quantile
from .partial_likelihood import RiskSets, maximise, partial_likelihood, score_residuals
from .risk_sets import Where, checked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from .risk_sets import Floats, Ints

Ties = Literal["efron", "breslow"]
TIES: dict[str, Text] = {"efron": Text("埃夫隆法", "Efron"), "breslow": Text("布雷斯洛法", "Breslow")}
# Below ten events a regression mostly shows its own noise: a choice of this project.
MIN_EVENTS = 10


@dataclass(frozen=True, slots=True, eq=False)
class CoxFit(Result):
    """Hazard ratios of a Cox regression.  考克斯回归的风险比。

    Arrays over covariates. Where ``person`` was given, statistic, p-value and interval use the robust standard error;
    ``robust_se`` and ``robust_covariance`` are NaN otherwise.
    """

    names: tuple[str, ...]
    coefficient: Floats
    se: Floats  # from the information: right where every row is one independent person
    robust_se: Floats
    covariance: Floats  # (p, p)
    robust_covariance: Floats
    loglik_null: float
    loglik: float
    events: int
    rows: int
    persons: int | None  # None where not given
    strata: int
    ties: str
    level: float
    steps: int
    made: Made

    @property
    def hazard_ratio(self) -> Floats:
        """exp(coefficient): the hazard of one unit more over the hazard."""
        return np.exp(self.coefficient)

    @property
    def used_se(self) -> Floats:
        """The robust standard error where persons were given, else that of the information."""
        return self.se if self.persons is None else self.robust_se

    @property
    def low(self) -> Floats:
        """Lower limit of the hazard ratio."""
        return np.exp(self.coefficient - normal_quantile(self.level) * self.used_se)

    @property
    def high(self) -> Floats:
        """Upper limit of the hazard ratio."""
        return np.exp(self.coefficient + normal_quantile(self.level) * self.used_se)

    @property
    def p_value(self) -> Floats:
        """Two-sided Wald p-value, of the same standard error as the interval."""
        from scipy.special import ndtr

        return np.asarray(2 * ndtr(-np.abs(self.coefficient / self.used_se)))

    @property
    def likelihood_ratio(self) -> float:
        """Twice the gain in log-likelihood; it takes rows as independent, persons given or not."""
        return 2 * (self.loglik - self.loglik_null)

    @property
    def frame(self) -> pd.DataFrame:
        """One covariate a row: coefficient, hazard_ratio, low, high, se, robust_se, p_value."""
        import pandas as pd

        columns = ("coefficient", "hazard_ratio", "low", "high", "se", "robust_se", "p_value")
        return pd.DataFrame({"covariate": self.names, **{name: getattr(self, name) for name in columns}})

    def explain(self) -> Explanation:
        """Formula, counts and what the ratios mean."""
        told = None if self.persons is None else f"{self.persons}"
        robust = Text("按人汇总得分残差的稳健标准误", "robust, score residuals summed by person")
        plain = Text("信息矩阵(每行须为独立的一人)", "from the information (every row must be one independent person)")
        meaning = Text(
            "协变量高一个单位时，同一时刻在险者发生率之比；属关联，不等于因果",
            "ratio of the rates, among those at risk at the same time, of one unit more; association, not cause",
        )
        return Explanation(
            Text("考克斯回归", "Cox regression"),
            (
                line("公式", "formula", "log L = sum eta - log sum exp(eta), entry < t <= exit"),
                line("并列时间", "tied times", TIES[self.ties]),
                line("事件 / 行", "events / rows", f"{self.events} / {self.rows}"),
                line("人数", "persons", Text("未给出", "not given") if told is None else told),
                line("层数", "strata", self.strata),
                line("标准误", "standard error", plain if told is None else robust),
                line("似然比", "likelihood ratio", f"{self.likelihood_ratio:.4g} (df {len(self.names)})"),
                line("含义", "meaning", meaning),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the hazard ratios with their intervals.  绘制风险比及区间。"""
        from .plots import plot_hazard_ratios

        return plot_hazard_ratios(self, ax, language=language)


def covariate_table(covariates: ArrayLike, names: Sequence[str] | None) -> tuple[Floats, tuple[str, ...]]:
    """Return covariates as an array (n, p) with their names; a frame brings its own.  协变量数组与名称。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for text and for missing or infinite values.
    """
    try:
        x = np.asarray(covariates, dtype=float)
    except (TypeError, ValueError):  # numpy would repeat the person's value in its message
        raise refusal(
            "not_numbers", "the covariates are not all numbers.", "协变量并非都是数字。",
            "Code classes as 0 and 1.", "请把类别编码为 0 与 1。",
        ) from None  # fmt: skip
    x = x[:, None] if x.ndim == 1 else x
    if names is None:
        own = getattr(covariates, "columns", None)
        names = [f"x{j + 1}" for j in range(x.shape[1])] if own is None else [str(name) for name in own]
    if x.ndim != 2 or not x.shape[1] or len(names) != x.shape[1] or len(set(names)) != len(names):
        raise ValueError(f"covariates are (n, p) with p different names, got shape {x.shape} and {len(names)} names")
    said = Words(
        "lack a covariate, or have an infinite one", "缺少协变量或含无穷大",
        "Leave these rows out and say how many, or fill them by a stated rule.", "请剔除并注明行数，或按说明的规则补全。",
    )  # fmt: skip
    problems = Where().problem(~np.isfinite(x).all(axis=1), "missing_covariate", said)
    if problems:
        raise SeriesError(problems)
    return x, tuple(names)


def regression_sets(
    covariates: ArrayLike, entry: ArrayLike | None, exit: ArrayLike, event: ArrayLike, *,
    ties: str, strata: ArrayLike | None, names: Sequence[str] | None, cause: int,
) -> tuple[RiskSets, tuple[str, ...]]:  # fmt: skip
    """Return checked risk sets and the names; refuse what cannot carry a regression.  核对并建立风险集。"""
    if ties not in TIES:
        raise UnknownNameError(unknown_name("treatment of ties", "并列处理方法", ties, TIES))
    x, named = covariate_table(covariates, names)
    seam = checked(entry, exit, event, strata)
    if len(seam) != len(x):
        raise ValueError(f"{len(x)} rows of covariates for {len(seam)} rows of times")
    happened = (seam.event == cause).astype(np.int64)
    events = int(happened.sum())
    if events < MIN_EVENTS:
        raise refusal(
            "no_events" if events == 0 else "few_events",
            f"{events} events cannot carry a regression; at least {MIN_EVENTS} are needed.",
            f"仅有 {events} 起事件，不足以回归；至少需要 {MIN_EVENTS} 起。",
            "Show counts and rates with exact intervals instead.", "请改报计数、率及精确区间。",
        )  # fmt: skip
    constant = [name for name, width in zip(named, np.ptp(x, axis=0), strict=True) if width == 0]
    if constant:
        listed = ", ".join(constant)
        raise refusal(
            "constant", f"the same for everybody: {listed}.", f"人人相同：{listed}。", "Leave it out.", "请去掉。"
        )
    return RiskSets.of(x, seam.entry, seam.exit, happened, seam.group, ties=ties), named


def fit_cox(
    covariates: ArrayLike,
    entry: ArrayLike | None,
    exit: ArrayLike,
    event: ArrayLike,
    *,
    ties: Ties = "efron",
    strata: ArrayLike | None = None,
    person: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    cause: int = 1,
    level: float = 0.95,
    status: Status | str = Status.COMPUTED,
) -> CoxFit:
    """Return the Cox regression of an event on covariates.

    事件对协变量的考克斯回归。

    Parameters
    ----------
    covariates : array or DataFrame (n, p)
        Numbers; a frame brings its names.
    entry, exit : array (n,)
        Times in one unit; ``entry`` None for 0. At risk where entry < t <= exit.
    event : array (n,)
        ``cause`` is the event; every other code leaves the risk set without one, so that the hazard is that of the cause.
    strata : array (n,), optional
        Codes from 0: each has a hazard of its own, the ratios are common.
    person : array (n,), optional
        Codes of persons: robust standard errors. Needed wherever a person has several rows.
    status : Status
        Of the data: ``"synthetic"`` or ``"assumed"`` is shown with the result.

    Raises
    ------
    SeriesError
        Fewer than 10 events; missing values; a covariate that is constant, a combination of others, or separates those
        with the event from those without; times that cannot be used.

    Examples
    --------
    >>> month = np.arange(1.0, 21.0)
    >>> fit = fit_cox(month % 3 == 0, None, month, np.ones(20), names=["volunteer"])
    >>> fit.frame.iloc[0, 1:5].astype(float).round(3).tolist()  # coefficient, hazard ratio and its limits
    [0.162, 1.176, 0.44, 3.143]
    """
    sets, named = regression_sets(covariates, entry, exit, event, ties=ties, strata=strata, names=names, cause=cause)
    normal_quantile(level)  # a level outside 0-1 is a slip to be told before the work
    beta, at, null, steps = maximise(sets, named)
    inverse = np.linalg.inv(at.information)
    rows = np.shape(exit)[0]
    persons, robust = None, np.full_like(inverse, np.nan)
    if person is not None:
        codes = person_codes(person, rows)
        persons = int(codes.max()) + 1
        robust = inverse @ _meat(score_residuals(sets, at), codes[sets.kept], persons) @ inverse
    covariance, robust = (v / np.outer(sets.scale, sets.scale) for v in (inverse, robust))
    made = Made(
        f"Cox regression, {ties} ties", Status(status), data_print(covariates, entry, exit, event, strata, person)
    )
    return CoxFit(
        named, beta / sets.scale, np.sqrt(np.diag(covariance)), np.sqrt(np.diag(robust)), covariance, robust,
        null, at.loglik, len(sets.row), rows, persons, len(np.unique(sets.stratum)), ties, level, steps, made,
    )  # fmt: skip


def _meat(residuals: Floats, codes: Ints, persons: int) -> Floats:
    if persons <= residuals.shape[1]:
        raise refusal(
            "few_persons", f"{persons} persons cannot carry robust errors of {residuals.shape[1]} covariates.",
            f"{persons} 人不足以估计 {residuals.shape[1]} 个协变量的稳健标准误。",
            "Take fewer covariates.", "请减少协变量。",
        )  # fmt: skip
    summed = np.stack([np.bincount(codes, column, persons) for column in residuals.T], axis=1)
    return np.asarray(summed.T @ summed)


def person_codes(person: ArrayLike, rows: int) -> Ints:
    """Return codes 0, 1, .. of persons; refuse a missing one.  人员编码。"""
    given = np.asarray(person)
    if given.shape != (rows,):
        raise ValueError(f"{given.shape} codes of persons for {rows} rows")
    if given.dtype.kind not in "iufb":
        raise ValueError("person holds whole numbers; pandas.factorize makes codes of names")
    said = Words("have no person", "没有人员编码", "Give every row its person.", "请为每行填写人员编码。")
    problems = Where().problem(np.isnan(given.astype(float)), "missing_person", said)
    if problems:
        raise SeriesError(problems)
    return np.asarray(np.unique(given, return_inverse=True)[1], dtype=np.int64)


def data_print(*arrays: ArrayLike | None) -> str:
    """Return the fingerprint of the data of a regression.  回归数据的指纹。"""
    parts = ["" if a is None else fingerprint(np.ascontiguousarray(a, dtype=float).tobytes()) for a in arrays]
    return fingerprint("|".join(parts))


def person_residuals(covariates: Floats, entry: Floats, exit: Floats, event: Ints, fit: CoxFit) -> Floats:
    """Return by how much each row moves the coefficients (dfbeta), (n, p): score residuals times the covariance.

    各行对系数的影响。
    """
    sets, _ = regression_sets(covariates, entry, exit, event, ties=fit.ties, strata=None, names=fit.names, cause=1)
    at = partial_likelihood(fit.coefficient * sets.scale, sets)
    found = np.zeros((len(exit), len(fit.names)))
    found[sets.kept] = score_residuals(sets, at) @ np.linalg.inv(at.information) / sets.scale
    return found
