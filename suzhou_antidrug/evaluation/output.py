"""Write an evaluation to a folder: page, figures, tables, manifest; whole or not at all.

把评估写入文件夹：网页、图、表、出处清单；要么写全，要么不写。
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..disclosure import refuse_marks
from ..errors import OutputError, Problem
from ..indicators.small_counts import Gate
from ..plotting import detached_axes, to_png, to_svg
from ..report.escaping import safe_frame
from ..report.layout import Document, Drawing
from ..report.page import render_page
from ..report.pdf import require_libreoffice, write_pdf
from ..report.word import write_word
from ..report.word_template import docx_is_here, require_docx
from ..report.workbook.book import write_score_workbook
from ..returns.output import check_name, file_in
from ..terms import LANGUAGES, Text, get_language
from .document import build_document
from .record import plot_overview
from .release import release

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..outlook.attainment import Outlook
    from .job import Evaluation

MANIFEST = "manifest.json"
PAGE = "index.html"
WORD = "report.docx"
PDF = "report.pdf"
BOOK = "scores.xlsx"
SLIDES = ("promises", "record")  # saved as PNG too, for a slide or a letter


def write_evaluation(
    evaluation: Evaluation, out: Path, *, overwrite: bool = False, gate: Gate | None = None, pdf: bool = False
) -> Path:
    """Write everything under a temporary name beside ``out``, then rename; return the path of the page.

    先写入临时文件夹再改名。Raises :class:`~suzhou_antidrug.errors.OutputError` where ``out`` exists and ``overwrite``
    is not set, or exists and was not written by this job, or where ``pdf`` is asked for and cannot be made.
    """
    _check_target(out, overwrite=overwrite)
    if pdf:
        require_docx()
        require_libreoffice()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise _cannot_write(out, error) from error
    try:
        rule = Gate() if gate is None else gate
        _fill(release(evaluation, rule), draft, rule, pdf)
        draft.chmod(0o755)
        _replace(draft, out)
    except OSError as error:
        raise _cannot_write(out, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return out / PAGE


def _cannot_write(out: Path, error: OSError) -> OutputError:
    return OutputError(
        Problem(
            code="cannot_write",
            en=f"cannot write to {out}: {error.strerror}.",
            zh=f"无法写入 {out}:{error.strerror}。",
            advice_en="Choose a folder that you may write to.",
            advice_zh="请选择有写入权限的文件夹。",
        )
    )


def _check_target(out: Path, *, overwrite: bool) -> None:
    check_name(out.resolve().name)
    if not out.exists() and not out.is_symlink():
        return
    ours = out.is_dir() and not out.is_symlink() and ((out / MANIFEST).is_file() or not any(out.iterdir()))
    if ours and overwrite:
        return
    raise OutputError(
        Problem(
            code="output_exists",
            en=f"{out} exists already" + ("." if ours else " and was not written by this job."),
            zh=f"{out} 已存在" + ("。" if ours else ",且不是本任务写出的。"),
            advice_en="Choose another folder" + (" or allow overwriting (--overwrite)." if ours else "."),
            advice_zh="请换一个文件夹" + (",或允许覆盖(--overwrite)。" if ours else "。"),
        )
    )


def _replace(draft: Path, out: Path) -> None:
    """Put ``draft`` in the place of ``out``; the old folder is removed only after the new one stands."""
    if not out.exists():
        draft.replace(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    out.replace(old / "old")
    try:
        draft.replace(out)
    except OSError:
        (old / "old").replace(out)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _fill(evaluation: Evaluation, folder: Path, gate: Gate, pdf: bool) -> None:
    (folder / "figures").mkdir()
    figures = draw_figures(evaluation, folder / "figures")
    document = build_document(evaluation, figures)
    (folder / PAGE).write_text(render_page(document, language=get_language()), encoding="utf-8")
    manifest = evaluation.manifest() | {
        "word_report": _write_report(document, folder),
        "pdf_report": write_pdf(document, folder / PDF, language=get_language()).name if pdf else "not asked for",
        "score_workbook": _write_workbook(evaluation, folder, gate),
        "disclosure": gate.as_dict() | {"suppressed": evaluation.suppressed is not None},
    }
    for name, table in tables(evaluation).items():
        refuse_marks(table)  # a number of a person that came in by a note must not leave
        # UTF-8 with a byte order mark: Excel opens it with the Chinese right.
        safe_frame(table).to_csv(file_in(folder, f"{name}.csv"), index=False, encoding="utf-8-sig", lineterminator="\n")
    text = json.dumps(manifest, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _write_report(document: Document, folder: Path) -> str:
    """Write the Word report where that can be done; return its name, or why there is none."""
    if not docx_is_here():
        return "not written: python-docx is not installed (pip install 'suzhou-antidrug[report]')"
    write_word(document, folder / WORD, language=get_language())
    return WORD


def _write_workbook(evaluation: Evaluation, folder: Path, gate: Gate) -> str:
    """Write the score card as a workbook that can be recomputed; return its name, or why there is none."""
    if evaluation.card is None:
        return "not written: the plan has no appraisal rules"
    try:
        write_score_workbook(
            evaluation.card, folder / BOOK, verdicts=evaluation.promises.frame, study=evaluation.study, language=get_language(),
            show_small=gate.override,
        )  # fmt: skip
    except OutputError as error:
        if error.problems[0].code != "small_counts":
            raise
        return f"not written: {error.problems[0].en}"
    return BOOK


def tables(evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    """Return every table that is written, by name.  写出的各表。"""
    status = {"data_status": str(evaluation.made.status)}
    out = {
        "verdicts": evaluation.promises.frame,
        "milestones": evaluation.milestones.frame,
        "joint": evaluation.joint.frame,
        "indicators": evaluation.values.frame.assign(period=evaluation.values.frame["period"].astype(str)),
    }
    if evaluation.card is not None:
        rules = {"rules": evaluation.card.rules.file.id, "rules_status": str(evaluation.card.rules.file.status)}
        out["scores"] = evaluation.card.scores.assign(**rules)
        out["score_items"] = evaluation.card.frame.assign(**rules)
    if evaluation.study is not None:
        out["ranks"] = evaluation.study.frame
    out = {name: table.assign(**status) for name, table in out.items()}
    if evaluation.record is not None:
        out["record"] = evaluation.record.frame
    if evaluation.gaps is not None:
        text = {c: evaluation.gaps[c].map(lambda t: t.zh) for c in ("name", "public", "why", "needed")}
        out["gaps"] = evaluation.gaps.assign(**text).rename(columns={"name": "target_name"})  # of no person
    if evaluation.truth is not None:
        out["truth"] = evaluation.truth.assign(**status)
    return out


def draw_figures(evaluation: Evaluation, folder: Path) -> dict[str, Drawing]:
    """Draw every figure in both languages, save SVG (and PNG for slides), return the drawings by name.  绘制并保存各图。

    PNG are kept for the language in use alone, for the Word report.
    """
    out = {}
    for name, draw in _drawings(evaluation).items():
        svg: dict[str, str] = {}
        png: dict[str, bytes] = {}
        for language in LANGUAGES:
            ax = draw(language)
            svg[language] = to_svg(ax)
            file_in(folder, f"{name}-{language}.svg").write_text(svg[language], encoding="utf-8")
            if name in SLIDES or (language == get_language() and docx_is_here()):
                png[language] = to_png(ax)
            if name in SLIDES:
                file_in(folder, f"{name}-{language}.png").write_bytes(png[language])
        out[name] = Drawing(Text(zh=svg["zh"], en=svg["en"]), png)
    return out


def _drawings(evaluation: Evaluation) -> dict[str, Callable[[str], Axes]]:
    def outlook_drawing(outlook: Outlook) -> Callable[[str], Axes]:
        return lambda language: outlook.plot(detached_axes(width=6.0, height=3.2), language=language)

    promises, record = evaluation.promises, evaluation.record
    drawings: dict[str, Callable[[str], Axes]] = {
        "promises": lambda language: promises.plot(detached_axes(width=8.6, height=5.0), language=language)
    }
    joint = evaluation.joint
    if any(found.divisions for found in joint.division_hits):
        drawings["joint"] = lambda language: joint.plot(detached_axes(width=8.0, height=3.6), language=language)
    for outlook in promises.of_city():
        if outlook.group == "decrease" and outlook.samples.size:
            drawings[f"outlook-{outlook.target}"] = outlook_drawing(outlook)
    card, study = evaluation.card, evaluation.study
    if card is not None:
        drawings["sheet"] = lambda language: card.plot(language=language)
    if study is not None:
        drawings["ranks"] = lambda language: study.plot(detached_axes(width=7.2, height=4.2), language=language)
    if record is not None:
        drawings["record"] = lambda language: plot_overview(record, language=language).axes[0]
    return drawings
