"""Returns of many places as partitioned Parquet: one folder a part of the country, one file a year.

许多地区的报表，按分区存为 Parquet：每个分区一个文件夹，每年一个文件。

::

    returns/
      places.csv                        part, part_zh, part_en, division, division_zh, division_en
      part=<id>/year=<yyyy>/rows.parquet

A part is a whole that answers for its places (a province with its counties, a city with its districts): its own figures are
pooled from them. The rows have the columns of a return: indicator, division, period (``2020``, ``2020Q1``, ``2020-01``),
numerator, denominator, value, status, definition.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DatasetError, OutputError, Problem, shown
from ..geography import Division, Geography
from ..returns.schema import Returns, period_text
from ..terms import Text

if TYPE_CHECKING:
    import pandas as pd

PLACES = "places.csv"
PLACE_COLUMNS = ("part", "part_zh", "part_en", "division", "division_zh", "division_en")
ROWS = "rows.parquet"
ROW_COLUMNS = ("indicator", "division", "period", "numerator", "denominator", "value", "status", "definition")
TEXT_COLUMNS = ("indicator", "division", "period", "status", "definition")
NEEDED = ("indicator", "division", "period", "status")
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")  # of parts and places: they become names of folders
MOST_ROWS = 5_000_000  # of one file: more is split into more parts
MOST_PLACES = 100_000


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the country and its places.  一个分区及其各地区。"""

    id: str
    geography: Geography
    files: Mapping[int, Path]  # by year

    @property
    def name(self) -> Text:
        """The part's name."""
        return self.geography.city.name


@dataclass(frozen=True, slots=True)
class PartitionedReturns:
    """Returns of many places, opened and not yet read.  已打开、尚未读取的分区报表。"""

    folder: Path
    parts: tuple[Part, ...]

    @property
    def years(self) -> tuple[int, ...]:
        """Every year of which any part holds a file."""
        return tuple(sorted({year for part in self.parts for year in part.files}))

    def part(self, part_id: str) -> Part:
        """Return a part by id.  按代号取分区。"""
        for part in self.parts:
            if part.id == part_id:
                return part
        raise KeyError(part_id)

    def __repr__(self) -> str:
        places = sum(len(part.geography.ids) for part in self.parts)
        return (
            f"<PartitionedReturns: {len(self.parts)} parts, {places} places, years {', '.join(map(str, self.years))}>"
        )


def open_partitions(folder: str | Path) -> PartitionedReturns:
    """Open a folder of partitioned returns: read the places, list the files, read no row.  打开分区报表。

    Raises :class:`~suzhou_antidrug.errors.DatasetError` where the list of places is missing or wrong, with every problem at
    once, or where a folder ``part=...`` is not on the list.

    >>> import suzhou_antidrug as sa, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as name:
    ...     folder = pathlib.Path(name) / "returns"
    ...     written = sa.make_national_returns(folder, places=4, parts=2, years=[2021])
    ...     [part.name.en for part in sa.open_partitions(folder).parts]
    ['made-up province 01', 'made-up province 02']
    """
    root = Path(folder)
    geographies = _places(root)
    parts, problems = [], []
    for part_id, geography in geographies.items():
        files = {}
        for path in sorted((root / f"part={part_id}").glob(f"year=*/{ROWS}")):
            year = path.parent.name.removeprefix("year=")
            if year.isdigit() and len(year) == 4:
                files[int(year)] = path
        parts.append(Part(part_id, geography, files))
    for path in sorted(root.glob("part=*")):
        if path.name.removeprefix("part=") not in geographies:
            problems.append(_wrong("unknown_part", f"folder {shown(path.name)} is not listed in {PLACES}.", f"文件夹 {shown(path.name)} 不在 {PLACES} 中。"))  # fmt: skip
    if problems:
        raise DatasetError(problems)
    return PartitionedReturns(root, tuple(parts))


def _wrong(code: str, en: str, zh: str, **where: Any) -> Problem:
    return Problem(code, en, zh, f"Correct {PLACES}; write_partitions writes the layout.", f"请更正 {PLACES}；write_partitions 可写出此布局。", file=PLACES, **where)  # fmt: skip


