"""Runs in batches, so that memory is bounded; their ranks, grades and what they come to by unit and year.

分批运行以限定内存；各次运行的名次、等级及逐单位逐年的汇总。
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .ranks import grade_scores, rank_scores, sorted_quantile

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from .choices import Evaluate, Floats
    from .ranks import Ints

MOST_DOUBLES = 10_000_000  # scores above this many are kept in single precision; ranks and grades come from double


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Scores, ranks and grades of runs, each (runs, units, years).  各次运行的得分、名次与等级。"""

    scores: NDArray[Any]
    ranks: Ints  # 0 where there is no score
    grades: NDArray[np.int8]  # -1 where there is no score; empty without grades


def evaluated(evaluate: Evaluate, levels: Floats, shape: tuple[int, int], chunk: int) -> Iterator[tuple[slice, Floats]]:
    """Yield the scores of ``chunk`` runs at a time.  逐批给出得分。

    Raises ValueError where ``evaluate`` returns another shape than (runs, units, years), or an infinite score.
    """
    for start in range(0, len(levels), chunk):
        part = slice(start, min(start + chunk, len(levels)))
        scores = np.asarray(evaluate(levels[part]), dtype=float)
        wanted = (part.stop - part.start, *shape)
        if scores.shape != wanted:
            raise ValueError(f"evaluate returns (runs, units, years) = {wanted}, got {scores.shape}")
        if np.isinf(scores).any():
            raise ValueError("evaluate returns finite scores, or NaN where there is none; got an infinite one")
        yield part, scores


def ranks_by_year(scores: Floats) -> Ints:
    """Return the ranks of scores (runs, units, years) inside each run and year.  逐次逐年的名次。"""
    by_year = np.ascontiguousarray(np.swapaxes(scores, 1, 2))
    return np.swapaxes(rank_scores(by_year), 1, 2)


def collect_runs(
    evaluate: Evaluate, levels: Floats, shape: tuple[int, int], *, chunk: int, grades: Sequence[tuple[str, float]]
) -> Runs:
    """Return the scores, ranks and grades of all runs.  汇集各次运行。"""
    full = (len(levels), *shape)
    scores = np.empty(full, dtype=np.float32 if np.prod(full) > MOST_DOUBLES else np.float64)
    ranks = np.empty(full, dtype=np.int16 if shape[0] < 2**15 else np.int32)
    codes = np.empty(full if grades else (0, *shape), dtype=np.int8)
    for part, found in evaluated(evaluate, levels, shape, chunk):
        scores[part], ranks[part] = found, ranks_by_year(found)
        if grades:
            codes[part] = grade_scores(found, grades)
    return Runs(scores, ranks, codes)


def rank_shifts(ranks: Ints, reference: Ints) -> Floats:
    """Return by run the mean distance of ranks (runs, units) from the reference, over units with a rank in both.

    逐次返回名次偏离参照的平均值。
    """
    both = (ranks > 0) & (reference > 0)
    apart = np.where(both, np.abs(ranks - reference), 0).sum(axis=1, dtype=np.int64)
    count = both.sum(axis=1)
    return np.where(count > 0, apart / np.maximum(count, 1), np.nan)


def summarise(
    runs: Runs, reference: Runs, units: Sequence[str], years: Sequence[int], *,
    top: int, level: float, names: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """Return one row a unit and year: reference, intervals and chances.  逐单位逐年汇总。"""
    import pandas as pd

    tail = (1 - level) / 2
    parts = []
    for k, year in enumerate(years):
        ranks, scores = np.ascontiguousarray(runs.ranks[:, :, k].T), np.ascontiguousarray(runs.scores[:, :, k].T)
        scored = (ranks > 0).sum(axis=1)
        in_top = ((ranks > 0) & (ranks <= top)).sum(axis=1)
        ranks[ranks == 0] = np.iinfo(ranks.dtype).max  # last, beyond what counts
        ranks.sort(axis=1, kind="stable")
        scores.sort(axis=1)
        columns: dict[str, Any] = {"unit": list(units), "year": year, "score": reference.scores[0, :, k]}
        given = reference.ranks[0, :, k].astype(float)
        columns["rank"] = _whole(np.where(given > 0, given, np.nan))
        for name, q, how in (("low", tail, "lower"), ("median", 0.5, "lower"), ("high", 1 - tail, "higher")):
            columns[f"rank_{name}"] = _whole(sorted_quantile(ranks, scored, q, how))  # type: ignore[arg-type]
        for name, q in (("low", tail), ("high", 1 - tail)):
            columns[f"score_{name}"] = sorted_quantile(scores, scored, q, "linear")
        columns["chance_top"] = _share(in_top, scored)
        if names:
            own = reference.grades[0, :, k]
            columns["grade"] = [names[c] if c >= 0 else None for c in own]
            same = (runs.grades[:, :, k] == own).sum(axis=0)
            columns["chance_grade"] = np.where(own >= 0, _share(same, scored), np.nan)
        columns["scored"] = scored / ranks.shape[1]
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _share(count: Ints, of: Ints) -> Floats:
    return np.where(of > 0, count / np.maximum(of, 1), np.nan)


def _whole(values: Floats) -> Any:
    import pandas as pd

    return pd.array(values, dtype="Int64")
