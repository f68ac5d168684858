"""What a worker does with one part under one plan: measure it, and later judge it.

一个分区在一份规划下的工作：先计算，后评判。

Both write their tables under a temporary name and rename, with a manifest that says from which inputs they came: work that is
done is not done again, and nothing is left half written. What a worker returns is small.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AntidrugError, Problem, ReturnsError
from ..indicators.compute import IndicatorValues, compute_years
from ..indicators.pooled import moments_of, shrink_to
from ..provenance import Made, weakest
from .partitions import Part, read_rows, write_parquet
from .rows import checked_rows

if TYPE_CHECKING:
    import pandas as pd

    from ..appraisal.rules.loader import AppraisalRules
    from ..outlook.pooled_prior import PriorSums
    from ..outlook.priors import Prior
    from ..plan.model import Plan

MANIFEST = "manifest.json"
VALUES = "values"
PROBLEMS = "problems"
JUDGED = ("verdicts", "milestones", "scores", "pooled")


@dataclass(frozen=True, slots=True)
class Job:
    """One part under one plan, with all that the work needs.  一个分区与一份规划。"""

    part: Part
    plan: Plan  # with the part's places
    folder: Path  # of this plan and part
    origin: int
    by: int | None
    readings: Mapping[str, str]
    rules: AppraisalRules | None
    draws: int
    seed: int
    version: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a worker hands back.  工作回执。"""

    plan: str
    part: str
    state: str  # done, or refused
    key: str  # of the inputs
    rows: int = 0
    seconds: float = 0.0
    reused: bool = False
    memory: int = 0  # peak of the worker so far, bytes
    worker: int = 0  # its process
    status: str = ""
    problems: int = 0  # errors and warnings, which stand in problems.parquet


def measure_part(job: Job) -> Done:
    """Check every year of a part, compute its yearly values and the sums to be pooled; one year in memory at a time.

    核对并计算一个分区的年度值，每次只读入一年。
    """
    key = _key([job.plan.fingerprint, job.plan.id, job.version, *_places_of(job), *map(_digest, _files(job))])
    folder = job.folder / VALUES
    if (known := _finished(folder, key)) is not None:
        return known
    start = time.perf_counter()
    try:
        table, warnings, rows, status = _yearly(job)
    except AntidrugError as error:
        done = _done(job, "refused", key, start, problems=len(error.problems))
        _place(folder, {PROBLEMS: error.frame}, done)
        return done
    done = _done(job, "done", key, start, rows=rows, status=status, problems=len(warnings))
    _place(folder, {"yearly": table, "moments": moments_of(table, job.plan), PROBLEMS: warnings}, done)
    return done


def learn_part(job: Job, measured: Done) -> PriorSums:
    """Return what the series of a part tell of the forecaster's models.  汇总一个分区对模型先验的信息。"""
    from ..outlook.places import sum_prior

    return sum_prior(_values(job, measured), plan=job.plan, origin=job.origin, readings=job.readings)


def judge_part(job: Job, measured: Done, pooled: pd.DataFrame, prior: Prior | None = None) -> Done:
    """Judge a part that was measured: targets, milestones, score cards, rates beside the nation's.  评判一个分区。"""
    from ..appraisal.scorecard import appraise
    from ..indicators.milestones import judge_milestones
    from ..outlook.places import assess_places

    settings = [
        job.origin,
        job.by,
        sorted(job.readings.items()),
        job.rules.fingerprint if job.rules else "",
        job.draws,
        job.seed,
    ]
    key = _key([measured.key, *map(repr, settings), pooled.to_csv(index=False)])
    folder = job.folder / "judged"
    if (known := _finished(folder, key)) is not None:
        return known
    start = time.perf_counter()
    values = _values(job, measured)
    plan = job.plan
    years = [y for y in plan.years if y <= job.origin]
    tables = {
        "milestones": judge_milestones(values, plan=plan, years=years, readings=job.readings).frame,
        "pooled": shrink_to(pooled, values.yearly_table, plan),
    }
    if plan.targets:
        tables["verdicts"] = assess_places(
            values, plan=plan, origin=job.origin, by=job.by, readings=job.readings, draws=job.draws, seed=job.seed, prior=prior
        ).frame  # fmt: skip
    if job.rules is not None and years:
        tables["scores"] = appraise(values, plan, year=years, rules=job.rules, readings=job.readings).scores
    done = _done(job, "done", key, start, rows=len(tables["milestones"]), status=measured.status)
    _place(folder, tables, done)
    return done


