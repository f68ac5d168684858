"""The indicators of a plan: what each number means.

规划的指标目录：每个数是什么意思。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results import Explanation, line
from ..terms import Text

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Indicator, Plan

FORMULAS: dict[str, Text] = {
    "coverage": Text("分子 / 分母", "numerator / denominator"),
    "proportion": Text("分子 / 分母", "numerator / denominator"),
    "rate": Text("事件数 / 暴露量 × 倍数", "events / exposure x per"),
    "count": Text("事件数", "number of events"),
    "occurrence": Text("事件数，目标为零", "number of events, the target is none"),
    "index": Text("按上报值，不换算", "as reported, never converted"),
    "load": Text("各期均值", "mean over the periods"),
}


def indicators_frame(plan: Plan) -> pd.DataFrame:
    """Return the catalogue of a plan's indicators, and which targets and tasks name each.  指标目录表。

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> len(indicators_frame(plan)) == len(plan.indicators)
    True
    """
    import pandas as pd

    targets: dict[str, list[str]] = {}
    for target in plan.targets:
        targets.setdefault(target.indicator, []).append(target.id)
    tasks: dict[str, set[int]] = {}
    for milestone in plan.milestones:
        tasks.setdefault(milestone.indicator, set()).add(milestone.task)
    return pd.DataFrame(
        {
            "indicator": i.id,
            "name_zh": i.name.zh,
            "name_en": i.name.en,
            "kind": i.kind,
            "unit": i.unit,
            "direction": i.direction,
            "frequency": i.frequency,
            "basis": i.basis or "",
            "formula": FORMULAS[i.kind].zh,
            "definition_zh": i.definition.zh,
            "definition_en": i.definition.en,
            "definition_status": str(i.definition_status),
            "targets": " ".join(targets.get(i.id, [])),
            "tasks": " ".join(map(str, sorted(tasks.get(i.id, set())))),
        }
        for i in plan.indicators.values()
    )


def explain_indicator(plan: Plan, indicator_id: str) -> Explanation:
    """Return formula, parts, unit and standing of an indicator.  说明一个指标。

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> "核查" in explain_indicator(plan, "user_check_rate").in_language("zh")
    True
    """
    i: Indicator = plan.indicator(indicator_id)
    lines = [
        line("定义", "definition", i.definition),
        line("定义状态", "standing of the definition", i.definition_status.text),
        line("公式", "formula", FORMULAS[i.kind]),
        line("单位", "unit", i.unit),
    ]
    if i.numerator:
        lines.append(line("分子", "numerator", i.numerator.name))
    if i.denominator:
        lines.append(line("分母", "denominator", i.denominator.name))
    if i.note:
        lines.append(line("备注", "note", i.note))
    return Explanation(i.name, tuple(lines))
