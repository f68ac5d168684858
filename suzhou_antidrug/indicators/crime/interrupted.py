"""A series interrupted by a plan: step and slope, season, pulses for Covid, a control beside it; or "cannot be told".

被规划打断的序列：水平与斜率变化、季节、疫情脉冲、对照；分不清的，明说无法识别。

log mean_t = log exposure + a + b t + step (t >= start) [+ slope (t - start)] + harmonics + pulses. Quasi-Poisson; beside it
the Newey-West error and the autocorrelation of residuals. With a control both series share season and pulses and the step of
the cases beyond the control's is what is reported. Without a control, a pulse that begins within ``near`` periods of the start
and never ends before the data do, or that fills the time after the start, makes step and pulse one: not identifiable.

Sources: Bernal, Cummins and Gasparrini, International J. Epidemiology 46 (2017) 348, and its later correction; Newey and
West, Econometrica 55 (1987) 703.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Judgement, Verdict
from ..count_models import CountFit, fit_counts
from ..intervals.counts import normal_quantile

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEWEST_BEFORE = 24  # periods before the start: this project's choice
NEAR = 3  # periods between start and pulse below which they begin together
WORST_CONDITION = 30.0  # variance inflation of the step above which pulse and step are one


@dataclass(frozen=True, slots=True, eq=False)
class InterruptedSeries(Result):
    """Step of a series at the start of a plan.  规划起点处的水平变化。"""

    counts: Floats
    exposure: Floats
    control: Floats | None
    start: int
    ratio: float  # exp(step): NaN where not identifiable
    low: float
    high: float
    newey_west: tuple[float, float]
    trend_per_year: float
    autocorrelation: float  # of Pearson residuals at lag 1
    fitted: Floats
    counterfactual: Floats
    pulses: Mapping[str, tuple[int, int]]
    period: int
    fit: CountFit | None
    judgement: Judgement
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One period a row: count, exposure, control, fitted, counterfactual."""
        import pandas as pd

        control = np.full(len(self.counts), np.nan) if self.control is None else self.control
        return pd.DataFrame({
            "period": np.arange(1, len(self.counts) + 1), "count": self.counts, "exposure": self.exposure, "control": control,
            "fitted": self.fitted, "counterfactual": self.counterfactual,
        })  # fmt: skip

    def explain(self) -> Explanation:
        """Ratio, errors, dispersion, autocorrelation, and whether it can be told."""
        lines = [
            line("起点", "start", Text(f"第 {self.start + 1} 期", f"period {self.start + 1}")),
            line("对照", "control", Text("有", "yes") if self.control is not None else Text("无", "no")),
            line("脉冲", "pulses", ", ".join(f"{k}: {a + 1}-{b}" for k, (a, b) in self.pulses.items()) or "-"),
        ]
        if self.fit is not None:
            lines += [
                line("水平之比", "ratio at the step", f"{self.ratio:.3f} ({self.low:.3f}-{self.high:.3f})"),
                line("自相关稳健区间", "Newey-West limits", f"{self.newey_west[0]:.3f}-{self.newey_west[1]:.3f}"),
                line("每年趋势", "trend a year", f"{self.trend_per_year:.3f}"),
                line("离散度", "dispersion", f"{self.fit.dispersion:.2f}"),
                line("残差一阶自相关", "residual autocorrelation", f"{self.autocorrelation:.2f}"),
            ]
        lines += [
            line("评判", "verdict", Text(f"{self.judgement.verdict.text.zh}：{self.judgement.reason.zh}", f"{self.judgement.verdict.text.en}: {self.judgement.reason.en}")),
            line("措辞", "wording", Text("“同期”变化，不作因果表述", "a change at the same time, no cause")),
            line("数据状态", "status", self.made.status.text),
        ]  # fmt: skip
        return Explanation(Text("中断时间序列", "Interrupted series"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the series, the fit, and what would have been without the step.  绘制序列与反事实。"""
        from .plots import plot_interrupted

        return plot_interrupted(self, ax, language=language)


def interrupted_series(
    counts: ArrayLike, start: int, *, exposure: ArrayLike = 1.0, control: ArrayLike | None = None, control_exposure: ArrayLike = 1.0,
    period: int = 12, harmonics: int = 2, pulses: Mapping[str, tuple[int, int]] | None = None, slope: bool = False,
    minimum_fall: float = 0.1, level: float = 0.95, fewest_before: int = FEWEST_BEFORE, status: Status | str = Status.REPORTED,
) -> InterruptedSeries:  # fmt: skip
    """Return the change of level of a monthly or quarterly series at the start of a plan.

    估计月度或季度序列在规划起点的水平变化。

    Parameters
    ----------
    counts : array (periods,)
    start : int
        Position from 0 of the first period under the plan.
    exposure, control, control_exposure : array
        Population or register; a series that shares the shocks and not the plan (other crime), and its exposure.
    period, harmonics : int
        Periods a year, and pairs of sine and cosine (0 for none).
    pulses : mapping
        Name to first position and one past the last: ``{"covid_2020": (72, 75)}``. Dates are the user's.
    minimum_fall : float
        The fall that the verdict asks for.

    Raises
    ------
    SeriesError
        Fewer than ``fewest_before`` periods before the start, fewer than ten events, what is no count.

    Examples
    --------
    >>> t = np.arange(60)
    >>> cases = np.round(100 * np.exp(-0.003 * t) * np.where(t >= 36, 0.7, 1.0))
    >>> found = interrupted_series(cases, 36, control=np.full(60, 1000), harmonics=0)
    >>> round(found.ratio, 2), found.judgement.verdict
    (0.7, <Verdict.MET: 'met'>)
    """
    y = np.asarray(counts, dtype=float)
    if not fewest_before <= start < len(y):
        raise SeriesError(Problem(
            "too_short", f"{min(start, len(y))} periods before the start; at least {fewest_before} are needed, and one after.",
            f"起点前仅 {min(start, len(y))} 期；至少需要 {fewest_before} 期，且起点后至少一期。",
            "Use two-period tests with a control series (ratio_of_ratios).", "请改用带对照的两期比较（ratio_of_ratios）。"))  # fmt: skip
    t = np.arange(len(y), dtype=float)
    e = np.broadcast_to(np.asarray(exposure, dtype=float), y.shape)
    marks = dict(pulses or {})
    own = None if control is None else np.asarray(control, dtype=float)
    design, names = _design(t, start, period, harmonics, marks, slope)
    made = Made("interrupted series, quasi-Poisson", Status(status), fingerprint(np.column_stack([y, e]).tobytes() + repr((start, marks)).encode()))  # fmt: skip
    if own is None and (why := _same_time(design, names, start, marks, len(y))) is not None:
        nan = float("nan")
        blank = np.full(len(y), nan)
        return InterruptedSeries(y, e, None, start, nan, nan, nan, (nan, nan), nan, nan, blank, blank, marks, period, None, Judgement(Verdict.NOT_ASSESSABLE, why), made)  # fmt: skip
    if own is None:
        events, x, offset, label = y, design, e, names
    else:
        other = np.broadcast_to(np.asarray(control_exposure, dtype=float), own.shape)
        events, offset = np.concatenate([y, own]), np.concatenate([e, other])
        mine = np.concatenate([np.ones(len(y)), np.zeros(len(own))])[:, None]
        both = np.vstack([design, design])
        terms = ["time", "step", *(["slope"] if slope else [])]
        extra = np.column_stack([mine, *(mine[:, 0] * both[:, names.index(n)] for n in terms)])
        x, label = np.column_stack([both, extra]), [*names, "cases", *(f"cases_{n}" for n in terms)]
    keep = np.ptp(x, axis=0) > 0
    fit = fit_counts(events, x[:, keep], exposure=offset, names=[n for n, k in zip(label, keep, strict=True) if k], level=level, status=status)  # fmt: skip
    own_term = "" if own is None else "cases_"  # beside a control the plan's effect is what the cases have more of
    place = {name: i for i, name in enumerate(fit.names)}
    at, z = place[f"{own_term}step"], normal_quantile(level)
    beta, se = float(fit.coefficient[at]), float(fit.se[at])
    low, high = float(np.exp(beta - z * se)), float(np.exp(beta + z * se))
    robust = _newey_west(events, fit, x[:, keep], at, period, len(y))
    residuals = fit.residuals[: len(y)]
    auto = float(np.corrcoef(residuals[:-1], residuals[1:])[0, 1]) if len(y) > 2 else float("nan")
    without = fit.fitted[: len(y)] * np.where(t >= start, np.exp(-beta), 1.0)
    if slope:
        without = without * np.exp(-fit.coefficient[place[f"{own_term}slope"]] * np.maximum(0.0, t - start))
    drift = fit.coefficient[place["time"]] + (0.0 if own is None else fit.coefficient[place["cases_time"]])
    trend = float(np.exp(period * drift))
    correlated = (float(np.exp(beta - z * robust)), float(np.exp(beta + z * robust)))
    wide = (min(low, correlated[0]), max(high, correlated[1]))
    return InterruptedSeries(
        y, e, own, start, float(np.exp(beta)), low, high, correlated,
        trend, auto, fit.fitted[: len(y)], without, marks, period, fit, _judge(*wide, minimum_fall, own is not None), made,
    )  # fmt: skip


def _design(
    t: Floats, start: int, period: int, harmonics: int, pulses: Mapping[str, tuple[int, int]], slope: bool
) -> tuple[Floats, list[str]]:
    columns, names = [t + 1, (t >= start).astype(float)], ["time", "step"]
    if slope:
        columns.append(np.maximum(0.0, t - start))
        names.append("slope")
    for k in range(1, harmonics + 1):
        month = (t % period) + 1
        columns += [np.sin(2 * np.pi * k * month / period), np.cos(2 * np.pi * k * month / period)]
        names += [f"sin{k}", f"cos{k}"]
    for name, (a, b) in pulses.items():
        columns.append(((t >= a) & (t < b)).astype(float))
        names.append(name)
    return np.column_stack(columns), names


def _same_time(
    design: Floats, names: Sequence[str], start: int, pulses: Mapping[str, tuple[int, int]], count: int
) -> Text | None:
    """Return why step and pulses cannot be told apart without a control, None where they can."""
    for name, (a, b) in pulses.items():
        covers = (min(b, count) - max(a, start)) / (count - start)
        if abs(a - start) <= NEAR and (b >= count or covers > 0.5):
            return Text(
                f"无法识别：{name} 与规划同时开始且占规划期大半，没有对照序列分不开两者",
                f"not identifiable: {name} begins with the plan and fills most of it; without a control the two cannot be told apart",
            )  # fmt: skip
    if pulses:
        at = names.index("step")
        others = np.column_stack([np.ones(count), np.delete(design, at, axis=1)])
        step = design[:, at]
        rest = step - others @ np.linalg.lstsq(others, step, rcond=None)[0]
        inflation = float(((step - step.mean()) ** 2).sum() / max((rest**2).sum(), 1e-12))
        if inflation > WORST_CONDITION:
            return Text("无法识别：规划起点与脉冲几乎共线，需要对照序列", "not identifiable: start and pulses are nearly collinear; a control series is needed")  # fmt: skip
    return None


def _newey_west(events: Floats, fit: CountFit, x: Floats, at: int, period: int, own: int) -> float:
    """Return the standard error of a coefficient with residuals correlated over time, within each series."""
    design = np.column_stack([np.ones(len(events)), x])
    bread = np.linalg.inv((design * fit.fitted[:, None]).T @ design)
    score = design * (events - fit.fitted)[:, None]
    lags = max(1, int(np.floor(4 * (own / 100) ** (2 / 9))))
    meat = np.zeros((design.shape[1],) * 2)
    for part in (score[:own], score[own:]):
        meat += part.T @ part
        for lag in range(1, lags + 1):
            cross = part[lag:].T @ part[:-lag] if len(part) > lag else np.zeros_like(meat)
            meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    return float(np.sqrt(max((bread @ meat @ bread)[at, at], 0.0)))


def _judge(low: float, high: float, fall: float, control: bool) -> Judgement:
    span = f"{low:.2f}-{high:.2f}"
    if high <= 1 - fall:
        if control:
            return Judgement(Verdict.MET, Text(f"相对对照之比 {span} 全在 {1 - fall:.2f} 以下", f"ratio to the control {span} lies below {1 - fall:.2f}"))  # fmt: skip
        return Judgement(Verdict.INSUFFICIENT_EVIDENCE, Text(f"之比 {span} 在 {1 - fall:.2f} 以下，但没有对照序列，同期冲击分不开", f"ratio {span} lies below {1 - fall:.2f}, but without a control no shock of the same time is told apart"))  # fmt: skip
    if low > 1 - fall:
        return Judgement(
            Verdict.NOT_MET, Text(f"之比 {span} 全在 {1 - fall:.2f} 以上", f"ratio {span} lies above {1 - fall:.2f}")
        )
    return Judgement(
        Verdict.INSUFFICIENT_EVIDENCE,
        Text(f"之比 {span} 跨越 {1 - fall:.2f}", f"ratio {span} straddles {1 - fall:.2f}"),
    )
