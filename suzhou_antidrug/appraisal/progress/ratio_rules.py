"""Rules that compare the pace so far with the pace required.

以已有进度与所需进度之比评判的办法。

With g the compound yearly growth, d the direction. Open SDG 2.4 (Statistics Canada's rule): R = d g_observed / abs(g_required); zero
base or target replaced by .001; cuts .95, .60, 0; without a number d g against 1.5 %, .5 %, 0. Eurostat: the same ratio without
replacing zeros and without a shortcut for targets already met; without a number 1 %, 0, -1 % a year. UN Progress Chart 2023:
the value at the target year at the pace so far, CR = (v* - b) / (T - b), cuts .95, .10; without a number 2 %, .5 %; within one point
of a target of 0 or 100 counts as met. SDSN: linear pace over linear pace required, cuts 1, .5, 0. ESCAP: 10 d (y - b) / abs(T - b).
时序进度: share done over share of time elapsed.

Sources: github.com/open-sdg/open-sdg docs/progress-methodology.md; a restatement of the UN technical note 2023
(github.com/EUSTAT-DES/site); data.unescap.org. Eurostat's labels and 1 % cut, SDSN's cuts and 时序进度 are unverified: from
general knowledge.
"""

from __future__ import annotations

import numpy as np

from .facts import ProgressFacts, SystemLabels, growth, said

STAND_IN = 0.001  # Open SDG's stand-in for a zero base or target: it decides the label of zero targets
UNDEFINED = "undefined"


