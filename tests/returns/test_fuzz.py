"""Whatever is in a file, reading ends in returns or in a ReturnsError; nothing else, and nothing half-read."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import read_returns

HEADER = ["指标", "县级市(区)", "时期", "分子", "分母", "数值", "单位", "状态", "备注"]
CELLS = {
    "指标": ["吸毒人员核查率", "check_rate", "在校学生吸毒", "污水负荷", "效能", ""],
    "县级市(区)": ["昆山", "园区", "高新区", "虎丘区", "合计", "小计", "沧浪区", "火星", ""],
    "时期": ["2020", "2021年", "2020Q1", "2020-2022", "1999", ""],
    "分子": ["0", "1", "90", "-1", "1.5", "九十", "—", "1e400", "90%", ""],
    "分母": ["0", "100", "100000", "无", "1,234", ""],
    "数值": ["0.9", "90%", "1.35", "135%", "-", "=1+1", "#REF!", ""],
    "单位": ["", "%", "人", "人次", "起", "‰"],
    "状态": ["", "合成数据", "缺报", "x"],
    "备注": ["", "a\nb", "=cmd|'/c calc'!A1", "\u0007"],
}
SLOW_IS_FINE = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

row = st.tuples(*(st.sampled_from(CELLS[name]) | st.text(max_size=6) for name in HEADER))


def outcome(path: Path, plan: Plan) -> None:
    try:
        returns = read_returns(path, plan=plan)
    except ReturnsError as error:
        frame = error.frame
        assert (frame["severity"] == "error").any()
        assert frame["en"].str.len().gt(0).all() and frame["zh"].str.len().gt(0).all()
        return
    frame = returns.frame
    assert set(frame["indicator"]) <= set(plan.indicators)
    assert not frame.duplicated(["indicator", "division", "period"]).any()
    for column in ("numerator", "denominator", "value"):
        assert not (frame[column] < 0).any() and np.isfinite(frame[column].dropna()).all()
    numbers = frame[["numerator", "denominator", "value"]].notna().any(axis=1)
    assert (numbers | (frame["status"] == "missing")).all()


@SLOW_IS_FINE
@given(rows=st.lists(row, max_size=6))
def test_any_grid_of_cells(plan: Plan, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([HEADER, *rows])
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(buffer.getvalue().encode("utf-8", "surrogatepass"))
    outcome(path, plan)


@SLOW_IS_FINE
@given(data=st.binary(max_size=400))
def test_any_bytes(plan: Plan, tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.bin"
    path.write_bytes(data)
    outcome(path, plan)


@SLOW_IS_FINE
@given(
    lines=st.lists(
        st.lists(st.sampled_from([*HEADER, "昆山", "2020", "1", '"', "\t", ";", ""]), max_size=10), max_size=8
    )
)
def test_any_layout(plan: Plan, tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]]) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz-layout.csv"
    path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    outcome(path, plan)


@SLOW_IS_FINE
@given(place=st.integers(min_value=0), replacement=st.binary(min_size=1, max_size=8))
def test_any_damage_to_a_workbook(
    plan: Plan, tmp_path_factory: pytest.TempPathFactory, place: int, replacement: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.xlsx"
    data = bytearray(_workbook())
    place %= len(data)
    data[place : place + len(replacement)] = replacement
    path.write_bytes(bytes(data))
    outcome(path, plan)


def _workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(["check_rate", "昆山", 2020, 90, 100, None, "", "", ""])
    book.active.append(["check_rate", "常熟", 2020, "=1+1", 100, None, "", "", ""])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
