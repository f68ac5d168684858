"""From returns to indicator values: formula, interval, city from divisions, year from quarters.

由报表得出指标值：公式、区间、由各单位汇总全市、由季度汇总全年。

The city's figure comes from pooled numerators and denominators, never from an average of shares, and only where every
division has reported: nine of ten is not a city. A missing report stays missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..provenance import WEAKEST_FIRST, Made, fingerprint, weakest
from ..results import Explanation, Result, line
from ..returns.bridges import DefinitionBridge, bridge_definitions, with_bridges
from ..returns.schema import value_is_numerator
from ..returns.units import unit_kind
from ..terms import Text
from .intervals import proportion_interval, rate_interval

if TYPE_CHECKING:
    import pandas as pd

    from ..plan.model import Indicator, Plan
    from ..returns.schema import Returns

COLUMNS = (
    "indicator", "division", "period", "value", "low", "high", "method", "numerator", "denominator", "unit",
    "reported", "expected", "definition", "status",
)  # fmt: skip
NOT_SUMMED = "not_summed"  # the method of a city that is not summed until the return says what its rows hold
SHARES = ("coverage", "proportion")
PERIODS_PER_YEAR = {"year": 1, "half": 2, "quarter": 4, "month": 12}
STRENGTH = {str(status): rank for rank, status in enumerate(WEAKEST_FIRST)}


@dataclass(frozen=True, eq=False)  # no slots: the index of yearly rows is made once, when first asked for
class IndicatorValues(Result):
    """Indicator values of divisions and city, one row each period.  各单位与全市的指标值。

    ``reported`` of ``expected`` says how many reports a value rests on; ``value`` is NaN unless all of them came.
    """

    table: pd.DataFrame
    made: Made
    bridges: tuple[DefinitionBridge, ...] = ()  # definitions that the returns declare comparable

    @property
    def frame(self) -> pd.DataFrame:
        """The values, columns :data:`COLUMNS`."""
        return self.table.copy()

    def manifest(self) -> dict[str, Any]:
        """Seed, method, version, data fingerprint and status, and the bridges declared."""
        return with_bridges(self.made.as_dict(), self.bridges)

    @cached_property
    def yearly_table(self) -> pd.DataFrame:
        """The yearly rows, with a column ``year``."""
        import pandas as pd

        code, periods = pd.factorize(self.table["period"])  # few periods, many rows
        yearly = np.array([p.freqstr[0] in "AY" for p in periods], dtype=bool)[code]
        year = np.array([p.year for p in periods], dtype=int)[code]
        return self.table[yearly].assign(year=year[yearly])

    @cached_property
    def _groups(self) -> dict[tuple[str, str], np.ndarray]:
        return dict(self.yearly_table.reset_index(drop=True).groupby(["indicator", "division"], sort=False).indices)

    def yearly(self, indicator: str, division: str) -> pd.DataFrame:
        """Return the yearly rows of one indicator and division, indexed by year.  某指标某单位的年度值。"""
        rows = self.yearly_table.iloc[self._groups.get((indicator, division), [])]
        return rows.set_index("year").sort_index()

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        numbers = {c: self.yearly_table[c].to_numpy(dtype=float) for c in ("value", "numerator", "denominator")}
        definition = self.yearly_table["definition"].to_numpy(dtype=object)
        return {"year": self.yearly_table["year"].to_numpy(dtype=np.int64), **numbers, "definition": definition}

    def yearly_arrays(self, indicator: str, division: str) -> dict[str, np.ndarray]:
        """Return the same as arrays (years,): year, value, numerator, denominator, definition.  年度值数组。

        For work on thousands of places, where a frame for each would cost more than the work.
        """
        rows = self._groups.get((indicator, division), np.empty(0, dtype=np.intp))
        rows = rows[np.argsort(self._arrays["year"][rows], kind="stable")]
        return {name: array[rows] for name, array in self._arrays.items()}

    def explain(self) -> Explanation:
        """How values, intervals and the city come about."""
        counts = self.table["method"].value_counts()
        return Explanation(
            Text("指标计算", "Indicators"),
            (
                line("行数", "rows", str(len(self.table))),
                line(
                    "全市",
                    "city",
                    Text(
                        "分子分母分别汇总；缺一个单位即为缺报",
                        "numerators and denominators pooled; one missing division makes it missing",
                    ),
                ),
                *(line("方法", "method", f"{name}: {count}") for name, count in counts.items()),
                *(line("口径衔接", "bridge", bridge.words) for bridge in self.bridges),
                line("数据状态", "status", self.made.status.text),
            ),
        )


def compute_indicators(returns: Returns, *, plan: Plan, level: float = 0.95) -> IndicatorValues:
    """Compute every indicator of a plan from returns, with exact intervals.

    由报表计算规划的各项指标及其精确区间。

    Coverage and proportions are numerator / denominator with Clopper-Pearson limits (by list the value itself), rates
    are ``per`` * events / exposure and counts are events, both with Garwood's exact Poisson limits; loads and indices
    are taken as reported, without an interval. A year of quarterly reports is the sum of its counts or the mean of its
    levels, where all four quarters came. A share of kilograms is a ratio without an interval.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for an indicator that the plan does not know.

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> values = sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)  # synthetic
    >>> bool(values.yearly("user_check_rate", "kunshan")["value"].between(0, 1).all())
    True
    """
    facts = bridge_definitions(_facts(returns.frame, plan), returns.bridges)
    with_years = _add_years(facts)
    whole = _add_city(with_years, plan)
    table = _withhold(_evaluate(whole, level), returns, plan)
    status = weakest(returns.frame["status"].loc[returns.frame["status"] != "missing"])
    seen = fingerprint(returns.frame.astype(str))
    if returns.bridges:
        seen = fingerprint("|".join([seen, *map(repr, returns.bridges)]))
    made = Made(method="indicators", status=status, fingerprint=seen, seed=None)
    return IndicatorValues(table, made, returns.bridges)


def compute_years(frame: pd.DataFrame, *, plan: Plan, level: float = 0.95) -> pd.DataFrame:
    """Compute the yearly values alone, columns :data:`COLUMNS`, from rows that were checked.  只计算年度值。

    What :func:`compute_indicators` gives for years; months and quarters are pooled and let go, so that millions of rows
    cost no interval each. ``frame`` holds indicator, division, year (a number), numerator, denominator, value, status,
    definition, one row a report.
    """
    import pandas as pd

    facts = _facts(frame.assign(period=frame["year"]).drop(columns="year"), plan)
    often = (facts["frequency"] != "year").to_numpy()
    facts = facts.assign(reported=facts["seen"].astype(int), expected=1)
    yearly = [facts[~often], _pool_years(facts[often])] if often.any() else [facts]
    pooled = _add_city(pd.concat(yearly, ignore_index=True), plan)
    return _evaluate(pooled.assign(period=_each_once(pooled["period"], lambda y: pd.Period(year=y, freq="Y"))), level)


def _facts(frame: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Join each report with what its indicator is; one row a report."""
    import pandas as pd

    for indicator_id in frame["indicator"].unique():
        plan.indicator(indicator_id)
    meaning = pd.DataFrame(
        {
            "indicator": i.id,
            "kind": i.kind,
            "per": i.per,
            "parts": i.needs_parts and not value_is_numerator(i),
            "counted": _counted(i),
            "basis": i.basis or "",
            "plan_unit": i.unit,
            "frequency": i.frequency,
            "by_division": i.by_division,
        }
        for i in plan.indicators.values()
    )
    facts = frame.merge(meaning, on="indicator", how="left", validate="many_to_one")
    # A count is its numerator; the exposure beside it is only context.
    events = ~facts["parts"] & facts["value"].isna()
    facts["value"] = facts["value"].mask(events, facts["numerator"])
    seen = np.where(facts["parts"], facts[["numerator", "denominator"]].notna().all(axis=1), facts["value"].notna())
    return facts.assign(seen=seen, unit=facts["plan_unit"], definition=facts["definition"].fillna(""))


