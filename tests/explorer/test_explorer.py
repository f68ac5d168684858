"""The explorer says what assess_target says; drop-downs move figure and verdict; without ipywidgets there is a table."""

from __future__ import annotations

import pytest

import suzhou_antidrug as sa
from suzhou_antidrug import explorer


@pytest.fixture(scope="module")
def plan():
    return sa.load_plan("suzhou-2020")


@pytest.fixture(scope="module")
def seen(plan):
    return sa.explore_target(sa.load_synthetic_returns(), plan, target="relapse", draws=300)


def test_outlook_is_that_of_assess_target(seen, plan):
    alone = sa.assess_target(sa.load_synthetic_returns(), target="relapse", plan=plan, origin=2021, draws=300)
    assert seen.outlook(None, 2021).probability == alone.probability
    assert seen.judge(origin=2021) == alone.judgement
    assert seen.outlook(None, 2021) is seen.outlook(None, 2021)


def test_a_steeper_fall_is_never_likelier(seen):
    found = seen.outlook(None, 2021)
    chances = [found.probability_of_fall(d) for d in explorer.FALLS]
    assert chances == sorted(chances, reverse=True)
    for fall, chance in zip(explorer.FALLS, chances, strict=True):
        assert seen.judge(None, fall, 2021) == sa.judge_probability(chance, evidence=found.evidence or 0.9)


def test_frame_has_every_reading_and_origin(seen):
    table = seen.frame
    assert len(table) == len(seen.readings) * len(seen.origins) >= 6
    assert set(table["verdict"]) <= {str(v) for v in sa.Verdict}
    assert all(year < 2022 for year in seen.origins)
    assert "评判" in seen._repr_html_() and "合成数据" in seen._repr_html_()


def test_zero_target_has_a_table_too(plan):
    zero = sa.explore_target(sa.load_synthetic_returns(), plan, target=plan.targets[-1].id, draws=100)
    assert len(zero.frame) and zero.judge(fall=0.1) == zero.judge()


def test_unknown_names_are_refused(plan):
    for options in ({"target": "relaps"}, {"target": "relapse", "division": "昆山镇"}):
        with pytest.raises(sa.UnknownNameError):
            sa.explore_target(sa.load_synthetic_returns(), plan, **options)


def test_drop_downs_move_figure_and_verdict(seen):
    pytest.importorskip("ipywidgets", reason="the extra 'notebooks' is not installed")
    *boxes, verdict, figure = seen.widget().children
    reading, fall, origin = boxes
    assert bytes(figure.value).startswith(b"\x89PNG") and "合成数据" in verdict.value
    before = bytes(figure.value)
    origin.value = seen.origins[0]
    assert bytes(figure.value) != before
    fall.value = 0.30
    assert "30%" in verdict.value and str(seen.judge(None, 0.30, origin.value).verdict.text) in verdict.value
    fall.value = None
    reading.value = next(r for r in seen.readings if r is not None)
    assert seen.judge(reading.value, None, origin.value).verdict.label in verdict.value


def test_without_a_kernel_the_table_is_shown(seen, monkeypatch):
    display = pytest.importorskip("IPython.display")
    shown = []
    monkeypatch.setattr(display, "display", shown.append)
    assert not explorer._can_turn()
    seen._ipython_display_()
    assert "<table" in shown[0].data
    monkeypatch.setattr(explorer, "_can_turn", lambda: True)
    seen._ipython_display_()
    assert len(shown[1].children) == 5


def test_without_ipywidgets_the_table_is_shown(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not explorer._can_turn()
