"""Mutation testing: would the tests notice a fault?

Each module of :file:`modules.toml` is changed in memory in one place at a time (:mod:`mutants`), and its tests are run
against it in a process of their own. No file of the checkout is touched. A mutant is *killed* when a test fails,
*timed out* when the tests hang (counted as killed), *survives* when all pass; *unreached* when no test runs its lines.

    python tests/mutation/run.py --sample 10 indicators/pooled.py
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import tempfile
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = "suzhou_antidrug"
# Loaded once and shared by all mutants: none of them imports a module that is mutated (checked in `main`).
SHARED = (
    "hypothesis", "scipy.stats", "scipy.optimize", "scipy.integrate", "statsmodels.api", "matplotlib.pyplot", "pymannkendall",
    "pydantic", "ruamel.yaml", "openpyxl", "coverage", f"{PACKAGE}.returns.reader", f"{PACKAGE}.plan", f"{PACKAGE}.datasets",
)  # fmt: skip
KILLED, SURVIVED, TIMED_OUT, UNREACHED = "killed", "survived", "timed out", "unreached"


class Overlay(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Gives one module from a changed syntax tree; all others come from the checkout."""

    def __init__(self, name: str, path: Path, tree):
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, fullname, path=None, target=None):
        return importlib.util.spec_from_loader(fullname, self, origin=str(self.path)) if fullname == self.name else None

    def get_filename(self, fullname):
        return str(self.path)

    def get_data(self, path):
        return Path(path).read_bytes()

    def get_code(self, fullname):
        return compile(self.tree, str(self.path), "exec")


class Tests:
    """A pytest plugin: runs the likely killers first and, at the baseline, keeps which test runs which line."""

    def __init__(self, order=None, cover=None):
        self.order, self.cover, self.seconds = order or {}, cover, {}

    def pytest_collection_modifyitems(self, items):
        items.sort(key=lambda item: self.order.get(item.nodeid, len(self.order)))

    def pytest_runtest_logstart(self, nodeid, location):
        if self.cover is not None:
            self.cover.switch_context(nodeid)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration


def run_tests(tests: list[str], plugin: Tests) -> int:
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--durations=0", "-m", "not slow"]
    return pytest.main([*tests, *options], plugins=[plugin])


def apart(work, seconds: float | None) -> tuple[int | None, str]:
    """Run ``work`` in a forked process; its exit code (None if it hung) and what it wrote to the path it was given.

    ``seconds`` are of processor time, so that a busy machine makes no mutant hang; ten times as many may pass on the clock.
    """
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if child == 0:
            os.setsid()
            silence = os.open(Path(folder) / "output", os.O_WRONLY | os.O_CREAT)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            signal.setitimer(signal.ITIMER_PROF, seconds or 0)
            try:
                os._exit(int(work(Path(folder) / "answer")))
            finally:
                os._exit(99)
        until = time.monotonic() + 10 * seconds if seconds else float("inf")
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            if time.monotonic() > until:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return None, ""
            time.sleep(0.01)
        if os.waitstatus_to_exitcode(status) == -signal.SIGPROF:
            return None, ""
        answer = Path(folder) / "answer"
        text = answer.read_text("utf-8") if answer.exists() else (Path(folder) / "output").read_text("utf-8")
        return os.waitstatus_to_exitcode(status), text


def baseline(path: Path, tests: list[str]) -> tuple[dict[str, float], dict[int, list[str]], float]:
    """Seconds of each test, the tests that run each line of the module, and seconds in all."""

    def work(answer: Path) -> int:
        import coverage

        cover = coverage.Coverage(data_file=None, include=[str(path)], config_file=False)
        cover.start()
        plugin = Tests(cover=cover)
        code = run_tests(tests, plugin)
        cover.stop()
        data = cover.get_data()
        lines = data.contexts_by_lineno(str(path)) if str(path) in data.measured_files() else {}
        answer.write_text(json.dumps([plugin.seconds, lines]) if code == 0 else "", "utf-8")
        return code

    start = time.monotonic()
    code, text = apart(work, None)
    if code != 0:
        raise SystemExit(f"the tests of {path.name} fail without any mutant (exit code {code})")
    seconds, lines = json.loads(text)
    return seconds, {int(number): found for number, found in lines.items()}, time.monotonic() - start


