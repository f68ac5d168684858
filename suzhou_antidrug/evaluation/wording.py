"""Words and figures that several parts of the report share.

报告各部分共用的文字与数字写法。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..indicators.coverage import percent_rounded_down
from ..terms import Text
from ..verdicts import OPERATOR_SIGNS

if TYPE_CHECKING:
    from .job import Evaluation

SYNTHETIC_NOTE = Text(
    "本节为合成数据(带种子的随机生成，真值已知)，仅演示方法，不反映任何地方的实际情况。",
    "This section uses synthetic data from a seeded generator with known truth. It shows the method and says nothing about any place.",
)


def synthetic_note(evaluation: Evaluation) -> Text | None:
    """Return the warning that synthetic data need; None for others.  合成数据的警示。"""
    return SYNTHETIC_NOTE if evaluation.made.status == "synthetic" else None


def status_mark(evaluation: Evaluation) -> Text:
    """Return what a caption adds for synthetic data.  题注中的合成数据标记。"""
    return Text("（合成数据）", " (synthetic data)") if synthetic_note(evaluation) else Text("", "")


def shown_threshold(value: float, operator: str, unit: str) -> str:
    """Return a threshold with its sign.  目标值的写法。

    >>> shown_threshold(0.9, "ge", "share"), shown_threshold(1.25, "ge", "index")
    ('≥ 90%', '≥ 1.25')
    """
    return (
        f"{OPERATOR_SIGNS[operator]} {100 * value:g}%" if unit == "share" else f"{OPERATOR_SIGNS[operator]} {value:g}"
    )


def shown_value(value: float, unit: str) -> str:
    """Return a value; a share is rounded down, so that 99.96 % never reads as 100 %.  数值的写法，比例只舍不入。

    >>> shown_value(0.9996, "share"), shown_value(float("nan"), "share"), shown_value(1.29999, "index")
    ('99.9%', '—', '1.3')
    """
    if value != value:
        return "—"
    return percent_rounded_down(value) if unit == "share" else f"{value:.4g}"


def joined(texts: list[Text]) -> Text:
    """Return texts in one line, a dash for none.  连成一行。"""
    return Text("；".join(t.zh for t in texts) or "—", "; ".join(t.en for t in texts) or "—")
