"""Numbers of a rule file, exact: decimals or fractions in quotes, never binary.  规则中的精确数。"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator

_NUMBER = re.compile(r"-?\d+(\.\d+)?|-?\d+/[1-9]\d*")


def _checked(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise ValueError("must be a decimal or a fraction in quotes, such as '0.95' or '3/5'")
    return text


def _not_negative(text: str) -> str:
    if Fraction(text) < 0:
        raise ValueError("must not be negative")
    return text


Number = Annotated[str, AfterValidator(_checked)]  # in quotes, so that 0.1 is a tenth
Amount = Annotated[str, AfterValidator(_checked), AfterValidator(_not_negative)]


def exact(value: float | str) -> Fraction:
    """Return a figure as typed: 0.9 is nine tenths, not its binary neighbour.  按所写的数取精确值。

    >>> exact(0.29) * 100
    Fraction(29, 1)
    """
    return Fraction(value) if isinstance(value, str) else Fraction(repr(float(value)))


def round_exactly(value: Fraction, digits: int, mode: str) -> Decimal:
    """Return a score with so many digits; ``half_up`` is 四舍五入, away from zero at a half.  按规则取舍。

    >>> str(round_exactly(Fraction("89.945"), 2, "half_up")), str(round_exactly(Fraction("89.945"), 2, "half_even"))
    ('89.95', '89.94')
    """
    # Whole units and a remainder of one digit decide every mode: the quotient itself may have no end as a decimal.
    scaled = abs(value) * 10**digits
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    up = {
        "truncate": False,
        "half_up": rest >= Fraction(1, 2),
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1),
    }[mode]
    out = Decimal(whole + up).scaleb(-digits)
    return -out if value < 0 else out
