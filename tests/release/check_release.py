"""Build wheel and sdist and try them in empty environments: with and without extras, on lowest and newest dependencies.

构建安装包并在空环境中试用：有无附加依赖、最低与最新版本。运行：make release

Needs a network or a local index, and minutes; not part of the ordinary tests. Other Pythons are tried where they are found.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
USERS = "notebooks,report,cluster"
BARE = """
import suzhou_antidrug as sa
plan = sa.load_plan("suzhou-2020")
assert len(plan.targets) == 12 and len(sa.list_datasets()) > 5
out = sa.assess_places(sa.load_synthetic_returns(), plan=plan, origin=2021, draws=200)
assert len(out.frame) == 132
assert sa.forecast([5.0, 4.8, 4.9, 4.1], 2, rng=7).samples.shape == (2000, 2)
assert "Noto" in sa.appraise(sa.load_synthetic_returns(), plan, year=2021).plot(language="zh").get_yticklabels()[0].get_fontfamily()[0]
"""
EXTRAS = (
    BARE
    + """
import pathlib, tempfile
from dask.distributed import Client, LocalCluster
if __name__ == "__main__":
    folder = pathlib.Path(tempfile.mkdtemp())
    national = sa.make_national_plan(44)
    returns = sa.make_national_returns(folder / "r", national, places=6, parts=2, years=range(2018, 2022))
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        nation = sa.evaluate_many(returns, national, out=folder / "o", origin=2021, draws=100, executor=client)
    assert len(nation.read("verdicts")) == 12 * 8
    path = sa.evaluate(draws=200, out=folder / "report")
    assert (folder / "report" / "report.docx").is_file()
"""
)


@dataclass(frozen=True)
class Case:
    """One environment."""

    name: str
    what: str  # wheel or sdist
    extras: str = ""
    python: str = sys.executable
    lowest: bool = False
    constrained: bool = False


def run(*command: str | Path, **more: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))[:200]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def build(folder: Path) -> dict[str, Path]:
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    return {"wheel": next(folder.glob("*.whl")), "sdist": next(folder.glob("*.tar.gz"))}


def install(case: Case, package: Path, folder: Path) -> Path:
    wanted = f"{package}[{case.extras}]" if case.extras else str(package)
    python = folder / "bin" / "python"
    if case.lowest:  # pip cannot ask for the lowest; uv can
        run(case.python, "-m", "venv", folder)
        run(python, "-m", "pip", "install", "-q", "uv")
        compiled = folder / "lowest.txt"
        extras = [f"--extra={e}" for e in case.extras.split(",") if e]
        run(
            folder / "bin" / "uv",
            "pip",
            "compile",
            "-q",
            "--resolution",
            "lowest-direct",
            *extras,
            ROOT / "pyproject.toml",
            "-o",
            compiled,
        )
        run(python, "-m", "pip", "install", "-q", "-r", compiled)
        run(python, "-m", "pip", "install", "-q", "--no-deps", package)
        return python
    if case.python == sys.executable:
        venv.create(folder, with_pip=True)
    else:
        run(case.python, "-m", "venv", folder)
    limits = ["-c", str(ROOT / "constraints.txt")] if case.constrained else []
    run(python, "-m", "pip", "install", "-q", *limits, wanted)
    return python


def try_out(case: Case, python: Path, folder: Path) -> str:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SUZHOU_ANTIDRUG_REFERENCE")}
    script = folder / "smoke.py"
    script.write_text(EXTRAS if case.extras else BARE, encoding="utf-8")
    run(python, script, cwd=folder, env=env)
    said = run(python.with_name("suzhou-antidrug"), "evaluate", "--out", folder / "out", cwd=folder, env=env)
    assert "不可评" in said and (folder / "out" / "index.html").is_file(), said[-500:]
    names = ("pandas", "numpy", "scipy", "matplotlib", "pydantic")
    asked = f"import importlib.metadata as m; print(*(f'{{n}} {{m.version(n)}}' for n in {names!r}), sep=', ')"
    return run(python, "-c", asked, cwd=folder, env=env).strip()


def cases() -> list[Case]:
    found = [
        Case("wheel, no extras, newest", "wheel"),
        Case("wheel, extras, pinned", "wheel", USERS, constrained=True),
        Case("sdist, no extras, newest", "sdist"),
        Case("wheel, extras, lowest", "wheel", USERS, lowest=True),
    ]
    for version in ("3.12", "3.13"):
        python = shutil.which(f"python{version}")
        if python and subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0:
            found.append(Case(f"wheel, extras, newest, Python {version}", "wheel", USERS, python))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="run the cases whose name holds this")
    only = parser.parse_args(arguments).only
    with tempfile.TemporaryDirectory() as name:
        packages = build(Path(name) / "dist")
        for path in packages.values():
            print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
        for number, case in enumerate(c for c in cases() if only in c.name):
            start, folder = time.perf_counter(), Path(name) / f"env{number}"
            python = install(case, packages[case.what], folder)
            print(f"ok  {case.name}: {try_out(case, python, folder)} ({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
