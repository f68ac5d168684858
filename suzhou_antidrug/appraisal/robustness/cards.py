"""A score card under other fair choices: complete re-runs over rules, readings, weights, errors, gaps and forecasts.

考评结果在其他合理选择下：对规则、读法、权重、误差、缺报与预测完整重算。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import UnknownNameError, refusal, unknown_name
from ...indicators.milestones import measure_milestone
from ...terms import Text
from ..rules.loader import AppraisalRules, load_appraisal_rules
from ..rules.model import ACROSS
from ..scoring.cards import score_after_vetoes
from ..scoring.curves import Curve
from ..scoring.evidence import read_levels, read_vetoes
from ..scoring.grading import VetoState, find_vetoes
from ..scoring.measures import NOT_APPLICABLE, OK, ItemColumn, chosen_readings, measure_items, measured_column
from ..scoring.totals import Frame, fill_gaps
from .choices import Choice, noise_draws
from .study import RobustnessStudy, study_robustness

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from ...plan.model import Plan
    from ..scorecard import ScoreCard

    Floats = NDArray[np.float64]

MISSING = {"declared": Text("按规则", "as the rules say"), "zero": Text("计零分", "as nothing"), "worst": Text("按最坏", "at worst"), "best": Text("按最好", "at best")}  # fmt: skip


class Shared:
    """What many runs ask of the same columns, found once: one curve for all that are equal, errors, limits."""

    def __init__(self) -> None:
        self._curves: dict[Curve, Curve] = {}
        self._known: dict[int, tuple[ItemColumn, Curve | None, Floats, tuple[float, float]]] = {}

    def of(self, column: ItemColumn) -> tuple[ItemColumn, Curve | None, Floats, tuple[float, float]]:
        """Return the column with its curve, the errors of its values and the natural limits of the curve's argument."""
        key = id(column)  # a column is kept with its entry, so that its id stays its own
        if key not in self._known:
            curve = None if column.curve is None else self._curves.setdefault(column.curve, column.curve)
            sd = error_sd(column)
            self._known[key] = (column, curve, np.zeros(len(column.value)) if sd is None else sd, _limits(column))
        return self._known[key]


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Columns as arrays (items, places), so that one pass scores all items with one curve.  按曲线归并的各列。"""

    value: Floats  # arguments of the curves; shares of deliverables
    known: NDArray[np.bool_]
    sd: Floats  # 0 where there is no error
    least: Floats  # (items, 1) natural limits of the arguments
    most: Floats
    groups: tuple[tuple[Curve, NDArray[np.int64]], ...]

    @classmethod
    def of(cls, columns: Sequence[ItemColumn], shared: Shared) -> Stack:
        """Return the columns stacked."""
        found = [shared.of(c) for c in columns]
        groups: dict[int, tuple[Curve, list[int]]] = {}
        for i, (_, curve, _, _) in enumerate(found):
            if curve is not None:
                groups.setdefault(id(curve), (curve, []))[1].append(i)
        limits = np.array([f[3] for f in found])
        return cls(
            np.stack([c.directed for c in columns]), np.stack([c.state == OK for c in columns]), np.stack([f[2] for f in found]),
            limits[:, :1], limits[:, 1:], tuple((curve, np.array(rows)) for curve, rows in groups.values()),
        )  # fmt: skip


@dataclass(slots=True, eq=False)
class YearSetup:
    """One rule file in one year: columns as declared, frame, vetoes; columns under other readings as they are asked for."""

    columns: list[ItemColumn]
    frame: Frame
    vetoes: tuple[VetoState, ...]
    applies: NDArray[np.bool_]
    codes: NDArray[np.int64]  # place of each item in the list of all items
    shares: Floats  # as declared
    stack: Stack
    other: dict[tuple[int, tuple[str, ...]], ItemColumn] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class CardRuns:
    """Scores of divisions for rows of levels: :class:`~.choices.Evaluate`.  按水平重算各单位得分。"""

    plan: Plan
    by_indicator: Mapping[str, pd.DataFrame]
    setups: list[list[YearSetup]]  # by rule file and year
    years: tuple[int, ...]
    totals: list[float]
    declared: Mapping[str, str]  # readings
    choices: tuple[Choice, ...]
    items: tuple[str, ...]
    jitter: float
    forecasts: Mapping[tuple[str, int], Floats]
    shared: Shared

    def __call__(self, levels: Floats) -> Floats:
        """Return scores (runs, divisions, years)."""
        at = {c.name: levels[:, k] for k, c in enumerate(self.choices)}
        picked = {c.name: c.picked(at[c.name]) for c in self.choices if not c.is_noise}
        return np.stack([self._run(r, at, picked) for r in range(len(levels))])

    def _option(self, name: str, run: int, picked: Mapping[str, NDArray[np.int64]]) -> str | None:
        choice = next((c for c in self.choices if c.name == name), None)
        return None if choice is None else choice.options[picked[name][run]]

    def _run(self, run: int, at: Mapping[str, Floats], picked: Mapping[str, NDArray[np.int64]]) -> Floats:
        file = int(picked["rules"][run]) if "rules" in picked else 0
        readings = dict(self.declared)
        for choice in self.choices:
            if choice.name.startswith("reading_"):
                readings[choice.name.removeprefix("reading_")] = choice.options[picked[choice.name][run]]
        out = []
        for y, year in enumerate(self.years):
            setup = self.setups[file][y]
            columns = self._columns(setup, readings)
            shares = self._shares(setup, columns, run, at, year)
            frame = self._frame(setup, run, at, picked)
            left_out = self._option("leave_out", run, picked)
            applies = setup.applies if columns is setup.columns else _applies(columns)
            if left_out in self.items:
                applies = applies & (setup.codes != self.items.index(str(left_out)))
                shares = np.where(applies, shares, np.nan)
            way = self._option("missing", run, picked) or "declared"
            if way in ("worst", "best"):
                shares = fill_gaps(shares, applies, columns, best=way == "best")
            elif way == "zero":
                frame = replace(frame, zero_missing=True)
            out.append(score_after_vetoes(shares, applies, frame, setup.vetoes)[1:] * (self.totals[0] / self.totals[file]))  # fmt: skip
        return np.column_stack(out)

    def _columns(self, setup: YearSetup, readings: Mapping[str, str]) -> list[ItemColumn]:
        """Return the columns under readings, the declared ones where these are the declared."""
        if readings == self.declared:
            return setup.columns
        return [self._column(setup, i, readings) for i in range(len(setup.columns))]

    def _column(self, setup: YearSetup, i: int, readings: Mapping[str, str]) -> ItemColumn:
        column = setup.columns[i]
        if column.measured is None:
            return column
        milestone = column.measured.milestone
        chosen = chosen_readings(self.plan, milestone, readings)
        if [r.id for r in chosen] == [r.id for r in column.measured.readings]:
            return column
        key = (i, tuple(r.id for r in chosen))
        if key not in setup.other:
            found = measure_milestone(milestone, chosen, self.by_indicator, self.plan)
            setup.other[key] = measured_column(column.item, column.scale, found, self.plan)
        return setup.other[key]

    def _shares(self, setup: YearSetup, columns: list[ItemColumn], run: int, at: Mapping[str, Floats], year: int) -> Floats:  # fmt: skip
        noisy = "error" in at and bool(at["error"][run])
        drawn = self.forecasts if "forecast" in at else {}
        if not noisy and not drawn and columns is setup.columns:
            return setup.shares
        stack = setup.stack if columns is setup.columns else Stack.of(columns, self.shared)
        value, known = stack.value, stack.known
        if drawn:
            value, known = value.copy(), known.copy()
            for i, column in enumerate(columns):
                if (column.item.code, year) in drawn:
                    value[i] = column.direction * _drawn(drawn[column.item.code, year], at["forecast"][run])
                    known[i] = column.state != NOT_APPLICABLE
        if noisy:
            noise = noise_draws([at["error"][run]], value.shape, name=f"error {year}", kind="normal")[0]
            value = np.clip(value + stack.sd * noise, stack.least, stack.most)
        shares = np.where(known, value, np.nan)
        for curve, rows in stack.groups:
            shares[rows] = curve(shares[rows])
        return np.ascontiguousarray(shares.T)

    def _frame(self, setup: YearSetup, run: int, at: Mapping[str, Floats], picked: Mapping[str, NDArray[np.int64]]) -> Frame:  # fmt: skip
        frame = setup.frame
        if "weights" in at and at["weights"][run]:
            names = [c.id for c in self.plan.categories]
            draws = 1 + self.jitter * noise_draws([at["weights"][run]], (len(self.items) + len(names) + len(frame.categories),), name="weights")[0]  # fmt: skip
            own = draws[len(self.items) :]
            places = [names.index(c) if c in names else len(names) + k for k, c in enumerate(frame.categories)]
            frame = replace(frame, points=frame.points * draws[setup.codes], weights=None if frame.weights is None else frame.weights * own[places])  # fmt: skip
        across = self._option("aggregation", run, picked)
        if across is None or across == frame.across:
            return frame
        return replace(frame, across=across)


def _applies(columns: Sequence[ItemColumn]) -> NDArray[np.bool_]:
    return np.column_stack([c.state != NOT_APPLICABLE for c in columns])


def error_sd(column: ItemColumn) -> Floats | None:
    """Return the standard error of each value: of sampling for a survey, and of measurement where the rules give it.

    各数值的标准误：调查的抽样误差，及规则给出的测量误差。
    """
    found = column.measured
    if found is None or column.units_short:
        return None
    variance = float(column.item.error_sd or 0) ** 2 * np.ones(len(column.value))
    if found.indicator.basis == "survey" and found.indicator.needs_parts and found.scale is None:
        k, n = (found.rows[c].to_numpy(dtype=float) for c in ("numerator", "denominator"))
        with np.errstate(divide="ignore", invalid="ignore"):
            # Half a case on either side keeps a sample without failures from being certain.
            p = (k + 0.5) / (n + 1)
            sampling = np.where(n > 0, p * (1 - p) / n, 0.0)
        variance[: len(k)] += np.nan_to_num(sampling)
    return np.sqrt(variance) if variance.any() else None


def _limits(column: ItemColumn) -> tuple[float, float]:
    """Return the natural limits of a column's argument: 0 and 1 for a share."""
    found = column.measured
    if found is not None and found.scale is None and not column.units_short and found.milestone.unit == "share":
        return (0.0, 1.0) if column.direction > 0 else (-1.0, 0.0)
    return -np.inf, np.inf