def _counted(indicator: Indicator) -> bool:
    """Whether numerator (and, for a share, denominator) are counts, so that exact intervals apply; kilograms are not."""
    if indicator.numerator is None:
        return indicator.kind in ("count", "occurrence")
    parts = [indicator.numerator]
    if indicator.kind in SHARES and indicator.denominator is not None:
        parts.append(indicator.denominator)
    return all(unit_kind(part.unit) == "count" for part in parts)


def _pool(groups: pd.DataFrame, keys: list[str], expected: pd.Series | int) -> pd.DataFrame:
    """Pool reports within ``keys``: counts add, levels average by their weights; missing stays missing."""
    weight = np.where(groups["parts"] | groups["denominator"].isna(), 1.0, groups["denominator"])
    work = groups.assign(
        weight=weight,
        weighted=groups["value"] * weight,
        total=groups["value"].where(groups["seen"]),
        rank=groups["status"].map(STRENGTH).astype(float),  # NaN for a missing report
    )
    by = work.groupby(keys, sort=False)
    pooled = by.agg(
        kind=("kind", "first"), per=("per", "first"), parts=("parts", "first"), basis=("basis", "first"),
        counted=("counted", "first"),
        unit=("unit", "first"), frequency=("frequency", "first"), by_division=("by_division", "first"),
        weighted=("weighted", "sum"),
        weight=("weight", "sum"), total=("total", "sum"), reported=("seen", "sum"), rank=("rank", "min"),
        definitions=("definition", "nunique"), definition=("definition", "first"),
    )  # fmt: skip
    sums = by[["numerator", "denominator"]].sum(min_count=1)  # nothing reported stays missing, it is no zero
    pooled["numerator"], pooled["denominator"] = sums["numerator"], sums["denominator"]
    mixed = np.flatnonzero(pooled["definitions"] > 1)
    if len(mixed):
        pooled.iloc[mixed, pooled.columns.get_loc("definition")] = _mixed_definitions(
            work, by.ngroup().to_numpy(), mixed
        ).loc[mixed]
    pooled["status"] = pooled["rank"].map(dict(enumerate(STRENGTH))).fillna("missing")
    pooled["expected"] = expected if isinstance(expected, int) else expected.reindex(pooled.index)
    pooled["seen"] = pooled["reported"] >= pooled["expected"]
    adds = pooled["kind"].isin(["count", "occurrence"])
    pooled["value"] = np.where(adds, pooled["total"], pooled["weighted"] / pooled["weight"])
    for column in ("numerator", "denominator", "value"):
        pooled[column] = pooled[column].where(pooled["seen"])
    return pooled.drop(columns=["weighted", "weight", "total", "definitions", "rank"]).reset_index()


