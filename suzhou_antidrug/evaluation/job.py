"""The main job: evaluate a plan, in the order a reader would do it by hand.

主任务：按人工评估的顺序评估一份规划。

Read the plan; look at the published record from past years; say what it cannot decide; judge the returns against the
milestones; appraise the divisions; look ahead to every headline target; write it all down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PlanError, Problem
from ..indicators.compute import IndicatorValues, compute_indicators
from ..indicators.milestones import MilestoneVerdicts, judge_milestones
from ..outlook.joint import JointOutlook, assess_jointly
from ..plan.loader import load_plan
from ..plan.model import Plan
from ..provenance import Made, fingerprint, package_version
from ..results import Explanation, Result, line
from ..returns.bridges import with_bridges
from ..returns.schema import Returns
from ..returns.synthetic import load_synthetic_returns, load_synthetic_truth, make_synthetic_returns
from ..terms import Text
from .appraisal_section import card_of
from .promises import Promises, assess_promises, compare_with_truth
from .record import RecordAssessment, assess_record

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..appraisal.robustness.study import RobustnessStudy
    from ..appraisal.scorecard import ScoreCard

DEFAULT_PLAN = "suzhou-2020"


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation(Result):
    """The whole evaluation of a plan.  一份规划的完整评估。

    ``card`` and ``study`` are there where the plan has appraisal rules. ``record`` and ``gaps`` are there where no returns were given: the published record near the plan's targets, and
    what it lacks. ``truth`` is there for the bundled synthetic returns, whose truth is known.
    """

    plan: Plan
    origin: int
    returns: Returns
    values: IndicatorValues
    milestones: MilestoneVerdicts
    promises: Promises
    joint: JointOutlook
    card: ScoreCard | None
    study: RobustnessStudy | None
    record: RecordAssessment | None
    gaps: pd.DataFrame | None
    truth: pd.DataFrame | None
    made: Made
    suppressed: Text | None = None  # the rule that figures were taken out by, where any were

    @property
    def frame(self) -> pd.DataFrame:
        """The verdicts on the headline targets, city and divisions."""
        return self.promises.frame

    def explain(self) -> Explanation:
        """What was evaluated, on which data, and the city's verdicts."""
        head = (
            line("规划", "plan", self.plan.name),
            line("预测起点", "origin", str(self.origin)),
            line("报表行数", "rows of returns", str(len(self.returns.frame))),
        )
        return Explanation(Text("规划评估", "Evaluation of the plan"), (*head, *self.promises.explain().lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the probabilities of all headline targets.  绘制全部总目标的概率。"""
        return self.promises.plot(ax, language=language)

    def manifest(self) -> dict[str, Any]:
        """Versions, seed and fingerprints: enough to make the evaluation again."""
        import platform
        from importlib.metadata import version

        needed = ("numpy", "pandas", "scipy", "pydantic", "matplotlib")
        parts = {"plan": self.plan.fingerprint, "returns": self.returns.made.fingerprint}
        if self.card is not None:
            parts["appraisal_rules"] = self.card.rules.fingerprint
        if self.record is not None:
            parts["published_record"] = self.record.made.fingerprint
        made = {
            "job": "evaluate",
            "plan": self.plan.id,
            "origin": self.origin,
            "seed": self.made.seed,
            "status_of_returns": str(self.made.status),
            "fingerprints": parts,
            "versions": {"suzhou_antidrug": package_version(), "python": platform.python_version()}
            | {name: version(name) for name in needed},
        }
        return with_bridges(made, self.returns.bridges)

    def write(
        self,
        out: str | Path,
        *,
        overwrite: bool = False,
        show_small: str | None = None,
        previous: str | Path | None = None,
        pdf: bool = False,
    ) -> Path:
        """Write page, figures, tables and manifest to a folder; return the path of the page.  写出报告。

        Small counts of persons and cases, and what would give them back, are suppressed unless the data are synthetic or
        ``show_small`` gives the reason for showing them, which is written into the manifest. Judgements rest on all data.
        ``previous`` is the folder of an earlier release, so that the two side by side tell no small count either.
        ``pdf`` writes the Word report as PDF too, which needs LibreOffice.
        """
        from ..indicators.small_counts import Gate
        from .output import write_evaluation

        gate = Gate(override=show_small, previous=None if previous is None else Path(previous))
        return write_evaluation(self, Path(out), overwrite=overwrite, gate=gate, pdf=pdf)


def evaluate(
    returns: Returns | None = None,
    plan: Plan | str | Path | None = None,
    *,
    origin: int | None = None,
    readings: Mapping[str, str] | None = None,
    rules: str | Path | None = None,
    evidence: pd.DataFrame | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    show_small: str | None = None,
    draws: int = 4000,
    rng: int = 0,
) -> Evaluation:
    """Evaluate a plan on returns, or on the bundled data where none are given.

    以报表评估规划；不给报表时使用自带数据(公开数据与合成数据)。

    Parameters
    ----------
    returns : Returns, optional
        From :func:`~suzhou_antidrug.returns.read_returns`. Without returns the published record is looked at from past
        years, what it cannot decide is named, and **synthetic** returns show the rest (for another plan than Suzhou's,
        synthetic returns alone, made from that plan).
    plan : Plan, str or path, optional
        The plan, ``"suzhou-2020"`` by default.
    origin : int, optional
        The year to stand in: the last year with reports, at most the plan's last, by default; 2021 for bundled data.
    readings : mapping, optional
        Reading by ambiguity; the default reading otherwise.
    rules : str or path, optional
        Appraisal rules; the bundled ones of the plan by default, and no appraisal where there are none.
    evidence : DataFrame, optional
        Of deliverables, as for :func:`~suzhou_antidrug.appraisal.scorecard.appraise`.
    out : path, optional
        Folder to write to; nothing is written without it.
    show_small : str, optional
        The reason for writing small counts of persons and cases, which are suppressed otherwise.
    rng : int
        Seed. Every place and target derives its own from it.

    Raises
    ------
    PlanError, UnknownNameError, OutputError
        A bad plan, an unknown reading, a year outside the plan, an output folder that is in use.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> result = sa.evaluate(draws=500)
    >>> len(result.promises.of_city())
    12
    """
    law = plan if isinstance(plan, Plan) else load_plan(DEFAULT_PLAN if plan is None else plan)
    law.require_targets()
    bundled, truth = returns is None, None
    if returns is None:
        returns, truth = _bundled(law)
    stand = _origin(origin, returns, law, bundled=bundled)
    values = compute_indicators(returns, plan=law)
    promises = assess_promises(values, plan=law, origin=stand, readings=readings, draws=draws, seed=rng)
    joint = assess_jointly(values, plan=law, origin=stand, readings=readings, draws=draws, seed=rng)
    years = [y for y in law.years if y <= stand]
    milestones = judge_milestones(values, plan=law, years=years, readings=readings)
    card, study = card_of(
        values, law, years, rules=rules, evidence=evidence, bundled=bundled, readings=readings, seed=rng
    )
    record = assess_record(draws=draws, seed=rng) if bundled and law.id == DEFAULT_PLAN else None
    made = Made("evaluate", values.made.status, fingerprint(law.fingerprint + returns.made.fingerprint), rng)
    result = Evaluation(
        plan=law,
        origin=stand,
        returns=returns,
        values=values,
        milestones=milestones,
        promises=promises,
        joint=joint,
        card=card,
        study=study,
        record=record,
        gaps=find_gaps(law, record) if record is not None else None,
        truth=compare_with_truth(promises, truth) if truth is not None else None,
        made=made,
    )
    if out is not None:
        result.write(out, overwrite=overwrite, show_small=show_small)
    return result


def _bundled(plan: Plan) -> tuple[Returns, pd.DataFrame]:
    """Return synthetic returns and their truth: the stored ones for Suzhou, made anew for any other plan."""
    if plan.id == DEFAULT_PLAN:
        return load_synthetic_returns(plan), load_synthetic_truth()
    return make_synthetic_returns(plan)


def _origin(origin: int | None, returns: Returns, plan: Plan, *, bundled: bool) -> int:
    seen = returns.frame.loc[returns.frame["status"] != "missing", "period"].map(lambda p: p.year)
    last = int(seen.max()) if len(seen) else plan.last_year
    if origin is None:
        return min(last, plan.last_year - 1 if bundled else plan.last_year)
    if not plan.base_year <= origin <= plan.last_year:
        raise PlanError(
            Problem(
                code="origin_outside_plan",
                en=f"origin {origin} lies outside {plan.base_year} to {plan.last_year}.",
                zh=f"预测起点 {origin} 不在 {plan.base_year}-{plan.last_year} 之内。",
                advice_en="Stand in the base year or in a year of the plan.",
                advice_zh="请选基期年或规划期内的年份。",
            )
        )
    return origin


def find_gaps(plan: Plan, record: RecordAssessment) -> pd.DataFrame:
    """Say for each decrease what the public record holds on the city and what is missing.  公开数据缺什么。

    Columns: target, what is public for the city, why it cannot decide, and the figures to fill in for each year.
    """
    import pandas as pd

    city = plan.geography.city.name
    rows = []
    for target in plan.targets:
        if target.group != "decrease":
            continue
        indicator = plan.indicator(target.indicator)
        own = [s for s in record.series if s.near.target == target.id and s.near.place.zh == city.zh]
        public = "; ".join(f"{s.near.name.zh} {len(s.table)} 个全年" for s in own) or "无"
        public_en = "; ".join(f"{s.near.name.en}: {len(s.table)} full years" for s in own) or "none"
        parts = [p for p in (indicator.numerator, indicator.denominator) if p is not None]
        needed_zh = "、".join(p.name.zh for p in parts) or indicator.name.zh
        needed_en = ", ".join(p.name.en for p in parts) or indicator.name.en
        known = sorted({s.near.relation for s in own}, key=lambda relation: relation.zh)
        held = Text("；".join(r.zh for r in known), "; ".join(r.en for r in known))
        rows.append(
            {
                "target": target.id,
                "name": target.name,
                "public": Text(public, public_en),
                "why": Text(
                    "没有该指标的任何公开年度值" + (f"（已有数：{held.zh}）" if known else ""),
                    "no yearly value of this indicator is public" + (f" (known: {held.en})" if known else ""),
                ),
                "needed": Text(needed_zh, needed_en),
                "years": f"{plan.base_year}-{plan.last_year}",
                "verdict": "not_assessable",
            }
        )
    return pd.DataFrame(rows)
