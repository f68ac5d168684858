"""Cases 1-8 of the list of bad inputs: encodings and the form of a file."""

from __future__ import annotations

import pytest
from bad_returns import SOUND, Desk, at, only, same, sound_row_kept

HEAD = "区县,年份,年度查获复吸率\n"
TABLE = HEAD + "昆山市,2020,5.5%\n常熟市,2020,6.5%\n"
LONG = "指标,县级市(区),时期,分子,分母\n吸毒人员核查率,常熟市,2020,90,100\n"


def relapse(returns) -> dict[str, float]:
    return returns.frame.set_index("division")["value"].to_dict()


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_case_01_gbk_is_read_as_gb18030_and_logged(desk: Desk, encoding: str) -> None:
    data = TABLE.encode(encoding)
    with pytest.raises(UnicodeDecodeError) as error:
        data.decode("utf-8")
    assert error.value.start == 0
    returns = desk.read(desk.bytes(data))
    entries = returns.log[returns.log["rule"] == "encoding"]
    assert entries[["file", "old", "new"]].to_numpy().tolist() == [["returns.csv", "gb18030", "utf-8"]]
    twin = desk.read(desk.bytes(TABLE.encode()))
    same(returns, twin)
    assert relapse(returns) == {"kunshan": 0.055, "changshu": 0.065}
    assert returns.problems["code"].tolist() == twin.problems["code"].tolist()
    assert "encoding" not in set(twin.log["rule"])


def test_case_02_utf8_is_tried_before_gb18030_which_would_take_it_too(desk: Desk) -> None:
    data = (TABLE + "\n" * (len(TABLE.encode()) % 2)).encode()
    assert "区县".encode().decode("gb18030") == "鍖哄幙", "no error: only the order of trying decides"
    returns = desk.read(desk.bytes(data))
    assert relapse(returns) == {"kunshan": 0.055, "changshu": 0.065}
    assert "encoding" not in set(returns.log["rule"])


def test_case_03_a_byte_order_mark_is_no_part_of_the_first_header(desk: Desk) -> None:
    marked = desk.read(desk.bytes(TABLE.encode("utf-8-sig")))
    same(marked, desk.read(desk.bytes(TABLE.encode())))
    path = desk.bytes((HEAD + "昆山市,2020,5.5%\n火星,2020,6.5%\n").encode("utf-8-sig"))
    problem = at(only(desk.refused(path)), path, "unknown_division", 3, "区县")
    assert problem["value"] == "火星"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le-mark", "utf-16-be-mark"])
def test_case_04_utf16_with_its_mark_is_read_and_logged(desk: Desk, encoding: str) -> None:
    name, _, mark = encoding.partition("-mark")
    data = TABLE.encode(encoding) if encoding == "utf-16" else ("\ufeff" + TABLE).encode(encoding.removesuffix("-mark"))
    returns = desk.read(desk.bytes(data))
    assert returns.log[returns.log["rule"] == "encoding"][["file", "old"]].to_numpy().tolist() == [
        ["returns.csv", "utf-16"]
    ]
    same(returns, desk.read(desk.bytes(TABLE.encode())))
    assert name.startswith("utf-16") and not mark


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_case_04_utf16_without_its_mark_is_rejected(desk: Desk, encoding: str) -> None:
    path = desk.bytes(TABLE.encode(encoding))
    problem = at(only(desk.refused(path)), path, "encoding", None, None)
    assert "encoding is not recognised" in problem["en"] and "无法识别文件编码" in problem["zh"]
    assert "Save the file as UTF-8" in problem["advice_en"] and "另存为 UTF-8" in problem["advice_zh"]


def test_case_05_bytes_of_latin1_are_rejected_with_the_offset(desk: Desk) -> None:
    good = LONG.encode("gb18030")
    data = good + "é\n".encode("latin-1")  # a lead byte without the second: neither UTF-8 nor GB18030
    with pytest.raises(UnicodeDecodeError) as error:
        data.decode("gb18030")
    path = desk.bytes(data)
    problem = at(only(desk.refused(path)), path, "encoding", None, None)
    for words in (problem["en"], problem["zh"]):
        assert "UTF-8, GB18030" in words and str(error.value.start) in words
    assert error.value.start == len(good), "the offset names the first bad byte"
    assert "ÇøÏØ" not in problem["en"]
    sound_row_kept(desk.read(desk.bytes(good)))


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n", "mixed"])
def test_case_07_line_ends_and_a_break_inside_quotes(desk: Desk, end: str) -> None:
    rows = [
        "指标,县级市(区),时期,分子,分母,备注",
        ",".join((*SOUND[:5], '"第一行\n第二行"')),
        "吸毒人员核查率,昆山市,2020,80,100,",
        "吸毒人员核查率,太仓市,2020,70,100,",
    ]
    ends = ["\r", "\r\n", "\n", "\r"] if end == "mixed" else [end] * 4
    text = "".join(r + e for r, e in zip(rows, ends, strict=True))
    returns = desk.read(desk.bytes(text.encode()))
    same(returns, desk.read(desk.bytes(("\n".join(rows) + "\n").encode())))
    sound_row_kept(returns)
    assert returns.frame.set_index("division")["note"].to_dict() == {
        "changshu": "第一行\n第二行",
        "kunshan": "",
        "taicang": "",
    }
    assert len(returns) == 3 and returns.log.empty and returns.problems.empty


@pytest.mark.parametrize("data", [b"", b"\n\n  \r\n", b"\xef\xbb\xbf", b",,,\n,,,\n", b" \t \n"])
def test_case_08_a_file_of_nothing_is_said_to_be_empty(desk: Desk, data: bytes) -> None:
    path = desk.bytes(data)
    problem = at(only(desk.refused(path)), path, "empty", None, None)
    assert "the file is empty" in problem["en"] and "文件是空的" in problem["zh"]
    assert "template" in problem["advice_en"] and "模板" in problem["advice_zh"]


def test_case_08_a_workbook_of_nothing_is_said_to_be_empty(desk: Desk) -> None:
    path = desk.book([], head=())
    problem = only(desk.refused(path))
    assert (problem["code"], problem["file"]) == ("empty", "returns.xlsx")
    assert "the workbook is empty" in problem["en"] and "工作簿是空的" in problem["zh"]
