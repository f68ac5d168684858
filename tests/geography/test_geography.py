"""Names, aliases, history and the two views of the divisions of Suzhou."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.errors import UnknownNameError
from suzhou_antidrug.geography import Division, FormerName, Geography, list_geographies, load_geography, normalise_name
from suzhou_antidrug.provenance import Status
from suzhou_antidrug.terms import Text

SUZHOU = load_geography("suzhou")
NAMES = [(name, d.id) for d in (SUZHOU.city, *SUZHOU.divisions) for name in (d.id, d.name.zh, d.name.en, *d.aliases)]


def test_ten_divisions_and_the_city() -> None:
    assert len(SUZHOU.divisions) == 10
    assert [d.name.zh for d in SUZHOU.divisions if not d.gb_code] == ["苏州工业园区"]
    assert SUZHOU["sip"].statistical_code == "320571"
    assert SUZHOU.city.name.zh == "苏州市" and SUZHOU.city.id not in SUZHOU.ids
    assert list_geographies() == ("suzhou",)


@pytest.mark.parametrize(
    ("name", "division"),
    [
        ("园区", "sip"),
        ("工业园区", "sip"),
        ("SIP", "sip"),
        ("sip", "sip"),
        ("SIP", "sip"),
        ("蘇州工業園區", "sip"),
        ("苏州市工业园区", "sip"),
        ("高新区", "snd"),
        ("虎丘区", "snd"),
        ("苏州市高新区", "snd"),
        ("苏州高新区", "snd"),
        ("高新区(虎丘区)", "snd"),
        ("新区", "snd"),
        ("Huqiu", "snd"),
        ("SND", "snd"),
        ("吴江市", "wujiang"),
        ("吳江", "wujiang"),
        ("昆山", "kunshan"),
        ("常熟", "changshu"),
        ("太仓", "taicang"),
        ("张家港", "zhangjiagang"),
        ("吴中", "wuzhong"),
        ("苏州市姑苏区", "gusu"),
        (" 姑 苏 区 ", "gusu"),
        ("全市", "suzhou"),
        ("苏州", "suzhou"),
    ],
)
def test_names_people_write(name: str, division: str) -> None:
    assert SUZHOU.resolve(name).id == division


@given(st.sampled_from(NAMES), st.sampled_from(["", " ", "\u3000"]), st.booleans(), st.booleans())
def test_width_space_case_and_the_citys_name_do_not_matter(
    pair: tuple[str, str], space: str, wide: bool, with_city: bool
) -> None:
    name, division = pair
    written = space.join(name)
    if wide:
        written = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in written)
    if with_city and division != "suzhou":
        written = f"苏州市{written}"
    assert SUZHOU.resolve(written).id == division
    assert SUZHOU.resolve(written.upper()).id == division


@given(st.text(max_size=12))
def test_any_text_resolves_or_is_refused_with_words(text: str) -> None:
    try:
        division = SUZHOU.resolve(text)
    except UnknownNameError as error:
        assert all(p.en and p.zh for p in error.problems)
    else:
        assert division.id in (*SUZHOU.ids, "suzhou")
        assert normalise_name(unicodedata.normalize("NFKC", text)) == normalise_name(text)


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("昆山高新区", "昆山市"),
        ("昆山国家高新区", "昆山市"),
        ("常熟高新区", "常熟市"),
        ("吴中高新区", "吴中区"),
        ("吴江高新区", "吴江区"),
        ("苏州市吴江经济技术开发区", "吴江区"),
        ("太仓港", "太仓市"),
    ],
)
def test_a_zone_inside_a_division_is_not_suzhou_new_district(name: str, holder: str) -> None:
    with pytest.raises(UnknownNameError, match=holder) as caught:
        SUZHOU.resolve(name)
    assert caught.value.problems[0].code == "inside_division"


@pytest.mark.parametrize("part", ["沧浪区", "平江区", "金阊区", "滄浪區", "苏州市平江区"])
def test_a_merged_district_is_refused_with_its_successor(part: str) -> None:
    with pytest.raises(UnknownNameError, match="姑苏区") as late:
        SUZHOU.resolve(part, year=2021)
    assert "Report 姑苏区 instead" in str(late.value)
    with pytest.raises(UnknownNameError, match="沧浪区, 平江区, 金阊区") as early:
        SUZHOU.resolve(part, year=2012)
    assert early.value.problems[0].code == "merged_division"
    with pytest.raises(UnknownNameError, match="instead"):
        SUZHOU.resolve(part, year=2013)


@pytest.mark.parametrize(
    ("name", "near"), [("昆三市", "昆山市"), ("姑苏", None), ("Kunshn", "Kunshan"), ("张家巷市", "张家港市")]
)
def test_a_slip_suggests_the_nearest(name: str, near: str | None) -> None:
    if near is None:
        assert SUZHOU.resolve(name).id == "gusu"
        return
    with pytest.raises(UnknownNameError, match=near):
        SUZHOU.resolve(name)


def test_history_has_a_source_or_says_unverified() -> None:
    assert {f.name for f in SUZHOU.history} == {"沧浪区", "平江区", "金阊区", "吴江市", "新区"}
    for former in SUZHOU.history:
        assert former.source is not None and former.source.url
        assert former.status is Status.PUBLISHED
        assert former.note and former.note_en
    assert SUZHOU.former("吴江市").until == "2012-09"
    assert SUZHOU.former("新区").until == "2002-09"
    assert SUZHOU.former("姑苏区") is None


def test_a_merger_without_a_known_year_is_told_as_unverified() -> None:
    whole = Division("north", Text("北区", "North"))
    city = Division("town", Text("某市", "Town"))
    place = Geography("town", city, (whole,), (FormerName("东区", "", "merged", "north"),))
    with pytest.raises(UnknownNameError, match="unverified") as caught:
        place.resolve("东区", year=1999)
    assert "未核实" in str(caught.value) and "Report 北区 instead" in str(caught.value)


def test_two_views() -> None:
    assert len(SUZHOU.view("management")) == 10
    civil = SUZHOU.view("civil_affairs")
    assert len(civil) == 9 and "sip" not in {d.id for d in civil}
    with pytest.raises(UnknownNameError, match="civil_affairs"):
        SUZHOU.view("civil")  # type: ignore[arg-type]


def test_a_name_for_two_divisions_is_refused_when_the_list_is_made() -> None:
    city = Division("town", Text("某市", "Town"))
    east = Division("east", Text("东区", "East"), aliases=("新区",))
    west = Division("west", Text("西区", "West"), aliases=("新区",))
    with pytest.raises(ValueError, match="新区"):
        Geography("town", city, (east, west))


def test_aliases_are_logged_and_official_names_are_not() -> None:
    assert not SUZHOU.is_renamed("苏州高新区")
    assert SUZHOU.is_renamed("虎丘区") and SUZHOU.is_renamed("吴江市")


def test_the_frame_and_unknown_lists() -> None:
    frame = SUZHOU.frame
    assert frame["division"].tolist() == [*SUZHOU.ids, "suzhou"]
    assert frame.loc[frame["note"] != "", "note_en"].ne("").all()
    with pytest.raises(UnknownNameError, match="suzhou"):
        load_geography("suzhuo")
    with pytest.raises(KeyError):
        SUZHOU["nowhere"]
