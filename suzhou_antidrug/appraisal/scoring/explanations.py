"""Where every point comes from, in words.  每一分从何而来。"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ...disclosure import HIDDEN
from ...results import Explanation, line
from ...terms import Text
from ...verdicts import OPERATOR_SIGNS
from ..rules.model import ROUNDINGS
from .measures import OK, STATES, ItemColumn
from .tables import grade_name, grade_text, scores_table
from .totals import unit_weights

if TYPE_CHECKING:
    from ..scorecard import ScoreCard
    from .cards import YearCard


def _number(value: float, unit: str = "") -> str:
    if value != value:
        return "—"
    return f"{100 * value:.6g}%" if unit in ("share", "percent") else f"{value:.6g}"


def explain_rules(card: ScoreCard) -> Explanation:
    """The rules in a few lines: standing, bands, order of steps."""
    file = card.rules.file
    named = [(grade_name(b.grade, file), f"{'≥' if b.inclusive else '>'} {b.from_}") for b in file.grades]
    bands = Text("；".join(f"{n.zh} {edge}" for n, edge in named), "; ".join(f"{n.en} {edge}" for n, edge in named))
    rounding = ROUNDINGS[file.rounding.mode]
    before = Text("先取舍后定等次", "rounded, then graded") if file.rounding.before_grading else Text("先定等次后取舍", "graded, then rounded")  # fmt: skip
    return Explanation(
        file.name,
        (
            line("规则性质", "standing", Text(f"{file.status.text.zh}。{file.why.zh}", f"{file.status.text.en}. {file.why.en}")),
            line("计分项", "items", f"{len(file.items)}"),
            line("等次", "grades", bands),
            line("次序", "order", Text("评分项→类别→加分(封顶)→扣分→一票否决→取舍→等次", "items, categories, bonus (capped), deductions, veto, rounding, grade")),
            line("取舍", "rounding", Text(f"{file.rounding.digits} 位小数，{rounding.zh}，{before.zh}", f"{file.rounding.digits} digits, {rounding.en}, {before.en}")),
            line("不可评项", "not assessable", Text("不计入，并给出最好与最坏情形", "left out, with best and worst case") if file.missing == "reweight" else Text("按零分计", "count as nothing")),
            line("年度", "years", "、".join(str(c.year) for c in card.years)),
            line("数据状态", "status", card.inputs.values.made.status.text),
        ),
    )  # fmt: skip


def explain_division(card: ScoreCard, place: int, year: YearCard) -> Explanation:
    """A division's score, step by step, with its bounds, vetoes and grade."""
    row = scores_table(year, card.rules.file, card.plan).iloc[place]
    name = [card.plan.geography.city, *card.plan.geography.divisions][place].name
    names = {c.id: c.name for c in card.plan.categories} | {c.id: c.name for c in card.rules.file.categories if c.name}
    parts = [
        (names.get(code) or Text(code, code), Text(f"{_number(score)} 分", f"{_number(score)} points"))
        for code, score in zip(year.frame.categories, year.totals.categories[place], strict=True)
    ]
    total = year.totals
    steps = [line("加权合计", "weighted total", _number(total.base[place]))]
    if year.frame.extra.any():
        steps.append(line("加分与扣分", "bonus and deductions", f"+{_number(total.bonus[place])} −{_number(total.deduction[place])}"))  # fmt: skip
    for state in year.vetoes:
        if state.confirmed[place] or state.pending[place]:
            word = Text("已确认", "confirmed") if state.confirmed[place] else Text("待定，不计入得分，计入最坏情形", "pending: not in the score, in the worst case")  # fmt: skip
            paper = state.evidence.get(place, "")
            steps.append((Text(f"一票否决：{state.veto.name.zh}", f"veto: {state.veto.name.en}"), Text(f"{word.zh}（{state.veto.effect}）{paper}", f"{word.en} ({state.veto.effect}) {paper}")))  # fmt: skip
    grade = grade_text(row, card.rules.file)
    return Explanation(
        Text(f"{name.zh} {year.year} 年考评", f"{name.en}, appraisal of {year.year}"),
        (
            *parts, *steps,
            line("得分", "score", Text(f"{row['score']:g}（最坏 {row['low']:g}，最好 {row['high']:g}）", f"{row['score']:g} (worst {row['low']:g}, best {row['high']:g})")),
            line("等次", "grade", grade),
            line("已评项", "assessed", Text(f"{row['assessed']} / {row['due']} 项，占权重 {row['assessed_share']:.1%}；达到年度任务 {row['reached']} 项", f"{row['assessed']} of {row['due']} items, {row['assessed_share']:.1%} of the weight; {row['reached']} reached the milestone")),
            line("规则", "rules", Text(f"{card.rules.file.name.zh} {card.rules.file.version}", f"{card.rules.file.name.en} {card.rules.file.version}")),
            line("数据状态", "status", card.inputs.values.made.status.text),
        ),
    )  # fmt: skip


