"""Credit grading: every edge, one act once, expiry, repair, red lines, and rule files that cannot be."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.datasets import data_path
from suzhou_antidrug.errors import PlanError, SeriesError, UnknownNameError
from suzhou_antidrug.indicators.precursors.credit import grade_enterprises, load_credit_rules

ON = "2021-12-31"


def acts(*rows):
    columns = ["enterprise", "act", "sanction", "date", "kind", "repaired", "appealed"]
    table = pd.DataFrame([(*r, *[None] * (7 - len(r))) for r in rows], columns=columns)
    return table.assign(evidence="处罚决定书", kind=table["kind"].fillna(""))


def grade(*rows, on=ON):
    return grade_enterprises(acts(*rows), ["E1", "E2"], on=on).frame.iloc[0]


@pytest.mark.parametrize(
    ("sanctions", "points", "letter"),
    [
        ([], "10", "A"),
        (["fine"], "9", "A"),
        (["fine", "warning"], "8.5", "B"),
        (["suspension"], "7", "B"),
        (["suspension", "warning"], "6.5", "C"),
        (["withdrawal"], "4", "C"),
        (["withdrawal", "warning"], "3.5", "D"),
        (["revocation", "fine"], "0", "D"),  # the floor
    ],
)
def test_edges_are_half_open(sanctions, points, letter):
    row = grade(*[("E1", f"a{n}", s, "2021-05-01") for n, s in enumerate(sanctions)])
    assert (row["points"], row["grade"]) == (points, letter)


def test_one_act_counts_once_at_its_heaviest():
    row = grade(
        ("E1", "a", "fine", "2021-05-01"),
        ("E1", "a", "confiscation", "2021-05-01"),
        ("E1", "a", "warning", "2021-05-02"),
    )
    assert row["points"] == "8" and row["acts"] == 1


def test_deductions_expire_and_repair_halves():
    assert grade(("E1", "a", "suspension", "2020-01-01"))["points"] == "7"  # 23 months
    assert grade(("E1", "a", "suspension", "2019-12-31"))["points"] == "10"  # 24 months
    assert (
        grade(("E1", "a", "suspension", "2021-06-30", "", "2021-09-01"))["points"] == "8.5"
    )  # six months ago, repaired
    assert grade(("E1", "a", "suspension", "2021-07-01", "", "2021-09-01"))["points"] == "7"  # not six months yet
    assert grade(("E1", "a", "suspension", "2022-01-01"))["points"] == "10"  # after the date
    assert grade(("E1", "a", "suspension", "2021-12-31"))["points"] == "7"  # on the date


def test_a_repair_counts_from_its_own_day():
    for day, points in (("2021-12-31", "8.5"), ("2022-01-01", "7")):
        assert grade(("E1", "a", "suspension", "2021-01-10", "", day))["points"] == points


def test_a_red_line_decides_whatever_the_points():
    row = grade(("E1", "a", "warning", "2021-05-01", "diversion"))
    assert (row["points"], row["grade"], bool(row["red_line"])) == ("9.5", "D", True)


def test_an_appeal_is_shown_and_changes_nothing():
    row = grade(("E1", "a", "fine", "2021-05-01", "", None, True))
    assert bool(row["appealed"]) and row["grade"] == "A"
    plain = acts(("E1", "a", "fine", "2021-05-01"))  # the column is there and its cell is empty
    assert not grade_enterprises(plain, ["E1"], on=ON).frame["appealed"].any()
    assert not grade_enterprises(plain.drop(columns=["appealed", "repaired"]), ["E1"], on=ON).frame["appealed"].any()


def test_every_deduction_explains_itself():
    found = grade_enterprises(acts(("E1", "a", "fine", "2021-05-01")), ["E1", "E2"], on=ON)
    told = str(found.explain("E1"))
    assert "罚款" in told and "处罚决定书" in told and "9" in told
    assert "样式" in str(found.explain())
    several = grade_enterprises(acts(
        ("E1", "a", "fine", "2019-05-01"), ("E1", "b", "fine", "2021-05-01", "", "2021-06-01"),
        ("E1", "c", "fine", "2021-05-01", "", None, True), ("E1", "d", "fine", "2021-05-01", "diversion"),
    ), ["E1"], on=ON).explain("E1").in_language("en")  # fmt: skip
    for act, told in (
        ("a", "0 off, expired;"), ("b", "0.5 off, repaired;"), ("c", "1 off, under appeal;"), ("d", "1 off, red line;")
    ):  # fmt: skip
        assert told in next(row for row in several.splitlines() if f"act {act}" in row)
    with pytest.raises(UnknownNameError):
        found.explain("E9")


@pytest.mark.parametrize(
    ("row", "code"),
    [(("E1", "a", "scolding", "2021-05-01"), "unknown_sanction"), (("E1", "a", "fine", "yesterday"), "date"), (("E7", "a", "fine", "2021-05-01"), "not_registered")],
)  # fmt: skip
def test_sheets_that_cannot_be(row, code):
    with pytest.raises(SeriesError) as caught:
        grade(row)
    assert [p.code for p in caught.value.problems] == [code]


def test_no_evidence_no_deduction():
    with pytest.raises(SeriesError) as caught:
        grade_enterprises(acts(("E1", "a", "fine", "2021-05-01")).assign(evidence=" "), ["E1"], on=ON)
    assert caught.value.problems[0].code == "no_evidence"


def test_ten_thousand_enterprises_equal_one_by_one():
    rng = np.random.default_rng(0)
    n = 10_000
    table = pd.DataFrame({
        "enterprise": rng.integers(0, n, 20_000).astype(str), "act": rng.integers(0, 6, 20_000).astype(str), "kind": "",
        "sanction": rng.choice(["warning", "fine", "suspension"], 20_000), "date": "2021-05-01", "evidence": "x",
    })  # fmt: skip
    names = [str(k) for k in range(n)]
    whole = grade_enterprises(table, names, on=ON).frame.set_index("enterprise")
    for name in names[:20]:
        alone = grade_enterprises(table[table["enterprise"] == name], [name], on=ON).frame.iloc[0]
        assert (alone["points"], alone["grade"]) == (whole.loc[name, "points"], whole.loc[name, "grade"])


def test_the_figure_names_no_enterprise():
    found = grade_enterprises(acts(("E1", "a", "fine", "2021-05-01")), ["E1", "E2"], on=ON)
    ax = found.plot(language="zh")
    assert not any("E1" in t.get_text() for t in [*ax.texts, *ax.get_xticklabels()])
    plt.close("all")


def broken(tmp_path: Path, old: str, new: str) -> Path:
    text = data_path("rules", "enterprise-credit.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "rule.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{grade: B, from: '7'}", "{grade: B, from: '9'}", "bands"),
        ("{grade: D, from: '0'}", "{grade: D, from: '1'}", "gap"),
        ("floor: '0'", "floor: '11'", "floor"),
        ("{act: diversion, grade: D,", "{act: diversion, grade: E,", "grade"),
        ("repaired_share: '0.5'", "repaired_share: '1.5'", "share"),
        ("red_lines:  # whatever the points", "red_lines:\n  - {act: bribe, grade: C, name: {zh: 行贿, en: bribe}, status: assumed}", "red_lines"),
        ("points: '3'", "points: '-3'", ""),
        ("points: '3'", "points: three", ""),
        ("expiry_months: 24", "expires: 24", ""),
    ],
)  # fmt: skip
def test_rule_files_that_cannot_be_name_their_line(tmp_path, old, new, code):
    path = broken(tmp_path, old, new)
    with pytest.raises(PlanError) as caught:
        load_credit_rules(path)
    line = path.read_text(encoding="utf-8").split(new)[0].count("\n") + 1
    assert any(p.row == line and p.file == "rule.yaml" for p in caught.value.problems)
    assert not code or code in [p.code for p in caught.value.problems]


@pytest.mark.parametrize(
    ("share", "points"), [("1", "7"), ("0", "10"), ("0E+1", "10"), ("1/3", None), ("0.333", "9.001")]
)
def test_a_repaired_act_counts_by_its_share(tmp_path, share, points):
    path = broken(tmp_path, "repaired_share: '0.5'", f"repaired_share: '{share}'")
    if points is None:
        with pytest.raises(PlanError):
            load_credit_rules(path)
        return
    rules = load_credit_rules(path)
    repaired = acts(("E1", "a", "suspension", "2021-01-10", "", "2021-02-01"), ("E2", "b", "warning", "2021-01-10"))
    found = grade_enterprises(repaired, ["E1", "E2"], on=ON, rules=rules).frame
    assert found["points"].tolist() == [points, "9.5"]


def test_a_rule_that_says_nothing_of_repair_counts_a_repaired_act_in_full(tmp_path):
    text = data_path("rules", "enterprise-credit.yaml").read_text(encoding="utf-8")
    path = tmp_path / "rule.yaml"
    path.write_text(text.split("expiry_months")[0], encoding="utf-8")
    repaired = acts(("E1", "a", "suspension", "2016-01-10", "", "2016-02-01"))
    row = grade_enterprises(repaired, ["E1"], on=ON, rules=load_credit_rules(path)).frame.iloc[0]
    assert row["points"] == "7"  # nor does it expire
