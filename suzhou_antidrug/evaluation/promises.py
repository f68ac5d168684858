"""Every headline target, for the city and each division, as seen from one year.

站在某一年，全市及各县级市(区)的全部总目标。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UnknownNameError, unknown_name
from ..indicators.compute import IndicatorValues, compute_indicators
from ..outlook.attainment import Outlook, assess_target
from ..outlook.readings import own_readings
from ..plotting import COLOURS, families, finish, mark_status, new_axes, style
from ..provenance import Made, derive_seed
from ..results import Explanation, Result, line
from ..returns.schema import Returns
from ..terms import Text, get_language
from ..verdicts import Verdict, probability_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..plan.model import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Promises(Result):
    """The outlooks of all targets and places.  全部总目标与地区的前景。"""

    outlooks: tuple[Outlook, ...]
    city: str
    names: Mapping[str, Text]  # of places
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a target and place: probability, verdict, reason, and what then happened."""
        import pandas as pd

        return pd.DataFrame([o.row() for o in self.outlooks])

    def of(self, target: str, division: str | None = None) -> Outlook:
        """Return the outlook of a target for a division, the city by default.  取某目标某地区的前景。"""
        place = self.city if division is None else division
        for outlook in self.outlooks:
            if (outlook.target, outlook.division) == (target, place):
                return outlook
        raise KeyError((target, place))

    def of_city(self) -> tuple[Outlook, ...]:
        """The outlooks of the city, in order of the plan."""
        return tuple(o for o in self.outlooks if o.division == self.city)

    def counts(self) -> pd.DataFrame:
        """Return how many divisions got which verdict, by target.  各目标的评判计数。"""
        import pandas as pd

        rows = self.frame[self.frame["division"] != self.city]
        table = pd.crosstab(rows["target"], rows["verdict"]).reindex(columns=[str(v) for v in Verdict], fill_value=0)
        return table.reindex(list(dict.fromkeys(o.target for o in self.outlooks))).fillna(0).astype(int).reset_index()

    def explain(self) -> Explanation:
        """The city's verdicts, one line each."""
        lines = tuple(
            (
                o.title,
                Text(f"{o.verdict.text.zh}:{o.judgement.reason.zh}", f"{o.verdict.text.en}: {o.judgement.reason.en}"),
            )
            for o in self.of_city()
        )
        return Explanation(
            Text("总目标前景", "Headline targets"), (*lines, line("数据状态", "status", self.made.status.text))
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw the probability of every target, divisions as dots and the city as a diamond.  绘制各目标的概率。"""
        with style(language):
            ax = new_axes(ax, width=8.4, height=4.8)
            targets = list(dict.fromkeys(o.target for o in self.outlooks))
            places = list(dict.fromkeys(o.division for o in self.outlooks if o.division != self.city))
            offset = {p: (i - (len(places) - 1) / 2) * 0.6 / max(len(places), 1) for i, p in enumerate(places)}
            for outlook in self.outlooks:
                y = len(targets) - targets.index(outlook.target) + offset.get(outlook.division, 0.0)
                city = outlook.division == self.city
                colour = COLOURS[str(outlook.verdict)]
                if np.isnan(outlook.probability):
                    ax.plot(-0.06, y, marker="x", color=colour, markersize=4, clip_on=False)
                else:
                    marker, size = ("D", 7.5) if city else ("o", 4.5)
                    edge = COLOURS["observed"] if city else colour
                    ax.plot(
                        outlook.probability,
                        y,
                        marker=marker,
                        color=colour,
                        markeredgecolor=edge,
                        markersize=size,
                        clip_on=False,
                        zorder=3 if city else 2,
                    )
            ax.set_yticks(range(len(targets), 0, -1), [self._target_name(t) for t in targets])
            ax.set_xlim(-0.1, 1.0)
            ax.set_xticks([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
            ax.set_xlabel(
                str(
                    Text(
                        "达成的概率(◆ 全市,● 各县级市、区,× 不给概率)",
                        "probability of being met (◆ city, ● divisions, × no probability)",
                    )
                )
            )
            _legend(ax)
            mark_status(ax, self.made.status)
            return finish(ax)

    def plot_divisions(self, target: str, *, language: str | None = None) -> Figure:
        """Draw a decrease for every division side by side, on one scale; return the figure.  各单位小图并列。"""
        import matplotlib.pyplot as plt

        shown = [o for o in self.outlooks if o.target == target and o.division != self.city]
        if not shown:
            raise UnknownNameError(
                unknown_name("target with divisions", "各单位填报的总目标", target, {o.target for o in self.outlooks})
            )
        columns = min(5, len(shown))
        with style(language):
            figure, grid = plt.subplots(
                -(-len(shown) // columns), columns, figsize=(2.5 * columns, 2.3 * -(-len(shown) // columns)),
                sharex=True, sharey=True, squeeze=False, layout="constrained",
            )  # fmt: skip
            for ax, outlook in zip(grid.ravel(), shown, strict=False):
                outlook.plot(ax)
                chance = "—" if np.isnan(outlook.probability) else probability_text(outlook.probability)
                ax.set_title(
                    f"{self.names[outlook.division].in_language(get_language())}  {outlook.verdict.label} {chance}"
                )
                ax.set_ylabel("")
                if (legend := ax.get_legend()) is not None:
                    legend.remove()
                for text in list(ax.texts):  # said once, above all
                    text.remove()
            for ax in grid.ravel()[len(shown) :]:
                ax.set_visible(False)
            status = self.made.status
            mark = f"（{status.text}）" if status.must_be_shown else ""
            note = Text("橙线为目标线", "orange: the line to reach")
            figure.suptitle(f"{self._target_name(target)}{mark}  {note}", x=0.01, ha="left", fontfamily=families())
        return figure

    def _target_name(self, target: str) -> str:
        title = self.of(target).title.in_language(get_language())
        return title.split("(")[0].strip()


def _legend(ax: Axes) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], linestyle="none", marker="o", color=COLOURS[str(v)], label=v.label) for v in Verdict]
    ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(0.88, 1.0), ncols=4)


def assess_promises(
    data: Returns | IndicatorValues,
    *,
    plan: Plan,
    origin: int,
    by: int | None = None,
    readings: Mapping[str, str] | None = None,
    divisions: Sequence[str] | None = None,
    draws: int = 4000,
    seed: int = 0,
) -> Promises:
    """Assess every headline target for the city and each division that reports it.  评判全部总目标。

    ``readings`` maps ambiguities to readings and is applied where a target has that ambiguity. Each outlook's seed
    derives from its target and place, so that no order of work changes a number.

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> values = sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)  # synthetic
    >>> promises = assess_promises(values, plan=plan, origin=2021, divisions=["kunshan"], draws=200)
    >>> len({o.target for o in promises.outlooks})
    12
    """
    plan.require_targets()
    values = data if isinstance(data, IndicatorValues) else compute_indicators(data, plan=plan)
    city = plan.geography.city.id
    places = [city, *(plan.geography.ids if divisions is None else divisions)]
    outlooks = []
    for target in plan.targets:
        by_division = plan.indicator(target.indicator).by_division
        own = own_readings(target, readings)
        for place in places if by_division else [city]:
            outlooks.append(
                assess_target(
                    values, target=target.id, plan=plan, origin=origin, by=by, reading=own, division=place,
                    draws=draws, rng=derive_seed(seed, plan.id, target.id, place, origin),
                )
            )  # fmt: skip
    names = plan.geography.place_names
    made = Made("assess_promises", values.made.status, values.made.fingerprint, seed)
    return Promises(tuple(outlooks), city, names, made)


def compare_with_truth(promises: Promises, truth: pd.DataFrame, *, fall: float = 0.1) -> pd.DataFrame:
    """Put the outlooks of the decreases beside the known truth of synthetic data.  与合成数据的真值对照。

    Columns: target, division, probability (of a fall of at least ``fall``), verdict, true_change, truly_met, and
    ``wrong``: a verdict of met or not met that the truth contradicts.
    """
    import pandas as pd

    column = f"truly_met_{100 * fall:.0f}"
    rows: list[dict[str, Any]] = []
    indexed = truth.set_index(["target", "division"])
    for outlook in promises.outlooks:
        key = (outlook.target, outlook.division)
        if outlook.group != "decrease" or key not in indexed.index:
            continue
        met = bool(indexed.loc[key, column])
        wrong = (outlook.verdict is Verdict.MET and not met) or (outlook.verdict is Verdict.NOT_MET and met)
        rows.append(
            {
                "target": outlook.target,
                "division": outlook.division,
                "probability": outlook.probability_of_fall(fall),
                "verdict": str(outlook.verdict),
                "true_change": float(indexed.loc[key, "true_change"]),
                "truly_met": met,
                "wrong": wrong,
            }
        )
    return pd.DataFrame(rows)
