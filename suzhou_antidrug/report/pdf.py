"""A report as PDF: the Word layout, set by LibreOffice.

报告的 PDF：版式与 Word 报告相同，由 LibreOffice 排版。
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import OutputError, Problem
from ..returns.output import write_file
from .layout import Document
from .word import word_bytes

PROGRAMS = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
# Tags for those who have it read aloud, and an outline of the headings.
FILTER = (
    'pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"},'
    '"ExportBookmarks":{"type":"boolean","value":"true"}}'
)
LONGEST_SECONDS = 300


def write_pdf(
    document: Document,
    path: str | Path,
    *,
    language: str = "zh",
    template: str | Path | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a report as PDF in one language and return its path.  把报告写成 PDF 文件。

    The layout is that of :func:`~suzhou_antidrug.report.word.write_word`, with page numbers in the contents, an outline
    and tags. LibreOffice sets the pages, with a profile of its own that is thrown away, so that nobody's settings,
    macros or name go in. Fonts that the machine lacks are replaced by what it has.

    Parameters
    ----------
    document, language, template, overwrite
        As for ``write_word``; what is written has passed no disclosure gate of its own.

    Raises
    ------
    OutputError
        LibreOffice is not installed or fails, and what ``write_word`` refuses.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from suzhou_antidrug.report.layout import Document, Paragraph, Section
    >>> from suzhou_antidrug.terms import Text
    >>> section = Section("one", Text("结论", "Findings"), (Paragraph(Text("证据不足。", "Insufficient evidence.")),))
    >>> report = Document(Text("评估", "Evaluation"), Text("示例", "an example"), (section,))
    >>> if libreoffice():
    ...     assert write_pdf(report, pathlib.Path(tempfile.mkdtemp()) / "report.pdf").read_bytes().startswith(b"%PDF")
    """
    program = require_libreoffice()
    word = word_bytes(document, language=language, template=template, contents_field=False)
    return write_file(path, _laid_out(word, program), overwrite=overwrite)


def libreoffice() -> str | None:
    """Return the path of LibreOffice, None where it is not installed.  LibreOffice 的位置。"""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def require_libreoffice() -> str:
    """Return the path of LibreOffice; raise where it is not installed.  未安装 LibreOffice 时报错。"""
    program = libreoffice()
    if program is None:
        raise OutputError(Problem(
            "libreoffice_missing", "PDF files are set by LibreOffice, which is not installed.", "PDF 由 LibreOffice 排版，尚未安装。",
            "Install it, or open the Word report in Word or WPS and save it as PDF.", "请安装，或用 Word、WPS 打开 Word 报告另存为 PDF。",
        ))  # fmt: skip
    return program


def _laid_out(word: bytes, program: str) -> bytes:
    """Return the PDF of a Word file."""
    with tempfile.TemporaryDirectory(prefix="suzhou-antidrug-") as name:
        folder = Path(name)
        (folder / "report.docx").write_bytes(word)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [
            program,
            profile,
            "--headless",
            "--convert-to",
            FILTER,
            "--outdir",
            name,
            str(folder / "report.docx"),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=LONGEST_SECONDS)
            return (folder / "report.pdf").read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise OutputError(Problem(
                "libreoffice_failed", "LibreOffice did not set the file.", "LibreOffice 未能排版。",
                "Version 7.4 or newer is needed; else open the Word report and save it as PDF.",
                "须为 7.4 或更新版本；否则请打开 Word 报告另存为 PDF。",
            )) from error  # fmt: skip
