"""What of an evaluation may leave: small counts, and what would give them back, are taken out.

评估结果中可对外的部分：小数，以及可据以反推的数，均予抑制。

Judged and scored on full data; what leaves passes this gate (:mod:`suzhou_antidrug.indicators.small_counts`). A verdict that tells a
small count is shown without it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..disclosure import HIDDEN, rule_text
from ..indicators.small_counts import Gate, hidden_cells, release_values
from ..returns.bridges import join_reasons
from ..terms import Text
from ..verdicts import Judgement

if TYPE_CHECKING:
    import pandas as pd

    from ..outlook.attainment import Outlook
    from ..plan.model import Plan
    from .job import Evaluation


def release(evaluation: Evaluation, gate: Gate) -> Evaluation:
    """Return an evaluation fit to leave.  可对外的评估结果。"""
    hidden = hidden_cells(evaluation.values, evaluation.plan, gate)
    if not hidden:
        return evaluation
    names = {(i, d) for i, d, _ in hidden}
    outlooks = tuple(_outlook(o, evaluation.plan, names) for o in evaluation.promises.outlooks)
    return replace(
        evaluation, values=release_values(evaluation.values, hidden),
        milestones=replace(evaluation.milestones, table=_milestones(evaluation.milestones.table, hidden)),
        promises=replace(evaluation.promises, outlooks=outlooks),
        card=None if evaluation.card is None else evaluation.card.without(hidden), suppressed=rule_text(gate.minimum),
    )  # fmt: skip


def _milestones(table: pd.DataFrame, hidden: set[tuple[str, str, int]]) -> pd.DataFrame:
    gone = np.array([k in hidden for k in zip(table["indicator"], table["division"], table["year"], strict=True)])
    out = table.copy()
    out["value"] = out["value"].mask(gone)
    for language in ("zh", "en"):
        out[f"reason_{language}"] = out[f"reason_{language}"].mask(gone, getattr(HIDDEN, language))
    return out


def _outlook(outlook: Outlook, plan: Plan, names: set[tuple[str, str]]) -> Outlook:
    """Take the figures of a series with a hidden year out of an outlook; probability and verdict stay."""
    if (plan.target(outlook.target).indicator, outlook.division) not in names:
        return outlook
    reason = Text("数值已抑制，评判依全部数据作出", "figures suppressed; judged on full data")
    for bridge in outlook.bridges:
        reason = join_reasons(reason, bridge.words)
    empty = outlook.table.iloc[:0]
    return replace(
        outlook, table=empty, base=None, samples=outlook.samples[:0], ratios=outlook.ratios[:0],
        judgement=Judgement(outlook.judgement.verdict, reason),
    )  # fmt: skip
