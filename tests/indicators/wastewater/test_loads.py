"""Mass loads: unit arithmetic, limits that move with the flow, corrections, population, industrial sewage apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.errors import NotComparableError, SeriesError
from suzhou_antidrug.indicators.wastewater import corrections
from suzhou_antidrug.indicators.wastewater.loads import compute_loads, loads_from_frame, rounds_of
from suzhou_antidrug.indicators.wastewater.measurements import Measurements
from suzhou_antidrug.indicators.wastewater.population import population_from_cotinine, population_from_phones

GOLDEN = Path(__file__).parents[2] / "golden" / "wastewater_worked_examples.csv"
PRINTED = 1e-4  # relative: the worked examples print six figures


def example(name: str) -> tuple[dict, dict]:
    row = pd.read_csv(GOLDEN).set_index("id").loc[name]
    return json.loads(row["inputs"]), json.loads(row["expected"])


def sheet(**columns) -> pd.DataFrame:
    base = {
        "污水厂": ["福星"], "标志物": ["冰毒"], "采样日期": ["2021-03-05"], "浓度(ng/L)": [100.0], "定量限(ng/L)": [10.0],
        "日流量(万m3/d)": [10.0], "服务人口(千人)": [300.0],
    }  # fmt: skip
    length = max(len(v) for v in columns.values()) if columns else 1
    return pd.DataFrame({k: (columns.get(k) or v * length) for k, v in base.items()} | columns)


def loads_of(frame: pd.DataFrame, **options):
    return compute_loads(Measurements.from_frame(frame), **options)


def test_load_of_the_worked_example():
    inputs, expected = example("E07")
    frame = sheet(**{
        "浓度(ng/L)": [float(inputs["concentration_ng_per_L"])], "日流量(万m3/d)": [float(inputs["flow_10k_m3_per_day"])],
        "服务人口(千人)": [float(inputs["population_thousand"])],
    })  # fmt: skip
    assert loads_of(frame).frame["load"].iloc[0] == pytest.approx(expected["load_mg_per_day_per_1000"], rel=PRINTED)


def test_limit_in_load_units_follows_the_flow():
    inputs, expected = example("E08")
    flows = [float(f) for f in inputs["flows_10k_m3_per_day"]]
    frame = sheet(**{
        "浓度(ng/L)": ["<10"] * 3, "日流量(万m3/d)": flows, "采样日期": ["2021-03-05", "2021-03-06", "2021-03-07"],
    })  # fmt: skip
    table = loads_of(frame).frame
    assert table["high"].tolist() == pytest.approx(expected["load_limits_mg_per_day_per_1000"], rel=PRINTED)
    assert table["low"].tolist() == [0, 0, 0] and table["load"].isna().all()
    assert set(table["state"]) == {"below_loq"}


@given(
    c=st.floats(0.1, 1e5),
    flow=st.floats(1e3, 1e6),
    people=st.floats(1e4, 1e7),
    factor=st.sampled_from([1.0, 1e-3, 10.0]),
)
def test_load_is_concentration_times_flow_over_people(c, flow, people, factor):
    if not 0.02 < flow / people < 9:
        return
    frame = pd.DataFrame({
        "plant": ["A"], "biomarker": ["mdma"], "start": ["2021-03-05"], "concentration_ng_per_L": [c],
        "flow_m3_per_day": [flow], "population": [people],
    })  # fmt: skip
    found = loads_of(frame).frame["load"].iloc[0]
    # mg/day from ng/L and m3/day, then per thousand people, written out.
    assert found == pytest.approx(c * flow * 1000 / 1e6 / (people / 1000), rel=1e-12)


def test_between_the_limits_is_an_interval_and_below_lod_starts_at_zero():
    frame = sheet(**{
        "浓度(ng/L)": ["", ""], "检出情况": ["低于定量限", "低于检出限"], "检出限(ng/L)": [3.0, 3.0],
        "采样日期": ["2021-03-05", "2021-03-06"],
    })  # fmt: skip
    table = loads_of(frame).frame
    unit = 10e4 / 300e3
    assert table["low"].tolist() == pytest.approx([3 * unit, 0])
    assert table["high"].tolist() == pytest.approx([10 * unit, 3 * unit])


def test_industrial_sewage_is_a_mass_and_never_a_load():
    frame = sheet(**{"污水类型": ["生活", "工业"], "污水厂": ["福星", "化工园"], "服务人口(千人)": [300.0, np.nan]})
    found = loads_of(frame)
    assert found.frame["plant"].tolist() == ["福星"]
    assert found.industrial["mass_mg_per_day"].tolist() == pytest.approx([100 * 10e4 * 1e-3])
    assert "load" not in found.industrial


def test_domestic_without_people_is_refused_by_row():
    with pytest.raises(SeriesError) as caught:
        loads_of(sheet(**{"服务人口(千人)": [np.nan]}))
    assert caught.value.problems[0].code == "population_missing" and caught.value.problems[0].row == 0


def test_corrections_multiply_and_are_told():
    plain = loads_of(sheet()).frame["load"].iloc[0]
    found = loads_of(
        sheet(),
        dilution=corrections.dilution(0.02, source="protocol"),
        sorption=corrections.sorption({"methamphetamine": 0.1}, source="a paper"),
        sewer_loss=corrections.sewer_loss({"cocaine": 0.4}, source="a paper"),
        domestic_share=corrections.domestic_share({"福星": 0.8}, source="the plant"),
    )
    assert found.frame["load"].iloc[0] == pytest.approx(plain * 1.02 / 0.9 * 0.8)
    said = found.explain().in_language("en")
    assert "protocol" in said and "0.8" in said
    assert loads_of(sheet()).explain().in_language("zh").count("不校正") == 4


@pytest.mark.parametrize(
    "made",
    [
        lambda: corrections.sorption(1.0, source="x"),
        lambda: corrections.domestic_share(0.0, source="x"),
        lambda: corrections.dilution(-0.1, source="x"),
        lambda: corrections.sewer_loss(0.2, source=" "),
    ],
)
def test_impossible_or_unsourced_corrections_are_refused(made):
    with pytest.raises(SeriesError):
        made()


def test_the_share_of_domestic_sewage_is_in_population_and_load_or_in_neither():
    people = population_from_cotinine(2000.0, 1e5, cigarettes_per_person_per_day=3.0, domestic_share=0.8)
    assert float(np.ravel(people.value)[0]) == pytest.approx(380_952, rel=PRINTED)  # E17
    with pytest.raises(NotComparableError):
        loads_of(sheet(), population={"福星": people})
    share = corrections.domestic_share(0.8, source="the plant")
    found = loads_of(sheet(), population={"福星": people}, domestic_share=share).frame
    assert found["load"].iloc[0] == pytest.approx(100 * 1e5 * 0.8 / 380_952.38, rel=PRINTED)
    assert found["population_basis"].iloc[0] == "cotinine"


def test_a_population_for_each_sample_goes_by_time():
    people = population_from_phones([2e5, 1e5], share_of_people_with_phone=1.0, source="an operator")
    frame = sheet(采样日期=["2021-03-07", "2021-03-05"])
    found = loads_of(frame, population={"福星": people}).frame
    assert found["population"].tolist() == pytest.approx([1e5, 2e5])
    with pytest.raises(SeriesError):
        loads_of(sheet(), population={"福星": people})
    with pytest.raises(SeriesError):
        loads_of(sheet(), population={"城东": people})


def test_rounds_are_campaigns():
    start = np.array(["2021-03-01", "2021-03-08", "2021-03-16", "2021-03-02"], dtype="datetime64[D]")
    plants = np.array(["a", "a", "a", "b"])
    assert rounds_of(plants, start).tolist() == [0, 0, 1, 2]  # seven days still one round, eight a new one
    named = np.array(["I", "I", "I", ""], dtype=object)
    assert len(set(rounds_of(plants, start, named)[:3])) == 1


def test_loads_given_must_be_measured_or_bounded():
    good = pd.DataFrame(
        {"plant": "A", "biomarker": "mdma", "year": [2020, 2021], "load": [3.0, np.nan], "high": [3.0, 1.0]}
    )
    assert loads_from_frame(good).frame["state"].tolist() == ["measured", "below_loq"]
    for wrong in ([0.0, 1.0], [-1.0, 1.0], [np.nan, 1.0]):
        with pytest.raises(SeriesError):
            loads_from_frame(pd.DataFrame({"plant": "A", "biomarker": "mdma", "year": [2020, 2021], "load": wrong}))


def test_left_out_rows_are_remembered():
    frame = sheet(**{"浓度(ng/L)": [100.0, 0.0], "采样日期": ["2021-03-05", "2021-03-06"]})
    found = compute_loads(Measurements.from_frame(frame, strict=False))
    assert len(found.frame) == 1
    assert found.withheld[["plant", "biomarker", "year"]].values.tolist() == [["福星", "methamphetamine", 2021]]


@pytest.mark.parametrize(
    "row", [{"load": 0.0}, {"load": 0.0, "high": 5.0}, {"high": 0.0}, {"low": 6.0, "high": 5.0}, {}]
)
def test_a_given_load_of_zero_or_bounds_the_wrong_way_round_are_refused(row):
    frame = {
        "plant": "A",
        "biomarker": "mdma",
        "start": pd.Timestamp("2021-03-03"),
        "load": np.nan,
        "low": np.nan,
        "high": np.nan,
    }
    with pytest.raises(SeriesError) as caught:
        loads_from_frame(pd.DataFrame([frame | {"load": 1.0}, frame | row]))
    assert (caught.value.problems[0].code, caught.value.problems[0].row) == ("load", 1)


def test_a_given_load_is_of_one_day_with_its_weekday_and_not_doubtful_unless_it_says_so():
    start = pd.to_datetime(["2021-03-03", "2021-03-08"])  # a Wednesday and a Monday
    frame = pd.DataFrame({"plant": "A", "biomarker": "mdma", "start": start, "load": [1.0, 2.0]})
    found = loads_from_frame(frame).frame
    assert found["days"].tolist() == [1, 1] and found["weekday"].tolist() == [2, 0] and not found["doubtful"].any()
    assert loads_of(sheet()).frame[["days", "weekday"]].to_numpy().tolist() == [[1, 4]]  # a Friday
    assert loads_from_frame(frame.assign(days=[1, 7])).frame["weekday"].tolist() == [2, -1]  # a week has no weekday
