"""Write the two pages on validation: every golden number beside ours, made by running the library.

运行全部金标准比较，写出“验证”两页。运行：python docs/validation.py

A set whose data are not on this machine keeps the section that the page has; the section says where its data are.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "support"))

from golden_numbers.comparison import Absent, Comparison, GoldenSet, flat  # noqa: E402
from golden_numbers.sets import SETS  # noqa: E402

from suzhou_antidrug.terms import Text  # noqa: E402

LANGUAGES = ("zh", "en")
SHOWN = 4  # so many values of a row are printed, of more only their number
SMALL = 1e-3  # a difference below this share of its tolerance is not printed, be it 0: it differs between machines
KEPT = {
    "repository": Text("库内文件，测试随时重算。", "Kept in the repository; the tests compute it anew."),
    "package": Text(
        "数据来自只供测试安装的软件包，测试重算；缺包时跳过。",
        "The data come from packages that only the tests install; computed anew, skipped where they are absent.",
    ),
    "reference": Text(
        "第三方数据，就地读取，不随库发布；由环境变量 `SUZHOU_ANTIDRUG_REFERENCE` 指明所在。",
        "Third-party data read in place and not shipped; the variable `SUZHOU_ANTIDRUG_REFERENCE` says where they are.",
    ),
}
HEADS = {
    "full": (Text("内容", "what"), Text("金标准值", "golden"), Text("本库", "ours"), Text("最大差", "largest difference"), Text("容差", "tolerance"), Text("结论", "finding")),
    "counts": (Text("内容", "what"), Text("个数", "values"), Text("最大差", "largest difference"), Text("容差", "tolerance"), Text("超出容差", "outside"), Text("结论", "finding")),
    "summary": (Text("集合", "set"), Text("数值", "values"), Text("一致", "equal"), Text("不同，有说明", "differs, explained"), Text("不算，有说明", "not made, explained"), Text("数据", "data")),
}  # fmt: skip
WHERE = {"repository": Text("库内", "repository"), "package": Text("测试包", "test package"), "reference": Text("就地读取", "in place")}  # fmt: skip
EQUAL = Text("一致", "equal")
INTRO = {
    "zh": """# 验证

别处算出或印出的数（金标准值），与本库当场算出的数并排。本页由 `python docs/validation.py` 运行全部比较写成，不手工填数；
测试用同一段代码重算，任何一个数超出容差，或本页与重算不同，测试即失败。

“最大差”对相对容差（rel）是比例，对绝对容差（abs）是原单位；远小于容差的差只写小于多少，因为末位随机器而变。
“内容”照录金标准文件里的名称。“一致”是说差不超过容差。与金标准不同的，逐个写明原因；本库不作的算法也列出，不删去。

```python
import suzhou_antidrug as sa

round(float(sa.rate_ratio([8, 3]).p_value), 7)  # -> 0.2265625
```
""",
    "en": """# Validation

Numbers computed or printed elsewhere (golden numbers) beside those that this library gives now. The page is written by
`python docs/validation.py`, which runs every comparison; nothing is typed. The tests run the same code and fail where a number
leaves its tolerance or the page differs from what would be written.

The largest difference is a share where the tolerance is relative (rel), in the unit of the value where it is absolute (abs);
a difference far below its tolerance is only bounded, since last digits differ between machines. *Equal* means within the
tolerance. What differs on purpose is explained one by one, and methods this library does not have are listed, not left out.

```python
import suzhou_antidrug as sa

round(float(sa.rate_ratio([8, 3]).p_value), 7)  # -> 0.2265625
```
""",
}
AGAIN = {
    "zh": """## 怎样重算

```sh
python -m pytest tests/docs/test_validation.py     # 比较全部金标准值
python docs/validation.py                          # 重写本页
```

就地读取的各组还要 `SUZHOU_ANTIDRUG_REFERENCE=文件夹`。这里没有的验证在别处：性质检验与穷举在 `tests/`，预测的校准在
[校准](calibration.md)，区间的覆盖在[局限](limitations.md)。
""",
    "en": """## How to repeat

```sh
python -m pytest tests/docs/test_validation.py     # compare every golden number
python docs/validation.py                          # write this page anew
```

