"""Marks of persons refuse the whole file, and no message shows one. The numbers are invented."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from suzhou_antidrug.disclosure import has_personal_mark, looks_like_identity_number
from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import read_returns
from suzhou_antidrug.returns.schema import Returns

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# An area code that was never given and a date that never was: no person can bear it.
INVENTED = "99000018880230001"
HEAD = "指标,地区,年份,数值,备注\n"


def with_check_character(seventeen: str) -> str:
    return seventeen + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, seventeen, strict=True)) % 11]


def test_the_check_character_decides_where_the_date_does_not() -> None:
    number = with_check_character(INVENTED)
    assert looks_like_identity_number(number)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert not looks_like_identity_number(wrong)
    assert looks_like_identity_number("110101199001010000")  # a plausible date of birth, last digits lost


@pytest.mark.parametrize(
    "text", ["13800000000", "电话:138-0000-0000。", "+86 138 0000 0000", "\uff11\uff13\uff18" + "\uff10" * 8]
)
def test_mobile_numbers_are_seen(text: str) -> None:
    assert has_personal_mark(text)


@pytest.mark.parametrize("text", ["12345678901", "138000000001", "0.13800000000", "共1380人", "2020-01-01 138000", ""])
def test_other_numbers_are_not(text: str) -> None:
    assert not has_personal_mark(text)


@pytest.mark.parametrize("mark", ["13800000000", with_check_character("11010119900101000"), "110101199001010000"])
def test_the_whole_file_is_refused_and_no_value_is_shown(refused: Callable[..., pd.DataFrame], mark: str) -> None:  # 65
    frame = refused(HEAD + f"在校学生吸毒,火星,2020,0,\n在校学生吸毒,昆山,2020,0,联系 {mark}\n")
    assert frame[["code", "column"]].to_numpy().tolist() == [["personal_data", "E"]], "nothing else of the file is told"
    assert "1 cells" in frame["en"][0] and "1 个单元格" in frame["zh"][0]
    assert mark not in frame.to_csv() and mark[:6] not in frame.to_csv()


@pytest.mark.parametrize("header", ["姓名", "身份证号", "手机号码", "姓 名", "Name"])
def test_a_column_for_persons_is_refused_even_when_empty(refused: Callable[..., pd.DataFrame], header: str) -> None:
    frame = refused(f"指标,地区,年份,数值,{header}\n在校学生吸毒,昆山,2020,0,张三\n")
    assert frame["code"].tolist() == ["personal_data"]
    assert "张三" not in frame.to_csv()


def test_an_identity_number_stored_as_a_number(plan: Plan, tmp_path: Path) -> None:  # case 22
    book = openpyxl.Workbook()
    book.active.append(["指标", "地区", "年份", "数值"])
    book.active.append(["在校学生吸毒", "昆山", 2020, 110101199001010016])
    path = tmp_path / "numbers.xlsx"
    book.save(path)
    with pytest.raises(ReturnsError) as error:
        read_returns(path, plan=plan)
    assert error.value.frame["code"].tolist() == ["personal_data"]
    assert "1990" not in str(error.value)


def test_the_exception_keeps_no_chain_with_file_content(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes("指标".encode() + b"\xff\xff13800000000")
    with pytest.raises(ReturnsError) as error:
        read_returns(path, plan=plan)
    link: BaseException | None = error.value
    while link is not None:
        assert not isinstance(link, UnicodeDecodeError), "it carries the bytes of the file"
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    assert "13800000000" not in str(error.value)


@pytest.mark.parametrize("column", ["备注", "姓名"])
def test_a_frame_is_searched_as_a_file_is(plan: Plan, column: str) -> None:
    """A researcher's frame is a door too."""
    row = {"指标": "user_incidents", "地区": "昆山市", "年份": 2021, "数值": 0, column: "13800000000"}
    with pytest.raises(ReturnsError) as caught:
        Returns.from_frame(pd.DataFrame([row]), plan=plan)
    assert [p.code for p in caught.value.problems] == ["personal_data"] and "138" not in str(caught.value)
