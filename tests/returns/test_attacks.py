"""Files made to harm the reader: refused at once, with a named problem. The clock limits are generous."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import read_returns

SECONDS = 5.0  # the aim is one second on a quiet machine; a test must also hold on a busy one
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = ["指标", "县级市(区)", "时期", "分子", "分母", "数值"]


def workbook(sheet: bytes | None = None, extra: dict[str, bytes] | None = None) -> bytes:
    """A small sound workbook, its sheet or other parts replaced."""
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active.append(["吸毒人员核查率", "昆山市", 2020, 90, 100, None])
    buffer, packed = io.BytesIO(), io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if sheet is not None:
        parts["xl/worksheets/sheet1.xml"] = sheet
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts | (extra or {})).items():
            archive.writestr(name, part)
    return packed.getvalue()


def sheet(body: str, after: str = "") -> bytes:
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{body}</sheetData>{after}</worksheet>'.encode()


def strings(text: str) -> dict[str, bytes]:
    return {"xl/sharedStrings.xml": f'<sst xmlns="{NAMESPACE}"><si><t>{text}</t></si></sst>'.encode()}


ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in b"bcdefghij")
    + b"]><a>&j;</a>"
)
SHARED_CELLS = "".join(f'<row r="{r}">' + f'<c r="A{r}" t="s"><v>0</v></c></row>' for r in range(1, 30_001))
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip bomb": (lambda: workbook(extra={"xl/media/zeros.bin": bytes(60_000_000)}), "archive_bomb"),
    "many parts": (lambda: workbook(extra={f"xl/x{n}.bin": b"" for n in range(2_001)}), "archive_bomb"),
    "entities": (lambda: workbook(extra={"xl/styles.xml": ENTITIES}), "refused"),
    "far corner": (lambda: workbook(sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "too_large"),
    "implied cells": (
        lambda: workbook(sheet(f"<row>{'<c><v>1</v></c>' * 16_000}</row>" + "<row><c><v>1</v></c></row>" * 20_000)),
        "too_large",
    ),
    "one long text in many cells": (lambda: workbook(sheet(SHARED_CELLS), strings("长" * 32_000)), "too_large"),
    "openings without an end": (lambda: workbook(b"<c " * 300_000), "damaged"),
    "many columns": (lambda: (",".join(f"h{n}" for n in range(100_000)) + "\n1,2\n").encode(), "too_many_columns"),
    "no end of quotes": (lambda: b'"' + b"9," * 200_000, "broken_text"),
    "a pickle": (lambda: b"\x80\x04\x95" + bytes(1_000), "not_a_table"),
}
ANY_END: dict[str, Callable[[], bytes]] = {
    "merged whole sheet": lambda: workbook(
        sheet(
            '<row r="1"><c r="A1"><v>1</v></c></row>',
            '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        )
    ),
    "deep nesting": lambda: workbook(sheet("<row r='1'>" + "<x>" * 100_000 + "</x>" * 100_000 + "</row>")),
    "deep nesting beside a formula": lambda: workbook(
        sheet("<row r='1'><c r='A1'><f>1+1</f></c>" + "<x>" * 100_000 + "</x>" * 100_000 + "</row>")
    ),
    "long formula": lambda: workbook(sheet(f"<row r='1'><c r='A1'><f>{'[' * 100_000}</f><v>1</v></c></row>")),
}


def read_in_time(path: Path, data: bytes, plan: Plan) -> list[str]:
    """Return the codes a file is refused for, none where it is read."""
    path.write_bytes(data)
    start = time.perf_counter()
    try:
        read_returns(path, plan=plan)
        codes = []
    except ReturnsError as error:
        codes = error.frame.query("severity == 'error'")["code"].tolist()
        assert error.frame["en"].str.len().gt(0).all() and error.frame["zh"].str.len().gt(0).all()
    assert time.perf_counter() - start < SECONDS
    return codes


@pytest.mark.parametrize("name", REFUSED)  # cases 56, 57, 60, 61
def test_an_attack_is_refused_at_once(plan: Plan, tmp_path: Path, name: str) -> None:
    build, code = REFUSED[name]
    assert code in read_in_time(tmp_path / "attack.xlsx", build(), plan)


@pytest.mark.parametrize("name", ANY_END)
def test_an_attack_that_may_be_read_ends_at_once(plan: Plan, tmp_path: Path, name: str) -> None:
    assert read_in_time(tmp_path / "attack.xlsx", ANY_END[name](), plan)


@pytest.mark.parametrize("column", range(8))
@pytest.mark.parametrize("unit", ["9", "9,", " 9", "９", "一", "年", "-", "(", "1-", "累", "不含", "a1月至"])
def test_a_hundred_thousand_characters_in_any_column(plan: Plan, tmp_path: Path, column: int, unit: str) -> None:  # 61
    cells = ["吸毒人员核查率", "昆山市", "2020", "90", "100", "", "", ""]
    long = (unit * 30_000)[:30_000]  # the longest that a cell may hold is refused as broken text above it
    cells[column] = f'"{long}"'
    text = "指标,县级市(区),时期,分子,分母,数值,口径,备注\n" + ",".join(cells) + "\n"
    codes = read_in_time(tmp_path / "long.csv", text.encode(), plan)
    assert bool(codes) == (column < 6)
    cells[column] = f'"{unit * 100_000}"'
    text = "指标,县级市(区),时期,分子,分母,数值,口径,备注\n" + ",".join(cells) + "\n"
    assert read_in_time(tmp_path / "longer.csv", text.encode(), plan) == ["broken_text"]
