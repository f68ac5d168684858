"""What data come with the package: list them, describe one.

自带数据一览与说明，内容取自 ``datasets/datapackage.json``。
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UnknownNameError, unknown_name
from ..provenance import Status
from ..terms import Text, check_language
from .files import data_path, data_root

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a data set.  数据集的一列。"""

    name: str
    title: Text
    type: str
    unit: str = ""
    refers_to: str = ""  # dataset.column that a foreign key points at
    required: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """One bundled file.  一个自带文件。"""

    name: str
    title: Text
    path: str  # inside the data folder
    status: Status
    licence: str
    fields: tuple[Field, ...] = ()  # none for a file that is not a table
    key: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    traps: tuple[Text, ...] = ()

    @property
    def file(self) -> Path:
        """Where the file lies on this machine."""
        return data_path(*self.path.split("/"))

    def count_rows(self) -> int | None:
        """Return the number of data rows, None for a file that is not a table.  数据行数。"""
        if not self.fields:
            return None
        import csv

        with self.file.open(encoding="utf-8", newline="") as stream:
            return sum(1 for _ in csv.reader(stream)) - 1


@dataclass(frozen=True, slots=True)
class Description:
    """What a data set holds: columns, units, sources, traps.  数据集说明。"""

    dataset: Dataset
    rows: int | None

    def _heads(self, language: str) -> list[tuple[str, str]]:
        d = self.dataset
        size = "-" if self.rows is None else str(self.rows)
        return [
            (Text("文件", "file").in_language(language), d.path),
            (Text("行数", "rows").in_language(language), size),
            (Text("状态", "status").in_language(language), d.status.text.in_language(language)),
            (Text("许可", "licence").in_language(language), d.licence),
            (Text("主键", "primary key").in_language(language), ", ".join(d.key) or "-"),
            (Text("来源", "sources").in_language(language), "; ".join(d.sources) or "-"),
        ]

    def in_language(self, language: str | None = None) -> str:
        """The description as plain text."""
        lang = check_language(language)
        lines = [f"{self.dataset.name}: {self.dataset.title.in_language(lang)}"]
        lines += [f"  {what}: {value}" for what, value in self._heads(lang)]
        if self.dataset.fields:
            lines.append(f"  {Text('列', 'columns').in_language(lang)}:")
            lines += [f"    {_field_line(f, lang)}" for f in self.dataset.fields]
        if self.dataset.traps:
            lines.append(f"  {Text('注意', 'traps').in_language(lang)}:")
            lines += [f"    - {t.in_language(lang)}" for t in self.dataset.traps]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.in_language()

    __repr__ = __str__

    def to_html(self, language: str | None = None) -> str:
        """The description as HTML; all text is escaped."""
        lang = check_language(language)
        d = self.dataset
        heads = "".join(f"<dt>{html.escape(w)}</dt><dd>{html.escape(v)}</dd>" for w, v in self._heads(lang))
        fields = "".join(f"<li>{html.escape(_field_line(f, lang))}</li>" for f in d.fields)
        traps = "".join(f"<li>{html.escape(t.in_language(lang))}</li>" for t in d.traps)
        return (
            f"<section><h4>{html.escape(d.name)}: {html.escape(d.title.in_language(lang))}</h4><dl>{heads}</dl>"
            f"<ul>{fields}</ul><ul>{traps}</ul></section>"
        )

    def _repr_html_(self) -> str:
        return self.to_html()


def _field_line(field: Field, language: str) -> str:
    extras = [field.type, field.unit, f"-> {field.refers_to}" if field.refers_to else ""]
    return f"{field.name}: {field.title.in_language(language)} ({', '.join(e for e in extras if e)})"


@cache
def bundled_datasets() -> Mapping[str, Dataset]:
    """Return every bundled data set by name, in the order of the data package.  按名称列出全部自带数据集。"""
    package = json.loads((data_root() / "datapackage.json").read_text(encoding="utf-8"))
    return {r["name"]: _dataset(r) for r in package["resources"]}


def _dataset(resource: dict[str, Any]) -> Dataset:
    schema = resource.get("schema", {})
    keys = {
        key["fields"][0]: f"{key['reference']['resource'] or resource['name']}.{key['reference']['fields'][0]}"
        for key in schema.get("foreignKeys", ())
    }
    fields = tuple(
        Field(
            name=f["name"],
            title=Text(zh=f["title_zh"], en=f["title"]),
            type=f["type"],
            unit=f.get("unit", ""),
            refers_to=keys.get(f["name"], ""),
            required=f.get("constraints", {}).get("required", False),
        )
        for f in schema.get("fields", ())
    )
    return Dataset(
        name=resource["name"],
        title=Text(zh=resource["title_zh"], en=resource["title"]),
        path=resource["path"],
        status=Status(resource["status"]),
        licence=", ".join(licence["name"] for licence in resource["licenses"]),
        fields=fields,
        key=tuple(schema.get("primaryKey", ())),
        sources=tuple(s["title"] for s in resource["sources"]),
        traps=tuple(Text(zh=t["zh"], en=t["en"]) for t in resource.get("traps", ())),
    )


def list_datasets() -> pd.DataFrame:
    """Return the bundled data sets: name, titles, rows, status, licence, path.  自带数据集一览。

    ``rows`` is missing for files that are not tables.

    >>> list_datasets().set_index("name").loc["published-figures", ["status", "licence"]].tolist()
    ['published', 'CC-BY-4.0']
    """
    import pandas as pd

    table = pd.DataFrame(
        [
            {
                "name": d.name,
                "title_zh": d.title.zh,
                "title_en": d.title.en,
                "rows": d.count_rows(),
                "status": str(d.status),
                "licence": d.licence,
                "path": d.path,
            }
            for d in bundled_datasets().values()
        ]
    )
    return table.astype({"rows": "Int64"})


def describe(name: str) -> Description:
    """Return what a bundled data set holds: columns, units, sources, traps.  说明一个自带数据集。

    Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest names for a name that is not bundled.

    >>> print(describe("published-sources").in_language("en").splitlines()[0])
    published-sources: Sources of the published figures
    """
    datasets = bundled_datasets()
    if name not in datasets:
        raise UnknownNameError(unknown_name("data set", "数据集", name, datasets))
    return Description(datasets[name], datasets[name].count_rows())
