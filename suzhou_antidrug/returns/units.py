"""Units as people write them in returns, and what kind of quantity each one is.

报表中单位的写法，以及每种单位属于哪一类量。
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ..terms import Text

UnitKind = Literal["count", "measure", "share", "rate", "index"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its id, its names, its kind.  一个单位：代号、名称、类别。"""

    id: str
    name: Text
    kind: UnitKind
    aliases: tuple[str, ...] = ()


def _units(rows: str) -> dict[str, Unit]:
    units = {}
    for row in rows.strip().splitlines():
        unit_id, kind, zh, en, aliases = (part.strip() for part in row.split("|"))
        units[unit_id] = Unit(unit_id, Text(zh, en), kind, tuple(aliases.split()))  # type: ignore[arg-type]
    return units


# 人, 人次 and 起 are three units: no factor leads from one to another.
UNITS: dict[str, Unit] = _units("""
    persons             | count   | 人               | persons               | 名 person people
    person_times        | count   | 人次             | person-times          | person_time
    cases               | count   | 起               | cases                 | 件 宗 case
    incidents           | count   | 起(案事件)       | incidents             | 起 件 incident
    sites               | count   | 处               | sites                 | 个 site
    sessions            | count   | 次               | sessions              | 场次 场 session
    inspections         | count   | 次(检查)         | inspections           | 次 家次 inspection
    enterprises         | count   | 家               | enterprises           | 户 enterprise
    schools             | count   | 所               | schools               | 个 school
    communities         | count   | 个(村、社区)     | communities           | 个 community
    offices             | count   | 个               | offices               | 家 office
    students            | count   | 人(学生)         | students              | 人 名 student
    inhabitants         | count   | 人(常住)         | inhabitants           | 人 inhabitant
    copies              | count   | 册               | copies                | 本 份 copy
    reports             | count   | 份               | reports               | 例 件 report
    parcels             | count   | 件               | parcels               | parcel
    plants              | count   | 座               | plants                | 个 家 plant
    divisions           | count   | 个(市、区)       | divisions             | 个 division
    units               | count   | 个(单位)         | units                 | 个 unit
    kg                  | measure | 千克             | kg                    | 公斤 kilograms
    g                   | measure | 克               | g                     | grams
    person_years        | measure | 人年             | person-years          | person-year
    enterprise_years    | measure | 企业年           | enterprise-years      | 家年 enterprise-year
    mg_per_day_per_1000 | measure | 毫克/日/千人  | mg/day/1000 people | 毫克/千人/天 毫克/天/千人 毫克/千人/日
    share               | share   | 比例             | share                 | % 百分比 百分率 占比 比率 percent
    per_1000            | rate    | 每千             | per 1,000             | ‰ 千分之 每千家 每千人
    per_10000           | rate    | 每万             | per 10,000            | ‱ 万分之 每万人
    per_100000          | rate    | 每十万           | per 100,000           | 每10万 每十万人 每10万人 1/10万
    index               | index   | 指数             | index                 | 比值
    persons_per_case    | rate    | 人/起            | persons per case      | 人/件
    cases_per_1000_enterprise_years | rate | 起/千企业年 | cases per 1,000 enterprise-years | 起/千家年 ‰ 每千家
    cases_per_1000_inspections      | rate | 起/千次检查 | cases per 1,000 inspections      | 起/千次 ‰
    cases_per_100000_inhabitants    | rate | 起/十万人   | cases per 100,000 inhabitants | 起/10万人 每十万人 每10万人
""")
PERCENT_SIGNS = frozenset({"%", "百分比", "百分率", "percent"})


def fold_unit(text: str) -> str:
    """Return a unit folded for comparison: NFKC, no spaces, lower case.  归一化单位以便比较。"""
    return "".join(unicodedata.normalize("NFKC", text.replace("‱", "万分之")).split()).casefold()


@cache
def unit_ids(text: str) -> frozenset[str]:
    """Return the ids that a written unit may mean; 人 may be persons, students or inhabitants.  单位写法对应的代号。

    >>> sorted(unit_ids("人次")), "share" in unit_ids("%"), sorted(unit_ids("furlong"))
    (['person_times'], True, [])
    """
    key = fold_unit(text)
    return frozenset(
        unit.id
        for unit in UNITS.values()
        if key in {fold_unit(name) for name in (unit.id, unit.name.zh, unit.name.en, *unit.aliases)}
    )


def is_percent(text: str) -> bool:
    """Whether a written unit says that numbers are percentages.  单位是否为百分数。"""
    return fold_unit(text) in PERCENT_SIGNS


def unit_kind(unit_id: str) -> UnitKind:
    """Return the kind of a unit; one not listed counts things, or one per another.  单位的类别。"""
    if unit_id in UNITS:
        return UNITS[unit_id].kind
    return "rate" if "_per_" in unit_id else "count"


def unit_name(unit_id: str) -> Text:
    """Return the name of a unit in both languages, the id itself where it is not listed.  单位的名称。"""
    return UNITS[unit_id].name if unit_id in UNITS else Text(unit_id, unit_id.replace("_", " "))
