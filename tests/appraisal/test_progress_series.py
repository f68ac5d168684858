"""Annual rates beside the other systems, and the rules that need a series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suzhou_antidrug.appraisal.progress.compare import compare_progress
from suzhou_antidrug.appraisal.progress.facts import ProgressFacts
from suzhou_antidrug.appraisal.progress.reduction_rates import aarr
from suzhou_antidrug.appraisal.progress.series_rules import anticipated_progress, distance_and_trend, rank_trend
from suzhou_antidrug.errors import SeriesError

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "target"


def facts(*rows):
    columns = ["case", "baseline", "t0", "current", "t", "target", "t_target", "direction"]
    return ProgressFacts.from_frame(pd.DataFrame(rows, columns=columns))


def series(case, years, values):
    return pd.DataFrame({"case": case, "time": years, "value": values})


UNDER_FIVE = ("under five", 90, 1990, 48, 2012, 30, 2015, -1)  # IGME: two thirds less
OFFICES = ("offices", 50, 2019, 66, 2021, 90, 2022, 1)


class TestAnnualRates:
    @pytest.mark.parametrize(("kind", "column"), [("continuous", "continuous_ln"), ("discrete", "discrete")])
    def test_the_published_rates_are_told(self, kind, column):
        printed = pd.read_csv(GOLDEN / "igme_arr_convention.csv")[column].to_numpy()  # required, on track, achieved
        found = aarr(facts(UNDER_FIVE), kind=kind)
        told = f"{100 * printed[2]:.2f} % a year, on track {100 * printed[1]:.2f} %, from now {100 * printed[0]:.2f} %"
        assert found.reason[0] == told and found.label[0] == "insufficient"
        assert found.value[0] == pytest.approx(printed[2] - printed[1], abs=1e-5)

    def test_both_kinds_agree_and_on_track_means_no_more_is_required(self):
        rng = np.random.default_rng(1)
        rows = [(f"c{k}", *v, 2022, d) for k, (v, d) in enumerate(zip(np.column_stack([rng.uniform(1, 99, 200), np.full(200, 2019), rng.uniform(1, 99, 200), np.full(200, 2021), rng.uniform(1, 99, 200)]), rng.choice([-1, 1], 200), strict=True))]  # fmt: skip
        given = facts(*rows)
        a, b = (aarr(given, kind=k) for k in ("discrete", "continuous"))
        assert a.label.tolist() == b.label.tolist() and len(set(a.label)) == 4
        assert not np.allclose(a.value, b.value)
        for row, label in zip(rows, b.label, strict=True):
            b0, y, goal, d = row[1], row[3], row[5], row[7]
            if label in ("on track", "insufficient"):
                assert (d * np.log(goal / y) <= d * np.log(goal / b0) / 3) == (label == "on track")

    def test_at_the_edge_and_beside_it(self):
        half = 100 * 0.81**0.5  # on the geometric path from 100 to 81 in two years
        rows = [
            (n, 100, 0, v, 1, 81, 2, -1)
            for n, v in (("at", half), ("above", half + 0.01), ("up", 100.1), ("there", 81))
        ]
        assert aarr(facts(*rows)).label.tolist() == ["on track", "insufficient", "moving away", "target met"]

    def test_rising_indicators_zeros_and_no_number(self):
        rising, zero, none, slip = (aarr(facts(r)) for r in (
            OFFICES, ("z", 3, 2019, 1, 2021, 0, 2022, -1), ("n", 3, 2019, 1, 2021, np.nan, 2022, -1), ("keep", 100, 2019, 99.5, 2021, 100, 2022, 1),
        ))  # fmt: skip
        assert rising.value[0] == pytest.approx((66 / 50) ** (1 / 2) - (90 / 50) ** (1 / 3), abs=1e-12)
        assert zero.label[0] == "undefined" and "0 or below" in zero.reason[0] and np.isnan(zero.value[0])
        assert none.label[0] == "n/a" and none.standing[0] == "not_judged"
        assert slip.label[0] == "moving away" and slip.value[0] < 0


class TestAnticipated:
    def test_the_line_is_numpys(self):
        rng = np.random.default_rng(2)
        years, y = np.array([2015.0, 2016, 2018, 2019, 2021]), rng.uniform(40, 60, 5)
        for weighting, w in (("later_more", (years - 2014) / 7), ("equal", np.ones(5)), (lambda t: 0.8 ** (2021 - t), 0.8 ** (2021 - years))):  # fmt: skip
            wanted = np.polyval(np.polyfit(years, y, 1, w=np.sqrt(w)), 2030)
            given = facts(("a", y[0], 2015, y[-1], 2021, wanted + 20, 2030, 1))
            found = anticipated_progress(given, series("a", years, y), weighting=weighting)
            assert found.value[0] == pytest.approx(20 / abs(wanted + 20 - y[0]), rel=1e-9)

    def test_labels_on_both_sides(self):
        years, up = [2019, 2020, 2021], [50.0, 60, 70]  # 80 in 2022
        for target, label, stand in ((79.9, "maintain", "on_the_way"), (80, "maintain", "on_the_way"), (80.1, "accelerate", "too_slow"), (70, "maintain", "met")):  # fmt: skip
            found = anticipated_progress(facts(("a", 50, 2019, 70, 2021, target, 2022, 1)), series("a", years, up))
            assert (found.label[0], found.standing[0]) == (label, stand)
        found = anticipated_progress(facts(("a", 70, 2019, 50, 2021, 90, 2022, 1)), series("a", years, up[::-1]))
        assert (found.label[0], found.standing[0]) == ("reverse", "away")
        still = anticipated_progress(facts(("a", 1e6, 2019, 1e6, 2021, 2e6, 2022, 1)), series("a", years, [1e6] * 3))
        assert still.label[0] == "accelerate" and still.value[0] == pytest.approx(1)

    def test_a_tolerance_moves_the_cut(self):
        given, y = facts(("a", 50, 2019, 70, 2021, 83, 2022, 1)), series("a", [2019, 2020, 2021], [50, 60, 70])
        gap = 3 / 33
        assert anticipated_progress(given, y).value[0] == pytest.approx(gap)
        assert anticipated_progress(given, y, cut=gap - 1e-6).label[0] == "accelerate"
        assert anticipated_progress(given, y, cut=gap + 1e-6).label[0] == "maintain"

    def test_where_the_weights_decide_it_is_said(self):
        given = facts(("a", 50, 2017, 62, 2021, 63, 2022, 1))
        y = series("a", [2017, 2018, 2019, 2020, 2021], [50, 50, 50, 56, 62])
        found = anticipated_progress(given, y)
        assert found.label[0] == "maintain" and "equal weights: accelerate" in found.reason[0]
        assert anticipated_progress(given, y, weighting="equal").label[0] == "accelerate"

    def test_a_line_to_zero_is_told_as_zero(self):
        found = anticipated_progress(facts(("z", 3, 2019, 1, 2021, 0, 2022, -1)), series("z", [2019, 2020, 2021], [3, 2, 1]))  # fmt: skip
        assert found.label[0] == "maintain" and found.reason[0] == "0 in 2022"

    def test_keeping_a_hundred(self):
        kept = anticipated_progress(
            facts(("k", 100, 2019, 100, 2021, 100, 2022, 1)), series("k", [2019, 2020, 2021], [100] * 3)
        )
        slipped = anticipated_progress(
            facts(("k", 100, 2019, 99, 2021, 100, 2022, 1)), series("k", [2019, 2020, 2021], [100, 100, 99])
        )
        assert kept.label[0] == "maintain" and kept.value[0] == 0
        assert slipped.label[0] == "reverse" and np.isnan(slipped.value[0])

    @pytest.mark.parametrize(
        ("frame", "word"),
        [
            (pd.DataFrame({"case": ["offices"], "time": [1]}), "column value"), (series("x", [2019, 2020], [1, 2]), "x is in the series"),
            (series("offices", [2019, 2019], [1, 2]), "2019 twice"), (series("offices", [2019, 2020], [1, np.nan]), "missing or infinite"),
        ],
    )  # fmt: skip
    def test_a_series_that_cannot_be_is_refused(self, frame, word):
        with pytest.raises(SeriesError, match=word):
            anticipated_progress(facts(OFFICES), frame)
        with pytest.raises(SeriesError, match=word):
            compare_progress(facts(OFFICES), series=frame)


class TestRankTrend:
    def test_the_exact_p_is_scipys(self):
        rng = np.random.default_rng(3)
        for n in (3, 4, 5, 6):
            for y in (rng.normal(size=n), rng.integers(0, 3, n) + np.eye(n)[0]):
                t = np.arange(n)
                rho, p = rank_trend(y, t)
                theirs = stats.permutation_test((y,), lambda v, t=t: stats.spearmanr(v, t).statistic, permutation_type="pairings", n_resamples=np.inf)  # fmt: skip
                assert rho == pytest.approx(theirs.statistic) and p == pytest.approx(theirs.pvalue)

    def test_three_years_cannot_speak_and_four_can(self):
        assert rank_trend([1, 2, 3], [1, 2, 3]) == (1.0, pytest.approx(1 / 3))
        assert rank_trend([1, 2, 3, 4], [1, 2, 3, 4]) == (1.0, pytest.approx(1 / 12))
        assert rank_trend([5, 5, 5], [1, 2, 3]) == (0.0, 1.0)

    def test_distance_and_labels(self):
        years = [2018, 2019, 2020, 2021]
        given = facts(("up", 50, 2018, 66, 2021, 90, 2022, 1), ("down", 66, 2018, 50, 2021, 90, 2022, 1), ("met", 50, 2018, 95, 2021, 90, 2022, 1), ("bare", 50, 2018, 60, 2021, 90, 2022, 1))  # fmt: skip
        y = pd.concat([series("up", years, [50, 58, 60, 66]), series("down", years, [66, 60, 58, 50]), series("met", years, [50, 70, 90, 95])])  # fmt: skip
        found = distance_and_trend(given, y, spread=12)
        assert found.label.tolist() == ["improving", "deteriorating", "target met", "n/a"]
        assert found.standing.tolist() == ["not_judged", "away", "met", "not_judged"]
        assert found.value.tolist() == pytest.approx([2, 40 / 12, 0, 2.5])
        assert distance_and_trend(given, y, level=0.08).label.tolist()[:2] == ["no trend", "no trend"]
        with pytest.raises(ValueError, match="spread"):
            distance_and_trend(given, y, spread=0)


def test_the_comparison_takes_a_series_and_marks_what_is_assumed():
    y = series("offices", [2019, 2020, 2021], [50, 58, 66])
    plain, more = compare_progress(facts(OFFICES)), compare_progress(facts(OFFICES), series=y)
    added = set(more.frame["system"]) - set(plain.frame["system"])
    assert added == {"anticipated", "oecd_trend"}
    table = more.frame.set_index("system")
    assert table.loc[["anticipated", "oecd_trend"], "unverified"].all() and not table.loc["aarr_discrete", "unverified"]
    assert "预期进展" not in str(plain.explain()) and "预期进展" in str(more.explain())
    assert plain.made.fingerprint != more.made.fingerprint
