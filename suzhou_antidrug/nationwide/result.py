"""The result of an evaluation of many places: counts, national rates, problems, and the tables on the disk.

多地区评估的结果：评判计数、全国合并率、问题清单，以及存盘的各表。
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..disclosure import MINIMUM, refuse_marks
from ..errors import DatasetError, OutputError, Problem, UnknownNameError, problems_frame, shown, unknown_name
from ..outlook.places import count_verdicts
from ..provenance import Made, Status, fingerprint, weakest
from ..report.escaping import safe_frame
from ..results import Explanation, Result, line
from ..terms import Text
from ..verdicts import Verdict
from .tasks import JUDGED, PROBLEMS, VALUES, Done, Job

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

RUN = "run.json"
TABLES = ("yearly", *JUDGED)
WORKING = Text(
    "工作数据，含未抑制的小数，不得对外；对外请用 release()",
    "working data with small counts, not for release; release() writes what may leave",
)
VERDICTS = [str(v) for v in Verdict]


@dataclass(frozen=True, slots=True, eq=False)
class NationalEvaluation(Result):
    """An evaluation of many places, whose tables stay on the disk.  多地区评估的结果；各表存于磁盘。

    ``frame`` counts verdicts by plan, level (``place``, or ``part`` for the wholes) and target. What concerns single places is
    read by :meth:`read`, part by part by :meth:`each`.
    """

    folder: Path
    table: pd.DataFrame
    national_rates: pd.DataFrame
    problems: pd.DataFrame
    work: pd.DataFrame  # one row a task: plan, part, step, state, rows, seconds, reused, memory, worker
    titles: Mapping[str, Text]
    settings: Mapping[str, Any]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """Counts of verdicts by plan, level and target."""
        return self.table.copy()

    @property
    def plans(self) -> tuple[str, ...]:
        """Ids of the plans."""
        return tuple(dict.fromkeys(self.work["plan"]))

    def each(
        self, name: str, *, plan: str | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pd.DataFrame]:
        """Yield a table part by part: yearly, verdicts, milestones, scores or pooled, with columns ``plan`` and ``part``.  逐区读取。"""
        import pandas as pd

        if name not in TABLES:
            raise UnknownNameError(unknown_name("table", "表", name, TABLES))
        if plan is not None and plan not in self.plans:
            raise UnknownNameError(unknown_name("plan of this run", "本次评估的规划", plan, self.plans))
        done = self.work[(self.work["step"] == "judge") & (self.work["plan"].isin([plan] if plan else self.plans))]
        for row in done.itertuples():
            own = self.folder / f"plan={row.plan}" / f"part={row.part}"
            path = own / (VALUES if name == "yearly" else "judged") / f"{name}.parquet"
            if path.is_file():
                yield pd.read_parquet(path, columns=None if columns is None else list(columns)).assign(
                    plan=row.plan, part=row.part
                )

    def read(self, name: str, *, plan: str | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a table of all parts together; ask for the ``columns`` that are needed.  读取全部分区的一张表。"""
        import pandas as pd

        tables = list(self.each(name, plan=plan, columns=columns))
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def by_part(self, target: str | None = None) -> pd.DataFrame:
        """Count the verdicts of places in every part, by target.  各分区的评判计数。"""
        import pandas as pd

        counted = []
        for table in self.each("verdicts", columns=["target", "division", "verdict"]):
            own = table[(table["division"] != table["part"]) & ((table["target"] == target) | (target is None))]
            counted.append(count_verdicts(own, by=("plan", "part", "target")))
        return pd.concat(counted, ignore_index=True) if counted else pd.DataFrame()

    def grades(self) -> pd.DataFrame:
        """Count the grades of places by plan and year.  各等次的地区数。"""
        import pandas as pd

        tables = [
            t.loc[t["division"] != t["part"], ["plan", "year", "grade"]]
            for t in self.each("scores", columns=["division", "year", "grade"])
        ]
        if not tables:
            return pd.DataFrame(columns=["plan", "year", "grade", "places"])
        counted = pd.concat(tables).fillna({"grade": "not_assessable"}).groupby(["plan", "year", "grade"]).size()
        return counted.rename("places").reset_index()

    def explain(self) -> Explanation:
        """Parts, places, what was refused, how long it took, and what may leave."""
        done = self.work[self.work["step"] == "measure"]
        refused = done[done["state"] == "refused"]
        said = f"{len(done)} ({len(refused)} refused)"
        lines = [
            line("规划", "plans", ", ".join(self.plans)),
            line("分区（退回）", "parts", Text(f"{len(done)}（{len(refused)}）", said)),
            line("报表行数", "rows of returns", f"{int(done['rows'].sum()):,}"),
            line("评判数", "verdicts", f"{int(self.table[VERDICTS].to_numpy().sum()):,}"),
        ]
        lines += [
            (Text(f"退回：{row.part}", f"refused: {row.part}"), Text(*self._why(row.plan, row.part)))
            for row in refused.itertuples()
        ]
        lines += [line("对外", "release", WORKING), line("数据状态", "status", self.made.status.text)]
        return Explanation(Text("多地区评估", "Evaluation of many places"), tuple(lines))

    def _why(self, plan: str, part: str) -> tuple[str, str]:
        own = self.problems[(self.problems["plan"] == plan) & (self.problems["part"] == part)]
        first = own.iloc[0]
        more = len(own) - 1
        return (
            f"{first['zh']}" + (f" 另有 {more} 处" if more else ""),
            f"{first['en']}" + (f" and {more} more" if more else ""),
        )

    def plot(
        self, ax: Axes | None = None, *, plan: str | None = None, level: str = "place", language: str | None = None
    ) -> Axes:
        """Draw the share of places with each verdict, target by target, for one plan.  绘制一份规划各类评判的比例。"""
        from ..outlook.plots import plot_verdict_shares

        chosen = self.plans[0] if plan is None else plan
        own = self.table[(self.table["plan"] == chosen) & (self.table["level"] == level)]
        if own.empty:
            raise UnknownNameError(unknown_name("plan of this run", "本次评估的规划", chosen, self.plans))
        return plot_verdict_shares(own, self.titles, self.made.status, ax, language=language)

    def manifest(self) -> dict[str, Any]:
        """Settings, fingerprint and status: enough to make it again."""
        return self.made.as_dict() | {"job": "evaluate_many", "settings": dict(self.settings), "disclosure": WORKING.en}

    def release(self, out: str | Path, *, minimum: int = MINIMUM) -> Path:
        """Write what may leave: counts of places by verdict and grade, and national rates without small counts.

        写出可以对外的汇总：各类评判与等次的地区数、全国合并率（抑制小数）。No figure of a single place or part leaves, so
        that no difference of totals tells one.

        Raises :class:`~suzhou_antidrug.errors.OutputError` where the folder exists.
        """
        folder = Path(out)
        if folder.exists():
            raise OutputError(Problem("output_exists", f"{shown(folder.name)} exists already.", f"{shown(folder.name)} 已存在。", "Choose another folder.", "请换一个文件夹。"))  # fmt: skip
        rates = self.national_rates
        if self.made.status != Status.SYNTHETIC:
            rest = rates["exposure"] - rates["events"]
            small = rates["events"].between(1, minimum - 1) | rest.between(1, minimum - 1)
            rates = rates.assign(suppressed=small)
            rates.loc[small, ["events", "exposure", "squares", "pooled", "variance"]] = float("nan")
        tables = {"verdicts": self.table, "grades": self.grades(), "national_rates": rates.drop(columns="squares")}
        folder.mkdir(parents=True)
        for name, table in tables.items():
            refuse_marks(table)
            marked = safe_frame(table.assign(data_status=str(self.made.status)))
            marked.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
        told = self.manifest() | {"disclosure": {"minimum": minimum, "places": "counts only"}}
        (folder / "manifest.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return folder


def national_evaluation(
    folder: Path, jobs: Mapping[tuple[str, str], Job], measured: Mapping[tuple[str, str], Done],
    judged: Mapping[tuple[str, str], Done], settings: Mapping[str, Any],
) -> NationalEvaluation:  # fmt: skip
    """Write the list of what was done, and open the results from it.  写出完成清单并打开结果。"""
    steps = [
        (step, found[key])
        for key in sorted(jobs)
        for step, found in (("measure", measured), ("judge", judged))
        if key in found
    ]
    titles = {t.id: asdict(t.name) for job in jobs.values() for t in job.plan.targets}
    told = {
        "job": "evaluate_many",
        "state": "done",
        "settings": dict(settings),
        "titles": titles,
        "work": [{"step": step} | asdict(done) for step, done in steps],
    }
    draft = folder / f".{RUN}"
    draft.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / RUN)
    return open_evaluation(folder)


