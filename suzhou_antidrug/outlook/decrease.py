"""Will a marked decrease be reached: the arithmetic, without a plan.

能否达到“明显下降”：与具体规划无关的计算。

The promise is about the reported value of a target year against the reported base. Before that year is reported, the
probability is the share of forecast draws at or below (1 - d) x base. Once it is reported, the probability is that of a
true fall of at least d, given the known noise of both figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SeriesError
from ..terms import Text
from ..verdicts import Judgement, Verdict, judge_probability, judge_value, why_not_comparable
from .engine import simulate
from .predictive import series_block
from .series import MINIMUM_VALUES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMNS = ("value", "events", "exposure", "se", "definition")


@dataclass(frozen=True, slots=True, eq=False)
class Decrease:
    """The evidence on one decrease.  一项下降目标的证据。"""

    base: float  # NaN where it is not known
    threshold: float  # (1 - d) x base
    samples: Floats  # (draws, horizon) of values to be reported, empty where nothing was forecast
    forecast_years: tuple[int, ...]
    ratios: Floats  # draws of value / base in the target year
    probability: float  # of a fall of at least d
    chance_without_change: (
        float  # of such a fall from noise and drift alone, as seen from the base year; NaN if unknown
    )
    judgement: Judgement


def _stop(reason: Text, *, base: float = float("nan"), threshold: float = float("nan")) -> Decrease:
    empty = np.empty(0)
    return Decrease(
        base,
        threshold,
        np.empty((0, 0)),
        (),
        empty,
        float("nan"),
        float("nan"),
        Judgement(Verdict.NOT_ASSESSABLE, reason),
    )


def assess_decrease(
    table: pd.DataFrame,
    *,
    kind: str,
    origin: int,
    by: int,
    base_years: tuple[int, ...],
    minimum_fall: float,
    evidence: float | None,
    draws: int = 4000,
    rng: int | np.random.Generator = 0,
) -> Decrease:
    """Judge whether a series falls by at least ``minimum_fall`` from its base until ``by``, standing at ``origin``.

    站在 origin 年判断序列到 by 年能否较基期下降至少 minimum_fall。

    ``table`` is indexed by year with the columns ``value`` and, where known, ``events``, ``exposure``, ``se``,
    ``definition``; rows after ``origin`` are not used. ``evidence`` is the probability demanded for a verdict of met,
    None to compare printed values only.
    """
    generator = np.random.default_rng(rng)
    known = table[(table.index <= origin) & table["value"].notna()].sort_index()
    if (stop := _not_assessable(known, base_years)) is not None:
        return stop
    base = float(known.loc[list(base_years), "value"].mean())
    threshold = (1 - minimum_fall) * base
    last = int(known.index[-1])
    if base == 0:
        return _zero_base(known, by, base)
    samples, years = np.empty((0, 0)), tuple(range(last + 1, by + 1))
    if by <= last:
        ratios = _observed_ratios(known, by, base_years, kind, draws, generator)
    else:
        history = known[_same_definition(known)]
        if len(history) < MINIMUM_VALUES:
            return _stop(_too_few(len(history)), base=base, threshold=threshold)
        samples = _draws(history, by - last, kind, draws, generator)
        ratios = samples[:, -1] / base
    probability = float(np.mean(ratios <= (1 - minimum_fall) * (1 + 1e-9)))
    chance = _chance_without_change(known, base_years, by, kind, minimum_fall, draws, generator)
    judgement = _judge(known, by, threshold, probability, evidence, observed=by <= last)
    return Decrease(base, threshold, samples, years, ratios, probability, chance, judgement)


def _not_assessable(known: pd.DataFrame, base_years: tuple[int, ...]) -> Decrease | None:
    if known.empty:
        return _stop(Text("没有任何上报值", "nothing is reported"))
    lacking = [str(y) for y in base_years if y not in known.index]
    if lacking:
        return _stop(Text(f"缺少基期 {'、'.join(lacking)} 的数值", f"the base of {', '.join(lacking)} is not reported"))
    if known.index[-1] <= max(base_years):
        if len(known) == 1:
            return _stop(Text("只有一年数据，无从比较", "only one year is known; nothing to compare"))
        return None
    if "definition" in known:
        latest = known["definition"].iloc[-1]
        for year in base_years:
            reasons = why_not_comparable({"definition": known.loc[year, "definition"]}, {"definition": latest})
            if reasons:
                return _stop(
                    Text(
                        f"基期与最近一年不可比：{reasons[0].zh}",
                        f"base and latest year are not comparable: {reasons[0].en}",
                    )
                )
    return None


def _same_definition(known: pd.DataFrame) -> pd.Series | slice:
    return known["definition"] == known["definition"].iloc[-1] if "definition" in known else slice(None)


def _too_few(number: int) -> Text:
    return Text(
        f"同一口径只有 {number} 个年度值，至少需要 {MINIMUM_VALUES} 个才能预测",
        f"only {number} yearly values of one definition; at least {MINIMUM_VALUES} are needed to forecast",
    )


def _zero_base(known: pd.DataFrame, by: int, base: float) -> Decrease:
    later = float(known["value"].get(by, float("nan")))
    if later > 0:
        reason = Text(f"基期为零，{by} 年为 {later:g}:只升不降", f"the base is zero and {by} shows {later:g}: a rise")
        stop = _stop(reason, base=base, threshold=0.0)
        return replace(stop, judgement=Judgement(Verdict.NOT_MET, reason))
    return _stop(Text("基期为零，无从下降", "the base is zero; nothing can fall"), base=base, threshold=0.0)


def _columns(history: pd.DataFrame) -> dict[str, pd.Series]:
    return {c: history[c] for c in ("events", "exposure", "se") if c in history and history[c].notna().any()}


def _draws(history: pd.DataFrame, horizon: int, kind: str, draws: int, rng: np.random.Generator) -> Floats:
    block, _ = series_block(history["value"], kind=kind, **_columns(history))
    return simulate(block, horizon, draws=draws, rng=rng)[0]


def _observed_ratios(
    known: pd.DataFrame, by: int, base_years: tuple[int, ...], kind: str, draws: int, rng: np.random.Generator
) -> Floats:
    """Return draws of the true ratio of target year to base, from the known noise of each figure."""

    def level(year: int) -> Floats:
        row = known.loc[year]
        value, k, n, se = (float(row.get(c, np.nan)) for c in ("value", "events", "exposure", "se"))
        if np.isfinite(k) and k >= 0 and value >= 0:
            if kind == "proportion" and np.isfinite(n):
                return rng.beta(k + 0.5, n - k + 0.5, draws)  # Jeffreys
            per_event = value / k if k > 0 else (1 / n if np.isfinite(n) else 1.0)
            return rng.gamma(k + 0.5, 1.0, draws) * per_event
        if np.isfinite(se) and se > 0:
            return np.maximum(value + se * rng.standard_normal(draws), 0)
        return np.full(draws, value)

    base = np.mean([level(year) for year in base_years], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, level(by) / base, np.inf)


def _chance_without_change(
    known: pd.DataFrame,
    base_years: tuple[int, ...],
    by: int,
    kind: str,
    minimum_fall: float,
    draws: int,
    rng: np.random.Generator,
) -> float:
    """Return P(fall >= d) as it looked from the base year, when no trend was assumed."""
    before = known[known.index <= max(base_years)]
    if len(before) < MINIMUM_VALUES or by <= max(base_years):
        return float("nan")
    try:
        paths = _draws(before, by - int(before.index[-1]), kind, draws, rng)
    except SeriesError:
        return float("nan")
    base = float(known.loc[list(base_years), "value"].mean())
    return float(np.mean(paths[:, -1] <= (1 - minimum_fall) * base * (1 + 1e-9)))


def _judge(
    known: pd.DataFrame, by: int, threshold: float, probability: float, evidence: float | None, *, observed: bool
) -> Judgement:
    if evidence is not None:
        return judge_probability(probability, evidence=evidence)
    if observed:
        return judge_value(float(known.loc[by, "value"]), "le", threshold)
    return Judgement(
        Verdict.INSUFFICIENT_EVIDENCE,
        Text(
            f"本读法只比较印出的数值，{by} 年尚未上报",
            f"this reading compares printed values only; {by} is not reported yet",
        ),
    )