def _drawn(draws: Floats, level: float) -> Floats:
    """Return the draw a level stands for, the median for 0."""
    if level == 0:
        return np.asarray(np.median(draws, axis=0))
    return np.asarray(draws[min(int(level * len(draws)), len(draws) - 1)])


def study_card(
    card: ScoreCard, *, draws: int = 1000, rng: int | np.random.Generator = 0, rules: Sequence[str | Path | AppraisalRules] = (),
    readings: bool | Sequence[str] = True, weight_jitter: float = 0.25, aggregation: Sequence[str] = (),
    missing: Sequence[str] = ("worst", "best"), error: bool = True, leave_out: bool = True,
    forecasts: Mapping[tuple[str, int], ArrayLike] | None = None, top: int = 3, level: float = 0.95, progress: bool = False,
) -> RobustnessStudy:  # fmt: skip
    """Return how scores, ranks and grades of a card stand when every fair choice is made otherwise, at random and together.

    对考评完整重算：同时随机变动规则、读法、权重、汇总、误差、缺报与预测。

    Parameters
    ----------
    card : ScoreCard
        As declared: the reference run.
    rules : sequence, optional
        Other rule files for the same plan; scores are brought to the declared total.
    readings : bool or sequence of str
        Every computable reading of every ambiguity of a milestone scored, or of the ambiguities named, or none. A reading by an
        indicator that nobody reported is left out.
    weight_jitter : float
        f of w (1 + f U), U uniform in [-1, 1), for points and weights of categories; 0 for none.
    aggregation : sequence of str
        Other means across categories, scores below the rules' floor at the floor: geometric, harmonic, arithmetic. None unless
        asked: a mean that one category at nothing rules is another policy.
    missing : sequence of str
        Other ways with what was not assessed: zero, worst, best. Left out where nothing is missing.
    error : bool
        Sampling error of surveys, sd = sqrt(p (1 - p) / n) with p = (k + 1/2) / (n + 1), and ``error_sd`` of the rules.
    leave_out : bool
        Each item left out in turn.
    forecasts : mapping, optional
        From (indicator, year) to draws (draws, places), the city first, in the indicator's unit: they stand in for reports.

    Raises
    ------
    SeriesError
        Nothing is left open, a forecast of another shape, or one of an item scored by heads lacking or by a change.
    UnknownNameError
        An unknown ambiguity, mean or way with gaps.

    Notes
    -----
    Scores are those after vetoes that set or cap them, before rounding; a veto that caps a grade alone is not applied. Ranks are
    among divisions, without the city. Grades are by the bands of the declared rules.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> card = sa.appraise(sa.load_synthetic_returns(), sa.load_plan("suzhou-2020"), year=2021, rules="practice-steps")
    >>> study = card.robustness(draws=50, rng=1)
    >>> study.frame.shape[0], 0 <= study.above("kunshan", "changshu") <= 1
    (10, True)
    """
    plan, years = card.plan, tuple(c.year for c in card.years)
    files = [card.rules, *(r if isinstance(r, AppraisalRules) else load_appraisal_rules(r, plan=plan) for r in rules)]
    by = card.inputs.by_indicator()
    items = tuple(dict.fromkeys(i.code for f in files for i in f.file.items))
    shared = Shared()
    setups = [[_setup(f, card, by, y, items, shared) for y in years] for f in files]
    given = _forecasts(forecasts or {}, plan, setups, years)
    choices = _choices(card, by, files, setups, readings, weight_jitter, aggregation, missing, error, leave_out, given)
    declared = {a: plan.ambiguities[a].reading(card.inputs.readings.get(a)).id for a in plan.ambiguities}
    totals = [float(f.file.total) for f in files]
    runs = CardRuns(plan, by, setups, years, totals, declared, choices, items, weight_jitter, given, shared)
    bands = [(b.grade, float(b.from_)) for b in card.rules.file.grades]
    return study_robustness(
        runs, choices, units=plan.geography.ids, years=years, draws=draws, rng=rng, grades=bands, top=top, level=level, status=card.made.status,
        progress=progress, names={d.id: d.name for d in plan.geography.divisions},
    )  # fmt: skip


