"""The package as a stranger meets it: light to import, layered, whole when installed from a wheel."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import suzhou_antidrug as sa

ROOT = Path(__file__).resolve().parents[2]
IMPORT_SECONDS = 0.7  # on a warm disk


def test_every_public_name_loads_and_is_documented():
    for name in sa.__all__:
        value = getattr(sa, name)
        if name != "__version__":
            assert value.__doc__, name
            assert any("\u4e00" <= c <= "\u9fff" for c in value.__doc__), f"{name} lacks a Chinese line"
    with pytest.raises(AttributeError):
        _ = sa.no_such_name


def test_no_public_name_is_a_room_or_a_module():
    modules = {p.stem for p in (ROOT / "suzhou_antidrug").rglob("*.py")} | {
        p.name for p in (ROOT / "suzhou_antidrug").iterdir() if p.is_dir()
    }
    assert not (set(sa.__all__) - {"__version__"}) & modules


def test_import_is_light():
    code = (
        "import time; t = time.perf_counter(); import suzhou_antidrug; s = time.perf_counter() - t; "
        "import sys, json; print(json.dumps([s, [m for m in ('numpy', 'pandas', 'scipy', 'matplotlib', 'pydantic') "
        "if m in sys.modules]]))"
    )
    runs = [json.loads(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3)]
    assert min(seconds for seconds, _ in runs) < IMPORT_SECONDS
    assert runs[0][1] == []


def test_importing_every_room_changes_no_setting():
    code = (
        "import warnings, locale, numpy, matplotlib as mpl; before = dict(mpl.rcParams), numpy.geterr(), list(warnings.filters);"
        "import suzhou_antidrug as sa; [getattr(sa, n) for n in sa.__all__];"
        "assert (dict(mpl.rcParams), numpy.geterr()) == before[:2]"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_layers_hold():
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_dependency_has_a_floor():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    every = project["dependencies"] + [d for extra in project["optional-dependencies"].values() for d in extra]
    assert [d for d in every if ">=" not in d] == []


def test_constraints_hold_no_address():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text and " @ " not in text


def test_no_machine_path_in_the_sources():
    for folder in ("suzhou_antidrug", "datasets", "docs", "notebooks", "tests", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            if (
                path.suffix in {".py", ".md", ".yaml", ".ipynb", ".json", ".toml", ""}
                and path.is_file()
                and "_build" not in path.parts
            ):
                text = path.read_text(encoding="utf-8", errors="ignore")
                assert not re.search(r"/(root|home|Users)/[a-z]", text), path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", out, ROOT], capture_output=True, text=True, check=False
    )
    if done.returncode and re.search(
        "(?i)could not (fetch|find)|connection|network|resolve", done.stdout + done.stderr
    ):
        pytest.skip("no package index within reach, so no wheel can be built")
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


@pytest.mark.slow
def test_wheel_carries_data_plans_and_font(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "datasets").rglob("*"):
        if path.is_file():
            assert f"suzhou_antidrug/_data/{path.relative_to(ROOT / 'datasets').as_posix()}" in names
    assert {
        "suzhou_antidrug/fonts/NotoSansSC-subset.otf",
        "suzhou_antidrug/fonts/OFL.txt",
        "suzhou_antidrug/py.typed",
    } <= names
    assert "suzhou_antidrug/report/templates/page.html.j2" in names
    assert not [n for n in names if n.startswith(("tests/", "docs/"))]


@pytest.mark.slow
def test_wheel_evaluates_in_an_empty_environment(wheel, tmp_path):
    environment = tmp_path / "environment"
    bin_ = environment / "bin"
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", bin_ / "python"]
    else:
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        install = [bin_ / "python", "-m", "pip", "install", "--quiet"]
    done = subprocess.run(
        [*install, "-c", ROOT / "constraints.txt", wheel], capture_output=True, text=True, check=False
    )
    if done.returncode and re.search("(?i)connection|network|resolve host", done.stderr):
        pytest.skip("no package index within reach, so the wheel's dependencies cannot be installed")
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [bin_ / "suzhou-antidrug", "evaluate", "--out", tmp_path / "out"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={"PATH": str(bin_), "PYTHONIOENCODING": "utf-8", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "index.html").is_file()
    where = subprocess.check_output(
        [bin_ / "python", "-c", "import suzhou_antidrug as s; print(s.__file__)"], text=True, cwd=tmp_path
    )
    assert Path(where).is_relative_to(environment)


def test_a_forecast_needs_neither_statsmodels_nor_matplotlib():
    code = (
        "import sys, suzhou_antidrug as sa; sa.forecast([9, 8, 8, 7], 2, kind='count', draws=100);"
        "assert not {'statsmodels', 'matplotlib', 'sklearn', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
