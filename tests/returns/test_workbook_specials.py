"""Special cells are found alike in the short way, past plain cells, and by parsing every cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.returns import workbook_limits, workbook_specials
from suzhou_antidrug.returns.grid import Special

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet><sheetData>'
CELLS = [
    '<c r="{at}"><v>1</v></c>', '<c r="{at}" s="2"/>', '<c r="{at}" t="s"><v>3</v></c>',
    '<c r="{at}" t="inlineStr"><is><t>昆山</t></is></c>', '<c r="{at}"><f>A1/B1</f><v>0.5</v></c>',
    '<c r="{at}" t="str"><f>A1&amp;B1</f><v>x</v></c>', '<c r="{at}"><f t="shared" si="0" ref="A1:A9">A1+1</f><v>2</v></c>',
    '<c r="{at}"><f t="shared" si="0"/><v>2</v></c>', '<c r="{at}" t="e"><v>#N/A</v></c>', '<c r="{at}"><f>A1</f></c>',
    '<c r="{at}" t="e"><f>1/0</f><v>#DIV/0!</v></c>', '<c r="{at}"><f>WEBSERVICE("http://a.b")</f><v>1</v></c>',
    '<c><v>1</v></c>', '<c><f>A1</f><v>1</v></c>', '<c s="1" r="{at}"><f>[2]S!A1</f><v>1</v></c>', '<!-- <c r="{at}"/> -->',
    '<c r="{at}"><f><![CDATA[A1]]></f><v>1</v></c>', '<c r="{at}"><f>cmd|x!A1</f><v>1</v></c>',
]  # fmt: skip


def parsed(part: bytes) -> workbook_specials.SheetSpecials:
    """Read a part with every cell going through the parser: a comment at the end turns the short way off."""
    return workbook_specials._read(part + b"<!-- -->")


@given(st.lists(st.lists(st.sampled_from(CELLS), max_size=6), max_size=5), st.booleans())
def test_the_short_way_finds_what_the_parser_finds(rows: list[list[str]], numbered: bool) -> None:
    body = ""
    for n, cells in enumerate(rows, start=1):
        placed = "".join(cell.format(at=f"{'ABCDEF'[i]}{n}") for i, cell in enumerate(cells))
        body += f'<row r="{n}">{placed}</row>' if numbered else f"<row>{placed}</row>"
    part = HEAD + body.encode() + b"</sheetData></worksheet>"
    assert workbook_specials._read(part) == parsed(part)
    assert workbook_limits._span(part) == workbook_limits._span_of_any(part)


@pytest.mark.parametrize(
    ("formula", "kind"),
    [("D2/E2", "formula_stored"), ("HYPERLINK(A1)", "formula_outside"), ("'[a.xlsx]S'!A1", "formula_outside")],
)
def test_a_plain_formula_is_judged_without_the_parser(formula: str, kind: str) -> None:
    part = HEAD + f'<row r="2"><c r="F2"><f>{formula}</f><v>0.9</v></c></row></sheetData></worksheet>'.encode()
    found, rest = workbook_specials._plain_cells(part)
    assert found == {(1, 5): Special(kind, f"={formula}")} and b"<c" not in rest  # type: ignore[arg-type]
