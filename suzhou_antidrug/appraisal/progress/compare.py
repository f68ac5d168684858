"""What the systems say on the same facts, where they disagree, and ours beside them.

各办法对同一事实的说法、何处不一致，以及本库的评判。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import UnknownNameError, unknown_name
from ...plotting import COLOURS, finish, new_axes, style
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import Verdict
from .facts import ProgressFacts, SystemLabels, said
from .healthy_people import healthy_people
from .ratio_rules import escap_current_status, eurostat, open_sdg, schedule, sdsn_arrows, un_progress_chart
from .reduction_rates import aarr
from .series_rules import anticipated_progress, distance_and_trend

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SYSTEMS: dict[str, Text] = {
    "open_sdg": Text("Open SDG／加拿大统计局", "Open SDG / Statistics Canada"),
    "eurostat": Text("欧盟统计局", "Eurostat"),
    "un_progress_chart": Text("联合国进展图", "UN Progress Chart"),
    "sdsn": Text("SDSN 箭头", "SDSN arrows"),
    "escap": Text("亚太经社会现状指数", "ESCAP current status"),
    "healthy_people": Text("健康人民计划", "Healthy People"),
    "schedule": Text("时序进度", "share of schedule (时序进度)"),
    "aarr_discrete": Text("年均率（离散）", "annual rate, discrete"),
    "aarr_continuous": Text("年均率（连续）", "annual rate, continuous"),
    "anticipated": Text("亚太经社会预期进展", "ESCAP anticipated progress"),
    "oecd_trend": Text("经合组织距离与趋势", "OECD distance and trend"),
    "milestone": Text("当年任务", "this year's milestone"),
    "ours": Text("本库", "this library"),
}
UNVERIFIED = (
    "eurostat",
    "sdsn",
    "schedule",
    "anticipated",
    "oecd_trend",
)  # labels, cuts or weights not seen at a source
STANDINGS: dict[str, tuple[Text, str]] = {
    "met": (Text("已达", "met"), "#009E73"),
    "on_the_way": (Text("进度正常", "on the way"), "#56B4E9"),
    "too_slow": (Text("偏慢", "too slow"), "#E69F00"),
    "away": (Text("背离", "away"), "#D55E00"),
    "undefined": (Text("无定义", "undefined"), "#BBBBBB"),
    "not_judged": (Text("不评", "not judged"), "#EEEEEE"),
}
OURS = {Verdict.MET: "met", Verdict.NOT_MET: "too_slow", Verdict.INSUFFICIENT_EVIDENCE: "not_judged", Verdict.NOT_ASSESSABLE: "not_judged"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ProgressComparison(Result):
    """Labels of every system for every case.  各办法对各项的评价。"""

    facts: ProgressFacts
    labels: tuple[SystemLabels, ...]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One case and system a row: case, system, label, standing, value, reason, unverified."""
        import pandas as pd

        parts = [
            pd.DataFrame({"case": self.facts.cases, "system": s.system, "label": s.label, "standing": s.standing, "value": s.value, "reason": s.reason, "unverified": s.system in UNVERIFIED})
            for s in self.labels
        ]  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    @property
    def disagreement(self) -> pd.Series:
        """By case, whether one published system calls it met or on the way and another too slow or away."""
        import pandas as pd

        published = [s.standing for s in self.labels if s.system not in ("ours", "milestone")]
        table = np.stack(published)
        good = np.isin(table, ("met", "on_the_way")).any(axis=0)
        bad = np.isin(table, ("too_slow", "away")).any(axis=0)
        return pd.Series(good & bad, index=list(self.facts.cases), name="disagreement")

    def explain(self, case: str | None = None) -> Explanation:
        """Every system's label of a case with its reason; without one, how often they disagree."""
        if case is None:
            differ = self.disagreement
            undefined = {s.system: int((s.standing == "undefined").sum()) for s in self.labels}
            return Explanation(
                Text("各办法比较", "Progress systems compared"),
                (
                    line("项数", "cases", str(len(self.facts))),
                    line("说法不一", "disagree", f"{int(differ.sum())}"),
                    *(line(f"{SYSTEMS[k].zh}无定义", f"{SYSTEMS[k].en}: undefined", str(n)) for k, n in undefined.items() if n),
                    line("未核实的办法", "unverified systems", Text("、".join(SYSTEMS[k].zh for k in UNVERIFIED if k in undefined), ", ".join(SYSTEMS[k].en for k in UNVERIFIED if k in undefined))),
                ),
            )  # fmt: skip
        if case not in self.facts.cases:
            raise UnknownNameError(unknown_name("case", "项目", case, self.facts.cases))
        at = self.facts.cases.index(case)
        return Explanation(
            Text(case, case), tuple((SYSTEMS[s.system], Text(f"{STANDINGS[str(s.standing[at])][0].zh}：{s.label[at]}（{s.reason[at]}）", f"{STANDINGS[str(s.standing[at])][0].en}: {s.label[at]} ({s.reason[at]})")) for s in self.labels)
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw a matrix of cases and systems, coloured and worded by what they come to.  绘制评价矩阵。"""
        with style(language):
            rows, columns = min(len(self.facts), 30), len(self.labels)
            ax = new_axes(ax, width=2.6 + 1.05 * columns, height=1.4 + 0.36 * rows)
            for j, system in enumerate(self.labels):
                for i in range(rows):
                    text, colour = STANDINGS[str(system.standing[i])]
                    ax.add_patch(_tile(j, i, colour))
                    ax.text(j, i, str(text), ha="center", va="center", fontsize=8)
            differ = self.disagreement.to_numpy()[:rows]
            names = [f"{c} ≠" if d else c for c, d in zip(self.facts.cases[:rows], differ, strict=True)]
            ax.set_yticks(range(rows), names)
            ax.set_xticks(range(columns), [str(SYSTEMS[s.system]) for s in self.labels], rotation=25, ha="right")
            ax.set_xlim(-0.5, columns - 0.5)
            ax.set_ylim(rows - 0.5, -0.5)
            ax.grid(False)
            ax.tick_params(length=0)
            ax.set_title(
                str(
                    Text(
                        "同样的事实，各种说法（≠ 为说法不一）", "The same facts, and what is said of them (≠ disagree)"
                    )
                )
            )
            for side in ax.spines.values():
                side.set_color(COLOURS["grid"])
            return finish(ax)


def _tile(x: float, y: float, colour: str):  # type: ignore[no-untyped-def]
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.45), 0.96, 0.9, color=colour, alpha=0.55, linewidth=0)


def compare_progress(
    facts: ProgressFacts, *, series: pd.DataFrame | None = None, ours: Mapping[str, Verdict] | None = None,
    status: Status | str = Status.REPORTED,
) -> ProgressComparison:  # fmt: skip
    """Return what published systems say of the same facts, this year's milestone, and ours beside them.

    比较各种公开办法、当年任务与本库评判对同一事实的说法。

    Seven systems judge the facts, annual rates of both kinds beside them; with ``series`` (columns case, time, value) also anticipated
    progress and OECD's trend, with their defaults (:mod:`~.series_rules` says which parts are assumed). ``ours`` maps cases to this
    library's verdicts. OECD's projection is not among them, for its formula was not seen; NHS charts (:func:`~.assurance.assure`)
    judge a process and stand on their own.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for a verdict on a case that is not there, and
    :class:`~suzhou_antidrug.errors.SeriesError` for a series as :func:`~.series_rules.anticipated_progress` does.

    >>> import pandas as pd
    >>> row = {"case": "a", "baseline": 0, "t0": 2019, "current": 1, "t": 2021, "target": 0, "t_target": 2022, "direction": -1}
    >>> found = compare_progress(ProgressFacts.from_frame(pd.DataFrame([row])))
    >>> sorted(set(found.frame["standing"]))
    ['undefined']
    """
    labels = [
        f(facts)
        for f in (open_sdg, eurostat, un_progress_chart, sdsn_arrows, escap_current_status, healthy_people, schedule)
    ]
    labels += [aarr(facts, kind="discrete"), aarr(facts, kind="continuous")]
    if series is not None:
        labels += [anticipated_progress(facts, series), distance_and_trend(facts, series)]
    if np.isfinite(facts.milestone).any():
        labels.append(_milestone(facts))
    if ours is not None:
        for name in ours:
            if name not in facts.cases:
                raise UnknownNameError(unknown_name("case", "项目", name, facts.cases))
        known = [ours.get(c) for c in facts.cases]
        label = np.array(["-" if v is None else str(v) for v in known])
        stand = np.array(["not_judged" if v is None else OURS[v] for v in known])
        labels.append(
            said("ours", label, stand, np.full(len(facts), np.nan), ["-" if v is None else v.text.zh for v in known])
        )
    data = np.stack([facts.baseline, facts.current, facts.target]).tobytes()
    if series is not None:
        data += series[["time", "value"]].to_numpy(dtype=float).tobytes()
    return ProgressComparison(facts, tuple(labels), Made("progress systems", Status(status), fingerprint(data)))


def _milestone(facts: ProgressFacts) -> SystemLabels:
    gap = facts.direction * (facts.current - facts.milestone)
    none = np.isnan(gap)
    label = np.select([none, gap >= -1e-12], ["-", "milestone met"], "milestone missed")
    stand = np.select([none, gap >= -1e-12], ["not_judged", "on_the_way"], "too_slow")
    return said(
        "milestone",
        label,
        stand,
        np.where(none, np.nan, gap),
        ["-" if n else f"{g:+.3g}" for n, g in zip(none, gap, strict=True)],
    )
