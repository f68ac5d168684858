"""One choice made otherwise, the others as declared.

单独改动一项选择，其余照原定。
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .runs import collect_runs

if TYPE_CHECKING:
    import pandas as pd

    from .runs import Runs
    from .study import RobustnessStudy

MOST_NAMED = 20


def single_choices(study: RobustnessStudy) -> pd.DataFrame:
    """Return one row a choice, option that is not the declared one, and year.  逐选择、逐选项、逐年返回变化。"""
    import pandas as pd

    rows = [(k, option) for k, c in enumerate(study.choices) for option in c.options[1:]]
    levels = np.zeros((len(rows), len(study.choices)))
    for r, (k, option) in enumerate(rows):
        levels[r, k] = study.choices[k].level_of(option)
    shape = (len(study.units), len(study.years))
    runs = collect_runs(study.evaluate, levels, shape, chunk=study.chunk, grades=study.grades)
    columns = ["choice", "option", "year", "top_changes", "order_changes", "top", "grade_changes", "largest_shift", "largest_shift_unit"]  # fmt: skip
    return pd.DataFrame(
        [
            {"choice": study.choices[k].name, "option": option, "year": year, **_change(study, runs, r, t)}
            for r, (k, option) in enumerate(rows)
            for t, year in enumerate(study.years)
        ],
        columns=columns,
    )


def _change(study: RobustnessStudy, runs: Runs, run: int, year: int) -> dict[str, Any]:
    before, after = study.reference.ranks[0, :, year], runs.ranks[run, :, year]
    was, now = ((r > 0) & (r <= study.top) for r in (before, after))
    order = np.argsort(np.where(now, after, np.iinfo(after.dtype).max), kind="stable")[: int(now.sum())]
    shift = np.where((before > 0) & (after > 0), np.abs(after - before), 0)
    furthest = int(np.argmax(shift))
    moved = np.flatnonzero(study.reference.grades[0, :, year] != runs.grades[run, :, year]) if study.grades else ()
    return {
        "top_changes": bool((was != now).any()),
        "order_changes": bool((np.where(was, before, 0) != np.where(now, after, 0)).any()),
        "top": _joined(study.units[i] for i in order),
        "grade_changes": _joined(study.units[i] for i in moved),
        "largest_shift": int(shift[furthest]),
        "largest_shift_unit": study.units[furthest] if shift[furthest] else "",
    }


def _joined(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:MOST_NAMED]) + (", …" if len(listed) > MOST_NAMED else "")
