"""Write the two pages on performance from what pytest-benchmark measured.

由 pytest-benchmark 实测的数写出“性能”两页。先测：make benchmark；再写：python docs/performance.py build/benchmark.json

Without a file the pages are written from docs/performance.json, which holds the last figures without the machine's name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from performance_nation import is_national, section

from suzhou_antidrug.terms import Text

HERE = Path(__file__).parent
STORE = HERE / "performance.json"
LANGUAGES = ("zh", "en")
# What each benchmark does, and on how much; one without an entry fails the test.
WORK: dict[str, Text] = {
    "test_appraise": Text("考评计分：3,000 个单位 × 60 项 × 3 年", "an appraisal: 3,000 places × 60 items × 3 years"),
    "test_cliffs": Text("多一起、少一起会怎样：3,000 个单位 × 60 项", "one event more or less: 3,000 places × 60 items"),
    "test_a_thousand_full_reruns": Text("整套考评重算 1,000 次：3,000 个单位 × 60 项 × 3 年，独立进程", "1,000 full re-runs of an appraisal, 3,000 places × 60 items × 3 years, a process of its own"),
    "test_scale_weigh_and_add": Text("综合指数，客观赋权：3,000 个县 × 50 项", "an index with weights from data: 3,000 counties × 50 indicators"),
    "test_copeland": Text("Copeland 排序：3,000 个县 × 50 项", "Copeland's order: 3,000 counties × 50 indicators"),
    "test_benefit_of_the_doubt": Text("最有利权重（线性规划）：300 个县 × 8 项", "benefit of the doubt, linear programmes: 300 counties × 8 indicators"),
    "test_two_periods_of_every_county": Text("两期率比，mid-p 区间：36,000 对", "ratios of two periods, mid-p intervals: 36,000 pairs"),
    "test_shares_of_every_county": Text("比例的区间：180,000 个", "intervals of shares: 180,000"),
    "test_exact_limits_of_a_million_shares": Text("比例的精确区间：1,000,000 个", "exact intervals of shares: 1,000,000"),
    "test_exact_limits_of_a_million_rates": Text("率的精确区间：1,000,000 个", "exact intervals of rates: 1,000,000"),
    "test_lists_of_every_county": Text("名单抽查的上限：3,000 份", "limits from partly checked lists: 3,000"),
    "test_watching_every_county": Text("泊松累积和：3,000 个县 × 60 个月", "Poisson cumulative sums: 3,000 counties × 60 months"),
    "test_grading_ten_thousand_enterprises": Text("企业信用等级：10,000 家、20,000 条记录", "credit grades: 10,000 enterprises, 20,000 acts"),
    "test_shrinking_every_county": Text("小地区收缩：3,000 个县", "shrinkage of small areas: 3,000 counties"),
    "test_speed_of_many_series": Text("预测：3,000 条短序列 × 500 次抽样", "forecasts: 3,000 short series × 500 draws"),
    "test_speed_of_judging": Text("回测评分：1,000 例", "scoring a back-test: 1,000 cases"),
    "test_kaplan_meier_and_cumulative_incidence": Text("操守曲线与竞争风险：1,000,000 人", "abstinence and competing ends: 1,000,000 persons"),
    "test_cox_with_five_covariates": Text("Cox 回归，5 个协变量：1,000,000 人", "Cox regression, 5 covariates: 1,000,000 persons"),
    "test_reading_a_text_file_of_a_hundred_thousand_rows": Text("读报表，CSV：100,000 行", "reading returns, CSV: 100,000 rows"),
    "test_reading_a_workbook_of_a_hundred_thousand_rows[False]": Text("读报表，Excel：100,000 行", "reading returns, Excel: 100,000 rows"),
    "test_reading_a_workbook_of_a_hundred_thousand_rows[True]": Text("读报表，Excel 带公式：100,000 行", "reading returns, Excel with formulas: 100,000 rows"),
    "test_writing_and_reading_the_template": Text("写出填报模板再读回", "writing the template and reading it back"),
    "test_variance_based_indices_of_four_choices": Text("四项选择的 Sobol 指数", "Sobol indices of four choices"),
    "test_rank_three_thousand_units_a_thousand_times": Text("3,000 个单位 3 年，重排 1,000 次", "3,000 units and 3 years ranked 1,000 times"),
    "test_national_panel": Text("污水全流程：3,000 座厂 × 6 种标志物 × 20 季 × 2 个样品", "wastewater from sheet to verdict: 3,000 plants × 6 biomarkers × 20 quarters × 2 samples"),
}  # fmt: skip
HEADS = (Text("做什么", "what"), Text("最快", "fastest"), Text("平均", "mean"), Text("次数", "rounds"), Text("测试", "benchmark"))  # fmt: skip
INTRO = {
    "zh": """# 性能

