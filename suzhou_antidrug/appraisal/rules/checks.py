"""What the schema of a rule file cannot see: sums, bands, keys of a kind, names of the plan.  规则文件的核对。"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from ...errors import SeriesError, nearest
from .numbers import exact

if TYPE_CHECKING:
    from ...plan.model import Plan
    from ...plan.strict_yaml import Placed
    from .model import AppraisalRuleFile, Band, Item, Scale

USED = {
    "milestone": {"otherwise"},
    "pro_rata": set(),
    "linear": {"zero", "full", "otherwise"},
    "steps": {"steps", "otherwise"},
    "efficacy": {"standards", "below"},
    "deduction": {"each", "per", "part", "of", "floor"},
    "bonus": {"each", "per", "part"},
    "levels": {"levels", "disagreement"},
}
NEEDED = {"linear": ("zero", "full"), "steps": ("steps",), "efficacy": ("standards",), "deduction": ("each",), "bonus": ("each",), "levels": ("levels",)}  # fmt: skip
COMMON = {"kind", "name", "status"}


def check_rules(file: AppraisalRuleFile, placed: Placed, plan: Plan) -> None:
    """Record everything that is wrong in a rule file, with its line.  记录规则文件的全部问题。"""
    _check_weights(file, placed)
    _check_bands(file.grades, placed)
    incomplete = set()
    for name, scale in file.scales.items():
        before = len(placed.problems)
        _check_scale(name, scale, placed)
        if len(placed.problems) > before:
            incomplete.add(name)
    _check_plan(file, placed, plan, incomplete)
    _check_vetoes(file, placed, plan)
    _check_comprehensive(file, placed, plan)


def _sum_problem(total: Fraction, path: tuple[str | int, ...], what: tuple[str, str], placed: Placed) -> None:
    if total != 1:
        gap, side = abs(total - 1), total > 1
        placed.add(
            path, "weight_sum", f"the weights of {what[0]} add to {float(total):g}, {float(gap):g} {'above' if side else 'below'} 1.",
            f"{what[1]}权重合计 {float(total):g}，比 1 {'多' if side else '少'} {float(gap):g}。",
        )  # fmt: skip


def _check_weights(file: AppraisalRuleFile, placed: Placed) -> None:
    given = [c.weight for c in file.categories]
    if any(w is not None for w in given):
        for n, weight in enumerate(given):
            if weight is None:
                placed.add(("categories", n), "weight", "every category has a weight, or none has.", "各类别须都有权重或都没有。")  # fmt: skip
        _sum_problem(sum((Fraction(w) for w in given if w), Fraction(0)), ("categories",), ("categories", "各类别"), placed)  # fmt: skip
    ids = [c.id for c in file.categories]
    for n, name in enumerate(ids):
        if name in ids[:n]:
            placed.add(("categories", n, "id"), "twice", f"the category {name} stands twice.", f"类别 {name} 重复。")


def _check_bands(bands: tuple[Band, ...], placed: Placed) -> None:
    for n, (upper, lower) in enumerate(pairwise(bands)):
        if Fraction(lower.from_) >= Fraction(upper.from_):
            placed.add(("grades", n + 1, "from"), "bands", f"grades {upper.grade} and {lower.grade} overlap or stand in the wrong order: from the highest down.", f"等次“{upper.grade}”与“{lower.grade}”重叠或次序有误：须由高到低。")  # fmt: skip
        elif lower.to is not None and Fraction(lower.to) != Fraction(upper.from_):
            gap = Fraction(upper.from_) - Fraction(lower.to)
            word = ("leave a gap", "之间有空档") if gap > 0 else ("overlap", "重叠")
            placed.add(
                ("grades", n + 1, "to"), "gap" if gap > 0 else "bands",
                f"grades {upper.grade} (from {upper.from_}) and {lower.grade} (to {lower.to}) {word[0]}: a score such as {float((Fraction(upper.from_) + Fraction(lower.to)) / 2):g} has no single grade.",
                f"等次“{upper.grade}”(自 {upper.from_})与“{lower.grade}”(至 {lower.to}){word[1]}：{float((Fraction(upper.from_) + Fraction(lower.to)) / 2):g} 分没有唯一等次。",
                advice=(f"Let {lower.grade} end at {upper.from_}, or leave `to` out.", f"请将“{lower.grade}”的上限写为 {upper.from_}，或不写 to。"),
            )  # fmt: skip
    if not bands:
        placed.add(("grades",), "empty", "at least one grade is needed.", "至少要有一个等次。")
    elif Fraction(bands[-1].from_) > 0:
        placed.add(("grades", len(bands) - 1, "from"), "gap", f"scores between 0 and {bands[-1].from_} have no grade.", f"0 与 {bands[-1].from_} 之间没有等次。")  # fmt: skip


def _check_scale(name: str, scale: Scale, placed: Placed) -> None:
    path = ("scales", name)
    for key in sorted(scale.model_fields_set - COMMON - USED[scale.kind]):
        known = ", ".join(sorted(USED[scale.kind])) or "none"
        placed.add((*path, key), "unused_key", f"a scale of kind {scale.kind} does not use {key}.", f"{scale.kind} 类办法不用“{key}”。", advice=(f"It uses: {known}.", f"可用：{known}。"))  # fmt: skip
    for key in NEEDED.get(scale.kind, ()):
        if not getattr(scale, key):
            placed.add(path, "missing_key", f"a scale of kind {scale.kind} needs {key}.", f"{scale.kind} 类办法须有“{key}”。")  # fmt: skip
    positions = [(("steps", n), s) for n, s in enumerate(scale.steps)] + [(("standards", n), s) for n, s in enumerate(scale.standards)]  # fmt: skip
    for where, position in [*positions, *(((k,), getattr(scale, k)) for k in ("zero", "full") if getattr(scale, k))]:
        if position.given != 1:
            placed.add((*path, *where), "position", "give exactly one of at, short, ratio.", "at、short、ratio 须恰好给出一个。")  # fmt: skip
        if position.ratio is not None and Fraction(position.ratio) == 0:
            placed.add((*path, *where), "zero", "a degree of completion is above 0.", "完成程度须大于 0。")
    if scale.per is not None and Fraction(scale.per) == 0:
        placed.add((*path, "per"), "zero", "the unit of a step must be above 0.", "每步的单位须大于 0。")
    shares = [Fraction(s.share) for s in scale.steps]
    for n, (better, worse) in enumerate(pairwise(shares)):
        if worse >= better:
            placed.add((*path, "steps", n + 1, "share"), "order", "steps come from the best down, each with a smaller share.", "台阶须由高到低，比例逐级减小。")  # fmt: skip
    if scale.steps and Fraction(scale.otherwise) >= shares[-1]:
        placed.add((*path, "otherwise"), "order", "who reaches no step must get less than the lowest step gives.", "未达任何台阶者得分须低于最低一级。")  # fmt: skip
    numbers = [Fraction(s.coefficient) for s in scale.standards]
    if any(b < a for a, b in pairwise(numbers)):
        placed.add((*path, "standards"), "order", "standards come from the worst up, with coefficients that do not fall.", "标准值须由低到高，系数不得减小。")  # fmt: skip
    if numbers and numbers[0] < 0 and scale.below != "hold":
        placed.add((*path, "below"), "order", "a negative coefficient needs below: hold, or the worst would get more than the bad.", "系数为负时 below 须为 hold，否则最差者得分反而更高。")  # fmt: skip
    for key in ("otherwise", "floor"):
        if Fraction(getattr(scale, key)) > 1:
            placed.add((*path, key), "order", f"{key} is a share of the points, at most 1.", f"{key} 为分值的比例，不得大于 1。")  # fmt: skip
    if scale.kind == "efficacy" and len(scale.standards) < 2:
        placed.add((*path, "standards"), "few", "at least two standards are needed.", "至少要有两个标准值。")


def _check_plan(file: AppraisalRuleFile, placed: Placed, plan: Plan, incomplete: set[str]) -> None:
    """Names of plan and file; an item the plan has nothing for is an error."""
    known = {c.id for c in file.categories} or {c.id for c in plan.categories}
    seen: set[tuple[str, str]] = set()
    told: set[str] = set()  # categories that the file lacks, each named once
    scored = Fraction(0)
    for n, item in enumerate(file.items):
        path = ("items", n)
        if (item.indicator is None) == (item.deliverable is None):
            placed.add(path, "item", "give an indicator or a deliverable, one of the two.", "须给出 indicator 或 deliverable 之一。")  # fmt: skip
            continue
        if Fraction(item.points) == 0:
            placed.add((*path, "points"), "points", "points must be above 0.", "分值须大于 0。", value=item.points)
        if item.scale not in file.scales:
            _unknown((*path, "scale"), "scale", "评分办法", item.scale, file.scales, placed)
            continue
        if not _check_item(item, file.scales[item.scale], path, placed, plan):
            continue
        if item.indicator is not None and item.scale not in incomplete and Fraction(item.points) > 0:
            _check_curves(item, file.scales[item.scale], path, placed, plan)
        category = category_of(item, plan)
        if category is not None and category not in known | told:
            told.add(category)
            _unknown((*path, "category" if item.category else "task"), "category of the file", "类别", category, known, placed)  # fmt: skip
        key = (item.code, item.role)
        if key in seen:
            placed.add(path, "twice", f"{item.code} is scored twice.", f"{item.code} 重复计分。")
        seen.add(key)
        scored += Fraction(item.points) if item.role == "score" else 0
    if scored == 0:
        placed.add(("items",), "points", "no item has points.", "没有计分项。")


def category_of(item: Item, plan: Plan) -> str | None:
    """Return the category of an item: its own, or its task's in the plan.  评分项的类别。"""
    return item.category or next((t.category for t in plan.tasks if t.number == item.task), None)


