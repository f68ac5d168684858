"""Which small counts may not leave: by size, by the rest of a share, by an earlier release."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.errors import OutputError
from suzhou_antidrug.indicators.small_counts import Gate, hidden_cells, is_personal, release_values
from suzhou_antidrug.provenance import Status

from .test_compute import DIVISIONS, returns

YEAR = 2020


def values(plan, counts, *, indicator="user_incidents", total=None, year=YEAR):
    rows = [
        {"indicator": indicator, "division": d, "period": str(year), "numerator": c, "status": "reported"}
        | ({} if total is None else {"denominator": total})
        for d, c in zip(DIVISIONS, counts, strict=True)
    ]
    return sa.compute_indicators(returns(plan, rows), plan=plan)


def hidden_places(found, indicator="user_incidents"):
    return {d for i, d, y in found if i == indicator and y == YEAR}


@pytest.fixture(scope="module")
def plan():
    return sa.load_plan("suzhou-2020")


@pytest.fixture(scope="module")
def large(plan):
    return values(plan, [20 + i for i in range(10)])


@pytest.mark.parametrize(("count", "small"), [(0, False), (1, True), (4, True), (5, False), (20, False)])
def test_one_to_four_are_small(plan, count, small):
    found = hidden_places(hidden_cells(values(plan, [count] + [20] * 9), plan, Gate()))
    assert ("zhangjiagang" in found) is small
    # A total of which one part is hidden gives the part back: another part, or the total, goes too.
    assert len(found) >= 2 if small else not found


def test_the_rule_may_be_stricter(plan):
    counts = values(plan, [9] + [20] * 9)
    assert "zhangjiagang" in hidden_places(hidden_cells(counts, plan, Gate(minimum=10)))
    assert not hidden_cells(counts, plan, Gate(minimum=9))


@pytest.mark.parametrize(("reached", "small"), [(50, False), (49, True), (46, True), (45, False), (2, True)])
def test_who_is_left_out_of_a_share_counts_too(plan, reached, small):
    share = "annual_detected_relapse_rate"
    found = hidden_cells(values(plan, [reached] + [25] * 9, indicator=share, total=50), plan, Gate())
    assert ("zhangjiagang" in hidden_places(found, share)) is small


@pytest.mark.parametrize(("count", "small"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_city_that_alone_is_told_is_judged_by_its_own_count(plan, large, count, small):
    city = large.table[large.table["division"] == "suzhou"].assign(numerator=count, value=count)
    found = hidden_cells(replace(large, table=city), plan, Gate())
    assert found == ({("user_incidents", "suzhou", YEAR)} if small else set())


def test_weights_and_schools_are_nobodys(plan, large):
    weighed = large.table.assign(
        numerator=np.where(large.table["division"] == "kunshan", 2.5, large.table["numerator"])
    )
    assert hidden_cells(replace(large, table=weighed), plan, Gate()) == set()
    offices = values(plan, [2] + [20] * 9, indicator="standardised_office_rate", total=20)
    assert hidden_cells(offices, plan, Gate()) == set()
    assert is_personal(plan.indicator("user_incidents")) and not is_personal(plan.indicator("enforcement_trainings"))


def test_synthetic_data_and_a_reason_open_everything(plan):
    small = values(plan, [1] * 10)
    assert hidden_cells(small, plan, Gate())
    assert hidden_cells(small, plan, Gate(override="市禁毒办内部使用")) == set()
    made_up = replace(small, made=replace(small.made, status=Status.SYNTHETIC))
    assert hidden_cells(made_up, plan, Gate()) == set()
    with pytest.raises(OutputError, match="only for a reason"):
        Gate(override=" ")


def released(folder, found, **changes):
    """Write an earlier release: the same figures, but for those of one division."""
    table = found.yearly_table.assign(period=found.yearly_table["year"].astype(str))
    for column, number in changes.items():
        table[column] = table[column].mask(table["division"] == "kunshan", number)
    table.to_csv(folder / "indicators.csv", index=False, encoding="utf-8-sig")
    return Gate(previous=folder)


@pytest.mark.parametrize(
    ("before", "told"), [(23, False), (22, True), (24, True), (19, True), (18, False), (27, True), (28, False)]
)
def test_two_releases_that_differ_by_a_small_count_hide_the_year(plan, large, tmp_path, before, told):
    # Kunshan reports 23 now. A difference of 1 to 4 is somebody's; none, or 5, is not.
    found = hidden_cells(large, plan, released(tmp_path, large, numerator=before, value=before))
    assert hidden_places(found) == ({*DIVISIONS, "suzhou"} if told else set())


def test_the_rest_of_a_share_that_moved_is_told_too(plan, tmp_path):
    share = "annual_detected_relapse_rate"
    now = values(plan, [25] * 10, indicator=share, total=60)
    for before in ({"denominator": 58}, {"numerator": 35, "denominator": 72}):  # 35 left out now, 33 or 37 before
        found = hidden_cells(now, plan, released(tmp_path, now, **before))
        assert hidden_places(found, share) == {*DIVISIONS, "suzhou"}
    ten_fewer = released(tmp_path, now, numerator=15, value=0.25)  # nobody's: both counts moved by ten
    assert hidden_places(hidden_cells(now, plan, ten_fewer), share) == set()


def test_what_was_hidden_before_stays_hidden(plan, large, tmp_path):
    gate = released(tmp_path, large, method="suppressed", numerator=np.nan, value=np.nan)
    assert hidden_places(hidden_cells(large, plan, gate)) == {*DIVISIONS, "suzhou"}


def test_offices_that_moved_are_shown(plan, tmp_path):
    offices = values(plan, [12] * 10, indicator="standardised_office_rate", total=20)
    assert hidden_cells(offices, plan, released(tmp_path, offices, numerator=13)) == set()


def test_a_folder_without_a_release_is_refused(plan, large, tmp_path):
    with pytest.raises(OutputError, match="holds no earlier release"):
        hidden_cells(large, plan, Gate(previous=tmp_path))


def test_the_rule_is_written_into_the_manifest(tmp_path):
    assert Gate(previous=tmp_path / "e2020").as_dict() == {"minimum": 5, "override": "", "previous": "e2020"}
    assert Gate(minimum=10, override="内部").as_dict() == {"minimum": 10, "override": "内部", "previous": ""}


def test_hidden_cells_leave_without_figures_and_the_others_with(plan, large):
    assert release_values(large, set()) is large
    out = release_values(large, {("user_incidents", "kunshan", YEAR)}).table.set_index("division")
    before = large.table.set_index("division")
    assert out.loc["kunshan", ["value", "low", "high", "numerator", "denominator"]].isna().all()
    assert out.loc["kunshan", "method"] == "suppressed" and out.loc["kunshan", "reported"] == 1
    pd.testing.assert_frame_equal(out.drop(index="kunshan"), before.drop(index="kunshan"))
