"""The sheet of rules: what every formula of the book refers to.

规则表：全簿公式所引用的数。
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ...appraisal.rules.checks import category_of
from ...appraisal.rules.model import ACROSS, ROUNDINGS, Position, Scale
from ...terms import Text
from .pages import GREY, NUMBER, Page, cell, on, span
from .places import NO, ROLES, RULES, YES, Book, CurveCells, curve_key

if TYPE_CHECKING:
    from ...appraisal.scoring.curves import Curve
    from ...appraisal.scoring.measures import ItemColumn

WIDTHS = (20, 42, 14, 18, 13, 13, 13, 16, 48)
KINDS = {
    "milestone": Text("达标计分", "all or nothing"),
    "pro_rata": Text("按完成比例", "in proportion"),
    "linear": Text("线性", "linear"),
    "steps": Text("阶梯", "steps"),
    "efficacy": Text("功效系数", "efficacy coefficients"),
    "deduction": Text("扣分", "deduction"),
    "bonus": Text("加分", "bonus"),
    "levels": Text("按完成程度", "levels"),
}
EXACT_DIGITS = 12  # of knots and values, where they are compared


def number_of(text: str | Fraction) -> float:
    """Return a number of a rule file as a cell holds it.  规则中的数。"""
    return float(Fraction(text))


def write_rules(book: Book, page: Page) -> None:
    """Write the sheet and note where each rule stands.  写规则表并记录位置。"""
    file = book.file
    for number, width in enumerate(WIDTHS):
        page.sheet.set_column(number, number, width)
    page.title(
        Text("规则", "Rules"), book.standing,
        f"{book.say(file.name)}（{file.id} {file.version}，{file.status.text.zh} {file.status.text.en}）。黄色单元格可改，全簿随之重算；曲线由年度任务推得(扣分、加分办法还用到分值)，改动这些须重新生成。 "
        "Yellow cells may be changed; curves follow from milestones, and from points for deductions and bonus: write the book anew where these change.",
    )  # fmt: skip
    row = _parameters(book, page, 4)
    row = _bands(book, page, row + 1)
    row = _categories(book, page, row + 1)
    row = _items(book, page, row + 1)
    row = _scales(book, page, row + 1)
    row = _curves(book, page, row + 1)
    row = _vetoes(book, page, row + 1)
    page.sheet.freeze_panes(3, 0)
    page.printing(book.standing, rows=row, columns=len(WIDTHS), header_row=None)


def _heads(page: Page, row: int, heads: list[Text]) -> int:
    page.sheet.set_row(row, 30)
    for number, words in enumerate(heads):
        page.head(row, number, words)
    return row + 1


def _parameters(book: Book, page: Page, row: int) -> int:
    file = book.file
    page.section(row, Text("一、总则", "Parameters"))
    row = _heads(page, row + 1, [Text("项目", "parameter"), Text("说明", "meaning"), Text("数值", "value")])
    numbers = [
        ("total", Text("满分", "total"), Text("总分的满分", "points of a whole score"), file.total),
        ("bonus_cap", Text("加分上限", "bonus cap"), Text("各项加分合计的上限", "most that bonus adds"), file.bonus_cap),
        ("deduction_cap", Text("扣分上限", "deduction cap"), Text("留空即不设上限", "blank: none"), file.deduction_cap),
        ("floor", Text("类别下限", "category floor"), Text("几何、调和平均所用", "for geometric and harmonic means"), file.across_floor),
        ("digits", Text("小数位", "digits"), ROUNDINGS[file.rounding.mode], str(file.rounding.digits)),
    ]  # fmt: skip
    for code, name, meaning, value in numbers:
        page.band(row, 0, book.say(name))
        page.text(row, 1, f"{meaning.zh} {meaning.en}")
        page.given(row, 2, number_of(value) if value is not None else None)
        book.rules.numbers[code] = on(RULES, cell(row, 2, fixed=True))
        row += 1
    before = Text("先取舍后定等次", "rounded, then graded") if file.rounding.before_grading else Text("先定等次后取舍", "graded, then rounded")  # fmt: skip
    missing = Text("不计入，另列最坏、最好", "left out; worst and best stand beside") if file.missing == "reweight" else Text("按零分计", "count as nothing")  # fmt: skip
    above = Text("加分可使总分超过满分", "bonus may lift a score above the total") if file.above_total else Text("总分不超过满分", "a score is at most the total")  # fmt: skip
    across = (
        ACROSS[file.across] if book.weighted else Text("各项分值直接相加折算", "items add up, brought to the total")
    )
    for name, says in ((Text("取舍", "rounding"), before), (Text("缺项", "gaps"), missing), (Text("满分", "limit"), above), (Text("合成", "across categories"), across)):  # fmt: skip
        page.band(row, 0, book.say(name))
        page.text(row, 1, f"{says.zh} {says.en}")
        row += 1
    return row


def _bands(book: Book, page: Page, row: int) -> int:
    page.section(row, Text("二、等次", "Grades, from the best down"))
    row = _heads(page, row + 1, [Text("等次", "grade"), Text("名称", "name"), Text("下限", "least score"), Text("含本数", "number included")])  # fmt: skip
    for band in book.file.grades:
        page.band(row, 0, book.graded(band.grade))
        page.text(row, 1, f"{band.name.zh} {band.name.en}")
        page.given(row, 2, number_of(band.from_))
        page.text(row, 3, book.say(YES if band.inclusive else NO), align="center")
        book.rules.bands.append((on(RULES, cell(row, 2, fixed=True)), on(RULES, cell(row, 0, fixed=True))))
        row += 1
    return row


def _categories(book: Book, page: Page, row: int) -> int:
    page.section(row, Text("三、类别", "Categories"))
    row = _heads(page, row + 1, [Text("编号", "id"), Text("类别", "category"), Text("权重", "weight")])
    given, first = {c.id: c.weight for c in book.file.categories if c.weight is not None}, row
    for code, name in book.categories.items():
        page.band(row, 0, code)
        page.text(row, 1, name)
        if book.weighted:
            page.given(row, 2, number_of(given[code]))
        else:
            page.text(row, 2, "按分值", bg_color=GREY, align="center")
        book.rules.categories[code] = (on(RULES, cell(row, 1, fixed=True)), on(RULES, cell(row, 2, fixed=True)))
        row += 1
    book.rules.category_names = on(RULES, span(first, row - 1, 1))
    book.rules.category_weights = on(RULES, span(first, row - 1, 2))
    return row


def _items(book: Book, page: Page, row: int) -> int:
    plan, who = book.card.plan, {"all": Text("全市与各单位", "city and divisions"), "divisions": Text("各单位", "divisions"), "city": Text("全市", "city")}  # fmt: skip
    page.section(row, Text("四、评分项", "Items"))
    row = _heads(page, row + 1, [Text("序号", "number"), Text("评分项", "item"), Text("任务", "task"), Text("类别", "category"), Text("性质", "role"), Text("分值", "points"), Text("对象", "who"), Text("办法", "scale"), Text("编号", "id")])  # fmt: skip
    deliverables = {d.id: d.name for d in plan.deliverables}
    for number, item in enumerate(book.file.items):
        name = plan.indicator(item.indicator).name if item.indicator else deliverables[str(item.deliverable)]
        said = book.say(name)
        page.band(row, 0, str(number + 1), align="center")
        page.text(row, 1, said, text_wrap=True)
        page.text(row, 2, str(item.task), align="center")

        code = str(category_of(item, plan))
        page.text(row, 3, book.categories.get(code, code))
        page.text(row, 4, book.say(ROLES[item.role]), align="center")
        page.given(row, 5, number_of(item.points))
        page.text(row, 6, book.say(who[item.who]), align="center")
        page.text(row, 7, item.scale)
        page.text(row, 8, item.code + (f"；{'、'.join(map(str, item.years))}" if item.years else ""))
        page.grow(row, (said, WIDTHS[1]))
        book.rules.points[number] = on(RULES, cell(row, 5, fixed=True))
        row += 1
    return row


def _place_said(position: Position) -> str:
    if position.at is not None:
        return f"数值 {position.at}"
    if position.short is not None:
        return f"差 {position.short}"
    return f"完成 {position.ratio}"


def _lines(scale: Scale) -> list[tuple[str, str | None, str]]:
    """Return place, share and whether the number counts, line by line."""
    if scale.kind == "steps":
        return [(_place_said(s), s.share, "含本数" if s.inclusive else "不含本数") for s in scale.steps]
    if scale.kind == "efficacy":
        return [(_place_said(s), s.coefficient, "") for s in scale.standards]
    if scale.kind == "linear" and scale.zero and scale.full:
        return [(_place_said(scale.zero), scale.otherwise, "零分点"), (_place_said(scale.full), "1", "满分点")]
    if scale.kind == "levels":
        return [(f"{level.name.zh} {level.name.en}", level.share, "") for level in scale.levels]
    if scale.kind in ("deduction", "bonus"):
        unit = "缺一个单位" if scale.of == "units_short" else f"每 {scale.per}"
        return [(unit, None, f"{'扣' if scale.kind == 'deduction' else '加'} {scale.each} 分")]
    return [("", None, "")]


def _scales(book: Book, page: Page, row: int) -> int:
    page.section(row, Text("五、评分办法", "Scales"))
    row = _heads(page, row + 1, [Text("办法", "scale"), Text("名称", "name"), Text("类型", "kind"), Text("位置", "place"), Text("得分比例", "share"), Text("说明", "note"), Text("性质", "standing")])  # fmt: skip
    for code, scale in book.file.scales.items():
        first = row
        for place, share, note in _lines(scale):
            top = row == first
            page.band(row, 0, code if top else "")
            page.text(row, 1, book.say(scale.name) if top else "", text_wrap=True)
            page.text(row, 2, book.say(KINDS[scale.kind]) if top else "")
            page.text(row, 3, place)
            page.number(row, 4, number_of(share) if share is not None else None)
            page.text(row, 5, note)
            page.text(row, 6, book.say(scale.status.text) if top else "")
            if top:
                page.grow(row, (book.say(scale.name), WIDTHS[1]))
            row += 1
        if scale.kind == "levels":
            shares = [Fraction(level.share) for level in scale.levels]
            book.rules.most[code] = on(RULES, cell(first + shares.index(max(shares)), 4, fixed=True))
    return row


def _curves(book: Book, page: Page, row: int) -> int:
    page.section(row, Text("六、计分曲线", "Curves: share of points by directed value"))
    page.bare(row + 1, 0, "自变量 = 方向 × 数值(或 −缺少的单位数)，取 12 位小数；界点上取“该点”，两界点间自“右极限”按斜率直线。 Argument: direction x value, or minus units short, at 12 decimals; at a knot the share at it, between knots a line from the right.", font_size=9)  # fmt: skip
    row = _heads(page, row + 2, [Text("曲线", "curve"), Text("用于、界点", "used by, knots"), Text("数值", "value"), Text("界点", "knot"), Text("左极限", "from the left"), Text("该点", "at it"), Text("右极限", "from the right"), Text("斜率", "slope")])  # fmt: skip
    users: dict[tuple[object, ...], list[ItemColumn]] = {}
    for card in book.card.years:
        for column in card.columns:
            if column.curve is not None:
                users.setdefault(curve_key(column.curve), []).append(column)
    for number, columns in enumerate(users.values(), start=1):
        row = _curve(book, page, row, number, columns)
    return row


def _curve(book: Book, page: Page, row: int, number: int, columns: list[ItemColumn]) -> int:
    """Write one curve: a line that says who uses it, then its knots."""
    curve, direction = columns[0].curve, columns[0].direction
    assert curve is not None
    used = "；".join(f"{name} {'、'.join(map(str, years))}" for name, years in _uses(book, columns).items())
    page.sheet.merge_range(row, 1, row, len(WIDTHS) - 2, "", page.styles(**page.base, text_wrap=True))
    page.band(row, 0, f"{'曲线' if book.language == 'zh' else 'curve'} {number}", bold=True)
    page.text(row, 1, used, text_wrap=True)
    page.grow(row, (used, sum(WIDTHS[1:-1])))
    first = row + 1
    for k, knot in enumerate(curve.knots):
        row += 1
        page.band(row, 0, "")
        page.text(row, 1, f"界点 {k + 1}", align="right")
        page.number(row, 2, float(direction * knot))
        page.number(row, 3, round(float(knot), EXACT_DIGITS))
        for at, part in enumerate((curve.left, curve.at, curve.right)):
            page.number(row, 4 + at, float(part[k]))
        _slope(page, row, curve, k)
    book.rules.curves[curve_key(curve)] = CurveCells(number, first, row)
    return row + 1


def _uses(book: Book, columns: list[ItemColumn]) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    for column in columns:
        out.setdefault(book.say(column.name), []).append(column.year)
    return {name: sorted(set(years)) for name, years in out.items()}


def _slope(page: Page, row: int, curve: Curve, k: int) -> None:
    """Write the slope to the next knot: a formula; nothing beyond the last."""
    if k + 1 == len(curve.knots):
        page.number(row, 7, 0.0)
        return
    rise = (curve.left[k + 1] - curve.right[k]) / (curve.knots[k + 1] - curve.knots[k])
    here, there = row, row + 1
    page.formula(row, 7, f"({cell(there, 4)}-{cell(here, 6)})/({cell(there, 3)}-{cell(here, 3)})", float(rise), NUMBER)


def _vetoes(book: Book, page: Page, row: int) -> int:
    if not book.file.vetoes:
        return row
    effects = {
        "zero_total": Text("总分为零", "total set to nothing"), "zero_category": Text("该类别为零", "category set to nothing"),
        "cap_score": Text("总分封顶", "score capped"), "cap_grade": Text("等次封顶", "grade capped"), "no_award": Text("取消评先", "barred from awards"),
    }  # fmt: skip
    page.section(row, Text("七、一票否决", "Vetoes"))
    row = _heads(page, row + 1, [Text("编号", "id"), Text("事项", "veto"), Text("后果", "effect"), Text("触发", "when"), Text("限于", "limit"), Text("性质", "standing")])  # fmt: skip
    for veto in book.file.vetoes:
        when = f"{veto.when.indicator} {veto.when.operator} {veto.when.at}" if veto.when else "仅凭上报 as reported"
        limit = (
            (book.graded(veto.grade) if veto.grade else "")
            or veto.score
            or (book.categories.get(veto.category, veto.category) if veto.category else "")
        )
        page.band(row, 0, veto.id)
        page.text(row, 1, book.say(veto.name), text_wrap=True)
        page.text(row, 2, book.say(effects[veto.effect]))
        page.text(row, 3, when, text_wrap=True)
        page.text(row, 4, limit)
        page.text(row, 5, book.say(veto.status.text))
        page.grow(row, (book.say(veto.name), WIDTHS[1]), (when, WIDTHS[3]))
        row += 1
    return row
