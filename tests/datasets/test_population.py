"""Populations of both views, and the refusal to compare per-head rates across the census of 2020."""

from __future__ import annotations

import pandas as pd
import pytest

from suzhou_antidrug.datasets import load_population, load_published, per_head, per_head_change
from suzhou_antidrug.errors import DatasetError, NotComparableError, UnknownNameError

CENSUS = {
    "zhangjiagang": 1_432_044,
    "changshu": 1_677_050,
    "taicang": 831_113,
    "kunshan": 2_092_496,
    "wujiang": 1_545_023,
    "wuzhong": 1_388_972,
    "xiangcheng": 891_055,
    "gusu": 924_083,
    "sip": 1_133_927,
    "snd": 832_499,
}


def test_ten_divisions_add_up_to_the_city() -> None:
    people = load_population()
    assert people.frame.set_index("division")["census_2020"].to_dict() == CENSUS
    assert people.total == sum(CENSUS.values()) == 12_748_262


def test_two_counts_are_unverified_and_the_others_name_their_figure() -> None:
    frame = load_population().frame.set_index("division")
    unverified = frame[frame["status"] == "unverified"]
    assert set(unverified.index) == {"gusu", "sip"}
    assert (unverified["figure_id"] == "").all()
    seen = frame[frame["status"] == "published"]
    figures = load_published().frame.set_index("id")
    assert figures.loc[seen["figure_id"], "value"].tolist() == seen["census_2020"].tolist()
    assert "姑苏区" in load_population().explain().in_language("en")


def test_the_civil_affairs_view_leaves_open_what_nobody_published() -> None:
    people = load_population(view="civil_affairs")
    frame = people.frame.set_index("division")
    assert len(frame) == 9 and "sip" not in frame.index
    known = frame["census_2020"].dropna()
    assert known.to_dict() == {k: CENSUS[k] for k in ("zhangjiagang", "changshu", "taicang", "kunshan")}
    assert set(frame[frame["census_2020"].isna()]["status"]) == {"unverified"}
    assert "6715559" in people.explain().in_language("en")  # the five districts together
    with pytest.raises(UnknownNameError, match="civil_affairs"):
        load_population(view="civil")


def test_the_city_over_time_changes_its_basis_in_2020() -> None:
    city = load_population().city.set_index("figure_id")
    assert city.loc["POP-SZ-2019", ["population", "basis"]].tolist() == [10_749_900, "before_2020_census"]
    assert city.loc["POP-SZ-2020C", ["population", "basis"]].tolist() == [12_748_262, "2020_census"]
    assert city.loc["POP-SZ-2022", "basis"] == "2020_census"
    assert city["half_width"].loc["POP-SZ-2019"] == 50  # 1,074.99 万
    assert "+18.6%" in load_population().explain().in_language("en")
    assert set(load_population().year_end()["kind"]) == {"year_end"}


def rates(**values: float) -> pd.DataFrame:
    frame = pd.DataFrame({"period": pd.PeriodIndex([y.strip("y") for y in values], freq="Y"), "value": values.values()})
    return per_head(frame, load_population().year_end())


def test_per_head_divides_and_never_fills() -> None:
    table = rates(y2018=1072.17, y2020=1000.0)
    assert table["rate"].iloc[0] == pytest.approx(10.0, rel=1e-12)  # 1,072.17 among 10,721,700, per 100,000
    assert table["rate"].isna().tolist() == [False, True]  # no year-end figure of 2020 is in the record


def test_a_change_inside_one_basis_is_computed() -> None:
    table = rates(y2017=1068.4, y2018=536.085, y2022=100.0, y2023=100.0)
    assert per_head_change(table, earlier=2017, later=2018) == pytest.approx(-0.5, rel=1e-12)
    assert per_head_change(table, earlier=2022, later=2023) == pytest.approx(12_910_600 / 12_958_000 - 1, rel=1e-12)


@pytest.mark.parametrize(("earlier", "later"), [(2019, 2022), (2018, 2023), (2022, 2019)])
def test_a_change_across_the_census_is_refused(earlier: int, later: int) -> None:
    table = rates(y2018=1.0, y2019=1.0, y2022=1.0, y2023=1.0)
    with pytest.raises(NotComparableError, match="population basis changed") as caught:
        per_head_change(table, earlier=earlier, later=later)
    assert "人口口径" in str(caught.value)


def test_a_year_without_a_rate_is_refused() -> None:
    table = rates(y2018=1.0, y2020=1.0)
    for year in (2020, 2021):
        with pytest.raises(DatasetError, match=str(year)):
            per_head_change(table, earlier=2018, later=year)


def test_populations_must_be_positive_and_given_once() -> None:
    values = pd.DataFrame({"period": pd.PeriodIndex(["2018"], freq="Y"), "value": [1.0]})
    people = load_population().year_end()
    with pytest.raises(DatasetError, match="2018"):
        per_head(values, pd.concat([people, people.query("figure_id == 'POP-SZ-2018'")]))
    with pytest.raises(DatasetError, match="positive"):
        per_head(values, people.assign(population=0.0))
