"""What was learned from thousands of short series: the prior over simple state-space models.

由数千条短序列学到的先验：各种简单状态空间模型的权重。

Each atom is one model of a series on its scale z (log or logit), all sizes in units of ``step``:

    level   l[t+1] = l[t] + d[t] + N(0, (1 - noise_share) step^2)
    drift   d[t+1] = damping d[t] + (1 - damping) drift_mean step + N(0, (1 - damping^2) drift^2 step^2)
    value   z[t]   = l[t] + N(0, noise_share step^2 / 2 + known noise)

The weight of an atom for a series is softmax(log_prior + tilt . x + temper(n) * log likelihood), where x says how volatile
the series is and how unusual its last and its largest change are. ``python -m suzhou_antidrug.outlook.fitting`` learns the
numbers from a folder of series; the library itself needs only the two small files that it writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..datasets import data_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

ATOM_COLUMNS = ("step", "noise_share", "drift", "damping", "drift_mean")
TILT_COLUMNS = ("tilt_volatility", "tilt_last", "tilt_largest")
TEMPER_AT = 7  # values: the length at which log temper is its first number
TEMPER_MOST = 12  # values: beyond, the temper stays


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """The learned prior.  学到的先验。"""

    atoms: Floats  # (atoms, 5), columns ATOM_COLUMNS
    log_prior: Floats  # (atoms,)
    tilt: Floats  # (3, atoms)
    temper: tuple[float, float]
    siblings: Floats  # (4, 16): how the weights move when siblings are known

    def temper_of(self, n: NDArray[np.int64]) -> Floats:
        """Return how much the likelihood of ``n`` values counts.  似然的权重。"""
        a, b = self.temper
        return np.exp(a + b * np.log(np.minimum(n, TEMPER_MOST) / TEMPER_AT)).astype(np.float32)


@cache
def load_prior() -> Prior:
    """Read the bundled prior, once.  读取自带先验。"""
    with data_path("outlook", "prior_atoms.csv").open(encoding="utf-8") as stream:
        names = stream.readline().strip().split(",")
        table = np.loadtxt(stream, delimiter=",", dtype=np.float64)
    column = {name: table[:, i] for i, name in enumerate(names)}
    rest = json.loads(data_path("outlook", "prior.json").read_text(encoding="utf-8"))
    return Prior(
        atoms=np.stack([column[c] for c in ATOM_COLUMNS], axis=1).astype(np.float32),
        log_prior=column["log_prior"].astype(np.float32),
        tilt=np.stack([column[c] for c in TILT_COLUMNS]).astype(np.float32),
        temper=(float(rest["temper"][0]), float(rest["temper"][1])),
        siblings=np.asarray(rest["siblings"], dtype=np.float32),
    )
