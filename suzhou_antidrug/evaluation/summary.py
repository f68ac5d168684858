"""The first page and the last: what was found in ten lines, and where everything was read.

报告首尾：十行以内的结论，以及全部来源。
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..appraisal.scoring.tables import UNDETERMINED
from ..provenance import Source, Status
from ..report.layout import Block, Column, Paragraph, Section, Table
from ..terms import Text
from ..verdicts import Verdict, probability_text
from .wording import joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .job import Evaluation

LONGEST = 10  # lines of a summary


def summary_section(evaluation: Evaluation) -> Section:
    """Return what was found, at most ten lines, each with the status of its data.  摘要。"""
    own = evaluation.made.status
    lines: list[tuple[Text, Text]] = [(_targets(evaluation), own.text)]
    if any(o.group == "decrease" for o in evaluation.promises.of_city()):
        lines.append((_decreases(evaluation), own.text))
    lines.append((_milestones(evaluation), own.text))
    if evaluation.card is not None:
        rules = evaluation.card.rules.file.status.text
        status = Text(f"{own.text.zh}，规则{rules.zh}", f"{own.text.en}, rules {rules.en}")
        lines += [(told, status) for told in _appraisal(evaluation)]
    if evaluation.record is not None:
        lines += [(told, Status.PUBLISHED.text) for told in _record(evaluation)]
    lines += [(told, evaluation.plan.status.text) for told in _limits(evaluation)]
    rows = [{"line": line, "status": status} for line, status in lines[:LONGEST]]
    columns = (Column("line", Text("结论", "finding")), Column("status", Text("数据状态", "status of the data")))
    blocks: list[Block] = [Table(Text("主要结论", "Main findings"), columns, rows)]
    if own.must_be_shown:
        blocks.insert(0, Paragraph(Text(f"标注“{own.text.zh}”的各行不反映任何地方的实际情况。", f"Lines marked {own.text.en!r} say nothing about any place."), "warning"))  # fmt: skip
    return Section("summary", Text("摘要", "Summary"), tuple(blocks))


def _tally(verdicts: Iterable[str]) -> Text:
    found = [Verdict(v) for v in verdicts]
    return Text(
        "，".join(f"{v.text.zh} {found.count(v)}" for v in Verdict),
        ", ".join(f"{found.count(v)} {v.text.en}" for v in Verdict),
    )


def _targets(evaluation: Evaluation) -> Text:
    city = evaluation.promises.of_city()
    told = _tally(str(o.verdict) for o in city)
    years = f"{evaluation.origin}", f"{evaluation.plan.last_year}"
    return Text(
        f"全市 {len(city)} 项总目标（站在 {years[0]} 年看 {years[1]} 年）：{told.zh}。",
        f"{len(city)} headline targets of the city for {years[1]}, seen from {years[0]}: {told.en}.",
    )


def _decreases(evaluation: Evaluation) -> Text:
    parts = []
    for outlook in evaluation.promises.of_city():
        if outlook.group == "decrease":
            name, verdict, p = evaluation.plan.target(outlook.target).name, outlook.verdict.text, outlook.probability
            chance = "" if p != p else f"P {probability_text(p)}" if probability_text(p)[0] in "<>" else f"P = {probability_text(p)}"  # fmt: skip
            parts.append(Text(f"{name.zh}：{verdict.zh}{f'（{chance}）' if chance else ''}", f"{name.en}: {verdict.en}{f' ({chance})' if chance else ''}"))  # fmt: skip
    told = joined(parts)
    return Text(f"下降目标（默认读法）：{told.zh}。", f"Decreases, by the default readings: {told.en}.")


def _milestones(evaluation: Evaluation) -> Text:
    frame = evaluation.milestones.frame
    city = frame[frame["division"] == evaluation.promises.city]
    told = _tally(city["verdict"])
    return Text(
        f"全市年度任务（至 {evaluation.origin} 年）{len(city)} 项：{told.zh}。",
        f"{len(city)} milestones of the city up to {evaluation.origin}: {told.en}.",
    )


def _appraisal(evaluation: Evaluation) -> list[Text]:
    card = evaluation.card
    assert card is not None
    year, city = card.years[-1].year, evaluation.promises.city
    scores = card.scores[(card.scores["year"] == year) & (card.scores["division"] != city)]
    known = scores["score"].dropna()
    if known.empty:
        return [Text(f"{year} 年考评：没有可评的单位。", f"Appraisal of {year}: no division could be assessed.")]
    open_ = int((scores["grade"] == UNDETERMINED).sum())
    cliffs = card.cliffs().frame
    moved = cliffs[cliffs["grade_changes"] & (cliffs["division"] != city)]["division"].nunique()
    return [
        Text(
            f"{year} 年考评：{len(known)} 个单位得分 {known.min():g} 至 {known.max():g}，其中 {open_} 个等次不可定。",
            f"Appraisal of {year}: {len(known)} divisions score {known.min():g} to {known.max():g}; the grade of {open_} is undetermined.",
        ),
        Text(
            f"只差一起事件即改变等次的单位：{moved} 个，名次差距宜慎用。",
            f"Divisions whose grade one event more or fewer would change: {moved}; take differences of rank with care.",
        ),
    ]


def _record(evaluation: Evaluation) -> list[Text]:
    record, gaps = evaluation.record, evaluation.gaps
    assert record is not None and gaps is not None
    last = record.interval_hits().iloc[-1]
    return [
        Text(
            f"公开数据：{len(record.series)} 条相近序列；站在 {last['origin']:.0f} 年，{last['series']:.0f} 条可核对的序列中 {last['inside']:.0f} 条的 {record.by} 年实际落在 80% 区间内。",
            f"Published record: {len(record.series)} series near the targets; seen from {last['origin']:.0f}, the outcome of {record.by} fell inside the 80 % interval for {last['inside']:.0f} of {last['series']:.0f} that can be checked.",
        ),
        Text(
            f"本市 {len(gaps)} 项下降目标没有公开的年度数值，仅凭公开数据一律不可评；这不是未达成。",
            f"No yearly value of the city's {len(gaps)} decreases is public: from the public record each is not assessable, which is not a failure.",
        ),
    ]  # fmt: skip


def _limits(evaluation: Evaluation) -> list[Text]:
    plan = evaluation.plan
    kinds = [task.modelled for task in plan.tasks]
    out = [
        Text(
            f"{len(kinds)} 项任务中 {kinds.count('quantified')} 项已量化，{kinds.count('deliverable')} 项按工作成果，{kinds.count('narrative')} 项未建模。",
            f"Of {len(kinds)} tasks {kinds.count('quantified')} are quantified, {kinds.count('deliverable')} known by their deliverables, {kinds.count('narrative')} not modelled.",
        )
    ]
    if plan.ambiguities:
        out.append(
            Text(
                f"{len(plan.ambiguities)} 处条款有不止一种读法；换一种读法，评判可能改变。",
                f"{len(plan.ambiguities)} clauses can be read in more than one way; another reading may change a verdict.",
            )
        )
    return out


def sources_section(evaluation: Evaluation) -> Section:
    """Return the plan document, what its readings and indicators lean on, the rules and the published record.  来源。"""
    law = evaluation.plan.document
    used = Text("规划文本", "the plan"), Text("规划的读法与指标", "readings and indicators"), Text("公开数据", "published record")  # fmt: skip
    rows: list[dict[str, Any]] = [{"what": used[0], "source": Text(f"{law.issuer.zh}：《{law.title.zh}》，{law.number}，{law.dated}", f"{law.issuer.en}: {law.title.en}, {law.number}, {law.dated}")}]  # fmt: skip
    rows += [{"what": used[1], "source": source.citation} for source in evaluation.plan.sources.values()]
    if evaluation.card is not None:
        file = evaluation.card.rules.file
        head = Text("考评规则", "appraisal rules")
        rows.append({"what": head, "source": Text(f"{file.name.zh}，版本 {file.version}（{file.status.text.zh}）：{file.why.zh}", f"{file.name.en}, version {file.version} ({file.status.text.en}): {file.why.en}")})  # fmt: skip
        rows += [{"what": head, "source": f"《{s.title}》"} for s in file.sources]
    rows += [{"what": used[2], "source": source.citation} for source in _published(evaluation)]
    columns = (Column("what", Text("用于", "used for")), Column("source", Text("来源", "source")))
    return Section("sources", Text("来源", "Sources"), (Table(Text("来源一览", "All sources"), columns, rows),))


def _published(evaluation: Evaluation) -> list[Source]:
    """The sources of the series that the report shows."""
    from ..datasets import load_published

    if evaluation.record is None:
        return []
    record = load_published()
    # A figure computed from others has no source of its own; those of the others stand beside it.
    ids = {str(i) for series in evaluation.record.series for i in series.table["source_id"].dropna()} - {""}
    return [record.source(i) for i in sorted(ids)]
