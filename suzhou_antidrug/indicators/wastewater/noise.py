"""How far loads vary without any change: from day to day, from round to round, from month to month.

没有任何变化时，负荷本身的波动有多大：日间、轮次间、月际。

All spreads are standard deviations of natural logarithms. A round is a set of samples taken close together; rounds, not
the days inside them, are the replicates of a period. The bundled figures are computed from the monthly loads of seven
Canadian cities (Statistics Canada, tables 13-10-0820-01 and 13-10-0871-01) and from the daily loads of European cities
(EUDA, formerly EMCDDA, and the SCORE network, 2025 release); neither series is bundled. No Chinese series is public.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ...datasets.files import data_path
from ...errors import refusal
from ...provenance import Status
from ...terms import Text
from .substances import load_biomarkers, resolve_biomarker

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_A_MONTH = 7  # a monthly figure is taken as a mean of seven days, as the steps of 1/7 of its imputation suggest
# Weeks with a lower mean lie so near the limit of quantification that their days show the limit, not the city.
USUAL_MINIMUM_LOAD = 5.0
USUAL_MINIMUM_MONTHS = 6
FEWEST_PAIRS = 3  # a correlation of fewer pairs of months says nothing
ASSUMED_SOURCE = Text(
    "未见该标志物的月度序列，取已测得者中最大的轮次间与日间波动，有意从严",
    "no monthly series of this biomarker was found: the largest measured round and day noise stand in, cautious on purpose",
)


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """How far the load of one biomarker varies at an unchanged level, on the log scale.  水平不变时的负荷波动（对数尺度）。

    ``day_sd`` within a round once the weekday pattern is out, ``round_sd`` between rounds without the day noise, ``df``
    the degrees of freedom with which the variance of one site spreads around the typical one (small: sites differ much;
    infinite: all alike), ``lag1`` the correlation of successive months. Raises SeriesError for values that are no spreads.

    日间、轮次间波动，各站方差的先验自由度，相邻月相关。

    >>> noise = NoiseModel("methamphetamine", 0.327, 0.177, 4.0, 0.1, Status.COMPUTED, "an example")
    >>> round(noise.month_sd, 3), round(float(noise.period_sd(4, 2)), 3)
    (0.216, 0.146)
    """

    biomarker: str
    day_sd: float
    round_sd: float
    df: float
    lag1: float
    status: Status
    source: Text | str

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))
        spreads = (self.day_sd, self.round_sd)
        if not (all(np.isfinite(s) and s >= 0 for s in spreads) and max(spreads) > 0 and self.df > 0):
            wrong = f"{self.day_sd}, {self.round_sd}, {self.df}"
            raise refusal(
                "noise", "spreads are 0 or more, not both 0; df is above 0.", "波动须非负且不全为零。", value=wrong
            )
        if not -1 < self.lag1 < 1:
            raise refusal(
                "lag1", "a correlation lies between -1 and 1.", "相关系数须在 -1 与 1 之间。", value=self.lag1
            )

    @property
    def name(self) -> Text:
        """The name of the biomarker, its id where it is not a known one.  标志物名称。"""
        known = load_biomarkers().get(self.biomarker)
        return known.name if known else Text(self.biomarker, self.biomarker)

    @property
    def month_sd(self) -> float:
        """Log SD of the mean of one round of seven days: sqrt(round_sd^2 + day_sd^2 / 7).  七日均值的对数标准差。"""
        return float(np.sqrt(self.round_sd**2 + self.day_sd**2 / DAYS_A_MONTH))

    def period_sd(self, rounds: ArrayLike, days: ArrayLike, *, plants: ArrayLike = 1) -> Floats:
        """Return the log SD of the mean of a period: sqrt((round_sd^2 + day_sd^2 / (days plants)) / rounds).  期均值的对数标准差。

        ``rounds`` of ``days`` each at ``plants`` plants; arrays broadcast. What moves a round (season, laboratory batch,
        the people present) moves all its days and plants together, so only rounds average it down.
        """
        samples = np.asarray(days, dtype=float) * np.asarray(plants, dtype=float)
        variance = (self.round_sd**2 + self.day_sd**2 / samples) / np.asarray(rounds, dtype=float)
        return np.asarray(np.sqrt(variance))


@cache
def _bundled() -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(data_path("factors", "wastewater_noise.csv"))


def noise_frame() -> pd.DataFrame:
    """Return the bundled noise of every biomarker that has a monthly series.  自带的各标志物波动表。

    Columns biomarker, day_sd, round_sd, month_sd, df, lag1, sites, series (behind df), weeks (behind day_sd), status,
    source, source_zh. Status assumed marks biomarkers without days of their own.

    >>> noise_frame().set_index("biomarker").loc["methamphetamine", "month_sd"].item()
    0.2155
    """
    return _bundled().copy()


def load_noise(biomarker: str) -> NoiseModel:
    """Return the noise of a biomarker.  某标志物的波动。

    Names as in :func:`~.substances.resolve_biomarker`. A biomarker without a monthly series gets the largest noise and
    correlation of those whose day and month noise were both measured, with status assumed. Raises UnknownNameError for a
    substance that is not known: make a :class:`NoiseModel` of your own series for it.

    没有月度序列者取已测得者中最大的波动，状态为“假定”；未知的标志物请自建 NoiseModel。

    >>> load_noise("methamphetamine").status, load_noise("ketamine").status
    (<Status.COMPUTED: 'computed'>, <Status.ASSUMED: 'assumed'>)
    """
    table, biomarker = _bundled().set_index("biomarker"), resolve_biomarker(biomarker).id
    if biomarker in table.index:
        row = table.loc[biomarker]
        spreads = (float(row["day_sd"]), float(row["round_sd"]), float(row["df"]), float(row["lag1"]))
        return NoiseModel(biomarker, *spreads, Status(row["status"]), Text(row["source_zh"], row["source"]))
    known = table[table["status"] == str(Status.COMPUTED)]
    day, between, lag1 = (float(known[name].max()) for name in ("day_sd", "round_sd", "lag1"))
    return NoiseModel(biomarker, day, between, float(known["df"].min()), lag1, Status.ASSUMED, ASSUMED_SOURCE)


def inverse_trigamma(x: ArrayLike) -> Floats:
    """Return y with trigamma(y) = x for x > 0, by Newton's method on 1 / trigamma (Smyth 2004).  三伽马函数的反函数。

    >>> from scipy.special import polygamma
    >>> bool(abs(polygamma(1, inverse_trigamma(0.3)) - 0.3) < 1e-12)
    True
    """
    from scipy.special import polygamma

    x = np.asarray(x, dtype=float)
    if not (x > 0).all():
        raise ValueError("trigamma takes positive values only")
    y = 0.5 + 1 / x  # above the root, and 1 / trigamma is convex: the steps come down to the root, none passes it
    for _ in range(50):
        trigamma = polygamma(1, y)
        step = trigamma * (1 - trigamma / x) / polygamma(2, y)
        y = y + step
        if np.all(np.abs(step) < 1e-12 * y):
            break
    return np.asarray(y)


def prior_degrees_of_freedom(variances: ArrayLike, degrees: ArrayLike, groups: ArrayLike) -> float:
    """Return how closely the variances of series gather around that of their group, as degrees of freedom.  方差的先验自由度。

    Moments of log variances (Smyth 2004, fitFDist of limma), pooled over groups: e = log s^2 - digamma(d / 2)
    + log(d / 2); trigamma(df / 2) = pooled variance of e inside groups - mean trigamma(d / 2). Infinite where variances
    differ no more than their own degrees of freedom explain, NaN where every group is a single series.

    Source: Smyth, Statistical Applications in Genetics and Molecular Biology 3 (2004) article 3.

    >>> prior_degrees_of_freedom([1.0, 1.1, 0.9], [10, 10, 10], ["a", "a", "a"])
    inf
    """
    from scipy.special import digamma, polygamma

    half = np.asarray(degrees, dtype=float) / 2
    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    free = codes.size - (int(codes.max()) + 1)
    if free == 0:
        return float("nan")
    e = np.log(np.asarray(variances, dtype=float)) - digamma(half) + np.log(half)
    inside = e - (np.bincount(codes, e) / np.bincount(codes))[codes]
    excess = float(inside @ inside / free - polygamma(1, half).mean())
    return 2 * float(inverse_trigamma(excess)) if excess > 0 else float("inf")


def _require(frame: pd.DataFrame, columns: tuple[str, ...], key: tuple[str, ...]) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise refusal("columns", "columns are missing.", "缺少列。", value=", ".join(missing))
    if frame[list(key)].isna().any(axis=None):
        raise refusal("empty", "a row does not say whose it is.", "有行未注明所属。", value=", ".join(key))
    double = frame.duplicated(list(key))
    if double.any():
        wrong = frame.loc[double, list(key)].iloc[0].tolist()
        raise refusal("duplicate", "a row is given twice.", "有重复行。", value=wrong)


def _series(frame: pd.DataFrame, minimum_months: int) -> pd.DataFrame:
    """Long enough series, ordered: biomarker, code of the series, month as a number, log load."""
    import pandas as pd

    _require(frame, ("site", "biomarker", "month", "load"), ("site", "biomarker", "month"))
    given = frame[frame["load"].notna()].assign(month=lambda rows: rows["month"].astype(str))
    load = given["load"].to_numpy(dtype=float)
    fine = (load > 0) & (load < np.inf)
    if not fine.all():
        wrong = given.loc[~fine, ["site", "biomarker", "month", "load"]].iloc[0].tolist()
        raise refusal("not_positive", "a load is above 0: below the limit is not 0.", "负荷须大于零。", value=wrong)
    odd = given.loc[~given["month"].str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])"), "month"]
    if len(odd):
        raise refusal("month", "a month is written 2022-03.", "月份写作 2022-03。", value=odd.iloc[0])
    month = pd.PeriodIndex(given["month"], freq="M").asi8
    table = given[["site", "biomarker"]].assign(month=month, log_load=np.log(load))
    size = table.groupby(["biomarker", "site"])["month"].transform("size")
    table = table[size >= minimum_months].sort_values(["biomarker", "site", "month"])
    if table.empty:
        raise refusal("too_short", f"no series has {minimum_months} months.", f"没有满 {minimum_months} 个月的序列。")
    return table.assign(code=table.groupby(["biomarker", "site"], sort=False).ngroup())


def estimate_monthly_noise(frame: pd.DataFrame, *, minimum_months: int = USUAL_MINIMUM_MONTHS) -> pd.DataFrame:
    """Return the month-to-month noise of each biomarker from monthly loads of several sites.  由多站月负荷估计月际波动。

    For each site the residuals of log load after a straight line in the calendar month; ``month_sd`` is the median over
    sites of their SD (n - 2), ``lag1`` the median over sites of mean(r_t r_t+1) / mean(r_t^2) over neighbouring months,
    ``df`` the prior degrees of freedom pooled over biomarkers. True change that is no straight line counts as noise.

    每站对数负荷扣除直线趋势后的残差：标准差取各站中位数。

    Parameters
    ----------
    frame : DataFrame
        Long: site, biomarker, month (monthly Period or ``2022-03``), load above 0; missing months may be absent or empty.
    minimum_months : int
        Shorter series are left out; 3 or more.

    Returns
    -------
    DataFrame
        biomarker, month_sd, lag1, df, sites (behind month_sd), series (site x biomarker, behind df).

    Raises
    ------
    SeriesError
        A load at or below 0, a month given twice, no series long enough, or one without any residual.

    Examples
    --------
    >>> import pandas as pd
    >>> months = pd.period_range("2022-01", periods=8, freq="M")
    >>> load = [10, 12, 9, 11, 10, 13, 9, 10]
    >>> frame = pd.DataFrame({"site": "A", "biomarker": "mdma", "month": months, "load": load})
    >>> round(estimate_monthly_noise(frame)["month_sd"].item(), 3)
    0.141
    """
    if minimum_months < 3:
        raise ValueError("a residual SD after a straight line needs 3 months or more")
    table = _series(frame, minimum_months)
    code, x, y = (table[c].to_numpy() for c in ("code", "month", "log_load"))
    n = np.bincount(code)
    dx, dy = x - (np.bincount(code, x) / n)[code], y - (np.bincount(code, y) / n)[code]
    rest = dy - (np.bincount(code, dx * dy) / np.bincount(code, dx * dx))[code] * dx
    squares = np.bincount(code, rest**2)
    if (squares < 1e-20 * n).any():  # what is left of a straight line by rounding alone
        raise refusal("no_noise", "a series is an exact straight line: not measured.", "有序列恰为直线，不是实测值。")
    follows = (np.diff(code) == 0) & (np.diff(x) == 1)
    pairs = np.bincount(code[1:][follows], minlength=n.size)
    products = np.bincount(code[1:][follows], (rest[1:] * rest[:-1])[follows], minlength=n.size)
    with np.errstate(invalid="ignore", divide="ignore"):
        lag1 = np.where(pairs >= FEWEST_PAIRS, products / pairs / (squares / n), np.nan)
    sites = table.groupby("code")[["biomarker"]].first().assign(month_sd=np.sqrt(squares / (n - 2)), lag1=lag1)
    found = sites.groupby("biomarker")[["month_sd", "lag1"]].median().assign(sites=sites.groupby("biomarker").size())
    df = prior_degrees_of_freedom(squares / (n - 2), n - 2, sites["biomarker"].to_numpy(dtype=str))
    found.insert(2, "df", df)
    return found.assign(series=len(sites)).reset_index()


def _weeks(frame: pd.DataFrame, minimum_load: float) -> tuple[pd.DataFrame, Floats, NDArray[np.int64]]:
    """Numbers of weeks, and for complete positive weeks the log days less their week, with the row of the biomarker."""
    import pandas as pd

    _require(frame, ("site", "biomarker", "year", *WEEKDAYS), ("site", "biomarker", "year"))
    days = frame[list(WEEKDAYS)].to_numpy(dtype=float)
    if ((days < 0) | np.isinf(days)).any():
        wrong = days[(days < 0) | np.isinf(days)][0]
        raise refusal("negative", "a daily load is negative or infinite.", "日负荷为负或无穷。", value=wrong)
    codes, names = pd.factorize(frame["biomarker"], sort=True)
    used = (days > 0).all(axis=1) & (days.mean(axis=1) >= minimum_load)
    kept, left_out = (np.bincount(codes[part], minlength=len(names)) for part in (used, ~used))
    counts = pd.DataFrame({"biomarker": names, "weeks": kept, "weeks_left_out": left_out})
    logs = np.log(days[used])
    return counts, logs - logs.mean(axis=1, keepdims=True), codes[used]


def _pattern(deviations: Floats, codes: NDArray[np.int64], weeks: Floats) -> Floats:
    sums = np.stack([np.bincount(codes, day, minlength=weeks.size) for day in deviations.T], axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / weeks[:, None])


def estimate_day_noise(frame: pd.DataFrame, *, minimum_load: float = USUAL_MINIMUM_LOAD) -> pd.DataFrame:
    """Return how far a day strays inside its week, from weeks of seven daily loads.  由一周七日负荷估计日间波动。

    With d = log day - mean log of its week, and w the mean d of a weekday over the weeks of the biomarker:
    ``day_sd`` = sqrt(sum (d - w)^2 / (6 (weeks - 1))), the weekday pattern taken out; ``day_sd_with_weekdays`` =
    sqrt(sum d^2 / (6 weeks)), the pattern left in, for days sampled without regard to the weekday.

    扣除周内规律与不扣除的日间对数标准差。

    Parameters
    ----------
    frame : DataFrame
        One row a week: site, biomarker, year, mon .. sun in mg/day/1000 people. Weeks with a day missing or 0, or with a
        mean below ``minimum_load``, are left out and counted.

    Returns
    -------
    DataFrame
        biomarker, day_sd, day_sd_with_weekdays, weeks, weeks_left_out; NaN where fewer than two weeks are left.

    Raises
    ------
    SeriesError
        A negative load, a week given twice, a column missing.

    Examples
    --------
    >>> import pandas as pd
    >>> weeks = pd.DataFrame([[9, 8, 9, 8, 9, 14, 16], [7, 8, 8, 9, 9, 15, 13]], columns=WEEKDAYS)
    >>> found = estimate_day_noise(weeks.assign(site="A", biomarker="mdma", year=[2021, 2022]))
    >>> found[["day_sd", "day_sd_with_weekdays"]].round(2).to_numpy().tolist()
    [[0.1, 0.28]]
    """
    counts, deviations, codes = _weeks(frame, minimum_load)
    weeks = counts["weeks"].to_numpy(dtype=float)
    rest = deviations - _pattern(deviations, codes, weeks)[codes]
    free = len(WEEKDAYS) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.bincount(codes, (rest**2).sum(axis=1), minlength=weeks.size) / (free * (weeks - 1))
        whole = np.bincount(codes, (deviations**2).sum(axis=1), minlength=weeks.size) / (free * weeks)
    counts.insert(1, "day_sd", np.sqrt(np.where(weeks > 1, inside, np.nan)))
    counts.insert(2, "day_sd_with_weekdays", np.sqrt(np.where(weeks > 1, whole, np.nan)))
    return counts


def weekday_multipliers(frame: pd.DataFrame, *, minimum_load: float = USUAL_MINIMUM_LOAD) -> pd.DataFrame:
    """Return how much higher each weekday is than its week: exp(mean log day - mean log week).  各周日相对全周的倍数。

    Same frame and same weeks as :func:`estimate_day_noise`; ratios of geometric means. Columns biomarker, mon .. sun.

    >>> import pandas as pd
    >>> week = pd.DataFrame([[9, 9, 9, 9, 9, 9, 18]], columns=WEEKDAYS)
    >>> round(weekday_multipliers(week.assign(site="A", biomarker="mdma", year=2021))["sun"].item(), 2)
    1.81
    """
    import pandas as pd

    counts, deviations, codes = _weeks(frame, minimum_load)
    pattern = np.exp(_pattern(deviations, codes, counts["weeks"].to_numpy(dtype=float)))
    return pd.DataFrame(pattern, columns=list(WEEKDAYS)).assign(biomarker=counts["biomarker"])[["biomarker", *WEEKDAYS]]


def combine_noise(monthly: pd.DataFrame, daily: pd.DataFrame) -> pd.DataFrame:
    """Return the noise of biomarkers from their month-to-month and day-to-day noise.  合成月际与日间波动。

    round_sd^2 = month_sd^2 - day_sd^2 / 7. A biomarker without days takes the largest measured day_sd, but no larger a
    part of its own measured month-to-month variance than the largest measured part (else round_sd^2 would be negative);
    its status is assumed. ``monthly`` and ``daily`` come from the two estimates. Raises SeriesError where no biomarker
    has both, or where days alone vary more than months.

    缺日间波动的标志物取已测得的最大值，但不超过其月际方差所能容纳的份额。

    >>> import pandas as pd
    >>> monthly = pd.DataFrame({"biomarker": ["mdma", "codeine"], "month_sd": [0.34, 0.12]})
    >>> daily = pd.DataFrame({"biomarker": ["mdma"], "day_sd": [0.48], "weeks": [9]})
    >>> combine_noise(monthly, daily)[["day_sd", "round_sd", "status"]].round(3).to_numpy().tolist()
    [[0.48, 0.288, 'computed'], [0.169, 0.101, 'assumed']]
    """
    table = monthly.merge(daily[["biomarker", "day_sd", "weeks"]], on="biomarker", how="left", validate="1:1")
    part = table["day_sd"] ** 2 / DAYS_A_MONTH / table["month_sd"] ** 2
    measured = part.notna()
    if not measured.any() or not (part[measured] < 1).all():
        wrong = ", ".join(table.loc[measured & (part >= 1), "biomarker"])
        raise refusal(
            "unlike", "none has both, or days vary more than months.", "无兼有两者者，或日间波动大于月际。", value=wrong
        )
    allowed = table["month_sd"] * np.sqrt(DAYS_A_MONTH * part.max())
    day = table["day_sd"].fillna(np.minimum(table["day_sd"].max(), allowed))
    return table.assign(
        day_sd=day,
        round_sd=np.sqrt(table["month_sd"] ** 2 - day**2 / DAYS_A_MONTH),
        weeks=table["weeks"].fillna(0).astype(int),
        status=np.where(measured, str(Status.COMPUTED), str(Status.ASSUMED)),
    )
