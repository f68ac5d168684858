"""Weights from principal components and from factors: what moves together, not what matters.

主成分与因子赋权：反映指标的共变，而非重要性。

Correlation matrix R = V L V'; loadings V sqrt(L), the sign of a component chosen so that its loadings add to a positive number.
Factor weights: the first components, varimax with Kaiser's normalisation; squared loadings scaled to 1 in each factor; an indicator takes
the factor where it is largest, times that factor's share of the variance explained; over their sum. An indicator that runs against the
others has a negative loading: such a vector is no set of weights, and that is said.

Sources: OECD/JRC Handbook (2008), pages 63 to 69 and 89 to 91; Kaiser, Psychometrika 23 (1958) 187.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import refusal
from .checks import table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .checks import Floats

SWEEPS, STILL = 500, 1e-10  # of the varimax rotation: most sweeps, and the angle below which it stops


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalComponents:
    """Components of the correlation matrix, the largest first.  相关矩阵的主成分。"""

    eigenvalues: Floats  # (components,)
    vectors: Floats  # (indicators, components), each of length 1
    names: tuple[str, ...]

    @property
    def loadings(self) -> Floats:
        """Correlations of indicators with components, (indicators, components)."""
        return np.asarray(self.vectors * np.sqrt(self.eigenvalues))

    @property
    def shares(self) -> Floats:
        """The share of the variance that each component explains."""
        return np.asarray(self.eigenvalues / self.eigenvalues.sum())

    @property
    def against(self) -> tuple[str, ...]:
        """Indicators that run against the first component: its loadings are no weights while there are any."""
        return tuple(n for n, v in zip(self.names, self.vectors[:, 0], strict=True) if v < 0)


def principal_components(values: ArrayLike) -> PrincipalComponents:
    """Return the principal components of the correlations of a table without gaps.

    相关矩阵的主成分。

    R = V L V' of ``values`` (units, indicators); the sign of a component is chosen so that its loadings add to a positive number.
    ``.against`` names indicators that run against the first: its loadings are no weights while there are any. Source: OECD/JRC
    Handbook (2008), pages 63 to 69, tables 7 and 8.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for gaps and for a constant indicator, by name.

    >>> found = principal_components([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0], [4.0, 5.0]])
    >>> found.eigenvalues.round(3).tolist(), found.vectors[:, 0].round(3).tolist()
    ([1.832, 0.168], [0.707, 0.707])
    """
    x, named = table(values)
    if np.isnan(x).any():
        raise refusal("gaps", "components need a table without gaps.", "主成分要求无缺失。")
    same = np.ptp(x, axis=0) == 0
    if same.any():
        name = named[int(np.argmax(same))]
        raise refusal("constant", f"{name} is the same for everybody: it correlates with nothing.", f"{name} 各单位相同，无从计算相关。", "Leave it out of the components and give it a weight.", "请不纳入主成分并直接给定权重。", column=name)  # fmt: skip
    values_, vectors = np.linalg.eigh(np.atleast_2d(np.corrcoef(x, rowvar=False)))
    vectors = vectors[:, ::-1]
    vectors = vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    return PrincipalComponents(np.maximum(values_[::-1], 0.0), vectors, named)


def varimax(loadings: ArrayLike) -> Floats:
    """Return loadings turned so that each factor rests on few indicators (Kaiser's normalisation).  方差最大旋转。

    >>> varimax([[0.6, 0.6], [0.6, 0.6], [0.6, -0.6]]).round(3).tolist()
    [[0.849, 0.0], [0.849, 0.0], [0.0, 0.849]]
    """
    a = np.asarray(loadings, dtype=float)
    length = np.sqrt((a**2).sum(axis=1, keepdims=True))
    b = a / np.where(length > 0, length, 1)
    n, count = b.shape
    for _ in range(SWEEPS):
        largest = 0.0
        for first in range(count):
            for second in range(first + 1, count):  # the best turn of a plane is known exactly, so no saddle holds it
                x, y = b[:, first], b[:, second]
                u, v = x**2 - y**2, 2 * x * y
                up = 2 * (u @ v) - 2 * u.sum() * v.sum() / n
                angle = np.arctan2(up, u @ u - v @ v - (u.sum() ** 2 - v.sum() ** 2) / n) / 4
                cos, sin = np.cos(angle), np.sin(angle)
                b[:, first], b[:, second] = x * cos + y * sin, y * cos - x * sin
                largest = max(largest, abs(float(angle)))
        if largest < STILL:
            break
    out = b * length
    order = np.argsort(-(out**2).sum(axis=0), kind="stable")
    out = out[:, order]
    return np.asarray(out * np.where((out**3).sum(axis=0) < 0, -1.0, 1.0) + 0.0)


def factor_weights(values: ArrayLike, factors: int | None = None) -> Floats:
    """Return weights from rotated principal factors, squared loadings times the variance explained.

    因子赋权：旋转后因子载荷平方乘以解释方差。

    ``values`` (units, indicators); ``factors`` by default those whose eigenvalue passes 1. Varimax with Kaiser's normalisation;
    squared loadings over the factor's sum; an indicator takes the factor where it is largest, times that factor's share of the
    variance; over their sum. Source: OECD/JRC Handbook (2008), pages 89 to 91, table 18.

    Raises as :func:`principal_components`; ValueError for a number of factors that cannot be.

    >>> rng = np.random.default_rng(0)
    >>> common = rng.normal(size=(40, 2))
    >>> factor_weights(np.column_stack([common, common + rng.normal(size=(40, 2))]), 2).sum().round(9)
    np.float64(1.0)
    """
    found = principal_components(values)
    count = int((found.eigenvalues > 1).sum()) or 1 if factors is None else factors
    if not 1 <= count <= len(found.eigenvalues):
        raise ValueError(f"factors lie in 1 to {len(found.eigenvalues)}")
    turned = varimax(found.loadings[:, :count])
    explained = (turned**2).sum(axis=0)
    scaled = turned**2 / explained
    mine = scaled.argmax(axis=1)
    raw = scaled.max(axis=1) * (explained / explained.sum())[mine]
    return np.asarray(raw / raw.sum())
