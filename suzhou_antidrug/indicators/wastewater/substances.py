"""Drugs and the residues that show them: names, molar masses, and the factors between the two.

毒品及其残留标志物：名称、摩尔质量，以及两者之间的校正系数。

A name on a laboratory sheet becomes an id here, once. Molar masses follow from the formula and the abridged standard
atomic weights of IUPAC 2021 (Prohaska and others, Pure Appl. Chem. 94 (2022) 573).
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...datasets import data_path
from ...errors import UnknownNameError, unknown_name
from ...provenance import Status
from ...terms import Text

if TYPE_CHECKING:
    import pandas as pd

# Every kind of dash, dot and space that people put between the parts of a chemical name.
_SEPARATORS = "-‐‑‒–—―−_·•・'’′"


@dataclass(frozen=True, slots=True)
class Biomarker:
    """A substance measured in sewage, or the drug behind it.  污水中检测的物质，或其所指的毒品。"""

    id: str
    name: Text
    abbreviation: str
    aliases: tuple[str, ...]
    formula: str
    molar_mass_g_per_mol: float
    parent: str  # id of the drug whose use it would show; a drug is its own parent
    note: Text
    status: Status = Status.COMPUTED  # of the molar mass

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it is found by."""
        return (self.id, self.name.zh, self.name.en, self.abbreviation, *self.aliases)


def folded_name(name: str) -> str:
    """Return a name folded for comparison: NFKC, lower case, no spaces, dashes or dots.  归一化名称以便比较。

    >>> folded_name("ＴＨＣ－ＣＯＯＨ"), folded_name("O⁶-单乙酰吗啡")
    ('thccooh', 'o6单乙酰吗啡')
    """
    text = "".join(unicodedata.normalize("NFKC", str(name)).split()).casefold()
    return "".join(c for c in text if c not in _SEPARATORS)


def index_names(entries: Iterable[tuple[str, Iterable[str]]]) -> Mapping[str, str]:
    """Return folded name -> id for pairs of an id and its names; ``ValueError`` where two ids share one.

    由编号与名称得到归一化名称索引，两个编号同名即出错。

    >>> index_names([("cotinine", ["可替宁", "COT"])])["cot"]
    'cotinine'
    """
    index: dict[str, str] = {}
    for id_, names in entries:
        for name in names:
            if name and index.setdefault(folded_name(name), id_) != id_:
                raise ValueError(f"{name!r} names both {index[folded_name(name)]} and {id_}")
    return MappingProxyType(index)


def read_table(*path: str) -> list[dict[str, str]]:
    """Return the rows of a bundled CSV file as text, so that no number is guessed.  读取自带表格，逐格为文本。"""
    with data_path(*path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def load_biomarkers() -> Mapping[str, Biomarker]:
    """Return every known substance by its id.  按编号列出全部物质。

    >>> load_biomarkers()["benzoylecgonine"].parent
    'cocaine'
    """
    rows = read_table("factors", "molar_masses.csv")
    return MappingProxyType({row["id"]: _biomarker(row) for row in rows})


def _biomarker(row: Mapping[str, str]) -> Biomarker:
    return Biomarker(
        id=row["id"],
        name=Text(zh=row["name_zh"], en=row["name_en"]),
        abbreviation=row["abbreviation"],
        aliases=tuple(a for a in row["aliases"].split("|") if a),
        formula=row["formula"],
        molar_mass_g_per_mol=float(row["molar_mass_g_per_mol"]),
        parent=row["parent"],
        note=Text(zh=row["note_zh"], en=row["note_en"]),
        status=Status(row["status"]),
    )


@cache
def _index() -> Mapping[str, str]:
    return index_names((b.id, b.names) for b in load_biomarkers().values())


def biomarker_name(name: str) -> Text:
    """Return the name of a biomarker, the name given where it is not on the list.  标志物的名称。

    >>> biomarker_name("mdma").en, biomarker_name("nitazene_x").zh
    ('MDMA', 'nitazene_x')
    """
    try:
        return resolve_biomarker(name).name
    except UnknownNameError:
        return Text(name, name)


def resolve_biomarker(name: str) -> Biomarker:
    """Return the substance that a name means, in Chinese or English, by abbreviation or street name.

    按中英文名称、缩写或俗称找到物质。

    Full-width letters, case, spaces and dashes do not matter. ``甲基苯丙胺(冰毒)`` is read where both parts mean one
    substance. ``苯丙胺`` is amphetamine, ``甲基苯丙胺`` methamphetamine: a name is never matched by a part of it.

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names for any other name.

    >>> resolve_biomarker("冰毒").id, resolve_biomarker("苯丙胺").id, resolve_biomarker("ＢＥ").id
    ('methamphetamine', 'amphetamine', 'benzoylecgonine')
    """
    index = _index()
    folded = folded_name(name)
    parts = [p for p in folded.replace(")", "(").split("(") if p]
    found = {index.get(folded, "")} if folded in index else {index.get(p, "") for p in parts}
    if len(found) == 1 and (id_ := found.pop()):
        return load_biomarkers()[id_]
    every = [n for b in load_biomarkers().values() for n in b.names if n]
    raise UnknownNameError(unknown_name("biomarker", "标志物", name, load_biomarkers(), suggest=every))


def mass_ratio(parent: str, marker: str) -> float:
    """Return the molar mass of a drug over that of its marker: ``M_parent / M_marker``.  毒品与标志物的摩尔质量之比。

    A load of the marker times this is the load of the drug that left it. Names as in :func:`resolve_biomarker`.

    >>> round(mass_ratio("可卡因", "BE"), 4), mass_ratio("METH", "METH")
    (1.0485, 1.0)
    """
    over, under = resolve_biomarker(parent), resolve_biomarker(marker)
    return over.molar_mass_g_per_mol / under.molar_mass_g_per_mol


def biomarkers_frame() -> pd.DataFrame:
    """Return every known substance, one a row; molar masses in g/mol.  全部物质一览，每行一种。

    Columns id, name_zh, name_en, abbreviation, aliases, formula, molar_mass_g_per_mol, parent, status, note_zh,
    note_en.

    >>> biomarkers_frame().set_index("id").loc["thc_cooh", "molar_mass_g_per_mol"].item()
    344.451
    """
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "id": b.id,
                "name_zh": b.name.zh,
                "name_en": b.name.en,
                "abbreviation": b.abbreviation,
                "aliases": b.aliases,
                "formula": b.formula,
                "molar_mass_g_per_mol": b.molar_mass_g_per_mol,
                "parent": b.parent,
                "status": str(b.status),
                "note_zh": b.note.zh,
                "note_en": b.note.en,
            }
            for b in load_biomarkers().values()
        ]
    )