def explain_task(card: ScoreCard, place: int, task: int, year: YearCard) -> Explanation:
    """Every item of a task: value, milestone, rule, points, clause."""
    name = [card.plan.geography.city, *card.plan.geography.divisions][place].name
    title = card.plan.task(task).name
    in_total = abs(unit_weights(year.applies, year.frame))
    lines: list[tuple[Text, Text]] = []
    for i, column in enumerate(year.columns):
        if column.item.task == task:
            if year.hidden is not None and year.hidden[place, i]:
                lines += [(Text("评分项", "item"), column.name), (Text("数值与得分", "value and points"), HIDDEN)]
                continue
            lines += _item_lines(card, column, place, float(year.shares[place, i]), float(in_total[place, i]))
    if not lines:
        lines = [line("计分", "scored", Text(f"{year.year} 年没有应评项", f"nothing is due in {year.year}"))]
    return Explanation(
        Text(f"{name.zh} {year.year} 年任务{task}：{title.zh}", f"{name.en}, {year.year}, task {task}: {title.en}"),
        (*lines, line("规则", "rules", f"{card.rules.file.id} {card.rules.file.version}"), line("数据状态", "status", card.inputs.values.made.status.text)),
    )  # fmt: skip


def _item_lines(
    card: ScoreCard, column: ItemColumn, place: int, share: float, of_total: float
) -> list[tuple[Text, Text]]:
    scale, points = column.scale, float(Fraction(column.item.points))
    found = column.measured
    lines = [(Text("评分项", "item"), column.name)]
    if found is not None:
        lines.append(line("数值", "value", _value(column, place)))
        m = found.milestone
        sign = OPERATOR_SIGNS[found.operator]
        lines.append(line("年度任务", "milestone", Text(f"{sign} {_number(m.threshold, m.unit)}（{m.wording}，{m.clause}）", f"{sign} {_number(m.threshold, m.unit)} ({m.wording}, {m.clause})")))  # fmt: skip
        if found.readings:
            lines.append(line("读法", "reading", Text("；".join(r.says.zh for r in found.readings), "; ".join(r.says.en for r in found.readings))))  # fmt: skip
    elif column.deliverable is not None:
        lines.append(line("条款", "clause", column.deliverable.clause))
        if paper := column.evidence.get(place):
            lines.append(line("佐证", "evidence", paper))
        if column.spread is not None and column.spread[0][place] != column.spread[1][place] and share == share:
            low, high = column.spread[0][place], column.spread[1][place]
            lines.append(line("评定分歧", "assessors differ", f"{low:.0%} – {high:.0%}"))
    lines.append(line("办法", "rule", Text(f"{scale.name.zh}（{scale.status.text.zh}）", f"{scale.name.en} ({scale.status.text.en})")))  # fmt: skip
    if column.state[place] == OK:
        told = Text(f"{share * points:.6g} / {points:g}，占总分 {share * of_total:.4g} / {of_total:.4g}", f"{share * points:.6g} of {points:g}; of the total {share * of_total:.4g} of {of_total:.4g}")  # fmt: skip
    else:
        why = column.reasons.get(place, STATES[int(column.state[place])])
        told = Text(f"{STATES[int(column.state[place])].zh}：{why.zh}", f"{STATES[int(column.state[place])].en}: {why.en}")  # fmt: skip
    return [*lines, (Text("得分", "points"), told)]


def _value(column: ItemColumn, place: int) -> Text:
    assert column.measured is not None
    found = column.measured
    unit = "share" if found.scale == "relative" else found.milestone.unit
    zh = en = _number(float(column.value[place]), unit)
    if place < len(found.rows):
        k, n = found.rows["numerator"].iloc[place], found.rows["denominator"].iloc[place]
        if found.indicator.needs_parts and k == k and n == n:
            zh, en = f"{zh}（{k:g} / {n:g}）", f"{en} ({k:g} / {n:g})"
    if column.units_short and column.directed[place] == column.directed[place]:
        short = f"{abs(column.directed[place]):.0f}"
        zh, en = f"{zh}，差 {short}", f"{en}, {short} short"
    return Text(zh, en)