def _setup(rules: AppraisalRules, card: ScoreCard, by: Mapping[str, pd.DataFrame], year: int, items: tuple[str, ...], shared: Shared) -> YearSetup:  # fmt: skip
    file, plan, inputs = rules.file, card.plan, card.inputs
    # Evidence and vetoes are given in the words of the declared rules; another file may have other levels and vetoes.
    own = rules is card.rules
    levels = read_levels(inputs.evidence, card.rules.file, plan)
    vetoes = read_vetoes(inputs.vetoes if own else None, file, plan)
    columns = measure_items(by, file, plan, year, readings=inputs.readings, levels=levels)
    states = find_vetoes(file, vetoes, by, plan, year)
    applies = _applies(columns)
    codes = np.array([items.index(c.item.code) for c in columns])
    shares = np.column_stack([c.shares() for c in columns])
    return YearSetup(columns, Frame.of(file, columns, plan), states, applies, codes, shares, Stack.of(columns, shared))


def _choices(
    card: ScoreCard, by: Mapping[str, pd.DataFrame], files: list[AppraisalRules], setups: list[list[YearSetup]], readings: bool | Sequence[str], jitter: float,
    aggregation: Sequence[str], missing: Sequence[str], error: bool, leave_out: bool, forecasts: Mapping[tuple[str, int], Floats],
) -> tuple[Choice, ...]:  # fmt: skip
    columns = [c for by_year in setups for s in by_year for c in s.columns]
    out = []
    if len(files) > 1:
        out.append(Choice("rules", Text("规则", "rules"), tuple(f.file.id for f in files)))
    out += _reading_choices(card, by, columns, readings)
    for name, options, text in (
        ("aggregation", (card.rules.file.across, *(a for a in aggregation if a != card.rules.file.across)), Text("类别间汇总", "mean across categories")),
        ("missing", ("declared", *missing), Text("缺报与评定分歧", "gaps and assessors who differ")),
    ):  # fmt: skip
        known = tuple(ACROSS if name == "aggregation" else MISSING)
        for option in options:
            if option not in known:
                raise UnknownNameError(unknown_name(name, text.zh, option, known))
        gaps = any(np.isnan(s.shares[s.applies]).any() for by_year in setups for s in by_year)
        if len(options) > 1 and (name != "missing" or gaps):
            out.append(Choice(name, text, tuple(options)))
    if jitter:
        out.append(Choice("weights", Text(f"权重±{jitter:.0%}", f"weights ±{jitter:.0%}")))
    if error and any(error_sd(c) is not None for c in columns):
        out.append(Choice("error", Text("抽样与测量误差", "errors of sampling and measurement")))
    if forecasts:
        out.append(Choice("forecast", Text("预测", "forecast draws")))
    if leave_out:
        own = dict.fromkeys(c.item.code for s in setups[0] for c in s.columns)
        out.append(Choice("leave_out", Text("去掉一项", "an item left out"), ("none", *own)))
    return tuple(out)


