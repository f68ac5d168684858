"""Learning the prior: windows, closed forms against brute force, gradients, and whether it learns what is there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from suzhou_antidrug.datasets import data_path
from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.outlook import fitting
from suzhou_antidrug.outlook.engine import NARROWER, PATH_DF, parameters, simulate
from suzhou_antidrug.outlook.fitting_windows import (
    COLUMNS,
    HORIZON,
    LENGTHS,
    check_columns,
    read_series,
    sample_groups,
    sample_windows,
    scale_windows,
    usable,
)
from suzhou_antidrug.outlook.priors import load_prior
from suzhou_antidrug.outlook.scale import from_scale, to_scale
from suzhou_antidrug.outlook.series import make_block
from suzhou_antidrug.outlook.siblings import SHARES, read_kin

SINGLE = 2e-4  # the filter works in single precision
GRADIENT = 2e-3  # of the largest component: differences of a loss summed in single precision
SIMULATION = 0.01  # of a share of 40,000 draws, four standard errors


def long(values, *, source="made up", kind="rate", indicator="x", start=2000, events=None):
    """A long frame of rows of ``values``, one series each."""
    frames = []
    for i, row in enumerate(np.atleast_2d(values)):
        frame = pd.DataFrame({"value": row, "year": start + np.arange(len(row))})
        frame["count"] = np.nan if events is None else events[i]
        frames.append(frame.assign(series_id=f"{source}|{indicator}|{i}", region=f"r{i}"))
    out = pd.concat(frames).assign(source=source, kind=kind, indicator=indicator, exposure=np.nan)
    return out[list(COLUMNS)].reset_index(drop=True)


def walks(number, length, *, step=0.1, drift=0.0, seed=0):
    """Positive random walks, each with a drift of its own sign that stays."""
    rng = np.random.default_rng(seed)
    slope = drift * rng.choice([-1, 1], (number, 1))
    return 100 * np.exp(np.cumsum(slope + rng.normal(0, step, (number, length)), axis=1))


# --- windows -------------------------------------------------------------------------------------------------------


def test_windows_are_exactly_those_without_a_gap():
    rng = np.random.default_rng(3)
    frame = long(np.where(rng.random((30, 25)) < 0.08, np.nan, np.round(rng.uniform(0, 4, (30, 25)))))
    frame = frame[rng.random(len(frame)) > 0.05].sort_values(["series_id", "year"], ignore_index=True)
    found = {(r.row, r.n) for r in usable(frame).itertuples()}
    expected = set()
    for _, own in frame.groupby("series_id"):
        by_year = dict(zip(own["year"], zip(own.index, own["value"], strict=True), strict=True))
        for year, (row, last) in by_year.items():
            for n in LENGTHS:
                years = range(year - n + 1, year + HORIZON + 1)
                if last > 0 and all(y in by_year and np.isfinite(by_year[y][1]) for y in years):
                    expected.add((row, n))
    assert found == expected
    assert len(expected) > 100


def test_a_negative_value_is_in_no_window():
    frame = long([[5.0, 4, 3, -1, 5, 6, 7, 8, 9, 9, 9, 9]])
    found = usable(frame)
    assert set(found["row"]) == {7, 8}  # four years without it behind, three ahead


def test_windows_hold_what_followed_and_sources_are_even():
    frame = pd.concat([long(walks(8, 30), source="a"), long(walks(40, 30, seed=1), source="b")])
    found = sample_windows(frame, np.random.default_rng(0), per_source=70)
    assert found.groupby("source").size().to_dict() == {"a": 70, "b": 70}
    of = {(r.series_id, r.year): r.value for r in frame.itertuples()}
    for case in found.itertuples():
        years = range(case.year_T - len(case.y) + 1, case.year_T + HORIZON + 1)
        assert [of[case.series_id, y] for y in years] == [*case.y, *case.future]
    sizes = found["y"].map(len).value_counts()
    assert set(sizes.index) == set(LENGTHS) and sizes.min() > 5  # lengths are equally likely, not as they occur


def test_groups_are_regions_of_one_indicator_at_one_origin():
    frame = pd.concat([
        long(walks(12, 20), source="a"), long(walks(12, 20, seed=1), source="a", indicator="y"),
        long(walks(3, 20, seed=2), source="few"), long(walks(12, 20, seed=3), source="b", kind="generic"),
    ])  # fmt: skip
    found = sample_groups(frame, np.random.default_rng(0), per_source=20)
    assert set(found["source"]) == {"a"}  # three regions are too few, generic series are strangers
    assert found["panel"].nunique() == 20
    for _, group in found.groupby("panel"):
        assert 4 <= len(group) <= 10
        assert group["series_id"].is_unique and group["year_T"].nunique() == 1
        assert group["series_id"].str.split("|").str[1].nunique() == 1
        assert group["y"].map(len).nunique() == 1


def test_no_groups_no_siblings():
    assert sample_groups(long(walks(3, 20)), np.random.default_rng(0), per_source=5) is None


def test_nothing_long_enough_is_refused():
    with pytest.raises(SeriesError, match="4 years in a row"):
        fitting.fit_prior(long(walks(5, 6)))


def test_a_missing_column_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(UnknownNameError, match="exposure"):
        check_columns(long(walks(2, 9)).drop(columns="exposure"))
    with pytest.raises(SeriesError, match=r"series\.parquet"):
        read_series(tmp_path)


# --- lines and closed forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [200, 1000])
def test_a_line_lies_where_the_reported_count_meets_the_fall(last):
    """P(z below the line) must be the share of reported whole counts at or below it."""
    history = np.array([last - 20, last + 15, last - 7, last + 4, float(last)])
    case = pd.DataFrame({"y": [history], "future": [np.full(HORIZON, last * 0.9)], "count": [history], "kind": "count"})
    windows = scale_windows(case)
    scaled = to_scale(make_block(history[None], kind="count"))
    rng = np.random.default_rng(0)
    paths = rng.normal(np.log(last * 0.9), 0.1, (1, 40_000, 1)).astype(np.float32)
    reported = from_scale("count", scaled, paths.copy(), rng)
    for fall, line, happened in zip((0.0, 0.1, 0.2, 0.3), windows.lines[0], windows.happened[0], strict=True):
        share = (reported <= (1 - fall) * last * (1 + 1e-9)).mean()
        assert (paths <= line).mean() == pytest.approx(share, abs=SIMULATION)
        assert happened == (fall <= 0.1)  # exactly 10 % counts as met


def test_truth_and_lines_of_shares_are_logits():
    case = pd.DataFrame({"y": [np.array([40.0, 41.5, 39.25, 50])], "future": [[48.0, 40, 25]], "kind": "proportion"})
    windows = scale_windows(case)
    assert windows.truth[0] == pytest.approx(np.log(np.array([48, 40, 25]) / np.array([52, 60, 75])))
    # Published to 0.25 points, read as 0.01: the line lies half a hundredth of a point above.
    assert windows.lines[0, 3] == pytest.approx(np.log(0.35005 / 0.64995), abs=1e-6)
    assert windows.happened[0].tolist() == [1, 1, 1, 1]


def joint_gaussian(z, noise, atom, shift, extra):
    """Mean and variance of the reported values 1..3 steps ahead, by one large covariance matrix."""
    _, q, r, dv, damping, mean = (float(x) for x in parameters(atom))
    n, drift_noise = len(z), dv * (1 - damping**2)
    steps = n + HORIZON
    # State paths as linear maps of independent shocks: start of level (nearly unknown), start of drift, then q and drift noise.
    size = 2 + 2 * steps
    scale = np.sqrt(np.array([1e3, dv, *[q] * steps, *[drift_noise] * steps]))
    level, drift = np.zeros(size), np.zeros(size)
    level[0], drift[1] = 1, 1
    offset, slope, rows, means = 0.0, mean, [], []
    for t in range(steps):
        rows.append(level.copy())
        means.append(offset)
        level, offset = level + drift, offset + slope
        level[2 + t] += 1
        drift, slope = drift * damping, slope * damping + (1 - damping) * mean
        drift[2 + steps + t] += 1
    loading = np.array(rows) * scale
    covariance = loading @ loading.T + np.diag([*(r + noise), *[r + extra] * HORIZON])
    seen, ahead = slice(0, n), slice(n, steps)
    ago = np.arange(1 - n, 1)
    gain = covariance[ahead, seen] @ np.linalg.inv(covariance[seen, seen])
    expected = np.array(means)
    forward = expected[ahead] + gain @ (z - shift * ago - expected[seen])
    return forward, np.diag(covariance[ahead, ahead] - gain @ covariance[seen, ahead])


@pytest.mark.parametrize("shift", [0.0, -0.07])
def test_the_bank_says_what_the_joint_distribution_says(shift):
    frame = long(walks(6, 12, seed=5))
    windows = scale_windows(sample_windows(frame, np.random.default_rng(0), per_source=5))
    atoms = fitting.grid_atoms()[[110, 200, 215, 330]]
    bank = fitting.fill_bank(windows, atoms, (np.full(len(windows), shift),))
    carried = shift * np.array([1, 1.9, 2.7])
    for i in range(len(windows)):
        seen = np.isfinite(windows.z[i])
        z, noise = windows.z[i, seen], windows.noise[i, seen]
        for a, atom in enumerate(atoms):
            mean, variance = joint_gaussian(z, noise, atom, shift, windows.future_noise[i])
            spread = NARROWER * np.sqrt(variance)
            said = student.cdf((windows.lines[i] - mean[-1] - carried[-1]) / spread[-1], PATH_DF)
            assert bank.below[:, i, a] == pytest.approx(said, abs=SINGLE * 5)
            density = student.pdf(windows.truth[i], PATH_DF, mean + carried, spread)
            assert bank.density[:, i, a] == pytest.approx(density, rel=0.01, abs=1e-4)


# --- learning --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def training():
    frame = pd.concat([long(walks(12, 16, seed=1), source="a"), long(walks(12, 16, seed=2, step=0.3), source="b")])
    return fitting.gather(frame, per_source=30, groups_per_source=4)


def tilts(training):
    atoms, prior = fitting.grid_atoms(), load_prior()
    basis, shapes = fitting.atom_basis(atoms), fitting.sibling_basis(atoms)
    windows, groups = training.alone, training.groups
    free = fitting.free_prior(training.alone_bank, fitting.source_shares(windows.source), rounds=3)
    x = fitting.features(windows.z)
    alone = fitting.Tilt(free[None], basis, x, shapes[:432, :7], fitting.log_length(windows), None)
    kin = fitting.kin_features(read_kin(groups.z, groups.group))
    offset = np.tile(prior.log_prior, len(SHARES))[None]
    none = np.empty((len(shapes), 0), np.float32)
    together = fitting.Tilt(offset, none, kin, shapes, fitting.log_length(groups), prior.temper)
    return [(alone, windows, training.alone_bank), (together, groups, training.groups_bank)]


@pytest.mark.parametrize("which", [0, 1], ids=["alone", "siblings"])
def test_the_gradient_is_that_of_the_loss(training, which):
    tilt, windows, bank = tilts(training)[which]
    share = fitting.source_shares(windows.source)
    rng = np.random.default_rng(0)
    theta = tilt.start() + rng.normal(0, 0.2, len(tilt.start()))

    def value(at):
        return fitting.loss(at, tilt, bank, windows.happened, share, 1e-2)[0]

    gradient = fitting.loss(theta, tilt, bank, windows.happened, share, 1e-2)[1]
    step = 1e-2
    for i in {0, 3, len(theta) // 2, len(theta) - 2, len(theta) - 1}:
        move = np.zeros(len(theta))
        move[i] = step
        slope = (value(theta + move) - value(theta - move)) / (2 * step)
        assert gradient[i] == pytest.approx(slope, abs=GRADIENT * np.abs(gradient).max())


def test_the_loss_at_rest_is_brier_and_log_score(training):
    tilt, windows, bank = tilts(training)[0]
    share = fitting.source_shares(windows.source)
    theta = tilt.start()
    weight = np.exp(tilt.offset + np.exp(theta[-2]) * bank.relative.astype(float))
    weight /= weight.sum(axis=1, keepdims=True)
    said = np.einsum("na,fna->nf", weight, bank.below)
    density = np.einsum("na,hna->nh", weight, bank.density)
    expected = share @ ((said - windows.happened) ** 2).sum(axis=1) - 0.3 * share @ np.log(density + 1e-9).mean(axis=1)
    assert fitting.loss(theta, tilt, bank, windows.happened, share, 1.0)[0] == pytest.approx(expected, rel=1e-4)


def test_rounds_of_the_free_prior_raise_the_likelihood(training):
    bank, share = training.alone_bank, fitting.source_shares(training.alone.source)
    score = fitting.TEMPER * bank.relative.astype(float) + np.log(bank.density[-1] + 1e-9)

    def likelihood(rounds):
        prior = fitting.free_prior(bank, share, rounds=rounds).astype(float)
        prior -= np.log(np.exp(prior).sum())
        top = (score + prior).max(axis=1, keepdims=True)
        return share @ (top[:, 0] + np.log(np.exp(score + prior - top).sum(axis=1)))

    reached = [likelihood(rounds) for rounds in (0, 1, 4, 16)]
    assert reached == sorted(reached) and reached[-1] > reached[0] + 0.1


def test_sources_weigh_the_same_and_those_left_out_nothing():
    source = np.array(["a", "a", "a", "b", "c"], dtype=object)
    assert fitting.source_shares(source) == pytest.approx([1 / 9, 1 / 9, 1 / 9, 1 / 3, 1 / 3])
    assert fitting.source_shares(source, ["b"]) == pytest.approx([1 / 6, 1 / 6, 1 / 6, 0, 1 / 2])


def test_a_source_left_out_teaches_nothing(training):
    left_out = fitting.learn(training, left_out=["b"])
    other = long(walks(12, 16, seed=9, step=0.02), source="b")
    frame = pd.concat([long(walks(12, 16, seed=1), source="a"), other])
    again = fitting.learn(fitting.gather(frame, per_source=30, groups_per_source=4), left_out=["b"])
    # The windows of "a" are drawn before those of "b", from the same generator: its part is the same.
    assert again.log_prior == pytest.approx(left_out.log_prior, abs=1e-4)
    assert not np.allclose(fitting.learn(training).log_prior, left_out.log_prior, atol=0.05)


def test_it_learns_whether_drift_goes_on():
    """A prior learned where drifts last must see falls go on; one learned from plain walks must not."""
    lasting, plain = walks(60, 13, drift=0.12, step=0.04, seed=1), walks(60, 13, step=0.12, seed=2)
    priors = [fitting.learn(fitting.gather(long(v), per_source=150)) for v in (lasting, plain)]
    fresh = walks(200, 9, drift=0.12, step=0.04, seed=7)
    block = make_block(fresh[:, :6], kind="rate")
    happened = fresh[:, 8] <= 0.8 * fresh[:, 5]
    scores = []
    for prior in priors:
        draws = simulate(block, HORIZON, draws=400, rng=np.random.default_rng(0), prior=prior)
        said = (draws[:, :, 2] <= 0.8 * block.values[:, -1:]).mean(axis=1)
        scores.append(((said - happened) ** 2).mean())
    # Saying the base rate scores 0.25. The two found 0.09 and 0.26.
    assert scores[0] < 0.15 < 0.20 < scores[1]


def test_the_grid_is_the_bundled_one():
    assert fitting.grid_atoms() == pytest.approx(load_prior().atoms, rel=1e-5)


def test_what_is_written_can_be_read(tmp_path, training):
    prior = fitting.learn(training)
    fitting.write_prior(prior, tmp_path)
    table = pd.read_csv(tmp_path / "prior_atoms.csv")
    bundled = pd.read_csv(data_path("outlook", "prior_atoms.csv"), nrows=3)
    assert list(table) == list(bundled) and len(table) == 432
    assert table["log_prior"].to_numpy() == pytest.approx(prior.log_prior, rel=1e-5)
    tilt = table[["tilt_volatility", "tilt_last", "tilt_largest"]].to_numpy().T
    assert np.allclose(tilt, prior.tilt, rtol=1e-4, atol=1e-6)
    rest = pd.read_json(tmp_path / "prior.json", typ="series")
    assert rest["temper"] == pytest.approx(prior.temper, abs=1e-6)
    assert np.array(rest["siblings"]) == pytest.approx(prior.siblings, abs=1e-5)


def test_the_command_learns_and_writes(tmp_path):
    pytest.importorskip("pyarrow")
    long(walks(10, 12)).to_parquet(tmp_path / "series.parquet")
    fitting.main([str(tmp_path), "--out", str(tmp_path / "out"), "--seed", "1"])
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"prior_atoms.csv", "prior.json"}