def _mixed_definitions(work: pd.DataFrame, group: np.ndarray, mixed: np.ndarray) -> pd.Series:
    """Return a mark for each group that holds several definitions, so that a change in one of them shows."""
    chosen = np.isin(group, mixed)
    pairs = work.loc[chosen, "division"].astype(str) + "=" + work.loc[chosen, "definition"]
    return pairs.groupby(group[chosen]).agg(
        lambda p: f"各单位口径不一 mixed definitions ({fingerprint('|'.join(sorted(set(p))))[:6]})"
    )


def _add_years(facts: pd.DataFrame) -> pd.DataFrame:
    """Add yearly rows for indicators that are reported more often than yearly."""
    import pandas as pd

    facts = facts.assign(reported=facts["seen"].astype(int), expected=1)
    often = facts[facts["frequency"] != "year"]
    if often.empty:
        return facts
    years = _pool_years(often.assign(period=_each_once(often["period"], lambda p: pd.Period(year=p.year, freq="Y"))))
    return pd.concat([facts, years], ignore_index=True)


def _pool_years(often: pd.DataFrame) -> pd.DataFrame:
    """Pool reports of months, quarters, halves, whose period is their year, to one row a year."""
    keys = ["indicator", "division", "period"]
    expected = often.groupby(keys, sort=False)["frequency"].first().map(PERIODS_PER_YEAR)
    yearly = _pool(often, keys, expected)
    # The exposure of a year of quarterly events is one year, not four: denominators average. A share's add, as its numerators do.
    averaged = ~yearly["kind"].isin(SHARES)
    yearly["denominator"] = yearly["denominator"].mask(averaged, yearly["denominator"] / yearly["expected"])
    return yearly[[c for c in often.columns if c in yearly]]


