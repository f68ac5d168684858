"""The divisions of a place: names, aliases, history, and two views of the same city.

县级市(区):名称、别名、沿革，以及同一城市的两种口径。

Management practice counts ten divisions of Suzhou; the civil-affairs list counts nine, without 苏州工业园区, which is
a development zone. A table in one view must never be summed with a table in the other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from .datasets import data_path
from .errors import Problem, UnknownNameError, shown, unknown_name
from .provenance import Source, Status
from .terms import Text

if TYPE_CHECKING:
    import pandas as pd

View = Literal["management", "civil_affairs"]
# Traditional and variant characters of the place names here, so that 蘇州工業園區 is read as 苏州工业园区.
_TO_SIMPLIFIED = str.maketrans(
    "蘇業園區張吳崑倉滄閶開發國歷鎮島嶼縣鄉東慶陽興寧廣門", "苏业园区张吴昆仓沧阊开发国历镇岛屿县乡东庆阳兴宁广门"
)
# What a name ends in when it means a place inside a division, such as 昆山高新区 or 太仓港.
_INSIDE = ("高新区", "开发区", "园区", "保税区", "度假区", "新城", "港", "港区", "镇", "街道", "社区", "村")


@dataclass(frozen=True, slots=True)
class Division:
    """One division, or the city as a whole.  一个县级市(区)，或全市。"""

    id: str
    name: Text
    kind: str = ""
    aliases: tuple[str, ...] = ()
    gb_code: str = ""  # GB/T 2260
    statistical_code: str = ""  # where GB/T 2260 has none
    civil_affairs_list: bool = True
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name that a division bore, or a place that went into it.  旧名或并入的旧区划。"""

    name: str
    until: str  # YYYY-MM; empty where no source gives it
    change: Literal["renamed", "merged"]
    successor_id: str
    note: str = ""
    note_en: str = ""
    status: Status = Status.UNVERIFIED
    source: Source | None = None

    @property
    def when(self) -> Text:
        """The year of the change, or the word for unverified."""
        return Text(self.until[:4], self.until[:4]) if self.until else Status.UNVERIFIED.text


def normalise_name(name: str) -> str:
    """Return a place name folded for comparison: NFKC, simplified, no spaces, lower case.  归一化地名以便比较。

    >>> normalise_name(" 蘇州工業園區 "), normalise_name("ＳＩＰ")
    ('苏州工业园区', 'sip')
    """
    return "".join(unicodedata.normalize("NFKC", name).translate(_TO_SIMPLIFIED).split()).casefold()


def find_place(names: Mapping[str, Text], given: str) -> str:
    """Return the id of a place from its id or its name in either language.  由代号或名称找到单位代号。

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names.

    >>> find_place({"kunshan": Text("昆山市", "Kunshan")}, "昆山市")
    'kunshan'
    """
    key = normalise_name(given)
    for place, name in names.items():
        if key in (normalise_name(place), normalise_name(name.zh), normalise_name(name.en)):
            return place
    known = [n for t in names.values() for n in (t.zh, t.en)]
    raise UnknownNameError(unknown_name("place", "单位", given, [*names, *known]))