def _reading_choices(card: ScoreCard, by: Mapping[str, pd.DataFrame], columns: list[ItemColumn], readings: bool | Sequence[str]) -> list[Choice]:  # fmt: skip
    """Return a choice for each ambiguity; readings that cannot be computed, or for which nothing was reported, are no options."""
    found = dict.fromkeys(a for c in columns if c.milestone is not None for a in c.milestone.ambiguities)
    if not isinstance(readings, bool):
        for name in readings:
            card.plan.ambiguity(name)
    out = []
    for name in found if readings is True else [a for a in found if readings and a in readings]:
        ambiguity = card.plan.ambiguities[name]
        first = ambiguity.reading(card.inputs.readings.get(name)).id
        own = [c for c in columns if c.milestone is not None and name in c.milestone.ambiguities]
        others = [r.id for r in ambiguity.readings if r.computable and r.id != first]
        options = [first, *(o for o in others if any(_can_assess(card, by, c, name, o) for c in own))]
        if len(options) > 1:
            out.append(Choice(f"reading_{name}", Text(f"读法：{ambiguity.wording}", f"reading of {ambiguity.wording}"), tuple(options)))  # fmt: skip
    return out


def _can_assess(card: ScoreCard, by: Mapping[str, pd.DataFrame], column: ItemColumn, ambiguity: str, reading: str) -> bool:  # fmt: skip
    assert column.milestone is not None
    chosen = chosen_readings(card.plan, column.milestone, {**card.inputs.readings, ambiguity: reading})
    found = measure_milestone(column.milestone, chosen, by, card.plan)
    blocked = np.array([b is not None for b in found.blocked])
    return bool((~np.isnan(found.value) & ~blocked).any())


