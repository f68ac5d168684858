"""Cases 54-65 of the list of bad inputs: files made to do harm, and marks of persons."""

from __future__ import annotations

import bz2
import io
import lzma
import pickle
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from bad_returns import COLUMNS, SHEET, SOUND, Desk, at, only, rejected, row, same, sound_row_kept

import suzhou_antidrug as sa
from suzhou_antidrug.errors import OutputError, PlanError
from suzhou_antidrug.report.escaping import safe_frame
from suzhou_antidrug.report.workbook.pages import sheet_name
from suzhou_antidrug.returns.output import file_in, write_file

WHOLE = "吸毒人员核查率,昆山市,2020,90,100,"
VALUE = ["吸毒人员核查率", "昆山市", "2020", "", "", "", "", "", ""]


def with_formula(desk: Desk, formula: str, value: object = 0.9) -> Path:
    def change(book, sheet) -> None:
        sheet.write_formula("F3", formula, None, value)

    return desk.book([SOUND, VALUE], change=change)


def repack(path: Path, change: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | change
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return path


@pytest.mark.parametrize(
    "formula",
    ['=HYPERLINK("http://a.b","x")', '=WEBSERVICE("http://a.b")', "=cmd|'/c calc'!A0", "=[2]Sheet1!A1", "='C:\\x\\[b.xlsx]S'!A1"],
)  # fmt: skip
def test_case_54_a_formula_that_reaches_outside_is_rejected(desk: Desk, formula: str) -> None:
    path = with_formula(desk, formula)
    problem = at(only(desk.refused(path)), path, "formula_outside", 3, "数值")
    assert "reaches outside the workbook" in problem["en"] and "工作簿以外" in problem["zh"]
    assert "Replace it by its value" in problem["advice_en"] and "改为数值" in problem["advice_zh"]


def test_case_54_a_plain_formula_is_read_by_its_stored_number_and_logged(desk: Desk) -> None:
    returns = desk.read(with_formula(desk, "=9/10"))
    assert returns.log[["file", "sheet", "column", "cell", "new", "rule"]].to_numpy().tolist() == [
        ["returns.xlsx", SHEET, "数值", "F3", "0.9", "formula"]
    ]
    same(returns, desk.read(desk.book([SOUND, [*VALUE[:5], 0.9, *VALUE[6:]]])))
    sound_row_kept(returns)
    wrong = desk.read(with_formula(desk, "=1+1", 0.5))
    assert wrong.frame["value"].dropna().tolist() == [0.5], "never evaluated"


RISKY = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", " =1", "第一行\n=1", "\r=1"]


@pytest.mark.parametrize("text", RISKY)
def test_case_55_a_name_that_looks_like_a_formula_is_unknown(desk: Desk, text: str) -> None:
    rows = [SOUND, [VALUE[0], text, *WHOLE.split(",")[2:], "", "", ""]]
    for path in desk.both(rows):
        problem = at(only(desk.refused(path)), path, "unknown_division", 3, "县级市(区)")
        assert problem["advice_en"] and problem["advice_zh"]


@pytest.mark.parametrize("text", RISKY)
def test_case_55_a_note_that_looks_like_a_formula_is_text_and_leaves_neutralised(desk: Desk, text: str) -> None:
    for path in desk.both([SOUND, [*row(WHOLE)[:8], text]]):
        returns = desk.read(path)
        sound_row_kept(returns)
        note = returns.frame.set_index("division").loc["kunshan", "note"]
        assert note == text.strip()
        buffer = io.StringIO()
        safe_frame(returns.frame).to_csv(buffer, index=False)
        cells = pd.read_csv(io.StringIO(buffer.getvalue()), dtype=str, keep_default_na=False)["note"]
        for line in "\n".join(cells).splitlines():
            assert not line.lstrip().startswith(("=", "+", "-", "@"))
        twin = desk.read(desk.text([SOUND, row(WHOLE)]))
        assert returns.frame["numerator"].tolist() == twin.frame["numerator"].tolist(), "the note changes no figure"


def test_case_56_an_archive_that_unpacks_to_a_thousand_times_its_size(desk: Desk) -> None:
    path = repack(desk.book([SOUND]), {"xl/media/zeros.bin": bytes(50_000_000)})
    assert path.stat().st_size < 100_000
    start = time.perf_counter()
    problem = only(desk.refused(path))
    assert (problem["code"], problem["file"]) == ("archive_bomb", "returns.xlsx") and time.perf_counter() - start < 2
    assert "times their size" in problem["en"] and "解压后" in problem["zh"]
    assert "new workbook" in problem["advice_en"] and "新工作簿" in problem["advice_zh"]
    sound_row_kept(desk.read(desk.book([SOUND])))


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "docProps/core.xml"])
def test_case_57_a_workbook_part_that_declares_entities(desk: Desk, part: str) -> None:
    path = repack(desk.book([SOUND]), {part: DOCTYPE})
    problem = only(desk.refused(path))
    assert (problem["code"], problem["file"]) == ("refused", "returns.xlsx")
    assert "document type or entities" in problem["en"] and "文档类型或实体" in problem["zh"]
    assert ".xlsx" in problem["advice_en"] and ".xlsx" in problem["advice_zh"]


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "docProps/core.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_case_57_a_word_template_that_declares_entities(tmp_path: Path, part: str, encoding: str) -> None:
    pytest.importorskip("docx")
    from suzhou_antidrug.report.layout import Document
    from suzhou_antidrug.terms import Text

    template = sa.write_word_template(tmp_path / "t.docx")
    repack(template, {part: DOCTYPE.decode().encode(encoding)})
    with pytest.raises(OutputError) as error:
        sa.write_word(
            Document(Text("评估", "Evaluation"), Text("例", "one"), ()), tmp_path / "r.docx", template=template
        )
    problem = error.value.problems[0]
    assert problem.code == "template" and problem.file == "t.docx" and "entities" in problem.en and "实体" in problem.zh
    assert problem.advice_en and problem.advice_zh and not (tmp_path / "r.docx").exists()


