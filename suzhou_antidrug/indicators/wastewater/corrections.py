"""Corrections of a mass before it becomes a load; each is chosen, and none is a choice that is written down.

质量换算为负荷之前的各项校正：每一项都须选择，“不校正”也是写明的选择。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError, shown
from ...terms import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

Factor = float | Mapping[str, float]
PARTS: dict[str, Text] = {
    "dilution": Text("保存剂稀释", "dilution by preservative"),
    "sorption": Text("颗粒物吸附", "sorption to particles"),
    "sewer_loss": Text("管网中损失", "loss in the sewer"),
    "domestic_share": Text("生活污水占流量之比", "share of domestic sewage in the flow"),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """One factor on the mass of a sample.  对样品质量的一项校正。

    ``factor`` is a number, or numbers by plant (``domestic_share``) or by biomarker (the others). Two loads with
    different corrections are not comparable.
    """

    part: str
    factor: Factor = 1.0
    source: str = ""
    none: bool = field(default=True)

    @property
    def text(self) -> Text:
        """What was chosen, in words."""
        if self.none:
            return Text("不校正", "none")
        given = self.factor if isinstance(self.factor, float) else dict(self.factor)
        return Text(f"× {given}（{self.source}）", f"x {given} ({self.source})")

    def on(self, names: NDArray[np.object_]) -> NDArray[np.float64]:
        """Return the factor of each row from its plant or biomarker; 1 for a name without a factor of its own."""
        if isinstance(self.factor, Mapping):
            unique, codes = np.unique(names.astype(str), return_inverse=True)
            return np.array([self.factor.get(str(n), 1.0) for n in unique], dtype=float)[codes]
        return np.full(len(names), float(self.factor))


def no_dilution() -> Correction:
    """Take the concentration as that of the sewage.  不作稀释校正。"""
    return Correction("dilution")


def dilution(volume_ratio: float, *, source: str) -> Correction:
    """Correct for preservative or titrant: factor 1 + added volume / sample volume.  保存剂稀释校正。

    >>> dilution(0.02, source="protocol of the laboratory").factor
    1.02
    """
    if not 0 <= volume_ratio < 1:
        raise _outside("volume_ratio", volume_ratio)
    return Correction("dilution", 1.0 + volume_ratio, _cited(source), none=False)


def no_sorption() -> Correction:
    """Take what is dissolved as all there is.  不作吸附校正。"""
    return Correction("sorption")


def sorption(fraction: Factor, *, source: str) -> Correction:
    """Correct for the fraction bound to particles, by biomarker: factor 1 / (1 - fraction).  颗粒物吸附校正。"""
    return Correction("sorption", _recovered(fraction), _cited(source), none=False)


def no_sewer_loss() -> Correction:
    """Take what arrives as what was excreted.  不作管网损失校正。"""
    return Correction("sewer_loss")


def sewer_loss(fraction: Factor, *, source: str) -> Correction:
    """Correct for the fraction lost between toilet and plant, by biomarker: factor 1 / (1 - fraction).  管网损失校正。"""
    return Correction("sewer_loss", _recovered(fraction), _cited(source), none=False)


def whole_flow() -> Correction:
    """Take the whole flow as domestic sewage.  全部流量按生活污水计。"""
    return Correction("domestic_share")


def domestic_share(share: Factor, *, source: str) -> Correction:
    """Count only the domestic share of the flow, by plant; it multiplies every biomarker alike.  生活污水比例校正。

    A population from cotinine must have been computed with the same share, or every load is off by a factor 1 / share.
    """
    for value in share.values() if isinstance(share, Mapping) else (share,):
        if not 0 < value <= 1:
            raise _outside("domestic_share", value)
    return Correction("domestic_share", share, _cited(source), none=False)


def _recovered(fraction: Factor) -> Factor:
    def one(value: float) -> float:
        if not 0 <= value < 1:
            raise _outside("fraction", value)
        return 1.0 / (1.0 - value)

    return {k: one(v) for k, v in fraction.items()} if isinstance(fraction, Mapping) else one(fraction)


def _cited(source: str) -> str:
    if not source.strip():
        raise SeriesError(
            Problem(
                "no_source", "a correction needs its source.", "校正须注明来源。", "Give source=...", "请填写 source。"
            )
        )
    return source


def _outside(name: str, value: float) -> SeriesError:
    return SeriesError(
        Problem(
            "correction", f"{name} must lie in 0 to 1.", f"{name} 须在 0 与 1 之间。", column=name, value=shown(value)
        )
    )
