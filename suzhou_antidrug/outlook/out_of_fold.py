"""How the forecaster fares on sources that its prior never saw: the figures of ``outlook/out_of_fold.csv``.

预测引擎在先验未见过的来源上的表现：``outlook/out_of_fold.csv`` 的出处。

    python -m suzhou_antidrug.outlook.out_of_fold FOLDER --out FILE

learns one prior for each fold of whole sources and judges each source by the prior of its own fold. The folder holds
``series.parquet`` to learn from, and ``cases.parquet`` and ``panels.parquet``, ready cases to judge on.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .backtest import forecast_cases, score_cases, score_panels
from .engine import simulate
from .fitting import SEED, fit_folds
from .fitting_windows import HORIZON, read_series
from .scores import summary

if TYPE_CHECKING:
    import pandas as pd

    from .priors import Prior

SETS = ("cases", "panels")
WHOLE = "all"  # the row of all sources together, every source weighing the same
PEER = "random_walk"
BY_SOURCE = ("brier", "crps", "cover80", "cover95")
OVERALL = ("brier_skill", "slope", "ece")  # of all sources only: one source alone has too few events
COLUMNS = (
    "set", "source", "cases", "brier", "brier_random_walk", "crps", "cover80", "cover95", "brier_skill", "slope", "ece",
    "rps", "count_cover80",
)  # fmt: skip


def judge_folds(frame: pd.DataFrame, priors: Mapping[str, Prior], *, name: str, rng: int = 1) -> pd.DataFrame:
    """Return the figures of ready cases, each source forecast with its own prior, one row a source and one of all.

    对成例的数据逐来源用各自的先验预测并评分。

    ``priors`` by source; ``name`` goes into the column ``set``; with a column ``panel`` the number of regions that meet a
    fall is judged too (``rps``, ``count_cover80``). Scores: :mod:`suzhou_antidrug.outlook.scores`.
    """
    import pandas as pd

    frame = frame.reset_index(drop=True)
    forecasters = {source: partial(simulate, prior=prior) for source, prior in priors.items()}
    draws = forecast_cases(frame, HORIZON, forecaster=forecasters, rng=rng)
    scored = score_cases(frame, draws)
    walk = score_cases(frame, forecast_cases(frame, HORIZON, forecaster=PEER, rng=rng))
    counts = score_panels(frame, draws) if "panel" in frame else None
    rows = []
    for source in [*sorted(scored["source"].unique()), WHOLE]:
        mine = (scored["source"] == source) | (source == WHOLE)
        head, peer = summary(scored[mine]), summary(walk[mine])
        row = {"set": name, "source": source, "cases": int(mine.sum()), "brier_random_walk": peer["brier"]}
        row |= {column: head[column] for column in BY_SOURCE}
        if source == WHOLE:
            row |= {column: head[column] for column in OVERALL}
        if counts is not None:
            by_source = counts.groupby("source")[["rps", "covered"]].mean()
            both = by_source.mean() if source == WHOLE else by_source.loc[source]
            row |= {"rps": both["rps"], "count_cover80": both["covered"]}
        rows.append(row)
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def out_of_fold(folder: Path, *, seed: int = SEED, rng: int = 1) -> pd.DataFrame:
    """Learn the priors of all folds from a folder and return the figures of both sets.  留出来源学习并评分。"""
    import pandas as pd

    priors = fit_folds(read_series(folder), seed=seed)
    parts = [judge_folds(pd.read_parquet(folder / f"{name}.parquet"), priors, name=name, rng=rng) for name in SETS]
    return pd.concat(parts, ignore_index=True)


def write_figures(table: pd.DataFrame, path: Path) -> None:
    """Write the figures, four decimals.  写出评分表。"""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, float_format="%.4f", lineterminator="\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Judge the forecaster on sources that its prior never saw.  留出来源评判。"""
    parser = argparse.ArgumentParser(prog="python -m suzhou_antidrug.outlook.out_of_fold", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="holds series, cases and panels  数据所在文件夹")
    parser.add_argument("--out", type=Path, default=Path("build/out_of_fold.csv"), help="where to write  写出位置")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    write_figures(out_of_fold(chosen.folder, seed=chosen.seed), chosen.out)


if __name__ == "__main__":
    main()
