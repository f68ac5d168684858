"""Means of mass loads of which some lie below the limit of quantification, for thousands of groups at once.

部分样品低于定量限时的质量负荷均值，可同时计算成千上万组。

A value below the limit is neither zero nor half the limit: it lies in an interval, [0, LOQ], [LOD, LOQ] or [0, LOD],
and the interval moves with flow and population (LOQ x Q / P), so each sample keeps its own. Nothing censored: the plain
mean. At least 10 values, at most 80 % censored: lognormal maximum likelihood. Otherwise bounds, and no number.

Sources: Helsel, Statistics for Censored Environmental Data Using Minitab and R, 2nd ed., 2012; Banta-Green et al. 2016
(PubMed 27338844), who also choose by the share censored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, unknown_name
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .censored_lognormal import fit_lognormals
from .kaplan_meier import kaplan_meier_means
from .order_statistics import MOST_SHOWN, Samples, complete_means, order_statistics_means

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from .censored_lognormal import LognormalFits
    from .kaplan_meier import KaplanMeierMeans
    from .order_statistics import Booleans, CompleteMeans, Floats, Integers, OrderStatisticsFit

# What a result may be called. "complete" and "empty" follow from the data; the others may be asked for.
METHODS: dict[str, Text] = {
    "complete": Text("全部检出，算术平均", "nothing censored: the arithmetic mean"),
    "empty": Text("没有样品", "no samples"),
    "lognormal_mle": Text("对数正态最大似然，逐样品用其自身限值", "lognormal maximum likelihood, each sample with its own limit"),
    "kaplan_meier": Text("卡普兰-迈耶", "Kaplan-Meier"),
    "regression_on_order_statistics": Text("稳健次序统计量回归", "robust regression on order statistics"),
    "half_limit": Text("以限值的一半代替，仅供比较", "half the limit, for comparison only"),
    "bounds": Text("只给上下界", "bounds only"),
}  # fmt: skip
ASKED = ("auto", *list(METHODS)[2:])
MINIMUM, MAXIMUM_SHARE = 10, 0.8
# Two measured values fix a lognormal exactly; a third is the least that says anything about its fit.
LEAST_DISTINCT = 3
EDGE = 1e-9  # 8 of 10 is 80 %, and a load at its limit is not below it, whatever the binary rounding


@dataclass(frozen=True, slots=True, eq=False)
class CensoredMeans:
    """Means of groups with censored values, arrays of shape (groups,).  含截尾值的各组均值。

    ``mean`` is NaN where only bounds can be given. ``log_mean`` and ``log_sd`` are those of the fit (divisor n), or of
    the plain logs of a complete group (divisor n - 1; NaN if it holds a zero). ``se_log_mean`` is the standard error of
    log(mean) with independent samples. ``information`` is the variance of log(mean) that n uncensored values would
    have over the one achieved: a caller who knows the variance between rounds inflates it by 1 / information.
    """

    n: Integers
    n_censored: Integers
    mean: Floats
    mean_low: Floats
    mean_high: Floats
    log_mean: Floats
    log_sd: Floats
    se_log_mean: Floats
    information: Floats
    method: NDArray[np.object_]


_Table = dict[str, "Floats"]
_COLUMNS = tuple(f.name for f in fields(CensoredMeans) if f.name not in ("n", "n_censored", "method"))


def censored_means(
    low: ArrayLike,
    high: ArrayLike,
    group: ArrayLike,
    *,
    groups: int | None = None,
    method: str = "auto",
    minimum: int = MINIMUM,
    maximum_share: float = MAXIMUM_SHARE,
) -> CensoredMeans:
    """Return the arithmetic mean of each group, some of whose values are known to lie in an interval only.

    含截尾值的各组算术平均；不足以给出数值时只给上下界。

    ``auto``: nothing censored gives the plain mean; else, with at least ``minimum`` values of which at most
    ``maximum_share`` are censored and three distinct ones measured, exp(mu + sigma^2 / 2) of the lognormal fitted by
    maximum likelihood; else bounds. This rule is that of ``auto`` alone. A method asked for by name is used wherever it
    exists (the two fits need three distinct measured values, Kaplan-Meier one), and bounds elsewhere. A complete group
    keeps its plain mean under every method but ``lognormal_mle``, which gives one estimator to all groups.

    Parameters
    ----------
    low, high : array-like of shape (n,)
        The interval of each value, in one unit of load: equal for a measured value, low = 0 for one below a limit with
        nothing under it, [LOD, LOQ] for one between. Leave absent samples out: neither NaN nor 0. Where both are 0 a
        published zero is taken as it stands (a group with zeros is never fitted); :func:`censored_mean` refuses it.
    group : array-like of int, shape (n,)
        Codes 0 .. groups - 1, in any order.
    method : {"auto", "lognormal_mle", "kaplan_meier", "regression_on_order_statistics", "half_limit", "bounds"}
        Kaplan-Meier and regression on order statistics take an interval as "below its upper end". Under Kaplan-Meier
        the mass below the smallest measured value is placed at the lowest limit of the group in ``mean``, at 0 in
        ``mean_low``, at the samples' own limits in ``mean_high``. ``half_limit`` is biased.

    Returns
    -------
    CensoredMeans
        ``mean_low`` and ``mean_high`` have every censored value at its lower and at its upper end (but see
        Kaplan-Meier); they bound the mean of the samples, not exp(mu + sigma^2 / 2). ``se_log_mean`` by the delta
        method: from the observed information (likelihood), s / (mean sqrt(n)) (complete), from Greenwood's variance
        (Kaplan-Meier); NaN otherwise. ``information`` is known for the likelihood and complete groups only.

    Raises
    ------
    SeriesError
        A value that is NaN, infinite or negative, or an interval whose ends are swapped.
    UnknownNameError
        A method that does not exist.

    Examples
    --------
    >>> low, high = [0, 0, 3, 4, 5, 6, 8, 9, 12, 20], [2, 4, 3, 4, 5, 6, 8, 9, 12, 20]
    >>> found = censored_means(low + [0, 7], high + [2, 7], [0] * 10 + [1] * 2)
    >>> found.method.tolist(), found.mean.round(2).tolist(), found.mean_low.tolist(), found.mean_high.tolist()
    (['lognormal_mle', 'bounds'], [7.28, nan], [6.7, 3.5], [7.3, 4.5])
    """
    if method not in ASKED:
        raise UnknownNameError(unknown_name("method", "方法", method, ASKED))
    if minimum < 1 or not 0 <= maximum_share <= 1:
        raise ValueError(f"minimum is at least 1 and maximum_share in 0-1, got {minimum} and {maximum_share}")
    samples = Samples.of(low, high, group, groups)
    n, k = samples.n, samples.n_censored
    named = np.where(n == 0, "empty", "bounds").astype(object)
    table = {name: np.full(n.size, np.nan) for name in _COLUMNS}
    with np.errstate(invalid="ignore"):
        table["mean_low"], table["mean_high"] = samples.total(samples.low) / n, samples.total(samples.high) / n
    complete = (n > 0) & (k == 0) & (method != "lognormal_mle")
    wanted = (n > 0) & ~complete
    if method == "auto":
        wanted &= (n >= minimum) & (k <= maximum_share * n + EDGE)
    chosen = "lognormal_mle" if method == "auto" else method
    if chosen in _FITS:
        wanted[wanted] = _can_be_fitted(samples.of_groups(wanted))
    for name, where in (("complete", complete), (chosen, wanted)):
        if name != "bounds" and where.any():
            found = _ESTIMATORS[name](samples.of_groups(where))
            exists = np.isfinite(found["mean"])
            rows = np.flatnonzero(where)[exists]
            for column, values in found.items():
                table[column][rows] = values[exists]
            named[rows] = name
    return CensoredMeans(n=n, n_censored=k, method=named, **table)


def _can_be_fitted(samples: Samples) -> Booleans:
    zeros = np.bincount(samples.group[samples.high <= 0], minlength=samples.n.size)
    fits: Booleans = (samples.distinct_measured() >= LEAST_DISTINCT) & (zeros == 0)
    return fits


def _half_limit(samples: Samples) -> _Table:
    return {"mean": samples.total(np.where(samples.censored, samples.high / 2, samples.high)) / samples.n}


def _columns(found: CompleteMeans | LognormalFits | KaplanMeierMeans | OrderStatisticsFit) -> _Table:
    return {f.name: getattr(found, f.name) for f in fields(found) if f.name in _COLUMNS}


_ESTIMATORS: dict[str, Callable[[Samples], _Table]] = {
    "complete": lambda samples: _columns(complete_means(samples)),
    "lognormal_mle": lambda samples: _columns(fit_lognormals(samples)),
    "kaplan_meier": lambda samples: _columns(kaplan_meier_means(samples)),
    "regression_on_order_statistics": lambda samples: _columns(order_statistics_means(samples)),
    "half_limit": _half_limit,
}
_FITS = ("lognormal_mle", "regression_on_order_statistics")


@dataclass(frozen=True, slots=True, eq=False)
class CensoredMean(Result):
    """The mean of one sample with censored values; the fields are those of :class:`CensoredMeans`.

    一组含截尾值样品的均值。
    """

    n: int
    n_censored: int
    mean: float
    mean_low: float
    mean_high: float
    log_mean: float
    log_sd: float
    se_log_mean: float
    information: float
    method: str
    reason: Text  # why this method
    low: Floats  # the interval of each value, in the order given
    high: Floats
    made: Made

    @property
    def share_censored(self) -> float:
        """The share of values below a limit, 0-1.  低于限值的占比。"""
        return self.n_censored / self.n

    @property
    def frame(self) -> pd.DataFrame:
        """One row: the estimate, its bounds and how it was made."""
        import pandas as pd

        row = {f.name: getattr(self, f.name) for f in fields(CensoredMeans)}
        return pd.DataFrame([{**row, "share_censored": self.share_censored, "status": str(self.made.status)}])

    def explain(self) -> Explanation:
        """The method and why it was chosen, how much is censored, the estimate and its bounds."""
        below = f"{self.n_censored} / {self.n} ({self.share_censored:.0%})"
        flipped = self.method == "kaplan_meier"
        return Explanation(
            Text("含截尾值的均值", "Mean with censored values"),
            (
                line("方法", "method", METHODS[self.method]),
                line("选用原因", "why this method", self.reason),
                line("低于限值的样品", "samples below a limit", below),
                line("均值", "mean", _number(self.mean)),
                line("下界与上界", "lower and upper bound", f"{self.mean_low:.4g}, {self.mean_high:.4g}"),
                *((line("剩余质量", "mass left over", _placed(self.low, self.high)),) if flipped else ()),
                line("对数均值", "log mean", _number(self.log_mean)),
                line("对数标准差", "log standard deviation", _number(self.log_sd)),
                line("均值对数的标准误（样品独立）", "standard error of log(mean), independent samples", _number(self.se_log_mean)),
                line("相当于全检出的信息比例", "information, all measured being 1", _number(self.information)),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the measured values, the intervals of the censored ones, the mean and its bounds.  绘制样品与均值。"""
        from ...plotting import COLOURS, finish, mark_status, new_axes, style

        with style(language):
            ax = new_axes(ax)
            place, hidden = np.arange(1, self.n + 1), self.low < self.high
            seen = str(Text("检出", "measured"))
            ax.plot(place[~hidden], self.high[~hidden], "o", color=COLOURS["observed"], markersize=4.5, label=seen)
            if hidden.any():
                under = str(Text("低于限值，所在区间", "below a limit, its interval"))
                ax.vlines(
                    place[hidden], self.low[hidden], self.high[hidden], color=COLOURS["not_assessable"], label=under
                )
                between = str(Text("均值的上下界", "bounds of the mean"))
                ax.axhspan(self.mean_low, self.mean_high, color=COLOURS["band"], alpha=0.35, lw=0, label=between)
            if np.isfinite(self.mean):
                ax.axhline(self.mean, color=COLOURS["forecast"], label=str(Text("均值", "mean")))
            ax.set(ylim=(0, None), title=str(METHODS[self.method]))
            ax.set_xlabel(str(Text("样品", "sample")))
            ax.set_ylabel(str(Text("负荷", "load")))
            ax.legend(loc="best")
            mark_status(ax, self.made.status)
            return finish(ax)


