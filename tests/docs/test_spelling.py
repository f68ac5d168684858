"""Spelling: known misspellings in English, wrong characters and half-width punctuation in Chinese, doubled words in both."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from texts import DOCS, ROOT, notebooks, pages, prose, text_of

ENGLISH = [
    "README.md",
    "CHANGELOG.md",
    "docs/en",
    "docs/index.md",
    "datasets/README.md",
    "datasets/datapackage.json",
    "suzhou_antidrug",
]
CHINESE = [
    p for p in [*pages(), *notebooks()] if p.parent != DOCS / "en" and p.name not in ("README.md", "CHANGELOG.md")
]
# Wrong characters that a Chinese typist is likely to leave, and what is meant.
WRONG = {
    "阀值": "阈值", "布署": "部署", "复盖": "覆盖", "身分证": "身份证", "帐户": "账户", "帐号": "账号", "台帐": "台账",
    "既使": "即使", "必竟": "毕竟", "做为": "作为", "按装": "安装", "安照": "按照", "决择": "抉择", "报消": "报销", "迫不急待": "迫不及待", "再接再励": "再接再厉", "一愁莫展": "一筹莫展", "座标": "坐标", "侯选": "候选", "辩别": "辨别", "分辩率": "分辨率", "松驰": "松弛", "气慨": "气概", "震憾": "震撼", "针贬": "针砭", "粗旷": "粗犷", "防碍": "妨碍",
    "付作用": "副作用", "重迭": "重叠", "反溃": "反馈", "反应出": "反映出",
    "像征": "象征", "想像力": "想象力", "沉缅": "沉湎", "循规导矩": "循规蹈矩", "置信区问": "置信区间",
    "末知": "未知", "末达成": "未达成", "己经": "已经", "已己": "已", "自已": "自己", "因些": "因此", "如些": "如此",
    "戒毐": "戒毒", "吸毐": "吸毒", "毐品": "毒品", "禁毐": "禁毒",
}  # fmt: skip
HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff])[,;:?!](?!\w*\))|[,;:?!](?=[\u4e00-\u9fff])")
DOUBLED = re.compile(r"\b(the|a|an|of|to|in|is|and|for|that|it|with|on|by|as|are|be|or|not)\s+\1\b", re.IGNORECASE)
FULL_IN_ENGLISH = re.compile(r"(?<=[a-z])[，。；：！？](?=\s|[a-z]|$)", re.IGNORECASE | re.MULTILINE)


def ids(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def wrong_characters(text: str) -> list[str]:
    return [f"{w} -> {right}" for w, right in WRONG.items() if w in text]


def test_english_has_no_known_misspelling():
    pytest.importorskip("codespell_lib", reason="the package codespell is not installed")
    found = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *ENGLISH], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_misspelling_is_found_out(tmp_path):
    pytest.importorskip("codespell_lib", reason="the package codespell is not installed")
    page = tmp_path / "page.md"
    page.write_text("The recieved figures.\n", encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-m", "codespell_lib", str(page)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode != 0 and "received" in found.stdout


@pytest.mark.parametrize("path", CHINESE, ids=ids)
def test_chinese_has_no_wrong_characters(path):
    assert not wrong_characters(text_of(path))


def test_chinese_of_the_package_has_no_wrong_characters():
    for path in [*(ROOT / "suzhou_antidrug").rglob("*.py"), *(ROOT / "datasets").rglob("*.yaml")]:
        assert not wrong_characters(path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("path", [p for p in CHINESE if p != ROOT / "datasets" / "README.md"], ids=ids)
def test_chinese_has_full_width_punctuation(path):
    text = re.sub(r"\]\([^)]*\)|<[^>]*>|^\|? *:?-+.*$", "", prose(text_of(path)), flags=re.MULTILINE)
    assert not (found := HALF_WIDTH.search(text)), text[max(0, found.start() - 20) : found.end() + 20]


@pytest.mark.parametrize(
    "path", [*sorted((DOCS / "en").glob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"], ids=ids
)
def test_english_has_no_doubled_words_and_no_full_width_marks(path):
    text = prose(text_of(path))
    for pattern in (DOUBLED, FULL_IN_ENGLISH):
        assert not (found := pattern.search(text)), text[max(0, found.start() - 20) : found.end() + 20]


@pytest.mark.parametrize(
    ("pattern", "text", "wrong"),
    [
        (HALF_WIDTH, "达成,未达成", True), (HALF_WIDTH, "达成，未达成", False), (HALF_WIDTH, "见 a,b", False), (HALF_WIDTH, "来源:公报", True),
        (DOUBLED, "of the the plan", True), (DOUBLED, "of the other plan", False), (DOUBLED, "that\nthat", True),
        (FULL_IN_ENGLISH, "the plan，and", True), (FULL_IN_ENGLISH, "苏府办，and", False),
    ],
)  # fmt: skip
def test_each_rule_on_both_sides(pattern, text, wrong):
    assert bool(pattern.search(text)) is wrong


def test_a_wrong_character_is_found_out():
    assert wrong_characters("超过阀值即报警") == ["阀值 -> 阈值"] and not wrong_characters("超过阈值即报警")
