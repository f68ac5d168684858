"""Scales as functions of one value: published and worked cases, both sides of every edge, formulas written out, properties."""

from __future__ import annotations

import math
from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from small_rules import CHECKED, TAUGHT, appraised, row, rules_of, score_of

from suzhou_antidrug.appraisal.rules.model import Item, Position, Scale, Standard, Step
from suzhou_antidrug.appraisal.scoring.curves import make_curve
from suzhou_antidrug.errors import PlanError, SeriesError

NAME = {"zh": "办法", "en": "scale"}
ROUNDING = 1e-9  # of shares near 1 in floats, with slopes up to a thousand


def curve(kind, milestone, *, direction=1, operator="ge", points="10", role="score", **keys):
    scale = Scale(kind=kind, name=NAME, status="synthetic", **keys)
    item = Item(task=1, indicator="x", points=points, scale="s", role=role)
    return make_curve(scale, item, F(milestone), direction, operator=operator)


def standards(*pairs, way="at"):
    return tuple(Standard(**{way: a}, coefficient=c) for a, c in pairs)


def around(value):
    """The float of an edge, with its neighbours one unit in the last place away."""
    at = float(F(value))
    return np.array([np.nextafter(at, -np.inf), at, np.nextafter(at, np.inf)])


ONE_INTERVAL = {"standards": standards(("6", "0.6"), ("12", "1")), "below": "extrapolate", "points": "100"}


class TestEfficacy:
    def test_textbook_case(self):
        # 60 + 40 (5.81 - 6) / (12 - 6) = 58.73: the value lies below the one not allowed
        found = curve("efficacy", "12", **ONE_INTERVAL)
        assert 100 * found.exact(F("5.81")) == 60 + 40 * F("-0.19") / 6
        assert round(float(100 * found.exact(F("5.81"))), 2) == 58.73
        assert (found.exact(F(6)), found.exact(F(12)), found.exact(F(13))) == (F("0.6"), 1, 1)
        assert found.exact(F(-3)) == 0 and found.exact(F(-4)) == 0  # 60 + 40 (-9) / 6 = 0: no further down

    def test_falling_indicators_exchange_the_roles(self):
        rising = curve("efficacy", "12", **ONE_INTERVAL)
        falling = curve(
            "efficacy", "6", direction=-1, **ONE_INTERVAL | {"standards": standards(("12", "0.6"), ("6", "1"))}
        )
        for x in ("5.81", "6", "8", "12", "13", "22"):
            assert falling.exact(-(18 - F(x))) == rising.exact(F(x))

    BANDS = (("85", "0.2"), ("90", "0.4"), ("92", "0.6"), ("95", "0.8"), ("100", "1"))

    @pytest.mark.parametrize(
        ("x", "score"), [("96", "8.4"), ("85", "2"), ("87.5", "3"), ("91", "5"), ("95", "8"), ("100", "10"), ("101", "10")]
    )  # fmt: skip
    def test_banded(self, x, score):
        assert 10 * curve("efficacy", "90", standards=standards(*self.BANDS)).exact(F(x)) == F(score)

    @pytest.mark.parametrize(("below", "score"), [("zero", "0"), ("hold", "2"), ("extrapolate", "1.6")])
    def test_below_the_lowest_standard(self, below, score):
        found = curve("efficacy", "90", standards=standards(*self.BANDS), below=below)
        assert 10 * found.exact(F(84)) == F(score)  # 2 - 2 (90 - 85) / 5 at 80: 0.4 points a unit
        assert 10 * found.exact(F(85)) == 2

    def test_equal_standards_become_a_step(self):
        found = curve("efficacy", "100", standards=standards(("90", "0.4"), ("100", "0.8"), ("100", "1")))
        assert found(around("100"))[1:].tolist() == [1, 1] and found(around("100"))[0] == pytest.approx(
            0.8, abs=ROUNDING
        )
        assert found.exact(F("99.999")) < F("0.8") and found.exact(F(95)) == F("0.6")
        both = curve("efficacy", "100", standards=standards(("100", "0.8"), ("100", "1")), below="extrapolate")
        assert both(around("100")).tolist() == [0, 1, 1]

    def test_dead_band_and_symmetric_slope(self):
        # Yinchuan 2008: a point up for each under 5 % lost, nothing from 5 to 10 %, a point down for each above
        marks = standards(("0.15", "-1"), ("0.10", "0"), ("0.05", "0"), ("0", "1"))
        found = curve("efficacy", "0.05", direction=-1, points="5", standards=marks, below="hold")
        for lost, points in (
            ("0", 5),
            ("0.02", 3),
            ("0.05", 0),
            ("0.07", 0),
            ("0.10", 0),
            ("0.11", -1),
            ("0.15", -5),
            ("0.3", -5),
        ):
            assert 5 * found.exact(-F(lost)) == points

    def test_standards_that_fall_are_refused(self):
        with pytest.raises(SeriesError, match="do not rise from the worst to the best"):
            curve("efficacy", "90", standards=standards(("95", "0.2"), ("90", "1")))


