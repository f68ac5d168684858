"""What the tests of bad returns share: a sound row beside the bad one, the same rows as text and as a workbook, outcomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Returns, read_returns

COLUMNS = ("指标", "县级市(区)", "时期", "分子", "分母", "数值", "单位", "口径", "备注")
SOUND = ("吸毒人员核查率", "常熟市", "2020", "90", "100", "", "", "", "")  # must come through whatever stands beside it
SAME = ["indicator", "division", "period", "numerator", "denominator", "value", "unit", "status", "definition"]
SHEET = "2020年上报"
TODAY = dt.date(2024, 6, 1)
Cells = Sequence[str]


def row(text: str) -> list[str]:
    """Return the cells of 指标,地区,时期,分子,分母,数值[,单位[,口径[,备注]]]; a semicolon parts cells that hold commas."""
    cells = text.split(";" if ";" in text else ",")
    return [*cells, *[""] * (len(COLUMNS) - len(cells))]


class Desk:
    """Builds files of one folder and reads them by one plan."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder

    def text(self, rows: Sequence[Cells], *, head: Cells = COLUMNS) -> Path:
        import csv

        path = self.folder / "returns.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([head, *rows])
        return path

    def book(
        self, rows: Sequence[Sequence[Any]], *, head: Cells = COLUMNS, change: Callable[[Any, Any], None] | None = None
    ) -> Path:
        """Write a workbook, text as text; ``change`` gets the book and the sheet before it is closed."""
        import xlsxwriter

        path = self.folder / "returns.xlsx"
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet(SHEET)
            for number, cells in enumerate([head, *rows]):
                for column, cell in enumerate(cells):
                    if isinstance(cell, str):
                        if cell:
                            sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write(number, column, cell)
            if change is not None:
                change(book, sheet)
        return path

    def bytes(self, data: bytes, name: str = "returns.csv") -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def both(self, rows: Sequence[Cells], *, head: Cells = COLUMNS) -> Iterator[Path]:
        yield self.text(rows, head=head)
        yield self.book(rows, head=head)

    def read(self, path: Path, **how: Any) -> Returns:
        return read_returns(path, plan=self.plan, **({"today": TODAY} | how))

    def refused(self, path: Path, **how: Any) -> pd.DataFrame:
        with pytest.raises(ReturnsError) as error:
            self.read(path, **how)
        assert str(self.folder) not in str(error.value), "base names only"
        frame = error.value.frame
        for words in ("en", "zh", "advice_en", "advice_zh"):
            assert frame.loc[frame["severity"] == "error", words].str.len().gt(0).all(), words
        return frame


def only(frame: pd.DataFrame) -> Any:
    """Return the one error; warnings may stand beside it."""
    errors = frame[frame["severity"] == "error"]
    assert len(errors) == 1, errors[["code", "row", "en"]].to_string()
    return errors.iloc[0]


def sheet_of(path: Path) -> str | None:
    return SHEET if path.suffix == ".xlsx" else None


def at(problem: Any, path: Path, code: str, line: int | None, column: str | None) -> Any:
    """Check the place of a problem: file, sheet, row and column."""
    assert problem["code"] == code, problem["en"]
    place = [None if pd.isna(problem[k]) else problem[k] for k in ("file", "sheet", "row", "column")]
    assert place == [path.name, sheet_of(path), line, column]
    return problem


def sound_row_kept(returns: Returns, line: int = 2) -> None:
    found = returns.frame[(returns.frame["indicator"] == "check_rate") & (returns.frame["division"] == "changshu")]
    assert found[["numerator", "denominator", "row", "status"]].to_numpy().tolist() == [[90, 100, line, "reported"]]


def same(first: Returns, second: Returns) -> None:
    """Check that two files gave the same figures; where they stood may differ."""
    frames = [r.frame[SAME].reset_index(drop=True) for r in (first, second)]
    pd.testing.assert_frame_equal(*frames)


def rejected(
    desk: Desk, bad: str, code: str, column: str, en: str, zh: str, *, cured: str, shown: str | None = None
) -> None:
    """A row is refused at its cell, as text and as a workbook, and with that cell put right nothing of the file is lost.

    ``en`` and ``zh`` are parts of the messages with their advice; ``shown`` is the value they must show.
    """
    for path in desk.both([SOUND, row(bad)]):
        problem = at(only(desk.refused(path)), path, code, 3, column)
        assert en in f"{problem['en']} {problem['advice_en']}" and zh in f"{problem['zh']} {problem['advice_zh']}"
        if shown is not None:
            assert problem["value"] == shown
    for path in desk.both([SOUND, row(cured)]):
        returns = desk.read(path)
        sound_row_kept(returns)
        assert len(returns) == 2


def normalised(desk: Desk, written: str, twin: str, log: Sequence[tuple[str, str, str, str]]) -> None:
    """A row is read as its twin is; the log holds (cell, old, new, rule) and nothing more."""
    for path in desk.both([SOUND, row(written)]):
        returns = desk.read(path)
        assert returns.log[["cell", "old", "new", "rule"]].to_numpy().tolist() == [list(entry) for entry in log]
        assert set(returns.log["file"]) == {path.name} and set(returns.log["row"]) == {3}
        assert [None if pd.isna(s) else s for s in returns.log["sheet"].unique()] == [sheet_of(path)]
        assert set(returns.log["column"]) <= set(COLUMNS)
        sound_row_kept(returns)
        plain = desk.read(next(desk.both([SOUND, row(twin)])))
        same(returns, plain)
        assert len(plain) == 2 and len(plain.log) < len(log), "the twin needs less"


def flagged(returns: Returns, path: Path, code: str, places: Sequence[tuple[int, str]]) -> pd.DataFrame:
    """Return the warnings of one kind, which stand at these rows and columns and nowhere else."""
    found = returns.problems[returns.problems["code"] == code]
    assert [tuple(p) for p in found[["row", "column"]].to_numpy().tolist()] == list(places)
    assert set(found["severity"]) <= {"warning"} and set(found["file"]) <= {path.name}
    assert [None if pd.isna(s) else s for s in found["sheet"].unique()] == [sheet_of(path)][: len(found)]
    for words in ("en", "zh", "advice_en", "advice_zh"):
        assert found[words].str.len().gt(0).all()
    return found
