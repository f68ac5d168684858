"""Mann-Kendall variants for autocorrelated series, from pymannkendall, with guards where they fail.

针对自相关的曼-肯德尔变体(取自 pymannkendall)，在失效处设防。
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...terms import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from .observations import Observations

FUNCTIONS: dict[str, tuple[str, dict[str, int]]] = {
    "hamed_rao": ("hamed_rao_modification_test", {}),
    "yue_wang": ("yue_wang_modification_test", {}),
    "yue_wang_lag_1": ("yue_wang_modification_test", {"lag": 1}),
    "pre_whitening": ("pre_whitening_modification_test", {}),
    "trend_free_pre_whitening": ("trend_free_pre_whitening_modification_test", {}),
}
WHITENED = ("pre_whitening", "trend_free_pre_whitening")  # these lose one value
# Simulated here: 600 series of independent normal values without a trend at each of n = 5, 6, 8, 10, 15, 20, 30, 60,
# two-sided at 5 %. Using every lag, the autocorrelations add up to about -1/2 whatever the series, and the variance
# collapses; with one lag the share comes down to .15 at n = 15 and .06 at n = 60.
YUE_WANG_FALSE_ALARMS = (0.25, 0.48)
YUE_WANG_LAG_1_USABLE_FROM = 30
# The same simulation gives Hamed-Rao .015 to .085, both kinds of pre-whitening .00 to .06.


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of the test on one series; NaN where it fails.  检验的一种变体。"""

    name: str
    score: float
    variance: float
    z: float
    p_decrease: float
    p_two_sided: float
    usable: bool
    remark: Text


def autocorrelated_variants(seen: Observations, *, alpha: float = 0.05) -> tuple[Variant, ...]:
    """Return the variants for autocorrelated series, each with a word on whether it can be used here.

    各种自相关变体，并注明此处能否使用。

    At five to ten values none of them repairs autocorrelation: it cannot be estimated. They are here so that a reader
    who knows them sees why they were not taken.
    """
    return tuple(_variant(name, seen, alpha) for name in FUNCTIONS)


def _run(name: str, values: ArrayLike, alpha: float) -> Any:
    import pymannkendall

    function, options = FUNCTIONS[name]
    test: Callable[..., Any] = getattr(pymannkendall, function)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        return test(np.asarray(values), alpha=alpha, **options)


def _variant(name: str, seen: Observations, alpha: float) -> Variant:
    from scipy.special import ndtr

    found = _run(name, seen.values, alpha)
    remark = _why_not(name, seen, float(found.var_s), alpha)
    computed = np.isfinite(found.var_s) and found.var_s > 0 and not _on_a_line(seen)
    if not computed:
        nan = float("nan")
        return Variant(name, float(found.s), nan, nan, nan, nan, False, remark or _NO_VARIANCE)
    low = float(ndtr((found.s + 1) / np.sqrt(found.var_s)))
    fine = remark is None
    return Variant(
        name,
        float(found.s),
        float(found.var_s),
        float(found.z),
        low,
        float(found.p),
        fine,
        remark or Text("可用", "usable"),
    )


_NO_VARIANCE = Text("方差不为正，没有 p 值", "its variance is not positive; there is no p-value")
_LINE = Text(
    "数值恰在一条直线上，自相关无从计算", "the values lie on a line; no autocorrelation can be computed from nothing"
)
_SPACING = Text("中间缺期，自相关无从计算", "a period is missing in between; the autocorrelation is not defined")


def _on_a_line(seen: Observations) -> bool:
    from .slopes import sen_slope

    found = sen_slope(seen.times, seen.values)
    rest = seen.values - found.slope * (seen.times - seen.times[0])
    return bool(np.ptp(rest) <= 1e-9 * max(float(np.abs(seen.values).max()), 1e-300))


def _why_not(name: str, seen: Observations, variance: float, alpha: float) -> Text | None:
    """Return why a variant cannot be used here, None if it can."""
    n = len(seen.values)
    if _on_a_line(seen):
        return _LINE
    if not seen.equally_spaced:
        return _SPACING
    if not variance > 0:
        return _NO_VARIANCE
    if name == "yue_wang" or (name == "yue_wang_lag_1" and n < YUE_WANG_LAG_1_USABLE_FROM):
        low, high = YUE_WANG_FALSE_ALARMS if name == "yue_wang" else (0.08, 0.15)
        return Text(
            f"无趋势的独立序列也有 {low:.0%} 至 {high:.0%} 报警(名义 5%)，不可用",
            f"independent series without a trend give {low:.0%} to {high:.0%} alarms at a nominal 5 %: do not use",
        )
    left = n - 1 if name in WHITENED else n
    if _smallest_normal_p(left) > alpha:
        return Text(
            f"只剩 {left} 个值，最小双侧 p 为 {_smallest_normal_p(left):.3f}，永不显著",
            f"{left} values are left; its smallest two-sided p is {_smallest_normal_p(left):.3f}: it has no power",
        )
    return None


def _smallest_normal_p(n: int) -> float:
    """Return the two-sided p of a perfect fall of n values by the normal approximation."""
    from scipy.special import ndtr

    from .mann_kendall import score_variance

    return float(2 * ndtr(-(n * (n - 1) / 2 - 1) / np.sqrt(score_variance((1,) * n))))
