"""A list checked in part: how many bad ones may still be on it.

名单只查了一部分：最多还可能有多少不合格。

Formulas
--------
x bad among n checked of N. The largest M with P(X <= x | M) > 1 - level, X hypergeometric: M bad of N, n drawn. Ties at
the level are decided in whole numbers: 0 of 95 in 100 with M = 1 gives exactly .05, which is not above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from .counts import checked_counts, tail_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .counts import Floats

NEAR = 1e-9  # within this of the level floats may err, and fractions decide


@dataclass(frozen=True, slots=True, eq=False)
class ListBound:
    """How many bad ones a partly checked list may hold, arrays.  部分核查名单的不合格数上限。"""

    found: Floats
    checked: Floats
    listed: Floats
    most_bad: NDArray[np.int64]  # at ``level``, one-sided; at least the number found
    unchecked: Floats
    level: float

    @property
    def least_good_share(self) -> Floats:
        """The lower limit of the share that is in order; 1 only where nothing bad can be left."""
        return np.asarray(1 - self.most_bad / self.listed)


def bad_on_list(found: ArrayLike, checked: ArrayLike, listed: ArrayLike, *, level: float = 0.95) -> ListBound:
    """Return the upper bound of bad ones on a list of which a random part was checked.

    随机抽查部分名单后，不合格数的上限。

    Even where the bound is what was found, ``unchecked`` says how many nobody looked at: a 100 % promise about the list is
    not proved by a sample of it. Raises :class:`~suzhou_antidrug.errors.SeriesError` unless found <= checked <= listed.

    >>> bad_on_list([0, 0, 0, 2], [50, 80, 95, 90], 100).most_bad.tolist()
    [4, 1, 0, 3]
    """
    tail_of(level)
    x, n = checked_counts(found, checked, whole_exposure=True)
    n, total = checked_counts(n, listed, whole_exposure=True)
    x, n, total = np.broadcast_arrays(x, n, total)
    if np.isnan(x + n + total).any():
        raise ValueError("found, checked and listed are given for every list")
    least, most = x.copy(), total - (n - x)
    while (least < most).any():  # least is possible, what lies above most is not
        middle = np.ceil((least + most) / 2)
        possible = _possible(x, n, total, middle, level)
        least, most = np.where(possible, middle, least), np.where(possible, most, middle - 1)
    return ListBound(x, n, total, least.astype(np.int64), total - n, level)


def _possible(x: Floats, n: Floats, total: Floats, bad: Floats, level: float) -> NDArray[np.bool_]:
    from scipy.stats import hypergeom

    chance = hypergeom.cdf(x, total, bad, n)
    found = np.asarray(chance > 1 - level)
    close = np.abs(chance - (1 - level)) < NEAR
    if close.any():
        line = 1 - Fraction(Decimal(str(level)))
        found = found.copy()
        for at in zip(*np.nonzero(np.atleast_1d(close)), strict=True):  # ties only, each in whole numbers
            a, b, c, d = (int(np.atleast_1d(v)[at]) for v in (x, n, total, bad))
            ways = sum(comb(d, i) * comb(c - d, b - i) for i in range(a + 1))
            np.atleast_1d(found)[at] = Fraction(ways, comb(c, b)) > line
    return found
