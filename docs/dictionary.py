"""Write the two pages of the data dictionary from the schema of returns and the data package.

由报表格式与数据包说明写出数据字典两页。运行：python docs/dictionary.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from suzhou_antidrug.column_names import column_name, known_column
from suzhou_antidrug.geography import load_geography
from suzhou_antidrug.provenance import Status
from suzhou_antidrug.returns.schema import COLUMNS, FREQUENCY_NAMES, ROW_STATUSES
from suzhou_antidrug.returns.units import UNITS
from suzhou_antidrug.terms import Text

HERE = Path(__file__).parent
LANGUAGES = ("zh", "en")
# What a column of a return means, and what it may hold; a column without an entry fails the test.
MEANINGS: dict[str, tuple[Text, Text]] = {
    "indicator": (Text("填报的指标", "the indicator reported"), Text("规划中的指标名称", "a name of an indicator of the plan")),
    "indicator_id": (Text("指标的代码，可代替名称", "the id of the indicator, instead of its name"), Text("规划中的指标代码", "an id of the plan")),
    "division": (Text("填报的县级市（区），或全市", "the division, or the city"), Text("规划的地区及其别名", "a division of the plan, or an alias of one")),
    "period": (Text("数字所属的时期", "the period of the figure"), Text("2020、2020H1、2020Q1、2020-01，依指标的频率", "2020, 2020H1, 2020Q1 or 2020-01, as the indicator is reported")),
    "numerator": (Text("分子；计数指标即该数", "the numerator; of a count the count itself"), Text("不小于零；计数须为整数；不大于分母（比例）", "zero or above; whole for counts; at most the denominator of a share")),
    "denominator": (Text("分母，或暴露量", "the denominator, or the exposure"), Text("不小于零", "zero or above")),
    "value": (Text("数值；有分子分母的由程序算", "the value; computed where both parts are given"), Text("比例填 0.9 或 90%；留空为缺报，不是零", "shares as 0.9 or 90%; blank is missing, never zero")),
    "unit": (Text("单位", "the unit"), Text("见下表；须为指标的单位", "see below; it must be the unit of the indicator")),
    "status": (Text("数据状态", "the status of the row"), Text("、", ", ")),
    "source": (Text("数字的来源", "where the figure comes from"), Text("文字；不得含个人信息", "text; nothing that marks a person")),
    "definition": (Text("口径；与往年不同时写明", "the definition in use, where it changed"), Text("文字；前后不同的年份不比较", "text; years of different definitions are not compared")),
    "note": (Text("备注", "a note"), Text("文字；不得含个人信息", "text; nothing that marks a person")),
    "guide": (Text("模板中的填报说明，读取时不用", "guidance in the template, not read"), Text("—", "—")),
}  # fmt: skip
HEADS = {
    "returns": (Text("列", "column"), Text("代码", "id"), Text("含义", "meaning"), Text("可填", "what it may hold")),
    "units": (Text("单位", "unit"), Text("代码", "id"), Text("类别", "kind"), Text("也可写作", "also read as")),
    "fields": (Text("列", "column"), Text("类型", "type"), Text("单位", "unit"), Text("含义", "meaning"), Text("限制", "constraints")),
}  # fmt: skip
TYPES = {
    "string": Text("文字", "text"), "integer": Text("整数", "whole number"), "number": Text("数", "number"),
    "boolean": Text("是否", "true or false"), "date": Text("日期", "date"), "year": Text("年", "year"),
    "yearmonth": Text("年月", "year and month"), "any": Text("任意", "any"),
}  # fmt: skip
KINDS = {
    "count": Text("计数", "count"), "measure": Text("计量", "measure"), "share": Text("比例", "share"),
    "rate": Text("率", "rate"), "index": Text("指数", "index"),
}  # fmt: skip
_FULL = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}


def page(language: str) -> str:
    """Return the page of a language as Markdown."""
    said = Text("数据字典", "Data dictionary").in_language(language)
    intro = Text(
        "报表各列，与每个自带数据文件各列的含义、单位、类型与可取值。本页由格式定义与 `datapackage.json` 生成，文件各列的英文说明照录。",
        "What every column of a return and of every bundled file means: unit, type and what it may hold. Generated from the\n"
        "schema of returns and from `datapackage.json`; meanings of the files' columns are given there in English.",
    )
    parts = [f"# {said}\n\n{intro.in_language(language)}\n", _returns(language), _units(language), _files(language)]
    return "\n".join(parts)


def _returns(language: str) -> str:
    rows = []
    for column in COLUMNS:
        meaning, allowed = MEANINGS[column.id]
        if column.id == "status":
            allowed = Text(
                "、".join(t.zh for t in ROW_STATUSES.values()), ", ".join(t.en for t in ROW_STATUSES.values())
            )
        rows.append((column.name, f"`{column.id}`", meaning, allowed))
    text = _heading("报表各列", "Columns of a return", language) + _table("returns", rows, language)
    often = Text("、".join(t.zh for t in FREQUENCY_NAMES.values()), ", ".join(t.en for t in FREQUENCY_NAMES.values()))
    places = load_geography("suzhou")
    names = Text("、".join(d.name.zh for d in places.divisions), ", ".join(d.name.en for d in places.divisions))
    return text + Text(
        f"\n填报频率有：{often.zh}。苏州的地区：{names.zh}；全市另有一行时只作核对。\n",
        f"\nIndicators are reported {often.en}. The divisions of Suzhou: {names.en}; a row of the city is a check only.\n",
    ).in_language(language)


def _units(language: str) -> str:
    rows = [(u.name, f"`{u.id}`", KINDS[u.kind], " · ".join(u.aliases)) for u in UNITS.values()]
    note = Text(
        "人、人次、起互不换算。\n\n", "Persons, person-times and cases are never converted into each other.\n\n"
    )
    return _heading("单位", "Units", language) + note.in_language(language) + _table("units", rows, language)


def _files(language: str) -> str:
    package = json.loads((HERE.parent / "datasets" / "datapackage.json").read_text(encoding="utf-8"))
    parts = [_heading("自带数据文件", "Bundled files", language)]
    for resource in package["resources"]:
        title = Text(resource["title_zh"], resource["title"])
        traps = [Text(t["zh"], t["en"]) for t in resource.get("traps", [])]
        facts = Text(
            f"`{resource['path']}`，{Status(resource['status']).text.zh}，{resource['licenses'][0]['name']}。",
            f"`{resource['path']}`, {Status(resource['status']).text.en}, {resource['licenses'][0]['name']}.",
        )
        parts.append(f"### {_plain(title.in_language(language), language)}\n\n{facts.in_language(language)}\n")
        if traps:
            parts.append("\n".join(f"- {_plain(t.in_language(language), language)}" for t in traps) + "\n")
        fields = resource.get("schema", {}).get("fields", [])
        if fields:
            parts.append(_table("fields", [_field(f, language) for f in fields], language))
    return "\n".join(parts)


def _field(field: dict[str, Any], language: str) -> tuple[object, ...]:
    meaning = field.get("description") or field.get("title") or ""
    if language == "zh" and known_column(field["name"]):
        meaning = f"{column_name(field['name'], 'zh')}（{meaning}）"
    held = "; ".join(f"{k} {v if not isinstance(v, list) else ' · '.join(map(str, v))}" for k, v in field.get("constraints", {}).items() if v is not True)  # fmt: skip
    flags = [k for k, v in field.get("constraints", {}).items() if v is True]
    kind = TYPES.get(field.get("type", "any"), field.get("type", ""))
    return f"`{field['name']}`", kind, field.get("unit", ""), meaning, "; ".join([*flags, *([held] if held else [])])


def _heading(zh: str, en: str, language: str) -> str:
    return f"## {zh if language == 'zh' else en}\n\n"


def _table(name: str, rows: list[tuple[object, ...]], language: str) -> str:
    head = [h.in_language(language) for h in HEADS[name]]
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(_cell(cell, language) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def _cell(value: object, language: str) -> str:
    text = value.in_language(language) if isinstance(value, Text) else str(value)
    if text.startswith("`"):
        return text
    return _plain(text, language).replace("|", "\\|") or " "


def _plain(text: str, language: str) -> str:
    text = text.replace("*", "\\*").replace("<", "&lt;").replace("\n", " ")
    if language == "zh":
        text = re.sub(r"(?<=[\u4e00-\u9fff])[,;:?!]|[,;:?!](?=[\u4e00-\u9fff])", lambda m: _FULL[m[0]], text)
    return text


if __name__ == "__main__":
    for language in LANGUAGES:
        (HERE / language / "dictionary.md").write_text(page(language), encoding="utf-8")
