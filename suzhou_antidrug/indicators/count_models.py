"""Regression of counts with an exposure: Poisson with the scatter that is there, or negative binomial.

计数回归(含暴露量)：按实际离散程度放宽的泊松模型，或负二项模型。

log mean = log exposure + x beta. Quasi-Poisson: Poisson estimates, standard errors times the root of Pearson's dispersion
(never below 1). Negative binomial (NB2): variance m + alpha m^2, alpha by maximum likelihood. Refused below ten events, and
where a class has no event at all: there a program reports convergence with a coefficient of -22 and an error of 13,282.

Sources: McCullagh and Nelder, Generalized Linear Models (1989), chapter 6; Hilbe, Negative Binomial Regression (2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import Problem, SeriesError, refusal
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..terms import Text
from .intervals.counts import normal_quantile

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

CountModel = Literal["quasi_poisson", "negative_binomial"]
FEWEST_EVENTS = 10  # below, no regression: this project's choice


@dataclass(frozen=True, slots=True, eq=False)
class CountFit(Result):
    """A regression of counts, arrays over terms, the intercept first.  计数回归。"""

    names: tuple[str, ...]
    coefficient: Floats
    se: Floats  # with the dispersion
    covariance: Floats
    dispersion: float  # Pearson's chi-square over its degrees of freedom
    overdispersion_p: float  # of that chi-square were the counts Poisson
    alpha: float  # of the negative binomial, NaN otherwise
    fitted: Floats
    residuals: Floats  # Pearson
    events: float
    rows: int
    model: str
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One term a row: coefficient, rate_ratio, low, high, se, p_value."""
        import pandas as pd
        from scipy.special import ndtr

        half = normal_quantile(self.level) * self.se
        return pd.DataFrame({
            "term": self.names, "coefficient": self.coefficient, "rate_ratio": np.exp(self.coefficient),
            "low": np.exp(self.coefficient - half), "high": np.exp(self.coefficient + half), "se": self.se,
            "p_value": 2 * ndtr(-np.abs(self.coefficient / self.se)),
        })  # fmt: skip

    def explain(self) -> Explanation:
        """Model, events, dispersion."""
        name = {"quasi_poisson": Text("准泊松", "quasi-Poisson"), "negative_binomial": Text("负二项", "negative binomial")}[self.model]  # fmt: skip
        lines = [
            line("模型", "model", name),
            line("事件 / 行", "events / rows", f"{self.events:g} / {self.rows}"),
            line("离散度", "dispersion", f"{self.dispersion:.3g} (p {self.overdispersion_p:.2g})"),
        ]
        if not np.isnan(self.alpha):
            lines.append(line("负二项 alpha", "alpha", f"{self.alpha:.3g}"))
        lines += [
            line("含义", "meaning", Text("属关联，不等于因果", "association, not cause")),
            line("数据状态", "status", self.made.status.text),
        ]
        return Explanation(Text("计数回归", "Regression of counts"), tuple(lines))