下列耗时是在 {cores} 核机器上实测的，由 `make benchmark` 记录，不手工填写；机器同时还有别的工作，所以看“最快”。
数据都是为计时造的随机数（合成数据）。

机器：{cores} 核，{cpu}，{system}，Python {python}；{date} 测。
""",
    "en": """# Performance

The times were measured on a machine of {cores} cores and recorded by `make benchmark`; none is typed. The machine had other work
too, so look at the fastest. The data are random numbers made for timing (synthetic).

Machine: {cores} cores, {cpu}, {system}, Python {python}; measured on {date}.
""",
}
REST = {
    "zh": """## 怎样重测

```bash
make benchmark                                  # 只跑计时
python docs/performance.py build/benchmark.json # 重写本页
```

测试里另有上限（`tests/benchmarks`），超过即失败；平时的 `make test` 只各跑一遍，不计时。

## 内存

整套考评重算 1,000 次（独立进程）的峰值内存为 {peak:.0f} MB。

## 全国规模

{nation}
""",
    "en": """## How to repeat

```bash
make benchmark                                  # the timings alone
python docs/performance.py build/benchmark.json # write this page anew
```

The benchmarks have upper bounds of their own (`tests/benchmarks`) and fail above them; the ordinary `make test` runs each once and
times nothing.

## Memory

The peak of the 1,000 full re-runs of an appraisal, in a process of its own, was {peak:.0f} MB.

## Nationwide

{nation}
""",
}


def keep(*files: str | Path) -> dict[str, Any]:
    """Return what is kept of the files of pytest-benchmark: times and kind of machine, not its name."""
    read = [json.loads(Path(f).read_text(encoding="utf-8")) for f in files]
    machine, cpu = read[0]["machine_info"], read[0]["machine_info"]["cpu"]
    rows = {}
    for benchmark in (b for r in read for b in r["benchmarks"]):
        stats = benchmark["stats"]
        times = {"fastest": stats["min"], "mean": stats["mean"], "rounds": stats["rounds"]}
        rows[benchmark["name"]] = {"file": benchmark["fullname"].split("::")[0], **times, **benchmark["extra_info"]}
    return {
        "machine": {
            "cores": cpu["count"], "cpu": cpu["brand_raw"], "system": f"{machine['system']} {machine['machine']}",
            "python": machine["python_version"], "date": read[0]["datetime"][:10],
        },
        "benchmarks": rows,
    }  # fmt: skip


def page(language: str, kept: dict[str, Any]) -> str:
    """Return the page."""
    national = {name: row for name, row in kept["benchmarks"].items() if is_national(row)}
    peak = kept["benchmarks"]["test_a_thousand_full_reruns"]["peak_bytes"] / 1e6
    head = [h.in_language(language) for h in HEADS]
    lines = [head, ["---", "---:", "---:", "---:", "---"]]
    own = {name: row for name, row in kept["benchmarks"].items() if name not in national}
    for name, row in sorted(own.items(), key=lambda item: list(WORK).index(item[0])):
        times = [seconds(row[k], language) for k in ("fastest", "mean")]
        lines.append([WORK[name].in_language(language), *times, str(row["rounds"]), f"`{Path(row['file']).stem}`"])
    title = {"zh": "## 实测", "en": "## Measured"}[language]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    intro = INTRO[language].format(**kept["machine"])
    return "\n".join(
        [intro, title, "", table, "", REST[language].format(peak=peak, nation=section(language, national))]
    )


def seconds(value: float, language: str) -> str:
    """Return a time with two figures.

    >>> seconds(0.00543, "en"), seconds(34.31, "en")
    ('5.4 ms', '34 s')
    """
    number, unit = (value * 1000, Text("毫秒", "ms")) if value < 1 else (value, Text("秒", "s"))
    shown = f"{number:.2g}" if number < 100 else f"{number:.0f}"
    return f"{shown} {unit.in_language(language)}"


def main(*files: str) -> None:
    """Keep the figures of the files, if any, beside earlier ones of the same machine, and write both pages."""
    kept = json.loads(STORE.read_text(encoding="utf-8"))
    if files:
        new, same = keep(*files), ("cores", "cpu", "system", "python")
        if all(kept["machine"][k] == new["machine"][k] for k in same):
            new["benchmarks"] = kept["benchmarks"] | new["benchmarks"]
        kept = new
        STORE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for language in LANGUAGES:
        path = HERE / language / "performance.md"
        path.write_text(page(language, kept), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
