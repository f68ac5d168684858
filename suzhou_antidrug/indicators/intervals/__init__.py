"""Exact inference on few events: shares, rates, two periods, zeros, finite lists, samples, hidden populations.

少量事件的精确推断：比例、率、两期比较、零事件、有限名单、抽查数量、隐匿人群。

One subject a module; all over arrays.
"""

from __future__ import annotations

from .capture_recapture import chao, chapman, multiplier, zelterman
from .counts import Intervals
from .finite_lists import bad_on_list
from .proportions import proportion_interval
from .rates import rate_interval
from .sample_sizes import checks_needed, lot_plan
from .two_periods import RateRatio, base_count_needed, rate_ratio
from .zero_events import chance_of_zero, zero_upper_limit, zero_upper_share

__all__ = [
    "Intervals",
    "RateRatio",
    "bad_on_list",
    "base_count_needed",
    "chance_of_zero",
    "chao",
    "chapman",
    "checks_needed",
    "lot_plan",
    "multiplier",
    "proportion_interval",
    "rate_interval",
    "rate_ratio",
    "zelterman",
    "zero_upper_limit",
    "zero_upper_share",
]
