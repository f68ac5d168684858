"""The command as a user types it: output, exit codes, no traceback, nothing half written."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from click.testing import CliRunner

import suzhou_antidrug as sa
from suzhou_antidrug.cli import main


def run(*args):
    return CliRunner().invoke(main, [str(a) for a in args], catch_exceptions=False)


def test_plan_show_in_both_languages():
    zh, en = (
        run("plan", "show", "--task", "8"),
        run("plan", "show", "--task", "8", "--language", "en", "--year", "2020"),
    )
    assert zh.exit_code == en.exit_code == 0
    assert "病残吸毒人员收治率" in zh.output and "≥90%" in zh.output
    assert "90%" in en.output and "95%" not in en.output


def test_lists():
    assert run("plan", "list").output.split() == list(sa.list_plans())
    listed = run("datasets", "list").output
    assert all(name in listed for name in sa.list_datasets()["name"])
    assert run("datasets", "describe", sa.list_datasets()["name"].iloc[0]).exit_code == 0


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "evaluation"
    return run("evaluate", "--out", out), out


def test_evaluate_prints_the_verdicts_and_where_the_report_lies(evaluated):
    result, out = evaluated
    assert result.exit_code == 0
    *_, page, word, book = result.output.rstrip().splitlines()
    assert page.endswith(str(out / "index.html")) and word.endswith(str(out / "report.docx"))
    assert book.endswith(str(out / "scores.xlsx"))
    assert "不可评——公开数据不能判定" in result.output
    assert result.output.count("明显下降：不可评") == 4
    assert "合成数据" in result.output
    assert (out / "index.html").is_file()


def test_evaluate_does_not_overwrite_unasked(evaluated):
    _, out = evaluated
    again = run("evaluate", "--out", out)
    assert again.exit_code == 2
    assert "--overwrite" in again.output


HEADER = "指标,县级市(区),时期,分子,分母\n"
GOOD = "病残吸毒人员收治率,昆山市,2020,90,100\n"


@pytest.mark.parametrize(
    ("rows", "place", "words"),
    [
        ("病残吸毒人员收治率,昆山城,2020,90,100\n", "row 3", ["昆山市", "县级市(区)"]),
        ("病残吸毒人员收治率,昆山市,2035,90,100\n", "row 3", ["2035"]),
        ("病残吸毒人员收治率,太仓市,2020,-5,100\n", "row 3", ["-5", "负"]),
        ("病残吸毒人员收治率,太仓市,2020,很多,100\n", "row 3", ["很多"]),
        ("病残吸毒人员收治率,昆山市,2020,80,100\n", "row 3", ["昆山市", "row 2"]),
        ("病残吸毒人员收治率,太仓市,2020,103,100\n", "row 3", ["103"]),
        ("病残人员收治,太仓市,2020,90,100\n", "row 3", ["病残吸毒人员收治率"]),
    ],
)
def test_bad_returns_name_the_cell_and_exit_with_two(tmp_path, rows, place, words):
    file = tmp_path / "报表.csv"
    file.write_text(HEADER + GOOD + rows, encoding="utf-8")
    result = run("evaluate", file, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "报表.csv" in result.output and place in result.output
    for word in words:
        assert word in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["evaluate", "没有的文件.xlsx"], ["没有的文件.xlsx"]),
        (["evaluate", "--plan", "suzhou-2002"], ["suzhou-2020"]),
        (["plan", "show", "--plan", "suzou"], ["suzhou-2020"]),
        (["plan", "show", "--year", "2030"], ["2030"]),
        (["plan", "show", "--task", "27"], ["27"]),
        (["evaluate", "--origin", "2030"], ["2030"]),
        (["datasets", "describe", "figure"], ["figures"]),
        (["template", "x.xlsx", "--from-year", "1900"], ["1900"]),
        (["template", "x.xlsx", "--from-year", "2023"], ["2022"]),
    ],
)
def test_user_errors_exit_with_two_and_two_languages(args, words, tmp_path):
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 2
    assert all(word in result.output for word in words)
    assert any("\u4e00" <= c <= "\u9fff" for c in result.output)
    assert "Traceback" not in result.output


def test_empty_workbook(tmp_path):
    pd.DataFrame().to_excel(tmp_path / "empty.xlsx")
    result = run("evaluate", tmp_path / "empty.xlsx", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "empty.xlsx" in result.output


def test_template_is_written_and_evaluated(tmp_path):
    path = tmp_path / "填报表.xlsx"
    assert run("template", path).exit_code == 0
    assert run("template", path).exit_code == 2  # it is there already
    result = run("evaluate", path, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "达成" in result.output
    assert result.output.count("不可评") >= 12  # an unfilled template decides nothing


def test_as_a_process_in_a_console_without_chinese():
    done = subprocess.run(
        [sys.executable, "-m", "suzhou_antidrug.cli", "plan", "show", "--plan", "nowhere"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