def _number(value: float) -> Text | str:
    return f"{value:.4g}" if np.isfinite(value) else Text("无法给出", "cannot be given")


def _placed(low: Floats, high: Floats) -> Text:
    hidden = low < high
    smallest, limit = high[~hidden].min(), high[hidden].min()
    if limit > smallest:
        return Text("无，最小检出值低于所有限值", "none: the smallest measured value lies below every limit")
    return Text(
        f"低于最小检出值 {smallest:.4g} 的质量置于最低限值 {limit:.4g}；下界置于 0，上界置于各自限值",
        f"below the smallest measured value {smallest:.4g}: placed at the lowest limit {limit:.4g}, "
        "in the lower bound at 0, in the upper one at the samples' own limits",
    )


def censored_mean(
    values: ArrayLike,
    *,
    below: ArrayLike | None = None,
    limit: ArrayLike | None = None,
    detection_limit: ArrayLike | None = None,
    method: str = "auto",
    minimum: int = MINIMUM,
    maximum_share: float = MAXIMUM_SHARE,
    status: Status | str = Status.REPORTED,
) -> CensoredMean:
    """Return the arithmetic mean of one sample of loads, some of them below the limit of quantification.

    一组负荷的算术平均，其中部分低于定量限。

    Parameters
    ----------
    values : array-like of shape (n,)
        Measured loads in one unit, for instance mg/day/1000 inhabitants; NaN where ``below``.
    below : array-like of bool, optional
        Which samples lie below their limit. Without it nothing does, and a NaN is refused.
    limit : float or array-like, optional
        The limit of quantification of each sample in the unit of the values (LOQ x Q / P: it differs from sample to
        sample). For a sample below the limit of detection give that limit here and no ``detection_limit``.
    detection_limit : float or array-like, optional
        Given (not NaN) for a sample below ``limit``: it was detected, and lies between the two.
    method, minimum, maximum_share
        As for :func:`censored_means`.

    Raises
    ------
    SeriesError
        All at once: no values; a value that is missing, zero, negative or infinite; a value beside a flag; a flag
        without a limit; a measured value below its own limit; a limit of detection not below that of quantification.

    Examples
    --------
    >>> found = censored_mean([3.0, float("nan"), 7.0], below=[False, True, False], limit=2.0)
    >>> found.method, found.mean_low.__round__(3), found.mean_high
    ('bounds', 3.333, 4.0)
    """
    x = np.asarray(values, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"values have shape (n,), got {x.shape}")
    hidden = np.zeros(x.size, dtype=bool) if below is None else np.asarray(below)
    if hidden.shape != x.shape or hidden.dtype != bool:
        raise ValueError(
            f"below holds a boolean for each of {x.size} values, got {hidden.dtype} of shape {hidden.shape}"
        )
    given = (np.asarray(np.nan if y is None else y, dtype=float) for y in (limit, detection_limit))
    upper, lower = (np.broadcast_to(y, x.shape) for y in given)
    problems = _problems(x, hidden, upper, lower)
    if problems:
        raise SeriesError(problems)
    low = np.where(hidden, np.where(np.isnan(lower), 0.0, lower), x)
    high = np.where(hidden, upper, x)
    code = np.zeros(x.size, dtype=np.int64)
    many = censored_means(low, high, code, method=method, minimum=minimum, maximum_share=maximum_share)
    row = {f.name: getattr(many, f.name)[0].item() if f.name != "method" else many.method[0] for f in fields(many)}
    made = Made(row["method"], Status(status), fingerprint(np.stack([low, high]).tobytes()))
    distinct = int(np.unique(x[~hidden]).size)
    return CensoredMean(
        **row, reason=_reason(row, method, minimum, maximum_share, distinct), low=low, high=high, made=made
    )


