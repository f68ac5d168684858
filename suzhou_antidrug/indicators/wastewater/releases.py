"""Published European releases of wastewater loads, read as they are, every oddity listed.

读取欧洲公开发布的污水毒情数据：按原样读入，逐条列出异常之处。

A zero of these files stands for a whole week: the drug was not quantified or not reported. It is never a value here.
Site ids are renumbered at every release, so releases are joined on country and city.
Source: EUDA (formerly EMCDDA) and the SCORE network, "Wastewater analysis and drugs", source data
(https://www.emcdda.europa.eu/data/drugs-municipal-wastewater-europe-source-data_en); reuse asks for ``ACKNOWLEDGEMENT``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import Problem, SeriesError, UnknownNameError, shown, unknown_name
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...returns.text_file import DELIMITERS, decode, records
from ...terms import Text
from .weeks import DAYS, WEEK_RULES, classify_yearly_change, detect_week_rule, replay_rules, weekly_means

if TYPE_CHECKING:
    import pandas as pd

ACKNOWLEDGEMENT = "Data: European Union Drugs Agency (EUDA, formerly EMCDDA) and the SCORE network."
BIOMARKERS = {"cocaine": "benzoylecgonine", "cannabis": "thc_cooh"}  # the drug that a release names, what is measured
COUNTRIES = {"H": "HU"}  # the 2023 release has the vehicle code
# The site tables of the 2023 and the 2025 release give the plant Gut Großlappen for both labels. Hamburg (2) and
# Hamburg N are different plants and no alias.
KNOWN_ALIASES = dict.fromkeys(("DE:Munich Gut Großlappen", "DE:Munich Gut Grosslappen"), "DE:Munich G")
MEANS = ("published_weekday", "published_weekend", "published_daily")
_SPOKEN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HEADERS: dict[str, tuple[str, ...]] = {
    "year": ("Year",), "biomarker": ("Metabolite", "drug"), "country": ("Country",), "city": ("City",),
    **{day: (spoken, day) for day, spoken in zip(DAYS, _SPOKEN, strict=True)},
    "published_weekday": ("Weekday mean",), "published_weekend": ("Weekend mean",),
    "published_daily": ("Daily mean", "load_mean"), "population_latest": ("population_latest",), "release": ("release",),
}  # fmt: skip
OPTIONAL, MISSING = ("population_latest", "release"), frozenset({"", "NA", "N/A"})
NUMBERS = ("year", *DAYS, *MEANS, "population_latest")
KEY = ["site", "biomarker", "year"]
FRAME_COLUMNS = (
    "site", "country", "city", "biomarker", "year", *DAYS, "n_days", "published_daily", "published_weekday",
    "published_weekend", "daily", "weekday", "weekend", "week_rule", "state", "population_latest", "release",
)  # fmt: skip
PROBLEM_COLUMNS = ("code", *KEY, "row", "column", "value", "en", "zh", "severity", "file")
MEAN_TOLERANCE = 0.06  # mg/day/1000: ten times what rounding to 0.01 can do
HIGH_NEIGHBOUR, JUMP_FROM = 10.0, 5.0  # mg/day/1000
JUMP, REPEATED_DAYS = 5.0, 3
RULE_CODES = {"score_2021": "tue_fri", "late_label": "wed_fri", "early_label": "mon_wed", "unknown": "unknown"}
# Code, column (or the column that names it), and the words; {} are columns of the table at hand.
ODDITIES: dict[str, tuple[str, str, str]] = {
    "zero_beside_high": ("published_daily", "zero all week beside a year of {beside:g}: not quantified or not reported", "全周为零，相邻年份为 {beside:g}：未定量或未报告"),
    "jump_over_5x": ("published_daily", "{before:g} ({year_before:.0f}) to {published_daily:g}, factor {factor:.3g}: check decimal point and unit", "由 {before:g}（{year_before:.0f} 年）变为 {published_daily:g}，{factor:.3g} 倍：请核对小数点与单位"),
    "mean_differs": ("published_daily", "published {published_daily:g}, mean of the days given {mean:.4g}, days {n_days}", "公开值 {published_daily:g}，所列各日均值 {mean:.4g}，天数 {n_days}"),
    "days_missing": ("missing_day", "{n_days} of 7 days", "7 天中有 {n_days} 天"),
    "repeated_lowest_value": ("lowest_day", "{lowest:g}, the lowest value, stands on {times} days: perhaps a limit in its place", "最低值 {lowest:g} 出现 {times} 天：可能是以检出限代替"),
    **{f"weekday_rule_{short}": ("published_weekday", WEEK_RULES[rule].says.en, WEEK_RULES[rule].says.zh) for rule, short in RULE_CODES.items() if rule in WEEK_RULES},
    "weekday_rule_unknown": ("published_weekday", "published weekday {published_weekday:g} and weekend {published_weekend:g} follow no known rule", "公开的平日均值 {published_weekday:g} 与周末均值 {published_weekend:g} 不合任何已知规则"),
    "only_in_earlier_release": ("release", "row missing from the release {newest}", "{newest} 中没有这一行"),
    "revised": ("revised_column", "{old:g} in the release before, now {new:g}", "上一次发布为 {old:g}，现为 {new:g}"),
}  # fmt: skip
POINTERS = ("missing_day", "lowest_day", "revised_column")
EDGE, MOST_LISTED = 1e-9, 100  # errors of one kind that are listed one by one


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseLoads(Result):
    """Loads of published releases with everything odd about them.  公开发布的负荷及其全部异常。

    ``frame`` has one row for each site, biomarker and year; loads in mg/day/1000 people. ``state`` is "measured";
    "not_quantified" for a week of zeros, whose days and own means are NaN; "absent" where no day is given. ``n_days``
    counts the days the file fills, zeros too. ``daily``, ``weekday``, ``weekend`` are made from the days by the stated
    rule; the published means stand beside them, never overwritten.

    ``problems`` has one row for each oddity; its ``row`` is the line of the file.
    """

    table: pd.DataFrame
    problems: pd.DataFrame
    files: tuple[str, ...]
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each site, biomarker and year."""
        return self.table.copy()

    def days(self) -> pd.DataFrame:
        """Return the days of measured weeks, long: weekday (0 = Monday), load_mg_per_day_per_1000.  逐日负荷。"""
        measured = self.table[self.table["state"] == "measured"]
        days = measured[list(DAYS)].to_numpy(dtype=float)
        rows, weekdays = np.nonzero(~np.isnan(days))
        out = measured[KEY].iloc[rows].reset_index(drop=True)
        return out.assign(weekday=weekdays, load_mg_per_day_per_1000=days[rows, weekdays])

    def yearly(self, site: str | None = None) -> pd.DataFrame:
        """Return published daily means by year with the change on the year before as the agency classes it.

        各年公开日均值，以及按 EUDA 口径的上年比与类别。

        ``change`` and ``agency_class`` follow :func:`~suzhou_antidrug.indicators.wastewater.weeks.classify_yearly_change`
        on the published figures, a week of zeros as 0. Raises :class:`~suzhou_antidrug.errors.UnknownNameError`.
        """
        out = self.table if site is None else _only(self.table, [site])
        out = out[[*KEY, "state", "n_days", "daily", "published_daily"]].reset_index(drop=True)
        before = out[[*KEY, "published_daily"]].assign(year=out["year"] + 1)
        earlier = out[KEY].merge(before, on=KEY, how="left")["published_daily"].to_numpy()
        change, kind = classify_yearly_change(earlier, out["published_daily"].to_numpy())
        return out.assign(published_year_before=earlier, change=change, agency_class=kind)

    def explain(self) -> Explanation:
        """What was read, what a zero means, what is odd, whom to acknowledge."""
        odd = ", ".join(f"{code} {n}" for code, n in self.problems["code"].value_counts().items()) or "-"
        years = f"{self.table['year'].min()}-{self.table['year'].max()}" if len(self.table) else "-"
        size = f"{len(self.table)}, {self.table['site'].nunique()}, {years}"
        zeros = int((self.table["state"] == "not_quantified").sum())
        zero = Text(f"{zeros} 周：未定量或未报告，不是数值", f"{zeros}: not quantified or not reported, no value")
        return Explanation(
            Text("公开发布的污水负荷", "Published loads in wastewater"),
            (
                line("来自", "from", ", ".join(self.files)),
                line("行数，监测点数，年份", "rows, sites, years", size),
                line("单位", "unit", Text("毫克/天/千人", "mg/day/1000 people")),
                line("全周为零", "weeks of zeros", zero),
                line("异常", "oddities", odd),
                line("致谢", "acknowledgement", ACKNOWLEDGEMENT),
                line("数据指纹", "data fingerprint", self.made.fingerprint),
            ),
        )


