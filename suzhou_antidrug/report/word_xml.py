"""What python-docx has no call for: fields, bookmarks, borders, repeated heads, alternative text.

python-docx 未提供的部件：域、书签、边框、重复表头、替代文字。
"""

from __future__ import annotations

import unicodedata
from typing import Any

# Characters that change how others are read without being seen: bidirectional overrides and isolates.
UNSEEN = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean(text: str) -> str:
    r"""Return text as a Word file may hold it: what is not seen or not allowed is spelt out.  拼出不可见或不允许的字符。

    >>> clean("复吸率\x07\u202e 第一行\n第二行")
    '复吸率\\u0007\\u202e 第一行\n第二行'
    """
    return "".join(c if _allowed(c) else f"\\u{ord(c):04x}" for c in text.replace("\r\n", "\n").replace("\r", "\n"))


def _allowed(character: str) -> bool:
    if character in "\n\t":
        return True
    if character in UNSEEN or (ord(character) & 0xFFFE) == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF:
        return False
    return unicodedata.category(character) not in ("Cc", "Cs")


def chinese_number(number: int) -> str:
    """Return 1 to 99 in Chinese, as Word counts headings.  中文数字。

    >>> [chinese_number(n) for n in (1, 10, 12, 20, 35)]
    ['一', '十', '十二', '二十', '三十五']
    """
    digits = " 一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十"
    return head + (digits[ones] if ones else "")


def child(parent: Any, tag: str, **attributes: str) -> Any:
    """Append an element and return it; attributes in the namespace of Word.  追加元素。"""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(tag)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    parent.append(element)
    return element


# The order the schema demands inside the properties of a paragraph; Word calls a file damaged that breaks it.
ORDER = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers", "pBdr", "shd", "tabs",
    "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd",
    "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc", "textDirection", "textAlignment",
    "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "pPrChange",
)  # fmt: skip
RUN_ORDER = (
    "rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss", "imprint", "noProof",
    "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern", "position", "sz", "szCs", "highlight", "u", "effect", "bdr", "shd",
    "fitText", "vertAlign", "rtl", "cs", "em", "lang",
)  # fmt: skip


def put(parent: Any, tag: str, **attributes: str) -> Any:
    """Set the one element of a kind inside properties, in the place the schema gives it.  按规定次序设置属性。"""
    from docx.oxml.ns import qn

    for old in parent.findall(qn(tag)):
        parent.remove(old)
    element = child(parent, tag, **attributes)
    order = {"pPr": ORDER, "rPr": RUN_ORDER}.get(_local(parent))
    if order is not None:
        rank = {name: i for i, name in enumerate(order)}
        parent[:] = sorted(parent, key=lambda e: rank.get(_local(e), len(order)))
    return element


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def put_fonts(run_properties: Any, east_asian: str, latin: str) -> None:
    """Set the font of Chinese and that of other letters.  设置中西文字体。"""
    put(run_properties, "w:rFonts", ascii=latin, hAnsi=latin, eastAsia=east_asian, cs=latin)


def add_field(paragraph: Any, instruction: str, shown: str) -> None:
    """Append a field with the result it shows until it is updated.  追加域。"""
    _mark(paragraph, "begin")
    code = child(paragraph.add_run()._r, "w:instrText")
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    code.text = f" {instruction} "
    _mark(paragraph, "separate")
    paragraph.add_run(shown)
    _mark(paragraph, "end")


def _mark(paragraph: Any, kind: str) -> Any:
    return child(paragraph.add_run()._r, "w:fldChar", fldCharType=kind)


def open_field(paragraph: Any, instruction: str) -> None:
    """Begin a field whose result spans several paragraphs.  开始跨段的域。"""
    _mark(paragraph, "begin")
    code = child(paragraph.add_run()._r, "w:instrText")
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    code.text = f" {instruction} "
    _mark(paragraph, "separate")


def close_field(paragraph: Any) -> None:
    """End such a field.  结束跨段的域。"""
    _mark(paragraph, "end")


def add_bookmark(paragraph: Any, name: str, number: int) -> None:
    """Put a bookmark round what a paragraph holds.  给段落加书签。"""
    from docx.oxml.ns import qn

    child(paragraph._p, "w:bookmarkEnd", id=str(number))
    start = child(paragraph._p, "w:bookmarkStart", id=str(number), name=name)
    properties = paragraph._p.find(qn("w:pPr"))
    paragraph._p.insert(0 if properties is None else 1, start)


def add_jump(paragraph: Any, bookmark: str, words: str) -> None:
    """Append a contents line: words, a tab and the page of a bookmark, as a link inside the file.  追加目录行。"""
    link = child(paragraph._p, "w:hyperlink", anchor=bookmark, history="1")
    run = paragraph.add_run(words + "\t")
    link.append(run._r)
    start = len(paragraph._p)
    add_field(paragraph, f"PAGEREF {bookmark} \\h", "")
    for element in list(paragraph._p)[start:]:
        link.append(element)


def repeat_head(row: Any) -> None:
    """Repeat a row at the top of every page the table runs over.  跨页重复表头。"""
    child(row.get_or_add_trPr(), "w:tblHeader")


def keep_row(row: Any) -> None:
    """Keep a row on one page.  行不跨页断开。"""
    child(row.get_or_add_trPr(), "w:cantSplit")


def describe_picture(inline: Any, name: str, words: str) -> None:
    """Give a picture its name and alternative text.  图的名称与替代文字。"""
    for properties in (inline.docPr, inline.graphic.graphicData.pic.nvPicPr.cNvPr):
        properties.set("name", name)
        properties.set("descr", words)


# What the schema wants before w:updateFields among the settings ends where the first of these begins.
AFTER_UPDATE = (
    "hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "docVars", "rsids", "mathPr", "attachedSchema", "themeFontLang",
    "clrSchemeMapping", "doNotIncludeSubdocsInStats", "doNotAutoCompressPictures", "forceUpgrade", "captions", "readModeInkLockDown",
    "smartTagType", "schemaLibrary", "shapeDefaults", "doNotEmbedSmartTags", "decimalSymbol", "listSeparator",
)  # fmt: skip


def update_fields(settings: Any) -> None:
    """Have Word fill contents and page numbers when the file is opened.  打开文件时更新域。"""
    element = put(settings, "w:updateFields", val="true")
    later = next((e for e in settings if _local(e) in AFTER_UPDATE), None)
    if later is not None:
        later.addprevious(element)
