"""Will the drug residues of sewage fall: each biomarker, their index, and all of them together.

生活污水毒品代谢物能否下降：逐一标志物、加权指数，以及合起来的结论。

The plan says 主要毒品代谢物 and names none. Each biomarker gets its own outlook, with the error of measurement in its
history; the declared weights make an index of ratios to the base. Asking that all fall, or that none rises, changes the
error rate, so the three are told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UnknownNameError, refusal, unknown_name
from ..indicators.wastewater.period_loads import PeriodLoads
from ..indicators.wastewater.substances import resolve_biomarker
from ..plotting import COLOURS, finish, mark_status, new_axes, style
from ..provenance import Made, derive_seed
from ..results import Explanation, Result, line
from ..terms import Text
from ..verdicts import Judgement, Verdict, judge_probability, probability_text
from .attainment import Outlook, assess_target
from .engine import METHOD
from .readings import fall_rule, loads_of_place, resolve_readings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ..plan.model import Plan

    Floats = NDArray[np.float64]

# Between two biomarkers of one city and month, after a trend: the median of 28 pairs of eight biomarkers over seven
# cities, quartiles 0.20 and 0.51; computed from Statistics Canada tables 13-10-0820-01 and 13-10-0871-01.
CORRELATION = 0.33


@dataclass(frozen=True, slots=True, eq=False)
class ResidueOutlook(Result):
    """The outlook of several biomarkers of one place.  某地各标志物的联合前景。

    ``ratios`` are draws of the target year over the base, (biomarkers, draws), NaN rows where a biomarker has none.
    """

    outlooks: tuple[Outlook, ...]
    biomarkers: tuple[str, ...]
    weights: tuple[float, ...]
    ratios: Floats
    minimum_fall: float
    evidence: float
    correlation: float
    made: Made

    @property
    def assessable(self) -> bool:
        """Whether every biomarker has a probability."""
        return bool(np.isfinite(self.ratios).all()) and self.ratios.shape[1] > 0

    @property
    def probability_all_fall(self) -> float:
        """P(every biomarker falls by at least the reading's share).  全部下降的概率。"""
        return self._share((self.ratios <= 1 - self.minimum_fall + 1e-9).all(axis=0))

    @property
    def probability_index_falls(self) -> float:
        """P(the weighted mean of ratios to the base falls by at least that share).  加权指数下降的概率。"""
        index = np.asarray(self.weights) @ self.ratios
        return self._share(index <= 1 - self.minimum_fall + 1e-9)

    @property
    def probability_any_rises(self) -> float:
        """P(at least one biomarker stands above its base).  至少一种上升的概率。"""
        return self._share((self.ratios > 1).any(axis=0))

    def _share(self, hits: Any) -> float:
        return float(np.mean(hits)) if self.assessable else float("nan")

    @property
    def bounds_all_fall(self) -> tuple[float, float]:
        """P(all fall) under any dependence (Fréchet).  任何相依关系下的界限。"""
        p = [o.probability for o in self.outlooks]
        low = max(0.0, sum(0.0 if np.isnan(x) else x for x in p) - (len(p) - 1))
        return low, min(1.0 if np.isnan(x) else x for x in p)

    def judge(self, question: str) -> Judgement:
        """Return the verdict on ``"all_fall"``, ``"index_falls"`` or ``"none_rises"``.  三种问法的评判。"""
        asked = {
            "all_fall": self.probability_all_fall,
            "index_falls": self.probability_index_falls,
            "none_rises": 1 - self.probability_any_rises,
        }
        if question not in asked:
            raise UnknownNameError(unknown_name("question", "问法", question, asked))
        if not self.assessable:
            lacking = [b for b, o in zip(self.biomarkers, self.outlooks, strict=True) if np.isnan(o.probability)]
            return Judgement(
                Verdict.NOT_ASSESSABLE, Text(f"{'、'.join(lacking)} 不可评", f"{', '.join(lacking)} not assessable")
            )
        return judge_probability(asked[question], evidence=self.evidence)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a biomarker, then the three joint questions: probability, verdict, reason."""
        import pandas as pd

        rows: list[dict[str, Any]] = [
            {"what": b, "weight": w, "probability": o.probability, "verdict": str(o.verdict),
             "reason_zh": o.judgement.reason.zh, "reason_en": o.judgement.reason.en}
            for b, w, o in zip(self.biomarkers, self.weights, self.outlooks, strict=True)
        ]  # fmt: skip
        for name, p in (
            ("all_fall", self.probability_all_fall), ("index_falls", self.probability_index_falls),
            ("none_rises", 1 - self.probability_any_rises),
        ):  # fmt: skip
            judged = self.judge(name)
            rows.append({"what": name, "weight": float("nan"), "probability": p, "verdict": str(judged.verdict),
                         "reason_zh": judged.reason.zh, "reason_en": judged.reason.en})  # fmt: skip
        return pd.DataFrame(rows)

    def explain(self) -> Explanation:
        """Biomarkers, weights, the three questions, the dependence taken."""

        def said(p: float) -> str:
            return "-" if np.isnan(p) else probability_text(p)

        low, high = self.bounds_all_fall
        return Explanation(
            Text("污水毒品代谢物前景", "Outlook of drug residues"),
            (
                *(
                    (resolve_biomarker(b).name, Text(f"{o.verdict.text.zh}，{o.judgement.reason.zh}（权重 {w:g}）",
                                                     f"{o.verdict.text.en}, {o.judgement.reason.en} (weight {w:g})"))
                    for b, w, o in zip(self.biomarkers, self.weights, self.outlooks, strict=True)
                ),
                line("全部下降", "all fall", said(self.probability_all_fall)),
                line("任何相依关系下的界限", "bounds under any dependence", f"{low:.2f}-{high:.2f}"),
                line("加权指数下降", "the weighted index falls", said(self.probability_index_falls)),
                line("至少一种上升", "any rises", said(self.probability_any_rises)),
                line("标志物间误差相关", "correlation between biomarkers",
                     Text(f"{self.correlation:g}（加拿大七城月度序列，28对的中位数）",
                          f"{self.correlation:g} (median of 28 pairs, seven Canadian cities by month)")),
                line("注意", "note", Text("经典标志物下降也可能是转用依托咪酯等新物质",
                                         "a fall of the classical markers may be substitution by etomidate and others")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the ratio to the base of each biomarker and of the index, with 50, 80 and 95 % spans.  绘制各标志物比值。"""
        with style(language):
            ax = new_axes(ax, height=1.3 + 0.45 * (len(self.biomarkers) + 1))
            rows = [*self.ratios, np.asarray(self.weights) @ self.ratios]
            names = [str(resolve_biomarker(b).name) for b in self.biomarkers] + [
                str(Text("加权指数", "weighted index"))
            ]
            for y, draws in enumerate(rows):
                seen = draws[np.isfinite(draws)]
                if not len(seen):
                    ax.text(1.0, y, str(Verdict.NOT_ASSESSABLE.text), va="center", color=COLOURS["not_assessable"])
                    continue
                for level, width in ((0.95, 1.5), (0.8, 3.5), (0.5, 6.5)):
                    ends = np.quantile(seen, [(1 - level) / 2, (1 + level) / 2])
                    ax.plot(ends, [y, y], color=COLOURS["band"], linewidth=width, solid_capstyle="butt")
                ax.plot(np.median(seen), y, "o", color=COLOURS["forecast"], markersize=5)
            ax.axvline(1, color=COLOURS["observed"], linewidth=0.9)
            ax.axvline(1 - self.minimum_fall, color=COLOURS["target"], linewidth=1.2, linestyle="--")
            ax.set_yticks(range(len(names)), names)
            ax.set_ylim(len(names) - 0.4, -0.6)
            _ratio_axis(ax)
            ax.set_xlabel(str(Text("目标年负荷 ÷ 基期负荷", "load of the target year / base")))
            mark_status(ax, self.made.status)
            return finish(ax)


def _ratio_axis(ax: Axes) -> None:
    """Show ratios on a log axis: a halving is as far to the left as a doubling to the right."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ticks = [t for t in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0) if low <= t <= high]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.set_xticks([], minor=True)


def assess_residues(
    loads: PeriodLoads,
    *,
    plan: Plan,
    origin: int,
    biomarkers: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    target: str = "wastewater",
    by: int | None = None,
    division: str | None = None,
    reading: str | Mapping[str, str] | None = None,
    correlation: float = CORRELATION,
    rng: int = 0,
    draws: int = 4000,
) -> ResidueOutlook:
    """Say how probable it is that drug residues of sewage fall: each, their index, all, any rising.

    说明污水毒品代谢物下降的概率：逐一、加权指数、全部，以及是否有上升。

    Each biomarker's yearly series, with its standard errors, is assessed as :func:`~suzhou_antidrug.assess_target` does;
    the index is ``sum w_b ratio_b`` with ratios to each biomarker's base and ``weights`` (equal unless declared; made to
    sum to 1). Ranks of the biomarkers' draws are correlated by a Gaussian copula.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for an unknown biomarker, place or reading, and
    :class:`~suzhou_antidrug.errors.SeriesError` for weights that are negative or all zero.

    >>> import pandas as pd, suzhou_antidrug as sa
    >>> days = [f"{y}-{m}-{d}" for y in range(2016, 2022) for m in ("03", "09") for d in ("03", "07")]
    >>> sheet = pd.concat([pd.DataFrame({"plant": "A", "biomarker": b, "start": pd.to_datetime(days), "population": 1e5,
    ...     "load": [30 - 2 * i // 4 for i in range(24)]}) for b in ("methamphetamine", "ketamine")], ignore_index=True)
    >>> found = sa.assess_residues(sa.summarise_loads(sa.loads_from_frame(sheet), by="city"), plan=sa.load_plan("suzhou-2020"),
    ...                            origin=2021, draws=500)
    >>> bool(found.probability_all_fall <= found.probability_index_falls)
    True
    """
    wanted = plan.target(target)
    place = plan.geography.city if division is None else plan.geography.resolve(division)
    readings = resolve_readings(wanted, plan, reading)
    rule = fall_rule(readings)
    if rule.evidence is None:
        raise refusal("reading", "this reading compares printed values only.", "本读法只比较数值，不给概率。")
    site = loads.table["site"].iloc[0] if loads.by == "city" else None
    names = [resolve_biomarker(b).id for b in biomarkers] if biomarkers else loads.table["biomarker"].unique().tolist()
    share = _weights(names, weights)
    outlooks = []
    for name in names:
        one = _only(loads, name)
        series = loads_of_place(one, place, {}) if site is None else one.series(site, name)
        outlooks.append(assess_target(
            series, target=target, plan=plan, origin=origin, by=by, reading=reading, division=division,
            rng=derive_seed(rng, name, origin), draws=draws, status=loads.made.status,
        ))  # fmt: skip
    ratios = _together(
        [o.ratios for o in outlooks], correlation, draws, np.random.default_rng(derive_seed(rng, "copula"))
    )
    made = Made(METHOD, loads.made.status, loads.made.fingerprint, rng)
    return ResidueOutlook(
        tuple(outlooks), tuple(names), share, ratios, rule.minimum_fall, rule.evidence, correlation, made
    )


def _only(loads: PeriodLoads, biomarker: str) -> PeriodLoads:
    rows = loads.table[loads.table["biomarker"] == biomarker]
    if rows.empty:
        known = loads.table["biomarker"].unique().tolist()
        raise UnknownNameError(unknown_name("biomarker of the loads", "负荷数据中的标志物", biomarker, known))
    return PeriodLoads(rows.reset_index(drop=True), loads.by, loads.frequency, loads.made)


def _weights(names: Sequence[str], given: Mapping[str, float] | None) -> tuple[float, ...]:
    if given is None:
        return tuple(1 / len(names) for _ in names)
    declared = {resolve_biomarker(k).id: float(v) for k, v in given.items()}
    for name in (*names, *declared):
        if name not in declared or name not in names:
            raise UnknownNameError(
                unknown_name("weighted biomarker", "加权标志物", name, sorted({*declared} & {*names}))
            )
    total = sum(declared.values())
    if min(declared.values()) < 0 or total <= 0:
        raise refusal("weights", "weights must not be negative, nor all zero.", "权重不能为负，也不能全为零。")
    return tuple(declared[n] / total for n in names)


def _together(ratios: Sequence[Floats], correlation: float, draws: int, rng: np.random.Generator) -> Floats:
    """Return draws of all biomarkers side by side, their ranks correlated by one common factor."""
    if not 0 <= correlation < 1:
        raise ValueError(f"correlation must lie in 0 to below 1, got {correlation}")
    common = rng.standard_normal(draws)
    out = np.full((len(ratios), draws), np.nan)
    for i, own in enumerate(ratios):
        if len(own) != draws:
            continue
        z = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.standard_normal(draws)
        out[i] = np.sort(own)[np.argsort(np.argsort(z))]
    return out
