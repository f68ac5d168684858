"""How each division did, and whether another fair choice would change it: the appraisal in the report.

各单位考评及换一种做法的结果：报告中的考评一节。
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..appraisal.scorecard import ScoreCard, appraise
from ..appraisal.scoring.tables import grade_text
from ..appraisal.synthetic import make_synthetic_evidence
from ..report.layout import Column, Paragraph, Section, Table
from ..terms import Text
from .record_report import Figures, figure_block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from ..appraisal.robustness.study import RobustnessStudy
    from ..indicators.compute import IndicatorValues
    from ..plan.model import Plan
    from .job import Evaluation

BUNDLED = {"suzhou-2020": ("suzhou-default", ("practice-steps", "practice-bonus"))}  # by plan: rules, and other rules
DRAWS = 400  # of the study in the report: a chance of one half is known to 5 points


def card_of(
    values: IndicatorValues, plan: Plan, years: Sequence[int], *, rules: str | Path | None, evidence: pd.DataFrame | None, bundled: bool,
    readings: Mapping[str, str] | None, seed: int,
) -> tuple[ScoreCard | None, RobustnessStudy | None]:  # fmt: skip
    """Return the card of the years seen and its study; none for a plan without rules, or before its first year.  考评与稳健性。"""
    own, others = BUNDLED.get(plan.id, (None, ()))
    used = rules if rules is not None else own
    if used is None or not years:
        return None, None
    if evidence is None and bundled and used == "suzhou-default":
        evidence = make_synthetic_evidence(plan)
    card = appraise(values, plan, year=list(years), rules=used, evidence=evidence, readings=readings)
    if card.scores["score"].iloc[1:].isna().all():
        return card, None
    return card, card.robustness(DRAWS, seed, rules=[o for o in others if o != used])


def appraisal_section(evaluation: Evaluation, figures: Figures, note: Text | None) -> Section:
    """Return scores, bounds, grades and ranks of the last year, with the figures.  考评一节。"""
    card, study = evaluation.card, evaluation.study
    assert card is not None
    file, year = card.rules.file, card.years[-1].year
    blocks: list[Any] = [Paragraph(note, "warning")] if note is not None else []
    if file.status.must_be_shown:
        blocks.append(Paragraph(Text(f"规则为{file.status.text.zh}：{file.why.zh}", f"The rules are {file.status.text.en}: {file.why.en}"), "warning"))  # fmt: skip
    blocks.append(_scores(evaluation, card, study))
    mark = Text("（合成数据）", " (synthetic data)") if note is not None else Text("", "")
    for name, caption, alt in (
        ("sheet", Text(f"{year} 年计分表{mark.zh}", f"Score sheet of {year}{mark.en}"), Text("各单位各评分项得分比例热图", "Heat map of divisions by items")),
        ("ranks", Text(f"换一种合理做法的名次{mark.zh}", f"Ranks under other fair choices{mark.en}"), Text("各单位名次区间", "Intervals of ranks")),
    ):  # fmt: skip
        if name in figures:
            blocks.append(figure_block(figures, name, caption, alt))
    if study is not None:
        blocks.append(Paragraph(Text(
            f"名次区间与等次概率出自 {len(study.levels)} 次完整重算，同时变动：{'、'.join(c.text.zh for c in study.choices)}。区间只反映所列选择。",
            f"Intervals of ranks and chances of grades come from {len(study.levels)} complete re-runs that vary together: {', '.join(c.text.en for c in study.choices)}. They speak of these choices alone.",
        ), "note"))  # fmt: skip
    return Section("appraisal", Text("年度考评", "Yearly appraisal"), tuple(blocks))


def _scores(evaluation: Evaluation, card: ScoreCard, study: RobustnessStudy | None) -> Table:
    year = card.years[-1].year
    table = card.scores[card.scores["year"] == year]
    ranks = {} if study is None else study.frame[study.frame["year"] == year].set_index("unit").to_dict("index")
    rows = []
    for row in table.sort_values("score", ascending=False, na_position="last").to_dict("records"):
        own = ranks.get(row["division"])
        rows.append({
            "place": evaluation.promises.names[row["division"]], "score": f"{row['score']:g}" if row["score"] == row["score"] else "—",
            "span": "—" if row["low"] == row["high"] else f"{row['low']:g}–{row['high']:g}", "grade": grade_text(row, card.rules.file),
            "rank": "—" if row["rank"] != row["rank"] else f"{row['rank']:.0f}",
            "ranks": "—" if own is None else f"{own['rank_low']}–{own['rank_high']}",
            "chance": float("nan") if own is None else own["chance_grade"],
            "reached": f"{row['reached']}/{row['assessed']}", "open": f"{row['due'] - row['assessed']}",
        })  # fmt: skip
    return Table(
        Text(f"{year} 年得分（{card.rules.file.name.zh}）", f"Scores of {year} ({card.rules.file.name.en})"),
        (
            Column("place", Text("地区", "place")), Column("score", Text("得分", "score")), Column("span", Text("最坏至最好", "worst to best")),
            Column("grade", Text("等次", "grade")), Column("rank", Text("名次", "rank")), Column("ranks", Text("名次区间", "interval of ranks")),
            Column("chance", Text("等次不变的概率", "chance that the grade stands"), "probability"),
            Column("reached", Text("达到年度任务/已评", "milestones reached/assessed")), Column("open", Text("不可评项", "not assessable")),
        ),
        rows,
    )  # fmt: skip
