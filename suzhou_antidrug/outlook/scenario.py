"""What if, what still suffices, and what one more year would tell.

假如、还需怎样、再多一年能看清什么。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import refusal
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..terms import Text
from ..verdicts import Verdict, judge_probability
from .attainment import Outlook, assess_target
from .engine import METHOD, METHOD_TEXT, simulate
from .predictive import series_block
from .readings import target_table

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from ..plan.model import Plan

    Floats = NDArray[np.float64]


def what_if(data: Any, assumed: Mapping[int, float], *, target: str, plan: Plan, origin: int, **more: Any) -> Outlook:
    """Return the outlook as it would be if the years of ``assumed`` came in at its values.

    假设今后某年的数值,看前景如何变化。

    ``data``, ``target``, ``plan`` and ``more`` are those of :func:`~suzhou_antidrug.outlook.attainment.assess_target`.
    Every assumed year must lie after ``origin``; the outlook stands in the last of them and carries the status
    ``assumed``. Raises :class:`~suzhou_antidrug.errors.SeriesError` for a year that is already known.

    >>> import pandas as pd, suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> y = pd.Series([0.080, 0.078, 0.075, 0.072, 0.070], index=range(2016, 2021))
    >>> good = sa.what_if(y, {2021: 0.060}, target="relapse", plan=plan, origin=2020)
    >>> bad = sa.what_if(y, {2021: 0.075}, target="relapse", plan=plan, origin=2020)
    >>> good.probability > bad.probability, good.made.status.value
    (True, 'assumed')
    """
    early = sorted(year for year in assumed if year <= origin)
    if early or not assumed:
        raise refusal(
            "assumed_year",
            f"an assumed year must lie after the origin {origin}.",
            f"假设的年份须在起点 {origin} 年之后。",
            value=", ".join(map(str, early)) or "-",
        )
    table = target_table(data, target=target, plan=plan, division=more.get("division"), reading=more.get("reading"))
    table = table[table.index <= origin].copy()
    for year, value in assumed.items():
        table.loc[year] = _assumed_row(table, value)
    frame = table.rename_axis("period").reset_index()
    return assess_target(frame, target=target, plan=plan, origin=max(assumed), **(more | {"status": Status.ASSUMED}))


def _assumed_row(table: pd.DataFrame, value: float) -> pd.Series:
    """Return a row like the last one, with its events and exposure in step with the assumed value."""
    last = table[table["value"].notna()].iloc[-1].copy()
    events = last.get("events", np.nan)
    if np.isfinite(events):
        last["events"] = np.round(events * value / last["value"]) if last["value"] > 0 else np.round(value)
    last["value"] = value
    return last


@dataclass(frozen=True, slots=True, eq=False)
class Required(Result):
    """What is still needed to reach the line.  达到目标线还需怎样。

    ``yearly_change`` is the equal relative change each year from the last value to the line: (threshold / last) ** (1 /
    years) - 1. ``probability_first_year`` is that of at least such a fall in the first year ahead,
    ``probability`` that of reaching the line in the target year.
    """

    title: Text
    last_year: int
    last_value: float
    by: int
    threshold: float
    yearly_change: float
    probability_first_year: float
    probability: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        names = ("last_year", "last_value", "by", "threshold", "yearly_change", "probability_first_year", "probability")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def explain(self) -> Explanation:
        """The arithmetic."""
        return Explanation(
            self.title,
            (
                line("最近一年", "last value", f"{self.last_value:.4g} ({self.last_year})"),
                line("目标线", "line to reach", f"{self.threshold:.4g} ({self.by})"),
                line("此后每年须变化", "change needed each year", f"{self.yearly_change:+.1%}"),
                line("首年做到的概率", "probability in the first year", f"{self.probability_first_year:.2f}"),
                line("到期达到的概率", "probability by the target year", f"{self.probability:.2f}"),
                line("方法", "method", METHOD_TEXT),
                line("数据状态", "status", self.made.status.text),
            ),
        )


def required_change(outlook: Outlook) -> Required:
    """Return the yearly change that would still suffice, and how probable it is.  还需每年下降多少，可能性多大。

    For a decrease whose target year lies ahead; raises :class:`~suzhou_antidrug.errors.SeriesError` otherwise.

    >>> import pandas as pd, suzhou_antidrug as sa
    >>> y = pd.Series([0.080, 0.078, 0.075, 0.072, 0.070], index=range(2016, 2021))
    >>> out = sa.assess_target(y, target="relapse", plan=sa.load_plan("suzhou-2020"), origin=2020)
    >>> round(sa.required_change(out).yearly_change, 4)
    -0.0379
    """
    if outlook.group != "decrease" or not outlook.samples.size or outlook.threshold is None:
        raise refusal(
            "nothing_ahead", "there is no decrease ahead that could still be reached.", "没有尚待实现的下降目标。"
        )
    seen = outlook.history[outlook.history.index <= outlook.origin]
    last = float(seen.iloc[-1])
    years = outlook.by - int(seen.index[-1])
    change = (outlook.threshold / last) ** (1 / years) - 1 if last > 0 else float("nan")
    first = float(np.mean(outlook.samples[:, 0] <= last * (1 + change) * (1 + 1e-9)))
    return Required(
        outlook.title,
        int(seen.index[-1]),
        last,
        outlook.by,
        outlook.threshold,
        change,
        first,
        outlook.probability,
        outlook.made,
    )


@dataclass(frozen=True, slots=True)
class Nowcast:
    """A year's figure estimated from a part of it.  由部分月份推算的全年数。"""

    value: float  # median
    se: float
    low: float
    high: float
    samples: Floats


