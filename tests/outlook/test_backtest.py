"""Backtests: counted by hand, blind to what came later, right about forecasters whose faults are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.outlook.backtest import forecast_cases, run_backtest
from suzhou_antidrug.outlook.baselines import random_walk
from suzhou_antidrug.outlook.cases import ready_cases, rolling_cases
from suzhou_antidrug.outlook.league import League, compare_forecasters, load_league, load_reliability


def walks(number=60, length=14, sigma=0.2, seed=0, sources=3):
    """Random walks on the log scale: their right forecast is known."""
    rng = np.random.default_rng(seed)
    values = 100 * np.exp(np.cumsum(rng.normal(0, sigma, (number, length)), axis=1))
    ids = np.repeat(np.arange(number), length)
    return pd.DataFrame(
        {
            "series_id": ids,
            "period": np.tile(np.arange(2001, 2001 + length), number),
            "value": values.ravel(),
            "source": np.array(list("abcdefgh"))[ids % sources],
            "kind": "load",
        }
    )


def walker(sigma):
    """The right forecaster of ``walks`` for its sigma; over-confident for a smaller one."""

    def forecast(block, horizon, *, draws, rng):
        steps = sigma * rng.standard_normal((len(block), draws, horizon))
        return block.values[:, -1:, None] * np.exp(np.cumsum(steps, axis=2))

    return forecast


def test_origins_are_those_with_enough_before_and_after():
    y = pd.Series(np.arange(10.0, 21.0), index=range(2010, 2021)).drop(2013)
    test = run_backtest(y, forecaster="random_walk", horizon=3, minimum=5, draws=50)
    # Five values stand by 2015 (2013 is missing); 2017 + 3 is the last year.
    assert test.frame["origin"].tolist() == [2015, 2016, 2017]
    assert test.frame["n"].tolist() == [5, 6, 7]
    # 2013 missing: neither an origin nor three years after one; 2010 + 3 and 2013 fall away.
    early = run_backtest(y, forecaster="random_walk", horizon=3, minimum=3, draws=50)
    assert early.frame["origin"].tolist() == [2012, 2014, 2015, 2016, 2017]
    some = run_backtest(y, forecaster="random_walk", horizon=3, origins=[2016, 2011], draws=50)
    assert some.frame["origin"].tolist() == [2016]


def test_quarters_are_steps_too():
    index = pd.period_range("2018Q1", periods=12, freq="Q")
    test = run_backtest(
        pd.Series(range(5, 17), index=index, dtype=float), forecaster="random_walk", horizon=4, draws=50
    )
    assert test.frame["origin"].astype(str).tolist() == ["2019Q1", "2019Q2", "2019Q3", "2019Q4"]


def test_a_forecaster_sees_nothing_after_its_origin():
    seen = []

    def spy(block, horizon, *, draws, rng):
        seen.append(block)
        return np.ones((len(block), draws, horizon))

    frame = walks(number=4, length=9)
    frame["exposure"] = frame["period"].astype(float)  # rises, so that it tells the year
    test = run_backtest(frame.assign(kind="rate", events=5.0), forecaster=spy, draws=20)
    origins = test.frame["origin"].unique().tolist()
    assert origins == [2005, 2006]
    for origin, block in zip(origins, seen, strict=True):
        assert np.nanmax(block.exposure) == origin
        known = frame[frame["period"] <= origin].pivot(index="series_id", columns="period", values="value")
        np.testing.assert_array_equal(block.values, known.to_numpy())
    assert (test.frame["cover80"] == 0).all()


def test_ready_cases_of_one_block_share_their_origin():
    # A method that pools a block must not learn from one case's history what came after another's origin.
    cases = pd.DataFrame(
        {"y": [[1.0, 2, 3, 4]] * 4, "future": [[5.0, 6, 7]] * 4, "year_T": [2001, 2004, 2001, 2004], "kind": "rate"}
    )
    blocks = ready_cases(cases, horizon=3).blocks
    assert [sorted(b.rows.tolist()) for b in blocks] == [[0, 2], [1, 3]]


def test_divisions_of_a_group_are_forecast_together():
    frame = walks(number=4, length=8).assign(group=lambda f: np.where(f["series_id"] < 3, "g", None))
    block = rolling_cases(frame, horizon=3, minimum=5).blocks[0].block
    assert block.group is not None
    assert block.group[0] == block.group[1] == block.group[2] != block.group[3]


def test_the_right_forecaster_is_found_right_and_a_narrow_one_narrow():
    frame = walks(number=800, length=8)  # one origin each: cases are independent
    right = run_backtest(frame, forecaster=walker(0.2), draws=400)
    narrow = run_backtest(frame, forecaster=walker(0.08), draws=400)
    head = right.headline()
    assert head["cases"] == 800 and head["failed"] == 0
    assert head["cover80"] == pytest.approx(0.8, abs=0.03)
    assert head["slope"] == pytest.approx(1, abs=0.12)
    assert narrow.headline()["cover80"] < 0.55
    assert narrow.headline()["slope"] < 0.7
    assert narrow.headline()["interval80"] > head["interval80"]
    # Bands of 90 %: about one of ten bins may lie outside.
    assert right.reliability().outside <= 2
    low_said = narrow.reliability().frame.query("said < 0.3 and forecasts > 200")  # one half is right at any width
    assert len(low_said) >= 2 and (low_said["happened"] > low_said["high"]).all()
    assert right.pit().unevenness < 0.35 < narrow.pit().unevenness
    assert "偏窄" in narrow.pit().explain().in_language("zh")
    skill = right.skill(narrow, repeats=200)
    assert 0 < skill.low < skill.value < skill.high
    assert (skill.better_in, skill.units, skill.resampled) == (3, 3, "source")


def test_consistency_bands_cover_what_they_say():
    """Many right forecasters: their bins lie inside the 90 % bands in about 90 %."""
    inside = total = 0
    for seed in range(12):
        test = run_backtest(walks(number=150, length=8, seed=seed), forecaster=walker(0.2), draws=300, rng=seed)
        bins = test.reliability(rng=seed).frame
        bins = bins[bins["forecasts"] > 20]
        inside += ((bins["happened"] >= bins["low"]) & (bins["happened"] <= bins["high"])).sum()
        total += len(bins)
    assert total >= 50
    assert inside / total == pytest.approx(0.9, abs=0.09)


def test_skill_by_hand_and_its_bootstrap():
    test = run_backtest(walks(number=30, length=9), forecaster="random_walk", draws=100)
    rows = test.frame
    brier = climate = 0.0
    for d in (0, 10, 20, 30):
        per_source = rows.groupby("source")
        brier += ((rows[f"p{d}"] - rows[f"e{d}"]) ** 2).groupby(rows["source"]).mean().mean()
        share = per_source[f"e{d}"].mean().mean()
        climate += share * (1 - share)
    skill = test.skill(repeats=300)
    assert skill.value == pytest.approx(1 - brier / climate, abs=1e-12)
    assert skill.value == pytest.approx(test.headline()["brier_skill"], abs=1e-12)
    assert skill.low < skill.value < skill.high
    assert test.skill(test).value == 0
    # One source: whole series are drawn instead.
    alone = run_backtest(walks(number=30, length=9, sources=1), forecaster="random_walk", draws=100)
    assert alone.skill(repeats=50).resampled == "series_id"
    assert alone.skill(repeats=50).units == 30


def test_scores_by_source_length_and_kind():
    test = run_backtest(walks(number=12, length=10), forecaster="random_walk", draws=60)
    assert test.scores("source")["cases"].sum() == len(test.frame) == 36
    assert test.scores("n")["n"].tolist() == [5, 6, 7]
    assert test.scores("kind")["kind"].tolist() == ["load"]
    assert test.scores().loc[0, "brier"] == pytest.approx(test.scores("source")["brier"].mean())
    with pytest.raises(SeriesError, match="series_id"):
        test.scores("colour")


def test_where_nothing_is_forecast_the_random_walk_stands_in_and_is_counted():
    def choosy(block, horizon, *, draws, rng):
        out = np.ones((len(block), draws, horizon))
        out[::2] = np.nan
        return out

    test = run_backtest(walks(number=10, length=8), forecaster=choosy, draws=80)
    assert test.headline()["failed"] == 0.5
    stood_in = test.frame[test.frame["failed"]]
    assert (stood_in["crps"] < 20).all() and (stood_in["p0"] > 0.05).all()


def test_each_source_can_have_a_forecaster_that_never_saw_it():
    used = {}

    def of(source):
        def forecast(block, horizon, *, draws, rng):
            used.setdefault(source, []).append(len(block))
            return random_walk(block, horizon, draws=draws, rng=rng)

        return forecast

    frame = walks(number=7, length=8, sources=2)
    test = run_backtest(frame, forecaster={"a": of("a"), "b": of("b")}, draws=40)
    assert used == {"a": [4], "b": [3]}
    assert test.frame["source"].tolist().count("a") == 4
    with pytest.raises(SeriesError, match="no forecaster"):
        run_backtest(frame, forecaster={"a": of("a")}, draws=40)


def test_the_engine_is_judged_unless_another_is_named_and_the_seed_decides():
    frame = walks(number=6, length=8)
    once, again = (run_backtest(frame, draws=100, rng=5) for _ in range(2))
    other = run_backtest(frame, draws=100, rng=6)
    pd.testing.assert_frame_equal(once.frame, again.frame)
    assert not once.frame["crps"].equals(other.frame["crps"])
    assert once.name.zh == "本库方法"
    assert once.manifest()["data_fingerprint"] == other.manifest()["data_fingerprint"]
    assert once.manifest()["seed"] == 5


@pytest.mark.parametrize(
    ("frame", "more", "error", "message"),
    [
        (walks(number=2, length=7), {}, SeriesError, "no series has 5 values"),
        (walks(number=2, length=9), {"minimum": 2}, SeriesError, "at least 3"),
        (walks(number=2, length=9), {"horizon": 0}, SeriesError, "horizon"),
        (walks(number=2, length=9), {"forecaster": "naive"}, UnknownNameError, "naive"),
        (walks(number=2, length=9).drop(columns="value"), {}, UnknownNameError, "value"),
        (pd.concat([walks(number=1, length=9)] * 2), {}, SeriesError, "stands twice"),
        (walks(number=2, length=9).assign(kind=["load", "rate"] * 9), {}, SeriesError, "more than one kind"),
        (walks(number=2, length=9), {"forecaster": lambda block, horizon, **k: np.ones((1, 2))}, SeriesError, "shape"),
        (pd.DataFrame({"y": [[1, 2, 3, 4]], "future": [[5, 6]]}), {}, SeriesError, "2 values after"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_refused(frame, more, error, message):
    with pytest.raises(error, match=message):
        run_backtest(frame, **({"draws": 40} | more))


def test_backtests_of_other_cases_are_not_compared():
    a = run_backtest(walks(number=4, length=9), forecaster="random_walk", draws=40)
    b = run_backtest(walks(number=5, length=9), forecaster="random_walk", draws=40)
    with pytest.raises(SeriesError, match="same cases"):
        a.skill(b)
    with pytest.raises(SeriesError, match="climatology"):
        a.skill("luck")


def test_a_league_ranks_names_and_leaves_out():
    frame = walks(number=40, length=9)
    league = compare_forecasters(frame, ["random_walk", "straight_line", "log_random_walk"], draws=150, repeats=50)
    table = league.frame
    assert table["brier_skill"].is_monotonic_decreasing
    assert table["method"].iloc[-1] == "straight_line"  # no trend is there to be followed
    walk = table.set_index("method").loc["random_walk"]
    assert walk["better_than_walk"] == 0 and walk["sources"] == 3
    for method, test in league.tests.items():
        alone = run_backtest(frame, forecaster=method, draws=150)
        assert alone.headline()["crps"] == pytest.approx(test.headline()["crps"])
    labelled = compare_forecasters(frame, {"right": walker(0.2), "narrow": walker(0.05)}, draws=100, repeats=20)
    assert labelled.frame["method"].tolist() == ["right", "narrow"]
    assert labelled.frame["better_than_walk"].isna().all()
    with pytest.raises(UnknownNameError, match="right"):
        labelled.test_of("rihgt")


def test_a_method_that_cannot_run_is_named_with_its_reason(monkeypatch):
    from suzhou_antidrug.outlook import baselines

    monkeypatch.setattr(baselines, "find_spec", lambda name: None)
    league = compare_forecasters(walks(number=4, length=9), ["random_walk", "auto_ets"], draws=40, repeats=10)
    assert league.frame["method"].tolist() == ["random_walk"]
    assert "auto_ets" in league.skipped and "statsforecast" in league.explain().in_language("zh")


def test_stored_figures_are_whole():
    league = load_league()
    assert isinstance(league, League)
    assert league.made.status == "computed"
    table = league.frame
    assert table["brier_skill"].is_monotonic_decreasing
    assert (table["cases"] == 7245).all() and (table["sources"] == 13).all()
    assert table["cover80"].between(0, 1).all() and (table["skill_low"] < table["skill_high"]).all()
    bins = load_reliability("straight_line")
    assert bins.slope < 0.6
    assert bins.frame["weight"].sum() == pytest.approx(1, abs=1e-3)
    # The stored bins and the stored error were measured together.
    gap = (bins.frame["weight"] * (bins.frame["said"] - bins.frame["happened"]).abs()).sum()
    assert gap == pytest.approx(bins.error, abs=1e-3)
    with pytest.raises(UnknownNameError, match="straight_line"):
        load_reliability("straightline")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_results_are_drawn_explained_and_shown(language):
    test = run_backtest(walks(number=30, length=9), forecaster="random_walk", draws=80, status="synthetic")
    league = compare_forecasters(walks(number=8, length=9), ["random_walk", "log_line"], draws=60, repeats=20)
    word = {"zh": "合成数据", "en": "synthetic data"}[language]
    for result in (test, test.reliability(), test.pit(), league, load_league()):
        ax = result.plot(language=language)
        assert ax.collections or ax.patches
        assert len(result.frame) and result.explain().in_language(language)
        assert "<table" in result._repr_html_()
        shown = " ".join(t.get_text() for t in ax.texts)
        assert (word in shown) == (result.made.status == "synthetic")
    reliability = test.reliability().plot(language=language)
    points = reliability.collections[-1].get_offsets()
    np.testing.assert_allclose(points, test.reliability().frame[["said", "happened"]])
    dots = league.plot(language=language).collections[-1].get_offsets()
    np.testing.assert_allclose(dots[:, 0], league.frame["brier_skill"][::-1])


@pytest.mark.reference
def test_draws_for_ready_cases_are_in_their_own_unit(reference):
    cases = pd.read_parquet(reference / "benchmark" / "cases.parquet")
    share = cases[cases["kind"] == "proportion"].head(5)
    other = cases[cases["source"] == "us_state_crime"].head(5)
    both = pd.concat([share, other]).drop(columns=["future", "exposure_future"])
    draws = forecast_cases(both, 3, draws=100)
    last = np.array([y[-1] for y in both["y"]])
    ratio = np.median(draws[:, :, 0], axis=1) / last
    assert ratio == pytest.approx(np.ones(10), abs=0.5)
    assert share["y"].map(max).max() > 1  # percent


def test_a_case_without_a_panel_stands_alone():
    cases = pd.DataFrame({"y": [[1.0, 2, 3, 4]] * 4, "future": [[5.0, 6, 7]] * 4, "panel": [1.0, 1.0, None, None]})
    group = ready_cases(cases, horizon=3).blocks[0].block.group
    assert group[0] == group[1] and len(set(group)) == 3