def _places(root: Path) -> dict[str, Geography]:
    """Read the list of places."""
    import pandas as pd

    path = root / PLACES
    if not path.is_file():
        raise DatasetError(_wrong("no_places", f"{shown(root.name)} holds no {PLACES}.", f"{shown(root.name)} 中没有 {PLACES}。"))  # fmt: skip
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", nrows=MOST_PLACES + 1)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DatasetError(_wrong("places_unreadable", "the list is no CSV in UTF-8.", "名单不是 UTF-8 的 CSV。")) from error  # fmt: skip
    lacking = [c for c in PLACE_COLUMNS if c not in table.columns]
    if lacking:
        raise DatasetError(_wrong("no_column", f"column {', '.join(lacking)} is missing.", f"缺少列 {'、'.join(lacking)}。"))  # fmt: skip
    if problems := _place_problems(table):
        raise DatasetError(problems)
    out = {}
    for part_id, rows in table.groupby("part", sort=False):
        first = rows.iloc[0]
        whole = Division(str(part_id), Text(first["part_zh"], first["part_en"]))
        own = tuple(Division(r.division, Text(r.division_zh, r.division_en)) for r in rows.itertuples())
        try:
            out[str(part_id)] = Geography(str(part_id), whole, own)
        except ValueError as error:
            raise DatasetError(_wrong("duplicate", f"one name means two places: {error}.", "同一名称指向两个地区。")) from error  # fmt: skip
    return out


def _place_problems(table: pd.DataFrame) -> list[Problem]:
    problems = []
    for column in ("part", "division"):
        for at in table.index[~table[column].map(lambda t: bool(ID.fullmatch(t)))]:
            problems.append(_wrong(
                "bad_id", "an id is lower-case letters, digits, - and _.", "代号只能用小写字母、数字、- 和 _。",
                row=int(at) + 2, column=column, value=shown(table.loc[at, column]),
            ))  # fmt: skip
    everyone = table["division"]
    for at in table.index[everyone.duplicated()]:
        problems.append(_wrong("duplicate", "a place stands twice.", "同一地区出现两次。", row=int(at) + 2, column="division", value=shown(everyone[at])))  # fmt: skip
    for at in table.index[everyone.isin(set(table["part"]))]:
        problems.append(_wrong("duplicate", "a place bears the id of a part.", "地区与分区代号相同。", row=int(at) + 2, column="division", value=shown(everyone[at])))  # fmt: skip
    if len(table) > MOST_PLACES:
        problems.append(_wrong("too_large", f"more than {MOST_PLACES:,} places.", f"地区超过 {MOST_PLACES:,} 个。"))
    if table.empty:
        problems.append(_wrong("no_places", "the list holds no place.", "名单中没有地区。"))
    return problems