def nowcast_year(
    part: float,
    *,
    earlier_parts: ArrayLike,
    earlier_years: ArrayLike,
    draws: int = 4000,
    rng: int = 0,
    level: float = 0.8,
) -> Nowcast:
    """Estimate a year's count from the part of it that is known, by the part's share in earlier years.

    由半年(或若干月)的件数推算全年件数。

    With s = part / year in earlier years, log s has the mean and the spread of the earlier years beyond chance (t with n - 1
    degrees of freedom), and the part that is still to come is Poisson. Needs two earlier years.

    >>> now = nowcast_year(40, earlier_parts=[50, 55, 48], earlier_years=[100, 108, 97], rng=1)
    >>> 70 < now.value < 90, now.low < now.value < now.high
    (True, True)
    """
    parts, years = np.asarray(earlier_parts, dtype=float), np.asarray(earlier_years, dtype=float)
    if len(parts) != len(years) or len(parts) < 2:
        raise refusal(
            "nowcast",
            "two earlier years at least are needed.",
            "至少需要两个以往年份的部分数与全年数。",
            value=len(parts),
        )
    if part < 0 or (parts <= 0).any() or (parts > years).any():
        raise refusal("nowcast", "a part must be positive and at most its year.", "部分数须为正且不大于全年数。")
    generator = np.random.default_rng(rng)
    logs, chance = np.log(parts / years), float(np.mean((1 - parts / years) / parts))
    # Chance in the earlier counts is part of their spread; it comes again with the count still to come, so out it goes.
    spread = np.sqrt(max(float(np.var(logs, ddof=1)) - chance, 0.02**2) + (chance + 0.02**2) / len(logs))
    share = np.minimum(np.exp(logs.mean() + spread * generator.standard_t(len(logs) - 1, draws)), 0.999)
    rate = generator.gamma(part + 0.5, 1.0, draws)  # of the part, given its count
    full = part + generator.poisson(np.minimum(rate * (1 - share) / share, 1e15))
    low, high = np.quantile(full, [(1 - level) / 2, (1 + level) / 2])
    # A robust spread: the share's t tails would make the plain deviation infinite.
    se = float((np.quantile(full, 0.84) - np.quantile(full, 0.16)) / 2)
    return Nowcast(float(np.median(full)), se, float(low), float(high), full)


