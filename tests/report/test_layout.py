"""How a cell reads, once and for all outputs."""

from __future__ import annotations

import math

import pytest

from suzhou_antidrug.report.layout import Column, Table, cell_text, table_as_text
from suzhou_antidrug.terms import Text, display_width


@pytest.mark.parametrize(
    ("value", "format", "zh", "en"),
    [
        (None, "number", "—", "—"),
        (math.nan, "percent", "—", "—"),
        (0.0, "percent", "0.0%", "0.0%"),
        (-0.476, "signed_percent", "-47.6%", "-47.6%"),
        (0.002, "probability", "< 0.01", "< 0.01"),
        (0.9951, "probability", "> 0.99", "> 0.99"),
        (0.5, "probability", "0.50", "0.50"),
        (2148000.0, "number", "2,148,000", "2,148,000"),
        (65.1, "number", "65.1", "65.1"),
        (2020, "year", "2020", "2020"),
        ("not_met", "verdict", "未达成", "not met"),
        (Text("无", "none"), "text", "无", "none"),
    ],
)
def test_cells(value, format, zh, en):
    assert (cell_text(value, format, "zh"), cell_text(value, format, "en")) == (zh, en)


def test_terminal_columns_line_up():
    table = Table(
        Text("表", "table"),
        (Column("a", Text("名称", "name")), Column("b", Text("数", "number"), "number")),
        [{"a": "苏州市", "b": 1}, {"a": "x", "b": 12345}],
    )
    lines = table_as_text(table, "zh").splitlines()[1:]
    assert len({display_width(line) for line in lines}) == 1
    assert lines[-1].endswith("12,345")