def open_evaluation(folder: str | Path) -> NationalEvaluation:
    """Open the results of a finished :func:`evaluate_many`.  打开已完成的多地区评估结果。

    Raises :class:`~suzhou_antidrug.errors.DatasetError` where the folder holds no finished run.

    >>> import suzhou_antidrug as sa, tempfile, pathlib
    >>> plan = sa.load_plan("suzhou-2020")
    >>> with tempfile.TemporaryDirectory() as name:
    ...     folder = pathlib.Path(name)
    ...     returns = sa.write_partitions([sa.load_synthetic_returns()], sa.places_of_plan(plan), folder / "returns")
    ...     _ = sa.evaluate_many(returns, plan, out=folder / "results", origin=2021, draws=100)
    ...     sa.open_evaluation(folder / "results").plans
    ('suzhou-2020',)
    """
    import pandas as pd

    root = Path(folder)
    try:
        told = json.loads((root / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = {}
    if told.get("state") != "done":
        raise DatasetError(Problem("no_run", f"{shown(root.name)} holds no finished run.", f"{shown(root.name)} 中没有完成的评估。", "Run evaluate_many on it again: finished parts are not redone.", "请对同一文件夹再次运行 evaluate_many：已完成的分区不会重算。"))  # fmt: skip
    work = pd.DataFrame(told["work"])
    statuses = [w["status"] for w in told["work"] if w["status"]]
    made = Made(
        "evaluate_many", weakest(statuses) if statuses else Status.ASSUMED,
        fingerprint("|".join(w["key"] for w in told["work"])), told["settings"]["seed"], told["settings"]["version"],
    )  # fmt: skip
    titles = {name: Text(**text) for name, text in told["titles"].items()}
    bare = NationalEvaluation(
        root, pd.DataFrame(), _rates(root, work), _problems(root, work), work, titles, told["settings"], made
    )  # fmt: skip
    return replace(bare, table=_counted(bare))


def _problems(root: Path, work: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    told = []
    for row in work[(work["step"] == "measure") & (work["problems"] > 0)].itertuples():
        own = pd.read_parquet(root / f"plan={row.plan}" / f"part={row.part}" / VALUES / f"{PROBLEMS}.parquet")
        told.append(own.assign(plan=row.plan, part=row.part))
    columns = ["plan", "part", *problems_frame([]).columns]
    return pd.concat(told, ignore_index=True)[columns] if told else pd.DataFrame(columns=columns)


def _rates(root: Path, work: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    plans = dict.fromkeys(work["plan"])
    tables = [pd.read_parquet(root / f"plan={plan}" / "pooled.parquet").assign(plan=plan) for plan in plans]
    return pd.concat(tables, ignore_index=True)


def _counted(found: NationalEvaluation) -> pd.DataFrame:
    """Count verdicts part by part, so that one part is in memory at a time."""
    import pandas as pd

    keys = ["plan", "level", "target"]
    total = None
    for table in found.each("verdicts", columns=["target", "division", "verdict"]):
        level = (table["division"] == table["part"]).map({True: "part", False: "place"})
        counted = count_verdicts(table.assign(level=level), by=keys).set_index(keys)
        total = counted if total is None else total.add(counted, fill_value=0)
    if total is None:
        return pd.DataFrame(columns=[*keys, *VERDICTS])
    order = {name: i for i, name in enumerate(found.titles)}
    ordered = total.astype(int).reset_index()
    rank = ordered["target"].map(order)
    return (
        ordered.assign(_rank=rank)
        .sort_values(["plan", "level", "_rank"])
        .drop(columns="_rank")
        .reset_index(drop=True)[[*keys, *VERDICTS]]
    )
