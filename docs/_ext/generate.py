"""Make what the pages include: tables from the plan and the data, pictures from the layer contract, notebook copies."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import many_plans
import pictures

sys.path.insert(0, str(Path(__file__).parents[1]))

import gallery

import suzhou_antidrug as sa
from suzhou_antidrug.terms import Text, use_language

LANGUAGES = ("zh", "en")
GROUPS = {
    "decrease": Text("明显下降", "marked decrease"),
    "hundred": Text("百分之百", "100 %"),
    "zero": Text("零发生", "none at all"),
}
YES = Text("是", "yes")


def generate(docs: Path) -> None:
    """Write tables and pictures to ``_generated`` and copy the notebooks beside the pages."""
    made = docs / "_generated"
    made.mkdir(exist_ok=True)
    for language in LANGUAGES:
        with use_language(language):
            for name, text in tables(language).items():
                _write(made / f"{name}-{language}.md", text)
            _write(made / f"layers-{language}.svg", pictures.layers(docs.parent / "pyproject.toml", language))
            _write(made / f"flow-{language}.svg", pictures.flow(language))
            _write(made / f"plans-{language}.svg", many_plans.figure(language))
    gallery.write(made)
    _copy_notebooks(docs.parent / "notebooks", docs / "notebooks")


def _write(path: Path, text: str) -> None:
    """Write only what changed, so that an unchanged page is not built again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _copy_notebooks(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for notebook in sorted(source.glob("*.ipynb")):
        copy = target / notebook.name
        if not copy.exists() or copy.read_bytes() != notebook.read_bytes():
            shutil.copyfile(notebook, copy)


def tables(language: str) -> dict[str, str]:
    """Return every generated table of a language as Markdown, by name."""
    plan = sa.load_plan("suzhou-2020")
    return {
        "targets": targets(plan),
        "readings": readings(plan, language),
        "differences": differences(plan, language),
        "ledger": ledger(plan, language),
        "datasets": datasets(language),
        "near_targets": near_targets(language),
        "indicators": indicators(plan, language),
        "league": league(),
        "columns": columns(language),
        "rules": rules(),
        "faults": faults(),
        "public_names": public_names(language),
        **many_plans.tables(table),
    }


def table(head: Sequence[Text], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; text is escaped."""
    lines = [" | ".join(str(h) for h in head), " | ".join("---" for _ in head)]
    lines += [" | ".join(_cell(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    if text.startswith("{py:obj}"):
        return text
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;").replace("\n", " ") or " "


def targets(plan: sa.Plan) -> str:
    head = (
        Text("序号", "no."),
        Text("名称", "target"),
        Text("代码", "id"),
        Text("类型", "kind"),
        Text("指标", "indicator"),
    )
    rows = ((t.number, t.name, f"`{t.id}`", GROUPS[t.group], plan.indicator(t.indicator).name) for t in plan.targets)
    return table(head, rows)


def readings(plan: sa.Plan, language: str) -> str:
    head = (Text("原文", "wording"), Text("读法", "reading"), Text("含义", "meaning"), Text("默认", "default"))
    rows = []
    for ambiguity in plan.ambiguities.values():
        for number, reading in enumerate(ambiguity.readings):
            wording = f"{ambiguity.wording}（{ambiguity.clause}）" if number == 0 else ""
            mark = YES if reading.default else "" if reading.computable else Text("不可计算", "not computable")
            rows.append((wording, f"`{reading.id}`", reading.says, mark))
    return table(head, rows)


def differences(plan: sa.Plan, language: str) -> str:
    head = (Text("任务", "task"), Text("附件", "annex"), Text("正文", "body"), Text("处理", "what follows"))
    return table(head, ((d.task, d.annex, d.body, d.consequence) for d in plan.differences))


def ledger(plan: sa.Plan, language: str) -> str:
    kinds = {
        "quantified": Text("有目标值", "thresholds"),
        "deliverable": Text("有工作成果", "deliverables"),
        "narrative": Text("只有文字", "words only"),
    }
    head = (
        Text("任务", "task"), Text("名称", "name"), Text("建模", "modelled"), Text("目标值", "thresholds"),
        Text("工作成果", "deliverables"), Text("未建模及原因", "not modelled, and why"),
    )  # fmt: skip
    rows = (
        (t.number, t.name, kinds[t.modelled], len(t.milestones), len(t.deliverables), Text("；", "; ").in_language(language).join(map(str, t.not_modelled)))
        for t in plan.tasks
    )  # fmt: skip
    return table(head, rows)


def datasets(language: str) -> str:
    import pandas as pd

    head = (
        Text("名称", "name"),
        Text("内容", "what"),
        Text("行数", "rows"),
        Text("状态", "status"),
        Text("许可", "licence"),
    )
    rows = (
        (f"`{r.name}`", getattr(r, f"title_{language}"), "—" if r.rows is pd.NA else r.rows, sa.Status(r.status).text, r.licence)
        for r in sa.list_datasets().itertuples()
    )  # fmt: skip
    return table(head, rows)


def near_targets(language: str) -> str:
    head = (
        Text("靠近的目标", "near target"),
        Text("地区", "place"),
        Text("公布序列", "published series"),
        Text("关系与限度", "relation and limits"),
    )
    plan = sa.load_plan("suzhou-2020")
    rows = ((plan.target(s.target).name, s.place, s.name, s.relation) for s in sa.near_series())
    return table(head, rows)


def league() -> str:
    from suzhou_antidrug.outlook.league import IN_SAMPLE, LEFT_OUT, load_league

    head = (
        Text("方法", "method"),
        Text("技巧分", "Brier skill"),
        Text("95% 自助区间", "95 % interval"),
        Text("胜过随机游走", "beats the walk"),
        Text("斜率", "slope"),
        Text("校准误差", "error"),
        Text("CRPS", "CRPS"),
        Text("80% 覆盖", "80 % covers"),
        Text("95% 覆盖", "95 % covers"),
        Text("无预测", "no forecast"),
    )
    seen = {
        IN_SAMPLE: Text("（见过这些来源）", " (saw these sources)"),
        LEFT_OUT: Text("（留出来源）", " (source left out)"),
    }
    rows = (
        (
            f"{Text(r.name_zh, r.name_en)}{seen.get(r.learned, '')}",
            f"{r.brier_skill:+.3f}", f"{r.skill_low:+.2f}, {r.skill_high:+.2f}", f"{r.better_than_walk} / {r.sources}",
            f"{r.slope:.2f}", f"{r.ece:.3f}", f"{r.crps:.2f}", f"{r.cover80:.1%}", f"{r.cover95:.1%}", f"{r.failed:.0%}",
        )
        for r in load_league().frame.itertuples()
    )  # fmt: skip
    return table(head, rows)


def indicators(plan: sa.Plan, language: str) -> str:
    head = (
        Text("指标", "indicator"),
        Text("代码", "id"),
        Text("单位", "unit"),
        Text("定义", "definition"),
        Text("定义状态", "standing"),
    )
    rows = (
        (i.name, f"`{i.id}`", f"`{i.unit}`", i.definition, i.definition_status.text) for i in plan.indicators.values()
    )
    return table(head, rows)


def columns(language: str) -> str:
    from suzhou_antidrug.returns.schema import COLUMNS

    head = (Text("列名", "header"), Text("代码", "id"), Text("也可写作", "also read as"))
    return table(head, ((c.name, f"`{c.id}`", " · ".join(c.aliases)) for c in COLUMNS))


def rules() -> str:
    """Return what is normalised when returns are read."""
    from suzhou_antidrug.returns.cleaning import RULES

    head = (Text("规则", "rule"), Text("做了什么", "what is done"))
    return table(head, ((f"`{name}`", text) for name, text in RULES.items()))


def faults() -> str:
    """Return what is refused in a cell that should hold a number."""
    from suzhou_antidrug.returns.cleaning import FAULTS

    head = (Text("不收的写法", "what is refused"), Text("怎么办", "what to do"))
    return table(head, ((Text(w.zh, w.en), Text(w.advice_zh, w.advice_en)) for w in FAULTS.values()))


def public_names(language: str) -> str:
    """Return a table of every public name with the first line of its docstring."""
    head = (Text("名称", "name"), Text("说明", "what it does"))
    rows = []
    for name in sorted(sa.__all__, key=str.casefold):
        if name.startswith("__"):
            continue
        target = getattr(sa, name)
        rows.append(
            (f"{{py:obj}}`{name} <{target.__module__}.{target.__name__}>`", summary(target.__doc__ or "", language))
        )
    return table(head, rows)


def summary(doc: str, language: str) -> str:
    """Return the summary of a bilingual docstring: its first English or Chinese sentence."""
    paragraphs = [" ".join(p.split()) for p in doc.strip().split("\n\n")[:2]]
    text = paragraphs[0] if "  " in doc.strip().split("\n\n")[0] or len(paragraphs) == 1 else " ".join(paragraphs)
    first = next((i for i, c in enumerate(text) if "\u4e00" <= c <= "\u9fff"), len(text))
    english, chinese = text[:first].rstrip(" (《“"), text[first:]
    return (chinese.split("。")[0] if language == "zh" and chinese else english).strip() or english
