"""The nationwide section of the pages on performance, from what the benchmarks of the nation kept.

性能页的“全国规模”一节，由全国基准测试的记录写出。
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

NODES = (16, 64)
PREFECTURES = 333  # parts of a finer division, about one a prefecture-level city: for the arithmetic alone
TEXTS = {
    "zh": {
        "intro": "虚构的全国：{places:,} 个县级单位 × {indicators} 项指标 × 120 个月，共 {rows:,} 行，{parts} 个分区，全部为合成数据。生成并写成 Parquet 用 {generate:.0f} 秒（每秒 {generate_rate:,.0f} 行）。评估包括核对、指标、前景（每个地区 12 项总目标，其中 4 项下降各抽样 4,000 次）、年度任务、考评和汇总。",
        "head": "| 规模 | 工作进程 | 行数 | 秒 | 行/秒 | 下降序列/秒 | 单进程内存峰值 |",
        "growth": "每行耗时，半数规模为全部的 {half:.2f} 倍，四分之一为 {quarter:.2f} 倍（单进程）：耗时随行数大致成正比。两个进程比一个快 {speedup:.2f} 倍。",
        "places": "只作前景评判：3,000 个县 × 12 项总目标，{seconds:.0f} 秒，一次完成；逐项调用每项约 5 毫秒，共约 3 分钟。",
        "killed": "四分之一规模的全国在两个 Dask 工作进程上运行，第 5 秒杀掉其中一个：{files} 个结果文件与不受干扰的一次逐字节相同，先后有 {workers} 个进程参加。",
        "cluster_title": "### 更大的集群（推算，未实测）",
        "cluster": "按上表推算：单进程共 {work:.0f} 秒的分区工作，每个分区约 {part:.1f} 秒；调度、合并与汇总约 {serial:.0f} 秒，不随节点减少。设每个节点两个工作进程，与本机同速，共享存储不成瓶颈：",
        "cluster_head": "| 节点 | 工作进程 | {parts} 个分区（省） | {fine} 个分区（市） |",
        "cluster_end": "算式：固定部分 + ⌈分区数 ÷ 进程数⌉ × 每分区秒数。分区数少于进程数时，多出的进程闲着：大集群要按市而不是按省分区。小分区各有一份固定开销（规则、年度任务表），此处没有计入。每个进程的内存按单分区的一年计，与节点数无关。",
    },
    "en": {
        "intro": "A made-up nation: {places:,} county-level places × {indicators} indicators × 120 months, {rows:,} rows in {parts} parts, all synthetic. Generating it and writing Parquet took {generate:.0f} s ({generate_rate:,.0f} rows a second). The evaluation checks, computes indicators, looks ahead (12 headline targets a place, 4,000 draws for each of 4 decreases), judges milestones, appraises and summarises.",
        "head": "| size | workers | rows | seconds | rows/s | decrease series/s | peak memory of a worker |",
        "growth": "A row cost {half:.2f} times as much at half the size and {quarter:.2f} times at a quarter as at the whole (one worker): cost grows about in proportion to rows. Two workers were {speedup:.2f} times as fast as one.",
        "places": "The outlook alone: 3,000 counties × 12 headline targets in {seconds:.0f} s at once; called one by one, about 5 ms each, some three minutes.",
        "killed": "A quarter of the nation on two Dask workers, one of them killed after 5 s: {files} files of results are equal, byte for byte, to those of an undisturbed run; {workers} processes took part in all.",
        "cluster_title": "### Larger clusters (arithmetic, not measured)",
        "cluster": "From the table: {work:.0f} s of work on parts in one process, about {part:.1f} s a part; scheduling, pooling and summary about {serial:.0f} s, which nodes do not shorten. With two workers a node as fast as here, and storage that is no bottleneck:",
        "cluster_head": "| nodes | workers | {parts} parts (provinces) | {fine} parts (cities) |",
        "cluster_end": "Formula: the fixed part + ⌈parts ÷ workers⌉ × seconds a part. With fewer parts than workers the rest stand idle: a large cluster wants parts by city, not by province. Each part has some fixed work (rules, tables of milestones), which is not counted for small ones. The memory of a worker is that of one year of one part, whatever the number of nodes.",
    },
}  # fmt: skip
SIZES = {"zh": {0.25: "1/4", 0.5: "1/2", 1.0: "全部"}, "en": {0.25: "1/4", 0.5: "1/2", 1.0: "whole"}}


def is_national(row: Mapping[str, Any]) -> bool:
    """Whether a benchmark belongs to the nationwide section."""
    return str(row["file"]).endswith("test_nationwide.py")


def section(language: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the section as Markdown."""
    text = TEXTS[language]
    made, killed, alone = (
        rows[n] for n in ("test_generate", "test_a_killed_worker_changes_nothing", "test_verdicts_of_3000_places")
    )
    runs = {(r["share"], r["workers"]): r for n, r in rows.items() if n.startswith("test_evaluate")}
    whole = runs[1.0, 1]
    lines = [text["head"], "|---|---:|---:|---:|---:|---:|---:|"]
    for (share, workers), run in sorted(runs.items()):
        s = run["fastest"]
        cells = [
            SIZES[language][share], workers, f"{run['rows']:,}", f"{s:.0f}", f"{run['rows'] / s:,.0f}", f"{run['series'] / s:,.0f}",
            f"{run['peak_memory'] / 1e6:,.0f} MB",
        ]  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    per_row = {share: runs[share, 1]["fastest"] / runs[share, 1]["rows"] for share in (0.25, 0.5, 1.0)}
    told = {
        "intro": made | {"generate": made["fastest"], "generate_rate": made["rows"] / made["fastest"]},
        "growth": {
            "half": per_row[0.5] / per_row[1.0], "quarter": per_row[0.25] / per_row[1.0],
            "speedup": whole["fastest"] / runs[1.0, 2]["fastest"],
        },
        "places": {"seconds": alone["fastest"]},
        "killed": {"files": killed["files"], "workers": killed["workers_seen"]},
    }  # fmt: skip
    parts = [text["intro"].format(**told["intro"]), "\n".join(lines)]
    parts += [text[k].format(**told[k]) for k in ("growth", "places", "killed")]
    return "\n\n".join([*parts, *_cluster(language, whole, made["parts"])])


def _cluster(language: str, whole: Mapping[str, Any], parts: int) -> list[str]:
    text, work = TEXTS[language], sum(whole["seconds_of_work"].values())
    serial, each = max(whole["fastest"] - work, 0.0), work / parts
    said = {"work": work, "part": each, "serial": serial, "parts": parts, "fine": PREFECTURES}
    lines = [text["cluster_head"].format(**said), "|---:|---:|---:|---:|"]
    for nodes in NODES:
        workers = 2 * nodes
        coarse = serial + math.ceil(parts / workers) * each
        fine = serial + math.ceil(PREFECTURES / workers) * work / PREFECTURES
        unit = {"zh": "秒", "en": "s"}[language]
        lines.append(f"| {nodes} | {workers} | {coarse:.0f} {unit} | {fine:.0f} {unit} |")
    return [text["cluster_title"], text["cluster"].format(**said), "\n".join(lines), text["cluster_end"]]
