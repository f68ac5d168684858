"""A plan as text for the terminal, and as a small page for a notebook.

把规划显示在终端或笔记本中。

Chinese letters take two columns of a terminal; tables are aligned with that in mind.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..errors import PlanError, Problem
from ..terms import Text, display_width, label, pad, use_language
from ..verdicts import OPERATOR_SIGNS

if TYPE_CHECKING:
    from .model import Ambiguity, Deliverable, Milestone, Plan, Target, Task

PAGE = 100  # columns of the terminal that text is wrapped to
_GROUPS = {
    "decrease": Text("明显下降", "marked decrease"),
    "hundred": Text("百分之百", "one hundred per cent"),
    "zero": Text("零发生", "zero occurrence"),
}
_MODELLED = {
    "quantified": Text("有数字", "quantified"),
    "deliverable": Text("工作成果", "deliverables only"),
    "narrative": Text("仅叙述", "narrative only"),
}
_SCOPES = {
    "city": Text("全市", "city"),
    "each_division": Text("各县级市(区)", "each division"),
    "each_school": Text("各学校", "each school"),
    "each_enterprise": Text("各企业", "each enterprise"),
    "each_township": Text("各乡镇街道", "each township"),
    "each_unit": Text("各单位", "each unit"),
}
_WHOLE = {  # what "city" is called where the plan is that of another level
    "nation": Text("全国", "nation"),
    "province": Text("全省", "province"),
    "district": Text("全县(市、区)", "county or district"),
    "township": Text("全乡镇(街道)", "township"),
}
_UNITS = {
    "cases": Text("起", "cases"),
    "incidents": Text("起", "incidents"),
    "sites": Text("处", "sites"),
    "sessions": Text("次", "sessions"),
}


def wrap(text: str, columns: int) -> list[str]:
    """Return text in lines of at most ``columns``; Latin words stay whole where they fit.  按显示宽度折行。"""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and display_width(line + piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """Split text where a line may break: after each wide letter, after each space, never before closing marks."""
    pieces: list[str] = []
    for c in text:
        closing = c in ",.;:)，。；：、）？”》"
        opened = bool(pieces) and pieces[-1][-1:] in tuple("(（“《")
        breaks = not pieces or pieces[-1].endswith(" ") or _is_wide(pieces[-1][-1:]) or _is_wide(c)
        if breaks and not closing and not opened:
            pieces.append(c)
        else:
            pieces[-1:] = [pieces[-1] + c] if pieces else [c]
    return pieces


def _is_wide(c: str) -> bool:
    return unicodedata.east_asian_width(c) in "WF" if c else False


def table(rows: Sequence[Sequence[str]], *, gap: str = "  ") -> list[str]:
    """Return rows as aligned lines.  把各行按显示宽度对齐。"""
    if not rows:
        return []
    columns = [max(display_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [gap.join(pad(cell, n) for cell, n in zip(row, columns, strict=True)).rstrip() for row in rows]


def render_plan(plan: Plan, *, task: int | None = None, year: int | None = None, language: str | None = None) -> str:
    """Return a plan, one task of it, or what binds in a year as text for a terminal.  把规划写成终端文字。

    Raises :class:`~suzhou_antidrug.errors.PlanError` for a year outside the plan and
    :class:`~suzhou_antidrug.errors.UnknownNameError` for a task that it does not have.

    >>> from suzhou_antidrug.plan import load_plan
    >>> print(render_plan(load_plan("example-town"), task=2, language="en").splitlines()[3])
    Task 2  Venues
    """
    if year is not None and year not in plan.years:
        raise PlanError(_year_outside(plan, year))
    chosen = plan.tasks if task is None else (plan.task(task),)
    with use_language(language):
        if task is not None:
            body = _task_page(plan, chosen[0], year)
        elif year is not None:
            body = _year_page(plan, year)
        else:
            body = _overview(plan)
        return "\n".join([*_heading(plan), "", *body])


def _year_outside(plan: Plan, year: int) -> Problem:
    span = f"{plan.first_year}-{plan.last_year}"
    return Problem(
        code="year_outside",
        en=f"{year} is outside the years {span} of plan {plan.id}.",
        zh=f"{year} 年不在规划 {plan.id} 的年份 {span} 内。",
        advice_en=f"Choose one of: {', '.join(map(str, plan.years))}.",
        advice_zh=f"请选择：{'、'.join(map(str, plan.years))}。",
    )


def _heading(plan: Plan) -> list[str]:
    mark = f"【{plan.status.text}】" if plan.status.must_be_shown else str(plan.status.text)
    document = plan.document
    lines = [str(plan.name), "  ".join((document.number, str(document.issuer), document.published, mark))]
    if len(plan.lineage) > 1:
        names = " → ".join(str(f.name) for f in plan.lineage[1:])
        lines.append(str(Text(f"继承：{names}", f"inherits from: {names}")))
    return lines


def threshold_text(threshold: float, operator: str, unit: str, *, compares: str = "level") -> str:
    """Return a threshold as it is shown: percent for shares, a sign for changes.  目标值的显示形式。

    >>> threshold_text(0.9, "ge", "share"), threshold_text(1.25, "ge", "index")
    ('≥90%', '≥1.25')
    """
    sign = OPERATOR_SIGNS[operator]
    if compares == "change":
        return f"{sign}+{threshold * 100:g}%"
    if unit == "share":
        return f"{sign}{threshold * 100:g}%"
    if unit == "index":
        return f"{sign}{threshold:.2f}"
    return f"{sign}{threshold:g}"


def _threshold(m: Milestone) -> str:
    unit = _UNITS.get(m.unit, "")
    return threshold_text(m.threshold, m.operator, m.unit, compares=m.compares) + (f" {unit}" if unit else "")


def _target_goal(plan: Plan, target: Target) -> str:
    if target.threshold is not None and target.operator is not None:
        unit = _UNITS.get(target.unit, "")
        goal = threshold_text(target.threshold, target.operator, target.unit)
        return f"{goal} {unit}".rstrip()
    return next(
        (
            f"{plan.ambiguities[a].wording} ({plan.ambiguities[a].default.id})"
            for a in target.ambiguities
            if plan.ambiguities[a].default.minimum_change is not None
        ),
        "",
    )


def _title(term: str, count: int) -> str:
    name = label(term)
    return f"{name[:1].upper()}{name[1:]} ({count})"


def _overview(plan: Plan) -> list[str]:
    targets = [[f"{t.number:>2}", str(t.name), _target_goal(plan, t), str(t.due), t.id] for t in plan.targets]
    lines = [_title("target", len(plan.targets)), *_indent(table(targets)), ""]
    lines.append(_title("task", len(plan.tasks)))
    for category in plan.categories:
        lines.append(f"  {category.name}")
        rows = [_task_row(plan, t) for t in plan.tasks if t.category == category.id]
        lines += _indent(table(rows), 4)
    readings = sum(len(a.readings) for a in plan.ambiguities.values())
    foot = Text(
        f"{len(plan.milestones)} 个年度任务，{len(plan.deliverables)} 项工作成果，{len(plan.ambiguities)} 处歧义共 {readings} 种读法，"
        f"附件与正文 {len(plan.differences)} 处差异。",
        f"{len(plan.milestones)} milestones, {len(plan.deliverables)} deliverables, {len(plan.ambiguities)} ambiguous "
        f"clauses with {readings} readings, {len(plan.differences)} differences between annex and body.",
    )
    return [*lines, "", *wrap(str(foot), PAGE), *_gaps(plan)]


def _gaps(plan: Plan) -> list[str]:
    """What the text at hand does not tell, and what the plan changes of the one above."""
    lines: list[str] = []
    if plan.changes:
        told = ", ".join(f"{c.item}: {c.relation}" for c in plan.changes)
        lines += [
            "",
            *wrap(
                str(
                    Text(
                        f"对上级规划的改动 {len(plan.changes)} 处：{told}",
                        f"{len(plan.changes)} changes of the plan above: {told}",
                    )
                ),
                PAGE,
            ),
        ]
    if plan.gaps:
        lines += ["", str(Text(f"缺口 ({len(plan.gaps)})", f"Gaps ({len(plan.gaps)})"))]
        for gap in plan.gaps:
            lines += _entry("-", f"{gap.what}" + (f" ({gap.searched})" if gap.searched else ""))
    return lines


def _task_row(plan: Plan, task: Task) -> list[str]:
    counts = Text(
        f"{len(task.milestones)} 个年度任务  {len(task.deliverables)} 项成果",
        f"{len(task.milestones)} milestones  {len(task.deliverables)} deliverables",
    )
    return [f"{task.number:>2}", str(task.name), str(_MODELLED[task.modelled]), str(counts)]


def _indent(lines: Iterable[str], columns: int = 2) -> list[str]:
    return [" " * columns + line for line in lines]


def _paragraph(text: str, *, indent: int = 2) -> list[str]:
    return _indent(wrap(text, PAGE - indent), indent)


def _year_page(plan: Plan, year: int) -> list[str]:
    milestones = [m for m in plan.milestones if m.year == year]
    rows = [[f"{m.task:>2}", *_milestone_cells(plan, m)] for m in milestones]
    due = [d for d in plan.deliverables if _is_due(plan, d, year)]
    targets = [[f"{t.number:>2}", str(t.name), _target_goal(plan, t)] for t in plan.targets if t.due == year]
    lines = [f"{year}", ""]
    if targets:
        lines += [_title("target", len(targets)), *_indent(table(targets)), ""]
    lines += [_title("milestone", len(rows)), *_indent(table(rows)), ""]
    lines += [_title("deliverable", len(due))]
    for d in due:
        lines += _entry(f"{d.task:>2}", f"{d.name} [{d.clause}]")
    return lines


def _is_due(plan: Plan, deliverable: Deliverable, year: int) -> bool:
    """Whether a deliverable is due in a year; what recurs every second year is counted back from its last year."""
    if not deliverable.recurring:
        return deliverable.due == year
    return year <= deliverable.due and (deliverable.due - year) % deliverable.every_years == 0


def _milestone_cells(plan: Plan, m: Milestone) -> list[str]:
    mark = "*" if m.ambiguities else ""
    indicator = str(plan.indicators[m.indicator].name)
    scope = _WHOLE.get(plan.level or "", _SCOPES["city"]) if m.scope == "city" else _SCOPES[m.scope]
    clause = m.clause if m.plan == plan.id else f"{m.clause} ({m.plan})"
    return [indicator, _threshold(m) + mark, str(scope), m.wording, clause]


def _entry(head: str, text: str, *, indent: int = 2) -> list[str]:
    """A hanging paragraph: a short head, then text whose further lines stand under the first."""
    start = indent + display_width(head) + 2
    first, *rest = wrap(text, PAGE - start)
    return [" " * indent + head + "  " + first, *_indent(rest, start)]


def _task_page(plan: Plan, task: Task, year: int | None) -> list[str]:
    names = {u.id: u.name for u in plan.units}
    category = next(c.name for c in plan.categories if c.id == task.category)
    pillar = next(p.name for p in plan.pillars if p.id == task.pillar)
    head = Text(f"任务 {task.number}  {task.name.zh}", f"Task {task.number}  {task.name.en}")
    between = str(Text("；", "; "))
    rows = [
        (label("category"), str(category)),
        (label("pillar"), str(pillar)),
        (label("clause"), f"{task.clause_annex}; {task.clause_body}"),
        *(
            (label(role), between.join(str(names[u.unit]) for u in task.units if u.role == role) or "-")
            for role in ("lead", "participant")
        ),
    ]
    column = max(display_width(k) for k, _ in rows)
    lines = [str(head)]
    for key, value in rows:
        lines += _entry(pad(key, column), value)
    milestones = [m for m in task.milestones if year in (None, m.year)]
    lines += ["", _title("milestone", len(milestones))]
    lines += _indent(table([[str(m.year), *_milestone_cells(plan, m)] for m in milestones]))
    due = [d for d in task.deliverables if year is None or _is_due(plan, d, year)]
    if due:
        lines += ["", _title("deliverable", len(due))]
        column = max(display_width(_due(d)) for d in due)
        for d in due:
            lines += _entry(pad(_due(d), column), f"{d.name} [{d.clause}]")
    return [*lines, *_remarks(plan, task, milestones, due)]


def _due(deliverable: Deliverable) -> str:
    if not deliverable.recurring:
        return str(deliverable.due)
    if deliverable.every_years == 1:
        return str(Text("每年", "yearly"))
    return str(Text(f"每{deliverable.every_years}年", f"every {deliverable.every_years} years"))


def _remarks(plan: Plan, task: Task, milestones: Sequence[Milestone], deliverables: Sequence[Deliverable]) -> list[str]:
    """Definitions, readings, differences, and what is not modelled."""
    lines: list[str] = []
    if indicators := list(dict.fromkeys(m.indicator for m in milestones)):
        lines += ["", _title("indicator", len(indicators))]
        for i in indicators:
            indicator = plan.indicators[i]
            lines += [f"  {indicator.name} ({i}, {indicator.definition_status.text})"]
            lines += _paragraph(str(indicator.definition), indent=4)
    readings = [a for m in milestones for a in m.ambiguities] + [a for d in deliverables for a in d.ambiguities]
    if names := list(dict.fromkeys(readings)):
        lines += ["", f"* {_title('reading', len(names))}"]
        for name in names:
            lines += _reading_lines(plan.ambiguities[name])
    if differences := [d for d in plan.differences if d.task == task.number]:
        lines += ["", str(Text("附件与正文的差异", "Annex and body differ"))]
        sides = Text("附件：{}。正文：{}。处理：{}。", "Annex: {}. Body: {}. Here: {}.")
        for d in differences:
            lines += _entry("-", str(sides).format(d.annex, d.body, d.consequence))
    if task.not_modelled:
        lines += ["", str(Text("未建模", "Not modelled"))]
        for text in task.not_modelled:
            lines += _entry("-", str(text))
    return lines


def _reading_lines(ambiguity: Ambiguity) -> list[str]:
    lines = _entry("?", f"“{ambiguity.wording}” {ambiguity.question}")
    for r in ambiguity.readings:
        mark = "→" if r.default else "·" if r.computable else "×"
        lines += _entry(f"{mark} {r.id}", str(r.says), indent=4)
    return [*lines, *_paragraph(str(ambiguity.why_default), indent=4)]


def plan_html(plan: Plan) -> str:
    """Return a plan as a small HTML page: targets, and what it holds; all text is escaped.  规划的网页片段。"""
    esc = html.escape
    rows = "".join(
        f"<tr><td>{t.number}</td><td>{esc(str(_GROUPS[t.group]))}</td><td>{esc(str(t.name))}</td>"
        f"<td>{esc(_target_goal(plan, t))}</td><td>{t.due}</td></tr>"
        for t in plan.targets
    )
    counts = (("task", plan.tasks), ("milestone", plan.milestones), ("deliverable", plan.deliverables))
    summary = ", ".join(f"{esc(label(term))} {len(things)}" for term, things in counts)
    title, source = (esc(line) for line in _heading(plan))
    return f"<section><h4>{title}</h4><p>{source}</p><p>{summary}</p><table>{rows}</table></section>"