class TestSteps:
    HANGZHOU = (Step(at="0.98", share="1"), Step(at="0.95", share="3/5"))
    BEYOND = tuple(Step(at=s.at, share=s.share, inclusive=False) for s in HANGZHOU)

    def test_inclusive(self):
        found = curve("steps", "0.9", steps=self.HANGZHOU)
        assert found(around("0.95")).tolist() == [0, 0.6, 0.6]
        assert found(around("0.98")).tolist() == [0.6, 1, 1]
        assert found(np.array([0, 0.96, 1, np.nan]))[:3].tolist() == [0, 0.6, 1]

    def test_beyond(self):
        found = curve("steps", "0.9", steps=self.BEYOND)  # 超过 leaves the number out
        assert found(around("0.95")).tolist() == [0, 0, 0.6]
        assert found(around("0.98")).tolist() == [0.6, 0.6, 1]

    def test_falling(self):
        steps = (Step(at="0.02", share="1"), Step(at="0.05", share="0.5", inclusive=False))
        found = curve("steps", "0.02", direction=-1, steps=steps)
        assert found(-around("0.02")).tolist() == [1, 1, 0.5]
        assert found(-around("0.05")).tolist() == [0.5, 0, 0]

    def test_places_relative_to_the_milestone(self):
        assert Position(short="0.05").place(F("0.9"), 1) == F("0.85")
        assert Position(short="0.05").place(F("0.1"), -1) == F("0.15")
        assert Position(short="-0.05").place(F("0.9"), 1) == F("0.95")
        assert Position(ratio="0.8").place(F(10), 1) == 8 and Position(ratio="0.8").place(F(10), -1) == F("12.5")
        assert Position(at="3").place(F(10), 1) == 3


class TestMilestone:
    @pytest.mark.parametrize(
        ("operator", "direction", "shares"),
        [("ge", 1, [0.25, 1, 1]), ("gt", 1, [0.25, 0.25, 1]), ("le", -1, [1, 1, 0.25]), ("lt", -1, [1, 0.25, 0.25]), ("eq", 1, [0.25, 1, 0.25])],
    )  # fmt: skip
    def test_comparisons(self, operator, direction, shares):
        found = curve("milestone", "0.7", direction=direction, operator=operator, otherwise="0.25")
        assert found(direction * around("0.7")).tolist() == shares
        assert (found.lowest, found.highest) == (F(1, 4), 1)

    def test_missing_stays_missing(self):
        assert np.isnan(curve("milestone", "0.7")(np.array([np.nan]))).all()

    def test_pro_rata(self):
        found = curve("pro_rata", "4")
        assert [found.exact(F(x)) for x in (-1, 0, 1, 3, 4, 9)] == [0, 0, F(1, 4), F(3, 4), 1, 1]
        for milestone, direction in (("0", 1), ("5", -1)):
            with pytest.raises(SeriesError, match="has no meaning"):
                curve("pro_rata", milestone, direction=direction)

    def test_linear(self):
        found = curve("linear", "1.2", zero=Position(ratio="0.5"), full=Position(ratio="1"), otherwise="0.1")
        assert [found.exact(F(x)) for x in ("0.5", "0.6", "0.9", "1.2", "2")] == [F("0.1"), F("0.1"), F("0.55"), 1, 1]
        with pytest.raises(SeriesError, match="good side"):
            curve("linear", "1.2", zero=Position(at="2"), full=Position(ratio="1"))


