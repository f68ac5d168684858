"""The report on the published record: what was forecast, what happened, and what is missing.

报告中关于公开数据的部分：预测、后来实际与缺口。
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..outlook.decrease import probability_of_fall
from ..report.layout import Column, Drawing, Figure, Paragraph, Section, Table
from ..terms import Text

if TYPE_CHECKING:
    from .job import Evaluation

Figures = Mapping[str, Drawing]  # by name


def figure_block(figures: Figures, name: str, caption: Text, alt: Text) -> Figure:
    """Return a figure of the report by its name.  按名称取报告中的图。"""
    return Figure(caption=caption, drawing=figures[name], alt=alt)


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
            "relation": series.near.relation,
        }
        for origin in record.origins:
            row[f"p{origin}"] = probability_of_fall(series.outlooks[origin].ratios, 0.1)
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
        {"series": s.title, "origin": o, **{f"d{int(100 * d)}": probability_of_fall(s.outlooks[o].ratios, d) for d in (0.1, 0.2, 0.3)},
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


def record_section(evaluation: Evaluation, figures: Figures) -> Section:
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
            figure_block(
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


def gap_section(evaluation: Evaluation) -> Section:
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
