"""A table of promises as handed in: a file or a frame, its columns known by Chinese or English names.

交来的承诺表：文件或数据表，列名中英文均可。
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, SeriesError, refusal, shown

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 5_000  # the largest plan at hand has 70 milestones
MAX_BYTES = 10_000_000
# Column id -> the names it may have; compared without case, spaces, and in half width.
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
_IGNORED = {"inclusive", "id", "plan"}  # follow from the others
_BY_NAME = {name: column for column, names in NAMES.items() for name in names}


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number as Excel shows it, and its cells by column, blank cells left out.  表中一行。"""

    row: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """Return the text of a cell, empty where there is none."""
        return self.cells.get(column, "")


def read_table(table: pd.DataFrame | str | Path, *, sheet: str | int = 0) -> tuple[TableRow, ...]:
    """Return the rows of a CSV file, an Excel file or a frame.  读取承诺表。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for a file that is missing, too large or of another kind, for an
    unknown column, two columns of one meaning, and a table without the columns task and indicator or text.
    """
    import pandas as pd

    frame = table if isinstance(table, pd.DataFrame) else _read_file(Path(table), sheet)
    if len(frame) > MAX_ROWS:
        raise refusal(
            "too_many_rows", f"{len(frame)} rows; at most {MAX_ROWS}.", f"共 {len(frame)} 行，最多 {MAX_ROWS} 行。"
        )
    columns = _columns([str(c) for c in frame.columns])
    rows = []
    for i, values in enumerate(frame.itertuples(index=False, name=None)):
        cells = {c: text for c, value in zip(columns, values, strict=True) if c and (text := _text(value))}
        if cells:
            rows.append(TableRow(i + 2, cells))
    return tuple(rows)


def _read_file(path: Path, sheet: str | int) -> pd.DataFrame:
    import pandas as pd

    if not path.is_file():
        raise refusal(
            "file_missing",
            f"{path.name}: no such file.",
            f"{path.name}：没有这个文件。",
            "Check the path.",
            "请核对路径。",
        )
    if path.stat().st_size > MAX_BYTES:
        raise refusal(
            "file_too_large",
            f"{path.name} is larger than {MAX_BYTES:,} bytes.",
            f"{path.name} 超过 {MAX_BYTES:,} 字节。",
        )
    if path.suffix.lower() == ".csv":
        return pd.read_csv(io.StringIO(_decoded(path)), dtype=str, keep_default_na=False)
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise refusal(
            "file_kind",
            f"{path.name} is neither CSV nor Excel.",
            f"{path.name} 既不是 CSV 也不是 Excel。",
            "Save it as .csv or .xlsx.",
            "请另存为 .csv 或 .xlsx。",
        )
    try:
        return pd.read_excel(path, sheet_name=sheet, engine="calamine", dtype=object)
    except (ValueError, OSError) as error:
        raise refusal(
            "unreadable", f"{path.name} cannot be read: {shown(error)}.", f"{path.name} 无法读取。"
        ) from error
    except Exception as error:  # the reader's own error type is not public
        raise refusal("unreadable", f"{path.name} is no Excel file.", f"{path.name} 不是 Excel 文件。") from error


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refusal(
        "not_utf8",
        f"{path.name} is not UTF-8 text.",
        f"{path.name} 不是 UTF-8 文本。",
        "Save it as UTF-8.",
        "请另存为 UTF-8。",
    )


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).lower().replace("_", "")


def _columns(names: list[str]) -> list[str]:
    """Return the column id of each name, empty for one that follows from the others."""
    found: list[str] = []
    problems: list[Problem] = []
    for name in names:
        column = "" if _plain(name) in _IGNORED else _BY_NAME.get(_plain(name), "?")
        if column == "?":
            known = "、".join(n[0] for n in NAMES.values())
            problems.append(Problem("unknown_column", "is not a known column.", "不是已知的列。", f"Known: {', '.join(NAMES)}.", f"已有：{known}。", column=shown(name)))  # fmt: skip
        elif column and column in found:
            problems.append(Problem("duplicate_column", f"means {column} a second time.", f"与另一列同为“{NAMES[column][0]}”。", "Keep one of the two.", "请只保留一列。", column=shown(name)))  # fmt: skip
        found.append(column)
    if not problems and ("task" not in found or not {"indicator", "text"} & set(found)):
        problems.append(Problem("missing_column", "the table needs the column task, and indicator or text.", "表中须有“任务号”列，以及“指标”或“任务内容”列。", "Add the column.", "请补上该列。"))  # fmt: skip
    if problems:
        raise SeriesError(problems)
    return found


def _text(value: object) -> str:
    """Return a cell as text: a whole number without a decimal point, a missing value as nothing."""
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return "" if text in ("<NA>", "NaT", "nan") else text
