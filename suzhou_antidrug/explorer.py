"""Look at one headline target under other readings, falls and origins, with drop-downs or as a table.

用下拉框（或一张表）查看一项总目标在不同读法、降幅与起点下的前景。
"""

from __future__ import annotations

import html
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .outlook.attainment import Outlook, assess_target
from .results import label_frame
from .terms import Text
from .verdicts import Judgement, judge_probability, probability_text

if TYPE_CHECKING:
    import pandas as pd

    from .indicators.compute import IndicatorValues
    from .plan.model import Plan
    from .returns.schema import Returns

FALLS = (0.05, 0.10, 0.15, 0.20, 0.30)
EVIDENCE = 0.9  # demanded where the reading names none
FEWEST = 3  # yearly values up to an origin
DEFAULT = Text("默认读法", "default reading")
AS_READ = Text("按读法", "as the reading says")
LABELS = {"reading": Text("读法", "reading"), "fall": Text("降幅", "fall"), "origin": Text("起点", "origin")}


@dataclass(slots=True, eq=False)
class TargetExplorer:
    """One target of a place, to be turned over.  供反复查看的一项总目标。

    :attr:`frame` is the table of readings by origins with their verdicts; :meth:`widget` the drop-downs. A notebook shows
    the drop-downs where ipywidgets is there, the table otherwise.
    """

    data: Returns | IndicatorValues
    plan: Plan
    target: str
    division: str | None = None
    draws: int = 2000
    static: bool = False
    _seen: dict[tuple[str | None, int], Outlook] = field(default_factory=dict)

    @property
    def readings(self) -> tuple[str | None, ...]:
        """The computable readings of the target, None for the default of all its ambiguities."""
        own = [self.plan.ambiguity(name) for name in self.plan.target(self.target).ambiguities]
        return (None, *dict.fromkeys(r.id for a in own for r in a.readings if r.computable and not r.default))

    @property
    def origins(self) -> tuple[int, ...]:
        """The years one can stand in: three values at least so far, and before the target year."""
        last = self.plan.target(self.target).due
        history = self._look(None, last - 1).history
        years = [int(y) for y in history.index if y < last]
        return tuple(years[FEWEST - 1 :]) or (last - 1,)

    def outlook(self, reading: str | None = None, origin: int | None = None) -> Outlook:
        """Return the outlook under a reading from an origin, the latest by default; kept once made.  取前景。"""
        return self._look(reading, self.origins[-1] if origin is None else origin)

    def _look(self, reading: str | None, origin: int) -> Outlook:
        key = (reading, origin)
        if key not in self._seen:
            self._seen[key] = assess_target(
                self.data, target=self.target, plan=self.plan, origin=origin, reading=reading,
                division=self.division, draws=self.draws,
            )  # fmt: skip
        return self._seen[key]

    def judge(self, reading: str | None = None, fall: float | None = None, origin: int | None = None) -> Judgement:
        """Return the verdict, of another fall than the reading's where one is given.  评判；可另设降幅。"""
        found = self.outlook(reading, origin)
        if fall is None or not len(found.ratios):
            return found.judgement
        return judge_probability(found.probability_of_fall(fall), evidence=found.evidence or EVIDENCE)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a reading and origin: probability, verdict, reason."""
        import pandas as pd

        rows = []
        for reading in self.readings:
            for origin in self.origins:
                found = self.outlook(reading, origin)
                said = found.judgement
                rows.append(
                    {
                        "reading": str(DEFAULT) if reading is None else str(self._says(reading)),
                        "origin": origin,
                        "probability": found.probability,
                        "verdict": str(said.verdict),
                        "reason": str(said.reason),
                        "status": str(found.made.status),
                    }
                )
        return pd.DataFrame(rows)

    def _says(self, reading: str) -> Text:
        own = [self.plan.ambiguity(name) for name in self.plan.target(self.target).ambiguities]
        return next(r.says for a in own for r in a.readings if r.id == reading)

    def said(self, reading: str | None, fall: float | None, origin: int) -> str:
        """Return verdict, reason and data status as HTML.  评判、理由与数据状态。"""
        found, judgement = self.outlook(reading, origin), self.judge(reading, fall, origin)
        parts = [str(found.title), judgement.verdict.label, str(judgement.reason)]
        if fall is not None and len(found.ratios):
            chance = probability_text(found.probability_of_fall(fall))
            parts.append(
                str(Text(f"降幅不小于 {fall:.0%} 的概率 {chance}", f"P(fall of at least {fall:.0%}) {chance}"))
            )
        mark = found.made.status
        notice = f"<strong>{html.escape(str(mark.text))}</strong> " if mark.must_be_shown else ""
        return notice + html.escape(" · ".join(parts))

    def picture(self, reading: str | None, origin: int) -> bytes:
        """Return the outlook's figure as PNG.  前景图。"""
        import matplotlib.pyplot as plt

        figure = self.outlook(reading, origin).plot().figure
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=110)  # type: ignore[union-attr]
        plt.close(figure)  # type: ignore[arg-type]
        return buffer.getvalue()

    def widget(self) -> Any:
        """Return the drop-downs with figure and verdict; ImportError without ipywidgets.  返回下拉框界面。"""
        import ipywidgets as w

        readings = [(str(DEFAULT), None), *((str(self._says(r)), r) for r in self.readings if r is not None)]
        falls = [(str(AS_READ), None), *((f"{d:.0%}", d) for d in FALLS)]
        boxes = {
            "reading": w.Dropdown(options=readings, value=None, layout=w.Layout(width="60%")),
            "fall": w.Dropdown(options=falls, value=None),
            "origin": w.Dropdown(options=list(self.origins), value=self.origins[-1]),
        }
        for name, box in boxes.items():
            box.description = str(LABELS[name])
        verdict, figure = w.HTML(), w.Image(format="png")

        def show(_change: object = None) -> None:
            reading, fall, origin = (boxes[name].value for name in ("reading", "fall", "origin"))
            verdict.value, figure.value = self.said(reading, fall, origin), self.picture(reading, origin)

        for box in boxes.values():
            box.observe(show, names="value")
        show()
        return w.VBox([*boxes.values(), verdict, figure])

    def _repr_html_(self) -> str:
        table: str = label_frame(self.frame).to_html(index=False, border=0, float_format=lambda x: f"{x:.2f}")
        return table

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        if self.static or not _can_turn():
            display(HTML(self._repr_html_()))
        else:
            display(self.widget())


