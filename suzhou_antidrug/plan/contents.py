"""What a plan file and the indicator catalogue may hold, before it is expanded into a plan.

规划文件与指标目录允许的内容(展开前)。

The file is written compactly: one entry with ``years: {2020: 0.9, 2021: 0.95}`` stands for one milestone a year, and
what has an id stands under it as a key.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from ..verdicts import Operator
from .base import BilingualText, Model, StatusWord, Words
from .parts import (
    AppraisalClause,
    Difference,
    Document,
    Gap,
    IndicatorBody,
    Level,
    Modelled,
    Named,
    ReadingBody,
    Scope,
    TargetBody,
    Unit,
    Where,
)

SCHEMA_VERSION = 1


class SourceEntry(Model):
    """A document under its id.  来源文献。"""

    title: Words
    publisher: str = ""
    url: str = ""
    published: str = ""
    kind: str = ""
    seen: str = ""  # the day the text was read


class PlaceEntry(Model):
    """A place of a geography that is written into the plan.  规划内自带的地区。"""

    id: Words
    name: BilingualText
    kind: str = ""
    aliases: tuple[str, ...] = ()


class PlacesEntry(Model):
    """A geography that is written into the plan.  规划内自带的地理名单。"""

    id: Words
    city: PlaceEntry
    divisions: tuple[PlaceEntry, ...] = ()


class AmbiguityEntry(Model):
    """An ambiguous clause under its id.  歧义条款。"""

    clause: Words
    wording: Words
    question: BilingualText
    readings: Mapping[str, ReadingBody]
    why_default: BilingualText
    source: str = ""


# 以上, 不低于 and ≥ include the number itself, as the plan's own wording does.
_AT_LEAST = re.compile(
    r"(?:≥|>=|不低于|不少于)(?P<a>\d{1,9}(?:\.\d{1,9})?)(?P<p>%?)|(?P<b>\d{1,9}(?:\.\d{1,9})?)(?P<q>%?)以上", re.ASCII
)


def read_bound(text: str) -> float | None:
    """Return the number that a written bound asks for at least, None for any other text.  “不低于”所指的数。

    >>> read_bound("≥90%"), read_bound("90%以上"), read_bound("不低于70%"), read_bound("约90%")
    (0.9, 0.9, 0.7, None)
    """
    match = _AT_LEAST.fullmatch("".join(unicodedata.normalize("NFKC", text[:64]).split()))
    if match is None:
        return None
    number = float(match["a"] or match["b"])
    return number / 100 if match["p"] or match["q"] else number


class WrittenThresholds(Model):
    """Thresholds by year, some of them in words.  分年目标值，可写成文字。"""

    @model_validator(mode="before")
    @classmethod
    def _read_bounds(cls, entry: Any) -> Any:
        """Read 不低于70% as the operator ge with 0.7; where another operator is given, the text stays and is refused."""
        years = entry.get("years") if isinstance(entry, Mapping) else None
        if not isinstance(years, Mapping) or entry.get("operator", "ge") != "ge":
            return entry
        bounds = {year: read_bound(text) for year, text in years.items() if isinstance(text, str)}
        read = {year: bound for year, bound in bounds.items() if bound is not None}
        if not read:
            return entry
        return {**entry, "operator": "ge", "years": {**years, **read}}


class MilestoneEntry(WrittenThresholds):
    """Thresholds of one indicator, a year each.  一个指标的分年目标值。"""

    indicator: str
    years: Mapping[int, float] = Field(min_length=1)
    operator: Operator
    unit: str
    inclusive: bool
    wording: Words
    scope: Scope
    where: Where
    clause: Words
    compares: Literal["level", "change"] = "level"
    ambiguities: tuple[str, ...] = ()
    note: BilingualText | None = None


class DeliverableEntry(Model):
    """Something to be done by a year.  须在某年完成的工作成果。"""

    id: Words
    name: BilingualText
    due: int
    recurring: bool = False
    every_years: int = Field(default=1, ge=1)
    scope: Scope
    where: Where
    clause: Words
    ambiguities: tuple[str, ...] = ()


class TaskEntry(Model):
    """A task.  任务。"""

    number: int = Field(ge=1)
    name: BilingualText
    category: str
    pillar: str
    clause_annex: Words
    clause_body: Words
    leads: tuple[str, ...] = Field(min_length=1)
    participants: tuple[str, ...] = ()
    milestones: tuple[MilestoneEntry, ...] = ()
    deliverables: tuple[DeliverableEntry, ...] = ()
    modelled: Modelled
    not_modelled: tuple[BilingualText, ...] = ()


class PlanFile(Model):
    """A plan file.  规划文件的内容。"""

    schema_version: int = Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)
    id: Words
    name: BilingualText
    status: StatusWord
    document: Document
    first_year: int
    last_year: int
    base_year: int
    geography: str | PlacesEntry
    sources: Mapping[str, SourceEntry] = Field(min_length=1)
    categories: tuple[Named, ...] = Field(min_length=1)
    pillars: tuple[Named, ...] = Field(min_length=1)
    units: tuple[Unit, ...] = Field(min_length=1)
    indicators: Mapping[str, IndicatorBody] = {}
    ambiguities: Mapping[str, AmbiguityEntry] = {}
    targets: tuple[TargetBody, ...]
    tasks: tuple[TaskEntry, ...] = Field(min_length=1)
    differences: tuple[Difference, ...] = ()
    appraisal: tuple[AppraisalClause, ...] = ()
    level: Level | None = None
    gaps: tuple[Gap, ...] = ()


class CatalogueFile(Model):
    """The catalogue of indicators.  指标目录的内容。"""

    schema_version: int = Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)
    sources: Mapping[str, SourceEntry] = {}
    indicators: Mapping[str, IndicatorBody]
