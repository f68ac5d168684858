"""What the page on many plans shows, from a real run: the plans, their pairs, changes and gaps, and the figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

import suzhou_antidrug as sa
from suzhou_antidrug.column_names import code_name
from suzhou_antidrug.plan.compare import PlanComparison
from suzhou_antidrug.plotting import to_svg
from suzhou_antidrug.terms import Text

Table = Callable[[Sequence[Text], Iterable[Sequence[object]]], str]


@cache
def compared() -> PlanComparison:
    """All bundled plans of real places."""
    return sa.compare_plans(name for name in sa.list_plans() if sa.load_plan(name).status is not sa.Status.SYNTHETIC)


def tables(table: Table) -> dict[str, str]:
    """Return the generated tables of the page, in the language in use."""
    return {
        "plans": _plans(table),
        "plan_pairs": _pairs(table),
        "plan_changes": _changes(table),
        "plan_gaps": _gaps(table),
    }


def figure(language: str) -> str:
    """Return the heat map of the shared indicators as SVG."""
    return to_svg(compared().plot(language=language))


def _plans(table: Table) -> str:
    head = (
        Text("代码", "name"), Text("规划", "plan"), Text("层级", "level"), Text("年份", "years"),
        Text("有数字的承诺", "promises with a number"), Text("缺口", "gaps"), Text("来源", "source"),
    )  # fmt: skip
    rows = (
        (
            f"`{p.id}`", p.name, code_name("plan_level", p.level), f"{p.first_year}-{p.last_year}",
            len(p.milestones) + sum(t.threshold is not None for t in p.targets), len(p.gaps),
            _link(p),
        )
        for p in compared().plans
    )  # fmt: skip
    return table(head, rows)


def _link(plan: sa.Plan) -> str:
    source = plan.sources[plan.document.source]
    return f"[{source.publisher}]({source.url})"


def _pairs(table: Table) -> str:
    head = (
        Text("指标", "indicator"), Text("规划与要求", "plan and what it asks"), Text("另一规划", "the other"),
        Text("相比", "against it"), Text("理由", "reason"),
    )  # fmt: skip
    rows = (
        (
            r.name, f"`{r.plan}` {r.asks} ({r.year})", f"`{r.other_plan}` {r.other_asks} ({r.other_year})",
            code_name("relation", r.relation), r.reason,
        )
        for r in compared().pairs.itertuples()
    )  # fmt: skip
    return table(head, rows)


def _changes(table: Table) -> str:
    head = (
        Text("项", "item"), Text("上级要求", "the plan above"), Text("本规划", "this plan"),
        Text("相比", "against it"), Text("理由", "reason"),
    )  # fmt: skip
    changes = sa.load_plan("leizhou-2016").changes
    return table(
        head, ((f"`{c.item}`", c.inherited, c.own, code_name("relation", c.relation), c.reason) for c in changes)
    )


def _gaps(table: Table) -> str:
    head = (Text("规划", "plan"), Text("缺什么", "what is missing"), Text("查找情况", "looked for where"))
    rows = ((f"`{p.id}`", g.what, g.searched or "") for p in compared().plans for g in p.gaps)
    return table(head, rows)
