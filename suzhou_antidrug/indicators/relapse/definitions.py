"""What is called a relapse rate: four quantities, each with its numerator, base, cohort and window; declared, never assumed.

什么叫复吸率：四种量，各有分子、分母、队列与观察期；须声明，不得默认。

Neither the plan nor the public record defines 复吸率. Two figures are compared only where every part of their definition
is the same; the stock of three-year abstainers is refused wherever a rate is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ...errors import Problem, SeriesError, UnknownNameError, shown, unknown_name
from ...provenance import Made, fingerprint, weakest
from ...results import Explanation, Result, line
from ...terms import Text
from ...verdicts import why_not_comparable

if TYPE_CHECKING:
    import pandas as pd

RelapseKind = Literal["annual_detected", "cohort", "no_relapse_stock", "share_of_detected"]
CountUnit = Literal["persons", "person_times"]
KINDS: dict[str, Text] = {
    "annual_detected": Text("年度查获复吸率", "relapse detected within the year"),
    "cohort": Text("释放后队列复吸率", "relapse of a release cohort"),
    "no_relapse_stock": Text("戒断三年未复吸率（存量占比）", "share of three-year abstainers, a stock"),
    "share_of_detected": Text("查获人员中复吸占比", "share of relapsers among those detected"),
}
NUMERATORS: dict[str, Text] = {
    "annual_detected": Text("当年查获复吸人员", "persons found relapsed in the year"),
    "cohort": Text("释放后观察期内查获复吸人员", "persons of the cohort found relapsed within the window"),
    "no_relapse_stock": Text("三年未发现复吸人员", "persons not found relapsed for three years"),
    "share_of_detected": Text("查获人员中的复吸人员", "relapsers among the persons detected"),
}
DENOMINATORS: dict[str, Text] = {
    "annual_detected": Text("年初在册应查人员", "registered persons at risk at the start of the year"),
    "cohort": Text("同期解除强制隔离戒毒人员", "persons released from compulsory isolation in the entry period"),
    "no_relapse_stock": Text(
        "三年未发现复吸人员与现有吸毒人员之和", "three-year abstainers and existing users together"
    ),
    "share_of_detected": Text("查获吸毒人员", "persons detected using drugs"),
}
COHORTS: dict[str, Text] = {
    "annual_detected": Text("年初在册人员，年内进出者另列", "on the register at the start of the year; arrivals and leavers listed apart"),
    "cohort": Text("同期解除强制隔离戒毒者，封闭队列", "released in the same period, a closed cohort"),
    "no_relapse_stock": Text("历年登记人员，非队列", "everybody ever registered: no cohort"),
    "share_of_detected": Text("当年被查获者，非在险人群", "those detected in the year: not those at risk"),
}  # fmt: skip
UNITS: dict[str, Text] = {"persons": Text("人", "persons"), "person_times": Text("人次", "person-times")}
COHORT_YEARS = (1, 2, 3)
# By how much checks a person (or the share checked) may differ between two periods before they measure different
# things, later over earlier: a choice of this project, the same as the default range of detection.
CHECK_TOLERANCE = (0.8, 1.25)
STOCK_INDICATORS = ("three_year_no_relapse_persons", "existing_drug_users")


@dataclass(frozen=True, slots=True)
class RelapseDefinition:
    """One declared meaning of 复吸率.  一种已声明的复吸率定义。

    ``kind`` names the quantity (:data:`KINDS`); ``years`` is the window of a cohort, 1, 2 or 3. ``case_list`` says which
    drugs and which findings count, ``population`` who is in the base: both are words of the office, compared letter by
    letter. ``one_test_a_person`` declares that nobody in the base was tested twice.

    Raises
    ------
    UnknownNameError
        A kind or unit that does not exist.
    SeriesError
        An empty case list or population, a cohort without its window, a window where there is none.

    Examples
    --------
    >>> first = RelapseDefinition("cohort", case_list="列管毒品", population="解除强制隔离戒毒人员", years=1)
    >>> first.name.en
    'relapse of a release cohort, 1 year'
    >>> later = RelapseDefinition("cohort", case_list="列管毒品", population="解除强制隔离戒毒人员", years=3)
    >>> [reason.en for reason in first.differences(later)]
    ['definition changed: relapse of a release cohort, 1 year, then relapse of a release cohort, 3 years']
    """

    kind: RelapseKind
    case_list: str
    population: str
    years: int | None = None
    unit: CountUnit = "persons"
    one_test_a_person: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownNameError(unknown_name("kind of relapse rate", "复吸率口径", self.kind, get_args(RelapseKind)))
        if self.unit not in UNITS:
            raise UnknownNameError(unknown_name("unit of count", "计数单位", self.unit, get_args(CountUnit)))
        problems = [
            Problem(
                "not_declared", f"{name} is empty: {en}.", f"未声明{zh}。", "Write what the office uses.", "请写明本单位所用口径。",
                column=name,
            )
            for name, en, zh in (
                ("case_list", "which drugs and findings count", "计入的毒品与认定方式"),
                ("population", "who is in the base", "分母人群"),
            )
            if not str(getattr(self, name)).strip()
        ]  # fmt: skip
        if (self.kind == "cohort") != (self.years is not None) or (
            self.years is not None and self.years not in COHORT_YEARS
        ):
            problems.append(Problem(
                "window", "a cohort has a window of 1, 2 or 3 years, the other kinds have none.",
                "队列口径的观察期为1、2或3年，其他口径不设观察期。", value=shown(self.years), column="years",
            ))  # fmt: skip
        if problems:
            raise SeriesError(problems)

    @property
    def name(self) -> Text:
        """The kind with its window."""
        own = KINDS[self.kind]
        if self.years is None:
            return own
        return Text(f"{own.zh}（{self.years}年）", f"{own.en}, {self.years} year{'s' * (self.years > 1)}")

    @property
    def window(self) -> Text:
        """How long a person is observed."""
        if self.years is None:
            return Text("当年", "the year") if self.kind != "no_relapse_stock" else Text("无", "none")
        return Text(f"释放后{self.years}年", f"{self.years} year{'s' * (self.years > 1)} from release")

    @property
    def fingerprint(self) -> str:
        """Sixteen digits that two values must share to be comparable."""
        return fingerprint("\x1f".join(str(part) for part in self._parts().values()))

    def _parts(self) -> dict[str, str]:
        return {
            "definition": self.name.en, "unit": UNITS[self.unit].en, "catalogue": self.case_list.strip(),
            "population_basis": self.population.strip(),
        }  # fmt: skip

    def differences(self, later: RelapseDefinition) -> tuple[Text, ...]:
        """Return why two definitions must not be compared; empty where they are the same.  两种定义的不同之处。"""
        if self.kind == later.kind and self.years == later.years:
            return why_not_comparable(self._parts(), later._parts())
        others = (
            {k: v for k, v in self._parts().items() if k != "definition"},
            {k: v for k, v in later._parts().items() if k != "definition"},
        )
        changed = Text(
            f"定义不同：前为 {self.name.zh}，后为 {later.name.zh}",
            f"definition changed: {self.name.en}, then {later.name.en}",
        )
        return (changed, *why_not_comparable(*others))  # fmt: skip

    def lines(self) -> tuple[tuple[Text, Text], ...]:
        """Return the definition as lines of an explanation: numerator, base, cohort, window.  定义说明。"""
        return (
            line("口径", "definition", self.name),
            line("分子", "numerator", Text(f"{NUMERATORS[self.kind].zh}（{UNITS[self.unit].zh}）", f"{NUMERATORS[self.kind].en} ({UNITS[self.unit].en})")),
            line("分母", "denominator", DENOMINATORS[self.kind]),
            line("队列", "cohort", COHORTS[self.kind]),
            line("观察期", "window", self.window),
            line("计入范围", "case list", shown(self.case_list)),
            line("分母人群", "population", shown(self.population)),
            line("口径指纹", "fingerprint of the definition", self.fingerprint),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class StockShares(Result):
    """National stocks by year, and the share that must not be read as a rate.  全国存量及其占比，不得读作率。"""

    table: pd.DataFrame
    made: Made

    @property
    def frame(self) -> pd.DataFrame:
        """Year, three_year_abstainers, existing_users, share, sources; persons and a share of 1."""
        return self.table.copy()

    def explain(self) -> Explanation:
        """Why the share rises by itself."""
        years = [line(f"{row.year}年末", f"end of {row.year}", f"{row.share:.1%}") for row in self.table.itertuples()]
        return Explanation(KINDS["no_relapse_stock"], (
            line("公式", "formula", "三年未复吸 / (三年未复吸 + 现有) = three-year / (three-year + existing)"), *years,
            line("为何不是率", "why no rate", STOCK_REASON),
            line("来源", "sources", " ".join(sorted({s for row in self.table["sources"] for s in row.split()}))),
        ))  # fmt: skip


STOCK_REASON = Text(
    "存量逐年累积，三年未被发现者由“现有”转入“三年未复吸”，死亡、离境者移出；检查越少，未发现者越多。1减此占比不是复吸率",
    "a stock piles up: whoever is not found for three years moves into it, the dead and departed drop out, and fewer checks "
    "make more of it; 1 minus the share is no relapse rate",
)


def national_stock_shares() -> StockShares:
    """Return the national stock of three-year abstainers as a share, by year, from the published record.

    由公开数据给出全国“三年未复吸”存量占比。

    share = three-year abstainers / (three-year abstainers + existing users), both at the end of the year; years in which
    either is not public are left out.

    >>> found = national_stock_shares().frame.set_index("year")["share"]
    >>> found.loc[[2019, 2021, 2022, 2023]].round(3).tolist()
    [0.541, 0.696, 0.771, 0.82]
    """
    import pandas as pd

    from ...datasets import load_published

    record = load_published()
    parts = [record.series(name, "全国", computed=False).frame for name in STOCK_INDICATORS]
    parts = [p[p["conflict"] != "secondary"].set_index("period") for p in parts]
    three, existing = (
        p[["value", "source_id"]].add_suffix(end) for p, end in zip(parts, ("_three", "_existing"), strict=True)
    )
    both = three.join(existing, how="inner")
    table = pd.DataFrame({
        "year": both.index.year, "three_year_abstainers": both["value_three"].to_numpy(),
        "existing_users": both["value_existing"].to_numpy(),
        "share": (both["value_three"] / (both["value_three"] + both["value_existing"])).to_numpy(),
        "sources": (both["source_id_three"] + " " + both["source_id_existing"]).to_numpy(),
    })  # fmt: skip
    status = weakest([s for p in parts for s in p.loc[both.index, "status"]])
    return StockShares(table, Made("national_stock_shares", status, fingerprint(table)))


def refuse_stock(definition: RelapseDefinition) -> None:
    """Raise where a stock is about to be read as a rate, and show why with the national figures.

    把存量当作率时拒绝，并以全国数字说明理由。

    Raises
    ------
    SeriesError
        ``definition`` is the share of three-year abstainers.

    Examples
    --------
    >>> refuse_stock(RelapseDefinition("annual_detected", case_list="列管毒品", population="在册人员"))
    """
    if definition.kind != "no_relapse_stock":
        return
    rows = list(national_stock_shares().table.itertuples())
    zh = "，".join(f"{row.year}年 {row.share:.1%}" for row in rows)
    en = ", ".join(f"{row.share:.1%} in {row.year}" for row in rows)
    raise SeriesError(Problem(
        "stock_not_rate",
        f"the share of three-year abstainers is a stock and is not turned into a relapse rate. Nationally it went {en}: {STOCK_REASON.en}.",
        f"戒断三年未复吸率是存量占比，不换算为复吸率。全国该占比为：{zh}。{STOCK_REASON.zh}。",
        "Give persons found relapsed over persons at risk, or a release cohort with its window.",
        "请改报查获复吸人员与应查人员，或注明观察期的释放队列。",
    ))  # fmt: skip
