"""Who promised what, by when, at which level: the promises of several plans side by side.

谁、在哪一级、承诺什么、何时完成：多份规划的承诺并列比较。
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UnknownNameError, refusal, unknown_name
from ..provenance import Made, fingerprint, weakest
from ..results import Explanation, Result, line
from ..terms import Text, use_language
from .ambition import RELATIONS, Promise, promises_of, relate_across
from .changes import promise_text
from .explanation import level_text
from .frames import default_readings
from .loader import load_plan
from .model import Plan
from .parts import Deliverable, Milestone, Target

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FRAME = (
    *("plan", "issuer", "plan_level", "said_by", "kind", "promise", "task", "indicator", "name", "year"),
    *("operator", "threshold", "unit", "asks", "scope", "clause", "reading", "status", "source"),
)
_DONE = Text("须完成", "to be done")  # a deliverable has no number
_PAIRS = (
    *("indicator", "name", "plan", "year", "asks", "other_plan", "other_year", "other_asks", "relation", "reason"),
)


@dataclass(frozen=True, slots=True, eq=False)
class PlanComparison(Result):
    """The promises of several plans, and how they stand to each other.  多份规划的承诺及其相互关系。"""

    plans: tuple[Plan, ...]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a promise: who, at which level, what, by when, operator, threshold, unit, clause, status, source."""
        import pandas as pd

        rows = [_row(plan, promise) for plan in self.plans for promise in promises_of(plan)]
        return pd.DataFrame(rows, columns=list(_FRAME))

    @property
    def pairs(self) -> pd.DataFrame:
        """One row a pair of promises on one indicator: stricter, same, weaker, or not comparable, with the reason.

        ``relation`` is that of ``plan`` against ``other_plan``. Promises of the same year meet each other; where two plans
        name an indicator in no common year, their last years stand side by side and are not compared.
        """
        import pandas as pd

        rows = [row for a, b in combinations(self.plans, 2) for row in _pairs(a, b)]
        return pd.DataFrame(rows, columns=list(_PAIRS))

    def matrix(self, *, year: int | None = None, language: str | None = None) -> pd.DataFrame:
        """Return indicators by plans: what each asks in a year, or last, with the year.  指标×规划的矩阵。

        An empty cell means that the plan, as far as its text was seen, does not name the indicator.
        """
        import pandas as pd

        with use_language(language):
            names = self.indicators
            cells = {plan.id: [_cell(plan, indicator, year) for indicator in names] for plan in self.plans}
            index = pd.Index([str(name) for name in names.values()], name=str(Text("指标", "indicator")))
            return pd.DataFrame(cells, index=index)

    @property
    def indicators(self) -> dict[str, Text]:
        """Indicators that a plan promises, those that several plans share first."""
        held: dict[str, set[str]] = {}
        named: dict[str, Text] = {}
        for plan in self.plans:
            for promise in promises_of(plan):
                if promise.indicator:
                    held.setdefault(promise.indicator, set()).add(plan.id)
                    named.setdefault(promise.indicator, plan.indicators[promise.indicator].name)
        order = sorted(held, key=lambda i: -len(held[i]))  # stable: by the first plan that names it
        return {indicator: named[indicator] for indicator in order}

    @property
    def gaps(self) -> pd.DataFrame:
        """What the text of each plan, as far as it was seen, does not tell."""
        import pandas as pd

        return pd.concat([p.gaps_frame().assign(plan=p.id) for p in self.plans], ignore_index=True)

    def explain(self) -> Explanation:
        """Which plans, from which sources, and what "stricter" means."""
        pairs = self.pairs
        counted = pairs["relation"].value_counts() if len(pairs) else {}
        told = Text(
            "；".join(f"{RELATIONS[r].zh} {n}" for r, n in counted.items()) or "没有共同的指标",
            "; ".join(f"{RELATIONS[r].en} {n}" for r, n in counted.items()) or "no common indicator",
        )
        return Explanation(
            Text("多份规划的承诺比较", "Promises of several plans compared"),
            (
                *(_plan_line(plan) for plan in self.plans),
                line("成对比较", "pairs", told),
                line(
                    "规则",
                    "rule",
                    Text(
                        "满足甲必满足乙，则甲更严；指标、单位、定义、年份、范围、读法有一项不同即不可比",
                        "one is stricter where whatever keeps it keeps the other; a different indicator, unit, definition, "
                        "year, scope or reading is not compared",
                    ),
                ),
                line(
                    "限度",
                    "limit",
                    Text(
                        "空格不等于没有承诺：有的规划只见到部分文本",
                        "an empty cell is no missing promise: of some plans only a part was seen",
                    ),
                ),
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(
        self, ax: Axes | None = None, *, indicators: Sequence[str] | None = None, language: str | None = None
    ) -> Axes:
        """Draw thresholds by indicator, plan and year; the shared indicators unless others are named.  绘制目标值。"""
        from .compare_plot import draw_comparison

        return draw_comparison(self, ax, indicators=indicators, language=language)


def compare_plans(plans: Iterable[Plan | str | Path]) -> PlanComparison:
    """Set the promises of several plans side by side.  并列比较多份规划的承诺。

    Parameters
    ----------
    plans : iterable of Plan, str or path
        Two plans or more, each once; a text is the name of a bundled plan or a path.

    Raises
    ------
    SeriesError
        Fewer than two plans, or one plan twice.
    PlanError, UnknownNameError
        A plan that cannot be loaded.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> side_by_side = sa.compare_plans(["zhanjiang-2016", "suzhou-2020"])
    >>> side_by_side.pairs[["indicator", "asks", "other_asks", "relation"]].iloc[0].to_list()
    ['community_rehab_execution_rate', '≥60%', '≥99%', 'not_comparable']
    """
    loaded = tuple(p if isinstance(p, Plan) else load_plan(p) for p in plans)
    names = [p.id for p in loaded]
    twice = sorted({name for name in names if names.count(name) > 1})
    if len(loaded) < 2 or twice:
        raise refusal(
            "too_few_plans",
            f"the plan {twice[0]} is given twice." if twice else f"{len(loaded)} plans cannot be compared.",
            f"规划 {twice[0]} 给出了两次。" if twice else f"{len(loaded)} 份规划无法比较。",
            "Give two different plans or more.",
            "请给出两份以上不同的规划。",
        )
    status = weakest(f.status for p in loaded for f in p.lineage)
    return PlanComparison(loaded, Made("compare_plans", status, fingerprint("".join(p.fingerprint for p in loaded))))


def chosen_indicators(comparison: PlanComparison, indicators: Sequence[str] | None, *, most: int = 14) -> list[str]:
    """Return the indicators to draw: those named, else those that several plans share, else the first ones."""
    known = comparison.indicators
    if indicators is not None:
        for name in indicators:
            if name not in known:
                raise UnknownNameError(unknown_name("indicator of these plans", "这些规划的指标", name, known))
        return list(indicators)
    shared = set(comparison.pairs["indicator"])
    return ([i for i in known if i in shared] or list(known))[:most]


def _row(plan: Plan, promise: Promise) -> dict[str, Any]:
    origin = plan.said_by(promise.plan)
    source = plan.sources.get(origin.document.source)
    return {
        "plan": plan.id,
        "issuer": str(origin.document.issuer),
        "plan_level": plan.level,
        "said_by": promise.plan,
        "kind": promise.kind,
        "promise": promise.id,
        "task": promise.task,
        "indicator": promise.indicator,
        "name": str(promise.name),
        "year": promise.year,
        "operator": promise.operator,
        "threshold": promise.threshold,
        "unit": promise.unit,
        "asks": str(_DONE) if promise.kind == "deliverable" else promise_text(promise),
        "scope": promise.scope,
        "clause": promise.clause,
        "reading": default_readings(plan, _ambiguities(plan, promise)),
        "status": str(origin.status),
        "source": "" if source is None else source.url or source.title,
    }


def _ambiguities(plan: Plan, promise: Promise) -> tuple[str, ...]:
    items: tuple[Target | Milestone | Deliverable, ...] = (*plan.targets, *plan.milestones, *plan.deliverables)
    return next(item.ambiguities for item in items if item.id == promise.id)


def _distinct(plan: Plan) -> dict[str, list[Promise]]:
    """Return the promises on each indicator; a target and a milestone that ask the same count once."""
    found: dict[str, dict[tuple[Any, ...], Promise]] = {}
    for p in promises_of(plan):
        if p.indicator:
            found.setdefault(p.indicator, {}).setdefault((p.year, p.scope, p.operator, p.threshold, p.compares), p)
    return {indicator: list(promises.values()) for indicator, promises in found.items()}


def _pairs(a: Plan, b: Plan) -> Iterator[dict[str, Any]]:
    first, second = _distinct(a), _distinct(b)
    for indicator in (i for i in first if i in second):
        met = [(p, q) for p in first[indicator] for q in second[indicator] if p.year == q.year]
        if not met:
            last = [max(side[indicator], key=lambda p: p.year) for side in (first, second)]
            met = [(last[0], last[1])]
        for p, q in met:
            relation, reason = relate_across(p, a, q, b)
            yield {
                "indicator": indicator, "name": str(a.indicators[indicator].name), "plan": a.id, "year": p.year,
                "asks": promise_text(p), "other_plan": b.id, "other_year": q.year, "other_asks": promise_text(q),
                "relation": relation, "reason": str(reason),
            }  # fmt: skip


def _cell(plan: Plan, indicator: str, year: int | None) -> str:
    held = [p for p in promises_of(plan) if p.indicator == indicator and year in (None, p.year)]
    if not held:
        return ""
    last = max(p.year for p in held)
    asked = list(dict.fromkeys(promise_text(p) for p in held if p.year == last))
    return f"{' / '.join(asked)} ({last})" if year is None else " / ".join(asked)


def _plan_line(plan: Plan) -> tuple[Text, Text]:
    own = plan.lineage[0]
    level = level_text(own)
    count = len(promises_of(plan))
    source = plan.sources.get(plan.document.source)
    seen = source.seen if source else ""
    return plan.name, Text(
        f"{level.zh}，{plan.document.issuer.zh}，{plan.first_year}-{plan.last_year}，承诺 {count} 项，"
        f"{own.status.text.zh}"
        + (f"，{seen} 查阅" if seen else "")
        + (f"，缺口 {len(plan.gaps)} 处" if plan.gaps else ""),
        f"{level.en}, {plan.document.issuer.en}, {plan.first_year}-{plan.last_year}, {count} promises, "
        f"{own.status.text.en}"
        + (f", read {seen}" if seen else "")
        + (f", {len(plan.gaps)} gaps" if plan.gaps else ""),
    )
