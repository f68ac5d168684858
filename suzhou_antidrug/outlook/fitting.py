"""Learn the prior of the forecaster from a folder of series.

由一批序列学习预测引擎的先验。

    python -m suzhou_antidrug.outlook.fitting FOLDER --out DIR

writes ``prior_atoms.csv`` and ``prior.json``, which is all that the library reads. Three steps, every source weighing the
same:

1. a free prior over the atoms by expectation-maximisation;
2. a smooth tilt of it by what a series looks like, under the Brier scores of four falls and the log score of three years;
3. the siblings' part in the same way, with the rest held still, so that a lone series keeps its answer.

Here the forecast of an atom is its Student t in closed form; rounding enters through the lines, small counts as normal.
Sources: Dempster, Laird and Rubin, JRSS B 39 (1977) 1; Byrd, Lu, Nocedal and Zhu, SIAM J. Sci. Comput. 16 (1995) 1190.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .engine import CHUNK, NARROWER, PATH_DF, features, kalman, path_moments, softmax
from .fitting_windows import (
    GROUPS_PER_SOURCE,
    HORIZON,
    PER_SOURCE,
    Windows,
    check_columns,
    read_series,
    sample_groups,
    sample_windows,
    scale_windows,
)
from .priors import ATOM_COLUMNS, TEMPER_AT, TILT_COLUMNS, Prior
from .siblings import SHARES, damped_path, kin_features, read_kin, sibling_basis

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Single = NDArray[np.float32]
    Floats = NDArray[np.float64]

SEED = 20200516
# Sources that are left out together: no source is judged by a prior that saw one of its fold.
FOLDS = (
    ("us_state_crime", "us_city_ucr", "fr_causes_death"),
    ("za_police_station", "us_ny_arrests"),
    ("us_leading_causes", "us_drug_poisoning", "us_brfss_smoking"),
    ("m3_yearly", "m1_yearly", "who_tb_notif"),
    ("euda_wastewater", "marriage_rate"),
)
STEPS, NOISE_SHARES = np.geomspace(0.01, 1.2, 12), (0.0, 0.35, 0.7, 1.0)
DRIFTS = (  # drift, damping, mean
    (0.0, 0.0, 0.0), (0.3, 0.8, 0.0), (0.3, 1.0, 0.0), (0.8, 0.6, 0.0), (0.8, 0.9, 0.0), (0.8, 1.0, 0.0), (2.0, 0.9, 0.0),
    (0.3, 0.9, 0.5), (0.3, 0.9, -0.5),
)  # fmt: skip
TEMPER = 0.65  # how much the likelihood counts while the free prior is sought
ROUNDS, UNIFORM = 60, 0.02  # of expectation-maximisation; what every atom keeps
LOG_SHARE = 0.3  # weight of the log score beside the Brier scores
PENALTY, SIBLING_PENALTY = 3e-3, 1e-3
ITERATIONS, SIBLING_ITERATIONS = 45, 50
SMALLEST_DENSITY = 1e-9
OWN_SHAPES = 7  # of the siblings' shapes, those of the atom alone


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """What every atom says of every window, arrays (..., windows, atoms).  各模型对各窗口的说法。"""

    relative: Single  # log likelihood less the best atom's
    below: Single  # (falls, windows, atoms) probability of the fall
    density: Single  # (HORIZON, windows, atoms) of what followed


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """Windows with their bank, alone and in groups.  学习材料。"""

    alone: Windows
    alone_bank: Bank
    groups: Windows | None
    groups_bank: Bank | None


@dataclass(frozen=True, slots=True, eq=False)
class Tilt:
    """Logits that are linear in what is learned: offset + basis a + (x B) shapes + temper(n) relative.  线性倾斜。"""

    offset: Single  # (windows, atoms) or (1, atoms)
    basis: Single  # (atoms, p): moves that are the same for all windows
    x: Single  # (windows, j)
    shapes: Single  # (atoms, q): moves along x
    log_length: Single  # log(n / 7)
    temper: tuple[float, float] | None  # None where it is learned

    def split(self, theta: Floats) -> tuple[Floats, Floats, tuple[float, float]]:
        """Return the numbers of the basis, of the shapes (j, q), and the temper."""
        p, j, q = self.basis.shape[1], self.x.shape[1], self.shapes.shape[1]
        temper = (float(theta[-2]), float(theta[-1])) if self.temper is None else self.temper
        return theta[:p], theta[p : p + j * q].reshape(j, q), temper

    def start(self) -> Floats:
        """Return the numbers that change nothing."""
        still = np.zeros(self.basis.shape[1] + self.x.shape[1] * self.shapes.shape[1])
        return still if self.temper is not None else np.concatenate([still, [np.log(TEMPER), 0.0]])


def grid_atoms() -> Single:
    """Return the 432 atoms, columns as in :data:`~suzhou_antidrug.outlook.priors.ATOM_COLUMNS`.  网格。

    >>> grid_atoms().shape
    (432, 5)
    """
    return np.array([(s, a, *d) for s in STEPS for a in NOISE_SHARES for d in DRIFTS], dtype=np.float32)


def source_shares(source: NDArray[np.object_], left_out: Collection[str] = ()) -> Floats:
    """Return weights of windows: every source the same, those left out none; they sum to one.  窗口权重。"""
    _, inverse, size = np.unique(source.astype(str), return_inverse=True, return_counts=True)
    weight = np.where(np.isin(source.astype(str), list(left_out)), 0.0, 1 / size[inverse])
    shares: Floats = weight / weight.sum()
    return shares


def fill_bank(windows: Windows, atoms: Single, shifts: Sequence[Floats] = ()) -> Bank:
    """Filter every window by every atom, once for each drift taken out.  用全部模型处理全部窗口。

    ``shifts`` (windows,) are drifts a step that are taken out before filtering and put back along the damped path.
    """
    shifts = shifts or (np.zeros(len(windows)),)
    size = len(atoms)
    likelihood = np.empty((len(windows), size * len(shifts)), np.float32)
    below = np.empty((windows.lines.shape[1], *likelihood.shape), np.float32)
    density = np.empty((HORIZON, *likelihood.shape), np.float32)
    ago = np.arange(windows.z.shape[1]) - windows.z.shape[1] + 1.0
    wide = np.broadcast_to(atoms, (CHUNK, *atoms.shape))
    for s, shift in enumerate(shifts):
        columns = slice(s * size, (s + 1) * size)
        for start in range(0, len(windows), CHUNK):
            rows = slice(start, start + CHUNK)
            filtered = kalman(windows.z[rows] - shift[rows, None] * ago, windows.noise[rows], atoms)
            extra = windows.future_noise[rows].astype(np.float32)
            means, covariance = path_moments(filtered.states, wide[: len(extra)], HORIZON, extra)
            means = means + (shift[rows].astype(np.float32)[:, None] * damped_path(HORIZON)[:, None, None])
            likelihood[rows, columns] = filtered.likelihood
            spread = NARROWER * np.sqrt(np.einsum("hhna->hna", covariance))
            below[:, rows, columns], density[:, rows, columns] = _say(windows, rows, means, spread)
    return Bank(likelihood - likelihood.max(axis=1, keepdims=True), below, density)


def _say(windows: Windows, rows: slice, means: Single, spread: Single) -> tuple[Single, Single]:
    """Return the probability of every fall at the last step and the density of what followed at every step."""
    from math import lgamma, pi

    from scipy.special import stdtr

    line = windows.lines[rows].T.astype(np.float32)[:, :, None]
    below = stdtr(np.float32(PATH_DF), (line - means[-1]) / spread[-1])
    error = (windows.truth[rows].T.astype(np.float32)[:, :, None] - means) / spread
    constant = lgamma((PATH_DF + 1) / 2) - lgamma(PATH_DF / 2) - 0.5 * np.log(PATH_DF * pi)
    density = constant - (PATH_DF + 1) / 2 * np.log1p(error**2 / PATH_DF) - np.log(spread)
    return below, np.exp(np.maximum(density, -25.0))


def free_prior(bank: Bank, share: Floats, *, rounds: int = ROUNDS) -> Single:
    """Return the log prior over the atoms by expectation-maximisation, shape (atoms,).  期望最大化求先验。

    The score of an atom is the tempered likelihood of the window times the density of the value three years on; every
    atom keeps at least ``UNIFORM`` / atoms.
    """
    score = TEMPER * bank.relative + np.log(bank.density[-1] + SMALLEST_DENSITY)
    size = score.shape[1]
    prior = np.zeros(size, np.float32)
    for _ in range(rounds):
        mean = share.astype(np.float32) @ softmax(score + prior)
        prior = np.log((1 - UNIFORM) * mean + UNIFORM / size).astype(np.float32)
    return prior


def loss(
    theta: Floats, tilt: Tilt, bank: Bank, happened: Floats, share: Floats, penalty: float
) -> tuple[float, Floats]:
    """Return the penalised score of learned numbers, and its gradient.  目标函数及梯度。

    Brier scores summed over the falls + ``LOG_SHARE`` times the mean minus log density of the values that followed +
    ``penalty`` times the sum of squares (the temper goes free). Shapes as in :class:`Tilt` and :class:`Bank`.
    """
    level, moved, (a, b) = tilt.split(theta)
    temper = np.exp(a + b * tilt.log_length).astype(np.float32)
    logits = tilt.offset + (tilt.basis @ level.astype(np.float32)) + tilt.x @ (moved.astype(np.float32) @ tilt.shapes.T)
    weight = softmax(logits + temper[:, None] * bank.relative)
    value, slope = 0.0, np.zeros_like(weight)
    for below, event in zip(bank.below, happened.T, strict=True):
        error = np.einsum("na,na->n", weight, below) - event
        value += float((share * error**2).sum())
        slope += (2 * share * error).astype(np.float32)[:, None] * below
    for density in bank.density:
        mixed = np.einsum("na,na->n", weight, density) + SMALLEST_DENSITY
        part = LOG_SHARE / len(bank.density) * share
        value -= float((part * np.log(mixed)).sum())
        slope -= (part / mixed).astype(np.float32)[:, None] * density
    slope -= np.einsum("na,na->n", weight, slope)[:, None]
    slope *= weight
    gradient = [tilt.basis.T @ slope.sum(axis=0), ((tilt.x.T @ slope) @ tilt.shapes).ravel()]
    along = np.einsum("na,na->n", slope, bank.relative) * temper
    tempers = np.array([along.sum(), (along * tilt.log_length).sum()]) if tilt.temper is None else np.empty(0)
    learned = len(theta) - len(tempers)
    full = np.concatenate([*gradient, tempers]).astype(np.float64)
    full[:learned] += 2 * penalty * theta[:learned]
    return value + penalty * float((theta[:learned] ** 2).sum()), full


def minimise(tilt: Tilt, bank: Bank, happened: Floats, share: Floats, *, penalty: float, iterations: int) -> Floats:
    """Return the numbers of least loss, by L-BFGS from no tilt.  求解倾斜。"""
    from scipy.optimize import minimize

    found = minimize(
        loss,
        tilt.start(),
        args=(tilt, bank, happened, share, penalty),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "maxcor": 20},
    )
    tilts: Floats = found.x
    return tilts


def atom_basis(atoms: Single) -> Single:
    """Return the moves that are the same for all windows: one for each step, noise share, drift, and smooth products.

    对所有窗口相同的基函数，形状 (atoms, 34)。
    """

    def each(values: NDArray[np.generic]) -> Floats:
        _, inverse = np.unique(values.round(5), axis=0, return_inverse=True)
        one_hot: Floats = np.eye(inverse.max() + 1)[inverse.ravel()]
        return one_hot

    step = np.log(atoms[:, 0])
    step = (step - step.mean()) / step.std()
    share, drift, damping = atoms[:, 1] - 0.5, atoms[:, 2], atoms[:, 3]
    still, moving = drift == 0, drift > 0
    products = [
        step * share, step * drift, step * still, share * drift, share * still, step**2 * share, share**2 * step,
        step * damping * moving, share * damping * moving,
    ]  # fmt: skip
    kinds = [each(atoms[:, 0]), each(atoms[:, 1]), each(atoms[:, 2:])]
    return np.concatenate([*kinds, np.stack(products, axis=1)], axis=1).astype(np.float32)


def gather(
    series: pd.DataFrame,
    *,
    seed: int = SEED,
    per_source: int = PER_SOURCE,
    groups_per_source: int = GROUPS_PER_SOURCE,
    atoms: Single | None = None,
) -> Training:
    """Draw windows and groups from series, and let every atom speak of them.  抽取窗口并计算。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` where no series is long enough.
    """
    atoms = grid_atoms() if atoms is None else atoms
    first, second = np.random.default_rng(seed).spawn(2)
    series = check_columns(series)
    alone = scale_windows(sample_windows(series, first, per_source=per_source))
    together = sample_groups(series, second, per_source=groups_per_source)
    if together is None:
        return Training(alone, fill_bank(alone, atoms), None, None)
    groups = scale_windows(together)
    kin = read_kin(groups.z, np.asarray(groups.group))
    shifts = [kin.shift(kind, part) for kind, part in SHARES]
    return Training(alone, fill_bank(alone, atoms), groups, fill_bank(groups, atoms, shifts))


def learn(training: Training, *, left_out: Collection[str] = (), atoms: Single | None = None) -> Prior:
    """Learn the prior from gathered windows, those of some sources left out.  由学习材料求先验。"""
    atoms = grid_atoms() if atoms is None else atoms
    windows, bank = training.alone, training.alone_bank
    share = source_shares(windows.source, left_out)
    basis, shapes = atom_basis(atoms), sibling_basis(atoms)[: len(atoms), :OWN_SHAPES]
    free = free_prior(bank, share)
    tilt = Tilt(free[None], basis, features(windows.z), shapes, log_length(windows), None)
    theta = minimise(tilt, bank, windows.happened, share, penalty=PENALTY, iterations=ITERATIONS)
    level, moved, temper = tilt.split(theta)
    prior = Prior(
        atoms=atoms,
        log_prior=free + basis @ level.astype(np.float32),
        tilt=(moved @ shapes.T).astype(np.float32),
        temper=temper,
        siblings=np.zeros((4, sibling_basis(atoms).shape[1]), np.float32),
    )
    if training.groups is None or training.groups_bank is None:
        return prior
    return _with_siblings(prior, training.groups, training.groups_bank, left_out)


def _with_siblings(prior: Prior, groups: Windows, bank: Bank, left_out: Collection[str]) -> Prior:
    """Add the siblings' part; the temper stays, so that a lone series keeps its answer."""
    shapes = sibling_basis(prior.atoms)
    offset = np.tile(prior.log_prior + features(groups.z) @ prior.tilt, (1, len(SHARES)))
    x = kin_features(read_kin(groups.z, np.asarray(groups.group)))
    tilt = Tilt(offset, np.empty((len(shapes), 0), np.float32), x, shapes, log_length(groups), prior.temper)
    share = source_shares(groups.source, left_out)
    theta = minimise(tilt, bank, groups.happened, share, penalty=SIBLING_PENALTY, iterations=SIBLING_ITERATIONS)
    siblings = tilt.split(theta)[1].astype(np.float32)
    return Prior(prior.atoms, prior.log_prior, prior.tilt, prior.temper, siblings)


def log_length(windows: Windows) -> Single:
    """Return log(n / 7), along which the temper moves.  窗口长度的对数。"""
    return np.log(windows.counts / TEMPER_AT).astype(np.float32)


def fit_prior(series: pd.DataFrame, *, seed: int = SEED, left_out: Collection[str] = ()) -> Prior:
    """Learn the prior from whole series.

    由整条序列学习先验。

    Parameters
    ----------
    series : pandas.DataFrame
        Columns ``series_id, source, kind, region, indicator, year, value, count, exposure``; shares in percent, NaN
        where a number of events or an exposure is not known.
    seed : int
        Of the windows that are drawn; the same seed gives the same prior.
    left_out : collection of str
        Sources that must not be learned from.

    Raises
    ------
    SeriesError
        No series has four years in a row and three after them.
    UnknownNameError
        A column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(f"s{i}", "made up", "rate", f"r{i}", "x", 2000 + t, 50.0 + (i * t) % 7, None, None)
    ...         for i in range(6) for t in range(9)]
    >>> prior = fit_prior(pd.DataFrame(rows, columns=["series_id", "source", "kind", "region", "indicator", "year",
    ...                                               "value", "count", "exposure"]))
    >>> prior.log_prior.shape, prior.siblings.shape
    ((432,), (4, 16))
    """
    return learn(gather(series, seed=seed), left_out=left_out)


def fit_folds(series: pd.DataFrame, *, seed: int = SEED, folds: Sequence[Collection[str]] = FOLDS) -> dict[str, Prior]:
    """Learn one prior for each fold without its sources, and return it by source.  按折留出来源学习。"""
    training = gather(series, seed=seed)
    priors = [learn(training, left_out=fold) for fold in folds]
    return {source: prior for fold, prior in zip(folds, priors, strict=True) for source in fold}


def write_prior(prior: Prior, folder: Path) -> None:
    """Write ``prior_atoms.csv`` and ``prior.json``.  写出先验。"""
    folder.mkdir(parents=True, exist_ok=True)
    table = np.column_stack([prior.atoms, prior.log_prior, prior.tilt.T])
    lines = [",".join((*ATOM_COLUMNS, "log_prior", *TILT_COLUMNS))]
    lines += [",".join(f"{v:.6g}" for v in row) for row in table]
    (folder / "prior_atoms.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rest = {
        "temper": [round(t, 6) for t in prior.temper],
        "siblings": [[round(float(v), 6) for v in row] for row in prior.siblings],
    }
    (folder / "prior.json").write_text(json.dumps(rest, indent=1), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn the prior of a folder of series and write it.  学习并写出先验。"""
    parser = argparse.ArgumentParser(prog="python -m suzhou_antidrug.outlook.fitting", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="holds series.parquet  序列所在文件夹")
    parser.add_argument("--out", type=Path, default=Path("build/prior"), help="where to write  写出位置")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    write_prior(fit_prior(read_series(chosen.folder), seed=chosen.seed), chosen.out)


if __name__ == "__main__":
    main()
