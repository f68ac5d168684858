"""Half widths of printed figures, and the test of printed changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.datasets import check_printed_change, half_widths

# Closed-form arithmetic on doubles.
EXACT = 1e-12


def widths(*rows: tuple[str, str, str]) -> list[float]:
    table = pd.DataFrame(rows, columns=["value", "unit", "precision"])
    return half_widths(table["value"], table["unit"], table["precision"]).tolist()


@pytest.mark.parametrize(
    ("value", "unit", "precision", "expected"),
    [
        ("83000", "cases", "rounded", 500.0),  # 8.3万
        ("109600", "cases", "rounded", 50.0),  # 10.96万
        ("140000", "cases", "rounded", 5000.0),  # 14万
        ("3000000", "persons", "approximate", 5000.0),  # 300万: never coarser than one 万
        ("683", "cases", "as_printed", 0.0),  # a count printed in full is exact
        ("2474946", "persons", "as_printed", 0.0),
        ("25890", "persons", "as_printed", 0.0),  # one zero at the end happens by chance
        ("25900", "persons", "as_printed", 50.0),  # two above 万 mean 2.59万
        ("9900", "persons", "as_printed", 0.0),  # below 万 figures are printed in full
        ("10716000", "persons", "as_printed", 500.0),
        ("102.5", "tonnes", "as_printed", 0.05),
        ("27", "tonnes", "as_printed", 0.5),
        ("36.0", "percent", "as_printed", 0.05),  # the printed zero is a digit
        ("36", "percent", "as_printed", 0.5),
        ("-28.6", "percent", "as_printed", 0.05),
        ("-60", "percent", "approximate", 5.0),  # 六成
        ("0", "incidents", "as_printed", 0.0),
        ("662", "cases", "computed", 0.5),
    ],
)
def test_half_a_unit_of_the_last_printed_digit(value: str, unit: str, precision: str, expected: float) -> None:
    assert widths((value, unit, precision)) == [pytest.approx(expected, rel=EXACT)]


def test_floors_rules_and_words_have_no_width() -> None:
    found = widths(("97", "percent", "at_least"), ("90", "percent", "as_written"), ("", "qualitative", "as_printed"))
    assert np.isnan(found).all()


def test_national_cases_2022_against_2021_the_published_contradiction() -> None:
    # National reports of 2021 and 2022, in 10,000 cases: 5.4, then 3.5 "down 28.6 %".
    found = check_printed_change(
        5.4, 3.5, -0.286, previous_halfwidth=0.05, current_halfwidth=0.05, printed_halfwidth=0.0005
    )
    assert not found.consistent
    assert float(found.low) * 100 == pytest.approx(-36.69724770642202, rel=1e-8)
    assert float(found.high) * 100 == pytest.approx(-33.644859813084125, rel=1e-8)
    assert float(found.implied_base) == pytest.approx(4.901960784313726, rel=1e-8)


def test_national_stock_2022_agrees() -> None:
    found = check_printed_change(
        148.6, 112.4, -0.243, previous_halfwidth=0.05, current_halfwidth=0.05, printed_halfwidth=0.0005
    )
    assert found.consistent


def test_both_sides_of_each_end_of_the_band() -> None:
    # Levels 100 and 90 with half width 1: changes from 89/101 - 1 to 91/99 - 1, widened by 0.0005.
    ends = np.array([89 / 101 - 1 - 0.0005, 91 / 99 - 1 + 0.0005])
    outward = np.array([-1e-6, 1e-6])
    printed = np.concatenate([ends, ends - outward, ends + outward])
    found = check_printed_change(100, 90, printed, previous_halfwidth=1, current_halfwidth=1, printed_halfwidth=0.0005)
    assert found.consistent.tolist() == [True, True, True, True, False, False]


def test_exact_levels_leave_only_the_rounding_of_the_change() -> None:
    found = check_printed_change(
        [5557, 5557],
        [4712, 4712],
        [-0.152, -0.153],
        previous_halfwidth=0,
        current_halfwidth=0,
        printed_halfwidth=0.0005,
    )
    assert found.consistent.tolist() == [True, False]  # -15.206 %: prints as -15.2


def test_a_base_that_may_be_zero_bounds_nothing_above() -> None:
    found = check_printed_change(
        [1, 1], [5, 5], [40.0, 1.0], previous_halfwidth=1, current_halfwidth=0, printed_halfwidth=0.005
    )
    assert np.isinf(found.high).all()
    assert found.consistent.tolist() == [True, False]  # the least change is 5/2 - 1 = 1.5


def test_negative_levels_and_widths_are_refused() -> None:
    for levels in [(-1, 5, 0.1, 0.1), (1, -5, 0.1, 0.1), (1, 5, -0.1, 0.1), (1, 5, 0.1, -0.1)]:
        before, after, wide, narrow = levels
        with pytest.raises(ValueError, match="negative"):
            check_printed_change(
                before, after, 0.0, previous_halfwidth=wide, current_halfwidth=narrow, printed_halfwidth=0.0
            )


@given(
    before=st.floats(1.0, 1e6),
    after=st.floats(0.0, 1e6),
    unit=st.sampled_from([0.01, 0.1, 1.0]),
    decimals=st.integers(0, 3),
)
def test_truly_rounded_reports_are_never_flagged(before: float, after: float, unit: float, decimals: int) -> None:
    change_percent = round((after / before - 1) * 100, decimals)
    found = check_printed_change(
        round(before / unit) * unit,
        round(after / unit) * unit,
        change_percent / 100,
        previous_halfwidth=unit / 2,
        current_halfwidth=unit / 2,
        printed_halfwidth=0.5 * 10.0**-decimals / 100,
    )
    assert found.consistent


@given(before=st.floats(10.0, 1e4), after=st.floats(10.0, 1e4), half=st.floats(0, 0.5), beyond=st.floats(1e-6, 5.0))
def test_a_change_beyond_the_band_is_always_flagged(before: float, after: float, half: float, beyond: float) -> None:
    options = {"previous_halfwidth": half, "current_halfwidth": half, "printed_halfwidth": 0.0005}
    top = (after + half) / (before - half) - 1 + 0.0005
    bottom = (after - half) / (before + half) - 1 - 0.0005
    outside = check_printed_change(before, after, [top + beyond, bottom - beyond], **options)
    inside = check_printed_change(before, after, [top - 1e-8, bottom + 1e-8], **options)
    assert not outside.consistent.any()
    assert inside.consistent.all()


def test_the_arrays_broadcast_and_match_one_by_one() -> None:
    rng = np.random.default_rng(7)
    before, after, printed = rng.uniform(1, 9, 50), rng.uniform(1, 9, 50), rng.uniform(-0.9, 3, 50)
    options = {"previous_halfwidth": 0.05, "current_halfwidth": 0.05, "printed_halfwidth": 0.0005}
    together = check_printed_change(before, after, printed, **options)
    for i in range(50):
        alone = check_printed_change(before[i], after[i], printed[i], **options)
        assert bool(alone.consistent) == bool(together.consistent[i])
        assert float(alone.low) == together.low[i]
