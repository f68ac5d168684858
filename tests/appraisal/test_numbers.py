"""Numbers of a rule file: exact as written, rounded by the rule named and by no other."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from suzhou_antidrug.appraisal.rules.numbers import Amount, Number, exact, round_exactly


class Rule(BaseModel):
    number: Number = "1"
    amount: Amount = "1"


@pytest.mark.parametrize("text", ["0", "0.95", "12", "3/5", "-0.5", "-1/3", "10/10"])
def test_decimals_and_fractions_are_numbers(text):
    assert Rule(number=text).number == text


@pytest.mark.parametrize("text", ["", "a", "1.", ".5", "1/0", "1/", "1e3", "0.5%", "1 / 2", "0x1"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValidationError, match="decimal or a fraction in quotes"):
        Rule(number=text)


def test_an_amount_is_nought_or_above():
    assert Rule(amount="0").amount == "0" and Rule(amount="1/2").amount == "1/2"
    for text in ("-0.5", "-1", "-1/3"):
        with pytest.raises(ValidationError, match="must not be negative"):
            Rule(amount=text)


def test_a_figure_is_what_was_typed():
    assert exact(0.1) + exact(0.2) == exact(0.3) == Fraction(3, 10)
    assert exact("1/3") == Fraction(1, 3) and exact(7) == 7 and exact("0.29") == Fraction(29, 100)


@pytest.mark.parametrize(
    ("value", "digits", "truncated", "half_up", "half_even"),
    [
        ("2.5", 0, "2", "3", "2"),
        ("3.5", 0, "3", "4", "4"),
        ("2.51", 0, "2", "3", "3"),
        ("2.49", 0, "2", "2", "2"),
        ("0.125", 2, "0.12", "0.13", "0.12"),
        ("0.135", 2, "0.13", "0.14", "0.14"),
        ("-2.5", 0, "-2", "-3", "-2"),
        ("-0.126", 2, "-0.12", "-0.13", "-0.13"),
        ("2/3", 3, "0.666", "0.667", "0.667"),
        ("0", 2, "0.00", "0.00", "0.00"),
        ("100", 2, "100.00", "100.00", "100.00"),
    ],
)
def test_rounding_by_hand(value, digits, truncated, half_up, half_even):
    modes = {"truncate": truncated, "half_up": half_up, "half_even": half_even}
    assert {mode: str(round_exactly(Fraction(value), digits, mode)) for mode in modes} == modes


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=4000), st.integers(0, 4))
def test_half_even_as_python_rounds_fractions(value, digits):
    assert Fraction(round_exactly(value, digits, "half_even")) == round(value, digits)
    half_up = Fraction(round_exactly(value, digits, "half_up"))
    assert abs(half_up - value) <= Fraction(1, 2 * 10**digits) and abs(half_up) >= abs(round(value, digits))
    cut = round_exactly(value, digits, "truncate")
    assert 0 <= abs(value) - abs(Fraction(cut)) < Fraction(1, 10**digits) and isinstance(cut, Decimal)
