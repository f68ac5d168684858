"""A small plan on Suzhou's geography, so that these tests do not depend on the text of any real plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_returns import Desk

from suzhou_antidrug.errors import ReturnsError
from suzhou_antidrug.geography import load_geography
from suzhou_antidrug.plan.model import Document, Indicator, Measure, Named, Plan, Target
from suzhou_antidrug.provenance import Source, Status
from suzhou_antidrug.returns import Returns, read_returns
from suzhou_antidrug.terms import Text

TODAY = dt.date(2024, 6, 1)


def _indicator(indicator_id: str, zh: str, kind: str, unit: str, **more: Any) -> Indicator:
    return Indicator(
        id=indicator_id,
        name=Text(zh, indicator_id.replace("_", " ")),
        kind=kind,
        unit=unit,
        direction="neither",
        definition=Text("测试用", "for tests"),
        definition_status=Status.ASSUMED,
        group="tests",
        **more,
    )


def _parts(numerator: str, unit: str, denominator: str, base: str) -> dict[str, Measure]:
    return {
        "numerator": Measure(name=Text(numerator, numerator), unit=unit),
        "denominator": Measure(name=Text(denominator, denominator), unit=base),
    }


def _small_indicators() -> list[Indicator]:
    checked = _parts("核查人数", "persons", "应核查人数", "persons")
    return [
        _indicator("check_rate", "吸毒人员核查率", "coverage", "share", basis="list", **checked),
        _indicator(
            "relapse_rate", "年度查获复吸率", "proportion", "share", **_parts("复吸", "persons", "在册", "persons")
        ),
        _indicator(
            "crime_rate", "引发案件率", "rate", "per_100000", per=1e5, **_parts("案件", "cases", "人口", "inhabitants")
        ),
        _indicator(
            "student_cases", "在校学生吸毒", "occurrence", "cases", **_parts("案件", "cases", "学生", "students")
        ),
        _indicator("load", "污水负荷", "load", "mg_per_day_per_1000", frequency="quarter"),
        _indicator("efficacy", "打击团伙犯罪效能", "index", "index"),
        _indicator("laundering", "涉毒洗钱案件", "count", "cases", by_division=False),
    ]


def _more_indicators() -> list[Indicator]:
    """Indicators that no target names: weights, and shares of one list."""
    return [
        _indicator("seized", "缴获数量", "count", "kg"),
        _indicator(
            "smuggling", "走私案件占比", "proportion", "share", **_parts("走私案件", "cases", "案件总数", "cases")
        ),
        _indicator(
            "keeping", "容留案件占比", "proportion", "share", **_parts("容留案件", "cases", "案件总数", "cases")
        ),
    ]


@pytest.fixture(scope="session")
def plan() -> Plan:
    indicators = {i.id: i for i in _small_indicators()}
    words = Text("测试规划", "test plan")
    targets = [
        Target(
            id=i.id,
            number=n + 1,
            group="decrease",
            name=i.name,
            indicator=i.id,
            unit=i.unit,
            due=2022,
            scope="city",
            clause="测试",
        )
        for n, i in enumerate(indicators.values())
    ]
    return Plan(
        schema_version=1,
        id="test-plan",
        name=words,
        status=Status.ASSUMED,
        document=Document(number="0", title=words, issuer=words, dated="2020", published="2020", source="T"),
        first_year=2020,
        last_year=2022,
        base_year=2019,
        geography=load_geography("suzhou"),
        sources={"T": Source("T", "test")},
        categories=(Named(id="tests", name=Text("测试类别", "tests"), clause="测试"),),
        pillars=(),
        units=(),
        indicators=indicators | {i.id: i for i in _more_indicators()},
        ambiguities={},
        targets=tuple(targets),
        tasks=(),
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a text file and return its path."""

    def write(text: str, *, name: str = "returns.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def read(plan: Plan, write: Callable[..., Path]) -> Callable[..., Returns]:
    """Write a text file and read it."""

    def read(text: str, **how: Any) -> Returns:
        return read_returns(write(text, **how), plan=plan, today=TODAY)

    return read


@pytest.fixture
def refused(read: Callable[..., Returns]) -> Callable[..., Any]:
    """Write a text file, read it, and return the frame of the problems it is refused for."""

    def refused(text: str, **how: Any) -> Any:
        with pytest.raises(ReturnsError) as error:
            read(text, **how)
        return error.value.frame

    return refused


@pytest.fixture
def desk(plan: Plan, tmp_path: Path) -> Desk:
    """A desk at which bad files are built and read."""
    return Desk(plan, tmp_path)
