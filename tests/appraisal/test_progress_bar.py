"""A bar changes no number, counts every run, and is not there where nobody looks."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.robustness import progress_bar
from suzhou_antidrug.appraisal.robustness.choices import Choice
from suzhou_antidrug.appraisal.robustness.study import study_robustness

CHOICE = Choice("mean", sa.Text("平均", "mean"), ("arithmetic", "geometric"))


def scores(levels):
    return np.stack([levels[:, 0], 1 - levels[:, 0]], axis=1)[:, :, None]


def study(**options):
    return study_robustness(scores, [CHOICE], units=["a", "b"], draws=120, chunk=50, top=1, **options)


def test_nobody_looks_in_a_test_of_a_pipe(capsys, monkeypatch):
    monkeypatch.setattr(progress_bar, "is_watched", lambda: False)
    with progress_bar.watched(scores, 5, progress=True) as same:
        assert same is scores
    study(progress=True)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("modules", "terminal", "seen"),
    [((), False, False), ((), True, True), ((), None, False), (("ipykernel",), False, False), (("IPython",), False, False), (("ipykernel", "IPython"), False, True)],
)  # fmt: skip
def test_a_terminal_or_a_notebook_is_watched(modules, terminal, seen, monkeypatch):
    stream = SimpleNamespace() if terminal is None else SimpleNamespace(isatty=lambda: terminal)
    found = {**{k: v for k, v in sys.modules.items() if k not in ("ipykernel", "IPython")}, **dict.fromkeys(modules)}
    with monkeypatch.context() as patch:
        patch.setattr(progress_bar, "sys", SimpleNamespace(modules=found, stderr=stream))
        assert progress_bar.is_watched() is seen


def test_a_bar_counts_every_run_and_moves_no_number(monkeypatch):
    counts = []

    class Bar:
        def __init__(self, **given):
            counts.append(-given["total"])

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def update(self, runs):
            counts.append(runs)

    monkeypatch.setattr(progress_bar, "is_watched", lambda: True)
    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    with_bar = study(progress=True)
    assert counts == [-120, 50, 50, 20]
    without = study()
    assert len(counts) == 4  # nobody asked for another bar
    assert with_bar.frame.equals(without.frame)
