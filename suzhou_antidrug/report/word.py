"""A report as a Word file in the layout of Chinese official documents.

按公文格式排版的 Word 报告。

What of the standard is known at second hand only, and what is this library's own choice, stands in
:mod:`suzhou_antidrug.report.word_styles`.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OutputError, Problem
from ..returns.output import write_file
from ..terms import Text, check_language
from ..verdicts import Verdict
from .layout import Column, Document, Figure, Paragraph, Section, Table, cell_text
from .word_styles import (
    BODY,
    CAPTION,
    CELL,
    CONTENTS,
    HEADINGS,
    NOTE,
    PICTURE,
    SUBTITLE,
    TABLE,
    TITLE,
    TOC,
    VERDICTS,
    WARNING,
    new_word_file,
)
from .word_tables import column_widths, letter_size
from .word_template import make_room, open_template, require_docx
from .word_xml import (
    add_bookmark,
    add_field,
    add_jump,
    chinese_number,
    clean,
    close_field,
    describe_picture,
    keep_row,
    open_field,
    repeat_head,
    update_fields,
)

if TYPE_CHECKING:
    from docx.document import Document as WordFile

LABELS = {"table": Text("表", "Table"), "figure": Text("图", "Figure")}
TONES = {"note": (NOTE, Text("说明：", "Note: ")), "warning": (WARNING, Text("警示：", "Warning: "))}
CONTENTS_TITLE = Text("目录", "Contents")
TURNED_BEYOND = 2.0  # a figure this many times as wide as the text, whose letters would be half as large, goes across
CAPTION_MM = 25  # of height kept for the caption
MADE = Section("made", Text("本报告如何得出", "How this report was made"), ())


def write_word(
    document: Document,
    path: str | Path,
    *,
    language: str = "zh",
    template: str | Path | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a report as a Word file in one language and return its path.  把报告写成 Word 文件。

    Headings are Word's own (navigation pane, contents that Word fills when the file is opened); heads of tables repeat
    and rows never split; tables and figures are numbered by fields; figures carry their alternative text. All text goes
    in as text: no field, link or markup can come from it, and characters that are not seen or not allowed are spelt
    out. A figure more than twice as wide as the text stands on a page across. The same report gives the same file, byte
    by byte.

    What is written is what the document holds: a document that one puts together oneself has passed no disclosure gate.
    :meth:`Evaluation.write` suppresses small counts first. 本函数不作抑制；自行组成的文档请先按
    :func:`~suzhou_antidrug.suppress_small` 处理，评估结果请用 ``Evaluation.write``。

    Parameters
    ----------
    document : a report of :mod:`suzhou_antidrug.report.layout`
        Its figures need PNG in ``language``, which Word and WPS both show; SVG alone will not do.
    template : path, optional
        A .docx with the styles of :func:`write_word_template`, changed by an office.

    Raises
    ------
    OutputError
        ``path`` is in use or cannot be written (as :func:`~suzhou_antidrug.write_template`); a template that is no
        plain Word file, links elsewhere or lacks a style, by name; a figure without PNG; python-docx not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from suzhou_antidrug.report.layout import Document, Paragraph, Section
    >>> from suzhou_antidrug.terms import Text
    >>> section = Section("one", Text("结论", "Findings"), (Paragraph(Text("证据不足。", "Insufficient evidence.")),))
    >>> report = Document(Text("评估", "Evaluation"), Text("示例", "an example"), (section,))
    >>> write_word(report, pathlib.Path(tempfile.mkdtemp()) / "report.docx").name
    'report.docx'
    """
    return write_file(path, word_bytes(document, language=language, template=template), overwrite=overwrite)


def word_bytes(
    document: Document, *, language: str, template: str | Path | None = None, contents_field: bool = True
) -> bytes:
    """Return a report as the bytes of a Word file, as :func:`write_word` writes it.  报告的 Word 文件内容。

    Without ``contents_field`` the contents are lines that hold a field for each page, and no field as a whole: a program
    that only lays the file out fills them too.
    """
    require_docx()
    chosen = check_language(language)
    file = new_word_file(chosen) if template is None else open_template(Path(template))
    after = make_room(file)
    _Writer(file, chosen, template is not None, contents_field).write(document)
    for element in after:
        file.element.body.insert_element_before(element, "w:sectPr")
    _settle(file, clean(document.name.in_language(chosen)), chosen)
    return packed(file)


