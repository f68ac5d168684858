"""The sheets beside the scores: what the book is, verdicts, intervals of ranks, sources.

说明、总目标、名次区间、来源各表。
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import Problem, ReturnsError
from ...provenance import Status, package_version
from ...terms import Text
from ...verdicts import Verdict, probability_text
from .pages import BAD, FAIR, GOOD, GREY, HEADER_ROW, NUMBER, POINTS, SHARE, WHOLE, Page, cell
from .places import Book

if TYPE_CHECKING:
    import pandas as pd

    from ...appraisal.robustness.study import RobustnessStudy

VERDICT_COLUMNS = ("target", "division", "verdict")
ORDER = Text(
    "评分项 → 类别 → 加分(封顶) → 扣分 → 总分限额 → 一票否决 → 取舍 → 等次 → 名次",
    "items, categories, bonus (capped), deductions, limit of the total, vetoes, rounding, grade, rank",
)


def write_notes(book: Book, page: Page, *, targets: bool, ranks: bool, show_small: str | None = None) -> None:
    """Write what the book is, how far it may be trusted and how to recompute it.  写说明。"""
    card, file, plan = book.card, book.file, book.card.plan
    page.title(Text(f"{plan.name.zh} 考评工作簿", "Score workbook"), book.standing, f"{plan.document.number}  {plan.name.en}")  # fmt: skip
    page.sheet.set_column(0, 0, 16)
    page.sheet.set_column(1, 1, 118)
    data = card.inputs.values.made
    sheets = ["得分", "计分明细", "规则", *(["总目标"] if targets else []), *(["名次区间"] if ranks else []), "来源"]
    readings = "；".join(f"{a} = {r}" for a, r in sorted(card.inputs.readings.items())) or "各歧义取默认读法 the default readings"  # fmt: skip
    notes = [
        ("这是什么", f"{'、'.join(str(c.year) for c in card.years)} 年各单位与全市的考评得分，逐分可查、可重算。\nScores of divisions and city, every point traced to its clause."),
        ("数据状态", f"{data.status.text.zh}。{'合成数据仅供演示，不代表任何单位的实际情况。' if data.status is Status.SYNTHETIC else ''}\n{data.status.text.en}."),
        ("规则性质", f"{file.name.zh}（{file.id} {file.version}）：{file.status.text.zh}。{file.why.zh}\n{file.name.en}: {file.status.text.en}. {file.why.en}"),
        ("工作表", "、".join(sheets)),
        ("计分次序", f"{ORDER.zh}\n{ORDER.en}"),
        ("怎样重算", "改动“计分明细”或“规则”中的黄色单元格，Excel、WPS、LibreOffice 即重算得分、等次与名次；与原值对照可用“得分”表。全市数由各单位汇总的，随之而变。\nChange a yellow cell; scores, grades and ranks follow. City figures pooled from divisions follow too."),
        ("比较精度", "数值在 12 位小数上与界点比较，达标按“分子 − 任务 × 分母”在 9 位小数上判断：999/1000 不等于 100%，录入的 0.9 等于 90%。软件本身只比较 15 位有效数字。\nValues meet knots at 12 decimals, milestones by k - m n at 9 decimals; spreadsheets compare 15 digits."),
        ("不是公式的", "最坏、最好及其等次(有缺项、评定分歧或待定否决时)，一票否决改变的得分与等次，加权类别的已评比重，加权汇总的全市数，曲线界点(由年度任务推得)。各有批注或说明。\nValues, not formulas: bounds where something is open, what a veto set, share assessed of weighted categories, weighted means of the city, knots of curves."),
        ("缺项", "缺报、不可评不等于零：" + ("不计入得分，另列最坏、最好；两者等次不同即为“不可定”。" if file.missing == "reweight" else "本规则按零分计。") + "\nWhat is missing is not zero."),
        ("读法", readings),
        *([("小数", f"涉及人与案的小数未抑制，理由：{show_small}\nSmall counts are shown for the reason given.")] if show_small else []),
        ("版本与指纹", f"suzhou_antidrug {package_version()}；规则 {card.rules.fingerprint}；规划 {plan.fingerprint}；数据 {data.fingerprint}；考评 {card.made.fingerprint}"),
    ]  # fmt: skip
    row = HEADER_ROW
    for what, says in notes:
        page.band(row, 0, what, bold=True, valign="top")
        page.text(row, 1, says, text_wrap=True, valign="top")
        page.grow(row, (says, 122))
        row += 1
    if page.removed.count:
        page.band(row, 0, "已去除字符", bold=True)
        page.text(row, 1, f"文字中有 {page.removed.count} 个控制字符，未写入。 {page.removed.count} control characters were left out.")  # fmt: skip
        row += 1
    page.printing(book.standing, rows=row, columns=2, header_row=None)


def check_verdicts(verdicts: pd.DataFrame | None) -> None:
    """Raise :class:`~suzhou_antidrug.errors.ReturnsError` for verdicts without their columns.  核对评判表的列。"""
    if verdicts is None:
        return
    lacking = [c for c in VERDICT_COLUMNS if c not in verdicts]
    if lacking:
        raise ReturnsError([Problem("column_missing", f"the column {c} is missing.", f"缺少列 {c}。", file="verdicts", column=c) for c in lacking])  # fmt: skip


TARGET_HEADS: tuple[tuple[str, Text, float, str], ...] = (
    ("target", Text("总目标", "target"), 30, "target"), ("division", Text("单位", "place"), 14, "place"),
    ("origin", Text("预测起点", "origin"), 9, WHOLE), ("by", Text("到期", "by"), 7, WHOLE), ("base", Text("基期值", "base"), 11, NUMBER),
    ("threshold", Text("目标值", "threshold"), 10, NUMBER), ("probability", Text("概率", "probability"), 9, "probability"),
    ("chance_without_change", Text("形势不变的概率", "without change"), 11, "probability"), ("verdict", Text("评判", "verdict"), 11, "verdict"),
    ("reason", Text("理由", "reason"), 34, "reason"), ("reading", Text("读法", "reading"), 44, "reading"), ("actual", Text("实际值", "actual"), 10, NUMBER),
    ("status", Text("数据状态", "status"), 10, "status"),
)  # fmt: skip


def write_targets(book: Book, page: Page, verdicts: pd.DataFrame) -> None:
    """Write the verdicts on headline targets.  写总目标评判。"""
    page.title(Text("总目标", "Headline targets"), book.standing, "概率由模拟得出，两位以内，不是公式；证据不足、不可评不等于未达成。 Probabilities are simulated, no formulas.")  # fmt: skip
    shown = [h for h in TARGET_HEADS if h[0] in verdicts or (h[0] == "reason" and "reason_zh" in verdicts)]
    page.header(HEADER_ROW, [(words, width) for _, words, width, _ in shown])
    for row, found in enumerate(verdicts.to_dict("records"), start=HEADER_ROW + 1):
        _target_row(book, page, row, {str(k): v for k, v in found.items()}, shown)
    last = HEADER_ROW + len(verdicts)
    at = [h[0] for h in shown].index("verdict")
    for verdict, colour in ((Verdict.MET, GOOD), (Verdict.NOT_MET, BAD), (Verdict.INSUFFICIENT_EVIDENCE, FAIR), (Verdict.NOT_ASSESSABLE, GREY)):  # fmt: skip
        page.mark(f"{cell(HEADER_ROW + 1, at)}:{cell(max(last, HEADER_ROW + 1), at)}", book.say(verdict.text), colour)
    page.sheet.freeze_panes(HEADER_ROW + 1, 2)
    page.printing(book.standing, rows=last + 1, columns=len(shown))


def _target_row(book: Book, page: Page, row: int, found: dict[str, Any], shown: list[tuple[str, Text, float, str]]) -> None:  # fmt: skip
    names = {t.id: t.name for t in book.card.plan.targets}
    places = dict(zip(book.places, book.place_names, strict=True))
    said = f"reason_{book.language}"
    reason = str(found.get(said, found.get("reason", "")))
    for at, (key, _, width, kind) in enumerate(shown):
        value = found.get(key)
        blank = value is None or (isinstance(value, float) and value != value)
        if kind == "target":
            name = book.say(names[str(value)]) if str(value) in names else str(value)
            page.text(row, at, name, text_wrap=True)
        elif kind == "place":
            page.text(row, at, places.get(str(value), str(value)))
        elif kind == "reason":
            page.text(row, at, reason, text_wrap=True)
            page.grow(row, (reason, width), (_readings_said(book, found.get("reading")), 54))
        elif kind == "reading":
            page.text(row, at, _readings_said(book, value), text_wrap=True, font_size=9)
        elif kind == "verdict":
            known = str(value) in list(Verdict)
            page.text(row, at, book.say(Verdict(str(value)).text) if known else str(value), align="center", bold=True)
        elif kind == "probability":
            page.text(row, at, "—" if value is None or blank else probability_text(float(value)), align="right")
        elif kind == "status":
            page.text(row, at, book.say(Status(str(value)).text) if str(value) in list(Status) else str(value), align="center")  # fmt: skip
        elif kind == "text" or isinstance(value, str):
            page.text(row, at, "" if blank else value, text_wrap=True, font_size=9)
        else:
            page.number(row, at, None if value is None or blank else float(value), kind)


def _readings_said(book: Book, readings: object) -> str:
    """Return readings in words: ``ambiguity=reading;...`` as the main job writes them, or the text as it is."""
    said = []
    for part in str(readings or "").split(";"):
        name, _, reading = part.partition("=")
        known = book.card.plan.ambiguities.get(name)
        found = next((r for r in known.readings if r.id == reading), None) if known is not None else None
        said.append(book.say(found.says) if found is not None else part)
    return "；".join(said)


RANK_HEADS: tuple[tuple[str, Text, float, str], ...] = (
    ("unit", Text("单位", "place"), 16, "text"), ("year", Text("年度", "year"), 8, WHOLE), ("score", Text("得分", "score"), 10, POINTS),
    ("score_low", Text("得分下限", "score, low"), 10, "0.00"), ("score_high", Text("得分上限", "score, high"), 10, "0.00"),
    ("rank", Text("名次", "rank"), 8, WHOLE), ("rank_low", Text("名次最好", "rank, best"), 9, WHOLE), ("rank_median", Text("名次中位", "rank, median"), 9, WHOLE),
    ("rank_high", Text("名次最坏", "rank, worst"), 9, WHOLE), ("chance_top", Text("居前概率", "chance at the top"), 10, "0%"),
    ("grade", Text("等次", "grade"), 10, "text"), ("chance_grade", Text("等次不变", "chance of grade"), 10, "0%"), ("scored", Text("可计分", "scored"), 9, SHARE),
)  # fmt: skip


def write_ranks(book: Book, page: Page, study: RobustnessStudy) -> None:
    """Write how far ranks and grades move under other fair choices.  写名次区间。"""
    frame = study.frame
    page.title(
        Text("名次区间", "Intervals of ranks"), book.standing,
        f"换一种合理做法时名次与等次会否改变：{len(study.levels)} 次运行，{study.level:.0%} 区间，居前指前 {study.top} 名，种子 {study.made.seed}。数值，不是公式。 Simulated values, no formulas.",
    )  # fmt: skip
    shown = [h for h in RANK_HEADS if h[0] in frame]
    page.header(HEADER_ROW, [(words, width) for _, words, width, _ in shown], height=46)
    names = {unit: book.say(text) for unit, text in study.names.items()}
    row = HEADER_ROW + 1
    for found in frame.astype(object).where(frame.notna(), None).to_dict("records"):
        for at, (key, _, _, kind) in enumerate(shown):
            value = found[key]
            if kind == "text":
                said = "—" if value in (None, "-") else names.get(str(value), book.graded(str(value)))
                page.text(row, at, said, align="left" if key == "unit" else "center")
            else:
                page.number(row, at, None if value is None else float(value), kind)
        row += 1
    page.section(row + 1, Text("变动的选择", "What was varied: the first option is the declared one"))
    row += 2
    for choice in study.choices:
        options = "噪声 noise" if choice.is_noise else "、".join(str(o) for o in choice.options)
        page.band(row, 0, book.say(choice.text), text_wrap=True)
        page.sheet.merge_range(row, 1, row, len(shown) - 1, "", page.styles(**page.base, text_wrap=True))
        page.text(row, 1, options, text_wrap=True)
        page.grow(row, (options, 100), (book.say(choice.text), 15))
        row += 1
    page.sheet.freeze_panes(HEADER_ROW + 1, 2)
    page.printing(book.standing, rows=row, columns=len(shown))


def write_sources(book: Book, page: Page) -> None:
    """Write the sources of plan and rules, and what the words of status mean.  写来源与状态用语。"""
    plan, file = book.card.plan, book.file
    page.title(Text("来源", "Sources"), book.standing, "规划、规则的出处，以及状态用语。 Where plan and rules were read, and the words of status.")  # fmt: skip
    page.header(HEADER_ROW, [(Text("类别", "kind"), 14), (Text("名称", "title"), 62), (Text("出处", "where"), 52), (Text("日期、内容", "date, content"), 40)])  # fmt: skip
    document = plan.document
    own = plan.sources.get(document.source)
    rows = [("规划 plan", f"{document.number} {document.title.zh}", own.url if own else document.issuer.zh, document.published)]  # fmt: skip
    rows += [("定义 definition", s.title, s.url or s.publisher, s.published) for s in plan.sources.values() if s is not own]  # fmt: skip
    rows += [("规则 rules", f"{file.name.zh} {file.id} {file.version}", f"指纹 {book.card.rules.fingerprint}", f"{file.status.text.zh} {file.status.text.en}")]  # fmt: skip
    rows += [("规则来源 rules", s.title, s.path, s.of) for s in file.sources]
    meaning = {
        Status.OFFICIAL: "规划或其他法定文本所载 stands in a legal text", Status.PUBLISHED: "见于所注来源 seen at a named source",
        Status.REPORTED: "使用者上报 handed in by the user", Status.COMPUTED: "由上述数字算出 follows from such figures",
        Status.UNVERIFIED: "未核实 not checked", Status.ASSUMED: "本库假定，须由正式规定替换 assumed, to be replaced",
        Status.SYNTHETIC: "虚构，仅供演示 made up, for demonstration",
    }  # fmt: skip
    rows += [("状态 status", f"{s.text.zh} {s.text.en}", said, "") for s, said in meaning.items()]
    for row, parts in enumerate(rows, start=HEADER_ROW + 1):
        page.band(row, 0, parts[0])
        for at, part in enumerate(parts[1:], start=1):
            page.text(row, at, part, text_wrap=True)
        page.grow(row, (parts[1], 60), (parts[2], 50), (parts[3], 38))
    page.sheet.freeze_panes(HEADER_ROW + 1, 0)
    page.printing(book.standing, rows=HEADER_ROW + 1 + len(rows), columns=4)
