"""The report as PDF: set by LibreOffice where it is, refused with a way out where it is not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.report import pdf
from suzhou_antidrug.report.layout import Document, Paragraph, Section
from suzhou_antidrug.report.pdf import write_pdf
from suzhou_antidrug.terms import Text

pytest.importorskip("docx", reason="the extra 'report' is not installed")
needs_office = pytest.mark.skipif(pdf.libreoffice() is None, reason="LibreOffice is absent: no PDF is set")
LONG = tuple(Paragraph(Text("证据不足。" * 40, "Insufficient evidence. " * 40)) for _ in range(9))
REPORT = Document(
    Text("三年规划\n评估", "Plan:\nevaluation"),
    Text("示例", "an example"),
    (Section("one", Text("结论", "Findings"), LONG), Section("two", Text("来源", "Sources"), LONG)),
)


def text_of(path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is absent: the text of the PDF is not read")
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True)
    return done.stdout.split("\f")


@needs_office
@pytest.mark.parametrize(("language", "first", "second"), [("zh", "结论", "来源"), ("en", "Findings", "Sources")])
def test_contents_tell_the_page_of_each_heading(tmp_path, language, first, second):
    path = write_pdf(REPORT, tmp_path / "report.pdf", language=language)
    data = path.read_bytes()
    assert data.startswith(b"%PDF") and b"/StructTreeRoot" in data and b"/Outlines" in data
    pages = text_of(path)
    listed = dict(re.findall(rf"({first}|{second})[ .]*?(\d+)\s*$", pages[0], re.MULTILINE))
    assert len(pages) > 4 and int(listed[second]) > 2
    for heading, page in listed.items():
        assert re.search(rf"^\s*\S*\s?{heading}$", pages[int(page) - 1], re.MULTILINE), (heading, page)


@needs_office
def test_nothing_is_overwritten_or_left_behind(tmp_path):
    write_pdf(REPORT, tmp_path / "report.pdf")
    with pytest.raises(sa.OutputError, match="exists"):
        write_pdf(REPORT, tmp_path / "report.pdf")
    assert [p.name for p in tmp_path.iterdir()] == ["report.pdf"]


@needs_office
def test_the_main_job_writes_it_when_asked(tmp_path):
    whole = sa.evaluate(draws=200)
    whole.write(tmp_path / "with", pdf=True)
    assert (tmp_path / "with" / "report.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((tmp_path / "with" / "manifest.json").read_text("utf-8"))["pdf_report"] == "report.pdf"
    assert "合成数据" in "".join(text_of(tmp_path / "with" / "report.pdf"))


def test_without_libreoffice_nothing_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(sa.OutputError, match="save it as PDF") as caught:
        write_pdf(REPORT, tmp_path / "report.pdf")
    assert caught.value.problems[0].code == "libreoffice_missing" and "另存为 PDF" in caught.value.problems[0].advice_zh
    with pytest.raises(sa.OutputError, match="LibreOffice"):
        sa.evaluate(draws=200).write(tmp_path / "out", pdf=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", ["exit 1", "exit 0"])
def test_a_program_that_fails_or_writes_nothing_is_told(tmp_path, monkeypatch, script):
    false = tmp_path / "soffice"
    false.write_text(f"#!/bin/sh\n{script}\n")
    false.chmod(0o755)
    monkeypatch.setattr(pdf, "PROGRAMS", (str(false),))
    with pytest.raises(sa.OutputError, match=r"7\.4 or newer"):
        write_pdf(REPORT, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
