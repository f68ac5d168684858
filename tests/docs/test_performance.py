"""The page on performance shows what was measured, names no machine, and leaves no benchmark out."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import performance  # noqa: E402

KEPT = json.loads(performance.STORE.read_text(encoding="utf-8"))


def written(language: str) -> str:
    return (ROOT / "docs" / language / "performance.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", performance.LANGUAGES)
def test_the_page_is_what_was_measured(language):
    text = written(language)
    assert text == performance.page(language, KEPT), "run: python docs/performance.py"


def test_every_benchmark_is_on_the_page():
    timed = set()
    for path in (ROOT / "tests" / "benchmarks").glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(a.arg == "benchmark" for a in node.args.args):
                timed.add(node.name)
    measured = {name.split("[")[0] for name in KEPT["benchmarks"]}
    assert measured == timed, "run: make benchmark; python docs/performance.py build/benchmark.json"
    national = {name.split("[")[0] for name, row in KEPT["benchmarks"].items() if performance.is_national(row)}
    assert {name.split("[")[0] for name in performance.WORK} | national == timed


def test_the_machine_is_described_and_not_named():
    assert KEPT["machine"]["cores"] >= 1 and "node" not in json.dumps(KEPT)


def test_figures_come_from_the_files_of_the_benchmarks(tmp_path):
    stats = {"min": 0.25, "mean": 0.5, "rounds": 3}
    file = tmp_path / "benchmark.json"
    cpu = {"count": 2, "brand_raw": "a processor"}
    machine = {"node": "secret", "cpu": cpu, "system": "Linux", "machine": "x", "python_version": "3.11.7"}
    row = {"name": "test_appraise", "fullname": "tests/a.py::test_appraise", "stats": stats, "extra_info": {}}
    file.write_text(json.dumps({"machine_info": machine, "datetime": "2026-01-02T", "benchmarks": [row]}), "utf-8")
    kept = performance.keep(file)
    assert kept["benchmarks"] == {"test_appraise": {"file": "tests/a.py", "fastest": 0.25, "mean": 0.5, "rounds": 3}}
    assert "secret" not in json.dumps(kept) and kept["machine"]["date"] == "2026-01-02"


@pytest.mark.parametrize(("value", "said"), [(0.00543, "5.4 ms"), (0.9996, "1000 ms"), (1.0, "1 s"), (34.31, "34 s")])
def test_times_have_two_figures(value, said):
    assert performance.seconds(value, "en") == said
