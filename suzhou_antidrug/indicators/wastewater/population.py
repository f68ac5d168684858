"""People behind a sample: the base of a per-capita load, and estimates from markers and phones.

样品背后的人口：人均负荷的人口口径，以及由标志物与手机信令推算的人口。

The base is part of the identity of a series: two bases are not comparable without a bridge. Estimators of one catchment
spread 7-55 % (Castiglioni and others, Environ. Sci. Technol. 47 (2013) 1452).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, shown, unknown_name
from ...provenance import Made, Status, fingerprint, weakest
from ...results import Explanation, Result, line
from ...terms import Text
from .substances import folded_name, index_names, read_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

MOST_PROBLEMS = 20  # rows listed one by one; a column typed in a wrong unit would list thousands
# An unpublished rule of a Chinese laboratory; the number was not found at any source.
MG_COTININE_PER_CIGARETTE = 0.14


@dataclass(frozen=True, slots=True)
class PopulationBasis:
    """A way to count the people behind a sample.  一种人口口径。"""

    id: str
    name: Text
    aliases: tuple[str, ...]
    kind: Literal["static", "dynamic"]  # a register, or people present on the day
    relative_sd: float
    status: Status  # of relative_sd
    note: Text
    source: str
    source_url: str


@cache
def load_population_bases() -> Mapping[str, PopulationBasis]:
    """Return the known population bases by id; their ``relative_sd`` are assumed, inside a published 7-55 %.

    按编号列出人口口径；各口径的相对标准差为假定值，取在公开的 7%-55% 之内。

    >>> load_population_bases()["cotinine"].kind
    'dynamic'
    """
    rows = read_table("factors", "population_bases.csv")
    return MappingProxyType({row["id"]: _basis(row) for row in rows})


def _basis(row: Mapping[str, str]) -> PopulationBasis:
    return PopulationBasis(
        id=row["id"],
        name=Text(zh=row["name_zh"], en=row["name_en"]),
        aliases=tuple(a for a in row["aliases"].split("|") if a),
        kind="dynamic" if row["kind"] == "dynamic" else "static",
        relative_sd=float(row["relative_sd"]),
        status=Status(row["status"]),
        note=Text(zh=row["note_zh"], en=row["note_en"]),
        source=row["source"],
        source_url=row["source_url"],
    )


@cache
def _index() -> Mapping[str, str]:
    return index_names((b.id, (b.id, b.name.zh, b.name.en, *b.aliases)) for b in load_population_bases().values())


def population_basis(name: str) -> PopulationBasis:
    """Return the population basis that a name means, in Chinese or English.  按名称找到人口口径。

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names for any other name.

    >>> population_basis("年末常住").id, population_basis("NH4-N").id
    ('year_end_resident', 'ammonium_nitrogen')
    """
    id_ = _index().get(folded_name(name))
    if id_ is None:
        bases = load_population_bases()
        every = [n for b in bases.values() for n in (b.id, b.name.zh, b.name.en, *b.aliases)]
        raise UnknownNameError(unknown_name("population basis", "人口口径", name, bases, suggest=every))
    return load_population_bases()[id_]


def check_positive(values: ArrayLike, name: Text, *, zero: bool = False) -> Floats:
    """Return values as floats, refusing by position what is no number above 0 (or 0, where allowed); NaN is missing.

    取数并按位置拒绝非正数；缺失值保留为缺失。

    Raises :class:`~suzhou_antidrug.errors.SeriesError` with one problem for each position.

    >>> check_positive([1.0, float("nan")], Text("流量", "flow")).tolist()
    [1.0, nan]
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise SeriesError(
            Problem(
                code="no_number",
                en=f"{name.en} must be numbers; a value below a limit is no number.",
                zh=f"{name.zh}须为数字；低于限的结果不是数字。",
                value=shown(values),
            )
        ) from None
    with np.errstate(invalid="ignore"):
        bad = np.isinf(array) | (array < 0) | ((array == 0) & (not zero))
    if bad.any():
        raise SeriesError([_not_positive(array, tuple(i), name) for i in np.argwhere(bad)[:MOST_PROBLEMS].tolist()])
    return array


