"""Cases 49-53 of the list of bad inputs: names of places, their aliases and their history."""

from __future__ import annotations

import pytest
from bad_returns import SOUND, Desk, at, normalised, only, rejected, row, sound_row_kept

WHOLE = "吸毒人员核查率,{},2020,90,100,"


def alias(desk: Desk, name: str, official: str) -> None:
    normalised(desk, WHOLE.format(name), WHOLE.format(official), [("B3", name, official, "alias")])


@pytest.mark.parametrize(
    ("name", "official"),
    [("园区", "苏州工业园区"), ("工业园区", "苏州工业园区"), ("SIP", "苏州工业园区"),
     ("高新区", "苏州高新区"), ("虎丘区", "苏州高新区"), ("SND", "苏州高新区")],
)  # fmt: skip
def test_case_49_the_two_zones_by_other_names(desk: Desk, name: str, official: str) -> None:
    alias(desk, name, official)


def test_case_49_two_names_of_one_division_in_one_period(desk: Desk) -> None:
    for path in desk.both([SOUND, row(WHOLE.format("高新区")), row(WHOLE.format("虎丘区"))]):
        problem = only(desk.refused(path))
        at(problem, path, problem["code"], 4, "县级市(区)")
        assert "虎丘区" in problem["en"] and "高新区" in problem["en"] and "同一地区" in problem["zh"]
    for path in desk.both([SOUND, row(WHOLE.format("高新区")), row(WHOLE.format("虎丘区").replace("2020", "2021"))]):
        returns = desk.read(path)
        assert len(returns) == 3 and returns.frame["division"].tolist().count("snd") == 2
        sound_row_kept(returns)


@pytest.mark.parametrize("name", ["沧浪区", "平江区", "金阊区"])
def test_case_50_a_merged_district_in_the_years_of_the_plan(desk: Desk, name: str) -> None:
    rejected(
        desk,
        WHOLE.format(name),
        "unknown_division",
        "县级市(区)",
        "2012",
        "姑苏区",
        cured=WHOLE.format("姑苏区"),
        shown=name,
    )


def test_case_51_a_city_that_became_a_district(desk: Desk) -> None:
    alias(desk, "吴江市", "吴江区")


@pytest.mark.parametrize(
    ("name", "official"), [("昆山", "昆山市"), ("太仓", "太仓市"), ("张家港", "张家港市"), ("吴中", "吴中区")]
)
def test_case_53_names_without_their_last_character(desk: Desk, name: str, official: str) -> None:
    alias(desk, name, official)


def test_case_53_the_short_name_of_the_row_that_is_kept(desk: Desk) -> None:
    short = desk.read(desk.text([("吸毒人员核查率", "常熟", *SOUND[2:])]))
    sound_row_kept(short)
    assert short.log[["cell", "old", "new"]].to_numpy().tolist() == [["B2", "常熟", "常熟市"]]