NO_ADVICE = Text("", "")


@dataclass(frozen=True, slots=True)
class CorrectionFactor:
    """A factor from the load of a marker to the consumption of a drug.  由标志物负荷折算毒品消费量的系数。

    ``excretion_fraction`` (0-1) is NaN where none is known. ``status`` is that of the fraction, None where there is none.
    """

    id: str
    parent: str
    marker: str
    excretion_fraction: float
    mass_ratio: float
    origin: str
    status: Status | None
    factor_as_published: float = float("nan")  # may be rounded
    advice: Text = NO_ADVICE
    default: bool = False  # our choice among the factors of a drug, hence assumed
    source_url: str = ""

    def __post_init__(self) -> None:
        if self.excretion_fraction <= 0 or self.excretion_fraction > 1:
            raise ValueError(f"an excreted fraction lies in 0-1, got {self.excretion_fraction}")

    @property
    def factor(self) -> float:
        """``mass_ratio / excretion_fraction``, NaN where no fraction is known."""
        return self.mass_ratio / self.excretion_fraction


@cache
def load_correction_factors() -> Mapping[str, CorrectionFactor]:
    """Return the published correction factors by id; one of each drug is the default.  按编号列出校正系数。

    >>> round(load_correction_factors()["coc-be-0.45"].factor, 2)
    2.33
    """
    rows = read_table("factors", "correction_factors.csv")
    return MappingProxyType({row["factor_id"]: _factor(row) for row in rows})


def _factor(row: Mapping[str, str]) -> CorrectionFactor:
    return CorrectionFactor(
        id=row["factor_id"],
        parent=row["parent"],
        marker=row["marker"],
        excretion_fraction=float(row["excretion_fraction"] or "nan"),
        mass_ratio=mass_ratio(row["parent"], row["marker"]),  # not the four digits of the file
        origin=row["origin"],
        status=Status(row["status"]) if row["status"] else None,
        factor_as_published=float(row["factor_as_published"] or "nan"),
        advice=Text(zh=row["advice_zh"], en=row["advice_en"]),
        default=row["default"] == "true",
        source_url=row["source_url"],
    )


def correction_factors_frame() -> pd.DataFrame:
    """Return the correction factors, one a row, rates as shares of 1.  校正系数一览。

    Columns id, parent, marker, excretion_fraction, mass_ratio, factor, factor_as_published, origin, status, default,
    advice_zh, advice_en, source_url. An empty factor means that only the load may be reported.

    >>> correction_factors_frame().set_index("id").loc["ket-0.20", "factor"].item()
    5.0
    """
    import pandas as pd

    names = ("id", "parent", "marker", "excretion_fraction", "mass_ratio", "factor", "factor_as_published", "origin")
    rows = [
        {name: getattr(f, name) for name in names}
        | {"status": str(f.status or ""), "default": f.default}
        | {"advice_zh": f.advice.zh, "advice_en": f.advice.en, "source_url": f.source_url}
        for f in load_correction_factors().values()
    ]
    return pd.DataFrame(rows)
