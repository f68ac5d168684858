"""Healthy People: met, improved, little or no detectable change, worse, with significance where errors are known.

健康人民计划：达标、改善、无可察觉变化、变差；有标准误时按显著性。

Toward the target (y - b) / (T - b) x 100 of the targeted change; away abs(y - b) / b x 100 of the baseline. With standard errors a
one-sided normal test at .05 of z = abs(y - b) / sqrt(SE_b^2 + SE_y^2); without, the 10 % rule.

Source: Healthy People 2020 Final Progress Table, notes 1 to 6, data.cdc.gov/d/x749-vh2i.
"""

from __future__ import annotations

import numpy as np

from .facts import ProgressFacts, SystemLabels, said

LABELS = (
    "1 target met or exceeded",
    "2 improved",
    "3 little or no detectable change",
    "4 got worse",
    "6 informational (no target)",
)
CRITICAL = 1.6448536269514722  # of a one-sided test at .05
TEN_PERCENT = 10.0


def healthy_people(facts: ProgressFacts) -> SystemLabels:
    """Return Healthy People's classes.  健康人民计划的分类。"""
    change = facts.current - facts.baseline
    toward = facts.direction * change > 0
    before = facts.direction * (facts.baseline - facts.target) >= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(
            toward | (change == 0),
            100 * change / (facts.target - facts.baseline),
            100 * np.abs(change) / facts.baseline,
        )
        z = np.abs(change) / np.sqrt(facts.se_baseline**2 + facts.se_current**2)
    known = np.isfinite(z)
    plain = np.isfinite(share)
    moved = np.where(known, z >= CRITICAL, share >= TEN_PERCENT - 1e-9)
    untold = ~facts.no_number & ~facts.met & ~known & ~plain
    label = np.select(
        [facts.no_number, facts.met, untold, moved & toward, moved & ~toward & (change != 0)],
        [LABELS[4], LABELS[0], "undefined", LABELS[1], LABELS[3]], LABELS[2],
    )  # fmt: skip
    stand = np.select([label == LABELS[4], label == LABELS[0], label == "undefined", label == LABELS[1], label == LABELS[3]], ["not_judged", "met", "undefined", "on_the_way", "away"], "too_slow")  # fmt: skip
    value = np.where(facts.no_number | untold | (facts.met & before), np.nan, share)
    reason = [
        "no target" if n else "reached" if m else "a zero baseline moved away from" if u else f"z = {a:.2f}" if k else f"{v:.1f} %"
        for n, m, u, k, a, v in zip(facts.no_number, facts.met, untold, known, z, share, strict=True)
    ]  # fmt: skip
    return said("healthy_people", label, stand, value, reason)
