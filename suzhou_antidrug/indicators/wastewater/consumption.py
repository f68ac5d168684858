"""From a load to a consumption: correction factors, their spread, and what must not be back-calculated.

由负荷折算消费量：校正系数及其幅度，以及不得折算的情形。

``consumption = load * (M_parent / M_marker) / excreted fraction``, mg/day/1000 inhabitants of pure drug. Published
factors of one drug differ up to threefold and cancel in a ratio: consumption is for reporting, trends stand on loads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...errors import NotComparableError, Problem, SeriesError, UnknownNameError, refusal, unknown_name
from ...provenance import Made, Status, fingerprint, weakest
from ...results import Explanation, Result, line
from ...terms import Text
from .attribution import NOT_IDENTIFIABLE, HeroinMorphine, numbers_of
from .population import check_positive
from .substances import CorrectionFactor, load_correction_factors, resolve_biomarker

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_LOAD, _CONSUMPTION = Text("负荷", "load"), Text("消费量", "consumption")
TRENDS = Text(
    "趋势按负荷评判：同一系数在两期之比中抵消", "trends are judged on loads: the same factor cancels in a ratio"
)
HEROIN_FACTOR = "her-mor-0.42"
_REFUSED_MARKERS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("heroin", "morphine"): NOT_IDENTIFIABLE,
    ("ketamine", "norketamine"): (
        "norketamine_unusable",
        "norketamine cannot be read as ketamine use: ketamine/norketamine is 5.36 in sewage and 0.64 in urine. Use the load of ketamine.",
        "去甲氯胺酮不能折算氯胺酮：两者之比在污水中为5.36，在尿中为0.64。请用氯胺酮负荷。",
    ),
    ("cocaine", "cocaine"): (
        "parent_cocaine_no_marker",
        "parent cocaine is no marker: it degrades in sewers and can be dumped. Use the load of benzoylecgonine.",
        "可卡因原药不是标志物：在管网中降解，也可能被倾倒。请用苯甲酰爱康宁负荷。",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Consumption(Result):
    """A consumption with the factor behind it and the spread over all factors of the drug.  消费量、所用系数及系数间的幅度。

    Arrays of one shape, mg/day/1000 inhabitants of pure drug: ``low`` and ``high`` follow from those of the load,
    ``spread_low`` and ``spread_high`` from the other published factors for the same marker.
    """

    quantity: ClassVar[str] = "consumption"
    drug: str
    factor: CorrectionFactor
    value: Floats
    low: Floats
    high: Floats
    spread_low: Floats
    spread_high: Floats
    alternatives: tuple[CorrectionFactor, ...]
    chosen_by_us: bool
    notes: tuple[tuple[Text, Text], ...]
    made: Made

    @property
    def factor_id(self) -> str:
        """Id of the factor: two results with different ids are not comparable."""
        return self.factor.id

    @property
    def frame(self) -> pd.DataFrame:
        """One value a row: consumption, low, high, spread_low, spread_high, drug, factor_id, status."""
        import pandas as pd

        names = ("value", "low", "high", "spread_low", "spread_high")
        table = pd.DataFrame({n: getattr(self, n).ravel() for n in names}).rename(columns={"value": "consumption"})
        return table.assign(drug=self.drug, factor_id=self.factor.id, status=str(self.made.status))

    def explain(self) -> Explanation:
        """Formula, factor with origin and status, spread, and what not to use it for."""
        f, drug = self.factor, resolve_biomarker(self.drug)
        status = (f.status or Status.UNVERIFIED).text
        others = ", ".join(f"{o.id} {o.factor:.3g}" for o in self.alternatives)
        alone = Text("仅此一个系数，幅度不明", "the only factor on record: the spread is not known")
        number = f"{f.id}: {f.mass_ratio:.4g} / {f.excretion_fraction:g} = {f.factor:.4g}"
        lines = [
            line("公式", "formula", Text("负荷 × 摩尔质量比 / 排泄比例", "load * mass ratio / excreted fraction")),
            line("标志物", "marker", resolve_biomarker(f.marker).name),
            line("系数", "factor", number),
            line("出处", "origin", "; ".join(p for p in (f.origin, f.source_url) if p)),
            line("比例状态", "status of the fraction", status),
            line("各系数", "all factors", Text(others, others) if len(self.alternatives) > 1 else alone),
            line("系数间幅度", "spread over factors", _range(self.spread_low, self.spread_high)),
        ]
        if self.chosen_by_us:
            lines.append(
                line("选用", "choice", Text("默认系数由本库选定（假定）", "the default factor is our choice (assumed)"))
            )
        lines += [*self.notes, line("趋势", "trends", TRENDS)]
        return Explanation(Text(f"{drug.name.zh}消费量", f"Consumption of {drug.name.en}"), tuple(lines))

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw each value and its spread over the published factors.  绘制消费量及系数间的幅度。"""
        from ...plotting import COLOURS, finish, mark_status, new_axes, style

        with style(language):
            ax = new_axes(ax)
            at, used = np.arange(self.value.size), Text("所用系数", "factor used")
            ax.vlines(
                at, self.spread_low.ravel(), self.spread_high.ravel(), color=COLOURS["band"], linewidth=4,
                label=str(Text("全部已知系数", "all factors on record")),
            )  # fmt: skip
            ax.plot(at, self.value.ravel(), "o", color=COLOURS["observed"], label=f"{used} {self.factor.id}")
            ax.set_xticks(at[:: max(1, at.size // 12)])
            ax.set_xlim(-0.6, at.size - 0.4)
            ax.set_ylim(bottom=0)
            ax.set_xlabel(str(Text("数值（从0数起）", "value (counted from 0)")))
            ax.set_ylabel(str(Text("毫克/天/千人", "mg/day/1000 inhabitants")))
            ax.set_title(self.explain().title.in_language())
            ax.legend(loc="best")
            mark_status(ax, self.made.status)
            return finish(ax)


def _range(low: Floats, high: Floats) -> str:
    if not np.isfinite(low).any():
        return "-"
    return f"{np.nanmin(low):.4g} - {np.nanmax(high):.4g} mg/day/1000"


def back_calculate(
    load: ArrayLike | HeroinMorphine,
    *,
    drug: str,
    factor: str | CorrectionFactor | None = None,
    marker: str | None = None,
    load_low: ArrayLike | None = None,
    load_high: ArrayLike | None = None,
) -> Consumption:
    """Return the consumption behind a load: ``load * mass_ratio / excretion_fraction``.  由负荷折算消费量。

    Parameters
    ----------
    load : array or HeroinMorphine
        Loads of the marker, mg/day/1000 inhabitants; NaN is missing, 0 is refused (a bound may be 0).
    drug, marker : str
        Names as in :func:`~.substances.resolve_biomarker`; the marker is that of the factor unless given.
    factor : str, CorrectionFactor or None
        An id of :func:`correction_factors_frame`, your own factor with its source, or our default (``assumed``).
    load_low, load_high : array
        Bounds of the load, as of values below a limit.

    Raises
    ------
    SeriesError
        ``no_factor`` (etomidate, methcathinone and others: load only), ``heroin_not_identifiable``,
        ``norketamine_unusable``, ``parent_cocaine_no_marker``; a load that is not above 0; bounds that do not hold it.
    NotComparableError
        A consumption in place of a load.
    UnknownNameError
        A drug, marker or factor that is not known.

    Examples
    --------
    >>> found = back_calculate([5.18, 11.0], drug="冰毒")
    >>> found.value.round(2).tolist(), found.factor_id, found.spread_high.round(1).tolist()
    ([12.05, 25.58], 'meth-0.43', [22.8, 48.5])
    """
    heroin = load if isinstance(load, HeroinMorphine) else None
    value = numbers_of(load, _LOAD, quantity="load", zero=heroin is not None)
    if heroin is None:
        chosen = _choose(drug, marker, factor)
    else:
        chosen = _choose(drug, "morphine", factor or HEROIN_FACTOR, split=True)
    low, high = (np.nan if b is None else check_positive(b, _LOAD, zero=True) for b in (load_low, load_high))
    if ((low > value) | (high < value) | (low > high)).any():
        raise refusal("swapped_range", "a load lies outside its own bounds.", "负荷不在其上下限之内。")
    peers = [f for f in load_correction_factors().values() if (f.parent, f.marker) == (chosen.parent, chosen.marker)]
    known = {f.id: f for f in (*peers, chosen) if np.isfinite(f.factor)}
    by_us = factor is None and heroin is None
    statuses = [Status.COMPUTED, chosen.status or Status.UNVERIFIED]
    statuses += [Status.ASSUMED] * by_us + ([heroin.made.status] if heroin else [])
    sizes = [f.factor for f in known.values()]
    return Consumption(
        drug=chosen.parent,
        factor=chosen,
        value=np.asarray(value * chosen.factor),
        low=np.broadcast_to(low * chosen.factor, value.shape),
        high=np.broadcast_to(high * chosen.factor, value.shape),
        spread_low=np.asarray(value * min(sizes)),
        spread_high=np.asarray(value * max(sizes)),
        alternatives=tuple(known.values()),
        chosen_by_us=by_us,
        notes=heroin.notes if heroin else (),
        made=Made("back-calculation", weakest(statuses), fingerprint(value.tobytes() + repr(chosen).encode())),
    )


def _choose(
    drug: str, marker: str | None, factor: str | CorrectionFactor | None, *, split: bool = False
) -> CorrectionFactor:
    """Return the factor asked for, or refuse; ``split`` says that the load is morphine already told from its sources."""
    parent = resolve_biomarker(drug)
    via = None if marker is None else resolve_biomarker(marker).id
    own = [f for f in load_correction_factors().values() if f.parent == parent.id]
    _refuse_marker(parent.id, via, split)
    if parent.parent != parent.id:
        _refuse_marker(parent.parent, parent.id, split)
        raise refusal(
            "not_a_drug",
            f"{parent.name.en} is a marker; name the drug, {parent.parent}.",
            "给出的是标志物，请给毒品名称。",
            value=drug,
        )
    if isinstance(factor, str):
        known = load_correction_factors()
        if factor not in known:
            raise UnknownNameError(unknown_name("correction factor", "校正系数", factor, [f.id for f in own] or known))
        factor = known[factor]
    if factor is None:
        fitting = [f for f in own if via in (None, f.marker) and np.isfinite(f.factor)]
        fitting.sort(key=lambda f: not f.default)
        if not fitting:
            raise _no_factor(parent.name, own)
        factor = fitting[0]
    if factor.parent != parent.id or via not in (None, factor.marker):
        raise refusal(
            "factor_of_another_drug", f"factor {factor.id} is of {factor.parent} by {factor.marker}.",
            f"系数 {factor.id} 属于 {factor.parent}（标志物 {factor.marker}）。", value=factor.id,
        )  # fmt: skip
    _refuse_marker(parent.id, factor.marker, split)
    if not np.isfinite(factor.factor):
        raise _no_factor(parent.name, [factor])
    return factor


def _refuse_marker(drug: str, marker: str | None, split: bool) -> None:
    refused = _REFUSED_MARKERS.get((drug, marker or ""))
    if refused and not split:
        raise refusal(*refused)


def _no_factor(drug: Text, own: list[CorrectionFactor]) -> SeriesError:
    said_en, said_zh = "; ".join(f.advice.en for f in own), "；".join(f.advice.zh for f in own)
    return SeriesError(
        Problem(
            code="no_factor",
            en=f"no excreted fraction is at hand for {drug.en}: report the load only.",
            zh=f"没有可用的{drug.zh}排泄比例。",
            advice_en=said_en,
            advice_zh=said_zh,
        )
    )


def require_same_factor(a: Consumption, b: Consumption) -> None:
    """Refuse to compare consumptions of different drugs or factors.  拒绝比较不同毒品或不同系数的消费量。

    Raises :class:`~suzhou_antidrug.errors.NotComparableError`, also where one of the two is a load, or one factor id
    stands for two numbers.

    >>> one, other = back_calculate(5.0, drug="METH"), back_calculate(6.0, drug="METH")
    >>> require_same_factor(one, other)
    """
    for given in (a, b):
        numbers_of(given, _CONSUMPTION, quantity="consumption", zero=True)
    if (a.drug, a.factor.id, a.factor.factor) != (b.drug, b.factor.id, b.factor.factor):
        one, other = (f"{c.drug} {c.factor.id} ({c.factor.factor:.4g})" for c in (a, b))
        raise NotComparableError(
            Problem(
                code="different_factor",
                en=f"consumptions of different factors are not comparable: {one} and {other}.",
                zh=f"系数不同的消费量不可比：{one} 与 {other}。",
                advice_en="Compare the loads, or back-calculate both with one factor.",
                advice_zh="请比较负荷，或两期用同一系数重新折算。",
            )
        )
