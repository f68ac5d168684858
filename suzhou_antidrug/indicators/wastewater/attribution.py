"""What a load comes from: amphetamine beside methamphetamine, heroin among the sources of morphine.

负荷从何而来：苯丙胺中由甲基苯丙胺产生的部分，吗啡的各来源与其中的海洛因。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...errors import NotComparableError, Problem, UnknownNameError, refusal, unknown_name
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .population import check_positive, check_share, check_source

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_METHAMPHETAMINE, _AMPHETAMINE = Text("甲基苯丙胺负荷", "methamphetamine load"), Text("苯丙胺负荷", "amphetamine load")
_MORPHINE = Text("吗啡负荷", "morphine load")
# Median AMP/METH in over 6,000 Australian samples; where the paper finds the difference unreliable or negligible.
AMPHETAMINE_SHARE, UNRELIABLE, NEGLIGIBLE_ABOVE = 0.09, (0.04, 0.19), 1.0
AMPHETAMINE_SOURCE = "Refining the estimation of amphetamine consumption by wastewater-based epidemiology"
EDGE = 1e-9  # a printed ratio on the very edge of a range is inside, whatever binary floats say
OTHER_MORPHINE = ("therapeutic_morphine", "codeine", "poppy_straw")
CHINESE_SHARES = Text(
    "全国150座厂按来源解析海洛因占吗啡3.2%，0.64毫克/天/千人（doi 10.1021/acsestwater.3c00466）；西南某省扣除药用吗啡与可待因得10.3，"
    "相差16倍，主要出于方法",
    "in 150 Chinese plants heroin was 3.2 % of morphine by source apportionment, 0.64 mg/day/1000 (doi 10.1021/acsestwater."
    "3c00466); subtracting therapeutic morphine and codeine gave 10.3 in a south-western province: sixteenfold, mostly method",
)  # fmt: skip
NOT_IDENTIFIABLE = (
    "heroin_not_identifiable",
    "heroin cannot be told from morphine without its sources: poppy straw, clinical morphine and codeine give most of "
    "it in China. Use heroin_from_morphine with sources or a cited share.",
    "没有来源数据时不能由吗啡推算海洛因：在中国，罂粟壳、临床吗啡和可待因占绝大部分。请用 heroin_from_morphine 给出来源或有出处的占比。",
)


def numbers_of(given: object, name: Text, *, quantity: str, zero: bool = False) -> Floats:
    """Return the numbers of an array or of a result of the right quantity.  取数值并核对是负荷还是消费量。"""
    if isinstance(given, Result):
        kind = getattr(given, "quantity", None)
        if kind != quantity:
            raise NotComparableError(
                Problem(
                    f"not_a_{quantity}",
                    f"a {quantity} is needed here, not a {kind}.",
                    f"此处须为{name.zh}。",
                    value=kind,
                )
            )
        given = getattr(given, "value", None)
        if given is None:
            raise ValueError(f"give the {quantity} of one biomarker as an array, for instance a column of its frame")
    return check_positive(given, name, zero=zero)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, eq=False)
class NetAmphetamine(Result):
    """Amphetamine less what methamphetamine explains.  扣除甲基苯丙胺代谢后的苯丙胺负荷。

    ``value`` in mg/day/1000; where ``none_left`` it is 0: none above what methamphetamine explains. ``reliability`` is
    "unreliable", "negligible" (the correction hardly matters), "usable", or "missing".
    """

    quantity: ClassVar[str] = "load"
    value: Floats
    ratio: Floats  # amphetamine / methamphetamine
    reliability: NDArray[np.str_]
    none_left: Flags
    share: float
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One value a row: net_load, ratio, reliability, none_left."""
        import pandas as pd

        names = {"net_load": "value", "ratio": "ratio", "reliability": "reliability", "none_left": "none_left"}
        return pd.DataFrame({column: getattr(self, name).ravel() for column, name in names.items()})

    def explain(self) -> Explanation:
        """Formula, source, and how many values are not reliable."""
        doubtful, none = int((self.reliability == "unreliable").sum()), int(self.none_left.sum())
        formula = Text(f"苯丙胺 - {self.share:g} × 甲基苯丙胺", f"amphetamine - {self.share:g} * methamphetamine")
        rule = Text(
            f"{doubtful} 个，AMP/METH 在 0.04-0.19 之间",
            f"{doubtful} with AMP/METH in 0.04-0.19",
        )
        none_text = Text(
            f"{none} 个，未超出甲基苯丙胺所能解释的部分", f"{none}: none above what methamphetamine explains"
        )
        return Explanation(
            Text("净苯丙胺负荷", "Net amphetamine load"),
            (
                line("公式", "formula", formula),
                line("出处", "source", AMPHETAMINE_SOURCE),
                line("不可靠", "unreliable", rule),
                line("记为0", "set to 0", none_text),
            ),
        )


