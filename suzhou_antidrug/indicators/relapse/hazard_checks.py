"""Does a hazard ratio stay the same over time: score test and scaled Schoenfeld residuals.

风险比是否随时间不变：得分检验与标化的舍恩菲尔德残差。

Formulas
--------
The coefficient of a covariate is let go as beta + theta g(t); theta = 0 is tested by the score u = sum over events of
g(t) (x - mean) and the information of (beta, theta): chi2 = u' (J - K' I^-1 K)^-1 u, with I = sum V, K = sum g V,
J = sum g^2 V and V the variance of x over the risk set at each event. g is 1 - S(t-) (Kaplan-Meier), t, log t, or the
rank of t among all times of leaving. A scaled residual, beta + d I^-1 (x - mean) with d events, has as its mean about
the coefficient at that time.

Sources: Grambsch and Therneau, Biometrika 81 (1994) 515; Therneau and Grambsch, Modeling Survival Data (2000), chapter 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import UnknownNameError, refusal, unknown_name
from ...provenance import Made, Status
from ...results import Explanation, Result, line
from ...terms import Text
from ..intervals.counts import normal_quantile
from .hazards import Ties, data_print, regression_sets
from .partial_likelihood import SINGULAR, PartialLikelihood, RiskSets, maximise, weighted_information
from .risk_sets import checked, risk_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from .risk_sets import Floats, Ints

Transform = Literal["km", "identity", "rank", "log"]
TRANSFORMS: dict[str, Text] = {
    "km": Text("1 − 卡普兰-迈耶曲线", "1 - Kaplan-Meier curve"),
    "identity": Text("时间本身", "time itself"),
    "rank": Text("时间的秩", "rank of the time"),
    "log": Text("时间的对数", "logarithm of the time"),
}
GLOBAL = "GLOBAL"
PERIODS = 4  # of the changing coefficient, with equal numbers of events: fewer hide a turn, more show noise
PER_PERIOD = 10  # events, the same number below which no regression is run


@dataclass(frozen=True, slots=True, eq=False)
class ProportionalityCheck(Result):
    """Tests that hazard ratios do not change over time.  风险比不随时间变化的检验。

    The last entry of ``names``, ``chi2`` and ``df`` is the global test. A ``chi2`` of NaN: cannot be told, the covariate
    varies in the risk sets of one value of the transformed time only. ``coefficient``, ``low`` and ``high`` are
    (periods, p): the coefficient in periods with about equal numbers of events, from scaled residuals.
    """

    names: tuple[str, ...]
    chi2: Floats
    df: Ints
    transform: str
    period_start: Floats  # (periods,) first and last event time
    period_end: Floats
    period_events: Ints
    coefficient: Floats
    low: Floats
    high: Floats
    level: float
    events: int
    made: Made

    @property
    def p_value(self) -> Floats:
        """Upper tail of chi-square: small where a ratio changes over time."""
        from scipy.special import chdtrc

        return np.asarray(chdtrc(self.df, self.chi2))

    @property
    def frame(self) -> pd.DataFrame:
        """One covariate a row, the global test last: covariate, chi2, df, p_value."""
        import pandas as pd

        return pd.DataFrame({"covariate": self.names, "chi2": self.chi2, "df": self.df, "p_value": self.p_value})

    @property
    def periods(self) -> pd.DataFrame:
        """One covariate and period a row: covariate, start, end, events, coefficient, low, high."""
        import pandas as pd

        p, parts = self.coefficient.shape[1], len(self.period_start)
        shared = {"start": self.period_start, "end": self.period_end, "events": self.period_events}
        own = {"coefficient": self.coefficient, "low": self.low, "high": self.high}
        return pd.DataFrame(
            {"covariate": np.repeat(self.names[:-1], parts)}
            | {name: np.tile(values, p) for name, values in shared.items()}
            | {name: values.T.ravel() for name, values in own.items()}
        )

    def explain(self) -> Explanation:
        """The test and what follows from it."""
        small = Text(
            "p 小：该风险比随时间变化，单一的风险比只是平均；应分期报告或分层",
            "where p is small the ratio changes over time and one ratio is an average: report periods, or stratify",
        )
        untold = Text("无法判断", "cannot be told")
        overall = Text(*[f"chi2 {self.chi2[-1]:.4g}, df {self.df[-1]}, p {self.p_value[-1]:.3g}"] * 2)
        large = Text(
            "p 大不等于证明不变，事件少时看不出变化", "a large p is no proof of constancy: few events show no change"
        )
        return Explanation(
            Text("比例风险检验", "Check of proportional hazards"),
            (
                line(
                    "方法",
                    "method",
                    Text("系数随时间变化的得分检验", "score test of a coefficient that changes with time"),
                ),
                line("时间变换", "transform of time", TRANSFORMS[self.transform]),
                line("事件", "events", self.events),
                line("总体检验", "global test", untold if np.isnan(self.chi2[-1]) else overall),
                line("含义", "meaning", small),
                line("注意", "note", large),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the hazard ratio of each covariate by period.  绘制各期风险比。"""
        from .plots import plot_changing_ratios

        return plot_changing_ratios(self, ax, language=language)


def schoenfeld_residuals(sets: RiskSets, at: PartialLikelihood) -> Floats:
    """Return the covariate of each event less the mean of its risk set, (E, p), in standard deviations.

    舍恩菲尔德残差。

    In the order of ``sets.row``; tied events share the average of their means.
    """
    count = np.bincount(sets.key, minlength=len(sets.time)).astype(float)
    mean = np.stack([sets.by_key(column) / count for column in at.mean.T], axis=1)
    return np.asarray(sets.z[sets.row] - mean[sets.key])


