"""How good a probabilistic forecast was: proper scores, calibration, cover.

概率预测的好坏：严格评分规则、校准、区间覆盖。

One formula, one function; every function takes all cases at once. Predictive draws have shape (cases, draws, horizon),
outcomes shape (cases, horizon), NaN where nothing was reported. Proper means that the best expected score is reached by
saying what one believes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import refusal

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FALLS = (0.0, 0.1, 0.2, 0.3)  # falls asked about, as shares of the last value
LEVELS = (0.8, 0.95)  # of the intervals that are scored
CLIP = 0.01  # no probability counts as surer than this in the log score: a thousand draws cannot tell
LARGEST_CRPS = 20.0  # a mean CRPS, in usual changes, counts at most this: one absurd case must not decide a league
SMALLEST_CHANGE = 0.02  # of the mean value: the least that a usual change counts as, in the unit of scaled scores
ON_THE_LINE = 1 + 1e-9  # a value on the line counts as below it, whatever the last binary digit


def fair_crps(draws: Floats, truth: Floats) -> Floats:
    """Return the fair continuous ranked probability score, shape (cases, horizon).  公平连续分级概率评分。

    ``CRPS = mean |x_i - y| - sum_{i<j} |x_i - x_j| / (m (m - 1))``, in the unit of the values, lower is better; fair means
    that its expectation does not depend on the number m of draws. Source: Ferro, Fair scores for ensemble forecasts,
    QJRMS 140, 2014.

    >>> fair_crps(np.array([[[1.0], [3.0]]]), np.array([[2.0]]))
    array([[0.]])
    """
    m = draws.shape[-2]
    if m < 2:
        raise refusal("draws", "a fair score needs at least two draws.", "公平评分至少需要两个抽样。", value=m)
    ordered = np.sort(draws, axis=-2)
    rank = 2.0 * np.arange(1, m + 1) - m - 1
    spread = np.einsum("i,...ih->...h", rank, ordered) / (m * (m - 1))
    score: Floats = np.abs(ordered - truth[..., None, :]).mean(axis=-2) - spread
    return score


def energy_score(draws: Floats, truth: Floats) -> Floats:
    """Return the fair energy score of whole paths, shape (cases,).  路径的公平能量评分。

    ``ES = mean ||x_i - y|| - sum_{i<j} ||x_i - x_j|| / (m (m - 1))``: the CRPS of a path, which punishes wrong dependence
    between steps too. Source: Gneiting and Raftery, JASA 102, 2007, section 4.3.

    >>> energy_score(np.array([[[0.0, 0.0], [6.0, 8.0]]]), np.array([[3.0, 4.0]]))
    array([0.])
    """
    from scipy.spatial.distance import pdist

    m = draws.shape[-2]
    near = np.linalg.norm(draws - truth[:, None, :], axis=2).mean(axis=1)
    score: Floats = near - np.array([pdist(each).sum() for each in draws]) / (m * (m - 1))
    return score


def brier_score(probability: ArrayLike, happened: ArrayLike) -> Floats:
    """Return the squared difference of probability and event, 0 at best, 1 at worst.  布赖尔评分。

    >>> brier_score([0.9, 0.9], [1, 0]).round(2)
    array([0.01, 0.81])
    """
    score: Floats = (np.asarray(probability, dtype=float) - np.asarray(happened, dtype=float)) ** 2
    return score


def log_score(probability: ArrayLike, happened: ArrayLike, *, clip: float = CLIP) -> Floats:
    """Return minus the logarithm of the probability given to what happened.  对数评分。

    Probabilities are first moved to lie between ``clip`` and 1 - ``clip``.

    >>> log_score([0.5, 0.0], [0, 0]).round(3)
    array([0.693, 0.01 ])
    """
    p = np.clip(np.asarray(probability, dtype=float), clip, 1 - clip)
    score: Floats = -np.log(np.where(np.asarray(happened, dtype=bool), p, 1 - p))
    return score


def interval_score(low: ArrayLike, high: ArrayLike, truth: ArrayLike, *, level: float) -> Floats:
    """Return the interval score: the width, and a fine for every miss.  区间评分。

    S = (high - low) + 2 / a max(low - y, 0) + 2 / a max(y - high, 0) with a = 1 - level, in the unit of the values,
    lower is better. Source: Gneiting and Raftery, JASA 102, 2007, equation 43.

    >>> interval_score([0.0, 0.0], [1.0, 1.0], [0.5, 1.5], level=0.8)
    array([1., 6.])
    """
    low, high, truth = (np.asarray(a, dtype=float) for a in (low, high, truth))
    miss = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    score: Floats = (high - low) + 2 / (1 - level) * miss
    return score


def covers(low: ArrayLike, high: ArrayLike, truth: ArrayLike) -> Floats:
    """Return 1 where the truth lies inside the interval, 0 where not, NaN where it is unknown.  区间是否覆盖。"""
    low, high, truth = (np.asarray(a, dtype=float) for a in (low, high, truth))
    return np.where(np.isfinite(truth), (truth >= low) & (truth <= high), np.nan)


def pit(draws: Floats, truth: Floats, *, rng: int | np.random.Generator = 0) -> Floats:
    """Return the probability integral transform, shape (cases, horizon).  概率积分变换。

    PIT = (number of draws below y + U (number equal to y + 1)) / (m + 1) with U uniform, so that it is uniform for a
    right forecast of counts too. A hump in its histogram says too wide, a bowl too narrow, a slope biased.

    >>> 0.6 < float(pit(np.arange(9.0).reshape(1, 9, 1), np.array([[6.5]]))[0, 0]) < 0.8
    True
    """
    seen = truth[:, None, :]
    below, equal = (draws < seen).sum(axis=1), (draws == seen).sum(axis=1)
    uniform = np.random.default_rng(rng).random(truth.shape)
    return np.where(np.isfinite(truth), (below + uniform * (equal + 1)) / (draws.shape[1] + 1), np.nan)


def ranked_probability_score(hits: Floats, truth: Floats, *, number: int) -> Floats:
    """Return the ranked probability score of "how many of ``number`` will", shape (cases,).  计数的分级概率评分。

    ``hits`` (cases, draws) are simulated numbers, ``truth`` (cases,) the true ones;
    RPS = sum_k (F(k) - [truth <= k])^2 / number over k = 0..number, 0 at best.

    >>> ranked_probability_score(np.array([[2, 2]]), np.array([2]), number=10)
    array([0.])
    """
    k = np.arange(number + 1)
    below = (hits[:, :, None] <= k).mean(axis=1)
    score: Floats = ((below - (truth[:, None] <= k)) ** 2).sum(axis=1) / number
    return score


def usual_change(history: Floats) -> Floats:
    """Return the unit of scaled scores for each row: the mean size of its past changes.  评分的尺度：以往变化的平均幅度。

    At least 2 % of the mean size of the values, so that a flat series does not blow a score up. Missing values are
    passed over.
    """
    seen = np.isfinite(history)
    before = np.maximum.accumulate(np.where(seen, np.arange(history.shape[1]), -1), axis=1)[:, :-1]
    earlier = np.where(before >= 0, np.take_along_axis(history, np.maximum(before, 0), axis=1), np.nan)
    change = np.abs(history[:, 1:] - earlier)
    unit: Floats = np.maximum(
        np.maximum(np.nanmean(change, axis=1), SMALLEST_CHANGE * np.nanmean(np.abs(history), axis=1)), 1e-9
    )
    return unit


def fall_names(falls: Iterable[float]) -> list[tuple[str, str, float]]:
    """Return the columns of probability and event for each fall.  各降幅的概率列与事件列。

    >>> fall_names([0.1])
    [('p10', 'e10', 0.1)]
    """
    return [(f"p{100 * d:g}", f"e{100 * d:g}", d) for d in falls]


def score_forecasts(
    draws: Floats, truth: Floats, *, history: Floats, falls: Sequence[float] = FALLS, rng: int = 0
) -> pd.DataFrame:
    """Score predictive draws against what happened, one row a case.

    给每次预测评分，每行一例。

    Parameters
    ----------
    draws : array of shape (cases, draws, horizon)
        Predictive draws, in the unit of the values.
    truth : array of shape (cases, horizon)
        What then happened; the last step must be known, others may be NaN.
    history : array of shape (cases, time)
        What was known, aligned at the last value; earlier places may be NaN.
    falls : sequence of float
        The event of a fall d is truth[last] <= (1 - d) history[last].
    rng : int
        Seed of the PIT's random part.

    Returns
    -------
    pandas.DataFrame
        ``crps`` (mean over steps), ``crps_last``, ``interval80`` (interval score of the last step), each in units of
        :func:`usual_change` and at most 20; ``cover80``, ``cover95`` (share of steps inside); ``negative`` (share of
        draws below zero); for each fall ``p10`` the probability (k + 1/2) / (m + 1) and ``e10`` the event; ``pit_1``...

    Raises
    ------
    SeriesError
        Shapes that do not belong together, draws or last outcomes that are not finite.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> history = np.array([[100.0, 90.0, 95.0, 90.0]])
    >>> rows = score_forecasts(rng.normal(90, 5, (1, 500, 2)), np.array([[88.0, 84.0]]), history=history)
    >>> rows[["e0", "e10", "cover95"]].to_numpy().tolist()
    [[1.0, 0.0, 1.0]]
    """
    import pandas as pd

    draws, truth, history = (np.asarray(a, dtype=float) for a in (draws, truth, history))
    _check_shapes(draws, truth, history)
    unit = usual_change(history)[:, None]
    crps = fair_crps(draws, truth) / unit
    row = {
        "crps": np.minimum(np.nanmean(crps, axis=1), LARGEST_CRPS),
        "crps_last": np.minimum(crps[:, -1], LARGEST_CRPS),
        "negative": (draws < 0).mean(axis=(1, 2)),
    }
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, 1 - (1 - level) / 2], axis=1)
        row[f"cover{100 * level:g}"] = np.nanmean(covers(low, high, truth), axis=1)
        if level == LEVELS[0]:
            scored = interval_score(low[:, -1], high[:, -1], truth[:, -1], level=level) / unit[:, 0]
            row[f"interval{100 * level:g}"] = np.minimum(scored, LARGEST_CRPS)
    for probability, event, d in fall_names(falls):
        line = (1 - d) * history[:, -1] * ON_THE_LINE
        row[probability] = ((draws[:, :, -1] <= line[:, None]).sum(axis=1) + 0.5) / (draws.shape[1] + 1)
        row[event] = (truth[:, -1] <= line).astype(float)
    for step, values in enumerate(pit(draws, truth, rng=rng).T, start=1):
        row[f"pit_{step}"] = values
    return pd.DataFrame(row)


def _check_shapes(draws: Floats, truth: Floats, history: Floats) -> None:
    fits = draws.ndim == 3 and truth.shape == (draws.shape[0], draws.shape[2]) and history.ndim == 2
    if not fits or len(history) != len(truth):
        raise refusal(
            "shape",
            f"draws {draws.shape}, outcomes {truth.shape} and histories {history.shape} do not belong together.",
            f"抽样 {draws.shape}、实际 {truth.shape}、历史 {history.shape} 的形状不相配。",
            advice_en="They are (cases, draws, horizon), (cases, horizon) and (cases, time).",
            advice_zh="应为（例、抽样、步）、（例、步）、（例、时间）。",
        )
    if not np.isfinite(draws).all():
        raise refusal("not_finite", "a forecast has draws that are not finite.", "预测抽样中有非有限值。")
    if not (np.isfinite(truth[:, -1]) & np.isfinite(history[:, -1])).all():
        raise refusal(
            "no_outcome", "a last value or a last outcome is missing.", "起点的数值或末步的实际值缺失，不能评分。"
        )


def source_weights(source: pd.Series) -> Floats:
    """Return weights that sum to one and give every source the same.  每个来源权重相同。"""
    weight = (1 / source.groupby(source).transform("count")).to_numpy(dtype=float)
    shares: Floats = weight / weight.sum()
    return shares


def stacked(rows: pd.DataFrame, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Return probabilities, events and weights of all falls one under the other.  把各降幅叠在一起。"""
    names = [c[1:] for c in rows if c.startswith("p") and c[1:].replace(".", "", 1).isdigit()]
    p = np.concatenate([rows[f"p{n}"].to_numpy(dtype=float) for n in names])
    e = np.concatenate([rows[f"e{n}"].to_numpy(dtype=float) for n in names])
    return p, e, np.tile(weight, len(names)) / len(names)


