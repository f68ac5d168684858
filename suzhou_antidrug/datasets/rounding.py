"""How far a printed figure may lie from the number behind it.

公布数与其背后真实数之间可能相差多少。

A report prints 8.3万 where the register holds some number between 82,500 and 83,500. Tests of printed figures, and
forecasts made from them, must know that width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

WAN = 10_000  # 万: Chinese reports print large numbers in it, so no rounding is coarser than one 万
BAND_EDGE = 1e-9  # of a share: a printed change on the very edge of its band is inside, whatever binary floats say
COUNT_UNITS = frozenset(
    [
        "cases",
        "persons",
        "person-times",
        "sites",
        "gangs",
        "incidents",
        "stations",
        "schools",
        "enterprises",
        "enterprises/institutions",
        "townships/subdistricts",
    ]
)


def half_widths(printed: pd.Series, unit: pd.Series, precision: pd.Series) -> NDArray[np.float64]:
    """Return half a unit of the last printed digit, one for each figure.  末位数字单位的一半。

    ``printed`` holds the figures as text with 万 expanded (``"83000"``), ``unit`` and ``precision`` as in
    ``figures.csv``. Decimals tell their own last digit. A whole number of a measured quantity is rounded to 1. A count
    is exact, unless it is marked as rounded or ends in two zeros above 万: then its last digit is the last that is not
    zero, and never coarser than one 万. "More than" (余) is one unit wide on the upper side only; "at least" (以上) and
    words have no width: NaN.

    >>> import pandas as pd
    >>> half_widths(pd.Series(["83000", "36.0", "683", "3000000"]), pd.Series(["cases", "percent", "cases", "persons"]),
    ...             pd.Series(["rounded", "as_printed", "as_printed", "approximate"])).tolist()
    [500.0, 0.05, 0.0, 5000.0]
    """
    import numpy as np
    import pandas as pd

    text = printed.fillna("").astype(str)
    value = pd.to_numeric(text.where(text != "")).to_numpy(dtype=float)
    decimals = text.str.partition(".")[2].str.len().to_numpy(dtype=float)
    zeros = (text.str.len() - text.str.rstrip("0").str.len()).to_numpy(dtype=float)
    last_digit = np.where(decimals > 0, 10.0**-decimals, np.minimum(10.0**zeros, WAN))
    marked = precision.isin(["rounded", "approximate", "more_than"]).to_numpy()
    in_wan = (np.abs(value) >= WAN) & (zeros >= 2)
    measured = ~unit.isin(COUNT_UNITS).to_numpy()
    computed = (precision == "computed").to_numpy()
    half = np.where((decimals > 0) | marked | in_wan, last_digit / 2, np.where(measured | computed, 0.5, 0.0))
    half = np.where(precision.isin(["at_least", "as_written"]).to_numpy() | np.isnan(value), np.nan, half)
    return half


@dataclass(frozen=True, slots=True)
class PrintedChange:
    """Printed changes against the levels they belong to, one element for each.  公布的同比与水平数之对照。

    All arrays have one shape. Changes are shares: -0.286 is -28.6 %.
    """

    change: NDArray[np.float64]  # from the printed levels
    low: NDArray[np.float64]  # the least change that rounding of both levels allows
    high: NDArray[np.float64]
    printed: NDArray[np.float64]
    consistent: NDArray[np.bool_]  # printed lies in [low, high] widened by its own half unit
    implied_base: NDArray[np.float64]  # the earlier level that the printed change would need


def check_printed_change(
    previous: ArrayLike,
    current: ArrayLike,
    printed: ArrayLike,
    *,
    previous_halfwidth: ArrayLike,
    current_halfwidth: ArrayLike,
    printed_halfwidth: ArrayLike,
) -> PrintedChange:
    """Test printed changes against printed levels, with rounding.  用水平数检验公布的同比，计入舍入。

    With half widths h the true change lies between ``(current - h) / (previous + h) - 1`` and
    ``(current + h) / (previous - h) - 1``. The printed change is consistent where it lies inside that band widened by
    its own half unit; otherwise the base was restated or one of the three is wrong, and the test cannot say which.

    ``previous`` and ``current`` are levels in one unit, ``printed`` a share (-0.286); all broadcast. Raises
    ``ValueError`` for a negative level or width. Where rounding lets the earlier level reach zero, ``high`` is
    infinite.

    >>> found = check_printed_change(5.4, 3.5, -0.286, previous_halfwidth=0.05, current_halfwidth=0.05,
    ...                              printed_halfwidth=0.0005)
    >>> bool(found.consistent), round(float(found.low), 4), round(float(found.high), 4)
    (False, -0.367, -0.3364)
    """
    import numpy as np

    arrays = (previous, current, printed, previous_halfwidth, current_halfwidth, printed_halfwidth)
    before, after, stated, h_before, h_after, h_stated = np.broadcast_arrays(*(np.asarray(a, float) for a in arrays))
    if min((np.nanmin(a) for a in (before, after, h_before, h_after, h_stated) if a.size), default=0.0) < 0:
        raise ValueError("levels and half widths must not be negative")
    with np.errstate(divide="ignore", invalid="ignore"):
        change = after / before - 1
        low = np.maximum(after - h_after, 0) / (before + h_before) - 1
        least_base = before - h_before
        high = np.where(least_base > 0, (after + h_after) / least_base - 1, np.inf)
        implied_base = after / (1 + stated)
    consistent = (stated >= low - h_stated - BAND_EDGE) & (stated <= high + h_stated + BAND_EDGE)
    return PrintedChange(change, low, high, stated, consistent, implied_base)