def read_score_release(
    path_or_paths: str | Path | Iterable[str | Path],
    *,
    sites: Iterable[str] | None = None,
    aliases: Mapping[str, str] | None = None,
) -> ReleaseLoads:
    """Read releases of the EUDA and the SCORE network, or the tidied panel made of them.

    读取 EUDA 与 SCORE 发布的数据文件，一份或多份。

    Columns may stand in any order and case: those of ``ww2025-all-data.csv`` (Year, Metabolite, Country, City, Wednesday
    ... Tuesday, Weekday mean, Weekend mean, Daily mean) or of the tidied panel (drug, load_mean, mon .. sun, release).
    Several releases are joined on country and city, never on the site id. The later release, by the year in its name,
    wins; rows that only an earlier one has are kept and listed, as are values that were revised. Labels of cities stay
    as published; country H becomes HU; cocaine is benzoylecgonine, cannabis THC-COOH.

    Parameters
    ----------
    sites : iterable of str, optional
        Only these, written country:city as in ``AT:Graz``; one that is not there raises UnknownNameError.
    aliases : mapping of str to str, optional
        Old label to new label, both country:city. ``KNOWN_ALIASES`` holds those known; none is applied unasked.

    Raises
    ------
    SeriesError
        A column is missing, a cell is no number or negative, a week mixes zeros and positive days (a zero is no value),
        a site, drug and year stands twice in one release; every problem at once, each with its line.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> head = "Year,Metabolite,Site ID,Country,City,Wednesday,Thursday,Friday,Saturday,Sunday,Monday,Tuesday"
    >>> week = "2023,MDMA,HU001,HU,Debrecen,8.26,9.33,11.18,15.52,14.7,13.77,8.83,8.81,13.79,11.66"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ww2025-all-data.csv"
    ...     _ = path.write_text(f"{head},Weekday mean,Weekend mean,Daily mean\\n{week}\\n", encoding="utf-8")
    ...     loads = read_score_release(path)
    >>> loads.frame[["site", "biomarker", "year", "daily", "week_rule", "release"]].round(2).values.tolist()
    [['HU:Debrecen', 'mdma', 2023, 11.66, 'score', 'ww2025']]
    """
    import pandas as pd

    errors: list[Problem] = []
    paths = [Path(p) for p in ([path_or_paths] if isinstance(path_or_paths, str | Path) else path_or_paths)]
    if not paths:
        raise ValueError("no file was named")
    contents = [path.read_bytes() for path in paths]
    parts = [_read_file(data, path.name, errors) for data, path in zip(contents, paths, strict=True)]
    headers = {path.name: part.attrs.get("headers", {}) for path, part in zip(paths, parts, strict=True)}
    table = pd.concat(parts, ignore_index=True)
    table.attrs = {"headers": headers}
    if not errors:
        table = _named(table, aliases or {})
        _refuse(table, errors)
    if errors:
        raise SeriesError(errors, heading="The release cannot be used as it stands. 发布文件不能按现状使用。")
    table = _with_means(_joined(table))
    table.attrs = {"headers": headers}
    problems = _oddities(table)
    table = table[list(FRAME_COLUMNS)]
    table.attrs = {}
    if sites is not None:
        table = _only(table, [sites] if isinstance(sites, str) else list(sites))
        problems = problems[problems["site"].isin(table["site"])].reset_index(drop=True)
    made = Made("published loads, read unchanged", Status.PUBLISHED, fingerprint(b"".join(contents)))
    return ReleaseLoads(table, problems, tuple(headers), made)


