"""Whatever is in a file, reading ends in returns or in a ReturnsError; nothing else, and nothing half-read."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Returns, read_returns
from suzhou_antidrug.returns.text_file import records

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


SECONDS = 5.0  # for files of a few hundred cells: far above what they take, far below a hang


def outcome(path: Path, plan: Plan) -> Returns | None:
    start = time.perf_counter()
    try:
        returns = read_returns(path, plan=plan)
    except ReturnsError as error:
        frame = error.frame
        assert (frame["severity"] == "error").any()
        assert frame["en"].str.len().gt(0).all() and frame["zh"].str.len().gt(0).all()
        assert time.perf_counter() - start < SECONDS
        return None
    assert time.perf_counter() - start < SECONDS
    frame = returns.frame
    assert set(frame["indicator"]) <= set(plan.indicators)
    assert not frame.duplicated(["indicator", "division", "period"]).any()
    for column in ("numerator", "denominator", "value"):
        assert not (frame[column] < 0).any() and np.isfinite(frame[column].dropna()).all()
    numbers = frame[["numerator", "denominator", "value"]].notna().any(axis=1)
    assert (numbers | (frame["status"] == "missing")).all()
    return returns


def nothing_lost(returns: Returns, filled: set[int]) -> None:
    """Each row that was handed in is in the frame, or named by a problem or by the log."""
    named = set(returns.problems["row"].dropna().astype(int)) | set(returns.log["row"].dropna().astype(int))
    assert set(returns.frame["row"].astype(int)) <= filled
    assert filled <= set(returns.frame["row"].astype(int)) | named


@SLOW_IS_FINE
@given(rows=st.lists(row, max_size=6))
def test_any_grid_of_cells(plan: Plan, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([HEADER, *rows])
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(buffer.getvalue().encode("utf-8", "surrogatepass"))
    if returns := outcome(path, plan):
        filled = [line for line, cells in records(buffer.getvalue(), ",") if any(c.strip() for c in cells)]
        nothing_lost(returns, set(filled[1:]))


sound = st.tuples(
    st.sampled_from(["check_rate", "student_cases"]),
    st.sampled_from(["昆山", "园区", "虎丘区", "合计", "小计", "平江区", "沧浪区", "金阊区"]),
    st.sampled_from(["2020", "2021年", "2011"]),
    st.sampled_from(["0", "1", "９", ""]),
    st.sampled_from(["10", "1,000"]),
    st.sampled_from(["", "不含协查", "第一行\n第二行"]),
)


@SLOW_IS_FINE
@given(rows=st.lists(sound, max_size=8))
def test_no_row_of_a_sound_file_is_lost(
    plan: Plan, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    head, base = ["指标", "县级市(区)", "时期", "分子", "分母", "备注"], tmp_path_factory.getbasetemp()
    buffer = io.StringIO()
    csv.writer(buffer).writerows([head, *rows])
    (base / "sound.csv").write_text(buffer.getvalue(), encoding="utf-8", newline="")
    first = outcome(base / "sound.csv", plan)
    book = openpyxl.Workbook()
    for row in (head, *rows):
        book.active.append(row)
    book.save(base / "sound.xlsx")
    second = outcome(base / "sound.xlsx", plan)
    assert (first is None) == (second is None), "the same rows end alike in both forms"
    if first is not None and second is not None:
        nothing_lost(first, {line for line, _ in records(buffer.getvalue(), ",")} - {1})
        nothing_lost(second, set(range(2, len(rows) + 2)))
        columns = ["indicator", "division", "period", "numerator", "denominator", "note"]
        pd.testing.assert_frame_equal(first.frame[columns], second.frame[columns])


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
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(["check_rate", "昆山", 2020, 90, 100, None, "", "", ""])
    book.active.append(["check_rate", "常熟", 2020, "=1+1", 100, None, "", "", ""])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