class TestDeduction:
    @pytest.mark.parametrize(("lost", "points"), [(0, 17), (1, 16.5), (3, 15.5), (33, 0.5), (34, 0), (35, 0), (500, 0)])
    def test_half_a_point_a_person(self, lost, points):
        found = curve("deduction", "1", points="17", each="0.5", of="units_short")
        assert 17 * float(found(np.array([float(-lost)]))[0]) == pytest.approx(points, abs=ROUNDING)
        assert 17 * found.exact(F(-lost)) == F(str(points))

    @pytest.mark.parametrize(
        ("part", "shares"),
        [("pro_rata", ("9.5", "9", "8.5")), ("whole_up", ("9", "9", "8")), ("whole_down", ("10", "9", "9"))],
    )
    def test_a_point_for_two_units(self, part, shares):
        found = curve("deduction", "1", each="1", per="2", of="units_short", part=part)
        assert [10 * found.exact(F(-k)) for k in (1, 2, 3)] == [F(s) for s in shares]

    # A point for each whole or begun percentage point under 90 %.
    @pytest.mark.parametrize(
        ("part", "value", "points"),
        [
            ("whole_up", "0.9", 10), ("whole_up", "0.8999", 9), ("whole_up", "0.89", 9), ("whole_up", "0.8899", 8),
            ("whole_down", "0.9", 10), ("whole_down", "0.8901", 10), ("whole_down", "0.89", 9), ("whole_down", "0.8801", 9),
            ("pro_rata", "0.895", "9.5"), ("pro_rata", "0.89", 9), ("pro_rata", "0.95", 10),
            ("whole_up", "0.8", 0), ("whole_up", "0.5", 0), ("whole_down", "0.8", 0), ("whole_down", "0.8001", 1), ("pro_rata", "0.8", 0), ("pro_rata", "0.1", 0),
        ],
    )  # fmt: skip
    def test_edges(self, part, value, points):
        found = curve("deduction", "0.9", each="1", per="0.01", part=part)
        assert 10 * found.exact(F(value)) == F(points)

    @pytest.mark.parametrize(("part", "shares"), [("whole_up", [8, 9, 9]), ("whole_down", [9, 9, 10])])
    def test_one_unit_in_the_last_place(self, part, shares):
        found = curve("deduction", "0.9", each="1", per="0.01", part=part)
        np.testing.assert_allclose(10 * found(around("0.89")), shares, rtol=0, atol=ROUNDING)

    @pytest.mark.parametrize("part", ["whole_up", "whole_down", "pro_rata"])
    def test_floor(self, part):
        plain = curve("deduction", "0", direction=-1, each="3", points="5", part=part)
        owed = curve("deduction", "0", direction=-1, each="3", points="5", floor="-1", part=part)  # 倒扣
        assert [5 * plain.exact(F(-k)) for k in range(4)] == [5, 2, 0, 0]
        assert [5 * owed.exact(F(-k)) for k in range(5)] == [5, 2, -1, -4, -5]
        assert (owed.lowest, owed.highest) == (-1, 1)

    def test_what_a_deduction_item_takes_off(self):
        found = curve("deduction", "0", direction=-1, each="2", points="5", role="deduction")
        assert [5 * found.exact(F(-k)) for k in range(5)] == [0, 2, 4, 5, 5]
        assert (found.lowest, found.highest) == (0, 1)

    def test_nothing_off(self):
        assert curve("deduction", "0", direction=-1, each="0").exact(F(-9)) == 1

    def test_too_many_steps_are_a_mistake(self):
        with pytest.raises(SeriesError, match="taken for a mistake"):
            curve("deduction", "0", direction=-1, each="0.0001", part="whole_up")
        with pytest.raises(SeriesError, match="taken for a mistake"):
            curve("bonus", "0", each="0.0001", role="bonus", part="whole_up")


