"""The comprehensive appraisal of a plan's last year: the years weighed, the headline targets beside them.

综合考评：各年得分加权，并计总目标的评判。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Problem, ReturnsError, refusal, unknown_name
from ..geography import find_place
from ..provenance import Made
from ..results import Explanation, Result, line
from ..terms import Text
from ..verdicts import Verdict
from .rules.loader import AppraisalRules
from .scoring.grading import NO_GRADE, grade_of, round_scores
from .scoring.tables import UNDETERMINED, grade_name

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from .rules.model import AppraisalRuleFile
    from .scorecard import ScoreCard

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ComprehensiveCard(Result):
    """Comprehensive scores of divisions and city.  各单位与全市的综合考评。"""

    table: pd.DataFrame
    rules: AppraisalRules
    names: dict[str, Text]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a place: score of each year, of the targets, targets met, not met and not told; score, bounds, grade, rank."""
        return self.table.copy()

    def explain(self, division: str | None = None) -> Explanation:
        """The rule, or how a place came to its score."""
        whole = self.rules.file.comprehensive
        assert whole is not None
        share = float(Fraction(whole.targets_weight))
        weights = Text(
            f"{'、'.join(f'{y} 年 {float(Fraction(w)):.0%}' for y, w in whole.years.items())}；总目标占 {share:.0%}",
            f"{', '.join(f'{y} {float(Fraction(w)):.0%}' for y, w in whole.years.items())}; headline targets {share:.0%}",
        )
        if division is None:
            return Explanation(Text("综合考评", "Comprehensive appraisal"), (line("权重", "weights", weights), line("规则", "rules", Text(f"{self.rules.file.name.zh}（{self.rules.file.status.text.zh}）", f"{self.rules.file.name.en} ({self.rules.file.status.text.en})")), line("数据状态", "status", self.made.status.text)))  # fmt: skip
        place = find_place(self.names, division)
        r = self.table[self.table["division"] == place].iloc[0]
        return Explanation(
            Text(f"{self.names[place].zh}综合考评", f"{self.names[place].en}, comprehensive"),
            (
                *(line(f"{y} 年", str(y), f"{r[f'score_{y}']:g}") for y in whole.years),
                line("总目标", "headline targets", Text(f"达成 {r['met']}，未达成 {r['not_met']}，不能断定 {r['untold']}", f"{r['met']} met, {r['not_met']} not met, {r['untold']} cannot be told")),
                line("权重", "weights", weights),
                line("得分", "score", Text(f"{r['score']:g}（最坏 {r['low']:g}，最好 {r['high']:g}）", f"{r['score']:g} (worst {r['low']:g}, best {r['high']:g})")),
                line("等次", "grade", Text("不可定", "undetermined") if r["grade"] == UNDETERMINED else grade_name(r["grade"], self.rules.file)),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip


def appraise_comprehensive(card: ScoreCard, verdicts: pd.DataFrame) -> ComprehensiveCard:
    """Return the comprehensive appraisal from yearly cards and verdicts on the headline targets.

    由各年考评与总目标评判得出综合考评。

    S = (1 - v) sum w_y S_y + v T, with v the weight of targets, w_y of years, and T = 100 times the mean share of the verdicts
    that the rules score. A verdict that they do not score (insufficient evidence, not assessable) is left out of T, and the
    bounds let it be the worst or the best; where the two fall into different grades the grade is undetermined.

    Parameters
    ----------
    card : ScoreCard
        With every year that the rules weigh.
    verdicts : DataFrame
        Columns target, division, verdict, as in ``sa.assess_promises(...).frame``; a division without a row for a target that
        the plan asks of divisions counts as not told.

    Raises
    ------
    SeriesError
        Rules without a comprehensive part, or a card that lacks a year.
    ReturnsError
        Verdicts without the columns, of unknown targets or places, that are no verdict, or twice for one place.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> returns = sa.load_synthetic_returns(plan)
    >>> promises = sa.assess_promises(returns, plan=plan, origin=2022, draws=200)  # synthetic
    >>> whole = appraise_comprehensive(sa.appraise(returns, plan), promises.frame)
    >>> bool(whole.frame["score"].between(0, 100).all())
    True
    """
    import pandas as pd

    file = card.rules.file
    whole = file.comprehensive
    if whole is None:
        raise refusal("no_rule", f"the rules {file.id} say nothing of a comprehensive appraisal.", f"规则 {file.id} 没有综合考评的规定。", "Add a part `comprehensive`.", "请增加 comprehensive 部分。")  # fmt: skip
    cards = {c.year: c for c in card.years}
    if lacking := [y for y in whole.years if y not in cards]:
        raise refusal("year", f"the card lacks {', '.join(map(str, lacking))}.", f"考评缺少 {'、'.join(map(str, lacking))} 年。", "Appraise every year of the plan.", "请考评规划的各年。")  # fmt: skip
    places = list(card.plan.geography.place_ids)
    counts, target = _targets(card, verdicts, whole.verdict_shares)
    v = Fraction(whole.targets_weight)
    ends = []
    for end, key in enumerate(("score", "score_low", "score_high")):
        yearly = {y: getattr(cards[y], key) for y in whole.years}
        ends.append(_mix({y: Fraction(w) for y, w in whole.years.items()}, yearly, v, [t[end] for t in target], Fraction(file.total)))  # fmt: skip
    (score, grade), (low, worst), (high, best) = (_settled(exact, file) for exact in ends)
    names = np.array([*(b.grade for b in file.grades), ""], dtype=object)
    rank = np.full(len(places), np.nan)
    known = np.flatnonzero(~np.isnan(score[1:])) + 1
    rank[known] = pd.Series(score[known]).rank(ascending=False, method="min").to_numpy()
    table = pd.DataFrame(
        {"division": places, **{f"score_{y}": cards[y].score for y in whole.years}, **counts, "score": score, "low": low, "high": high,
         "grade": np.where(grade == NO_GRADE, "", np.where(worst == best, names[grade], UNDETERMINED)),
         "grade_low": names[worst], "grade_high": names[best], "rank": rank}
    )  # fmt: skip
    where = card.plan.geography.place_names
    return ComprehensiveCard(table, card.rules, where, replace(card.made, method=f"comprehensive {file.id}"))


def _settled(exact: list[Fraction | None], file: AppraisalRuleFile) -> tuple[Floats, NDArray[np.int64]]:
    """Round and grade exact scores."""
    value = np.array([np.nan if e is None else float(e) for e in exact])
    rounded = round_scores(value, file, lambda p: exact[p])
    if file.rounding.before_grading:
        return rounded, grade_of(rounded, file, lambda p: Fraction(f"{rounded[p]:.{file.rounding.digits}f}"))
    return rounded, grade_of(value, file, lambda p: exact[p])


Ends = tuple[Fraction | None, Fraction, Fraction]


def _targets(card: ScoreCard, verdicts: pd.DataFrame, shares: Mapping[str, str]) -> tuple[dict[str, Floats], list[Ends]]:  # fmt: skip
    """Return counts of verdicts, and the mean share of each place: as told, at worst, at best."""
    import pandas as pd

    lacking = [c for c in ("target", "division", "verdict") if c not in verdicts]
    if lacking:
        raise ReturnsError([Problem("column_missing", f"the column {c} is missing.", f"缺少列 {c}。", file="verdicts", column=c) for c in lacking])  # fmt: skip
    ids = [t.id for t in card.plan.targets]
    problems = [
        Problem("unknown", f"{t} is no target of the plan.", f"规划没有总目标 {t}。", file="verdicts", column="target", value=str(t))
        for t in dict.fromkeys(verdicts["target"]) if t not in ids
    ]  # fmt: skip
    twice = verdicts[verdicts.duplicated(["target", "division"])]
    problems += [Problem("twice", f"{r.target} of {r.division} stands twice.", f"{r.division} 的 {r.target} 重复。", file="verdicts") for r in twice.itertuples()]  # fmt: skip
    places = list(card.plan.geography.place_ids)
    for column, known, en, zh in (("division", places, "place of the plan", "单位"), ("verdict", [str(v) for v in Verdict], "verdict", "评判")):  # fmt: skip
        for name in dict.fromkeys(verdicts[column].astype(str)):
            if name not in known:
                unknown = unknown_name(en, zh, name, known)
                problems.append(replace(unknown, file="verdicts", column=column))
    if problems:
        raise ReturnsError(problems)
    table = verdicts.pivot(index="division", columns="target", values="verdict").reindex(index=places, columns=ids)
    asked = pd.DataFrame({t.id: [True, *[card.plan.indicator(t.indicator).by_division] * (len(places) - 1)] for t in card.plan.targets}, index=places)  # fmt: skip
    worth = [Fraction(s) for s in shares.values()]
    counts = {name: np.array([int(((table.loc[p] == name) & asked.loc[p]).sum()) for p in places]) for name in ("met", "not_met")}  # fmt: skip
    told: list[Ends] = []
    untold = []
    for place in places:
        mine = table.loc[place][asked.loc[place]]
        scored = [Fraction(shares[str(x)]) for x in mine if str(x) in shares]
        gaps = len(mine) - len(scored)
        untold.append(gaps)
        count = len(mine) or 1
        total = sum(scored, Fraction(0))
        told.append((total / len(scored) if scored else None, (total + gaps * min(worth)) / count, (total + gaps * max(worth)) / count))  # fmt: skip
    counts["untold"] = np.array(untold)
    return {**counts, "target_score": np.array([np.nan if t[0] is None else float(100 * t[0]) for t in told])}, told


def _mix(weights: Mapping[int, Fraction], yearly: Mapping[int, Floats], v: Fraction, target: list[Fraction | None], total: Fraction) -> list[Fraction | None]:  # fmt: skip
    out: list[Fraction | None] = []
    for p, share in enumerate(target):
        scores = {y: yearly[y][p] for y in weights}
        if share is None or any(s != s for s in scores.values()):
            out.append(None)
            continue
        mean = sum(w * Fraction(repr(float(scores[y]))) for y, w in weights.items())
        out.append((1 - v) * mean + v * total * share)
    return out
