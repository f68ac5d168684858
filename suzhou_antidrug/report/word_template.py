"""The template of Word reports: written for an office, changed there, checked when it comes back.

Word 报告模板：写出供单位修改，用回时核对。
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OutputError, Problem
from ..returns.output import write_file
from ..terms import Text, check_language
from ..verdicts import Verdict
from .word_styles import (
    BODY,
    CAPTION,
    CELL,
    CONTENTS,
    HEADINGS,
    NOTE,
    PICTURE,
    REQUIRED,
    SUBTITLE,
    TABLE,
    TITLE,
    VERDICTS,
    WARNING,
    new_word_file,
)

if TYPE_CHECKING:
    from docx.document import Document as WordFile

PLACE = "【报告正文】"  # a paragraph of a template that holds this and nothing else gives way to the report
LARGEST = 20 << 20  # bytes of a template; a letterhead with pictures is far smaller
LARGEST_UNPACKED = 200 << 20
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
PACKAGED = ".docx"


def write_word_template(path: str | Path, *, language: str = "zh", overwrite: bool = False) -> Path:
    """Write the template of Word reports, for an office to change and hand back by ``template=``; return its path.

    写出 Word 报告模板：在 Word 中修改样式、页眉页脚后，以 ``template=`` 交回。

    Every style stands there with a sample. Where a template has a paragraph that reads 【报告正文】 and nothing else, the
    report takes its place and what stands before and after it stays (a letterhead, a signature); otherwise the text of
    the template gives way as a whole. Raises :class:`~suzhou_antidrug.errors.OutputError` as :func:`.word.write_word`.

    >>> import pathlib, tempfile
    >>> write_word_template(pathlib.Path(tempfile.mkdtemp()) / "template.docx").name
    'template.docx'
    """
    from .word import packed

    require_docx()
    chosen = check_language(language)
    file = new_word_file(chosen)
    for style, words in _samples():
        file.add_paragraph(words.in_language(chosen), style=style)
    table = file.add_table(rows=1, cols=2, style=TABLE)
    table.cell(0, 0).paragraphs[0].style = table.cell(0, 1).paragraphs[0].style = file.styles[CELL]
    table.cell(0, 0).paragraphs[0].add_run(CELL)
    for verdict in Verdict:
        table.cell(0, 1).paragraphs[0].add_run(verdict.text.in_language(chosen) + " ", style=VERDICTS[verdict])
    return write_file(path, packed(file), overwrite=overwrite)


def _samples() -> list[tuple[str, Text]]:
    return [
        (NOTE, Text(
            f"本文件是样式示例，生成报告时正文整篇替换。请修改样式（而不是这些文字）、页眉、页脚和页边距。要保留红头、落款，请删去示例，写好红头、落款，并在报告应在之处另起一段写 {PLACE}。",
            f"This file shows the styles; its text is replaced as a whole by a report. Change the styles (not these words), header, footer and margins. To keep a letterhead or signature, delete the samples and write {PLACE} as a paragraph of its own where the report is to stand.",
        )),
        (TITLE, Text("标题", "Title")),
        (SUBTITLE, Text("副标题", "Subtitle")),
        (CONTENTS, Text("目录", "Contents")),
        (HEADINGS[0], Text("一级标题", "First heading")),
        (HEADINGS[1], Text("二级标题", "Second heading")),
        (HEADINGS[2], Text("三级标题", "Third heading")),
        (BODY, Text("正文。", "Body text.")),
        (WARNING, Text("警示。", "Warning.")),
        (CAPTION, Text("表题与图题", "Captions of tables and figures")),
        (PICTURE, Text("（图）", "(a figure)")),
    ]  # fmt: skip


def require_docx() -> None:
    """Raise where python-docx is not installed.  未安装 python-docx 时报错。"""
    if not docx_is_here():
        raise OutputError(
            Problem(
                code="docx_missing",
                en="Word files need the package python-docx, which is not installed.",
                zh="写 Word 文件需要 python-docx，尚未安装。",
                advice_en="Install it: pip install 'suzhou-antidrug[report]'.",
                advice_zh="请安装：pip install 'suzhou-antidrug[report]'。",
            )
        )


def docx_is_here() -> bool:
    """Return whether python-docx can be imported.  是否装有 python-docx。"""
    from importlib.util import find_spec

    return find_spec("docx") is not None


def open_template(path: Path) -> WordFile:
    """Open an office's template; refuse what is no plain Word file, links elsewhere, or lacks a style.  打开并核对模板。"""
    from zipfile import BadZipFile

    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml.etree import XMLSyntaxError

    _check_size(path)
    try:
        file = Document(str(path))
    except (OpcError, BadZipFile, XMLSyntaxError, KeyError, ValueError, OSError) as error:
        raise _refused(path, "is not a Word file that can be read", "不是可读取的 Word 文件", "Save it in Word as .docx.", "请在 Word 中另存为 .docx。") from error  # fmt: skip
    problems = [*_links(file, path), *_missing(file, path)]
    if problems:
        raise OutputError(problems)
    return file