class TestBonus:
    @pytest.mark.parametrize(
        ("part", "points"), [("whole_down", [0, 0, 1, 1, 3, 3]), ("whole_up", [0, 1, 1, 2, 3, 3]), ("pro_rata", [0, "0.5", 1, "1.5", 3, 3])]
    )  # fmt: skip
    def test_a_point_for_each_point_beyond(self, part, points):
        found = curve("bonus", "0.5", points="3", role="bonus", each="1", per="0.01", part=part)
        values = [F(x) for x in ("0.5", "0.505", "0.51", "0.515", "0.53", "0.9")]
        assert [3 * found.exact(v) for v in values] == [F(p) for p in points]
        assert found.exact(F("0.4")) == 0

    def test_the_last_step_is_what_is_left(self):
        found = curve("bonus", "0", points="5", role="bonus", each="2", part="whole_down")
        assert [5 * found.exact(F(k)) for k in range(5)] == [0, 2, 4, 5, 5]


def shares_text():
    return st.fractions(0, 1, max_denominator=20).map(str)


@st.composite
def scales(draw):
    """A scale of any kind, with what a milestone needs to be put to it."""
    direction = draw(st.sampled_from([1, -1]))
    milestone = draw(st.fractions(F(1, 10), 3, max_denominator=60))
    kind = draw(st.sampled_from(["milestone", "pro_rata", "linear", "steps", "efficacy", "deduction", "bonus"]))
    operator = draw(st.sampled_from(["ge", "gt"] if direction > 0 else ["le", "lt"]))
    part = draw(st.sampled_from(["whole_up", "whole_down", "pro_rata"]))
    unit, each = (str(draw(st.fractions(F(1, 50), 2, max_denominator=50))) for _ in "ab")
    keys: dict[str, object] = {}
    if kind == "pro_rata":
        direction, operator = 1, "ge"
    elif kind == "milestone":
        keys = {"otherwise": draw(shares_text())}
    elif kind == "linear":
        low, high = sorted(
            draw(st.lists(st.fractions(-1, 3, max_denominator=40), min_size=2, max_size=2)), key=lambda x: direction * x
        )
        keys = {"zero": Position(at=str(low)), "full": Position(at=str(high)), "otherwise": draw(shares_text())}
    elif kind == "steps":
        at = sorted(
            draw(st.sets(st.fractions(-1, 3, max_denominator=40), min_size=1, max_size=5)), key=lambda x: -direction * x
        )
        got = sorted(
            draw(st.sets(st.fractions(F(1, 20), 1, max_denominator=40), min_size=len(at), max_size=len(at))),
            reverse=True,
        )
        keys = {
            "steps": tuple(
                Step(at=str(a), share=str(s), inclusive=draw(st.booleans())) for a, s in zip(at, got, strict=True)
            )
        }
    elif kind == "efficacy":
        at = sorted(
            draw(st.lists(st.fractions(-1, 3, max_denominator=40), min_size=2, max_size=22)),
            key=lambda x: direction * x,
        )
        got = sorted(draw(st.lists(st.fractions(0, 1, max_denominator=40), min_size=len(at), max_size=len(at))))
        keys = {
            "standards": standards(*zip(map(str, at), map(str, got), strict=True)),
            "below": draw(st.sampled_from(["zero", "hold", "extrapolate"])),
        }
    else:
        keys = {"each": each, "per": unit, "part": part}
        if kind == "deduction":
            keys["floor"] = draw(st.sampled_from(["0", "-1", "1/2"]))
    role = "bonus" if kind == "bonus" else "score"
    return kind, milestone, direction, operator, role, keys


def formula(kind, milestone, direction, operator, keys, v, points=10):
    """The share at a directed value, written out once more; None where the definition is that of a curve."""
    m = direction * milestone
    if kind == "milestone":
        return F(1) if (v >= m if operator[1] == "e" else v > m) else F(keys["otherwise"])
    if kind == "pro_rata":
        return min(F(1), max(F(0), v / m))
    if kind == "steps":
        for step in keys["steps"]:
            if (v >= direction * F(step.at)) if step.inclusive else (v > direction * F(step.at)):
                return F(step.share)
        return F(0)
    if kind in ("deduction", "bonus"):
        gap = max(F(0), (m - v if kind == "deduction" else v - m)) / F(keys["per"])
        count = {"whole_up": math.ceil(gap), "whole_down": math.floor(gap), "pro_rata": gap}[keys["part"]]
        moved = F(keys["each"]) * count / points
        return max(F(keys["floor"]), 1 - moved) if kind == "deduction" else min(F(1), moved)
    if kind == "linear":
        low, high = (direction * F(keys[k].at) for k in ("zero", "full"))
        start = F(keys["otherwise"])
        return F(1) if v >= high else start if v <= low else start + (1 - start) * (v - low) / (high - low)
    return None


