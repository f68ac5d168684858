"""What is hidden stays hidden: every table of whole numbers that fits what is shown is tried by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suzhou_antidrug.disclosure import HIDDEN, has_personal_mark, personal_heading, refuse_marks, suppress_small
from suzhou_antidrug.errors import OutputError, SeriesError

PLACES = ["a", "b", "c", "d"]


def table(counts, **more):
    return pd.DataFrame({"place": PLACES[: len(counts)], "found": counts, **more})


def test_a_small_count_takes_a_second_one_with_it():
    seen = suppress_small(table([3, 8, 20, 30]), counts="found", by="place")
    assert seen.hidden["found"].tolist() == [True, True, False, False]
    assert seen.frame["found"].tolist() == [str(HIDDEN), str(HIDDEN), 20, 30]
    assert seen.totals["found"].tolist() == [61]


def test_zeros_stay_and_five_stays():
    assert not suppress_small(table([0, 5, 9]), counts="found", by="place").hidden.any(axis=None)
    assert suppress_small(table([0, 4, 9]), counts="found", by="place").hidden["found"].tolist()[1]


def test_what_is_left_of_a_base_is_small_too():
    seen = suppress_small(
        table([97, 50, 60], base=[100, 90, 100], rate=[0.97, 0.56, 0.6]), counts="found", by="place",
        complement={"found": "base"}, derived={"rate": ["found"]},
    )  # fmt: skip
    assert seen.hidden["found"].tolist()[0] and seen.hidden["rate"].tolist()[0]


def possible(shown_total: int, shown: list[int | None], most: int):
    """Every table of whole numbers that agrees with what is shown."""
    open_ = [i for i, v in enumerate(shown) if v is None]
    rest = shown_total - sum(v for v in shown if v is not None)
    for values in itertools.product(range(min(rest, most) + 1), repeat=len(open_)):
        if sum(values) == rest:
            yield dict(zip(open_, values, strict=True))


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=4))
def test_no_hidden_cell_can_be_narrowed_below_five(counts):
    seen = suppress_small(table(counts), counts="found", by="place")
    hidden = seen.hidden["found"].to_numpy()
    small = (np.array(counts) > 0) & (np.array(counts) < 5)
    assert (hidden | ~small).all()
    if not hidden.any() or seen.totals_hidden["found"].any():
        return
    total = sum(counts)
    shown = [None if h else c for h, c in zip(hidden, counts, strict=True)]
    ranges: dict[int, set[int]] = {}
    for found in possible(total, shown, total):
        for i, v in found.items():
            ranges.setdefault(i, set()).add(v)
    for i in np.flatnonzero(hidden):
        assert max(ranges[i]) - min(ranges[i]) >= 5


def test_two_ways_of_adding_up_are_both_guarded():
    frame = pd.DataFrame(
        [(p, y, v) for (p, y), v in zip(itertools.product("abc", (2020, 2021)), [3, 40, 50, 60, 70, 80], strict=True)],
        columns=["place", "year", "found"],
    )
    seen = suppress_small(frame, counts="found", by=["place", "year"])
    hidden = frame[seen.hidden["found"]]
    assert (hidden.groupby("place").size() >= 2).all() and (hidden.groupby("year").size() >= 2).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"counts": "nothing"},
        {"counts": "found", "by": "nowhere"},
    ],
)
def test_columns_that_are_not_there(wrong):
    with pytest.raises(SeriesError):
        suppress_small(table([3, 8]), **({"by": "place"} | wrong))


def test_an_undeclared_column_is_refused_and_not_let_through():
    with pytest.raises(SeriesError) as caught:
        suppress_small(table([3, 8], rate=[0.1, 0.2]), counts="found", by="place")
    assert caught.value.problems[0].code == "undeclared"


def test_counts_that_are_none():
    for bad in ([-1, 3], [1.5, 3], [np.nan, 3]):
        with pytest.raises(SeriesError):
            suppress_small(table(bad), counts="found", by="place")


def test_marks_of_persons_do_not_leave():
    with pytest.raises(OutputError) as caught:
        refuse_marks(pd.DataFrame({"note": ["13800000000"]}))
    assert "13800000000" not in str(caught.value)
    assert has_personal_mark("电话138 0000 0000") and not has_personal_mark("1380 人")
    assert personal_heading("身份证 号码") == "身份证号码"


def test_three_thousand_places_are_done_at_once():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"place": [f"p{n}" for n in range(3000)], "found": rng.poisson(8, 3000)})
    seen = suppress_small(frame, counts="found", by="place")
    small = frame["found"].between(1, 4)
    assert (seen.hidden["found"] | ~small).all()
