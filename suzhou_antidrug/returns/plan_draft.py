"""A plan file drafted from a table of promises: what is clear is entered, what is not is a named gap.

由承诺表起草规划文件：清楚的录入，不清楚的列为缺口。

The draft loads as it stands. What the table does not tell (issuer, number, English words, definitions) says 待核 (to be
checked), and its status is ``unverified``, so that it is marked wherever it is shown.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OutputError, Problem, refusal
from ..plan.loader import load_catalogue, load_plan
from ..plan.parts import Indicator, Level
from ..plan.show import threshold_text
from ..plan.yaml_text import to_yaml
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..terms import Text
from .named_table import TableRow, plain_name
from .plan_cells import Reading, read_row, scope_of, where_of
from .plan_table import read_promises

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Plan

TO_CHECK = Text("待核", "to be checked")
_INCLUSIVE = {"ge": True, "le": True, "eq": True, "gt": False, "lt": False}
_DIRECTIONS = {"ge": "higher", "gt": "higher", "le": "lower", "lt": "lower", "eq": "neither"}
_COLUMNS = ("row", "task", "indicator", "year", "text", "taken_as", "gap")


@dataclass(frozen=True, slots=True, eq=False)
class PlanDraft(Result):
    """A drafted plan file, and row by row what was read.  起草的规划文件，以及逐行读出的内容。"""

    id: str
    text: str  # the file
    readings: tuple[Reading, ...]
    gaps: tuple[Text, ...]  # of the file as a whole and of single rows
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a row of the table: what it says, what it was taken as, and what was not understood."""
        import pandas as pd

        return pd.DataFrame([_frame_row(r) for r in self.readings], columns=list(_COLUMNS))

    def explain(self) -> Explanation:
        """How many rows became milestones, and every gap."""
        entered = sum(r.is_milestone for r in self.readings)
        head = Text(
            f"{len(self.readings)} 行中录入 {entered} 项年度任务",
            f"{entered} milestones from {len(self.readings)} rows",
        )
        gaps = tuple(line("缺口", "gap", gap) for gap in self.gaps)
        return Explanation(
            Text(f"规划草稿 {self.id}", f"Draft of plan {self.id}"),
            (line("录入", "entered", head), *gaps, line("数据状态", "status", self.made.status.text)),
        )

    def load(self) -> Plan:
        """Load the draft as a plan.  把草稿读为规划。"""
        with tempfile.TemporaryDirectory() as folder:
            return load_plan(self.write(Path(folder) / f"{self.id}.yaml"))

    def write(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the draft to a file and return its path; refuse one that is there.  写入文件。"""
        target = Path(path)
        if target.exists() and not overwrite:
            raise OutputError(
                Problem(
                    "file_exists",
                    f"{target.name} is already there.",
                    f"{target.name} 已存在。",
                    "Choose another name, or overwrite=True.",
                    "请换名，或用 overwrite=True。",
                )
            )
        target.write_text(self.text, encoding="utf-8", newline="\n")
        return target


def draft_plan(
    table: pd.DataFrame | str | Path,
    *,
    id: str,
    name: str | Text | None = None,
    issuer: str | Text | None = None,
    level: Level | None = None,
    geography: str | None = None,
    years: tuple[int, int] | None = None,
    sheet: str | None = None,
) -> PlanDraft:
    """Draft a plan file from a table of promises.  由承诺表起草规划文件。

    Parameters
    ----------
    table : DataFrame, or path of a CSV or Excel file
        One row a promise. Columns by Chinese or English name: task number, task text, indicator, year, threshold (``0.9``
        with an operator, or words such as 不低于70%), unit, lead and participating units, clause, page. Only the task
        number and the indicator or text are a must. A frame of ``plan.milestones_frame()`` is taken as it is.
    id : str
        Id of the plan: small letters, digits, hyphens.
    geography : str, optional
        A bundled geography such as ``"suzhou"``; otherwise one place to be named.
    years : pair of int, optional
        First and last year; those of the rows by default.
    sheet : str, optional
        The sheet of a workbook; the first that holds such a table by default.

    Raises
    ------
    ReturnsError
        A file that is refused as a return would be: too large, damaged, with macros or marks of persons.
    SeriesError
        An unknown column, an id of another form, no row with a year and no ``years``.

    Notes
    -----
    An indicator is known by its id or its name in the catalogue; any other is entered with a definition to be checked. 以下,
    以内 and 不超过 include the number, 超过 and 低于 do not (civil code, article 1259). A bare ``90%`` has no comparison and
    becomes a gap.

    Examples
    --------
    >>> import pandas as pd, suzhou_antidrug as sa
    >>> rows = {"任务号": [1, 1], "指标": ["吸毒人员核查率", "吸毒人员核查率"], "年份": [2024, 2025], "要求": ["不低于70%", "大幅上升"]}
    >>> draft = sa.draft_plan(pd.DataFrame(rows), id="county-2024")
    >>> draft.load().milestones_frame()[["task", "year", "operator", "threshold"]].values.tolist()
    [[1, 2024, 'ge', 0.7]]
    >>> draft.frame["gap"].to_list()[1]
    '要求“大幅上升”未读懂'
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", id):
        raise refusal(
            "plan_id",
            "an id has small letters, digits and hyphens.",
            "代码只含小写字母、数字与连字符。",
            column="id",
            value=id,
        )
    rows = read_promises(table, sheet=sheet)
    catalogue = load_catalogue()[0]
    known = {plain_name(n): i.id for i in catalogue.values() for n in (i.id, i.name.zh, i.name.en)}
    readings = tuple(read_row(row, known, catalogue) for row in rows)
    span = years or _span(readings)
    for reading in readings:
        if reading.year is not None and not span[0] <= reading.year <= span[1]:
            reading.lacks(f"{reading.year} 年不在规划年份内", f"{reading.year} is outside the plan's years")
            reading.year = None
    _refuse_doubles(readings)
    gaps = [*_whole_gaps(name, issuer, level, geography), *_row_gaps(readings)]
    content = _content(readings, catalogue, id, name, issuer, level, geography, span, gaps)
    head = "# 由表起草，凡“待核”处均须核对原文。Drafted from a table; whatever says 待核 must be checked against the text.\n"
    text = head + to_yaml(content)
    made = Made("draft_plan", Status.UNVERIFIED, fingerprint(text))
    return PlanDraft(id, text, readings, tuple(gaps), made)


def _span(readings: Iterable[Reading]) -> tuple[int, int]:
    found = [r.year for r in readings if r.year is not None]
    if not found:
        raise refusal(
            "no_years",
            "no row tells a year.",
            "没有一行写明年份。",
            "Give years=(first, last).",
            "请给出 years=(首年, 末年)。",
        )
    return min(found), max(found)


def _refuse_doubles(readings: Iterable[Reading]) -> None:
    """Turn a second threshold of one task, indicator and year into a gap: which one binds is not ours to say."""
    seen: set[tuple[object, ...]] = set()
    for r in readings:
        key = (r.task, r.indicator, r.year)
        if r.is_milestone and key in seen:
            r.lacks("同一任务、指标、年份已有目标值", "the task, indicator and year have a threshold already")
            r.threshold = None
        elif r.is_milestone:
            seen.add(key)


def _whole_gaps(
    name: str | Text | None, issuer: str | Text | None, level: Level | None, geography: str | None
) -> list[Text]:
    told = (
        (name is None, Text("规划名称", "the name of the plan")),
        (issuer is None, Text("发布机关", "the issuer")),
        (True, Text("文号、日期与来源", "number, date and source of the document")),
        (level is None, Text("规划层级", "the level of the plan")),
        (geography is None, Text("地区名单", "the list of divisions")),
        (True, Text("基期年；暂取首年的前一年", "the base year; the year before the first is taken")),
        (True, Text("任务类别与分组，责任单位的层级", "categories and groups of tasks, levels of units")),
        (True, Text("英文文字", "the English words")),
    )
    return [gap for lacking, gap in told if lacking]


def _row_gaps(readings: Iterable[Reading]) -> list[Text]:
    return [Text(f"第 {r.row.row} 行：{gap.zh}", f"row {r.row.row}: {gap.en}") for r in readings for gap in r.gaps]


def _both(text: str | Text | None) -> dict[str, str]:
    if isinstance(text, Text):
        return {"zh": text.zh, "en": text.en}
    return {"zh": text, "en": f"({TO_CHECK.en}) {text}"} if text else {"zh": TO_CHECK.zh, "en": TO_CHECK.en}


def _content(
    readings: tuple[Reading, ...],
    catalogue: Mapping[str, Indicator],
    id: str,
    name: str | Text | None,
    issuer: str | Text | None,
    level: Level | None,
    geography: str | None,
    span: tuple[int, int],
    gaps: list[Text],
) -> dict[str, Any]:
    new = _new_indicators(readings, catalogue)
    units = _units(readings)
    place = {"id": "to_be_named", "name": _both(None)}
    return {
        "schema_version": 1,
        "id": id,
        "name": _both(name or id),
        "status": str(Status.UNVERIFIED),
        **({"level": level} if level else {}),
        "document": {
            "number": TO_CHECK.zh,
            "title": _both(name),
            "issuer": _both(issuer),
            "dated": TO_CHECK.zh,
            "published": TO_CHECK.zh,
            "source": "table",
        },
        "first_year": span[0],
        "last_year": span[1],
        "base_year": span[0] - 1,
        "geography": geography or {"id": id, "city": place, "divisions": []},
        "sources": {"table": {"title": f"交来的承诺表，来源{TO_CHECK.zh}"}},
        "categories": [{"id": "to_be_sorted", "name": _both(None), "clause": TO_CHECK.zh}],
        "pillars": [{"id": "to_be_sorted", "name": _both(None), "clause": TO_CHECK.zh}],
        "units": [{"id": u, "name": _both(n or None), "level": "city"} for n, u in units.items()],
        "indicators": dict(new.values()),
        "targets": [],
        "tasks": _tasks(readings, {n: u for n, (u, _) in new.items()}, units),
        "gaps": [{"what": _both(gap)} for gap in gaps],
    }


def _new_indicators(
    readings: Iterable[Reading], catalogue: Mapping[str, Indicator]
) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the indicators that the catalogue does not hold, by the name in the table: id and definition."""
    new: dict[str, tuple[str, dict[str, Any]]] = {}
    for r in readings:
        if r.is_milestone and r.indicator not in catalogue and r.indicator not in new:
            body = {
                "name": _both(r.indicator),
                "kind": "proportion" if r.unit == "share" else "count",
                "unit": r.unit,
                "direction": _DIRECTIONS[r.operator or "eq"],
                "definition": _both(None),
                "definition_status": str(Status.ASSUMED),
                "by_division": False,
                "note": _both(
                    Text("类别与方向由单位与比较符推定", "kind and direction follow from unit and comparison")
                ),
            }
            new[r.indicator] = (f"indicator_{len(new) + 1:02d}", body)
    return new


def _split(names: str) -> list[str]:
    return [n for part in re.split(r"[、，,；;\n]", names) if (n := part.strip())]


def _units(readings: Iterable[Reading]) -> dict[str, str]:
    """Return ids of the units by name; the empty name stands for a unit that no row tells."""
    named = dict.fromkeys(n for r in readings for c in ("leads", "participants") for n in _split(r.row.get(c)))
    units = {n: f"unit_{i:02d}" for i, n in enumerate(named, start=1)}
    led = {r.task for r in readings if _split(r.row.get("leads"))}
    return units if units and led >= {r.task for r in readings} else {**units, "": "to_be_named"}


def _tasks(readings: tuple[Reading, ...], new: Mapping[str, str], units: Mapping[str, str]) -> list[dict[str, Any]]:
    numbers = dict.fromkeys(r.task for r in readings if r.task is not None)
    if not numbers:
        raise refusal("no_tasks", "no row has a task number.", "没有一行有任务号。", column="task")
    return [_task(number, [r for r in readings if r.task == number], new, units) for number in numbers]


def _task(number: int, rows: list[Reading], new: Mapping[str, str], units: Mapping[str, str]) -> dict[str, Any]:
    text = next((r.row.get("text") for r in rows if r.row.get("text")), "")
    leads = dict.fromkeys(units[n] for r in rows for n in _split(r.row.get("leads")))
    others = dict.fromkeys(units[n] for r in rows for n in _split(r.row.get("participants")))
    clause = next((c for r in rows if (c := _clause(r.row))), TO_CHECK.zh)
    milestones = [_milestone(r, new) for r in rows if r.is_milestone]
    left = [_left_out(r) for r in rows if not r.is_milestone]
    return {
        "number": number,
        "name": _both(text or Text(f"任务 {number}（名称待核）", f"Task {number} (name to be checked)")),
        "category": "to_be_sorted",
        "pillar": "to_be_sorted",
        "clause_annex": clause,
        "clause_body": TO_CHECK.zh,
        "leads": list(leads) or ["to_be_named"],
        "participants": [u for u in others if u not in leads],
        "milestones": milestones,
        "modelled": "quantified" if milestones else "narrative",
        "not_modelled": [_both(t) for t in left],
    }


def _left_out(r: Reading) -> Text:
    said = " ".join(r.row.cells.values())
    return Text(
        f"第 {r.row.row} 行未录入：{said}（{'；'.join(g.zh for g in r.gaps) or '没有指标'}）",
        f"row {r.row.row} not entered: {said} ({'; '.join(g.en for g in r.gaps) or 'no indicator'})",
    )


def _clause(row: TableRow) -> str:
    page = f"第{row.get('page')}页" if row.get("page") else ""
    return f"{row.get('clause')}（{page}）" if page and row.get("clause") else page or row.get("clause")


def _milestone(r: Reading, new: Mapping[str, str]) -> dict[str, Any]:
    assert r.operator is not None
    asked = r.row.get("wording") or f"{r.row.get('operator')}{r.row.get('threshold')}"
    return {
        "indicator": new.get(r.indicator, r.indicator),
        "years": {r.year: r.threshold},
        "operator": r.operator,
        "unit": r.unit,
        "inclusive": _INCLUSIVE[r.operator],
        "wording": asked,
        "scope": scope_of(r.row),
        "where": where_of(r.row),
        "clause": _clause(r.row) or TO_CHECK.zh,
        "compares": "change" if r.row.get("compares") == "change" else "level",
    }


def _frame_row(r: Reading) -> dict[str, Any]:
    taken = ""
    if r.is_milestone and r.threshold is not None and r.operator is not None:
        taken = threshold_text(r.threshold, r.operator, r.unit, compares=r.row.get("compares") or "level")
    return {
        "row": r.row.row,
        "task": r.task,
        "indicator": r.indicator,
        "year": r.year,
        "text": f"{r.row.get('operator')}{r.row.get('threshold')}",
        "taken_as": taken,
        "gap": "；".join(str(gap) for gap in r.gaps),
    }
