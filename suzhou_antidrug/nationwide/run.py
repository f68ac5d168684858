"""The same evaluation for many places and several plans, part by part, on one process or a cluster.

对许多地区、多份规划作同样的评估：逐个分区，单机或集群皆可。

Two passes. The first measures every part on its own and hands back sums; they are added up to national rates and to the
variance between places. The second judges every part, with the national figures at hand. A finished part is not redone.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..appraisal.rules.loader import AppraisalRules, load_appraisal_rules
from ..errors import OutputError, PlanError, Problem, UnknownNameError, shown, unknown_name
from ..evaluation.appraisal_section import BUNDLED
from ..indicators.pooled import pool_moments
from ..outlook.pooled_prior import PriorSums, pool_prior
from ..plan.loader import load_plan
from ..plan.model import Plan
from ..provenance import package_version
from ..returns.output import check_name
from ..returns.schema import Returns
from .executors import each_done
from .partitions import Part, PartitionedReturns, open_partitions, places_of_plan, write_parquet, write_partitions
from .result import RUN, NationalEvaluation, national_evaluation
from .tasks import VALUES, Done, Job, judge_part, learn_part, measure_part

if TYPE_CHECKING:
    import pandas as pd

    from ..outlook.priors import Prior

    Plans = (
        Plan | str | Path | Sequence[Plan | str | Path] | Mapping[str, Plan | str | Path | Sequence[Plan | str | Path]]
    )

POOLED = "pooled"
PRIORS = ("bundled", "national")


def evaluate_many(
    returns: PartitionedReturns | Returns | str | Path,
    plans: Plans,
    *,
    out: str | Path | None = None,
    origin: int | None = None,
    by: int | None = None,
    readings: Mapping[str, str] | None = None,
    rules: str | Path | AppraisalRules | Mapping[str, str | Path | AppraisalRules] | None = None,
    executor: Any = None,
    draws: int = 4000,
    rng: int = 0,
    prior: Literal["bundled", "national"] = "bundled",
    overwrite: bool = False,
    progress: bool = False,
) -> NationalEvaluation:
    """Evaluate many places by one or several plans: indicators, outlook, milestones, appraisal, and the nation's rates.

    以一份或多份规划评估许多地区：指标、前景、年度任务、考评及全国合并率。

    Parameters
    ----------
    returns : path, PartitionedReturns or Returns
        Partitioned Parquet, as :func:`~suzhou_antidrug.nationwide.partitions.write_partitions` writes it. Returns in memory
        are written as one part, the places of the first plan, to a private folder that goes when Python ends.
    plans : Plan, str, path, a sequence of them, or a mapping from part to them
        Every plan is applied to every part, with the part's places in the room of its divisions; a mapping says which
        plans bind which part.
    out : path, optional
        Folder of results, one folder a plan and part; ``<returns>-results`` beside the returns by default. A run that
        broke off goes on there; an earlier run with other settings is replaced only with ``overwrite``.
    origin, by, readings, draws
        As for :func:`~suzhou_antidrug.evaluation.job.evaluate`; the origin is the last year with returns, at most the
        plan's last, by default.
    rules : rules, or mapping from plan to rules, optional
        Appraisal rules; the bundled ones of a plan by default, no appraisal where there are none.
    executor : None, concurrent.futures.Executor or dask.distributed.Client
        Who does the work; this process where None.
    rng : int
        Seed. Every place and target derives its own from it: the answers are the same to the last bit on any executor and
        in any order.
    prior : {"bundled", "national"}
        Of the forecaster: the bundled one, or that moved by the nation's own series
        (:mod:`suzhou_antidrug.outlook.pooled_prior`, with what it did on real series).

    Returns
    -------
    NationalEvaluation
        Counts of verdicts by plan and target; ``.problems``, ``.national_rates``, ``.read("verdicts")`` and the like.

    Raises
    ------
    DatasetError, PlanError, UnknownNameError, OutputError
        A list of places, a plan, a reading that is wrong; a folder that is not to be replaced, or that another
        run is writing to; a pool whose workers died. Returns that cannot be
        used stop their own part only, and stand in ``.problems``.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> found = sa.evaluate_many(sa.load_synthetic_returns(), "suzhou-2020", origin=2021, draws=200)
    >>> len(found.read("verdicts")), found.frame.loc[found.frame["target"] == "relapse", "met"].tolist()
    (132, [1, 5])
    """
    start = time.perf_counter()
    if prior not in PRIORS:
        raise UnknownNameError(unknown_name("prior", "先验", prior, PRIORS))
    opened = _opened(returns, plans)
    bound = _bound(plans, opened)
    beside = opened.folder.with_name(f"{opened.folder.name}-results")
    folder = beside if out is None else Path(out)
    rule_of = {plan.id: _rules(plan, rules) for _, plan in bound}
    common: dict[str, Any] = {
        "by": by,
        "readings": dict(readings or {}),
        "draws": draws,
        "seed": rng,
        "version": package_version(),
    }
    for plan in {plan.id: plan for _, plan in bound}.values():
        for name, reading in common["readings"].items():
            plan.ambiguity(name).reading(reading)
    jobs = {
        (plan.id, part.id): Job(
            part, _placed(plan, part), folder / f"plan={plan.id}" / f"part={part.id}", _origin(origin, plan, opened),
            rules=rule_of[plan.id], **common,
        )
        for part, plan in bound
    }  # fmt: skip
    with _held(folder):
        _prepare(folder, overwrite=overwrite)
        _drop_others(folder, jobs.values())
        bar = _bar(2 * len(jobs), progress)
        measured = _all(measure_part, [(job,) for job in jobs.values()], executor, bar)
        pooled = _pool(jobs, measured, folder)
        sound = [key for key in jobs if measured[key].state == "done"]
        priors = _priors(jobs, measured, executor) if prior == "national" else {}
        work = [(jobs[key], measured[key], pooled[key[0]], priors.get(key[0])) for key in sound]
        judged = _all(judge_part, work, executor, bar)
        bar.close()
        settings = {"origin": {job.plan.id: job.origin for job in jobs.values()}, **common, "prior": prior}
        settings["seconds"] = round(time.perf_counter() - start, 2)
        return national_evaluation(folder, jobs, measured, judged, settings)


def _opened(returns: PartitionedReturns | Returns | str | Path, plans: Plans) -> PartitionedReturns:
    if isinstance(returns, PartitionedReturns):
        return returns
    if not isinstance(returns, Returns):
        return open_partitions(returns)
    first = _listed(next(iter(plans.values())) if isinstance(plans, Mapping) else plans)[:1]
    if not first:
        raise _no_plan()
    private = Path(tempfile.mkdtemp(prefix="suzhou-antidrug-"))
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    return write_partitions([returns], places_of_plan(first[0]), private / "returns")


def _bound(plans: Plans, returns: PartitionedReturns) -> list[tuple[Part, Plan]]:
    """Return which plan binds which part, in the order of the parts."""
    if isinstance(plans, Mapping):
        unknown = sorted(set(plans) - {p.id for p in returns.parts})
        if unknown:
            raise PlanError(Problem("unknown_part", f"plans are given for {shown(unknown[0])}, which is no part.", f"{shown(unknown[0])} 不是分区。", f"Name one of {', '.join(p.id for p in returns.parts[:5])}.", "请用名单中的分区代号。"))  # fmt: skip
        pairs = [(part, plan) for part in returns.parts for plan in _listed(plans.get(part.id, ()))]
    else:
        known = _listed(plans)
        pairs = [(part, plan) for part in returns.parts for plan in known]
    ids: dict[str, str] = {}
    for _, plan in pairs:
        check_name(f"plan={plan.id}")  # it becomes a folder
        if ids.setdefault(plan.id, plan.fingerprint) != plan.fingerprint:
            raise PlanError(Problem("duplicate", f"two plans bear the id {plan.id}.", f"两份规划同用代号 {plan.id}。", "Give each its own id.", "请各用不同代号。"))  # fmt: skip
    if not pairs:
        raise _no_plan()
    return pairs


def _no_plan() -> PlanError:
    return PlanError(Problem("no_plan", "no plan is given for any part.", "没有给出任何规划。", "Give at least one plan.", "请至少给出一份规划。"))  # fmt: skip


def _listed(plans: Any) -> list[Plan]:
    each = [plans] if isinstance(plans, Plan | str | Path) else list(plans)
    return [p if isinstance(p, Plan) else load_plan(p) for p in each]


def _placed(plan: Plan, part: Part) -> Plan:
    """Return a plan with the places of a part in the room of its divisions; its own city keeps its own aliases."""
    own = plan.geography
    same = own.city.id == part.geography.city.id and own.ids == part.geography.ids
    return plan if same else plan.model_copy(update={"geography": part.geography})


def _rules(plan: Plan, rules: Any) -> AppraisalRules | None:
    wanted = rules.get(plan.id) if isinstance(rules, Mapping) else rules
    if wanted is None:
        wanted = BUNDLED.get(plan.id, (None, ()))[0]
    return wanted if wanted is None or isinstance(wanted, AppraisalRules) else load_appraisal_rules(wanted, plan=plan)


def _origin(origin: int | None, plan: Plan, returns: PartitionedReturns) -> int:
    if origin is None:
        known = [y for y in returns.years if plan.base_year <= y <= plan.last_year]
        return max(known, default=plan.last_year)
    if not plan.base_year <= origin <= plan.last_year:
        raise PlanError(Problem(
            "origin_outside_plan", f"origin {origin} lies outside {plan.base_year} to {plan.last_year} of {plan.id}.",
            f"预测起点 {origin} 不在 {plan.id} 的 {plan.base_year}-{plan.last_year} 之内。",
            "Stand in the base year or in a year of the plan.", "请选基期年或规划期内的年份。",
        ))  # fmt: skip
    return origin


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder of results for this run alone; what held it lets go when its process ends, however it ends."""
    from filelock import FileLock, Timeout

    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.parent / f".{folder.name}.lock", timeout=0):
            yield
    except Timeout as error:
        raise OutputError(Problem("output_in_use", f"another run is writing to {shown(folder.name)}.", f"另一次运行正在写入 {shown(folder.name)}。", "Wait for it, or choose another folder.", "请等它结束，或换一个文件夹。")) from error  # fmt: skip