def _not_positive(array: Floats, where: tuple[int, ...], name: Text) -> Problem:
    at = f"[{', '.join(str(i) for i in where)}]"
    en, zh = (
        (f" at position {at} (counted from 0)", f"第 {at} 个（从0数起）") if where else ("", "")
    )  # one number has none
    return Problem(
        code="not_positive",
        en=f"{name.en}{en} is not a number above 0.",
        zh=f"{name.zh}{zh}不是大于0的数。",
        advice_en="What is missing stays empty; what lies below a limit is kept with its limit, never as 0.",
        advice_zh="缺失就留空；低于限的保留其限值，不写成0。",
        value=shown(array[where]),
    )


def check_share(values: ArrayLike, name: Text, *, zero: bool = False) -> Floats:
    """Return shares above 0 (or 0, where allowed) and at most 1; 80 in place of 0.8 is refused.  核对比例在 0 与 1 之间。"""
    array = check_positive(values, name, zero=zero)
    if (array > 1).any():
        raise SeriesError(
            Problem(
                code="share_above_one",
                en=f"{name.en} is a share of 1: 0.8 means 80 %.",
                zh=f"{name.zh}须为0到1的比例：0.8即80%。",
                value=shown(np.max(array)),
            )
        )
    return array


def check_source(source: str, what: Text) -> str:
    """Return a citation, refusing an empty one: no number without a source.  核对出处不为空。"""
    if not str(source).strip():
        raise SeriesError(
            Problem(
                code="no_source",
                en=f"{what.en} needs a citation in `source`.",
                zh=f"{what.zh}须在 source 中注明出处。",
            )
        )
    return str(source).strip()


