"""Cases 49-53 of the list of bad inputs: names of places, their aliases and their history."""

from __future__ import annotations

import pytest
from bad_returns import SOUND, Desk, at, flagged, normalised, only, rejected, row, same, sheet_of, sound_row_kept

from suzhou_antidrug.indicators.compute import compute_indicators

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


def test_case_50_three_former_districts_in_a_workbook(desk: Desk) -> None:
    parts = [
        row(f"吸毒人员核查率,{d},2011,{n},{m},")
        for d, n, m in (("沧浪区", 8, 10), ("平江区", 18, 20), ("金阊区", 27, 30))
    ]
    for path in desk.both([SOUND, *parts]):
        returns = desk.read(path)
        same(returns, desk.read(next(desk.both([SOUND, row("吸毒人员核查率,姑苏区,2011,53,60,")]))))
        entries = returns.log[returns.log["rule"] == "merged_parts"]
        assert entries[["cell", "old", "new"]].to_numpy().tolist() == [
            [f"B{n}", p[1], "姑苏区"] for n, p in zip((3, 4, 5), parts, strict=True)
        ]
        sound_row_kept(returns)
    for path in desk.both([SOUND, *parts[:2]]):
        frame = desk.refused(path)
        assert frame[["code", "row", "column"]].to_numpy().tolist() == [
            ["merged_division", n, "县级市(区)"] for n in (3, 4)
        ]
        assert set(frame["sheet"].fillna("")) == {sheet_of(path) or ""}


def test_case_52_a_zone_beside_the_civil_affairs_list_in_a_workbook(desk: Desk) -> None:
    names = ["张家港市", "常熟市", "太仓市", "昆山市", "吴江区", "吴中区", "相城区", "姑苏区", "苏州工业园区", "虎丘区"]
    for path in desk.both([SOUND, *(row(f"在校学生吸毒,{d},2020,,,1") for d in names)]):
        returns = desk.read(path)
        found = flagged(returns, path, "two_views", [(11, "县级市(区)")]).iloc[0]
        assert found["value"] == "苏州工业园区" and "吴中" in found["en"] and "吴中" in found["zh"]
        assert len(returns) == 11
        sound_row_kept(returns)
        city = compute_indicators(returns, plan=desk.plan).yearly("student_cases", "suzhou").loc[2020]
        assert city["method"] == "not_summed" and city["value"] != city["value"], "no sum until it is answered"
