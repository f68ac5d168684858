"""What may stand in a table of persons: times, codes and labels, checked whole; no mark of a person, no row shown.

个人时间段表的核对：时间、编码、分组一次查清；不得含个人标识，不显示任何一行。
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...disclosure import has_personal_mark, personal_heading
from ...errors import Problem
from ...provenance import fingerprint
from ...returns.cleaning import Words
from .risk_sets import Where, fault

if TYPE_CHECKING:
    import pandas as pd

    from .risk_sets import Floats, Ints

CENSORED = "censored"
# More labels than this are ages, dates or identifiers: no groups, and no table of them may be shown.
MAXIMUM_LABELS = 100
LARGEST_PLAIN_NUMBER = 1e10  # below it no number can be that of a telephone or a person

_NO_PERSON = Words(
    "have no person", "没有人员代号", "Give every spell the pseudonym of its person.", "请为每段时间填写人员代号。"
)
_NOT_TIME = Words(
    "have a time that is no number", "的时间不是数字", "Give times as numbers since the start of the clock.",
    "时间须为自起点起算的数字。",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """One way to divide the spells.  一种分组。"""

    codes: Ints  # (n,), from 0
    labels: tuple[str, ...]


def frame_marks(frame: pd.DataFrame) -> list[Problem]:
    """Return one problem for each column of a frame that bears marks of persons; names the column and the count.

    数据框中含个人标识的列，只说明列名与处数。
    """
    problems = []
    for number, name in enumerate(frame.columns):
        heading, hits = personal_heading(str(name)), _hits(frame.iloc[:, number])
        if heading or hits:
            what_en = f"headed {heading}" if heading else f"holds {hits} identity or mobile numbers"
            what_zh = f"表头为“{heading}”" if heading else f"有 {hits} 处疑似身份证号或手机号"
            shown_name = None if has_personal_mark(str(name)) else str(name)
            problems.append(Problem(
                "personal_data", f"refused, nothing was kept: the column is {what_en}." if heading
                else f"refused, nothing was kept: the column {what_en}.", f"拒绝读取，未保留任何内容：该列{what_zh}。",
                "Take the column out, and identify persons by a pseudonym made up for this work.",
                "请删除该列，并以专为本项工作编制的代号标识人员。", column=shown_name,
            ))  # fmt: skip
    return problems


def _hits(column: pd.Series) -> int:
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return 0
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        column = column[np.abs(np.nan_to_num(values)) >= LARGEST_PLAIN_NUMBER]
        texts: Iterable[str] = (f"{value:.0f}" for value in column)
        return sum(has_personal_mark(text) for text in texts)
    counts = column.value_counts()
    return int(sum(n for value, n in counts.items() if has_personal_mark(_plain(value))))


def _plain(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def numbers(column: pd.Series, where: Where) -> tuple[Floats, list[Problem]]:
    """Return a column of times as numbers, NaN where it holds none, and the problem of text among them.  时间列。"""
    import pandas as pd

    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    text = np.isnan(values) & column.notna().to_numpy()
    return values, where.problem(text, "not_a_time", _NOT_TIME, column=str(column.name))


def event_codes_of(
    column: pd.Series, name_of: Callable[[Any], str | None], names: Iterable[str], where: Where
) -> tuple[Ints, tuple[str, ...], list[Problem]]:
    """Return the code of each event, the names of codes 1, 2, .., and the problems.  结局编码。"""
    import pandas as pd

    events = tuple(name for name in dict.fromkeys(names) if name != CENSORED)
    code_of = {CENSORED: 0} | {name: n + 1 for n, name in enumerate(events)}
    place, distinct = pd.factorize(column)
    table = np.array([code_of.get(name_of(value) or "", -1) for value in distinct] + [-2], dtype=np.int64)
    codes = table[place]  # a missing event has place -1: the last entry
    problems = fault("missing_event", codes == -2, where, column=str(column.name))
    problems += fault("unknown_event", codes == -1, where, column=str(column.name))
    return codes, events, problems


def person_codes_of(column: pd.Series, where: Where) -> tuple[Ints, list[Problem]]:
    """Return codes of our own for pseudonyms, and the problem of spells without one.  人员编码。"""
    import pandas as pd

    codes = pd.factorize(column)[0].astype(np.int64)
    return codes, where.problem(codes < 0, "missing_person", _NO_PERSON, column=str(column.name))


def grouping_of(column: pd.Series, where: Where) -> tuple[Grouping, list[Problem]]:
    """Return a grouping, and the problems of its column: no label, or too many.  分组。"""
    import pandas as pd

    codes, distinct = pd.factorize(column, sort=True)
    problems = fault("missing_group", codes < 0, where, column=str(column.name))
    if len(distinct) > MAXIMUM_LABELS:
        problems.append(Problem(
            "too_many_labels", f"{len(distinct)} different labels: no groups to compare, and they may tell persons.",
            f"有 {len(distinct)} 个不同取值：不成其为分组，且可能识别个人。",
            f"Group them into at most {MAXIMUM_LABELS} classes.", f"请归并为不多于 {MAXIMUM_LABELS} 类。", column=str(column.name),
        ))  # fmt: skip
        return Grouping(np.zeros(len(codes), dtype=np.int64), ("",)), problems
    return Grouping(codes.astype(np.int64), tuple(str(label) for label in distinct)), problems


def spells_print(person: Ints, entry: Floats, exit: Floats, event: Ints) -> str:
    """Return the fingerprint of spells under our own codes.  时间段数据的指纹。"""
    return fingerprint(b"|".join(np.ascontiguousarray(a, dtype=float).tobytes() for a in (person, entry, exit, event)))
