"""Summary, division pages, sources: every figure in them stands in the results they were made from."""

from __future__ import annotations

import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.evaluation.division_pages import divisions_section
from suzhou_antidrug.evaluation.summary import LONGEST, sources_section, summary_section
from suzhou_antidrug.report.layout import Table, cell_text

YEAR = 2021


@pytest.fixture(scope="module")
def result():
    return sa.evaluate(draws=400)


@pytest.fixture(scope="module")
def pages(result):
    return {part.id.removeprefix("division-"): part for part in divisions_section(result).parts}


def tables(section, key):
    (part,) = [p for p in section.parts if p.id.endswith(f"-{key}")]
    return [b for b in part.blocks if isinstance(b, Table)]


def words(section):
    """Return all that a section says in Chinese."""
    out = [section.title.zh]
    for block in section.blocks:
        if isinstance(block, Table):
            out += [
                block.caption.zh,
                *(cell_text(r.get(c.key), c.format, "zh") for r in block.rows for c in block.columns),
            ]
        else:
            out.append(block.text.zh)
    return out + [w for part in section.parts for w in words(part)]


def test_every_division_has_a_page_of_its_own(result, pages):
    assert list(pages) == list(result.plan.geography.ids)
    assert all(page.folded for page in pages.values())
    ids = [p.id for page in pages.values() for p in (page, *page.parts)]
    assert len(ids) == len(set(ids))
    assert all("合成数据" in words(page)[1] for page in pages.values())


def test_scores_are_those_of_the_card(result, pages):
    scores = result.card.scores.set_index(["year", "division"]).loc[YEAR]
    words = {band.grade: band.name.en for band in result.card.rules.file.grades}
    for place, page in pages.items():
        (table,) = tables(page, "score")
        told = {row["what"].en: row["told"] for row in table.rows}
        assert told["score"] == f"{scores.loc[place, 'score']:g}"
        assert told["worst to best"] == f"{scores.loc[place, 'low']:g} – {scores.loc[place, 'high']:g}"
        grade = scores.loc[place, "grade"]
        if grade == "undetermined":
            assert told["grade"].zh.startswith("不可定")
        else:
            assert told["grade"] == sa.Text(grade, f"{grade} {words[grade]}")
        assert sum(key.startswith("category: ") for key in told) == 6


def test_points_lost_add_up_to_what_the_score_lacks(result, pages):
    frame = result.card.frame
    for place, page in pages.items():
        own = frame[(frame["division"] == place) & (frame["year"] == YEAR) & (frame["state"] == "scored")]
        lacks = float((own["of_total"] - own["in_total"]).sum())
        listed = sum(row["lost"] for table in tables(page, "short") for row in table.rows)
        # Each figure is rounded to 0.01, and items that reach their milestone may hide losses below 0.05.
        assert listed == pytest.approx(lacks, abs=0.05 * len(own)) and listed <= lacks + 0.01 * len(own)
        assert all(row["clause"] for table in tables(page, "short") for row in table.rows)


def test_a_single_event_is_told_as_the_card_tells_it(result, pages):
    cliffs = result.card.cliffs().frame
    for place, page in pages.items():
        own = cliffs[cliffs["division"] == place]
        rows = [row for table in tables(page, "event") for row in table.rows]
        assert len(rows) == min(8, len(own))
        changed = sum(row["changes"].en == "yes" for row in rows)
        assert changed == min(8, int(own["grade_changes"].sum()))


def test_verdicts_of_a_division_quote_probability_reading_and_error_rates(result, pages):
    for place, page in pages.items():
        (table,) = tables(page, "outlook")
        own = [o for o in result.promises.outlooks if o.division == place]
        assert [row["verdict"] for row in table.rows] == [str(o.verdict) for o in own]
        for row, outlook in zip(table.rows, own, strict=True):
            assert row["probability"] == outlook.probability or outlook.probability != outlook.probability
            assert all(reading.says.zh in row["readings"].zh for reading in outlook.readings.values())
            rates = outlook.error_rates
            assert (row["rates"].zh == "—") is (rates is None)
            if rates is not None:
                assert row["rates"].zh.startswith(
                    f"{100 * rates.met_without_fall:.0f}% / {100 * rates.not_met_despite_fall:.0f}%"
                )


def test_what_cannot_be_assessed_says_why(result, pages):
    frame = result.card.frame
    for place, page in pages.items():
        own = frame[(frame["division"] == place) & (frame["year"] == YEAR)]
        open_ = int(own["state"].isin(["missing", "not_assessable"]).sum())
        open_ += sum(o.division == place and o.verdict is sa.Verdict.NOT_ASSESSABLE for o in result.promises.outlooks)
        rows = [row for table in tables(page, "open") for row in table.rows]
        assert len(rows) == open_
        assert all(row["why"].zh and row["why"].en for row in rows)
    assert any(tables(page, "open") for page in pages.values())


def test_the_summary_is_short_and_every_line_has_a_status(result):
    (table,) = [b for b in summary_section(result).blocks if isinstance(b, Table)]
    assert 5 <= len(table.rows) <= LONGEST
    assert {row["status"].zh for row in table.rows} == {"合成数据", "合成数据，规则假定", "公开发布", "正式文件"}
    verdicts = [o.verdict for o in result.promises.of_city()]
    assert (
        f"达成 {verdicts.count(sa.Verdict.MET)}，未达成 {verdicts.count(sa.Verdict.NOT_MET)}"
        in table.rows[0]["line"].zh
    )


def test_sources_name_plan_rules_and_record(result):
    said = words(sources_section(result))
    assert any(result.plan.document.number in w for w in said)
    assert any(result.card.rules.file.name.zh in w for w in said)
    used = {i for s in result.record.series for i in s.table["source_id"] if i}
    assert sum(w == "公开数据" for w in said) == len(used) > 10


def test_a_plan_without_rules_lists_the_milestones_not_met():
    town = sa.evaluate(plan="example-town", draws=100)
    parts = divisions_section(town).parts
    assert len(parts) == len(town.plan.geography.ids)
    missed = town.milestones.frame[town.milestones.frame["verdict"] == "not_met"]
    for part in parts:
        place = part.id.removeprefix("division-")
        rows = [row for table in tables(part, "short") for row in table.rows]
        assert len(rows) == int((missed["division"] == place).sum())
        assert not [p for p in part.parts if p.id.endswith(("-score", "-event"))]
    assert len(summary_section(town).blocks[-1].rows) <= LONGEST
    assert sources_section(town).blocks


def test_without_python_docx_everything_else_is_written(result, tmp_path, monkeypatch):
    monkeypatch.setattr("suzhou_antidrug.evaluation.output.docx_is_here", lambda: False)
    page = result.write(tmp_path / "e")
    assert page.is_file() and not (tmp_path / "e" / "report.docx").exists()
    assert "python-docx is not installed" in (tmp_path / "e" / "manifest.json").read_text("utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_word_report_says_what_the_page_says(result, tmp_path, language):
    docx = pytest.importorskip("docx")
    with sa.use_language(language):
        result.write(tmp_path / language)
    file = docx.Document(str(tmp_path / language / "report.docx"))
    titles = [p.text for p in file.paragraphs if p.style.name == "Heading 2"]
    assert titles == [d.name.in_language(language) for d in result.plan.geography.divisions]
    page = (tmp_path / language / "index.html").read_text("utf-8")
    assert len(file.tables) == page.count("<table") + 1  # and one on how it was made
    assert len(file.inline_shapes) == page.count("<figure>")
    assert all(shape._inline.docPr.get("descr") for shape in file.inline_shapes)
