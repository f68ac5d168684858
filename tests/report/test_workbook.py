"""The score workbook: its formulas give our figures, recalculated by another program, and it is safe to open."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
import soffice

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.rules.loader import load_appraisal_rules
from suzhou_antidrug.appraisal.scoring.tables import grade_name
from suzhou_antidrug.appraisal.synthetic import make_synthetic_evidence
from suzhou_antidrug.errors import OutputError, ReturnsError, UnknownNameError
from suzhou_antidrug.report.workbook.book import write_score_workbook
from suzhou_antidrug.report.workbook.places import AT
from suzhou_antidrug.terms import Text

RULES = ("suzhou-default", "practice-steps", "practice-bonus")
SAME = 1e-9  # points: floats of one sum in another order, cell values of 15 digits
ITEM_HEADER, SCORE_HEADER = 4, 5  # rows as Excel shows them
needs_office = pytest.mark.skipif(
    soffice.soffice() is None, reason="LibreOffice is absent: nothing recalculates the workbook"
)


@pytest.fixture(scope="module")
def evidence(plan):
    return make_synthetic_evidence(plan)


@pytest.fixture(scope="module")
def cards(plan, synthetic, evidence):
    return {r: sa.appraise(synthetic, plan, rules=r, evidence=evidence if r == RULES[0] else None) for r in RULES}


@pytest.fixture(scope="module")
def books(cards, tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    return {r: write_score_workbook(card, folder / f"{r}.xlsx") for r, card in cards.items()}


@pytest.fixture(scope="module")
def opened(books):
    """Each workbook with its formulas, and with its stored values."""
    return {r: (openpyxl.load_workbook(p), openpyxl.load_workbook(p, data_only=True)) for r, p in books.items()}


def recalculated(files, folder):
    """Return the recalculated twins: without stored values, from a program that always recalculates."""
    twins, out = [], folder / "out"
    for n, file in enumerate(files):
        book = file if isinstance(file, openpyxl.Workbook) else openpyxl.load_workbook(file)
        twins.append(folder / f"twin{n}.xlsx")
        book.save(twins[-1])  # openpyxl keeps formulas and drops stored values
    assert "<f>" in (text := zipfile.ZipFile(twins[-1]).read("xl/worksheets/sheet2.xml").decode())
    assert text.count("<f>") == text.count("<v></v>") + text.count("<v />") + text.count(
        "<v/>"
    )  # no stored value is left
    return [openpyxl.load_workbook(f, data_only=True) for f in soffice.convert(twins, out, folder / "profile")]


def formulas(book):
    return [(s.title, c) for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]


def headed(sheet, row):
    return {str(c.value).split("\n")[0]: c.column for c in sheet[row] if c.value is not None}


@needs_office
def test_every_formula_recalculates_to_our_value(opened, tmp_path):
    again = recalculated([opened[r][0] for r in RULES], tmp_path)
    for name, theirs in zip(RULES, again, strict=True):
        written, ours = opened[name]
        cells = formulas(written)
        assert len(cells) > 5000
        for sheet, cell in cells:
            a, b = (book[sheet][cell.coordinate].value for book in (ours, theirs))
            a, b = (None if v == "" else v for v in (a, b))
            if isinstance(a, (int, float)) and isinstance(b, (int, float)):
                assert abs(a - b) < SAME, (name, sheet, cell.coordinate, a, b)
            else:
                assert a == b, (name, sheet, cell.coordinate, cell.value)


@pytest.mark.parametrize("rules", RULES)
def test_stored_values_are_those_of_the_card(opened, cards, rules):
    book = opened[rules][1]
    sheet, scores = book["得分"], cards[rules].scores
    at = headed(sheet, SCORE_HEADER)
    for n, row in enumerate(scores.to_dict("records"), start=SCORE_HEADER + 1):
        assert sheet.cell(n, at["年度"]).value == row["year"]
        assert sheet.cell(n, at["得分"]).value == row["score"]
        assert sheet.cell(n, at["最坏"]).value == row["low"]
        assert sheet.cell(n, at["等次"]).value == {"undetermined": "不可定"}.get(row["grade"], row["grade"])
        assert sheet.cell(n, at["名次"]).value == ("—" if np.isnan(row["rank"]) else row["rank"])
        assert sheet.cell(n, at["达标项"]).value == row["reached"]
    items, frame = book["计分明细"], cards[rules].frame
    assert items.max_row - ITEM_HEADER == len(frame)
    points = sum(float(row[AT["points"]] or 0) for row in items.iter_rows(ITEM_HEADER + 1, values_only=True))
    assert points == pytest.approx(frame["points"].sum())


def test_an_english_book_says_its_grades_in_english_too(cards, tmp_path):
    card = cards[RULES[1]]
    words = {band.grade: f"{band.grade} {band.name.en}" for band in card.rules.file.grades}
    path = write_score_workbook(card, tmp_path / "book.xlsx", language="en")
    stored = openpyxl.load_workbook(path, data_only=True)["得分"]
    at = headed(stored, SCORE_HEADER)
    for n, row in enumerate(card.scores.to_dict("records"), start=SCORE_HEADER + 1):
        assert stored.cell(n, at["等次"]).value == words.get(row["grade"], row["grade"])
        assert stored.cell(n, at["最坏等次"]).value == words[row["grade_low"]]
    bands = [c.value for row in openpyxl.load_workbook(path)["规则"].iter_rows(max_col=1) for c in row]
    assert [b for b in bands if b in words.values()] == list(words.values())  # what the formulas look up


def changed_returns(returns, indicator, division, year, **figures):
    frame = returns.frame
    hit = (frame["indicator"] == indicator) & (frame["division"] == division)
    hit &= frame["period"].map(lambda p: p.year) == year
    assert hit.sum() == 1
    for name, value in figures.items():
        frame.loc[hit, name] = value
    frame.loc[hit, "status"] = "synthetic"  # a gap is one no longer
    return replace(returns, table=frame)


CHANGES = [  # rules, indicator, division, year, figures: shares, counts, edges, and a gap that is filled
    ("suzhou-default", "textbook_distribution_rate", "taicang", 2022, {"numerator": 900, "denominator": 1000}),
    ("practice-steps", "user_control_rate", "kunshan", 2021, {"numerator": 995, "denominator": 1000}),
    ("practice-steps", "public_education_coverage", "wujiang", 2020, {"numerator": 979, "denominator": 1000}),
    ("practice-bonus", "standardised_office_rate", "changshu", 2021, {"numerator": 10, "denominator": 10}),
    ("practice-bonus", "user_check_rate", "wuzhong", 2020, {"numerator": 930, "denominator": 1000}),
    ("practice-bonus", "user_control_rate", "gusu", 2022, {"numerator": 999, "denominator": 1000}),
    ("practice-steps", "sick_disabled_admission_rate", "xiangcheng", 2022, {"numerator": 999, "denominator": 1000}),
]


@needs_office
def test_a_number_changed_by_hand_gives_what_appraising_again_gives(books, opened, plan, synthetic, evidence, tmp_path):
    edited, returns = {r: openpyxl.load_workbook(books[r]) for r in RULES}, dict.fromkeys(RULES, synthetic)
    for rules, indicator, division, year, figures in CHANGES:
        name, place = plan.indicator(indicator).name.zh, plan.geography.resolve(division).name.zh
        returns[rules] = changed_returns(returns[rules], indicator, division, year, **figures)
        for row in edited[rules]["计分明细"].iter_rows(ITEM_HEADER + 1):
            if (row[0].value, row[1].value, row[AT["item"]].value) == (place, year, name):
                for figure, value in figures.items():
                    if row[AT[figure]].data_type != "f":  # the first mention; others refer to it
                        row[AT[figure]].value = value
    for rules, again in zip(RULES, recalculated(edited.values(), tmp_path), strict=True):
        card = sa.appraise(returns[rules], plan, rules=rules, evidence=evidence if rules == RULES[0] else None)
        before, sheet, moved = opened[rules][1]["得分"], again["得分"], 0
        at = headed(sheet, SCORE_HEADER)
        for n, row in enumerate(card.scores.to_dict("records"), start=SCORE_HEADER + 1):
            assert sheet.cell(n, at["得分"]).value == pytest.approx(row["score"], abs=SAME), (rules, row)
            moved += before.cell(n, at["得分"]).value != sheet.cell(n, at["得分"]).value
            if (
                sheet.cell(n, at["最坏"]).value == sheet.cell(n, at["最好"]).value
            ):  # open ones are values, as their comments say
                assert sheet.cell(n, at["等次"]).value == row["grade"]
            if not np.isnan(row["rank"]):
                assert sheet.cell(n, at["名次"]).value == row["rank"]
            assert sheet.cell(n, at["达标项"]).value == row["reached"]
        assert moved >= sum(c[0] == rules for c in CHANGES)  # each change moves a division


@needs_office
def test_edges_are_those_of_exact_arithmetic(plan, synthetic, books, tmp_path):
    """999/1000 and 999999/1000000 are not 100 %; 9/10, 27/30 and 0.9 of a list reach 90 %."""
    book = openpyxl.load_workbook(books["practice-steps"])
    name, edges = (
        plan.indicator("sick_disabled_admission_rate").name.zh,
        iter([(999, 1000), (999_999, 1_000_000), (1000, 1000), (9, 10), (27, 30), (899_999, 1_000_000)]),
    )
    hit = []
    for row in book["计分明细"].iter_rows(ITEM_HEADER + 1):
        if row[AT["item"]].value == name and row[0].value != "苏州市" and (pair := next(edges, None)):
            row[AT["milestone"]].value = 1.0 if len(hit) < 3 else 0.9
            row[AT["numerator"]].value, row[AT["denominator"]].value = pair
            hit.append(row[0].row)
    again = recalculated([book], tmp_path)[0]["计分明细"]
    assert [again.cell(r, AT["reached"] + 1).value for r in hit] == ["否", "否", "是", "是", "是", "否"]


@needs_office
def test_other_roundings_and_means(plan, synthetic, tmp_path):
    rules = load_appraisal_rules("practice-bonus", plan=plan)
    bands = tuple(b.model_copy(update={"inclusive": False}) for b in rules.file.grades)
    cards, paths = [], []
    for n, across in enumerate(("arithmetic", "geometric", "harmonic")):
        mode = ("half_even", "truncate", "half_even")[n]
        rounding = rules.file.rounding.model_copy(update={"mode": mode, "digits": n})
        told = {"rounding": rounding, "across": across, "missing": "zero", "deduction_cap": "5", "grades": bands}
        cards.append(
            sa.appraise(synthetic, plan, year=[2020], rules=replace(rules, file=rules.file.model_copy(update=told)))
        )
        paths.append(write_score_workbook(cards[-1], tmp_path / f"{across}.xlsx", language="en"))
    for card, book in zip(cards, recalculated(paths, tmp_path), strict=True):
        sheet, at = book["得分"], headed(book["得分"], SCORE_HEADER)
        for n, row in enumerate(card.scores.to_dict("records"), start=SCORE_HEADER + 1):
            assert sheet.cell(n, at["得分"]).value == row["score"]
            assert sheet.cell(n, at["等次"]).value == grade_name(row["grade"], card.rules.file).en


def test_a_half_rounds_to_even_in_the_formula(plan, synthetic, tmp_path):
    from suzhou_antidrug.report.workbook.places import Book
    from suzhou_antidrug.report.workbook.score_formulas import rounded_formula

    rules = load_appraisal_rules("practice-steps", plan=plan)
    if soffice.soffice() is None:
        pytest.skip("LibreOffice is absent")
    sheet = openpyxl.Workbook()
    page = sheet.active
    page["B1"] = 1
    cases = {
        "half_up": [(0.25, 0.3), (89.95, 90.0), (89.949999, 89.9)],
        "half_even": [(0.25, 0.2), (0.35, 0.4), (89.85, 89.8)],
        "truncate": [(89.99, 89.9), (0.3, 0.3)],
    }
    row = 0
    for mode, pairs in cases.items():
        file = rules.file.model_copy(update={"rounding": rules.file.rounding.model_copy(update={"mode": mode})})
        book = Book(sa.appraise(synthetic, plan, year=2021, rules=replace(rules, file=file)), "zh")
        book.rules.numbers["digits"] = "$B$1"
        for value, _ in pairs:
            row += 1
            page[f"A{row}"], page[f"C{row}"] = value, f"={rounded_formula(book, f'A{row}')}"
    sheet.save(tmp_path / "round.xlsx")
    again = openpyxl.load_workbook(
        soffice.convert([tmp_path / "round.xlsx"], tmp_path / "out", tmp_path / "profile")[0], data_only=True
    ).active
    assert [again[f"C{n}"].value for n in range(1, row + 1)] == pytest.approx(
        [w for pairs in cases.values() for _, w in pairs], abs=1e-12
    )


ATTACKS = [
    '=HYPERLINK("http://x.y","a")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "  =1+1",
    "一\n=cmd|'/c calc'!A0",
    "http://x.y/z",
    "|x",
    "%x",
    "\ufeff=1",
]


@pytest.fixture(scope="module")
def hostile(plan, synthetic, evidence, tmp_path_factory):
    """A workbook whose names, evidence, verdict reasons and rule names are all attacks."""
    named = [f"{attack}{d.id}" for attack, d in zip(ATTACKS, plan.geography.divisions, strict=False)]
    divisions = tuple(replace(d, name=Text(n, n)) for n, d in zip(named, plan.geography.divisions, strict=True))
    bad = plan.model_copy(update={"geography": replace(plan.geography, divisions=divisions)})
    papers = evidence.assign(evidence=[ATTACKS[n % len(ATTACKS)] + "\x07" for n in range(len(evidence))])
    card = sa.appraise(synthetic, plan, rules="suzhou-default", evidence=papers)
    card = replace(card, plan=bad)
    verdicts = pd.DataFrame(
        {
            "target": ATTACKS,
            "division": ATTACKS,
            "verdict": ATTACKS,
            "probability": -0.5,
            "reason_zh": ATTACKS,
            "reading": ATTACKS,
            "actual": -5.0,
        }
    )
    return write_score_workbook(card, tmp_path_factory.mktemp("hostile") / "x.xlsx", verdicts=verdicts)


def test_text_from_files_gives_no_formula_and_no_link(hostile):
    book = openpyxl.load_workbook(hostile)
    found = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                if cell.data_type == "f":
                    assert not any(a.strip("\t \ufeff") in cell.value for a in ATTACKS if len(a) > 3), cell.value
                elif isinstance(cell.value, str):
                    for line in cell.value.split("\n"):
                        assert line.strip() == "-" or not line.lstrip("\t\r \u3000\ufeff").startswith(
                            ("=", "+", "-", "@", "|", "%")
                        ), cell.value
                    found += cell.value.startswith("'")
    assert found > 100
    assert any("控制字符" in str(c.value) for row in book["说明"].iter_rows() for c in row)


def test_negative_numbers_stay_numbers(hostile):
    sheet = openpyxl.load_workbook(hostile)["总目标"]
    at = headed(sheet, 4)
    cell = sheet.cell(5, at["实际值"])
    assert (cell.data_type, cell.value) == ("n", -5.0)


def test_nothing_outside_is_referred_to(hostile, books):
    for path in (hostile, *books.values()):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                assert "externalLink" not in name and "vbaProject" not in name
                if name.endswith(".rels"):
                    text = archive.read(name).decode()
                    assert 'TargetMode="External"' not in text and "http://x.y" not in text
                if name.startswith("xl/worksheets/sheet"):
                    text = archive.read(name).decode()
                    assert "<hyperlink" not in text and "[1]" not in text.split("<sheetData>")[0]


def test_formulas_are_known_to_old_and_other_programs(opened):
    import re

    known = {
        "IF",
        "COUNT",
        "ROUND",
        "ROUNDUP",
        "INT",
        "MAX",
        "MIN",
        "MATCH",
        "INDEX",
        "SUMPRODUCT",
        "SUMIFS",
        "COUNTIF",
        "RANK",
        "ISNUMBER",
        "ROWS",
        "SUM",
        "AVERAGE",
        "AND",
        "TRUNC",
        "MOD",
        "EXP",
        "LN",
    }
    for book, _ in opened.values():
        cells = formulas(book)
        assert {f for _, c in cells for f in re.findall(r"([A-Z][A-Z.]+)\(", c.value)} <= known
        assert not any("_xlfn" in c.value for _, c in cells)


def test_comments_panes_print_and_standing(opened):
    book = opened["practice-steps"][0]
    assert book.sheetnames == ["说明", "得分", "计分明细", "规则", "来源"]
    items = book["计分明细"]
    comment = items.cell(ITEM_HEADER + 1, AT["milestone"] + 1).comment.text
    assert "条款：附件" in comment and "苏府办〔2020〕136号" in comment
    assert items.freeze_panes == "F5" and book["得分"].freeze_panes == "C6"
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
        assert "合成数据" in sheet.oddHeader.center.text and "&P" in sheet.oddFooter.center.text
        assert "合成数据" in sheet["A2"].value and "假定" in sheet["A2"].value
    assert items.print_title_rows == "$4:$4"


def test_targets_and_ranks_are_there_where_given(cards, tmp_path):
    verdicts = pd.DataFrame(
        {"target": ["relapse_decrease"], "division": ["suzhou"], "verdict": ["met"], "probability": [0.999]}
    )
    study = cards["practice-steps"].robustness(draws=20)
    path = write_score_workbook(cards["practice-steps"], tmp_path / "all.xlsx", verdicts=verdicts, study=study)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["说明", "得分", "计分明细", "规则", "总目标", "名次区间", "来源"]
    shown = [c.value for c in book["总目标"][5]]
    assert "> 0.99" in shown and "达成" in shown and "苏州市" in shown
    assert book["名次区间"].cell(5, 6).value == study.frame["rank"].iloc[0]
    with pytest.raises(ReturnsError, match="缺少列"):
        write_score_workbook(cards["practice-steps"], tmp_path / "no.xlsx", verdicts=verdicts.drop(columns="verdict"))
    with pytest.raises(UnknownNameError):
        write_score_workbook(cards["practice-steps"], tmp_path / "no.xlsx", language="fr")
    assert not (tmp_path / "no.xlsx").exists()


def test_a_veto_is_a_value_that_says_so(plan, synthetic, tmp_path):
    vetoes = pd.DataFrame(
        [("drug_problem_spread", "kunshan", 2021, "confirmed", "=文号", "2021-06-01")],
        columns=["veto", "division", "year", "state", "evidence", "date"],
    )
    card = sa.appraise(synthetic, plan, year=2021, vetoes=vetoes)
    sheet = openpyxl.load_workbook(write_score_workbook(card, tmp_path / "veto.xlsx"))["得分"]
    at = headed(sheet, SCORE_HEADER)
    row = next(r for r in range(SCORE_HEADER + 1, sheet.max_row + 1) if sheet.cell(r, 1).value == "昆山市")
    cell = sheet.cell(row, at["按分定等"])
    assert cell.data_type == "s" and "否决" in cell.comment.text
    assert sheet.cell(row, at["一票否决"]).value


def test_files_are_not_overwritten_and_links_not_followed(cards, tmp_path):
    card = cards["practice-steps"]
    there = tmp_path / "there.xlsx"
    there.write_bytes(b"mine")
    link = tmp_path / "link.xlsx"
    link.symlink_to(there)
    for path, overwrite in ((there, False), (link, False), (link, True), (tmp_path / "no" / "x.xlsx", True)):
        with pytest.raises(OutputError):
            write_score_workbook(card, path, overwrite=overwrite)
    assert there.read_bytes() == b"mine" and link.is_symlink()
    write_score_workbook(card, there, overwrite=True)
    assert openpyxl.load_workbook(there).sheetnames[0] == "说明"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.xlsx", "there.xlsx"]


def test_equal_cards_give_equal_files(cards, books, tmp_path):
    again = write_score_workbook(cards["practice-steps"], tmp_path / "again.xlsx")
    assert again.read_bytes() == books["practice-steps"].read_bytes()