PLANS = Path(__file__).parents[1] / "broken" / "plan"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("first_year: 2023", "first_year: !!python/object/apply:os.getcwd []", "tag", True),
        ("first_year: 2023", "first_year: 2023\nfirst_year: 2024", "duplicate_key", False),
        ("first_year: 2023", "first_year: 012", "unclear_value", True),
        ("first_year: 2023", "first_year: 1:30", "", True),
        ("first_year: 2023", "first_year: no", "", True),
        ("first_year: 2023", "first_year: &a 2023", "alias", True),
    ],
)
def test_case_58_yaml_that_means_more_than_it_shows(tmp_path: Path, old: str, new: str, code: str, line: bool) -> None:
    text = (PLANS / "valid.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "plan.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PlanError) as error:
        sa.load_plan(path)
    problem = error.value.problems[0]
    number = text[: text.index(old)].count("\n") + 1
    assert problem.file == "plan.yaml" and problem.row == number + (not line)
    assert problem.code == code if code else problem.code in ("wrong_type", "unclear_value")
    assert problem.en and problem.zh
    path.write_text(text, encoding="utf-8")
    assert sa.load_plan(path).first_year == 2023


def test_case_58_aliases_that_grow_exponentially_are_refused_at_once(tmp_path: Path) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    path = tmp_path / "plan.yaml"
    path.write_text("a0: &a0 [x]\n" + levels, encoding="utf-8")
    start = time.perf_counter()
    with pytest.raises(PlanError) as error:
        sa.load_plan(path)
    assert error.value.problems[0].code == "alias" and error.value.problems[0].row == 1
    assert time.perf_counter() - start < 5


NAMES = ["../../x", "/abs", "C:\\x", "CON", "con.csv", "a/b", "..", "", "x.", " x", "a\x00b", "LPT1.xlsx", "x:y"]


@pytest.mark.parametrize("name", NAMES)
def test_case_59_an_output_name_that_leads_elsewhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "chosen"
    folder.mkdir()
    with pytest.raises(OutputError) as error:
        file_in(folder, name)
    problem = error.value.problems[0]
    assert problem.code == "output_name" and "chosen folder" in problem.en and "所选文件夹" in problem.zh
    assert "without folders" in problem.advice_en and "不含路径" in problem.advice_zh
    assert file_in(folder, "名次.csv") == folder / "名次.csv"