@dataclass
class _Writer:
    """Puts a document into a file, block by block, and counts tables, figures and headings."""

    file: WordFile
    language: str
    own_numbers: bool  # of headings, in an office's template
    contents_field: bool = True
    counts: dict[str, int] = field(default_factory=lambda: {"table": 0, "figure": 0})
    headings: int = 0
    styles: dict[str, str] = field(default_factory=dict)  # ids by name: the library looks through all styles each time

    def write(self, document: Document) -> None:
        self.paragraph(document.title, TITLE)
        self.paragraph(document.subtitle, SUBTITLE)
        sections = (*document.sections, *([_made(document)] if document.made else []))
        self.contents(sections)
        for section in sections:
            self.section(section, 0)

    def words(self, text: Text) -> str:
        return clean(text.in_language(self.language))

    def paragraph(self, text: Text, style: str) -> Any:
        return self.file.add_paragraph(self.words(text), style=style)

    def contents(self, sections: tuple[Section, ...]) -> None:
        """The contents, filled with headings already so that a viewer that updates no field shows them."""
        self.paragraph(CONTENTS_TITLE, CONTENTS)
        listed = _listed(sections)
        known = {style.name for style in self.file.styles}
        for i, (level, number, place, section) in enumerate(listed):
            line = self.file.add_paragraph(style=TOC[level] if TOC[level] in known else BODY)
            if i == 0 and self.contents_field:
                open_field(line, 'TOC \\o "1-2" \\h \\z \\u')
            add_jump(line, f"_Toc{number:08d}", self.number(level, place) + self.words(section.title))
        if listed and self.contents_field:
            close_field(line)

    def number(self, level: int, place: tuple[int, ...]) -> str:
        """The number Word gives a heading; none where an office's template numbers headings in its own way."""
        if self.own_numbers:
            return ""
        if self.language != "zh":
            return ".".join(map(str, place)) + " "
        return f"{chinese_number(place[-1])}、" if level == 0 else f"（{chinese_number(place[-1])}）"

    def section(self, section: Section, level: int) -> None:
        heading = self.paragraph(section.title, HEADINGS[min(level, len(HEADINGS) - 1)])
        self.headings += 1
        add_bookmark(heading, f"_Toc{self.headings:08d}", self.headings)
        heading.paragraph_format.page_break_before = True if section.folded or self.headings == 1 else None
        for block in section.blocks:
            if isinstance(block, Table):
                self.table(block)
            elif isinstance(block, Figure):
                self.figure(block)
            else:
                self.told(block)
        for part in section.parts:
            self.section(part, level + 1)

    def told(self, block: Paragraph) -> None:
        if block.tone == "plain":
            self.paragraph(block.text, BODY)
            return
        style, mark = TONES[block.tone]
        paragraph = self.file.add_paragraph(style=style)
        paragraph.add_run(self.words(mark)).bold = True
        paragraph.add_run(self.words(block.text))

    def caption(self, kind: str, text: Text, *, above: bool) -> None:
        self.counts[kind] += 1
        label = self.words(LABELS[kind])
        paragraph = self.file.add_paragraph(style=CAPTION)
        paragraph.paragraph_format.keep_with_next = above
        paragraph.add_run(f"{label} ")
        add_field(paragraph, f"SEQ {label} \\* ARABIC", str(self.counts[kind]))
        paragraph.add_run(f"  {self.words(text)}")

    def table(self, block: Table) -> None:
        from docx.shared import Mm, Pt

        self.caption("table", block.caption, above=True)
        cells = [[c.title.in_language(self.language) for c in block.columns]]
        cells += [[cell_text(r.get(c.key), c.format, self.language) for c in block.columns] for r in block.rows]
        size = letter_size(cells)
        widths = column_widths(cells, self.width_mm(), size)
        table = self.file.add_table(rows=len(cells), cols=len(block.columns), style=TABLE)
        table.autofit = False
        table.alignment = 1
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        # The library's own rows and cells are views that count all cells anew at every step: too slow for long tables.
        for i, (row, words) in enumerate(zip(table._tbl.tr_lst, cells, strict=True)):
            keep_row(row)
            if i == 0:
                repeat_head(row)
            for cell, column, text, width in zip(row.tc_lst, block.columns, words, widths, strict=True):
                cell.width = Mm(width)
                value = block.rows[i - 1].get(column.key) if i else None
                self.cell(cell.p_lst[0], column, text, value, Pt(size), head=i == 0)
        self.file.add_paragraph(style=CELL)  # or two tables in a row would grow together

    def cell(self, element: Any, column: Column, text: str, value: Any, size: Any, *, head: bool) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.text.run import Run

        element.get_or_add_pPr().style = self.style_id(CELL)
        run = Run(element.add_r(), self.file)
        run.text = clean(text)
        if column.format == "verdict" and not head:
            run._r.get_or_add_rPr().style = self.style_id(VERDICTS[Verdict(value)])
        run.font.size = size
        if head:
            run.bold = True
        if column.format not in ("text", "verdict"):
            element.get_or_add_pPr().jc_val = WD_ALIGN_PARAGRAPH.RIGHT

    def style_id(self, name: str) -> str:
        if name not in self.styles:
            self.styles[name] = self.file.styles[name].style_id
        return self.styles[name]

    def figure(self, block: Figure) -> None:
        from docx.image.image import Image
        from docx.shared import Emu, Mm

        image = block.drawing.png.get(self.language)
        if image is None:
            raise _no_picture(block)
        across = Image.from_blob(image).width > TURNED_BEYOND * Mm(self.width_mm())
        if across:
            self.turn_page()
        paragraph = self.file.add_paragraph(style=PICTURE)
        picture = paragraph.add_run().add_picture(io.BytesIO(image))
        widest, tallest = Mm(self.width_mm()), Mm(self.height_mm() - CAPTION_MM)
        ratio = min(1.0, widest / picture.width, tallest / picture.height)
        picture.width, picture.height = Emu(int(picture.width * ratio)), Emu(int(picture.height * ratio))
        self.caption("figure", block.caption, above=False)
        name = f"{self.words(LABELS['figure'])} {self.counts['figure']}"
        describe_picture(picture._inline, name, self.words(block.alt))
        if across:
            self.turn_page()

    def turn_page(self) -> None:
        """Begin a page across, or upright after one across; its margins turn with it."""
        from docx.enum.section import WD_ORIENT, WD_SECTION

        old = self.file.sections[-1]
        width, height = old.page_width or 0, old.page_height or 0
        left, top, right, bottom = old.left_margin, old.top_margin, old.right_margin, old.bottom_margin
        new = self.file.add_section(WD_SECTION.NEW_PAGE)
        new.page_width, new.page_height = height, width
        if width < height:
            new.orientation = WD_ORIENT.LANDSCAPE
            new.left_margin, new.top_margin, new.right_margin, new.bottom_margin = top, right, bottom, left
        else:
            new.orientation = WD_ORIENT.PORTRAIT
            new.left_margin, new.top_margin, new.right_margin, new.bottom_margin = bottom, left, top, right

    def height_mm(self) -> float:
        section = self.file.sections[-1]
        used = int(section.top_margin or 0) + int(section.bottom_margin or 0)
        return (int(section.page_height or 0) - used) / 36_000

    def width_mm(self) -> float:
        section = self.file.sections[-1]
        used = int(section.left_margin or 0) + int(section.right_margin or 0)
        return (int(section.page_width or 0) - used) / 36_000


