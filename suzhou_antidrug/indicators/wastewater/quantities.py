"""Units of concentration, flow, population and load, and what each one is in the unit used inside.

浓度、流量、人口、负荷的单位，以及换算成内部单位的倍数。

Inside, a concentration is in ng/L, a flow in m3/day, a population in persons, a load in mg/day/1000 inhabitants. One
load has many labels: mg/day/1000 = g/day/10^6 = ug/day/person = 毫克/千人/天.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import UnknownNameError, unknown_name
from ...terms import Text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Quantity = Literal["concentration", "flow", "population", "load"]
INSIDE: dict[Quantity, Text] = {
    "concentration": Text("纳克/升", "ng/L"),
    "flow": Text("立方米/天", "m3/day"),
    "population": Text("人", "persons"),
    "load": Text("毫克/天/千人", "mg/day/1000 inhabitants"),
}
_UNITS: dict[Quantity, dict[float, tuple[str, ...]]] = {
    "concentration": {
        1.0: ("ng/L", "纳克/升", "ng·L-1", "pg/mL"),
        1e3: ("ug/L", "微克/升", "ng/mL", "ug·L-1"),
        1e6: ("mg/L", "毫克/升", "ug/mL"),
    },
    "flow": {
        1.0: ("m3/d", "m3/day", "m3/天", "m3/日", "立方米/天", "立方米/日", "吨/天", "吨/日", "t/d", "m3"),
        1e4: ("万m3/d", "万m3/天", "万m3/日", "万立方米/天", "万立方米/日", "万吨/天", "万吨/日", "万t/d", "10k m3/d", "万m3"),
        1e3: ("ML/d", "千m3/d", "千立方米/天", "千m3/天"),
        24.0: ("m3/h", "m3/小时", "立方米/小时"),
        1e-3: ("L/d", "升/天", "升/日"),
    },
    "population": {
        1.0: ("persons", "人", "person", "people"),
        1e3: ("thousand", "千人", "1000 persons"),
        1e4: ("万人", "10k persons"),
    },
    "load": {
        1.0: (
            "mg/day/1000", "mg/d/1000", "mg/1000/d", "mg/1000/day", "mg/day/1000 inhabitants", "mg/day/1000 people",
            "mg/d/1000inh", "mg_per_day_per_1000", "毫克/千人/天", "毫克/天/千人", "毫克/日/千人", "毫克/千人/日",
            "mg/千人/天", "mg/天/千人", "mg/d/千人", "g/day/10^6", "g/day/1000000", "g/d/10^6", "g/day/million",
            "g/day/1000000 people", "克/百万人/天", "克/天/百万人", "ug/day/person", "ug/d/person", "微克/人/天",
        ),
        10.0: ("毫克/百人/天", "mg/day/100"),
    },
}  # fmt: skip


def _fold(unit: str) -> str:
    text = unicodedata.normalize("NFKC", unit.replace("³", "3").replace("⁻", "-")).casefold()
    return "".join(text.split()).replace("μ", "u").replace("µ", "u").replace("^", "").replace("(", "").replace(")", "")


@cache
def _index(quantity: Quantity) -> dict[str, float]:
    return {_fold(name): factor for factor, names in _UNITS[quantity].items() for name in names}


def unit_factor(unit: str, quantity: Quantity) -> float | None:
    """Return what one ``unit`` is in the unit used inside, None where the unit is not known.  单位换算倍数。

    >>> unit_factor("µg/L", "concentration"), unit_factor("万m³/天", "flow"), unit_factor("克/百万人/天", "load")
    (1000.0, 10000.0, 1.0)
    """
    return _index(quantity).get(_fold(unit))


def known_units(quantity: Quantity) -> tuple[str, ...]:
    """Return the first spelling of every unit of a quantity.  已知单位。"""
    return tuple(names[0] for names in _UNITS[quantity].values())


def convert(values: ArrayLike, unit: str, quantity: Quantity) -> Floats:
    """Return values in the unit used inside: ng/L, m3/day, persons, mg/day/1000 inhabitants.

    换算成内部单位：纳克/升、立方米/天、人、毫克/天/千人。

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for a unit that is not known: a unit is never guessed.

    >>> convert([1.5, 2.0], "ug/L", "concentration").tolist()
    [1500.0, 2000.0]
    """
    factor = unit_factor(unit, quantity)
    if factor is None:
        known = [name for names in _UNITS[quantity].values() for name in names]
        raise UnknownNameError(unknown_name(f"unit of {quantity}", "单位", unit, known, suggest=known_units(quantity)))
    return np.asarray(values, dtype=float) * factor
