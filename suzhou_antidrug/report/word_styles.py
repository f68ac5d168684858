"""The styles of a Word report: the layout of Chinese official documents, to be changed in Word by an office.

Word 报告的样式：按《党政机关公文格式》排版，单位可在 Word 中自行修改。

Paper, margins, type sizes and lines to a page follow GB/T 9704-2012 as quoted by third parties; the text of the standard
itself was not read. It asks for A4, 37 mm above, 28 mm at the binding edge, a type area of 156 by 225 mm (hence 35 mm
below and 26 mm at the outer edge), size 3 (16 pt) in FangSong, 22 lines a page of 28 characters; the title in size 2
XiaoBiaoSong; headings in HeiTi, KaiTi, FangSong; page numbers in size 4 SongTi between dashes. Not from the standard:
28 pt from line to line (22 lines fill 225 mm at 28.99 pt, so 22 fit), the sizes in tables, captions and boxes, and page
numbers in the middle (the standard sets them outside, right on odd and left on even pages).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..verdicts import Verdict
from .word_xml import add_field, child, put, put_fonts

if TYPE_CHECKING:
    from docx.document import Document as WordFile

FANGSONG, HEITI, KAITI, SONGTI, XIAOBIAOSONG = "仿宋", "黑体", "楷体", "宋体", "方正小标宋简体"
LATIN = "Times New Roman"
# What Word may use where a font is not installed: the older name of the same face, or its nearest relative.
STAND_INS = {FANGSONG: "仿宋_GB2312", KAITI: "楷体_GB2312", XIAOBIAOSONG: SONGTI, HEITI: "SimHei", SONGTI: "SimSun"}
SIZE_2, SIZE_3, SIZE_4, SMALL_4, SIZE_5, SMALL_5 = 22.0, 16.0, 14.0, 12.0, 10.5, 9.0  # 二号 三号 四号 小四 五号 小五
LINE = 28.0  # points from line to line
MARGINS_MM = {"top": 37.0, "bottom": 35.0, "left": 28.0, "right": 26.0}
PAPER_MM = (210.0, 297.0)
TEXT_WIDTH_MM = PAPER_MM[0] - MARGINS_MM["left"] - MARGINS_MM["right"]

# Names of the styles a report uses. The first are Word's own; an office meets the rest in its list of styles.
TITLE, SUBTITLE, CAPTION = "Title", "Subtitle", "Caption"
HEADINGS = ("Heading 1", "Heading 2", "Heading 3")
BODY, NOTE, WARNING, CELL, PICTURE, CONTENTS = (
    "报告正文",
    "报告说明",
    "报告警示",
    "报告表内文字",
    "报告图",
    "报告目录标题",
)
TABLE = "报告表格"
TOC = ("toc 1", "toc 2")
VERDICTS = {v: f"评判 {v.text.zh}" for v in Verdict}
# Darker than in figures: at least 4.5 to 1 on white, also as small print.
INKS = {
    Verdict.MET: "00664B",
    Verdict.NOT_MET: "A33C00",
    Verdict.INSUFFICIENT_EVIDENCE: "7A5200",
    Verdict.NOT_ASSESSABLE: "555555",
}
REQUIRED = (
    TITLE,
    SUBTITLE,
    *HEADINGS,
    CAPTION,
    BODY,
    NOTE,
    WARNING,
    CELL,
    PICTURE,
    CONTENTS,
    TABLE,
    *VERDICTS.values(),
)


@dataclass(frozen=True, slots=True)
class Face:
    """How a paragraph style looks.  段落样式。"""

    font: str
    size: float
    line: float | None = LINE  # exact; None for single spacing
    indent: int = 0  # hundredths of a character, of the first line
    align: str = "both"
    before: float = 0.0
    after: float = 0.0
    bold: bool = False
    next: bool = False  # keep with what follows
    outline: int | None = None


FACES = {
    "Normal": Face(FANGSONG, SIZE_3),
    BODY: Face(FANGSONG, SIZE_3, indent=200),
    TITLE: Face(XIAOBIAOSONG, SIZE_2, line=36.0, align="center", before=LINE, after=6.0, next=True),
    SUBTITLE: Face(KAITI, SIZE_3, align="center", after=LINE / 2, next=True),
    HEADINGS[0]: Face(HEITI, SIZE_3, indent=200, align="left", before=LINE / 2, next=True, outline=0),
    HEADINGS[1]: Face(KAITI, SIZE_3, indent=200, align="left", before=6.0, next=True, outline=1),
    HEADINGS[2]: Face(FANGSONG, SIZE_3, indent=200, align="left", before=4.0, bold=True, next=True, outline=2),
    CAPTION: Face(HEITI, SIZE_5, line=None, align="center", before=8.0, after=4.0),
    NOTE: Face(KAITI, SMALL_4, line=20.0, before=6.0, after=6.0),
    WARNING: Face(KAITI, SMALL_4, line=20.0, before=8.0, after=10.0),
    CELL: Face(FANGSONG, SMALL_5, line=None, align="left"),
    PICTURE: Face(FANGSONG, SMALL_5, line=None, align="center", before=8.0, next=True),
    CONTENTS: Face(HEITI, SIZE_3, align="center", before=LINE / 2, after=6.0, next=True),
    TOC[0]: Face(FANGSONG, SMALL_4, line=20.0, align="left"),
    TOC[1]: Face(FANGSONG, SMALL_4, line=20.0, align="left"),
}


def new_word_file(language: str = "zh") -> WordFile:
    """Return an empty Word file with the styles of a report.  含报告样式的空白文件。"""
    from docx import Document

    file = Document()
    _defaults(file)
    for name, face in FACES.items():
        _paragraph_style(file, name, face)
    _boxes(file)
    _verdict_styles(file)
    _table_style(file)
    _numbering(file, language)
    _page(file)
    _font_table(file)
    return file


def _defaults(file: Any) -> None:
    """Clear what the library's own template brings: theme fonts, spacing after, a picture of an empty page."""
    from docx.oxml.ns import qn

    for holder in (file.part, file.part.package):
        for key in [k for k, r in holder.rels.items() if r.reltype.endswith(("/thumbnail", "/stylesWithEffects"))]:
            del holder.rels[key]

    root = file.styles.element
    for fonts in root.iter(qn("w:rFonts")):
        for key in [k for k in fonts.attrib if k.endswith("Theme")]:
            del fonts.attrib[key]
    run = root.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    put_fonts(run, FANGSONG, LATIN)
    put(run, "w:sz", val=str(int(2 * SIZE_3)))
    put(run, "w:szCs", val=str(int(2 * SIZE_3)))
    put(run, "w:lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA")
    spacing = root.find(qn("w:docDefaults")).find(qn("w:pPrDefault")).find(qn("w:pPr"))
    put(spacing, "w:spacing", before="0", after="0", line="240", lineRule="auto")


