"""The Word report, read back: what stands in it, how it looks, and what must not get in."""

from __future__ import annotations

import re
from zipfile import ZipFile

import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.report.layout import Document as Report
from suzhou_antidrug.report.layout import Section, cell_text

docx = pytest.importorskip("docx")

from docx.oxml.ns import qn  # noqa: E402
from docx.shared import Mm, Pt  # noqa: E402
from sample_report import ATTACK, TABLE, figure, report  # noqa: E402

from suzhou_antidrug.report.word import write_word  # noqa: E402
from suzhou_antidrug.report.word_styles import HEADINGS, REQUIRED, VERDICTS, WARNING  # noqa: E402
from suzhou_antidrug.report.word_tables import column_widths  # noqa: E402
from suzhou_antidrug.report.word_template import PLACE, write_word_template  # noqa: E402
from suzhou_antidrug.report.word_xml import ORDER, RUN_ORDER, clean  # noqa: E402

TWIP = 635  # English Metric Units: Word rounds lengths to twentieths of a point


@pytest.fixture(scope="module", params=["zh", "en"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def path(language, tmp_path_factory):
    return write_word(report(), tmp_path_factory.mktemp("word") / "report.docx", language=language)


@pytest.fixture(scope="module")
def file(path):
    return docx.Document(str(path))


def headings(file):
    return [(p.style.name, p.text) for p in file.paragraphs if p.style.name in HEADINGS]


def test_headings_are_words_own(file, language):
    first, second = HEADINGS[:2]
    said = {"zh": ["摘要", "各单位", "单位1", "单位2"], "en": ["Summary", "Divisions", "division 1", "division 2"]}[
        language
    ]
    made = {"zh": "本报告如何得出", "en": "How this report was made"}[language]
    assert headings(file) == [*zip([first, first, second, second], said, strict=True), (first, made)]
    assert [file.styles[h].element.pPr.find(qn("w:outlineLvl")).get(qn("w:val")) for h in HEADINGS] == ["0", "1", "2"]


def test_folded_sections_start_a_page(file, language):
    breaks = {p.text: p.paragraph_format.page_break_before for p in file.paragraphs if p.style.name in HEADINGS}
    word = {"zh": "单位", "en": "division "}[language]
    assert breaks[f"{word}1"] is True and breaks[f"{word}2"] is True
    assert not breaks[{"zh": "各单位", "en": "Divisions"}[language]]


def test_contents_field_names_every_heading_of_two_levels(file):
    xml = file.element.xml
    assert 'TOC \\o "1-2"' in xml
    marks = set(re.findall(r'w:bookmarkStart [^>]*w:name="(_Toc\d+)"', xml))
    jumps = re.findall(r'w:hyperlink [^>]*w:anchor="(_Toc\d+)"', xml)
    assert len(jumps) == 5 and set(jumps) <= marks
    kinds = re.findall(r'w:fldCharType="(\w+)"', xml)
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end")
    assert file.settings.element.find(qn("w:updateFields")).get(qn("w:val")) == "true"


def test_tables_hold_the_rows_of_the_report(file, language):
    wanted = [[c.title.in_language(language) for c in TABLE.columns]]
    wanted += [[clean(cell_text(r[c.key], c.format, language)) for c in TABLE.columns] for r in TABLE.rows]
    assert len(file.tables) == 4
    for table in file.tables[:3]:
        assert [[cell.text for cell in row.cells] for row in table.rows] == wanted
    for table in file.tables:
        rows = table._tbl.tr_lst
        assert all(r.trPr.find(qn("w:cantSplit")) is not None for r in rows)
        assert [r.trPr.find(qn("w:tblHeader")) is not None for r in rows] == [True] + [False] * (len(rows) - 1)


def test_verdicts_have_words_and_colour(file, language):
    runs = [row.cells[3].paragraphs[0].runs[0] for row in file.tables[0].rows[1:]]
    verdicts = [sa.Verdict(r["verdict"]) for r in TABLE.rows]
    assert [r.text for r in runs] == [v.text.in_language(language) for v in verdicts]
    assert [r.style.name for r in runs] == [VERDICTS[v] for v in verdicts]
    assert len({str(r.style.font.color.rgb) for r in runs}) == 4


def test_captions_are_numbered(file, language):
    captions = [p.text for p in file.paragraphs if p.style.name == "Caption"]
    table, picture = {"zh": ("表", "图"), "en": ("Table", "Figure")}[language]
    assert [c.split("  ")[0] for c in captions] == [
        f"{table} 1",
        f"{picture} 1",
        f"{table} 2",
        f"{table} 3",
        f"{table} 4",
    ]
    assert file.element.xml.count(f"SEQ {table} ") == 4 and file.element.xml.count(f"SEQ {picture} ") == 1


def test_figures_have_alternative_text_and_are_png(file, path, language):
    (shape,) = file.inline_shapes
    assert shape._inline.docPr.get("descr") == {"zh": "折线先升后降", "en": "a line that rises, then falls"}[language]
    assert shape._inline.docPr.get("name") == {"zh": "图 1", "en": "Figure 1"}[language]
    with ZipFile(path) as archive:
        media = [n for n in archive.namelist() if n.startswith("word/media/")]
    assert len(media) == 1 and media[0].endswith(".png")


def test_layout_of_official_documents(file):
    section = file.sections[0]
    sizes = {
        "page_width": 210,
        "page_height": 297,
        "top_margin": 37,
        "bottom_margin": 35,
        "left_margin": 28,
        "right_margin": 26,
    }
    for name, millimetres in sizes.items():
        assert abs(getattr(section, name) - Mm(millimetres)) <= TWIP, name
    body = file.styles["报告正文"]
    assert body.font.size == Pt(16) and body.paragraph_format.line_spacing == Pt(28)
    assert file.styles["Title"].font.size == Pt(22)
    foot = section.footer.paragraphs[0]
    assert foot.text == "— 1 —" and "PAGE" in foot._p.xml


@pytest.mark.parametrize(
    ("style", "font"),
    [
        ("Title", "方正小标宋简体"),
        ("Heading 1", "黑体"),
        ("Heading 2", "楷体"),
        ("Heading 3", "仿宋"),
        ("报告正文", "仿宋"),
        ("Normal", "仿宋"),
    ],
)
def test_chinese_fonts(file, style, font):
    fonts = file.styles[style].element.rPr.find(qn("w:rFonts"))
    assert fonts.get(qn("w:eastAsia")) == font
    assert not any(key.endswith("Theme") for key in fonts.attrib)


def test_missing_fonts_have_a_stand_in(path):
    with ZipFile(path) as archive:
        table = archive.read("word/fontTable.xml").decode()
    assert '<w:font w:name="方正小标宋简体"><w:altName w:val="宋体"/>' in table
    assert '<w:font w:name="仿宋"><w:altName w:val="仿宋_GB2312"/>' in table


def test_warnings_have_a_border(file, language):
    (warning,) = [p for p in file.paragraphs if p.style.name == WARNING]
    assert warning.text.startswith({"zh": "警示：", "en": "Warning: "}[language])
    assert len(warning.style.element.pPr.find(qn("w:pBdr"))) == 4


def test_text_stays_text(path, file, language):
    attack = clean(ATTACK.in_language(language))
    assert {"zh": "\\u0007\\u202e<script>", "en": "\\u0000"}[language] in attack
    assert attack in [p.text for p in file.paragraphs]
    assert file.tables[0].rows[4].cells[0].text == attack
    with ZipFile(path) as archive:
        parts = {
            n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist() if n.endswith((".xml", ".rels"))
        }
    assert not any("TargetMode" in text for name, text in parts.items() if name.endswith(".rels"))
    fields = re.findall(r"<w:instrText[^>]*>([^<]*)<", parts["word/document.xml"])
    assert {f.split()[0] for f in fields} == {"TOC", "PAGEREF", "SEQ"}
    assert "vbaProject" not in str(list(parts))


def test_properties_tell_nothing_of_who_and_when(file):
    properties = file.core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    assert properties.created is None and properties.modified is None


def test_the_same_report_gives_the_same_bytes(path, language, tmp_path):
    assert write_word(report(), tmp_path / "again.docx", language=language).read_bytes() == path.read_bytes()


def test_properties_of_paragraphs_and_runs_stand_in_the_order_of_the_schema(file):
    for root in (file.element, file.styles.element):
        for tag, order in (("w:pPr", ORDER), ("w:rPr", RUN_ORDER)):
            for element in root.iter(qn(tag)):
                places = [order.index(e.tag.rpartition("}")[2]) for e in element]
                assert places == sorted(places)
                assert len(places) == len(set(places))


def test_existing_files_links_and_folders_are_respected(tmp_path):
    mine = tmp_path / "mine.docx"
    mine.write_text("years of work")
    link = tmp_path / "link.docx"
    link.symlink_to(mine)
    for place, overwrite in ((mine, False), (link, True), (tmp_path, True), (tmp_path / "no" / "x.docx", False)):
        with pytest.raises(sa.OutputError):
            write_word(report(), place, overwrite=overwrite)
    assert mine.read_text() == "years of work"
    assert write_word(report(), mine, overwrite=True) == mine
    assert {p.name for p in tmp_path.iterdir()} == {"mine.docx", "link.docx"}


def test_a_figure_without_png_is_refused_by_name(tmp_path):
    bare = Report(sa.Text("评", "E"), sa.Text("", ""), (Section("s", sa.Text("节", "s"), (figure(with_png=False),)),))
    with pytest.raises(sa.OutputError, match="relapse") as caught:
        write_word(bare, tmp_path / "x.docx")
    assert "复吸率" in str(caught.value) and list(tmp_path.iterdir()) == []


def test_an_offices_template_sets_the_look(tmp_path):
    template = write_word_template(tmp_path / "template.docx")
    own = docx.Document(str(template))
    assert set(REQUIRED) <= {s.name for s in own.styles}
    own.styles["Heading 1"].font.size = Pt(20)
    own.sections[0].header.paragraphs[0].text = "某市禁毒委员会办公室"
    own.sections[0].right_margin = Mm(40)
    own.save(str(template))
    made = docx.Document(str(write_word(report(), tmp_path / "r.docx", template=template)))
    assert made.styles["Heading 1"].font.size == Pt(20)
    assert made.sections[0].header.paragraphs[0].text == "某市禁毒委员会办公室"
    assert "样式示例" not in "".join(p.text for p in made.paragraphs)
    width = sum(c.width for c in made.tables[0].columns)
    assert abs(width - Mm(210 - 28 - 40)) < Mm(0.5)
    assert len(headings(made)) == 5


def test_a_letterhead_stays_round_the_report(tmp_path):
    template = write_word_template(tmp_path / "template.docx")
    own = docx.Document(str(template))
    for element in list(own.element.body)[:-1]:
        own.element.body.remove(element)
    for words in ("红头文件", PLACE, "某市公安局"):
        own.add_paragraph(words)
    own.save(str(template))
    words = [
        p.text for p in docx.Document(str(write_word(report(), tmp_path / "r.docx", template=template))).paragraphs
    ]
    assert words[0] == "红头文件" and words[1] == "评估" and words[-1] == "某市公安局" and PLACE not in words


@pytest.mark.parametrize("style", ["报告警示", "Heading 2", "评判 证据不足", "报告表格"])
def test_a_template_without_a_style_is_refused_by_its_name(tmp_path, style):
    template = write_word_template(tmp_path / "template.docx")
    own = docx.Document(str(template))
    own.styles[style].delete()
    own.save(str(template))
    with pytest.raises(sa.OutputError) as caught:
        write_word(report(), tmp_path / "r.docx", template=template)
    assert caught.value.frame["code"].tolist() == ["template_style"]
    assert f"模板缺少样式“{style}”" in str(caught.value) and "no style named" in str(caught.value)
    assert not (tmp_path / "r.docx").exists()


def test_a_template_that_links_elsewhere_is_refused(tmp_path):
    template = write_word_template(tmp_path / "template.docx")
    own = docx.Document(str(template))
    own.part.relate_to("http://x.y/z.png", docx.opc.constants.RELATIONSHIP_TYPE.IMAGE, is_external=True)
    own.save(str(template))
    with pytest.raises(sa.OutputError, match="outside itself"):
        write_word(report(), tmp_path / "r.docx", template=template)


@pytest.mark.parametrize("name", ["text.docx", "zip.docx", "macros.docx", "template.docm", "none.docx"])
def test_what_is_no_plain_word_file_is_refused(tmp_path, name):
    bad = tmp_path / name
    if name == "text.docx":
        bad.write_text("not a zip")
    elif name == "zip.docx":
        with ZipFile(bad, "w") as archive:
            archive.writestr("a.txt", "x")
    elif name != "none.docx":
        write_word_template(tmp_path / "t.docx")
        bad.write_bytes((tmp_path / "t.docx").read_bytes())
        if name == "macros.docx":
            with ZipFile(bad, "a") as archive:
                archive.writestr("word/vbaProject.bin", b"x")
    with pytest.raises(sa.OutputError, match="template"):
        write_word(report(), tmp_path / "r.docx", template=bad)


def test_without_the_library_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("suzhou_antidrug.report.word_template.docx_is_here", lambda: False)
    with pytest.raises(sa.OutputError, match="python-docx"):
        write_word(report(), tmp_path / "r.docx")


@pytest.mark.parametrize("columns", [1, 2, 5, 9, 14])
def test_columns_fill_the_page_and_no_more(columns):
    cells = [[f"列{i}" for i in range(columns)], ["长" * (7 * i + 1) for i in range(columns)]]
    widths = column_widths(cells, 156.0, 9.0)
    assert sum(widths) == pytest.approx(156.0)
    assert min(widths) > 0


def test_a_short_cell_stays_in_one_line_and_one_long_cell_takes_no_room_from_many():
    """One cell of 200 characters needs one high row; thirty of 60 beside it need room in every row."""
    rows = [["证据不足", "≥ 100%", "短", "句" * 60]] * 30
    one_long = column_widths([*rows, ["证据不足", "≥ 100%", "长" * 200, "句"]], 156.0, 9.0)
    letter = 9.0 * 25.4 / 72
    assert one_long[0] > 4 * letter and one_long[1] > 3.5 * letter
    assert one_long[3] > 2 * one_long[2]
    assert column_widths([["甲", "句" * 40, "句" * 40]], 100.0, 9.0)[1:] == pytest.approx([47.9] * 2, abs=1.1)


def test_a_title_breaks_on_paper_only(tmp_path):
    from suzhou_antidrug.report.layout import Document
    from suzhou_antidrug.terms import Text

    document = Document(Text("三年规划\n评估", "Plan:\nevaluation"), Text("例", "x"), ())
    made = docx.Document(str(write_word(document, tmp_path / "r.docx")))
    assert made.paragraphs[0].text == "三年规划\n评估" and made.core_properties.title == "三年规划评估"
    assert document.name == Text("三年规划评估", "Plan: evaluation")


def test_a_very_wide_figure_stands_on_a_page_across(tmp_path):
    """Otherwise its letters are a third of their size; what follows stands upright again, with the same margins."""
    from suzhou_antidrug.plotting import detached_axes, to_png, to_svg
    from suzhou_antidrug.report.layout import Document, Drawing, Figure, Paragraph, Section
    from suzhou_antidrug.terms import Text

    words = Text("图", "figure")

    def figure(width, height):
        ax = detached_axes(width=width, height=height)
        svg = to_svg(ax)
        return Figure(words, Drawing(Text(svg, svg), {"zh": to_png(ax)}), words)

    blocks = (figure(6, 3), figure(16, 7), Paragraph(Text("后文。", "After.")))
    document = Document(words, words, (Section("one", words, blocks),))
    made = docx.Document(str(write_word(document, tmp_path / "r.docx")))
    sizes = [(s.page_width.mm, s.page_height.mm) for s in made.sections]
    assert [(round(w), round(h)) for w, h in sizes] == [(210, 297), (297, 210), (210, 297)]
    first, across, last = made.sections
    assert [first.left_margin, first.top_margin, first.right_margin, first.bottom_margin] == [
        last.left_margin, last.top_margin, last.right_margin, last.bottom_margin,
    ]  # fmt: skip
    upright, wide = made.inline_shapes
    room = across.page_width - across.left_margin - across.right_margin
    assert abs(wide.width - room) < Mm(1) and upright.width < Mm(157)
    assert wide.height < across.page_height - across.top_margin - across.bottom_margin
