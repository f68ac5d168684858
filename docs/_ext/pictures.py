"""The two pictures of the architecture page: the layers, read from their contract, and the way of the data."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from suzhou_antidrug.plotting import detached_axes, style, to_svg
from suzhou_antidrug.terms import Text

INK, FILL, EDGE, SOFT = "#1F2933", "#E8F1F8", "#0072B2", "#5A6772"
ROOMS: dict[str, Text] = {
    "cli": Text("命令行", "the command"),
    "explorer": Text("交互查看", "drop-downs"),
    "nationwide": Text("多地区、多规划，单机或集群", "many places and plans, one process or a cluster"),
    "evaluation": Text("主任务：按人工评估的次序", "the main job, in the order of doing it by hand"),
    "report": Text("报告：表、图、网页", "lays out tables, figures, page"),
    "appraisal": Text("考评：进展办法的比较", "appraisal: progress systems compared"),
    "outlook": Text("目标能否达成：预测与评判", "will a target be met: forecast and verdict"),
    "indicators": Text("每个数是什么：公式与区间", "what a number means: formulas and intervals"),
    "returns": Text("各地报表：读取、核对、模板", "what divisions hand in: reading, checks, template"),
    "plan": Text("规划数据：条款、读法、目标值", "the plan as data: clauses, readings, thresholds"),
    "geography": Text("县级市（区）、别名、沿革", "divisions, aliases, history"),
    "datasets": Text("自带数据：读取、说明、核对", "bundled data: load, describe, check"),
    "results": Text("结果的统一约定", "what every result can do"),
    "disclosure": Text("小数抑制、个人标识", "small cells, marks of persons"),
    "plotting": Text("字体、配色、坐标轴", "font, palette, axes"),
    "provenance": Text("来源、状态、指纹", "source, status, fingerprint"),
    "verdicts": Text("四种评判", "the four verdicts"),
    "column_names": Text("结果表的列名与代码", "names of columns and codes"),
    "terms": Text("双语术语", "the bilingual glossary"),
    "errors": Text("双语错误信息", "bilingual errors"),
}


def read_layers(pyproject: Path) -> list[list[str]]:
    """Return the layers of the import contract, the highest first; rooms of one layer together."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def layers(pyproject: Path, language: str) -> str:
    """Return the layers as SVG, the highest on top."""
    rows = read_layers(pyproject)
    with style(language):
        ax = _blank(width=7.6, height=0.46 * len(rows) + 0.2, x=10.0, y=float(len(rows)))
        for number, rooms in enumerate(rows):
            y, width = len(rows) - number - 1, 9.2 / len(rooms)
            for column, room in enumerate(rooms):
                left = 0.75 + column * width
                _box(ax, left, y + 0.12, width - (0.12 if len(rooms) > 1 and column == 0 else 0), 0.76)
                ax.text(left + 0.15, y + 0.5, room, va="center", fontsize=9.5, color=EDGE)
                said = ROOMS[room].in_language(language)
                ax.text(left + (1.75 if len(rooms) == 1 else 1.45), y + 0.5, said, va="center", fontsize=9, color=INK)
        ax.add_patch(
            FancyArrowPatch((0.4, len(rows) - 0.1), (0.4, 0.1), arrowstyle="-|>", mutation_scale=14, color=SOFT)
        )
        ax.text(
            0.18,
            len(rows) / 2,
            str(Text("只能向下导入", "imports run down only")),
            rotation=90,
            va="center",
            ha="center",
            fontsize=9,
            color=SOFT,
        )
        return to_svg(ax)


STEPS = (
    (0.0, 2.0, "workbook", Text("工作簿 / CSV", "workbook / CSV"), Text("填报模板", "filled template")),
    (2.55, 2.0, "returns", Text("returns 报表", "returns"), Text("核对、归一、记日志", "checked, normalised, logged")),
    (
        5.1,
        2.0,
        "indicators",
        Text("indicators 指标", "indicators"),
        Text("公式、区间、汇总全市", "formula, interval, city"),
    ),
    (7.65, 2.0, "outlook", Text("outlook 前景", "outlook"), Text("概率、四种评判", "probability, verdict")),
    (10.2, 2.0, "report", Text("report 报告", "report"), Text("网页、表、图", "page, tables, figures")),
)


def flow(language: str) -> str:
    """Return the way of the data as SVG."""
    with style(language):
        ax = _blank(width=9.2, height=2.1, x=12.3, y=2.9)
        for left, width, _, name, does in STEPS:
            _box(ax, left + 0.05, 0.15, width, 1.05)
            ax.text(
                left + 0.05 + width / 2,
                0.85,
                name.in_language(language),
                ha="center",
                va="center",
                fontsize=9.5,
                color=EDGE,
            )
            ax.text(
                left + 0.05 + width / 2,
                0.45,
                does.in_language(language),
                ha="center",
                va="center",
                fontsize=7.6,
                color=INK,
            )
        for (left, width, *_), (right, *_) in pairwise(STEPS):
            _arrow(ax, (left + width + 0.07, 0.68), (right + 0.03, 0.68))
        _box(ax, 2.6, 1.95, 7.1, 0.8)
        said = Text(
            "plan 规划：条款、目标值、读法，各步都读它", "plan: clauses, thresholds, readings; every step reads it"
        )
        ax.text(6.15, 2.35, said.in_language(language), ha="center", va="center", fontsize=9.5, color=INK)
        for left, width, *_ in STEPS[1:4]:
            _arrow(ax, (left + 0.05 + width / 2, 1.93), (left + 0.05 + width / 2, 1.24))
        return to_svg(ax)


def _blank(*, width: float, height: float, x: float, y: float) -> Axes:
    ax = detached_axes(width=width, height=height)
    ax.set(xlim=(0, x), ylim=(0, y))
    ax.axis("off")
    return ax


def _box(ax: Axes, left: float, bottom: float, width: float, height: float) -> None:
    shape = FancyBboxPatch(
        (left, bottom),
        width,
        height,
        boxstyle="round,pad=0,rounding_size=0.08",
        facecolor=FILL,
        edgecolor=EDGE,
        linewidth=0.9,
    )
    ax.add_patch(shape)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, color=SOFT, shrinkA=0, shrinkB=0))