def _problems(x: Floats, hidden: Booleans, upper: Floats, lower: Floats) -> list[Problem]:
    with np.errstate(invalid="ignore"):
        unusable = ~((upper > 0) & np.isfinite(upper))
        found = (
            (~hidden & np.isnan(x), "missing", "neither measured nor flagged as below a limit", "既无检出值，也未标明低于限值", "Leave an absent sample out; flag a censored one.", "缺测请不要列入；低于限值请标明。"),
            (~hidden & ((x <= 0) | np.isinf(x)), "not_positive", "no measured load", "不是检出的负荷", "Zero is not “below the limit”: flag the sample and give its limit.", "零不等于“低于限值”：请标明并给出限值。"),
            (hidden & ~np.isnan(x), "value_and_flag", "a value beside a flag that it lies below the limit", "既有数值，又标明低于限值", "Leave the value empty (NaN) and give the limit.", "请将数值留空，并给出限值。"),
            (hidden & unusable, "no_limit", "below a limit that is not given", "标明低于限值，却没有限值", "Give each censored sample its own limit, above 0.", "请给出各样品自身的限值（大于零）。"),
            (~hidden & (x > 0) & (x < np.fmax(upper, lower) * (1 - EDGE)), "below_own_limit", "measured below its own limit, without a flag", "低于自身限值而未标明", "Flag it as below the limit, or correct the limit.", "请标明低于限值，或更正限值。"),
            (hidden & ~np.isnan(lower) & ~unusable & ~((lower > 0) & (lower < upper)), "detection_limit", "a limit of detection that is not between 0 and the limit of quantification", "检出限不在零与定量限之间", "Check the two limits.", "请核对两个限值。"),
        )  # fmt: skip
    if not x.size:
        return [Problem(code="empty", en="there is no value to average.", zh="没有可供平均的数值。")]
    return [
        Problem(
            code=code, en=f"position {i}: {en}.", zh=f"位置 {i}：{zh}。", value=f"{x[i]:g}", advice_en=do_en, advice_zh=do_zh
        )
        for where, code, en, zh, do_en, do_zh in found
        for i in np.flatnonzero(where)[:MOST_SHOWN]
    ]  # fmt: skip


