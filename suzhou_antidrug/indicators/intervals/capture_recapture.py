"""How many are there that nobody has on a list: estimates with the assumptions they stand on.

名单之外还有多少：估计值及其所依赖的假定。

Never put such a figure silently into a denominator: police lists and treatment lists are not independent, persons in
detention cannot be caught, and the population is not closed.

Formulas
--------
Lincoln-Petersen n1 n2 / m. Chapman (n1 + 1)(n2 + 1) / (m + 1) - 1, variance (n1 + 1)(n2 + 1)(n1 - m)(n2 - m) /
((m + 1)^2 (m + 2)). Multiplier B / p, with the exact interval of p. Chao, a lower bound from f1 persons seen once and f2
twice: n + f1 (f1 - 1) / (2 (f2 + 1)). Zelterman: n / (1 - exp(-2 f2 / f1)).

Sources: Chapman, University of California Publications in Statistics 1 (1951) 131; Seber, Biometrika 57 (1970) 313; Chao,
Biometrics 43 (1987) 783; Zelterman, J. Statist. Planning and Inference 18 (1988) 225; Boehning, Statistical Methodology 5
(2008) 410 for its variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .counts import normal_quantile
from .proportions import proportion_interval

if TYPE_CHECKING:
    import pandas as pd

_CLOSED = Text(
    "人群封闭：其间无人进出（羁押、离境、死亡均违反）",
    "the population is closed: detention, departure and death break this",
)
_INDEPENDENT = Text("两份名单相互独立", "the two lists are independent")
_EQUAL = Text("每人被登记的机会相同", "everybody has the same chance of being listed")
_MATCHED = Text("比对无误", "persons are matched without error")


@dataclass(frozen=True, slots=True)
class HiddenPopulation(Result):
    """An estimate of a population not wholly listed.  隐匿人群规模估计。"""

    estimate: float
    se: float  # NaN where the method gives none
    low: float
    high: float
    listed: float  # persons seen at all: no estimate may lie below
    method: str
    assumptions: tuple[Text, ...]
    level: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row: method, estimate, se, low, high, listed."""
        import pandas as pd

        columns = ("method", "estimate", "se", "low", "high", "listed")
        return pd.DataFrame([{name: getattr(self, name) for name in columns}])

    def explain(self) -> Explanation:
        """The estimate and every assumption."""
        return Explanation(
            Text("隐匿人群估计", "Hidden population"),
            (
                line("方法", "method", self.method),
                line("估计", "estimate", f"{self.estimate:,.1f} ({self.low:,.0f}-{self.high:,.0f})"),
                line("名单上", "listed", f"{self.listed:,.0f}"),
                *(line("假定", "assumes", a) for a in self.assumptions),
                line("用途", "use", Text("只作参考，不得不加说明地作分母", "for reference; never a denominator without saying so")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def _whole(**counts: float) -> None:
    problems = [
        Problem("counts", f"{name} is {value:g}: whole numbers from 0 are needed.", f"{name} 为 {value:g}，须为非负整数。", column=name)
        for name, value in counts.items() if not (value >= 0 and value == round(value))
    ]  # fmt: skip
    if problems:
        raise SeriesError(problems)


def _log_normal(extra: float, se: float, level: float) -> tuple[float, float]:
    """Return limits of a number of unseen persons on the log scale: they never fall below 0."""
    if not extra > 0:
        return 0.0, 0.0
    factor = float(np.exp(normal_quantile(level) * np.sqrt(np.log1p((se / extra) ** 2))))
    return extra / factor, extra * factor


def _result(method: str, estimate: float, se: float, listed: float, level: float, assumptions: tuple[Text, ...], status: Status | str, data: str) -> HiddenPopulation:  # fmt: skip
    low, high = _log_normal(estimate - listed, se, level)
    made = Made(method, Status(status), fingerprint(data))
    return HiddenPopulation(estimate, se, listed + low, listed + high, listed, method, assumptions, level, made)


def chapman(first: int, second: int, both: int, *, level: float = 0.95, status: Status | str = Status.REPORTED) -> HiddenPopulation:  # fmt: skip
    """Return Chapman's estimate from two lists and their overlap.  两名单法（查普曼估计）。

    Limits are log-normal for those on neither list (Chao 1987), so that they never fall below those seen. Raises
    :class:`~suzhou_antidrug.errors.SeriesError` for what is no count, or an overlap above a list.

    >>> found = chapman(200, 150, 60)
    >>> round(found.estimate, 1), round(found.se, 1)
    (496.6, 40.7)
    """
    _whole(first=first, second=second, both=both)
    if both > min(first, second):
        raise SeriesError(Problem("counts", f"the overlap {both} exceeds a list.", f"重合数 {both} 大于名单人数。"))
    estimate = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    assumed = (_CLOSED, _INDEPENDENT, _EQUAL, _MATCHED)
    return _result("Chapman", estimate, float(np.sqrt(variance)), first + second - both, level, assumed, status, f"{first}|{second}|{both}")  # fmt: skip


def lincoln_petersen(first: int, second: int, both: int) -> float:
    """Return n1 n2 / m, without an interval: for comparison with printed figures; infinite without overlap.

    林肯-彼得森估计，仅供与印出数字对照。

    >>> lincoln_petersen(200, 150, 60)
    500.0
    """
    _whole(first=first, second=second, both=both)
    return first * second / both if both else float("inf")


def multiplier(listed: int, sampled_on_list: int, sampled: int, *, level: float = 0.95, status: Status | str = Status.REPORTED) -> HiddenPopulation:  # fmt: skip
    """Return listed / share: a sample of the population says which share of it is on the list.  乘数法。

    The interval carries the exact (Clopper-Pearson) interval of the share.

    >>> found = multiplier(500, 50, 200)
    >>> found.estimate, round(found.low), round(found.high)
    (2000.0, 1582, 2610)
    """
    _whole(listed=listed, sampled_on_list=sampled_on_list, sampled=sampled)
    share = proportion_interval(sampled_on_list, sampled, level=level)
    with np.errstate(divide="ignore"):
        estimate, low, high = (float(np.divide(listed, s)) for s in (share.value, share.high, share.low))
    assumed = (
        Text("样本代表整个人群", "the sample represents the whole population"),
        Text("受访者如实回答是否在册", "those asked say truly whether they are listed"),
    )
    made = Made("multiplier", Status(status), fingerprint(f"{listed}|{sampled_on_list}|{sampled}"))
    return HiddenPopulation(estimate, float("nan"), low, high, listed, "multiplier", assumed, level, made)


def chao(once: int, twice: int, listed: int, *, level: float = 0.95, status: Status | str = Status.REPORTED) -> HiddenPopulation:  # fmt: skip
    """Return Chao's lower bound from how many were seen once and twice on one list.  赵氏下界。

    >>> found = chao(60, 20, 100)
    >>> round(found.estimate, 1), found.low > 100
    (184.3, True)
    """
    _frequencies(once, twice, listed)
    ratio = once / max(twice, 1)
    extra = once * (once - 1) / (2 * (twice + 1))
    variance = twice * (ratio**4 / 4 + ratio**3 + ratio**2 / 2) if twice else (
        once * (once - 1) / 2 + once * (2 * once - 1) ** 2 / 4 - (once**4 / 4 / (listed + extra) if listed + extra else 0.0)
    )  # fmt: skip
    assumed = (
        _CLOSED,
        Text("个人差异只会使其偏低：这是下界", "differences between persons only lower it: a lower bound"),
        _MATCHED,
    )
    return _result("Chao", listed + extra, float(np.sqrt(max(variance, 0.0))), listed, level, assumed, status, f"{once}|{twice}|{listed}")  # fmt: skip


def zelterman(once: int, twice: int, listed: int, *, level: float = 0.95, status: Status | str = Status.REPORTED) -> HiddenPopulation:  # fmt: skip
    """Return Zelterman's estimate from how many were seen once and twice on one list.  泽尔特曼估计。

    >>> round(zelterman(60, 20, 100).estimate, 1)
    205.5
    """
    _frequencies(once, twice, listed)
    if not once or not twice:
        raise SeriesError(Problem(
            "few_recaptures", "nobody was seen once, or nobody twice: the rate cannot be told.",
            "没有仅见一次或恰见两次者，无法估计。"))  # fmt: skip
    rate = 2 * twice / once
    seen = -np.expm1(-rate)
    estimate = listed / seen
    g = np.exp(-rate) / seen**2
    variance = listed * g * (1 + listed * g * rate**2 * (1 / once + 1 / twice))
    assumed = (_CLOSED, Text("少见者的登记次数服从泊松分布", "counts of those seldom seen are Poisson"), _MATCHED)
    return _result("Zelterman", float(estimate), float(np.sqrt(variance)), listed, level, assumed, status, f"{once}|{twice}|{listed}")  # fmt: skip


def _frequencies(once: int, twice: int, listed: int) -> None:
    _whole(once=once, twice=twice, listed=listed)
    if once + twice > listed:
        raise SeriesError(Problem("counts", f"{once} and {twice} exceed the {listed} listed.", f"{once} 与 {twice} 之和大于名单人数 {listed}。"))  # fmt: skip