def _yearly(job: Job) -> tuple[pd.DataFrame, pd.DataFrame, int, str]:
    """Return yearly values, warnings, number of rows read and the weakest status of a part."""
    import pandas as pd

    tables, warnings, rows, statuses = [], [], 0, set()
    for year, path in sorted(job.part.files.items()):
        frame = read_rows(path)
        rows += len(frame)
        sound, told = checked_rows(frame, job.plan, year, name=f"part={job.part.id}/year={year}")
        statuses |= set(sound.loc[sound["status"] != "missing", "status"].unique())
        warnings.append(told)
        tables.append(compute_years(sound, plan=job.plan))
    if not tables:
        raise ReturnsError(Problem("no_rows", f"part {job.part.id} holds no returns.", f"分区 {job.part.id} 没有报表。", "Hand in its years.", "请报送各年数据。", file=f"part={job.part.id}"))  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    table = table.assign(year=[p.year for p in table["period"]]).drop(columns="period")
    return table, pd.concat(warnings, ignore_index=True), rows, str(weakest(statuses))


def _values(job: Job, measured: Done) -> IndicatorValues:
    """Read the yearly values of a part back."""
    import numpy as np
    import pandas as pd

    table = pd.read_parquet(job.folder / VALUES / "yearly.parquet")
    years = sorted(table["year"].unique())
    periods = np.array([*(pd.Period(year=y, freq="Y") for y in years), None], dtype=object)[:-1]
    table["period"] = periods[np.searchsorted(years, table["year"])]
    made = Made("indicators", weakest([measured.status] if measured.status else []), measured.key)
    return IndicatorValues(table.drop(columns="year"), made)


def _done(job: Job, state: str, key: str, start: float, **more: Any) -> Done:
    seconds = time.perf_counter() - start
    return Done(
        job.plan.id, job.part.id, state, key, seconds=seconds, memory=_peak_memory(), worker=os.getpid(), **more
    )


def _peak_memory() -> int:
    """Return the most memory that this process has held, bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else 1024 * int(peak)  # Linux tells kilobytes


def _files(job: Job) -> list[Path]:
    return [path for _, path in sorted(job.part.files.items())]


def _places_of(job: Job) -> list[str]:
    return [f"{d.id}:{d.name.zh}:{d.name.en}" for d in (job.part.geography.city, *job.part.geography.divisions)]


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece, with the year it stands for."""
    with path.open("rb") as stream:
        return path.parent.name + hashlib.file_digest(stream, "sha256").hexdigest()


def _key(parts: list[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def _finished(folder: Path, key: str) -> Done | None:
    """Return the receipt of work that was done from the very same inputs."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if told.get("key") != key:
        return None
    return Done(**(told | {"reused": True}))


def _place(folder: Path, tables: Mapping[str, pd.DataFrame], done: Done) -> None:
    """Write tables and receipt into a new folder, then put it in place of an earlier one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, table in tables.items():
            write_parquet(table, draft / f"{name}.parquet")
        receipt = json.dumps(asdict(done), ensure_ascii=False, indent=1, default=_plain)
        (draft / MANIFEST).write_text(receipt + "\n", encoding="utf-8")
        draft.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _plain(value: Any) -> Any:
    """Return a number of an array, or a missing one, as JSON knows it."""
    return value.item() if hasattr(value, "item") else str(value)
