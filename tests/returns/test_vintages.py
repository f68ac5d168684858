"""Two vintages of one return: every cell that differs, and no other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.errors import NotComparableError
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Returns
from suzhou_antidrug.returns.vintages import compare_vintages

HEAD = "指标,县级市(区),时期,分子,分母,数值,口径\n"
FIRST = [
    "吸毒人员核查率,昆山市,2020,90,100,,",
    "吸毒人员核查率,昆山市,2021,95,100,,",
    "在校学生吸毒,常熟市,2020,,,3,",
    "在校学生吸毒,太仓市,2020,,,0,",
    "在校学生吸毒,吴江区,2020,,,,",
]
SECOND = [
    "吸毒人员核查率,昆山市,2020,80,100,,",  # a restated base
    "吸毒人员核查率,昆山市,2021,95,100,,",
    "吸毒人员核查率,昆山市,2022,99,100,,",  # added
    "在校学生吸毒,常熟市,2020,,,4,户籍",  # changed, number and definition
    "在校学生吸毒,太仓市,2020,,,,",  # withdrawn: blank
    "在校学生吸毒,吴江区,2020,,,0,",  # added: blank before
]
Reader = Callable[..., Returns]


def text(rows: list[str]) -> str:
    return HEAD + "\n".join(rows) + "\n"


def told(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    columns = ["indicator", "division", "period", "column", "earlier", "later", "change", "base"]
    return [
        tuple("-" if isinstance(v, float) and np.isnan(v) else str(v) if isinstance(v, pd.Period) else v for v in row)
        for row in frame[columns].itertuples(index=False)
    ]


def test_every_cell_that_differs_and_no_other(read: Reader, plan: Plan) -> None:  # case 42
    found = compare_vintages(read(text(FIRST)), read(text(SECOND), name="later.csv"), plan=plan)
    assert told(found.frame) == [
        ("check_rate", "kunshan", "2020", "numerator", 90, 80, "changed", True),
        ("check_rate", "kunshan", "2022", "numerator", "-", 99, "added", False),
        ("check_rate", "kunshan", "2022", "denominator", "-", 100, "added", False),
        ("student_cases", "changshu", "2020", "value", 3, 4, "changed", False),
        ("student_cases", "changshu", "2020", "definition", "", "户籍", "changed", False),
        ("student_cases", "taicang", "2020", "value", 0, "-", "withdrawn", False),
        ("student_cases", "wujiang", "2020", "value", "-", 0, "added", False),
    ]
    assert found.frame["file"].tolist() == ["later.csv"] * 5 + ["returns.csv", "later.csv"]
    assert len(found.of("added")) == 3 and len(found.restated) == 1


def test_a_restated_base_is_flagged_with_both_values(read: Reader, plan: Plan) -> None:  # case 42
    problems = compare_vintages(read(text(FIRST)), read(text(SECOND), name="later.csv"), plan=plan).problems
    assert problems[["code", "file", "row", "column", "severity"]].to_numpy().tolist() == [
        ["restated_base", "later.csv", 2, "numerator", "warning"]
    ]
    for words in (problems["en"][0], problems["zh"][0]):
        assert "90" in words and "80" in words and "2020" in words
    assert problems["advice_en"][0] and problems["advice_zh"][0]


def test_the_same_return_in_another_order_or_form_does_not_differ(read: Reader, plan: Plan) -> None:
    first = read(text(FIRST))
    other = read(text([FIRST[0].replace(",90,100,,", ",９０,100,90%,"), *FIRST[:0:-1]]), encoding="gb18030")
    found = compare_vintages(first, other, plan=plan).frame
    assert found["column"].tolist() == ["value"], "only the share typed beside its parts is new"
    assert compare_vintages(first, first, plan=plan).frame.empty


def test_periods_of_all_lengths_are_compared(read: Reader, plan: Plan) -> None:
    head = "指标,县级市(区),时期,数值\n"
    first = read(head + "污水负荷,昆山,2020Q1,1.5\n污水负荷,昆山,2020Q2,1.5\n在校学生吸毒,昆山,2020,1\n")
    second = read(head + "污水负荷,昆山,2020Q1,1.5\n污水负荷,昆山,2020Q2,1.6\n在校学生吸毒,昆山,2020,1\n")
    found = compare_vintages(first, second, plan=plan).frame
    assert [(str(p), e, v) for p, e, v in found[["period", "earlier", "later"]].to_numpy()] == [("2020Q2", 1.5, 1.6)]


def test_backwards_what_was_added_is_withdrawn(read: Reader, plan: Plan) -> None:
    a, b = read(text(FIRST)), read(text(SECOND))
    there, back = compare_vintages(a, b, plan=plan).frame, compare_vintages(b, a, plan=plan).frame
    turned = back.assign(change=back["change"].replace({"added": "withdrawn", "withdrawn": "added"}))
    keys = ["indicator", "division", "period", "column", "change"]
    pd.testing.assert_frame_equal(there[keys], turned[keys])
    assert there["earlier"].tolist() == pytest.approx(back["later"].tolist(), nan_ok=True)


def test_a_return_of_another_plan_is_refused(read: Reader, plan: Plan) -> None:
    first = read(text(FIRST))
    with pytest.raises(NotComparableError) as error:
        compare_vintages(first, first, plan=plan.model_copy(update={"id": "another"}))
    problem = error.value.frame.iloc[0]
    assert problem["code"] == "other_plan" and "test-plan" in problem["en"] and "another" in problem["zh"]


def test_explain_counts_cells_in_both_languages(read: Reader, plan: Plan) -> None:
    found = compare_vintages(read(text(FIRST)), read(text(SECOND)), plan=plan)
    assert "新增: 3 格" in found.explain().in_language("zh") and "restated bases: 1" in found.explain().in_language(
        "en"
    )
    assert "<script" not in found._repr_html_() and found.manifest()["method"] == "compare_vintages"
