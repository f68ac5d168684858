"""The uncertainty budget of one load or consumption, and of the ratio of two periods.

单期负荷（消费量）与两期之比的不确定度构成。

Every error multiplies, so it is log-normal here: with relative standard deviations r the log variance is
``sum ln(1 + r^2)`` and the coefficient of variation ``sqrt(prod(1 + r^2) - 1)``; the root sum of squares is its first
order. A ratio carries the errors of both periods, but not what the two share: quoting the figure of one period for a
trend is the common slip, in both directions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, shown, unknown_name
from ...provenance import Made, Status, fingerprint, weakest
from ...results import Explanation, Result, line
from ...terms import Text
from .substances import read_table, resolve_biomarker

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Part = Literal["sampling", "flow", "stability", "analysis", "back_calculation", "population", "observed"]
Quantity = Literal["load", "consumption"]
Span = Literal["day", "week", "month"]
PARTS: tuple[str, ...] = get_args(Part)
QUANTITIES: dict[str, Text] = {"load": Text("负荷", "load"), "consumption": Text("消费量", "consumption")}
# What may be the same in both periods: plant and flow meter; laboratory and method; population base without migration.
SAME = ("site", "laboratory", "population_base")
# Ten typed for 10 % would be a relative SD of 1000 %; real ones stay below 55 %.
LARGEST_RELATIVE_SD = 3.0
BIASES = ("calibration", "flow_meter")  # the same for every sample of a period, so no part of the variation seen in it
TWICE = Text(
    "实测波动已含采样、流量、降解与分析的随机误差，此处重复计入",
    "observed variation holds the random error of sampling, flow, stability and analysis already",
)


@dataclass(frozen=True, slots=True)
class UncertaintyComponent:
    """One multiplying error of a value.  一项相乘的误差。

    ``shared`` says that both periods carry the same error, which then cancels in their ratio; a back-calculation factor
    always does, since results of two factors are not comparable at all.
    """

    name: str
    relative_sd: float
    shared: bool = False
    part: Part = "sampling"
    label: Text | None = None
    status: Status = Status.REPORTED
    source: str = ""

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise UnknownNameError(unknown_name("part of the budget", "不确定度环节", self.part, PARTS))
        if not 0 <= self.relative_sd <= LARGEST_RELATIVE_SD:
            en, zh = (
                f"the relative SD of {self.name} is a share of 1: 10 % is 0.1.",
                f"{self.name} 的相对标准差以1为单位：10%为0.1。",
            )
            raise SeriesError(Problem("relative_sd", en, zh, value=shown(self.relative_sd)))

    @property
    def cancels(self) -> bool:
        """Whether it drops out of a ratio of two periods."""
        return self.shared or self.part == "back_calculation"

    @property
    def text(self) -> Text:
        """Its name in both languages."""
        return self.label or Text(self.name, self.name)


@dataclass(frozen=True, slots=True)
class Spread:
    """How far an estimate may lie from the truth: ``low`` and ``high`` multiply it.  估计值与真值可能相差多少（倍数）。"""

    first_order: float  # root sum of squares
    log_sd: float
    cv: float  # exact for log-normal errors
    low: float
    high: float
    simulated_cv: float
    simulated_low: float
    simulated_high: float


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({row["id"]: row for row in read_table("factors", "uncertainty_components.csv")})


def uncertainty_components_frame() -> pd.DataFrame:
    """Return the bundled components: size, published range, whether and when they cancel.  自带的不确定度分项一览。

    Columns as in ``uncertainty_components.csv``; ``cancels`` is never, always, same_site, same_laboratory or
    same_population_base. Rows of part ``observed`` hold a log SD seen in real series, which contains the random error of
    sampling and analysis already.

    >>> uncertainty_components_frame().set_index("id").loc["population", ["low", "high"]].tolist()
    [0.07, 0.55]
    """
    import pandas as pd

    table = pd.DataFrame(list(_table().values()))
    numbers = ["relative_sd", "log_sd", "low", "high"]
    table[numbers] = table[numbers].apply(pd.to_numeric)
    return table.assign(default=table["default"] == "true")


def _component(id_: str, same: Collection[str], relative_sd: float | None = None) -> UncertaintyComponent:
    row = _table()[id_]
    given = relative_sd is not None
    if relative_sd is None:
        relative_sd = (
            float(row["relative_sd"]) if row["relative_sd"] else float(np.sqrt(np.expm1(float(row["log_sd"]) ** 2)))
        )
    return UncertaintyComponent(
        name=id_,
        relative_sd=relative_sd,
        shared=row["cancels"] == "always" or row["cancels"] in {f"same_{s}" for s in same},
        part=row["part"],  # type: ignore[arg-type]
        label=Text(zh=row["name_zh"], en=row["name_en"]),
        status=Status.REPORTED if given else Status(row["status"]),
        source="" if given else row["source"],
    )


def _check_same(same: Iterable[str]) -> tuple[str, ...]:
    chosen = (same,) if isinstance(same, str) else tuple(same)
    for name in chosen:
        if name not in SAME:
            raise UnknownNameError(unknown_name("thing that may stay the same", "不变因素", name, SAME))
    return chosen


def default_components(*, same: Iterable[str] = ()) -> tuple[UncertaintyComponent, ...]:
    """Return the bundled budget of a measured value; most sizes are ``assumed`` or ``unverified``.  自带的不确定度分项。

    ``same`` names what stays the same in both periods, of site, laboratory and population_base: the error that goes
    with it cancels in a ratio.

    >>> [c.name for c in default_components(same=["laboratory"]) if c.shared]
    ['calibration', 'back_calculation']
    """
    chosen = _check_same(same)
    return tuple(_component(id_, chosen) for id_, row in _table().items() if row["default"] == "true")


def observed_component(biomarker: str, *, span: Span = "month") -> UncertaintyComponent:
    """Return the variation seen in real series: a day in a week, a 7-day mean, month to month.  实测波动。

    The log SD s becomes a relative SD ``sqrt(exp(s^2) - 1)``. It holds the random error of sampling, flow, stability and
    analysis already: use it in their place, not beside them. It never cancels.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for a biomarker without such a figure.

    >>> round(observed_component("冰毒").relative_sd, 3)
    0.219
    """
    found = {
        k.removeprefix(f"{span}_"): k for k, row in _table().items() if row["biomarker"] and k.startswith(f"{span}_")
    }
    id_ = resolve_biomarker(biomarker).id
    if id_ not in found:
        raise UnknownNameError(unknown_name(f"biomarker with {span} variation", "有实测波动的标志物", id_, found))
    return _component(found[id_], ())


@dataclass(frozen=True, slots=True, eq=False)
class UncertaintyBudget(Result):
    """What makes up the uncertainty of one value, and of the ratio of two periods.  单期与两期之比的不确定度构成。

    ``ratio`` is None unless a comparison was asked for. Sizes are shares of 1.
    """

    quantity: Quantity
    components: tuple[UncertaintyComponent, ...]
    left_out: tuple[UncertaintyComponent, ...]  # back-calculation, where the quantity is a load
    one: Spread
    ratio: Spread | None
    level: float
    draws: int
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One component a row: name, part, relative_sd, cancels, share_of_one, share_of_ratio, status, source.

        Shares are of the log variance; a component that cancels has none of the ratio.
        """
        import pandas as pd

        names = ("name", "part", "relative_sd", "cancels")
        table = pd.DataFrame({n: [getattr(c, n) for c in self.components] for n in names})
        variance = np.log1p(table["relative_sd"].to_numpy(dtype=float) ** 2)
        table["share_of_one"] = _shares(variance)
        table["share_of_ratio"] = _shares(variance * ~table["cancels"].to_numpy(dtype=bool)) if self.ratio else np.nan
        return table.assign(status=[str(c.status) for c in self.components], source=[c.source for c in self.components])

    def explain(self) -> Explanation:
        """Formulas, the figures of one value and of a ratio, and what cancels."""
        formula = Text(
            "根号（各项相对标准差平方和）；精确值为根号(∏(1+r²)-1)",
            "root sum of squares; exactly sqrt(prod(1 + r^2) - 1)",
        )
        lines = [line("公式", "formula", formula), line("单期", "one value", _figures(self.one))]
        if self.ratio:
            gone = [c.text for c in self.components if c.cancels]
            stays = [c.text for c in self.components if not c.cancels]
            limits = f"{self.ratio.low:.2f}", f"{self.ratio.high:.2f}"
            lines += [
                line("两期之比", "ratio of two periods", _figures(self.ratio)),
                line(f"比值的 {self.level:.0%} 范围", f"{self.level:.0%} range of the ratio", Text(f"真实比值的 {limits[0]} 至 {limits[1]} 倍", f"{limits[0]} to {limits[1]} times the true ratio")),
                line("比值中抵消", "cancels in the ratio", _listed(gone)),
                line("比值中不抵消", "stays in the ratio", _listed(stays)),
                line("注意", "note", Text("勿以单期数字说明趋势：比值含两期误差", "do not quote the figure of one value for a trend: a ratio carries both")),
            ]  # fmt: skip
        if self.left_out:
            lines.append(line("负荷中没有", "no part of a load", _listed([c.text for c in self.left_out])))
        parts = {c.part for c in self.components if c.name not in BIASES}
        if "observed" in parts and parts & {"sampling", "flow", "stability", "analysis"}:
            lines.append(line("重复", "counted twice", TWICE))
        lines.append(line("状态", "status", self.made.status.text))
        name = QUANTITIES[self.quantity]
        return Explanation(Text(f"{name.zh}的不确定度", f"Uncertainty of a {name.en}"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw each component's share of the variance, of one value and of the ratio.  绘制各项占方差的比例。"""
        from ...plotting import COLOURS, finish, mark_status, new_axes, style

        with style(language):
            table = self.frame.assign(words=[str(c.text) for c in self.components])
            table = table.sort_values("share_of_one", kind="stable")
            ax = new_axes(ax, height=1.4 + 0.42 * len(table))
            at, thick = np.arange(len(table)), 0.38 if self.ratio else 0.6
            up = thick / 2 if self.ratio else 0.0
            one, ratio = Text("单期", "one value"), Text("两期之比", "ratio of two periods")
            named = f"{one}  {self.one.first_order:.1%}"
            ax.barh(at + up, table["share_of_one"] * 100, thick, color=COLOURS["band"], label=named)
            if self.ratio:
                named = f"{ratio}  {self.ratio.first_order:.1%}"
                ax.barh(at - up, table["share_of_ratio"] * 100, thick, color=COLOURS["forecast"], label=named)
                words, grey = str(Text("抵消", "cancels")), COLOURS["not_assessable"]
                for y in at[table["cancels"].to_numpy(dtype=bool)]:
                    ax.text(0.5, y - up, words, va="center", fontsize=8, color=grey)
            ax.set_yticks(at, table["words"])
            ax.grid(axis="y", visible=False)
            ax.set_xlim(left=0)
            ax.set_xlabel(str(Text("占对数方差的比例（%）", "share of the log variance (%)")))
            ax.set_title(str(self.explain().title))
            ax.legend(loc="lower right", title=str(Text("相对标准差", "relative SD")))
            mark_status(ax, self.made.status)
            return finish(ax)


def _shares(variance: Floats) -> Floats:
    total = float(variance.sum())
    return variance / total if total > 0 else np.zeros_like(variance)


def _figures(spread: Spread) -> Text:
    return Text(
        f"{spread.first_order:.1%}（一阶），{spread.cv:.1%}（精确），{spread.simulated_cv:.1%}（模拟）",
        f"{spread.first_order:.1%} first order, {spread.cv:.1%} exact, {spread.simulated_cv:.1%} simulated",
    )


def _listed(texts: list[Text]) -> Text:
    return Text("、".join(t.zh for t in texts) or "无", "; ".join(t.en for t in texts) or "none")


def uncertainty_budget(
    components: Iterable[UncertaintyComponent] | Mapping[str, float] | None = None,
    *,
    quantity: Quantity = "load",
    compare: bool = True,
    same: Iterable[str] = (),
    level: float = 0.95,
    draws: int = 20_000,
    rng: int | np.random.Generator = 0,
) -> UncertaintyBudget:
    """Return the uncertainty of one value and of the ratio of two periods, analytically and by simulation.

    给出单期与两期之比的不确定度，解析式与模拟并列。

    Parameters
    ----------
    components : components, mapping or None
        Your own components; relative SDs (shares of 1) by the ids of :func:`uncertainty_components_frame`; or the
        bundled budget.
    quantity : "load" or "consumption"
        A load leaves the back-calculation out.
    compare : bool
        Also the ratio of two periods with the same components.
    same : of "site", "laboratory", "population_base"
        What stays the same in both periods, for named components; your own say ``shared`` themselves. The default is
        that nothing does, save the back-calculation factor.
    level, draws, rng
        Of the interval; simulated pairs of periods; seed or Generator. Shared errors are drawn once for both periods.

    Raises
    ------
    SeriesError
        A relative SD that is negative or above 3 (percent typed for a share), or no component.
    UnknownNameError
        A component or ``same`` that is not known.

    Examples
    --------
    >>> sizes = {"sampling": 0.10, "analysis": 0.15, "stability": 0.10, "back_calculation": 0.26, "population": 0.10}
    >>> found = uncertainty_budget(sizes)
    >>> round(found.one.first_order, 3), round(found.ratio.first_order, 3)
    (0.229, 0.324)
    """
    if quantity not in QUANTITIES:
        raise UnknownNameError(unknown_name("quantity", "量", quantity, QUANTITIES))
    if not 0 < level < 1 or draws < 2:
        raise ValueError(f"level lies between 0 and 1 and draws is 2 or more, got {level}, {draws}")
    every = _all_components(components, _check_same(same))
    used = tuple(c for c in every if quantity == "consumption" or c.part != "back_calculation")
    if not used:
        raise SeriesError(Problem("no_component", "the budget has no component.", "没有任何不确定度分项。"))
    sd, shared = np.array([c.relative_sd for c in used]), np.array([c.cancels for c in used])
    one, ratio = _simulated(np.sqrt(np.log1p(sd**2)), shared, draws, np.random.default_rng(rng))
    made = Made(
        "log-normal error budget",
        weakest((Status.COMPUTED, *(c.status for c in used))),
        fingerprint(repr((quantity, used, compare, level, draws))),
        seed=rng if isinstance(rng, int) else None,
    )
    return UncertaintyBudget(
        quantity=quantity,
        components=used,
        left_out=tuple(c for c in every if c not in used),
        one=_spread(sd, one, periods=1, level=level),
        ratio=_spread(sd[~shared], ratio, periods=2, level=level) if compare else None,
        level=level,
        draws=draws,
        made=made,
    )


def _all_components(
    given: Iterable[UncertaintyComponent] | Mapping[str, float] | None, same: tuple[str, ...]
) -> tuple[UncertaintyComponent, ...]:
    if given is None:
        return default_components(same=same)
    if isinstance(given, Mapping):
        for name in given:
            if name not in _table():
                raise UnknownNameError(unknown_name("uncertainty component", "不确定度分项", name, _table()))
        return tuple(_component(name, same, float(size)) for name, size in given.items())
    if same:
        raise ValueError("components of your own say themselves what is shared: leave `same` out")
    return tuple(given)


def _simulated(
    log_sd: Floats, shared: NDArray[np.bool_], draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return simulated errors of one value, mean 1, and of the ratio of two; shared errors are drawn once for both."""
    earlier = rng.standard_normal((draws, log_sd.size)) * log_sd
    later = np.where(shared, earlier, rng.standard_normal((draws, log_sd.size)) * log_sd)
    centre = (log_sd**2).sum() / 2
    return np.exp(earlier.sum(axis=1) - centre), np.exp((later - earlier).sum(axis=1))


def _spread(sd: Floats, simulated: Floats, *, periods: int, level: float) -> Spread:
    from scipy.special import ndtri

    variance = periods * float(np.log1p(sd**2).sum())
    # The errors of one value have mean 1; in a ratio the two corrections cancel.
    centre, half = (-variance / 2 if periods == 1 else 0.0), float(ndtri((1 + level) / 2)) * np.sqrt(variance)
    low, high = np.quantile(simulated, [(1 - level) / 2, (1 + level) / 2])
    return Spread(
        first_order=float(np.sqrt(periods * (sd**2).sum())),
        log_sd=float(np.sqrt(variance)),
        cv=float(np.sqrt(np.expm1(variance))),
        low=float(np.exp(centre - half)),
        high=float(np.exp(centre + half)),
        simulated_cv=float(simulated.std(ddof=1) / simulated.mean()),
        simulated_low=float(low),
        simulated_high=float(high),
    )
