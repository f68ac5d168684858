"""A bar for long studies, on a terminal or in a notebook only.

长时间重算时的进度条，只在终端或笔记本中显示。
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .choices import Evaluate

    Floats = NDArray[np.float64]

DELAY = 2.0  # seconds before a bar appears: shorter work shows none


def is_watched() -> bool:
    """Return whether somebody is there to see a bar: a terminal or a notebook's kernel.  是否有人在看。"""
    kernel = "ipykernel" in sys.modules and "IPython" in sys.modules
    return kernel or bool(getattr(sys.stderr, "isatty", lambda: False)())


@contextmanager
def watched(evaluate: Evaluate, runs: int, *, progress: bool) -> Iterator[Evaluate]:
    """Give ``evaluate`` with a bar that counts its runs, or itself where none is asked for or nobody looks.  计数的进度条。

    >>> with watched(lambda levels: levels, 3, progress=False) as same:
    ...     same(np.zeros((3, 1))).shape
    (3, 1)
    """
    if not progress or not is_watched():
        yield evaluate
        return
    from tqdm.auto import tqdm

    with tqdm(total=runs, delay=DELAY, unit="run", leave=False) as bar:

        def counted(levels: Floats) -> Floats:
            scores = evaluate(levels)
            bar.update(len(levels))
            return np.asarray(scores)

        yield counted
