"""Will a marked decrease be reached: the arithmetic, without a plan.

能否达到“明显下降”：与具体规划无关的计算。

The promise is about the reported value of a target year against the reported base. Before that year is reported, the
probability is the share of forecast draws at or below (1 - d) x base. Once it is reported, the probability is that of a
true fall of at least d, given the known noise of both figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SeriesError
from ..terms import Text
from ..verdicts import Judgement, Verdict, judge_probability, judge_value, satisfies, why_not_comparable
from .engine import simulate
from .history import History, block_of
from .series import MINIMUM_VALUES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from .priors import Prior

    Floats = NDArray[np.float64]

COLUMNS = ("value", "events", "exposure", "se", "definition")
TOGETHER = 256  # series simulated at a time: 4,000 draws of them fill some 10 MB a step


@dataclass(frozen=True, slots=True)
class FallRule:
    """What a reading makes of 明显下降: the event that must come true.  “明显下降”的一种可计算规定。

    The value must lie at or below (1 - ``minimum_fall``) times the mean of ``base_years``, in the target year and in as
    many years before it as make ``consecutive_years``. With ``significance`` the fall must also be told from chance: a
    one-sided test on the log ratio, by the known noise of both figures. ``evidence`` is the probability demanded for a
    verdict of met, None to compare printed values only.
    """

    base_years: tuple[int, ...]
    minimum_fall: float = 0.1
    evidence: float | None = 0.9
    consecutive_years: int = 1
    significance: float | None = None


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


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """A series that draws are asked for, on the way to a judgement.  评判途中所需的预测抽样。"""

    history: History
    horizon: int
    kind: str
    draws: int
    rng: np.random.Generator

    @property
    def alike(self) -> tuple[int, int, str, int]:
        """What series must share to be simulated together."""
        return self.history.width, self.horizon, self.kind, self.draws


Steps = Generator[Ask, "Floats | SeriesError", Decrease]


def assess_decrease(
    table: pd.DataFrame,
    *,
    kind: str,
    origin: int,
    by: int,
    rule: FallRule,
    draws: int = 4000,
    rng: int | np.random.Generator = 0,
) -> Decrease:
    """Judge whether a series falls as ``rule`` demands until ``by``, standing at ``origin``.

    站在 origin 年判断序列到 by 年能否达到规定的降幅。

    ``table`` is indexed by year with the columns ``value`` and, where known, ``events``, ``exposure``, ``se``,
    ``definition``; rows after ``origin`` are not used.
    """
    known = History.of(table, origin)
    steps = judge_history(known, kind=kind, by=by, rule=rule, draws=draws, rng=np.random.default_rng(rng))
    found: list[Decrease] = []
    judge_together([steps], lambda _, decrease: found.append(decrease))
    return found[0]


def judge_together(
    cases: Iterable[Steps], keep: Callable[[int, Decrease], None], *, prior: Prior | None = None
) -> None:
    """Carry many judgements through, simulating alike series together; hand each on as it is reached.  成批评判。

    Every case draws from its own generator, so that its result does not depend on what stands beside it.
    """
    running = dict(enumerate(cases))
    answers: dict[int, Floats | SeriesError | None] = dict.fromkeys(running)
    while running:
        asked: dict[int, Ask] = {}
        for i, answer in answers.items():
            try:
                asked[i] = next(running[i]) if answer is None else running[i].send(answer)
            except StopIteration as end:
                keep(i, end.value)
                del running[i]
        answers = _answer(asked, prior)


def _answer(asked: dict[int, Ask], prior: Prior | None) -> dict[int, Floats | SeriesError | None]:
    alike = defaultdict(list)
    for i, ask in asked.items():
        alike[ask.alike].append(i)
    answers: dict[int, Floats | SeriesError | None] = {}
    for members in alike.values():
        for first in range(0, len(members), TOGETHER):
            part = members[first : first + TOGETHER]
            answers |= dict(zip(part, _simulated([asked[i] for i in part], prior), strict=True))
    return answers


def _simulated(asks: list[Ask], prior: Prior | None) -> list[Floats | SeriesError]:
    """Return the draws of alike series; where they cannot be simulated together, what each alone comes to."""
    one = asks[0]
    try:
        block = block_of([a.history for a in asks], kind=one.kind)
        return list(simulate(block, one.horizon, draws=one.draws, rng=[a.rng for a in asks], prior=prior))
    except SeriesError as error:
        return [error] if len(asks) == 1 else [answer for ask in asks for answer in _simulated([ask], prior)]


def judge_history(known: History, *, kind: str, by: int, rule: FallRule, draws: int, rng: np.random.Generator) -> Steps:
    """Judge one series step by step, asking for draws where they are needed.  逐步评判一条序列。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` where the series itself cannot be forecast.
    """
    if (reason := why_not_assessable(known, rule.base_years)) is not None:
        return _stop(reason)
    base = float(np.mean(known.at(rule.base_years)))
    threshold = (1 - rule.minimum_fall) * base
    if base == 0:
        return _zero_base(known, by, base)
    chance = yield from _chance_without_change(known, by, kind, rule, draws, rng)
    if by <= known.last:
        ratios = _observed_ratios(known, by, rule, kind, draws, rng)
        judgement = _judge_observed(known, by, threshold, ratios, rule)
        return Decrease(base, threshold, np.empty((0, 0)), (), ratios, _share(ratios, rule), chance, judgement)
    history = same_definition(known)
    if len(history) < MINIMUM_VALUES:
        return _stop(_too_few(len(history)), base=base, threshold=threshold)
    samples = yield Ask(history, by - known.last, kind, draws, rng)
    if isinstance(samples, SeriesError):
        raise samples
    ratios = _ahead_ratios(history, samples, base, by, rule)
    judgement = _judge_ahead(_share(ratios, rule), by, rule)
    ahead = tuple(range(known.last + 1, by + 1))
    return Decrease(base, threshold, samples, ahead, ratios, _share(ratios, rule), chance, judgement)


def probability_of_fall(ratios: Floats, fall: float) -> float:
    """Return P(fall >= d) from draws of value over base; NaN where there are none.  降幅不小于 d 的概率。"""
    return float(np.mean(ratios <= (1 - fall) * (1 + 1e-9))) if len(ratios) else float("nan")


def _share(ratios: Floats, rule: FallRule) -> float:
    return probability_of_fall(ratios, rule.minimum_fall)


def _ahead_ratios(history: History, samples: Floats, base: float, by: int, rule: FallRule) -> Floats:
    """Return draws of the worst ratio over the years that must lie below; infinite where a fall is not evident."""
    worst = np.zeros(len(samples))
    for year in range(by - rule.consecutive_years + 1, by + 1):
        ahead = samples[:, year - history.last - 1] if year > history.last else history.at([year])
        worst = np.fmax(worst, ahead / base) if np.all(np.isfinite(ahead)) else np.full(len(samples), np.inf)
    if rule.significance is None:
        return worst
    return np.where(_evident(history, samples[:, -1], base, rule), worst, np.inf)


def _evident(history: History, later: Floats, base: float, rule: FallRule) -> NDArray[np.bool_]:
    """Return where a fall from the base to ``later`` is told from chance, by the known noise of both."""
    from scipy.special import ndtri

    assert rule.significance is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        per_event = history.value / history.events
    per_event = per_event[np.isfinite(per_event) & (per_event != 0)]
    unit = float(per_event[-1]) if len(per_event) else np.nan

    def variance(y: Floats | float, se: float) -> Floats | float:
        counted = 1 / (np.asarray(y) / unit + 0.5) if np.isfinite(unit) else 0.0
        return counted + (se / np.maximum(y, 1e-12)) ** 2

    years, se = list(rule.base_years), np.nan_to_num(history.se)
    se_base = float(np.mean([se[history.position(year)] for year in years]))
    spread = np.sqrt(variance(later, float(se[-1])) + variance(base, se_base) / len(years))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.maximum(later, 1e-12) / base) < ndtri(rule.significance) * spread)


def why_not_assessable(known: History, base_years: tuple[int, ...]) -> Text | None:
    """Return why the values up to the origin carry no verdict on a decrease, None where they do.  为何不可评。"""
    if not len(known):
        return Text("没有任何上报值", "nothing is reported")
    lacking = [str(y) for y in base_years if y not in known.years]
    if lacking:
        return Text(f"缺少基期 {'、'.join(lacking)} 的数值", f"the base of {', '.join(lacking)} is not reported")
    if known.last <= max(base_years):
        return Text("只有一年数据，无从比较", "only one year is known; nothing to compare") if len(known) == 1 else None
    if known.definition is not None:
        latest = known.definition[-1]
        for year in base_years:
            earlier = known.definition[known.position(year)]
            reasons = why_not_comparable({"definition": earlier}, {"definition": latest})
            if reasons:
                zh, en = reasons[0].zh, reasons[0].en
                return Text(f"基期与最近一年不可比：{zh}", f"base and latest year are not comparable: {en}")
    return None


def same_definition(known: History) -> History:
    """Return the years that share the latest definition.  与最近一年同口径的各年。"""
    return known if known.definition is None else known.take(known.definition == known.definition[-1])


def _too_few(number: int) -> Text:
    return Text(
        f"同一口径只有 {number} 个年度值，至少需要 {MINIMUM_VALUES} 个才能预测",
        f"only {number} yearly values of one definition; at least {MINIMUM_VALUES} are needed to forecast",
    )


def _zero_base(known: History, by: int, base: float) -> Decrease:
    later = float(known.at([by])[0])
    if later > 0:
        reason = Text(f"基期为零，{by} 年为 {later:g}:只升不降", f"the base is zero and {by} shows {later:g}: a rise")
        stop = _stop(reason, base=base, threshold=0.0)
        return replace(stop, judgement=Judgement(Verdict.NOT_MET, reason))
    return _stop(Text("基期为零，无从下降", "the base is zero; nothing can fall"), base=base, threshold=0.0)


def _observed_ratios(
    known: History, by: int, rule: FallRule, kind: str, draws: int, rng: np.random.Generator
) -> Floats:
    """Return draws of the true ratio to the base, the worst of the years that must lie below, from known noise."""

    def level(year: int) -> Floats:
        if year not in known.years:
            return np.full(draws, np.inf)
        at = known.position(year)
        value, k, n, se = (float(a[at]) for a in (known.value, known.events, known.exposure, known.se))
        if np.isfinite(k) and k >= 0 and value >= 0:
            if kind == "proportion" and np.isfinite(n):
                return rng.beta(k + 0.5, n - k + 0.5, draws)  # Jeffreys
            per_event = value / k if k > 0 else (1 / n if np.isfinite(n) else 1.0)
            return rng.gamma(k + 0.5, 1.0, draws) * per_event
        if np.isfinite(se) and se > 0:
            return np.maximum(value + se * rng.standard_normal(draws), 0)
        return np.full(draws, value)

    base = np.mean([level(year) for year in rule.base_years], axis=0)
    later = np.max([level(year) for year in range(by - rule.consecutive_years + 1, by + 1)], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, later / base, np.inf)


def _chance_without_change(
    known: History, by: int, kind: str, rule: FallRule, draws: int, rng: np.random.Generator
) -> Generator[Ask, Floats | SeriesError, float]:
    """Return the probability of the event as it looked from the base year."""
    stand = max(rule.base_years)
    before = known.until(stand)
    if len(before) < MINIMUM_VALUES or by - rule.consecutive_years < stand:
        return float("nan")
    samples = yield Ask(before, by - stand, kind, draws, rng)
    if isinstance(samples, SeriesError):
        return float("nan")
    base = float(np.mean(known.at(rule.base_years)))
    return _share(_ahead_ratios(before, samples, base, by, rule), rule)


def _judge_ahead(probability: float, by: int, rule: FallRule) -> Judgement:
    if rule.evidence is not None:
        return judge_probability(probability, evidence=rule.evidence)
    return Judgement(
        Verdict.INSUFFICIENT_EVIDENCE,
        Text(
            f"本读法只比较印出的数值，{by} 年尚未上报",
            f"this reading compares printed values only; {by} is not reported yet",
        ),
    )


def _judge_observed(known: History, by: int, threshold: float, ratios: Floats, rule: FallRule) -> Judgement:
    years = range(by - rule.consecutive_years + 1, by + 1)
    lacking = [str(y) for y in years if y not in known.years]
    if lacking:
        named = "、".join(lacking)
        return Judgement(Verdict.NOT_ASSESSABLE, Text(f"{named} 年缺报", f"{', '.join(lacking)} not reported"))
    worst = float(known.at(years).max())
    if rule.evidence is None:
        return judge_value(worst, "le", threshold)
    probability = _share(ratios, rule)
    if rule.significance is None:
        return judge_probability(probability, evidence=rule.evidence)
    printed, real = satisfies(worst, "le", threshold), float(np.mean(ratios < 1))
    evident = real >= 1 - rule.significance
    reason = Text(
        f"数值{'已' if printed else '未'}降到目标线，确有下降的把握为 {real:.2f}",
        f"the value {'reaches' if printed else 'does not reach'} the line; a true fall has probability {real:.2f}",
    )
    if printed and evident:
        return Judgement(Verdict.MET, reason)
    if not printed and probability <= 1 - rule.evidence:
        return Judgement(Verdict.NOT_MET, reason)
    return Judgement(Verdict.INSUFFICIENT_EVIDENCE, reason)