def _fold(header: str) -> str:
    return re.sub(r"[\s_]+", "", header).casefold()


def _read_file(data: bytes, file: str, errors: list[Problem]) -> pd.DataFrame:
    """Return the cells of a file under canonical columns, with file, row and release."""
    import pandas as pd

    text, _ = decode(data, file)
    first = text.split("\n", 1)[0]
    rows = [(n, r) for n, r in records(text, max(DELIMITERS, key=first.count)) if any(c.strip() for c in r)]
    header = [cell.strip() for cell in rows[0][1]] if rows else []
    known = {_fold(name): column for column, names in HEADERS.items() for name in names}
    columns = [known.get(_fold(cell), "") for cell in header]
    for column, names in HEADERS.items():
        if columns.count(column) != 1 and not (column in OPTIONAL and column not in columns):
            en, zh = ("stands twice", "重复") if column in columns else ("is missing", "缺失")
            named = " / ".join(names)
            errors.append(Problem("header", f"the column {named} {en}.", f"列 {named} {zh}。", file=file, row=1))
    for number, row in rows[1:]:
        if len(row) != len(header):
            said = (f"{len(row)} cells, the header has {len(header)}.", f"有 {len(row)} 格，表头有 {len(header)} 格。")
            errors.append(Problem("ragged", *said, file=file, row=number))
    if errors:
        return pd.DataFrame()
    cells = pd.DataFrame([row for _, row in rows[1:]], columns=range(len(header)), dtype=object)
    table = pd.DataFrame({c: cells[i].str.strip() for i, c in enumerate(columns) if c}, dtype=object)
    year = re.search(r"20\d\d", Path(file).stem)
    defaults = {"release": f"ww{year[0]}" if year else Path(file).stem, "population_latest": ""}
    table = table.assign(**{c: table.get(c, default) for c, default in defaults.items()}, file=file)
    table["row"] = [number for number, _ in rows[1:]]
    table.attrs["headers"] = {c: header[i] for i, c in enumerate(columns) if c}
    return table


