"""The league: forecasters side by side on the same cases, and the figures measured for this library.

排行：同样的例上比较各种预测方法，以及本库实测的结果。
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..datasets import data_path
from ..errors import UnknownNameError, unknown_name
from ..provenance import Made, Status, fingerprint
from ..results import Explanation, Result, line
from ..terms import Text
from .backtest import ENGINE, Backtest, forecaster_name, judge
from .baselines import BASELINES, find_baseline
from .calibration import REPEATS, Reliability
from .cases import Cases, read_cases
from .predictive import check_numbers
from .scores import FALLS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from .backtest import Judged

OWN = "engine"  # the id of this library's forecaster in a league
PEER = "random_walk"  # the simple peer that a forecaster must beat
LEFT_OUT, IN_SAMPLE = "left_out", "in_sample"  # whether a learned forecaster saw the sources it is judged on
COLUMNS = (
    "method", "name_zh", "name_en", "learned", "cases", "sources", "brier_skill", "skill_low", "skill_high",
    "better_than_walk", "brier", "log_score", "slope", "ece", "crps", "crps_last", "interval80", "cover80", "cover95",
    "negative", "failed", "ms_per_series",
)  # fmt: skip
RELIABILITY_COLUMNS = ("method", "bin", "said", "happened", "low", "high", "weight", "forecasts")
BAND_LEVEL = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class League(Result):
    """Forecasters on the same cases, the best first.  各种预测方法在同样的例上的表现，好的在前。

    ``table`` has one row a forecaster. ``brier_skill`` is against the base rate, with a bootstrap interval by source;
    ``better_than_walk`` counts the sources on which the Brier score beats the random walk's (missing where that did not
    take part); ``learned`` says whether a forecaster that learned from other series saw the sources it is judged on.
    """

    table: pd.DataFrame
    made: Made
    tests: Mapping[str, Backtest] = field(default_factory=dict)  # by method; empty for stored figures
    skipped: Mapping[str, Text] = field(default_factory=dict)  # why a method did not take part

    @property
    def frame(self) -> pd.DataFrame:
        """One row a forecaster; a copy."""
        return self.table.copy()

    def test_of(self, method: str) -> Backtest:
        """Return the backtest of one forecaster.  某一方法的回测。"""
        if method not in self.tests:
            raise UnknownNameError(unknown_name("forecaster of the league", "参赛方法", method, self.tests))
        return self.tests[method]

    def explain(self) -> Explanation:
        """How the league was made, and who leads."""
        first = self.table.iloc[0]
        skipped = [line(f"未参加：{m}", f"skipped: {m}", why) for m, why in self.skipped.items()]
        return Explanation(
            Text("预测方法排行", "League of forecasters"),
            (
                line("方法数", "forecasters", len(self.table)),
                line("例数、来源数", "cases, sources", f"{int(first['cases'])}, {int(first['sources'])}"),
                line("第一名", "first", Text(first["name_zh"], first["name_en"])),
                line("其技巧分", "its Brier skill", f"{first['brier_skill']:+.3f}"),
                *skipped,
                line("数据状态", "status", self.made.status.text),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw skill with intervals and the cover of 80 % intervals.  绘制技巧分与区间覆盖。"""
        from .calibration_plots import plot_league

        return plot_league(self, ax, language=language)


def chosen_forecasters(
    forecasters: Mapping[str, Judged] | Sequence[str] | None,
) -> tuple[dict[str, Judged], dict[str, Text]]:
    """Return the forecasters of a league by id, and why some cannot take part.  参赛方法及缺席原因。"""
    if isinstance(forecasters, Mapping):
        return dict(forecasters), {}
    names = [OWN, *(b.id for b in BASELINES.values() if not b.needs)] if forecasters is None else list(forecasters)
    chosen: dict[str, Judged] = {}
    skipped: dict[str, Text] = {}
    for name in names:
        why = None if name == OWN else find_baseline(name).why_not
        if why is None:
            chosen[name] = None if name == OWN else name
        else:
            skipped[name] = why
    return chosen, skipped


