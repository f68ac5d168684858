"""Work on whatever runs it: this process, an Executor, a Dask cluster.

把任务交给任何执行方式：本进程、Executor 或 Dask 集群。
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from typing import Any

from ..errors import OutputError, Problem


def each_done(work: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], executor: Any) -> Iterator[Any]:
    """Yield what ``work(*job)`` returns for every job, as it is done, in any order.  逐项完成，次序不定。

    ``executor`` is None, a :class:`concurrent.futures.Executor`, or a Dask client, whose own executor is taken; a Dask
    scheduler gives the work of a dead worker to another. Raises :class:`~suzhou_antidrug.errors.OutputError` where the
    workers of a pool died: what they had finished is kept.
    """
    if executor is None:
        for job in jobs:
            yield work(*job)
        return
    pool = as_executor(executor)
    futures: list[Future[Any]] = []
    try:
        futures = [pool.submit(work, *job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    except BrokenExecutor as error:
        raise OutputError(Problem(
            "workers_died", "the pool lost a worker (killed, or out of memory).", "工作进程中断（被终止或内存不足）。",
            "Call again with the same folder and a new pool: finished parts are not redone.",
            "请用同一文件夹和新的进程池再次运行：已完成的分区不会重算。",
        )) from error  # fmt: skip
    finally:
        for future in futures:
            future.cancel()


def as_executor(executor: Any) -> Executor:
    """Return an Executor as it is, and the one behind a Dask client.  取得 Executor。"""
    if isinstance(executor, Executor):
        return executor
    if hasattr(executor, "get_executor"):  # dask.distributed.Client, without importing it
        found: Executor = executor.get_executor(pure=False)
        return found
    raise TypeError(f"executor is None, a concurrent.futures.Executor or a Dask client, not {type(executor).__name__}")