def net_amphetamine(
    amphetamine: ArrayLike, methamphetamine: ArrayLike, *, share: float = AMPHETAMINE_SHARE
) -> NetAmphetamine:
    """Return the amphetamine load that methamphetamine does not explain: ``AMP - share * METH``.  净苯丙胺负荷。

    Loads in mg/day/1000, broadcast, NaN missing. The net load is unreliable while AMP/METH is 0.04-0.19; above 1 the
    correction is negligible. A negative difference is reported as 0 with ``none_left``, never as a negative load.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for a load that is not above 0. Source: the median ratio of over
    6,000 Australian samples, "Refining the estimation of amphetamine consumption by wastewater-based epidemiology".

    >>> found = net_amphetamine([20.0, 1.0, 0.3], [10.0, 10.0, 10.0])
    >>> found.value.round(1).tolist(), found.reliability.tolist(), found.none_left.tolist()
    ([19.1, 0.1, 0.0], ['negligible', 'unreliable', 'usable'], [False, False, True])
    """
    check_share(share, Text("扣除比例", "share"))
    amp, meth = np.broadcast_arrays(
        numbers_of(amphetamine, _AMPHETAMINE, quantity="load"), numbers_of(methamphetamine, _METHAMPHETAMINE, quantity="load")
    )  # fmt: skip
    ratio, net = np.asarray(amp / meth), amp - share * meth
    near = (ratio >= UNRELIABLE[0] - EDGE) & (ratio <= UNRELIABLE[1] + EDGE)
    words = np.select(
        [np.isnan(ratio), near, ratio > NEGLIGIBLE_ABOVE + EDGE], ["missing", "unreliable", "negligible"], "usable"
    )
    made = Made("net amphetamine", Status.COMPUTED, fingerprint(amp.tobytes() + meth.tobytes() + repr(share).encode()))
    return NetAmphetamine(
        np.asarray(np.maximum(net, 0.0)), ratio, np.asarray(words), np.asarray(net <= EDGE * meth), share, made
    )


