"""Credit grading of enterprises (task 16): points by a rule file, each deduction with its evidence.

企业信用分级(任务16)：按规则文件计分，每次扣分均附依据。

Start at the rule's points; one act counts once, at its heaviest sanction; nothing falls below the floor; classes are
half-open upwards; a red line decides the grade whatever the points; a deduction expires, and counts in part once repaired;
an appeal is shown and does not change the grade by itself. Points are whole numbers of the rule's smallest step, so no edge
is decided by rounding: 7.0 is B and 6.9 is not.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...datasets import data_path
from ...errors import Problem, SeriesError, UnknownNameError, unknown_name
from ...plan.schema_errors import validate
from ...plan.strict_yaml import Placed, read_strict
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .credit_rules import CreditRuleFile

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

COLUMNS = ("enterprise", "act", "kind", "sanction", "date", "evidence")


@dataclass(frozen=True, slots=True)
class CreditRules:
    """A rule file, checked.  经核对的信用规则。"""

    file: CreditRuleFile
    fingerprint: str

    @property
    def step(self) -> int:
        """How many steps make one point: every number of the rule is whole in steps."""
        numbers = [self.file.start, self.file.floor, *(p.points for p in self.file.penalties.values()), *(c.from_ for c in self.file.classes)]  # fmt: skip
        digits = max(-int(Decimal(n).as_tuple().exponent) for n in numbers)
        digits += max(0, -int(Decimal(self.file.repaired_share).as_tuple().exponent))
        return int(10 ** max(digits, 0))

    def in_steps(self, points: str) -> int:
        """Return points as a whole number of steps."""
        return int(Decimal(points) * self.step)


def load_credit_rules(name_or_path: str | Path = "enterprise-credit") -> CreditRules:
    """Return credit rules by the name of a bundled file, or from a YAML file.  读取信用分级规则。

    Raises :class:`~suzhou_antidrug.errors.PlanError` with file and line for everything wrong in it.

    >>> load_credit_rules().file.classes[0].grade
    'A'
    """
    path = (
        Path(name_or_path)
        if str(name_or_path).endswith((".yaml", ".yml"))
        else data_path("rules", f"{name_or_path}.yaml")
    )
    placed: Placed = read_strict(path)
    file = validate(CreditRuleFile, placed)
    file.check(placed)
    placed.raise_problems()
    return CreditRules(file, fingerprint(path.read_bytes()))


@dataclass(frozen=True, slots=True, eq=False)
class CreditGrades(Result):
    """Grades of enterprises on a date.  某日企业信用等级。

    ``deductions`` has one act a row: steps deducted, whether it is expired, repaired, appealed, a red line. Figures show
    counts of grades, never a name.
    """

    on: dt.date
    table: pd.DataFrame
    deductions: pd.DataFrame
    rules: CreditRules
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One enterprise a row: points, grade, acts, red_line, appealed."""
        return self.table.copy()

    def explain(self, enterprise: str | None = None) -> Explanation:
        """How an enterprise came to its grade, deduction by deduction; without one, the rule and the counts.  说明得分。"""
        file = self.rules.file
        if enterprise is None:
            counts = self.table["grade"].value_counts()
            return Explanation(
                Text("企业信用分级", "Credit grades"),
                (
                    line("规则", "rule", Text(f"{file.name.zh} {file.version}", f"{file.name.en} {file.version}")),
                    line("日期", "on", str(self.on)),
                    *(line(f"{c.grade} 级", f"grade {c.grade}", str(int(counts.get(c.grade, 0)))) for c in file.classes),
                    line("规则性质", "standing of the rule", Text("样式，非苏州或江苏的规定", "a pattern, no rule of Suzhou or Jiangsu")),
                    line("数据状态", "status", self.made.status.text),
                ),
            )  # fmt: skip
        found = self.table[self.table["enterprise"] == enterprise]
        if found.empty:
            raise UnknownNameError(unknown_name("enterprise", "企业", enterprise, self.table["enterprise"].head(1000)))
        row = found.iloc[0]
        acts = [self._act(a) for a in self.deductions[self.deductions["enterprise"] == enterprise].itertuples()]
        edge = next(c for c in file.classes if c.grade == row["grade"])
        return Explanation(
            Text(f"{enterprise} 的信用等级", f"Credit of {enterprise}"),
            (
                line("起始分", "start", file.start), *acts, line("得分", "points", f"{row['points']}"),
                line("等级", "grade", Text(f"{row['grade']}（≥ {edge.from_}）" + ("，触及红线" if row["red_line"] else ""), f"{row['grade']} (at least {edge.from_})" + (", red line" if row["red_line"] else ""))),
                line("申诉中", "under appeal", Text("是", "yes") if row["appealed"] else Text("否", "no")),
            ),
        )  # fmt: skip

    def _act(self, act: Any) -> tuple[Text, Text]:
        penalty = self.rules.file.penalties[act.sanction].name
        zh = [f"{act.date} {penalty.zh}，扣 {act.points}"]
        en = [f"{act.date} {penalty.en}, {act.points} off"]
        for flag, told_zh, told_en in (("expired", "已过期", "expired"), ("repaired", "已修复", "repaired"), ("appealed", "申诉中", "under appeal"), ("red_line", "红线", "red line")):  # fmt: skip
            if getattr(act, flag):
                zh.append(told_zh)
                en.append(told_en)
        return line(f"行为 {act.act}", f"act {act.act}", Text(f"{'，'.join(zh)}；依据：{act.evidence}", f"{', '.join(en)}; evidence: {act.evidence}"))  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw points with the edges of classes, without names.  绘制得分分布与等级界线。"""
        from .plots import plot_credit

        return plot_credit(self, ax, language=language)


def grade_enterprises(
    events: pd.DataFrame, enterprises: Any, *, on: dt.date | str, rules: CreditRules | Literal["enterprise-credit"] = "enterprise-credit",
    status: Status | str = Status.REPORTED,
) -> CreditGrades:  # fmt: skip
    """Return the credit grade of every enterprise on a date.

    计算某日全部企业的信用等级。

    Parameters
    ----------
    events : DataFrame
        One sanction a row: enterprise, act (the same for sanctions of one act), kind (``"diversion"`` for a red line, else
        free), sanction (a name of the rule), date, evidence; where known ``repaired`` (date) and ``appealed`` (true, false).
    enterprises : sequence
        All on the register, those without any event too.
    on : date
        Events after it do not count.

    Raises
    ------
    SeriesError
        Missing columns, unknown sanctions, no evidence, dates that are none, enterprises not on the register: all at once.

    Examples
    --------
    >>> import pandas as pd
    >>> acts = pd.DataFrame({"enterprise": ["E1", "E1"], "act": ["a", "a"], "kind": ["", ""], "sanction": ["fine", "confiscation"],
    ...                      "date": ["2021-03-01", "2021-03-01"], "evidence": ["罚字1", "罚字1"]})
    >>> grade_enterprises(acts, ["E1", "E2"], on="2021-12-31").frame[["points", "grade"]].values.tolist()
    [['8', 'B'], ['10', 'A']]
    """
    import pandas as pd

    used = load_credit_rules() if isinstance(rules, str) else rules
    day = dt.date.fromisoformat(on) if isinstance(on, str) else on
    names = pd.Index([str(e) for e in enterprises])
    table = _checked(events, names, used)
    table = table[table["date"] <= pd.Timestamp(day)].reset_index(drop=True)
    acts = _acts(table, day, used)
    lost = acts.groupby("enterprise")["steps"].sum().reindex(names, fill_value=0).to_numpy()
    file = used.file
    steps = np.maximum(used.in_steps(file.start) - lost, used.in_steps(file.floor))
    edges = np.array([used.in_steps(c.from_) for c in file.classes])
    place = (steps[:, None] >= edges[None, :]).argmax(axis=1)
    grades = np.array([c.grade for c in file.classes], dtype=object)
    counted = acts[~acts["expired"]]
    red = _per_enterprise(counted[counted["red_line"]], names) > 0
    veto = file.red_lines[0].grade if file.red_lines else None
    grade = np.where(red, veto, grades[place]) if veto is not None else grades[place]
    appealed = _per_enterprise(counted[counted["appealed"]], names) > 0
    number = _per_enterprise(counted, names)
    out = pd.DataFrame({
        "enterprise": names, "points": [_points(s, used.step) for s in steps], "grade": grade, "acts": number, "red_line": red,
        "appealed": appealed,
    })  # fmt: skip
    acts = acts.assign(points=[_points(s, used.step) for s in acts["steps"]])
    made = Made(f"credit grading {file.id} {file.version}", Status(status), fingerprint(table.astype(str)))
    return CreditGrades(day, out, acts, used, made)


def _per_enterprise(acts: pd.DataFrame, names: pd.Index) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = acts.groupby("enterprise").size().reindex(names, fill_value=0).to_numpy()
    return counts


def _points(steps: int, step: int) -> str:
    return str((Decimal(int(steps)) / step).normalize() + 0) if steps else "0"


def _checked(events: pd.DataFrame, names: pd.Index, rules: CreditRules) -> pd.DataFrame:
    import pandas as pd

    lacking = [c for c in COLUMNS if c not in events]
    if lacking:
        raise SeriesError(
            [Problem("column_missing", f"the column {c} is missing.", f"缺少列 {c}。", column=c) for c in lacking]
        )
    table = events.reset_index(drop=True).copy()
    table["enterprise"] = table["enterprise"].astype(str)
    table["date"] = pd.to_datetime(table["date"], errors="coerce")
    repaired = table["repaired"] if "repaired" in table else pd.Series(pd.NaT, index=table.index)
    table["repaired"] = pd.to_datetime(repaired, errors="coerce")
    appealed = table["appealed"] if "appealed" in table else pd.Series(False, index=table.index)
    table["appealed"] = appealed.fillna(False).astype(bool)
    problems = []
    known = list(rules.file.penalties)
    for wrong, code, column, en, zh in (
        (~table["sanction"].isin(known), "unknown_sanction", "sanction", f"unknown sanctions; the rule has {', '.join(known)}", f"处罚种类不在规则中，规则有：{'、'.join(known)}"),
        (table["date"].isna(), "date", "date", "dates that are none", "日期无法识别"),
        (table["evidence"].fillna("").astype(str).str.strip() == "", "no_evidence", "evidence", "deductions without evidence", "扣分没有依据"),
        (~table["enterprise"].isin(names), "not_registered", "enterprise", "enterprises that are not on the register", "企业不在名单上"),
    ):  # fmt: skip
        rows = np.flatnonzero(wrong.to_numpy())
        if rows.size:
            listed = ", ".join(str(r) for r in rows[:5])
            problems.append(
                Problem(code, f"{en} (rows {listed}).", f"{zh}（行 {listed}）。", row=int(rows[0]), column=column)
            )
    if problems:
        raise SeriesError(problems)
    return table


def _acts(table: pd.DataFrame, day: dt.date, rules: CreditRules) -> pd.DataFrame:
    """Return one row an act: its heaviest sanction that has not expired, in steps, with what became of it."""
    import pandas as pd

    file = rules.file
    now = pd.Timestamp(day)
    weight = (
        table["sanction"].map({k: rules.in_steps(p.points) for k, p in file.penalties.items()}).to_numpy(dtype=np.int64)
    )
    months = (now.year - table["date"].dt.year) * 12 + now.month - table["date"].dt.month
    months = months - (table["date"].dt.day > now.day)
    expired = (months >= file.expiry_months).to_numpy() if file.expiry_months else np.zeros(len(table), dtype=bool)
    mended = (table["repaired"].notna() & (table["repaired"] <= now)).to_numpy() & (
        months >= file.repair_months
    ).to_numpy()
    share = Decimal(file.repaired_share)
    levels, level = np.unique(weight, return_inverse=True)
    reduced = np.array([int(share * int(w)) for w in levels], dtype=np.int64)[level]
    red = table["kind"].isin([r.act for r in file.red_lines]).to_numpy()
    steps = np.where(expired, 0, np.where(mended, reduced, weight))
    acts = table.assign(steps=steps, expired=expired, repaired=mended, red_line=red, date=table["date"].dt.date)
    acts = acts.assign(_weight=weight).sort_values(["enterprise", "act", "steps", "_weight"], kind="stable")
    heaviest = acts.drop_duplicates(["enterprise", "act"], keep="last")
    flags = acts.groupby(["enterprise", "act"])[["red_line", "appealed"]].any().reset_index()
    merged = heaviest.drop(columns=["red_line", "appealed", "_weight"]).merge(flags, on=["enterprise", "act"])
    return merged.reset_index(drop=True)