def _named(table: pd.DataFrame, aliases: Mapping[str, str]) -> pd.DataFrame:
    if any(":" not in label for label in aliases.values()):
        raise ValueError("an alias leads to a label country:city")
    country = table["country"].replace(COUNTRIES)
    site = (country + ":" + table["city"]).replace(dict(aliases))
    drug = table["biomarker"].str.lower().str.replace(r"[\s-]+", "_", regex=True)
    parts = site.str.split(":", n=1)
    return table.assign(site=site, country=parts.str[0], city=parts.str[1], biomarker=drug.replace(BIOMARKERS))


def _refuse(table: pd.DataFrame, errors: list[Problem]) -> None:
    """Turn the number columns into numbers, in place, and add a problem for each cell that cannot be used."""
    import pandas as pd

    headers = table.attrs["headers"]

    def add(where: Any, column: str, code: str, en: str, zh: str, values: pd.Series) -> None:
        hits = np.flatnonzero(np.asarray(where, dtype=bool))
        for i in hits[:MOST_LISTED]:
            file = table["file"].iat[i]
            at = {"file": file, "row": int(table["row"].iat[i]), "column": headers[file].get(column, column)}
            errors.append(Problem(code, en, zh, value=shown(values.iat[i]), **at))
        if len(hits) > MOST_LISTED:
            errors.append(Problem(code, f"{len(hits)} cells in all: {en}", f"共 {len(hits)} 处：{zh}"))

    for column in ("country", "city", "biomarker", "release"):
        add(table[column] == "", column, "blank", "the cell is blank.", "单元格为空。", table[column])
    for column in NUMBERS:
        written = table[column]
        number = pd.to_numeric(written.where(~written.isin(MISSING)), errors="coerce").astype(float)
        bad = (number.isna() & ~written.isin(MISSING)) | np.isinf(number)
        add(bad, column, "not_a_number", "this is no number.", "不是数字。", written)
        add(number < 0, column, "negative", "a load is never negative.", "负荷不能为负。", written)
        table[column] = number
    year = table["year"]
    add(~(year.between(1990, 2100) & (year % 1 == 0)), "year", "year", "this is no year.", "不是年份。", year)
    days = table[list(DAYS)].to_numpy()
    mixed = (days == 0).any(axis=1) & (days > 0).any(axis=1)
    first_zero = np.where(mixed, np.argmax(days == 0, axis=1), -1)
    for number, day in enumerate(DAYS):
        en = "a day of 0 in a week with positive days: a zero is no value."
        add(first_zero == number, day, "mixed_zero", en, "同一周内既有零又有正值：零不是数值。", table[day])
    twice = table.duplicated([*KEY, "release"], keep=False)
    en, zh = "this site, drug and year stands twice in one release.", "同一发布中该监测点、毒品、年份重复。"
    add(twice, "city", "duplicate", en, zh, table["site"] + ", " + table["biomarker"])