@dataclass(frozen=True, slots=True, eq=False)
class PopulationEstimate(Result):
    """People behind samples, with the base and what was assumed.  推算人口、口径与所作假定。

    ``value`` is in persons. ``domestic_share`` is the share that multiplied the marker, None where none did: a load
    with this population must multiply the drug by the same share.
    """

    value: Floats
    relative_sd: float
    basis: PopulationBasis
    assumptions: tuple[tuple[Text, Text], ...]
    domestic_share: Floats | None
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One sample a row: population, relative_sd, basis, kind, domestic_share."""
        import pandas as pd

        share = (
            np.nan if self.domestic_share is None else np.broadcast_to(self.domestic_share, self.value.shape).ravel()
        )
        table = pd.DataFrame({"population": self.value.ravel(), "relative_sd": self.relative_sd})
        return table.assign(basis=self.basis.id, kind=self.basis.kind, domestic_share=share)

    def explain(self) -> Explanation:
        """Formula, base, uncertainty, and every number that was put in."""
        spread = Text(
            f"{self.relative_sd:.0%}；同一片区各种估计相差 7%-55%",
            f"{self.relative_sd:.0%}; estimators differ by 7-55 %",
        )
        return Explanation(
            Text("推算人口", "Population estimate"),
            (
                line("口径", "basis", self.basis.name),
                line("相对标准差", "relative SD", spread),
                *self.assumptions,
                line("状态", "status", self.made.status.text),
                line("注意", "note", self.basis.note),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw each estimate with one standard deviation (log scale) to either side.  绘制推算人口及一倍标准差。"""
        from ...plotting import COLOURS, finish, mark_status, new_axes, shorten_large_numbers, style

        with style(language):
            ax = new_axes(ax)
            value, step = self.value.ravel(), np.exp(np.sqrt(np.log1p(self.relative_sd**2)))
            reach = np.vstack([value - value / step, value * step - value])
            ax.errorbar(np.arange(value.size), value, yerr=reach, fmt="o", color=COLOURS["forecast"], capsize=3)
            ax.set_xticks(np.arange(value.size)[:: max(1, value.size // 12)])
            ax.set_ylim(bottom=0)
            ax.set_xlabel(str(Text("样品（从0数起）", "sample (counted from 0)")))
            ax.set_ylabel(str(Text("人口（人）", "population (persons)")))
            ax.set_title(str(self.basis.name))
            shorten_large_numbers(ax)
            mark_status(ax, self.made.status)
            return finish(ax)


def _estimate(
    value: Floats,
    basis: str,
    assumptions: tuple[tuple[Text, Text], ...],
    *,
    relative_sd: float | None,
    statuses: tuple[Status, ...] = (),
    domestic_share: Floats | None = None,
) -> PopulationEstimate:
    found = load_population_bases()[basis]
    if relative_sd is None:
        relative_sd, statuses = found.relative_sd, (*statuses, found.status)
    elif not 0 < relative_sd < np.inf:
        raise ValueError(f"relative_sd must be above 0, got {relative_sd}")
    status = weakest((Status.COMPUTED, *statuses))
    words = repr([(what.en, is_.en) for what, is_ in assumptions]).encode()
    made = Made(f"population from {basis}", status, fingerprint(value.tobytes() + words))
    return PopulationEstimate(value, relative_sd, found, assumptions, domestic_share, made)


_FLOW, _CONCENTRATION = Text("流量", "flow"), Text("浓度", "concentration")


def population_from_ammonium(
    concentration_mg_per_L: ArrayLike,
    flow_m3_per_day: ArrayLike,
    *,
    grams_per_person_per_day: float,
    source: str,
    relative_sd: float | None = None,
) -> PopulationEstimate:
    """Return people from ammonium nitrogen: ``P = C[mg/L] * Q[m3/day] / g_per_person_per_day``.  由氨氮推算人口。

    No value per person was found for China, so there is no default: give yours with its citation in ``source``.
    Arrays broadcast; NaN stays missing. Industrial ammonium is counted as people.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for a value that is not above 0 (by position) or no source.

    >>> found = population_from_ammonium(30, 1e5, grams_per_person_per_day=7.5, source="own survey of 2021")
    >>> float(found.value), found.basis.id, str(found.made.status)
    (400000.0, 'ammonium_nitrogen', 'assumed')
    """
    return _from_mass("ammonium_nitrogen", Text("氨氮", "ammonium nitrogen"), concentration_mg_per_L, flow_m3_per_day,
                      grams_per_person_per_day, source, relative_sd)  # fmt: skip


def population_from_creatinine(
    concentration_mg_per_L: ArrayLike,
    flow_m3_per_day: ArrayLike,
    *,
    grams_per_person_per_day: float,
    source: str,
    relative_sd: float | None = None,
) -> PopulationEstimate:
    """Return people from creatinine: ``P = C[mg/L] * Q[m3/day] / g_per_person_per_day``.  由肌酐推算人口。

    As :func:`population_from_ammonium`; creatinine may degrade on its way, which lowers the estimate.

    >>> float(population_from_creatinine(1.2, 1e5, grams_per_person_per_day=1.2, source="own survey").value)
    100000.0
    """
    return _from_mass("creatinine", Text("肌酐", "creatinine"), concentration_mg_per_L, flow_m3_per_day,
                      grams_per_person_per_day, source, relative_sd)  # fmt: skip


def _from_mass(
    basis: str, marker: Text, concentration: ArrayLike, flow: ArrayLike, grams: float, source: str, sd: float | None
) -> PopulationEstimate:
    per_person = Text(f"人均{marker.zh}排放量", f"{marker.en} per person")
    citation = check_source(source, per_person)
    # mg/L is g/m3, so that concentration times flow is g/day.
    mass = check_positive(concentration, _CONCENTRATION) * check_positive(flow, _FLOW)
    value = np.asarray(mass / check_positive(grams, per_person))
    lines = (
        line("公式", "formula", Text("浓度 × 流量 / 人均排放量", "concentration * flow / mass per person")),
        (per_person, Text(f"{grams:g} 克/天，{citation}", f"{grams:g} g/day, {citation}")),
    )
    return _estimate(value, basis, lines, relative_sd=sd)


def population_from_cotinine(
    concentration_ng_per_L: ArrayLike,
    flow_m3_per_day: ArrayLike,
    *,
    cigarettes_per_person_per_day: float,
    domestic_share: ArrayLike = 1.0,
    mg_cotinine_per_cigarette: float = MG_COTININE_PER_CIGARETTE,
    source: str = "",
    relative_sd: float | None = None,
) -> PopulationEstimate:
    """Return people from cotinine: ``P = C * Q / 1000 * share / (cigarettes * mg_per_cigarette)``.  由可替宁推算人口。

    C in ng/L, Q in m3/day, so that C * Q / 1000 is mg/day; ``cigarettes_per_person_per_day`` over everyone, smokers or
    not. The rule is that of a Chinese laboratory, unpublished; 0.14 mg a cigarette is ``unverified``. Two biases: the
    rule multiplies cotinine by the domestic share but not the drug, which raises every load by 1 / share (25 % at 0.8),
    so the share is kept in the result and the load must take the same one; and a fall in smoking looks like a fall in
    population, hence a rise in load.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for a value that is not above 0 (by position) or a share above 1.

    >>> found = population_from_cotinine(2000, 1e5, cigarettes_per_person_per_day=3, domestic_share=0.8)
    >>> round(float(found.value)), float(found.domestic_share)
    (380952, 0.8)
    """
    share = check_share(domestic_share, Text("生活污水占比", "domestic share"))
    smoked = check_positive(cigarettes_per_person_per_day, Text("人均吸烟支数", "cigarettes per person"))
    each = check_positive(mg_cotinine_per_cigarette, Text("每支烟可替宁排放量", "cotinine per cigarette"))
    mass = check_positive(concentration_ng_per_L, _CONCENTRATION) * check_positive(flow_m3_per_day, _FLOW) / 1000
    said = source.strip()
    unverified = mg_cotinine_per_cigarette == MG_COTININE_PER_CIGARETTE
    mark = Status.UNVERIFIED.text if unverified else Text("用户给定", "given by the user")
    lines = (
        line("公式", "formula", Text("可替宁质量 × 生活污水占比 / (人均支数 × 每支毫克数)", "cotinine mass * domestic share / (cigarettes * mg each)")),
        line("人均吸烟支数", "cigarettes per person and day", Text(f"{smoked:g}，{said or '出处未注明'}", f"{smoked:g}, {said or 'source not stated'}")),
        line("每支烟可替宁", "cotinine per cigarette", Text(f"{each:g} 毫克，{mark.zh}", f"{each:g} mg, {mark.en}")),
        line("生活污水占比", "domestic share", ", ".join(f"{s:g}" for s in np.unique(share)[:5])),
        line("偏差", "bias", Text("毒品须乘以同一占比，否则负荷偏高；吸烟减少会被误读为人口减少", "the drug must take the same share, or its load is too high; less smoking looks like fewer people")),
    )  # fmt: skip
    statuses = (Status.UNVERIFIED,) if unverified else ()
    value = np.asarray(mass * share / (smoked * each))
    return _estimate(value, "cotinine", lines, relative_sd=relative_sd, statuses=statuses, domestic_share=share)


def population_from_phones(
    users: ArrayLike, *, share_of_people_with_phone: ArrayLike, source: str, relative_sd: float | None = None
) -> PopulationEstimate:
    """Return people present from phone signals: ``P = users / share_of_people_with_phone``.  由手机信令推算在场人口。

    ``users`` are persons, not numbers or devices. Raises as :func:`population_from_ammonium`.

    >>> float(population_from_phones(8e5, share_of_people_with_phone=0.8, source="operator, 2021").value)
    1000000.0
    """
    name = Text("有手机者占比", "share of people with a phone")
    share, citation = check_share(share_of_people_with_phone, name), check_source(source, name)
    lines = (
        line("公式", "formula", Text("用户数 / 有手机者占比", "users / share with a phone")),
        (name, Text(f"{np.mean(share):g}，{citation}", f"{np.mean(share):g}, {citation}")),
    )
    value = np.asarray(check_positive(users, Text("用户数", "users")) / share)
    return _estimate(value, "mobile_phone", lines, relative_sd=relative_sd)


def per_capita_change(total_change: ArrayLike, population_change: ArrayLike) -> Floats:
    """Return the change per head, ``(1 + total) / (1 + population) - 1``, all as shares of 1.  人均变化。

    A re-based population makes a false change: with equal mass and 18.6 % more people on paper the load per head is
    15.7 % lower. Raises :class:`~suzhou_antidrug.errors.SeriesError` for a total below -1 or a population at -1 or less.

    >>> round(float(per_capita_change(-0.75, -0.45)), 3)
    -0.545
    """
    total = check_positive(1 + np.asarray(total_change, dtype=float), Text("1+总量变化", "1 + total change"), zero=True)
    people = check_positive(1 + np.asarray(population_change, dtype=float), Text("1+人口变化", "1 + population change"))
    return np.asarray(total / people - 1)
