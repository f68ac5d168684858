"""The data package: valid, complete, and the same as the files it describes."""

from __future__ import annotations

import csv
import json

import pytest

from suzhou_antidrug.datasets import data_path, data_root, describe, list_datasets
from suzhou_antidrug.datasets.catalogue import bundled_datasets
from suzhou_antidrug.errors import DatasetError, UnknownNameError

NO_DATA = {"datapackage.json", "README.md"}


def test_the_package_is_valid_under_frictionless() -> None:
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.Package(str(data_root() / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "fieldName", "rowNumber", "type", "note"])


def test_frictionless_sees_a_broken_reference(tmp_path) -> None:
    frictionless = pytest.importorskip("frictionless")
    for name in ("figures.csv", "sources.csv", "indicators.csv"):
        text = data_path("published", name).read_text(encoding="utf-8")
        (tmp_path / "published").mkdir(exist_ok=True)
        (tmp_path / "published" / name).write_text(text.replace(",S013,", ",S999,"), encoding="utf-8")
    package = json.loads((data_root() / "datapackage.json").read_text(encoding="utf-8"))
    names = {"published-figures", "published-sources", "published-indicators"}
    package["resources"] = [r for r in package["resources"] if r["name"] in names]
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert {kind for (kind,) in report.flatten(["type"])} == {"foreign-key"}


def test_every_file_is_described_and_every_description_has_its_file() -> None:
    there = {str(p.relative_to(data_root()).as_posix()) for p in data_root().rglob("*") if p.is_file()} - NO_DATA
    described = [d.path for d in bundled_datasets().values()]
    assert sorted(described) == sorted(there)


def test_every_table_declares_exactly_its_columns() -> None:
    for dataset in bundled_datasets().values():
        if dataset.fields:
            with dataset.file.open(encoding="utf-8", newline="") as stream:
                assert next(csv.reader(stream)) == [f.name for f in dataset.fields], dataset.name


def test_every_dataset_says_what_a_user_must_know() -> None:
    package = json.loads((data_root() / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        assert resource["title"] and resource["title_zh"] and resource["sources"], resource["name"]
        assert {licence["name"] for licence in resource["licenses"]} == {"CC-BY-4.0"}
        for field in resource.get("schema", {}).get("fields", ()):
            assert field["title"] and field["title_zh"], (resource["name"], field["name"])


def test_synthetic_files_say_so() -> None:
    for dataset in bundled_datasets().values():
        if dataset.path.startswith("synthetic/"):
            assert str(dataset.status) == "synthetic"
        if str(dataset.status) == "synthetic":
            assert any(word in dataset.title.zh for word in ("合成", "虚构")), dataset.name
            assert any(word in dataset.title.en for word in ("ynthetic", "made up")), dataset.name


def test_list_counts_rows() -> None:
    rows = list_datasets().set_index("name")["rows"]
    assert rows["published-figures"] == 405
    assert rows["published-sources"] == 91
    assert rows["published-indicators"] == 148
    assert rows["geography-suzhou"] == rows["geography-suzhou-population"] == 11
    assert rows.isna()["catalogue-indicators"]  # no table


def test_describe_names_columns_keys_units_and_traps() -> None:
    figures = describe("published-figures")
    english, chinese = figures.in_language("en"), figures.in_language("zh")
    assert "-> published-sources.source_id" in english
    assert "-> published-indicators.indicator" in english
    assert "persons against person-times" in english and "人与人次不可比" in chinese
    assert "405" in english and "CC-BY-4.0" in english
    assert "persons" in describe("geography-suzhou-population").in_language("en")
    page = figures._repr_html_()
    assert "published-figures" in page and "&gt; published-sources" in page  # escaped


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="published-figures"):
        describe("published_figures")
    with pytest.raises(DatasetError, match=r"published/nothing\.csv"):
        data_path("published", "nothing.csv")
