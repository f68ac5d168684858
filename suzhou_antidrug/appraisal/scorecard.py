"""Score cards: every division, every year, every point with its clause.

考评计分表：各单位、各年度，每一分都有条款依据。
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Problem, ReturnsError, UnknownNameError, unknown_name
from ..indicators.compute import IndicatorValues, compute_indicators
from ..provenance import Made, Status, fingerprint, weakest
from ..results import Explanation, Result
from .rules.loader import AppraisalRules, load_appraisal_rules
from .scoring.cards import YearCard, score_year
from .scoring.evidence import read_levels, read_vetoes
from .scoring.tables import items_table, scores_table
from .synthetic import PAPER

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..plan.model import Plan
    from ..returns.schema import Returns
    from .cliffs import Cliffs
    from .robustness.study import RobustnessStudy


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a card was made from, to make it again otherwise.  计分所用的全部材料。"""

    values: IndicatorValues
    evidence: pd.DataFrame | None
    vetoes: pd.DataFrame | None
    readings: Mapping[str, str]

    def by_indicator(self) -> dict[str, pd.DataFrame]:
        """The yearly rows of each indicator."""
        return dict(iter(self.values.yearly_table.groupby("indicator", sort=False)))


@dataclass(frozen=True, slots=True, eq=False)
class ScoreCard(Result):
    """The appraisal of every division, and of the city, for one year or several.  各单位(及全市)的考评结果。

    ``frame`` has one row a place, year and item; ``scores`` one a place and year. A score leaves out what could not be assessed;
    ``low`` and ``high`` say what it could have been, and where they fall into different grades the grade is
    ``undetermined``. The city is scored on its own figures, never as a mean of divisions.
    """

    plan: Plan
    rules: AppraisalRules
    years: tuple[YearCard, ...]
    inputs: Inputs
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a place, year and item: value, milestone, share, points, state, reason, clause."""
        import pandas as pd

        return pd.concat([items_table(card, self.rules.file, self.plan) for card in self.years], ignore_index=True)

    @property
    def scores(self) -> pd.DataFrame:
        """One row a place and year: score, low, high, grade, rank and its bounds, what was assessed, vetoes."""
        import pandas as pd

        return pd.concat([scores_table(card, self.rules.file, self.plan) for card in self.years], ignore_index=True)

    @property
    def grades(self) -> pd.DataFrame:
        """Grades, places by years."""
        table = self.scores.pivot(index="division", columns="year", values="grade")
        return table.reindex(list(self.plan.geography.place_ids))

    @property
    def categories(self) -> pd.DataFrame:
        """One row a place, year and category: its score before vetoes."""
        import pandas as pd

        names = list(self.plan.geography.place_ids)
        return pd.concat(
            [
                pd.DataFrame(card.totals.categories, index=pd.Index(names, name="division"), columns=list(card.frame.categories))
                .stack().rename("score").rename_axis(["division", "category"]).reset_index().assign(year=card.year)
                for card in self.years
            ],
            ignore_index=True,
        )  # fmt: skip

    def without(self, hidden: Collection[tuple[str, str, int]]) -> ScoreCard:
        """Return the card with some figures (indicator, division, year) suppressed wherever it is shown; scores stay.

        抑制若干数值后的考评；得分依全部数据，不变。
        """
        ids = list(self.plan.geography.place_ids)
        cards = []
        for card in self.years:
            names = [c.measured.indicator.id if c.measured is not None else "" for c in card.columns]
            mask = np.array([[(n, p, card.year) in hidden for n in names] for p in ids]).reshape(card.shares.shape)
            cards.append(replace(card, hidden=mask))
        return replace(self, years=tuple(cards))

    def year(self, year: int | None = None) -> YearCard:
        """Return the arrays of a year, the last one for None.  取某年考评。"""
        if year is None:
            return self.years[-1]
        for card in self.years:
            if card.year == year:
                return card
        raise UnknownNameError(unknown_name("year of this card", "考评年度", year, [str(c.year) for c in self.years]))

    def place(self, division: str) -> int:
        """Return the row of a division by id, name or alias; the city 0.  取单位所在行。"""
        found = self.plan.geography.resolve(division)
        return self.plan.geography.place_ids.index(found.id)

    def explain(self, division: str | None = None, task: int | None = None, *, year: int | None = None) -> Explanation:
        """How a division came to its points: value, milestone, rule, points, clause.

        说明某单位的得分；给出任务时逐项说明，不给单位时说明规则。
        """
        from .scoring.explanations import explain_division, explain_rules, explain_task

        if division is None:
            return explain_rules(self)
        if task is None:
            return explain_division(self, self.place(division), self.year(year))
        self.plan.task(task)
        return explain_task(self, self.place(division), task, self.year(year))

    def distances(self, *, year: int | None = None) -> pd.DataFrame:
        """Return how far every division is from the next grade up and from the one below.  距上一等次与跌落下一等次的分数。"""
        from .cliffs import grade_distances

        return grade_distances(self, self.year(year))

    def cliffs(self, *, year: int | None = None) -> Cliffs:
        """Return what one more or one fewer event would do to every score and grade.  多一起、少一起事件的影响。"""
        from .cliffs import find_cliffs

        return find_cliffs(self, self.year(year))

    def bunching(self, *, window: float = 0.05) -> pd.DataFrame:
        """Return, by item, how many values lie just above the milestone and just below.  门槛上下的聚集。"""
        from .bunching import find_bunching

        return find_bunching(self, window=window)

    def robustness(self, draws: int = 1000, rng: Any = 0, **options: Any) -> RobustnessStudy:
        """Return how scores, ranks and grades would stand under other fair choices.

        检验换一种合理做法时得分、名次与等次是否改变。options 见 :func:`~.robustness.cards.study_card`。
        """
        from .robustness.cards import study_card

        return study_card(self, draws=draws, rng=rng, **options)

    def plot(self, ax: Axes | None = None, *, language: str | None = None, year: int | None = None) -> Axes:
        """Draw the score sheet: divisions by tasks, coloured by the share of points reached.  绘制计分热图。"""
        from .card_plots import plot_sheet

        return plot_sheet(self, self.year(year), ax, language=language)

    def plot_tiles(self, *, language: str | None = None, year: int | None = None) -> Figure:
        """Draw the ten divisions as tiles in their places, with score and grade.  绘制各单位方格图。"""
        from .card_plots import plot_tiles

        return plot_tiles(self, self.year(year), language=language)


def appraise(
    returns: Returns | IndicatorValues, plan: Plan, *, year: int | Sequence[int] | None = None,
    rules: str | Path | AppraisalRules = "suzhou-default", evidence: pd.DataFrame | None = None, vetoes: pd.DataFrame | None = None,
    readings: Mapping[str, str] | None = None,
) -> ScoreCard:  # fmt: skip
    """Appraise every division, and the city, against a plan's milestones by a rule file.

    按规则文件，对照年度任务考评各县级市(区)及全市。

    Parameters
    ----------
    returns : Returns or IndicatorValues
        What divisions reported.
    year : int, sequence of int, optional
        One year or several; every year of the plan by default.
    rules : str, path or AppraisalRules
        A bundled rule file, a YAML file, or rules already loaded.
    evidence : DataFrame, optional
        Of deliverables, one row an assessor: deliverable, division, year, level, evidence, assessor.
    vetoes : DataFrame, optional
        One-vote vetoes, one a row: veto, division, year, state (confirmed, pending, dismissed), evidence, date.
    readings : mapping, optional
        Readings of ambiguities; the defaults otherwise.

    Returns
    -------
    ScoreCard
        ``.frame``, ``.scores``, ``.grades``, ``.explain(division, task)``, ``.distances()``, ``.cliffs()``, ``.robustness()``.

    Raises
    ------
    PlanError
        A rule file that breaks its format or names what the plan lacks, with file and line.
    ReturnsError
        Evidence or vetoes that cannot be used, by row.
    UnknownNameError
        An unknown reading, or a year that the plan does not cover.

    Notes
    -----
    Score of a category 100 sum p s / sum p over its assessed items (p points, s share of points by the item's scale), total the
    weighted mean; then bonus, deductions, vetoes, rounding, grade. Bounds in numbers are compared exactly: 999 of 1000 is not
    100 %. The plan gives no points: the default rules are this project's assumption.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> card = sa.appraise(sa.load_synthetic_returns(), plan, year=2021, rules="practice-steps")
    >>> card.scores.loc[card.scores["division"] == "kunshan", ["score", "grade"]].values.tolist()
    [[83.0, '合格']]
    """
    values = returns if isinstance(returns, IndicatorValues) else compute_indicators(returns, plan=plan)
    used = rules if isinstance(rules, AppraisalRules) else load_appraisal_rules(rules, plan=plan)
    chosen = dict(readings or {})
    for name, reading in chosen.items():
        plan.ambiguity(name).reading(reading)
    inputs = Inputs(values, evidence, vetoes, chosen)
    cards = _cards(inputs, used, plan, _years(year, plan))
    # A rule's own status is told by explain and figures: it is no property of the data.
    papers = ["" if t is None else fingerprint(t.astype(str)) for t in (evidence, vetoes)]
    data = fingerprint("|".join([values.made.fingerprint, used.fingerprint, str(sorted(chosen.items())), *papers]))
    made_up = [Status.SYNTHETIC] if evidence is not None and (evidence["evidence"] == PAPER).any() else []
    status = weakest([values.made.status, used.file.status, *made_up])
    return ScoreCard(plan, used, cards, inputs, Made(f"appraisal {used.file.id} {used.file.version}", status, data))


def _years(year: int | Sequence[int] | None, plan: Plan) -> list[int]:
    years = list(plan.years) if year is None else [year] if isinstance(year, int) else sorted(set(year))
    for y in years:
        if y not in plan.years:
            raise UnknownNameError(unknown_name("year of the plan", "规划年度", y, [str(v) for v in plan.years]))
    return years


def _cards(inputs: Inputs, rules: AppraisalRules, plan: Plan, years: Iterable[int]) -> tuple[YearCard, ...]:
    levels = read_levels(inputs.evidence, rules.file, plan)
    vetoes = read_vetoes(inputs.vetoes, rules.file, plan)
    by = inputs.by_indicator()
    cards = tuple(
        score_year(by, rules.file, plan, y, readings=inputs.readings, levels=levels, reported_vetoes=vetoes)
        for y in years
    )
    for card in cards:
        if not card.columns:
            raise ReturnsError(Problem("nothing_due", f"the rules score nothing in {card.year}.", f"规则在 {card.year} 年没有应评项。"))  # fmt: skip
    return cards


def rescore(card: ScoreCard, *, rules: AppraisalRules | None = None, readings: Mapping[str, str] | None = None) -> ScoreCard:  # fmt: skip
    """Return the same data appraised by other rules or readings.  以另一规则或读法重新计分。

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> card = sa.appraise(sa.load_synthetic_returns(plan), plan, year=2021)  # synthetic
    >>> other = rescore(card, rules=sa.load_appraisal_rules("practice-steps", plan=plan))
    >>> bool((other.scores["score"] == card.scores["score"]).all())
    False
    """
    return appraise(
        card.inputs.values, card.plan, year=[c.year for c in card.years], rules=rules or card.rules,
        evidence=card.inputs.evidence, vetoes=card.inputs.vetoes, readings={**card.inputs.readings, **(readings or {})},
    )  # fmt: skip
