"""The columns of a table of promises.

承诺表的列。
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..terms import Text
from .named_table import TableColumns, TableRow, read_table

if TYPE_CHECKING:
    import pandas as pd

# Column id -> the names it may have.
NAMES: dict[str, tuple[str, ...]] = {
    "task": ("任务号", "任务序号", "任务编号", "序号", "任务", "task", "taskno", "taskno.", "number"),
    "text": ("任务内容", "任务名称", "任务文本", "工作任务", "任务文字", "tasktext", "text", "name"),
    "indicator": ("指标", "指标名称", "指标代码", "indicator"),
    "year": ("年份", "年度", "年", "期限", "year", "by"),
    "operator": ("比较", "比较符", "operator"),
    "threshold": ("目标值", "目标", "要求", "年度目标", "threshold", "asks", "requirement"),
    "unit": ("计量单位", "单位", "unit"),
    "leads": ("牵头单位", "责任单位", "leadunit", "lead", "leads"),
    "participants": ("参与单位", "配合单位", "participant", "participants"),
    "clause": ("条款", "条目", "clause"),
    "page": ("页码", "页", "page"),
    "wording": ("用语", "wording"),
    "scope": ("适用范围", "scope"),
    "where": ("位置", "where"),
    "compares": ("比较对象", "compares"),
    "reading": ("读法", "reading"),
}  # fmt: skip
PROMISES = TableColumns(
    NAMES,
    needed=(frozenset({"task"}), frozenset({"indicator", "text"})),
    lacks=Text(
        "表中须有“任务号”列，以及“指标”或“任务内容”列。", "the table needs the column task, and indicator or text."
    ),
    ignored=frozenset({"inclusive", "id", "plan"}),
)


def read_promises(table: pd.DataFrame | str | Path, *, sheet: str | None = None) -> tuple[TableRow, ...]:
    """Return the rows of a table of promises, as :func:`~suzhou_antidrug.returns.named_table.read_table`.  读取承诺表。"""
    return read_table(table, PROMISES, sheet=sheet)