def _check_item(item: Item, scale: Scale, path: tuple[str | int, ...], placed: Placed, plan: Plan) -> bool:
    """Record what is wrong with an item, and return whether its task is known."""
    task = next((t for t in plan.tasks if t.number == item.task), None)
    if task is None:
        _unknown((*path, "task"), "task of the plan", "任务", str(item.task), [str(t.number) for t in plan.tasks], placed)  # fmt: skip
        return False
    if (scale.kind == "levels") != (item.deliverable is not None):
        placed.add((*path, "scale"), "kind", "deliverables take a scale of kind levels, indicators any other.", "工作成果用 levels 类办法，指标用其他办法。")  # fmt: skip
    if (item.role == "bonus") != (scale.kind == "bonus"):
        placed.add((*path, "role"), "role", "a bonus takes a scale of kind bonus, and that scale a bonus.", "加分项须用 bonus 类办法，反之亦然。")  # fmt: skip
    have = [m.year for m in task.milestones if m.indicator == item.indicator]
    if item.indicator is not None and not have:
        names = sorted({m.indicator for m in task.milestones})
        placed.add(
            (*path, "indicator"), "no_milestone", f"task {item.task} of the plan has no milestone for {item.indicator}.",
            f"规划任务{item.task}没有 {item.indicator} 的年度任务。",
            advice=(f"It has: {', '.join(names) or 'none'}.", f"该任务有：{'、'.join(names) or '无'}。"), value=item.indicator,
        )  # fmt: skip
    if item.deliverable is not None:
        ids = [d.id for d in task.deliverables]
        if item.deliverable not in ids:
            _unknown((*path, "deliverable"), f"deliverable of task {item.task}", f"任务{item.task}的工作成果", item.deliverable, ids, placed)  # fmt: skip
        have = list(plan.years)
    for year in item.years:
        if have and year not in have:
            placed.add((*path, "years"), "no_milestone", f"the plan has no milestone of {item.code} in {year}.", f"规划没有 {item.code} 在 {year} 年的年度任务。", value=year)  # fmt: skip
    if item.indicator is not None and (indicator := plan.indicators.get(item.indicator)) is not None:
        bad = [m for m in task.milestones if m.indicator == item.indicator and m.operator == "eq"]
        if bad and indicator.direction == "neither" and scale.kind not in ("milestone", "levels"):
            placed.add((*path, "scale"), "direction", f"{item.indicator} has no direction: neither more nor less is better.", f"{item.indicator} 没有方向：不能说高好还是低好。")  # fmt: skip
        levels = all(m.compares == "level" for m in task.milestones if m.indicator == item.indicator)
        share = indicator.needs_parts and indicator.kind in ("coverage", "proportion") and indicator.per == 1
        if scale.of == "units_short" and not (share and levels):
            placed.add((*path, "scale"), "parts", f"{item.indicator} is not compared as a share of a count: units short cannot be counted.", f"{item.indicator} 不是按数量占比考核，无法数出差几个。")  # fmt: skip
    return True