def open_sdg(facts: ProgressFacts, *, stand_in: float = STAND_IN) -> SystemLabels:
    """Return Open SDG's labels.  Open SDG 办法。"""
    base = np.where(facts.baseline == 0, stand_in, facts.baseline)
    goal = np.where(facts.target == 0, stand_in, facts.target)
    g = growth(base, facts.current, facts.t - facts.t0)
    need = growth(base, goal, facts.t_target - facts.t0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(facts.no_number, facts.direction * g, facts.direction * g / np.abs(need))
    untold = ~facts.met & (~np.isfinite(ratio) | (~facts.no_number & (need == 0)))
    cuts = np.where(facts.no_number[:, None], [[0.015, 0.005, 0.0]], [[0.95, 0.60, 0.0]])
    label = np.select(
        [facts.met, untold, ratio >= cuts[:, 0], ratio >= cuts[:, 1], ratio >= cuts[:, 2]],
        ["target_achieved", UNDEFINED, "on_track", "progress_needs_acceleration", "limited_progress"], "deterioration",
    )  # fmt: skip
    stand = np.select([label == k for k in ("target_achieved", "on_track", "progress_needs_acceleration", "limited_progress", "deterioration")], ["met", "on_the_way", "too_slow", "too_slow", "away"], UNDEFINED)  # fmt: skip
    value = np.where(facts.met | untold, np.nan, ratio)
    zero = (facts.target == 0) | (facts.baseline == 0)
    reason = [
        "reached" if m else "base equals target, or no growth rate" if u else f"{'d g' if n else 'R'} = {v:.3g}" + (f", 0 stands as {stand_in:g}" if z and not n else "")
        for m, u, n, v, z in zip(facts.met, untold, facts.no_number, value, zero, strict=True)
    ]  # fmt: skip
    return said("open_sdg", label, stand, value, reason)


def eurostat(facts: ProgressFacts) -> SystemLabels:
    """Return Eurostat's labels; wording and the 1 % cut unverified.  欧盟统计局办法。"""
    g = growth(facts.baseline, facts.current, facts.t - facts.t0)
    need = growth(facts.baseline, facts.target, facts.t_target - facts.t0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(facts.no_number, facts.direction * g, facts.direction * g / np.abs(need))
    untold = ~np.isfinite(ratio) | (~facts.no_number & (need == 0))
    label = np.where(
        facts.no_number,
        np.select([untold, ratio >= 0.01, ratio >= 0, ratio >= -0.01], [UNDEFINED, "significant progress", "moderate progress", "moderate movement away"], "significant movement away"),
        np.select([untold, ratio >= 0.95, ratio >= 0.60, ratio >= 0], [UNDEFINED, "significant progress", "moderate progress", "insufficient progress"], "significant movement away"),
    )  # fmt: skip
    stand = np.select([label == UNDEFINED, label == "significant progress", np.char.endswith(label, "away")], [UNDEFINED, "on_the_way", "away"], "too_slow")  # fmt: skip
    value = np.where(untold, np.nan, ratio)
    return said("eurostat", label, stand, value, _ratio_reasons(untold, value))


def un_progress_chart(facts: ProgressFacts) -> SystemLabels:
    """Return the scores of the UN Progress Chart: 3 on track or met, 2 fair progress, 1 stagnation or away.  联合国进展图。"""
    g = growth(facts.baseline, facts.current, facts.t - facts.t0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = facts.current * (1 + g) ** (facts.t_target - facts.t)
        ratio = np.where(
            facts.no_number, facts.direction * g, (ends - facts.baseline) / (facts.target - facts.baseline)
        )
        near = ((facts.target == 0) | (facts.target == 100 * facts.point)) & (
            np.abs(facts.current - facts.target) < facts.point
        )
    untold = ~facts.met & ~near & ~np.isfinite(ratio)
    first, second = np.where(facts.no_number, 0.02, 0.95), np.where(facts.no_number, 0.005, 0.10)
    label = np.select(
        [facts.met, near, untold, ratio >= first, ratio >= second],
        ["3 met", "3 met (within 1 point rule)", UNDEFINED, "3", "2"],
        "1",
    )
    stand = np.select([facts.met | near, untold, ratio >= first, ratio >= second, ratio >= 0], ["met", UNDEFINED, "on_the_way", "too_slow", "too_slow"], "away")  # fmt: skip
    value = np.where(facts.met | near | untold, np.nan, ratio)
    return said("un_progress_chart", label, stand, value, _ratio_reasons(untold, value, facts.met | near))


def _linear(facts: ProgressFacts) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        done = (facts.current - facts.baseline) / (facts.target - facts.baseline)
        elapsed = (facts.t - facts.t0) / (facts.t_target - facts.t0)
    return done, elapsed


def sdsn_arrows(facts: ProgressFacts) -> SystemLabels:
    """Return SDSN's arrows; cuts unverified.  可持续发展报告箭头。"""
    done, elapsed = _linear(facts)
    ratio = done / elapsed
    untold = ~facts.no_number & ~np.isfinite(ratio)
    label = np.select(
        [facts.no_number, untold, ratio >= 1 - 1e-12, ratio >= 0.5, ratio >= 0],
        ["n/a", UNDEFINED, "on track", "moderately improving", "stagnating"], "decreasing",
    )  # fmt: skip
    stand = np.select(
        [label == k for k in ("n/a", UNDEFINED, "on track", "decreasing")],
        ["not_judged", UNDEFINED, "on_the_way", "away"],
        "too_slow",
    )
    value = np.where(untold | facts.no_number, np.nan, ratio)
    return said("sdsn", label, stand, value, _ratio_reasons(untold, value))


def escap_current_status(facts: ProgressFacts) -> SystemLabels:
    """Return ESCAP's Current Status Index, 0 at the baseline and 10 at the target.  亚太经社会现状指数。"""
    with np.errstate(divide="ignore", invalid="ignore"):
        index = 10 * facts.direction * (facts.current - facts.baseline) / np.abs(facts.target - facts.baseline)
    _, elapsed = _linear(facts)
    untold = ~facts.no_number & ~np.isfinite(index)
    label = np.select([facts.no_number, untold], ["n/a", UNDEFINED], np.char.mod("%.3g", np.nan_to_num(index)))
    stand = np.select([facts.no_number, untold, index >= 10, index >= 10 * elapsed - 1e-9, index >= 0], ["not_judged", UNDEFINED, "met", "on_the_way", "too_slow"], "away")  # fmt: skip
    value = np.where(untold | facts.no_number, np.nan, index)
    return said("escap", label, stand, value, _ratio_reasons(untold, value))


def schedule(facts: ProgressFacts) -> SystemLabels:
    """Return 时序进度: share of the change done over share of the time elapsed; common practice, unverified.  时序进度。"""
    done, elapsed = _linear(facts)
    ratio = done / elapsed
    untold = ~facts.no_number & ~np.isfinite(ratio)
    near = np.abs(ratio - 1) < 1e-9
    label = np.select([facts.no_number, untold, near, ratio > 1], ["n/a", UNDEFINED, "on schedule", "ahead"], "behind")
    stand = np.select(
        [facts.no_number, untold, ~near & (ratio < 0), near | (ratio > 1)],
        ["not_judged", UNDEFINED, "away", "on_the_way"],
        "too_slow",
    )
    stand = np.where(facts.met & ~untold, "met", stand)
    value = np.where(untold | facts.no_number, np.nan, ratio)
    return said("schedule", label, stand, value, _ratio_reasons(untold, value))


def _ratio_reasons(untold: np.ndarray, value: np.ndarray, met: np.ndarray | None = None) -> list[str]:
    done = np.zeros(len(value), dtype=bool) if met is None else met
    return [
        "reached" if m else "divides by zero: base equals target, or a zero base" if u else "no number to compare with" if np.isnan(v) else f"{v:.3g}"
        for u, v, m in zip(untold, value, done, strict=True)
    ]  # fmt: skip