def _can_turn() -> bool:
    """Whether ipywidgets is installed and a kernel is there to answer."""
    from importlib.util import find_spec

    if find_spec("ipywidgets") is None or find_spec("IPython") is None:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


def explore_target(
    data: Returns | IndicatorValues,
    plan: Plan,
    *,
    target: str,
    division: str | None = None,
    draws: int = 2000,
    static: bool = False,
) -> TargetExplorer:
    """Return a target to be turned over: drop-downs for reading, fall and origin, or a table.  查看一项总目标的各种情形。

    ``division`` is the city by default; ``static`` asks for the table even where drop-downs could be shown. Raises
    :class:`~suzhou_antidrug.errors.UnknownNameError` for an unknown target or division.

    >>> import suzhou_antidrug as sa
    >>> plan = sa.load_plan("suzhou-2020")
    >>> seen = explore_target(sa.load_synthetic_returns(), plan, target="relapse", draws=200)
    >>> seen.readings[0], str(seen.judge(fall=0.05).verdict) in [str(v) for v in sa.Verdict]
    (None, True)
    """
    plan.target(target)
    if division is not None:
        plan.geography.resolve(division)
    from .indicators.compute import compute_indicators
    from .returns.schema import Returns

    values = compute_indicators(data, plan=plan) if isinstance(data, Returns) else data
    return TargetExplorer(values, plan, target, division, draws, static)