Sets read in place also need `SUZHOU_ANTIDRUG_REFERENCE=folder`. Other validation is elsewhere: properties and brute force in
`tests/`, the calibration of forecasts in [calibration](calibration.md), coverage of intervals in [limitations](limitations.md).
""",
}


def run() -> dict[str, GoldenSet]:
    """Run every set whose data are here."""
    made = {}
    for name, compare in SETS.items():
        try:
            made[name] = compare()
        except Absent:
            continue
    return made


def page(language: str, made: dict[str, GoldenSet], before: str = "") -> str:
    """Return the page; sets that could not run keep their lines of ``before``."""
    old, old_rows = parts(before), summary_rows(before)
    sections, rows = [], []
    for name in SETS:
        if name in made:
            sections.append(section(made[name], language))
            rows.append(f"<!-- {name} -->" + summary_row(made[name], language))
        elif name in old:
            sections.append(old[name])
            rows.append(f"<!-- {name} -->" + old_rows[name])
    table = _head("summary", language) + "\n".join(r.split("-->", 1)[1] for r in rows) + "\n"
    title = {"zh": "## 总览\n", "en": "## Overview\n"}[language]
    return "\n".join([INTRO[language], title, table, *sections, AGAIN[language]])


def parts(text: str) -> dict[str, str]:
    """Return the sections of a page by the id of their set."""
    return {
        m[2]: m[1].rstrip("\n") + "\n"
        for m in re.finditer(r"^(\(validation-\w\w-(\w+)\)=\n.*?)(?=^\(validation-|^## )", text + "## ", re.M | re.S)
    }


def summary_rows(text: str) -> dict[str, str]:
    return {m[1]: m[0] for m in re.finditer(r"^\| \[[^\]]+\]\(#validation-\w\w-(\w+)\) .*$", text, re.M)}


def summary_row(made: GoldenSet, language: str) -> str:
    counted = [(c, len(list(flat(c.golden)))) for c in made.comparisons]
    equal = sum(n - (c.outside if c.ours is not None else n) for c, n in counted)
    differs = sum(c.outside for c, _ in counted if c.ours is not None)
    absent = sum(n for c, n in counted if c.ours is None)
    total = sum(n for _, n in counted)
    cells = [
        f"[{made.title.in_language(language)}](#validation-{language}-{made.id})",
        f"{total:,}",
        f"{equal:,}",
        differs,
        absent,
    ]
    return _row([*cells, WHERE[made.kept].in_language(language)])


def section(made: GoldenSet, language: str) -> str:
    """Return the heading, source and table of a set."""
    stop, colon = {"zh": ("。", "："), "en": (".", ": ")}[language]
    source = {"zh": "来源", "en": "Source"}[language] + colon + _said(made.source, language) + stop
    lines = [
        f"(validation-{language}-{made.id})=\n### {made.title.in_language(language)}\n",
        f"{source} {KEPT[made.kept].in_language(language)}\n",
    ]
    if not made.full:
        lines.append(_head("counts", language) + "\n".join(_counts(c, language) for c in made.comparisons) + "\n")
    else:
        lines.append(_head("full", language) + "\n".join(_full(c, language) for c in made.comparisons) + "\n")
        lines += _origins(made, language)
    notes = [f"{note.in_language(language)}\n" for note in made.notes]
    return "\n".join([*lines, *notes]).rstrip("\n") + "\n"


def _origins(made: GoldenSet, language: str) -> list[str]:
    """Return where each row comes from, rows of one origin together."""
    grouped: dict[str, list[str]] = {}
    for c in made.comparisons:
        if c.source:
            grouped.setdefault(_said(c.source, language), []).append(_said(c.what, language).split(" · ")[0])
    lines = [f"- `{'`, `'.join(dict.fromkeys(names))}`: {_link(source)}" for source, names in grouped.items()]
    return ["\n".join(lines) + "\n"] if lines else []


def _full(c: Comparison, language: str) -> str:
    return _row(
        [
            _said(c.what, language),
            _values(c.golden),
            "—" if c.ours is None else _values(c.ours),
            _difference(c),
            _tolerance(c),
            _finding(c, language),
        ]
    )


def _counts(c: Comparison, language: str) -> str:
    return _row(
        [
            _said(c.what, language),
            f"{len(list(flat(c.golden))):,}",
            _difference(c),
            _tolerance(c),
            c.outside,
            _finding(c, language),
        ]
    )


def _finding(c: Comparison, language: str) -> str:
    if c.agrees:
        return EQUAL.in_language(language)
    return c.reason.in_language(language) if c.reason else "**?**"


def _difference(c: Comparison) -> str:
    if c.ours is None:
        return "—"
    if c.largest < SMALL * c.tolerance:
        return f"< {SMALL * c.tolerance:.0e}"
    if c.largest == 0:
        return "0"
    return f"{c.largest:.1e}" if c.largest < 0.01 else f"{c.largest:.2g}"


def _tolerance(c: Comparison) -> str:
    return "0" if c.tolerance == 0 else f"{c.tolerance:.2g} {c.kind}"


def _values(value: object) -> str:
    values = list(flat(value))
    if len(values) > SHOWN:
        return f"{_number(values[0])} … {_number(values[-1])} ({len(values)})"
    return ", ".join(map(_number, values))


def _number(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if value is None or isinstance(value, str):
        return "—" if value is None else value
    return "—" if np.isnan(value) else f"{float(value):.6g}"


def _said(value: str | Text, language: str) -> str:
    return value.in_language(language) if isinstance(value, Text) else value


def _link(text: str) -> str:
    return re.sub(r"https?://[^\s;，；）)]+", lambda m: f"<{m[0]}>", text)


def _head(name: str, language: str) -> str:
    head = [h.in_language(language) for h in HEADS[name]]
    return _row(head) + "\n" + _row(["---"] * len(head)) + "\n"


def _row(cells: list[object]) -> str:
    return "| " + " | ".join(str(c).replace("|", "\\|").replace("<", "&lt;") for c in cells) + " |"


def main() -> None:
    """Write both pages."""
    made = run()
    for language in LANGUAGES:
        path = HERE / language / "validation.md"
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.write_text(page(language, made, before), encoding="utf-8")


if __name__ == "__main__":
    main()
