"""Bridges handed in as a table: a CSV file, an Excel sheet or a frame.

以表格交来的口径衔接声明：CSV、Excel 或数据表。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, SeriesError, unknown_name
from ..geography import normalise_name
from ..terms import Text
from .bridges import NOT_STATED, DefinitionBridge
from .columns import indicator_index
from .named_table import TableColumns, TableRow, read_table

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan

_NAMES = {
    "indicator": ("指标", "指标名称", "指标代码", "indicator"),
    "earlier": ("原口径", "earlier"),
    "later": ("现口径", "later"),
    "by": ("声明单位", "by"),
    "why": ("理由", "why"),
}
_COLUMNS = TableColumns(
    _NAMES,
    needed=tuple(frozenset({name}) for name in _NAMES),
    lacks=Text(
        "口径衔接表须有五列：指标、原口径、现口径、声明单位、理由。",
        "a table of bridges has the columns indicator, earlier, later, by and why.",
    ),
)
_UNSTATED = {"", *(normalise_name(word) for word in (NOT_STATED.zh, NOT_STATED.en))}


def read_bridges(table: pd.DataFrame | str | Path, *, plan: Plan) -> tuple[DefinitionBridge, ...]:
    """Return the bridges that a table declares, one a row.  读取口径衔接表，每行一项声明。

    Parameters
    ----------
    table : path or DataFrame
        CSV or .xlsx with the columns 指标 (indicator, by name or id), 原口径 and 现口径 (earlier, later: as the returns
        have them; 未注明 or blank for one that is not stated), 声明单位 (by) and 理由 (why).
    plan : Plan
        Whose indicators are meant.

    Returns
    -------
    tuple of DefinitionBridge
        For :meth:`Returns.bridged`, which checks each against the returns.

    Raises
    ------
    ReturnsError
        A file that is refused as a return would be.
    SeriesError
        A column that is lacking, unknown or there twice; an indicator that the plan does not have; no office or no reason;
        a cell without a value to read. All rows at once.

    Examples
    --------
    >>> import pandas as pd
    >>> import suzhou_antidrug as sa
    >>> declared = pd.DataFrame({"指标": ["年度查获复吸率"], "原口径": ["未注明"], "现口径": ["常住人员"],
    ...                          "声明单位": ["市禁毒办"], "理由": ["两者相差不足 1%"]})
    >>> sa.read_bridges(declared, plan=sa.load_plan("suzhou-2020"))[0].indicator
    'annual_detected_relapse_rate'
    """
    file = Path(table).name if isinstance(table, str | Path) else None
    index = indicator_index(plan)
    bridges, problems = [], []
    for row in read_table(table, _COLUMNS):
        found = list(_row_problems(row, index, plan))
        problems += [replace(problem, file=file, row=row.row) for problem in found]
        if not found:
            earlier, later = (
                "" if normalise_name(d) in _UNSTATED else d for d in (row.get("earlier"), row.get("later"))
            )
            indicator = index[normalise_name(row.get("indicator"))]
            bridges.append(DefinitionBridge(indicator, earlier, later, row.get("by"), row.get("why")))
    if problems:
        raise SeriesError(problems)
    return tuple(bridges)


def _row_problems(row: TableRow, index: dict[str, str], plan: Plan) -> Iterator[Problem]:
    for fault in row.faults:
        yield Problem(
            "no_value", f"a cell cannot be read: {fault.en}.", f"有一格无法读取：{fault.zh}。",
            "Type the words into the cell.", "请在该格直接填写文字。",
        )  # fmt: skip
    name = row.get("indicator")
    if normalise_name(name) not in index:
        known = [i.name.zh for i in plan.indicators.values()]
        yield replace(unknown_name("indicator", "指标", name, known), column=_NAMES["indicator"][0])
    for column in ("by", "why"):
        if not row.get(column):
            yield Problem(
                "bridge_reason", "is blank: a bridge names the office that declares it and the reason.",
                "未填：口径衔接须写明声明单位与理由。", "Fill in the cell.", "请填写该格。", column=_NAMES[column][0],
            )  # fmt: skip
