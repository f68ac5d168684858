"""The door for tables of persons: refused whole, by counts and positions, and never shown row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.indicators.relapse.spells import Spells
from suzhou_antidrug.verdicts import Verdict

CODES = {0: "censored", 1: "relapse", 2: "death"}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def table(**change):
    frame = pd.DataFrame({
        "code": ["p1", "p2", "p3", "p3"], "from": [0.0, 0.0, 0.0, 5.0], "to": [3.5, 8.25, 5.0, 9.0], "end": [1, 2, 1, 0],
        "division": ["昆山市", "太仓市", "昆山市", "昆山市"],
    })  # fmt: skip
    return frame.assign(**change)


def read(frame, **change):
    how = {
        "person": "code",
        "entry": "from",
        "exit": "to",
        "event": "end",
        "event_codes": CODES,
        "groups": ["division"],
    }
    return Spells.from_frame(frame, **(how | change))


def test_counts_are_shown_and_rows_are_not():
    spells = read(table())  # three persons: every count is small
    shown = repr(spells) + str(spells.explain()) + spells._repr_html_()
    assert "4 spells of 3 persons" in shown
    for secret in ("p1", "p3", "8.25", "3.5,"):
        assert secret not in shown
    assert spells.counts == {"relapse": 2, "death": 1, "censored": 1}
    assert spells.recurrent and len(spells.to_first_event()) == 3
    hidden = spells.frame.query("label == '太仓市'").iloc[0]
    assert hidden["persons"] == "已抑制" and hidden["person_time"] == "已抑制"
    assert spells.count_by("division", minimum=1).query("label == '太仓市'")["persons"].tolist() == [1]
    assert set(spells.rows()["person"]) == {0, 1, 2}


def identity_number() -> str:
    """A number with a right check character that no person can bear: its area was never given."""
    body = "89999918990230001"
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


@pytest.mark.parametrize(
    "bad",
    [
        {"code": [identity_number(), "p2", "p3", "p3"]},
        {"note": ["电话 13800000000", "", "", ""]},
        {"phone": [13800000000, 1, 2, 3]},
        {"姓名": ["甲", "乙", "丙", "丙"]},
    ],
)
def test_marks_of_persons_are_refused_at_the_door_without_being_repeated(bad):
    with pytest.raises(SeriesError) as caught:
        read(table(**bad))
    told = str(caught.value) + str(caught.value.frame.to_dict())
    assert {p.code for p in caught.value.problems} == {"personal_data"}
    for secret in (identity_number(), "13800000000", "甲"):
        assert secret not in told


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": [3.5, 8.25, 5.0, 4.0]}, "exit_before_entry"),
        ({"to": [3.5, 0.0, 5.0, 9.0]}, "zero_time"),
        ({"from": [-1.0, 0.0, 0.0, 5.0]}, "negative_time"),
        ({"to": [3.5, np.nan, 5.0, 9.0]}, "missing_time"),
        ({"to": ["3.5", "昨天", "5", "9"]}, "not_a_time"),
        ({"end": [1, 9, 1, 0]}, "unknown_event"),
        ({"end": [1, None, 1, 0]}, "missing_event"),
        ({"code": ["p1", None, "p3", "p3"]}, "missing_person"),
        ({"division": ["昆山市", None, "昆山市", "昆山市"]}, "missing_group"),
        ({"from": [0.0, 0.0, 0.0, 4.0]}, "overlap"),
    ],
)
def test_every_fault_has_its_name(change, code):
    with pytest.raises(SeriesError) as caught:
        read(table(**change))
    assert [p.code for p in caught.value.problems] == [code]


def test_all_faults_come_at_once():
    with pytest.raises(SeriesError) as caught:
        read(table(to=[3.5, -2.0, np.nan, 9.0], end=[9, 2, 1, None]))
    assert {p.code for p in caught.value.problems} == {
        "negative_time",
        "missing_time",
        "unknown_event",
        "missing_event",
    }


def test_all_censored_is_not_assessable_and_an_empty_cohort_is_refused():
    assert read(table(end=0)).judgement.verdict is Verdict.NOT_ASSESSABLE
    assert read(table()).judgement is None
    with pytest.raises(SeriesError):
        read(table().iloc[:0])


def test_too_many_labels_are_no_groups():
    frame = pd.DataFrame({"code": range(200), "to": 1.0, "end": 1, "age": np.arange(200) / 7})
    with pytest.raises(SeriesError) as caught:
        Spells.from_frame(frame, person="code", exit="to", event="end", event_codes=CODES, groups=["age"])
    assert caught.value.problems[0].code == "too_many_labels"


def test_columns_and_units_that_do_not_exist():
    with pytest.raises(UnknownNameError):
        read(table(), exit="until")
    with pytest.raises(UnknownNameError):
        read(table(), unit="moons")
