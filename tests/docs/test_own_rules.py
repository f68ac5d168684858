"""The YAML of the page on own rules is loaded, gives the points it says, and goes wrong as it says."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.rules.model import Item, Kind
from suzhou_antidrug.appraisal.scoring.curves import make_curve

ROOT = Path(__file__).parents[2]
LANGUAGES = ("zh", "en")
BLOCK = re.compile(r"^```yaml\n(.*?)^```(?:\n+```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
HEAD = re.compile(r"# (?:满分|of) (\d+)(?: points)?(?:[，,] ?(?:年度任务|milestone) ([≥≤><]) ([\d.]+))?[：:]")
GIVES = re.compile(r"(差 |short )?([\w.]+) (?:得|gives) ([\d.]+)")
OPERATORS = {"≥": "ge", "≤": "le", ">": "gt", "<": "lt"}


def blocks(language: str) -> list[tuple[str, str]]:
    """Return the YAML blocks with the text that follows each."""
    return BLOCK.findall((ROOT / "docs" / language / "own_rules.md").read_text(encoding="utf-8"))


def whole(language: str) -> str:
    (found,) = [b for b, _ in blocks(language) if b.startswith("schema_version:")]
    return found


def scales(language: str) -> list[str]:
    return [b for b, _ in blocks(language) if HEAD.match(b)]


def parts(language: str) -> list[tuple[str, str]]:
    """Return the blocks that stand in for parts of the whole file, with the error they give or nothing."""
    return [(b, said) for b, said in blocks(language) if not b.startswith("schema_version:") and not HEAD.match(b)]


def with_part(text: str, part: str) -> str:
    """Return a rule file with the top keys of a part in place of its own."""
    for key in re.findall(r"^(\w+):", part, re.MULTILINE):
        (own,) = re.findall(rf"^{key}:.*\n(?:^[ ].*\n)*", part, re.MULTILINE)
        text, count = re.subn(rf"^{key}:.*\n(?:^[ ].*\n)*", lambda _, own=own: own, text, flags=re.MULTILINE)
        text = text if count else text + own
    return text


def load(text: str, folder: Path):
    path = folder / "my-rules.yaml"
    path.write_text(text, encoding="utf-8")
    return sa.load_appraisal_rules(path, plan=sa.load_plan("suzhou-2020"))


def points_of(scale, worth: str, sign: str, milestone: str, short: str, value: str) -> Fraction:
    """Return the points that a scale gives for a value."""
    if scale.kind == "levels":
        return Fraction(worth) * next(Fraction(level.share) for level in scale.levels if level.id == value)
    role = "bonus" if scale.kind == "bonus" else "score"
    item = Item(task=1, indicator="x", points=worth, scale="s", role=role)
    direction = 1 if sign in "≥>" else -1
    curve = make_curve(scale, item, Fraction(milestone), direction, operator=OPERATORS[sign])
    return Fraction(worth) * curve.exact(-Fraction(value) if short else direction * Fraction(value))


@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_file_is_loaded_and_appraises(language, tmp_path):
    rules = load(whole(language), tmp_path)
    card = sa.appraise(sa.load_synthetic_returns(), sa.load_plan("suzhou-2020"), rules=rules)
    assert card.scores["score"].between(0, 100).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_scales_give_the_points_told(language, tmp_path):
    kinds = set()
    for block in scales(language):
        name = re.findall(r"^(\w+):", block, re.MULTILINE)[0]
        inside = "".join(f"  {line}\n" for line in block.splitlines() if not line.startswith("#"))
        scale = load(whole(language).replace("\nscales:\n", f"\nscales:\n{inside}"), tmp_path).file.scales[name]
        worth, sign, milestone = HEAD.match(block).groups()
        told = GIVES.findall(block.splitlines()[0])
        assert len(told) >= 3, name
        for short, value, points in told:
            assert points_of(scale, worth, sign, milestone, short, value) == Fraction(points), f"{name} {value}"
        kinds.add(scale.kind)
    assert kinds == set(get_args(Kind)), "every kind of scale is shown"


@pytest.mark.parametrize("language", LANGUAGES)
def test_parts_are_taken_or_go_wrong_as_told(language, tmp_path):
    wrong = 0
    for part, said in parts(language):
        text = with_part(whole(language), part)
        if not said:
            load(text, tmp_path)
            continue
        with pytest.raises(sa.PlanError) as error:
            load(text, tmp_path)
        assert str(error.value).strip() == said.strip()
        wrong += 1
    assert wrong >= 4


def test_languages_show_the_same_rules():
    def numbers(language: str) -> list[list[str]]:
        return [re.findall(r"'[^']*\d'|kind: \w+", block) for block, _ in blocks(language)]

    assert numbers("zh") == numbers("en")
