"""Years as columns: the same rows as the long table, or a refusal that says why."""

from __future__ import annotations

from typing import Any

import pandas as pd

WIDE = "指标,县级市(区),2019,2020年,2021\n吸毒人员核查率,昆山,90%,92%,\n吸毒人员核查率,太仓,81%,/,85%\n"
LONG = (
    "指标,县级市(区),时期,数值\n"
    + "".join(f"吸毒人员核查率,昆山,{y},{v}\n" for y, v in ((2019, "90%"), (2020, "92%"), (2021, "")))
    + "".join(f"吸毒人员核查率,太仓,{y},{v}\n" for y, v in ((2019, "81%"), (2020, ""), (2021, "85%")))
)
SAME = ["indicator", "division", "period", "value", "status"]


def test_columns_of_years_give_the_rows_of_the_long_table(read: Any) -> None:  # case 32
    wide, long = read(WIDE), read(LONG)
    pd.testing.assert_frame_equal(wide.frame[SAME], long.frame[SAME])
    entries = wide.log[wide.log["rule"] == "wide"]
    assert entries["old"].tolist() == ["2019", "2020年", "2021"]
    assert entries["cell"].tolist() == ["C", "D", "E"]


def test_a_fault_in_a_wide_table_names_its_own_column(refused: Any) -> None:
    problems = refused(WIDE.replace("85%", "约85%"))
    problems = problems[problems["severity"] == "error"]
    assert problems["row"].tolist() == [3]
    assert problems["column"].tolist() == ["2021"]


def test_a_heading_that_is_no_period_is_refused(refused: Any) -> None:  # case 32: its figures would be lost
    problems = refused(WIDE.replace("2021", "2019-2021"))
    assert problems[["code", "row", "column"]].to_numpy().tolist() == [["not_a_period", 1, "2019-2021"]]


def test_columns_of_years_beside_a_column_of_numbers_are_refused(refused: Any) -> None:
    problems = refused("指标,县级市(区),2019,2020,分母\n吸毒人员核查率,昆山,90,92,100\n")
    assert problems["code"].tolist() == ["mixed_layout"]
    assert "分母" in problems["problem_en" if "problem_en" in problems else "en"].iloc[0]


def test_a_row_of_years_is_no_header(refused: Any) -> None:
    assert "no_header" in refused("2019,2020,2021\n1,2,3\n")["code"].tolist()
