"""Write the two pages of the error catalogue.

写出错误目录的两页（中、英）。运行：python docs/error_pages.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from error_catalogue import Entry, collect  # noqa: E402
from error_cures import CURES, WRITTEN  # noqa: E402

ROOMS = {
    "returns": ("报表", "Returns"),
    "plan": ("规划文件", "Plan files"),
    "geography": ("地区", "Geography"),
    "datasets": ("自带数据", "Bundled data"),
    "indicators": ("指标", "Indicators"),
    "indicators/intervals": ("区间", "Intervals"),
    "indicators/wastewater": ("污水监测", "Wastewater"),
    "indicators/relapse": ("复吸", "Relapse"),
    "indicators/precursors": ("易制毒化学品", "Precursors"),
    "indicators/crime": ("涉毒犯罪", "Crime"),
    "outlook": ("前景", "Outlook"),
    "outlook/trend": ("趋势", "Trend"),
    "appraisal": ("考评", "Appraisal"),
    "appraisal/rules": ("考评规则文件", "Appraisal rules"),
    "appraisal/scoring": ("计分", "Scoring"),
    "appraisal/composite": ("综合指数", "Composite indices"),
    "appraisal/robustness": ("稳健性", "Robustness"),
    "appraisal/progress": ("进度办法", "Progress systems"),
    "evaluation": ("主任务与输出", "The main job and its output"),
    "report": ("报告", "Reports"),
    "disclosure": ("披露控制", "Disclosure control"),
    "cli": ("命令行", "The command"),
    "explorer": ("交互查看", "The explorer"),
    "errors": ("各处通用", "Everywhere"),
}
HEADS = {"zh": ("代码", "原因", "办法"), "en": ("code", "cause", "cure")}
INTRO = {
    "zh": """# 错误目录

用户能改正的错误都是 `sa.AntidrugError`，可由 `error.frame` 列成表：`code` 是代码，`en`、`zh` 说明错在哪里，`advice_en`、`advice_zh`
说明怎么办，另有文件、工作表、行、列、数值。全部问题一次列出。下表按来处列出每个代码；“…”处在报错中是具体的名称或数值。
“办法”取自报错本身；报错未附办法的，此处另写。`severity` 为 `warning` 的只是提醒，不妨碍使用。

```python
import suzhou_antidrug as sa

try:
    sa.load_plan("suzhou-2021")
except sa.AntidrugError as error:
    codes = error.frame["code"].to_list()
codes  # -> ['unknown_name']
```
""",
    "en": """# Error catalogue

Every error that a user can put right is a `sa.AntidrugError` and gives a table, `error.frame`: `code` is the code, `en` and `zh`
say what is wrong, `advice_en` and `advice_zh` what to do, beside file, sheet, row, column and value. All problems come at once.
The tables list every code by where it arises; an ellipsis stands for a name or a number of the case. Cures are those of the
message; where it has none, one is given here. A `severity` of `warning` is a notice and stops nothing.

```python
import suzhou_antidrug as sa

try:
    sa.load_plan("suzhou-2021")
except sa.AntidrugError as error:
    codes = error.frame["code"].to_list()
codes  # -> ['unknown_name']
```
""",
}
_FULL = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}


def entries() -> list[Entry]:
    """Return every entry of the package, those of the source first."""
    found = [e for e in collect(HERE.parent / "suzhou_antidrug") if e.en]
    return [*found, *WRITTEN]


def page(language: str) -> str:
    """Return the page of a language as Markdown."""
    grouped: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries():
        grouped.setdefault(entry.room, {}).setdefault(entry.code, []).append(entry)
    parts = [INTRO[language]]
    for room in [*ROOMS, *sorted(set(grouped) - set(ROOMS))]:
        if room in grouped:
            title = ROOMS.get(room, (room, room))[language == "en"]
            rows = [_row(code, said, language) for code, said in sorted(grouped[room].items())]
            head = f"| {' | '.join(HEADS[language])} |\n| --- | --- | --- |"
            parts.append("\n".join([f"## {title}\n", head, *rows]) + "\n")
    return "\n".join(parts)


def _row(code: str, said: list[Entry], language: str) -> str:
    causes = dict.fromkeys(_ended(getattr(e, language), language) for e in said)
    cures = dict.fromkeys(_ended(t, language) for e in said if e.advice_zh and (t := getattr(e, f"advice_{language}")))
    if not cures:
        cures = {cure(code, language): None}
    gap = "" if language == "zh" else " "
    return f"| `{code}` | {gap.join(causes)} | {gap.join(cures)} |"


def cure(code: str, language: str) -> str:
    """Return what to do about a code whose messages give no advice; KeyError where nothing is written."""
    for zh, en, codes in CURES:
        if code in codes.split():
            return zh if language == "zh" else en
    raise KeyError(f"docs/error_cures.py says nothing of {code}")


def _ended(text: str, language: str) -> str:
    text = " ".join(text.split()).replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;").replace("`", "")
    if language == "zh":
        text = re.sub(r"(?<=[\u4e00-\u9fff])[,;:?!]|[,;:?!](?=[\u4e00-\u9fff])", lambda m: _FULL[m[0]], text)
        return text if text.endswith(("。", "？", "?", "！")) else f"{text}。"
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


if __name__ == "__main__":
    for language in HEADS:
        (HERE / language / "errors.md").write_text(page(language), encoding="utf-8")