@dataclass(frozen=True, slots=True)
class Geography:
    """A city and its divisions.  一个城市及其县级市(区)。

    >>> suzhou = load_geography("suzhou")
    >>> suzhou.resolve("园区").id, suzhou.resolve("虎丘区").id, len(suzhou.divisions)
    ('sip', 'snd', 10)
    """

    id: str
    city: Division
    divisions: tuple[Division, ...]
    history: tuple[FormerName, ...] = ()
    _index: Mapping[str, Division] = field(init=False, repr=False, compare=False)
    _ids: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, Division] = {}
        for division in (self.city, *self.divisions):
            for name in (division.id, division.name.zh, division.name.en, *division.aliases):
                other = index.setdefault(normalise_name(name), division)
                if other is not division:
                    raise ValueError(f"{name!r} names both {other.id} and {division.id} in geography {self.id}")
        object.__setattr__(self, "_index", index)
        object.__setattr__(self, "_ids", tuple(d.id for d in self.divisions))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the divisions, without the city."""
        return self._ids

    @property
    def place_ids(self) -> tuple[str, ...]:
        """The ids of all places, the city first."""
        return (self.city.id, *self._ids)

    @property
    def place_names(self) -> dict[str, Text]:
        """The names of all places by id, the city first."""
        return {d.id: d.name for d in (self.city, *self.divisions)}

    def __getitem__(self, division_id: str) -> Division:
        for division in (self.city, *self.divisions):
            if division.id == division_id:
                return division
        raise KeyError(division_id)

    def names(self) -> list[str]:
        """Every official Chinese name, the city first."""
        return [d.name.zh for d in (self.city, *self.divisions)]

    def resolve(self, name: str, *, year: int | None = None) -> Division:
        """Return the division that a name, alias or former name means.  由名称、别名或旧名找到县级市(区)。

        The name of the city may stand in front (苏州市姑苏区); traditional characters, full width and spaces do not
        matter. ``year`` is the year the figure is about: a district that was merged away is refused with the name of
        its successor, because one of three parts is not the whole. A place inside a division (昆山高新区, 太仓港) is
        refused too: it is not 苏州高新区 and no division of its own. Raises
        :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names.

        >>> load_geography("suzhou").resolve("苏州市吴江市").name.zh
        '吴江区'
        """
        for key in self._without_city(normalise_name(name)):
            if found := self._index.get(key):
                return found
            if former := self.former(key):
                if former.change == "renamed":
                    return self[former.successor_id]
                raise UnknownNameError(self._merged(former, year))
            if holder := self._holder(key):
                raise UnknownNameError(_inside(name, holder))
        suggest = [n for d in (self.city, *self.divisions) for n in (d.name.zh, d.name.en, *d.aliases)]
        raise UnknownNameError(unknown_name("division", "县级市(区)", name, self.names(), suggest=suggest))

    def former(self, name: str) -> FormerName | None:
        """Return the entry of a former name, None where it is none.  查旧名。"""
        key = normalise_name(name)
        return next((f for f in self.history if normalise_name(f.name) == key), None)

    def parts_of(self, division_id: str) -> tuple[FormerName, ...]:
        """Return the former districts that a division was merged from.  并入某单位的各旧区。

        >>> [part.name for part in load_geography("suzhou").parts_of("gusu")]
        ['沧浪区', '平江区', '金阊区']
        """
        return tuple(f for f in self.history if f.successor_id == division_id and f.change == "merged")

    def _without_city(self, key: str) -> tuple[str, ...]:
        """The name as it stands, then without the city's name in front."""
        own = sorted((normalise_name(n) for n in (self.city.name.zh, *self.city.aliases)), key=len, reverse=True)
        return (key, *(key.removeprefix(c) for c in own if key.startswith(c) and key != c))

    def _holder(self, key: str) -> Division | None:
        """The division inside which a name of the kind 昆山高新区 lies."""
        if not key.endswith(_INSIDE):
            return None
        for division in self.divisions:
            for name in (division.name.zh, *division.aliases):
                if key.startswith(normalise_name(name)):
                    return division
        return None

    def _merged(self, former: FormerName, year: int | None) -> Problem:
        whole = self[former.successor_id].name
        late = year is None or not former.until or year > int(former.until[:4])
        parts = [p.name for p in self.parts_of(former.successor_id)]
        return Problem(
            code="merged_division",
            en=f"{shown(former.name)} was merged into {whole.en} ({whole.zh}), {former.when.en}.",
            zh=f"{former.name}已并入{whole.zh}({former.when.zh}{'年' if former.until else ''})。",
            advice_en=f"Report {whole.zh} instead."
            if late
            else f"Sum all of its parts ({', '.join(parts)}) and report them as one.",
            advice_zh=f"请改报{whole.zh}。" if late else f"须将{'、'.join(parts)}全部合计后按{whole.zh}填报。",
        )

    def is_renamed(self, name: str) -> bool:
        """Whether a name is not the official one, so that its use is worth a line in a log.  是否为别名或旧名。"""
        return name not in self.names()

    def view(self, view: View) -> tuple[Division, ...]:
        """Return the divisions of a view: ten in management practice, nine on the civil-affairs list.  按口径取名单。

        In the civil-affairs view the people of a development zone stand inside other divisions, and the public record
        does not say how many in which: populations of the two views must not be mixed.
        """
        if view not in ("management", "civil_affairs"):
            raise UnknownNameError(unknown_name("view", "口径", view, ("management", "civil_affairs")))
        return tuple(d for d in self.divisions if view == "management" or d.civil_affairs_list)

    @property
    def frame(self) -> pd.DataFrame:
        """The divisions as a frame, the city last."""
        import pandas as pd

        return pd.DataFrame(
            {
                "division": d.id,
                "name_zh": d.name.zh,
                "name_en": d.name.en,
                "kind": d.kind,
                "gb_code": d.gb_code,
                "statistical_code": d.statistical_code,
                "civil_affairs_list": d.civil_affairs_list,
                "aliases": "|".join(d.aliases),
                "note": d.note,
                "note_en": d.note_en,
            }
            for d in (*self.divisions, self.city)
        )