def calibration_slope(probability: Floats, happened: Floats, weight: Floats | None = None) -> float:
    """Return the slope of a logistic regression of the event on the logit of its probability.  校准斜率。

    1 is right, below 1 over-confident, above 1 too timid. Source: Cox, Biometrika 45, 1958.

    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 20_000)
    >>> abs(calibration_slope(p, (rng.random(20_000) < p).astype(float)) - 1) < 0.05
    True
    """
    p = np.clip(probability, CLIP, 1 - CLIP)
    w = np.full(len(p), 1 / len(p)) if weight is None else weight
    design = np.column_stack([np.ones_like(p), np.log(p / (1 - p))])
    beta = np.zeros(2)
    for _ in range(50):
        fitted = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        # The two tiny numbers keep a one-sided sample solvable; they change nothing that can be seen.
        information = (design * (w * fitted * (1 - fitted) + 1e-12)[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(information, design.T @ (w * (happened - fitted)))
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return float(beta[1])


def calibration_error(probability: Floats, happened: Floats, weight: Floats | None = None, *, bins: int = 10) -> float:
    """Return the expected calibration error: mean ``|said - happened|`` over bins of equal width.  校准误差。

    >>> calibration_error(np.array([0.25, 0.25]), np.array([1.0, 0.0]))
    0.25
    """
    w = np.full(len(probability), 1 / len(probability)) if weight is None else weight
    index = np.clip((probability * bins).astype(int), 0, bins - 1)
    gap = np.bincount(index, w * (probability - happened), minlength=bins)
    return float(np.abs(gap).sum() / w.sum())


def summary(rows: pd.DataFrame) -> dict[str, float]:
    """Return the headline figures of scored cases, every source weighing the same.  汇总，各来源权重相同。

    Brier skill = 1 - sum of Brier scores / sum of e (1 - e) over the falls, where e is the share of cases in which
    the fall happened: 0 is as good as always saying that share. ``rows`` holds the columns of :func:`score_forecasts`
    and, optionally, ``source``.
    """
    import pandas as pd

    w = source_weights(rows["source"] if "source" in rows else pd.Series("all", index=rows.index))
    p, e, weight = stacked(rows, w)
    asked = len(p) // len(rows)
    brier = np.sum(weight * (p - e) ** 2)
    share = (e.reshape(asked, -1) * w).sum(axis=1)
    climate = np.mean(share * (1 - share))
    out = {
        "cases": float(len(rows)),
        "brier_skill": float(1 - brier / climate) if climate > 0 else float("nan"),
        "brier": float(brier),
        "log_score": float(np.sum(weight * log_score(p, e))),
        "slope": calibration_slope(p, e, weight),
        "ece": calibration_error(p, e, weight),
    }
    for column in ("crps", "crps_last", "interval80", "cover80", "cover95", "negative"):
        out[column] = float(np.sum(w * rows[column].to_numpy(dtype=float)))
    return out
