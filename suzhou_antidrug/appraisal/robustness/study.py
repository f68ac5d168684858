"""A study of robustness: all choices varied together, one alone, and how much each of them moves.

稳健性研究：同时变动全部选择、单独变动一项，以及各项的影响。

Formulas: over runs r of levels u_r, uniform in [0, 1)^d, with s the scores and k the ranks: P(k[i] at most top) = share of runs;
P(a above b) = mean(1[k_a < k_b] + 1[k_a = k_b] / 2); P(rise) = mean(1[s(later) > s(earlier)] + 1[equal] / 2), both years from the
same run, so that what moves both alike cancels; mean rank shift = mean of abs(k - reference k). The reference has all levels 0.

Sources: Saisana, Saltelli and Tarantola, J. R. Stat. Soc. A 168 (2005) 307; OECD/JRC, Handbook on Constructing Composite Indicators
(2008), pages 117 to 131.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, refusal, unknown_name
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .choices import Choice, Evaluate, check_choices
from .progress_bar import watched
from .ranks import TIE, check_grades, sorted_quantile
from .runs import Runs, collect_runs, rank_shifts, summarise

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from .choices import Floats
    from .sensitivity import SensitivityIndices

MOST_PAIRED = 200  # units in a matrix of pairs
MOST_OPTIONS = 6  # of a choice that are told one by one
UNGRADED = "-"  # a score below the last band


@dataclass(frozen=True, slots=True, eq=False)
class RobustnessStudy(Result):
    """Ranks, scores and grades under all choices at once.  全部选择同时变动下的名次、得分与等级。

    A year left out is the last one throughout, except in ``frame``, ``single_choices`` and ``mean_rank_shift``, which hold all.
    """

    evaluate: Evaluate = field(repr=False)
    choices: tuple[Choice, ...]
    units: tuple[str, ...] = field(repr=False)
    years: tuple[int, ...]
    levels: Floats = field(repr=False)  # (runs, choices)
    reference: Runs = field(repr=False)  # one run, all choices as declared
    runs: Runs = field(repr=False)
    grades: tuple[tuple[str, float], ...]
    top: int
    level: float  # of the intervals
    chunk: int
    summary: pd.DataFrame = field(repr=False)
    made: Made
    names: Mapping[str, Text] = field(default_factory=dict, repr=False)  # of units, for figures

    @property
    def frame(self) -> pd.DataFrame:
        """One row a unit and year: score, rank, their intervals, chance_top, grade, chance_grade, and scored.

        Ranks low, median and high are ranks that occurred. ``scored`` is the share of runs that give the unit a score; all
        chances and intervals are of those. rank is that of the declared choices, not the middle of the runs.
        """
        return self.summary.copy()

    @property
    def grade_names(self) -> tuple[str, ...]:
        """The names of the grades, ``-`` below the last band; empty without grades."""
        return (*(n for n, _ in self.grades), UNGRADED) if self.grades else ()

    @property
    def mean_rank_shift(self) -> float:
        """The mean distance of a rank from that of the declared choices, over runs, units and years."""
        shifts = [rank_shifts(self.runs.ranks[:, :, k], self.reference.ranks[0, :, k]) for k in range(len(self.years))]
        known = np.concatenate(shifts)
        known = known[~np.isnan(known)]
        return float(known.mean()) if known.size else float("nan")

    def year_at(self, year: int | None) -> int:
        """Return the place of a year, the last for None.  年份的位置。

        Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for another year.
        """
        if year is None:
            return len(self.years) - 1
        if year not in self.years:
            raise UnknownNameError(unknown_name("year", "年份", year, [str(y) for y in self.years]))
        return self.years.index(year)

    def unit_at(self, unit: str) -> int:
        """Return the place of a unit, by its id or its name.  单位的位置。

        Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names.
        """
        unit = next((u for u, name in self.names.items() if unit in (name.zh, name.en)), unit)
        if unit not in self.units:
            raise UnknownNameError(unknown_name("unit", "单位", unit, self.units))
        return self.units.index(unit)

    def above(self, a: str, b: str, year: int | None = None) -> float:
        """Return the chance that ``a`` scores above ``b``, a tie counted as half; NaN where no run scores both.

        甲得分高于乙的概率，并列计一半。
        """
        k = self.year_at(year)
        mine = self.runs.ranks[:, [self.unit_at(a)], k]
        return float(_chance_before(mine, self.runs.ranks[:, [self.unit_at(b)], k])[0])

    def above_table(self, year: int | None = None) -> pd.DataFrame:
        """Return the chance that the unit of the row scores above that of the column, up to 200 units.  两两高下的概率表。

        Raises :class:`~suzhou_antidrug.errors.SeriesError` for more units.
        """
        import pandas as pd

        if len(self.units) > MOST_PAIRED:
            raise refusal(
                "too_many_units", f"a table of all pairs is for up to {MOST_PAIRED} units, not {len(self.units)}.",
                f"两两比较表最多 {MOST_PAIRED} 个单位，现有 {len(self.units)} 个。", "Use above(a, b).", "请用 above(甲, 乙)。",
            )  # fmt: skip
        ranks = np.ascontiguousarray(self.runs.ranks[:, :, self.year_at(year)])
        rows = [_chance_before(ranks[:, [i]], ranks) for i in range(len(self.units))]
        return pd.DataFrame(rows, index=list(self.units), columns=list(self.units))

    def grade_chances(self, year: int | None = None) -> pd.DataFrame:
        """Return one row a unit with the chance of every grade, of the runs that score it.  各等级的概率。

        Raises :class:`~suzhou_antidrug.errors.SeriesError` for a study without grades.
        """
        import pandas as pd

        if not self.grades:
            raise refusal("no_grades", "the study was made without grades.", "本研究未给出等级。")
        codes = self.runs.grades[:, :, self.year_at(year)]
        count = np.stack([(codes == c).sum(axis=0) for c in range(len(self.grade_names))], axis=1)
        scored = count.sum(axis=1, keepdims=True)
        chances = np.where(scored > 0, count / np.maximum(scored, 1), np.nan)
        out = pd.DataFrame(chances, columns=list(self.grade_names))
        out.insert(0, "unit", list(self.units))
        return out

    def rises(self, earlier: int, later: int) -> pd.DataFrame:
        """Return by unit the change of score between two years of the same run, its interval and the chance of a rise.

        逐单位返回同一次运行中两年得分之差、区间与上升概率。

        Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for a year that is not there.
        """
        import pandas as pd

        i, k = self.year_at(earlier), self.year_at(later)
        change = (self.runs.scores[:, :, k] - self.runs.scores[:, :, i]).T
        count = (~np.isnan(change)).sum(axis=1)
        # In single precision a score is known to about 1e-7 of itself.
        tie = TIE if change.dtype == np.float64 else 4e-7 * float(np.nanmax(np.abs(self.runs.scores), initial=1.0))
        wins = (change > tie).sum(axis=1) + 0.5 * (np.abs(change) <= tie).sum(axis=1)
        ordered, tail = np.sort(change, axis=1), (1 - self.level) / 2
        before, after = self.reference.scores[0, :, i], self.reference.scores[0, :, k]
        return pd.DataFrame(
            {
                "unit": list(self.units), "earlier": before, "later": after, "change": after - before,
                "change_low": sorted_quantile(ordered, count, tail, "linear"),
                "change_high": sorted_quantile(ordered, count, 1 - tail, "linear"),
                "chance_rise": np.where(count > 0, wins / np.maximum(count, 1), np.nan),
            }
        )  # fmt: skip

    def single_choices(self) -> pd.DataFrame:
        """Return what each option does by itself, the other choices as declared; noises have no options and are left out.

        返回单独改动每一选项的结果，其余照原定；噪声没有选项，不列入。

        Columns: choice, option, year; top_changes, whether other units hold the first ``top`` ranks; order_changes, whether they
        hold other ranks; top, the units that hold them now; grade_changes, the units whose grade changes (twenty at most, then
        "…"); largest_shift, the largest change of a rank, and largest_shift_unit.
        """
        from .single import single_choices

        return single_choices(self)

    def sobol(
        self, output: str = "mean_rank_shift", *, year: int | None = None, base: int = 128,
        rng: int | np.random.Generator = 0,
    ) -> SensitivityIndices:  # fmt: skip
        """Return how much of the variance of an output each choice accounts for: :func:`~.sensitivity.sobol_indices`.

        各项选择对结果方差的贡献。
        """
        from .sensitivity import sobol_indices

        return sobol_indices(self, output, year=year, base=base, rng=rng)

    def explain(self) -> Explanation:
        """What was varied, in how many runs, and how firm the ranking is."""
        last = self.summary[self.summary["year"] == self.years[-1]]
        width = (last["rank_high"] - last["rank_low"]).dropna()
        firm = int((width == 0).sum())
        share = f"{self.level:.0%}"
        rows = [line(c.text.zh, c.text.en, _said(c)) for c in self.choices]
        return Explanation(
            Text("稳健性研究：换一种选择会怎样", "Robustness: what other choices would say"),
            (
                line("运行次数", "runs", str(len(self.levels))),
                line("单位数、年份", "units, years", f"{len(self.units)}; {', '.join(map(str, self.years))}"),
                *rows,
                line("平均名次偏移", "mean rank shift", f"{self.mean_rank_shift:.2f}"),
                line(f"名次不动的单位（{share} 区间，末年）", f"units whose rank stands ({share} interval, last year)", f"{firm} / {len(self.units)}"),
                line("最宽的名次区间（末年）", "widest interval of ranks (last year)", str(int(width.max())) if len(width) else "-"),
                line("并列", "ties", Text("得分相差不过 1e-9 者同名次", "scores within 1e-9 share a rank")),
                line("随机种子", "seed", str(self.made.seed)),
                line("来源", "source", "Saisana, Saltelli, Tarantola 2005; OECD/JRC Handbook 2008"),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None, year: int | None = None) -> Axes:
        """Draw the interval of ranks of the best thirty units of a year.  绘制前三十个单位的名次区间。"""
        from .plots import plot_ranks

        return plot_ranks(self, ax, language=language, year=year)


def study_robustness(
    evaluate: Evaluate, choices: Sequence[Choice], *, units: Sequence[str], years: Sequence[int] = (0,),
    draws: int = 1000, rng: int | np.random.Generator = 0, grades: Sequence[tuple[str, float]] = (), top: int = 3,
    level: float = 0.95, status: Status | str = Status.COMPUTED, chunk: int = 50,
    names: Mapping[str, Text] | None = None, progress: bool = False,
) -> RobustnessStudy:  # fmt: skip
    """Return how ranks, scores and grades move when all choices are made otherwise, at random and together.

    返回全部选择随机且同时变动时名次、得分与等级的变化。

    Parameters
    ----------
    evaluate : callable
        From levels (runs, choices) in [0, 1) to scores (runs, units, years), higher better, NaN allowed: :class:`~.choices.Evaluate`.
    choices : sequence of Choice
        Options are drawn alike often, a noise in every run. The reference run has all levels 0: every choice as declared.
    draws : int
        Runs. The error of a chance p is at most sqrt(p (1 - p) / draws).
    grades : sequence of pairs, optional
        Grade and least score, from the highest band down; a score within 1e-9 of the least has the grade.
    names : mapping, optional
        Bilingual names of units, for figures.
    chunk : int
        Runs a call of ``evaluate``, which a bar counts with ``progress`` on a terminal or in a notebook. Scores above ten million cells are kept in single precision.

    Raises
    ------
    SeriesError
        No choice, or one that stands twice; no unit, or one that stands twice; grades out of order.
    ValueError
        Less than one draw, run a call or place at the top; ``evaluate`` returns another shape or an infinite score.

    Examples
    --------
    Two units whose order turns on how two marks are added up:

    >>> marks = np.array([[100.0, 40.0], [66.0, 66.0], [50.0, 50.0]])
    >>> mean = Choice("mean", Text("平均", "mean"), ("arithmetic", "geometric"))
    >>> def evaluate(levels):
    ...     both = np.stack([marks.mean(axis=1), np.exp(np.log(marks).mean(axis=1))])
    ...     return both[mean.picked(levels[:, 0])][:, :, None]
    >>> study = study_robustness(evaluate, [mean], units=["a", "b", "c"], draws=400, top=1)
    >>> study.frame[["unit", "rank", "rank_low", "rank_high"]].values.tolist()
    [['a', 1, 1, 2], ['b', 2, 1, 2], ['c', 3, 3, 3]]
    >>> round(study.above("a", "b"), 1), study.above("a", "c")
    (0.5, 1.0)
    >>> study.single_choices()[["option", "top_changes", "top"]].values.tolist()
    [['geometric', True, 'b']]
    """
    chosen, bands = check_choices(choices), check_grades(grades)
    named, dated = _distinct(units, "unit", "单位"), tuple(int(y) for y in _distinct(years, "year", "年份"))
    for what, count in (("draw", draws), ("run a call (chunk)", chunk), ("place at the top", top)):
        if count < 1:
            raise ValueError(f"at least one {what} is needed, got {count}")
    if not 0 < level < 1:
        raise ValueError(f"level lies between 0 and 1, got {level}")
    levels = np.random.default_rng(rng).random((draws, len(chosen)))
    shape = (len(named), len(dated))
    reference = collect_runs(evaluate, np.zeros((1, len(chosen))), shape, chunk=1, grades=bands)
    with watched(evaluate, draws, progress=progress) as counted:
        runs = collect_runs(counted, levels, shape, chunk=chunk, grades=bands)
    banded = (*(n for n, _ in bands), UNGRADED) if bands else ()
    summary = summarise(runs, reference, named, dated, top=top, level=level, names=banded)
    data = reference.scores.tobytes() + levels.tobytes() + "\x1f".join(named).encode()
    seed = int(rng) if isinstance(rng, int | np.integer) else None
    made = Made("robustness study", Status(status), fingerprint(data), seed)
    return RobustnessStudy(evaluate, chosen, named, dated, levels, reference, runs, bands, top, level, chunk, summary, made, dict(names or {}))  # fmt: skip


def _distinct(names: Sequence[str] | Sequence[int], en: str, zh: str) -> tuple[str, ...]:
    out = tuple(str(n) for n in names)
    seen: set[str] = set()
    twice = sorted({n for n in out if n in seen or seen.add(n)})  # type: ignore[func-returns-value]
    if twice:
        raise SeriesError([Problem("twice", f"the {en} {n} stands twice.", f"{zh}{n}重复。", column=n) for n in twice])
    if not out:
        raise refusal("empty", f"at least one {en} is needed.", f"至少需要一个{zh}。")
    return out


def _said(choice: Choice) -> Text:
    if choice.is_noise:
        return Text("噪声", "noise")
    first, others = choice.options[0], choice.options[1 : MOST_OPTIONS + 1]
    more = len(choice.options) - 1 - len(others)
    zh = ("、".join(others) or "无") + (f" 等 {more + len(others)} 种" if more else "")
    en = (", ".join(others) or "none") + (f" and {more} more" if more else "")
    return Text(f"原定 {first}；另有 {zh}", f"declared {first}; else {en}")


def _chance_before(mine, other) -> Floats:  # type: ignore[no-untyped-def]
    """Chance that ranks ``mine`` (runs, 1) come before ``other`` (runs, units), ties half, of runs with both."""
    both = (mine > 0) & (other > 0)
    wins = ((mine < other) & both).sum(axis=0) + 0.5 * ((mine == other) & both).sum(axis=0)
    count = both.sum(axis=0)
    return np.where(count > 0, wins / np.maximum(count, 1), np.nan)