def _prepare(folder: Path, *, overwrite: bool) -> None:
    """Make the folder of results ready: new, of a run that broke off, or of an earlier one that may be replaced.

    Parts of an earlier run are used again where every input is the very same, and replaced where not.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError(Problem("output_exists", f"{shown(folder.name)} is no folder.", f"{shown(folder.name)} 不是文件夹。", "Choose another folder.", "请换一个文件夹。"))  # fmt: skip
    started = folder / RUN
    if folder.exists() and any(folder.iterdir()):
        if not started.is_file():
            raise OutputError(Problem("output_exists", f"{shown(folder.name)} exists already and was not written by this job.", f"{shown(folder.name)} 已存在，且不是本任务写出的。", "Choose another folder.", "请换一个文件夹。"))  # fmt: skip
        finished = json.loads(started.read_text(encoding="utf-8")).get("state") == "done"
        if finished and not overwrite:
            raise OutputError(Problem("output_exists", f"{shown(folder.name)} holds a finished run.", f"{shown(folder.name)} 中已有完成的结果。", "Choose another folder or allow overwriting; parts whose inputs are the same are used again.", "请换一个文件夹，或允许覆盖；输入相同的分区不会重算。"))  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    started.write_text(json.dumps({"job": "evaluate_many", "state": "begun"}) + "\n", encoding="utf-8")


def _drop_others(folder: Path, jobs: Iterable[Job]) -> None:
    """Remove parts and plans of an earlier run that are not of this one."""
    wanted = {job.folder for job in jobs}
    for path in folder.glob("plan=*/part=*"):
        if path not in wanted:
            shutil.rmtree(path)


def _bar(total: int, progress: bool) -> Any:
    from tqdm.auto import tqdm

    return tqdm(total=total, disable=not progress, desc="parts 分区", unit="part")


def _all(
    work: Callable[..., Done], jobs: list[tuple[Any, ...]], executor: Any, bar: Any
) -> dict[tuple[str, str], Done]:
    done = {}
    for receipt in each_done(work, jobs, executor):
        done[receipt.plan, receipt.part] = receipt
        bar.update()
    return done


def _priors(
    jobs: Mapping[tuple[str, str], Job], measured: Mapping[tuple[str, str], Done], executor: Any
) -> dict[str, Prior]:
    """Move the forecaster's prior by the series of all sound parts, plan by plan, in the order of their ids."""
    sound = sorted(key for key in jobs if measured[key].state == "done")
    found = dict(each_done(_learn, [(key, jobs[key], measured[key]) for key in sound], executor))
    plans = dict.fromkeys(plan for plan, _ in sound)
    return {plan: pool_prior(found[key] for key in sound if key[0] == plan) for plan in plans}


def _learn(key: tuple[str, str], job: Job, measured: Done) -> tuple[tuple[str, str], PriorSums]:
    return key, learn_part(job, measured)


def _pool(
    jobs: Mapping[tuple[str, str], Job], measured: Mapping[tuple[str, str], Done], folder: Path
) -> dict[str, pd.DataFrame]:
    """Add the sums of all sound parts up, plan by plan, in the order of their ids."""
    import pandas as pd

    pooled = {}
    for plan_id in dict.fromkeys(key[0] for key in jobs):
        own = sorted(key for key in jobs if key[0] == plan_id and measured[key].state == "done")
        tables = (pd.read_parquet(jobs[key].folder / VALUES / "moments.parquet") for key in own)
        plan = next(job.plan for key, job in jobs.items() if key[0] == plan_id)
        pooled[plan_id] = pool_moments(tables, plan)
        write_parquet(pooled[plan_id], folder / f"plan={plan_id}" / f"{POOLED}.parquet")
    return pooled
