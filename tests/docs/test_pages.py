"""What the pages leave out is found here: rooms, names, keys, the other language, the network."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import suzhou_antidrug as sa

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

from generate import summary, table, tables  # noqa: E402
from pictures import ROOMS, read_layers  # noqa: E402

LANGUAGES = ("zh", "en")
PAGES = sorted(page for language in LANGUAGES for page in (DOCS / language).glob("*.md"))
HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff])[,;:?!]|[,;:?!](?=[\u4e00-\u9fff])")


def page(language: str, name: str) -> str:
    return (DOCS / language / f"{name}.md").read_text(encoding="utf-8")


def test_both_languages_have_the_same_headings():
    for chinese in (DOCS / "zh").glob("*.md"):
        levels = [re.findall(r"^(#+) ", page(lang, chinese.stem), re.MULTILINE) for lang in LANGUAGES]
        assert levels[0] == levels[1], chinese.stem


def test_every_room_of_the_contract_is_drawn_and_described():
    rooms = {room for layer in read_layers(ROOT / "pyproject.toml") for room in layer}
    assert rooms == set(ROOMS)
    for language in LANGUAGES:
        text = page(language, "architecture")
        assert all(f"| `{room}` |" in text for room in rooms)


def test_the_contract_is_read_from_the_top():
    layers = read_layers(ROOT / "pyproject.toml")
    assert layers[0] == ["cli", "explorer"] and layers[-1] == ["errors"]
    assert ["provenance", "verdicts"] in layers


def test_rooms_exist_in_the_package():
    package = ROOT / "suzhou_antidrug"
    assert all((package / room).is_dir() or (package / f"{room}.py").is_file() for room in ROOMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_name_has_its_reference(language):
    text = page(language, "api")
    for name in sa.__all__:
        if not name.startswith("__"):
            module = getattr(sa, name).__module__
            assert re.search(rf"automodule:: {re.escape(module)}$", text, re.MULTILINE), f"{name}: {module}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_a_plan_file_is_explained(language):
    from suzhou_antidrug.plan import contents, model, parts

    text = page(language, "plan")
    shapes = (
        contents.PlanFile, contents.TaskEntry, contents.MilestoneEntry, contents.DeliverableEntry,
        contents.AmbiguityEntry, contents.SourceEntry, contents.PlacesEntry,
        model.IndicatorBody, model.ReadingBody, parts.TargetBody, model.Document, parts.Gap,
    )  # fmt: skip
    for shape in shapes:
        for key in shape.model_fields:
            assert f"`{key}`" in text, f"{shape.__name__}.{key}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_a_plan_that_inherits_is_explained(language):
    from suzhou_antidrug.plan import inherited_contents
    from suzhou_antidrug.plan.contents import PlanFile

    text = page(language, "plans")
    own = set(inherited_contents.ChildFile.model_fields) - set(PlanFile.model_fields)
    parts = {key for shape in (inherited_contents.Overrides, inherited_contents.Drops, inherited_contents.Additions) for key in shape.model_fields}  # fmt: skip
    assert [key for key in sorted(own | parts) if f"`{key}`" not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_generated_tables_follow_the_data(language):
    with sa.use_language(language):
        made = tables(language)
    plan = sa.load_plan("suzhou-2020")
    assert made["targets"].count("\n") == len(plan.targets) + 2
    assert made["ledger"].count("\n") == len(plan.tasks) + 2
    assert made["readings"].count("\n") == sum(len(a.readings) for a in plan.ambiguities.values()) + 2
    for name, text in made.items():
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines()}
        assert len(widths) == 1, f"{name} has rows of different width"
        for included in re.findall(r"_generated/(\w+)-", page(language, "plan")):
            assert included in made


def test_a_table_escapes_what_would_break_it():
    assert "a\\|b" in table([sa.Text("列", "column")], [["a|b"]])


@pytest.mark.parametrize(
    ("doc", "zh", "en"),
    [
        ("Return x.  返回 x。\n\nMore.", "返回 x", "Return x."),
        ("Return x.\n\n返回 x。\n\nMore.", "返回 x", "Return x."),
        ("Only English.", "Only English.", "Only English."),
    ],
)
def test_summary_takes_its_own_language(doc, zh, en):
    assert summary(doc, "zh") == zh
    assert summary(doc, "en") == en


@pytest.mark.parametrize("path", [p for p in PAGES if p.parent.name == "zh"], ids=lambda p: p.stem)
def test_chinese_prose_has_full_width_punctuation(path):
    prose = re.sub(r"```.*?```|`[^`\n]*`|\]\([^)]*\)", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not HALF_WIDTH.search(prose), HALF_WIDTH.search(prose)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_pages_name_no_machine(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/work/|/home/|/tmp/|localhost", text)
