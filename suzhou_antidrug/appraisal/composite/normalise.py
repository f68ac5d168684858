"""Indicators on one scale: against the sample, or against fixed posts.

把各指标放到同一尺度：相对样本，或相对固定界点。

Directed v = d x. min_max: l + (u - l)(v - min) / (max - min). z_score: sd with n - 1. rank: 1 the lowest, ties the lowest rank of
theirs, values equal to twelve digits tied; borda rank - 1; percentile rank / n. goalposts: (v - low) / (high - low), clipped; the posts
are fixed and kept with the score, so that no unit moves another's. target_from_worst: (x - min) / (T - min) or (max - x) / (max - T),
capped at 1: anchored on the sample's worst unit, for comparison only. fraction_of_maximum v / max. scaled (x - a) / (b - a), not
clipped. above_below_mean: 1 where x / mean > 1 + p, -1 where < 1 - p, else 0, times d. categorical: 0, 20, 40, 50, 60, 80, 100 by the
percentile rank, cut at 5, 15, 35, 65, 85, 95; a percentile on a cut belongs below it, so that the best 5 % have 100. Where a column is
constant the sample says nothing: min-max, z-score, target_from_worst and categorical ask for the score to give.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), pages 83 to 88.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ...errors import refusal
from .checks import directions_of, table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .checks import Floats

Method = Literal[
    "min_max",
    "z_score",
    "rank",
    "borda",
    "percentile",
    "goalposts",
    "target_from_worst",
    "fraction_of_maximum",
    "scaled",
    "above_below_mean",
    "categorical",
]
CUTS, CATEGORIES = (5, 15, 35, 65, 85, 95), (0.0, 20.0, 40.0, 50.0, 60.0, 80.0, 100.0)  # Handbook, table 15
DIGITS = 12  # values equal to so many digits are tied


def normalise_scores(
    values: ArrayLike, directions: ArrayLike, method: Method = "min_max", *, span: tuple[float, float] = (0.0, 100.0),
    posts: ArrayLike | None = None, targets: ArrayLike | None = None, constant: float | None = None, near: float = 0.2,
    names: Sequence[str] | None = None,
) -> Floats:  # fmt: skip
    """Return indicators on one scale, (units, indicators); gaps stay gaps.

    把指标表标准化；缺失仍为缺失。

    The formulas stand at the head of this module; goalposts alone give a score that no other unit can move. Source: OECD/JRC Handbook
    (2008), pages 83 to 88 and table 15.

    Parameters
    ----------
    span : pair
        Of min-max, goalposts and scaled; mean and sd of the z-score are ``span`` too: ``(0, 1)``.
    posts : array (indicators, 2)
        Low and high of goalposts, in raw units (high is better than low by the direction), or a and b of scaled.
    targets : array (indicators,)
        Of target_from_worst.
    constant : float, optional
        Score of everybody in a column where all are the same; without it such a column is an error.
    near : float
        The p of above_below_mean: how far from the mean still counts as at it.

    Raises
    ------
    SeriesError
        An indicator without direction, without values or constant; posts that do not differ or lie the wrong way round;
        a best value or a mean that a ratio cannot be taken to.

    Examples
    --------
    >>> normalise_scores([[1.0, 5.0], [2.0, 4.0], [3.0, 3.0]], [1, -1]).tolist()
    [[0.0, 0.0], [50.0, 50.0], [100.0, 100.0]]
    >>> normalise_scores([[100.0], [100.0]], [1], "goalposts", posts=[[0, 100]]).tolist()
    [[100.0], [100.0]]
    """
    if method not in get_args(Method):
        raise ValueError(f"method {method!r} is not one of {', '.join(get_args(Method))}")
    x, named = table(values, names)
    d = directions_of(directions, named)
    v = x * d
    if method in ("rank", "borda", "percentile"):
        ranks = _ranks(v)
        share = ranks / np.sum(~np.isnan(v), axis=0)
        by_method: dict[str, Floats] = {"rank": ranks, "borda": ranks - 1, "percentile": share}
        return by_method[method]
    if method == "above_below_mean":
        return _above_below(x, d, named, near)
    if method in ("goalposts", "scaled"):
        return _posts(x, d, named, posts, span, clipped=method == "goalposts")
    low, high = np.nanmin(v, axis=0), np.nanmax(v, axis=0)
    same = high == low
    if same.any() and constant is None and method != "fraction_of_maximum":
        name = named[int(np.argmax(same))]
        raise refusal(
            "constant", f"{name} is the same for everybody: the sample gives it no score.", f"{name} 各单位相同，样本给不出分数。",
            "Use goalposts, or give the score by constant=.", "请改用固定界点，或以 constant= 指定分数。", column=name,
        )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "min_max":
            out = span[0] + (span[1] - span[0]) * (v - low) / (high - low)
        elif method == "categorical":
            share = 100 * _ranks(v) / np.sum(~np.isnan(v), axis=0)
            out = np.where(
                np.isnan(v), np.nan, np.take(CATEGORIES, np.searchsorted(CUTS, share, side="left").clip(0, 6))
            )
        elif method == "z_score":
            out = (v - np.nanmean(v, axis=0)) / np.nanstd(v, axis=0, ddof=1)
        elif method == "fraction_of_maximum":
            if (high <= 0).any():
                name = named[int(np.argmax(high <= 0))]
                raise refusal(
                    "maximum",
                    f"the best of {name} is 0 or negative: a fraction of it has no meaning.",
                    f"{name} 的最好值不为正，无从取比例。",
                    column=name,
                )
            out = v / high
        else:
            out = _from_worst(x, d, named, targets)
    return (
        np.where(same & ~np.isnan(v), constant, out)
        if constant is not None and method != "fraction_of_maximum"
        else out
    )


def _ranks(v: Floats) -> Floats:
    out = np.full(v.shape, np.nan)
    for j in range(v.shape[1]):  # over indicators
        known = ~np.isnan(v[:, j])
        values = v[known, j]
        scale = np.abs(values).max(initial=0) or 1.0
        rounded = np.round(values / scale, DIGITS)
        out[known, j] = np.searchsorted(np.sort(rounded), rounded, side="left") + 1
    return out


def _above_below(x: Floats, d: Floats, named: Sequence[str], near: float) -> Floats:
    if not 0 <= near < 1:
        raise ValueError(f"near lies in 0-1, got {near}")
    mean = np.nanmean(x, axis=0)
    if (mean <= 0).any():
        name = named[int(np.argmax(mean <= 0))]
        raise refusal("mean", f"the mean of {name} is 0 or negative: a ratio to it has no meaning.", f"{name} 的均值不为正，无从取比例。", column=name)  # fmt: skip
    ratio = np.round(x / mean, DIGITS)
    side = np.where(ratio > np.round(1 + near, DIGITS), 1.0, np.where(ratio < np.round(1 - near, DIGITS), -1.0, 0.0))
    return np.asarray(np.where(np.isnan(x), np.nan, side * d) + 0.0)


def _posts(
    x: Floats, d: Floats, named: Sequence[str], posts: ArrayLike | None, span: tuple[float, float], *, clipped: bool
) -> Floats:
    if posts is None:
        raise ValueError("posts are needed: low and high of every indicator")
    p = np.asarray(posts, dtype=float)
    if p.shape != (x.shape[1], 2):
        raise ValueError(f"posts are (indicators, 2), got {p.shape}")
    wrong = ~((p[:, 1] - p[:, 0]) * d > 0)
    if wrong.any():
        name = named[int(np.argmax(wrong))]
        raise refusal(
            "posts",
            f"the posts of {name} are equal or the wrong way round for its direction.",
            f"{name} 的界点相等或与方向相反。",
            column=name,
        )
    share = (x - p[:, 0]) / (p[:, 1] - p[:, 0])
    share = np.clip(share, 0, 1) if clipped else share
    return np.asarray(span[0] + (span[1] - span[0]) * share)


def _from_worst(x: Floats, d: Floats, named: Sequence[str], targets: ArrayLike | None) -> Floats:
    if targets is None:
        raise ValueError("targets are needed, one an indicator")
    goal = np.asarray(targets, dtype=float)
    low, high = np.nanmin(x, axis=0), np.nanmax(x, axis=0)
    distance: Floats = np.minimum(1.0, np.where(d > 0, (x - low) / (goal - low), (high - x) / (high - goal)))
    return distance
