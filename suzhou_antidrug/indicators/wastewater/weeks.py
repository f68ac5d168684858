"""Days, weeks and rounds: weekday, weekend and daily means, the rule behind a published mean, rounds of samples.

逐日、逐周与逐轮：平日、周末与日均值，公开均值所用的规则，采样轮次。

A week is an array whose last axis holds Monday to Sunday; NaN is a day without a value. Loads are mg/day/1000 people.

Sources: EUDA and the SCORE network, "Wastewater analysis and drugs", source data
(https://www.emcdda.europa.eu/data/drugs-municipal-wastewater-europe-source-data_en): weekday is Tuesday to Thursday,
weekend is Friday to Monday. That the weeks of 2021 follow another rule, and some weeks of 2011, 2014 and 2015 carry
labels shifted by a day, was computed from the 2025 release itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, shown, unknown_name
from ...terms import Text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GAP_DAYS = 7  # samples further apart than this belong to two rounds
# Sampling that goes on without a gap is no single round: beyond this it is cut at the quarters of the year.
LONGEST_ROUND_DAYS = 31
SAME_LABEL_DAYS = 183  # a label of a round, such as 1 or Q1, that returns after this names the round of another year
# Days and means are published to 0.01: a mean of rounded days lies within 0.005 of the published one, which is itself
# rounded by up to 0.005; the rest is slack. No two rules are told apart more finely.
ROUNDING = 0.015
STABLE_EDGE = 0.10
SLACK = 1e-9  # binary error of a decimal such as 4.40 / 4 - 1
COMMON_DAYS = 5
LOG_OFFSET = 0.5  # mg/day/1000; keeps the logarithm of a day of 0 defined


@dataclass(frozen=True, slots=True)
class WeekRule:
    """Which days a weekday mean and a weekend mean are made of, 0 = Monday.  平日与周末各含哪几天，0 为周一。"""

    weekday: tuple[int, ...]
    weekend: tuple[int, ...]
    says: Text


# In the order in which a fitting rule is preferred.
WEEK_RULES: dict[str, WeekRule] = {
    "score": WeekRule(
        (1, 2, 3), (4, 5, 6, 0), Text("平日周二至周四，周末周五至周一", "weekday Tue-Thu, weekend Fri-Mon")
    ),
    "score_2021": WeekRule(
        (1, 2, 3, 4), (5, 6, 0), Text("平日周二至周五，周末周六至周一", "weekday Tue-Fri, weekend Sat-Mon")
    ),
    "late_label": WeekRule(
        (2, 3, 4),
        (5, 6, 0, 1),
        Text("平日周三至周五，周末周六至周二：日期标签晚一天", "weekday Wed-Fri, weekend Sat-Tue: labels one day late"),
    ),
    "early_label": WeekRule(
        (0, 1, 2),
        (3, 4, 5, 6),
        Text(
            "平日周一至周三，周末周四至周日：日期标签早一天", "weekday Mon-Wed, weekend Thu-Sun: labels one day early"
        ),
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class WeeklyMeans:
    """Means of weeks, arrays of the shape of the input without its last axis.  各周均值。"""

    weekday: Floats  # NaN where no weekday is given
    weekend: Floats
    daily: Floats  # plain mean of the days given
    daily_stratified: Floats  # weekday and weekend weighted by their days in a full week; NaN where either is missing
    n_days: NDArray[np.int64]
    complete: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class StratifiedMeans:
    """Means of groups of days, one entry a group.  各组日值的均值。"""

    mean: Floats  # NaN for a group without a value
    n_days: NDArray[np.int64]
    n_weekend: NDArray[np.int64]
    balanced: NDArray[np.bool_]  # both kinds of day are there, so the mean is weighted


def _weeks(days: ArrayLike) -> Floats:
    week = np.asarray(days, dtype=float)
    if week.ndim == 0 or week.shape[-1] != len(DAYS):
        raise ValueError(f"the last axis must hold seven days, Monday to Sunday; the shape is {week.shape}")
    wrong = np.isinf(week) | (week < 0)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise SeriesError(
            Problem(
                code="load",
                column=DAYS[where[-1]],
                value=shown(week[wrong][0]),
                en=f"the load at position {where} is negative or infinite.",
                zh=f"位置 {where} 的负荷为负或无穷大。",
            )
        )
    return week


def _mean_given(values: Floats) -> Floats:
    given = ~np.isnan(values)
    count = given.sum(axis=-1)
    total = np.where(given, values, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def weekly_means(days: ArrayLike, *, rule: str = "score") -> WeeklyMeans:
    """Return the weekday, weekend and daily means of weeks under a rule.

    按某一规则计算各周的平日均值、周末均值与日均值；缺失的日子跳过，不作零。

    weekday and weekend are plain means of the rule's days that are given; daily = mean of all days given;
    daily_stratified = (a weekday + b weekend) / 7 with the rule's own counts a and b (3 and 4; 4 and 3 for score_2021).
    On a full week the two daily means are one and the same.

    Parameters
    ----------
    days : array (..., 7)
        Loads from Monday to Sunday, mg/day/1000 people, NaN for a missing day.
    rule : str
        A key of ``WEEK_RULES``.

    Raises
    ------
    UnknownNameError
        The rule is not known.
    SeriesError
        A load is negative or infinite.

    Examples
    --------
    MDMA in Debrecen, 2023 (EUDA, 2025 release):

    >>> found = weekly_means([[13.77, 8.83, 8.26, 9.33, 11.18, 15.52, 14.70]])
    >>> [round(float(x[0]), 2) for x in (found.weekday, found.weekend, found.daily)]
    [8.81, 13.79, 11.66]
    """
    if rule not in WEEK_RULES:
        raise UnknownNameError(unknown_name("week rule", "一周规则", rule, WEEK_RULES))
    week, parts = _weeks(days), WEEK_RULES[rule]
    weekday, weekend = _mean_given(week[..., parts.weekday]), _mean_given(week[..., parts.weekend])
    n_days = (~np.isnan(week)).sum(axis=-1)
    return WeeklyMeans(
        weekday=weekday,
        weekend=weekend,
        daily=_mean_given(week),
        daily_stratified=(len(parts.weekday) * weekday + len(parts.weekend) * weekend) / len(DAYS),
        n_days=n_days,
        complete=n_days == len(DAYS),
    )


def detect_week_rule(
    days: ArrayLike, weekday: ArrayLike, weekend: ArrayLike, *, tolerance: float = ROUNDING
) -> NDArray[np.object_]:
    """Return which rule reproduces published weekday and weekend means, for each week.

    判断公开的平日、周末均值出自哪一条规则。

    A rule fits where both means agree within ``tolerance`` (mg/day/1000). Where several fit, as in a flat week, the
    first of ``WEEK_RULES`` is given, "score" before all; "unknown" where none does; "incomplete" where a day or a
    published mean is missing, because the rule then cannot be seen. days is (..., 7), the means (...).

    >>> week = [15.41, 10.75, 11.65, 11.37, 10.06, 23.11, 41.19]  # MDMA in Basel, 2021 (EUDA, 2025 release)
    >>> str(detect_week_rule(week, 10.96, 26.57)), str(detect_week_rule(week, 11.26, 22.44))
    ('score_2021', 'score')
    """
    week = _weeks(days)
    shape = week.shape[:-1]
    published = [np.broadcast_to(np.asarray(x, dtype=float), shape) for x in (weekday, weekend)]
    found = np.full(shape, "unknown", dtype=object)
    for name in reversed(WEEK_RULES):
        own = weekly_means(week, rule=name)
        off = [np.abs(mine - theirs) for mine, theirs in zip((own.weekday, own.weekend), published, strict=True)]
        found[(off[0] <= tolerance + SLACK) & (off[1] <= tolerance + SLACK)] = name
    missing = np.isnan(week).any(axis=-1) | np.isnan(published[0]) | np.isnan(published[1])
    found[missing] = "incomplete"
    return found


def classify_yearly_change(
    earlier: ArrayLike, later: ArrayLike, *, edge: float = STABLE_EDGE
) -> tuple[Floats, NDArray[np.object_]]:
    """Return the relative change of published yearly loads and its class as the agency draws it.

    按 EUDA 的口径给出年度变化率及其类别：稳定、上升、下降。

    change = later / earlier - 1 (0-1, not percent). Within ``edge`` the class is "stable", else "increase" or
    "decrease". Zeros as in the agency's file of changes: 0 to 0 is stable with change 0, 0 to positive an increase with
    an infinite change, positive to 0 a decrease of 100 %. "no_data" where either side is missing. A change at the very
    edge counts as stable here; the source does not test it: among its changes of 2024 on 2023 stable runs from -8.80 %
    to +9.95 %, increases begin at +10.04 % and decreases at -10.3 %. The class is a label and no evidence: with no
    change at all one week a year looks at least 10 % lower with probability 0.37 for methamphetamine (computed from
    Statistics Canada table 13-10-0820-01).

    Source: EUDA, 2025 release, ww2025-changes-all-substances.csv.

    >>> change, kind = classify_yearly_change([4.12, 151.36, 0, 0], [4.53, 166.56, 0, 3.2])
    >>> [round(float(x), 5) for x in change], list(kind)
    ([0.09951, 0.10042, 0.0, inf], ['stable', 'increase', 'stable', 'increase'])
    """
    before, after = np.broadcast_arrays(np.asarray(earlier, dtype=float), np.asarray(later, dtype=float))
    if (np.concatenate([before.ravel(), after.ravel()]) < 0).any():
        raise SeriesError(Problem(code="load", en="a load is negative.", zh="负荷为负。"))
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before > 0, after / before - 1, np.where(after > 0, np.inf, 0.0))
    unknown = np.isnan(before) | np.isnan(after)
    change = np.where(unknown, np.nan, change)
    kind = np.select(
        [unknown, np.abs(change) <= edge + SLACK, change > 0],
        ["no_data", "stable", "increase"],
        default="decrease",
    ).astype(object)
    return change, kind


def stratified_mean(
    values: ArrayLike, is_weekend: ArrayLike, group: ArrayLike, groups: int, *, weekday_weight: float = 3 / 7
) -> StratifiedMeans:
    """Return the mean of each group of days with weekday and weekend in the proportion of a week.

    按一周中平日与周末的比例计算每组日值的均值，各组天数可不同。

    mean = w (mean of weekdays) + (1 - w) (mean of weekend days) where a group has both kinds, the plain mean where it
    has one; ``balanced`` tells which, because a plain mean of weekend days is no weekly level. values, is_weekend and
    group are flat arrays of one length, group holds 0 .. groups - 1; NaN is a day without a value.

    >>> found = stratified_mean([10.0, 20.0, 30.0, 5.0], [False, True, True, True], [0, 0, 0, 1], 2)
    >>> [round(float(x), 3) for x in found.mean], found.balanced.tolist()
    ([18.571, 5.0], [True, False])
    """
    x, code = np.asarray(values, dtype=float), np.asarray(group)
    late = np.asarray(is_weekend, dtype=bool)
    if not (x.ndim == 1 and x.shape == late.shape == code.shape):
        raise ValueError(f"values, is_weekend and group need one length, got {x.shape}, {late.shape}, {code.shape}")
    if not 0 <= weekday_weight <= 1:
        raise ValueError(f"weekday_weight must lie in 0-1, got {weekday_weight}")
    if code.size and (not np.issubdtype(code.dtype, np.integer) or code.min() < 0 or code.max() >= groups):
        raise ValueError(f"group must hold whole numbers from 0 to {groups - 1}")
    given = ~np.isnan(x)
    x, late, code = x[given], late[given], code[given].astype(np.int64)
    kind = 2 * code + late
    count = np.bincount(kind, minlength=2 * groups).reshape(groups, 2)
    total = np.bincount(kind, weights=x, minlength=2 * groups).reshape(groups, 2)
    n_days, balanced = count.sum(axis=1), np.asarray((count > 0).all(axis=1))
    part = total / np.maximum(count, 1)
    weighted = weekday_weight * part[:, 0] + (1 - weekday_weight) * part[:, 1]
    plain = np.where(n_days > 0, total.sum(axis=1) / np.maximum(n_days, 1), np.nan)
    return StratifiedMeans(np.where(balanced, weighted, plain), n_days, count[:, 1], balanced)


def paired_day_test(earlier: ArrayLike, later: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    """Return the one-sided p-value of a fall between two weeks, day paired with day, and the days in common.

    两周同名日配对 t 检验(单侧，检验下降)的 p 值，以及两周共有的天数。

    t = mean(d) / (sd(d) / sqrt(n)), d = log(later + 0.5) - log(earlier + 0.5) over the n weekdays that both weeks have;
    p = P(T[n - 1] <= t); NaN below two days in common, and where no day changed. Days of one week share the week, the laboratory batch
    and the population: a small p says that two weeks differ, not that two years do.

    >>> p, common = paired_day_test([[10, 11, 9, 12, 14, 20, 18]], [[7, 8, 6, 9, 10, 15, np.nan]])
    >>> bool(p[0] < 0.001), int(common[0])
    (True, 6)
    """
    from scipy.special import stdtr

    change = np.log(_weeks(later) + LOG_OFFSET) - np.log(_weeks(earlier) + LOG_OFFSET)
    common = (~np.isnan(change)).sum(axis=-1)
    mean = _mean_given(change)
    squares = np.where(np.isnan(change), 0.0, (change - mean[..., None]) ** 2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = mean / np.sqrt(squares / (common - 1) / common)
        return np.where(common >= 2, stdtr(common - 1, t), np.nan), common


@dataclass(frozen=True, slots=True, eq=False)
class RuleReplay:
    """Where rules for "a decrease" fire over triples of years, and where the fall is still there.  规则回放结果。"""

    rules: dict[str, NDArray[np.bool_]]  # each over the triples
    still_low: NDArray[np.bool_]  # T + 2 lies at least 10 % below T


def replay_rules(
    series: ArrayLike,
    year: ArrayLike,
    level: ArrayLike,
    n_days: ArrayLike,
    days: ArrayLike,
    *,
    smallest_base: float = 5.0,
) -> RuleReplay:
    """Return where rules for a decrease from T to T + 1 fire in yearly series, and whether T + 2 bears them out.

    在逐年序列上回放由 T 到 T+1 的“下降”判定规则，并看 T+2 是否仍低。

    A triple is a series and a year T with values at T, T + 1, T + 2, a base of at least ``smallest_base`` (mg/day/1000)
    and at least five weekdays in common at T and T + 1. The rules: every triple; a drop of at least 20 %; p < 0.05 by
    :func:`paired_day_test`; both; both with p < 0.01; a drop of at least 20 % from T and from the mean of up to three
    years before T, of which one at least must be there. series (n,) whole numbers, year (n,), level (n,), n_days (n,)
    days given, days (n, 7); a series and year stand once.

    >>> week = np.outer([10.0, 7.0, 8.0], [1.0, 0.9, 0.9, 1.0, 1.1, 1.3, 1.4])
    >>> found = replay_rules([0, 0, 0], [2021, 2022, 2023], week.mean(axis=1), [7, 7, 7], week)
    >>> {name: int(fires.sum()) for name, fires in found.rules.items()}, found.still_low.tolist()
    ({'every_triple': 1, 'drop_20': 1, 'p_05': 1, 'drop_20_p_05': 1, 'drop_20_p_01': 1, 'drop_20_from_both': 0}, [True])
    """
    week, value, given = _weeks(days), np.asarray(level, dtype=float), np.asarray(n_days)
    span = 10_000  # more than any year
    key = np.asarray(series, dtype=np.int64) * span + np.asarray(year, dtype=np.int64)
    order = np.argsort(key, kind="stable")

    def rows(wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        place = order[np.minimum(np.searchsorted(key, wanted, sorter=order), max(len(key) - 1, 0))]
        return np.where(key[place] == wanted, place, -1)

    base = np.flatnonzero(value >= smallest_base)
    later, last = rows(key[base] + 1), rows(key[base] + 2)
    whole = (later >= 0) & (last >= 0) & np.isfinite(value[later]) & np.isfinite(value[last])
    base, later, last = base[whole], later[whole], last[whole]
    p_value, common = paired_day_test(week[base], week[later])
    enough = np.minimum(common, np.minimum(given[base], given[later])) >= COMMON_DAYS
    base, later, last, p_value = base[enough], later[enough], last[enough], p_value[enough]
    before = np.stack([rows(key[base] - back) for back in (1, 2, 3)], axis=1)
    prior = _mean_given(np.where(before >= 0, value[before], np.nan))
    drop = value[later] <= 0.8 * value[base]
    rules = {
        "every_triple": np.ones(len(base), dtype=bool),
        "drop_20": drop,
        "p_05": p_value < 0.05,
        "drop_20_p_05": drop & (p_value < 0.05),
        "drop_20_p_01": drop & (p_value < 0.01),
        "drop_20_from_both": drop & (value[later] <= 0.8 * prior),
    }
    return RuleReplay(rules, value[last] <= 0.9 * value[base])


@dataclass(frozen=True, slots=True, eq=False)
class SamplingRounds:
    """Rounds of samples, one entry a round.  采样轮次。"""

    series: NDArray[np.int64]
    quarter: NDArray[np.int64]  # 4 year + 0 .. 3 of the first sample
    days: NDArray[np.int64]  # distinct days
    of_sample: NDArray[np.int64]  # the round of each sample handed in


def sampling_rounds(series: ArrayLike, start: ArrayLike, label: ArrayLike | None = None) -> SamplingRounds:
    """Return the rounds that samples form in each series.

    把各序列的样品归为采样轮次：相邻样品间隔不超过 7 天为同一轮；连续采样超过 31 天的按季度分开。

    A sample joins the round of the one before it if it starts within seven days of it, or bears the same label (whole
    numbers) within half a year. A round belongs to the quarter in which it begins. Without labels, a run of more than 31
    days is cut at the quarters. series (n,) whole numbers, start (n,) datetime64.

    >>> start = np.array(["2021-03-30", "2021-04-06", "2021-04-13T08:00"], dtype="datetime64[s]")
    >>> found = sampling_rounds([0, 0, 0], start)
    >>> found.quarter.tolist(), found.days.tolist()
    ([8084, 8085], [2, 1])
    """
    who, when = np.asarray(series, dtype=np.int64), np.asarray(start)
    tag = np.zeros(len(who), dtype=np.int64) if label is None else np.asarray(label, dtype=np.int64)
    order = np.lexsort((when, tag, who))
    who, when, tag = who[order], when[order], tag[order]
    limit = np.timedelta64(GAP_DAYS if label is None else SAME_LABEL_DAYS, "D")
    new = np.ones(len(who), dtype=bool)
    new[1:] = (np.diff(who) != 0) | (np.diff(tag) != 0) | (np.diff(when) > limit)
    quarter = (when.astype("datetime64[M]").astype(np.int64) + 12 * 1970) // 3
    if label is None and len(who):
        first = np.flatnonzero(new)
        last = np.append(first[1:], len(who)) - 1
        long = (when[last] - when[first]) > np.timedelta64(LONGEST_ROUND_DAYS, "D")
        new[1:] |= long[np.cumsum(new) - 1][1:] & (np.diff(quarter) != 0)
    day = when.astype("datetime64[D]")
    fresh = new.copy()
    fresh[1:] |= np.diff(day) != np.timedelta64(0, "D")
    days = np.bincount((np.cumsum(new) - 1)[fresh], minlength=int(new.sum()))
    of_sample = np.empty(len(who), dtype=np.int64)
    of_sample[order] = np.cumsum(new) - 1
    return SamplingRounds(who[new], quarter[new], days, of_sample)
