"""Why a score changed: what a division did, what was asked, how it was weighed, what was not reported.

得分为何变化：实绩、要求、权重、缺报，各占多少。

Four factors each stand as in the earlier or as in the later card: values (reported figures), rules (milestones and scales),
weights (points, weights of categories, caps, items due), gaps (what could not be assessed). The score v(S) with the factors in S
as later and the others as earlier is computed for all sixteen S; the part of factor i is Shapley's

    phi_i = sum over S without i of s! (3 - s)! / 4! (v(S + i) - v(S)),  s the number of factors in S,

in whole numbers of 1e-12 / 24 points, so that the parts add up to the change exactly; shown, they are rounded by largest
remainders and still add up. A figure missing in one year is taken from the other, so that its gap, and not its value, changed.
A veto is a part of its own: the change after vetoes less the change before. Source: Shapley, A value for n-person games (1953);
Shorrocks, Journal of Economic Inequality 11 (2013) 99.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..errors import refusal
from ..geography import find_place
from ..provenance import Made, weakest
from ..results import Explanation, Result, line
from ..terms import Text
from .scoring.cards import YearCard
from .scoring.measures import NOT_APPLICABLE, OK, ItemColumn, measured_column
from .scoring.totals import Frame, add_up, unit_weights

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ..plan.model import Plan
    from .scorecard import ScoreCard

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

FACTORS: dict[str, Text] = {
    "values": Text("实绩", "figures"),
    "rules": Text("要求与办法", "milestones and scales"),
    "weights": Text("权重与应评项", "weights and items due"),
    "gaps": Text("缺报与不可评", "not assessed"),
    "vetoes": Text("一票否决", "vetoes"),
}
Key = tuple[str, str]  # code and role of an item
UNITS = 10**12  # whole units of a point
SHARE = {0: 6, 1: 2, 2: 2, 3: 6}  # of 24: |S|! (3 - |S|)!


@dataclass(frozen=True, slots=True, eq=False)
class ScoreChange(Result):
    """The change of every score, in parts that add up.  得分变化的分解，各部分之和等于变化。

    ``whole`` holds the parts of each place in 1 / (24 x 10^12) points, columns as :data:`FACTORS`; their sum is 24 x 10^12 times
    the change of the unrounded score.
    """

    table: pd.DataFrame
    by_item: pd.DataFrame
    whole: Whole
    names: dict[str, Text]  # of places
    item_names: dict[str, Text]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row a place: earlier, later, score_earlier, score_later, change, and the five parts, rounded to add up."""
        return self.table.copy()

    def items(self, division: str) -> pd.DataFrame:
        """Return which items the change of figures came from, the largest first; rules that are not linear have no such split.

        各项实绩对得分变化的贡献。
        """
        place = find_place(self.names, division)
        own = self.by_item[self.by_item["division"] == place]
        return own.sort_values("points", key=lambda p: -p.abs(), kind="stable").reset_index(drop=True)

    def explain(self, division: str | None = None) -> Explanation:
        """The parts of a division's change; without one, the method."""
        if division is None:
            return Explanation(
                Text("得分变化的分解", "Score change in parts"),
                (
                    line("办法", "method", Text("夏普利值：四个因素各取前后两种状态，共十六次完整计分", "Shapley value over sixteen complete scorings")),
                    *((text, Text("一部分", "a part")) for text in FACTORS.values()),
                    line("相加", "adding up", Text("各部分之和恰等于变化", "the parts add up to the change exactly")),
                    line("数据状态", "status", self.made.status.text),
                ),
            )  # fmt: skip
        place = find_place(self.names, division)
        row = self.table[self.table["division"] == place].iloc[0]
        top = [
            line(f"　实绩：{self.item_names[r.item].zh}", f"  figures: {self.item_names[r.item].en}", f"{r.points:+.4g}")
            for r in self.items(division).head(5).itertuples() if r.points
        ]  # fmt: skip
        return Explanation(
            Text(f"{self.names[place].zh}：{row['earlier']} 至 {row['later']}", f"{self.names[place].en}: {row['earlier']} to {row['later']}"),
            (
                line("得分", "score", f"{row['score_earlier']:g} → {row['score_later']:g}（{row['change']:+g}）"),
                *((text, Text(f"{row[f]:+g}", f"{row[f]:+g}")) for f, text in FACTORS.items()),
                *top,
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None, division: str | None = None) -> Axes:
        """Draw the waterfall of a division, the city by default.  绘制变化瀑布图。"""
        from .change_plots import plot_change

        place = str(self.table["division"].iloc[0]) if division is None else find_place(self.names, division)
        return plot_change(self, place, ax, language=language)


def decompose_change(card: ScoreCard, *, earlier: int, later: int, later_card: ScoreCard | None = None) -> ScoreChange:
    """Return why scores changed from one year to another, or from one rule file to another.

    分解两年之间(或两份规则之间)得分变化的原因。

    Parameters
    ----------
    card : ScoreCard
        Holds the earlier year, and the later one unless ``later_card`` does.
    earlier, later : int
        Years; the same year with two cards shows what another rule file did.
    later_card : ScoreCard, optional
        Of the same plan, by other rules or data.

    Raises
    ------
    SeriesError
        Cards of two plans, or nothing to compare.
    UnknownNameError
        A year that a card does not hold.

    Examples
    --------
    >>> import suzhou_antidrug as sa
    >>> card = sa.appraise(sa.load_synthetic_returns(), sa.load_plan("suzhou-2020"), rules="practice-steps")
    >>> parts = decompose_change(card, earlier=2020, later=2021).frame.set_index("division").loc["kunshan"]
    >>> float(parts["change"]), float(parts[["values", "rules", "weights", "gaps", "vetoes"]].sum().round(6))
    (8.0, 8.0)
    """
    other = later_card or card
    if other.plan.id != card.plan.id:
        raise refusal("plan", "the two cards are of different plans.", "两份考评不属于同一规划。")
    a, b = card.year(earlier), other.year(later)
    if later_card is None and earlier == later:
        raise refusal("same", "earlier and later are one year of one card: nothing can have changed.", "前后为同一考评同一年度，无从比较。")  # fmt: skip
    sides = _Sides(a, b, card.plan)
    scores = {s: sides.score(*s) for s in product((0, 1), repeat=4)}
    whole, items = _shapley(scores, sides)
    return _result(card, other, a, b, whole, items, sides)


class _Sides:
    """Both cards on one list of items, each factor as earlier (0) or as later (1)."""

    def __init__(self, a: YearCard, b: YearCard, plan: Plan) -> None:
        self.plan = plan
        own: list[dict[Key, ItemColumn]] = [{(c.item.code, c.item.role): c for c in y.columns} for y in (a, b)]
        self.keys: list[Key] = list(dict.fromkeys([*own[0], *own[1]]))
        pairs = [(own[0].get(k), own[1].get(k)) for k in self.keys]
        self.applies = tuple(np.column_stack([_applies(p[t], p[1 - t]) for p in pairs]) for t in (0, 1))
        cells = [_cells(p, self.plan) for p in pairs]
        self.shares = {(x, f): np.column_stack([c[0][x, f] for c in cells]) for x in (0, 1) for f in (0, 1)}
        self.known = tuple(np.column_stack([c[1][t] for c in cells]) for t in (0, 1))
        self.frames = tuple(_frame(y, self.keys) for y in (a, b))

    def score(self, x: int, f: int, w: int, m: int) -> Floats:
        """Return the scores with values x, rules f, weights w and gaps m."""
        cells = np.where(self.known[m], self.shares[x, f], np.nan)
        return np.asarray(add_up(np.where(self.applies[w], cells, np.nan), self.applies[w], self.frames[w]).score)


def _applies(mine: ItemColumn | None, theirs: ItemColumn | None) -> NDArray[np.bool_]:
    if mine is None:
        assert theirs is not None
        return np.zeros(len(theirs.state), dtype=bool)
    return np.asarray(mine.state != NOT_APPLICABLE)


Cells = tuple[dict[tuple[int, int], "Floats"], tuple["NDArray[np.bool_]", "NDArray[np.bool_]"]]


def _cells(pair: tuple[ItemColumn | None, ItemColumn | None], plan: Plan) -> Cells:
    """Return the shares of one item with values and rules of either side, and what either side could assess."""
    present = [c for c in pair if c is not None]
    if len(present) == 1:  # due in one of the years alone: weights tell it, not values, rules or gaps
        share, known = present[0].shares(), present[0].state == OK
        return {(x, f): share for x in (0, 1) for f in (0, 1)}, (known, known)
    known_ = tuple(c.state == OK for c in present)
    shares = {}
    for x, f in product((0, 1), repeat=2):
        shares[x, f] = _crossed(present[x], present[f], plan).shares() if x != f else present[x].shares()
    filled = {(x, f): np.where(known_[x], shares[x, f], shares[1 - x, f]) for x, f in shares}
    return filled, (known_[0], known_[1])


def _crossed(values: ItemColumn, rules: ItemColumn, plan: Plan) -> ItemColumn:
    """Return a column with the figures of one side measured against milestone and scale of the other."""
    if values.measured is None or rules.measured is None:
        return values  # of a deliverable the level reached stands for itself
    found = replace(values.measured, milestone=rules.measured.milestone, operator=rules.measured.operator)
    return measured_column(rules.item, rules.scale, found, plan)


def _frame(year: YearCard, keys: list[Key]) -> Frame:
    """Return a year's frame on the common list of items; an item that is not due has no points."""
    mine: dict[Key, int] = {(c.item.code, c.item.role): i for i, c in enumerate(year.columns)}
    at = [mine.get(k) for k in keys]
    pick = np.array([-1 if i is None else i for i in at])
    have = pick >= 0
    return replace(
        year.frame, points=np.where(have, year.frame.points[pick], 0.0), extra=np.where(have, year.frame.extra[pick], 0.0),
        member=np.where(have[:, None], year.frame.member[pick], 0.0),
    )  # fmt: skip


def _shapley(scores: dict[tuple[int, ...], Floats], sides: _Sides) -> tuple[Whole, Floats | None]:
    """Return the parts in whole numbers, (places, 4), and the part of figures by item where the score is linear in them."""
    v = {s: np.round(np.nan_to_num(x) * UNITS).astype(np.int64) for s, x in scores.items()}
    parts = []
    for i in range(4):
        total = np.zeros_like(v[0, 0, 0, 0])
        for s in product((0, 1), repeat=4):
            if s[i] == 0:
                total += SHARE[sum(s)] * (v[(*s[:i], 1, *s[i + 1 :])] - v[s])
        parts.append(total)
    if any(f.across != "arithmetic" for f in sides.frames):
        return np.column_stack(parts), None
    items = np.zeros(sides.shares[0, 0].shape)
    for f, w, m in product((0, 1), repeat=3):
        applies = sides.applies[w]
        counted = applies & (sides.known[m] | sides.frames[w].zero_missing)
        step = np.nan_to_num(np.where(sides.known[m] & applies, sides.shares[1, f] - sides.shares[0, f], 0.0))
        items += SHARE[f + w + m] / 24 * step * np.nan_to_num(unit_weights(counted, sides.frames[w]))
    return np.column_stack(parts), items


def _result(card: ScoreCard, other: ScoreCard, a: YearCard, b: YearCard, whole: Whole, items: Floats | None, sides: _Sides) -> ScoreChange:  # fmt: skip
    import pandas as pd

    places = list(card.plan.geography.place_ids)
    none = np.isnan(a.score) | np.isnan(b.score)
    moved = [np.round(np.nan_to_num(y.unrounded - y.totals.score) * UNITS).astype(np.int64) for y in (a, b)]
    whole = np.column_stack([whole, 24 * (moved[1] - moved[0])])
    digits = max(card.rules.file.rounding.digits, other.rules.file.rounding.digits)
    change = np.round(np.nan_to_num(b.score - a.score) * 10**digits).astype(np.int64)
    shown = largest_remainders(whole / (24 * UNITS) * 10**digits, change) / 10**digits
    shown[none] = np.nan
    table = pd.DataFrame({"division": places, "earlier": a.year, "later": b.year, "score_earlier": a.score, "score_later": b.score, "change": np.where(none, np.nan, change / 10**digits)})  # fmt: skip
    table[list(FACTORS)] = shown
    by_item = pd.DataFrame(columns=["division", "item", "role", "points"])
    if items is not None:
        by_item = pd.DataFrame({
            "division": np.repeat(places, len(sides.keys)), "item": [k[0] for k in sides.keys] * len(places),
            "role": [k[1] for k in sides.keys] * len(places), "points": items.ravel(),
        })  # fmt: skip
    names = card.plan.geography.place_names
    made = replace(card.made, method="change of scores", status=weakest([card.made.status, other.made.status]))
    item_names = {c.item.code: c.name for y in (b, a) for c in y.columns}
    return ScoreChange(table, by_item, whole, names, item_names, made)


def largest_remainders(parts: Floats, total: Whole) -> Floats:
    """Return parts (rows, k) rounded to whole numbers that add to ``total``: the largest remainders are rounded up.

    最大余数法取整，使各行之和等于给定总数。

    >>> largest_remainders(np.array([[1.4, 1.4, 0.2]]), np.array([3])).tolist()
    [[2.0, 1.0, 0.0]]
    """
    low = np.floor(parts)
    lacking = (total - low.sum(axis=1)).astype(np.int64)
    order = np.argsort(-(parts - low), axis=1, kind="stable")
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(parts.shape[1]), parts.shape).copy(), axis=1)
    # The rounding of two scores may ask for one more or fewer than there are parts: spread it evenly.
    each, rest = np.divmod(lacking[:, None], parts.shape[1])
    return np.asarray(low + each + (place < rest))