def fate(
    path: Path, changed, tests: list[str], seconds: dict[str, float], lines: dict[int, list[str]], limit: float
) -> str:
    """What becomes of one mutant."""
    first, last = changed.lines
    reaching = {name for number in range(first, last + 1) for name in lines.get(number, ())}
    if not reaching:
        return UNREACHED
    likely = sorted(seconds, key=lambda name: (name not in reaching, seconds[name]))
    order = {name: place for place, name in enumerate(likely)}

    def work(answer: Path) -> int:
        sys.meta_path.insert(0, Overlay(module_name(path), path, changed.tree))
        return run_tests(tests, Tests(order))

    code, _ = apart(work, limit)
    return TIMED_OUT if code is None else SURVIVED if code == 0 else KILLED


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def examine(name: str, tests: list[str], *, sample: int, seed: int, only: set[int] | None = None) -> dict:
    """All that is known of one module; ``only`` takes these mutants of the sample again."""
    from mutants import count, mutant

    path = ROOT / PACKAGE / name
    source = path.read_text("utf-8")
    seconds, lines, whole = baseline(path, tests)
    total = count(source)
    chosen = range(total) if sample >= total else sorted(random.Random(f"{seed}:{name}").sample(range(total), sample))
    fates = {KILLED: 0, TIMED_OUT: 0, SURVIVED: 0, UNREACHED: 0}
    left = []
    for number in chosen if only is None else sorted(only):
        changed = mutant(source, number)
        end = fate(path, changed, tests, seconds, lines, 10 + 4 * whole)
        fates[end] += 1
        if end in (SURVIVED, UNREACHED):
            left.append(
                {
                    "number": number,
                    "line": changed.lines[0],
                    "before": changed.before,
                    "after": changed.after,
                    "fate": end,
                }
            )
            print(f"  {name}:{changed.lines[0]} #{number} {end}: {changed.before}  =>  {changed.after}", flush=True)
    fates[KILLED] += len(chosen) - sum(fates.values())  # those not taken again were killed before
    print(
        f"{name}: {total} mutants, {len(chosen)} tried, " + ", ".join(f"{n} {w}" for w, n in fates.items() if n),
        flush=True,
    )
    return {"module": name, "mutants": total, "tried": len(chosen), **fates, "left": left}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="as in modules.toml; all when none is named")
    parser.add_argument("--sample", type=int, default=10, help="mutants of a module at most")
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--out", type=Path, help="a JSON file for the findings")
    parser.add_argument(
        "--again", type=Path, help="findings of the same seed, sample and source: try only what was left"
    )
    options = parser.parse_args()
    known = tomllib.loads((HERE / "modules.toml").read_text("utf-8"))["modules"]
    if unknown := set(options.modules) - set(known):
        parser.error(f"not in modules.toml: {', '.join(sorted(unknown))}")
    prepare(known)
    before = json.loads(options.again.read_text("utf-8")) if options.again else []
    left = {item["module"]: {m["number"] for m in item["left"]} for item in before}
    found = []
    for name in options.modules or left or known:
        found.append(examine(name, known[name], sample=options.sample, seed=options.seed, only=left.get(name)))
        if options.out:
            options.out.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
    return 0


def prepare(known: dict[str, list[str]]) -> None:
    """Load what all mutants share; write nothing beside the sources."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.mkdtemp(prefix="hypothesis-")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MPLBACKEND", "agg")
    for name in SHARED:
        importlib.import_module(name)
    sys.modules[f"{PACKAGE}.plan"].load_plan("suzhou-2020")  # read once, kept by the package
    if early := [name for name in known if module_name(ROOT / PACKAGE / name) in sys.modules]:
        raise SystemExit(f"loaded before they could be changed: {', '.join(early)}")


if __name__ == "__main__":
    sys.exit(main())
