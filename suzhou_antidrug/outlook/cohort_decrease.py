"""Will relapse fall, from release cohorts: those still in follow-up count with what has been seen of them.

由各释放队列看复吸率能否下降：尚在随访的队列以已见部分计入。

Cohorts share the rates by year of follow-up, so their errors move together: the ratio of a later cohort to the base is
taken draw by draw, never from two standard errors as if they were independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import refusal
from ..indicators.relapse.cohorts import CohortForecast
from ..terms import Text
from ..verdicts import Judgement, Verdict, judge_probability
from .decrease import Decrease, FallRule, probability_of_fall

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Indicator

COHORT_INDICATORS = {"one_year_cohort_relapse_rate": 1, "three_year_cohort_relapse_rate": 3}

COHORT_METHOD_TEXT = Text(
    "分段指数的释放队列模型，未满期的队列由模型补足，未释放的队列沿用最近水平而不外推趋势；各队列误差相关，降幅逐次抽样计算",
    "piecewise exponential model of release cohorts, which completes those in follow-up; one not yet released keeps the "
    "latest level, no trend is carried on; errors of cohorts are correlated and the fall is taken draw by draw",
)


@dataclass(frozen=True, slots=True)
class CohortData:
    """A cohort forecast as an outlook reads it.  供前景评估读取的队列估计。"""

    forecast: CohortForecast
    table: pd.DataFrame  # by release year, cohorts with complete follow-up: value, se, definition


def cohort_data(found: CohortForecast, indicator: Indicator, *, origin: int, by: int) -> CohortData:
    """Return the table of a cohort forecast, or refuse one that does not fit the reading or the origin.

    队列估计的年度表；与读法或起点不符者拒收。
    """
    asked = COHORT_INDICATORS.get(indicator.id)
    if asked != found.years:
        wanted_zh, wanted_en = indicator.name.zh, indicator.name.en
        raise refusal(
            "definition",
            f"the data are relapse within {found.years} years of release, the reading asks for: {wanted_en}.",
            f"数据为释放后{found.years}年内复吸，所选读法要求：{wanted_zh}。",
            advice_en='Name the reading, e.g. reading={"relapse_definition": "cohort_three_year"}.',
            advice_zh='请指明读法，例如 reading={"relapse_definition": "cohort_three_year"}。',
        )
    last_seen = int((found.table["cohort"] + found.table["year"]).max())
    if last_seen > origin:
        raise refusal(
            "after_origin",
            f"the follow-up reaches into {last_seen}, after the origin {origin}.",
            f"随访已到 {last_seen} 年，晚于起点 {origin} 年。",
            advice_en="Cut the follow-up at the origin, or move the origin.",
            advice_zh="请把随访截止到起点年，或后移起点。",
        )
    if by not in found.cohorts:
        raise refusal(
            "cohort_missing",
            f"the cohort released in {by} is not in the forecast.",
            f"估计中没有 {by} 年释放的队列。",
            advice_en=f"Ask for it: forecast_cohorts(table, cohorts=[{by}]).",
            advice_zh=f"请在 forecast_cohorts 中加入 cohorts=[{by}]。",
        )
    complete = found.frame["complete"].to_numpy()
    series = found.series().set_index("period").rename_axis("year")[complete]
    return CohortData(found, series.assign(definition=f"relapse within {found.years} years, by year of release"))


def assess_cohorts(data: CohortData, *, by: int, rule: FallRule) -> Decrease:
    """Judge the fall from the base cohorts to the cohort released in ``by``.  评判目标年队列较基期队列的降幅。"""
    found, nan = data.forecast, float("nan")
    lacking = [str(y) for y in rule.base_years if y not in found.cohorts]
    if lacking:
        reason = Text(
            f"缺少基期 {'、'.join(lacking)} 年释放的队列", f"the base cohorts of {', '.join(lacking)} are missing"
        )
        return Decrease(
            nan, nan, np.empty((0, 0)), (), np.empty(0), nan, nan, Judgement(Verdict.NOT_ASSESSABLE, reason)
        )
    at = {cohort: i for i, cohort in enumerate(found.cohorts)}
    base = found.samples[:, [at[y] for y in rule.base_years]].mean(axis=1)
    years = [y for y in range(by - rule.consecutive_years + 1, by + 1) if y in at]
    worst = found.samples[:, [at[y] for y in years]].max(axis=1)
    ratios = worst / base
    probability = probability_of_fall(ratios, rule.minimum_fall)
    if rule.evidence is None:
        judged = Judgement(
            Verdict.INSUFFICIENT_EVIDENCE,
            Text("本读法只比较印出的数值，队列估计不是印出的数值", "this reading compares printed values; an estimate is none"),
        )  # fmt: skip
    else:
        judged = judge_probability(probability, evidence=rule.evidence)
    ahead = tuple(c for c in found.cohorts if c not in data.table.index)  # still in follow-up, or not yet released
    level = float(np.mean(base))
    return Decrease(
        level, (1 - rule.minimum_fall) * level, found.samples[:, [at[c] for c in ahead]], ahead, ratios, probability, nan, judged
    )  # fmt: skip