@pytest.mark.parametrize("name", ["CON", "C:\\x", "nul.xlsx"])
def test_case_59_a_file_under_such_a_name_is_not_written(tmp_path: Path, plan, name: str) -> None:
    with pytest.raises(OutputError, match="nothing was written"):
        write_file(tmp_path / name, b"x")
    with pytest.raises(OutputError, match="未写入"):
        sa.write_template(plan, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../../x", "/abs", "C:\\x", "CON"])
def test_case_59_a_target_of_such_a_name_writes_nothing_outside_the_folder(tmp_path: Path, name: str) -> None:
    law = sa.load_plan("suzhou-2020")
    targets = [t.model_copy(update={"id": f"../../{name}" if t.id == "relapse" else t.id}) for t in law.targets]
    bad = law.model_copy(update={"targets": tuple(targets)})
    result = sa.evaluate(sa.load_synthetic_returns(law), bad, origin=2021, draws=200, rules=None)
    with pytest.raises(OutputError) as error:
        result.write(tmp_path / "deep" / "er" / "out")
    assert error.value.problems[0].code == "output_name"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    with pytest.raises(OutputError) as error:
        sa.evaluate(sa.load_synthetic_returns(law), law, origin=2021, draws=200, out=tmp_path / "CON")
    assert error.value.problems[0].code == "output_name"


@pytest.mark.parametrize("name", ["../../x", "/abs", "C:\\x", "[a]*?", "history", "'x'", "\x07坏\x0b", "长" * 60])
def test_case_59_a_sheet_name_is_made_safe_and_logged(tmp_path: Path, plan, name: str) -> None:
    category = plan.categories[0].model_copy(update={"name": sa.terms.Text(name, "x")})
    path = sa.write_template(plan.model_copy(update={"categories": (category,)}), tmp_path / "template.xlsx")
    book = openpyxl.load_workbook(path)
    made = book.sheetnames[1]
    assert made != name and len(made) <= 31 and not set(made) & set("[]:*?/\\\x07\x0b") and made.strip("'") == made
    notes = {r[1].value: r[2].value for r in book["说明"].iter_rows() if r[1].value}
    assert f"写作“{made}”" in notes["表名改写"]
    assert sheet_name(name) == made
    assert len(sa.read_returns(path, plan=plan)) > 0, "it is read again"


class Armed:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.write_text, (self.path, "boom")


def pickles(mark: Path) -> dict[str, bytes]:
    object_array, whole = io.BytesIO(), pickle.dumps(Armed(mark))
    np.save(object_array, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return {
        **{f"protocol {p}": pickle.dumps(Armed(mark), protocol=p) for p in range(6)},
        "list of protocol 0": pickle.dumps([1, 2], protocol=0), "dict of protocol 1": pickle.dumps({"a": 1}, protocol=1),
        "npy": object_array.getvalue(), "joblib zlib": zlib.compress(whole), "joblib bz2": bz2.compress(whole),
        "joblib xz": lzma.compress(whole),
    }  # fmt: skip


@pytest.mark.parametrize("name", list(pickles(Path("x"))))
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_case_60_a_pickle_by_another_name(desk: Desk, name: str, ending: str) -> None:
    mark = desk.folder / "boom"
    path = desk.bytes(pickles(mark)[name], f"returns.{ending}")
    problem = only(desk.refused(path))
    assert (problem["code"], problem["file"]) == ("not_a_table", path.name)
    assert "not a CSV or .xlsx file" in problem["en"] and "不是 CSV 或 .xlsx" in problem["zh"]
    assert "Save the table" in problem["advice_en"] and "另存为" in problem["advice_zh"]
    assert not mark.exists(), "nothing is unpickled"


def test_case_60_a_workbook_by_the_name_of_a_text_file_is_read(desk: Desk) -> None:
    sound_row_kept(desk.read(desk.bytes(desk.book([SOUND]).read_bytes(), "returns.csv")))
    sound_row_kept(desk.read(desk.bytes(desk.text([SOUND]).read_bytes(), "returns.xlsx")))


@pytest.mark.parametrize("unit", ["9", " ", ",", "9,", " 9", "九", "-"])
@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_case_61_a_hundred_thousand_characters(desk: Desk, unit: str, column: int) -> None:
    cells = row(WHOLE)
    for length in (30_000, 100_000):  # below and above what one cell may hold
        cells[column] = (unit * length)[:length]
        path = desk.text([SOUND, cells])
        best = float("inf")
        for _ in range(2):  # another program may hold the processor once
            start = time.perf_counter()
            try:
                sound_row_kept(desk.read(path))
            except sa.ReturnsError as error:
                assert error.frame["file"].eq("returns.csv").all() and error.frame["en"].str.len().max() < 1_000
            best = min(best, time.perf_counter() - start)
            if best < 1:
                break
        assert best < 1


@pytest.mark.parametrize("name", ["昆\u000b山市", "昆山市\u0007", "\u0007"])
def test_case_62_control_characters_in_a_name(desk: Desk, name: str) -> None:
    path = desk.text([SOUND, [VALUE[0], name, *WHOLE.split(",")[2:], "", "", ""]])
    problem = at(only(desk.refused(path)), path, "unknown_division", 3, "县级市(区)")
    assert "control characters" in problem["en"] and "控制字符" in problem["zh"]
    assert "\u000b" not in str(problem.to_dict()) and "\u0007" not in str(problem.to_dict()), "shown escaped"
    sound_row_kept(desk.read(desk.text([SOUND, row(WHOLE)])))


def test_case_62_our_own_export_takes_control_characters(tmp_path: Path) -> None:
    table = pd.DataFrame({"坏\u0007名": ["坏\u000b字\u0007符", "好"]})
    with pytest.raises(Exception, match="cannot be used in worksheets"):
        table.to_excel(tmp_path / "plain.xlsx", index=False, engine="openpyxl")
    safe_frame(table).to_excel(tmp_path / "out.xlsx", index=False, engine="openpyxl")
    assert pd.read_excel(tmp_path / "out.xlsx")["坏名"].tolist() == ["坏字符", "好"]


@pytest.mark.parametrize("tag", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"])
def test_case_63_a_label_with_a_tag_is_text_wherever_it_is_shown(desk: Desk, tag: str) -> None:
    for path in desk.both([SOUND, [*row(WHOLE)[:7], tag, tag]]):
        returns = desk.read(path)
        shown = returns._repr_html_()
        assert tag.split()[0] not in shown and "&lt;" in shown
        assert returns.frame["note"].tolist().count(tag) == 1, "the text itself is kept"
        sound_row_kept(returns)


def test_case_63_a_name_with_a_tag_on_the_page_and_in_its_figures(tmp_path: Path) -> None:
    from dataclasses import replace

    law, tag = sa.load_plan("suzhou-2020"), "<script>alert(1)</script><img src=x onerror=alert(2)>"
    places = law.geography.divisions
    bad = replace(law.geography, divisions=(replace(places[0], name=sa.terms.Text(tag, tag)), *places[1:]))
    hostile = law.model_copy(update={"geography": bad})
    page = sa.evaluate(sa.load_synthetic_returns(law), hostile, origin=2021, draws=200, out=tmp_path / "out")
    del page
    figures = list((tmp_path / "out" / "figures").glob("*.svg"))
    texts = [p.read_text(encoding="utf-8") for p in (tmp_path / "out" / "index.html", *figures)]
    assert len(texts) > 5 and "&lt;script&gt;alert(1)" in texts[0]
    for text in texts:
        assert "<script>alert" not in text and "<img src=x" not in text


def test_case_64_existing_files_and_links_are_not_written_through(tmp_path: Path, plan) -> None:
    path, other, link = tmp_path / "t.xlsx", tmp_path / "other.xlsx", tmp_path / "link.xlsx"
    other.write_bytes(b"precious")
    link.symlink_to(other)
    for overwrite in (False, True):
        with pytest.raises(OutputError) as error:
            sa.write_template(plan, link, overwrite=overwrite)
        problem = error.value.problems[0]
        assert (
            "symbolic link" in problem.en
            and "符号链接" in problem.zh
            and problem.file == "link.xlsx"
            and problem.advice_zh
        )
    sa.write_template(plan, path)
    with pytest.raises(OutputError) as error:
        sa.write_template(plan, path)
    assert "exists already" in error.value.problems[0].en and "overwrite" in error.value.problems[0].advice_zh
    sa.write_template(plan, path, overwrite=True)
    assert other.read_bytes() == b"precious" and sorted(p.name for p in tmp_path.iterdir()) == [
        "link.xlsx",
        "other.xlsx",
        "t.xlsx",
    ]
    out = tmp_path / "out"
    out.symlink_to(tmp_path)
    with pytest.raises(OutputError):
        sa.evaluate(sa.load_synthetic_returns(), origin=2021, draws=200, out=out, overwrite=True)


def identity(seventeen: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return seventeen + "10X98765432"[sum(w * int(d) for w, d in zip(weights, seventeen, strict=True)) % 11]


INVENTED = [identity(f"3000001888023{n:04}") for n in range(3)]  # an area and a date that never were


@pytest.mark.parametrize(
    ("head", "values", "said"),
    [
        ("备注", INVENTED, "3"), ("联系方式", [f"1{d}000000000" for d in "389"], "3"),
        ("姓名", ["张三", "李四", "王五"], "姓名"), ("备注", ["", INVENTED[0], ""], "1"),
    ],
)  # fmt: skip
def test_case_65_marks_of_persons_refuse_the_whole_file(desk: Desk, head: str, values: list[str], said: str) -> None:
    rows = [
        [*SOUND[:8], values[0]],
        *([*row(WHOLE)[:1], d, *row(WHOLE)[2:8], v] for d, v in zip(("火星", "太仓市"), values[1:], strict=True)),
    ]
    for path in desk.both(rows, head=(*COLUMNS[:8], head)):
        frame = desk.refused(path)
        problem = at(only(frame), path, "personal_data", None, "I")
        assert len(frame) == 1, "nothing else of the file is told"
        assert said in problem["en"] and said in problem["zh"] and "nothing was read" in problem["en"]
        assert "totals only" in problem["advice_en"] and "汇总数" in problem["advice_zh"]
        assert not any(v in frame.to_csv() for v in values if v)
    rejected(
        desk, WHOLE.replace("昆山市", "火星"), "unknown_division", "县级市(区)", "not a known", "没有名为", cured=WHOLE
    )