@dataclass(frozen=True, slots=True, eq=False)
class AnotherYear(Result):
    """What the verdict may be once the next year is reported.  下一年上报后评判可能如何。"""

    title: Text
    year: int
    values: Floats  # possible values of that year
    probabilities: Floats  # of the target, one for each
    verdicts: tuple[str, ...]
    now: Verdict
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """How often each verdict, and the values that lead to it."""
        import pandas as pd

        rows = pd.DataFrame({"verdict": self.verdicts, "value": self.values})
        table = rows.groupby("verdict")["value"].agg(["size", "min", "max"]).reindex([str(v) for v in Verdict])
        table["chance"] = table.pop("size").fillna(0) / len(rows)
        return table.reset_index()

    @property
    def chance_of_decision(self) -> float:
        """The chance that the next year's figure gives a verdict of met or not met."""
        return float(np.mean(np.isin(self.verdicts, ["met", "not_met"])))

    def explain(self) -> Explanation:
        """The chances."""
        lines = [(v.text, line("", "", f"{c:.2f}")[1]) for v, c in zip(Verdict, self.frame["chance"], strict=True)]
        return Explanation(
            Text(f"{self.title.zh}：{self.year} 年上报后", f"{self.title.en}: once {self.year} is reported"),
            (line("现在", "now", self.now.text), *lines, line("数据状态", "status", self.made.status.text)),
        )


def value_of_another_year(outlook: Outlook, *, futures: int = 200, draws: int = 1000, rng: int = 0) -> AnotherYear:
    """Return what the verdict may be once one more year is known, before it is known.  再多一年数据的价值。

    Possible values of the next year are drawn from the forecast; for each the outlook is made again, all at once. The
    mean of the probabilities stays near today's: data to come cannot be expected to change the mind one way.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` where nothing but the target year lies ahead.

    >>> import pandas as pd
    >>> import suzhou_antidrug as sa
    >>> made_up = pd.Series([0.074, 0.072, 0.070, 0.068, 0.061], index=range(2016, 2021))
    >>> out = sa.assess_target(made_up, target="relapse", plan=sa.load_plan("suzhou-2020"), origin=2020)
    >>> 0 <= value_of_another_year(out, futures=20, draws=200).chance_of_decision <= 1
    True
    """
    if len(outlook.forecast_years) < 2 or outlook.group != "decrease" or outlook.evidence is None:
        raise refusal(
            "no_year_between", "no year lies between now and the target year.", "起点与目标年之间没有别的年份。"
        )
    generator = np.random.default_rng(rng)
    known = outlook.table[(outlook.table.index <= outlook.origin) & outlook.table["value"].notna()]
    values = generator.choice(outlook.samples[:, 0], futures, replace=False)
    columns = {c: known[c] for c in ("events", "exposure", "se") if c in known and known[c].notna().any()}
    block, _ = series_block(known["value"], kind=outlook.kind, **columns)
    last = block.values[0, -1]

    def extended(grid: Floats, added: Floats) -> Floats:
        return np.concatenate([np.repeat(grid, futures, axis=0), added[:, None]], axis=1)

    events, exposure = block.events[0, -1], block.exposure[0, -1]
    scaled = np.round(events * values / last) if np.isfinite(events) and last > 0 else np.full(futures, np.nan)
    longer = replace(
        block,
        values=extended(block.values, values),
        events=extended(block.events, scaled),
        exposure=extended(block.exposure, np.full(futures, exposure)),
        se=extended(block.se, np.full(futures, block.se[0, -1])),
    )
    paths = simulate(longer, len(outlook.forecast_years) - 1, draws=draws, rng=generator)
    assert outlook.threshold is not None
    probabilities = np.mean(paths[:, :, -1] <= outlook.threshold * (1 + 1e-9), axis=1)
    verdicts = tuple(str(judge_probability(float(p), evidence=outlook.evidence).verdict) for p in probabilities)
    made = Made(METHOD, outlook.made.status, fingerprint(repr(outlook.made)), rng)
    year = outlook.forecast_years[0]
    return AnotherYear(outlook.title, year, values, probabilities, verdicts, outlook.verdict, made)
