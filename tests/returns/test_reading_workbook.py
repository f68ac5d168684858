"""Workbooks: typed cells, formulas, error values, merged cells, and files made to do harm. All are built here."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Limits, Returns, read_returns

HEAD = ["指标", "县级市(区)", "时期", "分子", "分母", "数值"]
GOOD = ["吸毒人员核查率", "昆山市", 2020, 90, 100, None]


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Save rows as a workbook; `change` may touch the sheet before it is saved."""

    def book(*rows: list[Any], change: Callable[[Any], object] | None = None, sheet: str = "2020年") -> Path:
        made = openpyxl.Workbook()
        made.active.title = sheet
        for row in (HEAD, *rows):
            made.active.append(row)
        if change is not None:
            change(made.active)
        path = tmp_path / "returns.xlsx"
        made.save(path)
        return path

    return book


def rewrite(path: Path, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> Path:
    """Change the parts of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: change(name, archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts | (extra or {})).items():
            archive.writestr(name, part)
    return path


def refused(path: Path, plan: Plan, **how: Any) -> pd.DataFrame:
    with pytest.raises(ReturnsError) as error:
        read_returns(path, plan=plan, **how)
    return error.value.frame


def only(frame: pd.DataFrame) -> Any:
    errors = frame[frame["severity"] == "error"]
    assert len(errors) == 1, errors[["code", "en"]].to_string()
    return errors.iloc[0]


def test_typed_cells_are_read_as_typed(book: Callable[..., Path], plan: Plan) -> None:
    returns = read_returns(book(GOOD, ["打击团伙犯罪效能", "昆山市", "2021", None, None, 1.35]), plan=plan)
    assert returns.frame[["sheet", "row"]].to_numpy().tolist() == [["2020年", 2], ["2020年", 3]]
    assert returns.frame["numerator"].tolist()[0] == 90 and returns.frame["value"].tolist()[1] == 1.35
    assert returns.log.empty


def test_a_percent_format_is_a_share(book: Callable[..., Path], plan: Plan) -> None:
    def change(sheet: Any) -> None:
        sheet["F2"].number_format = "0.0%"

    returns = read_returns(book(["吸毒人员核查率", "昆山市", 2020, None, None, 0.905], change=change), plan=plan)
    assert returns.frame["value"].tolist() == [0.905]


def test_problems_name_sheet_row_and_column(book: Callable[..., Path], plan: Plan) -> None:
    problem = only(refused(book(GOOD, ["吸毒人员核查率", "常熟市", 2020, 1032, 1000, None]), plan))
    assert (problem["file"], problem["sheet"], problem["row"], problem["column"]) == (
        "returns.xlsx",
        "2020年",
        3,
        "分子",
    )


def test_an_empty_workbook(tmp_path: Path, plan: Plan) -> None:  # case 8
    path = tmp_path / "empty.xlsx"
    openpyxl.Workbook().save(path)
    problem = only(refused(path, plan))
    assert "workbook is empty" in problem["en"] and "工作簿是空的" in problem["zh"]


def test_a_sheet_of_notes_is_passed_over_and_another_without_header_is_not(
    book: Callable[..., Path], plan: Plan
) -> None:
    def with_sheet(title: str) -> Callable[[Any], None]:
        return lambda sheet: sheet.parent.create_sheet(title).append(["请填写", "谢谢"])

    assert len(read_returns(book(GOOD, change=with_sheet("填报说明")), plan=plan)) == 1
    problem = only(refused(book(GOOD, change=with_sheet("数据")), plan))
    assert (problem["code"], problem["sheet"]) == ("no_header", "数据")


def test_merged_names_are_filled_and_logged_and_blanks_are_not(
    book: Callable[..., Path], plan: Plan
) -> None:  # case 24
    rows = [["吸毒人员核查率", "昆山市" if n == 0 else None, 2020 + n, 90, 100, None] for n in range(3)]
    returns = read_returns(book(*rows, change=lambda sheet: sheet.merge_cells("B2:B4")), plan=plan)
    assert returns.frame["division"].tolist() == ["kunshan"] * 3
    assert returns.log[["cell", "new", "rule"]].to_numpy().tolist() == [
        ["B3", "昆山市", "merged"],
        ["B4", "昆山市", "merged"],
    ]
    frame = refused(book(*rows), plan)
    assert frame[["code", "row"]].to_numpy().tolist() == [["blank_division", 3], ["blank_division", 4]]


def test_a_merged_number_is_not_three_numbers(book: Callable[..., Path], plan: Plan) -> None:
    rows = [["在校学生吸毒", d, 2020, None, None, 1 if d == "昆山市" else None] for d in ("昆山市", "常熟市")]
    problem = only(refused(book(*rows, change=lambda sheet: sheet.merge_cells("F2:F3")), plan))
    assert (problem["code"], problem["row"], problem["column"]) == ("merged_number", 3, "数值")


def test_a_formula_never_calculated_is_not_missing(book: Callable[..., Path], plan: Plan) -> None:  # case 30
    problem = only(refused(book([*GOOD[:5], "=D2/E2"]), plan))
    assert (problem["code"], problem["row"], problem["column"]) == ("formula_uncached", 2, "数值")
    assert "recalculate" in problem["advice_en"] and "重新计算" in problem["advice_zh"]


def test_a_formula_with_a_stored_number_is_read_and_logged(book: Callable[..., Path], plan: Plan) -> None:  # case 54
    def store(name: str, part: bytes) -> bytes:
        return re.sub(rb"<f>D2/E2</f><v ?/?>(</v>)?", b"<f>D2/E2</f><v>0.9</v>", part)

    returns = read_returns(rewrite(book([*GOOD[:5], "=D2/E2"]), store), plan=plan)
    assert returns.frame["value"].tolist() == [0.9]
    assert returns.log[["cell", "rule"]].to_numpy().tolist() == [["F2", "formula"]]


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("http://a.b","x")',
        '=WEBSERVICE("http://a.b")',
        "=cmd|'/c calc'!A1",
        "=[2]Sheet1!A1",
        "='C:\\x\\[other.xlsx]Sheet1'!A1",
    ],
)
def test_formulas_that_reach_outside_are_refused_even_with_a_stored_number(  # case 54
    book: Callable[..., Path], plan: Plan, formula: str
) -> None:
    def store(name: str, part: bytes) -> bytes:
        return re.sub(rb"(</f>)<v ?/?>(</v>)?", rb"\1<v>0.9</v>", part)

    problem = only(refused(rewrite(book([*GOOD[:5], formula]), store), plan))
    assert problem["code"] == "formula_outside" and "outside" in problem["en"] and "以外" in problem["zh"]


@pytest.mark.parametrize("text", ["#DIV/0!", "#REF!", "#N/A"])  # case 31
def test_error_values_are_not_missing(book: Callable[..., Path], plan: Plan, text: str) -> None:
    problem = only(refused(book([*GOOD[:5], text]), plan))
    assert problem["code"] == "error" and text in problem["en"] and problem["row"] == 2


def test_a_cell_that_holds_a_date(book: Callable[..., Path], plan: Plan) -> None:  # case 21
    problem = only(refused(book(["在校学生吸毒", "昆山市", 2020, None, None, dt.date(2021, 3, 5)]), plan))
    assert problem["code"] == "date" and "2021-03-05" in problem["en"] and "日期" in problem["zh"]


def test_a_logical_value_is_not_a_number(book: Callable[..., Path], plan: Plan) -> None:
    assert only(refused(book(["在校学生吸毒", "昆山市", 2020, None, None, True]), plan))["code"] == "boolean"


def test_an_archive_that_unpacks_to_a_thousand_times_its_size(book: Callable[..., Path], plan: Plan) -> None:  # case 56
    path = rewrite(book(GOOD), lambda name, part: part, {"xl/media/zeros.bin": bytes(50_000_000)})
    assert path.stat().st_size < 100_000
    problem = only(refused(path, plan))
    assert problem["code"] == "archive_bomb" and "times their size" in problem["en"] and "拒绝读取" in problem["zh"]


@pytest.mark.parametrize("limits", [Limits(entries=3), Limits(unpacked_bytes=500), Limits(sheet_cells=5)])
def test_limits_of_a_workbook(book: Callable[..., Path], plan: Plan, limits: Limits) -> None:
    assert only(refused(book(GOOD), plan, limits=limits))["code"] in ("archive_bomb", "too_large")


def test_a_cell_in_the_far_corner_costs_no_memory(book: Callable[..., Path], plan: Plan) -> None:
    path = book(GOOD, change=lambda sheet: sheet.cell(1_048_576, 16_384, "x"))
    assert only(refused(path, plan))["code"] == "too_large"


@pytest.mark.parametrize("declaration", [b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<!doctype x>"])  # case 57
def test_document_types_and_entities_are_refused(book: Callable[..., Path], plan: Plan, declaration: bytes) -> None:
    def declare(name: str, part: bytes) -> bytes:
        return declaration + part if name == "xl/workbook.xml" else part

    problem = only(refused(rewrite(book(GOOD), declare), plan))
    assert problem["code"] == "refused" and "document type" in problem["en"]


@pytest.mark.parametrize("part", ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/embeddings/o.bin"])
def test_macros_links_and_embedded_objects_are_refused(book: Callable[..., Path], plan: Plan, part: str) -> None:
    problem = only(refused(rewrite(book(GOOD), lambda name, data: data, {part: b"x"}), plan))
    assert problem["code"] == "refused"


def test_a_zip_that_is_no_workbook_and_a_truncated_one(book: Callable[..., Path], plan: Plan, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert only(refused(other, plan))["code"] == "not_a_table"
    path = book(GOOD)
    for cut in (100, 2000, path.stat().st_size - 30):
        short = tmp_path / f"short{cut}.xlsx"
        short.write_bytes(path.read_bytes()[:cut])
        assert only(refused(short, plan))["code"] == "damaged"


def test_broken_parts_end_in_a_message(book: Callable[..., Path], plan: Plan) -> None:
    def cut(name: str, part: bytes) -> bytes:
        return part[: len(part) // 2] if name.startswith("xl/worksheets/") else part

    assert only(refused(rewrite(book(GOOD), cut), plan))["code"] in ("damaged", "no_rows", "empty", "no_header")


def test_a_workbook_and_its_text_twin_give_the_same_frame(book: Callable[..., Path], plan: Plan, write: Any) -> None:
    rows = [GOOD, ["在校学生吸毒", "常熟", "2021年", None, None, 0], ["污水负荷", "园区", "2020Q1", None, None, 1.25]]
    text = "\n".join(",".join("" if c is None else str(c) for c in row) for row in (HEAD, *rows))
    first, second = read_returns(book(*rows), plan=plan), read_returns(write(text), plan=plan)
    columns = [c for c in first.frame if c not in ("file", "sheet", "row")]
    pd.testing.assert_frame_equal(first.frame[columns], second.frame[columns])
    assert first.made.fingerprint == second.made.fingerprint


def test_many_files_make_one_return(book: Callable[..., Path], plan: Plan, write: Any) -> None:
    other = write("指标,地区,年份,数值\n在校学生吸毒,昆山市,2020,0\n")
    returns = read_returns([book(GOOD), other], plan=plan)
    assert isinstance(returns, Returns) and set(returns.frame["file"]) == {"returns.xlsx", "returns.csv"}


def test_the_reader_sees_only_what_was_checked(book: Callable[..., Path], plan: Plan) -> None:
    """A second part of the same name is one that a scan and a reader might take differently."""
    path = book(GOOD)
    buffer = io.BytesIO(path.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    path.write_bytes(buffer.getvalue())
    assert only(refused(path, plan))["code"] == "damaged"