def compare_forecasters(
    data: Any,
    forecasters: Mapping[str, Judged] | Sequence[str] | None = None,
    *,
    horizon: int = 3,
    minimum: int = 5,
    origins: Iterable[Any] | None = None,
    falls: Sequence[float] = FALLS,
    draws: int = 1000,
    rng: int = 0,
    kind: str = "rate",
    repeats: int = REPEATS,
    status: Status | str = Status.REPORTED,
) -> League:
    """Backtest several forecasters on the same cases and rank them.

    在同样的例上检验多种预测方法并排行。

    Parameters
    ----------
    data, horizon, minimum, origins, falls, draws, rng, kind, status
        As in :func:`~suzhou_antidrug.outlook.backtest.run_backtest`.
    forecasters : mapping, sequence of str or None
        Ids of :data:`~suzhou_antidrug.outlook.baselines.BASELINES` and ``engine`` for this library's own; or a mapping
        from a label to a forecaster. All that need no fitting one by one, unless given. Those whose package is not
        installed are named in ``skipped``.
    repeats : int
        Bootstrap repeats of the skill's interval.

    Raises
    ------
    SeriesError
        No series is long enough.
    UnknownNameError
        A forecaster that is not on the list.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> walk = 100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.1, 20)))
    >>> series = pd.Series(walk, index=range(2001, 2021))
    >>> league = compare_forecasters(series, ["random_walk", "straight_line"], draws=200, repeats=50)
    >>> sorted(league.frame["method"]), league.frame["brier_skill"].is_monotonic_decreasing
    (['random_walk', 'straight_line'], True)
    """
    check_numbers(horizon, draws)
    chosen, skipped = chosen_forecasters(forecasters)
    cases: dict[bool, Cases] = {}
    tests: dict[str, Backtest] = {}
    for method, forecaster in chosen.items():
        by_source = isinstance(forecaster, Mapping)
        if by_source not in cases:
            cases[by_source] = read_cases(
                data, horizon=horizon, minimum=minimum, origins=origins, kind=kind, by_source=by_source
            )
        name = ENGINE if method == OWN else forecaster_name(forecaster)
        tests[method] = judge(cases[by_source], forecaster, falls=falls, draws=draws, rng=rng, name=name, status=status)
    learned = {m: LEFT_OUT for m, f in chosen.items() if isinstance(f, Mapping)}
    return _rank(tests, skipped, learned, repeats=repeats, rng=rng)


def _rank(
    tests: dict[str, Backtest], skipped: dict[str, Text], learned: Mapping[str, str], *, repeats: int, rng: int
) -> League:
    import pandas as pd

    if not tests:
        raise UnknownNameError(unknown_name("forecaster that can run here", "可运行的预测方法", "-", BASELINES))
    walk = tests.get(PEER)
    by_case = ["series_id", "source", "origin", "n"]
    rows = []
    for method, test in tests.items():
        skill = test.skill(repeats=repeats, rng=rng)
        comparable = walk is not None and test.rows[by_case].equals(walk.rows[by_case])
        better = test.skill(walk, repeats=2).better_in if comparable and walk is not None else None
        row = {
            "method": method,
            "name_zh": test.name.zh,
            "name_en": test.name.en,
            "learned": learned.get(method, ""),
            "sources": test.rows["source"].nunique(),
            "skill_low": skill.low,
            "skill_high": skill.high,
            "better_than_walk": better,
        }
        rows.append(row | test.headline())
    table = pd.DataFrame(rows)[list(COLUMNS)].astype({"cases": int, "better_than_walk": "Int64"})
    table = table.sort_values("brier_skill", ascending=False, ignore_index=True)
    first = next(iter(tests.values())).made
    made = Made("rolling-origin league", first.status, first.fingerprint, rng)
    return League(table, made, tests, skipped)


def load_league() -> League:
    """Return the figures measured for this library on 7,245 real short series of 13 collections.

    读取本库在 13 个来源、7245 条真实短序列上的实测结果。

    The series are third-party and not bundled; see ``describe("outlook-league")``.

    >>> bool(load_league().frame.set_index("method").loc["compound_growth_point", "brier_skill"] < -0.5)
    True
    """
    import pandas as pd

    path = data_path("outlook", "league.csv")
    table = pd.read_csv(path, keep_default_na=True).astype({"better_than_walk": "Int64"})
    table["learned"] = table["learned"].fillna("")
    return League(table, Made("measured, stored", Status.COMPUTED, fingerprint(path.read_bytes())))


def load_reliability(method: str = OWN) -> Reliability:
    """Return the reliability bins measured for one forecaster on the same series.  读取某方法的实测可靠性分箱。

    >>> bool(load_reliability("random_walk").frame["happened"].between(0, 1).all())
    True
    """
    import pandas as pd

    path = data_path("outlook", "reliability.csv")
    bins = pd.read_csv(path)
    league = load_league().frame.set_index("method")
    known = list(bins["method"].unique())
    if method not in known:
        raise UnknownNameError(unknown_name("forecaster with stored bins", "有分箱结果的方法", method, known))
    row = league.loc[method]
    own = bins[bins["method"] == method].drop(columns="method").reset_index(drop=True)
    made = Made("measured, stored", Status.COMPUTED, fingerprint(path.read_bytes()))
    return Reliability(
        own, float(row["slope"]), float(row["ece"]), BAND_LEVEL, Text(row["name_zh"], row["name_en"]), made
    )
