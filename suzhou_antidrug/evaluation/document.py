"""The report of an evaluation: what is said, in which order, in both languages.

评估报告的内容与次序(中英文)。
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..report.layout import Column, Document, Figure, Paragraph, Section, Table
from ..terms import Text
from ..verdicts import OPERATOR_SIGNS, Verdict

if TYPE_CHECKING:
    from .job import Evaluation

Figures = Mapping[str, Text]  # SVG by name


def build_document(evaluation: Evaluation, figures: Figures) -> Document:
    """Return the report of an evaluation.  生成评估报告。"""
    synthetic = evaluation.made.status == "synthetic"
    sections = []
    if evaluation.record is not None:
        sections += [_record_section(evaluation, figures), _gap_section(evaluation)]
    sections += [
        _promise_section(evaluation, figures, synthetic=synthetic),
        _milestone_section(evaluation, synthetic=synthetic),
        _reading_section(evaluation),
        _ledger_section(evaluation),
    ]
    number = evaluation.plan.document.number
    return Document(
        title=Text(f"{evaluation.plan.name.zh}:评估", f"{evaluation.plan.name.en}: evaluation"),
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


def _figure(figures: Figures, name: str, caption: Text, alt: Text) -> Figure:
    return Figure(caption=caption, svg=figures[name], alt=alt)


def record_table(evaluation: Evaluation) -> Table:
    """Return the published record seen from past years, one row a series.  公开数据回望表。"""
    record = evaluation.record
    assert record is not None
    rows = []
    for series in record.series:
        row: dict[str, Any] = {
            "series": series.title,
            "base": series.outlooks[record.origins[-1]].base,
            "actual": series.actual_change,
            "relation": series.relation,
        }
        for origin in record.origins:
            ratios = series.outlooks[origin].ratios
            row[f"p{origin}"] = float(np.mean(ratios <= 0.9 * (1 + 1e-9))) if len(ratios) else float("nan")
        row["reason"] = series.outlooks[record.origins[-1]].judgement.reason
        rows.append(row)
    probabilities = tuple(
        Column(f"p{o}", Text(f"{o}年看 P(降≥10%)", f"P(fall ≥ 10 %) seen in {o}"), "probability")
        for o in record.origins
    )
    return Table(
        caption=Text(
            f"公布数：站在过去各年看 {record.by} 年较 {record.base_year} 年下降 10% 的概率，与后来实际",
            f"Published figures: the probability of a fall by 10 % from {record.base_year} to {record.by}, and what happened",
        ),
        columns=(
            Column("series", Text("序列", "series")),
            Column("base", Text(f"{record.base_year}年", f"{record.base_year}"), "number"),
            *probabilities,
            Column("actual", Text(f"{record.by}年实际变化", f"what happened by {record.by}"), "signed_percent"),
            Column("relation", Text("与目标的关系", "how near to the target")),
        ),
        rows=rows,
    )


def _all_falls_table(evaluation: Evaluation) -> Table:
    record = evaluation.record
    assert record is not None
    rows = [
        {"series": s.title, "origin": o, **{f"d{int(100 * d)}": _share(s.outlooks[o].ratios, d) for d in (0.1, 0.2, 0.3)},
         "verdict": str(s.outlooks[o].judgement.verdict), "reason": s.outlooks[o].judgement.reason}
        for s in record.series
        if any(len(found.ratios) for found in s.outlooks.values())
        for o in record.origins
    ]  # fmt: skip
    return Table(
        caption=Text(
            "各起点、各降幅的概率与评判(降幅 10%，证据要求 0.9)",
            "Every origin and size of fall; verdict on 10 % with evidence 0.9",
        ),
        columns=(
            Column("series", Text("序列", "series")),
            Column("origin", Text("起点", "origin"), "year"),
            Column("d10", Text("P(降≥10%)", "P(fall ≥ 10 %)"), "probability"),
            Column("d20", Text("P(降≥20%)", "P(fall ≥ 20 %)"), "probability"),
            Column("d30", Text("P(降≥30%)", "P(fall ≥ 30 %)"), "probability"),
            Column("verdict", Text("评判", "verdict"), "verdict"),
            Column("reason", Text("理由", "reason")),
        ),
        rows=rows,
    )


def _share(ratios: np.ndarray, fall: float) -> float:
    return float(np.mean(ratios <= (1 - fall) * (1 + 1e-9))) if len(ratios) else float("nan")


def _record_section(evaluation: Evaluation, figures: Figures) -> Section:
    record = evaluation.record
    assert record is not None
    hits = record.interval_hits()
    told_zh = "、".join(f"{r.origin} 年起 {r.inside}/{r.series}" for r in hits.itertuples())
    told_en = ", ".join(f"from {r.origin} {r.inside} of {r.series}" for r in hits.itertuples())
    return Section(
        "record",
        Text("公开数据：预测与后来实际", "The published record: forecasts and what happened"),
        (
            Paragraph(
                Text(
                    "以下全部为公开数字。它们都不是规划的总目标本身，只是相近的量。站在每一年时只用当年及以前的数。",
                    "All figures here are published. None is a headline target itself, only something near it. Each forecast "
                    "uses only figures up to the year it stands in.",
                )
            ),
            record_table(evaluation),
            _figure(
                figures,
                "record",
                Text(
                    "黑线为当时已知，蓝色扇形为预测区间，橙色为后来实际。",
                    "Black: known at the time. Blue: forecast. Orange: what happened.",
                ),
                Text("六条公开序列的预测与实际对照图", "Six published series with forecasts and outcomes"),
            ),
            Paragraph(
                Text(
                    f"80% 区间命中数：{told_zh}。2020-2022 年的全国性骤降(含疫情影响)超出历史波动，任何只看历史的预测都难以预见；"
                    "正因全国同降，地方下降本身不足以证明规划成效，须与全国、全省同期对照。",
                    f"Outcomes inside the 80 % interval: {told_en}. The national fall of 2020 to 2022, Covid years among them, "
                    "went beyond anything in the history, so no forecast from history alone would have seen it; and because "
                    "the whole country fell, a local fall alone does not show that a plan worked.",
                ),
                "warning",
            ),
            _all_falls_table(evaluation),
        ),
    )


def _gap_section(evaluation: Evaluation) -> Section:
    assert evaluation.gaps is not None
    city, first = evaluation.plan.geography.city.name, str(evaluation.plan.base_year - 2)
    return Section(
        "gaps",
        Text(
            f"{city.zh}四项“明显下降”：公开数据不能判定",
            f"The four decreases of {city.en}: the public record cannot decide",
        ),
        (
            Paragraph(
                Text(
                    f"{city.zh}四项“明显下降”在 2019-2022 年均无公开数值序列，因此一律为“不可评”。这不是“未达成”。",
                    f"No series of {city.en}'s four decreases in 2019 to 2022 is public; each is not assessable. That is not a failure.",
                ),
                "warning",
            ),
            Table(
                Text("缺什么、填什么", "What is missing and what to fill in"),
                (
                    Column("name", Text("总目标", "target")),
                    Column("verdict", Text("评判", "verdict"), "verdict"),
                    Column("public", Text("本市已公开", "public for the city")),
                    Column("why", Text("为何不可评", "why")),
                    Column("needed", Text("每年须填报", "to be filled in for each year")),
                    Column("years", Text("年份", "years")),
                ),
                evaluation.gaps.to_dict("records"),
            ),
            Paragraph(
                Text(
                    f"填报方法：运行 suzhou-antidrug template --from-year {first} 生成填报表(至少三个年度值才能预测，宜补基期以前的年份)，填好后运行 suzhou-antidrug evaluate 填报表.xlsx。",
                    f"To fill them in: suzhou-antidrug template --from-year {first} makes the workbook (a forecast needs three yearly values at least, so years before the base help); suzhou-antidrug evaluate WORKBOOK.xlsx evaluates it.",
                ),
                "note",
            ),
        ),
    )


SYNTHETIC_NOTE = Text(
    "本节为合成数据(带种子的随机生成，真值已知)，仅演示方法，不反映任何地方的实际情况。",
    "This section uses synthetic data from a seeded generator with known truth. It shows the method and says nothing about any place.",
)


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
        _figure(
            figures,
            "promises",
            Text(f"各总目标达成的概率{mark_zh}", f"Probability that each target is met{mark_en}"),
            Text("各总目标的概率点图", "Dot plot of the probabilities"),
        ),
    ]
    for outlook in evaluation.promises.of_city():
        if f"outlook-{outlook.target}" in figures:
            blocks.append(
                _figure(
                    figures,
                    f"outlook-{outlook.target}",
                    Text(f"{outlook.title.zh}{mark_zh}", f"{outlook.title.en}{mark_en}"),
                    Text(f"{outlook.title.zh}的历史与预测", f"History and forecast: {outlook.title.en}"),
                )
            )
    if evaluation.truth is not None:
        blocks += _truth_blocks(evaluation)
    return Section("promises", Text("总目标前景", "Headline targets: the outlook"), tuple(blocks))


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
        scale = "percent" if indicator.unit == "share" else "number"
        rows.append(
            row
            | {
                "name": indicator.name,
                "line": f"{OPERATOR_SIGNS[row['operator']]} {_shown(row['threshold'], scale)}",
                "shown": _shown_down(row["value"], scale),
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


def _shown(value: float, scale: str) -> str:
    return f"{100 * value:g}%" if scale == "percent" else f"{value:g}"


def _shown_down(value: float, scale: str) -> str:
    from ..indicators.coverage import percent_rounded_down

    if value != value:
        return "—"
    return percent_rounded_down(value) if scale == "percent" else f"{value:.4g}"


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
