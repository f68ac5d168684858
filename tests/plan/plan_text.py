"""An independent reader of the plan's published text: what it says, without a look at the YAML.

It knows the words for each indicator and how a number is attached to them, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"
YEARS = (2020, 2021, 2022)
CATEGORIES = ("毒品预防教育", "吸毒人员管理", "打击毒品犯罪", "制毒物品监管", "毒情监测预警", "禁毒责任落实")
# The words of the text that name each quantity, the longest first where one contains another.
PHRASES = {
    "全民禁毒宣传教育覆盖面": "public_education_coverage",
    "学校开展青少年毒品预防教育率": "school_education_rate",
    "人手一册": "textbook_distribution_rate",
    "易涉毒重点人群毒品预防教育覆盖面": "high_risk_education_coverage",
    "新发现吸毒人员占比": "new_user_share",
    "吸毒人员核查率": "user_check_rate",
    "评估率": "user_assessment_rate",
    "管控率": "user_control_rate",
    "吸毒人员肇事肇祸案事件": "user_incidents",
    "社区戒毒社区康复办公室达标率": "standardised_office_rate",
    "社区戒毒社区康复执行率": "community_rehab_execution_rate",
    "后续照管率": "aftercare_rate",
    "病残吸毒人员收治率": "sick_disabled_admission_rate",
    "打击团伙犯罪效能": "gang_crackdown_efficacy",
    "制毒及非法制造制毒物品案件": "manufacture_cases_found_elsewhere",
    "查获毒品占缴获毒品比例": "open_interdiction_share",
    "收寄验视": "courier_acceptance_inspection_rate",
    "实名收寄": "courier_real_name_rate",
    "过机安检": "courier_xray_rate",
    "练兵竞赛": "enforcement_competitions",
    "执法培训": "enforcement_trainings",
    "易制毒化学品企业实地核查率": "precursor_enterprise_inspection_rate",
    "生物医药化工企业信息排查率": "biopharma_screening_rate",
    "药物滥用监测报告上报率": "monitoring_report_rate",
    "禁毒办全部实体化": "independent_office_rate",
    "禁毒教育基地全覆盖": "education_base_coverage",
}
# A value in the text: a percentage, an index with two decimals, or words that stand for 100 % or for zero.
VALUE = re.compile(
    r"(?P<percent>\d+)%|(?P<index>\d\.\d\d)|(?P<full>人手一册|全部实体化|全覆盖)|(?P<zero>零发生|不发生)"
)
UNITS = re.compile(r"\(牵头单位:(?P<leads>.+?),参与单位:(?P<participants>.+?)\)$")
BOTH_LEVELS = "市、县级市(区)两级禁毒办"


@dataclass(frozen=True)
class Row:
    """One row of the annex."""

    number: int
    category: str
    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    """One task of the body."""

    number: int
    title: str
    text: str
    leads: tuple[str, ...]
    participants: tuple[str, ...]


def read(name: str) -> str:
    """The text without the lines of provenance."""
    lines = (GOLDEN / f"suzhou-2020-{name}.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def annex_rows() -> list[Row]:
    """The 26 rows of the annex, in the order of the page: number, (category,) title, cells."""
    chunks = [line for line in read("annex").splitlines() if line]
    start = chunks.index("1", chunks.index("年度任务"))
    starts = [start]
    for number in range(2, 27):
        starts.append(chunks.index(str(number), starts[-1]))
    rows, category = [], ""
    for number, (a, b) in enumerate(zip(starts, [*starts[1:], len(chunks)], strict=True), start=1):
        content = chunks[a + 1 : b]
        if content[0] in CATEGORIES:
            category, *content = content
        rows.append(Row(number, category, content[0], tuple(content[1:])))
    return rows


def body_paragraphs() -> list[Paragraph]:
    """The 26 tasks of the body with their units."""
    found = re.findall(r"^(\d+)\.(.+?)。(.+)$", read("body"), flags=re.M)
    paragraphs = []
    for number, title, rest in found:
        match = UNITS.search(rest)
        assert match, f"task {number} names no units"
        text = rest[: match.start()]
        paragraphs.append(
            Paragraph(int(number), title, text, split_units(match["leads"]), split_units(match["participants"]))
        )
    return paragraphs


def split_units(text: str) -> tuple[str, ...]:
    """Split 市公安局、人社局,团市委: within a run the first 市 counts for the bureaus that follow it."""
    names = []
    for run in text.replace(BOTH_LEVELS, "@").split(","):
        for i, part in enumerate(run.split("、")):
            bare = i > 0 and re.search("[局委]$", part) and not re.match("市(?!场)|省|团", part)
            names.append(f"市{part}" if bare else part)
    return tuple(name.replace("@", BOTH_LEVELS) for name in names)


def stated(text: str) -> list[tuple[str, float, str]]:
    """Every (indicator, value, sentence) of a cell or paragraph: a value belongs to the words before it."""
    results = []
    for sentence in re.split("[。;]", text):
        begin = 0
        for match in VALUE.finditer(sentence):
            before = sentence[begin : match.end()]
            tail = sentence[match.end() : match.end() + 30] if match["zero"] == "不发生" else ""
            named = [indicator for phrase, indicator in PHRASES.items() if phrase in before + tail]
            results += [(indicator, value_of(match), sentence) for indicator in named]
            begin = match.end()
        if counts := re.search(r"每年分别不少于(\d)次、(\d)", sentence):
            names = [i for phrase, i in PHRASES.items() if phrase in sentence[: counts.start()]]
            results += [(i, float(n), sentence) for i, n in zip(names, counts.groups(), strict=True)]
    return results


def value_of(match: re.Match[str]) -> float:
    """The number that a match of VALUE stands for."""
    if match["percent"]:
        return int(match["percent"]) / 100
    return float(match["index"]) if match["index"] else 1.0 if match["full"] else 0.0


def annex_milestones() -> set[tuple[int, int, str, float]]:
    """(task, year, indicator, value): three cells are the three years, one cell binds in each unless it names one."""
    found = set()
    for row in annex_rows():
        for i, cell in enumerate(row.cells):
            years = (YEARS[i],) if len(row.cells) == 3 else YEARS if len(row.cells) == 1 else (YEARS[i * 2],)
            for indicator, value, sentence in stated(cell):
                named = tuple(int(y) for y in re.findall(r"(20\d\d)年", sentence))
                found |= {(row.number, year, indicator, value) for year in named or years}
    return found


def body_milestones() -> set[tuple[int, int, str, float]]:
    """(task, year, indicator, value): the year named before it in the sentence, otherwise each year."""
    found = set()
    for paragraph in body_paragraphs():
        for indicator, value, sentence in stated(paragraph.text):
            named = [int(y) for y in re.findall(r"(20\d\d)年", sentence)]
            found |= {(paragraph.number, year, indicator, value) for year in (named[-1:] or YEARS)}
    return found


def headline() -> list[str]:
    """The twelve names of the headline targets."""
    match = re.search(r"四个零发生”目标:(.+?)。", read("body"))
    assert match
    return re.split("[、;]", match[1])
