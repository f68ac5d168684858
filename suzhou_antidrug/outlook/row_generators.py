"""A generator for every series of a batch: what is drawn for one does not depend on what stands beside it.

一批序列各用自己的随机数发生器：某条序列抽到的数与同批其他序列无关。

The methods are those of :class:`numpy.random.Generator` that the forecaster uses; the first axis is the series. A batch of
one draws the very numbers that its generator alone would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shape = int | tuple[int, ...]


class RowGenerators:
    """Generators side by side, one a row.  逐行的随机数发生器。

    >>> rows = RowGenerators([np.random.default_rng(1), np.random.default_rng(2)])
    >>> bool((rows.random((2, 3))[1] == np.random.default_rng(2).random(3)).all())
    True
    """

    __slots__ = ("each",)

    def __init__(self, each: Sequence[np.random.Generator]) -> None:
        self.each = list(each)

    def _own(self, shape: Shape) -> tuple[int, ...]:
        rest = (shape,) if isinstance(shape, int) else tuple(shape)
        assert rest[0] == len(self.each), "the first axis is the series"
        return rest[1:] or (1,)

    def _stack(self, rows: list[NDArray[Any]], shape: Shape) -> NDArray[Any]:
        return np.stack(rows).reshape(shape)

    def random(self, shape: Shape) -> NDArray[np.float64]:
        """Uniform numbers."""
        own = self._own(shape)
        return self._stack([g.random(own) for g in self.each], shape)

    def integers(self, low: int, high: int, shape: Shape, dtype: Any = np.int64) -> NDArray[Any]:
        """Whole numbers from low to below high."""
        own = self._own(shape)
        return self._stack([g.integers(low, high, own, dtype=dtype) for g in self.each], shape)

    def standard_normal(self, shape: Shape, dtype: Any = np.float64) -> NDArray[Any]:
        """Standard normal numbers."""
        own = self._own(shape)
        return self._stack([g.standard_normal(own, dtype=dtype) for g in self.each], shape)

    def binomial(self, n: NDArray[np.int64], p: NDArray[np.float64]) -> NDArray[np.int64]:
        """Binomial counts, arrays with the series first."""
        return np.stack([g.binomial(n[i], p[i]) for i, g in enumerate(self.each)])

    def poisson_where(self, mean: NDArray[Any], where: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Poisson counts for the means chosen, flat, row after row."""
        return np.concatenate([g.poisson(mean[i][where[i]]) for i, g in enumerate(self.each)])

    def take(self, rows: NDArray[Any]) -> RowGenerators:
        """The generators of some rows, by mask or position."""
        index = np.flatnonzero(rows) if rows.dtype == bool else rows
        return RowGenerators([self.each[i] for i in index])

    def spawn_each(self) -> RowGenerators:
        """A child of every generator."""
        return RowGenerators([g.spawn(1)[0] for g in self.each])


Draws = np.random.Generator | RowGenerators


def of_rows(rng: Draws, rows: NDArray[Any]) -> Draws:
    """Return what draws for some rows of a batch: the one generator of all, or theirs.  部分行所用的发生器。"""
    return rng.take(rows) if isinstance(rng, RowGenerators) else rng


def poisson_where(rng: Draws, mean: NDArray[Any], where: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return exact Poisson counts for the means chosen.  对所选均值作精确泊松抽样。"""
    return rng.poisson_where(mean, where) if isinstance(rng, RowGenerators) else rng.poisson(mean[where])