class TestProperties:
    @staticmethod
    def probe(found):
        knots = found.knots
        far = [knots[0] - 50, knots[-1] + 50]
        near = [k + e for k in knots for e in (0, F(1, 10**6), -F(1, 10**6))]
        return sorted({*far, *near, *((a + b) / 2 for a, b in pairwise(knots))})

    @given(scales())
    def test_floats_equal_exact_arithmetic(self, given_scale):
        kind, milestone, direction, operator, role, keys = given_scale
        found = curve(kind, milestone, direction=direction, operator=operator, role=role, **keys)
        gaps = [b - a for a, b in pairwise(found.knots)]
        assume(not gaps or min(gaps) > F(1, 10**5))  # closer knots than the probes are apart
        points = self.probe(found)
        np.testing.assert_allclose(found(np.array([float(v) for v in points])), [float(found.exact(v)) for v in points], atol=ROUNDING)  # fmt: skip
        at = np.array([float(k) for k in found.knots])
        assert found(at).tolist() == [float(found.exact(k)) for k in found.knots]  # edges are not approximate
        for side in (np.inf, -np.inf):
            beside = np.nextafter(at, side)
            np.testing.assert_allclose(found(beside), [float(found.exact(F(float(v)))) for v in beside], atol=ROUNDING)

    @given(scales())
    def test_curves_equal_their_formulas(self, given_scale):
        kind, milestone, direction, operator, role, keys = given_scale
        assume(kind != "efficacy")
        found = curve(kind, milestone, direction=direction, operator=operator, role=role, **keys)
        for v in self.probe(found):
            assert found.exact(v) == formula(kind, milestone, direction, operator, keys, v)

    @given(scales())
    def test_better_values_never_get_less(self, given_scale):
        kind, milestone, direction, operator, role, keys = given_scale
        found = curve(kind, milestone, direction=direction, operator=operator, role=role, **keys)
        shares = [found.exact(v) for v in self.probe(found)]
        assert shares == sorted(shares)

    @given(scales())
    def test_extremes_are_reached_and_not_passed(self, given_scale):
        kind, milestone, direction, operator, role, keys = given_scale
        found = curve(kind, milestone, direction=direction, operator=operator, role=role, **keys)
        shares = [found.exact(v) for v in self.probe(found)]
        assert (found.lowest, found.highest) == (min(shares), max(shares))

    def test_many_knots_are_searched_as_few_are_compared(self):
        """Seventeen knots and more take another way through the code: both must agree with the exact one."""
        for count in (8, 16, 17, 40):
            found = curve("deduction", "0.9", each="1", per="0.01", part="whole_up", points=str(count))
            assert len(found.knots) == count
            v = np.concatenate([around(k) for k in found.knots] + [np.linspace(0, 1, 97)])
            exact = [float(found.exact(F(x))) for x in v]
            exact[1 : 3 * count : 3] = [float(found.exact(k)) for k in found.knots]
            assert found(v).tolist() == exact


def test_two_steps_at_one_place_are_refused(plan):
    twice = {"kind": "steps", "steps": ({"at": "0.9", "share": "1"}, {"at": "0.9", "share": "0.5"})}
    with pytest.raises(PlanError, match="do not rise"):
        rules_of(plan, [CHECKED | {"scale": "twice"}], scales={"twice": twice})


def test_a_bonus_that_gives_nothing_gives_nothing(plan):
    nothing = {"kind": "bonus", "each": "0", "per": "0.01"}
    rules = rules_of(
        plan, [CHECKED, TAUGHT | {"scale": "nothing", "role": "bonus"}], scales={"nothing": nothing}, bonus_cap="10"
    )
    rows = [row("user_check_rate", 90, 100), row("high_risk_education_coverage", 99, 100)]
    assert score_of(appraised(plan, rows, rules))["score"] == 90