def check_proportional_hazards(
    covariates: ArrayLike,
    entry: ArrayLike | None,
    exit: ArrayLike,
    event: ArrayLike,
    *,
    transform: Transform = "km",
    ties: Ties = "efron",
    strata: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    cause: int = 1,
    level: float = 0.95,
    status: Status | str = Status.COMPUTED,
) -> ProportionalityCheck:
    """Return tests that the hazard ratios of a Cox regression do not change over time.

    检验考克斯回归的风险比是否随时间不变。

    Takes what :func:`~.hazards.fit_cox` takes; formulas at the head of the module. Compare transforms: ``"km"`` weighs
    all events about equally, ``"identity"`` gives a few late events much weight.

    Raises
    ------
    SeriesError
        As :func:`~.hazards.fit_cox`; and where all events stand at one value of the transformed time.

    Examples
    --------
    >>> month = np.arange(1.0, 41.0)
    >>> early = (month <= 20) == (month % 5 != 0)  # mostly 1 among the early relapses, mostly 0 among the late ones
    >>> found = check_proportional_hazards(early, None, month, np.ones(40), names=["early"])
    >>> bool(found.p_value[0] < 0.05)
    True
    """
    if transform not in TRANSFORMS:
        raise UnknownNameError(unknown_name("transform of time", "时间变换", transform, TRANSFORMS))
    z = normal_quantile(level)
    sets, named = regression_sets(covariates, entry, exit, event, ties=ties, strata=strata, names=names, cause=cause)
    beta, at, _, _ = maximise(sets, named)
    g = _transformed(entry, exit, event, sets, transform, cause)
    if np.ptp(g) == 0:
        raise refusal(
            "no_time", "all events stand at one time after the transform.", "变换后所有事件处于同一时间。",
            "Take another transform.", "请换一种变换。",
        )  # fmt: skip
    chi2, df = _score_tests(sets, at, g - g.mean())
    made = Made(
        f"proportional hazards, {transform}", Status(status), data_print(covariates, entry, exit, event, strata)
    )
    return ProportionalityCheck(
        (*named, GLOBAL), chi2, df, transform, *_by_period(sets, at, beta, z), level, len(sets.row), made
    )


def _transformed(
    entry: ArrayLike | None, exit: ArrayLike, event: ArrayLike, sets: RiskSets, transform: str, cause: int
) -> Floats:
    """Return the transformed time of each event, over all strata together."""
    time = sets.time[sets.key]
    if transform == "identity":
        return time
    if transform == "log":
        return np.log(time)
    seam = checked(entry, exit, event)
    if transform == "rank":
        ordered = np.sort(seam.exit)
        low, high = (np.searchsorted(ordered, time, side=side) for side in ("left", "right"))
        return np.asarray((low + high + 1) / 2)
    table = risk_table(seam.entry, seam.exit, (seam.event == cause).astype(np.int64), kinds=1)
    survival = np.concatenate([[1.0], np.cumprod(1 - table.events[:, 0] / table.at_risk)])
    return np.asarray(1 - survival[np.searchsorted(table.time, time, side="left")])


def _score_tests(sets: RiskSets, at: PartialLikelihood, g: Floats) -> tuple[Floats, Ints]:
    score = (sets.z[sets.row] - at.mean).T @ g
    p = len(score)
    crossed, squared = (weighted_information(sets, at.risk, at.denominator, at.mean, w) for w in (g, g**2))
    rest = squared - crossed @ np.linalg.solve(at.information, crossed)
    told = np.diag(rest) > SINGULAR * np.diag(squared)
    with np.errstate(divide="ignore", invalid="ignore"):
        single = np.where(told, score**2 / np.diag(rest), np.nan)
    scale = np.sqrt(np.diag(squared))
    least = np.linalg.eigvalsh(rest / np.outer(scale, scale))[0] if told.all() else 0.0
    together = score @ np.linalg.solve(rest, score) if least > SINGULAR else np.nan
    return np.append(single, together), np.append(np.ones(p, dtype=np.int64), p)


def _by_period(
    sets: RiskSets, at: PartialLikelihood, beta: Floats, quantile: float
) -> tuple[Floats, Floats, Ints, Floats, Floats, Floats]:
    """Return start, end, events, coefficient and limits in periods with about equal numbers of events."""
    events = len(sets.row)
    time, inverse = sets.time[sets.key], np.linalg.inv(at.information)
    scaled = beta + events * schoenfeld_residuals(sets, at) @ inverse
    parts = max(1, min(PERIODS, events // PER_PERIOD))
    edges = np.unique(np.quantile(time, np.arange(1, parts) / parts, method="lower"))
    period = np.searchsorted(edges, time, side="left")  # ties stay together
    period = np.unique(period, return_inverse=True)[1]
    counts = np.bincount(period)
    start, end = np.full(len(counts), np.inf), np.full(len(counts), -np.inf)
    np.minimum.at(start, period, time)
    np.maximum.at(end, period, time)
    mean = np.stack([np.bincount(period, column) / counts for column in scaled.T], axis=1)
    half = quantile * np.sqrt(events * np.diag(inverse) / counts[:, None])
    middle, low, high = (values / sets.scale for values in (mean, mean - half, mean + half))
    return start, end, counts.astype(np.int64), middle, low, high
