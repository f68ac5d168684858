"""The data dictionary says what the schema says, and leaves no column out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import dictionary  # noqa: E402

from suzhou_antidrug.returns.schema import COLUMNS  # noqa: E402


@pytest.mark.parametrize("language", dictionary.LANGUAGES)
def test_the_page_is_up_to_date(language):
    written = (ROOT / "docs" / language / "dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary.page(language), "run: python docs/dictionary.py"


@pytest.mark.parametrize("language", dictionary.LANGUAGES)
def test_every_column_and_file_is_there(language):
    text = (ROOT / "docs" / language / "dictionary.md").read_text(encoding="utf-8")
    assert set(dictionary.MEANINGS) == {c.id for c in COLUMNS}
    package = json.loads((ROOT / "datasets" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        assert f"`{resource['path']}`" in text
        for field in resource.get("schema", {}).get("fields", []):
            assert f"| `{field['name']}` |" in text, (resource["name"], field["name"])
            assert field.get("description") or field.get("title"), field["name"]
