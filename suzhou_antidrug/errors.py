"""Errors that name the user's own cell and say what to do next, in Chinese and English.

错误信息指明用户自己的单元格，并说明下一步怎么做。

Everything a user can put right is an :class:`AntidrugError`; it carries one or more :class:`Problem` rows, so that
all problems of a file arrive at once. The command line prints them and exits with 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

MAX_SHOWN = 40  # characters of a user's value that a message may repeat


def shown(value: object) -> str:
    """Return a value as a message may show it: escaped, at most 40 characters.  报错信息中可展示的值。"""
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value))
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it stands, and what to do.  一处问题：在哪里、错在哪里、怎么办。"""

    code: str
    en: str  # what is wrong and what was expected
    zh: str
    advice_en: str = ""
    advice_zh: str = ""
    file: str | None = None  # base name only, never a full path
    sheet: str | None = None
    row: int | None = None  # as Excel shows it; for text files the line
    column: str | None = None
    value: str | None = None
    severity: Literal["error", "warning"] = "error"

    @property
    def place(self) -> str:
        """Where the problem stands, for instance ``returns.xlsx, sheet 2021, row 14, column 核查率``."""
        parts = [
            self.file,
            f"sheet {self.sheet}" if self.sheet else None,
            f"row {self.row}" if self.row is not None else None,
            f"column {self.column}" if self.column else None,
        ]
        return ", ".join(p for p in parts if p)

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        value = f" [{self.value}]" if self.value is not None else ""
        return f"{head}{self.en}{value} {self.advice_en}".rstrip() + f"\n    {self.zh}{self.advice_zh}"


def problems_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """Return problems as a frame, one row each, in file order.  把问题列成表，每行一处。"""
    import pandas as pd

    names = [f.name for f in fields(Problem)]
    return pd.DataFrame([asdict(p) for p in problems], columns=names)


class AntidrugError(Exception):
    """Something the user can put right.  用户可以改正的错误。

    >>> import suzhou_antidrug as sa
    >>> try:
    ...     sa.load_plan("suzhou-2021")
    ... except AntidrugError as error:
    ...     error.problems[0].code
    'unknown_name'
    """

    def __init__(self, problems: Problem | Sequence[Problem], *, heading: str = "") -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.heading = heading
        super().__init__(str(self))

    @property
    def frame(self) -> pd.DataFrame:
        """All problems as a frame."""
        return problems_frame(self.problems)

    def __str__(self) -> str:
        lines = [self.heading] if self.heading else []
        return "\n".join(lines + [str(p) for p in self.problems])


class PlanError(AntidrugError):
    """A plan file breaks its contract.  规划文件不合规定。"""


class ReturnsError(AntidrugError):
    """Reported tables that cannot be used as they stand.  报表有误，不能按现状使用。"""


class MeasurementsError(AntidrugError):
    """Laboratory sheets that cannot be used as they stand.  实验室数据表有误，不能按现状使用。"""


class DatasetError(AntidrugError):
    """A data set that is unknown or damaged.  数据集不存在或已损坏。"""


class UnknownNameError(AntidrugError):
    """A name that is not on the list; the nearest ones are offered.  名称不在名单上，附最接近的名称。"""


class SeriesError(AntidrugError):
    """A series that cannot be forecast or assessed as it was handed in.  序列不能按现状预测或评判。"""


class NotComparableError(AntidrugError):
    """Two figures that must not be compared.  两个数字不可比。"""


class OutputError(AntidrugError):
    """A result cannot be written where it was asked for.  结果不能写到指定位置。"""


def refusal(
    code: str,
    en: str,
    zh: str,
    advice_en: str = "",
    advice_zh: str = "",
    *,
    column: str | None = None,
    value: object = None,
) -> SeriesError:
    """Return the error of data that cannot be used for one reason; a value is told as :func:`shown` allows.  单一原因的拒绝。

    >>> print(refusal("no_round", "no round is given.", "没有给出轮次。", value=0).problems[0].value)
    0
    """
    text = None if value is None else shown(value)
    return SeriesError(Problem(code, en, zh, advice_en, advice_zh, column=column, value=text))


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """Return the known names closest to ``name``.  最接近的已知名称。"""
    return difflib.get_close_matches(str(name), sorted(set(known)), n=count, cutoff=0.45)


def unknown_name(
    kind_en: str, kind_zh: str, name: object, known: Iterable[str], *, suggest: Iterable[str] | None = None
) -> Problem:
    """Return the problem of a name that is not on a list, with the nearest ones.  名称不在名单上的问题。"""
    known = list(known)
    close = nearest(str(name), known if suggest is None else suggest)
    offer = close or known[:12]
    listed = ", ".join(offer)
    more = "" if close or len(known) <= 12 else ", …"
    return Problem(
        code="unknown_name",
        en=f"{shown(name)!r} is not a known {kind_en}.",
        zh=f"没有名为“{shown(name)}”的{kind_zh}。",
        advice_en=f"Did you mean: {listed}?" if close else f"Known: {listed}{more}.",
        advice_zh=f"您是否要找：{listed}?" if close else f"已有：{listed}{more}。",
    )
