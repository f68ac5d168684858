"""One page for each division: its score, what it lacks, what one event would change, what lies ahead.

各单位分页：得分、未达项、一起之差、总目标前景、不可评事项。
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..appraisal.scoring.tables import grade_name, grade_text
from ..report.layout import Block, Column, Paragraph, Section, Table
from ..terms import Text
from ..verdicts import OPERATORS, Verdict, probability_text, satisfies
from .wording import joined, shown_threshold, shown_value, status_mark, synthetic_note

if TYPE_CHECKING:
    import pandas as pd

    from ..appraisal.scorecard import ScoreCard
    from ..outlook.attainment import Outlook
    from .job import Evaluation

MOST_STEPS = 8  # of one event more or fewer, on a page
FEWEST_POINTS = 0.05  # lost on an item: less than that reads as 0.0

ITEM, CLAUSE = Column("name", Text("评分项", "item")), Column("clause", Text("条款", "clause"))
VALUE, LINE = Column("value", Text("数值", "value")), Column("line", Text("年度任务", "milestone"))


def divisions_section(evaluation: Evaluation) -> Section:
    """Return the pages of all divisions, closed on the page until opened, each on its own sheet in Word.  各单位分页。"""
    sources = _Sources.of(evaluation)
    parts = tuple(_division(evaluation, sources, d.id) for d in evaluation.plan.geography.divisions)
    lead = Text(
        "以下各单位一页：得分及其最坏与最好情形、未达年度任务的项目、多一起或少一起的影响、总目标前景、不可评事项。失分为百分制总分中的分数。",
        "One page a division: its score with worst and best case, what falls short of the milestone, what one event more or fewer would do, its outlook, and what cannot be assessed. Points lost are points of a total of 100.",
    )
    return Section("divisions", Text("各单位情况", "Division by division"), (Paragraph(lead),), parts)


@dataclass(frozen=True, slots=True)
class _Sources:
    """Tables that every page reads, made once."""

    items: pd.DataFrame | None
    scores: pd.DataFrame | None
    categories: pd.DataFrame | None
    distances: pd.DataFrame | None
    cliffs: pd.DataFrame | None
    ranks: pd.DataFrame | None
    names: dict[str, Text]  # of items
    units: dict[str, str]

    @classmethod
    def of(cls, evaluation: Evaluation) -> _Sources:
        card, study = evaluation.card, evaluation.study
        if card is None:
            return cls(None, None, None, None, None, None, {}, {})
        year = card.years[-1]

        def last(table: pd.DataFrame) -> pd.DataFrame:
            return table[table["year"] == year.year]

        return cls(
            items=last(card.frame), scores=last(card.scores), categories=last(card.categories), distances=card.distances(), cliffs=card.cliffs().frame,
            ranks=None if study is None else last(study.frame), names={c.item.code: c.name for c in year.columns},
            units={c.item.code: c.milestone.unit for c in year.columns if c.milestone is not None},
        )  # fmt: skip


def _division(evaluation: Evaluation, sources: _Sources, place: str) -> Section:
    name, note = evaluation.promises.names[place], synthetic_note(evaluation)
    pages = [
        ("score", Text("得分与等次", "Score and grade"), _score_blocks(evaluation, sources, place)),
        ("short", Text("未达年度任务的项目", "Short of the milestone"), _short_blocks(evaluation, sources, place)),
        ("event", Text("多一起或少一起", "One event more or fewer"), _event_blocks(evaluation, sources, place)),
        ("open", Text("不可评事项", "Not assessable"), _open_blocks(evaluation, sources, place)),
        ("outlook", Text("总目标前景", "Headline targets"), _outlook_blocks(evaluation, place)),
    ]
    parts = tuple(Section(f"division-{place}-{key}", title, blocks) for key, title, blocks in pages if blocks)
    warned: tuple[Block, ...] = () if note is None else (Paragraph(note, "warning"),)
    return Section(f"division-{place}", name, warned, parts, folded=True)


def _caption(evaluation: Evaluation, place: str, zh: str, en: str) -> Text:
    name, mark = evaluation.promises.names[place], status_mark(evaluation)
    return Text(f"{name.zh}：{zh}{mark.zh}", f"{name.en}: {en}{mark.en}")


def _of(table: pd.DataFrame | None, place: str) -> list[dict[str, Any]]:
    return [] if table is None else table[table["division"] == place].to_dict("records")


def _score_blocks(evaluation: Evaluation, sources: _Sources, place: str) -> tuple[Block, ...]:
    card = evaluation.card
    if card is None:
        return ()
    row = _of(sources.scores, place)[0]
    none = row["score"] != row["score"]
    rows = [
        _line("得分", "score", "—" if none else f"{row['score']:g}"),
        _line("最坏至最好", "worst to best", "—" if none else f"{row['low']:g} – {row['high']:g}"),
        _line("等次", "grade", grade_text(row, card.rules.file)),
        _line("名次", "rank", "—" if none else f"{row['rank']:.0f}"),
        *_rank_lines(sources, place),
        *_distance_lines(sources, place),
        *_category_lines(card, sources, place),
        _line("已评项", "items assessed", f"{row['assessed']} / {row['due']}"),
        _line("达到年度任务", "milestones reached", f"{row['reached']} / {row['assessed']}"),
        _line("规则", "rules", Text(f"{card.rules.file.name.zh}，版本 {card.rules.file.version}", f"{card.rules.file.name.en}, version {card.rules.file.version}")),
    ]  # fmt: skip
    columns = (Column("what", Text("项目", "what")), Column("told", Text("结果", "result")))
    year = card.years[-1].year
    return (Table(_caption(evaluation, place, f"{year} 年得分与等次", f"score and grade of {year}"), columns, rows),)


def _line(zh: str, en: str, told: Text | str) -> dict[str, Any]:
    return {"what": Text(zh, en), "told": told}


def _rank_lines(sources: _Sources, place: str) -> list[dict[str, Any]]:
    if sources.ranks is None:
        return []
    own = sources.ranks[sources.ranks["unit"] == place].to_dict("records")
    return [
        line
        for r in own
        for line in (
            _line("换一种合理做法的名次区间", "ranks under other fair choices", f"{r['rank_low']} – {r['rank_high']}"),
            _line("等次不变的概率", "chance that the grade stands", "—" if r["chance_grade"] != r["chance_grade"] else probability_text(r["chance_grade"])),
        )
    ]  # fmt: skip


def _distance_lines(sources: _Sources, place: str) -> list[dict[str, Any]]:
    out = []
    for row in _of(sources.distances, place):
        if row["to_next"] == row["to_next"]:
            out.append(_line(f"距上一等次“{row['next_grade']}”", f"points short of {row['next_grade']}", f"{row['to_next']:.2f}"))  # fmt: skip
        if row["above_edge"] == row["above_edge"] and row["own_edge"] > 0:
            out.append(_line("高出本等次下限", "points above the edge of its grade", f"{row['above_edge']:.2f}"))
    return out


def _category_lines(card: ScoreCard, sources: _Sources, place: str) -> list[dict[str, Any]]:
    names = {c.id: c.name for c in card.plan.categories} | {c.id: c.name for c in card.rules.file.categories if c.name}
    out = []
    for row in _of(sources.categories, place):
        name = names.get(row["category"]) or Text(row["category"], row["category"])
        told = "—" if row["score"] != row["score"] else f"{row['score']:.1f}"
        out.append(_line(f"类别：{name.zh}", f"category: {name.en}", told))
    return out


def _short_blocks(evaluation: Evaluation, sources: _Sources, place: str) -> tuple[Block, ...]:
    if sources.items is None:
        return _short_milestones(evaluation, place)
    rows: list[dict[str, Any]] = []
    for row in _of(sources.items, place):
        if row["state"] != "scored":
            continue
        unit, measured = sources.units.get(row["item"], ""), row["operator"] in OPERATORS
        missed = measured and not satisfies(row["value"], row["operator"], row["milestone"])
        lost = row["of_total"] - row["in_total"]
        if not missed and lost < FEWEST_POINTS:
            continue
        rows.append(
            {
                "name": sources.names[row["item"]], "value": shown_value(row["value"], unit) if measured else shown_value(row["share"], "share"),
                "line": shown_threshold(row["milestone"], row["operator"], unit) if measured else Text("完成", "done"),
                "lost": round(lost, 2), "clause": row["clause"],
            }
        )  # fmt: skip
    if not rows:
        return (Paragraph(Text("已评各项均达到年度任务。", "Every item assessed reaches its milestone.")),)
    rows.sort(key=lambda r: -r["lost"])
    columns = (ITEM, VALUE, LINE, Column("lost", Text("失分", "points lost"), "number"), CLAUSE)
    return (Table(_caption(evaluation, place, "未达年度任务的项目", "short of the milestone"), columns, rows),)


def _short_milestones(evaluation: Evaluation, place: str) -> tuple[Block, ...]:
    """Where there are no appraisal rules: the milestones of all years that are not met."""
    rows = []
    for row in _of(evaluation.milestones.frame, place):
        if row["verdict"] != Verdict.NOT_MET:
            continue
        indicator = evaluation.plan.indicator(row["indicator"])
        rows.append(
            {"name": indicator.name, "year": row["year"], "value": shown_value(row["value"], indicator.unit),
             "line": shown_threshold(row["threshold"], row["operator"], indicator.unit), "clause": row["clause"]}
        )  # fmt: skip
    if not rows:
        return (Paragraph(Text("没有未达成的年度任务。", "No milestone is judged not met.")),)
    columns = (ITEM, Column("year", Text("年份", "year"), "year"), VALUE, LINE, CLAUSE)
    return (Table(_caption(evaluation, place, "未达成的年度任务", "milestones not met"), columns, rows),)


def _event_blocks(evaluation: Evaluation, sources: _Sources, place: str) -> tuple[Block, ...]:
    if sources.cliffs is None or evaluation.card is None:
        return ()
    found, file = _of(sources.cliffs, place), evaluation.card.rules.file
    if not found:
        return (Paragraph(Text("多一起或少一起均不改变得分。", "One event more or fewer changes nothing.")),)
    found.sort(key=lambda r: (not r["grade_changes"], -abs(r["change"])))
    yes, no = Text("是", "yes"), Text("否", "no")
    rows = [
        {
            "name": sources.names[r["item"]], "step": Text("多一起", "one more") if r["step"] > 0 else Text("少一起", "one fewer"),
            "change": f"{r['change']:+.2f}", "score": f"{r['score']:g}", "grade": grade_name(r["grade"] or "—", file), "changes": yes if r["grade_changes"] else no,
        }
        for r in found[:MOST_STEPS]
    ]  # fmt: skip
    columns = (
        ITEM, Column("step", Text("事件数", "events")), Column("change", Text("得分变化", "change")), Column("score", Text("变后得分", "score then")),
        Column("grade", Text("变后等次", "grade then")), Column("changes", Text("等次改变", "grade changes")),
    )  # fmt: skip
    told = Text(
        f"共 {len(found)} 个单步影响得分，其中 {sum(r['grade_changes'] for r in found)} 个改变等次；下表列出影响最大的 {len(rows)} 个。",
        f"{len(found)} single steps change the score, {sum(r['grade_changes'] for r in found)} of them the grade; the {len(rows)} that matter most are listed.",
    )
    return (
        Paragraph(told),
        Table(_caption(evaluation, place, "多一起或少一起的影响", "what one event more or fewer does"), columns, rows),
    )


def _outlook_blocks(evaluation: Evaluation, place: str) -> tuple[Block, ...]:
    """The verdicts with probability and reason, readings and error rates."""
    own = [o for o in evaluation.promises.outlooks if o.division == place]
    if not own:
        return ()
    rows = [
        _reading_row(evaluation, o) | {"probability": o.probability, "verdict": str(o.verdict), "reason": o.judgement.reason}
        for o in own
    ]  # fmt: skip
    columns = (
        TARGET, Column("probability", Text("达成概率", "probability"), "probability"), Column("verdict", Text("评判", "verdict"), "verdict"),
        Column("reason", Text("理由", "reason")), READINGS, RATES,
    )  # fmt: skip
    span = (f"站在 {evaluation.origin} 年看总目标", f"headline targets seen from {evaluation.origin}")
    return (Table(_caption(evaluation, place, *span), columns, rows), Paragraph(RATES_NOTE, "note"))


TARGET, READINGS = Column("name", Text("总目标", "target")), Column("readings", Text("读法", "readings"))
RATES = Column("rates", Text("误判率", "error rates"))
RATES_NOTE = Text(
    "误判率依次为同类模拟中真实未降而评为达成、真实降 30% 而评为未达成、证据不足的比例；括号内为模拟的值数、年均起数、提前年数。",
    "Error rates: of simulated series like it, the shares judged met though nothing fell, not met though the level fell by 30 %, and undecided; in brackets the simulated number of values, events a year and years ahead.",
)


def _reading_row(evaluation: Evaluation, outlook: Outlook) -> dict[str, Any]:
    """What a verdict rests on: clause, readings, and how often such a verdict was wrong."""
    found, rates = outlook.error_rates, Text("—", "—")
    if found is not None:
        three = " / ".join(f"{100 * r:.0f}%" for r in (found.met_without_fall, found.not_met_despite_fall, found.undecided))  # fmt: skip
        rates = Text(f"{three}（{found.values} 值，{found.mean_count} 起，{found.ahead} 年）", f"{three} ({found.values} values, {found.mean_count} events, {found.ahead} ahead)")  # fmt: skip
    return {
        "name": evaluation.plan.target(outlook.target).name, "clause": outlook.clause,
        "readings": joined([r.says for r in outlook.readings.values()]), "rates": rates,
    }  # fmt: skip


def readings_blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    """Return for the city by target the clause, the readings taken, and how often such a verdict was wrong.  读法与误判率。"""
    rows = [_reading_row(evaluation, outlook) for outlook in evaluation.promises.of_city()]
    caption = _caption(evaluation, evaluation.promises.city, "读法与误判率", "readings and error rates")
    return (Table(caption, (TARGET, CLAUSE, READINGS, RATES), rows), Paragraph(RATES_NOTE, "note"))


def _open_blocks(evaluation: Evaluation, sources: _Sources, place: str) -> tuple[Block, ...]:
    rows = [
        {"name": sources.names[r["item"]], "why": Text(r["reason_zh"] or "未上报，缺报不等于零", r["reason_en"] or "not reported; missing is not zero"), "clause": r["clause"]}
        for r in _of(sources.items, place)
        if r["state"] in ("missing", "not_assessable")
    ]  # fmt: skip
    rows += [
        {"name": evaluation.plan.target(o.target).name, "why": o.judgement.reason, "clause": o.clause}
        for o in evaluation.promises.outlooks
        if o.division == place and o.verdict is Verdict.NOT_ASSESSABLE
    ]
    if not rows:
        return (Paragraph(Text("没有不可评的事项。", "Nothing is left that cannot be assessed.")),)
    columns = (Column("name", Text("事项", "what")), Column("why", Text("为何不可评", "why")), CLAUSE)
    return (Table(_caption(evaluation, place, "不可评事项", "not assessable"), columns, rows),)
