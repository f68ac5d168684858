"""One promise explained: what it asks, who says so and where, and what it changes of the plan above.

解释一项承诺：要求什么、谁在哪里提出、对上级规划改了什么。
"""

from __future__ import annotations

from collections.abc import Callable

from ..column_names import CODES
from ..errors import UnknownNameError, unknown_name
from ..results import Explanation, line
from ..terms import Text, use_language
from .ambition import RELATIONS, promises_of
from .changes import promise_text
from .model import Plan
from .parts import Forebear

_NOT_TOLD = Text("未注明", "not told")


def level_text(forebear: Forebear) -> Text:
    """Return the level of a plan in words.  规划的层级。"""
    return _NOT_TOLD if forebear.level is None else CODES["plan_level"][forebear.level]


def explain_promise(plan: Plan, promise: str) -> Explanation:
    """Return the explanation of a target, milestone or deliverable by its id.  解释一项承诺。"""
    found = {p.id: p for p in promises_of(plan)}
    if promise not in found:
        raise UnknownNameError(unknown_name("promise", "承诺", promise, found))
    p = found[promise]
    origin = plan.said_by(p.plan)
    asked = in_both(lambda: promise_text(p))
    lines = [
        line("承诺", "promise", asked),
        line("期限", "by", p.year),
        line(
            "出自",
            "said by",
            Text(
                f"{origin.name.zh}，{origin.document.number}，{origin.status.text.zh}",
                f"{origin.name.en}, {origin.document.number}, {origin.status.text.en}",
            ),
        ),
        line("发布机关", "issuer", origin.document.issuer),
        line("规划层级", "level of the plan", level_text(origin)),
        line("条款", "clause", p.clause),
        line("是否继承", "inherited", Text("是", "yes") if origin.id != plan.id else Text("否", "no")),
    ]
    for change in plan.changes:
        if change.item == promise and change.relation not in ("dropped", "added"):
            word = RELATIONS[change.relation]
            lines += [
                line("上级规划", "the plan above", f"{change.inherited} [{change.inherited_clause}]"),
                line(
                    "与上级相比",
                    "against the plan above",
                    Text(f"{word.zh}：{change.reason.zh}", f"{word.en}: {change.reason.en}"),
                ),
            ]
    title = Text(f"{p.name.zh} {p.year}", f"{p.name.en} {p.year}")
    return Explanation(title, tuple(lines))


def in_both(write: Callable[[], str]) -> Text:
    """Return what a function writes in each of the two languages.  两种语言下的文字。"""
    with use_language("zh"):
        chinese = write()
    with use_language("en"):
        return Text(chinese, write())
