"""Write the figure and the table of the two READMEs from an evaluation of the bundled data.

由自带数据的评估结果更新两份 README 的图与表。Run after a change that moves a number: python docs/update_readme.py
A test compares the READMEs with what this would write.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import suzhou_antidrug as sa
from suzhou_antidrug.evaluation.record_report import record_table
from suzhou_antidrug.report.layout import cell_text

ROOT = Path(__file__).resolve().parents[1]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
BEGIN, END = "<!-- table: written by docs/update_readme.py -->", "<!-- end of table -->"


def markdown_table(evaluation, language: str) -> str:
    """Return the record table as Markdown, without the last column."""
    table = record_table(evaluation)
    columns = table.columns[:-1]
    head = [c.title.in_language(language) for c in columns]
    rule = ["---" if c.format == "text" else "---:" for c in columns]
    rows = [
        [cell_text(row.get(c.key), c.format, language) for c in columns]
        for row in table.rows
        if row["base"] == row["base"]
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *rows))


def with_table(text: str, table: str) -> str:
    """Return a README's text with its table replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write figures and tables."""
    evaluation = sa.evaluate()
    with tempfile.TemporaryDirectory() as folder:
        evaluation.write(Path(folder) / "out")
        for language in READMES:
            shutil.copy(Path(folder) / "out" / "figures" / f"record-{language}.png", ROOT / "docs" / "images")
    for language, path in READMES.items():
        path.write_text(
            with_table(path.read_text(encoding="utf-8"), markdown_table(evaluation, language)), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