def _division(row: Mapping[str, str]) -> Division:
    return Division(
        id=row["division_id"],
        name=Text(zh=row["name_zh"], en=row["name_en"]),
        kind=row["kind"],
        aliases=tuple(a for a in row["aliases"].split("|") if a),
        gb_code=row["gb_code"],
        statistical_code=row["statistical_code"],
        civil_affairs_list=row["civil_affairs_list"] == "yes",
        note=row["note"],
        note_en=row.get("note_en", ""),
    )


def _inside(name: str, holder: Division) -> Problem:
    return Problem(
        code="inside_division",
        en=f"{shown(name)!r} lies inside {holder.name.en} ({holder.name.zh}) and is no division of its own.",
        zh=f"“{shown(name)}”在{holder.name.zh}境内，不是单列的县级市(区)。",
        advice_en=f"Report {holder.name.zh} as a whole.",
        advice_zh=f"请按{holder.name.zh}整体填报。",
    )


def list_geographies() -> tuple[str, ...]:
    """Return the names of the bundled geographies.  自带的地理名单。"""
    files = data_path("geography").glob("*.csv")
    return tuple(
        sorted(f.stem for f in files if not f.stem.endswith(("_history", "_population", "_sources", "_tiles")))
    )


@cache
def load_geography(name: str = "suzhou") -> Geography:
    """Load a bundled geography by name.  读取自带的地理名单。

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` for a name that is not bundled.

    >>> suzhou = load_geography("suzhou")
    >>> len(suzhou.divisions), suzhou.resolve("昆山").id
    (10, 'kunshan')
    """
    import csv

    if name not in list_geographies():
        raise UnknownNameError(unknown_name("geography", "地理名单", name, list_geographies()))

    def rows(file: str) -> list[dict[str, str]]:
        path = data_path("geography") / file
        if not path.exists():  # history and its sources are optional
            return []
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    places = [_division(row) for row in rows(f"{name}.csv")]
    sources = {row["source_id"]: row for row in rows(f"{name}_sources.csv")}
    history = tuple(_former(row, sources) for row in rows(f"{name}_history.csv"))
    return Geography(id=name, city=places[-1], divisions=tuple(places[:-1]), history=history)


def _former(row: Mapping[str, str], sources: Mapping[str, Mapping[str, str]]) -> FormerName:
    source = sources.get(row.get("source_id", ""))
    return FormerName(
        name=row["former_name"],
        until=row["until"],
        change="merged" if row["change"] == "merged" else "renamed",
        successor_id=row["successor_id"],
        note=row["note"],
        note_en=row.get("note_en", ""),
        # Without a source nothing is more than unverified, whatever the file says.
        status=Status(row["status"]) if source else Status.UNVERIFIED,
        source=Source(
            source["source_id"],
            source["title"],
            source["publisher"],
            source["url"],
            source["published"],
            source["kind"],
        )
        if source
        else None,
    )


def tile_positions(geography: Geography) -> dict[str, tuple[int, int]]:
    """Return row and column of every division's tile, a sketch of who lies where; without one, rows in order.

    各单位方格的行列：示意方位；没有示意图的按名单顺序排列。

    >>> tile_positions(load_geography("suzhou"))["kunshan"]
    (1, 2)
    """
    import csv

    path = data_path("geography") / f"{geography.id}_tiles.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            return {r["division_id"]: (int(r["row"]), int(r["column"])) for r in csv.DictReader(stream)}
    wide = max(1, round(len(geography.ids) ** 0.5))
    return {d: divmod(n, wide) for n, d in enumerate(geography.ids)}
