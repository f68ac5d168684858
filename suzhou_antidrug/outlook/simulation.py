"""How often a verdict is wrong: the declared error rates, by simulation.

评判有多少次是错的：用模拟得到的误判率。

Counts are drawn around a level that walks on the log scale and, after the base year, falls by a known amount in equal
steps. At 3, 2 and 1 years before the target year the outlook gives its verdict on "at least 10 % below the base, with
evidence 0.9"; the count then drawn for the target year says whether the promise was kept. The table is stored, so that
every verdict can quote it. ``python -m suzhou_antidrug.outlook.simulation`` makes it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..datasets import data_path
from ..terms import Text
from .engine import simulate
from .priors import load_prior
from .series import make_block

if TYPE_CHECKING:
    import pandas as pd

SEED = 20200516
LENGTHS = (5, 8)  # values up to and with the base year
MEANS = (10, 50, 200, 1000)  # events a year in the base year
STEPS = (0.05, 0.15, 0.30)  # standard deviation of the true yearly log change
FALLS = (0.0, 0.1, 0.2, 0.3, 0.5)  # true systematic fall over the three years
AHEAD = (3, 2, 1)
FALL, EVIDENCE = 0.1, 0.9
PLAN_YEARS = 3


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """How verdicts fared on simulated series like the one at hand.  同类模拟序列上的评判表现。"""

    met_without_fall: float  # share "met" where nothing fell but by chance
    not_met_despite_fall: float  # share "not met" where the level truly fell by 30 %
    undecided: float  # share of insufficient evidence, over all simulated falls
    met_wrong: float  # of the verdicts "met", those after which the count was above the line; NaN where none was given
    values: int  # the simulated length, mean count and years ahead that were nearest
    mean_count: int
    ahead: int

    @property
    def text(self) -> Text:
        """The rates in one sentence."""
        a, b, c = (f"{100 * x:.0f}%" for x in (self.met_without_fall, self.not_met_despite_fall, self.undecided))
        return Text(
            f"同类模拟（{self.values} 个值、误差相当于年均 {self.mean_count} 起、提前 {self.ahead} 年）：真实未降而评为达成 {a}，"
            f"真实降 30% 而评为未达成 {b}，证据不足 {c}",
            f"simulated series like it ({self.values} values, noise as of {self.mean_count} events a year, {self.ahead} years ahead): met "
            f"though nothing fell {a}, not met though the level fell by 30 % {b}, insufficient evidence {c}",
        )


def simulate_series(
    values: int, mean: float, step: float, fall: float, *, series: int, rng: np.random.Generator
) -> np.ndarray:
    """Return counts (series, values + 3): the base year is at position ``values - 1``.  模拟计数序列。"""
    length = values + PLAN_YEARS
    drift = np.zeros(length)
    drift[values:] = np.log1p(-fall) / PLAN_YEARS
    walk = np.cumsum(step * rng.standard_normal((series, length)) + drift, axis=1)
    level = mean * np.exp(walk - walk[:, [values - 1]])
    return rng.poisson(level).astype(float)


def simulate_verdicts(*, series: int = 300, draws: int = 500, seed: int = SEED) -> pd.DataFrame:
    """Return how often each verdict is given and wrong, one row a setting.  各设定下的评判与误判次数。

    Columns: values, mean_count, step, true_fall, ahead, series, kept (share of promises kept), met, met_wrong, not_met,
    not_met_wrong, undecided (counts).
    """
    import pandas as pd

    rows = []
    for values, mean, step, fall in product(LENGTHS, MEANS, STEPS, FALLS):
        rng = np.random.default_rng([seed, values, mean, round(100 * step), round(100 * fall)])
        counts = simulate_series(values, mean, step, fall, series=series, rng=rng)
        counts = counts[counts[:, values - 1] > 0]  # from a base of nothing nothing can fall
        line_ = (1 - FALL) * counts[:, values - 1] * (1 + 1e-9)
        kept = counts[:, -1] <= line_
        for ahead in AHEAD:
            seen = counts[:, : values + PLAN_YEARS - ahead]
            paths = simulate(make_block(seen, kind="count"), ahead, draws=draws, rng=rng)
            chance = np.mean(paths[:, :, -1] <= line_[:, None], axis=1)
            met, missed = chance >= EVIDENCE, chance <= 1 - EVIDENCE
            rows.append(
                {
                    "values": values, "mean_count": mean, "step": step, "true_fall": fall, "ahead": ahead,
                    "series": len(counts), "kept": float(kept.mean()), "met": int(met.sum()),
                    "met_wrong": int((met & ~kept).sum()), "not_met": int(missed.sum()),
                    "not_met_wrong": int((missed & kept).sum()), "undecided": int((~met & ~missed).sum()),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def simulate_worlds(series: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Return series (series, length) drawn from the forecaster's own models, by its own prior.  由先验生成的序列。"""
    prior = load_prior()
    chance = np.exp(prior.log_prior - prior.log_prior.max())
    atoms = prior.atoms[rng.choice(len(chance), series, p=chance / chance.sum())].astype(float)
    step, share, drift, damping, mean = atoms.T
    level, slope = np.zeros(series), (mean + drift * rng.standard_normal(series)) * step
    z = np.empty((series, length))
    for t in range(length):
        z[:, t] = level + np.sqrt(share / 2) * step * rng.standard_normal(series)
        level = level + slope + np.sqrt(1 - share) * step * rng.standard_normal(series)
        pushed = np.sqrt(np.maximum(1 - damping**2, 0.0)) * drift * step * rng.standard_normal(series)
        slope = damping * slope + (1 - damping) * mean * step + pushed
    return 100 * np.exp(z)