def fit_counts(
    events: ArrayLike, covariates: ArrayLike, *, exposure: ArrayLike = 1.0, names: Sequence[str] | None = None,
    model: CountModel = "quasi_poisson", level: float = 0.95, status: Status | str = Status.COMPUTED,
) -> CountFit:  # fmt: skip
    """Return a regression of counts on covariates with an exposure.

    计数对协变量的回归，含暴露量。

    Parameters
    ----------
    events : array (n,)
    covariates : array or DataFrame (n, p)
        Without the intercept, which is added.
    exposure : array (n,)
        Population, register, kilometres; above 0.

    Raises
    ------
    SeriesError
        Fewer than ten events, what is no count, an exposure not above 0, missing values, collinear covariates, a class
        without any event, an estimate that does not converge.

    Examples
    --------
    >>> fit = fit_counts([12, 9, 15, 30, 28, 33], [[0], [0], [0], [1], [1], [1]], exposure=100, names=["later"])
    >>> fit.frame["rate_ratio"].round(3).tolist()
    [0.12, 2.528]
    """
    y, x, t, named = _checked(events, covariates, exposure, names)
    design = np.column_stack([np.ones(len(y)), x])
    _refuse_empty_classes(y, x, named)
    import statsmodels.api as sm

    alpha = float("nan")
    try:
        fit = sm.GLM(y, design, family=sm.families.Poisson(), offset=np.log(t)).fit()
        if model == "negative_binomial":
            nb = sm.NegativeBinomial(y, design, offset=np.log(t)).fit(disp=0, maxiter=200, start_params=np.append(fit.params, 0.1))  # fmt: skip
            if not nb.mle_retvals["converged"] or not np.isfinite(nb.bse).all():
                raise refusal("not_converged", "the negative binomial fit did not converge.", "负二项拟合未收敛。", "Use quasi_poisson.", "请用准泊松。")  # fmt: skip
            alpha, beta = float(nb.params[-1]), np.asarray(nb.params[:-1])
            covariance = np.asarray(nb.cov_params())[:-1, :-1]
            mean = np.exp(design @ beta) * t
            residuals = (y - mean) / np.sqrt(mean + alpha * mean**2)
    except (np.linalg.LinAlgError, ValueError) as error:
        raise refusal("not_converged", "the fit did not converge.", "拟合未收敛。") from error
    free = max(len(y) - design.shape[1], 1)
    poisson_chi = float(fit.pearson_chi2)
    dispersion = poisson_chi / free
    if model == "quasi_poisson":
        beta, mean = np.asarray(fit.params), np.asarray(fit.fittedvalues)
        covariance = np.asarray(fit.cov_params()) * max(1.0, dispersion)
        residuals = (y - mean) / np.sqrt(mean)
    from scipy.special import chdtrc

    made = Made(f"{model} regression", Status(status), fingerprint(np.column_stack([y, t, x]).tobytes()))
    return CountFit(
        ("intercept", *named), beta, np.sqrt(np.diag(covariance)), covariance, dispersion, float(chdtrc(free, poisson_chi)),
        alpha, mean, residuals, float(y.sum()), len(y), model, level, made,
    )  # fmt: skip


def _checked(
    events: ArrayLike, covariates: ArrayLike, exposure: ArrayLike, names: Sequence[str] | None
) -> tuple[Floats, Floats, Floats, tuple[str, ...]]:
    y = np.asarray(events, dtype=float)
    x = np.asarray(covariates, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    own = getattr(covariates, "columns", None)
    named = tuple(
        names if names is not None else [f"x{j + 1}" for j in range(x.shape[1])] if own is None else map(str, own)
    )
    t = np.broadcast_to(np.asarray(exposure, dtype=float), y.shape)
    if x.shape[0] != len(y) or len(named) != x.shape[1]:
        raise ValueError(f"{len(y)} counts, covariates of shape {x.shape}, {len(named)} names")
    problems = []
    for wrong, code, en, zh in (
        (~((y >= 0) & (y == np.round(y))), "counts", "counts are whole numbers from 0", "计数须为非负整数"),
        (~(t > 0), "exposure", "exposures must be above 0", "暴露量须大于零"),
        (~np.isfinite(x).all(axis=1), "missing_covariate", "covariates are missing", "协变量缺失"),
    ):
        rows = np.flatnonzero(wrong)
        if rows.size:
            listed = ", ".join(str(r) for r in rows[:5])
            problems.append(Problem(code, f"{en} (positions {listed}).", f"{zh}（位置 {listed}）。", row=int(rows[0])))
    if problems:
        raise SeriesError(problems)
    if y.sum() < FEWEST_EVENTS:
        raise refusal(
            "few_events", f"{y.sum():g} events cannot carry a regression; at least {FEWEST_EVENTS} are needed.",
            f"仅 {y.sum():g} 起事件，不足以回归；至少需要 {FEWEST_EVENTS} 起。", "Show counts with exact limits.", "请改报计数与精确区间。",
        )  # fmt: skip
    centred = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
    if np.linalg.matrix_rank(np.column_stack([np.ones(len(y)), centred]), tol=1e-8) <= x.shape[1]:
        raise refusal("collinear", "covariates are constant or determine each other.", "协变量为常数或互相决定。", "Leave one out.", "请去掉一个。")  # fmt: skip
    return y, x, np.asarray(t, dtype=float), named


def _refuse_empty_classes(y: Floats, x: Floats, names: tuple[str, ...]) -> None:
    for j, name in enumerate(names):
        values = np.unique(x[:, j])
        if len(values) == 2 and any(y[x[:, j] == v].sum() == 0 for v in values):
            raise refusal(
                "empty_class", f"no event at one value of {name}: its ratio runs to 0 or infinity.",
                f"{name} 的某一取值下没有事件：比值趋于 0 或无穷。", "Merge classes, or show counts.", "请合并类别，或改报计数。",
            )  # fmt: skip
