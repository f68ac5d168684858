"""Units: what one of each is inside, that many labels are one unit, and that an unknown one is refused."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.errors import UnknownNameError
from suzhou_antidrug.indicators.wastewater.quantities import INSIDE, convert, known_units, unit_factor

GOLDEN = Path(__file__).parents[2] / "golden" / "wastewater_worked_examples.csv"
ROUNDING = 1e-12  # one multiplication of floats
PRINTED = 1e-4  # the examples are printed to five figures


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("ng/L", 1.0),
        ("NG/l", 1.0),
        ("纳克/升", 1.0),
        ("ng·L⁻¹", 1.0),
        ("pg/mL", 1.0),
        ("ug/L", 1e3),
        ("\u00b5g/L", 1e3),  # micro sign
        ("\u03bcg/L", 1e3),  # Greek mu
        ("ｕｇ／Ｌ", 1e3),
        ("微克/升", 1e3),
        ("ng/mL", 1e3),
        ("mg/L", 1e6),
        ("ug/mL", 1e6),
    ],
)
def test_units_of_concentration(unit: str, factor: float) -> None:
    assert unit_factor(unit, "concentration") == factor


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("m3/d", 1.0),
        ("m³/天", 1.0),
        ("㎥/d", 1.0),
        ("m^3/day", 1.0),
        ("吨/日", 1.0),  # a tonne of sewage is taken as a cubic metre
        ("万m3/d", 1e4),
        ("万 m³ / 天", 1e4),
        ("万吨/日", 1e4),
        ("万立方米/天", 1e4),
        ("ML/d", 1e3),
        ("m3/h", 24.0),
        ("L/d", 1e-3),
    ],
)
def test_units_of_flow(unit: str, factor: float) -> None:
    assert unit_factor(unit, "flow") == factor


@pytest.mark.parametrize(("unit", "factor"), [("人", 1.0), ("千人", 1e3), ("万人", 1e4), ("10k persons", 1e4)])
def test_units_of_population(unit: str, factor: float) -> None:
    assert unit_factor(unit, "population") == factor


@pytest.mark.parametrize(
    "unit",
    ["mg/d/1000", "mg/day/1000", "g/d/10^6", "g/day/10^6", "毫克/千人/天", "毫克/天/千人", "克/百万人/天", "µg/day/person", "微克/人/天"],
)  # fmt: skip
def test_one_load_has_many_labels(unit: str) -> None:
    assert unit_factor(unit, "load") == 1.0
    assert convert([371.6], unit, "load").tolist() == [
        371.6
    ]  # a published monthly peak of methamphetamine, 毫克/千人/天


@pytest.mark.parametrize("unit", ["mmol/L", "ng", "L/ng", "", "ppb", "m3/年", "ng/L/d", "万"])
def test_what_is_no_unit_is_not_guessed(unit: str) -> None:
    assert all(unit_factor(unit, quantity) is None for quantity in INSIDE)


def test_a_unit_of_another_quantity_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError) as error:
        convert([1.0], "ng/l/d", "concentration")
    problem = error.value.problems[0]
    assert problem.code == "unknown_name" and "unit of concentration" in problem.en and "单位" in problem.zh
    assert "ng/L" in problem.advice_en and "ng/L" in problem.advice_zh
    with pytest.raises(UnknownNameError):
        convert([1.0], "ng/L", "flow")


def test_the_worked_examples_in_chinese_units() -> None:
    """L = C * Q[万m3/天] * 10 / P[千人] is C * Q / P in the units used inside."""
    load, limits = example("E07"), example("E08")
    for inputs, flows, concentration, expected in (
        (load["inputs"], load["inputs"]["flow_10k_m3_per_day"], "concentration_ng_per_L", "load_mg_per_day_per_1000"),
        (limits["inputs"], limits["inputs"]["flows_10k_m3_per_day"], "loq_ng_per_L", "load_limits_mg_per_day_per_1000"),
    ):
        people = convert(inputs["population_thousand"], "千人", "population")
        found = convert(inputs[concentration], "ng/L", "concentration") * convert(flows, "万m3/天", "flow") / people
        published = (load if inputs is load["inputs"] else limits)["expected"][expected]
        assert found == pytest.approx(np.asarray(published), rel=PRINTED)


def example(number: str) -> dict[str, Any]:
    row = pd.read_csv(GOLDEN, comment="#").set_index("id").loc[number]
    return {part: json.loads(row[part]) for part in ("inputs", "expected")}


QUANTITIES = st.sampled_from(sorted(INSIDE))


@given(quantity=QUANTITIES, data=st.data(), value=st.floats(1e-9, 1e9))
def test_converting_is_one_multiplication_and_goes_back(quantity: str, data: st.DataObject, value: float) -> None:
    unit = data.draw(st.sampled_from(known_units(quantity)))
    factor = unit_factor(unit, quantity)
    inside = convert([value, np.nan], unit, quantity)
    assert inside[0] == value * factor and np.isnan(inside[1])
    assert inside[0] / factor == pytest.approx(value, rel=ROUNDING)


@given(quantity=QUANTITIES, data=st.data())
def test_width_case_and_space_do_not_matter(quantity: str, data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from(known_units(quantity)))
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in unit)
    assert unicodedata.normalize("NFKC", wide) == unicodedata.normalize("NFKC", unit)
    assert unit_factor(f" {wide} ", quantity) == unit_factor(unit.swapcase(), quantity) == unit_factor(unit, quantity)


@pytest.mark.parametrize("unit", ["毫克/百人/天", "mg/day/100"])
def test_a_load_of_a_hundred_is_a_tenth_of_that_of_a_thousand(unit: str) -> None:
    assert convert([2.5], unit, "load").tolist() == [25.0]