def _listed(sections: tuple[Section, ...]) -> list[tuple[int, int, tuple[int, ...], Section]]:
    """Return level, running number, place in the outline and section of what stands in the contents."""
    out: list[tuple[int, int, tuple[int, ...], Section]] = []
    number = 0

    def walk(parts: tuple[Section, ...], above: tuple[int, ...]) -> None:
        nonlocal number
        for i, part in enumerate(parts, 1):
            number += 1
            if len(above) < len(TOC):
                out.append((len(above), number, (*above, i), part))
            walk(part.parts, (*above, i))

    walk(sections, ())
    return out


def _made(document: Document) -> Section:
    from dataclasses import replace

    columns = (Column("key", Text("项目", "item")), Column("value", Text("内容", "value")))
    rows = [{"key": str(k), "value": str(v)} for k, v in document.made.items()]
    return replace(MADE, blocks=(Table(Text("版本、种子与指纹", "Versions, seed and fingerprints"), columns, rows),))


def _no_picture(block: Figure) -> OutputError:
    return OutputError(
        Problem(
            "figure_without_png",
            f"the figure {block.caption.en!r} has no PNG in this language, which Word needs.",
            f"图“{block.caption.zh}”没有该语言的 PNG，Word 无法显示。",
            "Give its drawing PNG bytes by language.",
            "请为该图提供相应语言的 PNG。",
        )
    )


def _settle(file: WordFile, title: str, language: str) -> None:
    """Say what the file is, nothing of who made it when; ask Word to fill the contents."""
    update_fields(file.settings.element)
    properties = file.core_properties
    properties.title, properties.author, properties.comments, properties.last_modified_by = title[:255], "", "", ""
    properties.language = "zh-CN" if language == "zh" else "en"
    properties.revision = 1
    element = properties._element
    for dated in [e for e in element if re.search(r"\}(created|modified|lastPrinted)$", str(e.tag))]:
        element.remove(dated)


def packed(file: WordFile) -> bytes:
    """Return a Word file as bytes that do not depend on the hour.  打包为字节，与时间无关。"""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    first, last = io.BytesIO(), io.BytesIO()
    file.save(first)
    with ZipFile(first) as source, ZipFile(last, "w") as target:
        for name in source.namelist():
            target.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), source.read(name), compress_type=ZIP_DEFLATED)
    return last.getvalue()