def _check_curves(item: Item, scale: Scale, path: tuple[str | int, ...], placed: Placed, plan: Plan) -> None:
    """Record where a scale has no meaning for a milestone: a share of 0, places that do not rise."""
    from ..scoring.curves import make_curve

    if scale.kind == "levels":
        return
    for milestone in plan.task(item.task).milestones:
        if milestone.indicator == item.indicator and (not item.years or milestone.year in item.years):
            direction = -1 if milestone.operator[0] == "l" else 1
            try:
                make_curve(scale, item, exact(milestone.threshold), direction, operator=milestone.operator)
            except SeriesError as error:
                told = error.problems[0]
                placed.add((*path, "scale"), told.code, told.en, told.zh, advice=(told.advice_en, told.advice_zh), value=item.scale)  # fmt: skip
                return


def _check_vetoes(file: AppraisalRuleFile, placed: Placed, plan: Plan) -> None:
    grades = {b.grade for b in file.grades}
    used = {category_of(i, plan) for i in file.items}
    for n, veto in enumerate(file.vetoes):
        path = ("vetoes", n)
        needed = {"zero_category": "category", "cap_grade": "grade", "cap_score": "score"}.get(veto.effect)
        if needed and getattr(veto, needed) is None:
            placed.add(path, "missing_key", f"the effect {veto.effect} needs {needed}.", f"{veto.effect} 须有“{needed}”。")  # fmt: skip
        if veto.grade is not None and veto.grade not in grades:
            _unknown((*path, "grade"), "grade of the file", "等次", veto.grade, grades, placed)
        if veto.category is not None and veto.category not in used:
            _unknown((*path, "category"), "category with items", "类别", veto.category, [u for u in used if u], placed)
        if veto.when is not None and veto.when.indicator not in plan.indicators:
            _unknown((*path, "when", "indicator"), "indicator", "指标", veto.when.indicator, plan.indicators, placed)