def _check_size(path: Path) -> None:
    from zipfile import BadZipFile, ZipFile

    if not path.is_file() or path.suffix.lower() != PACKAGED:
        raise _refused(path, "is not a .docx file", "不是 .docx 文件", "Save it in Word as .docx, without macros.", "请在 Word 中另存为不含宏的 .docx。")  # fmt: skip
    try:
        with ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            macros = any("vbaproject" in entry.filename.lower() for entry in archive.infolist())
            small = path.stat().st_size <= LARGEST and unpacked <= LARGEST_UNPACKED
            declared = small and any(_declares(archive.read(entry)) for entry in archive.infolist())
    except (BadZipFile, OSError, RuntimeError, ValueError, zlib.error) as error:
        raise _refused(path, "is not a Word file that can be read", "不是可读取的 Word 文件", "Save it in Word as .docx.", "请在 Word 中另存为 .docx。") from error  # fmt: skip
    if path.stat().st_size > LARGEST or unpacked > LARGEST_UNPACKED:
        raise _refused(path, f"is larger than {LARGEST >> 20} MB", f"大于 {LARGEST >> 20} MB", "Make its pictures smaller.", "请缩小其中的图片。")  # fmt: skip
    if declared:
        raise _refused(path, "declares a document type or entities", "含有文档类型或实体声明", "Copy its styles into a new .docx.", "请把样式复制到新的 .docx。")  # fmt: skip
    if macros:
        raise _refused(path, "holds macros", "含有宏", "Save it in Word as .docx, without macros.", "请在 Word 中另存为不含宏的 .docx。")  # fmt: skip


def _declares(part: bytes) -> bool:
    """Whether a part of a Word file declares a document type or entities, which Word itself never does."""
    plain = part.replace(b"\0", b"")  # UTF-16 too
    return plain.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<") and bool(_DECLARATION.search(plain))


def _links(file: WordFile, path: Path) -> list[Problem]:
    """A report must not fetch anything, nor tell where a template was kept."""
    parts = file.part.package.iter_parts()
    kinds = {r.reltype.rpartition("/")[2] for part in parts for r in part.rels.values() if r.is_external}
    return [
        Problem(
            "template_links",
            f"the template links to something outside itself ({kind}).",
            f"模板链接到文件以外的内容（{kind}）。",
            "Remove the link in Word; for attachedTemplate, attach Normal instead.",
            "请在 Word 中删除该链接；attachedTemplate 请改附 Normal 模板。",
            path.name,
            value=kind,
        )
        for kind in sorted(kinds)
    ]


def _missing(file: WordFile, path: Path) -> list[Problem]:
    known = {style.name for style in file.styles}
    return [
        Problem(
            "template_style",
            f"the template has no style named {name!r}.",
            f"模板缺少样式“{name}”。",
            "Start from write_word_template, or add the style in Word.",
            "请以 write_word_template 写出的模板为底稿，或在 Word 中新建该样式。",
            path.name,
            value=name,
        )
        for name in REQUIRED
        if name not in known
    ]


def _refused(path: Path, en: str, zh: str, advice_en: str, advice_zh: str) -> OutputError:
    return OutputError(Problem("template", f"the template {en}.", f"模板{zh}。", advice_en, advice_zh, path.name))


def make_room(file: WordFile) -> list[Any]:
    """Empty a template for the report; return what is to stand after it.  为报告腾出位置，返回应置于其后的内容。"""
    from docx.oxml.ns import qn

    body = file.element.body
    blocks = [e for e in body if e.tag != qn("w:sectPr")]
    words = ["".join(t.text or "" for t in e.iter(qn("w:t"))).strip() for e in blocks]
    if PLACE not in words:
        for element in blocks:
            body.remove(element)
        return []
    place = words.index(PLACE)
    for element in blocks[place:]:
        body.remove(element)
    return blocks[place + 1 :]