def _forecasts(given: Mapping[tuple[str, int], ArrayLike], plan: Plan, setups: list[list[YearSetup]], years: tuple[int, ...]) -> dict[tuple[str, int], Floats]:  # fmt: skip
    codes = {(c.item.code, y): c for y, s in zip(years, setups[0], strict=True) for c in s.columns if c.curve is not None}  # fmt: skip
    # There the curve takes a change on a base, or heads that are lacking, which a forecast of the level does not tell.
    other = {(c.item.code, y) for by_year in setups for y, s in zip(years, by_year, strict=True) for c in s.columns if c.measured is not None and (c.units_short or c.measured.scale is not None)}  # fmt: skip
    count = 1 + len(plan.geography.ids)
    out = {}
    for (name, year), draws in given.items():
        array = np.asarray(draws, dtype=float)
        if (name, year) not in codes:
            raise UnknownNameError(unknown_name("indicator and year scored", "计分指标与年度", f"{name} {year}", [f"{n} {y}" for n, y in codes]))  # fmt: skip
        if (name, year) in other:
            raise refusal("forecast", f"{name} is scored by heads or by a change: a forecast of its level cannot stand in.", f"{name} 按差额人数或变化计分，不能以水平预测代替。", column=name)  # fmt: skip
        if array.ndim != 2 or array.shape[1] != count or len(array) == 0:
            raise refusal("shape", f"forecasts of {name} in {year} must be (draws, {count}), the city first; got {array.shape}.", f"{name} {year} 年的预测须为（抽取数, {count}），全市在前；现为 {array.shape}。", column=name)  # fmt: skip
        out[name, year] = array
    return out
