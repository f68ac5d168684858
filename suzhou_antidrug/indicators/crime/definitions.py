"""Which cases are counted, and why two counts with other flags are not one series.  计哪些案件；标记不同的两数不成序列。"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...errors import UnknownNameError, unknown_name
from ...provenance import fingerprint
from ...terms import Text

CaseKind = Literal["caused_by_drugs", "by_drug_users", "drug_offences", "all_other"]
CASE_KINDS: dict[str, Text] = {
    "caused_by_drugs": Text("毒品引发的其他案件（按原因标记）", "other crime caused by drugs (flagged by cause)"),
    "by_drug_users": Text("涉吸毒人员案件（按人员标记）", "cases by drug users (flagged by person)"),
    "drug_offences": Text("毒品犯罪案件（持有、贩卖、容留等）", "drug offences: holding, trafficking, sheltering"),
    "all_other": Text("全部非毒品案件", "all other crime"),
}
WANTED = "caused_by_drugs"  # what the plan promises about


@dataclass(frozen=True, slots=True)
class CaseDefinition:
    """What a series of cases counts, and how a case is flagged.  案件口径与标记方式。

    ``flag`` is the office's rule in words; another rule makes another series.

    >>> CaseDefinition("by_drug_users", flag="破案时嫌疑人在动态管控库").why_not_the_plans().en
    'cases by drug users (flagged by person) is not what the plan promises: other crime caused by drugs (flagged by cause)'
    """

    kind: CaseKind
    flag: str = ""

    def __post_init__(self) -> None:
        if self.kind not in CASE_KINDS:
            raise UnknownNameError(unknown_name("kind of case", "案件种类", self.kind, CASE_KINDS))

    @property
    def name(self) -> Text:
        """Its name."""
        return CASE_KINDS[self.kind]

    @property
    def fingerprint(self) -> str:
        """The same exactly where kind and flag are."""
        return fingerprint(f"{self.kind}|{self.flag.strip()}")

    def why_not_the_plans(self) -> Text | None:
        """Return why the series does not measure the plan's promise, None where it does.  为何不是规划所指的案件。"""
        if self.kind == WANTED:
            return None
        zh, en = CASE_KINDS[WANTED].zh, CASE_KINDS[WANTED].en
        return Text(f"{self.name.zh}不是规划所指的：{zh}", f"{self.name.en} is not what the plan promises: {en}")

    def differences(self, later: CaseDefinition) -> tuple[Text, ...]:
        """Return why two periods are not comparable, empty where they are.  两期口径不同之处。"""
        reasons = []
        if self.kind != later.kind:
            reasons.append(Text(f"案件种类不同：前为{self.name.zh}，后为{later.name.zh}", f"kind of case changed: {self.name.en}, then {later.name.en}"))  # fmt: skip
        if self.flag.strip() != later.flag.strip():
            reasons.append(Text(f"标记方式不同：前为 {self.flag or '未注明'}，后为 {later.flag or '未注明'}", f"flag changed: {self.flag or 'not stated'}, then {later.flag or 'not stated'}"))  # fmt: skip
        return tuple(reasons)