def read_rows(path: Path) -> pd.DataFrame:
    """Read one file, the columns of a return only.  读取一个分区文件，只读所需列。

    Raises :class:`~suzhou_antidrug.errors.DatasetError` for what is no Parquet, lacks a column or holds too many rows.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    where = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        file = pq.ParquetFile(path)
        lacking = [c for c in NEEDED if c not in file.schema_arrow.names]
        if lacking:
            raise DatasetError(Problem("no_column", f"column {', '.join(lacking)} is missing.", f"缺少列 {'、'.join(lacking)}。", "Write the part with the columns of a return.", "请按报表的列重写该分区。", file=where))  # fmt: skip
        if file.metadata.num_rows > MOST_ROWS:
            raise DatasetError(Problem(
                "too_large", f"{file.metadata.num_rows:,} rows, at most {MOST_ROWS:,} a file.",
                f"有 {file.metadata.num_rows:,} 行，每个文件至多 {MOST_ROWS:,} 行。",
                "Split the part.", "请拆分该分区。", file=where,
            ))  # fmt: skip
        frame = file.read(columns=[c for c in ROW_COLUMNS if c in file.schema_arrow.names]).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(Problem("unreadable", "the file is no readable Parquet.", "文件不是可读的 Parquet。", "Write the part again.", "请重写该分区。", file=where)) from error  # fmt: skip
    for column in ROW_COLUMNS:
        if column not in frame:
            frame[column] = "" if column in TEXT_COLUMNS else np.nan
        elif column in TEXT_COLUMNS:
            frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
    return frame[list(ROW_COLUMNS)]


def write_rows(frame: pd.DataFrame, path: Path) -> None:
    """Write the rows of one part and year, whole or not at all.  写出一个分区文件，要么写全，要么不写。"""
    table = frame.reindex(columns=list(ROW_COLUMNS)).copy()
    for column in TEXT_COLUMNS:
        table[column] = table[column].astype("category")
    write_parquet(table, path)


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame under a temporary name, then rename.  先写临时文件再改名。"""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as draft:
        temporary = Path(draft.name)
    try:
        frame.to_parquet(temporary, index=False, compression="zstd")
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_places(places: pd.DataFrame, root: Path) -> None:
    """Write the list of places.  写出地区名单。"""
    places[list(PLACE_COLUMNS)].to_csv(root / PLACES, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_partitions(
    returns: Iterable[Returns | pd.DataFrame], places: pd.DataFrame, folder: str | Path, *, overwrite: bool = False
) -> PartitionedReturns:
    """Write returns as partitioned Parquet, part by part and year by year.  把报表写成分区 Parquet。

    Parameters
    ----------
    returns : iterable of Returns or DataFrame
        One at a time is held in memory; a part and year that comes twice is refused.
    places : DataFrame
        ``part, part_zh, part_en, division, division_zh, division_en``, one row a place.
    folder : path
        A new folder; an earlier one is replaced only with ``overwrite``.

    Raises
    ------
    OutputError, DatasetError
        A folder in use; a place that is not listed; a list of places that is wrong.

    Examples
    --------
    >>> import suzhou_antidrug as sa, tempfile, pathlib
    >>> plan = sa.load_plan("suzhou-2020")
    >>> places = sa.places_of_plan(plan)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sa.write_partitions([sa.load_synthetic_returns()], places, pathlib.Path(folder) / "returns")
    <PartitionedReturns: 1 parts, 10 places, years 2017, 2018, 2019, 2020, 2021, 2022>
    """
    root = Path(folder)
    clear_folder(root, overwrite=overwrite)
    write_places(places, root)
    geographies = _places(root)
    part_of = {place: part for part, g in geographies.items() for place in (part, *g.ids)}
    for each in returns:
        table: pd.DataFrame = each.table if isinstance(each, Returns) else each
        texts = table["period"].map(lambda p: p if isinstance(p, str) else period_text(p))
        unknown = sorted(set(table["division"]) - set(part_of))
        if unknown:
            raise DatasetError(_wrong("unknown_place", f"{shown(unknown[0])} is not listed.", f"{shown(unknown[0])} 不在名单中。", value=shown(unknown[0])))  # fmt: skip
        rows = table.assign(period=texts, _part=table["division"].map(part_of), _year=texts.str[:4])
        for (part, year), own in rows.groupby(["_part", "_year"], sort=False):
            path = root / f"part={part}" / f"year={year}" / ROWS
            if path.exists():
                raise OutputError(Problem("written_twice", f"part {part}, year {year} comes twice.", f"分区 {part} 的 {year} 年出现两次。", "Hand in a part and year whole.", "同一分区同一年须一次给全。"))  # fmt: skip
            write_rows(own, path)
    return open_partitions(root)


def clear_folder(root: Path, *, overwrite: bool) -> None:
    """Make a new folder for returns, in place of earlier ones where that is allowed.  建立空文件夹。"""
    if root.exists() and any(root.iterdir()):
        ours = (root / PLACES).is_file()
        if not (overwrite and ours):
            raise OutputError(Problem(
                "output_exists", f"{shown(root.name)} exists already" + ("." if ours else " and holds no partitioned returns."),
                f"{shown(root.name)} 已存在" + ("。" if ours else "，且不是分区报表。"),
                "Choose another folder, or overwrite=True for earlier partitioned returns.", "请换一个文件夹；以前的分区报表可用 overwrite=True 覆盖。",
            ))  # fmt: skip
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)


def places_of_plan(plan: Any) -> pd.DataFrame:
    """Return a plan's city and divisions as one part, for :func:`write_partitions`.  把规划的城市作为一个分区。

    >>> import suzhou_antidrug as sa
    >>> places_of_plan(sa.load_plan("suzhou-2020"))[["part", "division"]].iloc[0].tolist()
    ['suzhou', 'zhangjiagang']
    """
    import pandas as pd

    city = plan.geography.city
    rows = [(city.id, city.name.zh, city.name.en, d.id, d.name.zh, d.name.en) for d in plan.geography.divisions]
    return pd.DataFrame(rows, columns=list(PLACE_COLUMNS))