def _reason(row: dict[str, Any], asked: str, minimum: int, maximum_share: float, distinct: int) -> Text:
    n, k, got = row["n"], row["n_censored"], row["method"]
    share = f"{k}/{n} ({k / n:.0%})"
    if got == "complete":
        return Text("没有低于限值的样品", "no sample lies below a limit")
    if asked not in ("auto", got):
        return Text(
            f"指定的方法（{METHODS[asked].zh}）无法使用：不同检出值 {distinct} 个",
            f"the method asked for ({METHODS[asked].en}) cannot be used: {distinct} distinct values measured",
        )
    if asked != "auto":
        return Text("按指定", "asked for by name")
    if got == "lognormal_mle":
        return Text(
            f"样品 {n} 个，不少于 {minimum}；截尾 {share}，不超过 {maximum_share:.0%}；不同检出值 {distinct} 个",
            f"{n} values, at least {minimum}; censored {share}, at most {maximum_share:.0%}; {distinct} distinct values measured",
        )  # fmt: skip
    if n < minimum:
        return Text(f"样品 {n} 个，少于 {minimum}", f"{n} values, fewer than {minimum}")
    if k > maximum_share * n + EDGE:
        return Text(f"截尾 {share}，超过 {maximum_share:.0%}", f"censored {share}, more than {maximum_share:.0%}")
    if distinct < LEAST_DISTINCT:
        return Text(
            f"不同检出值仅 {distinct} 个，少于 {LEAST_DISTINCT}",
            f"{distinct} distinct values measured, fewer than {LEAST_DISTINCT}",
        )
    return Text("最大似然未收敛", "the likelihood did not converge")