def _check_comprehensive(file: AppraisalRuleFile, placed: Placed, plan: Plan) -> None:
    whole = file.comprehensive
    if whole is None:
        return
    _sum_problem(sum((Fraction(w) for w in whole.years.values()), Fraction(0)), ("comprehensive", "years"), ("years", "各年"), placed)  # fmt: skip
    if Fraction(whole.targets_weight) > 1:
        placed.add(("comprehensive", "targets_weight"), "share", "the weight of targets is at most 1.", "总目标权重不得大于 1。")  # fmt: skip
    for year in whole.years:
        if year not in plan.years:
            placed.add(("comprehensive", "years", year), "year", f"{year} is no year of the plan.", f"{year} 不在规划期内。")  # fmt: skip
    for verdict in whole.verdict_shares:
        if verdict not in ("met", "not_met", "insufficient_evidence"):
            placed.add(("comprehensive", "verdict_shares", verdict), "verdict", f"{verdict} is no verdict that can be scored.", f"{verdict} 不是可计分的评判。")  # fmt: skip


def _unknown(path: tuple[str | int, ...], en: str, zh: str, name: str, known: object, placed: Placed) -> None:
    names = [str(k) for k in known]  # type: ignore[attr-defined]
    close = nearest(name, names) or sorted(names)[:12]
    placed.add(path, "unknown_name", f"{name} is no {en}.", f"没有名为“{name}”的{zh}。", advice=(f"Known: {', '.join(close)}.", f"可用：{'、'.join(close)}。"), value=name)  # fmt: skip