@dataclass(frozen=True, slots=True, eq=False)
class MorphineSources(Result):
    """Morphine divided among its named sources.  吗啡负荷按已知来源拆分。

    ``rest`` is what no named source explains, mg/day/1000; 0 where ``exceeded``: the sources say more than was found.
    """

    quantity: ClassVar[str] = "load"
    morphine: Floats
    sources: Mapping[str, Floats]
    rest: Floats
    exceeded: Flags
    source: str
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One value and source a row: position, source, load, share; the rest last."""
        import pandas as pd

        parts = {**self.sources, "rest": self.rest}
        rows = [{"position": np.arange(self.rest.size), "source": n, "load": np.ravel(v)} for n, v in parts.items()]
        table = pd.concat([pd.DataFrame(r) for r in rows], ignore_index=True)
        return table.assign(share=table["load"] / np.tile(self.morphine.ravel(), len(parts)))

    def explain(self) -> Explanation:
        """Every source with its share of all morphine, and the citation."""
        seen = ~np.isnan(self.rest)  # the same samples above and below the line
        total = self.morphine[seen].sum()
        parts = {**self.sources, "rest": self.rest} if total else {}
        lines = [line(n, n, f"{np.asarray(v)[seen].sum() / total:.1%}") for n, v in parts.items()]
        over = Text(f"{int(self.exceeded.sum())} 个", f"{int(self.exceeded.sum())} values")
        lines += [line("来源之和超过吗啡", "sources exceed morphine", over), line("出处", "source", self.source)]
        return Explanation(Text("吗啡来源", "Sources of morphine"), tuple(lines))


def morphine_sources(morphine: ArrayLike, *, sources: Mapping[str, ArrayLike], source: str) -> MorphineSources:
    """Return morphine divided among named sources; ``rest = morphine - sum(sources)``.  按来源拆分吗啡负荷。

    All in morphine equivalents, mg/day/1000; a source may be 0, a missing one makes the rest missing. The rest is no
    measure of heroin unless every other source is named: see :func:`heroin_from_morphine`.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` for negative loads, no source, or no citation.

    >>> found = morphine_sources(10.0, sources={"codeine": 1.0, "poppy_straw": 6.0}, source="sales of 2021")
    >>> float(found.rest), bool(found.exceeded)
    (3.0, False)
    """
    citation = check_source(source, Text("吗啡来源", "a division of morphine"))
    if not sources:
        raise refusal("no_sources", "name at least one source of morphine.", "请至少给出一个吗啡来源。")
    loads = [check_positive(v, Text(f"来源 {n}", f"source {n}"), zero=True) for n, v in sources.items()]
    total, *parts = np.broadcast_arrays(numbers_of(morphine, _MORPHINE, quantity="load"), *loads)
    rest = total - sum(parts)
    key = total.tobytes() + b"".join(n.encode() + p.tobytes() for n, p in zip(sources, parts, strict=True))
    made = Made("sources of morphine", Status.COMPUTED, fingerprint(key))
    return MorphineSources(
        total, dict(zip(sources, parts, strict=True)), np.asarray(np.maximum(rest, 0.0)),
        np.asarray(rest < -EDGE * total), citation, made,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class HeroinMorphine(Result):
    """The part of morphine that comes from heroin, with the citation it rests on.  吗啡中来自海洛因的部分及其依据。

    ``value`` is a load of morphine, mg/day/1000; hand it to :func:`back_calculate` with ``drug="heroin"``.
    """

    quantity: ClassVar[str] = "load"
    value: Floats
    share: Floats  # of morphine
    none_left: Flags  # the other sources explain all of it
    source: str
    made: Made

    @property
    def notes(self) -> tuple[tuple[Text, Text], ...]:
        """Citation and caution, which stay with every figure made from this."""
        return (line("拆分依据", "source of the split", self.source), line("慎用", "caution", CHINESE_SHARES))

    @property
    def frame(self) -> pd.DataFrame:
        """One value a row: morphine_from_heroin, share, none_left, source."""
        import pandas as pd

        table = {"morphine_from_heroin": self.value.ravel(), "share": self.share.ravel(), "none_left": self.none_left.ravel()}  # fmt: skip
        return pd.DataFrame(table).assign(source=self.source)

    def explain(self) -> Explanation:
        """Method, citation, and how far Chinese studies differ."""
        none = int(self.none_left.sum())
        left = Text(f"{none} 个，其他来源已足以解释", f"{none}: the other sources explain it all")
        lines = (line("方法", "method", self.made.method), *self.notes, line("记为0", "set to 0", left))
        return Explanation(Text("来自海洛因的吗啡", "Morphine from heroin"), lines)


def heroin_from_morphine(
    morphine: ArrayLike,
    *,
    other_morphine: Mapping[str, ArrayLike] | None = None,
    heroin_share: ArrayLike | None = None,
    source: str = "",
) -> HeroinMorphine:
    """Return the morphine that comes from heroin, only where its other sources or a cited share are given.

    由吗啡推算来自海洛因的部分；须给出其他全部来源，或有出处的占比，否则拒绝。

    Either ``other_morphine`` with therapeutic_morphine, codeine and poppy_straw, each named and 0 written as 0 (morphine
    equivalents, mg/day/1000): ``heroin = morphine - sum``; or ``heroin_share`` (0-1): ``heroin = share * morphine``.
    ``source`` is the citation and stays with the result, as does the warning that two Chinese studies differ sixteenfold.

    Raises :class:`~suzhou_antidrug.errors.SeriesError` (``heroin_not_identifiable``) where any of this is lacking.

    >>> from suzhou_antidrug.indicators.wastewater.consumption import back_calculate
    >>> found = heroin_from_morphine(20.0, heroin_share=0.032, source="doi 10.1021/acsestwater.3c00466")
    >>> round(float(found.value), 2), round(float(back_calculate(found, drug="heroin").value), 2)
    (0.64, 1.97)
    """
    missing = [name for name in OTHER_MORPHINE if name not in (other_morphine or {})]
    if (other_morphine is None) == (heroin_share is None) or not source.strip() or (heroin_share is None and missing):
        lacking = ", ".join(missing) if other_morphine else "one of other_morphine and heroin_share, with source"
        code, en, zh = NOT_IDENTIFIABLE
        raise refusal(code, f"{en} Lacking: {lacking}.", f"{zh}缺：{lacking}。")
    if other_morphine is not None:
        for name in set(other_morphine) - set(OTHER_MORPHINE):
            raise UnknownNameError(unknown_name("source of morphine", "吗啡来源", name, OTHER_MORPHINE))
        split = morphine_sources(morphine, sources=other_morphine, source=source)
        value, total, method = split.rest, split.morphine, "subtraction of the other sources of morphine"
    else:
        assert heroin_share is not None
        share = check_share(heroin_share, Text("海洛因占比", "share of heroin"), zero=True)
        total, share = np.broadcast_arrays(numbers_of(morphine, _MORPHINE, quantity="load"), share)
        value, method = np.asarray(total * share), "cited share of heroin in morphine"
    made = Made(method, Status.COMPUTED, fingerprint(total.tobytes() + value.tobytes() + source.encode()))
    return HeroinMorphine(value, np.asarray(value / total), np.asarray(value <= EDGE * total), source.strip(), made)
