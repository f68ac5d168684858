"""Write a score card as a workbook whose figures can be recomputed.

把考评写成可重算的工作簿。
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import OutputError, Problem
from ...indicators.small_counts import Gate, hidden_cells
from ...returns.cell_styles import Styles, make_book
from ...returns.output import write_file
from ...terms import check_language
from .items_sheet import write_items
from .other_sheets import check_verdicts, write_notes, write_ranks, write_sources, write_targets
from .pages import Page, Removed, sheet_name
from .places import ITEMS, NOTES, RANKS, RULES, SCORES, SOURCES, TARGETS, Book
from .rules_sheet import write_rules
from .scores_sheet import write_scores

if TYPE_CHECKING:
    import pandas as pd

    from ...appraisal.robustness.study import RobustnessStudy
    from ...appraisal.scorecard import ScoreCard


def write_score_workbook(
    card: ScoreCard, path: str | Path, *, verdicts: pd.DataFrame | None = None, study: RobustnessStudy | None = None,
    language: str = "zh", overwrite: bool = False, show_small: str | None = None,
) -> Path:  # fmt: skip
    """Write a score card to a workbook with live formulas and return its path.

    把考评写成带公式的工作簿，改动任一上报数即可重算得分、等次与名次。

    Sheets 说明, 得分, 计分明细, 规则, 总目标 (with ``verdicts``), 名次区间 (with ``study``), 来源. Every formula cell holds the value
    computed here as well, so that the file reads the same before and after it is recalculated. Text from returns, plans and
    evidence is written as text; a line that a spreadsheet could take for a formula gets a leading single quote.

    Formula: value = numerator / denominator; share = curve(direction x value), at 12 decimals; points = share x points of the item;
    category = total x sum of points / sum of points of assessed items; then bonus, deductions, rounding, grade and rank.

    Parameters
    ----------
    card : ScoreCard
        From :func:`~suzhou_antidrug.appraisal.scorecard.appraise`.
    path : str or path
        A new .xlsx file in a folder that exists.
    verdicts : DataFrame, optional
        Of the headline targets, columns target, division, verdict and any of probability, reason_zh, reason_en, reading, status, as
        in the frame of the main job.
    study : RobustnessStudy, optional
        From ``card.robustness()``.
    language : str
        Of names, reasons and state words, ``"zh"`` or ``"en"``; headers are in both.
    overwrite : bool
        Replace a file that is there. A symbolic link is never written through.
    show_small : str, optional
        The reason for writing small counts of persons and cases, kept in the notes. A book that can be recomputed has to hold every
        figure, so that it is refused without a reason where such counts stand in it; synthetic data need none.

    Raises
    ------
    OutputError
        Small counts without a reason; or the path is a link, a folder, in a folder that is not there, or a file without ``overwrite``. Nothing is written.
    ReturnsError
        ``verdicts`` without its columns.
    UnknownNameError
        An unknown language.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import suzhou_antidrug as sa
    >>> card = sa.appraise(sa.load_synthetic_returns(), sa.load_plan("suzhou-2020"), year=2021, rules="practice-steps")
    >>> path = write_score_workbook(card, pathlib.Path(tempfile.mkdtemp()) / "scores.xlsx")
    >>> import openpyxl
    >>> openpyxl.load_workbook(path).sheetnames
    ['说明', '得分', '计分明细', '规则', '来源']
    """
    check_verdicts(verdicts)
    _check_small(card, Gate(override=show_small))
    book = Book(card, check_language(language))
    return write_file(path, score_workbook(book, verdicts, study, show_small), overwrite=overwrite)


def _check_small(card: ScoreCard, gate: Gate) -> None:
    scored = {(c.measured.indicator.id, y.year) for y in card.years for c in y.columns if c.measured is not None}
    hidden = hidden_cells(card.inputs.values, card.plan, gate)
    count = sum((indicator, year) in scored for indicator, _, year in hidden)
    if count:
        raise OutputError(Problem(
            "small_counts", f"{count} figures are small counts of persons or cases, or would give one back: a book that can be recomputed has to hold them.",
            f"有 {count} 个数为涉及人或案的小数，或可据以反推：可重算的工作簿须写入这些数。",
            "For use inside, give the reason by show_small=; to hand out, use the report, which suppresses them.",
            "内部使用请以 show_small= 写明理由；对外请用报告，其中已抑制。",
        ))  # fmt: skip


def score_workbook(
    book: Book, verdicts: pd.DataFrame | None, study: RobustnessStudy | None, show_small: str | None = None
) -> bytes:
    """Return the bytes of the workbook.  生成工作簿内容。"""
    names = [NOTES, SCORES, ITEMS, RULES, *([TARGETS] if verdicts is not None else []), *([RANKS] if study is not None else []), SOURCES]  # fmt: skip

    def write(file: Any, styles: Styles) -> None:
        removed = Removed()
        running = book.card.plan.name.zh
        pages = {n: Page(n, file.add_worksheet(sheet_name(n)), styles, removed, running) for n in names}
        write_rules(book, pages[RULES])  # first: the others refer to it
        write_items(book, pages[ITEMS])
        write_scores(book, pages[SCORES])
        if verdicts is not None:
            write_targets(book, pages[TARGETS], verdicts)
        if study is not None:
            write_ranks(book, pages[RANKS], study)
        write_sources(book, pages[SOURCES])
        write_notes(book, pages[NOTES], targets=verdicts is not None, ranks=study is not None, show_small=show_small)

    return make_book(f"{book.card.plan.name.zh} 考评工作簿", write)