def simulated_calibration(
    values: int = 8, *, series: int = 4000, horizon: int = 3, draws: int = 999, seed: int = SEED
) -> pd.DataFrame:
    """Check the forecaster on series from its own models: are its ranks uniform?  以自身模型检验校准。

    One row a step ahead: coverage of the 80 and 95 % intervals, and the shares of the outcome's rank in ten equal bins.
    Source: Talts and others, Validating Bayesian inference algorithms with simulation-based calibration, 2018.
    """
    import pandas as pd

    rng = np.random.default_rng([seed, values])
    worlds = simulate_worlds(series, values + horizon, rng)
    paths = simulate(make_block(worlds[:, :values], kind="load"), horizon, draws=draws, rng=rng)
    rank = np.mean(paths < worlds[:, None, values:], axis=1)
    rows = []
    for h in range(horizon):
        bins = np.histogram(rank[:, h], 10, (0.0, 1.0))[0] / series
        inside = [float(np.mean(np.abs(rank[:, h] - 0.5) < level / 2)) for level in (0.8, 0.95)]
        rows.append(
            {"step": h + 1, "cover80": inside[0], "cover95": inside[1]} | {f"bin{i + 1}": b for i, b in enumerate(bins)}
        )
    return pd.DataFrame(rows)


@cache
def _stored() -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(data_path("outlook", "verdict_errors.csv"))


def load_verdict_errors() -> pd.DataFrame:
    """Return the stored table of :func:`simulate_verdicts`.  读取误判率表。"""
    return _stored().copy()


def error_rates(values: int, mean_count: float, ahead: int) -> ErrorRates | None:
    """Return the error rates of the nearest simulated setting, falls and volatilities weighing the same.

    最接近的模拟设定下的误判率。An infinite ``mean_count`` means no known counting noise. None where nothing lies ahead, or more
    than was simulated.
    """
    if ahead not in AHEAD:
        return None
    table = _stored()
    length = min(LENGTHS, key=lambda n: abs(n - values))
    mean = min(MEANS, key=lambda m: abs(np.log(m) - np.log(np.clip(mean_count, 1.0, 1e6))))
    rows = table[(table["values"] == length) & (table["mean_count"] == mean) & (table["ahead"] == ahead)]

    def share(part: str, whole: str, of: pd.DataFrame) -> float:
        total = float(of[whole].sum())
        return float(of[part].sum()) / total if total else float("nan")

    return ErrorRates(
        met_without_fall=share("met", "series", rows[rows["true_fall"] == 0]),
        not_met_despite_fall=share("not_met", "series", rows[rows["true_fall"] == 0.3]),
        undecided=share("undecided", "series", rows),
        met_wrong=share("met_wrong", "met", rows),
        values=length,
        mean_count=mean,
        ahead=ahead,
    )


def main() -> None:
    """Write the stored table anew.  重新生成误判率表。"""
    from ..datasets import data_root

    folder = data_root() / "outlook"
    folder.mkdir(exist_ok=True)
    simulate_verdicts().to_csv(folder / "verdict_errors.csv", index=False, float_format="%.4f", lineterminator="\n")


if __name__ == "__main__":
    main()
