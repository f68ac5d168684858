"""The choices that are varied, and how a number in [0, 1) stands for one of their options or draws.

所变动的选择，以及 [0, 1) 中的一个数如何代表其中一个选项或一次抽取。

A discrete choice of m options takes option floor(u m), the first the declared one. A noise takes u = 0 for none, and any other u for
the draw of that seed: the same u gives the same draw in every year and on every machine.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, unknown_name
from ...terms import Text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice that another fair person could have made otherwise.  另一位公允的人可作不同决定的一项选择。

    ``options`` are labels, the first the declared one; without any the choice is a noise, for instance a jitter of weights or an
    error of measurement.

    >>> mean = Choice("mean", Text("平均", "mean"), ("arithmetic", "geometric"))
    >>> mean.picked(np.array([0.0, 0.49, 0.5, 0.99])).tolist()
    [0, 0, 1, 1]
    """

    name: str
    text: Text
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"the name of a choice is a snake_case id, not {self.name!r}")
        if len(set(self.options)) < len(self.options):
            raise ValueError(f"an option of {self.name} stands twice")

    @property
    def is_noise(self) -> bool:
        """Whether the choice is a noise, which has draws in place of options."""
        return not self.options

    def picked(self, levels: ArrayLike) -> NDArray[np.int64]:
        """Return the places of the options that levels in [0, 1) stand for.  所选选项的位置。"""
        m = len(self.options)
        places: NDArray[np.int64] = np.minimum(np.floor(np.asarray(levels, dtype=float) * m), m - 1).astype(np.int64)
        return places

    def level_of(self, option: str) -> float:
        """Return a level that stands for an option: 0 for the declared one.  某选项对应的水平。

        Raises :class:`~suzhou_antidrug.errors.UnknownNameError` with the nearest options.

        >>> Choice("mean", Text("平均", "mean"), ("arithmetic", "geometric")).level_of("geometric")
        0.75
        """
        if option not in self.options:
            raise UnknownNameError(unknown_name(f"option of {self.name}", f"{self.text.zh}选项", option, self.options))
        k = self.options.index(option)
        return (k + 0.5) / len(self.options) if k else 0.0


class Evaluate(Protocol):
    """Scores under given choices.  给定选择下的得分。

    Takes levels (runs, choices) in [0, 1) and returns scores (runs, units, years): higher is better, NaN where there is none. A
    function of the levels alone: the same row gives the same scores, in whatever batch it comes.
    """

    def __call__(self, levels: Floats) -> Floats:
        """Return scores (runs, units, years)."""
        ...


def noise_draws(
    levels: ArrayLike, shape: Sequence[int], *, name: str, kind: Literal["uniform", "normal"] = "uniform"
) -> Floats:
    """Return the draws, runs by the given shape, that the levels of a noise stand for: 0 where the level is 0.

    返回噪声水平对应的抽取；水平为零处为零。

    ``uniform`` lies in [-1, 1), ``normal`` has mean 0 and sd 1. ``name`` tells noises apart that happen to have the same level.

    >>> draws = noise_draws([0.0, 0.3, 0.3], (2,), name="weights")
    >>> draws[0].tolist(), bool((draws[1] == draws[2]).all()), bool((abs(draws[1]) > 0).all())
    ([0.0, 0.0], True, True)
    """
    seeds, place = np.unique(np.asarray(levels, dtype=float), return_inverse=True)
    block = np.zeros((len(seeds), *shape))
    for k, u in enumerate(seeds):  # over seeds: each has a generator of its own
        if u:
            rng = np.random.default_rng([zlib.crc32(name.encode()), int(u * 2**53)])
            block[k] = rng.uniform(-1, 1, shape) if kind == "uniform" else rng.standard_normal(shape)
    return block[place]


def check_choices(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return choices with a name each; refuse none at all, and a name that stands twice.  核对各项选择。"""
    names = [c.name for c in choices]
    problems = [
        Problem("twice", f"the choice {n} stands twice.", f"选择 {n} 重复。", column=n)
        for n in sorted({n for n in names if names.count(n) > 1})
    ]
    if not names:
        problems.append(
            Problem("no_choice", "no choice is left open: there is nothing to vary.", "没有可变动的选择。",
                    "Give two options somewhere, or a noise.", "请至少给出一处两个选项，或一种噪声。")
        )  # fmt: skip
    if problems:
        raise SeriesError(problems)
    return tuple(choices)