def _add_city(facts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Replace the city's rows by the pooled divisions wherever divisions report the indicator."""
    import pandas as pd

    city = plan.geography.city.id
    parts = facts[facts["by_division"] & (facts["division"] != city)]
    own = facts[~facts["by_division"] | (facts["division"] != city)]
    if parts.empty:
        return facts
    pooled = _pool(parts, ["indicator", "period"], len(plan.geography.ids)).assign(division=city)
    return pd.concat([own, pooled], ignore_index=True)


def _withhold(table: pd.DataFrame, returns: Returns, plan: Plan) -> pd.DataFrame:
    """Take back the city's value where the return leaves open whether a development zone would count twice."""
    open_ = {(indicator, period.year) for indicator, period in returns.not_summed()}
    if not open_:
        return table
    keys = zip(table["indicator"], [p.year for p in table["period"]], strict=True)
    held = (table["division"] == plan.geography.city.id) & np.array([key in open_ for key in keys], dtype=bool)
    table.loc[held, ["value", "low", "high", "numerator", "denominator"]] = np.nan
    table.loc[held, "method"] = NOT_SUMMED
    return table


def _evaluate(facts: pd.DataFrame, level: float) -> pd.DataFrame:
    """Apply the formula and the interval of each kind, column by column."""
    kind, per = facts["kind"], facts["per"].to_numpy(dtype=float)
    k, n = facts["numerator"].to_numpy(dtype=float), facts["denominator"].to_numpy(dtype=float)
    given = facts["value"].to_numpy(dtype=float)
    seen = facts["seen"].to_numpy(dtype=bool)
    parts = facts["parts"].to_numpy(dtype=bool)
    exact = facts["counted"].to_numpy(dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(parts, np.where(n > 0, per * k / n, np.nan), given)
    value = np.where(seen, value, np.nan)
    low, high = np.full(len(facts), np.nan), np.full(len(facts), np.nan)
    method = np.where(parts, "ratio", "as_reported").astype(object)

    def fill(mask: np.ndarray, name: str, limits: tuple[np.ndarray, np.ndarray]) -> None:
        low[mask], high[mask], method[mask] = limits[0], limits[1], name

    share = kind.isin(SHARES).to_numpy() & parts & exact
    census = share & (facts["basis"] == "list").to_numpy()
    fill(census, "census", (value[census], value[census]))
    sampled = share & ~census
    limits = proportion_interval(np.where(seen, k, np.nan)[sampled], np.where(seen, n, np.nan)[sampled], level=level)
    fill(sampled, limits.method, (limits.low, limits.high))
    rate = (kind == "rate").to_numpy() & parts & exact
    limits = rate_interval(np.where(seen, k, np.nan)[rate], np.where(seen, n, np.nan)[rate], level=level)
    fill(rate, limits.method, (per[rate] * limits.low, per[rate] * limits.high))
    counted = kind.isin(["count", "occurrence"]).to_numpy() & ~parts & exact
    limits = rate_interval(value[counted], 1.0, level=level)
    fill(counted, limits.method, (limits.low, limits.high))
    table = facts.assign(value=value, low=low, high=high, method=method)
    return table[list(COLUMNS)].sort_values(["indicator", "division", "period"], key=_sort_key).reset_index(drop=True)


def _sort_key(column: pd.Series) -> pd.Series:
    return _each_once(column, lambda p: f"{p.year}-{p.freqstr[0]}-{p}") if column.name == "period" else column


def _each_once(periods: pd.Series, made: Callable[[Any], Any]) -> pd.Series:
    """Return what is made of each period, made once for the few that there are."""
    import pandas as pd

    code, few = pd.factorize(periods)
    return pd.Series(np.array([made(p) for p in few], dtype=object)[code], index=periods.index)
