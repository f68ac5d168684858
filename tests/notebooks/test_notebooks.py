"""The notebooks run from a clean kernel, in time, without a missing glyph, and are stored without outputs."""

from __future__ import annotations

import json
import re
import time
from functools import cache
from pathlib import Path

import pytest

from suzhou_antidrug.disclosure import has_personal_mark

nbformat = pytest.importorskip("nbformat", reason="the extra 'notebooks' is not installed")
nbclient = pytest.importorskip("nbclient", reason="the extra 'notebooks' is not installed")

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST_SECONDS = 60  # a reader waits no longer; for one cell and for the whole notebook
# A letter that the font lacks is a box in the figure: an error, not a warning.
STRICT = "import warnings\nwarnings.filterwarnings('error', message='.*[Gg]lyph')"
# What stands in the notebook at its end: returns that are not synthetic, and small counts in results on reported data.
PROBE = """
import json
from suzhou_antidrug.results import Result
_found = {"returns": [], "small": []}
for _name, _value in list(globals().items()):
    if not isinstance(_value, Result) or _name.startswith("_"):
        continue
    if type(_value).__name__ in ("Returns", "IndicatorValues", "Evaluation", "ScoreCard") and _value.made.status != "synthetic":
        _found["returns"].append(_name)
    if _value.made.status == "reported" and type(_value).frame is not Result.frame:
        _counts = _value.frame.reindex(columns=["numerator", "events", "count", "cases", "found", "persons"])
        if ((_counts >= 1) & (_counts <= 4)).any(axis=None):
            _found["small"].append(_name)
print("PROBE", json.dumps(_found))
"""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff])[,;:?!]|[,;:?!](?=[\u4e00-\u9fff])")


def read(path: Path):
    return nbformat.read(path, as_version=4)


def ids(path: Path) -> str:
    return path.stem


@cache
def executed(path: Path):
    """Return the executed notebook and the seconds it took; the kernel's start is counted too."""
    notebook = read(path)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STRICT))
    notebook.cells.append(nbformat.v4.new_code_cell(PROBE))
    started = time.monotonic()
    client = nbclient.NotebookClient(
        notebook, timeout=LONGEST_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute()
    return notebook, time.monotonic() - started


def outputs(notebook, kind: str) -> list:
    return [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs if o.output_type == kind]


def test_the_start_page_comes_first_and_links_every_notebook():
    assert NOTEBOOKS[0].name == "00_start.ipynb"
    text = "".join(cell.source for cell in read(NOTEBOOKS[0]).cells)
    assert [path.name for path in NOTEBOOKS[1:] if f"]({path.name})" not in text] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_outputs_bear_no_mark_of_a_person(path):
    """What a reader sees after running a notebook is checked as what leaves a report is."""
    notebook, _ = executed(path)
    for cell in (c for c in notebook.cells if c.cell_type == "code"):
        for output in cell.outputs:
            texts = [output.get("text", ""), *(output.get("data", {}).get(k, "") for k in ("text/plain", "text/html"))]
            assert not any(has_personal_mark(line) for text in texts for line in str(text).splitlines()), cell.source


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_no_returns_but_synthetic_ones_and_no_small_count_that_was_reported(path):
    """Outputs show counts of one to four freely, because all returns in the notebooks are made up."""
    notebook, _ = executed(path)
    # A kernel may send one printed line in several pieces.
    printed = "".join(output.get("text", "") for output in notebook.cells[-1].outputs)
    assert json.loads(printed.removeprefix("PROBE ")) == {"returns": [], "small": []}


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_runs_in_time_without_error_or_missing_glyph(path):
    notebook, seconds = executed(path)
    assert seconds < LONGEST_SECONDS
    assert outputs(notebook, "error") == []
    said = "".join(o.text for o in outputs(notebook, "stream") if o.name == "stderr")
    assert said == "", said


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_every_figure_that_is_drawn_is_shown(path):
    notebook, _ = executed(path)
    for cell in notebook.cells:
        if cell.cell_type == "code" and re.search(r"plt\.subplots|\.plot\(|plot_\w+\(", cell.source):
            shown = [o for o in cell.outputs if "image/png" in o.get("data", {})]
            assert shown, f"no figure under the cell that begins {cell.source[:60]!r}"


@pytest.mark.slow
def test_synthetic_results_bear_the_word():
    notebook, _ = executed(ROOT / "notebooks" / "02_four_decreases.ipynb")
    heads = [i for i, cell in enumerate(notebook.cells) if cell.source.startswith("## 8 合成数据")]
    assert len(heads) == 1
    before, after = notebook.cells[: heads[0]], notebook.cells[heads[0] :]
    # What comes first is real: apart from the first words of the story nothing there prints a synthetic figure.
    printed = "".join(o.get("text", "") for c in before if c.cell_type == "code" for o in c.outputs)
    assert "合成数据" not in printed
    for cell in after:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                assert "合成数据" in cell.source
    assert "合成数据" in "".join(o.get("text", "") for c in after if c.cell_type == "code" for o in c.outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_is_stored_stripped(path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_headings_are_chinese_with_english_beneath(path):
    headed = [c.source for c in read(path).cells if c.cell_type == "markdown" and c.source.startswith("#")]
    assert len(headed) > 5
    for source in headed:
        heading, english = source.splitlines()[:2]
        assert CHINESE.search(heading)
        assert re.fullmatch(r"\*[A-Z“].*\*", english) and not CHINESE.search(english)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_chinese_prose_has_full_width_punctuation(path):
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"`[^`]*`|\]\([^)]*\)", "", cell.source)
            assert not HALF_WIDTH.search(prose), HALF_WIDTH.search(prose)
