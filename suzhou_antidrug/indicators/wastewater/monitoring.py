"""Coverage of sewage monitoring: which plants were sampled often enough, in three readings of 100 %.

污水监测覆盖面：哪些污水厂监测达到要求，以及“100%”的三种读法。

The plan promises 污水监测覆盖面 100 % (正文二, task 18) and does not say of what: plants, the population they serve, or
divisions. All three are given side by side. Domestic and industrial sewage are two registers and never added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, shown, unknown_name
from ...plotting import COLOURS, finish, mark_status, new_axes, style
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Judgement, Verdict
from ..coverage import Coverage, judge_coverage
from .weeks import sampling_rounds

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

SEWAGE = {"domestic": Text("生活污水", "domestic sewage"), "industrial": Text("工业污水", "industrial sewage")}
READINGS: dict[str, Text] = {  # the first two bear the ids of the plan's readings
    "plants_listed": Text("污水厂（座）", "plants"),
    "population_served": Text("服务人口（人）", "population served"),
    "divisions_sampled": Text("至少完成一轮合格监测的县级市（区）", "divisions with at least one complete round"),
}
REGISTER_COLUMNS = ("plant", "division", "sewage", "population")
BASES = (Text("名册各厂服务人口", "population served by all plants"), Text("常住人口", "residents"))
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
STATES = {"grid": Text("未采样", "not sampled"), "insufficient_evidence": Text("天数不足", "too few days"),
          "met": Text("完成", "complete"), "not_met": Text("全年未达到", "year not met")}  # fmt: skip
LABELLED_PLANTS = 40


@dataclass(frozen=True, slots=True, eq=False)
class MonitoringCoverage(Result):
    """Which plants were monitored as required, and three readings of the coverage.  监测达标的污水厂与三种读法的覆盖面。

    ``frame`` has one row a plant: plant, division, sewage, population, rounds, rounds_complete, days, quarters_missing,
    covered, reason_zh, reason_en. ``readings`` holds a :class:`~suzhou_antidrug.indicators.coverage.Coverage` for each
    of ``READINGS``; ``plan_reading`` is the one asked for. ``problems`` lists what was left aside.
    """

    table: pd.DataFrame
    grid: Ints  # complete rounds, plants x quarters
    touched: NDArray[np.bool_]  # a round was begun, plants x quarters
    readings: Mapping[str, Coverage]
    divisions: pd.DataFrame
    problems: pd.DataFrame
    year: int
    sewage: str
    rule: Text  # what makes a plant covered
    plan_reading: str
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a plant."""
        return self.table.copy()

    @property
    def judgement(self) -> Judgement:
        """The verdict under the reading asked for."""
        return self.readings[self.plan_reading].judgement

    def readings_frame(self) -> pd.DataFrame:
        """Return the readings side by side: numerator, denominator, value, verdict, reason.  三种读法对照表。"""
        import pandas as pd

        rows = [
            {"reading": name, "asked": name == self.plan_reading, "numerator": c.numerator, "denominator": c.denominator,
             "value": c.value, "shown": c.shown, "verdict": c.judgement.verdict.value,
             "reason_zh": c.judgement.reason.zh, "reason_en": c.judgement.reason.en}
            for name, c in self.readings.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def returns_rows(self, *, source: str = "") -> pd.DataFrame:
        """Return the rows that an office types into its returns for the plan's two indicators of coverage.

        给出各县级市（区）应填入报表的两项覆盖面指标。

        The rule applied stands in ``definition``: a year under another rule is not comparable. What cannot be filled in
        (no plant on the register, no resident population given) is left blank with status ``missing`` and the reason in
        ``note``. Raises :class:`~suzhou_antidrug.errors.SeriesError` for industrial sewage, which no indicator reports.
        """
        import pandas as pd

        if self.sewage != "domestic":
            en, zh = "the plan's indicators of coverage are about domestic sewage.", "规划的覆盖面指标只针对生活污水。"
            raise SeriesError(Problem("industrial_sewage", en, zh))
        names = {"wastewater_monitoring_coverage": ("covered", "plants", "名册上没有污水厂"),
                 "wastewater_population_coverage": ("population_covered", "resident_population", "缺服务人口或常住人口，或前者多于后者")}  # fmt: skip
        known = "synthetic" if self.made.status is Status.SYNTHETIC else "reported"
        parts = []
        for indicator, (numerator, denominator, why) in names.items():
            n, base = (self.divisions[c].astype(float) for c in (numerator, denominator))
            fine = (base > 0) & (n <= base)
            parts.append(pd.DataFrame({
                "indicator_id": indicator, "division": self.divisions["division"], "period": str(self.year),
                "numerator": n.where(fine), "denominator": base.where(fine), "value": (n / base).where(fine),
                "unit": "share", "status": np.where(fine, known, "missing"), "note": np.where(fine, "", why),
            }))  # fmt: skip
        return pd.concat(parts, ignore_index=True).assign(source=source, definition=self.rule.zh)

    def explain(self) -> Explanation:
        """The rule, the three readings and what was left aside."""
        people = BASES[bool(self.divisions["resident_population"].notna().any())]
        lines = [
            line("年份", "year", self.year),
            line("污水类别", "sewage", SEWAGE[self.sewage]),
            line("覆盖条件", "a plant is covered by", self.rule),
            line("人口读法的分母", "population out of", people),
        ]
        for name, found in self.readings.items():
            mark = Text("（所选读法）", " (reading asked for)") if name == self.plan_reading else Text("", "")
            verdict, reason = found.judgement.verdict.text, found.judgement.reason
            said = Text(f"{found.shown}，{verdict.zh}：{reason.zh}", f"{found.shown}, {verdict.en}: {reason.en}")
            lines.append((Text(READINGS[name].zh + mark.zh, READINGS[name].en + mark.en), said))
        lines += [
            line("未计入之处", "left aside", len(self.problems)),
            line("条款", "clause", Text("正文二；附件-18", "正文二; 附件-18")),
            line("数据状态", "status", self.made.status.text),
        ]
        return Explanation(Text("污水监测覆盖面", "Coverage of sewage monitoring"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw plants by quarter: complete, begun, missing, and the year.  绘制各厂各季度监测情况。"""
        return _plot(self, ax, language=language)


def monitoring_coverage(
    register: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    year: int,
    rounds_required: int = 4,
    days_required: int = 2,
    spread: Literal["quarter"] | None = "quarter",
    sewage: Literal["domestic", "industrial"] = "domestic",
    plan_reading: str = "plants_listed",
    divisions: Iterable[str] | None = None,
    resident_population: Mapping[str, float] | None = None,
    status: Status | str = Status.REPORTED,
) -> MonitoringCoverage:
    """Return which plants were monitored as required in a year, and the coverage in three readings.

    给出当年监测达标的污水厂，以及按污水厂、服务人口、县级市（区）三种读法的覆盖面。

    A round is a run of samples of a plant of which each starts within seven days of the one before, or the ``round``
    given; it belongs to the quarter in which it begins. Sampling without a gap for more than 31 days is cut at the
    quarters. A round is complete with ``days_required`` distinct days; a plant is covered with ``rounds_required``
    complete rounds and, where four or more are required and ``spread`` is "quarter", one at least in every quarter. Four
    rounds of two days are an assumption, after the usual contract; the plan sets none, and its catalogue counts a plant
    "sampled in the year": ``rounds_required=1, days_required=1``.

    Parameters
    ----------
    register : DataFrame
        plant, division, sewage ("domestic" or "industrial"), population (persons served; NaN for industrial).
    samples : DataFrame
        plant, start; where known round. Several rows a sample, one for each biomarker, do no harm.
    sewage : str
        Which register is judged; the other is left out wholly.
    plan_reading : str
        A key of ``READINGS``; the plan's default is the plants on the list.
    divisions : iterable of str, optional
        All that must be covered; else those of the register, where one without a plant is not seen.
    resident_population : mapping, optional
        Division to residents: then the denominator of the population reading, as in the plan's catalogue, else the
        population served by all plants of the register.

    Raises
    ------
    SeriesError
        A column or cell is missing, a plant stands twice, a kind of sewage, a population or a date cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> register = pd.DataFrame({"plant": ["East", "West"], "division": ["kunshan", "taicang"],
    ...                          "sewage": "domestic", "population": [300_000, 100_000]})
    >>> days = [f"2021-{month:02d}-{day}" for month in (2, 5, 8, 11) for day in (10, 14)]
    >>> samples = pd.DataFrame({"plant": ["East"] * 8 + ["West"] * 6, "start": days + days[:6]})
    >>> found = monitoring_coverage(register, samples, year=2021)
    >>> [(name, c.shown, c.judgement.verdict.value) for name, c in found.readings.items()]  # doctest: +NORMALIZE_WHITESPACE
    [('plants_listed', '50.0%', 'not_met'), ('population_served', '75.0%', 'not_met'),
     ('divisions_sampled', '100.0%', 'met')]
    >>> found.frame["quarters_missing"].tolist()
    ['', 'Q4']
    """
    import pandas as pd

    for name, value, known in (("sewage", sewage, SEWAGE), ("plan_reading", plan_reading, READINGS)):
        if value not in known:
            raise UnknownNameError(unknown_name(name, {"sewage": "污水类别"}.get(name, "读法"), value, known))
    if rounds_required < 1 or days_required < 1 or spread not in ("quarter", None):
        raise ValueError("rounds_required and days_required are at least 1; spread is 'quarter' or None")
    listed, taken = _checked(register, samples)
    every_quarter = spread == "quarter" and rounds_required >= len(QUARTERS)
    more = Text("，每季度至少一轮", ", one at least in every quarter") if every_quarter else Text("", "")
    rule = Text(
        f"全年不少于 {rounds_required} 轮，每轮不少于 {days_required} 天{more.zh}",
        f"at least {rounds_required} rounds in the year of at least {days_required} days{more.en}",
    )
    table = listed[listed["sewage"] == sewage].reset_index(drop=True)
    code, strange = pd.Index(table["plant"]).get_indexer(taken["plant"]), ~taken["plant"].isin(listed["plant"])
    begun, grid, days = _grids(len(table), code[code >= 0], taken[code >= 0], year, days_required)
    table = _judged(table, begun, grid, days, rounds_required, every_quarter)
    by_division = _by_division(table, grid, divisions, resident_population)
    lacking = table.loc[table["population"].isna() & (sewage == "domestic"), "plant"]
    readings = _readings(table, by_division, sewage, resident_population is not None)
    data = listed.to_csv(index=False).encode() + pd.util.hash_pandas_object(taken).to_numpy().tobytes()
    made = Made(f"monitoring coverage: {rule.en}", Status(status), fingerprint(data))
    return MonitoringCoverage(
        table, grid, begun > 0, readings, by_division, _left_aside(taken[strange], lacking), year, sewage,
        rule, plan_reading, made,
    )  # fmt: skip


def _checked(r: pd.DataFrame, s: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables with typed columns, or raise every problem at once."""
    import pandas as pd

    problems: list[Problem] = []
    for file, frame, columns in (("register", r, REGISTER_COLUMNS), ("samples", s, ("plant", "start"))):
        for c in (c for c in columns if c not in frame):
            problems.append(Problem("column", f"the column {c} is missing.", f"缺少列 {c}。", file=file, column=c))
    if problems:
        raise SeriesError(problems)

    def flag(file: str, frame: pd.DataFrame, column: str, bad: Any, code: str, en: str, zh: str) -> None:
        for i in np.flatnonzero(np.asarray(bad, dtype=bool))[:100]:
            row, value = frame.index[i], shown(frame[column].iat[i])
            number = int(row) if isinstance(row, int | np.integer) else None
            problems.append(Problem(code, en, zh, file=file, row=number, column=column, value=value))

    for column in ("plant", "division"):
        blank = r[column].isna() | (r[column].astype(str).str.strip() == "")
        flag("register", r, column, blank, "blank", "the cell is blank.", "单元格为空。")
    flag("register", r, "plant", r["plant"].duplicated(keep=False) & r["plant"].notna(), "plant_twice",
         "the plant is on the register twice.", "该污水厂在名册上重复。")  # fmt: skip
    flag("register", r, "sewage", ~r["sewage"].isin(list(SEWAGE)), "sewage",
         "sewage is domestic or industrial.", "污水类别须为 domestic 或 industrial。")  # fmt: skip
    population = pd.to_numeric(r["population"], errors="coerce").astype(float)
    bad = (population < 0) | np.isinf(population) | (population % 1 > 0) | (population.isna() & r["population"].notna())
    flag("register", r, "population", bad, "population", "a population is a whole number of persons.", "人口须为整数。")
    # The day on the clock of the plant counts, so a time zone is dropped, never converted.
    start = s["start"]
    if not pd.api.types.is_datetime64_any_dtype(start):
        text = start.astype(str)
        start = pd.to_datetime(text.where(text.str.len() >= len("20210401")), errors="coerce", format="ISO8601")
    start = start.dt.tz_localize(None)
    flag("samples", s, "start", start.isna(), "start", "a start is a date: 2021-04-01.", "须为日期：2021-04-01。")
    if "round" in s:
        flag("samples", s, "round", s["round"].isna(), "round", "the round is blank.", "轮次为空。")
    if problems:
        raise SeriesError(problems, heading="The monitoring cannot be judged as handed in. 监测数据不能按现状评判。")
    taken = s[["plant", *(["round"] if "round" in s else [])]].assign(start=start)
    return r[["plant", "division", "sewage"]].assign(population=population), taken.reset_index(drop=True)


def _grids(n: int, plant: Ints, samples: pd.DataFrame, year: int, days_required: int) -> tuple[Ints, Ints, Ints]:
    """Return rounds begun and rounds complete, plants by quarter, and the days sampled of each plant."""
    label = samples["round"].astype(str).factorize()[0] if "round" in samples else None
    found = sampling_rounds(plant, samples["start"].to_numpy(dtype="datetime64[s]"), label)
    now = found.quarter // 4 == year
    cell, days = found.series[now] * 4 + found.quarter[now] % 4, found.days[now]
    begun, complete = (np.bincount(c, minlength=4 * n).reshape(n, 4) for c in (cell, cell[days >= days_required]))
    return begun, complete, np.bincount(cell // 4, weights=days, minlength=n).astype(np.int64)


def _judged(table: pd.DataFrame, begun: Ints, grid: Ints, days: Ints, needed: int, every_quarter: bool) -> pd.DataFrame:
    """Return the table of plants with what was sampled, whether it is covered, and why not."""
    complete = grid.sum(axis=1)
    missing = [" ".join(q for q, k in zip(QUARTERS, row, strict=True) if not k) for row in grid]
    covered = (complete >= needed) & ((grid > 0).all(axis=1) | (not every_quarter))
    why = [
        Text("达到要求", "as required") if fine
        else Text(f"缺 {gap}（合格 {k} 轮）", f"missing {gap} ({k} complete rounds)") if every_quarter and gap
        else Text(f"合格 {k} 轮，少于 {needed} 轮", f"{k} complete rounds of {needed}")
        for fine, gap, k in zip(covered, missing, complete, strict=True)
    ]  # fmt: skip
    return table.assign(
        rounds=begun.sum(axis=1), rounds_complete=complete, days=days, quarters_missing=missing, covered=covered,
        reason_zh=[said.zh for said in why], reason_en=[said.en for said in why],
    )  # fmt: skip


def _by_division(
    table: pd.DataFrame, grid: Ints, divisions: Iterable[str] | None, residents: Mapping[str, float] | None
) -> pd.DataFrame:
    """Return plants, population and rounds of each division; a population with a part missing is missing."""
    import pandas as pd

    names = list(dict.fromkeys(table["division"] if divisions is None else divisions))
    if unknown := sorted(set(table["division"]) - set(names)):
        raise UnknownNameError([unknown_name("division", "县级市（区）", name, names) for name in unknown])
    code, covered = pd.Index(names).get_indexer(table["division"]), table["covered"].to_numpy()
    people = table["population"].to_numpy(dtype=float)

    def total(weights: Any) -> Any:  # NaN where a part is missing
        return np.bincount(code, weights=weights, minlength=len(names))

    return pd.DataFrame({
        "division": names, "plants": total(None), "covered": total(covered).astype(int), "population": total(people),
        # A plant that is not covered adds no one, whether its population is known or not.
        "population_covered": total(np.where(covered, people, 0.0)), "sampled": total((grid > 0).any(axis=1)) > 0,
        "resident_population": [float((residents or {}).get(name, np.nan)) for name in names],
    })  # fmt: skip


def _readings(table: pd.DataFrame, divisions: pd.DataFrame, sewage: str, resident: bool) -> dict[str, Coverage]:
    base = "resident_population" if resident else "population"
    served, whole = (float(divisions[c].sum(skipna=False)) for c in ("population_covered", base))
    lacking = table.loc[table["population"].isna() & (table["covered"] | (not resident)), "plant"]
    homeless = divisions.loc[divisions[base].isna() & resident, "division"]
    why = None
    if sewage == "industrial":
        why = Text("工业污水没有服务人口", "industrial sewage serves no population")
    elif len(lacking) or len(homeless):
        zh, en = ("缺服务人口", "no population") if len(lacking) else ("缺常住人口", "no resident population")
        names = (lacking if len(lacking) else homeless).astype(str)
        named = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        why = Text(f"{zh}（{len(names)} 处）：{named}", f"{en} for {len(names)}: {named}")
    elif served > whole:
        why = Text(f"服务人口 {served:.0f} 多于常住人口", f"{served:.0f} served are more than the residents")
    by_people = judge_coverage(served if why is None else None, whole)
    if why is not None:
        by_people = replace(by_people, judgement=Judgement(Verdict.NOT_ASSESSABLE, why))
    return {
        "plants_listed": judge_coverage(int(table["covered"].sum()), len(table)),
        "population_served": by_people,
        "divisions_sampled": judge_coverage(int(divisions["sampled"].sum()), len(divisions)),
    }


def _left_aside(samples: pd.DataFrame, lacking: pd.Series) -> pd.DataFrame:
    """Return one warning for each plant sampled but not on the register, and for each without a population."""
    import pandas as pd

    n = samples["plant"].astype(str).value_counts(sort=False)
    strange = [("plant_not_on_register", p, "plant", p, f"not on the register; samples left aside: {k}",
                f"名册上没有该厂，其 {k} 个样品未计入") for p, k in n.items()]  # fmt: skip
    blank = [("population_missing", p, "population", "", "no population: the reading by population cannot be judged",
              "缺服务人口，无法按人口评判") for p in lacking.astype(str)]  # fmt: skip
    columns = ["code", "plant", "column", "value", "en", "zh"]
    return pd.DataFrame(strange + blank, columns=columns).assign(severity="warning")


def _plot(found: MonitoringCoverage, ax: Axes | None, *, language: str | None) -> Axes:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    code, names = found.table["division"].factorize()
    order = np.argsort(code, kind="stable")
    table = found.table.iloc[order]
    state = np.where(found.grid > 0, 2, found.touched.astype(int))[order]
    cells = np.column_stack([state, np.where(table["covered"], 2, 3)])
    few = len(table) <= LABELLED_PLANTS
    with style(language):
        ax = new_axes(ax, height=min(9.0, 1.8 + 0.26 * max(len(table), 3)) if few else 6.5)
        colours = ListedColormap([COLOURS[name] for name in STATES])
        if len(cells):
            ax.pcolormesh(cells, cmap=colours, vmin=0, vmax=3, edgecolors="white", linewidth=1.5 * few)
        ax.grid(False)
        ax.invert_yaxis()
        ax.axvline(4, color="white", linewidth=6)
        ax.set_xticks(np.arange(5) + 0.5, [*QUARTERS, str(Text("全年", "year"))])
        if few:
            ax.set_yticks(np.arange(len(table)) + 0.5, table["plant"].astype(str))
            for (y, x), rounds in np.ndenumerate(found.grid[order]):
                ax.text(x + 0.5, y + 0.5, str(rounds), ha="center", va="center", fontsize=8)
        else:
            ends = np.cumsum(np.bincount(code))
            ax.set_yticks(ends - np.bincount(code) / 2, names.astype(str))
        done, words = f"{int(table['covered'].sum())}/{len(table)}", SEWAGE[found.sewage]
        share = found.readings["plants_listed"].shown
        zh, en = (
            f"{found.year} 年{words.zh}监测：{done} 座（{share}）",
            f"{words.en} {found.year}: {done} plants ({share})",
        )
        ax.set_title(str(Text(zh, en)))
        boxes = [Patch(color=COLOURS[name], label=str(said)) for name, said in STATES.items()]
        ax.legend(handles=boxes, loc="upper left", bbox_to_anchor=(0, -0.08), ncols=4)
        mark_status(ax, found.made.status)
        return finish(ax)
