"""A verdict moves where a figure or its base was restated, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from suzhou_antidrug.errors import NotComparableError
from suzhou_antidrug.indicators.compute import compute_indicators
from suzhou_antidrug.indicators.milestones import judge_milestones
from suzhou_antidrug.indicators.vintages import verdicts_moved
from suzhou_antidrug.plan import load_plan
from suzhou_antidrug.plan.model import Plan
from suzhou_antidrug.returns import Returns
from suzhou_antidrug.returns.synthetic import load_synthetic_returns


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan("suzhou-2020")


@pytest.fixture(scope="module")
def first(plan: Plan) -> Returns:
    return load_synthetic_returns(plan)


def restated(returns: Returns, plan: Plan, indicator: str, division: str, year: int, **figures: float) -> Returns:
    frame = returns.frame
    where = (frame["indicator"] == indicator) & (frame["division"] == division)
    where &= frame["period"].map(lambda p: p.year == year)
    assert where.sum() == 1
    for column, number in figures.items():
        frame.loc[where, column] = number
    return Returns.from_frame(frame, plan=plan)


def test_one_restated_figure_moves_its_own_verdicts_and_no_other(plan: Plan, first: Returns) -> None:
    met = judge_milestones(compute_indicators(first, plan=plan), plan=plan).frame
    level = met[(met["verdict"] == "met") & (met["division"] != "suzhou") & (met["operator"] == "ge")]
    level = level[level["indicator"].isin([i.id for i in plan.indicators.values() if i.basis == "list"])].iloc[0]
    later = restated(first, plan, level["indicator"], level["division"], level["year"], numerator=0)
    found = verdicts_moved(first, later, plan=plan)
    mine = found.frame[found.frame["division"] == level["division"]]
    assert set(zip(mine["verdict_earlier"], mine["verdict_later"], strict=True)) == {("met", "not_met")}
    assert set(found.frame["indicator"]) == {level["indicator"]} and set(found.frame["year"]) == {level["year"]}
    assert set(found.frame["division"]) <= {level["division"], "suzhou"}
    assert not found.frame["base_restated"].any() and found.frame["base_later"].isna().all()
    assert found.judged == len(met)


def test_a_restated_base_moves_a_later_verdict_and_both_bases_are_told(plan: Plan, first: Returns) -> None:  # case 42
    change = next(m for m in plan.milestones if m.compares == "change")
    verdicts = judge_milestones(compute_indicators(first, plan=plan), plan=plan).frame
    mine = verdicts[(verdicts["task"] == change.task) & (verdicts["year"] == change.year)]
    mine = mine[mine["verdict"].isin(["met", "not_met"]) & (mine["division"] != "suzhou")].iloc[0]
    frame = first.frame
    row = frame[(frame["indicator"] == mine["indicator"]) & (frame["division"] == mine["division"])]
    row = row[[p.year == plan.base_year for p in row["period"]]].iloc[0]
    rises = change.operator in ("ge", "gt")
    easier = (mine["verdict"] == "not_met") == rises  # a lower base makes a rise easier
    column = "numerator" if np.isfinite(row["numerator"]) and np.isfinite(row["denominator"]) else "value"
    figures = {column: 1.0 if easier else row["denominator"] if column == "numerator" else row[column] * 100}
    later = restated(first, plan, mine["indicator"], mine["division"], plan.base_year, **figures)
    found = verdicts_moved(first, later, plan=plan).frame
    moved = found[(found["division"] == mine["division"]) & (found["year"] == change.year)].iloc[0]
    assert moved["verdict_earlier"] == mine["verdict"] != moved["verdict_later"]
    assert moved["base_restated"] and moved["base_earlier"] != moved["base_later"]
    assert moved["value_earlier"] == pytest.approx(mine["value"])
    assert set(found["indicator"]) == {mine["indicator"]}


def test_a_withdrawn_figure_is_not_assessable_and_never_a_failure(plan: Plan, first: Returns) -> None:
    frame = first.frame
    gone = frame[~((frame["division"] == "kunshan") & (frame["indicator"] == "user_check_rate"))]
    found = verdicts_moved(first, Returns.from_frame(gone, plan=plan), plan=plan).frame
    assert len(found) and set(found["verdict_later"]) == {"not_assessable"}
    assert set(found["division"]) <= {"kunshan", "suzhou"}


def test_a_return_of_another_plan_is_refused(plan: Plan, first: Returns) -> None:
    with pytest.raises(NotComparableError):
        verdicts_moved(first, first, plan=load_plan("example-town"))


def test_explain_says_what_moved_in_both_languages(plan: Plan, first: Returns) -> None:
    frame = first.frame[first.frame["division"] != "kunshan"]
    found = verdicts_moved(first, Returns.from_frame(frame, plan=plan), plan=plan)
    assert "now not assessable" in found.explain().in_language("en") and "→ 不可评" in found.explain().in_language("zh")
    assert str(len(found.frame)) in str(found.explain())


def test_a_later_figure_alone_leaves_its_base_as_it_was(plan: Plan, first: Returns) -> None:
    change = next(m for m in plan.milestones if m.compares == "change")
    verdicts = judge_milestones(compute_indicators(first, plan=plan), plan=plan).frame
    mine = verdicts[
        (verdicts["task"] == change.task) & (verdicts["year"] == change.year) & (verdicts["verdict"] == "met")
    ]
    mine = mine[mine["division"] != "suzhou"].iloc[0]
    later = restated(first, plan, mine["indicator"], mine["division"], change.year, numerator=0.0, value=0.0)
    found = verdicts_moved(first, later, plan=plan, years=[change.year]).frame
    moved = found[found["division"] == mine["division"]].iloc[0]
    assert moved["verdict_later"] == "not_met" and moved["base_earlier"] == moved["base_later"] > 0
    assert not moved["base_restated"]
