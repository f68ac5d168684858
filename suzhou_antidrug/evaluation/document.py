"""The report of an evaluation: what is said, in which order, in both languages.

评估报告的内容与次序(中英文)。
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SeriesError
from ..outlook.context import compare_with_context, near_series
from ..report.layout import Column, Document, Paragraph, Section, Table
from ..terms import Text
from ..verdicts import Verdict
from .appraisal_section import appraisal_section
from .division_pages import divisions_section, readings_blocks
from .record_report import Figures, figure_block, gap_section, record_section
from .summary import sources_section, summary_section
from .wording import SYNTHETIC_NOTE, shown_threshold, shown_value

if TYPE_CHECKING:
    from .job import Evaluation


def build_document(evaluation: Evaluation, figures: Figures) -> Document:
    """Return the report of an evaluation.  生成评估报告。"""
    synthetic = evaluation.made.status == "synthetic"
    sections = [summary_section(evaluation)]
    if evaluation.suppressed is not None:
        told = Text(f"已抑制的数不显示，评判与得分依全部数据作出。{evaluation.suppressed.zh}。", f"Suppressed figures are not shown; judgements and scores rest on all data. {evaluation.suppressed.en}.")  # fmt: skip
        sections.append(Section("disclosure", Text("小数的抑制", "Suppression of small counts"), (Paragraph(told, "note"),)))  # fmt: skip
    if evaluation.record is not None:
        sections += [record_section(evaluation, figures), gap_section(evaluation)]
    sections += [
        _promise_section(evaluation, figures, synthetic=synthetic),
        _milestone_section(evaluation, synthetic=synthetic),
        *([appraisal_section(evaluation, figures, SYNTHETIC_NOTE if synthetic else None)] if evaluation.card else []),
        divisions_section(evaluation),
        _reading_section(evaluation),
        sources_section(evaluation),
        _ledger_section(evaluation),
    ]
    number = evaluation.plan.document.number
    return Document(
        title=Text(f"{evaluation.plan.name.zh}\n评估", f"{evaluation.plan.name.en}:\nevaluation"),
        subtitle=Text(f"{number} · 预测起点 {evaluation.origin} 年", f"{number} · seen from {evaluation.origin}"),
        sections=tuple(sections),
        made=_flat(evaluation.manifest()),
    )


def _flat(manifest: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in manifest.items():
        if isinstance(value, Mapping):
            out |= {f"{key}.{inner}": v for inner, v in value.items()}
        else:
            out[key] = value
    return out


def verdict_table(evaluation: Evaluation) -> Table:
    """Return the verdicts on the headline targets of the city.  全市总目标评判表。"""
    counts = evaluation.promises.counts().set_index("target")
    rows = []
    for outlook in evaluation.promises.of_city():
        own = counts.loc[outlook.target] if outlook.target in counts.index else None
        rows.append(
            {
                "name": evaluation.plan.target(outlook.target).name,
                "probability": outlook.probability,
                "verdict": str(outlook.verdict),
                "reason": outlook.judgement.reason,
                "divisions": "-" if own is None else "/".join(str(own[str(v)]) for v in Verdict),
            }
        )
    mark = Text("合成数据：", "Synthetic data: ") if evaluation.made.status == "synthetic" else Text("", "")
    return Table(
        caption=Text(
            f"{mark.zh}全市 12 项总目标，站在 {evaluation.origin} 年看 {evaluation.plan.last_year} 年"
            if len(rows) == 12
            else f"{mark.zh}全市总目标，站在 {evaluation.origin} 年看 {evaluation.plan.last_year} 年",
            f"{mark.en}headline targets of the city for {evaluation.plan.last_year}, seen from {evaluation.origin}",
        ),
        columns=(
            Column("name", Text("总目标", "target")),
            Column("probability", Text("达成概率", "probability"), "probability"),
            Column("verdict", Text("评判", "verdict"), "verdict"),
            Column(
                "divisions",
                Text("各地 达成/未达成/证据不足/不可评", "divisions met/not met/insufficient/not assessable"),
            ),
            Column("reason", Text("理由", "reason")),
        ),
        rows=rows,
    )


def _promise_section(evaluation: Evaluation, figures: Figures, *, synthetic: bool) -> Section:
    blocks: list[Any] = [Paragraph(SYNTHETIC_NOTE, "warning")] if synthetic else []
    mark_zh, mark_en = ("(合成数据)", " (synthetic data)") if synthetic else ("", "")
    blocks += [
        verdict_table(evaluation),
        *readings_blocks(evaluation),
        figure_block(
            figures,
            "promises",
            Text(f"各总目标达成的概率{mark_zh}", f"Probability that each target is met{mark_en}"),
            Text("各总目标的概率点图", "Dot plot of the probabilities"),
        ),
    ]
    for outlook in evaluation.promises.of_city():
        if f"outlook-{outlook.target}" in figures:
            blocks.append(
                figure_block(
                    figures,
                    f"outlook-{outlook.target}",
                    Text(f"{outlook.title.zh}{mark_zh}", f"{outlook.title.en}{mark_en}"),
                    Text(f"{outlook.title.zh}的历史与预测", f"History and forecast: {outlook.title.en}"),
                )
            )
    blocks += _joint_blocks(evaluation, figures, mark_zh, mark_en)
    if not synthetic:
        blocks += _context_blocks(evaluation)
    if evaluation.truth is not None:
        blocks += _truth_blocks(evaluation)
    return Section("promises", Text("总目标前景", "Headline targets: the outlook"), tuple(blocks))


def _joint_blocks(evaluation: Evaluation, figures: Figures, mark_zh: str, mark_en: str) -> list[Any]:
    """All targets and divisions together."""
    rows = [{"what": what, "value": value} for what, value in evaluation.joint.explain().lines]
    columns = (Column("what", Text("项目", "what")), Column("value", Text("数值", "value")))
    caption = Text(f"各目标、各单位合起来看{mark_zh}", f"All targets and divisions together{mark_en}")
    blocks: list[Any] = [Table(caption, columns, rows)]
    if "joint" in figures:
        blocks.append(
            figure_block(
                figures,
                "joint",
                Text(f"达成各项下降的单位数{mark_zh}", f"How many divisions meet each decrease{mark_en}"),
                Text("各项下降达成单位数的概率分布", "Distribution of the number of divisions that meet each decrease"),
            )
        )
    return blocks


def _context_blocks(evaluation: Evaluation) -> list[Any]:
    """The nation and the province in the same years, where they can be put beside the city."""
    rows = []
    for outlook in evaluation.promises.of_city():
        if outlook.group != "decrease":
            continue
        for near in near_series(outlook.target):
            try:
                found = compare_with_context(outlook, near)
            except SeriesError:
                continue  # no shared years: nothing to put beside it
            rows.append(
                {
                    "name": evaluation.plan.target(outlook.target).name, "context": near.title,
                    "years": f"{found.base_year}-{found.year}", "change": found.change,
                    "wider": found.context_change, "ratio": found.ratio, "relation": near.relation,
                }
            )  # fmt: skip
    if not rows:
        return []
    columns = (
        Column("name", Text("总目标", "target")),
        Column("context", Text("对照", "context")),
        Column("years", Text("年份", "years")),
        Column("change", Text("本市变化", "city"), "signed_percent"),
        Column("wider", Text("对照变化", "context"), "signed_percent"),
        Column("ratio", Text("两者之比", "ratio"), "number"),
        Column("relation", Text("对照是什么、不是什么", "what the context is and is not")),
    )
    caption = Text(
        "与全国、全省同期公布数对照（同期不等于因果）",
        "Beside published figures of the same years (not because of them)",
    )
    return [Table(caption, columns, rows)]


def _truth_blocks(evaluation: Evaluation) -> list[Any]:
    truth = evaluation.truth
    assert truth is not None
    names = evaluation.promises.names
    decided = truth[truth["verdict"].isin(["met", "not_met"])]
    rows = [
        row | {"place": names[row["division"]], "name": evaluation.plan.target(row["target"]).name, "true": Text("是", "yes") if row["truly_met"] else Text("否", "no")}
        for row in truth.to_dict("records")
    ]  # fmt: skip
    wrong = int(decided["wrong"].sum())
    return [
        Paragraph(
            Text(
                f"合成数据的真值已知：{len(truth)} 项中作出明确评判 {len(decided)} 项，其中与真值相反 {wrong} 项；其余为证据不足或不可评。",
                f"The truth of the synthetic data is known: of {len(truth)} outlooks {len(decided)} were decided, {wrong} of them against the truth.",
            ),
            "note",
        ),
        Table(
            Text(
                "四项下降目标：预测与真值(合成数据，降幅 10%)",
                "The four decreases against the truth (synthetic, fall of 10 %)",
            ),
            (
                Column("name", Text("总目标", "target")),
                Column("place", Text("地区", "place")),
                Column("probability", Text("P(降≥10%)", "P(fall ≥ 10 %)"), "probability"),
                Column("verdict", Text("评判", "verdict"), "verdict"),
                Column("true_change", Text("真实变化", "true change"), "signed_percent"),
                Column("true", Text("真实达成", "truly met")),
            ),
            rows,
        ),
    ]


def _milestone_section(evaluation: Evaluation, *, synthetic: bool) -> Section:
    frame = evaluation.milestones.frame
    city = frame[frame["division"] == evaluation.promises.city]
    names = evaluation.promises.names
    rows = []
    for row in city.to_dict("records"):
        indicator = evaluation.plan.indicator(row["indicator"])
        others = frame[
            (frame["division"] != evaluation.promises.city)
            & (frame["indicator"] == row["indicator"])
            & (frame["year"] == row["year"])
            & (frame["task"] == row["task"])
        ]
        behind = [names[d] for d in others.loc[others["verdict"] == "not_met", "division"]]
        rows.append(
            row
            | {
                "name": indicator.name,
                "line": shown_threshold(row["threshold"], row["operator"], indicator.unit),
                "shown": shown_value(row["value"], indicator.unit),
                "reason": Text(row["reason_zh"], row["reason_en"]),
                "behind": Text("、".join(b.zh for b in behind) or "—", ", ".join(b.en for b in behind) or "—"),
            }
        )
    columns = (
        Column("task", Text("任务", "task"), "year"),
        Column("year", Text("年份", "year"), "year"),
        Column("name", Text("指标", "indicator")),
        Column("line", Text("目标值", "threshold")),
        Column("shown", Text("全市", "city")),
        Column("verdict", Text("评判", "verdict"), "verdict"),
        Column("behind", Text("未达成的单位", "divisions not met")),
        Column("clause", Text("条款", "clause")),
    )
    caption = Text(
        "年度任务(全市)" + ("(合成数据)" if synthetic else ""),
        "Milestones of the city" + (" (synthetic data)" if synthetic else ""),
    )
    blocks: list[Any] = [Paragraph(SYNTHETIC_NOTE, "warning")] if synthetic else []
    return Section("milestones", Text("年度任务", "Milestones"), (*blocks, Table(caption, columns, rows)))


def _reading_section(evaluation: Evaluation) -> Section:
    rows = []
    for ambiguity in evaluation.plan.ambiguities.values():
        default = ambiguity.default
        others = [r for r in ambiguity.readings if not r.default]
        rows.append(
            {
                "wording": ambiguity.wording,
                "question": ambiguity.question,
                "default": default.says,
                "why": ambiguity.why_default,
                "others": Text(";".join(r.says.zh for r in others), "; ".join(r.says.en for r in others)),
            }
        )
    columns = (
        Column("wording", Text("原文", "wording")),
        Column("question", Text("歧义", "question")),
        Column("default", Text("默认读法", "default reading")),
        Column("why", Text("为何取此", "why")),
        Column("others", Text("其他读法", "other readings")),
    )
    return Section(
        "readings",
        Text("读法", "Readings"),
        (Table(Text("有歧义的条款与读法", "Ambiguous clauses and their readings"), columns, rows),),
    )


MODELLED = {
    "quantified": Text("已量化", "quantified"),
    "deliverable": Text("工作成果", "deliverable"),
    "narrative": Text("未建模", "not modelled"),
}


def _ledger_section(evaluation: Evaluation) -> Section:
    rows = [
        {
            "task": task.number,
            "name": task.name,
            "modelled": MODELLED[task.modelled],
            "milestones": len(task.milestones),
            "deliverables": len(task.deliverables),
            "left": Text(
                "; ".join(t.zh for t in task.not_modelled) or "—", "; ".join(t.en for t in task.not_modelled) or "—"
            ),
        }
        for task in evaluation.plan.tasks
    ]
    columns = (
        Column("task", Text("任务", "task"), "year"),
        Column("name", Text("名称", "name")),
        Column("modelled", Text("建模", "modelled")),
        Column("milestones", Text("年度目标值", "milestones"), "year"),
        Column("deliverables", Text("工作成果", "deliverables"), "year"),
        Column("left", Text("未建模的内容", "what is not modelled")),
    )
    return Section(
        "ledger",
        Text("建模台账", "What is modelled and what is not"),
        (Table(Text("逐项任务", "Task by task"), columns, rows),),
    )