def _joined(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the latest row of each site, drug and year; mark what only an earlier release has and what was revised."""
    found = {name: re.search(r"20\d\d", name) for name in dict.fromkeys(table["release"])}
    dated = all(found.values())  # else in the order given
    releases = sorted(found, key=lambda name: found[name][0]) if dated else list(found)  # type: ignore[index]
    table = table.assign(year=table["year"].astype(int), rank=table["release"].map(releases.index))
    table = table.sort_values([*KEY, "rank"], kind="stable", ignore_index=True)
    now = table[[*DAYS, *MEANS]].to_numpy(dtype=float)
    before = np.roll(now, 1, axis=0)
    same = (np.abs(now - before) <= EDGE) | (np.isnan(now) & np.isnan(before))
    first = np.argmin(same, axis=1)
    table["revised"] = table.duplicated(KEY).to_numpy() & ~same.all(axis=1)
    table["revised_column"] = np.array([*DAYS, *MEANS])[first]
    table["old"], table["new"] = (x[np.arange(len(table)), first] for x in (before, now))
    table["superseded"] = table["rank"] < len(releases) - 1
    table["newest"] = releases[-1] if releases else ""
    return table[~table.duplicated(KEY, keep="last")].reset_index(drop=True)


def _with_means(table: pd.DataFrame) -> pd.DataFrame:
    """Add what the days themselves say; ``mean`` and ``rule`` still see a week of zeros as zeros."""
    days = table[list(DAYS)].to_numpy(dtype=float)
    given = (~np.isnan(days)).sum(axis=1)
    zero = (given > 0) & ~(days > 0).any(axis=1) | (given == 0) & (table["published_daily"] == 0).to_numpy()
    state = np.select([zero, given == 0], ["not_quantified", "absent"], default="measured")
    rule = detect_week_rule(days, table["published_weekday"], table["published_weekend"])
    kept, names = np.where(zero[:, None], np.nan, days), np.array(DAYS)
    own, low = weekly_means(kept), np.where(days > 0, days, np.inf).min(axis=1)
    is_low = days == low[:, None]
    return table.assign(
        **dict(zip(DAYS, kept.T, strict=True)), n_days=given, daily=own.daily, weekday=own.weekday, weekend=own.weekend,
        week_rule=np.where(zero, "incomplete", rule), state=state, mean=weekly_means(days).daily, rule=rule,
        lowest=low, times=is_low.sum(axis=1), lowest_day=names[np.argmax(is_low, axis=1)],
        missing_day=names[np.argmax(np.isnan(days), axis=1)],
    )  # fmt: skip


def _oddities(table: pd.DataFrame) -> pd.DataFrame:
    """Return the problems of a table sorted by site, biomarker and year."""
    import pandas as pd

    level = table["published_daily"]
    series = level.groupby([table["site"], table["biomarker"]])
    before, after = series.shift(1), series.shift(-1)
    beside = pd.concat([before, after], axis=1).max(axis=1)
    table = table.assign(before=before, beside=beside, factor=level / before.where(before > 0))
    table["year_before"] = table["year"].groupby([table["site"], table["biomarker"]]).shift(1)
    steep = (table["factor"] > JUMP) | (table["factor"] < 1 / JUMP)
    where = {
        "zero_beside_high": (table["state"] == "not_quantified") & (beside >= HIGH_NEIGHBOUR),
        "jump_over_5x": (level >= JUMP_FROM) & (before >= JUMP_FROM) & steep,
        "mean_differs": (level - table["mean"]).abs() > MEAN_TOLERANCE + EDGE,
        "days_missing": table["n_days"] < len(DAYS),
        "repeated_lowest_value": table["times"] >= REPEATED_DAYS,
        "only_in_earlier_release": table["superseded"],
        "revised": table["revised"],
    } | {f"weekday_rule_{short}": table["rule"] == rule for rule, short in RULE_CODES.items()}
    found = [_listed(table[where[code]], code, *words) for code, words in ODDITIES.items()]
    return pd.concat(found, ignore_index=True)


def _listed(hits: pd.DataFrame, code: str, column: str, en: str, zh: str) -> pd.DataFrame:
    rows, headers = hits.to_dict("records"), hits.attrs["headers"]
    columns = hits[column].tolist() if column in POINTERS else [column] * len(hits)
    value = [row["new"] if code == "revised" else row[name] for row, name in zip(rows, columns, strict=True)]
    out = hits[[*KEY, "row", "file"]].assign(
        code=code,
        column=[headers[row["file"]].get(name, name) for row, name in zip(rows, columns, strict=True)],
        value=["" if v != v else f"{v:g}" if isinstance(v, float) else str(v) for v in value],
        en=[en.format(**row) for row in rows],
        zh=[zh.format(**row) for row in rows],
        severity="warning",
    )
    return out[list(PROBLEM_COLUMNS)]


def _only(table: pd.DataFrame, sites: Sequence[str]) -> pd.DataFrame:
    known = table["site"].unique().tolist()
    if unknown := [site for site in sites if site not in set(known)]:
        raise UnknownNameError([unknown_name("site", "监测点", site, known) for site in unknown])
    return table[table["site"].isin(list(sites))].reset_index(drop=True)


def replay_drop_rules(frame: pd.DataFrame, *, smallest_base: float = 5.0) -> pd.DataFrame:
    """Return how often rules for "a decrease" fire in real series, and how often the fall is still there a year on.

    在真实序列上回放各种“下降”判定规则：触发比例，及一年后仍低 10% 以上的比例。

    ``frame`` is that of :class:`ReleaseLoads`; the rules are those of
    :func:`~suzhou_antidrug.indicators.wastewater.weeks.replay_rules`, on published means, a week of zeros as 0. Columns:
    rule, triples (site, biomarker, T), fires, still_low, share = fires / triples, share_still_low = still_low / fires.
    True change and noise are mixed here: the table warns of rules and validates none.

    >>> import pandas as pd
    >>> rows = [("AT:A", "mdma", y, *[x] * 7, 7, x, "measured") for y, x in ((2021, 10.0), (2022, 7.0), (2023, 8.0))]
    >>> frame = pd.DataFrame(rows, columns=[*KEY, *DAYS, "n_days", "published_daily", "state"])
    >>> replay_drop_rules(frame)["fires"].tolist()
    [1, 1, 1, 1, 1, 0]
    """
    import pandas as pd

    zero = (frame["state"] == "not_quantified").to_numpy()
    days = np.where(zero[:, None], 0.0, frame[list(DAYS)].to_numpy(dtype=float))
    series = frame.groupby(["site", "biomarker"]).ngroup().to_numpy()
    year, level, n_days = (frame[name].to_numpy() for name in ("year", "published_daily", "n_days"))
    found = replay_rules(series, year, level, n_days, days, smallest_base=smallest_base)
    counts = [(name, len(r), int(r.sum()), int((r & found.still_low).sum())) for name, r in found.rules.items()]
    table = pd.DataFrame(counts, columns=["rule", "triples", "fires", "still_low"])
    return table.assign(share=table["fires"] / table["triples"], share_still_low=table["still_low"] / table["fires"])