def _paragraph_style(file: Any, name: str, face: Face) -> None:
    """Set a style up anew, so that nothing of the library's template shows through."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn

    known = {s.name for s in file.styles}
    style = (
        file.styles[name]
        if name in known
        else file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name in TOC)
    )
    style.hidden, style.quick_style, style.unhide_when_used = False, True, False
    element = style.element
    for tag in ("w:pPr", "w:rPr"):
        for old in element.findall(qn(tag)):
            element.remove(old)
    run = element.get_or_add_rPr()
    put_fonts(run, face.font, LATIN)
    style.font.bold = face.bold
    style.font.size = _points(face.size)
    put(run, "w:color", val="auto")
    paragraph = element.get_or_add_pPr()
    style.paragraph_format.keep_with_next = face.next
    style.paragraph_format.widow_control = True
    style.paragraph_format.space_before, style.paragraph_format.space_after = _points(face.before), _points(face.after)
    style.paragraph_format.line_spacing = 1.0 if face.line is None else _points(face.line)
    if face.indent:
        put(paragraph, "w:ind", firstLineChars=str(face.indent), firstLine=str(int(face.size * 20 * face.indent / 100)))
    put(paragraph, "w:jc", val=face.align)
    if face.outline is not None:
        put(paragraph, "w:outlineLvl", val=str(face.outline))
    if name in TOC:
        style.paragraph_format.left_indent = _points(21.0 * TOC.index(name))
        style.paragraph_format.tab_stops.add_tab_stop(_millimetres(TEXT_WIDTH_MM), _right_tab(), _dots())


def _points(value: float) -> Any:
    from docx.shared import Pt

    return Pt(value)


def _millimetres(value: float) -> Any:
    from docx.shared import Mm

    return Mm(value)


def _right_tab() -> Any:
    from docx.enum.text import WD_TAB_ALIGNMENT

    return WD_TAB_ALIGNMENT.RIGHT


def _dots() -> Any:
    from docx.enum.text import WD_TAB_LEADER

    return WD_TAB_LEADER.DOTS


def _boxes(file: Any) -> None:
    """A border round a warning, one at the left of a note."""
    for name, sides, colour, fill in (
        (WARNING, ("top", "left", "bottom", "right"), "A33C00", "FDF1E8"),
        (NOTE, ("left",), "0B5394", "F4F6F9"),
    ):
        paragraph = file.styles[name].element.get_or_add_pPr()
        borders = put(paragraph, "w:pBdr")
        for side in sides:
            put(borders, f"w:{side}", val="single", sz="8", space="4", color=colour)
        put(paragraph, "w:shd", val="clear", color="auto", fill=fill)
        put(paragraph, "w:ind", left="113", right="113", firstLine="0")


def _verdict_styles(file: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import RGBColor

    for verdict, name in VERDICTS.items():
        style = file.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.font.bold, style.font.color.rgb = True, RGBColor.from_string(INKS[verdict])


def _table_style(file: Any) -> None:
    """Thin lines, a grey head, narrow cell margins."""
    from docx.enum.style import WD_STYLE_TYPE

    element = file.styles.add_style(TABLE, WD_STYLE_TYPE.TABLE).element
    table = child(element, "w:tblPr")
    borders = child(table, "w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        child(borders, f"w:{side}", val="single", sz="4", space="0", color="7F7F7F")
    margins = child(table, "w:tblCellMar")
    for side, width in (("top", "28"), ("left", "57"), ("bottom", "28"), ("right", "57")):
        child(margins, f"w:{side}", w=width, type="dxa")
    head = child(element, "w:tblStylePr", type="firstRow")
    child(child(head, "w:rPr"), "w:b")
    child(child(head, "w:tcPr"), "w:shd", val="clear", color="auto", fill="EDEFF2")


def _numbering(file: Any, language: str) -> None:
    """Number the headings: 一、（一）1. in Chinese, 1 1.1 1.1.1 in English."""
    root = file.part.numbering_part.element
    for old in list(root):
        root.remove(old)
    chinese = (("chineseCountingThousand", "%1、"), ("chineseCountingThousand", "（%2）"), ("decimal", "%3."))
    plain = (("decimal", "%1"), ("decimal", "%1.%2"), ("decimal", "%1.%2.%3"))
    outline = child(root, "w:abstractNum", abstractNumId="0")
    child(outline, "w:multiLevelType", val="multilevel")
    for i, (kind, words) in enumerate(chinese if language == "zh" else plain):
        level = child(outline, "w:lvl", ilvl=str(i))
        child(level, "w:start", val="1")
        child(level, "w:numFmt", val=kind)
        child(level, "w:pStyle", val=file.styles[HEADINGS[i]].style_id)
        child(level, "w:suff", val="nothing" if language == "zh" else "space")
        child(level, "w:lvlText", val=words)
        child(level, "w:lvlJc", val="left")
    child(child(root, "w:num", numId="1"), "w:abstractNumId", val="0")
    for i, name in enumerate(HEADINGS):
        number = put(file.styles[name].element.get_or_add_pPr(), "w:numPr")
        child(number, "w:ilvl", val=str(i))
        child(number, "w:numId", val="1")


def _page(file: Any) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = _millimetres(PAPER_MM[0]), _millimetres(PAPER_MM[1])
    for side, width in MARGINS_MM.items():
        setattr(section, f"{side}_margin", _millimetres(width))
    section.header_distance = section.footer_distance = _millimetres(25.0)
    foot = section.footer.paragraphs[0]
    foot.style = file.styles["Footer"]
    foot.alignment = 1
    foot.add_run("— ")
    add_field(foot, "PAGE", "1")
    foot.add_run(" —")
    for run in foot.runs:
        put_fonts(run._r.get_or_add_rPr(), SONGTI, SONGTI)
        run.font.size = _points(SIZE_4)


def _font_table(file: Any) -> None:
    """Name for each Chinese font what may stand in for it."""
    rows = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name, other in STAND_INS.items()
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    for relation in file.part.rels.values():
        if relation.reltype.endswith("/fontTable"):
            relation.target_part._blob = f'{head}<w:fonts xmlns:w="{space}">{rows}</w:fonts>'.encode()
