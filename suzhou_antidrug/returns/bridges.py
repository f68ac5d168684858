"""Bridges: a named office declares that figures of two definitions may be compared.

口径衔接：由具名单位声明两种口径的数可以比较。

Without one, a change across two definitions is not assessed. A bridge converts nothing: it says that both definitions
count the same, and its words go into every verdict that rests on it. Across two catalogues there is no bridge, for a
longer list finds more by itself: both years must be counted on one list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..disclosure import has_personal_mark
from ..errors import UnknownNameError, refusal, shown, unknown_name
from ..terms import Text
from .spans import names_catalogue

if TYPE_CHECKING:
    import pandas as pd

NOT_STATED = Text("未注明", "not stated")


@dataclass(frozen=True, slots=True)
class DefinitionBridge:
    """A declaration that two definitions of one indicator may be compared.  两种口径可比的声明。

    ``earlier`` and ``later`` are definitions as the frame of the returns has them, blank for one that is not stated;
    ``by`` is the office that answers for it, ``why`` its reason. Which of the two years has which definition does not
    matter.

    >>> bridge = DefinitionBridge("annual_detected_relapse_rate", "户籍人员", "常住人员", by="市禁毒办", why="两者相差不足 1%")
    >>> bridge.words.en
    'definitions differ (户籍人员, 常住人员), declared comparable by 市禁毒办: 两者相差不足 1%'
    """

    indicator: str
    earlier: str
    later: str
    by: str
    why: str

    @property
    def words(self) -> Text:
        """What a verdict that rests on the bridge says."""
        zh, en = ([d or getattr(NOT_STATED, lang) for d in (self.earlier, self.later)] for lang in ("zh", "en"))
        return Text(
            f"口径不同（{'、'.join(zh)}），{self.by}声明可比：{self.why}",
            f"definitions differ ({', '.join(en)}), declared comparable by {self.by}: {self.why}",
        )

    def as_dict(self) -> dict[str, str]:
        """The same as a dictionary, for a manifest."""
        return asdict(self)


def check_bridge(bridge: DefinitionBridge, frame: pd.DataFrame) -> None:
    """Refuse a bridge that names nothing in the returns, has no reason, or joins two catalogues.  核对口径衔接。"""
    known = frame["indicator"].unique().tolist()
    if bridge.indicator not in known:
        raise UnknownNameError(unknown_name("indicator of the returns", "报表中的指标", bridge.indicator, known))
    have = frame.loc[frame["indicator"] == bridge.indicator, "definition"].unique().tolist()
    listed = "; ".join(shown(d) or NOT_STATED.en for d in have)
    if bridge.earlier == bridge.later or not {bridge.earlier, bridge.later} <= set(have):
        raise refusal(
            "bridge_definition",
            f"a bridge joins two definitions of the returns; {bridge.indicator} has: {listed}.",
            f"口径衔接须连接报表中的两种口径；{bridge.indicator} 现有：{listed}。",
            "Copy both from the column definition of the frame.",
            "请从结果表的 definition 列照抄两种口径。",
        )
    if not bridge.by.strip() or not bridge.why.strip() or has_personal_mark(f"{bridge.by} {bridge.why}"):
        raise refusal(
            "bridge_reason",
            "a bridge names the office that declares it and the reason, without personal numbers.",
            "口径衔接须写明声明单位与理由，且不含个人号码。",
            "Give by= and why=.",
            "请填写 by= 与 why=。",
        )
    if names_catalogue(bridge.earlier, bridge.later):
        raise refusal(
            "bridge_catalogue",
            "two catalogues are not bridged: a longer list finds more by itself.",
            "不同目录之间不能衔接：目录加长本身就会使件数增加。",
            "Count both years on one fixed list.",
            "请按同一固定目录重报两年。",
        )


def joined_definitions(bridges: Iterable[DefinitionBridge], indicator: str) -> dict[str, tuple[str, Text]]:
    """Return for each definition that bridges of an indicator reach one common definition, and the words for it.

    Bridges chain: A with B and B with C make all three one.
    """
    groups: list[list[DefinitionBridge]] = []
    for bridge in (b for b in bridges if b.indicator == indicator):
        ends = {bridge.earlier, bridge.later}
        touched = [g for g in groups if ends & {d for b in g for d in (b.earlier, b.later)}]
        groups = [g for g in groups if g not in touched] + [[*(b for g in touched for b in g), bridge]]
    found: dict[str, tuple[str, Text]] = {}
    for group in groups:
        definitions = list(dict.fromkeys(d for b in group for d in (b.earlier, b.later)))
        words = Text("；".join(b.words.zh for b in group), "; ".join(b.words.en for b in group))
        label = " = ".join(d or NOT_STATED.zh for d in definitions) + f"（口径衔接：{'；'.join(b.by for b in group)}）"
        found |= dict.fromkeys(definitions, (label, words))
    return found


def bridge_definitions(facts: pd.DataFrame, bridges: Iterable[DefinitionBridge]) -> pd.DataFrame:
    """Return facts with bridged definitions as one, so that they compare; the figures stay as they are.  合并口径。"""
    bridges = tuple(bridges)
    for indicator in dict.fromkeys(b.indicator for b in bridges):
        names = {d: label for d, (label, _) in joined_definitions(bridges, indicator).items()}
        own = facts["indicator"] == indicator
        joined = facts["definition"].map(names).where(own)
        facts = facts.assign(definition=joined.where(joined.notna(), facts["definition"]))
    return facts


def bridge_words(bridges: Iterable[DefinitionBridge], indicator: str) -> Mapping[str, Text]:
    """Return the words of each common definition that bridges of an indicator make.  衔接后的口径及其说明。"""
    return dict(joined_definitions(bridges, indicator).values())


def with_bridges(manifest: dict[str, Any], bridges: Iterable[DefinitionBridge]) -> dict[str, Any]:
    """Return a manifest that lists the bridges declared, where there are any.  在清单中列出口径衔接。"""
    listed = [bridge.as_dict() for bridge in bridges]
    return manifest | ({"definition_bridges": listed} if listed else {})


def join_reasons(reason: Text, words: Text) -> Text:
    """Return the reason of a verdict with what it rests on.  在评判理由后写明所依据的声明。"""
    return Text(f"{reason.zh}；{words.zh}", f"{reason.en}; {words.en}")
