"""Made-up evidence of deliverables, marked in every row, for demonstrations and tests.  合成的工作成果佐证。"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .rules.loader import load_appraisal_rules
from .scoring.evidence import EVIDENCE_COLUMNS
from .scoring.measures import due

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan

SEED = 20200516
PAPER = "合成数据 synthetic"
CHANCES = (0.02, 0.08, 0.2, 0.7)  # of the levels from the worst to the best; invented


def make_synthetic_evidence(plan: Plan, *, rules: str = "suzhou-default", seed: int = SEED) -> pd.DataFrame:
    """Return made-up evidence for the deliverables that a rule file scores: two assessors, who differ now and then.

    生成规则所评工作成果的合成佐证：两名评定人，偶有分歧。

    Columns deliverable, division, year, level, evidence, assessor; every row says that it is synthetic.

    >>> import suzhou_antidrug as sa
    >>> set(make_synthetic_evidence(sa.load_plan("suzhou-2020"))["evidence"])
    {'合成数据 synthetic'}
    """
    import pandas as pd

    file = load_appraisal_rules(rules, plan=plan).file
    rng = np.random.default_rng(seed)
    rows = []
    for item in file.items:
        if item.deliverable is None:
            continue
        levels = [level.id for level in file.scales[item.scale].levels]
        chances = np.array(CHANCES[-len(levels) :]) / sum(CHANCES[-len(levels) :])
        found = next(d for d in plan.task(item.task).deliverables if d.id == item.deliverable)
        places = [*([plan.geography.city.id] if item.who != "divisions" else []), *(plan.geography.ids if item.who != "city" else ())]  # fmt: skip
        for year in (y for y in plan.years if due(found, plan, y)):
            for place in places:
                level = int(rng.choice(len(levels), p=chances))
                second = max(0, level - 1) if rng.random() < 0.15 else level
                rows += [(found.id, place, year, levels[at], PAPER, who) for at, who in ((level, "甲"), (second, "乙"))]
    return pd.DataFrame(rows, columns=list(EVIDENCE_COLUMNS))
